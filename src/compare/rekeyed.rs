//! Items of a list that a member tells apart: where that member is another on one cloud, or has another name, an item looks gone
//! and one looks new. It is one difference.

use super::model::{Difference, Kind};
use crate::dialect;
use crate::dialect::xml::is_item;
use crate::observe::item;
use std::collections::{BTreeMap, BTreeSet};

/// What an item without its key is called.
const WITHOUT_KEY: &str = "?";

/// What our items are called that no member names.
const NAMELESS: &str = "own";

/// The names of the members that an item has on each cloud, by its place: `$.servers[a]`.
pub type Members<'m> = [&'m dyn Fn(&str) -> BTreeSet<String>; 2];

/// The differences of one answer, with those that are one difference as one.
pub fn joined(differences: Vec<Difference>, members: Members<'_>) -> Vec<Difference> {
    let mut lists: BTreeMap<String, [Vec<usize>; 2]> = BTreeMap::new();
    for (index, difference) in differences.iter().enumerate() {
        let side = match difference.kind {
            Kind::FieldRemoved => 0,
            Kind::FieldAdded => 1,
            _ => continue,
        };
        if let Some((list, _)) = whole_item(&difference.place) {
            lists.entry(list.to_owned()).or_default()[side].push(index);
        }
    }
    let mut new: BTreeMap<usize, Difference> = BTreeMap::new();
    let mut gone = Vec::new();
    for (list, [removed, added]) in lists {
        let one = under_another_name(&list, &differences, [&removed, &added], members)
            .or_else(|| one_of(&list, &differences, &removed, &added));
        let Some(one) = one else {
            continue;
        };
        let mut all = removed.into_iter().chain(added);
        new.extend(all.next().map(|first| (first, one)));
        gone.extend(all);
    }
    let kept = differences
        .into_iter()
        .enumerate()
        .filter(|(n, _)| !gone.contains(n));
    kept.map(|(n, d)| new.remove(&n).unwrap_or(d)).collect()
}

/// Items that have names on one cloud and none on the other: the member that tells them apart is not there, or has another name.
fn under_another_name(
    list: &str,
    differences: &[Difference],
    [removed, added]: [&[usize]; 2],
    members: Members<'_>,
) -> Option<Difference> {
    let nameless = |of: &[usize]| match of {
        [one] => whole_item(&differences[*one].place)
            .is_some_and(|(_, key)| [WITHOUT_KEY, NAMELESS].contains(&key)),
        _ => false,
    };
    let (first, _) = (removed.first()?, added.first()?);
    if nameless(removed) == nameless(added) {
        return None;
    }
    let of_all = |of: &[usize], members: &dyn Fn(&str) -> BTreeSet<String>| {
        let mut items = of.iter().map(|n| members(&differences[*n].place));
        let first = items.next().unwrap_or_default();
        items.fold((first.clone(), first), |(each, any), item| {
            (&each & &item, &any | &item)
        })
    };
    let (each_a, any_a) = of_all(removed, members[0]);
    let (each_b, any_b) = of_all(added, members[1]);
    let only = |each: &BTreeSet<String>, others: &BTreeSet<String>| -> Option<Option<String>> {
        let mut only = each.difference(others);
        let one = only.next().cloned();
        only.next().is_none().then_some(one)
    };
    let absent = || "absent".to_owned();
    let (kind, name, a, b) = match (only(&each_a, &any_b)?, only(&each_b, &any_a)?) {
        (Some(a), Some(b)) => (Kind::FieldRenamed, (&a).min(&b).clone(), a, b),
        (Some(a), None) => (Kind::FieldRemoved, a, "string".to_owned(), absent()),
        (None, Some(b)) => (Kind::FieldAdded, b, absent(), "string".to_owned()),
        (None, None) => return None,
    };
    Some(Difference {
        place: format!("{list}[].{name}"),
        kind,
        a,
        b,
        ..differences[*first].clone()
    })
}

/// What the items of a list that one cloud has, and those that the other has, come to: the key is not there on one, it is
/// another, or it is written otherwise.
fn one_of(
    list: &str,
    differences: &[Difference],
    removed: &[usize],
    added: &[usize],
) -> Option<Difference> {
    let keys = |of: &[usize]| -> Vec<&str> {
        let keys = of.iter().filter_map(|n| whole_item(&differences[*n].place));
        keys.map(|(_, key)| key).collect()
    };
    let (in_a, in_b) = (keys(removed), keys(added));
    if in_a.contains(&NAMELESS) || in_b.contains(&NAMELESS) {
        return None;
    }
    let first = &differences[*removed.first()?];
    let without = || {
        let mut names = list.rsplit('.').skip_while(|name| is_item(name));
        let key = dialect::list_key(names.next()?)?;
        Some(format!("{list}[].{key}"))
    };
    let absent = || "absent".to_owned();
    let (kind, place, a, b) = match (in_a.as_slice(), in_b.as_slice()) {
        ([_, ..], [WITHOUT_KEY]) => (Kind::FieldRemoved, without()?, in_a.join(", "), absent()),
        ([WITHOUT_KEY], [_, ..]) => (Kind::FieldAdded, without()?, absent(), in_b.join(", ")),
        _ if folded(&in_a) == folded(&in_b) => {
            (Kind::Value, without()?, in_a.join(", "), in_b.join(", "))
        }
        ([a], [b]) => (
            Kind::Items,
            list.to_owned(),
            (*a).to_owned(),
            (*b).to_owned(),
        ),
        _ => return None,
    };
    Some(Difference {
        place,
        kind,
        a,
        b,
        ..first.clone()
    })
}

/// Keys without their case, in order.
fn folded(keys: &[&str]) -> Vec<String> {
    let mut folded: Vec<String> = keys.iter().map(|key| key.to_lowercase()).collect();
    folded.sort();
    folded
}

/// The list and the key of the item that a place is, as a whole.
fn whole_item(place: &str) -> Option<(&str, &str)> {
    item(place).filter(|(list, key)| list.starts_with('$') && !["", "*"].contains(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, EvidenceRef};

    fn lacks(kind: Kind, place: &str) -> Difference {
        let (a, b) = match kind {
            Kind::FieldRemoved => ("object", "absent"),
            _ => ("absent", "object"),
        };
        Difference {
            scenario: "identity/version/document".into(),
            service: "identity".into(),
            operation: "GET /".into(),
            place: place.into(),
            kind,
            asker: Asker::Owner,
            a: a.into(),
            b: b.into(),
            step: "versions".into(),
            rows: vec![],
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        }
    }

    fn told(differences: Vec<Difference>) -> Vec<String> {
        let line = |d: Difference| format!("{:?} {}: {} / {}", d.kind, d.place, d.a, d.b);
        let none = |_: &str| BTreeSet::new();
        let joined = joined(differences, [&none, &none]);
        joined.into_iter().map(line).collect()
    }

    #[test]
    fn an_item_with_another_key_is_one_difference_that_hurts_both_ways() {
        let one = told(vec![
            lacks(Kind::FieldRemoved, "$.versions.values[v3]"),
            lacks(Kind::FieldAdded, "$.versions.values[v3.0]"),
        ]);
        assert_eq!(one, ["Items $.versions.values: v3 / v3.0"]);
    }

    #[test]
    fn items_without_their_key_lack_a_member() {
        let one = told(vec![
            lacks(Kind::FieldRemoved, "$.R.tagSet.item[a]"),
            lacks(Kind::FieldRemoved, "$.R.tagSet.item[b]"),
            lacks(Kind::FieldAdded, "$.R.tagSet.item[?]"),
        ]);
        assert_eq!(one, ["FieldRemoved $.R.tagSet.item[].key: a, b / absent"]);
    }

    #[test]
    fn keys_in_another_case_are_one_difference_however_many() {
        let one = told(vec![
            lacks(Kind::FieldRemoved, "$.R.tagSet.item[a]"),
            lacks(Kind::FieldRemoved, "$.R.tagSet.item[b]"),
            lacks(Kind::FieldAdded, "$.R.tagSet.item[A]"),
            lacks(Kind::FieldAdded, "$.R.tagSet.item[B]"),
        ]);
        assert_eq!(one, ["Value $.R.tagSet.item[].key: a, b / A, B"]);
    }

    #[test]
    fn items_that_only_one_cloud_has_stay_what_they_are() {
        let two = vec![
            lacks(Kind::FieldRemoved, "$.extensions[a]"),
            lacks(Kind::FieldRemoved, "$.extensions[b]"),
            lacks(Kind::FieldAdded, "$.extensions[c]"),
        ];
        let none = |_: &str| BTreeSet::new();
        assert_eq!(joined(two.clone(), [&none, &none]), two);
    }

    #[test]
    fn the_name_of_items_under_another_name_is_one_difference_and_not_all_of_them() {
        let all = || {
            vec![
                lacks(Kind::FieldRemoved, "$.L.Contents[a]"),
                lacks(Kind::FieldRemoved, "$.L.Contents[b]"),
                lacks(Kind::FieldAdded, "$.L.Contents[own]"),
            ]
        };
        let of = |names: &'static [&'static str]| {
            move |_: &str| names.iter().map(|name| (*name).to_owned()).collect()
        };
        let told = |on_b: &'static [&'static str]| -> Vec<String> {
            let joined = joined(all(), [&of(&["Key", "Size"]), &of(on_b)]);
            let line = |d: Difference| format!("{:?} {}: {} / {}", d.kind, d.place, d.a, d.b);
            joined.into_iter().map(line).collect()
        };
        assert_eq!(
            told(&["KeyX", "Size"]),
            ["FieldRenamed $.L.Contents[].Key: Key / KeyX"]
        );
        assert_eq!(
            told(&["Size"]),
            ["FieldRemoved $.L.Contents[].Key: string / absent"]
        );
        assert_eq!(told(&["KeyX", "SizeX"]).len(), 3);
    }
}
