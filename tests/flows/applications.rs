//! A week like the last one of September 2014: 24 organisations apply in five days while an embargo runs.
//!
//! Some leave things out, one sends them later, one appeals, one takes its application back. The archive of the public list is a real mailbox: the
//! smarthost brings there what the daemon says in public, and nothing else of it is there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Weekday, tz::TimeZone};

use crate::{
    rig::{
        cast::Person,
        ground::until,
        plan::{Hands, Plan},
        relay::Letter,
        time::present,
    },
    stage::{
        APPLICATIONS, DISCUSS, Stage,
        mail::{self, signed},
        read::{address, fields, subject, text},
    },
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What an applicant leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacks {
    Nothing,
    SecurityPage,
}

/// An application in an applicant's own words.
fn body(of: &Person, lacks: Lacks) -> String {
    let (domain, number) = (&of.domain, of.domain.trim_start_matches("app").trim_end_matches(".example"));
    let security = match lacks {
        Lacks::Nothing => format!(
            "Security invitation: https://{domain}/security invites everybody to report vulnerabilities in confidence.\n\
             Public security contact: security@{domain}\n"
        ),
        Lacks::SecurityPage => String::new(),
    };
    format!(
        "Dear Security Team,\n\n\
         Name of the organisation: Applicant {number} Ltd\n\
         Domains: {domain}\n\
         Why we fit the criteria: We are a public hosting provider and sell virtual servers to the public.\n\
         All of our products use Xen.\n\
         Pricing: https://{domain}/pricing\n\
         Evidence of our use of Xen: https://{domain}/technology/xen\n\
         {security}\
         Statement: We have read the security policy and agree to abide by its terms, specifically the requirements regarding\n\
         confidentiality during an embargo period.\n\
         Alias: security@{domain}\n\n\
         Jo\n"
    )
}

/// The team at its desk: what came for each of the two, by what it is about.
struct Team<'s> {
    stage: &'s Stage,
    got: [Vec<Letter>; 2],
    said: usize,
}

impl Team<'_> {
    /// Takes the newest letter for a moderator whose Subject begins like that; waits for it.
    fn letter(&mut self, nth: usize, beginning: &str) -> Letter {
        let person = self.stage.rig.cast.moderators[nth].address.clone();
        until(&format!("{beginning} for {person}"), || {
            self.got[nth].extend(self.stage.rig.relay.take(&person));
            let at = self.got[nth].iter().rposition(|letter| subject(letter).starts_with(beginning))?;
            Some(self.got[nth].remove(at))
        })
    }

    /// Both got one of these; mona's first.
    fn both(&mut self, beginning: &str) -> [Letter; 2] {
        [0, 1].map(|nth| self.letter(nth, beginning))
    }

    /// A moderator answers a letter with this line.
    fn answers(&mut self, nth: usize, letter: &Letter, line: &str) {
        let cast = &self.stage.rig.cast;
        let to = address(letter, "Reply-To");
        self.said += 1;
        let subject = format!("Re: {}", subject(letter));
        let mail = signed(cast, &cast.moderators[nth], &to, &subject, &format!("answer-{}", self.said), "", &format!("{line}\n"));
        self.stage.deliver(&cast.moderators[nth], &to, &mail);
    }
}

fn apply(stage: &Stage, of: &Person, id: &str, extra: &str, body: &str) -> i64 {
    let cast = &stage.rig.cast;
    let subject = "Application for the predisclosure list";
    stage.deliver(of, APPLICATIONS, &signed(cast, of, APPLICATIONS, subject, id, extra, body))
}

/// The next Monday, at ten.
fn monday() -> Timestamp {
    let mut day = present().to_zoned(TimeZone::UTC).date().saturating_add(1.day());
    while day.weekday() != Weekday::Monday {
        day = day.saturating_add(1.day());
    }
    day.at(10, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// Everything that lies in the archive of the public list: who wrote it (the local part), and the text of its Subject.
fn archive(stage: &Stage) -> BTreeMap<(String, String), usize> {
    let mut found = BTreeMap::new();
    for message in stage.rig.dovecot.messages("lists") {
        if fields(&message, "To").iter().any(|to| to.contains("predisclosure-applications@")) {
            let from = fields(&message, "From").concat();
            let who = if from.contains("security-desk@") { "team".to_owned() } else { "applicant".to_owned() };
            *found.entry((who, fields(&message, "Subject").concat())).or_default() += 1;
        }
    }
    found
}

#[test]
fn twenty_four_applications_in_five_days_of_an_embargo() {
    let pages = tempfile::tempdir().unwrap();
    let out = pages.path().join("public");
    let plan = Plan { hands: Hands::Ours, ..Plan::xen().with_smarthost() };
    let stage = Stage::with(plan, |site| site.publish(&out));
    let cast = &stage.rig.cast;
    live(&stage);
    let page = || std::fs::read_to_string(out.join("organisations.html")).unwrap_or_default();
    assert_eq!(page().matches("<li>").count(), 75);
    let mut team = Team { stage: &stage, got: [Vec::new(), Vec::new()], said: 0 };
    let begin = monday();
    let mut ids: Vec<i64> = Vec::new();
    let lacking = [3, 8, 13, 18];
    for (nth, applicant) in cast.applicants.iter().enumerate() {
        stage.rig.time.set(begin + DAY * i32::try_from(nth / 5).unwrap());
        let lacks = if lacking.contains(&nth) { Lacks::SecurityPage } else { Lacks::Nothing };
        ids.push(apply(&stage, applicant, "apply", "", &body(applicant, lacks)));
    }
    // Nothing was said in public, and nobody had to read 24 letters to know what waits.
    assert_eq!(
        archive(&stage),
        BTreeMap::from([(("applicant".to_owned(), "Application for the predisclosure list".to_owned()), 24)])
    );
    let queue = stage.command(&["applications", "--config", stage.site.path(), "--json"]);
    let queue = String::from_utf8(queue.stdout).unwrap();
    assert_eq!(queue.lines().count(), 24, "{queue}");
    assert!(queue.lines().all(|line| line.contains("\"embargo_active_at_arrival\":true")), "{queue}");

    // Four are asked for what is missing. One person does it, in the policy's words.
    for &nth in &lacking {
        let [mona, _] = team.both(&format!("[application-{}] New", ids[nth]));
        assert!(text(&mona).contains("An embargo ran when it came"), "{}", text(&mona));
        assert!(text(&mona).contains("A07-SECURITY-INVITATION: absent"), "{}", text(&mona));
        team.answers(0, &mona, "incomplete");
        let draft = team.letter(0, &format!("[application-{}] Draft", ids[nth]));
        assert!(text(&draft).contains("to report them in confidence to you"), "{}", text(&draft));
        team.answers(0, &draft, "send");
    }
    // It cannot be accepted as it is; the answer names the policy's sentence.
    let first = lacking[0];
    let told = team.letter(0, &format!("[application-{}] Your command", ids[first]));
    team.answers(0, &told, "accept");
    let refused = text(&team.letter(0, &format!("[application-{}] Your command", ids[first])));
    assert!(refused.contains("has no discretion to accept applications which do not provide all"), "{refused}");
    // One sends what was missing: the notice shows that and nothing else.
    let security = "Security invitation: https://app04.example/security invites everybody to report vulnerabilities in confidence.\n\
                    Public security contact: security@app04.example\n";
    let reply = "In-Reply-To: <apply@app04.example>\nReferences: <apply@app04.example>\n";
    apply(&stage, &cast.applicants[first], "again", reply, security);
    let [mona, milo] = team.both(&format!("[application-{}] Sent again", ids[first]));
    let shown = text(&milo);
    assert!(shown.contains("A07-SECURITY-INVITATION: present") && !shown.contains("A01-ORG-NAME"), "{shown}");
    assert!(shown.contains("Every required item"), "{shown}");

    // These are accepted by two, each; the last of them never hears of it, because nobody reads its alias.
    let mut accepted = vec![first];
    accepted.extend([0, 1, 2, 4, 5, 6, 7, 9, 10, 11, 12]);
    let silent = 12;
    for &nth in &accepted {
        let mine = if nth == first { mona.clone() } else { team.letter(0, &format!("[application-{}] New", ids[nth])) };
        accept(&mut team, ids[nth], &mine);
        if nth != silent {
            confirm(&stage, &cast.applicants[nth]);
        }
    }
    // Three are rejected; one of them appeals, and two people see it another way.
    for nth in [14, 15, 16] {
        let notice = team.letter(1, &format!("[application-{}] New", ids[nth]));
        team.answers(1, &notice, "reject because the page does not say what the service costs.");
        let draft = team.letter(1, &format!("[application-{}] Draft", ids[nth]));
        assert!(text(&draft).contains("you may appeal it via the governance processes"), "{}", text(&draft));
        team.answers(1, &draft, "send");
    }
    let appeal = "In-Reply-To: <apply@app15.example>\nReferences: <apply@app15.example>\n";
    apply(
        &stage,
        &cast.applicants[14],
        "appeal",
        appeal,
        "We appeal against this decision: the page names the rates in its footer.\n",
    );
    let heard = team.letter(0, &format!("[application-{}] A mail in its thread", ids[14]));
    assert!(text(&heard).contains("seems to appeal"), "{}", text(&heard));
    team.answers(0, &heard, "appealed");
    let told = team.letter(0, &format!("[application-{}] Your command", ids[14]));
    accept(&mut team, ids[14], &told);
    confirm(&stage, &cast.applicants[14]);
    // One is taken back; one answer is drafted and dropped: it is never read by anybody else.
    let back = "In-Reply-To: <apply@app18.example>\nReferences: <apply@app18.example>\n";
    apply(&stage, &cast.applicants[17], "back", back, "We withdraw our application: we do not use Xen any more.\n");
    let heard = team.letter(1, &format!("[application-{}] A mail in its thread", ids[17]));
    team.answers(1, &heard, "withdrawn");
    let notice = team.letter(0, &format!("[application-{}] New", ids[19]));
    team.answers(0, &notice, "reject because of a mistake of mine.");
    let draft = team.letter(0, &format!("[application-{}] Draft", ids[19]));
    team.answers(0, &draft, "retract");
    // A forger with nobody's key, and a member of the team with somebody else's token: nothing happens.
    let other = team.letter(1, &format!("[application-{}] Draft", ids[19]));
    team.answers(0, &other, "send");

    stage.settle();
    let answer = |word: &str| ("team".to_owned(), format!("Application for the predisclosure list: {word}"));
    let expected = BTreeMap::from([
        (("applicant".to_owned(), "Application for the predisclosure list".to_owned()), 27),
        (answer("incomplete"), 4),
        (answer("accepted"), 13),
        (answer("not accepted"), 3),
    ]);
    until("the archive", || (archive(&stage) == expected).then_some(()));
    no_word_of_it(&stage);

    // The members, the public list and its history follow: 12 aliases answered.
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE state = 'active'"), 75 + 12);
    assert_eq!(stage.count("SELECT COUNT(*) FROM member WHERE standing = 'unconfirmed'"), 1);
    let roster = |verb: &str| String::from_utf8(stage.command(&["roster", "--config", stage.site.path(), verb]).stdout).unwrap();
    assert_eq!(roster("list").lines().count(), 75 + 12);
    assert!(roster("list").contains("Applicant 15 Ltd\n") && !roster("list").contains("Applicant 13 Ltd"));
    assert_eq!(roster("history").lines().count(), 1, "they all came onto the list on the last day: {}", roster("history"));
    assert!(!(roster("list") + &roster("history") + &roster("export")).contains('@'));
    until("the new ones on the page", || (page().matches("<li>").count() == 75 + 12 + 1).then_some(()));
    let organisations = page();
    assert!(
        organisations.contains("<li>Applicant 15 Ltd</li>") && !organisations.contains("Applicant 13 Ltd"),
        "{organisations}"
    );
    assert!(!organisations.contains('@'));
    let states = stage.texts("SELECT state || ' ' || COUNT(*) FROM application_file GROUP BY state ORDER BY state");
    assert_eq!(states, ["accepted 1", "incomplete 3", "listed 12", "received 4", "rejected 2", "under-review 1", "withdrawn 1"]);

    // Both lists: a post of a member goes to the new ones, and to exactly the others.
    stage.deliver(&cast.posters[0], DISCUSS, &mail::technical(cast, "after"));
    stage.settle();
    let recipients = stage.texts(
        "SELECT recipient FROM delivery JOIN letter ON letter.id = letter_id WHERE kind = 'redistribution' AND label LIKE 'post:%' ORDER BY 1",
    );
    let active = stage.texts("SELECT address FROM member WHERE state = 'active' ORDER BY 1");
    assert_eq!(recipients, active);
    assert_eq!(recipients.len(), 87);
}

/// Two people accept: one drafts, the other sends.
fn accept(team: &mut Team<'_>, id: i64, letter: &Letter) {
    team.answers(0, letter, "accept");
    let [mine, other] = team.both(&format!("[application-{id}] Draft for the public list: accepted"));
    assert!(text(&mine).contains("another person of the team must answer"), "{}", text(&mine));
    assert!(text(&other).contains("the organisation becomes a member"), "{}", text(&other));
    team.answers(1, &other, "send");
}

/// Somebody who reads the alias answers the question, from the organisation's own domain.
fn confirm(stage: &Stage, of: &Person) {
    let alias = format!("security@{}", of.domain);
    let asked = stage.rig.relay.collect(&alias).remove(0);
    assert!(subject(&asked).contains("Please confirm"), "{}", subject(&asked));
    let to = address(&asked, "Reply-To");
    stage.deliver(of, &to, &signed(&stage.rig.cast, of, &to, "Re: confirm", "confirm", "", "confirm\n"));
}

/// XSA-999 is with the members. The letters of that story are not looked at here.
fn live(stage: &Stage) {
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    stage.deliver(mona, crate::stage::PRIMARY, &mail::advisory(cast));
    let request = stage.rig.relay.collect(&milo.address).remove(0);
    let to = address(&request, "Reply-To");
    stage.deliver(milo, &to, &signed(cast, milo, &to, "Re: send", "live", "", "send\n"));
    stage.settle();
    assert_eq!(
        stage.count("SELECT COUNT(*) FROM delivery JOIN letter ON letter.id = letter_id WHERE kind = 'redistribution'"),
        75
    );
}

/// Nothing that the team wrote to the public list speaks of the embargo, and no alias stands in it.
fn no_word_of_it(stage: &Stage) {
    for message in stage.rig.dovecot.messages("lists") {
        let ours = fields(&message, "From").concat().contains("security-desk@");
        if !ours || !fields(&message, "To").concat().contains("predisclosure-applications@") {
            continue;
        }
        let whole = String::from_utf8_lossy(&message).split_whitespace().collect::<Vec<_>>().join(" ");
        let said = whole.split("Content-Transfer-Encoding").nth(1).unwrap_or(&whole).to_lowercase();
        for word in ["embargo", "xsa-", "advisory", mail::TITLE, "security@app"] {
            assert!(!said.contains(word), "{word}: {said}");
        }
    }
}
