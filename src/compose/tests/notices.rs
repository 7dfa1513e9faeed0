//! Notices about cases, applications and trouble: the full text of each.

use std::collections::BTreeSet;

use super::{TOKEN, address, at_desk, project, report, roster, text_of};
use crate::{
    compose::{
        Alarm, AlarmKind, Answered, ApplicationNews, ApplicationNotice, AttachmentFact, Belonging, CaseMail, ChecklistLine,
        Draft, DueCase, DueDigest, DuePoint, Enclosure, Facts, HeldId, NoticeMode, Pressing, Reminder, ReportDraft, ReversePath,
        ReviewDue, SenderProof, Thread, TriageNotice,
    },
    disclosure::{CaseId, ContentClass, Recipients},
    mail::{Digest, Encryption},
};

fn triage(mode: NoticeMode) -> Draft {
    let letter = TriageNotice {
        case: CaseId(17),
        token: TOKEN.to_owned(),
        to: address("mona@team.example.org"),
        thread: Thread::new(),
        class: "report".to_owned(),
        rule: "vulnerability-words".to_owned(),
        proof: SenderProof::Unproven,
        encryption: Encryption::None,
        facts: Facts {
            answers_to: None,
            beyond_cap: None,
            upstream: None,
            asks_discoverer: false,
            taken_from: None,
            cves: vec!["CVE-2026-0001".to_owned()],
            versions: vec!["4.17".to_owned(), "4.18".to_owned()],
            dates: vec!["3 March".to_owned()],
            attachments: vec![AttachmentFact { content_type: "text/x-patch".to_owned(), bytes: 4711 }],
            public_recipients: vec![address("exo-devel@lists.example.org")],
        },
        answered: Answered::Acknowledged,
        look_by: "Tuesday 24 November 2026".to_owned(),
        report: Enclosure::of(&report()),
        mode,
    };
    at_desk(&project(), |desk| letter.write(desk)).unwrap()
}

fn case_mail(belonging: Belonging, mode: NoticeMode) -> Draft {
    let letter = CaseMail {
        case: CaseId(17),
        token: TOKEN.to_owned(),
        to: address("mona@team.example.org"),
        thread: Thread::below("notice-1@example.org".parse().unwrap()),
        belonging,
        card: Vec::new(),
        proof: SenderProof::Authenticated,
        cves: vec!["CVE-2026-0001".to_owned(), "CVE-2026-0002".to_owned()],
        mail: Enclosure::of(&report()),
        mode,
    };
    at_desk(&project(), |desk| letter.write(desk)).unwrap()
}

fn team() -> Recipients {
    roster().team_recipients().unwrap()
}

fn alarm(kind: AlarmKind) -> Draft {
    at_desk(&project(), |desk| Alarm { to: team(), thread: Thread::new(), kind, ids: vec!["in-412".to_owned()] }.write(desk))
        .unwrap()
}

#[test]
fn a_triage_notice_names_what_was_seen_and_encloses_the_report() {
    let draft = triage(NoticeMode::Full);

    assert_eq!(draft.reverse_path, ReversePath::Verp(address("security-desk@example.org")));
    assert_eq!(draft.class, ContentClass::Embargoed);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] New mail to the security address
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="kmw6vp4iokoliomvvnnjzve37g"

--kmw6vp4iokoliomvvnnjzve37g
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

THIS WAS SENT TO A PUBLIC LIST TOO: exo-devel@lists.example.org

Perhaps it is public already; case-17 is marked so, and nobody has
decided it. Look whether it can be read there, and answer `public yes
SOURCE` or `public no`.

case-17 is open and nobody has claimed it. The sender was promised that
a person looks by Tuesday 24 November 2026.

  From: dora@finder.example (NOT authenticated: may be forged)
  Taken for: report (rule vulnerability-words)
  Subject: canary-subject guest escape
  Mail: 263 bytes, dated 2026-11-21 13:59 UTC
  Encrypted: no
  CVE ids: CVE-2026-0001
  Versions named: 4.17, 4.18
  Dates asked for: 3 March
  Attachments: text/x-patch (4711 bytes)

Answer this mail with one of these on the first line:

  claim            you take the case; the others are told
  reply            the text below it goes to the discoverer in the team's name
  close: ...       the case is done, and how
  note             the text below it is kept with the case
  help             everything else: number, CVE, embargo, people, decisions

The mail is attached as it came.

What is supported:

  https://example.org/SUPPORT

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
fn a_triage_notice_without_content_gives_numbers_only() {
    let draft = triage(NoticeMode::HeadersOnly);

    assert!(!text_of(&draft).contains("canary") && !text_of(&draft).contains("CVE-2026"));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] New mail to the security address
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

THIS WAS SENT TO A PUBLIC LIST TOO: exo-devel@lists.example.org

Perhaps it is public already; case-17 is marked so, and nobody has
decided it. Look whether it can be read there, and answer `public yes
SOURCE` or `public no`.

case-17 is open and nobody has claimed it. The sender was promised that
a person looks by Tuesday 24 November 2026.

  From: somebody at finder.example (NOT authenticated: may be forged)
  Taken for: report (rule vulnerability-words)
  Mail: 263 bytes, dated 2026-11-21 13:59 UTC
  Encrypted: no
  CVE ids: 1
  Versions named: 2
  Dates asked for: 1
  Attachments: 1 (4711 bytes)

Answer this mail with one of these on the first line:

  claim            you take the case; the others are told
  reply            the text below it goes to the discoverer in the team's name
  close: ...       the case is done, and how
  note             the text below it is kept with the case
  help             everything else: number, CVE, embargo, people, decisions

The mail is not attached (moderation.notice); read it on the server.

What is supported:

  https://example.org/SUPPORT
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_case_mail_notice_encloses_the_mail() {
    let draft = case_mail(Belonging::Certain, NoticeMode::Full);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] Another mail
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <notice-1@example.org>
References: <notice-1@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="kmw6vp4iokoliomvvnnjzve37g"

--kmw6vp4iokoliomvvnnjzve37g
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

A mail came to the secret address of case-17.

  From: dora@finder.example (authenticated)
  Subject: canary-subject guest escape
  Mail: 263 bytes, dated 2026-11-21 13:59 UTC
  CVE ids: CVE-2026-0001, CVE-2026-0002

Answer this mail with one of these on the first line:

  claim            you take the case; the others are told
  reply            the text below it goes to the discoverer in the team's name
  close: ...       the case is done, and how
  note             the text below it is kept with the case
  promise DATE     you answer the discoverer by then (2026-12-01T12:00:00Z)
  help             everything else: number, CVE, embargo, people, decisions

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
fn a_suggested_case_mail_says_why() {
    let draft = case_mail(Belonging::Suggested("it answers our letter of 20 November".to_owned()), NoticeMode::HeadersOnly);

    assert!(!text_of(&draft).contains("dora@"));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] Another mail
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
In-Reply-To: <notice-1@example.org>
References: <notice-1@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

A mail may belong to case-17: it answers our letter of 20 November. That
proves nothing: this is only a suggestion.

  From: somebody at finder.example (authenticated)
  Mail: 263 bytes, dated 2026-11-21 13:59 UTC
  CVE ids: 2

Answer this mail with one of these on the first line:

  claim            you take the case; the others are told
  reply            the text below it goes to the discoverer in the team's name
  close: ...       the case is done, and how
  note             the text below it is kept with the case
  promise DATE     you answer the discoverer by then (2026-12-01T12:00:00Z)
  help             everything else: number, CVE, embargo, people, decisions

The mail is not attached (moderation.notice); read it on the server.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn an_application_notice_quotes_its_evidence() {
    let draft = at_desk(&project(), |desk| {
        let line = |id: &str, state: &str, quote: Option<&str>, open| ChecklistLine {
            id: id.to_owned(),
            name: "Domain name(s) which you use".to_owned(),
            state: state.to_owned(),
            quote: quote.map(str::to_owned),
            note: None,
            open,
        };
        let items = vec![
            line("A01-ORG-NAME", "present", Some("We are Delta Cloud Inc."), false),
            line("A02-DOMAINS", "absent", None, true),
            line("A05-RATES", "not-applicable", None, false),
        ];
        ApplicationNotice {
            application: "application-5".to_owned(),
            news: ApplicationNews::New,
            to: team(),
            token: None,
            thread: Thread::new(),
            organisation: None,
            items,
            open: vec!["A02-DOMAINS".to_owned()],
            embargo: false,
            heard: None,
            proof: String::new(),
            alias: None,
            sent_privately: true,
        }
        .write(desk)
    })
    .unwrap();

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: "Exo Security Team" <security-desk@example.org>
Subject: [application-5] New application
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Still open, so that it cannot be accepted yet (the policy leaves no
discretion): A02-DOMAINS

It came to security@example.org; the applicant was pointed to the public
list.

- A01-ORG-NAME: present: "We are Delta Cloud Inc."
- A02-DOMAINS: absent -- the policy: Domain name(s) which you use
- A05-RATES: not-applicable

No link was followed.
"#;
    assert_eq!(text_of(&draft), expected);
}

fn due_case(id: i64, number: Option<&str>) -> DueCase {
    DueCase {
        case: CaseId(id),
        number: number.map(str::to_owned),
        due: vec![
            DuePoint { what: "nobody has claimed it (`claim`)".to_owned(), open: Vec::new() },
            DuePoint { what: "open after the release:".to_owned(), open: vec!["the page (`page-published`)".to_owned()] },
        ],
        next: Some("nobody has claimed it (`claim`): anybody of the team, by Friday 2026-11-20 14:02 UTC (1 day ago)".to_owned()),
        dates: vec!["Embargo until Tuesday 2026-12-08 12:00 UTC (in 16 days and 21 hours)".to_owned()],
    }
}

fn due_digest(cases: Vec<DueCase>, mode: NoticeMode) -> Draft {
    at_desk(&project(), |desk| {
        let to = address("mona@team.example.org");
        let pressing = Pressing::InOfficeHours;
        let record = Some(format!("1204:{}", Digest::of(b"the record")));
        DueDigest { to, token: Some(TOKEN.to_owned()), thread: Thread::new(), cases, pressing, mode, record }.write(desk)
    })
    .unwrap()
}

#[test]
fn what_is_due_in_one_case_is_answered_with_a_word() {
    let draft = due_digest(vec![due_case(17, None)], NoticeMode::HeadersOnly);
    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <mona@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [case-17] Due now
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

case-17
  - nobody has claimed it (`claim`)
  - open after the release:
      - the page (`page-published`)
  Next: nobody has claimed it (`claim`): anybody of the team, by Friday
    2026-11-20 14:02 UTC (1 day ago)
  Embargo until Tuesday 2026-12-08 12:00 UTC (in 16 days and 21 hours)

Answer this mail with a command on the first line: `claim`, `snooze
2026-12-08T12:00:00Z` (no reminders until then), or `help`.

`embargod case show case-17` has all of it.

The record of everything ended so when this was written:

  1204:HEAD

Keep this mail: `embargod audit verify --head` with that line says later
whether the record was rewritten.
"#;
    assert_eq!(text_of(&draft), expected.replace("HEAD", &Digest::of(b"the record").to_string()));
    assert_eq!((draft.class, draft.reveals), (ContentClass::Confidential, BTreeSet::from([CaseId(17)])));
}

#[test]
fn what_is_due_in_several_cases_is_answered_with_the_case() {
    let draft = due_digest(vec![due_case(17, Some("XSA-999")), due_case(18, None)], NoticeMode::Full);
    let text = text_of(&draft);
    assert!(text.contains("Subject: [2 cases] Due now\n"), "{text}");
    let expected = r#"
case-17 (XSA-999)
  - nobody has claimed it (`claim`)
"#;
    assert!(text.contains(expected), "{text}");
    let expected = r#"
Answer this mail with the case, then the command, on the first line:

    case-17: claim
    case-17: snooze 2026-12-08T12:00:00Z

One case a mail; the answers to the others can be further answers to
this same mail.

`embargod case show case-17` has all of it.
"#;
    assert!(text.contains(expected), "{text}");
    assert_eq!((draft.class, draft.reveals), (ContentClass::Embargoed, BTreeSet::from([CaseId(17), CaseId(18)])));
}

#[test]
fn the_report_goes_out_with_its_digest_and_as_it_was_written() {
    let report = "# XSA-999\n\n  - a line that is as it is\n".to_owned();
    let digest = Digest::of(report.as_bytes());
    let draft = at_desk(&project(), |desk| {
        let (to, thread) = (address("mona@team.example.org"), Thread::new());
        ReportDraft { to, token: TOKEN.to_owned(), thread, case: CaseId(17), number: "XSA-999".to_owned(), digest, report }
            .write(desk)
    })
    .unwrap();
    let text = text_of(&draft);
    assert!(text.contains("Subject: [case-17] XSA-999: the transparency report is drafted\n"), "{text}");
    assert!(text.contains(&format!("\n{digest}\n")), "{text}");
    assert!(text.ends_with("\n# XSA-999\n\n  - a line that is as it is\n"), "{text}");
    assert_eq!(draft.class, ContentClass::Embargoed);
}

#[test]
fn the_reminder_of_the_policys_review_says_which_and_when() {
    let draft = at_desk(&project(), |desk| {
        ReviewDue { to: team(), version: "v3.23".to_owned(), reviewed: jiff::civil::date(2025, 11, 20) }.write(desk)
    })
    .unwrap();
    let text = text_of(&draft);
    assert!(text.contains("Subject: [policy v3.23] Time to review the policy\n"), "{text}");
    assert!(text.contains("v3.23, was last reviewed on 2025-11-20:\n\n  https://example.org/security-policy\n"), "{text}");
    assert_eq!(draft.class, ContentClass::Confidential);
}

#[test]
fn a_reminder_of_held_posts_gives_their_ids() {
    let draft = at_desk(&project(), |desk| {
        let posts =
            vec![(HeldId(31), "Friday 20 November 2026".to_owned()), (HeldId(32), "Saturday 21 November 2026".to_owned())];
        Reminder { to: team(), thread: Thread::new(), posts }.write(desk)
    })
    .unwrap();

    // Several readers: no token.
    assert!(!text_of(&draft).contains(TOKEN));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: "Exo Security Team" <security-desk@example.org>
Subject: [2 held posts] Still waiting
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

Nobody has ruled on these:

  held-31, since Friday 20 November 2026
  held-32, since Saturday 21 November 2026

They wait until a person decides; nothing is approved by waiting. Answer
their notices, or use `embargod held`.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn an_alarm_of_a_suspected_leak() {
    let draft = alarm(AlarmKind::LeakSuspected);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: "Exo Security Team" <security-desk@example.org>
Subject: [in-412] Please look
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

A mail that should be private has a public address in it, or came
through a public list. It is held here, but the public copy may be out
already.

Look at it NOW, and check the public list. If it is out, the embargo is
broken: decide about an early release.

It is about:

  in-412
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_mail_that_servers_would_refuse_is_not_enclosed() {
    let large = |size: usize| {
        let mut bytes = report().raw.bytes().to_vec();
        bytes.extend(b"0123456789abcdef0123456789abcdef0123456789abcdef\r\n".repeat(size / 50));
        let letter = CaseMail {
            case: CaseId(17),
            token: TOKEN.to_owned(),
            to: address("mona@team.example.org"),
            thread: Thread::new(),
            belonging: Belonging::Certain,
            card: Vec::new(),
            proof: SenderProof::Authenticated,
            cves: Vec::new(),
            mail: Enclosure { raw: crate::mail::RawMessage::new(bytes), ..Enclosure::of(&report()) },
            mode: NoticeMode::Full,
        };
        at_desk(&project(), |desk| letter.write(desk)).unwrap().bytes
    };
    assert!(large(6_900_000).len() > 6_900_000, "enclosed");
    let text = String::from_utf8(large(7_100_000)).unwrap();
    assert!(
        text.contains("not attached: mail servers may refuse one so large") && text.contains("Subject: canary-subject"),
        "{text}"
    );
    // Bare line ends make it base64, which is a third longer: still below what Postfix takes.
    let mut bytes = vec![b'\n'; 7_000_000];
    bytes.splice(..0, report().raw.bytes().iter().copied().take(100));
    bytes.truncate(crate::compose::enclosure::LARGEST);
    let letter = CaseMail {
        case: CaseId(17),
        token: TOKEN.to_owned(),
        to: address("mona@team.example.org"),
        thread: Thread::new(),
        belonging: Belonging::Certain,
        card: Vec::new(),
        proof: SenderProof::Authenticated,
        cves: Vec::new(),
        mail: Enclosure { raw: crate::mail::RawMessage::new(bytes), ..Enclosure::of(&report()) },
        mode: NoticeMode::Full,
    };
    let written = at_desk(&project(), |desk| letter.write(desk)).unwrap().bytes.len();
    assert!((9_300_000..10_240_000).contains(&written), "{written}");
}
