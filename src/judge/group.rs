//! Differences of one pair → groups that share operation, place, kind and classed values.

use crate::compare::{Difference, Kind};
use crate::dialect::xml::names_call;
use crate::judge::key;
use std::collections::BTreeMap;

/// Differences that become one finding, in a fixed order.
pub struct Group<'a> {
    pub id: String,
    pub values: String,
    /// Without the keys of items.
    pub place: String,
    pub differences: Vec<&'a Difference>,
}

/// What the side that has a feature is shown as.
const OFFERED: &str = "offered";

/// What every answer of an EC2 service carries, whatever the action: headers, the root's namespace, the envelope of errors, the
/// id of the request. How it is written there is one difference.
pub fn as_every_action(mut difference: Difference) -> Difference {
    if difference.service != "ec2" {
        return difference;
    }
    let root = difference.place.strip_prefix("$.").unwrap_or_default();
    let below = root.find(['.', '[']).map_or("", |at| &root[at..]);
    let is_id = below.strip_prefix('.').is_some_and(names_call);
    let carried = difference.place.starts_with("header ")
        || difference.place == "error envelope"
        || is_id
        || below.starts_with("['@");
    if carried {
        "ec2 *".clone_into(&mut difference.operation);
        if !below.is_empty() {
            difference.place = format!("$.*{below}");
        }
    }
    difference
}

/// That a cloud answers 501 to every request about a part of an S3 service is one difference, whatever the requests are.
pub fn as_feature(difference: &Difference) -> Difference {
    let mut feature = difference.clone();
    let absent = |status: &str| status == "501";
    let (a, b) = (absent(&feature.a), absent(&feature.b));
    let part = feature
        .operation
        .split_once(' ')
        .filter(|(_, target)| target.contains('?'));
    let Some((_, target)) = part else {
        return feature;
    };
    let fails = [&feature.a, &feature.b]
        .iter()
        .all(|status| status.starts_with('5'));
    if feature.service != "s3" || feature.place != "status" || a == b || fails {
        return feature;
    }
    feature.operation = format!("* {target}");
    let (kind, lacks) = if b {
        (Kind::AcceptedRefused, &mut feature.a)
    } else {
        (Kind::RefusedAccepted, &mut feature.b)
    };
    OFFERED.clone_into(lacks);
    feature.kind = kind;
    feature
}

/// Groups, and for each difference the index of its group.
pub fn groups(differences: &[Difference]) -> (Vec<Group<'_>>, Vec<usize>) {
    type Key<'a> = (&'a str, &'a str, String, Kind, (String, String));
    let key = |d: &Difference| key::classes(d);
    let mut members: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for (n, d) in differences.iter().enumerate() {
        members
            .entry((
                &d.service,
                &d.operation,
                key::place(&d.place),
                d.kind,
                key(d),
            ))
            .or_default()
            .push(n);
    }
    let mut group_of = vec![0; differences.len()];
    let mut groups = Vec::new();
    for mut list in members.into_values() {
        for &n in &list {
            group_of[n] = groups.len();
        }
        list.sort_by_key(|&n| {
            let d = &differences[n];
            (&d.scenario, &d.step, &d.rows, &d.a, &d.b, n)
        });
        let Some(first) = list.first().map(|&n| &differences[n]) else {
            continue;
        };
        groups.push(Group {
            id: key::id(first),
            values: key::values(first),
            place: key::place(&first.place),
            differences: list.iter().map(|&n| &differences[n]).collect(),
        });
    }
    (groups, group_of)
}

impl<'a> Group<'a> {
    /// At most three to look at: of different scenarios first, then of different steps.
    pub fn examples(&self) -> Vec<&'a Difference> {
        const MOST: usize = 3;
        let mut chosen: Vec<&Difference> = Vec::new();
        let unlike: [fn(&Difference, &Difference) -> bool; 3] = [
            |l, r| l.scenario != r.scenario,
            |l, r| (&l.scenario, &l.step) != (&r.scenario, &r.step),
            |l, r| !std::ptr::eq(l, r),
        ];
        for unlike in unlike {
            for difference in &self.differences {
                if chosen.len() < MOST && chosen.iter().all(|other| unlike(difference, other)) {
                    chosen.push(difference);
                }
            }
        }
        chosen
    }
}

/// `compute/server/lifecycle#create[long]`.
pub fn step_name(scenario: &str, step: &str, rows: &[String]) -> String {
    if rows.is_empty() {
        format!("{scenario}#{step}")
    } else {
        format!("{scenario}#{step}[{}]", rows.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::tests::difference;

    #[test]
    fn what_every_action_of_ec2_answers_with_is_one_finding() {
        let ec2 = |operation, place, kind, a: &str, b: &str| {
            as_every_action(Difference {
                service: "ec2".into(),
                ..difference(operation, place, kind, a, b)
            })
        };
        let all = [
            ec2(
                "ec2 RunInstances",
                "$.RunInstancesResponse['@xmlns']",
                Kind::Value,
                "x",
                "y",
            ),
            ec2(
                "ec2 DescribeTags",
                "$.DescribeTagsResponse['@xmlns']",
                Kind::Value,
                "x",
                "y",
            ),
            ec2(
                "ec2 DescribeTags",
                "$.DescribeTagsResponse.tagSet",
                Kind::Value,
                "x",
                "y",
            ),
            ec2(
                "ec2 DescribeTags",
                "$.DescribeTagsResponse.requestId",
                Kind::Format,
                "uuid",
                "word",
            ),
            ec2(
                "ec2 RunInstances",
                "$.RunInstancesResponse.requestId",
                Kind::Format,
                "uuid",
                "word",
            ),
        ];
        let (groups, of) = groups(&all);
        assert_eq!(groups.len(), 3);
        assert!(of[0] == of[1] && of[3] == of[4] && of[0] != of[2]);
        assert_eq!(all[0].place, "$.*['@xmlns']");
        assert_eq!(all[2].operation, "ec2 DescribeTags");
    }

    #[test]
    fn a_feature_of_s3_that_is_not_implemented_is_one_finding() {
        let s3 = |operation, kind, a, b| Difference {
            service: "s3".into(),
            ..difference(operation, "status", kind, a, b)
        };
        let all: Vec<Difference> = [
            s3("GET /{bucket}?cors", Kind::ServerError, "404", "501"),
            s3("PUT /{bucket}?cors", Kind::AcceptedRefused, "200", "501"),
            s3("DELETE /{bucket}?cors", Kind::AcceptedRefused, "204", "501"),
            s3("GET /{bucket}?acl", Kind::RefusedAccepted, "501", "200"),
            s3("GET /{bucket}", Kind::AcceptedRefused, "200", "501"),
        ]
        .iter()
        .map(as_feature)
        .collect();
        let (groups, of) = groups(&all);
        assert_eq!(groups.len(), 3);
        assert!(of[0] == of[1] && of[1] == of[2]);
        assert_eq!(all[0].operation, "* /{bucket}?cors");
        assert_eq!((all[3].a.as_str(), all[3].b.as_str()), ("501", "offered"));
        assert_eq!(all[4].operation, "GET /{bucket}");
    }
}
