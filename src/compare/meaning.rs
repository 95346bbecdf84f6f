//! Two clouds that realise one scenario in different APIs → differences of what it has names for.
//!
//! Each side's labels are laid out anew, under the names instead of its own steps; then they are compared as any two clouds
//! are. Nothing else of the answers means the same on both.

use super::model::{Asker, Difference, EvidenceRef, Kind, KnownNoise, State, StepState};
use super::noise::{self, Known};
use super::pair::{ScenarioPair, Step};
use crate::observe::{
    Label, Labelled, Part, Place, StepKey, StepLabel, StepSeen, leaves, parts, rows_around,
};
use crate::scenario::{Observable, Scenario};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One side: what was run there, and what was seen.
pub struct Realised<'a> {
    pub scenario: &'a Scenario,
    pub labelled: &'a Labelled,
}

/// Compares by name. `whole` is the scenario that both realise.
pub fn compare_meaning(whole: &Scenario, a: &Realised<'_>, b: &Realised<'_>) -> ScenarioPair {
    let (in_a, in_b) = (Side::of(a), Side::of(b));
    let mut into = ScenarioPair::default();
    let mut setting_up = SettingUp {
        whole,
        a: (a, &in_a),
        b: (b, &in_b),
        told: None,
        is_noise: false,
    };
    let keys: BTreeSet<&StepKey> = in_a.from.keys().chain(in_b.from.keys()).collect();
    let mut keys: Vec<&StepKey> = keys.into_iter().collect();
    let of = |key: &StepKey| (in_a.from.get(key), in_b.from.get(key));
    // what requests came to speaks for what else they would have shown, from whichever side that is looked at
    keys.sort_by_key(|key| {
        let (from_a, from_b) = of(key);
        let from = from_a.or(from_b);
        let speaks = from.is_some_and(|from| from.is_outcome);
        let later = setting_up.stops(from_a, from_b) || !speaks;
        (later, from.map(|from| from.position), (*key).clone())
    });
    let mut refused = Refused::new();
    for key in keys {
        let (from_a, from_b) = of(key);
        let told = |is_a: bool, from: Option<&From>| {
            let from = from.filter(|from| !from.is_outcome)?;
            let (_, index) = refused.get(&(is_a, from.key.clone()))?;
            Some(*index)
        };
        let before = into.differences.len();
        let mut stands = if setting_up.stops(from_a, from_b) {
            setting_up.stands(&refused, &mut into)
        } else if let Some(because) = told(true, from_a).or_else(|| told(false, from_b)) {
            let why = "one of the requests was refused".to_owned();
            (State::Blocked, why, Some(because))
        } else {
            let compared = Step {
                scenario: whole,
                key,
                a: &in_a.labelled,
                b: &in_b.labelled,
            };
            by_name(&compared, from_a.or(from_b), &mut into)
        };
        let here = into.differences[before..].first();
        if let Some(kind) = here.filter(|d| d.step == key.0).map(|d| d.kind) {
            stands = (State::Differs, String::new(), None);
            if matches!(kind, Kind::AcceptedRefused | Kind::RefusedAccepted) {
                for (is_a, from) in [(true, from_a), (false, from_b)] {
                    let from = from.filter(|from| from.is_outcome);
                    let found =
                        from.map(|from| ((is_a, from.key.clone()), (from.position, before)));
                    refused.extend(found);
                }
            }
        }
        let (state, why, because_of) = stands;
        into.steps.push(StepState {
            scenario: whole.id.0.clone(),
            service: whole.service.clone(),
            step: key.0.clone(),
            rows: key.1.clone(),
            state,
            why,
            because_of,
        });
    }
    setting_up.stands(&refused, &mut into);
    into
}

/// One name on both sides.
fn by_name(
    compared: &Step<'_>,
    from: Option<&From>,
    into: &mut ScenarioPair,
) -> (State, String, Option<usize>) {
    let of = |side: &Labelled| side.steps.get(compared.key).cloned();
    let (Some(mut in_a), Some(mut in_b)) = (of(compared.a), of(compared.b)) else {
        return (State::NotRun, "not run on one side".to_owned(), None);
    };
    let reached = |step: &StepLabel| step.always() == Some(&StepSeen::Reached);
    // what a request came to is exercised by any answer, if it means anything on one cloud at least
    if from.is_some_and(|from| from.is_outcome) && (reached(&in_a) || reached(&in_b)) {
        for step in [&mut in_a, &mut in_b] {
            if let Some(n) = step.seen.remove(&StepSeen::NotReached) {
                *step.seen.entry(StepSeen::Reached).or_default() += n;
            }
        }
    }
    compared.compare(&in_a, &in_b, into)
}

/// Differences in outcomes: on which side (first or not) and of which step of it → the step's position, and the index.
type Refused = BTreeMap<(bool, StepKey), (usize, usize)>;

/// The step that a named observation is of.
struct From {
    key: StepKey,
    /// Of the step among those of its realisation.
    position: usize,
    is_outcome: bool,
}

/// A side under its names.
struct Side {
    labelled: Labelled,
    from: BTreeMap<StepKey, From>,
    /// Of the first step without a name that never reached what it is about: its position, and itself.
    unreached: Option<(usize, StepKey)>,
}

impl Side {
    fn of(side: &Realised<'_>) -> Self {
        let seen = side.labelled;
        let mut into = Self {
            labelled: Labelled {
                repeats: seen.repeats,
                set_aside: seen.set_aside,
                ..Labelled::default()
            },
            from: BTreeMap::new(),
            unreached: None,
        };
        for (position, leaf) in leaves(&side.scenario.steps).into_iter().enumerate() {
            let Some(parts) = parts(leaf) else { continue };
            let reading = parts.reading;
            let observed = reading.observe.iter();
            let mut names: Vec<(&String, bool)> = observed
                .map(|(name, o)| (name, o.of == Observable::Outcome))
                .collect();
            names.extend(reading.derive.keys().map(|name| (name, false)));
            for (key, step) in seen.steps.iter().filter(|(key, _)| key.0 == leaf.id) {
                // a search for a limit has rows of its own below
                let around = rows_around(&side.scenario.steps, &key.0, &key.1);
                if around.is_none_or(|rows| rows.len() != key.1.len()) {
                    continue;
                }
                if names.is_empty() && never_reached(step) && into.unreached.is_none() {
                    into.unreached = Some((position, key.clone()));
                }
                for (name, is_outcome) in &names {
                    into.take(name, key, step, seen);
                    let from = From {
                        key: key.clone(),
                        position,
                        is_outcome: *is_outcome,
                    };
                    into.from.insert(((*name).clone(), key.1.clone()), from);
                }
            }
        }
        into
    }

    fn take(&mut self, name: &str, key: &StepKey, step: &StepLabel, seen: &Labelled) {
        let place = |step: &str| Place {
            step: step.to_owned(),
            rows: key.1.clone(),
            part: Part::Named,
            path: name.to_owned(),
        };
        if let Some(label) = seen.places.get(&place(&key.0)) {
            self.labelled.places.insert(place(name), untyped(label));
        }
        if let Some(sequences) = seen.sequences.get(&place(&key.0)) {
            let named = place(name);
            self.labelled.sequences.insert(named, sequences.clone());
        }
        let entry = seen.noise.get(key).and_then(|listed| {
            let place = place(&key.0).to_string();
            Some((place.clone(), Arc::clone(listed.get(&place)?)))
        });
        let key = (name.to_owned(), key.1.clone());
        if let Some((place, entry)) = entry {
            let listed = self.labelled.noise.entry(key.clone()).or_default();
            listed.insert(place, entry);
        }
        self.labelled.steps.insert(key, step.clone());
    }
}

fn never_reached(step: &StepLabel) -> bool {
    let seen = |wanted: &StepSeen| step.seen.contains_key(wanted);
    seen(&StepSeen::NotReached) && !seen(&StepSeen::Reached)
}

/// A number is one in JSON and text in XML.
fn untyped(label: &Label) -> Label {
    let mut label = label.clone();
    let classes = std::mem::take(&mut label.classes);
    for (class, n) in classes {
        let class = match class.split_once(' ') {
            Some(("number", _)) => "string digits".to_owned(),
            Some(_) => class,
            None if matches!(class.as_str(), "limit" | "winners") => class,
            None => "string word".to_owned(),
        };
        *label.classes.entry(class).or_default() += n;
    }
    label
}

/// Steps that have no name: what comes after one that was not reached is not compared.
struct SettingUp<'a> {
    whole: &'a Scenario,
    a: (&'a Realised<'a>, &'a Side),
    b: (&'a Realised<'a>, &'a Side),
    /// What it stands on, once that was asked.
    told: Option<usize>,
    /// That it is known noise was counted.
    is_noise: bool,
}

impl SettingUp<'_> {
    fn stops(&self, in_a: Option<&From>, in_b: Option<&From>) -> bool {
        let after = |side: &Side, from: Option<&From>| match &side.unreached {
            Some((stop, _)) => from.is_none_or(|from| from.position > *stop),
            None => false,
        };
        after(self.a.1, in_a) || after(self.b.1, in_b)
    }

    /// How an observation that comes after stands. That a side was not set up is a difference, told once, unless one of its
    /// requests was refused before.
    fn stands(
        &mut self,
        refused: &Refused,
        into: &mut ScenarioPair,
    ) -> (State, String, Option<usize>) {
        let kind = match (&self.a.1.unreached, &self.b.1.unreached) {
            (None, None) => return (State::Same, String::new(), None),
            (Some(_), Some(_)) => {
                let why = "what comes before was reached on neither cloud".to_owned();
                return (State::NotExercised, why, None);
            }
            (None, Some(_)) => Kind::AcceptedRefused,
            (Some(_), None) => Kind::RefusedAccepted,
        };
        let on_a = kind == Kind::RefusedAccepted;
        if let Some(used) = self.known(on_a) {
            if !self.is_noise {
                self.is_noise = true;
                into.noise.push(used);
            }
            return (State::Unconfirmed, noise::WHY.to_owned(), None);
        }
        let because = self.told.or_else(|| self.refused_before(on_a, refused));
        let because = because.unwrap_or_else(|| {
            into.places += 1;
            into.differences.push(self.difference(kind));
            into.differences.len() - 1
        });
        self.told = Some(because);
        let why = "what comes before was reached on one cloud only".to_owned();
        (State::Blocked, why, Some(because))
    }

    /// Whether the step that stopped one side is known to answer so now and then.
    fn known(&self, on_a: bool) -> Option<KnownNoise> {
        let (side, of) = if on_a { self.a } else { self.b };
        let (_, key) = of.unreached.as_ref()?;
        let status = Place {
            step: key.0.clone(),
            rows: key.1.clone(),
            part: Part::Status,
            path: String::new(),
        };
        let (nothing, none) = (Labelled::default(), Label::default());
        let label = side.labelled.places.get(&status).unwrap_or(&none);
        let (sides, labels) = if on_a {
            ((side.labelled, &nothing), (label, &none))
        } else {
            ((&nothing, side.labelled), (&none, label))
        };
        let known = Known::of_label(sides, &status, labels)?;
        Some(known.used(self.whole, key, "reach", true))
    }

    /// The last request before it that one cloud refused.
    fn refused_before(&self, on_a: bool, refused: &Refused) -> Option<usize> {
        let side = if on_a { self.a.1 } else { self.b.1 };
        let (stop, _) = side.unreached.as_ref()?;
        let earlier = refused
            .iter()
            .filter(|((is_a, _), (position, _))| *is_a == on_a && position < stop);
        let last = earlier.max_by_key(|(_, (position, _))| *position);
        last.map(|(_, (_, index))| *index)
    }

    fn difference(&self, kind: Kind) -> Difference {
        let shown = |side: &Side| match &side.unreached {
            Some((_, (step, _))) => format!("`{step}` not reached"),
            None => "reached".to_owned(),
        };
        let ((a, side_a), (b, side_b)) = (self.a, self.b);
        Difference {
            scenario: self.whole.id.0.clone(),
            service: self.whole.service.clone(),
            operation: self.whole.id.0.clone(),
            place: "reach".to_owned(),
            kind,
            asker: Asker::Owner,
            a: shown(side_a),
            b: shown(side_b),
            step: "reach".to_owned(),
            rows: Vec::new(),
            repeats: (a.labelled.repeats, b.labelled.repeats),
            evidence: (evidence(a, side_a), evidence(b, side_b)),
        }
    }
}

/// The exchange that stopped it, else one that shows how it went on.
fn evidence(of: &Realised<'_>, side: &Side) -> EvidenceRef {
    let stopped = side.unreached.as_ref();
    let label = match stopped {
        Some((_, key)) => of.labelled.steps.get(key),
        None => of.labelled.steps.values().find(|s| s.evidence.is_some()),
    };
    let found = label.and_then(|step| step.evidence);
    found.map_or_else(EvidenceRef::default, |(round, repeat, exchange)| {
        EvidenceRef {
            round,
            repeat,
            exchange: Some(exchange),
        }
    })
}
