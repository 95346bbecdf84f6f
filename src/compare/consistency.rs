//! Consistency windows: whether one cloud is always fresh where the other is stale, and if both are stale, whose window
//! is longer. Exact tests; what chance could have made stands apart.

use super::model::{Difference, Kind, State};
use super::pair::ScenarioPair;
use crate::observe::Window;
use crate::stats::exact_test;

/// Where windows are shown.
pub const PLACE: &str = "consistency";
/// Of lengths of windows, which say nothing where both clouds share a machine.
const LENGTH: &str = "consistency window";
/// A fifth of the error budget of a report: probes are few, and most of them are never stale.
const MOST_CHANCE: f64 = super::BUDGET / 5.0;
/// The shortest window of the one cloud is this many times the longest of the other. Ranks alone always find one of all ways
/// to split the windows of a single cloud in which the longer half is longer.
const APART: u64 = 3;
const NEVER: &str = "never stale";

/// What two clouds disagree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub place: &'static str,
    pub a: String,
    pub b: String,
    /// Chance doesn't explain it.
    pub is_sound: bool,
}

#[must_use]
pub fn conflict(a: &[Window], b: &[Window]) -> Option<Conflict> {
    let (stale_a, stale_b) = (stale(a), stale(b));
    let found = |place, is_sound| {
        Some(Conflict {
            place,
            a: shown(a),
            b: shown(b),
            is_sound,
        })
    };
    match (stale_a, stale_b) {
        (0, 0) => None,
        (0, _) | (_, 0) => {
            let table = [(stale_a, stale_b), (count(a) - stale_a, count(b) - stale_b)];
            let is_sound = exact_test(&table) <= MOST_CHANCE;
            let always = stale_a == count(a) || stale_b == count(b);
            if is_sound || always {
                found(PLACE, is_sound)
            } else {
                None
            }
        }
        _ => {
            let is_sound = exact_test(&[(count(a), 0), (0, count(b))]) <= MOST_CHANCE;
            let found = found(LENGTH, true);
            found.filter(|_| is_sound && are_apart(&lengths(a), &lengths(b)))
        }
    }
}

/// Puts lengths of windows apart: both clouds are served by one machine.
pub fn set_apart(pair: &mut ScenarioPair) {
    let is_length = |d: &Difference| d.kind == Kind::Consistency && d.place == LENGTH;
    // steps that point at a difference behind it would point elsewhere
    let mut moved_to = Vec::new();
    let mut kept = Vec::new();
    for difference in pair.differences.drain(..) {
        if is_length(&difference) {
            moved_to.push(None);
            pair.unconfirmed.push(difference);
        } else {
            moved_to.push(Some(kept.len()));
            kept.push(difference);
        }
    }
    for step in &mut pair.steps {
        step.because_of = step.because_of.and_then(|index| moved_to[index]);
        let here = |d: &Difference| d.step == step.step && d.rows == step.rows;
        if step.state == State::Differs && !kept.iter().any(here) {
            step.state = State::Unconfirmed;
            "one machine serves both clouds: durations say nothing".clone_into(&mut step.why);
        }
    }
    pair.differences = kept;
}

/// How often a window was seen, where not all repeats agree on there being one.
#[must_use]
pub fn mixed(windows: &[Window]) -> Option<Vec<(String, u32)>> {
    let stale = stale(windows);
    let fresh = count(windows) - stale;
    if stale == 0 || fresh == 0 {
        return None;
    }
    let mut seen = vec![(shown(windows), stale), (NEVER.to_owned(), fresh)];
    seen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Some(seen)
}

fn are_apart(a: &[u64], b: &[u64]) -> bool {
    let ends = |lengths: &[u64]| {
        lengths
            .iter()
            .min()
            .copied()
            .zip(lengths.iter().max().copied())
    };
    let (Some(a), Some(b)) = (ends(a), ends(b)) else {
        return false;
    };
    let longer = |long: (u64, u64), short: (u64, u64)| long.0 > short.1.saturating_mul(APART);
    longer(a, b) || longer(b, a)
}

fn count(windows: &[Window]) -> u32 {
    u32::try_from(windows.len()).unwrap_or(u32::MAX)
}

/// Repeats in which any read was stale.
fn stale(windows: &[Window]) -> u32 {
    let stale = windows.iter().filter(|window| window.stale > 0);
    u32::try_from(stale.count()).unwrap_or(u32::MAX)
}

fn lengths(windows: &[Window]) -> Vec<u64> {
    windows.iter().map(|window| window.last_stale_us).collect()
}

/// `stale in 4 of 5 repeats, at most 0.41 s after the write, half of them 0.2 s`
fn shown(windows: &[Window]) -> String {
    let stale = stale(windows);
    if stale == 0 {
        return NEVER.to_owned();
    }
    let mut lengths: Vec<u64> = windows
        .iter()
        .filter(|window| window.stale > 0)
        .map(|window| window.last_stale_us)
        .collect();
    lengths.sort_unstable();
    let seconds = |us: u64| format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000);
    let longest = lengths.last().copied().unwrap_or_default();
    let middle = lengths[lengths.len() / 2];
    format!(
        "stale in {stale} of {} repeats, up to {} after the write (median {})",
        windows.len(),
        seconds(longest),
        seconds(middle)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(lengths: &[u64]) -> Vec<Window> {
        let window = |ms: &u64| Window {
            reads: 10,
            stale: u32::from(*ms > 0),
            last_stale_us: ms * 1000,
        };
        lengths.iter().map(window).collect()
    }

    #[test]
    fn always_fresh_on_both_or_stale_alike_is_no_difference() {
        assert_eq!(conflict(&windows(&[0, 0, 0]), &windows(&[0, 0])), None);
        let stale = windows(&[100, 200, 300, 400, 500]);
        assert_eq!(conflict(&stale, &stale), None);
    }

    #[test]
    fn five_stale_repeats_against_five_fresh_are_sound_and_three_stand_apart() {
        let five = conflict(&windows(&[0; 5]), &windows(&[300; 5])).unwrap();
        assert!(five.is_sound);
        assert_eq!(five.a, "never stale");
        assert_eq!(
            five.b,
            "stale in 5 of 5 repeats, up to 0.30 s after the write (median 0.30 s)"
        );
        let three = conflict(&windows(&[0; 3]), &windows(&[300; 3])).unwrap();
        assert!(!three.is_sound);
        // one stale answer in three repeats says nothing at all
        assert_eq!(conflict(&windows(&[0; 3]), &windows(&[0, 0, 300])), None);
    }

    #[test]
    fn windows_of_one_updater_were_loud_in_the_split_that_put_all_short_ones_on_one_side() {
        let (short, long) = ([10_000, 25_000, 40_000, 55_000, 70_000], [90_000; 5]);
        assert_eq!(conflict(&windows(&short), &windows(&long)), None);
        let found = conflict(&windows(&[100, 200, 300, 100, 200]), &windows(&long)).unwrap();
        assert!(found.is_sound);
        assert_eq!(conflict(&windows(&[100; 3]), &windows(&[90_000; 3])), None);
    }

    #[test]
    fn from_the_other_side_it_is_the_same_mirrored() {
        let (fresh, stale) = (windows(&[0; 7]), windows(&[0, 1, 1, 1, 1, 1, 1]));
        let here = conflict(&fresh, &stale).unwrap();
        let there = conflict(&stale, &fresh).unwrap();
        assert_eq!((here.a, here.b), (there.b, there.a));
    }

    #[test]
    fn of_two_stale_clouds_the_longer_window_counts_where_it_is_clearly_longer() {
        let short = windows(&[10, 20, 30, 40, 50, 60]);
        let long = windows(&[500, 600, 700, 800, 900, 1000]);
        let found = conflict(&short, &long).unwrap();
        assert_eq!((found.place, found.is_sound), (LENGTH, true));
        let near = windows(&[15, 25, 35, 45, 55, 65]);
        assert_eq!(conflict(&short, &near), None);
    }
}
