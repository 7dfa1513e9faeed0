//! The names of built-in rules are those that recognition gives.

use super::BUILT_IN;

#[test]
fn built_in_names_do_not_hide_rules_of_the_file() {
    for name in BUILT_IN {
        assert!(!super::INBOX_RULES.contains(&format!("\"{name}\"")), "{name} is in rules/inbox.toml as well");
    }
}
