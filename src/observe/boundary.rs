//! A search for a limit → the limit, and the shapes of the answers on both sides of it.
//!
//! Which number an answer belongs to is not recorded: the search is played again with the same answers.

use super::answer::{Reader, plain};
use super::place::{Observed, Part, Place, StepSeen};
use super::scope::ReadScope;
use crate::recording::{Answer, Exchange, StepEnd, StepRecord, is_trouble};
use crate::scenario::{BoundaryStep, Limit, Search, Verdict};
use std::collections::BTreeMap;

/// Rows below the step's own, of what stands for each side of the limit.
const ACCEPTED: &str = "accepted";
const REFUSED: &str = "refused";

/// Whether rows are those of an answer beside the limit.
pub fn is_side(rows: &[String]) -> bool {
    rows.last()
        .is_some_and(|row| row == ACCEPTED || row == REFUSED)
}

pub fn observe(
    act: &BoundaryStep,
    record: &StepRecord,
    probes: &[(usize, &Exchange)],
    reader: &Reader<'_>,
    scope: &mut ReadScope<'_>,
    into: &mut Observed,
) {
    let key = (record.step.clone(), record.rows.clone());
    let place = |part, path: &str| Place {
        step: record.step.clone(),
        rows: record.rows.clone(),
        part,
        path: path.to_owned(),
    };
    let mut search = Search::new(act.from, act.to);
    // the last probe of each number, by what it came to
    let (mut accepted, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for (index, exchange) in probes {
        let Some(n) = search.next() else { break };
        scope.capture(&act.vary, n.into());
        let verdict = verdict(act, exchange, scope);
        match verdict {
            Verdict::Accepted => accepted.insert(n, (*index, *exchange)),
            Verdict::Refused => refused.insert(n, (*index, *exchange)),
            Verdict::Trouble => None,
        };
        search.said(verdict);
    }
    scope.forget(&act.vary);
    let ended = if record.end == StepEnd::Deadline {
        "deadline"
    } else {
        "done"
    };
    into.values
        .insert(place(Part::End, ""), plain(ended, "end").value);
    let Some(limit) = search.found() else {
        into.steps.insert(key, StepSeen::NotReached);
        return;
    };
    let shown = plain(&limit.to_string(), "limit").value;
    into.values.insert(place(Part::Limit, &act.vary), shown);
    let seen = match limit {
        Limit::Trouble(_) => StepSeen::NotReached,
        _ => StepSeen::Reached,
    };
    into.steps.insert(key.clone(), seen);
    let (below, above) = match limit {
        Limit::At(n) => (Some(n), Some(n + 1)),
        Limit::AtLeast(n) => (Some(n), None),
        Limit::Below(n) => (None, Some(n)),
        Limit::NotMonotonic { refused, accepted } => (Some(accepted), Some(refused)),
        Limit::Unsteady(_) | Limit::Trouble(_) => (None, None),
    };
    let sides = [(below, &accepted, ACCEPTED), (above, &refused, REFUSED)];
    for (n, probes, row) in sides {
        let found = n.and_then(|n| probes.get(&n).map(|probe| (n, *probe)));
        let Some((n, (index, exchange))) = found else {
            continue;
        };
        // the refusal is what a finding about the limit is shown by
        into.exchanges.insert(key.clone(), index);
        side(n, row, index, exchange, reader, into);
    }
}

/// The shape of the answer on one side of the limit, as a row of the step.
fn side(
    n: u64,
    row: &str,
    index: usize,
    exchange: &Exchange,
    reader: &Reader<'_>,
    into: &mut Observed,
) {
    let mut rows = exchange.rows.clone();
    rows.push(row.to_owned());
    let key = (exchange.step.clone(), rows.clone());
    into.exchanges.insert(key.clone(), index);
    into.steps.insert(key, StepSeen::Reached);
    let Ok(answer) = &exchange.answer else {
        return;
    };
    let moved = Exchange {
        rows: rows.clone(),
        ..exchange.clone()
    };
    let mut seen = Observed::default();
    reader.answer(&moved, answer, &mut seen);
    for (place, mut value) in seen.values {
        // that the number is another one is said once, by the limit
        if place.part == Part::Body || (place.part == Part::Error && place.path == "message") {
            value.text = without(&value.text, n);
        }
        into.values.insert(place, value);
    }
    into.identities.extend(seen.identities);
}

fn verdict(act: &BoundaryStep, exchange: &Exchange, scope: &ReadScope<'_>) -> Verdict {
    let accepts = |answer: &Answer| {
        let parts = super::execution::answer_parts(answer);
        act.accept.holds(&parts, &scope.names())
    };
    match &exchange.answer {
        Err(error) if error.kind.is_trouble() => Verdict::Trouble,
        Ok(answer) if is_trouble(answer.status) => Verdict::Trouble,
        Ok(answer) if accepts(answer) => Verdict::Accepted,
        Ok(_) | Err(_) => Verdict::Refused,
    }
}

/// The text without the number that was sent: whole numbers equal to it, and the lengths of drawn texts.
fn without(text: &str, n: u64) -> String {
    let number = n.to_string();
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        shown.push_str(before);
        let drawn = ["‹text(", "‹unicode("]
            .iter()
            .any(|start| shown.ends_with(start));
        let alone = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
            && !after.starts_with(|c: char| c.is_ascii_alphanumeric());
        if drawn || (digits == number && alone) {
            shown.push('n');
        } else {
            shown.push_str(digits);
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn the_number_is_taken_out_where_it_stands_alone() {
        assert_eq!(without("256 is more than 255", 256), "n is more than 255");
        assert_eq!(without("‹name.a›‹text(226)›", 256), "‹name.a›‹text(n)›");
        assert_eq!(without("a256 2560 1.256", 256), "a256 2560 1.256");
        assert_eq!(without("no number", 1), "no number");
    }
}
