//! A pattern looked for at the places of its literals, and by the regex library.

use proptest::prelude::*;
use regex::Regex;

use super::Sought;

/// Of the shapes that the program's own patterns have: links, names with a mark behind them, words in a row, numbers.
const PATTERN: &str = r"(?ix)
    \b[a-z][a-z0-9+.-]*://[^\s/@]+@ | https?://[^\s<>]*(?: /commit/ | \.patch\b ) | \b(?:pass(?:word)?|key)\s*[:=]\s*\S
    | \btoken\s+is\s+\S*[0-9]\S* | -----BEGIN\ [A-Z\ ]*KEY----- | [?&]sig=[a-z0-9]{4} | \bftp://";

proptest! {
    #[test]
    fn both_find_the_same(pieces in prop::collection::vec(prop::sample::select(vec![
        "https://", "ftp://", "a@", "host/", "commit/", "x.patch", " ", " ", "\n", "password", "Key", "key", ":", "= ", "secret1", "token", "is",
        "-----BEGIN ", "PRIVATE ", "KEY-----", "?sig=", "ab12", "&", "\u{212a}ey:", "\u{fc}", "\u{663}", "plain words go here, many of them; ",
    ]), 0..40)) {
        let text = pieces.concat();
        let sought = Sought::compile(PATTERN).unwrap();
        prop_assert_eq!(sought.is_match(&text), Regex::new(PATTERN).unwrap().is_match(&text), "{}", text);
    }
}

#[test]
fn in_a_text_that_is_too_long_for_places() {
    let sought = Sought::compile(PATTERN).unwrap();
    let long = "nothing to see here. ".repeat(60_000);
    assert!(!sought.is_match(&long));
    assert!(sought.is_match(&(long + "password: x")));
}
