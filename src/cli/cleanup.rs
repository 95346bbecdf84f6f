//! `interop cleanup`: takes away what killed runs left, by their journals and by nothing else.

use super::args::CleanupArguments;
use super::clouds;
use super::console::Console;
use super::failure::Failure;
use super::surroundings;
use crate::journal::{live, read_journal};
use crate::run::undo::{Patience, Settled};
use crate::run::{Cancel, Cleaned, Connection, cleanup, connect};
use std::path::{Path, PathBuf};

pub async fn run(arguments: &CleanupArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let journals = journals(&arguments.run)?;
    let mut connections = Vec::new();
    for argument in &arguments.clouds {
        let profile = clouds::profile(argument, &environment, console.colour)?;
        let secrets = clouds::secrets(&profile, &environment)?;
        let connection = connect(&profile, &secrets)
            .await
            .map_err(|error| Failure::unobserved(format!("error: {}: {error}", profile.name)))?;
        connections.push(connection);
    }
    let mut left = 0;
    let mut cleaned = 0;
    for path in journals {
        if let Some(done) = one(&path, &connections, console).await? {
            left += done.left.len() + done.damaged.len();
            cleaned += done
                .swept
                .iter()
                .filter(|thing| thing.end == Settled::Gone)
                .count();
            tell(&path, &done, console);
        }
    }
    console.out(&format!("{cleaned} removed, {left} left"));
    Ok(if left > 0 { 4 } else { 0 })
}

async fn one(
    path: &Path,
    connections: &[Connection],
    console: Console,
) -> Result<Option<Cleaned>, Failure> {
    let wrong = |error: String| Failure::wrong(format!("error: {}: {error}", path.display()));
    if live(path).map_err(|error| wrong(error.to_string()))? {
        console.err(&format!(
            "{}: its run is still alive: left alone",
            path.display()
        ));
        return Ok(None);
    }
    let file = read_journal(path).map_err(|error| wrong(error.to_string()))?;
    if file.unsettled().next().is_none() && file.damaged.is_empty() {
        return Ok(None);
    }
    let Some(connection) = connections
        .iter()
        .find(|c| c.target() == file.header.target)
    else {
        console.err(&format!(
            "{}: of another cloud ({}): left alone",
            path.display(),
            file.header.target.endpoint
        ));
        return Ok(None);
    };
    let cleaned = cleanup(path, connection, &Patience::default(), &Cancel::default()).await;
    cleaned.map(Some).map_err(|error| wrong(error.to_string()))
}

fn tell(path: &Path, done: &Cleaned, console: Console) {
    for thing in &done.swept {
        let end = match &thing.end {
            Settled::Gone => "removed".to_owned(),
            Settled::Nothing => "was never made".to_owned(),
            Settled::Stuck(why) => format!("LEFT: {why}"),
        };
        console.out(&format!(
            "{} {} {}: {end}",
            thing.kind, thing.name, thing.id
        ));
    }
    for line in &done.damaged {
        console.out(&format!(
            "{}:{line}: can't be read: what it intended is unknown",
            path.display()
        ));
    }
}

/// Every journal below the given places.
fn journals(places: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let default = [PathBuf::from("interop-runs")];
    let given = if places.is_empty() {
        &default[..]
    } else {
        places
    };
    let mut found = Vec::new();
    for place in given {
        if !place.exists() {
            if places.is_empty() {
                continue;
            }
            return Err(Failure::wrong(format!(
                "error: there is no {}",
                place.display()
            )));
        }
        collect(place, &mut found).map_err(|error| {
            Failure::wrong(format!("error: can't read {}: {error}", place.display()))
        })?;
    }
    found.sort();
    Ok(found)
}

fn collect(place: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if place.is_dir() {
        for entry in std::fs::read_dir(place)? {
            collect(&entry?.path(), found)?;
        }
    } else if place.extension().is_some_and(|ending| ending == "journal") {
        found.push(place.to_owned());
    }
    Ok(())
}
