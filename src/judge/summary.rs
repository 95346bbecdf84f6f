//! The parts of a report that are counted: clouds, pairs, the suite.

use crate::compare::{PairResult, error_bound};
use crate::judge::input::{CloudInput, Inputs};
use crate::judge::{CloudSummary, Finding, Impact, NoiseFile, NoiseRead, PairSummary, Skipped};
use crate::observe::kind_of_cloud;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

pub fn cloud(input: &CloudInput<'_>) -> CloudSummary {
    let (header, trailer) = (input.header, input.trailer);
    let info = &header.cloud;
    let skips = header
        .plan
        .skipped
        .iter()
        .chain(trailer.iter().flat_map(|t| &t.skipped));
    let mut skipped: Vec<_> = skips
        .map(|(scenario, skip)| Skipped {
            scenario: scenario.clone(),
            kind: skip.kind,
            why: skip.why.clone(),
        })
        .collect();
    skipped.extend(
        trailer
            .iter()
            .flat_map(|t| &t.cut)
            .map(|(scenario, why)| Skipped {
                scenario: scenario.clone(),
                kind: crate::recording::SkipKind::Cut,
                why: why.clone(),
            }),
    );
    skipped.sort();
    skipped.dedup();
    let main = info.discovery.users.get("main");
    CloudSummary {
        name: info.name.clone(),
        family: info.family.clone(),
        kind: kind_of_cloud(info),
        endpoint: info.target.endpoint.clone(),
        region: info.target.region.clone(),
        project: info.target.project.clone(),
        started: header.started.clone(),
        took_ms: trailer.map_or(0, |t| t.took_ms),
        critical_ms: trailer.map_or(0, |t| t.critical_ms),
        requests: trailer.map_or(0, |t| t.requests),
        executions: input.executions,
        set_aside: input.set_aside,
        repeats: header.plan.repeats,
        complete: trailer.is_some(),
        roles: main.map(|user| user.roles.clone()).unwrap_or_default(),
        bindings: info
            .discovery
            .bindings
            .iter()
            .map(|(name, bound)| (name.clone(), format!("{} ({})", bound.name, bound.chosen)))
            .collect(),
        microversions: info
            .discovery
            .services
            .iter()
            .filter_map(|(name, service)| {
                let (low, high) = service.microversion.as_ref()?;
                Some((name.clone(), format!("{low} – {high}")))
            })
            .collect(),
        left_behind: trailer
            .iter()
            .flat_map(|t| &t.left_behind)
            .map(|left| format!("{} {} {}: {}", left.kind, left.name, left.id, left.why))
            .collect(),
        skipped,
        untested: input.untested,
        noise: header.noise.as_ref().map(|noise| NoiseFile {
            file: noise.file.clone(),
            entries: input.noise.len(),
            lapsed: input.noise.lapsed,
        }),
    }
}

/// Findings by impact, forward and back.
type Counts = (BTreeMap<Impact, u32>, BTreeMap<Impact, u32>);

/// Findings by impact, pair by pair.
pub fn counts(findings: &[Finding]) -> BTreeMap<(&str, &str), Counts> {
    let mut counts: BTreeMap<(&str, &str), Counts> = BTreeMap::new();
    for finding in findings {
        let pair = (finding.a.cloud.as_str(), finding.b.cloud.as_str());
        let (forward, back) = counts.entry(pair).or_default();
        *forward.entry(finding.forward).or_default() += 1;
        *back.entry(finding.back).or_default() += 1;
    }
    counts
}

pub fn pair(
    pair: &PairResult,
    (a, b): (&str, &str),
    counts: &BTreeMap<(&str, &str), Counts>,
) -> PairSummary {
    let (forward, back) = counts.get(&(a, b)).cloned().unwrap_or_default();
    let mut summary = PairSummary {
        a: a.to_owned(),
        b: b.to_owned(),
        forward,
        back,
        behaviours: BTreeMap::new(),
        places: pair.places,
        mixed: pair.mixed,
        noise: pair.noise.len() as u64,
        hidden: pair.noise.iter().filter(|place| place.hidden).count() as u64,
        repeats: pair.repeats,
        error_bound: error_bound(pair),
    };
    for step in &pair.steps {
        *summary.behaviours.entry(step.state).or_default() += 1;
    }
    summary
}

/// Clouds of a pair, the one whose file it is, and what an entry names: service, operation, place.
type Read<'p> = (usize, usize, usize, (&'p String, &'p String, &'p String));

/// What entries of noise files did, entry by entry.
pub fn noise(inputs: &Inputs<'_>) -> Vec<NoiseRead> {
    let mut counts: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for pair in inputs.pairs {
        for place in &pair.noise {
            for (cloud, listed) in [(pair.a, &place.listed.0), (pair.b, &place.listed.1)] {
                let Some((service, operation)) = listed else {
                    continue;
                };
                let entry = (service, operation, &place.place);
                let slot = counts.entry((pair.a, pair.b, cloud, entry)).or_default();
                slot.0 += 1;
                slot.1 += u64::from(place.hidden);
            }
        }
    }
    let name = |n: usize| {
        let cloud = inputs.clouds.get(n);
        cloud.map_or_else(String::new, |c| c.header.cloud.name.clone())
    };
    let read = |(key, (places, hidden)): (Read<'_>, (u64, u64))| {
        let (a, b, cloud, (service, operation, place)) = key;
        let noise = inputs.clouds.get(cloud).map(|cloud| cloud.noise);
        let entry = noise.and_then(|noise| noise.get(service, operation, place));
        NoiseRead {
            a: name(a),
            b: name(b),
            cloud: name(cloud),
            service: service.clone(),
            operation: operation.clone(),
            place: place.clone(),
            because: entry.map(|entry| entry.because.clone()).unwrap_or_default(),
            places,
            hidden,
        }
    };
    counts.into_iter().map(read).collect()
}

/// Identity of what was run: hash over the request hashes of all selected scenarios.
pub fn suite(inputs: &Inputs<'_>) -> String {
    let mut hashes: BTreeMap<&str, &str> = BTreeMap::new();
    for cloud in inputs.clouds {
        for id in &cloud.header.plan.selected {
            if let Some(text) = cloud.header.scenarios.get(id) {
                hashes.entry(id).or_insert(&text.request_hash);
            }
        }
    }
    let mut digest = Sha256::new();
    for (id, hash) in hashes {
        digest.update(format!("{id}\0{hash}\n"));
    }
    hex::encode(digest.finalize())[..12].to_owned()
}
