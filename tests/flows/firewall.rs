//! The embargo firewall: what one case holds does not reach the people of another by mistake, and what is on its way to the public is told at
//! once; who held a leaked text is a question with an answer.

use crate::{
    rig::{cast::Person, relay::Letter},
    stage::{
        SECURITY, Stage,
        mail::{self, BODY},
        read::{address, subject, text},
    },
};

/// Two lines of Dana's report.
fn quoted() -> String {
    format!(
        "> I found a vulnerability in Xen 4.17 and 4.18: a PV guest can pass an index past the end of the\n\
         > {BODY} table to the hypervisor, which writes out of bounds. A guest can crash the host.\n"
    )
}

#[test]
fn an_answer_that_quotes_another_case_waits_for_two_people_and_a_public_copy_alarms() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let (dana, sam) = (&cast.discoverer, &cast.stranger);
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    let say = |person: &Person, notice: &Letter, id: &str, words: &str| {
        let to = address(notice, "Reply-To");
        stage.deliver(person, &to, &mail::signed(cast, person, &to, "Re: a notice", id, "", words))
    };
    stage.deliver(dana, SECURITY, &mail::report(cast, "report-1"));
    drop((stage.letter(&dana.address), stage.notices()));
    // Somebody else, something else; the acknowledgement passes, and so does the pointer for his application.
    let other = "Dear team,\n\nthe toolstack's parser crashes with a NULL pointer dereference when a config file names\n\
                 the same vif bridge twice; a local user can trigger it. That is a vulnerability, is it not?\n";
    stage.deliver(
        sam,
        SECURITY,
        &mail::signed(cast, sam, SECURITY, "xl: NULL dereference, denial of service", "report-2", "", other),
    );
    assert_eq!(subject(&stage.letter(&sam.address)), "[case-2] We have your report");
    let [for_mona, _] = stage.notices();

    // Mona has the wrong mail open.
    let slip = say(
        mona,
        &for_mona,
        "slip",
        &format!("reply:\n\nDear Sam,\n\nthis is what you wrote:\n\n{}\n", quoted().replace("> ", "")),
    );
    let mine = stage.letters(&mona.address);
    let of = |wanted: &str| mine.iter().find(|letter| subject(letter) == wanted).unwrap_or_else(|| panic!("no letter {wanted}"));
    let (notice, answer) = (of("[blocked-1] A letter was stopped"), of("[case-2] Your command"));
    assert_eq!(mine.len(), 2);
    for notice in [notice, &stage.letter(&milo.address)] {
        assert_eq!(subject(notice), "[blocked-1] A letter was stopped");
        let said = text(notice);
        assert!(said.contains("Letter: case-reply To: sam@elsewhere.example About: in-"), "{said}");
        assert!(said.contains("case-1: shingle in text, lines"), "{said}");
        assert!(said.contains("let-out it goes as it is, once a second person agrees"), "{said}");
    }
    assert!(text(answer).contains("The embargo firewall has stopped the letter: blocked-1 (case-1: "), "{}", text(answer));
    // Nothing of case-1 reaches the discoverer of case-2.
    stage.silence();
    assert_eq!(stage.texts("SELECT kind || ' ' || state FROM blocked_letter"), ["case-reply waiting"]);
    assert!(stage.events(slip).contains(&"blocked".to_owned()), "`embargod why` tells it");
    let log = stage.daemon().stderr();
    assert!(!log.contains(BODY), "the log has a word of it: {log}");

    // One person's word is not enough, not twice either.
    say(mona, notice, "out-1", "let-out\n");
    let again = stage.letter(&mona.address);
    assert!(text(&again).contains("blocked-1 waits for a second person"), "{}", text(&again));
    let asked = stage.letter(&milo.address);
    assert!(text(&asked).contains("mona wants to let blocked-1 out (case-1: "), "{}", text(&asked));
    say(mona, &again, "out-2", "let-out\n");
    assert!(text(&stage.letter(&mona.address)).contains("needs a second person"));
    stage.silence();
    // Milo agrees: it was not so secret.
    let id = say(milo, &asked, "out-3", "let-out\n");
    assert!(text(&stage.letter(&sam.address)).contains("this is what you wrote"));
    stage.both_hear("blocked-1 was let out by mona and milo.");
    assert_eq!(stage.texts("SELECT state || ' ' || proposed_by || ' ' || settled_by FROM blocked_letter"), ["let-out mona milo"]);
    assert!(stage.events(id).contains(&"let-out".to_owned()));
    let shown = stage.command(&["blocked", "--config", stage.site.path(), "--json", "list"]);
    let listed: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!((&listed["state"], &listed["proposed_by"]), (&"let-out".into(), &"mona".into()));

    // Who applies, hears nothing of it either: the pointer quotes nothing.
    stage.deliver(sam, SECURITY, &mail::application(cast, SECURITY, "app-1"));
    let pointer = stage.letter(&sam.address);
    assert!(!text(&pointer).contains(BODY), "{}", text(&pointer));
    drop(stage.notices());

    // Dana writes again, and copies the developers.
    let cc = "Cc: xen-devel@lists.xenproject.org\n";
    let leak = mail::signed(cast, dana, SECURITY, "Re: my report", "leak-1", cc, &format!("As I wrote:\n\n{}", quoted()));
    let leaked = stage.deliver(dana, SECURITY, &leak);
    assert_eq!(stage.state_of(leaked).0, "held");
    for moderator in [mona, milo] {
        let letters = stage.letters(&moderator.address);
        let alarm = letters.iter().find(|letter| subject(letter) == format!("[in-{leaked}] Please look")).expect("an alarm");
        let said = text(alarm);
        assert!(said.contains("has a public address in it") && said.contains("case-1: "), "{said}");
    }
    drop(stage.letters(&dana.address));
    stage.close();
}

#[test]
fn a_leaked_text_leads_to_its_revision_and_to_who_held_it() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    stage.advisory_is_live();
    // A member that came later, as the first start would have written it.
    stage.joins("Late Hosting", "security@late.example");

    let snippet = stage.rig.ground.file("snippet.txt", "numbatfix_3141(slot);\n+check(slot);\n+++ b/xen/common/slot.c\n");
    let check = |file: &std::path::Path| {
        stage.command(&["leak", "--config", stage.site.path(), "--json", "check", file.to_str().unwrap()])
    };
    let found = check(&snippet);
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(answer["case"], "advisory-999");
    let kinds: Vec<&str> = answer["found"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["patch"]);
    let held = answer["held"].as_array().unwrap();
    assert_eq!(held.len(), cast.members.len());
    assert!(held.iter().all(|copy| copy["revision"] == 1 && copy["since"].as_str().unwrap().len() > 16), "{held:?}");
    assert_eq!(answer["never"], serde_json::json!(["Late Hosting"]));

    let nothing =
        stage.rig.ground.file("nothing.txt", "The weather in Cambridge was fine on the day of the summit, and many came.\n");
    assert_eq!(check(&nothing).status.code(), Some(1));
    stage.close();
}
