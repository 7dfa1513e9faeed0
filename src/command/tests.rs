use proptest::prelude::*;

use super::{
    Addressed,
    AdvisoryCommand::{Cancel, Send},
    CaseCommand::{Ask, Reply},
    Command::{self, Advisory, Case, Held, Help, Status, Withdraw},
    CommandContext,
    HeldCommand::{Approve, Discard, Explain, Hold, Reject, Reroute},
    MAX_TEXT,
    Problem::{
        self, Ambiguous, ColonMissing, Conditional, DidYouMean, Empty, Form, MissingText, NotAlone, NotHere, Question, TooLong,
        Unknown,
    },
    RejectClass, RerouteTarget, parse,
};
use crate::{
    cases::{CloseReason, InvolvedRole, NumberWish, Publicity, Request, Support},
    disclosure::{AdvisoryNumber, CaseId, DeploymentPermission, PersonName},
};

fn reject(class: Option<RejectClass>, text: Option<&str>) -> Command {
    Held(Reject { class, text: text.map(str::to_owned) })
}

fn expect(context: CommandContext, table: &[(&str, Result<Command, Problem>)]) {
    for (words, expected) in table {
        let read = parse(words, context).map_err(|error| error.problem);
        assert_eq!(&read, expected, "{words:?} in {context:?}");
    }
}

#[test]
fn a_moderator_answers_a_held_notice() {
    use RejectClass::{Membership, Mixed, NotEmbargoed, Policy, PublicRecipient, Unreadable};
    expect(
        CommandContext::Held,
        &[
            ("approve", Ok(Held(Approve))),
            ("Approve", Ok(Held(Approve))),
            ("APPROVE", Ok(Held(Approve))),
            ("  approve  \n", Ok(Held(Approve))),
            ("approve.", Ok(Held(Approve))),
            ("approve!", Ok(Held(Approve))),
            ("approve!!\n\nThanks,\nMona", Ok(Held(Approve))),
            ("\u{feff}approve\u{200b}", Ok(Held(Approve))),
            ("\u{a0}approve\u{a0}", Ok(Held(Approve))),
            ("\u{201c}approve\u{201d}", Ok(Held(Approve))),
            ("\u{201e}Approve.\u{201c}", Ok(Held(Approve))),
            ("\u{ab}approve\u{bb}", Ok(Held(Approve))),
            ("*approve*", Ok(Held(Approve))),
            ("`approve`", Ok(Held(Approve))),
            ("\n\n\r\napprove\r\n", Ok(Held(Approve))),
            ("----------\napprove", Ok(Held(Approve))),
            ("[EXTERNAL EMAIL]\n\napprove", Ok(Held(Approve))),
            ("CAUTION: This mail came from outside.\napprove", Ok(Held(Approve))),
            ("> reject\napprove\n> hold", Ok(Held(Approve))),
            ("approve\n-- \nMona, who will hold any post", Ok(Held(Approve))),
            ("hold", Ok(Held(Hold))),
            ("Discard", Ok(Held(Discard))),
            ("explain", Ok(Held(Explain))),
            ("explain?", Ok(Held(Explain))),
            ("reroute security", Ok(Held(Reroute(RerouteTarget::Security)))),
            ("Reroute  Security.", Ok(Held(Reroute(RerouteTarget::Security)))),
            ("help", Ok(Help)),
            ("Help!", Ok(Help)),
            ("status?", Ok(Status)),
            ("reject", Ok(reject(None, None))),
            ("Reject.", Ok(reject(None, None))),
            ("reject policy", Ok(reject(Some(Policy), None))),
            ("reject: policy", Ok(reject(Some(Policy), None))),
            ("REJECT MEMBERSHIP", Ok(reject(Some(Membership), None))),
            ("reject not-embargoed", Ok(reject(Some(NotEmbargoed), None))),
            ("reject not embargoed.", Ok(reject(Some(NotEmbargoed), None))),
            ("reject not\u{2011}embargoed", Ok(reject(Some(NotEmbargoed), None))),
            ("reject public-recipient", Ok(reject(Some(PublicRecipient), None))),
            ("reject unreadable", Ok(reject(Some(Unreadable), None))),
            (
                "reject mixed Please post the technical part alone.",
                Ok(reject(Some(Mixed), Some("Please post the technical part alone."))),
            ),
            (
                "reject policy: see below\nFirst.\n\nSecond.\n\n-- \nMona",
                Ok(reject(Some(Policy), Some("see below\nFirst.\n\nSecond."))),
            ),
            ("reject\nCould you resend it as text?\n", Ok(reject(None, Some("Could you resend it as text?")))),
            ("reject politely, it is \u{2018}fine\u{2019}", Ok(reject(None, Some("politely, it is \u{2018}fine\u{2019}")))),
            ("reject not embargoed yet", Ok(reject(None, Some("not embargoed yet")))),
            ("", Err(Empty)),
            (" \n\t\n", Err(Empty)),
            ("-- \napprove", Err(Empty)),
            ("> approve", Err(Empty)),
            ("accept", Err(DidYouMean("approve"))),
            ("Approved.", Err(DidYouMean("approve"))),
            ("ok", Err(DidYouMean("approve"))),
            ("LGTM", Err(DidYouMean("approve"))),
            ("+1", Err(DidYouMean("approve"))),
            ("Yes please", Err(DidYouMean("approve"))),
            ("aprove", Err(DidYouMean("approve"))),
            ("deny", Err(DidYouMean("reject"))),
            ("rejekt", Err(DidYouMean("reject"))),
            ("defer", Err(DidYouMean("hold"))),
            ("delete", Err(DidYouMean("discard"))),
            ("why?", Err(DidYouMean("explain"))),
            ("reroute", Err(DidYouMean("reroute security"))),
            ("reroute to security", Err(DidYouMean("reroute security"))),
            ("OK approve", Err(NotAlone("approve"))),
            ("approve please", Err(NotAlone("approve"))),
            ("approve, but not before Tuesday", Err(NotAlone("approve"))),
            ("do not approve", Err(NotAlone("approve"))),
            ("Don\u{2019}t approve!", Err(NotAlone("approve"))),
            ("approve...", Err(NotAlone("approve"))),
            ("approve\u{2026}", Err(NotAlone("approve"))),
            ("~~approve~~", Err(NotAlone("approve"))),
            ("approved? or not", Err(DidYouMean("approve"))),
            ("approve?", Err(Question("approve"))),
            ("\u{bf}approve?", Err(Question("approve"))),
            ("shall I approve?", Err(Question("approve"))),
            ("reject?", Err(Question("reject"))),
            ("reject policy?", Err(Question("reject"))),
            ("reject public recipient?", Err(Question("reject"))),
            ("reject? We should talk", Err(Question("reject"))),
            ("reject policy? Not sure", Err(Question("reject"))),
            ("approve or reject", Err(Ambiguous("approve", "reject"))),
            ("approve\nreject", Err(Ambiguous("approve", "reject"))),
            ("explain\napprove", Err(Ambiguous("explain", "approve"))),
            ("approve\n\nWait, on second thought hold it.", Err(Ambiguous("approve", "hold"))),
            ("reject this? no, approve it", Err(Ambiguous("reject", "approve"))),
            ("reject policy\nSorry.\napprove", Err(Ambiguous("reject", "approve"))),
            ("approve\nbut only after Tuesday", Err(Conditional("approve"))),
            ("approve\nDo not send it yet", Err(Conditional("approve"))),
            ("discard\n\nActually, let me think.", Err(Conditional("discard"))),
            ("claim", Err(NotHere("claim"))),
            ("Thanks for the notice, I will look at it tonight.", Err(Unknown)),
            ("?", Err(Unknown)),
            ("\u{1f44d}", Err(Unknown)),
        ],
    );
}

#[test]
fn a_poster_takes_the_post_back() {
    expect(
        CommandContext::Poster,
        &[
            ("withdraw", Ok(Withdraw)),
            ("Withdraw.\nSorry for the noise.\n", Ok(Withdraw)),
            ("Withdraw.\nNo, wait.\n", Err(Conditional("withdraw"))),
            ("retract", Err(DidYouMean("withdraw"))),
            ("please withdraw it", Err(NotAlone("withdraw"))),
            ("withdraw?", Err(Question("withdraw"))),
            ("status", Ok(Status)),
            ("approve", Err(NotHere("approve"))),
            ("Why is this held?", Err(Unknown)),
        ],
    );
}

fn form(word: &str) -> &'static str {
    super::case::FORMS.iter().find(|(known, _)| *known == word).unwrap().1
}

#[test]
fn a_team_member_answers_about_a_case() {
    let reply = |text: &str| Ok(Case(Reply { text: text.to_owned() }));
    let ask = |request: Request| Ok(Case(Ask { request: Box::new(request), words: None }));
    let claim = || ask(Request::Claim { instead_of: None });
    let close = |reason: CloseReason, because: Option<&str>| ask(Request::Close { reason, because: because.map(str::to_owned) });
    expect(
        CommandContext::Case,
        &[
            ("claim", claim()),
            ("Claim!", claim()),
            ("claim from nils", ask(Request::Claim { instead_of: Some(PersonName("nils".to_owned())) })),
            ("claim it", Err(Form("claim", form("claim")))),
            ("reply: Thank you.", reply("Thank you.")),
            ("Reply:\nThank you.\n\nWhich versions?\n-- \nMona", reply("Thank you.\n\nWhich versions?")),
            ("reply\nWe look into it.", reply("We look into it.")),
            ("reply :  Yes", reply("Yes")),
            ("reply:\nStatus:\nfixed in staging", reply("Status:\nfixed in staging")),
            ("reply to him that we are busy", Err(ColonMissing("reply"))),
            ("Reply above this line", Err(ColonMissing("reply"))),
            ("reply", Err(MissingText("reply"))),
            ("reply:\n\n", Err(MissingText("reply"))),
            ("reply:\nThanks.\nclose", Err(Ambiguous("reply", "close"))),
            ("close duplicate of case-12", close(CloseReason::Duplicate { of: CaseId(12) }, None)),
            ("duplicate of 12.", close(CloseReason::Duplicate { of: CaseId(12) }, None)),
            (
                "close: not-a-vulnerability\nConfirmed by two people.",
                close(CloseReason::NotAVulnerability, Some("Confirmed by two people.")),
            ),
            ("not-a-vulnerability because root can do it", close(CloseReason::NotAVulnerability, Some("root can do it"))),
            (
                "other-project Linux because it is in their driver",
                close(CloseReason::OtherProject { project: "Linux".to_owned() }, Some("it is in their driver")),
            ),
            ("close: fixed in XSA-500", close(CloseReason::ByHand, Some("fixed in XSA-500"))),
            ("close", close(CloseReason::Released, None)),
            ("close?", Err(Question("close"))),
            ("note called the vendor", ask(Request::Note { text: "called the vendor".to_owned() })),
            ("note", Err(MissingText("note"))),
            ("take", Err(DidYouMean("claim"))),
            ("done", Err(DidYouMean("close"))),
            ("claim\nclose", Err(Ambiguous("claim", "close"))),
            ("send", Err(NotHere("send"))),
        ],
    );
}

#[test]
fn what_stands_below_to_the_discoverer_goes_with_the_command() {
    let noon: jiff::Timestamp = "2026-12-08T12:00:00Z".parse().unwrap();
    let ask = |request: Request, words: &str| Ok(Case(Ask { request: Box::new(request), words: Some(words.to_owned()) }));
    let embargo = |because: &str| Request::Embargo { until: noon, because: Some(because.to_owned()) };
    const MARK: &str = "To the discoverer:";
    expect(
        CommandContext::Case,
        &[
            (
                "embargo 2026-12-08T12:00:00Z because the vendor\nasks\n\nTo the discoverer:\nDear Dana,\n\n  it takes a week.\n-- \nMona",
                ask(embargo("the vendor\nasks"), "Dear Dana,\n\n  it takes a week."),
            ),
            ("second\n*to the Discoverer*: Sorry: it is out.", ask(Request::Second { serial: None }, "Sorry: it is out.")),
            ("promise 2026-12-08T12:00:00Z\nTo the discoverer: Soon.", ask(Request::Promise { until: noon }, "Soon.")),
            (
                "note: called her\nTo the discoverer: Thank you.",
                ask(Request::Note { text: "called her".to_owned() }, "Thank you."),
            ),
            // In an answer it is a line like any other; and a command must come first.
            ("reply\nTo the discoverer: Hello.", Ok(Case(Reply { text: "To the discoverer: Hello.".to_owned() }))),
            ("To the discoverer: Hello.", Err(Unknown)),
            ("confirm\nTo the discoverer:\n\n", Err(MissingText(MARK))),
            ("confirm\nTo the discoverer: Hello.\nclose", Err(Ambiguous(MARK, "close"))),
            ("confirm\nonly later\nTo the discoverer: Hello.", Err(Conditional("confirm"))),
        ],
    );
    let long = format!("confirm\nTo the discoverer: {}", "x".repeat(super::MAX_TEXT + 1));
    assert_eq!(parse(&long, CommandContext::Case).map_err(|error| error.problem), Err(TooLong(MARK)));
}

#[test]
fn a_case_is_led_by_one_line_each() {
    let ask = |request: Request| Ok(Case(Ask { request: Box::new(request), words: None }));
    let at = |text: &str| -> jiff::Timestamp { text.parse().unwrap() };
    let owned = |text: &str| Some(text.to_owned());
    let wrong = |word: &'static str| Err(Form(word, form(word)));
    let noon = "2026-12-08T12:00:00Z";
    expect(
        CommandContext::Case,
        &[
            ("public no", ask(Request::Public { answer: Publicity::No, source: None })),
            ("Public: unknown.", ask(Request::Public { answer: Publicity::Unknown, source: None })),
            (
                "public yes https://lists.example/1",
                ask(Request::Public { answer: Publicity::Yes, source: owned("https://lists.example/1") }),
            ),
            ("public no, but soon", wrong("public")),
            ("public maybe", wrong("public")),
            (
                "scope supported hypervisor",
                ask(Request::Scope { support: Support::Supported, component: owned("hypervisor"), link: None }),
            ),
            ("scope", wrong("scope")),
            ("confirm", ask(Request::Confirm)),
            ("confirm it", wrong("confirm")),
            ("confirm\nbut check 4.17 again", Err(Conditional("confirm"))),
            ("confirm\nprepare", Err(Ambiguous("confirm", "prepare"))),
            ("xsa", ask(Request::Number { wish: NumberWish::Next })),
            ("XSA-484", Err(Unknown)),
            ("xsa XSA-484", ask(Request::Number { wish: NumberWish::This(AdvisoryNumber::new(484).unwrap()) })),
            (
                "cve assigned cve-2026-1234, CVE-2026-1235",
                ask(Request::CveAssign { ids: ["CVE-2026-1234", "CVE-2026-1235"].map(|id| id.parse().unwrap()).into() }),
            ),
            ("cve assigned", wrong("cve")),
            ("cve none", ask(Request::CveNone)),
            ("embargo 2026-12-08T12:00:00Z", ask(Request::Embargo { until: at(noon), because: None })),
            (
                "embargo 2026-12-08T12:00:00Z because the vendor asks",
                ask(Request::Embargo { until: at(noon), because: owned("the vendor asks") }),
            ),
            (
                "embargo 2026-12-08T12:00:00Z, because:\nthe vendor\nasks",
                ask(Request::Embargo { until: at(noon), because: owned("the vendor\nasks") }),
            ),
            ("embargo 2026-12-08T12:00:00Z or a day later", wrong("embargo")),
            ("embargo 2026-12-08T12:00:00+01:00", wrong("embargo")),
            ("embargo 8 December", wrong("embargo")),
            ("embargo 2026-12-08T12:00:00Z?", Err(Question("embargo"))),
            ("embargo 2026-12-08T12:00:00Z\nonly if nils agrees", Err(Conditional("embargo"))),
            ("discoverer-date 2026-12-08T12:00:00Z", ask(Request::DiscovererDate { date: at(noon) })),
            ("patch complete 4.20, 4.21", ask(Request::PatchComplete { branches: ["4.20", "4.21"].map(str::to_owned).into() })),
            (
                "deployment patches-only because of the reboot",
                ask(Request::Deployment { permission: DeploymentPermission::PatchesOnly, because: owned("of the reboot") }),
            ),
            ("deployment some", wrong("deployment")),
            (
                "involve <psirt@vendor.example> vendor",
                ask(Request::Involve { address: "psirt@vendor.example".parse().unwrap(), role: InvolvedRole::Vendor }),
            ),
            ("involve psirt@vendor.example", wrong("involve")),
            ("decide: wait\n\nclose", Err(Ambiguous("decide", "close"))),
            ("decide: we wait. But not for long.", ask(Request::Decide { text: "we wait. But not for long.".to_owned() })),
            ("answered 1: yes", ask(Request::Answer { consultation: 1, answer: "yes".to_owned() })),
            ("answered yes", wrong("answered")),
            (
                "upstream 2026-12-08T12:00:00Z Widget Emulator",
                ask(Request::Upstream { project: "Widget Emulator".to_owned(), id: None, until: at(noon) }),
            ),
            ("upstream 2026-12-08T12:00:00Z", wrong("upstream")),
            ("second", ask(Request::Second { serial: None })),
            ("I second that", Err(DidYouMean("second"))),
            ("agree", Err(DidYouMean("second"))),
            ("embagro 2026-12-08T12:00:00Z", Err(DidYouMean("embargo"))),
            ("prepare", ask(Request::Prepare)),
            ("prepare?", Err(Question("prepare"))),
            ("do not prepare", Err(DidYouMean("prepare"))),
            ("prepare, please", wrong("prepare")),
        ],
    );
    expect(
        CommandContext::Held,
        &[("embargo 2026-12-08T12:00:00Z", Err(NotHere("embargo"))), ("prepare", Err(NotHere("prepare")))],
    );
}

#[test]
fn a_wrong_form_is_answered_with_the_right_one() {
    let error = parse("embargo tomorrow", CommandContext::Case).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`embargo` is written like this: `embargo 2026-12-08T12:00:00Z`. As it stood there it could mean something else, so nothing happened."
    );
}

#[test]
fn a_second_member_lets_an_advisory_go() {
    expect(
        CommandContext::Advisory,
        &[
            ("send", Ok(Advisory(Send))),
            ("Send.", Ok(Advisory(Send))),
            ("cancel", Ok(Advisory(Cancel))),
            ("approve", Err(DidYouMean("send"))),
            ("yes", Err(DidYouMean("send"))),
            ("stop", Err(DidYouMean("cancel"))),
            ("send it", Err(NotAlone("send"))),
            ("send after lunch", Err(NotAlone("send"))),
            ("do not send", Err(NotAlone("send"))),
            ("send?", Err(Question("send"))),
            ("send\ncancel", Err(Ambiguous("send", "cancel"))),
            ("send\nunless somebody objects", Err(Conditional("send"))),
            ("claim", Err(NotHere("claim"))),
        ],
    );
}

#[test]
fn the_answer_is_friendly_and_complete() {
    let error = parse("Looks good to me.", CommandContext::Advisory).unwrap_err();
    assert_eq!(error.to_string(), "I did not understand the first line, so nothing happened.");
    let error = parse("yes", CommandContext::Advisory).unwrap_err();
    assert_eq!(
        error.answer(),
        "Did you mean `send`? Nothing happened; if so, answer with that word alone on the first line.\n\
         \n\
         Put one of these on the first line of your answer:\n\
         \n\
         \x20 send                     send it to all members as it is\n\
         \x20 cancel                   do not send it\n"
    );
}

#[test]
fn the_first_word_of_every_example_is_a_command_there() {
    for context in [CommandContext::Held, CommandContext::Poster, CommandContext::Case, CommandContext::Advisory] {
        for example in context.examples() {
            // The explanation stands behind two or more blanks.
            let typed = example.split("  ").next().unwrap_or_default();
            assert!(parse(typed, context).is_ok(), "{typed:?} in {context:?}");
        }
    }
}

#[test]
fn the_text_for_others_is_cleaned_and_limited() {
    let read = parse("reply: a\u{1b}[31mb\u{202e}c\tof\u{0} it", CommandContext::Case);
    assert_eq!(read, Ok(Case(Reply { text: "a[31mbc\tof it".to_owned() })));
    let long = format!("note: {}", "x".repeat(MAX_TEXT + 1));
    assert_eq!(parse(&long, CommandContext::Case).map_err(|error| error.problem), Err(TooLong("note")));
    let fits = format!("note: {}", "x".repeat(MAX_TEXT));
    assert!(parse(&fits, CommandContext::Case).is_ok());
}

const ALL: [CommandContext; 4] = [CommandContext::Held, CommandContext::Poster, CommandContext::Case, CommandContext::Advisory];
/// Every word that begins a command.
fn begins_a_command(text: &str) -> bool {
    let held = [
        "approve", "reject", "hold", "discard", "explain", "reroute", "security", "withdraw", "reply", "note", "send", "cancel",
        "help", "status",
    ];
    held.into_iter().chain(super::case::FORMS.iter().map(|(word, _)| *word)).any(|word| text.contains(word))
}

proptest! {
    #[test]
    fn no_text_panics(words in "\\PC{0,200}|(approve|reject|reply|[ ?.!:>-]|\\n|\\PC){0,40}") {
        for context in ALL {
            if let Err(error) = parse(&words, context) {
                prop_assert!(!error.answer().is_empty());
            }
        }
    }

    #[test]
    fn a_text_without_the_words_is_no_command(words in "([a-zA-Z]{1,9}[ .,!?\\n]{1,2}){0,40}") {
        let lower = words.to_lowercase();
        prop_assume!(!begins_a_command(&lower));
        for context in ALL {
            prop_assert!(parse(&words, context).is_err());
        }
    }

    #[test]
    fn a_word_inside_a_sentence_is_no_ruling(before in "[a-z]{1,8}", word in "approve|hold|discard", after in "[a-z]{1,8}") {
        let (last, first) = (format!("{before} {word}"), format!("{word} {after}"));
        prop_assert!(parse(&last, CommandContext::Held).is_err());
        prop_assert!(parse(&first, CommandContext::Held).is_err());
    }

    #[test]
    fn what_is_quoted_never_counts(word in "approve|discard|reroute security", depth in 1_usize..4) {
        let quoted = format!("{} {word}", ">".repeat(depth));
        prop_assert!(parse(&quoted, CommandContext::Held).is_err());
    }
}

#[test]
fn an_answer_names_its_case_at_the_beginning() {
    let one = |case: i64, words: &str| Addressed::One(crate::disclosure::CaseId(case), words.to_owned());
    for (words, expected) in [
        ("case-12: claim", one(12, "claim")),
        ("Case 12, claim\n", one(12, "claim")),
        ("[case-12] claim", one(12, "claim")),
        ("\n\n  CASE-12 snooze 2026-12-08T12:00:00Z\nthanks", one(12, "snooze 2026-12-08T12:00:00Z\nthanks")),
        ("*case-12:* claim", one(12, "claim")),
        ("case-12", one(12, "")),
        ("case-12: close: see case-13: the same", one(12, "close: see case-13: the same")),
        ("case-12: note looks like\ncase-13, which we had", one(12, "note looks like\ncase-13, which we had")),
        ("case-12: claim\ncase-13: claim", Addressed::Several),
        ("case-12: claim\n> case-13: claim", one(12, "claim")),
        ("claim", Addressed::Nobody),
        ("claim case-12", Addressed::Nobody),
        ("duplicate of case-12", Addressed::Nobody),
        ("case-12b: claim", Addressed::Nobody),
        ("case 0: claim", Addressed::Nobody),
        ("case closed", Addressed::Nobody),
        ("cäse", Addressed::Nobody),
        ("", Addressed::Nobody),
    ] {
        assert_eq!(super::addressed(words), expected, "{words}");
    }
}

#[test]
fn the_report_is_sent_or_waived_and_a_case_handed_over() {
    use crate::cases::Request;
    let asked = |words: &str| match super::parse(words, CommandContext::Case) {
        Ok(Case(Ask { request, .. })) => Ok(*request),
        Ok(other) => panic!("{words}: {other:?}"),
        Err(error) => Err(error.problem),
    };
    assert_eq!(asked("report-sent"), Ok(Request::ReportSent));
    assert_eq!(asked("Report-sent.\n\nthanks"), Ok(Request::ReportSent));
    assert!(asked("report-sent to everybody").is_err());
    let waived = Ok(Request::WaiveReport { because: "nothing was decided".to_owned() });
    assert_eq!(asked("waive-report because nothing was decided"), waived);
    assert!(asked("waive-report").is_err(), "not without a reason");
    let contact = "security@kernel.example".parse().unwrap();
    let consent = Some("<id@finder.example>".to_owned());
    let handed = Ok(Request::Handover { project: "Linux kernel".to_owned(), contact, consent });
    assert_eq!(asked("handover Linux kernel security@kernel.example <id@finder.example>"), handed);
    for words in [
        "handover",
        "handover Linux",
        "handover Linux security@kernel.example",
        "handover security@kernel.example <id@x.example>",
    ] {
        assert!(asked(words).is_err(), "{words}: not without project, contact and the discoverer's mail");
    }
}

#[test]
fn what_a_mail_program_broke_off_a_command_belongs_to_it() {
    let ask = |request: Request| Ok(Case(Ask { request: Box::new(request), words: None }));
    let wrong = |word: &'static str| Err(Form(word, form(word)));
    let noon: jiff::Timestamp = "2026-12-08T12:00:00Z".parse().unwrap();
    let ids = |ids: &[&str]| ids.iter().map(|id| id.parse().unwrap()).collect();
    let hash = "0123456789abcdef0123456789abcdef01234567";
    let other = "89abcdef0123456789abcdef0123456789abcdef";
    // As Exchange writes them.
    let id = "<AM0PR04MB5697A1B2C3D4E5F60718293A4B5C6D7E8F@AM0PR04MB5697.prod.outlook.example>";
    let outlook = || "psirt@vendor.example".parse().unwrap();
    expect(
        CommandContext::Case,
        &[
            (
                "cve assigned CVE-2026-10001, CVE-2026-10002, CVE-2026-10003, CVE-2026-10004,\nCVE-2026-10005",
                ask(Request::CveAssign {
                    ids: ids(&["CVE-2026-10001", "CVE-2026-10002", "CVE-2026-10003", "CVE-2026-10004", "CVE-2026-10005"]),
                }),
            ),
            (
                "cve assigned CVE-2026-1001\nCVE-2026-1002\n\nThanks, Mona",
                ask(Request::CveAssign { ids: ids(&["CVE-2026-1001", "CVE-2026-1002"]) }),
            ),
            (&format!("pushed {hash}\n{other}"), ask(Request::Pushed { commits: vec![hash.to_owned(), other.to_owned()] })),
            (&format!("consent 2026-12-08T12:00:00Z\n{id}"), ask(Request::Consent { until: noon, evidence: id.to_owned() })),
            (
                &format!("agreed psirt@vendor.example\n{id}"),
                ask(Request::Agreed { address: outlook(), evidence: Some(id.to_owned()) }),
            ),
            (
                "public yes\nhttps://lists.example/archives/html/devel/2026-11/msg00123.html\nMona",
                ask(Request::Public {
                    answer: Publicity::Yes,
                    source: Some("https://lists.example/archives/html/devel/2026-11/msg00123.html".to_owned()),
                }),
            ),
            (
                "embargo 2026-12-08T12:00:00Z\nbecause the vendor asks",
                ask(Request::Embargo { until: noon, because: Some("the vendor asks".to_owned()) }),
            ),
            // What is no argument stays what it was, or is asked about.
            (
                "scope supported hypervisor\nThanks",
                ask(Request::Scope { support: Support::Supported, component: Some("hypervisor".to_owned()), link: None }),
            ),
            ("cve assigned CVE-2026-10001, CVE-2026-10002, CVE-2026-10003, and\nlater more", wrong("cve")),
            ("public no\n4.17 only", wrong("public")),
            ("claim\n4.17 is mine, too", ask(Request::Claim { instead_of: None })),
            (
                "reply: Thank you for your report, which we have read with great interest\nand care.",
                Ok(Case(Reply {
                    text: "Thank you for your report, which we have read with great interest\nand care.".to_owned(),
                })),
            ),
            // Outlook puts the link behind what it made a link of.
            (
                "involve psirt@vendor.example<mailto:psirt@vendor.example> vendor",
                ask(Request::Involve { address: outlook(), role: InvolvedRole::Vendor }),
            ),
        ],
    );
    let domains = "domains one.example two.example three.example four.example five.example six.example\nseven.example";
    let Ok(Command::Member(super::MemberCommand::Ask(crate::membership::belonging::MemberRequest::Domains { domains }))) =
        parse(domains, CommandContext::Member)
    else {
        panic!("{domains}")
    };
    assert_eq!(domains.len(), 7, "{domains:?}");
}
