//! Stories of cases. Times are UTC; the calendar is the default one (Monday to Friday, nine to five, UTC) unless a test says otherwise.

mod advisory;
mod embargo;
mod ending;
mod instants;
mod people;
mod release;
mod reminding;
mod stored;
mod triage;
mod walk;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::*;
use crate::{
    disclosure::{AdvisoryNumber, CaseId, DeploymentPermission, PersonName},
    mail::{Address, Digest},
};

/// A Monday.
const ARRIVAL: &str = "2026-03-02T09:00:00Z";
/// The default instant of a case that arrived then: three working weeks later, at noon.
const DEFAULT: &str = "2026-03-23T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn person(name: &str) -> Actor {
    Actor::Person(PersonName(name.to_owned()))
}

fn number(number: u16) -> AdvisoryNumber {
    AdvisoryNumber::new(number).unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A clean revision for the members, with the embargo `until`.
fn for_members(version: u32, until: &str) -> Revision {
    Revision {
        version,
        digest: Digest::of(format!("members {version} {until}").as_bytes()),
        number: number(500),
        audience: RevisionAudience::Members,
        embargo: Some(at(until)),
        deployment: Some(DeploymentPermission::AllPermitted),
        lint: LintResult::Clean,
    }
}

/// A clean revision for the public.
fn for_public(version: u32) -> Revision {
    Revision {
        digest: Digest::of(format!("public {version}").as_bytes()),
        audience: RevisionAudience::Public,
        embargo: None,
        ..for_members(version, DEFAULT)
    }
}

fn embargo(until: &str, because: &str) -> Request {
    Request::Embargo { until: at(until), because: (!because.is_empty()).then(|| because.to_owned()) }
}

fn public(answer: Publicity) -> Request {
    Request::Public { answer, source: None }
}

fn end(cause: EarlyEnd) -> Request {
    Request::EndEmbargo { cause, what: "seen on a public list".to_owned() }
}

fn close(reason: CloseReason, because: &str) -> Request {
    Request::Close { reason, because: (!because.is_empty()).then(|| because.to_owned()) }
}

const SUPPORTED: Request = Request::Scope { support: Support::Supported, component: None, link: None };
const CLAIM: Request = Request::Claim { instead_of: None };
const NEXT_NUMBER: Request = Request::Number { wish: NumberWish::Next };
const SECOND: Request = Request::Second { serial: None };

/// A case, its record, and the world around it.
#[derive(Clone)]
struct Story {
    file: CaseFile,
    record: Vec<Recorded>,
    now: Timestamp,
    standards: Standards,
    numbers: Numbers,
}

impl Story {
    /// A report that arrived at [`ARRIVAL`]. The highest number used is 499.
    fn begins() -> Self {
        Self::begins_at(ARRIVAL)
    }

    fn begins_at(arrival: &str) -> Self {
        Self::of(Origin::Report, arrival)
    }

    fn of(origin: Origin, arrival: &str) -> Self {
        let event = CaseEvent::Opened { discoverer: Some(address("dana@finder.example")), origin, policy: some("v3.23") };
        let opened = Recorded { at: at(arrival), by: Actor::Discoverer, event };
        let file = CaseFile::open(CaseId(17), &opened).unwrap();
        let standards = Standards { destinations: set(&["announce", "devel", "members"]), ..Standards::default() };
        Self {
            file,
            record: vec![opened],
            now: at(arrival),
            standards,
            numbers: Numbers::from([(number(499), NumberUse::Taken)]),
        }
    }

    fn at(&mut self, now: &str) -> &mut Self {
        self.now = at(now);
        self
    }

    fn ask(&self, by: &Actor, request: &Request) -> Result<Vec<CaseEvent>, Refused> {
        let circumstances = Circumstances { now: self.now, standards: &self.standards, numbers: &self.numbers };
        judge(&self.file, request, by, &circumstances)
    }

    /// The kinds of the events that came of it, now part of the record.
    fn by(&mut self, by: &Actor, request: Request) -> Vec<&'static str> {
        let events = self.ask(by, &request).unwrap_or_else(|refused| panic!("{request:?}: {refused}"));
        let kinds = events.iter().map(CaseEvent::kind).collect();
        for event in events {
            let recorded = Recorded { at: self.now, by: by.clone(), event };
            self.file.apply(&recorded).unwrap();
            self.record.push(recorded);
        }
        assert_eq!(CaseFile::fold(self.file.id(), &self.record).unwrap(), self.file);
        kinds
    }

    fn mona(&mut self, request: Request) -> Vec<&'static str> {
        self.by(&person("mona"), request)
    }

    fn otto(&mut self, request: Request) -> Vec<&'static str> {
        self.by(&person("otto"), request)
    }

    fn daemon(&mut self, request: Request) -> Vec<&'static str> {
        self.by(&Actor::Daemon, request)
    }

    /// Refused to mona.
    fn refused(&self, request: &Request) -> Refused {
        self.refused_to("mona", request)
    }

    fn refused_to(&self, name: &str, request: &Request) -> Refused {
        match self.ask(&person(name), request) {
            Ok(events) => panic!("{request:?} was accepted: {events:?}"),
            Err(refused) => refused,
        }
    }

    fn last(&self) -> &CaseEvent {
        &self.record.last().unwrap().event
    }

    fn next(&self) -> (Next, Timestamp) {
        let next = next_action(&self.file, self.now, &self.standards).unwrap();
        (next.what, next.due)
    }

    /// The keys of what is due.
    fn due(&self) -> Vec<String> {
        due(&self.file, self.now, &self.standards).into_iter().map(|due| due.key).collect()
    }

    // Stations of the usual story.

    fn confirmed() -> Self {
        let mut story = Self::begins();
        story.mona(CLAIM);
        story.mona(SUPPORTED);
        story.mona(Request::Confirm);
        story
    }

    /// Confirmed, not public, embargo at [`DEFAULT`].
    fn embargoed() -> Self {
        let mut story = Self::confirmed();
        story.mona(public(Publicity::No));
        story.mona(embargo(DEFAULT, ""));
        story
    }

    /// Version 1 went to the members on Monday 2026-03-09 at 12:00.
    fn predisclosed() -> Self {
        let mut story = Self::embargoed();
        story.mona(NEXT_NUMBER);
        story.mona(Request::Deployment { permission: DeploymentPermission::AllPermitted, because: None });
        story.at("2026-03-09T12:00:00Z").mona(Request::Register { revision: for_members(1, DEFAULT) });
        story.mona(Request::Predisclose { version: 1 });
        story
    }

    /// Version 2 is out since [`DEFAULT`], everywhere.
    fn released() -> Self {
        let mut story = Self::predisclosed();
        story.at("2026-03-23T09:00:00Z").mona(Request::Register { revision: for_public(2) });
        story.mona(Request::Arm);
        story.otto(Request::Arm);
        story.at(DEFAULT).daemon(Request::Begin);
        story.deliver();
        story
    }

    fn deliver(&mut self) {
        for destination in self.standards.destinations.clone() {
            self.daemon(Request::DestinationDone { destination });
        }
        self.daemon(Request::Finish);
    }
}
