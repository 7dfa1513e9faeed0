//! What the `check` command prints about a configuration that loaded: the decisions a person should see before going live, then the warnings.
//! It names lists, servers and counts; no member's address and no secret.

use super::{
    permissions,
    settings::{Config, ImapAuth, Mark, ModerationMode, NoticeDetail, RelayTls, Source, Transport},
};

/// The lines, in the order of the file.
pub fn report(config: &Config) -> Vec<String> {
    let project = &config.project;
    let mut lines = vec![
        format!("{}: the configuration is usable", config.file.display()),
        format!(
            "project: {} ({}-n), policy {} reviewed {}",
            project.name, project.advisory_prefix, config.policy.version, config.policy.reviewed
        ),
        format!("team: {}, reports to {}, letters from {}", people(config), project.security, project.desk),
    ];
    for list in project.private_lists() {
        lines.push(format!("private list: {} (List-Id {})", list.address, list.list_id));
    }
    lines.push(format!("public lists: {}, and {} for applications", project.public.len(), project.applications.address));
    lines.push(format!("members: {} organisations (they fill the table at the first start)", config.members.len()));
    lines.push(format!("believed: DKIM results of {}, received by {}", config.trust.authserv_id, config.trust.received_by));
    lines.extend(config.sources.iter().map(source));
    lines.push(transport(&config.transport));
    lines.push(moderation(config));
    let schedule = &config.schedule;
    lines.push(format!(
        "schedule: {} working days to predisclosure, {} more to the public, {} holidays, zone {}",
        schedule.predisclosure_after,
        schedule.public_after,
        schedule.holidays.len(),
        schedule.zone.iana_name().unwrap_or("UTC"),
    ));
    lines.push(state(config));
    lines.extend(config.warnings.iter().map(|warning| format!("warning: {warning}")));
    lines
}

fn people(config: &Config) -> String {
    config.team.iter().map(|person| person.name.0.as_str()).collect::<Vec<_>>().join(", ")
}

fn source(source: &Source) -> String {
    match source {
        Source::Imap(imap) => {
            let auth = match imap.auth {
                ImapAuth::Plain => "password",
                ImapAuth::XOAuth2 => "OAuth token",
            };
            let mark = match &imap.mark {
                Mark::Leave => "mail stays as it is".to_owned(),
                Mark::Keyword(word) => format!("mail gets the keyword {word}"),
                Mark::Move(folder) => format!("mail moves to {folder}"),
            };
            let folders = imap.folders.join(", ");
            format!("source {}: {} at {}:{} (TLS, {auth}), {mark}", imap.name, folders, imap.host, imap.port)
        }
        Source::Maildir(maildir) => format!("source {}: Maildir {}", maildir.name, maildir.path.display()),
    }
}

fn transport(transport: &Transport) -> String {
    match transport {
        Transport::Relay(relay) => {
            let tls = match relay.tls {
                RelayTls::Implicit => "TLS",
                RelayTls::StartTls => "STARTTLS required",
                RelayTls::None => "no TLS, on this machine",
            };
            let login = if relay.login.is_some() { "with login" } else { "without login" };
            format!("relay: {}:{} ({tls}, {login}), as {}", relay.host, relay.port, relay.hello)
        }
        Transport::Directory(path) => format!("letters become files in {}: nothing is sent", path.display()),
    }
}

fn moderation(config: &Config) -> String {
    let mode = match config.moderation.mode {
        ModerationMode::Automatic => "rules decide inside the gate",
        ModerationMode::HoldAll => "every post waits for a person",
    };
    let notice = match config.moderation.notice {
        NoticeDetail::Full => "notices carry the post",
        NoticeDetail::Headers => "notices carry its headers only",
    };
    let switch = config.moderation.kill_switch.display();
    let on = if permissions::is_there(&config.moderation.kill_switch) { " (IT IS THERE NOW: everything is held)" } else { "" };
    format!("moderation: {mode}, {notice}, kill switch {switch}{on}")
}

fn state(config: &Config) -> String {
    let path = config.state.display();
    if permissions::is_there(&config.state) {
        format!("state: {path}")
    } else {
        format!("state: {path} (made at the first start)")
    }
}
