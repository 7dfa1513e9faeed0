//! To the members: a list post or an advisory, its own bytes with our header block on top (invariant 1).
//!
//! Promises: the body and every field that stays are the incoming bytes, in their order; only [`name::TRACES`], [`name::TRACE_PREFIXES`] and the
//! fields we replace (Sender, Precedence) go. From, To, Cc, Subject, Date, Message-ID, Content-* and signatures are never touched.
//!
//! The author's DKIM signature (RFC 6376) must go on verifying. A verifier takes the fields named in `h=` from the bottom up, and a name without
//! a field stands for "there is none" (oversigning). Hence, for a name that any signature covers:
//! - `Sender` and `Precedence` stay as they came, and ours are left out (Exim signs the absence of Sender by default, Exim PR 71);
//! - our other fields are left out where their absence is signed, except `List-Id` and `X-BeenThere`: members filter on them for ever (P66);
//! - what leaks goes, signature or not (`List-*` of another list, `Errors-To`, receipts, `Resent-*`, `Bcc`): RFC 2919 section 8 and the embargo
//!   weigh more than a signature that was made for another way.
//!
//! Fails only for names no header can carry.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    Desk, Draft, LetterError, LetterKind, ReversePath,
    field_names::{self as name, TRACE_PREFIXES, TRACES},
};
use crate::{
    disclosure::{AdvisoryNumber, CaseId, ContentClass, ListRole, PrivateList, Recipients},
    mail::{HeaderEdit, Headers, MessageId, NewField, RawMessage},
};

/// What our own fields say about an advisory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdvisoryMark {
    /// Its number.
    pub number: AdvisoryNumber,
    /// Its version, from 1.
    pub version: u32,
    /// The end of its embargo; `None` once it is public.
    pub embargo_until: Option<Timestamp>,
}

/// A mail ready for a list, and what was done to its header block.
#[derive(Clone, PartialEq, Eq)]
pub struct Redistributed {
    /// The message.
    pub bytes: Vec<u8>,
    /// Its own Message-ID, or the one we gave it.
    pub message_id: MessageId,
    /// Names of the fields removed, in their order, for the audit trail.
    pub removed: Vec<String>,
    /// Names of our fields left out for the author's signature.
    pub left_out: Vec<&'static str>,
}

/// Whose address stands in From.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FromField {
    /// The author's, as it came.
    #[default]
    AsItCame,
    /// The list's, with the author's name: where receivers would refuse the copy otherwise (RFC 9989). The author's own field is kept in
    /// `X-Original-From`, and answers go to him as before.
    OfTheList {
        /// How the author is called.
        author: String,
    },
}

/// A post or an advisory on its way to all members.
#[derive(Clone)]
pub struct Redistribution {
    /// The mail as it came.
    pub raw: RawMessage,
    /// The list it goes out on.
    pub list: ListRole,
    /// For advisories: what our own fields say.
    pub advisory: Option<AdvisoryMark>,
    /// Whose address stands in From.
    pub from: FromField,
    /// How secret it is: [`ContentClass::Embargoed`] unless it is a copy of a public advisory (P34).
    pub class: ContentClass,
    /// The cases it tells about, as far as known.
    pub reveals: BTreeSet<CaseId>,
    /// The active members, from [`crate::disclosure::Roster::recipients`].
    pub to: Recipients,
}

impl Redistribution {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let project = desk.project;
        let list = project.list(self.list);
        let done = redistribute_from(&self.raw, list, self.advisory.as_ref(), &self.from, desk)?;
        Ok(Draft {
            kind: LetterKind::Redistribution,
            class: self.class,
            reveals: self.reveals,
            held: None,
            message_id: done.message_id,
            bytes: done.bytes,
            to: self.to,
            reverse_path: ReversePath::Verp(list.bounces()),
        })
    }
}

/// The message as it goes out on `list`.
pub fn redistribute(
    raw: &RawMessage,
    list: &PrivateList,
    advisory: Option<&AdvisoryMark>,
    desk: &mut Desk<'_>,
) -> Result<Redistributed, LetterError> {
    redistribute_from(raw, list, advisory, &FromField::AsItCame, desk)
}

fn redistribute_from(
    raw: &RawMessage,
    list: &PrivateList,
    advisory: Option<&AdvisoryMark>,
    from: &FromField,
    desk: &mut Desk<'_>,
) -> Result<Redistributed, LetterError> {
    let headers = Headers::of(raw.bytes());
    let signed = Signed::of(&headers);
    let own_mark = advisory_field(&desk.project.advisory_prefix);
    let mut edit = HeaderEdit::of(raw.bytes());
    let munged = match from {
        FromField::OfTheList { author } => munged(&headers, author, list)?,
        FromField::AsItCame => Vec::new(),
    };
    let removed = edit.remove_where(|field| {
        is_trace(field.name)
            || (!munged.is_empty() && (field.is(name::FROM) || field.is(name::X_ORIGINAL_FROM)))
            || field.is(&own_mark)
            || ([name::SENDER, name::PRECEDENCE].iter().any(|replaced| field.is(replaced)) && !signed.covers(field.name))
    });
    let mut left_out = Vec::new();
    for (field_name, field) in list_block(list, desk)? {
        let needed = [name::RECEIVED, name::BEEN_THERE, name::LIST_ID].contains(&field_name);
        let replaceable = headers.count(field_name) > 0 && !(field_name == name::SENDER || field_name == name::PRECEDENCE);
        if needed || replaceable || !signed.covers(field_name) {
            edit.add(field);
        } else {
            left_out.push(field_name);
        }
    }
    munged.into_iter().for_each(|field| edit.add(field));
    if let Some(mark) = advisory {
        edit.add(NewField::ascii(&own_mark, &format!("{}; v={}", mark.number, mark.version))?);
        if let Some(until) = mark.embargo_until {
            edit.add(NewField::ascii(name::EMBARGO_UNTIL, &until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())?);
        }
    }
    let own_id = headers.first(name::MESSAGE_ID).map(|field| field.unfolded().parse::<MessageId>());
    let message_id = match own_id {
        Some(Ok(id)) => id,
        Some(Err(_)) => desk.message_id(None)?,
        None => {
            let id = desk.message_id(None)?;
            if signed.covers(name::MESSAGE_ID) {
                left_out.push(name::MESSAGE_ID);
            } else {
                edit.add(NewField::ascii(name::MESSAGE_ID, &id.to_string())?);
            }
            id
        }
    };
    Ok(Redistributed { bytes: edit.emit(), message_id, removed, left_out })
}

/// The fields in place of From: ours with the author's name, his own as it came, and his address for answers where he names none. Nothing for a mail
/// without an author.
fn munged(headers: &Headers<'_>, author: &str, list: &PrivateList) -> Result<Vec<NewField>, LetterError> {
    // A value that cannot be kept is not replaced.
    let original = |field: &str| headers.first(name::FROM).and_then(|from| NewField::renamed(field, from.value).ok());
    let (Some(kept), Some(answers)) = (original(name::X_ORIGINAL_FROM), original(name::REPLY_TO)) else { return Ok(Vec::new()) };
    let shown = format!("{author} via {}", list.name.0);
    let mut fields = vec![NewField::mailbox(name::FROM, Some(&shown), &list.address)?, kept];
    if headers.count(name::REPLY_TO) == 0 {
        fields.push(answers);
    }
    Ok(fields)
}

/// Our fields in the order Mailman 2 writes them, which is what members have seen since 2005.
fn list_block(list: &PrivateList, desk: &mut Desk<'_>) -> Result<Vec<(&'static str, NewField)>, LetterError> {
    let (request, bounces) = (list.request(), list.bounces());
    let posting = match list.role {
        // RFC 2369 3.4: nobody may post.
        ListRole::Primary => "NO".to_owned(),
        ListRole::Discuss => format!("<mailto:{}>", list.address),
    };
    let received = format!("by {} (embargod) id {}; {}", list.address.domain(), desk.entropy.token(), desk.date()?);
    let mut block = vec![(name::RECEIVED, NewField::ascii(name::RECEIVED, &received)?)];
    for (field_name, value) in [
        (name::BEEN_THERE, list.address.to_string()),
        (name::LIST_ID, format!("{} <{}>", list.phrase, list.list_id)),
        (name::LIST_UNSUBSCRIBE, format!("<mailto:{request}?subject=unsubscribe>")),
        (name::LIST_POST, posting),
        (name::LIST_HELP, format!("<mailto:{request}?subject=help>")),
        (name::LIST_SUBSCRIBE, format!("<mailto:{request}?subject=subscribe>")),
        (name::LIST_OWNER, format!("<mailto:{}>", desk.project.security)),
        (name::ERRORS_TO, bounces.to_string()),
        (name::PRECEDENCE, "list".to_owned()),
    ] {
        block.push((field_name, NewField::ascii(field_name, value.trim())?));
    }
    block.push((name::SENDER, NewField::mailbox(name::SENDER, Some(&capitalised(&list.name.0)), &bounces)?));
    Ok(block)
}

/// `X-XSA`: the project's prefix after `X-`.
fn advisory_field(prefix: &str) -> String {
    format!("X-{prefix}")
}

fn is_trace(field_name: &str) -> bool {
    let begins = |prefix: &str| field_name.get(..prefix.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(prefix));
    TRACES.iter().any(|trace| field_name.eq_ignore_ascii_case(trace)) || TRACE_PREFIXES.iter().any(|prefix| begins(prefix))
}

fn capitalised(list_name: &str) -> String {
    let mut letters = list_name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The field names that the signatures on a message cover, in lower case (RFC 6376 3.5, `h=`).
struct Signed(BTreeSet<String>);

impl Signed {
    fn of(headers: &Headers<'_>) -> Self {
        let mut names = BTreeSet::new();
        for signature in headers.all(name::DKIM_SIGNATURE) {
            let value = signature.unfolded();
            let tags = value.split(';').filter_map(|tag| tag.split_once('='));
            for (_, list) in tags.filter(|(tag, _)| tag.trim() == "h") {
                names.extend(list.split(':').map(|name| name.split_whitespace().collect::<String>().to_ascii_lowercase()));
            }
        }
        Self(names)
    }

    fn covers(&self, field_name: &str) -> bool {
        self.0.contains(&field_name.to_ascii_lowercase())
    }
}
