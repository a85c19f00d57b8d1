//! Work that may panic without ending the program: the code of others on the bytes of anybody.
//!
//! Everywhere else a panic is a bug after which nothing can be trusted, and the program ends at once; the hub starts another one.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::process;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Makes a panic end the program, unless it is in [`guarded`] work.
pub fn end_at_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |what| {
        if !IS_GUARDED.get() {
            report(what);
            process::abort();
        }
    }));
}

/// Does work that keeps nothing of what it touches; `None` when it panicked.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = IS_GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    IS_GUARDED.set(before);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_costs_the_work_only() {
        assert_eq!(guarded(|| 7), Some(7));
        assert_eq!(guarded(|| panic!("as some decoders do")), None::<u8>);
        assert!(!IS_GUARDED.get());
    }
}
