//! The formats for other tools. `tests/formats/check` validates them with published schemas and real consumers.

use super::*;
use crate::judge::End;
use proptest::prelude::*;

/// Every text that comes from a cloud is this.
fn hostile(text: &str) -> Report {
    let mut report = many();
    for finding in &mut report.findings {
        text.clone_into(&mut finding.operation);
        text.clone_into(&mut finding.place);
        text.clone_into(&mut finding.summary);
        text.clone_into(&mut finding.a.value);
        finding.b.value = format!("{text} too");
    }
    report
}

fn waived() -> Waived {
    Waived {
        finding: Finding {
            id: "waivedxxxx".into(),
            ..breaking()
        },
        why: "known".into(),
        who: "me".into(),
        until: None,
        changed: false,
    }
}

fn rules() -> Rules {
    Rules::embedded().unwrap()
}

#[test]
fn markdown_of_many_findings() {
    insta::assert_snapshot!(markdown(&many()).unwrap());
}

#[test]
fn junit_of_many_findings() {
    insta::assert_snapshot!(junit(&many()).unwrap());
}

#[test]
fn annotations_of_many_findings() {
    insta::assert_snapshot!(annotations(&many()).unwrap());
}

#[test]
fn csv_of_many_findings() {
    insta::assert_snapshot!(csv(&many()).unwrap().replace("\r\n", "\n"));
}

#[test]
fn sarif_says_what_fails_what_is_waived_and_what_chance_could_have_made() {
    let mut report = many();
    report.waived = vec![waived()];
    report.unconfirmed = vec![Finding {
        id: "perhapsxxx".into(),
        ..breaking()
    }];
    let log: serde_json::Value = serde_json::from_str(&sarif(&report, &rules()).unwrap()).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |id: &str| {
        results
            .iter()
            .find(|result| result["partialFingerprints"]["interopFinding/v1"] == id)
            .unwrap()
    };
    assert_eq!(of("sagpz2umf4")["level"], "error");
    assert_eq!(of("sagpz2umf4")["properties"]["fails"], true);
    assert_eq!(of("degrade000")["level"], "warning");
    assert_eq!(of("degrade000")["properties"]["fails"], false);
    assert_eq!(
        of("waivedxxxx")["suppressions"][0]["justification"],
        "known (me)"
    );
    assert_eq!(of("waivedxxxx")["level"], "warning");
    assert_eq!(of("perhapsxxx")["kind"], "open");
    let file = &of("sagpz2umf4")["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(file, "scenarios/compute/server/create.toml");
}

#[test]
fn what_one_fails_on_is_what_all_formats_fail_on() {
    let levels = [
        None,
        Some(Impact::Breaks),
        Some(Impact::Degrades),
        Some(Impact::Cosmetic),
    ];
    for fail_on in levels {
        let mut report = many();
        report.waived = vec![waived()];
        let report = report.failing(fail_on);
        let fails = |f: &&Finding| fail_on.is_some_and(|least| f.forward.max(f.back) >= least);
        let failing: Vec<&Finding> = report.findings.iter().filter(fails).collect();
        let count = failing.len();
        assert_eq!(report.ends.contains(&End::Findings), count > 0);
        let table = csv(&report).unwrap();
        assert_eq!(table.matches(",finding,yes,").count(), count, "{fail_on:?}");
        let log = sarif(&report, &rules()).unwrap();
        let log: serde_json::Value = serde_json::from_str(&log).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let errors = results.iter().filter(|result| result["level"] == "error");
        assert!(errors.clone().all(|r| r["properties"]["fails"] == true));
        assert_eq!(errors.count(), count, "{fail_on:?}");
        let exit_code = &log["runs"][0]["invocations"][0]["exitCode"];
        assert_eq!(exit_code, u8::from(count > 0), "{fail_on:?}");
        // GitHub shows ten
        let lines = annotations(&report).unwrap();
        assert_eq!(lines.matches("::error ").count(), count.min(10));
        let suites = junit(&report).unwrap();
        let suites = roxmltree::Document::parse(&suites).unwrap();
        let failures = suites.descendants().filter(|n| n.has_tag_name("failure"));
        let told: String = failures.filter_map(|n| n.text()).collect();
        for finding in &report.findings {
            let is_told = told.contains(&finding.id);
            assert_eq!(is_told, fails(&finding), "{fail_on:?} {}", finding.id);
        }
    }
}

#[test]
fn nothing_compared_is_an_error_and_no_passed_test() {
    let mut report = report(&["private", "public"], vec![]);
    report.pairs[0].places = 0;
    let text = junit(&report).unwrap();
    assert!(text.contains("errors=\"1\""), "{text}");
    assert!(text.contains("message=\"nothing was compared\""), "{text}");
}

#[test]
fn what_is_cut_from_a_comment_is_said() {
    let long = "a long value ".repeat(200);
    let mut report = hostile(&long);
    let more: Vec<Finding> = (0..200)
        .map(|n| Finding {
            id: format!("many{n:06}"),
            ..report.findings[0].clone()
        })
        .collect();
    report.findings.extend(more);
    let text = markdown(&report).unwrap();
    assert!(text.chars().count() <= 65_536);
    assert!(text.contains("**Cut here**"), "nothing is said");
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
}

#[test]
fn only_what_is_asked_for_is_shown_and_the_verdict_stays() {
    let asked = |conditions: &[&str]| {
        let conditions: Vec<Only> = conditions.iter().map(|c| c.parse().unwrap()).collect();
        let (part, said) = only(&many(), &conditions);
        let ids: Vec<String> = part.findings.iter().map(|f| f.id.clone()).collect();
        (ids, part, said)
    };
    let (ids, part, said) = asked(&["service=image", "service=identity"]);
    assert_eq!(ids, ["fieldadded", "headerxxxx"]);
    assert_eq!(
        said.unwrap(),
        "only service=image service=identity: 2 of 15 findings; the verdict counts all"
    );
    assert_eq!(part.pairs[0].forward, many().pairs[0].forward);
    // who comes back is broken by it, who moves on is not
    assert_eq!(asked(&["id=fieldadded", "direction=on"]).0, [""; 0]);
    assert_eq!(
        asked(&["id=fieldadded", "direction=back", "impact=breaks"]).0,
        ["fieldadded"]
    );
    assert_eq!(asked(&["cloud=elsewhere"]).0, [""; 0]);
    assert_eq!(asked(&[]).0.len(), 15);
    for wrong in ["impact", "impact=bad", "colour=red", "service="] {
        assert!(wrong.parse::<Only>().is_err(), "{wrong}");
    }
}

#[test]
fn sections_are_of_what_is_asked_for_and_hold_every_finding_once() {
    let report = many();
    let groups = [
        (GroupBy::Service, "network (9)"),
        (GroupBy::Rule, "value-changed: "),
        (GroupBy::Operation, "network POST /networks (9)"),
        (GroupBy::Scenario, "compute/server/create ("),
        (GroupBy::Impact, "DEGRADES: "),
    ];
    for (group_by, title) in groups {
        let layout = Layout {
            group_by,
            ..Layout::default()
        };
        let text = terminal(&report, PLAIN, layout).unwrap();
        assert!(text.contains(title), "{title}: {text}");
        for finding in &report.findings {
            let key = format!("{}/{}", finding.id, finding.values);
            assert_eq!(text.matches(&key).count(), 1, "{group_by:?} {key}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_text_of_a_cloud_gets_out_of_its_place(
        text in prop_oneof![
            any::<String>(),
            "[=+@|`<>&\\[\\]()#:/\\\\ \n\r,\"'%!*_~a-c-]{0,80}",
            "[@:#`|]{900}",
        ],
    ) {
        let report = hostile(&text);
        let page = markdown(&report).unwrap();
        prop_assert!(page.chars().count() <= 65_536);
        let folds = page.matches("<details>").count();
        prop_assert_eq!(folds, page.matches("</details>").count());
        // a table's row has its seven pipes
        let rows = page.lines().filter(|line| line.starts_with("| "));
        for row in rows {
            prop_assert_eq!(row.matches('|').count(), 7, "{}", row);
        }
        let suites = junit(&report).unwrap();
        let read = roxmltree::Document::parse(&suites).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(read.descendants().filter(|n| n.has_tag_name("testsuite")).count(), 1);
        let log: Result<serde_json::Value, _> = serde_json::from_str(&sarif(&report, &rules()).unwrap());
        prop_assert!(log.is_ok());
        let mut table = ::csv::ReaderBuilder::new().from_reader(std::io::Cursor::new(csv(&report).unwrap()));
        for row in table.records() {
            let row = row.map_err(|e| TestCaseError::fail(e.to_string()))?;
            for cell in &row {
                prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{}", cell);
            }
        }
        for line in annotations(&report).unwrap().lines() {
            let known = ["::error title=", "::warning title=", "::notice title="];
            let annotation = known.iter().any(|begin| line.starts_with(begin));
            prop_assert!(annotation || line.contains("without an annotation"), "{}", line);
        }
    }
}
