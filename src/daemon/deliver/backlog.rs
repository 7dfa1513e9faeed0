//! Which of the due deliveries goes next: urgent letters first, then letter by letter in turns of so many octets.
//!
//! Deficit round robin (Shreedhar and Varghese, 1995): a letter of a few kilobytes is not kept waiting behind one of twenty megabytes to seventy-five
//! recipients, and neighbouring rows of one letter still go together, which is what makes their commits cheap.

use std::collections::VecDeque;

use crate::store::{apply::PRIORITIES, delivery::Due};

/// Octets of one letter before the next one has its turn.
const TURN: u64 = 512 * 1024;

/// What a transaction costs beside its octets: three packets, a few rows.
const TRANSACTION: u64 = 2 * 1024;

/// The due deliveries that were read and not yet claimed.
#[derive(Debug, Default)]
pub struct Backlog {
    rings: [VecDeque<Queue>; PRIORITIES.len()],
}

#[derive(Debug)]
struct Queue {
    letter: i64,
    rows: VecDeque<Due>,
    credit: u64,
}

impl Backlog {
    /// Takes rows up, at the place of their priority in [`PRIORITIES`].
    pub fn add(&mut self, ring: usize, rows: Vec<Due>) {
        let Some(ring) = self.rings.get_mut(ring) else { return };
        for row in rows {
            match ring.iter_mut().find(|queue| queue.letter == row.letter) {
                Some(queue) => queue.rows.push_back(row),
                None => ring.push_back(Queue { letter: row.letter, rows: [row].into(), credit: TURN }),
            }
        }
    }

    /// How many rows of a priority wait.
    pub fn waiting(&self, ring: usize) -> usize {
        self.rings.get(ring).map_or(0, |ring| ring.iter().map(|queue| queue.rows.len()).sum())
    }

    /// How many letters wait.
    pub fn letters(&self) -> usize {
        self.rings.iter().map(VecDeque::len).sum()
    }

    /// Takes the next rows out: of one letter, `most` of them, none that `may_go` keeps back. Empty: nothing may go now.
    pub fn take(&mut self, most: usize, may_go: &dyn Fn(&Due) -> bool) -> Vec<Due> {
        self.rings.iter_mut().map(|ring| take_of(ring, most, may_go)).find(|taken| !taken.is_empty()).unwrap_or_default()
    }
}

fn take_of(ring: &mut VecDeque<Queue>, most: usize, may_go: &dyn Fn(&Due) -> bool) -> Vec<Due> {
    for _ in 0..ring.len() {
        let Some(mut queue) = ring.pop_front() else { return Vec::new() };
        let mut taken: Vec<Due> = Vec::new();
        let mut place = 0;
        while taken.len() < most {
            match queue.rows.get(place) {
                Some(row) if may_go(row) => taken.extend(queue.rows.remove(place)),
                Some(_) => place += 1,
                None => break,
            }
        }
        let size = taken.first().map_or(0, |row| row.size + TRANSACTION);
        if queue.rows.is_empty() {
            return taken;
        }
        if taken.is_empty() {
            ring.push_back(queue);
        } else if queue.credit > size {
            queue.credit -= size;
            ring.push_front(queue);
            return taken;
        } else {
            queue.credit = TURN;
            ring.push_back(queue);
            return taken;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
