//! One checked command loop over async-imap's raw commands.
//!
//! async-imap's own helpers report a refusal or a lost connection as "nothing there" (0.12, 2026-09;
//! <https://github.com/chatmail/async-imap/issues/95>), which has lost mail elsewhere
//! (<https://github.com/chatmail/core/issues/5009>). So every command goes through [`Wire::command`].
//!
//! Promises: `Ok` means a tagged `OK` with our tag. Silence is limited, and so is a server that sends for ever. A command that was
//! abandoned midway (its future dropped) spoils the wire: the next one fails instead of reading a stranger's answer.
//!
//! Fails: with [`SourceError`]; end of file and `BYE` are `Lost`, a panic inside the parser is `Protocol`.

use std::{
    future::poll_fn,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
    time::Duration,
};

use async_imap::{
    Session,
    imap_proto::{MailboxDatum, Outcome, RequestId, Response, ResponseCode, Status},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, BufWriter},
    time::{Instant, timeout, timeout_at},
};

use super::guard::Guard;
use crate::source::{Answer, Command, ProtocolFault, SourceError, error::known_code};

/// A command as a whole may take this many times the silence that is allowed within it.
const PATIENCE: u32 = 10;

/// What carries the bytes: TLS, or a pipe in tests.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// The watched and buffered stream below a session.
pub(super) type Stream = Guard<BufWriter<Box<dyn Duplex>>>;

/// Has the server spoken of mail that nobody has asked about yet?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    Heard,
    None,
}

/// Whether commands and answers are still in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Together,
    Apart,
}

/// How far one response brings a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// An untagged response, already observed.
    Untagged,
    /// `+`
    Continue,
    /// The tagged `OK`.
    Done,
}

/// An authenticated connection.
#[derive(Debug)]
pub(super) struct Wire {
    session: Session<Stream>,
    step: Step,
    /// Longest silence.
    pub(super) silence: Duration,
    /// `EXISTS` was heard since the last search.
    pub(super) news: News,
    /// How many messages there are (RFC 3501 7.3.1).
    pub(super) exists: u32,
    /// UIDVALIDITY of the open mailbox.
    pub(super) uid_validity: Option<u32>,
}

impl Wire {
    pub(super) fn new(session: Session<Stream>, silence: Duration) -> Self {
        Self { session, step: Step::Together, silence, news: News::None, exists: 0, uid_validity: None }
    }

    /// Sends `line`, hands every untagged response and the tagged `OK` to `on`, and returns after the tagged `OK`. The answer may hold
    /// `literals` bytes of literals.
    pub(super) async fn command(
        &mut self,
        command: Command,
        line: &str,
        literals: u64,
        mut on: impl FnMut(&Response<'_>) -> Result<(), ProtocolFault>,
    ) -> Result<(), SourceError> {
        let tag = self.send(command, line).await?;
        self.session.get_mut().allow_literals(literals);
        let deadline = self.deadline();
        let heard = |wire: &mut Self, response: &Response<'_>| -> Result<Progress, SourceError> {
            let progress = wire.take_in(command, &tag, response)?;
            if progress != Progress::Continue {
                on(response).map_err(|fault| SourceError::Protocol { command, fault })?;
            }
            Ok(progress)
        };
        self.read_to_end(command, deadline, heard).await
    }

    /// Reads until the tagged `OK`; a `+` is out of step.
    async fn read_to_end(
        &mut self,
        command: Command,
        deadline: Instant,
        mut heard: impl FnMut(&mut Self, &Response<'_>) -> Result<Progress, SourceError>,
    ) -> Result<(), SourceError> {
        loop {
            match self.read(command, deadline, &mut heard).await?? {
                Progress::Untagged => {}
                Progress::Done => return Ok(()),
                Progress::Continue => return Err(SourceError::Protocol { command, fault: ProtocolFault::OutOfStep }),
            }
        }
    }

    /// Reads up to the tagged `OK` of a command that was begun with [`send`](Self::send).
    pub(super) async fn finish(&mut self, command: Command, tag: &RequestId) -> Result<(), SourceError> {
        let deadline = self.deadline();
        self.read_to_end(command, deadline, |wire, response| wire.take_in(command, tag, response)).await
    }

    /// What `response` means for a command that runs under `tag`.
    pub(super) fn take_in(
        &mut self,
        command: Command,
        tag: &RequestId,
        response: &Response<'_>,
    ) -> Result<Progress, SourceError> {
        match response {
            Response::Done { tag: theirs, status, outcome } => {
                if theirs != tag {
                    return Err(SourceError::Protocol { command, fault: ProtocolFault::OutOfStep });
                }
                self.step = Step::Together;
                let answer = match status {
                    Status::Ok => return Ok(Progress::Done),
                    Status::No => Answer::No,
                    _ => Answer::Bad,
                };
                Err(SourceError::Refused { command, answer, code: code_of(outcome) })
            }
            Response::Continue(_) => Ok(Progress::Continue),
            other => self.observe(command, other).map(|()| Progress::Untagged),
        }
    }

    /// Sends a tagged command and reads nothing. Until its tagged answer is read the wire counts as out of step.
    pub(super) async fn send(&mut self, command: Command, line: &str) -> Result<RequestId, SourceError> {
        if self.step == Step::Apart {
            return Err(SourceError::NotOpen);
        }
        self.step = Step::Apart;
        self.session.get_mut().allow_literals(0);
        match timeout(self.silence, self.session.run_command(line)).await {
            Err(_) => Err(SourceError::Timeout { command }),
            Ok(Err(_)) => Err(SourceError::Lost { command }),
            Ok(Ok(tag)) => Ok(tag),
        }
    }

    /// Sends a line without a tag: `DONE` (RFC 2177 3).
    pub(super) async fn send_untagged(&mut self, command: Command, line: &str) -> Result<(), SourceError> {
        match timeout(self.silence, self.session.run_command_untagged(line)).await {
            Err(_) => Err(SourceError::Timeout { command }),
            Ok(Err(_)) => Err(SourceError::Lost { command }),
            Ok(Ok(())) => Ok(()),
        }
    }

    /// After an error nothing more is said on this connection.
    pub(super) fn spoil(&mut self) {
        self.step = Step::Apart;
    }

    /// When a command that begins now has taken too long.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.silence * PATIENCE
    }

    /// Hands the next response to `heard`. A server that keeps sending is given time until `deadline`; a silent one,
    /// [`silence`](Self::silence).
    pub(super) async fn read<R>(
        &mut self,
        command: Command,
        deadline: Instant,
        mut heard: impl FnMut(&mut Self, &Response<'_>) -> R,
    ) -> Result<R, SourceError> {
        loop {
            let before = self.session.get_ref().received();
            let until = deadline.min(Instant::now() + self.silence);
            match self.read_until(command, until, &mut heard).await {
                Ok(_) if Instant::now() >= deadline => return Err(SourceError::Timeout { command }),
                Err(SourceError::Timeout { .. }) if Instant::now() < deadline && self.session.get_ref().received() > before => {}
                other => return other,
            }
        }
    }

    /// Hands the next response to `heard`, if it is complete by `until`. Nothing is lost when it is not, or when the future is dropped.
    pub(super) async fn read_until<R>(
        &mut self,
        command: Command,
        until: Instant,
        mut heard: impl FnMut(&mut Self, &Response<'_>) -> R,
    ) -> Result<R, SourceError> {
        match timeout_at(until, unpanicked(self.session.read_response())).await {
            Err(_) => Err(SourceError::Timeout { command }),
            Ok(None) => Err(SourceError::Protocol { command, fault: ProtocolFault::Unparsable }),
            Ok(Some(Err(error))) => Err(broken(command, error.kind(), self.session.get_ref().breach())),
            Ok(Some(Ok(None))) => Err(SourceError::Lost { command }),
            Ok(Some(Ok(Some(response)))) => Ok(heard(self, response.parsed())),
        }
    }

    /// What every untagged response may tell, whatever was asked (RFC 3501 5.2).
    fn observe(&mut self, command: Command, response: &Response<'_>) -> Result<(), SourceError> {
        match response {
            Response::Data { status: Status::Bye, .. } if command != Command::Logout => Err(SourceError::Lost { command }),
            Response::Data { outcome: Outcome { code: Some(ResponseCode::UidValidity(now)), .. }, .. }
                if command != Command::Select && self.uid_validity.is_some_and(|then| then != *now) =>
            {
                Err(SourceError::UidValidityChanged)
            }
            Response::MailboxData(MailboxDatum::Exists(now)) => {
                // Some servers repeat the number with every answer: only a larger one is news.
                if *now > self.exists {
                    self.news = News::Heard;
                }
                self.exists = *now;
                Ok(())
            }
            Response::Expunge(_) => {
                self.exists = self.exists.saturating_sub(1);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Runs `future` and catches its panics: imap-proto 0.17 panics on `INTERNALDATE NIL` and on some 8-bit texts. After `None` the
/// connection must not be used again.
pub(super) async fn unpanicked<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))).map_or(Poll::Ready(None), |poll| poll.map(Some)))
        .await
}

/// What a failed read means. The text of the error is never looked at: it holds the server's bytes.
pub(super) fn broken(command: Command, kind: io::ErrorKind, breach: Option<ProtocolFault>) -> SourceError {
    match (breach, kind) {
        (Some(fault), _) => SourceError::Protocol { command, fault },
        (None, io::ErrorKind::Other | io::ErrorKind::InvalidData) => {
            SourceError::Protocol { command, fault: ProtocolFault::Unparsable }
        }
        (None, _) => SourceError::Lost { command },
    }
}

/// The response code of a refusal, if it is a known one.
pub(super) fn code_of(outcome: &Outcome<'_>) -> Option<&'static str> {
    match &outcome.code {
        Some(ResponseCode::TryCreate) => Some("TRYCREATE"),
        Some(ResponseCode::Alert) => Some("ALERT"),
        Some(ResponseCode::ReadOnly) => Some("READ-ONLY"),
        Some(ResponseCode::Parse) => Some("PARSE"),
        Some(_) => None,
        None => outcome.information.as_deref().filter(|text| text.starts_with('[')).and_then(known_code),
    }
}
