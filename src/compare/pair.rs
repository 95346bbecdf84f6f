//! Two clouds' labelled observations of one scenario → differences and step states.
//!
//! A place is a difference only if each cloud is unanimous and they disagree; a place that is mixed on a cloud is compared
//! by its class, by the same rule, and how often it is there is kept for the end, when all such places are known. Pure.

use super::carried::{carried, unsent};
use super::covers::covers;
use super::disagree::{STATUSES, disagree, unlike_in_class};
use super::follow::follows;
use super::model::{Difference, Kind, KnownNoise, State, StepState};
use super::noise::{self, Known};
use super::presence::{self, Rates, Unlike};
use super::refusals::Asked;
use super::{chain, consistency, reference, rekeyed, renamed, states, still, versions};
use crate::observe::{
    Held, Label, Labelled, Part, Place, StepKey, StepLabel, StepSeen, Varies, leaves, parts,
};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// What one scenario yields.
#[derive(Clone, Debug, Default)]
pub struct ScenarioPair {
    pub differences: Vec<Difference>,
    /// Unlike, and not more than chance allows.
    pub unconfirmed: Vec<Difference>,
    /// `because_of` counts from the first of `differences`.
    pub steps: Vec<StepState>,
    /// Index of a difference → index of the one that it follows from.
    pub follows: BTreeMap<usize, usize>,
    pub places: u64,
    pub mixed: u64,
    /// Mixed places whose rates are unlike: findings or not by how many such places the whole pair has.
    pub(super) unlike: Vec<Unlike>,
    /// Whether some are so far, too little to tell.
    pub(super) leans: bool,
    /// Operation and place of what flaps.
    pub(super) flapping: BTreeSet<(String, String)>,
    /// Places that were compared as known noise.
    pub noise: Vec<KnownNoise>,
    /// Index in `noise` → rates that are unlike there: hidden or not by how many mixed places the whole pair has.
    pub(super) hushed: Vec<(usize, Unlike)>,
    /// How each step was answered.
    pub(super) asked: Vec<Asked>,
    /// Steps that other API versions answered.
    pub(super) of_unlike_versions: BTreeSet<StepKey>,
}

pub fn compare_scenario(scenario: &Scenario, a: &Labelled, b: &Labelled) -> ScenarioPair {
    let mut into = ScenarioPair::default();
    let order: BTreeMap<&str, usize> = leaves(&scenario.steps)
        .iter()
        .enumerate()
        .map(|(i, step)| (step.id.as_str(), i))
        .collect();
    let mut keys: Vec<&StepKey> = a
        .steps
        .keys()
        .chain(b.steps.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    keys.sort_by_key(|(step, rows)| (order.get(step.as_str()).copied(), rows.clone()));
    for key in keys {
        let before = into.differences.len();
        if versions::are_unlike(key, a, b) {
            into.of_unlike_versions.insert(key.clone());
        }
        into.asked.extend(Asked::of(scenario, key, a, b));
        let compared = Step {
            scenario,
            key,
            a,
            b,
        };
        let state = match (a.steps.get(key), b.steps.get(key)) {
            (Some(in_a), Some(in_b)) => compared.compare(in_a, in_b, &mut into),
            _ => (State::NotRun, "not run on one side".to_owned(), None),
        };
        // a header that a whole service lacks is one finding, and no reason to call every step unlike
        let of_the_step =
            |d: &Difference| !matches!(d.kind, Kind::HeaderAdded | Kind::HeaderRemoved);
        let (state, why, because_of) = if into.differences[before..].iter().any(of_the_step) {
            (State::Differs, String::new(), None)
        } else {
            state
        };
        into.steps.push(StepState {
            scenario: scenario.id.0.clone(),
            service: scenario.service.clone(),
            step: key.0.clone(),
            rows: key.1.clone(),
            state,
            why,
            because_of,
        });
    }
    reference::compare(scenario, a, b, &mut into);
    let mut known = renamed::join(&mut into.differences);
    known.extend(versions::follows(
        &into.differences,
        &into.of_unlike_versions,
    ));
    into.follows = follows(scenario, &into.differences, known);
    let carried = carried(scenario, &into.differences);
    let unsent = unsent(scenario, &into.steps, &into.differences);
    for (later, cause) in carried.into_iter().chain(unsent) {
        chain::add(&mut into.follows, later, cause);
    }
    still::follow(scenario, &into.differences, &mut into.follows);
    into
}

/// One step and its rows on both clouds.
pub(super) struct Step<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) key: &'a StepKey,
    pub(super) a: &'a Labelled,
    pub(super) b: &'a Labelled,
}

type Stands = (State, String, Option<usize>);

impl Step<'_> {
    pub(super) fn compare(
        &self,
        in_a: &StepLabel,
        in_b: &StepLabel,
        into: &mut ScenarioPair,
    ) -> Stands {
        if let Some(stands) = self.not_answered(in_a, in_b, into) {
            return stands;
        }
        let known_before = into.noise.len();
        // of reads that stayed stale only the windows are compared
        if in_a.answered() > 0 && in_b.answered() > 0 {
            self.places(into);
        }
        if let (Some(sequence_a), Some(sequence_b)) =
            (self.a.states.get(self.key), self.b.states.get(self.key))
            && let Some((in_a, in_b)) = states::conflict(sequence_a, sequence_b)
        {
            into.places += 1;
            let found = self.difference("states".to_owned(), Kind::States, in_a, in_b);
            if !self.is_hidden(&found.place, Varies::States, into) {
                into.differences.push(found);
            }
        }
        self.sequences(into);
        if let (Some(windows_a), Some(windows_b)) =
            (self.a.windows.get(self.key), self.b.windows.get(self.key))
        {
            into.places += 1;
            if let Some(conflict) = consistency::conflict(windows_a, windows_b) {
                let place = conflict.place.to_owned();
                let found = self.difference(place, Kind::Consistency, conflict.a, conflict.b);
                if self.is_hidden(&found.place, Varies::Freshness, into) {
                    // said by its count
                } else if conflict.is_sound {
                    into.differences.push(found);
                } else {
                    into.unconfirmed.push(found);
                }
            }
        }
        if in_a.answered() == 0 || in_b.answered() == 0 {
            let why = "stale until its time was up".to_owned();
            return (State::Unconfirmed, why, None);
        }
        // what was not the same for known noise may not have reached what comes of it
        if into.noise[known_before..].iter().any(|place| place.hidden) {
            return (State::Unconfirmed, noise::WHY.to_owned(), None);
        }
        match (in_a.was_reached(), in_b.was_reached()) {
            (true, true) => (State::Same, String::new(), None),
            (false, false) => (
                State::NotExercised,
                "reached on neither cloud".to_owned(),
                None,
            ),
            (true, false) => self.reached_on_one(in_b, "reached", "not reached", into),
            (false, true) => self.reached_on_one(in_a, "not reached", "reached", into),
        }
    }

    /// Whether a difference that is none of a label is known noise; that it was is kept.
    fn is_hidden(&self, place: &str, varies: Varies, into: &mut ScenarioPair) -> bool {
        let sides = (self.a, self.b);
        let known = Known::at(sides, self.key, place, |varies| !varies.is_of_label());
        let Some(known) = known.filter(|known| known.varies(varies)) else {
            return false;
        };
        let used = known.used(self.scenario, self.key, place, true);
        into.noise.push(used);
        true
    }

    /// The states of a poll in the words of named observations.
    fn sequences(&self, into: &mut ScenarioPair) {
        let here = |place: &&Place| (&place.step, &place.rows) == (&self.key.0, &self.key.1);
        for place in self.a.sequences.keys().filter(here) {
            let (Some(in_a), Some(in_b)) =
                (self.a.sequences.get(place), self.b.sequences.get(place))
            else {
                continue;
            };
            into.places += 1;
            if let Some((shown_a, shown_b)) = states::conflict(in_a, in_b) {
                let found = self.difference(place.to_string(), Kind::States, shown_a, shown_b);
                if !self.is_hidden(&found.place, Varies::States, into) {
                    into.differences.push(found);
                }
            }
        }
    }

    /// What must be reached was, on one cloud only, and no place says why.
    fn reached_on_one(
        &self,
        other: &StepLabel,
        in_a: &str,
        in_b: &str,
        into: &mut ScenarioPair,
    ) -> Stands {
        if other.always() == Some(&StepSeen::NotReached) {
            let seen = into
                .differences
                .iter()
                .any(|d| d.step == self.key.0 && d.rows == self.key.1);
            if !seen {
                let place = if self.scenario.on.is_empty() {
                    "reach".to_owned()
                } else {
                    format!("named {}", self.key.0)
                };
                let found = self.difference(place, Kind::Derived, in_a.to_owned(), in_b.to_owned());
                if self.is_hidden(&found.place, Varies::Reach, into) {
                    return (State::Unconfirmed, noise::WHY.to_owned(), None);
                }
                into.differences.push(found);
            }
            return (State::Differs, String::new(), None);
        }
        (
            State::Unconfirmed,
            "reached in some repeats only".to_owned(),
            None,
        )
    }

    fn not_answered(
        &self,
        in_a: &StepLabel,
        in_b: &StepLabel,
        into: &ScenarioPair,
    ) -> Option<Stands> {
        let find = |wanted: fn(&StepSeen) -> bool| {
            [in_a, in_b]
                .into_iter()
                .find_map(|step| step.seen.keys().find(|seen| wanted(seen)))
        };
        if let Some(StepSeen::Unsupported(why)) =
            find(|seen| matches!(seen, StepSeen::Unsupported(_)))
        {
            return Some((State::Unsupported, why.clone(), None));
        }
        if in_a.was_answered() && in_b.was_answered() {
            return None;
        }
        if let Some(StepSeen::Blocked(names)) = find(|seen| matches!(seen, StepSeen::Blocked(_))) {
            let because = self.because(names, into);
            let why = format!("needs {}", names.join(", "));
            let both = !in_a.was_answered() && !in_b.was_answered();
            return Some(match because {
                None if both => (State::NotExercised, why, None),
                because => (State::Blocked, why, because),
            });
        }
        Some((State::NotRun, "cut".to_owned(), None))
    }

    /// The first difference of the step that captures one of `names`, else the first of the scenario.
    fn because(&self, names: &[String], into: &ScenarioPair) -> Option<usize> {
        let captures = |id: &str| {
            leaves(&self.scenario.steps)
                .into_iter()
                .find(|step| step.id == id)
                .and_then(parts)
                .is_some_and(|parts| names.iter().any(|name| parts.captures.contains_key(name)))
        };
        let by_capture = into.differences.iter().position(|d| captures(&d.step));
        by_capture.or(if into.differences.is_empty() {
            None
        } else {
            Some(0)
        })
    }

    fn places(&self, into: &mut ScenarioPair) {
        let (step, rows) = self.key;
        // places are ordered by step and rows
        let first = Place {
            step: step.clone(),
            rows: rows.clone(),
            part: Part::Wire,
            path: String::new(),
        };
        let here = |place: &&Place| place.step == *step && place.rows == *rows;
        let of = |labelled: &'_ Labelled| -> BTreeSet<Place> {
            let from = labelled.places.range(&first..).map(|(place, _)| place);
            from.take_while(here).cloned().collect()
        };
        let mut places: Vec<Place> = of(self.a).union(&of(self.b)).cloned().collect();
        // what speaks for others comes before them
        places.sort_by_cached_key(|place| {
            (
                place.part,
                !matches!(place.path.as_str(), "body" | "envelope" | STATUSES),
                place.clone(),
            )
        });
        let before = into.differences.len();
        let absent = Label::default();
        let mut settled: Vec<Place> = Vec::new();
        let mut told: Vec<Place> = Vec::new();
        for place in &places {
            if settled.iter().any(|done| covers(done, place)) {
                continue;
            }
            let in_a = self.a.places.get(place).unwrap_or(&absent);
            let in_b = self.b.places.get(place).unwrap_or(&absent);
            if !self.others_on_both(place) {
                continue;
            }
            if Self::is_left_out(place, in_a, in_b) {
                settled.push(place.clone());
                continue;
            }
            into.places += 1;
            let (held_a, held_b) = (in_a.held(), in_b.held());
            let mixed = in_a.flaps() || in_b.flaps();
            if let Some(known) = Known::of_label((self.a, self.b), place, (in_a, in_b)) {
                match self.as_noise(place, (in_a, in_b), known, into) {
                    Some(found) => {
                        settled.push(place.clone());
                        if !self.is_told(place, &told) {
                            told.push(place.clone());
                            into.differences.push(found);
                        }
                    }
                    None if noise::stands_alike(place, in_a, in_b) => {}
                    None => settled.push(place.clone()),
                }
                continue;
            }
            if mixed {
                into.mixed += 1;
                into.flapping.extend(self.names(place));
            }
            let Some((kind, shown_a, shown_b)) = disagree(place, in_a, in_b) else {
                if mixed {
                    let (in_a, in_b) = self.whole(in_a, in_b);
                    into.leans |= presence::lean(place, &in_a, &in_b);
                    into.unlike.extend(self.unlike(place, (&in_a, &in_b)));
                }
                if held_a == Held::Never
                    || held_b == Held::Never
                    || unsettled_status(place, &held_a, &held_b)
                {
                    settled.push(place.clone()); // what hangs below has nothing to stand on
                }
                continue;
            };
            settled.push(place.clone());
            if self.is_told(place, &told) {
                continue;
            }
            told.push(place.clone());
            into.differences
                .push(self.difference(place.to_string(), kind, shown_a, shown_b));
        }
        let of_step = into.differences.split_off(before);
        let in_a = |item: &str| self.members(self.a, item);
        let in_b = |item: &str| self.members(self.b, item);
        into.differences
            .extend(rekeyed::joined(of_step, [&in_a, &in_b]));
    }

    /// The names of the members that an item of an answer's body has.
    fn members(&self, labelled: &Labelled, item: &str) -> BTreeSet<String> {
        let (step, rows) = self.key;
        let first = Place {
            step: step.clone(),
            rows: rows.clone(),
            part: Part::Body,
            path: format!("{item}."),
        };
        let below = labelled.places.range(&first..).map_while(|(place, _)| {
            let here =
                (&place.step, &place.rows, place.part) == (&first.step, &first.rows, first.part);
            place.path.strip_prefix(&first.path).filter(|_| here)
        });
        below
            .filter_map(|path| path.split(['.', '[', '#']).next())
            .map(str::to_owned)
            .collect()
    }

    /// A place that is known to be unstable: its class alone can be a difference. What it would have been besides is kept.
    fn as_noise(
        &self,
        place: &Place,
        (in_a, in_b): (&Label, &Label),
        known: Known<'_>,
        into: &mut ScenarioPair,
    ) -> Option<Difference> {
        let found = if noise::is_one_of_few(place.part) || known.varies(Varies::Form) {
            None
        } else {
            unlike_in_class(place, (in_a, in_b), known.varies(Varies::Presence))
        };
        let shown = place.to_string();
        if let Some((kind, shown_a, shown_b)) = found {
            into.noise
                .push(known.used(self.scenario, self.key, &shown, false));
            return Some(self.difference(shown, kind, shown_a, shown_b));
        }
        let is_hidden = disagree(place, in_a, in_b).is_some();
        let used = known.used(self.scenario, self.key, &shown, is_hidden);
        if !is_hidden && (in_a.flaps() || in_b.flaps()) {
            let (in_a, in_b) = self.whole(in_a, in_b);
            let unlike = self.unlike(place, (&in_a, &in_b));
            into.hushed
                .extend(unlike.map(|unlike| (into.noise.len(), unlike)));
        }
        into.noise.push(used);
        None
    }

    /// A place that one cloud never has was answered as often as its step.
    fn whole(&self, in_a: &Label, in_b: &Label) -> (Label, Label) {
        let whole = |label: &Label, of: &Labelled| Label {
            answered: self.answered(of),
            ..label.clone()
        };
        (whole(in_a, self.a), whole(in_b, self.b))
    }

    fn unlike(&self, place: &Place, (in_a, in_b): (&Label, &Label)) -> Option<Unlike> {
        let rates = Rates::of(place, in_a, in_b)?;
        let (a, b) = (rates.a.clone(), rates.b.clone());
        let difference = Difference {
            repeats: (in_a.answered, in_b.answered),
            ..self.difference(place.to_string(), rates.kind, a, b)
        };
        Some(rates.at(place.clone(), difference))
    }

    /// Whether a place of others is null in some repeats or clouds, where another type does not stand in all of the others:
    /// that they leave it out now and then says nothing.
    fn is_left_out(place: &Place, in_a: &Label, in_b: &Label) -> bool {
        let is_null = |label: &Label| label.values.contains_key("null");
        let always = |label: &Label| matches!(label.held(), Held::Always(_));
        place.path.contains("[*]")
            && (is_null(in_a) || is_null(in_b))
            && !(always(in_a) && always(in_b))
    }

    /// Things of others are compared only where both clouds show some.
    fn others_on_both(&self, place: &Place) -> bool {
        let Some((list, rest)) = place.path.split_once("[*]") else {
            return true;
        };
        if place.part != Part::Body || rest.is_empty() {
            return false;
        }
        let marker = Place {
            path: format!("{list}[*]"),
            ..place.clone()
        };
        let always = |l: &Labelled| {
            l.places
                .get(&marker)
                .is_some_and(|label| matches!(label.held(), Held::Always(_)))
        };
        always(self.a) && always(self.b)
    }
}

/// A status that flaps leaves nothing below it to compare.
fn unsettled_status(place: &Place, a: &Held<'_>, b: &Held<'_>) -> bool {
    let mixed = |held: &Held<'_>| matches!(held, Held::Mixed { .. });
    matches!(place.part, Part::Status | Part::Wire)
        && place.path.is_empty()
        && (mixed(a) || mixed(b))
}
