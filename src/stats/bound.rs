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
}
