//! Answers of another API version than the one that was asked for: all that differs in them, and comes of them, follows from that.
//! Where a cloud says in which microversion it answered: <https://specs.openstack.org/openstack/api-sig/guidelines/microversion_specification.html>.

use super::model::Difference;
use crate::observe::{Held, Label, Labelled, Part, Place, StepKey};
use std::collections::{BTreeMap, BTreeSet};

/// Headers that name it, the one that every service has first.
const HEADERS: [&str; 2] = ["openstack-api-version", "x-openstack-nova-api-version"];

/// Whether a place of a difference is such a header.
pub fn names_version(place: &str) -> bool {
    let name = place.strip_prefix("header ");
    name.is_some_and(|name| HEADERS.contains(&name))
}

/// Whether a step was answered in unlike versions, whatever else is compared of it.
pub fn are_unlike(key: &StepKey, a: &Labelled, b: &Labelled) -> bool {
    HEADERS.iter().any(|name| {
        let place = Place {
            step: key.0.clone(),
            rows: key.1.clone(),
            part: Part::Header,
            path: (*name).to_owned(),
        };
        let held = |of: &Labelled| match of.places.get(&place).map(Label::held) {
            Some(Held::Always(value)) => Some(value.to_owned()),
            _ => None,
        };
        matches!((held(a), held(b)), (Some(a), Some(b)) if a != b)
    })
}

/// Of the differences of one scenario, those of `unlike` steps: index → index of the first that says which version answered.
pub fn follows(differences: &[Difference], unlike: &BTreeSet<StepKey>) -> BTreeMap<usize, usize> {
    let is_unlike = |d: &Difference| unlike.contains(&(d.step.clone(), d.rows.clone()));
    let says = |name: &str| {
        let place = format!("header {name}");
        differences
            .iter()
            .position(|d| d.place == place && is_unlike(d))
    };
    let Some(root) = HEADERS.iter().find_map(|name| says(name)) else {
        return BTreeMap::new();
    };
    let others = differences.iter().enumerate();
    // the same difference of other operations is one with it
    others
        .filter(|(n, d)| *n != root && is_unlike(d) && d.place != differences[root].place)
        .map(|(n, _)| (n, root))
        .collect()
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
            difference("list", "header x-openstack-nova-api-version"),
            difference("list", "header openstack-api-version"),
            difference("show", "header openstack-api-version"),
            difference("show", "$.keypair.type"),
            difference("other", "$.flavor.swap"),
        ];
        let unlike = ["create", "list", "show"].map(|step| (step.to_owned(), vec![]));
        let found = follows(&differences, &BTreeSet::from(unlike));
        assert_eq!(found, [(0, 2), (1, 2), (4, 2)].into());
        // where no answer says so, each stands for itself
        let unlike = BTreeSet::from([("other".to_owned(), vec![])]);
        assert!(follows(&differences, &unlike).is_empty());
    }
}
