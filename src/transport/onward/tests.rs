use super::*;

fn to(address: &str) -> Address {
    address.parse().unwrap()
}

#[test]
fn a_table_demands_what_postfix_would() {
    let table = PolicyTable::parse(
        "# comment\none.example\tverify\nTwo.Example secure match=nexthop\nthree.example may\n\tverify\nfour.example encrypt\n.five.example dane-only\n\
         one.example none\nsix.example fingerprint\n\nseven.example\n",
    );
    for (domain, demanded) in [
        ("one.example", true),
        ("two.EXAMPLE", true),
        ("three.example", false),
        ("four.example", false),
        ("five.example", false),
        ("mx.five.example", true),
        ("a.mx.five.example", true),
        ("six.example", true),
        ("seven.example", false),
        ("sub.one.example", false),
        ("eight.example", false),
    ] {
        assert_eq!(table.demands(domain), demanded, "{domain}");
    }
}

#[test]
fn what_is_written_is_what_is_demanded() {
    let domains: BTreeSet<String> = ["b.example".to_owned(), "a.example".to_owned()].into();
    let text = PolicyTable::text_for(&domains);
    assert_eq!(
        text,
        "# Written by `embargod tls-policy write`: what stands here is written anew.\na.example\tverify\nb.example\tverify\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy");
    let way = OnwardWay::Table(path.clone());
    assert_eq!(way.read().unwrap().to(&to("x@a.example")), Assurance::Lacking, "a table that is not there");
    write_table(&path, &text).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let assured = || way.read().unwrap().to(&to("x@a.example"));
    assert_eq!(assured(), Assurance::Lacking, "nobody has seen that the relay reads it");
    note_in_force(&path, "of another text").unwrap();
    assert_eq!(assured(), Assurance::Lacking, "changed since");
    note_in_force(&path, &text).unwrap();
    forget_in_force(&path).unwrap();
    forget_in_force(&path).unwrap();
    assert_eq!(assured(), Assurance::Lacking, "taken back");
    note_in_force(&path, &text).unwrap();
    assert_eq!(
        fs::read_to_string(folder.path().join("policy.in-force")).unwrap(),
        format!("{}\n", HEXLOWER.encode(&Sha256::digest(&text)))
    );
    let onward = way.read().unwrap();
    assert_eq!(onward.to(&to("x@a.example")), Assurance::Given);
    assert_eq!(onward.to(&to("x@c.example")), Assurance::Lacking);
    // Written again as it stands: untouched.
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    write_table(&path, &text).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    // A folder in its place cannot be read as one.
    let broken = OnwardWay::Table(folder.path().to_owned());
    assert!(broken.read().is_err());
    assert_eq!(broken.read_or_nothing().to(&to("x@a.example")), Assurance::Lacking);
    assert!(write_table(&folder.path().join("no/such/place"), &text).is_err());
}

#[test]
fn every_way_has_its_answer() {
    let answer = |way: OnwardWay| way.read().unwrap().to(&to("x@a.example"));
    assert_eq!(answer(OnwardWay::Unneeded), Assurance::Given);
    assert_eq!(answer(OnwardWay::default()), Assurance::Lacking);
    assert_eq!(answer(OnwardWay::Asked), Assurance::ToBeAsked);
}
