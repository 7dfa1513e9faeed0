use super::*;

fn message(raw: &str) -> Message {
    parse(&RawMessage::new(raw.as_bytes())).unwrap()
}

fn ids_of(value: &str) -> Vec<String> {
    message_ids(value).iter().map(|id| id.as_str().to_owned()).collect()
}

#[test]
fn references_in_every_shape() {
    assert_eq!(ids_of("<a@x.example> <b@x.example>"), ["a@x.example", "b@x.example"]);
    assert_eq!(ids_of("<a@x.example><b@x.example>,<c@x.example>"), ["a@x.example", "b@x.example", "c@x.example"]);
    assert_eq!(ids_of("Message from Dana of \"Fri, 21 Nov\" <a@x.example> (comment)"), ["a@x.example"]);
    assert_eq!(ids_of("<a@x. example> <broken <b@x.example> <>"), ["a@x.example", "b@x.example"]);
    assert_eq!(ids_of("a@x.example b@x.example"), ["a@x.example", "b@x.example"]);
    assert_eq!(ids_of("your mail of Friday"), Vec::<String>::new());
    assert_eq!(ids_of(""), Vec::<String>::new());
    let message = message(
        "From: a@b.example\r\nIn-Reply-To: <c@x.example>\r\nReferences: <a@x.example>\r\n\t<b@x.example>\r\n <c@x.\r\n example>\r\n\r\nx\r\n",
    );
    let answers: Vec<&str> = message.answers().map(MessageId::as_str).collect();
    assert_eq!(answers, ["c@x.example", "c@x.example", "b@x.example", "a@x.example"]);
}

#[test]
fn subjects() {
    let subject = |value: &str| message(&format!("From: a@b.example\r\nSubject: {value}\r\n\r\nx\r\n")).subject;
    assert_eq!(subject("=?utf-8?Q?Pr=C3=BCfung?= of =?iso-8859-1?B?Z3L832U=?="), "Prüfung of grüße");
    assert_eq!(subject("=?utf-8?Q?one?=\r\n =?utf-8?Q?_two?="), "one two");
    assert_eq!(subject("=?utf-8?B?QmNjOiB4DQpCY2M6IHk=?="), "Bcc: x  Bcc: y");
    assert_eq!(subject("naïve"), "naïve");
    assert_eq!(message("From: a@b.example\r\n\r\nx\r\n").subject, "");
}

#[test]
fn addresses() {
    let to = |value: &str| -> Vec<String> {
        message(&format!("From: a@b.example\r\nTo: {value}\r\n\r\nx\r\n")).to.iter().map(|to| to.address.to_string()).collect()
    };
    assert_eq!(to("undisclosed-recipients:;"), Vec::<String>::new());
    assert_eq!(to("Team: a@x.example, \"B, C\" <b@x.example>;, c@x.example"), ["a@x.example", "b@x.example", "c@x.example"]);
    assert_eq!(to("=?utf-8?Q?D=C3=A4na?= <dana@X.Example>"), ["dana@x.example"]);
    assert_eq!(to("dana@bücher.example"), ["dana@bücher.example"]);
    assert_eq!(to("nobody, <>, a@"), Vec::<String>::new());
    let from = &message("From: =?utf-8?Q?D=C3=A4na=0A?= <dana@x.example>\r\n\r\nx\r\n").from;
    assert_eq!(from.len(), 1);
    assert_eq!(from[0].name.as_deref(), Some("Däna"));
}

#[test]
fn texts_and_attachments() {
    let raw = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=FC=DFe\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>gr&uuml;&szlig;e</p>\r\n--c--\r\n\r\n--b\r\nContent-Type: text/x-diff; name=\"../../fix.patch\"\r\nContent-Disposition: attachment\r\n\r\n--- a/x\r\n--b--\r\n";
    let message = message(raw);
    assert_eq!(message.text.trim(), "grüße");
    assert_eq!(message.html_text().map(str::trim), Some("grüße"));
    assert!(!crate::mail::html_says_otherwise(&message));
    let attachments: Vec<(&str, Option<&str>, &[u8])> =
        message.attachments().map(|part| (part.content_type.as_str(), part.name.as_deref(), part.bytes.as_slice())).collect();
    assert_eq!(attachments, [("text/x-diff", Some("../../fix.patch"), b"--- a/x".as_slice())]);
    assert_eq!(message.doubts, []);
}

#[test]
fn an_attached_message_is_opened() {
    let raw = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\nMessage-ID: <inner@d.example>\r\nSubject: inner\r\n\r\ninner text\r\n--b--\r\n";
    let message = message(raw);
    assert_eq!(message.text.trim(), "see below");
    assert_eq!(message.forwarded.len(), 1);
    assert_eq!(message.forwarded[0].subject, "inner");
    assert_eq!(message.forwarded[0].message_id, Some("<inner@d.example>".parse().unwrap()));
    assert_eq!(message.forwarded[0].text.trim(), "inner text");
}

#[test]
fn encryption_is_seen() {
    let of = |kind: &str, body: &str| message(&format!("From: a@b.example\r\nContent-Type: {kind}\r\n\r\n{body}\r\n")).encryption;
    assert_eq!(of("text/plain", "hello"), Encryption::None);
    assert_eq!(of("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----"), Encryption::InlinePgp);
    assert_eq!(
        of(
            "multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b",
            "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--"
        ),
        Encryption::PgpMime
    );
    assert_eq!(of("application/pkcs7-mime; smime-type=enveloped-data", "abc"), Encryption::Smime);
}

#[test]
fn what_is_no_message() {
    assert_eq!(parse(&RawMessage::new(*b"")).err(), Some(Unreadable::NoHeader));
    assert_eq!(parse(&RawMessage::new(*b"\r\nonly text\r\n")).err(), Some(Unreadable::NoHeader));
    assert_eq!(parse(&RawMessage::new(*b"no colon here\r\n\r\nx\r\n")).err(), Some(Unreadable::NoHeader));
}

#[test]
fn a_value_is_decoded() {
    assert_eq!(decoded("=?utf-8?Q?Pr=C3=BCfung?="), "Prüfung");
    assert_eq!(decoded("plain"), "plain");
    assert_eq!(decoded(""), "");
}
