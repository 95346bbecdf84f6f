//! What `rank` and `history` came to, as it was asked for: text or JSON, and a file.

use super::args::{OutputArguments, Shape};
use super::console::Console;
use super::failure::Failure;
use super::outputs;
use crate::report;
use serde::Serialize;

/// `text` is the rendering for people.
pub fn show<T: Serialize>(
    whole: &T,
    text: serde_json::Result<String>,
    arguments: &OutputArguments,
    console: Console,
) -> Result<(), Failure> {
    let failed = |error: serde_json::Error| Failure::internal(error.to_string());
    if let Some(path) = &arguments.json {
        outputs::write(path, &report::json(whole).map_err(failed)?)?;
    }
    match arguments.format {
        Shape::Json => console.out(&report::json(whole).map_err(failed)?),
        Shape::Terminal => console.out(&text.map_err(failed)?),
    }
    Ok(())
}
