//! What a case holds, as the firewall needs it: from the bytes the store keeps to the material that fingerprints are compiled from.
//!
//! Pure. Promises: the same facts give the same material; nothing that is known anyway counts as the reporter's secret (people of the team and
//! members, our own addresses). Never fails: what cannot be taken apart gives no fingerprint but that of its bytes.

use super::{Policy, incoming::InboxId};
use crate::{
    advisory,
    cases::{CaseFile as File, CveState},
    disclosure::{AdvisoryNumber, CaseId, CveId, Member},
    firewall::{AdvisoryName, CaseFile, CaseMaterial, LONGEST_TEXT, TextKind, is_distinctive},
    mail::{Address, Digest, Mailbox, Message, RawMessage},
};

/// So much text of the mails of one case is compiled, the report first: who reported something can send as much more as he likes, and the wall is held in
/// memory. The files beyond are known by their digests.
const MOST_TEXT: usize = 8 << 20;

/// What the store keeps of one case.
pub struct CaseFacts {
    /// The case, or what stands for an advisory without one.
    pub case: CaseId,
    /// Its file; none for an advisory without a case.
    pub file: Option<File>,
    /// The number of its advisory.
    pub number: Option<AdvisoryNumber>,
    /// Its mails, the report first.
    pub mails: Vec<(InboxId, RawMessage)>,
    /// What the team wrote to the discoverer: the letter's row, and its bytes.
    pub letters: Vec<(i64, RawMessage)>,
    /// The revisions of its advisory, and their bytes.
    pub advisories: Vec<(u32, RawMessage)>,
}

/// What the fingerprints are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The scan of every letter: without what the team itself writes, which says the same to many.
    Door,
    /// To find where a leaked text comes from: everything.
    Triage,
}

/// The material of a case.
pub fn material(facts: &CaseFacts, members: &[Member], policy: &Policy, of: Use) -> CaseMaterial {
    let mut material = CaseMaterial::new(facts.case);
    material.advisory = facts.number.map(|number| AdvisoryName {
        prefix: policy.project.advisory_prefix.clone(),
        title: policy.project.advisory_title.clone(),
        number,
    });
    if let Some(CveState::Assigned(cves)) = facts.file.as_ref().map(File::cve) {
        material.cves.extend(cves.iter().cloned());
    }
    let discoverer = facts.file.as_ref().and_then(File::discoverer).filter(|address| !is_known(address, members, policy));
    let mut reporter = discoverer.map(|address| Mailbox { name: None, address: address.clone() });
    for (place, (id, raw)) in facts.mails.iter().enumerate() {
        let Some(message) = parsed(&mut material, raw) else { continue };
        if place == 0 {
            material.titles.extend(title(&message).filter(|title| is_distinctive(title)));
        }
        if let Some(reporter) = &mut reporter
            && reporter.name.is_none()
        {
            reporter.name = named(&message, &reporter.address);
        }
        let text = material.texts.len() + 1;
        material.message(TextKind::Report, id.row(), &message);
        // What it quotes of our letters is ours: standing phrases of the team's answers are in many cases.
        if of == Use::Door
            && !facts.letters.is_empty()
            && place > 0
            && let Some(text) = material.texts.get_mut(text)
        {
            message.own_words().text.clone_into(&mut text.text);
        }
    }
    let mut room = MOST_TEXT;
    for text in &mut material.texts {
        cut(&mut text.text, LONGEST_TEXT.min(room));
        room -= text.text.len();
    }
    material.reporters.extend(reporter);
    for (row, raw) in facts.letters.iter().filter(|_| of == Use::Triage) {
        if let Some(message) = parsed(&mut material, raw) {
            material.message(TextKind::Note, *row, &message);
        }
    }
    for (revision, raw) in &facts.advisories {
        let Some(message) = parsed(&mut material, raw) else { continue };
        if let Ok(advisory) = advisory::parse(&message, &policy.project, &policy.advisory_rules) {
            material.titles.push(advisory.heading.title);
            material.cves.extend(advisory.heading.cves);
        }
        material.message(TextKind::Advisory, i64::from(*revision), &message);
    }
    tidied(material)
}

fn parsed(material: &mut CaseMaterial, raw: &RawMessage) -> Option<Message> {
    let message = Message::parse(raw).ok();
    if message.is_none() {
        material.files.push(CaseFile { name: None, digest: Some(Digest::of(raw.bytes())) });
    }
    message
}

/// The subject of a report as a title, without what mail programs put before it.
fn title(message: &Message) -> Option<String> {
    let mut title = message.subject.trim();
    while let Some((mark, rest)) = title.split_once(':')
        && ["re", "fwd", "fw", "aw", "wg"].contains(&mark.trim().to_lowercase().as_str())
    {
        title = rest.trim();
    }
    (!title.is_empty()).then(|| title.to_owned())
}

/// The name that the From of a mail, or of one that it passes on, gives to an address.
pub fn named(message: &Message, address: &Address) -> Option<String> {
    let own = message.from.iter().find(|mailbox| mailbox.address == *address).and_then(|mailbox| mailbox.name.clone());
    own.or_else(|| message.forwarded.iter().find_map(|inner| named(inner, address)))
}

/// Whether people meet this address for other reasons: the team's, a member's, or one of our own.
fn is_known(address: &Address, members: &[Member], policy: &Policy) -> bool {
    let project = &policy.project;
    policy.team.iter().any(|person| project.same(&person.address, address) || person.also.contains(address))
        || members.iter().any(|member| member.address == *address || member.posters.contains(address))
        || project.is_security(address)
        || project.is_public(address)
        || project.private_list(address).is_some()
        || project.same(address, &project.desk)
}

fn tidied(mut material: CaseMaterial) -> CaseMaterial {
    let mut seen: std::collections::BTreeSet<CveId> = std::collections::BTreeSet::new();
    material.cves.retain(|cve| seen.insert(cve.clone()));
    material.titles.dedup();
    material.texts.iter_mut().for_each(|text| cut(&mut text.text, LONGEST_TEXT));
    material
}

fn cut(text: &mut String, most: usize) {
    let end = text.floor_char_boundary(most);
    text.truncate(end);
    text.shrink_to_fit();
}
