//! Who else is in it: involved parties, members' questions, the discoverer's wishes, another project; and words for the record.
//! P4, P7, P15-P17, P21, P37, P55, P84.

use super::{Bench, Refused, Request, Ruling, one, perhaps, said, unless};
use crate::{
    cases::{
        event::CaseEvent,
        region::{CloseReason, Handling},
        terms::Telling,
    },
    mail::Address,
};

impl Bench<'_> {
    pub(super) fn people(&self, request: &Request) -> Ruling {
        let file = self.file;
        match request {
            Request::Tell { telling, words } => self.tell(*telling, *words),
            Request::Promise { until } => {
                let me = self.person()?;
                let holder = file.claimed_by().ok_or(Refused::Unclaimed)?;
                unless(holder != me, Refused::ClaimedBy(holder.clone()))?;
                unless(file.discoverer().is_none(), Refused::NoDiscoverer)?;
                unless(*until <= self.now, Refused::Past(*until))?;
                unless(file.promised().is_some_and(|promised| promised.until == *until), Refused::Already)?;
                one(CaseEvent::Promised { until: *until })
            }
            Request::Discoverer { address } => {
                unless(file.discoverer() == Some(address) || file.is_in_touch(), Refused::Already)?;
                one(CaseEvent::DiscovererNamed { address: address.clone() })
            }
            Request::Involve { address, role } => {
                unless(file.involved().contains_key(address), Refused::Already)?;
                one(CaseEvent::Involved { address: address.clone(), role: *role })
            }
            Request::Agreed { address, evidence } => {
                let involvement = file.involved().get(address).ok_or(Refused::NotInvolved)?;
                unless(involvement.agreed.is_some(), Refused::Already)?;
                one(CaseEvent::Agreed { address: address.clone(), evidence: perhaps(evidence.as_ref()) })
            }
            Request::Heard { address } => one(CaseEvent::Heard { address: self.involved(address)? }),
            Request::Uninvolve { address } => one(CaseEvent::Uninvolved { address: self.involved(address)? }),
            Request::Consult { member, question, owner, deadline } => {
                unless(*deadline <= self.now, Refused::Past(*deadline))?;
                let (member, question) = (said(member)?, said(question)?);
                one(CaseEvent::Consulted { member, question, owner: owner.clone(), deadline: *deadline })
            }
            Request::Answer { consultation, answer } => {
                let is_open = place(*consultation)
                    .and_then(|place| file.consultations().get(place))
                    .is_some_and(|question| question.answer.is_none());
                unless(!is_open, Refused::NoSuchQuestion)?;
                one(CaseEvent::ConsultationAnswered { consultation: *consultation, answer: said(answer)? })
            }
            Request::Handover { project, contact, consent } => {
                let consent = perhaps(consent.as_ref()).ok_or(Refused::NoConsent)?;
                unless(file.handed_over.is_some(), Refused::Already)?;
                one(CaseEvent::HandedOver { project: said(project)?, contact: contact.clone(), consent })
            }
            Request::Wish { wish, text } => one(CaseEvent::Wished { wish: *wish, text: said(text)? }),
            Request::AnswerWish { wish, answer } => {
                let is_open = place(*wish).and_then(|place| file.wishes().get(place)).is_some_and(|wish| !wish.answered);
                unless(!is_open, Refused::NoSuchQuestion)?;
                one(CaseEvent::WishAnswered { wish: *wish, answer: said(answer)? })
            }
            Request::Decide { text } => one(CaseEvent::Decided { text: said(text)? }),
            Request::Note { text } => one(CaseEvent::Noted { text: said(text)? }),
            _ => Err(Refused::NotThisActor),
        }
    }

    /// What a letter may tell the discoverer, each thing once. Only a person's own words go to somebody who has not written to us.
    fn tell(&self, telling: Telling, words: bool) -> Ruling {
        let file = self.file;
        unless(file.discoverer().is_none(), Refused::NoDiscoverer)?;
        unless(telling != Telling::Reply && !file.is_in_touch(), Refused::NotInTouch)?;
        let news = file.told().iter().rev().map(|told| told.telling).find(|told| *told != Telling::Reply);
        let is_known = match telling {
            Telling::Reply => false,
            Telling::Date { .. } => news == Some(telling),
            Telling::Over | Telling::Closed => file.told().iter().any(|told| told.telling == telling),
        };
        unless(is_known, Refused::Already)?;
        // The matter of a duplicate goes on elsewhere, and so does its embargo.
        let of_the_embargo = matches!(telling, Telling::Date { .. } | Telling::Over);
        if let Handling::Closed(reason) = file.handling()
            && of_the_embargo
            && !matches!(reason, CloseReason::Duplicate { .. })
        {
            return Err(Refused::Closed(reason.to_string()));
        }
        one(CaseEvent::DiscovererTold { telling, words })
    }

    fn involved(&self, address: &Address) -> Result<Address, Refused> {
        unless(!self.file.involved().contains_key(address), Refused::NotInvolved)?;
        Ok(address.clone())
    }
}

/// Where the one counted from 1 stands.
fn place(counted: u32) -> Option<usize> {
    usize::try_from(counted.checked_sub(1)?).ok()
}
