//! Whose panics are findings. mail-parser 0.11.9 has debug assertions that malformed multiparts reach, and fuzzing has them on; the daemon catches what
//! the library panics with (`mail::mime`), so that the fuzzer must, too, or it ends at the first of them.

use std::panic;

/// A panic of the library is caught where the daemon catches it; any other ends the run.
pub fn of_the_library_are_caught() {
    let ends = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("/mail-parser-")) {
            ends(panic);
        }
    }));
}
