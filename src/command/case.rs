//! The commands about a case: a word, its arguments in a fixed order, and perhaps a reason in words.
//!
//! One form for each; anything else on the line is an error that shows the form, because what a person added may be a condition.

use std::{collections::BTreeSet, str::FromStr};

use jiff::Timestamp;

use super::{
    CommandContext, MAX_TEXT, Problem,
    line::{self, Line, Lines, Takes},
    vocabulary::{self, Verb},
    with_lines_below,
};
use crate::{
    cases::{CloseReason, DisarmCause, EarlyEnd, InvolvedRole, NumberWish, Publicity, Request, Support, WishKind, parse_instant},
    disclosure::{AdvisoryNumber, CaseId, CveId, DeploymentPermission, PersonName},
    mail::Address,
};

/// How each command is written, by an example and what it does; the first word is the one it begins with. The help shows them in this order.
pub(super) const FORMS: [(&str, &str); 45] = [
    ("claim", "claim                        you handle it; `claim from NAME` takes it over"),
    ("promise", "promise 2026-12-01T12:00:00Z  you will answer the discoverer by then; you are reminded"),
    ("public", "public yes https://example.org/1  it can be read there; or `public no`, `public unknown`"),
    ("scope", "scope supported hypervisor   security support, and the component; or `scope unsupported tools`"),
    ("confirm", "confirm                      it is a vulnerability of ours"),
    ("xsa", "xsa next                     its advisory gets the next number; or `xsa 484`"),
    ("burn", "burn because it was no bug   its number will never be used"),
    ("cve", "cve assigned CVE-2026-1234   all of them; or `cve requested`, `cve none`"),
    ("discoverer", "discoverer dora@finder.example  whose report it is, where the mail did not say"),
    ("discoverer-date", "discoverer-date 2026-12-08T12:00:00Z  what the discoverer wants: no later"),
    ("consent", "consent 2026-12-15T12:00:00Z <id@x.example>  the discoverer agrees to that, by that mail"),
    ("embargo", "embargo 2026-12-08T12:00:00Z  on another day than the policy's: `embargo INSTANT because ...`"),
    ("prepare", "prepare                      the advisory is being written"),
    ("patch", "patch complete 4.20 4.21     these branches have all their patches"),
    ("deployment", "deployment patches-only      or all-permitted, members-only, host-and-member-vms, custom; `because ...`"),
    ("involve", "involve psirt@vendor.example vendor  or expert, other-project, project-lead, coordinator"),
    ("agreed", "agreed psirt@vendor.example  they agreed to the embargo; also with the Message-ID of their mail"),
    ("heard", "heard psirt@vendor.example   they answered"),
    ("uninvolve", "uninvolve psirt@vendor.example  they no longer take part"),
    ("consultation", "consultation 2026-12-01T12:00:00Z Cirrus: may they?  a member asks; to be answered until then"),
    ("answered", "answered 1: yes              the answer to the first question"),
    ("retrospective", "retrospective 1234abcd       its fix is published already, as that changeset"),
    ("upstream", "upstream 2026-12-08T12:00:00Z QEMU  it is that project's advisory, embargoed until then"),
    ("request", "request credit: name the university  or anonymity, date, contact; `request answered 1: ...`"),
    ("second", "second                       you agree to what another person proposed"),
    ("retract", "retract                      you take your proposal back"),
    ("arm", "arm                          you have read the public revision, and it may go out at its instant"),
    ("disarm", "disarm                       it must not go out as it is"),
    ("pushed", "pushed 1234abcd 5678ef01     the fixes are in the public trees; the ids may be left out"),
    ("page-published", "page-published               the advisory is on the page, by hand"),
    ("delivered", "delivered xen-devel@example.org  that destination of the release has it: you have looked"),
    ("in-the-wild", "in-the-wild: what was seen, and where  exploited: the embargo ends; a second person must agree"),
    ("leaked", "leaked: what, and where      it is out: the embargo ends; a second person must agree"),
    ("discoverer-early", "discoverer-early: where      the discoverer published; a second person must agree"),
    ("snooze", "snooze 2026-12-08T12:00:00Z  no reminders until then"),
    ("decide", "decide: we wait for the vendor  a decision, sealed until the publication"),
    (
        "handover",
        "handover Linux security@kernel.example <id@x.example>  to their contact, as the discoverer agreed by that mail",
    ),
    ("report-sent", "report-sent                  the transparency report went out"),
    ("waive-report", "waive-report because nothing was decided  there will be none; needs a second person"),
    ("duplicate", "duplicate of case-12         closes it"),
    ("not-a-vulnerability", "not-a-vulnerability because root can do it anyway  closes it"),
    ("other-project", "other-project Linux          closes it; so do `unsupported` and `withdrawn because ...`"),
    ("unsupported", "unsupported                  closes it"),
    ("withdrawn", "withdrawn because she was mistaken  closes it"),
    ("close", "close: published by hand      it is done, and how"),
];

/// The word a line begins with, if it is one of this file.
pub(super) fn word(head: &str) -> Option<&'static str> {
    FORMS.iter().map(|(word, _)| *word).find(|word| *word == head)
}

/// What can stand behind one of the words.
pub(super) fn takes(head: &str) -> Takes {
    match head {
        "public" | "scope" | "cve" | "consent" | "patch" | "involve" | "agreed" | "pushed" | "upstream" | "handover" => {
            Takes::Arguments
        }
        "burn" | "embargo" | "deployment" | "waive-report" | "not-a-vulnerability" | "unsupported" | "withdrawn" => Takes::Reason,
        _ => Takes::Other,
    }
}

/// What the first line asks for; `None` when it does not begin with one of our words.
pub(super) fn read(first: &Line, lines: &Lines) -> Result<Option<Request>, Problem> {
    let (head, rest) = first.split_head();
    let Some(word) = word(&head) else { return Ok(None) };
    if first.ends_with_question() && !rest.contains(char::is_whitespace) {
        return Err(Problem::Question(word));
    }
    let request = Reader { word, rest: rest.trim(), lines }.request()?;
    Ok(Some(request))
}

/// What the discoverer is to read, below the command.
pub(super) fn to_discoverer(below: &Lines) -> Result<String, Problem> {
    const MARK: &str = "To the discoverer:";
    if let Some(other) = below.command().into_iter().chain(below.after()).find_map(commands) {
        return Err(Problem::Ambiguous(MARK, other));
    }
    let text = below.as_text();
    let text = text.trim_matches('\n').trim_end();
    match text.len() {
        0 => Err(Problem::MissingText(MARK)),
        length if length > MAX_TEXT => Err(Problem::TooLong(MARK)),
        _ => Ok(text.to_owned()),
    }
}

/// What people write instead. Answered with a question, never obeyed.
const SYNONYMS: [(&str, &[&str]); 3] = [
    ("claim", &["claimed", "take", "taken", "mine", "assign"]),
    ("close", &["closed", "resolve", "resolved", "done", "finish"]),
    ("second", &["seconded", "agree", "ok", "okay", "yes", "+1", "approve"]),
];

/// The word that one in the middle of a sentence stands for: itself, or what it is a synonym of.
pub(super) fn intended(said: &str) -> Option<&'static str> {
    if let Some(word) = word(said) {
        return Some(word);
    }
    SYNONYMS.iter().find(|(_, words)| words.contains(&said)).map(|(meant, _)| *meant)
}

/// The word that a mistyped one stands for.
pub(super) fn meant(head: &str) -> Option<&'static str> {
    FORMS.iter().map(|(word, _)| *word).find(|word| vocabulary::mistyped(head, word))
}

/// Whether a line below is a command by itself: a bare word, or a word with arguments that read.
pub(super) fn commands(line: &Line) -> Option<&'static str> {
    if let Some(verb) = Verb::bare(&line.bare().to_lowercase(), CommandContext::Case).filter(|verb| !verb.harmless()) {
        return Some(verb.word());
    }
    let (head, _) = line.split_head();
    let word = word(&head)?;
    let (head, rest) = line.split_head();
    let alone = Lines::of("");
    let reads = Reader { word, rest: rest.trim(), lines: &alone }.request().is_ok();
    // "request" and "close" begin sentences, too: there the whole line must be the command.
    (reads && (line.bare().to_lowercase() == head || !matches!(word, "request" | "close" | "decide" | "answered")))
        .then_some(word)
}

struct Reader<'a> {
    word: &'static str,
    rest: &'a str,
    lines: &'a Lines,
}

type Read<T> = Result<T, Problem>;

impl Reader<'_> {
    fn wrong(&self) -> Problem {
        let form = FORMS.iter().find(|(word, _)| *word == self.word).map_or(self.word, |(_, form)| *form);
        Problem::Form(self.word, form)
    }

    fn request(&self) -> Read<Request> {
        Ok(match self.word {
            "claim" => self.claim()?,
            "public" => self.public()?,
            "scope" => self.scope()?,
            "confirm" => self.bare(Request::Confirm)?,
            "prepare" => self.bare(Request::Prepare)?,
            "retract" => self.bare(Request::Retract)?,
            "xsa" => self.number()?,
            "burn" => Request::Burn { because: self.because(self.rest)? },
            "cve" => self.cve()?,
            "discoverer" => self.alone(Request::Discoverer { address: self.one()? })?,
            "discoverer-date" => self.alone(Request::DiscovererDate { date: self.one()? })?,
            "promise" => self.alone(Request::Promise { until: self.one()? })?,
            "snooze" => self.alone(Request::Snooze { until: self.one()? })?,
            "consent" => self.consent()?,
            "embargo" => self.embargo()?,
            "patch" => self.patch()?,
            "deployment" => self.deployment()?,
            "involve" => self.involve()?,
            "agreed" => self.agreed()?,
            "heard" => self.alone(Request::Heard { address: self.one()? })?,
            "uninvolve" => self.alone(Request::Uninvolve { address: self.one()? })?,
            "consultation" => self.consultation()?,
            "answered" => {
                let (consultation, answer) = self.answer(self.rest)?;
                Request::Answer { consultation, answer }
            }
            "retrospective" => self.alone(Request::Retrospective { changeset: self.one()? })?,
            "upstream" => self.upstream()?,
            "request" => self.wish()?,
            "second" => self.second()?,
            "arm" => self.bare(Request::Arm)?,
            "disarm" => self.bare(Request::Disarm { cause: DisarmCause::Person })?,
            "pushed" => self.pushed()?,
            "page-published" => self.bare(Request::PagePublished)?,
            "delivered" => self.alone(Request::DestinationDone { destination: self.one()? })?,
            "in-the-wild" => Request::EndEmbargo { cause: EarlyEnd::ExploitedInTheWild, what: self.said()? },
            "leaked" => Request::EndEmbargo { cause: EarlyEnd::Leaked, what: self.said()? },
            "discoverer-early" => Request::EndEmbargo { cause: EarlyEnd::DiscovererEarly, what: self.said()? },
            "handover" => self.handover()?,
            "report-sent" => self.bare(Request::ReportSent)?,
            "waive-report" => Request::WaiveReport { because: self.because(self.rest)?.ok_or_else(|| self.wrong())? },
            "decide" => Request::Decide { text: self.said()? },
            _ => self.close()?,
        })
    }

    /// Nothing stands on the lines below that takes back or limits what was said.
    fn alone(&self, request: Request) -> Read<Request> {
        for line in self.lines.after() {
            if let Some(other) = commands(line).filter(|other| *other != self.word) {
                return Err(Problem::Ambiguous(self.word, other));
            }
            if vocabulary::turns_round(line) {
                return Err(Problem::Conditional(self.word));
            }
        }
        Ok(request)
    }

    /// A word without arguments.
    fn bare(&self, request: Request) -> Read<Request> {
        if line::without_end_marks(self.rest).is_empty() { self.alone(request) } else { Err(self.wrong()) }
    }

    /// The only argument.
    fn one<T: Argument>(&self) -> Read<T> {
        let mut words = self.rest.split_whitespace();
        match (words.next(), words.next()) {
            (Some(one), None) => T::read(one).ok_or_else(|| self.wrong()),
            _ => Err(self.wrong()),
        }
    }

    /// The first argument, and what follows it.
    fn first<T: Argument>(&self) -> Read<(T, &str)> {
        let (one, rest) = self.rest.split_once(char::is_whitespace).unwrap_or((self.rest, ""));
        Ok((T::read(one).ok_or_else(|| self.wrong())?, rest.trim()))
    }

    /// What follows the word, with the lines below.
    fn said(&self) -> Read<String> {
        self.text(self.rest)?.ok_or(Problem::MissingText(self.word))
    }

    /// `because ...`, with the lines below; anything else is wrong.
    fn because(&self, rest: &str) -> Read<Option<String>> {
        let rest = line::without_separator(rest);
        let (head, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        match head.trim_end_matches(':').to_lowercase().as_str() {
            "" => self.alone(Request::Confirm).map(|_| None),
            "because" => self.text(reason)?.ok_or_else(|| self.wrong()).map(Some),
            _ => Err(self.wrong()),
        }
    }

    /// A text that begins on this line and goes on below.
    fn text(&self, begun: &str) -> Read<Option<String>> {
        if let Some(other) = self.lines.after().find_map(commands) {
            return Err(Problem::Ambiguous(self.word, other));
        }
        with_lines_below(self.word, begun, self.lines)
    }

    fn claim(&self) -> Read<Request> {
        if self.rest.is_empty() || line::without_end_marks(self.rest).is_empty() {
            return self.bare(Request::Claim { instead_of: None });
        }
        let (from, name) = self.first::<String>()?;
        let one = !name.is_empty() && !name.contains(char::is_whitespace);
        if !from.eq_ignore_ascii_case("from") || !one {
            return Err(self.wrong());
        }
        self.alone(Request::Claim { instead_of: Some(PersonName(line::without_end_marks(name).to_owned())) })
    }

    /// P84: without the discoverer's word for it nothing is handed to anybody, so the mail that says so belongs to the form.
    fn handover(&self) -> Read<Request> {
        let words: Vec<&str> = self.rest.split_whitespace().collect();
        let [project @ .., contact, consent] = words.as_slice() else { return Err(self.wrong()) };
        let project = project.join(" ");
        let contact = Address::read(contact).filter(|_| !project.is_empty()).ok_or_else(|| self.wrong())?;
        self.alone(Request::Handover { project, contact, consent: Some((*consent).to_owned()) })
    }

    fn public(&self) -> Read<Request> {
        let (answer, source) = self.first::<String>()?;
        let answer = match line::without_end_marks(&answer).to_lowercase().as_str() {
            "yes" => Publicity::Yes,
            "no" => Publicity::No,
            "unknown" => Publicity::Unknown,
            _ => return Err(self.wrong()),
        };
        let source = line::without_separator(source);
        // "public no, but ..." is no answer.
        if answer != Publicity::Yes && !source.is_empty() {
            return Err(self.wrong());
        }
        self.alone(Request::Public { answer, source: (!source.is_empty()).then(|| source.to_owned()) })
    }

    fn scope(&self) -> Read<Request> {
        let words: Vec<&str> = self.rest.split_whitespace().collect();
        let (answer, component, link) = match words.as_slice() {
            [answer] => (answer, None, None),
            [answer, component] => (answer, Some(component), None),
            [answer, component, link] => (answer, Some(component), Some(link)),
            _ => return Err(self.wrong()),
        };
        let support = match answer.to_lowercase().as_str() {
            "supported" => Support::Supported,
            "unsupported" => Support::Unsupported,
            _ => return Err(self.wrong()),
        };
        let owned = |text: Option<&&str>| text.map(|text| (*text).to_owned());
        self.alone(Request::Scope { support, component: owned(component), link: owned(link) })
    }

    fn number(&self) -> Read<Request> {
        let wish = match line::without_end_marks(self.rest).to_lowercase().as_str() {
            "" | "next" => NumberWish::Next,
            number => NumberWish::This(AdvisoryNumber::from_str(number).map_err(|_| self.wrong())?),
        };
        self.alone(Request::Number { wish })
    }

    fn cve(&self) -> Read<Request> {
        let (what, ids) = self.first::<String>()?;
        let request = match (line::without_end_marks(&what).to_lowercase().as_str(), ids) {
            ("requested", "") => Request::CveRequest,
            ("none", "") => Request::CveNone,
            ("assigned", ids) if !ids.is_empty() => {
                let ids = ids.split([' ', ',']).filter(|id| !id.is_empty()).map(|id| id.to_uppercase().parse::<CveId>());
                Request::CveAssign { ids: ids.collect::<Result<BTreeSet<_>, _>>().map_err(|_| self.wrong())? }
            }
            _ => return Err(self.wrong()),
        };
        self.alone(request)
    }

    fn consent(&self) -> Read<Request> {
        let (until, evidence) = self.first::<Timestamp>()?;
        if evidence.is_empty() || evidence.contains(char::is_whitespace) {
            return Err(self.wrong());
        }
        self.alone(Request::Consent { until, evidence: evidence.to_owned() })
    }

    fn embargo(&self) -> Read<Request> {
        let (until, rest) = self.first::<Timestamp>()?;
        Ok(Request::Embargo { until, because: self.because(rest)? })
    }

    fn patch(&self) -> Read<Request> {
        let (what, branches) = self.first::<String>()?;
        if !what.eq_ignore_ascii_case("complete") || branches.is_empty() {
            return Err(self.wrong());
        }
        let branches = branches.split([' ', ',']).filter(|branch| !branch.is_empty()).map(str::to_owned).collect();
        self.alone(Request::PatchComplete { branches })
    }

    /// `pushed`, perhaps with ids of changesets: seven hexadecimal digits or more.
    fn pushed(&self) -> Read<Request> {
        let ids = self.rest.split([' ', ',']).filter(|id| !id.is_empty()).map(line::without_end_marks);
        let commits: Vec<String> = ids.filter(|id| !id.is_empty()).map(str::to_ascii_lowercase).collect();
        let is_id = |id: &String| (7..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !commits.iter().all(is_id) {
            return Err(self.wrong());
        }
        self.alone(Request::Pushed { commits })
    }

    fn deployment(&self) -> Read<Request> {
        let (permission, rest) = self.first::<DeploymentPermission>()?;
        Ok(Request::Deployment { permission, because: self.because(rest)? })
    }

    fn involve(&self) -> Read<Request> {
        let (address, role) = self.first::<Address>()?;
        let role = InvolvedRole::read(line::without_end_marks(role)).ok_or_else(|| self.wrong())?;
        self.alone(Request::Involve { address, role })
    }

    fn agreed(&self) -> Read<Request> {
        let (address, evidence) = self.first::<Address>()?;
        if evidence.contains(char::is_whitespace) {
            return Err(self.wrong());
        }
        self.alone(Request::Agreed { address, evidence: (!evidence.is_empty()).then(|| evidence.to_owned()) })
    }

    fn consultation(&self) -> Read<Request> {
        let (deadline, rest) = self.first::<Timestamp>()?;
        let (member, question) = rest.split_once(':').ok_or_else(|| self.wrong())?;
        let question = self.text(question)?.ok_or(Problem::MissingText(self.word))?;
        Ok(Request::Consult { member: member.trim().to_owned(), question, owner: None, deadline })
    }

    /// `INSTANT PROJECT`.
    fn upstream(&self) -> Read<Request> {
        let (until, project) = self.first::<Timestamp>()?;
        let project = line::without_end_marks(project).to_owned();
        if project.is_empty() { Err(self.wrong()) } else { self.alone(Request::Upstream { project, id: None, until }) }
    }

    /// `1: the answer`.
    fn answer(&self, rest: &str) -> Read<(u32, String)> {
        let ends = |c: char| c.is_whitespace() || c == ':';
        let (number, answer) = rest.split_once(ends).ok_or_else(|| self.wrong())?;
        let number = number.parse().map_err(|_| self.wrong())?;
        Ok((number, self.text(answer)?.ok_or(Problem::MissingText(self.word))?))
    }

    fn wish(&self) -> Read<Request> {
        let ends = |c: char| c.is_whitespace() || c == ':';
        let (what, rest) = self.rest.split_once(ends).ok_or_else(|| self.wrong())?;
        if what.eq_ignore_ascii_case("answered") {
            let (wish, answer) = self.answer(rest.trim())?;
            return Ok(Request::AnswerWish { wish, answer });
        }
        let wish = match what.to_lowercase().as_str() {
            "credit" => WishKind::Credit,
            "anonymity" => WishKind::Anonymity,
            "date" => WishKind::Date,
            "contact" => WishKind::Contact,
            _ => return Err(self.wrong()),
        };
        Ok(Request::Wish { wish, text: self.text(rest)?.ok_or(Problem::MissingText(self.word))? })
    }

    fn second(&self) -> Read<Request> {
        let serial = match line::without_end_marks(self.rest) {
            "" => None,
            serial => Some(serial.parse().map_err(|_| self.wrong())?),
        };
        self.alone(Request::Second { serial })
    }

    fn close(&self) -> Read<Request> {
        let (word, rest) = match self.word {
            "close" => {
                let rest = line::without_separator(self.rest);
                let (head, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                (head.trim_end_matches([':', ',', '.', '!']).to_lowercase(), after.trim())
            }
            word => (word.to_owned(), self.rest),
        };
        let reason = match word.as_str() {
            "" | "released" => CloseReason::Released,
            "duplicate" => {
                let (of, case) = rest.split_once(char::is_whitespace).ok_or_else(|| self.wrong())?;
                let case = line::without_end_marks(case.trim());
                let of = CaseId::from_str(case).ok().filter(|id| of.eq_ignore_ascii_case("of") && id.0 > 0);
                let of = of.ok_or_else(|| self.wrong())?;
                return self.alone(Request::Close { reason: CloseReason::Duplicate { of }, because: None });
            }
            "not-a-vulnerability" => CloseReason::NotAVulnerability,
            "unsupported" => CloseReason::Unsupported,
            "withdrawn" => CloseReason::Withdrawn,
            "other-project" => {
                let (project, because) = match rest.split_once(" because ") {
                    Some((project, because)) => (project, self.text(because)?),
                    None => (rest, None),
                };
                let project = line::without_end_marks(project.trim()).to_owned();
                if project.is_empty() {
                    return Err(self.wrong());
                }
                return self.alone(Request::Close { reason: CloseReason::OtherProject { project }, because });
            }
            // "close: published as XSA-500 by hand".
            _ if self.word == "close" => {
                let because = self.text(self.rest)?;
                return Ok(Request::Close { reason: CloseReason::ByHand, because });
            }
            _ => return Err(self.wrong()),
        };
        // After a colon the reason needs no `because`.
        let because = match line::without_separator(rest) {
            "" if reason != CloseReason::Released => self.text("")?,
            said if said.is_empty() || said.to_lowercase().starts_with("because") => self.because(said)?,
            said => self.text(said)?,
        };
        Ok(Request::Close { reason, because })
    }
}

/// An argument of one word.
trait Argument: Sized {
    fn read(word: &str) -> Option<Self>;
}

impl Argument for String {
    fn read(word: &str) -> Option<Self> {
        (!word.is_empty()).then(|| word.to_owned())
    }
}

impl Argument for Timestamp {
    fn read(word: &str) -> Option<Self> {
        parse_instant(word.trim_end_matches([',', ';'])).ok()
    }
}

impl Argument for Address {
    fn read(word: &str) -> Option<Self> {
        line::without_link(word).trim_matches(['<', '>', ',', ';']).parse().ok()
    }
}

/// The words of the stored form, which people type, too.
macro_rules! by_stored_word {
    ($type:ty) => {
        impl Argument for $type {
            fn read(word: &str) -> Option<Self> {
                serde_json::from_value(serde_json::Value::String(word.to_lowercase())).ok()
            }
        }
    };
}
by_stored_word!(DeploymentPermission);
by_stored_word!(InvolvedRole);
