use std::fs;

use super::{each, split};

fn texts(mbox: &str) -> Vec<String> {
    split(mbox.as_bytes()).into_iter().map(|mail| String::from_utf8(mail).unwrap()).collect()
}

#[test]
fn an_mbox_is_split_at_its_from_lines_and_nowhere_else() {
    let mbox = "\
From ada@cloud.example Mon Nov  2 09:30:00 2026
Subject: one

From the log we see nothing.

From here on it is 2026, and it is late.
>From a quoted line
>>From a line quoted twice
> From stays

From grace at hosting.example  Tue Nov  3 10:00:00 2026
Subject: two

text
From xen Tue Nov  3 10:00:00 2026 stands inside a paragraph
";
    assert_eq!(
        texts(mbox),
        [
            "Subject: one\n\nFrom the log we see nothing.\n\nFrom here on it is 2026, and it is late.\nFrom a quoted line\n\
             >From a line quoted twice\n> From stays\n",
            "Subject: two\n\ntext\nFrom xen Tue Nov  3 10:00:00 2026 stands inside a paragraph\n",
        ]
    );
}

#[test]
fn an_mbox_with_crlf_keeps_its_line_ends() {
    let mbox = "From a@b.example Mon Nov  2 09:30:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom a@b.example Mon Nov  2 09:30:00 2026\r\nB: 2\r\n\r\ny\r\n";
    assert_eq!(texts(mbox), ["A: 1\r\n\r\nx\r\n", "B: 2\r\n\r\ny\r\n"]);
}

#[test]
fn every_kind_of_place_is_read_in_order_and_a_bad_one_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for folder in ["many/deep/er", "many/none", "md/new", "md/cur", "md/tmp", "empty"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    let mail = "From: a@b.example\nSubject: s\n\nx\n";
    for name in
        ["one.eml", "many/b.eml", "many/deep/er/a.EML", "many/none/notes.txt", "md/new/2.x", "md/cur/1.x:2,S", "md/tmp/0.x"]
    {
        fs::write(at(name), mail).unwrap();
    }
    fs::write(at("many/.hidden.eml"), mail).unwrap();
    let separator = "From a@b.example Mon Nov  2 09:30:00 2026\n";
    fs::write(at("box"), format!("{separator}{mail}\n{separator}{mail}")).unwrap();
    fs::write(at("saved.eml"), format!("{separator}{mail}")).unwrap();
    fs::write(at("noise"), "").unwrap();
    let paths = ["one.eml", "missing", "many", "md", "box", "saved.eml", "empty", "noise"].map(at);
    let mut seen = Vec::new();
    each(&paths, |saved| {
        let name = saved.name.replace(&format!("{}/", dir.path().display()), "");
        seen.push(match saved.mail {
            Ok(mail) => {
                format!("{name} {} {:?}", mail.subject, String::from_utf8_lossy(mail.raw.bytes()).contains("\r\n\r\nx\r\n"))
            }
            Err(fault) => format!("{name} {fault}"),
        });
    });
    assert_eq!(
        seen,
        [
            "one.eml s true",
            "missing cannot be read: entity not found",
            "many/b.eml s true",
            "many/deep/er/a.EML s true",
            "md/cur/1.x:2,S s true",
            "md/new/2.x s true",
            "box#1 s true",
            "box#2 s true",
            "saved.eml s true",
            "empty holds no mail; a Maildir, or files that end in .eml or .mbox, are looked for",
            "noise no header field found: this is no message (RFC 5322)",
        ]
    );
}
