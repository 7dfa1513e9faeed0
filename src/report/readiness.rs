//! How ready the members are for the next embargo, the worst first (P48, P54, P82): for the status page and for `embargod readiness`.

use jiff::Timestamp;

use crate::{
    config::Config,
    daemon::{assemble, convert},
    decide::membership::{looks, patience},
    membership::belonging::{Facts, MemberFile, Readiness, readiness},
    store::{StoreError, member, read::ReadOnly, roster},
};

/// Every member with its score and what it lacks; the lowest score first, then by name.
///
/// # Errors
/// [`StoreError`]; also when the rules of the applications cannot be read.
pub fn members(connection: &ReadOnly, config: &Config, now: Timestamp) -> Result<Vec<(MemberFile, Readiness)>, StoreError> {
    let rules = assemble::application_rules(config).map_err(|error| StoreError::Judgement(error.to_string()))?;
    let onward = convert::onward(&config.transport).read_or_nothing();
    let mut all = Vec::new();
    for file in member::files(connection)?.into_iter().filter(MemberFile::is_member) {
        let address = &file.particulars().address;
        let facts = Facts {
            now,
            answer_within: patience(&rules).alias,
            policy_version: config.policy.version.clone(),
            looks: looks(address, None, &rules),
            refused: roster::is_refusing(connection, &address.to_string())?,
            tls: onward.to(address),
        };
        let ready = readiness(&file, &facts);
        all.push((file, ready));
    }
    all.sort_by_key(|(file, ready)| (ready.score, file.particulars().organisation.to_lowercase()));
    Ok(all)
}
