//! `interop explain` and `interop schema`.

use super::args::{ExplainArguments, SchemaOf};
use super::console::Console;
use super::diff::style;
use super::failure::Failure;
use crate::judge::{Report, Rules};
use crate::{profile, report, scenario};

pub fn run(arguments: &ExplainArguments, console: Console) -> Result<u8, Failure> {
    let rules = Rules::embedded().map_err(|error| Failure::internal(error.to_string()))?;
    let read: Option<Report> = match &arguments.report {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::wrong(format!("error: can't read {}: {error}", path.display()))
            })?;
            let report = serde_json::from_str(&text).map_err(|error| {
                Failure::wrong(format!(
                    "error: {} is not a report: {error}",
                    path.display()
                ))
            })?;
            Some(report)
        }
    };
    let text = report::explain(&arguments.what, &rules, read.as_ref(), style(console))
        .map_err(|error| Failure::wrong(format!("error: {error}")))?;
    console.out(&text);
    Ok(0)
}

pub fn schema(of: SchemaOf, console: Console) -> Result<u8, Failure> {
    let schema = match of {
        SchemaOf::Report => report::schema(),
        SchemaOf::Ranking => report::ranking_schema(),
        SchemaOf::History => report::history_schema(),
        SchemaOf::Scenario => scenario::schema(),
        SchemaOf::Profile => profile::schema(),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Failure::internal(error.to_string()))?;
    console.out(&text);
    Ok(0)
}
