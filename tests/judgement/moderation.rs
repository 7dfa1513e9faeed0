//! What the rules of the discussion list decide and suggest.

use std::collections::BTreeMap;

use embargod::{
    disclosure::Poster,
    mail::Message,
    moderation::{self, Action, Circumstances, DiscussRules, ModerationMode, Suggestion, Thread},
    rules::{ConditionTrace, Truth},
};

use super::{
    corpus::{Corpus, Part, gold, rule_text},
    figures::{Confusion, Share},
    rules_support,
};

/// What came of the mails of one class.
#[derive(Debug, Default, Clone)]
struct Outcomes {
    decided: Share,
    /// The same, of those that are of one kind throughout.
    clear_decided: Share,
    /// Of those held.
    suggested: Share,
}

/// The conditions of one rule that do not hold, with the texts that make them false.
fn against(rules: &DiscussRules, rule: &str, message: &Message, poster: &Poster) -> Vec<String> {
    let traces = moderation::explain(message, poster, rules);
    let conditions = traces.into_iter().filter(|trace| trace.rule == rule).flat_map(|trace| trace.conditions);
    let false_ones = conditions.filter(|condition| condition.truth == Truth::False);
    let texts = |condition: &ConditionTrace| condition.found.iter().map(|reason| reason.text.clone()).collect::<Vec<_>>();
    false_ones.map(|condition| format!("{} {:?}", condition.key, texts(&condition))).collect()
}

/// What was decided, or suggested for what is held.
fn outcome(action: Action, suggests: Suggestion) -> &'static str {
    match (action, suggests) {
        (Action::Approve, _) => "approved",
        (Action::Reject, _) => "rejected",
        (_, Suggestion::Approve) => "held, approve",
        (_, Suggestion::Reject) => "held, reject",
        _ => "held",
    }
}

#[test]
fn moderation() {
    let Some(corpus) = Corpus::open() else { return };
    let project = rules_support::xen();
    let rules = DiscussRules::parse("rules/discuss.toml", &rule_text("discuss.toml"), &project).unwrap();
    let team = rules_support::team();
    let poster = Poster::Member { organisation: "Example".to_owned() };
    let (thread_is_live, mode) = (Thread::AssumedLive, ModerationMode::Automatic);
    let known = Circumstances { poster: &poster, live: &[], thread_is_live, mode, team: &team };
    let mut outcomes: BTreeMap<(&str, Part), Outcomes> = BTreeMap::new();
    let mut matrix = Confusion::default();
    let (mut wrong, mut decided_although_mixed) = (Vec::new(), Vec::new());
    let kinds = gold("moderated");
    let classes = [
        ("technical", Some((Action::Approve, Suggestion::Approve))),
        ("policy", Some((Action::Reject, Suggestion::Reject))),
        ("ambiguous", None),
    ];
    for (class, right) in classes {
        for mail in corpus.mails(&format!("discuss-{class}"), "xen-security-issues-discuss@lists.xenproject.org") {
            let verdict = moderation::judge(&mail.message, &known, &project, &rules);
            let of_class = outcomes.entry((class, mail.part)).or_default();
            let decided = verdict.action != Action::Hold;
            of_class.decided.count(&mail, decided);
            if class != "ambiguous" && kinds[&mail.name][0] != "mixed" {
                of_class.clear_decided.count(&mail, decided);
            } else if decided {
                decided_although_mixed.push(mail.name.clone());
            }
            if !decided {
                of_class.suggested.count(&mail, right.is_none_or(|(_, suggestion)| verdict.suggests == suggestion));
            } else if Some(verdict.action) != right.map(|(action, _)| action) {
                wrong.push((class, mail.name.clone(), verdict.action.as_str(), verdict.rule.clone()));
            }
            matrix.count(class, outcome(verdict.action, verdict.suggests), &mail);
            if mail.part == Part::Tune {
                let texts: Vec<&str> = verdict.reasons.iter().map(|reason| reason.text.as_str()).collect();
                let (action, suggests) = (verdict.action.as_str(), verdict.suggests.as_str());
                let gate = &verdict.gate;
                println!("{}: {action} ({suggests}) by {:?} gate {gate:?} {texts:?}", mail.name, verdict.rule);
                if class == "technical" && !decided {
                    for broken in against(&rules, "technical", &mail.message, &poster) {
                        println!("    {broken}");
                    }
                }
            }
        }
    }
    matrix.print(
        "moderation",
        &["technical", "policy", "ambiguous"],
        &["approved", "held, approve", "held", "held, reject", "rejected"],
    );
    for ((class, part), of_class) in &outcomes {
        println!("{class:10} {part:?} decided           {}", of_class.decided);
        println!("{class:10} {part:?} suggestions right {}", of_class.suggested);
    }
    let all = |classes: &[&str], share: &dyn Fn(&Outcomes) -> Share| {
        let of = outcomes.iter().filter(|((class, _), _)| classes.contains(class));
        of.fold(Share::default(), |sum, (_, outcomes)| sum.and(&share(outcomes)))
    };
    let decided = |class: &str| all(&[class], &|outcomes| outcomes.decided.clone());
    let clear = |class: &str| all(&[class], &|outcomes| outcomes.clear_decided.clone());
    let suggested = all(&["technical", "policy"], &|outcomes| outcomes.suggested.clone());
    println!("technical approved {}\n  of the clear ones {}", decided("technical"), clear("technical"));
    println!("policy rejected    {}\n  of the clear ones {}", decided("policy"), clear("policy"));
    println!("decided although mixed {decided_although_mixed:?}");
    println!("ambiguous decided  {}\nsuggestions right  {suggested}", decided("ambiguous"));
    assert_eq!(wrong, Vec::new(), "decided without a person, and wrongly");
    // What holds today. Half of the technical posts is not reached on these, nor half of the clear ones: they name people and machines, link to public
    // fixes, speak of releases and other bugs; what is held costs a moderator one reply, what is approved wrongly cannot be called back.
    assert!(decided("technical").per_cent() >= 32.0 && decided("policy").per_cent() >= 54.0);
    assert!(clear("technical").per_cent() >= 37.0 && clear("policy").per_cent() >= 54.0);
    assert!(decided_although_mixed.is_empty(), "held is right for these: {decided_although_mixed:?}");
    assert!(decided("ambiguous").per_cent() <= 10.0 && suggested.per_cent() >= 78.0);
}
