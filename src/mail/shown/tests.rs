//! Paragraphs on one line.

use super::paragraphs;

#[test]
fn line_breaks_inside_a_paragraph_are_blanks() {
    assert_eq!(paragraphs("  The patch\napplies\t to\r\n4.16.\n\n\n \nSecond\n"), "The patch applies to 4.16.\n\nSecond");
    assert_eq!(paragraphs("\n\n"), "");
    assert_eq!(paragraphs(""), "");
}
