//! Evidence that is weighed: what no single sign decides, several do (`weigh`, `reaches`).
//!
//! Each piece of evidence is a condition on one field with a weight; the weights of those found are added, and the rule's condition holds when
//! the sum reaches what the rule asks for. A weight below zero speaks against. Promises: as pure and as linear as its conditions; what is shown
//! as the reason are the texts of the evidence found. Cannot fail.

use super::set::Condition;

/// One piece of evidence.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What finding it adds.
    pub weight: i32,
    /// What to find.
    pub sought: Condition,
}

impl Evidence {
    /// How it stands in an explanation: `+3 words {crash}`.
    pub(super) fn key(&self, names: &str) -> String {
        format!("{:+} {} {names}", self.weight, self.sought.key()).trim_end().to_owned()
    }
}

/// Several pieces of evidence and the sum they must reach.
#[derive(Debug, Clone)]
pub struct Weighing {
    /// The evidence, each with the names of its lists of patterns.
    pub evidence: Vec<(Evidence, String)>,
    /// The least sum.
    pub reaches: i32,
}

impl Weighing {
    /// Whether the sum is reached. Nothing is looked for once the rest cannot change that any more.
    pub(super) fn is_reached(&self, mut is_found: impl FnMut(&Condition) -> bool) -> bool {
        let weights = || self.evidence.iter().map(|(evidence, _)| i64::from(evidence.weight));
        let (mut rise, mut fall): (i64, i64) =
            (weights().filter(|weight| *weight > 0).sum(), weights().filter(|weight| *weight < 0).sum());
        let (mut sum, reaches) = (0, i64::from(self.reaches));
        for (evidence, _) in &self.evidence {
            if sum + rise < reaches || sum + fall >= reaches {
                break;
            }
            let weight = i64::from(evidence.weight);
            *(if weight > 0 { &mut rise } else { &mut fall }) -= weight;
            if is_found(&evidence.sought) {
                sum += weight;
            }
        }
        sum + fall >= reaches
    }

    /// The sum of the weights of the evidence for which `texts` finds something, and what speaks for the rule.
    pub(super) fn weigh(&self, mut texts: impl FnMut(&Condition) -> Option<Vec<String>>) -> (i64, Vec<String>) {
        let mut sum = 0;
        let mut speaking = Vec::new();
        for (evidence, _) in &self.evidence {
            if let Some(found) = texts(&evidence.sought) {
                sum += i64::from(evidence.weight);
                if evidence.weight > 0 {
                    speaking.extend(found.into_iter().next());
                }
            }
        }
        (sum, speaking)
    }
}

/// A condition with the conditions of its evidence: all that have patterns.
pub(super) fn with_evidence(condition: &mut Condition) -> Vec<&mut Condition> {
    match condition {
        Condition::Weighed(weighing) => weighing.evidence.iter_mut().map(|(evidence, _)| &mut evidence.sought).collect(),
        other => vec![other],
    }
}

#[cfg(test)]
mod tests;
