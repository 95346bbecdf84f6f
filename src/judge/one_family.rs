//! Scenarios that mean something on the clouds of one family only: counted, and no finding.

use crate::judge::discovery::{families, family_of};
use crate::judge::input::CloudInput;
use crate::recording::Skip;
use std::collections::{BTreeMap, BTreeSet};

/// The families that a scenario would need, where a cloud that skipped it speaks none of them.
pub fn foreign<'w>(why: &'w str, spoken: &BTreeSet<&str>) -> Option<Vec<&'w str>> {
    let needed = Skip::realised_on(why).or_else(|| {
        let family = family_of(Skip::missing_service(why)?)?;
        Some(vec![family])
    })?;
    let is_foreign = needed.iter().all(|family| !spoken.contains(family));
    is_foreign.then_some(needed)
}

/// The families that some cloud here speaks.
pub fn spoken<'c>(clouds: &'c [CloudInput<'_>]) -> BTreeSet<&'c str> {
    clouds
        .iter()
        .flat_map(|cloud| families(&cloud.header.cloud))
        .collect()
}

/// "214 scenarios of openstack only, 92 of s3 only". Those that no cloud here could run are not counted.
pub fn line(clouds: &[CloudInput<'_>]) -> Option<String> {
    let here = spoken(clouds);
    let mut by_family: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
    for cloud in clouds {
        let spoken = families(&cloud.header.cloud);
        for (id, skip) in &cloud.header.plan.skipped {
            let Some(mut needed) = foreign(&skip.why, &spoken) else {
                continue;
            };
            needed.retain(|family| here.contains(family));
            if !needed.is_empty() {
                by_family
                    .entry(needed.join(" and "))
                    .or_default()
                    .insert(id);
            }
        }
    }
    let counts: Vec<String> = by_family
        .iter()
        .enumerate()
        .map(|(n, (families, ids))| {
            let scenarios = match (n, ids.len()) {
                (0, 1) => " scenario",
                (0, _) => " scenarios",
                _ => "",
            };
            format!("{}{scenarios} of {families} only", ids.len())
        })
        .collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}
