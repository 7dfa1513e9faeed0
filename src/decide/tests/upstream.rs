//! Another project's embargoed advisory (P85).

use super::*;
use crate::{
    cases::{CaseFile, Recorded},
    decide::snapshot::Answered,
    disclosure::Upstream,
    mail::ListId,
};

const WIDGET: &str = "security@widget.example";
const LIST: &str = "<widget-security.widget.example>";
const TEXT: &str = "EMBARGOED UNTIL 2026-12-08 12:00 UTC\n\nA guest can write beyond a buffer of the widget emulator.";
const SUBJECT: &str = "[EMBARGOED] widget emulator: CVE-2026-4321";

fn scene() -> Scene {
    let mut scene = Scene::new();
    let list_id: ListId = LIST.parse().unwrap();
    scene.policy.project.upstreams =
        vec![Upstream { name: "Widget Emulator".to_owned(), list_id: Some(list_id), from: vec![address(WIDGET)] }];
    scene
}

/// The lines that tell of the case; each of the team gets a notice besides.
fn case_lines(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).filter(|line| !line.starts_with("mint") && !line.starts_with("decided")).collect()
}

/// What the notice says of the advisory, without its line breaks.
fn facts(scene: &Scene, mail: &str) -> String {
    let decision = scene.decide(mail).unwrap();
    let notice = letters(&decision.effects).next().unwrap();
    let text = String::from_utf8_lossy(&notice.letter.draft().bytes).into_owned();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, from) = words.split_once("Encrypted: no ").unwrap_or_else(|| panic!("{words}"));
    let (fact, _) = from.split_once(" CVE ids: ").unwrap_or_else(|| panic!("{words}"));
    fact.to_owned()
}

#[test]
fn p85_a_proven_advisory_opens_a_case_with_its_date() {
    let advisory = mail(WIDGET, SECURITY, SUBJECT, TEXT);
    assert_eq!(
        case_lines(&scene().told(&advisory)),
        [
            "open case-17 of nobody",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "upstream case-17 about 7: an advisory of Widget Emulator, embargoed",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    assert_eq!(
        facts(&scene(), &advisory),
        "An embargoed advisory of Widget Emulator; it is public on Tuesday 2026-12-08 12:00 UTC"
    );
    let event = scene().decide(&advisory).unwrap().effects.into_iter().find_map(|effect| match effect {
        Effect::Happened(happened) => match happened.event {
            event @ CaseEvent::Upstream { .. } => Some(event),
            _ => None,
        },
        _ => None,
    });
    let until = at("2026-12-08T12:00:00Z");
    let id = Some("CVE-2026-4321".to_owned());
    assert_eq!(event, Some(CaseEvent::Upstream { project: "Widget Emulator".to_owned(), id, until }));
    // The token of the notice is of the case as it is after both events: the first command is not asked for again.
    let minted = scene().told(&advisory).into_iter().filter(|line| line.contains("mint case")).collect::<Vec<_>>();
    assert_eq!(minted, ["mint case 17 v2 for mona", "mint case 17 v2 for nils"]);
}

#[test]
fn p85_a_date_that_is_not_proven_protects_and_ends_nothing() {
    let undated = TEXT.replacen("2026-12-08 12:00 UTC", "further notice", 1);
    let past = TEXT.replacen("2026-12-08", "2025-12-08", 1);
    let by_list = format!("List-Id: {LIST}\n{}", mail(DORA, SECURITY, SUBJECT, TEXT));
    let says = "it says Tuesday 2026-12-08 12:00 UTC, but its sender is not proven: say the date with `upstream INSTANT Widget Emulator`";
    for (mail, fact) in [
        (forged(WIDGET, SECURITY, SUBJECT, TEXT), says),
        (by_list, says),
        (
            mail(WIDGET, SECURITY, SUBJECT, &past),
            "it says Monday 2025-12-08 12:00 UTC, but that has passed: say the date with `upstream INSTANT Widget Emulator`",
        ),
        (mail(WIDGET, SECURITY, SUBJECT, &undated), "its date cannot be read: say it with `upstream INSTANT Widget Emulator`"),
    ] {
        let lines = scene().told(&mail);
        assert!(lines.contains(&"open case-17 of nobody".to_owned()), "{lines:?}");
        assert!(!lines.iter().any(|line| line.starts_with("upstream")), "{lines:?}");
        assert!(lines.contains(&"mint case 17 v1 for mona".to_owned()), "{lines:?}");
        assert_eq!(facts(&scene(), &mail), format!("An embargoed advisory of Widget Emulator; {fact}"));
    }
}

#[test]
fn p85_a_later_version_comes_to_the_same_case() {
    let opened = CaseEvent::Opened { discoverer: None, origin: Origin::Upstream, policy: None };
    let theirs = CaseEvent::Upstream { project: "Widget Emulator".to_owned(), id: None, until: at("2026-12-08T12:00:00Z") };
    let recorded = |event| Recorded { at: at(NOW), by: Actor::Daemon, event };
    let file = CaseFile::fold(CaseId(3), [recorded(opened), recorded(theirs)].iter()).unwrap();
    let scene = scene().with(|snapshot| {
        snapshot.cases.push(Case {
            id: CaseId(3),
            discoverer: None,
            token: TOKEN.to_owned(),
            state: CaseState::Open,
            version: 2,
            claimed_by: None,
            opened: at(NOW),
        });
        snapshot.files.push(file);
        snapshot.answers.push(Answered {
            message_id: "<v1@widget.example>".parse().unwrap(),
            case: Some(CaseId(3)),
            advisory: None,
        });
    });
    assert_eq!(
        case_lines(&scene.told(&mail(WIDGET, SECURITY, SUBJECT, TEXT))),
        [
            "attach 7 to case-3 as suggested",
            "note suggested case-3: it is marked as an advisory of Widget Emulator and answers a mail of the case",
            "embargoed case-mail to mona@team.example.org about 7 case-3",
            "embargoed case-mail to nils@team.example.org about 7 case-3",
        ]
    );
}

#[test]
fn other_mail_of_the_project_goes_its_usual_way() {
    let lines = scene().told(&mail(WIDGET, SECURITY, "Hello", "May we talk about the next release?"));
    assert!(lines.iter().any(|line| line.contains("acknowledgement to security@widget.example")), "{lines:?}");
    // And without the table an embargoed advisory is what it was before: never lost, and the team's.
    let lines = Scene::new().told(&mail(WIDGET, SECURITY, SUBJECT, TEXT));
    assert!(lines.iter().any(|line| line.contains("case-17") || line.contains("held")), "{lines:?}");
}
