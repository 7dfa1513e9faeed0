//! To each of the team: the firewall has stopped a letter; which case, which rule, where, and the two words that end it.

use std::collections::BTreeSet;

use super::{
    BlockedId, Desk, Draft, LetterError, LetterKind, NoticeMode, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{ContentClass, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "block-notice",
    text: include_str!("../../rules/letters/block-notice.txt"),
    variables: &[
        Variable::Id("blocked"),
        Variable::Line("letter"),
        Variable::Line("recipients"),
        Variable::Line("about"),
        Variable::List("hits"),
        Variable::Line("more"),
    ],
};

/// More places than these are counted, not listed.
const MOST_HITS: usize = 12;
/// Characters of an excerpt.
const LONGEST_EXCERPT: usize = 200;

/// One place of the stopped letter.
#[derive(Debug, Clone)]
pub struct BlockedSpot {
    /// Case, rule and place: `case-4: shingle in text, line 3`.
    pub place: String,
    /// The words themselves; shown only where notices may carry words of mails.
    pub excerpt: String,
}

/// The notice to one person of the team.
#[derive(Debug, Clone)]
pub struct BlockNotice {
    /// The stopped letter.
    pub blocked: BlockedId,
    /// This person's token for it.
    pub token: String,
    /// The person.
    pub to: Address,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// What the letter was for.
    pub letter: LetterKind,
    /// To whom it would have gone.
    pub recipients: Recipients,
    /// The mail that it was about: `in-412`.
    pub about: Option<String>,
    /// What was found.
    pub hits: Vec<BlockedSpot>,
    /// How much the notice may carry.
    pub mode: NoticeMode,
}

impl BlockNotice {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let recipients = match (self.recipients.as_slice(), self.mode) {
            ([one], NoticeMode::Full) => one.to_string(),
            ([one], NoticeMode::HeadersOnly) => format!("one person at {}", one.domain()),
            (many, _) => format!("{} recipients", many.len()),
        };
        let shown = self.hits.iter().take(MOST_HITS).map(|spot| match self.mode {
            NoticeMode::Full if !spot.excerpt.trim().is_empty() => {
                let words = spot.excerpt.split_whitespace().collect::<Vec<_>>().join(" ");
                let excerpt: String = words.chars().take(LONGEST_EXCERPT).collect();
                format!("{}: \"{excerpt}\"", spot.place)
            }
            _ => spot.place.clone(),
        });
        let more = match self.hits.len().saturating_sub(MOST_HITS) {
            0 => String::new(),
            more => format!("and {more} more places"),
        };
        let values = Values::default()
            .line("blocked", self.blocked.to_string())
            .line("letter", self.letter.as_str())
            .line("recipients", recipients)
            .line("about", self.about.as_deref().unwrap_or_default())
            .list("hits", shown.collect::<Vec<_>>())
            .line("more", more);
        desk.finish(Page {
            kind: LetterKind::BlockNotice,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Embargoed,
            reveals: BTreeSet::new(),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: None,
        })
    }
}
