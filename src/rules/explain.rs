//! Why a rule matched or did not: each condition, true or false, with the text that made it so (`rules explain`).

use super::{MailView, Reason, Rule, Ruling, set::Condition};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
}

/// One condition asked about one mail.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ConditionTrace {
    /// The key of the rule file.
    pub key: String,
    /// Whether it holds.
    pub truth: Truth,
    /// The text found: what makes a wanted pattern true or an unwanted one false.
    pub found: Vec<Reason>,
}

/// One rule asked about one mail.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RuleTrace {
    /// The rule.
    pub rule: String,
    /// What it would decide.
    pub action: &'static str,
    /// Whether all conditions hold.
    pub truth: Truth,
    /// The conditions.
    pub conditions: Vec<ConditionTrace>,
}

impl RuleTrace {
    /// For a terminal: the rule on one line, each condition below it.
    pub fn lines(&self) -> Vec<String> {
        let mark = |truth| if truth == Truth::True { "yes" } else { "no " };
        let mut lines = vec![format!("{} {} -> {}", mark(self.truth), self.rule, self.action)];
        for condition in &self.conditions {
            let texts: Vec<String> = condition.found.iter().map(|reason| format!("\"{}\"", reason.text)).collect();
            let line = format!("      {} {}  {}", mark(condition.truth), condition.key, texts.join(", "));
            lines.push(line.trim_end().to_owned());
        }
        lines
    }
}

pub(super) fn trace<A: Ruling>(rule: &Rule<A>, view: &MailView) -> RuleTrace {
    let mut conditions: Vec<ConditionTrace> = rule.conditions.iter().map(|condition| one(rule, condition, view)).collect();
    let truth = truth(conditions.iter().all(|condition| condition.truth == Truth::True));
    // What was weighed is shown below the sum, and tried by samples like a condition.
    for condition in &rule.conditions {
        if let Condition::Weighed(weighing) = condition {
            conditions.extend(
                weighing
                    .evidence
                    .iter()
                    .map(|(evidence, names)| ConditionTrace { key: evidence.key(names), ..one(rule, &evidence.sought, view) }),
            );
        }
    }
    RuleTrace { rule: rule.name.clone(), action: rule.action.as_str(), truth, conditions }
}

fn one<A: Ruling>(rule: &Rule<A>, condition: &Condition, view: &MailView) -> ConditionTrace {
    let (rule, answers) = (rule.name.as_str(), view.answers(&rule.indexes));
    let key = condition.key();
    let found = match condition {
        Condition::From(_) => vec![Reason::new(rule, &key, view.poster.as_str())],
        Condition::BodyUnder(_) => vec![Reason::new(rule, &key, &format!("{} characters", view.body.chars().count()))],
        Condition::Weighed(weighing) => {
            let (sum, _) = weighing.weigh(|sought| sought.is_true(view, &answers).then(Vec::new));
            vec![Reason::new(rule, &key, &format!("{sum} of {}", weighing.reaches))]
        }
        _ => condition.found(view, &answers).iter().map(|text| Reason::new(rule, &key, text)).collect(),
    };
    ConditionTrace { truth: truth(condition.is_true(view, &answers)), key, found }
}

fn truth(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}
