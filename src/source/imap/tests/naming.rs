//! Names and sets as they stand on the wire.

use proptest::prelude::*;

use super::*;
use crate::source::imap::names::{quoted_mailbox, uid_set};

#[test]
fn mailbox_names_are_quoted_and_encoded() {
    for (name, wire) in [
        ("INBOX", "\"INBOX\""),
        ("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\""),
        ("R&D", "\"R&-D\""),
        ("Entwürfe", "\"Entw&APw-rfe\""),
        // RFC 3501 5.1.3
        ("~peter/mail/台北/日本語", "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""),
        ("😀", "\"&2D3eAA-\""),
    ] {
        assert_eq!(quoted_mailbox(name).unwrap(), wire);
    }
    assert_eq!(quoted_mailbox("a\r\nb"), Err(SourceError::MailboxName));
}

proptest! {
    #[test]
    fn a_mailbox_name_stays_within_its_quotes(name in "\\PC{1,20}") {
        let wire = quoted_mailbox(&name).unwrap();
        let inner = wire.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        prop_assert!(inner.bytes().all(|b| (b' '..=b'~').contains(&b)));
        prop_assert!(!inner.replace("\\\\", "").replace("\\\"", "").contains(['"', '\\']));
    }

    #[test]
    fn a_set_names_exactly_its_uids(uids in prop::collection::btree_set(1u32..60, 0..40)) {
        let set = uid_set(uids.iter().copied());
        let mut named = std::collections::BTreeSet::new();
        for run in set.split(',').filter(|run| !run.is_empty()) {
            let (first, last) = run.split_once(':').unwrap_or((run, run));
            named.extend(first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap());
        }
        prop_assert_eq!(named, uids);
    }
}
