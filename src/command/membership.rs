//! The commands about applications and members: a word, its arguments in a fixed order, and perhaps a reason in words.
//!
//! One form for each; anything else on the line is an error that shows the form, because what a person added may be a condition.

use jiff::civil::Date;

use super::{
    CommandContext, Problem,
    line::{self, Line, Lines, Takes},
    vocabulary, with_lines_below,
};
use crate::{
    disclosure::TlsRequirement,
    mail::Address,
    membership::{
        Category,
        applying::{Answer, ApplicationRequest, FoundState},
        belonging::{MemberRequest, Terms},
    },
};

/// Something about an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplicationCommand {
    /// What the judgement takes as it is.
    Ask(ApplicationRequest),
    /// The alias; what it looks like is found out later.
    Alias {
        /// The address.
        address: Address,
        /// Why it is taken although it does not look like a role's.
        because: Option<String>,
    },
    /// Draft an answer for the public list.
    Draft {
        /// Which.
        answer: Answer,
        /// The person's own words in it.
        because: Option<String>,
    },
}

/// Something about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberCommand {
    /// What the judgement takes as it is.
    Ask(MemberRequest),
    /// Another role address.
    Address {
        /// The address.
        address: Address,
        /// Why.
        because: Option<String>,
    },
    /// Somebody writes for it.
    Poster {
        /// The address.
        address: Address,
    },
    /// Ask the alias whether it is read.
    Probe,
}

pub(super) const APPLICATION: [(&str, &str); 14] = [
    ("review", "review                       you look at it; the others see that"),
    ("item", "item A06 present because the page says so  or `absent`: what the machine did not see, or a person found wanting"),
    ("name", "name Example Hosting Ltd     how the public list would name it"),
    ("alias", "alias security@example.net   the single alias; `because ...` if it does not look like a role's"),
    ("category", "category vendor              or public-hosting-provider, large-scale-user, os-distributor"),
    ("incomplete", "incomplete                   drafts the public answer with the open items in the policy's words"),
    ("accept", "accept                       drafts the public answer; a second person's `send` adds the member"),
    ("reject", "reject because ...           drafts the public answer, with the way to appeal; the words are public"),
    ("send", "send                         the drafted answer goes to the public list"),
    ("retract", "retract                      the draft is void"),
    ("withdrawn", "withdrawn                    the applicant has taken it back; `because ...` says where that stands"),
    ("expired", "expired because ...          nobody answers any more"),
    ("appealed", "appealed                     the applicant appeals against the rejection"),
    ("note", "note: asked the lawyer       for the record; goes to nobody"),
];

pub(super) const MEMBER: [(&str, &str); 21] = [
    ("second", "second                       you agree to what another person proposed"),
    ("retract", "retract                      the proposal is off"),
    ("remove", "remove because ...           nothing more goes there; a second person makes it final"),
    ("freeze", "freeze because ...           nothing more goes there until somebody thaws it"),
    ("thaw", "thaw                         it gets mail again; `because ...` where its alias was never confirmed"),
    ("probe", "probe                        ask the alias whether it is read"),
    ("confirmed", "confirmed because ...        you know that the alias is read"),
    ("settled", "settled because ...          what was to be done is dealt with"),
    ("address", "address security@new.example because ...  the old and the new alias are asked, then the team"),
    ("approve-address", "approve-address              both agreed: it changes now"),
    ("keep-address", "keep-address                 it stays as it is"),
    ("terms", "terms v3.23 2026-11-21       it accepted that version of the policy on that day"),
    ("domains", "domains example.net example.org  all its domains"),
    ("category", "category vendor              or public-hosting-provider, large-scale-user, os-distributor"),
    ("poster", "poster jo@example.net        is confirmed to write for it"),
    ("no-poster", "no-poster jo@example.net     is not any more"),
    ("tls", "tls verify                   or `tls opportunistic`: what the way to it must be"),
    ("rename", "rename Example Hosting Ltd   how the public list names it"),
    ("keep", "keep because ...             looked at again, and it stays"),
    ("note", "note: phoned them            for the record; goes to nobody"),
    ("status", "status                       where it stands"),
];

/// The forms of a context, as the help shows them.
pub(super) const fn shown<const N: usize>(forms: [(&'static str, &'static str); N]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut at = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of bounds")]
    while at < N {
        all[at] = forms[at].1;
        at += 1;
    }
    all
}

/// What can stand behind one of the words.
pub(super) fn takes(head: &str) -> Takes {
    match head {
        "domains" | "rename" | "name" | "terms" => Takes::Arguments,
        "remove" | "freeze" | "thaw" | "confirmed" | "settled" | "keep" | "address" | "alias" | "item" | "reject"
        | "withdrawn" | "appealed" | "expired" => Takes::Reason,
        _ => Takes::Other,
    }
}

/// What people write instead. Answered with a question, never obeyed.
const SYNONYMS: [(&str, &[&str]); 5] = [
    ("accept", &["approve", "approved", "accepted", "ok", "okay", "yes", "+1", "lgtm"]),
    ("reject", &["rejected", "decline", "declined", "deny", "no", "-1"]),
    ("send", &["confirm", "post", "publish", "go", "ship"]),
    ("second", &["agree", "agreed", "seconded", "approve", "ok", "okay", "yes", "+1"]),
    ("freeze", &["suspend", "stop", "disable"]),
];

type Read<T> = Result<T, Problem>;

/// What the first line asks for about an application; `None` when it does not begin with one of the words.
pub(super) fn application(first: &Line, lines: &Lines) -> Read<Option<ApplicationCommand>> {
    let Some(reader) = Reader::of(first, lines, &APPLICATION, CommandContext::Application)? else { return Ok(None) };
    let ask = |request| Ok(Some(ApplicationCommand::Ask(request)));
    match reader.word {
        "review" => ask(reader.bare(ApplicationRequest::Review)?),
        "send" => ask(reader.bare(ApplicationRequest::Send { digest: None })?),
        "retract" => ask(reader.bare(ApplicationRequest::Retract)?),
        "item" => {
            let (item, rest) = reader.first(reader.rest)?;
            let (state, rest) = reader.first(rest)?;
            let state = match state {
                "present" => FoundState::Present,
                "absent" => FoundState::Absent,
                _ => return Err(reader.wrong()),
            };
            let because = reader.because(rest)?.ok_or_else(|| reader.wrong())?;
            ask(ApplicationRequest::Item { item: item.to_owned(), state, because })
        }
        "name" => ask(ApplicationRequest::Name { organisation: reader.line()? }),
        "alias" => {
            let (address, because) = reader.address()?;
            Ok(Some(ApplicationCommand::Alias { address, because }))
        }
        "category" => ask(ApplicationRequest::Category { category: reader.category()? }),
        "incomplete" => Ok(Some(reader.bare(ApplicationCommand::Draft { answer: Answer::Incomplete, because: None })?)),
        "accept" => Ok(Some(reader.bare(ApplicationCommand::Draft { answer: Answer::Accepted, because: None })?)),
        "reject" => {
            let because = reader.because(reader.rest)?.ok_or_else(|| reader.wrong())?;
            Ok(Some(ApplicationCommand::Draft { answer: Answer::Rejected, because: Some(because) }))
        }
        "withdrawn" => ask(ApplicationRequest::Withdrawn { because: reader.because(reader.rest)? }),
        "appealed" => ask(ApplicationRequest::Appealed { because: reader.because(reader.rest)? }),
        "expired" => ask(ApplicationRequest::Expire { because: reader.because(reader.rest)?.ok_or_else(|| reader.wrong())? }),
        _ => ask(ApplicationRequest::Note { text: reader.said()? }),
    }
}

/// The same about a member.
pub(super) fn member(first: &Line, lines: &Lines) -> Read<Option<MemberCommand>> {
    let Some(reader) = Reader::of(first, lines, &MEMBER, CommandContext::Member)? else { return Ok(None) };
    let must = || reader.because(reader.rest)?.ok_or_else(|| reader.wrong());
    let request = match reader.word {
        "status" => return Ok(None),
        "second" => reader.bare(MemberRequest::Second)?,
        "retract" => reader.bare(MemberRequest::Retract)?,
        "approve-address" => reader.bare(MemberRequest::ApproveAddress)?,
        "keep-address" => reader.bare(MemberRequest::KeepAddress)?,
        "probe" => return reader.bare(MemberCommand::Probe).map(Some),
        "remove" => MemberRequest::Remove { because: must()? },
        "freeze" => MemberRequest::Freeze { because: must()? },
        "thaw" => MemberRequest::Thaw { because: reader.because(reader.rest)? },
        "confirmed" => MemberRequest::Confirm { because: must()? },
        "settled" => MemberRequest::Settle { because: must()? },
        "keep" => MemberRequest::Keep { because: must()? },
        "address" => {
            let (address, because) = reader.address()?;
            return Ok(Some(MemberCommand::Address { address, because }));
        }
        "poster" => return Ok(Some(MemberCommand::Poster { address: reader.one_address()? })),
        "no-poster" => MemberRequest::DropPoster { address: reader.one_address()? },
        "terms" => {
            let (version, rest) = reader.first(reader.rest)?;
            let on: Date = reader.only(rest)?.parse().map_err(|_| reader.wrong())?;
            MemberRequest::Terms { terms: Terms { version: version.to_owned(), on } }
        }
        "domains" => {
            let words = reader.line()?;
            let domains: Vec<String> = words.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
            let fits = |domain: &String| domain.contains('.') && !domain.contains(['@', '/', ':']);
            if domains.is_empty() || !domains.iter().all(fits) {
                return Err(reader.wrong());
            }
            MemberRequest::Domains { domains }
        }
        "category" => MemberRequest::Category { category: reader.category()? },
        "tls" => match reader.only(reader.rest)?.as_str() {
            "verify" => MemberRequest::Tls { tls: TlsRequirement::Verify },
            "opportunistic" => MemberRequest::Tls { tls: TlsRequirement::Opportunistic },
            _ => return Err(reader.wrong()),
        },
        "rename" => MemberRequest::Rename { organisation: reader.line()? },
        _ => MemberRequest::Note { text: reader.said()? },
    };
    Ok(Some(MemberCommand::Ask(request)))
}

/// What to answer to a first line that begins with none of the words.
pub(super) fn misread(line: &Line, context: CommandContext) -> Problem {
    let forms: &[(&'static str, &str)] = if context == CommandContext::Application { &APPLICATION } else { &MEMBER };
    let words: Vec<String> = line.words().take(4).collect();
    let known = |word: &str| forms.iter().map(|(known, _)| *known).find(|known| *known == word);
    if let Some(word) = words.iter().find_map(|word| known(word)) {
        return if line.ends_with_question() { Problem::Question(word) } else { Problem::NotAlone(word) };
    }
    let whole = line.bare().to_lowercase();
    let meant = |said: &str| SYNONYMS.iter().find(|(of, words)| known(of).is_some() && words.contains(&said)).map(|(of, _)| *of);
    if let Some(word) = meant(&whole).or_else(|| words.iter().find_map(|word| meant(word))) {
        return Problem::DidYouMean(word);
    }
    let close =
        words.first().and_then(|word| forms.iter().map(|(known, _)| *known).find(|known| vocabulary::mistyped(word, known)));
    close.map_or(Problem::Unknown, Problem::DidYouMean)
}

struct Reader<'a> {
    word: &'static str,
    form: &'static str,
    rest: &'a str,
    lines: &'a Lines,
    words: &'static [(&'static str, &'static str)],
}

impl<'a> Reader<'a> {
    fn of(
        first: &'a Line,
        lines: &'a Lines,
        words: &'static [(&'static str, &'static str)],
        context: CommandContext,
    ) -> Read<Option<Self>> {
        let (head, rest) = first.split_head();
        let Some((word, form)) = words.iter().find(|(word, _)| *word == head) else {
            // `help` and `status` are everybody's.
            return if ["help", "status"].contains(&head.as_str()) { Ok(None) } else { Err(misread(first, context)) };
        };
        if first.ends_with_question() {
            return Err(Problem::Question(word));
        }
        Ok(Some(Self { word, form, rest: rest.trim(), lines, words }))
    }

    fn wrong(&self) -> Problem {
        Problem::Form(self.word, self.form)
    }

    /// Nothing stands on the lines below that takes back or limits what was said.
    fn alone<T>(&self, value: T) -> Read<T> {
        for line in self.lines.after() {
            if let Some(other) = self.other(line) {
                return Err(Problem::Ambiguous(self.word, other));
            }
            if vocabulary::turns_round(line) {
                return Err(Problem::Conditional(self.word));
            }
        }
        Ok(value)
    }

    /// Another command, alone on its line.
    fn other(&self, line: &Line) -> Option<&'static str> {
        let bare = line.bare().to_lowercase();
        self.words.iter().map(|(word, _)| *word).find(|word| *word == bare && *word != self.word)
    }

    fn bare<T>(&self, value: T) -> Read<T> {
        if line::without_end_marks(self.rest).is_empty() { self.alone(value) } else { Err(self.wrong()) }
    }

    fn first<'r>(&self, text: &'r str) -> Read<(&'r str, &'r str)> {
        let (one, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        if one.is_empty() { Err(self.wrong()) } else { Ok((one, rest.trim())) }
    }

    /// The only word.
    fn only(&self, text: &str) -> Read<String> {
        let mut words = text.split_whitespace();
        match (words.next(), words.next()) {
            (Some(one), None) => self.alone(line::without_end_marks(one).to_lowercase()),
            _ => Err(self.wrong()),
        }
    }

    /// What stands on the line, which may be several words.
    fn line(&self) -> Read<String> {
        let text = self.rest.trim();
        if text.is_empty() { Err(self.wrong()) } else { self.alone(text.to_owned()) }
    }

    fn category(&self) -> Read<Category> {
        self.only(self.rest)?.parse().map_err(|()| self.wrong())
    }

    fn one_address(&self) -> Read<Address> {
        match self.address()? {
            (address, None) => Ok(address),
            _ => Err(self.wrong()),
        }
    }

    fn address(&self) -> Read<(Address, Option<String>)> {
        let (address, rest) = self.first(self.rest)?;
        let address = line::without_link(address).trim_matches(['<', '>', ',', ';']).parse().map_err(|_| self.wrong())?;
        Ok((address, self.because(rest)?))
    }

    /// `because ...`, with the lines below; nothing is nothing, anything else is wrong.
    fn because(&self, rest: &str) -> Read<Option<String>> {
        let rest = line::without_separator(rest);
        let (head, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        match head.trim_end_matches(':').to_lowercase().as_str() {
            "" => self.alone(None),
            "because" => self.text(reason)?.ok_or_else(|| self.wrong()).map(Some),
            _ => Err(self.wrong()),
        }
    }

    fn said(&self) -> Read<String> {
        self.text(self.rest)?.ok_or(Problem::MissingText(self.word))
    }

    /// A text that begins on this line and goes on below.
    fn text(&self, begun: &str) -> Read<Option<String>> {
        if let Some(other) = self.lines.after().find_map(|line| self.other(line)) {
            return Err(Problem::Ambiguous(self.word, other));
        }
        with_lines_below(self.word, begun, self.lines)
    }
}
