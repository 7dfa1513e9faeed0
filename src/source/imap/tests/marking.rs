//! Keyword and move, with and without the extensions.

use super::*;

fn keyword(name: &str) -> Mark {
    Mark::Keyword(name.to_owned())
}

fn to(mailbox: &str) -> Mark {
    Mark::Move(mailbox.to_owned())
}

#[tokio::test]
async fn a_keyword_goes_to_exactly_the_named_uids() {
    let (mut session, server) = inbox("C: A0004 UID STORE 3:5,9 +FLAGS.SILENT ($Embargod)\nS: A0004 OK done\n").await;
    assert_eq!(session.mark(&[9, 4, 3, 5, 4], &keyword("$Embargod")).await, Ok(Marked::Done));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn leaving_and_marking_nothing_say_nothing() {
    let (mut session, server) = inbox("").await;
    assert_eq!(session.mark(&[3], &Mark::Leave).await, Ok(Marked::Nothing));
    assert_eq!(session.mark(&[], &keyword("$Embargod")).await, Ok(Marked::Nothing));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_keyword_the_mailbox_does_not_keep_is_not_sent() {
    for (kept, marked, rest) in [
        ("\\Seen", Marked::KeywordNotKept, ""),
        ("\\Seen $embargod", Marked::Done, "C: A0004 UID STORE 3 +FLAGS.SILENT ($Embargod)\nS: A0004 OK done\n"),
    ] {
        let select = SELECT.replace("(\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)", &format!("({kept})"));
        let (session, server) = begin(&[LOGIN, &select, rest].concat()).await;
        let mut session = session.unwrap();
        session.open("INBOX").await.unwrap();
        assert_eq!(session.mark(&[3], &keyword("$Embargod")).await, Ok(marked));
        drop(session);
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_read_only_mailbox_cannot_be_marked() {
    let select = SELECT.replace("READ-WRITE", "READ-ONLY");
    let (session, server) = begin(&[LOGIN, &select].concat()).await;
    let mut session = session.unwrap();
    assert_eq!(session.open("INBOX").await.unwrap().access, Access::ReadOnly);
    assert_eq!(session.mark(&[3], &keyword("$Embargod")).await, Err(SourceError::ReadOnly));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn names_that_could_say_something_else_are_refused() {
    for bad in ["", "\\Seen", "a b", "a)\r\nA9 DELETE INBOX", "schlüssel", "a\u{0}"] {
        let (mut session, server) = inbox("").await;
        assert_eq!(session.mark(&[3], &keyword(bad)).await, Err(SourceError::KeywordName), "{bad:?}");
        drop(session);
        server.await.unwrap();
    }
    for bad in ["", "a\r\nA9 DELETE INBOX", "a\u{0}"] {
        let (mut session, server) = inbox("").await;
        assert_eq!(session.mark(&[3], &to(bad)).await, Err(SourceError::MailboxName), "{bad:?}");
        drop(session);
        server.await.unwrap();
    }
}

#[tokio::test]
async fn moving_uses_move() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID MOVE 3:4 \"Gelesen &- gepr&APw-ft\"
S: * OK [COPYUID 9 3:4 1:2] Moved UIDs.
S: * 1 EXPUNGE
S: * 1 EXPUNGE
S: A0004 OK done
",
    )
    .await;
    assert_eq!(session.mark(&[3, 4], &to("Gelesen & geprüft")).await, Ok(Marked::Done));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn without_move_it_is_copied_and_exactly_those_uids_are_expunged() {
    let script = "\
C: A0004 UID COPY 3 \"Done\"
S: A0004 OK [COPYUID 9 3 1] done
C: A0005 UID STORE 3 +FLAGS.SILENT (\\Deleted)
S: A0005 OK done
C: A0006 UID EXPUNGE 3
S: * 1 EXPUNGE
S: A0006 OK done
";
    let (session, server) = begin(&[&LOGIN.replace(" MOVE", ""), SELECT, script].concat()).await;
    let mut session = session.unwrap();
    session.open("INBOX").await.unwrap();
    assert_eq!(session.mark(&[3], &to("Done")).await, Ok(Marked::Done));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_copy_that_fails_deletes_nothing() {
    let script = "C: A0004 UID COPY 3 \"Done\"\nS: A0004 NO [TRYCREATE] no such mailbox\n";
    let (session, server) = begin(&[&LOGIN.replace(" MOVE", ""), SELECT, script].concat()).await;
    let mut session = session.unwrap();
    session.open("INBOX").await.unwrap();
    assert_eq!(session.mark(&[3], &to("Done")).await, Err(SourceError::MailboxMissing { mailbox: "Done".to_owned() }));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn without_move_and_uidplus_nothing_is_touched() {
    let (session, server) = begin(&[&LOGIN.replace(" MOVE UIDPLUS", ""), SELECT].concat()).await;
    let mut session = session.unwrap();
    session.open("INBOX").await.unwrap();
    assert_eq!(session.mark(&[3], &to("Done")).await, Err(SourceError::CannotMove));
    drop(session);
    server.await.unwrap();
}
