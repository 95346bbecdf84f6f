//! Scenarios of services that no cloud of a report has: said once, however many they are.

use crate::judge::{CloudSummary, Report};
use crate::recording::Skip;
use std::collections::{BTreeMap, BTreeSet};

/// What is said of them, and which they are. None where every service is on one cloud at least.
pub(super) fn absent(report: &Report) -> Option<(String, BTreeSet<&str>)> {
    let (first, others) = report.clouds.split_first()?;
    let mut common = without_service(first);
    for cloud in others {
        let here = without_service(cloud);
        common.retain(|scenario, _| here.contains_key(scenario));
    }
    let mut by_service: BTreeMap<&str, usize> = BTreeMap::new();
    for service in common.values() {
        *by_service.entry(service).or_default() += 1;
    }
    let services = match by_service.len() {
        0 => return None,
        1 => by_service.into_keys().collect(),
        _ => by_service
            .into_iter()
            .map(|(service, count)| format!("{service} ({count})"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let scenarios = match common.len() {
        1 => "1 scenario".to_owned(),
        n => format!("{n} scenarios"),
    };
    let said = format!("{scenarios} of {services}: no cloud here has the service");
    Some((said, common.into_keys().collect()))
}

/// Scenarios that a cloud lacks a service for, and which.
fn without_service(cloud: &CloudSummary) -> BTreeMap<&str, &str> {
    cloud
        .skipped
        .iter()
        .filter_map(|skipped| {
            let service = Skip::missing_service(&skipped.why)?;
            Some((skipped.scenario.as_str(), service))
        })
        .collect()
}
