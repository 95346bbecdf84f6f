//! The two keys of a finding: what waivers and baselines match.
//!
//! Neither holds a cloud's name, a count or a position, and both are the same from either side.

use crate::compare::{Asker, Difference, Kind};
use crate::dialect::is_named_by_clients;
use regex::Regex;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::LazyLock;

/// Hash of service, operation, place, kind and, where it is a stranger, who asks: 10 characters.
pub fn id(difference: &Difference) -> String {
    let kind = difference.kind.min(difference.kind.mirrored());
    let mut name = serde_json::to_string(&kind).unwrap_or_default();
    if difference.asker == Asker::Stranger {
        name.push_str(" of a stranger");
    }
    hash(
        &[
            &difference.service,
            &difference.operation,
            &place(&difference.place),
            &name,
        ],
        10,
    )
}

/// A place without the keys of items that clients name: what differs at each item of a list is one difference.
pub fn place(place: &str) -> String {
    if !place.starts_with('$') {
        return place.to_owned();
    }
    let mut shown = String::new();
    let mut rest = place;
    while let Some((before, inside)) = rest.split_once('[') {
        shown.push_str(before);
        let end = item_end(inside);
        let key = &inside[..end];
        let list = before.rsplit(['.', ']']).next().unwrap_or_default();
        // a member in quotes is no item, and what a thing is called by a symbol is called the same everywhere; in EC2 all
        // lists are of an `item`, and names of things tell their items apart
        let kept = ["", "*", "own"].contains(&key)
            || key.starts_with('\'')
            || (list != "item" && (key.starts_with('‹') || !is_named_by_clients(list)));
        shown.push('[');
        if kept {
            shown.push_str(key);
        }
        rest = &inside[end..];
    }
    shown.push_str(rest);
    shown
}

/// Where the key of an item ends; a bracket inside is part of it.
fn item_end(inside: &str) -> usize {
    let ends = |at: usize| {
        let after = inside[at + 1..].chars().next();
        after.is_none_or(|c| ['.', '[', '#', '!'].contains(&c))
    };
    let mut brackets = inside.match_indices(']').map(|(at, _)| at);
    brackets.find(|at| ends(*at)).unwrap_or(inside.len())
}

/// Characters of what values are known by.
pub(super) const VALUES: usize = 6;

/// Hash of the classed values of both sides.
pub fn values(difference: &Difference) -> String {
    let (a, b) = classes(difference);
    // either order: the same difference, seen from either cloud
    let (first, second) = if a <= b { (&a, &b) } else { (&b, &a) };
    hash(&[first, second], VALUES)
}

/// Which way round a finding's values stand, [`Ordering::Equal`] where that can't be told: findings that share both keys are the
/// same change, or one is the other's way back.
pub fn turn(kind: Kind, a: &str, b: &str) -> Ordering {
    let (a, b) = classes_of(kind, a, b);
    a.cmp(&b)
}

/// Both values, with what varies between exchanges of one difference taken out.
pub fn classes(difference: &Difference) -> (String, String) {
    classes_of(difference.kind, &difference.a, &difference.b)
}

fn classes_of(kind: Kind, a: &str, b: &str) -> (String, String) {
    // by how many a list, or a page of it, is longer depends on what is in it
    if let (Kind::Items | Kind::Paging, Ok(a), Ok(b)) = (kind, a.parse::<u64>(), b.parse::<u64>())
        && a != b
    {
        let of = |here, other| if here > other { "more" } else { "fewer" }.to_owned();
        return (of(a, b), of(b, a));
    }
    let a = class(kind, a);
    let b = class(kind, b);
    if a == b {
        return (a, b);
    }
    // two addresses of one thing: which it is, is not the point
    let tail = common_path(&a, &b);
    let shared = |text: &str| text[..text.len() - tail].to_owned();
    (shared(&a), shared(&b))
}

/// How many bytes at the end are the same segments of a path.
fn common_path(a: &str, b: &str) -> usize {
    let (mut of_a, mut of_b) = (a, b);
    while let (Some((before_a, last_a)), Some((before_b, last_b))) =
        (of_a.rsplit_once('/'), of_b.rsplit_once('/'))
        && last_a == last_b
    {
        (of_a, of_b) = (before_a, before_b);
    }
    a.len() - of_a.len()
}

/// A shown value with what varies between exchanges of one difference taken out.
pub fn class(kind: Kind, value: &str) -> String {
    match kind {
        // what a field held is not the point where it isn't there on the other side
        Kind::FieldRemoved | Kind::FieldAdded | Kind::HeaderRemoved | Kind::HeaderAdded => {
            if value == "absent" {
                "absent"
            } else {
                "present"
            }
            .to_owned()
        }
        // how often is a count; that it is always, sometimes or never is not
        Kind::LessOften | Kind::MoreOften | Kind::Stability => {
            let mut seen: Vec<String> = value.split(", ").map(how_often).collect();
            seen.sort();
            seen.join(", ")
        }
        // how often and how long varies from run to run
        Kind::Consistency if value.starts_with("stale") => "stale".to_owned(),
        // which bytes came in the place of which, and with which other place an id is shared, is told by the examples
        Kind::DataLost | Kind::DataKept if value.starts_with(STORED) => "stored".to_owned(),
        Kind::DataLost | Kind::DataKept => "other".to_owned(),
        Kind::Reference => {
            let shared = value.starts_with("the same as");
            if shared { "shared" } else { "not shared" }.to_owned()
        }
        Kind::Echo | Kind::Value | Kind::HeaderValue | Kind::Format => {
            spaced(&without_labels(value))
        }
        _ => spaced(value),
    }
}

/// On one line; of several items under one key that are alike, one stands for all.
fn spaced(value: &str) -> String {
    let text = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.split_once(" | ") {
        Some((first, _)) if text.split(" | ").all(|other| other == first) => first.to_owned(),
        _ => text,
    }
}

/// What a place is shown as that holds the bytes of a step.
const STORED: &str = "‹md5(body of ";

/// A text with what was sent, whichever it was: `‹upper(name.a)›` → `‹upper(name)›`, `‹md5(body of put[one])›` → `‹md5(body)›`.
fn without_labels(text: &str) -> String {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| {
        #[expect(
            clippy::unwrap_used,
            reason = "a constant pattern, compiled by every test"
        )]
        Regex::new(r"(?P<what>name)\.[\w-]+|(?P<whose>body) of [^()›]+").unwrap()
    });
    LABEL.replace_all(text, "$what$whose").into_owned()
}

/// A value as people read it: `‹md5(body of put)›`, by which stored bytes are told, is what the step `put` stored.
pub fn readable(value: &str) -> Cow<'_, str> {
    let step = value
        .strip_prefix(STORED)
        .and_then(|rest| rest.strip_suffix(")›"));
    match step {
        Some(step) => Cow::Owned(format!("what {step} stored")),
        None => Cow::Borrowed(value),
    }
}

/// `in 2 of 10 answers` → `sometimes`, `200 in all 10` → `200 always`.
fn how_often(seen: &str) -> String {
    let (value, times) = seen.rsplit_once("in ").unwrap_or((seen, ""));
    let often = if times.starts_with("all ") {
        "always"
    } else if times.starts_with("none ") {
        "never"
    } else {
        "sometimes"
    };
    format!("{value}{often}")
}

/// Base32 (RFC 4648, lower case) of the sha256 over parts that can't run into each other.
pub(super) fn hash(parts: &[impl AsRef<str>], length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut digest = Sha256::new();
    for part in parts {
        let part = part.as_ref().as_bytes();
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let bytes = digest.finalize();
    (0..length)
        .map(|n| {
            let bit = n * 5;
            let pair = u16::from_be_bytes([
                bytes.get(bit / 8).copied().unwrap_or(0),
                bytes.get(bit / 8 + 1).copied().unwrap_or(0),
            ]);
            let five = usize::from(pair >> (11 - bit % 8) & 31);
            char::from(ALPHABET[five])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::tests::difference;
    use std::collections::BTreeSet;

    #[test]
    fn items_of_ec2_that_names_tell_apart_are_one_place() {
        let at = |key: &str| place(&format!("$.R.keySet.item[{key}].keyFingerprint"));
        assert_eq!(at("‹name.a›"), at("‹name.b› of a team"));
        assert_ne!(at("own"), at("‹name.a›"));
        assert_ne!(
            place("$.metadata[‹name.a›].x"),
            place("$.metadata[‹name.b›].x")
        );
    }

    #[test]
    fn addresses_of_several_things_that_differ_alike_are_one_difference() {
        let of = |a: &str, b: &str| classes(&difference("POST /x", "$.Location", Kind::Echo, a, b));
        assert_eq!(
            of("http://a.b/one/k", "‹e›/a/one/k"),
            of("http://a.b/two", "‹e›/a/two")
        );
        assert_ne!(
            of("http://a.b/one", "‹e›/a/one"),
            of("http://a.b/two", "‹e›/a/one")
        );
        assert_eq!(of("1 | 1", "2 | 2"), of("1", "2"));
        assert_ne!(of("1 | 1", "2 | 3"), of("1", "2"));
    }

    fn mirrored(d: &Difference) -> Difference {
        Difference {
            kind: d.kind.mirrored(),
            a: d.b.clone(),
            b: d.a.clone(),
            ..d.clone()
        }
    }

    #[test]
    fn both_keys_are_the_same_from_either_side() {
        for kind in Kind::ALL {
            let d = Difference {
                kind,
                ..difference("POST /servers", "status", kind, "202", "400")
            };
            assert_eq!(id(&d), id(&mirrored(&d)), "{kind:?}");
            assert_eq!(values(&d), values(&mirrored(&d)), "{kind:?}");
        }
    }

    #[test]
    fn kinds_operations_and_places_each_give_another_id() {
        let kinds: BTreeSet<_> = Kind::ALL
            .iter()
            .map(|&kind| id(&difference("GET /a", "$.b", kind, "1", "2")))
            .collect();
        // five kinds are each other's mirror image
        assert_eq!(kinds.len(), Kind::ALL.len() - 5);
        let here = id(&difference("GET /a", "$.b", Kind::Value, "1", "2"));
        assert_ne!(
            here,
            id(&difference("GET /", "a$.b", Kind::Value, "1", "2"))
        );
        assert_eq!(
            here,
            id(&difference("GET /a", "$.b", Kind::Value, "3", "4"))
        );
        assert_eq!(here.len(), 10);
    }

    #[test]
    fn the_keys_of_items_that_clients_name_are_left_out() {
        for (whole, left) in [
            (
                "$.ListBucketResult.Contents[a/b.txt].ETag",
                "$.ListBucketResult.Contents[].ETag",
            ),
            (
                "$.ListBucketResult.Contents[a]b]",
                "$.ListBucketResult.Contents[]",
            ),
            (
                "$.Tagging.TagSet.Tag[colour].Value",
                "$.Tagging.TagSet.Tag[].Value",
            ),
            ("$[photos/1].hash", "$[].hash"),
            ("$.server.links[self].href", "$.server.links[self].href"),
            ("$.servers[‹name.a›].status", "$.servers[‹name.a›].status"),
            ("$.servers[*].id", "$.servers[*].id"),
            ("$.limits['a.b'].c", "$.limits['a.b'].c"),
            ("header x-a[b]", "header x-a[b]"),
        ] {
            assert_eq!(place(whole), left);
        }
    }

    #[test]
    fn what_a_missing_field_held_does_not_matter() {
        let of = |a| {
            values(&difference(
                "GET /a",
                "$.b",
                Kind::FieldRemoved,
                a,
                "absent",
            ))
        };
        assert_eq!(of("1"), of("2"));
        let of = |a| values(&difference("GET /a", "$.b", Kind::Value, a, "absent"));
        assert_ne!(of("1"), of("2"));
    }

    #[test]
    fn how_often_a_place_is_there_is_a_count_and_in_no_key() {
        let of = |a, b| values(&difference("GET /a", "$.b", Kind::LessOften, a, b));
        let rare = of("in all 10 answers", "in 2 of 10 answers");
        assert_eq!(rare, of("in all 20 answers", "in 7 of 20 answers"));
        assert_ne!(rare, of("in all 10 answers", "in none of 10 answers"));
        assert_eq!(
            class(Kind::Stability, "500 in 6 of 10, 200 in 4 of 10"),
            "200 sometimes, 500 sometimes"
        );
    }

    #[test]
    fn keys_are_stable_over_versions_of_the_tool() {
        let d = difference(
            "POST /servers",
            "status",
            Kind::AcceptedRefused,
            "202",
            "400",
        );
        insta::assert_snapshot!(format!("{} {}", id(&d), values(&d)), @"sagpz2umf4 vrswta");
    }
}
