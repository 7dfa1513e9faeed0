//! Files that are refused for what they are: no TOML, unknown keys, missing parts, ways out without TLS. Each with the whole text of its errors.

use embargod::config::{Access, Reader};

use crate::machine::{BASE, Machine, edited, refused};

#[test]
fn the_base_loads_without_a_warning() {
    assert_eq!(Machine::new().warnings(BASE), Vec::<String>::new());
}

#[test]
fn text_that_is_no_toml() {
    refused(&[
        (
            "an open bracket",
            "[schedule]",
            "[schedule",
            "embargod.toml:60:10: not valid TOML: unclosed table, expected `]`
  remedy: write it as KEY = VALUE, texts in double quotes (https://toml.io)",
        ),
        (
            "a text without quotes",
            r#"zone = "UTC""#,
            "zone = UTC",
            "embargod.toml:61:8: not valid TOML: string values must be quoted, expected literal string
  remedy: write it as KEY = VALUE, texts in double quotes (https://toml.io)",
        ),
        (
            "a key twice",
            r#"zone = "UTC""#,
            r#"zone = "UTC"
zone = "UTC""#,
            "embargod.toml:62:1: this key stands here a second time
  remedy: delete one of the two",
        ),
    ]);
}

#[test]
fn keys_and_types() {
    refused(&[
        (
            "a misspelt key",
            r#"host = "imap.example.org""#,
            r#"hots = "imap.example.org""#,
            "embargod.toml:52:1: the key `hots` does not exist here
  remedy: did you mean `host`?",
        ),
        (
            "a key of another table",
            r#"zone = "UTC""#,
            r#"zone = "UTC"
retry = "5 min""#,
            "embargod.toml:62:1: the key `retry` does not exist here
  remedy: delete it, or use one of: backup-contact, zone, working-days, office-hours, holidays, holidays-file, predisclosure-after, public-after, answer-within, unclaimed-after",
        ),
        (
            "a misspelt table",
            "[schedule]",
            "[shedule]",
            "embargod.toml:60:2: the key `shedule` does not exist here
  remedy: did you mean `schedule`?",
        ),
        (
            "a table that does not exist",
            r#"[schedule]
zone = "UTC""#,
            "[webserver]
port = 80",
            "embargod.toml:60:2: the key `webserver` does not exist here
  remedy: delete it, or use one of: state, control-socket, rules, letters, members-file, members-credential, project, policy, lists, team, upstream, member, trust, source, transport, moderation, schedule, acknowledgement, delivery, dkim, dmarc, publication, status, log",
        ),
        (
            "a key that is missing",
            r#"host = "imap.example.org"
"#,
            "",
            "embargod.toml:50:1: the key `host` is missing in this table of `source`
  remedy: add host = ... (config/xen.toml explains every key)",
        ),
        (
            "a number instead of a text",
            r#"zone = "UTC""#,
            "zone = 1",
            "embargod.toml:61:8: a number stands where a text is expected
  remedy: write a text in double quotes",
        ),
        (
            "a text instead of a number",
            r#"zone = "UTC""#,
            r#"public-after = "10""#,
            "embargod.toml:61:16: a text stands where a number is expected
  remedy: write a whole number, without quotes",
        ),
        (
            "a negative number",
            r#"zone = "UTC""#,
            "public-after = -1",
            "embargod.toml:61:16: this number is too small or too large
  remedy: write a small whole number, 1 or more",
        ),
        (
            "a text instead of a table",
            r#"[schedule]
zone = "UTC""#,
            r#"[log]
[[schedule]]
zone = "UTC""#,
            "embargod.toml:61:1: `schedule` is no table
  remedy: write [schedule] on a line of its own, and its keys below",
        ),
        (
            "a text instead of a boolean",
            "[schedule]",
            r#"[moderation]
automatic = "yes"
[schedule]"#,
            "embargod.toml:61:13: a text stands where true or false is expected
  remedy: write true or false, without quotes",
        ),
        (
            "a text instead of a list",
            r#"zone = "UTC""#,
            r#"working-days = "Mon""#,
            r#"embargod.toml:61:16: a text stands where a list is expected
  remedy: write a list: ["one", "two"]; for a table, double brackets: [[team]]"#,
        ),
        (
            "a table instead of tables",
            r#"[[team]]
name = "mona"
address = "mona@example.net"

[[team]]"#,
            "[team]",
            r#"embargod.toml:38:1: a table stands where a list is expected
  remedy: write a list: ["one", "two"]; for a table, double brackets: [[team]]"#,
        ),
        (
            "an unknown word",
            r#"tls = "none""#,
            r#"tls = "ssl""#,
            r#"embargod.toml:58:7: "ssl" is not a value that this key has
  remedy: write one of "implicit", "starttls", "none""#,
        ),
        (
            "two tables at once",
            r#"zone = "UTC""#,
            r#"zone = 1
[log]
level = "loud""#,
            r#"embargod.toml:61:8: a number stands where a text is expected
  remedy: write a text in double quotes
embargod.toml:63:9: "loud" is not a value that this key has
  remedy: write one of "error", "warn", "info", "debug""#,
        ),
    ]);
}

#[test]
fn what_must_be_there() {
    refused(&[
        (
            "no project",
            r#"[project]
name = "Example"
team-name = "Example Security Team"
advisory-prefix = "EXA"
advisory-title = "Example Security Advisory"
security = "security@example.org"
desk = "desk@example.org"

[project.domain-aliases]
"old.example.org" = "example.org"
"lists.old.example.org" = "lists.example.org"
"#,
            "",
            "embargod.toml:1:1: there is no table [project]: names and addresses of the project
  remedy: add [project] (config/xen.toml explains every key)",
        ),
        (
            "no discussion list",
            r#"[lists.discuss]
address = "talk@lists.example.org"
list-id = "talk.lists.example.org"
phrase = "Talk"
"#,
            "",
            "embargod.toml:21:2: the key `discuss` is missing in this table of `lists`
  remedy: add a table [lists.discuss] (config/xen.toml explains every key)",
        ),
        (
            "no team",
            r#"[[team]]
name = "mona"
address = "mona@example.net"

[[team]]
name = "tariq"
address = "tariq@example.net"
"#,
            "",
            "embargod.toml:1:1: there is no table [[team]]: at least one person of the team
  remedy: add [[team]] (config/xen.toml explains every key)",
        ),
        (
            "nobody is believed",
            r#"[trust]
authserv-id = "mx.example.org"
received-by = "mx.example.org"
"#,
            "",
            "embargod.toml:1:1: there is no table [trust]: whose Authentication-Results are believed
  remedy: add [trust] (config/xen.toml explains every key)",
        ),
        (
            "no source",
            r#"[[source.imap]]
name = "security"
host = "imap.example.org"
user = "embargod"
password-file = "imap-password"
"#,
            "",
            "embargod.toml:1:1: mail comes from nowhere
  remedy: add a table [[source.imap]] or [[source.maildir]]",
        ),
        (
            "no way out",
            r#"[transport.relay]
host = "localhost"
tls = "none"
"#,
            "",
            "embargod.toml:1:1: letters have no way out
  remedy: add a table [transport.relay] (or [transport.directory] for a dry run)",
        ),
        (
            "no members",
            r#"members-file = "members.csv"
"#,
            "",
            r#"embargod.toml:1:1: the lists have no members
  remedy: add members-file = "members.csv" (or members-credential, or [[member]] tables)"#,
        ),
        (
            "members in two places",
            r#"members-file = "members.csv""#,
            r#"members-file = "members.csv"
members-credential = "members.csv""#,
            "embargod.toml:2:16: the members stand in two places
  remedy: keep one of members-file, members-credential and [[member]]",
        ),
    ]);
}

#[test]
fn ways_out() {
    refused(&[
        (
            "plain text to another machine",
            r#"host = "localhost""#,
            r#"host = "relay.example.org""#,
            r#"embargod.toml:58:7: embargoed mail would travel to relay.example.org in plain text
  remedy: write tls = "starttls" or "implicit"; "none" is for a relay on this machine (127.0.0.1, ::1, localhost)"#,
        ),
        (
            "plain text to another address",
            r#"host = "localhost""#,
            r#"host = "192.0.2.1""#,
            r#"embargod.toml:58:7: embargoed mail would travel to 192.0.2.1 in plain text
  remedy: write tls = "starttls" or "implicit"; "none" is for a relay on this machine (127.0.0.1, ::1, localhost)"#,
        ),
        (
            "a login that can never be",
            r#"tls = "none""#,
            r#"tls = "none"
user = "embargod"
password-file = "imap-password""#,
            r#"embargod.toml:59:8: the relay's password is never sent without TLS
  remedy: write tls = "starttls" or "implicit", or delete user and its password"#,
        ),
        (
            "two ways",
            "[schedule]",
            r#"[transport.directory]
path = "out"

[schedule]"#,
            "embargod.toml:61:8: letters have two ways out
  remedy: delete [transport.relay] or [transport.directory]: letters go one way",
        ),
        (
            "verified TLS by a table without a name",
            r#"tls = "none""#,
            r#"tls = "none"
verified-tls = "policy-table""#,
            r#"embargod.toml:59:16: no table is named
  remedy: add tls-policy-file = "FILE", which `embargod tls-policy write` writes"#,
        ),
        (
            "a table that nothing looks at",
            r#"tls = "none""#,
            r#"tls = "none"
verified-tls = "require-tls"
tls-policy-file = "policy""#,
            r#"embargod.toml:60:19: a table of TLS policies that nothing looks at
  remedy: add verified-tls = "policy-table", or delete the line"#,
        ),
        (
            "a DKIM domain that is not ours",
            "[schedule]",
            r#"[dkim]
domain = "elsewhere.example"
selector = "letters"
key-file = "imap-password"

[schedule]"#,
            r#"embargod.toml:61:10: letters come from example.org, and a signature of elsewhere.example says nothing about them (RFC 9989: alignment)
  remedy: write example.org, a domain above it, or delete the line"#,
        ),
        (
            "a DKIM key without a place",
            "[schedule]",
            r#"[dkim]
selector = "letters"

[schedule]"#,
            r#"embargod.toml:61:12: the key has no place
  remedy: add key-credential = "NAME" (systemd LoadCredential) or key-file = "FILE" (chmod 600)"#,
        ),
        (
            "a DMARC policy that is none",
            "[schedule]",
            r#"[dmarc.policies]
"org01.example" = "refuse"

[schedule]"#,
            r#"embargod.toml:61:19: "refuse" is not a value that this key has
  remedy: write one of "none", "quarantine", "reject""#,
        ),
        (
            "a user without a password",
            r#"tls = "none""#,
            r#"tls = "none"
user = "embargod""#,
            r#"embargod.toml:59:8: the password has no place
  remedy: add password-credential = "NAME" (systemd LoadCredential) or password-file = "FILE" (chmod 600)
embargod.toml:59:8: the relay's password is never sent without TLS
  remedy: write tls = "starttls" or "implicit", or delete user and its password"#,
        ),
        (
            "a password without a user",
            r#"tls = "none""#,
            r#"tls = "none"
password-file = "imap-password""#,
            r#"embargod.toml:59:17: a password without a user
  remedy: add user = "NAME", or delete the line"#,
        ),
    ]);
}

#[test]
fn one_run_reports_everything() {
    let text = edited(BASE, "security = \"security@example.org\"", "security = \"dev@lists.example.org\"");
    let text = edited(&text, "name = \"tariq\"", "name = \"mona\"");
    let text = edited(&text, "tls = \"none\"", "tls = \"none\"\nuser = \"embargod\"");
    let text = edited(&text, "zone = \"UTC\"", "zoen = \"UTC\"");
    assert_eq!(
        Machine::new().refusal(&text),
        r#"embargod.toml:35:11: the address dev@lists.example.org of one of lists.public belongs to project.security as well
  remedy: give each an address of its own: mail for the one would be taken for mail for the other
embargod.toml:43:8: there are two people named mona in the team
  remedy: give each person a short name of their own: commands and notices use it
embargod.toml:59:8: the password has no place
  remedy: add password-credential = "NAME" (systemd LoadCredential) or password-file = "FILE" (chmod 600)
embargod.toml:59:8: the relay's password is never sent without TLS
  remedy: write tls = "starttls" or "implicit", or delete user and its password
embargod.toml:62:1: the key `zoen` does not exist here
  remedy: did you mean `zone`?"#
    );
}

#[test]
fn a_configuration_that_is_not_there() {
    let machine = Machine::new();
    let reader = Reader { access: Access::Service, credentials: None, us: machine.us };
    let errors = reader.load(&machine.path("embargod.toml")).unwrap_err();
    assert_eq!(
        machine.nameless(&errors.to_string()),
        "embargod.toml:1:1: the configuration cannot be read: entity not found
  remedy: write the path of a readable TOML file; config/xen.toml is one to copy"
    );
}

#[test]
fn columns_count_characters() {
    let text = edited(BASE, "phrase = \"Early\"", "phrase = \"Früh\" # ü is two bytes\nname = 5");
    assert!(Machine::new().refusal(&text).starts_with("embargod.toml:25:8: a number stands where a text is expected"));
    let text = edited(BASE, "\"old.example.org\" = \"example.org\"", "\"früh.example.org\" = 5");
    assert!(
        Machine::new().refusal(&text).starts_with("embargod.toml:13:22: a number stands"),
        "{}",
        Machine::new().refusal(&text)
    );
}
