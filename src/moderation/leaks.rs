//! Things in a post that must not be distributed by a rule alone: links to public fixes, credentials, numbers in clear, odd attachments.

use std::sync::LazyLock;

use crate::{
    disclosure::{AdvisoryNumber, Project},
    mail::{Message, Part},
    rules::{Pattern, Sought},
};

use super::Thread;

/// Public forges, code browsers, review systems and trackers, and the shapes their links to changes have.
static PUBLIC_FIX: LazyLock<Option<Sought>> = LazyLock::new(|| {
    Sought::compile(
        r"(?ix)
        https?://[^\s<>]*
        (?: /commit(?:diff)?/ | /-/commit/ | /commits/ | [?;&]a=commit(?:diff)? | /pull/\d | /merge_requests/\d | /c/[^\s<>]*/\+/\d | /patch/\?id= | /commit/\?
          | /compare/ | /releases?/(?:tag|download) | \.(?:patch|diff)\b )
        | https?://(?:[\w.-]+\.)?(?: github\.com | githubusercontent\.com | gitlab\.[a-z.]+ | bitbucket\.org | codeberg\.org | sr\.ht | gerrit[\w.-]* | pastebin\.com
          | paste\.[\w.-]+ | gist\.[\w.-]+ | git\.kernel\.org | lore\.kernel\.org | patchwork\.[\w.-]+ | dl\.fedoraproject\.org | launchpad\.net | build\.opensuse\.org
          | download\.[\w.-]+ | packages\.[\w.-]+ | ftp\.[\w.-]+ | mirrors?\.[\w.-]+ | docker\.io | hub\.docker\.com ) (?: [/\s>] | $ )
        | \bftp://",
    )
    .ok()
});

/// `https://user:secret@host`, `password: ...`, keys and tokens.
static CREDENTIAL: LazyLock<Option<Sought>> = LazyLock::new(|| {
    Sought::compile(
        r"(?ix)
        \b[a-z][a-z0-9+.-]*://[^\s/@:<>]+:[^\s/@<>]+@
        | \b(?:pass(?:word|wd|phrase)?|pwd|secret|api[\ _-]?key|access[\ _-]?(?:key|token)|auth[\ _-]?token|credentials?)\s*[:=]\s*\S
        | \b(?:password|passphrase|pwd|secret|key|token)\s+(?:is|are|to\ use\ is)\s+\S*[0-9!@\#$%&*]\S*
        | \btoken\s*[:=]\s*[A-Za-z0-9_-]{8}
        | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----
        | \bAKIA[0-9A-Z]{16}\b | \bgh[pousr]_[A-Za-z0-9]{36}\b
        | [?&](?:token|sig|signature|key|auth|x-amz-signature)=[A-Za-z0-9%_-]{8}",
    )
    .ok()
});

static CVE: LazyLock<Option<Pattern>> = LazyLock::new(|| Pattern::compile(r"(?i)\bCVE[-‐– ]?\d{4}[-‐– ]?\d{4,7}\b").ok());

/// `Re:` after any list's `[tag]`, also as other languages' programs write it.
static ANSWER: LazyLock<Option<Pattern>> =
    LazyLock::new(|| Pattern::compile(r"(?i)^\s*(?:\[[^\]]{1,40}\]\s*)*(?:re|aw|antw|sv|vs|odp|rif)\s*(?:\[\d+\])?:").ok());

fn found(pattern: &LazyLock<Option<Pattern>>, text: &str) -> bool {
    // A pattern that failed to compile holds everything; a test compiles them all.
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

/// The same in a text that may be long.
fn sought(pattern: &LazyLock<Option<Sought>>, text: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

pub(super) fn public_fix(text: &str) -> bool {
    text.contains("://") && sought(&PUBLIC_FIX, text)
}

pub(super) fn credential(text: &str) -> bool {
    sought(&CREDENTIAL, text)
}

/// A CVE number in a Subject that the poster wrote. The one of an answer within a live thread is inherited: the team's own advisory or an
/// approved post already carried it.
pub(super) fn cve_of_the_posters_own(message: &Message, thread: Thread) -> bool {
    let subject = message.subject.as_str();
    let answer = found(&ANSWER, subject);
    let inherited = answer && message.answers().next().is_some() && thread != Thread::Unknown;
    found(&CVE, subject) && !inherited
}

/// The advisory numbers in a text: `XSA-484`, `XSA 484`, `xsa484-4.17.patch`.
pub(super) fn advisories(text: &str, project: &Project) -> Vec<AdvisoryNumber> {
    let prefix = project.advisory_prefix.to_ascii_lowercase();
    let lower = text.to_ascii_lowercase();
    let mut numbers = Vec::new();
    for (at, _) in lower.match_indices(&prefix) {
        let before = lower.get(..at).and_then(|before| before.chars().next_back());
        let rest = lower.get(at + prefix.len()..).unwrap_or_default();
        let rest = rest.strip_prefix(['-', ' ']).unwrap_or(rest);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if !before.is_some_and(char::is_alphanumeric)
            && let Ok(number) = digits.parse()
        {
            numbers.push(number);
        }
    }
    numbers
}

/// Patches and plain text: what members may read without opening anything else.
pub(super) fn patch_or_text(part: &Part) -> bool {
    let name = part.name.as_deref().unwrap_or_default().to_ascii_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let plain = |ending: &str| ["patch", "diff", "txt", "meta", "log", "asc", "sig"].contains(&ending);
    let kind = part.content_type.as_str();
    let text = kind.starts_with("text/")
        && !["text/html", "text/calendar", "text/rtf", "text/enriched", "text/x-vcard", "text/vcard"].contains(&kind);
    let signature =
        kind == "application/pgp-signature" || kind == "application/pkcs7-signature" || kind == "application/x-pkcs7-signature";
    match ending {
        Some(ending) if plain(ending) => {
            text || signature || kind == "application/octet-stream" || kind.ends_with("-patch") || kind.ends_with("-diff")
        }
        Some(_) => signature || (text && kind != "text/javascript"),
        None => text || signature,
    }
}
