//! Reports that somebody of the team passes on: whose the case is.

use super::{
    reports::{REPORT, notices},
    *,
};

pub(super) const FORWARD: &str = "{proven}From: mona@team.example.org\nTo: security@example.org\nSubject: Fwd: guest escape\nMessage-ID: <f@team.example.org>\n\
    Date: Sat, 21 Nov 2026 14:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\
    fyi\n--b\nContent-Type: message/rfc822\n\nFrom: dora@finder.example\nTo: mona@team.example.org\nSubject: guest escape\n\
    Message-ID: <r@finder.example>\n\nA guest can crash the host: buffer overflow.\n--b--\n";

#[test]
fn the_team_forwards_and_the_writer_of_the_forwarded_mail_is_the_discoverer() {
    // Attached.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&FORWARD.replace("{proven}", &proven("team.example.org"))),
        [
            "decided: report by impact",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // A report of her own is one; she is not answered by the machine.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(MONA, SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "mint discoverer 17 v1 for mona@team.example.org",
            "open case-17 of mona@team.example.org",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
}

/// What Mona pastes, and whose case it becomes; "nobody" where the team is asked.
fn passed_on(subject: &str, text: &str) -> String {
    let scene = Scene::new();
    let decision = scene.decide(&mail(MONA, SECURITY, subject, text)).unwrap();
    let told = scene.written(&decision);
    let opened = told.iter().find_map(|line| line.strip_prefix("open case-17 of ")).unwrap_or_else(|| panic!("{told:?}"));
    assert!(!told.iter().any(|line| line.contains("acknowledgement")), "{told:?}");
    for notice in notices(&decision) {
        assert_eq!(notice.contains("WHO REPORTED IT?"), opened == "nobody", "{notice}");
        let is_taken = opened != "nobody" && opened != MONA;
        assert_eq!(notice.contains(&format!("Its discoverer is taken to be\n{opened}, as")), is_taken, "{notice}");
    }
    opened.to_owned()
}

#[test]
fn the_team_pastes_and_the_writer_of_the_pasted_mail_is_the_discoverer() {
    let gmail = |from: &str| {
        format!(
            "This came to me.\n\n---------- Forwarded message ---------\nFrom: {from}\nDate: Sat, 21 Nov 2026 at 13:59\n\
             Subject: Vulnerability: guest escape\nTo: Mona <mona@team.example.org>\n\n{REPORT}"
        )
    };
    let fwd = "Fwd: Vulnerability: guest escape";
    assert_eq!(passed_on(fwd, &gmail("Dora Finder <dora@finder.example>")), DORA);
    assert_eq!(passed_on(fwd, &gmail("\"ceo@big.example\" <eve@x.example>")), "eve@x.example");
    // What is not certain is asked; the forwarder it is never, nor a list, nor the team's own address.
    for from in [
        "Dora Finder",
        "Dora <dora@finder.example>, Eve <eve@x.example>",
        "Mona <mona@team.example.org>",
        "exo-devel <exo-devel@lists.example.org>",
        "Exo Security <security@example.org>",
    ] {
        assert_eq!(passed_on(fwd, &gmail(from)), "nobody", "{from}");
    }
    assert_eq!(passed_on(fwd, &format!("Somebody told me this:\n\n{REPORT}")), "nobody");
    // Her own report quotes somebody: nothing says that it is his.
    let quoted = format!(
        "{REPORT}\n\n> From: Alice <alice@kernel.example>\n> Date: Sat, 21 Nov 2026 at 13:59\n> Subject: [PATCH] mm\n>\n> a patch\n"
    );
    assert_ne!(passed_on("Vulnerability: guest escape", &quoted), "alice@kernel.example");
    // A colleague passed it on to her: the one before him wrote it.
    let twice = format!(
        "---------- Forwarded message ---------\nFrom: Nils <nils@team.example.org>\nDate: Sat, 21 Nov 2026 at 14:01\n\
         Subject: Fwd: Vulnerability\nTo: Mona <mona@team.example.org>\n\nfor you\n\n{}",
        gmail("Dora Finder <dora@finder.example>")
    );
    assert_eq!(passed_on(fwd, &twice), DORA);
    // What no rule takes for a report is passed on for a reason.
    let odd = gmail("Dora Finder <dora@finder.example>")
        .replace(REPORT, "Could somebody of yours call me, please? It is about the toolstack.");
    assert_eq!(passed_on("Fwd: a question", &odd), DORA);
    let told = Scene::new().told(&mail(MONA, SECURITY, "Fwd: a question", "I shall call her."));
    assert!(told.iter().any(|line| line.starts_with("note team-mail")), "{told:?}");
}

#[test]
fn a_forwarded_mail_within_a_colleagues_is_the_report() {
    let attached = |inner: &str| {
        format!(
            "{}From: mona@team.example.org\nTo: security@example.org\nSubject: Fwd: guest escape\nMessage-ID: <f@team.example.org>\n\
             Date: Sat, 21 Nov 2026 14:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
             Content-Type: text/plain\n\nfyi\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n",
            proven("team.example.org")
        )
    };
    let opened = |inner: &str| {
        let told = Scene::new().told(&attached(inner));
        told.iter().find_map(|line| line.strip_prefix("open case-17 of ")).unwrap_or_else(|| panic!("{told:?}")).to_owned()
    };
    let report = format!("Subject: guest escape\nMessage-ID: <r@finder.example>\n\n{REPORT}\n");
    assert_eq!(opened(&format!("From: \"ceo@big.example\" <eve@x.example>\n{report}")), "eve@x.example");
    assert_eq!(opened(&format!("From: mona@team.example.org\n{report}")), "nobody");
    assert_eq!(opened(&format!("From: exo-devel@lists.example.org\n{report}")), "nobody");
    let pasted = report.replacen(
        REPORT,
        &format!("---------- Forwarded message ---------\nFrom: Dora <dora@finder.example>\nDate: Sat, 21 Nov 2026 at 13:59\nSubject: x\nTo: Nils\n\n{REPORT}"),
        1,
    );
    assert_eq!(opened(&format!("From: nils@team.example.org\n{pasted}")), DORA);
}
