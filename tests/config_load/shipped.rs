//! The three configurations of `config/` load as they are, but for the paths of a real machine.

use std::collections::BTreeSet;

use embargod::{
    config::{Config, Mark, ModerationMode, NoticeDetail, RelayTls, Source, Transport, check},
    disclosure::project::TokenPlace,
};
use jiff::civil::{Weekday, date};

use crate::machine::{Machine, shipped};

/// The shipped file on a machine of the test, with the members that are shipped as an example.
fn load(name: &str) -> (Machine, Config) {
    let machine = Machine::new();
    machine.private("credentials/members.csv", &shipped("members.example.csv"));
    machine.private("members.csv", &shipped("members.example.csv"));
    let text = shipped(name).replace("/var/lib/embargod", &machine.path("state").display().to_string());
    let config = machine.load(&text).unwrap_or_else(|errors| panic!("{name}:\n{errors}"));
    (machine, config)
}

fn report(name: &str) -> String {
    let (machine, config) = load(name);
    machine.nameless(&check::report(&config).join("\n"))
}

#[test]
fn xen() {
    assert_eq!(
        report("xen.toml"),
        "embargod.toml: the configuration is usable
project: Xen Project (XSA-n), policy v3.23 reviewed 2026-01-01
team: mona, tariq, reports to security@xenproject.org, letters from security-desk@xenproject.org
private list: xen-security-issues@lists.xenproject.org (List-Id xen-security-issues.lists.xenproject.org)
private list: xen-security-issues-discuss@lists.xenproject.org (List-Id xen-security-issues-discuss.lists.xenproject.org)
public lists: 4, and predisclosure-applications@lists.xenproject.org for applications
members: 3 organisations (they fill the table at the first start)
believed: DKIM results of mx.example.org, received by mx.example.org
source security: INBOX at imap.example.org:993 (TLS, password), mail stays as it is
relay: localhost:25 (no TLS, on this machine, without login), as xenproject.org
moderation: rules decide inside the gate, notices carry the post, kill switch state/hold-all
schedule: 5 working days to predisclosure, 10 more to the public, 0 holidays, zone UTC
state: state (made at the first start)"
    );
}

#[test]
fn demo() {
    assert_eq!(
        report("demo.toml"),
        "embargod.toml: the configuration is usable
project: Xen Project (XSA-n), policy v3.23 reviewed 2100-01-01
team: mona, tariq, uma, reports to security@xenproject.org, letters from security-desk@xenproject.org
private list: xen-security-issues@lists.xenproject.org (List-Id xen-security-issues.lists.xenproject.org)
private list: xen-security-issues-discuss@lists.xenproject.org (List-Id xen-security-issues-discuss.lists.xenproject.org)
public lists: 4, and predisclosure-applications@lists.xenproject.org for applications
members: 3 organisations (they fill the table at the first start)
believed: DKIM results of mx.demo.example, received by mx.demo.example
source demo: Maildir in
letters become files in out: nothing is sent
moderation: rules decide inside the gate, notices carry the post, kill switch state/hold-all
schedule: 5 working days to predisclosure, 10 more to the public, 0 holidays, zone UTC
state: state (made at the first start)"
    );
}

#[test]
fn the_kill_switch_is_shown() {
    let (machine, config) = load("demo.toml");
    std::fs::create_dir(machine.path("state")).unwrap();
    std::fs::write(machine.path("state/hold-all"), "").unwrap();
    let lines = check::report(&config);
    let line = lines.iter().find(|line| line.starts_with("moderation:")).unwrap();
    assert_eq!(
        machine.nameless(line),
        "moderation: rules decide inside the gate, notices carry the post, kill switch state/hold-all (IT IS THERE NOW: everything is held)"
    );
}

#[test]
fn another_project_needs_no_other_code() {
    let (_machine, config) = load("other.toml");
    let project = &config.project;
    assert_eq!((project.name.as_str(), project.advisory_prefix.as_str()), ("Foundry Hypervisor", "FSA"));
    assert_eq!(project.tokens, TokenPlace::MessageId);
    assert_eq!(project.primary.name.0, "early-warning");
    assert_eq!(project.discuss.name.0, "early-warning-talk");
    assert_eq!(project.discuss.list_id.as_str(), "early-warning-talk.foundry.example");
    let organisations: Vec<&str> = config.members.iter().map(|member| member.organisation.as_str()).collect();
    assert_eq!(organisations, ["Gießerei Rechenzentrum GmbH", "Anvil Cloud, Inc"]);
    let uids: Vec<(u32, &str)> = config.uids.iter().map(|(uid, name)| (*uid, name.0.as_str())).collect();
    assert_eq!(uids, [(1001, "ingrid"), (1002, "jan.k")]);
    let [Source::Imap(psirt), Source::Imap(lists)] = config.sources.as_slice() else { panic!("{:?}", config.sources) };
    assert_eq!((&psirt.mark, &lists.mark), (&Mark::Move("Taken".to_owned()), &Mark::Keyword("$Embargod".to_owned())));
    assert_eq!(psirt.address.as_ref().map(ToString::to_string).as_deref(), Some("psirt@foundry.example"));
    let Transport::Relay(relay) = &config.transport else { panic!("{:?}", config.transport) };
    assert_eq!((relay.tls, relay.port, relay.hello.as_str()), (RelayTls::Implicit, 465, "foundry.example"));
    assert_eq!((config.moderation.mode, config.moderation.notice), (ModerationMode::HoldAll, NoticeDetail::Headers));
    assert_eq!(config.schedule.zone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(config.schedule.working_days.first(), Some(&Weekday::Monday));
    let spring = [date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 6), date(2027, 5, 17)];
    let winter = [date(2026, 12, 25), date(2027, 1, 1)];
    assert_eq!(config.schedule.holidays, BTreeSet::from_iter(winter.into_iter().chain(spring)));
    assert_eq!(config.warnings, []);
}
