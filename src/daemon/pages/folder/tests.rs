use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::Path,
};

use super::{FolderError, LIST, replace};
use crate::site::File;

fn file(name: &str, text: &str) -> File {
    File::of_test(name, text.as_bytes())
}

/// Every file below a folder with its text, the list of our own left out.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(here) = folders.pop() {
        for entry in fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != LIST {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn names(folder: &Path) -> Vec<String> {
    tree(folder).into_keys().collect()
}

#[test]
fn the_folder_has_exactly_the_new_files_and_everybody_may_read_them() {
    let here = tempfile::tempdir().unwrap();
    let pages = here.path().join("a/pages");
    assert_eq!(replace(&pages, &[file("index.html", "one"), file("csaf/2026/x.json", "{}")]).unwrap(), 2);
    assert_eq!(names(&pages), ["csaf/2026/x.json", "index.html"]);
    for (path, mode) in [("", 0o755), ("csaf", 0o755), ("csaf/2026", 0o755), ("index.html", 0o644), ("csaf/2026/x.json", 0o644)] {
        assert_eq!(fs::metadata(pages.join(path)).unwrap().permissions().mode() & 0o777, mode, "{path}");
    }
    replace(&pages, &[file("index.html", "two")]).unwrap();
    assert_eq!(tree(&pages), BTreeMap::from([("index.html".to_owned(), "two".to_owned())]));
    assert!(!pages.join("csaf").exists(), "a folder that only held files of an earlier run goes with them");
    assert_eq!(fs::read_dir(here.path().join("a")).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_is_the_same_stays_the_same_file() {
    let here = tempfile::tempdir().unwrap();
    let pages = here.path().join("pages");
    replace(&pages, &[file("same", "one"), file("other", "one")]).unwrap();
    let before = ["same", "other"].map(|name| fs::metadata(pages.join(name)).unwrap().ino());
    replace(&pages, &[file("same", "one"), file("other", "two")]).unwrap();
    let after = ["same", "other"].map(|name| fs::metadata(pages.join(name)).unwrap().ino());
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
}

#[test]
fn what_others_put_there_stays() {
    let here = tempfile::tempdir().unwrap();
    let pages = here.path().join("pages");
    fs::create_dir_all(pages.join("old/empty")).unwrap();
    fs::write(pages.join("old/advisory-7.txt"), "from before").unwrap();
    fs::write(pages.join("robots.txt"), "theirs").unwrap();
    symlink("robots.txt", pages.join("link")).unwrap();
    replace(&pages, &[file("index.html", "one"), file("old/ours", "ours")]).unwrap();
    assert_eq!(names(&pages), ["index.html", "link", "old/advisory-7.txt", "old/ours", "robots.txt"]);
    assert!(pages.join("old/empty").is_dir());
    assert_eq!(fs::read_link(pages.join("link")).unwrap(), Path::new("robots.txt"));
    replace(&pages, &[file("index.html", "two")]).unwrap();
    assert_eq!(names(&pages), ["index.html", "link", "old/advisory-7.txt", "robots.txt"]);
}

#[test]
fn a_link_to_the_folder_stays_a_link() {
    let here = tempfile::tempdir().unwrap();
    fs::create_dir(here.path().join("real")).unwrap();
    symlink("real", here.path().join("pages")).unwrap();
    replace(&here.path().join("pages"), &[file("index.html", "one")]).unwrap();
    assert!(here.path().join("pages").is_symlink());
    assert_eq!(names(&here.path().join("real")), ["index.html"]);
}

#[test]
fn what_a_crash_left_is_no_obstacle_and_is_never_served() {
    let here = tempfile::tempdir().unwrap();
    let pages = here.path().join("pages");
    replace(&pages, &[file("index.html", "one")]).unwrap();
    fs::create_dir(here.path().join(".pages.new")).unwrap();
    fs::write(here.path().join(".pages.new/half"), "half").unwrap();
    replace(&pages, &[file("index.html", "two")]).unwrap();
    assert_eq!(names(&pages), ["index.html"]);
    assert!(!here.path().join(".pages.new").exists());
}

#[test]
fn a_name_that_leaves_the_folder_is_refused_and_the_old_pages_stay() {
    let here = tempfile::tempdir().unwrap();
    let pages = here.path().join("pages");
    replace(&pages, &[file("index.html", "one")]).unwrap();
    for name in ["../out", "/out", "a/../../out", "./x", ""] {
        let refused = replace(&pages, &[file("index.html", "two"), file(name, "x")]);
        let is_name =
            matches!(&refused, Err(FolderError::Name(refused)) if refused == name) || name.is_empty() && refused.is_err();
        assert!(is_name, "{name}: {refused:?}");
        assert_eq!(tree(&pages), BTreeMap::from([("index.html".to_owned(), "one".to_owned())]));
    }
    assert!(!here.path().join("out").exists());
}
