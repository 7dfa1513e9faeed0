//! `config/xen.toml` on the ground of a rig: the same text, with what an operator must replace replaced.
//!
//! A key that is not found fails the test: the shipped file and the stories cannot drift apart.

use std::{fs, path::PathBuf};

use crate::rig::{
    Rig,
    dovecot::PASSWORD,
    ground::{Ground, chmod},
};

/// The configuration of one daemon, on disk.
pub struct Site {
    /// The file.
    pub config: PathBuf,
    /// The state directory.
    pub state: PathBuf,
    /// Where the secrets lie, as systemd would put them.
    pub credentials: PathBuf,
    text: String,
}

/// The shipped configuration for this rig: members, team, trust, both mailboxes and the relay are the rig's.
pub fn site(rig: &Rig) -> Site {
    let ground = &rig.ground;
    let credentials = ground.folder("credentials");
    secret(ground, "credentials/imap-password", &format!("{PASSWORD}\n"));
    secret(ground, "credentials/members.csv", &members(rig));
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/config/xen.toml");
    let mut site = Site {
        config: ground.at("embargod.toml"),
        state: ground.at("state"),
        credentials,
        text: fs::read_to_string(shipped).unwrap(),
    };
    let quoted = |text: &str| format!("\"{text}\"");
    let state = site.state.display().to_string();
    let [mona, milo] = rig.cast.moderators.as_slice() else { panic!("two moderators") };
    site.set("", 0, "state", &quoted(&state));
    site.set("", 0, "control-socket", &format!("\"{state}/control.sock\""));
    site.set("moderation", 0, "kill-switch", &format!("\"{state}/hold-all\""));
    site.set("team", 0, "name", "\"mona\"");
    site.set("team", 0, "address", &quoted(&mona.address));
    site.set("team", 0, "also", "[]");
    site.set("team", 1, "name", "\"milo\"");
    site.set("team", 1, "address", &quoted(&milo.address));
    // The stories play today, and months later.
    site.set("policy", 0, "reviewed", "2100-01-01");
    site.set("trust", 0, "authserv-id", &quoted(&rig.plan.mx_host));
    site.set("trust", 0, "received-by", &quoted(&rig.plan.mx_host));
    site.set("source.imap", 0, "name", "\"security\"");
    site.set("source.imap", 0, "host", "\"localhost\"");
    site.set("source.imap", 0, "port", &rig.dovecot.port().to_string());
    site.set("source.imap", 0, "ca-file", &quoted(&rig.dovecot.ca_file().display().to_string()));
    site.set("source.imap", 0, "user", "\"security\"");
    site.set("source.imap", 0, "poll-interval", "\"5 s\"");
    site.second_account();
    site.set("source.imap", 1, "name", "\"lists\"");
    site.set("source.imap", 1, "user", "\"lists\"");
    site.set("transport.relay", 0, "port", &rig.submission_port().to_string());
    site.set("delivery", 0, "retry-first", "\"1 s\"");
    site.set("delivery", 0, "unknown-resend-after", "\"1 s\"");
    site.set("log", 0, "format", "\"stderr\"");
    site.set("log", 0, "level", "\"debug\"");
    site.write();
    site
}

impl Site {
    /// Gives a key of the `nth` table of that name (empty: the top of the file) another value; a key written as a comment is taken into use.
    pub fn set(&mut self, table: &str, nth: usize, key: &str, value: &str) {
        let (mut here, mut seen) = (table.is_empty(), 0);
        let mut found = None;
        for (number, line) in self.text.lines().enumerate() {
            if let Some(name) = line.strip_prefix('[') {
                let name = name.trim_start_matches('[').split(']').next().unwrap_or_default();
                here = name == table && seen == nth;
                seen += usize::from(name == table);
            }
            let written = line.strip_prefix('#').unwrap_or(line);
            if here && written.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = ")) {
                found = Some(number);
                break;
            }
        }
        let found = found.unwrap_or_else(|| panic!("config/xen.toml has no key {key} in table {nth} of [{table}]"));
        let line = format!("{key} = {value}");
        self.text =
            self.text.lines().enumerate().map(|(n, old)| if n == found { line.clone() } else { old.to_owned() } + "\n").collect();
    }

    /// Takes `[publication]` into use, with its values as shipped, for this directory.
    pub fn publish(&mut self, directory: &std::path::Path) {
        let (before, rest) = self.text.split_once("\n#[publication]\n").expect("a table [publication] in config/xen.toml");
        let (table, after) = rest.split_once("\n# No log line").expect("what follows it");
        let in_use = |line: &str| match line.strip_prefix('#') {
            Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => key.to_owned(),
            _ => line.to_owned(),
        };
        let table = table.lines().map(in_use).collect::<Vec<_>>().join("\n");
        self.text = format!("{before}\n[publication]\n{table}\n# No log line{after}");
        self.set("publication", 0, "directory", &format!("\"{}\"", directory.display()));
    }

    /// When From is replaced, and the domains that ask receivers to refuse what does not pass.
    pub fn dmarc(&mut self, munging: &str, refusing: &[&str]) {
        self.set("dmarc", 0, "from-munging", &format!("\"{munging}\""));
        let entries: String = refusing.iter().map(|domain| format!("\"{domain}\" = \"reject\"\n")).collect();
        let table = format!("\n[dmarc.policies]\n{entries}");
        self.text = self.text.replacen("\n#[dmarc.policies]\n", &table, 1);
    }

    /// Takes `[dkim]` into use, with the key in the credentials.
    pub fn sign_letters(&mut self) {
        self.text = self.text.replacen("\n#[dkim]\n", "\n[dkim]\n", 1);
        self.set("dkim", 0, "selector", "\"letters\"");
        self.set("dkim", 0, "key-credential", "\"dkim-key\"");
    }

    /// Takes `[[upstream]]` into use, for a project that writes from this address.
    pub fn upstream(&mut self, name: &str, from: &str) {
        self.text = self.text.replacen("\n#[[upstream]]\n", "\n[[upstream]]\n", 1);
        self.set("upstream", 0, "name", &format!("\"{name}\""));
        self.set("upstream", 0, "from", &format!("[\"{from}\"]"));
    }

    /// "One `[[source.imap]]` table for each account": the table as it stands, once more.
    fn second_account(&mut self) {
        let (before, rest) = self.text.split_once("\n[[source.imap]]\n").expect("an IMAP source in config/xen.toml");
        let (table, after) = rest.split_once("\n# A Maildir on this machine").expect("the Maildir source after it");
        let head = "[[source.imap]]\n";
        self.text = format!("{before}\n{head}{table}\n{head}{table}\n# A Maildir on this machine{after}");
    }

    /// Puts it on disk.
    pub fn write(&self) {
        self.write_text(&self.text);
    }

    /// Puts another text in its place.
    pub fn write_text(&self, text: &str) {
        fs::write(&self.config, text).unwrap();
    }

    /// The configuration's path, for command lines.
    pub fn path(&self) -> &str {
        self.config.to_str().unwrap()
    }
}

/// The members file: 75 organisations, posters confirmed for the first three.
fn members(rig: &Rig) -> String {
    let mut text = "organisation,address,posters\n".to_owned();
    for (number, member) in rig.cast.members.iter().enumerate() {
        let poster = rig.cast.posters.get(number).map_or("", |poster| poster.address.as_str());
        text.push_str(&format!("{},{},{poster}\n", member.name, member.address));
    }
    text
}

fn secret(ground: &Ground, name: &str, content: &str) {
    chmod(&ground.file(name, content), 0o600);
}
