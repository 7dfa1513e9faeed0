//! The team's page: what it shows, who may ask for it, and that it only reads.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    os::unix::{fs::PermissionsExt as _, net::UnixStream, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use embargod::{
    clock::{Clock as _, SystemClock},
    report::serve::{NotAPlace, Place},
};
use jiff::SignedDuration;

use crate::{
    cli_support::{House, POST},
    left_for_the_browser,
};

/// A house with some cases on their way: three live ones, two of which have a date.
fn busy(dates: [&str; 2]) -> House {
    let house = House::new();
    for (name, title) in [
        ("a", "emulated disk: a length is believed"),
        ("b", "migration stream: a guest rewrites the header of another"),
        ("c", "console: the log grows without bound"),
    ] {
        house.receive(
            &format!("{name}.report"),
            &format!(
                "From: Rita Reporter <rita@research.example>\nTo: security@xenproject.org\nSubject: {title}\n\
                 Date: Mon, 02 Nov 2026 09:30:00 +0000\nMessage-ID: <{name}@research.example>\n\n\
                 I found a vulnerability: a guest can write out of bounds in the hypervisor and crash the host. {title}.\n"
            ),
        );
    }
    house.receive("d.post", POST);
    house.embargod(&["run", "--once"]).good();
    let say = |case: &str, words: &str| {
        let mut line = vec!["case", "say", case];
        line.extend(words.split(' '));
        house.embargod(&line).good();
    };
    for (case, date) in ["1", "2"].into_iter().zip(dates) {
        say(case, "claim");
        say(case, "public no");
        say(case, "xsa next");
        say(case, &format!("embargo {date} because it is a test"));
    }
    house
}

const DATES: [&str; 2] = ["2099-12-08T12:00:00Z", "2099-11-24T12:00:00Z"];

/// The server of a house, ended when it is dropped.
struct Served {
    child: Child,
    place: String,
}

impl Served {
    fn start(house: &House, args: &[&str]) -> Self {
        let line: Vec<&str> = ["status", "--serve"].iter().chain(args).copied().collect();
        let mut child = house.command(&line).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut place = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut place).unwrap();
        Self { child, place: place.trim().to_owned() }
    }

    fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.place.trim_start_matches("http://").trim_end_matches('/')).unwrap()
    }

    /// Ends it in order.
    fn end(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status, header fields and body of an answer.
struct Answer {
    status: u16,
    fields: BTreeMap<String, String>,
    body: String,
}

fn ask(mut stream: impl std::io::Read + std::io::Write, request: &str) -> Answer {
    stream.write_all(request.replace('\n', "\r\n").as_bytes()).unwrap();
    let mut whole = String::new();
    stream.read_to_string(&mut whole).unwrap();
    let (head, body) = whole.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let fields =
        lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Answer { status, fields: fields.collect(), body: body.to_owned() }
}

#[test]
fn the_page_tells_what_waits_and_no_title() {
    let house = busy(DATES);
    let served = Served::start(&house, &["127.0.0.1:0"]);
    assert!(served.place.starts_with("http://127.0.0.1:"), "{}", served.place);
    let answer = ask(served.tcp(), "GET / HTTP/1.1\nHost: localhost\n\n");
    assert_eq!(answer.status, 200);
    let page = &answer.body;
    for words in [
        "Asks again every 60 seconds (<a href=\"/still\">stop that</a>).",
        "<strong>not running</strong>",
        "<li class=\"alert\"><span>Open cases</span><strong>3, 1 unclaimed</strong></li>",
        "<strong>held-4</strong> <span>discuss</span>",
        "<tspan class=\"when\" dx=\"10\">24 Nov 2099, in ",
        "<tspan class=\"when\" dx=\"10\">no date yet</tspan>",
        ">case-3</th><td role=\"cell\" class=\"owner\">the team</td>",
        "class=\"owner\">mona</td>",
        "nobody has claimed it (`claim`)",
        "0 of 2 members without a known fault.",
        "65 of 100: nobody ever confirmed that its alias is read; no accepted terms on record",
    ] {
        assert!(page.contains(words), "{words} is not in\n{page}");
    }
    for secret in
        ["emulated disk", "migration stream", "console: the log", "rita@", "research.example", "Rita", "4.17", "cirrus.example"]
    {
        assert!(!page.contains(secret), "{secret}");
    }
    assert!(!page.contains("<script"));
    assert_eq!(answer.fields["refresh"], "60");
    let still = ask(served.tcp(), "GET /still HTTP/1.1\nHost: localhost\n\n");
    assert!(still.status == 200 && !still.fields.contains_key("refresh") && still.body.contains("Stands still (<a href=\"/\">"));
    served.end();
}

/// Mail that nobody sees would look like quiet.
#[test]
fn a_mailbox_that_is_not_read_is_on_the_page() {
    let house = House::with_mail();
    fs::set_permissions(house.at("in/new"), fs::Permissions::from_mode(0o000)).unwrap();
    let mut daemon = house.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while UnixStream::connect(house.at("state/control.sock")).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the daemon does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    let served = Served::start(&house, &["127.0.0.1:0"]);
    let page = ask(served.tcp(), "GET / HTTP/1.1\nHost: localhost\n\n").body;
    let pid = rustix::process::Pid::from_child(&daemon);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.wait().unwrap().success());
    assert!(page.contains("<li class=\"alert\"><span>Mailbox</span><strong>demo&#x2f;INBOX is not read</strong></li>"), "{page}");
    served.end();
}

#[test]
fn titles_are_shown_where_the_configuration_says_so_and_only_of_revisions() {
    let house = busy(DATES);
    let path = house.at("embargod.toml");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(&path, config + "\n[status]\ntitles = true\n").unwrap();
    let served = Served::start(&house, &["127.0.0.1:0"]);
    let page = ask(served.tcp(), "GET / HTTP/1.1\nHost: localhost\n\n").body;
    // No revision is registered: a report's subject is no title.
    assert!(!page.contains("migration stream"));
    assert!(page.contains("case-2"));
}

#[test]
fn it_answers_this_machine_alone_and_only_reads() {
    let house = House::with_mail();
    let served = Served::start(&house, &["127.0.0.1:0"]);
    let port = served.place.rsplit(':').next().unwrap().trim_end_matches('/');
    let status = |request: &str| ask(served.tcp(), request).status;
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", &format!("127.0.0.1:{port}"), "[::1]:1"] {
        assert_eq!(status(&format!("GET / HTTP/1.1\nHost: {host}\n\n")), 200, "{host}");
    }
    let foreign = [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1:8080@evil.example",
        "localhost:",
        "::1",
        "",
        "[::1",
        "10.0.0.1",
    ];
    for host in foreign {
        let answer = ask(served.tcp(), &format!("GET / HTTP/1.1\nHost: {host}\n\n"));
        assert_eq!((answer.status, answer.body.as_str()), (421, "this page is served for localhost alone\n"), "{host}");
    }
    assert_eq!(status("GET / HTTP/1.1\nHost: localhost\nHost: evil.example\n\n"), 421, "two");
    assert_eq!(status("GET / HTTP/1.0\n\n"), 421, "none");
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = ask(served.tcp(), &format!("{method} / HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n"));
        assert_eq!((answer.status, answer.fields["allow"].as_str()), (405, "GET, HEAD"), "{method}");
    }
    for path in ["/index.html", "/../state/embargod.sqlite", "//", "/status.css/x"] {
        assert_eq!(status(&format!("GET {path} HTTP/1.1\nHost: localhost\n\n")), 404, "{path}");
    }
    let head = ask(served.tcp(), "HEAD / HTTP/1.1\nHost: localhost\n\n");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(
        head.fields["content-security-policy"],
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    assert_eq!(head.fields["x-content-type-options"], "nosniff");
    assert_eq!(head.fields["cache-control"], "no-store");
    assert!(!head.fields.contains_key("set-cookie") && !head.fields.contains_key("access-control-allow-origin"));
    served.end();
}

#[test]
fn on_a_socket_only_its_owner_reads_it_and_it_goes_with_the_program() {
    let house = House::with_mail();
    let socket = house.at("state/status.sock");
    let served = Served::start(&house, &[]);
    assert_eq!(served.place, "unix:state/status.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let answer = ask(UnixStream::connect(&socket).unwrap(), "GET / HTTP/1.1\nHost: localhost\n\n");
    assert_eq!(answer.status, 200);
    let second = house.embargod(&["status", "--serve"]).bad(2);
    assert_eq!(second, "embargod: state/status.sock is there already: it is no socket, or another program listens on it\n");
    served.end();
    assert!(!socket.exists());
    // One that a crash left is replaced.
    let mut crashed = Served::start(&house, &[]);
    crashed.child.kill().unwrap();
    crashed.child.wait().unwrap();
    assert!(socket.exists());
    Served::start(&house, &[]).end();
    // A file that is no socket is left alone.
    fs::write(&socket, "mine").unwrap();
    assert!(house.embargod(&["status", "--serve"]).bad(2).contains("is no socket"));
    assert_eq!(fs::read_to_string(&socket).unwrap(), "mine");
}

#[test]
fn it_listens_nowhere_that_others_reach() {
    for (text, place) in [
        ("unix:/run/x.sock", Ok(Place::Unix("/run/x.sock".into()))),
        ("127.0.0.1:80", Ok(Place::Loopback("127.0.0.1:80".parse().unwrap()))),
        ("127.9.9.9:80", Ok(Place::Loopback("127.9.9.9:80".parse().unwrap()))),
        ("[::1]:80", Ok(Place::Loopback("[::1]:80".parse().unwrap()))),
        ("0.0.0.0:80", Err(NotAPlace::Reachable("0.0.0.0:80".parse().unwrap()))),
        ("[::]:80", Err(NotAPlace::Reachable("[::]:80".parse().unwrap()))),
        ("192.0.2.1:80", Err(NotAPlace::Reachable("192.0.2.1:80".parse().unwrap()))),
        ("[::ffff:127.0.0.1]:80", Err(NotAPlace::Reachable("[::ffff:127.0.0.1]:80".parse().unwrap()))),
        ("localhost:80", Err(NotAPlace::Form)),
        ("127.0.0.1", Err(NotAPlace::Form)),
        ("unix:", Err(NotAPlace::Form)),
        ("", Err(NotAPlace::Form)),
    ] {
        assert_eq!(text.parse::<Place>(), place, "{text}");
    }
    let house = House::with_mail();
    let refused = house.embargod(&["status", "--serve", "0.0.0.0:0"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("0.0.0.0:0 is no loopback address: others could read the page; use 127.0.0.1 or unix:PATH"));
}

#[test]
fn a_state_that_cannot_be_read_is_told_without_a_word_of_it() {
    let house = House::with_mail();
    let served = Served::start(&house, &["127.0.0.1:0"]);
    fs::rename(house.at("state/embargod.sqlite"), house.at("state/gone")).unwrap();
    let answer = ask(served.tcp(), "GET / HTTP/1.1\nHost: localhost\n\n");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, "the state cannot be read just now; the log of this program says why\n")
    );
}

/// A house for `check.mjs`, which starts the page on it.
#[test]
fn a_busy_house_is_left_for_the_browser() {
    let now = SystemClock.now();
    let noon = |days: i64| (now + SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%dT12:00:00Z").to_string();
    let house = busy([&noon(16), &noon(9)]);
    let place = left_for_the_browser().join("house");
    let _ = fs::remove_dir_all(&place);
    copy(&house.at(""), &place);
    assert!(place.join("state/embargod.sqlite").exists());
    // It is read as whoever runs the browser.
    if rustix::process::geteuid().is_root() {
        assert!(Command::new("chown").arg("-R").arg("0:0").arg(&place).uid(0).status().unwrap().success());
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else if kind.is_file() && entry.file_name() != "embargod" {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
