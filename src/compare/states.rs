//! State sequences, as censored by polling: a state that a poll may have missed is not missing.

use crate::observe::StateSequence;
use std::collections::BTreeSet;

/// A poll may be late by this much, in milliseconds, before its silence says anything.
const SLACK_MS: u64 = 1000;

/// What contradicts on the two sides, as shown on each; none where the sequences can be those of one machine.
#[must_use]
pub fn conflict(a: &[StateSequence], b: &[StateSequence]) -> Option<(String, String)> {
    let last = |sequences: &[StateSequence]| -> BTreeSet<String> {
        sequences
            .iter()
            .filter_map(|s| s.states.last())
            .map(|s| s.state.clone())
            .collect()
    };
    let (end_a, end_b) = (last(a), last(b));
    let ends_differ = end_a.len() == 1 && end_b.len() == 1 && end_a != end_b;
    // one more state on one side may be one that the other passes too fast to be seen; another name is another name
    let renamed = missing(a, b) && missing(b, a);
    let differ = ends_differ || renamed || reversed(a, b);
    differ.then(|| (shown(a), shown(b)))
}

/// A state of every repeat of `here` that none of `there` saw, though it stays longer than they looked away.
fn missing(here: &[StateSequence], there: &[StateSequence]) -> bool {
    let blind = there.iter().map(|s| s.longest_gap_ms).max().unwrap_or(0) * 2 + SLACK_MS;
    let states: BTreeSet<&str> = here
        .iter()
        .flat_map(|s| &s.states)
        .map(|s| s.state.as_str())
        .collect();
    states.into_iter().any(|state| {
        let stays = |sequence: &StateSequence| {
            sequence
                .states
                .iter()
                .filter(|s| s.state == state)
                .map(|s| s.last_ms - s.first_ms)
                .max()
        };
        let always_long = here.iter().all(|s| stays(s).is_some_and(|ms| ms > blind));
        always_long && there.iter().all(|s| stays(s).is_none())
    })
}

/// Two states that come in one order in every repeat of one side and in the other order on the other.
fn reversed(a: &[StateSequence], b: &[StateSequence]) -> bool {
    let before = |sequences: &[StateSequence], x: &str, y: &str| {
        sequences.iter().all(|s| {
            let position = |wanted: &str| s.states.iter().position(|seen| seen.state == wanted);
            matches!((position(x), position(y)), (Some(x), Some(y)) if x < y)
        })
    };
    let states: BTreeSet<&str> = a
        .iter()
        .flat_map(|s| &s.states)
        .map(|s| s.state.as_str())
        .collect();
    states.iter().any(|x| {
        states
            .iter()
            .any(|y| x != y && before(a, x, y) && before(b, y, x))
    })
}

/// The longest sequence seen.
fn shown(sequences: &[StateSequence]) -> String {
    let longest = sequences.iter().max_by_key(|s| s.states.len());
    longest.map_or_else(String::new, |s| {
        s.states
            .iter()
            .map(|seen| seen.state.as_str())
            .collect::<Vec<_>>()
            .join(" → ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::StateSeen;

    fn sequence(states: &[(&str, u64, u64)], gap: u64) -> StateSequence {
        let seen = |(state, first_ms, last_ms): &(&str, u64, u64)| StateSeen {
            state: (*state).to_owned(),
            first_ms: *first_ms,
            last_ms: *last_ms,
        };
        StateSequence {
            states: states.iter().map(seen).collect(),
            longest_gap_ms: gap,
        }
    }

    #[test]
    fn a_short_state_that_a_slow_poll_missed_is_no_difference() {
        let quick = [sequence(&[("BUILD", 0, 900), ("ACTIVE", 1000, 1000)], 100)];
        let slow = [sequence(&[("ACTIVE", 0, 0)], 1000)];
        assert_eq!(conflict(&quick, &slow), None);
    }

    #[test]
    fn a_long_state_that_is_never_seen_elsewhere_is_one() {
        let long = [sequence(
            &[("QUEUED", 0, 9000), ("ACTIVE", 9100, 9100)],
            500,
        )];
        let other = [sequence(&[("BUILD", 0, 9000), ("ACTIVE", 9100, 9100)], 500)];
        assert!(conflict(&long, &other).is_some());
        assert!(conflict(&other, &long).is_some());
    }

    #[test]
    fn a_long_state_that_the_other_side_may_pass_quickly_is_none() {
        let slow = [sequence(
            &[("ACTIVE", 0, 9000), ("SHUTOFF", 9100, 9100)],
            500,
        )];
        let quick = [sequence(&[("SHUTOFF", 0, 0)], 0)];
        assert_eq!(conflict(&slow, &quick), None);
    }

    #[test]
    fn another_end_is_a_difference() {
        let good = [sequence(&[("ACTIVE", 0, 0)], 500)];
        let bad = [sequence(&[("ERROR", 0, 0)], 500)];
        assert_eq!(
            conflict(&good, &bad),
            Some(("ACTIVE".into(), "ERROR".into()))
        );
    }
}
