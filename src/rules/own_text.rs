//! What the writer of a mail says, without what he quotes.

use std::borrow::Cow;

use crate::mail::Message;

/// The writer's own words: quoted lines and the signature left out. A signature with a diff below it is kept whole: reports have come with
/// their patch after the `-- ` line.
pub(crate) fn own_text(message: &Message) -> Cow<'_, str> {
    let mut own = String::new();
    for line in message.readable_text().lines() {
        if line == "-- " || line == "--" {
            break;
        }
        if !line.trim_start().starts_with('>') {
            own.push_str(line);
            own.push('\n');
        }
    }
    Cow::Owned(own)
}
