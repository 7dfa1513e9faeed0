//! Makes the policy from the configuration, its rule files and its letters: whole, or not at all.

use std::{collections::BTreeMap, fs, io, path::Path};

use secrecy::ExposeSecret as _;

use super::convert;
use crate::{
    advisory::AdvisoryRules,
    application::ApplicationRules,
    cases::Standards,
    classify::{INBOX_RULES, InboxRules},
    compose::Letters,
    config::{Config, Dkim},
    decide::{
        Policy,
        policy::{MEMBERS, PAGES},
    },
    mail::DkimSigner,
    moderation::{DISCUSS_RULES, DiscussRules},
};

/// Why no policy could be made. Names the file and, where there is one, the line.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// A file of rules or letters cannot be read.
    #[error("{path}: cannot be read: {kind}; make it readable for the user that runs embargod")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// A rule file, a pattern file or a letter is faulty; the text says where and what to do.
    #[error("{0}")]
    Faulty(String),
}

/// The files of rules that may stand in the place of ours.
const RULE_FILES: [&str; 4] = ["inbox.toml", "discuss.toml", "application.toml", "advisory.toml"];

/// Read from the program and nowhere else, and beside the others where somebody copied the whole folder.
const BUILT_IN: (&str, &str) = ("bounces.toml", include_str!("../../rules/bounces.toml"));

/// The policy of a configuration.
pub fn policy(config: &Config) -> Result<Policy, AssembleError> {
    if let Some(folder) = &config.rules {
        no_stray_rules(folder)?;
    }
    let project = config.project.clone();
    let faulty = |error: &dyn std::fmt::Display| AssembleError::Faulty(error.to_string());
    let file = |name: &str, embedded: &'static str| rule_file(config.rules.as_deref(), name, embedded);
    let (inbox_name, inbox_text) = file("inbox.toml", INBOX_RULES)?;
    let (discuss_name, discuss_text) = file("discuss.toml", DISCUSS_RULES)?;
    let inbox_rules = InboxRules::parse(&inbox_name, &inbox_text, &project).map_err(|error| faulty(&error))?;
    let discuss_rules = DiscussRules::parse(&discuss_name, &discuss_text, &project).map_err(|error| faulty(&error))?;
    let (_, advisory_text) = file("advisory.toml", crate::advisory::ADVISORY_RULES)?;
    Ok(Policy {
        inbox_rules,
        discuss_rules,
        application_rules: application_rules(config)?,
        advisory_rules: AdvisoryRules::parse(&advisory_text).map_err(|error| faulty(&error))?,
        letters: letters(config.letters.as_deref())?,
        calendar: convert::calendar(&config.schedule).map_err(|error| faulty(&error))?,
        targets: convert::targets(&config.schedule),
        version: config.policy.version.clone(),
        reviewed: config.policy.reviewed,
        branches: config.policy.branches.clone(),
        unclaimed_after: config.schedule.unclaimed_after,
        backup_contact: config.schedule.backup_contact.clone(),
        moderation: convert::moderation(config.moderation.mode),
        notice: convert::notice(config.moderation.notice),
        pages: config.publication.as_ref().map(|publication| publication.publisher.clone()),
        answers: convert::answers(config.acknowledgement),
        dkim: None,
        dmarc: config.dmarc.clone(),
        edition: 0,
        team: config.team.clone(),
        uids: config.uids.clone(),
        trust: config.trust.clone(),
        project,
    })
}

/// The policy of the service: with the key that signs letters, which only the service can read.
pub fn service_policy(config: &Config) -> Result<Policy, AssembleError> {
    Ok(Policy { dkim: config.dkim.as_ref().map(signer).transpose()?, ..policy(config)? })
}

fn signer(dkim: &Dkim) -> Result<DkimSigner, AssembleError> {
    let pem = dkim.key.read_text().map_err(|fault| AssembleError::Faulty(fault.to_string()))?;
    DkimSigner::new(&dkim.domain, &dkim.selector, pem.expose_secret().as_bytes())
        .map_err(|bad| AssembleError::Faulty(format!("the DKIM key {} cannot be used: {bad}", dkim.key.file().display())))
}

/// What applications and members are measured by, without the rest of the policy.
pub fn application_rules(config: &Config) -> Result<ApplicationRules, AssembleError> {
    let (_, text) = rule_file(config.rules.as_deref(), "application.toml", crate::application::APPLICATION_RULES)?;
    ApplicationRules::parse(&text).map_err(|error| AssembleError::Faulty(error.to_string()))
}

/// What the handling of cases is measured by, without the rest of the policy: for commands that only look.
pub fn standards(config: &Config) -> Result<Standards, AssembleError> {
    let public = config.project.public.iter().map(|list| list.address.to_string());
    Ok(Standards {
        calendar: convert::calendar(&config.schedule).map_err(|error| AssembleError::Faulty(error.to_string()))?,
        targets: convert::targets(&config.schedule),
        branches: config.policy.branches.clone(),
        destinations: public.chain([MEMBERS.to_owned()]).chain(config.publication.as_ref().map(|_| PAGES.to_owned())).collect(),
        unclaimed_after: config.schedule.unclaimed_after,
    })
}

/// The operator's file of that name, or the embedded one; with the name to show in errors.
fn rule_file(folder: Option<&Path>, name: &str, embedded: &'static str) -> Result<(String, String), AssembleError> {
    let embedded = || (format!("rules/{name}"), embedded.to_owned());
    let Some(path) = folder.map(|folder| folder.join(name)) else { return Ok(embedded()) };
    match fs::read_to_string(&path) {
        Ok(text) => Ok((path.display().to_string(), text)),
        // What is there and cannot be read may be stricter than ours: it must not be passed over, a link into nothing neither.
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => Ok(embedded()),
        Err(error) => Err(AssembleError::Read { path: path.display().to_string(), kind: error.kind() }),
    }
}

/// A file of rules that nobody reads is a safeguard that does nothing.
fn no_stray_rules(folder: &Path) -> Result<(), AssembleError> {
    let unreadable = |error: io::Error| AssembleError::Read { path: folder.display().to_string(), kind: error.kind() };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.ends_with(".toml") || RULE_FILES.contains(&name.as_ref()) {
            continue;
        }
        let shown = path.display();
        if name != BUILT_IN.0 {
            let known = RULE_FILES.join(", ");
            return Err(AssembleError::Faulty(format!(
                "{shown}: no file of rules has this name, and nobody would read it; the names are {known}. Rename it, or give it another ending than .toml"
            )));
        }
        if read(&path)? != BUILT_IN.1 {
            return Err(AssembleError::Faulty(format!(
                "{shown}: these rules are built in, and what was changed here would do nothing; remove the file"
            )));
        }
    }
    Ok(())
}

/// The letters: the operator's texts stand in place of ours of the same name.
pub fn letters(folder: Option<&Path>) -> Result<Letters, AssembleError> {
    let mut overrides = BTreeMap::new();
    if let Some(folder) = folder {
        let entries = fs::read_dir(folder)
            .map_err(|error| AssembleError::Read { path: folder.display().to_string(), kind: error.kind() })?;
        for entry in entries {
            let path =
                entry.map_err(|error| AssembleError::Read { path: folder.display().to_string(), kind: error.kind() })?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".txt"));
            if let Some(name) = name {
                overrides.insert(name.to_owned(), read(&path)?);
            }
        }
    }
    Letters::new(&overrides).map_err(|error| AssembleError::Faulty(error.to_string()))
}

fn read(path: &Path) -> Result<String, AssembleError> {
    fs::read_to_string(path).map_err(|error| AssembleError::Read { path: path.display().to_string(), kind: error.kind() })
}
