//! The floors of the house, as data, and the test that fails when a file under `src/` forgets them.
//!
//! Words know nothing above them, judgement knows no I/O, the I/O rooms (store, source, transport) do not know each other, and
//! only the assembly knows everybody. What is read is the code: comments and string literals do not count. The table below is
//! the architecture; changing it is a decision, not a repair.

/// Who may be imported by the rooms above the words.
const WORDS: &[&str] = &["mail", "disclosure", "clock", "entropy"];

/// All of judgement.
const JUDGEMENT: &[&str] = &[
    "patterns",
    "rules",
    "classify",
    "moderation",
    "command",
    "application",
    "advisory",
    "schedule",
    "publication",
    "cases",
    "membership",
    "transparency",
    "clearance",
    "firewall",
    "release",
    "compose",
    "site",
    "decide",
];

/// The edges: each talks to one kind of outside.
const EDGES: &[&str] = &["store", "source", "transport"];

/// Puts the rest together; may import everything.
const ASSEMBLY: &[&str] = &["daemon", "config", "cli", "report", "main", "lib"];

/// Every room below the assembly, and what it may import besides itself.
const FLOORS: &[(&str, &[&[&str]])] = &[
    ("mail", &[]),
    ("disclosure", &[&["mail", "clock"]]),
    ("clock", &[]),
    ("entropy", &[]),
    ("patterns", &[]),
    ("rules", &[WORDS]),
    ("classify", &[WORDS, &["rules"]]),
    ("moderation", &[WORDS, &["rules"]]),
    ("command", &[WORDS, &["cases", "membership"]]),
    ("application", &[WORDS, &["patterns"]]),
    ("advisory", &[WORDS, &["patterns", "schedule"]]),
    ("schedule", &[WORDS]),
    ("publication", &[WORDS, &["advisory", "schedule"]]),
    ("cases", &[WORDS, &["schedule"]]),
    ("membership", &[WORDS, &["application", "schedule"]]),
    ("transparency", &[WORDS, &["cases", "schedule"]]),
    ("firewall", &[WORDS, &["advisory"]]),
    ("release", &[WORDS, &["schedule"]]),
    // A letter names the rules' reasons; the door looks at letters, and at what they say.
    ("compose", &[WORDS, &["rules"]]),
    ("clearance", &[WORDS, &["compose", "firewall", "release"]]),
    // A page shows what a letter shows, and passes the same wall.
    ("site", &[WORDS, &["advisory", "publication", "cases", "compose", "firewall", "clearance"]]),
    ("decide", &[WORDS, JUDGEMENT]),
    ("store", &[WORDS, &["decide"]]),
    ("source", &[WORDS]),
    ("transport", &[WORDS]),
];

/// Crates with one home each: nothing else may name them, so that each can be replaced in one place.
const HOMES: &[(&str, &[&str])] = &[
    ("rusqlite", &["src/store"]),
    ("rusqlite_migration", &["src/store"]),
    ("async_imap", &["src/source"]),
    ("mail_parser", &["src/mail/mime"]),
];

/// The rooms that may touch files.
const FILES: &[&str] = &["source", "transport", "store", "config", "cli", "daemon", "report", "main"];

/// No file is longer (aim: 100 to 300).
const LINES: usize = 600;

/// What a file does against the rules; empty for a good one. `path` is relative to the package, with `/`.
fn violations(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > LINES {
        found.push(format!("{path}: {lines} lines; split it (at most {LINES})"));
    }
    let modules = module_path(path);
    let Some(room) = modules.first().map(String::as_str) else { return found };
    let above = ASSEMBLY.contains(&room);
    let floor = FLOORS.iter().find(|(name, _)| *name == room).map(|(_, may)| may.concat());
    if floor.is_none() && !above {
        found.push(format!("{path}: the room `{room}` stands on no floor of tests/layers.rs"));
    }
    let may = floor.unwrap_or_default();
    let tokens = tokens(text);
    for names in paths(&tokens) {
        if let Some(target) = target(&names, modules.len())
            && !above
            && target != room
            && target != "self"
            && !may.contains(&target)
        {
            found.push(format!("{path}: `{room}` must not import `{target}`"));
        }
        let first_two: Vec<&str> = names.iter().take(2).map(String::as_str).collect();
        if matches!(first_two.as_slice(), ["std" | "tokio", "fs"]) && !FILES.contains(&room) && !is_test(path) {
            found.push(format!("{path}: `{room}` must not touch files ({})", first_two.join("::")));
        }
    }
    for (krate, homes) in HOMES {
        let at_home = homes
            .iter()
            .any(|home| path.strip_prefix(home).is_some_and(|rest| rest.starts_with(['.', '/']) || rest.starts_with("_tests.")));
        if !at_home && tokens.iter().any(|token| token == krate) {
            found.push(format!("{path}: `{krate}` is named only in {}", homes.join(", ")));
        }
    }
    if !is_test(path) {
        for window in unexcused(&tokens).windows(3) {
            if let [dot, name, open] = window
                && (dot == "." && open == "(" && (name == "unwrap" || name == "expect"))
            {
                found.push(format!("{path}: `.{name}()` is for tests; return an error"));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// `src/mail/mime.rs` and `src/mail/mime/mod.rs` are `[mail, mime]`; outside `src/` nothing.
fn module_path(path: &str) -> Vec<String> {
    let Some(inside) = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")) else { return Vec::new() };
    let mut names: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if names.len() > 1 && names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

/// Test code lives in files of its own: `tests.rs`, `NAME_tests.rs`, or a folder `tests/` inside a module.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.trim_start_matches("src/").contains("/tests/")
}

/// The tokens without the items that are for tests (`#[cfg(test)]`) or that give a reason for unwrapping
/// (`#[expect(clippy::unwrap_used, reason = ..)]`: clippy sees to it that the reason is still needed).
fn unexcused(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let attribute: Vec<&str> =
            after.iter().take_while(|token| *token != "]").map(String::as_str).filter(|_| first == "#").collect();
        let excuses = match attribute.as_slice() {
            ["[", "cfg", "(", "test", ")"] => true,
            ["[", "expect", lints @ ..] => {
                lints.contains(&"reason") && (lints.contains(&"unwrap_used") || lints.contains(&"expect_used"))
            }
            _ => false,
        };
        if excuses {
            rest = after_item(after.get(attribute.len() + 1..).unwrap_or_default());
        } else {
            kept.push(first.clone());
            rest = after;
        }
    }
    kept
}

/// What follows the item that the tokens begin with: it ends with `;`, or with the `}` of its outermost block.
fn after_item(tokens: &[String]) -> &[String] {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (token == ";" || token == "}") {
            return tokens.get(at + 1..).unwrap_or_default();
        }
    }
    &[]
}

/// The room that a path leads to, if it starts at the root of our crate: by `crate::`, or by enough `super::`.
fn target(names: &[String], depth: usize) -> Option<&str> {
    let supers = names.iter().take_while(|name| *name == "super").count();
    let climbed = match names.first()?.as_str() {
        "crate" | "embargod" => 1,
        "super" if supers >= depth => supers,
        _ => return None,
    };
    names.get(climbed).map(String::as_str)
}

/// All paths with `::` in the tokens; a `use` tree gives one path for each of its leaves.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = tokens.get(at).is_some_and(|token| is_name(token));
        if begins && tokens.get(at + 1).is_some_and(|next| next == "::") {
            at = tree(tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one (sub)tree from `at`; returns where it ends.
fn tree(tokens: &[String], mut at: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut names = prefix.to_vec();
    while let Some(token) = tokens.get(at) {
        if token == "{" && (prefix.is_empty() || names.len() > prefix.len()) {
            at += 1;
            while let Some(inside) = tokens.get(at).filter(|token| *token != "}") {
                at = if inside == "," { at + 1 } else { tree(tokens, at, &names, found).max(at + 1) };
            }
            return at + 1;
        }
        if !is_name(token) && token != "*" {
            break;
        }
        names.push(token.clone());
        at += 1;
        if tokens.get(at).is_some_and(|token| token == "::") {
            at += 1;
        } else {
            break;
        }
    }
    if tokens.get(at).is_some_and(|token| token == "as") {
        at += 2;
    }
    found.push(names);
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The code as words and signs, without comments, string and character literals, and lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let char_at = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut found: Vec<String> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let next = char_at(at + 1);
        match char_at(at) {
            '/' if next == '/' => {
                while at < chars.len() && char_at(at) != '\n' {
                    at += 1;
                }
            }
            '/' if next == '*' => {
                let mut depth = 0;
                while at < chars.len() {
                    match (char_at(at), char_at(at + 1)) {
                        ('/', '*') => (depth, at) = (depth + 1, at + 2),
                        ('*', '/') => (depth, at) = (depth - 1, at + 2),
                        _ => at += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            '"' => at = after_string(&chars, at + 1),
            '\'' if next == '\\' => {
                at += 3;
                while at < chars.len() && char_at(at) != '\'' {
                    at += 1;
                }
                at += 1;
            }
            '\'' if char_at(at + 2) == '\'' => at += 3,
            // A lifetime: its name follows and imports nothing.
            '\'' => at += 1,
            first if first.is_alphanumeric() || first == '_' => {
                let in_word = |sign: &&char| sign.is_alphanumeric() || **sign == '_';
                let word: String = chars.iter().skip(at).take_while(in_word).collect();
                at += word.chars().count();
                let hashes = chars.iter().skip(at).take_while(|sign| **sign == '#').count();
                let raw = matches!(word.as_str(), "r" | "br" | "cr") && char_at(at + hashes) == '"';
                if raw {
                    at += hashes + 1;
                    let ends = |at: usize| char_at(at) == '"' && (1..=hashes).all(|more| char_at(at + more) == '#');
                    while at < chars.len() && !ends(at) {
                        at += 1;
                    }
                    at += hashes + 1;
                } else {
                    found.push(word);
                }
            }
            ':' if next == ':' => {
                found.push("::".to_owned());
                at += 2;
            }
            sign => {
                if !sign.is_whitespace() {
                    found.push(sign.to_string());
                }
                at += 1;
            }
        }
    }
    found
}

/// Where a string literal that was opened before `at` has ended.
fn after_string(chars: &[char], mut at: usize) -> usize {
    while let Some(sign) = chars.get(at).filter(|sign| **sign != '"') {
        at += if *sign == '\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{ASSEMBLY, EDGES, FLOORS, JUDGEMENT, LINES, WORDS, violations};

    fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn the_house_keeps_its_floors() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        assert!(files.iter().any(|(path, _)| path == "src/lib.rs"), "the walk sees the sources");
        let found: Vec<String> = files.iter().flat_map(|(path, text)| violations(path, text)).collect();
        assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
    }

    #[test]
    fn every_room_is_in_the_table_once() {
        let mut rooms: Vec<&str> = [WORDS, JUDGEMENT, EDGES].concat();
        rooms.sort_unstable();
        let mut floors: Vec<&str> = FLOORS.iter().map(|(room, _)| *room).collect();
        floors.sort_unstable();
        assert_eq!(rooms, floors);
        for (room, may) in FLOORS {
            let imports = may.concat();
            assert!(!imports.iter().any(|name| EDGES.contains(name) || ASSEMBLY.contains(name)), "{room} looks upwards");
            assert!(imports.iter().all(|name| rooms.contains(name)), "{room} may import what does not exist");
        }
    }

    fn bad(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(violations(path, text), expected, "{text}");
    }

    #[test]
    fn an_import_upwards_is_seen_in_every_spelling() {
        let expected = ["src/mail/raw.rs: `mail` must not import `store`"];
        for text in [
            "use crate::store::Tx;",
            "use crate::{mail::Address, store::Tx};",
            "use {crate::{mail::{Address, MessageId}, store::{self as s, inbox::take_in}}};",
            "use crate::store;",
            "pub(crate) use crate::store as keeper;",
            "fn f() { let x: crate::store::Tx = 1; }",
            "impl From<crate::store::Error> for E {}",
            "use super::super::store::Tx;",
            "use super::super::{raw, store};",
            "macro_rules! m { () => { $crate::store::go() } }",
            "fn f<'a>(x: &'a str, c: char) { if c == '\"' || c == '\\'' { crate::store::go() } }",
            "const S: &str = r#\"\"#; fn f() { crate :: store :: go() }",
        ] {
            let mut found = violations("src/mail/raw.rs", text);
            found.retain(|one| !one.contains("`raw`"));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn comments_and_literals_import_nothing() {
        let text = "\
//! See [`crate::store`] and `std::fs`.
/* crate::store::Tx /* rusqlite */ lettre */
const A: &str = \"crate::store::go() \\\" std::fs::read\";
const B: &str = r##\"crate::store \"# rusqlite\"##;
const C: &[u8] = br\"lettre::Address\";
#[expect(dead_code, reason = \"x\")]
fn f(x: &crate::mail::raw::RawMessage) -> char { '\"' }
";
        bad("src/mail/raw.rs", text, &[]);
    }

    #[test]
    fn each_floor_keeps_below_itself() {
        bad(
            "src/disclosure/case.rs",
            "use crate::{clock::Clock, entropy::Entropy, mail::Address};",
            &["src/disclosure/case.rs: `disclosure` must not import `entropy`"],
        );
        bad(
            "src/classify.rs",
            "use crate::{mail::Message, rules::RuleSet, moderation::Verdict};",
            &["src/classify.rs: `classify` must not import `moderation`"],
        );
        bad("src/classify.rs", "use super::decide::decide;", &["src/classify.rs: `classify` must not import `decide`"]);
        bad(
            "src/decide.rs",
            "use crate::{classify, compose, mail, moderation, rules, store, transport};",
            &["src/decide.rs: `decide` must not import `store`", "src/decide.rs: `decide` must not import `transport`"],
        );
        bad("src/compose/mod.rs", "use crate::config::Config;", &["src/compose/mod.rs: `compose` must not import `config`"]);
        bad("src/decide/effects.rs", "use super::Decision; use crate::decide::Snapshot;", &[]);
    }

    #[test]
    fn the_rooms_with_doors_do_not_know_each_other() {
        bad(
            "src/store/inbox.rs",
            "use crate::{decide::Decision, mail::Digest, source::Fetched};",
            &["src/store/inbox.rs: `store` must not import `source`"],
        );
        bad("src/store/inbox.rs", "use crate::rules::RuleSet;", &["src/store/inbox.rs: `store` must not import `rules`"]);
        bad("src/source/imap.rs", "use crate::store::Tx;", &["src/source/imap.rs: `source` must not import `store`"]);
        bad(
            "src/transport/smtp.rs",
            "use crate::{decide::Letter, source};",
            &[
                "src/transport/smtp.rs: `transport` must not import `decide`",
                "src/transport/smtp.rs: `transport` must not import `source`",
            ],
        );
        bad("src/daemon/deliver.rs", "use crate::{config, decide, source, store, transport};", &[]);
        bad("src/main.rs", "use embargod::{cli, store};", &[]);
        bad("src/rules/mod.rs", "use embargod::store;", &["src/rules/mod.rs: `rules` must not import `store`"]);
    }

    #[test]
    fn a_crate_has_one_home() {
        bad("src/daemon/mod.rs", "use rusqlite::Connection;", &["src/daemon/mod.rs: `rusqlite` is named only in src/store"]);
        bad(
            "src/storekeeper.rs",
            "use ::rusqlite::{Connection};",
            &[
                "src/storekeeper.rs: `rusqlite` is named only in src/store",
                "src/storekeeper.rs: the room `storekeeper` stands on no floor of tests/layers.rs",
            ],
        );
        bad("src/cli/check.rs", "async_imap::connect();", &["src/cli/check.rs: `async_imap` is named only in src/source"]);
        bad("src/compose/mod.rs", "use async_imap as l;", &["src/compose/mod.rs: `async_imap` is named only in src/source"]);
        let expected = ["src/mail/message.rs: `mail_parser` is named only in src/mail/mime"];
        bad("src/mail/message.rs", "fn f(m: mail_parser::Message) {}", &expected);
        bad(
            "src/mail/mimes.rs",
            "use mail_parser::Message;",
            &["src/mail/mimes.rs: `mail_parser` is named only in src/mail/mime"],
        );
        for path in ["src/mail/mime.rs", "src/mail/mime/tests.rs", "src/mail/mime_tests.rs"] {
            bad(path, "use mail_parser::Message;", &[]);
        }
        bad("src/store/mod.rs", "use rusqlite::Connection; use rusqlite_migration::M;", &[]);
    }

    #[test]
    fn files_are_touched_at_the_edges() {
        for text in ["use std::fs;", "use std::{fs::File, io};", "use std::{collections::BTreeMap, fs};", "std::fs::read(p)"] {
            bad("src/rules/load.rs", text, &["src/rules/load.rs: `rules` must not touch files (std::fs)"]);
        }
        bad("src/mail/raw.rs", "tokio::fs::read(p).await", &["src/mail/raw.rs: `mail` must not touch files (tokio::fs)"]);
        for path in ["src/rules/tests.rs", "src/rules/load_tests.rs", "src/store/mod.rs", "src/config/mod.rs", "src/main.rs"] {
            bad(path, "use std::{fs, io};", &[]);
        }
    }

    #[test]
    fn unwrapping_is_for_tests() {
        bad(
            "src/mail/raw.rs",
            "fn f() { x\n    .unwrap()\n    .y().expect(\"z\"); }",
            &[
                "src/mail/raw.rs: `.expect()` is for tests; return an error",
                "src/mail/raw.rs: `.unwrap()` is for tests; return an error",
            ],
        );
        let unwraps = ["src/mail/raw.rs: `.unwrap()` is for tests; return an error"];
        bad("src/mail/raw.rs", "#[expect(dead_code)] fn f() { x.unwrap_or_default() }", &[]);
        bad("src/mail/raw.rs", "#[expect(clippy::unwrap_used, reason = \"r\")] #[inline] fn f(x: [u8; 3]) { x.unwrap() }", &[]);
        bad("src/mail/raw.rs", "#[expect(clippy::expect_used, reason = \"r\")] static X: A = A::new(|| { a.expect(1) }); y", &[]);
        bad("src/mail/raw.rs", "#[cfg(test)] pub fn f() -> A { if x { y } z.unwrap() }", &[]);
        bad("src/mail/raw.rs", "#[cfg(test)] mod tests; fn f() { x.unwrap() }", &unwraps);
        bad("src/mail/raw.rs", "#[expect(clippy::unwrap_used, reason = \"r\")] fn f() {} fn g() { x.unwrap() }", &unwraps);
        bad("src/mail/raw.rs", "#[expect(clippy::unwrap_used)] fn g() { x.unwrap() }", &unwraps);
        bad("src/mail/raw/tests.rs", "fn f() { x.unwrap() }", &[]);
    }

    #[test]
    fn a_long_file_is_seen() {
        bad("src/mail/raw.rs", &"\n".repeat(LINES), &[]);
        bad("src/mail/raw.rs", &"\n".repeat(LINES + 1), &["src/mail/raw.rs: 601 lines; split it (at most 600)"]);
        bad("src/utils.rs", "", &["src/utils.rs: the room `utils` stands on no floor of tests/layers.rs"]);
    }
}
