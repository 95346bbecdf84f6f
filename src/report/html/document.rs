//! The file around the sections: head, policy, style sheet, filters, data, script.

use super::findings::{Section, columns, findings};
use super::{beside, clouds, matrix, plot, verdict};
use crate::judge::Report;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const STYLE: &str = concat!(
    include_str!("assets/page.css"),
    include_str!("assets/findings.css"),
    include_str!("assets/print.css"),
);
/// Clouds whose matrix stands beside what else is on the first page, where a window is wide.
const FEW: usize = 2;
/// Before anything is shown: what only a script can open starts closed.
const FIRST: &str = "document.documentElement.classList.add('live');";
const SCRIPT: &str = concat!(
    "'use strict';\n",
    include_str!("assets/detail.js"),
    include_str!("assets/filter.js"),
    include_str!("assets/keys.js"),
);

pub fn document(report: &Report, sections: &[Section<'_>], data: &str) -> Markup {
    let title = verdict::title(report);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "interop: " (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
                script { (PreEscaped(FIRST)) }
            }
            body {
                (head(report, &title))
                main {
                    (verdict::verdict(report))
                    div class={ "front" @if report.clouds.len() <= FEW { " few" } } {
                        div { (verdict::belief(report)) (verdict::not_compared(report)) }
                        (matrix::matrix(report))
                    }
                    section #findings {
                        h2 { "Findings " small #shown {} }
                        (filters(report))
                        p #none hidden { "No finding is left by the filters. " a href="#?" { "Show all" } }
                        (findings(report, sections))
                    }
                    (plot::measured(report))
                    (beside::beside(report))
                    (clouds::clouds(report))
                }
                (keys())
                footer { "interop " (report.tool_version) " · as of " (report.as_of) " · suite " code { (report.suite) } }
                script #data type="application/json" { (PreEscaped(data)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Nothing but what is in this file, by its hash.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}' 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(FIRST),
        hash(SCRIPT)
    )
}

fn head(report: &Report, title: &str) -> Markup {
    html! {
        header {
            p.tool { "interop diff" }
            h1 { bdi { (title) } }
            nav {
                a href="#verdict" { "Verdict" } " "
                a href="#belief" { "Belief" } " "
                a href="#matrix" { "Matrix" } " "
                a href="#findings" { "Findings" } " "
                a href="#clouds" { "Clouds" }
            }
            p.when { (report.as_of) }
            button #theme type="button" title="light or dark" { "◐" }
            button #help type="button" title="keys (?)" { "?" }
        }
    }
}

fn filters(report: &Report) -> Markup {
    let services: BTreeSet<&str> = report
        .findings
        .iter()
        .chain(&report.unconfirmed)
        .map(|finding| finding.service.as_str())
        .collect();
    let clouds = || report.clouds.iter().enumerate();
    html! {
        form #filters role="search" hidden {
            input #text type="search" placeholder="Filter: text, id, scenario …  ( / )" aria-label="Filter by text" autocomplete="off" spellcheck="false";
            fieldset #impacts aria-label="Impact" {
                @for (impact, shape) in [("breaks", "■"), ("degrades", "▲"), ("drifts", "●"), ("cosmetic", "○")] {
                    button type="button" class=(impact) data-impact=(impact) aria-pressed="true" {
                        span.shape { (shape) } " " (impact) " " span.n {}
                    }
                }
            }
            @if let [a, b] = report.clouds.as_slice() {
                fieldset #ways aria-label="Direction" {
                    button type="button" data-from="-1" data-to="-1" aria-pressed="true" { "↔ both ways" }
                    button type="button" data-from="0" data-to="1" aria-pressed="false" title={ (a.name) " → " (b.name) } { "→ on" }
                    button type="button" data-from="1" data-to="0" aria-pressed="false" title={ (b.name) " → " (a.name) } { "← back" }
                }
            } @else {
                @for (id, label) in [("from", "from"), ("to", "to")] {
                    label { (label) " " select id=(id) {
                        option value="-1" { "any cloud" }
                        @for (n, cloud) in clouds() { option value=(n) { (cloud.name) } }
                    } }
                }
            }
            label { "service " select #service {
                option value="" { "all" }
                @for service in services { option value=(service) { (service) } }
            } }
            button #clear type="button" hidden { "Clear" }
            (columns(report))
        }
    }
}

fn keys() -> Markup {
    html! {
        dialog #keys {
            h2 { "Keys" }
            dl {
                @for (key, what) in [
                    ("/", "filter"), ("j, k", "next, previous finding"), ("Enter", "open or close it"),
                    ("Esc", "close it, or clear the filter"), ("?", "these keys"),
                ] { dt { kbd { (key) } } dd { (what) } }
            }
            form method="dialog" { button { "Close" } }
        }
    }
}
