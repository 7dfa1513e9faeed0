//! Rules that weigh evidence: what adds up, what is refused, how it is explained.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its input fails")]

mod rules_support;

use embargod::{
    classify::Class,
    mail::{Message, RawMessage},
    rules::{MailView, PosterKind, RuleSet},
};
use proptest::prelude::*;
use regex::Regex;

const RULE: &str = "[patterns]\nbad = ['(?i)\\bcrash', '(?i)\\bhang']\n\n[[rule]]\nname = 'finding'\naction = 'report'\nweigh = [\n\
    { weight = 2, words = ['{bad}'] },\n{ weight = 1, words = ['{bad}'], at-least = 2 },\n{ weight = 1, body = ['(?i)\\bguest\\b'] },\n\
    { weight = 1, header.X-Tracker = ['\\d'] },\n{ weight = -3, subject = ['(?i)offer'] },\n]\nreaches = 3\n";

fn view(subject: &str, body: &str) -> MailView {
    let mail = format!("From: a@b.example\r\nX-Tracker: 7x\r\nSubject: {subject}\r\n\r\n{body}\r\n");
    MailView::of(&Message::parse(&RawMessage::new(mail.into_bytes())).unwrap(), PosterKind::Unproven, &[])
}

fn rules(text: &str) -> RuleSet<Class> {
    RuleSet::parse("inbox.toml", text, &rules_support::xen()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn refusal(rule: &str) -> String {
    let text = format!("[[rule]]\nname = 'a'\naction = 'report'\n{rule}\n");
    match RuleSet::<Class>::parse("inbox.toml", &text, &rules_support::xen()) {
        Ok(_) => "accepted".to_owned(),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn weights_add_up_to_a_verdict_and_speak_for_it() {
    let rules = rules(RULE);
    let matches = |subject: &str, body: &str| {
        rules.first(&view(subject, body)).map(|hit| hit.reasons.iter().map(|reason| reason.text.clone()).collect::<Vec<_>>())
    };
    assert_eq!(matches("one", "It crashes."), Some(vec!["crash".to_owned(), "7".to_owned()]), "2 + 1");
    assert_eq!(matches("one", "The guest is fine."), None, "1 + 1");
    assert_eq!(matches("an offer", "The guest crashes, hangs."), None, "2 + 1 + 1 + 1 - 3");
}

#[test]
fn evidence_is_explained_piece_by_piece() {
    let trace = &rules(RULE).explain(&view("an offer", "The guest crashes."))[0];
    let want = [
        "no  finding -> report",
        "      no  weigh  \"1 of 3\"",
        "      yes +2 words {bad}  \"crash\"",
        "      no  +1 words {bad}  \"crash\"",
        "      yes +1 body  \"guest\"",
        "      yes +1 header.X-Tracker  \"7\"",
        "      yes -3 subject  \"offer\"",
    ];
    assert_eq!(trace.lines(), want);
}

#[test]
fn what_cannot_be_weighed_is_refused() {
    let never = "inbox.toml:5:11: `weigh` and `reaches` do not fit: the evidence adds up to 2 at most\n  \
                 remedy: a rule with `weigh` has `reaches`: 1 up to the sum of the weights above zero";
    assert!(refusal("weigh = [{ weight = 2, words = ['x'] }, { weight = -9, words = ['y'] }]\nreaches = 3").starts_with(never));
    assert!(refusal("weigh = [{ weight = 2, words = ['x'] }]").contains("do not fit"));
    assert!(refusal("words = ['x']\nreaches = 3").contains("do not fit"));
    let fields = "evidence has a weight and patterns for one field";
    assert!(refusal("weigh = [{ weight = 2, words = ['x'], body = ['y'] }]\nreaches = 1").contains(fields));
    assert!(refusal("weigh = [{ weight = 2 }]\nreaches = 1").contains(fields));
    assert!(
        refusal("weigh = [{ weight = 0, words = ['x'] }, { weight = 1, words = ['y'] }]\nreaches = 1").contains("cannot count")
    );
    assert!(refusal("weigh = [{ weight = 1, words = ['x'], at-least = 2 }]\nreaches = 1").contains("cannot count"));
}

/// What the rules below look for.
const PATTERNS: [&str; 6] =
    [r"\bcrash", r"\bguests?\b", r"hang", r"\b(?:the|a) guest\b[^.]{0,20}\bhangs?\b", r"(?-u:\b)offer", r"^crash"];
const KEYS: [&str; 8] = ["subject", "body", "words", "text", "unless-subject", "unless-body", "unless-words", "unless-text"];

/// Numbers of patterns.
type Wanted = Vec<usize>;

fn sources(patterns: &Wanted) -> impl Iterator<Item = &'static str> {
    patterns.iter().filter_map(|number| PATTERNS.get(*number)).copied()
}

fn list(patterns: &Wanted) -> String {
    format!("[{}]", sources(patterns).map(|source| format!("'{source}'")).collect::<Vec<_>>().join(", "))
}

/// How many of the patterns are in the field of that key, found by the library alone.
fn plain(view: &MailView, key: &str, patterns: &Wanted) -> usize {
    let text = match key.trim_start_matches("unless-") {
        "subject" => &view.subject,
        "body" => &view.body,
        "words" => &view.words,
        _ => &view.text,
    };
    sources(patterns).filter(|source| Regex::new(source).unwrap().is_match(text)).count()
}

fn wanted() -> impl Strategy<Value = Wanted> {
    prop::sample::subsequence((0..PATTERNS.len()).collect::<Vec<_>>(), 1..4)
}

fn text() -> impl Strategy<Value = String> {
    let words = vec!["the", "a", "guest", "guests", "crash", "crashes", "hang", "hangs", "offer", "fine.", "\u{fc}ber"];
    prop::collection::vec(prop::sample::select(words), 0..8).prop_map(|words| words.join(" "))
}

proptest! {
    // What is settled before a look, what was found for another rule and what the sum no longer depends on must not change an answer.
    #[test]
    fn rules_say_what_their_conditions_say_one_by_one(
        conditions in prop::collection::vec(prop::collection::btree_map(0..KEYS.len(), wanted(), 1..4), 1..5),
        evidence in prop::collection::vec((prop::sample::select(vec![-3_i64, -1, 1, 2, 3]), 0..4_usize, wanted(), 1..3_usize), 0..6),
        reaches in 1..5_i64,
        (subject, body) in (text(), text()),
    ) {
        let mut file = String::new();
        for (number, keys) in conditions.iter().enumerate() {
            file += &format!("[[rule]]\nname = 'r{number}'\naction = 'report'\n");
            keys.iter().for_each(|(key, patterns)| file += &format!("{} = {}\n", KEYS[*key], list(patterns)));
        }
        let most: i64 = evidence.iter().map(|(weight, ..)| *weight.max(&0)).sum();
        if most >= reaches {
            file += &format!("[[rule]]\nname = 'weighed'\naction = 'spam'\nreaches = {reaches}\nweigh = [\n");
            for (weight, key, patterns, at_least) in &evidence {
                let at_least = (*at_least).min(patterns.len());
                file += &format!("{{ weight = {weight}, {} = {}, at-least = {at_least} }},\n", KEYS[*key], list(patterns));
            }
            file += "]\n";
        }
        let rules = rules(&file);
        let view = view(&subject, &body);
        let holds = |(key, patterns): (&usize, &Wanted)| (plain(&view, KEYS[*key], patterns) > 0) != KEYS[*key].starts_with("unless");
        let mut expected: Vec<(String, bool)> = conditions.iter().enumerate().map(|(number, keys)| (format!("r{number}"), keys.iter().all(holds))).collect();
        if most >= reaches {
            let found = evidence.iter().filter(|(_, key, patterns, least)| plain(&view, KEYS[*key], patterns) >= *least.min(&patterns.len()));
            expected.push(("weighed".to_owned(), found.map(|(weight, ..)| weight).sum::<i64>() >= reaches));
        }
        let first = expected.iter().find(|(_, matches)| *matches).map(|(name, _)| name.clone());
        prop_assert_eq!(rules.first(&view).map(|hit| hit.rule.name.clone()), first, "{}", &file);
        let asked: Vec<(String, bool)> = rules.rules().iter().map(|rule| (rule.name.clone(), rule.matches(&view).is_some())).collect();
        prop_assert_eq!(asked, expected, "{}", file);
    }
}
