//! Posts that receivers would refuse: shown before anybody approves them, and sent as they came.

use crate::{
    rig::{opendkim::Dkim, plan::Plan, relay::Letter},
    stage::{
        DISCUSS, PRIMARY, Stage, mail,
        read::{address, body, field, fields, text},
    },
};

/// An unsigned post of a member, held, shown to the moderators, approved by milo; the notice's text and the copies.
fn approved(stage: &Stage, post: &[u8]) -> (String, Vec<Letter>) {
    let cast = &stage.rig.cast;
    let milo = &cast.moderators[1];
    stage.deliver(&cast.posters[0], DISCUSS, post);
    let notice = stage.letter(&milo.address);
    let to = address(&notice, "Reply-To");
    stage.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held]", "yes", "", "approve\n"));
    let copies = stage.copies();
    for person in cast.moderators.iter().chain(&cast.posters) {
        drop(stage.rig.relay.take(&person.address));
    }
    (text(&notice), copies)
}

fn stage(munging: &str) -> Stage {
    let stage = Stage::with(Plan::xen(), |site| site.dmarc(munging, "org01.example", "reject"));
    stage.advisory_is_live();
    stage
}

#[test]
fn a_post_that_would_be_refused_is_shown_and_goes_as_it_came_by_default() {
    let stage = stage("never");
    let post = mail::technical_unsigned(&stage.rig.cast, "plain");
    let (notice, copies) = approved(&stage, &post);
    assert!(notice.contains("At receivers: does not pass DMARC and is likely refused (p=reject)"), "{notice}");
    for copy in &copies {
        assert_eq!((field(&copy.bytes, "From"), body(&copy.bytes)), (field(&post, "From"), body(&post)));
        assert_eq!(fields(&copy.bytes, "X-Original-From"), [] as [&str; 0]);
    }
    let noted = stage.texts("SELECT text FROM event WHERE kind = 'dmarc'");
    assert_eq!(noted, ["at receivers: does not pass DMARC and is likely refused (p=reject)"]);
    stage.close();
}

#[test]
fn a_post_for_whose_author_nobody_vouches_keeps_its_from() {
    let stage = stage("when-needed");
    let cast = &stage.rig.cast;
    let post = mail::technical_unsigned(cast, "plain");
    let (notice, copies) = approved(&stage, &post);
    assert!(notice.contains("our server does not vouch for the author"), "{notice}");
    for copy in &copies {
        assert_eq!((field(&copy.bytes, "From"), body(&copy.bytes)), (field(&post, "From"), body(&post)));
    }
    // One that passes is not touched, and neither is an advisory of the team's.
    stage.deliver(&cast.posters[0], DISCUSS, &mail::technical(cast, "signed"));
    let copies: Vec<Vec<u8>> = stage.copies().into_iter().map(|copy| copy.bytes).collect();
    assert_eq!(stage.rig.opendkim.verify(&copies), vec![Dkim::Pass("org01.example".to_owned()); 75]);
    assert!(copies.iter().all(|copy| field(copy, "From") == field(&post, "From")));
    let sent = stage.texts("SELECT CAST(bytes AS TEXT) FROM letter WHERE label LIKE 'advisory:%' AND kind = 'redistribution'");
    assert!(sent.iter().all(|letter| letter.contains("mona@mona.example") && !letter.contains("X-Original-From")), "{PRIMARY}");
    for moderator in &cast.moderators {
        drop(stage.letters(&moderator.address));
    }
    stage.close();
}
