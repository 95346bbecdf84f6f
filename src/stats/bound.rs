//! How many findings chance alone may make.

/// Upper bound on the expected number of places that look like a difference by chance.
///
/// A fair place (two values, at random, on both clouds) is unanimous on each and differently so in 2 of 4ⁿ outcomes, and
/// mixed on either in 4ⁿ − 4. So for each place seen mixed, `2 / (4ⁿ − 4)` places are expected to look like a difference.
///
/// Infinite for one repeat where anything is mixed: one look tells nothing about chance. Zero where nothing is mixed.
#[must_use]
pub fn expected_false_findings(mixed: u64, repeats: u32) -> f64 {
    if mixed == 0 {
        return 0.0;
    }
    if repeats <= 1 {
        return f64::INFINITY;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of places are far below 2^52"
    )]
    let mixed = mixed as f64;
    2.0 * mixed / (4f64.powi(i32::try_from(repeats).unwrap_or(i32::MAX)) - 4.0)
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

    #[test]
    fn the_bound_is_the_exact_ratio_for_a_fair_place() {
        for repeats in 2..=6 {
            let (different, mixed) = brute_force(repeats);
            let expected = expected_false_findings(u64::from(mixed), repeats);
            assert!(
                (expected - f64::from(different)).abs() < 1e-6,
                "n = {repeats}"
            );
        }
    }

    #[test]
    fn one_repeat_bounds_nothing() {
        assert!(expected_false_findings(1, 1).is_infinite());
        assert!(expected_false_findings(0, 1).abs() < f64::EPSILON);
    }
}
