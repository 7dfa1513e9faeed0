//! The real OpenDKIM: the milter of our MX, and the judge of the copies that recipients got.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::ground::{Ground, Port, Server, chown, program};

/// What OpenDKIM says about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dkim {
    /// A signature of this domain (`d=`) verifies.
    Pass(String),
    /// There is a signature and it does not verify.
    Fail,
    /// There is none.
    Unsigned,
}

/// The running milter.
pub struct OpenDkim {
    port: Port,
    config: std::path::PathBuf,
    folder: std::path::PathBuf,
    asked: AtomicUsize,
    _server: Server,
}

impl OpenDkim {
    /// Starts the milter as an operator would have it: verify only, one authserv-id, forged results of that id removed whatever
    /// method they name (`RemoveARAll`; without it OpenDKIM leaves a forged `spf=pass` standing), a result on every message.
    pub fn start(ground: &Ground, authserv_id: &str, key_records: &str) -> Self {
        let port = Port::claim();
        let folder = ground.folder("opendkim");
        chown(&folder, "opendkim");
        let keys = ground.file("opendkim/keys", key_records);
        // 127.0.0.1 is "internal", thus not verified, unless InternalHosts names something else.
        let config = ground.file(
            "opendkim/opendkim.conf",
            &format!(
                "Mode v\nSocket inet:{}@127.0.0.1\nAuthservID {authserv_id}\nUserID opendkim\nBackground no\n\
                 TestPublicKeys {}\nAlwaysAddARHeader yes\nRemoveARAll yes\nInternalHosts 192.0.2.1\nSyslog no\n\
                 TemporaryDirectory {}\n",
                port.number(),
                keys.display(),
                folder.display()
            ),
        );
        let mut command = program("/usr/sbin/opendkim");
        command.arg("-x").arg(&config);
        let mut server = Server::start(ground, "opendkim", command);
        server.wait_port(&port);
        Self { port, config, folder, asked: AtomicUsize::new(0), _server: server }
    }

    /// The milter's address in Postfix's notation.
    pub fn milter(&self) -> String {
        format!("inet:127.0.0.1:{}", self.port.number())
    }

    /// Verifies messages as received, one answer for each, in order.
    pub fn verify(&self, messages: &[Vec<u8>]) -> Vec<Dkim> {
        if messages.is_empty() {
            return Vec::new();
        }
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let name = |number: usize| self.folder.join(format!("copy-{asked}-{number}.eml")).display().to_string();
        let names: Vec<String> = (0..messages.len()).map(name).collect();
        for (name, message) in names.iter().zip(messages) {
            fs::write(name, message).unwrap();
        }
        let output = program("/usr/sbin/opendkim").arg("-x").arg(&self.config).args(["-t", &names.join(",")]).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        for name in &names {
            fs::remove_file(name).unwrap();
        }
        names.iter().map(|name| verdict(&said, name)).collect()
    }
}

/// Reads the line about one file: `opendkim: FILE: verification (s=cast, d=finder.example, 2048-bit key) succeeded`.
fn verdict(said: &str, name: &str) -> Dkim {
    let line = said.lines().find_map(|line| line.split_once(&format!("{name}: "))).map(|(_, rest)| rest);
    match line {
        Some("message not signed") => Dkim::Unsigned,
        Some(text) if text.starts_with("verification (") && text.ends_with(") succeeded") => {
            let domain = text.split([' ', ',', ')']).find_map(|word| word.strip_prefix("d="));
            Dkim::Pass(domain.expect("a domain in OpenDKIM's words").to_owned())
        }
        Some(text) if text.starts_with("verification (") && text.contains("failed") => Dkim::Fail,
        _ => panic!("OpenDKIM said something new: {said}"),
    }
}
