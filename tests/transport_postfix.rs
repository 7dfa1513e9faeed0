//! The transport against real servers: Postfix with STARTTLS, and smtp-sink, on loopback ports, with everything in a temporary folder.
//!
//! Needs the Debian package postfix and root (Postfix's master changes to its own user); says so on stdout where they are missing, and then
//! proves nothing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it cannot go on")]

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use embargod::{
    mail::Address,
    transport::{
        Connection, Envelope, NetworkKind, Outcome, Phase, Relay, RelayTls, Sent, SmtpConnection, Timeouts, TlsFault, Transport,
        TransportError,
    },
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

const MESSAGE: &[u8] = b"From: team@list.example\r\nTo: members@list.example\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\
    Message-ID: <1@list.example>\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n\r\n.dot first\r\n..two\r\n trailing space \r\n\ttab\r\n\
    utf8 \xc3\xa9\r\n-- \r\nsignature\r\n\r\n\r\n";

/// These tests prove something only against the real programs: without them they fail.
fn servers_must_be_here() {
    for program in ["/usr/sbin/smtp-sink", "/usr/sbin/postfix"] {
        assert!(Path::new(program).exists(), "{program} is missing: run tests/all.sh as root, it installs it");
    }
    assert!(rustix::process::geteuid().is_root(), "Postfix starts as root only: run tests/all.sh as root");
}

/// A folder that the user postfix can enter.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until `ready` says so; a server started as a process has no other way to tell.
fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// smtp-sink, writing each message it takes into a file.
struct Sink {
    process: Child,
    port: u16,
    dumps: PathBuf,
}

impl Sink {
    fn start(folder: &Path, options: &[&str]) -> Self {
        let dumps = folder.join("dumps");
        fs::create_dir(&dumps).unwrap();
        fs::set_permissions(&dumps, fs::Permissions::from_mode(0o777)).unwrap();
        let port = free_port();
        let process = Command::new("/usr/sbin/smtp-sink")
            .args(["-u", "postfix"])
            .args(options)
            .args(["-d", &format!("{}/m.", dumps.display()), &format!("127.0.0.1:{port}"), "100"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        wait_for("smtp-sink listening", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { process, port, dumps }
    }

    /// What arrived: the envelope lines of smtp-sink, and the message as it writes it (LF line ends).
    fn messages(&self) -> Vec<(String, Vec<u8>)> {
        let mut messages: Vec<(String, Vec<u8>)> = fs::read_dir(&self.dumps)
            .unwrap()
            .filter_map(|entry| {
                let dump = fs::read(entry.unwrap().path()).unwrap();
                let from = dump.windows(6).position(|window| window == b"From: ")?;
                Some((String::from_utf8_lossy(&dump[..from]).into_owned(), dump[from..].to_vec()))
            })
            .collect();
        messages.sort();
        messages
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// What smtp-sink writes for [`MESSAGE`]: LF line ends, and an empty line at the end.
fn as_dumped() -> Vec<u8> {
    let mut dumped: Vec<u8> = MESSAGE.iter().copied().filter(|octet| *octet != b'\r').collect();
    dumped.push(b'\n');
    dumped
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn relay(port: u16) -> Relay {
    Relay {
        host: "127.0.0.1".to_owned(),
        port,
        server_name: None,
        tls: RelayTls::None,
        ca_file: None,
        hello: "list.example".to_owned(),
        credentials: None,
        timeouts: Timeouts { command: Duration::from_secs(30), ..Timeouts::default() },
    }
}

async fn send(connection: &mut SmtpConnection, from: &str, to: &[&str]) -> Sent {
    let from = address(from);
    let to: Vec<Address> = to.iter().map(|text| address(text)).collect();
    connection.send(&Envelope { reverse_path: Some(&from), envelope_id: None, recipients: &to }, MESSAGE).await
}

fn kinds(sent: &Sent) -> Vec<String> {
    sent.outcomes
        .iter()
        .map(|(_, outcome)| match outcome {
            Outcome::Accepted(reply) => format!("accepted {}", reply.public()),
            other => other.to_string(),
        })
        .collect()
}

#[tokio::test]
async fn smtp_sink_gets_the_message_and_the_envelope() {
    servers_must_be_here();
    for (options, mail, rcpt) in [
        // Everything smtp-sink can offer, and then without DSN and PIPELINING. It notes the arguments as they came.
        (
            &[][..],
            "<v+1@list.example> BODY=8BITMIME RET=HDRS ENVID=v+2B1@list.example",
            "<a@one.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@one.example",
        ),
        (&["-N", "-p"][..], "<v+1@list.example> BODY=8BITMIME", "<a@one.example>"),
    ] {
        let folder = folder();
        let sink = Sink::start(folder.path(), options);
        let mut connection = SmtpConnection::connect(&relay(sink.port)).await.unwrap();
        let sent = send(&mut connection, "v+1@list.example", &["a@one.example", "b@two.example"]).await;
        assert_eq!(kinds(&sent), ["accepted 250 2.0.0", "accepted 250 2.0.0"]);
        assert_eq!(sent.connection, Connection::Good);
        connection.quit().await;
        let messages = sink.messages();
        assert_eq!(messages.len(), 1);
        let (envelope, message) = &messages[0];
        assert!(envelope.contains(&format!("X-Mail-Args: {mail}\n")), "{envelope}");
        assert!(envelope.contains(&format!("X-Rcpt-Args: {rcpt}\n")), "{envelope}");
        assert_eq!(*message, as_dumped());
    }
}

#[tokio::test]
async fn smtp_sink_refuses_and_hangs_up() {
    servers_must_be_here();
    let table: [(&[&str], &str, Connection); 7] = [
        (&["-f", "MAIL"], "failed: 500 5.3.0 at MAIL", Connection::Good),
        (&["-r", "RCPT"], "deferred: 450 4.3.0 at RCPT", Connection::Good),
        (&["-f", "DATA"], "failed: 500 5.3.0 at DATA", Connection::Good),
        (&["-r", "."], "deferred: 450 4.3.0 at final dot", Connection::Good),
        (&["-q", "RCPT"], "deferred: connection closed at RCPT", Connection::Lost),
        (&["-q", "."], "unknown: connection closed at final dot", Connection::Lost),
        (&["-Q", "."], "deferred: 421 4.0.0 at final dot", Connection::Lost),
    ];
    for (options, outcome, connection_state) in table {
        let folder = folder();
        let sink = Sink::start(folder.path(), options);
        let mut connection = SmtpConnection::connect(&relay(sink.port)).await.unwrap();
        let sent = send(&mut connection, "v@list.example", &["a@one.example"]).await;
        assert_eq!((kinds(&sent), sent.connection), (vec![outcome.to_owned()], connection_state), "smtp-sink {options:?}");
    }
}

struct Authority(Issuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str, file: &Path) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        fs::write(file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self(Issuer::new(params, key))
    }
}

/// A real Postfix with STARTTLS, that passes everything on to smtp-sink.
struct Postfix {
    configuration: PathBuf,
    port: u16,
}

impl Postfix {
    fn start(folder: &Path, next_hop: u16) -> Self {
        let user = |option: &str| {
            let id = Command::new("id").args([option, "postfix"]).output().unwrap().stdout;
            String::from_utf8(id).unwrap().trim().parse::<u32>().unwrap()
        };
        let configuration = folder.join("postfix");
        let (queue, state) = (folder.join("queue"), folder.join("state"));
        for made in [&configuration, &queue, &state] {
            fs::create_dir(made).unwrap();
        }
        chown(&state, Some(user("-u")), Some(user("-g"))).unwrap();
        let authority = Authority::new("the right CA", &folder.join("ca.pem"));
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["relay.example".to_owned()]).unwrap().signed_by(&key, &authority.0).unwrap();
        fs::write(configuration.join("relay.pem"), format!("{}{}", key.serialize_pem(), certificate.pem())).unwrap();
        fs::set_permissions(configuration.join("relay.pem"), fs::Permissions::from_mode(0o600)).unwrap();

        let port = free_port();
        let main = format!(
            "compatibility_level = 3.6
queue_directory = {queue}
data_directory = {state}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = relay.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
relayhost = [127.0.0.1]:{next_hop}
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {configuration}/relay.pem
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{gone@one.example = 550 5.1.1 gone}} {{busy@one.example = 450 4.2.1 busy}} }} permit_mynetworks reject
smtpd_delay_reject = no
",
            queue = queue.display(),
            state = state.display(),
            folder = folder.display(),
            configuration = configuration.display(),
        );
        fs::write(configuration.join("main.cf"), main).unwrap();
        let master = format!(
            "127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
        );
        fs::write(configuration.join("master.cf"), master).unwrap();
        let postfix = Self { configuration, port };
        postfix.command("start");
        wait_for("Postfix listening", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        postfix
    }

    fn command(&self, command: &str) {
        let output = Command::new("/usr/sbin/postfix").arg("-c").arg(&self.configuration).arg(command).output().unwrap();
        assert!(output.status.success(), "postfix {command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // Ends the master of this queue folder only, by the pid in it.
        self.command("abort");
    }
}

#[tokio::test]
async fn postfix_over_starttls() {
    servers_must_be_here();
    let folder = folder();
    let sink = Sink::start(folder.path(), &[]);
    let postfix = Postfix::start(folder.path(), sink.port);
    let right = Relay {
        server_name: Some("relay.example".to_owned()),
        tls: RelayTls::StartTls,
        ca_file: Some(folder.path().join("ca.pem")),
        ..relay(postfix.port)
    };
    let tls = |fault| TransportError::Network { phase: Phase::Tls, kind: NetworkKind::Tls(fault) };

    // Not the CA that signed it, not the name it carries, not without TLS.
    let rogue = folder.path().join("rogue.pem");
    Authority::new("the wrong CA", &rogue);
    let wrong_ca = Transport::Smtp(Relay { ca_file: Some(rogue), ..right.clone() });
    assert_eq!(wrong_ca.open().await.unwrap_err(), tls(TlsFault::UnknownIssuer));
    let wrong_name = Transport::Smtp(Relay { server_name: None, ..right.clone() });
    assert_eq!(wrong_name.open().await.unwrap_err(), tls(TlsFault::WrongName));
    let system_store = Transport::Smtp(Relay { ca_file: None, ..right.clone() });
    assert!(matches!(system_store.open().await, Err(TransportError::NoCa | TransportError::Network { phase: Phase::Tls, .. })));
    let mut in_the_clear = SmtpConnection::connect(&relay(postfix.port)).await.unwrap();
    let sent = send(&mut in_the_clear, "v@list.example", &["a@one.example"]).await;
    assert_eq!(kinds(&sent), ["deferred: 530 5.7.0 at MAIL"]);
    assert_eq!(sent.connection, Connection::Good);
    in_the_clear.quit().await;
    let implicit = Transport::Smtp(Relay { tls: RelayTls::Implicit, ..right.clone() });
    assert_eq!(implicit.open().await.unwrap_err(), tls(TlsFault::NotTls));

    let mut connection = SmtpConnection::connect(&right).await.unwrap();
    let five = ["gone@one.example", "a@one.example", "busy@one.example", "b@two.example", "c@three.example"];
    let sent = send(&mut connection, "v@list.example", &five).await;
    assert_eq!(
        kinds(&sent),
        [
            "failed: 550 5.1.1 at RCPT",
            "accepted 250 2.0.0",
            "deferred: 450 4.2.1 at RCPT",
            "accepted 250 2.0.0",
            "accepted 250 2.0.0"
        ]
    );
    let sent = send(&mut connection, "v@list.example", &five[..1]).await;
    assert_eq!((kinds(&sent), sent.connection), (vec!["failed: 550 5.1.1 at RCPT".to_owned()], Connection::Good));

    connection.quit().await;

    // One mailing: 75 members, each with its own reverse path, on one connection.
    let mut connection = Transport::Smtp(right).open().await.unwrap();
    let start = Instant::now();
    for member in 0..75 {
        let (from, to) = (address(&format!("v+{member}@list.example")), [address(&format!("m{member}@member.example"))]);
        let sent =
            connection.send(member, &Envelope { reverse_path: Some(&from), envelope_id: None, recipients: &to }, MESSAGE).await;
        assert_eq!((kinds(&sent), sent.connection), (vec!["accepted 250 2.0.0".to_owned()], Connection::Good), "member {member}");
    }
    println!("75 transactions over STARTTLS to Postfix: {:?}", start.elapsed());
    connection.close().await;

    wait_for("delivery of the mailing", || {
        sink.messages().iter().filter(|(envelope, _)| envelope.contains("@member.example")).count() == 75
    });
    for member in 0..75 {
        let from = format!("X-Mail-Args: <v+{member}@list.example>");
        let to = format!("X-Rcpt-Args: <m{member}@member.example>");
        let theirs: Vec<_> = sink.messages().into_iter().filter(|(envelope, _)| envelope.contains(&from)).collect();
        assert_eq!(theirs.len(), 1, "member {member}");
        assert!(theirs[0].0.contains(&to) && theirs[0].0.contains("ENVID=v+2B"), "{}", theirs[0].0);
        assert_eq!(theirs[0].1, as_dumped());
    }
}
