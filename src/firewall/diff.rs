//! What a line of a patch is.

/// The part of a patch that a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Not in a hunk.
    Text,
    /// `diff`, `---`, `+++`, `index`.
    File,
    /// `@@ -1,2 +3,4 @@ function`.
    Hunk,
    /// `+`.
    Added,
    /// `-`.
    Removed,
    /// A line around the change.
    Context,
}

/// What `line` is, given whether the line before it was inside a hunk.
pub(super) fn line(line: &str, in_hunk: &mut bool) -> Line {
    let begins = |mark: &str| line.starts_with(mark);
    let kind = if begins("@@ ") {
        Line::Hunk
    } else if begins("diff ") || begins("--- ") || begins("+++ ") || begins("index ") {
        Line::File
    } else if !*in_hunk {
        Line::Text
    } else {
        match line.as_bytes().first() {
            Some(b'+') => Line::Added,
            // The line above a mail signature.
            Some(b'-') if line.trim_end() != "--" => Line::Removed,
            Some(b' ' | b'\t' | b'\\') | None => Line::Context,
            _ => Line::Text,
        }
    };
    *in_hunk = !matches!(kind, Line::Text | Line::File);
    kind
}

/// Whether a text has a patch in it.
pub(super) fn is_patch(text: &str) -> bool {
    let mut in_hunk = false;
    text.lines().filter(|text| matches!(line(text, &mut in_hunk), Line::Added | Line::Removed)).take(1).count() > 0
}

/// The code of a patch before and after the change, so that a copy out of either file is found as well; `None` when one of the two is
/// the patch itself.
pub(super) fn images(text: &str) -> [Option<String>; 2] {
    let image = |without: Line| {
        let mut in_hunk = false;
        let mut left_out = 0;
        let mut image = String::new();
        for one in text.lines() {
            let kind = line(one, &mut in_hunk);
            if kind == without {
                left_out += 1;
            } else {
                image.push_str(one);
                image.push('\n');
            }
        }
        (left_out > 0).then_some(image)
    };
    [image(Line::Added), image(Line::Removed)]
}
