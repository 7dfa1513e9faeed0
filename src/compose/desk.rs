//! Where letters are written: headers, text, enclosure, in one message.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    draft::{Draft, HeldId, LetterKind, ReversePath},
    enclosure::{Enclosed, enclose},
    field_names as name, layout,
    letters::Letters,
    values::Values,
};
use crate::{
    disclosure::{CaseId, ContentClass, Project, Recipients, project::TokenPlace},
    entropy::Entropy,
    mail::{Address, Message, MessageId, NewField, RawMessage, headers::ControlCharacter},
};

/// Everything a letter needs besides its own facts.
pub struct Desk<'a> {
    /// Names and addresses.
    pub project: &'a Project,
    /// The texts.
    pub letters: &'a Letters,
    /// The instant the letter bears in its Date.
    pub now: Timestamp,
    /// For Message-ID and boundary.
    pub entropy: &'a mut dyn Entropy,
}

/// Why a letter could not be written. Never contains a word of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// The operator's texts lack it ([`Letters::has_rejection`] tells before).
    #[error("there is no text for this letter in rules/letters")]
    NoSuchText,
    /// The text failed to render although its samples did.
    #[error("the text of the letter could not be rendered")]
    Text,
    /// A configured name, address or subject holds a character no header may carry (RFC 5322 2.2).
    #[error("a header of the letter would contain a control character or a character outside ASCII")]
    Header,
    /// A date outside the years a mail can express (RFC 5322 3.3).
    #[error("the date cannot be written in a mail")]
    Date,
}

impl From<ControlCharacter> for LetterError {
    fn from(_: ControlCharacter) -> Self {
        LetterError::Header
    }
}

/// Which mails a letter answers, so that mail readers show them together (RFC 5322 3.6.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// The mail answered.
    pub in_reply_to: Option<MessageId>,
    /// Its ancestors and itself, oldest first.
    pub references: Vec<MessageId>,
}

impl Thread {
    /// A new thread.
    pub fn new() -> Self {
        Self::default()
    }

    /// The thread of an answer to `message`.
    pub fn answering(message: &Message) -> Self {
        let mut references = if message.references.is_empty() { message.in_reply_to.clone() } else { message.references.clone() };
        references.extend(message.message_id.clone());
        Self { in_reply_to: message.message_id.clone(), references }
    }

    /// The thread of all letters to the team about one thing (`held-31`, `case-17`): each answers a letter that nobody ever got, so that mail readers
    /// show them together (RFC 5322 3.6.4 does not ask that the ancestor was seen).
    pub fn about(what: impl std::fmt::Display, desk: &Address) -> Self {
        let root = format!("{what}.letters@{}", desk.domain()).parse().ok();
        Self { in_reply_to: None, references: root.into_iter().collect() }
    }

    /// The thread of an answer to one of our own letters.
    pub fn below(letter: MessageId) -> Self {
        Self { in_reply_to: Some(letter.clone()), references: vec![letter] }
    }

    fn fields(&self) -> Result<Vec<NewField>, LetterError> {
        let mut fields = Vec::new();
        let usable = |id: &&MessageId| id.as_str().is_ascii() && id.as_str().len() <= LONGEST_ID;
        if let Some(id) = self.in_reply_to.as_ref().filter(usable) {
            fields.push(NewField::ascii(name::IN_REPLY_TO, &id.to_string())?);
        }
        let ids: Vec<String> = self.references.iter().filter(usable).map(MessageId::to_string).collect();
        // The root and the nearest ones carry the thread; a hostile mail may bring thousands.
        let from = ids.len().saturating_sub(MOST_REFERENCES);
        let kept: Vec<&str> =
            ids.first().filter(|_| from > 0).into_iter().chain(ids.iter().skip(from)).map(String::as_str).collect();
        if !kept.is_empty() {
            fields.push(NewField::ascii(name::REFERENCES, &kept.join(" "))?);
        }
        Ok(fields)
    }
}

/// Longer ids are not repeated: a line of a mail has room for 998 characters, and the longest honest id seen has 130.
const LONGEST_ID: usize = 300;
const MOST_REFERENCES: usize = 20;

/// What kind of author a letter has (RFC 3834 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// The daemon answers a mail: null return path.
    Answer,
    /// The daemon tells the team something.
    Notice,
    /// A person of the team wrote the text.
    Person,
}

/// A letter before its headers.
pub(super) struct Page<'p> {
    pub(super) kind: LetterKind,
    pub(super) text: &'p str,
    pub(super) values: Values,
    pub(super) class: ContentClass,
    pub(super) reveals: BTreeSet<CaseId>,
    pub(super) held: Option<HeldId>,
    pub(super) to: Recipients,
    pub(super) author: Author,
    pub(super) thread: &'p Thread,
    pub(super) token: Option<&'p str>,
    pub(super) enclosure: Option<&'p RawMessage>,
}

impl Desk<'_> {
    /// The finished draft.
    pub(super) fn finish(&mut self, page: Page<'_>) -> Result<Draft, LetterError> {
        let project = self.project;
        let values = page.values.merged(project_values(project));
        let (subject, body) = self.letters.page(page.text, &values)?;
        let message_id = self.message_id(page.token)?;
        let mut head = vec![
            NewField::ascii(name::DATE, &self.date()?)?,
            NewField::mailbox(name::FROM, Some(&project.team_name), &project.desk)?,
            match page.to.as_slice() {
                [one] => NewField::mailbox(name::TO, None, one)?,
                _ => NewField::mailbox(name::TO, Some(&project.team_name), &project.desk)?,
            },
        ];
        if let Some(token) = page.token {
            head.push(NewField::mailbox(name::REPLY_TO, Some(&project.team_name), &self.reply_address(token))?);
        }
        head.push(NewField::text(name::SUBJECT, &subject)?);
        head.push(NewField::ascii(name::MESSAGE_ID, &message_id.to_string())?);
        head.extend(page.thread.fields()?);
        if let Some(word) = page.author.auto_submitted() {
            head.push(NewField::ascii(name::AUTO_SUBMITTED, word)?);
        }
        head.push(NewField::ascii(name::AUTO_RESPONSE_SUPPRESS, "All")?);
        head.push(NewField::ascii(name::LOOP, &project.desk.to_string())?);
        head.push(NewField::ascii(name::MIME_VERSION, "1.0")?);
        let mut bytes: Vec<u8> = head.iter().flat_map(NewField::bytes).copied().collect();
        match page.enclosure {
            None => text_part(&mut bytes, &body)?,
            Some(mail) => {
                let boundary = self.boundary(mail);
                NewField::ascii(name::CONTENT_TYPE, &format!("multipart/mixed; boundary=\"{boundary}\""))?.append_to(&mut bytes);
                let Enclosed { fields, body: enclosed, encoding } = enclose(mail)?;
                // RFC 2045 6.4: a multipart must announce 8bit or binary when a part of it is.
                if encoding == "8bit" {
                    NewField::ascii(name::CONTENT_TRANSFER_ENCODING, encoding)?.append_to(&mut bytes);
                }
                bytes.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
                text_part(&mut bytes, &body)?;
                bytes.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
                bytes.extend(fields.iter().flat_map(NewField::bytes));
                bytes.extend_from_slice(b"\r\n");
                bytes.extend_from_slice(&enclosed);
                bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
            }
        }
        let reverse_path = match page.author {
            Author::Answer => ReversePath::Null,
            Author::Notice | Author::Person => ReversePath::Verp(project.desk.clone()),
        };
        Ok(Draft {
            kind: page.kind,
            class: page.class,
            reveals: page.reveals,
            held: page.held,
            message_id,
            bytes,
            to: page.to,
            reverse_path,
        })
    }

    /// The laid-out body of a text alone, for whoever shows it before it is sent.
    pub(super) fn body_of(&self, text: &str, values: Values) -> Result<String, LetterError> {
        let values = values.merged(project_values(self.project));
        self.letters.page(text, &values).map(|(_, body)| body)
    }

    /// Where an answer with this token goes.
    fn reply_address(&self, token: &str) -> Address {
        match self.project.tokens {
            TokenPlace::Address => self.project.desk.with_detail(token),
            TokenPlace::MessageId => self.project.desk.clone(),
        }
    }

    /// A new Message-ID at the desk's domain. Where tokens travel in Message-IDs the local part is `TOKEN.RANDOM`: several letters may carry
    /// the token of one case, and no two may share an id.
    pub(super) fn message_id(&mut self, token: Option<&str>) -> Result<MessageId, LetterError> {
        let random = self.entropy.token();
        let local = match (self.project.tokens, token) {
            (TokenPlace::MessageId, Some(token)) => format!("{token}.{random}"),
            _ => random,
        };
        format!("{local}@{}", self.project.desk.domain()).parse().map_err(|_| LetterError::Header)
    }

    /// RFC 5322 3.3, in UTC: the zone of the machine is nobody's business.
    pub(super) fn date(&self) -> Result<String, LetterError> {
        jiff::fmt::rfc2822::to_string(&self.now.to_zoned(TimeZone::UTC)).map_err(|_| LetterError::Date)
    }

    /// A boundary that does not occur in the enclosed mail: 130 random bits, and still looked for.
    fn boundary(&mut self, mail: &RawMessage) -> String {
        loop {
            let boundary = self.entropy.token();
            if !mail.bytes().windows(boundary.len()).any(|window| window == boundary.as_bytes()) {
                return boundary;
            }
        }
    }
}

impl Author {
    fn auto_submitted(self) -> Option<&'static str> {
        match self {
            Author::Answer => Some("auto-replied"),
            Author::Notice => Some("auto-generated"),
            Author::Person => None,
        }
    }
}

/// `2026-11-21 14:02 UTC`.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn project_values(project: &Project) -> Values {
    Values::default()
        .line("project", &project.name)
        .line("prefix", &project.advisory_prefix)
        .line("team_name", &project.team_name)
        .line("security", project.security.to_string())
        .line("applications", project.applications.address.to_string())
        .line("policy_url", &project.policy_url)
        .line("organisations_url", project.organisations_url.as_deref().unwrap_or_default())
}

fn text_part(bytes: &mut Vec<u8>, text: &str) -> Result<(), LetterError> {
    let (encoding, body) = layout::encode(text);
    NewField::ascii(name::CONTENT_TYPE, "text/plain; charset=utf-8; format=fixed")?.append_to(bytes);
    NewField::ascii(name::CONTENT_TRANSFER_ENCODING, encoding)?.append_to(bytes);
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    Ok(())
}

/// Puts a field at the end of a header block under construction.
pub(super) trait AppendTo {
    /// Appends the field's bytes.
    fn append_to(&self, bytes: &mut Vec<u8>);
}

impl AppendTo for NewField {
    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.bytes());
    }
}
