//! The ground a rig stands on: a directory of its own, ports of its own, and processes that end with it.
//!
//! Promise: whatever is started here is in a process group of its own, is named in a pid file below `EMBARGOD_RIG_RUN` (or below
//! the rig's directory when that is not set) while it lives, and is gone when its [`Server`] is dropped. Fails by panicking with
//! the server's own last words: a rig that cannot stand is a failed test, never a skipped one.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant, UNIX_EPOCH},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long anything in the rig may take before the test fails: on a machine that others use as well, half a minute was too short twice.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// The step in which the rig looks again at a file or a process it does not own.
pub const STEP: Duration = Duration::from_millis(20);

/// Looks again and again until `look` sees something, for at most [`DEADLINE`].
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(start.elapsed() < DEADLINE, "waited {DEADLINE:?} in vain for {what}");
        std::thread::sleep(STEP);
    }
}

/// A fresh directory (0755, so that the postfix, dovecot and opendkim users can walk through it), removed when dropped.
pub struct Ground {
    dir: tempfile::TempDir,
}

impl Ground {
    /// Takes a fresh directory under `TMPDIR`. Panics, naming the directory, when a parent keeps other users out.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("rig").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for parent in dir.path().ancestors() {
            let mode = fs::metadata(parent).unwrap().permissions().mode();
            assert!(mode & 0o001 != 0, "{} is closed to the users of the mail servers: set TMPDIR elsewhere", parent.display());
        }
        Self { dir }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A path below the directory; nothing is made.
    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes a directory below, with its parents.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// Writes a file below, with its parents. It is made to look old: Postfix waits until a file has rested for 1.5 s.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let long_ago = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        path
    }
}

/// A program with a bare environment: a PATH, and nothing of cargo's (its LD_LIBRARY_PATH is not for mail servers).
pub fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// Gives a path to a user of this machine, as `chown user:group`.
pub fn chown(path: &Path, owner: &str) {
    let status = Command::new("chown").arg(owner).arg(path).status().unwrap();
    assert!(status.success(), "chown {owner} {}", path.display());
}

/// Sets the mode bits of a path.
pub fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A TCP port of 127.0.0.1 that no other rig has.
///
/// The number lies below the kernel's ephemeral range (no outgoing connection takes it) and is claimed among the rigs of all
/// processes by holding the UDP port of the same number for as long as this value lives.
pub struct Port {
    number: u16,
    _claim: UdpSocket,
}

impl Port {
    /// Claims a free port.
    pub fn claim() -> Self {
        const FIRST: u32 = 15_000;
        const COUNT: u32 = 17_000;
        let start = std::process::id().wrapping_mul(97) % COUNT;
        for step in 0..COUNT {
            let number = u16::try_from(FIRST + (start + step) % COUNT).unwrap();
            let Ok(claim) = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)) else { continue };
            if TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Self { number, _claim: claim };
            }
        }
        panic!("no free port on 127.0.0.1 from {FIRST} on");
    }

    /// The number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The address on loopback.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.number))
    }
}

/// A program that the rig started; dropping it kills its whole process group and waits until none of it is left.
pub struct Server {
    name: String,
    child: Child,
    pid_file: PathBuf,
    log: PathBuf,
}

impl Server {
    /// Starts `command` in a process group of its own; stdout and stderr are appended to `NAME.out` and `NAME.err`.
    pub fn start(ground: &Ground, name: &str, mut command: Command) -> Self {
        let open = |end: &str| File::options().create(true).append(true).open(ground.at(&format!("{name}.{end}"))).unwrap();
        command.stdin(Stdio::null()).stdout(open("out")).stderr(open("err")).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {name}: {error}; tests/all.sh installs it"));
        let run = std::env::var_os("EMBARGOD_RIG_RUN").map_or_else(|| ground.folder("run"), PathBuf::from);
        let pid_file = run.join(format!("{name}-{}.pid", child.id()));
        fs::write(&pid_file, format!("{} {}\n", child.id(), start_time(child.id()).unwrap_or_default())).unwrap();
        Self { name: name.to_owned(), child, pid_file, log: ground.at(&format!("{name}.err")) }
    }

    /// Waits until a connection to `port` is accepted; panics with the server's stderr if it ends before.
    pub fn wait_port(&mut self, port: &Port) {
        until(&format!("{} on {}", self.name, port.address()), || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("{} ended with {status}: {}", self.name, fs::read_to_string(&self.log).unwrap_or_default());
            }
            TcpStream::connect(port.address()).ok()
        });
    }

    /// The process id, which is also the id of the process group.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The file that names this process while it lives.
    pub fn pid_file(&self) -> &Path {
        &self.pid_file
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.rustix_pid(), signal).unwrap();
    }

    /// Whether the program has ended by itself, or by a signal of its own.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for the program's own end.
    pub fn wait(&mut self) -> ExitStatus {
        let name = self.name.clone();
        until(&format!("the end of {name}"), || self.child.try_wait().unwrap())
    }

    /// Kills the group, reaps the program and waits until the group is empty. Harmless when it is already gone.
    pub fn kill(&mut self) {
        // An empty group answers ESRCH, which is what is wanted.
        let _ = kill_process_group(self.rustix_pid(), Signal::KILL);
        let _ = self.child.wait();
        until(&format!("the end of all of {}", self.name), || living_in_group(self.child.id()).is_empty().then_some(()));
        let _ = fs::remove_file(&self.pid_file);
    }

    fn rustix_pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The fields of `/proc/PID/stat` after the program's name (which may hold blanks): state, ppid, pgrp, ...
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after) = text.rsplit_once(')')?;
    Some(after.split_whitespace().map(str::to_owned).collect())
}

/// When a process started, in clock ticks since boot: with the pid, its identity.
fn start_time(pid: u32) -> Option<String> {
    stat(pid)?.get(19).cloned()
}

/// The processes of a group that still run. A zombie whose adopter does not reap it is gone for every purpose of ours.
pub fn living_in_group(group: u32) -> Vec<u32> {
    let mut living = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Some(fields) = stat(pid) else { continue };
        let state = fields.first().map_or("", String::as_str);
        if fields.get(2) == Some(&group.to_string()) && !matches!(state, "Z" | "X") {
            living.push(pid);
        }
    }
    living
}
