use super::*;
use crate::mail::RawMessage;

const PASS: &str = "Authentication-Results: mx.lists.example;\r\n\tdkim=pass (2048-bit key) header.d=finder.example header.i=@finder.example header.a=rsa-sha256 header.s=cast header.b=k0sSUeRl;\r\n\tdkim-atps=neutral\r\n";
const BORDER: &str = "Received: from out.finder.example (localhost [127.0.0.1])\r\n\tby mx.lists.example (Postfix) with ESMTP id 1280498E0D4\r\n\tfor <security+tok123@lists.example>; Sat, 21 Nov 2026 22:21:34 +0000 (UTC)\r\n";
const LMTP: &str = "Received: from mx.lists.example ([127.0.0.1])\r\n\tby mx.lists.example with LMTP\r\n\tid 4gSaC6sZAmtRLwAAg+zDdQ\r\n\t(envelope-from <dana@finder.example>)\r\n\tfor <security@lists.example>; Sat, 21 Nov 2026 22:22:35 +0000\r\n";
const SIGNATURE: &str = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=finder.example; s=cast;\r\n\tt=1795299647; bh=qlkWrn/RWaGLG3LqkFx1cgfiZok=;\r\n\th=From:To:Subject:Date:\r\n\t Message-ID;\r\n\tb=k0sSUeRlfaQ10wLn+DZp29LX3dAQyH1g\r\n";
const FROM: &str = "From: Dana <dana@finder.example>\r\n";

fn asked(fields: &[&str]) -> Result<Authenticated, Unproven> {
    let raw = format!(
        "Return-Path: <dana@finder.example>\r\nDelivered-To: security@lists.example\r\n{}To: security@lists.example\r\nSubject: report\r\n\r\nhello\r\n",
        fields.concat()
    );
    let message = Message::parse(&RawMessage::new(raw.into_bytes())).unwrap();
    let trust = AuthenticationTrust { authserv_id: "mx.lists.example".into(), received_by: "MX.lists.example".into() };
    authenticate(&message, &trust)
}

fn stamped(result: &str) -> Result<Authenticated, Unproven> {
    asked(&[&format!("Authentication-Results: {result}\r\n"), BORDER, SIGNATURE, FROM])
}

fn proven() -> Result<Authenticated, Unproven> {
    Ok(Authenticated { address: "dana@finder.example".parse().unwrap() })
}

#[test]
fn as_postfix_and_opendkim_write_it() {
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE, FROM]), proven());
}

#[test]
fn behind_an_lmtp_hop_of_the_same_host_name() {
    assert_eq!(asked(&[LMTP, PASS, BORDER, SIGNATURE, FROM]), proven());
}

#[test]
fn nothing_below_the_border_counts() {
    assert_eq!(asked(&[BORDER, PASS, SIGNATURE, FROM]), Err(Unproven::NoResult));
    assert_eq!(asked(&[BORDER, SIGNATURE, FROM, PASS]), Err(Unproven::NoResult));
    // A forged border of ours below the real one, with a forged result above it.
    assert_eq!(asked(&[BORDER, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::NoResult));
    assert_eq!(asked(&[BORDER, LMTP, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::NoResult));
}

#[test]
fn without_our_received_field_there_is_no_border() {
    assert_eq!(asked(&[PASS, SIGNATURE, FROM]), Err(Unproven::NoBorder));
    assert_eq!(asked(&[LMTP, PASS, SIGNATURE, FROM]), Err(Unproven::NoBorder));
}

#[test]
fn mail_that_came_another_way_may_bring_a_forged_border() {
    let backup = "Received: from evil.example by backup.lists.example with ESMTP id 1; Sat, 21 Nov 2026 22:22:35 +0000\r\n";
    assert_eq!(asked(&[backup, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::OtherRoute));
    assert_eq!(asked(&[LMTP, backup, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::OtherRoute));
    let submitted = "Received: by mx.lists.example (Postfix, from userid 33) id 1; Sat, 21 Nov 2026 22:22:35 +0000\r\n";
    assert_eq!(asked(&[submitted, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::OtherRoute));
    let local = "Received: from www by mx.lists.example with local (Exim 4.96) id 1; Sat, 21 Nov 2026 22:22:35 +0000\r\n";
    assert_eq!(asked(&[local, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::OtherRoute));
}

#[test]
fn a_helo_name_cannot_pass_for_an_lmtp_hop() {
    let helo = "Received: from x by mx.lists.example with LMTP (unknown [192.0.2.1])\r\n\tby mx.lists.example (Other MTA) with ESMTP id 1; Sat, 21 Nov 2026 22:22:35 +0000\r\n";
    assert_eq!(asked(&[helo, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::AmbiguousTrace));
    let open_comment = "Received: from x (by mx.lists.example with LMTP\r\n\tby mx.lists.example with ESMTP id 1; Sat, 21 Nov 2026 22:22:35 +0000\r\n";
    assert_eq!(asked(&[open_comment, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::AmbiguousTrace));
    let qmail = "Received: (qmail 1933 invoked from network); 7 Dec 2026 19:57:26 -0000\r\n";
    assert_eq!(asked(&[qmail, PASS, BORDER, SIGNATURE, FROM]), Err(Unproven::AmbiguousTrace));
}

#[test]
fn only_the_pinned_server_is_believed() {
    assert_eq!(stamped("other.example; dkim=pass header.d=finder.example"), Err(Unproven::NoResult));
    assert_eq!(stamped("mx.lists.example.evil.example; dkim=pass header.d=finder.example"), Err(Unproven::NoResult));
    assert_eq!(stamped("MX.LISTS.EXAMPLE; dkim=pass header.d=finder.example"), proven());
    assert_eq!(stamped("\"mx.lists.example\" 1; dkim=pass header.d=finder.example"), proven());
    assert_eq!(stamped("mx.lists.example 2; dkim=pass header.d=finder.example"), Err(Unproven::UnreadableResult));
    assert_eq!(stamped("(hi) mx.lists.example; dkim=pass header.d=finder.example"), proven());
}

#[test]
fn only_dkim_pass_counts() {
    for not_passed in [
        "mx.lists.example; none",
        "mx.lists.example; dkim=fail header.d=finder.example",
        "mx.lists.example; dkim=neutral (dkim=pass header.d=finder.example) header.d=finder.example",
        "mx.lists.example; dkim=fail reason=\"dkim=pass header.d=finder.example\" header.d=finder.example",
        "mx.lists.example; spf=pass smtp.mailfrom=dana@finder.example; dmarc=pass header.from=finder.example; arc=pass",
        "mx.lists.example; dkim-atps=pass header.d=finder.example",
        "mx.lists.example; x-dkim=pass header.d=finder.example",
        "mx.lists.example; dkim=passed header.d=finder.example",
        "mx.lists.example; dkim-adsp=pass header.d=finder.example; dkim=none",
    ] {
        assert_eq!(stamped(not_passed), Err(Unproven::NotPassed), "{not_passed}");
    }
    assert_eq!(
        stamped("mx.lists.example; spf=fail smtp.mailfrom=x=y@z.example; dkim/1 = PASS Header.D = Finder.Example;"),
        proven()
    );
    assert_eq!(stamped("mx.lists.example; dkim=fail header.d=other.example; dkim=pass header.d=finder.example"), proven());
}

#[test]
fn only_the_from_domain_itself_counts() {
    for other in ["example", "evil.example", "mail.finder.example", "finder.example.evil.example", "xfinder.example", ""] {
        assert_ne!(stamped(&format!("mx.lists.example; dkim=pass header.d={other}")), proven(), "{other}");
    }
    assert_eq!(stamped("mx.lists.example; dkim=pass header.d=example"), Err(Unproven::OtherDomain));
    assert_eq!(stamped("mx.lists.example; dkim=pass"), Err(Unproven::OtherDomain));
    // Gmail writes the identity only.
    assert_eq!(stamped("mx.lists.example; dkim=pass header.i=@finder.example header.s=cast"), proven());
    assert_eq!(stamped("mx.lists.example; dkim=pass header.i=dana@finder.example"), proven());
    assert_eq!(stamped("mx.lists.example; dkim=pass header.i=@mail.finder.example header.d=finder.example"), proven());
    assert_eq!(stamped("mx.lists.example; dkim=pass header.d=finder.example header.i=@evil.example"), Err(Unproven::OtherDomain));
    assert_eq!(stamped("mx.lists.example; dkim=pass header.d=finder.example header.d=evil.example"), Err(Unproven::OtherDomain));
}

#[test]
fn a_field_that_can_be_read_in_two_ways_is_not_read() {
    for malformed in [
        "mx.lists.example; dkim=pass header.d=finder.example(.evil.example)",
        "mx.lists.example; dkim=pass header.d=\"finder.example\".evil.example",
        "mx.lists.example; dkim=pass header.d=finder.example (open",
        "mx.lists.example; dkim=pass header.d=finder.example \"open",
        "mx.lists.example; dkim=pass header.d=finder.example )",
        "mx.lists.example; dkim=pass header.d=finder.example\u{1}",
        "mx.lists.example; dkim header.d=finder.example; dkim=pass",
        "mx.lists.example dkim=pass header.d=finder.example",
        "mx.lists.example; spf=fail smtp.mailfrom=\"x; dkim=pass header.d=finder.example\"@evil.example; dkim=pass header.d=finder.example",
    ] {
        assert_eq!(stamped(malformed), Err(Unproven::UnreadableResult), "{malformed}");
    }
    // A second field of ours is read all the same.
    let bad = "Authentication-Results: mx.lists.example; spf=\r\n";
    assert_eq!(asked(&[bad, PASS, BORDER, SIGNATURE, FROM]), proven());
}

#[test]
fn the_signature_covers_author_and_body() {
    assert_eq!(asked(&[PASS, BORDER, FROM]), Err(Unproven::NoSignature));
    let partial = SIGNATURE.replace("t=1795299647;", "l=120;");
    assert_eq!(asked(&[PASS, BORDER, &partial, FROM]), Err(Unproven::PartialSignature));
    // Which of two signatures passed is not always said: one partial one is enough to doubt.
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE, &partial, FROM]), Err(Unproven::PartialSignature));
    let anonymous = SIGNATURE.replace("h=From:To", "h=To");
    assert_eq!(asked(&[PASS, BORDER, &anonymous, FROM]), Err(Unproven::FromUnsigned));
    let foreign = SIGNATURE.replace("d=finder.example", "d=other.example").replace("t=1795299647;", "l=120;");
    assert_eq!(asked(&[PASS, BORDER, &foreign, SIGNATURE, FROM]), proven());
    let twice = SIGNATURE.replace("s=cast;", "s=cast; d=evil.example;");
    assert_eq!(asked(&[PASS, BORDER, &twice, FROM]), Err(Unproven::NoSignature));
}

#[test]
fn one_author_only() {
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE]), Err(Unproven::NoAuthor));
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE, "From: nobody\r\n"]), Err(Unproven::NoAuthor));
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE, FROM, FROM]), Err(Unproven::SeveralAuthors));
    assert_eq!(
        asked(&[PASS, BORDER, SIGNATURE, "From: dana@finder.example, eve@evil.example\r\n"]),
        Err(Unproven::SeveralAuthors)
    );
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE, "From: dana@finder.example, eve\r\n"]), Err(Unproven::SeveralAuthors));
    assert_eq!(
        asked(&[PASS, BORDER, SIGNATURE, "From: team: dana@finder.example, eve@finder.example;\r\n"]),
        Err(Unproven::SeveralAuthors)
    );
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE, "From: \"eve@evil.example\" <dana@finder.example>\r\n"]), proven());
    assert_eq!(
        asked(&[PASS, BORDER, SIGNATURE, "From: eve@evil.example (x) <dana@sub.finder.example>\r\n"]),
        Err(Unproven::NoAuthor)
    );
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE, "From: dana@finder.example <dana@finder.example>\r\n"]), proven());
    // Unicode lower-casing would make this one ours.
    let kelvin = asked(&[
        &PASS.replace("finder", "kfinder"),
        BORDER,
        &SIGNATURE.replace("finder", "kfinder"),
        "From: dana@\u{212a}finder.example\r\n",
    ]);
    assert_eq!(kelvin, Err(Unproven::OtherDomain));
}

#[test]
fn bytes_that_programs_split_differently() {
    assert_eq!(
        asked(&[
            "X-A: b\rAuthentication-Results: mx.lists.example; dkim=pass header.d=finder.example\r\n",
            BORDER,
            SIGNATURE,
            FROM
        ]),
        Err(Unproven::Malformed)
    );
    assert_eq!(asked(&[PASS, BORDER, SIGNATURE, "From: dana@finder.example\0.evil.example\r\n"]), Err(Unproven::Malformed));
}

#[test]
fn an_empty_trust_believes_nobody() {
    let raw = format!(
        "{}{}{SIGNATURE}{FROM}\r\nhello\r\n",
        PASS.replace("mx.lists.example", "\"\""),
        BORDER.replace("mx.lists.example", "\"\"")
    );
    let message = Message::parse(&RawMessage::new(raw.into_bytes())).unwrap();
    let nobody = AuthenticationTrust { authserv_id: String::new(), received_by: String::new() };
    assert_eq!(authenticate(&message, &nobody), Err(Unproven::OtherRoute));
}

/// Those whom the mail with these fields addresses, by the word of its author's signature.
fn addressed(fields: &[&str]) -> Vec<String> {
    let raw = format!("{}{BORDER}{}{FROM}Subject: report\r\n\r\nhello\r\n", PASS, fields.concat());
    let message = Message::parse(&RawMessage::new(raw.into_bytes())).unwrap();
    let trust = AuthenticationTrust { authserv_id: "mx.lists.example".into(), received_by: "mx.lists.example".into() };
    addressed_by(&message, &authenticate(&message, &trust).unwrap()).into_iter().map(ToString::to_string).collect()
}

#[test]
fn whom_an_author_addressed_the_signature_says() {
    let (to, cc) = ("To: list@public.example\r\n", "Cc: desk+token@lists.example\r\n");
    assert_eq!(addressed(&[SIGNATURE, to]), ["list@public.example"]);
    // Put there by whoever sends it again: no signature covers what was not there.
    assert_eq!(addressed(&[SIGNATURE, to, cc]), ["list@public.example"]);
    assert!(addressed(&["To: desk+token@lists.example\r\n", SIGNATURE, to]).is_empty());
    let made_up = SIGNATURE.replace("h=From:To", "h=From").replace("s=cast", "s=made-up");
    assert_eq!(addressed(&[&made_up, SIGNATURE, to, cc]), ["list@public.example"]);
    // As Microsoft 365 signs.
    let provider = SIGNATURE.replace("h=From:To:Subject:Date:", "h=From:Date:Subject:");
    assert_eq!(addressed(&[&provider, to, cc]), ["list@public.example", "desk+token@lists.example"]);
    assert!(addressed(&[SIGNATURE]).is_empty());
}
