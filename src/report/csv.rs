//! The findings as a table for spreadsheets: RFC 4180, a row for each finding and pair.

use super::cleaned::cleaned;
use super::words;
use crate::judge::{Finding, Report, gates};

#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    #[error(transparent)]
    Report(#[from] serde_json::Error),
    #[error(transparent)]
    Row(#[from] csv::Error),
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

/// A finding, and how it counts.
struct Row<'a> {
    finding: &'a Finding,
    /// `finding`, `unconfirmed` or `waived`.
    status: &'static str,
    /// Whether it makes the comparison fail.
    fails: bool,
}

/// What a column is called, and what stands in it.
type Column = (&'static str, fn(&Row<'_>) -> String);

const COLUMNS: [Column; 24] = [
    ("id", |row| row.finding.id.clone()),
    ("values", |row| row.finding.values.clone()),
    ("status", |row| row.status.to_owned()),
    ("fails", |row| yes(row.fails)),
    ("forward", |row| {
        words::impact(row.finding.forward).to_owned()
    }),
    ("back", |row| words::impact(row.finding.back).to_owned()),
    ("rule", |row| row.finding.rule.clone()),
    ("service", |row| row.finding.service.clone()),
    ("operation", |row| row.finding.operation.clone()),
    ("place", |row| row.finding.place.clone()),
    ("kind", |row| words::kind(row.finding.kind)),
    ("a", |row| row.finding.a.cloud.clone()),
    ("b", |row| row.finding.b.cloud.clone()),
    ("a_value", |row| row.finding.a.value.clone()),
    ("b_value", |row| row.finding.b.value.clone()),
    ("costs_data", |row| yes(row.finding.costs_data)),
    ("consumers", |row| words::consumers(&row.finding.consumers)),
    ("cause", |row| words::cause(row.finding.cause).to_owned()),
    ("scenarios", |row| row.finding.scenarios.join(" ")),
    ("exchanges", |row| row.finding.exchanges.to_string()),
    ("repeats_a", |row| row.finding.repeats.0.to_string()),
    ("repeats_b", |row| row.finding.repeats.1.to_string()),
    ("consequences", |row| {
        row.finding.consequences.len().to_string()
    }),
    ("summary", |row| row.finding.summary.clone()),
];

/// All findings, those that don't count too, with a line of names first. A cell that a spreadsheet would take for a formula
/// has `'` before it.
pub fn csv(report: &Report) -> Result<String, CsvError> {
    let report = cleaned(report)?;
    let row = |status, fails| {
        move |finding| Row {
            finding,
            status,
            fails,
        }
    };
    let findings = report.findings.iter().map(|finding| Row {
        finding,
        status: "finding",
        fails: gates(finding, report.fail_on),
    });
    // one that changed since is among the findings
    let waived = report.waived.iter().filter(|waived| !waived.changed);
    let rows = findings
        .chain(report.unconfirmed.iter().map(row("unconfirmed", false)))
        .chain(
            waived
                .map(|waived| &waived.finding)
                .map(row("waived", false)),
        );
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS.map(|(name, _)| name))?;
    for row in rows {
        writer.write_record(COLUMNS.map(|(_, of)| inert(&of(&row))))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn yes(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

/// A text that no spreadsheet takes for a formula. <https://owasp.org/www-community/attacks/CSV_Injection>
fn inert(text: &str) -> String {
    let begins = text.trim_start().chars().next();
    let is_formula = begins.is_some_and(|c| "=+-@＝＋－＠".contains(c));
    if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(inert("=1+1"), "'=1+1");
        assert_eq!(inert(" \n@SUM(A1)"), "' \n@SUM(A1)");
        assert_eq!(inert("-1"), "'-1");
        assert_eq!(inert("a=b"), "a=b");
        assert_eq!(inert(""), "");
    }
}
