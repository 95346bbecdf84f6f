//! Which differences only follow from an earlier one: where one cloud accepted a change and the other refused it, the
//! thing is another thing afterwards, and every later look at it says so again.

use super::model::{Difference, Kind};
use crate::dialect::s3;
use crate::observe::{leaves, parts};
use crate::scenario::{Scenario, TemplatePart};
use std::collections::BTreeMap;

/// A request as far as it says what it is about.
struct Asked<'a> {
    position: usize,
    reads: bool,
    path: Vec<&'a TemplatePart>,
    /// Of S3, path and query as written.
    s3: Option<String>,
}

/// Of the differences of one scenario: index → index of the one that it follows from.
#[must_use]
pub fn follows(scenario: &Scenario, differences: &[Difference]) -> BTreeMap<usize, usize> {
    let requests: BTreeMap<&str, Asked<'_>> = leaves(&scenario.steps)
        .into_iter()
        .enumerate()
        .filter_map(|(position, step)| {
            let request = parts(step)?.request;
            let asked = Asked {
                position,
                reads: request.only_reads() || request.method == "OPTIONS",
                // what an action is about stands in its form, among much else
                path: path(&request.target.parts),
                s3: (request.service == "s3").then(|| request.target.to_string()),
            };
            Some((step.id.as_str(), asked))
        })
        .collect();
    let mut found = in_one_answer(differences);
    for (index, cause) in differences.iter().enumerate() {
        let Some(changed) = requests.get(cause.step.as_str()) else {
            continue;
        };
        let parted = matches!(cause.kind, Kind::AcceptedRefused | Kind::RefusedAccepted);
        if !parted || changed.reads || found.contains_key(&index) {
            continue;
        }
        for (later, difference) in differences.iter().enumerate() {
            let Some(looked) = requests.get(difference.step.as_str()) else {
                continue;
            };
            let rows = (&cause.rows, &difference.rows);
            let one_line = rows.0.starts_with(rows.1) || rows.1.starts_with(rows.0);
            let follows = looked.position > changed.position
                && one_line
                && changed.shows_in(looked, difference);
            if follows && !is_loss(cause.kind, difference) {
                found.entry(later).or_insert(index);
            }
        }
    }
    // what follows from something that follows is told where that begins
    let roots: Vec<(usize, usize)> = found
        .iter()
        .map(|(later, cause)| (*later, *cause))
        .collect();
    for (later, cause) in roots {
        if let Some(root) = found.get(&cause).copied() {
            found.insert(later, root);
        }
    }
    found
}

/// Other content has another checksum and length, and a list of other items another number of them.
fn in_one_answer(differences: &[Difference]) -> BTreeMap<usize, usize> {
    let says = |cause: &Difference, later: &Difference| match later.place.as_str() {
        "header etag" | "header content-length" | "header content-md5" => cause.place == "body",
        place if s3::counts_items(place) => {
            let items = matches!(cause.kind, Kind::FieldRemoved | Kind::FieldAdded)
                && s3::is_of_items(&cause.place);
            cause.kind == Kind::Items || items
        }
        _ => false,
    };
    let mut found = BTreeMap::new();
    for (later, difference) in differences.iter().enumerate() {
        let cause = differences.iter().position(|cause| {
            (&cause.step, &cause.rows) == (&difference.step, &difference.rows)
                && says(cause, difference)
        });
        if let Some(cause) = cause {
            found.insert(later, cause);
        }
    }
    found
}

impl Asked<'_> {
    /// Whether a later look is at what this request changed.
    fn shows_in(&self, later: &Self, difference: &Difference) -> bool {
        match (&self.s3, &later.s3) {
            (Some(changed), Some(looked)) => shows_in_s3(changed, looked, difference),
            (None, None) => thing(&self.path).is_some_and(|thing| later.path.starts_with(thing)),
            _ => false,
        }
    }
}

/// A setting shows where that setting is read; an object at its key, and as an item of lists; a bucket in all that is in it.
fn shows_in_s3(changed: &str, looked: &str, difference: &Difference) -> bool {
    let ((thing, setting), (path, read)) = (s3::subresource(changed), s3::subresource(looked));
    if setting.is_some() {
        return thing == path && setting == read;
    }
    let below = path.strip_prefix(thing);
    if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return true;
    }
    let is_list = thing
        .strip_prefix(path)
        .is_some_and(|key| key.starts_with('/'));
    let of_items = match difference.kind {
        Kind::FieldRemoved | Kind::FieldAdded => difference.place.ends_with(']'),
        Kind::Items | Kind::Order | Kind::Paging => true,
        Kind::Value => s3::counts_items(&difference.place),
        _ => false,
    };
    is_list && of_items
}

/// Whether data that the refusing cloud still has is gone on the one that accepted the change: that is worse than what it
/// follows from, and is said by itself.
fn is_loss(cause: Kind, later: &Difference) -> bool {
    let a_accepted = cause == Kind::AcceptedRefused;
    let of_data = later.service == "s3" && later.operation.starts_with(['G', 'H']);
    match later.kind {
        // of two things that were stored under one name, each has its own
        Kind::Value => later.place == "body" && later.a.starts_with("‹md5(body of "),
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
    fn in_s3_a_refused_write_shows_at_its_key_and_in_lists_of_items() {
        let at = |kind, place: &str| Difference {
            place: place.into(),
            ..difference("list", &[], kind)
        };
        let status = at(Kind::RefusedAccepted, "status");
        let item = at(Kind::FieldAdded, "$.ListBucketResult.Contents[a]");
        let field = at(Kind::FieldAdded, "$.ListBucketResult.Contents[a].Owner");
        for (changed, looked, difference, shows) in [
            ("/{{ name }}/a", "/{{ name }}/a?acl", &status, true),
            ("/{{ name }}/a", "/{{ name }}/ab", &status, false),
            ("/{{ name }}/a?tagging", "/{{ name }}/a", &status, false),
            (
                "/{{ name }}/a?tagging",
                "/{{ name }}/a?tagging",
                &status,
                true,
            ),
            (
                "/{{ name }}/a?uploadId={{ u }}",
                "/{{ name }}/a",
                &status,
                true,
            ),
            ("/{{ name }}", "/{{ name }}/a", &status, true),
            ("/{{ name }}?cors", "/{{ name }}?acl", &status, false),
            ("/{{ name }}/a", "/{{ name }}?list-type=2", &item, true),
            ("/{{ name }}/a", "/{{ name }}?list-type=2", &field, false),
            ("/{{ name }}/a", "/{{ name }}?list-type=2", &status, false),
        ] {
            assert_eq!(
                shows_in_s3(changed, looked, difference),
                shows,
                "{changed} {looked}"
            );
        }
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
    fn other_content_has_another_checksum_and_other_items_another_number() {
        let id = ScenarioId("image/image/x".into());
        let scenario = Scenario::parse(id.clone(), "x.toml", TEXT).unwrap();
        let at = |step: &str, kind, place: &str| Difference {
            place: place.into(),
            ..difference(step, &[], kind)
        };
        let found = follows(
            &scenario,
            &[
                at("show", Kind::HeaderValue, "header etag"),
                at("show", Kind::Value, "body"),
                at("list", Kind::Items, "$.L.Contents#own"),
                at("list", Kind::Value, "$.L.KeyCount"),
                at("list", Kind::HeaderValue, "header etag"),
                at("create", Kind::Value, "$.L.KeyCount"),
            ],
        );
        assert_eq!(found, [(0, 1), (3, 2)].into());
    }

    #[test]
    fn what_follows_from_a_consequence_follows_from_what_began_it() {
        let id = ScenarioId("image/image/x".into());
        let scenario = Scenario::parse(id.clone(), "x.toml", TEXT).unwrap();
        let found = follows(
            &scenario,
            &[
                difference("upload", &["iso"], Kind::AcceptedRefused),
                Difference {
                    place: "body".into(),
                    ..difference("show", &[], Kind::Value)
                },
                Difference {
                    place: "header etag".into(),
                    ..difference("show", &[], Kind::HeaderValue)
                },
            ],
        );
        assert_eq!(found, [(1, 0), (2, 0)].into());
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
