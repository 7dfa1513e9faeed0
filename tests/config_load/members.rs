//! The members file: what it may say, and that no error or warning repeats a member's address.

use embargod::disclosure::Membership;

use crate::machine::{BASE, Machine, edited};

const HEADER: &str = "organisation,address,posters\n";

fn refusal(file: &str) -> String {
    let machine = Machine::new();
    machine.private("members.csv", file);
    machine.refusal(BASE)
}

#[test]
fn a_file_with_everything_that_is_allowed() {
    let machine = Machine::new();
    let file = "\u{feff}# our members\norganisation, address, posters\n\n\
                \"AIS, Inc\",security@ais.example,ada@ais.example grace@ais.example;linus@home.example\r\n\
                1 & 1 Internet AG,psirt@one.example\n\
                \"Host \"\"Europe\"\" Group\",\"cert@he.example\",\n";
    machine.private("members.csv", file);
    let members = machine.load(BASE).unwrap().members;
    let rows: Vec<(&str, String, Vec<String>)> = members
        .iter()
        .map(|member| {
            let posters = member.posters.iter().map(ToString::to_string).collect();
            (member.organisation.as_str(), member.address.to_string(), posters)
        })
        .collect();
    assert_eq!(
        rows,
        [
            (
                "AIS, Inc",
                "security@ais.example".to_owned(),
                vec!["ada@ais.example".to_owned(), "grace@ais.example".to_owned(), "linus@home.example".to_owned()]
            ),
            ("1 & 1 Internet AG", "psirt@one.example".to_owned(), vec![]),
            ("Host \"Europe\" Group", "cert@he.example".to_owned(), vec![]),
        ]
    );
    assert!(members.iter().all(|member| member.membership == Membership::Active));
}

#[test]
fn seventy_five_members_load() {
    let machine = Machine::new();
    let rows: String = (1..=75).map(|nth| format!("Organisation {nth},security@org{nth}.example,\n")).collect();
    machine.private("members.csv", &format!("{HEADER}{rows}"));
    assert_eq!(machine.load(BASE).unwrap().members.len(), 75);
}

#[test]
fn a_list_without_members_is_refused() {
    let none = "embargod.toml:2:16: the lists have no members
  remedy: add at least one organisation: a list without members reaches nobody";
    assert_eq!(refusal(""), none);
    assert_eq!(refusal(HEADER), none);
    assert_eq!(refusal("# nobody yet\n\norganisation,address,posters\n# nobody\n"), none);
    let machine = Machine::new();
    std::fs::remove_file(machine.path("members.csv")).unwrap();
    assert_eq!(
        machine.refusal(BASE),
        "embargod.toml:2:16: the members file members.csv cannot be read: entity not found
  remedy: write it (config/members.example.csv shows the form) and make it readable"
    );
    assert_eq!(
        machine.refusal(&edited(BASE, "members-file = \"members.csv\"", "member = []")),
        "embargod.toml:1:1: the lists have no members
  remedy: add at least one organisation: a list without members reaches nobody"
    );
}

#[test]
fn lines_that_are_no_members() {
    for (line, error) in [
        (
            "One",
            "members.csv:2:1: this line has 1 columns instead of 3
  remedy: write: organisation,address,posters (quotes around a name with a comma; posters separated by blanks; the last may be empty)",
        ),
        (
            "AIS, Inc,security@ais.example,",
            "members.csv:2:1: this line has 4 columns instead of 3
  remedy: write: organisation,address,posters (quotes around a name with a comma; posters separated by blanks; the last may be empty)",
        ),
        (
            "\"AIS, Inc,security@ais.example,",
            "members.csv:2:1: a quote is opened and not closed, or stands inside a field
  remedy: write: organisation,address,posters (quotes around a name with a comma; posters separated by blanks; the last may be empty)",
        ),
        (
            "\"AIS\" Inc,security@ais.example,",
            "members.csv:2:1: a quote is opened and not closed, or stands inside a field
  remedy: write: organisation,address,posters (quotes around a name with a comma; posters separated by blanks; the last may be empty)",
        ),
        (
            ",security@ais.example,",
            "members.csv:2:1: a member without the name of its organisation
  remedy: write: organisation,address,posters (quotes around a name with a comma; posters separated by blanks; the last may be empty)",
        ),
        (
            "security@ais.example,security@ais.example,",
            "members.csv:2:1: the name of an organisation with an @ (or U+FF20 or U+FE6B, which look like one)
  remedy: write the organisation's name alone: it stands on the public list, where no address may be",
        ),
        (
            "security\u{ff20}ais,security@ais.example,",
            "members.csv:2:1: the name of an organisation with an @ (or U+FF20 or U+FE6B, which look like one)
  remedy: write the organisation's name alone: it stands on the public list, where no address may be",
        ),
        (
            "One,Team <security@one.example>,",
            "members.csv:2:1: the role address of One is no mail address
  remedy: write the bare address: name@example.org",
        ),
        (
            "One,security@one.example,ada",
            "members.csv:2:1: the poster of One is no mail address
  remedy: write the bare address: name@example.org",
        ),
    ] {
        assert_eq!(refusal(&format!("{HEADER}{line}\n")), error, "{line}");
    }
    assert_eq!(
        refusal("name;mail\nOne;security@one.example\n"),
        "members.csv:1:1: the first line of a members file names its columns
  remedy: write: organisation,address,posters"
    );
}

#[test]
fn addresses_that_no_member_may_have() {
    for (address, owner) in [
        ("dev@lists.example.org", "one of lists.public"),
        ("Dev@Lists.Old.Example.org", "one of lists.public"),
        ("applications@lists.example.org", "lists.applications (public)"),
        ("early@lists.example.org", "lists.primary (private)"),
        ("talk-bounces@lists.example.org", "lists.discuss (private)"),
        ("talk-bounces+one=one.example@lists.example.org", "lists.discuss (private)"),
        ("security@old.example.org", "project.security"),
        ("desk+token@example.org", "project.desk"),
    ] {
        for (line, what) in [(format!("One,{address},"), "role address"), (format!("One,a@one.example,{address}"), "poster")] {
            assert_eq!(
                refusal(&format!("{HEADER}{line}\n")),
                format!(
                    "members.csv:2:1: the {what} of One is {owner}
  remedy: use the organisation's own address: embargoed mail must reach it and nobody else"
                )
            );
        }
    }
}

#[test]
fn the_same_member_twice() {
    assert_eq!(
        refusal(&format!("{HEADER}One,a@one.example,\nTwo,b@two.example,\none,c@one.example,\n")),
        "members.csv:4:1: one is a member already (line 2)
  remedy: delete one of the two: an organisation has one role address (P48)"
    );
    assert_eq!(
        refusal(&format!("{HEADER}One,a@one.example,\nTwo,A@One.example,\n")),
        "members.csv:3:1: the role address of Two is an address of One already (line 2)
  remedy: give each organisation addresses of its own"
    );
    assert_eq!(
        refusal(&format!("{HEADER}One,a@one.example,ada@home.example\nTwo,b@two.example,ada@home.example\n")),
        "members.csv:3:1: the poster of Two is an address of One already (line 2)
  remedy: give each organisation addresses of its own"
    );
    // A person may write from the role address itself.
    assert_eq!(refusal(&format!("{HEADER}One,a@one.example,a@one.example\n")), "it loads");
}

#[test]
fn every_fault_of_the_file_is_reported_in_its_order() {
    assert_eq!(
        refusal(&format!("{HEADER}One,nowhere,\nTwo,dev@lists.example.org,\nThree\n")),
        "members.csv:2:1: the role address of One is no mail address
  remedy: write the bare address: name@example.org
members.csv:3:1: the role address of Two is one of lists.public
  remedy: use the organisation's own address: embargoed mail must reach it and nobody else
members.csv:4:1: this line has 1 columns instead of 3
  remedy: write: organisation,address,posters (quotes around a name with a comma; posters separated by blanks; the last may be empty)"
    );
}

#[test]
fn members_in_the_configuration_itself() {
    let machine = Machine::new();
    let text = edited(BASE, "members-file = \"members.csv\"\n", "")
        + "[[member]]\norganisation = \"One\"\naddress = \"a@one.example\"\n";
    assert_eq!(machine.load(&text).unwrap().members.len(), 1);
    assert_eq!(
        machine.refusal(&(text + "[[member]]\norganisation = \"Two\"\naddress = \"dev@lists.example.org\"\n")),
        "embargod.toml:66:11: the role address of Two is one of lists.public
  remedy: use the organisation's own address: embargoed mail must reach it and nobody else"
    );
}

#[test]
fn what_is_allowed_and_worth_a_look() {
    let machine = Machine::new();
    machine.private("members.csv", &format!("{HEADER}One,one.security@gmail.com,\n"));
    assert_eq!(
        machine.warnings(BASE),
        ["members.csv:2:1: the role address of One is at a free-mail provider: is it read by more than one person?"]
    );
    let alone = edited(BASE, "[[team]]\nname = \"tariq\"\naddress = \"tariq@example.net\"\n", "");
    assert_eq!(
        Machine::new().warnings(&alone),
        ["embargod.toml:39:8: the team has one person: what needs two people (a team advisory, a public release) cannot be done"]
    );
    machine.mode("members.csv", 0o644);
    assert_eq!(
        machine.warnings(BASE),
        [
            "embargod.toml:2:16: the members file members.csv is open to other users of this machine (mode 0644); its addresses are for the \
             team only: chmod 600 members.csv",
            "members.csv:2:1: the role address of One is at a free-mail provider: is it read by more than one person?",
        ]
    );
}
