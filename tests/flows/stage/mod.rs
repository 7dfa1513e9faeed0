//! The stage of the stories: a rig, a site on it, the daemon running, and a look at its database.
//!
//! A story delivers mail through the real MX ([`Stage::deliver`]) and looks at what the world got ([`Stage::letters`]). It ends with
//! [`Stage::close`], which fails on any letter nobody looked at.

pub mod case;
pub mod mail;
pub mod next_hops;
pub mod read;
pub mod revision;
pub mod site;

use rusqlite::{Connection, OpenFlags, types::FromSql};

use crate::rig::{
    Rig,
    cast::Person,
    daemon::{Daemon, embargod},
    ground::until,
    plan::Plan,
    relay::Letter,
};
use site::{Site, site};

/// The team's address.
pub const SECURITY: &str = "security@xenproject.org";
/// The predisclosure list.
pub const PRIMARY: &str = "xen-security-issues@lists.xenproject.org";
/// The discussion list.
pub const DISCUSS: &str = "xen-security-issues-discuss@lists.xenproject.org";
/// The public applications list.
pub const APPLICATIONS: &str = "predisclosure-applications@lists.xenproject.org";

/// Rig, site and daemon.
pub struct Stage {
    daemon: Option<Daemon>,
    /// The configuration.
    pub site: Site,
    /// Servers and people.
    pub rig: Rig,
}

impl Stage {
    /// Everything running, with the shipped configuration.
    pub fn open() -> Self {
        Self::with(Plan::xen(), |_| {})
    }

    /// Everything running, with some keys set otherwise.
    pub fn with(plan: Plan, change: impl FnOnce(&mut Site)) -> Self {
        let mut stage = Self::dark(plan, change);
        stage.start(&[]);
        stage
    }

    /// Everything but the daemon.
    pub fn dark(plan: Plan, change: impl FnOnce(&mut Site)) -> Self {
        let rig = Rig::start(plan);
        let mut site = site(&rig);
        change(&mut site);
        site.write();
        Self { daemon: None, site, rig }
    }

    /// Starts the daemon, without waiting for it.
    pub fn spawn(&self, environment: &[(&str, &str)]) -> Daemon {
        let credentials = ("CREDENTIALS_DIRECTORY", self.site.credentials.to_str().unwrap());
        let time = self.rig.time.environment();
        let time: Vec<(&str, &str)> = time.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let environment = [environment, &time, &[credentials]].concat();
        Daemon::spawn(&self.rig.ground, &["run", "--config", self.site.path()], &environment)
    }

    /// Starts the daemon and waits until it says that it is ready.
    pub fn start(&mut self, environment: &[(&str, &str)]) {
        let mut daemon = self.spawn(environment);
        daemon.wait_notice("READY=1");
        self.daemon = Some(daemon);
    }

    /// The running daemon.
    pub fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("a running daemon")
    }

    /// The running daemon, to talk to.
    pub fn daemon_mut(&mut self) -> &mut Daemon {
        self.daemon.as_mut().expect("a running daemon")
    }

    /// Takes the daemon off the stage: to kill it, or to wait for its end.
    pub fn take_daemon(&mut self) -> Daemon {
        self.daemon.take().expect("a running daemon")
    }

    /// Hands a mail to the MX as its author would, and waits until the daemon has decided about it; the number it got.
    pub fn deliver(&self, from: &Person, to: &str, message: &[u8]) -> i64 {
        self.deliver_as(&from.address, to, message)
    }

    /// The same with any reverse path.
    pub fn deliver_as(&self, reverse_path: &str, to: &str, message: &[u8]) -> i64 {
        let arrived = self.rig.inject(reverse_path, to, message);
        self.decided(&arrived.queue_id)
    }

    /// Waits until the mail with that queue id of the MX has been decided about; its number.
    pub fn decided(&self, queue_id: &str) -> i64 {
        let mark = format!("id {queue_id}");
        until(&format!("a decision about {queue_id}"), || {
            let found: Option<i64> = self.ask_if(
                "SELECT inbox.id FROM inbox JOIN raw USING (digest) WHERE state <> 'taken' AND instr(bytes, CAST(?1 AS BLOB)) > 0",
                &mark,
            );
            found
        })
    }

    /// Waits until no letter is on its way any more, and the team was told how each ended; those that wait for another attempt do not count.
    pub fn settle(&self) {
        const OPEN: &str = "SELECT (SELECT COUNT(*) FROM delivery WHERE state IN ('queued', 'sending')) \
             + (SELECT COUNT(*) FROM letter WHERE settled_at IS NULL \
                AND NOT EXISTS (SELECT 1 FROM delivery WHERE letter_id = letter.id AND settled_at IS NULL))";
        until("the deliveries", || (self.count(OPEN) == 0).then_some(()));
    }

    /// Waits until the recipient has got something, and nothing more is on its way; takes it.
    pub fn letters(&self, to: &str) -> Vec<Letter> {
        self.settle();
        self.rig.relay.collect(to)
    }

    /// The same, of exactly one letter.
    pub fn letter(&self, to: &str) -> Letter {
        let mut letters = self.letters(to);
        let subjects: Vec<String> = letters.iter().map(read::subject).collect();
        assert_eq!(letters.len(), 1, "to {to}: {subjects:?}");
        letters.remove(0)
    }

    /// One letter to each moderator, mona's first.
    pub fn notices(&self) -> [Letter; 2] {
        let of = |nth: usize| self.letter(&self.rig.cast.moderators[nth].address);
        [of(0), of(1)]
    }

    /// Both moderators got one letter each whose text contains this.
    pub fn both_hear(&self, words: &str) {
        for notice in self.notices() {
            assert!(read::text(&notice).contains(words), "wanted {words:?} in: {}", read::text(&notice));
        }
    }

    /// Every member got exactly one letter; all of them, in the members' order.
    pub fn copies(&self) -> Vec<Letter> {
        self.rig.cast.members.iter().map(|member| self.letter(&member.address)).collect()
    }

    /// Nothing went out that nobody looked at.
    pub fn silence(&self) {
        self.settle();
        let rest = self.rig.relay.rest();
        let told: Vec<_> = rest.iter().map(|letter| (letter.recipients.clone(), read::subject(letter))).collect();
        assert_eq!(told, [], "letters nobody looked at");
    }

    /// A look into the daemon's database.
    pub fn database(&self) -> Connection {
        let path = self.site.state.join("embargod.sqlite");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// One number from the database.
    pub fn count(&self, sql: &str) -> i64 {
        self.ask(sql)
    }

    /// One value from the database.
    pub fn ask<T: FromSql>(&self, sql: &str) -> T {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn ask_if<T: FromSql>(&self, sql: &str, value: &str) -> Option<T> {
        self.database().query_row(sql, [value], |row| row.get(0)).ok()
    }

    /// All rows of one text column.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let database = self.database();
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// State of a mail, and class.
    pub fn state_of(&self, id: i64) -> (String, String) {
        let of = |column: &str| self.ask(&format!("SELECT {column} FROM inbox WHERE id = {id}"));
        (of("state"), of("class"))
    }

    /// The kinds of what the record says about a mail.
    pub fn events(&self, id: i64) -> Vec<String> {
        self.texts(&format!("SELECT kind FROM event WHERE inbox_id = {id} OR cause = {id} ORDER BY id"))
    }

    /// Runs a command of the operator's.
    pub fn command(&self, args: &[&str]) -> std::process::Output {
        let credentials = ("CREDENTIALS_DIRECTORY", self.site.credentials.to_str().unwrap());
        embargod(&self.rig.ground, args, &[credentials])
    }

    /// A member joins: proposed by root, agreed to by two, and one of them knows that its alias is read.
    pub fn joins(&self, organisation: &str, alias: &str) {
        let add = ["member", "--config", self.site.path(), "add", organisation, alias];
        assert!(self.command(&add).status.success());
        let [mona, milo] = self.notices().map(|letter| read::address(&letter, "Reply-To"));
        for (nth, to, line) in [(0, &mona, "second"), (1, &milo, "second")] {
            let person = &self.rig.cast.moderators[nth];
            self.deliver(person, to, &mail::signed(&self.rig.cast, person, to, "Re: member", &format!("join-{nth}"), "", line));
        }
        let letters = self.letters(&self.rig.cast.moderators[0].address);
        let to = read::address(letters.last().unwrap(), "Reply-To");
        let person = &self.rig.cast.moderators[0];
        let known = "confirmed because we have spoken";
        self.deliver(person, &to, &mail::signed(&self.rig.cast, person, &to, "Re: member", "join-2", "", known));
        drop(self.letter(alias));
        for moderator in &self.rig.cast.moderators {
            drop(self.letters(&moderator.address));
        }
    }

    /// The same at the time of the stage.
    pub fn command_now(&self, args: &[&str]) -> std::process::Output {
        let credentials = ("CREDENTIALS_DIRECTORY", self.site.credentials.to_str().unwrap());
        let time = self.rig.time.environment();
        let time: Vec<(&str, &str)> = time.iter().map(|(name, value)| (*name, value.as_str())).collect();
        embargod(&self.rig.ground, args, &[&time, &[credentials][..]].concat())
    }

    /// XSA-999 is with the members: submitted by mona, sent by milo, everything about it looked at.
    pub fn advisory_is_live(&self) {
        let cast = &self.rig.cast;
        let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
        self.deliver(mona, PRIMARY, &mail::advisory(cast));
        let to = read::address(&self.letter(&milo.address), "Reply-To");
        self.deliver(milo, &to, &mail::signed(cast, milo, &to, "Re: [held-1]", "release", "", "send\n"));
        drop(self.copies());
        for moderator in &cast.moderators {
            drop(self.letters(&moderator.address));
        }
        self.silence();
    }

    /// The end: nothing unlooked at, an orderly stop, nothing quarantined.
    pub fn close(mut self) -> Self {
        self.silence();
        assert_eq!(self.count("SELECT COUNT(*) FROM inbox WHERE state = 'quarantined'"), 0);
        let daemon = self.take_daemon();
        let log = daemon.stderr();
        assert!(daemon.stop().success(), "the daemon's end; its log: {log}");
        assert!(!log.contains("panicked"), "{log}");
        self
    }
}
