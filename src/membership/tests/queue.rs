//! What waits, in the order in which somebody should look.

use jiff::SignedDuration;

use super::{at, by};
use crate::{
    mail::Digest,
    membership::{
        Actor, ApplicationId,
        applying::{Answer, ApplicationEvent, ApplicationFile, ApplicationRecorded, FoundItem, FoundState},
        queue::{Patience, applications},
    },
};

fn file(id: i64, arrived: &str, open: FoundState, answered: Option<Answer>) -> ApplicationFile {
    let items = vec![FoundItem { id: "A01-ORG-NAME".into(), state: open, quote: None, note: None }];
    let event = ApplicationEvent::Received {
        mail: id,
        applicant: None,
        organisation: None,
        domains: Vec::new(),
        aliases: Vec::new(),
        category: None,
        items,
        embargo: false,
    };
    let mut record = vec![ApplicationRecorded { at: at(arrived), by: Actor::Applicant, event }];
    if let Some(answer) = answered {
        let digest = Digest::of(b"text");
        let mut say = |event| record.push(ApplicationRecorded { at: at(arrived), by: by("mona"), event });
        say(ApplicationEvent::Drafted { answer, text: "text".into(), digest });
        say(ApplicationEvent::Answered { answer, digest, drafted_by: super::person("mona") });
    }
    ApplicationFile::fold(ApplicationId(id), &record).unwrap()
}

#[test]
fn the_oldest_that_waits_for_the_team_comes_first_and_what_is_decided_is_not_there() {
    let day = SignedDuration::from_hours(24);
    let patience = Patience { team: day * 5, applicant: day * 28, alias: day * 14, probe_every: day * 91 };
    let files = [
        file(1, "2026-11-01T10:00:00Z", FoundState::Absent, Some(Answer::Incomplete)),
        file(2, "2026-11-20T10:00:00Z", FoundState::Absent, None),
        file(3, "2026-11-12T10:00:00Z", FoundState::Present, None),
        file(4, "2026-10-01T10:00:00Z", FoundState::Present, Some(Answer::Rejected)),
    ];
    let waiting = applications(&files, &patience, at("2026-11-22T10:00:00Z"));
    let told: Vec<_> = waiting.iter().map(|one| (one.file.id().0, one.late, one.next.as_str())).collect();
    assert_eq!(
        told,
        [
            (3, true, "`review`: every item is there"),
            (2, false, "1 items are open: `incomplete`, or correct them"),
            (1, false, "the applicant sends what is missing"),
        ]
    );
}
