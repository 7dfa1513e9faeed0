//! The embargo of an advisory that members hold ended before its date, as two people said: the members hear of it at once (P46, P47; T15, T16).
//!
//! Promises: to every active member or to nobody; once for a case, because its embargo ends once; nothing to members who hold no advisory of it.

use jiff::tz::TimeZone;

use super::{
    DecideError, Work, blocked,
    work::{Passage, Sending},
};
use crate::{
    cases::{CaseEvent, CaseFile, EarlyEnd},
    compose::{AdvisoryMark, EmbargoEnded, EndedBy},
    disclosure::Case,
    schedule::civil,
};

/// Tells the members, if one of these events ended the embargo; what became of it, for the team.
pub(super) fn tell_members<'e>(
    work: &mut Work<'_>,
    case: &Case,
    file: &CaseFile,
    events: impl IntoIterator<Item = &'e CaseEvent>,
) -> Result<Option<String>, DecideError> {
    let ended = events.into_iter().find_map(|event| match event {
        CaseEvent::EmbargoEnded { cause, .. } => Some(*cause),
        _ => None,
    });
    let (Some(cause), Some(held), Some(to)) = (ended, file.held_revision(), work.snapshot.roster.recipients()) else {
        return Ok(None);
    };
    let count = to.as_slice().len();
    let letter = EmbargoEnded {
        to,
        advisory: AdvisoryMark { number: held.number, version: held.version, embargo_until: None },
        since: civil(work.now, &TimeZone::UTC),
        by: match cause {
            EarlyEnd::ExploitedInTheWild => EndedBy::Exploit,
            EarlyEnd::Leaked => EndedBy::Leak,
            EarlyEnd::DiscovererEarly => EndedBy::Publication,
        },
    };
    let draft = letter.write(&mut work.desk())?;
    let passage = work.dispatch(draft, Sending { about: work.message(), case: Some(case.id), ..Sending::default() })?;
    Ok(Some(match passage {
        Passage::Through => {
            work.note_by("members-told", None, Some(case.id), "", format!("{count} members are told that the embargo is over"));
            format!("{count} members are told.")
        }
        Passage::Stopped { id, found } => format!("The members are NOT told. {}", blocked::stopped(id, &found)),
    }))
}
