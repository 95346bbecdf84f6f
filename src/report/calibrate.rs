//! `interop calibrate`: a cloud compared with itself. Whatever is found is false.

use super::cleaned::cleaned;
use super::detail::{Depth, Why, detail};
use super::entry::entries;
use super::screen::{cut, joined, wrap};
use super::style::Style;
use super::words;
use crate::judge::{Report, error_bound};

/// Numbers of repeats that the table of bounds tells of.
const REPEATS: [u32; 6] = [2, 3, 4, 5, 7, 10];
const UNSTABLE: usize = 20;

/// What a comparison of one cloud with itself says about the cloud and about the tool.
pub fn calibrate(report: &Report, style: Style) -> serde_json::Result<String> {
    let report = cleaned(report)?;
    let mut lines = Vec::new();
    let names: Vec<_> = report.clouds.iter().map(|c| c.name.as_str()).collect();
    lines.push(style.heading(&format!("interop calibrate · {}", names.join(" · "))));
    lines.push(String::new());
    let places: u64 = report.pairs.iter().map(|p| p.places).sum();
    let mixed: u64 = report.pairs.iter().map(|p| p.mixed).max().unwrap_or(0);
    let found = report.findings.len();
    let verdict = match (places, found) {
        (0, _) => "NOTHING WAS COMPARED: this says nothing.".to_owned(),
        (_, 0) => format!("SILENT: {places} places of the cloud against itself, no finding."),
        (_, n) => format!(
            "NOT SILENT: {} in {places} places, though it is one cloud. Each is false, or the \
             cloud changed in between.",
            words::count(n, "finding")
        ),
    };
    lines.extend(wrap(&verdict, style.columns));
    lines.push(String::new());
    for entry in entries(&report, &report.findings) {
        detail(&entry, Depth::Short, Why::Tell, style, &mut lines);
    }
    let text = format!(
        "{} not the same in all repeats. With as many in a comparison, the false findings to \
         expect are at most:",
        if mixed == 1 {
            "1 place is".into()
        } else {
            format!("{mixed} places are")
        }
    );
    lines.extend(wrap(&text, style.columns));
    for repeats in REPEATS {
        let bound = error_bound(places, mixed, repeats);
        let enough = if bound <= 0.05 { "  enough" } else { "" };
        let line = format!("  {repeats:>2} repeats  {:>6}{enough}", words::bound(bound));
        lines.push(line);
    }
    lines.push(String::new());
    if !report.instability.is_empty() {
        lines.push(style.heading("UNSTABLE"));
        for place in report.instability.iter().take(UNSTABLE) {
            let seen: Vec<_> = place
                .seen
                .iter()
                .map(|(value, n)| format!("{} ×{n}", cut(value, 30)))
                .collect();
            let text = format!("{} · {}: {}", place.operation, place.place, seen.join(", "));
            for (n, line) in wrap(&text, style.columns - 4).iter().enumerate() {
                lines.push(format!("{}{line}", if n == 0 { "  " } else { "    " }));
            }
        }
        if report.instability.len() > UNSTABLE {
            let more = words::count(report.instability.len() - UNSTABLE, "more place");
            lines.push(format!("  … and {more} in the JSON report"));
        }
    }
    Ok(joined(&lines))
}
