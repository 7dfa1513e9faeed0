//! The daemon as a service: it says when it is ready, reloads whole or not at all, stops in order, and is alone.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    rig::{ground::until, plan::Plan},
    stage::{
        SECURITY, Stage,
        mail::{self, signed},
        read::text,
    },
};

#[test]
fn a_reload_takes_all_of_a_good_configuration_and_nothing_of_a_bad_one() {
    let mut stage = Stage::open();
    let acknowledged = |stage: &Stage, id: &str| {
        let cast = &stage.rig.cast;
        stage.deliver(&cast.discoverer, SECURITY, &mail::report(cast, id));
        drop(stage.notices());
        text(&stage.letter(&cast.discoverer.address))
    };
    assert!(acknowledged(&stage, "r1").starts_with("Thank you for writing to the Xen Project Security Team."));

    // A letter of the operator's own, a rule of his own, another name for the team.
    let letters = stage.rig.ground.folder("letters");
    let shipped = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/letters/acknowledgement.txt")).unwrap();
    fs::write(letters.join("acknowledgement.txt"), shipped.replace("Thank you for writing to", "Many thanks from")).unwrap();
    let rules = stage.rig.ground.folder("rules");
    let shipped = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/inbox.toml")).unwrap();
    let own = "[[rule]]\nname = \"house-rule\"\naction = \"report\"\nsubject = ['(?i)wobbegong']\n\n";
    let (head, rest) = shipped.split_once("[[rule]]").unwrap();
    fs::write(rules.join("inbox.toml"), format!("{head}{own}[[rule]]{rest}")).unwrap();
    stage.site.set("", 0, "letters", "\"letters\"");
    stage.site.set("", 0, "rules", "\"rules\"");
    stage.site.set("project", 0, "team-name", "\"Guardians\"");
    stage.site.write();
    stage.daemon().reload();
    stage.daemon_mut().wait_notice("RELOADING=1");
    stage.daemon_mut().wait_notice("READY=1");
    assert!(acknowledged(&stage, "r2").starts_with("Many thanks from the Guardians."));
    assert_eq!(stage.texts("SELECT rule FROM inbox ORDER BY id")[1], "house-rule");

    // A letter that names what does not exist; a rule file that is cut off; a configuration with an unknown key. Each is refused whole.
    let good = fs::read_to_string(letters.join("acknowledgement.txt")).unwrap();
    let good_rules = fs::read_to_string(rules.join("inbox.toml")).unwrap();
    let good_config = fs::read_to_string(&stage.site.config).unwrap();
    for (nth, what) in ["letter", "rules", "config"].into_iter().enumerate() {
        match what {
            "letter" => fs::write(letters.join("acknowledgement.txt"), "Subject: x\n\n{{ nonsense }}\n").unwrap(),
            "rules" => fs::write(rules.join("inbox.toml"), format!("{good_rules}\n[[rule]]\nname = \"cut\n")).unwrap(),
            _ => stage.site.write_text(&format!("nonsense = 1\n{}", good_config.replace("Guardians", "Nobodies"))),
        }
        stage.daemon().reload();
        stage.daemon_mut().wait_notice("RELOADING=1");
        stage.daemon_mut().wait_notice("READY=1");
        let refusals = stage.daemon().stderr().matches("the new configuration is refused, the old one stays in force").count();
        assert_eq!(refusals, nth + 1, "{what}: {}", stage.daemon().stderr());
        assert!(acknowledged(&stage, &format!("bad-{what}")).starts_with("Many thanks from the Guardians."), "{what}");
        fs::write(letters.join("acknowledgement.txt"), &good).unwrap();
        fs::write(rules.join("inbox.toml"), &good_rules).unwrap();
        stage.site.write_text(&good_config);
    }
    stage.close();
}

#[test]
fn it_starts_stops_and_is_alone() {
    let mut stage = Stage::dark(Plan::xen(), |_| {});
    // Mail that came while it was down.
    let cast = &stage.rig.cast;
    stage.rig.inject(&cast.discoverer.address, SECURITY, &mail::report(cast, "r1"));
    stage.start(&[("WATCHDOG_USEC", "400000")]);
    stage.daemon_mut().wait_notice("EXTEND_TIMEOUT_USEC=120000000");
    stage.daemon_mut().wait_notice("WATCHDOG=1");
    let cast = &stage.rig.cast;
    assert_eq!(stage.rig.relay.collect(&cast.discoverer.address).len(), 1);
    drop(stage.notices());

    let begun = Instant::now();
    let second = stage.command(&["run", "--config", stage.site.path()]);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("another embargod") || said.contains("lock"), "{said}");
    assert_eq!(second.stdout, b"");

    let pid = Pid::from_raw(i32::try_from(stage.daemon().pid()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    stage.daemon_mut().wait_notice("STOPPING=1");
    let daemon = stage.take_daemon();
    let log = daemon.stderr();
    assert!(daemon.wait().success(), "{log}");
    assert!(!stage.site.state.join("control.sock").exists(), "the socket goes with it");

    // Once: everything pending, and the end.
    let cast = &stage.rig.cast;
    let more = signed(cast, &cast.stranger, SECURITY, "A question", "q1", "", "Is Xen 4.20 supported?\n");
    stage.rig.inject(&cast.stranger.address, SECURITY, &more);
    let once = stage.command(&["run", "--config", stage.site.path(), "--once"]);
    assert!(once.status.success(), "{}", String::from_utf8_lossy(&once.stderr));
    assert_eq!(stage.rig.relay.collect(&cast.stranger.address).len(), 1);
    drop(stage.notices());
    stage.silence();
}

/// The operator sleeps: what reads the figures has to know that mail is not seen.
#[test]
fn a_mailbox_that_is_not_read_is_in_the_status_and_the_figures() {
    let mut stage = Stage::dark(Plan::xen(), |_| {});
    stage.rig.dovecot.stop();
    stage.start(&[]);
    let said = |stage: &Stage, way: &[&str]| {
        let run = stage.command(&[&["status", "--config", stage.site.path()], way].concat());
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    until("the daemon to notice", || stage.daemon().stderr().contains("cannot be read, trying again").then_some(()));
    let dark = said(&stage, &[]);
    assert!(dark.contains("/INBOX NOT READ since the daemon started: the log says why\n"), "{dark}");
    let figures = said(&stage, &["--prometheus"]);
    assert!(
        figures.lines().any(|line| line.starts_with("embargod_mailbox_read{mailbox=\"") && line.ends_with("/INBOX\"} 0")),
        "{figures}"
    );

    stage.rig.dovecot.restart(&stage.rig.ground);
    until("it to be read", || said(&stage, &[]).contains("/INBOX is read\n").then_some(()));
    let figures = said(&stage, &["--prometheus"]);
    let read: Vec<&str> = figures.lines().filter(|line| line.starts_with("embargod_mailbox_read{")).collect();
    assert!(!read.is_empty() && read.iter().all(|line| line.ends_with(" 1")), "{read:?}");

    // A folder into which mail is to be moved and that is not there: found before the first mail.
    stage.site.set("source.imap", 0, "mark", "{ move = \"Nowhere\" }");
    stage.site.write();
    let check = stage.command(&["check", "--connect", "--config", stage.site.path()]);
    let why = String::from_utf8_lossy(&check.stderr).into_owned();
    assert_eq!(check.status.code(), Some(1), "{why}");
    assert!(why.contains("mailbox Nowhere: there is no mailbox \"Nowhere\" for this user; create it"), "{why}");
    stage.close();
}

#[test]
fn a_server_that_goes_away_comes_back_to_the_same_place() {
    let mut stage = Stage::open();
    let cast = &stage.rig.cast;
    stage.deliver(&cast.discoverer, SECURITY, &mail::report(cast, "r1"));
    drop(stage.letter(&cast.discoverer.address));
    drop(stage.notices());
    stage.rig.dovecot.stop();
    until("the daemon to notice", || stage.daemon().stderr().contains("cannot be read, trying again").then_some(()));
    let cast = &stage.rig.cast;
    stage.rig.inject(&cast.discoverer.address, SECURITY, &mail::report(cast, "r2"));
    stage.rig.dovecot.restart(&stage.rig.ground);
    assert_eq!(stage.rig.relay.collect(&stage.rig.cast.discoverer.address).len(), 1);
    stage.both_hear("case-2 is open");

    // The relay goes away as well: letters wait.
    stage.rig.relay.close();
    let cast = &stage.rig.cast;
    stage.deliver(&cast.discoverer, SECURITY, &mail::report(cast, "r3"));
    until("the first attempt", || (stage.count("SELECT COUNT(*) FROM delivery WHERE state = 'deferred'") == 3).then_some(()));
    let told = |stage: &Stage, words: &str| stage.daemon().stderr().matches(words).count();
    assert_eq!(told(&stage, "the relay cannot be reached"), 1, "once, not with each copy");
    stage.rig.relay.open();
    until("the next one", || (stage.count("SELECT COUNT(*) FROM delivery WHERE state <> 'accepted'") == 0).then_some(()));
    assert_eq!(told(&stage, "the relay takes letters again"), 1);
    drop(stage.letter(&stage.rig.cast.discoverer.address));
    stage.both_hear("case-3 is open");
    stage.close();
}
