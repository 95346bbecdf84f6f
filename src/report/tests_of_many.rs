//! Reports of many clouds, of a baseline, rankings and histories made by hand, rendered.

use super::tests::{breaking, report};
use super::*;
use crate::compare::State;
use crate::judge::{Finding, Impact, Past, Report, Since};
use unicode_width::UnicodeWidthStr;

const PLAIN: Style = Style {
    columns: 80,
    colour: Colour::Plain,
};

/// So many clouds, of which every third differs from the others at `places` places.
fn many(clouds: usize, places: usize) -> Report {
    let names: Vec<String> = (0..clouds).map(|n| format!("provider-{n:02}")).collect();
    let odd = |n: usize| n % 3 == 2;
    let mut findings = Vec::new();
    for place in 0..places {
        for a in 0..clouds {
            for b in a + 1..clouds {
                if odd(a) == odd(b) {
                    continue;
                }
                let mut finding = Finding {
                    id: format!("place{place:05}"),
                    ..breaking()
                };
                let value = |n: usize| if odd(n) { "400" } else { "202" }.to_owned();
                (finding.a.cloud, finding.a.value) = (names[a].clone(), value(a));
                (finding.b.cloud, finding.b.value) = (names[b].clone(), value(b));
                findings.push(finding);
            }
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut report = report(&names, findings);
    for cloud in &mut report.clouds {
        cloud.untested = true;
        cloud.complete = false;
    }
    for pair in &mut report.pairs {
        pair.behaviours.insert(State::Blocked, 7);
    }
    report
}

#[test]
fn the_first_page_of_any_number_of_clouds_is_a_page() {
    for clouds in [3, 5, 8, 9, 30, 50] {
        let text = first_page(&many(clouds, 30), PLAIN).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines.len() <= 40,
            "{clouds} clouds: {} lines\n{text}",
            lines.len()
        );
        for line in lines {
            assert!(line.width() <= 80, "{clouds} clouds: {line}");
        }
    }
}

#[test]
fn a_square_says_what_breaks_each_way_and_letters_who_agrees() {
    let text = first_page(&many(5, 30), PLAIN).unwrap();
    assert!(text.contains("abde·c"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn of_fifty_clouds_the_nearest_are_told_and_the_rest_is_counted() {
    let report = many(50, 3);
    let text = terminal(&report, PLAIN, Layout::default()).unwrap();
    assert!(text.contains("… and 42 more clouds"), "{text}");
    let lines = text.lines().count();
    assert!(lines < 300, "{lines} lines");
}

/// What a report says of its baseline.
fn since(known: usize, new: u32, gone: usize) -> Since {
    let past = |n: usize| Past {
        id: format!("gone{n:06}"),
        values: "aaaaaa".into(),
        rule: "validation-stricter".into(),
        service: "compute".into(),
        operation: "POST /servers".into(),
        place: "status".into(),
        kind: crate::compare::Kind::AcceptedRefused,
        a: breaking().a,
        b: breaking().b,
        steps: vec![],
    };
    Since {
        file: "before.json".into(),
        as_of: "2026-11-20".into(),
        same_suite: true,
        clouds: [
            ("private".to_owned(), "private".to_owned()),
            ("public".to_owned(), "old".to_owned()),
        ]
        .into(),
        known: vec![breaking(); known],
        new,
        changed: vec![],
        gone: (0..gone).map(past).collect(),
        unseen: vec![],
        beside: 0,
    }
}

#[test]
fn a_report_with_a_baseline_counts_what_is_known_and_lists_what_went() {
    let mut report = report(&["private", "public"], vec![]);
    report.baseline = Some(since(3, 0, 25));
    let text = terminal(&report, PLAIN, Layout::default()).unwrap();
    assert!(text.contains("private ↔ public: nothing new"), "{text}");
    assert!(
        text.contains("known 3, new 0, changed 0, gone 25"),
        "{text}"
    );
    assert!(
        text.contains("public is held against old of the baseline"),
        "{text}"
    );
    assert_eq!(text.matches("gone gone").count(), 20);
    assert!(text.contains("… and 5 more in the JSON report"), "{text}");
    let explained = explain(
        &breaking().id,
        &crate::judge::Rules::embedded().unwrap(),
        Some(&report),
        PLAIN,
    );
    assert!(
        explained.unwrap().contains("POST /servers"),
        "what is known is explained"
    );
}

#[test]
fn what_is_new_beside_the_known_fails() {
    let mut report = report(&["private", "public"], vec![breaking()]);
    report.baseline = Some(since(1, 1, 0));
    assert!(crate::judge::ends(&report).contains(&crate::judge::End::Findings));
    assert_eq!(report.fail_on, Some(Impact::Breaks));
}
