//! What anybody may know of an advisory under embargo.

use jiff::Timestamp;

use crate::disclosure::AdvisoryNumber;

/// Existence, number and planned date: the only three facts that may be public during an embargo (policy P56). There is no place
/// here for a title, a CVE identifier or a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicFacts {
    number: AdvisoryNumber,
    planned: Timestamp,
    changes: u32,
    standing: Standing,
}

/// Whether the date is still planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Planned,
    /// There will be no advisory with this number.
    Withdrawn,
}

impl PublicFacts {
    /// The facts as they are told first.
    pub fn new(number: AdvisoryNumber, planned: Timestamp) -> Self {
        Self { number, planned, changes: 0, standing: Standing::Planned }
    }

    /// The same advisory with another date. The same date again changes nothing.
    #[must_use]
    pub fn moved_to(self, planned: Timestamp) -> Self {
        if planned == self.planned && self.standing == Standing::Planned {
            return self;
        }
        Self { planned, standing: Standing::Planned, changes: self.changes.saturating_add(1), ..self }
    }

    /// The advisory withdrawn.
    #[must_use]
    pub fn withdrawn(self) -> Self {
        match self.standing {
            Standing::Withdrawn => self,
            Standing::Planned => Self { standing: Standing::Withdrawn, changes: self.changes.saturating_add(1), ..self },
        }
    }

    /// The facts from their history: the dates in the order in which they were set; `None` without one.
    pub fn from_history(number: AdvisoryNumber, dates: &[Timestamp], standing: Standing) -> Option<Self> {
        let (first, later) = dates.split_first()?;
        let facts = later.iter().fold(Self::new(number, *first), |facts, date| facts.moved_to(*date));
        Some(match standing {
            Standing::Planned => facts,
            Standing::Withdrawn => facts.withdrawn(),
        })
    }

    /// The number.
    pub fn number(&self) -> AdvisoryNumber {
        self.number
    }

    /// The instant of the planned release.
    pub fn planned(&self) -> Timestamp {
        self.planned
    }

    /// How often what was told has changed (RFC 5545 3.8.7.4, SEQUENCE).
    pub fn changes(&self) -> u32 {
        self.changes
    }

    /// Whether it is still planned.
    pub fn standing(&self) -> Standing {
        self.standing
    }
}
