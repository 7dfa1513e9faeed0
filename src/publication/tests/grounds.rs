//! What may not be published.

use super::{DAY_ONE, at, mail, publish, publisher, record};
use crate::mail::{Message, RawMessage};
use crate::publication::{
    Audience::{Members, Public},
    Fix, NotAPublisher,
    NotPublishable::{
        self, BeforeRelease, FileName, Frame, MarkedEmbargoed, NotClaimedPublic, NothingPublic, Order, SeveralNumbers,
    },
    Publisher, Record,
};

const RELEASE: (&str, &str) = ("UPDATES IN VERSION 2", "Public release.");
const NEVER: (&str, &str) = ("NOTE REGARDING LACK OF EMBARGO", "It was public.");
const EARLIER: &str = "2026-10-20T09:00:00Z";
const LATER: &str = "2026-11-05T09:00:00Z";

#[test]
fn what_only_members_have_is_not_published() {
    assert_eq!(publish(&[], record()).unwrap_err(), NothingPublic);
    assert_eq!(publish(&[(mail(1, "EXA-7", &[NEVER]), DAY_ONE, Members)], record()).unwrap_err(), NothingPublic);
    let newer = [(mail(1, "EXA-7", &[NEVER]), DAY_ONE, Public), (mail(2, "EXA-7", &[]), LATER, Members)];
    assert_eq!(publish(&newer, record()).unwrap_err(), Order);
}

#[test]
fn a_public_revision_says_that_it_is_public() {
    assert_eq!(publish(&[(mail(1, "EXA-7", &[]), DAY_ONE, Public)], record()).unwrap_err(), NotClaimedPublic);
    assert!(publish(&[(mail(2, "EXA-7", &[RELEASE]), DAY_ONE, Public)], record()).is_ok());
    // An amendment, the release itself not at hand.
    let amendment = [(mail(3, "EXA-7", &[("UPDATES IN VERSION 3", "CVE assigned.")]), LATER, Public)];
    assert!(publish(&amendment, record()).is_ok());
}

#[test]
fn the_mark_of_an_embargo_stops_it() {
    let marked = mail(2, "EXA-7", &[("UPDATES IN VERSION 2", "*** EMBARGOED until 2026-11-03 12:00 UTC ***\n\nPublic release.")]);
    assert_eq!(publish(&[(marked, DAY_ONE, Public)], record()).unwrap_err(), MarkedEmbargoed);
    let before = mail(1, "EXA-7", &[("ISSUE DESCRIPTION", "*** EMBARGOED until 2026-11-03 12:00 UTC ***")]);
    let both = [(before, EARLIER, Members), (mail(2, "EXA-7", &[RELEASE]), DAY_ONE, Public)];
    assert!(publish(&both, record()).is_ok());
}

#[test]
fn a_text_whose_frame_is_broken_is_not_published() {
    let framed = |text: &str| {
        let head = "Subject: x\nContent-Type: text/plain\n\n";
        Message::parse(&RawMessage::new(format!("{head}{text}").into_bytes())).unwrap()
    };
    let begin = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nExample Security Advisory EXA-7\n\nt\n\nPublic release.\n";
    let end = "-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n";
    let published = |text: String| publish(&[(framed(&text), DAY_ONE, Public)], record());
    assert_eq!(published(begin.to_owned()).unwrap_err(), Frame);
    assert_eq!(published(format!("{begin}{end}{begin}{end}")).unwrap_err(), Frame);
    let publication = published(format!("unsigned words\n\n{begin}{end}\nmore of them\n")).unwrap();
    assert_eq!(String::from_utf8(publication.text().to_vec()).unwrap(), format!("{begin}{end}"));
}

#[test]
fn nothing_is_public_before_the_release() {
    let early = [(mail(1, "EXA-7", &[NEVER]), "2026-11-03T11:59:59Z", Public)];
    assert_eq!(publish(&early, record()).unwrap_err(), BeforeRelease);
}

#[test]
fn revisions_are_of_one_advisory_and_in_order() {
    let first = || mail(1, "EXA-7", &[NEVER]);
    let second = |heading: &str| mail(2, heading, &[RELEASE]);
    let refused = |mails: &[_]| publish(mails, record()).unwrap_err();
    assert_eq!(refused(&[(first(), DAY_ONE, Public), (second("EXA-8"), LATER, Public)]), SeveralNumbers);
    assert_eq!(refused(&[(second("EXA-7"), DAY_ONE, Public), (first(), LATER, Public)]), Order);
    assert_eq!(refused(&[(first(), DAY_ONE, Public), (first(), LATER, Public)]), Order);
    assert_eq!(refused(&[(first(), LATER, Public), (second("EXA-7"), DAY_ONE, Public)]), Order);
}

#[test]
fn names_of_files_stay_in_their_folder() {
    let named = |names: &[(&str, &str)]| {
        let lines: Vec<String> = names.iter().map(|(digit, name)| format!("{}  {name}", digit.repeat(64))).collect();
        publish(&[(mail(1, "EXA-7", &[NEVER, ("RESOLUTION", &lines.join("\n"))]), DAY_ONE, Public)], record())
    };
    for name in [
        "../x.patch",
        "/x.patch",
        "a/../x.patch",
        "a//x.patch",
        ".x.patch",
        "-x.patch",
        "x y.patch",
        "a/b/c/d.patch",
        "x\u{202e}.patch",
    ] {
        assert_eq!(named(&[("a", name)]).unwrap_err(), FileName, "{name}");
    }
    for name in ["exa7.patch", "exa7/0001-a_b+c.patch", "exa7-4.20-1.patch"] {
        assert!(named(&[("a", name)]).is_ok(), "{name}");
    }
    assert_eq!(named(&[("a", "exa7.patch"), ("b", "exa7.patch")]).unwrap_err(), FileName);
    assert_eq!(named(&[("a", "exa7.patch"), ("a", "EXA7.patch")]).unwrap_err(), FileName);
    assert_eq!(named(&[("a", "exa7.patch"), ("a", "exa7.patch")]).unwrap().files().len(), 1);
}

#[test]
fn the_record_is_checked() {
    let with = |record: Record| publish(&[(mail(1, "EXA-7", &[NEVER]), DAY_ONE, Public)], record);
    let fix = |commit: &str| Record { fixes: vec![Fix { branch: "main".to_owned(), commit: commit.to_owned() }], ..record() };
    assert!(with(fix(&"a".repeat(40))).is_ok());
    assert_eq!(with(fix("HEAD")).unwrap_err(), NotPublishable::Record);
    let page = |url: &str| Record { references: vec![url.to_owned()], ..record() };
    assert!(with(page("https://example.org/a?b=c#d")).is_ok());
    for url in ["example.org", "javascript:x", "https://", "https://example.org/a b", "https://example.org/\"x"] {
        assert_eq!(with(page(url)).unwrap_err(), NotPublishable::Record, "{url}");
    }
}

#[test]
fn a_publication_tells_nothing_when_it_is_printed() {
    let publication = publish(&[(mail(1, "EXA-7", &[NEVER]), DAY_ONE, Public)], record()).unwrap();
    assert_eq!(format!("{publication:?}"), "Publication(7 v1)");
    assert_eq!(publication.updated_at(), at(DAY_ONE));
    assert_eq!(publication.missing().count(), 0);
}

#[test]
fn a_publisher_is_checked() {
    assert_eq!(publisher().check(), Ok(()));
    let wrong = |change: fn(&mut Publisher)| {
        let mut publisher = publisher();
        change(&mut publisher);
        publisher.check().unwrap_err()
    };
    assert_eq!(wrong(|it| it.vendor.clear()), NotAPublisher::Empty("vendor"));
    assert_eq!(wrong(|it| it.namespace = "example.org".to_owned()), NotAPublisher::Url("namespace"));
    assert_eq!(wrong(|it| it.repository = Some("git@example.org".to_owned())), NotAPublisher::Url("repository"));
    assert_eq!(wrong(|it| it.pages = "https://example.org/exa".to_owned()), NotAPublisher::Folder("pages"));
    assert_eq!(wrong(|it| it.cpe = Some("cpe:/o:x:y".to_owned())), NotAPublisher::Cpe);
    assert_eq!(wrong(|it| it.uid_domain = "a b".to_owned()), NotAPublisher::Domain);
    // Version 1, and a wrong variant.
    for id in ["5a7f1c9e-0b2d-1c3e-9f4a-6b8d0e1f2a3c", "5a7f1c9e-0b2d-4c3e-1f4a-6b8d0e1f2a3c", "5a7f1c9e0b2d4c3e9f4a6b8d0e1f2a3c"]
    {
        let mut publisher = publisher();
        publisher.cna.as_mut().unwrap().org_id = id.to_owned();
        assert_eq!(publisher.check(), Err(NotAPublisher::OrgId), "{id}");
    }
    assert_eq!(wrong(|it| it.cna.as_mut().unwrap().short_name = "E".to_owned()), NotAPublisher::ShortName);
}
