//! Steps that send many requests, made to send few: searches, races, polls, pages.

use super::document::{Document, StepRef, replace};
use super::part::{Part, lay_out};
use toml_edit::{Item, Table, TableLike, Value};

/// What a poll and a walk through pages have, and a request has not.
const OF_POLL: [&str; 3] = ["until", "track", "every"];
const OF_PAGES: [&str; 3] = ["items", "next", "most"];

impl Document {
    /// To be tried one by one; `limits` are numbers at which clouds are known to differ.
    pub(super) fn fewer(&self, limits: &[u64]) -> Vec<Vec<Part>> {
        let mut found = Vec::new();
        for at in self.steps() {
            let Some(step) = self.step(&at) else {
                continue;
            };
            if step.contains_key("poll") || step.contains_key("pages") {
                found.push(vec![Part::Once(at.clone())]);
            }
            let set = |(keys, number)| vec![Part::Number(at.clone(), keys, number)];
            found.extend(smaller(step).into_iter().map(set));
            // the last of a list is tried first
            let numbers = numbers(step, limits).into_iter().rev();
            found.extend(numbers.map(|(from, to)| vec![Part::Narrow(at.clone(), from, to)]));
        }
        found
    }

    /// Where the search is narrower already, it stays so.
    pub(super) fn narrow(&mut self, at: &StepRef, from: u64, to: u64) {
        let is_narrower = |step: &Table| {
            let (first, last) = ends(step)?;
            Some(last - first <= to - from)
        };
        if self.step(at).and_then(is_narrower) != Some(false) {
            return;
        }
        let step = self.step_mut(at);
        let table = step.and_then(|step| step.get_mut("boundary")?.as_table_like_mut());
        let Some(table) = table else { return };
        for (key, number) in [("from", from), ("to", to)] {
            let value = table.get_mut(key).and_then(Item::as_value_mut);
            if let (Some(value), Ok(number)) = (value, i64::try_from(number)) {
                replace(value, Value::from(number));
            }
        }
    }

    pub(super) fn set_number(&mut self, at: &StepRef, keys: &[&str], number: &str) {
        let (Some(step), Ok(number)) = (self.step_mut(at), number.parse::<Value>()) else {
            return;
        };
        let Some((last, tables)) = keys.split_last() else {
            return;
        };
        let mut table: &mut dyn TableLike = step;
        for key in tables {
            let inner = table.get_mut(key).and_then(Item::as_table_like_mut);
            let Some(inner) = inner else { return };
            table = inner;
        }
        match table.get_mut(last).and_then(Item::as_value_mut) {
            Some(value) => replace(value, number),
            None => {
                table.insert(last, Item::Value(number));
            }
        }
        lay_out(step);
    }

    pub(super) fn ask_once(&mut self, at: &StepRef) {
        let Some(step) = self.step_mut(at) else {
            return;
        };
        for (key, others) in [("poll", OF_POLL), ("pages", OF_PAGES)] {
            let Some(line) = step.get(key).and_then(Item::as_str) else {
                continue;
            };
            let line = toml_edit::value(line);
            step.insert("request", line);
            for gone in others.iter().chain([&key]) {
                step.remove(gone);
            }
            step.sort_values_by(|a, _, b, _| rank(a).cmp(&rank(b)));
            lay_out(step);
        }
    }
}

/// `id` and `request` come first, the rest in the author's order.
fn rank(key: &toml_edit::Key) -> usize {
    let first = ["id", "request"];
    let rank = first.iter().position(|first| first == &key.get());
    rank.unwrap_or(first.len())
}

/// Numbers of which less may be enough: two at once, two pages, and no read before a fresh one could be the last.
fn smaller(step: &Table) -> Vec<(Vec<&'static str>, String)> {
    let mut found = Vec::new();
    let above_two = |key: &str| step.get(key).and_then(Item::as_integer) > Some(2);
    for key in ["times", "most"] {
        if above_two(key) {
            found.push((vec![key], "2".to_owned()));
        }
    }
    let probe = step.get("consistency").and_then(Item::as_table_like);
    let quiet = probe.and_then(|probe| probe.get("quiet"));
    let every = probe.and_then(|probe| probe.get("every"));
    let text = |item: Option<&Item>| item.map(|item| item.to_string().trim().to_owned());
    if let Some(quiet) = text(quiet).filter(|quiet| text(every).as_ref() != Some(quiet)) {
        found.push((vec!["consistency", "every"], quiet));
    }
    found
}

/// Ranges that a search can be narrowed to, the best first: one number that one cloud takes and the other does not, else its ends.
fn numbers(step: &Table, limits: &[u64]) -> Vec<(u64, u64)> {
    let Some((from, to)) = ends(step).filter(|(from, to)| from < to) else {
        return Vec::new();
    };
    let is_inside = |number: &u64| (from..=to).contains(number);
    let at_limits = limits.iter().flat_map(|limit| [limit + 1, *limit]);
    let mut found: Vec<(u64, u64)> = at_limits
        .filter(is_inside)
        .chain([to, from])
        .map(|number| (number, number))
        .collect();
    found.push((to - 1, to));
    found.push((from, from + 1));
    found.retain(|range| *range != (from, to));
    found.dedup();
    found
}

/// The lowest and the highest number of a search.
fn ends(step: &Table) -> Option<(u64, u64)> {
    let table = step.get("boundary")?.as_table_like()?;
    let end = |key: &str| u64::try_from(table.get(key)?.as_integer()?).ok();
    let (from, to) = (end("from")?, end("to")?);
    (from <= to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::cut::Fixtures;

    const ALL: &str = r#"
[[step]]
id       = "search"
request  = "PUT /x?name={{ text(len) }}"
boundary = { vary = "len", from = 1, to = 4096, accept = { status = "2xx" } }

[[step]]
id = "race"

[[step.race]]
id      = "run"
times   = 8
request = "PUT /x"

[[step]]
id    = "wait"
every = 1
poll  = "GET /x"
until = { status = 200 }
"#;

    fn after(text: &str, limits: &[u64], is_it: fn(&Part) -> bool) -> String {
        let document = Document::parse(text).unwrap();
        let mut parts = document.fewer(limits).into_iter().rev().flatten();
        let part = parts.find(is_it).unwrap();
        document.without(&[part], &Fixtures::new()).text()
    }

    #[test]
    fn a_search_asks_for_the_first_number_that_only_one_cloud_takes() {
        let left = after(ALL, &[63, 255], |part| matches!(part, Part::Narrow(..)));
        assert!(left.contains("from = 64, to = 64,"), "{left}");
        let left = after(ALL, &[], |part| matches!(part, Part::Narrow(..)));
        assert!(left.contains("from = 4096, to = 4096,"), "{left}");
        let again = Document::parse(&left).unwrap().fewer(&[63]);
        let more = again.iter().flatten();
        assert!(
            !more.clone().any(|part| matches!(part, Part::Narrow(..))),
            "{again:?}"
        );
    }

    #[test]
    fn two_are_a_race_and_a_poll_is_a_request() {
        let left = after(ALL, &[], |part| matches!(part, Part::Number(..)));
        assert!(left.contains("times   = 2"), "{left}");
        let left = after(ALL, &[], |part| matches!(part, Part::Once(_)));
        let step = "id    = \"wait\"\nrequest = \"GET /x\"\n";
        assert!(left.ends_with(step), "{left}");
    }
}
