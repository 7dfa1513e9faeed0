//! Members come and go by two people; an alias changes when everybody agreed; what bounces is a to-do.

use crate::{
    rig::relay::{ALWAYS, Fault},
    stage::{
        DISCUSS, Stage,
        mail::{self, signed},
        read::{address, subject, text},
    },
};

/// A moderator answers a letter; both moderators' newest letters after it.
fn says(stage: &Stage, nth: usize, to: &str, line: &str, id: &str) {
    let cast = &stage.rig.cast;
    stage.deliver(
        &cast.moderators[nth],
        to,
        &signed(cast, &cast.moderators[nth], to, "Re: a member", id, "", &format!("{line}\n")),
    );
}

/// The address to answer at, of the newest letter for a moderator.
fn reply_to(stage: &Stage, nth: usize) -> (String, String) {
    let letters = stage.letters(&stage.rig.cast.moderators[nth].address);
    let newest = letters.last().unwrap();
    (address(newest, "Reply-To"), text(newest))
}

#[test]
fn root_proposes_two_people_add_and_the_alias_answers() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let add = ["member", "--config", stage.site.path(), "add", "Elsewhere Hosting", "security@elsewhere.example"];
    assert!(stage.command(&add).status.success());
    let [(mona, asked), (milo, _)] = [0, 1].map(|nth| reply_to(&stage, nth));
    assert!(asked.contains("It takes two people"), "{asked}");
    says(&stage, 0, &mona, "second", "s1");
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE standing = 'unconfirmed'"), 0);
    let (again, _) = reply_to(&stage, 0);
    drop(reply_to(&stage, 1));
    says(&stage, 0, &again, "second", "s2");
    let (_, refused) = reply_to(&stage, 0);
    assert!(refused.contains("it takes two: another person of the team answers"), "{refused}");
    says(&stage, 1, &milo, "second", "s3");
    for nth in [0, 1] {
        assert!(reply_to(&stage, nth).1.contains("mona and milo have added Elsewhere Hosting"));
    }

    // An answer from another domain puts nobody on the lists; one from their own does.
    let asked = stage.letter("security@elsewhere.example");
    let to = address(&asked, "Reply-To");
    let forger = &cast.forger;
    stage.deliver(forger, &to, &signed(cast, forger, &to, "Re: confirm", "f1", "", "confirm\n"));
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE state = 'active'"), 75);
    stage.both_hear("proves nothing");
    let sam = &cast.stranger;
    stage.deliver(sam, &to, &signed(cast, sam, &to, "Re: confirm", "c1", "", "Confirm.\n\nSam\n"));
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE state = 'active'"), 76);
    stage.both_hear("it gets both lists from now on");
    let list = stage.command(&["roster", "--config", stage.site.path(), "list"]);
    // Those who were there from the start stand on it, too, and the new one where the alphabet wants it.
    assert!(String::from_utf8(list.stdout).unwrap().starts_with("Elsewhere Hosting\nOrganisation 01\n"));
    assert_eq!(stage.count("SELECT COUNT(*) FROM organisation"), 76);
    stage.close();
}

#[test]
fn a_frozen_member_gets_nothing_of_what_already_waits_and_a_thawed_one_gets_the_next() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    stage.advisory_is_live();
    let slow = &cast.members[7].address;
    stage.rig.relay.on(slow, Fault::Rcpt("451 4.3.0 later"), ALWAYS);
    stage.deliver(&cast.posters[0], DISCUSS, &mail::technical(cast, "t1"));
    let freeze = ["member", "--config", stage.site.path(), "freeze", "8", "their", "mail", "leaks."];
    let frozen = stage.command(&freeze);
    assert!(frozen.status.success(), "{}", String::from_utf8_lossy(&frozen.stderr));
    stage.rig.relay.heal();
    crate::rig::ground::until("the withheld copy", || {
        (stage.count("SELECT COUNT(*) FROM delivery WHERE state = 'withheld'") == 1).then_some(())
    });
    assert_eq!(stage.rig.relay.take(slow).len(), 0);
    let (mona, told) = {
        let letters = stage.letters(&cast.moderators[0].address);
        let about = letters.iter().find(|letter| subject(letter).starts_with("[member-8]")).expect("a letter about the member");
        (address(about, "Reply-To"), text(about))
    };
    assert!(told.contains("root has frozen Organisation 08"), "{told}");
    says(&stage, 0, &mona, "thaw", "s1");
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE state = 'active'"), 75);
    for moderator in &cast.moderators {
        drop(stage.letters(&moderator.address));
    }
    for member in cast.members.iter().filter(|member| member.address != *slow) {
        assert_eq!(stage.letters(&member.address).len(), 1, "{}", member.address);
    }
    stage.close();
}

#[test]
fn an_alias_changes_when_the_old_one_the_new_one_and_the_team_agree() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    // Something about the member must have been said before there is a letter to answer.
    assert!(stage.command(&["member", "--config", stage.site.path(), "say", "1", "note:", "they", "wrote"]).status.success());
    let (mona, _) = reply_to(&stage, 0);
    drop(reply_to(&stage, 1));
    says(&stage, 0, &mona, "address psirt@org01.example", "a1");
    for nth in [0, 1] {
        assert!(reply_to(&stage, nth).1.contains("psirt@org01.example as the alias"));
    }
    let member = &cast.members[0];
    let [old, new] = ["security@org01.example", "psirt@org01.example"].map(|alias| stage.letter(alias));
    assert!(text(&old).contains("psirt@org01.example"), "{}", text(&old));
    for (nth, letter) in [&old, &new].iter().enumerate() {
        assert_eq!(stage.texts("SELECT address FROM member WHERE id = 1"), ["security@org01.example"]);
        let to = address(letter, "Reply-To");
        stage.deliver(member, &to, &signed(cast, member, &to, "Re: confirm", &format!("y{nth}"), "", "confirm\n"));
    }
    let (mona, told) = reply_to(&stage, 0);
    assert!(told.contains("approve-address"), "{told}");
    drop(reply_to(&stage, 1));
    says(&stage, 0, &mona, "approve-address", "a2");
    assert_eq!(stage.texts("SELECT address FROM member WHERE id = 1"), ["psirt@org01.example"]);
    stage.both_hear("has the alias psirt@org01.example from now on");
    let verified = stage.command(&["audit", "--config", stage.site.path(), "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    stage.close();
}

#[test]
fn an_alias_of_one_that_left_is_refused_by_a_sentence() {
    let stage = Stage::open();
    let path = stage.site.path();
    let root = |args: &[&str]| assert!(stage.command(&[&["member", "--config", path], args].concat()).status.success());
    root(&["remove", "security@org02.example", "--because", "they asked"]);
    let (mona, _) = reply_to(&stage, 0);
    let (milo, _) = reply_to(&stage, 1);
    says(&stage, 0, &mona, "second", "r1");
    says(&stage, 1, &milo, "second", "r2");
    assert_eq!(stage.texts("SELECT state FROM member WHERE id = 2"), ["removed"]);
    for moderator in &stage.rig.cast.moderators {
        drop(stage.letters(&moderator.address));
    }
    root(&["say", "1", "note:", "they", "wrote"]);
    let (mona, _) = reply_to(&stage, 0);
    drop(reply_to(&stage, 1));
    says(&stage, 0, &mona, "address security@org02.example because they bought it", "r3");
    let told = stage.letters(&stage.rig.cast.moderators[0].address);
    assert!(told.iter().any(|letter| text(letter).contains("was the alias of Organisation 02, which is no member any more")));
    drop(stage.rig.relay.take(&stage.rig.cast.moderators[1].address));
    assert_eq!(stage.texts("SELECT address FROM member WHERE id = 1"), ["security@org01.example"]);
    stage.close();
}
