//! Mail of other people, read from `../shared/corpus` where that is present: no mail of any kind is a complete application to us, and none
//! stops the readers. Without the corpus there is nothing to measure here; the samples of `rules/application` are unit tests.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use embargod::{
    application::{self, ApplicationRules, ItemState},
    command::{self, CommandContext},
    mail::{Message, RawMessage},
};

fn corpus() -> Vec<(PathBuf, Message)> {
    // A git worktree stands one folder deeper.
    let roots = ["../shared/corpus/dev", "../../shared/corpus/dev"].map(|root| Path::new(env!("CARGO_MANIFEST_DIR")).join(root));
    let Some(root) = roots.iter().find(|root| root.exists()) else {
        println!("../shared/corpus is not there: nothing is measured");
        return Vec::new();
    };
    let mut found = Vec::new();
    for class in fs::read_dir(root).unwrap() {
        for entry in fs::read_dir(class.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            // What has no header at all is not for us.
            if let Ok(message) = Message::parse(&RawMessage::new(fs::read(&path).unwrap())) {
                found.push((path, message));
            }
        }
    }
    found
}

#[test]
fn nobody_is_complete_by_accident() {
    let rules = ApplicationRules::built_in().unwrap();
    let mut present: BTreeMap<String, usize> = BTreeMap::new();
    let corpus = corpus();
    for (path, message) in &corpus {
        let list = application::checklist(message, &rules);
        assert!(!list.complete, "{}", path.display());
        if path.to_string_lossy().contains("application") {
            for item in list.items.iter().filter(|item| item.state == ItemState::Present) {
                *present.entry(item.id.clone()).or_default() += 1;
            }
        }
    }
    println!("{} messages, items present in the applications among them: {present:?}", corpus.len());
}

/// Real mail is full of the words; whole messages, quotes and all, must not be taken for a ruling.
#[test]
fn no_real_mail_is_a_ruling() {
    let corpus = corpus();
    for (path, message) in &corpus {
        for context in [
            CommandContext::Held,
            CommandContext::Poster,
            CommandContext::Case,
            CommandContext::Advisory,
            CommandContext::Blocked,
        ] {
            let read = command::parse(message.readable_text(), context);
            assert!(read.is_err(), "{} in {context:?}", path.display());
        }
    }
    println!("{} messages read as answers, none is one", corpus.len());
}
