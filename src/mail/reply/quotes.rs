//! What is another's: quoted lines, the attributions above them, appended messages.

use super::{RemovedKind, appended, attributions, lines::Line, marks};

/// Marks the lines of others.
pub(super) fn mark(lines: &mut [Line]) {
    marks::mark(lines);
    attributions::mark(lines);
    // A mark that looked like the end of an address and was not.
    lines.iter_mut().filter(|line| line.text.starts_with('>')).for_each(|line| line.take(RemovedKind::Quote));
    appended::mark(lines);
}
