//! The configuration as it is written: one struct per table, one field per key, nothing checked but names and types.
//!
//! A field is an `Option` where the key has a default; the default is applied, and named, where the value is checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, value::Datetime};

use super::settings::{LogFormat, LogLevel, NoticeDetail, ReturnPaths};
use crate::mail::{DomainPolicy, FromMunging};

/// A text with its place in the file.
pub(super) type Text = Spanned<String>;

/// One table of the file.
#[derive(Debug, Default)]
pub(super) enum Section<T> {
    /// Not in the file.
    #[default]
    Absent,
    /// In the file, and refused already.
    Refused,
    /// In the file.
    Present(T),
}

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub state: Section<Text>,
    pub control_socket: Section<Text>,
    pub rules: Section<Text>,
    pub letters: Section<Text>,
    pub members_file: Section<Text>,
    pub members_credential: Section<Text>,
    pub project: Section<RawProject>,
    pub policy: Section<RawPolicy>,
    pub lists: Section<RawLists>,
    pub team: Section<Vec<Spanned<RawPerson>>>,
    pub upstream: Section<Vec<RawUpstream>>,
    pub member: Section<Vec<Spanned<RawMember>>>,
    pub trust: Section<RawTrust>,
    pub source: Section<RawSources>,
    pub transport: Section<RawTransport>,
    pub moderation: Section<RawModeration>,
    pub schedule: Section<RawSchedule>,
    pub acknowledgement: Section<RawAcknowledgement>,
    pub delivery: Section<RawDelivery>,
    pub dkim: Section<RawDkim>,
    pub dmarc: Section<RawDmarc>,
    pub publication: Section<RawPublication>,
    pub status: Section<RawStatus>,
    pub log: Section<RawLog>,
}

/// The keys and tables that may stand at the top of the file.
pub(super) const TOP: [&str; 24] = [
    "state",
    "control-socket",
    "rules",
    "letters",
    "members-file",
    "members-credential",
    "project",
    "policy",
    "lists",
    "team",
    "upstream",
    "member",
    "trust",
    "source",
    "transport",
    "moderation",
    "schedule",
    "acknowledgement",
    "delivery",
    "dkim",
    "dmarc",
    "publication",
    "status",
    "log",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawProject {
    pub name: Text,
    pub team_name: Text,
    pub advisory_prefix: Text,
    pub advisory_title: Text,
    pub security: Text,
    #[serde(default)]
    pub security_aliases: Vec<Text>,
    pub desk: Text,
    pub reply_tokens: Option<RawTokenPlace>,
    #[serde(default)]
    pub domain_aliases: BTreeMap<Text, Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawUpstream {
    pub name: Text,
    pub list_id: Option<Text>,
    #[serde(default)]
    pub from: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPublication {
    pub directory: Text,
    pub name: Text,
    pub namespace: Text,
    pub vendor: Text,
    pub product: Text,
    pub index_project: Text,
    pub pages: Text,
    pub csaf_pages: Text,
    pub repository: Option<Text>,
    pub cpe: Option<Text>,
    pub cna_org_id: Option<Text>,
    pub cna_short_name: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawStatus {
    pub titles: Option<bool>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawTokenPlace {
    Address,
    MessageId,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub url: Text,
    pub version: Text,
    pub reviewed: Spanned<Datetime>,
    #[serde(default)]
    pub supported_branches: Vec<Text>,
    pub organisations_url: Option<Text>,
    #[serde(default)]
    pub support_urls: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawLists {
    pub primary: RawPrivateList,
    pub discuss: RawPrivateList,
    pub applications: RawPublicList,
    #[serde(default)]
    pub public: Vec<RawPublicList>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPrivateList {
    pub address: Text,
    #[serde(default)]
    pub aliases: Vec<Text>,
    pub list_id: Text,
    pub phrase: Text,
    pub name: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPublicList {
    pub address: Text,
    #[serde(default)]
    pub aliases: Vec<Text>,
    pub list_id: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPerson {
    pub name: Text,
    pub address: Text,
    #[serde(default)]
    pub also: Vec<Text>,
    pub uid: Option<Spanned<u32>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawMember {
    pub organisation: Text,
    pub address: Text,
    #[serde(default)]
    pub posters: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawTrust {
    pub authserv_id: Text,
    pub received_by: Text,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawSources {
    #[serde(default)]
    pub imap: Vec<RawImap>,
    #[serde(default)]
    pub maildir: Vec<RawMaildir>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawImap {
    pub name: Text,
    pub host: Text,
    pub port: Option<Spanned<u16>>,
    pub server_name: Option<Text>,
    pub ca_file: Option<Text>,
    pub user: Text,
    pub password_credential: Option<Text>,
    pub password_file: Option<Text>,
    pub auth: Option<RawAuth>,
    pub folders: Option<Spanned<Vec<Text>>>,
    pub address: Option<Text>,
    pub mark: Option<Spanned<RawMark>>,
    pub size_cap: Option<Text>,
    pub poll_interval: Option<Text>,
    pub idle_renew: Option<Text>,
    pub timeout: Option<Text>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawAuth {
    Plain,
    XOAuth2,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawMark {
    Leave,
    Keyword(String),
    Move(String),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawMaildir {
    pub name: Text,
    pub path: Text,
    pub address: Option<Text>,
    pub size_cap: Option<Text>,
    pub poll_interval: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawTransport {
    pub relay: Option<RawRelay>,
    pub directory: Option<RawDirectory>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawRelay {
    pub host: Text,
    pub port: Option<Spanned<u16>>,
    pub tls: Option<Spanned<RawTls>>,
    pub server_name: Option<Text>,
    pub ca_file: Option<Text>,
    pub hello: Option<Text>,
    pub user: Option<Text>,
    pub password_credential: Option<Text>,
    pub password_file: Option<Text>,
    pub connect_timeout: Option<Text>,
    pub command_timeout: Option<Text>,
    pub data_done_timeout: Option<Text>,
    pub verified_tls: Option<Spanned<RawVerifiedTls>>,
    pub tls_policy_file: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawVerifiedTls {
    PolicyTable,
    RequireTls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawTls {
    Implicit,
    StartTls,
    None,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawDirectory {
    pub path: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawModeration {
    pub automatic: Option<bool>,
    pub notice: Option<NoticeDetail>,
    pub kill_switch: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawSchedule {
    pub backup_contact: Option<Text>,
    pub zone: Option<Text>,
    pub working_days: Option<Spanned<Vec<Text>>>,
    pub office_hours: Option<Text>,
    #[serde(default)]
    pub holidays: Vec<Spanned<Datetime>>,
    pub holidays_file: Option<Text>,
    pub predisclosure_after: Option<Spanned<u32>>,
    pub public_after: Option<Spanned<u32>>,
    pub answer_within: Option<Spanned<u32>>,
    pub unclaimed_after: Option<Spanned<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawAcknowledgement {
    pub per_sender_per_day: Option<Spanned<u32>>,
    pub per_hour: Option<Spanned<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawDelivery {
    pub retry_first: Option<Text>,
    pub retry_most: Option<Text>,
    pub give_up_after: Option<Text>,
    pub unknown_resend_after: Option<Text>,
    pub connections: Option<Spanned<u32>>,
    pub return_paths: Option<ReturnPaths>,
    pub recipients_per_transaction: Option<Spanned<u32>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawDkim {
    pub domain: Option<Text>,
    pub selector: Text,
    pub key_credential: Option<Text>,
    pub key_file: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawDmarc {
    pub from_munging: Option<FromMunging>,
    #[serde(default)]
    pub policies: BTreeMap<Text, DomainPolicy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawLog {
    pub format: Option<LogFormat>,
    pub level: Option<LogLevel>,
}
