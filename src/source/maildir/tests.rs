//! Maildirs in temporary folders.

use std::{os::unix::fs::PermissionsExt as _, time::Duration};

use super::*;

struct Dir {
    root: tempfile::TempDir,
}

impl Dir {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        create(root.path()).unwrap();
        Self { root }
    }

    fn source(&self) -> MaildirSource {
        MaildirSource::open(self.root.path()).unwrap()
    }

    /// Puts a file there, written `at` seconds after 2026-01-01.
    fn put(&self, name: &str, bytes: &[u8], at: u64) {
        let path = self.root.path().join(name);
        fs::write(&path, bytes).unwrap();
        let written = std::time::UNIX_EPOCH + Duration::from_secs(1_767_225_600 + at);
        File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.root.path().join(from), self.root.path().join(to)).unwrap();
    }

    /// Every file below the root.
    fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, files: &mut Vec<String>) {
            for file in fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, files);
                } else {
                    files.push(path.strip_prefix(root).unwrap().display().to_string());
                }
            }
        }
        let mut files = Vec::new();
        walk(self.root.path(), self.root.path(), &mut files);
        files.sort();
        files
    }
}

fn whole(body: Option<FetchedBody>) -> String {
    match body {
        Some(FetchedBody::Whole(raw)) => String::from_utf8(raw.bytes().to_vec()).unwrap(),
        other => panic!("not whole: {other:?}"),
    }
}

fn uniques(entries: &[MaildirEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.unique.as_str()).collect()
}

#[test]
fn a_folder_that_is_no_maildir_is_refused_with_its_remedy() {
    let empty = tempfile::tempdir().unwrap();
    let error = MaildirSource::open(empty.path()).unwrap_err();
    let path = empty.path().display();
    assert_eq!(
        error.to_string(),
        format!("{path} is no Maildir: it has no folders new and cur; correct the path or create them")
    );
}

#[test]
fn mail_is_listed_by_arrival_under_its_unique_name() {
    let dir = Dir::new();
    dir.put("new/3.host", b"c\n", 30);
    dir.put("cur/2.host:2,RS", b"bb\n", 20);
    dir.put("new/b.host", b"same second\n", 10);
    dir.put("new/a.host", b"same second\n", 10);
    dir.put("tmp/9.host", b"being delivered\n", 1);
    dir.put("new/.hidden", b"no mail\n", 1);
    fs::create_dir(dir.root.path().join("cur/folder")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", dir.root.path().join("new/link")).unwrap();
    let listed = dir.source().list().unwrap();
    assert_eq!(uniques(&listed), ["a.host", "b.host", "2.host", "3.host"]);
    assert_eq!(listed[2].arrived, Some("2026-01-01T00:00:20Z".parse().unwrap()));
    assert_eq!(listed[2].size, 3);
}

#[test]
fn a_name_that_is_no_text_still_has_one_unique_spelling() {
    let dir = Dir::new();
    let strange = OsStr::from_bytes(b"1.\xff%\n:2,S");
    fs::write(dir.root.path().join("cur").join(strange), "x\n").unwrap();
    let listed = dir.source().list().unwrap();
    assert_eq!(uniques(&listed), ["1.%FF%25%0A"]);
    assert_eq!(whole(dir.source().read(&listed[0], &Limits::default()).unwrap()), "x\r\n");
}

#[test]
fn a_person_who_reads_and_flags_changes_nothing() {
    let dir = Dir::new();
    dir.put("new/1.host", b"one\n", 1);
    let before = dir.source().list().unwrap();
    dir.rename("new/1.host", "cur/1.host:2,");
    dir.rename("cur/1.host:2,", "cur/1.host:2,FS");
    assert_eq!(whole(dir.source().read(&before[0], &Limits::default()).unwrap()), "one\r\n");
    let known = BTreeSet::from(["1.host".to_owned()]);
    let batch = dir.source().fetch_new(&known, &Limits::default()).unwrap();
    assert_eq!(batch, MaildirBatch { messages: vec![], unreadable: vec![], more: More::No });
    assert_eq!(dir.files(), ["cur/1.host:2,FS"]);
}

#[test]
fn mail_that_is_gone_is_none() {
    let dir = Dir::new();
    dir.put("new/1.host", b"one\n", 1);
    let listed = dir.source().list().unwrap();
    fs::remove_file(dir.root.path().join("new/1.host")).unwrap();
    assert_eq!(dir.source().read(&listed[0], &Limits::default()).unwrap(), None);
    dir.source().mark(&listed[0], &Mark::Move("Done".to_owned())).unwrap();
}

#[test]
fn line_ends_become_crlf_only_in_files_stored_with_lf() {
    for (stored, read) in [
        ("no line end", "no line end"),
        ("a\nb\n\nc", "a\r\nb\r\n\r\nc"),
        // Kept: a CR that was part of the line, alone or before the line end.
        ("a\nb\r\nc\rd\n", "a\r\nb\r\nc\rd\r\n"),
        // Stored with CRLF: exactly as it is, the stray LF included.
        ("a\r\nb\nc\r\n", "a\r\nb\nc\r\n"),
    ] {
        let dir = Dir::new();
        dir.put("new/1.host", stored.as_bytes(), 1);
        let listed = dir.source().list().unwrap();
        assert_eq!(whole(dir.source().read(&listed[0], &Limits::default()).unwrap()), read, "{stored:?}");
    }
}

#[test]
fn of_a_large_message_only_the_header_is_read() {
    let dir = Dir::new();
    dir.put("new/1.host", format!("Subject: x\nFrom: y\n\n{}", "z".repeat(100)).as_bytes(), 1);
    let listed = dir.source().list().unwrap();
    for (header_size, header) in [(1000, "Subject: x\r\nFrom: y\r\n\r\n"), (14, "Subject: x\r\nFr")] {
        let limits = Limits { message_size: 50, header_size, ..Limits::default() };
        let body = dir.source().read(&listed[0], &limits).unwrap();
        assert_eq!(body, Some(FetchedBody::HeadersOnly { header: RawMessage::new(header.as_bytes()), size: 120 }));
    }
    let limits = Limits { message_size: 120, ..Limits::default() };
    assert!(matches!(dir.source().read(&listed[0], &limits).unwrap(), Some(FetchedBody::Whole(_))));
}

#[test]
fn batches_end_by_number_and_by_bytes_and_always_hold_one() {
    let dir = Dir::new();
    for n in 1..=3 {
        dir.put(&format!("new/{n}.host"), b"12345\n", n);
    }
    let mut known = BTreeSet::new();
    let limits = Limits { batch_bytes: 12, ..Limits::default() };
    let batch = dir.source().fetch_new(&known, &limits).unwrap();
    assert_eq!((batch.messages.len(), batch.more), (2, More::Yes));
    known.extend(batch.messages.into_iter().map(|(entry, _)| entry.unique));
    let batch = dir.source().fetch_new(&known, &Limits { batch_messages: 1, batch_bytes: 1, ..Limits::default() }).unwrap();
    assert_eq!((batch.messages[0].0.unique.as_str(), batch.more), ("3.host", More::No));
}

#[test]
fn a_message_that_cannot_be_read_does_not_hold_up_the_others() {
    let dir = Dir::new();
    dir.put("new/1.host", b"one\n", 1);
    dir.put("new/2.host", b"two\n", 2);
    let source = dir.source();
    let listed = source.list().unwrap();
    // Root may read everything: so the file becomes a folder between listing and reading.
    fs::remove_file(&listed[0].path).unwrap();
    fs::create_dir(&listed[0].path).unwrap();
    let error = source.read(&listed[0], &Limits::default()).unwrap_err();
    let path = dir.root.path().join("new/1.host");
    assert_eq!(error, MaildirError::Io { step: Step::Read, path, kind: ErrorKind::IsADirectory });
    let batch = source.take(listed, &Limits::default());
    assert_eq!(batch.messages.iter().map(|(entry, _)| entry.unique.as_str()).collect::<Vec<_>>(), ["2.host"]);
    assert_eq!(batch.unreadable.iter().map(|(entry, _)| entry.unique.as_str()).collect::<Vec<_>>(), ["1.host"]);
}

#[test]
fn moving_keeps_name_and_flags_and_is_found_by_the_unique_name() {
    let dir = Dir::new();
    dir.put("new/1.host", b"one\n", 1);
    dir.put("cur/2.host:2,S", b"two\n", 2);
    let listed = dir.source().list().unwrap();
    dir.rename("cur/2.host:2,S", "cur/2.host:2,RS");
    for entry in &listed {
        dir.source().mark(entry, &Mark::Leave).unwrap();
        dir.source().mark(entry, &Mark::Move("Done.2026".to_owned())).unwrap();
    }
    assert_eq!(dir.files(), [".Done.2026/cur/2.host:2,RS", ".Done.2026/new/1.host"]);
    assert_eq!(dir.source().list().unwrap(), []);
}

#[test]
fn marks_that_cannot_be_are_refused() {
    let dir = Dir::new();
    dir.put("new/1.host", b"one\n", 1);
    let listed = dir.source().list().unwrap();
    let mark = |mark| dir.source().mark(&listed[0], &mark).unwrap_err();
    assert_eq!(mark(Mark::Keyword("$Embargod".to_owned())), MaildirError::NoKeywords);
    for bad in ["", ".", "a..b", "a/b", "../a", "a\n"] {
        assert_eq!(mark(Mark::Move(bad.to_owned())), MaildirError::FolderName, "{bad:?}");
    }
    create(&dir.root.path().join(".Done")).unwrap();
    dir.put(".Done/new/1.host", b"another\n", 1);
    let there = dir.root.path().join(".Done/new/1.host");
    assert_eq!(mark(Mark::Move("Done".to_owned())), MaildirError::Exists(there));
    assert_eq!(dir.files(), [".Done/new/1.host", "new/1.host"]);
}

#[test]
fn a_move_that_was_cut_off_is_finished() {
    let dir = Dir::new();
    dir.put("new/1.host", b"one\n", 1);
    create(&dir.root.path().join(".Done")).unwrap();
    dir.put(".Done/new/1.host", b"one\n", 1);
    let listed = dir.source().list().unwrap();
    dir.source().mark(&listed[0], &Mark::Move("Done".to_owned())).unwrap();
    assert_eq!(dir.files(), [".Done/new/1.host"]);
}

#[test]
fn delivery_is_exact_private_and_repeatable() {
    let root = tempfile::tempdir().unwrap();
    let maildir = root.path().join("a/maildir");
    let bytes = b"a\r\nb\n\xff\0";
    deliver(&maildir, "1.host", bytes).unwrap();
    deliver(&maildir, "1.host", bytes).unwrap();
    let delivered = maildir.join("new/1.host");
    assert_eq!(fs::read(&delivered).unwrap(), bytes);
    assert_eq!(fs::metadata(&delivered).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&maildir).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(deliver(&maildir, "1.host", b"other"), Err(MaildirError::Exists(delivered.clone())));
    assert_eq!(fs::read(&delivered).unwrap(), bytes);
    assert_eq!(fs::read_dir(maildir.join("tmp")).unwrap().count(), 0);
}

#[test]
fn delivery_replaces_what_a_crash_left_in_tmp() {
    let dir = Dir::new();
    dir.put("tmp/1.host", b"half a mess, but longer than the message", 1);
    deliver(dir.root.path(), "1.host", b"whole\n").unwrap();
    assert_eq!(dir.files(), ["new/1.host"]);
    assert_eq!(fs::read(dir.root.path().join("new/1.host")).unwrap(), b"whole\n");
}

#[test]
fn a_unique_name_cannot_leave_the_folder() {
    let dir = Dir::new();
    for bad in ["", ".", "..", ".x", "../x", "a/b", "a:2,S", "a\n", "a\0"] {
        assert_eq!(deliver(dir.root.path(), bad, b"x"), Err(MaildirError::UniqueName), "{bad:?}");
    }
    assert_eq!(dir.files(), [] as [&str; 0]);
}

#[test]
fn what_the_system_refuses_is_told_with_step_and_path() {
    let dir = Dir::new();
    fs::remove_dir(dir.root.path().join("new")).unwrap();
    fs::write(dir.root.path().join("new"), "").unwrap();
    let error = deliver(dir.root.path(), "1.host", b"x").unwrap_err();
    let path = dir.root.path().join("new");
    assert!(matches!(&error, MaildirError::Io { step: Step::Create, path: at, .. } if *at == path), "{error}");
}

#[tokio::test]
async fn a_delivery_wakes_whoever_waits_also_when_it_came_first() {
    use futures_util::FutureExt as _;
    let root = tempfile::tempdir().unwrap();
    let maildir = root.path().join("mail");
    create(&maildir).unwrap();
    let mut watch = Watch::begin(&maildir).unwrap();
    assert!(watch.wait(&maildir).now_or_never().is_none(), "nothing has come");
    deliver(&maildir, "one", b"A\r\n").unwrap();
    watch.wait(&maildir).await.unwrap();
    assert!(watch.wait(&maildir).now_or_never().is_none(), "it was told");
    let delivered = async { deliver(&maildir, "two", b"B\r\n").unwrap() };
    let (told, ()) = tokio::join!(watch.wait(&maildir), delivered);
    told.unwrap();
    // Another program reads it before we look.
    fs::rename(maildir.join("new/two"), maildir.join("cur/two:2,S")).unwrap();
    watch.wait(&maildir).await.unwrap();
    assert!(matches!(Watch::begin(root.path()), Err(MaildirError::Io { .. })));
}

#[test]
fn what_is_still_being_written_is_left_for_the_next_look() {
    let dir = Dir::new();
    let (source, path) = (dir.source(), dir.root.path().join("new/1.direct"));
    let look = || source.fetch_new(&BTreeSet::new(), &Limits::default()).unwrap();
    let unfinished = MaildirError::Unfinished(path.clone());
    assert_eq!(
        unfinished.to_string(),
        format!("{} is empty or still being written; deliver into tmp and rename to new", path.display())
    );
    // Created, and nothing in it.
    dir.put("new/1.direct", b"", 0);
    let found = look();
    assert_eq!((found.messages.len(), found.unreadable.len()), (0, 1));
    assert_eq!(found.unreadable[0].1, unfinished);
    // Half of it, and the rest comes while it is read.
    dir.put("new/1.direct", b"Subject: one\n\nhalf ", 1);
    let grow = || dir.put("new/1.direct", b"Subject: one\n\nhalf and half\n", 1);
    assert_eq!(read_while(&path, &Limits::default(), grow), Err(unfinished.clone()));
    let rewrite = || dir.put("new/1.direct", b"Subject: one\n\nhelf and half\n", 2);
    assert_eq!(read_while(&path, &Limits::default(), rewrite), Err(unfinished));
    let found = look();
    assert_eq!((found.messages.len(), found.unreadable.len()), (1, 0));
    assert_eq!(whole(Some(found.messages[0].1.clone())), "Subject: one\r\n\r\nhelf and half\r\n");
}

#[tokio::test]
async fn who_writes_straight_into_new_is_heard_when_he_has_ended() {
    let dir = Dir::new();
    let mut watch = Watch::begin(dir.root.path()).unwrap();
    let mut file = File::create(dir.root.path().join("new/1.direct")).unwrap();
    watch.wait(dir.root.path()).await.unwrap();
    file.write_all(b"Subject: one\n\n").unwrap();
    let mut waiting = Box::pin(watch.wait(dir.root.path()));
    assert!(std::future::poll_fn(|context| std::task::Poll::Ready(waiting.as_mut().poll(context).is_pending())).await, "no news");
    drop(file);
    waiting.await.unwrap();
}
