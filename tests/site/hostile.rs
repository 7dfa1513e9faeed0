//! Advisories and organisations whose words want to be more than words.

use crate::sample::{Made, files_of};

const TITLE: &str = "<script>alert(1)</script> \u{202e}gnp.exe\u{202c} \"' onmouseover=x & {{ 7*7 }} {% raw %}";

fn hostile_site() -> Vec<(String, String)> {
    let made = Made {
        number: 940,
        title: TITLE,
        cves: &["CVE-2026-94000"],
        description: "</section><img src=x onerror=alert(1)> and a line that is long enough to be wrapped\n&lt;b&gt; \u{200b}hidden \
                      \u{1b}[2J\u{7}\u{e0041}\n\n  <a href=\"javascript:alert(1)\">kept</a>\n  second\u{2028}line",
        patches: &[("xsa940.patch", "--- a\n+++ b\n<script>\n")],
    };
    let (files, _) = files_of(|released, organisations| {
        released.push(made.released("2026-11-10T12:00:00Z"));
        organisations.names.push("<b>Bold</b> \u{2066}Ltd\u{2069}".to_owned());
        organisations.history[0].text = "<!-- --> </span><script src=//x>".to_owned();
    });
    files.into_iter().map(|file| (file.name.clone(), String::from_utf8_lossy(&file.bytes).into_owned())).collect()
}

#[test]
fn words_of_an_advisory_stay_words() {
    let site = hostile_site();
    for (name, page) in site.iter().filter(|(name, _)| name.ends_with(".html") || name.ends_with(".atom")) {
        for never in ["<script", "<img src=x", "<b>", "<a href=\"javascript", "<!--", "{{", "49 {%"] {
            // The feed and the pages show `{{ 7*7 }}` as it is written: it is text, no template.
            let found = page.replace("{{ 7*7 }}", "").contains(never);
            assert!(!found, "{name} has {never}");
        }
    }
    let page = |name: &str| &site.iter().find(|(known, _)| known == name).unwrap().1;
    let shown = "&lt;script&gt;alert(1)&lt;&#x2f;script&gt; \\u{202e}gnp.exe\\u{202c} &quot;&#x27; onmouseover=x &amp; {{ 7*7 }} {% raw %}";
    for name in ["index.html", "advisory-940.html", "feed.atom"] {
        assert!(page(name).contains(shown), "{name}");
    }
    assert!(page("organisations.html").contains("<li>&lt;b&gt;Bold&lt;&#x2f;b&gt; \\u{2066}Ltd\\u{2069}</li>"));
    assert!(page("advisory-940.html").contains("&amp;lt;b&amp;gt; \\u{200b}hidden \\u{1b}[2J\\u{7}\\u{e0041}"));
}

#[test]
fn nothing_hidden_is_on_a_page() {
    for (name, page) in hostile_site().iter().filter(|(name, _)| name.ends_with(".html") || name.ends_with(".atom")) {
        let hidden = page.chars().find(|c| {
            (c.is_control() && *c != '\n')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
        });
        assert_eq!(hidden, None, "{name}");
    }
}

#[test]
fn the_signed_text_keeps_its_bytes() {
    let site = hostile_site();
    let text = &site.iter().find(|(name, _)| name == "advisory-940.txt").unwrap().1;
    assert!(text.contains(TITLE), "what is signed is not changed, and a browser shows it as plain text");
}
