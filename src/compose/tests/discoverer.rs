//! Letters to discoverers and applicants: the full text of each.

use super::{TOKEN, address, at_desk, project, text_of, thread};
use crate::{
    compose::{Acknowledgement, ApplicationPointer, CaseNews, CaseReply, Draft, News, Reading, ReversePath, SubscriptionAnswer},
    disclosure::{CaseId, ContentClass},
};

fn acknowledgement(reading: Reading) -> Draft {
    let letter = Acknowledgement {
        case: CaseId(17),
        token: TOKEN.to_owned(),
        to: address("dora@finder.example"),
        thread: thread(),
        reading,
        look_by: "Tuesday 24 November 2026".to_owned(),
        predisclosure_by: "Monday 30 November 2026".to_owned(),
    };
    at_desk(&project(), |desk| letter.write(desk)).unwrap()
}

#[test]
fn an_acknowledgement_says_what_happens_next() {
    let draft = acknowledgement(Reading::Plain);

    assert_eq!(draft.reverse_path, ReversePath::Null);
    assert_eq!(draft.class, ContentClass::Confidential);
    assert_eq!(draft.reveals.iter().copied().collect::<Vec<_>>(), [CaseId(17)]);
    assert!(!text_of(&draft).contains("canary"));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <dora@finder.example>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] We have your report
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Thank you for writing to the Exo Security Team. Your mail has arrived
and is now case-17.

It could be read. Nothing of it is repeated here, because this answer
may travel unencrypted.

What happens next:

- A person of the team looks at it by Tuesday 24 November 2026 and
  writes to you.
- If it is a vulnerability that is not public, we agree on a disclosure
  date with you. If you have a date in mind, tell us; we respect it.
- By our usual schedule the organisations on our predisclosure list
  would hear of it by Monday 30 November 2026, some time before the
  public does.

Please tell us in an answer to this mail:

- whether a CVE id exists already, and which one;
- whether anybody else knows, and whether it is public anywhere;
- how you would like to be credited, or that you would rather not be.

Answers to this mail reach the team and stay with case-17. The address
they go to is secret: please do not pass it on, and please keep public
lists out of the recipients.

If you hear nothing from a person by Tuesday 24 November 2026, please
write to security@example.org again.

How we work: https://example.org/security-policy

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn an_acknowledgement_of_an_encrypted_report_says_so() {
    let draft = acknowledgement(Reading::Encrypted);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <dora@finder.example>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] We have your report
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Thank you for writing to the Exo Security Team. Your mail has arrived
and is now case-17.

It is encrypted. The program that sends this answer cannot decrypt it; a
person of the team will, and will write to you if that fails.

What happens next:

- A person of the team looks at it by Tuesday 24 November 2026 and
  writes to you.
- If it is a vulnerability that is not public, we agree on a disclosure
  date with you. If you have a date in mind, tell us; we respect it.
- By our usual schedule the organisations on our predisclosure list
  would hear of it by Monday 30 November 2026, some time before the
  public does.

Please tell us in an answer to this mail:

- whether a CVE id exists already, and which one;
- whether anybody else knows, and whether it is public anywhere;
- how you would like to be credited, or that you would rather not be.

Answers to this mail reach the team and stay with case-17. The address
they go to is secret: please do not pass it on, and please keep public
lists out of the recipients.

If you hear nothing from a person by Tuesday 24 November 2026, please
write to security@example.org again.

How we work: https://example.org/security-policy

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn an_acknowledgement_of_an_unreadable_report_asks_for_plain_text() {
    let draft = acknowledgement(Reading::Unreadable);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <dora@finder.example>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] We have your report
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Thank you for writing to the Exo Security Team. Your mail has arrived
and is now case-17.

The program that sends this answer could not read it, so a person will.
If you sent something unusual (a very large or damaged attachment, no
text), please send the report once more as plain text in an answer to
this mail.

What happens next:

- A person of the team looks at it by Tuesday 24 November 2026 and
  writes to you.
- If it is a vulnerability that is not public, we agree on a disclosure
  date with you. If you have a date in mind, tell us; we respect it.
- By our usual schedule the organisations on our predisclosure list
  would hear of it by Monday 30 November 2026, some time before the
  public does.

Please tell us in an answer to this mail:

- whether a CVE id exists already, and which one;
- whether anybody else knows, and whether it is public anywhere;
- how you would like to be credited, or that you would rather not be.

Answers to this mail reach the team and stay with case-17. The address
they go to is secret: please do not pass it on, and please keep public
lists out of the recipients.

If you hear nothing from a person by Tuesday 24 November 2026, please
write to security@example.org again.

How we work: https://example.org/security-policy

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_case_reply_is_the_persons_own_text() {
    let draft = at_desk(&project(), |desk| {
        CaseReply {
            case: CaseId(17),
            token: TOKEN.to_owned(),
            to: address("dora@finder.example"),
            thread: thread(),
            text: "Dear Dora,\n\nthank you. {{ team_name }} is not a variable here.\n\tif (x)\n\t\treturn;\n\nYours\nMona\n"
                .to_owned(),
        }
        .write(desk)
    })
    .unwrap();

    assert_eq!(draft.reverse_path, ReversePath::Verp(address("security-desk@example.org")));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <dora@finder.example>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] Your report
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Dear Dora,

thank you. {{ team_name }} is not a variable here.
	if (x)
		return;

Yours
Mona

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn an_application_pointer_names_the_public_list() {
    let draft =
        at_desk(&project(), |desk| ApplicationPointer { to: address("dora@finder.example"), thread: thread() }.write(desk))
            .unwrap();

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <dora@finder.example>
Subject: Your application: please send it to the public list
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Thank you for your interest in the predisclosure list of the Exo
Project.

You wrote to the address for vulnerability reports. Applications are
public, so that the community can comment on them. Please send yours to

  applications@lists.example.org

yourself; we do not publish it for you. Leave out whatever you do not
want to be public. What an application must contain:

  https://example.org/security-policy

If your mail was about something else, please write to
security@example.org again and say so.

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_subscription_answer_says_the_same_to_everybody() {
    let draft =
        at_desk(&project(), |desk| SubscriptionAnswer { to: address("dora@finder.example"), thread: thread() }.write(desk))
            .unwrap();

    assert_eq!(draft.class, ContentClass::Public);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <dora@finder.example>
Subject: Subscriptions to the predisclosure list
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

The predisclosure list of the Exo Project is not joined or left by mail
or on the web; such requests have no effect.

Organisations apply in public, at

  applications@lists.example.org

with what the policy asks for:

  https://example.org/security-policy

Members who want to change their entry write to security@example.org.

Exo Security Team
"#;
    assert_eq!(text_of(&draft), expected);
}

fn news(news: News, words: &str) -> Draft {
    let letter = CaseNews {
        case: CaseId(17),
        token: TOKEN.to_owned(),
        to: address("dora@finder.example"),
        thread: thread(),
        news,
        words: words.to_owned(),
    };
    at_desk(&project(), |desk| letter.write(desk)).unwrap()
}

/// Subject and body.
fn read(draft: &Draft) -> (String, String) {
    let text = text_of(draft);
    let (head, body) = text.split_once("\n\n").unwrap();
    let subject = head.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
    (subject.to_owned(), body.to_owned())
}

#[test]
fn a_date_comes_with_what_it_means_and_how_to_object() {
    let until = "Tuesday 2026-12-08 12:00 UTC".to_owned();
    let draft = news(News::Date { until: until.clone(), changed: false }, "Dear Dora,\n  thank you.");
    assert_eq!(draft.class, ContentClass::Confidential);
    assert_eq!(draft.reveals.iter().copied().collect::<Vec<_>>(), [CaseId(17)]);
    assert_ne!(draft.reverse_path, ReversePath::Null, "the team hears when it does not arrive");
    let (subject, body) = read(&draft);
    assert_eq!(subject, "[case-17] The date of publication");
    let expected = r#"The Exo Security Team has set the date on which the matter of case-17,
your report, becomes public:

  Tuesday 2026-12-08 12:00 UTC

What it means:

- Until then the matter is under embargo. Please tell nobody about it,
  as we do.
- Then we publish an advisory, and you are as free to speak and write
  about it as we are.
- If it becomes known before, the embargo ends at once, and we write to
  you again.

The Exo Security Team adds:

Dear Dora,
  thank you.

If you do not agree with this date, or have another one in mind, please
answer this mail as soon as you can, and say which date and why. A
person of the team reads it; a date of yours that is earlier is
respected.

Answers to this mail stay with case-17. The address they go to is
secret: please do not pass it on, and please keep public lists out of
the recipients.

How we work: https://example.org/security-policy

Exo Security Team
"#;
    assert_eq!(body, expected);
    let (_, body) = read(&news(News::Date { until, changed: true }, ""));
    assert!(body.contains("becomes public has\nchanged. It is now:\n\n  Tuesday 2026-12-08 12:00 UTC\n"), "{body}");
    assert!(!body.contains("adds:"), "{body}");
}

#[test]
fn the_end_of_an_embargo_says_since_when_and_what_follows() {
    let since = || "Tuesday 2026-12-08 12:00 UTC".to_owned();
    let over = |early, advisory: Option<&str>| {
        read(&news(News::Over { since: since(), early, advisory: advisory.map(str::to_owned) }, ""))
    };
    let (subject, body) = over(false, Some("XSA-999"));
    assert_eq!(subject, "[case-17] The embargo is over");
    let expected = r#"The embargo of case-17, your report, is over since Tuesday 2026-12-08
12:00 UTC. XSA-999 is on its way to the public lists.

From now on you are as free to speak and write about it as we are.

If something in the advisory is wrong, or you do not agree with what we
do, answer this mail; a person of the team reads it, and an advisory can
be amended. Answers stay with case-17.

Exo Security Team
"#;
    assert_eq!(body, expected);
    let (_, body) = over(true, None);
    assert!(body.contains("earlier than its date: the matter has become known. An\nadvisory follows"), "{body}");
}

#[test]
fn a_closing_is_told_without_a_reason() {
    let (subject, body) = read(&news(News::Closed, ""));
    assert_eq!(subject, "[case-17] Closed");
    let expected = r#"The Exo Security Team has closed case-17, your report.

If you have questions, see it in another way or learn something new,
please answer this mail: a person of the team reads it. Answers stay
with case-17.

Exo Security Team
"#;
    assert_eq!(body, expected);
}
