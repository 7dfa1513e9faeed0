//! Are the aliases of the members read? A fire drill shows who got it, how fast and who is silent; a quarter later everybody is asked again; and
//! nobody is taken off the list by a machine (P63, P82).

use std::{fs, os::unix::process::CommandExt as _, process::Command};

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Weekday, tz::TimeZone};
use serde_json::Value;

use crate::{
    rig::{
        cast::Person,
        ground::until,
        plan::{Hands, Plan},
        relay::{ALWAYS, Fault, Letter},
        time::present,
    },
    stage::{
        Stage,
        mail::signed,
        read::{address, field, subject, text},
    },
};

/// The user id under which mona works on the machine.
const MONA: u32 = 12_345;

/// The next Tuesday, at eleven: there is somebody in the office.
fn tuesday() -> Timestamp {
    let mut day = present().to_zoned(TimeZone::UTC).date().saturating_add(1.day());
    while day.weekday() != Weekday::Tuesday {
        day = day.saturating_add(1.day());
    }
    day.at(11, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// Mona types a command; what she reads.
fn mona_types(stage: &Stage, args: &[&str]) -> String {
    let program = stage.rig.ground.at("embargod");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_embargod"), &program).unwrap();
    }
    let mut command = Command::new(program);
    command.args(args).args(["--config", stage.site.path()]).env_clear().current_dir("/").uid(MONA).gid(MONA);
    let said = command.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}

/// Somebody at a member answers a letter.
fn answers(stage: &Stage, of: &Person, letter: &Letter, id: &str, extra: &str, words: &str) {
    let to = address(letter, "Reply-To");
    let subject = format!("Re: {}", subject(letter));
    stage.deliver(of, &to, &signed(&stage.rig.cast, of, &to, &subject, id, extra, words));
}

fn lines(stage: &Stage, args: &[&str]) -> Vec<Value> {
    let said = stage.command_now(&[args, &["--json", "--config", stage.site.path()]].concat());
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a member lacks.
fn faults(stage: &Stage, organisation: &str) -> Vec<String> {
    let all = lines(stage, &["readiness"]);
    let one = all.iter().find(|line| line["organisation"] == organisation).expect("a line of every member");
    one["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
}

/// What the team was told meanwhile, by mona's letters.
fn told(stage: &Stage) -> String {
    let [mona, milo] = [0, 1].map(|nth| stage.rig.cast.moderators[nth].address.clone());
    stage.settle();
    drop(stage.rig.relay.take(&milo));
    stage.rig.relay.take(&mona).iter().map(text).collect::<Vec<_>>().join("\n----\n")
}

#[test]
fn a_fire_drill_and_a_question_a_quarter_later_find_who_does_not_read() {
    let mut stage = Stage::dark(Plan { hands: Hands::Ours, ..Plan::xen() }, |_| {});
    let socket = stage.rig.ground.at("control.sock");
    stage.site.set("team", 0, "uid", &MONA.to_string());
    stage.site.set("", 0, "control-socket", &format!("\"{}\"", socket.display()));
    stage.site.write();
    let begin = tuesday();
    stage.rig.time.set(begin);
    stage.start(&[]);
    let cast = &stage.rig.cast;
    let [reads, refuses, automaton] = [0, 2, 4].map(|nth| &cast.members[nth]);
    stage.rig.relay.on(&refuses.address, Fault::Rcpt("550 5.1.1 gone"), ALWAYS);

    // Root is no member of the team; mona is.
    let root = stage.command_now(&["drill", "start", "--config", stage.site.path()]);
    assert!(!root.status.success());
    let begun = mona_types(&stage, &["drill", "start"]);
    assert!(begun.starts_with("drill-1 is on its way to 75 members;"), "{begun}");
    stage.settle();
    let asked = stage.rig.relay.take(&reads.address).remove(0);
    assert!(subject(&asked).contains("[drill-1] Fire drill: this is no advisory"), "{}", subject(&asked));
    assert!(text(&asked).contains("THIS IS A TEST"), "{}", text(&asked));
    let vacation = stage.rig.relay.take(&automaton.address).remove(0);
    for member in cast.members.iter().filter(|one| ![reads, refuses, automaton].contains(one)) {
        let got = stage.rig.relay.take(&member.address);
        assert_eq!(got.len(), 1, "{}", member.address);
        assert_ne!(field(&got[0].bytes, "Reply-To"), field(&asked.bytes, "Reply-To"), "each has a token of its own");
    }
    assert_eq!(told(&stage), "", "75 letters about 75 copies help nobody: the report says it");

    // One reads it and says so; at another an automaton answers, which proves nothing and is worth a look.
    stage.rig.time.set(begin + SignedDuration::from_mins(3 * 60 + 30));
    answers(&stage, reads, &asked, "here", "", "still-here\n");
    answers(&stage, automaton, &vacation, "away", "Auto-Submitted: auto-replied\n", "still-here\n\nWe are on holiday.\n");
    let report = lines(&stage, &["drill", "report"]);
    let of = |person: &Person| report.iter().find(|row| row["address"] == person.address.as_str()).unwrap();
    assert_eq!(report.len(), 75);
    assert_eq!((of(reads)["state"].as_str(), of(reads)["answered_after_hours"].as_i64()), (Some("accepted"), Some(3)));
    assert_eq!(
        (of(refuses)["state"].as_str(), of(refuses)["reply"].as_str()),
        (Some("failed"), Some("failed: 550 5.1.1 at RCPT"))
    );
    assert_eq!((of(automaton)["state"].as_str(), of(automaton)["answered_after_hours"].as_i64()), (Some("accepted"), None));
    assert_eq!(report.iter().filter(|row| row["state"] == "accepted").count(), 74);
    assert!(
        faults(&stage, "Organisation 05").contains(&"an automaton answers".to_owned()),
        "{:?}",
        faults(&stage, "Organisation 05")
    );
    assert!(faults(&stage, "Organisation 03").contains(&"its server refused the last letter".to_owned()));
    assert!(!faults(&stage, "Organisation 02").contains(&"silent in the fire drill".to_owned()), "it has time to answer");

    // Two weeks later silence counts, and the team is told in one letter of a working day.
    stage.rig.time.set(begin + days(15));
    let digest = until("the digest", || Some(told(&stage)).filter(|said| said.contains("Organisation 02")));
    assert!(!digest.contains("(Organisation 01)"), "{digest}");
    assert!(faults(&stage, "Organisation 02").contains(&"silent in the fire drill".to_owned()));
    assert_eq!(faults(&stage, "Organisation 01").iter().filter(|fault| fault.contains("drill")).count(), 0);

    // A quarter after the last contact everybody is asked whether the alias is read; who says so is confirmed.
    stage.rig.time.set(begin + days(98));
    until("the questions", || (stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'alias-probe'") >= 75).then_some(()));
    stage.settle();
    let question = stage.rig.relay.take(&reads.address).remove(0);
    assert!(text(&question).contains("From time to time we ask whether people still read it."), "{}", text(&question));
    answers(&stage, reads, &question, "still", "", "Still-here, and a good new year!\n");
    assert_eq!(faults(&stage, "Organisation 01").iter().filter(|fault| fault.contains("unanswered")).count(), 0);
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE state = 'active'"), 75, "the machine takes nobody off the list");
    drop(told(&stage));
    for member in &cast.members {
        drop(stage.rig.relay.take(&member.address));
    }
    stage.close();
}
