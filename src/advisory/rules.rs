//! `rules/advisory.toml`: headings, marks and wordings by which an advisory is read.

use regex::Regex;
use serde::Deserialize;

use crate::{
    disclosure::DeploymentPermission,
    patterns::{self, PatternFileError, Written},
};

/// The checked contents of `rules/advisory.toml`.
#[derive(Debug, Clone)]
pub struct AdvisoryRules {
    pub(super) required: Vec<String>,
    pub(super) resolution: String,
    pub(super) deployment_heading: String,
    pub(super) updates: Regex,
    pub(super) no_embargo: Vec<Regex>,
    pub(super) public: Vec<Regex>,
    pub(super) banner_lines: usize,
    pub(super) banner: Vec<Regex>,
    pub(super) until: Vec<Regex>,
    pub(super) until_header: String,
    pub(super) extensions: Vec<String>,
    pub(super) patch: String,
    pub(super) meta: String,
    /// With `{prefix}` and `{number}` still in it; proven to compile.
    pub(super) patch_mark: String,
    pub(super) ignore_types: Vec<String>,
    pub(super) clearsigned: Clearsigned,
    pub(super) deployment: Vec<DeploymentRule>,
}

/// Whether advisories of this project are clearsigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clearsigned {
    /// An unsigned one is an error.
    Required,
    /// An unsigned one is as good.
    Optional,
}

#[derive(Debug, Clone)]
pub(super) struct DeploymentRule {
    pub(super) permission: DeploymentPermission,
    pub(super) when: Vec<Regex>,
    pub(super) unless: Vec<Regex>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    sections: Sections,
    release: Release,
    embargo: EmbargoMarks,
    files: Files,
    signature: SignatureKeys,
    deployment: Vec<DeploymentKeys>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Sections {
    required: Vec<String>,
    resolution: String,
    deployment: String,
    updates: Written,
    no_embargo: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    public: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct EmbargoMarks {
    banner_lines: usize,
    banner: Vec<Written>,
    until: Vec<Written>,
    header: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Files {
    extensions: Vec<String>,
    patch: String,
    meta: String,
    patch_mark: Written,
    ignore_types: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureKeys {
    clearsigned: Clearsigned,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeploymentKeys {
    permission: Written,
    when: Vec<Written>,
    #[serde(default)]
    unless: Vec<Written>,
}

/// The pattern file that is part of the program.
pub const ADVISORY_RULES: &str = include_str!("../../rules/advisory.toml");

impl AdvisoryRules {
    /// Reads the text of `rules/advisory.toml`.
    ///
    /// # Errors
    /// The first thing wrong with it, with line and column: an unknown key, a bad pattern, a date pattern without its group.
    pub fn parse(file: &str) -> Result<Self, PatternFileError> {
        let keys: File = patterns::read(file)?;
        let updates = patterns::compile_one(file, &keys.sections.updates, keys.sections.updates.get_ref())?;
        if !updates.capture_names().flatten().any(|name| name == "version") {
            return Err(patterns::refused(file, &keys.sections.updates, "the pattern needs a group (?P<version>...)"));
        }
        let until = patterns::compile(file, &keys.embargo.until)?;
        for (pattern, written) in until.iter().zip(&keys.embargo.until) {
            if !pattern.capture_names().flatten().any(|name| name == "date") {
                return Err(patterns::refused(file, written, "the pattern needs a group (?P<date>...)"));
            }
        }
        let mark = &keys.files.patch_mark;
        patterns::compile_one(file, mark, &filled(mark.get_ref(), "XSA", "1"))?;
        let deployment = keys.deployment.iter().map(|rule| deployment_rule(file, rule)).collect::<Result<_, _>>()?;
        Ok(Self {
            required: keys.sections.required,
            resolution: keys.sections.resolution,
            deployment_heading: keys.sections.deployment,
            updates,
            no_embargo: patterns::compile(file, &keys.sections.no_embargo)?,
            public: patterns::compile(file, &keys.release.public)?,
            banner_lines: keys.embargo.banner_lines,
            banner: patterns::compile(file, &keys.embargo.banner)?,
            until,
            until_header: keys.embargo.header,
            extensions: keys.files.extensions,
            patch: keys.files.patch,
            meta: keys.files.meta,
            patch_mark: mark.get_ref().clone(),
            ignore_types: keys.files.ignore_types,
            clearsigned: keys.signature.clearsigned,
            deployment,
        })
    }

    /// The rules that come with embargod (`rules/advisory.toml` of its source tree), for commands that run without a configuration.
    ///
    /// # Errors
    /// Never, as long as the tests pass; the type says that it is the same reader.
    pub fn built_in() -> Result<Self, PatternFileError> {
        Self::parse(ADVISORY_RULES)
    }
}

fn deployment_rule(file: &str, rule: &DeploymentKeys) -> Result<DeploymentRule, PatternFileError> {
    let permission = match rule.permission.get_ref().as_str() {
        "all-permitted" => DeploymentPermission::AllPermitted,
        "patches-only" => DeploymentPermission::PatchesOnly,
        "members-only" => DeploymentPermission::MembersOnly,
        "host-and-member-vms" => DeploymentPermission::HostAndMemberVms,
        _ => {
            let choice = "one of all-permitted, patches-only, members-only, host-and-member-vms; what no rule names is custom";
            return Err(patterns::refused(file, &rule.permission, choice));
        }
    };
    if rule.when.is_empty() {
        return Err(patterns::refused(file, &rule.permission, "a permission needs at least one pattern in `when`"));
    }
    Ok(DeploymentRule { permission, when: patterns::compile(file, &rule.when)?, unless: patterns::compile(file, &rule.unless)? })
}

/// A pattern with its placeholders filled in.
pub(super) fn filled(pattern: &str, prefix: &str, number: &str) -> String {
    pattern.replace("{prefix}", &regex::escape(prefix)).replace("{number}", number)
}
