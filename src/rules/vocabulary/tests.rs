//! Known words: what a text of them may hold, and what never is one.

use crate::mail::{Message, RawMessage};

use super::super::{Pattern, PosterKind};
use super::*;

fn known(words: &str) -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    vocabulary.add(words).unwrap();
    vocabulary
}

/// The unknown words of a post by Ada Byron.
fn unknown(words: &str, subject: &str, body: &str) -> Vec<String> {
    let quoted = |doubt: String| doubt.split('`').nth(1).unwrap().to_owned();
    doubts(&known(words), subject, body).into_iter().map(quoted).collect()
}

/// What keeps a post by Ada Byron from being understood.
fn doubts(known: &Vocabulary, subject: &str, body: &str) -> Vec<String> {
    let mail = format!("From: Ada Byron <ada@cirrus.example>\r\nSubject: {subject}\r\n\r\n{}\r\n", body.replace('\n', "\r\n"));
    let view = MailView::of(&Message::parse(&RawMessage::new(mail.into_bytes())).unwrap(), PosterKind::Member, &[]);
    known.doubts(&view)
}

fn in_body(words: &str, body: &str) -> Vec<String> {
    unknown(words, "Re: XSA-999", body)
}

#[test]
fn a_word_and_its_endings() {
    assert_eq!(in_body("the patch|es|ed build|s", "The patch builds. Patches build, patched."), Vec::<String>::new());
    assert_eq!(in_body("the patch|es build|s", "The patches building."), ["building"]);
}

#[test]
fn names_are_not_words_of_small_letters() {
    assert_eq!(in_body("mark the it larch", "Mark it. The Mark, LARCH"), ["Mark"]);
    assert_eq!(in_body("the Xen", "the xen Xen"), ["xen"]);
}

#[test]
fn words_in_company() {
    assert_eq!(in_body("a our_test_host release_#", "our test host, a release 4.17"), Vec::<String>::new());
    assert_eq!(
        in_body("a our_test_host release_#", "our host, our test. Host a release"),
        ["our", "host", "our", "test", "Host"]
    );
    // "I" has its capital in the middle of a sentence, too.
    assert_eq!(in_body("when i_see it", "when I see it"), Vec::<String>::new());
    // A mark between them parts a company.
    assert_eq!(in_body("our_test", "our, test"), ["our", "test"]);
}

#[test]
fn contractions_and_joined_words() {
    assert_eq!(in_body("it do use after free ca guest", "It's don't use-after-free the guest\u{2019}s"), ["the"]);
    assert_eq!(in_body("read write", "read/write (read) \"write\""), Vec::<String>::new());
}

#[test]
fn a_greeting_and_the_authors_closing() {
    assert_eq!(in_body("it builds", "Hi Jan,\n\nit builds\n\nThanks,\nAda"), ["Thanks"]);
    assert_eq!(in_body("it builds thanks", "Hello Jan and it\n\nbuilds\n\nThanks,\nAda Byron"), ["Hello", "Jan", "and"]);
    assert_eq!(in_body("it builds thanks", "Jan,\n\nit builds\n\nThanks,\nAda Byron"), Vec::<String>::new());
    // Only the author signs: a name at the end is not everybody's.
    assert_eq!(in_body("it builds thanks", "it builds\n\nThanks, Larch"), ["Larch"]);
    assert_eq!(in_body("it builds", "it builds\n\nTell Larch"), ["Tell", "Larch"]);
}

#[test]
fn the_list_and_the_team_are_greeted_too() {
    assert_eq!(in_body("it builds", "Dear Security Team, dear members,\n\nit builds"), Vec::<String>::new());
    assert_eq!(in_body("it builds", "Dear list members,\n\nit builds"), Vec::<String>::new());
    // Greeting is done at the beginning.
    assert_eq!(in_body("it builds", "it builds\n\nDear members, it builds"), ["Dear", "members"]);
}

#[test]
fn the_writers_own_firm() {
    let words = "@_has rebuilt thanks";
    assert_eq!(in_body(words, "Cirrus has rebuilt. Larch has rebuilt"), ["Larch", "has"]);
    assert_eq!(in_body(words, "cirrus has rebuilt"), ["cirrus", "has"]);
    assert_eq!(in_body("@", "Cirrus"), Vec::<String>::new());
    assert_eq!(in_body("has", "has Example has"), ["Example"]);
    // Below the name it is no word of the text.
    assert_eq!(in_body("thanks rebuilt", "rebuilt\n\nThanks\nAda Byron\nCirrus"), Vec::<String>::new());
}

#[test]
fn the_subject_of_an_answer_is_the_threads() {
    assert_eq!(unknown("it builds", "Re: Larch", "it builds"), Vec::<String>::new());
    assert_eq!(unknown("it builds", "[list] AW: Larch", "it builds"), Vec::<String>::new());
    assert_eq!(unknown("it builds", "Larch builds", "it builds"), ["Larch"]);
}

#[test]
fn what_git_prints() {
    let trailer = "It builds.\n\nReviewed-by: Larch Oak <larch@oak.example>";
    assert_eq!(in_body("it builds", trailer), Vec::<String>::new());
    assert_eq!(
        in_body("it builds reported by", "It builds.\n\nReported-by: Larch <larch@oak.example>"),
        ["Larch", "larch@oak.example"]
    );
    assert_eq!(in_body("fix", "3f2a8c91d0be (\"cifs: Fix foo()\") netfilter: nftables: exthdr: fix"), ["netfilter"]);
}

#[test]
fn no_more_than_five_are_shown() {
    assert_eq!(in_body("x", "one two three four five six seven"), ["one", "two", "three", "four", "five"]);
}

#[test]
fn technical_forms() {
    for word in [
        "3",
        "~10",
        "64k",
        "99.5%",
        "4.17",
        "v6.1.y",
        "5.10.0-rc3",
        "d527f51331ca",
        "0xfee00000",
        "nf_tables_newset",
        "foo()",
        "evtchn->lock",
        "CONFIG_PV",
        "ext4",
        "CR4",
        "p2m",
        "smt=0",
        "spec-ctrl=no",
        "--enable-debug",
        "-j4",
        "-fno-strict-aliasing",
        "xl.cfg",
        "mm.c:123",
        "hw/ide.c:1688:9",
        "/proc/cpuinfo",
        "drivers/net/xen-netback",
        "xsa484-4.17.patch",
        "CVE-2026-12345",
    ] {
        assert!(is_technical(word), "{word}");
    }
}

#[test]
fn dates_names_addresses_and_words_are_not_technical() {
    for word in [
        "2026",
        "2026-05-21",
        "28.05.2026",
        "17:00",
        "21st",
        "9am",
        "Q3",
        "H2",
        "KW21",
        "Larch",
        "larch.com",
        "larch@oak.example",
        "https://oak.example/x.patch",
        "Larch/Oak/Elm",
        "-next",
        "-stable",
        "deadbeef",
        "accede",
        "read/write",
        "Larch(2)",
        "",
    ] {
        assert!(!is_technical(word), "{word}");
    }
}

#[test]
fn entries_that_are_no_words() {
    let refused = |words: &str| Vocabulary::default().add(words).map_err(|error| error.to_string());
    assert_eq!(refused("fine it's e.g two_words"), Ok(()));
    for words in ["two__words", "#", "(?i)x", "a|b/c", "_x"] {
        assert_eq!(refused(words), Err(format!("`{words}` is no word")), "{words}");
    }
}

fn patterns(sources: &[&str]) -> Vec<Pattern> {
    sources.iter().map(|source| Pattern::compile(source).unwrap()).collect()
}

#[test]
fn a_few_words_may_stray_beside_the_work_on_a_patch() {
    let mut lenient = known("the a it on patch|es builds with and they test|s pass");
    lenient.let_stray(Stray { most: 2, beside: patterns(&["patch"]), unless: patterns(&["(?i)\\bthey\\b"]) });
    let in_body = |body: &str| doubts(&lenient, "Re: XSA-999", body);
    assert_eq!(in_body("The patch builds with tcc, and the patch builds with pcc."), Vec::<String>::new());
    // The same word twice is one word.
    assert_eq!(in_body("The patch builds with tcc, pcc and tcc."), Vec::<String>::new());
    // Three are too many; a sentence about something else may have none; nor may one about people.
    let three = ["not in the vocabulary: `tcc`", "not in the vocabulary: `pcc`", "not in the vocabulary: `lcc`"];
    assert_eq!(in_body("The patch builds with tcc, pcc and lcc."), three);
    assert_eq!(in_body("The patch builds. It builds with tcc."), ["not in the vocabulary: `tcc`"]);
    let beside_they = ["not in the vocabulary: `tcc`, in a sentence with `they`"];
    assert_eq!(in_body("The patch builds with tcc and they test it."), beside_they);
    // Names, owners and whoever does something never stray: a capital, `'s`, words that end like words for people.
    for word in ["Larch", "larch's", "integrator", "trainees", "ministry's", "university", "deployment"] {
        assert!(!in_body(&format!("The patch builds with {word}")).is_empty(), "{word}");
    }
}

#[test]
fn a_sentence_that_says_what_goes_wrong_must_say_what_mends_it() {
    let mut wary = known("the a on hang|s patch fixes host builds");
    wary.be_wary(Wary { of: patterns(&["\\bhangs?\\b"]), unless: patterns(&["\\bpatch\\b"]) });
    let in_body = |subject: &str, body: &str| doubts(&wary, subject, body);
    assert_eq!(in_body("Re: XSA-999", "The patch fixes the hang."), Vec::<String>::new());
    assert_eq!(in_body("Re: XSA-999", "The patch builds. The host hangs."), ["what goes wrong where: `hangs`"]);
    // A title names the matter.
    assert_eq!(in_body("The hang", "The patch builds."), Vec::<String>::new());
}

#[test]
fn names_are_written_with_marks_and_without() {
    let mail = |name: &str, closing: &str| {
        let mail = format!("From: {name} <x@cirrus.example>\r\nSubject: Re: XSA-999\r\n\r\nit builds.\r\n\r\n{closing}\r\n");
        let view = MailView::of(&Message::parse(&RawMessage::new(mail.into_bytes())).unwrap(), PosterKind::Member, &[]);
        known("it builds saludos").doubts(&view)
    };
    for (name, closing) in [("Ines Castellano", "Saludos\r\nInés"), ("Cheng Yu-Ting", "Yu-Ting"), ("Oluwaseun Bakare", "Seun")] {
        assert_eq!(mail(name, closing), Vec::<String>::new(), "{name}");
    }
    assert_eq!(mail("Ada Byron", "Seun"), ["not in the vocabulary: `Seun`"]);
}

#[test]
fn sections_options_and_processors_are_technical() {
    let technical =
        ["6248R", "8462Y+", ".altinstructions", ".text.unlikely", "-Werror", "-Wmaybe-uninitialized", "max-ver:1", "I/O"];
    assert_eq!(in_body("the", &technical.join(" ")), Vec::<String>::new());
    assert_eq!(in_body("the", "the Q3 the 2026R the day:1 the ...soon"), ["Q3", "2026R", "day", "soon"]);
}

/// Whoever may send mail decides how long its words are: the work must grow with them and not with their square.
#[test]
fn no_word_costs_the_square_of_its_length() {
    for piece in
        [")", ").", "x", "(", "()", "\"", "'", "-", "we_", "a/b/", "foo()", "0x1", "a.b.", "Ab", "Aa ", "Ada, ", "a b. ", "A. "]
    {
        let many = piece.repeat(100_000 / piece.len());
        for body in [format!("The patch builds cpu_init({many} now."), many.clone()] {
            let started = std::time::Instant::now();
            in_body("the patch|es build|s", &body);
            let took = started.elapsed();
            assert!(took < std::time::Duration::from_secs(30), "{piece:?}: {took:?}");
        }
    }
}
