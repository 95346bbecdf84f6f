//! A part of a report's findings, for people: what is left out is counted, and no verdict changes.

use super::words;
use crate::judge::{Finding, Impact, Report};
use std::collections::BTreeMap;
use std::str::FromStr;

/// What a finding is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Impact,
    Direction,
    Service,
    Rule,
    Id,
    Cloud,
}

const KEYS: [(&str, Key); 6] = [
    ("impact", Key::Impact),
    ("direction", Key::Direction),
    ("service", Key::Service),
    ("rule", Key::Rule),
    ("id", Key::Id),
    ("cloud", Key::Cloud),
];
const IMPACTS: [Impact; 5] = [
    Impact::Breaks,
    Impact::Degrades,
    Impact::Drifts,
    Impact::Cosmetic,
    Impact::None,
];

/// `service=compute`: one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    key: Key,
    value: String,
}

impl FromStr for Only {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        let names = KEYS.map(|(name, _)| name).join(", ");
        let (name, value) = typed
            .split_once('=')
            .ok_or_else(|| format!("KEY=VALUE, where KEY is one of {names}"))?;
        let (_, key) = KEYS
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("there is no `{name}`; there are {names}"))?;
        let allowed: &[&str] = match key {
            Key::Impact => &IMPACTS.map(words::impact),
            Key::Direction => &["on", "back"],
            _ => &[],
        };
        if value.is_empty() || !(allowed.is_empty() || allowed.contains(&value)) {
            return Err(match allowed {
                [] => format!("`{name}` of nothing"),
                allowed => format!("`{name}` is one of {}", allowed.join(", ")),
            });
        }
        Ok(Self {
            key: *key,
            value: value.to_owned(),
        })
    }
}

/// The report with the findings that are asked for, and a line that says so; the report as it is where nothing is asked.
/// Conditions of one key are alternatives; of different keys all must hold.
pub fn only(report: &Report, conditions: &[Only]) -> (Report, Option<String>) {
    if conditions.is_empty() {
        return (report.clone(), None);
    }
    let mut by_key: BTreeMap<Key, Vec<&str>> = BTreeMap::new();
    for condition in conditions {
        by_key
            .entry(condition.key)
            .or_default()
            .push(&condition.value);
    }
    let mut part = report.clone();
    let is_asked = |finding: &Finding| by_key.keys().all(|key| fits(finding, *key, &by_key));
    part.findings.retain(&is_asked);
    part.unconfirmed.retain(&is_asked);
    part.waived.retain(|waived| is_asked(&waived.finding));
    let asked: Vec<String> = conditions
        .iter()
        .map(|condition| {
            let name = KEYS.iter().find(|(_, key)| *key == condition.key);
            format!("{}={}", name.map_or("", |(name, _)| name), condition.value)
        })
        .collect();
    let said = format!(
        "only {}: {} of {}; the verdict counts all",
        asked.join(" "),
        part.findings.len(),
        words::count(report.findings.len(), "finding")
    );
    (part, Some(said))
}

fn fits(finding: &Finding, key: Key, asked: &BTreeMap<Key, Vec<&str>>) -> bool {
    let of = |key: Key| asked.get(&key).map_or(&[][..], Vec::as_slice);
    let any = |holds: &dyn Fn(&str) -> bool| of(key).iter().any(|value| holds(value));
    match key {
        // of the direction that is asked for, if one is
        Key::Impact => any(&|value| {
            impacts(finding, of(Key::Direction))
                .max()
                .is_some_and(|impact| words::impact(impact) == value)
        }),
        Key::Direction => impacts(finding, of(key)).any(|impact| impact > Impact::None),
        Key::Service => any(&|value| finding.service == value),
        Key::Rule => any(&|value| finding.rule == value),
        Key::Id => any(&|value| {
            let key = format!("{}/{}", finding.id, finding.values);
            key.starts_with(value)
        }),
        Key::Cloud => any(&|value| finding.a.cloud == value || finding.b.cloud == value),
    }
}

fn impacts(finding: &Finding, directions: &[&str]) -> impl Iterator<Item = Impact> {
    let goes = |direction| directions.is_empty() || directions.contains(&direction);
    let forward = goes("on").then_some(finding.forward);
    let back = goes("back").then_some(finding.back);
    forward.into_iter().chain(back)
}
