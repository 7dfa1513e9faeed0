//! A case on the stage: the moderators say lines to it by answering the mails they got last.

use crate::{
    rig::{cast::Person, relay::Letter},
    stage::{
        Stage,
        mail::signed,
        read::{address, text},
    },
};

/// The addresses at which the case hears mona and milo.
pub struct CaseTalk {
    case: i64,
    replies: [String; 2],
    said: usize,
}

impl CaseTalk {
    /// From the first notice of each.
    pub fn begun(notices: &[Letter; 2]) -> Self {
        Self::of(1, notices)
    }

    /// The same for a later case.
    pub fn of(case: i64, notices: &[Letter; 2]) -> Self {
        Self { case, replies: [0, 1].map(|nth| address(&notices[nth], "Reply-To")), said: 0 }
    }

    /// The moderator answers with this line; nobody waits for anything.
    pub fn write(&mut self, stage: &Stage, nth: usize, line: &str) {
        let moderators = &stage.rig.cast.moderators;
        self.said += 1;
        let (to, id) = (self.replies[nth].clone(), format!("said-{}-{}", self.case, self.said));
        let subject = format!("Re: [case-{}]", self.case);
        let mail = signed(&stage.rig.cast, &moderators[nth], &to, &subject, &id, "", &format!("{line}\n"));
        stage.rig.inject(&moderators[nth].address, &to, &mail);
    }

    /// The moderator answers with this line; what he and the other one got, in words. The other one may get nothing.
    pub fn say(&mut self, stage: &Stage, nth: usize, line: &str) -> [String; 2] {
        let moderators = &stage.rig.cast.moderators;
        self.said += 1;
        let (to, id) = (self.replies[nth].clone(), format!("said-{}-{}", self.case, self.said));
        let mail =
            signed(&stage.rig.cast, &moderators[nth], &to, &format!("Re: [case-{}]", self.case), &id, "", &format!("{line}\n"));
        stage.deliver(&moderators[nth], &to, &mail);
        [0, 1].map(|of| self.hear(stage, &moderators[of], of))
    }

    /// What has come for a moderator meanwhile; the last letter's address is the one to answer to.
    pub fn hear(&mut self, stage: &Stage, person: &Person, nth: usize) -> String {
        stage.settle();
        let letters = stage.rig.relay.take(&person.address);
        if let Some(letter) = letters.iter().rfind(|letter| String::from_utf8_lossy(&letter.bytes).contains("\nReply-To:")) {
            self.replies[nth] = address(letter, "Reply-To");
        }
        letters.iter().map(text).collect::<Vec<_>>().join("\n----\n")
    }

    /// The same of both.
    pub fn both_hear(&mut self, stage: &Stage) -> [String; 2] {
        let moderators = &stage.rig.cast.moderators;
        [0, 1].map(|nth| self.hear(stage, &moderators[nth], nth))
    }
}
