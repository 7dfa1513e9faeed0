use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use proptest::prelude::*;

use super::{ApplicationRules, Checklist, ItemState, RoleFlag, RoleScore, checklist, role_score};
use crate::mail::{Message, RawMessage};

fn rules() -> &'static ApplicationRules {
    static RULES: LazyLock<ApplicationRules> = LazyLock::new(|| ApplicationRules::built_in().unwrap());
    &RULES
}

fn message(text: &str) -> Message {
    Message::parse(&RawMessage::new(text.as_bytes())).unwrap()
}

fn read(body: &str) -> Checklist {
    checklist(&message(&format!("From: Ann Other <ann@example.com>\nSubject: application\n\n{body}")), rules())
}

fn state(list: &Checklist, id: &str) -> (ItemState, Option<String>, Option<String>) {
    let item = list.items.iter().find(|item| item.id.starts_with(id)).unwrap();
    (item.state, item.quote.clone(), item.note.clone())
}

/// What is not present, in the form of the samples: `A03=absent A10=absent, A09=not-applicable`.
fn summary(list: &Checklist) -> String {
    let of = |states: &[ItemState]| {
        let items = list.items.iter().filter(|item| states.contains(&item.state));
        items.map(|item| format!("{}={}", item.id.get(..3).unwrap(), item.state.as_str())).collect::<Vec<_>>().join(" ")
    };
    let open = of(&[ItemState::Absent, ItemState::Suspicious]);
    let open = if list.complete { "complete".to_owned() } else { open };
    let na = of(&[ItemState::NotApplicable]);
    if na.is_empty() { open } else { format!("{open}, {na}") }
}

#[test]
fn the_samples_get_what_they_expect() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/application/samples");
    let mut wrong = BTreeMap::new();
    let mut open = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mail = message(&fs::read_to_string(&path).unwrap());
        let list = checklist(&mail, rules());
        for item in list.open() {
            open.insert(item.id.clone(), ());
        }
        // "A09=present" may be said, to make plain what the sample is about.
        let expected = mail.header("X-Expect").unwrap().replace(", A09=present", "");
        if summary(&list) != expected {
            wrong.insert(path.file_name().unwrap().to_owned(), format!("{}\nexpected {expected}\n{list:#?}", summary(&list)));
        }
    }
    for (name, text) in &wrong {
        println!("{name:?}: {text}");
    }
    assert!(wrong.is_empty());
    assert_eq!(open.len(), 11, "every item is open in some sample: {open:?}");
}

#[test]
fn the_evidence_is_quoted() {
    let mail = message(include_str!("../../rules/application/samples/05-not-acceptable.eml"));
    let list = checklist(&mail, rules());
    let quoted = |id: &str| state(&list, id);
    assert_eq!(quoted("A01"), (ItemState::Present, Some("Seller Ltd".into()), None));
    assert_eq!(quoted("A02"), (ItemState::Present, Some("example.net".into()), None));
    assert_eq!(
        quoted("A05"),
        (
            ItemState::Suspicious,
            Some("https://www.example.net/prices/list-2026.pdf (see page 3)".into()),
            Some(
                "PDFs of reasonable size are acceptable so long as the URL you provide is of an ordinary HTML page providing a link to the PDF."
                    .into()
            )
        )
    );
    assert_eq!(
        quoted("A06").2.unwrap(),
        "Blog postings, conference presentations, social media pages, Flash presentations, videos, sites which require registration, \
         anything password-protected, etc., are not acceptable."
    );
    assert_eq!(quoted("A07").2.unwrap(), "the page is not on a domain that the application names");
    assert_eq!(quoted("A10").2.unwrap(), "the statement says nothing of confidentiality during an embargo");
    assert_eq!(quoted("A11").2.unwrap(), "the address looks like a person's: the policy asks for a non-personal alias");
}

#[test]
fn the_shape_of_the_output_is_stable() {
    let json = serde_json::to_value(read("Organisation: Example Ltd\n")).unwrap();
    assert_eq!(json["complete"], false);
    assert_eq!(
        json["items"][0],
        serde_json::json!({"id": "A01-ORG-NAME", "name": "The name of your organization", "state": "present", "quote": "Example Ltd", "note": null})
    );
    let ids: Vec<&str> = json["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    let expected = [
        "A01-ORG-NAME",
        "A02-DOMAINS",
        "A03-WHY-CRITERIA",
        "A04-WHICH-PRODUCTS",
        "A05-EVIDENCE-PROVIDER",
        "A06-EVIDENCE-XEN",
        "A07-SECURITY-INVITATION",
        "A08-SECURITY-CONTACT",
        "A09-RELEVANT-PARTS",
        "A10-POLICY-STATEMENT",
        "A11-ROLE-ADDRESS",
    ];
    assert_eq!(ids, expected);
}

const STATEMENT: &str = "A statement to the effect that you have read this policy and agree to abide by the terms for inclusion in the list, specifically the requirements regarding confidentiality during an embargo period.";

#[test]
fn the_policys_own_words_are_no_answer() {
    use ItemState::{Absent, Present, Suspicious};
    let wrapped = |width: usize, mark: &str, rest: &str| {
        let mut lines = vec![String::new()];
        for word in STATEMENT.split(' ') {
            if lines.last().unwrap().len() + word.len() > width {
                lines.push(String::new());
            }
            let line = lines.last_mut().unwrap();
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            text.push_str(if index == 0 { mark } else { rest });
            text.push_str(line);
            text.push('\n');
        }
        text
    };
    let layouts = [
        wrapped(1000, "", ""),
        wrapped(72, "", ""),
        wrapped(72, "> ", "> "),
        wrapped(72, "> ", ""),
        wrapped(40, "9. ", "   "),
        wrapped(60, "* ", "  "),
        wrapped(50, ">> - ", ">> "),
    ];
    for layout in layouts {
        assert_eq!(state(&read(&layout), "A10").0, Absent, "{layout}");
        assert_eq!(state(&read(&format!("{layout}\nBest regards,\nAnn\n")), "A10").0, Absent, "{layout}");
        for (answer, expected) in [
            ("Accepted.", Present),
            ("Yes", Present),
            ("We do.", Present),
            ("No.", Suspicious),
            ("We do not agree.", Suspicious),
            ("n/a", Absent),
        ] {
            for between in ["", "\n"] {
                let text = format!("{layout}{between}{answer}\n");
                assert_eq!(state(&read(&text), "A10").0, expected, "{text}");
            }
        }
    }
    // The applicant's own sentence in the policy's words is an answer.
    let own = STATEMENT.replace("A statement to the effect that you", "We");
    assert_eq!(state(&read(&own), "A10").0, Present);
    let own = "We confirm that we have read this policy and agree to abide by the terms for\ninclusion in the list, specifically the requirements regarding\nconfidentiality during an embargo period.\n";
    assert_eq!(state(&read(own), "A10").0, Present);
    // One word without the criterion above it agrees to nothing.
    assert_eq!(state(&read("Policy statement: accepted\n"), "A10").0, Suspicious);
}

#[test]
fn not_all_is_not_all() {
    assert_eq!(state(&read("All of our services run on Xen.\n"), "A04").0, ItemState::NotApplicable);
    assert_eq!(state(&read("Not all of our services run on Xen.\n"), "A04").0, ItemState::Absent);
    assert_eq!(state(&read("Products: V-Server\n"), "A04"), (ItemState::Present, Some("V-Server".into()), None));
}

#[test]
fn evidence_must_stand_on_a_declared_domain() {
    let with = |link: &str| state(&read(&format!("Domains: example.net\nPricing: {link}\n")), "A05").0;
    let table = [
        ("https://example.net/prices", ItemState::Present),
        ("http://shop.example.net:8080/prices?a=b", ItemState::Present),
        ("www.example.net/prices", ItemState::Present),
        ("https://github.com/example/project", ItemState::Present),
        ("https://badexample.net/prices", ItemState::Suspicious),
        ("https://example.net.evil.example/prices", ItemState::Suspicious),
        ("https://example.net@evil.example/prices", ItemState::Suspicious),
        ("https://example.net/login?to=/prices", ItemState::Suspicious),
        ("https://example.net/blog/our-prices", ItemState::Suspicious),
        ("https://blog.example.net/prices", ItemState::Suspicious),
        ("https://example.net/prices.pptx", ItemState::Suspicious),
        ("https://www.youtube.com/watch", ItemState::Suspicious),
        ("https://example.net/prices.PDF#page=2", ItemState::Suspicious),
        ("ask us", ItemState::Absent),
    ];
    for (link, expected) in table {
        assert_eq!(with(link), expected, "{link}");
    }
    // One good page is enough.
    assert_eq!(with("https://example.net/blog/x and https://example.net/prices"), ItemState::Present);
}

#[test]
fn the_alias_is_a_single_role_address() {
    let with = |line: &str| state(&read(&format!("Domains: example.net\nAlias: {line}\n")), "A11");
    let table = [
        ("security@example.net", ItemState::Present),
        ("xen-security@hosting.example.net", ItemState::Present),
        ("security (at) example (dot) net", ItemState::Present),
        ("security@example.net (that is security@example.net)", ItemState::Present),
        ("security@example.net, noc@example.net", ItemState::Suspicious),
        ("security@example.org", ItemState::Suspicious),
        ("jane.doe@example.net", ItemState::Suspicious),
        ("ann@example.net", ItemState::Suspicious),
        ("blue@example.net", ItemState::Suspicious),
        ("security@gmail.com", ItemState::Suspicious),
        ("security@lists.example.net", ItemState::Suspicious),
        ("security@xn--exmple-cua.example.net", ItemState::Suspicious),
        ("to follow", ItemState::Absent),
    ];
    for (line, expected) in table {
        assert_eq!(with(line).0, expected, "{line}");
    }
}

#[test]
fn addresses_are_scored() {
    let author = "ann@example.com".parse().unwrap();
    let score = |text: &str| role_score(&text.parse().unwrap(), Some(&author), rules());
    let plain = |score: i32| RoleScore { score, flags: Vec::new() };
    assert_eq!(score("security@example.net"), plain(5));
    assert_eq!(score("NOC@example.net"), plain(3));
    assert_eq!(score("noc+xen@example.net"), plain(4));
    assert_eq!(score("xen-predisc@example.net"), plain(2));
    assert_eq!(score("jane.doe@example.net"), plain(-3));
    assert_eq!(score("j.doe@example.net"), plain(-3));
    assert_eq!(score("security.team@example.net"), plain(2));
    assert_eq!(score("ann@example.net"), plain(-3));
    assert_eq!(score("petra@example.net"), plain(-2));
    assert_eq!(score("blue@example.net"), plain(0));
    assert_eq!(score("security@gmail.com"), RoleScore { score: 1, flags: vec![RoleFlag::FreeMail] });
    assert_eq!(score("security@lists.example.net"), RoleScore { score: 0, flags: vec![RoleFlag::PublicList] });
    assert_eq!(score("security@xn--80ak6aa92e.com"), RoleScore { score: 5, flags: vec![RoleFlag::StrangeDomain] });
}

#[test]
fn quotes_are_short_and_harmless() {
    let list = read(&format!("Organisation: Example\u{1b}[2J\u{202e} Ltd {}\n", "x".repeat(500)));
    let quote = state(&list, "A01").1.unwrap();
    assert!(quote.starts_with("Example\\u{1b}[2J\\u{202e} Ltd xxx"), "{quote}");
    assert!(quote.chars().filter(|&c| c == 'x').count() < 200);
}

#[test]
fn a_hostile_application_ends() {
    // Half a megabyte of one long line, of links, of addresses, of the beginning of a criterion.
    for part in ["a", "https://example.net/x ", "a@example.net\n", "The name of\n", "> \n", "read \n", "\u{e9}"] {
        let list = read(&part.repeat(500_000 / part.len()));
        assert!(!list.complete, "{part}");
    }
}

#[test]
fn a_bad_rule_file_is_refused_with_its_place() {
    let file = include_str!("../../rules/application.toml");
    let table = [
        (
            file.replace("kind = \"parts\"", "kind = \"part\""),
            "unknown variant `part`, expected one of `text`, `domains`, `link`, `contact`, `parts`, `statement`, `role-address`",
        ),
        (file.replace("id = \"A02-DOMAINS\"", "id = \"A01-ORG-NAME\""), "this id stands twice"),
        (file.replace("confidentiality = [", "context = ["), "an item of kind `statement` needs `all` and `confidentiality`"),
        (file.replace("'(?i)^\\s*(with )?", "'(?i)^\\s*(with "), "no valid pattern: unclosed group"),
        (
            file.replace("given-names", "names"),
            "unknown field `names`, expected one of `words`, `parts`, `suffixes`, `given-names`, `free-mail`, `public-lists`",
        ),
    ];
    for (text, problem) in table {
        let error = ApplicationRules::parse(&text).unwrap_err();
        assert_eq!(error.problem, problem);
        assert!(error.line > 1, "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_panics_or_is_complete(body in "(\\PC|\\n|> |Alias: |https://|@|example\\.net|The name of your organization|\\[at\\]){0,80}") {
        let list = read(&body);
        prop_assert_eq!(list.items.len(), 11);
        prop_assert!(!list.complete);
    }

    /// Leaving any answer out of a complete application makes it incomplete (an answer that is not asked for aside).
    #[test]
    fn a_complete_application_needs_every_line(left_out in 0_usize..10) {
        let lines = [
            "Organisation: Example Hosting Ltd\n",
            "Domains: example.net\n",
            "Why we fit the criteria: customers rent virtual servers from us\n",
            "Products: the V line\n",
            "Pricing: https://example.net/prices\n",
            "Xen: https://example.net/technology\n",
            "Security policy: https://example.net/policy\n",
            "Security contact: help@example.net\n",
            "Statement: We have read the policy and agree to abide by its terms of confidentiality.\n",
            "Alias: xen-security@example.net\n",
        ];
        prop_assert!(read(&lines.concat()).complete);
        let rest: String = lines.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, line)| *line).collect();
        prop_assert!(!read(&rest).complete, "without {}", lines[left_out]);
    }
}
