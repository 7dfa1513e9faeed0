//! Known words: what a text says when each of its words is one of them (`every-word`).
//!
//! A list of words to look out for always lacks the one that the next writer uses; a list of words that are harmless cannot: whatever is not on
//! it keeps the rule from matching. Words stand in `[vocabulary]` of the rule file. What has a technical form (a version, a hash, a file, an
//! identifier, an option) needs no entry. Sentences may be let have a few unknown words ([`Stray`]), or be stopped though all are known ([`Wary`]).
//! Promises: linear in the text; a name is never taken for a word, as words of small letters are not found with a capital inside a sentence.
//! Cannot fail: what is not understood is not known.

use std::{borrow::Cow, ops::Range, sync::Arc};

mod form;
mod piece;
mod reading;
mod stray;
mod words;

use super::{MailView, Pattern, set::Indexed, view::Answers};
use crate::mail::{CALLED, is_answer, is_small, joined};
use form::is_technical;
use words::Words;

pub(super) use reading::Reading;
pub use stray::{Stray, Wary};

/// So many unknown words are shown.
pub(super) const SHOWN: usize = 5;
/// More capitalised words than this after "Hi" are no name.
const NAME: usize = 3;
/// And after "Regards": the name, and the firm below it.
const SIGNATURE: usize = 6;
/// Who is greeted, besides people by their names.
const GREETED: [&str; 22] = [
    "all",
    "everyone",
    "everybody",
    "folks",
    "again",
    "security",
    "response",
    "team",
    "list",
    "members",
    "member",
    "colleagues",
    "moderators",
    "administrators",
    "developers",
    "maintainers",
    "there",
    "à",
    "tous",
    "zusammen",
    "alle",
    "allemaal",
];

/// How a mail begins, in the languages seen.
const HAILS: [&str; 17] = [
    "hi", "hello", "dear", "hey", "hallo", "bonjour", "moin", "hola", "ciao", "salut", "servus", "cześć", "ahoj", "hej", "hei",
    "hoi", "olá",
];

/// The words that a rule knows.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    known: Arc<Words>,
    /// Where a word may be unknown.
    stray: Option<Stray>,
    /// Where known words are not enough.
    wary: Vec<Wary>,
    /// What is asked of a piece beside the own words.
    words: Asked,
}

/// Whether words must be known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Asked {
    /// Each of them.
    #[default]
    Words,
    /// None: only sentences are looked at.
    Sentences,
}

/// The last word before the name at the end, in the languages seen.
const CLOSINGS: [&str; 15] = [
    "thanks",
    "regards",
    "rgds",
    "cheers",
    "greetings",
    "best",
    "you",
    "advance",
    "wishes",
    "br",
    "cordialement",
    "grußen",
    "gruße",
    "gruß",
    "saludos",
];

/// Why an entry is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no word")]
pub struct NotAWord(String);

/// A word of a text, without its marks.
struct Word<'t> {
    /// As written.
    shown: &'t str,
    /// With straight apostrophes.
    text: Cow<'t, str>,
    /// It has a technical form and needs no entry.
    technical: bool,
    /// It begins a sentence, so that a capital says nothing.
    first: bool,
    /// A mark parts it from the word before: no phrase goes across.
    apart: bool,
    /// Its place among the blank-parted pieces of its paragraph.
    token: usize,
    /// It is the firm of the writer, by his address.
    own: bool,
}

/// A sentence.
struct Sentence<'v> {
    /// One blank between words.
    text: &'v str,
    /// Where it stands in the body, or beside it.
    range: Option<Range<usize>>,
    /// In which of the two.
    within: Indexed,
    /// The unknown ones of its words.
    unknown: Vec<&'v str>,
}

impl Sentence<'_> {
    /// The first match of a pattern in it.
    fn find(&self, pattern: &Pattern, answers: Option<&Answers>) -> Option<&str> {
        match (answers, &self.range) {
            (Some(answers), Some(range)) if pattern.is_numbered() => {
                self.text.get(answers.find_in(self.within, range, pattern)?)
            }
            _ => pattern.find(self.text),
        }
    }
}

impl Vocabulary {
    /// Adds words, parted by blanks. `patch|es|ed|ing` is a word and its endings; `test_host|s` two words that are known together only;
    /// `release_#` one known only before something technical; `@` is the writer's own firm, by the address. Words of small letters may have a capital where a sentence begins; words with a
    /// capital stand for themselves.
    ///
    /// # Errors
    /// The first entry that is no word.
    pub fn add(&mut self, words: &str) -> Result<(), NotAWord> {
        for entry in words.split_whitespace() {
            let mut parts = entry.split('|');
            let stem = parts.next().unwrap_or_default();
            self.word(stem, entry)?;
            for ending in parts {
                self.word(&format!("{stem}{ending}"), entry)?;
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &str, entry: &str) -> Result<(), NotAWord> {
        let is_word = |word: &str| {
            word == "#" || word == "@" || !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "'.".contains(c))
        };
        let parts: Vec<&str> = word.split('_').collect();
        if word == "#" || !parts.iter().all(|part| is_word(part)) {
            return Err(NotAWord(entry.to_owned()));
        }
        match parts.split_first() {
            Some((first, rest)) if !rest.is_empty() => {
                let rest = rest.iter().map(|part| (*part).to_owned()).collect();
                Arc::make_mut(&mut self.known).add_phrase(first, rest);
            }
            _ => Arc::make_mut(&mut self.known).add(word),
        }
        Ok(())
    }

    /// Lets words stray where that can do no harm.
    pub fn let_stray(&mut self, stray: Stray) {
        self.stray = Some(stray);
    }

    /// Looks out for sentences that known words make, too.
    pub fn be_wary(&mut self, wary: Wary) {
        self.wary.push(wary);
    }

    /// All of another's words, too.
    pub fn extend(&mut self, other: &Self) {
        Arc::make_mut(&mut self.known).extend(&other.known);
    }

    /// The same words, and nothing said about sentences.
    pub(super) fn of_words(other: &Self) -> Self {
        Self { known: Arc::clone(&other.known), ..Self::default() }
    }

    /// The patterns that are looked for in sentences.
    pub(super) fn patterns_mut(&mut self) -> impl Iterator<Item = &mut Pattern> {
        let stray = self.stray.iter_mut().flat_map(|stray| stray.beside.iter_mut().chain(&mut stray.unless));
        stray.chain(self.wary.iter_mut().flat_map(|wary| wary.of.iter_mut().chain(&mut wary.unless)))
    }

    /// The first words of a mail that are not known, and sentences that are not understood; none when everything is. A greeting is known with the
    /// name in it, a closing with the author's. The subject counts when the writer made it: an answer has that of the thread.
    pub fn doubts(&self, view: &MailView) -> Vec<String> {
        self.doubts_with(view, None, &mut self.reading(view))
    }

    /// The beginning of a reading of the mail with the words of this vocabulary.
    pub(super) fn reading(&self, view: &MailView) -> Reading {
        Reading::of(&self.known, view)
    }

    /// The same, with what is known of the patterns of the rule file, and what was read for others with the same words.
    pub(super) fn doubts_with(&self, view: &MailView, answers: Option<&Answers>, reading: &mut Reading) -> Vec<String> {
        let (subject, body) = (view.subject.as_str(), view.body.as_str());
        let mut doubts = Vec::new();
        if !is_answer(subject) {
            // A title names a matter; what goes wrong is said below it.
            self.unknown(&reading.title(subject, self), answers, &mut doubts);
        }
        for number in 0..reading.paragraphs() {
            if doubts.len() >= SHOWN {
                break;
            }
            for sentence in reading.sentences(number, body, self) {
                self.unknown(&sentence, answers, &mut doubts);
                let goes_wrong = self.wary.iter().find_map(|wary| wary.finds(&sentence, answers));
                doubts.extend(goes_wrong.map(|found| format!("what goes wrong where: `{found}`")));
            }
        }
        doubts.truncate(SHOWN);
        doubts
    }

    /// The unknown words of a sentence that may not have them.
    fn unknown(&self, sentence: &Sentence<'_>, answers: Option<&Answers>, doubts: &mut Vec<String>) {
        let unknown = &sentence.unknown;
        if unknown.is_empty() || self.stray.as_ref().is_some_and(|stray| stray.passes(sentence, answers)) {
            return;
        }
        let against =
            self.stray.as_ref().and_then(|stray| stray.against(sentence, answers)).filter(|found| !unknown.contains(found));
        let beside = against.map(|found| format!(", in a sentence with `{found}`")).unwrap_or_default();
        doubts.extend(unknown.iter().map(|word| format!("not in the vocabulary: `{word}`{beside}")));
    }

    fn look<'w, 't>(&self, words: &'w [Word<'t>]) -> Vec<&'w Word<'t>> {
        let mut unknown = Vec::new();
        let mut rest = words;
        while let Some((word, after)) = rest.split_first() {
            let phrase = self.phrase(word, after);
            if phrase == 0 && !word.technical && !self.knows(word) {
                unknown.push(word);
            }
            rest = after.get(phrase..).unwrap_or_default();
        }
        unknown
    }

    /// How many words after this one make a phrase with it: the longest.
    fn phrase(&self, word: &Word<'_>, after: &[Word<'_>]) -> usize {
        let fits = |rest: &&Vec<String>| {
            let same = |(entry, word): (&String, &Word<'_>)| {
                !word.apart && (if entry == "#" { word.technical } else { any_variant(word, |variant| variant == entry) })
            };
            rest.len() <= after.len() && rest.iter().zip(after).all(same)
        };
        let mut longest = 0;
        let mut look = |first: &str| {
            let phrases = self.known.phrases(first).iter().filter(fits);
            longest = phrases.map(Vec::len).max().unwrap_or(0).max(longest);
            false
        };
        any_variant(word, &mut look);
        if word.technical {
            look("#");
        }
        longest
    }

    fn knows(&self, word: &Word<'_>) -> bool {
        any_variant(word, |variant| {
            let stem = variant.trim_end_matches(|c: char| c.is_ascii_digit());
            self.known.has(variant) || !stem.is_empty() && stem.len() < variant.len() && self.known.has(stem)
        })
    }
}

/// Whether one of the ways in which a word may stand in the list is wanted: as written, in small letters when its capitals say nothing, without
/// `'s` and its like.
fn any_variant(word: &Word<'_>, mut is_wanted: impl FnMut(&str) -> bool) -> bool {
    let mut any = |variant: &str| {
        let stem = if variant.contains('\'') {
            let endings = ["n't", "'s", "'re", "'ve", "'ll", "'d", "'m", "s'"];
            endings.into_iter().find_map(|ending| variant.strip_suffix(ending)).filter(|stem| !stem.is_empty())
        } else {
            None
        };
        is_wanted(variant) || stem.is_some_and(&mut is_wanted)
    };
    if any(&word.text) || word.own && any("@") {
        return true;
    }
    if !word.text.starts_with(char::is_uppercase) {
        return false;
    }
    // "I" is written so wherever it stands.
    let shouted = (word.text.chars().nth(1).is_some() || word.text == "I") && !word.text.chars().any(char::is_lowercase);
    (word.first || shouted) && any(&word.text.to_lowercase())
}

/// Letters of ASCII, and no more than one mark behind them that ends a sentence or a part of one: most tokens, and none has a technical form.
fn is_plain(token: &str) -> bool {
    let letters = token.strip_suffix(['.', ',', ';', '?', '!']).unwrap_or(token);
    !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The words of a paragraph.
fn words<'t>(tokens: &[&'t str]) -> Vec<Word<'t>> {
    let mut words = Vec::new();
    let (mut first, mut apart) = (true, true);
    let mut trailer = 0;
    for (at, &token) in tokens.iter().enumerate() {
        if is_plain(token) && trailer == 0 {
            let text = token.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
            words.push(Word { shown: text, text: text.into(), technical: false, first, apart, token: at, own: false });
            first = token.ends_with(['.', '?', '!']);
            apart = text.len() < token.len();
            continue;
        }
        trailer = if trailer == 0 { printed_by_git(tokens.get(at..).unwrap_or_default()) } else { trailer };
        if trailer > 0 {
            trailer -= 1;
            (first, apart) = (true, true);
            continue;
        }
        if is_prefix_of_title(token, at.checked_sub(1).and_then(|before| tokens.get(before))) {
            (first, apart) = (true, true);
            continue;
        }
        let token = token.strip_suffix("'s").unwrap_or(token);
        let bare = token.trim_matches(|c: char| !c.is_alphanumeric() && !"_/~.-+%$#=*&()".contains(c));
        let bare = bare.trim_end_matches(['.', ',', ')', '*', '-']).trim_start_matches(['(', '*', '&']);
        // `foo()` and `foo(bar)` keep their brackets.
        let bare = if bare.contains('(') { call(token) } else { bare };
        if let Some(parts) = joined(bare).filter(|_| is_technical(bare)) {
            // A sentence whose words are joined says what the sentence says.
            for part in parts {
                let technical = is_technical(part);
                words.push(Word { shown: part, text: part.into(), technical, first, apart, token: at, own: false });
                apart = false;
            }
            first = false;
        } else if is_technical(bare) {
            words.push(Word {
                shown: token,
                text: bare.into(),
                technical: true,
                first,
                apart: apart || opens(token),
                token: at,
                own: false,
            });
            (first, apart) = (false, false);
        } else {
            let mark = |c: char| !c.is_alphanumeric() && c != '\'' && c != '\u{2019}' && c != '_';
            let addressed = bare.contains('@') || bare.contains("://");
            let pieces: Vec<&str> = if addressed { vec![bare] } else { token.split(mark).collect() };
            let mut joined = !opens(token);
            for piece in
                pieces.into_iter().map(|piece| piece.trim_matches(['\'', '\u{2019}', '_'])).filter(|piece| !piece.is_empty())
            {
                let curly = piece.contains('\u{2019}');
                let text = if curly { piece.replace('\u{2019}', "'").into() } else { Cow::Borrowed(piece) };
                let technical = is_technical(piece);
                words.push(Word { shown: piece, text, technical, first, apart: apart || !joined, token: at, own: false });
                (first, apart, joined) = (false, false, true);
            }
        }
        let ends = token.trim_end_matches(['"', '\'', ')', '\u{201d}']);
        first = first || ends.ends_with(['.', '?', '!', ':']) || token.chars().all(|c| "-*>#|=".contains(c));
        apart = apart || token.ends_with(['.', ',', ';', ':', '?', '!', ')', '"']);
    }
    words
}

/// What a writer's own firm may be called: the labels of the address but the last.
fn firm(author: &str) -> Vec<&str> {
    let domains = author.split(['<', '>', ' ']).filter_map(|word| word.split_once('@')).map(|(_, domain)| domain);
    let labels = domains.filter_map(|domain| domain.rsplit_once('.')).flat_map(|(labels, _)| labels.split(['.', '-']));
    labels.filter(|label| label.len() > 2).collect()
}

fn own(words: &mut [Word<'_>], firm: &[&str]) {
    for word in words {
        word.own = word.text.starts_with(char::is_uppercase) && firm.contains(&word.text.to_lowercase().as_str());
    }
}

/// How many words are what git prints: the author and date of a commit, and trailers that say what their writer did,
/// `Reviewed-by: Ada Byron <ada@...>`. Not `Reported-by`: that is credit.
fn printed_by_git(tokens: &[&str]) -> usize {
    let Some((key, rest)) = tokens.split_first() else { return 0 };
    let zone = |word: &str| {
        word.strip_prefix(['+', '-']).is_some_and(|zone| zone.len() == 4 && zone.bytes().all(|b| b.is_ascii_digit()))
    };
    let end = match key.to_ascii_lowercase().as_str() {
        "reviewed-by:" | "tested-by:" | "acked-by:" | "signed-off-by:" | "author:" => {
            let end = rest.iter().take(5).position(|word| word.starts_with('<') && word.ends_with('>'));
            end.filter(|end| rest.iter().take(*end).all(|word| !is_small(word) && !word.starts_with(char::is_lowercase)))
        }
        "date:" => rest.iter().take(6).position(|word| zone(word)),
        _ => None,
    };
    end.map_or(0, |end| end + 2)
}

/// `netfilter: nftables: exthdr: fix ...`, `("cifs: Fix ...`: what a commit's title names before it speaks.
fn is_prefix_of_title(token: &str, before: Option<&&str>) -> bool {
    let name = |token: &str| {
        token.strip_suffix(':').is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_/-.,".contains(c))
        })
    };
    token.strip_prefix("(\"").is_some_and(name)
        || name(token) && before.is_some_and(|before| name(before) || before.starts_with("(\""))
}

/// `foo()` of `(\"foo()\").`
fn call(token: &str) -> &str {
    let marks = |c: char| "\"'`,.;:!?*".contains(c);
    let mut call = token.trim_start_matches('(').trim_matches(marks);
    // Counted once: a word may be nothing but closing brackets, and as long as the mail.
    let mut unopened = call.matches(')').count().saturating_sub(call.matches('(').count());
    while unopened > 0 {
        call = call.strip_suffix(')').unwrap_or_default().trim_end_matches(marks);
        unopened -= 1;
    }
    call
}

fn opens(token: &str) -> bool {
    token.starts_with(['(', '[', '"', '{'])
}

/// How many words at the beginning greet: "Hi Ada,", "Hello all,", "Dear Security Team, dear members,".
fn greeting(tokens: &[&str]) -> usize {
    if is_name(tokens.iter().copied(), NAME) && tokens.last().is_some_and(|last| last.ends_with([',', ':', '!'])) {
        return tokens.len();
    }
    let mut greeted = 0;
    loop {
        match one_greeting(tokens.get(greeted..).unwrap_or_default()) {
            0 => return greeted,
            more => greeted += more,
        }
    }
}

fn one_greeting(tokens: &[&str]) -> usize {
    let plain = |token: &str| token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let Some((hail, after)) = tokens.split_first() else { return 0 };
    if !HAILS.contains(&plain(hail).as_str()) {
        return 0;
    }
    let end = after.iter().take(NAME + 1).position(|token| token.ends_with([',', '!', ':', '.', '-'])).map(|at| at + 1);
    let end = if hail.ends_with([',', '!']) { Some(0) } else { end.or((after.len() <= NAME).then_some(after.len())) };
    let named = |token: &&str| is_name(std::iter::once(*token), NAME) || GREETED.contains(&plain(token).as_str());
    end.filter(|end| after.iter().take(*end).all(named)).map_or(0, |end| end + 1)
}

/// Where the closing's name begins: "Thanks, Ada", "Kind regards Ada Byron", "Ada". Only the author's name closes, and the firm's.
fn closing(tokens: &[&str], author: &str) -> usize {
    let plain = |token: &str| folded(token.trim_matches(|c: char| !c.is_alphanumeric()));
    let parts: Vec<String> = author.split(|c: char| !c.is_alphanumeric()).map(folded).filter(|part| !part.is_empty()).collect();
    let begins = |word: &str| parts.iter().any(|part| part.starts_with(word) || word.len() > 3 && part.ends_with(word));
    let is_part =
        |name: &str| begins(name) || name.char_indices().nth(3).is_some_and(|(end, _)| name.get(..end).is_some_and(begins));
    let signs = |token: &&str| plain(token).split('-').all(|name| name.is_empty() || is_part(name));
    let name = tokens.iter().rev().take(SIGNATURE).take_while(|token| signs(token)).count();
    let end = tokens.len().saturating_sub(name);
    let (before, signed) = tokens.split_at_checked(end).unwrap_or_default();
    let closes = |last: &&str| CLOSINGS.contains(&plain(last).as_str()) || last.ends_with(['.', '!', '?']);
    if is_name(signed.iter().copied(), SIGNATURE) && before.last().is_none_or(closes) { end } else { tokens.len() }
}

/// In small letters, without the marks on them: people write their names both ways.
fn folded(name: &str) -> String {
    let plain = |c: char| match c {
        'à'..='å' | 'ą' | 'ă' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ę' | 'ě' => 'e',
        'ì'..='ï' => 'i',
        'ñ' | 'ń' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ś' | 'š' => 's',
        'ù'..='ü' | 'ů' => 'u',
        'ý' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ł' => 'l',
        'ř' => 'r',
        c => c,
    };
    name.to_lowercase().chars().map(plain).collect()
}

/// One word or a few with a capital each and no digit, as names are written; a dash or tilde may stand before.
fn is_name<'t>(tokens: impl Iterator<Item = &'t str>, most: usize) -> bool {
    let mut count = 0;
    for token in tokens {
        let token = token.trim_start_matches(['-', '~', '/']);
        if token.is_empty() {
            continue;
        }
        count += 1;
        let letters = |c: char| c.is_alphabetic() || "-'.,!:".contains(c);
        // Some are called so; no name is a pronoun or a verb.
        let small = |name: &str| is_small(name) && !CALLED.contains(&name);
        if small(token.trim_end_matches(|c: char| !c.is_alphabetic()))
            || count > most
            || !token.chars().next().is_some_and(char::is_uppercase)
            || !token.chars().all(letters)
        {
            return false;
        }
    }
    count > 0
}

#[cfg(test)]
mod tests;
