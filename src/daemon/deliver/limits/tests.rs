use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    compose::LetterKind,
    schedule::Retry,
    transport::{Credentials, Relay, RelayTls, Timeouts},
};

const OWN: &str = "list-bounces+own@lists.example";

fn limits(way: ReturnPathWay, offered: bool, onward: OnwardWay) -> Limits {
    let minute = SignedDuration::from_mins(1);
    let times = DeliveryTimes {
        retry: Retry { shortest: minute, longest: minute, give_up: minute },
        unknown_resend_after: minute,
        connections: 2,
        recipients: 10,
        return_paths: way,
    };
    let credentials: Option<Credentials> = None;
    let relay = Relay {
        host: "localhost".to_owned(),
        port: 25,
        server_name: None,
        tls: RelayTls::None,
        ca_file: None,
        hello: "us.example".to_owned(),
        credentials,
        timeouts: Timeouts::default(),
    };
    Limits { makes_return_paths: offered, ..Limits::new(&times, &Transport::Smtp(relay), &onward) }
}

fn due(return_path: &str, key: &str) -> Due {
    Due {
        delivery: 7,
        letter: 1,
        kind: LetterKind::Redistribution,
        size: 10,
        recipient: "a@a.example".parse().unwrap(),
        return_path: return_path.parse().ok(),
        return_key: key.to_owned(),
        queued: Timestamp::UNIX_EPOCH,
        attempts: 0,
        unknown: false,
        resent: false,
    }
}

#[test]
fn a_return_path_names_the_recipient_or_carries_the_letters_key() {
    use ReturnPathWay::{OwnTransaction, Shared, Xverp};
    let key = "list-bounces+key@lists.example";
    for (way, offered, return_path, letters, expected, id) in [
        (OwnTransaction, true, OWN, "key", OWN, None),
        (Xverp, false, OWN, "key", OWN, None),
        (Xverp, true, OWN, "key", key, Some("key")),
        (Shared, true, OWN, "key", key, Some("key")),
        (Shared, false, OWN, "key", key, Some("key")),
        // A mail system without details: the id of the envelope alone.
        (OwnTransaction, false, "list-bounces@lists.example", "key", "list-bounces@lists.example", Some("key")),
        (Shared, false, "list-bounces@lists.example", "key", "list-bounces@lists.example", Some("key")),
        // A letter from before there were keys, and one that nobody may answer.
        (Shared, false, OWN, "", OWN, None),
        (Shared, false, "", "key", "", None),
    ] {
        let (path, envelope) = limits(way, offered, OnwardWay::Nothing).return_path(&due(return_path, letters), 1);
        let path = path.map(|path| path.to_string()).unwrap_or_default();
        assert_eq!((path.as_str(), envelope.as_deref()), (expected, id), "{way:?} {offered} {return_path} {letters}");
    }
    // The relay offered it when these were put together, and does not any more: nobody's own path goes with the others.
    let mut contents = Contents::default();
    contents.keep(vec![(1, b"x".to_vec())]);
    let claimed = || Claimed { attempt: 1, due: due(OWN, "key"), tls: TlsRequirement::Opportunistic };
    let mut path = |claimed: Vec<Claimed>| {
        let packed = contents.pack(claimed, &limits(Xverp, false, OnwardWay::Nothing)).unwrap();
        (packed.handover.reverse_path.unwrap().to_string(), packed.handover.envelope_id, packed.handover.wishes.return_paths)
    };
    assert_eq!(path(vec![claimed(), claimed()]), (key.to_owned(), Some("key".to_owned()), ReturnPaths::AsGiven));
    assert_eq!(path(vec![claimed()]), (OWN.to_owned(), None, ReturnPaths::AsGiven));
}

#[test]
fn only_who_wants_verified_tls_has_it_asked_for() {
    let asks = |onward: OnwardWay, tls| {
        let claimed = Claimed { attempt: 1, due: due(OWN, "key"), tls };
        limits(ReturnPathWay::Xverp, true, onward).wishes_for(&claimed)
    };
    let (verify, any) = (TlsRequirement::Verify, TlsRequirement::Opportunistic);
    let verp = ReturnPaths::ByRelay;
    assert_eq!(asks(OnwardWay::Asked, verify), Wishes { return_paths: verp, onward: Onward::VerifiedTls });
    assert_eq!(asks(OnwardWay::Asked, any), Wishes { return_paths: verp, onward: Onward::AsTheRelayDoes });
    assert_eq!(asks(OnwardWay::Table("t".into()), verify), Wishes { return_paths: verp, onward: Onward::AsTheRelayDoes });
}

mod learning;
