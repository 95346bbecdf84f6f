//! Which differences speak for others: for what hangs below them, and for what is read from them.

use super::disagree::STATUSES;
use super::pair::Step;
use crate::observe::{Part, Place, leaves, parts};
use crate::scenario::{Observable, Source};

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

impl Step<'_> {
    /// Whether what a named or derived observation is read from differs itself: that says it.
    pub(super) fn is_told(&self, place: &Place, told: &[Place]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_from_wherever_it_is_is_told_by_its_place() {
        let place = "$.R.reservationSet.item[own].instancesSet.item[].instanceState.name";
        assert!(is_around(place, "$..instanceState.name"));
        assert!(!is_around(place, "$..previousState.name"));
    }
}
