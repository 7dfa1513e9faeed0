//! What is another's: quote marks, attributions, appended messages, in the wordings of mail programs and their translations.

use super::{
    RemovedKind,
    lines::{Line, depth},
};
use crate::mail::wording::pattern;

/// Marks the lines of others.
pub(super) fn mark(lines: &mut [Line]) {
    quote_marks(lines);
    wrapped_quotes(lines);
    attributions(lines);
    lines.iter_mut().filter(|line| line.text.starts_with('>')).for_each(|line| line.take(RemovedKind::Quote));
    appended(lines);
}

// Initials before the mark (The Bat!, old Gnus): `JB> text`.
pattern!(INITIALS, r"^\s{0,3}[A-Z][A-Za-z]{0,3}>+(?:\s|$)");

// "[...]" stands for a part of a quote left out.
pattern!(ELISION, r"(?i)^\s*(?:[\[<(]\W*(?:\.{2,}|…|snip\w*|cut|trimmed|skipped|elided)\W*[\])>]|\[\s*\.\.\.[^\]]{0,40}\])\s*$");

fn quote_marks(lines: &mut [Line]) {
    let mut bar_before = false;
    let mut attribution_before = false;
    for line in lines {
        // Gmail folds a long attribution before the closing `>:` of its address.
        if !line.is_own() || line.text.trim_end() == ">:" {
            continue;
        }
        let text = line.text.trim_start();
        let indent = line.text.len() - text.len();
        // A table also begins with `|`, and has more of them in a line; a bar quote has one, and an attribution or a bar quote before it.
        let bar = text.starts_with("| ") || text == "|";
        let bar_quote = bar && (bar_before || attribution_before || text.matches('|').count() == 1);
        if (indent <= 3 && depth(text).0 > 0)
            || (text.contains('>') && INITIALS.is_match(&line.text))
            || (text.starts_with(['[', '<', '(']) && ELISION.is_match(&line.text))
            || bar_quote
        {
            line.take(RemovedKind::Quote);
        }
        bar_before = bar_quote;
        if !line.text.trim().is_empty() {
            attribution_before = ends_like_attribution(&line.text);
        }
    }
}

/// Mail programs that wrap quotes without repeating the mark (Outlook, old Gmail): a short rest in lower case between two quoted lines,
/// the upper of them long.
fn wrapped_quotes(lines: &mut [Line]) {
    let wrapped: Vec<usize> = lines
        .windows(3)
        .enumerate()
        .filter_map(|(at, window)| match window {
            [above, line, below] => {
                let quoted = |line: &Line| line.kind == Some(RemovedKind::Quote);
                let goes_on = line.text.chars().next().is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
                (quoted(above) && line.is_own() && quoted(below) && goes_on && above.text.chars().count() >= 65).then_some(at + 1)
            }
            _ => None,
        })
        .collect();
    for at in wrapped {
        if let Some(line) = lines.get_mut(at) {
            line.take(RemovedKind::Quote);
        }
    }
}

// "wrote" in the languages of the mail programs' makers.
macro_rules! wrote {
    () => {
        concat!(
            r"(?:\b(?:wrote|writes|écrit|ecrit|schrieb|schreef|skrev|escribi[óo]|escreveu|scritto|kirjoitti|naps(?:al|ala|al\(a\))|napísal|napisa[łl]a?",
            r"|írta|rašė|a scris|написала?|написав|пишет|писал|έγραψε|yazdı|viết|menulis|wrote:)(?:\(a\))?|写道|寫道|のメール|作成|作成しました|님이 작성|يكتب|כתב)",
        )
    };
}

pattern!(WROTE, r"(?i)", wrote!());
pattern!(
    STARTS,
    r"(?i)^\W{0,3}(?:\d|on\b|at\b|le\b|el\b|am\b|il\b|em\b|op\b|den\b|dne\b|dnia\b|w dniu\b|p[åa]\b|в\b|о\b|från\b|tir|man|ons|tor|fre|lør|søn",
    r"|пн|вт|ср|чт|пт|сб|вс|在|於|[\p{L}]{2,4}[.,] |[\p{L}]+, \d)"
);
// A time of day, an address, or "you wrote": what a program writes and a person hardly does.
pattern!(
    CERTAIN,
    r"(?i)(?:\d{1,2}[:.h]\d{2}|<[^<>\s]+@[^<>\s]+|\S+@\S+\.\S+|\byou wrote\b|\d{4}-\d{2}-\d{2}|\b\d{4}\b.*\bwrote)"
);
fn ends_with_colon(line: &str) -> bool {
    line.trim_end().ends_with([':', '：'])
}

fn ends_like_attribution(line: &str) -> bool {
    ends_with_colon(line) && (WROTE.is_match(line) || line.contains('@') || line.contains('>'))
}

/// Attributions before quote marks, up to four lines long; without quote marks below, a certain one takes all the rest with it.
fn attributions(lines: &mut [Line]) {
    for end in 0..lines.len() {
        if !lines.get(end).is_some_and(|line| line.is_own() && ends_with_colon(&line.text)) {
            continue;
        }
        let Some((start, text)) = attribution(lines, end) else { continue };
        let below = lines.iter().enumerate().skip(end + 1).find(|(_, line)| !line.is_blank());
        let quote_below = below.is_some_and(|(_, line)| line.kind == Some(RemovedKind::Quote));
        let near = below.is_some_and(|(at, _)| at <= end + 3);
        if quote_below && near {
            take(lines, start, end + 1, RemovedKind::Attribution);
        } else if !quote_below && STARTS.is_match(&text) && CERTAIN.is_match(&text) && WROTE.is_match(&text) {
            take(lines, start, lines.len(), RemovedKind::Appended);
            return;
        }
    }
}

/// The shortest run of own lines ending at `end` that reads as an attribution from its date to its colon; else the last line alone.
fn attribution(lines: &[Line], end: usize) -> Option<(usize, String)> {
    let mut text = String::new();
    for start in (end.saturating_sub(3)..=end).rev() {
        let Some(line) = lines.get(start).filter(|line| line.is_own() && !line.is_blank()) else { break };
        text = if text.is_empty() { line.text.trim().to_owned() } else { format!("{} {text}", line.text.trim()) };
        if text.len() > 400 {
            break;
        }
        if WROTE.is_match(&text) && STARTS.is_match(&text) && text.chars().any(char::is_numeric) {
            return Some((start, text));
        }
    }
    // Without a date: "Jane Roe wrote:", "Quoting Jane Roe <jane@example.org>:". Good only right above a quote.
    let line = lines.get(end).filter(|line| ends_like_attribution(&line.text) && line.text.len() < 200)?;
    Some((end, line.text.trim().to_owned()))
}

fn take(lines: &mut [Line], start: usize, end: usize, kind: RemovedKind) {
    for line in lines.iter_mut().take(end).skip(start) {
        line.take(kind);
    }
}

// Separators that mail programs put above an appended message.
pattern!(
    SEPARATOR,
    r"(?i)^\s*[-_=*]{2,}\s*(?:original message|original appointment|forwarded message|forwarded by .*|reply message|urspr[üu]ngliche (?:nachricht|mail)|weitergeleitete nachricht",
    r"|original-?nachricht|message d'origine|message original|message transféré|mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|mensagem original",
    r"|mensagem encaminhada|oorspronkelijk bericht|doorgestuurd bericht|originalmeddelelse|oprindelig meddelelse|originalmeddelande|ursprungligt meddelande|videresendt melding",
    r"|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní zpráva|исходное сообщение|пересылаемое сообщение|пересланное сообщение|özgün ileti|原始邮件|原始郵件",
    r"|转发邮件|元のメッセージ|원본 메시지)\s*[-_=*]{0,}\s*$",
);
pattern!(
    APPLE_FORWARD,
    r"(?i)^\s*(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message réexpédié|inicio del mensaje reenviado|inizio messaggio inoltrato)\s*:\s*$"
);
pattern!(
    FROM,
    r"(?i)^\s*[*_]{0,2}(?:from|von|de|da|od|van|från|fra|lähettäjä|expéditeur|remitente|mittente|kimden|feladó|από|de la|от|від|发件人|發件人|寄件者|寄件人|差出人|送信者|보낸 사람)[*_]{0,2}\s*[*_]{0,2}[:：]",
);
pattern!(
    LABEL,
    r"(?i)^\s*[*_]{0,2}(?:sent|date|to|cc|bcc|subject|importance|reply-to|attachments?|gesendet|datum|an|betreff|envoyé|à|a|objet|enviado(?: el| em)?|fecha|para|asunto|assunto|inviato",
    r"|data|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|dato|til|emne|lähetetty|päivämäärä|vastaanottaja|aihe|wysłano|wysłane|do|temat|odesláno|komu|předmět|отправлено",
    r"|дата|кому|тема|копия|надіслано|gönderildi|gönderme|kime|konu|küldve|címzett|tárgy|发送时间|發送時間|日期|收件人|抄送|主题|主題|寄件日期|傳送時間|收件者|主旨|副本|送信日時|日時|宛先|件名",
    r"|보낸 날짜|받는 사람|제목|참조)[*_]{0,2}\s*[*_]{0,2}[:：]",
);
pattern!(RULE, r"^\s*[_\-=*]{10,}\s*$");

/// Outlook, Apple forwards, Lotus: a block of header fields, or a separator, and then the whole message without marks.
fn appended(lines: &mut [Line]) {
    let mut at = 0;
    while at < lines.len() {
        let separator = lines.get(at).is_some_and(|line| line.is_own() && is_separator(&line.text));
        let block_at = if separator { next_text(lines, at + 1).unwrap_or(lines.len()) } else { at };
        let block = header_block(lines, block_at);
        let Some(end) = block.or_else(|| separator.then_some(at + 1)) else {
            at += 1;
            continue;
        };
        let start = if separator { at } else { rule_above(lines, at) };
        let quote_below =
            next_text(lines, end).and_then(|next| lines.get(next)).is_some_and(|line| line.kind == Some(RemovedKind::Quote));
        if quote_below {
            take(lines, start, end, RemovedKind::Attribution);
            at = end;
        } else {
            take(lines, start, lines.len(), RemovedKind::Appended);
            return;
        }
    }
}

fn is_separator(line: &str) -> bool {
    (line.trim_start().starts_with(['-', '_', '=', '*']) && SEPARATOR.is_match(line))
        || (ends_with_colon(line) && APPLE_FORWARD.is_match(line))
}

fn next_text(lines: &[Line], from: usize) -> Option<usize> {
    lines.iter().enumerate().skip(from).find(|(_, line)| !line.is_blank()).map(|(at, _)| at)
}

/// Where a block of header fields that begins at `at` ends: a From line and two more labels within the next ten lines.
fn header_block(lines: &[Line], at: usize) -> Option<usize> {
    lines.get(at).filter(|line| line.is_own() && line.text.contains([':', '：']) && FROM.is_match(&line.text))?;
    let mut labels = 0;
    let mut end = at + 1;
    let mut blank = 0;
    for (number, line) in lines.iter().enumerate().skip(at + 1).take(10) {
        if !line.is_own() {
            break;
        }
        if LABEL.is_match(&line.text) {
            labels += 1;
            end = number + 1;
            blank = 0;
        } else if line.is_blank() {
            blank += 1;
            if blank > 1 {
                break;
            }
        } else if blank > 0 {
            break;
        }
    }
    (labels >= 2).then_some(end)
}

/// The rule (`________________________________`) that Outlook draws above the block.
fn rule_above(lines: &[Line], at: usize) -> usize {
    let above = lines.iter().enumerate().take(at).rev().find(|(_, line)| !line.is_blank());
    above.filter(|(number, line)| line.is_own() && RULE.is_match(&line.text) && number + 3 > at).map_or(at, |(number, _)| number)
}
