use proptest::prelude::*;

use super::{
    AdvisoryCommand::{Cancel, Send},
    CaseCommand::{Claim, Close, Note, Reply},
    Command::{self, Advisory, Case, Held, Help, Status, Withdraw},
    CommandContext,
    HeldCommand::{Approve, Discard, Explain, Hold, Reject, Reroute},
    MAX_TEXT,
    Problem::{
        self, Ambiguous, ColonMissing, Conditional, DidYouMean, Empty, MissingText, NotAlone, NotHere, Question, TooLong, Unknown,
    },
    RejectClass, RerouteTarget, parse,
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

#[test]
fn a_team_member_answers_about_a_case() {
    let reply = |text: &str| Ok(Case(Reply { text: text.to_owned() }));
    let close = |reason: &str| Ok(Case(Close { reason: reason.to_owned() }));
    expect(
        CommandContext::Case,
        &[
            ("claim", Ok(Case(Claim))),
            ("Claim!", Ok(Case(Claim))),
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
            ("close duplicate of case-12", close("duplicate of case-12")),
            ("close: not a vulnerability\nConfirmed by two people.", close("not a vulnerability\nConfirmed by two people.")),
            ("close", Err(MissingText("close"))),
            ("close?", Err(Question("close"))),
            ("note called the vendor", Ok(Case(Note { text: "called the vendor".to_owned() }))),
            ("note", Err(MissingText("note"))),
            ("take", Err(DidYouMean("claim"))),
            ("done", Err(DidYouMean("close"))),
            ("claim\nclose", Err(Ambiguous("claim", "close"))),
            ("send", Err(NotHere("send"))),
        ],
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
const WORDS: [&str; 16] = [
    "approve", "reject", "hold", "discard", "explain", "reroute", "security", "withdraw", "claim", "reply", "close", "note",
    "send", "cancel", "help", "status",
];

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
        prop_assume!(!WORDS.iter().any(|word| lower.contains(word)));
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
