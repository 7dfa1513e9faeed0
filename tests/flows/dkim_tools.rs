//! What real tools have signed verifies at real tools after its way through here, and so do our own letters: dkimpy and OpenDKIM sign, OpenDKIM
//! and dkimpy judge.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    rig::{
        cast::Cast,
        ground::{Port, Server, chmod, chown, program},
        opendkim::Dkim,
        postfix::Postfix,
    },
    stage::{
        DISCUSS, SECURITY, Stage, mail,
        read::{address, body, fields, subject},
    },
};

/// Debian's Python with python3-dkim, and nothing of cargo's environment.
fn python(program: &str, words: &[&str], message: &[u8]) -> Vec<u8> {
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", program]).args(words).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("python3 with python3-dkim; tests/all.sh installs it");
    child.stdin.take().unwrap().write_all(message).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

const SIGN: &str = "import sys, dkim
message = sys.stdin.buffer.read()
key = open(sys.argv[2], 'rb').read()
head, tail = sys.argv[3].encode().split(b'/')
names = sys.argv[4].encode().split()
field = dkim.sign(message, b'cast', sys.argv[1].encode(), key, canonicalize=(head, tail), include_headers=names)
sys.stdout.buffer.write(field + message)";

/// What members' servers sign; not what leaks and is taken off here (`compose::field_names::TRACES`).
pub const USUAL: &str = "from from to subject date message-id in-reply-to references mime-version content-type x-loose x-folded";

/// Signed by dkimpy for a domain of the cast, in that form (`relaxed/simple`), over these fields.
pub fn sign(domain: &str, form: &str, fields: &str, message: &[u8]) -> Vec<u8> {
    let key = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rig-cast.pem");
    python(SIGN, &[domain, key.to_str().unwrap(), form, fields], message)
}

const VERIFY: &str = "import sys, dkim
message = sys.stdin.buffer.read()
records = dict(line.rstrip().split(' ', 1) for line in open(sys.argv[1]))
def txt(name, timeout=5): return records.get(name.decode().rstrip('.'), '').encode()
print(dkim.verify(message, dnsfunc=txt))";

/// What dkimpy says of the topmost signature; the keys are in OpenDKIM's file.
fn dkimpy_verifies(records: &Path, message: &[u8]) -> bool {
    String::from_utf8(python(VERIFY, &[records.to_str().unwrap()], message)).unwrap().trim() == "True"
}

fn records(stage: &Stage) -> PathBuf {
    stage.rig.ground.at("opendkim/keys")
}

/// A technical post with what careless software breaks: eight-bit text, a lone dot, blanks at line ends, a line of 900 octets, base64, folded and loose fields,
/// and empty lines and blanks at the very end. (Several blanks before a field's value are left out: OpenDKIM, which hears of fields as a milter, does not see
/// them, and says that a simple signature over them is bad; dkimpy says that it is good.)
fn awkward(cast: &Cast, id: &str) -> Vec<u8> {
    let post = String::from_utf8(mail::technical_unsigned(cast, id)).unwrap();
    let long = "0123456789abcde ".repeat(56);
    let post = post.replacen("build:", &format!("{long}\r\nbuild:"), 1);
    format!("X-Loose: spaced \t  out \r\nX-Folded: one\r\n\ttwo\r\n   three\r\n{post}\r\n\r\n \t\r\n\r\n").into_bytes()
}

#[test]
fn posts_signed_by_a_real_tool_verify_at_two_others_after_redistribution() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let [pat, milo] = [&cast.posters[0], &cast.moderators[1]];
    for form in ["relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"] {
        let id = form.replace('/', "-");
        let signed = sign("org01.example", form, USUAL, &awkward(cast, &id));
        assert_ne!(body(&signed), b"");
        let number = stage.deliver(pat, DISCUSS, &signed);
        if stage.count(&format!("SELECT COUNT(*) FROM held WHERE inbox_id = {number} AND state = 'waiting'")) == 1 {
            let to = address(&stage.letter(&milo.address), "Reply-To");
            stage.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held]", &format!("yes-{id}"), "", "approve\n"));
        }
        let copies: Vec<Vec<u8>> = stage.copies().into_iter().map(|copy| copy.bytes).collect();
        for copy in &copies {
            assert_eq!(body(copy), body(&signed), "{form}: byte for byte");
        }
        assert_eq!(stage.rig.opendkim.verify(&copies), vec![Dkim::Pass("org01.example".to_owned()); 75], "{form}");
        assert!(dkimpy_verifies(&records(&stage), &copies[0]), "{form}");
        // The judges can say no.
        let mut changed = copies[0].clone();
        let at = changed.len() - 60;
        changed[at] ^= 1;
        assert_eq!(stage.rig.opendkim.verify(&[changed.clone()]), [Dkim::Fail], "{form}");
        assert!(!dkimpy_verifies(&records(&stage), &changed), "{form}");
        for moderator in &cast.moderators {
            drop(stage.rig.relay.take(&moderator.address));
        }
        drop(stage.rig.relay.take(&pat.address));
    }
    stage.close();
}

/// A member's own mail server: a Postfix whose OpenDKIM signs for org01.example, and which hands everything to our MX.
struct TheirServer {
    postfix: Postfix,
    _milter: Server,
}

impl TheirServer {
    fn start(stage: &Stage, form: &str) -> Self {
        let ground = &stage.rig.ground;
        let name = format!("theirs-{}", form.replace('/', "-"));
        let (port, folder) = (Port::claim(), ground.folder(&name));
        chown(&folder, "opendkim");
        let key = std::fs::read_to_string(Path::new(env!("CARGO_TARGET_TMPDIR")).join("rig-cast.pem")).unwrap();
        let key = ground.file(&format!("{name}/key.pem"), &key);
        chown(&key, "opendkim");
        chmod(&key, 0o600);
        let config = format!(
            "Mode s\nSocket inet:{}@127.0.0.1\nUserID opendkim\nBackground no\nSyslog no\nTemporaryDirectory {}\nDomain org01.example\n\
             Selector cast\nKeyFile {}\nCanonicalization {form}\nOversignHeaders From\nRequireSafeKeys no\nInternalHosts 127.0.0.1\n",
            port.number(),
            folder.display(),
            key.display()
        );
        let config = ground.file(&format!("{name}/opendkim.conf"), &config);
        let mut command = program("/usr/sbin/opendkim");
        command.arg("-x").arg(&config);
        let mut milter = Server::start(ground, &name, command);
        milter.wait_port(&port);
        let main = format!(
            "myhostname = mail.org01.example\nsmtpd_relay_restrictions = permit_mynetworks reject\nrelayhost = [127.0.0.1]:{}\n\
             smtpd_milters = inet:127.0.0.1:{}\nmilter_default_action = tempfail\n",
            stage.rig.mx.port(),
            port.number()
        );
        Self { postfix: Postfix::install(ground, &format!("{name}-postfix"), &main, "", None), _milter: milter }
    }

    /// Sends it; the id under which our MX has it.
    fn sends(&self, from: &str, to: &str, message: &[u8]) -> String {
        let lines = self.postfix.settled(&self.postfix.offer(from, &[to], message).unwrap());
        let queued = lines.iter().find_map(|line| line.split_once("queued as ")).expect("our MX took it").1;
        queued.trim_end_matches(')').to_owned()
    }
}

#[test]
fn posts_signed_by_opendkim_on_their_way_verify_after_redistribution() {
    let stage = Stage::open();
    stage.advisory_is_live();
    let cast = &stage.rig.cast;
    let [pat, milo] = [&cast.posters[0], &cast.moderators[1]];
    for form in ["relaxed/simple", "simple/simple"] {
        let theirs = TheirServer::start(&stage, form);
        let id = form.replace('/', "-");
        // OpenDKIM chooses itself what it signs of it.
        let extra = format!("In-Reply-To: {0}\nReferences: {0}\n", mail::ADVISORY_ID);
        let words = "The patch for XSA-999 does not apply to 4.17: the first hunk fails.  \n\n.\n\n\n";
        let post = crate::rig::cast::letter(pat, DISCUSS, "Backport of XSA-999", &id, &extra, words);
        let number = stage.decided(&theirs.sends(&pat.address, DISCUSS, &post));
        if stage.state_of(number).0 == "held" {
            let to = address(&stage.letter(&milo.address), "Reply-To");
            stage.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held]", &format!("yes-{id}"), "", "approve\n"));
        }
        let copies: Vec<Vec<u8>> = stage.copies().into_iter().map(|copy| copy.bytes).collect();
        assert!(fields(&copies[0], "DKIM-Signature")[0].contains(&format!("c={form}; d=org01.example; s=cast")), "{form}");
        assert!(copies.iter().all(|copy| body(copy) == body(&post)), "{form}: byte for byte");
        assert_eq!(stage.rig.opendkim.verify(&copies), vec![Dkim::Pass("org01.example".to_owned()); 75], "{form}");
        assert!(dkimpy_verifies(&records(&stage), &copies[0]), "{form}");
        stage.settle();
        for person in cast.moderators.iter().chain([pat]) {
            drop(stage.rig.relay.take(&person.address));
        }
    }
    stage.close();
}

/// A key made by OpenSSL, its record for the judges, and the table that names it.
fn with_key(algorithm: &[&str], record: fn(&[u8]) -> String) -> Stage {
    let mut stage = Stage::dark(crate::rig::plan::Plan::xen(), |site| {
        site.sign_letters();
    });
    let private = stage.rig.ground.at("credentials/dkim-key");
    let openssl = |words: &[&str]| {
        let output = Command::new("openssl").args(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    openssl(&[&["genpkey", "-out", private.to_str().unwrap()], algorithm].concat());
    chmod(&private, 0o600);
    let public = openssl(&["pkey", "-in", private.to_str().unwrap(), "-pubout", "-outform", "DER"]);
    let mut known = std::fs::read_to_string(records(&stage)).unwrap();
    known.push_str(&format!("letters._domainkey.xenproject.org {}\n", record(&public)));
    std::fs::write(records(&stage), known).unwrap();
    stage.start(&[]);
    stage
}

/// A report and a post: what goes to the discoverer and to the team, and what to the members.
fn letters(stage: &Stage) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let cast = &stage.rig.cast;
    stage.deliver(&cast.discoverer, SECURITY, &mail::report(cast, "report-1"));
    let mut ours = vec![stage.letter(&cast.discoverer.address)];
    for moderator in &cast.moderators {
        ours.extend(stage.letters(&moderator.address));
    }
    stage.advisory_is_live();
    stage.deliver(&cast.posters[0], DISCUSS, &mail::technical(cast, "post-1"));
    let copies = stage.copies().into_iter().map(|copy| copy.bytes).collect();
    for moderator in &cast.moderators {
        ours.extend(stage.letters(&moderator.address));
    }
    assert!(ours.len() >= 7, "{:?}", ours.iter().map(subject).collect::<Vec<_>>());
    (ours.into_iter().map(|letter| letter.bytes).collect(), copies)
}

#[test]
fn our_letters_are_signed_and_the_members_posts_are_not_touched() {
    use data_encoding::BASE64;
    let stage = with_key(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], |public| {
        format!("v=DKIM1; k=rsa; p={}", BASE64.encode(public))
    });
    let (ours, copies) = letters(&stage);
    assert_eq!(stage.rig.opendkim.verify(&ours), vec![Dkim::Pass("xenproject.org".to_owned()); ours.len()]);
    for letter in &ours {
        assert!(dkimpy_verifies(&records(&stage), letter));
        // A second From, Subject or To, or a Reply-To where there is none, breaks it.
        for field in
            ["From: security@xenproject.org", "Subject: x", "To: x@y.example", "Message-ID: <x@y.example>", "Cc: x@y.example"]
        {
            let added = [field.as_bytes(), b"\r\n", letter].concat();
            assert!(!dkimpy_verifies(&records(&stage), &added), "{field}");
        }
    }
    for copy in &copies {
        let signatures = fields(copy, "DKIM-Signature");
        assert!(signatures.len() == 1 && signatures[0].contains("d=org01.example"), "{signatures:?}");
    }
    stage.close();
}

#[test]
fn an_ed25519_key_signs_too() {
    // RFC 8463: the bare 32 octets at the end of the public key.
    let stage = with_key(&["-algorithm", "ed25519"], |public| {
        format!("v=DKIM1; k=ed25519; p={}", data_encoding::BASE64.encode(&public[public.len() - 32..]))
    });
    let (ours, _) = letters(&stage);
    for letter in &ours {
        assert!(fields(letter, "DKIM-Signature")[0].contains("a=ed25519-sha256"));
        assert!(dkimpy_verifies(&records(&stage), letter));
    }
    stage.close();
}
