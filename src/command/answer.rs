//! What we answer when words are no command.

use std::fmt;

use super::{CommandContext, case::FORMS, membership};

/// The words were not exactly one command; nothing happened. Prints as one friendly sentence; holds no byte of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandError {
    /// What was wrong.
    pub problem: Problem,
    /// Which commands would have been possible.
    pub context: CommandContext,
}

/// What was wrong with the words. The words inside are ours, never the writer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// No line of the writer's own.
    Empty,
    /// No word we know.
    Unknown,
    /// A synonym or a typing error of this command.
    DidYouMean(&'static str),
    /// This command, but with other words on its line.
    NotAlone(&'static str),
    /// This command, with a question mark.
    Question(&'static str),
    /// A line below takes this command back or limits it.
    Conditional(&'static str),
    /// Two commands.
    Ambiguous(&'static str, &'static str),
    /// A command that other letters of ours understand, not this one.
    NotHere(&'static str),
    /// This command needs a text.
    MissingText(&'static str),
    /// This command takes its text after a colon or on the lines below.
    ColonMissing(&'static str),
    /// This command has another form: the word, and how it is written.
    Form(&'static str, &'static str),
    /// The text is longer than [`super::MAX_TEXT`].
    TooLong(&'static str),
}

impl std::error::Error for CommandError {}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem {
            Problem::Empty => f.write_str("I found no command above the quoted text, so nothing happened."),
            Problem::Unknown => f.write_str("I did not understand the first line, so nothing happened."),
            Problem::DidYouMean(word) => {
                write!(f, "Did you mean `{word}`? Nothing happened; if so, answer with that word alone on the first line.")
            }
            Problem::NotAlone(word) => {
                write!(f, "There is more than `{word}` on the line, and it may change the meaning, so nothing happened.")
            }
            Problem::Question(word) => write!(f, "`{word}` stood there as a question, so nothing happened."),
            Problem::Conditional(word) => {
                write!(f, "A line below `{word}` seems to limit it or to take it back, so nothing happened.")
            }
            Problem::Ambiguous(one, other) => {
                write!(f, "I read both `{one}` and `{other}` and cannot tell which one counts, so nothing happened.")
            }
            Problem::NotHere(word) => write!(f, "`{word}` is no answer to this letter, so nothing happened."),
            Problem::MissingText(word) => write!(f, "`{word}` needs a text, so nothing happened."),
            Problem::ColonMissing(word) => write!(
                f,
                "The text of `{word}` goes out word for word, so it must stand after a colon or on the lines below; nothing happened."
            ),
            Problem::Form(word, form) => {
                let form = form.split_once("  ").map_or(form, |(form, _)| form);
                write!(
                    f,
                    "`{word}` is written like this: `{form}`. As it stood there it could mean something else, so nothing happened."
                )
            }
            Problem::TooLong(word) => {
                write!(f, "The text of `{word}` is longer than {} bytes, so nothing happened.", super::MAX_TEXT)
            }
        }
    }
}

impl CommandError {
    /// The commands of this context, one example a line, for the answer.
    pub fn examples(&self) -> &'static [&'static str] {
        self.context.examples()
    }

    /// The whole answer: the sentence, and below it the examples.
    pub fn answer(&self) -> String {
        let mut text = format!("{self}\n\nPut one of these on the first line of your answer:\n\n");
        for example in self.examples() {
            text.push_str("  ");
            text.push_str(example);
            text.push('\n');
        }
        text
    }
}

impl CommandContext {
    /// The commands of this context, one example a line.
    pub fn examples(self) -> &'static [&'static str] {
        match self {
            CommandContext::Held => &[
                "approve                  distribute it to the list",
                "reject                   tell the poster why not, with the suggested letter",
                "reject policy            classes: policy, membership, not-embargoed, public-recipient, mixed, unreadable",
                "reject mixed Please post the technical part alone.",
                "hold                     keep it; the others see that you look at it",
                "discard                  no letter to anybody; the mail stays stored",
                "reroute security         it is a report: open a case",
                "explain                  show the reasons again",
            ],
            CommandContext::Poster => {
                &["withdraw                 take your post back", "status                   where it stands"]
            }
            CommandContext::Case => &CASE,
            CommandContext::Advisory => {
                &["send                     send it to all members as it is", "cancel                   do not send it"]
            }
            CommandContext::Blocked => &[
                "let-out                  it goes as it is, once a second person agrees",
                "discard                  it will not go; its bytes stay stored",
                "status                   where it stands",
            ],
            CommandContext::Application => &APPLICATION,
            CommandContext::Member => &MEMBER,
        }
    }
}

const APPLICATION: [&str; 14] = membership::shown(membership::APPLICATION);
const MEMBER: [&str; 21] = membership::shown(membership::MEMBER);

/// The commands about a case: those that every letter has, then the forms.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of bounds")]
const CASE: [&str; FORMS.len() + 3] = {
    let mut all = [""; FORMS.len() + 3];
    all[0] = "reply: Thank you, ...        goes to the discoverer word for word; also on the lines below `reply`";
    all[1] = "note: called the vendor      for the record; goes to nobody";
    all[2] = "status                       where it stands";
    let mut at = 0;
    while at < FORMS.len() {
        all[at + 3] = FORMS[at].1;
        at += 1;
    }
    all
};
