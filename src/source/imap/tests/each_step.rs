//! NO, BAD, BYE, the end of the connection and silence, at every step of the main job.

use tokio_util::sync::CancellationToken;

use super::*;

/// Every command of a working session with its untagged answers.
const STEPS: [(Command, &str, &str); 9] = [
    (Command::Authenticate, "A0001 AUTHENTICATE PLAIN", "S: +\nC: AHRlYW0AZ2Vow6RpbQ=="),
    (Command::Capability, "A0002 CAPABILITY", "S: * CAPABILITY IMAP4rev1 IDLE MOVE"),
    (Command::Select, "A0003 SELECT \"INBOX\"", "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 7] v\nS: * OK [UIDNEXT 10] n"),
    (Command::Search, "A0004 UID SEARCH UID 1:*", "S: * SEARCH 9"),
    (
        Command::Fetch,
        "A0005 UID FETCH 9 (UID RFC822.SIZE INTERNALDATE)",
        "S: * 1 FETCH (UID 9 RFC822.SIZE 5 INTERNALDATE \" 1-Feb-2026 10:00:00 +0100\")",
    ),
    (Command::Fetch, "A0006 UID FETCH 9 (UID BODY.PEEK[])", "S: * 1 FETCH (UID 9 BODY[] {6}\nS: a: b\nS: )"),
    (Command::Store, "A0007 UID STORE 9 +FLAGS.SILENT ($Embargod)", ""),
    (Command::Idle, "A0008 IDLE", "S: + idling\nS: * 2 EXISTS\nC: DONE"),
    (Command::Logout, "A0009 LOGOUT", "S: * BYE see you"),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    No,
    Bad,
    Bye,
    End,
    Silence,
}

/// The script up to the step `broken`, whose tagged answer is the fault.
fn script(broken: usize, fault: Fault) -> String {
    let mut script = String::from("S: * OK ready\n");
    for (n, (_, line, answers)) in STEPS.iter().enumerate() {
        script += &format!("C: {line}\n");
        if !answers.is_empty() {
            script += &format!("{answers}\n");
        }
        let tag = line.split_once(' ').unwrap().0;
        if n == broken {
            script += &match fault {
                Fault::No => format!("S: {tag} NO [SERVERBUG] SECRET\n"),
                Fault::Bad => format!("S: {tag} BAD SECRET\n"),
                Fault::Bye => "S: * BYE SECRET\nX: close\n".to_owned(),
                Fault::End => "X: close\n".to_owned(),
                Fault::Silence => String::new(),
            };
            break;
        }
        script += &format!("S: {tag} OK done\n");
    }
    script
}

async fn main_job(session: Result<ImapSession, SourceError>, silence: Duration) -> Result<Batch, SourceError> {
    let mut session = session?;
    session.open("INBOX").await?;
    let batch = session.fetch_after(0, &Limits { command_timeout: silence, ..limits() }).await?;
    session.mark(&[9], &Mark::Keyword("$Embargod".to_owned())).await?;
    let (session, woke) = session.wait(Duration::from_secs(60), &CancellationToken::new()).await?;
    assert_eq!(woke, Woke::News);
    session.logout().await;
    Ok(batch)
}

#[tokio::test]
async fn without_a_fault_the_main_job_is_done() {
    let (session, server) = begin(&script(STEPS.len(), Fault::End)).await;
    let batch = main_job(session, SILENCE).await.unwrap();
    server.await.unwrap();
    let expected = Batch {
        messages: vec![Fetched {
            uid_validity: 7,
            uid: 9,
            arrived: Some("2026-02-01T09:00:00Z".parse().unwrap()),
            keyword: Keyword::Absent,
            body: FetchedBody::Whole(crate::mail::RawMessage::new(&b"a: b\r\n"[..])),
        }],
        vanished: vec![],
        more: More::No,
        seen_up_to: 9,
    };
    assert_eq!(batch, expected);
}

#[tokio::test]
async fn every_fault_at_every_step_is_an_error_of_its_kind() {
    for (broken, (command, ..)) in STEPS.iter().copied().enumerate().filter(|(_, (c, ..))| *c != Command::Logout) {
        for fault in [Fault::No, Fault::Bad, Fault::Bye, Fault::End, Fault::Silence] {
            // A refused body leads to a second attempt: see fetching.rs.
            if broken == 5 && fault == Fault::No {
                continue;
            }
            let silence = if fault == Fault::Silence { SHORT } else { SILENCE };
            let (session, server) = begin_within(&script(broken, fault), silence).await;
            let error = main_job(session, silence).await.unwrap_err();
            server.await.unwrap();
            let server = "mail.example.org:993".to_owned();
            let expected = match (fault, command) {
                (Fault::Bad, Command::Authenticate) => SourceError::LoginRefused { server, code: None },
                (Fault::No, _) => SourceError::Refused { command, answer: Answer::No, code: Some("SERVERBUG") },
                (Fault::Bad, _) => SourceError::Refused { command, answer: Answer::Bad, code: None },
                (Fault::Bye | Fault::End, _) => SourceError::Lost { command },
                (Fault::Silence, _) => SourceError::Timeout { command },
            };
            assert_eq!(error, expected, "{fault:?} at step {broken}");
            assert!(!error.to_string().contains("SECRET"), "the error repeats the server's words");
        }
    }
}

#[tokio::test]
async fn a_refused_login_tells_the_code_and_is_for_a_person() {
    let refused = script(0, Fault::No).replace("SERVERBUG", "AUTHENTICATIONFAILED");
    let (session, server) = begin(&refused).await;
    let error = session.unwrap_err();
    server.await.unwrap();
    assert_eq!(
        error.to_string(),
        "mail.example.org:993 refused the login [AUTHENTICATIONFAILED]; check user, secret and that the server offers this way to authenticate"
    );
    assert_eq!(error.recovery(), crate::source::Recovery::Person);
}

#[tokio::test]
async fn a_login_refused_because_of_the_servers_own_trouble_is_tried_again() {
    for code in ["UNAVAILABLE", "SERVERBUG", "INUSE", "LIMIT", "THROTTLED"] {
        let (session, server) = begin(&script(0, Fault::No).replace("SERVERBUG", code)).await;
        let error = session.unwrap_err();
        server.await.unwrap();
        assert_eq!(error.recovery(), crate::source::Recovery::Retry, "{error}");
    }
}

#[tokio::test]
async fn a_code_nobody_has_registered_is_not_repeated() {
    let (session, server) = begin(&script(2, Fault::No).replace("SERVERBUG", "XSA-999-IS-ABOUT-GRANT-TABLES")).await;
    let error = session.unwrap().open("INBOX").await.unwrap_err();
    server.await.unwrap();
    assert_eq!(error, SourceError::MailboxMissing { mailbox: "INBOX".to_owned() });
}

#[tokio::test]
async fn a_greeting_that_is_not_ok_ends_it() {
    let fault = ProtocolFault::Greeting;
    for (greeting, expected) in [
        ("S: * BYE too many connections", SourceError::Lost { command: Command::Greeting }),
        ("S: * PREAUTH welcome", SourceError::Protocol { command: Command::Greeting, fault }),
        ("S: A0001 OK", SourceError::Protocol { command: Command::Greeting, fault }),
        ("S: SSH-2.0-OpenSSH_9.2", SourceError::Protocol { command: Command::Greeting, fault: ProtocolFault::Unparsable }),
        ("X: close", SourceError::Lost { command: Command::Greeting }),
    ] {
        let (session, server) = begin(greeting).await;
        assert_eq!(session.unwrap_err(), expected, "{greeting}");
        server.await.unwrap();
    }
}

#[tokio::test]
async fn xoauth2_sends_its_token_and_answers_the_explanation_with_an_empty_line() {
    let script = "\
S: * OK ready
C: A0001 AUTHENTICATE XOAUTH2
S: +
C: dXNlcj10ZWFtAWF1dGg9QmVhcmVyIHRva2VuAQE=
S: + eyJzdGF0dXMiOiI0MDEifQ==
C:
S: A0001 NO [AUTHENTICATIONFAILED] SECRET
";
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(play(script.to_owned(), theirs));
    let account = ImapAccount { auth: ImapAuth::XOAuth2("token".into()), ..account() };
    let error = connect::greet(&account, Box::new(ours), SILENCE, Instant::now() + SILENCE).await.unwrap_err();
    server.await.unwrap();
    assert_eq!(
        error,
        SourceError::LoginRefused { server: "mail.example.org:993".to_owned(), code: Some("AUTHENTICATIONFAILED") }
    );
    assert!(!format!("{account:?}").contains("token"), "{account:?}");
}

#[tokio::test]
async fn after_an_error_nothing_more_is_said() {
    let (mut session, server) = inbox("C: A0004 UID SEARCH UID 1:*\nS: A0004 NO not now\n").await;
    session.fetch_after(0, &limits()).await.unwrap_err();
    assert_eq!(session.fetch_after(0, &limits()).await, Err(SourceError::NotOpen));
    assert_eq!(session.open("INBOX").await, Err(SourceError::NotOpen));
    assert_eq!(session.mark(&[1], &Mark::Move("Done".to_owned())).await, Err(SourceError::NotOpen));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn an_abandoned_command_spoils_the_session_instead_of_shifting_the_answers() {
    let (mut session, server) = inbox("C: A0004 UID SEARCH UID 1:*\n").await;
    tokio::time::timeout(SHORT, session.fetch_after(0, &limits())).await.unwrap_err();
    assert_eq!(session.fetch_after(0, &limits()).await, Err(SourceError::NotOpen));
    drop(session);
    server.await.unwrap();
}
