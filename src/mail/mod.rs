//! The nouns of e-mail, after the RFCs that define them.

mod address;
mod ids;
mod raw;

pub use address::{Address, Mailbox, NotAnAddress};
pub use ids::{ListId, MessageId, NotAnId};
pub use raw::{Digest, NotADigest, RawMessage};
