//! Posts that receivers would refuse: shown before anybody approves them, and sent as they came.

use crate::{
    dkim_tools::{USUAL, sign},
    rig::{cast::Person, opendkim::Dkim, plan::Plan, relay::Letter},
    stage::{
        DISCUSS, PRIMARY, Stage, mail,
        read::{address, body, field, fields, text},
        site::Site,
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
    let stage = Stage::with(Plan::xen(), |site| site.dmarc(munging, &["org01.example"]));
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

/// What a signature covers that does not live through a list: a request for receipts goes nowhere from here, so its field is taken off.
const WITH_THE_RECEIPT: &str = "from from to subject date message-id disposition-notification-to";

/// The copies that the members got of a post or an advisory by him; a moderator lets it through if no rule does.
fn through(stage: &Stage, from: &Person, to: &str, message: &[u8]) -> Vec<Vec<u8>> {
    let cast = &stage.rig.cast;
    let milo = &cast.moderators[1];
    let id = stage.deliver(from, to, message);
    stage.settle();
    let notice = stage.rig.relay.take(&milo.address).into_iter().find(|letter| fields(&letter.bytes, "Reply-To").len() == 1);
    if let Some(notice) = notice.filter(|_| to == PRIMARY || stage.state_of(id).0 == "held") {
        let (to, word) = (address(&notice, "Reply-To"), if to == PRIMARY { "send\n" } else { "approve\n" });
        stage.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held]", &format!("yes-{id}"), "", word));
    }
    let copies = stage.copies();
    stage.settle();
    for person in cast.moderators.iter().chain(&cast.posters) {
        drop(stage.rig.relay.take(&person.address));
    }
    copies.into_iter().map(|copy| copy.bytes).collect()
}

/// The header block without its first line of that name, and that line, folds and all.
fn without(message: &[u8], name: &str) -> (Vec<u8>, Vec<u8>) {
    let text = message.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>();
    let start = text.iter().position(|line| line.starts_with(format!("{name}:").as_bytes())).expect(name);
    let folds = text[start + 1..].iter().take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t")).count();
    let (field, rest) = (text[start..=start + folds].concat(), [&text[..start], &text[start + 1 + folds..]].concat().concat());
    (rest, field)
}

#[test]
fn what_would_be_refused_of_a_vouched_member_comes_from_the_list_and_can_be_taken_back() {
    const LIST: &str = "\"Pat Potoroo-5772 via xen-security-issues-discuss\" <xen-security-issues-discuss@lists.xenproject.org>";
    let refusing = |site: &mut Site| site.dmarc("when-needed", &["org01.example", "mona.example"]);
    let stage = Stage::with(Plan::xen(), refusing);
    let cast = &stage.rig.cast;
    let [pat, mona] = [&cast.posters[0], &cast.moderators[0]];

    // The team's advisory would be refused, too, and goes as it came: it is the team's own business whose name it bears.
    let advisory = String::from_utf8(mail::advisory_unsigned(mona)).unwrap();
    let advisory = advisory.replacen("MIME-Version:", "Disposition-Notification-To: mona@mona.example\r\nMIME-Version:", 1);
    let advisory = sign("mona.example", "relaxed/relaxed", WITH_THE_RECEIPT, advisory.as_bytes());
    let copies = through(&stage, mona, PRIMARY, &advisory);
    assert_eq!(stage.rig.opendkim.verify(&copies), vec![Dkim::Fail; 75]);
    let (as_it_came, _) = without(&advisory, "Disposition-Notification-To");
    assert!(copies.iter().all(|copy| copy.ends_with(&as_it_came)), "byte for byte, without the request for receipts");

    // A member's: our server vouches for him by the very signature that dies here.
    let post = sign("org01.example", "relaxed/relaxed", WITH_THE_RECEIPT, &mail::technical_unsigned(cast, "dies"));
    let copies = through(&stage, pat, DISCUSS, &post);
    assert_eq!(stage.rig.opendkim.verify(&copies), vec![Dkim::Fail; 75]);
    for copy in &copies {
        assert_eq!((field(copy, "From"), body(copy)), (LIST.to_owned(), body(&post)));
        assert_eq!(field(copy, "Reply-To"), "Pat Potoroo-5772 <pat@org01.example>");
        assert_eq!(field(copy, "X-Original-From"), field(&post, "From"));
    }
    assert_eq!(stage.count("SELECT COUNT(*) FROM event WHERE kind = 'from-munged'"), 1);
    // Taken back at a member's: his own field again in place of the list's, and nothing else was lost but what no list passes on.
    let (rest, kept) = without(&copies[0], "X-Original-From");
    let (rest, _) = without(&rest, "From");
    let (rest, _) = without(&rest, "Reply-To");
    let mut expected = post.clone();
    for name in ["From", "Disposition-Notification-To", "X-Original-To", "List-Id"] {
        expected = without(&expected, name).0;
    }
    assert!(rest.ends_with(&expected), "{}", String::from_utf8_lossy(&rest));
    assert_eq!(kept.strip_prefix(b"X-Original-"), Some(without(&post, "From").1.as_slice()));

    // With a Reply-To of his own, that stays, the only one.
    let answers = String::from_utf8(mail::technical_unsigned(cast, "answers")).unwrap();
    let answers = answers.replacen("MIME-Version:", "Reply-To: psirt@org01.example\r\nMIME-Version:", 1);
    let post = sign("org01.example", "relaxed/relaxed", WITH_THE_RECEIPT, answers.as_bytes());
    for copy in through(&stage, pat, DISCUSS, &post) {
        assert_eq!((field(&copy, "From").as_str(), field(&copy, "Reply-To").as_str()), (LIST, "psirt@org01.example"));
    }

    // Whose signature lives on is not touched: what the member got ends with what he sent, every byte of it, and verifies.
    let extra = format!("In-Reply-To: {0}\nReferences: {0}\n", mail::ADVISORY_ID);
    let words = "The patch for XSA-999 does not apply to 4.17: the first hunk fails.\n";
    let lives = crate::rig::cast::letter(pat, DISCUSS, "XSA-999", "lives", &extra, words);
    let lives = sign("org01.example", "simple/simple", USUAL, &lives);
    let copies = through(&stage, pat, DISCUSS, &lives);
    assert!(copies.iter().all(|copy| copy.ends_with(&lives)));
    assert_eq!(stage.rig.opendkim.verify(&copies), vec![Dkim::Pass("org01.example".to_owned()); 75]);
    assert_eq!(stage.count("SELECT COUNT(*) FROM event WHERE kind = 'from-munged'"), 2);
    stage.close();
}
