//! `application --json` over the project's own applications: each sample says in its first line what must be found in it, and the recall is counted.
//!
//! The samples are in the layouts that real applicants use: labelled lines, numbered answers, the criteria pasted with the answers below them
//! (quoted and not), a letter in prose, HTML, bullets and Markdown.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

use std::{collections::BTreeMap, fs, path::Path};

use embargod::mail::{Message, RawMessage};
use serde_json::Value;

/// The rest of `X-Expect: A03=absent A10=suspicious, A09=not-applicable` is present.
fn expected(header: &str) -> BTreeMap<String, String> {
    let words = header.split([' ', ',']).filter_map(|word| word.split_once('='));
    words.map(|(item, state)| (item.to_owned(), state.to_owned())).collect()
}

#[test]
fn what_applicants_say_is_found_and_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_embargod"));
    let output = command.current_dir(root).args(["application", "--json", "rules/application/samples"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut samples, mut there, mut found) = (0, 0, 0);
    let mut wrong = Vec::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        let path = answer["path"].as_str().unwrap();
        let mail = Message::parse(&RawMessage::new(fs::read(root.join(path)).unwrap())).unwrap();
        let header = mail.header("X-Expect").unwrap();
        let expected = expected(&header);
        samples += 1;
        // Nobody is let in with an open item, and nobody is sent back for nothing.
        assert_eq!(answer["complete"], header.starts_with("complete"), "{path}");
        let words = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let said = words(mail.readable_text());
        for item in answer["items"].as_array().unwrap() {
            let id = item["id"].as_str().unwrap().get(..3).unwrap();
            let wanted = expected.get(id).map_or("present", String::as_str);
            let got = item["state"].as_str().unwrap();
            if wanted == "present" {
                there += 1;
                found += usize::from(got == "present");
            }
            if got != wanted {
                wrong.push(format!("{path}: {id} is {got}, not {wanted}"));
            }
            // What is absent has no evidence, what is there has the applicant's own words.
            let quote = item["quote"].as_str().map(words);
            assert_eq!(
                quote.is_some(),
                matches!(got, "present" | "suspicious") || (got == "not-applicable" && quote.is_some()),
                "{path}: {id}"
            );
            if let Some(quote) = quote {
                assert!(
                    quote.iter().all(|word| said.contains(word) || word.len() < 3 || quote.last() == Some(word)),
                    "{path}: {id}: {quote:?}"
                );
            }
        }
    }
    println!("{samples} applications: {found} of {there} items found");
    assert!(samples >= 33, "{samples} samples");
    assert!(found * 100 >= there * 95, "{found} of {there}: {wrong:#?}");
    assert!(wrong.iter().all(|line| !line.contains("is present")), "{wrong:#?}");
}

const CRITERIA: [(&str, &str, &str); 10] = [
    ("A01", "The name of your organization.", "Rest & Sons Ltd"),
    ("A02", "Domain name(s) which you use to provide Xen software/services.", "rest.example"),
    ("A03", "A brief description of why you fit the criteria.", "Anyone can rent a server from us."),
    (
        "A04",
        "If not all of your products/services use Xen, a list of (some of) your products/services (or categories thereof) which do.",
        "The servers called Nap and Doze",
    ),
    ("A05", "Evidence of your status as a service/software provider:", "https://rest.example/nap"),
    ("A06", "Evidence of your status as a user of Xen:", "https://rest.example/doze"),
    (
        "A07",
        "Your invitation to members of the public, who discover security problems with your products/services, to report them in confidence to you;",
        "https://rest.example/holes",
    ),
    (
        "A08",
        "Specifically, the contact information (email addresses or other contact instructions) which such a member of the public should use.",
        "security@rest.example",
    ),
    (
        "A10",
        "A statement to the effect that you have read this policy and agree to abide by the terms for inclusion in the list, specifically the requirements regarding confidentiality during an embargo period.",
        "accepted",
    ),
    ("A11", "The single (non-personal) email alias you wish added to the predisclosure list.", "security@rest.example"),
];

fn wrapped(text: &str, width: usize, first: &str, next: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if lines.last().unwrap().len() + word.len() > width {
            lines.push(String::new());
        }
        let line = lines.last_mut().unwrap();
        let gap = if line.is_empty() { "" } else { " " };
        line.push_str(&format!("{gap}{word}"));
    }
    let mark = |(index, line): (usize, &String)| format!("{}{line}\n", if index == 0 { first } else { next });
    lines.iter().enumerate().map(mark).collect()
}

/// The criteria pasted in this layout, each answered below, except one.
fn letter(layout: usize, left_out: Option<&str>) -> String {
    let mut text = String::from("From: Ann <ann@rest.example>\nSubject: application\n");
    text.push_str(if layout == 5 { "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<table>\n" } else { "\n" });
    for (number, (id, criterion, answer)) in CRITERIA.iter().enumerate() {
        let answer = if left_out == Some(*id) { "" } else { answer };
        let number = number + 1;
        text.push_str(&match layout {
            0 => format!("{}{answer}\n", wrapped(criterion, 70, "> ", "> ")),
            1 => format!("{}\n{answer}\n\n", wrapped(criterion, 66, "> - ", "")),
            2 => format!("{}{answer}\n", wrapped(criterion, 60, "", "")),
            3 => format!("{}   {answer}\n", wrapped(criterion, 60, &format!("{number}. "), "   ")),
            4 => format!("* {criterion} {answer}\n"),
            5 => format!("<tr><td>{criterion}</td><td>{answer}</td></tr>\n"),
            _ => format!("> {number}) {criterion}\n\n[Ann] {answer}\n\n").replace("[Ann] \n", "\n"),
        });
    }
    text
}

#[test]
fn a_pasted_criterion_is_never_its_own_answer() {
    let rules = embargod::application::ApplicationRules::built_in().unwrap();
    for layout in 0..7 {
        let read = |left_out| {
            let text = letter(layout, left_out);
            let mail = Message::parse(&RawMessage::new(text.as_bytes())).unwrap();
            (embargod::application::checklist(&mail, &rules), text)
        };
        let (whole, text) = read(None);
        assert!(whole.complete, "layout {layout}: {whole:#?}\n{text}");
        for (id, ..) in CRITERIA {
            let (list, text) = read(Some(id));
            assert!(!list.complete, "layout {layout} without {id}");
            let item = list.items.iter().find(|item| item.id.starts_with(id)).unwrap();
            assert_eq!((item.state.as_str(), &item.quote), ("absent", &None), "layout {layout} without {id}\n{text}");
        }
    }
}
