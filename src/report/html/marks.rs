//! Where two texts of an example differ: the lines of the finding's place, and every other line that is not the same.

use crate::observe::{item, member};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;

/// Numbers of lines, from 0.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// That hold the place of the finding.
    pub place: Vec<usize>,
    /// Others that the other text does not have.
    pub other: Vec<usize>,
}

/// Of the answers on both sides.
pub fn marks(place: &str, a: &str, b: &str) -> [Marks; 2] {
    let diff = TextDiff::from_lines(a, b);
    let mut changed = [BTreeSet::new(), BTreeSet::new()];
    for change in diff.iter_all_changes() {
        match (change.tag(), change.old_index(), change.new_index()) {
            (ChangeTag::Delete, Some(line), _) => changed[0].insert(line),
            (ChangeTag::Insert, _, Some(line)) => changed[1].insert(line),
            _ => continue,
        };
    }
    let [of_a, of_b] = changed;
    [side(place, a, of_a), side(place, b, of_b)]
}

fn side(place: &str, text: &str, mut changed: BTreeSet<usize>) -> Marks {
    let at = lines_of(place, text);
    // of all items of a list those that differ, where any do
    let unlike: Vec<usize> = at.iter().copied().filter(|n| changed.contains(n)).collect();
    let place = if unlike.is_empty() { at } else { unlike };
    for line in &place {
        changed.remove(line);
    }
    Marks {
        place,
        other: changed.into_iter().collect(),
    }
}

/// Lines of an answer that hold a place, as far as a text shows it.
fn lines_of(place: &str, text: &str) -> Vec<usize> {
    let head = text.lines().take_while(|line| !line.is_empty()).count();
    let numbered = || text.lines().enumerate();
    if place == "status" {
        let status = numbered()
            .take(head)
            .filter(|(_, l)| l.starts_with("HTTP/"));
        return status.map(|(n, _)| n).last().into_iter().collect();
    }
    if let Some(wanted) = place.strip_prefix("header ") {
        let wanted = wanted.split(' ').next().unwrap_or(wanted);
        let named = |line: &str| {
            let name = line.split_once(':').map(|(name, _)| name);
            name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        };
        return numbered()
            .take(head)
            .filter(|(_, line)| named(line))
            .map(|(n, _)| n)
            .collect();
    }
    let Some(rest) = in_body(place) else {
        return Vec::new();
    };
    let found = |forms: &[String]| -> Vec<usize> {
        let holds = |line: &str| {
            let line = line.to_lowercase();
            forms.iter().any(|form| line.contains(form.as_str()))
        };
        let body = numbered().skip(head);
        body.filter(|(_, line)| holds(line))
            .map(|(n, _)| n)
            .collect()
    };
    // the item of a list by its key, else the list
    let of_key = last_key(&rest).map(|key| found(&[format!("\"{key}\""), format!(">{key}<")]));
    if let Some(lines) = of_key.filter(|lines| !lines.is_empty()) {
        return lines;
    }
    let name = member(&rest);
    if name.is_empty() {
        return Vec::new();
    }
    found(&[
        format!("\"{name}\":"),
        format!("<{name}>"),
        format!("<{name} "),
        format!("<{name}/"),
        format!(" {name}=\""),
    ])
}

/// Of a place in the body, in lower case: where below its root.
fn in_body(place: &str) -> Option<String> {
    let rest = place
        .strip_prefix("error member ")
        .or_else(|| place.strip_prefix("error "))
        .or_else(|| place.strip_prefix('$'))?;
    let rest = rest.split(['#', ' ']).next().unwrap_or(rest);
    Some(rest.to_lowercase())
}

/// What tells apart the item that a path ends in: `s3` of `.catalog[s3]`.
fn last_key(mut path: &str) -> Option<&str> {
    while let Some((list, key)) = item(path) {
        if !key.is_empty() && key != "*" {
            return Some(key);
        }
        path = list;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Vec<usize> = Vec::new();
    const A: &str = "HTTP/1.1 200 OK\nETag: \"1\"\nx-id: 7\n\n{\n  \"server\": {\n    \"id\": \"a\",\n    \"status\": \"ACTIVE\"\n  }\n}";
    const B: &str = "HTTP/1.1 200 OK\netag: \"2\"\nx-id: 8\n\n{\n  \"server\": {\n    \"id\": \"b\",\n    \"status\": \"SHUTOFF\"\n  }\n}";

    fn of(place: &str) -> [Vec<usize>; 2] {
        marks(place, A, B).map(|marks| marks.place)
    }

    #[test]
    fn the_lines_of_the_place_are_marked_apart_from_all_others_that_differ() {
        let [a, b] = marks("$.server.status", A, B);
        assert_eq!((a.place, b.place), (vec![7], vec![7]));
        assert_eq!((a.other, b.other), (vec![1, 2, 6], vec![1, 2, 6]));
    }

    #[test]
    fn a_place_is_found_by_its_part() {
        assert_eq!(of("status"), [vec![0], vec![0]]);
        assert_eq!(of("header etag"), [vec![1], vec![1]]);
        assert_eq!(of("$.server['id']"), [vec![6], vec![6]]);
        assert_eq!(of("$.server#count"), [vec![5], vec![5]]);
        assert_eq!(of("states"), [NONE, NONE]);
        assert_eq!(of("$.servers[shutoff].id"), [vec![6], vec![6]]);
        assert_eq!(of("$.servers[shutoff]"), [NONE, vec![7]]);
        let xml =
            "HTTP/1.1 404 Not Found\n\n<Error xmlns=\"x\">\n  <Code>NoSuchKey</Code>\n</Error>";
        assert_eq!(marks("error code", xml, "")[0].place, [3]);
        assert_eq!(marks("$.Error['@xmlns']", xml, "")[0].place, [2]);
    }

    #[test]
    fn of_the_items_of_a_list_those_that_differ_are_marked() {
        let list = |second: &str| format!("HTTP/1.1 200 OK\n\n\"n\": 1\n\"n\": {second}\n");
        let [a, b] = marks("$.items[].n", &list("2"), &list("3"));
        assert_eq!((a.place, b.place), (vec![3], vec![3]));
    }
}
