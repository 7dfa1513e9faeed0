//! What may stand at a place of a pattern: sets of characters, and which ways they admit.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

/// Many ways, told apart by the next byte.
#[derive(Debug)]
pub(super) struct Choice {
    /// For each byte of ASCII, one outside it, and the end of the text: the group of ways that it admits.
    group: Box<[u8]>,
    groups: Box<[(u32, u32)]>,
    /// The ways of the groups, each group in the order of the pattern.
    pub(super) ways: Box<[u32]>,
}

const OUTSIDE_ASCII: usize = 128;
const END: usize = 129;

impl Choice {
    pub(super) fn of(ways: &[(First, usize)]) -> Self {
        let mut known: Vec<Vec<u32>> = Vec::new();
        let mut group = Vec::new();
        for key in 0..=END {
            let next = match key {
                END => None,
                key => Some(key as u8),
            };
            let admitted = ways.iter().filter(|(first, _)| first.admits(next)).map(|(_, to)| *to as u32).collect();
            let number = known.iter().position(|other| *other == admitted).unwrap_or_else(|| {
                known.push(admitted);
                known.len() - 1
            });
            group.push(number as u8);
        }
        let mut end = 0;
        let range = |ways: &Vec<u32>| {
            let from = end;
            end += ways.len() as u32;
            (from, end)
        };
        Self { group: group.into(), groups: known.iter().map(range).collect(), ways: known.concat().into() }
    }

    #[inline]
    pub(super) fn admitted(&self, next: Option<u8>) -> (u32, u32) {
        let key = match next {
            None => END,
            Some(byte) if byte.is_ascii() => usize::from(byte),
            Some(_) => OUTSIDE_ASCII,
        };
        let group = self.group.get(key).copied().unwrap_or_default();
        self.groups.get(usize::from(group)).copied().unwrap_or_default()
    }
}

/// Characters of ASCII, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ascii {
    low: u64,
    high: u64,
}

impl Ascii {
    const NONE: Self = Self { low: 0, high: 0 };

    pub(super) fn of(all: u128) -> Self {
        Self { low: all as u64, high: (all >> 64) as u64 }
    }

    fn all(self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }

    #[inline]
    fn has(self, byte: u8) -> bool {
        let half = if byte & 64 == 0 { self.low } else { self.high };
        half >> (byte & 63) & 1 != 0
    }
}

/// Characters: those of ASCII as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) ascii: Ascii,
    pub(super) others: Others,
}

/// Characters outside ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Others {
    None,
    /// Those of words (`\w`): hundreds of ranges, which the library has once.
    Words,
    Ranges(Box<[(char, char)]>),
}

/// The ranges of `\w` outside ASCII.
static WORDS: LazyLock<Box<[(char, char)]>> =
    LazyLock::new(|| match regex_syntax::Parser::new().parse(r"\w").map(Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => ranges(&class),
        _ => Box::default(),
    });

fn ranges(class: &ClassUnicode) -> Box<[(char, char)]> {
    let others = class.iter().filter(|range| !range.end().is_ascii());
    others.map(|range| (range.start().max('\u{80}'), range.end())).collect()
}

impl Set {
    pub(super) fn of(class: &Class) -> Option<Self> {
        let Class::Unicode(class) = class else { return None };
        let mut ascii = 0_u128;
        for range in class.iter().filter(|range| range.start().is_ascii()) {
            (range.start()..=range.end().min('\u{7f}')).for_each(|c| ascii |= 1_u128 << u32::from(c));
        }
        let others = match ranges(class) {
            others if others.is_empty() => Others::None,
            others if others == *WORDS => Others::Words,
            others => Others::Ranges(others),
        };
        Some(Self { ascii: Ascii::of(ascii), others })
    }

    /// How long the character of the set is that stands there; 0 for another one.
    #[inline]
    pub(super) fn width(&self, text: &str, at: usize) -> usize {
        match text.as_bytes().get(at) {
            None => 0,
            Some(byte) if byte.is_ascii() => usize::from(self.ascii.has(*byte)),
            Some(_) if self.others == Others::None => 0,
            Some(_) => {
                let next = text.get(at..).and_then(|rest| rest.chars().next());
                next.filter(|c| self.has_other(*c)).map_or(0, char::len_utf8)
            }
        }
    }

    fn has_other(&self, c: char) -> bool {
        match &self.others {
            Others::None => false,
            Others::Words => regex_syntax::try_is_word_character(c).unwrap_or(false),
            Others::Ranges(ranges) => {
                let after = ranges.partition_point(|(first, _)| *first <= c);
                after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, last)| c <= *last)
            }
        }
    }

    /// The small letter when the set is one letter in both cases, with the sign that Unicode takes for it.
    pub(super) fn letter(&self) -> Option<u8> {
        let first = u8::try_from(self.ascii.all().trailing_zeros()).ok().filter(u8::is_ascii_uppercase)?;
        let small = first.to_ascii_lowercase();
        let others = match (folded_into(small), &self.others) {
            (Some(odd), Others::Ranges(ranges)) => matches!(**ranges, [(one, last)] if one == odd && last == odd),
            (None, Others::None) => true,
            _ => false,
        };
        (self.ascii.all() == (1_u128 << first | 1_u128 << small) && others).then_some(small)
    }
}

/// Kelvin's sign and the long s are letters of ASCII when case does not matter (Unicode simple case folding).
pub(super) fn folded_into(letter: u8) -> Option<char> {
    match letter {
        b'k' => Some('\u{212a}'),
        b's' => Some('\u{17f}'),
        _ => None,
    }
}

/// With what a part of a pattern may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct First {
    ascii: Ascii,
    /// With characters outside ASCII, too.
    others: bool,
    /// It may match nothing.
    pub(super) empty: bool,
}

impl Default for First {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl First {
    pub(super) const NOTHING: Self = Self { ascii: Ascii::NONE, others: false, empty: true };

    pub(super) fn of(tree: &Hir) -> Self {
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::NOTHING,
            HirKind::Literal(literal) => match literal.0.first() {
                Some(byte) if byte.is_ascii() => Self { ascii: Ascii::of(1 << byte), others: false, empty: false },
                _ => Self { ascii: Ascii::NONE, others: true, empty: false },
            },
            HirKind::Class(class) => match Set::of(class) {
                Some(set) => Self { ascii: set.ascii, others: set.others != Others::None, empty: false },
                None => Self { ascii: Ascii::of(u128::MAX), others: true, empty: false },
            },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => {
                let first = Self::of(&repetition.sub);
                Self { empty: first.empty || repetition.min == 0, ..first }
            }
            HirKind::Concat(parts) => Self::of_all(parts, Self::NOTHING),
            HirKind::Alternation(branches) => {
                let none = Self { empty: false, ..Self::NOTHING };
                branches.iter().map(Self::of).fold(none, |one, other| Self { empty: one.empty || other.empty, ..one.or(other) })
            }
        }
    }

    /// Of a sequence with something behind it.
    pub(super) fn of_all<'t>(parts: impl IntoIterator<Item = &'t Hir>, behind: Self) -> Self {
        let mut all = Self::NOTHING;
        for part in parts {
            all = all.then(Self::of(part));
            if !all.empty {
                return all;
            }
        }
        all.then(behind)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            ascii: Ascii::of(self.ascii.all() | other.ascii.all()),
            others: self.others || other.others,
            empty: self.empty || other.empty,
        }
    }

    pub(super) fn then(self, behind: Self) -> Self {
        if self.empty { Self { empty: behind.empty, ..self.or(behind) } } else { self }
    }

    #[inline]
    pub(super) fn admits(self, next: Option<u8>) -> bool {
        match next {
            _ if self.empty => true,
            None => false,
            Some(byte) if byte.is_ascii() => self.ascii.has(byte),
            Some(_) => self.others,
        }
    }
}
