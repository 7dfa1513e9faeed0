//! `embargod simulate`: the rehearsal, and what has changed in it since the last one.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::Cell,
    stateful,
};
use crate::{
    clock::{Clock as _, SystemClock},
    daemon::rehearse::{Rehearsed, rehearse},
};

/// The last rehearsal, in the state folder.
const LAST: &str = "rehearsal.txt";

/// More recipients than these are counted, not named.
const NAMED: usize = 3;

/// What would be sent until an instant if nobody did anything: on a copy, with a clock of its own, and nothing leaves
#[derive(Debug, clap::Args)]
pub(super) struct Simulate {
    /// The configuration of the daemon
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The last instant to play, in UTC (2026-12-08T12:00:00Z)
    #[arg(long, value_name = "INSTANT")]
    until: Timestamp,
    /// Only what is different from the last rehearsal
    #[arg(long)]
    diff: bool,
    /// Print the letters, too
    #[arg(long, conflicts_with_all = ["diff", "json"])]
    full: bool,
    /// One JSON object a letter
    #[arg(long, conflicts_with = "diff")]
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    at: String,
    kind: &'a str,
    to: Vec<String>,
    subject: &'a str,
}

impl Simulate {
    pub(super) fn run(self) -> Status {
        let Some(path) = &self.config else { return stateful::nameless() };
        let config = match super::run::visit(path) {
            Ok(config) => config,
            Err(errors) => return client::refuse(&errors),
        };
        let from = SystemClock.now();
        if self.until <= from {
            return client::refuse(&"--until lies in the past: a rehearsal begins now");
        }
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return client::refuse(&format!("the runtime cannot start: {}", error.kind())),
        };
        let letters = match runtime.block_on(rehearse(&config, from, self.until)) {
            Ok(letters) => letters,
            Err(error) => return client::refuse(&error),
        };
        let lines: Vec<String> = letters.iter().map(line).collect();
        let file = config.state.join(LAST);
        let last = fs::read_to_string(&file);
        match (self.diff, Shape::from(self.json)) {
            (true, _) => match &last {
                Ok(last) => differences(last, &lines, from, self.until).iter().for_each(|line| say(line)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    client::complain(&"there is no earlier rehearsal to compare with; this one is kept for the next time");
                }
                Err(error) => return client::refuse(&format!("{} cannot be read: {}", file.display(), error.kind())),
            },
            (false, Shape::Json) => letters.iter().for_each(|letter| client::say_json(&answer(letter))),
            (false, Shape::Text) => show(&letters, &lines, self.full),
        }
        match keep(&file, self.until, &lines) {
            Ok(()) => Status::Done,
            Err(error) => client::refuse(&format!("{} cannot be written: {}", file.display(), error.kind())),
        }
    }
}

fn answer(letter: &Rehearsed) -> Answer<'_> {
    Answer {
        at: letter.at.to_string(),
        kind: &letter.kind,
        to: letter.to.iter().map(ToString::to_string).collect(),
        subject: &letter.subject,
    }
}

/// `2026-12-08 12:00:00Z Tue  reminder to mona@team.example: Subject`. To the second: a rehearsal a moment later must read the same.
fn line(letter: &Rehearsed) -> String {
    let to = match letter.to.as_slice() {
        few if few.len() <= NAMED => few.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        many => format!("{} recipients", many.len()),
    };
    format!("{} {} to {to}: {}", letter.at.strftime("%Y-%m-%d %H:%M:%SZ %a"), letter.kind, letter.subject)
}

/// A line with words of mails in it: what would steer the terminal is shown, not sent.
fn say(line: &str) {
    client::say(&Cell::from(line).painted());
}

fn show(letters: &[Rehearsed], lines: &[String], full: bool) {
    for (letter, line) in letters.iter().zip(lines) {
        say(line);
        if full {
            String::from_utf8_lossy(letter.message.bytes()).lines().for_each(|text| say(&format!("    {text}")));
        }
    }
    let copies: usize = letters.iter().map(|letter| letter.to.len()).sum();
    client::say(&format!("{} letters, {copies} copies. Nothing was sent and nothing was changed.", letters.len()));
}

/// Lines that only one of the two has, in the time both of them played. What is past by now is no difference.
fn differences(last: &str, lines: &[String], from: Timestamp, until: Timestamp) -> Vec<String> {
    let mut before = last.lines();
    let played = before.next().and_then(|head| head.strip_prefix("until ")).and_then(|text| text.parse::<Timestamp>().ok());
    let both = played.map_or(until, |played| played.min(until));
    let stamp = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let (begin, end) = (stamp(from), stamp(both));
    let within = |line: &&str| **line >= *begin && line.get(..end.len()).is_some_and(|at| at <= end.as_str());
    let mut gone: Vec<&str> = before.filter(within).collect();
    let mut new = Vec::new();
    for line in lines.iter().map(String::as_str).filter(within) {
        match gone.iter().position(|other| *other == line) {
            Some(found) => {
                gone.remove(found);
            }
            None => new.push(line),
        }
    }
    let mut all: Vec<(&str, char)> =
        gone.into_iter().map(|line| (line, '-')).chain(new.into_iter().map(|line| (line, '+'))).collect();
    all.sort_unstable();
    let told: Vec<String> = all.into_iter().map(|(line, sign)| format!("{sign} {line}")).collect();
    if told.is_empty() { vec!["As in the last rehearsal.".to_owned()] } else { told }
}

fn keep(file: &Path, until: Timestamp, lines: &[String]) -> io::Result<()> {
    let mut kept = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(file)?;
    writeln!(kept, "until {until}")?;
    lines.iter().try_for_each(|line| writeln!(kept, "{line}"))
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn only_what_is_new_or_gone_in_the_time_of_both_is_told() {
        let last = "until 2026-12-08T12:00:00Z\n\
                    2026-11-30 09:00:00Z Mon reminder to a@x.example: gone by, it was sent\n\
                    2026-12-02 09:00:00Z Wed reminder to a@x.example: stays\n\
                    2026-12-03 09:00:00Z Thu reminder to a@x.example: is gone\n";
        let lines = [
            "2026-12-02 09:00:00Z Wed reminder to a@x.example: stays",
            "2026-12-02 10:00:00Z Wed alarm to a@x.example: is new",
            "2026-12-09 09:00:00Z Wed reminder to a@x.example: later than the last one looked",
        ]
        .map(str::to_owned);
        let (from, until) = ("2026-12-01T00:00:00Z".parse().unwrap(), "2026-12-31T00:00:00Z".parse().unwrap());
        assert_eq!(
            differences(last, &lines, from, until),
            [
                "+ 2026-12-02 10:00:00Z Wed alarm to a@x.example: is new",
                "- 2026-12-03 09:00:00Z Thu reminder to a@x.example: is gone"
            ]
        );
        assert_eq!(
            differences(&format!("until 2026-12-31T00:00:00Z\n{}\n", lines.join("\n")), &lines, from, until),
            ["As in the last rehearsal."]
        );
    }
}
