//! `embargod case report`: the transparency report, sealed while the case is under embargo (P37, P38).

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::super::{
    Status,
    client::{self, Shape},
    columns::Cell,
    stateful::{Number, Target, missing},
};
use crate::{
    clock::{Clock as _, SystemClock},
    daemon::{act::Request, assemble},
    disclosure::CaseId,
    mail::Digest,
    store::{StoreError, case, sent},
    transparency::{self, Report, Seal, Sources},
};

/// Above and below a sealed report on a terminal.
const RULE: &str = "==============================================================================";

#[derive(Serialize)]
struct Answer<'a> {
    case: i64,
    sealed: bool,
    sha256: String,
    text: &'a str,
}

/// Writes the report of a case to standard output or to a new file that nobody else can read.
pub(super) fn run(target: &Target, id: Number, out: Option<&PathBuf>) -> Status {
    let mut found = None;
    let status = target.look(|config, connection, _| {
        let record = case::events(connection, CaseId(id.0))?;
        if record.is_empty() {
            return Ok(missing("case", &id));
        }
        let standards = assemble::standards(config).map_err(|error| StoreError::Judgement(error.to_string()))?;
        let (project, prefix) = (&config.project.name, &config.project.advisory_prefix);
        let sent = sent::read(connection, CaseId(id.0), prefix)?;
        let sources = Sources {
            case: CaseId(id.0),
            record: &record,
            standards: &standards,
            project,
            prefix,
            members: &sent.members,
            deliveries: &sent.deliveries,
            acknowledged: sent.acknowledged,
        };
        let report =
            transparency::report(&sources, SystemClock.now()).map_err(|error| StoreError::Judgement(error.to_string()))?;
        found = Some(report);
        Ok(Status::Done)
    });
    let Some(report) = found else { return status };
    let digest = Digest::of(report.text.as_bytes());
    if report.seal == Seal::Sealed {
        // Whoever takes a sealed report with them leaves its digest in the record first.
        let kept = target.change_quietly(&Request::SealedReport { id: id.0, sha256: digest });
        if kept != Status::Done {
            return kept;
        }
    }
    match out {
        Some(path) => write(path, &report, &digest),
        None => {
            show(id, &report, &digest, target.shape());
            Status::Done
        }
    }
}

fn show(id: Number, report: &Report, digest: &Digest, shape: Shape) {
    let sealed = report.seal == Seal::Sealed;
    if shape == Shape::Json {
        return client::say_json(&Answer { case: id.0, sealed, sha256: digest.to_string(), text: &report.text });
    }
    let fence = || {
        if sealed {
            client::say(&RULE);
        }
    };
    fence();
    report.text.lines().for_each(|line| client::say(&Cell::from(line).painted()));
    fence();
}

/// A new file of mode 0600: what is there already may be somebody's work, or readable by others.
fn write(path: &Path, report: &Report, digest: &Digest) -> Status {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match file.and_then(|mut file| file.write_all(report.text.as_bytes()).and_then(|()| file.sync_all())) {
        Ok(()) => {
            let seal = if report.seal == Seal::Sealed { "sealed: not for anybody outside the team, " } else { "" };
            client::say(&format!("{} is written ({seal}SHA-256 {digest})", path.display()));
            Status::Done
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            client::refuse(&format!("{} is there already; name a new file", path.display()))
        }
        Err(error) => client::refuse(&format!("{} cannot be written: {}", path.display(), error.kind())),
    }
}
