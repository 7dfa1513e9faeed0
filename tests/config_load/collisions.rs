//! Files that are refused because one address, List-Id, name or account would belong to two.

use crate::machine::refused;

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
