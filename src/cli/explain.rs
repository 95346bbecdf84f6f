//! `interop explain` and `interop schema`.

use super::args::{ExplainArguments, SchemaOf};
use super::console::Console;
use super::diff::style;
use super::failure::Failure;
use super::reported;
use crate::judge::Rules;
use crate::{profile, report, scenario};

pub fn run(arguments: &ExplainArguments, console: Console) -> Result<u8, Failure> {
    let rules = Rules::embedded().map_err(|error| Failure::internal(error.to_string()))?;
    let read = arguments
        .report
        .as_deref()
        .map(reported::read)
        .transpose()?;
    let text = report::explain(&arguments.what, &rules, read.as_ref(), style(console))
        .map_err(|error| Failure::wrong(format!("error: {error}")))?;
    console.out(&text);
    Ok(0)
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
