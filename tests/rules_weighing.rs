//! Rules that weigh evidence: what adds up, what is refused, how it is explained.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its input fails")]

mod rules_support;

use embargod::{
    classify::Class,
    mail::{Message, RawMessage},
    rules::{MailView, PosterKind, RuleSet},
};

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
