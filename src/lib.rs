//! embargod: the mail daemon that a security response team trusts with its secrets.

#![forbid(unsafe_code)]

pub mod advisory;
pub mod application;
pub mod clock;
pub mod command;
pub mod disclosure;
pub mod entropy;
pub mod mail;
pub mod patterns;
pub mod rules;
pub mod schedule;
