//! What is due, in one letter a person: when, to whom, once, and how it is answered.

use std::collections::BTreeSet;

use jiff::{SignedDuration, civil::date, tz::TimeZone};

use super::*;
use crate::{
    cases::InvolvedRole,
    decide::{
        digest::{due, narrowed},
        snapshot::DIGEST,
        tick::Watched,
    },
    schedule::Calendar,
};

/// A Monday.
const ARRIVAL: &str = "2026-03-02T09:00:00Z";

fn by(name: &str) -> Actor {
    Actor::Person(PersonName(name.to_owned()))
}

/// The team and its cases, and what was given, as the store would keep it.
struct Office {
    scene: Scene,
    now: Timestamp,
    watched: Vec<Watched>,
    records: Vec<Vec<Recorded>>,
}

impl Office {
    fn opens() -> Self {
        Self { scene: Scene::new(), now: at(ARRIVAL), watched: Vec::new(), records: Vec::new() }
    }

    /// A report that came now; its number.
    fn report(&mut self) -> usize {
        let opened = CaseEvent::Opened { discoverer: Some(address("dora@finder.example")), origin: Origin::Report, policy: None };
        let recorded = Recorded { at: self.now, by: Actor::Daemon, event: opened };
        let id = CaseId(i64::try_from(self.watched.len()).unwrap() + 4);
        let file = CaseFile::open(id, &recorded).unwrap();
        let case = Case { id, version: 1, ..case(CaseState::Open, "") };
        self.watched.push(Watched { case, file, given: BTreeSet::new() });
        self.records.push(vec![recorded]);
        self.watched.len() - 1
    }

    fn happens(&mut self, case: usize, who: &Actor, event: CaseEvent) {
        let recorded = Recorded { at: self.now, by: who.clone(), event };
        self.watched[case].file.apply(&recorded).unwrap();
        self.watched[case].case.version += 1;
        self.records[case].push(recorded);
    }

    fn claimed(&mut self, case: usize, who: &str) {
        self.happens(case, &by(who), CaseEvent::Claimed { instead_of: None });
    }

    fn snooze(&mut self, case: usize, until: &str) {
        self.happens(case, &by("mona"), CaseEvent::Snoozed { until: at(until) });
    }

    /// Public and not, a date: what it needs to be under an embargo.
    fn embargoed(&mut self, case: usize, until: &str) {
        self.happens(
            case,
            &by("mona"),
            CaseEvent::PublicityAnswered { answer: crate::cases::Publicity::No, source: None, proposed_by: None },
        );
        let (until, default) = (at(until), at(until));
        self.happens(case, &by("mona"), CaseEvent::EmbargoSet { until, default, because: None });
    }

    /// One tick: the effects, of which the store would keep the keys.
    fn tick(&mut self) -> Vec<Effect> {
        self.tick_with(&[])
    }

    fn tick_with(&mut self, unannounced: &[Case]) -> Vec<Effect> {
        let effects =
            due(&self.watched, unannounced, (&self.scene.snapshot, &self.scene.policy), self.now, &mut SeededEntropy::new(5))
                .unwrap();
        for effect in &effects {
            if let Effect::Reminded { case, due, .. } = effect {
                let one = self.watched.iter_mut().find(|one| one.case.id == *case).unwrap();
                assert!(one.given.insert(due.key.clone()), "{} is given twice", due.key);
            }
        }
        effects
    }

    fn at(&mut self, now: &str) -> &mut Self {
        self.now = at(now);
        self
    }

    /// What happens at that instant, a line each.
    fn lines(&mut self, now: &str) -> Vec<String> {
        let effects = self.at(now).tick();
        self.scene.lines(&effects)
    }

    /// Every letter from now on: when, to whom, what. The clock goes in steps of ten minutes, as the daemon's goes in seconds.
    fn until(&mut self, end: &str) -> Vec<(Timestamp, String, String)> {
        let mut found = Vec::new();
        while self.now < at(end) {
            for outgoing in letters(&self.tick()) {
                let draft = outgoing.letter.draft();
                let to = draft.to.as_slice()[0].local().to_owned();
                found.push((self.now, to, String::from_utf8(draft.bytes.clone()).unwrap().replace("\r\n", "\n")));
            }
            self.now += SignedDuration::from_mins(10);
        }
        found
    }

    /// The same, as lists of the keys that were given, with the first letter's time.
    fn story(&mut self, end: &str) -> Vec<String> {
        let mut found = Vec::new();
        while self.now < at(end) {
            let given: Vec<String> = self
                .tick()
                .iter()
                .filter_map(|effect| match effect {
                    Effect::Reminded { due, .. } => Some(due.key.clone()),
                    _ => None,
                })
                .collect();
            if !given.is_empty() {
                found.push(format!("{} {}", self.now.strftime("%a %d %H:%M"), given.join(" ")));
            }
            self.now += SignedDuration::from_mins(10);
        }
        found
    }
}

#[test]
fn a6_an_unclaimed_case_is_told_to_each_and_once() {
    let mut office = Office::opens();
    office.report();
    assert_eq!(office.lines("2026-03-03T08:59:59Z"), [""; 0]);
    assert_eq!(
        office.lines("2026-03-03T09:00:00Z"),
        [
            "note reminded case-4: unclaimed",
            "reminded case-4 unclaimed::1 to mona nils",
            "mint case 4 v1 for mona",
            "embargoed reminder to mona@team.example.org case-4",
            "mint case 4 v1 for nils",
            "embargoed reminder to nils@team.example.org case-4",
        ]
    );
    assert_eq!(office.lines("2026-03-03T09:00:20Z"), [""; 0]);
    assert_eq!(office.lines("2026-03-04T08:59:00Z"), [""; 0]);
    assert!(office.lines("2026-03-04T09:00:00Z").contains(&"reminded case-4 unclaimed::2 to mona nils".to_owned()));
    office.claimed(0, "nils");
    assert_eq!(office.lines("2026-03-05T09:00:00Z").iter().filter(|line| line.contains("unclaimed")).count(), 0);
}

#[test]
fn a6_the_contact_outside_hears_that_mail_waits_and_nothing_of_it() {
    let mut office = Office::opens();
    office.scene.policy.backup_contact = Some(address("duty@pager.example"));
    office.report();
    office.at("2026-03-02T15:30:00Z").report();
    let lines = office.lines("2026-03-03T09:00:00Z");
    assert!(!lines.iter().any(|line| line.contains("escalat")), "the team comes first: {lines:?}");
    office.lines("2026-03-03T16:00:00Z");
    let effects = office.at("2026-03-04T16:00:00Z").tick();
    let lines = office.scene.lines(&effects);
    assert_eq!(
        lines.iter().filter(|line| line.contains("escalat")).collect::<Vec<_>>(),
        [
            "public escalation to duty@pager.example",
            "note escalated case-4: nobody claims it: the backup contact is told that it waits",
            "note escalated case-5: nobody claims it: the backup contact is told that it waits",
        ]
    );
    let letter = letters(&effects).find(|outgoing| outgoing.letter.draft().kind == LetterKind::Escalation).unwrap();
    let text = String::from_utf8(letter.letter.draft().bytes.clone()).unwrap().replace("\r\n", "\n");
    assert_eq!(
        text.split_once("\n\n").unwrap().1,
        "\
Mail to security@example.org has waited for 2 working days, and nobody
of the Exo Security Team has taken it up:

  since Monday 2026-03-02 09:00 UTC
  since Monday 2026-03-02 15:30 UTC

You are named as the contact for that. Please reach somebody of the team
by telephone or in person. This mail names nothing of what was written,
and an answer to it is read by the same team that does not answer just
now.
"
    );
    for case in [0, 1] {
        office.claimed(case, "nils");
    }
    assert!(!office.lines("2026-03-05T16:00:00Z").iter().any(|line| line.contains("escalat")));
}

#[test]
fn the_configured_days_count() {
    let mut office = Office::opens();
    office.scene.policy.unclaimed_after = 2;
    office.report();
    assert_eq!(office.lines("2026-03-03T09:00:00Z"), [""; 0]);
    assert_eq!(office.lines("2026-03-04T09:00:00Z")[1], "reminded case-4 unclaimed::1 to mona nils");
}

#[test]
fn one_letter_a_person_lists_all_cases_with_a_capability_for_each() {
    let mut office = Office::opens();
    office.report();
    office.report();
    assert_eq!(
        office.lines("2026-03-03T09:00:00Z"),
        [
            "note reminded case-4: unclaimed",
            "reminded case-4 unclaimed::1 to mona nils",
            "note reminded case-5: unclaimed",
            "reminded case-5 unclaimed::1 to mona nils",
            "mint case 0 v0 for mona",
            "mint case 4 v1 for mona",
            "mint case 5 v1 for mona",
            "embargoed reminder to mona@team.example.org",
            "mint case 0 v0 for nils",
            "mint case 4 v1 for nils",
            "mint case 5 v1 for nils",
            "embargoed reminder to nils@team.example.org",
        ]
    );
}

#[test]
fn p14_what_is_the_owners_goes_to_the_owner() {
    let mut office = Office::opens();
    let case = office.report();
    office.claimed(case, "nils");
    office.happens(case, &by("nils"), CaseEvent::CveRequested);
    let lines = office.lines("2026-03-04T09:00:00Z");
    assert_eq!(lines[1], "reminded case-4 cve-missing:2026-03-02T09:00:00Z:1 to nils");
    assert_eq!(lines.iter().filter(|line| line.contains(" reminder to ")).count(), 1, "{lines:?}");
    // Who has left the team cannot be reminded: everybody is.
    let mut office = Office::opens();
    let case = office.report();
    office.claimed(case, "olga");
    office.happens(case, &by("olga"), CaseEvent::CveRequested);
    assert!(office.lines("2026-03-04T09:00:00Z")[1].ends_with(" to mona nils"));
}

/// A month in which nobody does anything after the embargo was agreed: every reminder once, at its time (P14, P27, P41, P42, T-5/-2/-1/0).
#[test]
fn a_silent_month_brings_each_reminder_once() {
    let mut office = Office::opens();
    let case = office.report();
    office.claimed(case, "mona");
    office.happens(case, &by("mona"), CaseEvent::CveRequested);
    office.embargoed(case, "2026-03-24T12:00:00Z");
    assert_eq!(
        office.story("2026-03-24T12:20:00Z"),
        [
            "Wed 04 09:00 cve-missing:2026-03-02T09:00:00Z:1",
            "Thu 05 09:00 predisclosure-soon:2026-03-09T09:00:00Z mid-week:",
            "Fri 06 09:00 cve-missing:2026-03-02T09:00:00Z:2",
            "Mon 09 09:00 predisclosure-overdue:2026-03-09T09:00:00Z:1",
            "Tue 10 09:00 cve-missing:2026-03-02T09:00:00Z:3",
            "Tue 10 12:00 patch-late:2026-03-24T12:00:00Z",
            "Wed 11 09:00 predisclosure-overdue:2026-03-09T09:00:00Z:2",
            "Thu 12 09:00 cve-missing:2026-03-02T09:00:00Z:4",
            "Fri 13 09:00 predisclosure-overdue:2026-03-09T09:00:00Z:3",
            "Mon 16 09:00 cve-missing:2026-03-02T09:00:00Z:5",
            "Tue 17 09:00 predisclosure-overdue:2026-03-09T09:00:00Z:4",
            "Tue 17 12:00 before-release:2026-03-24T12:00:00Z:5",
            "Wed 18 09:00 cve-missing:2026-03-02T09:00:00Z:6",
            "Thu 19 09:00 predisclosure-overdue:2026-03-09T09:00:00Z:5",
            "Fri 20 09:00 cve-missing:2026-03-02T09:00:00Z:7",
            "Fri 20 12:00 before-release:2026-03-24T12:00:00Z:2",
            "Mon 23 09:00 predisclosure-overdue:2026-03-09T09:00:00Z:6",
            "Mon 23 12:00 before-release:2026-03-24T12:00:00Z:1",
            "Tue 24 09:00 before-release:2026-03-24T12:00:00Z:0 cve-missing:2026-03-02T09:00:00Z:8",
            "Tue 24 12:00 unarmed:2026-03-24T12:00:00Z:0",
        ]
    );
}

#[test]
fn letters_come_in_office_hours_of_the_teams_zone_also_when_the_clocks_change() {
    // London puts the clocks forward on Sunday 29 March 2026: before it nine o'clock is 09:00 UTC, after it 08:00 UTC.
    let mut office = Office::opens();
    let zone = TimeZone::get("Europe/London").unwrap();
    let (days, hours) = (Calendar::default().working_days().to_vec(), Calendar::default().hours());
    office.scene.policy.calendar = Calendar::new(zone.clone(), days, [date(2026, 3, 26)], hours).unwrap();
    office.now = at("2026-03-24T18:30:00Z");
    office.report();
    let times: Vec<String> = office
        .until("2026-04-02T00:00:00Z")
        .into_iter()
        .filter(|(_, to, _)| to == "mona")
        .map(|(at, ..)| format!("{} = {}", at.strftime("%a %d %H:%M UTC"), at.to_zoned(zone.clone()).strftime("%H:%M")))
        .collect();
    // It came after hours: each working day at 18:30 it is due, and waits for the next morning. The 26th is a holiday.
    assert_eq!(
        times,
        ["Fri 27 09:00 UTC = 09:00", "Mon 30 08:00 UTC = 09:00", "Tue 31 08:00 UTC = 09:00", "Wed 01 08:00 UTC = 09:00",]
    );
}

#[test]
fn a_daemon_that_was_down_for_a_week_gives_the_last_of_a_series_once() {
    let mut office = Office::opens();
    office.report();
    let lines = office.lines("2026-03-11T10:00:00Z");
    let given: Vec<&String> = lines.iter().filter(|line| line.starts_with("reminded case-4 ")).collect();
    assert_eq!(
        given,
        [
            "reminded case-4 predisclosure-overdue:2026-03-09T09:00:00Z:2 to mona nils",
            "reminded case-4 unclaimed::7 to mona nils",
            "reminded case-4 mid-week: to mona nils",
        ]
    );
    assert_eq!(lines.iter().filter(|line| line.contains(" reminder to ")).count(), 2, "one letter each: {lines:?}");
    assert_eq!(office.lines("2026-03-11T10:00:20Z"), [""; 0]);
}

#[test]
fn a_snoozed_case_is_silent_until_then_and_the_others_are_not() {
    let mut office = Office::opens();
    let snoozed = office.report();
    office.report();
    office.claimed(snoozed, "mona");
    office.snooze(snoozed, "2026-03-10T12:00:00Z");
    let letters = office.until("2026-03-10T12:00:00Z");
    assert!(!letters.is_empty() && letters.iter().all(|(.., text)| !text.contains("case-4")), "{letters:?}");
    let after = office.until("2026-03-10T12:10:00Z");
    assert!(after.iter().all(|(.., text)| text.contains("\ncase-4\n")) && after.len() == 2, "{after:?}");
}

#[test]
fn p30_the_alarm_of_an_unarmed_release_waits_for_nobody() {
    let mut office = Office::opens();
    let case = office.report();
    office.claimed(case, "mona");
    // A Saturday night; snoozed besides.
    office.embargoed(case, "2026-03-14T23:00:00Z");
    office.snooze(case, "2026-03-16T09:00:00Z");
    assert_eq!(office.lines("2026-03-14T22:59:59Z"), [""; 0]);
    assert_eq!(office.lines("2026-03-14T23:00:00Z")[1], "reminded case-4 unarmed:2026-03-14T23:00:00Z:0 to mona nils");
    assert_eq!(office.lines("2026-03-14T23:14:40Z"), [""; 0]);
    let effects = office.at("2026-03-14T23:15:00Z").tick();
    let texts: Vec<String> =
        letters(&effects).map(|outgoing| String::from_utf8(outgoing.letter.draft().bytes.clone()).unwrap()).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("Subject: [case-4] URGENT: the embargo is over and the release is not armed\r\n"), "{}", texts[0]);
}

/// Where notices carry no mail, a reminder tells neither who is involved nor which branches lack a patch.
#[test]
fn words_of_the_matter_stand_only_where_notices_carry_mails() {
    let text = |mode: NoticeMode| {
        let mut office = Office::opens();
        office.scene.policy.notice = mode;
        office.scene.policy.branches = vec!["4.17-secret".to_owned(), "4.20-secret".to_owned()];
        let case = office.report();
        office.claimed(case, "mona");
        let involved = CaseEvent::Involved { address: address("psirt@vendor.example"), role: InvolvedRole::Vendor };
        office.happens(case, &by("mona"), involved);
        office.embargoed(case, "2026-03-19T12:00:00Z");
        let effects = office.at("2026-03-05T12:00:00Z").tick();
        let outgoing = letters(&effects).next().unwrap().letter.draft().clone();
        (outgoing.class, String::from_utf8(outgoing.bytes).unwrap().replace("\r\n", "\n"))
    };
    let (class, full) = text(NoticeMode::Full);
    assert_eq!(class, ContentClass::Embargoed);
    for words in ["psirt@vendor.example is involved", "no complete patch for 4.17-secret", "patches are missing for"] {
        assert!(full.replace("\n    ", " ").contains(words), "{words}: {full}");
    }
    let (class, bare) = text(NoticeMode::HeadersOnly);
    assert_eq!(class, ContentClass::Confidential);
    assert!(!bare.contains("secret") && !bare.contains("vendor"), "{bare}");
    let expected = "
case-4
  - no complete patch, and two working weeks are left: send the members the
    state of knowledge
  - the members should hear of it by Monday 2026-03-09 09:00 UTC (in 3 days
    and 21 hours)
  - open in the middle of the first week:
      - is it security-supported? (`scope`)
      - is it a vulnerability? (`confirm`)
      - it has no number (`xsa next`)
      - the CVE number is open (`cve requested|assigned|none`)
      - patches are missing (`patch complete`)
      - what may members deploy? (`deployment`)
      - no advisory is registered (`register`)
      - involved, but without agreement to the embargo: 1 (`agreed`)
  - somebody who is involved does not answer (`heard`, `uninvolve`)
  Next: is it security-supported? (`scope`): mona, by Wednesday 2026-03-04
    09:00 UTC (1 day and 3 hours ago)
  Embargo until Thursday 2026-03-19 12:00 UTC (in 14 days)
";
    assert!(bare.contains(expected), "{bare}");
}

/// Too many reports for a notice each. Each is named within the hour, once; after that its record says what is due.
#[test]
fn cases_that_nobody_was_told_of_are_named_once() {
    let mut office = Office::opens();
    office.report();
    let flood = vec![office.watched[0].case.clone()];
    office.now = at("2026-03-02T10:00:00Z");
    let effects = office.tick_with(&flood);
    assert_eq!(office.scene.lines(&effects)[0], "note reminded case-4: unannounced");
    assert_eq!(letters(&effects).count(), 2);
    // Claimed in the meantime; due anyway.
    office.watched[0].case.state = CaseState::Claimed;
    assert!(office.tick_with(&flood).is_empty());
    office.watched[0].case.state = CaseState::Open;
    office.now = at("2026-03-03T10:00:00Z");
    let effects = office.tick_with(&flood);
    assert_eq!(office.scene.lines(&effects)[0], "note reminded case-4: unclaimed");
}

/// The answers to a letter about several cases.
fn digest_answered(words: &str, spent: bool) -> Vec<String> {
    let record = |hash: Digest, object: i64| TokenRecord {
        hash,
        purpose: Purpose::Case,
        person: Some(PersonName("mona".to_owned())),
        address: None,
        object,
        digest: Digest::of(b""),
        version: i64::from(object == 4),
        spent: (spent && object == 4).then(|| (at(NOW), None)),
    };
    let names = words.to_lowercase().starts_with("case-4");
    let scene = Scene::new().with(|known| {
        known.tokens.push(record(Digest::of(TOKEN.as_bytes()), DIGEST));
        if names {
            known.tokens.push(record(narrowed(TOKEN, CaseId(4)), 4));
            known.cases.push(case(CaseState::Open, ""));
            known.files.push(file(CaseState::Open, ""));
        }
    });
    let letter = mail("mona@team.example.org", &desk(), "Re: [2 cases] Due now", words);
    let decision = scene.decide(&letter).unwrap();
    let mut lines = scene.written(&decision);
    for outgoing in super::letters(&decision.effects) {
        let text = String::from_utf8(outgoing.letter.draft().bytes.clone()).unwrap().replace("\r\n", "\n");
        let body = text.split_once("\n\n").unwrap().1;
        lines.push(body.lines().filter(|line| !line.is_empty()).take(2).collect::<Vec<_>>().join(" / "));
    }
    lines
}

#[test]
fn an_answer_to_a_letter_about_several_cases_names_its_case() {
    assert_eq!(
        digest_answered("case-4: claim", false)[..4],
        ["decided: command by token", "spend another token", "forget unclaimed 4", "claimed case-4 by mona: claimed by mona"]
    );
    let snoozed = digest_answered("Case-4, snooze 2026-11-25T12:00:00Z\n\nthank you", false);
    assert!(snoozed[2].starts_with("snoozed case-4 by mona"), "{snoozed:?}");
    // The second time it says so.
    let again = digest_answered("case-4: claim", true);
    assert_eq!(again[2], "note token-spent case-4 by mona: the token was used before; nothing was done");
}

#[test]
fn an_answer_that_leaves_the_case_open_does_nothing_and_says_how() {
    for words in ["claim", "help", "case-9: claim"] {
        let lines = digest_answered(words, false);
        assert_eq!(
            lines[..3],
            [
                "decided: command by token",
                "note command-not-understood by mona: nothing was done",
                "confidential command-answer to mona@team.example.org about 7",
            ],
            "{words}"
        );
        assert!(lines[3].contains("case"), "{lines:?}");
    }
    let several = digest_answered("case-4: claim\ncase-5: claim", false);
    assert_eq!(several[1], "note command-not-understood by mona: nothing was done");
}

#[test]
fn an_ordinary_notice_takes_its_case_by_name_and_no_other() {
    let scene = || {
        Scene::new().token(Purpose::Case, "mona", 4, Digest::of(b"")).with(|known| {
            known.cases.push(case(CaseState::Open, ""));
            known.files.push(file(CaseState::Open, ""));
        })
    };
    let told = |words: &str| scene().told(&mail("mona@team.example.org", &desk(), "Re: [case-4]", words));
    assert!(told("case-4: claim")[3].starts_with("claimed case-4"), "{:?}", told("case-4: claim"));
    assert_eq!(told("case-5: claim")[1], "note command-not-understood by mona: nothing was done");
}
