//! The fire drill: a test without content to every active member, by the way that an advisory takes (P63, P82).

use super::{Actor, Change, MemberFile, Probe, Standing, belonging};
use crate::{
    compose::Drill,
    decide::{
        DecideError, Work,
        effect::{Effect, Label},
        snapshot::Purpose,
        work::Sending,
    },
    mail::Digest,
    membership::belonging::MemberRequest,
};

/// Sends the drill with this number; how many members it goes to.
pub fn begin(work: &mut Work<'_>, id: i64, files: &[MemberFile], by: &Actor) -> Result<usize, DecideError> {
    work.effect(Effect::Membership(Box::new(Change::Drill { id, by: by.name().to_owned() })));
    let mut sent = 0;
    for file in files.iter().filter(|file| file.standing() == Standing::Active) {
        let request = MemberRequest::Probe { why: Probe::Drill { drill: id } };
        let Ok(events) = belonging::judged(work, Some(file), &request, by, None) else { continue };
        belonging::recorded(work, Some(file.clone()), file.id(), by, &events)?;
        let to = file.particulars().address.clone();
        let token = work.token_for_address(Purpose::Alias, Some(to.clone()), file.id().0, Digest::of(b"confirm"), 0);
        let draft = Drill { drill: format!("drill-{id}"), to, token }.write(&mut work.desk())?;
        work.send(draft, Sending { label: Label::Drill(id), ..Sending::default() })?;
        sent += 1;
    }
    Ok(sent)
}
