//! Any text as an answer: own words and commands. The first byte chooses the transfer of the text and the letter answered.

#![no_main]

use embargod::{
    command::{self, CommandContext},
    mail::{self, CommandText, Message, RawMessage},
};
use libfuzzer_sys::fuzz_target;

const CONTENT: [&str; 4] = [
    "text/plain; charset=utf-8",
    "text/plain; charset=utf-8; format=flowed",
    "text/plain; charset=utf-8; format=flowed; delsp=yes",
    "text/html; charset=utf-8",
];
const CONTEXTS: [CommandContext; 4] =
    [CommandContext::Held, CommandContext::Poster, CommandContext::Case, CommandContext::Advisory];

mod panics;

fuzz_target!(init: panics::of_the_library_are_caught(), |bytes: &[u8]| {
    let Some((choice, text)) = bytes.split_first() else { return };
    let content = CONTENT[usize::from(choice % 4)];
    let mut raw = format!("From: mona@team.example\r\nSubject: Re: held\r\nContent-Type: {content}\r\n\r\n").into_bytes();
    raw.extend_from_slice(text);
    let Ok(message) = Message::parse(&RawMessage::new(raw)) else { return };
    let words = mail::own_words(&message);
    // Each line is the writer's or taken out, in order and once.
    let mut last = 0;
    for removed in &words.removed {
        assert!(removed.lines.start >= last && removed.lines.end > removed.lines.start);
        last = removed.lines.end;
    }
    match mail::command_words(&message) {
        CommandText::Words(words) => {
            let _ = command::parse(&words, CONTEXTS[usize::from(choice / 4 % 4)]);
        }
        CommandText::HtmlOnly => assert_eq!(choice % 4, 3),
        CommandText::Empty => {}
    }
});
