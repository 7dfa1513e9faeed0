//! Which revision did it come from?

use super::*;

fn revisions() -> Firewall {
    let mut material = CaseMaterial::new(CaseId(17));
    let first = "The mapping of the mailbox page lingers. A reboot of the guest does not help.";
    let second =
        "The mapping of the mailbox page lingers. Only a reset of the device clears it. All Xen versions are vulnerable.";
    material.text(TextKind::Advisory, 1, first);
    material.text(TextKind::Advisory, 2, second);
    let other = case_with(18, TextKind::Note, "Only a reset of the bus clears it, we believe.");
    wall(&[material, other])
}

fn holders(snippet: &str) -> Vec<String> {
    revisions()
        .which(&Letter::of_text(snippet))
        .iter()
        .map(|holding| format!("{} {}", holding.source, holding.percent()))
        .collect()
}

#[test]
fn a_snippet_leads_to_its_revisions() {
    assert_eq!(holders("> the mapping of the\n> mailbox page lingers"), ["case-17 advisory 1 100", "case-17 advisory 2 100"]);
    assert_eq!(holders("a reboot of the guest does not help"), ["case-17 advisory 1 100"]);
    assert_eq!(holders("Only a reset of the device clears it"), ["case-17 advisory 2 100"]);
    assert_eq!(holders("something that nobody wrote down anywhere"), NOTHING);
}

#[test]
fn the_best_match_comes_first() {
    let snippet = "The mapping of the mailbox page lingers. Only a reset of the device clears it.";
    assert_eq!(holders(snippet), ["case-17 advisory 2 100", "case-17 advisory 1 53"]);
}

#[test]
fn public_phrases_and_short_words_are_traced_too() {
    assert_eq!(holders("All Xen versions are vulnerable."), ["case-17 advisory 2 100"]);
    assert_eq!(holders("the bus"), ["case-18 note 1 100"]);
    assert_eq!(holders(""), NOTHING);
}
