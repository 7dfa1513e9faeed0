//! What independent verifiers say is in `tests/flows/dkim_tools.rs`; here are the forms of RFC 6376 and the comparison of copies.

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use ring::signature::{ED25519, UnparsedPublicKey};

use super::*;

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// The example of RFC 6376 3.4.5.
#[test]
fn the_forms_are_those_of_the_rfc() {
    let message = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
    let headers = Headers::of(message);
    assert_eq!(body(headers.body(), Form::Relaxed).as_ref(), b" C\r\nD E\r\n");
    assert_eq!(body(headers.body(), Form::Simple).as_ref(), b" C \r\nD \t E\r\n");
    let names = ["a".to_owned(), "B".to_owned()];
    let own = b"DKIM-Signature: v=1; b=abc\r\n d ; bh=x\r\n";
    assert_eq!(input(&ByName::of(&headers), &names, own, Form::Relaxed), b"a:X\r\nb:Y Z\r\ndkim-signature:v=1; b=; bh=x");
    assert_eq!(
        input(&ByName::of(&headers), &names, own, Form::Simple),
        b"A: X\r\nB : Y\t\r\n\tZ  \r\nDKIM-Signature: v=1; b=; bh=x"
    );
    // 3.4.3 and 3.4.4: the body that is empty.
    for (raw, simple, relaxed) in [
        (&b""[..], &b"\r\n"[..], &b""[..]),
        (b"\r\n\r\n", b"\r\n", b""),
        (b" \t\r\n \r\n", b" \t\r\n \r\n", b""),
        (b"x", b"x\r\n", b"x\r\n"),
        (b"x\r\n \t\r\n\r\n", b"x\r\n \t\r\n", b"x\r\n"),
        (b"\r\n\r\nx  y \r\n", b"\r\n\r\nx  y \r\n", b"\r\n\r\nx y\r\n"),
    ] {
        assert_eq!((body(raw, Form::Simple).as_ref(), body(raw, Form::Relaxed).as_ref()), (simple, relaxed), "{raw:?}");
    }
    // Of one name the lowest counts first, and then there is none.
    let twice = Headers::of(b"A: 1\r\nA: 2\r\n\r\n");
    let names = ["A".to_owned(), "a".to_owned(), "A".to_owned()];
    assert_eq!(input(&ByName::of(&twice), &names, b"S: b=", Form::Relaxed), b"a:2\r\na:1\r\ns:b=");
}

#[test]
fn a_letter_is_signed_with_what_it_has_and_what_it_has_not() {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let signer = DkimSigner::new("example.org", "letters", key.serialize_pem().as_bytes()).unwrap();
    assert_eq!(format!("{signer:?} {}", signer.domain()), "DkimSigner(example.org, letters) example.org");
    let message = crlf(
        "From: a@example.org\nTo: b@b.example\nSubject: =?utf-8?q?x?=\n y\nDate: d\nMessage-ID: <1@example.org>\n\nText \n\n \n",
    );
    let at = "2026-11-22T12:00:00Z".parse().unwrap();
    let field = signer.sign(&message, at).unwrap();
    let text = String::from_utf8(field.clone()).unwrap();
    let (signed, value) = text.split_once("\r\n\tb=").unwrap();
    assert_eq!(
        signed,
        format!(
            "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org; s=letters;\r\n\t\
             t=1795348800; h=From:From:To:To:Cc:Subject:Subject:Date:Date:Message-ID:\r\n\t\
             Message-ID:In-Reply-To:References:MIME-Version:Content-Type:\r\n\t\
             Content-Transfer-Encoding:Content-Disposition:Content-Language:\r\n\t\
             Auto-Submitted;\r\n\t\
             bh={};",
            BASE64.encode(&Sha256::digest(b"Text\r\n"))
        )
    );
    let signature = BASE64.decode(value.replace(['\r', '\n', '\t', ' '], "").as_bytes()).unwrap();
    let hashed = format!(
        "from:a@example.org\r\nto:b@b.example\r\nsubject:=?utf-8?q?x?= y\r\ndate:d\r\nmessage-id:<1@example.org>\r\n{} b=",
        signed.replace("DKIM-Signature: ", "dkim-signature:").replace("\r\n\t", " ")
    );
    let public = UnparsedPublicKey::new(&ED25519, key.public_key_raw());
    public.verify(&Sha256::digest(hashed.as_bytes()), &signature).unwrap();
    // A list may add its Sender, its Reply-To and its own fields: none of them is signed.
    let listed =
        [b"Sender: l@x.example\r\nReply-To: l@x.example\r\nList-Id: <l.x.example>\r\n", field.as_slice(), message.as_slice()]
            .concat();
    let lives = carried(&[field.as_slice(), message.as_slice()].concat(), &listed, |_| true).unwrap();
    assert_eq!(lives, [Carried { domain: "example.org".to_owned(), covers_author: true, intact: true }]);
    // Where a letter has a Reply-To, nobody changes it or adds another.
    let message = [b"Reply-To: desk+secret@example.org\r\n", message.as_slice()].concat();
    let field = signer.sign(&message, at).unwrap();
    let whole = [field.as_slice(), message.as_slice()].concat();
    let changed = String::from_utf8(whole.clone()).unwrap().replace("desk+secret", "desk+other").into_bytes();
    let added = [b"Reply-To: l@x.example\r\n", whole.as_slice()].concat();
    for (copy, intact) in [(whole.clone(), true), (changed, false), (added, false)] {
        let found = carried(&whole, &copy, |_| true).unwrap();
        assert_eq!(found[0].intact, intact, "{}", String::from_utf8_lossy(&copy));
    }
    // Every line fits (RFC 5322 2.1.1).
    assert!(text.lines().all(|line| line.len() <= 85), "{text}");
}

#[test]
fn what_is_no_key_is_refused_without_a_word_of_it() {
    let of = |pem: &str| DkimSigner::new("example.org", "s", pem.as_bytes()).unwrap_err();
    assert_eq!(of(""), BadKey::NoPem);
    assert_eq!(of("-----BEGIN PRIVATE KEY-----\nsecret\n"), BadKey::NoPem);
    assert_eq!(of("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"), BadKey::Unusable);
    assert_eq!(of(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem()), BadKey::Unusable);
}

const POST: &str = "DKIM-Signature: v=1; a=rsa-sha256; c=FORM; d=Org01.example; s=k; h=from:subject:sender:to; bh=x; b=y\nFrom:  a@org01.example\nSubject: s\nTo: l@x.example\n\nbody\n";

/// The signature's fate when the message becomes that.
fn fate(form: &str, change: impl Fn(String) -> String) -> (bool, bool) {
    let post = POST.replace("FORM", form);
    let carried = carried(&crlf(&post), &crlf(&change(post.clone())), |_| true).unwrap();
    let [one] = carried.as_slice() else { panic!("{carried:?}") };
    assert_eq!(one.domain, "org01.example");
    (one.covers_author, one.intact)
}

#[test]
fn a_signature_lives_while_all_it_covers_stands_as_it_stood() {
    for form in ["relaxed/relaxed", "simple/simple", "simple", "relaxed"] {
        assert_eq!(fate(form, |post| post), (true, true));
        assert_eq!(fate(form, |post| format!("List-Id: <l.x.example>\nX-Y: z\n{post}")), (true, true), "{form}");
        assert_eq!(fate(form, |post| format!("Sender: l@x.example\n{post}")), (true, false), "its absence is signed");
        assert_eq!(fate(form, |post| post.replace("Subject: s", "Subject: t")), (true, false));
        assert_eq!(fate(form, |post| post.replace("To: l@x.example\n", "")), (true, false));
        assert_eq!(fate(form, |post| post.replace("body", "body2")), (true, false));
        assert_eq!(fate(form, |post| post.replace("b=y", "b=z")), (true, false), "the signature itself");
        assert_eq!(fate(form, |post| post.replace("body\n", "body\n\n")), (true, true), "empty lines at the end");
    }
    assert_eq!(fate("relaxed/relaxed", |post| post.replace("From:  a", "FROM: a")), (true, true));
    assert_eq!(fate("simple/relaxed", |post| post.replace("From:  a", "FROM: a")), (true, false));
    assert_eq!(fate("relaxed/relaxed; l=4", |post| post), (false, true), "a part of the body only");
    assert_eq!(carried(b"DKIM-Signature: d=a; d=b; h=from\r\n\r\n", b"\r\n", |_| true), Some(vec![]), "unreadable");
}

/// How many signatures are found in copies of this header that are the same.
fn looked_at(header: &str) -> Option<usize> {
    let header = crlf(&format!("{header}From: a@org01.example\n\n"));
    carried(&header, &header, |domain| domain == "org01.example").map(|found| found.len())
}

#[test]
fn a_header_that_is_made_to_keep_us_busy_is_not_looked_at() {
    let of = |domain: &str, names: usize, blanks: usize| {
        format!("DKIM-Signature: d={domain}; h=from{}; b={}\n", ":x".repeat(names - 1), " ".repeat(blanks))
    };
    let fine = of("org01.example", 200, 0);
    assert_eq!(looked_at(&fine), Some(1));
    assert_eq!(looked_at(&fine.repeat(20)), Some(20));
    assert_eq!(looked_at(&fine.repeat(21)), None, "signatures");
    assert_eq!(looked_at(&of("org01.example", 201, 0)), None, "names");
    assert_eq!(looked_at(&of("other.example", 201, 0)), Some(0), "nobody asks for it");
    assert_eq!(looked_at(&of("org01.example", 1, 16_000)), None, "one field");
    let x = "X: 1\n";
    assert_eq!(looked_at(&format!("{fine}{}", x.repeat(15_000))), Some(1));
    assert_eq!(looked_at(&format!("{fine}{}", x.repeat(17_000))), None, "octets");
    assert_eq!(looked_at(&format!("{}{}", fine.repeat(20), x.repeat(400_000))), None, "2.4 MB");
}
