//! The outcomes that are not on disk yet.
//!
//! Promises: none is ever let go of but to be recorded; one that could not be recorded with others is recorded alone, so that what is wrong with it
//! keeps no other from the disk; one that cannot be recorded even so is tried again every [`RECORDING_PAUSE`], for ever, and its lane waits for it.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::RECORDING_PAUSE;
use crate::store::{StoreError, delivery::Settled};

/// Outcomes in hand.
#[derive(Debug, Default)]
pub struct Hand {
    together: Vec<Settled>,
    /// To be recorded one by one: what they were recorded with failed.
    alone: VecDeque<Settled>,
    /// Failed alone.
    refused: Vec<Settled>,
    refused_until: Option<Instant>,
}

impl Hand {
    /// Takes outcomes up.
    pub fn extend(&mut self, settled: impl IntoIterator<Item = Settled>) {
        self.together.extend(settled);
    }

    /// How many may share the next commit.
    pub fn together(&self) -> usize {
        self.together.len()
    }

    /// Those that may share a commit, to be recorded now.
    pub fn take_together(&mut self) -> Vec<Settled> {
        std::mem::take(&mut self.together)
    }

    /// The next one that must be recorded alone.
    pub fn next_alone(&mut self) -> Option<Settled> {
        if self.refused_until.is_some_and(|until| until <= Instant::now()) {
            self.refused_until = None;
            self.alone.extend(self.refused.drain(..));
        }
        self.alone.pop_front()
    }

    /// When one that failed alone is tried again.
    pub fn again_at(&self) -> Option<Instant> {
        self.refused_until
    }

    /// What could not be recorded. A database that cannot be used says nothing about the outcomes.
    pub fn put_back(&mut self, settled: &[Settled], error: &StoreError) {
        match settled {
            all if error.is_the_databases() => {
                self.together.splice(0..0, all.iter().cloned());
            }
            [one] => {
                self.refused.push(one.clone());
                self.refused_until.get_or_insert_with(|| Instant::now() + RECORDING_PAUSE);
            }
            several => self.alone.extend(several.iter().cloned()),
        }
    }

    /// Whether nothing is left to record.
    pub fn is_empty(&self) -> bool {
        self.together.is_empty() && self.alone.is_empty() && self.refused.is_empty()
    }

    /// Whether the outcome of that delivery is among them.
    pub fn has(&self, delivery: i64) -> bool {
        self.together.iter().chain(&self.alone).chain(&self.refused).any(|settled| settled.delivery == delivery)
    }
}

#[cfg(test)]
mod tests;
