//! The figures of `status` for a monitoring system: Prometheus' text format (exposition format 0.0.4), as the textfile collector of node_exporter reads it.
//!
//! Figures only: the names in it are those of sources and folders in the configuration. Instants are given as they are, not as ages, so that a file that nobody
//! writes any more grows old in the eyes of its reader; what has no instant (nothing waits) has no sample.

use std::fmt::{self, Write as _};

use jiff::Timestamp;

use super::facts::{Daemon, Mailbox, Mode, daemon, mailboxes, mode};
use crate::{
    config::Config,
    store::{
        StoreError, blocked, frozen,
        lineage::HighWater,
        read::{self, ReadOnly},
        record,
    },
};

/// What is told, read at one moment.
#[derive(Debug, Clone)]
pub struct Figures {
    /// When.
    pub at: Timestamp,
    /// Who decides about posts.
    pub mode: Mode,
    /// Whether a daemon listens.
    pub daemon: Daemon,
    /// The mailboxes, as far as a daemon says.
    pub mailboxes: Vec<Mailbox>,
    /// Whether nothing is decided or sent.
    pub is_frozen: bool,
    /// The counts of `status`.
    pub counts: read::Status,
    /// What came back.
    pub bounces: read::Bounces,
    /// Letters that the firewall has stopped and nobody has decided about.
    pub stopped: usize,
    /// Deliveries by state; states without any are told with 0.
    pub deliveries: Vec<(&'static str, i64)>,
    /// The sources of the configuration, and when each brought its last mail.
    pub intake: Vec<(String, Option<Timestamp>)>,
    /// The number of the last entry of the record.
    pub entries: i64,
}

impl Figures {
    /// Reads them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(connection: &ReadOnly, config: &Config, now: Timestamp) -> Result<Self, StoreError> {
        let sources = config.sources.iter().map(|source| source.name());
        Ok(Self {
            at: now,
            mode: mode(config),
            daemon: daemon(config),
            mailboxes: mailboxes(config, now),
            is_frozen: frozen::would_be(connection, HighWater::read(&config.state)?, now)?.is_some(),
            counts: read::status(connection)?,
            bounces: read::bounces(connection, now)?,
            stopped: blocked::list(connection)?.iter().filter(|row| row.state == "waiting").count(),
            deliveries: read::deliveries_by_state(connection)?,
            intake: sources
                .map(|name| Ok((name.to_owned(), read::last_intake(connection, name)?)))
                .collect::<Result<_, StoreError>>()?,
            entries: record::head(connection)?.map_or(0, |head| head.entry),
        })
    }
}

/// What a metric may do. A restored database may count less than the one before it, which is what a counter's reader takes for a restart.
#[derive(Clone, Copy)]
enum Kind {
    Gauge,
    Counter,
}

/// One metric: its two comment lines and its samples.
fn family(
    f: &mut fmt::Formatter<'_>,
    (name, kind, help): (&str, Kind, &str),
    samples: impl IntoIterator<Item = (Option<(&'static str, String)>, f64)>,
) -> fmt::Result {
    let kind = match kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
    };
    writeln!(f, "# HELP embargod_{name} {help}")?;
    writeln!(f, "# TYPE embargod_{name} {kind}")?;
    for (label, value) in samples {
        match label {
            Some((label, text)) => writeln!(f, "embargod_{name}{{{label}=\"{}\"}} {value}", Escaped(&text))?,
            None => writeln!(f, "embargod_{name} {value}")?,
        }
    }
    Ok(())
}

/// The value of a label: the format has three characters that do not stand for themselves.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            c => f.write_char(c),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "the format knows no other number, and counts stay below 2^53")]
fn number(count: i64) -> f64 {
    count as f64
}

/// Seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "milliseconds stay below 2^53 for longer than anybody asks")]
fn instant(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

impl fmt::Display for Figures {
    /// The whole file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Kind::{Counter, Gauge};
        let Self { counts, bounces, .. } = self;
        let flag = |is: bool| Some((None, f64::from(u8::from(is))));
        let count = |count: i64| Some((None, number(count)));
        let since = |text: &str| text.parse().ok().map(|at: Timestamp| (None, instant(at)));
        let daemon = match self.daemon {
            Daemon::Running => flag(true),
            Daemon::Stopped => flag(false),
            Daemon::Unknown => None,
        };
        let deliveries = self.deliveries.iter().map(|(state, count)| (Some(("state", (*state).to_owned())), number(*count)));
        let intake =
            self.intake.iter().filter_map(|(name, last)| last.map(|last| (Some(("source", name.clone())), instant(last))));

        family(f, ("read_timestamp_seconds", Gauge, "When these figures were read."), [(None, instant(self.at))])?;
        family(f, ("daemon_running", Gauge, "Whether a daemon listens; no sample when the reader may not ask."), daemon)?;
        let mailboxes =
            self.mailboxes.iter().map(|one| (Some(("mailbox", one.mailbox.clone())), f64::from(u8::from(one.is_read))));
        let help = "Whether the daemon has read it lately; no samples when none runs, or the reader may not ask.";
        family(f, ("mailbox_read", Gauge, help), mailboxes)?;
        family(
            f,
            ("frozen", Gauge, "Whether the database may not be the newest, so that nothing is sent."),
            flag(self.is_frozen),
        )?;
        family(f, ("kill_switch", Gauge, "Whether the kill switch is there."), flag(self.mode == Mode::KillSwitch))?;
        family(f, ("automatic", Gauge, "Whether rules decide about posts."), flag(self.mode == Mode::Automatic))?;
        family(f, ("messages", Gauge, "Messages on disk."), count(counts.messages))?;
        family(f, ("messages_taken", Gauge, "Messages on disk that were not looked at yet."), count(counts.taken))?;
        family(f, ("quarantined", Gauge, "Messages set aside because handling failed."), count(counts.quarantined))?;
        family(f, ("held", Gauge, "Messages that wait for a person."), count(counts.held))?;
        family(f, ("held_oldest_timestamp_seconds", Gauge, "When the oldest of them was held."), since(&counts.oldest_held))?;
        family(f, ("cases_open", Gauge, "Cases that are not closed."), count(counts.open_cases))?;
        family(f, ("cases_unclaimed", Gauge, "Cases that nobody has claimed."), count(counts.unclaimed))?;
        let oldest = since(&counts.oldest_unclaimed);
        family(f, ("cases_unclaimed_oldest_timestamp_seconds", Gauge, "When the oldest of them was opened."), oldest)?;
        family(f, ("advisories_live", Gauge, "Advisories under embargo that the members have."), count(counts.live_advisories))?;
        let waiting = count(counts.waiting_advisories);
        family(f, ("advisories_waiting", Gauge, "Advisories that wait for a second person."), waiting)?;
        let stopped = i64::try_from(self.stopped).ok().and_then(count);
        family(f, ("letters_stopped", Gauge, "Letters that the firewall has stopped and nobody has decided about."), stopped)?;
        family(f, ("members", Gauge, "Members that get mail."), count(counts.members))?;
        family(f, ("deliveries", Gauge, "Copies of letters by state."), deliveries)?;
        family(f, ("bounces_30_days", Gauge, "Copies that came back in the last 30 days."), count(bounces.booked_30_days))?;
        let forged = "Reports of the last 30 days to no letter of ours, which were ignored.";
        family(f, ("bounces_forged_30_days", Gauge, forged), count(bounces.forged_30_days))?;
        family(f, ("bounces_forged_total", Counter, "The same since the record began."), count(bounces.forged))?;
        family(f, ("last_intake_timestamp_seconds", Gauge, "When a source brought its last mail."), intake)?;
        family(f, ("record_entries", Gauge, "The number of the last entry of the record: it only grows."), count(self.entries))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regex::Regex;

    use super::*;

    fn figures() -> Figures {
        Figures {
            at: "2026-11-02T12:00:00.25Z".parse().unwrap(),
            mode: Mode::KillSwitch,
            daemon: Daemon::Running,
            mailboxes: [("security/INBOX", true), ("lists/INBOX", false)]
                .map(|(mailbox, is_read)| Mailbox { mailbox: mailbox.to_owned(), read: None, is_read })
                .to_vec(),
            is_frozen: true,
            counts: read::Status {
                messages: 120,
                taken: 1,
                held: 2,
                quarantined: 3,
                unclaimed: 4,
                open_cases: 5,
                live_advisories: 6,
                waiting_advisories: 7,
                members: 75,
                queued: 8,
                failed: 9,
                oldest_held: "2026-11-02T09:30:00Z".to_owned(),
                oldest_unclaimed: "2026-11-01T09:30:00Z".to_owned(),
            },
            bounces: read::Bounces { booked_30_days: 10, forged_30_days: 11, forged: 12 },
            stopped: 13,
            deliveries: vec![("queued", 0), ("failed", 9)],
            intake: vec![
                ("security".to_owned(), Some("2026-11-02T11:00:00Z".parse().unwrap())),
                ("a \"b\" \\ c\nd".to_owned(), Some("2026-11-02T11:00:00Z".parse().unwrap())),
                ("never".to_owned(), None),
            ],
            entries: 1204,
        }
    }

    /// What the format demands of every file, as its description has it: each metric once, comments before samples, no series twice, names of the
    /// allowed characters, values that are numbers, a line feed at the end.
    fn check(text: &str) -> BTreeSet<String> {
        let sample = Regex::new(
            r#"^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?P<value>(?:[^"\\\n]|\\[\\"n])*)"\})? (?P<number>\S+)$"#,
        )
        .unwrap();
        assert!(text.ends_with('\n'), "the last line must end, too");
        let (mut families, mut series, mut now) = (BTreeSet::new(), BTreeSet::new(), String::new());
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, said) = help.split_once(' ').unwrap();
                assert!(!said.contains('\\'), "{line}");
                assert!(families.insert(name.to_owned()), "twice: {line}");
                now = name.to_owned();
                let kind = lines.next().unwrap().strip_prefix(&format!("# TYPE {name} ")).unwrap().to_owned();
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                continue;
            }
            let parts = sample.captures(line).unwrap_or_else(|| panic!("no sample: {line}"));
            assert_eq!(&parts["name"], now, "a sample stands below its own comments");
            parts["number"].parse::<f64>().unwrap();
            let name = line.rsplit_once(' ').unwrap().0;
            assert!(series.insert(name.to_owned()), "twice: {line}");
        }
        assert!(families.iter().all(|name| name.starts_with("embargod_")));
        series
    }

    #[test]
    fn the_file_is_what_the_format_demands() {
        let series = check(&figures().to_string());
        assert!(series.contains(r#"embargod_last_intake_timestamp_seconds{source="a \"b\" \\ c\nd"}"#), "{series:?}");
    }

    #[test]
    fn figures_stand_where_they_belong() {
        let text = figures().to_string();
        for line in [
            "embargod_read_timestamp_seconds 1793620800.25",
            "embargod_daemon_running 1",
            "embargod_mailbox_read{mailbox=\"security/INBOX\"} 1",
            "embargod_mailbox_read{mailbox=\"lists/INBOX\"} 0",
            "embargod_frozen 1",
            "embargod_kill_switch 1",
            "embargod_automatic 0",
            "embargod_messages 120",
            "embargod_messages_taken 1",
            "embargod_quarantined 3",
            "embargod_held 2",
            "embargod_held_oldest_timestamp_seconds 1793611800",
            "embargod_cases_open 5",
            "embargod_cases_unclaimed 4",
            "embargod_cases_unclaimed_oldest_timestamp_seconds 1793525400",
            "embargod_advisories_live 6",
            "embargod_advisories_waiting 7",
            "embargod_letters_stopped 13",
            "embargod_members 75",
            "embargod_deliveries{state=\"queued\"} 0",
            "embargod_deliveries{state=\"failed\"} 9",
            "embargod_bounces_30_days 10",
            "embargod_bounces_forged_30_days 11",
            "embargod_bounces_forged_total 12",
            "embargod_last_intake_timestamp_seconds{source=\"security\"} 1793617200",
            "embargod_record_entries 1204",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    /// 0 would be an instant of 1970, and an alarm on the age of what waits would ring for ever.
    #[test]
    fn what_nobody_knows_has_no_sample() {
        let mut quiet = figures();
        quiet.counts.oldest_held.clear();
        quiet.counts.oldest_unclaimed.clear();
        quiet.daemon = Daemon::Unknown;
        quiet.intake.clear();
        quiet.mailboxes.clear();
        let series = check(&quiet.to_string());
        for name in ["held_oldest", "unclaimed_oldest", "daemon_running", "last_intake", "mailbox_read"] {
            assert!(!series.iter().any(|one| one.contains(name)), "{name} in {series:?}");
        }
    }
}
