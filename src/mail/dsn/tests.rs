use super::*;
use crate::mail::RawMessage;

fn message(raw: &str) -> Message {
    Message::parse(&RawMessage::new(raw.replace('\n', "\r\n").into_bytes())).unwrap()
}

fn report(groups: &str) -> Message {
    message(&format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.member.example (Mail Delivery System)\nTo: list-bounces+k3y@lists.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nThis is the mail system at host mx.member.example.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.member.example\nArrival-Date: Sat, 21 Nov 2026 10:00:00 +0000\n\n{groups}\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <post-1@lists.example>\nSubject: secret\n\n--b--\n"
    ))
}

fn notice(headers: &str, text: &str) -> Message {
    message(&format!("To: list-bounces@lists.example\n{headers}\n\n{text}\n"))
}

fn summary(found: &Bounce) -> (BounceKind, Option<String>, Option<&str>, Permanence, &str) {
    (found.kind, found.recipient.as_ref().map(ToString::to_string), found.status.as_deref(), found.permanence, &found.format)
}

fn address(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn rfc_3464_in_full() {
    let found = bounce(&report("Original-Recipient: rfc822;security@member.example\nFinal-Recipient: rfc822; box@mx.member.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <box@mx.member.example>:\n    User unknown")).unwrap();
    assert_eq!(
        found,
        Bounce {
            kind: BounceKind::Failed,
            recipient: Some("security@member.example".parse().unwrap()),
            status: Some("5.1.1".to_owned()),
            permanence: Permanence::Permanent,
            diagnostic: Some("550 5.1.1 <box@mx.member.example>:    User unknown".to_owned()),
            original_message_id: Some("<post-1@lists.example>".parse().unwrap()),
            also: Vec::new(),
            format: "rfc3464".to_owned(),
        }
    );
}

#[test]
fn the_first_failed_recipient_counts_before_the_delayed_one() {
    let found = bounce(&report("Final-Recipient: rfc822; a@member.example\nAction: delayed\nStatus: 4.4.1\n\nFinal-Recipient: rfc822; b@member.example\nAction: failed\nStatus: 4.4.7\n\nFinal-Recipient: rfc822; c@member.example\nAction: failed\nStatus: 5.1.1")).unwrap();
    assert_eq!(
        summary(&found),
        (BounceKind::Failed, address("b@member.example"), Some("4.4.7"), Permanence::Temporary, "rfc3464")
    );
    let also: Vec<_> = found.also.iter().map(summary).collect();
    assert_eq!(
        also,
        [
            (BounceKind::Delayed, address("a@member.example"), Some("4.4.1"), Permanence::Temporary, "rfc3464"),
            (BounceKind::Failed, address("c@member.example"), Some("5.1.1"), Permanence::Permanent, "rfc3464")
        ]
    );
}

#[test]
fn the_id_of_the_envelope_comes_from_the_reports_own_fields() {
    let of = |text: &str| envelope_id(&message(text));
    let with = |fields: &str| {
        format!(
            "From: a@b.example\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n{fields}\n\nFinal-Recipient: rfc822; a@b.example\nOriginal-Envelope-Id: recipient\n\n--b--\n"
        )
    };
    assert_eq!(of(&with("Reporting-MTA: dns; x\nOriginal-Envelope-Id: abc")).as_deref(), Some("abc"));
    assert_eq!(of(&with("Original-Envelope-Id: l+2Bt@x.example\nReporting-MTA: dns; x")).as_deref(), Some("l+t@x.example"));
    assert_eq!(of(&with("Reporting-MTA: dns; x")), None);
    assert_eq!(of("From: a@b.example\nOriginal-Envelope-Id: abc\n\nOriginal-Envelope-Id: abc\n"), None);
}

#[test]
fn a_delay_is_no_failure_and_a_delivery_is_good_news() {
    let delayed = bounce(&report("Final-Recipient: rfc822; a@member.example\nAction: Delayed\nStatus: 4.4.1 (no answer)\nWill-Retry-Until: Thu, 26 Nov 2026 10:00:00 +0000")).unwrap();
    assert_eq!(
        summary(&delayed),
        (BounceKind::Delayed, address("a@member.example"), Some("4.4.1"), Permanence::Temporary, "rfc3464")
    );
    let delivered = bounce(&report("Final-Recipient: rfc822; a@member.example\nAction: relayed\nStatus: 2.0.0")).unwrap();
    assert_eq!(
        summary(&delivered),
        (BounceKind::Delivered, address("a@member.example"), Some("2.0.0"), Permanence::Unknown, "rfc3464")
    );
}

#[test]
fn a_nonsense_status_is_no_status() {
    for nonsense in ["5.1", "9.1.1", "5.1.1.1", "5..1", "failed", "5.1.9999"] {
        let found =
            bounce(&report(&format!("Final-Recipient: rfc822; a@member.example\nAction: failed\nStatus: {nonsense}"))).unwrap();
        assert_eq!((found.status, found.permanence), (None, Permanence::Unknown), "{nonsense}");
    }
}

#[test]
fn a_report_without_usable_fields_is_read_by_its_words() {
    let raw = "From: postmaster@member.example\nSubject: Undeliverable: x\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nDelivery has failed to these recipients or groups:\n\nsecurity@member.example\nThe mailbox is full.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n--b--\n";
    let found = bounce(&message(raw)).unwrap();
    assert_eq!(
        summary(&found),
        (BounceKind::Failed, address("security@member.example"), None, Permanence::Temporary, "exchange")
    );
}

#[test]
fn wordings_of_mail_systems() {
    let daemon = "From: MAILER-DAEMON@mx.member.example\nSubject: failure notice";
    let cases = [
        (
            "qmail",
            daemon,
            "Hi. This is the qmail-send program at mx.member.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up.\n\n<security@member.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <post-1@lists.example>\n",
            Some("5.1.1"),
            Permanence::Permanent,
        ),
        (
            "exim",
            "From: Mail Delivery System <Mailer-Daemon@mx.member.example>\nSubject: Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  security@member.example\n    host mx2.member.example [192.0.2.20]: 550 no such user\n\n------ This is a copy of the message, including all the headers. ------\n\nMessage-Id: <post-1@lists.example>\n",
            None,
            Permanence::Permanent,
        ),
        (
            "sendmail",
            "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.member.example>\nSubject: Returned mail: User unknown",
            "The original message was received at Sat, 21 Nov 2026 10:00:00 +0000\nfrom lists.example [192.0.2.1]\n\n   ----- The following addresses had permanent fatal errors -----\n<security@member.example>\n\n   ----- Transcript of session follows -----\n550 <security@member.example>... User unknown\n\n   ----- Original message follows -----\n\nMessage-ID: <post-1@lists.example>\n",
            None,
            Permanence::Permanent,
        ),
        (
            "domino",
            "From: Postmaster@member.example\nSubject: DELIVERY FAILURE: User security (security@member.example) not listed in Domino Directory",
            "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  security@member.example\n\nbecause:\n\n  User security (security@member.example) not listed in Domino Directory\n\n----- Original message -----\nMessage-ID: <post-1@lists.example>\n",
            None,
            Permanence::Permanent,
        ),
        (
            "gmail",
            "From: Mail Delivery Subsystem <mailer-daemon@member.example>\nSubject: Delivery Status Notification (Failure)",
            "Delivery to the following recipient failed permanently:\n\n     security@member.example\n\nThe error that the other server returned was:\n550 5.1.0 rejected\n\n----- Original message -----\n\nMessage-ID: <post-1@lists.example>\n",
            Some("5.1.0"),
            Permanence::Permanent,
        ),
        (
            "yahoo",
            "From: MAILER-DAEMON@member.example\nSubject: Delivery failure",
            "Message from member.example.\nUnable to deliver message to the following address(es).\n\n<security@member.example>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n\n--- Original message follows.\n\nMessage-ID: <post-1@lists.example>\n",
            Some("4.4.1"),
            Permanence::Temporary,
        ),
        (
            "postfix",
            "From: MAILER-DAEMON@mx.member.example\nSubject: Undelivered Mail Returned to Sender",
            "This is the Postfix program at host mx.member.example.\n\nI'm sorry to have to inform you that the message returned\nbelow could not be delivered to one or more destinations.\n\n<security@member.example>: host a.example[192.0.2.2] said: 552 5.2.2 quota\n\n----- Original message -----\nMessage-ID: <post-1@lists.example>\n",
            Some("5.2.2"),
            Permanence::Permanent,
        ),
        (
            "unnamed",
            "Return-Path: <>\nFrom: MAILER-DAEMON@member.example\nSubject: Ihre Mail",
            "Der Empfaenger <security@member.example>: user unknown\n\n-- original message --\nMessage-ID: <post-1@lists.example>\n",
            None,
            Permanence::Permanent,
        ),
    ];
    for (format, headers, text, status, permanence) in cases {
        let found = bounce(&notice(headers, text)).unwrap_or_else(|| panic!("{format} not recognised"));
        assert_eq!(summary(&found), (BounceKind::Failed, address("security@member.example"), status, permanence, format));
        assert_eq!(found.original_message_id, Some("<post-1@lists.example>".parse().unwrap()), "{format}");
    }
}

#[test]
fn a_mail_system_without_a_domain_and_without_a_known_wording() {
    let found = bounce(&notice(
        "From: MAILER-DAEMON (Mail Delivery System)\nSubject: User unknown",
        "  * Recipient address: security@member.example\n    Reason: unknown host or domain\n",
    ))
    .unwrap();
    assert_eq!(summary(&found), (BounceKind::Failed, address("security@member.example"), None, Permanence::Permanent, "unnamed"));
    let over_quota = bounce(&notice(
        "From: Postmaster@member.example\nSubject: Mail System Error - Returned Mail",
        "The user(s) account is temporarily over quota.\n\n<security@member.example>\n",
    ))
    .unwrap();
    assert_eq!(
        summary(&over_quota),
        (BounceKind::Failed, address("security@member.example"), None, Permanence::Temporary, "unnamed")
    );
}

#[test]
fn an_encoded_report_is_read() {
    let fields = data_encoding::BASE64.encode(
        b"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; security@member.example\r\nAction: failed\r\nStatus: 5.7.1\r\n",
    );
    let raw = format!(
        "Return-Path: <>\nFrom: postmaster@member.example\nSubject: x\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nsee below\n--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n{fields}\n--b--\n"
    );
    let found = bounce(&message(&raw)).unwrap();
    assert_eq!(
        summary(&found),
        (BounceKind::Failed, address("security@member.example"), Some("5.7.1"), Permanence::Permanent, "rfc3464")
    );
}

#[test]
fn exims_warning_is_a_delay() {
    let found = bounce(&notice("From: Mail Delivery System <Mailer-Daemon@mx.member.example>\nSubject: Warning: message 1P1ceB delayed 24 hours", "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\nThe address to which the message has not yet been delivered is:\n\n  security@member.example\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n")).unwrap();
    assert_eq!(summary(&found), (BounceKind::Delayed, address("security@member.example"), None, Permanence::Temporary, "exim"));
}

#[test]
fn a_complaint_is_no_failed_delivery() {
    let raw = "From: fbl@isp.example\nSubject: FW: post\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nThis is an abuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <security@member.example>\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <post-1@lists.example>\nSubject: x\n\nhello\n--b--\n";
    let found = bounce(&message(raw)).unwrap();
    assert_eq!(summary(&found), (BounceKind::Complaint, address("security@member.example"), None, Permanence::Unknown, "arf"));
    assert_eq!(found.original_message_id, Some("<post-1@lists.example>".parse().unwrap()));
}

#[test]
fn one_sign_is_not_enough() {
    let person = "Return-Path: <dana@finder.example>\nFrom: Dana <dana@finder.example>";
    for (headers, text) in [
        ("Subject: Undelivered Mail Returned to Sender", "I got this subject from your list twice today. Is something broken?"),
        (
            "Subject: memory corruption in the bounce handling of your mail server",
            "This is the qmail-send program at host x.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<security@member.example>:\nis what the attacker sees.",
        ),
        ("Subject: question", "The mail could not be delivered: user unknown."),
        (
            "Subject: Undelivered Mail Returned to Sender",
            "I got this from you:\n\n> This is the mail system at host mx.lists.example.\n> <security@lists.example>: 550 5.1.1 User unknown\n\nIs there another address?",
        ),
    ] {
        assert_eq!(bounce(&notice(&format!("{person}\n{headers}"), text)), None, "{headers}");
    }
    let attached = format!(
        "{person}\nSubject: a report\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the status part that crashes your parser.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\n\n--b--\n"
    );
    assert_eq!(bounce(&message(&attached)), None);
}

#[test]
fn a_vacation_notice_is_no_bounce() {
    let vacation = notice(
        "Return-Path: <>\nFrom: Dana <dana@member.example>\nSubject: Automatic reply: XSA",
        "I am away; mail to <other@member.example>: mailbox unavailable.",
    );
    assert_eq!(bounce(&vacation), None);
    let plain = notice("Return-Path: <>\nFrom: Dana <dana@member.example>\nSubject: Re: XSA", "I am away until Monday.");
    assert_eq!(bounce(&plain), None);
}

#[test]
fn the_wordings_file_is_strict() {
    assert!(formats::Wordings::read(include_str!("../../../rules/bounces.toml")).is_ok());
    let text = include_str!("../../../rules/bounces.toml");
    assert!(matches!(formats::Wordings::read(&format!("unknown = 1\n{text}")), Err(formats::BadWordings::Toml(_))));
    assert!(matches!(
        formats::Wordings::read(&text.replacen("opening   = '", "opening   = '(", 1)),
        Err(formats::BadWordings::Pattern(_))
    ));
}

#[test]
fn a_tables_border_and_a_colon_are_no_part_of_an_address() {
    let cases = [
        ("<box@mx.member.example>", "<box@mx.member.example>"),
        ("box@mx.member.example:", "box@mx.member.example"),
        ("\u{2502}box@mx.member.example", "box@mx.member.example"),
        ("\u{6536}\u{4ef6}\u{4eba}\u{2502}box@mx.member.example\u{2502}", "box@mx.member.example"),
        ("j\u{fc}rgen@mx.member.example", "j\u{fc}rgen@mx.member.example"),
        ("", ""),
    ];
    for (found, expected) in cases {
        assert_eq!(formats::bare(found), expected);
    }
    let from = "From: MAILER-DAEMON@mx.member.example\nSubject: Undelivered Mail Returned to Sender";
    let text = "The following address failed:\n\nbox@mx.member.example:\n    550 5.1.1 User unknown";
    let found = bounce(&notice(from, text)).unwrap();
    assert_eq!(found.recipient, Some("box@mx.member.example".parse().unwrap()));
}
