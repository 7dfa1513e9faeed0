//! X04, X05, X06, X12, X13, X14: digests, names, recipes, patches, the file table.

use regex::Regex;

use super::{Draft, Findings};
use crate::{
    advisory::{files, meta::Meta, rules},
    mail::Part,
};

pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings) {
    let attached = files::attached(draft.message, &draft.rules.ignore_types);
    digests(draft, &attached, findings);
    names(draft, &attached, findings);
    for (name, part) in &attached {
        if files::has_extension(name, &draft.rules.meta) {
            recipe(draft, name, part, &attached, findings);
        }
        if files::has_extension(name, &draft.rules.patch) {
            patch(draft, name, part, findings);
        }
    }
    table(draft, &attached, findings);
}

type Attached<'m> = [(&'m str, &'m Part)];

/// X04: digest lines and attachments are the same files.
fn digests(draft: &Draft<'_>, attached: &Attached<'_>, findings: &mut Findings) {
    let lines = &draft.advisory.digests;
    for line in lines {
        let named: Vec<&Part> = attached.iter().filter(|(name, _)| *name == line.name).map(|(_, part)| *part).collect();
        let at = Some(line.line);
        match named.as_slice() {
            [] => findings.error("X04", at, format!("{} has a digest and is not attached", shown(&line.name))),
            [part] if !files::is_file(part, line.digest) => {
                findings.error("X04", at, format!("{} is attached with other contents than its digest says", shown(&line.name)));
            }
            [_] => {}
            several => findings.error("X04", at, format!("{} is attached {} times", shown(&line.name), several.len())),
        }
        if lines.iter().filter(|other| other.name == line.name).count() > 1 {
            findings.error("X04", at, format!("{} has more than one digest", shown(&line.name)));
        }
    }
    for (name, _) in attached.iter().filter(|(name, _)| !lines.iter().any(|line| line.name == *name)) {
        findings.error("X04", None, format!("{} is attached and has no digest", shown(name)));
    }
}

/// X05: names like `xsa484.patch`, `xsa484/0001-part.patch`, of this advisory; X13: ASCII.
fn names(draft: &Draft<'_>, attached: &Attached<'_>, findings: &mut Findings) {
    let prefix = draft.project.advisory_prefix.to_ascii_lowercase();
    let endings = draft.rules.extensions.iter().map(|ending| regex::escape(ending)).collect::<Vec<_>>().join("|");
    let number = draft.advisory.heading.number;
    let shape = format!("^{}{number}([-/][A-Za-z0-9._+-]+)*\\.({endings})$", regex::escape(&prefix));
    let Ok(shape) = Regex::new(&shape) else { return };
    let digested = draft.advisory.digests.iter().map(|line| (line.name.as_str(), Some(line.line)));
    let also = attached.iter().map(|(name, _)| (*name, None));
    let mut seen = Vec::new();
    for (name, line) in digested.chain(also) {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        if !name.is_ascii() {
            findings.warn("X13", line, format!("{} has characters that are not ASCII", shown(name)));
        }
        if name.split('/').any(|folder| folder == "..") || name.contains("..") || !shape.is_match(name) {
            let text = format!("{} is no name for a file of {}", shown(name), number.with_prefix(&draft.project.advisory_prefix));
            findings.error("X05", line, text);
        }
    }
}

/// X06: the recipe is readable, about this advisory, and its patches are attached.
fn recipe(draft: &Draft<'_>, name: &str, part: &Part, attached: &Attached<'_>, findings: &mut Findings) {
    let name = shown(name);
    let meta = match Meta::parse(&part.bytes, &draft.project.advisory_prefix) {
        Ok(meta) => meta,
        Err(problem) => return findings.error("X06", None, format!("{name}: {problem}")),
    };
    if meta.number != u64::from(draft.advisory.heading.number.get()) {
        findings.error("X06", None, format!("{name} is about number {}", meta.number));
    }
    for (branch, tree, recipe) in &meta.recipes {
        let place = format!("{name}, {} of {}", shown(tree), shown(branch));
        if !recipe.has_full_ref() {
            findings.error("X06", None, format!("{place}: StableRef is no full commit id"));
        }
        for wanted in &recipe.patches {
            let there = files::glob(wanted).is_some_and(|glob| attached.iter().any(|(name, _)| glob.is_match(name)));
            if !there {
                findings.error("X06", None, format!("{place}: {} is not attached", shown(wanted)));
            }
        }
    }
}

/// X12: a patch is text with LF line ends and says which advisory it belongs to.
fn patch(draft: &Draft<'_>, name: &str, part: &Part, findings: &mut Findings) {
    let name = shown(name);
    // A file sent as text/* travels with CRLF whatever it is on disk.
    let bytes = if part.content_type.starts_with("text/") { files::with_lf(&part.bytes) } else { part.bytes.clone() };
    if bytes.contains(&0) || bytes.windows(16).any(|window| window == b"GIT binary patch") {
        findings.warn("X12", None, format!("{name} is binary"));
    }
    if bytes.contains(&b'\r') {
        findings.warn("X12", None, format!("{name} has CR line ends"));
    }
    let (prefix, number) = (&draft.project.advisory_prefix, draft.advisory.heading.number.to_string());
    let mark = rules::filled(&draft.rules.patch_mark, prefix, &number);
    let text = String::from_utf8_lossy(&bytes);
    if Regex::new(&mark).is_ok_and(|mark| !mark.is_match(&text)) {
        findings.warn("X12", None, format!("the commit text of {name} does not say that it is part of {prefix}-{number}"));
    }
}

/// X14: the file table and the attached patches are the same. Warned about only: XSA-214 (2017-05-02) went out with `xsa124.patch` in it.
fn table(draft: &Draft<'_>, attached: &Attached<'_>, findings: &mut Findings) {
    let lines: Vec<_> = draft.advisory.table.iter().filter_map(|line| Some((line, files::glob(&line.name)?))).collect();
    for (line, glob) in &lines {
        if !attached.iter().any(|(name, _)| glob.is_match(name)) {
            findings.warn("X14", Some(line.line), format!("{} stands in the file table and is not attached", shown(&line.name)));
        }
    }
    for (name, _) in attached.iter().filter(|(name, _)| files::has_extension(name, &draft.rules.patch)) {
        if !lines.iter().any(|(_, glob)| glob.is_match(name)) {
            findings.warn("X14", None, format!("{} is attached and does not stand in the file table", shown(name)));
        }
    }
}

/// A name from a mail, safe on a terminal and never longer than 120 characters.
fn shown(name: &str) -> String {
    name.chars().take(120).flat_map(char::escape_debug).collect()
}
