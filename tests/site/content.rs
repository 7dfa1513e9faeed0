//! What the pages say, and what they do not.

use std::collections::BTreeMap;

use embargod::{
    publication::PublicFacts,
    site::{self, HistoryLine, Organisations, Site, SiteError},
};

use crate::sample::{self, Made, announced, at, files_of, site_texts};

/// The values of an attribute.
fn all<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
    let mark = format!("{attribute}=\"");
    text.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn the_index_has_a_line_for_each_advisory_the_newest_first() {
    let site = site_texts();
    let index = &site["index.html"];
    let rows: Vec<&str> = index.split("<tr role=\"row\"><th role=\"rowheader\"").skip(1).collect();
    assert_eq!(rows.len(), 17);
    let expected = " scope=\"row\" class=\"number\"><a href=\"advisory-932.html\">XSA-932</a></th>\
                    <td role=\"cell\" class=\"public\"><time datetime=\"2026-11-03T12:01:05Z\" title=\"3 November 2026, 12:01 UTC\">2026-11-03</time></td>\
                    <td role=\"cell\" class=\"updated\"><time datetime=\"2026-11-05T15:20:00Z\" title=\"5 November 2026, 15:20 UTC\">2026-11-05</time></td>\
                    <td role=\"cell\" class=\"version\"><span class=\"word\">v</span>3</td>\
                    <td role=\"cell\" class=\"cve\"><span>CVE-2026-93200</span> </td>\
                    <td role=\"cell\" class=\"title\">timer: a cancelled slot is used again</td></tr>";
    assert!(rows[1].starts_with(expected), "{}", rows[1]);
    let years: Vec<&str> = all(index, "h2 id");
    assert_eq!(years, ["planned", "y2026", "y2025", "y2024"]);
}

#[test]
fn of_an_embargoed_number_there_is_its_date_and_nothing_else() {
    let site = site_texts();
    let card = "<li class=\"card\"><strong>XSA-935</strong><time datetime=\"2026-12-15T12:00:00Z\">15 December 2026, 12:00 UTC</time></li>";
    assert!(site["index.html"].contains(card));
    let naming: Vec<&String> = site.iter().filter(|(_, text)| text.contains("XSA-935")).map(|(name, _)| name).collect();
    assert_eq!(naming, ["index.html", "planned.ics"]);
    let entry = "      {\n        \"public_time\": \"2026-12-15 12:00\",\n        \"xsa\": \"935\"\n      },";
    assert!(site["xsa.json"].contains(entry), "{}", site["xsa.json"]);
    assert!(site.keys().all(|name| !name.contains("935") && !name.contains("934")));
}

#[test]
fn a_number_that_is_published_is_planned_no_more() {
    let publisher = sample::publisher();
    let released = sample::released();
    let mut announced = announced();
    announced.push(PublicFacts::new(released[0].publication.number(), at("2026-11-03T12:00:00Z")));
    let files = site::generate(&Site {
        project: "Xen Project",
        advisory: "Xen Security Advisory",
        publisher: &publisher,
        released: &released,
        announced: &announced,
        organisations: None,
        at: at(sample::NOW),
    })
    .unwrap();
    let text =
        |name: &str| files.iter().find(|file| file.name == name).map(|file| String::from_utf8(file.bytes.clone()).unwrap());
    assert_eq!(text("index.html").unwrap().matches("class=\"card\"").count(), 2);
    assert_eq!(text("planned.ics").unwrap().matches("BEGIN:VEVENT").count(), 2);
    assert_eq!(text("organisations.html"), None);
    assert!(!text("index.html").unwrap().contains("organisations.html"));
}

#[test]
fn an_advisory_has_its_words_its_files_and_its_forms() {
    let site = site_texts();
    let page = &site["advisory-931.html"];
    for words in [
        "<title>XSA-931: shared ring: slot numbers of guests are used unchecked · Xen Project</title>",
        "<h2 id=\"section-2\" class=\"heading\">ISSUE DESCRIPTION</h2>",
        "<p>Guests and host exchange requests over a ring in shared memory. A guest names the slot of a request by its number, and the \
         number is used as it comes, twice:</p>",
        "<li>CVE-2026-93101: when the request is taken, an entry beyond the end of the ring is written to;</li>",
        "Bela Muster from Muster &amp; Söhne.",
        "xsa931-4.20-?.patch      Xen 4.20.x - 4.19.x\n",
        "<a class=\"file\" href=\"xsa931-4.18-1.patch\">xsa931-4.18-1.patch</a> <span class=\"note\">409 B</span>",
        "v1 <time datetime=\"2026-10-20T09:10:00Z\">20 October 2026, 09:10 UTC</time> <span class=\"note\">under embargo, not published</span>",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(site["advisory-931.txt"].starts_with("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n"));
    assert!(site["advisory-931.txt"].ends_with("\n-----END PGP SIGNATURE-----\n"));
    // What went to the members alone is nowhere.
    assert!(site.values().all(|text| !text.contains("embargoed until")), "the members' version is published");
}

#[test]
fn every_link_leads_to_a_file_of_the_site_or_to_the_web() {
    let site = site_texts();
    let mut checked = 0;
    for (name, page) in site.iter().filter(|(name, _)| name.ends_with(".html")) {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in all(page, "href").into_iter().chain(all(page, "src")).map(|link| link.replace("&#x2f;", "/")) {
            let link = link.as_str();
            if link.starts_with("https://") || link.starts_with('#') || link == "../" {
                continue;
            }
            let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
            for part in link.split('/') {
                if part == ".." {
                    parts.pop().unwrap();
                } else {
                    parts.push(part);
                }
            }
            let target = parts.join("/");
            let target = if target.ends_with('/') { format!("{target}index.html") } else { target };
            assert!(site.contains_key(&target), "{name} links to {link}");
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked} links");
}

#[test]
fn no_page_needs_a_script_or_asks_another_server() {
    for (name, page) in site_texts().iter().filter(|(name, _)| name.ends_with(".html")) {
        for never in ["<script", "javascript:", "<iframe", "<form", "@import", "style=\"", " onload", "http://"] {
            assert!(!page.contains(never), "{name} has {never}");
        }
        assert!(page.contains("default-src 'none'; style-src 'self'; img-src 'self'"), "{name}");
    }
}

#[test]
fn the_organisations_stand_in_the_order_given_and_the_page_has_no_address() {
    let site = site_texts();
    let page = &site["organisations.html"];
    let names: Vec<&str> = page
        .split("<ul class=\"names\">")
        .nth(1)
        .unwrap()
        .split("</ul>")
        .next()
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("<li>")?.strip_suffix("</li>"))
        .collect();
    assert_eq!(names.len(), 14);
    assert_eq!(
        (names[0], names[4], names[12]),
        ("Aurora Compute Ltd", "Estuary Hosting GmbH &amp; Co. KG", "Müller &amp; Söhne Rechenzentrum")
    );
    assert!(
        page.contains("<time datetime=\"2026-10-12\">12 October 2026</time><span>Added Nimbus to the predisclosure list.</span>")
    );
    assert!(!page.contains('@'), "nothing that could be an address");
}

#[test]
fn an_organisation_with_an_address_in_its_name_makes_no_page() {
    let publisher = sample::publisher();
    let refused = |organisations: &Organisations| {
        site::generate(&Site {
            project: "Xen Project",
            advisory: "Xen Security Advisory",
            publisher: &publisher,
            released: &[],
            announced: &[],
            organisations: Some(organisations),
            at: at(sample::NOW),
        })
        .unwrap_err()
    };
    let names = Organisations { names: vec!["Alpha".to_owned(), "psirt@beta.example".to_owned()], history: Vec::new() };
    assert!(matches!(refused(&names), SiteError::Address { list: "names", entry: 2 }));
    assert_eq!(refused(&names).to_string(), "the page of the organisations would hold an @: entry 2 of the names");
    let line = HistoryLine {
        day: "1 January 2026".to_owned(),
        machine: "2026-01-01".to_owned(),
        text: "Now reached at psirt@beta.example.".to_owned(),
    };
    let history = Organisations { names: Vec::new(), history: vec![line] };
    assert!(matches!(refused(&history), SiteError::Address { list: "history", entry: 1 }));
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    assert_eq!(site_texts(), site_texts());
}

#[test]
fn the_newest_version_of_a_number_counts_and_no_file_is_written_twice() {
    let (files, _) = files_of(|released, _| {
        let again = released[1].clone();
        released.push(again);
    });
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    files.iter().for_each(|file| *names.entry(&file.name).or_default() += 1);
    assert!(names.values().all(|count| *count == 1));
}

#[test]
fn an_advisory_with_a_file_named_like_a_page_is_left_out_and_the_others_stay() {
    for name in ["index.html", "Site.css", "advisory-931.txt", "xsa.json", "csaf/2026/xsa-1.json", "organisations.html"] {
        let hostile = Made { number: 940, title: "x", cves: &[], description: "x", patches: &[(name, "mine")] };
        let mut released = sample::released();
        released.push(hostile.released("2026-11-10T12:00:00Z"));
        let (kept, out) = site::fit(released);
        assert_eq!(kept.len(), 17, "{name}");
        assert_eq!(
            out.iter().map(|(case, why)| format!("{case}: {why}")).collect::<Vec<_>>(),
            ["case-940: the name of a file of the advisory is taken"]
        );
    }
    // Another advisory's file with other bytes: the older one keeps it. The same bytes are the same file.
    for (bytes, left) in [("other bytes\n", 17), ("", 18)] {
        let mut released = sample::released();
        let known = released.iter().find(|one| one.publication.number().get() == 917).unwrap().publication.files()[0].clone();
        let bytes = if bytes.is_empty() { String::from_utf8(known.content.unwrap()).unwrap() } else { bytes.to_owned() };
        released.push(
            Made { number: 940, title: "x", cves: &[], description: "x", patches: &[("xsa917.patch", &bytes)] }
                .released("2026-11-10T12:00:00Z"),
        );
        assert_eq!(site::fit(released).0.len(), left);
    }
}

#[test]
fn the_feed_leads_to_itself_to_the_site_and_to_each_advisory() {
    let site = site_texts();
    let feed = &site["feed.atom"];
    let (head, entries) = feed.split_once("<entry>").unwrap();
    let links: Vec<String> = all(head, "href").iter().map(|link| link.replace("&#x2f;", "/")).collect();
    assert_eq!(all(head, "rel"), ["self", "alternate"]);
    assert_eq!(links, ["https://example.org/xsa/feed.atom", "https://example.org/xsa/"]);
    assert!(head.contains("<updated>2026-11-06T08:52:13Z</updated>"));
    let expected = "\n<id>tag:example.org,2005:xsa-933</id>\n<title>XSA-933: frontend drivers: limits of the support statement</title>\n\
                    <published>2026-11-06T08:52:13Z</published>\n<updated>2026-11-06T08:52:13Z</updated>\n\
                    <link rel=\"alternate\" type=\"text/html\" href=\"https:&#x2f;&#x2f;example.org&#x2f;xsa&#x2f;advisory-933.html\"/>\n\
                    <link rel=\"related\" type=\"text/plain\" href=\"https:&#x2f;&#x2f;example.org&#x2f;xsa&#x2f;advisory-933.txt\" title=\"Signed text\"/>\n\
                    <summary>Version 1.</summary>\n</entry>\n";
    assert!(entries.starts_with(expected), "{entries}");
    assert_eq!(feed.matches("<entry>").count(), 17);
}
