//! Requests that were sent at once → how many were let through, and what all of them were told. Which was which is forgotten, and
//! how many were told what: where more are let through now and then, what the others are told is the same.

use super::answer::{Reader, plain};
use super::place::{Observed, Part, Place, StepSeen};
use crate::recording::{Answer, Exchange, StepRecord};
use std::collections::BTreeSet;

/// The exchange whose answer captures are taken from: the first that was let through, else the first.
pub fn first_accepted<'e>(runners: &[(usize, &'e Exchange)]) -> Option<&'e Exchange> {
    let accepted = runners.iter().find(|(_, exchange)| is_accepted(exchange));
    accepted.or(runners.first()).map(|(_, exchange)| *exchange)
}

pub fn is_accepted(exchange: &Exchange) -> bool {
    matches!(&exchange.answer, Ok(answer) if answer.status < 300)
}

pub fn observe(
    record: &StepRecord,
    runners: &[(usize, &Exchange)],
    reader: &Reader<'_>,
    reaches: &dyn Fn(&Answer) -> bool,
    into: &mut Observed,
) {
    let key = (record.step.clone(), record.rows.clone());
    let place = |path: &str| Place {
        step: record.step.clone(),
        rows: record.rows.clone(),
        part: Part::Race,
        path: path.to_owned(),
    };
    let accepted = runners.iter().filter(|(_, e)| is_accepted(e)).count();
    let outcomes: BTreeSet<String> = runners.iter().map(|(_, e)| outcome(e, reader)).collect();
    let outcomes: Vec<String> = outcomes.into_iter().collect();
    let accepted = plain(&accepted.to_string(), "number integer").value;
    into.values.insert(place("accepted"), accepted);
    let outcomes = plain(&outcomes.join(", "), "outcomes").value;
    into.values.insert(place("outcomes"), outcomes);
    let refused = runners.iter().find(|(_, e)| !is_accepted(e));
    if let Some((index, _)) = refused.or(runners.last()) {
        into.exchanges.insert(key.clone(), *index);
    }
    let reached = runners
        .iter()
        .any(|(_, exchange)| matches!(&exchange.answer, Ok(answer) if reaches(answer)));
    let seen = if reached {
        StepSeen::Reached
    } else {
        StepSeen::NotReached
    };
    into.steps.insert(key, seen);
}

/// Status, and what a program would tell the refusal by.
fn outcome(exchange: &Exchange, reader: &Reader<'_>) -> String {
    let answer = match &exchange.answer {
        Ok(answer) => answer,
        Err(error) => return format!("no answer ({:?})", error.kind),
    };
    let mut seen = Observed::default();
    reader.answer(exchange, answer, &mut seen);
    let of = |path: &str| {
        let found = seen
            .values
            .iter()
            .find(|(place, _)| place.part == Part::Error && place.path == path);
        found.map(|(_, value)| value.text.clone())
    };
    let status = answer.status.to_string();
    let code = of("code").filter(|code| *code != status);
    match code.or_else(|| of("envelope")) {
        Some(told) => format!("{status} {told}"),
        None => status,
    }
}
