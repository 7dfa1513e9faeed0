//! embargod reads a security response team's mailboxes, tells a vulnerability report from a membership application, a list post, a moderator's
//! reply, a bounce and noise, moderates the private discussion list, and brings embargoed mail to exactly the members of the predisclosure list,
//! byte for byte.
//!
//! **Bytes are on disk before anyone looks; pure functions decide; one transaction records the decision and every letter it causes; a separate loop
//! delivers, one recipient at a time; any doubt is held for a human.**
//!
//! # The house: four floors, imports only go down
//!
//! | floor | room | its one job |
//! |---|---|---|
//! | words | [`mail`] | the nouns of e-mail: raw bytes, the decoded view, addresses, proof of a sender, own words, bounces |
//! | | [`disclosure`] | the nouns of the policy: project, roster, case, advisory, content class |
//! | | [`clock`], [`entropy`] | the only readers of time and randomness |
//! | judgement (pure) | [`rules`], [`patterns`] | rule files: text -> checked set -> verdict with reasons |
//! | | [`classify`] | what kind of mail is it, and which way does it go |
//! | | [`moderation`] | may this post go out |
//! | | [`command`] | one line of a reply -> a command, or a helpful error |
//! | | [`application`], [`advisory`] | the checklist of an application; the grammar and lint of an advisory |
//! | | [`schedule`] | working days, promises, retries |
//! | | [`publication`] | what the public gets of a released advisory, for people and programs |
//! | | [`cases`] | the seven regions of a case: request + file -> events, or the step that is missing; what is due |
//! | | [`membership`] | applications and members: request + file -> events; the public list of organisations and its history |
//! | | [`transparency`] | the record of a case -> the report that everybody may read once it is public (P37, P38) |
//! | | [`compose`], [`clearance`] | every letter we send, and the one door through which it must pass |
//! | | [`firewall`] | does a letter give a live case away |
//! | | [`site`] | the public pages: released advisories -> the files of a web site, each read by the firewall |
//! | | [`release`] | the gate for the public release: never early |
//! | | [`decide`] | the one door in: message + facts + policy -> decision |
//! | edges (I/O) | [`store`] | the only SQL; opens with the table of states |
//! | | [`source`], [`transport`] | IMAP and Maildir in; SMTP and folders out |
//! | assembly | [`config`], [`daemon`], [`report`], [`cli`] | configuration, the loops, the team's status page, the command line |
//!
//! `tests/layers.rs` holds this table as data and fails on any import that goes up, on SQL outside [`store`], and on a file over 600 lines.
//!
//! # Follow one mail through the house
//!
//! In short; `docs/house.md` has it file by file, with what becomes of each kind of mail, the invariants that comments name by number, and where to
//! change what.
//!
//! 1. [`daemon::fetch`] asks a [`source`] for what lies after its own cursor (never `\Seen`) and stores bytes, digest and cursor in one transaction
//!    ([`store::inbox::take_in`]). Only then is the server told.
//! 2. [`daemon::handle`] takes the oldest stored message, takes it apart ([`mail::Message::parse`]) and, inside the writer's transaction, looks up what
//!    bears on it ([`store::snapshot`]), asks [`decide::decide`], and writes the answer ([`store::apply`]). What fails is quarantined; the next goes on.
//! 3. [`decide`] recognises it ([`classify`]), proves its sender ([`mail::authenticate`]) and answers with effects: open a case, hold, distribute, queue
//!    letters. A letter is written in [`compose`] and passes [`clearance::may_send`], which scans it for live cases, or does not exist.
//! 4. [`daemon::deliver`] claims recipients for several connections: the attempt is on disk before the network is touched, the outcome before
//!    the connection carries the next message.
//! 5. A moderator answers the notice by mail; the reply comes in by the same door, proves a person *and* a token, and settles the held post once.
//!
//! # What cannot be written
//!
//! An uncleared letter ([`clearance::Cleared`] is made in one place); a command from a From line ([`mail::Authenticated`] comes from the pinned
//! Authentication-Results alone); a post distributed without approval, or ruled on twice; a recipient taken from To or Cc; embargoed text in a `Debug`
//! output. Nothing here reads the clock outside [`clock`], and no branch drops a message.

#![forbid(unsafe_code)]

pub mod advisory;
pub mod application;
pub mod cases;
pub mod classify;
pub mod clearance;
pub mod cli;
pub mod clock;
pub mod command;
pub mod compose;
pub mod config;
pub mod daemon;
pub mod decide;
pub mod disclosure;
pub mod entropy;
pub mod firewall;
pub mod mail;
pub mod membership;
pub mod moderation;
pub mod patterns;
pub mod publication;
pub mod release;
pub mod report;
pub mod rules;
pub mod schedule;
pub mod site;
pub mod source;
pub mod store;
pub mod transparency;
pub mod transport;
