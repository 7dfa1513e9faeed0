//! Letters about held posts: the full text of each.

use super::{NOW, TOKEN, address, at, at_desk, message, project, report, roster, text_of, thread};
use crate::{
    compose::{
        Draft, Enclosure, Haste, HeldId, HeldNotice, HeldReceipt, HeldWhat, LetterError, NoticeMode, Rejection, ReversePath,
        Ruled, RuledBy, Ruling, Thread,
    },
    disclosure::{ListName, PersonName, Poster, Recipients},
    mail::{Message, RawMessage},
    rules::Reason,
};

fn discuss() -> ListName {
    ListName("exo-issues-discuss".to_owned())
}

fn held_notice(haste: Haste, mode: NoticeMode, post: &Message) -> Draft {
    let letter = HeldNotice {
        receivers: String::new(),
        what: HeldWhat::Post,
        held: HeldId(31),
        token: TOKEN.to_owned(),
        to: address("mona@team.example.org"),
        thread: Thread::new(),
        list: discuss(),
        rule: Some("policy-matter".to_owned()),
        reasons: vec![Reason {
            rule: "policy-matter".to_owned(),
            field: "subject".to_owned(),
            text: "security policy".to_owned(),
        }],
        gate: vec!["the poster is not proven to be a member".to_owned()],
        suggestion: "reject policy".to_owned(),
        haste,
        poster: Poster::Unproven,
        post: Enclosure::of(post),
        mode,
    };
    at_desk(&project(), |desk| letter.write(desk)).unwrap()
}

fn rejection(reason_class: &str, token: Option<&str>, moderators_text: Option<&str>) -> Result<Draft, LetterError> {
    let letter = Rejection {
        held: HeldId(31),
        token: token.map(str::to_owned),
        to: address("writer@alpha.example"),
        thread: thread(),
        list: discuss(),
        reason_class: reason_class.to_owned(),
        moderators_text: moderators_text.map(str::to_owned),
        public_lists: vec![address("exo-devel@lists.example.org")],
    };
    at_desk(&project(), |desk| letter.write(desk))
}

#[test]
fn a_rejection_of_a_class_without_a_text_is_an_error() {
    assert_eq!(rejection("no-such", None, None), Err(LetterError::NoSuchText));
}

fn team() -> Recipients {
    roster().team_recipients().unwrap()
}

#[test]
fn every_rejection_names_the_contact_and_the_public_list_and_repeats_nothing() {
    for class in ["policy", "membership", "not-embargoed", "public-recipient", "mixed", "other"] {
        let text = text_of(&rejection(class, None, None).unwrap());
        assert!(text.contains("security@example.org") && text.contains("exo-devel@lists.example.org"), "{class}");
        assert!(text.contains("Please do not repeat anything embargoed on a public list"), "{class}");
        assert!(!text.contains("canary"), "{class}");
    }
}

#[test]
fn a_held_notice_says_why_and_what_to_answer() {
    let draft = held_notice(Haste::Urgent, NoticeMode::Full, &report());

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-31] A mail waits for a ruling
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="kmw6vp4iokoliomvvnnjzve37g"

--kmw6vp4iokoliomvvnnjzve37g
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

URGENT: this one speaks of exploitation or of a leak.

held-31 waits for a ruling: answer `approve`, `reject` or `hold`. Nobody
gets it before a person approves it.

  List: exo-issues-discuss
  From: dora@finder.example
  Poster: NOT PROVEN: the sender may be forged
  Subject: canary-subject guest escape
  Mail: 263 bytes, dated 2026-11-21 13:59 UTC

Rule policy-matter suggests: reject policy
  subject: "security policy" (rule policy-matter)

Why no rule may act by itself here:

- the poster is not proven to be a member

Answer this mail with one of these on the first line:

  approve                   it goes to all members, as it is
  reject                    no letter to anybody: the sender is not proven
  hold | discard | explain | reroute security

The mail is attached as it came.

--kmw6vp4iokoliomvvnnjzve37g
Content-Type: message/rfc822
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename="mail.eml"

From: Dora Finder <dora@finder.example>
To: security@example.org
Subject: canary-subject guest escape
Message-ID: <report-1@finder.example>
References: <before@finder.example>
Date: Sat, 21 Nov 2026 13:59:00 +0000

canary-body: the grant table overflows.

--kmw6vp4iokoliomvvnnjzve37g--
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_held_notice_without_content_has_no_word_of_the_post() {
    let draft = held_notice(Haste::Normal, NoticeMode::HeadersOnly, &report());

    assert!(!text_of(&draft).contains("security policy") && !text_of(&draft).contains("canary"));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-31] A mail waits for a ruling
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

held-31 waits for a ruling: answer `approve`, `reject` or `hold`. Nobody
gets it before a person approves it.

  List: exo-issues-discuss
  From: somebody at finder.example
  Poster: NOT PROVEN: the sender may be forged
  Mail: 263 bytes, dated 2026-11-21 13:59 UTC

Rule policy-matter suggests: reject policy
  subject (rule policy-matter)

Why no rule may act by itself here:

- the poster is not proven to be a member

Answer this mail with one of these on the first line:

  approve                   it goes to all members, as it is
  reject                    no letter to anybody: the sender is not proven
  hold | discard | explain | reroute security

The mail is not attached (moderation.notice); read it on the server.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_held_receipt_offers_withdraw() {
    let draft = at_desk(&project(), |desk| {
        HeldReceipt {
            held: HeldId(31),
            token: TOKEN.to_owned(),
            to: address("writer@alpha.example"),
            thread: thread(),
            list: discuss(),
        }
        .write(desk)
    })
    .unwrap();

    assert_eq!(draft.reverse_path, ReversePath::Null);
    assert_eq!(draft.held, Some(HeldId(31)));
    assert!(!text_of(&draft).contains("canary"));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <writer@alpha.example>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-31] Your post waits for a moderator
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Your post to exo-issues-discuss has arrived as held-31. The list is
moderated, and this post waits until a person of the Exo Security Team
has looked at it. Nobody else has it until then.

You need not do anything. To take it back, answer this mail with the
word

  withdraw

on the first line. That works until a moderator has decided. Nobody
reads anything else there: to say something to the team, write to
security@example.org.

Nothing of your post is repeated here, because this mail may travel
unencrypted.

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_rejection_for_policy() {
    let draft = rejection("policy", Some(TOKEN), Some("Please ask again on Monday.")).unwrap();

    assert_eq!(draft.reverse_path, ReversePath::Null);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <writer@alpha.example>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-31] Your post was not distributed
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Your post to exo-issues-discuss (held-31) was not distributed, because
it is about policy: embargo dates, who may deploy or know what, CVE
numbers, credit, or the security policy itself. The list is for
announcements of privately available fixed versions and for technical
messages about embargoed advisories only.

Questions about an embargo or a deployment go to the team in private.
Suggestions about the policy itself are welcome in public.

The policy: https://example.org/security-policy

The moderator adds:

Please ask again on Monday.

Whom to write to instead:

- The Exo Security Team, in private: security@example.org
- In public: exo-devel@lists.example.org

Please do not repeat anything embargoed on a public list: no
description, no patch, no CVE number.

If you think this is a mistake, answer this mail; a moderator reads it.

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_rejection_for_membership() {
    let draft = rejection("membership", None, None).unwrap();

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <writer@alpha.example>
Subject: [held-31] Your post was not distributed
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Your post to exo-issues-discuss (held-31) was not distributed, because
it is about membership of the list: who is on it, changes of addresses,
or joining it.

Changes of your own entry go to the team in private. New members apply
in public at applications@lists.example.org.

The organisations on the list: https://example.org/security-policy#list

The policy: https://example.org/security-policy

Whom to write to instead:

- The Exo Security Team, in private: security@example.org
- In public: exo-devel@lists.example.org

Please do not repeat anything embargoed on a public list: no
description, no patch, no CVE number.

If you think this is a mistake, write to security@example.org.

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_ruling_is_told_to_the_team() {
    let draft = at_desk(&project(), |desk| {
        Ruled {
            held: HeldId(31),
            to: team(),
            thread: Thread::new(),
            ruling: Ruling::Approved,
            by: RuledBy::Person(PersonName("mona".to_owned())),
            at: at(NOW),
            recipients: Some(75),
        }
        .write(desk)
    })
    .unwrap();

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: "Exo Security Team" <security-desk@example.org>
Subject: [held-31] Ruled
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

held-31 was approved by mona at 14:02 UTC on 21 November 2026.

Members it goes to: 75. A summary follows when the last one is settled.

You need not do anything. A later ruling on it changes nothing.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_post_kept_on_hold_still_waits() {
    let draft = at_desk(&project(), |desk| {
        let by = RuledBy::Person(PersonName("mona".to_owned()));
        Ruled { held: HeldId(31), to: team(), thread: Thread::new(), ruling: Ruling::Held, by, at: at(NOW), recipients: None }
            .write(desk)
    })
    .unwrap();

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: "Exo Security Team" <security-desk@example.org>
Subject: [held-31] Ruled
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

held-31 was kept on hold by mona at 14:02 UTC on 21 November 2026.

It waits on: answer its notice to rule on it.
"#;
    assert_eq!(text_of(&draft), expected);
}

/// What stands below the notice's own text.
fn enclosed(post: &Message) -> String {
    let text = text_of(&held_notice(Haste::Normal, NoticeMode::Full, post));
    text.split_once("The mail is attached as it came.\n").unwrap().1.to_owned()
}

#[test]
fn a_post_outside_ascii_is_enclosed_as_8bit() {
    let post = message("From: a@alpha.example\nSubject: x\n\ncafé\n");
    let head = "multipart/mixed; boundary=\"kmw6vp4iokoliomvvnnjzve37g\"\nContent-Transfer-Encoding: 8bit\n\n--kmw6";
    assert!(text_of(&held_notice(Haste::Normal, NoticeMode::Full, &post)).contains(head));
    let expected = r#"
--kmw6vp4iokoliomvvnnjzve37g
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit
Content-Disposition: attachment; filename="mail.eml"

From: a@alpha.example
Subject: x

café

--kmw6vp4iokoliomvvnnjzve37g--
"#;
    assert_eq!(enclosed(&post), expected);
}

#[test]
fn a_post_that_smtp_cannot_carry_is_enclosed_as_base64() {
    let post = Message::parse(&RawMessage::new(*b"From: a@alpha.example\n\nbare\n.\n")).unwrap();
    let expected = r#"
--kmw6vp4iokoliomvvnnjzve37g
Content-Type: application/octet-stream; name="mail.eml"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="mail.eml"

RnJvbTogYUBhbHBoYS5leGFtcGxlCgpiYXJlCi4K

--kmw6vp4iokoliomvvnnjzve37g--
"#;
    assert_eq!(enclosed(&post), expected);
}

#[test]
fn a_held_notice_offers_only_what_can_be_done() {
    let notice = |what: HeldWhat, poster: Poster| {
        let letter = HeldNotice {
            receivers: String::new(),
            what,
            held: HeldId(31),
            token: TOKEN.to_owned(),
            to: address("mona@team.example.org"),
            thread: Thread::new(),
            list: discuss(),
            rule: None,
            reasons: Vec::new(),
            gate: Vec::new(),
            suggestion: "hold".to_owned(),
            haste: Haste::Normal,
            poster,
            post: Enclosure::of(&report()),
            mode: NoticeMode::HeadersOnly,
        };
        text_of(&at_desk(&project(), |desk| letter.write(desk)).unwrap())
    };
    let members = notice(HeldWhat::Post, Poster::Member { organisation: "Alpha Cloud".to_owned() });
    assert!(members.contains("  reject policy             its poster is told why"), "{members}");
    let strangers = notice(HeldWhat::Post, Poster::Stranger);
    assert!(
        strangers.contains("  reject                    no letter to anybody") && !strangers.contains("told why"),
        "{strangers}"
    );
    let other = notice(HeldWhat::Other, Poster::Unproven);
    assert!(other.contains("answer `reroute security` if it is a report") && !other.contains("approve"), "{other}");
}
