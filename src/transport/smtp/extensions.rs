//! What the relay offers in its answer to EHLO (RFC 5321 4.1.1.1).

/// The service extensions we use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// RFC 2920: commands may be sent in groups.
    pub(super) pipelining: bool,
    /// RFC 6152: the message may have octets over 127.
    pub(super) eight_bit_mime: bool,
    /// RFC 6531: addresses may be UTF-8.
    pub(super) smtp_utf8: bool,
    /// RFC 1870: the size may be declared.
    pub(super) size: bool,
    /// RFC 3461: bounces can be told to carry headers only.
    pub(super) dsn: bool,
    /// Postfix VERP_README: one transaction, and the relay makes the return path of each recipient.
    pub(super) xverp: bool,
    /// RFC 8689: the relay passes on over verified TLS only, where a transaction asks for it.
    pub(super) require_tls: bool,
    /// RFC 3207.
    pub(super) start_tls: bool,
    /// RFC 4954 with the mechanism PLAIN of RFC 4616.
    pub(super) auth_plain: bool,
}

impl Extensions {
    /// Reads the lines of the reply; the first is the greeting and offers nothing. Unknown keywords are none of our business.
    pub(super) fn read(lines: &[Vec<u8>]) -> Self {
        let mut offered = Self::default();
        for line in lines.iter().skip(1) {
            let line = String::from_utf8_lossy(line).to_ascii_uppercase();
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("PIPELINING") => offered.pipelining = true,
                Some("8BITMIME") => offered.eight_bit_mime = true,
                Some("SMTPUTF8") => offered.smtp_utf8 = true,
                Some("SIZE") => offered.size = true,
                Some("DSN") => offered.dsn = true,
                Some("XVERP") => offered.xverp = true,
                Some("REQUIRETLS") => offered.require_tls = true,
                Some("STARTTLS") => offered.start_tls = true,
                Some("AUTH") => offered.auth_plain |= words.any(|mechanism| mechanism == "PLAIN"),
                _ => {}
            }
        }
        offered
    }
}
