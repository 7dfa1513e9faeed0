//! The wall clock.

use jiff::Timestamp;

use super::{Clock as _, SystemClock};

#[test]
fn the_wall_clock_tells_what_the_store_can_keep() {
    let now = SystemClock.now();
    assert_eq!(Timestamp::from_millisecond(now.as_millisecond()).unwrap(), now);
}
