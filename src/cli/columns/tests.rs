use super::{Cell, Ink, Tone, lines};

#[test]
fn columns_are_aligned_and_cells_are_safe() {
    let rows = vec![
        vec![Cell::from("1"), Cell::new("waiting", Tone::Alert), Cell::from("x\u{1b}[2J\ny")],
        vec![Cell::from("1234"), Cell::new("ruled", Tone::Good), Cell::from("")],
    ];
    let expected = ["id    state    rule", "1     waiting  x\\u{1b}[2J\\u{a}y", "1234  ruled"];
    assert_eq!(lines(&["id", "state", "rule"], &rows, Ink::None), expected);
}

#[test]
fn colours_do_not_disturb_the_columns() {
    let rows = vec![vec![Cell::new("waiting", Tone::Alert), Cell::from("b")]];
    assert_eq!(
        lines(&["s", "t"], &rows, Ink::Colour),
        ["\u{1b}[1ms\u{1b}[0m        \u{1b}[1mt\u{1b}[0m", "\u{1b}[1;31mwaiting\u{1b}[0m  b"]
    );
}
