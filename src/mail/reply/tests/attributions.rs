//! The line above a quote, as mail programs write and break it.

use super::*;

/// Language or program, and the line. All name the address or the year and the time.
const ATTRIBUTIONS: [(&str, &str); 96] = [
    // Gmail
    ("en", "On Tue, 3 Mar 2026 at 10:42, Dana Roe <dana@x.example> wrote:"),
    ("en-US", "On Tue, Mar 3, 2026 at 10:42 AM Dana Roe via list <list@x.example> wrote:"),
    ("fr", "Le mar. 3 mars 2026 à 10:42, Dana Roe <dana@x.example> a écrit :"),
    ("de", "Am Di., 3. März 2026 um 10:42 Uhr schrieb Dana Roe <dana@x.example>:"),
    ("es", "El mar, 3 mar 2026 a las 10:42, Dana Roe (<dana@x.example>) escribió:"),
    ("pt-BR", "Em ter., 3 de mar. de 2026 às 10:42, Dana Roe <dana@x.example> escreveu:"),
    ("pt-PT", "Dana Roe <dana@x.example> escreveu (terça, 3/03/2026 à(s) 10:42):"),
    ("it", "Il giorno mar 3 mar 2026 alle ore 10:42 Dana Roe <dana@x.example> ha scritto:"),
    ("nl", "Op di 3 mrt 2026 om 10:42 schreef Dana Roe <dana@x.example>:"),
    ("sv", "Den tis 3 mars 2026 kl 10:42 skrev Dana Roe <dana@x.example>:"),
    ("da", "Den tirs. 3. mar. 2026 kl. 10.42 skrev Dana Roe <dana@x.example>:"),
    ("nb", "tir. 3. mar. 2026 kl. 10:42 skrev Dana Roe <dana@x.example>:"),
    ("fi", "ti 3. maalisk. 2026 klo 10.42 Dana Roe (dana@x.example) kirjoitti:"),
    ("pl", "wt., 3 mar 2026 o 10:42 Dana Roe <dana@x.example> napisał(a):"),
    ("cs", "út 3. 3. 2026 v 10:42 odesílatel Dana Roe <dana@x.example> napsal:"),
    ("sk", "ut 3. 3. 2026 o 10:42 Dana Roe <dana@x.example> napísal(a):"),
    ("hu", "Dana Roe <dana@x.example> ezt írta (időpont: 2026. márc. 3., K, 10:42):"),
    ("ro", "În mar., 3 mar. 2026 la 10:42, Dana Roe <dana@x.example> a scris:"),
    ("ru", "вт, 3 мар. 2026 г. в 10:42, Dana Roe <dana@x.example>:"),
    ("uk", "вт, 3 бер. 2026 р. о 10:42 Dana Roe <dana@x.example> пише:"),
    ("bg", "На вт, 3.03.2026 г. в 10:42 Dana Roe <dana@x.example> написа:"),
    ("tr", "Dana Roe <dana@x.example>, 3 Mar 2026 Sal, 10:42 tarihinde şunu yazdı:"),
    ("el", "Στις Τρί 3 Μαρ 2026 στις 10:42 π.μ., ο χρήστης Dana Roe (<dana@x.example>) έγραψε:"),
    ("ja", "2026年3月3日(火) 10:42 Dana Roe <dana@x.example>:"),
    ("zh-CN", "Dana Roe <dana@x.example> 于2026年3月3日周二 10:42写道："),
    ("zh-TW", "Dana Roe <dana@x.example> 於 2026年3月3日 週二 上午10:42寫道："),
    ("ko", "2026년 3월 3일 (화) 오전 10:42, Dana Roe <dana@x.example>님이 작성:"),
    ("vi", "Vào Th 3, 3 thg 3, 2026 vào lúc 10:42 Dana Roe <dana@x.example> đã viết:"),
    ("id", "Pada tanggal Sel, 3 Mar 2026 pukul 10.42 Dana Roe <dana@x.example> menulis:"),
    ("ca", "Missatge de Dana Roe <dana@x.example> del dia dt., 3 de març 2026 a les 10:42:"),
    ("hr", "uto, 3. ožu 2026. u 10:42 Dana Roe <dana@x.example> napisao/la je:"),
    ("sl", "V V tor., 3. mar. 2026 ob 10:42 je oseba Dana Roe <dana@x.example> napisala:"),
    ("lt", "2026-03-03, an, 10:42 Dana Roe <dana@x.example> rašė:"),
    ("lv", "otrd., 2026. g. 3. marts, plkst. 10:42 — lietotājs Dana Roe (<dana@x.example>) rakstīja:"),
    ("et", "Kuupäev T, 3. märts 2026 kell 10:42 kirjutas Dana Roe <dana@x.example>:"),
    ("th", "ในวันที่ อ. 3 มี.ค. 2026 เวลา 10:42 Dana Roe <dana@x.example> เขียนว่า:"),
    (
        "he",
        "\u{202b}בתאריך יום ג׳, 3 במרץ 2026 ב-10:42 מאת \u{202a}Dana Roe\u{202c}\u{200f} <\u{202a}dana@x.example\u{202c}\u{200f}>:\u{202c}",
    ),
    ("ar", "في الثلاثاء، 3 مارس 2026 في 10:42 ص تمت كتابة ما يلي بواسطة Dana Roe <dana@x.example>:"),
    // Apple Mail
    ("Apple", "On 3 Mar 2026, at 10:42, Dana Roe <dana@x.example> wrote:"),
    ("Apple de", "Am 03.03.2026 um 10:42 schrieb Dana Roe <dana@x.example>:"),
    ("Apple fr", "Le 3 mars 2026 à 10:42, Dana Roe <dana@x.example> a écrit :"),
    ("Apple es", "El 3 mar 2026, a las 10:42, Dana Roe <dana@x.example> escribió:"),
    ("Apple it", "Il giorno 3 mar 2026, alle ore 10:42, Dana Roe <dana@x.example> ha scritto:"),
    ("Apple nl", "Op 3 mrt. 2026 om 10:42 heeft Dana Roe <dana@x.example> het volgende geschreven:"),
    ("Apple pt", "No dia 3/03/2026, às 10:42, Dana Roe <dana@x.example> escreveu:"),
    ("Apple pl", "Wiadomość napisana przez Dana Roe <dana@x.example> w dniu 3 mar 2026, o godz. 10:42:"),
    ("Apple fi", "Dana Roe <dana@x.example> kirjoitti 3.3.2026 kello 10.42:"),
    ("Apple ru", "3 марта 2026 г., в 10:42, Dana Roe <dana@x.example> написал(а):"),
    ("Apple ja", "2026/03/03 10:42、Dana Roe <dana@x.example>のメール:"),
    ("Apple zh", "在 2026年3月3日，10:42，Dana Roe <dana@x.example> 写道："),
    ("Apple ko", "2026. 3. 3. 오전 10:42, Dana Roe <dana@x.example> 작성:"),
    ("Apple tr", "Dana Roe <dana@x.example> şunları yazdı (3 Mar 2026 10:42):"),
    // Thunderbird
    ("Thunderbird", "On 3/3/26 10:42 AM, Dana Roe wrote:"),
    ("Thunderbird de", "Am 03.03.26 um 10:42 schrieb Dana Roe:"),
    ("Thunderbird fr", "Le 03/03/2026 à 10:42, Dana Roe a écrit :"),
    ("Thunderbird es", "El 3/3/26 a las 10:42, Dana Roe escribió:"),
    ("Thunderbird it", "Il 03/03/2026 10:42, Dana Roe ha scritto:"),
    ("Thunderbird nl", "Op 3-3-2026 om 10:42 schreef Dana Roe:"),
    ("Thunderbird pl", "W dniu 3.03.2026 o 10:42, Dana Roe pisze:"),
    ("Thunderbird cs", "Dne 03.03.26 v 10:42 Dana Roe napsal(a):"),
    ("Thunderbird sv", "Den 2026-03-03 kl. 10:42, skrev Dana Roe:"),
    ("Thunderbird ru", "03.03.2026 10:42, Dana Roe пишет:"),
    ("Thunderbird hu", "2026. 03. 03. 10:42 keltezéssel, Dana Roe írta:"),
    ("Thunderbird pt", "Às 10:42 de 03/03/2026, Dana Roe escreveu:"),
    ("Thunderbird zh", "在 2026/3/3 10:42, Dana Roe 写道:"),
    // Others
    ("mutt", "On Tue, Mar 03, 2026 at 10:42:00AM +0000, Dana Roe wrote:"),
    ("pine", "On Tue, 3 Mar 2026, Dana Roe wrote:"),
    ("KMail", "On Tuesday, March 3, 2026 10:42:00 AM UTC Dana Roe wrote:"),
    ("KMail de", "Am Dienstag, 3. März 2026, 10:42:00 CET schrieb Dana Roe:"),
    ("Evolution", "On Tue, 2026-03-03 at 10:42 +0000, Dana Roe wrote:"),
    ("K-9 de", "Am 3. März 2026 10:42:00 MEZ schrieb Dana Roe <dana@x.example>:"),
    ("Proton", "On Tuesday, March 3rd, 2026 at 10:42 AM, Dana Roe <dana@x.example> wrote:"),
    ("Superhuman", "On Tue, Mar 03, 2026 at 10:42 AM, Dana Roe < dana@x.example > wrote:"),
    ("Spark", "On 3 Mar 2026, 10:42 +0000, Dana Roe <dana@x.example>, wrote:"),
    ("Fastmail", "On Tue, Mar 3, 2026, at 10:42 AM, Dana Roe wrote:"),
    ("Roundcube", "On 2026-03-03 10:42, Dana Roe wrote:"),
    ("SquirrelMail", "On Tue, March 3, 2026 10:42 am, Dana Roe wrote:"),
    ("The Bat!", "Tuesday, March 3, 2026, 10:42:00 AM, Dana Roe wrote:"),
    ("Yandex", "03.03.2026, 10:42, \"Dana Roe\" <dana@x.example>:"),
    ("Mail.ru", "Вторник, 3 марта 2026, 10:42 +03:00 от Dana Roe <dana@x.example>:"),
    ("Tuta", "3 Mar 2026, 10:42 by dana@x.example:"),
    ("Netease", "At 2026-03-03 10:42:00, \"Dana Roe\" <dana@x.example> wrote:"),
    ("Thunderbird de, name first", "Dana Roe schrieb am 03.03.2026 um 10:42:"),
    ("a name in quotes", "Le 3 mars 2026 10:42, \"Dana Roe\" <dana@x.example> a écrit :"),
    ("no blank", "On Tue, 3 Mar 2026 at 10:42, Dana Roe <dana@x.example>wrote:"),
    ("bold", "*On Tue, 3 Mar 2026 at 10:42, Dana Roe <dana@x.example> wrote:*"),
    ("nl, name first", "Dana Roe <dana@x.example> schreef op di 3 mrt 2026 om 10:42:"),
    ("Apple sv", "3 mars 2026 kl. 10:42 skrev Dana Roe <dana@x.example>:"),
    ("Android", "On Mar 3, 2026 10:42 AM, \"Dana Roe\" <dana@x.example> wrote:"),
    ("Android de", "Am 03.03.2026 10:42 schrieb \"Dana Roe\" <dana@x.example>:"),
    ("Android ru", "03.03.2026 10:42 пользователь \"Dana Roe\" <dana@x.example> написал:"),
    ("vi, time first", "Vào 10:42 Th 3, 3 thg 3, 2026 Dana Roe <dana@x.example> đã viết:"),
    ("pl, form", "W dniu 2026-03-03 10:42:00 użytkownik Dana Roe <dana@x.example> napisał:"),
    ("Lotus Notes", "Dana Roe/Team/Example wrote on 03/03/2026 10:42:00 AM:"),
    ("Zoho", "---- On Tue, 03 Mar 2026 10:42:00 +0530 Dana Roe <dana@x.example> wrote ----"),
    ("Zimbra", "----- On Mar 3, 2026, at 10:42 AM, Dana Roe dana@x.example wrote:"),
];

/// The line broken into two or three lines at each combination of blanks, and inside `<...>`, where Gmail breaks; each but the last has two
/// words at least. "Dana" above "Roe <...> kirjoitti" cannot be told from the writer's own name below his words, nor "No" from an answer.
fn broken(line: &str, parts: usize) -> Vec<String> {
    let mut line = line.to_owned();
    for whole in ["skrev Dana Roe", "Dana Roe", "No dia", "V V", "wrote ----", "2026 г., в 10:42", "週二 上午", "יום ג׳, 3"]
    {
        line = line.replace(whole, &whole.replace(' ', "\u{2}"));
    }
    let marked = line.replace('<', "<\u{1}");
    let marked = if parts == 2 { marked.replace('>', "\u{1}>") } else { marked };
    let words: Vec<&str> = marked.split_inclusive([' ', '\u{1}']).collect();
    let join = |words: &[&str]| words.concat().replace('\u{1}', "").replace('\u{2}', " ").trim().to_owned();
    let two = |first: usize| vec![join(&words[..first]), join(&words[first..])];
    let three = |first: usize, second: usize| vec![join(&words[..first]), join(&words[first..second]), join(&words[second..])];
    let mut all = Vec::new();
    for first in 1..words.len() {
        if parts == 2 {
            all.push(two(first));
        } else {
            all.extend((first + 1..words.len()).map(|second| three(first, second)));
        }
    }
    let long_enough = |lines: &Vec<String>| lines.split_last().unwrap().1.iter().all(|line| line.split_whitespace().count() >= 2);
    all.iter().filter(|lines| long_enough(lines)).map(|lines| lines.join("\n")).collect()
}

fn wrong(mail: &str) -> Option<String> {
    let text = own(mail);
    (text != "yes").then(|| format!("{mail:?} gives {text:?}"))
}

/// What goes wrong, an example for each program; the rest counted.
fn report(wrong: &[(&str, String)]) {
    let mut seen = std::collections::BTreeMap::new();
    for (program, text) in wrong {
        seen.entry(*program).or_insert_with(|| (text, 0)).1 += 1;
    }
    assert!(seen.is_empty(), "{} programs, {} cases: {seen:#?}", seen.len(), wrong.len());
}

#[test]
fn above_a_quote() {
    let of = |(program, line): (&'static str, &str)| {
        let texts = [
            format!("yes\n\n{line}\n> approve\n"),
            format!("yes\n\n{line}\n\n> approve\n>\n"),
            format!("yes\n{line}\n>approve\n"),
        ];
        texts.iter().filter_map(|text| wrong(text)).map(|text| (program, text)).collect::<Vec<_>>()
    };
    report(&ATTRIBUTIONS.into_iter().flat_map(of).collect::<Vec<_>>());
}

#[test]
fn above_a_text_without_quote_marks() {
    let of = |(program, line): (&'static str, &str)| {
        let texts = [format!("yes\n\n{line}\n\napprove it\n\nDana\n"), format!("yes\n\n{line}\napprove it\n")];
        texts.iter().filter_map(|text| wrong(text)).map(|text| (program, text)).collect::<Vec<_>>()
    };
    report(&ATTRIBUTIONS.into_iter().flat_map(of).collect::<Vec<_>>());
}

#[test]
fn broken_into_two_or_three_lines_above_a_quote() {
    let of = |(program, line): (&'static str, &str)| {
        // Korean lines are short; nobody breaks them twice.
        let three = if program.contains("ko") { Vec::new() } else { broken(line, 3) };
        let lines = broken(line, 2).into_iter().chain(three);
        lines.filter_map(|lines| wrong(&format!("yes\n\n{lines}\n\n> approve\n"))).map(|text| (program, text)).collect::<Vec<_>>()
    };
    report(&ATTRIBUTIONS.into_iter().flat_map(of).collect::<Vec<_>>());
}

#[test]
fn broken_into_two_lines_above_a_text_without_quote_marks() {
    let of = |(program, line): (&'static str, &str)| {
        let lines = broken(line, 2).into_iter();
        lines.filter_map(|lines| wrong(&format!("yes\n\n{lines}\n\napprove\n"))).map(|text| (program, text)).collect::<Vec<_>>()
    };
    report(&ATTRIBUTIONS.into_iter().flat_map(of).collect::<Vec<_>>());
}

#[test]
fn gmail_once_wrote_no_verb_and_no_colon() {
    for line in ["2026/3/3 Dana Roe <dana@x.example>", "2026-03-03 10:42 Dana Roe <dana@x.example>"] {
        assert_eq!(wrong(&format!("yes\n\n{line}\n\n> approve\n")), None);
    }
    let own_line = "yes\n\n2026/3/3 Dana Roe <dana@x.example>\n\nis whom to ask";
    assert_eq!(own(own_line), own_line);
}

#[test]
fn right_below_the_writers_words() {
    for line in [
        "On Tue, 3 Mar 2026 at 10:42, Dana Roe <dana@x.example> wrote:",
        "On Tue, 3 Mar 2026 at 10:42,\nDana Roe <dana@x.example> wrote:",
        "Am Di., 3. März 2026 um 10:42 Uhr schrieb Dana Roe <\ndana@x.example>:",
        "Dana Roe wrote:",
    ] {
        for words in ["Yes, on it.", "On Thursday.", "Hi,", "We tested 4.16 and 4.18 in 2026.", "Fails at 10:42, every time"] {
            assert_eq!(own(&format!("{words}\n{line}\n> approve\n")), words, "{line}");
        }
    }
}

#[test]
fn prose_that_ends_in_a_colon() {
    for words in [
        "On 3 March at 10:42 the machine stopped, and Dana wrote:\nit must be the second patch.",
        "On 4.16 it fails. The log of 10:42 has:\n(XEN) nothing at all",
        "Dana wrote to us yesterday, and I quote:\nplease move the date.",
        "In 2026 we will do three things:\n1. write the fix\n2. write the text",
        "Mail us at security@x.example:\nit is read every day.",
        "The version of 2026-03-03 10:42 contains:\nboth hunks.",
    ] {
        assert_eq!(own(words), words);
        assert_eq!(own(&format!("Hello,\n\n{words}\n\nDana")), format!("Hello,\n\n{words}\n\nDana"));
    }
    // What stands above the answer to somebody else's words stays.
    let answer = "I looked at the following versions:\n\n> 4.16\n\nfine\n";
    assert_eq!(own(answer), "I looked at the following versions:\n\nfine");
}
