//! What stands below the words: signatures, "Sent from my ...", disclaimers.
//!
//! A demand can hide in a signature, and a person's last sentence can look like one: where the mark is not the one of RFC 3676, only lines
//! that look like an address block go with it.

use super::{RemovedKind, lines::Line};
use crate::mail::wording::pattern;

/// More lines than this after `-- ` are no signature: a report had its text there.
const MAX_SIGNATURE: usize = 20;
/// The same after `--` without the blank, or after a rule, which people also draw.
const MAX_LOOSE_SIGNATURE: usize = 8;

// A rule above an address block: Outlook's users draw it, Gmail's and Apple's programs write a dash.
pattern!(LINE, r"^\s*(?:_{2,}|-{3,}|[—–―─]+|={3,}|\*{3,}|~{3,})\s*$");
// What only an address block has: a number to call, an address, a page, a legal form.
pattern!(
    CONTACT,
    r"(?i)\+?\(?\d[\d ()./-]{6,}\d|\S@\S+\.\S|\bwww\.|\bhttps?:|\b(?:gmbh|ltd|inc|llc|s\.a\.|b\.v\.|corp|co\., ?ltd|pty|oy|ab)\b"
);
// "-- Dana", "—Dana Roe", s-nail's "--steffen".
pattern!(DASH_AND_NAME, r"^(?:(?:--|—|–)\s?\p{Lu}[\p{L}.'-]*(?:\s\p{Lu}[\p{L}.'-]*){0,3}|--\p{Ll}{3,12})$");
pattern!(
    DASH_AND_ANSWER,
    r"(?i)^(?:--|—|–)\s?(?:yes|no|not|none|agreed|approved?|reject(?:ed)?|ok|okay|done|ack|nak|wrong|right|please|thanks)\b"
);
// How a line of an address block may begin with a small letter.
pattern!(SMALL_CONTACT, r"^(?:tel|phone|mob|fax|cell|www|http|e-?mail|mailto|web|gpg|pgp|key|m|t|p|e|w)\b|^\S+$");

/// RFC 3676 4.3: from the last line `-- ` to the end, or to the next quote: who signs on top may write on below it. A patch below the mark
/// stays a patch.
pub(super) fn signatures(lines: &mut [Line]) {
    let mut start = 0;
    let first_words = lines.iter().position(|line| line.is_own() && !line.is_blank()).unwrap_or(lines.len());
    while start < lines.len() {
        let quoted =
            |line: &Line| matches!(line.kind, Some(RemovedKind::Quote | RemovedKind::Attribution | RemovedKind::Appended));
        let end = lines.iter().enumerate().skip(start).find(|(_, line)| quoted(line)).map_or(lines.len(), |(at, _)| at);
        signature(lines, start, end, first_words);
        start = end + 1;
    }
}

fn signature(lines: &mut [Line], start: usize, end: usize, first_words: usize) {
    let own = |line: &&Line| line.is_own() && !line.is_blank();
    let below = |at: usize| lines.iter().take(end).skip(at + 1).filter(own).map(|line| line.text.trim());
    let last = |is: &dyn Fn(&str) -> bool| {
        lines.iter().enumerate().take(end).skip(start).rev().find(|(_, line)| line.is_own() && is(&line.text)).map(|(at, _)| at)
    };
    let from = match last(&|text| matches!(text, "-- " | "--")) {
        Some(at) if lines.get(at).is_some_and(|line| line.text == "-- ") => {
            Some(at).filter(|at| below(*at).count() <= MAX_SIGNATURE)
        }
        Some(at) => Some(at).filter(|at| below(*at).count() <= MAX_LOOSE_SIGNATURE && !below(*at).any(is_sentence)),
        None => None,
    };
    let from = from.or_else(|| {
        let at = last(&|text| text.starts_with(|c: char| " _-—–―─=*~".contains(c)) && LINE.is_match(text))?;
        let count = below(at).count();
        let says = |text: &str| is_sentence(text) || text.starts_with(char::is_lowercase) && !SMALL_CONTACT.is_match(text);
        let block =
            (1..=MAX_LOOSE_SIGNATURE).contains(&count) && !below(at).any(says) && below(at).any(|text| CONTACT.is_match(text));
        (block && first_words < at).then_some(at)
    });
    let from = from.or_else(|| {
        let at = last(&|text| !text.trim().is_empty())?;
        (lines.get(at).is_some_and(|line| DASH_AND_NAME.is_match(&line.text) && !DASH_AND_ANSWER.is_match(&line.text))
            && first_words < at)
            .then_some(at)
    });
    if let Some(at) = from {
        lines.iter_mut().take(end).skip(at).for_each(|line| line.take(RemovedKind::Signature));
    }
}

/// What a person says rather than what he is: long, or with a stop at its end.
fn is_sentence(line: &str) -> bool {
    let words = line.split_whitespace().count();
    line.chars().count() > 90 || words > 12 || (words > 5 && line.ends_with(['.', '!', '?', ':']) && !CONTACT.is_match(line))
}

fn words_above(lines: &[Line], at: usize) -> bool {
    lines.iter().take(at).any(|line| line.is_own() && !line.is_blank())
}

pattern!(
    SENT_FROM,
    r"(?i)^\W*(?:sent (?:from|via|with|using|by|through|on the) (?:my |the |a )?(?:[^.!?]|[.?]\S){1,90}(?:[.!,;]? (?:please )?(?:excuse|pardon|forgive|apologies|sorry)(?:[^.!?\w][^.!?]{0,79})?)?|get outlook for (?:ios|android|mac).*|secured with tut\S+.{0,40}",
    r"|outlook (?:für|voor|til|för|for) .{1,30}(?:beziehen|downloaden|laden)?.*|(?:obtenir|télécharger|obtener|scarica|hämta|hent|obter o|pobierz|baixar o) .{0,30}outlook .{1,60}|获取 ?outlook.*|.{1,20}outlook を入手.*",
    r"|(?:von|diese nachricht wurde von) (?:meinem|unterwegs) .{0,70}(?:gesendet|geschickt).{0,60}|von unterwegs gesendet|gesendet (?:von|mit|vom) .{1,60}|provenance ?: courrier .{1,40}",
    r"|envoyé (?:de(?:puis)?|avec|à partir) .{1,100}|enviado (?:desde|do|a partir|por|con|com) .{1,60}|inviato (?:da|con|dal) .{1,60}|verzonden (?:vanaf|met|via|door) .{1,60}|verstuurd vanaf .{1,60}|skickat? från .{1,60}|sendt fra .{1,60}|lähetetty .{1,60}",
    r"|wysłan[eoay] z .{1,60}|odesláno z .{1,60}|odoslané z .{1,60}|trimis de pe .{1,60}|elküldve .{1,60}|iphone-omról küldve|poslano z .{1,60}|отправлено (?:с|из|от) .{1,60}|надіслано з .{1,60}|στάλθηκε από .{1,60}|dikirim dari .{1,60}",
    r"|[^.!?]{1,40}(?:umdan|ımdan|imden|dan|den) gönderildi|נשלח מ.{1,40}|发自我的.{1,40}|發自我的.{1,40}|從我的.{1,20}傳送|.{1,20}から送信|나의 .{1,30}에서 보냄|gửi từ .{1,40})\W*$",
);

// A person's sentence, in spite of its first words.
pattern!(SAYS_MORE, r"(?i)^\W*sent\b.*\b(?:is|was|are|were|it|we|you|i|they|this|that|but|never|do|does|did)\b");

// What a line of ASCII has that matches.
pattern!(
    MAY_BE_SENT_FROM,
    r"(?i-u)sent |outlook|secured with tut|gesendet|geschickt|provenance|enviado |inviato |verzonden |verstuurd |sendt fra |trimis de pe |poslano z |dikirim dari "
);

fn is_sent_from(line: &str) -> bool {
    // Its repetitions of nearly any character make the pattern a slow one.
    (!line.is_ascii() || MAY_BE_SENT_FROM.is_match(line)) && SENT_FROM.is_match(line) && !SAYS_MORE.is_match(line)
}

/// "Sent from my ...", at the end of all words or right above a quote; mail programs put it there before their users write below.
fn sent_from(lines: &mut [Line]) {
    let mut last = Vec::new();
    let mut own_below = false;
    for (at, line) in lines.iter().enumerate().rev().filter(|(_, line)| !line.is_blank()) {
        if line.is_own() && !own_below {
            last.push(at);
        }
        own_below = line.is_own();
    }
    for at in last {
        if let Some(line) = lines.get_mut(at).filter(|line| is_sent_from(&line.text)) {
            line.take(RemovedKind::Signature);
        }
    }
}

// What only a disclaimer says.
pattern!(
    DISCLAIMER,
    r"(?i)(?:intended recipient|received (?:this|it) (?:e-?mail|message|communication|transmission)?\s*(?:in|by) (?:error|mistake)|irrtümlich erhalten|nicht der (?:richtige|beabsichtigte|vorgesehene) (?:adressat|empfänger)|destinataire (?:prévu|désigné)",
    r"|reçu ce (?:message|courriel|mail) par erreur|destinatario indicado|recibido este (?:mensaje|correo) por error|ricevuto (?:questo|il presente) (?:messaggio|e-?mail) per errore|bent u niet de geadresseerde|niet voor u bestemd",
    r"|(?:legally )?privileged and confidential|consider the environment before printing|virus-?free\. ?www|(?:scanned|checked) (?:by|for) (?:viruses|mimecast|messagelabs|avast|avg)|auf viren (?:geprüft|überprüft))"
);
// What a person may say as well: two of them make a disclaimer.
pattern!(
    BOILERPLATE,
    r"(?i)(?:(?:this|the) (?:e-?mail|message|communication|transmission)(?: message)?(?:,? (?:including|and|together with) (?:any|all|its) (?:files?|attachments?)[^.]{0,40})? (?:is|are|may|contains?|has been)\b|confidentiality notice|solely for the use|for the (?:sole|exclusive) use|unauthori[sz]ed (?:review|use|copying|dissemination|disclosure)|strictly prohibited",
    r"|may contain (?:confidential|privileged|proprietary)|(?:please )?notify the sender|delete (?:it|this (?:e-?mail|message)|all copies)|views (?:or opinions )?expressed|registered (?:office|in england|number)|company (?:number|registration)|vertrauliche informationen|unerlaubte weitergabe|informieren sie bitte",
    r"|pièces jointes|à l['’]intention exclusive|merci de (?:le|nous) (?:détruire|prévenir)|información confidencial|informazioni riservate|sitz der gesellschaft|amtsgericht|handelsregister|geschäftsführer)"
);

/// More disclaimers than this are not looked for.
const MAX_ENDS: usize = 20;

/// From the end upwards: disclaimers, and rules drawn above what was taken out, as long as nothing but such stands below. A first paragraph
/// is never taken for a disclaimer: somebody says it himself.
pub(super) fn mark(lines: &mut [Line]) {
    sent_from(lines);
    for _ in 0..MAX_ENDS {
        let Some(last) = lines.iter().rposition(|line| line.is_own() && !line.is_blank()) else { return };
        let first = lines.iter().take(last).rposition(|line| !line.is_own() || line.is_blank()).map_or(0, |blank| blank + 1);
        let ruled =
            lines.iter().enumerate().take(last).skip(first).rev().find(|(_, line)| LINE.is_match(&line.text)).map(|(at, _)| at);
        let first = ruled.unwrap_or(first);
        let paragraph: Vec<&str> = lines.iter().take(last + 1).skip(first).map(|line| line.text.trim()).collect();
        let bottom = paragraph.last().copied().unwrap_or_default();
        let rule = bottom.len() >= 3 && bottom.chars().all(|c| "_-=*─".contains(c)) && removed_below(lines, last);
        let (from, kind) = match () {
            () if words_above(lines, first) && is_disclaimer(&paragraph.join(" ")) => (first, RemovedKind::Disclaimer),
            () if rule || is_sent_from(bottom) => (last, RemovedKind::Signature),
            () => return,
        };
        lines.iter_mut().take(last + 1).skip(from).for_each(|line| line.take(kind));
    }
}

// What this work is about, or a question: a person says it, in whatever words of lawyers.
pattern!(SPEAKS, r"(?i)\?|\b(?:embargo\w*|advisor(?:y|ies)|patch\w*|xsa|cve|vulnerab\w*|members?)\b");

pub(super) fn is_disclaimer(paragraph: &str) -> bool {
    !SPEAKS.is_match(paragraph) && (DISCLAIMER.is_match(paragraph) || is_twice_boilerplate(paragraph))
}

/// "This message may" and "may contain privileged" are two: the second may begin within the first. "Please notify the sender" and the "notify the
/// sender" in it are one: the second must reach further.
fn is_twice_boilerplate(paragraph: &str) -> bool {
    let Some(first) = BOILERPLATE.find(paragraph) else { return false };
    let mut second = Some(first);
    while let Some(shorter) = second.filter(|second| second.end() <= first.end()) {
        second = BOILERPLATE.find_at(paragraph, paragraph.ceil_char_boundary(shorter.start() + 1));
    }
    second.is_some()
}

/// Whether a line has something of a disclaimer.
pub(super) fn is_boilerplate(line: &str) -> bool {
    DISCLAIMER.is_match(line) || BOILERPLATE.is_match(line)
}

/// A rule drawn above something taken out belongs to it.
fn removed_below(lines: &[Line], at: usize) -> bool {
    lines
        .iter()
        .skip(at + 1)
        .any(|line| matches!(line.kind, Some(RemovedKind::Signature | RemovedKind::Disclaimer | RemovedKind::Appended)))
}
