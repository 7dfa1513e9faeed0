//! How real mail programs answer a notice: what they put around one word.
//!
//! Each is written after the program's own habits (what it puts above a quote, how it quotes, which parts and encodings it makes).

use data_encoding::BASE64_MIME;

use crate::{
    rig::{
        cast::{Cast, Person, crlf, letter},
        relay::Letter,
    },
    stage::read::{address, field, lines, subject},
};

/// A mail program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Gmail on the web: above the quote, with an HTML alternative.
    Gmail,
    /// Outlook: above the appended message, which is not quoted.
    Outlook,
    /// Outlook in German, in windows-1252, with the hyphen line.
    OutlookGerman,
    /// Apple Mail on a telephone: capitalised, with its signature, quoted-printable.
    IPhone,
    /// Thunderbird: below the quote, with a signature, format=flowed.
    Thunderbird,
    /// A text part and an HTML part, both in base64.
    Base64,
}

impl Program {
    /// All of them.
    pub const ALL: [Program; 6] =
        [Program::Gmail, Program::Outlook, Program::OutlookGerman, Program::IPhone, Program::Thunderbird, Program::Base64];

    /// The signed answer to a notice, and where it goes.
    pub fn answer(self, cast: &Cast, from: &Person, notice: &Letter, id: &str, word: &str) -> (String, Vec<u8>) {
        let to = address(notice, "Reply-To");
        let (extra, body) = self.write(notice, word);
        let message = format!("{}{extra}", thread(notice));
        let message = letter(from, &to, &self.subject(notice), id, &message, &body);
        (to, cast.sign(&message, from))
    }

    fn subject(self, notice: &Letter) -> String {
        let prefix = if self == Program::OutlookGerman { "AW" } else { "Re" };
        format!("{prefix}: {}", subject(notice))
    }

    fn write(self, notice: &Letter, word: &str) -> (String, String) {
        let quoted: String = lines(notice).iter().map(|line| format!("> {line}\n")).collect();
        let plain: String = lines(notice).iter().map(|line| format!("{line}\n")).collect();
        let of = "Xen Project Security Team";
        let desk = "security-desk@xenproject.org";
        match self {
            Program::Gmail => {
                let text = format!("{word}\n\nOn Sat, 21 Nov 2026 at 23:14, {of} <\n{desk}> wrote:\n\n{quoted}");
                let html = format!(
                    "<div dir=\"ltr\">{word}</div><br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">On Sat, 21 Nov 2026 at \
                     23:14, {of} &lt;<a href=\"mailto:{desk}\">{desk}</a>&gt; wrote:<br></div><blockquote class=\"gmail_quote\">reject<br>\
                     </blockquote></div>\n"
                );
                alternative("000000000000b4a1c205e", "quoted-printable", &printable(&text), &printable(&html))
            }
            Program::Outlook => (
                "MIME-Version: 1.0\nContent-Type: text/plain; charset=\"us-ascii\"\nContent-Transfer-Encoding: 7bit\n".to_owned(),
                format!(
                    "{word}\n\n________________________________\nFrom: {of} <{desk}>\nSent: Saturday, November 21, 2026 11:14 PM\n\
                     To: Mona Moderator <mona@mona.example>\nSubject: {}\n\n{plain}",
                    subject(notice)
                ),
            ),
            Program::OutlookGerman => (
                "MIME-Version: 1.0\nContent-Type: text/plain; charset=\"windows-1252\"\nContent-Transfer-Encoding: quoted-printable\n"
                    .to_owned(),
                format!(
                    "{word}\n\nMit freundlichen Gr=FC=DFen\nMona\n\n-----Urspr=FCngliche Nachricht-----\nVon: {of} <{desk}>\n\
                     Gesendet: Samstag, 21. November 2026 23:14\nAn: Mona Moderator <mona@mona.example>\nBetreff: {}\n\n{}",
                    subject(notice),
                    printable(&plain)
                ),
            ),
            Program::IPhone => {
                let quoted = printable(&quoted);
                let (first, rest) = word.split_at(1);
                let capital = format!("{}{rest}", first.to_uppercase());
                (
                    "MIME-Version: 1.0 (1.0)\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\
                     X-Mailer: iPhone Mail (22B91)\n"
                        .to_owned(),
                    format!("{capital}\n\nSent from my iPhone\n\n> On 21 Nov 2026, at 23:14, {of} <{desk}> wrote:\n>=20\n{quoted}"),
                )
            }
            Program::Thunderbird => (
                "MIME-Version: 1.0\nUser-Agent: Mozilla Thunderbird\nContent-Type: text/plain; charset=UTF-8; format=flowed\n\
                 Content-Transfer-Encoding: 8bit\n"
                    .to_owned(),
                format!("On 11/21/26 23:14, {of} wrote:\n{quoted}\n{word}\n\n-- \nMona Moderator\nreject is not my hobby\n"),
            ),
            Program::Base64 => {
                let encode = |text: &str| BASE64_MIME.encode(&crlf(text)).replace("\r\n", "\n");
                let text = format!("{word}\n\nOn Sat, 21 Nov 2026 23:14:00 +0000, {of} <{desk}> wrote:\n{quoted}");
                let html = format!("<html><body><p>{word}</p><blockquote><pre>{plain}</pre></blockquote></body></html>");
                alternative("----=_Part_4711", "base64", &encode(&text), &encode(&html))
            }
        }
    }
}

/// The fields of a mail that answers the notice.
pub fn thread(notice: &Letter) -> String {
    let id = field(&notice.bytes, "Message-ID");
    format!("In-Reply-To: {id}\nReferences: {id}\n")
}

fn alternative(boundary: &str, encoding: &str, text: &str, html: &str) -> (String, String) {
    let part = |kind: &str, content: &str| {
        format!(
            "--{boundary}\nContent-Type: text/{kind}; charset=\"UTF-8\"\nContent-Transfer-Encoding: {encoding}\n\n{content}\n"
        )
    };
    (
        format!("MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"{boundary}\"\n"),
        format!("{}{}--{boundary}--\n", part("plain", text), part("html", html)),
    )
}

/// Quoted-printable (RFC 2045 6.7), soft line breaks included.
fn printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut width = 0;
        for byte in line.bytes() {
            let one = if byte == b'=' || !(b' '..=b'~').contains(&byte) {
                format!("={byte:02X}")
            } else {
                char::from(byte).to_string()
            };
            if width + one.len() > 72 {
                out.push_str("=\n");
                width = 0;
            }
            width += one.len();
            out.push_str(&one);
        }
        out.push('\n');
    }
    out
}
