//! The report as SARIF 2.1.0, for what shows the results of analyses.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html>

use super::cleaned::cleaned;
use super::entry::spot;
use super::level::Level;
use super::words;
use crate::judge::{End, Filling, Finding, Impact, Report, Rule, Rules, exit_code, fill, gates};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Where a finding is said to be that no scenario shows.
const SUITE: &str = "scenarios";
/// Other scenarios of a finding that are named.
const RELATED: usize = 10;
/// What a scenario's id may hold of a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// Renders a report as SARIF: a result for each finding and pair; what is waived is suppressed, what chance could have made is open.
/// Of level `error` are those that make the comparison fail.
pub fn sarif(report: &Report, rules: &Rules) -> serde_json::Result<String> {
    let report = &cleaned(report)?;
    let waived = report.waived.iter().filter(|waived| !waived.changed);
    let all = report
        .findings
        .iter()
        .chain(&report.unconfirmed)
        .chain(waived.clone().map(|waived| &waived.finding));
    let used: BTreeSet<&str> = all.map(|finding| finding.rule.as_str()).collect();
    let used: Vec<&str> = used.into_iter().collect();
    let mut results: Vec<Value> = Vec::new();
    for finding in &report.findings {
        let mut result = result(finding, &used);
        result.insert("kind".into(), kind(finding).into());
        result.insert(
            "level".into(),
            level(finding.worst(), report.fail_on).into(),
        );
        result["properties"]["fails"] = gates(finding, report.fail_on).into();
        results.push(result.into());
    }
    for finding in &report.unconfirmed {
        let mut result = result(finding, &used);
        result.insert("kind".into(), "open".into());
        result.insert("level".into(), "none".into());
        results.push(result.into());
    }
    for waived in waived {
        let finding = &waived.finding;
        let mut result = result(finding, &used);
        result.insert("kind".into(), kind(finding).into());
        // not all tools know what suppressed is
        result.insert("level".into(), level(finding.worst(), None).into());
        let why = format!("{} ({})", waived.why, waived.who);
        let suppression = json!({"kind": "external", "status": "accepted", "justification": why});
        result.insert("suppressions".into(), json!([suppression]));
        results.push(result.into());
    }
    let clouds: Vec<&str> = report.clouds.iter().map(|c| c.name.as_str()).collect();
    let observed = !report.ends.iter().any(|end| *end <= End::Unobserved);
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "interop",
                "version": report.tool_version,
                "rules": used.iter().map(|id| descriptor(id, rules, report.fail_on)).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("interop/{}/", clouds.join(","))},
            "originalUriBaseIds": {"SUITE": {"description": {"text":
                "The folder that holds `scenarios`: `interop scenarios show ID` prints one."}}},
            "invocations": [{
                "executionSuccessful": observed,
                "exitCode": exit_code(report.ends.iter().copied()),
            }],
            "columnKind": "unicodeCodePoints",
            "properties": {
                "clouds": clouds,
                "suite": report.suite,
                "judged": report.as_of,
            },
            "results": results,
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

/// A rule as tools show it. One that this version does not know is in a report of another.
fn descriptor(id: &str, rules: &Rules, fail_on: Option<Impact>) -> Value {
    let Some(rule) = rules.get(id) else {
        return json!({"id": id});
    };
    let explanation = fill(&rule.explanation, &Filling::NAMES);
    let mut descriptor = json!({
        "id": id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": explanation.trim().replace('\n', " ")},
        "help": {"text": help(rule)},
        "defaultConfiguration": {"level": level(rule.forward.max(rule.back), fail_on)},
    });
    if let Some(link) = rule.references.first() {
        descriptor["helpUri"] = link.as_str().into();
    }
    descriptor
}

fn help(rule: &Rule) -> String {
    let mut help = vec![
        fill(&rule.explanation, &Filling::NAMES).trim().to_owned(),
        format!(
            "A to B: {}; back: {}. Hits {}.",
            words::impact(rule.forward),
            words::impact(rule.back),
            words::consumers(&rule.consumers)
        ),
        format!("`interop explain {}` says more.", rule.id),
    ];
    help.extend(rule.references.iter().cloned());
    help.join("\n\n")
}

fn level(impact: Impact, fail_on: Option<Impact>) -> &'static str {
    match Level::of(impact, fail_on) {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
        Level::None => "none",
    }
}

/// Only a failure has a level.
fn kind(finding: &Finding) -> &'static str {
    match finding.worst() {
        Impact::None => "informational",
        _ => "fail",
    }
}

/// All but kind and level.
fn result(finding: &Finding, used: &[&str]) -> Map<String, Value> {
    let index = used.iter().position(|id| *id == finding.rule);
    let (first, others) = match finding.scenarios.split_first() {
        Some((first, others)) => (file(first), others),
        None => (SUITE.to_owned(), [].as_slice()),
    };
    let logical = json!({
        "name": spot(finding),
        "fullyQualifiedName": format!("{}/{}/{}", finding.service, finding.operation, finding.place),
        "kind": "resource",
    });
    let related: Vec<Value> = others
        .iter()
        .take(RELATED)
        .enumerate()
        .map(|(n, id)| json!({"id": n + 1, "physicalLocation": physical(&file(id))}))
        .collect();
    let mut result = Map::new();
    let mut put = |name: &str, value: Value| {
        result.insert(name.to_owned(), value);
    };
    put("ruleId", finding.rule.as_str().into());
    put("ruleIndex", index.into());
    put("message", json!({"text": finding.summary}));
    put(
        "locations",
        json!([{"physicalLocation": physical(&first), "logicalLocations": [logical]}]),
    );
    if !related.is_empty() {
        put("relatedLocations", related.into());
    }
    put(
        "partialFingerprints",
        json!({
            "interopFinding/v1": finding.id,
            "interopValues/v1": finding.values,
            "interopClouds/v1": format!("{} → {}", finding.a.cloud, finding.b.cloud),
        }),
    );
    put("occurrenceCount", finding.exchanges.max(1).into());
    put(
        "properties",
        json!({
            "service": finding.service,
            "a": finding.a,
            "b": finding.b,
            "forward": finding.forward,
            "back": finding.back,
            "costsData": finding.costs_data,
            "consumers": finding.consumers,
            "cause": finding.cause,
            "steps": finding.steps,
            "consequences": finding.consequences,
        }),
    );
    result
}

fn file(scenario: &str) -> String {
    format!("{SUITE}/{}.toml", utf8_percent_encode(scenario, PATH))
}

fn physical(uri: &str) -> Value {
    json!({
        "artifactLocation": {"uri": uri, "uriBaseId": "SUITE"},
        "region": {"startLine": 1},
    })
}
