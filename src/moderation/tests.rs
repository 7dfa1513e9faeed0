//! The constant patterns compile, and find advisory numbers in every spelling members use.

use super::leaks;

#[test]
fn the_constant_patterns_compile() {
    // Each of them holds everything when it does not.
    assert!(!leaks::public_fix("https://nothing.example/here"));
    assert!(!leaks::credential("nothing here"));
}
