//! An application walks through its life, by every way.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{address, at, by, person};
use crate::{
    mail::{Address, Digest},
    membership::{
        Actor, ApplicationId, Category, Looks,
        applying::{
            Answer, ApplicationEvent, ApplicationFile, ApplicationRecorded, ApplicationRequest, ApplicationState, Circumstances,
            FoundItem, FoundState, Heard, Refused, judge,
        },
    },
};

const T: &str = "2026-11-23T10:00:00Z";
const NOTE: &str = "No discretion.";

fn item(id: &str, state: FoundState, quote: &str) -> FoundItem {
    FoundItem { id: id.to_owned(), state, quote: (!quote.is_empty()).then(|| quote.to_owned()), note: None }
}

fn received(items: Vec<FoundItem>, aliases: Vec<Address>) -> ApplicationRecorded {
    let event = ApplicationEvent::Received {
        mail: 7,
        applicant: Some(address("sam@elsewhere.example")),
        organisation: Some("Elsewhere Hosting Ltd".into()),
        domains: vec!["elsewhere.example".into()],
        aliases,
        category: Some(Category::PublicHostingProvider),
        items,
        embargo: true,
    };
    ApplicationRecorded { at: at(T), by: Actor::Applicant, event }
}

fn file(open: FoundState) -> ApplicationFile {
    let items = vec![item("A01-ORG-NAME", FoundState::Present, "Elsewhere Hosting Ltd"), item("A06-EVIDENCE-XEN", open, "")];
    ApplicationFile::fold(ApplicationId(7), &[received(items, vec![address("security@elsewhere.example")])]).unwrap()
}

/// The file, what the judge said last, and the whole record.
struct Walk {
    file: ApplicationFile,
    record: Vec<ApplicationRecorded>,
    members: Vec<(String, Address)>,
    now: Timestamp,
}

impl Walk {
    fn new(open: FoundState) -> Self {
        let file = file(open);
        let items = vec![item("A01-ORG-NAME", FoundState::Present, "Elsewhere Hosting Ltd"), item("A06-EVIDENCE-XEN", open, "")];
        Self {
            record: vec![received(items, vec![address("security@elsewhere.example")])],
            file,
            members: vec![("Alpha Cloud".to_owned(), address("security@alpha.example"))],
            now: at(T),
        }
    }

    fn asks(&mut self, who: &Actor, request: &ApplicationRequest) -> Result<Vec<&'static str>, Refused> {
        self.now = self.now.checked_add(SignedDuration::from_hours(1)).unwrap();
        let text = format!("An answer about {}.", self.file.organisation().unwrap_or_default());
        let circumstances =
            Circumstances { policy_note: NOTE, alias_item: Some("A11-ROLE-ADDRESS"), members: &self.members, text: &text };
        let events = judge(&self.file, request, who, &circumstances)?;
        let mut kinds = Vec::new();
        for event in events {
            kinds.push(event.kind());
            let recorded = ApplicationRecorded { at: self.now, by: who.clone(), event };
            self.file.apply(&recorded).expect("what was judged fits");
            self.record.push(recorded);
        }
        Ok(kinds)
    }
}

fn draft(answer: Answer) -> ApplicationRequest {
    ApplicationRequest::Draft { answer }
}

const SEND: ApplicationRequest = ApplicationRequest::Send { digest: None };

#[test]
fn an_open_item_stands_in_the_way_of_accepting_with_the_policys_sentence() {
    let mut walk = Walk::new(FoundState::Absent);
    let refused = walk.asks(&by("mona"), &draft(Answer::Accepted)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "It cannot be accepted yet. \"No discretion.\" Still open: A06-EVIDENCE-XEN. If one is there and was not seen: \
         `item A06 present because ...`."
    );
    // A person who looked may say that it is there, and why; without a reason nothing changes.
    let settle =
        |because: &str| ApplicationRequest::Item { item: "a06".into(), state: FoundState::Present, because: because.into() };
    assert_eq!(walk.asks(&by("mona"), &settle(" ")), Err(Refused::Empty));
    walk.asks(&by("mona"), &settle("the page says so")).unwrap();
    assert_eq!(walk.asks(&by("mona"), &draft(Answer::Accepted)).unwrap(), ["application-review", "application-drafted"]);
    // And another one may find it wanting before it goes out: the draft is void.
    let wanting = ApplicationRequest::Item { item: "A06".into(), state: FoundState::Absent, because: "a blog".into() };
    walk.asks(&by("milo"), &wanting).unwrap();
    assert_eq!(walk.asks(&by("milo"), &SEND), Err(Refused::NoDraft));
}

#[test]
fn accepting_takes_two_people_and_the_text_that_was_shown() {
    let mut walk = Walk::new(FoundState::Present);
    walk.asks(&by("mona"), &draft(Answer::Accepted)).unwrap();
    let shown = walk.file.draft().unwrap().digest;
    assert_eq!(walk.asks(&by("mona"), &SEND), Err(Refused::OwnDraft(person("mona"))));
    let other = ApplicationRequest::Send { digest: Some(Digest::of(b"another text")) };
    assert_eq!(walk.asks(&by("milo"), &other), Err(Refused::OtherDraft));
    assert_eq!(walk.asks(&by("milo"), &ApplicationRequest::Send { digest: Some(shown) }).unwrap(), ["application-answered"]);
    assert_eq!(walk.file.state(), ApplicationState::Accepted);
    assert_eq!(walk.asks(&by("milo"), &SEND), Err(Refused::Closed("accepted")));
    assert_eq!(
        walk.asks(&Actor::Alias, &ApplicationRequest::Subscribed { member: 3 }).unwrap(),
        ["application-subscribed", "application-listed"]
    );
}

#[test]
fn one_person_is_enough_to_ask_for_what_is_missing_and_to_reject() {
    let mut walk = Walk::new(FoundState::Absent);
    walk.asks(&by("mona"), &draft(Answer::Incomplete)).unwrap();
    walk.asks(&by("mona"), &SEND).unwrap();
    assert_eq!(walk.file.state(), ApplicationState::Incomplete);
    let again = ApplicationRequest::Resubmit {
        mail: 9,
        organisation: None,
        domains: Vec::new(),
        aliases: Vec::new(),
        category: None,
        items: vec![
            item("A01-ORG-NAME", FoundState::Absent, ""),
            item("A06-EVIDENCE-XEN", FoundState::Present, "https://elsewhere.example/xen"),
        ],
    };
    walk.asks(&Actor::Applicant, &again).unwrap();
    assert_eq!(walk.file.state(), ApplicationState::Resubmitted);
    // Only what is new changed; the name of the first mail still counts.
    assert_eq!(walk.file.changed().iter().collect::<Vec<_>>(), ["A06-EVIDENCE-XEN"]);
    assert_eq!(walk.file.open_items().count(), 0);
    assert_eq!(walk.asks(&by("mona"), &draft(Answer::Incomplete)), Err(Refused::NothingMissing));
    walk.asks(&by("mona"), &draft(Answer::Rejected)).unwrap();
    walk.asks(&by("mona"), &SEND).unwrap();
    assert_eq!(walk.file.state(), ApplicationState::Rejected);
    walk.asks(&by("milo"), &ApplicationRequest::Appealed { because: None }).unwrap();
    assert_eq!(walk.file.state(), ApplicationState::Appealed);
    walk.asks(&by("milo"), &draft(Answer::Accepted)).unwrap();
    walk.asks(&by("mona"), &SEND).unwrap();
    assert_eq!(walk.file.state(), ApplicationState::Accepted);
}

#[test]
fn an_alias_that_is_no_roles_needs_a_reason_and_a_list_is_never_one() {
    let mut walk = Walk::new(FoundState::Present);
    let alias = |text: &str, looks, because: Option<&str>| ApplicationRequest::Alias {
        alias: address(text),
        looks,
        because: because.map(str::to_owned),
    };
    let mona = by("mona");
    let mut told = |request: &ApplicationRequest| walk.asks(&mona, request).map_err(|refused| refused.to_string());
    assert_eq!(
        told(&alias("jo@elsewhere.example", Looks::Personal, None)).unwrap_err(),
        "That is a person's address, or one at a free-mail provider. If it is to be taken, say why: `alias ADDRESS because ...`."
    );
    assert!(
        told(&alias("l@lists.example", Looks::PublicList, Some("they insist"))).unwrap_err().contains("archive may be public")
    );
    assert!(told(&alias("security@alpha.example", Looks::Role, None)).unwrap_err().contains("Alpha Cloud"));
    told(&alias("jo@elsewhere.example", Looks::Personal, Some("a company of one"))).unwrap();
    assert_eq!(walk.file.alias(), Some(&address("jo@elsewhere.example")));
    walk.asks(&by("mona"), &ApplicationRequest::Name { organisation: "Alpha cloud".into() }).unwrap();
    assert_eq!(walk.asks(&by("mona"), &draft(Answer::Accepted)), Err(Refused::MemberAlready("Alpha Cloud".into())));
    let named = ApplicationRequest::Name { organisation: "security@elsewhere.example".into() };
    assert_eq!(walk.asks(&by("mona"), &named), Err(Refused::Nameless));
}

fn request() -> impl Strategy<Value = ApplicationRequest> {
    let state = prop_oneof![Just(FoundState::Present), Just(FoundState::Absent)];
    let answer = prop_oneof![Just(Answer::Incomplete), Just(Answer::Accepted), Just(Answer::Rejected)];
    prop_oneof![
        Just(ApplicationRequest::Review),
        Just(SEND),
        Just(ApplicationRequest::Retract),
        answer.prop_map(draft),
        state.clone().prop_map(|state| ApplicationRequest::Item { item: "A06".into(), state, because: "seen".into() }),
        state.prop_map(|state| ApplicationRequest::Resubmit {
            mail: 9,
            organisation: None,
            domains: Vec::new(),
            aliases: Vec::new(),
            category: None,
            items: vec![item("A06-EVIDENCE-XEN", state, "x")],
        }),
        Just(ApplicationRequest::Hear { mail: 10, what: Heard::Comment }),
        Just(ApplicationRequest::Appealed { because: None }),
        Just(ApplicationRequest::Withdrawn { because: None }),
        Just(ApplicationRequest::Expire { because: "silence".into() }),
        Just(ApplicationRequest::Subscribed { member: 3 }),
        Just(ApplicationRequest::Note { text: "hm".into() }),
        Just(ApplicationRequest::Name { organisation: "Else".into() }),
    ]
}

proptest! {
    /// Whatever anybody asks in whatever order: what is judged fits; the fold of the record is the file; an acceptance has two people and no open
    /// item; every answer that went out was drafted; nobody but a person decides.
    #[test]
    fn no_sequence_accepts_alone_or_with_an_open_item(
        start in prop_oneof![Just(FoundState::Present), Just(FoundState::Absent), Just(FoundState::Suspicious)],
        asked in proptest::collection::vec((request(), 0_usize..6), 1..40),
    ) {
        let who = [by("mona"), by("milo"), Actor::Operator, Actor::Applicant, Actor::Alias, Actor::Daemon];
        let mut walk = Walk::new(start);
        for (request, nth) in &asked {
            let before = walk.file.clone();
            let open = before.open_items().count();
            match walk.asks(&who[*nth], request) {
                Err(_) => prop_assert_eq!(&walk.file, &before),
                Ok(kinds) if kinds.contains(&"application-answered") => {
                    let drafted = before.draft().unwrap();
                    prop_assert!(who[*nth].person().is_some());
                    if drafted.answer == Answer::Accepted {
                        prop_assert!(open == 0 && Some(&drafted.by) != who[*nth].person());
                    }
                }
                Ok(_) => {}
            }
            if walk.file.state() != before.state() && !matches!(who[*nth], Actor::Person(_)) {
                let by_mail = walk.file.state() == ApplicationState::Resubmitted;
                prop_assert!(by_mail || walk.file.state() == ApplicationState::Listed);
            }
        }
        prop_assert_eq!(ApplicationFile::fold(ApplicationId(7), &walk.record).unwrap(), walk.file);
        let stored = serde_json::to_string(&walk.record).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<ApplicationRecorded>>(&stored).unwrap(), walk.record);
    }
}
