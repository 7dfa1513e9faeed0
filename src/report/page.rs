//! The status page as HTML: `rules/pages/status.html` filled in. Values are escaped by the engine and made safe to look at before.

use jiff::{Timestamp, tz::TimeZone};
use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

use super::{
    facts::{Daemon, Facts, Mode},
    serve::Pace,
    timeline,
};
use crate::{cases::distance, compose::shown};

/// How often the page asks for itself, in seconds.
pub const REFRESH: u16 = 60;

/// The style sheet: that of the public pages, and what this page has more.
pub const STYLE: &str = concat!(include_str!("../../rules/pages/site.css"), include_str!("../../rules/pages/status.css"));
/// The sign beside the name in the browser.
pub const ICON: &str = include_str!("../../rules/pages/icon.svg");
const TEMPLATE: &str = include_str!("../../rules/pages/status.html");

/// The page.
///
/// # Errors
/// The template does not render: the text names its line and shows no value.
pub fn html(facts: &Facts, project: &str, pace: Pace) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // The builder fails only on delimiters, which stay the usual ones.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.add_template("status.html", TEMPLATE)?;
    let (mode, is_automatic) = match facts.mode {
        Mode::Automatic => ("rules decide inside the gate", true),
        Mode::HoldAll => ("every post waits for a person", true),
        Mode::KillSwitch => ("the kill switch stands: every post waits for a person", false),
    };
    let (daemon, is_running) = match facts.daemon {
        Daemon::Running => ("running", true),
        Daemon::Stopped => ("not running", false),
        Daemon::Unknown => ("not ours to ask", true),
    };
    let counts = &facts.counts;
    let reachable = facts.readiness.iter().filter(|member| member.faults.is_empty()).count();
    environment.get_template("status.html")?.render(context! {
        project,
        refresh => REFRESH,
        is_renewing => pace == Pace::Renewing,
        now => minute(facts.at),
        now_machine => facts.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        state => context! {
            mode,
            is_automatic,
            daemon,
            is_running,
            unread => facts.mailboxes.iter().filter(|one| !one.is_read).map(|one| one.mailbox.clone()).collect::<Vec<_>>(),
            frozen => facts.frozen.as_ref().map(ToString::to_string),
        },
        counts => context! {
            messages => counts.messages,
            taken => counts.taken,
            quarantined => counts.quarantined,
            open_cases => counts.open_cases,
            unclaimed => counts.unclaimed,
            held => counts.held,
            queued => counts.queued,
            failed => counts.failed,
            stopped => facts.stopped.len(),
            bounced => facts.bounces.booked_30_days,
            forged => facts.bounces.forged_30_days,
        },
        timeline => timeline::svg(&facts.cases, facts.at).map(Value::from_safe_string),
        cases => facts.cases.iter().map(|case| case_row(case, facts.at)).collect::<Vec<Value>>(),
        held => facts.held.iter().map(|held| context! {
            id => held.id,
            place => held.place.as_str(),
            urgent => held.urgent,
            since => held.held_at.parse().map(minute).unwrap_or_default(),
            age => held.held_at.parse().map(|at| ago(at, facts.at)).unwrap_or_default(),
        }).collect::<Vec<Value>>(),
        stopped => facts.stopped.clone(),
        last => facts.last.as_ref().map(|last| context! {
            name => shown::line(&last.name),
            accepted => last.accepted,
            waiting => last.waiting,
            all => last.accepted + last.waiting + last.failed.len(),
            failed => last.failed.iter().map(|missed| context! {
                organisation => shown::line(&missed.organisation),
                state => missed.state.as_str(),
            }).collect::<Vec<Value>>(),
        }),
        reachable,
        members => facts.readiness.len(),
        readiness => facts.readiness.iter().filter(|member| !member.faults.is_empty()).map(|member| context! {
            organisation => shown::line(&member.organisation),
            score => member.score,
            faults => member.faults.iter().map(|fault| shown::line(fault)).collect::<Vec<String>>(),
        }).collect::<Vec<Value>>(),
    })
}

fn case_row(case: &super::facts::CaseLine, now: Timestamp) -> Value {
    context! {
        case => case.case.to_string(),
        number => case.number.clone(),
        title => case.title.as_deref().map(shown::line),
        what => case.next.as_ref().map_or_else(|| "its record cannot be read".to_owned(), |next| shown::line(&next.what)),
        owner => case.next.as_ref().map_or_else(|| "the operator".to_owned(), |next| shown::line(&next.owner)),
        due => case.next.as_ref().map(|next| minute(next.due)),
        distance => case.next.as_ref().map(|next| distance(next.due.duration_since(now))),
        late => case.next.as_ref().is_none_or(|next| next.due < now),
        until => case.until.map(minute),
    }
}

fn minute(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y, %H:%M").to_string()
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    distance(at.duration_since(now))
}
