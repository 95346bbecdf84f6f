//! How many findings chance alone may make.

/// Upper bound on the expected number of places that look like a difference by chance.
///
/// A fair place (two values, at random, on both clouds) is unanimous on each and differently so in 2 of 4ⁿ outcomes, and
/// mixed on either in 4ⁿ − 4. So for each place seen mixed, `2 / (4ⁿ − 4)` places are expected to look like a difference,
/// and never more than there are. A single repeat cannot even see what flaps: then any of the `places` may.
#[must_use]
pub fn expected_false_findings(places: u64, mixed: u64, repeats: u32) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of places are far below 2^52"
    )]
    let (places, mixed) = (places as f64, mixed as f64);
    if repeats < 2 {
        return places;
    }
    let chances = 4_f64.powi(i32::try_from(repeats).unwrap_or(i32::MAX)) - 4.0;
    (2.0 * mixed / chances).min(places)
}

/// The fewest repeats, up to `most`, with which no more than `budget` false findings are expected; `most` where none are enough.
#[must_use]
pub fn repeats_within(budget: f64, places: u64, mixed: u64, most: u32) -> u32 {
    let enough = |repeats: &u32| expected_false_findings(places, mixed, *repeats) <= budget;
    (2..most).find(enough).unwrap_or(most)
}

/// Chance that so many of `all` things that flap, each for itself, look like a difference: `lucky` of them or more.
///
/// A fair one that does not hold the same on both clouds is such in 2 of 4ⁿ − 2 outcomes, and mixed in the others.
#[must_use]
pub fn chance_of_lucky(lucky: u32, all: u32, repeats: u32) -> f64 {
    let outcomes = 4_f64.powi(i32::try_from(repeats).unwrap_or(i32::MAX)) - 2.0;
    let one = (2.0 / outcomes).min(1.0);
    if lucky == 0 || one >= 1.0 {
        return 1.0;
    }
    // in logarithms: the number of ways is beyond any float where thousands flap
    let (mut ways, mut chance) = (0.0, 0.0);
    for k in 0..=all {
        if k >= lucky {
            let (k, rest) = (f64::from(k), f64::from(all - k));
            let log: f64 = ways + k * one.ln() + rest * (1.0 - one).ln();
            chance += log.exp();
        }
        if k < all {
            ways += (f64::from(all - k) / f64::from(k + 1)).ln();
        }
    }
    chance.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All outcomes of one fair place on two clouds: (looks like a difference, is mixed on either).
    fn brute_force(repeats: u32) -> (u32, u32) {
        let (mut different, mut mixed) = (0, 0);
        let all = (1u32 << repeats) - 1;
        for a in 0..=all {
            for b in 0..=all {
                let unanimous = |side: u32| side == 0 || side == all;
                if unanimous(a) && unanimous(b) {
                    different += u32::from(a != b);
                } else {
                    mixed += 1;
                }
            }
        }
        (different, mixed)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn the_bound_is_the_exact_ratio_for_a_fair_place() {
        for repeats in 2..=6 {
            let (different, mixed) = brute_force(repeats);
            let expected = expected_false_findings(1_000_000, u64::from(mixed), repeats);
            assert!(close(expected, f64::from(different)), "n = {repeats}");
        }
    }

    #[test]
    fn one_repeat_bounds_nothing_and_places_bound_everything() {
        assert!(close(expected_false_findings(1000, 0, 1), 1000.0));
        assert!(close(expected_false_findings(1000, 0, 3), 0.0));
        assert!(close(expected_false_findings(3, 1000, 2), 3.0));
        assert!(expected_false_findings(1000, 100, 1000) < 1e-9);
    }

    #[test]
    fn several_lucky_ones_are_as_likely_as_trying_all_outcomes_says() {
        for repeats in 2..=3 {
            let (different, mixed) = brute_force(repeats);
            let one = f64::from(different) / f64::from(different + mixed);
            for all in 0..=6u32 {
                for lucky in 0..=all {
                    let slow: f64 = (0..1u32 << all)
                        .filter(|set| set.count_ones() >= lucky)
                        .map(|set| {
                            let each = |i: u32| if set >> i & 1 == 1 { one } else { 1.0 - one };
                            (0..all).map(each).product::<f64>()
                        })
                        .sum();
                    let fast = chance_of_lucky(lucky, all, repeats);
                    assert!(
                        close(fast, slow),
                        "{lucky} of {all}, n = {repeats}: {fast} {slow}"
                    );
                }
            }
        }
    }

    #[test]
    fn many_things_that_flap_are_counted_without_overflow() {
        assert!((chance_of_lucky(3, 100, 3) - 0.628).abs() < 0.002);
        // of a place in seven, 714 of 5000 are expected
        assert!(chance_of_lucky(600, 5000, 2) > 0.99);
        let chance = chance_of_lucky(300, 5000, 3);
        assert!((0.0..1e-9).contains(&chance), "{chance}");
    }

    #[test]
    fn no_more_repeats_than_the_budget_asks_for() {
        assert_eq!(repeats_within(0.05, 5000, 0, 10), 2);
        assert_eq!(repeats_within(0.05, 5000, 1, 10), 3);
        assert_eq!(repeats_within(0.05, 5000, 2, 10), 4);
        assert_eq!(repeats_within(0.05, 5000, 20, 10), 5);
        assert_eq!(repeats_within(0.05, 90_000, 90_000, 10), 10);
    }
}
