//! The pattern of equality: which places hold the same identity, compared as partitions of the places both clouds have.

use super::model::{Asker, Difference, EvidenceRef, Kind};
use super::noise::Known;
use super::operation::operation;
use super::pair::ScenarioPair;
use crate::observe::{Labelled, Part, Place, Varies, leaves};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

type Hole = (Place, usize);

/// Each broken equality once, as its smallest split, at the place that fell out.
pub fn compare(scenario: &Scenario, a: &Labelled, b: &Labelled, into: &mut ScenarioPair) {
    let in_b = b.equal.common();
    let common: Vec<&Hole> = a
        .equal
        .common()
        .into_iter()
        .filter(|hole| in_b.contains(*hole) && around_alike(&hole.0, a, b))
        .collect();
    let steps = leaves(&scenario.steps);
    let position = |hole: &Hole| steps.iter().position(|step| step.id == hole.0.step);
    let mut found: BTreeSet<(&Hole, &Hole, bool)> = BTreeSet::new();
    for (whole, other, equal_on_a) in [(a, b, true), (b, a, false)] {
        for class in classes(&common, whole) {
            let mut blocks = classes(&class, other);
            if blocks.len() < 2 {
                continue;
            }
            // of two alike, the later one is not what the earlier one was
            let born = |block: &[&Hole]| block.iter().map(|hole| position(hole)).min();
            blocks.sort_by(|x, y| {
                let by_birth = || born(x).cmp(&born(y));
                y.len()
                    .cmp(&x.len())
                    .then_with(by_birth)
                    .then_with(|| x[0].cmp(y[0]))
            });
            for block in &blocks[1..] {
                let (hole, anchor) = nearest(block, &blocks[0]);
                if other.equal.relation(anchor, hole) == Some(false) {
                    found.insert((hole, anchor, equal_on_a));
                }
            }
        }
    }
    for (hole, anchor, equal_on_a) in found {
        let place = &hole.0;
        // what one answer says of itself is the same cause wherever it is asked
        let whose = if is_one_answer(place, &anchor.0) {
            anchor.0.to_string()
        } else {
            format!("{} of {}", anchor.0, anchor.0.step)
        };
        let equal = format!("the same as {whose}");
        let other = format!("not that of {whose}");
        let (shown_a, shown_b) = if equal_on_a {
            (equal, other)
        } else {
            (other, equal)
        };
        let key = (place.step.clone(), place.rows.clone());
        let known = [place, &anchor.0].into_iter().find_map(|place| {
            let key = (place.step.clone(), place.rows.clone());
            Known::at((a, b), &key, &place.to_string(), |v| v == Varies::Equality)
        });
        if let Some(known) = known {
            let used = known.used(scenario, &key, &place.to_string(), true);
            into.noise.push(used);
            continue;
        }
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
        into.differences.push(Difference {
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
            asker: Asker::Owner,
            a: shown_a,
            b: shown_b,
            step: place.step.clone(),
            rows: place.rows.clone(),
            repeats: (a.repeats, b.repeats),
            evidence: (evidence(a), evidence(b)),
        });
    }
}

/// Whether a place has the same text around its identities on both: an id in `r-x-0` and an address in `ip-y.internal` are not
/// one thing that fell out.
fn around_alike(place: &Place, a: &Labelled, b: &Labelled) -> bool {
    let around = |labelled: &Labelled| -> Option<Vec<Vec<String>>> {
        let values = labelled.places.get(place)?.values.keys();
        Some(values.map(|value| outside(value)).collect())
    };
    match (around(a), around(b)) {
        (Some(in_a), Some(in_b)) => in_a.iter().any(|text| in_b.contains(text)),
        _ => true,
    }
}

/// The pieces of a value as it is shown that are no symbol.
fn outside(shown: &str) -> Vec<String> {
    let pieces = shown.split('‹');
    let after = pieces.map(|piece| piece.rsplit('›').next().unwrap_or_default());
    after.map(str::to_owned).collect()
}

fn is_one_answer(a: &Place, b: &Place) -> bool {
    a.step == b.step && a.rows == b.rows
}

/// A hole of what fell out and one of the rest: of the same answer, if there are such.
fn nearest<'a>(block: &[&'a Hole], rest: &[&'a Hole]) -> (&'a Hole, &'a Hole) {
    let pairs = block
        .iter()
        .flat_map(|hole| rest.iter().map(move |anchor| (*hole, *anchor)));
    pairs
        .into_iter()
        .find(|(hole, anchor)| is_one_answer(&hole.0, &anchor.0))
        .unwrap_or((block[0], rest[0]))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ScenarioId;

    const TEXT: &str = r#"
title   = "t"
why     = "w"
service = "ec2"
refs    = ["https://example.com"]
[[step]]
id      = "a"
request = "DescribeInstances"
[[step]]
id      = "b"
request = "DescribeInstances"
"#;

    /// An address, and a name that is made of it or not, in the answers to two steps.
    fn labelled(name_of_address: bool) -> Labelled {
        let hole = |step: &str, path: &str| {
            let place = Place {
                step: step.to_owned(),
                rows: vec![],
                part: Part::Body,
                path: path.to_owned(),
            };
            (place, 0)
        };
        let repeat = [
            (hole("a", "$.address"), 0),
            (hole("a", "$.name"), usize::from(!name_of_address)),
            (hole("b", "$.address"), 0),
            (hole("b", "$.name"), if name_of_address { 0 } else { 2 }),
        ];
        Labelled {
            repeats: 2,
            equal: crate::observe::Equalities {
                repeats: vec![repeat.clone().into(), repeat.into()],
            },
            ..Labelled::default()
        }
    }

    #[test]
    fn what_answers_say_of_themselves_is_the_same_difference_at_every_step() {
        let id = ScenarioId("ec2/x/y".to_owned());
        let scenario = Scenario::parse(id, "y.toml", TEXT).unwrap();
        let mut found = ScenarioPair::default();
        compare(&scenario, &labelled(true), &labelled(false), &mut found);
        let shown: Vec<_> = found
            .differences
            .iter()
            .map(|d| {
                (
                    d.step.as_str(),
                    d.place.as_str(),
                    d.a.as_str(),
                    d.b.as_str(),
                )
            })
            .collect();
        let (a, b) = ("the same as $.address", "not that of $.address");
        assert_eq!(shown, [("a", "$.name", a, b), ("b", "$.name", a, b)]);
    }
}
