//! The report as one HTML file that needs nothing else: no network, no fonts, no framework.
//!
//! What a reader must have is in the page itself, escaped by the templates; what a finding opens to is data that the page's own
//! script writes as text. A policy in the page's head allows that script and style sheet, by their hashes, and nothing else.

mod beside;
mod clouds;
mod data;
mod document;
mod findings;
mod mark;
mod marks;
mod matrix;
mod plot;
#[cfg(test)]
mod tests;
mod verdict;

use super::cleaned::cleaned;
use crate::judge::Report;
use findings::sections;

/// One file, the same bytes for the same report. Fails only by a defect of ours.
pub fn html(report: &Report) -> serde_json::Result<String> {
    let report = &cleaned(report)?;
    let waived: Vec<_> = report
        .waived
        .iter()
        .filter(|waived| !waived.changed)
        .map(|waived| waived.finding.clone())
        .collect();
    let sections = sections(report, &waived);
    let data = data::json(report, &sections)?;
    Ok(document::document(report, &sections, &data).into_string())
}
