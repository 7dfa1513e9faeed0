//! What is known about a case: the material that fingerprints are made of.

use std::fmt;

use crate::{
    advisory::{CveId, cleartext},
    disclosure::{AdvisoryNumber, CaseId},
    mail::{Digest, Mailbox, Message, MessageId, PartRole, RemovedKind, own_words},
};

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TextKind {
    /// Mail about the case: the report and what followed.
    Report,
    /// A revision of the advisory.
    Advisory,
    /// A patch.
    Patch,
    /// What the team wrote down.
    Note,
}

impl fmt::Display for TextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TextKind::Report => "report",
            TextKind::Advisory => "advisory",
            TextKind::Patch => "patch",
            TextKind::Note => "note",
        })
    }
}

/// Which text of which case; several pieces (a mail and its attachments) may be one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Source {
    /// The case.
    pub case: CaseId,
    /// What kind of text.
    pub kind: TextKind,
    /// Which of them, as the caller counts: the version of an advisory (of a patch, the version it went out with), the row of a mail.
    pub revision: i64,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.case, self.kind, self.revision)
    }
}

/// One text of a case.
#[derive(Clone)]
pub struct SourceText {
    /// Which one.
    pub source: Source,
    /// Its words.
    pub text: String,
}

/// A file of a case.
#[derive(Clone)]
pub struct CaseFile {
    /// Its name, as it was sent.
    pub name: Option<String>,
    /// The digest of its bytes.
    pub digest: Option<Digest>,
}

/// How the advisory may be called in public: the number is a public fact (P56), and what stands beside it is judged more strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryName {
    /// The project's prefix: `XSA`.
    pub prefix: String,
    /// The project's title: `Xen Security Advisory`.
    pub title: String,
    /// The number.
    pub number: AdvisoryNumber,
}

/// All that is known about one case. `Debug` shows counts: everything here is embargoed.
#[derive(Clone)]
pub struct CaseMaterial {
    /// The case.
    pub case: CaseId,
    /// Its advisory, once it has a number.
    pub advisory: Option<AdvisoryName>,
    /// The titles it has or had.
    pub titles: Vec<String>,
    /// Its CVE identifiers (P61).
    pub cves: Vec<CveId>,
    /// Who reported it.
    pub reporters: Vec<Mailbox>,
    /// Its texts.
    pub texts: Vec<SourceText>,
    /// Its files.
    pub files: Vec<CaseFile>,
    /// The ids of its mails: an answer to one of them ties a public thread to a private one.
    pub message_ids: Vec<MessageId>,
}

impl CaseMaterial {
    /// A case of which nothing is known.
    pub fn new(case: CaseId) -> Self {
        Self {
            case,
            advisory: None,
            titles: Vec::new(),
            cves: Vec::new(),
            reporters: Vec::new(),
            texts: Vec::new(),
            files: Vec::new(),
            message_ids: Vec::new(),
        }
    }

    /// Adds a text.
    pub fn text(&mut self, kind: TextKind, revision: i64, text: impl Into<String>) {
        self.texts.push(SourceText { source: Source { case: self.case, kind, revision }, text: text.into() });
    }

    /// Adds what a mail says: its subject, its text (without signatures, footers and armour), its files and the messages in it. Neither its
    /// author nor its title: whether they are a secret is the caller's to say.
    pub fn message(&mut self, kind: TextKind, revision: i64, message: &Message) {
        self.text(kind, revision, message.subject.clone());
        self.message_ids.extend(message.message_id.clone());
        let text = if message.text.trim().is_empty() { message.html_text().unwrap_or_default() } else { &message.text };
        self.text(kind, revision, without_furniture(text, message));
        for part in message.parts.iter().filter(|part| part.role == PartRole::Attachment) {
            // A signature's name and bytes tell nothing.
            if matches!(part.content_type.as_str(), "application/pgp-signature" | "application/pkcs7-signature") {
                continue;
            }
            self.files.push(CaseFile { name: part.name.clone(), digest: Some(Digest::of(&part.bytes)) });
            if let Some(text) = super::letter::readable(&part.bytes) {
                let is_patch = super::diff::is_patch(&text);
                self.text(if is_patch { TextKind::Patch } else { kind }, revision, text);
            }
        }
        for inner in &message.forwarded {
            self.message(kind, revision, inner);
        }
    }
}

/// The text without what every mail of its writer, his list or his firm ends with.
fn without_furniture(text: &str, message: &Message) -> String {
    let text = text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or(text);
    let cleartext::Cleartext { text: inside, .. } = cleartext::unframe(text);
    let whole = if inside.is_empty() { text } else { &inside };
    let (mut kept, mut rest) = (String::with_capacity(whole.len()), whole);
    for removed in own_words(message).removed {
        let furniture = match removed.kind {
            RemovedKind::ListFooter | RemovedKind::Disclaimer | RemovedKind::Banner | RemovedKind::Attribution => true,
            // A diff below the mark of a signature was sent on purpose.
            RemovedKind::Signature => removed.lines.len() <= LONGEST_SIGNATURE,
            _ => false,
        };
        // They stand in the order of the text: from its beginning each would be looked for in all that was there before.
        if furniture
            && !removed.text.trim().is_empty()
            && let Some((before, behind)) = rest.split_once(removed.text.as_str())
        {
            kept.push_str(before);
            rest = behind;
        }
    }
    kept.push_str(rest);
    kept
}

/// A longer text is compiled only so far: a log of megabytes tells in its first what it is.
pub const LONGEST_TEXT: usize = 1 << 20;

/// Lines of a signature, the mark included.
const LONGEST_SIGNATURE: usize = 10;

impl fmt::Debug for CaseMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseMaterial({}, {} texts, {} files)", self.case, self.texts.len(), self.files.len())
    }
}
