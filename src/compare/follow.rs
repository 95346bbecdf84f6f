//! Which differences only follow from an earlier one: where one cloud accepted a change and the other refused it, the
//! thing is another thing afterwards, and every later look at it says so again.

use super::chain;
use super::model::{Difference, Kind};
use crate::dialect::s3;
use crate::observe::parts;
use crate::scenario::{Body, Expression, Request, Row, Scenario, Step, Template, TemplatePart};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A request as far as it says what it is about.
struct Asked<'a> {
    position: usize,
    reads: bool,
    request: &'a Request,
    path: Vec<&'a TemplatePart>,
    /// Of the step and of the groups around it, outermost first.
    each: Vec<&'a [Row]>,
}

/// What a request to S3 is about, in one row.
struct Target {
    /// Path and query as written, with what the row says.
    text: String,
    /// Whether each row is about a thing of its own, which every step can name.
    is_of_row: bool,
}

/// Of the differences of one scenario: index → index of the one that it follows from. Of some it is known already.
#[must_use]
pub fn follows(
    scenario: &Scenario,
    differences: &[Difference],
    known: BTreeMap<usize, usize>,
) -> BTreeMap<usize, usize> {
    let mut requests = BTreeMap::new();
    ask(&scenario.steps, &[], &mut requests);
    let targets: Vec<Option<Target>> = differences
        .iter()
        .map(|difference| requests.get(&*difference.step)?.target(&difference.rows))
        .collect();
    let mut found = known;
    for (later, cause) in in_one_answer(differences) {
        found.entry(later).or_insert(cause);
    }
    for (index, cause) in differences.iter().enumerate() {
        let Some(changed) = requests.get(cause.step.as_str()) else {
            continue;
        };
        let parted = matches!(cause.kind, Kind::AcceptedRefused | Kind::RefusedAccepted);
        if !parted || changed.reads {
            continue;
        }
        for (later, difference) in differences.iter().enumerate() {
            let Some(looked) = requests.get(difference.step.as_str()) else {
                continue;
            };
            let rows = (&cause.rows, &difference.rows);
            let one_line = rows.0.starts_with(rows.1) || rows.1.starts_with(rows.0);
            let shared = changed.shares_with(looked);
            let one_pass = rows.0.get(..shared) == rows.1.get(..shared);
            let shows = match (&targets[index], &targets[later]) {
                (Some(changed), Some(looked)) => {
                    let one_thing = one_line || (changed.is_of_row && looked.is_of_row);
                    one_thing && shows_in_s3(&changed.text, &looked.text, difference)
                }
                (None, None) => {
                    let by_row = is_of_row(&changed.path);
                    let about = looked.is_about(&changed.path) || looked.reads_what(changed);
                    let around = is_shown_around(changed.request, looked, difference);
                    about && (one_line || one_pass && !by_row) || around && one_pass
                }
                _ => false,
            };
            let as_asked = targets[index].as_ref().is_some_and(Target::deletes_many);
            if looked.position > changed.position
                && shows
                && (as_asked || !is_loss(cause, difference))
            {
                chain::add(&mut found, later, index);
            }
        }
    }
    chain::flatten(&mut found);
    found
}

/// What is sent, by the ids of steps.
fn ask<'a>(
    steps: impl IntoIterator<Item = &'a Step>,
    around: &[&'a [Row]],
    into: &mut BTreeMap<&'a str, Asked<'a>>,
) {
    for step in steps {
        let mut each = around.to_vec();
        if !step.each.is_empty() {
            each.push(&step.each);
        }
        let inner = step.inner();
        let Some(request) = parts(step)
            .map(|parts| parts.request)
            .filter(|_| inner.is_empty())
        else {
            ask(inner, &each, into);
            continue;
        };
        let asked = Asked {
            position: into.len(),
            reads: request.only_reads() || request.method == "OPTIONS",
            request,
            // what an action is about stands in its form, among much else
            path: path(&request.target.parts),
            each,
        };
        into.insert(&step.id, asked);
    }
}

/// Other content has another checksum and length, and a list of other items another number of them.
fn in_one_answer(differences: &[Difference]) -> BTreeMap<usize, usize> {
    let says = |cause: &Difference, later: &Difference| match later.place.as_str() {
        "header etag" | "header content-length" | "header content-md5" => cause.place == "body",
        // an error for people says that it is one
        "header content-type" => {
            cause.place == "error envelope" && [&*cause.a, &*cause.b].contains(&PAGE)
        }
        place if place.ends_with("[own]") || place.ends_with("[]") => {
            cause.kind == Kind::Items
                && cause.place == with_count(place)
                && says_only_how_many(later)
        }
        // of several items with one key
        place if place.ends_with(']') => {
            let list = place.rsplit_once('[').map_or(place, |(list, _)| list);
            cause.kind == Kind::Items
                && cause.place.strip_suffix("#twice") == Some(list)
                && later.kind == Kind::Value
                && says_only_how_many(later)
        }
        // of a machine's state, the number says what the name says
        place if place.ends_with("State.code") => {
            cause.place.strip_suffix("name") == place.strip_suffix("code")
        }
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

/// Of items: whether there are none on one side, or only more of what can't be told apart.
fn says_only_how_many(items: &Difference) -> bool {
    let unseen = |shown: &str| shown.split(" | ").all(|item| item == "object");
    match items.kind {
        Kind::FieldRemoved | Kind::FieldAdded => true,
        Kind::Value => unseen(&items.a) && unseen(&items.b),
        _ => false,
    }
}

/// Where the number of a list's items is told: of our own ones, or of all where they are alike.
fn with_count(item: &str) -> String {
    match item.strip_suffix("[own]") {
        Some(list) => format!("{list}#own"),
        None => format!("{}#count", item.trim_end_matches("[]")),
    }
}

impl Asked<'_> {
    /// Of S3.
    fn target(&self, rows: &[String]) -> Option<Target> {
        if self.request.service != "s3" {
            return None;
        }
        let rows: Vec<&Row> = (self.each.iter().zip(rows))
            .filter_map(|(each, id)| each.iter().find(|row| row.id == *id))
            .collect();
        let (mut by_row, mut named) = (self.each.is_empty(), true);
        let parts = self.request.target.parts.iter().map(|part| match part {
            TemplatePart::Hole(Expression::Variable(path)) if path[0] == "row" => {
                let says = path.get(1).and_then(|word| {
                    let mut innermost = rows.iter().rev();
                    innermost.find_map(|row| row.values.get(word))
                });
                match says {
                    Some(Value::String(text)) if !text.contains("{{") => {
                        by_row = true;
                        TemplatePart::Text(text.clone())
                    }
                    _ => {
                        named = false;
                        part.clone()
                    }
                }
            }
            TemplatePart::Hole(Expression::Variable(path)) if path[0] == "name" => part.clone(),
            TemplatePart::Hole(_) => {
                named = false;
                part.clone()
            }
            TemplatePart::Text(_) => part.clone(),
        });
        let parts: Vec<TemplatePart> = parts.collect();
        Some(Target {
            text: Template { parts }.to_string(),
            is_of_row: by_row && named,
        })
    }

    /// How many groups of rows are around both.
    fn shares_with(&self, other: &Self) -> usize {
        let pairs = self.each.iter().zip(&other.each);
        pairs.take_while(|(a, b)| std::ptr::eq(**a, **b)).count()
    }

    /// Whether it looks at a thing that a request in a form was about, by its own form: `ResourceId.1`, a filter.
    fn reads_what(&self, changed: &Self) -> bool {
        self.reads && !self.named_in_form().is_disjoint(&changed.named_in_form())
    }

    /// What of this execution's own a form names.
    fn named_in_form(&self) -> BTreeSet<&[String]> {
        const OF_THE_CLOUD: [&str; 7] = [
            "row", "missing", "flavor", "image", "network", "project", "user",
        ];
        let Body::Form(members) = &self.request.body else {
            return BTreeSet::new();
        };
        let parts = members.iter().flat_map(|(_, value)| &value.parts);
        parts
            .filter_map(|part| match part {
                TemplatePart::Hole(Expression::Variable(path)) => Some(path.as_slice()),
                _ => None,
            })
            .filter(|path| !OF_THE_CLOUD.contains(&path[0].as_str()))
            .collect()
    }

    /// Whether it is about the thing that a path leads to, or something in it.
    fn is_about(&self, changed: &[&TemplatePart]) -> bool {
        thing(changed).is_some_and(|thing| self.path.starts_with(thing))
    }
}

impl Target {
    /// Whether the request has a list of objects deleted: that they are gone is what was asked for.
    fn deletes_many(&self) -> bool {
        s3::subresource(&self.text).1 == Some("delete")
    }
}

/// A setting shows where that setting is read; an object at its key, and as an item of lists; a bucket in all that is in it.
fn shows_in_s3(changed: &str, looked: &str, difference: &Difference) -> bool {
    let ((thing, setting), (path, read)) = (s3::subresource(changed), s3::subresource(looked));
    if setting.is_some_and(|setting| setting != "delete") {
        let inside = is_within(path, thing);
        return (thing == path && setting == read)
            || (inside && setting.is_some_and(|setting| s3::shows(setting, &difference.place)));
    }
    if is_within(path, thing) {
        return true;
    }
    let is_list = thing
        .strip_prefix(path)
        .is_some_and(|key| key.starts_with('/'));
    let of_items = match difference.kind {
        Kind::FieldRemoved | Kind::FieldAdded => s3::is_items(&difference.place),
        Kind::Items | Kind::Order | Kind::Paging => true,
        Kind::Value => s3::counts_items(&difference.place),
        _ => false,
    };
    is_list && of_items
}

/// Whether what a thing is in shows that it was not changed: a list of images says so of an item, and of the tags of an image
/// both the image and the list do. Paths are `/images/{{ image }}/tags/{{ row.tag }}`.
fn is_shown_around(asked: &Request, looked: &Asked<'_>, difference: &Difference) -> bool {
    let text = |request: &Request| {
        let target = request.target.to_string();
        let path = target.split('?').next().unwrap_or_default();
        path.trim_matches('/').to_owned()
    };
    let (changed, path) = (text(asked), text(looked.request));
    let segments: Vec<&str> = changed.split('/').collect();
    // what was to be made is not in the list
    if let ([collection], "POST") = (&segments[..], &*asked.method)
        && (path == *collection || path == format!("{collection}/detail"))
    {
        return looked.reads && tells_own_items(&difference.place);
    }
    let [collection, id, below @ ..] = &segments[..] else {
        return false;
    };
    if collection.contains("{{") || !id.contains("{{") || !looked.reads {
        return false;
    }
    let of_thing = path == format!("{collection}/{id}");
    let of_list = path == **collection || path == format!("{collection}/detail");
    let place = &difference.place;
    match below.first() {
        // a member that is called as what is below it
        Some(word) => {
            (of_thing || of_list) && place.split(['.', '[', '#']).any(|part| part == *word)
        }
        None => of_list && (place.contains("[own]") || place.contains("[‹")),
    }
}

/// Whether a place tells which items of a list are ours, or how many, and nothing of what they are.
fn tells_own_items(place: &str) -> bool {
    let is_item = place.ends_with(']') && (place.contains("[own]") || place.contains("[‹"));
    is_item || place.ends_with("#own") || place.ends_with("#order")
}

fn is_within(path: &str, thing: &str) -> bool {
    let below = path.strip_prefix(thing);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether data that the refusing cloud still has is gone on the one that accepted the change: that is worse than what it
/// follows from, and is said by itself.
fn is_loss(cause: &Difference, later: &Difference) -> bool {
    let a_accepted = cause.kind == Kind::AcceptedRefused;
    // that a write on a condition went over what was there is what the condition was for
    if [&cause.a, &cause.b]
        .into_iter()
        .any(|status| status == CONDITION_FAILED)
    {
        return false;
    }
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

/// How an error that is a page for people is shown.
const PAGE: &str = "HTML";

/// What a write on a condition that does not hold is refused with.
const CONDITION_FAILED: &str = "412";

/// The parts of a target before its query.
fn path(target: &[TemplatePart]) -> Vec<&TemplatePart> {
    let is_query =
        |part: &&TemplatePart| matches!(part, TemplatePart::Text(text) if text.contains('?'));
    target.iter().take_while(|part| !is_query(part)).collect()
}

/// Whether a path leads to a thing that each row has another of.
fn is_of_row(path: &[&TemplatePart]) -> bool {
    path.iter().any(|part| match part {
        TemplatePart::Hole(hole) => hole.to_string().contains("row."),
        TemplatePart::Text(_) => false,
    })
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
    use crate::compare::{Asker, EvidenceRef};
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

    fn follows(scenario: &Scenario, differences: &[Difference]) -> BTreeMap<usize, usize> {
        super::follows(scenario, differences, BTreeMap::new())
    }

    fn difference(step: &str, rows: &[&str], kind: Kind) -> Difference {
        Difference {
            scenario: "image/image/x".into(),
            service: "image".into(),
            operation: String::new(),
            place: "status".into(),
            kind,
            asker: Asker::Owner,
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
    fn a_refused_write_below_a_thing_shows_in_the_member_of_its_name() {
        const TAGS: &str = r#"
[[step]]
id      = "tag"
request = "PUT /images/{{ image }}/tags/{{ name }}"

[[step]]
id      = "look"
request = "GET /images/{{ image }}"

[[step]]
id      = "all"
request = "GET /images?limit=5"
"#;
        let id = ScenarioId("image/image/x".into());
        let text = format!("{TEXT}{TAGS}");
        let scenario = Scenario::parse(id, "x.toml", &text).unwrap_or_else(|p| panic!("{p}"));
        let at = |step: &str, place: &str| Difference {
            place: place.into(),
            ..difference(step, &[], Kind::Items)
        };
        let found = follows(
            &scenario,
            &[
                difference("tag", &[], Kind::AcceptedRefused),
                at("look", "$.tags#count"),
                at("all", "$.images[‹name.a›].tags[]"),
                at("look", "$.size"),
                at("all", "$.first"),
            ],
        );
        assert_eq!(found, [(1, 0), (2, 0)].into());
    }

    #[test]
    fn what_was_not_made_is_not_in_the_list_and_what_is_there_is_still_looked_at() {
        const SECOND: &str = r#"
[[step]]
id      = "second"
request = "POST /images"
json    = { name = "{{ name.b }}" }
undo    = { kind = "image.image", name = "{{ name.b }}" }

[[step]]
id      = "all"
request = "GET /images?limit=5"
"#;
        let id = ScenarioId("image/image/x".into());
        let text = format!("{TEXT}{SECOND}");
        let scenario = Scenario::parse(id, "x.toml", &text).unwrap_or_else(|p| panic!("{p}"));
        let at = |place: &str| Difference {
            place: place.into(),
            ..difference("all", &[], Kind::Items)
        };
        let found = follows(
            &scenario,
            &[
                difference("second", &[], Kind::AcceptedRefused),
                at("$.images[‹name.b›]"),
                at("$.images#own"),
                at("$.images[‹name.a›].size"),
                at("$.first"),
            ],
        );
        assert_eq!(found, [(1, 0), (2, 0)].into());
    }

    #[test]
    fn what_an_action_was_refused_on_is_looked_at_by_the_forms_that_name_it() {
        const FORMS: &str = r#"
title   = "Tags"
why     = "Of no concern here."
service = "ec2"
refs    = ["https://example.com"]
use     = [{ fixture = "fixtures/ec2-volume", as = "volume" }]

[[step]]
id      = "set"
request = "CreateTags"
form    = { "ResourceId.1" = "{{ volume.id }}", "Tag.1.Key" = "a", "Tag.1.Value" = "b" }

[[step]]
id      = "tags"
request = "DescribeTags"
form    = { "Filter.1.Name" = "resource-id", "Filter.1.Value.1" = "{{ volume.id }}" }

[[step]]
id      = "zones"
request = "DescribeAvailabilityZones"
"#;
        let id = ScenarioId("ec2/tag/x".into());
        let scenario = Scenario::parse(id, "x.toml", FORMS).unwrap_or_else(|p| panic!("{p}"));
        let found = follows(
            &scenario,
            &[
                difference("set", &[], Kind::AcceptedRefused),
                difference("tags", &[], Kind::Items),
                difference("zones", &[], Kind::Items),
            ],
        );
        assert_eq!(found, [(1, 0)].into());
    }

    #[test]
    fn in_s3_a_refused_write_shows_at_its_key_and_in_lists_of_items() {
        let at = |kind, place: &str| Difference {
            place: place.into(),
            ..difference("list", &[], kind)
        };
        let status = at(Kind::RefusedAccepted, "status");
        let item = at(Kind::FieldAdded, "$.ListBucketResult.Contents[a]");
        let items = at(Kind::FieldRemoved, "$.ListBucketResult.Contents");
        let field = at(Kind::FieldAdded, "$.ListBucketResult.Contents[a].Owner");
        for (changed, looked, difference, shows) in [
            ("/{{ name }}/a", "/{{ name }}/a?acl", &status, true),
            ("/{{ name }}/a", "/{{ name }}/ab", &status, false),
            ("/{{ name }}/a?tagging", "/{{ name }}/a", &status, false),
            ("/{{ name }}?versioning", "/{{ name }}/a", &status, true),
            ("/{{ name }}?versioning", "/{{ name }}x/a", &status, false),
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
            ("/{{ name }}/a", "/{{ name }}?list-type=2", &items, true),
            ("/{{ name }}?delete", "/{{ name }}/a", &status, true),
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

    const OBJECTS: &str = r#"
title   = "Objects of many rows"
why     = "Of no concern here."
service = "s3"
refs    = ["https://example.com"]
hazard  = "consumes"

[[step]]
id      = "put"
request = "PUT /{{ name }}/{{ row.key }}"
each    = [{ id = "right", key = "a" }, { id = "wrong", key = "b" }]
text    = "x"
undo    = "s3.bucket"

[[step]]
id      = "over"
request = "PUT /{{ name }}/{{ row.text }}"
each    = [{ id = "one", text = "{{ text(3) }}" }]
text    = "x"
undo    = "s3.bucket"

[[step]]
id      = "get"
request = "GET /{{ name }}/{{ row.which }}"
each    = [{ id = "first", which = "a" }, { id = "second", which = "b" }, { id = "right", which = "c" }]

[[step]]
id      = "delete"
request = "POST /{{ name }}?delete"
text    = "x"

[[step]]
id      = "after"
request = "HEAD /{{ name }}/a"
"#;

    fn objects() -> Scenario {
        Scenario::parse(ScenarioId("s3/object/x".into()), "x.toml", OBJECTS).unwrap()
    }

    fn refused(step: &str, rows: &[&str], (a, b): (&str, &str), kind: Kind) -> Difference {
        Difference {
            service: "s3".into(),
            operation: "HEAD /{bucket}/{key}".into(),
            a: a.into(),
            b: b.into(),
            ..difference(step, rows, kind)
        }
    }

    #[test]
    fn what_a_row_wrote_shows_where_another_steps_row_reads_it() {
        let found = follows(
            &objects(),
            &[
                refused("put", &["right"], ("501", "200"), Kind::RefusedAccepted),
                refused("over", &["one"], ("501", "200"), Kind::RefusedAccepted),
                refused("get", &["first"], ("404", "200"), Kind::RefusedAccepted),
                refused("get", &["second"], ("404", "200"), Kind::RefusedAccepted),
                refused("get", &["right"], ("404", "200"), Kind::RefusedAccepted),
            ],
        );
        assert_eq!(found, [(2, 0)].into());
    }

    #[test]
    fn what_was_to_be_deleted_is_no_loss_where_the_deletion_is_accepted() {
        let found = follows(
            &objects(),
            &[
                refused("delete", &[], ("400", "200"), Kind::RefusedAccepted),
                refused("after", &[], ("200", "404"), Kind::AcceptedRefused),
            ],
        );
        assert_eq!(found, [(1, 0)].into());
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
                at("list", Kind::Value, "$.item[].instanceState.code"),
                at("list", Kind::Value, "$.item[].instanceState.name"),
                at("list", Kind::FieldRemoved, "$.L.Contents[own]"),
                at("list", Kind::Items, "$.L.item#count"),
                at("list", Kind::FieldAdded, "$.L.item[]"),
                at("list", Kind::Items, "$.L.tags#count"),
                Difference {
                    a: "red".into(),
                    b: "red | blue".into(),
                    ..at("list", Kind::Value, "$.L.tags[]")
                },
                Difference {
                    b: "HTML".into(),
                    ..at("show", Kind::ErrorEnvelope, "error envelope")
                },
                at("show", Kind::HeaderValue, "header content-type"),
                at("list", Kind::HeaderValue, "header content-type"),
            ],
        );
        let expected = [(0, 1), (3, 2), (6, 7), (8, 2), (10, 9), (14, 13)];
        assert_eq!(found, expected.into());
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
