//! How the matches of a pattern begin, and what must follow.
//!
//! Most patterns of a rule file are lists of words: whatever they match begins with one of a few literals, mostly at the beginning of a word, and
//! many want another list of words not far behind. The literals are read off the pattern's syntax tree; [`super::lookup::Lookup`] looks for those
//! of all patterns in one pass, and a pattern is tried at the places found only. Promises: every match of a pattern begins with a literal of one of
//! its branches, ASCII letters in lower case, and has one of the branch's later literals within the distance said, unless the text has a character
//! that [`is_odd`]. A branch that begins with anything is known by literals further on. Cannot fail: a pattern without any has no branches.

#[cfg(test)]
mod tests;

use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look,
    literal::{Extractor, Seq},
};

/// More literals than this are not told apart by their ends.
const MAX_LITERALS: usize = 250;
/// Longer literals are cut: their beginning says enough, and a small tree stays in the processor's cache.
const MAX_LENGTH: usize = 10;
/// Of a literal that begins outside ASCII so much is enough: each of its letters has two forms, and all of them together as many as there are ways
/// to choose.
const MAX_FOREIGN: usize = 6;
/// A class of more characters than this is any character.
const MAX_CLASS: usize = 12;
/// The same where literals of [`TELLING`] bytes stand before it.
const MAX_CLASS_WITHIN: usize = 8;
/// So many bytes tell a literal from most words.
const TELLING: usize = 3;
/// More characters than Unicode has digits (`\d`).
const MAX_READ: usize = 2000;

/// Whether patterns take the character for one that it is not: U+212A and U+017F are `k` and `s` when case does not matter (Unicode simple case
/// folding), and `\d` stands for the digits of all scripts.
pub(super) fn is_odd(c: char) -> bool {
    matches!(c, '\u{212a}' | '\u{17f}') || (!c.is_ascii() && c.is_numeric())
}

/// Where a literal may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// At the beginning of a word; what begins with no letter, anywhere.
    Border,
    /// At the beginning of a line.
    Line,
    /// Anywhere.
    Anywhere,
}

/// One of some literals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Literals {
    /// None of them begins another one.
    pub(super) literals: Vec<Vec<u8>>,
    /// Where they stand.
    pub(super) place: Place,
}

/// One way to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Branch {
    /// With what it begins.
    pub(super) head: Head,
    /// What must follow: one of each.
    pub(super) tails: Vec<Tail>,
}

/// By what a branch is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// It begins with one of these literals.
    Begins(Literals),
    /// It begins where the text does, and has one of them in it.
    BeginsText(Literals),
    /// It begins where a line does; before the literal stand bytes of these only.
    BeginsLine(Literals, Bytes),
    /// It begins a word with so many bytes of these.
    Run(Bytes, usize),
    /// So many blanks before the literal, and before those bytes of these only, but for one character at the very beginning when [`Lead::Any`].
    Behind(Literals, usize, Bytes, Lead),
    /// It begins with anything, and has one of them in it.
    Has(Literals),
}

/// With what the bytes before a literal may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// With a word.
    Border,
    /// With one of them, anywhere.
    None,
    /// With one character of another kind.
    Any,
}

impl Head {
    pub(super) fn literals(&self) -> Option<&Literals> {
        match self {
            Self::Begins(literals)
            | Self::BeginsText(literals)
            | Self::BeginsLine(literals, _)
            | Self::Behind(literals, ..)
            | Self::Has(literals) => Some(literals),
            Self::Run(..) => None,
        }
    }
}

/// A set of bytes; those outside ASCII are in it all or none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bytes {
    ascii: u128,
    others: bool,
}

impl Bytes {
    fn of(class: &Class) -> Self {
        let has = |byte: u8| match class {
            Class::Unicode(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&char::from(byte))),
            Class::Bytes(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&byte)),
        };
        let ascii = (0..128_u8).filter(|byte| has(*byte)).fold(0, |all, byte| all | 1 << byte);
        let others = match class {
            Class::Unicode(class) => !class.is_ascii(),
            Class::Bytes(class) => !class.is_ascii(),
        };
        Self { ascii, others }
    }

    /// Those of all that the trees match.
    fn of_all<'t>(trees: impl IntoIterator<Item = &'t Hir>) -> Self {
        let none = Self { ascii: 0, others: false };
        trees
            .into_iter()
            .map(Self::of_tree)
            .fold(none, |one, other| Self { ascii: one.ascii | other.ascii, others: one.others || other.others })
    }

    fn of_tree(tree: &Hir) -> Self {
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::of_all([]),
            HirKind::Literal(literal) => {
                let ascii = literal.0.iter().filter(|byte| byte.is_ascii());
                let both = ascii.flat_map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]);
                Self { ascii: both.fold(0, |all, byte| all | 1 << byte), others: !literal.0.is_ascii() }
            }
            // The tree is in small letters; the text is not.
            HirKind::Class(class) => {
                let Self { ascii, others } = Self::of(class);
                let small = (b'a'..=b'z').filter(|small| ascii >> small & 1 != 0);
                Self { ascii: small.fold(ascii, |all, small| all | 1 << small.to_ascii_uppercase()), others }
            }
            HirKind::Capture(capture) => Self::of_tree(&capture.sub),
            HirKind::Repetition(repetition) => Self::of_tree(&repetition.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => Self::of_all(parts),
        }
    }

    /// With those outside ASCII where a text has characters that are [odd](is_odd): the tree knows only for what they may stand.
    pub(super) fn in_a_text(self, odd: bool) -> Self {
        Self { others: self.others || odd, ..self }
    }

    #[inline]
    pub(super) fn has(self, byte: u8) -> bool {
        if byte.is_ascii() { self.ascii >> byte & 1 != 0 } else { self.others }
    }
}

/// What must stand in a match behind its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tail {
    /// One of these.
    pub(super) literals: Literals,
    /// So many bytes behind the beginning at least.
    pub(super) least: usize,
    /// So far behind it at most.
    pub(super) most: Distance,
}

/// The length of what a part of a pattern matches at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distance {
    /// So many bytes, and so many words of any length.
    Within {
        /// Bytes.
        bytes: usize,
        /// Words.
        words: usize,
    },
    /// It may go on to the end.
    Any,
}

impl Distance {
    const NONE: Self = Self::Within { bytes: 0, words: 0 };

    fn and(self, other: Self) -> Self {
        self.with(other, usize::saturating_add)
    }

    fn or(self, other: Self) -> Self {
        self.with(other, usize::max)
    }

    fn times(self, times: usize) -> Self {
        self.with(self, |one, _| one.saturating_mul(times))
    }

    fn with(self, other: Self, join: impl Fn(usize, usize) -> usize) -> Self {
        match (self, other) {
            (Self::Within { bytes, words }, Self::Within { bytes: others, words: more }) => {
                Self::Within { bytes: join(bytes, others), words: join(words, more) }
            }
            _ => Self::Any,
        }
    }

    /// Of what the tree matches.
    pub(super) fn of(tree: &Hir) -> Self {
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::NONE,
            HirKind::Literal(literal) => Self::Within { bytes: literal.0.len(), words: 0 },
            HirKind::Class(_) => Self::Within { bytes: tree.properties().maximum_len().unwrap_or(4), words: 0 },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => match repetition.max {
                Some(max) => Self::of(&repetition.sub).times(max as usize),
                None if is_of_words(&repetition.sub) => Self::Within { bytes: 0, words: 1 },
                None => Self::Any,
            },
            HirKind::Concat(parts) => Self::of_all(parts),
            HirKind::Alternation(branches) => branches.iter().map(Self::of).fold(Self::NONE, Self::or),
        }
    }

    fn of_all(parts: &[Hir]) -> Self {
        parts.iter().map(Self::of).fold(Self::NONE, Self::and)
    }
}

/// How the matches of a pattern begin; `None` when they may be anything, or match nothing.
pub(super) fn of(pattern: &str) -> Option<Vec<Branch>> {
    let tree = folded(&regex_syntax::Parser::new().parse(pattern).ok()?);
    let mut ways = Vec::new();
    for parts in branches(&tree) {
        known(&parts, MOST_PARTED, &mut ways)?;
    }
    Some(ways)
}

/// So often a sequence whose beginning says nothing is parted at an alternation.
const MOST_PARTED: usize = 3;

fn known(parts: &[Hir], parted: usize, ways: &mut Vec<Branch>) -> Option<()> {
    let found = branch(parts).filter(|branch| parted == 0 || !matches!(branch.head, Head::Has(_)));
    if let Some(branch) = found {
        ways.push(branch);
        return Some(());
    }
    let alternatives = |part: &Hir| matches!(part.kind(), HirKind::Alternation(_));
    let parting = parts.iter().position(alternatives).filter(|_| parted > 0).and_then(|at| parts.split_at_checked(at));
    let Some((before, [alternation, after @ ..])) = parting else {
        ways.push(branch(parts)?);
        return Some(());
    };
    let HirKind::Alternation(alternatives) = alternation.kind() else { return None };
    for alternative in alternatives {
        let whole = before.iter().chain([alternative]).chain(after).cloned().collect();
        let HirKind::Concat(parts) = Hir::concat(whole).into_kind() else { return None };
        known(&parts, parted - 1, ways)?;
    }
    Some(())
}

/// The alternatives, each as a sequence. The parser has lifted out what all of them begin with.
fn branches(tree: &Hir) -> Vec<Vec<Hir>> {
    match tree.kind() {
        HirKind::Alternation(branches) => branches.iter().flat_map(self::branches).collect(),
        HirKind::Concat(parts) => match parts.split_last() {
            Some((last, looks))
                if matches!(last.kind(), HirKind::Alternation(_))
                    && looks.iter().all(|part| matches!(part.kind(), HirKind::Look(_))) =>
            {
                let with_looks = |branch: Vec<Hir>| looks.iter().cloned().chain(branch).collect();
                branches(last).into_iter().map(with_looks).collect()
            }
            _ => vec![parts.clone()],
        },
        _ => vec![vec![tree.clone()]],
    }
}

fn branch(parts: &[Hir]) -> Option<Branch> {
    let begins = literals(parts, Place::Anywhere);
    let telling = begins.clone().filter(|begins| !begin_blank(begins)).map(Head::Begins);
    let head = telling.or_else(|| text(parts)).or_else(|| line(parts)).or_else(|| run(parts)).or_else(|| behind(parts));
    let head = head.or_else(|| begins.map(Head::Begins));
    let head = head.or_else(|| inside(parts, |_| true).map(|found| Head::Has(found.literals)))?;
    Some(Branch { head, tails: tails(parts) })
}

/// The beginning of the text.
fn text(parts: &[Hir]) -> Option<Head> {
    let begins = matches!(parts.first()?.kind(), HirKind::Look(Look::Start));
    begins.then(|| inside(parts, |_| true))?.map(|found| Head::BeginsText(found.literals))
}

/// The beginning of a line, characters of classes, and then literals: `(?m)^[\s*]*(?:\d+\.)?(?:name|version)`.
fn line(parts: &[Hir]) -> Option<Head> {
    let begins = |look: &HirKind| matches!(look, HirKind::Look(Look::Start | Look::StartLF));
    let (_, skipped) = parts.split_first().filter(|(first, _)| begins(first.kind()))?;
    let (at, found) = (2..parts.len()).find_map(|at| {
        let (before, after) = parts.split_at_checked(at)?;
        let place = if ends_between_words(before) { Place::Border } else { Place::Anywhere };
        Some((at, literals(after, place)?))
    })?;
    Some(Head::BeginsLine(found, Bytes::of_all(skipped.iter().take(at - 1))))
}

/// So many bytes make a run rare.
const LONG: u32 = 6;

/// A word that begins with many bytes of a class: `\b[0-9a-f]{12,40}`.
fn run(parts: &[Hir]) -> Option<Head> {
    let [border, run, ..] = parts else { return None };
    let (HirKind::Look(Look::WordUnicode), HirKind::Repetition(repetition)) = (border.kind(), run.kind()) else { return None };
    let HirKind::Class(class) = repetition.sub.kind() else { return None };
    let bytes = Bytes::of_tree(&repetition.sub);
    let ascii = matches!(class, Class::Unicode(class) if class.is_ascii());
    (repetition.min >= LONG && ascii && is_of_words(&repetition.sub)).then_some(Head::Run(bytes, repetition.min as usize))
}

/// Literals behind characters that stand in one word or path: `\b\w+\(\)`.
fn behind(parts: &[Hir]) -> Option<Head> {
    let lead = match parts.first()? {
        first if matches!(first.kind(), HirKind::Look(Look::WordUnicode)) => Lead::Border,
        first if is_one_character(first) => Lead::Any,
        _ => Lead::None,
    };
    let bytes = |at: usize| Bytes::of_all(parts.iter().take(at).skip(usize::from(lead != Lead::None)));
    let Inside { at, literals, blanks } = inside(parts, |at| !bytes(at).has(b' '))?;
    Some(Head::Behind(literals, blanks, bytes(at), lead))
}

/// Whether it matches no more than one character.
fn is_one_character(tree: &Hir) -> bool {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => true,
        HirKind::Literal(literal) => str::from_utf8(&literal.0).is_ok_and(|literal| literal.chars().count() <= 1),
        HirKind::Capture(capture) => is_one_character(&capture.sub),
        HirKind::Repetition(repetition) => repetition.max.is_some_and(|max| max <= 1) && is_one_character(&repetition.sub),
        HirKind::Concat(_) => false,
        HirKind::Alternation(branches) => branches.iter().all(is_one_character),
    }
}

/// Literals that stand in every match.
struct Inside {
    /// The part with which they begin.
    at: usize,
    literals: Literals,
    /// So many blanks stand between that beginning and the literals.
    blanks: usize,
}

/// Literals that stand somewhere in every match: those that are the least likely elsewhere.
fn inside(parts: &[Hir], counts: impl Fn(usize) -> bool) -> Option<Inside> {
    let told = |found: &Inside| {
        let literals = &found.literals.literals;
        let shortest = literals.iter().map(Vec::len).min().unwrap_or(0);
        let of_marks = literals.iter().flat_map(|literal| literal.first()).all(|first| !first.is_ascii_alphanumeric());
        let rare = shortest.min(4) + usize::from(found.literals.place != Place::Anywhere || of_marks);
        (rare, std::cmp::Reverse(literals.len()))
    };
    let at = |at: usize| {
        let (before, after) = parts.split_at_checked(at)?;
        let literals = literals(after, if ends_between_words(before) { Place::Border } else { Place::Anywhere })?;
        let (literals, blanks) = without_blanks(literals)?;
        Some(Inside { at, literals, blanks })
    };
    (1..parts.len()).filter(|at| counts(*at)).filter_map(at).max_by_key(told)
}

/// Literals without the blanks before them, when all have as many: a blank stands everywhere.
fn without_blanks(set: Literals) -> Option<(Literals, usize)> {
    let blanks = |literal: &Vec<u8>| literal.iter().take_while(|byte| **byte == b' ').count();
    let all = set.literals.first().map(blanks)?;
    if all == 0 {
        return (!begin_blank(&set)).then_some((set, 0));
    }
    let rest: Vec<Vec<u8>> = set.literals.iter().filter_map(|literal| literal.get(all..)).map(<[u8]>::to_vec).collect();
    let bare = Literals { literals: rest, place: Place::Border };
    let same = set.literals.iter().all(|literal| blanks(literal) == all && literal.len() > all);
    (same && !begin_blank(&bare)).then_some((bare, all))
}

/// What follows behind the gaps of a sequence: the first words after each that are to be found at the beginning of a word.
fn tails(parts: &[Hir]) -> Vec<Tail> {
    let mut tails = Vec::new();
    let mut gap = parts.iter().position(is_gap);
    while let Some(from) = gap {
        let tail = (from + 1..parts.len()).find_map(|at| {
            let (before, after) = parts.split_at_checked(at)?;
            let place = if ends_between_words(before) { Place::Border } else { Place::Anywhere };
            let literals = literals(after, place).filter(|literals| literals.place == Place::Border && !begin_blank(literals))?;
            let least = before.iter().map(|part| part.properties().minimum_len().unwrap_or(0)).sum();
            Some((at, Tail { literals, least, most: Distance::of_all(before) }))
        });
        let Some((at, tail)) = tail else { break };
        tails.push(tail);
        gap = parts.iter().skip(at).position(is_gap).map(|next| at + next);
    }
    tails
}

/// Many characters of many kinds.
fn is_gap(part: &Hir) -> bool {
    let HirKind::Repetition(repetition) = part.kind() else { return false };
    repetition.max.is_none_or(|max| max >= 8) || !matches!(repetition.sub.kind(), HirKind::Class(_) | HirKind::Literal(_))
}

/// Whether the last character of whatever the sequence matches is neither letter nor digit: what follows begins a word.
fn ends_between_words(parts: &[Hir]) -> bool {
    let Some((last, before)) = parts.split_last() else { return false };
    let between = |c: u32| c < 128 && !(c as u8).is_ascii_alphanumeric();
    match last.kind() {
        HirKind::Look(Look::Start | Look::StartLF) => true,
        HirKind::Literal(literal) => literal.0.last().is_some_and(|byte| between(u32::from(*byte))),
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().all(|range| (u32::from(range.start())..=u32::from(range.end()).min(128)).all(between))
        }
        HirKind::Repetition(repetition) => {
            ends_between_words(std::slice::from_ref(&repetition.sub)) && (repetition.min > 0 || ends_between_words(before))
        }
        HirKind::Capture(capture) => ends_between_words(std::slice::from_ref(&capture.sub)),
        HirKind::Concat(parts) => ends_between_words(parts),
        HirKind::Alternation(branches) => branches.iter().all(|branch| ends_between_words(std::slice::from_ref(branch))),
        _ => false,
    }
}

/// With what a sequence begins, when that is one of a few literals.
fn literals(parts: &[Hir], place: Place) -> Option<Literals> {
    let tree = Hir::concat(parts.to_vec());
    let extract = |class: usize, most: usize| {
        let mut extractor = Extractor::new();
        extractor.limit_class(class).limit_literal_len(MAX_LENGTH).limit_total(most).limit_repeat(3);
        extractor.extract(&tree)
    };
    // Digits written out are many literals that say little, unless there is nothing else.
    let few = |found: &Seq| found.literals().is_some_and(|literals| literals.iter().all(|literal| literal.len() >= TELLING));
    let found = Some(extract(MAX_CLASS_WITHIN, MAX_LITERALS)).filter(few);
    let found = found.or_else(|| Some(extract(MAX_CLASS, MAX_LITERALS)).filter(|found| found.literals().is_some()));
    let found = found.unwrap_or_else(|| extract(MAX_CLASS, 8 * MAX_LITERALS));
    let mut literals: Vec<Vec<u8>> = found.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
    for literal in literals.iter_mut().filter(|literal| literal.first().is_some_and(|first| !first.is_ascii())) {
        literal.truncate(MAX_FOREIGN);
    }
    literals.sort();
    // A literal comes right behind those that it begins with.
    literals.dedup_by(|longer, shorter| longer.starts_with(shorter));
    let usable = !literals.is_empty() && literals.iter().all(|literal| !literal.is_empty());
    let place = parts.first().and_then(place_of).unwrap_or(place);
    usable.then_some(Literals { literals, place })
}

/// Whether some begin with a blank: those stand everywhere.
fn begin_blank(literals: &Literals) -> bool {
    literals.literals.iter().flat_map(|literal| literal.first()).any(u8::is_ascii_whitespace)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether every match begins with a word border or at the beginning of a line.
fn place_of(tree: &Hir) -> Option<Place> {
    match tree.kind() {
        HirKind::Look(Look::Start | Look::StartLF | Look::StartCRLF) => Some(Place::Line),
        HirKind::Look(Look::WordAscii | Look::WordUnicode | Look::WordStartAscii | Look::WordStartUnicode) => Some(Place::Border),
        HirKind::Concat(parts) => parts.first().and_then(place_of),
        HirKind::Alternation(branches) => {
            let first = branches.first().and_then(place_of)?;
            branches.iter().all(|branch| place_of(branch) == Some(first)).then_some(first)
        }
        HirKind::Repetition(repetition) if repetition.min > 0 => place_of(&repetition.sub),
        HirKind::Capture(capture) => place_of(&capture.sub),
        _ => None,
    }
}

/// The tree with ASCII letters in lower case: its literals are those of the pattern in a text in lower case.
fn folded(tree: &Hir) -> Hir {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => tree.clone(),
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Class(class) => folded_class(class).unwrap_or_else(|| tree.clone()),
        HirKind::Capture(capture) => folded(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(folded(&repetition.sub))),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(folded).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(folded).collect()),
    }
}

/// `None` for a class of many characters, which gives no literals.
fn folded_class(class: &Class) -> Option<Hir> {
    match class {
        Class::Unicode(class) => {
            let size: usize = class.iter().map(ClassUnicodeRange::len).sum();
            (size <= MAX_READ).then_some(())?;
            let all = class.iter().flat_map(|range| range.start()..=range.end()).filter(|c| !is_odd(*c));
            let kept = all.map(|c| c.to_ascii_lowercase()).map(|c| ClassUnicodeRange::new(c, c));
            Some(Hir::class(Class::Unicode(ClassUnicode::new(kept))))
        }
        Class::Bytes(class) => {
            let all = class.iter().flat_map(|range| range.start()..=range.end());
            let kept = all.map(|byte| byte.to_ascii_lowercase()).map(|byte| ClassBytesRange::new(byte, byte));
            Some(Hir::class(Class::Bytes(ClassBytes::new(kept))))
        }
    }
}

/// Letters, digits and underscores only: repeated, they stay within a word.
fn is_of_words(tree: &Hir) -> bool {
    let HirKind::Class(class) = tree.kind() else { return false };
    let other = |byte: &u8| !is_word(*byte);
    match class {
        Class::Unicode(class) => {
            !(0..128).filter(other).map(char::from).any(|c| class.iter().any(|range| (range.start()..=range.end()).contains(&c)))
        }
        Class::Bytes(class) => {
            !(0..=255).filter(other).any(|byte| class.iter().any(|range| (range.start()..=range.end()).contains(&byte)))
        }
    }
}
