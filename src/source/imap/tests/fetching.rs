//! What is after the cursor, with the ways servers and people have of disturbing the answer.

use tokio_util::sync::CancellationToken;

use super::*;
use crate::source::ProtocolFault;

#[tokio::test]
async fn sizes_come_first_and_only_the_uids_found_are_named() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 6:*
S: * SEARCH 9 7 8 40
S: A0004 OK done
C: A0005 UID FETCH 7:9,40 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 7 RFC822.SIZE 3 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")
S: * 2 FETCH (INTERNALDATE \"nonsense\" RFC822.SIZE 3 UID 8)
S: * 3 FETCH (UID 9 RFC822.SIZE 5000 INTERNALDATE \" 7-Feb-2026 21:52:25 +0000\")
S: * 4 FETCH (UID 40 RFC822.SIZE 3 INTERNALDATE \" 7-Feb-2026 21:52:26 +0000\")
S: A0005 OK done
C: A0006 UID FETCH 7:8,40 (UID BODY.PEEK[])
S: * 1 FETCH (UID 7 BODY[] {3}
S~ one)
S:
S: * 2 FETCH (BODY[] \"two\" UID 8)
S: * 4 FETCH (UID 40 BODY[] {3}
S~ six)
S:
S: A0006 OK done
C: A0007 UID FETCH 9 (UID BODY.PEEK[HEADER]<0.100>)
S: * 3 FETCH (UID 9 BODY[HEADER]<0> {12}
S: Big: yes
S:
S: )
S: A0007 OK done
",
    )
    .await;
    let limits = Limits { message_size: 1000, header_size: 100, ..limits() };
    let batch = session.fetch_after(5, &limits).await.unwrap();
    drop(session);
    server.await.unwrap();
    assert_eq!(batch.seen_up_to, 40);
    assert_eq!(batch.more, More::No);
    assert_eq!(batch.messages.iter().map(|m| m.uid).collect::<Vec<_>>(), [7, 8, 9, 40]);
    assert_eq!(whole(&batch.messages[0]), "one");
    assert_eq!(batch.messages[0].arrived, Some("1996-07-17T09:44:25Z".parse().unwrap()));
    assert_eq!(whole(&batch.messages[1]), "two");
    assert_eq!(batch.messages[1].arrived, None);
    assert_eq!(
        batch.messages[2].body,
        FetchedBody::HeadersOnly { header: crate::mail::RawMessage::new(&b"Big: yes\r\n\r\n"[..]), size: 5000 }
    );
    assert_eq!(batch.messages[2].arrived, Some("2026-02-07T21:52:25Z".parse().unwrap()));
    assert_eq!(whole(&batch.messages[3]), "six");
}

#[tokio::test]
async fn the_star_that_names_the_last_old_message_brings_nothing() {
    let (mut session, server) = inbox("C: A0004 UID SEARCH UID 41:*\nS: * SEARCH 40\nS: A0004 OK done\n").await;
    let batch = session.fetch_after(40, &limits()).await.unwrap();
    assert_eq!(batch, Batch { messages: vec![], vanished: vec![], more: More::No, seen_up_to: 40 });
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn an_answer_without_a_search_line_is_an_empty_one_when_it_is_ok() {
    let (mut session, server) = inbox("C: A0004 UID SEARCH UID 41:*\nS: A0004 OK done\n").await;
    let batch = session.fetch_after(40, &limits()).await.unwrap();
    assert_eq!(batch.seen_up_to, 40);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn flags_changed_by_others_in_between_change_nothing() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 8:*
S: * 2 FETCH (FLAGS (\\Seen) UID 8)
S: * SEARCH 9
S: * 3 FETCH (FLAGS (\\Flagged))
S: A0004 OK done
C: A0005 UID FETCH 9 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 4 RFC822.SIZE 9)
S: * 3 FETCH (UID 9 RFC822.SIZE 3)
S: * 3 FETCH (FLAGS (\\Seen))
S: A0005 OK done
C: A0006 UID FETCH 9 (UID BODY.PEEK[])
S: * 3 FETCH (FLAGS (\\Seen) UID 9)
S: * 1 FETCH (UID 4 BODY[] {5}
S~ other)
S:
S: * 3 FETCH (UID 9 BODY[] {3}
S~ new)
S:
S: * 3 FETCH (UID 9 FLAGS (\\Seen \\Flagged))
S: * 3 FETCH (UID 9 BODY[TEXT] \"part\" BODY[]<1> \"ew\" BODY[1] \"part\")
S: * 1 EXPUNGE
S: A0006 OK done
",
    )
    .await;
    let batch = session.fetch_after(7, &limits()).await.unwrap();
    assert_eq!(batch.messages.iter().map(whole).collect::<Vec<_>>(), ["new"]);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn vanished_means_that_a_second_search_did_not_find_it() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 1:*
S: * SEARCH 3 4 5
S: A0004 OK done
C: A0005 UID FETCH 3:5 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 3 RFC822.SIZE 2)
S: * 2 FETCH (UID 4 RFC822.SIZE 2)
S: A0005 OK done
C: A0006 UID FETCH 3:4 (UID BODY.PEEK[])
S: * 1 FETCH (UID 3 BODY[] \"hi\")
S: * 2 FETCH (UID 4 BODY[] NIL)
S: A0006 OK [EXPUNGEISSUED] some are gone
C: A0007 UID SEARCH UID 4:5
S: * SEARCH
S: A0007 OK done
",
    )
    .await;
    let batch = session.fetch_after(0, &limits()).await.unwrap();
    assert_eq!(batch.messages.iter().map(whole).collect::<Vec<_>>(), ["hi"]);
    assert_eq!(batch.vanished, [4, 5]);
    assert_eq!(batch.seen_up_to, 5);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_message_left_out_of_an_ok_answer_stops_the_cursor_before_it() {
    let first = "\
C: A0004 UID SEARCH UID 1:*
S: * SEARCH 3 4 5
S: A0004 OK done
C: A0005 UID FETCH 3:5 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 3 RFC822.SIZE 2)
S: * 2 FETCH (UID 4 RFC822.SIZE 2)
S: * 3 FETCH (UID 5 RFC822.SIZE 2)
S: A0005 OK done
C: A0006 UID FETCH 3:5 (UID BODY.PEEK[])
S: * 1 FETCH (UID 3 BODY[] \"hi\")
S: * 3 FETCH (UID 5 BODY[] \"ho\")
S: A0006 OK done
C: A0007 UID SEARCH UID 4
S: * SEARCH 4
S: A0007 OK done
C: A0008 UID SEARCH UID 4:*
S: * SEARCH 4 5
S: A0008 OK done
C: A0009 UID FETCH 4:5 (UID RFC822.SIZE INTERNALDATE)
S: * 2 FETCH (UID 4 RFC822.SIZE 2)
S: * 3 FETCH (UID 5 RFC822.SIZE 2)
S: A0009 OK done
C: A0010 UID FETCH 4:5 (UID BODY.PEEK[])
S: * 3 FETCH (UID 5 BODY[] \"ho\")
S: A0010 OK done
C: A0011 UID SEARCH UID 4
S: * SEARCH 4
S: A0011 OK done
";
    let (mut session, server) = inbox(first).await;
    let batch = session.fetch_after(0, &limits()).await.unwrap();
    assert_eq!(batch.messages.iter().map(whole).collect::<Vec<_>>(), ["hi"]);
    assert_eq!((batch.seen_up_to, batch.more), (3, More::Yes));
    assert_eq!(session.fetch_after(3, &limits()).await, Err(SourceError::MessageRefused { uid: 4, code: None }));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn one_damaged_message_does_not_hide_those_before_it() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 1:*
S: * SEARCH 3 4 5
S: A0004 OK done
C: A0005 UID FETCH 3:5 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 3 RFC822.SIZE 2)
S: * 2 FETCH (UID 4 RFC822.SIZE 2)
S: * 3 FETCH (UID 5 RFC822.SIZE 2)
S: A0005 OK done
C: A0006 UID FETCH 3:5 (UID BODY.PEEK[])
S: A0006 NO [SERVERBUG] broken index
C: A0007 UID FETCH 3 (UID BODY.PEEK[])
S: * 1 FETCH (UID 3 BODY[] \"hi\")
S: A0007 OK done
C: A0008 UID FETCH 4 (UID BODY.PEEK[])
S: A0008 NO [SERVERBUG] broken index
C: A0009 UID SEARCH UID 4
S: * SEARCH 4
S: A0009 OK done
C: A0010 UID SEARCH UID 4:5
S: * SEARCH 4 5
S: A0010 OK done
C: A0011 UID SEARCH UID 4:*
S: * SEARCH 4
S: A0011 OK done
C: A0012 UID FETCH 4 (UID RFC822.SIZE INTERNALDATE)
S: * 2 FETCH (UID 4 RFC822.SIZE 2)
S: A0012 OK done
C: A0013 UID FETCH 4 (UID BODY.PEEK[])
S: A0013 NO [SERVERBUG] broken index
C: A0014 UID FETCH 4 (UID BODY.PEEK[])
S: A0014 NO [SERVERBUG] broken index
C: A0015 UID SEARCH UID 4
S: * SEARCH 4
S: A0015 OK done
C: A0016 UID SEARCH UID 4
S: * SEARCH 4
S: A0016 OK done
",
    )
    .await;
    let batch = session.fetch_after(0, &limits()).await.unwrap();
    assert_eq!(batch.messages.iter().map(whole).collect::<Vec<_>>(), ["hi"]);
    assert_eq!((batch.seen_up_to, batch.more), (3, More::Yes));
    let error = session.fetch_after(3, &limits()).await.unwrap_err();
    assert_eq!(error.to_string(), "the server does not give out message UID 4 [SERVERBUG]; a person must look at it there");
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_refusal_because_it_vanished_is_no_refusal() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 1:*
S: * SEARCH 3
S: A0004 OK done
C: A0005 UID FETCH 3 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 3 RFC822.SIZE 2)
S: A0005 OK done
C: A0006 UID FETCH 3 (UID BODY.PEEK[])
S: A0006 NO Some of the requested messages no longer exist.
C: A0007 UID FETCH 3 (UID BODY.PEEK[])
S: A0007 NO Some of the requested messages no longer exist.
C: A0008 UID SEARCH UID 3
S: A0008 OK done
C: A0009 UID SEARCH UID 3
S: A0009 OK done
",
    )
    .await;
    let batch = session.fetch_after(0, &limits()).await.unwrap();
    assert_eq!((batch.messages.len(), batch.vanished.as_slice(), batch.seen_up_to), (0, &[3][..], 3));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_batch_is_closed_by_its_bytes_and_by_its_number() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 1:*
S: * SEARCH 1 2 3 4
S: A0004 OK done
C: A0005 UID FETCH 1:3 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 1 RFC822.SIZE 6)
S: * 2 FETCH (UID 2 RFC822.SIZE 4)
S: * 3 FETCH (UID 3 RFC822.SIZE 1)
S: A0005 OK done
C: A0006 UID FETCH 1:2 (UID BODY.PEEK[])
S: * 1 FETCH (UID 1 BODY[] \"sixsix\")
S: * 2 FETCH (UID 2 BODY[] \"four\")
S: A0006 OK done
",
    )
    .await;
    let limits = Limits { batch_messages: 3, batch_bytes: 10, ..limits() };
    let batch = session.fetch_after(0, &limits).await.unwrap();
    assert_eq!((batch.messages.len(), batch.seen_up_to, batch.more), (2, 2, More::Yes));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_large_mailbox_is_searched_in_windows() {
    let select = SELECT.replace("UIDNEXT 41", "UIDNEXT 50002");
    let script = "\
C: A0004 UID SEARCH UID 1:20000
S: * SEARCH
S: A0004 OK done
C: A0005 UID SEARCH UID 20001:40000
S: A0005 OK done
C: A0006 UID SEARCH UID 40001:*
S: * SEARCH 50001
S: A0006 OK done
C: A0007 UID FETCH 50001 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 50001 RFC822.SIZE 2)
S: A0007 OK done
C: A0008 UID FETCH 50001 (UID BODY.PEEK[])
S: * 1 FETCH (UID 50001 BODY[] \"hi\")
S: A0008 OK done
";
    let (session, server) = begin(&[LOGIN, &select, script].concat()).await;
    let mut session = session.unwrap();
    session.open("INBOX").await.unwrap();
    let batch = session.fetch_after(0, &limits()).await.unwrap();
    assert_eq!((batch.messages.len(), batch.seen_up_to, batch.more), (1, 50001, More::No));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn an_endless_empty_mailbox_gives_the_caller_a_turn() {
    let mut script = [LOGIN, &SELECT.replace("UIDNEXT 41", "UIDNEXT 4294967295")].concat();
    for n in 0..64 {
        let tag = format!("A{:04}", n + 4);
        script += &format!("C: {tag} UID SEARCH UID {}:{}\nS: {tag} OK done\n", n * 20_000 + 1, (n + 1) * 20_000);
    }
    let (session, server) = begin(&script).await;
    let mut session = session.unwrap();
    session.open("INBOX").await.unwrap();
    let batch = session.fetch_after(0, &limits()).await.unwrap();
    assert_eq!(batch, Batch { messages: vec![], vanished: vec![], more: More::Yes, seen_up_to: 1_280_000 });
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_server_without_uidnext_is_asked_for_its_last_message() {
    let select = SELECT.replace("S: * OK [UIDNEXT 41] Predicted next UID\n", "");
    let script = "\
C: A0004 FETCH * (UID)
S: * 3 FETCH (UID 40)
S: A0004 OK done
C: A0005 UID SEARCH UID 40:*
S: * SEARCH 40
S: A0005 OK done
C: A0006 UID FETCH 40 (UID RFC822.SIZE INTERNALDATE)
S: * 3 FETCH (UID 40 RFC822.SIZE 2)
S: A0006 OK done
C: A0007 UID FETCH 40 (UID BODY.PEEK[])
S: * 3 FETCH (UID 40 BODY[] \"hi\")
S: A0007 OK done
";
    let (session, server) = begin(&[LOGIN, &select, script].concat()).await;
    let mut session = session.unwrap();
    let opened = session.open("INBOX").await.unwrap();
    assert_eq!(opened, Opened { uid_validity: 7, uid_next: None, access: Access::ReadWrite });
    let batch = session.fetch_after(39, &limits()).await.unwrap();
    assert_eq!((batch.messages.len(), batch.seen_up_to), (1, 40));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_mailbox_without_uidvalidity_cannot_be_used() {
    let select = SELECT.replace("S: * OK [UIDVALIDITY 7] UIDs valid\n", "");
    let (session, server) = begin(&[LOGIN, &select].concat()).await;
    let error = session.unwrap().open("INBOX").await.unwrap_err();
    assert_eq!(error, SourceError::Protocol { command: Command::Select, fault: ProtocolFault::NoUidValidity });
    server.await.unwrap();
}

#[tokio::test]
async fn a_uidvalidity_that_changes_under_way_ends_the_session() {
    let (mut session, server) =
        inbox("C: A0004 UID SEARCH UID 1:*\nS: * OK [UIDVALIDITY 8] rebuilt\nS: * SEARCH 1\nS: A0004 OK done\n").await;
    assert_eq!(session.fetch_after(0, &limits()).await, Err(SourceError::UidValidityChanged));
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_message_larger_than_announced_is_cut_to_its_header() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 1:*
S: * SEARCH 3
S: A0004 OK done
C: A0005 UID FETCH 3 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 3 RFC822.SIZE 2)
S: A0005 OK done
C: A0006 UID FETCH 3 (UID BODY.PEEK[])
S: * 1 FETCH (UID 3 BODY[] {23}
S: Subject: x
S:
S~ body body)
S:
S: A0006 OK done
",
    )
    .await;
    let batch = session.fetch_after(0, &Limits { message_size: 20, ..limits() }).await.unwrap();
    let header = crate::mail::RawMessage::new(&b"Subject: x\r\n\r\n"[..]);
    assert_eq!(batch.messages[0].body, FetchedBody::HeadersOnly { header, size: 23 });
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn what_a_search_found_is_taken_batch_by_batch_and_news_that_come_meanwhile_are_searched_for() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 6:*
S: * SEARCH 6 7 8
S: A0004 OK done
C: A0005 UID FETCH 6:7 (UID RFC822.SIZE INTERNALDATE)
S: * 1 FETCH (UID 6 RFC822.SIZE 3)
S: * 2 FETCH (UID 7 RFC822.SIZE 3)
S: A0005 OK done
C: A0006 UID FETCH 6:7 (UID BODY.PEEK[])
S: * 1 FETCH (UID 6 BODY[] \"six\")
S: * 2 FETCH (UID 7 BODY[] \"two\")
S: A0006 OK done
C: A0007 UID FETCH 8 (UID RFC822.SIZE INTERNALDATE)
S: * 4 EXISTS
S: * 3 FETCH (UID 8 RFC822.SIZE 3)
S: A0007 OK done
C: A0008 UID FETCH 8 (UID BODY.PEEK[])
S: * 3 FETCH (UID 8 BODY[] \"one\")
S: A0008 OK done
C: A0009 UID SEARCH UID 9:*
S: * SEARCH 41
S: A0009 OK done
C: A0010 UID FETCH 41 (UID RFC822.SIZE INTERNALDATE)
S: * 4 FETCH (UID 41 RFC822.SIZE 3)
S: A0010 OK done
C: A0011 UID FETCH 41 (UID BODY.PEEK[])
S: * 4 FETCH (UID 41 BODY[] \"new\")
S: A0011 OK done
",
    )
    .await;
    let limits = Limits { batch_messages: 2, ..limits() };
    let mut taken = Vec::new();
    let mut cursor = 5;
    for more in [More::Yes, More::No] {
        let batch = session.fetch_after(cursor, &limits).await.unwrap();
        taken.extend(batch.messages.iter().map(|message| message.uid));
        assert_eq!(batch.more, more);
        cursor = batch.seen_up_to;
    }
    // The server spoke of it during the second batch: nobody waits.
    let (mut session, woke) = session.wait(Duration::from_secs(60), &CancellationToken::new()).await.unwrap();
    assert_eq!(woke, Woke::News);
    taken.extend(session.fetch_after(cursor, &limits).await.unwrap().messages.iter().map(|message| message.uid));
    assert_eq!(taken, [6, 7, 8, 41]);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_keyword_is_looked_for_where_one_is_given() {
    let (mut session, server) = inbox(
        "\
C: A0004 UID SEARCH UID 8:*
S: * SEARCH 8 9 10
S: A0004 OK done
C: A0005 UID FETCH 8:10 (UID RFC822.SIZE INTERNALDATE FLAGS)
S: * 1 FETCH (UID 8 RFC822.SIZE 3 FLAGS (\\Seen $embargod))
S: * 2 FETCH (UID 9 RFC822.SIZE 3 FLAGS (\\Seen $Embargod2))
S: * 3 FETCH (UID 10 RFC822.SIZE 3)
S: A0005 OK done
C: A0006 UID FETCH 8:10 (UID BODY.PEEK[])
S: * 1 FETCH (UID 8 BODY[] {3}
S~ one)
S:
S: * 2 FETCH (UID 9 BODY[] {3}
S~ two)
S:
S: * 3 FETCH (UID 10 BODY[] {3}
S~ ten)
S:
S: A0006 OK done
",
    )
    .await;
    let limits = Limits { keyword: Some("$Embargod".to_owned()), ..limits() };
    let batch = session.fetch_after(7, &limits).await.unwrap();
    let found: Vec<(u32, Keyword)> = batch.messages.iter().map(|message| (message.uid, message.keyword)).collect();
    assert_eq!(found, [(8, Keyword::Present), (9, Keyword::Absent), (10, Keyword::Absent)], "a keyword has no case");
    drop(session);
    server.await.unwrap();
}
