mod attributions;

use proptest::prelude::*;

use super::*;

fn own(text: &str) -> String {
    strip(text, Flow::Fixed, WordSource::Plain).text
}

fn flowed(text: &str, flow: Flow) -> String {
    strip(text, flow, WordSource::Plain).text
}

#[test]
fn attributions_of_the_world() {
    for line in [
        "On Mon, 3 Nov 2025 at 10:00, Dana Roe <dana@x.example> wrote:",
        "On 03/11/2025 10:00, Dana wrote:",
        "Am 03.11.25 um 10:00 schrieb Dana Roe:",
        "Am Montag, dem 03.11.2025 um 10:00 +0100 schrieb Dana:",
        "Le lun. 3 nov. 2025 à 10:00, Dana <dana@x.example> a écrit :",
        "El lun, 3 nov 2025 a las 10:00, Dana (<dana@x.example>) escribió:",
        "Em seg., 3 de nov. de 2025 às 10:00, Dana <dana@x.example> escreveu:",
        "Il giorno lun 3 nov 2025 alle ore 10:00 Dana <dana@x.example> ha scritto:",
        "Op ma 3 nov 2025 om 10:00 schreef Dana <dana@x.example>:",
        "Den mån 3 nov. 2025 kl 10:00 skrev Dana <dana@x.example>:",
        "man. 3. nov. 2025 kl. 10:00 skrev Dana <dana@x.example>:",
        "ma 3. marrask. 2025 klo 10.00 Dana (dana@x.example) kirjoitti:",
        "pon., 3 lis 2025 o 10:00 Dana <dana@x.example> napisał(a):",
        "po 3. 11. 2025 v 10:00 odesílatel Dana <dana@x.example> napsal:",
        "пн, 3 нояб. 2025 г. в 10:00, Dana <dana@x.example>:",
        "2025-11-03 10:00 GMT+01:00 Dana <dana@x.example>:",
        "2025年11月3日(月) 10:00 Dana <dana@x.example>:",
        "在 2025年11月3日，10:00，Dana <dana@x.example> 写道：",
        "Dana Roe <dana@x.example> writes:",
        "Quoting Dana Roe <dana@x.example>:",
        "* Dana Roe <dana@x.example> [2025-11-03 10:00]:",
    ] {
        assert_eq!(own(&format!("yes\n\n{line}\n> approve\n")), "yes", "{line}");
        assert_eq!(own(&format!("yes\n\n{line}\n\n> approve\n\nno\n")), "yes\n\nno", "{line}");
    }
}

#[test]
fn words_that_only_look_like_an_attribution_stay() {
    for text in [
        "On 3 May Intel wrote to us:\nplease wait.",
        "As the policy says:\nplease wait.",
        "At 10:00 we meet:\nplease come.",
        "From: what I know, To: what you know.",
        "Subject: to your approval we will wait.",
        "a -- b\n\nc",
    ] {
        assert_eq!(own(text), text);
    }
}

#[test]
fn signatures_short_and_long() {
    assert_eq!(own("yes\n-- \nDana"), "yes");
    assert_eq!(own("yes\n--\nDana"), "yes");
    // A report had its text after the mark.
    let long = (0..30).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    assert_eq!(own(&format!("yes\n-- \n{long}")), format!("yes\n--\n{long}"));
    assert_eq!(own("yes\n\nSent from my iPhone\n"), "yes");
    assert_eq!(
        own("Sent from my iPhone it looked fine, from the desk it does not\nat all."),
        "Sent from my iPhone it looked fine, from the desk it does not\nat all."
    );
}

#[test]
fn sent_from_a_device_and_not() {
    for signature in [
        "Sent from my Verizon Wireless 4G LTE smartphone",
        "Sent from a magnificent torch of pixels",
        "Sent from my iPhone, please excuse typos",
        "Sent from my mobile. Apologies for brevity.",
        "Sent from Yahoo Mail on Android",
        "Sent with Proton Mail secure email.",
        "Von meinem iPhone gesendet",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Envoyé de mon iPad",
        "Enviado desde mi iPhone",
        "iPhoneから送信",
        "Lähetetty iPhonesta",
        "iPhone'umdan gönderildi",
        "Get Outlook for Android",
        "Outlook für iOS beziehen",
        "SECURED WITH TUTA MAIL",
        "Outlook voor iOS downloaden",
        "Obtenir Outlook pour iOS",
        "Von unterwegs gesendet",
        "Von meinem Telefon geschickt",
        "Gesendet mit der GMX Mail App",
        "Provenance : Courrier pour Windows",
        "Inviato da iPhone",
        "Verzonden vanaf mijn telefoon",
        "Verstuurd vanaf mijn iPad",
        "Sendt fra min iPhone",
        "Trimis de pe telefon",
        "Poslano z mojega telefona",
        "Dikirim dari ponsel",
    ] {
        assert_eq!(own(&format!("yes\n\n{signature}\n")), "yes", "{signature}");
        assert_eq!(own(&format!("yes\n\n{signature}\n\nDana wrote:\n> why?\n")), "yes", "{signature}");
    }
    for words in [
        "Sent from my desk, is much easier then my mobile phone.",
        "Sent from my office to the list on Monday, but it was never answered.",
        "Sent by mistake to the public list, please do not answer there.",
        "Sent to you and to the member we talked about.",
    ] {
        let text = format!("Hello,\n\n{words}");
        assert_eq!(own(&text), text);
    }
}

#[test]
fn flowed_lines_are_joined_at_their_own_depth() {
    assert_eq!(flowed("one \ntwo\n> three \n> four\n>> five\nsix \n> seven\n", Flow::Flowed), "one two\nsix");
    assert_eq!(flowed(" > not a quote: space-stuffed\n From here\n", Flow::Flowed), "From here");
    assert_eq!(flowed("one \n-- \nDana \nRoe\n", Flow::Flowed), "one");
    assert_eq!(flowed("wo \nrd\n", Flow::FlowedDelSp), "word");
    assert_eq!(flowed("wo  \nrd\n", Flow::FlowedDelSp), "wo rd");
}

#[test]
fn blanks_that_look_like_none() {
    assert_eq!(own("\u{feff}approve\u{a0}it\u{200b}\n\u{a0}\n\u{200b}> quoted\n"), "approve it");
}

#[test]
fn armour_that_never_ends_hides_nothing() {
    let text = "approve\n-----BEGIN PGP MESSAGE-----\nreject policy and who may join?\n";
    assert_eq!(own(text), "approve\nreject policy and who may join?");
    assert_eq!(own("a\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ\n-----END PGP PUBLIC KEY BLOCK-----\nb\n"), "a\nb");
}

#[test]
fn a_wrapped_quote_belongs_to_the_quote() {
    let quote = "> this is a long quoted line which the mail program of somebody broke in the\nmiddle of its words\n> without a mark\n\nyes\n";
    assert_eq!(own(quote), "yes");
    // An answer between two quotes is none.
    assert_eq!(own("> is it affected?\nno\n> why?\nit was never there\n"), "no\nit was never there");
}

#[test]
fn patches_end_where_words_begin() {
    let text = "Please try:\n\n--- a/xen/x.c\n+++ b/xen/x.c\n@@ -1,2 +1,2 @@\n context\n-old\n+new\n\nDoes that help?\n";
    assert_eq!(own(text), "Please try:\n\nDoes that help?");
    let git = "commit message\n\n---\n xen/x.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\ndiff --git a/xen/x.c b/xen/x.c\nindex 1234567..89abcde 100644\n--- a/xen/x.c\n+++ b/xen/x.c\n@@ -1 +1 @@\n-old\n+new\n-- \n2.43.0\n";
    assert_eq!(own(git), "commit message");
    assert_eq!(own("- a list\n- of things\n+ and more\n"), "- a list\n- of things\n+ and more");
}

#[test]
fn a_disclaimer_is_at_the_end_and_not_all_there_is() {
    assert_eq!(own("yes\n\nIf you are not the intended recipient, delete this.\n"), "yes");
    let first = "Please approve; I was not the intended recipient, but it is fine.";
    assert_eq!(own(first), first);
    let embargo = "yes\n\nThis message is confidential until 24 November, 12:00 UTC.";
    assert_eq!(own(embargo), embargo);
}

#[test]
fn text_beyond_the_limit_is_listed() {
    let words = strip(&"word\n".repeat(MAX_TEXT / 5 + 10), Flow::Fixed, WordSource::Plain);
    assert_eq!(words.removed.last().map(|removed| removed.kind), Some(RemovedKind::TooLong));
}

#[test]
fn an_endless_line_hides_nothing_below_it() {
    let marks = ">".repeat(MAX_TEXT);
    assert_eq!(
        own(&format!("first\n{marks}\nmiddle\nA{marks} after it\nlast\n")),
        format!("first\nmiddle\nA{} after it\nlast", ">".repeat(1999))
    );
    let short = "x".repeat(3000);
    assert_eq!(own(&short), short, "only a text that is too long is cut");
    assert_eq!(own(&format!("{}\nend", "漢".repeat(MAX_TEXT / 3 - 10))).len(), (MAX_TEXT / 3 - 10) * 3 + 4);
}

#[test]
fn own_lines_between_quotes_that_are_no_rest_of_one() {
    let long = "> would it be possible to release the fix for all of the branches that are listed in the advisory";
    for answer in ["no", "only with the mitigation", "it is not", "that depends"] {
        assert_eq!(own(&format!("{long}?\n{answer}\n> why?\n")), answer);
        assert_eq!(own(&format!("{long}\n{answer}\n> why?\n")), answer);
    }
    assert_eq!(own(&format!("{long}?\nmaybe\n> why?\n")), "maybe");
}

#[test]
fn a_signature_on_top_ends_at_the_quote() {
    assert_eq!(own("yes\n-- \nDana\n\nDana wrote:\n> why?\n\nsee above\n"), "yes\n\nsee above");
    assert_eq!(
        own("yes\n--\nplease move the embargo by one more week, our freeze ends then.\n"),
        "yes\n--\nplease move the embargo by one more week, our freeze ends then."
    );
    assert_eq!(own("yes\n\n____\nDana Roe\nTeam Ltd, +1 555 010 0000\n"), "yes");
    assert_eq!(own("yes\n\n____\nno objections\n"), "yes\n\n____\nno objections");
    assert_eq!(
        own("yes\n\n____\nsee https://x.example/policy for the rest\n"),
        "yes\n\n____\nsee https://x.example/policy for the rest"
    );
    assert_eq!(own("Dana wrote:\n> why?\nsee above\n\n-- Dana Roe\n"), "see above");
    assert_eq!(own("Dana wrote:\n> move it?\n-- No\n"), "-- No");
    assert_eq!(own("we ask for two things:\n\n-- move the date\n"), "we ask for two things:\n\n-- move the date");
}

#[test]
fn a_disclaimer_needs_more_than_a_word_a_person_may_say() {
    let remark = "Hello,\n\nany unauthorised disclosure by a member should have consequences.";
    assert_eq!(own(remark), remark);
    let notice = "Hello,\n\nplease notify the sender of the first report.";
    assert_eq!(own(notice), notice);
    let lawyer = "Hello,\n\nthe advisory may contain confidential details and unauthorised disclosure is strictly prohibited; may we tell our parent company?";
    assert_eq!(own(lawyer), lawyer);
    let recipients = "Hello,\n\nour parent company is an intended recipient of the embargoed text.";
    assert_eq!(own(recipients), recipients);
    let both = "Hello,\n\nThis e-mail and any attachments are for the sole use of the addressee. Please notify the sender and delete it.";
    assert_eq!(own(both), "Hello,");
}

/// Work that grows with the square of the text takes minutes here.
#[test]
fn long_texts_of_marks_take_no_longer_than_others() {
    for piece in [
        ">\n--a\n",
        "x:\n>\n",
        "a@b.example 10:42 2026 wrote:\n",
        "From: a@b 2026\n",
        "____\n+1 555 0100000\n>\n",
        "-- \n>\n",
        "A> b\n",
        "Sent from x\n\n",
        "On\n",
        "<\n>\n",
        "wrote:\n\n\n\n\n",
        "Subject: a 10:42\n\n",
        "----- Original Message -----\n> a\n",
    ] {
        let started = std::time::Instant::now();
        strip(&piece.repeat(100_000 / piece.len()), Flow::Fixed, WordSource::Plain);
        println!("{piece:?} {:?}", started.elapsed());
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{piece:?} {:?}", started.elapsed());
    }
}

fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[ -~]{0,20}",
        ">[a-z :]{0,10}",
        Just("On 3 May 2025 at 10:00, a <a@b.example> wrote:".to_owned()),
        Just("-----Original Message-----".to_owned()),
        Just("From: a".to_owned()),
        Just("Sent: b".to_owned()),
        Just("To: c".to_owned()),
        Just("-- ".to_owned()),
        Just("--- a/x".to_owned()),
        Just("+++ b/x".to_owned()),
        Just("@@ -1 +1 @@".to_owned()),
        Just("-----BEGIN PGP SIGNED MESSAGE-----".to_owned()),
        Just("-----BEGIN PGP SIGNATURE-----".to_owned()),
        Just("-----END PGP SIGNATURE-----".to_owned()),
        Just(String::new()),
        Just("\u{feff}é漢".to_owned()),
    ];
    proptest::collection::vec(line, 0..25).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_quoted_line_is_ever_own(text in lines()) {
        for line in own(&text).lines() {
            prop_assert!(!line.starts_with('>'), "{line:?} of {text:?}");
        }
    }

    #[test]
    fn every_line_is_own_or_listed(text in lines()) {
        let words = strip(&text, Flow::Fixed, WordSource::Plain);
        let listed: usize = words.removed.iter().map(|removed| removed.lines.len()).sum();
        let own = words.text.lines().filter(|line| !line.trim().is_empty()).count();
        let total = text.lines().count();
        let blank = text.lines().filter(|line| line.trim().is_empty()).count();
        prop_assert!(listed + own <= total);
        prop_assert!(listed + own + blank >= total, "{words:?}");
    }
}
