//! What a difference at a place of a step is called, who asks, and what it stands on.

use super::model::{Asker, Difference, EvidenceRef, Kind};
use super::operation::operation;
use super::pair::Step;
use super::versions;
use crate::dialect::s3;
use crate::observe::{Labelled, Part, Place, StepLabel, leaves, parts};

/// The user whose things a scenario is about.
const MAIN: &str = "main";

impl Step<'_> {
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

    pub(super) fn difference(&self, place: String, kind: Kind, a: String, b: String) -> Difference {
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
            // in which form a header is written, too, and which version answers
            Kind::Format if place.starts_with("header ") => self.of_all_answers(&place),
            Kind::HeaderValue if versions::is_version(&place) => self.of_all_answers(&place),
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

    /// Operation and place that a difference there would have.
    pub(super) fn names(&self, place: &Place) -> Vec<(String, String)> {
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
    pub(super) fn answered(&self, of: &Labelled) -> u32 {
        of.steps.get(self.key).map_or(0, StepLabel::answered)
    }
}
