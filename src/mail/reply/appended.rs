//! An older message below the answer, without quote marks: after a separator, or after a block of its header fields.

use super::{RemovedKind, attributions::take, lines::Line};
use crate::mail::wording::pattern;

// Separators that mail programs put above an appended message; "Original Message" stands alone on BlackBerry 10.
macro_rules! separator {
    () => {
        concat!(
            r"(?:original(?: message| mail| appointment)?|forwarded (?:message|mail|by .*)|reply message|urspr[üu]ngliche (?:nachricht|mail|e-mail)|weitergeleitete (?:nachricht|e-?mail)|original-?nachricht",
            r"|message d['’]origine|message original|courriel original|message (?:transféré|réexpédié)|mensaje (?:original|reenviado)|messaggio (?:originale|inoltrato)|mensagem (?:original|encaminhada|reencaminhada)",
            r"|oorspronkelijk bericht|doorgestuurd bericht|originalmeddelelse|oprindelig (?:meddelelse|besked)|videresendt (?:besked|meddelelse|melding)|opprinnelig melding|originalmelding|originalmeddelande",
            r"|ursprungligt meddelande|vidarebefordrat meddelande|alkuperäinen viesti|välitetty viesti|wiadomość oryginalna|oryginalna wiadomość|wiadomość przekazana|treść przekazanej wiadomości",
            r"|původní (?:zpráva|e-?mail)|přeposlaná zpráva|pôvodná správa|eredeti üzenet|továbbított (?:üzenet|levél)|mesaj original|mesaj redirecționat|izvorna poruka|originalna poruka|αρχικό μήνυμα",
            r"|исходное сообщение|пересылаемое сообщение|пересланное сообщение|переадресованное сообщение|початкове повідомлення|özgün ileti|orijinal (?:mesaj|ileti)|iletilen mesaj|pesan asli|tin nhắn gốc|thư gốc",
            r"|הודעה מקורית|رسالة أصلية|原始邮件|原始郵件|转发邮件|轉寄郵件|元のメッセージ|転送メッセージ|원본 메시지|원본 메일|전달된 메시지)",
        )
    };
}
pattern!(SEPARATOR, r"(?i)^\s*[-_=*‐‑–—]{2,}\s*", separator!(), r"\s*[-_=*‐‑–—]*\s*$");
pattern!(SEPARATOR_ALONE, r"(?i)^\s*", separator!(), r"\s*:?\s*$");
pattern!(
    APPLE_FORWARD,
    r"(?i)^\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|início da mensagem (?:re)?encaminhada|begin doorgestuurd bericht|vidarebefordrat brev|videresendt besked|początek przekazywanej wiadomości|начало переадресованного сообщения|下面是被转发的邮件|転送されたメッセージ)\s*[:：]\s*$"
);
// Ticket systems ask for it; below it stands what they sent.
pattern!(
    ABOVE_THIS_LINE,
    r"(?i)^[\s>#*\-_=]*(?:please )?(?:type your |write your |enter your )?(?:reply|respond|answer|response|write) above this line\b[^.!?]{0,60}$"
);

macro_rules! from {
    () => {
        r"(?:from|von|de|da|od|van|från|fra|lähettäjä|expéditeur|remitente|mittente|kimden|gönderen|feladó|από|de la|dela|pošiljatelj|šalje|от|від|מאת|dari|từ|发件人|發件人|寄件者|寄件人|差出人|送信者|보낸 ?사람)"
    };
}
macro_rules! to_or_subject {
    () => {
        concat!(
            r"(?:sent|date|to|cc|bcc|subject|importance|priority|reply[- ]to|sent by|attachments?|gesendet|datum|an|betreff|envoyé(?: le)?|date d['’]envoi|à|a|pour|objet|sujet|enviado(?: el| em)?|enviada(?: em)?|data|fecha|para|asunto|assunto|inviato",
            r"|oggetto|verzonden|aan|onderwerp|skickat|datum|till|ämne|kopia|sendt|dato|til|emne|kopi|lähetetty|päivämäärä|päiväys|vastaanottaja|kopio|aihe|wysłano|wysłane|do|dw|temat|odesláno|komu|kopie|předmět|dátum|odoslané|predmet|отправлено",
            r"|дата|кому|тема|копия|надіслано|копія|gönderildi|gönderme(?: tarihi)?|gönderilme|tarih|kime|bilgi|konu|küldve|elküldve|címzett|másolatot kap|tárgy|trimis|către|subiect|στάλθηκε|ημερομηνία|προς|θέμα|תאריך|אל|נושא|dikirim|kepada|subjek",
            r"|发送时间|發送時間|日期|收件人|抄送|主题|主題|寄件日期|傳送時間|收件者|副本|主旨|送信日時|日時|日付|宛先|件名|보낸 ?날짜|날짜|받는 ?사람|제목|참조)",
        )
    };
}
pattern!(pub(super) FROM, r"(?i)^\s*[*_]{0,2}", from!(), r"[*_]{0,2}\s*[*_]{0,2}[:：]");
pattern!(pub(super) LABEL, r"(?i)^\s*[*_]{0,2}", to_or_subject!(), r"[*_]{0,2}\s*[*_]{0,2}[:：]");
// Those of them that name the recipients.
pattern!(
    pub(super) RECIPIENTS,
    r"(?i)^\s*[*_]{0,2}(?:to|cc|bcc|an|à|a|pour|para|aan|till|kopia|til|kopi|vastaanottaja|kopio|do|dw|komu|kopie|кому|копия|копія|kime|bilgi|címzett|másolatot kap|către|προς|אל|kepada|收件人|抄送|收件者|副本|宛先|받는 ?사람|참조)[*_]{0,2}\s*[*_]{0,2}[:：]"
);
pattern!(LABELS_INSIDE, r"(?i)\s[*_]{0,2}", to_or_subject!(), r"[*_]{0,2}\s?[:：][*_]{0,2}\s");
// A value that a program wrote: an address, a time, a year.
pattern!(VALUE, r"@|\b\d{1,2}[:.]\d{2}\b|\b(?:19|20)\d\d\b");
pattern!(RULE, r"^\s*[_\-=*─]{10,}\s*$");

/// Outlook, Apple forwards, Lotus: a block of header fields, or a separator, and then the whole message without marks.
pub(super) fn mark(lines: &mut [Line]) {
    let mut at = 0;
    while at < lines.len() {
        let Some((start, end)) = head(lines, at) else {
            at += 1;
            continue;
        };
        if is_patch_head(lines, start, end) {
            take(lines, start, end, RemovedKind::Patch);
            at = end;
            continue;
        }
        let marked = |line: &Line| matches!(line.kind, Some(RemovedKind::Quote | RemovedKind::Attribution));
        if next_text(lines, end).and_then(|next| lines.get(next)).is_some_and(marked) {
            take(lines, start, end, RemovedKind::Attribution);
            at = end;
        } else {
            take(lines, start, lines.len(), RemovedKind::Appended);
            return;
        }
    }
}

/// The head of an appended message that begins at `at`.
fn head(lines: &[Line], at: usize) -> Option<(usize, usize)> {
    let line = lines.get(at).filter(|line| line.is_own() && !line.is_blank())?;
    if is_separator(&line.text) || line.text.contains(" above this line") && ABOVE_THIS_LINE.is_match(&line.text) {
        let block = next_text(lines, at + 1).and_then(|next| header_block(lines, next));
        return Some((at, block.unwrap_or(at + 1)));
    }
    // What stands below is looked at first: most lines have no header fields below them.
    let fields_below = |next: &usize| *next <= at + 2 && lines.get(*next).is_some_and(|line| line.text.contains([':', '：']));
    if line.text.len() < 80
        && !line.text.contains(':')
        && let Some(next) = next_text(lines, at + 1).filter(fields_below)
        && SEPARATOR_ALONE.is_match(&line.text)
    {
        return header_block(lines, next).map(|end| (at, end));
    }
    header_block(lines, at).map(|end| (rule_above(lines, at), end))
}

fn is_separator(line: &str) -> bool {
    (line.trim_start().starts_with(['-', '_', '=', '*', '‐', '‑', '–', '—']) && SEPARATOR.is_match(line))
        || (line.trim_end().ends_with([':', '：']) && APPLE_FORWARD.is_match(line))
}

fn next_text(lines: &[Line], from: usize) -> Option<usize> {
    lines.iter().enumerate().skip(from).find(|(_, line)| !line.is_blank()).map(|(at, _)| at)
}

/// Where a block of header fields that begins at `at` ends: an author, two more labels, and a value that no person types.
fn header_block(lines: &[Line], at: usize) -> Option<usize> {
    let first = lines.get(at).filter(|line| line.is_own() && line.text.contains([':', '：']))?;
    let from_first = FROM.is_match(&first.text);
    if from_first && VALUE.is_match(&first.text) && LABELS_INSIDE.find_iter(&first.text).count() >= 2 {
        return Some(at + 1);
    }
    if !from_first && !LABEL.is_match(&first.text) {
        return None;
    }
    let mut authors = usize::from(from_first);
    let mut labels = usize::from(!from_first);
    let mut value = VALUE.is_match(&first.text);
    let mut end = at + 1;
    let mut blank = 0;
    for (number, line) in lines.iter().enumerate().skip(at + 1).take(12) {
        if !line.is_own() {
            break;
        }
        let author = FROM.is_match(&line.text);
        if author || LABEL.is_match(&line.text) {
            authors += usize::from(author);
            labels += usize::from(!author);
            value |= VALUE.is_match(&line.text);
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
    (authors >= 1 && labels >= 2 && value).then_some(end)
}

/// `git format-patch` writes such a block as well, without a recipient.
fn is_patch_head(lines: &[Line], start: usize, end: usize) -> bool {
    lines.iter().take(end).skip(start).any(|line| {
        let subject = line.text.strip_prefix("Subject:").unwrap_or_default().trim_start();
        subject.starts_with("[PATCH") || subject.starts_with("[RFC PATCH")
    }) && !lines.iter().take(end).skip(start).any(|line| line.text.starts_with("To:") || line.text.starts_with("Sent:"))
}

/// The rule (`________________________________`) that Outlook draws above the block.
fn rule_above(lines: &[Line], at: usize) -> usize {
    let above = lines.iter().enumerate().take(at).rev().find(|(_, line)| !line.is_blank());
    above.filter(|(number, line)| line.is_own() && RULE.is_match(&line.text) && number + 3 > at).map_or(at, |(number, _)| number)
}
