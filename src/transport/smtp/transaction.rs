//! One mail transaction (RFC 5321 3.3), pipelined where the relay offers it (RFC 2920), with a verdict for each recipient.

use super::{
    super::{Cause, Content, Envelope, LineEnds, LocalCause, NetworkKind, Onward, Outcome, Phase, Reply, Timeouts, Wishes},
    channel::{Channel, Layer},
    extensions::Extensions,
    wire::{self, Back, Utf8},
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
pub(super) struct Plan {
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

impl Plan {
    /// Decides what can be decided without the relay. `Err` is the outcome of every recipient.
    pub(super) fn new(envelope: &Envelope<'_>, offered: &Extensions, content: &Content, wishes: Wishes) -> Result<Self, Outcome> {
        let refuse = |cause| Outcome::Failed(Cause::Local(cause));
        if content.line_ends() == LineEnds::Bare {
            return Err(refuse(LocalCause::BareLineEnding));
        }
        if !offered.eight_bit_mime && !content.is_ascii() {
            return Err(refuse(LocalCause::NeedsEightBit));
        }
        if wishes.onward == Onward::VerifiedTls && !offered.require_tls {
            return Err(refuse(LocalCause::NeedsRequireTls));
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
            steps.push(Step::Mail(wire::mail(
                Back { path: reverse_path.as_deref(), id: envelope.envelope_id },
                offered,
                content,
                utf8,
                wishes,
            )));
            steps.append(&mut recipients);
        }
        Ok(Self { standings, steps, begun: Begun::No })
    }

    /// Nothing is left for the relay to decide.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is written to begin the transaction in one go, with DATA at its end; `None` where it takes more than one group of commands.
    pub(super) fn opening(&self, offered: &Extensions) -> Option<String> {
        if !offered.pipelining || self.steps.is_empty() || self.steps.len() > GROUP {
            return None;
        }
        let mut lines: String = self.steps.iter().map(Step::line).collect();
        lines.push_str("DATA\r\n");
        Some(lines)
    }

    /// The outcomes. A recipient still open cannot be here; if it were, nothing was sent to it.
    pub(super) fn into_outcomes(self) -> Vec<Outcome> {
        let settled = |standing| match standing {
            Standing::Settled(outcome) => outcome,
            Standing::Open | Standing::Taken => Outcome::of_failure(Phase::Mail, NetworkKind::Protocol),
        };
        self.standings.into_iter().map(settled).collect()
    }

    /// Runs the transaction to its end. With the final dot goes what begins the next one (RFC 2920 3.1 allows it); its replies are not read here.
    pub(super) async fn run(&mut self, channel: &mut Channel, begin: Begin, offered: &Extensions, work: &Work<'_>) -> Ended {
        match self.converse(channel, begin, offered, work).await {
            Ok(ahead) => Ended::Good(ahead),
            Err(Lost(outcome)) => {
                self.settle_undecided(&outcome);
                Ended::Lost
            }
        }
    }

    async fn converse(
        &mut self,
        channel: &mut Channel,
        begin: Begin,
        offered: &Extensions,
        work: &Work<'_>,
    ) -> Result<Ahead, Lost> {
        let times = work.times;
        // The relay's goodbye to a session that has idled, or answers that would be read as ours. Whatever it says, it says nothing about
        // recipients it has not heard of.
        if begin == Begin::Now
            && let Some(unasked) = channel.unasked(times.quit).await
        {
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
            if begin == Begin::Begun {
                data_sent = DataSent::Yes;
            } else {
                let mut lines: String = group.iter().map(Step::line).collect();
                if offered.pipelining && groups.peek().is_none() {
                    lines.push_str("DATA\r\n");
                    data_sent = DataSent::Yes;
                }
                let phase = group.first().map_or(Phase::Mail, Step::phase);
                channel.write(lines.as_bytes(), times.command).await.map_err(Lost::network(phase))?;
            }
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
        self.finish(channel, data_sent, work).await
    }

    /// DATA and what follows from the answer to it.
    async fn finish(&mut self, channel: &mut Channel, data_sent: DataSent, work: &Work<'_>) -> Result<Ahead, Lost> {
        let times = work.times;
        let wanted = self.standings.iter().any(|standing| matches!(standing, Standing::Taken));
        if data_sent == DataSent::No {
            if !wanted {
                return self.reset(channel, times).await.map(|()| Ahead::No);
            }
            channel.write(b"DATA\r\n", times.data_initiation).await.map_err(Lost::network(Phase::Data))?;
        }
        let reply = channel.read_reply(times.data_initiation).await.map_err(Lost::network(Phase::Data))?;
        match reply.code {
            421 => Err(Lost(Outcome::of_reply(Phase::Data, reply))),
            354 if channel.has_unread() => Err(Lost(Outcome::of_failure(Phase::Data, NetworkKind::Protocol))),
            354 if wanted => {
                let verdict = transfer(channel, work).await?;
                let end = if verdict.code == 421 { Err(()) } else { Ok(()) };
                let outcome = Outcome::of_reply(Phase::Message, verdict);
                if end.is_err() || matches!(outcome, Outcome::Unknown(_)) {
                    return Err(Lost(outcome));
                }
                self.settle_undecided(&outcome);
                Ok(if work.next.is_some() { Ahead::Yes } else { Ahead::No })
            }
            // RFC 2920 3.1: a server may say 354 although it refused every recipient; an empty message ends that. What it says to
            // it concerns nobody.
            354 => match end_of_data(channel, times).await {
                Ok(reply) if reply.code != 421 => Ok(Ahead::No),
                _ => Err(Lost(Outcome::of_failure(Phase::Data, NetworkKind::Closed))),
            },
            400..=599 => {
                self.settle_undecided(&Outcome::of_reply(Phase::Data, reply));
                self.reset(channel, times).await.map(|()| Ahead::No)
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

/// What one transaction works with.
pub(super) struct Work<'a> {
    pub(super) content: &'a Content,
    pub(super) times: &'a Timeouts,
    /// What begins the next transaction, to go out with the final dot of this one.
    pub(super) next: Option<&'a str>,
}

/// Where a transaction begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// With MAIL.
    Now,
    /// Everything up to DATA has been sent, with the final dot of the one before.
    Begun,
}

/// Whether the next transaction has been begun with the final dot of this one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    Yes,
    No,
}

/// What became of the session.
pub(super) enum Ended {
    Good(Ahead),
    Lost,
}

/// Sends the message and its final dot, and with it the beginning of the next transaction. Until the dot is handed to the socket a failure means
/// "not taken"; from then on, "unknown". One write for the end of the message and all that follows: a packet and a wake-up of the relay each. Over TLS
/// a failed write does not tell how far it came, so that the dot is not in the write of the message there.
async fn transfer(channel: &mut Channel, work: &Work<'_>) -> Result<Reply, Lost> {
    let times = work.times;
    let block = work.content.block();
    let (before, last) = block.split_at(block.len().saturating_sub(1) / BLOCK * BLOCK);
    for part in before.chunks(BLOCK) {
        write_block(channel, part, times).await?;
    }
    stopped(channel, times).await?;
    let next = work.next.unwrap_or_default();
    if channel.layer() == Layer::Records {
        write_block(channel, last, times).await?;
        stopped(channel, times).await?;
        let end = [DOT, next.as_bytes()].concat();
        channel.write(&end, times.data_block).await.map_err(Lost::network(Phase::Message))?;
        return channel.read_reply(times.data_done).await.map_err(Lost::network(Phase::Message));
    }
    let mut end = Vec::with_capacity(last.len() + DOT.len() + next.len());
    end.extend_from_slice(last);
    end.extend_from_slice(DOT);
    end.extend_from_slice(next.as_bytes());
    let taken = match channel.write_some(&end, times.data_block).await {
        Ok(taken) => taken,
        Err(kind) => return Err(gone(channel, kind, times).await),
    };
    if let Some(rest) = last.get(taken..).filter(|rest| !rest.is_empty()) {
        write_block(channel, rest, times).await?;
        stopped(channel, times).await?;
    }
    let rest = end.get(taken.max(last.len())..).unwrap_or_default();
    if !rest.is_empty() {
        channel.write(rest, times.data_block).await.map_err(Lost::network(Phase::Message))?;
    }
    channel.read_reply(times.data_done).await.map_err(Lost::network(Phase::Message))
}

async fn write_block(channel: &mut Channel, block: &[u8], times: &Timeouts) -> Result<(), Lost> {
    match channel.write(block, times.data_block).await {
        Ok(()) => Ok(()),
        Err(kind) => Err(gone(channel, kind, times).await),
    }
}

/// The socket takes no more of the message.
async fn gone(channel: &mut Channel, kind: NetworkKind, times: &Timeouts) -> Lost {
    let said = if kind == NetworkKind::Closed { channel.unasked(times.quit).await } else { None };
    interrupted(said.unwrap_or(Err(kind)))
}

/// An answer given before the end is not the answer to the whole message.
async fn stopped(channel: &mut Channel, times: &Timeouts) -> Result<(), Lost> {
    channel.unasked(times.quit).await.map_or(Ok(()), |said| Err(interrupted(said)))
}

const DOT: &[u8] = b".\r\n";

/// The relay stopped the message before its final dot. One that has had enough (size, content) says why: better to believe it than to try
/// again for days.
fn interrupted(said: Result<Reply, NetworkKind>) -> Lost {
    match said {
        Ok(reply) => Lost(Outcome::of_reply(Phase::Data, reply)),
        Err(kind) => Lost::network(Phase::Data)(kind),
    }
}

async fn end_of_data(channel: &mut Channel, times: &Timeouts) -> Result<Reply, NetworkKind> {
    channel.write(DOT, times.data_block).await?;
    channel.read_reply(times.data_done).await
}
