use super::*;
use crate::mail::RawMessage;

const SIGNATURE: &str =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=org01.example; s=k; h=from:subject:list-id; bh=x; b=y\n";

fn post(results: &str, signature: &str) -> String {
    format!(
        "{results}Received: from a (a [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id 1; Sun, 22 Nov 2026 10:00:00 +0000\n\
         {signature}From: a@mail.org01.example\nSubject: s\n\nbody\n"
    )
}

fn results(said: &str) -> String {
    format!("Authentication-Results: mx.example.org; {said}\n")
}

fn of(post: &str, change: impl Fn(&str) -> String, dmarc: &Dmarc) -> Reception {
    let crlf = |text: &str| text.replace('\n', "\r\n").into_bytes();
    let message = Message::parse(&RawMessage::new(crlf(post))).unwrap();
    let trust = AuthenticationTrust { authserv_id: "mx.example.org".to_owned(), received_by: "mx.example.org".to_owned() };
    let copy = change(post);
    let (fields, _) = copy.split_once("\n\n").unwrap();
    reception(&message, &crlf(&format!("{fields}\n\n")), &trust, dmarc).unwrap()
}

fn asks(domain: &str, policy: DomainPolicy) -> Dmarc {
    Dmarc { policies: BTreeMap::from([(domain.to_owned(), policy)]), ..Dmarc::default() }
}

const PASS: &str = "dkim=pass header.d=org01.example";

#[test]
fn a_copy_passes_by_a_verified_signature_that_lives() {
    let nothing = Dmarc::default();
    let same = |post: &str| post.to_owned();
    let reject = asks("org01.example", DomainPolicy::Reject);
    assert_eq!(of(&post(&results(PASS), SIGNATURE), same, &reject), Reception::Passes("org01.example".to_owned()));
    // Broken on the way out, by a field whose absence is signed.
    let adds = |post: &str| format!("List-Id: <x.example>\n{post}");
    assert_eq!(of(&post(&results(PASS), SIGNATURE), adds, &reject), Reception::Refused(DomainPolicy::Reject));
    assert_eq!(of(&post(&results(PASS), SIGNATURE), adds, &nothing), Reception::Unknown);
    // Of two signatures of a domain it is not told which one was verified: both have to live.
    let lives = SIGNATURE.replace(":list-id", "").replace("s=k", "s=l");
    let two = post(&results(PASS), &format!("{SIGNATURE}{lives}"));
    assert_eq!(of(&two, same, &reject), Reception::Passes("org01.example".to_owned()));
    assert_eq!(of(&two, adds, &reject), Reception::Refused(DomainPolicy::Reject));
    let fat = format!("{SIGNATURE}{}", "X: 1\n".repeat(17_000));
    assert_eq!(of(&post(&results(PASS), &fat), same, &reject), Reception::Unknown, "nobody looks at so much");
    // Not verified, of another domain, of a part, or unsigned.
    let other = results("dkim=pass header.d=provider.example");
    let of_other = SIGNATURE.replace("org01.example", "provider.example");
    for (said, signature) in [
        (results("dkim=fail header.d=org01.example"), SIGNATURE.to_owned()),
        (other, of_other),
        (results(PASS), SIGNATURE.replace("bh=x", "l=1; bh=x")),
        (results("dkim=none"), String::new()),
        (results(PASS), SIGNATURE.replace("h=from:", "h=")),
    ] {
        assert_eq!(of(&post(&said, &signature), same, &reject), Reception::Refused(DomainPolicy::Reject), "{said}{signature}");
        assert_eq!(of(&post(&said, &signature), same, &nothing), Reception::Unknown);
        let relaxed = asks("mail.org01.example", DomainPolicy::None);
        assert_eq!(of(&post(&said, &signature), same, &relaxed), Reception::NothingAsked);
    }
    // Nobody looked at the signature: nobody knows. Without one it is certain.
    assert_eq!(of(&post("", SIGNATURE), same, &reject), Reception::Unknown);
    assert_eq!(of(&post("", ""), same, &reject), Reception::Refused(DomainPolicy::Reject));
    let forged = post("", SIGNATURE).replace("From:", &format!("{}From:", results(PASS)));
    assert_eq!(of(&forged, same, &reject), Reception::Unknown, "below the border anybody can write");
}

#[test]
fn what_the_domain_asks_for_comes_from_the_configuration_or_our_server() {
    let nothing = Dmarc::default();
    let same = |post: &str| post.to_owned();
    for (said, expected) in [
        ("dkim=none; dmarc=fail (p=reject dis=none) header.from=mail.org01.example", Reception::Refused(DomainPolicy::Reject)),
        (
            "dkim=none; dmarc=fail (p=QUARANTINE sp=none dis=none) header.from=mail.org01.example",
            Reception::Refused(DomainPolicy::Quarantine),
        ),
        ("dkim=none; dmarc=none header.from=mail.org01.example", Reception::NothingAsked),
        ("dkim=none; dmarc=pass (p=none) header.from=mail.org01.example", Reception::NothingAsked),
        ("dkim=none; dmarc=fail header.from=mail.org01.example", Reception::Unknown),
        ("dkim=none; dmarc=fail (p=reject) header.from=other.example", Reception::Unknown),
    ] {
        assert_eq!(of(&post(&results(said), ""), same, &nothing), expected, "{said}");
    }
    let both = results("dkim=none; dmarc=none header.from=mail.org01.example");
    assert_eq!(
        of(&post(&both, ""), same, &asks("org01.example", DomainPolicy::Quarantine)),
        Reception::Refused(DomainPolicy::Quarantine),
        "the configuration comes first"
    );
    assert_eq!(of(&post(&both, ""), same, &asks("other.example", DomainPolicy::Reject)), Reception::NothingAsked);
}

#[test]
fn alignment_is_the_same_domain_or_one_below_the_other() {
    let author: Address = "a@mail.org01.example".parse().unwrap();
    for (signer, aligned) in [
        ("mail.org01.example", true),
        ("MAIL.org01.example", true),
        ("org01.example", true),
        ("x.mail.org01.example", true),
        ("example", false),
        ("other.org01.example", false),
        ("il.org01.example", false),
    ] {
        assert_eq!(is_aligned(signer, &author), aligned, "{signer}");
    }
}

#[test]
fn our_server_vouches_for_an_author_or_nobody_does() {
    let trust = AuthenticationTrust { authserv_id: "mx.example.org".to_owned(), received_by: "mx.example.org".to_owned() };
    let vouched = |post: String| {
        let message = Message::parse(&RawMessage::new(post.replace('\n', "\r\n").into_bytes())).unwrap();
        is_vouched_for(&message, &trust)
    };
    let passes = results("dmarc=pass (p=reject dis=none) header.from=mail.org01.example");
    assert!(vouched(post(&passes, "")));
    assert!(!vouched(post(&results("dmarc=fail (p=reject) header.from=mail.org01.example"), "")));
    assert!(!vouched(post(&results("dmarc=pass header.from=other.example"), "")));
    assert!(!vouched(post("", &passes)), "anybody can write it there");
    let own = "dkim=pass header.d=mail.org01.example";
    assert!(vouched(post(&results(own), &SIGNATURE.replace("org01", "mail.org01"))), "proven");
    assert!(!vouched(post(&results(PASS), SIGNATURE)), "a domain above proves no author");
}
