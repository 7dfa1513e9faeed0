//! `embargod status`: what waits, and for how long; on the terminal, as a page, or as figures for a monitoring system.

mod served;

use std::io::{self, Write as _};

use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone},
    stateful::{Target, age, minute},
};
use crate::{
    clock::{Clock as _, SystemClock},
    config::Config,
    report::{
        facts::{Daemon, Mailbox, Mode, daemon, mailboxes, mode},
        prometheus::Figures,
        serve::Place,
    },
    store::{
        frozen::{self, Frozen},
        lineage::HighWater,
        read,
    },
};

/// What waits, and for how long
#[derive(Debug, clap::Args)]
pub(super) struct StatusCommand {
    #[command(flatten)]
    target: Target,
    /// Serve it as a page that only reads: `unix:PATH` or a loopback address, `127.0.0.1:8080`. Default: `unix:status.sock` in the state folder
    #[arg(long, value_name = "PLACE", num_args = 0..=1)]
    serve: Option<Option<Place>>,
    /// The figures in the text format of Prometheus, for node_exporter's textfile collector
    #[arg(long, conflicts_with_all = ["serve", "json"])]
    prometheus: bool,
}

#[derive(Serialize)]
struct Answer {
    mode: Mode,
    daemon: Daemon,
    mailboxes: Vec<Mailbox>,
    frozen: Option<Frozen>,
    #[serde(flatten)]
    counts: read::Status,
    bounces: read::Bounces,
}

impl StatusCommand {
    pub(super) fn run(self) -> Status {
        if let Some(place) = self.serve {
            return self.target.look(|config, _, _| Ok(served::run(config, place)));
        }
        if self.prometheus {
            return self.target.look(|config, connection, _| {
                let figures = Figures::read(connection, config, SystemClock.now())?;
                // Half a file must not take the place of a whole one: who calls this moves it there when it went well.
                let mut out = io::stdout().lock();
                Ok(match write!(out, "{figures}").and_then(|()| out.flush()) {
                    Ok(()) => Status::Done,
                    Err(error) => client::refuse(&format!("the figures could not be written: {}", error.kind())),
                })
            });
        }
        self.target.look(|config, connection, shape| {
            let answer = Answer {
                mode: mode(config),
                daemon: daemon(config),
                mailboxes: mailboxes(config, SystemClock.now()),
                frozen: frozen::would_be(connection, HighWater::read(&config.state)?, SystemClock.now())?,
                counts: read::status(connection)?,
                bounces: read::bounces(connection, SystemClock.now())?,
            };
            match shape {
                Shape::Json => client::say_json(&answer),
                Shape::Text => show(config, &answer),
            }
            Ok(Status::Done)
        })
    }
}

fn show(config: &Config, answer: &Answer) {
    let (mode, tone) = match answer.mode {
        Mode::Automatic => ("rules decide inside the gate".to_owned(), Tone::Plain),
        Mode::HoldAll => ("every post waits for a person".to_owned(), Tone::Strong),
        Mode::KillSwitch => {
            (format!("every post waits for a person: {} is there", config.moderation.kill_switch.display()), Tone::Alert)
        }
    };
    let daemon = match answer.daemon {
        Daemon::Running => Cell::new("running", Tone::Good),
        Daemon::Stopped => Cell::new("not running", Tone::Strong),
        Daemon::Unknown => Cell::from("the control socket is not yours to ask"),
    };
    let counts = &answer.counts;
    let line = |name: &str, value: String| client::say(&format!("{name:<22}{value}"));
    if let Some(frozen) = &answer.frozen {
        line(
            "database",
            Cell::new(format!("FROZEN since {} UTC: {frozen}", minute(&frozen.since.to_string())), Tone::Alert).painted(),
        );
        line("", format!("nothing is decided, sent or released; {}", frozen::REMEDY));
    }
    line("moderation", Cell::new(mode, tone).painted());
    line("daemon", daemon.painted());
    for mailbox in &answer.mailboxes {
        let said = match (mailbox.is_read, mailbox.read) {
            (true, _) => Cell::new("is read", Tone::Good),
            (false, Some(at)) => {
                let at = at.to_string();
                Cell::new(format!("NOT READ since {} UTC ({}): the log says why", minute(&at), age(&at)), Tone::Alert)
            }
            (false, None) => Cell::new("NOT READ since the daemon started: the log says why", Tone::Alert),
        };
        line("mailbox", format!("{} {}", mailbox.mailbox, said.painted()));
    }
    line("messages", format!("{} ({} not looked at yet)", counts.messages, counts.taken));
    line("held", waiting(counts.held, &counts.oldest_held));
    line("quarantined", waiting(counts.quarantined, ""));
    line("open cases", counts.open_cases.to_string());
    line("  unclaimed", waiting(counts.unclaimed, &counts.oldest_unclaimed));
    line("live advisories", counts.live_advisories.to_string());
    line("  waiting to be sent", waiting(counts.waiting_advisories, ""));
    line("members", counts.members.to_string());
    line("deliveries waiting", counts.queued.to_string());
    line("deliveries failed", waiting(counts.failed, ""));
    let read::Bounces { booked_30_days, forged_30_days, forged } = answer.bounces;
    line(
        "bounces, 30 days",
        format!("{booked_30_days} booked, {forged_30_days} to no letter of ours and ignored ({forged} ever)"),
    );
}

/// A count that somebody should bring to nothing, with the age of the oldest.
fn waiting(count: i64, oldest: &str) -> String {
    let tone = if count == 0 { Tone::Plain } else { Tone::Alert };
    let since =
        if oldest.is_empty() { String::new() } else { format!(", the oldest since {} UTC ({})", minute(oldest), age(oldest)) };
    format!("{}{since}", Cell::new(count.to_string(), tone).painted())
}
