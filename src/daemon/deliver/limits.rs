//! How much goes out at once, and how it is packed: what is configured, and what the relay has let us know since.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use super::{
    lane::{Consignment, Landed},
    record,
    seats::Seat,
};
use crate::{
    daemon::{DeliveryTimes, ReturnPathWay},
    disclosure::TlsRequirement,
    mail::Address,
    store::delivery::{Claimed, Due},
    transport::{Cause, Content, Handover, Onward, OnwardWay, Outcome, Phase, ReturnPaths, Transport, Wishes},
};

/// How long we keep to what a busy relay asked for before we try for more.
const RESPECT: Duration = Duration::from_secs(60);

/// Octets of letters that are kept at hand.
const AT_HAND: usize = 8 * 1024 * 1024;

/// How much at once.
#[derive(Debug)]
pub struct Limits {
    connections: usize,
    fewer: Option<(usize, Instant)>,
    recipients: usize,
    messages_a_connection: u32,
    way: ReturnPathWay,
    makes_return_paths: bool,
    is_a_relay: bool,
    asks_for_tls: bool,
    away: bool,
}

impl Limits {
    /// As configured. What is not a relay is worked one letter after the other.
    pub fn new(times: &DeliveryTimes, transport: &Transport, onward: &OnwardWay) -> Self {
        let is_a_relay = matches!(transport, Transport::Smtp(_));
        Self {
            connections: if is_a_relay { times.connections.max(1) } else { 1 },
            fewer: None,
            recipients: times.recipients.max(1),
            messages_a_connection: u32::MAX,
            way: times.return_paths,
            makes_return_paths: false,
            is_a_relay,
            asks_for_tls: *onward == OnwardWay::Asked,
            away: false,
        }
    }

    /// As many lanes as there may ever be: each stalled one may be replaced once.
    pub fn seats(&self) -> usize {
        if self.is_a_relay { self.connections * 2 } else { 1 }
    }

    fn connections(&self) -> usize {
        match self.fewer {
            Some((fewer, until)) if Instant::now() < until => fewer.min(self.connections),
            _ => self.connections,
        }
    }

    /// Whether the beginning of the next transaction may go with the end of this one.
    pub fn envelopes_go_ahead(&self) -> bool {
        self.is_a_relay
    }

    /// After so many messages a connection is closed, because the relay does so.
    pub fn messages_a_connection(&self) -> u32 {
        self.messages_a_connection
    }

    /// Recipients of one transaction at most.
    pub fn recipients(&self) -> usize {
        match self.way {
            ReturnPathWay::OwnTransaction => 1,
            ReturnPathWay::Xverp if !self.makes_return_paths => 1,
            ReturnPathWay::Xverp | ReturnPathWay::Shared => self.recipients,
        }
    }

    /// Whether the last connection could not be opened and there is no other.
    pub fn relay_is_away(&self) -> bool {
        self.away
    }

    /// Whether another lane may be opened.
    pub fn may_open(&self, seats: &[Seat]) -> bool {
        seats.iter().filter(|seat| !seat.is_empty() && !seat.is_stalled()).count() < self.connections()
    }

    /// How many transactions could be placed now.
    pub fn wanted(&self, seats: &[Seat]) -> usize {
        let depth = if self.is_a_relay { 2 } else { 1 };
        let working = seats.iter().filter(|seat| !seat.is_empty() && !seat.is_stalled());
        let (lanes, room) = working.fold((0, 0), |(lanes, room), seat| {
            let more = seat.room(depth);
            (lanes + 1, room + more)
        });
        let free = seats.iter().filter(|seat| seat.is_empty()).count();
        room + self.connections().saturating_sub(lanes).min(free) * depth
    }

    /// Whether this delivery may go now: no second one to a domain at which the relay is stuck, not all lanes for one domain or one letter.
    pub fn may_go(&self, due: &Due, letters: usize, under_way: &[UnderWay<'_>], chosen: &[Vec<Due>]) -> bool {
        if !self.is_a_relay || self.recipients() > 1 {
            return true;
        }
        let domain = due.recipient.domain();
        let (mut same_domain, mut same_letter) = (0, 0);
        for other in under_way {
            if other.domain == domain {
                if other.slow {
                    return false;
                }
                same_domain += 1;
            }
            same_letter += usize::from(other.slow && other.letter == due.letter);
        }
        same_domain += chosen.iter().flatten().filter(|due| due.recipient.domain() == domain).count();
        same_domain < self.connections.max(2) && (letters < 2 || same_letter + 1 < self.seats().max(2))
    }

    /// What a landing lets us know.
    pub fn learn(&mut self, landed: &Landed, open: usize) {
        if let Some(makes) = landed.makes_return_paths {
            self.makes_return_paths = makes;
        }
        if let Some(taken) = record::too_many_recipients(&landed.outcomes) {
            self.recipients = taken.max(1);
        }
        if let Some(messages) = landed.closed_after
            && messages < self.messages_a_connection
        {
            tracing::info!(messages, "the relay closes a connection after {messages} messages: so shall we");
            self.messages_a_connection = messages.max(1);
        }
        let busy = landed.outcomes.iter().any(|outcome| match outcome {
            Outcome::Deferred(Cause::Reply(_, reply)) if reply.code == 421 => true,
            Outcome::Deferred(Cause::Reply(Phase::Mail, reply)) => reply.code == 452,
            Outcome::Deferred(Cause::NotOpened(_)) => true,
            _ => false,
        });
        self.away = landed.not_opened && open == 0;
        if busy && open > 0 {
            let fewer = if landed.not_opened { open } else { (self.connections() / 2).max(1) };
            self.fewer = Some((fewer.min(self.connections()), Instant::now() + RESPECT));
        }
    }

    fn wishes(&self) -> Wishes {
        let by_relay = self.way == ReturnPathWay::Xverp && self.makes_return_paths;
        let return_paths = if by_relay { ReturnPaths::ByRelay } else { ReturnPaths::AsGiven };
        Wishes { return_paths, onward: Onward::AsTheRelayDoes }
    }

    /// The same for what was claimed together.
    fn wishes_for(&self, claimed: &Claimed) -> Wishes {
        let asked = self.asks_for_tls && claimed.tls == TlsRequirement::Verify;
        Wishes { onward: if asked { Onward::VerifiedTls } else { Onward::AsTheRelayDoes }, ..self.wishes() }
    }

    /// The return path of a transaction, and the id of its envelope. A path that names the recipient serves as its own id; one that does not carries
    /// the letter's key, in its detail or, where the mail system knows no details, in the id alone. A path that names one recipient never goes with several:
    /// what the relay offers may have changed since they were put together.
    fn return_path(&self, due: &Due, recipients: usize) -> (Option<Address>, Option<String>) {
        let key = Some(&due.return_key).filter(|key| !key.is_empty());
        let (Some(own), Some(key)) = (&due.return_path, key) else { return (due.return_path.clone(), None) };
        let one_for_all =
            recipients > 1 || self.way == ReturnPathWay::Shared || self.wishes().return_paths == ReturnPaths::ByRelay;
        match own.split_detail() {
            Some(_) if !one_for_all => (Some(own.clone()), None),
            Some((base, _)) => (Some(base.with_detail(key)), Some(key.clone())),
            None => (Some(own.clone()), Some(key.clone())),
        }
    }
}

/// A delivery on a connection, or behind what is on it.
#[derive(Debug)]
pub struct UnderWay<'s> {
    domain: &'s str,
    letter: i64,
    slow: bool,
}

impl<'s> UnderWay<'s> {
    /// All there are now. To ask each seat again for each delivery that may follow is to read the clock hundreds of times.
    pub fn on(seats: &'s [Seat]) -> Vec<Self> {
        let consignments = seats.iter().flat_map(Seat::consignments);
        let deliveries =
            consignments.flat_map(|(consignment, slow)| consignment.claimed.iter().map(move |claimed| (claimed, slow)));
        deliveries
            .map(|(claimed, slow)| Self { domain: claimed.due.recipient.domain(), letter: claimed.due.letter, slow })
            .collect()
    }
}

/// The letters that are being delivered.
#[derive(Debug, Default)]
pub struct Contents {
    letters: BTreeMap<i64, (Content, i64)>,
    octets: usize,
    uses: i64,
}

impl Contents {
    /// Which of these letters are not at hand.
    pub fn missing(&self, claims: &[Vec<Due>]) -> Vec<i64> {
        let mut letters: Vec<i64> = claims.iter().flatten().map(|due| due.letter).collect();
        letters.sort_unstable();
        letters.dedup();
        letters.retain(|letter| !self.letters.contains_key(letter));
        letters
    }

    /// Takes letters up.
    pub fn keep(&mut self, letters: Vec<(i64, Vec<u8>)>) {
        for (letter, bytes) in letters {
            self.octets += bytes.len();
            let before = self.letters.insert(letter, (Content::new(bytes), self.uses));
            self.octets -= before.map_or(0, |(content, _)| content.bytes().len());
        }
    }

    /// Makes one transaction of what was claimed together.
    pub fn pack(&mut self, claimed: Vec<Claimed>, limits: &Limits) -> Option<Consignment> {
        let first = claimed.first()?;
        self.uses += 1;
        let (content, used) = self.letters.get_mut(&first.due.letter)?;
        *used = self.uses;
        let (reverse_path, envelope_id) = limits.return_path(&first.due, claimed.len());
        let handover = Handover {
            key: self.uses,
            delivery: first.due.delivery,
            reverse_path,
            envelope_id,
            recipients: claimed.iter().map(|claimed| claimed.due.recipient.clone()).collect(),
            content: content.clone(),
            wishes: limits.wishes_for(first),
        };
        Some(Consignment { claimed, handover })
    }

    /// Lets go of the letters that were not used for longest, when there are too many.
    pub fn forget_old(&mut self) {
        while self.octets > AT_HAND && self.letters.len() > 1 {
            let oldest = self.letters.iter().min_by_key(|(_, (_, used))| *used).map(|(letter, _)| *letter);
            let Some((content, _)) = oldest.and_then(|letter| self.letters.remove(&letter)) else { return };
            self.octets = self.octets.saturating_sub(content.bytes().len());
        }
    }
}

#[cfg(test)]
mod tests;
