//! Embargoed words are where they belong and nowhere else.

use std::{fs, path::Path};

use crate::{
    replies::Program,
    rig::{
        canaries::{hits, hits_in_processes},
        cast::{Person, letter},
        relay::{Fault, Letter},
    },
    stage::{
        DISCUSS, PRIMARY, SECURITY, Stage,
        mail::{self, CANARIES, signed},
        read::{address, subject},
    },
};

/// Letters that carry or show a mail to the team or to the members: they are allowed to.
const CARRIERS: [&str; 6] = ["triage-notice", "case-mail", "held-notice", "send-request", "redistribution", "case-reply"];

#[test]
fn canaries_are_at_the_members_and_in_the_database_and_nowhere_else() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    let (dana, pat) = (&cast.discoverer, &cast.posters[0]);

    // The whole main job, with everything in it that makes software talk: refusals, cuts, forgeries, errors.
    stage.rig.relay.on("security@org02.example", Fault::Rcpt("550 5.1.1 wobbegong-7141 quokkaslot_2718"), 9);
    stage.rig.relay.on("security@org03.example", Fault::CutInData, 1);
    stage.rig.relay.on("security@org04.example", Fault::Dot("451 4.3.0 numbatfix_3141 bilbyfile-1618 Potoroo-5772"), 1);
    stage.deliver(dana, SECURITY, &mail::report(cast, "report-1"));
    stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    stage.deliver(&cast.forger, PRIMARY, &mail::advisory_unsigned(mona));
    stage.settle();
    let request = stage.letters(&milo.address).into_iter().find(|letter| subject(letter).ends_with("waits for a second person"));
    let to = address(&request.expect("the request"), "Reply-To");
    stage.deliver(milo, &to, &signed(cast, milo, &to, "Re: [held]", "send", "", "send\n"));
    stage.deliver(pat, DISCUSS, &mail::technical(cast, "post-1"));
    stage.deliver(&cast.posters[1], DISCUSS, &mail::policy(cast, "policy-1"));
    drop(stage.letters(&mona.address));
    let held = stage.deliver(pat, DISCUSS, &mail::ambiguous(cast, "post-2"));
    let notice = stage
        .letters(&mona.address)
        .into_iter()
        .find(|letter| subject(letter) == format!("[held-{held}] A mail waits for a ruling"));
    let notice = notice.expect("mona's notice");
    // A command that is not understood, and whose words are the embargoed ones.
    let (to, muddled) = Program::Outlook.answer(cast, mona, &notice, "muddled", "approve? quokkaslot_2718 wobbegong-7141");
    stage.deliver(mona, &to, &muddled);
    let (to, answer) = Program::Gmail.answer(cast, mona, &notice, "approve", "approve");
    stage.deliver(mona, &to, &answer);
    stage.deliver(&cast.forger, DISCUSS, &mail::technical_unsigned(cast, "post-3"));
    let to_public = String::from_utf8(letter(
        pat,
        DISCUSS,
        "XSA-999 wobbegong-7141",
        "post-4",
        "Cc: xen-devel@lists.xenproject.org\n",
        "The quokkaslot_2718 patch does not apply to 4.17.\n",
    ));
    stage.deliver(pat, DISCUSS, &cast.sign(to_public.unwrap().as_bytes(), pat));
    stage.settle();

    assert_eq!(hits_in_processes(&CANARIES), [], "the process list");

    // The machine: everything below the rig but where mail lies by design. Log and stderr are of the level `debug`.
    let ground = stage.rig.ground.path().to_owned();
    let by_design = ["mailboxes", "state", "mx/queue", "opendkim"].map(|place| ground.join(place));
    let elsewhere: Vec<_> =
        hits(&ground, &CANARIES).into_iter().filter(|hit| !by_design.iter().any(|place| hit.path.starts_with(place))).collect();
    assert_eq!(elsewhere, []);
    let log = stage.daemon().stderr();
    assert!(log.contains("message 1 decided") && log.contains(" DEBUG "), "there is a log to look into: {log}");
    assert!(ground.join("tmp").is_dir(), "the daemon's TMPDIR");
    assert_eq!(fs::read_dir(ground.join("tmp")).unwrap().count(), 0, "nothing is left there");

    // Our letters, by kind: those that carry a mail may; no other, and no Subject of our own.
    let letters = tempfile::tempdir().unwrap();
    let (mut kinds, mut own) = (Vec::new(), 0);
    let database = stage.database();
    let mut statement = database.prepare("SELECT id, kind, bytes FROM letter").unwrap();
    let rows =
        statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))).unwrap();
    for (id, kind, bytes) in rows.map(Result::unwrap) {
        let letter = Letter { reverse_path: String::new(), recipients: Vec::new(), bytes, connection: 0 };
        if kind != "redistribution" {
            let subject = subject(&letter);
            assert!(!CANARIES.iter().any(|word| subject.contains(word)), "{kind}: {subject}");
        }
        if !CARRIERS.contains(&kind.as_str()) {
            fs::write(letters.path().join(format!("{kind}-{id}")), &letter.bytes).unwrap();
            own += 1;
        }
        kinds.push(kind);
    }
    assert_eq!(hits(letters.path(), &CANARIES), [], "letters that carry no mail");
    kinds.sort();
    kinds.dedup();
    for kind in ["acknowledgement", "alarm", "command-answer", "delivery-summary", "held-receipt", "rejection", "ruled"] {
        assert!(kinds.contains(&kind.to_owned()), "no {kind} was looked into: {kinds:?}");
    }
    assert!(own > 10);

    // The positive control: the same search finds every word at a member, and in the database.
    let member: &Person = &cast.members[30];
    let copies = tempfile::tempdir().unwrap();
    for (number, copy) in stage.rig.relay.collect(&member.address).iter().enumerate() {
        fs::write(copies.path().join(number.to_string()), &copy.bytes).unwrap();
    }
    assert_eq!(words(copies.path()), words_of(&CANARIES));
    assert_eq!(words(&stage.site.state), words_of(&CANARIES));
    // And at nobody outside: of what the public list or the forger's address could get there is nothing.
    let members: Vec<&str> = cast.members.iter().map(|member| member.address.as_str()).collect();
    let inside = [mona.address.as_str(), milo.address.as_str()];
    let outside = tempfile::tempdir().unwrap();
    for (number, letter) in stage.rig.relay.rest().iter().enumerate() {
        let to = letter.recipients[0].as_str();
        if !members.contains(&to) && !inside.contains(&to) {
            fs::write(outside.path().join(format!("{number}-{to}")), &letter.bytes).unwrap();
        }
    }
    assert!(fs::read_dir(outside.path()).unwrap().count() >= 2, "acknowledgement, rejection, receipts");
    assert_eq!(hits(outside.path(), &CANARIES), []);
}

/// The words found below a place.
fn words(place: &Path) -> Vec<String> {
    let mut found: Vec<String> = hits(place, &CANARIES).into_iter().map(|hit| hit.word).collect();
    found.sort();
    found.dedup();
    found
}

fn words_of(canaries: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = canaries.iter().map(|word| (*word).to_owned()).collect();
    all.sort();
    all
}
