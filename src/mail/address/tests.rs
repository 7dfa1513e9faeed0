use super::*;

fn parsed(text: &str) -> Result<String, NotAnAddress> {
    text.parse::<Address>().map(|address| address.to_string())
}

#[test]
fn what_is_an_address() {
    assert_eq!(parsed(" Security@Lists.Example "), Ok("Security@lists.example".to_owned()));
    assert_eq!(parsed("\"a b\"@x.example"), Ok("\"a b\"@x.example".to_owned()));
    assert_eq!(parsed("a@[192.0.2.1]"), Ok("a@[192.0.2.1]".to_owned()));
    for shape in ["", "a", "@x.example", "a@", "a@.example", "a@x."] {
        assert_eq!(parsed(shape), Err(NotAnAddress::Shape), "{shape}");
    }
    for character in [
        "a b@x.example",
        "a@x.example\r\nBcc: y",
        "a,b@x.example",
        "<a@x.example>",
        "a@x/../y",
        "a\0@x.example",
        "\"a\"@evil.example> NOTIFY=SUCCESS \"@one.example",
        "\"a\\\"@x.example",
    ] {
        assert_eq!(parsed(character), Err(NotAnAddress::Character), "{character}");
    }
    assert_eq!(parsed(&format!("{}@x.example", "a".repeat(65))), Err(NotAnAddress::Length));
    assert_eq!(parsed(&format!("a@{}.example", "x".repeat(250))), Err(NotAnAddress::Length));
}

#[test]
fn equal_but_for_ascii_case_only() {
    let address = |text: &str| text.parse::<Address>().unwrap();
    assert_eq!(address("Security@Lists.Example"), address("security@lists.example"));
    assert_ne!(address("security@\u{212a}ernel.example"), address("security@kernel.example"));
    assert_ne!(address("a@x.example"), address("b@x.example"));
}

#[test]
fn details() {
    let address: Address = "moderate+k3y@lists.example".parse().unwrap();
    let (name, detail) = address.split_detail().unwrap();
    assert_eq!((name.to_string().as_str(), detail), ("moderate@lists.example", "k3y"));
    assert_eq!(name.with_detail(detail), address);
    assert!("moderate@lists.example".parse::<Address>().unwrap().split_detail().is_none());
    assert!("+k3y@lists.example".parse::<Address>().unwrap().split_detail().is_none());
}

#[test]
fn an_address_may_lead_to_another() {
    let leads = |text: &str| text.parse::<Address>().unwrap().routed().map(|inner| inner.to_string());
    for (text, inner) in [
        ("list%lists.example@relay.example", Some("list@lists.example")),
        ("\"list@lists.example\"@relay.example", Some("list@lists.example")),
        ("\"list\\@lists.example\"@relay.example", Some("list@lists.example")),
        ("lists.example!list@relay.example", Some("list@lists.example")),
        ("list%lists.example%hop.example@relay.example", Some("list%lists.example@hop.example")),
        ("list+token@lists.example", None),
        ("dora@finder.example", None),
        ("50%@finder.example", None),
        ("wow!@finder.example", None),
    ] {
        assert_eq!(leads(text).as_deref(), inner, "{text}");
    }
}
