//! A daemon's state of its own for each test, made as a new user would make it: config/demo.toml, a Maildir, two members, the real binary.

#![allow(dead_code, reason = "each test program uses the part it needs")]

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use regex::Regex;
use serde_json::Value;

/// A person of the team for the tests that run as root, who is no person of the team.
const PERSON: u32 = 20_001;

/// What one run of the program said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code().unwrap(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Status 0 and a quiet stderr: the output.
    pub fn good(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout
    }

    /// The same as JSON, one object a line.
    pub fn json(self) -> Vec<Value> {
        self.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Nothing on stdout, this status: the complaint.
    pub fn bad(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:?}");
        self.stderr
    }
}

/// Runs the program in `dir`.
pub fn embargod(dir: &Path, args: &[&str]) -> Said {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_embargod"));
    Said::of(&command.current_dir(dir).args(args).output().unwrap())
}

/// Where the lines of a text speak of time or of a digest, they say so.
pub fn timeless(text: &str) -> String {
    let time = Regex::new(r"20\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?").unwrap();
    let text = time.replace_all(text, "TIME");
    // A busy machine takes longer than a minute.
    let text = Regex::new(r"\(\d min\)").unwrap().replace_all(&text, "(0 min)");
    Regex::new(r"[0-9a-f]{64}").unwrap().replace_all(&text, "DIGEST").into_owned()
}

/// The keys of an object, sorted.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// A house: its configuration, its mail, its state; and the user who commands in it, who is mona of the team.
pub struct House {
    dir: tempfile::TempDir,
    program: PathBuf,
    person: Option<u32>,
}

pub const REPORT: &str = "\
From: Rita Reporter <rita@research.example>
To: security@xenproject.org
Subject: Out-of-bounds write in the timer code
Date: Mon, 02 Nov 2026 09:30:00 +0000
Message-ID: <report-1@research.example>

Hello, I found a vulnerability: a guest can write out of bounds in the hypervisor
and crash the host. A proof of concept is ready.
";

pub const POST: &str = "\
From: Ada <ada@cirrus.example>
To: xen-security-issues-discuss@lists.xenproject.org
Subject: Re: XSA-999
Date: Mon, 02 Nov 2026 09:31:00 +0000
Message-ID: <post-1@cirrus.example>
X-Trick: a\u{1b}[2Jb

Does the patch build on 4.17? It does not build here.
";

impl House {
    /// Nothing has happened in it yet.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("cli").tempdir().unwrap();
        let root = rustix::process::geteuid().is_root();
        let person = if root { PERSON } else { rustix::process::geteuid().as_raw() };
        let at = |name: &str| dir.path().join(name);
        for folder in ["in/new", "in/cur", "in/tmp", "state", "out"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        let demo = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo.toml")).unwrap();
        let named = demo.replacen("name = \"mona\"\n", &format!("name = \"mona\"\nuid = {person}\n"), 1);
        assert_ne!(demo, named, "mona is of the demo's team");
        fs::write(at("embargod.toml"), named).unwrap();
        let members = "organisation,address,posters\n\
                       Cirrus,security@cirrus.example,ada@cirrus.example\nNimbus,psirt@nimbus.example,\n";
        fs::write(at("members.csv"), members).unwrap();
        fs::set_permissions(at("members.csv"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(at("state"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut program = PathBuf::from(env!("CARGO_BIN_EXE_embargod"));
        if root {
            // The person may be kept out of the folder where the program was built.
            let copy = at("embargod");
            fs::hard_link(&program, &copy).or_else(|_| fs::copy(&program, &copy).map(|_| ())).unwrap();
            program = copy;
            for name in ["in", "in/new", "in/cur", "in/tmp", "state", "out", "members.csv", "embargod.toml", ""] {
                chown(at(name), Some(person), Some(person)).unwrap();
            }
        }
        Self { dir, program, person: root.then_some(person) }
    }

    /// The report and the post have come in and were handled.
    pub fn with_mail() -> Self {
        let house = Self::new();
        house.receive("1.report", REPORT);
        house.receive("2.post", POST);
        house.embargod(&["run", "--once"]).good();
        house
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Puts a mail into the Maildir.
    pub fn receive(&self, name: &str, mail: &str) {
        let path = self.at("in/new").join(name);
        fs::write(&path, mail).unwrap();
        if let Some(person) = self.person {
            chown(path, Some(person), Some(person)).unwrap();
        }
    }

    /// Runs the program as mona on this house.
    pub fn embargod(&self, args: &[&str]) -> Said {
        self.fed(args, "")
    }

    /// The same with words on standard input.
    pub fn fed(&self, args: &[&str], stdin: &str) -> Said {
        Said::of(&assert_cmd::Command::from_std(self.command(args)).write_stdin(stdin).output().unwrap())
    }

    /// The command, not started.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_on("embargod.toml", args)
    }

    /// The same with another configuration.
    pub fn command_on(&self, config: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.dir.path()).args(args).args(["--config", config]).stdin(Stdio::null());
        if let Some(person) = self.person {
            command.uid(person).gid(person);
        }
        command
    }

    /// Who runs the program in this house.
    pub fn person(&self) -> Option<u32> {
        self.person
    }

    /// The letters that went to this address, by file name.
    pub fn letters_to(&self, address: &str) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.at("out").join(address)) else { return Vec::new() };
        let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
        files.sort();
        files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }
}
