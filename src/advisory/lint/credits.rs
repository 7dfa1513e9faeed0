//! X15: the credits name whoever found it, and nobody who asked not to be named (P4).
//!
//! A name is one or it is none: whether "D. Finder" is the discoverer, a person sees. So a missing one is a warning; only the whole name, or the address, of
//! somebody who asked for anonymity is an error.

use super::{CreditWish, Discoverer, Draft, Findings};

/// How the sections are called in which people are thanked.
const HEADINGS: [&str; 6] = ["CREDITS", "CREDIT", "ACKNOWLEDGEMENTS", "ACKNOWLEDGMENTS", "ACKNOWLEDGEMENT", "ACKNOWLEDGMENT"];

/// Shorter words stand in many texts.
const SHORTEST: usize = 3;

pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings) {
    let Some(discoverer) = draft.circumstances.discoverer else { return };
    let mut sections = draft.advisory.sections.iter().filter(|section| HEADINGS.contains(&section.heading.as_str())).peekable();
    if discoverer.wish == CreditWish::Anonymity {
        // Who is not to be named is to be named nowhere in it.
        for section in &draft.advisory.sections {
            anonymous(discoverer, section.line, &section.text, HEADINGS.contains(&section.heading.as_str()), findings);
        }
        return;
    }
    let line = sections.peek().map(|section| section.line);
    let wish = match &discoverer.wish {
        CreditWish::Credit(text) => format!(", who asked for credit: {text}"),
        _ => String::new(),
    };
    let who = discoverer.mailbox.name.clone().unwrap_or_else(|| discoverer.mailbox.address.to_string());
    if line.is_none() {
        findings.warn("X15", None, format!("there is no section CREDITS; {who} reported it{wish}"));
    } else if !sections.any(|section| is_named(discoverer, &section.text)) {
        findings.warn("X15", line, format!("the credits do not name {who}{wish}"));
    }
}

fn anonymous(discoverer: &Discoverer, heading: usize, text: &str, is_credits: bool, findings: &mut Findings) {
    // The heading, the line of = below it, and then the text.
    for (line, words) in (heading + 2..).zip(text.lines()) {
        // A name that is said like "Security Team" stands in many a sentence; only among the credits it is sure to be meant.
        if has_address(discoverer, words) || (is_credits && is_whole(discoverer, words)) {
            findings.error("X15", Some(line), "it names the discoverer, who asked not to be named");
        } else if is_whole(discoverer, words) || (is_credits && is_named(discoverer, words)) {
            findings.warn("X15", Some(line), "it perhaps names the discoverer, who asked not to be named");
        }
    }
}

fn has_address(discoverer: &Discoverer, text: &str) -> bool {
    text.to_lowercase().contains(&discoverer.mailbox.address.to_string().to_lowercase())
}

/// Whether the whole name stands there.
fn is_whole(discoverer: &Discoverer, text: &str) -> bool {
    let text = text.to_lowercase();
    let said = words(&text);
    let name = discoverer.mailbox.name.as_deref().unwrap_or_default().to_lowercase();
    let name = words(&name);
    name.len() > 1 && said.windows(name.len()).any(|window| window == name.as_slice())
}

/// Whether a word of the name stands there, or of the address before the @.
fn is_named(discoverer: &Discoverer, text: &str) -> bool {
    let text = text.to_lowercase();
    let said = words(&text);
    let name = discoverer.mailbox.name.as_deref().unwrap_or_default().to_lowercase();
    let local = discoverer.mailbox.address.local().to_lowercase();
    let mut known = words(&name).into_iter().chain(words(&local)).filter(|word| word.chars().count() >= SHORTEST);
    known.any(|word| said.contains(&word))
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|word| !word.is_empty()).collect()
}
