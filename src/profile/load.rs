//! What a user types on the command line → [`Profile`].

use crate::profile::aws;
use crate::profile::clouds::{Clouds, Reference, is_yaml, none};
use crate::profile::environment::Environment;
use crate::profile::file;
use crate::profile::mistake::{LoadError, Mistake, Place, nearest};
use crate::profile::model::Profile;
use crate::profile::variables;
use std::path::Path;

impl Profile {
    /// Loads `profiles/x.toml`, `clouds.yaml:NAME`, a bare `NAME` of clouds.yaml, or `env`.
    /// Reads no secret yet, and opens no connection.
    pub fn load(argument: &str, environment: &Environment) -> Result<Self, LoadError> {
        if argument == "env" {
            return from_variables(environment);
        }
        if argument == "embedded" {
            return Ok(aws::embedded());
        }
        if let Some(reference) = Reference::parse(argument) {
            return from_clouds(&reference, environment);
        }
        let path = Path::new(argument);
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending {
            Some("toml") => from_file(argument, environment),
            Some("rec") => Err(Mistake::new(
                Place::Nowhere,
                format!("{argument} is a recording, not a profile"),
            )
            .into()),
            _ if is_yaml(argument) => Err(which_cloud(argument, environment)?),
            _ if argument.contains('/') => from_file(argument, environment),
            _ => from_name(argument, environment),
        }
    }

    /// The profile in `text`; `path` names it in messages, and relative paths in it start beside it.
    pub fn parse(text: &str, path: &Path, environment: &Environment) -> Result<Self, LoadError> {
        file::parse(text, &path.display().to_string(), path, environment)
    }
}

/// The clouds of a `clouds.yaml`; none where that is searched for and there is none.
pub fn cloud_names(file: &str, environment: &Environment) -> Result<Vec<String>, LoadError> {
    let clouds = if is_searched(file) {
        Clouds::search(environment)?
    } else {
        Some(open(file, environment)?)
    };
    let names = clouds.as_ref().map(Clouds::names).unwrap_or_default();
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn from_file(argument: &str, environment: &Environment) -> Result<Profile, LoadError> {
    let path = environment.path(argument, &environment.directory);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let mistake = Mistake::new(Place::Nowhere, format!("{argument} can't be read: {error}"));
        match neighbour(&path) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake,
        }
    })?;
    // Messages name the file as the user did; paths inside are found from where it is.
    file::parse(&text, argument, &path, environment)
}

/// A file beside `path` with nearly its name.
fn neighbour(path: &Path) -> Option<String> {
    let directory = path.parent()?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    let names: Vec<String> = std::fs::read_dir(directory)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| Path::new(name).extension().is_some_and(|e| e == "toml"))
        .collect();
    let near = nearest(&name, names.iter().map(String::as_str))?;
    Some(directory.join(near).display().to_string())
}

fn from_clouds(reference: &Reference<'_>, environment: &Environment) -> Result<Profile, LoadError> {
    let clouds = open(reference.file, environment)?;
    Ok(clouds
        .get(reference.name, environment)?
        .into_profile(reference.name))
}

/// `clouds.yaml` alone is searched for; any other file is that one.
fn open(file: &str, environment: &Environment) -> Result<Clouds, LoadError> {
    if !is_searched(file) {
        return Clouds::open(environment, environment.path(file, &environment.directory));
    }
    Clouds::search(environment)?.ok_or_else(none)
}

fn is_searched(file: &str) -> bool {
    !file.contains('/') && file.starts_with("clouds.")
}

/// Nothing is loaded from a clouds.yaml without a name.
fn which_cloud(file: &str, environment: &Environment) -> Result<LoadError, LoadError> {
    let clouds = open(file, environment)?;
    Ok(
        Mistake::new(Place::Nowhere, format!("which cloud of {file}?"))
            .help(format!(
                "say `{file}:NAME`; it has {}",
                clouds.names().join(", ")
            ))
            .into(),
    )
}

fn from_name(name: &str, environment: &Environment) -> Result<Profile, LoadError> {
    let clouds = Clouds::search(environment)?;
    if let Some(clouds) = &clouds
        && clouds.has(name)
    {
        return Ok(clouds.get(name, environment)?.into_profile(name));
    }
    let mut mistake = match &clouds {
        Some(clouds) => Mistake::new(
            Place::Nowhere,
            format!(
                "`{name}` is neither a file nor a cloud of {}",
                clouds.file()
            ),
        ),
        None => Mistake::new(
            Place::Nowhere,
            format!("`{name}` is not a file, and there is no clouds.yaml"),
        ),
    };
    let files = [format!("{name}.toml"), format!("profiles/{name}.toml")];
    let file = files
        .iter()
        .find(|file| environment.directory.join(file).is_file());
    if let Some(file) = file {
        mistake = mistake.help(format!("did you mean `{file}`?"));
    } else if let Some(clouds) = &clouds {
        let names = clouds.names();
        mistake = mistake.help(match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{} has {}", clouds.file(), names.join(", ")),
        });
    } else {
        mistake = mistake.help("give `profiles/NAME.toml`, `clouds.yaml:NAME` or `env`");
    }
    Err(mistake.into())
}

fn from_variables(environment: &Environment) -> Result<Profile, LoadError> {
    let keystone = environment
        .get("OS_CLOUD")
        .or(environment.get("OS_AUTH_URL"));
    if keystone.is_none()
        && let Some(profile) = aws::from_variables(environment)
    {
        return profile;
    }
    let Some(name) = variables::named(environment)? else {
        return Ok(variables::read(environment)?.into_profile("env"));
    };
    let clouds = Clouds::search(environment)?.ok_or_else(none)?;
    let mut profile = clouds.get(name, environment)?.into_profile(name);
    if let Some(region) = environment.get("OS_REGION_NAME") {
        profile.region = Some(region.to_owned());
    }
    Ok(profile)
}
