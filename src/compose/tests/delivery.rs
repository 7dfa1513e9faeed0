//! Letters about advisories on their way out: the full text of each.

use super::{TOKEN, address, at, at_desk, project, report, roster, text_of};
use crate::{
    compose::{
        AdvisoryMark, AttachmentFact, DeliverySummary, Draft, EmbargoEnded, Enclosure, EndedBy, HeldId, NoticeMode, SendRequest,
        Sent, Thread, Trouble, Unfortunate,
    },
    disclosure::{AdvisoryNumber, CaseId, ContentClass, ListName, PersonName, Recipients},
};

fn send_request(mode: NoticeMode, findings: Vec<String>) -> Draft {
    let letter = SendRequest {
        held: HeldId(40),
        case: Some(CaseId(17)),
        token: TOKEN.to_owned(),
        to: address("nils@team.example.org"),
        thread: Thread::new(),
        list: ListName("exo-issues".to_owned()),
        submitted_by: PersonName("mona".to_owned()),
        subject: "Exo Security Advisory 999 v1 - grant table".to_owned(),
        attachments: vec![AttachmentFact { content_type: "application/octet-stream".to_owned(), bytes: 812 }],
        recipients: 75,
        embargo_until: Some(at("2026-12-08T12:00:00Z")),
        findings,
        without_terms: vec!["Alpha Cloud".to_owned(), "Beta Systems".to_owned()],
        advisory: Enclosure::of(&report()),
        mode,
    };
    at_desk(&project(), |desk| letter.write(desk)).unwrap()
}

#[test]
fn a_send_request_names_size_recipients_and_date() {
    let draft = send_request(NoticeMode::Full, vec!["error X04: no deployment section".to_owned()]);

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <nils@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-40] A mail waits for a second person
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="kmw6vp4iokoliomvvnnjzve37g"

--kmw6vp4iokoliomvvnnjzve37g
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

mona submitted a mail to exo-issues. It goes out when a second person of
the team answers with `send`, and not before.

  Subject: Exo Security Advisory 999 v1 - grant table
  Mail: 263 bytes, dated 2026-11-21 13:59 UTC
  Attachments: application/octet-stream (812 bytes)
  Members it would go to: 75
  Embargoed until: 12:00 UTC on 8 December 2026

The checks found:

- error X04: no deployment section

No accepted terms are on record of these members (2 of 75: Alpha Cloud,
Beta Systems). They get it all the same when it is sent; `terms` notes
an acceptance.

Answer this mail with one of these on the first line:

  send                      it goes to all members, as it is
  cancel                    it will not go out
  status                    where it stands

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
fn a_send_request_without_content_has_no_subject() {
    let draft = send_request(NoticeMode::HeadersOnly, vec!["error X04: secret".to_owned()]);

    assert!(!text_of(&draft).contains("grant table") && !text_of(&draft).contains("secret"));

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: <nils@team.example.org>
Reply-To: "Exo Security Team"
 <security-desk+abcdefghijklmnopqrstuvwxyz@example.org>
Subject: [held-40] A mail waits for a second person
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

mona submitted a mail to exo-issues. It goes out when a second person of
the team answers with `send`, and not before.

  Mail: 263 bytes, dated 2026-11-21 13:59 UTC
  Attachments: 1 (812 bytes)
  Members it would go to: 75
  Embargoed until: 12:00 UTC on 8 December 2026

The checks found:

- findings: 1; see them on the server

No accepted terms are on record of these members (2 of 75: Alpha Cloud,
Beta Systems). They get it all the same when it is sent; `terms` notes
an acceptance.

Answer this mail with one of these on the first line:

  send                      it goes to all members, as it is
  cancel                    it will not go out
  status                    where it stands

The mail is not attached (moderation.notice); read it on the server.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn a_delivery_summary_names_domains_only() {
    let draft = at_desk(&project(), |desk| {
        let unfortunate =
            vec![Unfortunate { domain: "example.net".to_owned(), trouble: Trouble::Bounced, status: Some("5.1.1".to_owned()) }];
        let sent = Sent::Advisory { number: AdvisoryNumber::new(999).unwrap(), version: 2 };
        DeliverySummary {
            to: roster().team_recipients().unwrap(),
            thread: Thread::new(),
            sent,
            accepted: 74,
            total: 75,
            unfortunate,
        }
        .write(desk)
    })
    .unwrap();

    let expected = r#"Date: Sat, 21 Nov 2026 14:02:00 +0000
From: "Exo Security Team" <security-desk@example.org>
To: "Exo Security Team" <security-desk@example.org>
Subject: [XSA-999 v2] Delivered
Message-ID: <pa4clarkn6pgfwrbsducrzgj2j@example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Embargod-Loop: security-desk@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=fixed
Content-Transfer-Encoding: 7bit

XSA-999 v2: 74 of 75 delivered, 1 bounced (example.net: 5.1.1)

Nobody was removed from the list. Please find out what is wrong, then
use `embargod outbox retry`.
"#;
    assert_eq!(text_of(&draft), expected);
}

#[test]
fn members_are_told_of_an_early_end_under_the_lists_header() {
    let written = |by| {
        let letter = EmbargoEnded {
            to: Recipients::new([address("security@alpha.example"), address("psirt@beta.example")]).unwrap(),
            advisory: AdvisoryMark { number: AdvisoryNumber::new(999).unwrap(), version: 2, embargo_until: None },
            since: "Tuesday 2026-12-08 12:00 UTC".to_owned(),
            by,
        };
        at_desk(&project(), |desk| letter.write(desk)).unwrap()
    };
    let draft = written(EndedBy::Exploit);
    assert!(draft.reveals.is_empty() && draft.class == ContentClass::Confidential);
    let plain = |draft: &Draft| String::from_utf8_lossy(&draft.bytes).replace("\r\n", "\n");
    let text = plain(&draft);
    let (head, body) = text.split_once("\n\n").unwrap();
    for line in [
        "X-BeenThere: exo-issues@lists.example.org",
        "Precedence: list",
        "List-Post: NO",
        "X-XSA: 999; v=2",
        "Subject: XSA-999: the embargo is over",
    ] {
        assert!(head.lines().any(|found| found == line), "{line} is not in {head}");
    }
    assert!(!head.contains("X-Embargo-Until") && !head.contains("Reply-To"), "{head}");
    let expected = r#"The embargo of XSA-999 is over since Tuesday 2026-12-08 12:00 UTC,
before its date, because it is exploited.

From now on nothing in the advisory that you hold is confidential. You
may deploy its fixes anywhere, and tell your users. Please expect others
to do likewise.

The public advisory follows on this list and on the public lists as soon
as it is released.

Exo Security Team
"#;
    assert_eq!(body, expected);
    assert!(plain(&written(EndedBy::Leak)).contains("because what it says has become known."));
    assert!(plain(&written(EndedBy::Publication)).contains("because it was published elsewhere."));
}
