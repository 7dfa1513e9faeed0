//! The report of whole lives of cases, in full.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    cases::{
        Actor, Circumstances, DisarmCause, InvolvedRole, LintResult, NumberUse, NumberWish, Numbers, Origin, Patch, Publicity,
        Request, Revision, Support, judge,
    },
    disclosure::{DeploymentPermission, PersonName},
    mail::{Address, Digest},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn digest(of: &str) -> Digest {
    Digest::of(of.as_bytes())
}

/// A case whose requests are judged as the daemon judges them.
struct Life {
    record: Vec<Recorded>,
    file: CaseFile,
    now: Timestamp,
    standards: Standards,
}

impl Life {
    fn begins() -> Self {
        let discoverer = Some(address("dana.doe@finder.example"));
        let event = CaseEvent::Opened { discoverer, origin: Origin::Report, policy: Some(text("v3.23")) };
        let now = at("2026-03-02T09:00:00Z");
        let opened = Recorded { at: now, by: Actor::Daemon, event };
        let destinations = ["announce", "members"].map(str::to_owned).into();
        let standards = Standards { destinations, branches: vec![text("4.20")], ..Standards::default() };
        Self { file: CaseFile::open(CaseId(17), &opened).unwrap(), record: vec![opened], now, standards }
    }

    fn at(&mut self, now: &str) -> &mut Self {
        self.now = at(now);
        self
    }

    fn does(&mut self, by: &Actor, request: Request) -> &mut Self {
        let numbers = Numbers::from([(AdvisoryNumber::new(499).unwrap(), NumberUse::Taken)]);
        let circumstances = Circumstances { now: self.now, standards: &self.standards, numbers: &numbers };
        let events = judge(&self.file, &request, by, &circumstances).unwrap_or_else(|why| panic!("{request:?}: {why}"));
        for event in events {
            let recorded = Recorded { at: self.now, by: by.clone(), event };
            self.file.apply(&recorded).unwrap();
            self.record.push(recorded);
        }
        self
    }

    fn mona(&mut self, request: Request) -> &mut Self {
        self.does(&Actor::Person(PersonName(text("mona"))), request)
    }

    fn otto(&mut self, request: Request) -> &mut Self {
        self.does(&Actor::Person(PersonName(text("otto"))), request)
    }

    fn daemon(&mut self, request: Request) -> &mut Self {
        self.does(&Actor::Daemon, request)
    }

    fn report(&self) -> Report {
        let members = [text("Cirrus"), text("Al")];
        let deliveries = [DeliveryCount { what: text("XSA-500 v1 to the members"), recipients: 75, accepted: 74, failed: 1 }];
        let sources = Sources {
            case: CaseId(17),
            record: &self.record,
            standards: &self.standards,
            project: "Exo",
            prefix: "XSA",
            members: &members,
            deliveries: &deliveries,
            acknowledged: Some(at("2026-03-02T09:01:00Z")),
        };
        report(&sources, self.now).unwrap()
    }

    /// Every entry of the record has its line.
    fn is_complete(&self, report: &Report) {
        let joined = report.text.replace("\n  ", " ");
        for recorded in &self.record {
            let line = format!("- {} ", recorded.at.strftime("%Y-%m-%d %H:%M"));
            let kind = format!("[{}]", recorded.event.kind());
            assert!(joined.lines().any(|one| one.starts_with(&line) && one.ends_with(&kind)), "{kind} at {line}is missing");
        }
    }
}

fn revision(version: u32, audience: RevisionAudience, embargo: Option<&str>) -> Revision {
    Revision {
        version,
        digest: digest(&format!("version {version}")),
        number: AdvisoryNumber::new(500).unwrap(),
        audience,
        embargo: embargo.map(at),
        deployment: Some(DeploymentPermission::PatchesOnly),
        lint: LintResult::Clean,
    }
}

/// Until the members have it.
fn prepared() -> Life {
    let mut life = Life::begins();
    life.daemon(Request::Acknowledge);
    life.at("2026-03-03T10:00:00Z").mona(Request::Claim { instead_of: None });
    life.mona(Request::Scope { support: Support::Supported, component: Some(text("grant tables")), link: None });
    life.mona(Request::Public { answer: Publicity::No, source: None }).mona(Request::Confirm).mona(Request::Prepare);
    life.does(&Actor::Discoverer, Request::Wish { wish: WishKind::Credit, text: text("Dana Doe of Finder Labs") });
    life.mona(Request::AnswerWish { wish: 1, answer: text("with pleasure") });
    life.mona(Request::Number { wish: NumberWish::Next }).mona(Request::CveRequest);
    life.mona(Request::Involve { address: address("psirt@vendor.example"), role: InvolvedRole::Vendor });
    life.mona(Request::Heard { address: address("psirt@vendor.example") });
    life.mona(Request::Agreed { address: address("psirt@vendor.example"), evidence: None });
    life.mona(Request::Decide { text: text("Otto and psirt@vendor.example want another week; Cirrus also. We give it.") });
    life.mona(Request::DiscovererDate { date: at("2026-03-20T12:00:00Z") });
    life.mona(Request::Consent { until: at("2026-04-02T12:00:00Z"), evidence: text("<1@finder.example>") });
    life.mona(Request::Embargo { until: at("2026-03-31T12:00:00Z"), because: Some(text("dana.doe@finder.example travels")) });
    life.at("2026-03-05T10:00:00Z").mona(Request::CveAssign { ids: ["CVE-2026-23557".parse().unwrap()].into() });
    let patch = Patch {
        name: text("fix.patch"),
        sha256: digest("fix"),
        branch: None,
        author: Some(text("Paul Patcher")),
        checked_by: None,
    };
    life.daemon(Request::RegisterPatch { patch }).mona(Request::PatchComplete { branches: [text("4.20")].into() });
    let because = Some(text("the mitigation shows what is wrong"));
    life.mona(Request::Deployment { permission: DeploymentPermission::PatchesOnly, because });
    life.at("2026-03-11T15:00:00Z")
        .mona(Request::Register { revision: revision(1, RevisionAudience::Members, Some("2026-03-31T12:00:00Z")) });
    life.mona(Request::Predisclose { version: 1 });
    life
}

/// Until the world has it, at the instant.
fn released() -> Life {
    let mut life = prepared();
    life.at("2026-03-12T09:00:00Z").mona(Request::Snooze { until: at("2026-03-13T09:00:00Z") });
    life.mona(Request::Consult {
        member: text("Cirrus"),
        question: text("May Cirrus tell its customers of a reboot?"),
        owner: None,
        deadline: at("2026-03-16T12:00:00Z"),
    });
    life.otto(Request::Answer { consultation: 1, answer: text("Yes, with the date and nothing else.") });
    life.mona(Request::Note { text: text("nobody outside should read this note") });
    life.at("2026-03-31T09:00:00Z").mona(Request::Register { revision: revision(2, RevisionAudience::Public, None) });
    life.mona(Request::Arm).otto(Request::Disarm { cause: DisarmCause::Person }).mona(Request::Arm).otto(Request::Arm);
    life.at("2026-03-31T12:00:00Z").daemon(Request::Begin);
    for destination in ["announce", "members"] {
        life.daemon(Request::DestinationDone { destination: text(destination) });
    }
    life.daemon(Request::Finish).mona(Request::Pushed { commits: vec![text("0123abc")] });
    life.at("2026-04-01T09:00:00Z").mona(Request::PagePublished);
    life
}

#[test]
fn p38_the_report_of_a_whole_case() {
    let life = released();
    let report = life.report();
    life.is_complete(&report);
    assert_eq!(report.text, include_str!("tests/report.txt"));
    assert_eq!((report.seal, report.number), (Seal::Open, AdvisoryNumber::new(500).ok()));
    for name in ["mona", "otto", "cirrus", "psirt", "vendor.example", "finder.example", "paul", "nobody outside should read"] {
        assert!(!report.text.to_lowercase().contains(name), "{name} stands in it");
    }
}

#[test]
fn a_sealed_report_says_so_first() {
    let report = prepared().report();
    assert_eq!(report.seal, Seal::Sealed);
    let first = "SEALED: THIS CASE IS UNDER EMBARGO. NOT FOR ANYBODY OUTSIDE THE TEAM.\n\n# Transparency report: XSA-500\n";
    assert!(report.text.starts_with(first), "{}", report.text);
}

#[test]
fn drafting_it_again_changes_nothing_and_sending_it_shows() {
    let mut life = released();
    let first = life.report();
    let digest = Digest::of(first.text.as_bytes());
    life.at("2026-04-01T10:00:00Z").daemon(Request::ReportDrafted { digest });
    assert!(life.report() == first, "a draft of the report is no part of it");
    life.at("2026-04-02T10:00:00Z")
        .mona(Request::ReportSent)
        .mona(Request::Close { reason: CloseReason::Released, because: None });
    let sent = life.report();
    life.is_complete(&sent);
    assert!(sent.text.contains(&digest.to_string()));
}

/// In the wild, waived by two, and closed by somebody else.
#[test]
fn what_two_people_did_names_both_as_letters() {
    let mut life = prepared();
    life.at("2026-03-17T09:00:00Z");
    let end = Request::EndEmbargo { cause: EarlyEnd::ExploitedInTheWild, what: text("Al saw it at Cirrus") };
    life.mona(end).otto(Request::Second { serial: None });
    life.mona(Request::Register { revision: revision(2, RevisionAudience::Public, None) }).mona(Request::Arm).otto(Request::Arm);
    life.now += SignedDuration::from_mins(1);
    life.daemon(Request::Begin);
    for destination in ["announce", "members"] {
        life.daemon(Request::DestinationDone { destination: text(destination) });
    }
    life.daemon(Request::Finish);
    life.otto(Request::WaiveReport { because: text("nothing was decided") }).otto(Request::Retract);
    life.otto(Request::WaiveReport { because: text("nothing was decided") }).mona(Request::Second { serial: None });
    let report = life.report();
    life.is_complete(&report);
    let joined = report.text.replace("\n  ", " ");
    for line in [
        "- Public since Tuesday 2026-03-17 09:00 UTC: it was exploited in the wild",
        "- 2026-03-17, team member A and team member B: the embargo ends early: it was exploited in the wild. a member saw it at a member",
        "- 2026-03-17, team member B and team member A: no transparency report. Reason: nothing was decided",
        "- sent to the members: Wednesday 2026-03-11 15:00 UTC, 7 working days after the report; target 5 working days: missed by 2 working days",
        "- published: Tuesday 2026-03-17 09:01 UTC, 3 working days after the members heard; target 10 working days: met",
    ] {
        assert!(joined.lines().any(|one| one == line), "{line}\n{joined}");
    }
}

/// The wish for anonymity outdoes the wish for credit (P4).
#[test]
fn a_discoverer_who_wants_no_name_has_none() {
    let mut life = released();
    life.does(&Actor::Discoverer, Request::Wish { wish: WishKind::Anonymity, text: text("no name, after all") });
    let report = life.report();
    assert!(report.text.contains("- The discoverer is not named here.\n") && !report.text.contains("Dana"), "{}", report.text);
}

#[test]
fn names_are_found_as_whole_words_only() {
    let members = [text("Al"), text("Cirrus"), text("x")];
    let names = super::names::Names::of(&prepared().record, &members);
    assert_eq!(
        names.withheld("Also almost Cirrusly: AL, cirrus. MONA@x"),
        "Also almost Cirrusly: a member, a member. team member A@x"
    );
    assert_eq!(super::names::Names::of(&[], &[]).withheld("Al"), "Al");
    let named = CaseEvent::DiscovererNamed { address: address("eve@finder.example") };
    let named = Recorded { at: at("2026-03-02T09:00:00Z"), by: Actor::Daemon, event: named };
    assert_eq!(super::names::Names::of(&[named], &[]).withheld("we wait for eve@finder.example"), "we wait for the discoverer");
}

#[test]
fn a_record_that_is_none_has_no_report() {
    let life = prepared();
    let standards = Standards::default();
    let sources = Sources {
        case: CaseId(17),
        record: &life.record[1..],
        standards: &standards,
        project: "Exo",
        prefix: "XSA",
        members: &[],
        deliveries: &[],
        acknowledged: None,
    };
    assert_eq!(report(&sources, life.now).err(), Some(Unfit::NotOpened));
}
