//! Findings of several pairs that are one to a reader: the same id, the clouds parted by value.

use crate::judge::{Finding, Impact, Report, class};
use std::collections::{BTreeMap, BTreeSet};

/// Clouds of a part that are named.
const NAMED: usize = 5;

/// One thing to read about.
pub struct Entry<'a> {
    /// One a pair, in the order of the report.
    pub findings: Vec<&'a Finding>,
    /// The clouds that agree with each other, with the value they share; in the order given.
    pub parts: Vec<Part<'a>>,
}

pub struct Part<'a> {
    pub clouds: Vec<&'a str>,
    pub value: &'a str,
}

/// Joins findings over pairs. A finding joins where no cloud would get a second value.
pub fn entries<'a>(report: &'a Report, findings: &'a [Finding]) -> Vec<Entry<'a>> {
    struct Open<'a> {
        findings: Vec<&'a Finding>,
        pairs: BTreeSet<(&'a str, &'a str)>,
        /// Cloud → class and shown value.
        values: BTreeMap<&'a str, (String, &'a str)>,
    }
    let mut open: Vec<Open<'a>> = Vec::new();
    let mut of_place: BTreeMap<&'a str, Vec<usize>> = BTreeMap::new();
    for finding in findings {
        let sides = [&finding.a, &finding.b].map(|side| {
            let shared = class(finding.kind, &side.value);
            (side.cloud.as_str(), (shared, side.value.as_str()))
        });
        let pair = (finding.a.cloud.as_str(), finding.b.cloud.as_str());
        let fits = |entry: &Open<'a>| {
            !entry.pairs.contains(&pair)
                && sides.iter().all(|(cloud, (shared, _))| {
                    let known = entry.values.get(cloud);
                    known.is_none_or(|(known, _)| known == shared)
                })
        };
        let here = of_place.entry(&finding.id).or_default();
        let found = here.iter().copied().find(|n| fits(&open[*n]));
        if let Some(entry) = found.and_then(|n| open.get_mut(n)) {
            entry.findings.push(finding);
            entry.pairs.insert(pair);
            for (cloud, value) in sides {
                entry.values.entry(cloud).or_insert(value);
            }
        } else {
            here.push(open.len());
            open.push(Open {
                findings: vec![finding],
                pairs: [pair].into(),
                values: sides.into_iter().collect(),
            });
        }
    }
    let named = report.clouds.iter().enumerate();
    let position = named.map(|(n, cloud)| (cloud.name.as_str(), n)).collect();
    open.into_iter()
        .map(|entry| Entry {
            parts: parts(&position, &entry.values),
            findings: entry.findings,
        })
        .collect()
}

/// What is most worth reading first.
pub fn ranked(report: &Report) -> Vec<Entry<'_>> {
    let mut entries = entries(report, &report.findings);
    entries.sort_by_key(Entry::rank);
    entries
}

/// What differs in several ways at one place is one: the first entry of each place, and how many there are of it.
pub fn ways<'e, 'r>(entries: &'e [Entry<'r>]) -> Vec<(&'e Entry<'r>, usize)> {
    let mut ways: Vec<(&Entry<'_>, usize)> = Vec::new();
    for entry in entries {
        let same = |(first, _): &&mut (&Entry<'_>, usize)| first.id() == entry.id();
        match ways.iter_mut().find(same) {
            Some((_, ways)) => *ways += 1,
            None => ways.push((entry, 1)),
        }
    }
    ways
}

/// Where a finding is, in a line.
pub fn spot(finding: &Finding) -> String {
    let whose = if finding.is_discovered() {
        &finding.service
    } else {
        &finding.operation
    };
    format!("{whose} {}", finding.place)
}

fn parts<'a>(
    position: &BTreeMap<&str, usize>,
    values: &BTreeMap<&'a str, (String, &'a str)>,
) -> Vec<Part<'a>> {
    let mut clouds: Vec<_> = values.iter().collect();
    clouds.sort_by_key(|(name, _)| position.get(*name));
    let mut parts: Vec<(&String, Part<'a>)> = Vec::new();
    for (cloud, (shared, value)) in clouds {
        match parts.iter_mut().find(|(known, _)| *known == shared) {
            Some((_, part)) => part.clouds.push(cloud),
            None => parts.push((
                shared,
                Part {
                    clouds: vec![cloud],
                    value,
                },
            )),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

impl<'a> Entry<'a> {
    /// Entries are never empty; the type can't say so.
    pub fn first(&self) -> Option<&'a Finding> {
        self.findings.first().copied()
    }

    /// Of the place, without the values.
    pub fn id(&self) -> &'a str {
        self.first().map_or("", |finding| finding.id.as_str())
    }

    pub fn forward(&self) -> Impact {
        self.findings
            .iter()
            .map(|f| f.forward)
            .max()
            .unwrap_or_default()
    }

    pub fn back(&self) -> Impact {
        self.findings
            .iter()
            .map(|f| f.back)
            .max()
            .unwrap_or_default()
    }

    pub fn worst(&self) -> Impact {
        self.forward().max(self.back())
    }

    pub fn consequences(&self) -> usize {
        self.findings
            .iter()
            .map(|f| f.consequences.len())
            .max()
            .unwrap_or(0)
    }

    pub fn exchanges(&self) -> u32 {
        self.findings.iter().map(|f| f.exchanges).max().unwrap_or(0)
    }

    /// `×212 +3`: exchanges that show it, and steps blocked by it.
    pub fn often(&self) -> String {
        match self.consequences() {
            0 => format!("×{}", self.exchanges()),
            blocked => format!("×{} +{blocked}", self.exchanges()),
        }
    }

    /// Whom it hurts at its worst: `→` who moves on, `←` who comes back, `↔` both.
    pub fn arrow(&self) -> &'static str {
        match self.forward().cmp(&self.back()) {
            std::cmp::Ordering::Greater => "→",
            std::cmp::Ordering::Less => "←",
            std::cmp::Ordering::Equal => "↔",
        }
    }

    /// Smaller is more worth reading first.
    pub fn rank(&self) -> impl Ord + use<> {
        let scenarios = self.findings.iter().map(|f| f.scenarios.len()).max();
        std::cmp::Reverse((
            self.worst(),
            self.findings.iter().any(|f| f.costs_data),
            // a whole service, before any of its behaviours
            self.findings.iter().any(|f| f.is_discovered()),
            (self.forward(), self.back()),
            self.consequences(),
            scenarios,
            self.exchanges(),
        ))
    }
}

impl Part<'_> {
    /// `public`, or `{a, b}`.
    pub fn name(&self) -> String {
        match self.clouds.as_slice() {
            [one] => (*one).to_owned(),
            many if many.len() > NAMED => {
                let (first, rest) = many.split_at(NAMED);
                format!("{{{} and {} more}}", first.join(", "), rest.len())
            }
            many => format!("{{{}}}", many.join(", ")),
        }
    }
}

/// `{a, b} · {c}`.
pub fn partition(parts: &[Part<'_>]) -> String {
    let braced = |part: &Part<'_>| match part.clouds.as_slice() {
        [one] => format!("{{{one}}}"),
        _ => part.name(),
    };
    parts.iter().map(braced).collect::<Vec<_>>().join(" · ")
}
