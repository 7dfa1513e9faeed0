//! The guard alone: framing, allowance, structure.

use proptest::prelude::*;
use tokio::io::AsyncReadExt;

use super::*;
use crate::source::imap::guard::Guard;

/// Reads `bytes` through a guard in pieces of `piece`, and tells what came through and what was wrong.
fn through(bytes: &[u8], allowance: u64, piece: usize) -> (Vec<u8>, Option<ProtocolFault>) {
    let mut guard = Guard::new(bytes);
    guard.allow_literals(allowance);
    let mut passed = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut buffer = vec![0; piece];
        while let Ok(n) = guard.read(&mut buffer).await {
            if n == 0 {
                break;
            }
            passed.extend_from_slice(&buffer[..n]);
        }
    });
    (passed, guard.breach())
}

#[test]
fn what_servers_send_passes() {
    let good: &[u8] = b"* OK [CAPABILITY IMAP4rev1] (((((((((((((((((((((((((((((((( hello\r\n\
        * 1 FETCH (UID 1 FLAGS (\\Seen $a) BODY[] {11}\r\n(((({99}\r\n) RFC822.SIZE 11)\r\n\
        * 2 fetch (BODY[HEADER] {0}\r\n BODY[]<0> {3}\r\nabc) \r\n\
        * SEARCH 1 2 3\r\nA0001 OK {12} done\r\n";
    for piece in [1, 2, 7, 4096] {
        assert_eq!(through(good, 14, piece), (good.to_vec(), None));
    }
}

#[test]
fn what_no_server_has_reason_to_send_does_not() {
    let deep = format!("* 1 FETCH (BODYSTRUCTURE {}", "(".repeat(20_000));
    let long = format!("* SEARCH{}", " 1234567890".repeat(100_000));
    for (bytes, fault) in [
        ("* 1 FETCH (BODY[] {16}\r\n", ProtocolFault::TooLarge),
        ("* 1 FETCH (BODY[] {8}\r\n12345678 BODY[] {8}\r\n", ProtocolFault::TooLarge),
        ("* 1 FETCH (BODY[] {99999999999999999999999}\r\n", ProtocolFault::TooLarge),
        ("* LIST () \"/\" {5}\r\n", ProtocolFault::Structure),
        ("* OK [BADCHARSET ({5}\r\n", ProtocolFault::Structure),
        ("A0001 OK {5}\r\n", ProtocolFault::Structure),
        ("* 1 FETCH (X (a {5}\r\n", ProtocolFault::Structure),
        ("* 1 FETCH (X a{5}\r\n", ProtocolFault::Structure),
        ("* 1 FETCH (X \")\" Y (a {5}\r\n", ProtocolFault::Structure),
        ("* 1 FETCH (X (a\r\n* 1 FETCH (BODY[] {5}\r\n", ProtocolFault::Structure),
        (deep.as_str(), ProtocolFault::Structure),
        (long.as_str(), ProtocolFault::LineTooLong),
    ] {
        for piece in [1, 4096] {
            let (_, found) = through(bytes.as_bytes(), 15, piece);
            assert_eq!(found, Some(fault), "{}", bytes.chars().take(60).collect::<String>());
        }
    }
}

proptest! {
    /// The verdict does not depend on how the bytes were cut, and nothing is altered.
    #[test]
    fn the_cutting_changes_nothing(parts in prop::collection::vec(prop::sample::select(vec![
        "* ", "1 FETCH ", "(", ")", "BODY[] ", "{3}", "{9}", "\r\n", "abc", "\"", " ", "OK ", "SEARCH", "{", "}", "\\", "A1 ",
    ]), 0..40), piece in 1usize..9) {
        let bytes = parts.concat().into_bytes();
        let (passed, fault) = through(&bytes, 20, piece);
        let (all, same) = through(&bytes, 20, 4096);
        prop_assert_eq!(fault, same);
        prop_assert!(bytes.starts_with(&passed));
        if fault.is_none() {
            prop_assert_eq!(passed, all);
        }
    }
}
