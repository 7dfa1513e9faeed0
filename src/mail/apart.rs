//! Free text outside the subject and the parts: in header fields, in the names beside addresses, around the parts.
//!
//! Most of a header is written by machines. What a person puts there goes out with the post, and no rule reads it. Promises: fields that programs
//! write as they please are passed over only while no sentence stands in them. Cannot fail.

use super::{
    Message, decoded,
    headers::Field,
    reply::beside::joined::{is_name, is_of_sentences, joined},
    wording::pattern,
};

/// Where a person's words stand apart from what rules read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apart {
    /// In a header field of that name.
    Field(String),
    /// Around the parts of a multipart.
    Parts,
}

/// Fields whose words machines write, many of them.
const MACHINES: [&str; 39] = [
    "received",
    "authentication-results",
    "arc-",
    "dkim-",
    "domainkey-",
    "received-spf",
    "x-spam-",
    "x-virus",
    "x-amavis",
    "x-ms-",
    "x-microsoft-",
    "x-exchange-",
    "x-forefront-",
    "x-originator",
    "x-proofpoint-",
    "x-barracuda-",
    "x-ironport-",
    "x-mimecast-",
    "x-google-",
    "x-gm-",
    "x-received",
    "x-original-auth",
    "x-mailman-",
    "x-me-",
    "x-ses-",
    "x-zm-",
    "x-zoho",
    "x-yahoo-",
    "x-ymail-",
    "x-cm-",
    "x-sg-",
    "x-pm-",
    "x-scanned-by",
    "x-antivirus",
    "x-ui-",
    "ui-outboundreport",
    "x-provags-",
    "x-b4-",
    "autocrypt",
];

/// Fields made of addresses, with the names of their owners.
const ADDRESSES: [&str; 18] = [
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "mail-followup-to",
    "mail-reply-to",
    "return-path",
    "x-original-to",
    "x-original-from",
    "disposition-notification-to",
    "return-receipt-to",
    "errors-to",
    "resent-from",
    "resent-to",
    "resent-cc",
    "resent-sender",
];

// The programs that people write mail with say their names and versions in many words.
pattern!(
    PROGRAM,
    r"(?i)^(?:mozilla/|mutt|neomutt|apple mail|iphone mail|ipad mail|microsoft outlook|microsoft-macoutlook|evolution|k-?mail|gnus/|emacs|claws mail|sylpheed|alpine|roundcube|squirrelmail|horde|internet messaging|imp/|git-send-email|b4 |stgit|quilt|s-nail|mailx|heirloom|nmh|exmh|notmuch|aerc|mu4e|meli|the bat|eudora|lotus notes|ibm notes|hcl|zimbra|yahoo|aol|webmail|foxmail|betterbird|trojita|geary|k-9 mail|fairemail|cyrus|open-xchange|sogo|rainloop|messagingengine|wl/|vm )"
);

// What servers write into every mail, word for word: whatever else stands in such a field is read.
pattern!(
    SERVERS,
    r"(?i-u)^(?:this header was added to track abuse, please include it with any abuse report|(?:primary hostname|original domain|originator/caller uid/gid|sender address domain) - [A-Za-z0-9_.\[\]/-]+(?: / \[?[0-9 ]+\]?)?(?: \[[0-9 ]+\])?",
    r"|please report abuse (?:here|to):? [!-~]+|(?:sender ip whitelisted|default is to whitelist mail|delayed for [0-9:]+|recipient e-?mail whitelisted), not delayed by milter-greylist-[0-9.]+ \([A-Za-z0-9.-]+ \[[0-9A-Fa-f.:]+\]\)(?:; [A-Za-z]{3}, [0-9]+ [A-Za-z]{3} [0-9]{4} [0-9:]+ [+-][0-9]{4} \([A-Z]+\))?",
    r"|found to be clean|please contact (?:the isp|your isp|your isp or system administrator|your system administrator) for more information|produced by microsoft mimeole(?: v[0-9.]+)?|gnu terry pratchett|no \(posting not allowed on this list\))$"
);

/// The first place where free text stands.
pub fn apart(message: &Message) -> Option<Apart> {
    if !message.around.is_empty() {
        return Some(Apart::Parts);
    }
    let headers = message.headers();
    // Outlook repeats the subject there, which the rules read.
    let subject = message.subject.trim().to_lowercase();
    let repeats = |field: &Field<'_>| {
        let value = plain(field).trim().to_lowercase();
        field.is("Thread-Topic") && !value.is_empty() && subject.ends_with(&value)
    };
    let speaks = headers.fields().find(|field| !repeats(field) && speaks(field));
    speaks.map(|field| Apart::Field(field.name.chars().filter(|c| c.is_ascii_graphic()).take(40).collect()))
}

fn plain(field: &Field<'_>) -> String {
    let value = field.unfolded();
    if value.contains("=?") { decoded(&value) } else { value }
}

fn speaks(field: &Field<'_>) -> bool {
    let name = field.name.to_ascii_lowercase();
    // The rules read it.
    if name == "subject" {
        return false;
    }
    let value = plain(field);
    let strict = ["comments", "keywords", "summary", "abstract", "x-comment", "x-comments", "x-note"].contains(&name.as_str());
    let machine = MACHINES.iter().any(|machine| name.starts_with(machine));
    match name.as_str() {
        _ if SERVERS.is_match(value.trim()) => false,
        _ if strict => value.chars().any(char::is_alphabetic),
        "organization" | "organisation" | "x-organization" => !is_name(&value),
        "user-agent" | "x-mailer" | "x-newsreader" => !PROGRAM.is_match(&value) && is_text(&value) || has_sentence(&value),
        name if ADDRESSES.contains(&name) => names(&value).any(|owner| !is_name(&owner)),
        // A place where fixes are seen is no page of a list.
        "list-id" => has_sentence(&value),
        name if name.starts_with("list-") => words(&value).count() > 2 && is_text(&value) || has_sentence(&value),
        _ if machine => has_sentence(&value) && !name.starts_with("x-spam-"),
        _ => is_text(&value) || has_sentence(&value) || value.split_whitespace().any(|word| word.len() < 120 && is_hidden(word)),
    }
}

/// What stands beside the addresses: names, and remarks in brackets.
fn names(value: &str) -> impl Iterator<Item = String> {
    let mut owners = Vec::new();
    let mut owner = String::new();
    let (mut quoted, mut address) = (false, false);
    for c in value.chars() {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => address = true,
            '>' if !quoted => address = false,
            ',' | ';' if !quoted && !address => owners.push(std::mem::take(&mut owner)),
            '(' | ')' | '\\' => owner.push(' '),
            c if !address => owner.push(c),
            _ => {}
        }
    }
    owners.push(owner);
    // An address without a name.
    owners.into_iter().map(|owner| owner.split_whitespace().filter(|word| !word.contains('@')).collect::<Vec<_>>().join(" "))
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split_whitespace().filter(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'')
    })
}

/// Three words of letters, more than a value of a field has. What a machine wrote has marks between its words, and a date has its names.
fn is_text(value: &str) -> bool {
    let mut run = 0;
    value.split_whitespace().any(|token| {
        let word = token.trim_matches(|c: char| "()\"'.,!?".contains(c));
        let plain = word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'') && !is_of_date(word);
        run = if plain { run + 1 } else { 0 };
        run > 2
    })
}

fn is_of_date(word: &str) -> bool {
    [
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
        "Sun",
        "Standard",
        "Summer",
        "Daylight",
        "Time",
        "European",
        "Central",
        "Coordinated",
        "Universal",
    ]
    .contains(&word)
}

/// A word that only a sentence has, among others.
fn has_sentence(value: &str) -> bool {
    let spoken = |word: &str| is_of_sentences(word.trim_matches(|c: char| !c.is_alphanumeric()));
    words(value).count() > 2 && value.split_whitespace().any(|word| spoken(word) && !word.eq_ignore_ascii_case("the"))
}

fn is_hidden(word: &str) -> bool {
    !word.contains(['@', '=']) && joined(word).is_some_and(|words| words.iter().any(|word| is_of_sentences(word)))
}
