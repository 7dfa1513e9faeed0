//! What is read off patterns.

use super::{Branch, Distance, Head, Lead, Literals, of};

fn shown(literals: &Literals) -> String {
    let words: Vec<_> = literals.literals.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    format!("{:?} {}", literals.place, words.join("|"))
}

fn branches(pattern: &str) -> Vec<String> {
    let branch = |branch: &Branch| {
        let tails = branch.tails.iter().map(|tail| match tail.most {
            Distance::Within { bytes, words } => format!(" .. {}..{bytes}+{words} {}", tail.least, shown(&tail.literals)),
            Distance::Any => format!(" .. {}..any {}", tail.least, shown(&tail.literals)),
        });
        let how = match branch.head {
            Head::Begins(_) => "",
            Head::BeginsText(_) => "from the text's beginning, with ",
            Head::BeginsLine(..) => "from the line's beginning to ",
            Head::Run(..) => "a run",
            Head::Behind(_, _, _, Lead::Border) => "a word up to ",
            Head::Behind(_, _, _, Lead::None) => "characters up to ",
            Head::Behind(_, _, _, Lead::Any) => "one character and others up to ",
            Head::Has(_) => "anything with ",
        };
        how.to_owned() + &branch.head.literals().map(shown).unwrap_or_default() + &tails.collect::<String>()
    };
    of(pattern).iter().flatten().map(branch).collect()
}

#[test]
fn how_patterns_begin() {
    let cases: [(&str, &[&str]); 28] = [
        ("Patch", &["Anywhere patch"]),
        (r"\bCVSS\b|\bCWE-\d+\b", &["Border cvss", "Border cwe-"]),
        (r"(?i)\bpolic(?:y|ies)\b", &["Border policies|policy"]),
        (r"(?i)\bbackport\w*\b.{0,60}\btrees?\b", &["Border backport .. 8..248+1 Border tree"]),
        (
            r"(?i)\bis (?:just |now )*(?:hacked|broken)\b",
            &["Border is broken|is hacked|is just |is now  .. 3..any Border broken|hacked"],
        ),
        (r"(?is)\bfix\b.{20,}\bbuild\b", &["Border fix .. 23..any Border build"]),
        (r"(?i)\b(?:we|you) (?:\w+ ){0,2}(?:tell|share)\b", &["Border we |you  .. 3..6+2 Border share|tell"]),
        (r"(?m)^\(XEN\) ", &["Line (xen) "]),
        (r"(?i)^(?:author|date)\b|<[^<>@\s]+@[^<>\s]+>", &["Line author|date", "Anywhere <"]),
        (r"(?i)\b(?:kern|sü)", &["Border kern", "Border sÜ|sü"]),
        (r"уязвимост|漏洞", &["Anywhere уяз", "Anywhere 漏洞"]),
        (r"a.*b", &["Anywhere a"]),
        (r"(?:foo\d|\w+)", &[]),
        (r"^\s*\[PATCH", &["from the text's beginning, with Border [patch .. 0..any Border [patch"]),
        (r"(?m)^[\s*_#]*(?:name|type)\b", &["from the line's beginning to Border name|type .. 0..any Border name|type"]),
        (r"(?m)^[^\n]{0,40}\b(?:RIP|EIP)\b", &["from the line's beginning to Border eip|rip .. 0..160+0 Border eip|rip"]),
        (r"\w_\w", &["one character and others up to Anywhere _"]),
        (
            r"[A-Z]\w+ (?:may|should) not",
            &["one character and others up to Border may not|should no .. 3..2+1 Border may not|should not"],
        ),
        // Two characters of one class are not one.
        (r"[a-z]{2}_x", &["characters up to Anywhere _x"]),
        (r"(?:[a-z]{2}|ü)?\w_x", &["characters up to Anywhere _x"]),
        (r"(?:[a-z]|ü)?\w_x", &["one character and others up to Anywhere _x"]),
        (r"[\w./-]+\.(?:cc|hh):", &["characters up to Anywhere .cc:|.hh: .. 2..any Border cc:|hh:"]),
        (r"(?i)\b[0-9a-f]{12,40}\b.{0,80}(?:\bfix|\()", &["a run"]),
        (r"\b\w+\(\)", &["a word up to Anywhere ()"]),
        (r".{3,}x.*y", &["anything with Anywhere y"]),
        (
            r"(?m)^[\s*]*(?:[*#]+\s+)?(?:summary|topic)\s*:",
            &[
                "from the line's beginning to Border #|*|summary|topic .. 0..any Border #|*|summary|topic .. 0..any Border summary|topic",
            ],
        ),
        (r"[a-z]+", &[]),
        (r"(?:", &[]),
    ];
    for (pattern, expected) in cases {
        assert_eq!(branches(pattern), expected, "{pattern}");
    }
}
