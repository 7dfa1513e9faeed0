//! `embargod thaw`: what may have happened since the copy was made that a restored database comes from, and the end of its freeze.

use super::{
    Status,
    client::{self, Shape},
    stateful::{Target, minute},
};
use crate::{
    clock::{Clock as _, SystemClock},
    daemon::act::Request,
    store::{
        frozen::{self, Doubt, Since},
        lineage::HighWater,
    },
};

/// Shows what may have happened since the copy was made that a restored database comes from; with --confirm, ends its freeze
#[derive(Debug, clap::Args)]
pub(super) struct Thaw {
    #[command(flatten)]
    target: Target,
    /// End it. What is in doubt stays with people: it is not sent, not handled, not released
    #[arg(long)]
    confirm: bool,
    /// I know that nothing was sent or handled since: letters go on, mails are handled. Releases are disarmed all the same
    #[arg(long, requires = "confirm")]
    nothing_was_sent: bool,
}

impl Thaw {
    pub(super) fn run(self) -> Status {
        if self.confirm {
            let since = if self.nothing_was_sent { Since::NothingWasSent } else { Since::Unknown };
            return self.target.change(&Request::Thaw { since });
        }
        self.target.look(|config, connection, shape| {
            let beside = HighWater::read(&config.state)?;
            let Some(found) = frozen::would_be(connection, beside, SystemClock.now())? else {
                client::say(&"The database is not frozen.");
                return Ok(Status::Done);
            };
            let doubt = frozen::doubt(connection, found, Since::Unknown)?;
            match shape {
                Shape::Json => client::say_json(&doubt),
                Shape::Text => show(&doubt),
            }
            Ok(Status::Done)
        })
    }
}

fn show(doubt: &Doubt) {
    let say = |text: String| client::say(&text);
    say(format!("The database is frozen since {} UTC: {}.", minute(&doubt.frozen.since.to_string()), doubt.frozen));
    say("Mail is taken in; nothing is decided, sent, released or marked. This is in doubt, and becomes of it when the freeze ends:".to_owned());
    let list = |numbers: &[i64]| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    match doubt.mails.as_slice() {
        [] => say("- No mail may have been handled since.".to_owned()),
        mails => say(format!(
            "- {} may have been handled since (messages {}): quarantined. Then `embargod why ID` and `embargod replay ID`, with --handled or --keep-letters.",
            if mails.len() == 1 { "1 mail".to_owned() } else { format!("{} mails", mails.len()) },
            list(mails)
        )),
    }
    for letter in &doubt.letters {
        say(format!(
            "- Letter {} ({}) to {} recipients may have been sent since: not sent by itself. Then `embargod outbox list`, `outbox retry`.",
            letter.letter, letter.kind, letter.open
        ));
    }
    for release in &doubt.releases {
        let instant = release.instant.map_or_else(String::new, |at| format!(", for {at}"));
        say(format!(
            "- The release of case-{} was {}{instant}: disarmed; what is under way goes no further by itself.",
            release.case, release.state
        ));
    }
    say(format!(
        "- Waiting for people, who may have ruled since: {} held, {} advisories, {} stopped letters. They go on waiting; look at the lists' archives before you rule.",
        doubt.held, doubt.advisories, doubt.stopped
    ));
    say(format!("- {} mails came since the freeze began: handled as new.", doubt.new_mails));
    say("Numbers of cases and advisories that were given since are not known here and may be given again: set the next one by hand.".to_owned());
    say("To end it: `embargod thaw --confirm`. If you know that nothing was sent since: `embargod thaw --confirm --nothing-was-sent`.".to_owned());
}
