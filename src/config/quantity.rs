//! Lengths of time and sizes, written the way people write them: `90 s`, `5 min`, `4 h`, `5 days`; `25 MiB`.

use std::{ops::RangeInclusive, time::Duration};

use super::{finding::Findings, raw::Text};

/// Why a text is no length of time or no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAQuantity {
    #[error("this is no length of time")]
    Time,
    #[error("this is no size")]
    Size,
}

/// A whole number and a unit, with or without a blank between them.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim()))
}

/// `90 s`, `5 min`, `4 h`, `5 days`.
pub(super) fn time(text: &str) -> Result<Duration, NotAQuantity> {
    let (number, unit) = number_and_unit(text).ok_or(NotAQuantity::Time)?;
    let seconds = match unit {
        "s" | "sec" | "second" | "seconds" => 1,
        "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => return Err(NotAQuantity::Time),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or(NotAQuantity::Time)
}

/// `512 KiB`, `25 MiB`, `1 GiB`, in bytes.
pub(super) fn size(text: &str) -> Result<u64, NotAQuantity> {
    let (number, unit) = number_and_unit(text).ok_or(NotAQuantity::Size)?;
    let bytes = match unit {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(NotAQuantity::Size),
    };
    number.checked_mul(bytes).ok_or(NotAQuantity::Size)
}

/// The length of time a key names, its default when it is absent, its default (and an error) when it is refused.
pub(super) fn time_of(
    text: Option<&Text>,
    default: Duration,
    allowed: RangeInclusive<Duration>,
    why: &str,
    findings: &mut Findings<'_>,
) -> Duration {
    let Some(text) = text else { return default };
    let Some(time) =
        findings.take(&text.span(), time(text.get_ref()), "write a number and a unit: \"90 s\", \"5 min\", \"4 h\", \"5 days\"")
    else {
        return default;
    };
    if !allowed.contains(&time) {
        let problem = format!("{} is outside the limits of this key", text.get_ref());
        findings.refuse(
            &text.span(),
            problem,
            format!("write a time from {} to {}: {why}", spell(*allowed.start()), spell(*allowed.end())),
        );
        return default;
    }
    time
}

/// The size a key names, with the same rules.
pub(super) fn size_of(text: Option<&Text>, default: u64, findings: &mut Findings<'_>) -> u64 {
    let Some(text) = text else { return default };
    let size = findings.take(&text.span(), size(text.get_ref()), "write a number and a unit: \"512 KiB\", \"25 MiB\", \"1 GiB\"");
    let Some(size) = size else { return default };
    if !(1 << 16..=1 << 28).contains(&size) {
        let problem = format!("{} is outside the limits of this key", text.get_ref());
        findings.refuse(&text.span(), problem, "write a size from 64 KiB to 256 MiB: a message is read into memory whole");
        return default;
    }
    size
}

/// A length of time the way it is written in the file.
pub(super) fn spell(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        86_400.. if seconds.is_multiple_of(86_400) => format!("{} days", seconds / 86_400),
        3_600.. if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        60.. if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
