use super::*;
use crate::mail::RawMessage;

fn found(headers: &str) -> Option<(AutomaticKind, String)> {
    let raw = format!("{headers}\nTo: security@lists.example\n\nhello\n").replace('\n', "\r\n");
    automatic(&Message::parse(&RawMessage::new(raw.into_bytes())).unwrap()).map(|mark| (mark.kind, mark.field))
}

fn from_dana(headers: &str) -> Option<(AutomaticKind, String)> {
    found(&format!("Return-Path: <dana@member.example>\nFrom: Dana <dana@member.example>\n{headers}"))
}

fn is(kind: AutomaticKind, field: &str) -> Option<(AutomaticKind, String)> {
    Some((kind, field.to_owned()))
}

#[test]
fn what_people_write_is_not_automatic() {
    for headers in [
        "Subject: a report",
        "Subject: Out of office hours access to the embargo list",
        "Subject: Re: Automatic reply: XSA\nIn-Reply-To: <1@lists.example>\nUser-Agent: Mutt",
        // Exchange users set it on their own mail: osTicket issue 726.
        "Subject: a report\nX-Auto-Response-Suppress: All",
        "Subject: a report\nAuto-Submitted: no",
        "Subject: a report\nX-Autoreply: no",
        "Subject: please confirm that you got my report",
        "Subject: a report\nPrecedence: first-class",
    ] {
        assert_eq!(from_dana(headers), None, "{headers}");
    }
    assert_eq!(found("Return-Path: <postmaster@member.example>\nFrom: postmaster@member.example\nSubject: your key"), None);
}

#[test]
fn rfc_3834_keywords() {
    assert_eq!(from_dana("Subject: Re: x\nAuto-Submitted: auto-replied"), is(AutomaticKind::AutoReply, "Auto-Submitted"));
    assert_eq!(
        from_dana("Subject: Re: x\nAuto-Submitted: AUTO-REPLIED (vacation)"),
        is(AutomaticKind::Vacation, "Auto-Submitted")
    );
    assert_eq!(
        from_dana("Subject: Abwesenheitsnotiz: x\nAuto-Submitted: auto-replied"),
        is(AutomaticKind::Vacation, "Auto-Submitted")
    );
    assert_eq!(
        from_dana("Subject: cron\nAuto-Submitted: auto-generated; owner=x"),
        is(AutomaticKind::Generated, "Auto-Submitted")
    );
    assert_eq!(from_dana("Subject: x\nAuto-Submitted: something-new"), is(AutomaticKind::AutoReply, "Auto-Submitted"));
    assert_eq!(from_dana("Subject: x\nAuto-Submitted: no (I wrote it)"), None);
}

#[test]
fn older_fields() {
    assert_eq!(from_dana("Subject: x\nX-Autoreply: yes"), is(AutomaticKind::AutoReply, "X-Autoreply"));
    assert_eq!(from_dana("Subject: x\nX-Apple-Action: VACATION"), is(AutomaticKind::Vacation, "X-Apple-Action"));
    assert_eq!(from_dana("Subject: x\nPrecedence: auto_reply"), is(AutomaticKind::AutoReply, "Precedence"));
    assert_eq!(
        from_dana("Subject: Read: x\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b"),
        is(AutomaticKind::AutoReply, "Content-Type")
    );
}

#[test]
fn mailers() {
    assert_eq!(found("Return-Path: <>\nFrom: x@member.example\nSubject: x"), is(AutomaticKind::Mailer, "Return-Path"));
    assert_eq!(
        found("Return-Path: <>\nFrom: x@member.example\nSubject: Automatic reply: x"),
        is(AutomaticKind::Vacation, "Return-Path")
    );
    assert_eq!(found("From: Mailer-Daemon@member.example\nSubject: x"), is(AutomaticKind::Mailer, "From"));
    // Only the topmost field: the sender may bring one of his own.
    assert_eq!(from_dana("Return-Path: <>\nSubject: x"), None);
}

#[test]
fn a_subject_counts_with_a_second_sign_only() {
    let languages = [
        "Automatic reply: x",
        "Auto reply: x",
        "Autoreply: x",
        "Out of Office: x",
        "Automatische Antwort: x",
        "Abwesenheitsnotiz: x",
        "Réponse automatique : x",
        "Respuesta automática: x",
        "Risposta automatica: x",
        "Resposta automática: x",
        "Automatiskt svar: x",
        "Automaattinen vastaus: x",
        "Odpowiedź automatyczna: x",
        "Automatická odpověď: x",
        "Автоматический ответ: x",
        "自動応答: x",
        "自动答复: x",
        "[EXTERNAL] Automatic reply: x",
    ];
    for subject in languages {
        assert_eq!(from_dana(&format!("Subject: {subject}")), None, "{subject}");
        assert_eq!(
            from_dana(&format!("Subject: {subject}\nX-Auto-Response-Suppress: All")),
            is(AutomaticKind::Vacation, "Subject"),
            "{subject}"
        );
        assert_eq!(
            from_dana(&format!("Subject: {subject}\nIn-Reply-To: <1@lists.example>")),
            is(AutomaticKind::Vacation, "Subject"),
            "{subject}"
        );
    }
    assert_eq!(
        found("From: noreply@member.example\nSubject: Please confirm your message"),
        is(AutomaticKind::ChallengeResponse, "Subject")
    );
}

#[test]
fn lists_and_bulk_are_kinds_of_their_own() {
    assert_eq!(
        from_dana("Subject: x\nList-Id: <discuss.lists.example>\nPrecedence: bulk"),
        is(AutomaticKind::ListMail, "List-Id")
    );
    assert_eq!(from_dana("Subject: x\nPrecedence: list"), is(AutomaticKind::ListMail, "Precedence"));
    assert_eq!(from_dana("Subject: x\nPrecedence: Junk"), is(AutomaticKind::Bulk, "Precedence"));
    assert_eq!(from_dana("Subject: offers\nList-Unsubscribe: <https://x.example>"), is(AutomaticKind::Bulk, "List-Unsubscribe"));
    // What answers by itself is seen through a list as well.
    assert_eq!(
        from_dana("Subject: x\nList-Id: <discuss.lists.example>\nAuto-Submitted: auto-replied"),
        is(AutomaticKind::AutoReply, "Auto-Submitted")
    );
}

#[test]
fn a_mark_is_short() {
    let raw = format!("From: a@b.example\r\nX-Autoreply: {}\r\n\r\nx\r\n", "é".repeat(5000));
    let mark = automatic(&Message::parse(&RawMessage::new(raw.into_bytes())).unwrap()).unwrap();
    assert_eq!(mark.text.chars().count(), 200);
}

#[test]
fn a_challenge_is_known_by_its_words_when_a_sign_says_that_nobody_wrote_it() {
    let challenge = |from: &str, signs: &str| {
        let raw = format!(
            "From: {from}\n{signs}Subject: Re: your report\n\nTo add yourself to the list of approved senders, complete this verification.\n"
        );
        let message = Message::parse(&RawMessage::new(raw.replace('\n', "\r\n").into_bytes())).unwrap();
        automatic(&message).map(|mark| mark.kind)
    };
    let dana = "Dana <dana@member.example>";
    assert_eq!(challenge(dana, "Auto-Submitted: auto-replied\n"), Some(AutomaticKind::ChallengeResponse));
    assert_eq!(challenge(dana, "Return-Path: <>\n"), Some(AutomaticKind::ChallengeResponse));
    assert_eq!(challenge(dana, ""), None, "a person may speak of such things");
    assert_eq!(challenge("MAILER-DAEMON@member.example", "Return-Path: <>\n"), Some(AutomaticKind::Mailer));
}

#[test]
fn responders_that_call_their_answer_generated() {
    assert_eq!(
        from_dana("Subject: Automatyczna odpowiedź: x\nAuto-Submitted: auto-generated"),
        is(AutomaticKind::Vacation, "Auto-Submitted")
    );
}
