//! Reads what a team member, a poster or the releaser of an advisory answers to one of our letters: one word, and what belongs to it.
//!
//! Takes the writer's own words (quotes, HTML and attachments are gone before). The first line that says anything is the command; it must
//! be the command and nothing else, because what follows it may turn it round ("approve, but not today"). Promises: a text that contains
//! none of the words is never a command; a synonym, a typing error, a question, a condition or a second command is answered and does
//! nothing. Fails with a [`CommandError`], whose sentence and examples go back to the writer and hold no byte of the mail.

mod addressed;
mod answer;
mod case;
mod line;
mod membership;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use addressed::{Addressed, addressed};
pub use answer::{CommandError, Problem};
pub use membership::{ApplicationCommand, MemberCommand};

use line::{Line, Lines, Takes};
use vocabulary::Verb;

use crate::cases::Request;

/// The longest text a command may carry to somebody else, in bytes. A longer one is refused, not cut.
pub const MAX_TEXT: usize = 20_000;

/// The line below a command about a case that begins what the discoverer is to read.
const TO_DISCOVERER: &str = "to the discoverer";

/// Which of our letters is being answered: it decides which commands exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CommandContext {
    /// A team member answers the notice about a held message.
    Held,
    /// A poster answers the notice that the own post is held.
    Poster,
    /// A team member answers a notice about a case.
    Case,
    /// A team member answers the notice about mail waiting to go to the predisclosure list.
    Advisory,
    /// A team member answers the notice about a letter that the firewall has stopped.
    Blocked,
    /// A team member answers a letter about an application for membership.
    Application,
    /// A team member answers a letter about a member.
    Member,
}

/// What the writer wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A ruling over a held message.
    Held(HeldCommand),
    /// The poster takes the own held post back.
    Withdraw,
    /// Something about a case.
    Case(CaseCommand),
    /// Whether mail to the predisclosure list goes out.
    Advisory(AdvisoryCommand),
    /// What becomes of a stopped letter.
    Blocked(BlockedCommand),
    /// Something about an application.
    Application(ApplicationCommand),
    /// Something about a member.
    Member(MemberCommand),
    /// Asks which commands there are.
    Help,
    /// Asks where the matter stands.
    Status,
}

impl Command {
    /// The writer's words that somebody outside the team will read, if it carries any.
    pub fn words_for_others(&self) -> Option<&str> {
        match self {
            Command::Held(HeldCommand::Reject { text, .. }) => text.as_deref(),
            Command::Case(CaseCommand::Reply { text }) => Some(text),
            Command::Case(CaseCommand::Ask { words, .. }) => words.as_deref(),
            Command::Application(ApplicationCommand::Draft { because, .. }) => because.as_deref(),
            _ => None,
        }
    }
}

/// A ruling over a held message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldCommand {
    /// Distribute it.
    Approve,
    /// Tell the poster why not (P70).
    Reject {
        /// Picks the letter; `None` leaves it to what the rules saw.
        class: Option<RejectClass>,
        /// The moderator's own words to the poster.
        text: Option<String>,
    },
    /// Keep it held; the others see that somebody looks at it.
    Hold,
    /// Away with it, without a letter. The bytes stay stored.
    Discard,
    /// Show the rules' reasons again.
    Explain,
    /// Treat it as something else.
    Reroute(RerouteTarget),
}

/// Where a held message may be sent instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RerouteTarget {
    /// It is a report: open a case as if it had come to the security address.
    Security,
}

/// Something about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseCommand {
    /// Something that changes the case, or is refused by it ([`crate::cases::judge`]).
    Ask {
        /// What.
        request: Box<Request>,
        /// What stands below `To the discoverer:`; goes there word for word.
        words: Option<String>,
    },
    /// Send this text to the discoverer.
    Reply {
        /// The text, without the writer's signature.
        text: String,
    },
}

/// Whether mail to the predisclosure list goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvisoryCommand {
    /// Send it as it is.
    Send,
    /// Do not send it.
    Cancel,
}

/// What becomes of a letter that the firewall has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockedCommand {
    /// It goes as it is: said by two different people.
    LetOut,
    /// It does not go; the bytes stay stored.
    Discard,
}

/// Why a post is rejected, in the words a moderator types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectClass {
    /// A matter of policy (P68).
    Policy,
    /// Membership of the list (P71).
    Membership,
    /// Not about an embargoed advisory.
    NotEmbargoed,
    /// Also sent to a public place.
    PublicRecipient,
    /// Technical and policy in one mail.
    Mixed,
    /// Nobody can read it.
    Unreadable,
}

impl RejectClass {
    /// All of them, in the order the help shows.
    pub const ALL: [RejectClass; 6] = [
        RejectClass::Policy,
        RejectClass::Membership,
        RejectClass::NotEmbargoed,
        RejectClass::PublicRecipient,
        RejectClass::Mixed,
        RejectClass::Unreadable,
    ];

    /// The word a moderator types.
    pub fn as_str(self) -> &'static str {
        match self {
            RejectClass::Policy => "policy",
            RejectClass::Membership => "membership",
            RejectClass::NotEmbargoed => "not-embargoed",
            RejectClass::PublicRecipient => "public-recipient",
            RejectClass::Mixed => "mixed",
            RejectClass::Unreadable => "unreadable",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

/// Reads the command out of the writer's own words.
///
/// # Errors
/// A [`CommandError`] whenever the words are not exactly one command of this context; nothing may happen then except the answer.
pub fn parse(words: &str, context: CommandContext) -> Result<Command, CommandError> {
    read(words, context).map_err(|problem| CommandError { problem, context })
}

fn read(words: &str, context: CommandContext) -> Result<Command, Problem> {
    let mut lines = Lines::of(words);
    if context == CommandContext::Case {
        let below = lines.cut_at(TO_DISCOVERER);
        let takes = lines.command().map_or(Takes::Other, |first| case::takes(&first.split_head().0));
        lines.unwrap_command(takes);
        let first = lines.command().ok_or(Problem::Empty)?;
        let verb = Verb::of(&first.split_head().0, context);
        let request = match case::read(first, &lines)? {
            Some(request) => Some(request),
            None if verb == Some(Verb::Note) => {
                let (verb, rest) = first_verb(first, context)?;
                Some(Request::Note { text: carried(verb, rest, &lines, context)? })
            }
            None => None,
        };
        if let Some(request) = request {
            let words = below.map(|below| case::to_discoverer(&below)).transpose()?;
            return Ok(Command::Case(CaseCommand::Ask { request: Box::new(request), words }));
        }
        lines = Lines::of(words);
        // Words for somebody, and no command above them.
        if lines.command().is_some_and(|first| first.is_mark(TO_DISCOVERER)) {
            return Err(Problem::Unknown);
        }
    }
    if matches!(context, CommandContext::Application | CommandContext::Member) {
        let takes = lines.command().map_or(Takes::Other, |first| membership::takes(&first.split_head().0));
        lines.unwrap_command(takes);
    }
    let first = lines.command().ok_or(Problem::Empty)?;
    if context == CommandContext::Application
        && let Some(command) = membership::application(first, &lines)?
    {
        return Ok(Command::Application(command));
    }
    if context == CommandContext::Member
        && let Some(command) = membership::member(first, &lines)?
    {
        return Ok(Command::Member(command));
    }
    let (verb, rest) = first_verb(first, context)?;
    match verb {
        Verb::Reject => reject(first, rest, &lines),
        Verb::Reply => Ok(Command::Case(CaseCommand::Reply { text: spoken(verb, first, rest, &lines)? })),
        _ => bare(verb, &lines, context),
    }
}

/// The verb the line begins with and what stands after it; the line is checked to hold nothing that could turn the verb round.
fn first_verb(line: &Line, context: CommandContext) -> Result<(Verb, &str), Problem> {
    if let Some(verb) = Verb::bare(&line.bare().to_lowercase(), context) {
        let asks = line.ends_with_question();
        return if asks && !verb.harmless() { Err(Problem::Question(verb.word())) } else { Ok((verb, "")) };
    }
    let (head, rest) = line.split_head();
    match Verb::of(&head, context) {
        Some(verb) if rest.starts_with('?') => Err(Problem::Question(verb.word())),
        Some(verb) if verb.carries_text() => Ok((verb, rest)),
        _ => Err(vocabulary::misread(line, context)),
    }
}

/// A command that stands alone: whatever follows must not be another command or a condition.
fn bare(verb: Verb, lines: &Lines, context: CommandContext) -> Result<Command, Problem> {
    second_command(verb, lines, context)?;
    if !verb.harmless() {
        for line in lines.after() {
            if let Some(other) = vocabulary::other_verb(line, verb, context) {
                return Err(Problem::Ambiguous(verb.word(), other.word()));
            }
            if vocabulary::turns_round(line) {
                return Err(Problem::Conditional(verb.word()));
            }
        }
    }
    Ok(match verb {
        Verb::Approve => Command::Held(HeldCommand::Approve),
        Verb::Hold => Command::Held(HeldCommand::Hold),
        Verb::Discard if context == CommandContext::Blocked => Command::Blocked(BlockedCommand::Discard),
        Verb::LetOut => Command::Blocked(BlockedCommand::LetOut),
        Verb::Discard => Command::Held(HeldCommand::Discard),
        Verb::Explain => Command::Held(HeldCommand::Explain),
        Verb::Reroute => Command::Held(HeldCommand::Reroute(RerouteTarget::Security)),
        Verb::Withdraw => Command::Withdraw,
        Verb::Send => Command::Advisory(AdvisoryCommand::Send),
        Verb::Cancel => Command::Advisory(AdvisoryCommand::Cancel),
        Verb::Help => Command::Help,
        Verb::Status => Command::Status,
        Verb::Reject | Verb::Reply | Verb::Note => return Err(Problem::MissingText(verb.word())),
    })
}

/// A line further down that is a command by itself.
fn second_command(verb: Verb, lines: &Lines, context: CommandContext) -> Result<(), Problem> {
    if context == CommandContext::Case
        && let Some(other) = lines.after().find_map(case::commands)
    {
        return Err(Problem::Ambiguous(verb.word(), other));
    }
    let other = lines.after().filter_map(|line| Verb::bare(&line.bare().to_lowercase(), context));
    match other.into_iter().find(|other| *other != verb && !other.harmless()) {
        Some(other) => Err(Problem::Ambiguous(verb.word(), other.word())),
        None => Ok(()),
    }
}

fn reject(first: &Line, rest: &str, lines: &Lines) -> Result<Command, Problem> {
    // "reject this? no, approve it": whoever names two rulings in one line has not decided.
    if let Some(other) = vocabulary::other_verb(first, Verb::Reject, CommandContext::Held) {
        return Err(Problem::Ambiguous(Verb::Reject.word(), other.word()));
    }
    let (class, said) = class_of(rest);
    if said.starts_with('?') {
        return Err(Problem::Question(Verb::Reject.word()));
    }
    let text = text_of(Verb::Reject, said, lines, CommandContext::Held)?;
    Ok(Command::Held(HeldCommand::Reject { class, text }))
}

/// The class at the beginning of what stands after `reject`, and the rest.
fn class_of(rest: &str) -> (Option<RejectClass>, &str) {
    let rest = line::without_separator(rest);
    let ends = |c: char| c.is_whitespace() || ".,:;!?".contains(c);
    let (word, after) = rest.split_at_checked(rest.find(ends).unwrap_or(rest.len())).unwrap_or((rest, ""));
    if let Some(class) = RejectClass::of(&line::comparable(word)) {
        return (Some(class), line::without_separator(after));
    }
    // Two-word classes typed without the hyphen, when nothing else stands there.
    let joined = line::comparable(line::without_end_marks(rest)).split_whitespace().collect::<Vec<_>>().join("-");
    match RejectClass::of(&joined) {
        Some(class) => (Some(class), if rest.trim_end().ends_with('?') { "?" } else { "" }),
        None => (None, rest),
    }
}

/// The text of a command that sends it to a stranger: on the same line only after a colon, because "reply to him that ..." is meant for us.
fn spoken(verb: Verb, first: &Line, rest: &str, lines: &Lines) -> Result<String, Problem> {
    if !rest.is_empty() && !first.head_ends_with_colon() {
        return Err(Problem::ColonMissing(verb.word()));
    }
    carried(verb, rest, lines, CommandContext::Case)
}

fn carried(verb: Verb, rest: &str, lines: &Lines, context: CommandContext) -> Result<String, Problem> {
    text_of(verb, rest, lines, context)?.ok_or(Problem::MissingText(verb.word()))
}

/// What stands after the command and on the lines below it, up to the signature.
fn text_of(verb: Verb, rest: &str, lines: &Lines, context: CommandContext) -> Result<Option<String>, Problem> {
    second_command(verb, lines, context)?;
    with_lines_below(verb.word(), rest, lines)
}

/// A person's text that begins behind the command `word` and goes on below; `None` where there is none.
fn with_lines_below(word: &'static str, begun: &str, lines: &Lines) -> Result<Option<String>, Problem> {
    let mut text = line::without_separator(begun).to_owned();
    for line in lines.after() {
        text.push('\n');
        text.push_str(line.as_written());
    }
    let text = text.trim_matches('\n').trim_end();
    match text.len() {
        length if length > MAX_TEXT => Err(Problem::TooLong(word)),
        _ if text.trim().is_empty() => Ok(None),
        _ => Ok(Some(text.to_owned())),
    }
}
