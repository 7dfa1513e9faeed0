use super::*;

fn read(mail: &str) -> Message {
    Message::parse(&RawMessage::new(mail.replace('\n', "\r\n").into_bytes())).unwrap()
}

fn texts(mail: &str) -> Vec<String> {
    messages(&read(mail)).map(|message| message.text.trim().to_owned()).collect()
}

#[test]
fn a_text_below_a_separator_is_a_message() {
    let mail = "From: a@b.example\nSubject: for you\n\nCan you look?\n\n---------- Forwarded message ---------\nFrom: Bob <bob@c.example>\n\
                Date: Mon, 1 Jan 2024\nSubject: event channels\nTo: <a@b.example>\n\nThe port is not checked.\n\nBob\n";
    assert_eq!(texts(mail), ["event channels\n\nThe port is not checked.\n\nBob"]);
}

#[test]
fn an_answer_with_what_it_answers_passes_nothing_on() {
    let mail = "From: a@b.example\nSubject: Re: event channels\n\nThank you.\n\n-----Original Message-----\nFrom: Bob <bob@c.example>\n\
                Sent: Monday\nTo: a@b.example\nSubject: event channels\n\nThe port is not checked.\n";
    assert_eq!(texts(mail), Vec::<String>::new());
}

#[test]
fn a_quote_under_a_forwarding_subject_is_passed_on() {
    let mail = "From: a@b.example\nSubject: Fwd: event channels\n\nSee below.\n\nBob wrote:\n> The port is not checked.\n";
    assert_eq!(texts(mail), ["The port is not checked."]);
}

#[test]
fn attached_messages_are_found_however_deep_and_not_without_end() {
    let inner = "From: c@d.example\nSubject: inner\n\ninner words\n";
    let wrap = |inner: &str, bound: &str| {
        format!(
            "From: a@b.example\nSubject: outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary={bound}\n\n--{bound}\n\
             Content-Type: text/plain\n\nsee below\n--{bound}\nContent-Type: message/rfc822\n\n{inner}\n--{bound}--\n"
        )
    };
    assert_eq!(texts(&wrap(&wrap(inner, "x"), "y")), ["see below", "inner words"]);
    let part = format!("--z\nContent-Type: message/rfc822\n\n{inner}\n");
    let many =
        format!("From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=z\n\n{}--z--\n", part.repeat(20));
    assert_eq!(texts(&many).len(), MOST);
}
