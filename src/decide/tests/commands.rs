//! Commands: a token and its proven person together, or nothing.

use super::*;
use crate::{
    decide::snapshot::{HeldPlace, HeldPost, HeldState},
    disclosure::CaseState,
};

fn held() -> HeldPost {
    HeldPost {
        inbox: InboxId::of_row(5),
        raw: RawMessage::new(technical_post().replace('\n', "\r\n").into_bytes()),
        place: HeldPlace::Discuss,
        poster: Some(address(WRITER)),
        state: HeldState::Waiting,
        version: 1,
        reason_class: None,
        reasons: vec![crate::rules::Reason::new("technical", "body", "canary-words")],
    }
}

pub(super) fn moderator(name: &str) -> Scene {
    Scene::new().token(Purpose::Moderate, name, 5, held().raw.digest()).with(|known| known.held = Some(held()))
}

pub(super) fn poster() -> Scene {
    Scene::new().token(Purpose::Withdraw, WRITER, 5, held().raw.digest()).with(|known| known.held = Some(held()))
}

pub(super) fn handler(state: CaseState, claimed_by: &str) -> Scene {
    Scene::new().token(Purpose::Case, "mona", 4, Digest::of(b"x")).with(|known| {
        known.cases.push(case(state, claimed_by));
        known.files.push(file(state, claimed_by));
    })
}

fn ruled(how: &str, by: &str) -> HeldState {
    HeldState::Ruled { how: how.to_owned(), by: by.to_owned(), at: at("2026-11-21T13:00:00Z") }
}

/// The held post with other bytes, and a token that was made for them.
fn bytes_of_held(known: &mut Snapshot, change: impl Fn(&str) -> String) {
    let held = known.held.as_mut().unwrap();
    held.raw = RawMessage::new(change(std::str::from_utf8(held.raw.bytes()).unwrap()).into_bytes());
    known.tokens[0].digest = held.raw.digest();
}

#[test]
fn a_moderators_word_rules() {
    // Approve.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        [
            "decided: command by token",
            "settle 5 v1 approved by mona",
            "note approved about 5 by mona: approved by mona",
            "spend the token",
            "embargoed redistribution to security@alpha.example psirt@beta.example about 5 [post:5]",
            "thread <m1@alpha.example> 999",
            "confidential ruled to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // Reject policy.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "reject policy")),
        [
            "decided: command by token",
            "settle 5 v1 rejected by mona",
            "note rejected about 5 by mona: rejected by mona",
            "spend the token",
            "confidential rejection to writer@alpha.example about 5",
            "confidential ruled to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // Reject.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "reject\n\nplease do not")),
        [
            "decided: command by token",
            "settle 5 v1 rejected by mona",
            "note rejected about 5 by mona: rejected by mona",
            "spend the token",
            "confidential rejection to writer@alpha.example about 5",
            "confidential ruled to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // Discard.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "discard")),
        [
            "decided: command by token",
            "settle 5 v1 discarded by mona",
            "note discarded about 5 by mona: discarded by mona",
            "spend the token",
            "confidential ruled to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // Hold.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "hold")),
        [
            "decided: command by token",
            "note kept about 5 by mona: looked at and kept waiting",
            "confidential ruled to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // Explain.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "explain")),
        ["decided: command by token", "embargoed command-answer to mona@team.example.org about 7"]
    );
    // Reroute security.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "reroute security")),
        [
            "decided: command by token",
            "settle 5 v1 rerouted by mona",
            "note rerouted about 5 by mona: rerouted by mona",
            "spend the token",
            "mint discoverer 17 v1 for writer@alpha.example",
            "open case-17 of writer@alpha.example",
            "attach 5 to case-17 as report",
            "opened case-17 about 5: case-17 opened",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 5 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 5 case-17",
            "confidential ruled to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // Help.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "help")),
        ["decided: command by token", "embargoed command-answer to mona@team.example.org about 7"]
    );
}

#[test]
fn what_is_no_command_does_nothing() {
    // Do it.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "do it")),
        [
            "decided: command by token",
            "note command-not-understood by mona: nothing was done",
            "confidential command-answer to mona@team.example.org about 7",
        ]
    );
    // Approve, but not today.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve, but not today")),
        [
            "decided: command by token",
            "note command-not-understood by mona: nothing was done",
            "confidential command-answer to mona@team.example.org about 7",
        ]
    );
    // Empty.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "")),
        [
            "decided: command by token",
            "note command-not-understood by mona: nothing was done",
            "confidential command-answer to mona@team.example.org about 7",
        ]
    );
    // Over the cap of answers.
    let scene = moderator("mona").with(|known| known.answered_commands = 240);
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "do it")),
        [
            "decided: command by token",
            "note command-not-understood by mona: nothing was done",
            "note not-answered: the cap on answers to commands is reached",
        ]
    );
    // What was done is confirmed all the same: the confirmation carries the next token.
    let scene = handler(CaseState::Open, "").with(|known| known.answered_commands = 240);
    let told = scene.told(&mail(MONA, &desk(), "Re: held", "claim"));
    assert_eq!(told.last().unwrap(), "confidential command-answer to mona@team.example.org about 7 case-4");
}

#[test]
fn a_token_without_its_person_is_refused_and_alarms() {
    // Forged.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&forged(MONA, &desk(), "Re: held", "approve")),
        [
            "held: command by token",
            "note unproven: no Received field of our receiving server",
            "note command-refused: the sender is not proven",
            "hold in other suggests discard - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note alarm: command-refused",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // Signed for a list, and delivered to the token by whoever has seen both (T09).
    let again = mail(MONA, "exo-devel@lists.example.org", "Re: [PATCH] mm", "approve");
    for fields in [
        format!("Delivered-To: {}\n", desk()),
        format!("X-Original-To: {}\n", desk()),
        format!("Delivered-To: {}\nCc: {}\n", desk(), desk()),
        format!("To: {}\n", desk()),
    ] {
        let scene = moderator("mona");
        let mut told = scene.told(&format!("{fields}{again}"));
        // The alarm about a public address comes as ever.
        told.retain(|line| line.contains("note command") || line.contains("settle") || line.contains("redistribution"));
        assert_eq!(told, ["note command-refused: the sender is proven, and did not write to the token's address"], "{fields}");
    }
    // A colleague.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(NILS, &desk(), "Re: held", "approve")),
        [
            "held: command by token",
            "note command-refused: the sender is proven, but the token was made for somebody else",
            "hold in other suggests discard - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note alarm: command-refused",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // A member.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&mail(WRITER, &desk(), "Re: held", "approve")),
        [
            "held: command by token",
            "note command-refused: the sender is proven, but the token was made for somebody else",
            "hold in other suggests discard - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note alarm: command-refused",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // Unknown.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        [
            "held: command by token",
            "note token-unknown: none of the tokens is one of ours",
            "hold in other suggests hold - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note alarm: unknown-held",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // Two tokens.
    let scene = moderator("mona").token(Purpose::Case, "mona", 4, Digest::of(b"x"));
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        [
            "held: command by token",
            "note token-unknown: it carries several tokens",
            "hold in other suggests hold - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note alarm: unknown-held",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // An out-of-office.
    let scene = moderator("mona");
    assert_eq!(
        scene.told(&format!("Auto-Submitted: auto-replied\n{}", forged(MONA, &desk(), "Out of office", "approve"))),
        [
            "decided: auto-reply by automatic",
            "note unproven: no Received field of our receiving server",
            "note automatic-with-token: an automatic answer to a letter of ours; the token in it does nothing",
        ]
    );
}

#[test]
fn a_ruling_stands_once() {
    // A second.
    let scene = moderator("mona").with(|known| known.held.as_mut().unwrap().state = ruled("approved", "nils"));
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        [
            "decided: command by token",
            "note second-ruling about 5 by mona: it was settled before; nothing was done",
            "confidential command-answer to mona@team.example.org about 7",
        ]
    );
    // A spent token.
    let scene = moderator("mona").with(|known| known.tokens[0].spent = Some((at(NOW), None)));
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        [
            "decided: command by token",
            "note token-spent about 5 by mona: the token was used before; nothing was done",
            "confidential command-answer to mona@team.example.org about 7",
        ]
    );
    // Another state.
    let scene = moderator("mona").with(|known| known.held.as_mut().unwrap().version = 2);
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        [
            "decided: command by token",
            "mint moderate 5 v2 for mona",
            "note state-changed about 5 by mona: the state changed since the notice; asked again",
            "confidential command-answer to mona@team.example.org about 7",
        ]
    );
}

#[test]
fn what_may_not_go_out_is_not_approved() {
    // Bare line ends.
    let scene = moderator("mona").with(|known| bytes_of_held(known, |raw| raw.replace("\r\n> the", "\n> the")));
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        ["decided: command by token", "confidential command-answer to mona@team.example.org about 7"]
    );
    // Other mail.
    let scene = moderator("mona").with(|known| known.held.as_mut().unwrap().place = HeldPlace::Other);
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        ["decided: command by token", "confidential command-answer to mona@team.example.org about 7"]
    );
    // An advisory.
    let scene = moderator("mona").with(|known| known.held.as_mut().unwrap().place = HeldPlace::Primary);
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        ["decided: command by token", "confidential command-answer to mona@team.example.org about 7"]
    );
    // No member.
    let scene = moderator("mona").with(|known| known.roster.members.clear());
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "approve")),
        ["decided: command by token", "confidential command-answer to mona@team.example.org about 7"]
    );
    // Rejected without a proven poster.
    let scene = moderator("mona").with(|known| known.held.as_mut().unwrap().poster = None);
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "reject policy")),
        [
            "decided: command by token",
            "settle 5 v1 rejected by mona",
            "note rejected about 5 by mona: rejected by mona",
            "spend the token",
            "note no-letter about 5 by mona: the sender is not proven: no letter was sent",
            "confidential ruled to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // And words to nobody are not lost.
    let scene = moderator("mona").with(|known| known.held.as_mut().unwrap().poster = None);
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "reject\n\nplease do not")),
        ["decided: command by token", "confidential command-answer to mona@team.example.org about 7"]
    );
}

#[test]
fn a_poster_withdraws_the_own_post() {
    // Withdrawn.
    let scene = poster();
    assert_eq!(
        scene.told(&mail(WRITER, &desk(), "Re: held", "withdraw")),
        [
            "decided: command by token",
            "settle 5 v1 withdrawn by its poster",
            "note withdrawn about 5 by its poster: withdrawn by its poster",
            "spend the token",
            "confidential ruled to mona@team.example.org nils@team.example.org about 5",
            "confidential command-answer to writer@alpha.example about 5",
        ]
    );
    // By another member.
    let scene = poster();
    assert_eq!(
        scene.told(&mail("psirt@beta.example", &desk(), "Re: held", "withdraw")),
        [
            "held: command by token",
            "note command-refused: the sender is proven, but the token was made for somebody else",
            "hold in other suggests discard - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note alarm: command-refused",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // Forged.
    let scene = poster();
    assert_eq!(
        scene.told(&forged(WRITER, &desk(), "Re: held", "withdraw")),
        [
            "held: command by token",
            "note unproven: no Received field of our receiving server",
            "note command-refused: the sender is not proven",
            "hold in other suggests discard - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note alarm: command-refused",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // Too late.
    let scene = poster().with(|known| known.held.as_mut().unwrap().state = ruled("approved", "nils"));
    assert_eq!(
        scene.told(&mail(WRITER, &desk(), "Re: held", "withdraw")),
        ["decided: command by token", "confidential command-answer to writer@alpha.example about 5"]
    );
    // A program that answers without end.
    let scene = poster().with(|known| known.answered_commands = 240);
    assert_eq!(
        scene.told(&mail(WRITER, &desk(), "Re: held", "thank you")),
        ["decided: command by token", "note not-answered: the cap on answers to commands is reached"]
    );
}

#[test]
fn a_case_is_claimed_answered_noted_and_closed() {
    // Claim.
    let scene = handler(CaseState::Open, "");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "claim")),
        [
            "decided: command by token",
            "spend the token",
            "forget unclaimed 4",
            "claimed case-4 by mona: claimed by mona",
            "mint case 4 v2 for nils",
            "confidential command-answer to nils@team.example.org about 7 case-4",
            "mint case 4 v2 for mona",
            "confidential command-answer to mona@team.example.org about 7 case-4",
        ]
    );
    // Reply.
    let scene = handler(CaseState::Open, "");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "reply\n\nThank you, we look.")),
        [
            "decided: command by token",
            "spend the token",
            "confidential case-reply to dora@finder.example about 7 case-4",
            "discoverer-told case-4 by mona: answered by mona",
            "mint case 4 v2 for nils",
            "confidential command-answer to nils@team.example.org about 7 case-4",
            "mint case 4 v2 for mona",
            "confidential command-answer to mona@team.example.org about 7 case-4",
        ]
    );
    // Note.
    let scene = handler(CaseState::Open, "");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "note\n\nI called her.")),
        [
            "decided: command by token",
            "spend the token",
            "noted case-4 by mona: I called her.",
            "mint case 4 v2 for mona",
            "confidential command-answer to mona@team.example.org about 7 case-4",
        ]
    );
    // Close duplicate.
    let scene = handler(CaseState::Open, "");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "close duplicate of case-2")),
        [
            "decided: command by token",
            "spend the token",
            "forget unclaimed 4",
            "closed case-4 by mona: closed by mona: a duplicate of case-2",
            "confidential case-news to dora@finder.example about 7 case-4",
            "discoverer-told case-4 by mona: the discoverer is told that the case is closed",
            "mint case 4 v3 for nils",
            "confidential command-answer to nils@team.example.org about 7 case-4",
            "mint case 4 v3 for mona",
            "confidential command-answer to mona@team.example.org about 7 case-4",
        ]
    );
    // Claimed by a colleague.
    let scene = handler(CaseState::Claimed, "nils");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "claim")),
        ["decided: command by token", "confidential command-answer to mona@team.example.org about 7 case-4"]
    );
    // The token again.
    let scene = handler(CaseState::Open, "").with(|known| known.tokens[0].spent = Some((at(NOW), None)));
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "claim")),
        [
            "decided: command by token",
            "mint case 4 v1 for mona",
            "note token-spent case-4 by mona: the token was used before; nothing was done",
            "confidential command-answer to mona@team.example.org about 7 case-4",
        ]
    );
    // Closed already.
    let scene = handler(CaseState::Closed, "");
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "close duplicate of case-2")),
        ["decided: command by token", "confidential command-answer to mona@team.example.org about 7 case-4"]
    );
    // The discoverer is one of our lists.
    let scene =
        handler(CaseState::Open, "").with(|known| known.cases[0].discoverer = Some(address("exo-devel@lists.example.org")));
    assert_eq!(
        scene.told(&mail(MONA, &desk(), "Re: held", "reply\n\nThank you.")),
        ["decided: command by token", "confidential command-answer to mona@team.example.org about 7 case-4"]
    );
    // The case moved on since the notice: what sends or ends something is asked for again.
    for command in ["reply\n\nThank you.", "close duplicate of case-2"] {
        let scene = handler(CaseState::Claimed, "nils").with(|known| known.cases[0].version = 2);
        assert_eq!(
            scene.told(&mail(MONA, &desk(), "Re: held", command)),
            [
                "decided: command by token",
                "mint case 4 v2 for mona",
                "note state-changed case-4 by mona: the case changed since the notice; asked again",
                "confidential command-answer to mona@team.example.org about 7 case-4",
            ]
        );
    }
}

#[test]
fn a_command_is_about_the_case_of_its_token_whatever_the_mail_refers_to() {
    let scene = handler(CaseState::Open, "").with(|known| {
        known.cases.insert(0, Case { id: CaseId(3), ..case(CaseState::Open, "") });
    });
    let told = scene.told(&mail(MONA, &desk(), "Re: held", "claim"));
    assert!(told.contains(&"claimed case-4 by mona: claimed by mona".to_owned()), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("case-3")), "{told:?}");
}

#[test]
fn explain_shows_words_of_the_post_only_where_notices_may() {
    let mut scene = moderator("mona");
    let explain = mail(MONA, &desk(), "Re: held", "explain");
    let full = letter(&scene.decide(&explain).unwrap(), LetterKind::CommandAnswer);
    assert!(full.contains("technical (body): canary-words"), "{full}");
    scene.policy.notice = NoticeMode::HeadersOnly;
    let short = letter(&scene.decide(&explain).unwrap(), LetterKind::CommandAnswer);
    assert!(short.contains("technical (body)") && !short.contains("canary"), "{short}");
}

#[test]
fn the_text_to_a_discoverer_goes_to_the_colleagues_only_where_notices_may() {
    let mut scene = handler(CaseState::Open, "");
    let reply = mail(MONA, &desk(), "Re: case", "reply\n\ncanary-answer");
    let copies = |scene: &Scene| {
        let decision = scene.decide(&reply).unwrap();
        let texts = letters(&decision.effects).filter(|outgoing| outgoing.letter.draft().kind == LetterKind::CommandAnswer);
        texts.filter(|outgoing| String::from_utf8_lossy(&outgoing.letter.draft().bytes).contains("canary-answer")).count()
    };
    assert_eq!(copies(&scene), 1);
    scene.policy.notice = NoticeMode::HeadersOnly;
    assert_eq!(copies(&scene), 0);
}

#[test]
fn an_answer_stands_below_the_discoverers_last_mail_and_below_nobody_elses() {
    let answer = |author: &str| {
        let last = forged(author, SECURITY, "guest escape", "text").replace('\n', "\r\n");
        let scene = handler(CaseState::Open, "").with(|known| known.last_mail = Some(RawMessage::new(last.into_bytes())));
        letter(&scene.decide(&mail(MONA, &desk(), "Re: case", "reply\n\nThank you.")).unwrap(), LetterKind::CaseReply)
    };
    assert!(answer(DORA).contains("\nIn-Reply-To: <m1@finder.example>\nReferences: <m1@finder.example>\n"));
    assert!(!answer(MONA).contains("m1@team.example.org"));
}

#[test]
fn without_plus_addressing_the_token_of_the_mail_answered_counts_alone() {
    let mut scene = moderator("mona");
    scene.policy.project.tokens = crate::disclosure::project::TokenPlace::MessageId;
    let old = "zyxwvutsrqponmlkjihgfedcba";
    let command = mail(MONA, "security-desk@example.org", "Re: held", "approve").replace(
        "Subject:",
        &format!("In-Reply-To: <{TOKEN}.r2@example.org>\nReferences: <{old}.r1@example.org> <{TOKEN}.r2@example.org>\nSubject:"),
    );
    let raw = RawMessage::new(command.replace('\n', "\r\n").into_bytes());
    let body = IncomingBody::Readable(Box::new(Message::parse(&raw).unwrap()));
    let incoming = Incoming { id: InboxId::of_row(ID), mailbox_for: None, arrived: at(NOW), body };
    let keys = crate::decide::keys::Keys::of(&incoming, &scene.policy.project);
    assert_eq!(keys.tokens, [Digest::of(TOKEN.as_bytes())]);
    let decision = scene.decide(&command).unwrap();
    assert_eq!(scene.written(&decision).first().unwrap(), "decided: command by token");
    let copies = letters(&decision.effects).find(|outgoing| outgoing.letter.draft().kind == LetterKind::Redistribution).unwrap();
    assert!(copies.return_tokens.is_empty(), "a return path with a detail would lose its bounces there");
}
