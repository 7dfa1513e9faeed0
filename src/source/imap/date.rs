//! What time the server thinks it is: the date that it gives a message which arrives now (INTERNALDATE, RFC 3501 2.3.3).
//!
//! IMAP has no command that asks for the time. A message is put into a mailbox of our own (`APPEND` without a date, RFC 3501 6.3.11: "the current
//! date and time by default"), its date is read, and it is removed. It holds two fixed lines and nothing of any mail.
//!
//! Fails: like every command; a server that gives no readable date is a protocol fault.

use async_imap::imap_proto::{AttributeValue, Response};
use jiff::Timestamp;

use super::{ImapSession, fetch::internal_date, names::quoted_mailbox, wire::Progress};
use crate::source::{Command, ProtocolFault, SourceError};

/// The mailbox of the account that the probes are put into; made when it is not there.
pub const CLOCK_MAILBOX: &str = "embargod-clock";

/// What lies there for a moment.
const PROBE: &str = "Subject: embargod asks for the time\r\n\r\nThis may be deleted.";

impl ImapSession {
    /// The server's date, in whole seconds. Afterwards no mailbox is open.
    ///
    /// # Errors
    /// `Refused` when the account may make no mailbox or put nothing into it; any failure of the exchange.
    pub async fn server_date(&mut self) -> Result<Timestamp, SourceError> {
        let asked = self.ask_for_the_date().await;
        self.mailbox = None;
        self.ended_by(asked)
    }

    async fn ask_for_the_date(&mut self) -> Result<Timestamp, SourceError> {
        let mailbox = quoted_mailbox(CLOCK_MAILBOX)?;
        // NO: it is there already (RFC 3501 6.3.3); were it not, the APPEND would say so.
        match self.wire.command(Command::Create, &format!("CREATE {mailbox}"), 0, |_| Ok(())).await {
            Ok(()) | Err(SourceError::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
        self.append(&mailbox).await?;
        self.open(CLOCK_MAILBOX).await?;
        let mut date = None;
        self.wire
            .command(Command::Fetch, "FETCH * (INTERNALDATE)", 0, |response| {
                if let Response::Fetch(_, attributes) = response {
                    for attribute in attributes {
                        if let AttributeValue::InternalDate(text) = attribute {
                            date = internal_date(text);
                        }
                    }
                }
                Ok(())
            })
            .await?;
        // Only probes lie here, so that an EXPUNGE without UIDs (which `CLOSE` is, RFC 3501 6.4.2) removes nobody's mail.
        self.wire.command(Command::Store, "STORE 1:* +FLAGS.SILENT (\\Deleted)", 0, |_| Ok(())).await?;
        self.wire.uid_validity = None;
        self.wire.command(Command::Expunge, "CLOSE", 0, |_| Ok(())).await?;
        date.ok_or(SourceError::Protocol { command: Command::Fetch, fault: ProtocolFault::Unparsable })
    }

    async fn append(&mut self, mailbox: &str) -> Result<(), SourceError> {
        let command = Command::Append;
        let tag = self.wire.send(command, &format!("APPEND {mailbox} {{{}}}", PROBE.len())).await?;
        let deadline = self.wire.deadline();
        loop {
            match self.wire.read(command, deadline, |wire, response| wire.take_in(command, &tag, response)).await?? {
                Progress::Continue => self.wire.send_untagged(command, PROBE).await?,
                Progress::Untagged => {}
                Progress::Done => return Ok(()),
            }
        }
    }
}
