//! Findings for people, in sections: by impact, or by what a reader asks for.

use super::detail::{Depth, Why, detail};
use super::entry::{Entry, ranked};
use super::style::Style;
use super::words;
use crate::judge::{Finding, Impact, Report};
use std::collections::BTreeSet;

/// How many findings of a section are told at length; the others are a line each.
pub const AT_LENGTH: usize = 10;

/// What makes a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    #[default]
    Impact,
    Service,
    Rule,
    Operation,
    Scenario,
}

/// How findings are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Findings of a section that are told at length.
    pub at_length: usize,
    pub group_by: GroupBy,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            at_length: AT_LENGTH,
            group_by: GroupBy::default(),
        }
    }
}

/// Impacts, the worst first: what they are called, and how much is told of a finding.
const IMPACTS: [(Impact, &str, Depth); 5] = [
    (
        Impact::Breaks,
        "BREAKS: a correct client fails",
        Depth::Full,
    ),
    (
        Impact::Degrades,
        "DEGRADES: works, but slower, smaller or lossier",
        Depth::Full,
    ),
    (
        Impact::Drifts,
        "DRIFTS: visible, matters only to a client that looks",
        Depth::Short,
    ),
    (
        Impact::Cosmetic,
        "COSMETIC: only a person notices",
        Depth::Line,
    ),
    (Impact::None, "HARMLESS", Depth::Line),
];

fn depth(entry: &Entry<'_>) -> Depth {
    IMPACTS
        .iter()
        .find(|(impact, _, _)| *impact == entry.worst())
        .map_or(Depth::Line, |(_, _, depth)| *depth)
}

/// Findings under one heading, the worst first.
pub struct Section<'r> {
    title: String,
    entries: Vec<Entry<'r>>,
}

impl<'r> Section<'r> {
    /// Those to tell at length, each of another place, and the rest.
    fn parted(&self, at_length: usize) -> (Vec<&Entry<'r>>, Vec<&Entry<'r>>) {
        let mut places = BTreeSet::new();
        self.entries.iter().partition(|entry| {
            at_length == usize::MAX || places.len() < at_length && places.insert(entry.id())
        })
    }

    /// Findings whose commands are written out.
    pub fn commanded(&self, at_length: usize) -> Vec<&Entry<'r>> {
        let (mut long, _) = self.parted(at_length);
        long.retain(|entry| depth(entry) >= Depth::Full);
        long
    }
}

/// All findings of a report, the section with the worst first.
pub fn sections(report: &Report, group_by: GroupBy) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for entry in ranked(report) {
        let Some(title) = entry
            .first()
            .map(|finding| title(finding, &entry, group_by))
        else {
            continue;
        };
        match sections.iter_mut().find(|section| section.title == title) {
            Some(section) => section.entries.push(entry),
            None => sections.push(Section {
                title,
                entries: vec![entry],
            }),
        }
    }
    sections
}

fn title(finding: &Finding, entry: &Entry<'_>, group_by: GroupBy) -> String {
    match group_by {
        GroupBy::Impact => IMPACTS
            .iter()
            .find(|(impact, _, _)| *impact == entry.worst())
            .map_or_else(String::new, |(_, title, _)| (*title).to_owned()),
        GroupBy::Service => finding.service.clone(),
        GroupBy::Rule => format!("{}: {}", finding.rule, finding.title),
        GroupBy::Operation if finding.is_discovered() => "discovery".into(),
        GroupBy::Operation => format!("{} {}", finding.service, finding.operation),
        // where several show it, the first has it
        GroupBy::Scenario => finding
            .scenarios
            .first()
            .map_or_else(|| "discovery".into(), String::clone),
    }
}

/// Writes the sections into `lines`.
pub fn write(sections: &[Section<'_>], style: Style, at_length: usize, lines: &mut Vec<String>) {
    if !sections.is_empty() {
        let hint = "interop explain ID shows every example: what was sent and what came.";
        lines.push(hint.into());
        lines.push(String::new());
    }
    let mut told = BTreeSet::new();
    for section in sections {
        let (long, short) = section.parted(at_length);
        let count = section.entries.len();
        lines.push(style.heading(&format!("{} ({count})", section.title)));
        lines.push(String::new());
        for (n, entry) in long.iter().chain(&short).enumerate() {
            if n == long.len() {
                let more = words::count(short.len(), "more finding");
                lines.push(format!(
                    "{more}, in a sentence each; --full tells all at length:"
                ));
                lines.push(String::new());
            }
            let depth = if n < long.len() {
                depth(entry)
            } else {
                depth(entry).min(Depth::Sentence)
            };
            let explanation = entry
                .first()
                .map(|finding| (&finding.rule, &finding.explanation));
            let why = if depth == Depth::Line || told.insert(explanation) {
                Why::Tell
            } else {
                Why::Told
            };
            detail(entry, depth, why, style, lines);
        }
        if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(String::new());
        }
    }
}
