//! The JSON report of an earlier comparison.

use super::failure::Failure;
use crate::judge::Report;
use std::path::Path;

pub fn read(path: &Path) -> Result<Report, Failure> {
    let file = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::wrong(format!("error: can't read {file}: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::wrong(format!("error: {file} is not a report: {error}")))
}
