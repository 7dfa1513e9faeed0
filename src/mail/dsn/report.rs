//! The machine-readable part of a report: RFC 3464 per-recipient fields, RFC 5965 feedback fields.

use super::{Bounce, BounceKind, Message, Permanence, original_id};
use crate::mail::{Address, headers::Headers};

/// The types of the part (RFC 3464, RFC 6533).
pub(super) const STATUS_TYPES: [&str; 2] = ["message/delivery-status", "message/global-delivery-status"];

/// More recipient groups than this are not read.
const MAX_GROUPS: usize = 1000;

/// The outcome of the first failed recipient; without one, of the first delayed, then of the first other one; the others stand in it. `None` when the
/// part names no recipient.
pub(super) fn per_recipient(bytes: &[u8]) -> Option<Bounce> {
    let mut groups: Vec<Bounce> = groups(bytes).iter().take(MAX_GROUPS).filter_map(|group| recipient_group(group)).collect();
    let of_kind = |kind: BounceKind| groups.iter().position(|found| found.kind == kind);
    let first = of_kind(BounceKind::Failed).or_else(|| of_kind(BounceKind::Delayed)).unwrap_or_default();
    if groups.is_empty() {
        return None;
    }
    let mut first = groups.remove(first);
    first.also = groups;
    Some(first)
}

/// `Original-Envelope-Id` of the message's own fields (RFC 3464 2.2.1). Some systems repeat it as it was sent, in xtext.
pub(super) fn envelope_id(bytes: &[u8]) -> Option<String> {
    let block = groups(bytes).into_iter().next()?;
    let id = Headers::of(block).first("Original-Envelope-Id")?.unfolded().trim().to_owned();
    Some(id.replace("+2B", "+").replace("+3D", "=")).filter(|id| !id.is_empty())
}

/// Blocks of fields with empty lines between them.
fn groups(bytes: &[u8]) -> Vec<&[u8]> {
    let mut groups = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let start = rest.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        rest = rest.get(start..).unwrap_or_default();
        let block = Headers::of(rest).block();
        if block.is_empty() {
            break;
        }
        groups.push(block);
        rest = rest.get(block.len()..).unwrap_or_default();
        if groups.len() > MAX_GROUPS {
            break;
        }
    }
    groups
}

fn recipient_group(group: &[u8]) -> Option<Bounce> {
    let fields = Headers::of(group);
    let value = |name: &str| fields.first(name).map(|field| field.unfolded());
    let recipient =
        ["Original-Recipient", "Final-Recipient", "X-Actual-Recipient"].iter().find_map(|name| typed_address(&value(name)?));
    let action = value("Action");
    if action.is_none() && fields.count("Final-Recipient") == 0 && fields.count("Original-Recipient") == 0 {
        return None;
    }
    let diagnostic =
        value("Diagnostic-Code").map(|text| text.split_once(';').map_or(text.as_str(), |(_, said)| said).trim().to_owned());
    // RFC 3464 2.3.4: three numbers; comments and texts follow in practice ("5.1.1 (bad destination mailbox address)").
    let status =
        value("Status").and_then(|text| text.split([' ', '(']).next().map(str::to_owned)).filter(|status| is_status(status));
    let action = action.unwrap_or_default().to_ascii_lowercase();
    let kind = match action.split([' ', '(', ';']).next().unwrap_or_default() {
        "delayed" => BounceKind::Delayed,
        "delivered" | "relayed" | "expanded" => BounceKind::Delivered,
        _ if status.as_deref().is_some_and(|status| status.starts_with('2')) => BounceKind::Delivered,
        _ => BounceKind::Failed,
    };
    let permanence = match kind {
        BounceKind::Delayed => Permanence::Temporary,
        _ => status.as_deref().map_or(Permanence::Unknown, Permanence::of_status),
    };
    Some(Bounce {
        kind,
        recipient,
        status,
        permanence,
        diagnostic: diagnostic
            .filter(|text| !text.is_empty())
            .map(|text| text.chars().filter(|c| !c.is_control()).take(500).collect()),
        original_message_id: None,
        also: Vec::new(),
        format: "rfc3464".to_owned(),
    })
}

/// `rfc822; someone@example.org`, with or without the type, brackets, or RFC 3461 xtext.
fn typed_address(value: &str) -> Option<Address> {
    let address = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let address = address.trim_start_matches('<').trim_end_matches('>');
    address.parse().ok()
}

fn is_status(text: &str) -> bool {
    let mut numbers = text.split('.');
    let class = numbers.next().is_some_and(|class| matches!(class, "2" | "4" | "5"));
    let number = |text: Option<&str>| {
        text.is_some_and(|digits| (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    class && number(numbers.next()) && number(numbers.next()) && numbers.next().is_none()
}

/// A feedback report (RFC 5965 3): whom it was sent to, and nothing of the complaint.
pub(super) fn complaint(bytes: &[u8], message: &Message) -> Bounce {
    let block = groups(bytes).into_iter().next().unwrap_or_default();
    let fields = Headers::of(block);
    Bounce {
        kind: BounceKind::Complaint,
        recipient: fields.first("Original-Rcpt-To").and_then(|field| typed_address(&field.unfolded())),
        status: None,
        permanence: Permanence::Unknown,
        diagnostic: fields.first("Feedback-Type").map(|field| field.unfolded().chars().take(100).collect()),
        original_message_id: original_id(message, ""),
        also: Vec::new(),
        format: "arf".to_owned(),
    }
}
