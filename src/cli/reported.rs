//! The JSON report of an earlier comparison.

use super::failure::Failure;
use crate::judge::{REPORT_FORMAT, Report};
use std::path::Path;

pub fn read(path: &Path) -> Result<Report, Failure> {
    let file = path.display();
    let wrong = |what: String| Failure::wrong(format!("error: {what}"));
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong(format!("can't read {file}: {error}")))?;
    let report: Report = serde_json::from_str(&text)
        .map_err(|error| wrong(format!("{file} is not a report: {error}")))?;
    if report.format > REPORT_FORMAT {
        return Err(wrong(format!(
            "{file} was written by interop {} in a form that this version can't read",
            report.tool_version
        )));
    }
    Ok(report)
}
