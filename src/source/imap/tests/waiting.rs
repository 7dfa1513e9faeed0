//! IDLE, and its absence.

use tokio_util::sync::CancellationToken;

use super::*;

const LONG: Duration = Duration::from_secs(60);

/// A session whose mailbox has been looked at, so that waiting waits; the next tag is A0005.
async fn looked(login: &str, script: &str) -> (ImapSession, JoinHandle<()>) {
    looked_within(login, script, SILENCE).await
}

async fn looked_within(login: &str, script: &str, silence: Duration) -> (ImapSession, JoinHandle<()>) {
    let search = "C: A0004 UID SEARCH UID 41:*\nS: A0004 OK done\n";
    let (session, server) = begin_within(&[login, SELECT, search, script].concat(), silence).await;
    let mut session = session.unwrap();
    session.open("INBOX").await.unwrap();
    let limits = Limits { command_timeout: silence, ..limits() };
    assert_eq!(session.fetch_after(40, &limits).await.unwrap().more, More::No);
    (session, server)
}

#[tokio::test]
async fn new_mail_wakes_and_flags_of_others_do_not() {
    let script = "\
C: A0005 IDLE
S: * OK before the plus
S: + idling
S: * 2 FETCH (FLAGS (\\Seen))
S: * OK Still here
S: * 3 EXPUNGE
S: * 3 EXISTS
C: DONE
S: * 3 FETCH (FLAGS (\\Recent))
S: A0005 OK Idle completed.
";
    let (session, server) = looked(LOGIN, script).await;
    let (session, woke) = session.wait(LONG, &CancellationToken::new()).await.unwrap();
    assert_eq!(woke, Woke::News);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn mail_announced_before_the_plus_is_not_slept_over() {
    let script = "C: A0005 IDLE\nS: * 4 EXISTS\nS: + idling\nC: DONE\nS: A0005 OK done\n";
    let (session, server) = looked(LOGIN, script).await;
    let (session, woke) = session.wait(LONG, &CancellationToken::new()).await.unwrap();
    assert_eq!(woke, Woke::News);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn mail_announced_during_another_command_is_not_slept_over() {
    let script = "C: A0005 UID STORE 3 +FLAGS.SILENT ($Embargod)\nS: * 4 EXISTS\nS: A0005 OK done\n";
    let (mut session, server) = looked(LOGIN, script).await;
    session.mark(&[3], &Mark::Keyword("$Embargod".to_owned())).await.unwrap();
    let (session, woke) = session.wait(LONG, &CancellationToken::new()).await.unwrap();
    assert_eq!(woke, Woke::News);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_mailbox_nobody_has_looked_at_is_not_waited_for() {
    let (mut session, server) = looked(LOGIN, &SELECT.replace("A0003", "A0005")).await;
    session.open("INBOX").await.unwrap();
    let (session, woke) = session.wait(LONG, &CancellationToken::new()).await.unwrap();
    assert_eq!(woke, Woke::News);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn the_same_number_again_is_no_news() {
    let script = "C: A0005 IDLE\nS: + idling\nS: * 3 EXISTS\nC: DONE\nS: A0005 OK done\n";
    let (session, server) = looked(LOGIN, script).await;
    let (session, woke) = session.wait(SHORT, &CancellationToken::new()).await.unwrap();
    assert_eq!(woke, Woke::Renew);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn keepalives_do_not_put_off_the_renewal() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (mut near, far) = tokio::io::duplex(1 << 16);
    // Between the script and the client: keepalives every 10 ms from the moment IDLE begins.
    let script = [
        LOGIN,
        SELECT,
        "C: A0004 UID SEARCH UID 41:*\nS: A0004 OK done\nC: A0005 IDLE\nS: + idling\nC: DONE\nS: A0005 OK done\n",
    ];
    let server = tokio::spawn(play(script.concat(), far));
    let relay = tokio::spawn(async move {
        let (mut from_client, mut to_client) = tokio::io::split(theirs);
        let mut said = String::new();
        let (mut up, mut down) = ([0; 4096], [0; 4096]);
        loop {
            let idling = said.contains("IDLE") && !said.contains("DONE");
            tokio::select! {
                n = from_client.read(&mut up) => match n.unwrap() {
                    0 => return said,
                    n => {
                        said += std::str::from_utf8(&up[..n]).unwrap();
                        near.write_all(&up[..n]).await.unwrap();
                    }
                },
                n = near.read(&mut down) => match n.unwrap() {
                    0 => return said,
                    n => to_client.write_all(&down[..n]).await.unwrap(),
                },
                () = tokio::time::sleep(Duration::from_millis(10)), if idling => {
                    to_client.write_all(b"* OK Still here\r\n").await.unwrap();
                }
            }
        }
    });
    let wire = connect::greet(&account(), Box::new(ours), SILENCE, Instant::now() + SILENCE).await.unwrap();
    let mut session = ImapSession::begin(&account(), wire).await.unwrap();
    session.open("INBOX").await.unwrap();
    session.fetch_after(40, &limits()).await.unwrap();
    let begun = std::time::Instant::now();
    let (session, woke) = session.wait(Duration::from_millis(150), &CancellationToken::new()).await.unwrap();
    let took = begun.elapsed();
    assert_eq!(woke, Woke::Renew);
    assert!((Duration::from_millis(140)..Duration::from_secs(2)).contains(&took), "{took:?}");
    drop(session);
    relay.await.unwrap();
    server.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_stops_talking_does_not_put_off_the_renewal() {
    let script = [LOGIN, SELECT, "C: A0004 UID SEARCH UID 41:*\nS: A0004 OK done\nC: A0005 IDLE\nS: + idling\n"].concat();
    let (ours, server) = hostile::flooding(script, "* OK Still here\r\n".repeat(1000), None);
    let mut session = hostile::open(ours).await;
    let limits = Limits { command_timeout: SHORT, ..limits() };
    session.fetch_after(40, &limits).await.unwrap();
    let begun = std::time::Instant::now();
    // Nothing is ever answered to its DONE: that the time for it has come is what ends it.
    let error = session.wait(SHORT, &CancellationToken::new()).await.unwrap_err();
    assert_eq!(error, SourceError::Timeout { command: Command::Idle });
    let took = begun.elapsed();
    assert!(took < SHORT * 12 + Duration::from_secs(5), "{took:?}");
    server.await.unwrap();
}

#[tokio::test]
async fn a_stop_ends_the_idling_in_order() {
    let (session, server) =
        looked(LOGIN, "C: A0005 IDLE\nS: + idling\nC: DONE\nS: A0005 OK done\nC: A0006 LOGOUT\nS: * BYE\nS: A0006 OK\n").await;
    let cancel = CancellationToken::new();
    let (waited, ()) = tokio::join!(session.wait(LONG, &cancel), async {
        tokio::task::yield_now().await;
        cancel.cancel();
    });
    let (session, woke) = waited.unwrap();
    assert_eq!(woke, Woke::Cancelled);
    session.logout().await;
    server.await.unwrap();
}

#[tokio::test]
async fn the_end_of_the_connection_is_no_interruption() {
    for ending in ["X: close\n", "S: * BYE Server shutting down.\nX: close\n"] {
        let (session, server) = looked(LOGIN, &format!("C: A0005 IDLE\nS: + idling\n{ending}")).await;
        let error = session.wait(LONG, &CancellationToken::new()).await.unwrap_err();
        assert_eq!(error, SourceError::Lost { command: Command::Idle });
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_does_not_begin_or_end_idling_is_not_waited_for() {
    for (script, renew) in [("C: A0005 IDLE\n", LONG), ("C: A0005 IDLE\nS: + idling\nC: DONE\n", SHORT / 8)] {
        let (session, server) = looked_within(LOGIN, script, SHORT).await;
        let error = session.wait(renew, &CancellationToken::new()).await.unwrap_err();
        assert_eq!(error, SourceError::Timeout { command: Command::Idle });
        server.await.unwrap();
    }
}

#[tokio::test]
async fn without_idle_the_server_is_asked() {
    let script = "C: A0005 NOOP\nS: A0005 OK done\nC: A0006 NOOP\nS: * 4 EXISTS\nS: A0006 OK done\n";
    let (session, server) = looked(&LOGIN.replace(" IDLE", ""), script).await;
    let cancel = CancellationToken::new();
    let (session, woke) = session.wait(Duration::from_millis(20), &cancel).await.unwrap();
    assert_eq!(woke, Woke::Renew);
    let (session, woke) = session.wait(Duration::from_millis(20), &cancel).await.unwrap();
    assert_eq!(woke, Woke::News);
    drop(session);
    server.await.unwrap();
}

#[tokio::test]
async fn a_server_that_refuses_the_idle_it_offers_is_asked_from_then_on() {
    let script = "\
C: A0005 IDLE
S: A0005 NO not now
C: A0006 NOOP
S: A0006 OK done
C: A0007 NOOP
S: A0007 BAD SECRET
";
    let (session, server) = looked(LOGIN, script).await;
    let cancel = CancellationToken::new();
    let (session, woke) = session.wait(Duration::from_millis(20), &cancel).await.unwrap();
    assert_eq!(woke, Woke::Renew);
    let error = session.wait(Duration::from_millis(20), &cancel).await.unwrap_err();
    assert_eq!(error, SourceError::Refused { command: Command::Noop, answer: Answer::Bad, code: None });
    server.await.unwrap();
}
