//! Whether one set of measures tends to lie above another: Mann and Whitney's test, exact, and its effect size.

/// How two sets of measures stand to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranks {
    /// Chance of an order at least as one-sided where both come from one distribution; two-sided.
    pub chance: f64,
    /// Cliff's delta, -1 to 1: how much more often one of `a` lies above one of `b` than below it.
    pub effect: f64,
}

/// Compares two sets of measures. Ties count half. Exact: every way of dealing the measures to the two sides is counted
/// (by dynamic programming over the doubled sum of ranks).
#[must_use]
pub fn ranks(a: &[u64], b: &[u64]) -> Ranks {
    let mut all: Vec<u64> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    // ranks, doubled, so that the mean rank of ties is whole
    let rank = |value: u64| -> usize {
        let below = all.partition_point(|other| *other < value);
        let upto = all.partition_point(|other| *other <= value);
        below + upto + 1
    };
    let doubled: Vec<usize> = all.iter().map(|value| rank(*value)).collect();
    let seen: usize = a.iter().map(|value| rank(*value)).sum();
    let total: usize = doubled.iter().sum();
    // ways[k][s]: choices of k measures whose doubled ranks sum to s
    let mut ways = vec![vec![0.0; total + 1]; a.len() + 1];
    ways[0][0] = 1.0;
    for rank in &doubled {
        for k in (1..=a.len()).rev() {
            for sum in (*rank..=total).rev() {
                let more: f64 = ways[k - 1][sum - rank];
                ways[k][sum] += more;
            }
        }
    }
    let chosen = &ways[a.len()];
    let every: f64 = chosen.iter().sum();
    // how far a sum is from the middle, without fractions
    let distance = |sum: usize| (sum * all.len()).abs_diff(total * a.len());
    let as_far: f64 = chosen
        .iter()
        .enumerate()
        .filter(|(sum, _)| distance(*sum) >= distance(seen))
        .map(|(_, ways)| ways)
        .sum();
    Ranks {
        chance: if every > 0.0 { as_far / every } else { 1.0 },
        effect: effect(a, b),
    }
}

fn effect(a: &[u64], b: &[u64]) -> f64 {
    let (mut above, mut below) = (0_u32, 0_u32);
    for one in a {
        for other in b {
            above += u32::from(one > other);
            below += u32::from(one < other);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "repeats are few")]
    let pairs = (a.len() * b.len()) as f64;
    if pairs > 0.0 {
        (f64::from(above) - f64::from(below)) / pairs
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Deals the measures in every way, and counts pairs instead of ranks.
    fn brute_force(a: &[u64], b: &[u64]) -> f64 {
        let all: Vec<u64> = a.iter().chain(b).copied().collect();
        let pairs = |set: u32| -> i64 {
            let side = |one: bool| {
                all.iter()
                    .enumerate()
                    .filter(move |(i, _)| (set >> i & 1 == 1) == one)
                    .map(|(_, value)| *value)
            };
            side(true)
                .map(|x| {
                    side(false)
                        .map(|y| match x.cmp(&y) {
                            std::cmp::Ordering::Less => -1,
                            std::cmp::Ordering::Equal => 0,
                            std::cmp::Ordering::Greater => 1,
                        })
                        .sum::<i64>()
                })
                .sum()
        };
        let seen = pairs((1 << a.len()) - 1).abs();
        let sets: Vec<u32> = (0..1u32 << all.len())
            .filter(|set| set.count_ones() as usize == a.len())
            .collect();
        let as_far = sets.iter().filter(|set| pairs(**set).abs() >= seen).count();
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let share = as_far as f64 / sets.len() as f64;
        share
    }

    proptest! {
        #[test]
        fn the_chance_is_that_of_dealing_in_every_way(a in prop::collection::vec(0u64..8, 1..6), b in prop::collection::vec(0u64..8, 1..6)) {
            let found = ranks(&a, &b);
            prop_assert!((found.chance - brute_force(&a, &b)).abs() < 1e-9, "{found:?}");
            let back = ranks(&b, &a);
            prop_assert!((found.chance - back.chance).abs() < 1e-9);
            prop_assert!((found.effect + back.effect).abs() < 1e-9);
        }
    }

    #[test]
    fn what_lies_wholly_above_has_the_full_effect() {
        let found = ranks(&[10, 11, 12, 13, 14], &[1, 2, 3, 4, 5]);
        assert!((found.effect - 1.0).abs() < 1e-9);
        assert!((found.chance - 2.0 / 252.0).abs() < 1e-9);
        let same = ranks(&[1, 1], &[1, 1]);
        assert!((same.chance - 1.0).abs() < 1e-9);
    }
}
