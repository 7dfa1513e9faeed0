//! `embargod application`: the checklist of a saved application, with the applicant's own words as evidence.

use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    judging::Judging,
};
use crate::application::{self, ItemState};

/// The checklist of an application for membership, with quoted evidence
#[derive(Debug, clap::Args)]
pub(super) struct Application {
    #[command(flatten)]
    judging: Judging,
}

/// One line of `--json` (docs/formats.md).
#[derive(Serialize)]
struct Answer<'a> {
    path: &'a str,
    items: Vec<ItemAnswer<'a>>,
    complete: bool,
}

#[derive(Serialize)]
struct ItemAnswer<'a> {
    id: &'a str,
    state: &'static str,
    quote: Option<&'a str>,
}

impl<'a> From<&'a application::Item> for ItemAnswer<'a> {
    fn from(item: &'a application::Item) -> Self {
        Self { id: &item.id, state: item.state.as_str(), quote: item.quote.as_deref() }
    }
}

impl Application {
    pub(super) fn run(self) -> Status {
        self.judging.each(|policy, shape, path, message| {
            let list = application::checklist(message, &policy.application_rules);
            match shape {
                Shape::Json => {
                    let items = list.items.iter().map(ItemAnswer::from).collect();
                    client::say_json(&Answer { path, items, complete: list.complete });
                }
                Shape::Text => show(path, &list),
            }
            // Whether an application is good enough is the team's to say: an open item is no failure of the command.
            Status::Done
        })
    }
}

fn show(path: &str, list: &application::Checklist) {
    let open = list.open().count();
    let (words, tone) = match list.complete {
        true => ("complete".to_owned(), Tone::Good),
        false => (format!("{open} of {} items open", list.items.len()), Tone::Strong),
    };
    client::say(&format!("{}: {}", Cell::from(path).painted(), Cell::new(words, tone).painted()));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for item in &list.items {
        let tone = match item.state {
            ItemState::Present => Tone::Good,
            ItemState::NotApplicable => Tone::Faint,
            ItemState::Absent | ItemState::Suspicious => Tone::Alert,
        };
        let quote = item.quote.as_deref().map(|quote| format!("\"{quote}\"")).unwrap_or_default();
        rows.push(vec![Cell::from(format!("  {}", item.id)), Cell::new(item.state.as_str(), tone), Cell::from(quote)]);
        rows.extend(item.note.as_deref().map(|note| vec![Cell::from(""), Cell::from(""), Cell::from(note)]));
    }
    table(&["  item", "state", "evidence"], &rows, "");
}
