//! What the README and the pages of docs/ say of the tree is so: the rule in five minutes loads and does what it says, every file and function named is
//! there, every command and option is on its page, and every mark in the code is explained.

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use embargod::{
        config::{Access, Reader},
        moderation::DiscussRules,
    };

    const README: &str = include_str!("../README.md");

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn page(name: &str) -> String {
        fs::read_to_string(root().join(name)).unwrap()
    }

    /// The README and all of docs/.
    fn pages() -> Vec<String> {
        let docs = fs::read_dir(root().join("docs")).unwrap();
        let mut names: Vec<String> = docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().to_str().unwrap())).collect();
        names.push("README.md".to_owned());
        names
    }

    /// What stands between backquotes, without the blocks.
    fn named(text: &str) -> impl Iterator<Item = &str> {
        text.lines().filter(|line| !line.starts_with("    ")).flat_map(|line| line.split('`').skip(1).step_by(2))
    }

    fn files_below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files_below(&path, ending, found);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }

    /// The Xen Project as `demo` sets it up.
    fn project() -> embargod::disclosure::Project {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("embargod.toml"), include_str!("../config/demo.toml")).unwrap();
        let members = place.path().join("members.csv");
        fs::write(&members, include_str!("../config/demo-members.csv")).unwrap();
        Reader::this_process(Access::Visitor).load(&place.path().join("embargod.toml")).unwrap().project
    }

    fn the_rule() -> &'static str {
        let (_, block) = README.split_once("```toml\n").expect("the README shows a rule");
        block.split_once("```").unwrap().0
    }

    #[test]
    fn the_rule_of_the_readme_loads() {
        let rules = DiscussRules::parse("README.md", the_rule(), &project()).unwrap();
        let names: Vec<&str> = rules.rules().iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["meeting"]);
    }

    #[test]
    fn with_a_slip_in_it_it_is_refused() {
        let slip = the_rule().replace("from    = \"member\"", "from    = \"anyone\"");
        assert!(DiscussRules::parse("README.md", &slip, &project()).is_err());
    }

    #[test]
    fn every_page_file_and_function_that_is_named_exists() {
        let (mut files, mut functions) = (0, 0);
        for name in pages() {
            let text = page(&name);
            let folder = root().join(&name).parent().unwrap().to_owned();
            for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains("://")) {
                let file = link.split('#').next().unwrap();
                assert!(folder.join(file).exists(), "{name} links to {link}");
                files += 1;
            }
            // `src/decide/post.rs: hold` is a function of that file.
            for code in named(&text).filter(|code| !code.contains('*') && !code.contains("NAME")) {
                let (path, function) = code.split_once(": ").map_or((code, None), |(path, function)| (path, Some(function)));
                let tops = ["src/", "config/", "rules/", "tests/", "systemd/", "docs/", "benches/"];
                if path.contains(' ') || !tops.iter().any(|top| path.starts_with(top)) {
                    continue;
                }
                assert!(root().join(path.trim_end_matches('/')).exists(), "{name} names {path}");
                files += 1;
                if let Some(function) = function {
                    let there = ["(", "<"].iter().any(|next| page(path).contains(&format!("fn {function}{next}")));
                    assert!(there, "{name}: {path} has no function {function}");
                    functions += 1;
                }
            }
        }
        assert!(files > 90 && functions > 30, "only {files} and {functions} were found to look at");
    }

    #[test]
    fn every_mark_in_the_code_is_explained() {
        let text = page("docs/policy.md");
        let explained: BTreeSet<&str> =
            text.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()).filter(|mark| is_mark(mark)).collect();
        let house = page("docs/house.md");
        let (_, invariants) = house.split_once("## The invariants\n").unwrap();
        let invariants = invariants.split("\n## ").next().unwrap();
        let invariants = invariants.lines().filter(|line| line.split_once(". ").is_some_and(is_numbered)).count();
        let mut sources = Vec::new();
        for folder in ["src", "tests", "benches"] {
            files_below(&root().join(folder), "rs", &mut sources);
        }
        let mut seen = 0;
        for path in sources {
            let text = fs::read_to_string(&path).unwrap();
            for comment in text.lines().filter_map(|line| line.split_once("//")).map(|(_, comment)| comment) {
                let words: Vec<&str> = comment.split(|c: char| !c.is_alphanumeric()).collect();
                for mark in words.iter().filter(|word| is_mark(word)) {
                    assert!(explained.contains(mark), "{}: {mark} is not in docs/policy.md", path.display());
                    seen += 1;
                }
                for pair in words.windows(2).filter(|pair| pair[0] == "invariant") {
                    let number: usize = pair[1].parse().unwrap_or_default();
                    assert!((1..=invariants).contains(&number), "{}: invariant {}", path.display(), pair[1]);
                }
            }
            for document in
                text.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '_').filter(|word| word.ends_with(".md"))
            {
                let name = document.trim_end_matches(".md");
                let is_one = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase());
                assert!(!is_one || root().join(document).exists(), "{}: there is no {document}", path.display());
            }
        }
        assert!(explained.len() > 100 && seen > 400 && invariants == 10, "{} {seen} {invariants}", explained.len());
    }

    /// `P38`, `T07`: not `T1`, which is a word of other people's.
    fn is_mark(word: &str) -> bool {
        let digits = word.get(1..).unwrap_or_default();
        let numbered = !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        numbered && (word.starts_with('P') || (digits.len() == 2 && (word.starts_with('T') || word.starts_with('D'))))
    }

    fn is_numbered((number, _): (&str, &str)) -> bool {
        number.parse::<usize>().is_ok()
    }

    /// What `--help` of a command shows: its subcommands, and its options.
    fn help(command: &[String]) -> (Vec<String>, Vec<String>) {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_embargod")).args(command).arg("--help").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let says_words = text.lines().any(|line| line.starts_with("Usage: ") && line.contains("<COMMAND>..."));
        let commands = text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let commands =
            commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|word| !says_words && *word != "help");
        let commands = commands.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let options = text.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let options = options.filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")));
        (commands, options.map(str::to_owned).collect())
    }

    #[test]
    fn every_command_and_option_is_on_its_page() {
        let text = page("docs/commands.md");
        let mut open: Vec<Vec<String>> = vec![Vec::new()];
        let mut seen = 0;
        while let Some(command) = open.pop() {
            let (commands, options) = help(&command);
            let name = format!("`{}`", command.join(" "));
            let row = text.lines().find(|line| line.split('|').nth(1).is_some_and(|first| first.contains(&name)));
            assert!(row.is_some() || !commands.is_empty(), "{name} is not in docs/commands.md");
            for option in
                options.iter().filter(|option| !["--help", "--version", "--config", "--json"].contains(&option.as_str()))
            {
                assert!(row.is_some_and(|row| row.contains(&format!("`{option}`"))), "{name}: {option} is not in its row");
            }
            seen += 1;
            open.extend(commands.into_iter().map(|next| [command.clone(), vec![next]].concat()));
        }
        assert!(seen > 60, "only {seen} commands were found");
    }

    #[test]
    fn the_threat_model_names_rooms_that_exist() {
        let text = page("docs/threat-model.md");
        let mut seen = 0;
        for row in text.lines().filter(|line| line.starts_with('|') && line.matches('|').count() == 4) {
            let last = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
            for room in last.split('`').skip(1).step_by(2) {
                let there = [format!("src/{room}"), format!("src/{room}.rs"), room.to_owned()]
                    .iter()
                    .any(|path| root().join(path).exists());
                assert!(there, "{room}");
                seen += 1;
            }
        }
        assert!(seen > 20, "only {seen} were found to look at");
    }
}
