//! Answers to commands: the full text of each.

use super::{NOW, TOKEN, address, at, at_desk, project, text_of, thread};
use crate::{
    compose::{About, Answer, CommandAnswer, Draft, HeldId, RuledBy, Ruling},
    disclosure::{CaseId, ContentClass, PersonName},
};

fn answer(about: About, token: Option<&str>, answer: Answer) -> Draft {
    let token = token.map(str::to_owned);
    let letter = CommandAnswer { about, token, to: address("mona@team.example.org"), thread: thread(), answer };
    at_desk(&project(), |desk| letter.write(desk)).unwrap()
}

const HELD: About = About::Held(HeldId(31));

#[test]
fn a_command_not_understood_gets_help() {
    let draft = answer(
        HELD,
        Some(TOKEN),
        Answer::NotUnderstood("I read: aprove\n\nWrite one of these:\n\n  approve\n  reject policy\n".to_owned()),
    );

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-31] Your command
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Your answer about held-31 was not understood, so nothing has happened.

I read: aprove

Write one of these:

  approve
  reject policy

Answer THIS mail, with the command on the first line, to try again.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_second_ruling_hears_of_the_first() {
    let draft = answer(
        HELD,
        None,
        Answer::AlreadyRuled { ruling: Ruling::Approved, by: RuledBy::Person(PersonName("nils".to_owned())), at: at(NOW) },
    );

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Subject: [held-31] Your command
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Nothing has changed: held-31 was already approved by nils at 14:02 UTC
on 21 November 2026.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_spent_token_is_explained() {
    let draft = answer(HELD, Some(TOKEN), Answer::SpentToken);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-31] Your command
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Nothing has happened: the mail you answered has been used for a command
before, and works once only.

Answer THIS mail, with the command on the first line, to try again.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_change_since_the_notice_is_explained() {
    let draft = answer(About::Case(CaseId(17)), Some(TOKEN), Answer::Changed);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] Your command
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Nothing has happened: case-17 has changed since the mail you answered
was written. Please look at its present state before you decide.

Answer THIS mail, with the command on the first line, to try again.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_refusal_says_why() {
    let draft = answer(HELD, None, Answer::Refused("send needs a second person.".to_owned()));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Subject: [held-31] Your command
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Nothing has happened: send needs a second person.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_command_carried_out_is_confirmed() {
    let draft = answer(About::Case(CaseId(17)), None, Answer::Done("case-17 is yours.".to_owned()));

    assert_eq!(draft.class, ContentClass::Confidential);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Subject: [case-17] Your command
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Done.

case-17 is yours.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn what_a_colleague_did_is_news_and_no_answer() {
    let draft = answer(About::Case(CaseId(17)), Some(TOKEN), Answer::News("nils has claimed case-17.".to_owned()));

    assert_eq!(draft.reverse_path, crate::compose::ReversePath::Verp(address("security-desk@example.org")));

    let text = text_of(&draft);
    assert!(text.contains("Subject: [case-17] News\n") && text.contains("Auto-Submitted: auto-generated\n"), "{text}");
    let body = text.split_once("\n\n").unwrap().1;
    assert_eq!(
        body,
        "nils has claimed case-17.\n\nYou can answer this mail with a command on the first line; `help` shows\nthem.\n"
    );
}

#[test]
fn after_a_command_the_next_one_is_no_second_try() {
    let text = text_of(&answer(About::Case(CaseId(17)), Some(TOKEN), Answer::Done("case-17 is yours.".to_owned())));
    assert!(text.ends_with("case-17 is yours.\n\nYour next command can be an answer to this mail.\n"), "{text}");
}

#[test]
fn an_explanation_is_embargoed() {
    let draft = answer(HELD, Some(TOKEN), Answer::Explained("rule policy-matter\n  subject: security policy".to_owned()));

    assert_eq!(draft.class, ContentClass::Embargoed);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-31] Your command
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <report-1@finder.example>
References: <before@finder.example> <report-1@finder.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

rule policy-matter
  subject: security policy

Answer this mail with your command on the first line.
"#;
    assert_eq!(text_of(&draft), expected);
}
