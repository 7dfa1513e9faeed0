//! The card of public facts: what a member may say while an advisory is under embargo.

use jiff::tz::TimeZone;

use super::{PublicFacts, Publisher, Standing};
use crate::schedule;

/// A text for members, to be kept beside the advisory: the three facts of policy P56 and what is not among them (P55, P61).
/// It is itself public: nothing in it comes from the advisory.
pub fn card(facts: &PublicFacts, publisher: &Publisher) -> String {
    let name = facts.number().with_prefix(&publisher.prefix);
    let team = &publisher.name;
    let policy = &publisher.policy_url;
    if facts.standing() == Standing::Withdrawn {
        return format!(
            "\
{name} in public

You may say:
  - that {name} was withdrawn and that no advisory of this number will come out.

Everything else that you know of it stays in confidence. The policy: {policy}
"
        );
    }
    let date = schedule::civil(facts.planned(), &TimeZone::UTC);
    format!(
        "\
{name} in public, until its release

You may say to anybody:
  - that there is an advisory under embargo;
  - that its number is {name};
  - that it is planned to become public on {date}.

You may tell your users that an update or a reboot has to do with {name}
or with that date.

You may not say, show or hint at anything else, to anybody who is not on
the list and need not know:
  - its title, what it is about, what an attacker gains;
  - which products, versions, hardware or settings are affected or are not;
  - its CVE identifiers, not even how many there are;
  - its text, its patches, your own advisory or source code made from them;
  - updated software, to others than members of the list;
  - how urgent it is, or that it is harmless.

Whether you may deploy the patches before the date stands in the advisory
itself. If the date moves you get a new card, and this one no longer counts.

In doubt ask first: {team}, {contact}
The policy: {policy}
",
        contact = publisher.contact_address,
    )
}
