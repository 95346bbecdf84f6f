//! Repeats of one scenario on one cloud → labelled observations: what held in all of them, and what did not.
//!
//! In: an [`Observed`] an execution. Out: a [`Labelled`]. Knows nothing of other clouds.

use super::calls::Calls;
use super::noise::Listed;
use super::place::{Observed, Place, StateSequence, StepSeen};
use super::symbols::Rendered;
use super::window::Window;
use crate::recording::{Execution, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// A step and its rows.
pub type StepKey = (String, Vec<String>);

/// All repeats of a scenario on one cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labelled {
    /// Repeats that count.
    pub repeats: u32,
    pub places: BTreeMap<Place, Label>,
    pub steps: BTreeMap<StepKey, StepLabel>,
    pub states: BTreeMap<StepKey, Vec<StateSequence>>,
    /// Of named observations, in their words.
    pub sequences: BTreeMap<Place, Vec<StateSequence>>,
    /// One a repeat that reads.
    pub windows: BTreeMap<StepKey, Vec<Window>>,
    /// For two places of identities: in how many repeats both were there, and in how many they were equal.
    pub equal: Equalities,
    /// Executions that were set aside and are not counted.
    pub set_aside: u32,
    /// How each step was answered, in these, too.
    pub calls: BTreeMap<StepKey, Calls>,
    /// What the cloud's noise file says of the steps here.
    pub noise: Listed,
}

/// What a place held, over the repeats in which its step was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Repeats in which the step was answered.
    pub answered: u32,
    /// Value → repeats; what is missing to `answered` was absent.
    pub values: BTreeMap<String, u32>,
    pub classes: BTreeMap<String, u32>,
    /// Profile values that explain it in every repeat.
    pub origins: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held<'a> {
    /// The same in all repeats.
    Always(&'a str),
    Never,
    /// Not the same in all; of one class, where it is.
    Mixed {
        class: Option<&'a str>,
    },
}

impl Label {
    #[must_use]
    pub fn held(&self) -> Held<'_> {
        let present: u32 = self.values.values().sum();
        if present == 0 {
            return Held::Never;
        }
        let always = |counts: &BTreeMap<String, u32>| present == self.answered && counts.len() == 1;
        if always(&self.values) {
            return self
                .values
                .keys()
                .next()
                .map_or(Held::Never, |value| Held::Always(value));
        }
        let class = if always(&self.classes) {
            self.classes.keys().next().map(String::as_str)
        } else {
            None
        };
        Held::Mixed { class }
    }

    /// Whether chance decides what stands here: not the same in all repeats, and no origin explains it.
    #[must_use]
    pub fn flaps(&self) -> bool {
        matches!(self.held(), Held::Mixed { .. }) && self.origins.is_empty()
    }

    /// Value → how often, most often first.
    #[must_use]
    pub fn seen(&self) -> Vec<(String, u32)> {
        let mut seen: Vec<(String, u32)> =
            self.values.iter().map(|(v, n)| (v.clone(), *n)).collect();
        let present: u32 = self.values.values().sum();
        if present < self.answered {
            seen.push(("absent".to_owned(), self.answered - present));
        }
        seen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        seen
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepLabel {
    pub seen: BTreeMap<StepSeen, u32>,
    /// Round, repeat, exchange of the first repeat that stands for it.
    pub evidence: Option<(u32, u32, usize)>,
}

impl StepLabel {
    /// What it was in all repeats.
    #[must_use]
    pub fn always(&self) -> Option<&StepSeen> {
        if self.seen.len() == 1 {
            self.seen.keys().next()
        } else {
            None
        }
    }

    #[must_use]
    pub fn was_answered(&self) -> bool {
        self.answered() > 0 || self.seen.contains_key(&StepSeen::Stale)
    }

    /// Whether what it must reach was reached in every repeat that saw the write.
    #[must_use]
    pub fn was_reached(&self) -> bool {
        let seen = self.seen.keys().filter(|seen| **seen != StepSeen::Stale);
        seen.eq([&StepSeen::Reached])
    }

    /// Repeats in which something came that is compared.
    #[must_use]
    pub fn answered(&self) -> u32 {
        let answered = |seen: &&StepSeen| matches!(seen, StepSeen::Reached | StepSeen::NotReached);
        let counts = self.seen.iter().filter(|(seen, _)| answered(seen));
        counts.map(|(_, n)| n).sum()
    }
}

/// Identities that are the same value, by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Equalities {
    /// A hole of a place (most have one), and a number for its value, one list a repeat.
    pub repeats: Vec<BTreeMap<(Place, usize), usize>>,
}

/// Which executions count: the last try of each repeat; one that was set aside only if all were.
#[must_use]
pub fn counted(executions: &[Execution]) -> (Vec<&Execution>, u32) {
    let mut last: BTreeMap<(u32, u32), &Execution> = BTreeMap::new();
    for execution in executions {
        let slot = last
            .entry((execution.round, execution.repeat))
            .or_insert(execution);
        if execution.attempt >= slot.attempt {
            *slot = execution;
        }
    }
    let whole = |e: &&&Execution| matches!(e.outcome, Outcome::Done);
    let done: Vec<&Execution> = last.values().filter(whole).copied().collect();
    let aside: Vec<&Execution> = last
        .values()
        .filter(|e| matches!(e.outcome, Outcome::SetAside(_)))
        .copied()
        .collect();
    #[expect(clippy::cast_possible_truncation, reason = "repeats are few")]
    let set_aside = executions
        .iter()
        .filter(|e| matches!(e.outcome, Outcome::SetAside(_)))
        .count() as u32;
    if done.is_empty() {
        (aside, set_aside)
    } else {
        (done, set_aside)
    }
}

/// Joins what the repeats saw.
#[must_use]
pub fn label<'o>(observed: impl IntoIterator<Item = &'o (u32, u32, Observed)>) -> Labelled {
    let mut into = Labelled::default();
    for (round, repeat, one) in observed {
        into.repeats += 1;
        for (key, seen) in &one.steps {
            let step = into.steps.entry(key.clone()).or_default();
            *step.seen.entry(seen.clone()).or_default() += 1;
            if step.evidence.is_none()
                && let Some(exchange) = one.exchanges.get(key)
            {
                step.evidence = Some((*round, *repeat, *exchange));
            }
        }
        for (place, value) in &one.values {
            let slot = into.places.entry(place.clone()).or_default();
            let first = slot.values.is_empty();
            let Rendered {
                text,
                class,
                origins,
            } = value;
            *slot.values.entry(text.clone()).or_default() += 1;
            *slot.classes.entry(class.clone()).or_default() += 1;
            if first {
                slot.origins.clone_from(origins);
            } else {
                slot.origins.retain(|label| origins.contains(label));
            }
        }
        for (key, sequence) in &one.states {
            into.states
                .entry(key.clone())
                .or_default()
                .push(sequence.clone());
        }
        for (place, sequence) in &one.sequences {
            into.sequences
                .entry(place.clone())
                .or_default()
                .push(sequence.clone());
        }
        for (key, window) in &one.windows {
            into.windows
                .entry(key.clone())
                .or_default()
                .push(window.clone());
        }
        into.equal.repeats.push(numbered(one));
    }
    let answered: BTreeMap<StepKey, u32> = into
        .steps
        .iter()
        .map(|(key, step)| (key.clone(), step.answered()))
        .collect();
    for (place, slot) in &mut into.places {
        let key = (place.step.clone(), place.rows.clone());
        slot.answered = answered.get(&key).copied().unwrap_or(0);
    }
    into
}

/// Every identity's place, and a number for its value.
fn numbered(one: &Observed) -> BTreeMap<(Place, usize), usize> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (place, identities) in &one.identities {
        for (hole, identity) in identities.iter().enumerate() {
            let next = numbers.len();
            let number = *numbers.entry(identity.as_str()).or_insert(next);
            found.insert((place.clone(), hole), number);
        }
    }
    found
}

impl Equalities {
    /// The places that were there in every repeat.
    #[must_use]
    pub fn common(&self) -> BTreeSet<&(Place, usize)> {
        let mut repeats = self.repeats.iter();
        let Some(first) = repeats.next() else {
            return BTreeSet::new();
        };
        let mut common: BTreeSet<&(Place, usize)> = first.keys().collect();
        for repeat in repeats {
            common.retain(|key| repeat.contains_key(*key));
        }
        common
    }

    /// Whether two places were equal: always, never, or now and then.
    #[must_use]
    pub fn relation(&self, one: &(Place, usize), other: &(Place, usize)) -> Option<bool> {
        let mut relation = None;
        for repeat in &self.repeats {
            let equal = repeat.get(one)? == repeat.get(other)?;
            match relation {
                None => relation = Some(equal),
                Some(before) if before != equal => return None,
                Some(_) => {}
            }
        }
        relation
    }
}
