//! Checks `[moderation]`, `[acknowledgement]`, `[delivery]` and `[dmarc]`: how the daemon behaves where the policy leaves a number open.

use std::{path::Path, time::Duration};

use toml::Spanned;

use super::{
    Site,
    finding::Findings,
    quantity::{spell, time_of},
    raw::{RawAcknowledgement, RawDelivery, RawDmarc, RawModeration},
    settings::{AcknowledgementCaps, Delivery, Moderation, ModerationMode, NoticeDetail, ReturnPaths},
    sources::host,
};
use crate::mail::Dmarc;

const RETRY_FIRST: Duration = Duration::from_secs(5 * 60);
const RETRY_MOST: Duration = Duration::from_secs(4 * 3_600);
const GIVE_UP: Duration = Duration::from_secs(5 * 86_400);
const UNKNOWN_RESEND: Duration = Duration::from_secs(15 * 60);
const CONNECTIONS: u32 = 16;
/// What every server must take (RFC 5321 4.5.3.1.8).
const RECIPIENTS: u32 = 100;

/// How the discussion list is moderated. Without a word in the file everything is held: deciding by rule is a choice of the team.
pub(super) fn moderation(raw: &RawModeration, state: &Path, site: &Site<'_>) -> Moderation {
    Moderation {
        mode: match raw.automatic {
            Some(true) => ModerationMode::Automatic,
            Some(false) | None => ModerationMode::HoldAll,
        },
        notice: raw.notice.unwrap_or(NoticeDetail::Full),
        kill_switch: raw.kill_switch.as_ref().map_or_else(|| state.join("hold-all"), |text| site.path(text)),
    }
}

/// How often an acknowledgement may go out.
pub(super) fn acknowledgement(raw: &RawAcknowledgement, findings: &mut Findings<'_>) -> AcknowledgementCaps {
    AcknowledgementCaps {
        per_sender_per_day: count(raw.per_sender_per_day.as_ref(), 10, findings),
        per_hour: count(raw.per_hour.as_ref(), 60, findings),
    }
}

fn count(raw: Option<&Spanned<u32>>, default: u32, findings: &mut Findings<'_>) -> u32 {
    let Some(count) = raw else { return default };
    if !(1..=10_000).contains(count.get_ref()) {
        let problem = format!("{} is outside the limits of this key", count.get_ref());
        findings.refuse(
            &count.span(),
            problem,
            "write a number from 1 to 10000: every discoverer gets an answer, a mail loop comes to rest",
        );
        return default;
    }
    *count.get_ref()
}

fn number(
    raw: Option<&Spanned<u32>>,
    default: u32,
    limits: std::ops::RangeInclusive<u32>,
    why: &str,
    findings: &mut Findings<'_>,
) -> usize {
    let wanted = raw.map_or(default, |raw| *raw.get_ref());
    if let Some(raw) = raw.filter(|_| !limits.contains(&wanted)) {
        let problem = format!("{wanted} is outside the limits of this key");
        findings.refuse(&raw.span(), problem, format!("write a number from {} to {}: {why}", limits.start(), limits.end()));
    }
    usize::try_from(wanted).unwrap_or(usize::MAX)
}

/// When a letter is tried again, and how it travels.
pub(super) fn delivery(raw: &RawDelivery, findings: &mut Findings<'_>) -> Delivery {
    let (second, day) = (Duration::from_secs(1), Duration::from_secs(86_400));
    let first = time_of(raw.retry_first.as_ref(), RETRY_FIRST, second..=day, "a busy server needs a pause", findings);
    let most =
        time_of(raw.retry_most.as_ref(), RETRY_MOST, second..=day, "an advisory must not wait longer than a day", findings);
    if first > most {
        let at = raw.retry_first.as_ref().or(raw.retry_most.as_ref()).map(Spanned::span).unwrap_or_default();
        let problem = format!("the first wait ({}) is longer than the longest ({})", spell(first), spell(most));
        findings.refuse(&at, problem, "make retry-first at most retry-most");
    }
    Delivery {
        retry_first: first,
        retry_most: most,
        give_up_after: time_of(
            raw.give_up_after.as_ref(),
            GIVE_UP,
            Duration::from_secs(3_600)..=day * 14,
            "a server that is away over a weekend comes back (RFC 5321 4.5.4.1 asks for 4 to 5 days)",
            findings,
        ),
        unknown_resend_after: time_of(
            raw.unknown_resend_after.as_ref(),
            UNKNOWN_RESEND,
            second..=day,
            "the relay may have accepted it, and a duplicate follows",
            findings,
        ),
        connections: number(raw.connections.as_ref(), CONNECTIONS, 1..=50, "a relay takes about 50 from one client", findings),
        return_paths: raw.return_paths.unwrap_or(ReturnPaths::Own),
        recipients: number(
            raw.recipients_per_transaction.as_ref(),
            RECIPIENTS,
            1..=1_000,
            "every server takes 100 (RFC 5321 4.5.3.1.8), few take more than 1000",
            findings,
        ),
    }
}

/// What is known of authors' domains.
pub(super) fn dmarc(raw: RawDmarc, findings: &mut Findings<'_>) -> Dmarc {
    let policies = raw
        .policies
        .into_iter()
        .filter_map(|(domain, policy)| Some((host(&domain, findings)?.to_ascii_lowercase(), policy)))
        .collect();
    Dmarc { munging: raw.from_munging.unwrap_or_default(), policies }
}
