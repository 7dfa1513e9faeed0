//! Everything that is configured and bears on decisions: names, rules, letters, calendar, caps.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    advisory::AdvisoryRules,
    application::ApplicationRules,
    cases::Standards,
    classify::InboxRules,
    compose::{Letters, NoticeMode},
    disclosure::{Person, PersonName, Project},
    mail::{Address, AuthenticationTrust, DkimSigner, Dmarc},
    moderation::{DiscussRules, ModerationMode},
    publication::Publisher,
    schedule::{Calendar, Targets},
};

/// The policy in force. Made from the configuration at start and at a reload, whole or not at all.
pub struct Policy {
    /// Names, addresses, lists.
    pub project: Project,
    /// The team.
    pub team: Vec<Person>,
    /// Whom a unix user id on the control socket stands for.
    pub uids: BTreeMap<u32, PersonName>,
    /// Whose Authentication-Results are believed.
    pub trust: AuthenticationTrust,
    /// Rules of recognition.
    pub inbox_rules: InboxRules,
    /// Rules of moderation.
    pub discuss_rules: DiscussRules,
    /// The application checklist.
    pub application_rules: ApplicationRules,
    /// Patterns of advisories.
    pub advisory_rules: AdvisoryRules,
    /// The texts we send.
    pub letters: Letters,
    /// Working days.
    pub calendar: Calendar,
    /// The policy's targets in working days.
    pub targets: Targets,
    /// The version of the security policy that is in force (P1).
    pub version: String,
    /// When it was last reviewed: each year after that the team is reminded (P1).
    pub reviewed: Date,
    /// Branches with security support, which need a patch each (P19).
    pub branches: Vec<String>,
    /// Working days after which an unclaimed case is brought up again.
    pub unclaimed_after: u32,
    /// Who is told a working day later, outside the team's mailboxes.
    pub backup_contact: Option<Address>,
    /// Whether rules act by themselves inside the gate.
    pub moderation: ModerationMode,
    /// What notices show of a mail.
    pub notice: NoticeMode,
    /// In whose name a release writes files of public pages; `None`: it writes none.
    pub pages: Option<Publisher>,
    /// How often automatic answers may go out.
    pub answers: AnswerCaps,
    /// Signs our own letters; `None`: nobody here does.
    pub dkim: Option<DkimSigner>,
    /// What is known of the author's domains, and what is done for posts that receivers would refuse.
    pub dmarc: Dmarc,
    /// The how manieth policy of this process it is. What is kept of an earlier one is made anew.
    pub edition: u64,
}

impl Policy {
    /// What the handling of cases is measured by.
    pub fn standards(&self) -> Standards {
        let public = self.project.public.iter().map(|list| list.address.to_string());
        Standards {
            calendar: self.calendar.clone(),
            targets: self.targets,
            branches: self.branches.clone(),
            destinations: public.chain([MEMBERS.to_owned()]).chain(self.pages.as_ref().map(|_| PAGES.to_owned())).collect(),
            unclaimed_after: self.unclaimed_after,
        }
    }
}

/// The destination of a public release that stands for the copies to the members (P34).
pub const MEMBERS: &str = "members";

/// The destination that stands for the files of the public pages (P33).
pub const PAGES: &str = "pages";

/// Caps on automatic answers (RFC 3834 section 2): two machines that answer each other come to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerCaps {
    /// To one address within 24 hours.
    pub per_sender_per_day: u32,
    /// To everybody within an hour.
    pub per_hour: u32,
}

/// More answers to one person's commands within an hour are not sent, unless the command was done. More than a person gets who leads fifteen
/// advisories on one day, less than a loop makes in an hour.
pub const COMMAND_ANSWERS_PER_HOUR: u32 = 240;

/// More notices than this within ten minutes are not sent one by one: the reminder lists what waits.
pub const NOTICES_PER_TEN_MINUTES: u32 = 60;

/// Of one case more mails than this within ten minutes are not told one by one: its secret address is a stranger's from the first report on.
pub const CASE_MAILS_PER_TEN_MINUTES: u32 = 20;
