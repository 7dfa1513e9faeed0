//! Instants in the form people read.

use jiff::{Timestamp, tz::TimeZone};

/// `Tuesday 2026-04-28 12:00 UTC`. In another zone the UTC value stands behind it, because only UTC is what was agreed:
/// `Tuesday 2026-04-28 13:00 BST (12:00 UTC)`.
pub fn civil(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let utc = at.to_zoned(TimeZone::UTC);
    let shown = local.strftime("%A %Y-%m-%d %H:%M %Z").to_string();
    if local.time_zone() == &TimeZone::UTC {
        return shown;
    }
    let form = if local.date() == utc.date() { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
    format!("{shown} ({})", utc.strftime(form))
}

/// `Tuesday 2026-04-28`: the date in that zone.
pub fn civil_date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%A %Y-%m-%d").to_string()
}
