//! A member walks through its life, by every way.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{address, at, by, person};
use crate::{
    disclosure::{Assurance, TlsRequirement},
    membership::{
        Actor, Looks, MemberId,
        belonging::{
            Act, Facts, Fault, MemberCircumstances, MemberEvent, MemberFile, MemberRecorded, MemberRequest, Particulars, Probe,
            Refused, Side, Standing, Terms, ToDo, is_due, judge, readiness,
        },
    },
};

fn particulars() -> Particulars {
    Particulars {
        organisation: "Elsewhere Hosting Ltd".into(),
        address: address("security@elsewhere.example"),
        posters: Vec::new(),
        domains: vec!["elsewhere.example".into()],
        category: None,
        tls: TlsRequirement::default(),
        terms: None,
        application: None,
        override_because: None,
    }
}

struct Walk {
    file: Option<MemberFile>,
    record: Vec<MemberRecorded>,
    now: Timestamp,
    looks: Looks,
}

impl Walk {
    fn new() -> Self {
        Self { file: None, record: Vec::new(), now: at("2026-11-23T10:00:00Z"), looks: Looks::Role }
    }

    fn asks(&mut self, who: &Actor, request: &MemberRequest) -> Result<Vec<&'static str>, Refused> {
        self.now = self.now.checked_add(SignedDuration::from_hours(1)).unwrap();
        let members = [("Alpha Cloud".to_owned(), address("security@alpha.example"))];
        let former = [("Omega Cloud".to_owned(), address("security@omega.example"))];
        let circumstances =
            MemberCircumstances { now: self.now, members: &members, former: &former, is_ours: false, looks: self.looks };
        let events = judge(self.file.as_ref(), request, who, &circumstances)?;
        let mut kinds = Vec::new();
        for event in events {
            kinds.push(event.kind());
            let recorded = MemberRecorded { at: self.now, by: who.clone(), event };
            match &mut self.file {
                Some(file) => file.apply(&recorded).expect("what was judged fits"),
                None => self.file = Some(MemberFile::fold(MemberId(3), std::slice::from_ref(&recorded)).unwrap()),
            }
            self.record.push(recorded);
        }
        Ok(kinds)
    }

    fn standing(&self) -> Standing {
        self.file.as_ref().unwrap().standing()
    }

    fn active() -> Self {
        let mut walk = Self::new();
        walk.asks(&by("mona"), &MemberRequest::Enter { particulars: particulars() }).unwrap();
        walk.asks(&by("milo"), &MemberRequest::Second).unwrap();
        walk.asks(&Actor::Alias, &MemberRequest::Answer { proven: true }).unwrap();
        walk
    }
}

fn because(text: &str) -> String {
    text.to_owned()
}

#[test]
fn two_people_add_and_the_alias_puts_it_on_the_lists() {
    let mut walk = Walk::new();
    assert_eq!(
        walk.asks(&by("mona"), &MemberRequest::Enter { particulars: particulars() }).unwrap(),
        ["member-entered", "member-proposed"]
    );
    assert_eq!(walk.asks(&by("mona"), &MemberRequest::Second), Err(Refused::OwnProposal(person("mona"))));
    assert_eq!(walk.asks(&by("milo"), &MemberRequest::Second).unwrap(), ["member-seconded", "member-accepted", "member-probed"]);
    assert_eq!(walk.standing(), Standing::Unconfirmed);
    // An answer from somewhere else is a to-do, and nothing more.
    assert_eq!(walk.asks(&Actor::Alias, &MemberRequest::Answer { proven: false }).unwrap(), ["member-doubtful-answer"]);
    assert_eq!(walk.standing(), Standing::Unconfirmed);
    assert_eq!(walk.file.as_ref().unwrap().to_do(), [ToDo::DoubtfulAnswer]);
    assert_eq!(
        walk.asks(&Actor::Alias, &MemberRequest::Answer { proven: true }).unwrap(),
        ["member-confirmed", "member-activated", "member-listed"]
    );
    assert_eq!(walk.standing(), Standing::Active);
    assert_eq!(walk.file.as_ref().unwrap().to_do(), []);
}

#[test]
fn what_root_proposes_takes_two_of_the_team() {
    let mut walk = Walk::new();
    walk.asks(&Actor::Operator, &MemberRequest::Enter { particulars: particulars() }).unwrap();
    assert_eq!(walk.asks(&Actor::Operator, &MemberRequest::Second), Err(Refused::NotThisActor));
    assert_eq!(walk.asks(&by("mona"), &MemberRequest::Second).unwrap(), ["member-seconded"]);
    assert_eq!(walk.standing(), Standing::Proposed);
    assert_eq!(walk.asks(&by("mona"), &MemberRequest::Second), Err(Refused::OwnProposal(person("mona"))));
    walk.asks(&by("milo"), &MemberRequest::Second).unwrap();
    assert_eq!(walk.standing(), Standing::Unconfirmed);
}

#[test]
fn removing_stops_the_mail_at_once_and_a_second_person_makes_it_final() {
    let mut walk = Walk::active();
    let remove = MemberRequest::Remove { because: because("they asked") };
    assert_eq!(walk.asks(&by("mona"), &remove).unwrap(), ["member-frozen", "member-proposed"]);
    assert_eq!(walk.asks(&by("mona"), &remove), Err(Refused::OwnProposal(person("mona"))));
    assert_eq!(walk.asks(&by("milo"), &MemberRequest::Second).unwrap(), ["member-seconded", "member-ended", "member-unlisted"]);
    assert_eq!(walk.standing(), Standing::Removed);
    assert_eq!(walk.asks(&by("mona"), &MemberRequest::Thaw { because: None }), Err(Refused::NotAMember));
    // It may come back, by two again.
    walk.asks(&by("mona"), &MemberRequest::Enter { particulars: particulars() }).unwrap();
    assert_eq!(walk.standing(), Standing::Proposed);
    assert_eq!(walk.file.as_ref().unwrap().confirmed(), None);
}

#[test]
fn thawing_ends_a_proposal_to_remove() {
    let mut walk = Walk::active();
    walk.asks(&by("mona"), &MemberRequest::Remove { because: because("a rumour") }).unwrap();
    assert_eq!(walk.asks(&by("milo"), &MemberRequest::Thaw { because: None }).unwrap(), ["member-retracted", "member-thawed"]);
    assert_eq!(walk.standing(), Standing::Active);
    assert_eq!(walk.asks(&by("mona"), &MemberRequest::Second), Err(Refused::NothingPending));
}

#[test]
fn an_address_changes_when_old_new_and_the_team_agree() {
    let mut walk = Walk::active();
    let new = address("psirt@elsewhere.example");
    let ask = MemberRequest::Address { address: new.clone(), because: None };
    walk.asks(&by("mona"), &ask).unwrap();
    let agree = |side| MemberRequest::Agree { side, address: new.clone() };
    assert_eq!(walk.asks(&by("mona"), &MemberRequest::ApproveAddress), Err(Refused::NotAgreed("old")));
    walk.asks(&Actor::Alias, &agree(Side::Old)).unwrap();
    assert_eq!(walk.asks(&by("mona"), &MemberRequest::ApproveAddress), Err(Refused::NotAgreed("new")));
    assert_eq!(walk.asks(&by("mona"), &agree(Side::New)), Err(Refused::NotThisActor));
    walk.asks(&Actor::Alias, &agree(Side::New)).unwrap();
    assert_eq!(walk.file.as_ref().unwrap().particulars().address, address("security@elsewhere.example"));
    assert_eq!(walk.file.as_ref().unwrap().to_do(), [ToDo::AddressReady]);
    walk.asks(&by("mona"), &MemberRequest::ApproveAddress).unwrap();
    assert_eq!(walk.file.as_ref().unwrap().particulars().address, new);
    // The answer to an older question is worth nothing for a newer one.
    walk.asks(&by("mona"), &MemberRequest::Address { address: address("soc@elsewhere.example"), because: None }).unwrap();
    assert_eq!(walk.asks(&Actor::Alias, &agree(Side::New)), Err(Refused::NoChange));
}

#[test]
fn nobody_moves_to_the_alias_of_one_that_left() {
    let mut walk = Walk::active();
    let ask = MemberRequest::Address { address: address("Security@omega.example"), because: Some(because("they bought it")) };
    let refused = walk.asks(&by("mona"), &ask).unwrap_err();
    assert_eq!(refused, Refused::FormerAlias("Omega Cloud".to_owned()));
    assert_eq!(
        refused.to_string(),
        "That address was the alias of Omega Cloud, which is no member any more, and stays with its record: take another address, \
         or remove this member and add it again with that alias, by two."
    );
    // It may itself come back under it.
    let mut again = Walk::new();
    let particulars = Particulars { address: address("security@omega.example"), ..particulars() };
    again.asks(&by("mona"), &MemberRequest::Enter { particulars }).unwrap();
}

#[test]
fn readiness_names_what_is_missing() {
    let mut walk = Walk::active();
    let facts = |walk: &Walk| Facts {
        now: walk.now,
        answer_within: SignedDuration::from_hours(24 * 14),
        policy_version: "v3.23".into(),
        looks: Looks::Role,
        refused: false,
        tls: Assurance::Lacking,
    };
    let told = |walk: &Walk, facts: &Facts| {
        let found = readiness(walk.file.as_ref().unwrap(), facts);
        (found.score, found.faults.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let now = facts(&walk);
    assert_eq!(told(&walk, &now), (80, vec!["no accepted terms on record".into(), "nobody is confirmed to write for it".into()]));
    let terms =
        |version: &str| MemberRequest::Terms { terms: Terms { version: version.into(), on: "2026-11-20".parse().unwrap() } };
    walk.asks(&by("mona"), &terms("v3.22")).unwrap();
    walk.asks(&by("mona"), &MemberRequest::AddPoster { address: address("jo@elsewhere.example") }).unwrap();
    assert_eq!(told(&walk, &facts(&walk)), (95, vec!["accepted the terms of v3.22 of 2026-11-20".into()]));
    walk.asks(&by("mona"), &terms("v3.23")).unwrap();
    assert_eq!(told(&walk, &facts(&walk)), (100, vec![]));
    walk.asks(&Actor::Daemon, &MemberRequest::Probe { why: Probe::Still }).unwrap();
    walk.asks(&Actor::Daemon, &MemberRequest::Probe { why: Probe::Drill { drill: 1 } }).unwrap();
    assert_eq!(told(&walk, &facts(&walk)).0, 100, "it has time to answer");
    walk.now = walk.now.checked_add(SignedDuration::from_hours(24 * 15)).unwrap();
    assert_eq!(told(&walk, &facts(&walk)), (50, vec!["one question is unanswered".into(), "silent in the fire drill".into()]));
    walk.asks(&Actor::Daemon, &MemberRequest::Bounce { status: "5.1.1".into() }).unwrap();
    assert_eq!(readiness(walk.file.as_ref().unwrap(), &facts(&walk)).faults[0], Fault::Bounces("5.1.1".into()));
    assert_eq!(walk.standing(), Standing::Active, "the machine never drops a member");
    assert!(!is_due(walk.file.as_ref().unwrap(), SignedDuration::from_hours(24 * 91), walk.now));
    let later = walk.now.checked_add(SignedDuration::from_hours(24 * 91)).unwrap();
    assert!(is_due(walk.file.as_ref().unwrap(), SignedDuration::from_hours(24 * 91), later));
}

fn request() -> impl Strategy<Value = MemberRequest> {
    let new = address("psirt@elsewhere.example");
    prop_oneof![
        3 => Just(MemberRequest::Enter { particulars: particulars() }),
        4 => Just(MemberRequest::Second),
        1 => Just(MemberRequest::Join {
            particulars: Particulars { application: Some(7), ..particulars() },
            proposed_by: person("mona"),
        }),
        1 => Just(MemberRequest::Retract),
        2 => Just(MemberRequest::Remove { because: "gone".into() }),
        1 => Just(MemberRequest::Freeze { because: "leak".into() }),
        2 => Just(MemberRequest::Thaw { because: None }),
        1 => Just(MemberRequest::Thaw { because: Some("known".into()) }),
        3 => Just(MemberRequest::Answer { proven: true }),
        1 => Just(MemberRequest::Answer { proven: false }),
        1 => Just(MemberRequest::Confirm { because: "phoned".into() }),
        1 => Just(MemberRequest::Bounce { status: "5.1.1".into() }),
        1 => Just(MemberRequest::Automatic),
        1 => Just(MemberRequest::Probe { why: Probe::Still }),
        1 => Just(MemberRequest::Settle { because: "asked".into() }),
        1 => Just(MemberRequest::Address { address: new.clone(), because: None }),
        1 => Just(MemberRequest::Agree { side: Side::Old, address: new.clone() }),
        1 => Just(MemberRequest::Agree { side: Side::New, address: new }),
        1 => Just(MemberRequest::ApproveAddress),
        1 => Just(MemberRequest::KeepAddress),
        1 => Just(MemberRequest::Tls { tls: TlsRequirement::Verify }),
    ]
}

proptest! {
    /// Whatever anybody asks in whatever order: what is judged fits, the record folds to the file, and whoever gets mail was added by two people.
    #[test]
    fn nobody_gets_mail_by_one_persons_word_and_no_machine_takes_it_away(
        asked in proptest::collection::vec((request(), 0_usize..6), 1..60),
    ) {
        let who = [by("mona"), by("milo"), by("nora"), Actor::Operator, Actor::Alias, Actor::Daemon];
        let mut walk = Walk::new();
        for (request, nth) in &asked {
            let before = walk.file.as_ref().map(MemberFile::standing);
            if walk.asks(&who[*nth], request).is_err() {
                prop_assert_eq!(walk.file.as_ref().map(MemberFile::standing), before);
                continue;
            }
            let after = walk.standing();
            if before == Some(Standing::Active) && after != Standing::Active {
                prop_assert!(matches!(who[*nth], Actor::Person(_) | Actor::Operator), "{request:?} by {:?}", who[*nth]);
            }
            if after == Standing::Active && before != Some(Standing::Active) {
                prop_assert!(matches!(who[*nth], Actor::Person(_) | Actor::Alias));
            }
            if after == Standing::Removed && before.is_some_and(|before| matches!(before, Standing::Active | Standing::Unconfirmed)) {
                prop_assert!(false, "removed without being frozen first");
            }
        }
        // Every time it came onto the lists there were two different people since it was entered.
        let mut people = std::collections::BTreeSet::new();
        for recorded in &walk.record {
            let said = recorded.by.person().cloned();
            match &recorded.event {
                MemberEvent::Entered { .. } => people.clear(),
                MemberEvent::Proposed { act: Act::Add } | MemberEvent::Seconded => people.extend(said),
                MemberEvent::Accepted { proposed_by } => {
                    people.extend(said);
                    people.insert(proposed_by.clone());
                    prop_assert!(people.len() >= 2);
                }
                MemberEvent::Activated => prop_assert!(people.len() >= 2),
                MemberEvent::Ended { proposed_by, .. } => prop_assert!(said.is_some_and(|second| second != *proposed_by)),
                _ => {}
            }
        }
        if let Some(file) = walk.file {
            prop_assert_eq!(MemberFile::fold(MemberId(3), &walk.record).unwrap(), file);
        }
        let stored = serde_json::to_string(&walk.record).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<MemberRecorded>>(&stored).unwrap(), walk.record);
    }
}
