//! Files that are refused, each with the whole text of its errors.
//!
//! A case is one edit of `base.toml`: its name, the text that is replaced, its replacement, and what a person then reads.

use crate::machine::{BASE, Machine, edited};

/// Name, text of `base.toml`, replacement, all errors.
type Case = (&'static str, &'static str, &'static str, &'static str);

fn refused(cases: &[Case]) {
    let machine = Machine::new();
    for (name, old, new, errors) in cases {
        assert_eq!(machine.refusal(&edited(BASE, old, new)), *errors, "{name}");
    }
}

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
  remedy: delete it, or use one of: zone, working-days, office-hours, holidays, holidays-file, predisclosure-after, public-after, answer-within, unclaimed-after",
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
  remedy: delete it, or use one of: state, control-socket, rules, letters, members-file, members-credential, project, policy, lists, team, member, trust, source, transport, moderation, schedule, acknowledgement, delivery, log",
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
fn values() {
    refused(&[
        (
            "an address with a name",
            r#"security = "security@example.org""#,
            r#"security = "Team <security@example.org>""#,
            r#"embargod.toml:9:12: the address contains a character that is not allowed there
  remedy: write the bare address in double quotes: "name@example.org""#,
        ),
        (
            "a List-Id with an @",
            r#"list-id = "early.lists.example.org""#,
            r#"list-id = "early@lists.example.org""#,
            r#"embargod.toml:23:11: not a valid identifier (empty, too long, or with blanks or brackets in it)
  remedy: write what stands between the angle brackets of the List-Id: "name.lists.example.org""#,
        ),
        (
            "a prefix with its hyphen",
            r#"advisory-prefix = "EXA""#,
            r#"advisory-prefix = "EXA-""#,
            r#"embargod.toml:7:19: this is no prefix of advisory numbers
  remedy: write 1 to 16 letters without the hyphen: "XSA" for XSA-484"#,
        ),
        (
            "an empty name",
            r#"name = "Example""#,
            r#"name = " ""#,
            "embargod.toml:5:8: this text is empty or has more than one line
  remedy: write one line of text in double quotes",
        ),
        (
            "two lines in a header",
            r#"phrase = "Early""#,
            r#"phrase = "Early\nBcc: all@example.org""#,
            "embargod.toml:24:10: this text is empty or has more than one line
  remedy: write one line of text in double quotes",
        ),
        (
            "a web address without its scheme",
            r#"url = "https://example.org/policy""#,
            r#"url = "example.org/policy""#,
            r#"embargod.toml:17:7: this is no web address
  remedy: write it whole: "https://example.org/page/""#,
        ),
        (
            "a date with a time",
            "reviewed = 2026-01-01",
            "reviewed = 2026-01-01T12:00:00Z",
            "embargod.toml:19:12: this is no date
  remedy: write the date alone, without quotes: 2026-12-25",
        ),
        (
            "a chain of domain aliases",
            r#""lists.old.example.org" = "lists.example.org""#,
            r#""lists.old.example.org" = "old.example.org""#,
            "embargod.toml:14:27: old.example.org stands for another domain itself
  remedy: name the main domain for lists.old.example.org directly",
        ),
        (
            "a person's name with a blank",
            r#"name = "mona""#,
            r#"name = "Mona M""#,
            r#"embargod.toml:39:8: this is no short name of a person
  remedy: write one word of letters, digits, hyphens, dots: "mona""#,
        ),
        (
            "a source's name with a blank",
            r#"name = "security""#,
            r#"name = "the mailbox""#,
            r#"embargod.toml:51:8: this is no name of a source
  remedy: write one word of letters, digits, hyphens, dots: "security""#,
        ),
        (
            "a server with its port",
            r#"host = "imap.example.org""#,
            r#"host = "imap.example.org/993""#,
            r#"embargod.toml:52:8: this is no name of a server
  remedy: write the name alone: "mail.example.org"; the port is the key `port`"#,
        ),
        (
            "no folder",
            r#"user = "embargod""#,
            r#"user = "embargod"
folders = []"#,
            r#"embargod.toml:54:11: an account of which no folder is read
  remedy: name at least one: ["INBOX"]"#,
        ),
        (
            "no IMAP keyword",
            r#"user = "embargod""#,
            r#"user = "embargod"
mark = { keyword = "two words" }"#,
            r#"embargod.toml:54:8: this is no IMAP keyword
  remedy: write one word: { keyword = "$Embargod" }"#,
        ),
        (
            "moved in a circle",
            r#"user = "embargod""#,
            r#"user = "embargod"
mark = { move = "INBOX" }"#,
            r#"embargod.toml:54:8: mail would be moved into a folder that is read
  remedy: name a folder that is not in `folders`: { move = "Done" }"#,
        ),
        (
            "an unknown mark",
            r#"user = "embargod""#,
            r#"user = "embargod"
mark = "delete""#,
            r#"embargod.toml:54:8: "delete" is not a value that this key has
  remedy: write one of "leave", "keyword", "move""#,
        ),
        (
            "a size without unit",
            r#"user = "embargod""#,
            r#"user = "embargod"
size-cap = "1000000""#,
            r#"embargod.toml:54:12: this is no size
  remedy: write a number and a unit: "512 KiB", "25 MiB", "1 GiB""#,
        ),
        (
            "a size too large",
            r#"user = "embargod""#,
            r#"user = "embargod"
size-cap = "2 GiB""#,
            "embargod.toml:54:12: 2 GiB is outside the limits of this key
  remedy: write a size from 64 KiB to 256 MiB: a message is read into memory whole",
        ),
        (
            "a time without unit",
            r#"user = "embargod""#,
            r#"user = "embargod"
timeout = "60""#,
            r#"embargod.toml:54:11: this is no length of time
  remedy: write a number and a unit: "90 s", "5 min", "4 h", "5 days""#,
        ),
        (
            "an IDLE that is too long",
            r#"user = "embargod""#,
            r#"user = "embargod"
idle-renew = "29 min""#,
            "embargod.toml:54:14: 29 min is outside the limits of this key
  remedy: write a time from 10 s to 5 min: firewalls forget silent connections, and mail would come in unseen",
        ),
        (
            "a poll that is too rare",
            r#"user = "embargod""#,
            r#"user = "embargod"
poll-interval = "1 h""#,
            "embargod.toml:54:17: 1 h is outside the limits of this key
  remedy: write a time from 1 s to 5 min: a reporter's answer waits for it",
        ),
        (
            "a zone that does not exist",
            r#"zone = "UTC""#,
            r#"zone = "Mars/Olympus""#,
            r#"embargod.toml:61:8: the time zone Mars/Olympus is not known here
  remedy: write a name of the IANA time zone database: "UTC", "Europe/London" (Debian package tzdata)"#,
        ),
        (
            "a day that does not exist",
            r#"zone = "UTC""#,
            r#"working-days = ["Mon", "Freitag"]"#,
            r#"embargod.toml:61:24: Freitag is no day of the week
  remedy: write the days people work on: ["Mon", "Tue", "Wed", "Thu", "Fri"]"#,
        ),
        (
            "a day twice",
            r#"zone = "UTC""#,
            r#"working-days = ["Mon", "Mon"]"#,
            r#"embargod.toml:61:24: Mon stands here twice
  remedy: write the days people work on: ["Mon", "Tue", "Wed", "Thu", "Fri"]"#,
        ),
        (
            "no working day",
            r#"zone = "UTC""#,
            "working-days = []",
            r#"embargod.toml:61:16: a week without working days: no promise could ever be due
  remedy: write the days people work on: ["Mon", "Tue", "Wed", "Thu", "Fri"]"#,
        ),
        (
            "hours the wrong way round",
            r#"zone = "UTC""#,
            r#"office-hours = "17:00-09:00""#,
            r#"embargod.toml:61:16: these are no office hours
  remedy: write beginning and end of the day: "09:00-17:00""#,
        ),
        (
            "no working days to wait",
            r#"zone = "UTC""#,
            "predisclosure-after = 0",
            "embargod.toml:61:23: 0 working days is outside the limits of this key
  remedy: write a number of working days from 1 to 260",
        ),
        (
            "a holiday in quotes",
            r#"zone = "UTC""#,
            r#"holidays = ["2026-12-25"]"#,
            "embargod.toml:61:13: a text stands where a date is expected
  remedy: write the date without quotes: 2026-12-25",
        ),
        (
            "a holidays file that is not there",
            r#"zone = "UTC""#,
            r#"holidays-file = "holidays.txt""#,
            "embargod.toml:61:17: the holidays file holidays.txt cannot be read: entity not found
  remedy: make that file readable, or delete the line",
        ),
        (
            "no acknowledgement at all",
            r#"[schedule]
zone = "UTC""#,
            "[acknowledgement]
per-hour = 0",
            "embargod.toml:61:12: 0 is outside the limits of this key
  remedy: write a number from 1 to 10000: every discoverer gets an answer, a mail loop comes to rest",
        ),
        (
            "waits the wrong way round",
            r#"[schedule]
zone = "UTC""#,
            r#"[delivery]
retry-first = "8 h""#,
            "embargod.toml:61:15: the first wait (8 h) is longer than the longest (4 h)
  remedy: make retry-first at most retry-most",
        ),
        (
            "giving up at once",
            r#"[schedule]
zone = "UTC""#,
            r#"[delivery]
give-up-after = "1 min""#,
            "embargod.toml:61:17: 1 min is outside the limits of this key
  remedy: write a time from 1 h to 14 days: a server that is away over a weekend comes back (RFC 5321 4.5.4.1 asks for 4 to 5 days)",
        ),
        (
            "rules that are not there",
            r#"state = "state""#,
            r#"state = "state"
rules = "my-rules""#,
            "embargod.toml:2:9: the rules directory my-rules does not exist
  remedy: create it (mkdir -p my-rules), or write the directory that is meant",
        ),
        (
            "letters that are not there",
            r#"state = "state""#,
            r#"state = "state"
letters = "my-letters""#,
            "embargod.toml:2:11: the letters directory my-letters does not exist
  remedy: create it (mkdir -p my-letters), or write the directory that is meant",
        ),
        (
            "certificates that are not there",
            r#"user = "embargod""#,
            r#"user = "embargod"
ca-file = "ca.pem""#,
            "embargod.toml:54:11: the file of certificates ca.pem cannot be read: entity not found
  remedy: make that file readable, or delete the line",
        ),
        (
            "a Maildir that is not there",
            "[schedule]",
            r#"[[source.maildir]]
name = "local"
path = "nowhere"

[schedule]"#,
            "embargod.toml:62:8: the Maildir directory nowhere does not exist
  remedy: create it (mkdir -p nowhere), or write the directory that is meant",
        ),
        (
            "a state that cannot be made",
            r#"state = "state""#,
            r#"state = "missing/state""#,
            "embargod.toml:1:9: the state directory missing/state cannot be made: its parent does not exist
  remedy: run: install -d -m 700 missing/state",
        ),
        (
            "a state that is a file",
            r#"state = "state""#,
            r#"state = "members.csv""#,
            r#"embargod.toml:1:9: the state members.csv is no directory
  remedy: name a directory: state = "/var/lib/embargod""#,
        ),
    ]);
}

#[test]
fn collisions() {
    refused(&[
        (
            "a private list with the address of a public one",
            r#"address = "dev@lists.example.org""#,
            r#"address = "early@lists.example.org""#,
            "embargod.toml:35:11: the address early@lists.example.org of one of lists.public belongs to lists.primary (private) as well
  remedy: give the private list one of its own: mail for it would become public",
        ),
        (
            "the same through a domain alias and another case",
            r#"address = "dev@lists.example.org""#,
            r#"address = "Talk@lists.old.example.org""#,
            "embargod.toml:35:11: the address Talk@lists.old.example.org of one of lists.public belongs to lists.discuss (private) as well
  remedy: give the private list one of its own: mail for it would become public",
        ),
        (
            "an alias of a private list that is the public list for applications",
            r#"phrase = "Early""#,
            r#"phrase = "Early"
aliases = ["applications@lists.example.org"]"#,
            "embargod.toml:33:11: the address applications@lists.example.org of lists.applications (public) belongs to lists.primary (private) as well
  remedy: give the private list one of its own: mail for it would become public",
        ),
        (
            "two private lists with one address",
            r#"address = "talk@lists.example.org""#,
            r#"address = "early@lists.example.org""#,
            "embargod.toml:27:11: the address early@lists.example.org of lists.discuss (private) belongs to lists.primary (private) as well
  remedy: give each list one of its own: members and machines tell lists apart by it",
        ),
        (
            "a private list with the List-Id of a public one",
            r#"list-id = "dev.lists.example.org""#,
            r#"list-id = "Early.lists.example.org""#,
            "embargod.toml:36:11: the List-Id early.lists.example.org of one of lists.public belongs to lists.primary (private) as well
  remedy: give the private list one of its own: mail for it would become public",
        ),
        (
            "the same through a domain alias",
            r#"list-id = "dev.lists.example.org""#,
            r#"list-id = "talk.lists.old.example.org""#,
            "embargod.toml:36:11: the List-Id talk.lists.old.example.org of one of lists.public belongs to lists.discuss (private) as well
  remedy: give the private list one of its own: mail for it would become public",
        ),
        (
            "two private lists with one List-Id",
            r#"list-id = "talk.lists.example.org""#,
            r#"list-id = "early.lists.example.org""#,
            "embargod.toml:28:11: the List-Id early.lists.example.org of lists.discuss (private) belongs to lists.primary (private) as well
  remedy: give each list one of its own: members and machines tell lists apart by it",
        ),
        (
            "the desk is a list",
            r#"desk = "desk@example.org""#,
            r#"desk = "talk@lists.example.org""#,
            "embargod.toml:27:11: the address talk@lists.example.org of lists.discuss (private) belongs to project.desk as well
  remedy: give each an address of its own: mail for the one would be taken for mail for the other",
        ),
        (
            "the desk is where bounces go",
            r#"desk = "desk@example.org""#,
            r#"desk = "talk-bounces@lists.example.org""#,
            "embargod.toml:27:11: the address talk-bounces@lists.example.org of lists.discuss (private) belongs to project.desk as well
  remedy: give each an address of its own: mail for the one would be taken for mail for the other",
        ),
        (
            "the desk is where reports go",
            r#"desk = "desk@example.org""#,
            r#"desk = "security@old.example.org""#,
            "embargod.toml:10:8: the address security@old.example.org of project.desk belongs to project.security as well
  remedy: give each an address of its own: mail for the one would be taken for mail for the other",
        ),
        (
            "a list with an address that looks like a reply address",
            r#"address = "dev@lists.example.org""#,
            r#"address = "desk+dev@example.org""#,
            "embargod.toml:35:11: the address desk+dev@example.org of one of lists.public belongs to project.desk as well
  remedy: give each an address of its own: mail for the one would be taken for mail for the other",
        ),
        (
            "a desk with a plus",
            r#"desk = "desk@example.org""#,
            r#"desk = "security+desk@example.org""#,
            r#"embargod.toml:10:8: the address security+desk@example.org of project.desk belongs to project.security as well
  remedy: give each an address of its own: mail for the one would be taken for mail for the other
embargod.toml:10:8: the desk address contains a + already, and reply addresses are made of it by adding +TOKEN
  remedy: use an address without +, or write reply-tokens = "message-id" when the mail system has no plus-addressing"#,
        ),
        (
            "a desk without room",
            r#"desk = "desk@example.org""#,
            r#"desk = "the-security-response-teams-very-own-desk@example.org""#,
            r#"embargod.toml:10:8: the desk address has no room for +TOKEN (its local part is longer than 33 bytes)
  remedy: use a shorter address, or write reply-tokens = "message-id" when the mail system has no plus-addressing"#,
        ),
        (
            "a person who is a list",
            r#"address = "mona@example.net""#,
            r#"address = "dev@lists.example.org""#,
            "embargod.toml:40:11: the address of a person of the team is one of lists.public
  remedy: write the person's own address: notices would go round in circles, or become public",
        ),
        (
            "a person who is the team",
            r#"address = "mona@example.net""#,
            r#"address = "security@example.org""#,
            "embargod.toml:40:11: the address of a person of the team is project.security
  remedy: write the person's own address: notices would go round in circles, or become public",
        ),
        (
            "two people with one address",
            r#"address = "tariq@example.net""#,
            r#"address = "mona@example.net""#,
            "embargod.toml:44:11: this address stands in the team a second time
  remedy: write each address once: it must tell who is writing",
        ),
        (
            "two people with one name",
            r#"name = "tariq""#,
            r#"name = "Mona""#,
            "embargod.toml:43:8: there are two people named Mona in the team
  remedy: give each person a short name of their own: commands and notices use it",
        ),
        (
            "root in the team",
            r#"name = "tariq""#,
            r#"name = "tariq"
uid = 0"#,
            "embargod.toml:44:7: user 0 (root) is the operator of this machine and no person of the team
  remedy: write the user id of the person's own account, or delete the line",
        ),
        (
            "two people with one account",
            r#"address = "mona@example.net"

[[team]]
"#,
            r#"address = "mona@example.net"
uid = 1001

[[team]]
uid = 1001
"#,
            "embargod.toml:44:7: user 1001 stands for mona already
  remedy: give each person an account of their own, or delete one of the lines",
        ),
        (
            "two sources with one name",
            "[schedule]",
            r#"[[source.maildir]]
name = "security"
path = "in"

[schedule]"#,
            "embargod.toml:61:8: there are two sources named security
  remedy: give each source a name of its own: the position in the mailbox is remembered under it",
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
            "two ways",
            "[schedule]",
            r#"[transport.directory]
path = "out"

[schedule]"#,
            "embargod.toml:61:8: letters have two ways out
  remedy: delete [transport.relay] or [transport.directory]: letters go one way",
        ),
        (
            "a user without a password",
            r#"tls = "none""#,
            r#"tls = "none"
user = "embargod""#,
            r#"embargod.toml:59:8: the password has no place
  remedy: add password-credential = "NAME" (systemd LoadCredential) or password-file = "FILE" (chmod 600)"#,
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
