//! What people type on telephones and what their programs make of it: taken as it is meant, or asked about; never something else.

use super::{
    commands::{handler, moderator, poster},
    *,
};
use crate::disclosure::CaseState;

const NAME: &str = "Exo Security Team";
const DESK: &str = "security-desk@example.org";
const SENT: &str = "[held-5] A mail waits for a ruling";

/// The notice as its reader sees it.
fn notice() -> String {
    let held = Scene::new().decide(&mail(WRITER, DISCUSS, "XSA-999", "What about lunch?")).unwrap();
    let letter = letters(&held.effects).find(|outgoing| outgoing.letter.draft().kind == LetterKind::HeldNotice).unwrap();
    let text = String::from_utf8_lossy(&letter.letter.draft().bytes).replace("\r\n", "\n");
    let text = text.split("format=fixed\nContent-Transfer-Encoding: 7bit\n\n").nth(1).unwrap();
    text.split("\n--").next().unwrap().to_owned()
}

/// Answers of mail programs: the word as it is typed there, with all that they put around it. `>` stands for the quoted notice, `|` for the notice
/// without marks.
fn programs(word: &str) -> Vec<(&'static str, String)> {
    let capital: String = word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    let block = |from: &str, sent: &str, to: &str, subject: &str| {
        format!("{from}: {NAME} <{DESK}>\n{sent}\n{to}: mona@team.example.org\n{subject}: {SENT}\n\n|")
    };
    vec![
        ("Gmail on Android", format!("{capital}\n\nOn Mon, 23 Nov 2026, 04:56 {NAME}, <{DESK}>\nwrote:\n\n>")),
        ("Gmail with a no-break space", format!("{capital}\u{a0}\n\nOn Mon, 23 Nov 2026, 04:56 {NAME}, <{DESK}>\nwrote:\n\n>")),
        (
            "Gmail with a signature",
            format!("{word}\n\n--\nMona\nhold the line\n\nOn Mon, Nov 23, 2026 at 4:56\u{202f}AM {NAME} <{DESK}>\nwrote:\n\n>"),
        ),
        ("Gmail in Japanese", format!("{word}\n\n2026年11月23日(月) 4:56 {NAME} <{DESK}>:\n\n>")),
        ("Gmail in Chinese", format!("{word}\n\n{NAME} <{DESK}> 于2026年11月23日周一 04:56写道：\n\n>")),
        (
            "Outlook on an iPhone",
            format!(
                "{capital}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n{}",
                block("From", "Sent: Monday, November 23, 2026 4:56:43 AM", "To", "Subject")
            ),
        ),
        (
            "Outlook on Android",
            format!(
                "{capital}\n\nGet Outlook for Android<https://aka.ms/AAb9ysg>\n________________________________\n{}",
                block("From", "Sent: Monday, November 23, 2026 4:56:43 AM", "To", "Subject")
            ),
        ),
        (
            "Outlook on a Mac",
            format!("{capital}\n\n{}", block("From", "Date: Monday, 23 November 2026 at 04:56", "To", "Subject")),
        ),
        ("Outlook in Swedish", format!("{capital}\n\n{}", block("Från", "Skickat: den 23 november 2026 04:56", "Till", "Ämne"))),
        (
            "Apple Mail on an iPhone",
            format!("{capital}\n\nSent from my iPhone\n\n> On 23 Nov 2026, at 04:56, {NAME} <{DESK}> wrote:\n> \n> \u{feff}\n>"),
        ),
        (
            "Apple Mail in German",
            format!("{capital}\n\nVon meinem iPhone gesendet\n\n> Am 23.11.2026 um 04:56 schrieb {NAME} <{DESK}>:\n> \n>"),
        ),
        (
            "Apple Mail, typed below the quote",
            format!("\n\nSent from my iPhone\n\n> On 23 Nov 2026, at 04:56, {NAME} <{DESK}> wrote:\n> \n>\n{capital}"),
        ),
        ("K-9 in German", format!("{capital}\n\nAm 23. November 2026 04:56:43 MEZ schrieb {NAME} <{DESK}>:\n>")),
        (
            "Thunderbird on Android",
            format!(
                "{capital}\n\n-- \nSent from my Android phone with Thunderbird. Please excuse my brevity.\n\n\
                 On November 23, 2026 4:56:43 AM GMT+01:00, {NAME} <{DESK}> wrote:\n>"
            ),
        ),
        (
            "Samsung's",
            format!(
                "{capital}\n\n\nSent from my Galaxy\n\n\n-------- Original message --------\nFrom: {NAME} <{DESK}>\n\
                 Date: 23/11/2026 04:56 (GMT+00:00)\nTo: mona@team.example.org\nSubject: {SENT}\n\n|"
            ),
        ),
        (
            "Proton on an iPhone",
            format!("{capital}\n\nSent from Proton Mail for iOS\n\nOn Mon, Nov 23, 2026 at 04:56, {NAME} <{DESK}> wrote:\n>"),
        ),
        ("mutt", format!("On Mon, Nov 23, 2026 at 04:56:43AM +0000, {NAME} wrote:\n>\n{word}\n")),
        ("a keyboard that puts invisible blanks", format!("\u{200b}{capital}\u{200b}\n\nThanks,\nMona")),
    ]
}

fn written(body: &str, notice: &str) -> String {
    let quoted: String = notice.lines().map(|line| format!("> {line}\n")).collect();
    let mut out = String::new();
    for line in body.lines() {
        match line {
            ">" => out.push_str(&quoted),
            "|" => out.push_str(notice),
            line => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

fn answer(subject: &str, body: &str) -> String {
    plain(&mail(MONA, &desk(), subject, body))
}

fn answer_of(from: &str, body: &str) -> String {
    plain(&mail(from, &desk(), "Re: [held-5] Your post waits for a moderator", body))
}

fn plain(mail: &str) -> String {
    mail.replacen(
        "From: ",
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nFrom: ",
        1,
    )
}

#[test]
fn a_word_typed_on_a_telephone_rules_whatever_the_program_puts_around_it() {
    let notice = notice();
    assert!(notice.contains("approve ") && notice.contains("hold | discard"), "{notice}");
    let prefixes = ["Re: ", "AW: ", "SV: ", "Antwort: ", "RE: RE: "];
    for ((program, body), prefix) in programs("approve").into_iter().zip(prefixes.into_iter().cycle()) {
        let told = moderator("mona").told(&answer(&format!("{prefix}{SENT}"), &written(&body, &notice)));
        assert!(told.contains(&"settle 5 v1 approved by mona".to_owned()), "{program}, {prefix}: {told:?}");
    }
    // A text for the poster is what was typed, and nothing of the notice.
    for (program, body) in programs("reject policy\n\nPlease ask us.") {
        let decision = moderator("mona").decide(&answer(SENT, &written(&body, &notice))).unwrap();
        let sent = letter(&decision, LetterKind::Rejection);
        assert!(sent.contains("The moderator adds:\n\nPlease ask us.\n"), "{program}: {sent}");
        for word in ["waits for a ruling", "No rule matched", "Answer this mail with", "hold | discard", "lunch"] {
            assert!(!sent.contains(word), "{program}: {sent}");
        }
    }
}

#[test]
fn what_a_keyboard_makes_of_a_word_is_obeyed_or_asked_about() {
    for word in ["Approve", "APPROVE.", "approve!", "\u{201c}approve\u{201d}", "approve\n\nThanks!", "approve\nThanks, Mona"] {
        let told = moderator("mona").told(&answer(SENT, word));
        assert!(told.contains(&"settle 5 v1 approved by mona".to_owned()), "{word}: {told:?}");
    }
    for (word, hint) in [
        ("Approved", "Did you mean `approve`?"),
        ("aprove", "Did you mean `approve`?"),
        ("Yes", "Did you mean `approve`?"),
        ("Ok approve", "There is more than `approve` on the line"),
        ("approve thanks", "There is more than `approve` on the line"),
        ("approve \u{1f44d}", "There is more than `approve` on the line"),
        ("Approve but reject the second one", "I read both `approve` and `reject`"),
        ("approve\n\nHold on, the other one", "I read both `approve` and `hold`"),
        ("\u{1f44d}", "I did not understand the first line"),
        ("", "I found no command above the quoted text"),
    ] {
        let decision = moderator("mona").decide(&answer(SENT, word)).unwrap();
        let said = letter(&decision, LetterKind::CommandAnswer);
        let plain = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(hint), "{word:?}: {plain}");
        assert!(
            plain.contains("nothing has happened") && plain.contains("Put one of these on the first line"),
            "{word:?}: {plain}"
        );
        assert!(said.contains(&format!("security-desk+{TOKEN}")), "the same notice is good for another try: {said}");
        assert!(!moderator("mona").written(&decision).iter().any(|line| line.starts_with("settle")), "{word:?}");
    }
}

/// The only letter of that kind to that address.
fn letter_to(decision: &Decision, kind: LetterKind, to: &str) -> String {
    let found: Vec<_> = letters(&decision.effects)
        .map(|outgoing| outgoing.letter.draft())
        .filter(|draft| draft.kind == kind && draft.to.as_slice() == [address(to)])
        .collect();
    let [draft] = found.as_slice() else { panic!("{} letters of kind {kind} to {to}", found.len()) };
    String::from_utf8_lossy(&draft.bytes).replace("\r\n", "\n")
}

/// What a program makes of a letter that is answered and that it does not mark as quoted (Yahoo's on telephones; BlackBerry's).
fn below(words: &str, attribution: &str, letter: &str) -> String {
    let text = letter.split_once("\n\n").unwrap().1;
    format!("{words}\n\n{attribution}{text}")
}

#[test]
fn a_letter_of_the_team_that_nothing_marks_as_quoted_goes_to_nobody_outside() {
    let opened =
        Scene::new().decide(&mail(DORA, SECURITY, "Vulnerability: guest escape", "A guest can crash the host.")).unwrap();
    let notice = letter_to(&opened, LetterKind::TriageNotice, MONA);
    let post = mail(WRITER, DISCUSS, "XSA-999", "What about lunch?");
    let yahoo = "Yahoo Mail: Search, Organize, Conquer\n\nOn Sat, Nov 21, 2026 at 3:02 PM, Exo Security Team<security-desk@example.org> wrote:   ";
    let bare = "Original Message\nFrom: Exo Security Team\nSent: Saturday\n\n";
    for attribution in [yahoo, bare] {
        let scene = handler(CaseState::Claimed, "mona");
        let decision =
            scene.decide(&mail(MONA, &desk(), "Re: case", &below("reply: Thank you, we look.", attribution, &notice))).unwrap();
        assert!(letters(&decision.effects).all(|outgoing| outgoing.letter.draft().kind == LetterKind::CommandAnswer));
        let said = letter_to(&decision, LetterKind::CommandAnswer, MONA);
        assert!(said.contains("quote marks, and would have gone out with them") && said.contains("security-desk+"), "{said}");
        // What ends with a line of two hyphens goes out, and nothing below it.
        let words = "reply: Thank you, we look.\n--";
        let decision = scene.decide(&mail(MONA, &desk(), "Re: case", &below(words, attribution, &notice))).unwrap();
        let sent = letter_to(&decision, LetterKind::CaseReply, DORA);
        assert!(sent.contains("Thank you, we look.") && !sent.contains("claimed"), "{sent}");
        // The same to a poster.
        let scene = moderator("mona");
        let notice = letter_to(&Scene::new().decide(&post).unwrap(), LetterKind::HeldNotice, MONA);
        let words = below("reject policy", attribution, &notice);
        let told = scene.told(&mail(MONA, &desk(), "Re: held", &words));
        assert!(!told.iter().any(|line| line.contains("rejection") || line.contains("settle")), "{told:?}");
    }
    // Words of a person's own are no quotation.
    let words = "reply\n\nThank you. The mail is attached to our ticket; please answer this mail if you learn more.";
    let told = handler(CaseState::Claimed, "mona").told(&mail(MONA, &desk(), "Re: case", words));
    assert!(told.iter().any(|line| line.contains("case-reply to dora@finder.example")), "{told:?}");
}

#[test]
fn an_answer_with_the_team_in_copy_is_one_command() {
    let key = |delivered: &str, to: &str| {
        let mail = mail(MONA, to, "Re: held", "approve").replace("From: ", &format!("Delivered-To: {delivered}\nFrom: "));
        let message = Message::parse(&RawMessage::new(mail.replace('\n', "\r\n").into_bytes())).unwrap();
        let body = IncomingBody::Readable(Box::new(message));
        let incoming = Incoming { id: InboxId::of_row(ID), mailbox_for: None, arrived: at(NOW), body };
        let keys = crate::decide::keys::Keys::of(&incoming, &policy().project);
        (keys.identity, keys.place)
    };
    let both = format!("{}, {SECURITY}", desk());
    assert_eq!(key(&desk(), &both), key(SECURITY, &both), "a copy of it, wherever it lands");
    assert_eq!(key(&desk(), &desk()).1, desk(), "the place it always had");
    let list = format!("{DISCUSS}, {SECURITY}");
    assert_ne!(key(DISCUSS, &list).1, key(SECURITY, &list).1, "other mail has a copy for each place");
}

#[test]
fn the_letters_about_one_thing_are_one_thread() {
    let references = |text: &str| text.lines().find(|line| line.starts_with("References: ")).unwrap_or("none").to_owned();
    let post = mail(WRITER, DISCUSS, "XSA-999", "What about lunch?");
    let held = Scene::new().decide(&post).unwrap();
    let notice = letter_to(&held, LetterKind::HeldNotice, MONA);
    assert_eq!(references(&notice), "References: <held-7.letters@example.org>");
    assert!(!notice.contains("\nIn-Reply-To:"), "{notice}");
    let ruled = letter(&moderator("mona").decide(&mail(MONA, &desk(), "Re: held", "discard")).unwrap(), LetterKind::Ruled);
    assert_eq!(references(&ruled), "References: <held-5.letters@example.org>");
    let claimed = handler(CaseState::Open, "").decide(&mail(MONA, &desk(), "Re: case", "claim")).unwrap();
    let others = letter_to(&claimed, LetterKind::CommandAnswer, "nils@team.example.org");
    assert_eq!(references(&others), "References: <case-4.letters@example.org>");
    assert!(others.contains("\nSubject: [case-4] News\n") && !others.contains("Done."), "{others}");
    // The poster's letters stand below the post, and name no thread of the team's.
    let receipt = letter_to(&held, LetterKind::HeldReceipt, WRITER);
    assert_eq!(references(&receipt), "References: <m1@alpha.example>");
}

#[test]
fn a_member_hears_where_words_belong_that_nobody_reads() {
    // He answers an advisory to all: the predisclosure list is not the place, and nothing of his mail is repeated.
    let decision =
        Scene::new().decide(&mail(WRITER, PRIMARY, "Re: Exo Security Advisory 999 v2 - canary", "Is 4.17 affected?")).unwrap();
    let said = letter_to(&decision, LetterKind::Rejection, WRITER);
    for word in ["exo-issues (held-7)", DISCUSS, SECURITY, "In-Reply-To: <m1@alpha.example>", "Auto-Submitted: auto-replied"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("canary") && !said.contains("4.17"), "{said}");
    for mail in [
        forged(WRITER, PRIMARY, "Re: advisory", "Is 4.17 affected?"),
        mail("sam@elsewhere.example", PRIMARY, "Re: advisory", "Is 4.17 affected?"),
        format!("List-Id: <inner.alpha.example>\n{}", mail(WRITER, PRIMARY, "Re: advisory", "Is 4.17 affected?")),
    ] {
        let decision = Scene::new().decide(&mail).unwrap();
        let kinds: Vec<_> = letters(&decision.effects).map(|outgoing| outgoing.letter.draft().kind).collect();
        assert_eq!(kinds, [LetterKind::Alarm], "{mail}");
    }
    // He asks something in answer to the receipt of a held post, in words or in HTML: nobody reads it, and he must know.
    let held = || poster();
    for (mail, hint) in [
        (answer_of(WRITER, "When will you look at it?"), "I did not understand the first line"),
        (answer_of(WRITER, "status"), "Your post waits for a moderator."),
        (answer_of(WRITER, "<p>withdraw</p>").replace("text/plain", "text/html"), "The mail has no plain text part."),
    ] {
        let decision = held().decide(&mail).unwrap();
        let said = letter_to(&decision, LetterKind::CommandAnswer, WRITER).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(hint) && said.contains("To say something to the team, write to security@example.org."), "{said}");
        assert!(!held().written(&decision).iter().any(|line| line.starts_with("settle")), "{said}");
    }
}
