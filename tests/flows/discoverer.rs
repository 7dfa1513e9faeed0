//! What a discoverer hears of his own case without asking: its date, the end of the embargo, its end; and nothing of what he does not know.

use jiff::{SignedDuration, civil::Weekday, tz::TimeZone};

use crate::{
    release::{embargoed, end, finished, instant, noon_in, predisclosed, wait_until_begun},
    rig::{
        cast::{Person, letter},
        ground::until as wait_for,
        plan::{Hands, Plan},
        relay::Letter,
    },
    stage::{
        PRIMARY, SECURITY, Stage,
        case::CaseTalk,
        mail::{self, CANARIES, signed},
        read::{address, field, fields, subject, text},
        revision::{For, revision},
    },
};

/// Working hours, so that no reminder comes between.
fn stage() -> Stage {
    Stage::with(Plan { hands: Hands::Ours, ..Plan::xen() }, |_| {})
}

/// Up to the first question of the date.
fn triaged(stage: &Stage, talk: &mut CaseTalk) {
    for line in ["claim", "public no", "scope supported hypervisor", "confirm"] {
        talk.say(stage, 0, line);
    }
}

/// Somebody's report of the same matter; the case's first notices.
fn reports(stage: &Stage, from: &Person, case: i64) -> CaseTalk {
    let body = "I found a vulnerability in Xen 4.17 and 4.18: a PV guest can crash the host by passing a bad index to the\n\
                hypervisor, which writes out of bounds.\n";
    let mail = signed(&stage.rig.cast, from, SECURITY, "Security vulnerability in Xen", &format!("found-{case}"), "", body);
    stage.deliver(from, SECURITY, &mail);
    CaseTalk::of(case, &stage.notices())
}

/// The date as letters write it.
fn written(at: jiff::Timestamp) -> String {
    at.strftime("%A %Y-%m-%d %H:%M UTC").to_string()
}

fn says_nothing_of_the_matter(letter: &Letter) {
    let whole = String::from_utf8_lossy(&letter.bytes).to_lowercase();
    for word in CANARIES.into_iter().chain(["out of bounds", "pv guest", "hypervisor"]) {
        assert!(!whole.contains(&word.to_lowercase()), "{word} is in {whole}");
    }
}

#[test]
fn a_discoverer_hears_of_the_date_of_each_change_and_of_the_end() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let (dana, mona) = (&cast.discoverer, &cast.moderators[0]);
    stage.deliver(dana, SECURITY, &mail::report(cast, "report-1"));
    let acknowledgement = stage.letter(&dana.address);
    let notices = stage.notices();
    let desk = address(&notices[0], "Reply-To");
    let mut talk = CaseTalk::begun(&notices);
    triaged(&stage, &mut talk);
    stage.silence();

    // The date, with words of mona's own.
    let first = noon_in(21);
    let line = format!(
        "embargo {} because the distributors need three weeks\n\nTo the discoverer:\nDear Dana,\n\nthank you for your patience.",
        instant(first)
    );
    let [mine, others] = talk.say(&stage, 0, &line);
    for said in [&mine, &others] {
        assert!(said.contains("The discoverer is told, with your words."), "{said}");
    }
    let told = stage.letter(&dana.address);
    assert_eq!(subject(&told), "[case-1] The date of publication");
    let said = text(&told);
    assert!(
        said.contains(&format!(
            "has set the date on which the matter of case-1, your report, becomes public: {}",
            written(first)
        )),
        "{said}"
    );
    assert!(said.contains("If you do not agree with this date"), "{said}");
    assert!(said.contains("adds: Dear Dana, thank you for your patience."), "{said}");
    assert!(!said.contains("distributors"), "the reason is the team's: {said}");
    says_nothing_of_the_matter(&told);
    assert_eq!(field(&told.bytes, "Auto-Submitted"), "auto-generated");
    assert_eq!(field(&told.bytes, "In-Reply-To"), "<report-1@finder.example>");
    assert_eq!(address(&told, "Reply-To"), address(&acknowledgement, "Reply-To"), "the case's own secret address");

    // The same mail once more is a copy; the same command again changes nothing. Nobody is told twice.
    let mail: Vec<u8> = stage
        .ask("SELECT bytes FROM raw JOIN inbox USING (digest) WHERE id = (SELECT cause FROM event WHERE kind = 'embargo-set')");
    stage.deliver(mona, &desk, &mail);
    let to = stage.texts("SELECT text FROM event WHERE kind = 'discoverer-told'");
    assert_eq!(to, [format!("the discoverer is told the date, {}", written(first))]);
    let [again, _] = talk.say(&stage, 0, &format!("embargo {} because they do", instant(first)));
    assert!(again.contains("That is so already"), "{again}");
    stage.silence();

    // Another date: it says that it has changed.
    let second = noon_in(14);
    talk.say(&stage, 1, &format!("embargo {} because of a conference", instant(second)));
    let said = text(&stage.letter(&dana.address));
    assert!(said.contains(&format!("has changed. It is now: {}", written(second))), "{said}");
    assert!(!said.contains("adds:"), "{said}");

    // Two end it early. What the first one writes to Dana waits for the second, who sees it.
    let wild = "in-the-wild: an exploit is on sale\n\nTo the discoverer: We are sorry, it is out.";
    let [mine, asked] = talk.say(&stage, 0, wild);
    assert!(mine.contains("waits for a second person") && !mine.contains("is told"), "{mine}");
    assert!(asked.contains("and to the discoverer goes: \"We are sorry, it is out.\""), "{asked}");
    stage.silence();
    let [_, seconded] = talk.say(&stage, 1, "second");
    assert!(seconded.contains("The embargo of case-1 is over") && seconded.contains("The discoverer is told"), "{seconded}");
    let told = stage.letter(&dana.address);
    assert_eq!(subject(&told), "[case-1] The embargo is over");
    let said = text(&told);
    assert!(said.contains("earlier than its date") && said.contains("adds: We are sorry, it is out."), "{said}");
    assert!(!said.contains("exploit"), "{said}");
    says_nothing_of_the_matter(&told);

    // What went out stands in the case and in the story of the mail that brought it about.
    let shown = stage.command(&["case", "--config", stage.site.path(), "show", "1"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert_eq!(shown.matches("discoverer-told").count(), 3, "{shown}");
    let command = stage.ask::<i64>("SELECT cause FROM event WHERE kind = 'embargo-set'");
    let why = stage.command(&["why", "--config", stage.site.path(), &command.to_string()]);
    let why = String::from_utf8_lossy(&why.stdout).into_owned();
    assert!(why.contains("case-news") && why.contains(&dana.address), "{why}");

    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'case-news'"), 3);
    // Nothing is armed, which rings in the team's ears.
    for moderator in &cast.moderators {
        drop(stage.letters(&moderator.address));
    }
    stage.close();
}

#[test]
fn a_closed_case_is_told_in_neutral_words_and_takes_an_answer() {
    let stage = stage();
    let dana = &stage.rig.cast.discoverer;
    let mut talk = reports(&stage, dana, 1);
    drop(stage.letter(&dana.address));
    let [mine, others] = talk.say(&stage, 0, "not-a-vulnerability because root can do it anyway");
    for said in [mine, others] {
        assert!(said.contains("The discoverer is told."), "{said}");
    }
    let told = stage.letter(&dana.address);
    assert_eq!(subject(&told), "[case-1] Closed");
    let said = text(&told);
    assert!(said.contains("has closed case-1, your report.") && said.contains("please answer this mail"), "{said}");
    for word in ["advisory", "vulnerability", "root"] {
        assert!(!said.contains(word), "{word}: {said}");
    }
    // The answer reaches the team, as an answer on that case.
    let to = address(&told, "Reply-To");
    stage.deliver(dana, &to, &signed(&stage.rig.cast, dana, &to, "Re: [case-1] Closed", "objection", "", "Not as root.\n"));
    for notice in stage.notices() {
        assert_eq!(subject(&notice), "[case-1] Another mail");
    }
    stage.close();
}

#[test]
fn nobody_hears_of_a_case_who_has_not_written_to_us_and_whom_we_have_not_written_to() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let (mona, sam) = (&cast.moderators[0], &cast.stranger);
    // Mona has it from Sam, by a mail that did not come here.
    let inner = letter(
        sam,
        &mona.address,
        "Vulnerability in Xen",
        "to-mona",
        "",
        "A PV guest crashes the host by a NULL pointer dereference.\n",
    );
    let extra = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_f\"\n";
    let body = format!(
        "--=_f\nContent-Type: text/plain\n\nSomebody sent me this vulnerability report.\n--=_f\nContent-Type: message/rfc822\n\n{}\n--=_f--\n",
        String::from_utf8(inner).unwrap().replace("\r\n", "\n")
    );
    stage.deliver(mona, SECURITY, &signed(cast, mona, SECURITY, "Fwd: Vulnerability in Xen", "forwarded", extra, &body));
    assert_eq!(stage.texts("SELECT discoverer FROM case_file"), [sam.address.as_str()]);
    let mut talk = CaseTalk::begun(&stage.notices());
    triaged(&stage, &mut talk);

    let [mine, others] = talk.say(&stage, 0, &format!("embargo {} because of holidays", instant(noon_in(21))));
    for said in [mine, others] {
        assert!(
            said.contains("The discoverer is NOT told. The discoverer has not written to us, nor we to the discoverer"),
            "{said}"
        );
    }
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'case-news'"), 0);
    stage.silence();

    // Once somebody of the team has written to him, he is told like everybody.
    talk.say(&stage, 0, "reply\n\nDear Sam, mona showed us what you found.");
    drop(stage.letter(&sam.address));
    let [mine, _] = talk.say(&stage, 0, &format!("embargo {} because of holidays", instant(noon_in(14))));
    assert!(mine.contains("The discoverer is told."), "{mine}");
    assert_eq!(subject(&stage.letter(&sam.address)), "[case-1] The date of publication");
    stage.close();
}

#[test]
fn each_discoverer_of_one_matter_hears_of_its_date_once_about_his_own_case() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let (dana, sam) = (&cast.discoverer, &cast.stranger);
    let mut talk = reports(&stage, dana, 1);
    drop(stage.letter(&dana.address));
    triaged(&stage, &mut talk);
    for (who, case) in [(sam, 2), (dana, 3)] {
        let mut other = reports(&stage, who, case);
        drop(stage.letter(&who.address));
        other.say(&stage, 1, "duplicate of case-1");
        assert_eq!(subject(&stage.letter(&who.address)), format!("[case-{case}] Closed"));
    }
    let [mine, _] =
        talk.say(&stage, 0, &format!("embargo {} because of holidays\nTo the discoverer: Hello Dana.", instant(noon_in(21))));
    assert!(mine.contains("So is the discoverer of case-2, a duplicate."), "{mine}");
    let to_dana = stage.letter(&dana.address);
    assert_eq!(subject(&to_dana), "[case-1] The date of publication");
    assert!(text(&to_dana).contains("Hello Dana."));
    let to_sam = stage.letter(&sam.address);
    assert_eq!(subject(&to_sam), "[case-2] The date of publication");
    let whole = String::from_utf8_lossy(&to_sam.bytes);
    assert!(!whole.contains("case-1") && !whole.contains("Hello Dana"), "{whole}");
    stage.close();
}

#[test]
fn members_hear_once_that_the_embargo_ended_before_its_date() {
    let stage = crate::release::stage();
    let cast = &stage.rig.cast;
    let until = noon_in(21);
    let mut talk = embargoed(&stage, until);
    predisclosed(&stage, &mut talk, 1, until);
    let wild = "in-the-wild: an exploit is on sale, https://example.org/sale";
    let mut said = talk.say(&stage, 0, wild);
    if said[0].contains("has changed since") {
        said = talk.say(&stage, 0, wild);
    }
    assert!(said[0].contains("waits for a second person"), "{}", said[0]);
    stage.silence();
    let [_, seconded] = talk.say(&stage, 1, "second");
    assert!(seconded.contains("75 members are told. The discoverer is told."), "{seconded}");
    for notice in stage.copies() {
        assert_eq!(subject(&notice), "XSA-999: the embargo is over");
        // What their filters know it by is what they know an advisory by.
        assert_eq!(field(&notice.bytes, "List-Id"), "Xen predisclosure list <xen-security-issues.lists.xenproject.org>");
        assert_eq!(field(&notice.bytes, "X-BeenThere"), PRIMARY);
        assert_eq!(field(&notice.bytes, "X-XSA"), "999; v=1");
        assert_eq!(field(&notice.bytes, "Precedence"), "list");
        assert_eq!(field(&notice.bytes, "List-Post"), "NO");
        assert!(fields(&notice.bytes, "X-Embargo-Until").is_empty());
        assert!(notice.reverse_path.starts_with("xen-security-issues-bounces+"), "{}", notice.reverse_path);
        let said = text(&notice);
        assert!(said.contains("The embargo of XSA-999 is over since") && said.contains("because it is exploited."), "{said}");
        assert!(!said.contains("sale"), "what was seen is the team's: {said}");
        says_nothing_of_the_matter(&notice);
    }

    // The advisory follows, and the notice does not come again.
    stage.deliver(&cast.moderators[0], PRIMARY, &revision(cast, 999, 2, For::Public));
    talk.both_hear(&stage);
    talk.say(&stage, 0, "arm");
    talk.say(&stage, 1, "arm");
    wait_until_begun(&stage);
    finished(&stage);
    for list in crate::release::PUBLIC {
        drop(stage.letter(list));
    }
    assert!(stage.copies().iter().all(|copy| subject(copy).starts_with("Xen Security Advisory 999 v2")));
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'embargo-ended'"), 1);
    // Dana has heard of it once, by then.
    end(stage);
}

#[test]
fn a_question_how_it_stands_comes_with_the_answer_and_a_promise_is_kept_in_mind() {
    let stage = stage();
    let cast = &stage.rig.cast;
    let dana = &cast.discoverer;
    stage.deliver(dana, SECURITY, &mail::report(cast, "report-1"));
    let secret = address(&stage.letter(&dana.address), "Reply-To");
    let mut talk = CaseTalk::begun(&stage.notices());
    let asks = |id: &str| {
        let question = signed(cast, dana, &secret, "Re: [case-1] We have your report", id, "", "Any news?\n");
        stage.deliver(dana, &secret, &question);
    };
    asks("news-1");
    let [card, _] = talk.both_hear(&stage);
    assert!(card.contains("State: it has arrived, and nobody has claimed it"), "{card}");
    assert!(
        card.contains("Date: none is agreed yet") && card.contains("Last letter to the discoverer: the acknowledgement"),
        "{card}"
    );
    assert!(card.contains("Promised: by the acknowledgement, that a person writes by "), "{card}");
    stage.silence();

    // A promise is a matter of who has the case.
    let until = noon_in(14);
    let promise = format!("promise {}", instant(until));
    let [refused, _] = talk.say(&stage, 0, &promise);
    assert!(refused.contains("Nobody handles the case yet"), "{refused}");
    talk.say(&stage, 0, "claim");
    talk.say(&stage, 0, "public no");
    talk.say(&stage, 0, &format!("embargo {} because of holidays", instant(noon_in(28))));
    assert_eq!(subject(&stage.letter(&dana.address)), "[case-1] The date of publication");
    let [_, refused] = talk.say(&stage, 1, &promise);
    assert!(refused.contains("mona has claimed it"), "{refused}");
    talk.say(&stage, 0, &format!("{promise}\nTo the discoverer: Dear Dana, we write again within two weeks."));
    assert!(text(&stage.letter(&dana.address)).contains("we write again within two weeks"));
    asks("news-2");
    let [card, _] = talk.both_hear(&stage);
    assert!(card.contains("State: a person is looking at it"), "{card}");
    assert!(card.contains(&format!("Date: under embargo until {}", written(noon_in(28)))), "{card}");
    assert!(card.contains("Last letter to the discoverer: an answer, on "), "{card}");
    assert!(card.contains(&format!("Promised: an answer by {}", written(until))), "{card}");
    stage.silence();

    // It is due, and Dana has heard nothing more: the whole team is reminded, in office hours.
    let free = match until.to_zoned(TimeZone::UTC).weekday() {
        Weekday::Saturday => 2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    stage.rig.time.set(until + SignedDuration::from_hours(1 + 24 * free));
    wait_for("the reminder", || {
        (stage.count("SELECT COUNT(*) FROM reminded WHERE kind = 'promise' AND whom = 'mona, milo'") == 1).then_some(())
    });
    for said in talk.both_hear(&stage) {
        assert!(said.contains(&format!("the discoverer was promised an answer by {}", until.strftime("%A %Y-%m-%d"))), "{said}");
    }
    // Somebody writes, and the promise is kept.
    talk.say(&stage, 1, "case-1: reply: Dear Dana, the patches are ready.");
    assert!(text(&stage.letter(&dana.address)).contains("the patches are ready"));
    asks("news-3");
    let [card, _] = talk.both_hear(&stage);
    assert!(card.contains("Promised: nothing is open"), "{card}");
    let later = until + SignedDuration::from_hours(1 + 24 * (free + 7));
    stage.rig.time.set(later);
    wait_for("other reminders", || (stage.count("SELECT MAX(given_at) FROM reminded") >= later.as_millisecond()).then_some(()));
    assert_eq!(stage.count("SELECT COUNT(*) FROM reminded WHERE kind = 'promise'"), 1);
}
