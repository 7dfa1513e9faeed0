//! Whose names stand in a report: nobody's. People of the team are letters, everybody else is a role.

use std::collections::BTreeMap;

use regex::Regex;

use crate::{
    cases::{Actor, CaseEvent, InvolvedRole, Recorded},
    disclosure::PersonName,
    mail::Address,
};

/// What stands in place of a name that should have been found and was not looked for.
const WITHHELD: &str = "[withheld]";

/// Who is called what.
pub(super) struct Names {
    team: BTreeMap<PersonName, String>,
    involved: BTreeMap<Address, String>,
    /// Lower case, with what stands for it.
    hidden: BTreeMap<String, String>,
    pattern: Option<Regex>,
}

impl Names {
    /// Everybody whom the record names, in the order of their first appearance, and the members' organisations.
    pub(super) fn of(record: &[Recorded], members: &[String]) -> Self {
        let mut names = Self { team: BTreeMap::new(), involved: BTreeMap::new(), hidden: BTreeMap::new(), pattern: None };
        for member in members {
            names.hide(member, "a member");
        }
        for recorded in record {
            if let Actor::Person(person) = &recorded.by {
                names.person(person);
            }
            match &recorded.event {
                CaseEvent::Opened { discoverer: Some(address), .. } | CaseEvent::DiscovererNamed { address } => {
                    names.hide(&address.to_string(), "the discoverer");
                }
                CaseEvent::Involved { address, role } => names.outsider(address, *role),
                CaseEvent::HandedOver { contact, .. } => names.hide(&contact.to_string(), "the other project's contact"),
                CaseEvent::Consulted { member, .. } => names.hide(member, "a member"),
                CaseEvent::Claimed { instead_of: Some(person) } => names.person(person),
                CaseEvent::PatchRegistered { patch } => {
                    if let Some(author) = &patch.author {
                        names.hide(author, "the author of a patch");
                    }
                }
                _ => {}
            }
        }
        let words: Vec<String> = names.hidden.keys().rev().map(|name| regex::escape(name)).collect();
        // Whole names only: a member called `Al` is not to be found in `also`.
        names.pattern = Regex::new(&format!(r"(?i)(?:^|\b)(?:{})(?:\b|$)", words.join("|"))).ok().filter(|_| !words.is_empty());
        names
    }

    fn person(&mut self, person: &PersonName) {
        if !self.team.contains_key(person) {
            let name = format!("team member {}", letter(self.team.len()));
            self.hide(&person.0, &name);
            self.team.insert(person.clone(), name);
        }
    }

    fn outsider(&mut self, address: &Address, role: InvolvedRole) {
        if self.involved.contains_key(address) {
            return;
        }
        let role = match role {
            InvolvedRole::Expert => "an expert",
            InvolvedRole::Vendor => "a vendor",
            InvolvedRole::OtherProject => "another project",
            InvolvedRole::ProjectLead => "the lead of the component",
            InvolvedRole::Coordinator => "a coordinator",
        };
        let name = format!("{role} ({})", self.involved.len() + 1);
        self.hide(&address.to_string(), &name);
        self.involved.insert(address.clone(), name);
    }

    fn hide(&mut self, name: &str, instead: &str) {
        let name = name.trim().to_lowercase();
        if name.chars().count() > 1 {
            self.hidden.entry(name).or_insert_with(|| instead.to_owned());
        }
    }

    /// Somebody outside the team who takes part.
    pub(super) fn outside(&self, address: &Address) -> &str {
        self.involved.get(address).map_or("somebody who takes part", String::as_str)
    }

    /// A person of the team.
    pub(super) fn team(&self, person: &PersonName) -> &str {
        self.team.get(person).map_or("a team member", String::as_str)
    }

    /// Who did it.
    pub(super) fn actor(&self, actor: &Actor) -> &str {
        match actor {
            Actor::Person(person) => self.team(person),
            Actor::Daemon => "the daemon",
            Actor::Discoverer => "the discoverer",
        }
    }

    /// Who decided it: the first of two people, too, where it took two.
    pub(super) fn decided_by(&self, recorded: &Recorded) -> String {
        let first = match &recorded.event {
            CaseEvent::EmbargoEnded { proposed_by, .. } | CaseEvent::ReportWaived { proposed_by, .. } => Some(proposed_by),
            CaseEvent::PublicityAnswered { proposed_by, .. }
            | CaseEvent::EmbargoShortened { proposed_by, .. }
            | CaseEvent::EmbargoLengthened { proposed_by, .. }
            | CaseEvent::Closed { proposed_by, .. } => proposed_by.as_ref(),
            _ => None,
        };
        let last = self.actor(&recorded.by);
        first.map_or_else(|| last.to_owned(), |first| format!("{} and {last}", self.team(first)))
    }

    /// What a person typed, with nobody's name in it.
    pub(super) fn withheld(&self, text: &str) -> String {
        let Some(pattern) = &self.pattern else {
            return if self.hidden.is_empty() { text.to_owned() } else { WITHHELD.to_owned() };
        };
        let instead = |found: &regex::Captures<'_>| {
            let name = found.get(0).map(|name| name.as_str().to_lowercase()).unwrap_or_default();
            self.hidden.get(&name).map_or(WITHHELD, String::as_str).to_owned()
        };
        pattern.replace_all(text, instead).into_owned()
    }
}

/// `A`, `B`, ... and numbers where the alphabet ends.
fn letter(nth: usize) -> String {
    u8::try_from(nth).ok().filter(|nth| *nth < 26).map_or_else(|| (nth + 1).to_string(), |nth| char::from(b'A' + nth).to_string())
}
