//! A patch: what stands in it and is no code.

use super::{
    BesideKind, Gathered,
    code::{self, Syntax, Within},
    joined,
};
use crate::mail::wording::pattern;

pattern!(HUNK, r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@(.*)$");
// What a diff says of its files.
pattern!(
    FRAME,
    r"^(?:diff(?: -\S+)+(?: \S+){1,2}$|index [0-9a-f]{4,40}(?:,[0-9a-f]{4,40})*\.\.[0-9a-f]{4,40}(?: \d{6})?$|Index: \S+$|={20,}\s*$|(?:new|deleted|old) (?:file )?mode \d+$|(?:similarity|dissimilarity) index \d+%$|(?:rename|copy) (?:from|to) \S+$|RCS file: \S+$|retrieving revision [\d.]+$)"
);
pattern!(
    STAT,
    r"^ \S+(?: => \S+)?\s*\|\s+(?:\d+ ?[-+]*|Bin (?:\d+ -> \d+ bytes)?)\s*$|^ \d+ files? changed(?:, \d+ (?:insertions?|deletions?)(?:\([+-]\))?){0,2}\s*$|^ (?:create|delete) mode \d+ \S+$|^ rename \S+(?: => \S+)? \(\d+%\)$"
);
pattern!(BINARY, r"^(?:GIT binary patch|Binary files |(?:literal|delta) \d+\s*$)");
// The file above and below `---`, with its time.
pattern!(
    FILE,
    r"^(?:---|\+\+\+) \S+(?:\s+(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[\d. +-]*|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}[ +\d-]*|\(revision \d+\)|\(working copy\)))?\s*$"
);
// An author by name and address ...
pattern!(
    PERSON,
    r"^\s*(?:([A-Z][A-Za-z-]*-by)|Cc|CC|From|To|Author|AuthorDate|Commit|Committer|Sender|Reply-To|# User):?\s+((?:[^<>@]{0,60}<[^<>\s]+@[^<>\s]+>|\S+@\S+)(?:, (?:[^<>@]{0,60}<[^<>\s]+@[^<>\s]+>|\S+@\S+))*),?\s*(?:# [\d.x+ -]*)?$"
);
// ... and what git and its users write about commits.
pattern!(
    TRAILER,
    r"^(?:\s*Fixes: [0-9a-f]{7,40}\s*$|\s*(?:master|upstream|origin(?:al)?|xen|qemu|Upstream)?[ -]?commit:? [0-9a-f]{7,40}(?: upstream\.?)?\s*$|\s*\[ ?[Uu]pstream commit [0-9a-f]{7,40} ?\]\s*$|\s*\((?:cherry[ -]picked|backported) from commit [0-9a-f]{7,40}\)\s*$",
    r"|(?:Date|CommitDate|AuthorDate|master date|Last-Update):\s+(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?[\dA-Za-z]{1,4} [\dA-Za-z]{1,4} [\d: +-]+$|(?:master date|Last-Update|Date): [\d-]{8,10}[\d: +-]*$|From [0-9a-f]{40} Mon Sep 17 00:00:00 2001$",
    r#"|(?:Message-I[dD]|In-Reply-To|References): *<\S+>$|MIME-Version: 1\.0$|Content-Type: text/plain;\s*charset="?[\w-]+"?(?:;\s*format="?\w+"?)?$|Content-Transfer-Encoding: (?:8bit|7bit)$|X-[A-Z][A-Za-z-]*: [\w./()-]+$|\s*Change-Id: I[0-9a-f]{40}$"#,
    r"|# HG changeset patch$|# (?:Date|Node ID|Parent) [\da-f +-]+$|# Branch \S+$)",
);
// The commit that is mended, and its title.
pattern!(FIXES, r#"^\s*Fixes: [0-9a-f]{7,40} \("(.{0,120})"\)\s*$"#);
pattern!(TITLE, r"^(?:Subject: *)?\[([^\]]{0,40})\] *|^Subject: *");
pattern!(AREA, r"^(?:[a-z0-9_/.,{}*-]+: )+");
// The same where a title stands without its field: only what has a path is one.
pattern!(PATH, r"^(?:[a-z0-9_.,{}*-]+/[a-z0-9_/.,{}*-]*: )+");
// What git and diff say of a file that ends without a line break.
pattern!(
    NO_NEWLINE,
    r"^\\ (?:No newline at end of file|Kein Zeilenumbruch am Dateiende\.?|Pas de fin de ligne à la fin du fichier)\s*$"
);
pattern!(VERSION, r"^\d+(?:\.\d+)+(?:[.-](?:\d+|rc\d+|g[0-9a-f]+|windows|GIT|goog|dirty|\w{1,4}))*(?: \(Apple Git-\d+\))?$");

/// Between the files of a patch, or inside one.
enum Place {
    /// Where there is no code: at the top, below a hunk.
    Outside,
    /// So many lines of the old and of the new file are to come.
    Hunk { old: usize, new: usize },
}

impl Place {
    /// A hunk that ends before its lines have come is not what its head says. Programs lose the empty lines at the end of a mail.
    fn leave(&mut self, out: &mut Gathered) {
        if let Place::Hunk { old, new } = *self
            && old.max(new) > LOST
        {
            out.unread();
        }
        *self = Place::Outside;
    }
}

/// So many lines may be lost at the end of a hunk, or counted wrongly by hand.
const LOST: usize = 3;

/// Reads the lines of a patch.
pub(super) fn read(lines: &[&str], out: &mut Gathered) {
    let from = out.beside.pieces.len();
    let mut place = Place::Outside;
    let mut syntax = Syntax::Unknown;
    let (mut old, mut new) = (Within::Code, Within::Code);
    let mut title = false;
    let mut side = None;
    for (at, line) in lines.iter().enumerate() {
        let line = line.trim_end_matches('\r');
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let renames = line.starts_with("--- ") && next.starts_with("+++ ") && FILE.is_match(line);
        if let Place::Hunk { old: from, new: to } = &mut place
            && !renames
            && !HUNK.is_match(line)
            && !line.starts_with("diff --git ")
        {
            let (mark, code) = (line.chars().next(), line.get(1..).unwrap_or_default());
            let counted = match mark {
                Some('+') => to.checked_sub(1).map(|left| (*from, left)),
                Some('-') => from.checked_sub(1).map(|left| (left, *to)),
                Some(' ' | '\t') | None => from.checked_sub(1).zip(to.checked_sub(1)),
                Some('\\') if NO_NEWLINE.is_match(line) => Some((*from, *to)),
                _ => None,
            };
            if let Some(left) = counted {
                (*from, *to) = left;
                // What goes and what comes are two texts.
                if std::mem::replace(&mut side, mark) != mark {
                    out.end();
                }
                match mark {
                    Some('+') => new = code::line(code, syntax, new, BesideKind::Comment, out),
                    Some('-') => old = code::line(code, syntax, old, BesideKind::Comment, out),
                    Some('\\') => {}
                    _ => {
                        old = code::context(code, syntax, old);
                        new = code::line(code, syntax, new, BesideKind::Context, out);
                    }
                }
                continue;
            }
            out.end();
            // A signature below the last hunk, with its lines counted in, was no line of it.
            place.leave(out);
        }
        if let Some(counts) = HUNK.captures(line) {
            place.leave(out);
            let count = |group: usize| counts.get(group).map_or(Some(1), |count| count.as_str().parse().ok());
            match count(1).zip(count(2)) {
                Some((old, new)) => place = Place::Hunk { old, new },
                None => out.unread(),
            }
            (old, new) = (Within::Code, Within::Code);
            out.end();
            code::heading(counts.get(3).map_or("", |heading| heading.as_str()), syntax, out);
            out.end();
        } else if renames {
            place.leave(out);
            out.end();
            path_in(line, out);
        } else if let Some(path) = line
            .strip_prefix("+++ ")
            .filter(|_| FILE.is_match(line) && at > 0 && lines.get(at - 1).is_some_and(|above| above.starts_with("--- ")))
        {
            let path = path.split('\t').next().unwrap_or_default();
            // A file that goes away has no name on this side.
            let path =
                if path == "/dev/null" { lines.get(at - 1).and_then(|above| above.get(4..)).unwrap_or_default() } else { path };
            syntax = code::syntax(path.split_whitespace().next().unwrap_or_default());
            path_in(line, out);
        } else if BINARY.is_match(line) {
            place.leave(out);
            out.unread();
        } else {
            place.leave(out);
            title = outside(line, title, out);
        }
    }
    place.leave(out);
    out.end();
    let code: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with([' ', '+', '-', '\t', '@'])).collect();
    out.asides(from, &code);
}

/// A line outside the code: the message of the commit, or what somebody wrote between its files. Gives back whether it is of the title.
fn outside(line: &str, title: bool, out: &mut Gathered) -> bool {
    let line = line.trim_end();
    if line.is_empty() || line == "---" || line == "--" {
        out.end();
        return false;
    }
    if line.starts_with("Subject:") {
        out.end();
        let mut words = line;
        if let Some(marks) = TITLE.captures(line) {
            words = line.get(marks.get(0).map_or(0, |marks| marks.end())..).unwrap_or_default();
            let tag = marks.get(1).map_or("", |tag| tag.as_str());
            if !joined::is_tag(tag) {
                out.line(BesideKind::Message, tag);
            }
        }
        let words = area(words, AREA.find(words), out);
        out.line(BesideKind::Message, words);
        return true;
    }
    // A title goes on in the next line, which begins with a blank.
    if title && line.starts_with([' ', '\t']) {
        out.line(BesideKind::Message, line);
        return true;
    }
    if title {
        out.end();
    }
    if let Some(fixes) = FIXES.captures(line) {
        out.end();
        let words = fixes.get(1).map_or("", |title| title.as_str());
        let words = area(words, AREA.find(words), out);
        out.piece(BesideKind::Context, words);
        return false;
    }
    if let Some(person) = PERSON.captures(line) {
        let key = person.get(1).map_or("", |key| key.as_str());
        if key.matches('-').count() < 4
            && !key.split('-').any(|part| part != "on" && part != "by" && joined::is_of_sentences(part))
            && people(person.get(2).map_or("", |people| people.as_str()))
        {
            out.end();
            return false;
        }
    } else if FRAME.is_match(line) || STAT.is_match(line) || TRAILER.is_match(line) || VERSION.is_match(line) {
        out.end();
        path_in(line, out);
        return false;
    }
    let line = if out.open.is_none() { area(line.trim_start(), PATH.find(line.trim_start()), out) } else { line };
    out.line(BesideKind::Message, line);
    false
}

/// What follows the area of a title. An area that is a sentence in disguise is a piece.
fn area<'l>(words: &'l str, area: Option<regex::Match<'_>>, out: &mut Gathered) -> &'l str {
    let Some(area) = area else { return words };
    path_in(area.as_str(), out);
    words.get(area.end()..).unwrap_or_default()
}

/// Names and addresses: nothing but what people are called.
fn people(text: &str) -> bool {
    text.split(',').all(|person| {
        let (name, address) = person.split_once('<').unwrap_or((" ", person));
        joined::is_name(name) && joined::joined(address.split('@').next().unwrap_or_default()).is_none()
    })
}

/// Names of files and their like, as far as they are sentences in disguise.
fn path_in(line: &str, out: &mut Gathered) {
    for token in line.split_whitespace() {
        if let Some(words) = joined::joined(token) {
            out.piece(BesideKind::Name, &words.join(" "));
        }
    }
}
