//! The stories: the whole main job of the real binary, on real servers.
//!
//! Mail goes in through a Postfix whose OpenDKIM judges it, lies in a Dovecot, is read over IMAP by `embargod run` with `config/xen.toml`,
//! and what comes out is what a real SMTP receiver took. No story writes an Authentication-Results of its own that is to be believed.
//!
//! One file a story; [`stage`] is what they play on.

#[cfg(test)]
#[path = "../rig/mod.rs"]
#[expect(dead_code, reason = "the rig's own proof uses all of it (tests/rig_proof.rs); the stories need a part")]
mod rig;

#[cfg(test)]
mod advisory;
#[cfg(test)]
mod applications;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod bounce;
#[cfg(test)]
mod bounce_ways;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod discoverer;
#[cfg(test)]
mod dkim_tools;
#[cfg(test)]
mod dmarc;
#[cfg(test)]
mod firewall;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod frozen;
#[cfg(test)]
mod liveness;
mod mailbox;
#[cfg(test)]
mod membership;
#[cfg(test)]
mod moderation;
#[cfg(test)]
mod others;
#[cfg(test)]
mod post;
#[cfg(test)]
mod release;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod report;
#[cfg(test)]
mod secrecy;
#[cfg(test)]
mod service;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tls_table;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod verified_tls;
#[cfg(test)]
mod why;
