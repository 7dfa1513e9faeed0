//! Which facts of a case may stand in a calendar.

use super::*;
use crate::{
    cases::{Actor, LintResult, Origin, Publicity, Revision, RevisionAudience},
    disclosure::{AdvisoryNumber, DeploymentPermission, PersonName},
    mail::Digest,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn number() -> AdvisoryNumber {
    AdvisoryNumber::new(500).unwrap()
}

/// What is told of a case of these events; all of them are mona's, an hour apart.
fn told(events: &[CaseEvent]) -> Option<PublicFacts> {
    let opened = CaseEvent::Opened { discoverer: None, origin: Origin::Report, policy: None };
    let mut record = Vec::new();
    for (hour, event) in (0_i32..).zip([opened].iter().chain(events)) {
        let by = if hour == 0 { Actor::Daemon } else { Actor::Person(PersonName("mona".to_owned())) };
        let at = at("2026-03-02T09:00:00Z").checked_add(jiff::SignedDuration::from_hours(hour.into())).unwrap();
        record.push(Recorded { at, by, event: event.clone() });
    }
    public_facts(&CaseFile::fold(CaseId(1), &record).unwrap(), &record)
}

fn heard(until: &str) -> Vec<CaseEvent> {
    let revision = Revision {
        version: 1,
        digest: Digest::of(b"1"),
        number: number(),
        audience: RevisionAudience::Members,
        embargo: Some(at(until)),
        deployment: Some(DeploymentPermission::AllPermitted),
        lint: LintResult::Clean,
    };
    vec![
        CaseEvent::Claimed { instead_of: None },
        CaseEvent::ScopeAnswered { support: crate::cases::Support::Supported, component: None, link: None },
        CaseEvent::PublicityAnswered { answer: Publicity::No, source: None, proposed_by: None },
        CaseEvent::Confirmed,
        CaseEvent::EmbargoSet { until: at(until), default: at(until), because: None },
        CaseEvent::NumberAllocated { number: number() },
        CaseEvent::DeploymentPermitted { permission: DeploymentPermission::AllPermitted, because: None },
        CaseEvent::RevisionRegistered { revision },
        CaseEvent::Predisclosed { version: 1 },
    ]
}

#[test]
fn only_what_members_have_heard_is_told() {
    let date = "2026-03-24T12:00:00Z";
    let mut events = heard(date);
    assert_eq!(told(&events[..events.len() - 1]), None, "nobody outside the team knows it");
    assert_eq!(told(&events), Some(PublicFacts::new(number(), at(date))));
    let earlier = at("2026-03-20T12:00:00Z");
    events.push(CaseEvent::EmbargoShortened {
        until: earlier,
        default: at(date),
        because: "she asks".to_owned(),
        proposed_by: None,
    });
    assert_eq!(told(&events), Some(PublicFacts::new(number(), at(date)).moved_to(earlier)));
    // A number that was given up is told as withdrawn.
    events.push(CaseEvent::NumberBurnt { number: number(), because: None });
    assert_eq!(told(&events).map(|facts| facts.standing()), Some(Standing::Withdrawn));
}
