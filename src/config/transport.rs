//! Checks `[transport.relay]` and `[transport.directory]`: where our letters go, and that they leave this machine only under TLS.

use std::{net::IpAddr, time::Duration};

use toml::Spanned;

use super::{
    Site,
    finding::Findings,
    project::words,
    quantity::time_of,
    raw::{RawRelay, RawTls, RawTransport, RawVerifiedTls, Text},
    settings::{Relay, RelayLogin, RelayTimeouts, RelayTls, Transport, VerifiedTls},
    sources::{host, secret},
    syntax::beginning,
};

const CONNECT: Duration = Duration::from_secs(30);
/// RFC 5321 4.5.3.2.2 and .3: five minutes for MAIL and RCPT.
const COMMAND: Duration = Duration::from_secs(300);
/// RFC 5321 4.5.3.2.6: ten minutes after the final dot.
const DATA_DONE: Duration = Duration::from_secs(600);

/// The transport, with every fault reported. `hello` is what we call ourselves when the file does not say.
pub(super) fn check(raw: RawTransport, hello: Option<&str>, site: &Site<'_>, findings: &mut Findings<'_>) -> Option<Transport> {
    match (raw.relay, raw.directory) {
        (Some(raw), None) => relay(raw, hello, site, findings).map(Transport::Relay),
        (None, Some(raw)) => Some(Transport::Directory(site.path(&raw.path))),
        (Some(_), Some(raw)) => {
            let remedy = "delete [transport.relay] or [transport.directory]: letters go one way";
            findings.refuse(&raw.path.span(), "letters have two ways out", remedy);
            None
        }
        (None, None) => nowhere(findings),
    }
}

/// No transport at all.
pub(super) fn nowhere(findings: &mut Findings<'_>) -> Option<Transport> {
    findings.refuse(
        &beginning(),
        "letters have no way out",
        "add a table [transport.relay] (or [transport.directory] for a dry run)",
    );
    None
}

fn relay(raw: RawRelay, hello: Option<&str>, site: &Site<'_>, findings: &mut Findings<'_>) -> Option<Relay> {
    let host = host(&raw.host, findings);
    let tls = match raw.tls.as_ref().map(|tls| *tls.get_ref()) {
        Some(RawTls::Implicit) => RelayTls::Implicit,
        Some(RawTls::StartTls) | None => RelayTls::StartTls,
        Some(RawTls::None) => RelayTls::None,
    };
    if let (RelayTls::None, Some(host), Some(at)) = (tls, &host, &raw.tls)
        && !is_loopback(host)
    {
        let remedy =
            "write tls = \"starttls\" or \"implicit\"; \"none\" is for a relay on this machine (127.0.0.1, ::1, localhost)";
        findings.refuse(&at.span(), format!("embargoed mail would travel to {host} in plain text"), remedy);
    }
    let login = match &raw.user {
        Some(user) => {
            let at = user.span();
            if tls == RelayTls::None {
                let remedy = "write tls = \"starttls\" or \"implicit\", or delete user and its password";
                findings.refuse(&at, "the relay's password is never sent without TLS", remedy);
            }
            let password = secret(raw.password_credential.as_ref(), raw.password_file.as_ref(), &at, site, findings);
            Some(RelayLogin { user: words(user, findings)?, password: password? })
        }
        None => {
            if let Some(text) = raw.password_credential.as_ref().or(raw.password_file.as_ref()) {
                findings.refuse(&text.span(), "a password without a user", "add user = \"NAME\", or delete the line");
            }
            None
        }
    };
    let default_port = match tls {
        RelayTls::Implicit => 465,
        RelayTls::StartTls => 587,
        RelayTls::None => 25,
    };
    let hello = match &raw.hello {
        Some(text) => self::host(text, findings),
        None => hello.map(str::to_owned),
    };
    let limits = Duration::from_secs(1)..=Duration::from_secs(3_600);
    let why = "a relay that says nothing for longer says nothing at all";
    let timeouts = RelayTimeouts {
        connect: time_of(raw.connect_timeout.as_ref(), CONNECT, limits.clone(), why, findings),
        command: time_of(raw.command_timeout.as_ref(), COMMAND, limits.clone(), why, findings),
        data_done: time_of(raw.data_done_timeout.as_ref(), DATA_DONE, limits, why, findings),
    };
    let verified_tls = verified_tls(raw.verified_tls.as_ref(), raw.tls_policy_file.as_ref(), site, findings);
    Some(Relay {
        verified_tls,
        host: host?,
        port: raw.port.map_or(default_port, toml::Spanned::into_inner),
        server_name: raw.server_name.map(toml::Spanned::into_inner),
        tls,
        ca_file: raw.ca_file.as_ref().map(|text| site.existing_file(text, "certificates", findings)),
        hello: hello?,
        login,
        timeouts,
    })
}

fn verified_tls(
    way: Option<&Spanned<RawVerifiedTls>>,
    file: Option<&Text>,
    site: &Site<'_>,
    findings: &mut Findings<'_>,
) -> Option<VerifiedTls> {
    let stray = |findings: &mut Findings<'_>| {
        if let Some(file) = file {
            let remedy = "add verified-tls = \"policy-table\", or delete the line";
            findings.refuse(&file.span(), "a table of TLS policies that nothing looks at", remedy);
        }
    };
    match (way.map(|way| *way.get_ref()), file) {
        (Some(RawVerifiedTls::PolicyTable), Some(file)) => Some(VerifiedTls::PolicyTable(site.path(file))),
        (Some(RawVerifiedTls::PolicyTable), None) => {
            let at = way.map(Spanned::span).unwrap_or_default();
            findings.refuse(&at, "no table is named", "add tls-policy-file = \"FILE\", which `embargod tls-policy write` writes");
            None
        }
        (Some(RawVerifiedTls::RequireTls), _) => {
            stray(findings);
            Some(VerifiedTls::RequireTls)
        }
        (None, _) => {
            stray(findings);
            None
        }
    }
}

/// Whether mail to this host stays on the machine. A name other than `localhost` is no proof: its address may change.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
