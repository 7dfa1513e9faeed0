//! A member who wants verified TLS is not sent to before something assures it: nothing is lost, nobody else waits, the team hears of it once.

use jiff::SignedDuration;

use crate::{
    rig::{
        ground::until,
        plan::{Hands, Plan},
    },
    stage::{
        PRIMARY, Stage,
        mail::{self, signed},
        read::{address, subject, text},
    },
};

const STRICT: &str = "security@org02.example";

fn out(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Organisation 02 wants verified TLS: a person of the team says so.
fn wants_verified_tls(stage: &Stage) {
    let cast = &stage.rig.cast;
    assert!(stage.command(&["member", "--config", stage.site.path(), "say", "2", "note:", "they", "wrote"]).status.success());
    let [mona, _] = stage.notices().map(|letter| address(&letter, "Reply-To"));
    let person = &cast.moderators[0];
    stage.deliver(person, &mona, &signed(cast, person, &mona, "Re: member", "tls", "", "tls verify\n"));
    for moderator in &cast.moderators {
        drop(stage.letters(&moderator.address));
    }
    assert_eq!(stage.texts("SELECT tls FROM member WHERE id = 2"), ["verify"]);
}

/// An advisory goes to the members; everybody but the strict one has it, and the team is told once.
fn one_waits(stage: &Stage) {
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    let to = address(&stage.letter(&milo.address), "Reply-To");
    stage.deliver(milo, &to, &signed(cast, milo, &to, "Re: [held-1]", "release", "", "send\n"));
    for member in cast.members.iter().filter(|member| member.address != STRICT) {
        assert_eq!(stage.rig.relay.collect(&member.address).len(), 1, "{}", member.address);
    }
    until("the strict member's copy to wait", || {
        let waits =
            "SELECT COUNT(*) FROM delivery WHERE state = 'deferred' AND reply = 'waits for verified TLS' AND settled_at IS NULL";
        (stage.count(waits) == 1).then_some(())
    });
    until("the team to be told of the others", || {
        (stage.count("SELECT COUNT(*) FROM told WHERE key LIKE 'waits:%'") == 1).then_some(())
    });
    for moderator in [mona, milo] {
        let told = stage.letters(&moderator.address);
        let summaries: Vec<String> = told.iter().map(text).filter(|said| said.contains(" delivered")).collect();
        assert_eq!(summaries, ["XSA-999 v1: 74 of 75 delivered, 1 waiting for verified TLS (org02.example)"]);
        let about: Vec<_> = told.iter().filter(|letter| subject(letter).contains("[member-2]")).map(text).collect();
        assert_eq!(about.len(), 1, "{:?}", told.iter().map(subject).collect::<Vec<_>>());
        assert!(about[0].contains("over verified TLS only, and nothing assures that"), "{about:?}");
        assert!(about[0].contains("delivery-"), "{about:?}");
    }
    let listed = out(&stage.command(&["outbox", "--config", stage.site.path(), "list"]));
    assert!(listed.contains("waits for verified TLS"), "{listed}");
    // It is looked at again, and nobody is told again.
    stage.rig.time.set_ahead(SignedDuration::from_mins(5));
    until("another look", || {
        let asked = "SELECT COUNT(*) FROM delivery WHERE reply = 'waits for verified TLS' AND next_at - queued_at = 60000 AND queued_at > (SELECT MAX(at) FROM told) + 200000";
        (stage.count(asked) == 1).then_some(())
    });
    assert_eq!(stage.rig.relay.attempts(STRICT), 0, "nothing of it was sent");
    stage.silence();
}

#[test]
fn with_nothing_assured_one_member_waits_until_the_operator_has_the_table_in_place() {
    let plan = Plan { hands: Hands::Ours, ..Plan::xen() };
    let stage = Stage::with(plan, |site| {
        let table = site.state.with_file_name("tls-policy").display().to_string();
        site.set("transport.relay", 0, "verified-tls", "\"policy-table\"");
        site.set("transport.relay", 0, "tls-policy-file", &format!("\"{table}\""));
    });
    wants_verified_tls(&stage);
    one_waits(&stage);
    let path = stage.site.path();
    let checked = out(&stage.command(&["check", "--config", path]));
    assert!(checked.contains("member-2 (Organisation 02) wants verified TLS, and nothing assures that"), "{checked}");
    let ready = out(&stage.command(&["readiness", "--config", path]));
    assert!(ready.contains("it wants verified TLS, and nothing assures that: its copies wait"), "{ready}");
    let postfix = stage.rig.ground.at("mx").display().to_string();
    let check = ["tls-policy", "--config", path, "check", "--postfix", &postfix];
    let checked = stage.command(&check);
    assert_eq!(checked.status.code(), Some(1));
    assert!(out(&checked).contains("org02.example: not in the table"), "{}", out(&checked));

    let written = stage.command(&["tls-policy", "--config", path, "write"]);
    assert!(written.status.success(), "{}", out(&written));
    let checked = stage.command(&check);
    assert!(out(&checked).contains("in the table, and Postfix does not look at it"), "{}", out(&checked));
    // The operator follows what `write` said; the real Postfix's own programs answer.
    let main = stage.rig.ground.at("mx/main.cf");
    let line = out(&written)
        .lines()
        .find_map(|line| line.split_once(": smtp_tls_policy_maps").map(|(_, rest)| rest.to_owned()))
        .unwrap();
    let text_of_main = std::fs::read_to_string(&main).unwrap() + "smtp_tls_policy_maps" + &line + "\n";
    std::fs::write(&main, text_of_main).unwrap();
    let checked = stage.command(&check);
    assert_eq!((checked.status.code(), out(&checked).as_str()), (Some(0), "org02.example: in force\n"));

    stage.rig.time.set_ahead(SignedDuration::from_mins(10));
    assert_eq!(stage.rig.relay.collect(STRICT).len(), 1);
    stage.settle();
    for moderator in &stage.rig.cast.moderators {
        let heard: Vec<String> = stage.letters(&moderator.address).iter().map(text).collect();
        assert!(heard.iter().any(|said| said.starts_with("XSA-999 v1: 75 of 75 delivered")), "{heard:?}");
    }
    let ready = out(&stage.command(&["readiness", "--config", path]));
    assert!(!ready.contains("verified TLS"), "{ready}");
    stage.close();
}

#[test]
fn a_relay_that_does_not_offer_requiretls_gets_nothing_for_who_wants_it() {
    let plan = Plan { hands: Hands::Ours, ..Plan::xen() };
    let stage = Stage::with(plan, |site| site.set("transport.relay", 0, "verified-tls", "\"require-tls\""));
    wants_verified_tls(&stage);
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    let to = address(&stage.letter(&milo.address), "Reply-To");
    stage.deliver(milo, &to, &signed(cast, milo, &to, "Re: [held-1]", "release", "", "send\n"));
    for member in cast.members.iter().filter(|member| member.address != STRICT) {
        assert_eq!(stage.rig.relay.collect(&member.address).len(), 1, "{}", member.address);
    }
    for moderator in [mona, milo] {
        let told = stage.letters(&moderator.address);
        assert!(
            told.iter().any(|letter| subject(letter).contains("[member-2]")),
            "{:?}",
            told.iter().map(subject).collect::<Vec<_>>()
        );
    }
    assert_eq!(stage.rig.relay.attempts(STRICT), 0);
    assert_eq!(
        stage.texts("SELECT state || ' ' || reply FROM delivery WHERE settled_at IS NULL"),
        ["deferred waits for verified TLS"]
    );
    // The relay learns it: the same copy goes, and asks for it.
    stage.rig.relay.is(crate::rig::relay::Manner::RequiresTls);
    stage.rig.time.set_ahead(SignedDuration::from_mins(30));
    assert_eq!(stage.rig.relay.collect(STRICT).len(), 1);
    assert_eq!(stage.rig.relay.asked_for_tls(), [STRICT]);
    stage.settle();
    for moderator in &cast.moderators {
        let heard: Vec<String> = stage.letters(&moderator.address).iter().map(text).collect();
        assert!(heard.iter().any(|said| said.starts_with("XSA-999 v1: 75 of 75 delivered")), "{heard:?}");
    }
}
