//! Puts the samples of the rule files into the program, so that `embargod rules test` tries the rules it was built with, wherever it is installed.
//!
//! Writes `$OUT_DIR/samples.rs`: one line for each `rules/NAME/samples/*.eml`, in order.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    // A folder that comes later counts, too: Cargo looks at everything below.
    println!("cargo::rerun-if-changed=rules");
    let missing = |name| io::Error::other(format!("{name} is not set: this program is run by Cargo"));
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| missing("CARGO_MANIFEST_DIR"))?).join("rules");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| missing("OUT_DIR"))?).join("samples.rs");
    let mut text = String::from("&[\n");
    for rules in sorted(&root)? {
        let samples = rules.join("samples");
        if !samples.is_dir() {
            continue;
        }
        for sample in sorted(&samples)?.iter().filter(|path| path.extension().is_some_and(|end| end == "eml")) {
            let (rules, name) = (last(&rules), last(sample));
            text.push_str(&format!("    ({rules:?}, {name:?}, include_bytes!({:?})),\n", sample.display().to_string()));
        }
    }
    text.push_str("]\n");
    fs::write(out, text)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

fn last(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
