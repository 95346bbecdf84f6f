//! The report as JUnit XML, for what shows tests: a suite for each pair, a case for each scenario.
//!
//! It has nothing but what both published schemas know: Jenkins' (`junit-10.xsd`) the whole, Maven Surefire's each suite.

use super::belief;
use super::cleaned::cleaned;
use super::entry::spot;
use super::words;
use crate::compare::State;
use crate::judge::{End, Finding, PairSummary, Report, ScenarioResult, gates};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;

#[derive(Debug, thiserror::Error)]
pub enum JunitError {
    #[error(transparent)]
    Report(#[from] serde_json::Error),
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// What a test is to a tool that shows tests.
struct Case {
    class: String,
    name: String,
    result: Outcome,
    /// Findings that don't make the comparison fail, a line each.
    beside: Vec<String>,
}

enum Outcome {
    Passed,
    /// By which rule first, in a line, and at length.
    Failed(String, String, String),
    Skipped(String),
    /// What could not be observed is no failure of a cloud.
    Error(String),
}

/// Renders a report as JUnit XML. A case fails where a finding stands that makes the comparison fail; it is skipped where its
/// scenario says nothing of the pair.
pub fn junit(report: &Report) -> Result<String, JunitError> {
    let report = &cleaned(report)?;
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", "interop"))
        .write_inner_content(|writer| {
            for pair in &report.pairs {
                suite(report, pair, writer)?;
            }
            Ok(())
        })?;
    let text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    Ok(text + "\n")
}

fn suite(
    report: &Report,
    pair: &PairSummary,
    writer: &mut Writer<Vec<u8>>,
) -> Result<(), io::Error> {
    let cases = cases(report, pair);
    let count = |is: fn(&Outcome) -> bool| {
        let n = cases.iter().filter(|case| is(&case.result)).count();
        n.to_string()
    };
    let tests = cases.len().to_string();
    let failures = count(|result| matches!(result, Outcome::Failed(..)));
    let errors = count(|result| matches!(result, Outcome::Error(_)));
    let skipped = count(|result| matches!(result, Outcome::Skipped(_)));
    writer
        .create_element("testsuite")
        .with_attribute(("name", legal(&name_of(pair)).as_str()))
        .with_attribute(("tests", tests.as_str()))
        .with_attribute(("failures", failures.as_str()))
        .with_attribute(("errors", errors.as_str()))
        .with_attribute(("skipped", skipped.as_str()))
        .with_attribute(("time", "0"))
        .write_inner_content(|writer| {
            properties(report, pair, writer)?;
            cases.iter().try_for_each(|case| write(case, writer))
        })?;
    Ok(())
}

fn properties(
    report: &Report,
    pair: &PairSummary,
    writer: &mut Writer<Vec<u8>>,
) -> Result<(), io::Error> {
    let properties = [
        ("verdict", belief::verdict(report, pair)),
        ("believe", belief::lines(report).join("; ")),
        ("suite", report.suite.clone()),
        ("judged", report.as_of.clone()),
        ("interop", report.tool_version.clone()),
        (
            "fail-on",
            report.fail_on.map_or("never", words::impact).to_owned(),
        ),
    ];
    writer
        .create_element("properties")
        .write_inner_content(|writer| {
            for (name, value) in properties {
                writer
                    .create_element("property")
                    .with_attribute(("name", name))
                    .with_attribute(("value", legal(&value).as_str()))
                    .write_empty()?;
            }
            Ok(())
        })?;
    Ok(())
}

/// `private → public`, as the states of scenarios are keyed.
fn name_of(pair: &PairSummary) -> String {
    format!("{} → {}", pair.a, pair.b)
}

fn cases(report: &Report, pair: &PairSummary) -> Vec<Case> {
    // a dot in a class parts packages
    let package = name_of(pair).replace('.', "_");
    let of_pair = |finding: &&Finding| finding.a.cloud == pair.a && finding.b.cloud == pair.b;
    let findings: Vec<&Finding> = report.findings.iter().filter(of_pair).collect();
    let (discovered, shown): (Vec<&Finding>, Vec<&Finding>) = findings
        .into_iter()
        .partition(|finding| finding.scenarios.is_empty());
    let mut cases = vec![
        Case {
            class: package.clone(),
            name: "the comparison itself".into(),
            result: whole(report, pair),
            beside: Vec::new(),
        },
        case(report, package.clone(), "discovery", &discovered),
    ];
    for scenario in &report.scenarios {
        let Some((state, why)) = scenario.states.get(&name_of(pair)) else {
            continue;
        };
        let (folder, name) = scenario.id.rsplit_once('/').unwrap_or(("", &scenario.id));
        let class = format!("{package}.{}", folder.replace('.', "_").replace('/', "."));
        let of_scenario = |finding: &&&Finding| finding.scenarios.contains(&scenario.id);
        let of_scenario: Vec<&Finding> = shown.iter().filter(of_scenario).copied().collect();
        let mut case = case(report, class, name, &of_scenario);
        if let Outcome::Passed = case.result {
            case.result = seen(scenario, *state, why);
        }
        cases.push(case);
    }
    cases
}

/// A scenario without a finding that fails: seen on both, or not.
fn seen(scenario: &ScenarioResult, state: State, why: &str) -> Outcome {
    match state {
        State::Same | State::Differs => Outcome::Passed,
        _ if why.is_empty() => {
            Outcome::Skipped(format!("{}: {}", words::state(state), scenario.title))
        }
        _ => Outcome::Skipped(format!("{}: {why}", words::state(state))),
    }
}

/// Nothing compared is not success, and neither is what was left behind.
fn whole(report: &Report, pair: &PairSummary) -> Outcome {
    if pair.places == 0 {
        return Outcome::Error("nothing was compared".into());
    }
    let wrong: Vec<&str> = report
        .ends
        .iter()
        .filter_map(|end| match end {
            End::LeftBehind => Some("something could not be cleaned up"),
            End::Unobserved => Some("a selected scenario could not be observed"),
            _ => None,
        })
        .collect();
    if wrong.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Error(wrong.join("; "))
    }
}

fn case(report: &Report, class: String, name: &str, findings: &[&Finding]) -> Case {
    let (failing, others): (Vec<&Finding>, Vec<&Finding>) = findings
        .iter()
        .copied()
        .partition(|finding| gates(finding, report.fail_on));
    let result = match failing.as_slice() {
        [] => Outcome::Passed,
        [one] => Outcome::Failed(one.rule.clone(), one.summary.clone(), at_length(&failing)),
        [first, others @ ..] => Outcome::Failed(
            first.rule.clone(),
            format!(
                "{} And {}.",
                first.summary,
                words::count(others.len(), "more finding")
            ),
            at_length(&failing),
        ),
    };
    Case {
        class,
        name: name.to_owned(),
        result,
        beside: others.into_iter().map(in_a_line).collect(),
    }
}

fn in_a_line(finding: &Finding) -> String {
    format!(
        "{}/{} {} (→ {}, ← {}) {}: {}",
        finding.id,
        finding.values,
        finding.rule,
        words::impact(finding.forward),
        words::impact(finding.back),
        spot(finding),
        finding.summary
    )
}

fn at_length(findings: &[&Finding]) -> String {
    let mut lines = Vec::new();
    for finding in findings {
        lines.push(in_a_line(finding));
        lines.push(finding.explanation.replace('\n', " "));
        lines.extend(finding.steps.iter().take(5).map(|step| format!("  {step}")));
        lines.push(String::new());
    }
    lines.push("interop explain ID --report FILE shows what was sent and what came.".into());
    lines.join("\n")
}

fn write(case: &Case, writer: &mut Writer<Vec<u8>>) -> Result<(), io::Error> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", legal(&case.class).as_str()))
        .with_attribute(("name", legal(&case.name).as_str()))
        .with_attribute(("time", "0"));
    if matches!(case.result, Outcome::Passed) && case.beside.is_empty() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        match &case.result {
            Outcome::Passed => {}
            Outcome::Failed(rule, message, text) => {
                writer
                    .create_element("failure")
                    .with_attribute(("type", legal(rule).as_str()))
                    .with_attribute(("message", legal(message).as_str()))
                    .write_text_content(BytesText::new(&legal(text)))?;
            }
            Outcome::Skipped(why) => {
                writer
                    .create_element("skipped")
                    .with_attribute(("message", legal(why).as_str()))
                    .write_empty()?;
            }
            Outcome::Error(why) => {
                writer
                    .create_element("error")
                    .with_attribute(("type", "unobserved"))
                    .with_attribute(("message", legal(why).as_str()))
                    .write_empty()?;
            }
        }
        if !case.beside.is_empty() {
            writer
                .create_element("system-out")
                .write_text_content(BytesText::new(&legal(&case.beside.join("\n"))))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Without the two characters that XML can't hold and that no terminal acts on: a cleaned text has no others of them.
/// <https://www.w3.org/TR/xml/#charsets>
fn legal(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
