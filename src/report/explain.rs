//! `interop explain RULE|FINDING`: everything known about one of them.

use super::cleaned::cleaned;
use super::detail::{self, Depth, Why, detail};
use super::entry::{Entry, entries};
use super::screen::{joined, wrap};
use super::style::Style;
use super::words;
use crate::judge::{Filling, Finding, Report, Rule, Rules, fill};
use thiserror::Error;

/// Shortest beginning of an id that is taken for it.
const PREFIX: usize = 4;

#[derive(Debug, Error)]
pub enum ExplainError {
    #[error("no rule or finding is called {what}{}", .near.as_ref().map_or_else(String::new, |n| format!(", did you mean {n}?")))]
    Unknown { what: String, near: Option<String> },
    #[error("{what} is a finding's key perhaps, but there is no report to look it up in")]
    NoReport { what: String },
    #[error(transparent)]
    Defect(#[from] serde_json::Error),
}

/// A rule by its id; or, in a report, the findings whose id, `id/values`, or beginning of an id is
/// `what`.
pub fn explain(
    what: &str,
    rules: &Rules,
    report: Option<&Report>,
    style: Style,
) -> Result<String, ExplainError> {
    if let Some(rule) = rules.get(what) {
        return Ok(explain_rule(rule, style));
    }
    let near = rules
        .iter()
        .map(|rule| (strsim::damerau_levenshtein(&rule.id, what), &rule.id))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, id)| id.clone());
    let unknown = || ExplainError::Unknown {
        what: what.to_owned(),
        near: near.clone(),
    };
    let Some(report) = report else {
        let looks_like_key = what.len() >= PREFIX && !what.contains('-');
        return Err(if looks_like_key && near.is_none() {
            ExplainError::NoReport {
                what: what.to_owned(),
            }
        } else {
            unknown()
        });
    };
    let report = cleaned(report)?;
    let asked: Vec<Finding> = findings(&report, what).into_iter().cloned().collect();
    if asked.is_empty() {
        return Err(unknown());
    }
    let mut lines = Vec::new();
    for entry in entries(&report, &asked) {
        detail(&entry, Depth::Everything, Why::Tell, style, &mut lines);
        lines.extend(to_set(&entry));
    }
    Ok(joined(&lines))
}

/// What the commands of an entry need to be told.
fn to_set(entry: &Entry<'_>) -> Vec<String> {
    let variables = entry
        .findings
        .iter()
        .flat_map(|finding| &finding.examples)
        .flat_map(|example| [&example.a, &example.b])
        .flat_map(|side| side.variables.iter().map(move |(k, v)| (&side.cloud, k, v)));
    let mut told: Vec<String> = variables
        .map(|(cloud, name, value)| format!("     on {cloud}: {name}  {value}"))
        .collect();
    told.sort();
    told.dedup();
    if !told.is_empty() {
        told.insert(0, "   To run the commands, set".into());
        told.push(String::new());
    }
    told
}

/// A finding of a report: what differs, and the commands that show it on each side.
pub fn again(report: &Report, finding: &Finding, style: Style) -> Result<String, ExplainError> {
    let report = cleaned(report)?;
    let mut asked = report.findings.iter().chain(&report.unconfirmed);
    let asked: Vec<Finding> = asked
        .find(|other| other.id == finding.id && other.values == finding.values)
        .into_iter()
        .cloned()
        .collect();
    let mut lines = Vec::new();
    for entry in entries(&report, &asked) {
        detail::again(&entry, style, &mut lines);
        lines.push(String::new());
        lines.extend(to_set(&entry));
    }
    Ok(joined(&lines))
}

/// The findings of a report whose id, `id/values`, or beginning of an id is `what`.
pub fn findings<'r>(report: &'r Report, what: &str) -> Vec<&'r Finding> {
    let (id, values) = what
        .split_once('/')
        .map_or((what, None), |(id, v)| (id, Some(v)));
    let is_asked = |finding: &&Finding| {
        let of_id = finding.id == id || (id.len() >= PREFIX && finding.id.starts_with(id));
        of_id && values.is_none_or(|values| finding.values == values)
    };
    let waived = report
        .waived
        .iter()
        .filter(|w| !w.changed)
        .map(|w| &w.finding);
    let known = report.baseline.iter().flat_map(|since| &since.known);
    let all = report
        .findings
        .iter()
        .chain(known)
        .chain(&report.unconfirmed)
        .chain(waived);
    all.filter(is_asked).collect()
}

fn explain_rule(rule: &Rule, style: Style) -> String {
    let mut lines = vec![
        style.heading(&format!("{}: {}", rule.id, rule.title)),
        String::new(),
    ];
    let mut put = |text: &str| {
        lines.extend(wrap(text, style.columns));
        lines.push(String::new());
    };
    put(&fill(&rule.explanation, &Filling::NAMES));
    put(&format!(
        "A → B: {} · back: {}",
        words::impact(rule.forward),
        words::impact(rule.back)
    ));
    for exception in &rule.overrides {
        let about: Vec<_> = exception
            .about
            .operations
            .iter()
            .chain(&exception.about.places)
            .map(ToString::to_string)
            .chain(exception.about.services.iter().cloned())
            .collect();
        put(&format!(
            "{} / {} for {}: {}",
            words::impact(exception.forward),
            words::impact(exception.back),
            about.join(", "),
            exception.because
        ));
    }
    put(&format!("Hits {}.", words::consumers(&rule.consumers)));
    for (family, code) in rule.witness.all() {
        let code = fill(code, &rule.example());
        let of = family.map_or_else(String::new, |family| format!(" of {family}"));
        lines.push(format!("A client{of} that meets it:"));
        lines.extend(code.lines().map(|line| format!("  {line}")));
        lines.push(String::new());
    }
    lines.extend(rule.references.iter().cloned());
    joined(&lines)
}
