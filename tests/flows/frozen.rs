//! A database that was restored from a copy starts frozen, by itself: nothing is said twice, whoever restored it is told what to do, and what may have happened
//! since waits for a person.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    rig::{
        cast::{Cast, Person},
        ground::{chmod, until},
        plan::Plan,
    },
    stage::{
        DISCUSS, SECURITY, Stage,
        mail::{self, signed},
        read::{address, subject, text},
    },
};

const KEYWORD: &str = "{ keyword = \"$Embargod\" }";

/// A mail in a mailbox, with our keyword and nothing else.
fn marked(uid: u32) -> (u32, Vec<String>) {
    (uid, vec!["$Embargod".to_owned()])
}

/// What a command says, and whether it did it.
fn say(stage: &Stage, args: &[&str]) -> (bool, String) {
    let output = stage.command(&[args, &["--config", stage.site.path()]].concat());
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// The same, done.
fn done(stage: &Stage, args: &[&str]) -> String {
    let (ok, said) = say(stage, args);
    assert!(ok, "{args:?}: {said}");
    said
}

/// What `status --json` says of the freeze.
fn frozen(stage: &Stage) -> Value {
    serde_json::from_str::<Value>(&done(stage, &["status", "--json"])).unwrap()["frozen"].clone()
}

/// So many mails lie in the database, and this one of its queue ids is among them, undecided.
fn wait_taken(stage: &Stage, count: i64) {
    until("the mails to be taken in", || {
        (stage.count("SELECT COUNT(*) FROM inbox WHERE state = 'taken'") == count).then_some(())
    });
}

/// The files of a database, which SQLite takes apart when it likes, as one who knows SQLite copies them: all that are there, and no others.
fn put(from: &Path, to: &Path) {
    for end in ["", "-wal", "-shm"] {
        let name = format!("embargod.sqlite{end}");
        if fs::exists(to.join(&name)).unwrap() {
            fs::remove_file(to.join(&name)).unwrap();
        }
        if fs::exists(from.join(&name)).unwrap() {
            fs::copy(from.join(&name), to.join(&name)).unwrap();
        }
    }
}

fn answer(stage: &Stage, person: &Person, to: &str, id: &str, words: &str) -> i64 {
    stage.deliver(person, to, &signed(&stage.rig.cast, person, to, "Re: a notice", id, "", words))
}

#[test]
fn a_restored_backup_says_nothing_twice_and_waits_for_a_person() {
    let mut stage = Stage::with(Plan::xen(), |site| {
        for source in 0..2 {
            site.set("source.imap", source, "mark", KEYWORD);
        }
    });
    stage.advisory_is_live();
    let cast = Cast::new();
    let (dana, mona, milo) = (&cast.discoverer, &cast.moderators[0], &cast.moderators[1]);
    let post = stage.deliver(&cast.posters[0], DISCUSS, &mail::ambiguous(&cast, "post-1"));
    drop(stage.letter(&cast.posters[0].address));
    let [for_mona, for_milo] = stage.notices();

    // The backup, beside the running daemon.
    let copy = stage.rig.ground.at("embargod.backup");
    let said = done(&stage, &["backup", copy.to_str().unwrap()]);
    assert!(said.contains("a database restored from it starts frozen"), "{said}");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(frozen(&stage), Value::Null, "the mark is in the copy only");
    let (overwritten, said) = say(&stage, &["backup", copy.to_str().unwrap()]);
    assert!(!overwritten && said.contains("is there already"), "{said}");

    // Then: the held post is approved and goes out; a report comes and is acknowledged.
    let approval = address(&for_mona, "Reply-To");
    answer(&stage, mona, &approval, "approval", "approve\n");
    assert_eq!(stage.copies().len(), 75);
    for moderator in &cast.moderators {
        assert_eq!(stage.letters(&moderator.address).len(), 2, "who approved it, and the summary");
    }
    stage.deliver(dana, SECURITY, &mail::report(&cast, "report-1"));
    assert_eq!(subject(&stage.letter(&dana.address)), "[case-1] We have your report");
    drop(stage.notices());
    stage.silence();
    until("the marks", || (stage.count("SELECT COUNT(*) FROM inbox WHERE marked = 0 AND uid > 0") == 0).then_some(()));
    let mut flags = stage.rig.dovecot.flags("security", "INBOX");
    assert!(!flags.is_empty() && flags.iter().all(|(uid, flags)| marked(*uid).1 == *flags), "{flags:?}");

    // The machine dies, and its disk with it.
    stage.take_daemon().kill();
    fs::remove_dir_all(&stage.site.state).unwrap();
    let said = done(&stage, &["restore", copy.to_str().unwrap()]);
    assert!(said.contains("It starts frozen"), "{said}");
    stage.start(&[]);

    // Both mails come in again, and that is all.
    wait_taken(&stage, 2);
    stage.silence();
    let log = stage.daemon().stderr();
    assert!(log.contains("FROZEN: it was restored from the backup of "), "{log}");
    assert!(log.contains("embargod thaw --config FILE"), "{log}");
    let facts = frozen(&stage);
    assert_eq!(facts["cause"], "backup");
    let said = done(&stage, &["status"]);
    assert!(said.contains("FROZEN") && said.contains("it was restored from the backup of "), "{said}");
    assert!(said.contains("embargod thaw"), "{said}");

    // IMAP tells the time of an arrival in whole seconds: what came in the second of the start may have come before it.
    let begun = Instant::now();
    until("the next second", || (begun.elapsed() > Duration::from_secs(1)).then_some(()));

    // Nobody gets round it, on the machine or by mail.
    let (obeyed, said) = say(&stage, &["outbox", "retry", "1"]);
    assert!(!obeyed && said.contains("The database is frozen"), "{said}");
    let again = stage.rig.inject(&milo.address, &address(&for_milo, "Reply-To"), &{
        let to = address(&for_milo, "Reply-To");
        signed(&cast, milo, &to, "Re: a notice", "too-early", "", "approve\n")
    });
    wait_taken(&stage, 3);
    stage.silence();

    // The operator looks, which changes nothing, and lifts it.
    let shown = done(&stage, &["thaw"]);
    assert!(shown.contains("2 mails may have been handled since"), "{shown}");
    assert!(shown.contains("1 held"), "{shown}");
    assert!(shown.contains("embargod thaw --confirm"), "{shown}");
    assert_eq!(frozen(&stage)["cause"], "backup");
    let too_early = u32::try_from(flags.len()).unwrap() + 1;
    flags.push((too_early, vec![]));
    assert_eq!(
        stage.rig.dovecot.flags("security", "INBOX"),
        flags,
        "what the lost database marked stays so, and nothing else is"
    );
    let lifted = done(&stage, &["thaw", "--confirm"]);
    assert!(lifted.contains("The freeze is over"), "{lifted}");
    assert_eq!(frozen(&stage), Value::Null);

    // What came during the freeze is new: milo's approval, of a post that waits here and that the members have. It counts, and nobody gets the post by it.
    stage.decided(&again.queue_id);
    assert_eq!(stage.state_of(post).0, "ruled");
    let heard = |person: &Person| stage.letters(&person.address).iter().map(text).collect::<Vec<_>>();
    for moderator in [mona, milo] {
        let heard = heard(moderator);
        assert_eq!(heard.len(), 3, "{heard:?}");
        assert!(heard.iter().any(|said| said.contains("was restored from a copy")), "{heard:?}");
        assert!(heard.iter().any(|said| said.contains(&format!("held-{post} was approved by milo"))), "{heard:?}");
        assert!(heard.iter().any(|said| said.contains(&format!("held-{post}: 0 of 75 delivered"))), "{heard:?}");
    }
    stage.silence();

    until("the mark", || (stage.rig.dovecot.flags("security", "INBOX").last() == Some(&marked(too_early))).then_some(()));

    // The two mails of the lost time wait for a person.
    let quarantined = stage.texts("SELECT CAST(id AS TEXT) FROM inbox WHERE state = 'quarantined' ORDER BY id");
    assert_eq!(quarantined.len(), 2);
    stage.silence();
    let told = done(&stage, &["why", &quarantined[1]]);
    assert!(told.contains("may have been handled"), "{told}");

    // She knows that her approval was carried out; the report becomes a case again, and its acknowledgement stays here.
    done(&stage, &["replay", &quarantined[0], "--handled"]);
    done(&stage, &["replay", &quarantined[1], "--keep-letters"]);
    let report: i64 = quarantined[1].parse().unwrap();
    until("the report", || (stage.state_of(report).0 == "decided").then_some(()));
    for notice in stage.notices() {
        assert_eq!(subject(&notice), "[case-1] New mail to the security address");
    }
    stage.silence();
    let outbox = done(&stage, &["outbox", "list"]);
    assert!(outbox.contains("acknowledgement") && outbox.contains("perhaps sent before the restore"), "{outbox}");

    // And what comes now is new, and answered once.
    stage.deliver(
        &cast.stranger,
        SECURITY,
        &signed(&cast, &cast.stranger, SECURITY, "A question", "new", "", "Is Xen 4.20 supported?\n"),
    );
    assert_eq!(subject(&stage.letter(&cast.stranger.address)), "[case-2] We have your report");
    drop(stage.notices());
    stage.close();
}

#[test]
fn an_older_file_put_in_the_place_of_a_newer_is_found_out() {
    let mut stage = Stage::open();
    let cast = Cast::new();
    let dana = &cast.discoverer;
    let (state, high_water) = (stage.site.state.clone(), stage.site.state.join("high-water"));
    let [kept, newest, nothing] = ["kept", "newest", "nothing"].map(|name| stage.rig.ground.folder(name));

    // Somebody copies the file while the daemon is stopped, without a word to us.
    assert!(stage.take_daemon().stop().success());
    put(&state, &kept);
    stage.start(&[]);
    stage.deliver(dana, SECURITY, &mail::report(&cast, "report-1"));
    drop(stage.letter(&dana.address));
    drop(stage.notices());
    assert!(stage.take_daemon().stop().success());
    stage.start(&[]);
    stage.deliver(
        dana,
        SECURITY,
        &signed(&cast, dana, SECURITY, "Vulnerability in xl", "report-2", "", "xl crashes on a bad file.\n"),
    );
    drop(stage.letter(&dana.address));
    drop(stage.notices());
    assert!(stage.take_daemon().stop().success());
    put(&state, &newest);

    // The older file is put in its place.
    put(&kept, &state);
    stage.start(&[]);
    wait_taken(&stage, 2);
    stage.silence();
    assert_eq!(frozen(&stage)["cause"], "older");
    assert!(stage.take_daemon().stop().success());

    // A restart does not end it. Nor does losing the file that gave it away.
    fs::remove_file(&high_water).unwrap();
    stage.start(&[]);
    stage.silence();
    assert_eq!(frozen(&stage)["cause"], "older");
    assert!(stage.take_daemon().stop().success());

    // No file at all would be a new database beside the trace of an old one: every old mail would be new to it.
    fs::write(&high_water, "embargod high-water 1\ngeneration 5\n").unwrap();
    chmod(&high_water, 0o600);
    put(&nothing, &state);
    stage.start(&[]);
    wait_taken(&stage, 2);
    stage.silence();
    assert_eq!(frozen(&stage)["cause"], "older");
    assert!(stage.take_daemon().stop().success());

    // The newest file, moved somewhere else without the trace: nobody knows whether it is the newest.
    fs::remove_file(&high_water).unwrap();
    put(&newest, &state);
    stage.start(&[]);
    stage.silence();
    assert_eq!(frozen(&stage)["cause"], "moved");

    // The operator knows: nothing was sent since. Then everything goes on as it was.
    let lifted = done(&stage, &["thaw", "--confirm", "--nothing-was-sent"]);
    assert!(lifted.contains("The freeze is over"), "{lifted}");
    drop(stage.notices());
    stage.deliver(
        dana,
        SECURITY,
        &signed(&cast, dana, SECURITY, "Vulnerability in xenstored", "report-3", "", "xenstored crashes.\n"),
    );
    assert_eq!(subject(&stage.letter(&dana.address)), "[case-3] We have your report");
    drop(stage.notices());

    // And from then on it is an ordinary database.
    assert!(stage.take_daemon().stop().success());
    stage.start(&[]);
    assert_eq!(frozen(&stage), Value::Null);
    stage.close();
}

#[test]
fn mail_that_bears_our_keyword_and_is_unknown_here_waits_alone_and_everything_else_goes_on() {
    let mut stage = Stage::with(Plan::xen(), |site| {
        site.set("source.imap", 0, "mark", KEYWORD);
    });
    let cast = Cast::new();
    let dana = &cast.discoverer;
    let report = |id: &str, subject: &str, words: &str| signed(&cast, dana, SECURITY, subject, id, "", words);
    stage.deliver(dana, SECURITY, &mail::report(&cast, "report-1"));
    drop(stage.letter(&dana.address));
    drop(stage.notices());
    until("the mark", || (stage.count("SELECT COUNT(*) FROM inbox WHERE marked = 1") == 1).then_some(()));
    assert_eq!(stage.rig.dovecot.flags("security", "INBOX"), [marked(1)]);

    // A snapshot of the whole machine: database and trace together.
    assert!(stage.take_daemon().stop().success());
    let snapshot = stage.rig.ground.folder("snapshot");
    let high_water = stage.site.state.join("high-water");
    put(&stage.site.state, &snapshot);
    fs::copy(&high_water, snapshot.join("high-water")).unwrap();
    stage.start(&[]);
    stage.deliver(dana, SECURITY, &report("report-2", "Vulnerability in xl", "xl crashes on a bad file.\n"));
    stage.deliver(dana, SECURITY, &report("report-3", "Vulnerability in xenstored", "xenstored crashes.\n"));
    until("the marks", || (stage.count("SELECT COUNT(*) FROM inbox WHERE marked = 1") == 3).then_some(()));
    assert_eq!(stage.letters(&dana.address).len(), 2);
    for moderator in &cast.moderators {
        assert_eq!(stage.letters(&moderator.address).len(), 2);
    }
    assert!(stage.take_daemon().stop().success());
    put(&snapshot, &stage.site.state);
    fs::copy(snapshot.join("high-water"), &high_water).unwrap();
    // A third one comes while nobody looks.
    let unmarked = stage.rig.inject(&dana.address, SECURITY, &report("report-4", "Bug in libxl", "libxl crashes.\n"));

    // What has our mark and is unknown here was handled by another database. It waits; dana is not answered twice, and the new report is.
    stage.start(&[]);
    stage.decided(&unmarked.queue_id);
    assert_eq!(subject(&stage.letter(&dana.address)), "[case-2] We have your report");
    assert_eq!(frozen(&stage), Value::Null);
    let aside = stage.texts("SELECT CAST(id AS TEXT) FROM inbox WHERE state = 'quarantined' ORDER BY id");
    assert_eq!(aside.len(), 2);
    for moderator in &cast.moderators {
        let heard = stage.letters(&moderator.address);
        let mut subjects: Vec<String> = heard.iter().map(subject).collect();
        subjects.sort();
        assert_eq!(subjects, ["[case-2] New mail to the security address".to_owned(), format!("[in-{}] Please look", aside[0])]);
        let alarm = heard.iter().map(text).find(|said| said.contains("another database may have handled")).unwrap();
        assert!(alarm.contains(&format!("in-{}", aside[0])) && alarm.contains(&format!("in-{}", aside[1])), "{alarm}");
    }
    let why = done(&stage, &["why", &aside[0]]);
    assert!(why.contains("another database may have handled it"), "{why}");
    until("the mark", || (stage.rig.dovecot.flags("security", "INBOX")[3] == marked(4)).then_some(()));
    for id in &aside {
        done(&stage, &["replay", id, "--handled"]);
    }
    stage.close();
}

#[test]
fn pages_of_a_newer_database_stay_as_they_are_until_a_person_takes_something_off_them() {
    let mut stage = Stage::dark(Plan::xen(), |_| {});
    let pages = stage.rig.ground.folder("pages");
    stage.site.publish(&pages);
    stage.site.write();
    // What a database published that is lost.
    for (name, text) in
        [(".embargod-pages", "advisory-998.html\nindex.html\n"), ("advisory-998.html", "998"), ("index.html", "998")]
    {
        fs::write(pages.join(name), text).unwrap();
    }
    stage.start(&[]);
    let alarms = || stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'alarm'");
    until("the alarm", || (alarms() > 0).then_some(()));
    stage.both_hear("The public pages have something that this database never published");
    assert_eq!(fs::read_to_string(pages.join("index.html")).unwrap(), "998");
    let log = stage.daemon().stderr();
    assert!(log.contains("has what these pages would withdraw (XSA-998); the database may be older than the pages"), "{log}");
    let (written, said) = say(&stage, &["page"]);
    assert!(!written && said.contains("remove its page (advisory-NUMBER.html) from the folder by hand"), "{said}");

    // It is told once.
    let so_far = alarms();
    assert!(stage.take_daemon().stop().success());
    stage.start(&[]);
    until("another look at the pages", || stage.daemon().stderr().contains("would withdraw").then_some(()));
    stage.silence();
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'alarm'"), so_far);

    // A person takes it off.
    fs::remove_file(pages.join("advisory-998.html")).unwrap();
    done(&stage, &["page"]);
    assert_ne!(fs::read_to_string(pages.join("index.html")).unwrap(), "998");
    stage.close();
}
