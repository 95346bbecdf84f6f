//! The pattern of equality: which places hold the same identity, compared as partitions of the places both clouds have.

use super::model::{Difference, EvidenceRef, Kind};
use super::operation::operation;
use crate::observe::{Labelled, Part, Place};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

type Hole = (Place, usize);

/// Each broken equality once, as its smallest split, at the place that fell out.
pub fn compare(scenario: &Scenario, a: &Labelled, b: &Labelled, into: &mut Vec<Difference>) {
    let in_b = b.equal.common();
    let common: Vec<&Hole> = a
        .equal
        .common()
        .into_iter()
        .filter(|hole| in_b.contains(*hole))
        .collect();
    let mut found: BTreeSet<(&Hole, &Hole, bool)> = BTreeSet::new();
    for (whole, other, equal_on_a) in [(a, b, true), (b, a, false)] {
        for class in classes(&common, whole) {
            let mut blocks = classes(&class, other);
            if blocks.len() < 2 {
                continue;
            }
            blocks.sort_by(|x, y| y.len().cmp(&x.len()).then_with(|| x[0].cmp(y[0])));
            let anchor = blocks[0][0];
            for block in &blocks[1..] {
                if other.equal.relation(anchor, block[0]) == Some(false) {
                    found.insert((block[0], anchor, equal_on_a));
                }
            }
        }
    }
    for (hole, anchor, equal_on_a) in found {
        let place = &hole.0;
        // which step it was is told only where it is another one
        let of = if anchor.0.step == place.step {
            anchor.0.to_string()
        } else {
            format!("{} of {}", anchor.0, anchor.0.step)
        };
        let (equal, other) = (format!("the same as {of}"), format!("not that of {of}"));
        let (shown_a, shown_b) = if equal_on_a {
            (equal, other)
        } else {
            (other, equal)
        };
        let key = (place.step.clone(), place.rows.clone());
        let evidence = |labelled: &Labelled| {
            labelled
                .steps
                .get(&key)
                .and_then(|step| step.evidence)
                .map_or_else(EvidenceRef::default, |(round, repeat, exchange)| {
                    EvidenceRef {
                        round,
                        repeat,
                        exchange: Some(exchange),
                    }
                })
        };
        into.push(Difference {
            scenario: scenario.id.0.clone(),
            service: scenario.service.clone(),
            // headers are those of a whole service
            operation: if place.part == Part::Header && anchor.0.part == Part::Header {
                format!("{} *", scenario.service)
            } else {
                operation(scenario, &place.step, &place.rows)
            },
            place: place.to_string(),
            // a message that names another thing is another text, and breaks no reference
            kind: if place.part == Part::Error {
                Kind::ErrorMessage
            } else {
                Kind::Reference
            },
            a: shown_a,
            b: shown_b,
            step: place.step.clone(),
            rows: place.rows.clone(),
            repeats: (a.repeats, b.repeats),
            evidence: (evidence(a), evidence(b)),
        });
    }
}

/// The holes that are equal in every repeat, as classes in canonical order.
fn classes<'a>(holes: &[&'a Hole], labelled: &Labelled) -> Vec<Vec<&'a Hole>> {
    // by the numbers they had in each repeat: equal in all means the same list
    let mut by_numbers: BTreeMap<Vec<usize>, Vec<&Hole>> = BTreeMap::new();
    for hole in holes {
        let numbers = labelled
            .equal
            .repeats
            .iter()
            .filter_map(|repeat| repeat.get(*hole).copied())
            .collect();
        by_numbers.entry(numbers).or_default().push(hole);
    }
    let mut classes: Vec<Vec<&Hole>> = by_numbers.into_values().collect();
    for class in &mut classes {
        class.sort();
    }
    classes.sort();
    classes
}
