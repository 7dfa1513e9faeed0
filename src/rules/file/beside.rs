//! `[beside.NAME]` of a rule file: who reads which prose beside the own words, and what he knows.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{Check, Patterns, RawWary};
use crate::{
    mail::BesideKind,
    rules::{
        beside::{Names, Reader, Readers},
        set::Condition,
    },
};

/// One `[beside.NAME]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawReader {
    of: Vec<Spanned<String>>,
    #[serde(default)]
    every_word: Patterns,
    #[serde(default)]
    names_known: bool,
    #[serde(default)]
    stray_words: usize,
    #[serde(default)]
    stray_beside: Patterns,
    #[serde(default)]
    stray_unless: Patterns,
    #[serde(default)]
    wary: Vec<RawWary>,
}

impl Check<'_> {
    /// A checked `[beside.NAME]`.
    pub(super) fn reader(&mut self, raw: &RawReader) -> Reader {
        let mut kinds = Vec::new();
        for word in &raw.of {
            let known = BesideKind::NAMES.iter().filter(|(_, kind)| *kind != BesideKind::Unread);
            match known.clone().find(|(name, _)| name == word.get_ref()) {
                Some((_, kind)) => kinds.push(*kind),
                None => {
                    let names: Vec<&str> = known.map(|(name, _)| *name).collect();
                    let problem = format!("nothing beside the words is called `{}`", word.get_ref());
                    self.complaints.at(&word.span(), problem, format!("use some of: {}", names.join(", ")));
                }
            }
        }
        let vocabulary = self.understood(&raw.every_word, (raw.stray_words, &raw.stray_beside, &raw.stray_unless), &raw.wary);
        let vocabulary = if raw.every_word.is_empty() { vocabulary.without_words() } else { vocabulary };
        Reader::new(kinds, vocabulary, if raw.names_known { Names::Known } else { Names::Words })
    }

    /// `every-word-beside`: the named readers, the same for all rules that name the same.
    pub(super) fn readers(&mut self, names: &Patterns) -> Option<Condition> {
        let lists: Vec<String> = names.iter().map(|name| name.get_ref().clone()).collect();
        if lists.is_empty() {
            return None;
        }
        if let Some(known) = self.reading.get(&lists) {
            return Some(Condition::EveryWordBeside(Arc::clone(known)));
        }
        let mut readers = Vec::new();
        for name in names {
            match super::list_name(name.get_ref()).and_then(|name| self.readers.get(name)) {
                Some(reader) => readers.push(reader.clone()),
                None => {
                    let problem = format!("there is no [beside] table `{}`", name.get_ref().trim_matches(['{', '}']));
                    self.complaints.at(
                        &name.span(),
                        problem,
                        "name tables in braces: every-word-beside = ['{patch}'] for [beside.patch]",
                    );
                }
            }
        }
        let readers = Arc::new(Readers::from(readers));
        self.reading.insert(lists, Arc::clone(&readers));
        Some(Condition::EveryWordBeside(readers))
    }
}
