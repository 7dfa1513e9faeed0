//! What of a message the store must look up before a decision: computed once, without the store.

use super::{
    digest::narrowed,
    incoming::{Incoming, IncomingBody},
};
use crate::{
    advisory,
    classify::arrival::token_answered,
    command::{Addressed, addressed},
    disclosure::{AdvisoryNumber, ListRole, Project, project::TokenPlace},
    entropy::is_token,
    mail::{Address, CommandText, Digest, HeaderEdit, Message, MessageId, command_words, dsn::envelope_id},
};

/// Look-up keys of one message.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Its author, unproven.
    pub author: Option<Address>,
    /// Its Message-ID.
    pub message_id: Option<MessageId>,
    /// The places it came for: envelope recipients, To and Cc.
    pub places: Vec<Address>,
    /// SHA-256 of every token it carries.
    pub tokens: Vec<Digest>,
    /// SHA-256 of the return-path details it came to, and of those that a report repeats as the id of the envelope.
    pub returned: Vec<Digest>,
    /// The recipients that the relay wrote into the return path behind its detail (Postfix `XVERP`: `list+DETAIL+user=domain@host`).
    pub returned_for: Vec<Address>,
    /// The advisory that its Subject names, where it came for the predisclosure list.
    pub advisory: Option<AdvisoryNumber>,
    /// It came for the predisclosure list.
    pub predisclosure: bool,
    /// It came for the public applications list.
    pub applications: bool,
    /// The ids it answers.
    pub answers: Vec<MessageId>,
    /// SHA-256 of the message without what each delivery adds: two copies of one mail have the same.
    pub identity: Option<Digest>,
    /// The one place this copy was delivered for, its main address; empty when the delivery does not say.
    pub place: String,
}

/// Fields that every delivery writes anew. Authentication-Results stays in: a forged copy must not pass for the genuine mail.
const DELIVERY_FIELDS: [&str; 6] = ["Return-Path", "Received", "Delivered-To", "X-Original-To", "Envelope-To", "DKIM-Filter"];

fn identity(message: &Message) -> Vec<u8> {
    let mut edit = HeaderEdit::of(message.raw.bytes());
    edit.remove_where(|field| DELIVERY_FIELDS.iter().any(|name| field.is(name)));
    edit.emit()
}

/// The main address of the place a copy was delivered for.
fn place(address: &Address, project: &Project) -> String {
    let address = project.canonical(address);
    if project.is_security(&address) {
        return project.security.to_string();
    }
    if let Some(list) = project.private_list(&address) {
        return list.address.to_string();
    }
    address.to_string().to_ascii_lowercase()
}

/// The place of an answer to one of our letters: the one of its token, wherever a copy of it lands. With the team in Cc it is still one command.
fn answers_a_token(places: &[Address], message: &Message, project: &Project) -> Option<String> {
    let carries = |address: &&Address| {
        let split = address.split_detail().filter(|(_, detail)| is_token(&detail.to_ascii_lowercase()));
        split.is_some_and(|(base, _)| project.same(&base, &project.desk))
    };
    if let Some(address) = places.iter().chain(message.recipients()).find(carries) {
        return Some(place(address, project));
    }
    let by_id = project.tokens == TokenPlace::MessageId && token_answered(message).is_some();
    by_id.then(|| place(&project.desk, project))
}

/// Envelope recipients as delivery agents note them, topmost first. Anybody can write these fields; what is found there is worth something only
/// together with a token or a proven sender.
pub fn envelope_recipients(message: &Message) -> Vec<Address> {
    let headers = message.headers();
    let mut found: Vec<Address> = Vec::new();
    for name in ["Delivered-To", "X-Original-To", "Envelope-To"] {
        if let Some(address) = headers.first(name).and_then(|field| field.unfolded().parse::<Address>().ok())
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

impl Keys {
    /// The keys of a stored message.
    pub fn of(incoming: &Incoming, project: &Project) -> Self {
        let (message, identity) = match &incoming.body {
            IncomingBody::Readable(message) => (message, identity(message)),
            // Of a mail over the cap there is the header only; another size is another mail.
            IncomingBody::Oversized { header: Some(header), size } => {
                (header, [identity(header).as_slice(), &size.to_be_bytes()].concat())
            }
            IncomingBody::Oversized { header: None, .. } => return Self::default(),
            // After a new UIDVALIDITY all mail comes again; what could not be read then need not be held a second time.
            IncomingBody::Unreadable(raw, _) => {
                let place = incoming.mailbox_for.as_ref().map(|address| place(address, project)).unwrap_or_default();
                return Self { identity: Some(raw.digest()), place, ..Self::default() };
            }
        };
        let mut places = envelope_recipients(message);
        let delivered_for = answers_a_token(&places, message, project)
            .or_else(|| places.first().or(incoming.mailbox_for.as_ref()).map(|address| place(address, project)));
        places.extend(incoming.mailbox_for.clone());
        places.extend(message.recipients().cloned());
        let mut keys = Self {
            author: message.author().cloned(),
            message_id: message.message_id.clone(),
            answers: message.answers().take(100).cloned().collect(),
            identity: Some(Digest::of(&identity)),
            place: delivered_for.unwrap_or_default(),
            ..Self::default()
        };
        if places
            .iter()
            .any(|place| project.private_list(&project.canonical(place)).is_some_and(|list| list.role == ListRole::Primary))
        {
            keys.predisclosure = true;
            keys.advisory = advisory::subject::parse(&message.subject, project).map(|subject| subject.number);
        }
        let list = &project.applications;
        keys.applications = places
            .iter()
            .any(|place| project.same(place, &list.address) || list.aliases.iter().any(|alias| project.same(alias, place)))
            || list.list_id.as_ref().is_some_and(|id| message.list_ids.contains(id));
        let mut written: Vec<String> = Vec::new();
        for place in &places {
            let Some((base, detail)) =
                project.canonical(place).split_detail().map(|(base, detail)| (base, detail.to_ascii_lowercase()))
            else {
                continue;
            };
            if !is_token(&detail) {
                continue;
            }
            let digest = Digest::of(detail.as_bytes());
            if project.same(&base, &project.desk) {
                keys.tokens.push(digest);
                written.push(detail.clone());
            }
            keys.returned.extend(return_keys(&detail));
        }
        for (token, recipient) in made_by_relay(message) {
            keys.returned.extend(return_keys(&token));
            if !keys.returned_for.contains(&recipient) {
                keys.returned_for.push(recipient);
            }
        }
        if let Some(id) = envelope_id(message) {
            let id = id.to_ascii_lowercase();
            let detail = id.parse::<Address>().ok().and_then(|path| path.split_detail().map(|(_, detail)| detail.to_owned()));
            keys.returned.extend([detail.unwrap_or(id)].iter().filter(|id| is_token(id)).flat_map(|id| return_keys(id)));
        }
        if project.tokens == TokenPlace::MessageId {
            let answered: Vec<String> = token_answered(message).map(|token| token.to_ascii_lowercase()).into_iter().collect();
            keys.tokens.extend(answered.iter().map(|token| Digest::of(token.as_bytes())));
            written.extend(answered);
        }
        keys.tokens.extend(narrowed_tokens(message, &written));
        keys.tokens.sort();
        keys.tokens.dedup();
        keys.returned.sort();
        keys.returned.dedup();
        keys.places = places;
        keys
    }
}

/// A report comes to one return path; a few more stand in what relays note of it.
const MOST_RETURNED: usize = 100;

/// The return paths in the fields that hold them, up to [`MOST_RETURNED`]. They are longer than the 64 octets of RFC 5321 4.5.3.1.1 soon, and then no [`Address`].
fn made_by_relay(message: &Message) -> Vec<(String, Address)> {
    let headers = message.headers();
    let mut found = Vec::new();
    for field in ["Delivered-To", "X-Original-To", "Envelope-To", "To"].iter().flat_map(|name| headers.all(name)).take(20) {
        for word in field.unfolded().to_ascii_lowercase().split([' ', '\t', ',', '<', '>']) {
            let detail = word.rsplit_once('@').and_then(|(local, _)| local.split_once('+')).map(|(_, detail)| detail);
            if let Some((token, recipient)) = detail.and_then(by_relay) {
                found.push((token.to_owned(), recipient));
            }
            if found.len() >= MOST_RETURNED {
                return found;
            }
        }
    }
    found
}

/// `TOKEN+user=domain`: what a relay made of a return path with `XVERP` (Postfix VERP_README, `default_verp_delimiters = +=`). The recipient's own local
/// part may hold both signs; his domain holds neither.
fn by_relay(detail: &str) -> Option<(&str, Address)> {
    let (token, recipient) = detail.split_once('+')?;
    let (user, domain) = recipient.rsplit_once('=')?;
    Some((token, format!("{user}@{domain}").parse().ok()?)).filter(|_| is_token(token))
}

/// The tokens narrowed to the case that the answer names, for letters about several cases.
fn narrowed_tokens(message: &Message, written: &[String]) -> Vec<Digest> {
    if written.is_empty() {
        return Vec::new();
    }
    match command_words(message) {
        CommandText::Words(words) => match addressed(&words) {
            Addressed::One(case, _) => written.iter().map(|token| narrowed(token, case)).collect(),
            Addressed::Nobody | Addressed::Several => Vec::new(),
        },
        CommandText::HtmlOnly | CommandText::Empty => Vec::new(),
    }
}

/// Characters of a return path's token that all recipients of a letter have in common.
const OF_THE_LETTER: usize = 10;

/// The token of one recipient's return path: what is the letter's, which the other recipients know, and 80 bits that nobody else does.
pub fn return_token(letter: &str, recipient: &str) -> String {
    letter.chars().take(OF_THE_LETTER).chain(recipient.chars().skip(OF_THE_LETTER)).collect()
}

/// By what a delivery or a letter is found that has this token in its return path.
fn return_keys(token: &str) -> [Digest; 2] {
    [return_key(token), Digest::of(token.as_bytes())]
}

/// By what the return path of one recipient is found: its digest, which begins with that of the letter's part. Paths of one letter lie together in the index then, and
/// to write seventy-five of them touches a page or two instead of as many. Letters from before 2026-11-22 are kept under the plain digest.
pub fn return_key(token: &str) -> Digest {
    let letter: String = token.chars().take(OF_THE_LETTER).collect();
    let mut key = *Digest::of(token.as_bytes()).bytes();
    for (place, byte) in key.iter_mut().zip(Digest::of(letter.as_bytes()).bytes()).take(8) {
        *place = *byte;
    }
    Digest::from_bytes(key)
}
