//! Posts to the discussion list: by themselves, or held.

use super::*;

const EXTEND: &str = "Could the embargo be extended by one week? The embargo is too short for us.";

fn policy_post() -> String {
    mail(WRITER, DISCUSS, "Re: XSA-999", EXTEND)
}

#[test]
fn the_rules_act_by_themselves_inside_the_gate() {
    // Approved.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&technical_post()),
        [
            "decided: post by technical",
            "embargoed redistribution to security@alpha.example psirt@beta.example about 7 [post:7]",
            "thread <m1@alpha.example> 999",
            "note approved: by rule technical",
            "confidential ruled to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // Rejected.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&policy_post()),
        [
            "decided: post by embargo-date",
            "confidential rejection to writer@alpha.example about 7",
            "note rejected: by rule embargo-date",
            "confidential ruled to mona@team.example.org nils@team.example.org about 7",
        ]
    );
}

#[test]
fn outside_the_gate_a_post_is_held() {
    // Nothing certain.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(WRITER, DISCUSS, "Re: XSA-999", "Hmm. What do you all think about this?")),
        [
            "held: post by short-answer",
            "hold in discuss suggests approve - normal poster writer@alpha.example",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: it waits for a moderator",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
            "mint withdraw 7 v1 for writer@alpha.example",
            "confidential held-receipt to writer@alpha.example about 7",
        ]
    );
    // Forged: nobody is answered.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&forged(WRITER, DISCUSS, "Re: XSA-999", EXTEND)),
        [
            "held: post by embargo-date",
            "note unproven: no Received field of our receiving server",
            "hold in discuss suggests hold policy normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: it waits for a moderator",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
        ]
    );
    // Not live.
    let scene = Scene::new().with(|known| known.live.clear());
    assert_eq!(
        scene.told(&technical_post()),
        [
            "held: post by technical",
            "hold in discuss suggests hold not-embargoed normal poster writer@alpha.example",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: it waits for a moderator",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
            "mint withdraw 7 v1 for writer@alpha.example",
            "confidential held-receipt to writer@alpha.example about 7",
        ]
    );
    // The kill switch.
    let scene = Scene::new().with(|known| known.hold_all = true);
    assert_eq!(
        scene.told(&technical_post()),
        [
            "held: post by technical",
            "hold in discuss suggests approve - normal poster writer@alpha.example",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: it waits for a moderator",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
            "mint withdraw 7 v1 for writer@alpha.example",
            "confidential held-receipt to writer@alpha.example about 7",
        ]
    );
    // A rejection over the caps waits for a person.
    let scene = Scene::new().with(|known| known.answered_author = 3);
    assert_eq!(
        scene.told(&policy_post()),
        [
            "held: post by embargo-date",
            "note not-answered: the cap on automatic answers is reached",
            "hold in discuss suggests reject policy normal poster writer@alpha.example",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: it waits for a moderator",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
            "note not-answered: the cap on automatic answers is reached",
        ]
    );
    // No notice over the cap.
    let scene = Scene::new().with(|known| known.recent_notices = 60);
    assert_eq!(
        scene.told(&forged(WRITER, DISCUSS, "Re: XSA-999", EXTEND)),
        [
            "held: post by embargo-date",
            "note unproven: no Received field of our receiving server",
            "hold in discuss suggests hold policy normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: it waits for a moderator",
            "note notice-saved: too many notices in ten minutes: the reminder lists what waits",
        ]
    );
}

/// Words that press are told of beyond what strangers have used up, and not without end: anybody can write them (T20).
#[test]
fn a_stranger_cannot_ring_without_end() {
    let urgent = forged(WRITER, DISCUSS, "Re: XSA-999", "This is being exploited in the wild right now.");
    let leaked = forged(WRITER, &format!("{DISCUSS}, exo-devel@lists.example.org"), "Re: XSA-999", "Hmm.");
    for (post, kind) in [(&urgent, "held-notice"), (&leaked, "alarm")] {
        for (before, rings) in [(60, true), (119, true), (120, false)] {
            let told = Scene::new().with(|known| known.recent_notices = before).told(post);
            let rang = told.iter().any(|line| line.contains(&format!(" {kind} to mona")));
            assert_eq!(rang, rings, "{kind} after {before}: {told:#?}");
            assert!(told.iter().any(|line| line.starts_with("hold in discuss")), "{told:#?}");
        }
    }
}

#[test]
fn a_public_recipient_alarms() {
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(WRITER, &format!("{DISCUSS}, exo-devel@lists.example.org"), "Re: XSA-999", "Hmm.")),
        [
            "held: post by short-answer",
            "note alarm: leak-suspected",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
            "hold in discuss suggests hold public-recipient normal poster writer@alpha.example",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: it waits for a moderator",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
            "mint withdraw 7 v1 for writer@alpha.example",
            "confidential held-receipt to writer@alpha.example about 7",
        ]
    );
    // Whatever strangers have used up: a member has a budget of his own.
    let scene = Scene::new().with(|known| known.recent_notices = 60);
    assert_eq!(
        scene.told(&mail(WRITER, &format!("{DISCUSS}, exo-devel@lists.example.org"), "Re: XSA-999", "Hmm.")),
        [
            "held: post by short-answer",
            "note alarm: leak-suspected",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
            "hold in discuss suggests hold public-recipient normal poster writer@alpha.example",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: it waits for a moderator",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
            "mint withdraw 7 v1 for writer@alpha.example",
            "confidential held-receipt to writer@alpha.example about 7",
        ]
    );
}

#[test]
fn a_replayed_post_with_something_added_is_held_whatever_the_rules_say() {
    let scene = Scene::new().with(|known| known.same_id_as = Some(InboxId::of_row(5)));
    let told = scene.told(&mail(WRITER, DISCUSS, "XSA-999", "The patch applies to 4.16 and boots."));
    assert!(told.contains(&"note held: it waits for a moderator".to_owned()), "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("redistribution")), "{told:#?}");
}

#[test]
fn who_sent_what_nobody_can_read_is_not_told_that_it_was_about_policy() {
    let decision = super::commands::moderator("mona").decide(&mail(MONA, &desk(), "Re: held", "reject unreadable")).unwrap();
    let text = letter(&decision, LetterKind::Rejection);
    assert!(text.contains("A moderator decided not to distribute") && !text.contains("about policy"), "{text}");
    let decision = super::commands::moderator("mona").decide(&mail(MONA, &desk(), "Re: held", "reject")).unwrap();
    assert!(letter(&decision, LetterKind::Rejection).contains("is about policy"));
}
