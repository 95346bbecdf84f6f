//! Differences of one pair → groups that share operation, place, kind and classed values.

use crate::compare::{Difference, Kind};
use crate::dialect::s3;
use crate::dialect::xml::names_call;
use crate::judge::key;
use std::collections::{BTreeMap, BTreeSet};

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

/// Differences as one reads of them, each with the index of the one it comes from: what is the same in every answer of a service
/// is said of the service, a part of a service that is not there of that part, an error's members one by one.
pub fn as_read<'a>(differences: impl Iterator<Item = &'a Difference>) -> Vec<(usize, Difference)> {
    let all: Vec<&Difference> = differences.collect();
    let offered: BTreeSet<(String, Kind)> = all
        .iter()
        .filter(|d| shows_offered(d))
        .filter_map(|d| feature(d))
        .collect();
    let read = |difference: &Difference| match feature(difference) {
        Some(of) if offered.contains(&of) => vec![as_feature(difference, of)],
        _ => members(difference)
            .into_iter()
            .map(|difference| as_list(as_every_action(difference)))
            .collect(),
    };
    let with_index = |(n, difference)| read(difference).into_iter().map(move |d| (n, d));
    all.iter()
        .copied()
        .enumerate()
        .flat_map(with_index)
        .collect()
}

/// What every answer of an EC2 service carries, whatever the action: headers, the root's namespace, the envelope of errors, the
/// id of the request, `return`. How it is written there is one difference.
fn as_every_action(mut difference: Difference) -> Difference {
    if difference.service != "ec2" {
        return difference;
    }
    let root = difference.place.strip_prefix("$.").unwrap_or_default();
    let below = root.find(['.', '[']).map_or("", |at| &root[at..]);
    let is_id = below.strip_prefix('.').is_some_and(names_call) || below == ".return";
    // however it was asked, what answers is the action
    let action = root.split(['.', '[']).next().unwrap_or_default();
    if let Some(action) = action.strip_suffix("Response") {
        difference.operation = format!("ec2 {action}");
    }
    // ids are as long in every answer
    if let (Kind::Format, Some(a), Some(b)) = (
        difference.kind,
        digits_of_id(&difference.a),
        digits_of_id(&difference.b),
    ) {
        return Difference {
            operation: "ec2 *".to_owned(),
            place: "ids".to_owned(),
            a,
            b,
            ..difference
        };
    }
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

/// Of an id that is shown by its form, `‹vol-hex17›`: what follows its prefix.
fn digits_of_id(shown: &str) -> Option<String> {
    let (_, digits) = shown
        .strip_prefix('‹')?
        .strip_suffix('›')?
        .rsplit_once('-')?;
    let length = digits.strip_prefix("hex");
    let number = length.unwrap_or(digits).parse::<u8>().ok()?;
    Some(match length {
        Some(_) => format!("{number} hexadecimal digits"),
        None => format!("{number} letters and digits"),
    })
}

/// A list of S3 that comes though the query asks for something else is that list.
fn as_list(mut difference: Difference) -> Difference {
    let is_list = difference.service == "s3" && s3::is_list(&difference.place);
    if is_list && !difference.operation.contains("list-type") {
        "GET /{bucket}".clone_into(&mut difference.operation);
    }
    difference
}

/// Two errors in one envelope that differ in the members beside each other: a difference for each, of all errors of the
/// service.
fn members(difference: &Difference) -> Vec<Difference> {
    let same = || vec![difference.clone()];
    if difference.kind != Kind::ErrorEnvelope {
        return same();
    }
    // `Response.{RequestID}.Errors.Error.{Code, Message}` → what is around the members, and they
    let split = |shown: &'_ str| -> (String, BTreeSet<String>) {
        let (mut around, mut all) = (String::new(), BTreeSet::new());
        let mut rest = shown;
        while let Some((before, names)) = rest.split_once('{') {
            let (names, after) = names.split_once('}').unwrap_or((names, ""));
            around.push_str(before);
            around.push_str("{}");
            all.extend(
                names
                    .split(", ")
                    .filter(|n| !n.is_empty())
                    .map(str::to_owned),
            );
            rest = after;
        }
        around.push_str(rest);
        (around, all)
    };
    let ((around_a, in_a), (around_b, in_b)) = (split(&difference.a), split(&difference.b));
    if !around_a.ends_with('}') || around_a != around_b || in_a == in_b {
        return same();
    }
    let member = |name: &String, kind| {
        let (a, b) = if kind == Kind::FieldRemoved {
            ("present", "absent")
        } else {
            ("absent", "present")
        };
        Difference {
            operation: format!("{} *", difference.service),
            place: format!("error member {name}"),
            kind,
            a: a.to_owned(),
            b: b.to_owned(),
            ..difference.clone()
        }
    };
    let removed = in_a.difference(&in_b);
    let added = in_b.difference(&in_a);
    removed
        .map(|name| member(name, Kind::FieldRemoved))
        .chain(added.map(|name| member(name, Kind::FieldAdded)))
        .collect()
}

/// Of a difference about a part of an S3 service (`?cors`) that one cloud answers 501 to: the part, and who lacks it.
fn feature(difference: &Difference) -> Option<(String, Kind)> {
    let (_, target) = difference.operation.split_once(' ')?;
    let (a, b) = (difference.a == "501", difference.b == "501");
    let fails = [&difference.a, &difference.b]
        .iter()
        .all(|status| status.starts_with('5'));
    let of_part = difference.service == "s3" && target.contains('?');
    if !of_part || difference.place != "status" || a == b || fails {
        return None;
    }
    let kind = if b {
        Kind::AcceptedRefused
    } else {
        Kind::RefusedAccepted
    };
    Some((format!("* {target}"), kind))
}

/// Whether the other cloud is seen to have the part: it does it, or tells that nothing is there yet. Any other refusal can
/// come before it looks at what is asked.
fn shows_offered(difference: &Difference) -> bool {
    let reads = difference.operation.starts_with("GET ");
    [&difference.a, &difference.b].iter().any(|status| {
        status.starts_with('2') || status.starts_with('3') || reads && *status == "404"
    })
}

/// That a cloud answers 501 to every request about a part of a service is one difference, whatever the requests are.
fn as_feature(difference: &Difference, (operation, kind): (String, Kind)) -> Difference {
    let mut feature = Difference {
        operation,
        kind,
        ..difference.clone()
    };
    let has = if kind == Kind::AcceptedRefused {
        &mut feature.a
    } else {
        &mut feature.b
    };
    OFFERED.clone_into(has);
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
        let ec2 = |operation, place, kind, a: &str, b: &str| Difference {
            service: "ec2".into(),
            ..difference(operation, place, kind, a, b)
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
            ec2(
                "GET /",
                "$.DescribeTagsResponse.tagSet",
                Kind::Value,
                "x",
                "y",
            ),
        ];
        let all = read(&all);
        let (groups, of) = groups(&all);
        assert_eq!(groups.len(), 3);
        assert!(of[0] == of[1] && of[3] == of[4] && of[0] != of[2]);
        assert_eq!(all[0].place, "$.*['@xmlns']");
        assert_eq!(all[2].operation, "ec2 DescribeTags");
        assert_eq!(of[2], of[5]);
    }

    #[test]
    fn ids_of_ec2_that_are_shorter_everywhere_are_one_finding() {
        let ec2 = |operation, place, a: &str, b: &str| Difference {
            service: "ec2".into(),
            ..difference(operation, place, Kind::Format, a, b)
        };
        let all = [
            ec2(
                "ec2 CreateVpc",
                "$.CreateVpcResponse.vpc.vpcId",
                "‹vpc-hex8›",
                "‹vpc-hex17›",
            ),
            ec2(
                "ec2 RunInstances",
                "$.RunInstancesResponse.instancesSet.item[].instanceId",
                "‹i-hex8›",
                "‹i-hex17›",
            ),
            ec2(
                "ec2 RunInstances",
                "$.RunInstancesResponse.launchTime",
                "‹timestamp T .6 Z›",
                "‹timestamp T .3 Z›",
            ),
        ];
        let all = read(&all);
        let (groups, of) = groups(&all);
        assert_eq!(groups.len(), 2);
        assert_eq!(of[0], of[1]);
        assert_eq!(all[0].place, "ids");
        assert_eq!(
            (&*all[0].a, &*all[0].b),
            ("8 hexadecimal digits", "17 hexadecimal digits")
        );
    }

    #[test]
    fn a_feature_of_s3_that_is_not_implemented_is_one_finding() {
        let s3 = |operation, kind, a, b| Difference {
            service: "s3".into(),
            ..difference(operation, "status", kind, a, b)
        };
        let all = read(&[
            s3("GET /{bucket}?cors", Kind::ServerError, "404", "501"),
            s3("PUT /{bucket}?cors", Kind::AcceptedRefused, "200", "501"),
            s3("DELETE /{bucket}?cors", Kind::AcceptedRefused, "204", "501"),
            s3("GET /{bucket}?acl", Kind::RefusedAccepted, "501", "200"),
            s3("GET /{bucket}", Kind::AcceptedRefused, "200", "501"),
        ]);
        let (groups, of) = groups(&all);
        assert_eq!(groups.len(), 3);
        assert!(of[0] == of[1] && of[1] == of[2]);
        assert_eq!(all[0].operation, "* /{bucket}?cors");
        assert_eq!((all[3].a.as_str(), all[3].b.as_str()), ("501", "offered"));
        assert_eq!(all[4].operation, "GET /{bucket}");
    }

    #[test]
    fn a_request_that_is_refused_before_anyone_looks_does_not_show_that_a_feature_is_there() {
        let s3 = |operation, kind, a, b| Difference {
            service: "s3".into(),
            ..difference(operation, "status", kind, a, b)
        };
        let all = read(&[
            s3("PUT /{bucket}?tagging", Kind::ServerError, "400", "501"),
            s3("GET /{bucket}?tagging", Kind::ServerError, "501", "404"),
        ]);
        assert_eq!(all[0].operation, "PUT /{bucket}?tagging");
        assert_eq!(all[0].kind, Kind::ServerError);
        assert_eq!(all[1].operation, "* /{bucket}?tagging");
    }

    #[test]
    fn a_member_that_all_errors_of_a_service_lack_is_one_finding() {
        let error =
            |operation, a, b| difference(operation, "error envelope", Kind::ErrorEnvelope, a, b);
        let all = read(&[
            error("GET /a", "Error.{Code}", "Error.{Code, Message, RequestId}"),
            error("PUT /b", "Error.{Code}", "Error.{Code, Message}"),
            error("PUT /b", "Error.{Code}", "HTML"),
            error("PUT /c", "a.{code}", "b.{code, message}"),
        ]);
        let (groups, of) = groups(&all);
        assert_eq!(groups.len(), 4);
        assert_eq!(of[0], of[2]);
        assert_eq!(all[0].place, "error member Message");
        assert_eq!(
            (all[0].a.as_str(), all[0].kind),
            ("absent", Kind::FieldAdded)
        );
        assert_eq!(all[4].place, "error envelope");
    }

    #[test]
    fn an_error_of_ec2_without_the_id_of_its_request_lacks_a_member() {
        let all = read(&[difference(
            "ec2 DescribeVolumes",
            "error envelope",
            Kind::ErrorEnvelope,
            "Response.{RequestID}.Errors.Error.{Code, Message}",
            "Response.{}.Errors.Error.{Code, Message}",
        )]);
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].place.as_str(), all[0].kind),
            ("error member RequestID", Kind::FieldRemoved)
        );
    }

    fn read(differences: &[Difference]) -> Vec<Difference> {
        let read = as_read(differences.iter());
        read.into_iter().map(|(_, difference)| difference).collect()
    }
}
