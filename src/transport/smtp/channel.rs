//! One byte stream to the relay: commands out, replies in, a time limit on each, and a bound on what a server can make us hold.

use std::{fmt, io, time::Duration};

use futures_util::FutureExt as _;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    time::timeout,
};

use super::super::{NetworkKind, Reply, TlsFault};

/// RFC 5321 4.5.3.1.5 says 512 octets for a reply line; real servers go over it.
const LONGEST_LINE: usize = 4096;
/// Exim and Exchange greet and refuse with up to a few dozen lines.
const MOST_LINES: usize = 128;
/// Characters of a reply's text that are kept.
const LONGEST_TEXT: usize = 200;

/// TCP, or TLS over TCP.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A reply with all its lines, without codes and line ends.
pub(super) struct Lines {
    pub(super) code: u16,
    pub(super) lines: Vec<Vec<u8>>,
}

/// What a failed write says about the octets that were handed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    /// TCP: none of them was taken.
    Plain,
    /// TLS over TCP: some of them may be on their way, in records of 16 KiB.
    Records,
}

pub(super) struct Channel {
    stream: BufReader<Box<dyn Stream>>,
    layer: Layer,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Channel")
    }
}

impl Channel {
    pub(super) fn new(stream: Box<dyn Stream>, layer: Layer) -> Self {
        Self { stream: BufReader::with_capacity(LONGEST_LINE, stream), layer }
    }

    /// What a failed write says.
    pub(super) fn layer(&self) -> Layer {
        self.layer
    }

    /// Bytes that came without being asked for are waiting.
    pub(super) fn has_unread(&self) -> bool {
        !self.stream.buffer().is_empty()
    }

    /// The stream itself, for the TLS handshake. What was read ahead is lost with the buffer: check [`Self::has_unread`] first.
    pub(super) fn into_stream(self) -> Box<dyn Stream> {
        self.stream.into_inner()
    }

    /// Writes and flushes.
    pub(super) async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), NetworkKind> {
        let written = timeout(limit, async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        });
        written.await.map_err(|_| NetworkKind::Timeout)?.map_err(|error| kind_of(&error))
    }

    /// Writes what the socket takes at once, and says how much that was.
    pub(super) async fn write_some(&mut self, bytes: &[u8], limit: Duration) -> Result<usize, NetworkKind> {
        let written = timeout(limit, async {
            let count = self.stream.write(bytes).await?;
            self.stream.flush().await.map(|()| count)
        });
        match written.await.map_err(|_| NetworkKind::Timeout)?.map_err(|error| kind_of(&error))? {
            0 => Err(NetworkKind::Closed),
            count => Ok(count),
        }
    }

    /// Reads one whole reply; the limit holds for all its lines together, so a server cannot win time by dripping.
    pub(super) async fn read(&mut self, limit: Duration) -> Result<Lines, NetworkKind> {
        timeout(limit, self.read_lines()).await.map_err(|_| NetworkKind::Timeout)?
    }

    pub(super) async fn read_reply(&mut self, limit: Duration) -> Result<Reply, NetworkKind> {
        Ok(self.read(limit).await?.reply())
    }

    pub(super) async fn command(&mut self, line: &str, limit: Duration) -> Result<Lines, NetworkKind> {
        self.write(line.as_bytes(), limit).await?;
        self.read(limit).await
    }

    /// What the relay said, or did, although it was not its turn: `None` when all is quiet. Looks at what has arrived, without waiting.
    pub(super) async fn unasked(&mut self, limit: Duration) -> Option<Result<Reply, NetworkKind>> {
        match self.stream.fill_buf().now_or_never() {
            None => None,
            Some(Err(error)) => Some(Err(kind_of(&error))),
            Some(Ok(_)) => Some(self.read_reply(limit).await),
        }
    }

    /// Ends the stream in an orderly way (TLS close_notify).
    pub(super) async fn shut(&mut self, limit: Duration) {
        if let Err(_late) = timeout(limit, self.stream.shutdown()).await {
            tracing::debug!("relay did not take the end of the stream in time");
        }
    }

    async fn read_lines(&mut self) -> Result<Lines, NetworkKind> {
        let mut reply = Lines { code: 0, lines: Vec::new() };
        loop {
            let (code, last, text) = split_line(&self.read_line().await?).ok_or(NetworkKind::Protocol)?;
            if reply.lines.is_empty() {
                reply.code = code;
            }
            // RFC 5321 4.2.1: the code is the same on each line. Which one counts otherwise is anyone's guess, so it is no reply.
            if reply.code != code || reply.lines.len() >= MOST_LINES {
                return Err(NetworkKind::Protocol);
            }
            reply.lines.push(text);
            if last == Last::Yes {
                return Ok(reply);
            }
        }
    }

    async fn read_line(&mut self) -> Result<Vec<u8>, NetworkKind> {
        let mut line = Vec::new();
        loop {
            let ready = self.stream.fill_buf().await.map_err(|error| kind_of(&error))?;
            if ready.is_empty() {
                return Err(NetworkKind::Closed);
            }
            let (part, rest_of_line) = match ready.iter().position(|byte| *byte == b'\n') {
                Some(end) => (ready.get(..=end).unwrap_or_default(), Last::Yes),
                None => (ready, Last::No),
            };
            let used = part.len();
            line.extend_from_slice(part);
            self.stream.consume(used);
            if line.len() > LONGEST_LINE {
                return Err(NetworkKind::Protocol);
            }
            if rest_of_line == Last::Yes {
                return Ok(line);
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Last {
    Yes,
    No,
}

/// `250-text` CR LF taken apart. A lone LF ends a line too, as Postfix reads it.
fn split_line(line: &[u8]) -> Option<(u16, Last, Vec<u8>)> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    if !(200..600).contains(&code) {
        return None;
    }
    match rest.split_first() {
        None => Some((code, Last::Yes, Vec::new())),
        Some((b' ', text)) => Some((code, Last::Yes, text.to_vec())),
        Some((b'-', text)) => Some((code, Last::No, text.to_vec())),
        Some(_) => None,
    }
}

impl Lines {
    /// Code, enhanced code and first line.
    pub(super) fn reply(&self) -> Reply {
        let first = String::from_utf8_lossy(self.lines.first().map_or(&[][..], Vec::as_slice));
        let (enhanced, text) = match split_enhanced(self.code, &first) {
            Some((enhanced, text)) => (Some(enhanced), text),
            None => (None, &*first),
        };
        Reply { code: self.code, enhanced, text: harmless(text) }
    }
}

/// `5.1.1 text` taken apart (RFC 2034). A class that contradicts the code is not an enhanced code.
fn split_enhanced(code: u16, line: &str) -> Option<((u8, u16, u16), &str)> {
    let (status, text) = line.split_once(' ').unwrap_or((line, ""));
    let mut numbers = status.split('.');
    let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let number = |digits: &str| {
        if (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let (class, subject, detail): (u16, u16, u16) = (number(class)?, number(subject)?, number(detail)?);
    if numbers.next().is_some() || class != code / 100 || ![2, 4, 5].contains(&class) {
        return None;
    }
    Some(((u8::try_from(class).ok()?, subject, detail), text))
}

/// Fit for a terminal and for one line: no control characters, none that turn the direction of writing, a bounded length.
fn harmless(text: &str) -> String {
    let steers = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut out = String::new();
    let mut length = 0;
    for c in text.chars() {
        let piece: String = if steers(c) { c.escape_default().collect() } else { c.to_string() };
        length += piece.chars().count();
        if length > LONGEST_TEXT {
            break;
        }
        out.push_str(&piece);
    }
    out
}

/// The kind of an I/O error, and of a TLS error hidden in it. The text of an error is never kept.
pub(super) fn kind_of(error: &io::Error) -> NetworkKind {
    let mut source: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|inner| inner as _);
    while let Some(inner) = source {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return NetworkKind::Tls(fault_of(tls));
        }
        source = match inner.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as _),
            None => inner.source(),
        };
    }
    match error.kind() {
        io::ErrorKind::TimedOut => NetworkKind::Timeout,
        io::ErrorKind::ConnectionRefused => NetworkKind::Refused,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::WriteZero
        | io::ErrorKind::UnexpectedEof => NetworkKind::Closed,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => NetworkKind::Unreachable,
        kind => NetworkKind::Io(kind),
    }
}

fn fault_of(error: &rustls::Error) -> TlsFault {
    use rustls::{CertificateError as Bad, Error};
    match error {
        Error::InvalidCertificate(bad) => match bad {
            // A stranger's CA under the name of ours gives BadSignature.
            Bad::UnknownIssuer | Bad::BadSignature => TlsFault::UnknownIssuer,
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => TlsFault::WrongName,
            Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. } => TlsFault::Expired,
            _ => TlsFault::Certificate,
        },
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => TlsFault::NotTls,
        _ => TlsFault::Handshake,
    }
}
