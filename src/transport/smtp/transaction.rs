//! One mail transaction (RFC 5321 3.3), pipelined where the relay offers it (RFC 2920), with a verdict for each recipient.

use super::{
    super::{Cause, Connection, Envelope, LocalCause, NetworkKind, Outcome, Phase, Reply, Sent, Timeouts},
    channel::Channel,
    extensions::Extensions,
    wire::{self, Utf8},
};
use crate::mail::Address;

/// Commands sent before the first reply of a group is read: few enough that the replies to them fit into socket buffers, so that the
/// two sides cannot wait for each other (RFC 2920 3.1).
const GROUP: usize = 100;
/// Octets of the message per write, each with the time limit of a data block.
const BLOCK: usize = 64 * 1024;

/// What became of one recipient so far.
enum Standing {
    /// RCPT not answered yet, or not sent.
    Open,
    /// RCPT answered 2yz: the message may be sent to it.
    Taken,
    /// Decided.
    Settled(Outcome),
}

/// The end of a transaction before its time: what undecided recipients get, with the connection gone.
struct Lost(Outcome);

impl Lost {
    fn network(phase: Phase) -> impl Fn(NetworkKind) -> Self {
        move |kind| Self(Outcome::of_failure(phase, kind))
    }
}

enum Step {
    Mail(String),
    Recipient(usize, String),
}

/// The commands of a transaction and the standing of each recipient.
pub(super) struct Plan<'a> {
    recipients: &'a [Address],
    standings: Vec<Standing>,
    steps: Vec<Step>,
    begun: Begun,
}

/// Whether the relay has a transaction open, which must be ended (Postfix: "503 nested MAIL command" otherwise).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    Yes,
    No,
}

impl<'a> Plan<'a> {
    /// Decides what can be decided without the relay. `Err` is the outcome of every recipient.
    pub(super) fn new(envelope: &Envelope<'a>, offered: &Extensions, message: &[u8]) -> Result<Self, Outcome> {
        let refuse = |cause| Outcome::Failed(Cause::Local(cause));
        if wire::has_bare_line_ending(message) {
            return Err(refuse(LocalCause::BareLineEnding));
        }
        if !offered.eight_bit_mime && !message.is_ascii() {
            return Err(refuse(LocalCause::NeedsEightBit));
        }
        let check = |address: &Address| {
            if wire::needs_smtputf8(address) && !offered.smtp_utf8 {
                return Err(refuse(LocalCause::NeedsSmtpUtf8));
            }
            wire::path(address).ok_or(refuse(LocalCause::Unwritable))
        };
        let reverse_path = envelope.reverse_path.map(check).transpose()?;
        let mut utf8 = envelope.reverse_path.is_some_and(wire::needs_smtputf8);
        let mut standings = Vec::new();
        let mut recipients = Vec::new();
        for (index, recipient) in envelope.recipients.iter().enumerate() {
            standings.push(match check(recipient) {
                Ok(path) => {
                    utf8 |= wire::needs_smtputf8(recipient);
                    recipients.push(Step::Recipient(index, wire::rcpt(reverse_path.as_deref(), offered, &path)));
                    Standing::Open
                }
                Err(outcome) => Standing::Settled(outcome),
            });
        }
        let utf8 = if utf8 { Utf8::Needed } else { Utf8::NotNeeded };
        let mut steps = Vec::new();
        if !recipients.is_empty() {
            steps.push(Step::Mail(wire::mail(reverse_path.as_deref(), offered, message, utf8)));
            steps.append(&mut recipients);
        }
        Ok(Self { recipients: envelope.recipients, standings, steps, begun: Begun::No })
    }

    /// Nothing is left for the relay to decide.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The outcomes. A recipient still open cannot be here; if it were, nothing was sent to it.
    pub(super) fn into_sent(self, connection: Connection) -> Sent {
        let outcomes = self.recipients.iter().cloned().zip(self.standings.into_iter().map(|standing| match standing {
            Standing::Settled(outcome) => outcome,
            Standing::Open | Standing::Taken => Outcome::of_failure(Phase::Mail, NetworkKind::Protocol),
        }));
        Sent { outcomes: outcomes.collect(), connection }
    }

    /// Runs the transaction to its end.
    pub(super) async fn run(mut self, channel: &mut Channel, offered: &Extensions, times: &Timeouts, message: &[u8]) -> Sent {
        let connection = match self.converse(channel, offered, times, message).await {
            Ok(()) => Connection::Good,
            Err(Lost(outcome)) => {
                self.settle_undecided(&outcome);
                Connection::Lost
            }
        };
        self.into_sent(connection)
    }

    async fn converse(
        &mut self,
        channel: &mut Channel,
        offered: &Extensions,
        times: &Timeouts,
        message: &[u8],
    ) -> Result<(), Lost> {
        // The relay's goodbye to a session that has idled, or answers that would be read as ours. Whatever it says, it says nothing about
        // recipients it has not heard of.
        if let Some(unasked) = channel.unasked(times.quit).await {
            return Err(Lost(match unasked {
                Ok(reply) if reply.code >= 400 => Outcome::Deferred(Cause::Reply(Phase::Mail, reply)),
                Ok(_) => Outcome::of_failure(Phase::Mail, NetworkKind::Protocol),
                Err(kind) => Outcome::of_failure(Phase::Mail, kind),
            }));
        }
        let steps = std::mem::take(&mut self.steps);
        let mut groups = steps.chunks(if offered.pipelining { GROUP } else { 1 }).peekable();
        let mut data_sent = DataSent::No;
        let mut refused = None;
        while let (Some(group), None) = (groups.next(), &refused) {
            let mut lines: String = group.iter().map(Step::line).collect();
            if offered.pipelining && groups.peek().is_none() {
                lines.push_str("DATA\r\n");
                data_sent = DataSent::Yes;
            }
            let phase = group.first().map_or(Phase::Mail, Step::phase);
            channel.write(lines.as_bytes(), times.command).await.map_err(Lost::network(phase))?;
            for step in group {
                let reply = self.reply(channel, step.phase(), times).await?;
                match step {
                    Step::Mail(_) if reply.code / 100 == 2 => self.begun = Begun::Yes,
                    Step::Mail(_) => refused = Some(reply),
                    Step::Recipient(index, _) if refused.is_none() => self.note(*index, reply),
                    Step::Recipient(..) => {}
                }
            }
        }
        if let Some(reply) = refused {
            self.settle_undecided(&Outcome::of_reply(Phase::Mail, reply));
        }
        self.finish(channel, data_sent, times, message).await
    }

    /// DATA and what follows from the answer to it.
    async fn finish(&mut self, channel: &mut Channel, data_sent: DataSent, times: &Timeouts, message: &[u8]) -> Result<(), Lost> {
        let wanted = self.standings.iter().any(|standing| matches!(standing, Standing::Taken));
        if data_sent == DataSent::No {
            if !wanted {
                return self.reset(channel, times).await;
            }
            channel.write(b"DATA\r\n", times.data_initiation).await.map_err(Lost::network(Phase::Data))?;
        }
        let reply = channel.read_reply(times.data_initiation).await.map_err(Lost::network(Phase::Data))?;
        match reply.code {
            421 => Err(Lost(Outcome::of_reply(Phase::Data, reply))),
            354 if channel.has_unread() => Err(Lost(Outcome::of_failure(Phase::Data, NetworkKind::Protocol))),
            354 if wanted => {
                let verdict = transfer(channel, times, message).await?;
                let end = if verdict.code == 421 { Err(()) } else { Ok(()) };
                let outcome = Outcome::of_reply(Phase::Message, verdict);
                if end.is_err() || matches!(outcome, Outcome::Unknown(_)) {
                    return Err(Lost(outcome));
                }
                self.settle_undecided(&outcome);
                Ok(())
            }
            // RFC 2920 3.1: a server may say 354 although it refused every recipient; an empty message ends that. What it says to
            // it concerns nobody.
            354 => match end_of_data(channel, times).await {
                Ok(reply) if reply.code != 421 => Ok(()),
                _ => Err(Lost(Outcome::of_failure(Phase::Data, NetworkKind::Closed))),
            },
            400..=599 => {
                self.settle_undecided(&Outcome::of_reply(Phase::Data, reply));
                self.reset(channel, times).await
            }
            _ => Err(Lost(Outcome::of_failure(Phase::Data, NetworkKind::Protocol))),
        }
    }

    /// Ends a transaction without a message. The recipients are settled, so a failure here only costs the connection.
    async fn reset(&self, channel: &mut Channel, times: &Timeouts) -> Result<(), Lost> {
        if self.begun == Begun::No {
            return Ok(());
        }
        let failed = Lost::network(Phase::Close);
        let reply = channel.command("RSET\r\n", times.command).await.map_err(&failed)?;
        if reply.code / 100 == 2 { Ok(()) } else { Err(failed(NetworkKind::Protocol)) }
    }

    /// The next reply of a group; 421 may come in place of any (RFC 5321 3.8) and ends the session.
    async fn reply(&self, channel: &mut Channel, phase: Phase, times: &Timeouts) -> Result<Reply, Lost> {
        let reply = channel.read_reply(times.command).await.map_err(Lost::network(phase))?;
        match reply.code {
            421 => Err(Lost(Outcome::of_reply(phase, reply))),
            300..=399 => Err(Lost(Outcome::of_failure(phase, NetworkKind::Protocol))),
            _ => Ok(reply),
        }
    }

    /// What the relay said to one RCPT.
    fn note(&mut self, index: usize, reply: Reply) {
        let standing = match reply.code {
            200..=299 => Standing::Taken,
            _ => Standing::Settled(Outcome::of_reply(Phase::Recipient, reply)),
        };
        if let Some(place) = self.standings.get_mut(index) {
            *place = standing;
        }
    }

    fn settle_undecided(&mut self, outcome: &Outcome) {
        for standing in &mut self.standings {
            if !matches!(standing, Standing::Settled(_)) {
                *standing = Standing::Settled(outcome.clone());
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DataSent {
    Yes,
    No,
}

impl Step {
    fn line(&self) -> &str {
        match self {
            Self::Mail(line) | Self::Recipient(_, line) => line,
        }
    }

    fn phase(&self) -> Phase {
        match self {
            Self::Mail(_) => Phase::Mail,
            Self::Recipient(..) => Phase::Recipient,
        }
    }
}

/// Sends the message and its final dot. Until the dot is handed to the socket a failure means "not taken"; from then on, "unknown".
async fn transfer(channel: &mut Channel, times: &Timeouts, message: &[u8]) -> Result<Reply, Lost> {
    for block in wire::dot_stuffed(message).chunks(BLOCK) {
        if let Err(kind) = channel.write(block, times.data_block).await {
            let said = if kind == NetworkKind::Closed { channel.unasked(times.quit).await } else { None };
            return Err(interrupted(said.unwrap_or(Err(kind))));
        }
    }
    // An answer given before the end is not the answer to the whole message.
    if let Some(said) = channel.unasked(times.quit).await {
        return Err(interrupted(said));
    }
    end_of_data(channel, times).await.map_err(Lost::network(Phase::Message))
}

/// The relay stopped the message before its final dot. One that has had enough (size, content) says why: better to believe it than to try
/// again for days.
fn interrupted(said: Result<Reply, NetworkKind>) -> Lost {
    match said {
        Ok(reply) => Lost(Outcome::of_reply(Phase::Data, reply)),
        Err(kind) => Lost::network(Phase::Data)(kind),
    }
}

async fn end_of_data(channel: &mut Channel, times: &Timeouts) -> Result<Reply, NetworkKind> {
    channel.write(b".\r\n", times.data_block).await?;
    channel.read_reply(times.data_done).await
}
