//! What a test wants the servers to be.

use std::collections::{BTreeMap, BTreeSet};

/// How the MX puts mail into a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Postfix's virtual(8) writes the Maildir: no Received line of its own, Delivered-To holds the recipient with its +TOKEN.
    Virtual,
    /// Aliases, then LMTP into Dovecot: a second Received line (`with LMTP`) on top; X-Original-To holds the recipient.
    Lmtp,
}

/// Whether a real Postfix stands between the daemon and the scripted receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smarthost {
    /// The daemon talks to the receiver itself.
    Absent,
    /// The daemon talks to Postfix, which queues, sends on, and bounces to our MX.
    Present,
}

/// Who moves the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    /// Nobody.
    Fixed,
    /// The story, with [`super::time::Time`].
    Ours,
}

/// The names and shapes of one rig.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The MX's host name (`by` of its Received line) and authserv-id.
    pub mx_host: String,
    /// Mailboxes (IMAP users) and the addresses, without +TOKEN, that end in them. All else is refused with 550.
    pub mailboxes: BTreeMap<String, Vec<String>>,
    /// How the MX delivers.
    pub delivery: Delivery,
    /// Whether there is a smarthost.
    pub smarthost: Smarthost,
    /// Whether the daemon's and Dovecot's clocks can be moved.
    pub hands: Hands,
}

impl Plan {
    /// The Xen Project's addresses: `security` gets what is written to the team and to its tokens, `lists` what is written to
    /// the private lists, to the applications list and to their machinery.
    pub fn xen() -> Self {
        let lists = ["xen-security-issues", "xen-security-issues-discuss", "predisclosure-applications"];
        let roles = ["", "-bounces", "-request", "-owner"];
        let mut security = Vec::new();
        let mut to_lists = Vec::new();
        for domain in ["xenproject.org", "xen.org"] {
            for local in ["security", "security-team-members", "security-desk", "moderate", "case"] {
                security.push(format!("{local}@{domain}"));
                security.push(format!("{local}@lists.{domain}"));
            }
            for list in lists {
                to_lists.extend(roles.iter().map(|role| format!("{list}{role}@lists.{domain}")));
            }
        }
        Self {
            mx_host: "mx.xenproject.test".to_owned(),
            mailboxes: BTreeMap::from([("security".to_owned(), security), ("lists".to_owned(), to_lists)]),
            delivery: Delivery::Virtual,
            smarthost: Smarthost::Absent,
            hands: Hands::Fixed,
        }
    }

    /// The same, delivered another way.
    pub fn delivered(self, delivery: Delivery) -> Self {
        Self { delivery, ..self }
    }

    /// The same, with a smarthost.
    pub fn with_smarthost(self) -> Self {
        Self { smarthost: Smarthost::Present, ..self }
    }

    /// Every domain of the addresses, once.
    pub fn domains(&self) -> Vec<String> {
        let of = |address: &String| address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
        self.mailboxes.values().flatten().filter_map(of).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
