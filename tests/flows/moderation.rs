//! A post that no rule decides waits for a moderator, whose answer to one mail settles it.

use crate::{
    replies::{Program, thread},
    rig::{
        cast::{Person, letter},
        relay::Letter,
    },
    stage::{
        DISCUSS, SECURITY, Stage,
        mail::{self, CANARIES, signed},
        read::{address, attachments, body, digest, field, lines, subject, text},
    },
};

/// A post that is held, and the two notices; the receipt was looked at.
fn held(stage: &Stage, id: &str) -> (i64, Vec<u8>, [Letter; 2]) {
    let cast = &stage.rig.cast;
    let pat = &cast.posters[0];
    let post = mail::ambiguous(cast, id);
    let row = stage.deliver(pat, DISCUSS, &post);
    assert_eq!(stage.state_of(row), ("held".to_owned(), "post".to_owned()));
    let receipt = stage.letter(&pat.address);
    assert_eq!(subject(&receipt), format!("[held-{row}] Your post waits for a moderator"));
    assert_eq!(receipt.reverse_path, "");
    let whole = String::from_utf8_lossy(&receipt.bytes).to_lowercase();
    assert!(CANARIES.iter().all(|word| !whole.contains(&word.to_lowercase())), "{whole}");
    let notices = stage.notices();
    for notice in &notices {
        assert_eq!(subject(notice), format!("[held-{row}] A mail waits for a ruling"));
        assert!(text(notice).contains("Rule deployment-question suggests: reject policy"), "{}", text(notice));
        let enclosed = attachments(&notice.bytes);
        assert!(enclosed.iter().any(|(_, content)| content.ends_with(body(&post))), "the post is attached as it came");
    }
    assert_ne!(address(&notices[0], "Reply-To"), address(&notices[1], "Reply-To"), "a token for each moderator");
    (row, post, notices)
}

/// What both moderators hear of a ruling: the sentence, and the summary when it went to the members.
fn both_hear(stage: &Stage, sentences: &[&str]) {
    for moderator in &stage.rig.cast.moderators {
        let heard: Vec<String> = stage.letters(&moderator.address).iter().map(text).collect();
        assert_eq!(heard.len(), sentences.len(), "{heard:?}");
        for sentence in sentences {
            assert!(heard.iter().any(|said| said.contains(sentence)), "{sentence}: {heard:?}");
        }
    }
}

#[test]
fn a_moderator_approves_with_any_mail_program() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    for program in Program::ALL {
        let (row, post, [for_mona, for_milo]) = held(&stage, &format!("post-{program:?}"));
        let (to, answer) = program.answer(cast, mona, &for_mona, &format!("answer-{program:?}"), "approve");
        let command = stage.deliver(mona, &to, &answer);
        assert_eq!(stage.state_of(command), ("decided".to_owned(), "command".to_owned()), "{program:?}");
        for copy in stage.copies() {
            assert_eq!(digest(body(&copy.bytes)), digest(body(&post)), "{program:?}");
        }
        assert_eq!(stage.state_of(row).0, "ruled");
        both_hear(&stage, &[&format!("held-{row} was approved by mona at "), &format!("held-{row}: 75 of 75 delivered")]);

        // Milo, a moment later, thinks otherwise: nothing changes, and he is told by whom and when.
        let (to, late) = program.answer(cast, milo, &for_milo, &format!("late-{program:?}"), "reject");
        stage.deliver(milo, &to, &late);
        let told = text(&stage.letter(&milo.address));
        assert!(told.contains(&format!("Nothing has changed: held-{row} was already approved by mona at ")), "{told}");
        stage.silence();
        assert_eq!(stage.texts(&format!("SELECT state || ' ' || ruled_by FROM held WHERE inbox_id = {row}")), ["approved mona"]);
    }
    stage.close();
}

#[test]
fn what_is_no_command_of_the_moderators_own_does_nothing() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    let (row, _, [for_mona, for_milo]) = held(&stage, "post-1");
    let to = address(&for_mona, "Reply-To");
    let re = format!("Re: {}", subject(&for_mona));
    let waits = |what: &str| {
        assert_eq!(stage.texts(&format!("SELECT state FROM held WHERE inbox_id = {row}")), ["waiting"], "{what}");
        stage.silence();
    };

    // Out of office, as Exchange, as sieve and as Gmail say it. All of them carry the token, and words that would be a command.
    for (id, subject, extra) in [
        (
            "oof-exchange",
            format!("Automatic reply: {}", subject(&for_mona)),
            "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\n",
        ),
        ("oof-sieve", format!("Auto: {}", subject(&for_mona)), "Auto-Submitted: auto-replied (vacation)\n"),
        ("oof-gmail", format!("Out of office Re: {}", subject(&for_mona)), "Precedence: bulk\nX-Autoreply: yes\n"),
    ] {
        let extra = format!("{}{extra}", thread(&for_mona));
        let message = signed(cast, mona, &to, &subject, id, &extra, "approve\n\nI am away until Monday.\n");
        let away = stage.deliver_as("", &to, &message);
        assert_eq!(stage.state_of(away), ("decided".to_owned(), "auto-reply".to_owned()), "{id}");
        assert!(stage.events(away).contains(&"automatic-with-token".to_owned()), "{id}: {:?}", stage.events(away));
        waits(id);
    }

    // Mona forwards her notice to somebody, who answers it; to milo, who answers it with her token; and somebody forges her.
    for (id, from, message) in [
        ("forwarded", &cast.stranger, signed(cast, &cast.stranger, &to, &re, "forwarded", &thread(&for_mona), "approve\n")),
        ("team-mate", milo, signed(cast, milo, &to, &re, "team-mate", &thread(&for_mona), "approve\n")),
        ("unsigned", &cast.forger, letter(mona, &to, &re, "unsigned", &thread(&for_mona), "approve\n")),
        ("false-key", &cast.forger, cast.sign_falsely(&letter(mona, &to, &re, "false-key", "", "approve\n"), mona)),
        ("own-key", &cast.forger, cast.sign(&letter(mona, &to, &re, "own-key", "", "approve\n"), &cast.forger)),
    ] {
        let refused = stage.deliver(from, &to, &message);
        assert_eq!(stage.state_of(refused), ("held".to_owned(), "command".to_owned()), "{id}");
        stage.both_hear("Nothing has happened.");
        waits(id);
    }

    // HTML only: what is shown and what is said can differ, so it is never read. She is told, and can go on with the same notice.
    let extra = format!("{}MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n", thread(&for_mona));
    stage.deliver(mona, &to, &signed(cast, mona, &to, &re, "html", &extra, "<p>approve</p>\n"));
    let told = stage.letter(&mona.address);
    assert!(text(&told).contains("The mail has no plain text part."), "{}", text(&told));
    assert_eq!(address(&told, "Reply-To"), to, "the same token is good for another try");
    waits("html");

    // Not one of the words: a question back, with what she could have meant.
    stage.deliver(mona, &to, &signed(cast, mona, &to, &re, "ok", &thread(&for_mona), "ok, let it through\n"));
    let told = text(&stage.letter(&mona.address));
    assert!(told.contains("was not understood, so nothing has happened") && told.contains("approve"), "{told}");
    waits("ok");

    // Only quoted text, nothing of her own.
    let quote: String = "> approve\n".repeat(3);
    stage.deliver(mona, &to, &signed(cast, mona, &to, &re, "quote", &thread(&for_mona), &quote));
    assert!(text(&stage.letter(&mona.address)).contains("was not understood, so nothing has happened"));
    waits("quote");

    // Milo rejects with words of his own, and nobody but the poster gets them.
    let for_pat = address(&for_milo, "Reply-To");
    let words = "reject policy\n\nPlease ask the team in private.\n";
    stage.deliver(milo, &for_pat, &signed(cast, milo, &for_pat, &re, "reject", &thread(&for_milo), words));
    let rejection = stage.letter(&cast.posters[0].address);
    assert!(text(&rejection).contains("The moderator adds: Please ask the team in private."), "{}", text(&rejection));
    stage.both_hear(&format!("held-{row} was rejected by milo at "));
    stage.close();
}

#[test]
fn a_poster_takes_a_held_post_back() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let (pat, mona): (&Person, &Person) = (&cast.posters[0], &cast.moderators[0]);
    let row = stage.deliver(pat, DISCUSS, &mail::ambiguous(cast, "post-1"));
    let receipt = stage.letter(&pat.address);
    let [for_mona, _] = stage.notices();
    let to = address(&receipt, "Reply-To");
    stage.deliver(pat, &to, &signed(cast, pat, &to, "Re: [held]", "withdraw", &thread(&receipt), "withdraw\n"));
    assert!(text(&stage.letter(&pat.address)).contains("Your post was withdrawn. Nobody will get it."));
    stage.both_hear(&format!("held-{row} was withdrawn by its poster at "));
    let (to, late) = Program::Thunderbird.answer(cast, mona, &for_mona, "late", "approve");
    stage.deliver(mona, &to, &late);
    assert!(text(&stage.letter(&mona.address)).contains(&format!("Nothing has changed: held-{row} was already withdrawn")));
    stage.close();
}

#[test]
fn an_answer_with_the_team_in_copy_is_one_and_a_notice_quoted_without_marks_goes_to_nobody() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let mona = &cast.moderators[0];
    let (row, _, [for_mona, _]) = held(&stage, "post-1");
    let desk = address(&for_mona, "Reply-To");
    let re = format!("Re: {}", subject(&for_mona));
    assert_eq!(field(&for_mona.bytes, "References"), format!("<held-{row}.letters@xenproject.org>"));
    assert!(text(&for_mona).contains("answer `approve`, `reject` or `hold`"), "{}", text(&for_mona));

    // As Yahoo's program on a telephone quotes: nothing marks what is the notice's.
    let quoted: String = lines(&for_mona).iter().map(|line| format!("{line}\n")).collect();
    let yahoo = format!(
        "reject policy\n\nYahoo Mail: Search, Organize, Conquer\n\nOn Sat, Nov 21, 2026 at 11:14 PM, Xen Project Security \
         Team<security-desk@xenproject.org> wrote:   {quoted}"
    );
    stage.deliver(mona, &desk, &signed(cast, mona, &desk, &re, "yahoo", &thread(&for_mona), &yahoo));
    let told = stage.letter(&mona.address);
    assert!(text(&told).contains("without quote marks, and would have gone out with them"), "{}", text(&told));
    assert_eq!(address(&told, "Reply-To"), desk, "the same notice is good for another try");
    assert_eq!(stage.texts(&format!("SELECT state FROM held WHERE inbox_id = {row}")), ["waiting"]);
    stage.silence();

    // She rules, and puts the team in copy so that all may read her words: both copies arrive, and one command is done.
    let both = format!("{desk}, {SECURITY}");
    let answer = signed(cast, mona, &both, &re, "cc", &thread(&for_mona), "reject policy\n\nPlease ask the team in private.\n");
    stage.deliver(mona, &desk, &answer);
    let copy = stage.deliver(mona, SECURITY, &answer);
    assert_eq!(stage.events(copy), ["copy"]);
    let rejection = text(&stage.letter(&cast.posters[0].address));
    assert!(rejection.contains("The moderator adds: Please ask the team in private."), "{rejection}");
    for notice in stage.notices() {
        assert_eq!(subject(&notice), format!("[held-{row}] Ruled"));
        assert_eq!(field(&notice.bytes, "References"), format!("<held-{row}.letters@xenproject.org>"), "one thread");
    }
    stage.close();
}
