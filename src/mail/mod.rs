//! The nouns of e-mail, after the RFCs that define them.

mod address;
mod apart;
pub mod authentication;
pub mod automatic;
pub mod dkim;
pub mod doubt;
pub mod dsn;
pub mod headers;
mod html;
mod ids;
pub mod message;
mod mime;
mod raw;
pub mod reception;
pub mod reply;
pub mod shown;
mod wording;

pub use address::{Address, Mailbox, NotAnAddress, has_at};
pub use apart::{Apart, apart};
pub use authentication::{Authenticated, AuthenticationTrust, Unproven, addressed_by, authenticate};
pub use automatic::{AutomaticKind, AutomaticMark, automatic};
pub use dkim::{BadKey, Carried, DkimSigner, NotSigned, carried};
pub use doubt::Doubt;
pub use dsn::{Bounce, BounceKind, Permanence, bounce};
pub use headers::{HeaderEdit, Headers, NewField};
pub use html::{html_carries_more, html_says_otherwise};
pub use ids::{ListId, MessageId, NotAnId};
pub use message::{Encryption, Flow, Message, Part, PartRole, Unreadable};
pub use mime::decoded;
pub use raw::{Digest, NotADigest, RawMessage};
pub use reception::{Dmarc, DomainPolicy, FromMunging, Reception, head, is_vouched_for, reception};
pub use reply::beside::{
    Beside, BesideKind, Piece, is_answer,
    joined::{CALLED, is_small, joined},
};
pub use reply::{CommandText, OwnWords, Pasted, Quoting, Removed, RemovedKind, WordSource, command_words, own_words, pasted};
pub use shown::Shown;
