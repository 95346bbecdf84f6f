//! The whole page, of reports made by hand.

use super::html;
use crate::judge::Report;
use crate::report::tests::{breaking, many, report};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload=\"x\u{1b}[2J\u{202e}\u{2028}\0";

fn page(report: &Report) -> String {
    html(report).unwrap()
}

/// Contents of the page's scripts and style sheets, by how their elements begin.
fn contents<'p>(page: &'p str, element: &str) -> Vec<&'p str> {
    let end = if element.starts_with("<style") {
        "</style>"
    } else {
        "</script>"
    };
    page.match_indices(element)
        .map(|(at, _)| &page[at + element.len()..])
        .map(|rest| &rest[..rest.find(end).unwrap()])
        .collect()
}

/// A finding whose every text from a cloud is hostile.
fn hostile() -> Report {
    let mut finding = breaking();
    finding.a.value = HOSTILE.into();
    finding.operation = format!("GET /{HOSTILE}");
    finding.place = HOSTILE.into();
    finding.summary = HOSTILE.into();
    let example = &mut finding.examples[0];
    example.a.answer = format!("HTTP/1.1 200 {HOSTILE}\n\n{HOSTILE}");
    example.b.curl = vec![HOSTILE.into()];
    let mut report = report(&["private", "public"], vec![finding]);
    report.clouds[0].endpoint = HOSTILE.into();
    report.clouds[0].left_behind = vec![HOSTILE.into()];
    report.not_compared.insert(0, HOSTILE.into());
    report.scenarios[0].title = HOSTILE.into();
    report
}

#[test]
fn nothing_from_a_cloud_becomes_markup() {
    let page = page(&hostile());
    assert_eq!(page.matches("<script").count(), 3, "the page's own");
    assert_eq!(page.matches("</script").count(), 3);
    assert!(!page.contains("<img"));
    let hostile = |c: char| matches!(c, '\u{1b}' | '\u{202e}' | '\u{2028}' | '\0');
    assert!(!page.contains(hostile));
    assert!(
        page.contains("&lt;img src=x onerror=alert(2)&gt;"),
        "it is shown"
    );
}

#[test]
fn the_policy_allows_what_is_in_the_page_by_its_hash_and_nothing_else() {
    let page = page(&many());
    let policy = page
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .unwrap();
    let policy = &policy[..policy.find('"').unwrap()];
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let mut own = contents(&page, "<script>");
    own.extend(contents(&page, "<style>"));
    assert_eq!(own.len(), 3);
    for text in own {
        let hash = STANDARD.encode(Sha256::digest(text));
        assert!(
            policy.contains(&hash) || policy.contains(&hash.replace('+', "&#43;")),
            "{policy}"
        );
    }
    for inline in [
        " style=\"",
        " onclick",
        " onload",
        "javascript:",
        "src=\"",
        "@import",
        "url(",
    ] {
        assert!(!page.contains(inline), "{inline}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(page(&many()), page(&many()));
    let read: Report = serde_json::from_str(&crate::report::json(&many()).unwrap()).unwrap();
    assert_eq!(
        page(&many()),
        page(&read),
        "also when it was written and read back"
    );
}

#[test]
fn without_a_script_it_says_the_verdict_and_every_finding() {
    let report = many();
    let page = page(&report);
    let before = &page[..page.find("<script id=\"data\"").unwrap()];
    for finding in &report.findings {
        assert!(before.contains(&finding.id), "{}", finding.id);
    }
    assert!(before.contains("moving on") && before.contains("coming back"));
}

#[test]
fn each_row_finds_its_data() {
    let page = page(&many());
    let [data] = contents(&page, "<script id=\"data\" type=\"application/json\">")[..] else {
        panic!("one element of data")
    };
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let rows = data["rows"].as_array().unwrap();
    assert!(!rows.is_empty());
    assert_eq!(
        rows.len(),
        page.matches("<details class=\"finding\"").count()
    );
    for (n, row) in rows.iter().enumerate() {
        let anchor = row["anchor"].as_str().unwrap();
        assert_eq!(
            page.matches(&format!("id=\"{anchor}\" data-row=\"{n}\""))
                .count(),
            1,
            "{anchor}"
        );
    }
}
