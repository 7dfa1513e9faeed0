//! How long each step took, in working days, beside the policy's targets (P3, P14, P27, P41, P43).

use jiff::Timestamp;

use super::{Writer, page::Page};
use crate::{
    cases::{CaseEvent, PatchState},
    schedule::Calendar,
};

/// Longer than this nobody counts.
const MOST: u32 = 10_000;

/// A step of the policy.
struct Step {
    what: &'static str,
    done: Option<Timestamp>,
    from: Timestamp,
    from_what: &'static str,
    target: Option<u32>,
}

pub(super) fn durations(writer: &Writer<'_>, page: &mut Page) {
    page.heading("How long it took, against the policy's targets");
    for step in steps(writer) {
        page.item(&line(&step, writer));
    }
}

fn steps(writer: &Writer<'_>) -> Vec<Step> {
    let (file, standards) = (writer.file, writer.sources.standards);
    let targets = standards.targets;
    let first = |is: fn(&CaseEvent) -> bool| writer.record.iter().find(|one| is(&one.event)).map(|one| one.at);
    let opened = file.opened();
    let after_report = |what: &'static str, done: Option<Timestamp>, target: Option<u32>| Step {
        what,
        done,
        from: opened,
        from_what: "after the report",
        target,
    };
    // When it was delivered, and before that when it was written.
    let acknowledged = writer.sources.acknowledged.or(first(|event| matches!(event, CaseEvent::Acknowledged)));
    let heard = file.predisclosed_at();
    let patched = (file.patch_state(&standards.branches) == PatchState::Complete)
        .then(|| writer.record.iter().rfind(|one| matches!(one.event, CaseEvent::PatchesComplete { .. })).map(|one| one.at))
        .flatten();
    let released = first(|event| matches!(event, CaseEvent::ReleaseBegun { .. }));
    let mut steps = vec![
        after_report("acknowledged", acknowledged, Some(targets.look)),
        after_report("claimed by a person", first(|event| matches!(event, CaseEvent::Claimed { .. })), Some(targets.look)),
        after_report("confirmed", file.confirmed_at(), None),
        after_report("numbered", first(|event| matches!(event, CaseEvent::NumberAllocated { .. })), None),
        after_report("CVE asked for", first(|event| matches!(event, CaseEvent::CveRequested)), None),
        after_report("CVE assigned", first(|event| matches!(event, CaseEvent::CveAssigned { .. })), None),
        after_report("patches complete", patched, None),
        after_report("sent to the members", heard, Some(targets.predisclosure)),
    ];
    steps.push(match heard {
        Some(heard) => Step {
            what: "published",
            done: released,
            from: heard,
            from_what: "after the members heard",
            target: Some(targets.publication),
        },
        None => after_report("published", released, Some(targets.predisclosure + targets.publication)),
    });
    if let Some(released) = released {
        let after = |what: &'static str, done: Option<Timestamp>| Step {
            what,
            done,
            from: released,
            from_what: "after the publication",
            target: None,
        };
        steps.push(after("at every destination", file.release().and_then(|release| release.finished)));
        steps.push(after("changesets public", file.pushed_at()));
        steps.push(after("on the page", file.page_at()));
    }
    steps
}

fn line(step: &Step, writer: &Writer<'_>) -> String {
    let calendar = &writer.sources.standards.calendar;
    let Step { what, done, from, from_what, target } = step;
    let Some(done) = done else {
        let target = target.map_or_else(String::new, |target| format!(" (target: {})", days(target)));
        return format!("{what}: not done{target}");
    };
    let took = working_days(calendar, *from, *done);
    let met = target.map_or_else(String::new, |target| {
        if *done <= calendar.add_working_days(*from, target) {
            format!("; target {}: met", days(target))
        } else {
            let late = match took.saturating_sub(target) {
                0 => "less than a working day".to_owned(),
                late => days(late),
            };
            format!("; target {}: missed by {late}", days(target))
        }
    });
    format!("{what}: {}, {} {from_what}{met}", writer.instant(*done), days(took))
}

/// Whole working days between two instants, none when the second comes first.
fn working_days(calendar: &Calendar, from: Timestamp, to: Timestamp) -> u32 {
    (1..MOST).find(|days| calendar.add_working_days(from, *days) > to).map_or(MOST, |days| days - 1)
}

fn days(count: u32) -> String {
    if count == 1 { "1 working day".to_owned() } else { format!("{count} working days") }
}
