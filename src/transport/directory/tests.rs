use std::os::unix::fs::PermissionsExt;

use super::*;

const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.dot\r\n\xff\r\n";

fn addresses(texts: &[&str]) -> Vec<Address> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Every file and folder under `path`, with its mode, in order.
fn tree(path: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            let name = entry.path().strip_prefix(path).unwrap().display().to_string();
            found.push(format!("{:o} {name}", metadata.permissions().mode() & 0o777));
            if metadata.is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

async fn deliver(directory: &Directory, delivery_id: i64, recipients: &[&str], message: &[u8]) -> Vec<String> {
    let recipients = addresses(recipients);
    let sent = directory
        .deliver(delivery_id, &Envelope { reverse_path: None, envelope_id: None, recipients: &recipients }, message)
        .await;
    assert_eq!(sent.connection, Connection::Good);
    assert_eq!(sent.outcomes.iter().map(|(who, _)| who).collect::<Vec<_>>(), recipients.iter().collect::<Vec<_>>());
    sent.outcomes.iter().map(|(_, outcome)| outcome.to_string()).collect()
}

#[tokio::test]
async fn each_recipient_gets_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path().join("out"));
    directory.prepare().await.unwrap();
    let outcomes = deliver(&directory, 7, &["Sec+x_1-2@One.example", "b@two.example"], MESSAGE).await;
    assert_eq!(outcomes, ["accepted: 250 2.0.0", "accepted: 250 2.0.0"]);
    deliver(&directory, 12_345, &["sec+x_1-2@one.example"], MESSAGE).await;
    assert_eq!(
        tree(folder.path()),
        [
            "600 out/b@two.example/0000000007.eml",
            "600 out/sec+x_1-2@one.example/0000000007.eml",
            "600 out/sec+x_1-2@one.example/0000012345.eml",
            "700 out",
            "700 out/b@two.example",
            "700 out/sec+x_1-2@one.example",
        ]
    );
    assert_eq!(fs::read(directory.file(&"b@two.example".parse().unwrap(), 7)).unwrap(), MESSAGE);
}

#[tokio::test]
async fn a_repeat_replaces() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path());
    // What a crash between write and rename leaves.
    fs::create_dir(folder.path().join("a@b.example")).unwrap();
    fs::write(folder.path().join("a@b.example/.0000000001.eml.tmp"), "half of a much longer message than the next").unwrap();
    deliver(&directory, 1, &["a@b.example"], b"first\r\n").await;
    deliver(&directory, 1, &["a@b.example"], b"2nd\r\n").await;
    assert_eq!(fs::read_dir(folder.path().join("a@b.example")).unwrap().count(), 1);
    assert_eq!(fs::read(directory.file(&"a@b.example".parse().unwrap(), 1)).unwrap(), b"2nd\r\n");
}

#[test]
fn a_folder_name_stays_inside_and_apart() {
    let name = |text: &str| folder_name(&text.parse().unwrap());
    let slash = name("../../etc/x@b.example");
    assert!(slash.starts_with(".._.._etc_x@b.example-") && slash.len() == ".._.._etc_x@b.example-".len() + 8, "{slash}");
    assert_ne!(slash, name(".._.._etc_x@b.example"));
    assert_ne!(name("a/b@c.example"), name("a|b@c.example"));
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".@_+-".contains(c);
    for text in ["\"a b\"@c.example", "j\u{f6}rg@c.example", "a@[192.0.2.1]", "..@c.example", "a*?@c.example"] {
        assert!(name(text).chars().all(allowed), "{text}");
    }
    assert!(name(&format!("{}/@{}.example", "\u{f6}".repeat(30), "d".repeat(170))).len() <= 255);
}

#[tokio::test]
async fn what_cannot_be_written_is_deferred_for_that_recipient_only() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path());
    fs::write(folder.path().join("a@b.example"), "a file where a folder should be").unwrap();
    let outcomes = deliver(&directory, 1, &["a@b.example", "c@d.example"], MESSAGE).await;
    assert_eq!(outcomes, ["deferred: file not written: entity already exists", "accepted: 250 2.0.0"]);
    let blocked = Directory::new(folder.path().join("a@b.example/out"));
    assert_eq!(blocked.prepare().await, Err(TransportError::Directory(io::ErrorKind::NotADirectory)));
}

#[tokio::test]
async fn what_smtp_would_refuse_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let outcomes = deliver(&Directory::new(folder.path()), 1, &["a@b.example"], b"x\n.\r\n").await;
    assert_eq!(outcomes, ["failed: message has a bare CR or LF"]);
    assert_eq!(tree(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn the_transport_makes_its_folder_and_takes_every_octet() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path().join("deep/out"));
    let mut connection = crate::transport::Transport::Directory(directory.clone()).open().await.unwrap();
    let recipients = addresses(&["a@b.example"]);
    let sent = connection.send(3, &Envelope { reverse_path: None, envelope_id: None, recipients: &recipients }, MESSAGE).await;
    connection.close().await;
    assert_eq!(format!("{sent:?}"), r#"Sent { outcomes: ["accepted: 250 2.0.0"], connection: Good }"#);
    assert_eq!(fs::read(directory.file(&recipients[0], 3)).unwrap(), MESSAGE);
}
