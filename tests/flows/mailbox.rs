//! What happens around the mailbox: people who read in it, a server restored from a backup, mail that is too large or no mail at all.

use std::fs;

use crate::{
    rig::{
        ground::{chown, until},
        plan::Plan,
    },
    stage::{
        DISCUSS, SECURITY, Stage,
        mail::{self, padding, signed},
        read::{subject, text},
    },
};

#[test]
fn people_who_read_and_a_new_uidvalidity_change_nothing() {
    let mut stage = Stage::with(Plan::xen(), |site| {
        site.set("source.imap", 0, "size-cap", "\"64 KiB\"");
    });
    let cast = &stage.rig.cast;
    let dana = &cast.discoverer;
    let security = stage.rig.dovecot.mailboxes().join("security/Maildir");

    stage.deliver(dana, SECURITY, &mail::report(cast, "report-1"));
    drop(stage.letter(&dana.address));
    drop(stage.notices());
    assert_eq!(stage.rig.dovecot.flags("security", "INBOX"), [(1, vec![])], "we mark nothing as read");

    // Too large: the header only. Its discoverer is answered all the same, and the team is told to look on the server.
    let large = signed(cast, dana, SECURITY, "Security vulnerability: a long one", "large", "", &padding(100_000));
    let large = stage.deliver(dana, SECURITY, &large);
    assert_eq!(stage.state_of(large), ("decided".to_owned(), "report".to_owned()));
    let answered = stage.letter(&dana.address);
    assert_eq!(subject(&answered), "[case-2] We have your report");
    assert!(text(&answered).contains("could not read it, so a person will."), "{}", text(&answered));
    stage.both_hear("ONLY ITS HEAD IS HERE: it has 1");
    assert!(
        stage.ask::<i64>(&format!("SELECT length(bytes) FROM inbox JOIN raw USING (digest) WHERE inbox.id = {large}")) < 10_000
    );

    // No message at all, as a broken delivery leaves it.
    let broken = security.join("new/1.broken.rig");
    fs::write(security.join("tmp/1.broken.rig"), b"\x80\x81 no header field here\n\nnothing\n").unwrap();
    chown(&security.join("tmp/1.broken.rig"), "mail:mail");
    fs::rename(security.join("tmp/1.broken.rig"), broken).unwrap();
    let unreadable = until("the broken one", || stage.texts("SELECT state FROM inbox WHERE rule = 'unreadable'").pop());
    assert_eq!(unreadable, "held");
    stage.both_hear("A mail came that no rule knows. It is held, and nobody had an answer.");
    stage.silence();

    // A person reads, flags and answers everything in another client; then comes another mail.
    stage.rig.dovecot.person_reads("security");
    let extra = "References: <report-1@finder.example>\n";
    stage.deliver(dana, SECURITY, &signed(cast, dana, SECURITY, "Re: Security vulnerability", "report-2", extra, "And 4.16.\n"));
    stage.both_hear("this is only a suggestion");
    assert_eq!(stage.count("SELECT COUNT(*) FROM inbox"), 4);
    stage.silence();

    // The server is restored from a backup: every UID means something else now.
    let letters = stage.count("SELECT COUNT(*) FROM letter");
    stage.rig.dovecot.renumber("security", 4242);
    stage.rig.dovecot.restart(&stage.rig.ground);
    until("the mailbox to be read again", || {
        (stage.count("SELECT COUNT(*) FROM inbox WHERE uid_validity = 4242 AND state <> 'taken'") == 4).then_some(())
    });
    let decided = "SELECT class || ' ' || state FROM inbox WHERE uid_validity = 4242 ORDER BY uid";
    assert_eq!(
        stage.texts("SELECT DISTINCT kind FROM event WHERE inbox_id IN (SELECT id FROM inbox WHERE uid_validity = 4242)"),
        ["copy"]
    );
    assert_eq!(stage.texts(decided).len(), 4);
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter"), letters, "nothing is said twice");
    assert_eq!(stage.count("SELECT COUNT(*) FROM held"), 1);
    assert_eq!(stage.count("SELECT COUNT(*) FROM case_file"), 2);

    // And what comes now is new.
    let cast = &stage.rig.cast;
    stage.deliver(
        &cast.stranger,
        SECURITY,
        &signed(cast, &cast.stranger, SECURITY, "A question", "new", "", "Is Xen 4.20 supported?\n"),
    );
    drop(stage.letter(&cast.stranger.address));
    stage.both_hear("case-3 is open");
    stage.close();
}

#[test]
fn the_kill_switch_holds_every_post_from_the_next_one_on() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let pat = &cast.posters[0];
    fs::write(stage.site.state.join("hold-all"), "").unwrap();
    let technical = stage.deliver(pat, DISCUSS, &mail::technical(cast, "post-1"));
    drop(stage.letter(&pat.address));
    for notice in stage.notices() {
        assert!(text(&notice).contains("- all posts are held by configuration"), "{}", text(&notice));
        assert!(text(&notice).contains("suggests: approve"), "{}", text(&notice));
    }
    let policy = stage.deliver(&cast.posters[1], DISCUSS, &mail::policy(cast, "policy-1"));
    drop(stage.letter(&cast.posters[1].address));
    stage.both_hear("- all posts are held by configuration");
    stage.silence();
    assert_eq!([stage.state_of(technical).0, stage.state_of(policy).0], ["held", "held"]);

    fs::remove_file(stage.site.state.join("hold-all")).unwrap();
    stage.deliver(pat, DISCUSS, &mail::technical(cast, "post-2"));
    assert_eq!(stage.copies().len(), 75);
    for moderator in &cast.moderators {
        assert_eq!(stage.letters(&moderator.address).len(), 2);
    }
    stage.close();
}
