//! What the relay says, and what becomes of each recipient.

use super::*;

const MAIL: &str = "C: MAIL FROM:<v@list.example>\n";
const RCPT: &str = "C: RCPT TO:<a@one.example>\n";

/// The relay's answers to MAIL, RCPT, DATA and the dot, for one recipient, and what must come of it; `-` is a step not reached.
#[tokio::test]
async fn a_reply_at_each_phase_gives_its_outcome() {
    let table: [(&str, &str, &str, &str, &str, &str); 24] = [
        ("250 ok", "250 ok", "354 go", "250 2.0.0 queued", "accepted: 250 2.0.0", "good"),
        ("250 ok", "251 forward", "354 go", "252 fine", "accepted: 252", "good"),
        ("250 ok", "250 ok", "354 go", "451 4.3.0 later", "deferred: 451 4.3.0 at final dot", "good"),
        ("250 ok", "250 ok", "354 go", "554 5.6.0 content", "failed: 554 5.6.0 at final dot", "good"),
        ("250 ok", "250 ok", "354 go", "421 4.3.2 bye", "deferred: 421 4.3.2 at final dot", "lost"),
        ("250 ok", "250 ok", "354 go", "354 what", "unknown: not an SMTP reply that may come here at final dot", "lost"),
        ("250 ok", "250 ok", "354 go", "oops", "unknown: not an SMTP reply that may come here at final dot", "lost"),
        ("250 ok", "250 ok", "452 4.3.1 full", "-", "deferred: 452 4.3.1 at DATA", "good"),
        ("250 ok", "250 ok", "554 5.5.1 no", "-", "failed: 554 5.5.1 at DATA", "good"),
        ("250 ok", "250 ok", "421 4.3.2 bye", "-", "deferred: 421 4.3.2 at DATA", "lost"),
        ("250 ok", "250 ok", "250 what", "-", "deferred: not an SMTP reply that may come here at DATA", "lost"),
        ("250 ok", "450 4.2.1 busy", "-", "-", "deferred: 450 4.2.1 at RCPT", "good"),
        ("250 ok", "550 5.1.1 no such user", "-", "-", "failed: 550 5.1.1 at RCPT", "good"),
        ("250 ok", "552 too many", "-", "-", "deferred: 552 at RCPT", "good"),
        ("250 ok", "552 5.2.2 mailbox full", "-", "-", "failed: 552 5.2.2 at RCPT", "good"),
        ("250 ok", "530 5.7.0 authenticate", "-", "-", "deferred: 530 5.7.0 at RCPT", "good"),
        ("250 ok", "550 4.1.1 class disagrees", "-", "-", "failed: 550 at RCPT", "good"),
        ("250 ok", "421 4.7.0 bye", "-", "-", "deferred: 421 4.7.0 at RCPT", "lost"),
        ("250 ok", "354 what", "-", "-", "deferred: not an SMTP reply that may come here at RCPT", "lost"),
        ("451 4.3.0 later", "-", "-", "-", "deferred: 451 4.3.0 at MAIL", "good"),
        ("552 5.3.4 too big", "-", "-", "-", "failed: 552 5.3.4 at MAIL", "good"),
        ("530 5.7.0 STARTTLS first", "-", "-", "-", "deferred: 530 5.7.0 at MAIL", "good"),
        ("421 4.3.2 bye", "-", "-", "-", "deferred: 421 4.3.2 at MAIL", "lost"),
        ("999 what", "-", "-", "-", "deferred: not an SMTP reply that may come here at MAIL", "lost"),
    ];
    for (mail, rcpt, data, dot, outcome, connection) in table {
        let one_by_one = {
            let mut script = format!("{PLAIN}{MAIL}S: {mail}\n");
            if rcpt != "-" {
                script += &format!("{RCPT}S: {rcpt}\n");
            }
            if data != "-" {
                script += &format!("C: DATA\nS: {data}\n");
            }
            if dot != "-" {
                script += &format!("BODY\nS: {dot}\n");
            } else if connection == "good" && mail.starts_with("250") {
                script += "C: RSET\nS: 250 ok\n";
            }
            script
        };
        let in_a_group = {
            let other = |reply: &str, after: &str| if reply == "-" { after.to_owned() } else { reply.to_owned() };
            let rcpt = other(rcpt, "503 5.5.1 MAIL first");
            let data = other(data, "554 5.5.1 no valid recipients");
            let mut script = format!("{PIPELINING}{MAIL}{RCPT}C: DATA\nS: {mail}\nS: {rcpt}\nS: {data}\n");
            if dot != "-" {
                script += &format!("BODY\nS: {dot}\n");
            } else if connection == "good" && mail.starts_with("250") {
                script += "C: RSET\nS: 250 ok\n";
            }
            script
        };
        for script in [one_by_one, in_a_group] {
            let (sent, _) = send(&script, &["a@one.example"], MESSAGE).await;
            assert_eq!(words(&sent), [outcome, connection], "{script}");
        }
    }
}

#[tokio::test]
async fn two_refused_of_five_do_not_touch_the_other_three() {
    let five = ["a@one.example", "b@two.example", "c@three.example", "d@four.example", "e@five.example"];
    let expected = [
        "accepted: 250 2.0.0",
        "failed: 550 5.1.1 at RCPT",
        "accepted: 250 2.0.0",
        "deferred: 450 4.2.1 at RCPT",
        "accepted: 250 2.0.0",
        "good",
    ];
    let pipelined = format!(
        "{PIPELINING}
        C: MAIL FROM:<v@list.example>
        C: RCPT TO:<a@one.example>
        C: RCPT TO:<b@two.example>
        C: RCPT TO:<c@three.example>
        C: RCPT TO:<d@four.example>
        C: RCPT TO:<e@five.example>
        C: DATA
        S: 250 ok
        S: 250 ok
        S: 550-5.1.1 No such
        S: 550 5.1.1 user
        S: 250 ok
        S: 450 4.2.1 Try later
        S: 250 ok
        S: 354 go
        BODY
        S: 250 2.0.0 queued as 4F"
    );
    let plain = format!(
        "{PLAIN}
        C: MAIL FROM:<v@list.example>
        S: 250 ok
        C: RCPT TO:<a@one.example>
        S: 250 ok
        C: RCPT TO:<b@two.example>
        S: 550-5.1.1 No such
        S: 550 5.1.1 user
        C: RCPT TO:<c@three.example>
        S: 250 ok
        C: RCPT TO:<d@four.example>
        S: 450 4.2.1 Try later
        C: RCPT TO:<e@five.example>
        S: 250 ok
        C: DATA
        S: 354 go
        BODY
        S: 250 2.0.0 queued as 4F"
    );
    for script in [pipelined, plain] {
        let (sent, bodies) = send(&script, &five, MESSAGE).await;
        assert_eq!(words(&sent), expected);
        assert_eq!(bodies, [MESSAGE]);
        assert_eq!(sent.outcomes[0].1.reply().unwrap().text, "queued as 4F");
        assert_eq!(sent.outcomes[1].1.reply().unwrap().text, "No such");
    }
}

#[tokio::test]
async fn an_invitation_to_send_to_nobody_gets_an_empty_message() {
    let script = format!(
        "{PIPELINING}
        C: MAIL FROM:<v@list.example>
        C: RCPT TO:<a@one.example>
        C: DATA
        S: 250 ok
        S: 550 5.1.1 no
        S: 354 go
        C: .
        S: 554 5.5.1 no recipients"
    );
    let (sent, _) = send(&script, &["a@one.example"], MESSAGE).await;
    assert_eq!(words(&sent), ["failed: 550 5.1.1 at RCPT", "good"]);
}

#[tokio::test]
async fn the_session_goes_on_after_refusals() {
    let transaction = |rcpt: &str, data: &str, rest: &str| {
        format!("C: MAIL FROM:<>\nC: RCPT TO:<a@one.example>\nC: DATA\nS: 250 ok\nS: {rcpt}\nS: {data}\n{rest}\n")
    };
    let script = [
        PIPELINING.to_owned(),
        transaction("550 5.1.1 no", "554 5.5.1 no recipients", "C: RSET\nS: 250 ok"),
        transaction("250 ok", "354 go", "BODY\nS: 554 5.7.1 spam"),
        transaction("250 ok", "354 go", "BODY\nS: 250 2.0.0 ok\nC: QUIT\nS: 221 bye"),
    ]
    .concat();
    let server = Server::follow(&script).await;
    let mut connection = SmtpConnection::connect(&relay(&server)).await.unwrap();
    let recipients = addresses(&["a@one.example"]);
    let envelope = Envelope { reverse_path: None, envelope_id: None, recipients: &recipients };
    assert_eq!(words(&connection.send(&envelope, MESSAGE).await), ["failed: 550 5.1.1 at RCPT", "good"]);
    assert_eq!(words(&connection.send(&envelope, MESSAGE).await), ["failed: 554 5.7.1 at final dot", "good"]);
    assert_eq!(words(&connection.send(&envelope, MESSAGE).await), ["accepted: 250 2.0.0", "good"]);
    connection.quit().await;
    assert_eq!(server.end().await.len(), 2);
}

#[tokio::test]
async fn a_421_in_the_middle_keeps_the_verdicts_already_given() {
    let script = format!(
        "{PIPELINING}
        C: MAIL FROM:<v@list.example>
        C: RCPT TO:<a@one.example>
        C: RCPT TO:<b@two.example>
        C: RCPT TO:<c@three.example>
        C: RCPT TO:<d@four.example>
        C: DATA
        S: 250 ok
        S: 250 ok
        S: 550 5.1.1 no
        S: 421 4.3.2 shutting down
        CUT"
    );
    let (sent, _) = send(&script, &["a@one.example", "b@two.example", "c@three.example", "d@four.example"], MESSAGE).await;
    assert_eq!(
        words(&sent),
        [
            "deferred: 421 4.3.2 at RCPT",
            "failed: 550 5.1.1 at RCPT",
            "deferred: 421 4.3.2 at RCPT",
            "deferred: 421 4.3.2 at RCPT",
            "lost"
        ]
    );
}

#[tokio::test]
async fn a_goodbye_to_an_idle_session_defers_whatever_its_code() {
    for (goodbye, outcome) in
        [("421 4.4.2 timeout", "deferred: 421 4.4.2 at MAIL"), ("554 5.4.2 idle", "deferred: 554 5.4.2 at MAIL")]
    {
        let script = format!("S: 220 relay.example\nC: EHLO list.example\nS: 250 relay.example␤{goodbye}");
        let (sent, _) = send(&script, &["a@one.example"], MESSAGE).await;
        assert_eq!(words(&sent), [outcome, "lost"]);
    }
}

#[tokio::test]
async fn more_recipients_than_a_group_holds() {
    let recipients: Vec<String> = (0..250).map(|n| format!("r{n}@example.net")).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let rcpt = |range: std::ops::Range<usize>| range.map(|n| format!("C: RCPT TO:<r{n}@example.net>\n")).collect::<String>();
    let ok = |count: usize| "S: 250 ok\n".repeat(count);
    let script = format!(
        "{PIPELINING}C: MAIL FROM:<v@list.example>\n{}{}{}{}{}C: DATA\n{}S: 354 go\nBODY\nS: 250 2.0.0 ok",
        rcpt(0..99),
        ok(100),
        rcpt(99..199),
        ok(100),
        rcpt(199..250),
        ok(51)
    );
    let (sent, _) = send(&script, &recipients, MESSAGE).await;
    assert_eq!(sent.connection, Connection::Good);
    assert!(sent.outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Accepted(_))), "{sent:?}");
    assert_eq!(sent.outcomes.len(), 250);
}
