//! The embargo firewall: does a letter say anything about a live case to somebody who is not cleared for it (P55, P56, P61)?
//!
//! Does: compiles each live case into [`Fingerprints`] (its texts and patches, names in code, title, CVE identifiers, files, reporter, mail
//! ids) and looks for them in every text of a [`Letter`], however quoted, wrapped or encoded. Afterwards it tells which revision a leaked
//! text came from ([`Firewall::which`]).
//! Promises: pure; what was copied verbatim and tells enough is found wherever it is, whatever was done to case, punctuation, line breaks,
//! quote marks, entities, soft hyphens or look-alike letters; existence, number and planned date of an advisory always pass; what is
//! public anyway ([`Public`]: standing phrases, our own letters, published advisories) is no fingerprint; a [`Hit`] names case, rule and place
//! and shows no word; work is linear in the letter.
//! Fails: never. What it cannot read (encrypted or packed parts) it counts ([`Letter::opaque`]); a paraphrase it does not recognise.

mod chorus;
mod diff;
mod fingerprints;
mod fold;
mod hit;
mod identifier;
mod index;
mod letter;
mod lookalike;
mod material;
mod part;
mod public;
mod scan;
mod stream;
mod vocabulary;
mod which;

#[cfg(test)]
mod tests;

pub use fingerprints::{Fingerprints, is_distinctive};
pub use hit::{Hit, Reader, Rule};
pub use letter::{Letter, Place};
pub use material::{AdvisoryName, CaseFile, CaseMaterial, LONGEST_TEXT, Source, SourceText, TextKind};
pub use public::Public;
pub use scan::Firewall;
pub use which::Holding;
