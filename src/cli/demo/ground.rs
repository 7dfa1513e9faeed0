//! The demo's own directory: made, filled with its configuration, and refused where something else lies already.
//!
//! Promises: nothing that was there before is changed; files are 0600 and folders 0700, because a demo teaches habits. Fails with [`GroundError`].

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::entropy::Entropy;

/// The configuration, as it is shipped.
const CONFIG: &str = include_str!("../../../config/demo.toml");
/// The members it names.
const MEMBERS: &str = include_str!("../../../config/demo-members.csv");

/// Why there can be no demo here.
#[derive(Debug, thiserror::Error)]
pub(super) enum GroundError {
    /// Somebody's files.
    #[error("{} is not empty; name a directory that is new or empty: embargod demo --dir NEW", .0.display())]
    NotEmpty(PathBuf),
    /// An earlier demo.
    #[error(
        "{} holds an earlier demo, which is kept as it is; look at it with `embargod status --config {}`, or name another directory",
        .0.display(),
        .0.join(CONFIG_NAME).display()
    )]
    EarlierDemo(PathBuf),
    /// The system.
    #[error("cannot {what} {} ({kind}); choose a place where you may write: embargod demo --dir NEW", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
}

const CONFIG_NAME: &str = "embargod.toml";

/// The directory of one demo.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    root: PathBuf,
}

impl Ground {
    /// Makes the directory (a new one in the system's place for temporary files if none is named) and puts the configuration there.
    pub(super) fn prepare(dir: Option<PathBuf>, uid: u32, entropy: &mut dyn Entropy) -> Result<Self, GroundError> {
        let named = dir.unwrap_or_else(|| {
            let name: String = entropy.token().chars().take(8).collect();
            std::env::temp_dir().join(format!("embargod-demo-{name}"))
        });
        DirBuilder::new().recursive(true).mode(0o700).create(&named).map_err(io("make", &named))?;
        let root = fs::canonicalize(&named).map_err(io("find", &named))?;
        if fs::read_dir(&root).map_err(io("read", &root))?.next().is_some() {
            let earlier =
                fs::read_to_string(root.join(CONFIG_NAME)).is_ok_and(|text| text.lines().next() == CONFIG.lines().next());
            return Err(if earlier { GroundError::EarlierDemo(root) } else { GroundError::NotEmpty(root) });
        }
        write(&root.join("members.csv"), MEMBERS)?;
        write(&root.join(CONFIG_NAME), &fitted(uid))?;
        for folder in ["in", "in/new", "in/cur", "in/tmp", "out"] {
            let folder = root.join(folder);
            DirBuilder::new().mode(0o700).create(&folder).map_err(io("make", &folder))?;
        }
        Ok(Self { root })
    }

    /// The directory.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The configuration in it.
    pub(super) fn config(&self) -> PathBuf {
        self.root.join(CONFIG_NAME)
    }

    /// The Maildir in which mail arrives.
    pub(super) fn maildir(&self) -> PathBuf {
        self.root.join("in")
    }

    /// What went out: one folder for each recipient.
    pub(super) fn out(&self) -> PathBuf {
        self.root.join("out")
    }

    /// A path in it as it is shown: from the directory on.
    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// The shipped configuration with one line more: who plays the demo is Mona on the command line. Root is the operator and nobody of the team.
pub(super) fn fitted(uid: u32) -> String {
    const MONA: &str = "address = \"mona@team.example\"\n";
    match uid {
        0 => CONFIG.to_owned(),
        _ => CONFIG.replacen(MONA, &format!("{MONA}# You, on this machine.\nuid = {uid}\n"), 1),
    }
}

fn write(path: &Path, text: &str) -> Result<(), GroundError> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io("make", path))?;
    file.write_all(text.as_bytes()).map_err(io("write", path))
}

fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> GroundError {
    move |error| GroundError::Io { what, path: path.to_owned(), kind: error.kind() }
}
