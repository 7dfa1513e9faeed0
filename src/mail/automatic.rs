//! Mail that no person wrote just now: auto-replies, vacation notices, mailers, bulk (RFC 3834, RFC 5230, and what came before them).
//!
//! Promises: looks at header fields only, plus the words of a subject where a second, weaker sign supports them; the text is read only to tell
//! what kind of automatic answer one is. Over-eager recognition
//! eats real mail, so `X-Auto-Response-Suppress` alone is no sign: Exchange users set it on what they write themselves
//! (<https://github.com/osTicket/osTicket/issues/726>). Cannot fail.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use regex::Regex;

use super::{Address, Message, headers::Headers, wording::constant};

/// The sign by which a message was found to be automatic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutomaticMark {
    /// The header field that shows it.
    pub field: String,
    /// What stands in that field, shortened to 200 characters.
    pub text: String,
    /// What kind of automaton it was.
    pub kind: AutomaticKind,
}

/// What kind of automaton writes such mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutomaticKind {
    /// An answer nobody wrote (RFC 3834 `auto-replied`), a read receipt (RFC 8098) included.
    AutoReply,
    /// An absence notice.
    Vacation,
    /// "Prove that you are human".
    ChallengeResponse,
    /// A mail system speaking: MAILER-DAEMON, or the null reverse path.
    Mailer,
    /// Written by a program on its own account (RFC 3834 `auto-generated`): trackers, cron, monitoring. A report may well come this way.
    Generated,
    /// Sent to many: `Precedence: bulk` or `junk`, or a newsletter's `List-Unsubscribe` or `Feedback-ID`.
    Bulk,
    /// Distributed by a list (RFC 2369, RFC 2919). A person wrote it: whoever looks for automata decides whether that counts.
    ListMail,
}

/// Finds the clearest sign, if any: what answers by itself before what merely was sent to many.
pub fn automatic(message: &Message) -> Option<AutomaticMark> {
    message.automatic().cloned()
}

pub(super) fn look(message: &Message) -> Option<AutomaticMark> {
    let headers = message.headers();
    let subject = SubjectSign::of(&message.subject);
    declared(&headers, subject)
        .or_else(|| receipt(&headers))
        .or_else(|| responder_field(&headers))
        .or_else(|| mailer(&headers, subject))
        .map(|mark| asks_for_proof(mark, message, &headers))
        .or_else(|| spoken(message, &headers, subject))
        .or_else(|| sent_to_many(&headers))
}

/// What the subject alone would say. Never enough by itself: "Out of office" may be what the mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SubjectSign {
    None,
    Vacation,
    Challenge,
}

// Prefixes that mail programs put before the subject they answer, as their makers translate them (Exchange, Gmail, Apple, Lotus, Zimbra).
static VACATION: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r"(?i)^\s*(?:\[[^\]]{1,40}\]\s*)?(?:re:\s*)?",
        r"(?:auto(?:matic|mated)?[ -]?(?:reply|response|respons?)|automatische? antwo?ort|automatisch antwoord|abwesenheits(?:notiz|assistent|meldung)|",
        r"r[ée]ponse automatique|r[ée]ponse d'absence|absence du bureau|respuesta autom[áa]tica|fuera de la oficina|risposta automatica|fuori sede|",
        r"resposta autom[áa]tica|autoodpowied[źz]|automatikus válasz|răspuns automat|αυτόματη απάντηση|автоматична відповідь|balasan otomatis|رد تلقائي|תשובה אוטומטית|מענה אוטומטי|自動返信|不在通知|自动回复|자동 응답|ausente|automatiskt? svar|autosvar|fr[åa]nvarande|frav[æa]r|automaattinen vastaus|poissa|odpowied[źz] automatyczna|automatyczna odpowied[źz]|",
        r"automatick[áa] odpov[ěe][ďd]|автоматический ответ|автоответ|otomatik yan[ıi]t|自動応答|自动答复|自動回覆|자동 회신|out of (?:the )?office|",
        r"away from (?:the |my )?office|on (?:annual leave|vacation|holiday)|vacation (?:reply|message|notice))\b",
    ))
});

static CHALLENGE: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"(?i)(?:please (?:confirm|verify) (?:your|that you)|(?:confirm|verific)(?:ation)? (?:required|needed)|sender (?:verification|address verification)|\bchallenge[- ]response\b|your (?:e-?mail|message) (?:requires|is awaiting) (?:verification|confirmation))",
    )
});

// What the responders themselves write (Spam Arrest, Earthlink, BoxTrapper, TMDA, Mailblocks).
static PROOF: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r"(?i)(?:(?:list of )?approved senders|senders (?:that )?I (?:have )?approved|complete (?:the|this) verification|verify that you\s+are|real (?:live )?human|human being and not|",
        r"has\s+not\s+been\s+verified|to release your message|prove (?:that )?you are (?:a )?human|one-?time (?:verification|confirmation)|sender verification|white ?list(?:ed)? (?:you|your))",
    ))
});

/// An automatic answer that asks its reader to prove himself, whatever its subject.
fn asks_for_proof(mark: AutomaticMark, message: &Message, headers: &Headers<'_>) -> AutomaticMark {
    let open = matches!(mark.kind, AutomaticKind::AutoReply | AutomaticKind::Mailer) && mailer_field(headers).is_none();
    let start = message.text.get(..message.text.floor_char_boundary(4000)).unwrap_or_default();
    let kind = if open && PROOF.is_match(start) { AutomaticKind::ChallengeResponse } else { mark.kind };
    AutomaticMark { kind, ..mark }
}

impl SubjectSign {
    fn of(subject: &str) -> Self {
        if VACATION.is_match(subject) {
            Self::Vacation
        } else if CHALLENGE.is_match(subject) {
            Self::Challenge
        } else {
            Self::None
        }
    }

    fn kind_or(self, kind: AutomaticKind) -> AutomaticKind {
        match self {
            Self::None => kind,
            Self::Vacation => AutomaticKind::Vacation,
            Self::Challenge => AutomaticKind::ChallengeResponse,
        }
    }
}

/// RFC 3834 5: anything but `no` was not written by a person.
fn declared(headers: &Headers<'_>, subject: SubjectSign) -> Option<AutomaticMark> {
    let (value, keyword) = headers
        .all("Auto-Submitted")
        .map(|field| {
            let value = field.unfolded();
            let keyword = value.split([';', '(', ' ']).next().unwrap_or_default().to_ascii_lowercase();
            (value, keyword)
        })
        .find(|(_, keyword)| !keyword.is_empty() && keyword != "no")?;
    let kind = match keyword.as_str() {
        // Some responders say "generated" for what they reply.
        "auto-generated" | "auto-notified" => subject.kind_or(AutomaticKind::Generated),
        _ if value.to_ascii_lowercase().contains("vacation") => AutomaticKind::Vacation,
        _ => subject.kind_or(AutomaticKind::AutoReply),
    };
    Some(mark("Auto-Submitted", &value, kind))
}

/// A message disposition notification (RFC 8098): "your mail was displayed".
fn receipt(headers: &Headers<'_>) -> Option<AutomaticMark> {
    let value = headers.first("Content-Type")?.unfolded();
    let lower = value.to_ascii_lowercase();
    (lower.starts_with("multipart/report") && lower.contains("disposition-notification"))
        .then(|| mark("Content-Type", &value, AutomaticKind::AutoReply))
}

/// Fields that responders put in before RFC 3834, and still do. The value does not matter unless it says no.
const RESPONDER_FIELDS: [(&str, AutomaticKind); 16] = [
    ("X-Autoreply", AutomaticKind::AutoReply),
    ("X-Auto-Reply", AutomaticKind::AutoReply),
    ("X-Autorespond", AutomaticKind::AutoReply),
    ("X-Auto-Respond", AutomaticKind::AutoReply),
    ("X-Autoresponder", AutomaticKind::AutoReply),
    ("X-Autogenerated", AutomaticKind::AutoReply),
    ("X-AutoReply-From", AutomaticKind::AutoReply),
    ("X-Auto-Reply-From", AutomaticKind::AutoReply),
    ("X-Mail-Autoreply", AutomaticKind::AutoReply),
    ("X-POST-MessageClass", AutomaticKind::AutoReply),
    ("X-FC-MachineGenerated", AutomaticKind::AutoReply),
    ("X-Vacation", AutomaticKind::Vacation),
    ("X-Facebook-Notify", AutomaticKind::Generated),
    ("Delivered-By-The-Graces-Of", AutomaticKind::Vacation),
    ("X-ARM-Auto-Response", AutomaticKind::AutoReply),
    ("X-Challenge-Response", AutomaticKind::ChallengeResponse),
];

fn responder_field(headers: &Headers<'_>) -> Option<AutomaticMark> {
    for (name, kind) in RESPONDER_FIELDS {
        let said = headers.first(name).map(|field| field.unfolded());
        if let Some(value) = said.filter(|value| !["no", "none", "false", "0"].contains(&value.to_ascii_lowercase().as_str())) {
            return Some(mark(name, &value, kind));
        }
    }
    // iCloud: `X-Apple-Action: VACATION`.
    let apple = headers.first("X-Apple-Action").map(|field| field.unfolded());
    if let Some(value) = apple.filter(|value| value.eq_ignore_ascii_case("VACATION")) {
        return Some(mark("X-Apple-Action", &value, AutomaticKind::Vacation));
    }
    let value = headers
        .all("Precedence")
        .map(|field| field.unfolded())
        .find(|value| is_one_of(value, &["auto_reply", "auto-reply", "autoreply"]))?;
    Some(mark("Precedence", &value, AutomaticKind::AutoReply))
}

/// The null reverse path (RFC 5321 4.5.5) and the names under which mail systems write.
fn mailer(headers: &Headers<'_>, subject: SubjectSign) -> Option<AutomaticMark> {
    let mailer = mailer_field(headers);
    if let Some(path) = headers.first("Return-Path").map(|field| field.unfolded()) {
        if path == "<>" {
            let kind = if mailer.is_some() { AutomaticKind::Mailer } else { subject.kind_or(AutomaticKind::Mailer) };
            return Some(mark("Return-Path", &path, kind));
        }
        if path.trim_start_matches('<').to_ascii_lowercase().starts_with("mailer-daemon") {
            return Some(mark("Return-Path", &path, AutomaticKind::Mailer));
        }
    }
    mailer.map(|from| mark("From", &from, AutomaticKind::Mailer))
}

/// The From field of a mail system. Many write no domain (`From: MAILER-DAEMON (Mail Delivery System)`), which is no address.
pub(super) fn mailer_field(headers: &Headers<'_>) -> Option<String> {
    let from = headers.first("From")?.unfolded();
    let lower = from.to_ascii_lowercase();
    let local = lower.rsplit('<').next().unwrap_or_default().split(['@', ' ', '(', '>']).next().unwrap_or_default();
    (is_mailer_name(local) || lower.starts_with("mailer-daemon")).then_some(from)
}

/// A local part under which only mail systems write. `postmaster` and `root` are people's as well and do not count.
pub(super) fn is_mailer(address: &Address) -> bool {
    is_mailer_name(&address.local().to_ascii_lowercase())
}

fn is_mailer_name(local: &str) -> bool {
    ["mailer-daemon", "mail-daemon", "maildaemon", "mailerdaemon"].contains(&local)
}

/// A subject that says so, together with one weak sign.
fn spoken(message: &Message, headers: &Headers<'_>, subject: SubjectSign) -> Option<AutomaticMark> {
    if subject == SubjectSign::None {
        return None;
    }
    let suppress = headers.first("X-Auto-Response-Suppress").is_some();
    let rules_loop = headers.first("X-MS-Exchange-Inbox-Rules-Loop").is_some()
        || headers.first("X-MS-Exchange-Generated-Message-Source").is_some();
    let bulk = headers.all("Precedence").any(|field| is_one_of(&field.unfolded(), &["bulk", "junk", "list"]));
    let nobody = message.from.iter().any(|mailbox| {
        let local = mailbox.address.local().to_ascii_lowercase();
        ["noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "autoreply", "auto-reply", "vacation"]
            .contains(&local.as_str())
    });
    // A responder answers a message, and does so without a mail program.
    let answers = subject == SubjectSign::Vacation
        && message.answers().next().is_some()
        && headers.first("User-Agent").is_none()
        && headers.first("X-Mailer").is_none()
        && !message.subject.trim_start().to_ascii_lowercase().starts_with("re:");
    (suppress || rules_loop || bulk || nobody || answers)
        .then(|| mark("Subject", &message.subject, subject.kind_or(AutomaticKind::AutoReply)))
}

fn sent_to_many(headers: &Headers<'_>) -> Option<AutomaticMark> {
    // A list's own marks are told apart from bulk: lists say `Precedence: list`, older ones `bulk`, and both carry List-Id or List-Post.
    for name in ["List-Id", "List-Post", "Mailing-List", "X-Mailing-List", "X-BeenThere"] {
        if let Some(field) = headers.first(name) {
            return Some(mark(name, &field.unfolded(), AutomaticKind::ListMail));
        }
    }
    // Newsletters: RFC 8058 one-click unsubscription and Gmail's Feedback-ID, without being a list.
    for name in ["List-Unsubscribe", "Feedback-ID"] {
        if let Some(field) = headers.first(name) {
            return Some(mark(name, &field.unfolded(), AutomaticKind::Bulk));
        }
    }
    let value =
        headers.all("Precedence").map(|field| field.unfolded()).find(|value| is_one_of(value, &["bulk", "junk", "list"]))?;
    let kind = if is_one_of(&value, &["list"]) { AutomaticKind::ListMail } else { AutomaticKind::Bulk };
    Some(mark("Precedence", &value, kind))
}

fn is_one_of(value: &str, words: &[&str]) -> bool {
    words.iter().any(|word| value.trim().eq_ignore_ascii_case(word))
}

fn mark(field: &str, text: &str, kind: AutomaticKind) -> AutomaticMark {
    AutomaticMark { field: field.to_owned(), text: text.chars().take(200).collect(), kind }
}
