//! The members' own servers, and a relay that finds each by the name of its domain: what stands behind a Postfix with `smtp_tls_policy_maps`.
//!
//! All listen on one port, each on an address of loopback of its own, which the relay's `/etc/hosts` tells (there is no DNS on this ground).
//!
//! | domain | server |
//! |---|---|
//! | [`GOOD`] | a Postfix with a certificate of the relay's own authority, for that name |
//! | [`OTHER_NAME`], [`SAME_SERVER`] | the same Postfix with a certificate of that authority for another name |
//! | [`OTHER_AUTHORITY`] | the same Postfix with a certificate for that name by an authority the relay does not know |
//! | ours | the same Postfix, which passes it on to our MX |
//! | all others | the scripted receiver, which has no STARTTLS |

use std::{fs, path::PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::rig::{
    Rig,
    ground::{chmod, chown},
    postfix::Postfix,
};

/// Its certificate is in order.
pub const GOOD: &str = "org02.example";
/// Its certificate is somebody else's.
pub const OTHER_NAME: &str = "org03.example";
/// So is this one's: it is the same server.
pub const SAME_SERVER: &str = "org04.example";
/// Its certificate is by somebody nobody knows.
pub const OTHER_AUTHORITY: &str = "org05.example";
/// Its server knows no TLS.
pub const NO_TLS: &str = "org06.example";

/// The relay and what stands behind it.
pub struct NextHops {
    /// To which the daemon submits.
    pub relay: Postfix,
    /// Which all servers with TLS are.
    pub servers: Postfix,
    boxes: PathBuf,
}

impl NextHops {
    /// Starts both.
    pub fn start(rig: &Rig) -> Self {
        let ground = &rig.ground;
        let port = rig.relay.port();
        let known = Authority::new("Known");
        let chain = |name: &str, authority: &Authority| {
            let file = ground.file(&format!("chains/{name}.pem"), &authority.chain(name));
            chmod(&file, 0o600);
            file.display().to_string()
        };
        let listener = |host: u8, chain: &str| {
            format!(
                "127.0.0.{host}:{port} inet n - n - - smtpd -o smtpd_tls_security_level=may -o smtpd_tls_chain_files={chain}\n"
            )
        };
        let services = [
            listener(2, &chain(GOOD, &known)),
            listener(3, &chain("elsewhere.example", &known)),
            listener(4, &chain(OTHER_AUTHORITY, &Authority::new("Unknown"))),
            format!("127.0.0.5:{port} inet n - n - - smtpd\n"),
        ];
        let boxes = ground.folder("members");
        chown(&boxes, "mail:mail");
        let domains = [GOOD, OTHER_NAME, SAME_SERVER, OTHER_AUTHORITY];
        let accounts: String = domains.iter().map(|domain| format!("security@{domain} {domain}/\n")).collect();
        let accounts = ground.file("servers/accounts", &accounts);
        let ours = rig.plan.domains();
        let to_mx: String = ours.iter().map(|domain| format!("{domain} smtp:[127.0.0.1]:{}\n", rig.mx.port())).collect();
        let to_mx = ground.file("servers/transport", &to_mx);
        let main = format!(
            "myhostname = servers.test\nsmtpd_relay_restrictions = permit_auth_destination reject\nsmtpd_tls_received_header = yes\n\
             smtpd_tls_loglevel = 1\nvirtual_mailbox_domains = {}\nvirtual_mailbox_maps = texthash:{}\nvirtual_mailbox_base = {}\n\
             virtual_uid_maps = static:8\nvirtual_gid_maps = static:8\nvirtual_minimum_uid = 1\nvirtual_mailbox_limit = 0\nrelay_domains = {}\ntransport_maps = texthash:{}\n",
            domains.join(" "),
            accounts.display(),
            boxes.display(),
            ours.join(" "),
            to_mx.display(),
        );
        let servers = Postfix::install(ground, "servers", &main, &services.concat(), None);

        let host = |domain: &str| match domain {
            GOOD => 2,
            OTHER_NAME | SAME_SERVER => 3,
            OTHER_AUTHORITY => 4,
            domain if ours.iter().any(|own| own == domain) => 5,
            _ => 1,
        };
        let all = rig.cast.domains().into_iter().chain(ours.iter().map(String::as_str));
        let hosts: String = all.map(|domain| format!("127.0.0.{} {domain}\n", host(domain))).collect();
        let hosts = ground.file("relay/hosts", &format!("127.0.0.1 localhost\n{hosts}"));
        let authority = ground.file("relay/ca.pem", &known.certificate);
        let main = format!(
            "myhostname = relay.test\nsmtpd_relay_restrictions = permit_mynetworks reject\nsmtp_tcp_port = {port}\nsmtp_tls_security_level = may\n\
             smtp_tls_CAfile = {}\nsmtp_tls_loglevel = 1\nqueue_run_delay = 2s\nminimal_backoff_time = 2s\nmaximal_backoff_time = 2s\n\
             maximal_queue_lifetime = 6s\nbounce_queue_lifetime = 6s\n",
            authority.display(),
        );
        let relay = Postfix::install(ground, "relay", &main, "", Some(&hosts));
        Self { relay, servers, boxes }
    }

    /// What has come for a member whose server is the Postfix.
    pub fn mailbox(&self, domain: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.boxes.join(domain).join("new")) else { return Vec::new() };
        entries.map(|entry| String::from_utf8(fs::read(entry.unwrap().path()).unwrap()).unwrap()).collect()
    }

    /// The relay's log lines about a recipient.
    pub fn said_of(&self, recipient: &str) -> Vec<String> {
        let about = format!("to=<{recipient}>");
        self.relay.log().lines().filter(|line| line.contains(&about)).map(str::to_owned).collect()
    }
}

/// Who signs certificates.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// OpenSSL takes a certificate whose issuer has the name of its own subject for one that signs itself: everybody has a name.
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A key and its certificate for a server of that name, as `smtpd_tls_chain_files` wants them.
    fn chain(&self, name: &str) -> String {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        key.serialize_pem() + &certificate.pem()
    }
}
