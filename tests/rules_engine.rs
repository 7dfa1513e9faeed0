//! Rule files: what is refused and how it is said, how rules match, how they explain themselves.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its input fails")]

mod rules_support;

use embargod::{
    classify::Class,
    mail::{Message, RawMessage},
    moderation::Action,
    rules::{MailView, PosterKind, RuleSet, samples},
};

fn view(mail: &str) -> MailView {
    view_from(mail, PosterKind::Member)
}

fn view_from(mail: &str, poster: PosterKind) -> MailView {
    let message = Message::parse(&RawMessage::new(mail.replace('\n', "\r\n").into_bytes())).unwrap();
    MailView::of(&message, poster, &[])
}

fn discuss(text: &str) -> RuleSet<Action> {
    RuleSet::parse("discuss.toml", text, &rules_support::xen()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn inbox(text: &str) -> RuleSet<Class> {
    RuleSet::parse("inbox.toml", text, &rules_support::xen()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn refusal(text: &str) -> String {
    match RuleSet::<Action>::parse("discuss.toml", text, &rules_support::xen()) {
        Ok(_) => "accepted".to_owned(),
        Err(errors) => errors.to_string(),
    }
}

fn decides(rules: &RuleSet<Class>, mail: &str) -> Option<String> {
    rules.first(&view(mail)).map(|hit| hit.rule.name.clone())
}

#[test]
fn an_unknown_key_is_refused_where_it_stands() {
    let text = "[[rule]]\nname = \"a\"\naction = \"hold\"\nsubjekt = ['x']\n";
    let said = refusal(text);
    assert!(said.starts_with("discuss.toml:4:1: unknown field `subjekt`, expected one of `name`, `action`, `from`,"), "{said}");
    assert!(said.ends_with("\n  remedy: use one of the keys named there; each rule starts with [[rule]]"), "{said}");
}

#[test]
fn an_unknown_action_is_refused() {
    let text = "[[rule]]\nname = \"a\"\naction = \"aprove\"\nsubject = ['x']\n";
    assert_eq!(refusal(text), "discuss.toml:3:10: unknown action `aprove`\n  remedy: use one of: approve, reject, hold");
}

#[test]
fn discard_is_no_action() {
    let text = "[[rule]]\nname = \"a\"\naction = \"discard\"\nsubject = ['x']\n";
    assert_eq!(refusal(text), "discuss.toml:3:10: unknown action `discard`\n  remedy: use one of: approve, reject, hold");
}

#[test]
fn a_bad_pattern_is_refused_with_its_place() {
    let text = "[[rule]]\nname = \"a\"\naction = \"hold\"\nsubject = ['fine', '(open']\n";
    assert_eq!(
        refusal(text),
        "discuss.toml:4:20: the pattern is no regular expression: unclosed group\n  remedy: see docs.rs/regex, \"Syntax\"; look-around and \
         back-references do not exist; fewer or smaller repetitions make it smaller"
    );
}

#[test]
fn a_pattern_that_would_take_all_memory_is_refused() {
    let text = "[[rule]]\nname = \"a\"\naction = \"hold\"\nsubject = ['(?:\\w{500}){500}']\n";
    assert!(
        refusal(text).starts_with("discuss.toml:4:12: the pattern compiles to more than 1048576 bytes\n"),
        "{}",
        refusal(text)
    );
}

#[test]
fn a_pattern_that_nests_too_deep_is_refused() {
    let pattern = format!("{}x{}", "(".repeat(60), ")".repeat(60));
    let said = refusal(&format!("[[rule]]\nname = \"a\"\naction = \"hold\"\nsubject = ['{pattern}']\n"));
    assert!(
        said.starts_with("discuss.toml:4:12: the pattern is no regular expression: exceed the maximum number of nested"),
        "{said}"
    );
}

#[test]
fn a_pattern_that_is_always_found_is_refused() {
    let said = refusal("[[rule]]\nname = \"a\"\naction = \"hold\"\nsubject = ['x*']\n");
    assert_eq!(
        said,
        "discuss.toml:4:12: the pattern matches the empty text, so it is always found\n  remedy: remove the `*` or `?` that lets it match nothing"
    );
}

#[test]
fn two_rules_of_one_name_are_refused() {
    let rule = "[[rule]]\nname = \"a\"\naction = \"hold\"\nsubject = ['x']\n";
    assert_eq!(
        refusal(&format!("{rule}{rule}")),
        "discuss.toml:6:8: there are two rules called `a`; the other is in line 2\n  remedy: give each rule a name of its own: it stands in \
         every explanation"
    );
}

#[test]
fn a_rule_without_a_condition_about_the_mail_is_refused() {
    let said = refusal("[[rule]]\nname = \"a\"\naction = \"approve\"\nfrom = \"member\"\n");
    assert_eq!(
        said,
        "discuss.toml:2:8: rule `a` has no condition about the mail: it would match everything\n  remedy: add at least one of subject, body, \
         words, text, sender, to, list, attachment, header"
    );
}

#[test]
fn acting_rules_open_to_anyone_are_refused() {
    for (action, from, place) in [
        ("approve", "", "3:10"),
        ("reject", "", "3:10"),
        ("approve", "from = \"anyone\"\n", "4:8"),
        ("reject", "from = \"members-domain\"\n", "4:8"),
        ("approve", "from = [\"member\", \"stranger\"]\n", "4:8"),
    ] {
        let said = refusal(&format!("[[rule]]\nname = \"a\"\naction = \"{action}\"\n{from}subject = ['x']\n"));
        let wanted = format!(
            "discuss.toml:{place}: a rule that can {action} by itself is open to people who are not members\n  remedy: write from = \"member\": a \
             forged sender must neither be distributed nor answered"
        );
        assert_eq!(said, wanted);
    }
}

#[test]
fn every_fault_is_named_at_once_from_the_top() {
    let text = "[[rule]]\nname = \"A b\"\naction = \"hold\"\nurgency = \"now\"\nsubject = ['(']\n";
    let places: Vec<String> =
        refusal(text).lines().filter(|line| line.starts_with("discuss")).map(|line| line.chars().take(16).collect()).collect();
    assert_eq!(places, ["discuss.toml:2:8", "discuss.toml:4:1", "discuss.toml:5:1"]);
}

#[test]
fn broken_toml_is_refused_with_its_place() {
    let said = refusal("[[rule]]\nname = \"a\"\naction = \"hold\"\nsubject = [\"\\bword\"\n");
    assert!(said.starts_with("discuss.toml:4:"), "{said}");
    let said = refusal("[[rule]]\nname = \"a\"\naction = \"hold\"\nsubject = 'word'\n");
    assert!(said.starts_with("discuss.toml:4:11: invalid type: string \"word\", expected a sequence"), "{said}");
    assert!(said.ends_with("remedy: patterns stand in a list: subject = ['first', 'second']"), "{said}");
}

#[test]
fn at_least_must_fit_its_patterns() {
    let said = refusal("[[rule]]\nname = \"a\"\naction = \"hold\"\nwords = ['x', 'y']\nat-least = 3\n");
    assert!(said.starts_with("discuss.toml:5:12: at-least = 3 does not fit the 2 patterns of `words`\n"), "{said}");
}

#[test]
fn a_key_of_another_kind_of_file_is_refused() {
    let text = "[[rule]]\nname = \"a\"\naction = \"spam\"\nsuggests = \"discard\"\nsubject = ['x']\n";
    let said = RuleSet::<Class>::parse("inbox.toml", text, &rules_support::xen()).unwrap_err().to_string();
    assert_eq!(said, "inbox.toml:4:12: unknown suggests `discard`\n  remedy: this file has no `suggests`: remove it");
}

const TWO: &str = r"
[[rule]]
name    = 'first'
action  = 'spam'
subject = ['(?i)offer', '(?i)loan']
sender  = ['@shop\.example>?$']
unless-body = ['(?i)hypervisor']

[[rule]]
name    = 'second'
action  = 'other'
subject = ['(?i)offer']
";

#[test]
fn the_first_rule_whose_keys_all_hold_decides() {
    let rules = inbox(TWO);
    let mail = |from: &str, subject: &str, body: &str| format!("From: {from}\nSubject: {subject}\n\n{body}\n");
    assert_eq!(decides(&rules, &mail("Ann <ann@shop.example>", "Special offer", "Buy!")).as_deref(), Some("first"));
    assert_eq!(decides(&rules, &mail("ann@shop.example", "A loan", "Buy!")).as_deref(), Some("first"));
    assert_eq!(decides(&rules, &mail("ann@home.example", "Special offer", "Buy!")).as_deref(), Some("second"));
    assert_eq!(decides(&rules, &mail("ann@shop.example", "Special offer", "A hypervisor")).as_deref(), Some("second"));
    assert_eq!(decides(&rules, &mail("ann@shop.example", "Special request", "Buy!")), None);
}

#[test]
fn quoted_words_are_not_the_posters() {
    let rules = inbox("[[rule]]\nname = 'a'\naction = 'other'\nbody = ['(?i)embargo date']\n");
    assert_eq!(decides(&rules, "From: a@b.example\n\n> The embargo date is fixed.\n\nIs Arm affected?\n"), None);
    assert_eq!(decides(&rules, "From: a@b.example\n\nThe embargo\ndate?\n").as_deref(), Some("a"), "a line break is a blank");
}

#[test]
fn fields_lists_recipients_attachments_and_counts() {
    let rules = inbox(
        r"
[[rule]]
name   = 'header'
action = 'spam'
header = { X-Spam-Flag = ['(?i)^yes'] }

[[rule]]
name   = 'list'
action = 'other'
list   = ['^devel\.example$']

[[rule]]
name   = 'to'
action = 'other'
to     = ['^sales@']

[[rule]]
name   = 'count'
action = 'spam'
words  = ['one', 'two', 'three']
at-least = 2

[[rule]]
name   = 'short'
action = 'other'
body-under = 5
subject = ['^Re:']

[[rule]]
name   = 'patch'
action = 'other'
attachment = ['\.patch\b']
",
    );
    let decided = |mail: &str| decides(&rules, mail);
    assert_eq!(decided("From: a@b.example\nX-SPAM-FLAG: Yes, 9 points\n\nhi\n").as_deref(), Some("header"));
    assert_eq!(decided("From: a@b.example\nList-Id: Devel <devel.example>\n\nhi\n").as_deref(), Some("list"));
    assert_eq!(decided("From: a@b.example\nTo: x@y.example, sales@y.example\n\nhi\n").as_deref(), Some("to"));
    assert_eq!(decided("From: a@b.example\n\none and one and one\n"), None, "the same pattern counts once");
    assert_eq!(decided("From: a@b.example\nSubject: one\n\nand two\n").as_deref(), Some("count"));
    assert_eq!(decided("From: a@b.example\nSubject: Re: x\n\nyes\n").as_deref(), Some("short"));
    assert_eq!(decided("From: a@b.example\nSubject: Re: x\n\nyes indeed\n"), None);
    let patch = "From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhere\n--b\n\
                 Content-Type: text/x-patch; name=\"xsa1.patch\"\nContent-Disposition: attachment; filename=\"xsa1.patch\"\n\n--- a\n+++ b\n--b--\n";
    assert_eq!(decided(patch).as_deref(), Some("patch"));
}

#[test]
fn a_rule_for_members_does_not_hold_for_others() {
    let rules = discuss("[[rule]]\nname = 'a'\naction = 'approve'\nfrom = ['member', 'team']\nsubject = ['patch']\n");
    let mail = "From: a@b.example\nSubject: patch\n\nhi\n";
    let holds = |poster| rules.first(&view_from(mail, poster)).is_some();
    let kinds = [PosterKind::Team, PosterKind::Member, PosterKind::MembersDomain, PosterKind::Stranger, PosterKind::Unproven];
    assert_eq!(kinds.map(holds), [true, true, false, false, false]);
}

#[test]
fn the_projects_names_stand_for_themselves() {
    let mut project = rules_support::xen();
    project.advisory_prefix = "C+-SA".to_owned();
    let text = "[[rule]]\nname = 'a'\naction = 'other'\nsubject = ['{advisory}', '^{title} \\d']\n";
    let rules = RuleSet::<Class>::parse("inbox.toml", text, &project).unwrap();
    let holds = |subject: &str| rules.first(&view(&format!("From: a@b.example\nSubject: {subject}\n\nhi\n"))).is_some();
    assert!(holds("about c+-sa-17"));
    assert!(holds("Xen  security advisory 17"));
    assert!(!holds("about XSA-17"));
    assert!(!holds("about C+-SA-0"));
}

#[test]
fn an_explanation_shows_each_condition_with_its_text() {
    let rules = inbox(TWO);
    let traces = rules.explain(&view("From: Ann <ann@shop.example>\nSubject: Special OFFER\n\nFor your\nhypervisor\u{202e}!\n"));
    let lines: Vec<String> = traces.iter().flat_map(|trace| trace.lines()).collect();
    assert_eq!(
        lines,
        [
            "no  first -> spam",
            "      yes subject  \"OFFER\"",
            "      yes sender  \"@shop.example>\"",
            "      no  unless-body  \"hypervisor\"",
            "yes second -> other",
            "      yes subject  \"OFFER\"",
        ]
    );
}

#[test]
fn a_reason_is_short_and_harmless_to_a_terminal() {
    let reason = embargod::rules::Reason::new("a", "body", &format!("a\u{1b}[31m\u{202e}b\nc{}", "x".repeat(300)));
    assert!(reason.text.starts_with("a\\u{1b}[31m\\u{202e}b cxxx"), "{}", reason.text);
    assert_eq!(reason.text.chars().count(), 200);
    assert_eq!(format!("{reason:?}"), "Reason(a: body)", "Debug shows nothing of the mail");
}

#[test]
fn a_huge_mail_costs_a_bounded_look() {
    let rules = discuss("[[rule]]\nname = 'a'\naction = 'hold'\ntext = ['needle']\n");
    let filler = "hay hay hay hay hay hay hay hay hay\n".repeat(100_000);
    let late = format!("From: a@b.example\n\n{filler}needle\n");
    assert!(rules.first(&view(&late)).is_none(), "beyond the first million bytes nothing is looked at");
    let early = format!("From: a@b.example\n\nneedle\n{filler}");
    assert!(rules.first(&view(&early)).is_some());
}

#[test]
fn a_sample_that_is_none_is_a_wrong_answer() {
    let judged = |bytes: &[u8]| {
        let result = samples::judge("s.eml", bytes, |_| (samples::Answer::default(), Vec::new()));
        samples::report_lines(&[result])
    };
    assert_eq!(
        judged(b"From: a@b.example\n\nhi\n"),
        ["s.eml: expected , got put `X-Expect: VERDICT by RULE` on its first line", "0 of 1 samples right"]
    );
    assert_eq!(
        judged(b"X-Expect: hold\nX-From-Kind: friend\nFrom: a@b.example\n\nhi\n"),
        ["s.eml: expected , got X-From-Kind is one of member, team, members-domain, stranger, unproven", "0 of 1 samples right"]
    );
    assert_eq!(
        judged(b"X-Expect: hold\nX-Live: XSA-0\nFrom: a@b.example\n\nhi\n"),
        ["s.eml: expected , got X-Live lists advisory numbers: XSA-999, XSA-998", "0 of 1 samples right"]
    );
    assert_eq!(
        judged(b"X-Expect: hold\n\nhi\n"),
        ["s.eml: expected , got there is no mail below the sample's fields", "0 of 1 samples right"]
    );
    assert_eq!(
        judged(b"X-Expect: hold by a\nFrom: a@b.example\n\nhi\n"),
        ["s.eml: expected hold by a, got ", "0 of 1 samples right"]
    );
}

#[test]
fn every_sentence_must_have_its_word() {
    let rules =
        inbox("[[rule]]\nname = 'a'\naction = 'other'\nbody = ['patch']\nevery-sentence = ['(?i)patch', '(?i)^thanks']\n");
    let decided = |body: &str| decides(&rules, &format!("From: a@b.example\n\n{body}\n"));
    assert_eq!(decided("The patch works. Thanks for the help!\n\nAda V.").as_deref(), Some("a"), "two words are no sentence");
    assert_eq!(decided("The patch works. Tell all your friends."), None);
    assert_eq!(decided("The patch works\n\nTell all your friends"), None, "a paragraph ends a sentence");
    assert_eq!(decided("The patch works, in 4.17 and\nthe new patch too.").as_deref(), Some("a"), "a line does not");
    let trace = &rules.explain(&view("From: a@b.example\n\nThe patch works. Tell all your friends.\n"))[0];
    assert_eq!(trace.lines()[2], "      no  every-sentence  \"Tell all your friends.\"");
}

#[test]
fn shared_patterns_stand_for_themselves_in_every_rule() {
    let rules = "[[rule]]\nname = \"both\"\naction = \"spam\"\nwords = ['{money}', 'prize']\nat-least = 3\n\n[[rule]]\nname = \"none\"\n\
                 action = \"other\"\nsubject = ['hi']\nunless-body = ['{money}']\n";
    let rules = inbox(&("[patterns]\nmoney = ['loan', 'bank']\n\n".to_owned() + rules));
    let mail = |body: &str| format!("From: a@b.example\nSubject: hi\n\n{body}\n");
    assert_eq!(decides(&rules, &mail("the bank gives a loan as a prize")), Some("both".to_owned()));
    assert_eq!(decides(&rules, &mail("the bank gives a prize")), None);
    assert_eq!(decides(&rules, &mail("a prize")), Some("none".to_owned()));
}

#[test]
fn an_unknown_list_of_patterns_is_refused() {
    let said = refusal("[patterns]\nmoney = ['loan']\n\n[[rule]]\nname = \"a\"\naction = \"hold\"\nsubject = ['{mony}']\n");
    assert_eq!(
        said,
        "discuss.toml:7:12: there is no list `mony` of shared patterns\n  remedy: name a list of [patterns] that is not made of \
         other lists"
    );
}

/// A post with a patch in its text, whose added line has this comment.
fn patched(comment: &str) -> MailView {
    view(&format!(
        "From: Ada <ada@cirrus.example>\nSubject: Re: x\n\nIt builds.\n\n--- a/x.c\n+++ b/x.c\n@@ -1,1 +1,2 @@\n a;\n+b; /* {comment} */\n"
    ))
}

const READING: &str = "[beside.code]\nof = [\"comment\"]\nevery-word = ['the frames are bounded twice']\nstray-words = 1\nstray-beside = ['bounded']\n\
                       wary = [{ of = ['twice'] }]\n[[rule]]\nname = \"a\"\naction = \"hold\"\nbody = ['builds']\nevery-word-beside = ['{code}']\n";

#[test]
fn every_word_beside_looks_where_the_body_ends() {
    let rules = discuss(READING);
    let doubts = |comment: &str| -> Vec<String> {
        let trace = rules.explain(&patched(comment)).remove(0);
        let asked = trace.conditions.into_iter().find(|condition| condition.key == "every-word-beside").unwrap();
        asked.found.into_iter().map(|reason| reason.text).collect()
    };
    assert_eq!(doubts("the frames are bounded"), Vec::<String>::new());
    assert_eq!(doubts("the frames are gone"), ["comment: not in the vocabulary: `gone`"]);
    // A word may stray, and a sentence of known words may be stopped.
    assert_eq!(doubts("the frames are all bounded"), Vec::<String>::new());
    assert_eq!(doubts("the frames are bounded twice"), ["comment: what goes wrong where: `twice`"]);
    assert!(rules.first(&patched("the frames are bounded")).is_some());
    assert!(rules.first(&patched("the frames are gone")).is_none());
}

#[test]
fn what_nobody_reads_is_not_understood() {
    let rules = discuss(&READING.replace("[\"comment\"]", "[\"message\"]"));
    assert!(rules.first(&patched("the frames are bounded")).is_none());
    assert!(rules.first(&view("From: a@b.example\nSubject: Re: x\n\nIt builds.\n")).is_some());
    let trace = rules.explain(&patched("the")).remove(0);
    let found: Vec<String> =
        trace.conditions.into_iter().flat_map(|condition| condition.found).map(|reason| reason.text).collect();
    assert_eq!(found, ["builds", "comment: nobody reads this"]);
}

#[test]
fn beside_is_a_field_like_others() {
    let rules = discuss("[[rule]]\nname = \"a\"\naction = \"hold\"\nbeside = ['larch']\nunless-beside = ['oak']\n");
    assert!(rules.first(&patched("larch")).is_some());
    assert!(rules.first(&patched("larch and oak")).is_none());
    assert!(rules.first(&view("From: a@b.example\nSubject: larch\n\nlarch\n")).is_none());
}

#[test]
fn readers_have_names_and_kinds() {
    assert_eq!(
        refusal(
            "[beside.code]\nof = [\"coment\"]\n[[rule]]\nname = \"a\"\naction = \"hold\"\nbody = ['x']\nevery-word-beside = ['{cod}']\n"
        ),
        "discuss.toml:2:7: nothing beside the words is called `coment`\n  remedy: use some of: message, comment, aside, log, output, signature, question, text, frame, context, name, notice, subject\n\
         discuss.toml:7:22: there is no [beside] table `cod`\n  remedy: name tables in braces: every-word-beside = ['{patch}'] for [beside.patch]"
    );
}
