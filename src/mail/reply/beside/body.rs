//! The text of a message beside its own words: every line of it is own, a quote of what the message answers, or a piece.

use std::collections::BTreeSet;

use super::{
    super::{MAX_TEXT, RemovedKind, ends, inserts, lines, lines::Line, quotes},
    Answers, BesideKind, Gathered, armour, joined, logs, patch,
};
use crate::mail::{Flow, wording::pattern};

/// Reads it.
pub(super) fn read(text: &str, flow: Flow, answers: Answers, out: &mut Gathered) {
    let shortened = lines::without_endless_words(text, MAX_TEXT);
    let (text, beyond) = lines::head(&shortened, MAX_TEXT);
    let mut all = lines::read(text, flow);
    quotes::mark(&mut all);
    inserts::mark(&mut all);
    let mut at = 0;
    let mut answered = None;
    let mut attributed = false;
    let mut below_asked = Below::Open;
    while let Some(line) = all.get(at) {
        let kind = line.kind;
        let length = all.iter().skip(at).take_while(|line| line.kind == kind).count();
        let run = all.get(at..at + length).unwrap_or_default();
        let below = all.get(at + length..).unwrap_or_default();
        match kind {
            Some(RemovedKind::Patch) => patch::read(&texts(run), out),
            Some(RemovedKind::Log) => run.iter().for_each(|line| logs::line(&line.text, out)),
            Some(RemovedKind::Signature) => {
                signatures(&texts(run), out);
                // Programs put what is answered below the signature.
                attributed = true;
            }
            Some(RemovedKind::Armour) => armour::read(&texts(run), out),
            Some(RemovedKind::Disclaimer | RemovedKind::Banner | RemovedKind::ListFooter) => notice(&texts(run), out),
            Some(RemovedKind::Attribution) => {
                attributed |= attribution(&texts(run), out);
            }
            Some(RemovedKind::Appended) => appended(&texts(run), answers, out),
            Some(RemovedKind::Quote) => {
                quote(run, attributed, answered_below(below), out);
                answered = Some(run);
            }
            Some(RemovedKind::TooLong) => out.unread(),
            None => answer(run, answered.take(), below, &mut below_asked, out),
        }
        out.end();
        at += length;
    }
    if !beyond.is_empty() {
        out.unread();
    }
}

fn texts<'l>(lines: &'l [Line<'_>]) -> Vec<&'l str> {
    lines.iter().map(|line| &*line.text).collect()
}

/// Whether own words stand right below.
fn answered_below(below: &[Line<'_>]) -> bool {
    below.iter().find(|line| !line.is_blank()).is_some_and(|line| line.is_own())
}

// What programs put between the names and the dates, in the languages seen.
pattern!(
    OF_ATTRIBUTIONS,
    r"(?i)^(?:on|at|in|wrote|writes|sent|by|via|for|a|message|dated|am|um|schrieb|schreibt|le|à|écrit|el|las?|los|escribi[óo]|em|de|às|escreveu|il|giorno|alle|ore|ha|scritto|op|schreef|den|kl|klo|skrev|kirjoitti|odesílatel|napsala?|napisał|dem|dne|dnia|gmt|utc|am|pm|via|quoting|security|team|response|list|discuss|issues|members|xen|the|you|of|uhr|begin|said)$"
);

/// What stands above a quote: a name, an address and a date, or whatever somebody put there. Whether it is the first.
fn attribution(lines: &[&str], out: &mut Gathered) -> bool {
    let text = lines.join(" ");
    let plain = is_attribution(&text);
    if !plain {
        out.piece(BesideKind::Frame, &text);
    }
    plain
}

fn is_attribution(text: &str) -> bool {
    let mut capitals = 0;
    let plain = text.split_whitespace().all(|token| {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric());
        let addressed = token.contains('@') && joined::joined(word).is_none();
        if word.is_empty() || addressed || OF_ATTRIBUTIONS.is_match(word) || word.chars().any(|c| c.is_ascii_digit()) {
            return !word.chars().any(|c| c.is_ascii_digit()) || word.len() < 40 && joined::joined(word).is_none();
        }
        // Days and months are three letters or have a capital; what follows is the name.
        capitals += 1;
        (word.starts_with(char::is_uppercase) || !word.is_ascii()) && !joined::is_small(word)
    });
    plain && capitals < 10
}

// Who forwards shows what was not written to the list.
pattern!(
    FORWARDED,
    r"(?i)forward|weitergeleitet|transféré|reenviado|inoltrat|encaminhad|doorgestuurd|vidarebefordr|videresend|转发|轉寄|転送"
);

/// What the subject is called in the block of fields that programs put above.
const SUBJECTS: [&str; 12] =
    ["subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "ämne", "emne", "temat", "тема", "主题"];

/// An older message below. A program puts there what is answered; anything else is somebody's choice.
fn appended(lines: &[&str], answers: Answers, out: &mut Gathered) {
    let head: Vec<&&str> = lines.iter().filter(|line| !line.trim().is_empty()).take(6).collect();
    let labelled = |line: &str| {
        let (label, subject) = line.trim_matches(['*', '_', ' ', '\t']).split_once([':', '：'])?;
        SUBJECTS
            .contains(&label.trim_matches(['*', '_', ' ']).to_lowercase().as_str())
            .then(|| subject.trim_start_matches('*').to_owned())
    };
    let subject = head.iter().find_map(|line| labelled(line));
    let subject = subject.as_deref();
    let forwarded = head.iter().any(|line| FORWARDED.is_match(line));
    if answers.is_answer() && !forwarded {
        let above = lines.iter().take(4).position(|line| line.trim_end().ends_with(':')).map(|end| end + 1);
        let led = || above.and_then(|end| lines.get(..end)).is_some_and(|head| is_attribution(&head.join(" ")));
        if subject.map_or_else(led, |subject| answers.is_about(subject)) {
            return;
        }
    }
    paragraphs(lines, BesideKind::Frame, out);
}

fn paragraphs(lines: &[&str], kind: BesideKind, out: &mut Gathered) {
    for line in lines {
        if line.trim().is_empty() { out.end() } else { out.line(kind, line) }
    }
    out.end();
}

/// What gateways, lists and lawyers add.
fn notice(lines: &[&str], out: &mut Gathered) {
    for line in lines {
        // Where the list has its pages is no word.
        let words: Vec<&str> =
            line.split_whitespace().filter(|word| !is_contact(word) && word.chars().any(char::is_alphabetic)).collect();
        if words.is_empty() { out.end() } else { out.line(BesideKind::Notice, &words.join(" ")) }
    }
    out.end();
}

/// Quoted lines. Only `>` below an attribution is known to be what the message answers; where nobody is named, an answer must stand right below.
fn quote(run: &[Line<'_>], attributed: bool, answered: bool, out: &mut Gathered) {
    for line in run {
        let text = line.text.trim_start();
        let (depth, rest) = lines::depth(text);
        // Initials of who is quoted.
        let named =
            text.split_once('>').filter(|(name, _)| depth == 0 && name.len() <= 3 && name.chars().all(char::is_uppercase));
        let rest = named.map_or(rest, |(_, rest)| rest.trim_start_matches('>'));
        let left_out = rest.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
        if depth == 0 && ["", "snip", "snipped", "cut", "trimmed", "skipped", "elided"].contains(&left_out.as_str()) {
            continue;
        }
        let trusted = depth > 0 && (attributed || answered);
        if trusted || rest.trim().is_empty() {
            out.end();
        } else {
            out.line(BesideKind::Frame, rest.trim_start_matches(['|', ' ']));
        }
    }
    out.end();
}

pattern!(
    ANSWER,
    r"(?i)^\W*(?:\(?(?:\d{1,3}|[a-h])[.):]\s*)?(?:y+e+[ahps]+|y+u+p+|aye|n+o+p*e*|nah|not (?:yet|really|quite|here|me)|never|none|neither|both|all|s+u+r+e+(?: thing)?|o+k+(?:a+y+|e+y+)?|fine|right|correct|exactly|precisely|indeed|true|false|done|agreed?|ack|nak|nack|\+ ?1|-1|same|so do|so did|me too|us too|likewise|please do|go ahead|go for it|of course|absolutely|definitely|certainly|already|sent|pushed|posted|will do|(?:we|they) (?:can|could|may|should|must|do|did|are|will|have)|(?:you|i|it|that|this|one|he|she|members?) (?:can|could|may|should|must|might|do|did|does|will|would|have|has|is|was)(?: not|n't)?[.,;!]|works for|probably|maybe|perhaps|mostly|partly|half|affirmative|negative|positive|confirmed|spot on|by all means|no way|not at all|in principle|i (?:do|did|am|was|would|think|guess|believe|suppose)\b|one|two|three|four|five|several|many|some|few|everyone|nobody|everything|nothing|always|sometimes|ja|nein|oui|non|si|sí|seen|observed|(?:i|we) (?:see|saw|have|had|can|could|will|know|hear|heard)\b)(?:\b|$)|^\s*\+1|^\W*(?:about |over |roughly |~ ?)?\d[\d.,/]*(?:[\s%;:]|$)"
);

// One answer of several.
pattern!(LISTED, r"^\W*(?:\d{1,3}|[a-h])[.):]\s");

// What somebody will do himself he says in his own words; what "do it" stands for stands in the question.
pattern!(
    OWN_PLAN,
    r"(?i)^\W*(?:yes|yep|sure|ok|okay)[,.;!]? (?:I['\u{2019}]ll|I will|I can|let me) (?:[a-ce-z]|d[a-np-z])[a-z]+ (?:[^\s.]+ ){2,}"
);

/// Whether the questions below all words were read: once is enough.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Open,
    Read,
}

/// An answer so short that it says nothing without its question.
const SHORT: usize = 2;

/// The questions that own words answer: what is quoted right above them; or below, when they begin with a yes and nothing is above.
fn answer(run: &[Line<'_>], above: Option<&[Line<'_>]>, below: &[Line<'_>], below_asked: &mut Below, out: &mut Gathered) {
    let begins = |own: &str| ANSWER.is_match(own) && !OWN_PLAN.is_match(own);
    let paragraphs = || run.split(|line| line.is_blank()).filter(|lines| !lines.is_empty());
    let Some(first) = paragraphs().next() else { return };
    let words = |lines: &[Line<'_>]| lines.iter().flat_map(|line| line.text.split_whitespace()).take(SHORT + 1).count();
    // Several questions have their answers one below the other.
    let listed = first.iter().any(|line| LISTED.is_match(&line.text) && begins(&line.text));
    let answers = listed
        || paragraphs().enumerate().any(|(number, lines)| {
            lines.first().is_some_and(|line| begins(&line.text)) && (number == 0 || words(lines) <= SHORT)
        });
    let Some(quoted) = above else {
        if *below_asked == Below::Open && first.first().is_some_and(|line| begins(&line.text)) {
            *below_asked = Below::Read;
            let quoted = |line: &&Line<'_>| matches!(line.kind, Some(RemovedKind::Quote | RemovedKind::Appended));
            let text: Vec<&str> = below.iter().filter(quoted).map(|line| unquoted(&line.text)).collect();
            questions(&text, out);
        }
        return;
    };
    let asked = last_paragraph(quoted).into_iter().rev().collect::<Vec<_>>().join(" ");
    let asks = asked.contains('?');
    if !(answers || asks && words(first) <= SHORT) {
        return;
    }
    // Below a greeting or a name the question stands further up. Who asks is who is answered, not whom he quotes.
    let depth = |line: &Line<'_>| lines::depth(line.text.trim_start()).0;
    let deep = quoted.iter().rev().find(|line| !unquoted(&line.text).is_empty()).map(depth);
    let of_asker = quoted.iter().filter(|line| Some(depth(line)) == deep);
    let lines: Vec<&str> = of_asker.map(|line| unquoted(&line.text)).filter(|line| !is_code(line)).collect();
    if !asks || asked.matches('?').count() > 1 {
        questions(&lines, out);
    }
    // What leads up to a question was said before.
    let question = asked.trim_end_matches([')', '"', '\'', '*', '_', ' ']);
    let sentence = question.strip_suffix('?').and_then(|rest| rest.rfind(". ")).and_then(|end| asked.get(end + 2..));
    out.piece(BesideKind::Question, sentence.unwrap_or(&asked));
}

/// Each sentence that asks.
fn questions(lines: &[&str], out: &mut Gathered) {
    let mut open = String::new();
    let mut said = BTreeSet::new();
    for line in lines.iter().chain([&""]) {
        for part in line.split_inclusive(['?', '.', '!']) {
            open.push_str(part);
            if part.ends_with('?') {
                let question = open.trim().to_owned();
                if said.insert(question.clone()) {
                    out.piece(BesideKind::Question, &question);
                }
            }
            if part.ends_with(['?', '!']) || part.ends_with('.') && !part.ends_with("..") {
                open.clear();
            }
        }
        if line.is_empty() {
            open.clear();
        } else {
            open.push(' ');
        }
    }
}

fn is_code(line: &str) -> bool {
    line.starts_with(['+', '@']) || line.starts_with("--- ") || line.starts_with("diff ")
}

/// The lines of the last paragraph of a quote, from the bottom. Lines of a quoted patch are none.
fn last_paragraph<'l>(quoted: &'l [Line<'_>]) -> Vec<&'l str> {
    let mut lines: Vec<&str> = Vec::new();
    for line in quoted.iter().rev() {
        let line = unquoted(&line.text);
        match line.is_empty() {
            true if lines.is_empty() => {}
            true => break,
            false if is_code(line) => {}
            false => lines.push(line),
        }
    }
    lines
}

/// A quoted line without its marks.
fn unquoted(line: &str) -> &str {
    let line = line.trim();
    let (_, rest) = lines::depth(line);
    rest.trim_start_matches(['|', '>']).trim()
}

/// A signature, and the disclaimers in it.
fn signatures(lines: &[&str], out: &mut Gathered) {
    // Looks at the rest of a paragraph; what is not tried stays a signature, which is read more strictly.
    const TRIES: usize = 8;
    let (mut legal, mut tries) = (false, 0);
    for (at, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            (legal, tries) = (false, 0);
        } else if !legal && tries < TRIES && ends::is_boilerplate(line) {
            tries += 1;
            let rest: Vec<&str> = lines.iter().skip(at).copied().take_while(|line| !line.trim().is_empty()).collect();
            legal = ends::is_disclaimer(&rest.join(" "));
        }
        if legal {
            notice(&[line], out);
        } else {
            signature(line, out);
        }
    }
}

pattern!(ADDRESS, r"^\W*(?:mailto:)?[\w.+-]{1,40}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\W*$");

/// What is no word: an address, a site, a number.
fn is_contact(word: &str) -> bool {
    let site = || {
        let (link, path) = word.split_once("://").map_or((word.starts_with("www."), word), |(_, rest)| (true, rest));
        link && path.trim_end_matches('/').matches('/').count() == 0
    };
    let key = || word.chars().any(|c| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    !word.chars().any(char::is_alphabetic) || (ADDRESS.is_match(word) || site() || key()) && (joined::joined(word).is_none())
}

/// A line of a signature without what is no word.
fn signature(line: &str, out: &mut Gathered) {
    let words: Vec<&str> = line.split_whitespace().filter(|word| !is_contact(word)).collect();
    out.piece(BesideKind::Signature, &words.join(" "));
}
