//! To the public lists: an advisory whose embargo is over, in the team's name (P32).
//!
//! Promises: the body and every field that says how to read it (`MIME-Version`, `Content-*`) are the registered bytes, so that its signature
//! verifies; the Subject is the registered one. Everything else of the header is new, because the registered mail came from one person on
//! one way, and the advisory comes from the team: nothing of that way (`Received`, `DKIM-Signature`, `X-*`) is published.
//!
//! Fails only for names no header can carry.

use std::collections::BTreeSet;

use super::{Desk, Draft, LetterError, LetterKind, ReversePath, field_names as name};
use crate::{
    disclosure::{CaseId, ContentClass, Recipients},
    mail::{HeaderEdit, NewField, RawMessage},
};

/// The mail to the public lists.
#[derive(Clone)]
pub struct PublicRelease {
    /// The registered mail.
    pub raw: RawMessage,
    /// The case whose advisory it is.
    pub case: CaseId,
    /// The public lists.
    pub to: Recipients,
}

impl PublicRelease {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let project = desk.project;
        let message_id = desk.message_id(None)?;
        let mut edit = HeaderEdit::of(self.raw.bytes());
        edit.remove_where(|field| !is_kept(field.name));
        edit.add(NewField::ascii(name::DATE, &desk.date()?)?);
        edit.add(NewField::mailbox(name::FROM, Some(&project.team_name), &project.security)?);
        let to: Vec<String> = self.to.as_slice().iter().map(ToString::to_string).collect();
        edit.add(NewField::ascii(name::TO, &to.join(", "))?);
        edit.add(NewField::ascii(name::MESSAGE_ID, &message_id.to_string())?);
        Ok(Draft {
            kind: LetterKind::PublicRelease,
            class: ContentClass::Public,
            reveals: BTreeSet::from([self.case]),
            held: None,
            message_id,
            bytes: edit.emit(),
            to: self.to,
            reverse_path: ReversePath::Verp(project.primary.bounces()),
        })
    }
}

/// The fields that the registered mail and its body need.
fn is_kept(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    field == "subject" || field == "mime-version" || field.starts_with("content-")
}
