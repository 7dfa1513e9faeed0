//! What must never be, said of events and states alone.

use super::*;

fn name(by: &Actor) -> Option<&PersonName> {
    if let Actor::Person(name) = by { Some(name) } else { None }
}

/// Two different people stand behind the event: the batch has the second one's word, and the first is somebody else.
fn by_two(before: &CaseFile, recorded: &Recorded, batch: &[CaseEvent], first: Option<&PersonName>) {
    let kind = recorded.event.kind();
    assert!(batch.iter().any(|event| event.kind() == "seconded"), "{kind} without a second person");
    let (first, second) = (first.unwrap(), name(&recorded.by).unwrap());
    assert_ne!(first, second, "{kind} by one person");
    assert_eq!(before.pending.as_ref().map(|pending| &pending.by), None, "{kind} leaves its proposal behind");
}

/// Laws about one event, in the state it comes to.
pub fn of_event(before: &CaseFile, recorded: &Recorded, batch: &[CaseEvent], numbers: &Numbers, standards: &Standards) {
    let now = recorded.at;
    match &recorded.event {
        CaseEvent::Confirmed => assert!(before.scope.is_some() && before.claimed.is_some()),
        CaseEvent::EmbargoSet { until, default, because } => {
            assert_eq!(before.publicity(), Some(Publicity::No), "P12");
            assert_eq!(before.confidentiality(), Confidentiality::Undetermined);
            instant_is_allowed(before, *until, now);
            let day = |instant: &Timestamp| instant.to_string().split('T').next().map(str::to_owned);
            let same_day = day(until) == day(default);
            assert!(same_day || because.is_some(), "P40");
        }
        CaseEvent::EmbargoShortened { until, proposed_by, because, .. } => {
            assert!(!because.is_empty() && Some(*until) < before.public_at());
            if before.ceiling().is_none_or(|ceiling| now < ceiling) {
                instant_is_allowed(before, *until, now);
            }
            assert!(*until > now);
            if until.duration_since(now) < SignedDuration::from_hours(24) {
                by_two(before, recorded, batch, proposed_by.as_ref());
            }
        }
        CaseEvent::EmbargoLengthened { until, proposed_by, because, .. } => {
            assert!(!because.is_empty() && Some(*until) > before.public_at(), "P44");
            instant_is_allowed(before, *until, now);
            if before.predisclosed_at().is_some() {
                assert!(now < before.public_at().unwrap(), "members think that it is over");
                by_two(before, recorded, batch, proposed_by.as_ref());
            }
        }
        CaseEvent::EmbargoEnded { proposed_by, .. } => by_two(before, recorded, batch, Some(proposed_by)),
        CaseEvent::ReportWaived { proposed_by, .. } => by_two(before, recorded, batch, Some(proposed_by)),
        CaseEvent::PublicityAnswered { answer: Publicity::Yes, source, proposed_by } => {
            assert!(source.is_some());
            if before.upstream().is_none() && before.publicity() == Some(Publicity::No) {
                by_two(before, recorded, batch, proposed_by.as_ref());
            }
        }
        CaseEvent::NumberAllocated { number } => {
            assert!(numbers.keys().all(|used| used < number), "a number is used twice, or goes down");
        }
        CaseEvent::Predisclosed { version } => {
            let Confidentiality::Embargoed { until } = before.confidentiality() else { panic!("P25: predisclosed in the open") };
            let revision = before.latest_revision().unwrap();
            assert!(now < until && revision.version == *version && revision.embargo == Some(until), "P29");
            assert!(revision.audience == RevisionAudience::Members && revision.lint == LintResult::Clean);
            assert!(before.deployment().is_some() && revision.deployment == before.deployment(), "P57, P58");
            assert_eq!(before.live_number(), Some(revision.number));
        }
        CaseEvent::Armed { plan } => {
            let opens = plan.instant.saturating_sub(SignedDuration::from_hours(24)).unwrap();
            assert!(now >= opens, "armed more than a day ahead");
            assert!(!before.armed_by().contains(name(&recorded.by).unwrap()), "armed by one person twice");
        }
        CaseEvent::ReleaseBegun { plan } => {
            assert_eq!(recorded.by, Actor::Daemon);
            assert!(now >= plan.instant, "public before the instant");
            if let Confidentiality::Embargoed { until } = before.confidentiality() {
                assert!(now >= until, "public before the embargo is over");
                assert!(!before.is_beyond_discoverer() || before.ceiling() <= Some(now), "P45");
            }
            assert_ne!(before.confidentiality(), Confidentiality::Undetermined);
            let by = before.armed_by();
            assert!(by.len() == 2 && by[0] != by[1], "P30");
            let revision = before.latest_revision().unwrap();
            assert!(revision.digest == plan.digest && revision.audience == RevisionAudience::Public);
            assert!(revision.lint == LintResult::Clean && revision.embargo.is_none());
            assert_eq!(plan.destinations, standards.destinations);
        }
        CaseEvent::ChangesetsPushed { .. } | CaseEvent::PagePublished | CaseEvent::ReportSent => {
            assert!(before.advisory().is_public(), "public before the release");
        }
        CaseEvent::Closed { reason: CloseReason::Released, .. } => {
            assert!(matches!(before.report(), ReportState::Sent | ReportState::Waived), "P38");
            assert!(before.pushed.is_some() && before.page.is_some() && before.cve().is_settled());
            assert!(!before.is_releasing());
        }
        CaseEvent::Closed { because, proposed_by, .. } => {
            assert!(!before.advisory().is_public());
            if matches!(before.advisory(), AdvisoryStage::Predisclosed(_)) {
                assert!(because.is_some());
                by_two(before, recorded, batch, proposed_by.as_ref());
            }
        }
        CaseEvent::HandedOver { consent, .. } => assert!(!consent.trim().is_empty(), "P84"),
        _ => {}
    }
}

fn instant_is_allowed(before: &CaseFile, until: Timestamp, now: Timestamp) {
    assert!(until > now, "an embargo into the past");
    if let Some((date, _)) = before.discoverer_date {
        assert!(until <= date || before.consent.is_some_and(|consent| until <= consent), "P45");
    }
}

/// Laws about what came of one request.
pub fn of_change(before: &CaseFile, after: &CaseFile) {
    if let Handling::Closed(reason) = before.handling() {
        assert_eq!(after.handling(), &Handling::Closed(reason.clone()), "T19: closed is closed");
    }
    if before.advisory().is_public() {
        assert!(after.advisory().is_public() && after.public_cause() == before.public_cause(), "what is public stays so");
    }
    if before.report() == ReportState::Sent || before.report() == ReportState::Waived {
        assert_eq!(after.report(), before.report());
    }
    assert!(after.advisory().sent_version() >= before.advisory().sent_version());
    assert!(after.burnt.starts_with(&before.burnt), "burnt stays burnt");
    let same_instant = after.public_at() == before.public_at();
    let same_revision = after.revisions.len() == before.revisions.len();
    if let (Some(old), Some(new)) = (before.arming(), after.arming())
        && (!same_instant || !same_revision)
    {
        assert!(old.plan != new.plan, "what was armed has changed and is still armed");
    }
}

/// Laws about a state.
pub fn of_state(file: &CaseFile, now: Timestamp, standards: &Standards) {
    let public_now = matches!(file.confidentiality(), Confidentiality::Public { since, .. } if since <= now);
    assert_eq!(file.is_embargoed(now), !public_now, "whatever is not public is embargoed");
    let is_public = file.public_cause().is_some();
    match file.advisory() {
        // What was closed without a release is public when two say where (T93).
        AdvisoryStage::Predisclosed(_) if file.is_closed() => {}
        AdvisoryStage::Predisclosed(_) => assert_ne!(file.public_cause(), Some(PublicCause::AlreadyPublic), "P25"),
        AdvisoryStage::Public(_) | AdvisoryStage::Amended(_) => {
            assert!(is_public && matches!(file.numbering(), Numbering::Published(_)) && file.release().is_some());
        }
        AdvisoryStage::None | AdvisoryStage::Draft(_) => {}
    }
    if matches!(file.numbering(), Numbering::Published(_)) {
        assert!(file.advisory().is_public(), "a number is published without an advisory");
    }
    if file.public_cause() == Some(PublicCause::Scheduled) && file.upstream().is_none() {
        assert!(file.release().is_some(), "public without a release");
    }
    if let Confidentiality::Embargoed { .. } = file.confidentiality() {
        assert_eq!(file.publicity(), Some(Publicity::No), "P12");
        assert!(!file.is_retrospective(), "P9");
    }
    if file.upstream().is_some() {
        assert!(!file.advisory().is_public() && file.predisclosed_at().is_none() && file.live_number().is_none(), "P85");
    }
    if let Some(arming) = file.arming() {
        assert!((1..=2).contains(&arming.by.len()) && arming.by.first() != arming.by.get(1), "armed by one person twice");
        assert_eq!(Some(arming.plan.instant), file.public_at());
        assert_eq!(file.latest_revision().map(|latest| latest.digest), Some(arming.plan.digest));
    }
    let numbers: Vec<AdvisoryNumber> = file.numbers().collect();
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "a burnt number lives");
    if file.is_closed() {
        assert!(!matches!(file.numbering(), Numbering::Allocated(_)));
        // All that two may still say is where it can be read.
        assert!(
            file.pending(now).is_none_or(|pending| matches!(pending.act, Act::Public { .. }) && file.public_cause().is_none())
        );
    } else {
        assert!(next_action(file, now, standards).is_some(), "nothing comes next");
    }
    let known = |address: &Address| Some(address) == file.discoverer() || file.involved()[address].agreed.is_some();
    assert!(file.aware().all(known), "P16");
    let due = due(file, now, standards);
    assert!(due.iter().all(|due| due.at <= now), "a reminder comes too early");
    assert_eq!(due.iter().map(|due| &due.key).collect::<BTreeSet<_>>().len(), due.len(), "two reminders with one key");
}

/// Laws about all cases together.
pub fn of_all(cases: &[Walked]) {
    let numbers: Vec<AdvisoryNumber> = cases.iter().flat_map(|case| case.file.numbers()).collect();
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "two cases with one number");
}
