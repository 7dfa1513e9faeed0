//! Applications and members: what commands and mail bring about, and what the public never reads.

use super::*;
use crate::{
    command::{self, Command, CommandContext},
    decide::{
        Work,
        effect::Effect,
        membership::{
            Actor as By, ApplicationEvent, ApplicationFile, ApplicationId, ApplicationRecorded, FoundBy, MemberEvent, MemberFile,
            MemberId, MemberRecorded, MembershipFacts, Particulars, applying, belonging,
        },
        ruling,
    },
    disclosure::{Recipients, Roster, TlsRequirement},
    membership::{
        Category,
        applying::{FoundItem, FoundState},
    },
};

const SAM: &str = "sam@delta.example";
const LIST: &str = "applications@lists.example.org";
const ALIAS: &str = "security@delta.example";

/// To whom an advisory and a post would go: the door of both is asked for a letter to exactly the active members, which it refuses otherwise.
pub(crate) fn recipients_of_both_lists(roster: &Roster) -> [Vec<Address>; 2] {
    let mut scene = Scene::new().with(|snapshot| snapshot.roster.members.clone_from(&roster.members));
    // The writer of the post is of a member that stays.
    let alpha = crate::compose::tests::roster().members.remove(0);
    scene.snapshot.roster.members.push(alpha.clone());
    let of = |effects: &[Effect]| {
        let letters: Vec<Recipients> = letters(effects)
            .filter(|one| one.letter.draft().kind == LetterKind::Redistribution)
            .map(|one| one.letter.draft().to.clone())
            .collect();
        let [only] = letters.as_slice() else { panic!("{} redistributions", letters.len()) };
        only.as_slice().iter().filter(|to| **to != alpha.address).cloned().collect::<Vec<_>>()
    };
    let discuss = of(&scene.decide(&technical_post()).unwrap().effects);
    let announce = of(&super::advisories::sent_by_two(&scene));
    [announce, discuss]
}

fn item(id: &str, state: FoundState) -> FoundItem {
    FoundItem { id: id.to_owned(), state, quote: Some("a line".to_owned()), note: None }
}

fn file(state: FoundState, embargo: bool) -> ApplicationFile {
    let rules = ApplicationRules::built_in().unwrap();
    let items = rules.names().keys().map(|id| item(id, state)).collect();
    let event = ApplicationEvent::Received {
        mail: 3,
        applicant: Some(address(SAM)),
        organisation: Some("Delta Cloud Ltd".to_owned()),
        domains: vec!["delta.example".to_owned()],
        aliases: vec![address(ALIAS)],
        category: Some(Category::PublicHostingProvider),
        items,
        embargo,
    };
    ApplicationFile::fold(ApplicationId(3), &[ApplicationRecorded { at: at(NOW), by: By::Applicant, event }]).unwrap()
}

fn received(applicant: &str) -> ApplicationEvent {
    ApplicationEvent::Received {
        mail: 3,
        applicant: Some(address(applicant)),
        organisation: None,
        domains: Vec::new(),
        aliases: Vec::new(),
        category: None,
        items: Vec::new(),
        embargo: false,
    }
}

fn scene(file: ApplicationFile) -> Scene {
    Scene::new().with(|snapshot| {
        snapshot.membership = MembershipFacts {
            application: Some(file),
            next_member: Some(MemberId(9)),
            known: vec![("Alpha Cloud".to_owned(), address("security@alpha.example"))],
            ..MembershipFacts::default()
        };
    })
}

/// A person types a command on the machine; the effects, or why nothing was done.
fn typed(scene: &Scene, person: usize, line: &str) -> Result<Vec<Effect>, String> {
    let member = scene.snapshot.roster.team[person].vouched_for_by_the_kernel();
    let mut entropy = SeededEntropy::new(5);
    let mut work = Work::new(InboxId::of_row(0), &scene.snapshot, &scene.policy, at(NOW), &mut entropy);
    let thread = crate::compose::Thread::new();
    let by = ruling::By { person: &member, thread: &thread, token: None };
    let Ok(Command::Application(command)) = command::parse(line, CommandContext::Application) else { panic!("{line}") };
    applying::on_application(&mut work, &command, &by).unwrap();
    match work.refusal() {
        Some(why) => Err(why.to_owned()),
        None => Ok(work.into_effects()),
    }
}

/// The application after the effects.
fn after(mut file: ApplicationFile, effects: &[Effect]) -> ApplicationFile {
    for effect in effects {
        if let Effect::Membership(change) = effect
            && let Change::Application { by, event, .. } = &**change
        {
            file.apply(&ApplicationRecorded { at: at(NOW), by: by.clone(), event: event.clone() }).unwrap();
        }
    }
    file
}

/// Whether an embargo runs, and whether one ran when it came, makes no difference to a single byte that the public could read (P56, P71).
#[test]
fn no_draft_for_the_public_depends_on_an_embargo() {
    for (line, state) in [
        ("incomplete", FoundState::Absent),
        ("incomplete", FoundState::Suspicious),
        ("accept", FoundState::Present),
        ("reject because the service is not offered to the public.", FoundState::Present),
        ("reject because we could not find the page.", FoundState::Absent),
    ] {
        let mut texts = Vec::new();
        for embargo in [false, true] {
            let mut scene = scene(file(state, embargo));
            if !embargo {
                scene.snapshot.live.clear();
            }
            let effects = typed(&scene, 0, line).unwrap();
            let drafted = after(file(state, embargo), &effects);
            let text = drafted.draft().unwrap().text.clone();
            // And what goes out is that text.
            let mut confirmed = scene;
            confirmed.snapshot.membership.application = Some(drafted);
            let sent = typed(&confirmed, 1, "send").unwrap();
            let answer = letters(&sent).find(|one| one.letter.draft().kind == LetterKind::ApplicationAnswer).unwrap();
            let message = Message::parse(&RawMessage::new(answer.letter.draft().bytes.clone())).unwrap();
            assert_eq!(message.text.trim_end().replace("\r\n", "\n"), text.trim_end());
            assert!(!text.contains('@') || text.matches('@').count() == text.matches("lists.example.org").count(), "{text}");
            for word in ["XSA", "CVE", "advisory", "embargoed", "999", "currently", "pending"] {
                assert!(!text.contains(word), "{word} in: {text}");
            }
            texts.push(text);
        }
        assert_eq!(texts[0], texts[1], "{line}");
    }
    // The one place where the word stands is the policy's own item about confidentiality.
    let text = after(file(FoundState::Absent, true), &typed(&scene(file(FoundState::Absent, true)), 0, "incomplete").unwrap());
    let text = text.draft().unwrap().text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(text.matches("embargo").count(), text.matches("confidentiality during an embargo period").count());
    assert!(
        text.contains("The Security Team has no discretion to accept applications which do not provide all of the information")
    );
}

#[test]
fn a_persons_words_for_the_public_must_not_speak_of_an_embargo() {
    let scene = scene(file(FoundState::Present, true));
    for words in [
        "an embargo runs",
        "of XSA-999",
        "we are busy with an unreleased advisory",
        "the upcoming release comes first",
        "CVE-2026-1",
    ] {
        let refused = typed(&scene, 0, &format!("reject because {words}")).err().unwrap();
        assert!(refused.contains("These words are for the public list"), "{words}: {refused}");
    }
    assert!(typed(&scene, 0, "reject because nobody can buy the service.").is_ok());
}

#[test]
fn acceptance_by_a_second_person_adds_a_member_who_gets_nothing_until_the_alias_answers() {
    let first = scene(file(FoundState::Present, false));
    let drafted = typed(&first, 0, "accept").unwrap();
    let told = first.lines(&drafted);
    assert!(told.contains(&"application-drafted application-3 by mona".to_owned()), "{told:#?}");
    assert_eq!(told.iter().filter(|line| line.contains("application-draft to ")).count(), 2);
    let mut second = first;
    second.snapshot.membership.application = Some(after(file(FoundState::Present, false), &drafted));
    assert!(typed(&second, 0, "send").err().unwrap().contains("mona drafted it, and adding a member takes two"));
    let done = typed(&second, 1, "send").unwrap();
    assert_eq!(
        second.lines(&done),
        [
            "member-entered member-9 by nils",
            "member-accepted member-9 by nils",
            "member-probed member-9 by nils",
            "mint alias 9 v0 for security@delta.example",
            "confidential alias-probe to security@delta.example",
            "public application-answer to applications@lists.example.org about 3",
            "note application-answer by nils: application-3: accepted on the public list",
            "application-answered application-3 by nils",
            "mint application 3 v4 for mona",
            "confidential command-answer to mona@team.example.org",
            "mint application 3 v4 for nils",
            "confidential command-answer to nils@team.example.org",
        ]
    );
}

/// The alias answers, or a person who knows says so: either ends the application.
#[test]
fn an_application_is_done_when_its_member_gets_both_lists() {
    let mut scene = scene(file(FoundState::Present, false));
    for (person, line) in [(0, "accept"), (1, "send")] {
        let effects = typed(&scene, person, line).unwrap();
        let known = &mut scene.snapshot.membership;
        known.application = known.application.take().map(|file| after(file, &effects));
        known.member = entered(&effects).or(known.member.take());
    }
    let done = ["application-subscribed application-3 by ".to_owned(), "application-listed application-3 by ".to_owned()];
    let facts = scene.snapshot.membership;
    for (purpose, whom, digest, from, words) in [
        (Purpose::Alias, ALIAS, "confirm", "jo@delta.example", "confirm"),
        (Purpose::Member, "nils", "member-9", NILS, "confirmed because I spoke to them"),
    ] {
        let scene = Scene::new().token(purpose, whom, 9, Digest::of(digest.as_bytes()));
        let told = replied(&scene.with(|known| known.membership = facts.clone()), from, words);
        assert!(told.iter().any(|line| line.starts_with("member-activated member-9")), "{told:#?}");
        assert!(done.iter().all(|line| told.contains(line)), "{told:#?}");
    }
}

/// The member that the effects make.
fn entered(effects: &[Effect]) -> Option<MemberFile> {
    let record: Vec<MemberRecorded> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Membership(change) => match &**change {
                Change::Member { by, event, .. } => Some(MemberRecorded { at: at(NOW), by: by.clone(), event: event.clone() }),
                _ => None,
            },
            _ => None,
        })
        .collect();
    (!record.is_empty()).then(|| MemberFile::fold(MemberId(9), &record).unwrap())
}

#[test]
fn a_live_case_in_the_words_keeps_the_answer_from_the_public_list() {
    // The words of a person name what a live case is about; the firewall looks at them as at what everybody reads.
    let mut scene = scene(file(FoundState::Present, false)).with(|snapshot| snapshot.wall = super::firewall::wall(None));
    let line = format!("reject because your hosts have this problem: {}", super::firewall::SECRET);
    let drafted = typed(&scene, 0, &line).unwrap();
    let letter = letters(&drafted).next().unwrap().letter.draft().clone();
    assert!(String::from_utf8_lossy(&letter.bytes).contains("It cannot go out as it is"), "the draft says so");
    scene.snapshot.membership.application = Some(after(file(FoundState::Present, false), &drafted));
    let refused = typed(&scene, 1, "send").err().unwrap();
    assert!(refused.contains("firewall finds a live case"), "{refused}");
}

fn member(events: &[(By, MemberEvent)]) -> MemberFile {
    let particulars = Particulars {
        organisation: "Delta Cloud Ltd".to_owned(),
        address: address(ALIAS),
        posters: Vec::new(),
        domains: vec!["delta.example.net".to_owned()],
        category: None,
        tls: TlsRequirement::default(),
        terms: None,
        application: None,
        override_because: None,
    };
    let adopted = MemberEvent::Adopted { particulars, standing: crate::membership::belonging::Standing::Active, since: at(NOW) };
    let mut record = vec![MemberRecorded { at: at(NOW), by: By::Daemon, event: adopted }];
    record.extend(events.iter().map(|(by, event)| MemberRecorded { at: at(NOW), by: by.clone(), event: event.clone() }));
    MemberFile::fold(MemberId(9), &record).unwrap()
}

fn with_member(file: MemberFile) -> Scene {
    Scene::new().token(Purpose::Alias, ALIAS, 9, Digest::of(b"confirm")).with(|snapshot| snapshot.membership.member = Some(file))
}

#[test]
fn an_alias_confirms_by_hand_from_its_own_domain_alone() {
    let to = desk();
    let scene = with_member(member(&[]));
    for from in ["jo@delta.example", "jo@mail.delta.example", "ops@delta.example.net"] {
        let told = scene.told(&mail(from, &to, "Re: confirm", "still-here\n\nJo"));
        assert!(
            told.contains(&"member-confirmed member-9 by alias".to_owned()) && told.contains(&"spend the token".to_owned()),
            "{told:#?}"
        );
    }
    for doubtful in [
        mail("jo@elsewhere.example", &to, "Re: confirm", "confirm"),
        forged("jo@delta.example", &to, "Re: confirm", "confirm"),
        mail("jo@delta.example", &to, "Re: confirm", "We have opened ticket 7."),
        mail("jo@notdelta.example", &to, "Re: confirm", "confirm"),
    ] {
        let told = scene.told(&doubtful);
        assert!(told.contains(&"member-doubtful-answer member-9 by ".to_owned()) && told[0].starts_with("held"), "{told:#?}");
        assert!(!told.iter().any(|line| line.contains("confirmed") || line.contains("spend")), "{told:#?}");
    }
    let automatic =
        mail("jo@delta.example", &to, "Auto: confirm", "confirm").replace("Subject:", "Auto-Submitted: auto-replied\nSubject:");
    let told = scene.told(&automatic);
    assert!(told.contains(&"member-automatic member-9 by ".to_owned()), "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("member-confirmed")), "{told:#?}");
}

#[test]
fn a_mail_on_the_list_begins_one_application_and_others_only_comment() {
    let body = "Organisation: Delta Cloud Ltd\nDomains: delta.example\nWe are a public hosting provider and use Xen for all of our guests.\n\
                Pricing: https://delta.example/pricing\nXen: https://delta.example/xen\n";
    let fresh = Scene::new();
    let told = fresh.told(&mail(SAM, LIST, "Application for membership of the predisclosure list", body));
    assert!(told.contains(&"application-received application-7 by applicant".to_owned()), "{told:#?}");
    assert_eq!(told.iter().filter(|line| line.starts_with("confidential application-notice to ")).count(), 2);
    let known = scene(file(FoundState::Absent, false)).with(|snapshot| snapshot.membership.found_by = None);
    let told = known.told(&mail(SAM, LIST, "Re: Application", body));
    assert!(told.contains(&"application-resubmitted application-3 by applicant".to_owned()), "{told:#?}");
    let answered =
        scene(file(FoundState::Absent, false)).with(|snapshot| snapshot.membership.found_by = Some(FoundBy::Reference));
    let told = answered.told(&mail("eve@other.example", LIST, "Re: Application", body));
    assert!(told.contains(&"application-heard application-3 by applicant".to_owned()), "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("application-notice")), "a comment is nobody's work: {told:#?}");
    // Two people at a provider where anybody can have an address are two applicants.
    let strangers = scene(file(FoundState::Absent, false)).with(|snapshot| {
        let file = ApplicationRecorded { at: at(NOW), by: By::Applicant, event: received("one@gmail.com") };
        snapshot.membership.application = Some(ApplicationFile::fold(ApplicationId(3), &[file]).unwrap());
    });
    let told = strangers.told(&mail("two@gmail.com", LIST, "Application for membership of the predisclosure list", body));
    assert!(told.contains(&"application-received application-7 by applicant".to_owned()), "{told:#?}");
    let told = known.told(&mail(SAM, LIST, "Re: Application", "We hereby withdraw our application."));
    assert!(told.contains(&"application-heard application-3 by applicant".to_owned()), "{told:#?}");
    assert!(told.iter().any(|line| line.contains("application-notice")), "a person says that it is withdrawn");
    let told = known.told(&mail(MONA, LIST, "Re: Application", body));
    assert!(!told.iter().any(|line| line.starts_with("application-")), "the team's own words are no application: {told:#?}");
}

#[test]
fn a_bounce_is_a_to_do_and_drops_nobody() {
    let mut entropy = SeededEntropy::new(5);
    let scene = with_member(member(&[]));
    let mut work = Work::new(InboxId::of_row(7), &scene.snapshot, &scene.policy, at(NOW), &mut entropy);
    let file = scene.snapshot.membership.member.clone().unwrap();
    belonging::bounced(&mut work, file, "5.1.1").unwrap();
    let told = scene.lines(&work.into_effects());
    assert_eq!(told[0], "member-bounced member-9 by ");
    assert_eq!(told.iter().filter(|line| line.contains("command-answer to ")).count(), 2, "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("frozen") || line.contains("ended")));
}

/// A person's reply with a token of a letter that was written when its file had version 1.
fn replied(scene: &Scene, from: &str, words: &str) -> Vec<String> {
    scene.told(&mail(from, &desk(), "Re: [member-9]", words))
}

#[test]
fn a_second_word_to_an_older_letter_is_not_about_a_later_proposal() {
    let mona = By::Person(PersonName("mona".to_owned()));
    let remove = MemberEvent::Proposed { act: crate::membership::belonging::Act::Remove { because: "asked".to_owned() } };
    let scene = |events: &[(By, MemberEvent)]| {
        Scene::new()
            .token(Purpose::Member, "nils", 9, Digest::of(b"member-9"))
            .with(|snapshot| snapshot.membership.member = Some(member(events)))
    };
    let told = replied(&scene(&[(mona, remove)]), NILS, "second");
    assert!(
        told.contains(&"note state-changed by nils: the member changed since the letter; asked again".to_owned()),
        "{told:#?}"
    );
    assert!(!told.iter().any(|line| line.starts_with("member-") || line.starts_with("spend")), "{told:#?}");
}

#[test]
fn a_send_to_an_older_letter_publishes_nothing() {
    let first = scene(file(FoundState::Present, false));
    let drafted = after(file(FoundState::Present, false), &typed(&first, 0, "accept").unwrap());
    // The same text may stand for another alias by now: what was looked at must be what is there.
    let digest = drafted.draft().unwrap().digest;
    let second = scene(drafted).token(Purpose::Application, "nils", 3, digest);
    let told = replied(&second, NILS, "send");
    assert!(told.iter().any(|line| line.starts_with("note state-changed by nils")), "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("application-answer") || line.starts_with("member-")), "{told:#?}");
}
