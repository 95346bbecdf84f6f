//! Which difference follows from which: index → index of the one that it follows from, never in a circle.

use std::collections::BTreeMap;

/// Where what a difference follows from begins: itself, if it follows from none.
pub fn beginning(follows: &BTreeMap<usize, usize>, later: usize) -> usize {
    let mut at = later;
    // each index at most once
    for _ in 0..=follows.len() {
        match follows.get(&at) {
            Some(&cause) => at = cause,
            None => break,
        }
    }
    at
}

/// Says that `later` follows from `cause`, unless it follows from another already, or the cause from it.
pub fn add(follows: &mut BTreeMap<usize, usize>, later: usize, cause: usize) {
    if beginning(follows, cause) != later {
        follows.entry(later).or_insert(cause);
    }
}

/// What follows from something that follows is told where that begins.
pub fn flatten(follows: &mut BTreeMap<usize, usize>) {
    let begins = follows
        .keys()
        .map(|&later| (later, beginning(follows, later)));
    let roots: Vec<(usize, usize)> = begins.collect();
    follows.extend(roots);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_differences_that_would_follow_from_each_other_do_not_both_go_untold() {
        let mut follows = BTreeMap::from([(0, 2)]);
        add(&mut follows, 2, 0);
        add(&mut follows, 1, 0);
        add(&mut follows, 1, 3);
        flatten(&mut follows);
        assert_eq!(follows, [(0, 2), (1, 2)].into());
    }
}
