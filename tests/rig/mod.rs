//! The rig: real Dovecot, Postfix and OpenDKIM on loopback, a scripted receiver, a cast with keys, and the real binary.
//!
//! | file | what |
//! |---|---|
//! | `ground` | a directory, ports, processes that end with the test |
//! | `plan` | what a test wants the servers to be |
//! | `cast`, `dkim` | the people of the stories; they sign what they send |
//! | `opendkim`, `postfix`, `dovecot` | the real servers, each with its own configuration below the ground |
//! | `smtp`, `imap` | minimal clients: the outside world's mail server, a person's mail program |
//! | `time` | moves the wall clock of the daemon and of Dovecot (libfaketime) |
//! | `relay` | the world behind the relay: records every letter, fails on command |
//! | `daemon` | `embargod` itself |
//! | `canaries` | looks for words that must not be somewhere |
//!
//! It needs root (Postfix, Dovecot and OpenDKIM change users) and the packages that `tests/all.sh` installs, and touches no
//! service of the system. A rig that cannot stand fails the test.

pub mod canaries;
pub mod cast;
pub mod daemon;
pub mod dkim;
pub mod dovecot;
pub mod ground;
pub mod imap;
pub mod opendkim;
pub mod plan;
pub mod postfix;
pub mod relay;
pub mod smtp;
pub mod time;

use cast::Cast;
use dovecot::Dovecot;
use ground::Ground;
use opendkim::OpenDkim;
use plan::{Plan, Smarthost};
use postfix::{Arrived, Postfix};
use relay::Relay;
use time::Time;

/// Everything, standing. Fields are dropped in this order: the servers before the ground.
pub struct Rig {
    /// The people.
    pub cast: Cast,
    /// Our MX.
    pub mx: Postfix,
    /// Postfix between the daemon and the world, if planned.
    pub smarthost: Option<Postfix>,
    /// The mailboxes.
    pub dovecot: Dovecot,
    /// The milter and judge.
    pub opendkim: OpenDkim,
    /// The world.
    pub relay: Relay,
    /// The time of the daemon and of Dovecot.
    pub time: Time,
    /// The names.
    pub plan: Plan,
    /// The directory.
    pub ground: Ground,
}

impl Rig {
    /// Starts everything the plan asks for; returns when all of it answers.
    pub fn start(plan: Plan) -> Self {
        assert!(rustix::process::geteuid().is_root(), "the rig starts real mail servers and needs root: run tests/all.sh");
        let ground = Ground::new();
        let cast = Cast::new();
        let relay = Relay::start();
        let opendkim = OpenDkim::start(&ground, &plan.mx_host, &cast.key_records());
        let time = Time::new(&ground, plan.hands);
        let dovecot = Dovecot::start(&ground, &plan.mailboxes.keys().collect::<Vec<_>>(), &time);
        let mx = Postfix::mx(&ground, &plan, &opendkim, dovecot.lmtp());
        let smarthost = (plan.smarthost == Smarthost::Present).then(|| Postfix::smarthost(&ground, &plan, &mx, relay.port()));
        Self { cast, mx, smarthost, dovecot, opendkim, relay, time, plan, ground }
    }

    /// The port to which the daemon submits: the smarthost's, or the receiver's own.
    pub fn submission_port(&self) -> u16 {
        self.smarthost.as_ref().map_or_else(|| self.relay.port(), Postfix::port)
    }

    /// Hands a message to the MX and waits until it lies in its mailbox.
    pub fn inject(&self, reverse_path: &str, recipient: &str, message: &[u8]) -> Arrived {
        self.mx.inject(reverse_path, recipient, message)
    }

    /// The same, and the message as it was delivered (LF lines), with what our servers put on top.
    pub fn delivered(&self, reverse_path: &str, recipient: &str, message: &[u8]) -> Vec<u8> {
        let arrived = self.inject(reverse_path, recipient, message);
        let bare = recipient.split_once('+').map_or_else(
            || recipient.to_owned(),
            |(local, rest)| format!("{local}@{}", rest.rsplit_once('@').expect("an address").1),
        );
        let mailbox = self.plan.mailboxes.iter().find(|(_, addresses)| addresses.contains(&bare)).expect("a planned address").0;
        self.dovecot.delivered(mailbox, &arrived)
    }
}
