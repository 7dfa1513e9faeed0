//! What the demo prints: each mail, what was decided and by which text, what went out, and the claims that were checked.

use super::{
    mails::Mail,
    receiver::Signature,
    stage::{Letter, Scene, Stage, Trouble},
};
use crate::{cli::client, mail::Address};

/// Reasons shown of one mail; `why` shows all.
const REASONS: usize = 4;

/// A line of the story.
pub(super) fn line(text: &str) {
    client::say(&text);
}

/// The heading of a step.
pub(super) fn step(number: usize, title: &str) {
    line(&format!("\n{number}. {title}"));
}

/// Says a thing that is so, or stops the story.
pub(super) fn so(truth: bool, claim: &str) -> Result<(), Trouble> {
    if !truth {
        return Err(Trouble::Untrue(claim.to_owned()));
    }
    row("so", claim);
    Ok(())
}

/// What became of a mail.
pub(super) fn scene(stage: &Stage, mail: &Mail, signature: Signature, scene: &Scene) {
    let story = &scene.story;
    let from = mail.reverse_path.as_ref().map_or_else(|| "<>".to_owned(), ToString::to_string);
    row(
        "mail",
        &format!("{from} to {} ({}): {}", without_token(&mail.recipient), signature.as_str(), stage.ground.shown(&scene.file)),
    );
    row("decided", &format!("message {}: {}, by rule {}", story.id, story.class, story.rule));
    for reason in story.reasons.iter().take(REASONS) {
        row("", &format!("{} {}: \"{}\"", reason.stage, reason.field, shortened(&reason.text)));
    }
    for event in story.events.iter().filter(|event| event.kind != "alarm") {
        row("record", &format!("{}: {}", event.kind, event.text));
    }
    for (subject, letters) in scene.by_subject() {
        row("out", &format!("\"{}\" to {}", shortened(subject), recipients(stage, &letters)));
    }
    if scene.letters.is_empty() {
        row("out", "nothing");
    }
}

fn recipients(stage: &Stage, letters: &[&Letter]) -> String {
    let members = letters.iter().filter(|letter| stage.members.contains(&letter.recipient)).count();
    let mut all: Vec<String> = letters
        .iter()
        .filter(|letter| !stage.members.contains(&letter.recipient))
        .map(|letter| letter.recipient.clone())
        .collect();
    if members > 0 {
        all.push(format!("{members} members"));
    }
    all.join(", ")
}

/// `desk+TOKEN@domain`: a token is 26 characters of noise to a reader, and a secret in real life.
fn without_token(address: &Address) -> String {
    match address.split_detail() {
        Some((base, _)) => base.with_detail("TOKEN").to_string(),
        None => address.to_string(),
    }
}

/// Long texts are shown by their beginning.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(90) {
        Some((at, _)) => format!("{}...", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

fn row(name: &str, text: &str) {
    line(&format!("   {name:<8} {text}"));
}
