//! The tick on a store of its own, with a clock of its own and a relay that only keeps what it is handed.

use std::{collections::BTreeSet, os::unix::fs::PermissionsExt as _, path::PathBuf};

use jiff::SignedDuration;
use tempfile::TempDir;

use super::*;
use crate::{
    cases::{Act, LintResult, Plan, Publicity, Revision, RevisionAudience, Support},
    clock::ManualClock,
    daemon::{
        DeliveryTimes,
        act::{Actor as Asking, Request, act},
        deliver, release,
    },
    decide::{
        effect::{Effect, Happened},
        policy::MEMBERS,
        snapshot::{Actor, CaseEvent, Origin},
        tests::policy,
    },
    disclosure::{AdvisoryNumber, CaseId, DeploymentPermission, PersonName},
    mail::{Digest, Message, RawMessage},
    schedule::Retry,
    store::{Lock, Store, frozen::Since, lineage::HighWater},
    transport::{Recording, Transport},
};

/// The house at one instant after the other.
struct Place {
    shared: Arc<Shared>,
    clock: Arc<ManualClock>,
    relay: Recording,
    state: Option<TempDir>,
    _lock: Lock,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn by(name: &str) -> Actor {
    Actor::Person(PersonName(name.to_owned()))
}

impl Place {
    fn new(now: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        std::fs::set_permissions(state.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        Self::on(state, at(now))
    }

    fn on(state: TempDir, now: Timestamp) -> Self {
        let lock = Lock::take(state.path()).unwrap();
        let store = Store::open(state.path(), &lock).unwrap();
        let clock = Arc::new(ManualClock::at(now));
        let relay = Recording::default();
        let minute = SignedDuration::from_mins(1);
        let retry = Retry { shortest: minute, longest: minute, give_up: minute };
        let shared = Arc::new(Shared::new(
            store,
            clock.clone(),
            Transport::Recording(relay.clone()),
            policy(),
            DeliveryTimes {
                retry,
                unknown_resend_after: minute,
                connections: 8,
                recipients: 100,
                return_paths: crate::daemon::ReturnPathWay::OwnTransaction,
            },
            PathBuf::from("no-kill-switch"),
        ));
        Self { shared, clock, relay, state: Some(state), _lock: lock }
    }

    /// The daemon stops and another one starts.
    fn again(mut self) -> Self {
        let (state, now) = (self.state.take().unwrap(), crate::clock::Clock::now(self.clock.as_ref()));
        drop(self);
        Self::on(state, now)
    }

    async fn write(&self, effects: Vec<Effect>) {
        let now = crate::clock::Clock::now(self.clock.as_ref());
        self.shared.store.writer().write(move |tx| apply::effects(tx, None, effects, now)).await.unwrap();
    }

    async fn happens(&self, who: &Actor, events: Vec<CaseEvent>) {
        let happened = |event: CaseEvent| {
            let (by, text) = (who.clone(), event.kind().to_owned());
            Effect::Happened(Box::new(Happened { case: CaseId(1), about: None, by, event, text }))
        };
        self.write(events.into_iter().map(happened).collect()).await;
    }

    /// The case is released everywhere at noon on 2026-11-24; `last` says how many of the last events are left out.
    async fn released(&self, last: usize) {
        self.report().await;
        let mut events = life("2026-11-24T12:00:00Z");
        events.truncate(events.len() - last);
        for (who, event) in events {
            if matches!(event, CaseEvent::ReleaseBegun { .. }) {
                self.clock.advance(at("2026-11-24T12:00:00Z").duration_since(crate::clock::Clock::now(self.clock.as_ref())));
            }
            self.happens(&who, vec![event]).await;
        }
    }

    async fn report(&self) {
        self.write(vec![Effect::OpenCase { id: CaseId(1), discoverer: None, token: "t".to_owned() }]).await;
        let opened = CaseEvent::Opened { discoverer: None, origin: Origin::Report, policy: None };
        self.happens(&Actor::Daemon, vec![opened]).await;
    }

    /// A tick, and what left the house after it: to whom, and the Subject.
    async fn tick(&self, now: &str) -> Vec<String> {
        let clock = self.clock.as_ref();
        clock.advance(at(now).duration_since(crate::clock::Clock::now(clock)));
        once(&self.shared).await.unwrap();
        deliver::drain(&self.shared).await.unwrap();
        let line = |handed: crate::transport::Handed| {
            let subject = Message::parse(&RawMessage::new(handed.message)).unwrap().subject;
            format!("{} {subject}", handed.to.iter().map(|to| to.local()).collect::<Vec<_>>().join(","))
        };
        let mut lines: Vec<String> = self.relay.take().into_iter().map(line).collect();
        lines.sort();
        lines
    }
}

/// From the claim to the last destination.
fn life(until: &str) -> Vec<(Actor, CaseEvent)> {
    let number = AdvisoryNumber::new(500).unwrap();
    let revision = |version: u32, audience, embargo| Revision {
        version,
        digest: Digest::of(&[u8::try_from(version).unwrap()]),
        number,
        audience,
        embargo,
        deployment: Some(DeploymentPermission::AllPermitted),
        lint: LintResult::Clean,
    };
    let destinations = BTreeSet::from([MEMBERS.to_owned()]);
    let plan = Plan { version: 2, digest: revision(2, RevisionAudience::Public, None).digest, instant: at(until), destinations };
    let mona = |event: CaseEvent| (by("mona"), event);
    vec![
        mona(CaseEvent::Claimed { instead_of: None }),
        mona(CaseEvent::ScopeAnswered { support: Support::Supported, component: None, link: None }),
        mona(CaseEvent::PublicityAnswered { answer: Publicity::No, source: None, proposed_by: None }),
        mona(CaseEvent::Confirmed),
        mona(CaseEvent::EmbargoSet { until: at(until), default: at(until), because: None }),
        mona(CaseEvent::NumberAllocated { number }),
        mona(CaseEvent::CveDeclined),
        mona(CaseEvent::DeploymentPermitted { permission: DeploymentPermission::AllPermitted, because: None }),
        mona(CaseEvent::RevisionRegistered { revision: revision(1, RevisionAudience::Members, Some(at(until))) }),
        mona(CaseEvent::Predisclosed { version: 1 }),
        mona(CaseEvent::Decided { text: "nobody was told early".to_owned() }),
        mona(CaseEvent::RevisionRegistered { revision: revision(2, RevisionAudience::Public, None) }),
        mona(CaseEvent::Armed { plan: plan.clone() }),
        (by("nils"), CaseEvent::Armed { plan: plan.clone() }),
        (Actor::Daemon, CaseEvent::ReleaseBegun { plan }),
        (Actor::Daemon, CaseEvent::DestinationDone { destination: MEMBERS.to_owned() }),
        (Actor::Daemon, CaseEvent::ReleaseFinished),
    ]
}

/// Whoever rewrites the database cannot rewrite the mails that are in the team's mailboxes.
#[tokio::test]
async fn what_is_due_carries_the_head_of_the_record() {
    let place = Place::new("2026-11-20T16:30:00Z");
    place.report().await;
    place.clock.advance(at("2026-11-23T16:30:00Z").duration_since(crate::clock::Clock::now(place.clock.as_ref())));
    once(&place.shared).await.unwrap();
    deliver::drain(&place.shared).await.unwrap();
    let letters = place.relay.take();
    assert_eq!(letters.len(), 2, "one to each person");
    let connection = place.shared.store.reader().unwrap();
    let is_rewritten = |head: &record::Head| {
        let verified = record::verify(&connection, Some(head)).unwrap();
        verified.faults.iter().any(|fault| matches!(fault, record::Fault::Head { .. }))
    };
    for letter in letters {
        let mail = Message::parse(&RawMessage::new(letter.message)).unwrap();
        let (line, head): (&str, record::Head) = mail.text.lines().find_map(|line| Some((line, line.parse().ok()?))).unwrap();
        assert!(head.entry > 0 && !is_rewritten(&head), "{line}");
        let quoted: record::Head = format!("> {line}").parse().unwrap();
        assert_eq!(quoted, head);
        assert!(is_rewritten(&record::Head { hash: Digest::of(b"another record"), ..head }));
    }
}

#[tokio::test]
async fn reminders_come_in_office_hours_once_across_restarts() {
    // A Friday afternoon.
    let place = Place::new("2026-11-20T16:30:00Z");
    place.report().await;
    assert_eq!(place.tick("2026-11-23T16:29:40Z").await, [""; 0]);
    let both = ["mona [case-1] Due now", "nils [case-1] Due now"];
    assert_eq!(place.tick("2026-11-23T16:30:00Z").await, both);
    assert_eq!(place.tick("2026-11-23T16:30:20Z").await, [""; 0]);
    let place = place.again();
    assert_eq!(place.tick("2026-11-23T16:59:00Z").await, [""; 0], "a restart forgets nothing");
    assert_eq!(place.tick("2026-11-24T16:29:00Z").await, [""; 0]);
    // The daemon is down over the second reminder: it comes late, once, when people are there.
    let place = place.again();
    assert_eq!(place.tick("2026-11-24T22:00:00Z").await, [""; 0], "not at night");
    assert_eq!(place.tick("2026-11-25T09:00:00Z").await, both);
    assert_eq!(place.tick("2026-11-25T09:00:20Z").await, [""; 0]);
    // Snoozed, it says nothing.
    place.happens(&by("mona"), vec![CaseEvent::Snoozed { until: at("2026-11-30T12:00:00Z") }]).await;
    assert_eq!(place.tick("2026-11-27T10:00:00Z").await, [""; 0]);
    assert_eq!(place.tick("2026-11-30T12:00:00Z").await, both);
}

#[tokio::test]
async fn p1_the_team_is_reminded_to_review_the_policy_once_a_year() {
    // Reviewed on 30 June 2026. A year later is a Wednesday.
    let place = Place::new("2027-06-29T12:00:00Z");
    assert_eq!(place.tick("2027-06-29T16:00:00Z").await, [""; 0]);
    assert_eq!(place.tick("2027-06-30T08:59:00Z").await, [""; 0], "not before people are there");
    let both = ["mona [policy v3] Time to review the policy", "nils [policy v3] Time to review the policy"];
    assert_eq!(place.tick("2027-06-30T09:00:00Z").await, both);
    assert_eq!(place.tick("2027-07-01T09:00:00Z").await, [""; 0]);
    let place = place.again();
    assert_eq!(place.tick("2028-06-29T09:00:00Z").await, [""; 0], "a restart forgets nothing");
    assert_eq!(place.tick("2028-06-30T09:00:00Z").await, both);
}

#[tokio::test]
async fn p38_the_report_is_drafted_after_the_release_and_asked_for_until_it_is_sent() {
    let place = Place::new("2026-11-24T09:00:00Z");
    place.released(1).await;
    assert_eq!(place.tick("2026-11-24T12:00:20Z").await, [""; 0], "not before every destination has it");
    place.happens(&Actor::Daemon, vec![CaseEvent::ReleaseFinished]).await;
    let drafted = [
        "mona [case-1] XSA-500: the transparency report is drafted",
        "nils [case-1] XSA-500: the transparency report is drafted",
    ];
    assert_eq!(place.tick("2026-11-24T12:00:40Z").await, drafted);
    assert_eq!(place.tick("2026-11-24T12:01:00Z").await, [""; 0]);
    // Digest and letter are of one text.
    let (digest, letter) = place
        .shared
        .store
        .writer()
        .write(|tx| {
            let record = case::record(tx, CaseId(1))?;
            let Some(CaseEvent::ReportDrafted { digest }) = record.last().map(|last| last.event.clone()) else {
                panic!("no draft")
            };
            Ok((digest, crate::store::case::record(tx, CaseId(1))?.len()))
        })
        .await
        .unwrap();
    assert_eq!(letter, 19, "one draft in the record");
    assert_ne!(digest, Digest::of(b""));
    // The next day the open steps and the report, then every day, until it is sent and they are done.
    let both = ["mona [case-1] Due now", "nils [case-1] Due now"];
    assert_eq!(place.tick("2026-11-25T12:00:40Z").await, both);
    place.happens(&by("mona"), vec![CaseEvent::ChangesetsPushed { commits: Vec::new() }, CaseEvent::PagePublished]).await;
    assert_eq!(place.tick("2026-11-26T12:00:40Z").await, both);
    place.happens(&by("mona"), vec![CaseEvent::ReportSent]).await;
    assert_eq!(place.tick("2026-11-27T12:00:40Z").await, [""; 0]);
}

#[tokio::test]
async fn p38_one_person_does_not_waive_the_report() {
    let place = Place::new("2026-11-24T09:00:00Z");
    place.released(0).await;
    place.tick("2026-11-24T12:00:20Z").await;
    let because = "nothing was decided".to_owned();
    let act = Act::WaiveReport { because: because.clone() };
    place.happens(&by("mona"), vec![CaseEvent::ChangesetsPushed { commits: Vec::new() }, CaseEvent::PagePublished]).await;
    place.happens(&by("mona"), vec![CaseEvent::Proposed { act, words: None }]).await;
    assert_eq!(place.tick("2026-11-25T12:00:20Z").await.len(), 2, "a proposal is no waiver");
    let waived = CaseEvent::ReportWaived { because, proposed_by: PersonName("mona".to_owned()) };
    let act = Act::WaiveReport { because: "again".to_owned() };
    place.happens(&by("mona"), vec![CaseEvent::Retracted, CaseEvent::Proposed { act, words: None }]).await;
    place.happens(&by("nils"), vec![CaseEvent::Seconded, waived]).await;
    assert_eq!(place.tick("2026-11-26T12:00:20Z").await, [""; 0]);
}

#[tokio::test]
async fn a_frozen_house_neither_reminds_nor_sends_nor_releases_and_thaws_into_human_hands() {
    let place = Place::new("2026-11-24T09:00:00Z");
    // Armed by two for noon, and letters that waited when the copy was made.
    place.released(3).await;
    let waiting = crate::decide::tick::quarantined(InboxId::of_row(0), &policy(), at("2026-11-24T09:00:00Z"), &mut SystemEntropy);
    place.write(waiting.unwrap()).await;
    let opened = at("2026-11-24T11:59:00Z");
    let beside = HighWater::Generation(5);
    place.shared.store.writer().write(move |tx| frozen::at_opening(tx, beside, opened)).await.unwrap().unwrap();
    for now in ["2026-11-24T12:00:00Z", "2026-11-24T12:30:00Z", "2026-11-27T12:00:00Z"] {
        assert_eq!(place.tick(now).await, [""; 0], "{now}");
        release::once(&place.shared).await.unwrap();
        assert_eq!(deliver::drain(&place.shared).await.unwrap(), 0, "{now}");
    }
    let ask = async |actor: Asking, request: Request| {
        act(&place.shared.store, place.shared.policy(), place.clock.as_ref(), actor, request).await
    };
    let refused = ask(Asking::Operator, Request::Retry { deliveries: [1].into() }).await;
    assert_eq!(
        (refused.ok, refused.text.as_str()),
        (
            false,
            "The database is frozen: a newer database was in its place; the last entry of this one is of 2026-11-24 09:00:00Z. \
             `embargod thaw --config FILE` shows what may have happened since, and how to end it"
        )
    );
    let stranger = ask(Asking::Stranger(4711), Request::Thaw { since: Since::Unknown }).await;
    assert!(!stranger.ok, "{}", stranger.text);
    let ended = ask(Asking::Operator, Request::Thaw { since: Since::Unknown }).await;
    assert_eq!(
        (ended.ok, ended.text.as_str()),
        (
            true,
            "The freeze is over. No mail may have been handled since. 2 copies of letters may have been sent since and are not sent by \
             themselves (`outbox list`). 1 releases were disarmed. 0 mails are new and are handled now."
        )
    );
    let again = ask(Asking::Operator, Request::Thaw { since: Since::Unknown }).await;
    assert_eq!((again.ok, again.text.as_str()), (false, "The database is not frozen; there is nothing to end."));
    let record = place.shared.store.writer().write(|tx| case::record(tx, CaseId(1))).await.unwrap();
    assert_eq!(record.last().map(|last| last.event.kind()), Some("release-disarmed"));
    // The team hears of the restore; of the release it hears what it hears of one that nobody armed.
    let heard = place.tick("2026-11-27T12:00:20Z").await;
    assert!(heard.contains(&"mona [restore] Please look".to_owned()), "{heard:?}");
    assert!(!heard.iter().any(|line| line.contains("[in-0]")), "what waited stays here: {heard:?}");
    release::once(&place.shared).await.unwrap();
    let record = place.shared.store.writer().write(|tx| case::record(tx, CaseId(1))).await.unwrap();
    assert!(!record.iter().any(|entry| matches!(entry.event, CaseEvent::ReleaseBegun { .. })), "nothing is released");
}
