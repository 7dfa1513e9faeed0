//! A patch: what stands in it and is no code.

use super::{
    BesideKind, Gathered,
    code::{self, Syntax, Within},
};
use crate::mail::wording::pattern;

pattern!(HUNK, r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@");
// What a diff says of its files.
pattern!(
    FRAME,
    r"^(?:diff -\S|diff --git |index [0-9a-f]{4,}\.\.|Index: \S+$|={20,}\s*$|(?:new|deleted|old) (?:file )?mode \d+|(?:similarity|dissimilarity) index \d|(?:rename|copy) (?:from|to) \S+$|RCS file: |retrieving revision )"
);
pattern!(
    STAT,
    r"^ \S+(?: => \S+)?\s*\|\s+(?:\d+ ?[-+]*|Bin .*)\s*$|^ \d+ files? changed[\d ,()+-]*(?:insertions?|deletions?|[\d ,()+-])*$|^ (?:create|delete) mode \d+ \S+$|^ rename \S+(?: => \S+)? \(\d+%\)$"
);
pattern!(BINARY, r"^(?:GIT binary patch|Binary files |(?:literal|delta) \d+\s*$)");
// An author by name and address; what git and its users write about commits.
pattern!(
    TRAILER,
    r"^(?:\s*(?:[A-Z][A-Za-z-]*-by|Cc|CC|From|To|Author|AuthorDate|Commit|Committer|Sender|Reply-To):\s+(?:[^<>@]{0,60}<[^<>\s]+@[^<>\s]+>|\S+@\S+)(?:, (?:[^<>@]{0,60}<[^<>\s]+@[^<>\s]+>|\S+@\S+))*,?\s*(?:# [\d.x+ -]*)?$",
    r"|\s*Fixes: [0-9a-f]{7,40}(?:\s.{0,120})?$|\s*(?:master|upstream|origin(?:al)?|xen|qemu|Upstream)?[ -]?commit:? [0-9a-f]{7,40}(?: upstream\.?)?\s*$|\s*\[ ?[Uu]pstream commit [0-9a-f]{7,40} ?\]\s*$|\s*\((?:cherry[ -]picked|backported) from commit [0-9a-f]{7,40}\)\s*$",
    r"|(?:Date|CommitDate|AuthorDate|master date|Last-Update):\s+(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?[\dA-Za-z]{1,4} [\dA-Za-z]{1,4} [\d: +-]+$|(?:master date|Last-Update|Date): [\d-]{8,10}[\d: +-]*$|From [0-9a-f]{40} Mon Sep 17 00:00:00 2001$",
    r"|(?:Message-I[dD]|In-Reply-To|References): *<\S+>$|MIME-Version: 1\.0$|Content-Type: text/plain;.*$|Content-Transfer-Encoding: (?:8bit|7bit)$|X-[A-Z][A-Za-z-]*: [\w./()-]+$|\s*Change-Id: I[0-9a-f]{40}$",
    r"|# HG changeset patch$|# (?:Date|Node ID|Parent) [\da-f +-]+$|# User [^<>@]{0,60}<\S+@\S+>$|# Branch \S+$)",
);
pattern!(TITLE, r"^(?:Subject: *)?\[[^\]]{0,40}\] *|^Subject: *");
pattern!(AREA, r"^(?:[a-z0-9_/.,{}*-]+: )+");

// The same where a title stands without its field: only what has a path is one.
pattern!(PATH, r"^(?:[a-z0-9_.,{}*-]+/[a-z0-9_/.,{}*-]*: )+");

/// Between the files of a patch, or inside one.
enum Place {
    /// Where there is no code: at the top, below a hunk.
    Outside,
    /// So many lines of the old and of the new file are to come.
    Hunk { old: usize, new: usize },
}

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
        let renames = line.starts_with("--- ") && next.starts_with("+++ ");
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
                Some('\\') => Some((*from, *to)),
                _ => None,
            };
            if let Some(left) = counted {
                (*from, *to) = left;
                // What goes and what comes are two texts.
                if std::mem::replace(&mut side, mark) != mark {
                    out.end();
                }
                match mark {
                    Some('+') => new = code::line(code, syntax, new, out),
                    Some('-') => old = code::line(code, syntax, old, out),
                    Some('\\') => {}
                    _ => {
                        out.end();
                        old = code::context(code, syntax, old);
                        new = code::context(code, syntax, new);
                    }
                }
                continue;
            }
            out.end();
            place = Place::Outside;
        }
        if let Some(counts) = HUNK.captures(line) {
            let count = |group: usize| counts.get(group).map_or(Some(1), |count| count.as_str().parse().ok()).unwrap_or(0);
            place = Place::Hunk { old: count(1), new: count(2) };
            (old, new) = (Within::Code, Within::Code);
            out.end();
        } else if renames {
            out.end();
        } else if let Some(path) =
            line.strip_prefix("+++ ").filter(|_| at > 0 && lines.get(at - 1).is_some_and(|above| above.starts_with("--- ")))
        {
            let path = path.split('\t').next().unwrap_or_default();
            // A file that goes away has no name on this side.
            let path =
                if path == "/dev/null" { lines.get(at - 1).and_then(|above| above.get(4..)).unwrap_or_default() } else { path };
            syntax = code::syntax(path.split_whitespace().next().unwrap_or_default());
        } else if BINARY.is_match(line) {
            out.unread();
            place = Place::Outside;
        } else {
            if matches!(place, Place::Hunk { .. }) {
                place = Place::Outside;
            }
            title = outside(line, title, out);
        }
    }
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
        let words = TITLE.replace(line, "");
        out.end();
        out.line(BesideKind::Message, &AREA.replace(&words, ""));
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
    let is_version = line.chars().all(|c| c.is_ascii_digit() || c == '.') || line.starts_with("2.") && !line.contains(' ');
    if FRAME.is_match(line) || STAT.is_match(line) || TRAILER.is_match(line) || is_version {
        out.end();
        return false;
    }
    let line = if out.open.is_none() { PATH.replace(line.trim_start(), "") } else { line.into() };
    out.line(BesideKind::Message, &line);
    false
}
