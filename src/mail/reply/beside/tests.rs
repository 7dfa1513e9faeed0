//! What goes out beside the own words, and what of it is no prose.

use super::{Answers, Attached, Beside, BesideKind, Form, Given, beside};
use crate::mail::Flow;

/// The pieces of a message's own text, as `kind: text`.
fn of_text(text: &str) -> Vec<String> {
    shown(text, &[])
}

/// The pieces of an attachment.
fn of_attached(form: Form, text: &str) -> Vec<String> {
    shown(text, &[Attached { range: 0..text.len(), form }])
}

fn shown(text: &str, attached: &[Attached]) -> Vec<String> {
    let given = Given { text, flow: Flow::Fixed, attached, names: &[], answers: Answers::To("XSA-999") };
    pieces(&beside(&given))
}

fn pieces(found: &Beside) -> Vec<String> {
    let piece = |piece: &super::Piece| format!("{}: {}", piece.kind.as_str(), found.text.get(piece.range.clone()).unwrap());
    found.pieces.iter().map(piece).collect()
}

const DIFF: &str = "diff --git a/mm.c b/mm.c\nindex 1111111..2222222 100644\n--- a/mm.c\n+++ b/mm.c\n";

#[test]
fn the_message_of_a_commit_without_what_git_writes() {
    let patch = format!(
        "From 3b1f0a8c9d2e4f5061728394a5b6c7d8e9f00112 Mon Sep 17 00:00:00 2001\nFrom: Ada Byron <ada@cirrus.example>\n\
         Date: Tue, 14 Apr 2026 11:12:13 +0200\nSubject: [PATCH 1/2] x86/mm: check the\n order\n\nThe order was not\nchecked.\n\n\
         Fixes: 2e1d35ab90f1 (\"x86/mm: orders\")\nSigned-off-by: Ada Byron <ada@cirrus.example>\nReported-by: a customer of ours\n---\n\
         v2: as agreed.\n\n mm.c | 3 +++\n 1 file changed, 3 insertions(+)\n\n{DIFF}@@ -1,1 +1,2 @@\n x;\n+y;\n-- \n2.39.5\n"
    );
    let expected = [
        "message: check the order",
        "message: The order was not checked.",
        "context: orders",
        "message: Reported-by: a customer of ours",
        "message: v2: as agreed.",
    ];
    assert_eq!(of_attached(Form::Patch, &patch), expected);
}

#[test]
fn trailers_have_an_address_and_nothing_behind_it() {
    for trailer in [
        "Reviewed-by: Larch Oak <larch@oak.example>",
        "Cc: larch@oak.example",
        "Cc: stable@kernel.example # 5.10+",
        "commit 2e1d35ab90f1 upstream.",
        "(cherry picked from commit 2e1d35ab90f1)",
        "master date: 2026-01-02 12:00:00 +0000",
    ] {
        assert_eq!(of_attached(Form::Patch, trailer), Vec::<String>::new(), "{trailer}");
    }
    for prose in ["Reviewed-by: Larch <larch@oak.example> who runs it", "Fixed-by: us", "Date: not before Tuesday"] {
        assert_eq!(of_attached(Form::Patch, prose), [format!("message: {prose}")]);
    }
}

#[test]
fn comments_that_come_and_go() {
    let patch = format!(
        "{DIFF}@@ -1,3 +1,7 @@\n a; /* known */\n+/*\n+ * One\n+ * two.\n+ */\n+b; /* three */ c; // four\n-d; /* five */\n e;\n"
    );
    assert_eq!(of_text(&patch), ["context: known", "comment: One two.", "comment: three four", "comment: five"]);
    // Where the hunk begins within a comment.
    assert_eq!(of_text(&format!("{DIFF}@@ -1,2 +1,3 @@\n  * a\n+ * b\n  */\n")), ["context: a", "comment: b"]);
    assert_eq!(of_text(&format!("{DIFF}@@ -1,2 +1,3 @@\n /* a\n+   b c\n */\n")), ["context: a", "comment: b c"]);
}

#[test]
fn texts_in_quotation_marks_and_lines_without_code() {
    let lines = |code: &str| of_text(&format!("{DIFF}@@ -1,1 +1,2 @@\n a;\n+{code}\n"));
    assert_eq!(lines("printk(\"told %s /* twice */ by \\\"us\\\"\\n\");"), ["comment: told /* twice */ by \"us\""]);
    assert_eq!(lines("#include \"larch.h\""), Vec::<String>::new());
    assert_eq!(lines("c = '\"'; /* one */"), ["comment: one"]);
    assert_eq!(lines("we told Larch about it"), ["comment: we told Larch about it"]);
    assert_eq!(lines("static unsigned int frame_count(struct domain *d,"), Vec::<String>::new());
}

#[test]
fn comments_are_written_as_the_file_writes_them() {
    let in_file = |name: &str, line: &str| of_text(&format!("--- a/{name}\n+++ b/{name}\n@@ -1,1 +1,2 @@\n a\n+{line}\n"));
    assert_eq!(in_file("Makefile", "x := y # one two"), ["comment: one two"]);
    assert_eq!(in_file("a.py", "x = 1 # one two"), ["comment: one two"]);
    assert_eq!(in_file("a.c", "# define x y"), Vec::<String>::new());
    assert_eq!(in_file("a.S", "mov x, y # one two"), ["comment: one two"]);
    assert_eq!(in_file("changelog", "* told everyone"), ["context: a", "comment: * told everyone"]);
    assert_eq!(in_file("a.c", "// SPDX-License-Identifier: GPL-2.0"), Vec::<String>::new());
}

#[test]
fn what_the_hunk_does_not_count_is_prose() {
    let below = |more: &str| of_text(&format!("{DIFF}@@ -1,1 +1,2 @@\n a;\n+b;\n{more}\n"));
    assert_eq!(below("- Larch has it"), ["message: - Larch has it"]);
    assert_eq!(below(" so has Oak"), ["message: so has Oak"]);
    assert_eq!(below("@@ -9,1 +10,1 @@ f()\n-c;\n+d;"), Vec::<String>::new());
}

#[test]
fn a_sentence_about_a_function_that_the_patch_does_not_have() {
    let patch = format!(
        "It is called by grow_table(). swap_refs() trusts it. So does free_it().\n\n{DIFF}@@ -1,1 +1,2 @@ grow_table(x)\n a;\n+b;\n"
    );
    let expected = ["message: It is called by grow_table().", "aside: swap_refs() trusts it. So does free_it()."];
    assert_eq!(of_attached(Form::Patch, &patch), expected);
}

#[test]
fn a_log_and_the_sentences_in_it() {
    let log =
        "(XEN) CPU: 3\n(XEN) Xen call trace:\n(XEN) this is the host of a bank\n(XEN)    [<ffff82d04021b1f3>] f+0x83/0x2b0\n";
    let expected = ["output: CPU: 3", "output: Xen call trace:", "log: this is the host of a bank"];
    assert_eq!(of_text(log), expected);
    assert_eq!(of_attached(Form::Text, log), expected);
}

#[test]
fn a_signature_without_addresses_and_disclaimers() {
    let text = "It boots.\n\n-- \nAda Byron\nada@cirrus.example | https://cirrus.example/ | +49 30 123\nhttps://oak.example/fix/1\non leave\n\
                This message may contain confidential text. Unauthorised use is strictly prohibited.";
    let notice = "notice: This message may contain confidential text. Unauthorised use is strictly prohibited.";
    let expected = ["signature: Ada Byron", "signature: https://oak.example/fix/1", "signature: on leave", notice];
    assert_eq!(of_text(text), expected);
}

#[test]
fn the_question_to_which_the_words_are_the_answer() {
    assert_eq!(of_text("> One.\n>\n> May we?\n> +code\n\nYes, 4.17 boots."), ["question: May we?"]);
    assert_eq!(of_text("> May we?\n\nThe patch builds."), Vec::<String>::new());
    assert_eq!(of_text("> First this. May we?\n\nYes."), ["question: May we?"]);
    assert_eq!(of_text("> Can you?\n\nYes, I'll rebase it on 4.17 then."), Vec::<String>::new());
    assert_eq!(of_text("> Can you?\n\nYes, I'll do that for you then."), ["question: Can you?"]);
    assert_eq!(of_text("+1\n\nOn Tue, Bo wrote:\n> A statement.\n> May we?"), ["question: May we?"]);
}

#[test]
fn an_attached_text_is_a_patch_a_log_or_prose() {
    assert_eq!(of_attached(Form::Text, "One\ntwo.\n\nThree.\n"), ["text: One two.", "text: Three."]);
    assert_eq!(of_attached(Form::Text, "One.\n\n--- a/x.c\n+++ b/x.c\n@@ -1,1 +1,1 @@\n-a;\n+b;\n"), ["message: One."]);
}

#[test]
fn what_cannot_be_read_is_said_so() {
    for text in ["a\u{fffd}", "a\u{1}", "a\u{1b}[2J"] {
        assert_eq!(of_attached(Form::Patch, text), ["unread: unread"], "{text:?}");
    }
    assert_eq!(of_attached(Form::Unread, "x"), ["unread: unread"]);
    assert_eq!(
        of_attached(Form::Patch, "diff --git a/x b/x\nGIT binary patch\nliteral 3\nabc\n"),
        ["unread: unread", "message: abc"]
    );
    assert_eq!(of_text(&"word ".repeat(120_000)), ["unread: unread"]);
}

#[test]
fn every_kind_has_a_word() {
    for (name, kind) in BesideKind::NAMES {
        assert_eq!(kind.as_str(), name);
    }
}

#[test]
fn a_quote_of_nobody_and_a_frame_are_read() {
    let beside = |text: &str| of_text(&format!("It builds.\n\n{text}\n"));
    assert_eq!(beside("> Larch has it."), ["frame: Larch has it."]);
    assert_eq!(beside("| Larch has it."), ["frame: Larch has it."]);
    assert_eq!(beside("LO> Larch has it."), ["frame: Larch has it."]);
    assert_eq!(beside("[... Larch has it]"), ["frame: [... Larch has it]"]);
    assert_eq!(beside("[snip]"), Vec::<String>::new());
    assert_eq!(beside("On Tue, 3 Mar 2026, Bo Lind wrote:\n> Larch has it."), Vec::<String>::new());
    assert_eq!(of_text("> The bound is wrong.\n\nIt builds."), Vec::<String>::new());
    let told = "On Tue, 3 Mar 2026, Bo, who told us of Larch, wrote:";
    assert_eq!(beside(&format!("{told}\n> It builds.")), [format!("frame: {told}"), "frame: It builds.".to_owned()]);
}

#[test]
fn an_older_message_is_what_is_answered_or_is_read() {
    let below = |head: &str| of_text(&format!("It builds.\n\n{head}\n\nLarch has it.\n"));
    let fields = "From: Bo <bo@larch.example>\nSent: Tuesday, 3 March 2026 10:02\nTo: Ada\nSubject:";
    assert_eq!(below(&format!("{fields} RE: [list] XSA-999")), Vec::<String>::new());
    assert_eq!(below(&format!("{fields} the other matter")).last().unwrap(), "frame: Larch has it.");
    assert_eq!(
        below(&format!("---------- Forwarded message ----------\n{fields} XSA-999")).last().unwrap(),
        "frame: Larch has it."
    );
    assert_eq!(below("-----Original Message-----").last().unwrap(), "frame: Larch has it.");
    let given = |answers| {
        let text = format!("It builds.\n\n{fields} XSA-999\n\nLarch has it.\n");
        pieces(&beside(&Given { text: &text, flow: Flow::Fixed, attached: &[], names: &[], answers })).len()
    };
    assert_eq!((given(Answers::To("XSA-999")), given(Answers::Nothing)), (0, 2));
}

#[test]
fn armour_holds_a_signature_and_nothing_else() {
    let block =
        |inside: &str| of_text(&format!("It builds.\n-----BEGIN PGP SIGNATURE-----\n{inside}\n-----END PGP SIGNATURE-----\n"));
    assert_eq!(
        block("Version: GnuPG v2\n\niQIzBAABCgAdFiEErCspvTSmr92z9o8157I7JWGEQkFAmWYRyEACgkQ57\n=ab12"),
        Vec::<String>::new()
    );
    assert_eq!(block("Comment: Larch has it\n\niQIzBAABCgAd\n=ab12"), ["frame: Comment: Larch has it"]);
    assert_eq!(block("\nLarch has it.\n=ab12"), ["frame: Larch has it."]);
    assert_eq!(block("\nLarchHasGotTheFix\n=ab12"), ["frame: LarchHasGotTheFix"]);
    assert_eq!(
        of_text("a\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ\n-----END PGP PUBLIC KEY BLOCK-----\n").first().unwrap(),
        "unread: unread"
    );
    assert_eq!(of_attached(Form::Signature, "Larch has it."), ["frame: Larch has it."]);
}

#[test]
fn names_of_files_and_subjects_of_answers_are_read() {
    let given = |names: &[&str], subject| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        pieces(&beside(&Given {
            text: "It builds.",
            flow: Flow::Fixed,
            attached: &[],
            names: &names,
            answers: Answers::To(subject),
        }))
    };
    assert_eq!(given(&["larch-has-it.patch"], "XSA-999"), ["name: larch has it"]);
    assert_eq!(given(&["xsa999-4.17.patch", "dmesg.txt"], "Re: XSA-999: v2"), Vec::<String>::new());
    assert_eq!(given(&[], "Re: XSA-999: all hosts were patched"), ["subject: XSA-999: all hosts were patched"]);
    assert_eq!(given(&[], "Re: XSA-999: it (was: v2)"), ["subject: XSA-999: it (was: v2)"]);
}

#[test]
fn a_hunk_is_what_its_head_says() {
    let hunk = |head: &str, body: &str| of_text(&format!("{DIFF}@@ {head}\n{body}"));
    assert_eq!(hunk("-1,60 +1,61 @@", " a;\n+b;\n the hosts are done\n"), ["context: the hosts are done", "unread: unread"]);
    assert_eq!(hunk("-1,3 +1,4 @@", " a;\n+b;\n"), Vec::<String>::new());
    assert_eq!(hunk("-1,99999999999999999999 +1 @@", " a;\n").first().unwrap(), "unread: unread");
    assert_eq!(hunk("-1 +1,2 @@ the hosts are done", " a;\n+b;\n"), ["context: the hosts are done"]);
    assert_eq!(hunk("-1 +1,2 @@ static int f(struct domain *d, unsigned int nr", " a;\n+b;\n"), Vec::<String>::new());
    assert_eq!(hunk("-1 +1,2 @@", " a;\n+b;\n\\ the hosts are done\n"), ["message: \\ the hosts are done"]);
    assert_eq!(hunk("-1 +1,2 @@", " a; /* as is */\n+b;\n"), ["context: as is"]);
}

#[test]
fn sentences_joined_or_among_the_marks_of_code() {
    let lines = |code: &str| of_text(&format!("{DIFF}@@ -1,1 +1,2 @@\n a;\n+{code}\n"));
    assert_eq!(lines("larch_told_the_press();"), ["context: larch told the press"]);
    assert_eq!(lines("larch = has; nobody = saw + it;"), ["comment: larch = has; nobody = saw + it;"]);
    assert_eq!(lines("(* larch leaked it *)"), ["comment: (* larch leaked it *)"]);
    assert_eq!(lines("/* SPDX-License-Identifier: larch has it */").len(), 1);
    assert_eq!(lines("page = get_page_from_gfn(d, gfn, NULL, P2M_ALLOC);"), Vec::<String>::new());
    let frame = |line: &str| of_attached(Form::Patch, &format!("{line}\n"));
    for line in ["Index: a", "RCS file: a,v", "index 1111111..2222222 100644", "old mode 100644", "rename from a.c"] {
        assert_eq!(frame(line), Vec::<String>::new(), "{line}");
        assert_eq!(frame(&format!("{line} - Larch has it")).len(), 1, "{line}");
    }
    assert_eq!(frame("rename to all_hosts_were_done.c"), ["name: to", "name: all hosts were done c"].get(1..).unwrap());
    assert_eq!(frame("Fixes: 3b1f0a8c9d2e but Larch has it"), ["message: Fixes: 3b1f0a8c9d2e but Larch has it"]);
    assert_eq!(frame("Tested-by: all of Larch since Sunday <bo@larch.example>").len(), 1);
}

/// Work that grows with the square of the text takes minutes here.
#[test]
fn five_megabytes_of_marks_take_no_longer_than_others() {
    for piece in [
        "yes\n> a?\n",
        "yes\n[    1.0] a\n[    1.0] b\n",
        "> a? b? c?\n",
        "a_b_c_the_",
        "| a\n",
        "the_a ",
        "@@ -1,9 +1,9 @@ a b c\n",
        "-----BEGIN PGP SIGNATURE-----\n",
        "--- a/b\n+++ b/b\n@@ -1 +1 @@ a\n",
        "> On Tue, 3 Mar 2026, a wrote:\n> b\n\nno\n",
        "From: a@b.example 2026\nSubject: b\nTo: c\n",
        "_",
        "aB",
        "\"\"",
        "/**/",
        "-- \nstrictly prohibited\n",
        "strictly prohibited é\n",
    ] {
        let begins = match piece {
            "\"\"" | "/**/" => "--- a/b.c\n+++ b/b.c\n@@ -1,0 +1,1 @@\n+",
            "strictly prohibited é\n" => "words\n\n-- \n",
            _ => "",
        };
        let text = format!("{begins}{}xsa\n", piece.repeat(5_000_000 / piece.len()));
        for form in [None, Some(Form::Patch), Some(Form::Text), Some(Form::Signature)] {
            // Of an attachment a part will do.
            let text = if form.is_some() { text.get(..400_000).unwrap_or(&text) } else { &text };
            let started = std::time::Instant::now();
            let attached: Vec<Attached> = form.map(|form| Attached { range: 0..text.len(), form }).into_iter().collect();
            let names = [text.get(..100_000).unwrap_or_default().to_owned()];
            let given = Given { text, flow: Flow::Fixed, attached: &attached, names: &names, answers: Answers::To("Re: x") };
            beside(&given);
            assert!(started.elapsed() < std::time::Duration::from_secs(20), "{piece:?} {form:?} {:?}", started.elapsed());
        }
    }
}
