//! Recipients who refuse, who are busy and who keep us waiting hold up nobody else, and the team hears the count.

use crate::{
    rig::{
        ground::until,
        plan::Plan,
        relay::{ALWAYS, Fault, Letter, Manner},
    },
    stage::{
        PRIMARY, Stage,
        mail::{self, signed},
        read::{address, text},
    },
};

#[test]
fn the_others_do_not_wait_and_the_summary_names_domain_and_status() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    let relay = &stage.rig.relay;
    relay.on("security@org02.example", Fault::Rcpt("550 5.1.1 <security@org02.example>: no such user here"), ALWAYS);
    relay.on("security@org03.example", Fault::Rcpt("451 4.3.0 later"), 2);
    relay.on("security@org04.example", Fault::StallAtRcpt, 1);
    relay.on("security@org05.example", Fault::CutInData, 1);
    relay.on("security@org06.example", Fault::Dot("452 4.2.2 full"), 1);

    stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    let to = address(&stage.letter(&milo.address), "Reply-To");
    stage.deliver(milo, &to, &signed(cast, milo, &to, "Re: [held-1]", "send", "", "send\n"));

    // Everyone who can be reached has it while one still stalls.
    relay.wait_stalled();
    let slow = [
        "security@org02.example",
        "security@org03.example",
        "security@org04.example",
        "security@org05.example",
        "security@org06.example",
    ];
    for member in cast.members.iter().filter(|member| !slow.contains(&member.address.as_str())) {
        assert_eq!(relay.collect(&member.address).len(), 1);
    }
    for member in ["security@org03.example", "security@org05.example", "security@org06.example"] {
        assert_eq!(relay.collect(member).len(), 1, "{member} was tried again");
    }
    assert_eq!(relay.attempts("security@org03.example"), 3);
    until("all but the stalled one", || {
        (stage.count("SELECT COUNT(*) FROM delivery WHERE settled_at IS NULL") == 1).then_some(())
    });
    assert_eq!(stage.count("SELECT COUNT(*) FROM delivery WHERE state = 'sending'"), 1, "one stalls still");
    relay.release();
    assert_eq!(relay.collect("security@org04.example").len(), 1);

    until("the last delivery", || (stage.count("SELECT COUNT(*) FROM delivery WHERE settled_at IS NULL") == 0).then_some(()));
    for moderator in [mona, milo] {
        let heard: Vec<String> = stage.letters(&moderator.address).iter().map(text).collect();
        let sentence = "XSA-999 v1: 74 of 75 delivered, 1 bounced (org02.example: 5.1.1)";
        assert!(heard.iter().any(|said| said.starts_with(sentence)), "{heard:?}");
        assert!(!heard.iter().any(|said| said.contains("no such user")), "the server's words stay out: {heard:?}");
    }
    assert_eq!(relay.attempts("security@org02.example"), 1, "a refusal is final");
    let others = "SELECT MAX(settled_at) - MIN(queued_at) FROM delivery WHERE letter_id = (SELECT id FROM letter WHERE kind = 'redistribution') \
                  AND state = 'accepted' AND attempts = 1 AND recipient <> 'security@org04.example'";
    // Half a second where nobody else works; what they must not wait for is the stalled one, whose turn is over after minutes.
    assert!(stage.count(others) < 10_000, "those who answer at once wait for nobody: {} ms", stage.count(others));
    assert_eq!(
        stage.texts("SELECT recipient || ' ' || state || ' ' || attempts FROM delivery WHERE attempts > 1 OR state <> 'accepted' ORDER BY recipient"),
        [
            "security@org02.example failed 1",
            "security@org03.example accepted 3",
            "security@org05.example accepted 2",
            "security@org06.example accepted 2"
        ]
    );
    stage.close();
}

#[test]
fn a_250_that_is_cut_off_makes_one_duplicate_with_the_same_message_id_and_it_is_counted() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.rig.relay.on("security@org07.example", Fault::CutBefore250, 1);
    stage.rig.relay.on("security@org08.example", Fault::LostBefore250, 1);
    stage.rig.relay.on("security@org09.example", Fault::LostBefore250, 2);
    stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    let to = address(&stage.letter(&milo.address), "Reply-To");
    stage.deliver(milo, &to, &signed(cast, milo, &to, "Re: [held-1]", "send", "", "send\n"));
    until("the last delivery", || (stage.count("SELECT COUNT(*) FROM delivery WHERE settled_at IS NULL") == 0).then_some(()));
    for member in &cast.members {
        let expected = match member.address.as_str() {
            "security@org07.example" => 2,
            "security@org09.example" => continue,
            _ => 1,
        };
        let letters = stage.letters(&member.address);
        assert_eq!(letters.len(), expected, "{}", member.address);
        assert!(letters.windows(2).all(|two| two[0].bytes == two[1].bytes && two[0].reverse_path == two[1].reverse_path));
    }
    assert_eq!(
        stage.texts("SELECT recipient || ' ' || state FROM delivery WHERE resent = 1 ORDER BY recipient"),
        ["security@org07.example accepted", "security@org08.example accepted", "security@org09.example failed"]
    );
    for moderator in [mona, milo] {
        let heard: Vec<String> = stage.letters(&moderator.address).iter().map(text).collect();
        let sentence = "XSA-999 v1: 74 of 75 delivered, 1 unknown (org09.example)";
        assert!(heard.iter().any(|said| said.starts_with(sentence)), "{heard:?}");
    }
    stage.close();
}

/// The advisory to all members, on a stage whose relay has that manner and whose `[delivery]` has these keys; every copy, in the members' order.
fn fan_out(manners: &[Manner], keys: &[(&str, &str)]) -> (Stage, Vec<Letter>) {
    let stage = Stage::with(Plan::xen(), |site| {
        for (key, value) in keys {
            site.set("delivery", 0, key, value);
        }
    });
    for manner in manners {
        stage.rig.relay.is(*manner);
    }
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    let to = address(&stage.letter(&milo.address), "Reply-To");
    stage.deliver(milo, &to, &signed(cast, milo, &to, "Re: [held-1]", "send", "", "send\n"));
    until("the last delivery", || (stage.count("SELECT COUNT(*) FROM delivery WHERE settled_at IS NULL") == 0).then_some(()));
    let copies: Vec<Letter> = cast
        .members
        .iter()
        .map(|member| {
            let letters = stage.rig.relay.rest();
            let his: Vec<&Letter> = letters.iter().filter(|letter| letter.recipients.contains(&member.address)).collect();
            assert_eq!(his.len(), 1, "{} got {} copies", member.address, his.len());
            his[0].clone()
        })
        .collect();
    assert_eq!(stage.count("SELECT COUNT(*) FROM delivery WHERE state = 'accepted' AND letter_id = (SELECT id FROM letter WHERE kind = 'redistribution')"), 75);
    for member in &cast.members {
        stage.rig.relay.take(&member.address);
    }
    stage.settle();
    // Where a transaction has several recipients, both moderators' letter is one.
    let rest = stage.rig.relay.rest();
    for moderator in &cast.moderators {
        let his = rest.iter().filter(|letter| letter.recipients.contains(&moderator.address));
        let heard: Vec<String> = his.map(text).collect();
        assert!(heard.iter().any(|said| said.starts_with("XSA-999 v1: 75 of 75 delivered")), "{heard:?}");
    }
    for moderator in &cast.moderators {
        stage.rig.relay.take(&moderator.address);
    }
    (stage, copies)
}

#[test]
fn a_relay_that_closes_after_ten_messages_costs_no_attempt() {
    let (stage, copies) = fan_out(&[Manner::ClosesAfter(10)], &[("connections", "4")]);
    assert_eq!(stage.count("SELECT COUNT(*) FROM delivery WHERE attempts > 1"), 0, "the end of a session is nobody's failure");
    let connections: std::collections::BTreeSet<usize> = copies.iter().map(|copy| copy.connection).collect();
    assert!(connections.len() >= 8, "{connections:?}");
    stage.close();
}

#[test]
fn a_relay_without_pipelining_gets_one_command_at_a_time() {
    let (stage, copies) = fan_out(&[Manner::OneAtATime], &[]);
    assert_eq!(stage.count("SELECT COUNT(*) FROM delivery WHERE attempts > 1"), 0);
    let connections: std::collections::BTreeSet<usize> = copies.iter().map(|copy| copy.connection).collect();
    assert!(connections.len() <= 32, "connections are used again: {connections:?}");
    stage.close();
}

#[test]
fn one_transaction_for_all_has_an_outcome_for_each() {
    let (stage, copies) = fan_out(&[], &[("return-paths", "\"shared\"")]);
    assert!(copies.iter().all(|copy| copy.recipients.len() == 75 && copy.reverse_path == copies[0].reverse_path));
    assert_eq!(
        stage.count("SELECT COUNT(*) FROM every_attempt WHERE outcome = 'accepted' AND reply LIKE 'accepted: 250%'"),
        stage.count("SELECT COUNT(*) FROM delivery")
    );
    stage.close();
}

#[test]
fn a_relay_that_takes_twenty_recipients_gets_twenty_at_a_time() {
    let (stage, copies) = fan_out(&[Manner::TakesRecipients(20)], &[("return-paths", "\"shared\"")]);
    assert!(copies.iter().all(|copy| copy.recipients.len() <= 20));
    stage.close();
}

#[test]
fn a_relay_that_offers_to_make_the_return_paths_is_asked_to() {
    let (stage, copies) = fan_out(&[Manner::MakesReturnPaths], &[("return-paths", "\"xverp\"")]);
    // The notice before it has found out that the relay offers it.
    assert!(copies.iter().all(|copy| copy.recipients.len() == 75));
    stage.close();
}
