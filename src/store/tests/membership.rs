//! Members and applications in the database: one table for both lists, and a public list without addresses.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{
    decide::membership::{
        Looks, MemberCircumstances, MemberRequest, Organisation, Particulars, PolicyVersion, Probe, Standing, history,
        judge_member, organisation,
    },
    disclosure::{Roster, TlsRequirement},
    store::{apply, member, membership, record, roster},
};

const FIRST: PolicyVersion = PolicyVersion { major: 3, minor: 24 };

fn particulars(nth: usize) -> Particulars {
    Particulars {
        organisation: format!("Organisation {nth}"),
        address: address(&format!("security@org{nth}.example")),
        posters: vec![address(&format!("jo@org{nth}.example"))],
        domains: Vec::new(),
        category: None,
        tls: TlsRequirement::Verify,
        terms: None,
        application: None,
        override_because: None,
    }
}

/// One person, root, an alias or the clock asks for something about a member; what is judged is written.
fn asks(tx: &Tx<'_>, nth: usize, by: &Actor, request: &MemberRequest, now: Timestamp) {
    let file = member::at(tx, &particulars(nth).address).unwrap();
    let others: Vec<(String, Address)> = member::all(tx)
        .unwrap()
        .into_iter()
        .map(|member| (member.organisation, member.address))
        .filter(|(_, known)| *known != particulars(nth).address)
        .collect();
    let circumstances = MemberCircumstances { now, members: &others, former: &[], is_ours: false, looks: Looks::Role };
    let Ok(events) = judge_member(file.as_ref(), request, by, &circumstances) else { return };
    let id = file.map_or_else(|| membership::ready(tx).unwrap().next_member.unwrap(), |file| file.id());
    for event in events {
        let change = Effect::Membership(Box::new(Change::Member { id, by: by.clone(), event }));
        apply::effects(tx, None, vec![change], now).unwrap();
    }
}

fn request(nth: usize) -> impl Strategy<Value = MemberRequest> {
    prop_oneof![
        3 => Just(MemberRequest::Enter { particulars: particulars(nth) }),
        4 => Just(MemberRequest::Second),
        3 => Just(MemberRequest::Answer { proven: true }),
        1 => Just(MemberRequest::Retract),
        1 => Just(MemberRequest::Remove { because: "gone".into() }),
        1 => Just(MemberRequest::Freeze { because: "leak".into() }),
        2 => Just(MemberRequest::Thaw { because: Some("known".into()) }),
        1 => Just(MemberRequest::Bounce { status: "5.1.1".into() }),
        1 => Just(MemberRequest::Automatic),
        1 => Just(MemberRequest::Probe { why: Probe::Still }),
        1 => Just(MemberRequest::Rename { organisation: format!("Renamed {nth}") }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// P65: whatever happens to whom in whatever order, both lists go to the same people, who are exactly those that stand as active, and the
    /// next attempt at a delivery goes by it. P52: no public artefact ever holds an address.
    #[test]
    fn announce_and_discuss_have_the_same_recipients_after_any_sequence(
        asked in proptest::collection::vec((0_usize..3, 0_usize..5).prop_flat_map(|(nth, who)| (Just(nth), Just(who), request(nth))), 1..50),
    ) {
        let connection = memory();
        let person = |name: &str| Actor::Person(PersonName(name.to_owned()));
        let who = [person("mona"), person("nils"), Actor::Operator, Actor::Alias, Actor::Daemon];
        within(&connection, |tx| {
            member::add(tx, &super::member("Organisation 0", "security@org0.example", &[]), "first start", now()).unwrap();
            for (step, (nth, by, request)) in asked.iter().enumerate() {
                asks(tx, *nth, &who[*by], request, later(i64::try_from(step).unwrap()));
                let files = member::files_in(tx).unwrap();
                let active: Vec<Address> = files
                    .iter()
                    .filter(|file| file.standing() == Standing::Active)
                    .map(|file| file.particulars().address.clone())
                    .collect();
                let members = Roster { team: team(), members: member::all(tx).unwrap() };
                assert_eq!(members.recipients().map(|to| to.as_slice().to_vec()).unwrap_or_default(), active);
                for public in [
                    organisation::write_page(&roster::organisations(tx.sql()).unwrap()),
                    organisation::write_csv(&roster::organisations(tx.sql()).unwrap()),
                    history::write(&roster::history(tx.sql(), FIRST).unwrap()),
                ] {
                    assert!(!public.contains('@'), "{public}");
                }
            }
            // A letter of each list, through the whole judgement and its door.
            let members = Roster { team: team(), members: member::all(tx).unwrap() };
            let [announce, discuss] = crate::decide::tests::recipients_of_both_lists(&members);
            assert_eq!(announce, discuss);
            assert_eq!(announce, members.recipients().map(|to| to.as_slice().to_vec()).unwrap_or_default());
            assert_eq!(record::verify(tx.sql(), None).unwrap().faults, []);
        });
    }
}

#[test]
fn what_freezes_a_member_takes_effect_before_the_next_attempt_and_a_thaw_does_too() {
    let connection = memory();
    within(&connection, |tx| {
        member::add(tx, &super::member("Alpha", "security@alpha.example", &["jo@alpha.example"]), "first start", now()).unwrap();
        let file = member::at(tx, &address("SECURITY@alpha.example")).unwrap().unwrap();
        happens(tx, file.id(), Actor::Operator, MemberEvent::Frozen { because: "a leak".into() });
        assert_eq!(member::all(tx).unwrap()[0].membership, Membership::Frozen);
        happens(tx, file.id(), Actor::Person(PersonName("mona".into())), MemberEvent::Thawed { because: None });
        let all = member::all(tx).unwrap();
        assert_eq!((all[0].membership, all[0].posters.as_slice()), (Membership::Active, &[address("jo@alpha.example")][..]));
        // The record begins with what the row stood for.
        let record = member::record_of(tx.sql(), file.id()).unwrap();
        let kinds: Vec<&str> = record.iter().map(|recorded| recorded.event.kind()).collect();
        assert_eq!(kinds, ["member-adopted", "member-frozen", "member-thawed"]);
    });
}

#[test]
fn each_addition_is_one_line_of_the_history_and_a_name_in_its_place() {
    let connection = memory();
    let mona = Actor::Person(PersonName("mona".to_owned()));
    let nils = Actor::Person(PersonName("nils".to_owned()));
    within(&connection, |tx| {
        let list = organisation::read("name,added_in_policy_version\nAlpha,2.5\nZulu,2.5\nBeta out of order,3.1\n").unwrap();
        roster::was_there(tx, "alpha").unwrap();
        roster::was_there(tx, "Zulu Ltd").unwrap();
        let imported = roster::import(tx, &list, "operator", now()).unwrap();
        assert_eq!(imported, roster::Imported { new: 2, others: vec!["Zulu Ltd".to_owned()] });
        // The member is called as the list calls it: it stands there once.
        roster::renamed(tx, "Zulu Ltd", "Zulu").unwrap();
        roster::was_there(tx, "Zulu").unwrap();
        let before = history::read("v3.23 Aug 8th 2019: Added Zulu to the predisclosure list.").unwrap();
        roster::import_history(tx, &before, "operator", now()).unwrap();
        for (nth, minutes) in [(1, 0), (2, 5), (0, 60 * 24 * 3)] {
            asks(tx, nth, &mona, &MemberRequest::Enter { particulars: particulars(nth) }, later(minutes));
            asks(tx, nth, &nils, &MemberRequest::Second, later(minutes + 1));
            let named = organisation::write_page(&roster::organisations(tx.sql()).unwrap());
            assert!(!named.contains(&format!("Organisation {nth}")), "its alias has not answered");
            asks(tx, nth, &Actor::Alias, &MemberRequest::Answer { proven: true }, later(minutes + 2));
        }
        assert_eq!(
            organisation::write_page(&roster::organisations(tx.sql()).unwrap()),
            "Alpha\nOrganisation 0\nOrganisation 1\nOrganisation 2\nZulu\nBeta out of order\n"
        );
        assert_eq!(
            history::write(&roster::history(tx.sql(), FIRST).unwrap()),
            "v3.25 Nov 24th 2026: Added Organisation 0 to the predisclosure list.\n\
             v3.24 Nov 21st 2026: Added Organisation 1 and Organisation 2 to the predisclosure list.\n\
             v3.23 Aug 8th 2019: Added Zulu to the predisclosure list.\n"
        );
        asks(tx, 1, &mona, &MemberRequest::Remove { because: "they asked".into() }, later(60 * 24 * 4));
        asks(tx, 1, &nils, &MemberRequest::Second, later(60 * 24 * 4 + 1));
        let lines = roster::history(tx.sql(), FIRST).unwrap();
        assert_eq!(lines[0].to_string(), "v3.26 Nov 25th 2026: Removed Organisation 1 from the predisclosure list.");
        // A second import keeps what came since.
        roster::import(tx, &list, "operator", now()).unwrap();
        let names: Vec<Organisation> = roster::organisations(tx.sql()).unwrap();
        assert_eq!(names.iter().filter(|one| one.name.starts_with("Organisation")).count(), 2);
    });
}
