//! Mail in other people's names: held, shown to the team, never obeyed, never answered.

use crate::{
    rig::cast::{Person, letter},
    stage::{
        DISCUSS, Stage,
        mail::{self, on_top, signed},
        read::{address, text},
    },
};

/// What a forger writes on top, hoping that somebody believes it.
const STAMPS: &str = "\
Authentication-Results: mx.xenproject.test; dkim=pass (2048-bit key) header.d=org01.example header.i=@org01.example
Authentication-Results: mx.xenproject.test 1; dkim=pass header.d=mona.example header.i=@mona.example
Received: from client.test by mx.xenproject.test (Postfix) with ESMTP id FORGED; Mon, 2 Mar 2026 10:00:00 +0000
Authentication-Results: mx.xenproject.test; dkim=pass header.d=org01.example
Authentication-Results: mx.xenproject.test; dkim=pass header.d=mona.example
ARC-Authentication-Results: i=1; mx.xenproject.test; dkim=pass header.d=org01.example
";

#[test]
fn a_forged_members_post_is_held_and_the_member_hears_nothing() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let (pat, forger) = (&cast.posters[0], &cast.forger);
    let post = |id: &str| mail::technical_unsigned(cast, id);
    let forged: [(&str, &Person, Vec<u8>); 6] = [
        ("unsigned", forger, post("f-unsigned")),
        ("a false key", forger, cast.sign_falsely(&post("f-false"), pat)),
        ("signed by himself", forger, cast.sign(&post("f-own"), forger)),
        ("stamped", forger, on_top(STAMPS, &post("f-stamped"))),
        ("stamped and signed by himself", forger, on_top(STAMPS, &cast.sign(&post("f-both"), forger))),
        (
            "a stranger as himself",
            &cast.stranger,
            signed(cast, &cast.stranger, DISCUSS, "XSA-999", "f-stranger", "", "The patch fails to apply to 4.17.\n"),
        ),
    ];
    for (what, from, message) in forged {
        let id = stage.deliver(from, DISCUSS, &message);
        assert_eq!(stage.state_of(id), ("held".to_owned(), "post".to_owned()), "{what}");
        assert_eq!(stage.texts(&format!("SELECT poster FROM held WHERE inbox_id = {id}")), [""], "{what}: nobody to answer");
        for notice in stage.notices() {
            let said = text(&notice);
            assert!(said.contains("Why no rule may act by itself here"), "{what}: {said}");
        }
        // No receipt, no rejection: pat never wrote, and the stranger is told nothing about a private list.
        stage.silence();
    }

    // Rejected by a moderator, it still gets no letter.
    let id = stage.deliver(forger, DISCUSS, &post("f-again"));
    let [for_mona, _] = stage.notices();
    let mona = &cast.moderators[0];
    let to = address(&for_mona, "Reply-To");
    stage.deliver(mona, &to, &signed(cast, mona, &to, "Re: [held]", "reject", "", "reject policy\n"));
    stage.both_hear(&format!("held-{id} was rejected by mona at "));
    assert!(stage.events(id).contains(&"no-letter".to_owned()));
    stage.close();
}

#[test]
fn a_forged_moderator_moves_nothing_whatever_is_stamped_on_the_mail() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let (mona, forger) = (&cast.moderators[0], &cast.forger);
    let row = stage.deliver(&cast.posters[0], DISCUSS, &mail::ambiguous(cast, "post-1"));
    drop(stage.letter(&cast.posters[0].address));
    let [for_mona, _] = stage.notices();
    // He has the notice itself: the token is right, the hand is not.
    let to = address(&for_mona, "Reply-To");
    let approve = |id: &str| letter(mona, &to, "Re: [held]", id, "", "approve\n");
    let two_authors = String::from_utf8(approve("two")).unwrap().replacen("From: ", "From: Fritz <fritz@forger.example>,\n ", 1);
    for (what, message) in [
        ("stamped", on_top(STAMPS, &approve("stamped"))),
        ("stamped and signed by himself", on_top(STAMPS, &cast.sign(&approve("both"), forger))),
        (
            "a second From on top",
            on_top("From: Mona Moderator <mona@mona.example>\n", &signed(cast, forger, &to, "Re", "second", "", "approve\n")),
        ),
        ("two authors", cast.sign(&crate::rig::cast::crlf(&two_authors), forger)),
        (
            "mona's display name",
            signed(cast, &Person { name: "mona@mona.example".to_owned(), ..forger.clone() }, &to, "Re", "name", "", "approve\n"),
        ),
    ] {
        let id = stage.deliver(forger, &to, &message);
        assert_eq!(stage.state_of(id), ("held".to_owned(), "command".to_owned()), "{what}");
        stage.both_hear("its sender is not proven to be the person the token was made for");
        assert_eq!(stage.texts(&format!("SELECT state FROM held WHERE inbox_id = {row}")), ["waiting"], "{what}");
        stage.silence();
    }

    // What is genuine still works afterwards: the token was not used up.
    stage.deliver(mona, &to, &signed(cast, mona, &to, "Re: [held]", "genuine", "", "discard\n"));
    stage.both_hear(&format!("held-{row} was discarded by mona at "));
    stage.close();
}
