use super::*;
use crate::mail::RawMessage;

fn both(text: &str, html: &str) -> bool {
    let raw = format!(
        "From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n"
    );
    html_says_otherwise(&Message::parse(&RawMessage::new(raw.into_bytes())).unwrap())
}

#[test]
fn the_same_in_both_forms() {
    assert!(!both(
        "Is 4.18 affected?\r\n\r\n> quoted words\r\n",
        "<p>Is <b>4.18</b> affected?</p><blockquote>quoted words</blockquote>"
    ));
    assert!(!both(
        "See https://lists.example/1 please",
        "See <a href=\"https://lists.example/1\">https://lists.example/1</a> please"
    ));
    assert!(!both("See the page <https://lists.example/1>", "See <a href=\"https://lists.example/1\">the page</a>"));
    assert!(!both("* one\r\n* two\r\n", "<ul><li>one</li><li>two</li></ul>"));
    assert!(!both("", "<p>only here</p>"));
    assert!(!both("only here", ""));
}

#[test]
fn a_sentence_in_one_form_only() {
    let words =
        "The backport to 4.18 needs the second hunk as well, otherwise the guest dies at the first interrupt after migration.";
    assert!(!both(words, &format!("<p>{words}</p>")));
    assert!(both(words, &format!("<p>{words}</p><p style=\"color:white\">And who may join the list, please?</p>")));
    assert!(both(&format!("{words}\r\n\r\nAnd who may join the list, please?"), &format!("<p>{words}</p>")));
    // In a short text each word counts.
    assert!(both("please approve", "<p>please reject</p>"));
}

const LONG: &str = "The backport to 4.18 needs the second hunk as well, otherwise the guest dies at the first interrupt after migration, and it builds.";

#[test]
fn one_word_or_number_or_address_turns_a_sentence() {
    assert!(!both(LONG, &format!("<p>{LONG} <img src=\"cid:1\" alt=\"logo\"></p>")), "what a mail program writes for a picture");
    for (from, to) in [
        ("dies", "does not die"),
        ("4.18", "4.17"),
        ("and it builds", "it builds and"),
        ("after", "before"),
        ("migration", "migration told@customers.on-sunday"),
        ("migration", "migration [image: netfront has the same hole, nobody has reported it yet]"),
        ("needs", ""),
    ] {
        assert!(both(LONG, &format!("<p>{}</p>", LONG.replace(from, to))), "{from}: {to}");
    }
}

fn beside(text: &str, html: &str) -> (Vec<String>, Vec<String>) {
    let raw = format!(
        "From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--\r\n"
    );
    let beside = html_beside(&Message::parse(&RawMessage::new(raw.into_bytes())).unwrap());
    (beside.texts, beside.links)
}

#[test]
fn what_a_page_carries_beside_its_words() {
    let none = (Vec::new(), Vec::new());
    assert_eq!(beside("See https://lists.example/1", "See <a href=\"https://lists.example/1/\">it</a> <img src='cid:1'>"), none);
    assert_eq!(beside("Write ada@cirrus.example", "<a href=\"mailto:ada@cirrus.example\">Write</a> ada@cirrus.example"), none);
    for page in [
        "<img alt=\"told on Sunday\">",
        "<p title='told on Sunday'>x</p>",
        "<!-- told on Sunday -->x",
        "<head><title>told on Sunday</title></head>x",
        "<style>p:after { content: \"told on Sunday\" }</style>x",
    ] {
        assert_eq!(beside("x", page).0.iter().map(|text| text.trim()).collect::<Vec<_>>(), ["told on Sunday"], "{page}");
    }
    let (_, links) =
        beside("See https://lists.example/1", "See <a href=\"https://pastebin.example/x\">https://lists.example/1</a>");
    assert_eq!(links, ["https://pastebin.example/x"]);
    assert_eq!(beside("x", "<!--[if mso]><style>p { margin: 0 }</style><![endif]-->x"), none);
}

#[test]
fn hostile_pages_lose_their_tags_only() {
    let deep = format!("{}deep &amp; hidden", "<div>".repeat(MAX_DEPTH + 1));
    assert_eq!(text_of(&deep).trim(), "deep & hidden");
    assert_eq!(text_of(&format!("{}flat", "<br>".repeat(MAX_TAGS + 2))).trim(), "flat");
    assert_eq!(text_of(&format!("{}x<unclosed", "<b>".repeat(MAX_DEPTH + 1))).trim(), "x");
    assert!(renderable(&"<p>paragraph<div>x</div>".repeat(1000)));
    let long = format!("<p>{}</p>", "é".repeat(MAX_HTML));
    assert!(text_of(&long).len() <= MAX_HTML + 100);
}

/// On a test thread's 2 MB of stack, as on a worker's.
#[test]
fn the_deepest_page_that_is_rendered() {
    for (open, close) in [
        ("<div>", "</div>"),
        ("<blockquote>", "</blockquote>"),
        ("<table><tr><td>", "</table>"),
        ("<ul><li>", "</ul>"),
        ("<b>", "</b>"),
    ] {
        let page = format!("{}innermost{}", open.repeat(MAX_DEPTH), close.repeat(MAX_DEPTH));
        assert!(renderable(&page), "{open}");
        assert!(text_of(&page).contains("innermost"), "{open}");
    }
}

#[test]
fn what_mail_programs_write_is_nothing_more() {
    let carries = |html: &str| {
        let raw = format!(
            "From: a@b.example\r\nIn-Reply-To: <id-1@b.example>\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--\r\n"
        );
        html_carries_more(&Message::parse(&RawMessage::new(raw.into_bytes())).unwrap())
    };
    let word =
        "<style><!--\r\n/* Font Definitions */\r\n@font-face {font-family:\"Cambria Math\"; panose-1:2 4 5 3;}\r\n--></style>x";
    assert!(!carries(word), "Word");
    assert!(!carries("<blockquote type=\"cite\" cite=\"mid:id-1@b.example\">x</blockquote>"), "Thunderbird");
    assert!(carries("<blockquote cite=\"mid:customers-told-on-sunday@b.example\">x</blockquote>"));
    assert!(carries("<!-- <style> customers were told on sunday --> x"));
    assert!(carries("<style>p{}</style><!-- customers were told on sunday -->x"));
}

/// Each link looked for in the whole text takes minutes here.
#[test]
fn many_links_and_addresses_take_no_longer_than_a_few() {
    let links: String = (0..40_000).map(|at| format!(" src=a{at}")).collect();
    let addresses: String = (0..40_000).map(|at| format!(" a{at}@b.c")).collect();
    let text: String = (0..200_000).map(|at| format!(" qa{at}@b.c")).collect();
    let started = std::time::Instant::now();
    assert!(both(&text, &format!("{addresses}<p {links}>x</p>")));
    let (_, found) = beside(&text, &format!("{addresses}<p {links}>x</p>"));
    assert_eq!(found.len(), 1);
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}

/// What a mail that anybody may send costs must grow with its size, and not with the square of it: it is looked at while nothing else is decided.
#[test]
fn a_picture_that_is_never_closed_before_each_address_costs_no_more_than_others() {
    for opening in ["[image:a@b", "[cid a@b", "[inline:www.x ", "[image:a@b\u{e9}"] {
        let many = opening.repeat(1_000_000 / opening.len());
        let started = std::time::Instant::now();
        both(&many, "<p>hello</p>");
        both("hello", &format!("<p>{many}</p>"));
        let took = started.elapsed();
        assert!(took < std::time::Duration::from_secs(30), "{opening}: {took:?}");
    }
}

#[test]
fn a_text_longer_than_any_page_that_is_read_says_something_else() {
    let long = "word ".repeat(MAX_HTML / 5 + 1);
    assert!(both(&long, "<p>word</p>"));
}
