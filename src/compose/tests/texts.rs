//! The check of the texts at start: every fault with its file and line.

use std::collections::BTreeMap;

use crate::compose::{
    Letters,
    letters::BLUEPRINTS,
    values::{PROJECT, Variable},
};

fn faults(name: &str, text: &str) -> String {
    Letters::new(&BTreeMap::from([(name.to_owned(), text.to_owned())])).unwrap_err().to_string()
}

#[test]
fn the_built_in_texts_are_in_order() {
    let letters = Letters::new(&BTreeMap::new()).unwrap();
    assert_eq!(letters.names().count(), BLUEPRINTS.len());
    assert!(letters.has_rejection("policy"));
    assert!(!letters.has_rejection("no-such"));
}

/// The page that says what a text may name says it of every letter, and nothing else.
#[test]
fn the_page_of_letters_is_whole() {
    const PAGE: &str = include_str!("../../../docs/letters.md");
    let shown = |variable: &Variable| match variable {
        Variable::Id(name) => format!("**`{name}`**"),
        Variable::Line(name) => format!("`{name}`"),
        Variable::Block(name) => format!("`{name}` (lines)"),
        Variable::Flag(name) => format!("`{name}` (yes or no)"),
        Variable::List(name) => format!("`{name}` (list)"),
    };
    let rows: Vec<Vec<&str>> = PAGE
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches(['|', ' ']).split(" | ").collect())
        .collect();
    assert_eq!(rows.len(), BLUEPRINTS.len());
    for (row, blueprint) in rows.iter().zip(&BLUEPRINTS) {
        let names: Vec<String> = blueprint.variables.iter().map(shown).collect();
        let names = if names.is_empty() { "-".to_owned() } else { names.join(", ") };
        assert_eq!((row[0], row[3]), (format!("`{}`", blueprint.name).as_str(), names.as_str()));
    }
    for variable in &PROJECT {
        assert!(PAGE.contains(&shown(variable)), "{}", variable.name());
    }
}

#[test]
fn an_unknown_variable_is_found_with_its_line() {
    let fault = faults("held-receipt", "Subject: [{{ held }}] Waiting\n\nYour post\nto {{ lsit }} waits.\n");
    assert_eq!(
        fault,
        "held-receipt.txt:4: unknown variable `lsit`; here one can use held, list, project, prefix, team_name, security, applications, \
         policy_url, organisations_url"
    );
}

#[test]
fn an_unknown_variable_is_found_in_a_branch_no_sample_takes() {
    let text = "Subject: Alarm\n\n{% if kind == \"never\" %}\n{{ nonsense }}\n{% endif %}\ntext\n";
    assert!(faults("alarm", text).starts_with("alarm.txt:4: unknown variable `nonsense`"));
}

#[test]
fn a_subject_may_name_ids_only() {
    let fault = faults("triage-notice", "Subject: [{{ case }}] {{ sender }}\n\ntext\n");
    assert_eq!(fault, "triage-notice.txt:1: unknown variable `sender`; here one can use case, project, prefix");
}

#[test]
fn a_syntax_error_is_found_with_its_line() {
    let fault = faults("ruled", "Subject: x\n\nline three\n{% if by %}\nnever closed\n");
    assert!(fault.starts_with("ruled.txt:6: ") || fault.starts_with("ruled.txt:5: "), "{fault}");
}

#[test]
fn a_failing_filter_is_found_by_the_samples() {
    let fault = faults("ruled", "Subject: x\n\nfine\n{{ by / 2 }}\n");
    assert!(fault.starts_with("ruled.txt:4: "), "{fault}");
}

#[test]
fn a_text_without_subject_or_body_is_refused() {
    assert_eq!(faults("ruled", "Hello\n"), "ruled.txt:1: the first line must be `Subject: ` and the subject");
    assert_eq!(
        faults("ruled", "Subject: x\ntext at once\n"),
        "ruled.txt:2: an empty line and the text must follow the Subject line"
    );
    assert_eq!(faults("ruled", "Subject: x\n\n  \n"), "ruled.txt:2: an empty line and the text must follow the Subject line");
}

#[test]
fn a_file_for_no_letter_is_refused() {
    assert!(
        faults("acknowlegdement", "Subject: x\n\ntext\n")
            .starts_with("acknowlegdement.txt:1: no letter has this name; the names are")
    );
    assert!(faults("rejection-../x", "Subject: x\n\ntext\n").contains("no letter has this name"));
}

#[test]
fn all_faults_are_told_at_once() {
    let overrides = BTreeMap::from([
        ("ruled".to_owned(), "Subject: x\n\n{{ a }}\n{{ b }}\n".to_owned()),
        ("alarm".to_owned(), "nothing".to_owned()),
    ]);
    let faults = Letters::new(&overrides).unwrap_err().0;
    let places: Vec<(String, usize)> = faults.into_iter().map(|fault| (fault.file, fault.line)).collect();
    assert_eq!(places, [("ruled.txt".to_owned(), 3), ("ruled.txt".to_owned(), 4), ("alarm.txt".to_owned(), 1)]);
}

#[test]
fn an_operator_may_add_a_rejection_for_a_class_of_his_own() {
    let overrides =
        BTreeMap::from([("rejection-press".to_owned(), "Subject: [{{ held }}] No\r\n\r\nAsk {{ security }}.\r\n".to_owned())]);
    assert!(Letters::new(&overrides).unwrap().has_rejection("press"));
}
