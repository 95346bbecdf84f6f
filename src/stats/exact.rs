//! Whether two clouds give the same values equally often: Fisher's exact test, for two values or more.

/// Chance, given how often each value came in all, of counts at least as unlike as these on two clouds that do not differ:
/// two-sided, as the sum over all tables with these totals that are no likelier than this one (Fisher 1935; for more than
/// two values Freeman & Halton 1951). One row a value: how often it came on the one cloud and on the other.
#[must_use]
pub fn exact_test(counts: &[(u32, u32)]) -> f64 {
    // from either cloud the sums are taken in the same order: the last bit must not depend on which is first
    let one: Vec<u32> = counts.iter().map(|row| row.0).collect();
    let other: Vec<u32> = counts.iter().map(|row| row.1).collect();
    let chosen = one.min(other);
    let totals: Vec<u32> = counts.iter().map(|row| row.0 + row.1).collect();
    let size = chosen.iter().sum();
    let every = ln_choose(totals.iter().sum(), size);
    let seen: f64 = totals
        .iter()
        .zip(&chosen)
        .map(|(&total, &here)| ln_choose(total, here))
        .sum();
    let mut tables = Tables {
        totals: &totals,
        bound: seen - every + ROUNDING,
        unlikely: 0.0,
    };
    tables.sum(0, size, -every);
    tables.unlikely.min(1.0)
}

/// Tables as likely as the one seen are not left out for the last digits of a logarithm.
const ROUNDING: f64 = 1e-8;

/// All ways in which the totals may fall on the two clouds, each with the logarithm of its chance: thousands of calls come about in more
/// orders than a number can hold.
struct Tables<'a> {
    totals: &'a [u32],
    bound: f64,
    unlikely: f64,
}

impl Tables<'_> {
    fn sum(&mut self, row: usize, left: u32, chance: f64) {
        let Some(&total) = self.totals.get(row) else {
            if left == 0 && chance <= self.bound {
                self.unlikely += chance.exp();
            }
            return;
        };
        let after: u32 = self.totals[row + 1..].iter().sum();
        for here in left.saturating_sub(after)..=left.min(total) {
            self.sum(row + 1, left - here, chance + ln_choose(total, here));
        }
    }
}

/// Logarithm of the ways of choosing `k` of `n`.
fn ln_choose(n: u32, k: u32) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Logarithm of `n!`: multiplied out, or by Stirling's series (Abramowitz & Stegun 6.1.41), whose error is below 10⁻¹³ here.
fn ln_factorial(n: u32) -> f64 {
    if n < 32 {
        return (2..=n).map(f64::from).product::<f64>().ln();
    }
    let n = f64::from(n);
    let series = 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3)) + 1.0 / (1260.0 * n.powi(5));
    n * n.ln() - n + (std::f64::consts::TAU * n).ln() / 2.0 + series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    /// Deals every single answer to one cloud or the other, in every way, and counts.
    fn brute_force(counts: &[(u32, u32)]) -> f64 {
        let answers: Vec<usize> = counts
            .iter()
            .enumerate()
            .flat_map(|(value, (a, b))| vec![value; (a + b) as usize])
            .collect();
        let size: u32 = counts.iter().map(|row| row.0).sum();
        let mut times = std::collections::BTreeMap::<Vec<u32>, u64>::new();
        for set in 0..1u32 << answers.len() {
            if set.count_ones() == size {
                let mut table = vec![0; counts.len()];
                for (i, value) in answers.iter().enumerate() {
                    table[*value] += set >> i & 1;
                }
                *times.entry(table).or_default() += 1;
            }
        }
        let seen: Vec<u32> = counts.iter().map(|row| row.0).collect();
        let seen = times[&seen];
        let all: u64 = times.values().sum();
        let unlikely: u64 = times.values().filter(|n| **n <= seen).sum();
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let share = unlikely as f64 / all as f64;
        share
    }

    #[test]
    fn two_values_are_as_likely_as_dealing_every_answer_says() {
        for n_a in 0..=6 {
            for n_b in 0..=6 {
                for a in 0..=n_a {
                    for b in 0..=n_b {
                        let counts = [(a, b), (n_a - a, n_b - b)];
                        let (fast, slow) = (exact_test(&counts), brute_force(&counts));
                        assert!(close(fast, slow), "{counts:?}: {fast} {slow}");
                    }
                }
            }
        }
    }

    #[test]
    fn three_values_are_too() {
        for a in 0..=3 {
            for b in 0..=3 {
                for c in 0..=3 {
                    for counts in [[(a, b), (c, 2), (1, 2)], [(a, 3), (b, 1), (2, c)]] {
                        assert!(close(exact_test(&counts), brute_force(&counts)));
                    }
                }
            }
        }
    }

    #[test]
    fn it_is_what_others_compute() {
        // scipy.stats.fisher_exact([[10, 2], [0, 8]]), [[8, 2], [1, 5]], [[10, 4], [0, 6]]
        assert!(close(
            exact_test(&[(10, 2), (0, 8)]),
            0.000_714_455_822_814_955_9
        ));
        assert!(close(
            exact_test(&[(8, 2), (1, 5)]),
            0.034_965_034_965_034_96
        ));
        assert!(close(
            exact_test(&[(10, 4), (0, 6)]),
            0.010_835_913_312_693_5
        ));
    }

    /// A service that fails a few of thousands of calls was told to do so more often on one cloud: its tables overflowed.
    #[test]
    fn thousands_of_calls_are_counted_without_overflow() {
        // by whole numbers of any length
        for (counts, chance) in [
            ([(2, 1), (1251, 1239)], 1.0),
            ([(40, 10), (2960, 2990)], 2.214_762_313_053e-5),
            ([(600, 400), (9400, 9600)], 9.389_908_622_137e-11),
        ] {
            let found = exact_test(&counts);
            assert!((found / chance - 1.0).abs() < 1e-6, "{counts:?}: {found}");
        }
        assert!(exact_test(&[(500_000, 0), (0, 500_000)]).abs() < 1e-300);
    }

    #[test]
    fn neither_cloud_is_the_first_to_the_last_bit() {
        for counts in [[(10, 3), (2, 9), (1, 1)], [(7, 1), (0, 5), (3, 4)]] {
            let swapped = counts.map(|(a, b)| (b, a));
            assert_eq!(
                exact_test(&counts).to_bits(),
                exact_test(&swapped).to_bits()
            );
        }
    }

    #[test]
    fn where_nothing_flaps_or_nothing_came_nothing_is_unlikely() {
        for counts in [
            vec![],
            vec![(3, 3)],
            vec![(0, 0), (0, 0)],
            vec![(5, 0), (0, 0)],
        ] {
            assert!(close(exact_test(&counts), 1.0), "{counts:?}");
        }
    }
}
