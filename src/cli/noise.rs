//! Noise files: found beside profiles and recordings, or named; and where a new one goes.

use super::args::NoiseArguments;
use super::clouds::Side;
use super::failure::Failure;
use crate::observe::Noise;
use crate::profile::Environment;
use crate::recording::{NoiseText, Recording};
use std::path::{Path, PathBuf};

/// How a noise file's name ends, in the place of `.toml` or `.rec`.
const ENDING: &str = "noise.toml";

/// For each side, what was typed with it: the file that is named for its cloud, else the one beside it. All are read once, so
/// that what is wrong with one is said before anything is run.
pub fn found(
    sides: &[(&str, &Side)],
    arguments: &NoiseArguments,
    environment: &Environment,
) -> Result<Vec<Option<NoiseText>>, Failure> {
    if arguments.no_noise {
        return Ok(vec![None; sides.len()]);
    }
    let named = named(sides, &arguments.noise, environment)?;
    let of = |(argument, side): &(&str, &Side)| {
        let given = named.iter().find(|(cloud, _)| cloud == side.name());
        if let Some((_, text)) = given {
            return Ok(Some(text.clone()));
        }
        let Some(path) = beside(argument) else {
            return Ok(None);
        };
        let Some(text) = read(&path, environment)? else {
            return Ok(None);
        };
        Noise::read_of(&text.file, &text.text, side.name())
            .map(|_| Some(text))
            .map_err(|error| Failure::wrong(error.to_string()))
    };
    sides.iter().map(of).collect()
}

/// By the cloud that each file names, which must be one of the sides.
fn named(
    sides: &[(&str, &Side)],
    paths: &[PathBuf],
    environment: &Environment,
) -> Result<Vec<(String, NoiseText)>, Failure> {
    let mut named: Vec<(String, NoiseText)> = Vec::new();
    for path in paths {
        let file = path.display();
        let text = read(path, environment)?;
        let text = text.ok_or_else(|| {
            Failure::wrong(format!("error: can't read {file}: there is no such file"))
        })?;
        let noise = Noise::read(&text.file, &text.text)
            .map_err(|error| Failure::wrong(error.to_string()))?;
        let cloud = noise.cloud;
        if !sides.iter().any(|(_, side)| side.name() == cloud) {
            let names: Vec<&str> = sides.iter().map(|(_, side)| side.name()).collect();
            return Err(Failure::wrong(format!(
                "error: {file} is noise of {cloud}, and the clouds here are {}",
                names.join(", ")
            )));
        }
        if let Some((_, other)) = named.iter().find(|(name, _)| *name == cloud) {
            return Err(Failure::wrong(format!(
                "error: {file} and {} are both noise of {cloud}",
                other.file
            )));
        }
        named.push((cloud, text));
    }
    Ok(named)
}

/// `profiles/x.noise.toml` for `profiles/x.toml` and `profiles/x.rec`; nothing lies beside what is no file.
pub fn beside(argument: &str) -> Option<PathBuf> {
    let path = Path::new(argument);
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("toml" | "rec")).then(|| path.with_extension(ENDING))
}

/// A file's text; none where there is no such file.
pub fn read(path: &Path, environment: &Environment) -> Result<Option<NoiseText>, Failure> {
    let file = path.display().to_string();
    match std::fs::read_to_string(environment.directory.join(path)) {
        Ok(text) => Ok(Some(NoiseText { file, text })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::wrong(format!("error: can't read {file}: {error}"))),
    }
}

/// A recording with the file found for it, in the place of what it carries.
pub fn given(
    recording: Recording,
    found: Option<&NoiseText>,
    arguments: &NoiseArguments,
) -> Recording {
    match found {
        _ if arguments.no_noise => recording.with_noise(None),
        Some(text) => recording.with_noise(Some(text.clone())),
        None => recording,
    }
}
