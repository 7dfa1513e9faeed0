//! Fifteen advisories on one day, as it has happened: each kept apart from the others until the instant, all of them public at it.

use jiff::SignedDuration;

use crate::{
    release::{PUBLIC, end, instant, noon_in, stage},
    stage::{
        PRIMARY, SECURITY,
        case::CaseTalk,
        mail,
        read::{address, body, subject},
        revision::{For, Matter, revision_of},
    },
};

/// What fifteen advisories of one day are about: no two are alike.
const BATCH: [&str; 15] = [
    "grant-map",
    "event-ring",
    "page-share",
    "timer-wheel",
    "console-log",
    "remap-entry",
    "nested-walk",
    "pool-claim",
    "credit-run",
    "hypercall-gate",
    "leaf-filter",
    "shadow-root",
    "vgic-line",
    "store-watch",
    "device-reset",
];

#[test]
fn fifteen_advisories_of_one_day_are_public_at_one_instant() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    let until = noon_in(21);
    let mut cases = Vec::new();
    for ((case, number), word) in (1_i64..).zip(901_u16..).zip(BATCH) {
        let matter = Matter {
            title: format!("{word}-{number}"),
            body: format!("{}_{number}", word.replace('-', "_")),
            patch: format!("{}_fix_{number}", word.replace('-', "_")),
        };
        stage.deliver(
            &cast.discoverer,
            SECURITY,
            &mail::report_about(cast, &format!("report-{case}"), &matter.title, &matter.body),
        );
        stage.settle();
        drop(stage.rig.relay.take(&cast.discoverer.address));
        let mut talk = CaseTalk::of(case, &stage.notices());
        for line in [
            "claim",
            "public no",
            "scope supported hypervisor",
            "confirm",
            &format!("xsa {number}"),
            &format!("cve assigned CVE-2026-{}", 20_000 + case),
            &format!("embargo {} because all of them come on one day", instant(until)),
            "prepare",
            "deployment all-permitted",
        ] {
            let [mine, _] = talk.say(&stage, 0, line);
            assert!(!mine.contains("Nothing was done") && !mine.contains("not done"), "{line}: {mine}");
        }
        assert_eq!(subject(&stage.letter(&cast.discoverer.address)), format!("[case-{case}] The date of publication"));
        stage.deliver(mona, PRIMARY, &revision_of(cast, &matter, number, 1, For::Members(until)));
        let to = address(&stage.letter(&milo.address), "Reply-To");
        stage.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held]", &format!("send-{case}"), "", "send\n"));
        assert_eq!(stage.copies().len(), 75);
        talk.both_hear(&stage);
        let public = revision_of(cast, &matter, number, 2, For::Public);
        stage.deliver(mona, PRIMARY, &public);
        talk.both_hear(&stage);
        cases.push((talk, number, matter, public));
    }
    stage.silence();

    stage.rig.time.set(until - SignedDuration::from_hours(2));
    stage.settle();
    for (talk, ..) in &mut cases {
        talk.say(&stage, 0, "arm");
        let [_, armed] = talk.say(&stage, 1, "arm");
        assert!(armed.contains("have armed version 2"), "{armed}");
    }
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'public-release'"), 0);
    stage.rig.time.set(until - SignedDuration::from_secs(10));
    crate::rig::ground::until("all releases", || {
        (stage.count("SELECT COUNT(*) FROM event WHERE kind = 'release-finished'") == 15).then_some(())
    });
    let begun = stage.count("SELECT MIN(at) FROM event WHERE kind = 'release-begun'");
    assert!(begun >= until.as_millisecond(), "{begun} is before {until}");
    let ended = stage.count("SELECT MAX(at) FROM event WHERE kind = 'release-finished'");
    assert!(ended < until.as_millisecond() + 60_000, "all of it within a minute: {ended}");
    for to in PUBLIC.iter().copied().chain(cast.members.iter().map(|member| member.address.as_str())) {
        let letters = stage.letters(to);
        for (_, number, _, public) in &cases {
            let about = format!("Xen Security Advisory {number} v2");
            let of: Vec<_> = letters.iter().filter(|letter| subject(letter).starts_with(&about)).collect();
            assert_eq!(of.len(), 1, "{about} to {to}");
            assert_eq!(body(&of[0].bytes), body(public), "byte for byte");
        }
        assert_eq!(letters.len(), 15, "{to}");
    }
    let index = std::fs::read_to_string(stage.rig.ground.at("pages/xsa.json")).unwrap();
    for (_, number, matter, _) in &cases {
        assert!(index.contains(&matter.title), "{number} stands in the index");
    }
    assert_eq!(stage.count("SELECT COUNT(DISTINCT data ->> '$.event.number') FROM event WHERE kind = 'number-allocated'"), 15);
    end(stage);
}
