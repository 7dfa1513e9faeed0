//! The names of the header fields we write or remove, each in one place. Members and their filters know these names: a
//! change here breaks somebody's mail sorting.

/// RFC 5322 3.6.
pub const DATE: &str = "Date";
/// RFC 5322 3.6.2.
pub const FROM: &str = "From";
/// RFC 5322 3.6.2. Mailman 2 sets it to the list's bounce address; members saw it for 15 years.
pub const SENDER: &str = "Sender";
/// RFC 5322 3.6.2.
pub const REPLY_TO: &str = "Reply-To";
/// RFC 5322 3.6.3.
pub const TO: &str = "To";
/// RFC 5322 3.6.4.
pub const MESSAGE_ID: &str = "Message-ID";
/// RFC 5322 3.6.4.
pub const IN_REPLY_TO: &str = "In-Reply-To";
/// RFC 5322 3.6.4.
pub const REFERENCES: &str = "References";
/// RFC 5322 3.6.5.
pub const SUBJECT: &str = "Subject";
/// RFC 5322 3.6.7.
pub const RECEIVED: &str = "Received";
/// RFC 2045.
pub const MIME_VERSION: &str = "MIME-Version";
/// RFC 2045.
pub const CONTENT_TYPE: &str = "Content-Type";
/// RFC 2045.
pub const CONTENT_TRANSFER_ENCODING: &str = "Content-Transfer-Encoding";
/// RFC 2183.
pub const CONTENT_DISPOSITION: &str = "Content-Disposition";
/// RFC 3834 section 5.
pub const AUTO_SUBMITTED: &str = "Auto-Submitted";
/// Keeps Exchange's automatic answers and out-of-office mails away (MS-OXCMAIL 2.1.3.2.20).
pub const AUTO_RESPONSE_SUPPRESS: &str = "X-Auto-Response-Suppress";
/// Ours: the desk address of the instance that wrote the letter, so that a letter coming back is known.
pub const LOOP: &str = "X-Embargod-Loop";
/// Mailman 2's loop mark; the one field that survives a member's own list, therefore filtered on.
pub const BEEN_THERE: &str = "X-BeenThere";
/// RFC 2919.
pub const LIST_ID: &str = "List-Id";
/// RFC 2369 3.4.
pub const LIST_POST: &str = "List-Post";
/// RFC 2369 3.1.
pub const LIST_HELP: &str = "List-Help";
/// RFC 2369 3.5.
pub const LIST_OWNER: &str = "List-Owner";
/// RFC 2369 3.2.
pub const LIST_UNSUBSCRIBE: &str = "List-Unsubscribe";
/// RFC 2369 3.3.
pub const LIST_SUBSCRIBE: &str = "List-Subscribe";
/// RFC 2076 3.5: obsolete, still written by Mailman 2 and still obeyed by some old systems.
pub const ERRORS_TO: &str = "Errors-To";
/// RFC 2076 3.9; RFC 3834 section 2 lets responders stay silent on `list`.
pub const PRECEDENCE: &str = "Precedence";
/// Ours: until when an advisory is secret, RFC 3339 in UTC.
pub const EMBARGO_UNTIL: &str = "X-Embargo-Until";
/// RFC 6376 3.5.
pub const DKIM_SIGNATURE: &str = "DKIM-Signature";

/// The author's own From, where ours stands in its place.
pub const X_ORIGINAL_FROM: &str = "X-Original-From";

/// What leaves a post before it goes to a list: traces of its way here, requests that would make members' systems report to the poster,
/// and marks of other lists. Compared without case.
///
/// A fixed list on purpose (invariant 1). `Authentication-Results` and `ARC-*` name our hosts and mean nothing past them; `Approved`
/// carries a Mailman password when a moderator falls into old habits.
pub const TRACES: [&str; 21] = [
    RECEIVED,
    "Received-SPF",
    "Return-Path",
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Envelope-From",
    "Bcc",
    "Disposition-Notification-To",
    "Disposition-Notification-Options",
    "Return-Receipt-To",
    "X-Confirm-Reading-To",
    "Authentication-Results",
    "DKIM-Filter",
    "X-Mailman-Approved-At",
    EMBARGO_UNTIL,
    ERRORS_TO,
    LOOP,
    "Approved",
    "X-Approved",
];

/// Beginnings of names that leave a post in the same way.
pub const TRACE_PREFIXES: [&str; 4] = ["List-", "Resent-", "ARC-", "X-Spam"];
