//! The real Dovecot: IMAPS over the Maildirs that the MX fills (and LMTP, when the plan asks), with a CA of the rig's own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use super::{
    ground::{Ground, Port, Server, chmod, program, until},
    imap::Imap,
    postfix::Arrived,
    time::Time,
};

/// Every mailbox's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// The server and its mailboxes.
pub struct Dovecot {
    time: Time,
    config: PathBuf,
    port: Port,
    lmtp: Port,
    ca: PathBuf,
    other_ca: PathBuf,
    mailboxes: PathBuf,
    server: Option<Server>,
}

impl Dovecot {
    /// Starts the server. Users are the names of the plan's mailboxes (any other is refused), the password is [`PASSWORD`].
    pub fn start(ground: &Ground, users: &[&String], time: &Time) -> Self {
        let (port, lmtp) = (Port::claim(), Port::claim());
        let home = ground.folder("dovecot");
        let mailboxes = ground.at("mailboxes");
        let (ca, issuer) = authority(ground, "ca.pem");
        let (other_ca, _) = authority(ground, "other-ca.pem");
        let key = KeyPair::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        ground.file("dovecot/cert.pem", &certificate.pem());
        chmod(&ground.file("dovecot/key.pem", &key.serialize_pem()), 0o600);
        let account = |user: &&String| format!("{user}:{{PLAIN}}{PASSWORD}:8:8::{}::\n", mailboxes.join(user).display());
        ground.file("dovecot/users", &users.iter().map(account).collect::<String>());
        let config = ground.file(
            "dovecot/dovecot.conf",
            &TEMPLATE
                .replace("@HOME@", &home.display().to_string())
                .replace("@IMAPS@", &port.number().to_string())
                .replace("@LMTP@", &lmtp.number().to_string())
                .replace("@TIME@", &environment(time)),
        );
        let mut dovecot = Self { time: time.clone(), config, port, lmtp, ca, other_ca, mailboxes, server: None };
        dovecot.restart(ground);
        dovecot
    }

    /// Starts it (again), on the same ports.
    pub fn restart(&mut self, ground: &Ground) {
        self.server = None;
        let mut command = program("/usr/sbin/dovecot");
        command.arg("-F").arg("-c").arg(&self.config).envs(self.time.environment());
        let mut server = Server::start(ground, "dovecot", command);
        server.wait_port(&self.port);
        server.wait_port(&self.lmtp);
        self.server = Some(server);
    }

    /// Stops it: every connection is cut.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// The pid file of the running server.
    pub fn pid_file(&self) -> Option<&Path> {
        self.server.as_ref().map(Server::pid_file)
    }

    /// The IMAPS port; the certificate names `localhost` and `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The LMTP port.
    pub fn lmtp(&self) -> &Port {
        &self.lmtp
    }

    /// The CA that signed the server's certificate (PEM).
    pub fn ca_file(&self) -> &Path {
        &self.ca
    }

    /// A CA that did not (PEM).
    pub fn other_ca_file(&self) -> &Path {
        &self.other_ca
    }

    /// Where the mailboxes lie; `security` is the Maildir `security/Maildir` below.
    pub fn mailboxes(&self) -> &Path {
        &self.mailboxes
    }

    /// A logged-in IMAP client: a person at a mail program.
    pub fn person(&self, mailbox: &str) -> Imap {
        let mut imap = Imap::connect(self.port.address(), &self.ca).unwrap();
        imap.command(&format!("LOGIN {mailbox} \"{PASSWORD}\"")).unwrap();
        imap
    }

    /// A person opens every message of the inbox, flags it and marks it answered.
    pub fn person_reads(&self, mailbox: &str) {
        let mut imap = self.person(mailbox);
        imap.command("SELECT INBOX").unwrap();
        imap.command("UID FETCH 1:* (BODY[])").unwrap();
        imap.command("UID STORE 1:* +FLAGS (\\Flagged \\Answered)").unwrap();
        imap.command("LOGOUT").unwrap();
    }

    /// UID and flags (without `\Recent`, sorted) of every message in a folder, seen without changing anything.
    pub fn flags(&self, mailbox: &str, folder: &str) -> Vec<(u32, Vec<String>)> {
        let mut imap = self.person(mailbox);
        imap.command(&format!("EXAMINE {folder}")).unwrap();
        let lines = imap.command("UID FETCH 1:* (FLAGS)").unwrap();
        lines.iter().filter_map(|line| uid_and_flags(line)).collect()
    }

    /// Gives the inbox a new UIDVALIDITY, as after a restored backup.
    pub fn renumber(&self, mailbox: &str, uid_validity: u32) {
        let status = program("/usr/bin/doveadm")
            .arg("-c")
            .arg(&self.config)
            .args(["mailbox", "update", "-u", mailbox, "--uid-validity", &uid_validity.to_string(), "INBOX"])
            .status()
            .unwrap();
        assert!(status.success(), "doveadm mailbox update: {status}");
    }

    /// Every message of a mailbox as it lies on disk, all folders, oldest first.
    pub fn messages(&self, mailbox: &str) -> Vec<Vec<u8>> {
        let maildir = self.mailboxes.join(mailbox).join("Maildir");
        let mut folders = vec![maildir.clone()];
        folders.extend(
            entries(&maildir)
                .into_iter()
                .filter(|path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))),
        );
        let mut files: Vec<PathBuf> =
            folders.iter().flat_map(|folder| ["new", "cur"].map(|part| entries(&folder.join(part)))).flatten().collect();
        files.sort_by_key(|path| fs::metadata(path).and_then(|file| file.modified()).ok());
        // A file that Dovecot renames meanwhile (new to cur, flags) is read at the next look.
        files.iter().filter_map(|path| fs::read(path).ok()).collect()
    }

    /// The message as delivered (LF lines), wherever it lies by now.
    pub fn delivered(&self, mailbox: &str, arrived: &Arrived) -> Vec<u8> {
        let mark = format!("id {}", arrived.queue_id);
        until(&format!("{} in {mailbox}", arrived.queue_id), || {
            self.messages(mailbox).into_iter().find(|message| header(message).contains(&mark))
        })
    }
}

/// The header block as text.
pub fn header(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    text.split_once("\n\n").map_or(text.clone(), |(header, _)| header.to_owned())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map(|dir| dir.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

/// `* 1 FETCH (UID 5 FLAGS (\Seen \Recent))`
fn uid_and_flags(line: &str) -> Option<(u32, Vec<String>)> {
    let uid = line.split_once("UID ")?.1.split([' ', ')']).next()?.parse().ok()?;
    let flags = line.split_once("FLAGS (")?.1.split_once(')')?.0;
    let mut flags: Vec<String> = flags.split_whitespace().filter(|flag| *flag != "\\Recent").map(str::to_owned).collect();
    flags.sort();
    Some((uid, flags))
}

fn authority(ground: &Ground, name: &str) -> (PathBuf, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    (ground.file(name, &certificate.pem()), Issuer::new(params, key))
}

/// What its processes inherit besides Dovecot's own choice.
fn environment(time: &Time) -> String {
    let of = |(name, value): (&str, String)| format!("{name}={value}");
    time.environment().into_iter().map(of).collect::<Vec<_>>().join(" ")
}

/// Debian's Dovecot with everything of its own below the rig. `first_valid_uid`: the mailboxes belong to `mail` (8). A wrong
/// password is answered at once (no failure delay, no penalty).
const TEMPLATE: &str = "\
base_dir = @HOME@/run
state_dir = @HOME@/state
log_path = @HOME@/log
instance_name = rig
protocols = imap lmtp
import_environment = TZ @TIME@
listen = 127.0.0.1
hostname = dovecot.test
ssl = required
ssl_cert = <@HOME@/cert.pem
ssl_key = <@HOME@/key.pem
first_valid_uid = 1
recipient_delimiter = +
auth_username_format = %Ln
mail_location = maildir:%h/Maildir
mail_fsync = never
mailbox_idle_check_interval = 1s
passdb {
  driver = passwd-file
  args = @HOME@/users
}
userdb {
  driver = passwd-file
  args = @HOME@/users
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = @IMAPS@
    ssl = yes
  }
}
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service lmtp {
  inet_listener lmtp {
    port = @LMTP@
  }
}
";
