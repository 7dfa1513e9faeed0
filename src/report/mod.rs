//! The team's status page: what waits for whom, what is held, where the live cases stand, who got the last advisory, who is reachable.
//!
//! Does: reads the state on a read-only connection ([`facts`]), draws it as one page without scripts ([`page`]), and serves that page on a unix
//! socket or a loopback address ([`serve`]); and tells the figures alone to a monitoring system ([`prometheus`]).
//! Promises: nothing can be changed through it: it answers GET and HEAD and holds no connection that writes; it listens nowhere but on this
//! machine; a page of another site cannot read it (the Host field must name this machine, RFC 9110 7.2; no cookies, no cross-origin answers); no
//! title of a case and no address of a member is on it, the titles not unless `status.titles` says so.
//! Fails with [`serve::ServeError`] when it cannot listen; a state that cannot be read is told on the page, without content.

pub mod facts;
pub mod page;
pub mod prometheus;
pub mod readiness;
pub mod serve;
pub mod timeline;

pub use facts::{Facts, Ready};
