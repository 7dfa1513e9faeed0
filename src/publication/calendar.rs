//! The calendar entry of a planned release (RFC 5545, RFC 5546).

use jiff::{Timestamp, tz::TimeZone};

use super::{PublicFacts, Publisher, Standing};

/// The longest line in octets, without its line end (RFC 5545 3.1).
const LINE: usize = 75;

/// An `.ics` file with the public facts of each advisory, ordered by number, and nothing else. `at` is when the file is made (DTSTAMP, RFC 5545
/// 3.8.7.2). Planned releases are published (RFC 5546 3.2.1), withdrawn ones cancelled (3.2.5): a file has one method, so a withdrawn number
/// is told in a file of its own, and `facts` of the other standing are left out. `None` when nothing is left.
pub fn calendar(facts: &[PublicFacts], standing: Standing, publisher: &Publisher, at: Timestamp) -> Option<String> {
    let mut told: Vec<&PublicFacts> = facts.iter().filter(|facts| facts.standing() == standing).collect();
    told.sort_by_key(|facts| facts.number());
    told.dedup_by_key(|facts| facts.number());
    if told.is_empty() {
        return None;
    }
    let (method, status) = match standing {
        Standing::Planned => ("PUBLISH", "CONFIRMED"),
        Standing::Withdrawn => ("CANCEL", "CANCELLED"),
    };
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//embargod//public facts//EN".to_owned(),
        format!("METHOD:{method}"),
    ];
    for facts in told {
        let name = facts.number().with_prefix(&publisher.prefix);
        // RFC 5546 3.2.1.1: METHOD:PUBLISH requires an ORGANIZER; the address of the team is public.
        lines.extend([
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}-release@{}", name.to_ascii_lowercase(), publisher.uid_domain),
            format!("DTSTAMP:{}", instant(at)),
            format!("DTSTART:{}", instant(facts.planned())),
            format!("SEQUENCE:{}", facts.changes()),
            format!("ORGANIZER;CN={}:mailto:{}", quoted(&publisher.name), publisher.contact_address),
            format!("STATUS:{status}"),
            format!("SUMMARY:{}", escaped(&summary(&name, facts.standing()))),
            "CLASS:PUBLIC".to_owned(),
            "TRANSP:TRANSPARENT".to_owned(),
            "END:VEVENT".to_owned(),
        ]);
    }
    lines.push("END:VCALENDAR".to_owned());
    Some(lines.iter().map(|line| folded(line)).collect())
}

fn summary(name: &str, standing: Standing) -> String {
    match standing {
        Standing::Planned => format!("{name}: planned public release"),
        Standing::Withdrawn => format!("{name}: withdrawn, there will be no release"),
    }
}

/// RFC 5545 3.3.5, form 2: UTC.
fn instant(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// RFC 5545 3.3.11: backslash, semicolon, comma and line ends in TEXT.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// RFC 5545 3.2: a parameter's value in quotes, which themselves cannot stand in it, nor can controls.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|c| *c != '"' && !c.is_control()).collect();
    format!("\"{plain}\"")
}

/// RFC 5545 3.1: lines of at most 75 octets, the next ones begin with a blank; no character is cut in two.
pub(super) fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut width = 0;
    for sign in line.chars() {
        if width + sign.len_utf8() > LINE {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(sign);
        width += sign.len_utf8();
    }
    out.push_str("\r\n");
    out
}
