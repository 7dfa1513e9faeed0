//! Leak triage: which revision does a text come from?

use std::collections::BTreeMap;

use super::{Firewall, Letter, Source, fold::Folded, letter::Place, stream::Stream};

/// How much of a snippet stands in a text of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// The text.
    pub source: Source,
    /// Letters and digits of the snippet that stand in it, in runs of some words.
    pub covered: usize,
    /// Letters and digits of the snippet.
    pub total: usize,
}

impl Holding {
    /// How much of the snippet stands in it, in hundredths, rounded down: 100 is all of it.
    pub fn percent(&self) -> usize {
        (self.covered * 100).checked_div(self.total).unwrap_or(0)
    }
}

impl Firewall {
    /// Which texts hold the snippet, the one with most of it first. Standing phrases count here: a leak is what it is. A revision that
    /// has less of the snippet than another is not where it came from, unless somebody shortened it.
    pub fn which(&self, snippet: &Letter) -> Vec<Holding> {
        let mut covered: BTreeMap<Source, usize> = BTreeMap::new();
        let mut total = 0;
        for view in snippet.views.iter().filter(|view| matches!(view.place, Place::Text | Place::Part(_))) {
            let stream = Stream::of(&Folded::of(&view.text));
            total += stream.bytes.len();
            for (source, mut spans) in self.spans(&stream) {
                spans.sort_unstable();
                let mut end = 0;
                let whole = covered.entry(source).or_default();
                for (from, to) in spans {
                    *whole += to.saturating_sub(end.max(from));
                    end = end.max(to);
                }
            }
        }
        let mut holdings: Vec<Holding> = covered
            .into_iter()
            .map(|(source, covered)| Holding { source, covered, total })
            .filter(|one| one.covered > 0)
            .collect();
        holdings.sort_by_key(|holding| (std::cmp::Reverse(holding.covered), holding.source));
        holdings
    }

    fn spans(&self, stream: &Stream) -> BTreeMap<Source, Vec<(usize, usize)>> {
        let mut spans: BTreeMap<Source, Vec<(usize, usize)>> = BTreeMap::new();
        for one in self.shared(stream) {
            spans.entry(one.text.source).or_default().push((one.here.start, one.here.end));
        }
        // Too short for the index: a CVE identifier, a name.
        if !spans.is_empty() || stream.bytes.is_empty() {
            return spans;
        }
        for text in self.cases.iter().flat_map(|case| &case.texts) {
            if memchr::memmem::find(&text.stream.bytes, &stream.bytes).is_some() {
                spans.entry(text.source).or_default().push((0, stream.bytes.len()));
            }
        }
        spans
    }
}
