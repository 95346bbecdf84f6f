//! The same work for many, on all processors: what comes of it is in the order of what was given, whichever was done first.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    on(processors.min(items.len()), items, work)
}

fn on<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            match items.get(at) {
                Some(item) => done.push((at, work(item))),
                None => return done,
            }
        }
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let more: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for thread in more {
            done.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn what_is_done_last_stands_where_it_was_asked_for() {
        let first_waits = Barrier::new(2);
        let doubled = on(3, &[1, 2, 3, 4, 5], |n| {
            if *n == 1 || *n == 5 {
                first_waits.wait();
            }
            n * 2
        });
        assert_eq!(doubled, [2, 4, 6, 8, 10]);
        assert!(each(&[] as &[u8], |n| *n).is_empty());
    }

    #[test]
    fn a_defect_in_a_thread_is_told_as_it_was() {
        let caught = std::panic::catch_unwind(|| {
            on(2, &[1, 2, 3], |n| assert_ne!(*n, 2, "two"));
        });
        let said = caught.unwrap_err();
        let said = said.downcast_ref::<String>().map_or("", String::as_str);
        assert!(said.contains("two"), "{said}");
    }
}
