//! What a letter's text may name: the variables, and the values put in their places.
//!
//! Each letter declares its variables once ([`Blueprint`]); the check at start renders every text with made-up values for exactly these, so a
//! text that passes the check finds all its variables later.

use std::collections::BTreeMap;

use minijinja::Value;

use super::shown;

/// A variable of a letter's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    /// An id or another word that may stand in a Subject: `case-17`, `XSA-999 v2`.
    Id(&'static str),
    /// One line; empty when there is nothing to say.
    Line(&'static str),
    /// Several lines of a person's own text, kept as typed; empty when there is none.
    Block(&'static str),
    /// Yes or no.
    Flag(&'static str),
    /// Several single lines.
    List(&'static str),
}

impl Variable {
    pub(super) fn name(self) -> &'static str {
        match self {
            Variable::Id(name) | Variable::Line(name) | Variable::Block(name) | Variable::Flag(name) | Variable::List(name) => {
                name
            }
        }
    }

    pub(super) fn in_subject(self) -> bool {
        matches!(self, Variable::Id(_))
    }
}

/// A letter's text as it is built in, and what it may name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blueprint {
    /// The file's name without `.txt`.
    pub(super) name: &'static str,
    /// Its text: `Subject: ...`, an empty line, the body.
    pub(super) text: &'static str,
    /// Its variables, those of the project ([`PROJECT`]) left out.
    pub(super) variables: &'static [Variable],
}

/// Variables every letter has.
pub(super) const PROJECT: [Variable; 7] = [
    Variable::Id("project"),
    Variable::Id("prefix"),
    Variable::Line("team_name"),
    Variable::Line("security"),
    Variable::Line("applications"),
    Variable::Line("policy_url"),
    Variable::Line("organisations_url"),
];

/// The values of one letter, each made safe to look at.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(BTreeMap<&'static str, Value>);

impl Values {
    pub(super) fn line(mut self, name: &'static str, text: impl AsRef<str>) -> Self {
        self.0.insert(name, Value::from(shown::line(text.as_ref())));
        self
    }

    pub(super) fn block(mut self, name: &'static str, text: &str) -> Self {
        let lines = shown::block(text.trim_end());
        let mut marked = String::new();
        for (index, line) in lines.split('\n').enumerate() {
            if index > 0 {
                marked.push('\n');
            }
            marked.push(shown::VERBATIM);
            marked.push_str(line);
        }
        self.0.insert(name, Value::from(if text.trim().is_empty() { String::new() } else { marked }));
        self
    }

    pub(super) fn flag(mut self, name: &'static str, holds: Holds) -> Self {
        self.0.insert(name, Value::from(holds == Holds::Yes));
        self
    }

    pub(super) fn list<T: AsRef<str>>(mut self, name: &'static str, lines: impl IntoIterator<Item = T>) -> Self {
        let lines: Vec<Value> = lines.into_iter().map(|line| Value::from(shown::line(line.as_ref()))).collect();
        self.0.insert(name, Value::from(lines));
        self
    }

    /// Made-up values for these variables: every line filled, or every line empty.
    pub(super) fn sample(variables: impl IntoIterator<Item = Variable>, holds: Holds) -> Self {
        let mut values = Self::default();
        for variable in variables {
            let text = if holds == Holds::Yes { "sample" } else { "" };
            values = match variable {
                Variable::Id(name) => values.line(name, "sample-1"),
                Variable::Line(name) => values.line(name, text),
                Variable::Block(name) => values.block(name, text),
                Variable::Flag(name) => values.flag(name, holds),
                Variable::List(name) if holds == Holds::Yes => values.list(name, ["one", "two"]),
                Variable::List(name) => values.list::<&str>(name, []),
            };
        }
        values
    }

    pub(super) fn merged(mut self, other: Values) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Only the values that may stand in a Subject.
    pub(super) fn for_subject(&self, variables: &[Variable]) -> BTreeMap<&'static str, Value> {
        let allowed =
            |name: &str| variables.iter().chain(&PROJECT).any(|variable| variable.in_subject() && variable.name() == name);
        self.0.iter().filter(|(name, _)| allowed(name)).map(|(name, value)| (*name, value.clone())).collect()
    }

    pub(super) fn all(&self) -> BTreeMap<&'static str, Value> {
        self.0.clone()
    }
}

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        if holds { Holds::Yes } else { Holds::No }
    }
}
