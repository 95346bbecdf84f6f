//! `interop report`, what counts as a failure, and where reports may go.

use crate::program::Desk;
use serde_json::Value;

const DIFF: &str = "diff zed.rec new.rec --as-of 2026-11-27 -s identity/*";

/// A folder with two recordings of real clouds, and the report on their identity services.
fn desk() -> (Desk, Value) {
    let desk = Desk::new();
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for name in ["zed", "new"] {
        let recording = std::fs::read(data.join(format!("lab-{name}.rec"))).unwrap();
        desk.write(&format!("{name}.rec"), recording);
    }
    let told = desk.run(&format!("{DIFF} --json report.json"));
    assert!(matches!(told.code, 0 | 1), "{}", told.text);
    let text = std::fs::read_to_string(desk.path("report.json")).unwrap();
    (desk, serde_json::from_str(&text).unwrap())
}

/// Impacts, the least first, and whether a finding of the report has at least each.
fn expected(report: &Value) -> Vec<(&'static str, i32)> {
    const IMPACTS: [&str; 4] = ["cosmetic", "drifts", "degrades", "breaks"];
    let rank = |impact: &Value| IMPACTS.iter().position(|name| impact == name);
    let worst = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| [rank(&finding["forward"]), rank(&finding["back"])])
        .max()
        .flatten();
    let fails = |n| i32::from(worst.is_some_and(|worst| worst >= n));
    let mut all: Vec<_> = IMPACTS
        .into_iter()
        .enumerate()
        .map(|(n, name)| (name, fails(n)))
        .collect();
    all.push(("never", 0));
    all
}

#[test]
fn what_fails_is_what_is_asked_live_and_from_a_saved_report() {
    let (desk, report) = desk();
    let codes = expected(&report);
    assert!(
        codes.iter().any(|(_, code)| *code == 1),
        "nothing differs: {codes:?}"
    );
    for (impact, code) in codes {
        let told = desk.run(&format!("{DIFF} --summary --fail-on {impact}"));
        assert_eq!(told.code, code, "diff --fail-on {impact}");
        let told = desk.run(&format!("report report.json --summary --fail-on {impact}"));
        assert_eq!(told.code, code, "report --fail-on {impact}");
    }
    assert_eq!(desk.run("report report.json").code, 0);
}

#[test]
fn a_saved_report_is_shown_as_it_was() {
    let (desk, _) = desk();
    for form in [
        "--full",
        "--summary",
        "--group-by service",
        "--only impact=breaks",
        "--format json",
        "--markdown -",
    ] {
        let live = desk.run(&format!("{DIFF} {form}")).text;
        let saved = desk.run(&format!("report report.json {form}")).text;
        let said = |text: &str| {
            let (_, rest) = text.split_once("=== standard output\n").unwrap();
            rest.split_once("=== standard error").unwrap().0.to_owned()
        };
        assert_eq!(said(&live), said(&saved), "{form}");
    }
}

#[test]
fn two_formats_do_not_share_the_standard_output() {
    let told = Desk::new().run("report report.json --markdown - --junit -");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(
        told.text.contains("not markdown and junit"),
        "{}",
        told.text
    );
}

#[test]
fn what_is_no_report_is_said() {
    let (desk, mut report) = desk();
    desk.write("other.json", "{}");
    let told = desk.run("report other.json");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(
        told.text.contains("other.json is not a report"),
        "{}",
        told.text
    );
    report["format"] = 999.into();
    desk.write("newer.json", report.to_string());
    let told = desk.run("report newer.json");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(
        told.text.contains("this version can't read"),
        "{}",
        told.text
    );
    let told = desk.run("report report.json --only colour=red");
    assert_eq!(told.code, 2, "{}", told.text);
    let told = desk.run("report report.json --csv nowhere/x.csv");
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(
        told.text.contains("can't write nowhere/x.csv"),
        "{}",
        told.text
    );
}
