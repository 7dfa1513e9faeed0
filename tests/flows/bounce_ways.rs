//! Bounces find their recipient in every way of making return paths: by the relay's word (`XVERP`), by the report's fields. The relay is a real Postfix,
//! and it writes the bounces.

use jiff::SignedDuration;

use crate::{
    rig::{
        cast::{Person, letter},
        ground::until,
        plan::{Hands, Plan},
        relay::{ALWAYS, Fault, Letter},
    },
    stage::{
        DISCUSS, PRIMARY, Stage, mail,
        read::{address, subject, text},
    },
};

fn stage(way: &str) -> Stage {
    let plan = Plan { hands: Hands::Ours, ..Plan::xen().with_smarthost() };
    let stage = Stage::with(plan, |site| site.set("delivery", 0, "return-paths", &format!("\"{way}\"")));
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    // With one transaction for several recipients, a letter of the relay's may be several people's.
    let to = until("the notice", || {
        his(&stage, &milo.address)
            .iter()
            .find(|letter| subject(letter).contains("held-1"))
            .map(|letter| address(letter, "Reply-To"))
    });
    stage.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held-1]", "release", "", "send\n"));
    until("the advisory", || cast.members.iter().all(|member| !his(&stage, &member.address).is_empty()).then_some(()));
    stage
}

/// What the world has for somebody.
fn his(stage: &Stage, address: &str) -> Vec<Letter> {
    let all = stage.rig.relay.rest();
    all.into_iter().filter(|letter| letter.recipients.iter().any(|to| to == address)).collect()
}

/// A post to all members, of whom two are refused for good by the world behind Postfix; what the team hears at last.
fn two_are_refused(stage: &Stage) -> i64 {
    let cast = &stage.rig.cast;
    stage.rig.relay.on("security@org02.example", Fault::Rcpt("550 5.1.1 no such user"), ALWAYS);
    stage.rig.relay.on("security@org03.example", Fault::Rcpt("550 5.7.1 not wanted"), ALWAYS);
    let id = stage.deliver(&cast.posters[0], DISCUSS, &mail::technical(cast, "post-1"));
    let refused = ["security@org02.example", "security@org03.example"];
    until("the others' copies", || {
        let others = cast.members.iter().filter(|member| !refused.contains(&member.address.as_str()));
        others.map(|member| his(stage, &member.address).len()).all(|count| count == 2).then_some(())
    });
    until("both bounces to be booked", || (stage.count("SELECT COUNT(*) FROM delivery WHERE bounce <> ''") == 2).then_some(()));
    assert_eq!(booked(stage), ["security@org02.example 5.1.1 permanent", "security@org03.example 5.7.1 permanent"]);
    for moderator in &cast.moderators {
        for told in [
            format!("held-{id}: 73 of 75 delivered"),
            "member-2 (Organisation 02): mail to its alias came back".to_owned(),
            "member-3 (Organisation 03): mail to its alias came back".to_owned(),
        ] {
            until(&told, || his(stage, &moderator.address).iter().any(|letter| text(letter).contains(&told)).then_some(()));
        }
    }
    id
}

fn booked(stage: &Stage) -> Vec<String> {
    stage.texts("SELECT recipient || ' ' || bounce FROM delivery WHERE bounce <> '' ORDER BY recipient")
}

/// What the real Postfix wrote: the headers of the letter and no line of its body (`RET=HDRS`), and our id of the envelope.
fn nothing_of_the_post_came_back(stage: &Stage) {
    let bounces = stage.texts("SELECT CAST(bytes AS TEXT) FROM raw JOIN inbox USING (digest) WHERE class = 'bounce'");
    assert!(!bounces.is_empty());
    for bounce in bounces {
        assert!(bounce.contains("Original-Envelope-Id: ") && bounce.contains("Original-Recipient: rfc822;"), "{bounce}");
        assert!(!bounce.contains(mail::BODY) && !bounce.contains("base64"), "{bounce}");
    }
}

fn mailer() -> Person {
    Person {
        name: "Mail Delivery System".to_owned(),
        address: "MAILER-DAEMON@elsewhere.example".to_owned(),
        domain: "elsewhere.example".to_owned(),
    }
}

/// A report of another mail system, which names these recipients.
fn report(to: &str, id: &str, recipients: &[&str]) -> Vec<u8> {
    let extra = "Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n";
    let groups: String =
        recipients.iter().map(|one| format!("\nFinal-Recipient: rfc822; {one}\nAction: failed\nStatus: 5.4.7\n")).collect();
    let body = format!(
        "--b\nContent-Type: text/plain\n\nI'm sorry to have to inform you that your message could not be delivered.\n\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.elsewhere.example\n{groups}\n--b--\n"
    );
    letter(&mailer(), to, "Undelivered Mail Returned to Sender", id, extra, &body)
}

/// The letter's own return path, as every recipient of the post saw it.
fn letters_path(stage: &Stage, id: i64) -> String {
    let key: String = stage.ask(&format!("SELECT return_key FROM letter WHERE kind = 'redistribution' AND label = 'post:{id}'"));
    assert_eq!(key.len(), 26);
    format!("xen-security-issues-discuss-bounces+{key}@lists.xenproject.org")
}

#[test]
fn a_real_postfix_makes_the_return_paths_and_each_bounce_finds_its_recipient() {
    let stage = stage("xverp");
    let id = two_are_refused(&stage);
    nothing_of_the_post_came_back(&stage);
    assert_eq!(stage.count("SELECT COUNT(*) FROM inbox WHERE class = 'bounce'"), 2, "one for each return path");
    // What went out carries the letter's key and the recipient; the member's own secret never left.
    let path = letters_path(&stage, id);
    let (base, domain) = path.split_once('@').unwrap();
    // Nearly a week later, another mail system gives up.
    stage.rig.time.set_ahead(SignedDuration::from_hours(24 * 6));
    let to = format!("{base}+security=org05.example@{domain}");
    stage.deliver_as("", &to, &report(&to, "late", &["box@inside.org05.example"]));
    assert_eq!(booked(&stage).last().unwrap(), "security@org05.example 5.4.7 permanent");
    // Somebody who never had the letter; a made-up key.
    let to = format!("{base}+mallory=elsewhere.example@{domain}");
    let wrong = stage.deliver_as("", &to, &report(&to, "wrong", &["security@org06.example"]));
    assert!(stage.events(wrong).contains(&"bounce-nobody".to_owned()));
    assert_eq!(stage.count(&format!("SELECT COUNT(*) FROM held WHERE inbox_id = {wrong} AND state = 'waiting'")), 1);
    let to = format!("xen-security-issues-discuss-bounces+{}+security=org07.example@{domain}", "a".repeat(26));
    let forged = stage.deliver_as("", &to, &report(&to, "forged", &["security@org07.example"]));
    assert_eq!(stage.events(forged).last().map(String::as_str), Some("bounce-unknown"));
    assert_eq!(booked(&stage).len(), 3);
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE state = 'active'"), 75, "nobody is removed by a bounce");
    assert_eq!(stage.count("SELECT COUNT(*) FROM inbox WHERE state = 'quarantined'"), 0);
}

#[test]
fn with_one_return_path_for_all_the_reports_own_fields_name_the_recipients() {
    let stage = stage("shared");
    let id = two_are_refused(&stage);
    nothing_of_the_post_came_back(&stage);
    assert_eq!(stage.count("SELECT COUNT(*) FROM inbox WHERE class = 'bounce'"), 1, "one report names both");
    let path = letters_path(&stage, id);
    stage.rig.time.set_ahead(SignedDuration::from_hours(24 * 6));
    // One of the two it names had the letter.
    let mixed = stage.deliver_as("", &path, &report(&path, "late", &["security@org05.example", "box@inside.example"]));
    assert_eq!(booked(&stage).last().unwrap(), "security@org05.example 5.4.7 permanent");
    assert!(stage.events(mixed).contains(&"bounce-nobody".to_owned()), "the other is for a person");
    // Fields without the key, and without detail: nothing.
    let base = "xen-security-issues-discuss-bounces@lists.xenproject.org";
    let forged = stage.deliver_as("", base, &report(base, "forged", &["security@org07.example"]));
    assert_eq!(stage.events(forged).last().map(String::as_str), Some("bounce-unknown"));
    // The key as the id of the envelope, as where the mail system knows no details.
    let key = path.split(['+', '@']).nth(1).unwrap();
    let by_id = String::from_utf8(report(base, "by-id", &["security@org08.example"])).unwrap();
    let by_id = by_id.replace("Reporting-MTA:", &format!("Original-Envelope-Id: {key}\r\nReporting-MTA:"));
    stage.deliver_as("", base, by_id.as_bytes());
    assert_eq!(booked(&stage).last().unwrap(), "security@org08.example 5.4.7 permanent");
    assert_eq!(booked(&stage).len(), 4);
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE state = 'active'"), 75, "nobody is removed by a bounce");
    assert_eq!(stage.count("SELECT COUNT(*) FROM inbox WHERE state = 'quarantined'"), 0);
}
