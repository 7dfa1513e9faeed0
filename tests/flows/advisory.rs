//! A team advisory for the predisclosure list waits for a second person, and then reaches 75 members.

use std::collections::BTreeSet;

use crate::{
    rig::opendkim::Dkim,
    stage::{
        PRIMARY, Stage,
        mail::{self, signed},
        read::{address, attachments, body, digest, field, fields, names, subject, text},
    },
};

#[test]
fn an_advisory_goes_out_after_a_second_persons_send_and_only_then() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    let advisory = mail::advisory(cast);
    let id = stage.deliver(mona, PRIMARY, &advisory);
    assert_eq!(stage.state_of(id), ("held".to_owned(), "advisory".to_owned()));
    let request = stage.letter(&milo.address);
    assert_eq!(subject(&request), format!("[held-{id}] A mail waits for a second person"));
    let said = text(&request);
    for part in [
        "mona submitted a mail to xen-security-issues.",
        "Members it would go to: 75",
        "Embargoed until: 12:00 UTC on 6 January 2099",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    stage.silence();
    let send = address(&request, "Reply-To");
    let command = |from, id: &str| signed(cast, from, &send, "Re: [held-1]", id, "", "send\n");

    // The submitter with the second person's notice, a stranger with it, a forger in the second person's name: nothing, and an alarm each.
    let attempts = [
        (mona, command(mona, "own")),
        (&cast.stranger, command(&cast.stranger, "stranger")),
        (&cast.forger, cast.sign_falsely(&crate::rig::cast::letter(milo, &send, "Re: [held-1]", "forged", "", "send\n"), milo)),
        (&cast.forger, crate::rig::cast::letter(milo, &send, "Re: [held-1]", "bare", "", "send\n")),
        (
            &cast.forger,
            cast.sign(&crate::rig::cast::letter(milo, &send, "Re: [held-1]", "own-domain", "", "send\n"), &cast.forger),
        ),
    ];
    for (from, attempt) in attempts {
        let refused = stage.deliver(from, &send, &attempt);
        assert_eq!(stage.state_of(refused), ("held".to_owned(), "command".to_owned()));
        assert!(stage.events(refused).contains(&"command-refused".to_owned()));
        for alarm in stage.notices() {
            assert_eq!(subject(&alarm), format!("[in-{refused}] Please look"));
            assert!(
                text(&alarm).contains("its sender is not proven to be the person the token was made for"),
                "{}",
                text(&alarm)
            );
        }
        stage.silence();
    }
    assert_eq!(stage.texts("SELECT state FROM advisory"), ["waiting"]);

    stage.deliver(milo, &send, &command(milo, "send"));
    let copies = stage.copies();
    let mut return_paths = BTreeSet::new();
    for copy in &copies {
        assert_eq!(digest(body(&copy.bytes)), digest(body(&advisory)), "byte for byte");
        assert_eq!(attachments(&copy.bytes), attachments(&advisory));
        assert_eq!(field(&copy.bytes, "List-Id"), "Xen predisclosure list <xen-security-issues.lists.xenproject.org>");
        assert_eq!(field(&copy.bytes, "Message-ID"), mail::ADVISORY_ID);
        assert_eq!(field(&copy.bytes, "List-Post"), "NO");
        assert_eq!(field(&copy.bytes, "X-XSA"), "999; v=1");
        assert_eq!(field(&copy.bytes, "X-Embargo-Until"), "2099-01-06T12:00:00Z");
        assert_eq!(fields(&copy.bytes, "Subject"), fields(&advisory, "Subject"));
        assert!(!names(&copy.bytes).iter().any(|name| name.eq_ignore_ascii_case("Authentication-Results")));
        return_paths.insert(copy.reverse_path.clone());
    }
    assert_eq!(return_paths.len(), 75, "one return path each");
    assert!(return_paths.iter().all(|path| path.starts_with("xen-security-issues-bounces+")));
    let bytes: Vec<Vec<u8>> = copies.into_iter().map(|copy| copy.bytes).collect();
    assert_eq!(stage.rig.opendkim.verify(&bytes), vec![Dkim::Pass("mona.example".to_owned()); 75]);

    let told =
        |moderator: &crate::rig::cast::Person| -> Vec<String> { stage.letters(&moderator.address).iter().map(text).collect() };
    for moderator in [mona, milo] {
        let heard = told(moderator);
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(heard.iter().any(|said| said.contains("by milo at")), "{heard:?}");
        assert!(heard.iter().any(|said| said == "XSA-999 v1: 75 of 75 delivered"), "{heard:?}");
    }

    // The same `send` again: said so, and nobody gets anything twice.
    stage.deliver(milo, &send, &command(milo, "send-again"));
    let again = stage.letter(&milo.address);
    assert!(text(&again).contains("Nothing has changed: "), "{}", text(&again));
    assert_eq!(
        stage.count("SELECT COUNT(*) FROM delivery JOIN letter ON letter.id = letter_id WHERE kind = 'redistribution'"),
        75
    );
    stage.close();
}

#[test]
fn mail_to_the_predisclosure_list_from_anyone_else_is_held_and_alarms() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let mona = &cast.moderators[0];
    let unsigned = mail::advisory_unsigned(mona);
    let falsely = cast.sign_falsely(&unsigned, mona);
    let by_member = cast.sign(&mail::advisory_unsigned(&cast.posters[0]), &cast.posters[0]);
    for (from, message) in [(&cast.forger, unsigned), (&cast.forger, falsely), (&cast.posters[0], by_member)] {
        let id = stage.deliver(from, PRIMARY, &message);
        assert_eq!(stage.state_of(id).0, "held");
        assert_eq!(stage.texts(&format!("SELECT place || ' ' || state FROM held WHERE inbox_id = {id}")), ["other waiting"]);
        for alarms in cast.moderators.iter().map(|person| stage.letters(&person.address)) {
            let said: Vec<String> = alarms.iter().map(text).collect();
            assert!(
                said.iter().any(|said| said.contains("came from somebody who is not a proven member of the team")),
                "{said:?}"
            );
        }
    }
    // The member is told where it belongs; a forger never is.
    let told = stage.letter(&cast.posters[0].address);
    assert!(text(&told).contains("on that list only the Xen Project Security Team writes"), "{}", text(&told));
    assert!(text(&told).contains(crate::stage::DISCUSS) && !text(&told).contains("wobbegong"), "{}", text(&told));
    assert_eq!(told.reverse_path, "");
    assert_eq!(stage.count("SELECT COUNT(*) FROM advisory"), 0);
    stage.close();
}
