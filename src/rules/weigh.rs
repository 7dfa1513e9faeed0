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
    /// Whether the sum is reached. What is settled counts first; nothing is looked for once the rest cannot change the answer any more.
    pub(super) fn is_reached(
        &self,
        settled: impl Fn(&Condition) -> Option<bool>,
        mut is_found: impl FnMut(&Condition) -> bool,
    ) -> bool {
        let mut sums = self.sums(&settled);
        for evidence in sums.open.split_off(0) {
            if let Some(reached) = sums.reach(self.reaches) {
                return reached;
            }
            sums.count(evidence.weight, is_found(&evidence.sought));
        }
        sums.reach(self.reaches).unwrap_or_default()
    }

    /// Whether it is reached, when what is settled says so.
    pub(super) fn settled(&self, settled: impl Fn(&Condition) -> Option<bool>) -> Option<bool> {
        self.sums(&settled).reach(self.reaches)
    }

    fn sums(&self, settled: &impl Fn(&Condition) -> Option<bool>) -> Sums<'_> {
        let mut sums = Sums { least: 0, most: 0, open: Vec::new() };
        for (evidence, _) in &self.evidence {
            let weight = i64::from(evidence.weight);
            match settled(&evidence.sought) {
                Some(true) => (sums.least, sums.most) = (sums.least + weight, sums.most + weight),
                Some(false) => {}
                None => {
                    *(if weight > 0 { &mut sums.most } else { &mut sums.least }) += weight;
                    sums.open.push(evidence);
                }
            }
        }
        sums
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

/// The least and the most that the sum can be, and the evidence on which that depends.
struct Sums<'w> {
    least: i64,
    most: i64,
    open: Vec<&'w Evidence>,
}

impl Sums<'_> {
    /// One piece of the open evidence is found, or is not.
    fn count(&mut self, weight: i32, found: bool) {
        let weight = i64::from(weight);
        // A weight that is found comes off where it was only feared or hoped for.
        match (weight > 0, found) {
            (true, true) => self.least += weight,
            (true, false) => self.most -= weight,
            (false, true) => self.most += weight,
            (false, false) => self.least -= weight,
        }
    }

    fn reach(&self, reaches: i32) -> Option<bool> {
        let reaches = i64::from(reaches);
        if self.least >= reaches { Some(true) } else { (self.most < reaches).then_some(false) }
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
