//! Telling the server that a message has been taken over. It is for the people who look into the mailbox; we never read it back.
//!
//! Promises: touches exactly the given UIDs and only what the mark says. No `EXPUNGE` without a UID, which would remove what others
//! have marked as deleted.
//!
//! Fails: `ReadOnly`, `CannotMove`, `MailboxMissing` when the destination is not there, or like every command.

use super::{
    Access, Complaint, ImapSession,
    names::{keyword, quoted_mailbox, uid_set},
};
use crate::source::{Answer, Command, Mark, SourceError};

/// UIDs named in one command, so that its line stays short (RFC 7162 4: 8,192 octets).
const AT_ONCE: usize = 500;

/// What became of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked {
    /// The server has said `OK` to it. A message that had vanished was marked by nobody.
    Done,
    /// Nothing was to be done.
    Nothing,
    /// This mailbox keeps neither this keyword nor new ones (PERMANENTFLAGS); a warning has been logged once.
    KeywordNotKept,
}

impl ImapSession {
    /// Marks the messages `uids` of the open mailbox.
    ///
    /// # Errors
    /// `NotOpen`, `ReadOnly`, `KeywordName`, `MailboxName`, `CannotMove`, `MailboxMissing` for the destination, or any failure of the exchange.
    pub async fn mark(&mut self, uids: &[u32], mark: &Mark) -> Result<Marked, SourceError> {
        let marked = self.mark_each(uids, mark).await;
        self.ended_by(marked)
    }

    async fn mark_each(&mut self, uids: &[u32], mark: &Mark) -> Result<Marked, SourceError> {
        let mailbox = self.mailbox.as_ref().ok_or(SourceError::NotOpen)?;
        if uids.is_empty() || *mark == Mark::Leave {
            return Ok(Marked::Nothing);
        }
        // Dovecot 2.3 answers OK to a STORE in a read-only mailbox and changes nothing.
        if mailbox.access == Access::ReadOnly {
            return Err(SourceError::ReadOnly);
        }
        let mut uids = uids.to_vec();
        uids.sort_unstable();
        uids.dedup();
        match mark {
            Mark::Leave => return Ok(Marked::Nothing),
            Mark::Keyword(name) => {
                let name = keyword(name)?;
                if !self.keeps(name) {
                    return Ok(Marked::KeywordNotKept);
                }
                for some in uids.chunks(AT_ONCE) {
                    let line = format!("UID STORE {} +FLAGS.SILENT ({name})", uid_set(some.iter().copied()));
                    self.wire.command(Command::Store, &line, 0, |_| Ok(())).await?;
                }
            }
            Mark::Move(destination) => {
                let quoted = quoted_mailbox(destination)?;
                for some in uids.chunks(AT_ONCE) {
                    let moved = self.move_to(&uid_set(some.iter().copied()), &quoted).await;
                    moved.map_err(|error| missing(error, destination))?;
                }
            }
        }
        Ok(Marked::Done)
    }

    /// Whether the mailbox keeps the keyword; says in the log, once, that it does not.
    fn keeps(&mut self, name: &str) -> bool {
        let Some(mailbox) = self.mailbox.as_mut() else { return false };
        let Some(flags) = &mailbox.permanent_flags else { return true };
        if flags.iter().any(|flag| flag == "\\*" || flag.eq_ignore_ascii_case(name)) {
            return true;
        }
        if mailbox.keyword_complaint == Complaint::Due {
            mailbox.keyword_complaint = Complaint::Made;
            tracing::warn!(
                account = self.account,
                keyword = name,
                "the mailbox keeps no new keywords, so taken mail is not marked; create the keyword there or mark by move"
            );
        }
        false
    }

    async fn move_to(&mut self, set: &str, destination: &str) -> Result<(), SourceError> {
        if self.capabilities.has("MOVE") {
            return self.wire.command(Command::Move, &format!("UID MOVE {set} {destination}"), 0, |_| Ok(())).await;
        }
        if !self.capabilities.has("UIDPLUS") {
            return Err(SourceError::CannotMove);
        }
        // RFC 6851 3.3 gives these three as what MOVE stands for.
        self.wire.command(Command::Copy, &format!("UID COPY {set} {destination}"), 0, |_| Ok(())).await?;
        self.wire.command(Command::Store, &format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"), 0, |_| Ok(())).await?;
        self.wire.command(Command::Expunge, &format!("UID EXPUNGE {set}"), 0, |_| Ok(())).await
    }
}

/// A refusal that means the destination is not there (RFC 3501 6.4.7 `TRYCREATE`, RFC 5530 `NONEXISTENT`).
fn missing(error: SourceError, destination: &str) -> SourceError {
    match error {
        SourceError::Refused { answer: Answer::No, code: Some("TRYCREATE" | "NONEXISTENT"), .. } => {
            SourceError::MailboxMissing { mailbox: destination.to_owned() }
        }
        other => other,
    }
}
