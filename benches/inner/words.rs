//! Made-up words, the same each time.

/// A mail of so many words.
pub(super) fn mail(seed: u32, length: u32) -> Vec<u8> {
    let words: Vec<String> = (0..length).map(|at| word(seed.wrapping_add(at.wrapping_mul(15_485_863)))).collect();
    format!("From: a@example.org\r\nTo: b@example.org\r\nSubject: {}\r\n\r\n{}\r\n", words[..4].join(" "), lines(&words))
        .into_bytes()
}

pub(super) fn lines(words: &[String]) -> String {
    words.chunks(11).map(|line| line.join(" ")).collect::<Vec<_>>().join("\r\n")
}

pub(super) fn word(seed: u32) -> String {
    const PARTS: [&str; 16] =
        ["ba", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "xa", "ze", "gri", "sta", "dre", "flo"];
    let part = |shift: u32| PARTS[((seed.wrapping_mul(2_654_435_761) >> shift) & 15) as usize];
    format!("{}{}{}", part(4), part(13), part(23))
}
