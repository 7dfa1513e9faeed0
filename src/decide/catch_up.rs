//! Members who joined since get the newest revision of an advisory that is under embargo (P26, P48): what two people released to the members,
//! to those of them who do not have it.

use super::{
    DecideError, Work,
    effect::{Effect, Label},
    snapshot::{AdvisoryState, WaitingAdvisory},
    work::Sending,
};
use crate::{
    compose::{AdvisoryMark, FromField, Redistribution},
    disclosure::{ContentClass, ListRole, PersonName, Recipients},
    mail::Address,
};

/// Sends `advisory` to the active members who are not among `holding`. What is not done is [`Work::refusal`]; what was done [`Work::remark`].
///
/// # Errors
/// [`DecideError`] when the letter cannot be written or may not go.
pub fn catch_up(
    work: &mut Work<'_>,
    advisory: &WaitingAdvisory,
    holding: &[Address],
    by: &PersonName,
) -> Result<(), DecideError> {
    let number = advisory.number.ok_or(DecideError::Missing("the advisory's number"))?;
    let name = number.with_prefix(&work.policy.project.advisory_prefix);
    let is_live = work.snapshot.live.iter().any(|live| live.number == number);
    if advisory.state != AdvisoryState::Sent || !is_live {
        work.refused(&format!("{name} is not under embargo with the members; nothing was sent"));
        return Ok(());
    }
    let project = &work.policy.project;
    let has_it = |address: &Address| holding.iter().any(|other| project.same(other, address));
    let members = work.snapshot.roster.recipients().map(|members| members.as_slice().to_vec()).unwrap_or_default();
    let Some(to) = Recipients::new(members.into_iter().filter(|address| !has_it(address))) else {
        work.refused(&format!("every member has {name} v{}", advisory.revision));
        return Ok(());
    };
    let count = to.as_slice().len();
    let predisclosing = work.snapshot.wall.case_of(number);
    let letter = Redistribution {
        raw: advisory.raw.clone(),
        list: ListRole::Primary,
        advisory: Some(AdvisoryMark { number, version: advisory.revision, embargo_until: advisory.until }),
        from: FromField::AsItCame,
        class: ContentClass::Embargoed,
        reveals: predisclosing.into_iter().collect(),
        to,
    };
    let draft = letter.write(&mut work.desk())?;
    let sending = Sending {
        about: Some(advisory.inbox),
        label: Label::Advisory(number, advisory.revision),
        predisclosing,
        holding: holding.to_vec(),
        ..Sending::default()
    };
    match work.clear(draft, &sending, None)? {
        Ok(outgoing) => {
            work.effect(Effect::Queue(outgoing));
            let text = format!("{name} v{} goes to {count} of the members, who did not have it", advisory.revision);
            work.note_by("advisory-caught-up", Some(advisory.inbox), predisclosing, &by.0, text.clone());
            work.remarked(&text);
        }
        Err(stopped) => {
            let other = stopped.hits.first().map(|hit| hit.case.to_string()).unwrap_or_default();
            work.refused(&format!("the embargo firewall finds {other} in it, which the members do not know; nothing was sent"));
        }
    }
    Ok(())
}
