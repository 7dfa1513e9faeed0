//! A watch on the bytes an IMAP server sends, before any parser sees them.
//!
//! async-imap 0.12 (2026-09) believes what it reads: it allocates up to 512 MiB for an announced literal, parses a long line anew
//! every 4 KiB, and overflows its stack on nested parentheses. So this stream follows the framing of RFC 3501 9 byte by
//! byte and ends the connection first.
//!
//! Promises: no literal byte beyond the allowance of the running command, no line over 1 MiB outside literals, no nesting beyond
//! 16, and in a `FETCH` response literals only as direct values of the attribute list: then our framing and the
//! parser's cannot differ. A literal anywhere else is refused: nothing we send is answered with one.
//!
//! Fails: reading gives an error of kind `InvalidData`, and [`Guard::breach`] says what was wrong.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::source::ProtocolFault;

const LINE: usize = 1 << 20;
const NESTING: u32 = 16;

/// The watched stream.
pub(super) struct Guard<T> {
    inner: T,
    received: u64,
    allowance: u64,
    breach: Option<ProtocolFault>,
    framing: Framing,
}

impl<T> Guard<T> {
    /// Watches `inner`; no literal is allowed yet.
    pub(super) fn new(inner: T) -> Self {
        Self { inner, received: 0, allowance: 0, breach: None, framing: Framing::default() }
    }

    /// Sets how many bytes of literals may still come.
    pub(super) fn allow_literals(&mut self, bytes: u64) {
        self.allowance = bytes;
    }

    /// Bytes received so far: whether a slow server is still alive.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// What was wrong, once something was.
    pub(super) fn breach(&self) -> Option<ProtocolFault> {
        self.breach
    }
}

impl<T> fmt::Debug for Guard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guard({} bytes received)", self.received)
    }
}

/// Where in a response we are.
#[derive(Debug, Default)]
struct Framing {
    literal: u64,
    line: usize,
    opening: Vec<u8>,
    depth: u32,
    list: List,
    brace: Brace,
    previous: u8,
}

/// The attribute list of a `FETCH` response.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum List {
    #[default]
    Before,
    Open,
    Closed,
}

/// How much of `{number}` CR LF has been seen.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Brace {
    #[default]
    None,
    Number {
        value: u64,
        after_space: bool,
    },
    Closed {
        value: u64,
        after_space: bool,
    },
    Return {
        value: u64,
        after_space: bool,
    },
}

impl Framing {
    fn follow(&mut self, mut bytes: &[u8], allowance: &mut u64) -> Result<(), ProtocolFault> {
        while !bytes.is_empty() {
            if self.literal > 0 {
                let skip = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                self.literal -= skip as u64;
                bytes = bytes.get(skip..).unwrap_or_default();
                continue;
            }
            let Some((byte, rest)) = bytes.split_first() else { break };
            bytes = rest;
            self.step(*byte, allowance)?;
        }
        Ok(())
    }

    fn step(&mut self, byte: u8, allowance: &mut u64) -> Result<(), ProtocolFault> {
        self.line += 1;
        if self.line > LINE {
            return Err(ProtocolFault::LineTooLong);
        }
        if self.opening.len() < 32 {
            self.opening.push(byte);
        }
        if byte == b'\n' {
            return self.end_of_line(allowance);
        }
        self.brace = self.brace.after(byte, self.previous);
        self.previous = byte;
        if self.is_fetch() {
            self.in_fetch(byte)?;
        }
        Ok(())
    }

    fn in_fetch(&mut self, byte: u8) -> Result<(), ProtocolFault> {
        match (self.list, byte) {
            (List::Before, b'(') => {
                self.list = List::Open;
                self.depth = 1;
            }
            (List::Open, b'(') => {
                self.depth += 1;
                if self.depth > NESTING {
                    return Err(ProtocolFault::Structure);
                }
            }
            (List::Open, b')') => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.list = List::Closed;
                }
            }
            (List::Closed, b' ' | b'\r') | (List::Before | List::Open, _) => {}
            (List::Closed, _) => return Err(ProtocolFault::Structure),
        }
        Ok(())
    }

    fn end_of_line(&mut self, allowance: &mut u64) -> Result<(), ProtocolFault> {
        if let Brace::Return { value, after_space } = self.brace {
            if !self.is_fetch() || self.depth != 1 || !after_space {
                return Err(ProtocolFault::Structure);
            }
            *allowance = allowance.checked_sub(value).ok_or(ProtocolFault::TooLarge)?;
            self.literal = value;
            self.brace = Brace::None;
            self.previous = b'\n';
            return Ok(());
        }
        if self.is_fetch() && self.list != List::Closed {
            return Err(ProtocolFault::Structure);
        }
        *self = Self::default();
        Ok(())
    }

    /// `* 12 FETCH ` (RFC 3501 7.4.2) opens the line.
    fn is_fetch(&self) -> bool {
        let Some(rest) = self.opening.strip_prefix(b"* ") else { return false };
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        digits > 0 && rest.get(digits..digits + 7).is_some_and(|word| word.eq_ignore_ascii_case(b" FETCH "))
    }
}

impl Brace {
    fn after(self, byte: u8, previous: u8) -> Self {
        match (self, byte) {
            (_, b'{') => Self::Number { value: 0, after_space: previous == b' ' },
            (Self::Number { value, after_space }, b'0'..=b'9') => {
                Self::Number { value: value.saturating_mul(10).saturating_add(u64::from(byte - b'0')), after_space }
            }
            (Self::Number { value, after_space }, b'}') => Self::Closed { value, after_space },
            (Self::Closed { value, after_space }, b'\r') => Self::Return { value, after_space },
            _ => Self::None,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guard<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.breach.is_some() {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        let fresh = buf.filled().get(before..).unwrap_or_default();
        this.received += fresh.len() as u64;
        if let Err(fault) = this.framing.follow(fresh, &mut this.allowance) {
            this.breach = Some(fault);
            buf.set_filled(before);
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Guard<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
