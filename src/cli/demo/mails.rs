//! The mails of the story, as the programs of their writers hand them over.
//!
//! A reply is made as a person makes it: from the notice that arrived, to its Reply-To, with the words on top and the quote below.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::mail::{Address, Digest, Message};

const REPORT: &str = include_str!("mails/report.txt");
const ADVISORY: &str = include_str!("mails/advisory.txt");
const PATCH: &str = include_str!("mails/xsa999.patch");
const TECHNICAL: &str = include_str!("mails/technical.txt");
const BACKPORT: &str = include_str!("mails/backport.patch");
const POLICY: &str = include_str!("mails/policy.txt");
const AMBIGUOUS: &str = include_str!("mails/ambiguous.txt");
const FORGED_POST: &str = include_str!("mails/forged-post.txt");
const OUT_OF_OFFICE: &str = include_str!("mails/out-of-office.txt");
const APPLICATION: &str = include_str!("mails/application.txt");

/// Somebody who writes.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    /// The name in the From line.
    pub(super) name: String,
    /// The address in the From line.
    pub(super) address: Address,
}

/// A mail before any mail server has seen it. CRLF line ends.
#[derive(Clone)]
pub(super) struct Mail {
    /// Envelope sender; `None` is the null reverse-path.
    pub(super) reverse_path: Option<Address>,
    /// Envelope recipient.
    pub(super) recipient: Address,
    /// The author, as the From line says.
    pub(super) from: Address,
    /// Header fields, each with its line end.
    pub(super) header: String,
    /// Everything after the empty line.
    pub(super) body: String,
}

/// What the header fields of a mail need besides its text.
pub(super) struct Heading<'a> {
    /// Who writes.
    pub(super) from: &'a Writer,
    /// To whom, in the envelope and in the To line.
    pub(super) to: &'a Address,
    /// The Subject.
    pub(super) subject: &'a str,
    /// The left side of the Message-ID.
    pub(super) id: &'a str,
    /// When.
    pub(super) at: Timestamp,
}

impl Mail {
    fn of(heading: &Heading<'_>, more: &str, content_type: &str, body: &str) -> Self {
        let Heading { from, to, subject, id, at } = heading;
        let header = format!(
            "From: {} <{}>\nTo: {to}\nSubject: {subject}\nDate: {}\nMessage-ID: <{id}@{}>\nMIME-Version: 1.0\nContent-Type: {content_type}\n{more}",
            from.name,
            from.address,
            date(*at),
            from.address.domain(),
        );
        Self {
            reverse_path: Some(from.address.clone()),
            recipient: (*to).clone(),
            from: from.address.clone(),
            header: crlf(&header),
            body: crlf(body),
        }
    }

    fn plain(heading: &Heading<'_>, more: &str, text: &str) -> Self {
        Self::of(heading, more, "text/plain; charset=utf-8", text)
    }

    fn with_patch(heading: &Heading<'_>, more: &str, text: &str, patch: (&str, &str)) -> Self {
        let (name, content) = patch;
        let encoded = data_encoding::BASE64_MIME.encode(content.as_bytes()).replace("\r\n", "\n");
        let body = format!(
            "--=_demo\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--=_demo\nContent-Type: text/x-patch; name=\"{name}\"\n\
             Content-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{encoded}\n--=_demo--\n"
        );
        Self::of(heading, more, "multipart/mixed; boundary=\"=_demo\"", &body)
    }
}

/// A discoverer's report.
pub(super) fn report(heading: &Heading<'_>) -> Mail {
    Mail::plain(heading, "", REPORT)
}

/// The team's advisory for the members, embargoed until noon (UTC) two weeks from now.
pub(super) fn advisory(heading: &Heading<'_>) -> Mail {
    let day = heading.at.saturating_add(SignedDuration::from_hours(14 * 24)).unwrap_or(heading.at).to_zoned(TimeZone::UTC).date();
    let text =
        ADVISORY.replace("{until}", &format!("{day} 12:00 UTC")).replace("{digest}", &Digest::of(PATCH.as_bytes()).to_string());
    Mail::with_patch(heading, "", &text, ("xsa999.patch", PATCH))
}

/// A member's backport, in the thread of the advisory.
pub(super) fn technical(heading: &Heading<'_>, thread: &Message) -> Mail {
    Mail::with_patch(heading, &answering(thread), TECHNICAL, ("xsa999-4.17.patch", BACKPORT))
}

/// A member's wish about the embargo.
pub(super) fn policy(heading: &Heading<'_>) -> Mail {
    Mail::plain(heading, "", POLICY)
}

/// A member's few words, of which no rule can be sure.
pub(super) fn ambiguous(heading: &Heading<'_>, thread: &Message) -> Mail {
    Mail::plain(heading, &answering(thread), AMBIGUOUS)
}

/// What somebody writes who says to be a member.
pub(super) fn forged_post(heading: &Heading<'_>, thread: &Message) -> Mail {
    Mail::plain(heading, &answering(thread), FORGED_POST)
}

/// An organisation that wants to be a member, as the public list passes it on.
pub(super) fn application(heading: &Heading<'_>, list_id: &str) -> Mail {
    Mail::plain(heading, &format!("List-Id: <{list_id}>\nPrecedence: list\n"), APPLICATION)
}

/// A person's reply to a notice: the words on the first line, the quote below.
pub(super) fn reply(from: &Writer, notice: &Message, words: &str, id: &str, at: Timestamp) -> Option<Mail> {
    let to = &notice.reply_to.first()?.address;
    let subject = format!("Re: {}", notice.subject);
    let quote: String = notice.text.lines().map(|line| format!("> {line}\n")).collect();
    let author = notice.from.first().map(|mailbox| mailbox.address.to_string()).unwrap_or_default();
    let text = format!("{words}\n\nOn {}, {author} wrote:\n{quote}", date(notice.date.unwrap_or(at)));
    Some(Mail::plain(&Heading { from, to, subject: &subject, id, at }, &answering(notice), &text))
}

/// What the vacation program of a moderator answers to a notice (RFC 3834): it carries the token, and even the word.
pub(super) fn out_of_office(from: &Writer, notice: &Message, id: &str, at: Timestamp) -> Option<Mail> {
    let to = &notice.reply_to.first()?.address;
    let subject = format!("Out of office: {}", notice.subject);
    let more = format!("Auto-Submitted: auto-replied\n{}", answering(notice));
    Some(Mail::plain(&Heading { from, to, subject: &subject, id, at }, &more, OUT_OF_OFFICE))
}

/// A mail server's report that a mail could not be delivered (RFC 3464), to the return path of that mail.
pub(super) fn bounce(from: &Writer, to: &Address, recipient: &str, failed: &Message, at: Timestamp) -> Mail {
    let original = failed.message_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let body = format!(
        "--=_demo\nContent-Type: text/plain; charset=us-ascii\n\nThis is the mail system. Your message could not be delivered:\n\n\
         <{recipient}>: host mx.{domain} said: 550 5.1.1 User unknown\n\
         --=_demo\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.{domain}\n\nFinal-Recipient: rfc822; {recipient}\n\
         Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\
         --=_demo\nContent-Type: text/rfc822-headers\n\nMessage-ID: {original}\n--=_demo--\n",
        domain = from.address.domain(),
    );
    let heading = Heading { from, to, subject: "Undelivered Mail Returned to Sender", id: "bounce-1", at };
    let content_type = "multipart/report; report-type=delivery-status; boundary=\"=_demo\"";
    let mut mail = Mail::of(&heading, "Auto-Submitted: auto-replied\n", content_type, &body);
    mail.reverse_path = None;
    mail
}

fn answering(message: &Message) -> String {
    message.message_id.as_ref().map(|id| format!("In-Reply-To: {id}\nReferences: {id}\n")).unwrap_or_default()
}

/// RFC 5322 3.3.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}
