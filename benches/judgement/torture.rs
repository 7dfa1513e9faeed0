//! Mails of 25 MB, each as awkward as one of its kind can be, and what judging them costs.

use std::{env, hint::black_box, process::Command, time::Instant};

use embargod::{
    advisory::{self, AdvisoryRules},
    application::{self, ApplicationRules},
    mail::{Message, RawMessage},
};

use super::Judges;

/// The size at which mail servers commonly refuse a message.
const SIZE: usize = 25_000_000;

/// Runs each in a process of its own: what one mail leaves in the heap shall not hide what the next one takes.
pub fn run(judges: &Judges) {
    let wanted = env::args().skip_while(|argument| argument != "--torture").nth(1).filter(|name| !name.starts_with('-'));
    if let Some(wanted) = wanted {
        let (name, make) = mails().into_iter().find(|(name, _)| *name == wanted).expect("a mail of that name");
        return one(judges, name, make());
    }
    for (name, _) in mails() {
        let program = env::current_exe().expect("the program's own path");
        // Large blocks go back to the kernel as soon as they are free, so that its figures are those of the moment (glibc).
        let mut child = Command::new(program);
        child.args(["--torture", name]).env("MALLOC_MMAP_THRESHOLD_", "131072").env("MALLOC_TRIM_THRESHOLD_", "131072");
        assert!(child.status().expect("a child").success(), "{name} failed");
    }
}

/// The most memory held is what the kernel tells of the process, the mail itself left out.
fn one(judges: &Judges, name: &str, raw: RawMessage) {
    let application_rules = ApplicationRules::built_in().expect("the rules are good");
    let advisory_rules = AdvisoryRules::built_in().expect("the rules are good");
    let look = |message: &Message| {
        judges.classify(message);
        judges.moderate(message);
        black_box(application::checklist(message, &application_rules));
        black_box(advisory::lint(message, &judges.project, &advisory_rules, &advisory::Circumstances::default()));
    };
    // Patterns compile at their first use.
    if let Ok(message) = Message::parse(&mail("", &"The kernel patch fixes it.\r\n".repeat(100))) {
        look(&message);
    }
    let size = raw.len();
    let before = peak(Reset::Yes);
    let started = Instant::now();
    let parsed = black_box(Message::parse(&raw));
    let parse = started.elapsed().as_secs_f64();
    if let Ok(message) = &parsed {
        look(message);
    }
    let all = started.elapsed().as_secs_f64();
    let more = peak(Reset::No).saturating_sub(before);
    let refused = if parsed.is_err() { ", refused" } else { "" };
    let verdict = if all <= 2.0 && more <= 10 * size { "" } else { "   TOO MUCH" };
    let times = more as f64 / size as f64;
    println!("{name:31} {size:9} bytes  parse {parse:6.3} s  all {all:6.3} s  memory {times:5.2} x{refused}{verdict}");
}

fn mail(fields: &str, body: &str) -> RawMessage {
    let top = "From: Dana <dana@finder.example>\r\nTo: security@xenproject.org\r\nSubject: torture\r\nDate: Fri, 21 Nov 2025 10:00:00 +0000\r\n\
               Message-ID: <1@finder.example>\r\nMIME-Version: 1.0\r\n";
    RawMessage::new(format!("{top}{fields}\r\n{body}").into_bytes())
}

fn repeated(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

type Made = (&'static str, Box<dyn Fn() -> RawMessage>);

fn mails() -> Vec<Made> {
    let html = "Content-Type: text/html; charset=utf-8\r\n";
    let multipart = "Content-Type: multipart/mixed; boundary=b\r\n";
    let sentences = "You may tell our customers about the embargo before the patch is released, is the fix for arm64 guests deployed at the list members? \
                     We have been actively exploited by a kernel crash, can we publish the advisory and join the predisclosure list tomorrow. \
                     The hypervisor leaks uninitialised memory, see the attached reproducer in 4.17.3 with x86_64 and XSA-484, thanks.\r\n";
    vec![
        ("one line", Box::new(|| mail("", &repeated("x")))),
        ("one line of words", Box::new(|| mail("", &repeated("patch the embargo ")))),
        ("quote marks", Box::new(|| mail("", &repeated(">")))),
        ("quoted lines", Box::new(|| mail("", &repeated("> \r\n")))),
        ("empty lines", Box::new(|| mail("", &repeated("\r\n")))),
        ("a million fields", Box::new(|| mail(&repeated("X-Field-Name: some value\r\n"), "hello"))),
        ("shortest fields", Box::new(|| mail(&repeated("a:\r\n"), "hello"))),
        (
            "shortest fields of a part",
            Box::new(move || mail(multipart, &format!("--b\r\n{}\r\nhello\r\n--b--\r\n", repeated("a:\r\n")))),
        ),
        (
            "fields that count",
            Box::new(|| mail(&repeated("Received: from a by b; Fri, 21 Nov 2025 10:00:00 +0000\r\n"), "hello")),
        ),
        ("fields without a name", Box::new(|| mail(&repeated("x\r\n"), "hello"))),
        ("a folded field", Box::new(|| mail(&format!("X-Long: a\r\n{}", repeated(" b\r\n")), "hello"))),
        ("a long subject", Box::new(|| mail(&format!("Subject: {}\r\n", repeated("policy ")), "hello"))),
        ("encoded words", Box::new(|| mail(&format!("Subject: {}\r\n", repeated("=?utf-8?q?policy?= ")), "hello"))),
        ("references", Box::new(|| mail(&format!("References: {}\r\n", repeated("<a@b.example> ")), "hello"))),
        ("addresses", Box::new(|| mail(&format!("Cc: {}c@d.example\r\n", repeated("a@b.example, ")), "hello"))),
        ("addresses in groups", Box::new(|| mail(&format!("Cc: {}\r\n", repeated("a: b@c.example; ")), "hello"))),
        ("parts", Box::new(move || mail(multipart, &(repeated("--b\r\n\r\nx\r\n") + "--b--\r\n")))),
        (
            "long parts",
            Box::new(move || mail(multipart, &(format!("--b\r\n\r\n{}\r\n", sentences.repeat(72)).repeat(900) + "--b--\r\n"))),
        ),
        ("boundaries anywhere", Box::new(move || mail(multipart, &format!("--b\r\n\r\n{}\r\n--b--\r\n", repeated("--b "))))),
        (
            "attached messages",
            Box::new(move || {
                let inner = format!("--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n{}\r\n", sentences.repeat(72));
                mail(multipart, &(inner.repeat(900) + "--b--\r\n"))
            }),
        ),
        (
            "messages in messages",
            Box::new(|| {
                let mut body = String::new();
                for level in 0..7 {
                    body += &format!("Subject: {level}\r\nContent-Type: message/rfc822\r\n\r\n");
                }
                mail("Content-Type: message/rfc822\r\n", &(body + "Subject: in\r\n\r\n" + &repeated("a patch in words\r\n")))
            }),
        ),
        (
            "base64",
            Box::new(move || {
                let text = repeated("VGhlIHBhdGNoIGZvciB0aGUgZW1iYXJnbyBpcyBhdHRhY2hlZC4gCg==\r\n");
                mail("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n", &text.replace("=", "A"))
            }),
        ),
        (
            "quoted-printable",
            Box::new(|| {
                mail(
                    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
                    &repeated("=C3=BC=\r\n"),
                )
            }),
        ),
        ("latin letters", Box::new(|| mail("Content-Type: text/plain; charset=utf-8\r\n", &repeated("ü patch für die Lücke. ")))),
        ("flowed lines", Box::new(|| mail("Content-Type: text/plain; format=flowed\r\n", &repeated("a word \r\n")))),
        ("html nested", Box::new(move || mail(html, &repeated("<div>")))),
        ("html tables", Box::new(move || mail(html, &repeated("<table><tr><td>x</td></tr></table>")))),
        ("html words", Box::new(move || mail(html, &repeated("<p>the patch is here</p>\r\n")))),
        ("html never closed", Box::new(move || mail(html, &repeated("<p ")))),
        (
            "html beside text",
            Box::new(move || {
                let half = sentences.repeat(30_000);
                let text = format!(
                    "--b\r\nContent-Type: text/plain\r\n\r\n{half}\r\n--b\r\nContent-Type: text/html\r\n\r\n{half}\r\n--b--\r\n"
                );
                mail("Content-Type: multipart/alternative; boundary=b\r\n", &text)
            }),
        ),
        (
            "a patch",
            Box::new(|| {
                mail("", &format!("diff --git a/x b/x\r\n--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n{}", repeated("-one\r\n+two\r\n")))
            }),
        ),
        ("patches", Box::new(|| mail("", &repeated("--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n-one\r\n+two\r\n\r\n")))),
        ("a log", Box::new(|| mail("", &repeated("(XEN) Xen call trace: [<ffff82d040200000>] R panic+0x10/0x20\r\n")))),
        ("attributions", Box::new(|| mail("", &repeated("On Monday 12:00 a@b.example wrote:\r\n\r\n")))),
        ("sentences for every pattern", Box::new(move || mail("", &repeated(sentences)))),
        ("one sentence for every pattern", Box::new(move || mail("", &repeated(sentences).replace(['.', '?', '\r', '\n'], " ")))),
        ("beginnings of patterns", Box::new(|| mail("", &repeated("is are we may patch kernel guest fix list embargo ")))),
        (
            "labels of an application",
            Box::new(|| mail("", &repeated("Name of your organization: x https://a.example/security\r\n\r\n"))),
        ),
        ("links", Box::new(|| mail("", &repeated("https://a.example/xen/security?x=1 ")))),
        (
            "an advisory",
            Box::new(|| {
                mail(
                    "",
                    &format!(
                        "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n            Xen Security Advisory CVE-2025-1 / XSA-484\r\n                   version 2\r\n\r\nISSUE DESCRIPTION\r\n=================\r\n\r\n{}",
                        repeated(
                            "RESOLUTION\r\n==========\r\n\r\n$ sha256sum xsa484*\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  xsa484.patch\r\n"
                        )
                    ),
                )
            }),
        ),
        (
            "a bounce",
            Box::new(|| {
                mail(
                    "Return-Path: <>\r\n",
                    &repeated("This is the mail system at host a. <b@c.example>: 550 5.1.1 user unknown\r\n"),
                )
            }),
        ),
    ]
}

#[derive(PartialEq, Eq)]
enum Reset {
    Yes,
    No,
}

/// The most memory that the process held, in bytes, as the kernel tells it (Linux; 0 elsewhere).
fn peak(reset: Reset) -> usize {
    if reset == Reset::Yes {
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).map_or(0, |kilobytes| kilobytes * 1024)
}
