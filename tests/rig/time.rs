//! The wall clock of the daemon and of Dovecot, moved by the story: stories of a case take weeks.
//!
//! libfaketime stands between those programs and the system's clock. Only the wall clock moves, as when somebody sets it or a machine sleeps: the
//! monotonic clock, which timers run by, goes on as it is.

use std::{fs, path::PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::{ground::Ground, plan::Hands};

/// How far the clocks are ahead.
#[derive(Debug, Clone)]
pub struct Time {
    file: Option<PathBuf>,
}

impl Time {
    /// The present.
    pub fn new(ground: &Ground, hands: Hands) -> Self {
        let file = (hands == Hands::Ours).then(|| ground.file("ahead", "+0\n"));
        if file.is_some() {
            assert!(library().is_some(), "libfaketime is missing; tests/all.sh installs it");
        }
        Self { file }
    }

    /// What a program must be started with.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let (Some(file), Some(library)) = (&self.file, library()) else { return Vec::new() };
        vec![
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    /// It is `ahead` of the present from now on.
    pub fn set_ahead(&self, ahead: SignedDuration) {
        let file = self.file.as_ref().expect("a plan with hands of ours");
        let aside = file.with_extension("new");
        fs::write(&aside, format!("+{}\n", ahead.as_secs())).unwrap();
        fs::rename(aside, file).unwrap();
    }

    /// It is that instant from now on; the clock goes on from there.
    pub fn set(&self, to: Timestamp) {
        self.set_ahead(to.duration_since(present()));
    }
}

/// What the machine's clock says.
pub fn present() -> Timestamp {
    use embargod::clock::Clock as _;
    embargod::clock::SystemClock.now()
}

fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    folders.iter().map(|folder| PathBuf::from(folder).join("faketime/libfaketimeMT.so.1")).find(|path| path.exists())
}
