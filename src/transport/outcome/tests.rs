use super::*;

fn reply(code: u16, enhanced: Option<(u8, u16, u16)>) -> Reply {
    Reply { code, enhanced, text: "Subject: secret".to_owned() }
}

/// What every code means in every phase: one letter for 2yz, 354, 421, 450, 530, 550, 552, 552 with 5.2.2, 552 with 5.5.3.
#[test]
fn one_function_reads_every_reply() {
    let codes = [
        reply(250, None),
        reply(354, None),
        reply(421, None),
        reply(450, Some((4, 2, 1))),
        reply(530, None),
        reply(550, Some((5, 1, 1))),
        reply(552, None),
        reply(552, Some((5, 2, 2))),
        reply(552, Some((5, 5, 3))),
    ];
    let table =
        [(Phase::Mail, "DDDDDFFFF"), (Phase::Recipient, "DDDDDFDFD"), (Phase::Data, "DDDDDFFFF"), (Phase::Message, "AUDDDFFFF")];
    for (phase, expected) in table {
        let letters: String = codes
            .iter()
            .map(|reply| match Outcome::of_reply(phase, reply.clone()) {
                Outcome::Accepted(_) => 'A',
                Outcome::Deferred(_) => 'D',
                Outcome::Failed(_) => 'F',
                Outcome::Unknown(_) => 'U',
            })
            .collect();
        assert_eq!(letters, expected, "{phase}");
    }
}

#[test]
fn no_print_shows_what_the_server_wrote() {
    let outcomes = [
        Outcome::Accepted(reply(250, Some((2, 0, 0)))),
        Outcome::Deferred(Cause::Reply(Phase::Recipient, reply(450, None))),
        Outcome::Failed(Cause::NotOpened(TransportError::Refused { phase: Phase::Hello, reply: reply(554, None) })),
        Outcome::Unknown(Cause::Network(Phase::Message, NetworkKind::Timeout)),
    ];
    let address: Address = "a@b.example".parse().unwrap();
    let printed: Vec<String> = outcomes.iter().map(ToString::to_string).collect();
    assert_eq!(
        printed,
        [
            "accepted: 250 2.0.0",
            "deferred: 450 at RCPT",
            "failed: relay refused EHLO: 554",
            "unknown: no answer in time at final dot"
        ]
    );
    let sent =
        Sent { outcomes: outcomes.into_iter().map(|outcome| (address.clone(), outcome)).collect(), connection: Connection::Good };
    let printed = format!("{sent:?} {:?}", sent.outcomes.iter().map(|(_, outcome)| outcome).collect::<Vec<_>>());
    assert!(!printed.contains("secret") && !printed.contains("b.example"), "{printed}");
}
