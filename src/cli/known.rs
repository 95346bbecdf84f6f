//! What is known before a comparison: waivers, a baseline, and the date to judge them at.

use super::args::AcceptArguments;
use super::failure::Failure;
use super::reading::Choices;
use super::surroundings;
use crate::judge::{Baseline, Waivers};
use crate::profile::Environment;
use std::path::{Path, PathBuf};
use time::Date;
use time::macros::format_description;

/// How findings are judged, where none are known from before.
pub fn choices(accept: &AcceptArguments, environment: &Environment) -> Result<Choices, Failure> {
    let as_of = as_of(accept.as_of.as_deref())?;
    Ok(Choices {
        waivers: waivers(&accept.waivers, &as_of, environment)?,
        ..Choices::at(as_of)
    })
}

/// `2026-11-23` as it was typed, or today.
fn as_of(typed: Option<&str>) -> Result<String, Failure> {
    let Some(date) = typed else {
        return Ok(surroundings::today());
    };
    Date::parse(date, format_description!("[year]-[month]-[day]"))
        .map(|_| date.to_owned())
        .map_err(|_| {
            Failure::wrong(format!(
                "error: --as-of {date} is no date such as 2026-11-23"
            ))
        })
}

/// The waivers of all files.
fn waivers(paths: &[PathBuf], as_of: &str, environment: &Environment) -> Result<Waivers, Failure> {
    let read = |path: &PathBuf| Ok((path.display().to_string(), text(path, environment)?));
    let files: Vec<(String, String)> = paths.iter().map(read).collect::<Result<_, Failure>>()?;
    let files = files.iter().map(|(file, text)| (&**file, &**text));
    Waivers::read(files, as_of).map_err(|error| Failure::wrong(error.to_string()))
}

pub fn baseline(
    path: Option<&Path>,
    environment: &Environment,
) -> Result<Option<Baseline>, Failure> {
    let Some(path) = path else {
        return Ok(None);
    };
    let text = text(path, environment)?;
    Baseline::read(&path.display().to_string(), &text)
        .map(Some)
        .map_err(|error| Failure::wrong(format!("error: {error}")))
}

/// A file's text.
pub fn text(path: &Path, environment: &Environment) -> Result<String, Failure> {
    std::fs::read_to_string(environment.directory.join(path))
        .map_err(|error| Failure::wrong(format!("error: can't read {}: {error}", path.display())))
}
