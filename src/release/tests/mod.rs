mod arming;
mod gate;
mod simulation;

use jiff::Timestamp;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
