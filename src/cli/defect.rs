//! What is said when the program itself fails. A panic's message may be made of anything, secrets too: only messages that are
//! written in the program are shown, and where it was.

use super::console::Console;
use crate::judge::End;
use std::any::Any;
use std::panic::{self, AssertUnwindSafe, Location};

/// Has panics, of every thread, told without what they were made of.
pub fn hide_what_panics_say(console: Console) {
    panic::set_hook(Box::new(move |info| {
        console.err(&told(info.payload(), info.location()));
    }));
}

/// Runs it; the code of a defect where it panics.
pub fn guarded(run: impl FnOnce() -> u8) -> u8 {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| End::Defect.code())
}

fn told(payload: &(dyn Any + Send), location: Option<&Location<'_>>) -> String {
    let place = location.map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    match payload.downcast_ref::<&'static str>() {
        Some(literal) => format!("error: a defect of interop{place}: {literal}"),
        None => format!("error: a defect of interop{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_says_where_it_was_and_nothing_that_it_was_made_of() {
        let secret = "hunter2-Correct".to_owned();
        let payload: Box<dyn Any + Send> = Box::new(format!("can't log in with {secret}"));
        let text = told(&*payload, Some(Location::caller()));
        assert!(text.contains("defect.rs:"), "{text}");
        assert!(
            !text.contains("hunter2") && !text.contains("log in"),
            "{text}"
        );
        let text = told(&"nothing is there", None);
        assert_eq!(text, "error: a defect of interop: nothing is there");
    }

    #[test]
    fn a_panic_is_exit_code_70() {
        assert_eq!(guarded(|| 3), 3);
        assert_eq!(guarded(|| panic!("for this test")), 70);
    }
}
