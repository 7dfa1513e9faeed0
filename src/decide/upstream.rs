//! An embargoed advisory of another project: a case with its date, and nothing of it leaves the team before (P85).
//!
//! Who the other projects are is configured (`[[upstream]]`). A List-Id or a From line is enough to open a case, because an open case only
//! protects more; the date, which ends the protection, is believed of a proven sender alone. Without a believed date the case is undetermined,
//! which counts as embargoed, until a person says the date (`upstream`).

use super::{
    DecideError, Work, facts,
    post::Sender,
    report::{self, Answer, Opening},
};
use crate::{
    advisory::{self, EmbargoMark},
    cases::{CaseEvent, Origin},
    compose::{Belonging, Facts},
    decide::effect::{Attachment, Effect},
    disclosure::{Case, CveId, Upstream},
    mail::{Address, Message},
};

/// The project whose embargoed advisory this is.
pub(super) fn sender<'w>(work: &Work<'w>, message: &Message) -> Option<&'w Upstream> {
    let policy = work.policy;
    let of = |upstream: &&Upstream| {
        upstream.list_id.as_ref().is_some_and(|id| message.list_ids.contains(id))
            || message.author().is_some_and(|author| upstream.from.contains(author))
    };
    let upstream = policy.project.upstreams.iter().find(of)?;
    (advisory::embargo_until(message, &policy.advisory_rules) != EmbargoMark::Unmarked).then_some(upstream)
}

/// It opens a case, or comes to the one that it answers.
pub(super) fn received(work: &mut Work<'_>, message: &Message, from: &Sender, project: &Upstream) -> Result<(), DecideError> {
    if let Some(case) = earlier(work, project) {
        work.effect(Effect::Attach { mail: work.id, case: case.id, how: Attachment::Suggested });
        let why = format!("it is marked as an advisory of {} and answers a mail of the case", project.name);
        work.note_by("suggested", None, Some(case.id), "", why.clone());
        return report::case_mail(work, message, &case, &Belonging::Suggested(why), from);
    }
    let proven = from.address().is_some_and(|address: &Address| project.from.contains(address));
    let (date, at_once) = match advisory::embargo_until(message, &work.policy.advisory_rules) {
        EmbargoMark::Until(until) if proven && until > work.now => {
            let date = format!("it is public on {}", work.instant(until));
            let mut words = message.subject.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let id = words.find_map(|word| word.parse::<CveId>().ok()).map(|cve| cve.to_string());
            let event = CaseEvent::Upstream { project: project.name.clone(), id, until };
            (date, Some((event, format!("an advisory of {}, embargoed", project.name))))
        }
        EmbargoMark::Until(until) => {
            let why = if proven { "that has passed" } else { "its sender is not proven" };
            (format!("it says {}, but {why}: say the date with `upstream INSTANT {}`", work.instant(until), project.name), None)
        }
        _ => (format!("its date cannot be read: say it with `upstream INSTANT {}`", project.name), None),
    };
    let facts = Facts { upstream: Some((project.name.clone(), date)), ..facts::seen(message, &work.policy.project) };
    let at_once = report::perhaps_public(&facts).into_iter().chain(at_once).collect();
    let opening = Opening { origin: Origin::Upstream, facts, at_once };
    // Nobody outside is told, and nobody outside is cleared for it: what the other project's people may hear is theirs to say.
    report::open_as(work, (work.id, message), None, Answer::Never, from, opening)
}

/// The case of this project that the mail answers.
fn earlier(work: &Work<'_>, project: &Upstream) -> Option<Case> {
    let answered = |case: &&Case| work.snapshot.answers.iter().any(|answer| answer.case == Some(case.id));
    let theirs = |case: &&Case| {
        let file = work.snapshot.files.iter().find(|file| file.id() == case.id);
        file.is_some_and(|file| file.upstream() == Some(project.name.as_str()))
    };
    work.snapshot.cases.iter().filter(answered).find(theirs).cloned()
}
