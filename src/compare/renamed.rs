//! A member that has one name on the one cloud and another on the other: one difference, not one that is missing and one that is
//! new; and the same one wherever the service shows that thing.

use super::model::{Difference, Kind, PairResult};
use super::{chain, confirm};
use crate::dialect::names_an_id;
use crate::observe::{item, member, split};
use std::collections::BTreeMap;

/// A shorter text that is the same under two names says nothing.
const TELLING: usize = 4;

/// Of the differences of one scenario: what is missing and what is new in one answer become one, of which the other follows.
/// Index → index of the one that it follows from.
pub fn join(differences: &mut [Difference]) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    for removed in 0..differences.len() {
        if differences[removed].kind != Kind::FieldRemoved {
            continue;
        }
        let counterparts = |of: usize, kind: Kind| -> Vec<usize> {
            let others = differences.iter().enumerate();
            others
                .filter(|(_, d)| d.kind == kind && is_one(&differences[of], d))
                .map(|(n, _)| n)
                .collect()
        };
        let added = counterparts(removed, Kind::FieldAdded);
        let [added] = added[..] else { continue };
        if counterparts(added, Kind::FieldRemoved) != [removed] {
            continue;
        }
        let (name_a, name_b) = (
            name(&differences[removed].place).to_owned(),
            name(&differences[added].place).to_owned(),
        );
        // the same from either side
        let (root, other) = if name_a <= name_b {
            (removed, added)
        } else {
            (added, removed)
        };
        let difference = &mut differences[root];
        difference.kind = Kind::FieldRenamed;
        (difference.a, difference.b) = (name_a, name_b);
        found.insert(other, root);
    }
    found
}

/// Of all differences of a pair: where a thing is shown again, its member has the other name again, or is missed under the one or
/// new under the other. An item whose id has another name is nobody's: that none of ours is in a list follows, too. What chance could
/// have made follows from what it could not.
pub fn gather(pair: &mut PairResult) {
    let roots = follow(&pair.differences, &mut pair.follows.0);
    let in_doubt = pair.unconfirmed.iter();
    let roots: Vec<Option<usize>> = in_doubt.map(|d| roots.of(d)).collect();
    confirm::draw_in(pair, &roots);
    follow(&pair.unconfirmed, &mut pair.follows.1);
}

/// A member of a thing of a service, and its names.
type Renamed = (String, String, String, String);

/// Where what a member's other name explains is told.
#[derive(Default)]
struct Roots {
    renamed: BTreeMap<Renamed, usize>,
    /// With the kind, of either name.
    members: BTreeMap<(Kind, String, String, String), usize>,
    /// Of ids: service and thing.
    ids: BTreeMap<(String, String), usize>,
}

impl Roots {
    /// What explains the difference.
    fn of(&self, d: &Difference) -> Option<usize> {
        let thing = thing(d);
        let member = (
            d.kind,
            d.service.clone(),
            thing.clone(),
            name(&d.place).to_owned(),
        );
        let again = || self.renamed.get(&renamed(d));
        let of_item = || {
            let of = self.ids.get(&(d.service.clone(), thing));
            of.filter(|_| lacks_ours(d))
        };
        let root = match d.kind {
            Kind::FieldRenamed => again(),
            _ => self.members.get(&member).or_else(of_item),
        };
        root.copied()
    }
}

fn renamed(d: &Difference) -> Renamed {
    (d.service.clone(), thing(d), d.a.clone(), d.b.clone())
}

fn follow(differences: &[Difference], follows: &mut BTreeMap<usize, usize>) -> Roots {
    let mut alike: BTreeMap<Renamed, Vec<usize>> = BTreeMap::new();
    for (n, d) in differences.iter().enumerate() {
        if d.kind == Kind::FieldRenamed && !follows.contains_key(&n) {
            alike.entry(renamed(d)).or_default().push(n);
        }
    }
    let mut roots = Roots::default();
    for (key, mut alike) in alike {
        // told of a thing of ours: what others have is not there each time
        alike.sort_by_key(|n| differences[*n].place.contains("[*]"));
        let root = alike[0];
        for &n in &alike[1..] {
            let (d, first) = (&differences[n], &differences[root]);
            // one finding has them all if they are of one operation
            if (&d.operation, &d.place) != (&first.operation, &first.place) {
                follows.insert(n, root);
            }
        }
        let (service, thing, a, b) = &key;
        for (kind, name) in [(Kind::FieldRemoved, a), (Kind::FieldAdded, b)] {
            let member = (kind, service.clone(), thing.clone(), name.clone());
            roots.members.insert(member, root);
        }
        if names_an_id(a) || names_an_id(b) {
            roots.ids.insert((service.clone(), thing.clone()), root);
        }
        roots.renamed.insert(key, root);
    }
    for (n, d) in differences.iter().enumerate() {
        if d.kind != Kind::FieldRenamed
            && let Some(root) = roots.of(d)
        {
            chain::add(follows, n, root);
        }
    }
    roots
}

/// Whether a list holds things of ours on the one cloud, and none on the other.
fn lacks_ours(difference: &Difference) -> bool {
    let Difference {
        kind, place, a, b, ..
    } = difference;
    *kind == Kind::Items && place.ends_with("#own") && (a == "0") != (b == "0")
}

/// Whether what one answer lacks may be what it has more.
fn is_one(one: &Difference, other: &Difference) -> bool {
    let value = |d: &Difference| {
        if d.kind == Kind::FieldRemoved {
            d.a.clone()
        } else {
            d.b.clone()
        }
    };
    let (shown, of_other) = (value(one), value(other));
    let (name_one, name_other) = (name(&one.place), name(&other.place));
    let one_answer = (&one.step, &one.rows) == (&other.step, &other.rows);
    let one_holder = holder(&one.place) == holder(&other.place);
    let is_value = !matches!(&*shown, "object" | "list" | "true" | "false" | "null");
    let tells = is_value && shown.len() >= TELLING;
    let alike = name_one.contains(name_other) || name_other.contains(name_one);
    one_answer && one_holder && shown == of_other && (tells || alike)
}

/// What the place's member is called; an item of a list has no name.
fn name(place: &str) -> &str {
    split(place).map_or(place, |(_, name)| name)
}

/// What holds the place's member.
fn holder(place: &str) -> &str {
    split(place).map_or("", |(holder, _)| holder)
}

/// What the member is one of, in whatever list or answer: `$.server`, `$.servers[own]` and `$.vpcSet.item[own]` are a `server`
/// and a `vpc`. Where an answer has no name for it, the path that it was asked at does.
fn thing(difference: &Difference) -> String {
    let holder = holder(&difference.place);
    let list = item(holder).map_or(holder, |(list, _)| list);
    let word = match member(list.strip_suffix(".item").unwrap_or(list)) {
        "$" | "" => {
            let (_, path) = difference.operation.rsplit_once(' ').unwrap_or_default();
            path.split('/').nth(1).unwrap_or_default()
        }
        word => word,
    };
    let one = word.strip_suffix("Set").or_else(|| word.strip_suffix('s'));
    one.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, EvidenceRef, State, StepState};

    fn difference(operation: &str, place: &str, kind: Kind, a: &str, b: &str) -> Difference {
        Difference {
            scenario: "compute/server/x".into(),
            service: "compute".into(),
            operation: operation.into(),
            place: place.into(),
            kind,
            asker: Asker::Owner,
            a: a.into(),
            b: b.into(),
            step: operation.into(),
            rows: vec![],
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        }
    }

    fn removed(operation: &str, place: &str, value: &str) -> Difference {
        difference(operation, place, Kind::FieldRemoved, value, "absent")
    }

    fn added(operation: &str, place: &str, value: &str) -> Difference {
        difference(operation, place, Kind::FieldAdded, "absent", value)
    }

    #[test]
    fn a_member_under_another_name_is_one_difference_wherever_the_thing_is_shown() {
        let mut all = vec![
            removed("POST /servers", "$.server.id", "‹uuid›"),
            added("POST /servers", "$.server.uuid", "‹uuid›"),
            removed("GET /servers", "$.servers[own].id", "‹uuid›"),
            added("GET /servers", "$.servers[own].uuid", "‹uuid›"),
            removed("GET /servers", "$.servers[own].host", "‹hex 56›"),
            // a walk that only misses what it goes on by
            removed("GET /servers/detail", "$.servers[].id", "string"),
            removed("GET /servers/detail", "$.servers[].uuid", "string"),
        ];
        let mut follows = join(&mut all);
        follow(&all, &mut follows);
        assert_eq!(follows, [(1, 0), (2, 0), (3, 2), (5, 0)].into());
        assert_eq!(
            (all[0].kind, &*all[0].a, &*all[0].b),
            (Kind::FieldRenamed, "id", "uuid")
        );
        assert_eq!(all[4].kind, Kind::FieldRemoved);
    }

    #[test]
    fn none_of_ours_is_in_a_list_whose_items_have_ids_of_another_name() {
        let own = |place: &str, a: &str, b: &str| {
            difference("ec2 DescribeVpcs", place, Kind::Items, a, b)
        };
        let of_member = |member: &str| {
            let place = |name: &str| format!("$.CreateVpcResponse.vpc.{name}");
            let mut all = vec![
                removed("ec2 CreateVpc", &place(member), "‹own id›"),
                added("ec2 CreateVpc", &place(&format!("{member}X")), "‹own id›"),
                own("$.DescribeVpcsResponse.vpcSet.item#own", "1", "0"),
                own("$.DescribeVpcsResponse.vpcSet.item#own", "2", "1"),
                own("$.DescribeSubnetsResponse.subnetSet.item#own", "1", "0"),
            ];
            let mut follows = join(&mut all);
            follow(&all, &mut follows);
            follows
        };
        assert_eq!(of_member("vpcId"), [(1, 0), (2, 0)].into());
        assert_eq!(of_member("state"), [(1, 0)].into());
    }

    #[test]
    fn it_is_told_of_what_is_ours_whichever_step_comes_first() {
        let of = |item: &str| {
            let place = |name: &str| format!("$.DescribeTagsResponse.tagSet.item[{item}].{name}");
            [
                removed("ec2 DescribeTags", &place("resourceType"), "snapshot"),
                added("ec2 DescribeTags", &place("type"), "snapshot"),
            ]
        };
        let mut all = [of("*"), of("own")].concat();
        let mut follows = join(&mut all);
        follow(&all, &mut follows);
        assert_eq!(follows, [(0, 2), (1, 0), (3, 2)].into());
    }

    #[test]
    fn what_is_shown_too_seldom_to_be_sure_of_was_told_beside_what_explains_it() {
        let shown = |list: &str| {
            let place = |name: &str| format!("$.{list}[‹name.a›].{name}");
            let operation = format!("GET /{list}");
            let mut all = [
                removed(&operation, &place("id"), "‹uuid›"),
                added(&operation, &place("uuid"), "‹uuid›"),
            ];
            join(&mut all);
            all
        };
        let in_doubt = |step: &str| StepState {
            scenario: "compute/server/x".into(),
            service: "compute".into(),
            step: step.into(),
            rows: vec![],
            state: State::Unconfirmed,
            why: String::new(),
            because_of: None,
        };
        let mut told = vec![
            removed("POST /servers", "$.server.id", "‹uuid›"),
            added("POST /servers", "$.server.uuid", "‹uuid›"),
        ];
        let follows = join(&mut told);
        let mut pair = PairResult {
            differences: told,
            unconfirmed: [shown("images"), shown("servers")].concat(),
            follows: (follows, [(1, 0), (3, 2)].into()),
            steps: ["GET /images", "GET /servers"].map(in_doubt).into(),
            ..PairResult::default()
        };
        gather(&mut pair);
        let states: Vec<State> = pair.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, [State::Unconfirmed, State::Differs]);
        assert_eq!(pair.unconfirmed, shown("images"));
        assert_eq!(pair.differences[2..], shown("servers"));
        let follows = ([(1, 0), (2, 0), (3, 0)].into(), [(1, 0)].into());
        assert_eq!(pair.follows, follows);
    }

    #[test]
    fn an_item_of_a_list_in_an_item_is_the_inner_thing() {
        let shown = [
            (
                "ec2 RunInstances",
                "$.RunInstancesResponse.instancesSet.item[own]",
            ),
            (
                "ec2 DescribeInstances",
                "$.DescribeInstancesResponse.reservationSet.item[own].instancesSet.item[own]",
            ),
        ];
        let of = |(operation, item): (&str, &str)| {
            [
                removed(operation, &format!("{item}.instanceState"), "running"),
                added(operation, &format!("{item}.state"), "running"),
            ]
        };
        let mut all = shown.map(of).concat();
        let mut follows = join(&mut all);
        follow(&all, &mut follows);
        assert_eq!(follows, [(1, 0), (2, 0), (3, 2)].into());
    }

    #[test]
    fn two_members_that_only_hold_the_same_little_are_two() {
        let mut all = vec![
            removed("GET /a", "$.locked", "false"),
            added("GET /a", "$.hidden", "false"),
            removed("GET /b", "$.x", "‹uuid›"),
            added("GET /b", "$.y", "‹uuid›"),
            added("GET /b", "$.z", "‹uuid›"),
        ];
        assert!(join(&mut all).is_empty());
    }

    #[test]
    fn from_the_other_side_it_is_told_at_the_same_place() {
        let mut there = vec![
            removed("GET /a", "$.a.uuid", "‹uuid›"),
            added("GET /a", "$.a.id", "‹uuid›"),
        ];
        join(&mut there);
        assert_eq!(
            (there[1].kind, &*there[1].a, &*there[1].b),
            (Kind::FieldRenamed, "uuid", "id")
        );
    }
}
