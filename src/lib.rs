//! embargod: the mail daemon that a security response team trusts with its secrets.

#![forbid(unsafe_code)]

pub mod advisory;
pub mod application;
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
pub mod mail;
pub mod moderation;
pub mod patterns;
pub mod rules;
pub mod schedule;
pub mod source;
pub mod store;
pub mod transport;
