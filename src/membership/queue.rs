//! What waits: the applications in the order in which somebody should look, and what is due about applications and members.
//!
//! Promises: pure; the same files give the same order. Nothing here decides anything.

use jiff::{SignedDuration, Timestamp};

use super::{
    applying::{ApplicationFile, ApplicationState},
    belonging::{MemberFile, Probe, Standing},
};

/// When something is brought up again. From `rules/application.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// An application waits for the team so long.
    pub team: SignedDuration,
    /// An application waits for the applicant so long.
    pub applicant: SignedDuration,
    /// An alias has so long to answer.
    pub alias: SignedDuration,
    /// Aliases are asked so often.
    pub probe_every: SignedDuration,
}

/// One line of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting<'f> {
    /// The application.
    pub file: &'f ApplicationFile,
    /// What is to be done next, and by whom.
    pub next: String,
    /// Whether it has waited for too long.
    pub late: bool,
}

/// The open applications, those that wait for the team first, the oldest first.
pub fn applications<'f>(
    files: impl IntoIterator<Item = &'f ApplicationFile>,
    patience: &Patience,
    now: Timestamp,
) -> Vec<Waiting<'f>> {
    let mut waiting: Vec<Waiting<'f>> = files
        .into_iter()
        .filter(|file| file.state().is_open() || file.state() == ApplicationState::Accepted)
        .map(|file| {
            let allowed = if waits_for_team(file) { patience.team } else { patience.applicant };
            Waiting { file, next: next(file), late: now.duration_since(file.since()) > allowed }
        })
        .collect();
    waiting.sort_by_key(|waiting| (!waits_for_team(waiting.file), waiting.file.since(), waiting.file.id()));
    waiting
}

fn waits_for_team(file: &ApplicationFile) -> bool {
    file.draft().is_some() || !matches!(file.state(), ApplicationState::Incomplete | ApplicationState::Accepted)
}

fn next(file: &ApplicationFile) -> String {
    if let Some(draft) = file.draft() {
        return match draft.answer {
            super::applying::Answer::Accepted => format!("a second person's `send` (drafted by {})", draft.by),
            answer => format!("`send` for \"{}\"", answer.as_str()),
        };
    }
    let open = file.open_items().count();
    match file.state() {
        ApplicationState::Incomplete => "the applicant sends what is missing".to_owned(),
        ApplicationState::Accepted => "the alias answers".to_owned(),
        ApplicationState::Appealed => "the appeal: `review`, then an answer".to_owned(),
        _ if open > 0 => format!("{open} items are open: `incomplete`, or correct them"),
        ApplicationState::UnderReview => "`accept` or `reject because ...`".to_owned(),
        _ => "`review`: every item is there".to_owned(),
    }
}

/// What of a member a person should hear about: one sentence each.
pub fn members_due(file: &MemberFile, patience: &Patience, now: Timestamp) -> Vec<String> {
    let mut due: Vec<String> = file.to_do().into_iter().map(|to_do| to_do.as_str().to_owned()).collect();
    let silent = file.unanswered().iter().filter(|(at, why)| {
        now.duration_since(*at) > patience.alias && (*why != Probe::New || file.standing() == Standing::Unconfirmed)
    });
    match (silent.count(), file.standing()) {
        (0, _) | (_, Standing::Removed | Standing::Proposed | Standing::Frozen) => {}
        (_, Standing::Unconfirmed) => due.push(
            "its new alias has not answered, and it gets nothing: `probe` asks again, `confirmed because ...` if you know"
                .to_owned(),
        ),
        (1, Standing::Active) => due.push("one question to its alias is unanswered; it stays on the list".to_owned()),
        (times, Standing::Active) => {
            due.push(format!(
                "{times} questions to its alias are unanswered; it stays on the list until people decide otherwise"
            ));
        }
    }
    if let Some(pending) = file.pending(now) {
        let by: Vec<&str> = pending.by.iter().map(|name| name.0.as_str()).collect();
        let by = if by.is_empty() { "the operator".to_owned() } else { by.join(" and ") };
        due.push(format!("`{}`, proposed by {by}, waits for `second`", pending.act.name()));
    }
    due
}
