//! scratch
#![allow(warnings)]
mod rules_support;
#[path = "judgement/corpus.rs"]
mod corpus;
use embargod::{mail::Message, moderation::*, rules::*, disclosure::Poster};
#[test]
fn dump() {
    let Some(corpus) = corpus::Corpus::open() else { return };
    let project = rules_support::xen();
    let rules = DiscussRules::parse("rules/discuss.toml", &corpus::rule_text("discuss.toml"), &project).unwrap();
    let team = rules_support::team();
    let poster = Poster::Member { organisation: "Example".to_owned() };
    let (thread_is_live, mode) = (Thread::AssumedLive, ModerationMode::Automatic);
    let known = Circumstances { poster: &poster, live: &[], thread_is_live, mode, team: &team };
    for class in ["technical", "policy", "ambiguous"] {
        for mail in corpus.mails(&format!("discuss-{class}"), "xen-security-issues-discuss@lists.xenproject.org") {
            if mail.part == corpus::Part::Third && std::env::var("THIRD").is_err() { continue; }
            let view = MailView::of(&mail.message, PosterKind::Member, &[]);
            let verdict = judge(&mail.message, &known, &project, &rules);
            println!("=== {class} {} {:?} {} by {:?} gate {:?} {:?}", mail.name.replace("discuss-",""), verdict.action, verdict.suggests.as_str(), verdict.rule, verdict.gate, verdict.reasons.iter().map(|r| format!("{}:{}:{}", r.rule, r.field, r.text)).collect::<Vec<_>>());
            if std::env::var("BODY").is_ok() { println!("BODY {:?}", view.words); }
            if class == "policy" { println!("{}", view.body); continue; }
            if verdict.action != Action::Hold && class == "technical" { continue; }
            for trace in rules.explain(&view).into_iter().filter(|t| ["technical", "technical-words", "technical-answer"].contains(&t.rule.as_str())) {
                for c in trace.conditions.iter().filter(|c| c.truth == Truth::False && c.key != "every-word") {
                    println!("     [{}] {} {:?}", trace.rule, c.key, c.found.iter().map(|r| &r.text).collect::<Vec<_>>());
                }
            }
            for rule in rules.rules().iter().filter(|r| r.name == "technical") {
                for c in &rule.conditions {
                    if let Condition::EveryWord(v) = c {
                        let mut n = 0; for s in v.doubts(&view) { println!("   {s}"); }
                    }
                }
            }
        }
    }
}
