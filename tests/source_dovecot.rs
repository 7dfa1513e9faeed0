//! The IMAP source against a real Dovecot, which each test starts for itself on a loopback port and stops again.
//!
//! Needs root (Dovecot drops its privileges itself) and the Debian package dovecot-imapd.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "the helpers of a test may panic like the test itself")]

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use embargod::source::{
    FetchedBody, Limits, Mark, More, Recovery, SourceError, TlsFault, TrustFault,
    imap::{Access, Fetched, ImapAccount, ImapAuth, ImapSession, Marked, Woke},
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio_util::sync::CancellationToken;

const WITHIN: Duration = Duration::from_secs(20);
const NOBODY: u32 = 65534;

/// A running Dovecot with one user, `team`, password `gehäim "quoted"`.
struct Dovecot {
    dir: tempfile::TempDir,
    port: u16,
    child: Child,
}

impl Dovecot {
    fn start() -> Self {
        assert!(rustix::process::getuid().is_root(), "this test needs root, as tests/all.sh has it");
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        for folder in ["mail", "mail/team", "mail/team/tmp", "mail/team/new", "mail/team/cur"] {
            let folder = root.join(folder);
            fs::create_dir(&folder).unwrap();
            chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        certificates(root);
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < WITHIN, "dovecot does not start");
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            fs::write(root.join("dovecot.conf"), configuration(&root.display().to_string(), port)).unwrap();
            let mut child = Command::new("dovecot")
                .args(["-F", "-c"])
                .arg(root.join("dovecot.conf"))
                .stdin(Stdio::null())
                .spawn()
                .expect("dovecot is not installed: apt-get install dovecot-imapd");
            // It ends by itself when somebody else took the port meanwhile.
            while let Ok(None) = child.try_wait() {
                if fs::read_to_string(root.join("log")).is_ok_and(|log| log.contains("starting up")) {
                    TcpStream::connect(("127.0.0.1", port)).unwrap();
                    return Self { dir, port, child };
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn account(&self) -> ImapAccount {
        account(self.dir.path(), self.port)
    }

    async fn session(&self) -> ImapSession {
        ImapSession::connect(&self.account(), WITHIN).await.unwrap()
    }

    /// A local delivery into INBOX.
    fn deliver(&self, unique: &str, bytes: &[u8]) {
        let written = self.file("mail/team/tmp").join(unique);
        fs::write(&written, bytes).unwrap();
        chown(&written, Some(NOBODY), Some(NOBODY)).unwrap();
        fs::rename(written, self.file("mail/team/new").join(unique)).unwrap();
    }

    /// What a person does meanwhile.
    fn doveadm(&self, arguments: &[&str]) -> String {
        let output = Command::new("doveadm").arg("-c").arg(self.file("dovecot.conf")).args(arguments).output().unwrap();
        assert!(output.status.success(), "doveadm {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn stop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let pid = rustix::process::Pid::from_child(&self.child);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            self.child.wait().unwrap();
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
    }
}

fn account(root: &Path, port: u16) -> ImapAccount {
    ImapAccount {
        name: "team".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        server_name: Some("imap.example.org".to_owned()),
        ca_file: Some(root.join("ca.pem")),
        user: "team".to_owned(),
        auth: ImapAuth::Plain("gehäim \"quoted\"".into()),
    }
}

fn configuration(root: &str, port: u16) -> String {
    format!(
        "\
base_dir = {root}/run
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.key
auth_mechanisms = plain
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {root}/users
}}
userdb {{
  driver = static
  args = uid={NOBODY} gid={NOBODY} home={root}/mail/%u
}}
first_valid_uid = 1
mail_location = maildir:{root}/mail/%u
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"
    )
}

/// Our authority with a certificate for imap.example.org, and somebody else's authority.
fn certificates(root: &Path) {
    let authority = |name: &str| {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap().pem(), Issuer::new(params, key))
    };
    let (ours, issuer) = authority("Our CA");
    let (rogue, _) = authority("Rogue CA");
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["imap.example.org".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    for (file, text) in [
        ("ca.pem", ours),
        ("rogue.pem", rogue),
        ("empty.pem", String::new()),
        ("server.pem", server.pem()),
        ("server.key", key.serialize_pem()),
        ("users", "team:{PLAIN}gehäim \"quoted\"::::::\n".to_owned()),
    ] {
        fs::write(root.join(file), text).unwrap();
    }
}

fn bytes(fetched: &Fetched) -> &[u8] {
    match &fetched.body {
        FetchedBody::Whole(raw) => raw.bytes(),
        FetchedBody::HeadersOnly { header, .. } => header.bytes(),
    }
}

#[tokio::test]
async fn nobody_gets_our_password_whose_certificate_is_not_in_order() {
    let dovecot = Dovecot::start();
    let server = format!("127.0.0.1:{}", dovecot.port);
    let tls = |fault| SourceError::Tls { server: server.clone(), fault };
    let trust = |file, fault| SourceError::Trust { from: dovecot.file(file), fault };
    let with_ca = |file| ImapAccount { ca_file: Some(dovecot.file(file)), ..dovecot.account() };
    let named = |name: Option<&str>| ImapAccount { server_name: name.map(str::to_owned), ..dovecot.account() };
    for (account, expected) in [
        (with_ca("rogue.pem"), tls(TlsFault::UnknownIssuer)),
        (with_ca("absent.pem"), trust("absent.pem", TrustFault::Unreadable)),
        (with_ca("empty.pem"), trust("empty.pem", TrustFault::Empty)),
        (ImapAccount { ca_file: None, ..dovecot.account() }, tls(TlsFault::UnknownIssuer)),
        (named(Some("mail.example.org")), tls(TlsFault::WrongName)),
        (named(None), tls(TlsFault::WrongName)),
        (named(Some("not a name")), tls(TlsFault::Name)),
    ] {
        let error = ImapSession::connect(&account, WITHIN).await.unwrap_err();
        assert_eq!(error, expected);
        assert_eq!(error.recovery(), Recovery::Person);
    }
    let log = fs::read_to_string(dovecot.file("log")).unwrap();
    assert!(!log.contains("Login: user"), "{log}");
}

#[tokio::test]
async fn a_wrong_password_is_told_as_one() {
    let dovecot = Dovecot::start();
    let account = ImapAccount { auth: ImapAuth::Plain("wrong".into()), ..dovecot.account() };
    let error = ImapSession::connect(&account, WITHIN).await.unwrap_err();
    let server = format!("127.0.0.1:{}", dovecot.port);
    assert_eq!(error, SourceError::LoginRefused { server, code: Some("AUTHENTICATIONFAILED") });
}

#[tokio::test]
async fn where_nothing_or_no_tls_listens_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    let account = account(dir.path(), port);
    let clear_text = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = free.accept().unwrap();
        stream.write_all(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] clear text, please\r\n").unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        said
    });
    let server = format!("127.0.0.1:{port}");
    let error = ImapSession::connect(&account, WITHIN).await.unwrap_err();
    assert_eq!(error, SourceError::Tls { server: server.clone(), fault: TlsFault::Handshake });
    let said = clear_text.join().unwrap();
    assert_eq!(said.first(), Some(&0x16), "a TLS handshake begins with 22 (RFC 8446 5.1)");
    let error = ImapSession::connect(&account, WITHIN).await.unwrap_err();
    assert_eq!(error, SourceError::Connect { server, kind: std::io::ErrorKind::ConnectionRefused });
}

#[tokio::test]
async fn mail_arrives_byte_for_byte_once_and_unseen_whatever_a_person_does() {
    let dovecot = Dovecot::start();
    let messages: Vec<Vec<u8>> = (1..=7u8)
        .map(|n| {
            let mut message =
                format!("Subject: number {n}\r\n\r\n.\r\n..\r\nFrom here \r\n{{5}}\r\n)\r\nA0001 OK\r\n").into_bytes();
            message.extend([0xe4, 0xff, b'\r', b'\n']);
            message
        })
        .collect();
    for (n, message) in messages.iter().enumerate() {
        dovecot.deliver(&format!("{n}.a.host"), message);
    }
    let mut session = dovecot.session().await;
    let opened = session.open("inbox").await.unwrap();
    assert_eq!((opened.access, opened.uid_next), (Access::ReadWrite, Some(8)));
    let limits = Limits { batch_messages: 3, ..Limits::default() };

    let first = session.fetch_after(0, &limits).await.unwrap();
    assert_eq!((first.seen_up_to, first.more), (3, More::Yes));
    dovecot.doveadm(&["flags", "add", "-u", "team", "\\Seen \\Flagged", "mailbox", "INBOX", "uid", "2,5"]);
    dovecot.doveadm(&["expunge", "-u", "team", "mailbox", "INBOX", "uid", "6"]);
    let second = session.fetch_after(3, &limits).await.unwrap();
    let third = session.fetch_after(second.seen_up_to, &limits).await.unwrap();
    assert_eq!(third.more, More::No);
    let all: Vec<&Fetched> = first.messages.iter().chain(&second.messages).chain(&third.messages).collect();
    assert_eq!(all.iter().map(|m| m.uid).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7]);
    // Dovecot numbers deliveries of the same second in the order it reads the folder.
    let mut bodies: Vec<&[u8]> = all.iter().map(|m| bytes(m)).collect();
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!(bodies.len(), 6);
    assert!(bodies.iter().all(|body| messages.iter().any(|message| message == body)));
    assert!(all.iter().all(|m| m.uid_validity == opened.uid_validity && m.arrived.is_some()));
    let nothing = session.fetch_after(7, &limits).await.unwrap();
    assert_eq!((nothing.messages.len(), nothing.seen_up_to, nothing.more), (0, 7, More::No));
    session.logout().await;

    let flags = dovecot.doveadm(&["fetch", "-u", "team", "uid flags", "mailbox", "INBOX", "all"]);
    assert_eq!(flags.matches("\\Seen").count(), 2, "we set no flag: {flags}");
    let mut again = dovecot.session().await;
    assert_eq!(again.open("INBOX").await.unwrap().uid_validity, opened.uid_validity);
    let batch = again.fetch_after(0, &Limits::default()).await.unwrap();
    assert_eq!(batch.messages.iter().collect::<Vec<_>>(), all);
    again.logout().await;
}

#[tokio::test]
async fn of_oversized_mail_the_header_comes_and_the_rest_is_not_held_up() {
    let dovecot = Dovecot::start();
    let header = "Subject: large\r\nFrom: somebody@example.org\r\n\r\n";
    dovecot.deliver("1.host", format!("{header}{}", "line\r\n".repeat(10_000)).as_bytes());
    let mut session = dovecot.session().await;
    session.open("INBOX").await.unwrap();
    dovecot.deliver("2.host", b"Subject: small\r\n\r\nhello\r\n");
    session.open("INBOX").await.unwrap();
    let limits = Limits { message_size: 50_000, ..Limits::default() };
    let batch = session.fetch_after(0, &limits).await.unwrap();
    let [large, small] = batch.messages.as_slice() else { panic!("{batch:?}") };
    assert!(matches!(large.body, FetchedBody::HeadersOnly { size: 60_046, .. }), "{large:?}");
    assert_eq!(bytes(large), header.as_bytes());
    assert_eq!(bytes(small), b"Subject: small\r\n\r\nhello\r\n");
    let cut = session.fetch_after(0, &Limits { header_size: 20, ..limits }).await.unwrap();
    assert_eq!(bytes(&cut.messages[0]), b"Subject: large\r\nFrom");
    session.logout().await;
}

#[tokio::test]
async fn a_thousand_messages_come_once_each() {
    let dovecot = Dovecot::start();
    for n in 1..=1000 {
        dovecot.deliver(&format!("{n}.host"), format!("Subject: {n}\r\n\r\n{}\r\n", "x".repeat(n)).as_bytes());
    }
    let mut session = dovecot.session().await;
    session.open("INBOX").await.unwrap();
    let mut last = 0;
    let mut subjects = Vec::new();
    loop {
        let batch = session.fetch_after(last, &Limits::default()).await.unwrap();
        subjects.extend(batch.messages.iter().map(|m| {
            let text = std::str::from_utf8(bytes(m)).unwrap();
            text.lines().next().unwrap().strip_prefix("Subject: ").unwrap().parse::<usize>().unwrap()
        }));
        last = batch.seen_up_to;
        if batch.more == More::No {
            break;
        }
    }
    assert_eq!(last, 1000);
    subjects.sort_unstable();
    assert_eq!(subjects, (1..=1000).collect::<Vec<_>>());
    session.logout().await;
}

#[tokio::test]
async fn a_rebuilt_mailbox_shows_in_its_uidvalidity_and_a_missing_one_is_told() {
    let dovecot = Dovecot::start();
    let name = "Reports/Entwürfe & mehr";
    dovecot.doveadm(&["mailbox", "create", "-u", "team", name]);
    let mut session = dovecot.session().await;
    let before = session.open(name).await.unwrap();
    session.logout().await;
    dovecot.doveadm(&["mailbox", "delete", "-u", "team", name]);
    let missing = dovecot.session().await.open(name).await.unwrap_err();
    assert_eq!(missing, SourceError::MailboxMissing { mailbox: name.to_owned() });
    dovecot.doveadm(&["mailbox", "create", "-u", "team", name]);
    let mut session = dovecot.session().await;
    let after = session.open(name).await.unwrap();
    assert_ne!(before.uid_validity, after.uid_validity);
    session.logout().await;
}

#[tokio::test]
async fn marks_are_what_a_person_sees_in_the_mailbox() {
    let dovecot = Dovecot::start();
    let mut session = dovecot.session().await;
    for n in 1..=3 {
        dovecot.deliver(&format!("{n}.host"), format!("Subject: {n}\r\n\r\n").as_bytes());
        session.open("INBOX").await.unwrap();
    }
    let done = "Erledigt & geprüft";
    dovecot.doveadm(&["mailbox", "create", "-u", "team", done]);
    assert!(session.capabilities().has("MOVE") && session.capabilities().has("IDLE"));
    let keyword = Mark::Keyword("$Embargod".to_owned());
    assert_eq!(session.mark(&[1, 3], &keyword).await, Ok(Marked::Done));
    assert_eq!(session.mark(&[2], &Mark::Move(done.to_owned())).await, Ok(Marked::Done));
    // Gone already: nobody minds.
    assert_eq!(session.mark(&[2], &Mark::Move(done.to_owned())).await, Ok(Marked::Done));
    let missing = session.mark(&[1], &Mark::Move("Nowhere".to_owned())).await;
    assert_eq!(missing, Err(SourceError::MailboxMissing { mailbox: "Nowhere".to_owned() }));

    let fetch = |mailbox| dovecot.doveadm(&["-f", "tab", "fetch", "-u", "team", "flags hdr.subject", "mailbox", mailbox, "all"]);
    let inbox = fetch("INBOX").replace("\\Recent", "").replace(' ', "");
    assert_eq!(inbox, "flags\thdr.subject\n$Embargod\t1\n$Embargod\t3\n");
    assert_eq!(fetch(done).replace("\\Recent", "").replace(' ', ""), "flags\thdr.subject\n\t2\n");
}

#[tokio::test]
async fn a_delivery_wakes_and_is_then_fetched() {
    let dovecot = Dovecot::start();
    let mut session = dovecot.session().await;
    session.open("INBOX").await.unwrap();
    assert_eq!(session.fetch_after(0, &Limits::default()).await.unwrap().more, More::No);
    let cancel = CancellationToken::new();
    let (session, woke) = session.wait(Duration::from_millis(200), &cancel).await.unwrap();
    assert_eq!(woke, Woke::Renew);
    let waiting = tokio::spawn(async move { session.wait(WITHIN, &CancellationToken::new()).await });
    dovecot.deliver("1.host", b"Subject: wake up\r\n\r\n");
    let (mut session, woke) = waiting.await.unwrap().unwrap();
    assert_eq!(woke, Woke::News);
    let batch = session.fetch_after(0, &Limits::default()).await.unwrap();
    assert_eq!(bytes(&batch.messages[0]), b"Subject: wake up\r\n\r\n");
    session.logout().await;
}

#[tokio::test]
async fn a_kicked_session_and_a_stopped_server_are_told_apart() {
    let mut dovecot = Dovecot::start();
    let mut session = dovecot.session().await;
    session.open("INBOX").await.unwrap();
    session.fetch_after(0, &Limits::default()).await.unwrap();
    let waiting = tokio::spawn(async move { session.wait(WITHIN, &CancellationToken::new()).await });
    // Lets the IDLE begin; were the machine too slow for that, the connection would be lost all the same.
    tokio::time::sleep(Duration::from_millis(300)).await;
    dovecot.doveadm(&["kick", "team"]);
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error, SourceError::Lost { command: embargod::source::Command::Idle });
    assert_eq!(error.recovery(), Recovery::Retry);

    dovecot.session().await.logout().await;
    dovecot.stop();
    let error = ImapSession::connect(&dovecot.account(), WITHIN).await.unwrap_err();
    let server = format!("127.0.0.1:{}", dovecot.port);
    assert_eq!(error, SourceError::Connect { server, kind: std::io::ErrorKind::ConnectionRefused });
    // A name that cannot be one: no resolver has to be asked.
    let host = format!("{}.test", "x".repeat(70));
    let error = ImapSession::connect(&ImapAccount { host: host.clone(), ..dovecot.account() }, WITHIN).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the host name of {host}:{} is not resolved; check host, and this machine's resolver", dovecot.port)
    );
    assert_eq!(error.recovery(), Recovery::Retry);
}
