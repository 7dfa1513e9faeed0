use jiff::Timestamp;

use super::svg;
use crate::{disclosure::CaseId, report::facts::CaseLine};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOW: &str = "2026-11-22T12:00:00Z";

fn case(id: i64, opened: &str, predisclosed: Option<&str>, until: Option<&str>) -> CaseLine {
    CaseLine {
        case: CaseId(id),
        number: until.map(|_| format!("XSA-{id}")),
        title: Some("<secret>".to_owned()),
        next: None,
        opened: Some(at(opened)),
        predisclosed: predisclosed.map(at),
        until: until.map(at),
        is_live: true,
    }
}

/// The number of an attribute, in percent.
fn place(svg: &str, mark: &str, attribute: &str) -> f64 {
    let element = svg.split('<').find(|element| element.contains(mark)).unwrap();
    element.split(&format!(" {attribute}=\"")).nth(1).unwrap().split('%').next().unwrap().parse().unwrap()
}

#[test]
fn bars_lie_where_their_dates_are() {
    // 10 days back, 10 days ahead, a day of margin on either side: today is in the middle.
    let picture =
        svg(&[case(7, "2026-11-12T12:00:00Z", Some("2026-11-17T12:00:00Z"), Some("2026-12-02T12:00:00Z"))], at(NOW)).unwrap();
    assert!((place(&picture, "class=\"today\"", "x1") - 50.0).abs() < 0.01);
    assert!((place(&picture, "class=\"bar\"", "x") - 100.0 / 22.0).abs() < 0.01);
    assert!((place(&picture, "class=\"bar\"", "width") - 2000.0 / 22.0).abs() < 0.01);
    assert!((place(&picture, "class=\"bar heard\"", "x") - 600.0 / 22.0).abs() < 0.01);
    assert!((place(&picture, "class=\"date\"", "cx") - 2100.0 / 22.0).abs() < 0.01);
    assert!(picture.contains(">XSA-7 (case-7)<tspan class=\"when\" dx=\"10\">2 Dec 12:00, in 10 days</tspan>"));
    assert!(!picture.contains("secret"));
}

#[test]
fn what_is_far_away_is_drawn_at_the_edge_and_words_keep_apart() {
    let cases = [
        case(1, "2001-01-01T00:00:00Z", None, Some("2099-12-08T12:00:00Z")),
        case(2, "2026-11-20T12:00:00Z", None, None),
        case(3, "2026-11-20T12:00:00Z", None, Some("2026-11-21T12:00:00Z")),
        case(4, "2026-11-20T12:00:00Z", None, Some("2026-11-22T12:30:00Z")),
    ];
    let picture = svg(&cases, at(NOW)).unwrap();
    for words in ["8 Dec 2099, in 26679 days", "no date yet", "21 Nov 12:00, over", "22 Nov 12:30, within the hour"] {
        assert!(picture.contains(&format!(">{words}</tspan>")), "{words}");
    }
    assert!((place(&picture, "class=\"today\"", "x1") - 50.0).abs() < 0.01);
    let ticks: Vec<f64> =
        picture.split("class=\"month\" x=\"").skip(1).map(|rest| rest.split('%').next().unwrap().parse().unwrap()).collect();
    assert!(ticks.len() >= 3 && ticks.is_sorted_by(|one, next| next - one >= 17.0), "{ticks:?}");
    // The nearest date first, without a date last.
    let order: Vec<&str> =
        picture.split("class=\"name\"").skip(1).map(|rest| rest.split('>').nth(1).unwrap().split('<').next().unwrap()).collect();
    assert_eq!(order, ["XSA-3 (case-3)", "XSA-4 (case-4)", "XSA-1 (case-1)", "case-2"]);
}

#[test]
fn without_a_live_case_there_is_no_picture() {
    assert_eq!(svg(&[], at(NOW)), None);
    let over = CaseLine { is_live: false, ..case(7, "2026-11-12T12:00:00Z", None, None) };
    assert_eq!(svg(&[over], at(NOW)), None);
}
