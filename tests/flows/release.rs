//! The public release: from the report to the public lists, at the instant, by two people.

use std::collections::BTreeMap;

use jiff::{SignedDuration, ToSpan as _, tz::TimeZone};

use embargod::daemon::failpoint::RELEASE_PLACES;

use crate::{
    rig::{
        ground::until as wait_for,
        plan::{Hands, Plan},
        relay::Fault,
        time::present,
    },
    stage::{
        PRIMARY, SECURITY, Stage,
        case::CaseTalk,
        mail::{self, BODY, TITLE},
        read::{address, body, field, subject, text},
        revision::{For, revision},
    },
};

pub(crate) const PUBLIC: [&str; 4] = [
    "xen-announce@lists.xenproject.org",
    "xen-devel@lists.xenproject.org",
    "xen-users@lists.xenproject.org",
    "oss-security@lists.openwall.com",
];

pub(crate) fn stage() -> Stage {
    let mut stage = Stage::dark(Plan { hands: Hands::Ours, ..Plan::xen() }, |_| {});
    let pages = stage.rig.ground.folder("pages");
    stage.site.publish(&pages);
    stage.site.write();
    stage.start(&[]);
    stage
}

/// Noon, in so many days.
pub(crate) fn noon_in(days: i64) -> jiff::Timestamp {
    let today = present().to_zoned(TimeZone::UTC).date();
    today.saturating_add(days.days()).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// Dana reports, mona handles it: confirmed, numbered, embargoed until then, fit to be predisclosed.
pub(crate) fn embargoed(stage: &Stage, until: jiff::Timestamp) -> CaseTalk {
    let cast = &stage.rig.cast;
    stage.deliver(&cast.discoverer, SECURITY, &mail::report(cast, "report-1"));
    drop(stage.letter(&cast.discoverer.address));
    let mut talk = CaseTalk::begun(&stage.notices());
    for line in [
        "claim",
        "public no",
        "scope supported hypervisor",
        "confirm",
        "xsa 999",
        "cve assigned CVE-2026-12345",
        &format!("embargo {} because the discoverer asked for time", instant(until)),
        "prepare",
        "deployment all-permitted",
    ] {
        let [mine, _] = talk.say(stage, 0, line);
        assert!(!mine.contains("Nothing was done") && !mine.contains("not done"), "{line}: {mine}");
    }
    assert_eq!(subject(&stage.letter(&cast.discoverer.address)), "[case-1] The date of publication");
    stage.silence();
    talk
}

#[test]
fn an_armed_advisory_is_public_at_its_instant_and_not_a_second_earlier() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    let until = noon_in(21);
    let mut talk = embargoed(&stage, until);

    // The members get version 1, with a second person's word.
    let first = revision(cast, 999, 1, For::Members(until));
    stage.deliver(mona, PRIMARY, &first);
    let request = stage.letter(&milo.address);
    assert!(
        text(&request).contains("The checks found nothing wrong.") || text(&request).contains("warning"),
        "{}",
        text(&request)
    );
    let to = address(&request, "Reply-To");
    stage.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held]", "send-1", "", "send\n"));
    assert_eq!(stage.copies().len(), 75);
    talk.both_hear(&stage);
    stage.silence();
    // From here on everybody may know the number and the date, and nothing else (P33).
    let index = || std::fs::read_to_string(stage.rig.ground.at("pages/index.html")).unwrap_or_default();
    wait_for("the number on the page", || index().contains("XSA-999").then_some(()));
    assert!(index().contains(&until.strftime("%Y-%m-%dT%H:%M").to_string()) && !index().contains(TITLE), "{}", index());

    // Version 2 is for the public: registered, and not armed three weeks ahead.
    let second = revision(cast, 999, 2, For::Public);
    stage.deliver(mona, PRIMARY, &second);
    let [asked, _] = talk.both_hear(&stage);
    assert!(asked.contains("mona submitted XSA-999 version 2 for the public"), "{asked}");
    assert!(asked.contains("The checks found nothing wrong.") || !asked.contains("error"), "{asked}");
    for list in PUBLIC.iter().chain(&["members"]) {
        assert!(asked.contains(list), "{list}: {asked}");
    }
    let [early, _] = talk.say(&stage, 0, "arm");
    assert!(early.contains("can be armed from"), "{early}");
    stage.silence();

    // The day before: one person is not enough, and at the instant it alarms and publishes nothing.
    stage.rig.time.set(until - SignedDuration::from_hours(20));
    let [_, told] = talk.say(&stage, 0, "arm");
    assert!(told.contains("mona has armed version 2") && told.contains("A second person must arm it"), "{told}");
    let [again, _] = talk.say(&stage, 0, "arm");
    assert!(again.contains("You have armed it"), "{again}");
    let [first_said, second_said] = talk.say(&stage, 1, "arm");
    for said in [first_said, second_said] {
        assert!(said.contains("mona and milo have armed version 2"), "{said}");
    }
    talk.both_hear(&stage);

    assert!(!stage.rig.ground.at("pages/advisory-999.txt").exists());

    // The rehearsal shows what will happen, to whom and when, and sends nothing.
    let day_after = instant(until + SignedDuration::from_hours(24));
    let began = std::time::Instant::now();
    let told = stage.command_now(&["simulate", "--until", &day_after, "--config", stage.site.path()]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let build = if cfg!(debug_assertions) { "unoptimised" } else { "optimised" };
    println!("the rehearsal of the whole case took {:?} ({build})", began.elapsed());
    let at = until.strftime("%Y-%m-%d %H:%M:%SZ");
    for what in ["public-release to 4 recipients", "redistribution to 75 recipients"] {
        let lines: Vec<&str> = told.lines().filter(|line| line.contains(what)).collect();
        assert!(lines.len() == 1 && lines[0].starts_with(&at.to_string()), "{what} at {at}: {told}");
    }
    assert!(told.ends_with("Nothing was sent and nothing was changed.\n"), "{told}");
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'public-release'"), 0);

    // Ten seconds before: the clock jumped, which alarms; nothing is published.
    stage.rig.time.set(until - SignedDuration::from_secs(15));
    let [alarm, _] = wait_for_both(&mut talk, &stage);
    assert!(alarm.contains("Nothing is published until they"), "{alarm}");
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'public-release'"), 0);

    // And at the instant: each list once, the members once, the team hears.
    let begun = wait_until_begun(&stage);
    assert!(begun >= until.as_millisecond(), "{begun} is before {until}");
    assert!(begun < until.as_millisecond() + 30_000, "{begun} is long after {until}");
    for list in PUBLIC {
        let letter = stage.letter(list);
        assert_eq!(body(&letter.bytes), body(&second), "byte for byte");
        assert_eq!(subject(&letter), format!("Xen Security Advisory 999 v2 - {TITLE} is used unchecked"));
        assert!(field(&letter.bytes, "From").contains("security@xenproject.org"), "{}", field(&letter.bytes, "From"));
        assert!(field(&letter.bytes, "To").contains(list));
        let head = String::from_utf8_lossy(&letter.bytes).split("\r\n\r\n").next().unwrap().to_owned();
        assert!(!head.contains("mona") && !head.contains("DKIM-Signature") && !head.contains("Received"), "{head}");
    }
    for copy in stage.copies() {
        assert_eq!(body(&copy.bytes), body(&second), "byte for byte");
        assert_eq!(field(&copy.bytes, "List-Id"), "Xen predisclosure list <xen-security-issues.lists.xenproject.org>");
    }
    finished(&stage);
    let [said, _] = talk.both_hear(&stage);
    assert!(said.contains("The release is complete"), "{said}");
    assert!(!said.contains(BODY));
    assert_eq!(stage.count("SELECT COUNT(*) FROM advisory_ended WHERE number = 999"), 1);
    let year = until.strftime("%Y").to_string();
    let page =
        |name: &str| std::fs::read_to_string(stage.rig.ground.at(&format!("pages/{name}"))).unwrap_or_else(|_| panic!("{name}"));
    assert!(page("advisory-999.txt").contains("Public release."));
    assert!(page("xsa999.patch").contains("check(slot);"));
    assert!(page("xsa.json").contains(TITLE) && page("osv/XSA-999.json").contains("\"id\""));
    assert!(page(&format!("csaf/{year}/xsa-999.json")).contains("\"csaf_version\": \"2.0\""));
    assert_eq!(
        stage.command(&["advisory", "pushed", "XSA-999", "1234567890abcdef", "--config", stage.site.path()]).status.code(),
        Some(0)
    );
    let [said, _] = talk.both_hear(&stage);
    assert!(said.contains("case-1: changesets pushed, says a hook on the machine."), "{said}");

    // What everybody may know comes last: the report, drafted by the daemon, read and sent by a person; then the case ends.
    stage.rig.time.set(until + SignedDuration::from_hours(3));
    let draft = crate::rig::ground::until("the draft of the report", || {
        let [mine, _] = talk.both_hear(&stage);
        mine.contains("# Transparency report").then_some(mine).or_else(|| {
            std::thread::sleep(std::time::Duration::from_millis(500));
            None
        })
    });
    for told in
        ["# Transparency report: XSA-999", "at the agreed instant", "1234567890abcdef", "version 2 published to 6 destinations"]
    {
        assert!(draft.contains(told), "{told}: {draft}");
    }
    let [open, _] = talk.say(&stage, 0, "close");
    assert!(open.contains("report-sent"), "it names what is missing: {open}");
    let [said, _] = talk.say(&stage, 0, "report-sent");
    assert!(said.contains("report sent"), "{said}");
    let [said, _] = talk.say(&stage, 1, "close");
    assert!(said.contains("case-1"), "{said}");
    assert_eq!(stage.texts("SELECT state FROM case_file WHERE id = 1"), ["closed"]);
    let report = stage.command(&["case", "report", "1", "--config", stage.site.path()]);
    let report = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(report.contains("the report was sent") || report.contains("report"), "{report}");
    end(stage);
}

fn wait_for_both(talk: &mut CaseTalk, stage: &Stage) -> [String; 2] {
    crate::rig::ground::until("an alarm", || (stage.count("SELECT COUNT(*) FROM event WHERE kind = 'alarm'") > 0).then_some(()));
    talk.both_hear(stage)
}

/// The instant, in milliseconds, at which the daemon began.
pub(crate) fn wait_until_begun(stage: &Stage) -> i64 {
    crate::rig::ground::until("the release", || {
        let begun = stage.count("SELECT COALESCE(MAX(at), 0) FROM event WHERE kind = 'release-begun'");
        (begun > 0).then_some(begun)
    })
}

#[test]
fn what_two_people_say_is_exploited_is_public_within_a_minute() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let [mona, _] = cast.moderators.as_slice() else { panic!("two moderators") };
    let mut talk = embargoed(&stage, noon_in(21));
    let public = revision(cast, 999, 1, For::Public);
    stage.deliver(mona, PRIMARY, &public);
    talk.both_hear(&stage);

    // One person alone ends nothing, however he asks.
    let [mine, told] = talk.say(&stage, 0, "in-the-wild: an exploit is on sale, https://example.org/sale");
    assert!(mine.contains("waits for a second person"), "{mine}");
    assert!(told.contains("answer this mail with `second` if you agree"), "{told}");
    let [refused, _] = talk.say(&stage, 0, "second");
    assert!(refused.contains("Nothing has happened"), "{refused}");
    talk.both_hear(&stage);
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'public-release'"), 0);

    let before = present();
    talk.say(&stage, 1, "second");
    let begun = wait_until_begun(&stage);
    assert!(begun < before.as_millisecond() + 60_000, "queued in under a minute");
    for list in PUBLIC {
        assert_eq!(body(&stage.letter(list).bytes), body(&public));
    }
    assert_eq!(stage.copies().len(), 75);
    finished(&stage);
    talk.both_hear(&stage);
    end(stage);
}

#[test]
fn an_unarmed_release_alarms_every_quarter_of_an_hour_and_publishes_nothing() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let until = noon_in(21);
    let mut talk = embargoed(&stage, until);
    stage.deliver(&cast.moderators[0], PRIMARY, &revision(cast, 999, 1, For::Public));
    talk.both_hear(&stage);
    for (minutes, alarms) in [(1, 1), (10, 1), (17, 2), (34, 3)] {
        stage.rig.time.set(until + SignedDuration::from_mins(minutes));
        let rings = || stage.count("SELECT COUNT(*) FROM reminded WHERE kind = 'unarmed'");
        if alarms > 1 || minutes == 1 {
            crate::rig::ground::until("the alarm", || (rings() >= alarms).then_some(()));
        }
        // What the daemon would do wrong it does within its longest pause, which is 20 seconds.
        std::thread::sleep(std::time::Duration::from_secs(if minutes == 10 { 23 } else { 1 }));
        assert_eq!(rings(), alarms, "{minutes} minutes after the instant");
    }
    let [alarm, _] = talk.both_hear(&stage);
    assert!(alarm.contains("nothing is published"), "{alarm}");
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'public-release'"), 0);

    // Late, but by two people: it goes out.
    for nth in [0, 1] {
        let [mona, milo] = talk.say(&stage, nth, "arm");
        assert!(!mona.contains("Nothing has happened:") && !milo.contains("Nothing has happened:"), "{mona}\n{milo}");
    }
    wait_until_begun(&stage);
    finished(&stage);
    for list in PUBLIC {
        stage.letter(list);
    }
    assert_eq!(stage.copies().len(), 75);
    talk.both_hear(&stage);
    end(stage);
}

#[test]
fn a_list_that_may_have_it_gets_it_again_from_a_person_only() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let mut talk = embargoed(&stage, noon_in(21));
    stage.deliver(&cast.moderators[0], PRIMARY, &revision(cast, 999, 1, For::Public));
    talk.both_hear(&stage);
    let [cut, refusing, ..] = PUBLIC;
    stage.rig.relay.on(cut, Fault::CutBefore250, 1);
    stage.rig.relay.on(refusing, Fault::Rcpt("550 5.7.1 closed list"), 1);
    for (nth, line) in [(0, "leaked: on a mailing list, https://example.org/leak"), (1, "second")] {
        let [mona, milo] = talk.say(&stage, nth, line);
        assert!(!mona.contains("Nothing has happened:") && !milo.contains("Nothing has happened:"), "{mona}\n{milo}");
    }
    wait_until_begun(&stage);
    crate::rig::ground::until("the alarm", || {
        (stage.count("SELECT COUNT(*) FROM event WHERE kind = 'alarm' AND text = 'release-stuck'") == 1).then_some(())
    });
    talk.both_hear(&stage);
    assert_eq!(stage.letters(cut).len(), 1, "once");
    let [said, _] = talk.say(&stage, 0, &format!("delivered {cut}"));
    assert!(said.contains("destination done"), "{said}");
    let again = stage.count(&format!("SELECT id FROM delivery WHERE recipient = '{refusing}'"));
    let retried = stage.command(&["outbox", "retry", &again.to_string(), "--config", stage.site.path()]);
    assert!(retried.status.success(), "{}", String::from_utf8_lossy(&retried.stderr));
    finished(&stage);
    assert_eq!(stage.letters(refusing).len(), 1);
    for list in &PUBLIC[2..] {
        assert_eq!(stage.letters(list).len(), 1);
    }
    assert_eq!(stage.copies().len(), 75);
    talk.both_hear(&stage);
    end(stage);
}

#[test]
fn what_is_public_already_goes_out_as_soon_as_two_have_armed_it() {
    let stage = stage();
    let cast = &stage.rig.cast;
    stage.deliver(&cast.discoverer, SECURITY, &mail::report(cast, "report-1"));
    drop(stage.letter(&cast.discoverer.address));
    let mut talk = CaseTalk::begun(&stage.notices());
    for line in [
        "claim",
        "public yes https://example.org/blog",
        "scope supported hypervisor",
        "confirm",
        "xsa 999",
        "cve assigned CVE-2026-12345",
        "prepare",
    ] {
        let [mine, _] = talk.say(&stage, 0, line);
        assert!(!mine.contains("Nothing has happened"), "{line}: {mine}");
    }
    let public = revision(cast, 999, 1, For::Public);
    stage.deliver(&cast.moderators[0], PRIMARY, &public);
    let [asked, _] = talk.both_hear(&stage);
    assert!(asked.contains("It goes out: as soon as it is armed"), "{asked}");
    let [_, told] = talk.say(&stage, 0, "arm");
    assert!(told.contains("A second person must arm it"), "{told}");
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'public-release'"), 0);
    talk.say(&stage, 1, "arm");
    wait_until_begun(&stage);
    for list in PUBLIC {
        assert_eq!(body(&stage.letter(list).bytes), body(&public));
    }
    assert_eq!(stage.copies().len(), 75);
    finished(&stage);
    end(stage);
}

#[test]
fn an_embargo_that_two_people_lengthen_ends_at_its_new_date() {
    let until = noon_in(28);
    moved(
        &[
            (0, format!("embargo {} because a vendor needs a week", instant(until)), "waits for a second person"),
            (1, "second".to_owned(), "The embargo ends"),
        ],
        until,
    );
}

#[test]
fn an_embargo_that_the_discoverer_shortens_ends_at_the_earlier_date() {
    let until = noon_in(14);
    moved(
        &[
            (0, format!("discoverer-date {}", instant(until)), "discoverer date"),
            (1, format!("embargo {} because Dana speaks about it then", instant(until)), "The embargo ends"),
        ],
        until,
    );
}

#[test]
fn a_release_that_is_cut_off_before_its_commit_begins_once() {
    cut_off(RELEASE_PLACES[0]);
}

#[test]
fn a_release_that_is_cut_off_after_its_commit_goes_on() {
    cut_off(RELEASE_PLACES[1]);
}

/// The daemon is killed there, twice where it begins anew, and the next one goes on: every list and every member has it once.
fn cut_off(place: &str) {
    let mut stage = stage();
    let mut talk = embargoed(&stage, noon_in(21));
    let public = revision(&stage.rig.cast, 999, 1, For::Public);
    stage.deliver(&stage.rig.cast.moderators[0], PRIMARY, &public);
    talk.both_hear(&stage);
    talk.say(&stage, 0, "in-the-wild: an exploit is on sale, https://example.org/sale");
    assert!(stage.take_daemon().stop().success());
    let lives = if place == RELEASE_PLACES[0] { 2 } else { 1 };
    talk.write(&stage, 1, "second");
    for _ in 0..lives {
        let status = stage.spawn(&[("EMBARGOD_FAILPOINT", place)]).wait();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "killed at {place}");
    }
    let begun = stage.count("SELECT COUNT(*) FROM event WHERE kind = 'release-begun'");
    assert_eq!(begun, i64::from(place == RELEASE_PLACES[1]), "{place}");
    stage.start(&[]);
    // A copy that was claimed at that very moment may be on its way to a public list, for all the next life knows: a person sends it again.
    let claimed =
        "FROM delivery JOIN letter ON letter.id = letter_id WHERE kind = 'public-release' AND delivery.state = 'failed'";
    let doubtful = stage.texts(&format!("SELECT recipient {claimed}"));
    for delivery in stage.texts(&format!("SELECT CAST(delivery.id AS TEXT) {claimed}")) {
        let retried = stage.command(&["outbox", "retry", &delivery, "--config", stage.site.path()]);
        assert!(retried.status.success(), "{}", String::from_utf8_lossy(&retried.stderr));
    }
    finished(&stage);
    assert_eq!(stage.count("SELECT COUNT(*) FROM event WHERE kind = 'release-begun'"), 1);
    for list in PUBLIC {
        // The relay may have had it all the same; then the person has sent a second one.
        let copies = stage.letters(list);
        let expected = if doubtful.iter().any(|doubtful| doubtful == list) { 1..=2 } else { 1..=1 };
        assert!(expected.contains(&copies.len()), "{} copies to {list}, in doubt: {doubtful:?}", copies.len());
        assert!(copies.iter().all(|copy| body(&copy.bytes) == body(&public)));
    }
    assert_eq!(stage.copies().len(), 75);
    end_after(stage, lives);
}

pub(crate) fn instant(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Members hold an advisory embargoed for 21 days; these lines move the date; they get version 2 with it, and version 3 is public then.
fn moved(lines: &[(usize, String, &str)], until: jiff::Timestamp) {
    let stage = stage();
    let cast = &stage.rig.cast;
    let first = noon_in(21);
    let mut talk = embargoed(&stage, first);
    predisclosed(&stage, &mut talk, 1, first);
    for (nth, line, heard) in lines {
        // The advisory that went out has changed the case: the first answer shows how it stands, and has a fresh token.
        let mut said = talk.say(&stage, *nth, line);
        if said[*nth].contains("has changed since") {
            said = talk.say(&stage, *nth, line);
        }
        assert!(said[*nth].contains(heard), "{line}: {}", said[*nth]);
    }
    let told = text(&stage.letter(&cast.discoverer.address));
    assert!(told.contains(&until.strftime("has changed. It is now: %A %Y-%m-%d %H:%M UTC").to_string()), "{told}");
    predisclosed(&stage, &mut talk, 2, until);
    let public = revision(cast, 999, 3, For::Public);
    stage.deliver(&cast.moderators[0], PRIMARY, &public);
    talk.both_hear(&stage);
    stage.rig.time.set(until - SignedDuration::from_hours(2));
    talk.say(&stage, 0, "arm");
    let [_, armed] = talk.say(&stage, 1, "arm");
    assert!(armed.contains("have armed version 3"), "{armed}");
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'public-release'"), 0);
    stage.rig.time.set(until - SignedDuration::from_secs(10));
    let begun = wait_until_begun(&stage);
    assert!(begun >= until.as_millisecond(), "{begun} is before {until}");
    for list in PUBLIC {
        assert_eq!(body(&stage.letter(list).bytes), body(&public));
    }
    assert_eq!(stage.copies().len(), 75);
    finished(&stage);
    end(stage);
}

/// The members get that version, by mona and milo.
pub(crate) fn predisclosed(stage: &Stage, talk: &mut CaseTalk, version: u32, until: jiff::Timestamp) {
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.deliver(mona, PRIMARY, &revision(cast, 999, version, For::Members(until)));
    let to = address(&stage.letter(&milo.address), "Reply-To");
    stage.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held]", &format!("send-{version}"), "", "send\n"));
    assert_eq!(stage.copies().len(), 75);
    talk.both_hear(stage);
}

pub(crate) fn finished(stage: &Stage) {
    crate::rig::ground::until("the end of the release", || {
        (stage.count("SELECT COUNT(*) FROM event WHERE kind = 'release-finished'") == 1).then_some(())
    });
}

/// The end: the discoverer has heard once of each embargo that ended, and nobody else outside the team got anything more. Reminders and the draft of
/// the report come to the team when their time has come.
pub(crate) fn end(stage: Stage) {
    end_after(stage, 0);
}

/// The same of a daemon that was killed so many times: a letter that was on the wire at that moment goes again with its Message-ID, and counts once.
fn end_after(mut stage: Stage, kills: usize) {
    let dana = &stage.rig.cast.discoverer.address;
    let open = "SELECT COUNT(*) FROM letter JOIN delivery ON letter_id = letter.id WHERE kind = 'case-news' AND delivery.state <> 'accepted'";
    crate::rig::ground::until("the discoverer's letter", || (stage.count(open) == 0).then_some(()));
    let letters = stage.rig.relay.take(dana);
    let once: BTreeMap<String, String> =
        letters.iter().map(|letter| (field(&letter.bytes, "Message-ID"), subject(letter))).collect();
    assert!(letters.len() <= once.len() + kills, "{} letters to the discoverer, {} of them different", letters.len(), once.len());
    let mut heard: Vec<String> = once.into_values().collect();
    heard.sort();
    let over = "SELECT DISTINCT '[case-' || case_id || '] The embargo is over' FROM event WHERE kind IN ('release-begun', 'embargo-ended') \
                AND case_id IN (SELECT case_id FROM event WHERE kind = 'embargo-set') ORDER BY 1";
    assert_eq!(heard, stage.texts(over));
    let daemon = stage.take_daemon();
    let log = daemon.stderr();
    assert!(daemon.stop().success(), "the daemon's end; its log: {log}");
    assert!(!log.contains("panicked"), "{log}");
    for moderator in &stage.rig.cast.moderators {
        drop(stage.rig.relay.take(&moderator.address));
    }
    let rest = stage.rig.relay.rest();
    assert_eq!(rest.iter().map(|letter| letter.recipients.clone()).collect::<Vec<_>>(), Vec::<Vec<String>>::new());
}
