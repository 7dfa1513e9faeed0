//! Words joined so that they look like one name: `we_told_larch_about_it`, `--all-hosts-were-done`, `WeToldLarch`.
//!
//! Code joins words too. What it does not have is a word that holds a sentence together: who, whose, when. Cannot fail; linear in the word.

/// What stands in a sentence of somebody and in no name of code.
const OF_SENTENCES: [&str; 45] = [
    "we",
    "our",
    "ours",
    "they",
    "them",
    "their",
    "theirs",
    "you",
    "your",
    "yours",
    "she",
    "him",
    "his",
    "who",
    "whom",
    "whose",
    "told",
    "tell",
    "tells",
    "telling",
    "the",
    "because",
    "although",
    "already",
    "yesterday",
    "tomorrow",
    "tonight",
    "nobody",
    "somebody",
    "anybody",
    "everybody",
    "everyone",
    "someone",
    "anyone",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "customers",
    "tenants",
    "exploited",
    "leaked",
];

/// Small words that code has in its names as well.
const SMALL: [&str; 54] = [
    "a", "an", "at", "since", "has", "have", "had", "got", "is", "are", "was", "were", "be", "been", "to", "in", "on", "by",
    "for", "from", "and", "or", "with", "of", "not", "no", "before", "after", "until", "if", "as", "it", "its", "this", "that",
    "these", "those", "all", "both", "each", "too", "also", "same", "now", "will", "can", "may", "must", "should", "did", "do",
    "does", "knows", "runs",
];

/// So many words with a small one among them are looked at,
const SENTENCE: usize = 4;
/// and so many without.
const LONG: usize = 6;

/// A word of sentences.
pub(in crate::mail) fn is_of_sentences(word: &str) -> bool {
    among(&OF_SENTENCES, word)
}

/// A word of sentences, or one that holds them together: no name, whatever its capitals.
pub fn is_small(word: &str) -> bool {
    among(&SMALL, word) || is_of_sentences(word)
}

fn among(list: &[&str], word: &str) -> bool {
    word.len() <= 10 && list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The words of a name that may be a sentence; `None` for any other.
pub fn joined(name: &str) -> Option<Vec<&str>> {
    at_least(name, SENTENCE)
}

/// The same of a name in code, which has small words in short names.
pub(super) fn joined_in_code(name: &str) -> Option<Vec<&str>> {
    at_least(name, SENTENCE + 1)
}

fn at_least(name: &str, enough: usize) -> Option<Vec<&str>> {
    if name.len() < 7 {
        return None;
    }
    let mut suspect = false;
    let mut all = 0;
    let mut sentence = false;
    // A path is as long as it likes: its directories count one by one.
    for segment in name.split('/') {
        let (mut words, mut small, mut caps) = (0, false, true);
        for part in parts(segment).filter(|part| is_word(part)) {
            words += 1;
            small |= among(&SMALL, part);
            sentence |= is_of_sentences(part);
            caps &= part.chars().all(char::is_uppercase);
        }
        all += words;
        suspect |= words >= enough && small || words >= LONG && !caps;
    }
    (suspect || sentence && all >= 3).then(|| parts(name).collect())
}

fn is_word(part: &str) -> bool {
    part.len() > 1 && part.chars().all(char::is_alphabetic) || part.eq_ignore_ascii_case("a")
}

/// The parts of a name, at its marks and its humps.
pub(in crate::mail) fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric() && c != '\'').flat_map(humps).filter(|part| !part.is_empty())
}

/// `WeToldLarch` at its capitals.
fn humps(name: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut small = false;
    for (at, c) in name.char_indices() {
        if small && c.is_uppercase() {
            found.extend(name.get(from..at));
            from = at;
        }
        small = c.is_lowercase();
    }
    found.extend(name.get(from..));
    found
}

fn sentence_in(word: &str) -> bool {
    joined(word).is_some_and(|words| words.iter().any(|word| is_small(word)))
}

/// What may stand in a person's name, or a team's, and is written small.
const OF_NAMES: [&str; 28] = [
    "van",
    "von",
    "der",
    "den",
    "de",
    "del",
    "della",
    "di",
    "da",
    "dos",
    "la",
    "le",
    "el",
    "al",
    "bin",
    "ibn",
    "ten",
    "ter",
    "zu",
    "via",
    "of",
    "and",
    "security",
    "team",
    "list",
    "open",
    "moderated",
    "discussion",
];

/// What some are called, and is small otherwise.
pub const CALLED: [&str; 6] = ["Will", "May", "An", "Do", "Can", "At"];

/// Whether a text is what a person or a team is called: a few words, each with a capital, and none of a sentence.
pub(in crate::mail) fn is_name(text: &str) -> bool {
    let mut count = 0;
    let mut accounts = 0;
    for token in text.split_whitespace() {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric());
        if word.is_empty() {
            continue;
        }
        count += 1;
        // An initial.
        if word.chars().count() == 1 && word.starts_with(char::is_uppercase) {
            continue;
        }
        let small = OF_NAMES.contains(&word.to_lowercase().as_str());
        let capital = word.starts_with(|c: char| !c.is_lowercase() && !c.is_ascii_digit());
        // An account, or the list that a post came through.
        accounts += usize::from(!small && !capital);
        if count > 6 || accounts > 1 || !small && !CALLED.contains(&word) && (is_small(word) || sentence_in(word)) {
            return false;
        }
    }
    true
}

/// Whether the tag of a list or a patch is one: a word or a few that name it, and numbers.
pub(super) fn is_tag(tag: &str) -> bool {
    let words: Vec<&str> = parts(tag).filter(|part| is_word(part)).collect();
    words.len() <= 4
        && !words.iter().any(|word| is_small(word) && !["for", "security"].contains(&word.to_ascii_lowercase().as_str()))
}

/// Whether a line has so many words in a row as no code has, or one that only sentences have.
pub(super) fn is_prose(line: &str) -> bool {
    let mut run = 0;
    for token in line.split_whitespace() {
        let word = token.trim_matches(|c: char| "\"'`.!?*_-".contains(c));
        let end = word.trim_end_matches([',', ';', ':']);
        if is_of_sentences(end.trim_matches(|c: char| !c.is_alphanumeric())) {
            return true;
        }
        let plain = end.len() > 1 && end.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '-');
        match plain {
            _ if KEYWORDS.contains(&end) => {}
            true => run += 1,
            false => run = 0,
        }
        if run > 2 {
            return true;
        }
        if end.len() < word.len() {
            run = 0;
        }
    }
    false
}

/// Words of programming languages that stand side by side.
const KEYWORDS: [&str; 98] = [
    "static",
    "const",
    "unsigned",
    "signed",
    "int",
    "long",
    "short",
    "struct",
    "union",
    "enum",
    "return",
    "else",
    "case",
    "goto",
    "typedef",
    "extern",
    "inline",
    "void",
    "char",
    "bool",
    "volatile",
    "register",
    "sizeof",
    "while",
    "if",
    "for",
    "switch",
    "break",
    "continue",
    "default",
    "asm",
    "float",
    "double",
    "auto",
    "noinline",
    "notrace",
    "asmlinkage",
    "noreturn",
    "#define",
    "#include",
    "#ifdef",
    "#ifndef",
    "#if",
    "#elif",
    "#else",
    "#endif",
    "#undef",
    "#error",
    "defined",
    "import",
    "from",
    "as",
    "in",
    "is",
    "not",
    "and",
    "or",
    "with",
    "None",
    "True",
    "False",
    "def",
    "class",
    "lambda",
    "yield",
    "assert",
    "pass",
    "raise",
    "try",
    "except",
    "del",
    "global",
    "elif",
    "echo",
    "do",
    "done",
    "then",
    "fi",
    "esac",
    "set",
    "export",
    "let",
    "mut",
    "pub",
    "fn",
    "impl",
    "use",
    "match",
    "ref",
    "where",
    "rec",
    "fun",
    "begin",
    "end",
    "type",
    "of",
    "depends",
    "select",
];
