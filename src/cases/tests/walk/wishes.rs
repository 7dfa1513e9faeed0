//! What is asked for: half of it what the state calls for, half of it anything.

use super::*;
use crate::disclosure::CveId;

/// Who asks for what.
pub fn wish(chance: &mut Chance, file: &CaseFile, now: Timestamp) -> (Actor, Request) {
    if chance.one_in(3) {
        return (actor(chance), any(chance, file, now));
    }
    let request = sensible(chance, file, now);
    let by = match request {
        Request::Begin | Request::DestinationDone { .. } | Request::Finish => Actor::Daemon,
        _ => person(chance.one_of(&["mona", "mona", "otto", "nina"])),
    };
    (by, request)
}

fn actor(chance: &mut Chance) -> Actor {
    match chance.up_to(20) {
        0..=7 => person("mona"),
        8..=13 => person("otto"),
        14..=15 => person("nina"),
        16 => Actor::Discoverer,
        _ => Actor::Daemon,
    }
}

/// What would bring the case on.
fn sensible(chance: &mut Chance, file: &CaseFile, now: Timestamp) -> Request {
    if file.pending(now).is_some() && chance.one_in(2) {
        return if chance.one_in(8) { Request::Retract } else { SECOND };
    }
    if file.origin() == Origin::Upstream && file.upstream().is_none() && chance.one_in(6) {
        return Request::Upstream { project: SECRET.to_owned(), id: None, until: instant(chance, now) };
    }
    if let Some(release) = file.release().filter(|release| release.finished.is_none()) {
        let open = release.plan.destinations.difference(&release.done).next().cloned();
        return open.map_or(Request::Finish, |destination| Request::DestinationDone { destination });
    }
    if file.arming().is_some_and(Arming::is_full) && !chance.one_in(4) {
        return Request::Begin;
    }
    if file.advisory().is_public() && !chance.one_in(4) {
        let ids = ids(chance);
        return chance.one_of(&[
            Request::Pushed { commits: vec![SECRET.to_owned()] },
            Request::PagePublished,
            Request::CveAssign { ids },
            Request::ReportDrafted { digest: Digest::of(b"report") },
            Request::WaiveReport { because: SECRET.to_owned() },
            Request::ReportSent,
            Request::Close { reason: CloseReason::Released, because: None },
        ]);
    }
    let latest = file.latest_revision().filter(|latest| latest.version > file.advisory().sent_version());
    let public_next = file.public_at().is_some_and(|instant| instant <= now) || file.predisclosed_at().is_some();
    let is_ready = latest.is_some_and(|latest| (latest.audience == RevisionAudience::Public) == public_next);
    let wanted = [
        (file.claimed_by().is_none(), CLAIM),
        (file.confirmed.is_none(), SUPPORTED),
        (file.confirmed.is_none(), Request::Confirm),
        (file.publicity() != Some(Publicity::No) && file.public_at().is_none(), public(Publicity::No)),
        (file.public_at().is_none(), Request::Embargo { until: instant(chance, now), because: some(SECRET) }),
        (file.live_number().is_none(), NEXT_NUMBER),
        (file.deployment().is_none(), deployment(chance)),
        (!is_ready || chance.one_in(8), Request::Register { revision: revision(chance, file, now, true) }),
        (is_ready && !public_next, Request::Predisclose { version: file.advisory().sent_version() + 1 }),
        (is_ready && public_next, Request::Arm),
        (is_ready && public_next, Request::Arm),
    ];
    let wanted: Vec<Request> = wanted.into_iter().filter(|(is_open, _)| *is_open).map(|(_, request)| request).collect();
    if wanted.is_empty() { Request::Arm } else { chance.one_of(&wanted) }
}

fn any(chance: &mut Chance, file: &CaseFile, now: Timestamp) -> Request {
    let text = if chance.one_in(8) { " ".to_owned() } else { SECRET.to_owned() };
    let perhaps = if chance.one_in(3) { None } else { some(SECRET) };
    let name = PersonName(chance.one_of(&["mona", "otto", "nina"]).to_owned());
    let someone = address(chance.one_of(&["psirt@vendor.example", "ellen@expert.example", "lead@project.example"]));
    let counted = chance.up_to(4) as u32;
    let until = instant(chance, now);
    match chance.up_to(50) {
        0 => Request::Acknowledge,
        1 => Request::Claim { instead_of: chance.one_in(2).then_some(name) },
        2 => {
            Request::Scope { support: chance.one_of(&[Support::Supported, Support::Unsupported]), component: perhaps, link: None }
        }
        3 | 4 => Request::Public { answer: chance.one_of(&[Publicity::Yes, Publicity::No, Publicity::Unknown]), source: perhaps },
        5 => Request::Confirm,
        6 => Request::Prepare,
        7 => Request::Number {
            wish: NumberWish::This(number(1 + chance.up_to(40) as u16 + file.live_number().map_or(0, AdvisoryNumber::get))),
        },
        8 => Request::Burn { because: perhaps },
        9 => Request::CveRequest,
        10 => Request::CveAssign { ids: ids(chance) },
        11 => Request::CveNone,
        12 => Request::DiscovererDate { date: until },
        13 => Request::Consent { until, evidence: text },
        14..=17 => Request::Embargo { until, because: perhaps },
        18 => Request::EndEmbargo {
            cause: chance.one_of(&[EarlyEnd::ExploitedInTheWild, EarlyEnd::Leaked, EarlyEnd::DiscovererEarly]),
            what: text,
        },
        19 => Request::RegisterPatch { patch: patch(chance) },
        20 => Request::PatchComplete { branches: set(&[chance.one_of(&["4.19", "4.20", "4.91"])]) },
        21 | 22 => Request::Register { revision: revision(chance, file, now, false) },
        23 => Request::Predisclose { version: counted },
        24 => deployment(chance),
        25 => Request::Arm,
        26 => Request::Disarm { cause: DisarmCause::Person },
        27 | 28 => Request::Begin,
        29 => destination(chance),
        30 => Request::Pushed { commits: Vec::new() },
        31 => Request::PagePublished,
        32 => Request::Involve { address: someone, role: chance.one_of(&[InvolvedRole::Expert, InvolvedRole::Vendor]) },
        33 => Request::Agreed { address: someone, evidence: perhaps },
        34 => chance.one_of(&[Request::Heard { address: someone.clone() }, Request::Discoverer { address: someone }]),
        35 => Request::Uninvolve { address: someone },
        36 => Request::Consult { member: text.clone(), question: text, owner: Some(name), deadline: until },
        37 => Request::Answer { consultation: counted, answer: text },
        38 => Request::Handover { project: text, contact: someone, consent: perhaps },
        39 if chance.one_in(2) => Request::Retrospective { changeset: text },
        40 if chance.one_in(4) => Request::Upstream { project: text, id: perhaps, until },
        41 => chance.one_of(&[Request::Decide { text: text.clone() }, Request::Note { text }]),
        42 => Request::Wish { wish: WishKind::Credit, text },
        43 => Request::AnswerWish { wish: counted, answer: text },
        44 => chance.one_of(&[
            SECOND,
            Request::Second { serial: Some(file.version()) },
            Request::Second { serial: Some(u64::from(counted)) },
            Request::Retract,
            Request::Lapse,
        ]),
        45 => Request::Snooze { until },
        46 => chance.one_of(&[
            Request::ReportDrafted { digest: Digest::of(text.as_bytes()) },
            Request::ReportSent,
            Request::WaiveReport { because: text },
        ]),
        48 => {
            let telling = chance.one_of(&[Telling::Reply, Telling::Date { until }, Telling::Over, Telling::Closed]);
            Request::Tell { telling, words: chance.one_in(2) }
        }
        49 => Request::Promise { until },
        47 if chance.one_in(3) => close(chance, perhaps),
        _ => Request::Lapse,
    }
}

fn close(chance: &mut Chance, because: Option<String>) -> Request {
    let reason = chance.one_of(&[
        CloseReason::Released,
        CloseReason::NotAVulnerability,
        CloseReason::Duplicate { of: CaseId(1) },
        CloseReason::OtherProject { project: "Other".to_owned() },
        CloseReason::Unsupported,
        CloseReason::Withdrawn,
        CloseReason::UpstreamPublished,
    ]);
    Request::Close { reason, because }
}

/// From a day ago to seven weeks ahead; often less than a day or two ahead.
fn instant(chance: &mut Chance, now: Timestamp) -> Timestamp {
    let seconds = match chance.up_to(10) {
        0 => -chance.up_to(86400).cast_signed(),
        1..=3 => chance.up_to(2 * 86400).cast_signed(),
        4..=6 => chance.up_to(10 * 86400).cast_signed(),
        _ => chance.up_to(49 * 86400).cast_signed(),
    };
    now.saturating_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn revision(chance: &mut Chance, file: &CaseFile, now: Timestamp, is_fit: bool) -> Revision {
    let is_over = file.public_at().is_some_and(|instant| instant <= now);
    let for_the_public = is_over || file.predisclosed_at().is_some() && chance.one_in(2);
    let wrong = |chance: &mut Chance| !is_fit && chance.one_in(6);
    let embargo = match file.confidentiality() {
        Confidentiality::Embargoed { until } if !for_the_public => Some(until),
        _ => None,
    };
    let live = file.live_number().unwrap_or(number(1));
    let bytes = if wrong(chance) { 0 } else { chance.up_to(u64::MAX) };
    Revision {
        version: if wrong(chance) { chance.up_to(4) as u32 } else { file.advisory().sent_version() + 1 },
        digest: Digest::of(&bytes.to_be_bytes()),
        number: if wrong(chance) { number(1 + chance.up_to(99) as u16) } else { live },
        audience: if for_the_public != wrong(chance) { RevisionAudience::Public } else { RevisionAudience::Members },
        embargo: if wrong(chance) { Some(at(DEFAULT)) } else { embargo },
        deployment: if wrong(chance) { None } else { file.deployment() },
        lint: if wrong(chance) { LintResult::Errors(1) } else { LintResult::Clean },
    }
}

fn deployment(chance: &mut Chance) -> Request {
    let permission = chance.one_of(&[DeploymentPermission::AllPermitted, DeploymentPermission::PatchesOnly]);
    let because = if chance.one_in(2) { some(SECRET) } else { None };
    Request::Deployment { permission, because }
}

fn destination(chance: &mut Chance) -> Request {
    let name = chance.one_of(&["announce", "devel", "members", "elsewhere", ""]);
    if name.is_empty() { Request::Finish } else { Request::DestinationDone { destination: name.to_owned() } }
}

fn patch(chance: &mut Chance) -> Patch {
    let sha256 = Digest::of(&chance.up_to(6).to_be_bytes());
    Patch { name: SECRET.to_owned(), sha256, branch: None, author: None, checked_by: None }
}

fn ids(chance: &mut Chance) -> BTreeSet<CveId> {
    (0..chance.up_to(3)).map(|_| format!("CVE-2026-{}", 10_000 + chance.up_to(50)).parse().unwrap()).collect()
}
