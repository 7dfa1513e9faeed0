//! What the commands on the daemon's state share: where it is, looking at it, changing it, naming things in it.
//!
//! Looking reads the database file and disturbs nobody. Changing goes through the daemon, or through its lock when none runs.

use std::{fmt, path::PathBuf, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use super::{
    Status,
    client::{self, Shape},
};
use crate::{
    clock::{Clock as _, SystemClock},
    config::Config,
    daemon::act::Request,
    store::{StoreError, read},
};

/// Whose state, shown how.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// The configuration of the daemon
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long, global = true)]
    json: bool,
}

impl Target {
    pub(super) fn shape(&self) -> Shape {
        Shape::from(self.json)
    }

    /// Looks at the state.
    pub(super) fn look(&self, look: impl FnOnce(&Config, &read::ReadOnly, Shape) -> Result<Status, StoreError>) -> Status {
        let Some(path) = &self.config else { return nameless() };
        let config = match super::run::visit(path) {
            Ok(config) => config,
            Err(errors) => return client::refuse(&errors),
        };
        let connection = match read::open(&config.state) {
            Ok(connection) => connection,
            Err(error) => return client::refuse(&error),
        };
        match look(&config, &connection, self.shape()) {
            Ok(status) => status,
            Err(error) => client::refuse(&error),
        }
    }

    /// Changes the state.
    pub(super) fn change(&self, request: &Request) -> Status {
        match &self.config {
            Some(path) => client::request(path, request, self.shape()),
            None => nameless(),
        }
    }

    /// Changes the state and says nothing when it was done: what was asked for is said by the caller.
    pub(super) fn change_quietly(&self, request: &Request) -> Status {
        match &self.config {
            Some(path) => client::request_quietly(path, request),
            None => nameless(),
        }
    }
}

/// The state of which daemon? There is no default: a command on the wrong state would be worse than one more word to type.
pub(super) fn nameless() -> Status {
    client::refuse(&"say whose state is meant: --config FILE (the daemon's configuration; of a demo: DIR/embargod.toml)")
}

/// There is no such thing: said, and the answer is no.
pub(super) fn missing(what: &str, id: &impl fmt::Display) -> Status {
    client::complain(&format!("there is no {what} {id}"));
    Status::No
}

/// The number of a thing, with or without the word before it: `17`, `held-17`, `case-17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(pub(super) i64);

impl FromStr for Number {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_lowercase()).trim_start_matches(['-', '#']);
        let number = digits.parse().ok().filter(|number| *number > 0);
        number.map(Number).ok_or("a number is wanted, as the lists show it: 17")
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `2026-11-02 09:30` for people; what is no instant stays as it is.
pub(super) fn minute(at: &str) -> String {
    at.parse::<Timestamp>().map_or_else(|_| at.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// The same with seconds.
pub(super) fn second(at: &str) -> String {
    at.parse::<Timestamp>().map_or_else(|_| at.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// How long ago that was: `3 d 4 h`, `2 h 5 min`, `7 min`. Empty when it is no instant.
pub(super) fn age(at: &str) -> String {
    at.parse::<Timestamp>().map(|at| long(SystemClock.now().duration_since(at))).unwrap_or_default()
}

fn long(time: SignedDuration) -> String {
    let minutes = time.as_mins().max(0);
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::{Number, long, minute, second};

    #[test]
    fn things_are_named_as_notices_name_them() {
        for text in ["17", "held-17", "case-17", "message#17", "#17"] {
            assert_eq!(text.parse(), Ok(Number(17)), "{text}");
        }
        for text in ["", "0", "-", "held-", "1 7", "17x", "99999999999999999999"] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_short() {
        assert_eq!(minute("2026-11-02T09:30:59.5Z"), "2026-11-02 09:30");
        assert_eq!(second("2026-11-02T09:30:59.5Z"), "2026-11-02 09:30:59");
        assert_eq!(second(""), "");
        let ages = [-5, 0, 59, 61, 1440, 1440 * 3 + 250].map(|minutes| long(SignedDuration::from_mins(minutes)));
        assert_eq!(ages, ["0 min", "0 min", "59 min", "1 h 1 min", "1 d 0 h", "3 d 4 h"]);
    }
}
