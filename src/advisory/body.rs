//! The text of an advisory: its heading and its sections.

use super::{
    cve::{self, CveId},
    subject::{strip_prefix_ignoring_case, version},
};
use crate::disclosure::{AdvisoryNumber, Project};

/// The three lines on top.
#[derive(Clone, PartialEq, Eq)]
pub struct Heading {
    /// The advisory's number.
    pub number: AdvisoryNumber,
    /// Its CVE identifiers.
    pub cves: Vec<CveId>,
    /// `version n`; the first version may leave the line out.
    pub version: u8,
    /// The title, on one line.
    pub title: String,
    /// The line of the heading in the mail's text, from 1.
    pub line: usize,
}

/// One section.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading, as written.
    pub heading: String,
    /// Its line in the mail's text, from 1.
    pub line: usize,
    /// How many `=` stand below it.
    pub underline: usize,
    /// What follows, up to the next heading.
    pub text: String,
}

/// Finds the heading: `Xen Security Advisory CVE-2026-23557 / XSA-484`, centred by blanks.
pub(super) fn heading(text: &str, lines_before: usize, project: &Project) -> Option<Heading> {
    let mut lines = text.lines().enumerate();
    let (line, number, cves) = lines.by_ref().find_map(|(index, line)| {
        let (number, cves) = first_line(line.trim(), project)?;
        Some((index + 1 + lines_before, number, cves))
    })?;
    let mut rest = lines.map(|(_, line)| line.trim()).peekable();
    let given = rest.peek().and_then(|line| strip_prefix_ignoring_case(line, "version ")).and_then(version);
    if given.is_some() {
        rest.next();
    }
    let title: Vec<&str> = rest.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    Some(Heading { number, cves, version: given.unwrap_or(1), title: title.join(" "), line })
}

fn first_line(line: &str, project: &Project) -> Option<(AdvisoryNumber, Vec<CveId>)> {
    let rest = strip_prefix_ignoring_case(line, &project.advisory_title)?.trim();
    let (cves, name) = match rest.split_once('/') {
        Some((list, name)) => (cve::list(list)?, name.trim()),
        None => (Vec::new(), rest),
    };
    let number = strip_prefix_ignoring_case(name, &project.advisory_prefix)?.strip_prefix('-')?;
    let number = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())??;
    Some((number, cves))
}

/// Finds the sections: a line in capitals above a line of `=`.
pub(super) fn sections(text: &str, lines_before: usize) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let heading = line.trim_end();
        let underline = lines.peek().map(|(_, below)| below.trim_end()).filter(|below| is_underline(below));
        match (underline, is_capitals(heading)) {
            (Some(underline), true) => {
                let underline = underline.len();
                lines.next();
                found.push(Section {
                    heading: heading.to_owned(),
                    line: index + 1 + lines_before,
                    underline,
                    text: String::new(),
                });
            }
            _ => {
                if let Some(section) = found.last_mut() {
                    section.text.push_str(line);
                    section.text.push('\n');
                }
            }
        }
    }
    found
}

fn is_underline(line: &str) -> bool {
    line.len() >= 3 && line.bytes().all(|byte| byte == b'=')
}

/// A heading has letters, none of them small.
fn is_capitals(line: &str) -> bool {
    line.chars().any(char::is_uppercase) && !line.chars().any(char::is_lowercase) && !line.starts_with(char::is_whitespace)
}
