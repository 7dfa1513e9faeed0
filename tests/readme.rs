//! What the README and the pages of docs/ say of the tree is so: the rule in five minutes loads and does what it says, and every file named is there.

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use embargod::{
        config::{Access, Reader},
        moderation::DiscussRules,
    };

    const README: &str = include_str!("../README.md");

    fn page(name: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
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
    fn every_page_and_file_that_is_named_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut seen = 0;
        for name in ["README.md", "docs/operating.md", "docs/configuration.md", "docs/formats.md", "docs/threat-model.md"] {
            let text = page(name);
            let folder = root.join(name).parent().unwrap().to_owned();
            for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains("://")) {
                assert!(folder.join(link).exists(), "{name} links to {link}");
                seen += 1;
            }
            let named = text.split('`').skip(1).step_by(2).filter(|code| {
                ["src/", "config/", "rules/", "tests/", "systemd/", "docs/"].iter().any(|top| code.starts_with(top))
                    && !code.contains(['*', ' ', 'N'])
            });
            for path in named {
                assert!(root.join(path.trim_end_matches('/')).exists(), "{name} names {path}");
                seen += 1;
            }
        }
        assert!(seen > 30, "only {seen} were found to look at");
    }

    #[test]
    fn the_threat_model_names_rooms_that_exist() {
        let text = page("docs/threat-model.md");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut seen = 0;
        for row in text.lines().filter(|line| line.starts_with('|') && line.matches('|').count() == 4) {
            let last = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
            for room in last.split('`').skip(1).step_by(2) {
                let there = [format!("src/{room}"), format!("src/{room}.rs"), room.to_owned()]
                    .iter()
                    .any(|path| root.join(path).exists());
                assert!(there, "{room}");
                seen += 1;
            }
        }
        assert!(seen > 20, "only {seen} were found to look at");
    }
}
