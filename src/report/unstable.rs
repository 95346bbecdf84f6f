//! What is not the same in all repeats, by answers: where the status of one isn't, neither is what stands in it.

use std::collections::{BTreeMap, BTreeSet};

/// Without the places of answers whose status is among them; beside such a status, how many those are.
pub fn by_answers<T, A: Ord>(
    places: Vec<T>,
    answer: impl Fn(&T) -> A,
    place: impl Fn(&T) -> &str,
) -> Vec<(T, usize)> {
    let is_status = |one: &T| place(one) == "status";
    let told: BTreeSet<A> = places
        .iter()
        .filter(|one| is_status(one))
        .map(&answer)
        .collect();
    let mut below: BTreeMap<A, usize> = BTreeMap::new();
    for one in places.iter().filter(|one| !is_status(one)) {
        *below.entry(answer(one)).or_default() += 1;
    }
    let mut led = Vec::new();
    for one in places {
        let answer = answer(&one);
        if is_status(&one) {
            let more = below.get(&answer).copied().unwrap_or_default();
            led.push((one, more));
        } else if !told.contains(&answer) {
            led.push((one, 0));
        }
    }
    led
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_failed_once_is_told_once() {
        let places = vec![
            ("a", "status"),
            ("a", "error code"),
            ("a", "$.server.id"),
            ("b", "$.server.progress"),
            ("c", "status"),
        ];
        let led = by_answers(places, |(step, _)| *step, |(_, place)| place);
        assert_eq!(
            led,
            [
                (("a", "status"), 2),
                (("b", "$.server.progress"), 0),
                (("c", "status"), 0)
            ]
        );
    }
}
