//! The only reader of randomness.
//!
//! Whoever needs an unguessable value gets an [`Entropy`] as an argument; tests and the demo pass [`SeededEntropy`].

use sha2::{Digest as _, Sha256};

/// A source of unguessable bytes.
pub trait Entropy: Send {
    /// Fills `into` with random bytes.
    fn fill(&mut self, into: &mut [u8]);

    /// A token of 130 bits in lower-case base32 (26 characters of `a-z2-7`): fits into the local part of an address and
    /// survives mail programs that change case.
    fn token(&mut self) -> String {
        let mut bytes = [0_u8; 17];
        self.fill(&mut bytes);
        let mut text = data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
        text.truncate(TOKEN_LENGTH);
        text
    }
}

/// Length of [`Entropy::token`] in characters.
pub const TOKEN_LENGTH: usize = 26;

/// Whether a text has the shape of [`Entropy::token`], in letters of either case: some mail programs change it.
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'2'..=b'7'))
}

/// The operating system's random generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's randomness")]
    fn fill(&mut self, into: &mut [u8]) {
        // Without randomness no token may be made: there is nothing sensible left to do, and nothing has been sent.
        if getrandom::fill(into).is_err() {
            std::process::abort();
        }
    }
}

/// A repeatable stream of bytes from a seed: for tests, the demo and rehearsals, never for a running daemon.
#[derive(Debug, Clone)]
pub struct SeededEntropy {
    seed: u64,
    block: u64,
}

impl SeededEntropy {
    /// The stream that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, block: 0 }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, into: &mut [u8]) {
        for chunk in into.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(self.seed.to_be_bytes());
            hash.update(self.block.to_be_bytes());
            self.block = self.block.wrapping_add(1);
            for (to, from) in chunk.iter_mut().zip(hash.finalize()) {
                *to = from;
            }
        }
    }
}
