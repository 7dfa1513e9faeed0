//! The configurations in `config/` load, say what they should, and describe every key truthfully.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use embargod::config::{Access, Config, ConfigErrors, Reader, Us, check};

/// A machine of its own for one configuration: its directory, its credentials, its state.
struct Machine {
    directory: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let credentials = directory.path().join("credentials");
        fs::create_dir(&credentials).unwrap();
        let shipped = fs::read(shipped("members.example.csv")).unwrap();
        for (name, content) in [
            ("members.csv", shipped.as_slice()),
            ("imap-password", b"correct horse\n"),
            ("imap-token", b"ya29.token"),
            ("relay-password", b"battery staple\n"),
        ] {
            private(&credentials.join(name), content);
        }
        private(&directory.path().join("members.csv"), &shipped);
        for folder in ["in", "in/new", "in/cur", "in/tmp"] {
            fs::create_dir(directory.path().join(folder)).unwrap();
        }
        Self { directory }
    }

    fn load(&self, text: &str) -> Result<Config, ConfigErrors> {
        let file = self.directory.path().join("embargod.toml");
        fs::write(&file, text.replace("/var/lib/embargod", &self.directory.path().join("state").display().to_string())).unwrap();
        let reader =
            Reader { access: Access::Service, credentials: Some(self.directory.path().join("credentials")), us: Us::effective() };
        reader.load(&file)
    }

    /// What `check` prints, with this machine's directory left out.
    fn report(&self, name: &str) -> String {
        let config = self.load(&text(name)).unwrap_or_else(|errors| panic!("{name}:\n{errors}"));
        check::report(&config).join("\n").replace(&self.directory.path().display().to_string(), "DIR") + "\n"
    }
}

fn private(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(shipped(name)).unwrap()
}

#[test]
fn every_shipped_file_loads() {
    for name in ["xen.toml", "demo.toml", "other.toml"] {
        println!("{}", Machine::new().report(name));
    }
}
