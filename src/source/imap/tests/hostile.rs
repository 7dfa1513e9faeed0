//! Servers that lie, flood, stall or make the parser panic. Each ends as an error of the right kind, soon, and without a byte of theirs.

use super::*;

/// The error of a search that is answered with `answer`.
async fn search_answered(answer: &str) -> SourceError {
    let (mut session, server) = inbox(&format!("C: A0004 UID SEARCH UID 1:*\n{answer}")).await;
    let error = session.fetch_after(0, &limits()).await.unwrap_err();
    drop(session);
    let _ = server.await;
    assert!(!error.to_string().contains("SECRET"));
    error
}

fn protocol(fault: ProtocolFault) -> SourceError {
    SourceError::Protocol { command: Command::Search, fault }
}

#[tokio::test]
async fn literals_nobody_asked_for_are_refused_before_memory_is_taken() {
    for literal in ["{1}", "{500000000}", "{4294967295}", "{99999999999999}"] {
        assert_eq!(
            search_answered(&format!("S: * 1 FETCH (UID 1 BODY[] {literal}\nS: SECRET\n")).await,
            protocol(ProtocolFault::TooLarge),
            "{literal}"
        );
        assert_eq!(
            search_answered(&format!("S: * LIST () \"/\" {literal}\nS: SECRET\n")).await,
            protocol(ProtocolFault::Structure),
            "{literal}"
        );
    }
    assert_eq!(search_answered("S: * 1 FETCH (UID 1 BODY[] {-1}\nS: SECRET\n").await, protocol(ProtocolFault::Structure));
}

#[tokio::test]
async fn nested_parentheses_are_refused_before_the_parser_overflows_its_stack() {
    let deep = "(".repeat(200_000);
    let error = search_answered(&format!("S: * 1 FETCH (BODYSTRUCTURE {deep}\n")).await;
    assert_eq!(error, protocol(ProtocolFault::Structure));
}

#[tokio::test]
async fn a_panic_in_the_parser_is_an_error() {
    // imap-proto 0.17 unwraps the NIL.
    let error = search_answered("S: * 1 FETCH (UID 1 INTERNALDATE NIL)\n").await;
    assert_eq!(error, protocol(ProtocolFault::Unparsable));
}

#[tokio::test]
async fn answers_out_of_step_are_refused() {
    assert_eq!(search_answered("S: A0003 OK SECRET\n").await, protocol(ProtocolFault::OutOfStep));
    assert_eq!(search_answered("S: B0004 OK SECRET\n").await, protocol(ProtocolFault::OutOfStep));
    assert_eq!(search_answered("S: + SECRET\n").await, protocol(ProtocolFault::OutOfStep));
}

#[tokio::test]
async fn garbage_is_refused() {
    for garbage in
        ["\u{0}\u{1}SECRET", "* 99999999999999 EXISTS", "* OK [UIDVALIDITY 99999999999] SECRET\nS: *", "* SEARCH -1 SECRET"]
    {
        assert_eq!(search_answered(&format!("S: {garbage}\n")).await, protocol(ProtocolFault::Unparsable), "{garbage:?}");
    }
}

#[tokio::test]
async fn a_body_over_its_allowance_is_refused() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 1:*
S: * SEARCH 3
S: A0004 OK done
C: A0005 UID FETCH 3 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 3 RFC822.SIZE 10)
S: A0005 OK done
C: A0006 UID FETCH 3 (UID BODY.PEEK[])
S: * 1 FETCH (UID 3 BODY[] {66557}
",
    )
    .await;
    // Twice the 10 announced, 64 KiB, and a message of 1,000 more make 66,556.
    let error = session.fetch_after(0, &Limits { message_size: 1000, ..limits() }).await.unwrap_err();
    assert_eq!(error, SourceError::Protocol { command: Command::Fetch, fault: ProtocolFault::TooLarge });
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_lost_connection_and_no_message() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 1:*
S: * SEARCH 3 4
S: A0004 OK done
C: A0005 UID FETCH 3:4 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 3 RFC822.SIZE 10)
S: * 2 FETCH (UID 4 RFC822.SIZE 10)
S: A0005 OK done
C: A0006 UID FETCH 3:4 (UID BODY.PEEK[])
S: * 1 FETCH (UID 3 BODY[] \"SECRET1234\")
S: * 2 FETCH (UID 4 BODY[] {10}
S~ SECR
X: close
",
    )
    .await;
    assert_eq!(session.fetch_after(0, &limits()).await, Err(SourceError::Lost { command: Command::Fetch }));
    drop(session);
    server.await.unwrap();
}

/// A server that plays the script, looking at nothing, and then sends `flood` for ever, each time after the pause.
pub(super) fn flooding(script: String, flood: String, pause: Option<Duration>) -> (DuplexStream, JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let server = tokio::spawn(async move {
        let mut pipe = BufReader::new(theirs);
        for step in script.lines() {
            match step.split_at(2) {
                ("S:", text) => pipe.write_all(format!("{}\r\n", text.trim_start()).as_bytes()).await.unwrap(),
                _ => drop(pipe.read_line(&mut String::new()).await.unwrap()),
            }
        }
        while pipe.write_all(flood.as_bytes()).await.is_ok() {
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
        }
    });
    (ours, server)
}

/// Logs in over `ours` and opens INBOX.
pub(super) async fn open(ours: DuplexStream) -> ImapSession {
    let wire = connect::greet(&account(), Box::new(ours), SILENCE, Instant::now() + SILENCE).await.unwrap();
    let mut session = ImapSession::begin(&account(), wire).await.unwrap();
    session.open("INBOX").await.unwrap();
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_stops_talking_is_stopped_after_ten_silences() {
    let silence = Duration::from_millis(60);
    let timeout = SourceError::Timeout { command: Command::Search };
    for (flood, pause, expected) in [
        ("* 1 EXISTS\r\n".repeat(1000), None, timeout.clone()),
        ("* OK still there\r\n".to_owned(), Some(Duration::from_millis(5)), timeout.clone()),
        ("* SEARCH 5\r\n".to_owned(), Some(Duration::from_millis(40)), timeout),
    ] {
        let script = [LOGIN, SELECT, "C: A0004 UID SEARCH UID 1:*\n"].concat();
        let (ours, server) = flooding(script, flood.clone(), pause);
        let mut session = open(ours).await;
        let begun = std::time::Instant::now();
        let error = session.fetch_after(0, &Limits { command_timeout: silence, ..limits() }).await.unwrap_err();
        let took = begun.elapsed();
        assert_eq!(error, expected, "{flood:?}");
        assert!(took < silence * 10 + Duration::from_secs(5), "{took:?}");
        drop(session);
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_response_that_comes_byte_by_byte_is_given_its_time() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let script = [LOGIN, SELECT, "C: A0004 UID SEARCH UID 1:*\n"].concat();
    let server = tokio::spawn(async move {
        let mut pipe = BufReader::new(theirs);
        for step in script.lines() {
            match step.split_at(2) {
                ("S:", text) => pipe.write_all(format!("{}\r\n", text.trim_start()).as_bytes()).await.unwrap(),
                _ => drop(pipe.read_line(&mut String::new()).await.unwrap()),
            }
        }
        // Longer than one silence as a whole, never silent as long as that.
        for byte in b"* SEARCH 1 2 3 4 5 6 7 8 9\r\nA0004 OK done\r\n" {
            tokio::time::sleep(Duration::from_millis(15)).await;
            if pipe.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
        let _ = pipe.read(&mut [0]).await;
    });
    let mut session = open(ours).await;
    session.wire.silence = Duration::from_millis(400);
    session.wire.command(Command::Search, "UID SEARCH UID 1:*", 0, |_| Ok(())).await.unwrap();
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn far_too_many_uids_are_no_answer() {
    let line = |from: u32| {
        let uids: Vec<String> = (from..from + 5_000).map(|uid| uid.to_string()).collect();
        format!("S: * SEARCH {}\n", uids.join(" "))
    };
    let answer: String = (0..41).map(|n| line(1 + n * 5_000)).collect();
    let (mut session, server) = inbox(&format!("C: A0004 UID SEARCH UID 1:*\n{answer}S: A0004 OK\n")).await;
    let error = session.fetch_after(0, &limits()).await.unwrap_err();
    assert_eq!(error, protocol(ProtocolFault::TooLarge));
    drop(session);
    let _ = server.await;
}
