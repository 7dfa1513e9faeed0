//! An SMTP client (RFC 5321) for one relay: connection and session here, the transaction in `transaction`.
//!
//! It is our own and not a crate's because of what the crates do with the truth. lettre 0.11.23, read and tried in November 2026: one reply
//! with an octet over 127 is an I/O error, so an accepted message becomes unknown; a reply line without an end is read into memory for ever;
//! what was buffered before STARTTLS is believed after it (CVE-2011-0411); body and final dot are one call, so nobody can tell "not taken" from "perhaps
//! taken"; nothing has a time limit. mail-send and async-smtp abort all recipients for one refused.
//!
//! Promise: no byte of a message, envelope or password leaves before the connection is protected as configured. How it fails: see
//! [`TransportError`]; a failed session is dropped, never mended.

mod channel;
mod extensions;
mod tls;
mod transaction;
mod wire;

use std::{fmt, net::SocketAddr};

use secrecy::ExposeSecret;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

pub(super) use self::wire::{dot_stuffed, has_bare_line_ending};
use self::{
    channel::{Channel, Layer, Lines, kind_of},
    extensions::Extensions,
    transaction::{Ahead, Begin, Ended, Plan, Work},
};
use super::{
    Connection, Content, Credentials, Envelope, Handover, NetworkKind, Outcome, Phase, Relay, RelayTls, Sent, Timeouts,
    TransportError, Wishes,
};

/// A name with more addresses than this is not tried to its end.
const MOST_ADDRESSES: usize = 8;

/// A session with the relay, greeted, protected and authenticated: the state after EHLO, in which messages can be sent.
pub struct SmtpConnection {
    /// Absent from the moment a message is being sent until it is known that the session is in order again: a cancelled or failed
    /// transaction takes the connection with it.
    channel: Option<Channel>,
    /// The transaction that was begun with the final dot of the last one: its key and what is asked in it.
    ahead: Option<(i64, Plan)>,
    offered: Extensions,
    timeouts: Timeouts,
}

impl fmt::Debug for SmtpConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpConnection({:?})", self.connection())
    }
}

impl SmtpConnection {
    /// Connects, greets, starts TLS and logs in as `relay` says.
    ///
    /// # Errors
    /// Any [`TransportError`] but `Directory`. No message, envelope or password has been sent then, except the credentials to a relay
    /// that proved its name and refused them.
    pub async fn connect(relay: &Relay) -> Result<Self, TransportError> {
        let times = relay.timeouts;
        let ehlo = wire::ehlo(&relay.hello).ok_or(TransportError::BadHello)?;
        if relay.credentials.is_some() && relay.tls == RelayTls::None {
            return Err(TransportError::CredentialsWithoutTls);
        }
        let socket = open_socket(relay).await?;
        let (mut channel, offered) = match relay.tls {
            RelayTls::None => {
                let peer = socket.peer_addr().map_err(|error| failed(Phase::Connect)(kind_of(&error)))?;
                allow_plaintext(peer)?;
                let mut channel = Channel::new(Box::new(socket), Layer::Plain);
                greeting(&mut channel, &times).await?;
                let offered = hello(&mut channel, &ehlo, &times).await?;
                (channel, offered)
            }
            RelayTls::Implicit => {
                let mut channel = protect(Channel::new(Box::new(socket), Layer::Plain), relay).await?;
                greeting(&mut channel, &times).await?;
                let offered = hello(&mut channel, &ehlo, &times).await?;
                (channel, offered)
            }
            RelayTls::StartTls => {
                let mut channel = Channel::new(Box::new(socket), Layer::Plain);
                greeting(&mut channel, &times).await?;
                if !hello(&mut channel, &ehlo, &times).await?.start_tls {
                    return Err(TransportError::StartTlsNotOffered);
                }
                ask(&mut channel, Phase::StartTls, "STARTTLS\r\n", &times).await?;
                let mut channel = protect(channel, relay).await?;
                // RFC 3207 4.2: what was said before TLS is forgotten.
                let offered = hello(&mut channel, &ehlo, &times).await?;
                (channel, offered)
            }
        };
        if let Some(credentials) = &relay.credentials {
            log_in(&mut channel, credentials, offered, &times).await?;
        }
        Ok(Self { channel: Some(channel), ahead: None, offered, timeouts: times })
    }

    /// One transaction: the message to every recipient of the envelope, each with its own outcome. The message arrives byte for byte
    /// (a last line without CR LF gets one, because SMTP carries lines).
    pub async fn send(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> Sent {
        let handover = Handover {
            key: 0,
            delivery: 0,
            reverse_path: envelope.reverse_path.cloned(),
            envelope_id: envelope.envelope_id.map(str::to_owned),
            recipients: envelope.recipients.to_vec(),
            content: Content::new(message.to_vec()),
            wishes: Wishes::default(),
        };
        self.hand_over(&handover, None).await
    }

    /// The same, and with the final dot goes the beginning of the `next` transaction where the relay pipelines (RFC 2920 3.1): one packet there and one
    /// back a message. Of the next one nothing but its envelope leaves; it is taken up when it is handed over, and a session on which something else is
    /// handed over instead is given up.
    pub async fn hand_over(&mut self, this: &Handover, next: Option<&Handover>) -> Sent {
        let envelope = this.envelope();
        let (mut plan, begin) = match self.ahead.take() {
            Some((key, plan)) if key == this.key => (plan, Begin::Begun),
            Some(_) => {
                self.channel = None;
                return Sent::alike(&envelope, &Outcome::of_failure(Phase::Mail, NetworkKind::Closed), Connection::Lost);
            }
            None => match Plan::new(&envelope, &self.offered, &this.content, this.wishes) {
                Ok(plan) => (plan, Begin::Now),
                Err(outcome) => return Sent::alike(&envelope, &outcome, self.connection()),
            },
        };
        if plan.is_empty() {
            return Sent::each(&envelope, plan.into_outcomes(), self.connection());
        }
        let Some(mut channel) = self.channel.take() else {
            return Sent::alike(&envelope, &Outcome::of_failure(Phase::Mail, NetworkKind::Closed), Connection::Lost);
        };
        let next = next.and_then(|next| {
            let plan = Plan::new(&next.envelope(), &self.offered, &next.content, next.wishes).ok()?;
            let opening = plan.opening(&self.offered)?;
            Some((next.key, plan, opening))
        });
        let opening = next.as_ref().map(|(_, _, opening)| opening.as_str());
        let work = Work { content: &this.content, times: &self.timeouts, next: opening };
        let ended = plan.run(&mut channel, begin, &self.offered, &work).await;
        match ended {
            Ended::Good(ahead) => {
                self.channel = Some(channel);
                self.ahead = next.filter(|_| ahead == Ahead::Yes).map(|(key, plan, _)| (key, plan));
            }
            Ended::Lost => {}
        }
        Sent::each(&envelope, plan.into_outcomes(), self.connection())
    }

    /// Whether the relay makes the return path of each recipient (`XVERP`).
    pub fn makes_return_paths(&self) -> bool {
        self.offered.xverp
    }

    /// QUIT, without caring for the answer: every outcome has been told before.
    pub async fn quit(self) {
        if let Some(mut channel) = self.channel {
            // Behind the beginning of a transaction QUIT would be a line of its message.
            if self.ahead.is_some() {
                return;
            }
            if let Err(kind) = channel.command("QUIT\r\n", self.timeouts.quit).await {
                tracing::debug!(%kind, "relay did not answer QUIT");
            }
            channel.shut(self.timeouts.quit).await;
        }
    }

    fn connection(&self) -> Connection {
        if self.channel.is_some() { Connection::Good } else { Connection::Lost }
    }
}

/// Plain text is for the machine itself. Judged by the peer of the connected socket, not by the name in the configuration: what a name
/// resolves to is up to whoever answers DNS.
fn allow_plaintext(peer: SocketAddr) -> Result<(), TransportError> {
    if peer.ip().to_canonical().is_loopback() { Ok(()) } else { Err(TransportError::PlaintextBeyondLoopback) }
}

fn failed(phase: Phase) -> impl Fn(NetworkKind) -> TransportError {
    move |kind| TransportError::Network { phase, kind }
}

async fn open_socket(relay: &Relay) -> Result<TcpStream, TransportError> {
    let failed = failed(Phase::Connect);
    let limit = relay.timeouts.connect;
    let addresses: Vec<SocketAddr> = timeout(limit, lookup_host((relay.host.as_str(), relay.port)))
        .await
        .map_err(|_| failed(NetworkKind::Timeout))?
        .map_err(|_| failed(NetworkKind::Unresolved))?
        .take(MOST_ADDRESSES)
        .collect();
    let mut last = NetworkKind::Unresolved;
    for address in addresses {
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => {
                // With Nagle's algorithm each message costs the 40 ms of a delayed ACK.
                socket.set_nodelay(true).map_err(|error| failed(kind_of(&error)))?;
                return Ok(socket);
            }
            Ok(Err(error)) => last = kind_of(&error),
            Err(_) => last = NetworkKind::Timeout,
        }
    }
    Err(failed(last))
}

async fn greeting(channel: &mut Channel, times: &Timeouts) -> Result<(), TransportError> {
    let reply = channel.read(times.greeting).await.map_err(failed(Phase::Greeting))?;
    accept(Phase::Greeting, reply).map(drop)
}

async fn hello(channel: &mut Channel, ehlo: &str, times: &Timeouts) -> Result<Extensions, TransportError> {
    Ok(Extensions::read(&ask(channel, Phase::Hello, ehlo, times).await?.lines))
}

async fn ask(channel: &mut Channel, phase: Phase, line: &str, times: &Timeouts) -> Result<Lines, TransportError> {
    // A reply that nobody asked for would be taken for the answer to this command, and each later one for the next.
    if channel.has_unread() {
        return Err(failed(phase)(NetworkKind::Protocol));
    }
    accept(phase, channel.command(line, times.command).await.map_err(failed(phase))?)
}

fn accept(phase: Phase, lines: Lines) -> Result<Lines, TransportError> {
    match lines.code {
        200..=299 => Ok(lines),
        400..=599 => Err(TransportError::Refused { phase, reply: lines.reply() }),
        _ => Err(failed(phase)(NetworkKind::Protocol)),
    }
}

async fn protect(channel: Channel, relay: &Relay) -> Result<Channel, TransportError> {
    let failed = failed(Phase::Tls);
    // Clear text behind the answer to STARTTLS would be read as if it had come through TLS (CVE-2011-0411).
    if channel.has_unread() {
        return Err(failed(NetworkKind::Protocol));
    }
    let (connector, name) = tls::connector(relay).await?;
    let stream = timeout(relay.timeouts.tls, connector.connect(name, channel.into_stream()))
        .await
        .map_err(|_| failed(NetworkKind::Timeout))?
        .map_err(|error| failed(kind_of(&error)))?;
    Ok(Channel::new(Box::new(stream), Layer::Records))
}

async fn log_in(
    channel: &mut Channel,
    credentials: &Credentials,
    offered: Extensions,
    times: &Timeouts,
) -> Result<(), TransportError> {
    if !offered.auth_plain {
        return Err(TransportError::PlainNotOffered);
    }
    let line = wire::auth_plain(&credentials.user, credentials.password.expose_secret());
    ask(channel, Phase::Auth, &line, times).await.map(drop)
}

#[cfg(test)]
mod tests;
