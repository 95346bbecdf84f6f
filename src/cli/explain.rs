//! `interop explain` and `interop schema`.

use super::args::{ExplainArguments, SchemaOf};
use super::console::Console;
use super::failure::Failure;
use super::outputs::style;
use crate::judge::{REPORT_FORMAT, Report, Rules};
use crate::{profile, report, scenario};
use std::path::Path;

pub fn run(arguments: &ExplainArguments, console: Console) -> Result<u8, Failure> {
    let rules = Rules::embedded().map_err(|error| Failure::internal(error.to_string()))?;
    let read = arguments.report.as_deref().map(read).transpose()?;
    let text = report::explain(&arguments.what, &rules, read.as_ref(), style(console))
        .map_err(|error| Failure::wrong(format!("error: {error}")))?;
    console.out(&text);
    Ok(0)
}

/// A saved JSON report.
pub fn read(path: &Path) -> Result<Report, Failure> {
    let wrong = |what: String| Failure::wrong(format!("error: {what}"));
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong(format!("can't read {}: {error}", path.display())))?;
    let report: Report = serde_json::from_str(&text)
        .map_err(|error| wrong(format!("{} is not a report: {error}", path.display())))?;
    if report.format > REPORT_FORMAT {
        return Err(wrong(format!(
            "{} was written by interop {} in a form that this version can't read",
            path.display(),
            report.tool_version
        )));
    }
    Ok(report)
}

pub fn schema(of: SchemaOf, console: Console) -> Result<u8, Failure> {
    let schema = match of {
        SchemaOf::Report => report::schema(),
        SchemaOf::Scenario => scenario::schema(),
        SchemaOf::Profile => profile::schema(),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Failure::internal(error.to_string()))?;
    console.out(&text);
    Ok(0)
}
