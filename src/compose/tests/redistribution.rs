//! The header fields that members filter on, and the bytes that must not change.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{address, at, at_desk, project, roster};
use crate::{
    compose::{
        AdvisoryMark, Redistributed, Redistribution, ReversePath,
        field_names::{TRACE_PREFIXES, TRACES},
        redistribute,
    },
    disclosure::{AdvisoryNumber, ContentClass, ListRole},
    mail::{Headers, RawMessage},
};

fn crlf(text: &str) -> RawMessage {
    RawMessage::new(text.replace('\n', "\r\n").into_bytes())
}

fn sent(raw: &RawMessage, role: ListRole, mark: Option<AdvisoryMark>) -> Redistributed {
    let project = project();
    at_desk(&project, |desk| redistribute(raw, project.list(role), mark.as_ref(), desk)).unwrap()
}

fn text(done: &Redistributed) -> String {
    String::from_utf8(done.bytes.clone()).unwrap().replace("\r\n", "\n")
}

const POST: &str = "\
Return-Path: <writer@alpha.example>
Delivered-To: list@example.org
Received: from mx.alpha.example by mx.example.org; Sat, 21 Nov 2026 14:00:01 +0000
Authentication-Results: mx.example.org; dkim=pass header.d=alpha.example
DKIM-Signature: v=1; a=rsa-sha256; d=alpha.example; s=k;
 h=From:To:Subject:Date:Message-ID;
 bh=x; b=y
Received: from desktop.internal by mx.alpha.example; Sat, 21 Nov 2026 14:00:00 +0000
Disposition-Notification-To: writer@alpha.example
Return-Receipt-To: writer@alpha.example
Bcc: hidden@alpha.example
Resent-To: somebody@alpha.example
List-Id: Alpha internal <security.alpha.example>
List-Unsubscribe: <https://alpha.example/one-click>
X-BeenThere: security@alpha.example
ARC-Seal: i=1; a=rsa-sha256
X-Spam-Status: No
X-Mailman-Approved-At: Sat, 21 Nov 2026 13:00:00 +0000
Errors-To: writer@alpha.example
Precedence: bulk
Sender: desk@alpha.example
Approved: mailman-password
X-XSA: 1; v=1
From: =?utf-8?Q?Wr=C3=ADter?= <writer@alpha.example>
To: exo-issues-discuss@lists.example.org
Cc:   Odd   Spacing <security@beta.example>
Subject: XSA-999: backport
  for 4.17
Date: Sat, 21 Nov 2026 14:00:00 +0000
Message-ID: <post-1@alpha.example>
X-Mailer: kept
Content-Type: text/plain; charset=utf-8

From here on every byte counts. \t
.
-- \u{20}
end";

#[test]
fn a_post_goes_out_with_the_list_block_and_without_its_traces() {
    let done = sent(&crlf(POST), ListRole::Discuss, None);
    let expected = "\
Received: by lists.example.org (embargod) id pa4clarkn6pgfwrbsducrzgj2j; Sat,
 21 Nov 2026 14:02:00 +0000
X-BeenThere: exo-issues-discuss@lists.example.org
List-Id: Exo predisclosure discussion <exo-issues-discuss.lists.example.org>
List-Unsubscribe: <mailto:exo-issues-discuss-request@lists.example.org?subject=unsubscribe>
List-Post: <mailto:exo-issues-discuss@lists.example.org>
List-Help: <mailto:exo-issues-discuss-request@lists.example.org?subject=help>
List-Subscribe: <mailto:exo-issues-discuss-request@lists.example.org?subject=subscribe>
List-Owner: <mailto:security@example.org>
Errors-To: exo-issues-discuss-bounces@lists.example.org
Precedence: list
Sender: \"Exo-issues-discuss\" <exo-issues-discuss-bounces@lists.example.org>
DKIM-Signature: v=1; a=rsa-sha256; d=alpha.example; s=k;
 h=From:To:Subject:Date:Message-ID;
 bh=x; b=y
X-BeenThere: security@alpha.example
From: =?utf-8?Q?Wr=C3=ADter?= <writer@alpha.example>
To: exo-issues-discuss@lists.example.org
Cc:   Odd   Spacing <security@beta.example>
Subject: XSA-999: backport
  for 4.17
Date: Sat, 21 Nov 2026 14:00:00 +0000
Message-ID: <post-1@alpha.example>
X-Mailer: kept
Content-Type: text/plain; charset=utf-8

From here on every byte counts. \t
.
-- \u{20}
end";
    assert_eq!(text(&done), expected);
    assert_eq!(done.message_id.as_str(), "post-1@alpha.example");
    assert_eq!(
        done.removed,
        [
            "Return-Path",
            "Delivered-To",
            "Received",
            "Authentication-Results",
            "Received",
            "Disposition-Notification-To",
            "Return-Receipt-To",
            "Bcc",
            "Resent-To",
            "List-Id",
            "List-Unsubscribe",
            "ARC-Seal",
            "X-Spam-Status",
            "X-Mailman-Approved-At",
            "Errors-To",
            "Precedence",
            "Sender",
            "Approved",
            "X-XSA"
        ]
    );
    assert!(done.left_out.is_empty());
}

#[test]
fn an_advisory_to_the_primary_list_bears_its_number_and_date() {
    let mark =
        AdvisoryMark { number: AdvisoryNumber::new(999).unwrap(), version: 2, embargo_until: Some(at("2026-12-08T12:00:00Z")) };
    let raw = crlf("From: security@example.org\nSubject: Exo Security Advisory 999 v2\nMessage-Id: <a@example.org>\n\nbody\n");
    let expected = "\
Received: by lists.example.org (embargod) id pa4clarkn6pgfwrbsducrzgj2j; Sat,
 21 Nov 2026 14:02:00 +0000
X-BeenThere: exo-issues@lists.example.org
List-Id: Exo predisclosure <exo-issues.lists.example.org>
List-Unsubscribe: <mailto:exo-issues-request@lists.example.org?subject=unsubscribe>
List-Post: NO
List-Help: <mailto:exo-issues-request@lists.example.org?subject=help>
List-Subscribe: <mailto:exo-issues-request@lists.example.org?subject=subscribe>
List-Owner: <mailto:security@example.org>
Errors-To: exo-issues-bounces@lists.example.org
Precedence: list
Sender: \"Exo-issues\" <exo-issues-bounces@lists.example.org>
X-XSA: 999; v=2
X-Embargo-Until: 2026-12-08T12:00:00Z
From: security@example.org
Subject: Exo Security Advisory 999 v2
Message-Id: <a@example.org>

body
";
    assert_eq!(text(&sent(&raw, ListRole::Primary, Some(mark))), expected);
    let public = AdvisoryMark { embargo_until: None, ..mark };
    assert!(!text(&sent(&raw, ListRole::Primary, Some(public))).contains("X-Embargo-Until"));
}

#[test]
fn a_signed_sender_and_precedence_stay_as_they_came() {
    let raw = crlf(
        "DKIM-Signature: d=a.example; h=From : Sender:\n precedence; b=y\nSender: desk@a.example\nPrecedence: bulk\nFrom: a@a.example\n\
         Message-ID: <m@a.example>\n\nbody\n",
    );
    let done = sent(&raw, ListRole::Discuss, None);
    let headers = Headers::of(&done.bytes);
    assert_eq!(headers.all("Sender").map(|field| field.unfolded()).collect::<Vec<_>>(), ["desk@a.example"]);
    assert_eq!(headers.all("Precedence").map(|field| field.unfolded()).collect::<Vec<_>>(), ["bulk"]);
    assert_eq!(done.left_out, ["Precedence", "Sender"]);
}

#[test]
fn the_signed_absence_of_our_fields_is_respected_except_for_those_members_filter_on() {
    let raw = crlf(
        "DKIM-Signature: d=a.example; b=y; h=From:Sender:List-Id:List-Post:List-Help:X-BeenThere:Errors-To\nFrom: a@a.example\n\
         Message-ID: <m@a.example>\n\nbody\n",
    );
    let done = sent(&raw, ListRole::Discuss, None);
    assert_eq!(done.left_out, ["List-Post", "List-Help", "Errors-To", "Sender"]);
    let headers = Headers::of(&done.bytes);
    assert_eq!(headers.count("List-Id"), 1);
    assert_eq!(headers.count("X-BeenThere"), 1);
}

#[test]
fn a_list_field_of_another_list_goes_although_it_is_signed() {
    let raw = crlf(
        "DKIM-Signature: d=a.example; h=From:List-Id:List-Post; b=y\nList-Id: <other.a.example>\nList-Post: <mailto:other@a.example>\n\
         From: a@a.example\nMessage-ID: <m@a.example>\n\nbody\n",
    );
    let headers_of = sent(&raw, ListRole::Discuss, None).bytes;
    let headers = Headers::of(&headers_of);
    assert_eq!(
        headers.first("List-Id").unwrap().unfolded(),
        "Exo predisclosure discussion <exo-issues-discuss.lists.example.org>"
    );
    assert_eq!(headers.first("List-Post").unwrap().unfolded(), "<mailto:exo-issues-discuss@lists.example.org>");
    assert_eq!((headers.count("List-Id"), headers.count("List-Post")), (1, 1));
}

#[test]
fn a_post_without_message_id_gets_one() {
    let done = sent(&crlf("From: a@a.example\n\nbody\n"), ListRole::Discuss, None);
    assert_eq!(Headers::of(&done.bytes).first("Message-ID").unwrap().unfolded(), done.message_id.to_string());
    let signed = sent(&crlf("DKIM-Signature: h=message-id\nFrom: a@a.example\n\nbody\n"), ListRole::Discuss, None);
    assert_eq!(Headers::of(&signed.bytes).count("Message-ID"), 0);
    assert_eq!(signed.left_out, ["Message-ID"]);
}

#[test]
fn the_draft_goes_to_the_members_from_the_lists_bounce_address() {
    let letter = Redistribution {
        raw: crlf(POST),
        list: ListRole::Discuss,
        advisory: None,
        from: crate::compose::FromField::AsItCame,
        class: ContentClass::Embargoed,
        reveals: BTreeSet::new(),
        to: roster().recipients().unwrap(),
    };
    let draft = at_desk(&project(), |desk| letter.write(desk)).unwrap();
    assert_eq!(draft.reverse_path, ReversePath::Verp(address("exo-issues-discuss-bounces@lists.example.org")));
    assert_eq!(draft.to.as_slice(), [address("security@alpha.example"), address("psirt@beta.example")]);
    assert_eq!(format!("{draft:?}"), format!("Draft(redistribution, embargoed, {} bytes, 2 recipients)", draft.bytes.len()));
}

/// Whether a field may be missing in what goes out; written again here, so that a slip in the production list shows.
fn may_go(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACES.iter().any(|trace| trace.eq_ignore_ascii_case(&name))
        || TRACE_PREFIXES.iter().any(|prefix| name.starts_with(&prefix.to_ascii_lowercase()))
        || ["sender", "precedence", "x-xsa"].contains(&name.as_str())
}

fn field() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("From"),
        Just("To"),
        Just("Subject"),
        Just("MESSAGE-ID"),
        Just("Content-Type"),
        Just("X-BeenThere"),
        Just("DKIM-Signature"),
        Just("Listing"),
        Just("X-Other"),
        Just("received"),
        Just("list-id"),
        Just("SENDER"),
        Just("Resent-From"),
        Just("Bcc"),
    ];
    (name, "[ -~]{0,40}", proptest::option::of("[ -~]{1,20}")).prop_map(|(name, value, folded)| {
        let more = folded.map(|more| format!("\r\n\t{more}")).unwrap_or_default();
        format!("{name}:{value}{more}\r\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_body_and_every_kept_field_are_the_incoming_bytes(
        fields in proptest::collection::vec(field(), 1..12),
        body in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut bytes = fields.concat().into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        let raw = RawMessage::new(bytes.clone());
        let done = sent(&raw, ListRole::Discuss, None);
        let (before, after) = (Headers::of(&bytes), Headers::of(&done.bytes));
        prop_assert_eq!(after.body(), &body[..]);
        let kept: Vec<u8> = before.fields().filter(|field| !may_go(field.name)).flat_map(|field| field.whole.to_vec()).collect();
        let ours = after.fields().count() - before.fields().count() + done.removed.len();
        let left: Vec<u8> = after.fields().skip(ours).filter(|field| !may_go(field.name)).flat_map(|field| field.whole.to_vec()).collect();
        prop_assert_eq!(kept, left);
        prop_assert!(after.fields().skip(ours).all(|field| !may_go(field.name) || done.left_out.iter().any(|name| field.is(name))));
    }
}

#[test]
fn a_from_of_the_lists_can_be_taken_back() {
    let raw = crlf(POST);
    let as_it_came = sent(&raw, ListRole::Discuss, None);
    let munged = |raw: &RawMessage| {
        let letter = Redistribution {
            raw: raw.clone(),
            list: ListRole::Discuss,
            advisory: None,
            from: crate::compose::FromField::OfTheList { author: "Wr\u{ed}ter".to_owned() },
            class: ContentClass::Embargoed,
            reveals: BTreeSet::new(),
            to: roster().recipients().unwrap(),
        };
        at_desk(&project(), |desk| letter.write(desk)).unwrap().bytes
    };
    let bytes = munged(&raw);
    let headers = Headers::of(&bytes);
    let value = |name: &str| {
        let all: Vec<String> = headers.all(name).map(|field| String::from_utf8(field.value.to_vec()).unwrap()).collect();
        assert_eq!(all.len(), 1, "{name}");
        all[0].clone()
    };
    assert!(value("From").ends_with("<exo-issues-discuss@lists.example.org>"), "{}", value("From"));
    assert_eq!(value("X-Original-From"), " =?utf-8?Q?Wr=C3=ADter?= <writer@alpha.example>", "as he wrote it");
    assert_eq!(value("Reply-To"), value("X-Original-From"), "answers go to him");
    // Back again: the same fields of the author's, the same body.
    let back = |bytes: &[u8]| {
        let headers = Headers::of(bytes);
        let fields: BTreeSet<(String, Vec<u8>)> = headers
            .fields()
            .filter(|field| !["From", "Reply-To", "Received"].iter().any(|name| field.is(name)))
            .map(|field| (field.name.replace("X-Original-From", "From"), field.value.to_vec()))
            .collect();
        (fields, headers.body().to_vec())
    };
    let (mut fields, body) = back(&as_it_came.bytes);
    let own = Headers::of(&as_it_came.bytes).first("From").unwrap().value.to_vec();
    fields.insert(("From".to_owned(), own));
    assert_eq!(back(&bytes), (fields, body));
    // His own Reply-To stays the only one; a forged X-Original-From goes.
    let bytes =
        munged(&crlf(&POST.replacen("From: =", "Reply-To: other@alpha.example\nX-Original-From: forged@x.example\nFrom: =", 1)));
    let headers = Headers::of(&bytes);
    assert_eq!(headers.first("Reply-To").unwrap().unfolded(), "other@alpha.example");
    assert_eq!((headers.count("Reply-To"), headers.count("X-Original-From")), (1, 1));
    // What cannot be kept is not replaced.
    let odd = RawMessage::new(b"From: a\x01b@alpha.example\r\nSubject: x\r\n\r\nbody\r\n".to_vec());
    assert_eq!(Headers::of(&munged(&odd)).first("From").unwrap().value, b" a\x01b@alpha.example");
}
