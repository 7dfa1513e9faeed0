//! `security.txt` (RFC 9116): where to report, and where the CSAF provider is (CSAF 2.0 7.1.8).

use jiff::{Timestamp, ToSpan as _, civil::Time, tz::TimeZone};

use super::{Site, provider};

/// Fields in the order of RFC 9116 2.5.
pub(super) fn security_txt(site: &Site<'_>) -> String {
    let publisher = site.publisher;
    let mut lines = vec![
        format!("# {} security", one_line(site.project)),
        format!("Contact: mailto:{}", publisher.contact_address),
        format!("Expires: {}", expires(site.at)),
        "Preferred-Languages: en".to_owned(),
        format!("Policy: {}", publisher.policy_url),
    ];
    if let Some(root) = root_of(&publisher.pages) {
        lines.push(format!("Canonical: {root}/.well-known/security.txt"));
    }
    lines.push(format!("CSAF: {}", provider::metadata_url(publisher)));
    // RFC 9116 2.2: lines may end in LF alone.
    lines.join("\n") + "\n"
}

/// RFC 9116 2.5.5: less than a year away, so that what nobody renews does not stay. The first day of the month eleven months on: the file is
/// the same for a month.
fn expires(at: Timestamp) -> String {
    let day = at.to_zoned(TimeZone::UTC).date().first_of_month();
    let end = day.checked_add(11.months()).unwrap_or(day);
    end.to_datetime(Time::midnight()).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `https://example.org` of an absolute URL.
fn root_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    Some(format!("{scheme}://{}", rest.split('/').next()?))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
