//! X15: the credits and the discoverer of the case.

use super::{message, project, rules};
use crate::{
    advisory::{Circumstances, CreditWish, Discoverer, Level, lint},
    mail::Mailbox,
};

const FIRST: &str = include_str!("../../../rules/advisory/samples/01-members-first.eml");

/// What X15 says of the advisory with these credits, when this person found it.
fn said(credits: &str, name: Option<&str>, address: &str, wish: CreditWish) -> Vec<String> {
    let mail = message(&FIRST.replace("Petra Example found this.", credits));
    let mailbox = Mailbox { name: name.map(str::to_owned), address: address.parse().unwrap() };
    let discoverer = Discoverer { mailbox, wish };
    let known = Circumstances { discoverer: Some(&discoverer), ..Circumstances::default() };
    let findings = lint(&mail, &project(), rules(), &known);
    let found = findings.iter().filter(|finding| finding.id == "X15").map(|finding| {
        assert!(finding.remedy().starts_with("credit the discoverer"), "{}", finding.remedy());
        let level = if finding.level == Level::Error { "error" } else { "warn" };
        let line = finding.line.and_then(|line| mail.text.lines().nth(line - 1)).unwrap_or("no line");
        format!("{level}: {} | {line}", finding.text)
    });
    found.collect()
}

#[test]
fn whoever_found_it_is_credited() {
    for (credits, name, address) in [
        ("Petra Example found this.", Some("Petra Example"), "p@finder.example"),
        ("This was discovered by P. EXAMPLE of Example Labs.", Some("Petra Example"), "p@finder.example"),
        ("Found by petra.", None, "petra.example@finder.example"),
        ("Found by Zoë O'Neil.", Some("zoë o'neil"), "z@finder.example"),
        ("Reported by pex@finder.example.", None, "pex@finder.example"),
    ] {
        assert_eq!(said(credits, name, address, CreditWish::Unsaid), [""; 0], "{credits}");
    }
    assert_eq!(
        said("Somebody Else found this.", Some("Petra Example"), "p@finder.example", CreditWish::Unsaid),
        ["warn: the credits do not name Petra Example | CREDITS"]
    );
    assert_eq!(
        said("Somebody Else found this.", None, "px@finder.example", CreditWish::Credit("name the university".to_owned())),
        ["warn: the credits do not name px@finder.example, who asked for credit: name the university | CREDITS"]
    );
    let without = FIRST.replace("CREDITS\n=======\n\nPetra Example found this.\n\n", "");
    assert_ne!(without, FIRST);
    let mailbox = Mailbox { name: Some("Petra Example".to_owned()), address: "p@finder.example".parse().unwrap() };
    let discoverer = Discoverer { mailbox, wish: CreditWish::Unsaid };
    let known = Circumstances { discoverer: Some(&discoverer), ..Circumstances::default() };
    let findings = lint(&message(&without), &project(), rules(), &known);
    let texts: Vec<&str> = findings.iter().filter(|one| one.id == "X15").map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["there is no section CREDITS; Petra Example reported it"]);
}

#[test]
fn whoever_asked_for_anonymity_is_named_nowhere() {
    let anonymous = |credits: &str| said(credits, Some("Petra Example"), "pex@finder.example", CreditWish::Anonymity);
    assert_eq!(anonymous("An anonymous researcher found this."), [""; 0]);
    let error = |line: &str| [format!("error: it names the discoverer, who asked not to be named | {line}")];
    assert_eq!(anonymous("Petra Example found this."), error("Petra Example found this."));
    assert_eq!(anonymous("We thank\nPETRA  EXAMPLE of Labs."), error("PETRA  EXAMPLE of Labs."));
    assert_eq!(anonymous("Thanks to PEX@finder.example."), error("Thanks to PEX@finder.example."));
    assert_eq!(
        anonymous("Petra found this."),
        ["warn: it perhaps names the discoverer, who asked not to be named | Petra found this."]
    );
    // In another section, too; a single word of the name is none there.
    let mail = message(&FIRST.replace("A guest can stop the host.", "As Petra Example says, a guest can stop the example host."));
    let mailbox = Mailbox { name: Some("Petra Example".to_owned()), address: "pex@finder.example".parse().unwrap() };
    let discoverer = Discoverer { mailbox, wish: CreditWish::Anonymity };
    let known = Circumstances { discoverer: Some(&discoverer), ..Circumstances::default() };
    let findings = lint(&mail, &project(), rules(), &known);
    let lines: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.id == "X15")
        .filter_map(|finding| mail.text.lines().nth(finding.line.unwrap() - 1))
        .collect();
    assert_eq!(lines, ["As Petra Example says, a guest can stop the example host.", "Petra Example found this."]);
}

#[test]
fn without_a_case_nothing_is_said() {
    let findings = lint(&message(FIRST), &project(), rules(), &Circumstances::default());
    assert!(findings.iter().all(|finding| finding.id != "X15"), "{findings:?}");
}
