//! What is stored for ever: the JSON of events. A test here fails when a stored name changes; then it is the change that is wrong.

use super::*;

/// One event of every kind, in full.
fn every_kind() -> Vec<CaseEvent> {
    let until = at(DEFAULT);
    let because = "because".to_owned();
    let proposed_by = Some(PersonName("mona".to_owned()));
    let contact = address("psirt@vendor.example");
    let plan = Plan { version: 2, digest: Digest::of(b"public 2"), instant: until, destinations: set(&["announce", "devel"]) };
    let patch = Patch {
        name: "fix.patch".to_owned(),
        sha256: Digest::of(b"fix"),
        branch: some("4.20"),
        author: some("Paul"),
        checked_by: Some(PersonName("otto".to_owned())),
    };
    vec![
        CaseEvent::Opened { discoverer: Some(address("dana@finder.example")), origin: Origin::Report, policy: some("v3.23") },
        CaseEvent::PerhapsPublic { recipients: [address("devel@lists.example.org")].into() },
        CaseEvent::DiscovererNamed { address: address("dana@finder.example") },
        CaseEvent::Acknowledged,
        CaseEvent::DiscovererTold { telling: Telling::Date { until }, words: true },
        CaseEvent::Promised { until },
        CaseEvent::Claimed { instead_of: proposed_by.clone() },
        CaseEvent::ScopeAnswered { support: Support::Supported, component: some("grant tables"), link: None },
        CaseEvent::PublicityAnswered { answer: Publicity::Unknown, source: None, proposed_by: None },
        CaseEvent::Confirmed,
        CaseEvent::AdvisoryBegun,
        CaseEvent::NumberAllocated { number: number(500) },
        CaseEvent::NumberBurnt { number: number(500), because: None },
        CaseEvent::CveRequested,
        CaseEvent::CveAssigned { ids: ["CVE-2026-23557".parse().unwrap()].into() },
        CaseEvent::CveDeclined,
        CaseEvent::DiscovererDate { date: until },
        CaseEvent::DiscovererConsented { until, evidence: "<1@finder.example>".to_owned() },
        CaseEvent::EmbargoSet { until, default: until, because: None },
        CaseEvent::EmbargoShortened { until, default: until, because: because.clone(), proposed_by: None },
        CaseEvent::EmbargoLengthened { until, default: until, because: because.clone(), proposed_by: proposed_by.clone() },
        CaseEvent::EmbargoEnded {
            cause: EarlyEnd::ExploitedInTheWild,
            what: "seen".to_owned(),
            proposed_by: PersonName("mona".to_owned()),
            plan: Some(plan.clone()),
        },
        CaseEvent::PatchRegistered { patch },
        CaseEvent::PatchesComplete { branches: set(&["4.20"]) },
        CaseEvent::RevisionRegistered { revision: Revision { lint: LintResult::Errors(2), ..for_members(1, DEFAULT) } },
        CaseEvent::Predisclosed { version: 1 },
        CaseEvent::DeploymentPermitted { permission: DeploymentPermission::HostAndMemberVms, because: Some(because.clone()) },
        CaseEvent::Armed { plan: plan.clone() },
        CaseEvent::Disarmed { cause: DisarmCause::Stale },
        CaseEvent::ReleaseBegun { plan },
        CaseEvent::DestinationDone { destination: "announce".to_owned() },
        CaseEvent::ReleaseFinished,
        CaseEvent::ChangesetsPushed { commits: vec!["0123abc".to_owned()] },
        CaseEvent::PagePublished,
        CaseEvent::Involved { address: contact.clone(), role: InvolvedRole::OtherProject },
        CaseEvent::Agreed { address: contact.clone(), evidence: None },
        CaseEvent::Heard { address: contact.clone() },
        CaseEvent::Uninvolved { address: contact.clone() },
        CaseEvent::Consulted { member: "Example".to_owned(), question: "May we?".to_owned(), owner: None, deadline: until },
        CaseEvent::ConsultationAnswered { consultation: 1, answer: "Yes.".to_owned() },
        CaseEvent::HandedOver { project: "Other".to_owned(), contact, consent: "<1@finder.example>".to_owned() },
        CaseEvent::Retrospective { changeset: "0123abc".to_owned() },
        CaseEvent::Upstream { project: "Other".to_owned(), id: some("OSA-7"), until },
        CaseEvent::Decided { text: because.clone() },
        CaseEvent::Noted { text: because.clone() },
        CaseEvent::Wished { wish: WishKind::Credit, text: "my name".to_owned() },
        CaseEvent::WishAnswered { wish: 1, answer: "yes".to_owned() },
        CaseEvent::Proposed { act: Act::Embargo { until, because: because.clone() }, words: Some(because.clone()) },
        CaseEvent::Seconded,
        CaseEvent::Retracted,
        CaseEvent::Lapsed,
        CaseEvent::Snoozed { until },
        CaseEvent::ReportDrafted { digest: Digest::of(b"report") },
        CaseEvent::ReportSent,
        CaseEvent::ReportWaived { because: because.clone(), proposed_by: PersonName("mona".to_owned()) },
        CaseEvent::Closed { reason: CloseReason::Duplicate { of: CaseId(3) }, because: Some(because), proposed_by: None },
    ]
}

#[test]
fn every_kind_reads_back_as_it_was_written() {
    let events = every_kind();
    let kinds: Vec<&str> = events.iter().map(CaseEvent::kind).collect();
    assert_eq!(kinds, CaseEvent::KINDS, "one of each kind, in their order");
    for event in events {
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["event"], event.kind());
        assert!(serde_json::from_value::<CaseEvent>(json).unwrap() == event, "{event:?}");
    }
}

#[test]
fn the_acts_of_two_read_back_as_they_were_written() {
    let acts = [
        Act::Embargo { until: at(DEFAULT), because: "later".to_owned() },
        Act::EndEmbargo { cause: EarlyEnd::Leaked, what: "seen".to_owned(), version: Some(2), digest: Some(Digest::of(b"two")) },
        Act::Public { source: "https://bugs.example/1".to_owned() },
        Act::WaiveReport { because: "nothing".to_owned() },
        Act::Close { reason: CloseReason::OtherProject { project: "QEMU".to_owned() }, because: "theirs".to_owned() },
    ];
    for act in acts {
        let event = CaseEvent::Proposed { act, words: None };
        let json = serde_json::to_string(&event).unwrap();
        assert!(serde_json::from_str::<CaseEvent>(&json).unwrap() == event, "{json}");
    }
}

/// The record of a case, byte for byte: these lines are in databases.
#[test]
fn the_stored_form_is_for_ever() {
    let until = at(DEFAULT);
    let table = [
        (
            person("mona"),
            CaseEvent::EmbargoSet { until, default: until, because: some("a Monday") },
            r#"{"at":"2026-03-02T09:00:00Z","by":{"person":"mona"},"event":{"event":"embargo-set","until":"2026-03-23T12:00:00Z","default":"2026-03-23T12:00:00Z","because":"a Monday"}}"#,
        ),
        (
            Actor::Daemon,
            CaseEvent::ReleaseFinished,
            r#"{"at":"2026-03-02T09:00:00Z","by":"daemon","event":{"event":"release-finished"}}"#,
        ),
        (
            Actor::Discoverer,
            CaseEvent::Wished { wish: WishKind::Anonymity, text: "no name".to_owned() },
            r#"{"at":"2026-03-02T09:00:00Z","by":"discoverer","event":{"event":"wished","wish":"anonymity","text":"no name"}}"#,
        ),
        (
            person("otto"),
            CaseEvent::Closed { reason: CloseReason::Duplicate { of: CaseId(3) }, because: None, proposed_by: None },
            r#"{"at":"2026-03-02T09:00:00Z","by":{"person":"otto"},"event":{"event":"closed","reason":{"as":"duplicate","of":3},"because":null,"proposed_by":null}}"#,
        ),
        (
            person("otto"),
            CaseEvent::Proposed {
                act: Act::EndEmbargo { cause: EarlyEnd::Leaked, what: "seen".to_owned(), version: None, digest: None },
                words: None,
            },
            r#"{"at":"2026-03-02T09:00:00Z","by":{"person":"otto"},"event":{"event":"proposed","act":{"act":"end-embargo","cause":"leaked","what":"seen","version":null}}}"#,
        ),
        (
            Actor::Daemon,
            CaseEvent::RevisionRegistered { revision: for_members(1, DEFAULT) },
            r#"{"at":"2026-03-02T09:00:00Z","by":"daemon","event":{"event":"revision-registered","revision":{"version":1,"digest":"DIGEST","number":500,"audience":"members","embargo":"2026-03-23T12:00:00Z","deployment":"all-permitted","lint":"clean"}}}"#,
        ),
    ];
    for (by, event, stored) in table {
        let stored = stored.replace("DIGEST", &for_members(1, DEFAULT).digest.to_string());
        let recorded = Recorded { at: at(ARRIVAL), by, event };
        assert_eq!(serde_json::to_string(&recorded).unwrap(), stored);
        assert!(serde_json::from_str::<Recorded>(&stored).unwrap() == recorded);
    }
}

#[test]
fn stored_values_that_cannot_be_are_not_read() {
    let bad = [
        r#"{"event":"number-allocated","number":0}"#,
        r#"{"event":"number-allocated","number":10000}"#,
        r#"{"event":"cve-assigned","ids":["CVE-26-1"]}"#,
        r#"{"event":"heard","address":"nobody"}"#,
        r#"{"event":"report-drafted","digest":"00"}"#,
        r#"{"event":"published"}"#,
    ];
    for json in bad {
        assert!(serde_json::from_str::<CaseEvent>(json).is_err(), "{json}");
    }
}

#[test]
fn what_is_printed_for_debugging_holds_no_word_of_the_matter() {
    let event = CaseEvent::Decided { text: "the hypervisor trusts the guest".to_owned() };
    assert_eq!(format!("{event:?}"), "CaseEvent(decided)");
    let request = Request::Note { text: "the hypervisor trusts the guest".to_owned() };
    assert_eq!(format!("{request:?}"), "Request(note)");
    let mut story = Story::predisclosed();
    story.mona(end(EarlyEnd::Leaked));
    let shown = format!("{:?} {:?}", story.file, story.file.pending(story.now));
    for word in ["dana", "seen on", "finder"] {
        assert!(!shown.contains(word), "{shown}");
    }
}

/// A record that the judgement did not write is found out: what no record may show, whoever wrote it.
#[test]
fn a_record_that_cannot_be_is_unfit() {
    let apply = |story: &Story, by: Actor, event: CaseEvent| {
        let mut file = story.file.clone();
        let before = file.clone();
        let result = file.apply(&Recorded { at: story.now, by, event });
        assert!(file == before, "an unfit event changes nothing");
        result.unwrap_err().to_string()
    };
    assert_eq!(CaseFile::fold(CaseId(1), &[]).unwrap_err().to_string(), "the record does not begin with the opening of the case");
    let story = Story::predisclosed();
    let place = story.file.version() + 1;
    let until = at("2026-04-23T12:00:00Z");
    let plan =
        Plan { version: 1, digest: for_members(1, DEFAULT).digest, instant: at(DEFAULT), destinations: set(&["announce"]) };
    let mona = || Some(PersonName("mona".to_owned()));
    let table = [
        (
            CaseEvent::EmbargoLengthened { until, default: until, because: "x".to_owned(), proposed_by: None },
            "embargo-lengthened) cannot follow what stands before it: it needs two different people",
        ),
        (
            CaseEvent::EmbargoLengthened { until, default: until, because: "x".to_owned(), proposed_by: mona() },
            "embargo-lengthened) cannot follow what stands before it: it needs two different people",
        ),
        (CaseEvent::ReleaseBegun { plan: plan.clone() }, "release-begun) cannot follow what stands before it: nothing is armed"),
        (CaseEvent::Armed { plan }, "release-armed) cannot follow what stands before it: it names what is not there"),
        (
            CaseEvent::EmbargoEnded {
                cause: EarlyEnd::Leaked,
                what: "x".to_owned(),
                proposed_by: PersonName("mona".to_owned()),
                plan: None,
            },
            "embargo-ended) cannot follow what stands before it: it needs two different people",
        ),
        (
            CaseEvent::NumberAllocated { number: number(501) },
            "number-allocated) cannot follow what stands before it: it happened already",
        ),
        (CaseEvent::PagePublished, "page-published) cannot follow what stands before it: it is not public"),
        (
            CaseEvent::Closed { reason: CloseReason::Released, because: None, proposed_by: None },
            "closed) cannot follow what stands before it: the reason is not that of its advisory",
        ),
    ];
    for (event, why) in table {
        let kind = event.kind();
        assert_eq!(apply(&story, person("otto"), event), format!("event {place} of the record ({why}"), "{kind}");
    }
}

/// The second line of defence, where a record was written by somebody else than the judgement.
#[test]
fn a_forged_record_is_found_out() {
    let why = |story: &Story, by: Actor, event: CaseEvent| {
        let unfit = story.file.clone().apply(&Recorded { at: story.now, by, event }).unwrap_err();
        let Unfit::Event { why, .. } = unfit else { panic!("{unfit}") };
        why
    };
    // Armed by two, and begun a second early.
    let mut early = Story::predisclosed();
    early.at("2026-03-23T09:00:00Z").mona(Request::Register { revision: for_public(2) });
    early.mona(Request::Arm);
    early.otto(Request::Arm);
    let plan = early.file.arming().unwrap().plan.clone();
    early.at("2026-03-23T11:59:59Z");
    assert_eq!(why(&early, Actor::Daemon, CaseEvent::ReleaseBegun { plan }), "the instant has not come");

    // Seconded by otto, and recorded by the first person alone.
    let until = at("2026-03-31T12:00:00Z");
    let mut alone = Story::predisclosed();
    alone.mona(embargo("2026-03-31T12:00:00Z", "later"));
    alone.file.apply(&Recorded { at: alone.now, by: person("otto"), event: CaseEvent::Seconded }).unwrap();
    let lengthened = |proposed_by: &str| CaseEvent::EmbargoLengthened {
        until,
        default: until,
        because: "later".to_owned(),
        proposed_by: Some(PersonName(proposed_by.to_owned())),
    };
    assert_eq!(why(&alone, person("mona"), lengthened("mona")), "it needs two different people");
    assert_eq!(why(&alone, person("mona"), lengthened("otto")), "it needs two different people");

    // A burnt number comes back.
    let mut burnt = Story::confirmed();
    burnt.mona(NEXT_NUMBER);
    burnt.mona(Request::Burn { because: None });
    let again = CaseEvent::NumberAllocated { number: number(500) };
    assert_eq!(why(&burnt, person("mona"), again), "a burnt number is never used again");

    // An event after the end.
    burnt.mona(close(CloseReason::Withdrawn, ""));
    assert_eq!(why(&burnt, person("mona"), CaseEvent::CveRequested), "the case is closed");
}
