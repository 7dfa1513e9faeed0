//! The real Postfix, twice: our MX, and (when a test asks) the smarthost between the daemon and the world.
//!
//! Each instance has its own configuration, queue and log below the rig and is run as `master -d`, so that it is our child.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{
    ground::{Ground, Port, Server, chmod, chown, program, until},
    opendkim::OpenDkim,
    plan::{Delivery, Plan},
    smtp::{Refused, Session},
};

/// One Postfix instance.
pub struct Postfix {
    name: String,
    home: PathBuf,
    port: Port,
    log: MailLog,
    hosts: Option<PathBuf>,
    server: Option<Server>,
}

/// A message that Postfix took and settled.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Postfix's queue id, which is in its Received line.
    pub queue_id: String,
}

impl Postfix {
    /// Our MX: takes mail for the plan's addresses, has OpenDKIM judge it, and puts it into the mailboxes.
    pub fn mx(ground: &Ground, plan: &Plan, milter: &OpenDkim, lmtp: &Port) -> Self {
        let mailboxes = ground.folder("mailboxes");
        chown(&mailboxes, "mail:mail");
        let home = ground.folder("mx");
        let inside = "mailbox.invalid";
        let mut aliases = String::new();
        let mut accounts = String::new();
        for (mailbox, addresses) in &plan.mailboxes {
            for address in addresses {
                match plan.delivery {
                    Delivery::Virtual => accounts.push_str(&format!("{address} {mailbox}/Maildir/\n")),
                    Delivery::Lmtp => aliases.push_str(&format!("{address} {mailbox}@{inside}\n")),
                }
            }
            if plan.delivery == Delivery::Lmtp {
                accounts.push_str(&format!("{mailbox}@{inside} {mailbox}\n"));
            }
        }
        ground.file("mx/accounts", &accounts);
        ground.file("mx/aliases", &aliases);
        let domains = plan.domains().join(" ");
        let delivery = match plan.delivery {
            Delivery::Virtual => format!("virtual_mailbox_domains = {domains}\n"),
            Delivery::Lmtp => format!(
                "virtual_alias_domains = {domains}\nvirtual_alias_maps = texthash:{}\n\
                 virtual_mailbox_domains = {inside}\nvirtual_transport = lmtp:inet:{}\n",
                home.join("aliases").display(),
                lmtp.address()
            ),
        };
        let main = format!(
            "myhostname = {host}\n\
             smtpd_relay_restrictions = permit_auth_destination reject\n\
             smtpd_milters = {milter}\n\
             milter_default_action = tempfail\n\
             {delivery}\
             virtual_mailbox_maps = texthash:{accounts}\n\
             virtual_mailbox_base = {mailboxes}\n\
             virtual_uid_maps = static:8\n\
             virtual_gid_maps = static:8\n\
             virtual_minimum_uid = 1\n\
             virtual_mailbox_limit = 0\n",
            host = plan.mx_host,
            milter = milter.milter(),
            accounts = home.join("accounts").display(),
            mailboxes = mailboxes.display(),
        );
        Self::install(ground, "mx", &main, "", None)
    }

    /// The smarthost: takes everything from loopback, sends our own domains to the MX and all else to the scripted receiver.
    pub fn smarthost(ground: &Ground, plan: &Plan, mx: &Self, receiver: u16) -> Self {
        let home = ground.folder("smarthost");
        let ours: String =
            plan.domains().iter().map(|domain| format!("{domain} smtp:[127.0.0.1]:{}\n", mx.port.number())).collect();
        ground.file("smarthost/transport", &ours);
        let main = format!(
            "myhostname = smarthost.test\n\
             smtpd_relay_restrictions = permit_mynetworks reject\n\
             relayhost = [127.0.0.1]:{receiver}\n\
             transport_maps = texthash:{}\n\
             queue_run_delay = 2s\n\
             minimal_backoff_time = 2s\n\
             maximal_backoff_time = 4s\n",
            home.join("transport").display(),
        );
        Self::install(ground, "smarthost", &main, "", None)
    }

    /// Any other: `main` and `services` are lines of main.cf and master.cf. With `hosts` that file is its `/etc/hosts`, so that it finds the servers of made-up
    /// domains; Postfix looks names up by the system's own means, which know no other file, so it gets a mount namespace of its own.
    pub fn install(ground: &Ground, name: &str, main: &str, services: &str, hosts: Option<&Path>) -> Self {
        let port = Port::claim();
        let home = ground.folder(name);
        let queue = queue(&home);
        let state = home.join("state");
        fs::create_dir_all(&state).unwrap();
        chown(&state, "postfix");
        let log = home.join("log");
        let common = format!(
            "compatibility_level = 3.6\n\
             config_directory = {home}\n\
             queue_directory = {queue}\n\
             data_directory = {state}\n\
             maillog_file = {log}\n\
             maillog_file_prefixes = {home}\n\
             inet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\n\
             mynetworks = 127.0.0.0/8\n\
             mydestination =\n\
             alias_maps =\n\
             local_recipient_maps =\n\
             recipient_delimiter = +\n\
             message_size_limit = 104857600\n\
             disable_dns_lookups = yes\n\
             smtp_host_lookup = native\n\
             smtpd_peername_lookup = no\n\
             smtpd_error_sleep_time = 0\n\
             smtpd_forbid_bare_newline = normalize\n\
             in_flow_delay = 0\n",
            home = home.display(),
            queue = queue.display(),
            state = state.display(),
            log = log.display(),
        );
        ground.file(&format!("{name}/main.cf"), &(common + main));
        ground.file(&format!("{name}/master.cf"), &format!("{} inet n - n - - smtpd\n{services}{SERVICES}", port.address()));
        let hosts = hosts.map(Path::to_owned);
        let mut postfix = Self { name: name.to_owned(), home, port, log: MailLog::new(log), hosts, server: None };
        postfix.start(ground);
        postfix
    }

    /// Starts it (again), on the same port, with the same queue.
    pub fn start(&mut self, ground: &Ground) {
        const MASTER: &str = "/usr/lib/postfix/sbin/master";
        let mut command = match &self.hosts {
            None => program(MASTER),
            Some(hosts) => {
                let mut command = program("/usr/bin/unshare");
                let bound = "mount --bind \"$0\" /etc/hosts && exec \"$@\"";
                command.args(["--mount", "/bin/sh", "-c", bound]).arg(hosts).arg(MASTER);
                command
            }
        };
        // `-d` keeps it in the foreground and in our process group.
        command.args(["-d", "-c"]).arg(&self.home).env("MAIL_CONFIG", &self.home);
        let mut server = Server::start(ground, &self.name, command);
        server.wait_port(&self.port);
        self.server = Some(server);
    }

    /// Stops it; the queue stays.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// The pid file of the running instance.
    pub fn pid_file(&self) -> Option<&Path> {
        self.server.as_ref().map(Server::pid_file)
    }

    /// The port of its SMTP server.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Hands one message over and returns at the server's last word.
    pub fn offer(&self, reverse_path: &str, recipients: &[&str], message: &[u8]) -> Result<Arrived, Refused> {
        let mut session = Session::open(self.port.address(), "client.test")?;
        let said = session.send(reverse_path, recipients, message)?;
        let queue_id = said.rsplit_once("queued as ").expect("Postfix names the queue id").1;
        Ok(Arrived { queue_id: queue_id.trim().to_owned() })
    }

    /// Hands one message over and waits until it is delivered (for the MX: lies in its mailbox). Panics on a refusal.
    pub fn inject(&self, reverse_path: &str, recipient: &str, message: &[u8]) -> Arrived {
        let arrived = self.offer(reverse_path, &[recipient], message).unwrap();
        let lines = self.settled(&arrived);
        assert!(lines.iter().any(|line| line.contains("status=sent")), "not delivered: {lines:#?}");
        arrived
    }

    /// Waits until the message has left the queue; returns what the log says about it.
    pub fn settled(&self, arrived: &Arrived) -> Vec<String> {
        until(&format!("{} to settle {}", self.name, arrived.queue_id), || self.log.settled(&arrived.queue_id))
    }

    /// The whole log.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log.path).unwrap()
    }
}

/// The queue directory as `post-install create-missing` would make it.
fn queue(home: &Path) -> PathBuf {
    let queue = home.join("queue");
    for name in ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"] {
        let folder = queue.join(name);
        fs::create_dir_all(&folder).unwrap();
        chown(&folder, "postfix:root");
        chmod(&folder, 0o700);
    }
    for (name, mode) in [("public", 0o2710), ("maildrop", 0o1730)] {
        let folder = queue.join(name);
        fs::create_dir_all(&folder).unwrap();
        chown(&folder, "postfix:postdrop");
        chmod(&folder, mode);
    }
    fs::create_dir_all(queue.join("pid")).unwrap();
    queue
}

/// The rest of master.cf: Debian's, without chroot; `flags=O` has the LMTP client write X-Original-To.
const SERVICES: &str = "\
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
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp flags=O
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

/// Postfix's log, read once and followed.
struct MailLog {
    path: PathBuf,
    read: Mutex<Read>,
}

#[derive(Default)]
struct Read {
    offset: u64,
    by_id: BTreeMap<String, Vec<String>>,
}

impl MailLog {
    fn new(path: PathBuf) -> Self {
        Self { path, read: Mutex::default() }
    }

    /// The lines about a queue id, once the last of them is `removed`.
    fn settled(&self, queue_id: &str) -> Option<Vec<String>> {
        let mut read = self.read.lock().unwrap();
        let mut fresh = String::new();
        let mut file = File::open(&self.path).ok()?;
        file.seek(SeekFrom::Start(read.offset)).unwrap();
        file.read_to_string(&mut fresh).unwrap();
        for line in fresh.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            read.offset += u64::try_from(line.len()).unwrap();
            // `Nov 21 22:21:34 mx postfix/virtual[11863]: 1280498E0D4: to=<...>`
            let id = line.split(": ").nth(1).unwrap_or_default().to_owned();
            read.by_id.entry(id).or_default().push(line.trim_end().to_owned());
        }
        let lines = read.by_id.get(queue_id)?;
        lines.iter().any(|line| line.ends_with(": removed")).then(|| lines.clone())
    }
}
