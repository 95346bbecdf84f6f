//! Places that a cloud is known to be unstable at: what of them still counts against another cloud.
//!
//! In: what the noise files of both clouds list at a step, and both labels. Out: whether the files explain what the two
//! disagree on. What is explained is counted, and no finding. Each cloud's file is read for that cloud alone (law 10).

use super::covers::covers;
use super::model::KnownNoise;
use super::operation::operation;
use crate::observe::{Entry, Held, Label, Labelled, Noise, Part, Place, StepKey, Varies};
use crate::scenario::Scenario;

/// How a step stands that differs only where that is known noise.
pub(super) const WHY: &str = "unlike only where a noise file says that it is unstable";

/// Lays the entries of a noise file out over the steps that were seen.
pub(super) fn list(noise: &Noise, scenario: &Scenario, labelled: &mut Labelled) {
    if noise.is_empty() {
        return;
    }
    for key in labelled.steps.keys() {
        let operation = operation(scenario, &key.0, &key.1);
        let listed = noise.on(&scenario.service, &operation);
        if !listed.is_empty() {
            labelled.noise.insert(key.clone(), listed);
        }
    }
}

/// What either cloud's file says of one place.
#[derive(Clone, Copy)]
pub(super) struct Known<'n> {
    a: Option<&'n Entry>,
    b: Option<&'n Entry>,
}

impl<'n> Known<'n> {
    /// None where no file lists it as unstable in one of the ways that `wanted` takes.
    pub fn at(
        (a, b): (&'n Labelled, &'n Labelled),
        key: &StepKey,
        place: &str,
        wanted: fn(Varies) -> bool,
    ) -> Option<Self> {
        let of = |side: &'n Labelled| -> Option<&'n Entry> {
            let entry = side.noise.get(key)?.get(place)?;
            let fits = entry.varies.iter().any(|varies| wanted(*varies));
            fits.then_some(entry.as_ref())
        };
        let known = Self { a: of(a), b: of(b) };
        (known.a.is_some() || known.b.is_some()).then_some(known)
    }

    /// Of what stands at a place. One of a few words is noise only as far as it was seen before: a status that never came
    /// is no part of what a cloud is known for.
    pub fn of_label(
        sides: (&'n Labelled, &'n Labelled),
        place: &Place,
        labels: (&Label, &Label),
    ) -> Option<Self> {
        let key = (place.step.clone(), place.rows.clone());
        let known = Self::at(sides, &key, &place.to_string(), Varies::is_of_label)?;
        let is_foreseen = |label: &Label| {
            label.values.keys().all(|value| {
                let mut sides = [known.a, known.b].into_iter().flatten();
                sides.any(|entry| entry.seen.contains_key(value))
            })
        };
        let words = is_one_of_few(place.part);
        (!words || is_foreseen(labels.0) && is_foreseen(labels.1)).then_some(known)
    }

    pub fn varies(&self, wanted: Varies) -> bool {
        let mut sides = [self.a, self.b].into_iter().flatten();
        sides.any(|entry| entry.varies.contains(&wanted))
    }

    pub fn used(
        &self,
        scenario: &Scenario,
        (step, rows): &StepKey,
        place: &str,
        is_hidden: bool,
    ) -> KnownNoise {
        let of = |entry: Option<&Entry>| entry.map(|e| (e.service.clone(), e.operation.clone()));
        KnownNoise {
            scenario: scenario.id.0.clone(),
            step: step.clone(),
            rows: rows.clone(),
            place: place.to_owned(),
            listed: (of(self.a), of(self.b)),
            hidden: is_hidden,
        }
    }
}

/// Whether a place that flaps does so as the cloud's noise file says, or hangs below one that does.
pub(super) fn is_known(labelled: &Labelled, place: &Place, label: &Label) -> bool {
    let (nothing, none) = (Labelled::default(), Label::default());
    let listed = |place: &Place, label: &Label| {
        Known::of_label((labelled, &nothing), place, (label, &none)).is_some()
    };
    if labelled.noise.is_empty() {
        return false;
    }
    let above = labelled.places.iter().filter(|(other, label)| {
        (&other.step, &other.rows) == (&place.step, &place.rows)
            && covers(other, place)
            && label.flaps()
    });
    listed(place, label) || above.into_iter().any(|(other, label)| listed(other, label))
}

/// Places that hold one of a few words: the words are compared. Anywhere else values come and go, and presence counts.
pub(super) fn is_one_of_few(part: Part) -> bool {
    matches!(part, Part::Wire | Part::End | Part::Status)
}

/// The class of what stands at a place, as far as its presence matters.
pub(super) enum Class<'l> {
    Never,
    Is(&'l str),
    /// Several, or not always there where that counts.
    Unclear,
}

/// The class of a place that is known to vary.
pub(super) fn class(label: &Label, comes_and_goes: bool) -> Class<'_> {
    let present: u32 = label.values.values().sum();
    let mut classes = label.classes.keys();
    match (classes.next(), classes.next()) {
        (None, _) => Class::Never,
        (Some(_), None) if present < label.answered && !comes_and_goes => Class::Unclear,
        (Some(class), None) => Class::Is(class),
        _ => Class::Unclear,
    }
}

/// Whether what hangs below a place has the same to stand on on both clouds, in every repeat.
pub(super) fn stands_alike(place: &Place, a: &Label, b: &Label) -> bool {
    if is_one_of_few(place.part) {
        return match (a.held(), b.held()) {
            (Held::Always(in_a), Held::Always(in_b)) => in_a == in_b,
            _ => false,
        };
    }
    match (class(a, false), class(b, false)) {
        (Class::Is(in_a), Class::Is(in_b)) => in_a == in_b,
        _ => false,
    }
}
