//! Transcripts: a scripted server (`S:`) that insists on what the client says (`C:`), over a pipe.

mod each_step;
mod fetching;
mod guarding;
mod hostile;
mod marking;
mod naming;
mod waiting;

use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream},
    task::JoinHandle,
    time::Instant,
};

use super::*;
use crate::source::{Limits, Mark};

/// Long enough for a busy machine: only tests of silence wait for it, and they bring [`SHORT`].
const SILENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);

/// The login; the next tag is A0003.
const LOGIN: &str = "\
S: * OK ready
C: A0001 AUTHENTICATE PLAIN
S: +
C: AHRlYW0AZ2Vow6RpbQ==
S: A0001 OK in
C: A0002 CAPABILITY
S: * CAPABILITY IMAP4rev1 AUTH=PLAIN IDLE MOVE UIDPLUS
S: A0002 OK done
";

/// `SELECT "INBOX"` with UIDVALIDITY 7 and UIDs up to 40; the next tag is A0004.
const SELECT: &str = "\
C: A0003 SELECT \"INBOX\"
S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags permitted.
S: * 3 EXISTS
S: * 0 RECENT
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 41] Predicted next UID
S: A0003 OK [READ-WRITE] Select completed.
";

fn account() -> ImapAccount {
    ImapAccount {
        name: "security".to_owned(),
        host: "mail.example.org".to_owned(),
        port: 993,
        server_name: None,
        ca_file: None,
        user: "team".to_owned(),
        auth: ImapAuth::Plain("gehäim".into()),
    }
}

fn limits() -> Limits {
    Limits { command_timeout: SILENCE, ..Limits::default() }
}

/// Plays the script. `S:` lines are sent with CRLF, `S~` lines without; `C:` lines must arrive; `X: close` ends the connection. At the end the client
/// must not have said anything the script does not hold.
async fn play(script: String, pipe: DuplexStream) {
    let mut pipe = BufReader::new(pipe);
    for step in script.lines() {
        match step.split_at(2) {
            ("S:", text) => pipe.write_all(format!("{}\r\n", text.strip_prefix(' ').unwrap_or(text)).as_bytes()).await.unwrap(),
            ("S~", text) => pipe.write_all(text.strip_prefix(' ').unwrap().as_bytes()).await.unwrap(),
            ("C:", text) => {
                let mut line = String::new();
                pipe.read_line(&mut line).await.unwrap();
                assert_eq!(line, format!("{}\r\n", text.trim_start()), "the client said something else");
            }
            ("X:", " close") => return,
            _ => panic!("not a step: {step}"),
        }
    }
    let mut rest = String::new();
    pipe.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "", "the client said more than the script holds");
}

/// Starts the script and the client's login.
async fn begin(script: &str) -> (Result<ImapSession, SourceError>, JoinHandle<()>) {
    begin_within(script, SILENCE).await
}

/// As [`begin`], with another patience.
async fn begin_within(script: &str, silence: Duration) -> (Result<ImapSession, SourceError>, JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(play(script.to_owned(), theirs));
    let session = async {
        let wire = connect::greet(&account(), Box::new(ours), silence, Instant::now() + silence).await?;
        ImapSession::begin(&account(), wire).await
    };
    (session.await, server)
}

/// A session with INBOX open (the next tag is A0004), and the rest of the script.
async fn inbox(script: &str) -> (ImapSession, JoinHandle<()>) {
    let (session, server) = begin(&[LOGIN, SELECT, script].concat()).await;
    let mut session = session.unwrap();
    let opened = session.open("INBOX").await.unwrap();
    assert_eq!(opened, Opened { uid_validity: 7, uid_next: Some(41), access: Access::ReadWrite });
    (session, server)
}

/// Text of a message that was taken whole.
fn whole(fetched: &Fetched) -> &str {
    match &fetched.body {
        FetchedBody::Whole(raw) => std::str::from_utf8(raw.bytes()).unwrap(),
        FetchedBody::HeadersOnly { .. } => panic!("only the header was taken"),
    }
}
