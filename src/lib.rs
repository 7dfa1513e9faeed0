//! embargod: the mail daemon that a security response team trusts with its secrets.

#![forbid(unsafe_code)]

pub mod clearance;
pub mod clock;
pub mod compose;
pub mod disclosure;
pub mod entropy;
pub mod mail;
pub mod rules;
