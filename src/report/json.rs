//! The report for machines: the report itself, and the schema of it.

use super::screen::is_hostile;
use crate::judge::{History, Ranking, Report};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;

/// A report, a ranking or a history as JSON, indented, with a line end. What a terminal would act on is escaped, so that
/// it may be printed; it reads back as the same report.
pub fn json<T: Serialize>(report: &T) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(report)? + "\n";
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_hostile(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Ok(out)
}

/// JSON Schema (2020-12) of [`json`] of a report.
pub fn schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

/// And of a ranking.
pub fn ranking_schema() -> Value {
    schemars::schema_for!(Ranking).to_value()
}

/// And of a history.
pub fn history_schema() -> Value {
    schemars::schema_for!(History).to_value()
}
