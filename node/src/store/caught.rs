//! The engine panics on some damage instead of reporting it. Such a panic ends here, and tells nobody of itself: whoever
//! asked says in words what is damaged.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// What `act` gives; `None` where it panicked.
pub(super) fn caught<T>(act: impl FnOnce() -> T) -> Option<T> {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |told| {
            if !QUIET.get() {
                before(told);
            }
        }));
    });
    let outer = QUIET.replace(true);
    // What the engine leaves behind a panic is read no more: its error stops whoever asked.
    let given = panic::catch_unwind(AssertUnwindSafe(act)).ok();
    QUIET.set(outer);
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_in_the_call() {
        assert_eq!(caught(|| 7), Some(7));
        let none: Option<u32> = caught(|| Vec::<u32>::new().remove(0));
        assert_eq!(none, None);
        assert!(!QUIET.get());
    }
}
