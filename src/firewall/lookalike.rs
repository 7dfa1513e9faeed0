//! Letters that look like other letters (after Unicode TR 39, cut down to what reads as Latin), and characters nobody sees.

/// Appends what `c` reads as: nothing for what cannot be seen, the Latin letter for its look-alikes, lower case for the rest.
pub(super) fn plain(c: char, out: &mut String) {
    if invisible(c) {
        return;
    }
    if let Some(text) = ligature(c) {
        out.push_str(text);
        return;
    }
    match latin(c) {
        Some(plain) => out.push(plain),
        None if c.is_whitespace() => out.push(' '),
        None => out.extend(c.to_lowercase()),
    }
}

/// Soft hyphens, joiners, direction marks, variation selectors, tags and combining marks.
fn invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xe0000..=0xe0fff
        | 0x300..=0x36f | 0x483..=0x489 | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f)
}

fn ligature(c: char) -> Option<&'static str> {
    Some(match c {
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ß' | 'ẞ' => "ss",
        'ĳ' | 'Ĳ' => "ij",
        '…' => "...",
        '№' => "no",
        _ => return None,
    })
}

fn latin(c: char) -> Option<char> {
    let code = u32::from(c);
    let ascii = |base: u8, offset: u32| u8::try_from(offset).ok().and_then(|offset| base.checked_add(offset)).map(char::from);
    match code {
        // Fullwidth forms, as typed with East Asian input methods.
        0xff01..=0xff5e => return char::from_u32(code - 0xff01 + 0x21),
        // Mathematical alphabets: 13 of 52 letters, then digits five times.
        0x1d400..=0x1d6a3 => {
            let letter = (code - 0x1d400) % 52;
            return ascii(b'a', letter % 26);
        }
        0x1d7ce..=0x1d7ff => return ascii(b'0', (code - 0x1d7ce) % 10),
        0x24b6..=0x24e9 => return ascii(b'a', (code - 0x24b6) % 26),
        0x2460..=0x2468 => return ascii(b'1', code - 0x2460),
        0x2080..=0x2089 => return ascii(b'0', code - 0x2080),
        0x2074..=0x2079 => return ascii(b'4', code - 0x2074),
        0x1f130..=0x1f149 => return ascii(b'a', code - 0x1f130),
        0x0660..=0x0669 => return ascii(b'0', code - 0x0660),
        0x06f0..=0x06f9 => return ascii(b'0', code - 0x06f0),
        _ => {}
    }
    LETTERS.iter().find(|(_, alike)| alike.contains(c)).map(|(letter, _)| *letter)
}

/// Accented Latin letters, and the Cyrillic, Greek, Armenian and Cherokee ones and the small capitals that look like Latin.
const LETTERS: &[(char, &str)] = &[
    ('a', "àáâãäåāăąǎǟǡǻȁȃȧạảấầẩẫậắằẳẵặÀÁÂÃÄÅĀĂĄǍạẠẢαаΑАᴀɑª"),
    ('b', "ɓВΒЬᏴʙв"),
    ('c', "çćĉċčÇĆĈĊČсСϲᴄⅽᏟ"),
    ('d', "ďđðĎĐÐԁᴅⅾᎠ"),
    ('e', "èéêëēĕėęěȅȇẹẻẽếềểễệÈÉÊËĒĔĖĘĚеЕΕεєᴇᎬё"),
    ('f', "ƒϜ"),
    ('g', "ĝğġģǧǵĜĞĠĢɡցᏀ"),
    ('h', "ĥħĤĦһНΗհᎻʜн"),
    ('i', "ìíîïĩīĭįıǐȉȋịỉÌÍÎÏĨĪĬĮİіІΙιᎥⅰ"),
    ('j', "ĵĴјЈϳᎫ"),
    ('k', "ķĸĶκКΚкᴋᏦ"),
    ('l', "ĺļľŀłĹĻĽĿŁӏⅼᏞ"),
    ('m', "МΜᴍⅿᎷм"),
    ('n', "ñńņňŉŋÑŃŅŇŊոΝɴ"),
    ('o', "òóôõöøōŏőơǒǫȍȏọỏốồổỗộớờởỡợÒÓÔÕÖØŌŎŐƠоОΟοσօᴏº"),
    ('p', "рРΡρᴘᏢ"),
    ('q', "ԛգ"),
    ('r', "ŕŗřŔŖŘгᴦʀᎡ"),
    ('s', "śŝşšșŚŜŞŠȘѕЅᏚꜱ"),
    ('t', "ţťŧțŢŤŦȚТΤτтᴛᎢ"),
    ('u', "ùúûüũūŭůűųưǔụủứừửữựÙÚÛÜŨŪŬŮŰŲυսᴜ"),
    ('v', "νѵᴠⅴᏙ"),
    ('w', "ŵŴԝᴡᎳ"),
    ('x', "хХΧχⅹ"),
    ('y', "ýÿŷÝŸŶуУΥγү"),
    ('z', "źżžŹŻŽΖᴢᏃ"),
    ('0', "⁰"),
    ('1', "¹"),
    ('2', "²"),
    ('3', "³"),
    ('-', "‐‑‒–—―−"),
    ('\'', "‘’‚‛"),
    ('_', "‗"),
    ('/', "⁄∕"),
    ('.', "․"),
];
