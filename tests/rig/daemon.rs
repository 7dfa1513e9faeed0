//! The real `embargod` binary, driven as an operator drives it.

use std::{
    fs,
    os::unix::net::UnixDatagram,
    path::PathBuf,
    process::{Command, ExitStatus, Output},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use rustix::process::Signal;

use super::ground::{DEADLINE, Ground, Server};

static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A running daemon; killed when dropped. Its stderr and stdout are appended to `embargod.err` and `embargod.out` of the ground.
pub struct Daemon {
    server: Server,
    notices: UnixDatagram,
    heard: String,
    log: PathBuf,
    output: PathBuf,
}

impl Daemon {
    /// Starts `embargod ARGS`.
    pub fn spawn(ground: &Ground, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_embargod"));
        command.args(args);
        Self::spawn_program(ground, command, environment)
    }

    /// Starts another program in the daemon's place.
    ///
    /// It gets a bare environment: PATH, a TMPDIR and HOME of its own below the ground, `NOTIFY_SOCKET`, and `environment`.
    pub fn spawn_program(ground: &Ground, mut command: Command, environment: &[(&str, &str)]) -> Self {
        let socket = ground.at(&format!("notify-{}", STARTED.fetch_add(1, Ordering::Relaxed)));
        let notices = UnixDatagram::bind(&socket).unwrap();
        notices.set_read_timeout(Some(DEADLINE)).unwrap();
        bare(&mut command, ground, environment).env("NOTIFY_SOCKET", &socket);
        let server = Server::start(ground, "embargod", command);
        Self { server, notices, heard: String::new(), log: ground.at("embargod.err"), output: ground.at("embargod.out") }
    }

    /// Waits until systemd would have been told this, for example `READY=1` (sd_notify(3)). Each notice is heard once.
    pub fn wait_notice(&mut self, wanted: &str) {
        let mut buffer = vec![0; 4096];
        while !self.heard.lines().any(|line| line == wanted) {
            let length = self.notices.recv(&mut buffer).unwrap_or_else(|error| {
                panic!("no notice {wanted}: {error}; heard {:?}; its log: {}", self.heard, self.stderr());
            });
            self.heard.push_str(&String::from_utf8_lossy(&buffer[..length]));
            self.heard.push('\n');
        }
        let rest: Vec<&str> = self.heard.lines().filter(|line| *line != wanted).collect();
        self.heard = rest.join("\n") + "\n";
    }

    /// The next notice, if one comes within `patience`.
    pub fn next_notice(&self, patience: Duration) -> Option<String> {
        let mut buffer = vec![0; 4096];
        self.notices.set_read_timeout(Some(patience)).unwrap();
        let length = self.notices.recv(&mut buffer).ok();
        self.notices.set_read_timeout(Some(DEADLINE)).unwrap();
        length.map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned())
    }

    /// SIGTERM, and wait: an orderly stop.
    pub fn stop(mut self) -> ExitStatus {
        self.server.signal(Signal::TERM);
        self.server.wait()
    }

    /// SIGKILL, and wait until nothing of it is left: a power cut.
    pub fn kill(mut self) {
        self.server.kill();
    }

    /// SIGHUP: reload.
    pub fn reload(&self) {
        self.server.signal(Signal::HUP);
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        self.server.ended()
    }

    /// Waits until it ends by itself: at a failpoint, or after `--once`.
    pub fn wait(mut self) -> ExitStatus {
        self.server.wait()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// Everything that daemons of this ground wrote to stderr, the earlier ones too.
    pub fn stderr(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Everything that they wrote to stdout.
    pub fn stdout(&self) -> String {
        fs::read_to_string(&self.output).unwrap()
    }
}

/// Runs `embargod ARGS` to its end, as a person at the command line.
pub fn embargod(ground: &Ground, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_embargod"));
    command.args(args);
    bare(&mut command, ground, environment);
    let name = format!("command-{}", STARTED.fetch_add(1, Ordering::Relaxed));
    let status = Server::start(ground, &name, command).wait();
    let said = |end: &str| fs::read(ground.at(&format!("{name}.{end}"))).unwrap();
    Output { status, stdout: said("out"), stderr: said("err") }
}

fn bare<'c>(command: &'c mut Command, ground: &Ground, environment: &[(&str, &str)]) -> &'c mut Command {
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("TMPDIR", ground.folder("tmp"))
        .env("HOME", ground.folder("home"))
        .envs(environment.iter().copied())
        .current_dir(ground.path())
}
