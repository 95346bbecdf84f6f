//! A poll → the distinct states that it passed through.

use super::place::{StateSeen, StateSequence};
use crate::recording::{Answer, Exchange};

/// `state` says which state an answer shows.
pub fn sequence(seen: &[(usize, &Exchange)], state: &dyn Fn(&Answer) -> String) -> StateSequence {
    let mut sequence = StateSequence::default();
    let mut before: Option<u64> = None;
    let start = seen.first().map_or(0, |(_, e)| e.timing.at_us);
    for (_, exchange) in seen {
        let now = (exchange.timing.at_us - start) / 1000;
        if let Some(before) = before {
            sequence.longest_gap_ms = sequence.longest_gap_ms.max(now - before);
        }
        before = Some(now);
        let Ok(answer) = &exchange.answer else {
            continue;
        };
        let state = state(answer);
        match sequence.states.last_mut() {
            Some(last) if last.state == state => last.last_ms = now,
            _ => sequence.states.push(StateSeen {
                state,
                first_ms: now,
                last_ms: now,
            }),
        }
    }
    sequence
}
