//! What a hostile mail may try through a letter: templates, headers, terminals, long lines, giant threads.

use proptest::prelude::*;

use super::{NOW, TOKEN, address, at, at_desk, message, project, report, text_of, thread};
use crate::{
    compose::{
        Alarm, AlarmKind, CaseReply, Desk, Draft, Enclosure, Haste, HeldId, HeldNotice, HeldWhat, LetterKind, Letters,
        NoticeMode, Thread,
        layout::{encode, lay_out},
        letters::BLUEPRINTS,
        shown,
        values::{Holds, PROJECT, Values},
    },
    disclosure::{CaseId, ListName, Poster, Project, Recipients, project::TokenPlace},
    entropy::SeededEntropy,
    mail::{Message, RawMessage},
    rules::Reason,
};

fn reply(project: &Project, text: &str) -> Draft {
    let letter = CaseReply {
        case: CaseId(17),
        token: TOKEN.to_owned(),
        to: address("d@finder.example"),
        thread: thread(),
        text: text.to_owned(),
    };
    at_desk(project, |desk| letter.write(desk)).unwrap()
}

fn notice_with(text: &str) -> Draft {
    let letter = HeldNotice {
        what: HeldWhat::Post,
        receivers: String::new(),
        held: HeldId(31),
        token: TOKEN.to_owned(),
        to: address("mona@team.example.org"),
        thread: Thread::new(),
        list: ListName("exo-issues-discuss".to_owned()),
        rule: None,
        reasons: vec![Reason { rule: "r".to_owned(), field: "body".to_owned(), text: text.to_owned() }],
        gate: Vec::new(),
        suggestion: "hold".to_owned(),
        haste: Haste::Normal,
        poster: Poster::Member { organisation: text.to_owned() },
        post: Enclosure::of(&report()),
        mode: NoticeMode::Full,
    };
    at_desk(&project(), |desk| letter.write(desk)).unwrap()
}

#[test]
fn a_value_is_never_a_template() {
    let hostile = "{{ team_name }} {% for x in y %} {# c #} ${HOME} %s $(id)";
    let text = text_of(&notice_with(hostile));
    assert!(text.contains(hostile), "{text}");
}

#[test]
fn stored_names_are_read_back() {
    for kind in LetterKind::ALL {
        assert_eq!(LetterKind::from_stored(kind.as_str()), Some(kind));
    }
    assert_eq!(LetterKind::from_stored("letter"), None);
    assert_eq!("held-31".parse(), Ok(HeldId(31)));
    assert_eq!("31".parse(), Ok(HeldId(31)));
    assert!("held-x".parse::<HeldId>().is_err());
}

#[test]
fn every_alarm_has_words_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for kind in AlarmKind::ALL {
        let to = Recipients::one(address("mona@team.example.org"));
        let letter = Alarm { to, thread: Thread::new(), kind, ids: vec!["in-1".to_owned(), "held-2".to_owned()] };
        let text = text_of(&at_desk(&project(), |desk| letter.write(desk)).unwrap());
        assert!(text.contains("Subject: [in-1] Please look\n") && text.ends_with("It is about:\n\n  in-1\n  held-2\n"), "{text}");
        assert!(!text.contains("does not know"), "{kind:?} has no words in alarm.txt");
        assert!(seen.insert(text), "{kind:?} says the same as another");
    }
}

#[test]
fn hidden_and_reordering_characters_are_shown_as_numbers() {
    assert_eq!(shown::line("a\u{1b}[31mb"), "a\\u{1b}[31mb");
    assert_eq!(shown::line("a\nb\tc\r\u{0}"), "a\\u{a}b\\u{9}c\\u{d}\\u{0}");
    assert_eq!(shown::line("x\u{202e}gpj.exe"), "x\\u{202e}gpj.exe");
    assert_eq!(shown::line("zero\u{200b}width\u{feff}\u{2066}\u{e0041}"), "zero\\u{200b}width\\u{feff}\\u{2066}\\u{e0041}");
    assert_eq!(shown::line("Grüße, 世界"), "Grüße, 世界");
    assert_eq!(shown::block("one\r\ntwo\tx\u{7}\n"), "one\ntwo\tx\\u{7}\n");
    // U+0430 is a Cyrillic a.
    assert_eq!(shown::address(&address("security@\u{430}lpha.example")), "security@\\u{430}lpha.example");
    assert_eq!(shown::line(&"x".repeat(400)).len(), shown::LINE_LIMIT + 3);
}

#[test]
fn the_mark_of_verbatim_lines_cannot_come_from_a_mail() {
    assert_eq!(shown::line("\u{e000}x"), "\\u{e000}x");
    assert_eq!(shown::block("\u{e000}x"), "\\u{e000}x");
}

#[test]
fn a_text_outside_ascii_is_quoted_printable() {
    let bytes = reply(&project(), "Schöne Grüße = viele \n").bytes;
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("Content-Transfer-Encoding: quoted-printable\r\n"));
    assert!(text.contains("\r\n\r\nSch=C3=B6ne Gr=C3=BC=C3=9Fe =3D viele\r\n\r\nExo Security Team\r\n"), "{text}");
}

#[test]
fn tokens_travel_in_message_ids_where_the_project_says_so() {
    let project = Project { tokens: TokenPlace::MessageId, ..project() };
    let draft = reply(&project, "text");
    assert!(draft.message_id.local().starts_with(&format!("{TOKEN}.")), "{}", draft.message_id);
    let text = text_of_any(&draft);
    assert!(text.contains("Reply-To: \"Exo Security Team\" <security-desk@example.org>\n"), "{text}");
}

#[test]
fn two_letters_never_share_a_message_id_or_a_boundary() {
    let project = Project { tokens: TokenPlace::MessageId, ..project() };
    let letters = Letters::new(&std::collections::BTreeMap::new()).unwrap();
    let mut entropy = SeededEntropy::new(7);
    let mut desk = Desk { project: &project, letters: &letters, now: at(NOW), entropy: &mut entropy };
    let mut write = || {
        let letter = CaseReply {
            case: CaseId(17),
            token: TOKEN.to_owned(),
            to: address("d@finder.example"),
            thread: thread(),
            text: "x".to_owned(),
        };
        letter.write(&mut desk).unwrap().message_id
    };
    assert_ne!(write(), write());
}

#[test]
fn a_giant_thread_is_cut_to_its_root_and_its_end() {
    let references: String = (0..500).map(|number| format!(" <id-{number}@x.example>\n")).collect();
    let thread =
        Thread::answering(&message(&format!("From: a@x.example\nMessage-ID: <last@x.example>\nReferences:{references}\nbody\n")));
    let letter = CaseReply { case: CaseId(1), token: TOKEN.to_owned(), to: address("a@x.example"), thread, text: "x".to_owned() };
    let draft = at_desk(&project(), |desk| letter.write(desk)).unwrap();
    let written = Message::parse(&RawMessage::new(draft.bytes)).unwrap();
    assert_eq!(written.references.len(), 21);
    assert_eq!(written.references.first().unwrap().as_str(), "id-0@x.example");
    assert_eq!(written.references.last().unwrap().as_str(), "last@x.example");
}

#[test]
fn an_enclosed_mail_that_names_our_boundary_gets_another_one() {
    let mut first = SeededEntropy::new(1);
    let ids: Vec<String> = (0..3).map(|_| crate::entropy::Entropy::token(&mut first)).collect();
    let post = message(&format!("From: a@alpha.example\nSubject: x\n\n--{}--\n", ids[1]));
    let letter = HeldNotice {
        what: HeldWhat::Post,
        receivers: String::new(),
        held: HeldId(31),
        token: TOKEN.to_owned(),
        to: address("mona@team.example.org"),
        thread: Thread::new(),
        list: ListName("l".to_owned()),
        rule: None,
        reasons: Vec::new(),
        gate: Vec::new(),
        suggestion: "hold".to_owned(),
        haste: Haste::Normal,
        poster: Poster::Stranger,
        post: Enclosure::of(&post),
        mode: NoticeMode::Full,
    };
    let draft = at_desk(&project(), |desk| letter.write(desk)).unwrap();
    assert!(text_of(&draft).contains(&format!("boundary=\"{}\"", ids[2])));
    let written = Message::parse(&RawMessage::new(draft.bytes)).unwrap();
    assert_eq!(written.forwarded.len(), 1);
    assert_eq!(written.forwarded[0].subject, "x");
}

#[test]
fn paragraphs_are_filled_and_lines_kept() {
    let rendered = format!(
        "Some words that are\nput together into one paragraph however long {} is.\n\n\n\n  kept   as it is\n- item one\n  goes on\n- item two\n\n",
        "a value"
    );
    assert_eq!(
        lay_out(&rendered),
        "Some words that are put together into one paragraph however long a value\nis.\n\n  kept   as it is\n- item one goes on\n- item two\n"
    );
}

/// Every letter's own values and the variables it declares are checked against each other by writing it (strict undefined); here: that each
/// text renders with nothing but its declared variables, in both extremes, without a line too long.
#[test]
fn every_text_renders_in_both_extremes() {
    let letters = Letters::new(&std::collections::BTreeMap::new()).unwrap();
    for blueprint in &BLUEPRINTS {
        for holds in [Holds::Yes, Holds::No] {
            let values = Values::sample(blueprint.variables.iter().copied(), holds).merged(Values::sample(PROJECT, Holds::Yes));
            let (subject, body) = letters.page(blueprint.name, &values).unwrap();
            assert!(!subject.is_empty() && subject.len() < 60, "{}", blueprint.name);
            assert!(body.lines().all(|line| line.chars().count() <= 78), "{}", blueprint.name);
            // A text with all values missing may be empty: no letter is written that way.
            assert!(holds == Holds::No || body.ends_with('\n'), "{}", blueprint.name);
            assert!(!body.contains("\n\n\n") && !body.starts_with('\n'), "{}", blueprint.name);
        }
    }
}

fn decode_quoted_printable(bytes: &[u8]) -> String {
    let mut mail =
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\nFrom: a@b.example\r\n\r\n"
            .to_vec();
    mail.extend_from_slice(bytes);
    Message::parse(&RawMessage::new(mail)).unwrap().text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_typed_the_letter_is_one_clean_message(text in "\\PC{0,200}|[\\x00-\\x7f]{0,200}|(.|\n){0,200}") {
        let draft = reply(&project(), &text);
        let written = text_of_any(&draft);
        prop_assert!(written.is_ascii());
        prop_assert!(!written.bytes().any(|byte| byte.is_ascii_control() && byte != b'\n' && byte != b'\t'));
        let parsed = Message::parse(&RawMessage::new(draft.bytes)).unwrap();
        prop_assert!(parsed.doubts.is_empty(), "{:?}", parsed.doubts);
        prop_assert_eq!(parsed.headers().fields().count(), 13);
    }

    #[test]
    fn a_reason_from_a_mail_stays_on_its_lines(text in "(.|\n){0,300}") {
        let written = text_of_any(&notice_with(&text));
        prop_assert!(written.bytes().all(|byte| !byte.is_ascii_control() || byte == b'\n'));
        prop_assert_eq!(Message::parse(&RawMessage::new(written.replace('\n', "\r\n").into_bytes())).unwrap().forwarded.len(), 1);
    }

    #[test]
    fn quoted_printable_gives_the_text_back(text in "[a-zü=\t 世.\n]{0,300}") {
        let text: String = text.lines().map(|line| format!("{line}\n")).collect::<String>() + "ü\n";
        let (encoding, bytes) = encode(&text);
        prop_assert_eq!(encoding, "quoted-printable");
        prop_assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 77));
        prop_assert_eq!(decode_quoted_printable(&bytes), text);
    }

    #[test]
    fn layout_loses_no_word(text in "[a-z \n-]{0,400}") {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(words(&lay_out(&text)), words(&text));
    }
}

/// As [`text_of`], without the limit on lines: a value of one long word stays whole.
fn text_of_any(draft: &Draft) -> String {
    String::from_utf8(draft.bytes.clone()).unwrap().replace("\r\n", "\n")
}
