//! A quota that is lower on one cloud: its number where the service shows it, in whatever answer, and the refusal of what is beyond
//! it are one difference. Which quotas there are was asked before any scenario ran.

use super::model::{Kind, PairResult};
use crate::recording::Discovery;
use std::collections::{BTreeMap, BTreeSet};

/// Service, and what a quota is on the one cloud and on the other, where that is not the same.
pub type Unlike = BTreeSet<(String, String, String)>;

#[must_use]
pub fn unlike(a: &Discovery, b: &Discovery) -> Unlike {
    let mut found = Unlike::new();
    for (service, of_a) in &a.quotas {
        let Some(of_b) = b.quotas.get(service) else {
            continue;
        };
        let both = of_a
            .iter()
            .filter_map(|(name, n)| Some((n, of_b.get(name)?)));
        let other = both.filter(|(n, m)| n != m);
        found.extend(other.map(|(n, m)| (service.clone(), n.to_string(), m.to_string())));
    }
    found
}

/// `refused`: by service, the difference that says that something is beyond a quota.
pub fn gather(pair: &mut PairResult, unlike: &Unlike, refused: &BTreeMap<String, usize>) {
    let mut first: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for (n, d) in pair.differences.iter().enumerate() {
        let shows = ["$.quota", "$.limits."];
        let key = (d.service.clone(), d.a.clone(), d.b.clone());
        let is_number = d.kind == Kind::Value && unlike.contains(&key);
        let is_shown = shows.iter().any(|begin| d.place.starts_with(begin));
        if !is_number || !is_shown || pair.follows.0.contains_key(&n) {
            continue;
        }
        let root = refused.get(&d.service).copied();
        let root = root.unwrap_or_else(|| *first.entry(key).or_insert(n));
        if root != n {
            pair.follows.0.insert(n, root);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, Difference, EvidenceRef};

    fn quotas(instances: i64) -> Discovery {
        let of_compute = [
            ("instances".to_owned(), instances),
            ("cores".to_owned(), 20),
        ];
        Discovery {
            quotas: [("compute".to_owned(), of_compute.into())].into(),
            ..Discovery::default()
        }
    }

    fn number(place: &str, a: &str, b: &str) -> Difference {
        Difference {
            scenario: "compute/quota/show".into(),
            service: "compute".into(),
            operation: "GET /limits".into(),
            place: place.into(),
            kind: Kind::Value,
            asker: Asker::Owner,
            a: a.into(),
            b: b.into(),
            step: "limits".into(),
            rows: vec![],
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        }
    }

    #[test]
    fn a_quota_is_one_difference_wherever_its_number_is_shown() {
        let mut pair = PairResult {
            differences: vec![
                number("$.limits.absolute.maxTotalInstances", "10", "0"),
                number("$.quota_set.instances", "10", "0"),
                number("$.quota_set.cores", "10", "3"),
                number("$.server.count", "10", "0"),
            ],
            ..PairResult::default()
        };
        let unlike = unlike(&quotas(10), &quotas(0));
        gather(&mut pair, &unlike, &BTreeMap::new());
        assert_eq!(pair.follows.0, [(1, 0)].into());
        pair.follows.0.clear();
        let refused = [("compute".to_owned(), 3)].into();
        gather(&mut pair, &unlike, &refused);
        assert_eq!(pair.follows.0, [(0, 3), (1, 3)].into());
    }
}
