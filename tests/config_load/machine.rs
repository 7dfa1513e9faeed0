//! A machine of its own for each test: a directory with a configuration, a members file, credentials and a password.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use embargod::config::{Access, Config, ConfigErrors, Reader, Us};

/// A small configuration that loads without a warning.
pub const BASE: &str = include_str!("base.toml");

/// The members of [`BASE`].
pub const MEMBERS: &str = "organisation,address,posters\nOne,security@one.example,ada@one.example\nTwo,security@two.example,\n";

pub struct Machine {
    directory: tempfile::TempDir,
    pub access: Access,
    pub us: Us,
}

impl Machine {
    pub fn new() -> Self {
        let machine = Self { directory: tempfile::tempdir().unwrap(), access: Access::Service, us: Us::effective() };
        for folder in ["credentials", "in", "in/new", "in/cur", "in/tmp"] {
            fs::create_dir(machine.path(folder)).unwrap();
        }
        machine.private("members.csv", MEMBERS);
        machine.private("imap-password", "correct horse\n");
        machine.private("credentials/members.csv", MEMBERS);
        machine.private("credentials/imap-password", "correct horse\n");
        machine.private("credentials/imap-token", "ya29.token");
        machine.private("credentials/relay-password", "battery staple\n");
        machine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file that only we can read.
    pub fn private(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
        self.mode(name, 0o600);
    }

    pub fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    pub fn load(&self, text: &str) -> Result<Config, ConfigErrors> {
        self.load_with(text, Some(self.path("credentials")))
    }

    pub fn load_with(&self, text: &str, credentials: Option<PathBuf>) -> Result<Config, ConfigErrors> {
        let file = self.path("embargod.toml");
        fs::write(&file, text).unwrap();
        Reader { access: self.access, credentials, us: self.us }.load(&file)
    }

    /// Every error, with the machine's directory left out.
    pub fn refusal(&self, text: &str) -> String {
        match self.load(text) {
            Ok(_) => "it loads".to_owned(),
            Err(errors) => self.nameless(&errors.to_string()),
        }
    }

    /// Every warning, with the machine's directory left out.
    pub fn warnings(&self, text: &str) -> Vec<String> {
        let config = self.load(text).unwrap_or_else(|errors| panic!("refused:\n{errors}"));
        config.warnings.iter().map(|warning| self.nameless(&warning.to_string())).collect()
    }

    pub fn nameless(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.directory.path().display()), "")
    }
}

/// `text` with one edit, which must apply exactly once.
pub fn edited(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old:?} must stand in the text exactly once");
    text.replace(old, new)
}

/// A file of `config/`.
pub fn shipped(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)).unwrap()
}

/// One edit of [`BASE`] that is refused: its name, the text that is replaced, its replacement, and all that a person then reads.
pub type Case = (&'static str, &'static str, &'static str, &'static str);

/// Every case must be refused in exactly its words.
pub fn refused(cases: &[Case]) {
    let machine = Machine::new();
    for (name, old, new, errors) in cases {
        assert_eq!(machine.refusal(&edited(BASE, old, new)), *errors, "{name}");
    }
}
