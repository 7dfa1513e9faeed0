//! Where samples come from: a folder of rules, or the program itself.
//!
//! A folder is laid out as `rules/` of the source: `NAME.toml` beside `NAME/samples/*.eml`. A kind of rules for which it has no samples is tried on
//! the ones of the program: they say what the shipped rules promise.

use std::{fs, path::Path};

/// A kind of rule file that has samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Inbox,
    Discuss,
    Application,
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Kind::Inbox, Kind::Discuss, Kind::Application];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::Inbox => "inbox",
            Kind::Discuss => "discuss",
            Kind::Application => "application",
        }
    }
}

/// The samples that the program was built with: kind, file name, bytes.
const BUILT_IN: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// Whose world the samples speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Ours: the names of config/demo.toml.
    BuiltIn,
    /// The operator's: the names of his configuration.
    Operator,
}

/// The samples of one kind.
pub(super) struct Samples {
    pub(super) kind: Kind,
    pub(super) origin: Origin,
    pub(super) files: Vec<(String, Vec<u8>)>,
}

/// The samples of a kind in `folder`, or else the program's.
pub(super) fn of(kind: Kind, folder: Option<&Path>) -> Result<Samples, String> {
    if let Some(folder) = folder.map(|folder| folder.join(kind.as_str()).join("samples")).filter(|folder| folder.is_dir()) {
        let cannot = |path: &Path| {
            let path = path.display().to_string();
            move |error: std::io::Error| format!("{path}: cannot be read: {}", error.kind())
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder).map_err(cannot(&folder))? {
            let path = entry.map_err(cannot(&folder))?.path();
            if path.extension().is_some_and(|end| end == "eml") {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                files.push((name, fs::read(&path).map_err(cannot(&path))?));
            }
        }
        files.sort();
        return Ok(Samples { kind, origin: Origin::Operator, files });
    }
    let ours = BUILT_IN.iter().filter(|(of, ..)| *of == kind.as_str());
    let files = ours.map(|(_, name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    Ok(Samples { kind, origin: Origin::BuiltIn, files })
}
