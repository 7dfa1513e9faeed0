//! Bounces find their delivery by its secret return path; without one they change nothing.

use crate::{
    rig::{
        cast::letter,
        ground::until,
        plan::Plan,
        relay::{ALWAYS, Fault},
    },
    stage::{
        DISCUSS, Stage, mail,
        read::{field, text},
    },
};

/// A report of a failed delivery as Postfix words it (RFC 3464).
fn report(recipient: &str, status: &str) -> (String, String) {
    let extra = "Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n";
    let body = format!(
        "--b\nContent-Type: text/plain\n\nI'm sorry to have to inform you that your message could not be delivered.\n\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.elsewhere.example\n\n\
         Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n\n--b--\n"
    );
    (extra.to_owned(), body)
}

#[test]
fn a_bounce_is_booked_to_its_recipient_and_a_forged_one_to_nobody() {
    let stage = Stage::with(Plan::xen().with_smarthost(), |_| {});
    let cast = &stage.rig.cast;
    stage.advisory_is_live();
    stage.rig.relay.on("security@org02.example", Fault::Rcpt("550 5.1.1 no such user"), ALWAYS);
    let id = stage.deliver(&cast.posters[0], DISCUSS, &mail::technical(cast, "post-1"));
    for member in cast.members.iter().filter(|member| member.address != "security@org02.example") {
        assert_eq!(stage.rig.relay.collect(&member.address).len(), 1);
    }
    let bounced = until("the bounce to be booked", || {
        stage.texts("SELECT recipient || ' ' || bounce FROM delivery WHERE bounce <> ''").pop()
    });
    assert_eq!(bounced, "security@org02.example 5.1.1 permanent");
    for moderator in &cast.moderators {
        // Through the smarthost: its queue may still hold one.
        let mut heard: Vec<String> = Vec::new();
        while heard.len() < 4 {
            heard.extend(stage.rig.relay.collect(&moderator.address).iter().map(text));
        }
        assert!(heard.contains(&format!("held-{id}: 75 of 75 delivered")), "{heard:?}");
        let sentence = format!("held-{id}: 74 of 75 delivered, 1 bounced (org02.example: 5.1.1)");
        assert!(heard.iter().any(|said| said.starts_with(&sentence)), "{heard:?}");
        // A member is never dropped by the machine: people are asked to find out.
        let to_do = "member-2 (Organisation 02): mail to its alias came back for good: find out";
        assert!(heard.iter().any(|said| said.contains(to_do)), "{heard:?}");
    }
    let booked = stage.ask::<i64>("SELECT id FROM inbox WHERE class = 'bounce'");
    assert!(stage.events(booked).contains(&"bounced".to_owned()));

    // The other server says it again, in other words: it was booked before.
    let path: String = stage.ask(
        "SELECT return_path FROM delivery JOIN letter ON letter.id = letter_id WHERE recipient = 'security@org02.example' AND label LIKE 'post:%'",
    );
    let mailer = crate::rig::cast::Person {
        name: "Mail Delivery System".to_owned(),
        address: "MAILER-DAEMON@elsewhere.example".to_owned(),
        domain: "elsewhere.example".to_owned(),
    };
    let (extra, body) = report("security@org02.example", "5.4.4");
    let again = stage.deliver_as("", &path, &letter(&mailer, &path, "Undelivered Mail", "again", &extra, &body));
    assert_eq!(stage.state_of(again), ("decided".to_owned(), "bounce".to_owned()));
    assert_eq!(
        stage.texts("SELECT recipient || ' ' || bounce FROM delivery WHERE bounce <> ''"),
        ["security@org02.example 5.1.1 permanent"]
    );
    stage.silence();

    // Made-up tokens, and a bounce that names a recipient but came to no return path of ours.
    for (nth, to) in [
        "xen-security-issues-discuss-bounces+abcdefghijklmnopqrstuvwxyz@lists.xenproject.org",
        "xen-security-issues-bounces+aaaaaaaaaaaaaaaaaaaaaaaaaa@lists.xenproject.org",
        "xen-security-issues-discuss-bounces@lists.xenproject.org",
    ]
    .into_iter()
    .enumerate()
    {
        let (extra, body) = report("security@org05.example", "5.1.1");
        let forged = stage.deliver_as("", to, &letter(&mailer, to, "Undelivered Mail", &format!("forged-{nth}"), &extra, &body));
        assert_eq!(stage.state_of(forged), ("decided".to_owned(), "bounce".to_owned()));
        assert_eq!(stage.events(forged).last().map(String::as_str), Some("bounce-unknown"));
        stage.silence();
    }
    assert_eq!(stage.count("SELECT COUNT(*) FROM delivery WHERE bounce <> ''"), 1);
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE state = 'active'"), 75, "nobody is removed by a bounce");
    let status = |words: &[&str]| {
        let output = stage.command(&[&["status", "--config", stage.site.path()], words].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    let sentence = "bounces, 30 days      1 booked, 3 to no letter of ours and ignored (3 ever)\n";
    assert!(status(&[]).ends_with(sentence), "{}", status(&[]));
    let counts = r#""bounces":{"booked_30_days":1,"forged_30_days":3,"forged":3}"#;
    assert!(status(&["--json"]).contains(counts), "{}", status(&["--json"]));
    stage.close();
}

#[test]
fn a_notice_that_cannot_be_delivered_is_an_alarm_not_a_loop() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.rig.relay.on(&mona.address, Fault::Rcpt("550 5.1.1 gone"), 1);
    stage.deliver(&cast.discoverer, crate::stage::SECURITY, &mail::report(cast, "report-1"));
    drop(stage.letter(&cast.discoverer.address));
    let heard: Vec<String> = stage.letters(&milo.address).iter().map(text).collect();
    assert!(heard.iter().any(|said| said.contains("case-1 is open")) && heard.len() == 2, "{heard:?}");
    let alarm = stage.letter(&mona.address);
    assert_eq!(field(&alarm.bytes, "Auto-Submitted"), "auto-generated");
    assert!(text(&alarm).contains("It will not be tried again by itself"), "{}", text(&alarm));
    stage.close();
}
