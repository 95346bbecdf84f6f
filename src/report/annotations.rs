//! Findings as commands that GitHub's workflow runner shows beside a run.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use super::cleaned::cleaned;
use super::entry::{Entry, ranked, spot};
use super::level::Level;
use super::words;
use crate::judge::{Impact, Report};
use std::fmt::Write;

/// How many of each level GitHub shows of a step.
const EACH: usize = 10;

/// A line for each entry, the worst first, as many of each level as are shown; the rest is counted. What fails the comparison
/// is an error, what breaks or degrades without that a warning, the rest a notice; what is cosmetic is left out.
pub fn annotations(report: &Report) -> serde_json::Result<String> {
    let report = &cleaned(report)?;
    let mut out = String::new();
    let mut counts = [("error", 0), ("warning", 0), ("notice", 0)];
    let mut more = 0;
    for entry in ranked(report) {
        let Some(level) = level(entry.worst(), report.fail_on) else {
            continue;
        };
        let Some((_, count)) = counts.iter_mut().find(|(name, _)| *name == level) else {
            continue;
        };
        if *count == EACH {
            more += 1;
            continue;
        }
        *count += 1;
        line(&entry, level, &mut out);
    }
    if more > 0 {
        let more = words::count(more, "finding");
        let _ = writeln!(
            out,
            "{more} without an annotation: GitHub shows {EACH} of each level"
        );
    }
    Ok(out)
}

fn level(impact: Impact, fail_on: Option<Impact>) -> Option<&'static str> {
    match Level::of(impact, fail_on) {
        Level::Error => Some("error"),
        Level::Warning => Some("warning"),
        Level::Note if impact > Impact::Cosmetic => Some("notice"),
        Level::Note | Level::None => None,
    }
}

fn line(entry: &Entry<'_>, level: &str, out: &mut String) {
    let Some(finding) = entry.first() else {
        return;
    };
    let title = format!(
        "{} {}: {} ({}/{})",
        entry.arrow(),
        words::impact(entry.worst()),
        spot(finding),
        finding.id,
        finding.values
    );
    let _ = writeln!(
        out,
        "::{level} title={}::{}",
        property(&title),
        data(&finding.summary)
    );
}

/// As the runner takes a message apart.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// As it takes apart what stands before the message.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_a_command() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a: b, c"), "a%3A b%2C c");
    }
}
