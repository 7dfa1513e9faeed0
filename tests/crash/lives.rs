//! The story of the crash tests, told over as many lives as it takes.

use std::{collections::BTreeMap, os::unix::process::ExitStatusExt as _};

use rusqlite::{Connection, OpenFlags};

use crate::{
    rig::{daemon::Daemon, ground::until, plan::Plan, relay::Letter},
    stage::{
        DISCUSS, PRIMARY, SECURITY, Stage,
        mail::{self, signed},
        read::{address, field, subject, text},
    },
};

/// What the whole story brings about, whatever happened on the way: the letters by kind.
const LETTERS: [(&str, i64); 8] = [
    ("acknowledgement", 1),
    ("delivery-summary", 3),
    ("held-notice", 2),
    ("held-receipt", 1),
    ("redistribution", 3),
    ("ruled", 3),
    ("send-request", 1),
    ("triage-notice", 2),
];

struct Lives<'a> {
    stage: Stage,
    place: &'a str,
    left: &'a [u32],
    daemon: Option<Daemon>,
    armed: bool,
}

/// Plays the story with the daemon dying at `place` as often as `lives` says, and checks what is there in the end.
pub fn play(place: &str, lives: &[u32]) {
    let stage = Stage::dark(Plan::xen(), |site| {
        for account in 0..2 {
            site.set("source.imap", account, "mark", "{ keyword = \"$Embargod\" }");
        }
    });
    let mut play = Lives { stage, place, left: lives, daemon: None, armed: false };
    play.begin_life();
    let cast = crate::rig::cast::Cast::new();
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };

    play.step(&cast.discoverer.address, SECURITY, &mail::report(&cast, "report-1"), 3);
    play.step(&mona.address, PRIMARY, &mail::advisory(&cast), 4);
    let to = play.reply_address("waits for a second person", &milo.address);
    play.step(&milo.address, &to, &signed(&cast, milo, &to, "Re: [held]", "send", "", "send\n"), 7);
    play.step(&cast.posters[0].address, DISCUSS, &mail::technical(&cast, "post-1"), 10);
    play.step(&cast.posters[0].address, DISCUSS, &mail::ambiguous(&cast, "post-2"), 13);
    let to = play.reply_address("A mail waits for a ruling", &mona.address);
    play.step(&mona.address, &to, &signed(&cast, mona, &to, "Re: [held]", "approve", "", "approve\n"), 16);

    play.last_life();
    play.check();
}

impl Lives<'_> {
    /// Starts the daemon: armed while the list lasts.
    fn begin_life(&mut self) {
        let failpoint = self.left.split_first().map(|(count, left)| {
            self.left = left;
            format!("{}:{count}", self.place)
        });
        self.armed = failpoint.is_some();
        let environment: Vec<(&str, &str)> = failpoint.iter().map(|place| ("EMBARGOD_FAILPOINT", place.as_str())).collect();
        self.daemon = Some(self.stage.spawn(&environment));
    }

    /// Begins the next life when this one has ended; it may only end by SIGKILL, and only when it was armed.
    fn next_life(&mut self) {
        if self.daemon.as_mut().is_none_or(Daemon::ended) {
            let daemon = self.daemon.take().expect("a daemon");
            let log = daemon.stderr();
            let status = daemon.wait();
            assert!(self.armed && status.signal() == Some(9), "ended by itself with {status}: {log}");
            self.begin_life();
        }
    }

    /// A mail arrives, and everything it brings about is done: so many letters in all, every delivery of them settled.
    fn step(&mut self, from: &str, to: &str, message: &[u8], letters: i64) {
        self.stage.rig.inject(from, to, message);
        until(&format!("letter {letters} and all deliveries ({})", self.place), || {
            self.next_life();
            let done = self.number("SELECT COUNT(*) FROM letter") == Some(letters)
                && self.number("SELECT COUNT(*) FROM delivery WHERE settled_at IS NULL") == Some(0)
                && self.number("SELECT COUNT(*) FROM inbox WHERE state = 'taken'") == Some(0);
            done.then_some(())
        });
    }

    /// Every life that was to end has ended; the last one stops in order.
    fn last_life(&mut self) {
        until(&format!("the last kill ({}; left: {:?})", self.place, self.left), || {
            self.next_life();
            (!self.armed).then_some(())
        });
        let mut daemon = self.daemon.take().expect("a daemon");
        daemon.wait_notice("READY=1");
        assert!(daemon.stop().success());
    }

    /// Where the newest notice of that subject to that person says the answer goes.
    fn reply_address(&self, about: &str, to: &str) -> String {
        let letters = self.stage.rig.relay.rest();
        let notice = letters.iter().rev().find(|letter| letter.recipients == [to] && subject(letter).ends_with(about));
        address(notice.expect("a notice"), "Reply-To")
    }

    /// A number from the database, if there is one already.
    fn number(&self, sql: &str) -> Option<i64> {
        let path = self.stage.site.state.join("embargod.sqlite");
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        database.query_row(sql, [], |row| row.get(0)).ok()
    }

    fn check(&self) {
        let stage = &self.stage;
        // No decision twice, and none missing.
        let kinds = stage.texts("SELECT kind || ' ' || COUNT(*) FROM letter GROUP BY kind ORDER BY kind");
        assert_eq!(kinds, LETTERS.map(|(kind, count)| format!("{kind} {count}")));
        assert_eq!(
            stage.texts("SELECT class || ' ' || state FROM inbox ORDER BY id"),
            ["report decided", "advisory ruled", "command decided", "post decided", "post ruled", "command decided"]
        );
        assert_eq!(stage.count("SELECT COUNT(*) FROM case_file"), 1);
        assert_eq!(stage.texts("SELECT state || ' ' || sent_by FROM advisory"), ["sent milo"]);
        assert_eq!(
            stage.texts("SELECT place || ' ' || state || ' ' || ruled_by FROM held ORDER BY inbox_id"),
            ["primary approved milo", "discuss approved mona"]
        );
        let flags = [stage.rig.dovecot.flags("security", "INBOX"), stage.rig.dovecot.flags("lists", "INBOX")].concat();
        assert_eq!(flags.len(), 6);
        assert!(flags.iter().all(|(_, flags)| flags == &["$Embargod"]), "{flags:?}");
        self.check_letters();
    }

    /// Every delivery arrived once; twice only if the database says that it was sent again, and then as the very same mail.
    fn check_letters(&self) {
        let stage = &self.stage;
        let mut got: BTreeMap<(String, String), Vec<Letter>> = BTreeMap::new();
        for letter in stage.rig.relay.rest() {
            let key = (field(&letter.bytes, "Message-ID"), letter.recipients.join(","));
            got.entry(key).or_default().push(letter);
        }
        let database = stage.database();
        let mut statement = database
            .prepare(
                "SELECT '<' || message_id || '>', recipient, state, resent FROM delivery JOIN letter ON letter.id = letter_id",
            )
            .unwrap();
        let rows = statement
            .query_map([], |row| {
                Ok(((row.get::<_, String>(0)?, row.get::<_, String>(1)?), row.get::<_, String>(2)?, row.get::<_, bool>(3)?))
            })
            .unwrap();
        let (mut deliveries, mut resent, mut doubled) = (0, 0, 0);
        for (key, state, again) in rows.map(Result::unwrap) {
            let copies = got.remove(&key).unwrap_or_default();
            assert_eq!(state, "accepted", "{key:?}");
            let allowed = if again { 1..=2 } else { 1..=1 };
            assert!(allowed.contains(&copies.len()), "{} copies of {key:?}, sent again: {again}", copies.len());
            let same = |two: &[Letter]| two[0].bytes == two[1].bytes && two[0].reverse_path == two[1].reverse_path;
            assert!(copies.windows(2).all(same), "{key:?}");
            deliveries += 1;
            resent += usize::from(again);
            doubled += copies.len() - 1;
        }
        let unknown: Vec<_> = got.keys().collect();
        assert!(unknown.is_empty(), "letters that no delivery row knows: {unknown:?}");
        assert_eq!(deliveries, 3 * 75 + 3 * 2 + 3 * 2 + 1 + 2 + 1 + 1 + 2, "75 members, three times; the team; Dana; Pat");
        // A kill cuts sixteen connections at most, each with one message on it and one claimed behind it.
        let kills: usize = if ["claimed", "sent", "settled", "claimed-uncommitted"].contains(&self.place) { 3 } else { 6 };
        assert!(resent <= 2 * 16 * kills, "{resent} sent again");
        assert!(doubled <= 16 * kills, "{doubled} arrived twice: more than connections were open");
        if self.place == "sent" || self.place == "claimed" {
            assert!(resent >= 3, "each kill here leaves an outcome nobody knows: {resent}");
        }
        if self.place == "nowhere" {
            assert_eq!(resent, 0);
        }
        for letter in stage.rig.relay.rest().iter().filter(|letter| subject(letter).ends_with("Delivered")) {
            assert!(text(letter).ends_with(": 75 of 75 delivered"), "{}", text(letter));
        }
    }
}
