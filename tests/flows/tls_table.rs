//! A real Postfix obeys the table of `tls-policy write`: an advisory goes to who wants verified TLS over a session with a verified server or not at all, and what
//! did not go comes back and is told.

use crate::{
    rig::{ground::until, plan::Plan},
    stage::{
        DISCUSS, PRIMARY, Stage,
        mail::{self, signed},
        next_hops::{GOOD, NO_TLS, NextHops, OTHER_AUTHORITY, OTHER_NAME, SAME_SERVER},
        read::{address, text},
    },
};

/// The members who want it: one whose server can, and three whose servers cannot.
const STRICT: [(i64, &str); 4] = [(2, GOOD), (3, OTHER_NAME), (5, OTHER_AUTHORITY), (6, NO_TLS)];

fn out(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A person of the team says that they want it.
fn want_verified_tls(stage: &Stage) {
    let cast = &stage.rig.cast;
    let person = &cast.moderators[0];
    for (member, domain) in STRICT {
        let say = ["member", "--config", stage.site.path(), "say", &member.to_string(), "note:", "they", "wrote"];
        assert!(stage.command(&say).status.success());
        let mona = address(&stage.letter(&person.address), "Reply-To");
        stage.deliver(person, &mona, &signed(cast, person, &mona, "Re: member", &format!("tls-{member}"), "", "tls verify\n"));
        for moderator in &cast.moderators {
            drop(stage.letters(&moderator.address));
        }
        assert_eq!(
            stage.texts(&format!("SELECT address || ' ' || tls FROM member WHERE id = {member}")),
            [format!("security@{domain} verify")]
        );
    }
}

/// What `tls-policy check` answers, and its exit status.
fn check(stage: &Stage) -> (Option<i32>, Vec<String>) {
    let postfix = stage.rig.ground.at("relay").display().to_string();
    let checked = stage.command(&["tls-policy", "--config", stage.site.path(), "check", "--postfix", &postfix]);
    (checked.status.code(), out(&checked).lines().map(str::to_owned).collect())
}

fn in_force() -> (Option<i32>, Vec<String>) {
    (Some(0), STRICT.iter().map(|(_, domain)| format!("{domain}: in force")).collect())
}

fn not_in_force() -> (Option<i32>, Vec<String>) {
    let said = "in the table, and Postfix does not look at it (smtp_tls_policy_maps in main.cf)";
    (Some(1), STRICT.iter().map(|(_, domain)| format!("embargod: {domain}: {said}")).collect())
}

/// The line that `write` asks for is in the relay's main.cf.
fn have_the_table(stage: &Stage) {
    let written = stage.command(&["tls-policy", "--config", stage.site.path(), "write"]);
    assert!(written.status.success(), "{}", out(&written));
    assert_eq!(check(stage), not_in_force());
    let line =
        out(&written).lines().find_map(|line| line.split_once("delivers to them: ").map(|(_, line)| line.to_owned())).unwrap();
    let main = stage.rig.ground.at("relay/main.cf");
    let text = std::fs::read_to_string(&main).unwrap() + &line + "\n";
    std::fs::write(&main, text).unwrap();
    assert_eq!(check(stage), in_force());
}

/// What Postfix finds at each server, and why it did not send.
const REFUSALS: [(&str, &str, &str); 3] = [
    (OTHER_NAME, "hostname mismatch", "dsn=4.7.5, status=deferred (Server certificate not verified)"),
    (OTHER_AUTHORITY, "untrusted issuer /CN=Unknown", "dsn=4.7.5, status=deferred (Server certificate not verified)"),
    (NO_TLS, "", "dsn=4.7.4, status=deferred (TLS is required, but was not offered by host"),
];

#[test]
fn postfix_sends_to_verified_servers_only_and_what_did_not_go_comes_back() {
    let mut stage = Stage::dark(Plan::xen(), |site| {
        let table = site.state.with_file_name("tls-policy").display().to_string();
        site.set("transport.relay", 0, "verified-tls", "\"policy-table\"");
        site.set("transport.relay", 0, "tls-policy-file", &format!("\"{table}\""));
    });
    let hops = NextHops::start(&stage.rig);
    stage.site.set("transport.relay", 0, "port", &hops.relay.port().to_string());
    stage.site.write();
    stage.start(&[]);
    want_verified_tls(&stage);
    have_the_table(&stage);

    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    let to = address(&stage.letter(&milo.address), "Reply-To");
    stage.deliver(milo, &to, &signed(cast, milo, &to, "Re: [held-1]", "release", "", "send\n"));
    let elsewhere = [GOOD, OTHER_NAME, SAME_SERVER, OTHER_AUTHORITY, NO_TLS];
    for member in cast.members.iter().filter(|member| !elsewhere.contains(&member.domain.as_str())) {
        assert_eq!(stage.rig.relay.collect(&member.address).len(), 1, "{}", member.address);
    }
    // Who can be verified has it over a verified session; who did not ask for that has it from the very server that another's copy did not go to.
    for (domain, session) in [(GOOD, "Verified"), (SAME_SERVER, "Trusted")] {
        let copies = until(domain, || Some(hops.mailbox(domain)).filter(|copies| !copies.is_empty()));
        assert_eq!(copies.len(), 1, "{domain}");
        assert!(copies[0].contains("(using TLSv1.3 with cipher") && copies[0].contains(mail::BODY), "{domain}: {}", copies[0]);
        let handshake = format!("{session} TLS connection established to {domain}[");
        assert!(hops.relay.log().contains(&handshake), "{handshake}: {}", hops.relay.log());
    }
    // The others' copies lie in the relay's queue until it gives up, and come back.
    until("three bounces to be booked", || (stage.count("SELECT COUNT(*) FROM delivery WHERE bounce <> ''") == 3).then_some(()));
    for (domain, found, words) in REFUSALS {
        let recipient = format!("security@{domain}");
        let said = hops.said_of(&recipient);
        let is_found = |line: &str| line.contains(&format!("verification failed for {domain}[")) && line.ends_with(found);
        assert!(found.is_empty() || hops.relay.log().lines().any(is_found), "{domain}: {}", hops.relay.log());
        assert!(!said.is_empty() && said.iter().all(|line| line.contains(words)), "{said:?}");
        let queue_id = said[0].split(": ").nth(1).unwrap();
        let given_up =
            |line: &str| line.contains(&format!("{queue_id}: ")) && line.ends_with("status=expired, returned to sender");
        assert!(hops.relay.log().lines().any(given_up), "{domain}");
        assert_eq!(hops.mailbox(domain), [] as [&str; 0], "{domain}");
        assert!(!hops.servers.log().contains(&format!("<{recipient}>")), "{domain}: not even its name was said");
        assert_eq!(stage.rig.relay.attempts(&recipient), 0, "{domain}");
    }
    assert_eq!(
        stage.texts("SELECT recipient || ' ' || bounce FROM delivery WHERE bounce <> '' ORDER BY recipient"),
        [
            "security@org03.example 4.7.5 temporary",
            "security@org05.example 4.7.5 temporary",
            "security@org06.example 4.7.4 temporary"
        ]
    );
    for moderator in [mona, milo] {
        for sentence in
            ["1 bounced (org03.example: 4.7.5)", "1 bounced (org05.example: 4.7.5)", "1 bounced (org06.example: 4.7.4)"]
        {
            until(sentence, || {
                let rest = stage.rig.relay.rest();
                let mut heard = rest.iter().filter(|letter| letter.recipients.contains(&moderator.address)).map(text);
                heard.any(|said| said.starts_with("XSA-999 v1: ") && said.contains(sentence)).then_some(())
            });
        }
    }
    stage.settle();
    for moderator in [mona, milo] {
        drop(stage.rig.relay.take(&moderator.address));
    }

    // Somebody has all mail go elsewhere, or takes the line out of main.cf: the check finds it, and from then on nothing more is sent to the four.
    let main = stage.rig.ground.at("relay/main.cf");
    let as_it_was = std::fs::read_to_string(&main).unwrap();
    std::fs::write(&main, format!("{as_it_was}default_transport = smtp:[127.0.0.1]\n")).unwrap();
    let (status, said) = check(&stage);
    assert!(status == Some(1) && said[0].starts_with("embargod: main.cf has default_transport = smtp:[127.0.0.1]: "), "{said:?}");
    let text = as_it_was.replace("smtp_tls_policy_maps", "#smtp_tls_policy_maps");
    std::fs::write(&main, text).unwrap();
    assert_eq!(check(&stage), not_in_force());
    stage.deliver(&cast.posters[0], DISCUSS, &mail::technical(cast, "post-1"));
    for member in cast.members.iter().filter(|member| !elsewhere.contains(&member.domain.as_str())) {
        assert_eq!(stage.rig.relay.collect(&member.address).len(), 1, "{}", member.address);
    }
    until("the four copies to wait", || {
        let waits = "SELECT COUNT(*) FROM delivery WHERE state = 'deferred' AND reply = 'waits for verified TLS'";
        (stage.count(waits) == 4).then_some(())
    });
    assert_eq!(hops.mailbox(GOOD).len(), 1, "the post waits");
    assert_eq!(stage.count("SELECT COUNT(*) FROM inbox WHERE state = 'quarantined'"), 0);
}
