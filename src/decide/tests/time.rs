//! What time and outcomes bring about.

use super::*;
use crate::{
    compose::Trouble,
    decide::tick::{Ended, Told, letter_settled, still_held},
};

fn ended(label: Label, about: Option<i64>, failed: usize) -> Ended {
    Ended {
        label,
        about: about.map(InboxId::of_row),
        total: 75,
        accepted: 75 - failed,
        failed: vec![("beta.example".to_owned(), Trouble::Bounced, Some("5.1.1".to_owned())); failed],
    }
}

fn settled(ended: &Ended, told: Told) -> Vec<String> {
    let scene = Scene::new();
    let effects = letter_settled(ended, told, &scene.policy, at(NOW), &mut SeededEntropy::new(5)).unwrap();
    scene.lines(&effects)
}

/// What follows when a letter about no one mail, a reminder, did not arrive.
pub(crate) fn undelivered() -> Vec<Effect> {
    let letter = ended(Label::None, None, 1);
    letter_settled(&letter, Told::Others, &policy(), at(NOW), &mut SeededEntropy::new(5)).unwrap()
}

#[test]
fn the_team_gets_one_line_when_a_letter_to_the_members_is_settled() {
    let post = ended(Label::Post(InboxId::of_row(5)), Some(5), 1);
    assert_eq!(
        settled(&post, Told::Members),
        ["confidential delivery-summary to mona@team.example.org nils@team.example.org about 5"]
    );
}

#[test]
fn a_notice_that_did_not_arrive_alarms_and_an_alarm_does_not() {
    let alarm = ["note alarm: given-up", "confidential alarm to mona@team.example.org nils@team.example.org about 5"];
    assert_eq!(settled(&ended(Label::None, Some(5), 1), Told::Others), alarm);
    assert_eq!(settled(&ended(Label::None, Some(5), 0), Told::Others), [""; 0]);
    // A reminder is about no one mail: there is no row 0 to point at.
    let alarm = ["note alarm: given-up", "confidential alarm to mona@team.example.org nils@team.example.org"];
    assert_eq!(settled(&ended(Label::None, None, 1), Told::Others), alarm);
    assert_eq!(
        settled(&ended(Label::None, Some(5), 1), Told::Alarm),
        ["note alarm-undelivered: an alarm did not reach everyone of the team"]
    );
}

#[test]
fn one_letter_lists_all_that_waits() {
    let scene = Scene::new();
    let held = [(InboxId::of_row(5), at(NOW)), (InboxId::of_row(6), at(NOW))];
    let effects = still_held(&held, &scene.policy, at(NOW), &mut SeededEntropy::new(5)).unwrap();
    assert_eq!(scene.lines(&effects), ["confidential reminder to mona@team.example.org nils@team.example.org"]);
    assert!(still_held(&[], &scene.policy, at(NOW), &mut SeededEntropy::new(5)).unwrap().is_empty());
}
