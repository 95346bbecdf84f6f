//! Findings as rows that open, by impact; then those that don't count.

use super::mark::{badge, letter, prose, shape};
use crate::judge::{Finding, Impact, Report, readable};
use crate::report::entry::{Entry, entries};
use crate::report::screen::contrast;
use crate::report::words;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Characters of two values beside each other in a row.
const VALUES: usize = 64;
/// Clouds that have a column in a row; of more only the parts are told.
const COLUMNS: usize = 16;

pub struct Section<'a> {
    pub name: &'static str,
    pub title: &'static str,
    pub entries: Vec<Entry<'a>>,
}

/// All that opens, in the order of the page. `waived` are the waived findings of `report`.
pub fn sections<'a>(report: &'a Report, waived: &'a [Finding]) -> Vec<Section<'a>> {
    let mut ranked = entries(report, &report.findings);
    ranked.sort_by_key(Entry::rank);
    let mut of = |impact, title| {
        let (these, others) = ranked.drain(..).partition(|e| e.worst() == impact);
        ranked = others;
        Section {
            name: words::impact(impact),
            title,
            entries: these,
        }
    };
    let mut sections = vec![
        of(Impact::Breaks, "a correct client fails"),
        of(Impact::Degrades, "works, but slower, smaller or lossier"),
        of(
            Impact::Drifts,
            "visible, matters only to a client that looks",
        ),
        of(Impact::Cosmetic, "only a person notices"),
        of(Impact::None, "harms nobody"),
    ];
    sections.push(Section {
        name: "unconfirmed",
        title: "chance could have made these; they don't count",
        entries: entries(report, &report.unconfirmed),
    });
    sections.push(Section {
        name: "waived",
        title: "somebody answers for these; they don't count",
        entries: entries(report, waived),
    });
    sections.retain(|section| !section.entries.is_empty());
    sections
}

/// Names of all that opens, one for each: the first of an id has the id alone.
pub fn anchors(sections: &[Section<'_>]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let entries = sections.iter().flat_map(|section| &section.entries);
    let finding = entries.filter_map(Entry::first);
    finding
        .map(|finding| {
            let mut name = finding.id.clone();
            if !taken.insert(name.clone()) {
                name = format!("{}-{}", finding.id, finding.values);
                let mut n = 2;
                while !taken.insert(name.clone()) {
                    name = format!("{}-{}-{n}", finding.id, finding.values);
                    n += 1;
                }
            }
            name
        })
        .collect()
}

pub fn findings(report: &Report, sections: &[Section<'_>]) -> Markup {
    let anchors = anchors(sections);
    let mut anchors = anchors.iter().enumerate();
    html! {
        @for section in sections {
            section.group data-group=(section.name) aria-label=(section.name) {
                h3 class=(section.name) {
                    span.shape { (group_shape(section.name)) } " " (section.name)
                    " " span.count { (section.entries.len()) }
                    " " span.hint { (section.title) }
                }
                @for entry in &section.entries {
                    @if let (Some((n, anchor)), Some(finding)) = (anchors.next(), entry.first()) {
                        (row(report, entry, finding, n, anchor))
                    }
                }
            }
        }
    }
}

fn group_shape(name: &str) -> &'static str {
    match name {
        "unconfirmed" => "?",
        "waived" => "✓",
        name => {
            let impacts = [
                Impact::Breaks,
                Impact::Degrades,
                Impact::Drifts,
                Impact::Cosmetic,
            ];
            let named = impacts.into_iter().find(|i| words::impact(*i) == name);
            shape(named.unwrap_or_default())
        }
    }
}

fn row(report: &Report, entry: &Entry<'_>, finding: &Finding, n: usize, anchor: &str) -> Markup {
    let operation = if finding.is_discovered() {
        &finding.service
    } else {
        &finding.operation
    };
    let blocked = entry.consequences();
    html! {
        details.finding id=(anchor) data-row=(n) {
            summary {
                span.ways {
                    span.way title="on who moves on" { span.arrow { "→" } (badge(entry.forward())) }
                    span.way title="on who comes back" { span.arrow { "←" } (badge(entry.back())) }
                }
                span.spot { code.operation { (operation) } " " code.place { (finding.place) } }
                @if report.clouds.len() > 2 { (parting(report, entry)) }
                span.values { (values(entry)) }
                span.hits { (words::consumers_short(&finding.consumers)) }
                span.often {
                    "×" (entry.exchanges())
                    @if blocked > 0 { " +" (blocked) }
                }
                code.id { (finding.id) }
            }
            p.sentence { (prose(&finding.summary)) }
        }
    }
}

/// What stands in which column of a row.
pub fn columns(report: &Report) -> Markup {
    html! {
        div.columns aria-hidden="true" {
            span.ways { span { "→ on" } span { "← back" } }
            span.spot { "operation, place" }
            @if let [a, b] = report.clouds.as_slice() {
                span.values { bdi { (a.name) } " · " bdi { (b.name) } }
            } @else {
                span.parting { "agree" }
                span.values { "values" }
            }
            span.hits { "hits" }
            span.often title="exchanges, and steps that follow from it or could not be seen because of it" { "seen" }
            span.id { "id" }
        }
    }
}

/// Which clouds agree, a letter each, in the order of the clouds.
fn parting(report: &Report, entry: &Entry<'_>) -> Markup {
    let class = |name: &str| entry.parts.iter().position(|p| p.clouds.contains(&name));
    html! {
        span.parting {
            @if report.clouds.len() <= COLUMNS {
                @for cloud in &report.clouds {
                    @match class(&cloud.name) {
                        Some(class) => span class={ "class c" (class.min(5)) } title=(cloud.name) { (letter(class)) },
                        None => span.class title=(cloud.name) { "·" },
                    }
                }
            } @else {
                @for (class, part) in entry.parts.iter().enumerate() {
                    span class={ "class c" (class.min(5)) } { (letter(class)) (part.clouds.len()) }
                }
            }
        }
    }
}

fn values(entry: &Entry<'_>) -> Markup {
    let plain = |value: &str| readable(value).replace('\n', "\\n");
    if let [a, b] = entry.parts.as_slice() {
        let (a, b) = contrast(&plain(a.value), &plain(b.value), VALUES);
        return html! { bdi.value { (shown(&a)) } span.against { "·" } bdi.value { (shown(&b)) } };
    }
    html! {
        @for (n, part) in entry.parts.iter().enumerate() {
            @if n > 0 { span.against { "·" } }
            @let value = contrast(&plain(part.value), "", VALUES / 3).0;
            bdi.value { (letter(n)) " " (shown(&value)) }
        }
    }
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "(empty)" } else { value }
}
