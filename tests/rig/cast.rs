//! The people of the stories, their domains and their keys.
//!
//! Every person has a domain whose `cast._domainkey` record OpenDKIM is told; the address's domain is the signing domain itself.
//! All honest domains publish the same key (what separates them is `d=`, and the story of a stolen key is not told here); the
//! forger has another, which nobody publishes.

use std::{fs, path::Path, process::Command};

use rcgen::KeyPair;

use super::dkim;

/// How many organisations are on the predisclosure list.
pub const ORGANISATIONS: usize = 75;

/// How many organisations apply in the week of the stories: as many as in the last week of September 2014.
pub const APPLICANTS: usize = 24;

/// Somebody who writes mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name in the From field.
    pub name: String,
    /// The address in the From field.
    pub address: String,
    /// The domain of the address, which is the DKIM signing domain.
    pub domain: String,
}

impl Person {
    fn new(name: &str, local: &str, domain: &str) -> Self {
        Self { name: name.to_owned(), address: format!("{local}@{domain}"), domain: domain.to_owned() }
    }

    /// The From field's value.
    pub fn from(&self) -> String {
        format!("{} <{}>", self.name, self.address)
    }
}

/// Everybody, with the keys.
pub struct Cast {
    /// Reports a vulnerability: `dana@finder.example`.
    pub discoverer: Person,
    /// The predisclosure list: `security@org01.example` to `security@org75.example`.
    pub members: Vec<Person>,
    /// One person at each of the first three organisations who writes to the discussion list: `pat@org01.example` ...
    pub posters: Vec<Person>,
    /// The team: `mona@mona.example` and `milo@milo.example`.
    pub moderators: Vec<Person>,
    /// Apply for membership: `jo@app01.example` to `jo@app24.example`.
    pub applicants: Vec<Person>,
    /// Belongs to nothing, with a domain and a valid key: `sam@elsewhere.example`.
    pub stranger: Person,
    /// Sends in other people's names from `fritz@forger.example`.
    pub forger: Person,
    key: KeyPair,
    forged_key: KeyPair,
}

impl Cast {
    /// The whole cast. The keys are made once for a build directory (an RSA key takes `openssl` a quarter of a second).
    pub fn new() -> Self {
        let member = |number: usize| format!("org{number:02}.example");
        Self {
            discoverer: Person::new("Dana Discoverer", "dana", "finder.example"),
            members: (1..=ORGANISATIONS)
                .map(|number| Person::new(&format!("Organisation {number:02}"), "security", &member(number)))
                .collect(),
            posters: ["Pat Poster", "Quinn Quoter", "Ruth Reader"]
                .iter()
                .zip(["pat", "quinn", "ruth"])
                .zip(1..)
                .map(|((name, local), number)| Person::new(name, local, &member(number)))
                .collect(),
            moderators: vec![
                Person::new("Mona Moderator", "mona", "mona.example"),
                Person::new("Milo Moderator", "milo", "milo.example"),
            ],
            applicants: (1..=APPLICANTS)
                .map(|number| Person::new(&format!("Jo Applicant {number:02}"), "jo", &format!("app{number:02}.example")))
                .collect(),
            stranger: Person::new("Sam Stranger", "sam", "elsewhere.example"),
            forger: Person::new("Fritz Forger", "fritz", "forger.example"),
            key: kept_key("cast"),
            forged_key: kept_key("forger"),
        }
    }

    /// All domains that publish the cast's key (the forger's own domain does, with his own mail signed by it).
    pub fn domains(&self) -> Vec<&str> {
        let people = self.members.iter().chain(&self.applicants).chain(&self.moderators).chain([
            &self.discoverer,
            &self.stranger,
            &self.forger,
        ]);
        people.map(|person| person.domain.as_str()).collect()
    }

    /// The message with a valid DKIM signature of the person's domain. Lines must end in CRLF.
    pub fn sign(&self, message: &[u8], person: &Person) -> Vec<u8> {
        dkim::sign(message, &person.domain, &self.key)
    }

    /// The message with a DKIM signature that claims the person's domain and is made with a key it never published.
    pub fn sign_falsely(&self, message: &[u8], claimed: &Person) -> Vec<u8> {
        dkim::sign(message, &claimed.domain, &self.forged_key)
    }

    /// OpenDKIM's `TestPublicKeys` file: one record a line, name and value.
    pub fn key_records(&self) -> String {
        let pem = self.key.public_key_pem();
        let key: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let record = |domain: &str| format!("{}._domainkey.{domain} v=DKIM1; k=rsa; p={key}\n", dkim::SELECTOR);
        self.domains().into_iter().map(record).collect()
    }
}

/// A plain-text message with CRLF lines: From, To, Subject, Date, Message-ID, the `extra` header lines, then the body.
///
/// `extra` (each line ended) and `body` may be written with LF; `id` is the left side of the Message-ID.
pub fn letter(from: &Person, to: &str, subject: &str, id: &str, extra: &str, body: &str) -> Vec<u8> {
    let text = format!(
        "From: {}\nTo: {to}\nSubject: {subject}\nDate: Mon, 2 Mar 2026 10:00:00 +0000\nMessage-ID: <{id}@{}>\n{extra}\n{body}",
        from.from(),
        from.domain
    );
    crlf(&text)
}

/// Text with LF or CRLF lines as CRLF lines, the last one ended.
pub fn crlf(text: &str) -> Vec<u8> {
    text.lines().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect()
}

/// The RSA key of that name in the build directory; made on first use. Two tests at once end with the same key.
fn kept_key(name: &str) -> KeyPair {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rig-{name}.pem"));
    if !kept.exists() {
        let fresh = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let made = Command::new("openssl").args(["genrsa", "-out"]).arg(fresh.path()).arg("2048").output().expect("openssl");
        assert!(made.status.success(), "openssl genrsa: {}", String::from_utf8_lossy(&made.stderr));
        // It never replaces: whoever is second takes the first one's key.
        let _ = fresh.persist_noclobber(&kept);
    }
    let pem = fs::read_to_string(&kept).unwrap();
    KeyPair::from_pem_and_sign_algo(&pem, &rcgen::PKCS_RSA_SHA256).unwrap()
}
