//! Answers of another API version than the one that was asked for: all that differs in them follows from that.

use super::chain;
use super::model::Difference;
use crate::dialect::names_api_version;
use crate::observe::{Held, Label, Labelled, Part, Place, StepKey};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a place of a difference is a header that says which version answered.
pub fn is_version(place: &str) -> bool {
    place.strip_prefix("header ").is_some_and(names_api_version)
}

/// Whether a step was answered in unlike versions, whatever else is compared of it.
pub fn are_unlike(key: &StepKey, a: &Labelled, b: &Labelled) -> bool {
    let first = Place {
        step: key.0.clone(),
        rows: key.1.clone(),
        part: Part::Header,
        path: String::new(),
    };
    let headers = a.places.range(&first..).take_while(|(place, _)| {
        (&place.step, &place.rows, place.part) == (&first.step, &first.rows, first.part)
    });
    let mut versions = headers.filter(|(place, _)| names_api_version(&place.path));
    versions.any(|(place, of_a)| {
        let of_b = b.places.get(place).map(Label::held);
        matches!((of_a.held(), of_b), (Held::Always(a), Some(Held::Always(b))) if a != b)
    })
}

/// Of the differences of one scenario, those of `unlike` steps: index → index of the first that says which version answered.
pub fn follows(differences: &[Difference], unlike: &BTreeSet<StepKey>) -> BTreeMap<usize, usize> {
    let is_unlike = |d: &Difference| unlike.contains(&(d.step.clone(), d.rows.clone()));
    let says = |d: &Difference| is_version(&d.place) && is_unlike(d);
    let Some(root) = differences.iter().position(says) else {
        return BTreeMap::new();
    };
    let others = differences.iter().enumerate();
    // the same difference of other operations is one with it
    others
        .filter(|(n, d)| *n != root && is_unlike(d) && d.place != differences[root].place)
        .map(|(n, _)| (n, root))
        .collect()
}

/// Of all differences of a pair: in a scenario of which no answer says by itself which version it is of, since all that differs is
/// told by its status, another scenario's does.
pub fn gather(
    differences: &[Difference],
    unlike: &BTreeSet<(String, StepKey)>,
    follows: &mut BTreeMap<usize, usize>,
) {
    let mut says: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, d) in differences.iter().enumerate() {
        if is_version(&d.place) && !follows.contains_key(&n) {
            says.entry(&d.service).or_insert(n);
        }
    }
    for (n, d) in differences.iter().enumerate() {
        let key = (d.scenario.clone(), (d.step.clone(), d.rows.clone()));
        if let Some(&root) = says.get(&*d.service)
            && !is_version(&d.place)
            && unlike.contains(&key)
        {
            chain::add(follows, n, root);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, EvidenceRef, Kind};

    fn difference(step: &str, place: &str) -> Difference {
        Difference {
            scenario: "compute/keypair/x".into(),
            service: "compute".into(),
            operation: "compute *".into(),
            place: place.into(),
            kind: Kind::HeaderValue,
            asker: Asker::Owner,
            a: "the microversion asked for".into(),
            b: "compute 2.1".into(),
            step: step.into(),
            rows: vec![],
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        }
    }

    #[test]
    fn what_differs_in_answers_of_another_version_follows_from_that() {
        let differences = [
            difference("create", "status"),
            difference("list", "header openstack-api-version"),
            difference("list", "header x-openstack-nova-api-version"),
            difference("show", "header openstack-api-version"),
            difference("show", "$.keypair.type"),
            difference("other", "$.flavor.swap"),
        ];
        let unlike = ["create", "list", "show"].map(|step| (step.to_owned(), vec![]));
        let found = follows(&differences, &BTreeSet::from(unlike));
        assert_eq!(found, [(0, 1), (2, 1), (4, 1)].into());
        // where no answer says so, each stands for itself
        let unlike = BTreeSet::from([("other".to_owned(), vec![])]);
        assert!(follows(&differences, &unlike).is_empty());
    }

    #[test]
    fn answers_that_their_status_tells_apart_follow_from_what_another_scenario_says_of_the_version()
    {
        let status = Difference {
            scenario: "compute/keypair/y".into(),
            ..difference("generate", "status")
        };
        let all = [difference("show", "header openstack-api-version"), status];
        let key = |step: &str| (step.to_owned(), vec![]);
        let mut follows = BTreeMap::new();
        let unlike = BTreeSet::from([("compute/keypair/y".to_owned(), key("generate"))]);
        gather(&all, &unlike, &mut follows);
        assert_eq!(follows, [(1, 0)].into());
        let mut follows = BTreeMap::new();
        gather(&all, &BTreeSet::new(), &mut follows);
        assert!(follows.is_empty());
    }
}
