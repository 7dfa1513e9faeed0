//! "On ... Dana wrote:" in the wordings of the mail programs and their translations, on one line or broken into four.
//!
//! Right above a quote a weak one is enough. Above a text without quote marks all the rest of the mail goes with it, so that only a line
//! with a date, a name and what else a program writes will do: a person's own "On Tuesday Dana wrote:" takes nothing away.

use regex::Regex;

use super::{RemovedKind, lines::Line};
use crate::mail::wording::pattern;

// "wrote" in the languages of the mail programs' makers.
macro_rules! wrote {
    () => {
        concat!(
            r"(?:\b(?:wrote|writes|écrit|ecrit|schrieb|schreibt|geschrieben|geschreven|schreef|skrev|skriver|escribi[óo]|escribe|escreveu|scritto|scrive|kirjoitti|naps(?:al|ala|al\(a\))",
            r"|napísal|napisa[łl](?:a|i)?|napisana|napisao|pisze|pisał|írta|rašė|a scris|escrit|написала?|написав|написа|пишет|пише|писал|έγραψε|yazdı|viết|menulis|rakstīja|kirjutas|skrifaði)",
            r"(?:\([^)\s]{1,4}\)|/la)?|写道|寫道|のメール|作成|작성|씀|เขียนว่า|كتب|يكتب|تمت كتابة|כתב)",
        )
    };
}

// A date with its year, or a time of day.
macro_rules! year {
    () => {
        r"(?:\b(?:19|20)\d\d(?:\b|[年년.])|\b\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}\b)"
    };
}
macro_rules! time {
    () => {
        r"(?:\b\d{1,2}:\d{2}|\b\d{1,2}h\d{2}\b|\b(?:klo?\.?|kello|pukul|ore) \d{1,2}\.\d{2})"
    };
}
macro_rules! address {
    () => {
        r"[^\s<>()\[\]]+@[^\s<>()\[\]]+\.[^\s<>()\[\]:]+"
    };
}

// How such a line begins: a preposition, a day of the week.
macro_rules! lead {
    () => {
        concat!(
            r"(?:on|at|kl|klo|um|om|in a message dated|am|le|el|il(?: giorno)?|em|no dia|o dia|às|op|den|dne|dňa|dnia|w dniu|wiadomość napisana|missatge de|în|på|kuupäev|v|vào|pada(?: tanggal)?|в|на|о|у|στις|في|בתאריך|ב|ในวันที่|在|於|于",
            r"|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lun(?:di|es|edì)?|mar(?:di|tes|tedì)?|mer(?:credi|coledì)?|jeu(?:di)?|ven(?:dredi|erdì)?|sam(?:edi)?|dim(?:anche)?",
            r"|mié|jue|vie|s[áa]b|dom|seg|ter|qua|qui|sex|gio|wo|vr|za|zo|mån|tis|ons|tors|fre|lör|sön|man|tirs?|tor|lør|søn|ma|ti|ke|to|pe|la|su|pon|wt|śr|czw|pt|niedz|po|út|st|čt|pá|ne|ut|št|pi|mie|joi|vin|sâm|dum",
            r"|пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|Δευ|Τρί|Τετ|Πέμ|Παρ|Σάβ|Κυρ|pzt|sal|çar|per|cum|cmt|paz|uto|sri|čet|pet|sub|ned|sre|sob|(?:pirm|otr|treš|ceturt|piekt|sest|svēt)d|sen|sel|rab|kam|jum|an|th \d)",
        )
    };
}

pattern!(WROTE, r"(?i)", wrote!());
pattern!(WROTE_AT_END, r"(?i)", wrote!(), r"[^:：]{0,12}(?:[:：]|-{2,})\W*$");
pattern!(YEAR, year!());
pattern!(BEGINS_WITH_YEAR, r"^(?:19|20)\d\d\b");
pattern!(DATED, year!(), "|", time!());
pattern!(ADDRESS, address!());
pattern!(ADDRESS_AT_END, r"(?i)(?:[<(]\s*", address!(), r"\s*[>)]+|\bby ", address!(), r")\s*[:：]\s*$");
pattern!(DATE_AT_END, r"(?i)\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?\)?\s*[:：]\s*$");
// Lotus Notes and German programs: the name first, then the verb, and the date last.
pattern!(
    NAME_FIRST,
    r"(?i)^\p{L}[^.!?,;:]{1,60}\s(?:wrote on|schrieb am|schreef op|a écrit le|escribió el|ha scritto il|skrev den|escreveu em|napisał(?:\(a\)|a)? dnia)\s"
);
// A line that begins so and has its year is whole.
pattern!(
    PREPOSITION,
    r"(?i)^\W{0,8}(?:on|at|in a message dated|am|le|el|il giorno|em|no dia|às|op|den|dne|dnia|w dniu|în|på|kuupäev|в|на|στις|في|בתאריך|在)(?:\b|$)"
);
pattern!(LEAD, r"(?i)^\W{0,8}(?:[在於于]|오전|오후|上午|下午|", lead!(), r"(?:\b|$))");
// The first line of a broken one: "On", "On Tue,", "Am Di., 3. März", "Em ter., 3 de", "3 марта".
pattern!(
    DATE_HEAD,
    r"(?i)^\W{0,8}(?:-{2,}\s*)?(?:(?:",
    lead!(),
    r"\b[.,،׳]*\s*){1,3}(?:\p{L}{2,10}[.,،]?\s*)?(?:\d{1,2}:\d{2}[.,]?|\d{1,2}(?:st|nd|rd|th)?[.,،׳]*\s*(?:(?:de|of)\b\s*)?(?:\p{L}{2,10}[.,،׳]{0,2}\s*(?:de\s*)?)?)?|-{2,}|\d{1,2}\.?(?: de| of)?|\d{1,2}[.,]?\s+\p{L}{2,10}[.,]?)$"
);
pattern!(YOU_WROTE, r"(?i)\d.*\byou wrote\W*$");
pattern!(ENDS_WITH_DASHES, r"(?i)", wrote!(), r"\s*-{2,}\s*$");
// "Dana wrote in\n <id>:", "Quoting Dana <address>:".
pattern!(MESSAGE_ID_AT_END, r"(?i)\bwrote in\s*<[^<>\s]+>\s*:\s*$");

pattern!(BARE, r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2},? .{0,80}<", address!(), r">\s*$");
// These words begin a letter or an answer; they are no days of the week.
pattern!(
    GREETING,
    r"(?i)^\W*(?:hi|hello|hey|dear|yes|yep|no|nope|ok|okay|thanks|thank|sure|right|done|agreed|approved|well|sorry|so|and|but|also|hallo|moin|guten|ja|nein|doch|danke|bonjour|salut|oui|non|merci|hola|sí|si|gracias|olá|sim|não|obrigad[oa]|ciao|grazie|dag|hoi|hej|hei|cześć|tak|nie|ahoj|ano|да|нет|привет|спасибо)\b[^\p{L}\d]*(?:$|\s)"
);
// Words of a sentence, which no program puts between the date and the name.
pattern!(SENTENCE, r"(?i)\s(?:and|the|we|it|that|which|who|but|und|wir|das|dass|et|nous|que|y|nosotros)\s");

fn ends_with_colon(line: &str) -> bool {
    // Most lines end with a letter or a full stop.
    if line.as_bytes().last().is_none_or(|last| last.is_ascii_alphanumeric() || matches!(last, b'.' | b',')) {
        return false;
    }
    line.trim_end_matches(|c: char| c.is_whitespace() || "*_".contains(c)).ends_with([':', '：'])
}

/// Whether a line might be the end of an attribution.
pub(super) fn ends_like_attribution(line: &str) -> bool {
    (ends_with_colon(line)
        && line.len() < 400
        && (WROTE_AT_END.is_match(line)
            || ADDRESS_AT_END.is_match(line)
            || (line.trim_end().ends_with(">:") && line.contains('@'))
            || (DATED.is_match(line) && (WROTE.is_match(line) || ADDRESS.is_match(line)))))
        || (line.ends_with('-') && ENDS_WITH_DASHES.is_match(line))
}

/// A line that begins with the mark `>` of an address opened above: `>:`, `> wrote:`, or the mark alone.
pub(super) fn closes_address(line: &str) -> bool {
    line.starts_with('>') && line.len() < 120 && (ends_with_colon(line) || line.trim_end().len() <= 2 || WROTE.is_match(line))
}

/// How many lines one attribution may have.
const MAX_LINES: usize = 4;
/// And characters.
const MAX_LENGTH: usize = 400;

/// Marks them; without quote marks below, a certain one takes all the rest with it.
pub(super) fn mark(lines: &mut [Line]) {
    for end in 0..lines.len() {
        // Gmail of 2012: the day, the name, the address, and nothing more.
        let bare = |line: &Line| line.is_own() && line.text.trim_end().ends_with('>') && BARE.is_match(&line.text);
        if lines.get(end).is_some_and(bare) && quote_below(lines, end) {
            take(lines, end, end + 1, RemovedKind::Attribution);
            continue;
        }
        let ends = |line: &Line| {
            line.is_own() && (ends_with_colon(&line.text) || (line.text.contains("--") && ENDS_WITH_DASHES.is_match(&line.text)))
        };
        if !lines.get(end).is_some_and(ends) {
            continue;
        }
        let Some((start, text)) = attribution(lines, end) else { continue };
        if quote_below(lines, end) {
            take(lines, start, end + 1, RemovedKind::Attribution);
        } else if text_below(lines, end).is_none_or(|(_, line)| line.is_own()) && certain(&text, stands(lines, start)) {
            take(lines, start, lines.len(), RemovedKind::Appended);
            return;
        }
    }
}

fn text_below<'a>(lines: &'a [Line<'a>], end: usize) -> Option<(usize, &'a Line<'a>)> {
    lines.iter().enumerate().skip(end + 1).find(|(_, line)| !line.is_blank())
}

fn quote_below(lines: &[Line], end: usize) -> bool {
    text_below(lines, end).is_some_and(|(at, line)| line.kind == Some(RemovedKind::Quote) && at <= end + 3)
}

fn stands(lines: &[Line], start: usize) -> Stands {
    let above = start.checked_sub(1).and_then(|above| lines.get(above));
    if above.is_none_or(|above| above.is_blank() || !above.is_own()) { Stands::First } else { Stands::BelowWords }
}

/// Where the attribution that ends at `end` begins, and its text on one line.
fn attribution(lines: &[Line], end: usize) -> Option<(usize, String)> {
    let runs = runs(lines, end);
    let full = |text: &str| DATED.is_match(text) && (WROTE.is_match(text) || ADDRESS.is_match(text));
    let led = |text: &str| LEAD.is_match(text) && !greets(text);
    // Without a date: "Jane Roe wrote:", "Quoting Jane Roe <jane@example.org>:". Good only right above a quote.
    let dateless = |text: &str| text.len() < 200 && ends_like_attribution(text) || MESSAGE_ID_AT_END.is_match(text);
    let above = |run: usize| runs.get(run).and_then(|(start, _)| lines.get(*start)).map_or("", |line| line.text.trim());
    let last = runs.first()?;
    let whole = dateless(&last.1) && !continues(&last.1);
    let begins = match runs.iter().position(|(_, text)| led(text) && full(text)) {
        Some(at) => Some(at),
        None if whole && full(&last.1) => Some(0),
        None if whole && !ends_with_date(above(1)) => return Some(last.clone()),
        None => runs.iter().position(|(_, text)| full(text)),
    };
    if let Some(at) = begins {
        let mut found = runs.get(at)?;
        for (number, longer) in runs.iter().enumerate().skip(at + 1) {
            if !goes_on(above(number), &found.1) {
                break;
            }
            found = longer;
        }
        return Some(found.clone());
    }
    let two = runs.get(1).filter(|(_, text)| dateless(text) && (text.contains('@') || !text.contains(['.', '!', '?'])));
    two.or_else(|| Some(last).filter(|(_, text)| dateless(text))).cloned()
}

/// "2026. 3. 3. 10:42," above "Dana Roe <address>:" is the first half of one line, "On Thursday." above "Dana Roe wrote:" is not.
fn ends_with_date(above: &str) -> bool {
    let starts = LEAD.is_match(above) || above.starts_with(|c: char| c.is_ascii_digit() || c == '(');
    let ends = above.ends_with(|c: char| c == ',' || c.is_ascii_digit());
    let whole = YEAR.is_match(above) && above.split_whitespace().count() <= 7;
    DATED.is_match(above) && (starts && (ends || whole) || ADDRESS.is_match(above))
}

/// The own lines that end at `end`, one to four of them, each run joined.
fn runs(lines: &[Line], end: usize) -> Vec<(usize, String)> {
    let mut runs: Vec<(usize, String)> = Vec::new();
    let mut text = String::new();
    for start in (end.saturating_sub(MAX_LINES - 1)..=end).rev() {
        let Some(line) = lines.get(start).filter(|line| line.is_own() && !line.is_blank()) else { break };
        let piece = line.text.trim();
        // The end of a sentence above is no part of it; abbreviations of days and months are short or stand in short lines.
        if !text.is_empty() && ends_sentence(piece) {
            break;
        }
        let gap = if text.is_empty() || piece.ends_with('<') || text.starts_with('>') { "" } else { " " };
        text = format!("{piece}{gap}{text}");
        if text.len() > MAX_LENGTH {
            break;
        }
        runs.push((start, text.clone()));
    }
    runs
}

fn ends_sentence(line: &str) -> bool {
    let long = line.split_whitespace().count() > 7 && !LEAD.is_match(line) && !ADDRESS.is_match(line);
    line.ends_with(['!', '?', '…', '。']) || (line.ends_with('.') && long) || greets(line)
}

/// Whether a text begins in the middle: with a small letter or a mark.
fn continues(text: &str) -> bool {
    text.starts_with(|c: char| c.is_lowercase() || "<(>[@".contains(c))
}

/// Whether the line `above` is the first part of the attribution that goes on with `text`.
fn goes_on(above: &str, text: &str) -> bool {
    let few = |most: usize| above.split_whitespace().count() <= most;
    let year = YEAR.is_match(text);
    if greets(above) || (year && PREPOSITION.is_match(text)) {
        return false;
    }
    let led = LEAD.is_match(text) || text.starts_with(|c: char| c.is_ascii_digit());
    let number_above = above.starts_with(|c: char| c.is_ascii_digit());
    let starts_dated = LEAD.is_match(above) || number_above;
    let open = above.ends_with('<') || (text.starts_with('>') && above.contains('<'));
    let rest = !number_above || !led || above.len() < 6 || BEGINS_WITH_YEAR.is_match(text);
    let rest_of_date = rest && DATE_HEAD.is_match(above);
    let date_above = !year && YEAR.is_match(above) && (few(5) || few(10) && (starts_dated || ADDRESS.is_match(above)));
    let address_above = !PREPOSITION.is_match(text) && ADDRESS.is_match(above) && !ADDRESS.is_match(text) && few(8);
    let small = !led && !text.starts_with(char::is_uppercase) && few(5) && (starts_dated || !above.ends_with('.'));
    open || rest_of_date || date_above || address_above || small
}

/// Whether a line is a greeting or an answer; Portuguese dates begin with "No dia".
fn greets(line: &str) -> bool {
    GREETING.is_match(line) && !line.starts_with("No dia")
}

/// Whether something stands at the beginning of a paragraph.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    First,
    BelowWords,
}

/// A line that a program wrote, even when no quote mark follows.
fn certain(text: &str, stands: Stands) -> bool {
    let has = |pattern: &Regex| pattern.is_match(text);
    let led = has(&LEAD) || text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if led && has(&YOU_WROTE) {
        return true;
    }
    let named = has(&WROTE) && has(&ADDRESS) && has(&DATED);
    let dated = led && has(&YEAR) && has(&WROTE_AT_END);
    let name_first = has(&NAME_FIRST) && has(&YEAR) && has(&DATE_AT_END);
    let wordless = has(&ADDRESS) && has(&YEAR) && (has(&ADDRESS_AT_END) || has(&DATE_AT_END));
    !has(&SENTENCE) && (dated || (named && led) || (stands == Stands::First && (named || name_first || (wordless && led))))
}

/// Takes the lines from `start` to before `end`.
pub(super) fn take(lines: &mut [Line], start: usize, end: usize, kind: RemovedKind) {
    for line in lines.iter_mut().take(end).skip(start) {
        line.take(kind);
    }
}
