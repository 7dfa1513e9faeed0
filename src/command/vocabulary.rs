//! The words: what each context understands, and what people write instead.

use super::{CommandContext, Problem, case, line::Line};

/// The word a command begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Approve,
    Reject,
    Hold,
    Discard,
    Explain,
    Reroute,
    Withdraw,
    Reply,
    Note,
    Send,
    Cancel,
    LetOut,
    Help,
    Status,
}

const HELD: [Verb; 6] = [Verb::Approve, Verb::Reject, Verb::Hold, Verb::Discard, Verb::Explain, Verb::Reroute];
const CASE: [Verb; 2] = [Verb::Reply, Verb::Note];
const ANYWHERE: [Verb; 2] = [Verb::Help, Verb::Status];
const CONTEXTS: [CommandContext; 5] =
    [CommandContext::Held, CommandContext::Poster, CommandContext::Case, CommandContext::Advisory, CommandContext::Blocked];

/// What people write when they mean one of the words. Answered with a question, never obeyed.
const SYNONYMS: [(Verb, &[&str]); 12] = [
    (
        Verb::LetOut,
        &["letout", "let", "release", "approve", "approved", "send", "ok", "okay", "yes", "override", "pass", "allow"],
    ),
    (
        Verb::Approve,
        &[
            "approved",
            "approving",
            "accept",
            "accepted",
            "ok",
            "okay",
            "yes",
            "lgtm",
            "ack",
            "acked",
            "release",
            "allow",
            "pass",
            "+1",
        ],
    ),
    (Verb::Reject, &["rejected", "rejecting", "deny", "denied", "decline", "declined", "refuse", "nack", "bounce", "-1"]),
    (Verb::Hold, &["held", "holding", "defer", "postpone", "wait", "later", "keep"]),
    (Verb::Discard, &["discarded", "delete", "drop", "spam", "junk", "trash", "ignore"]),
    (Verb::Explain, &["why", "reason", "reasons", "details"]),
    (Verb::Reroute, &["reroute", "forward", "redirect", "move"]),
    (Verb::Withdraw, &["withdrawn", "retract", "recall", "remove", "cancel", "delete", "unsend"]),
    (Verb::Reply, &["answer", "respond", "write"]),
    (Verb::Note, &["comment", "remark", "record"]),
    (
        Verb::Send,
        &["sent", "accept", "approve", "approved", "release", "publish", "go", "ship", "ok", "okay", "yes", "distribute"],
    ),
    (Verb::Cancel, &["cancelled", "canceled", "reject", "stop", "abort", "discard", "no", "withdraw"]),
];

/// A line that begins with one of these takes back or limits what was said before it.
const TURNING: [&str; 16] = [
    "but", "not", "no", "nope", "don't", "dont", "never", "wait", "unless", "except", "if", "only", "however", "actually",
    "stop", "until",
];

impl Verb {
    pub(super) fn word(self) -> &'static str {
        match self {
            Verb::Approve => "approve",
            Verb::Reject => "reject",
            Verb::Hold => "hold",
            Verb::Discard => "discard",
            Verb::Explain => "explain",
            Verb::Reroute => "reroute security",
            Verb::Withdraw => "withdraw",
            Verb::Reply => "reply",
            Verb::Note => "note",
            Verb::Send => "send",
            Verb::Cancel => "cancel",
            Verb::LetOut => "let-out",
            Verb::Help => "help",
            Verb::Status => "status",
        }
    }

    pub(super) fn carries_text(self) -> bool {
        matches!(self, Verb::Reject | Verb::Reply | Verb::Note)
    }

    /// Changes nothing, so a question mark or a second thought does no harm.
    pub(super) fn harmless(self) -> bool {
        matches!(self, Verb::Help | Verb::Status | Verb::Explain)
    }

    /// The verbs of a context, the common ones last.
    pub(super) fn all(context: CommandContext) -> impl Iterator<Item = Verb> {
        let own: &'static [Verb] = match context {
            CommandContext::Held => &HELD,
            CommandContext::Poster => &[Verb::Withdraw],
            CommandContext::Case => &CASE,
            CommandContext::Advisory => &[Verb::Send, Verb::Cancel],
            CommandContext::Blocked => &[Verb::LetOut, Verb::Discard],
            CommandContext::Application | CommandContext::Member => &[],
        };
        own.iter().chain(&ANYWHERE).copied()
    }

    /// The verb that is this whole text.
    pub(super) fn bare(text: &str, context: CommandContext) -> Option<Verb> {
        Self::all(context).find(|verb| verb.word() == text)
    }

    /// The verb that begins with this word.
    pub(super) fn of(word: &str, context: CommandContext) -> Option<Verb> {
        Self::all(context).find(|verb| verb.word().split(' ').next() == Some(word))
    }

    fn meant(word: &str, context: CommandContext) -> Option<Verb> {
        let known = |verb: &Verb| SYNONYMS.iter().any(|(of, words)| of == verb && words.contains(&word));
        Self::all(context).find(known)
    }
}

/// A verb of the context other than `verb` anywhere in the line.
pub(super) fn other_verb(line: &Line, verb: Verb, context: CommandContext) -> Option<Verb> {
    line.words().filter_map(|word| Verb::of(&word, context)).find(|other| *other != verb && !other.harmless())
}

/// Whether the line begins like a second thought.
pub(super) fn turns_round(line: &Line) -> bool {
    let mut words = line.words();
    match words.next().as_deref() {
        Some("do") => words.next().as_deref() == Some("not"),
        Some(first) => TURNING.contains(&first),
        None => false,
    }
}

/// What to answer to a first line that is no command.
pub(super) fn misread(line: &Line, context: CommandContext) -> Problem {
    let words: Vec<String> = line.words().take(200).collect();
    let mut named = words.iter().filter_map(|word| Verb::of(word, context));
    if let Some(verb) = named.next() {
        if let Some(other) = named.find(|other| *other != verb) {
            return Problem::Ambiguous(verb.word(), other.word());
        }
        return match verb {
            _ if line.ends_with_question() => Problem::Question(verb.word()),
            Verb::Reroute => Problem::DidYouMean(verb.word()),
            _ => Problem::NotAlone(verb.word()),
        };
    }
    // "+1" and "-1" lose their sign as words.
    if let Some(verb) = Verb::meant(&line.bare().to_lowercase(), context) {
        return Problem::DidYouMean(verb.word());
    }
    if let Some(verb) = words.iter().take(4).find_map(|word| Verb::meant(word, context)) {
        return Problem::DidYouMean(verb.word());
    }
    if context == CommandContext::Case
        && let Some(word) = words.iter().take(4).find_map(|word| case::intended(word))
    {
        return Problem::DidYouMean(word);
    }
    let elsewhere = |word: &String| CONTEXTS.into_iter().find_map(|other| Verb::of(word, other));
    if let Some(verb) = words.first().and_then(elsewhere) {
        return Problem::NotHere(verb.word());
    }
    if let Some(word) = words.first().filter(|_| context != CommandContext::Case).and_then(|word| case::word(word)) {
        return Problem::NotHere(word);
    }
    let close = |word: &String| Verb::all(context).find(|verb| mistyped(word, verb.word()));
    match words.first().and_then(close) {
        Some(verb) => Problem::DidYouMean(verb.word()),
        None if context == CommandContext::Case => {
            words.first().and_then(|word| case::meant(word)).map_or(Problem::Unknown, Problem::DidYouMean)
        }
        None => Problem::Unknown,
    }
}

/// One wrong, missing, doubled or exchanged letter; two in a word of seven letters and more.
pub(super) fn mistyped(word: &str, verb: &str) -> bool {
    let verb = verb.split(' ').next().unwrap_or(verb);
    let allowed = if verb.len() >= 6 { 2 } else { 1 };
    word.chars().count().abs_diff(verb.len()) <= allowed && distance(word, verb) <= allowed
}

/// Levenshtein distance.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut above_left = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (b, above) in other.chars().zip(row.iter().copied().skip(1)) {
            left = (above + 1).min(left + 1).min(above_left + usize::from(a != b));
            above_left = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
