//! Two clouds' labelled observations of one scenario → differences and step states.
//!
//! A place is a difference only if each cloud is unanimous and they disagree; a place that is mixed on a cloud is compared
//! by its class, by the same rule, and how often it is there is kept for the end, when all such places are known. Pure.

use super::carried::{carried, unsent};
use super::follow::follows;
use super::model::{Asker, Difference, EvidenceRef, Kind, KnownNoise, State, StepState};
use super::noise::{self, Class, Known};
use super::operation::operation;
use super::presence::{self, Rates, Unlike};
use super::refusals::Asked;
use super::{consistency, reference, rekeyed, renamed, states};
use crate::dialect::s3;
use crate::observe::{
    Held, Label, Labelled, Part, Place, StepKey, StepLabel, StepSeen, Varies, leaves, parts,
};
use crate::scenario::{Observable, Scenario, Source};
use std::collections::{BTreeMap, BTreeSet};

/// The user whose things a scenario is about.
const MAIN: &str = "main";

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
    let renamed = renamed::join(&mut into.differences);
    into.follows = follows(scenario, &into.differences, renamed);
    let carried = carried(scenario, &into.differences);
    let unsent = unsent(scenario, &into.steps, &into.differences);
    for (later, cause) in carried.into_iter().chain(unsent) {
        into.follows.entry(later).or_insert(cause);
    }
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
        into.differences.extend(rekeyed::joined(of_step));
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

    /// Whether what a named or derived observation is read from differs itself: that says it.
    fn is_told(&self, place: &Place, told: &[Place]) -> bool {
        // a name that several APIs share is a finding of its own, whatever the pair
        if self.scenario.realises.is_some() {
            return false;
        }
        let steps = leaves(&self.scenario.steps);
        let step = steps.into_iter().find(|step| step.id == self.key.0);
        let Some(reading) = step.and_then(parts).map(|parts| parts.reading) else {
            return false;
        };
        let sources: Vec<&Source> = match place.part {
            Part::Named => match reading.observe.get(&place.path).map(|named| &named.of) {
                Some(Observable::Place(at) | Observable::Number { at, .. }) => vec![at],
                _ => return false,
            },
            Part::Derived => {
                let derived = reading.derive.get(&place.path);
                derived.into_iter().flat_map(|d| &d.arguments).collect()
            }
            _ => return false,
        };
        let speaks = |done: &Place, source: &Source| match source {
            Source::Header(name) => done.part == Part::Header && done.path == *name,
            Source::Text => done.part == Part::Body,
            Source::Json(path) => match done.part {
                Part::Error | Part::Malformed => true,
                Part::Body => {
                    let around = is_around(&done.path, path) || is_around(path, &done.path);
                    done.path == "body" || around
                }
                _ => false,
            },
            Source::Status | Source::Error(_) => false,
        };
        sources
            .iter()
            .any(|source| told.iter().any(|done| speaks(done, source)))
    }

    /// Operation and place that a difference there would have.
    fn names(&self, place: &Place) -> Vec<(String, String)> {
        let kinds: &[Kind] = match place.part {
            Part::Header => &[Kind::HeaderRemoved, Kind::HeaderValue],
            _ => &[Kind::Value],
        };
        let name = |kind: &Kind| {
            let shown = String::new;
            let one = self.difference(place.to_string(), *kind, shown(), shown());
            (one.operation, one.place)
        };
        kinds.iter().map(name).collect()
    }

    /// Repeats of the step that were answered.
    fn answered(&self, of: &Labelled) -> u32 {
        of.steps.get(self.key).map_or(0, StepLabel::answered)
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

    /// Whether a header is there is asked of a service, not of an operation. What describes the object of an S3 answer is
    /// needed where one comes, and not in the answer to a write.
    fn of_all_answers(&self, place: &str) -> String {
        const DESCRIBE: [&str; 3] = [
            "header accept-ranges",
            "header content-type",
            "header last-modified",
        ];
        let service = &self.scenario.service;
        let operation = operation(self.scenario, &self.key.0, &self.key.1);
        let method = operation.split(' ').next().unwrap_or_default();
        let reads = matches!(method, "GET" | "HEAD");
        if service == "s3" && !reads && DESCRIBE.contains(&place) {
            format!("{service} {method} *")
        } else {
            format!("{service} *")
        }
    }

    /// Who sends the step: a stranger, where it is another user than the first and the step is about a refusal.
    fn asker(&self) -> Asker {
        let steps = leaves(&self.scenario.steps);
        let step = steps.into_iter().find(|step| step.id == self.key.0);
        let is_strangers = step
            .and_then(parts)
            .is_some_and(|parts| parts.request.user != MAIN && parts.reading.reach.is_refusal());
        if is_strangers {
            Asker::Stranger
        } else {
            Asker::Owner
        }
    }

    fn difference(&self, place: String, kind: Kind, a: String, b: String) -> Difference {
        let evidence = |labelled: &Labelled| {
            let found = labelled.steps.get(self.key).and_then(|step| step.evidence);
            found.map_or_else(EvidenceRef::default, |(round, repeat, exchange)| {
                EvidenceRef {
                    round,
                    repeat,
                    exchange: Some(exchange),
                }
            })
        };
        let scenario = self.scenario;
        // a name means the same whatever the API, and so does what is found under it
        let meaning = match &scenario.realises {
            Some(one) if place.starts_with("named ") => Some(&one.service),
            None if !scenario.on.is_empty() => Some(&scenario.service),
            _ => None,
        };
        let operation = match kind {
            _ if meaning.is_some() => scenario.id.0.clone(),
            Kind::HeaderAdded | Kind::HeaderRemoved => self.of_all_answers(&place),
            Kind::LessOften | Kind::MoreOften if place.starts_with("header ") => {
                self.of_all_answers(&place)
            }
            // in which form a header is written, too
            Kind::Format if place.starts_with("header ") => self.of_all_answers(&place),
            _ => operation(self.scenario, &self.key.0, &self.key.1),
        };
        // a setting is no data
        let kind = match kind {
            Kind::DataLost | Kind::DataKept if s3::names_setting(&operation) => Kind::FieldType,
            kind => kind,
        };
        let lets_in = matches!(kind, Kind::AcceptedRefused | Kind::RefusedAccepted);
        let asker = if lets_in { self.asker() } else { Asker::Owner };
        // a step that could not be reached in some repeats agrees in the others only
        let repeats = |of: &Labelled| match self.answered(of) {
            0 => of.repeats,
            answered => answered,
        };
        Difference {
            scenario: scenario.id.0.clone(),
            service: meaning.unwrap_or(&scenario.service).clone(),
            operation,
            place,
            kind,
            asker,
            a,
            b,
            step: self.key.0.clone(),
            rows: self.key.1.clone(),
            repeats: (repeats(self.a), repeats(self.b)),
            evidence: (evidence(self.a), evidence(self.b)),
        }
    }
}

/// Whether one place in a body is the other or holds it, whatever items are called.
fn is_around(outer: &str, inner: &str) -> bool {
    let plain = |path: &str| -> String {
        let path = path.replace("['#text']", "");
        let path = path.split('#').next().unwrap_or_default();
        let pieces = path.split('[').map(|piece| match piece.split_once(']') {
            Some((_, rest)) => rest,
            None => piece,
        });
        pieces.collect()
    };
    let (outer, inner) = (plain(outer), plain(inner));
    // wherever it is
    if let Some(path) = inner.strip_prefix("$..") {
        return outer.ends_with(&format!(".{path}"));
    }
    inner
        .strip_prefix(&outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A status that flaps leaves nothing below it to compare.
fn unsettled_status(place: &Place, a: &Held<'_>, b: &Held<'_>) -> bool {
    let mixed = |held: &Held<'_>| matches!(held, Held::Mixed { .. });
    matches!(place.part, Part::Status | Part::Wire)
        && place.path.is_empty()
        && (mixed(a) || mixed(b))
}

/// Whether a difference at `done` speaks for `place` too.
pub(super) fn covers(done: &Place, place: &Place) -> bool {
    match done.part {
        // interim answers say nothing of the final one
        Part::Status if !done.path.is_empty() => false,
        Part::Wire | Part::Status => !matches!(place.part, Part::Wire),
        Part::Malformed if done.path == "syntax" => matches!(place.part, Part::Body | Part::Error),
        // one winner more or less says what the others were told
        Part::Race => place.part == Part::Race,
        // a walk that ends early has fewer items and pages
        Part::Pages if done.path == STATUSES => place.part == Part::Pages,
        Part::Error => place.part == Part::Error && done.path != "message",
        Part::Body if done.path == "body" => place.part == Part::Body,
        Part::Body => {
            place.part == Part::Body
                && place.path.len() > done.path.len()
                && place.path.starts_with(&done.path)
                && ['.', '[', '#', '!']
                    .contains(&place.path[done.path.len()..].chars().next().unwrap_or(' '))
        }
        _ => false,
    }
}

/// The order of those items that both lists have equally often; that others are there is said elsewhere.
fn common_order(a: &str, b: &str) -> (String, String) {
    let (in_a, in_b): (Vec<&str>, Vec<&str>) = (a.split(", ").collect(), b.split(", ").collect());
    let count = |list: &[&str], item: &str| list.iter().filter(|other| **other == item).count();
    let kept = |list: &[&str]| {
        let mut kept = list.to_vec();
        kept.retain(|item| count(&in_a, item) == count(&in_b, item));
        kept.join(", ")
    };
    (kept(&in_a), kept(&in_b))
}

/// How two labels disagree, and what each side is shown as.
fn disagree(place: &Place, a: &Label, b: &Label) -> Option<(Kind, String, String)> {
    let is_order = place.part == Part::Body && place.path.ends_with("#order");
    match (a.held(), b.held()) {
        // a list of one has no order
        (Held::Never, _) | (_, Held::Never) if is_order => None,
        (Held::Always(in_a), Held::Always(in_b)) if is_order => {
            let (in_a, in_b) = common_order(in_a, in_b);
            let same = in_a == in_b || !a.origins.is_disjoint(&b.origins);
            (!same).then_some((Kind::Order, in_a, in_b))
        }
        (Held::Never, Held::Never) => None,
        (Held::Always(in_a), Held::Always(in_b)) => {
            let class = |label: &Label| label.classes.keys().next().cloned().unwrap_or_default();
            let same_type = json_type(&class(a)) == json_type(&class(b));
            if same_type && (in_a == in_b || !a.origins.is_disjoint(&b.origins)) {
                return None;
            }
            let kind = kind(place, (in_a, &class(a)), (in_b, &class(b)));
            Some((kind, in_a.to_owned(), in_b.to_owned()))
        }
        (Held::Always(value), Held::Never) => {
            Some((gone(place), value.to_owned(), "absent".to_owned()))
        }
        (Held::Never, Held::Always(value)) => Some((
            gone(place).mirrored(),
            "absent".to_owned(),
            value.to_owned(),
        )),
        (Held::Mixed { class: Some(class) }, Held::Never) => {
            Some((gone(place), format!("‹{class}›"), "absent".to_owned()))
        }
        (Held::Never, Held::Mixed { class: Some(class) }) => Some((
            gone(place).mirrored(),
            "absent".to_owned(),
            format!("‹{class}›"),
        )),
        (Held::Always(sent), Held::Mixed { .. }) if echoes(sent) && is_no_echo(b) => {
            let kind = echo_kind(place, (sent, only_class(a)), ("", only_class(b)));
            Some((kind, sent.to_owned(), ELSE.to_owned()))
        }
        (Held::Mixed { .. }, Held::Always(sent)) if echoes(sent) && is_no_echo(a) => {
            let kind = echo_kind(place, ("", only_class(a)), (sent, only_class(b)));
            Some((kind, ELSE.to_owned(), sent.to_owned()))
        }
        (held_a, held_b) => {
            let class = |held: &Held<'_>, label: &Label| match held {
                Held::Always(_) => label.classes.keys().next().cloned(),
                Held::Mixed { class } => class.map(str::to_owned),
                Held::Never => None,
            };
            let (class_a, class_b) = (class(&held_a, a)?, class(&held_b, b)?);
            classes_disagree(place, (a, &class_a), (b, &class_b))
        }
    }
}

/// What stands where something that was sent came back as something else, in each repeat another.
const ELSE: &str = "what was not sent";

/// The kind of a difference where only one cloud says what was sent.
fn echo_kind(place: &Place, a: (&str, &str), b: (&str, &str)) -> Kind {
    match kind(place, a, b) {
        Kind::Value => Kind::Echo,
        other => other,
    }
}

/// The class of a label that has one.
fn only_class(label: &Label) -> &str {
    match label.classes.len() {
        1 => label.classes.keys().next().map_or("", String::as_str),
        _ => "string",
    }
}

/// Whether a value holds what the client made up.
fn echoes(value: &str) -> bool {
    ["‹name.", "‹text(", "‹unicode(", "‹nonce›"]
        .iter()
        .any(|symbol| value.contains(symbol))
}

/// Whether what the client made up came back in no repeat, though something did in each.
fn is_no_echo(label: &Label) -> bool {
    let present: u32 = label.values.values().sum();
    present == label.answered && !label.values.keys().any(|value| echoes(value))
}

/// The same of labels whose values say nothing.
fn classes_disagree(
    place: &Place,
    (a, class_a): (&Label, &str),
    (b, class_b): (&Label, &str),
) -> Option<(Kind, String, String)> {
    if class_a == class_b || !a.origins.is_disjoint(&b.origins) || same_but_noise(class_a, class_b)
    {
        return None;
    }
    let kind = match kind(place, ("", class_a), (" ", class_b)) {
        // of values that vary the form is all there is
        Kind::Value if specific(class_a) || specific(class_b) => Kind::Format,
        kind => kind,
    };
    Some((kind, format!("‹{class_a}›"), format!("‹{class_b}›")))
}

/// How two labels disagree of which one is known to be noise: in class, or in being there where that is not what varies.
fn unlike_in_class(
    place: &Place,
    (a, b): (&Label, &Label),
    comes_and_goes: bool,
) -> Option<(Kind, String, String)> {
    let is_order = place.part == Part::Body && place.path.ends_with("#order");
    let absent = || "absent".to_owned();
    match (
        noise::class(a, comes_and_goes),
        noise::class(b, comes_and_goes),
    ) {
        (Class::Is(in_a), Class::Is(in_b)) => classes_disagree(place, (a, in_a), (b, in_b)),
        (Class::Is(_), Class::Never) | (Class::Never, Class::Is(_))
            if comes_and_goes || is_order =>
        {
            None
        }
        (Class::Is(class), Class::Never) => Some((gone(place), format!("‹{class}›"), absent())),
        (Class::Never, Class::Is(class)) => {
            Some((gone(place).mirrored(), absent(), format!("‹{class}›")))
        }
        _ => None,
    }
}

/// Classes that two draws of one random value may have: `word` and `opaque`. What is always of a form of its own on one
/// cloud (a uuid, a time) and never on the other is not one random value.
fn same_but_noise(a: &str, b: &str) -> bool {
    let is_vague = |class: &str| class.starts_with("string") && !specific(class);
    is_vague(a) && is_vague(b)
}

fn gone(place: &Place) -> Kind {
    match place.part {
        Part::Header => Kind::HeaderRemoved,
        Part::Error if place.path == "message" => Kind::ErrorMessage,
        Part::Error if place.path == "code" => Kind::ErrorCode,
        Part::Error => Kind::ErrorEnvelope,
        Part::Malformed => Kind::Malformed,
        Part::Pages => Kind::Paging,
        Part::Limit => Kind::Limit,
        Part::Race => Kind::Race,
        Part::Derived | Part::Named => Kind::Derived,
        Part::Status if !place.path.is_empty() => Kind::Value,
        Part::Wire | Part::Status => Kind::Wire,
        Part::End => Kind::Deadline,
        Part::States => Kind::States,
        Part::Body if place.path.ends_with("#order") => Kind::Order,
        Part::Body if counts_items(&place.path) => Kind::Items,
        Part::Body => Kind::FieldRemoved,
    }
}

/// Whether a place is a measure of a list (`#own`), and not the text beside attributes in XML (`['#text']`).
fn counts_items(path: &str) -> bool {
    path.replace("['#text']", "").contains('#')
}

fn kind(place: &Place, (value_a, class_a): (&str, &str), (value_b, class_b): (&str, &str)) -> Kind {
    match place.part {
        Part::Wire => Kind::Wire,
        Part::End => Kind::Deadline,
        Part::Status if !place.path.is_empty() => Kind::Value,
        Part::Status => status_kind(value_a, value_b),
        Part::Malformed => Kind::Malformed,
        Part::Error if place.path == "code" => Kind::ErrorCode,
        Part::Error if place.path == "message" => Kind::ErrorMessage,
        Part::Error => Kind::ErrorEnvelope,
        Part::States => Kind::States,
        Part::Pages if place.path == STATUSES => walk_kind(value_a, value_b),
        Part::Pages => Kind::Paging,
        Part::Limit => Kind::Limit,
        Part::Race => Kind::Race,
        Part::Named => named_kind((value_a, class_a), (value_b, class_b)),
        Part::Derived => Kind::Derived,
        Part::Header => {
            if class_a == class_b || !(specific(class_a) && specific(class_b)) {
                Kind::HeaderValue
            } else {
                Kind::Format
            }
        }
        Part::Body => body_kind(&place.path, (value_a, class_a), (value_b, class_b)),
    }
}

/// By what kind of observation has the name.
fn named_kind((value_a, class_a): (&str, &str), (value_b, class_b): (&str, &str)) -> Kind {
    const ACCEPTED: &str = "outcome accepted";
    const REFUSED: &str = "outcome refused";
    match (class_a, class_b) {
        (ACCEPTED, REFUSED) => Kind::AcceptedRefused,
        (REFUSED, ACCEPTED) => Kind::RefusedAccepted,
        (ACCEPTED, ACCEPTED) => Kind::SuccessStatus,
        (REFUSED, REFUSED) if (value_a == "failed") != (value_b == "failed") => Kind::ServerError,
        (REFUSED, REFUSED) => Kind::ErrorStatus,
        _ if class_a.ends_with("limit") => Kind::Limit,
        _ if class_a.ends_with("winners") => Kind::Race,
        _ => Kind::Derived,
    }
}

/// Where the statuses of all pages of a walk are shown, `200 400`.
const STATUSES: &str = "statuses";

/// A walk on which a page is refused is a refused one.
fn walk_kind(a: &str, b: &str) -> Kind {
    let worst = |statuses: &str| -> Option<u16> {
        let all = statuses.split(' ').map(|status| status.parse().ok());
        all.max().flatten()
    };
    match (worst(a), worst(b)) {
        (Some(a), Some(b)) => status_kind(&a.to_string(), &b.to_string()),
        _ => Kind::Paging,
    }
}

fn status_kind(a: &str, b: &str) -> Kind {
    let class = |status: &str| status.parse::<u16>().map_or(0, |code| code / 100);
    match (class(a), class(b)) {
        (a, b) if a < 4 && b < 4 => Kind::SuccessStatus,
        (a, b) if a < 4 && b >= 4 => Kind::AcceptedRefused,
        (a, b) if a >= 4 && b < 4 => Kind::RefusedAccepted,
        (a, b) if a != b => Kind::ServerError,
        _ => Kind::ErrorStatus,
    }
}

fn body_kind(
    path: &str,
    (value_a, class_a): (&str, &str),
    (value_b, class_b): (&str, &str),
) -> Kind {
    if path.ends_with("#order") {
        return Kind::Order;
    }
    if counts_items(path) {
        return Kind::Items;
    }
    if path == "body" {
        let stored = |value: &str| value.starts_with("‹md5(body of ");
        match (stored(value_a), stored(value_b)) {
            (true, false) => return Kind::DataLost,
            (false, true) => return Kind::DataKept,
            (true, true) => return Kind::Value,
            (false, false) => {}
        }
    }
    let (type_a, type_b) = (json_type(class_a), json_type(class_b));
    if path == "body" && class_a != class_b {
        return Kind::FieldType;
    }
    if type_a == "null" || type_b == "null" {
        return Kind::FieldNull;
    }
    if type_a != type_b {
        return Kind::FieldType;
    }
    let ours = |value: &str| {
        ["‹name.", "‹upper(", "‹recased(", "‹cut("]
            .iter()
            .any(|start| value.contains(start))
    };
    if ours(value_a) || ours(value_b) {
        return Kind::Echo;
    }
    if class_a != class_b && specific(class_a) && specific(class_b) {
        return Kind::Format;
    }
    if let (Ok(number_a), Ok(number_b)) = (value_a.parse::<f64>(), value_b.parse::<f64>())
        && type_a == "number"
        && (number_a - number_b).abs() < f64::EPSILON
    {
        return Kind::Format;
    }
    Kind::Value
}

/// The first word of a class: `string`, `number`, `null`.
fn json_type(class: &str) -> &str {
    class.split(' ').next().unwrap_or("")
}

/// A class that says more than "some string".
fn specific(class: &str) -> bool {
    !["word", "text", "opaque", "empty", "digits"]
        .iter()
        .any(|vague| class.ends_with(vague))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_from_wherever_it_is_is_told_by_its_place() {
        let place = "$.R.reservationSet.item[own].instancesSet.item[].instanceState.name";
        assert!(is_around(place, "$..instanceState.name"));
        assert!(!is_around(place, "$..previousState.name"));
    }

    #[test]
    fn a_list_that_has_seven_of_ours_in_place_of_eight_is_in_no_other_order() {
        let same = |a: &str, b: &str| {
            let (a, b) = common_order(a, b);
            a == b
        };
        assert!(same("own, own", "own, own, own"));
        assert!(same("a, own, b", "a, b, own, own"));
        assert!(!same("a, own, b", "b, own, a, own"));
        assert!(!same("a, b", "b, a"));
    }
}
