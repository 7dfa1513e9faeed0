//! `embargod case calendar`: an `.ics` with the three facts that may be public during an embargo, and no others (P56).

use std::{fs, path::PathBuf};

use jiff::Timestamp;

use super::super::{
    Status, client,
    stateful::{Number, Target, missing},
};
use crate::{
    cases::{CaseEvent, CaseFile, Numbering, Recorded},
    clock::{Clock as _, SystemClock},
    config::Config,
    disclosure::CaseId,
    publication::{self, Outline, PublicFacts, Publisher, Standing},
    store::{StoreError, case, read},
};

/// Writes the calendar of one case, or of all that members know and the world does not.
pub(super) fn run(target: &Target, id: Option<Number>, out: Option<&PathBuf>) -> Status {
    target.look(|config, connection, _| {
        let ids = match id {
            Some(id) => vec![id.0],
            None => read::cases(connection, read::Which::All)?.iter().map(|row| row.id).collect(),
        };
        let mut facts = Vec::new();
        for one in ids {
            let record = case::events(connection, CaseId(one))?;
            let file = CaseFile::fold(CaseId(one), &record).map_err(|error| StoreError::Judgement(error.to_string()));
            match (record.is_empty(), id) {
                (true, Some(id)) => return Ok(missing("case", &id)),
                (true, None) => {}
                (false, _) => facts.extend(public_facts(&file?, &record)),
            }
        }
        let standing = match (id, facts.first()) {
            (Some(_), Some(only)) => only.standing(),
            _ => Standing::Planned,
        };
        Ok(match publication::calendar(&facts, standing, &publisher(config), SystemClock.now()) {
            Some(text) => deliver(&text, out),
            None => {
                client::complain(&"there is no date to tell: members have not heard of it, or it is public");
                Status::No
            }
        })
    })
}

/// Prints the card of a case: what members may say in public (P56).
pub(super) fn card(target: &Target, id: &Number) -> Status {
    target.look(|config, connection, _| {
        let record = case::events(connection, CaseId(id.0))?;
        if record.is_empty() {
            return Ok(missing("case", id));
        }
        let file = CaseFile::fold(CaseId(id.0), &record).map_err(|error| StoreError::Judgement(error.to_string()))?;
        Ok(match public_facts(&file, &record) {
            Some(facts) => {
                client::say(&publication::card(&facts, &publisher(config)).trim_end());
                Status::Done
            }
            None => {
                client::complain(&"there is nothing to tell: members have not heard of it, or it is public");
                Status::No
            }
        })
    })
}

/// Number and dates of a case that members have heard of and the world has not.
fn public_facts(file: &CaseFile, record: &[Recorded]) -> Option<PublicFacts> {
    if file.predisclosed_at().is_none() || file.public_cause().is_some() {
        return None;
    }
    let (number, standing) = match file.numbering() {
        Numbering::Allocated(number) => (number, Standing::Planned),
        Numbering::Burnt(number) => (number, Standing::Withdrawn),
        Numbering::None | Numbering::Published(_) => return None,
    };
    let date = |recorded: &Recorded| match &recorded.event {
        CaseEvent::EmbargoSet { until, .. }
        | CaseEvent::EmbargoShortened { until, .. }
        | CaseEvent::EmbargoLengthened { until, .. } => Some(*until),
        _ => None,
    };
    let dates: Vec<Timestamp> = record.iter().filter_map(date).collect();
    PublicFacts::from_history(number, &dates, standing)
}

/// What a calendar names of its publisher: the team, its address, the prefix. Nothing else of it stands in the file.
fn publisher(config: &Config) -> Publisher {
    let project = &config.project;
    Publisher {
        name: project.team_name.clone(),
        namespace: String::new(),
        contact_address: project.security.clone(),
        contact: String::new(),
        prefix: project.advisory_prefix.clone(),
        vendor: String::new(),
        product: String::new(),
        index_project: String::new(),
        pages: String::new(),
        csaf_pages: String::new(),
        repository: None,
        cpe: None,
        cna: None,
        policy_url: project.policy_url.clone(),
        uid_domain: project.security.domain().to_owned(),
        outline: Outline::default(),
    }
}

/// Its line ends are CRLF (RFC 5545 3.1), on standard output, too.
fn deliver(text: &str, out: Option<&PathBuf>) -> Status {
    let Some(path) = out else {
        client::say(&text.trim_end_matches('\n'));
        return Status::Done;
    };
    match fs::write(path, text) {
        Ok(()) => {
            client::say(&format!("{} is written", path.display()));
            Status::Done
        }
        Err(error) => client::refuse(&format!("{} cannot be written: {}", path.display(), error.kind())),
    }
}

#[cfg(test)]
mod tests;
