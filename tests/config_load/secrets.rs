//! Secrets come from files that nobody else can read, and never appear in anything that is printed.

use std::{
    fs,
    os::unix::fs::{self as unix, MetadataExt},
    path::Path,
};

use embargod::config::{Access, SecretFault, SecretPlace, Source, Transport, Us, permissions};
use secrecy::ExposeSecret;

use crate::machine::{BASE, Machine, edited};

const CREDENTIAL: &str = "password-credential = \"imap-password\"";

fn with_credential() -> String {
    edited(BASE, "password-file = \"imap-password\"", CREDENTIAL)
}

#[test]
fn a_password_in_the_configuration_is_refused_and_not_repeated() {
    let machine = Machine::new();
    for key in ["password", "pass", "passwd", "secret", "token", "access-token"] {
        let text = edited(BASE, "password-file = \"imap-password\"", &format!("{key} = \"hunter2\""));
        assert_eq!(
            machine.refusal(&text),
            format!(
                "embargod.toml:54:1: a secret in the configuration (key `{key}`)
  remedy: secrets never stand in the configuration: delete the line, change the secret, and name its place instead: password-file = \
                 \"FILE\" (chmod 600) or password-credential = \"NAME\" (systemd LoadCredential)"
            )
        );
    }
}

#[test]
fn no_error_repeats_a_password_in_the_wrong_place() {
    let machine = Machine::new();
    let line = "password-file = \"imap-password\"";
    for wrong in [
        "password-file = [\"hunter2\"]",
        "password-file = { value = \"hunter2\" }",
        "password-credential = \"hunter2 is it\"",
        "port = \"hunter2\"",
        "password-file = \"hunter2",
    ] {
        let refusal = machine.refusal(&edited(BASE, line, wrong));
        assert!(refusal.contains("embargod.toml:54:"), "{wrong}: {refusal}");
        assert!(!refusal.contains("hunter2"), "{wrong}: {refusal}");
    }
}

#[test]
fn a_password_needs_exactly_one_place() {
    let machine = Machine::new();
    let line = "password-file = \"imap-password\"";
    assert_eq!(
        machine.refusal(&edited(BASE, &format!("{line}\n"), "")),
        "embargod.toml:51:8: the password has no place
  remedy: add password-credential = \"NAME\" (systemd LoadCredential) or password-file = \"FILE\" (chmod 600)"
    );
    assert_eq!(
        machine.refusal(&edited(BASE, line, &format!("{line}\n{CREDENTIAL}"))),
        "embargod.toml:54:17: the password has two places
  remedy: delete password-credential or password-file"
    );
}

#[test]
fn a_missing_secret_is_refused() {
    let machine = Machine::new();
    fs::remove_file(machine.path("imap-password")).unwrap();
    assert_eq!(
        machine.refusal(BASE),
        "embargod.toml:54:17: the secret file imap-password cannot be read: entity not found
  remedy: write the secret into imap-password and run: chmod 600 imap-password"
    );
    fs::remove_file(machine.path("credentials/imap-password")).unwrap();
    assert_eq!(
        machine.refusal(&with_credential()),
        "embargod.toml:54:23: the secret file credentials/imap-password cannot be read: entity not found
  remedy: write the secret into credentials/imap-password and run: chmod 600 credentials/imap-password"
    );
    let errors = machine.load_with(&with_credential(), None).unwrap_err();
    assert_eq!(
        machine.nameless(&errors.to_string()),
        "embargod.toml:54:23: the credential imap-password is missing: there is no $CREDENTIALS_DIRECTORY
  remedy: start embargod through its systemd unit, or set CREDENTIALS_DIRECTORY to the folder that holds the secrets"
    );
}

#[test]
fn a_credential_is_a_name_and_no_path() {
    let machine = Machine::new();
    for name in ["../imap-password", "/etc/shadow", ".hidden", ""] {
        assert_eq!(
            machine.refusal(&edited(BASE, "password-file = \"imap-password\"", &format!("password-credential = \"{name}\""))),
            "embargod.toml:54:23: this is no name of a credential
  remedy: write the name that stands in LoadCredential=NAME:FILE of the systemd unit; never the secret itself"
        );
    }
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let machine = Machine::new();
    for (mode, shown) in [(0o640, "0640"), (0o604, "0604"), (0o620, "0620"), (0o601, "0601")] {
        machine.mode("imap-password", mode);
        assert_eq!(
            machine.refusal(BASE),
            format!(
                "embargod.toml:54:17: the secret file imap-password is open to other users of this machine (mode {shown})
  remedy: run: chmod 600 imap-password"
            )
        );
    }
    for mode in [0o600, 0o400] {
        machine.mode("imap-password", mode);
        assert_eq!(machine.refusal(BASE), "it loads");
    }
}

#[test]
fn a_link_is_judged_by_the_file_behind_it() {
    let machine = Machine::new();
    fs::remove_file(machine.path("imap-password")).unwrap();
    unix::symlink(machine.path("credentials/imap-password"), machine.path("imap-password")).unwrap();
    assert_eq!(machine.refusal(BASE), "it loads");
    machine.mode("credentials/imap-password", 0o644);
    assert_eq!(
        machine.refusal(BASE),
        "embargod.toml:54:17: the secret file imap-password is open to other users of this machine (mode 0644)
  remedy: run: chmod 600 imap-password"
    );
}

#[test]
fn a_secret_of_somebody_else_is_refused() {
    let mut machine = Machine::new();
    let ours = Us::effective();
    if ours != Us(0) {
        println!("not root: a file of another user cannot be made here, nothing is tested");
        return;
    }
    let file = machine.path("imap-password");
    unix::chown(&file, Some(4711), None).unwrap();
    machine.us = Us(4712);
    assert_eq!(
        machine.refusal(BASE),
        "embargod.toml:54:17: the secret file imap-password belongs to user 4711, who is neither us nor root
  remedy: run: chown root imap-password (or to the user that embargod runs as)"
    );
    for accepted in [Us(4711), Us(0)] {
        machine.us = accepted;
        assert_eq!(machine.refusal(BASE), "it loads");
    }
    unix::chown(&file, Some(0), None).unwrap();
    machine.us = Us(4712);
    assert_eq!(machine.refusal(BASE), "it loads");
}

#[test]
fn a_credential_that_systemd_gives_may_carry_an_acl() {
    let machine = Machine::new();
    let handed = Path::new("/run/credentials/embargod.service/imap-password");
    for (mode, accepted) in [(0o400, true), (0o440, true), (0o460, false), (0o444, false), (0o600, true)] {
        machine.mode("imap-password", mode);
        let metadata = fs::metadata(machine.path("imap-password")).unwrap();
        let root = metadata.uid() == 0;
        let found = permissions::private_file(handed, &metadata, Us(metadata.uid()));
        // The group bits are the mask of an ACL only where systemd, as root, made the file.
        assert_eq!(found.is_ok(), accepted && (root || mode & 0o077 == 0), "{mode:o}");
        let elsewhere = permissions::private_file(Path::new("/run/credentials-of-mine/x"), &metadata, Us(metadata.uid()));
        assert_eq!(elsewhere.is_ok(), mode & 0o077 == 0, "{mode:o}");
    }
}

#[test]
fn what_a_secret_file_says() {
    let machine = Machine::new();
    let place = SecretPlace::new(machine.path("imap-password"), Us::effective());
    for (content, secret) in [
        ("correct horse\n", "correct horse"),
        ("correct horse", "correct horse"),
        ("correct horse\r\n", "correct horse"),
        (" blanks stay \n", " blanks stay "),
        ("pässwörd\n", "pässwörd"),
    ] {
        machine.private("imap-password", content);
        assert_eq!(place.read().unwrap().expose_secret(), secret);
    }
    let file = machine.path("imap-password");
    for empty in ["", "\n", "\r\n"] {
        machine.private("imap-password", empty);
        assert_eq!(place.read().unwrap_err(), SecretFault::Empty(file.clone()));
    }
    for odd in ["two\nlines\n", "one\n\n", "\u{1b}[1m\n", "nul\0\n"] {
        machine.private("imap-password", odd);
        assert_eq!(place.read().unwrap_err(), SecretFault::NotOneLine(file.clone()), "{odd:?}");
    }
    fs::write(&file, b"\xff\xfe\n").unwrap();
    assert_eq!(place.read().unwrap_err(), SecretFault::NotOneLine(file.clone()));
    fs::write(&file, vec![b'x'; 20_000]).unwrap();
    assert_eq!(place.read().unwrap_err(), SecretFault::NotOneLine(file));
}

#[test]
fn a_renewed_secret_is_read_anew() {
    let machine = Machine::new();
    let config = machine.load(BASE).unwrap();
    let [Source::Imap(imap)] = config.sources.as_slice() else { panic!("{:?}", config.sources) };
    assert_eq!(imap.password.read().unwrap().expose_secret(), "correct horse");
    machine.private("imap-password", "a new one\n");
    assert_eq!(imap.password.read().unwrap().expose_secret(), "a new one");
    machine.mode("imap-password", 0o644);
    assert!(matches!(imap.password.read().unwrap_err(), SecretFault::Exposed { .. }));
}

#[test]
fn no_secret_is_in_the_configuration_that_is_loaded() {
    let machine = Machine::new();
    let text =
        edited(BASE, "tls = \"none\"", "tls = \"starttls\"\nuser = \"embargod\"\npassword-credential = \"relay-password\"");
    let config = machine.load(&text).unwrap();
    let Transport::Relay(relay) = &config.transport else { panic!("{:?}", config.transport) };
    assert_eq!(relay.login.as_ref().unwrap().password.read().unwrap().expose_secret(), "battery staple");
    let printed = format!("{config:?}");
    assert!(printed.contains("relay-password") && !printed.contains("battery staple") && !printed.contains("correct horse"));
}

#[test]
fn state_that_others_can_read_is_refused() {
    let machine = Machine::new();
    fs::create_dir(machine.path("state")).unwrap();
    machine.mode("state", 0o750);
    machine.private("state/embargod.db", "");
    machine.mode("state/embargod.db", 0o640);
    assert_eq!(
        machine.refusal(BASE),
        "embargod.toml:1:9: the state state is open to other users of this machine (mode 0750)
  remedy: run: chmod 700 state
embargod.toml:1:9: the state state/embargod.db is open to other users of this machine (mode 0640)
  remedy: run: chmod 600 state/embargod.db"
    );
    machine.mode("state", 0o700);
    machine.mode("state/embargod.db", 0o600);
    assert_eq!(machine.refusal(BASE), "it loads");
    // The kill switch is made with touch in an emergency, whatever the umask: it must not stop a restart.
    fs::write(machine.path("state/hold-all"), "").unwrap();
    machine.mode("state/hold-all", 0o644);
    assert_eq!(machine.refusal(BASE), "it loads");
}

#[test]
fn a_visitor_needs_no_secret_no_members_and_no_state() {
    let mut machine = Machine::new();
    machine.access = Access::Visitor;
    for file in ["imap-password", "members.csv"] {
        fs::remove_file(machine.path(file)).unwrap();
    }
    fs::create_dir(machine.path("state")).unwrap();
    machine.mode("state", 0o755);
    assert_eq!(machine.load(BASE).unwrap().members, []);
    assert!(machine.load_with(&with_credential(), None).is_ok());
    // Everything else is checked all the same.
    assert_eq!(
        machine.refusal(&edited(BASE, "host = \"localhost\"", "host = \"relay.example.org\"")),
        "embargod.toml:58:7: embargoed mail would travel to relay.example.org in plain text
  remedy: write tls = \"starttls\" or \"implicit\"; \"none\" is for a relay on this machine (127.0.0.1, ::1, localhost)"
    );
}

#[test]
fn a_dkim_key_is_private_and_a_key() {
    let machine = Machine::new();
    let table =
        |file: &str| edited(BASE, "[schedule]", &format!("[dkim]\nselector = \"letters\"\nkey-file = \"{file}\"\n\n[schedule]"));
    let pem = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
    machine.private("dkim-key", &pem);
    let config = machine.load(&table("dkim-key")).unwrap();
    let dkim = config.dkim.unwrap();
    assert_eq!((dkim.domain.as_str(), dkim.selector.as_str()), ("example.org", "letters"));
    machine.private("dkim-no-key", "correct horse\n");
    let refusal = machine.refusal(&table("dkim-no-key"));
    assert!(refusal.contains("the DKIM key") && refusal.contains("it holds no private key in PEM form"), "{refusal}");
    assert!(!refusal.contains("correct horse"), "{refusal}");
    machine.private("dkim-open", &pem);
    machine.mode("dkim-open", 0o644);
    let refusal = machine.refusal(&table("dkim-open"));
    assert!(refusal.contains("dkim-open") && refusal.contains("chmod 600"), "{refusal}");
    assert!(machine.refusal(&table("dkim-nowhere")).contains("cannot be read"));
}
