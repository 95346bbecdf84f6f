//! The finding that is to be reproduced, and the texts that it is cut from.

use super::args::ReproArguments;
use super::console::Console;
use super::diff::{self, Ran};
use super::failure::Failure;
use super::reading::{self, Choices};
use super::reported;
use super::sides::Sides;
use crate::compare::Kind;
use crate::judge::{Finding, Report};
use crate::profile::Environment;
use crate::recording::Recording;
use crate::report;
use crate::scenario::cut::{Cutting, Depth, Document, Fixtures, Spot};
use crate::scenario::{Scenario, ScenarioId, Suite};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Places of a finding that are looked at for the one that needs least, and that are tried.
const LOOKED_AT: usize = 100;
const TRIED: usize = 3;

/// A comparison, and what it was made of.
pub struct Looked {
    report: Report,
    recordings: Vec<Recording>,
    /// Nothing, where it was read.
    pub ran: Ran,
}

/// A finding, and the texts of the scenarios that show it.
pub struct Sought {
    pub finding: Finding,
    pub texts: BTreeMap<String, String>,
}

/// The comparison that has the finding.
pub async fn look(
    arguments: &ReproArguments,
    sides: &Sides<'_>,
    (choices, environment, console): (&Choices, &Environment, Console),
) -> Result<Looked, Failure> {
    let is_report = |path: &PathBuf| path.extension().is_none_or(|ending| ending != "rec");
    if let [path] = arguments.from.as_slice()
        && is_report(path)
    {
        return Ok(Looked {
            report: reported::read(path)?,
            recordings: Vec::new(),
            ran: Ran::default(),
        });
    }
    let (recordings, ran) = if arguments.from.is_empty() {
        diff::observed(sides, &arguments.observe, environment, console).await?
    } else {
        let from = arguments.from.iter().enumerate();
        let opened = from.map(|(index, path)| sides.read(index, path));
        (opened.collect::<Result<Vec<_>, _>>()?, Ran::default())
    };
    if recordings.len() < 2 {
        return Err(Failure::unobserved(
            "error: there are no two clouds to find it between",
        ));
    }
    let report = reading::report(&recordings, choices)
        .map_err(|error| Failure::wrong(format!("error: {error}")))?;
    Ok(Looked {
        report,
        recordings,
        ran,
    })
}

pub fn sought(what: &str, looked: &Looked, suite: &Suite) -> Result<Sought, Failure> {
    let Looked {
        report, recordings, ..
    } = looked;
    let found = report::findings(report, what);
    let Some(finding) = found.first().copied().cloned() else {
        return Err(Failure::wrong(format!(
            "error: no finding is called {what} in this comparison"
        )));
    };
    let mut others: Vec<&str> = found.iter().map(|f| f.id.as_str()).collect();
    others.dedup();
    if others.iter().any(|id| *id != finding.id) {
        return Err(Failure::wrong(format!(
            "error: {what} is the beginning of several: {}",
            others.join(", ")
        )));
    }
    if finding.steps.is_empty() {
        return Err(Failure::wrong(format!(
            "error: {} was seen in what the clouds say of themselves, before any scenario: there is nothing to cut",
            finding.id
        )));
    }
    let mut texts = BTreeMap::new();
    for id in &finding.scenarios {
        let recorded = recordings.iter().find_map(|r| r.header().scenarios.get(id));
        let known = suite.get(&ScenarioId(id.clone()));
        let text = recorded
            .map(|text| &text.source)
            .or(known.map(|scenario| &scenario.source));
        texts.extend(text.map(|text| (id.clone(), text.clone())));
    }
    if texts.is_empty() {
        return Err(Failure::wrong(format!(
            "error: {} was shown by {}, which is not in this suite: name its folder with --scenarios",
            finding.id,
            finding.scenarios.join(", ")
        )));
    }
    Ok(Sought { finding, texts })
}

/// One for each of the spots that need least, by scenario.
pub fn cuttings(sought: &Sought, suite: &Suite, depth: Depth) -> Vec<(String, Cutting)> {
    let fixtures = fixtures(suite);
    let limits = limits(&sought.finding);
    let mut all = Vec::new();
    for step in sought.finding.steps.iter().take(LOOKED_AT) {
        let Some((id, spot)) = spot(step, &sought.finding.place, &limits) else {
            continue;
        };
        let Some(text) = sought.texts.get(id) else {
            continue;
        };
        let scenario = Scenario::parse_recorded(ScenarioId(id.to_owned()), id, text);
        let cutting = scenario.ok().and_then(|scenario| {
            Cutting::new(text, &scenario, &spot, depth, fixtures.clone()).ok()
        });
        all.extend(cutting.map(|cutting| (cutting.weight(), id.to_owned(), cutting)));
    }
    all.sort_by_key(|(weight, ..)| *weight);
    let least = all.into_iter().take(TRIED);
    least.map(|(_, id, cutting)| (id, cutting)).collect()
}

/// `scenario#step[row, row]` and a place.
fn spot<'s>(step: &'s str, place: &str, limits: &[u64]) -> Option<(&'s str, Spot)> {
    let (scenario, step) = step.split_once('#')?;
    let (step, rows) = match step.split_once('[') {
        Some((step, rows)) => (step, rows.strip_suffix(']')?),
        None => (step, ""),
    };
    let rows = rows.split(", ").filter(|row| !row.is_empty());
    let spot = Spot {
        step: step.to_owned(),
        rows: rows.map(str::to_owned).collect(),
        named: place.strip_prefix("named ").map(str::to_owned),
        limits: limits.to_vec(),
    };
    Some((scenario, spot))
}

/// What fixtures do, by id; one whose steps can't be copied is left out.
fn fixtures(suite: &Suite) -> Fixtures {
    let parsed = |fixture: &Scenario| {
        let document = Document::parse(&fixture.source).ok()?;
        Some((fixture.id.0.clone(), document))
    };
    suite.fixtures().filter_map(parsed).collect()
}

/// Both clouds' limits, the lower one first: `255`, `≥ 4096`.
fn limits(finding: &Finding) -> Vec<u64> {
    let number = |value: &str| {
        let text: String = value.chars().filter(char::is_ascii_digit).collect();
        text.parse().ok()
    };
    if finding.kind != Kind::Limit {
        return Vec::new();
    }
    let values = [&finding.a.value, &finding.b.value];
    let mut limits: Vec<u64> = values
        .into_iter()
        .filter_map(|value| number(value))
        .collect();
    limits.sort_unstable();
    limits
}
