//! `security.txt`, read by the rules of RFC 9116.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::sample::{NOW, at, site_texts};

/// The fields of a file; `Err` with the clause that it breaks.
fn read(text: &str, now: Timestamp) -> Result<BTreeMap<String, Vec<String>>, &'static str> {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if !text.ends_with('\n') {
        return Err("2.2: a line does not end");
    }
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.split_once(": ").ok_or("2: a field has a colon and a blank")?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err("4: the name of a field");
        }
        if value.trim() != value || value.is_empty() {
            return Err("4: the value of a field");
        }
        fields.entry(name.to_ascii_lowercase()).or_default().push(value.to_owned());
    }
    let is_uri = |value: &String| value.starts_with("https://") || value.starts_with("mailto:");
    for name in ["contact", "policy", "canonical", "csaf", "encryption", "acknowledgments", "hiring"] {
        if !fields.get(name).into_iter().flatten().all(is_uri) {
            return Err("2.5: a URI of the web uses https");
        }
    }
    if fields.get("contact").is_none_or(Vec::is_empty) {
        return Err("2.5.3: at least one contact");
    }
    let expires = match fields.get("expires").map(Vec::as_slice) {
        Some([one]) => one.parse::<Timestamp>().map_err(|_| "2.5.5: an instant of RFC 3339")?,
        _ => return Err("2.5.5: exactly one end"),
    };
    if expires <= now {
        return Err("2.5.5: it is stale");
    }
    if expires.duration_since(now).as_hours() >= 365 * 24 {
        return Err("2.5.5: less than a year");
    }
    match fields.get("preferred-languages").map(Vec::len) {
        None | Some(1) => Ok(fields),
        Some(_) => Err("2.5.8: at most once"),
    }
}

#[test]
fn the_file_is_what_the_rfc_asks_for() {
    let text = &site_texts()[".well-known/security.txt"];
    let expected = "# Xen Project security\n\
                    Contact: mailto:security@example.org\n\
                    Expires: 2027-10-01T00:00:00Z\n\
                    Preferred-Languages: en\n\
                    Policy: https://example.org/security-policy\n\
                    Canonical: https://example.org/.well-known/security.txt\n\
                    CSAF: https://example.org/xsa/csaf/provider-metadata.json\n";
    assert_eq!(text, expected);
    assert_eq!(read(text, at(NOW)).unwrap().len(), 6);
    // Nobody has written it anew for ten months: still good; for eleven: not.
    assert!(read(text, at("2027-09-22T09:00:00Z")).is_ok());
    assert_eq!(read(text, at("2027-10-22T09:00:00Z")), Err("2.5.5: it is stale"));
}

#[test]
fn the_reader_refuses_what_the_rfc_refuses() {
    let text = &site_texts()[".well-known/security.txt"];
    let broken = [
        (text.replace("Contact: ", "Content: "), "2.5.3: at least one contact"),
        (text.replace("Contact: mailto:", "Contact: "), "2.5: a URI of the web uses https"),
        (text.replace("https://example.org/xsa/csaf", "http://example.org/xsa/csaf"), "2.5: a URI of the web uses https"),
        (text.replace("2027-10-01", "2029-10-01"), "2.5.5: less than a year"),
        (format!("{text}Expires: 2027-10-01T00:00:00Z\n"), "2.5.5: exactly one end"),
        (text.replace("Policy: ", "Policy:"), "2: a field has a colon and a blank"),
        (text.trim_end().to_owned(), "2.2: a line does not end"),
    ];
    for (text, why) in broken {
        assert_eq!(read(&text, at(NOW)), Err(why));
    }
}
