//! What the next round runs again: what more repeats can settle, and nothing else.
//!
//! In: the pairs of a comparison of everything recorded so far. Out: scenarios, and how many more repeats of them. Pure, so that
//! a reader can check from the recordings why a round was run.

use super::confirm::BUDGET;
use super::model::PairResult;
use super::presence;
use crate::stats::repeats_within;
use std::collections::{BTreeMap, BTreeSet};

/// Repeats in all of what is in doubt.
pub const MOST_REPEATS: u32 = 10;

/// Scenarios that are run again on all clouds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextRound {
    /// Ids, sorted.
    pub scenarios: Vec<String>,
    /// Repeats of each, on top of those that there are.
    pub repeats: u32,
}

/// Scenarios with a difference that chance could have made.
#[must_use]
pub fn in_doubt(pairs: &[PairResult]) -> BTreeSet<String> {
    let apart = pairs.iter().flat_map(|pair| &pair.unconfirmed);
    apart.map(|d| d.scenario.clone()).collect()
}

/// A difference that chance could have made is repeated until no more than the budget of such is expected; what flaps and leans to
/// one side, until rates can be told apart; neither more than [`MOST_REPEATS`] times in all. Of these the scenarios with the fewest
/// repeats come first, by the smallest number that settles any of them: what that tells may spare the rest.
#[must_use]
pub fn next_round(pairs: &[PairResult]) -> Option<NextRound> {
    // scenario → repeats that there are, and that it needs in all
    let mut wanted: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for pair in pairs {
        let enough = repeats_within(BUDGET, pair.places, pair.mixed, MOST_REPEATS);
        let apart = pair.unconfirmed.iter().map(|d| (&d.scenario, enough));
        let can_tell = presence::could_tell(pair.places, pair.mixed, MOST_REPEATS);
        let leaning = pair.leaning.iter().filter(|_| can_tell);
        for (scenario, enough) in apart.chain(leaning.map(|id| (id, MOST_REPEATS))) {
            let have = pair.repeats_of.get(scenario).copied().unwrap_or(0);
            if have == 0 || have >= MOST_REPEATS {
                continue;
            }
            let enough = enough.max(have + 1);
            let slot = wanted.entry(scenario).or_insert((have, enough));
            *slot = (slot.0.min(have), slot.1.min(enough));
        }
    }
    let fewest = wanted.values().map(|(have, _)| *have).min()?;
    wanted.retain(|_, (have, _)| *have == fewest);
    let enough = wanted.values().map(|(_, enough)| *enough).min()?;
    Some(NextRound {
        scenarios: wanted.into_keys().map(str::to_owned).collect(),
        repeats: enough.max(fewest + 1) - fewest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(mixed: u64, leaning: &[&str], repeats: &[(&str, u32)]) -> PairResult {
        PairResult {
            places: 10_000,
            mixed,
            leaning: leaning.iter().map(|id| (*id).to_owned()).collect(),
            repeats_of: repeats
                .iter()
                .map(|(id, n)| ((*id).to_owned(), *n))
                .collect(),
            ..PairResult::default()
        }
    }

    fn next(pair: PairResult) -> Option<(Vec<String>, u32)> {
        next_round(&[pair]).map(|next| (next.scenarios, next.repeats))
    }

    #[test]
    fn where_nothing_is_in_doubt_there_is_no_further_round() {
        assert_eq!(next(pair(0, &[], &[("a", 3)])), None);
        assert_eq!(next(pair(7, &[], &[("a", 3)])), None);
    }

    #[test]
    fn what_leans_is_repeated_up_to_ten_the_fewest_first() {
        let a = || vec!["a".to_owned()];
        assert_eq!(next(pair(7, &["a"], &[("a", 3), ("b", 3)])), Some((a(), 7)));
        assert_eq!(
            next(pair(7, &["a", "b"], &[("a", 3), ("b", 5)])),
            Some((a(), 7))
        );
        assert_eq!(next(pair(7, &["a"], &[("a", 10)])), None);
    }

    #[test]
    fn what_ten_repeats_could_not_tell_among_so_many_is_not_repeated() {
        assert_eq!(next(pair(5000, &["a"], &[("a", 3)])), None);
    }
}
