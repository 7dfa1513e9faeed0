use super::{PatternFileError, Written, compile, read, refused};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    words: Vec<Written>,
}

#[test]
fn an_unknown_key_is_named_with_its_place() {
    let error = read::<Shape>("words = []\nwrods = []\n").unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 1: unknown field `wrods`, expected `words`");
}

#[test]
fn a_bad_pattern_is_named_with_its_place() {
    let file = "words = [\n  'fine',\n  '(x',\n]\n";
    let shape: Shape = read(file).unwrap();
    let error = compile(file, &shape.words).unwrap_err();
    assert_eq!(error, PatternFileError { line: 3, column: 3, problem: "no valid pattern: unclosed group".into() });
}

#[test]
fn a_pattern_that_grows_without_bound_is_refused() {
    let file = "words = ['(\\w{900}){900}']\n";
    let shape: Shape = read(file).unwrap();
    let error = compile(file, &shape.words).unwrap_err();
    assert_eq!((error.line, error.column), (1, 10));
}

#[test]
fn a_syntax_error_and_our_own_refusals_have_a_place_too() {
    let error = read::<Shape>("words = [\n  'é', x\n]\n").unwrap_err();
    assert_eq!((error.line, error.column), (2, 8));
    let file = "words = ['é', 'second']\n";
    let shape: Shape = read(file).unwrap();
    let second = shape.words.get(1).unwrap();
    assert_eq!(refused(file, second, "no such thing").to_string(), "line 1, column 15: no such thing");
}
