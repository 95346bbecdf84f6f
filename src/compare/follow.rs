//! Which differences only follow from an earlier one: where one cloud accepted a change and the other refused it, the
//! thing is another thing afterwards, and every later look at it says so again.

use super::model::{Difference, Kind};
use crate::observe::{leaves, parts};
use crate::scenario::{Scenario, TemplatePart};
use std::collections::BTreeMap;

/// Of the differences of one scenario: index → index of the one that it follows from.
#[must_use]
pub fn follows(scenario: &Scenario, differences: &[Difference]) -> BTreeMap<usize, usize> {
    let requests: BTreeMap<&str, (usize, &str, Vec<&TemplatePart>)> = leaves(&scenario.steps)
        .into_iter()
        .enumerate()
        .filter_map(|(position, step)| {
            let request = parts(step)?.request;
            let path = path(&request.target.parts);
            Some((step.id.as_str(), (position, request.method.as_str(), path)))
        })
        .collect();
    let mut found = BTreeMap::new();
    for (index, cause) in differences.iter().enumerate() {
        let Some((position, method, path)) = requests.get(cause.step.as_str()) else {
            continue;
        };
        let parted = matches!(cause.kind, Kind::AcceptedRefused | Kind::RefusedAccepted);
        if !parted || matches!(*method, "GET" | "HEAD" | "OPTIONS") || found.contains_key(&index) {
            continue;
        }
        let Some(thing) = thing(path) else { continue };
        for (later, difference) in differences.iter().enumerate() {
            let Some((at, _, looks_at)) = requests.get(difference.step.as_str()) else {
                continue;
            };
            let rows = (&cause.rows, &difference.rows);
            let one_line = rows.0.starts_with(rows.1) || rows.1.starts_with(rows.0);
            let follows = at > position && one_line && looks_at.starts_with(thing);
            if follows && !is_loss(cause.kind, difference) {
                found.entry(later).or_insert(index);
            }
        }
    }
    found
}

/// Whether data that the refusing cloud still has is gone on the one that accepted the change: that is worse than what it
/// follows from, and is said by itself.
fn is_loss(cause: Kind, later: &Difference) -> bool {
    let a_accepted = cause == Kind::AcceptedRefused;
    let of_data = later.service == "s3" && later.operation.starts_with(['G', 'H']);
    match later.kind {
        Kind::DataLost => !a_accepted,
        Kind::DataKept => a_accepted,
        Kind::AcceptedRefused => of_data && !a_accepted && later.b == "404",
        Kind::RefusedAccepted => of_data && a_accepted && later.a == "404",
        _ => false,
    }
}

/// The parts of a target before its query.
fn path(target: &[TemplatePart]) -> Vec<&TemplatePart> {
    let is_query =
        |part: &&TemplatePart| matches!(part, TemplatePart::Text(text) if text.contains('?'));
    target.iter().take_while(|part| !is_query(part)).collect()
}

/// The thing that a path leads to or through: up to its last hole. A path that is nothing but a hole names none.
fn thing<'p, 'a>(path: &'p [&'a TemplatePart]) -> Option<&'p [&'a TemplatePart]> {
    let last = path
        .iter()
        .rposition(|part| matches!(part, TemplatePart::Hole(_)))?;
    let named = |part: &&&TemplatePart| matches!(part, TemplatePart::Text(text) if text.len() > 1);
    let thing = &path[..=last];
    (thing.len() > 2 || thing.iter().any(|part| named(&part))).then_some(thing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::EvidenceRef;
    use crate::scenario::ScenarioId;

    const TEXT: &str = r#"
title   = "An image takes data"
why     = "Of no concern here."
service = "image"
refs    = ["https://example.com"]
hazard  = "consumes"

[[step]]
id      = "create"
request = "POST /images"
json    = { name = "{{ name }}" }
capture = { image = "$.id" }
undo    = "image.image"

[[step]]
id      = "upload"
request = "PUT /images/{{ image }}/file"
each    = [{ id = "iso" }, { id = "raw" }]
text    = "x"

[[step]]
id      = "list"
request = "GET /images?name={{ name }}"

[[step]]
id      = "show"
request = "GET /images/{{ image }}"
"#;

    fn difference(step: &str, rows: &[&str], kind: Kind) -> Difference {
        Difference {
            scenario: "image/image/x".into(),
            service: "image".into(),
            operation: String::new(),
            place: "status".into(),
            kind,
            a: String::new(),
            b: String::new(),
            step: step.into(),
            rows: rows.iter().map(|row| (*row).to_owned()).collect(),
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        }
    }

    #[test]
    fn what_is_seen_of_a_thing_after_one_cloud_refused_to_change_it_follows_from_that() {
        let id = ScenarioId("image/image/x".into());
        let scenario = Scenario::parse(id.clone(), "x.toml", TEXT).unwrap();
        let found = follows(
            &scenario,
            &[
                difference("upload", &["iso"], Kind::AcceptedRefused),
                difference("upload", &["raw"], Kind::AcceptedRefused),
                difference("list", &[], Kind::Value),
                difference("show", &[], Kind::Value),
                difference("create", &[], Kind::Value),
            ],
        );
        assert_eq!(found, [(3, 0)].into());
    }

    #[test]
    fn what_is_lost_where_the_change_was_accepted_is_said_by_itself() {
        let id = ScenarioId("image/image/x".into());
        let scenario = Scenario::parse(id.clone(), "x.toml", TEXT).unwrap();
        let of = |cause, kind| {
            let later = difference("show", &[], kind);
            !follows(&scenario, &[difference("upload", &["iso"], cause), later]).is_empty()
        };
        assert!(of(Kind::AcceptedRefused, Kind::DataLost));
        assert!(of(Kind::RefusedAccepted, Kind::DataKept));
        assert!(!of(Kind::RefusedAccepted, Kind::DataLost));
        assert!(!of(Kind::AcceptedRefused, Kind::DataKept));
        let gone = |cause| {
            let later = Difference {
                service: "s3".into(),
                operation: "GET /{bucket}/{key}".into(),
                a: "200".into(),
                b: "404".into(),
                ..difference("show", &[], Kind::AcceptedRefused)
            };
            !follows(&scenario, &[difference("upload", &["iso"], cause), later]).is_empty()
        };
        assert!(gone(Kind::AcceptedRefused));
        assert!(!gone(Kind::RefusedAccepted));
    }

    #[test]
    fn a_change_that_both_accept_explains_nothing() {
        let id = ScenarioId("image/image/x".into());
        let scenario = Scenario::parse(id.clone(), "x.toml", TEXT).unwrap();
        let found = follows(
            &scenario,
            &[
                difference("upload", &["iso"], Kind::SuccessStatus),
                difference("show", &[], Kind::Value),
            ],
        );
        assert!(found.is_empty());
    }
}
