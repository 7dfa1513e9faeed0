//! `may_send` against an oracle that was thought out without it: random letters that quote random cases to random people.
//!
//! `LETTERS` is how many: 4,000 in an ordinary run, 100,000 for the release (`LETTERS=100000 cargo test clearance::scanned -- --nocapture`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use jiff::Timestamp;

use super::{Accepted, Audience, LiveCase, Proposal, Stopped, Wall, let_out, may_send};
use crate::{
    compose::{
        Draft, HeldId, LetterKind as K, ReversePath,
        tests::{NOW, address, at, project, roster},
    },
    disclosure::{AdvisoryNumber, CaseId, ContentClass, CveId, PersonName, Recipients, TeamMember},
    firewall::{AdvisoryName, CaseMaterial, Fingerprints, Firewall, Public, Rule, TextKind},
};

/// What a live case has that nobody else has: two lines of its report, lines of its patch, its title, its CVE identifier.
struct Secret {
    report: [&'static str; 2],
    hunk: [&'static str; 2],
    title: &'static str,
    cve: &'static str,
}

const SECRETS: [Secret; 4] = [
    Secret {
        report: [
            "The doorbell page of a dying guest stays mapped while teardown races with unmask,",
            "so that a second vcpu reads stale event words out of the freed frame.",
        ],
        hunk: ["+    if ( doorbell_is_dying(d) && !unmask_pending )", "+        return doorbell_forget_page(d, slot);"],
        title: "doorbell: stale page mapping survives teardown",
        cve: "CVE-2026-41001",
    },
    Secret {
        report: [
            "Ballooning below the reservation makes the allocator hand out superpages twice,",
            "which lets an attacker overwrite descriptors belonging to its neighbour.",
        ],
        hunk: ["+    BUG_ON(superpage_shatter_count(heap) > reserve);", "-    heap->shattered += order_of_balloon(chunk);"],
        title: "balloon reservation underflow duplicates superpages",
        cve: "CVE-2026-41002",
    },
    Secret {
        report: [
            "A crafted migration stream announces negative record lengths for vendor leaves,",
            "whereupon the toolstack copies uninitialised registers into shadow pagetables.",
        ],
        hunk: ["+    if ( rec->vendor_leaf_length > sizeof(leafbuf) )", "+        goto reject_migration_record;"],
        title: "migration stream with negative vendor leaf lengths",
        cve: "CVE-2026-41003",
    },
    Secret {
        report: [
            "Interrupt remapping entries are recycled before posted descriptors were flushed,",
            "hence devices of another domain inject arbitrary vectors after hotplug.",
        ],
        hunk: ["+    remap_quiesce_posted(iommu, entry_index);", "+    WARN_ON(entry_recycled_early(iommu));"],
        title: "posted interrupts outlive recycled remapping entries",
        cve: "CVE-2026-41004",
    },
];

const MONA: &str = "mona@team.example.org";
const ALPHA: &str = "security@alpha.example";
const BETA: &str = "psirt@beta.example";
const WRITER: &str = "writer@alpha.example";
const DORA: &str = "dora@finder.example";
const POOL: [&str; 10] = [
    MONA,
    "nils@team.example.org",
    ALPHA,
    BETA,
    WRITER,
    DORA,
    "eve@other.example",
    "writer@gamma.example",
    "exo-devel@lists.example.org",
    "security-desk@example.org",
];

/// A small generator (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let limit = u64::try_from(limit.max(1)).unwrap();
        usize::try_from((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit).unwrap()
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn often(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

fn firewall() -> Arc<Firewall> {
    let public = Public::default();
    Arc::new(Firewall::new(SECRETS.iter().zip(1..).map(|(secret, case): (&Secret, i64)| {
        let mut material = CaseMaterial::new(CaseId(case));
        let number = AdvisoryNumber::new(u16::try_from(900 + case).unwrap()).unwrap();
        material.advisory = Some(AdvisoryName { prefix: "XSA".to_owned(), title: "Exo Security Advisory".to_owned(), number });
        material.titles.push(secret.title.to_owned());
        material.cves.push(secret.cve.parse::<CveId>().unwrap());
        material.text(TextKind::Report, 1, format!("Hello,\n\n{}\n", secret.report.join("\n")));
        let patch = format!("--- a/common.c\n+++ b/common.c\n@@ -1,2 +1,4 @@\n{}\n", secret.hunk.join("\n"));
        material.text(TextKind::Patch, 1, patch);
        Arc::new(Fingerprints::compile(&material, &public))
    })))
}

/// Something of the case in one of the ways in which mail programs quote; the three public facts, which are no secret; or small talk.
fn quote(dice: &mut Dice, secret: &Secret) -> String {
    let lines = match dice.below(4) {
        0 => secret.report.to_vec(),
        1 => secret.hunk.to_vec(),
        2 => vec![secret.title],
        _ => vec![secret.cve],
    };
    match dice.below(4) {
        0 => lines.iter().map(|line| format!("> {line}\r\n")).collect(),
        1 => lines.join("\r\n").to_uppercase(),
        2 => lines.join(" ").split(' ').collect::<Vec<_>>().chunks(7).map(|words| words.join(" ") + "\r\n").collect(),
        _ => lines.join("\r\n"),
    }
}

fn bytes(dice: &mut Dice, quoted: &BTreeSet<usize>) -> Vec<u8> {
    let mut parts = vec!["Thank you for your mail; a person will look at it.".to_owned()];
    if dice.often(40) {
        let number = 901 + dice.below(4);
        parts.push(format!("XSA-{number} exists and is planned for 2026-12-08 12:00 UTC."));
    }
    for case in quoted {
        let at = dice.below(parts.len() + 1);
        parts.insert(at, quote(dice, &SECRETS[*case]));
    }
    format!(
        "From: Exo Security Team <security-desk@example.org>\r\nTo: somebody@any.example\r\nSubject: [case-17] an answer\r\n\
         Message-ID: <m@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        parts.join("\r\n\r\n")
    )
    .into_bytes()
}

/// Who is who in one case of the test, in plain tables.
#[derive(Debug, Default)]
struct World {
    discoverers: BTreeSet<(i64, &'static str)>,
    posters: BTreeSet<(i64, &'static str)>,
    applicants: BTreeSet<&'static str>,
    predisclosed: BTreeMap<i64, Timestamp>,
    live: BTreeMap<i64, (Option<&'static str>, Option<Timestamp>)>,
}

impl World {
    fn any(dice: &mut Dice) -> Self {
        let mut world = Self::default();
        let times = ["2026-11-21T13:02:00Z", NOW, "2026-11-21T14:02:01Z"].map(at);
        for case in 1..=4 {
            if dice.often(30) {
                world.discoverers.insert((case, dice.one(&POOL)));
            }
            if dice.often(20) {
                world.predisclosed.insert(case, dice.one(&times));
            }
            let discoverer = dice.often(50).then(|| dice.one(&POOL[5..7]));
            let since = dice.often(50).then(|| dice.one(&times));
            world.live.insert(case, (discoverer, since));
        }
        for held in 31..33 {
            if dice.often(50) {
                world.posters.insert((held, dice.one(&POOL)));
            }
        }
        if dice.often(30) {
            world.applicants.insert(dice.one(&POOL));
        }
        world
    }

    fn audience(&self) -> Audience {
        let mut audience = Audience::new(&project(), &roster());
        for (case, who) in &self.discoverers {
            audience = audience.discoverer(CaseId(*case), &address(who));
        }
        for (held, who) in &self.posters {
            audience = audience.poster(HeldId(*held), &address(who));
        }
        for who in &self.applicants {
            audience = audience.applicant(&address(who));
        }
        for (case, since) in &self.predisclosed {
            audience = audience.predisclosed(CaseId(*case), *since);
        }
        audience
    }

    fn wall(&self, firewall: &Arc<Firewall>) -> Wall {
        let live = self.live.iter().map(|(case, (discoverer, predisclosed))| LiveCase {
            case: CaseId(*case),
            discoverer: discoverer.map(address),
            predisclosed: *predisclosed,
            number: None,
        });
        Wall::new(Arc::clone(firewall), live)
    }

    /// Whether the letter may go by its kind, class and recipients.
    fn allows(&self, draft: &Draft, to: &[&str]) -> bool {
        let team = |who: &&str| who.ends_with("@team.example.org");
        if to.iter().any(|who| who.ends_with("@lists.example.org") || who.ends_with("@example.org")) {
            return false;
        }
        let outside: Vec<&str> = to.iter().copied().filter(|who| !team(who)).collect();
        let reveals: Vec<i64> = draft.reveals.iter().map(|case| case.0).collect();
        let held = draft.held.map(|held| held.0);
        let nothing = reveals.is_empty() && held.is_none();
        let plain = draft.class != ContentClass::Embargoed;
        match draft.kind {
            K::Redistribution | K::EmbargoEnded => {
                let members = BTreeSet::from_iter(to.iter().copied()) == BTreeSet::from([ALPHA, BETA]);
                members && reveals.iter().all(|case| self.predisclosed.get(case).is_some_and(|since| *since <= at(NOW)))
            }
            K::Acknowledgement | K::CaseReply | K::CaseNews => outside.iter().all(|who| {
                plain
                    && held.is_none()
                    && !reveals.is_empty()
                    && reveals.iter().all(|case| self.discoverers.contains(&(*case, who)))
            }),
            K::HeldReceipt | K::Rejection | K::CommandAnswer => outside
                .iter()
                .all(|who| plain && reveals.is_empty() && held.is_some_and(|held| self.posters.contains(&(held, who)))),
            K::ApplicationPointer => outside.iter().all(|who| plain && nothing && self.applicants.contains(who)),
            K::SubscriptionAnswer | K::Escalation => outside.is_empty() || (nothing && draft.class == ContentClass::Public),
            // Nobody asks an alias here.
            K::AliasProbe => outside.is_empty(),
            K::Drill => outside.iter().all(|who| plain && nothing && [ALPHA, BETA].contains(who)),
            // Nothing here has a licence, or a person's word.
            K::PublicRelease | K::ApplicationAnswer => false,
            _ => outside.is_empty(),
        }
    }

    /// Whether somebody is cleared for a live case.
    fn is_cleared(&self, who: &str, case: i64) -> bool {
        let (discoverer, since) = self.live[&case];
        let member = [ALPHA, BETA, WRITER].contains(&who);
        let told = since.into_iter().chain(self.predisclosed.get(&case).copied()).any(|since| since <= at(NOW));
        who.ends_with("@team.example.org")
            || discoverer == Some(who)
            || self.discoverers.iter().any(|(own, reporter)| *own == case && *reporter == who)
            || (member && told)
    }
}

/// Kind, class, cases, held post and recipients of a letter.
type Shape = (K, ContentClass, BTreeSet<i64>, Option<i64>, Vec<&'static str>);

/// Anything to anybody.
fn wild(dice: &mut Dice) -> Shape {
    let classes = [ContentClass::Public, ContentClass::Confidential, ContentClass::Embargoed];
    let reveals = if dice.often(50) { BTreeSet::from([dice.one(&[1, 2, 3, 4])]) } else { BTreeSet::new() };
    let held = dice.often(40).then(|| dice.one(&[31, 32]));
    let to = (0..=dice.below(2)).map(|_| dice.one(&POOL)).collect();
    (dice.one(&K::ALL), dice.one(&classes), reveals, held, to)
}

/// A letter as the daemon writes them, to somebody who may get it by its kind.
fn likely(dice: &mut Dice, world: &mut World) -> Shape {
    let who = dice.one(&[WRITER, DORA, "eve@other.example", ALPHA]);
    let case = dice.one(&[1, 2, 3, 4]);
    let none = BTreeSet::new;
    match dice.below(5) {
        0 => {
            world.discoverers.insert((case, who));
            let kind = dice.one(&[K::Acknowledgement, K::CaseReply, K::CaseNews]);
            (kind, ContentClass::Confidential, BTreeSet::from([case]), None, vec![who])
        }
        1 => {
            world.posters.insert((31, who));
            let kind = dice.one(&[K::HeldReceipt, K::Rejection, K::CommandAnswer]);
            (kind, ContentClass::Confidential, none(), Some(31), vec![who])
        }
        2 => {
            world.applicants.insert(who);
            (K::ApplicationPointer, ContentClass::Confidential, none(), None, vec![who])
        }
        3 => (K::SubscriptionAnswer, ContentClass::Public, none(), None, vec![who]),
        _ => (K::Redistribution, ContentClass::Embargoed, none(), None, vec![ALPHA, BETA]),
    }
}

fn letter(dice: &mut Dice, world: &mut World, quoted: &BTreeSet<usize>) -> (Draft, Vec<&'static str>) {
    let (kind, class, reveals, held, to) = if dice.often(60) { likely(dice, world) } else { wild(dice) };
    let draft = Draft {
        kind,
        class,
        reveals: reveals.into_iter().map(CaseId).collect(),
        held: held.map(HeldId),
        message_id: "m@example.org".parse().unwrap(),
        bytes: bytes(dice, quoted),
        to: Recipients::new(to.iter().map(|who| address(who))).unwrap(),
        reverse_path: ReversePath::Null,
    };
    (draft, to)
}

#[test]
fn may_send_agrees_with_the_oracle() {
    let letters: u32 = std::env::var("LETTERS").ok().and_then(|count| count.parse().ok()).unwrap_or(4_000);
    let firewall = firewall();
    let mut dice = Dice(0x5eed_0004);
    let (mut sent, mut stopped, mut refused) = (0, 0, 0);
    let start = Instant::now();
    for number in 0..letters {
        let mut world = World::any(&mut dice);
        let quoted: BTreeSet<usize> = (0..dice.below(3)).map(|_| dice.below(4)).collect();
        let (draft, to) = letter(&mut dice, &mut world, &quoted);
        let (audience, wall) = (world.audience(), world.wall(&firewall));
        let cases = quoted.iter().map(|case| i64::try_from(*case).unwrap() + 1);
        let given_away: BTreeSet<i64> = cases.filter(|case| to.iter().any(|who| !world.is_cleared(who, *case))).collect();
        let said = String::from_utf8_lossy(&draft.bytes).into_owned();
        let context = || format!("letter {number}: {:?} to {to:?} quoting {quoted:?} in {world:?}\n{said}", draft.kind);
        let answer = may_send(draft.clone(), &audience, &wall, at(NOW));
        match (&answer, world.allows(&draft, &to)) {
            (Err(Stopped::Refused(_)), false) => refused += 1,
            (Ok(cleared), true) => {
                assert!(given_away.is_empty(), "sent although it gives {given_away:?} away: {}", context());
                assert_eq!(*cleared.draft(), draft);
                sent += 1;
            }
            (Err(Stopped::Blocked(blocked)), true) => {
                let found: BTreeSet<i64> = blocked.hits.iter().map(|hit| hit.case.0).collect();
                assert_eq!(found, given_away, "{}", context());
                assert_eq!(blocked.draft, draft, "the letter comes back whole");
                stopped += 1;
            }
            (answer, allowed) => panic!("{answer:?}, and the oracle says {allowed}: {}", context()),
        }
    }
    println!("{letters} letters: {sent} sent, {stopped} stopped, {refused} refused, 0 wrong, in {:?}", start.elapsed());
    assert!(sent * 5 > letters && stopped * 5 > letters && refused * 5 > letters, "{sent} {stopped} {refused}");
}

fn nils() -> TeamMember {
    roster().team[1].vouched_for_by_the_kernel()
}

#[test]
fn what_two_accept_is_one_letter_and_what_they_were_shown() {
    let world = World { live: BTreeMap::from([(1, (None, None)), (2, (None, None))]), ..World::default() };
    let world = World { discoverers: BTreeSet::from([(3, DORA)]), ..world };
    let (audience, wall) = (world.audience(), world.wall(&firewall()));
    let mut dice = Dice(7);
    let about = |bytes: Vec<u8>| Draft {
        kind: K::CaseReply,
        class: ContentClass::Confidential,
        reveals: BTreeSet::from([CaseId(3)]),
        held: None,
        message_id: "m@example.org".parse().unwrap(),
        bytes,
        to: Recipients::one(address(DORA)),
        reverse_path: ReversePath::Null,
    };
    let draft = about(format!("Subject: x\r\n\r\n{}\r\n", SECRETS[0].title).into_bytes());
    let Err(Stopped::Blocked(blocked)) = may_send(draft.clone(), &audience, &wall, at(NOW)) else { panic!("it must stop") };
    let shown: Vec<(CaseId, Rule)> = blocked.hits.iter().map(|hit| (hit.case, hit.rule)).collect();
    let first = Proposal { by: PersonName("mona".to_owned()), at: at("2026-11-21T10:00:00Z") };
    let accept =
        |shown: &[(CaseId, Rule)]| Accepted::by_two(&first, &nils(), &draft.bytes, shown.iter().copied(), at(NOW)).unwrap();
    assert!(let_out(draft.clone(), &audience, &wall, &accept(&shown), at(NOW)).is_ok());
    assert!(let_out(draft.clone(), &audience, &wall, &accept(&[]), at(NOW)).is_err(), "they were shown nothing");
    let other = about(bytes(&mut dice, &BTreeSet::from([0])));
    assert!(let_out(other, &audience, &wall, &accept(&shown), at(NOW)).is_err(), "another letter");
    let mut elsewhere = draft.clone();
    elsewhere.to = Recipients::one(address("eve@other.example"));
    let refused = let_out(elsewhere, &audience, &wall, &accept(&shown), at(NOW));
    assert!(matches!(refused, Err(Stopped::Refused(_))), "the other rules hold: {refused:?}");
}

#[test]
fn two_different_people_within_a_day() {
    let proposal = |by: &str, when: &str| Proposal { by: PersonName(by.to_owned()), at: at(when) };
    let accept = |proposal: &Proposal| Accepted::by_two(proposal, &nils(), b"letter", [], at(NOW)).map(drop);
    assert_eq!(accept(&proposal("mona", NOW)), Ok(()));
    assert_eq!(accept(&proposal("mona", "2026-11-20T14:02:00Z")), Ok(()));
    assert_eq!(accept(&proposal("nils", NOW)), Err(super::NotAccepted::SamePerson));
    assert_eq!(accept(&proposal("mona", "2026-11-20T14:01:59Z")), Err(super::NotAccepted::TooOld));
    assert_eq!(accept(&proposal("mona", "2026-11-21T14:02:01Z")), Err(super::NotAccepted::TooOld), "said in the future");
}
