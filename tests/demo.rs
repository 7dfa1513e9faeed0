//! `embargod demo` as a new user meets it: one command, and afterwards the folders hold what the story said. What is compared here is read from the
//! files, by this test's own simple means, and owes nothing to the program's own counting.

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        os::unix::fs::PermissionsExt as _,
        path::{Path, PathBuf},
        process::{Command, Output},
    };

    const MEMBERS: &str = include_str!("../config/demo-members.csv");

    fn demo(dir: &Path) -> Output {
        Command::new(env!("CARGO_BIN_EXE_embargod")).arg("demo").arg("--dir").arg(dir).output().expect("the program starts")
    }

    fn listed(folder: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    fn name(path: &Path) -> String {
        path.file_name().unwrap().to_string_lossy().into_owned()
    }

    fn body(path: &Path) -> Vec<u8> {
        let bytes = fs::read(path).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an empty line ends the header");
        bytes[end + 4..].to_vec()
    }

    fn header(path: &Path, field: &str) -> Option<String> {
        let text = String::from_utf8(fs::read(path).unwrap()).unwrap();
        let (header, _) = text.split_once("\r\n\r\n").unwrap();
        header
            .replace("\r\n\t", " ")
            .replace("\r\n ", " ")
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{field}: ")).map(str::to_owned))
    }

    /// The role addresses of the members file. No name in it with a comma holds an `@`.
    fn role_addresses() -> BTreeSet<String> {
        let lines = MEMBERS.lines().filter(|line| !line.starts_with('#')).skip(1);
        lines.map(|line| line.split(',').find(|field| field.contains('@')).unwrap().to_owned()).collect()
    }

    #[test]
    fn every_member_has_the_three_mails_and_nobody_else_has_any() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("demo");
        let output = demo(&dir);
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((output.status.code(), complained.as_ref()), (Some(0), ""), "{said}");

        let arrived: BTreeMap<String, PathBuf> =
            listed(&dir.join("in/new")).into_iter().map(|path| (name(&path), path)).collect();
        let names: Vec<&str> = arrived.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "01-report",
                "02-advisory",
                "03-send",
                "04-technical",
                "05-policy",
                "06-ambiguous",
                "07-approve",
                "08-second-ruling",
                "09-forged-post",
                "10-forged-approve",
                "11-bounce",
                "12-out-of-office",
                "13-application"
            ]
        );
        let sent: Vec<(Vec<u8>, &str)> = [
            ("02-advisory", "Xen predisclosure list <xen-security-issues.lists.xenproject.org>"),
            ("04-technical", "Xen predisclosure discussion <xen-security-issues-discuss.lists.xenproject.org>"),
            ("06-ambiguous", "Xen predisclosure discussion <xen-security-issues-discuss.lists.xenproject.org>"),
        ]
        .map(|(name, list)| (body(&arrived[name]), list))
        .to_vec();

        let members = role_addresses();
        assert_eq!(members.len(), 75);
        for member in &members {
            let letters = listed(&dir.join("out").join(member));
            let got: Vec<(Vec<u8>, String)> = letters.iter().map(|path| (body(path), header(path, "List-Id").unwrap())).collect();
            let expected: Vec<(Vec<u8>, String)> = sent.iter().map(|(body, list)| (body.clone(), (*list).to_owned())).collect();
            assert!(got == expected, "{member} has {} letters, and not the three in their order", letters.len());
        }

        let folders: BTreeSet<String> = listed(&dir.join("out")).iter().map(|path| name(path)).collect();
        let others: Vec<&str> = folders.difference(&members).map(String::as_str).collect();
        assert_eq!(
            others,
            [
                "dana@finder.example",
                "mona@team.example",
                "quinn@rimuhosting.example",
                "robin@sitehost.example",
                "tariq@team.example",
                "uma@team.example"
            ]
        );
        let counts: Vec<usize> = ["dana@finder.example", "quinn@rimuhosting.example", "robin@sitehost.example"]
            .map(|who| listed(&dir.join("out").join(who)).len())
            .to_vec();
        assert_eq!(counts, [1, 1, 1], "an acknowledgement, a rejection, a receipt");
        // P70: both references.
        let rejection = String::from_utf8(fs::read(&listed(&dir.join("out/quinn@rimuhosting.example"))[0]).unwrap()).unwrap();
        assert!(rejection.contains("in private: security@xenproject.org\r\n"), "{rejection}");
        assert!(rejection.contains("- In public: xen-devel@lists.xenproject.org\r\n"), "{rejection}");
        assert!(!rejection.contains("freeze"), "not a word of the post goes back");

        for (path, mode) in
            [("state", 0o700), ("state/embargod.sqlite", 0o600), ("embargod.toml", 0o600), ("members.csv", 0o600), ("out", 0o700)]
        {
            let path = dir.join(path);
            let found =
                fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o777;
            assert_eq!(found, mode, "{}", path.display());
        }
        let told: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("   so       ")).collect();
        assert!(told.contains(&"75 of 75 members have each of the 3 mails once, body byte for byte as posted"), "{said}");
        assert!(told.contains(&"2 mails wait for a person, and will for ever: nothing is dropped"), "{said}");

        a_second_demo_in_the_same_place_is_refused(&dir);
    }

    fn a_second_demo_in_the_same_place_is_refused(dir: &Path) {
        let before = listed(&dir.join("in/new")).len();
        let output = demo(dir);
        let dir = fs::canonicalize(dir).unwrap();
        assert_eq!(
            (
                output.status.code(),
                String::from_utf8_lossy(&output.stdout).as_ref(),
                String::from_utf8_lossy(&output.stderr).into_owned()
            ),
            (
                Some(2),
                "",
                format!(
                    "embargod: {0} holds an earlier demo, which is kept as it is; look at it with `embargod status --config {0}/embargod.toml`, or name \
                     another directory\n",
                    dir.display()
                )
            )
        );
        assert_eq!(listed(&dir.join("in/new")).len(), before);
    }

    #[test]
    fn somebody_elses_directory_is_refused_and_left_alone() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("thesis.tex"), "mine").unwrap();
        let output = demo(place.path());
        let dir = fs::canonicalize(place.path()).unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()),
            (
                Some(2),
                format!(
                    "embargod: {} is not empty; name a directory that is new or empty: embargod demo --dir NEW\n",
                    dir.display()
                )
            )
        );
        assert_eq!(listed(&dir).iter().map(|path| name(path)).collect::<Vec<_>>(), ["thesis.tex"]);
    }

    #[test]
    fn a_file_in_the_place_of_the_directory_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("demo");
        fs::write(&file, "mine").unwrap();
        let output = demo(&file);
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()),
            (
                Some(2),
                format!(
                    "embargod: cannot make {} (entity already exists); choose a place where you may write: embargod demo --dir NEW\n",
                    file.display()
                )
            )
        );
    }
}
