//! Shares by message, by thread, and of originals and rebuilt mails apart; tables with aligned columns.

use std::{collections::BTreeMap, fmt};

use super::corpus::{Fidelity, Mail};

pub fn per_cent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { 100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap()) }
}

/// How many of some mails are right.
#[derive(Debug, Default, Clone)]
pub struct Share {
    seen: Vec<(String, Fidelity, bool)>,
}

impl Share {
    pub fn count(&mut self, mail: &Mail, right: bool) {
        self.seen.push((mail.thread.clone(), mail.fidelity, right));
    }

    pub fn and(mut self, other: &Self) -> Self {
        self.seen.extend(other.seen.iter().cloned());
        self
    }

    pub fn right(&self) -> usize {
        self.seen.iter().filter(|(_, _, right)| *right).count()
    }

    pub fn all(&self) -> usize {
        self.seen.len()
    }

    /// Each message weighs one.
    pub fn per_cent(&self) -> f64 {
        per_cent(self.right(), self.all())
    }

    /// Each thread weighs one, and counts by the share of its messages: how many threads, and per cent.
    pub fn by_thread(&self) -> (usize, f64) {
        let mut threads: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (thread, _, right) in &self.seen {
            let counts = threads.entry(thread).or_default();
            *counts = (counts.0 + usize::from(*right), counts.1 + 1);
        }
        let sum: f64 = threads.values().map(|(right, all)| per_cent(*right, *all)).sum();
        let count = u32::try_from(threads.len()).unwrap();
        (threads.len(), if count == 0 { 100.0 } else { sum / f64::from(count) })
    }

    fn of(&self, fidelity: Fidelity) -> (usize, usize) {
        let of: Vec<bool> = self.seen.iter().filter(|(_, is, _)| *is == fidelity).map(|(_, _, right)| *right).collect();
        (of.iter().filter(|right| **right).count(), of.len())
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (threads, by_thread) = self.by_thread();
        let (original, rebuilt) = (self.of(Fidelity::Original), self.of(Fidelity::Rebuilt));
        write!(
            out,
            "{:5.1} % ({} of {} messages; by thread {by_thread:.1} % of {threads}; ",
            self.per_cent(),
            self.right(),
            self.all()
        )?;
        write!(out, "originals {} of {}, rebuilt {} of {})", original.0, original.1, rebuilt.0, rebuilt.1)
    }
}

/// Rows are what a mail is, columns what it was taken for; `messages/threads` in each cell.
#[derive(Debug, Default)]
pub struct Confusion {
    cells: BTreeMap<(&'static str, &'static str), Vec<String>>,
}

impl Confusion {
    pub fn count(&mut self, is: &'static str, taken_for: &'static str, mail: &Mail) {
        self.cells.entry((is, taken_for)).or_default().push(mail.thread.clone());
    }

    pub fn messages(&self, is: impl Fn(&str) -> bool, taken_for: impl Fn(&str) -> bool) -> usize {
        self.cells.iter().filter(|((row, column), _)| is(row) && taken_for(column)).map(|(_, threads)| threads.len()).sum()
    }

    pub fn print(&self, title: &str, rows: &[&'static str], columns: &[&'static str]) {
        println!("{title} (rows: what it is; columns: taken for; messages/threads)");
        let heads: String = columns.iter().map(|column| format!("{column:>14}")).collect();
        println!("{:14}{heads}{:>14}", "", "all");
        for row in rows {
            let shown = |cell: &[&String]| {
                let mut threads = cell.to_vec();
                threads.sort();
                threads.dedup();
                if cell.is_empty() { "·".to_owned() } else { format!("{}/{}", cell.len(), threads.len()) }
            };
            let cell = |column: &'static str| self.cells.get(&(*row, column)).into_iter().flatten().collect::<Vec<_>>();
            let cells: String = columns.iter().map(|column| format!("{:>14}", shown(&cell(column)))).collect();
            let all: Vec<&String> = self.cells.iter().filter(|((is, _), _)| is == row).flat_map(|(_, threads)| threads).collect();
            println!("{row:14}{cells}{:>14}", shown(&all));
        }
    }
}
