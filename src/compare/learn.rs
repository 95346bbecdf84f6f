//! The repeats of one scenario on one cloud → what is unstable there by itself.
//!
//! A place below one that is unstable (the body of an answer that sometimes is an error) is not unstable for that: it is if
//! it varies among repeats in which what is above it was the same.

use super::consistency;
use super::covers::covers;
use super::model::{Difference, Kind};
use super::noise::is_one_of_few;
use super::operation::operation;
use crate::observe::{
    Held, Label, Labelled, Learned, Observed, Part, Place, StateSequence, StepKey, StepSeen,
    Varies, label,
};
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// One repeat: round, number, and what was seen.
type Repeat = (u32, u32, Observed);

/// Everything that varied, and what was loud besides when the repeats were halved.
pub(super) fn learn(
    scenario: &Scenario,
    observed: &[Repeat],
    whole: &Labelled,
    loud: &[Difference],
) -> Vec<Learned> {
    let mut lesson = Lesson {
        scenario,
        learned: Vec::new(),
    };
    let mut repeats = Repeats {
        observed,
        labelled: BTreeMap::new(),
    };
    for (place, label) in &whole.places {
        let of_others = place.part == Part::Body && place.path.contains("[*]");
        if label.flaps() && !of_others {
            lesson.of_label(place, &repeats.by_themselves(place, label, whole));
        }
    }
    for (key, windows) in &whole.windows {
        if let Some(seen) = consistency::mixed(windows) {
            lesson.add(key, consistency::PLACE, Varies::Freshness, seen);
        }
    }
    for difference in loud {
        lesson.of_loud(difference, whole);
    }
    lesson.learned
}

struct Lesson<'s> {
    scenario: &'s Scenario,
    learned: Vec<Learned>,
}

impl Lesson<'_> {
    fn add(&mut self, key: &StepKey, place: &str, varies: Varies, seen: Vec<(String, u32)>) {
        let operation = operation(self.scenario, &key.0, &key.1);
        self.learned.push(Learned {
            scenario: self.scenario.id.0.clone(),
            service: self.scenario.service.clone(),
            operation,
            place: place.to_owned(),
            varies,
            seen,
        });
    }

    /// What a place was in groups of repeats, in each of which it is compared.
    fn of_label(&mut self, place: &Place, groups: &[Label]) {
        let key = (place.step.clone(), place.rows.clone());
        for group in groups.iter().filter(|group| group.flaps()) {
            let present: u32 = group.values.values().sum();
            let varies = if group.classes.len() > 1 && !is_one_of_few(place.part) {
                Varies::Form
            } else if present < group.answered {
                Varies::Presence
            } else {
                Varies::Value
            };
            self.add(&key, &place.to_string(), varies, group.seen());
        }
    }

    /// What made halves of the repeats unlike, where that is not learned yet.
    fn of_loud(&mut self, d: &Difference, whole: &Labelled) {
        let key = (d.step.clone(), d.rows.clone());
        let here = whole.places.iter().find(|(place, _)| {
            (&place.step, &place.rows) == (&key.0, &key.1) && place.to_string() == d.place
        });
        if ["the same as ", "not that of "]
            .iter()
            .any(|start| d.a.starts_with(start))
        {
            return self.add(&key, &d.place, Varies::Equality, Vec::new());
        }
        let operation = operation(self.scenario, &key.0, &key.1);
        let is_told = |one: &Learned| one.operation == operation && one.place == d.place;
        if self.learned.iter().any(is_told) {
            return;
        }
        match (d.kind, here) {
            (Kind::States, _) => {
                let named = whole
                    .sequences
                    .iter()
                    .find(|(place, _)| place.to_string() == d.place);
                let sequences = named
                    .map(|(_, seen)| seen)
                    .or_else(|| whole.states.get(&key));
                let seen = sequences.map(|seen| states(seen)).unwrap_or_default();
                self.add(&key, &d.place, Varies::States, seen);
            }
            (Kind::Consistency, _) => self.add(&key, &d.place, Varies::Freshness, Vec::new()),
            (_, Some((place, label))) => self.of_label(place, std::slice::from_ref(label)),
            _ => {
                let step = whole.steps.get(&key);
                let reached = step.map(|step| {
                    let of = |(seen, n): (&StepSeen, &u32)| match seen {
                        StepSeen::Reached => Some(("reached".to_owned(), *n)),
                        StepSeen::NotReached => Some(("not reached".to_owned(), *n)),
                        _ => None,
                    };
                    step.seen.iter().filter_map(of).collect()
                });
                self.add(&key, &d.place, Varies::Reach, reached.unwrap_or_default());
            }
        }
    }
}

/// `pending → running`, and in how many repeats.
fn states(sequences: &[StateSequence]) -> Vec<(String, u32)> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for sequence in sequences {
        let names: Vec<&str> = sequence.states.iter().map(|s| s.state.as_str()).collect();
        *seen.entry(names.join(" → ")).or_default() += 1;
    }
    seen.into_iter().collect()
}

/// The repeats, and labels of groups of them.
struct Repeats<'o> {
    observed: &'o [Repeat],
    labelled: BTreeMap<Vec<usize>, Labelled>,
}

impl Repeats<'_> {
    /// The place in groups of repeats that are alike in what is above it.
    fn by_themselves(&mut self, place: &Place, label: &Label, whole: &Labelled) -> Vec<Label> {
        // what has a name is compared without what is around it, too
        let above: Vec<&Place> = whole
            .places
            .iter()
            .filter(|(other, label)| {
                matches!(label.held(), Held::Mixed { .. })
                    && (&other.step, &other.rows) == (&place.step, &place.rows)
                    && comes_before(other, place)
                    && covers(other, place)
            })
            .map(|(other, _)| other)
            .collect();
        if above.is_empty() || matches!(place.part, Part::Named | Part::Derived) {
            return vec![label.clone()];
        }
        let mut groups: BTreeMap<Vec<Option<&str>>, Vec<usize>> = BTreeMap::new();
        for (index, (_, _, one)) in self.observed.iter().enumerate() {
            let stands = |other: &&Place| {
                let value = one.values.get(*other)?;
                let is_word = is_one_of_few(other.part);
                Some(if is_word { &value.text } else { &value.class }.as_str())
            };
            let stands = above.iter().map(stands).collect();
            groups.entry(stands).or_default().push(index);
        }
        let several = groups.into_values().filter(|group| group.len() > 1);
        let several: Vec<Vec<usize>> = several.collect();
        several
            .into_iter()
            .filter_map(|group| self.of_group(group).places.get(place).cloned())
            .collect()
    }

    fn of_group(&mut self, group: Vec<usize>) -> &Labelled {
        let observed = self.observed;
        self.labelled
            .entry(group)
            .or_insert_with_key(|group| label(group.iter().map(|index| &observed[*index])))
    }
}

/// What speaks for others comes before them, as it does where places are compared.
fn comes_before(one: &Place, other: &Place) -> bool {
    let order = |place: &Place| {
        let speaks = matches!(place.path.as_str(), "body" | "envelope");
        (place.part, !speaks)
    };
    (order(one), one) < (order(other), other)
}
