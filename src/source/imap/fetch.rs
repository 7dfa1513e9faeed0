//! `fetch_after`: list UIDs, ask their sizes, take the bodies.
//!
//! Promises: `seen_up_to` never passes a message that the server still has and did not give out. A message counts as vanished only when a
//! search for it, answered `OK`, does not find it: some servers answer `OK` to a `FETCH` and leave out what they cannot read.
//!
//! Fails: like every command; and with `MessageRefused` when the first message after the cursor is the one not given out.

use std::collections::{BTreeMap, BTreeSet};

use async_imap::imap_proto::{AttributeValue, MailboxDatum, MessageSection, Response, SectionPath};
use jiff::{Timestamp, fmt::strtime};

use super::{Batch, Fetched, ImapSession, names::uid_set, uid_of, wire::News};
use crate::{
    mail::RawMessage,
    source::{Answer, Command, FetchedBody, Keyword, Limits, More, ProtocolFault, SourceError, header_of},
};

/// UIDs asked for in one search. An answer is one line of up to eleven bytes a UID, and long lines are dear to parse.
const WINDOW: u32 = 20_000;
/// Searches in one call, so that a mailbox with few messages and huge UIDs cannot keep us away from our caller.
const SEARCHES: u32 = 64;
/// More UIDs than this in one answer are not an answer to our question.
const ANSWERS: usize = 200_000;
/// Most messages in one batch.
const BATCH: usize = 500;

/// What is known of a message before its body.
#[derive(Debug, Clone, Copy)]
struct Listed {
    size: u64,
    arrived: Option<Timestamp>,
    keyword: Keyword,
}

/// UIDs found after the cursor.
#[derive(Debug)]
pub(super) struct Found {
    uids: Vec<u32>,
    /// Every UID up to here is in `uids` or has no message.
    searched_to: u32,
    more: More,
}

impl ImapSession {
    /// The next messages with a UID above `last_uid` in the open mailbox, by ascending UID. From now on `limits.command_timeout` limits the server's
    /// silence in every command of this session.
    ///
    /// # Errors
    /// `NotOpen`; `MessageRefused` if the server does not give out the very next message; any failure of the exchange. Nothing is lost by an
    /// error: the cursor has not moved.
    pub async fn fetch_after(&mut self, last_uid: u32, limits: &Limits) -> Result<Batch, SourceError> {
        self.wire.silence = limits.command_timeout;
        let batch = self.next_batch(last_uid, limits).await;
        self.ended_by(batch)
    }

    async fn next_batch(&mut self, last_uid: u32, limits: &Limits) -> Result<Batch, SourceError> {
        let uid_validity = self.mailbox.as_ref().ok_or(SourceError::NotOpen)?.uid_validity;
        let found = self.find_after(last_uid, limits.batch_messages.clamp(1, BATCH)).await?;
        let listed = self.list(&found.uids, limits.keyword.as_deref()).await?;

        let (chosen, seen_up_to, more) = choose(&found, &listed, limits);
        let whole: Vec<(u32, Listed)> = chosen.iter().copied().filter(|(_, l)| l.size <= limits.message_size).collect();
        let (mut bodies, code) = self.take_whole(&whole, limits).await?;
        for (uid, listed) in &chosen {
            if listed.size > limits.message_size
                && let Some(header) = self.take_header(*uid, limits).await?
            {
                bodies.insert(*uid, FetchedBody::HeadersOnly { header, size: listed.size });
            }
        }

        let missing = found.uids.iter().copied().filter(|uid| *uid <= seen_up_to && !bodies.contains_key(uid));
        let missing: BTreeSet<u32> = missing.collect();
        if !missing.is_empty()
            && let Some(mailbox) = self.mailbox.as_mut()
        {
            // Somebody takes messages away: what was found may be out of date.
            mailbox.rest = None;
        }
        let refused = self.first_still_there(&missing).await?;
        let (seen_up_to, more) = match refused {
            None => (seen_up_to, more),
            Some(uid) => {
                bodies.retain(|taken, _| *taken < uid);
                if bodies.is_empty() {
                    return Err(SourceError::MessageRefused { uid, code });
                }
                (uid - 1, More::Yes)
            }
        };
        let told = |uid: u32| listed.get(&uid).map_or((None, Keyword::Absent), |listed| (listed.arrived, listed.keyword));
        let fetched = |(uid, body)| {
            let (arrived, keyword) = told(uid);
            Fetched { uid_validity, uid, arrived, keyword, body }
        };
        let messages: Vec<Fetched> = bodies.into_iter().map(fetched).collect();
        let vanished: Vec<u32> = missing.into_iter().filter(|uid| *uid <= seen_up_to).collect();
        tracing::debug!(account = self.account, messages = messages.len(), vanished = vanished.len(), seen_up_to, "mail fetched");
        Ok(Batch { messages, vanished, more, seen_up_to })
    }

    /// What the last search found beyond the cursor, `most` of it; or else searches window by window until something is found or the end is reached.
    async fn find_after(&mut self, last_uid: u32, most: usize) -> Result<Found, SourceError> {
        let mut found = self.mailbox.as_mut().ok_or(SourceError::NotOpen)?.rest.take();
        if let Some(found) = &mut found {
            found.uids.retain(|uid| *uid > last_uid);
        }
        let found = match found.filter(|found| !found.uids.is_empty()) {
            Some(found) => found,
            None => self.search_after(last_uid).await?,
        };
        let uids: Vec<u32> = found.uids.iter().copied().take(most).collect();
        let (searched_to, more) = match uids.last() {
            Some(last) if uids.len() < found.uids.len() => (*last, More::Yes),
            _ => (found.searched_to, found.more),
        };
        // The cursor says next time what of it is left.
        if let Some(mailbox) = self.mailbox.as_mut() {
            mailbox.rest = Some(found);
        }
        Ok(Found { uids, searched_to, more })
    }

    async fn search_after(&mut self, last_uid: u32) -> Result<Found, SourceError> {
        // What the server says from now on is news to this search.
        self.wire.news = News::None;
        let mut searched_to = last_uid;
        for _ in 0..SEARCHES {
            let Some(from) = searched_to.checked_add(1) else { break };
            let to = from.saturating_add(WINDOW - 1);
            let highest = self.mailbox.as_ref().ok_or(SourceError::NotOpen)?.highest_uid;
            let (set, last, more) =
                if to >= highest { (format!("{from}:*"), u32::MAX, More::No) } else { (format!("{from}:{to}"), to, More::Yes) };
            // `n:*` names the last message even when its UID is below n (RFC 3501 6.4.8).
            let uids = self.search(&set, from, last).await?;
            if let Some(mailbox) = self.mailbox.as_mut() {
                mailbox.highest_uid = uids.last().copied().unwrap_or(0).max(highest);
            }
            if !uids.is_empty() {
                let uids: Vec<u32> = uids.into_iter().collect();
                let searched_to = uids.last().copied().unwrap_or(searched_to);
                return Ok(Found { uids, searched_to, more });
            }
            if more == More::No {
                return Ok(Found { uids: Vec::new(), searched_to, more });
            }
            searched_to = to;
        }
        let more = if searched_to == u32::MAX { More::No } else { More::Yes };
        Ok(Found { uids: Vec::new(), searched_to, more })
    }

    /// The UIDs of `set` that have a message, from `first` to `last`, ascending.
    async fn search(&mut self, set: &str, first: u32, last: u32) -> Result<BTreeSet<u32>, SourceError> {
        let mut uids = BTreeSet::new();
        self.wire
            .command(Command::Search, &format!("UID SEARCH UID {set}"), 0, |response| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                    uids.extend(found.iter().copied().filter(|uid| (first..=last).contains(uid)));
                    if uids.len() > ANSWERS {
                        return Err(ProtocolFault::TooLarge);
                    }
                }
                Ok(())
            })
            .await?;
        Ok(uids)
    }

    /// Sizes, arrival times and whether they bear the keyword, before a single body is asked for.
    async fn list(&mut self, uids: &[u32], keyword: Option<&str>) -> Result<BTreeMap<u32, Listed>, SourceError> {
        let mut listed = BTreeMap::new();
        if uids.is_empty() {
            return Ok(listed);
        }
        let wanted: BTreeSet<u32> = uids.iter().copied().collect();
        let flags = if keyword.is_some() { " FLAGS" } else { "" };
        let line = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE{flags})", uid_set(wanted.iter().copied()));
        self.wire
            .command(Command::Fetch, &line, 0, |response| {
                let Some((uid, attributes)) = fetched(response, &wanted) else { return Ok(()) };
                let arrived = attributes.iter().find_map(|attribute| match attribute {
                    AttributeValue::InternalDate(text) => internal_date(text),
                    _ => None,
                });
                let bears = attributes.iter().any(|attribute| match attribute {
                    AttributeValue::Flags(flags) => {
                        flags.iter().any(|flag| keyword.is_some_and(|word| flag.eq_ignore_ascii_case(word)))
                    }
                    _ => false,
                });
                let keyword = if bears { Keyword::Present } else { Keyword::Absent };
                for attribute in attributes {
                    if let AttributeValue::Rfc822Size(size) = attribute {
                        listed.insert(uid, Listed { size: u64::from(*size), arrived, keyword });
                    }
                }
                Ok(())
            })
            .await?;
        Ok(listed)
    }

    /// The bodies of `wanted`, together; one by one if the server refuses that, so that one damaged message does not hide those before it.
    /// Stops at the first that is refused and still there, and returns the code of that refusal.
    async fn take_whole(
        &mut self,
        wanted: &[(u32, Listed)],
        limits: &Limits,
    ) -> Result<(BTreeMap<u32, FetchedBody>, Option<&'static str>), SourceError> {
        let mut bodies = BTreeMap::new();
        if wanted.is_empty() {
            return Ok((bodies, None));
        }
        match self.take(wanted, limits, &mut bodies).await {
            Err(SourceError::Refused { answer: Answer::No, .. }) => {}
            other => return other.map(|()| (bodies, None)),
        }
        for one in wanted {
            if bodies.contains_key(&one.0) {
                continue;
            }
            match self.take(std::slice::from_ref(one), limits, &mut bodies).await {
                // RFC 2180 4.1.2 allows NO for a message that is gone.
                Err(SourceError::Refused { answer: Answer::No, code, .. }) => {
                    if self.first_still_there(&BTreeSet::from([one.0])).await?.is_some() {
                        return Ok((bodies, code));
                    }
                }
                other => other?,
            }
        }
        Ok((bodies, None))
    }

    async fn take(
        &mut self,
        wanted: &[(u32, Listed)],
        limits: &Limits,
        bodies: &mut BTreeMap<u32, FetchedBody>,
    ) -> Result<(), SourceError> {
        let uids: BTreeSet<u32> = wanted.iter().map(|(uid, _)| *uid).collect();
        // Exchange announces sizes that are somewhat wrong; twice the size and room for one message more is still no danger.
        let announced: u64 = wanted.iter().map(|(_, l)| l.size.saturating_mul(2).saturating_add(64 << 10)).sum();
        let allowance = announced.saturating_add(limits.message_size);
        let line = format!("UID FETCH {} (UID BODY.PEEK[])", uid_set(uids.iter().copied()));
        self.wire
            .command(Command::Fetch, &line, allowance, |response| {
                let Some((uid, attributes)) = fetched(response, &uids) else { return Ok(()) };
                for attribute in attributes {
                    if let AttributeValue::BodySection { section: None, index: None, data: Some(bytes) } = attribute {
                        bodies.insert(uid, body(bytes, limits));
                    }
                }
                Ok(())
            })
            .await
    }

    /// The header of a message over the size limit.
    async fn take_header(&mut self, uid: u32, limits: &Limits) -> Result<Option<RawMessage>, SourceError> {
        let most = limits.header_size.clamp(1, u64::from(u32::MAX));
        let mut header = None;
        let line = format!("UID FETCH {uid} (UID BODY.PEEK[HEADER]<0.{most}>)");
        let taken = self
            .wire
            .command(Command::Fetch, &line, most, |response| {
                let Some((_, attributes)) = fetched(response, &BTreeSet::from([uid])) else { return Ok(()) };
                for attribute in attributes {
                    if let AttributeValue::BodySection {
                        section: Some(SectionPath::Full(MessageSection::Header)),
                        data: Some(bytes),
                        ..
                    } = attribute
                    {
                        header = Some(RawMessage::new(&**bytes));
                    }
                }
                Ok(())
            })
            .await;
        match taken {
            // Whether it is gone or damaged is asked later.
            Ok(()) | Err(SourceError::Refused { answer: Answer::No, .. }) => Ok(header),
            Err(error) => Err(error),
        }
    }

    /// The lowest of `uids` the server still lists.
    async fn first_still_there(&mut self, uids: &BTreeSet<u32>) -> Result<Option<u32>, SourceError> {
        let (Some(first), Some(last)) = (uids.first(), uids.last()) else { return Ok(None) };
        let there = self.search(&uid_set(uids.iter().copied()), *first, *last).await?;
        Ok(there.intersection(uids).next().copied())
    }
}

/// The longest beginning of what was found that fits a batch, and up to where it accounts for everything.
fn choose(found: &Found, listed: &BTreeMap<u32, Listed>, limits: &Limits) -> (Vec<(u32, Listed)>, u32, More) {
    let mut chosen = Vec::new();
    let mut bytes: u64 = 0;
    let mut seen_up_to = None;
    for uid in &found.uids {
        if let Some(listed) = listed.get(uid) {
            let cost = if listed.size > limits.message_size { limits.header_size } else { listed.size };
            bytes = bytes.saturating_add(cost);
            if bytes > limits.batch_bytes && !chosen.is_empty() {
                return (chosen, seen_up_to.unwrap_or(found.searched_to), More::Yes);
            }
            chosen.push((*uid, *listed));
        }
        seen_up_to = Some(*uid);
    }
    (chosen, found.searched_to, found.more)
}

/// A `FETCH` response about one of the messages asked for. Others are about flags somebody changed (RFC 3501 7.4.2).
fn fetched<'a, 'r>(response: &'a Response<'r>, wanted: &BTreeSet<u32>) -> Option<(u32, &'a [AttributeValue<'r>])> {
    let Response::Fetch(_, attributes) = response else { return None };
    let uid = attributes.iter().find_map(uid_of)?;
    wanted.contains(&uid).then_some((uid, attributes))
}

fn body(bytes: &[u8], limits: &Limits) -> FetchedBody {
    let size = bytes.len() as u64;
    if size > limits.message_size {
        return FetchedBody::HeadersOnly { header: RawMessage::new(header_of(bytes, limits.header_size)), size };
    }
    FetchedBody::Whole(RawMessage::new(bytes))
}

/// `date-time` of RFC 3501 9: ` 7-Feb-2026 21:52:25 -0800`.
pub(super) fn internal_date(text: &str) -> Option<Timestamp> {
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?.to_timestamp().ok()
}
