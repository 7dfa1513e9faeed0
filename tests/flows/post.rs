//! Posts to the discussion list that a rule decides: a technical one reaches the members, a policy one goes back with both references.

use std::collections::BTreeSet;

use crate::{
    rig::opendkim::Dkim,
    stage::{
        DISCUSS, Stage,
        mail::{self, CANARIES},
        read::{attachments, body, digest, field, fields, names, subject, text},
    },
};

#[test]
fn a_technical_post_reaches_75_members_once_each_as_it_was_written() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let pat = &cast.posters[0];
    let post = mail::technical(cast, "post-1");
    let id = stage.deliver(pat, DISCUSS, &post);
    let copies = stage.copies();
    assert_eq!(stage.state_of(id), ("decided".to_owned(), "post".to_owned()));
    let mut return_paths = BTreeSet::new();
    for copy in &copies {
        let letter = &copy.bytes;
        assert_eq!(digest(body(letter)), digest(body(&post)), "byte for byte");
        assert_eq!(attachments(letter), attachments(&post));
        for (name, value) in [
            ("List-Id", "Xen predisclosure discussion <xen-security-issues-discuss.lists.xenproject.org>"),
            ("X-BeenThere", DISCUSS),
            ("List-Post", "<mailto:xen-security-issues-discuss@lists.xenproject.org>"),
            ("List-Help", "<mailto:xen-security-issues-discuss-request@lists.xenproject.org?subject=help>"),
            ("List-Unsubscribe", "<mailto:xen-security-issues-discuss-request@lists.xenproject.org?subject=unsubscribe>"),
            ("List-Owner", "<mailto:security@xenproject.org>"),
            ("Errors-To", "xen-security-issues-discuss-bounces@lists.xenproject.org"),
            ("Precedence", "list"),
            ("Sender", "\"Xen-security-issues-discuss\" <xen-security-issues-discuss-bounces@lists.xenproject.org>"),
        ] {
            assert_eq!(field(letter, name), value);
        }
        for name in ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Type", "DKIM-Signature"]
        {
            assert_eq!(fields(letter, name), fields(&post, name), "{name} as it was");
        }
        // Of his way here only our own Received line is left, and that names no host but the list's.
        let received = field(letter, "Received");
        assert!(received.starts_with("by lists.xenproject.org (embargod) id "), "{received}");
        let traces =
            ["Return-Path", "Delivered-To", "X-Original-To", "Authentication-Results", "Disposition-Notification-To", "Bcc"];
        let left: Vec<String> =
            names(letter).into_iter().filter(|name| traces.iter().any(|trace| name.eq_ignore_ascii_case(trace))).collect();
        assert_eq!(left, [] as [&str; 0]);
        return_paths.insert(copy.reverse_path.clone());
    }
    assert_eq!(return_paths.len(), 75, "one return path each");
    assert!(return_paths.iter().all(|path| path.starts_with("xen-security-issues-discuss-bounces+")));
    let bytes: Vec<Vec<u8>> = copies.into_iter().map(|copy| copy.bytes).collect();
    assert_eq!(stage.rig.opendkim.verify(&bytes), vec![Dkim::Pass("org01.example".to_owned()); 75]);

    for moderator in &cast.moderators {
        let heard: Vec<String> = stage.letters(&moderator.address).iter().map(text).collect();
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(heard.iter().any(|said| said.contains(&format!("held-{id} was approved by rule "))), "{heard:?}");
        assert!(heard.contains(&format!("held-{id}: 75 of 75 delivered")), "{heard:?}");
    }

    // The same mail through the other address of the list is the same mail.
    let copy = stage.deliver(pat, "xen-security-issues-discuss@lists.xen.org", &post);
    assert_eq!(stage.events(copy), ["copy"]);
    stage.close();
}

#[test]
fn a_policy_post_goes_back_with_both_references_and_nothing_of_its_text() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let quinn = &cast.posters[1];
    let id = stage.deliver(quinn, DISCUSS, &mail::policy(cast, "policy-1"));
    let rejection = stage.letter(&quinn.address);
    assert_eq!(subject(&rejection), format!("[held-{id}] Your post was not distributed"));
    assert_eq!(rejection.reverse_path, "");
    let said = text(&rejection);
    for reference in
        ["The Xen Project Security Team, in private: security@xenproject.org", "In public: xen-devel@lists.xenproject.org"]
    {
        assert!(said.contains(reference), "{reference}: {said}");
    }
    let whole = String::from_utf8_lossy(&rejection.bytes).to_lowercase();
    for word in CANARIES.into_iter().chain(["one week", "customers"]) {
        assert!(!whole.contains(&word.to_lowercase()), "{word} of the post is in the rejection");
    }
    stage.both_hear(&format!("held-{id} was rejected by rule "));
    assert_eq!(stage.state_of(id), ("decided".to_owned(), "post".to_owned()));
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'redistribution' AND label LIKE 'post:%'"), 0);
    stage.close();
}
