//! What was typed for clouds → profiles, recordings, sessions.

use super::failure::Failure;
use crate::profile::{Auth, Environment, Look, Profile};
use crate::protocol::{Secrets, access_key_of, session_token_of};
use crate::recording::Recording;
use std::path::{Path, PathBuf};

/// One side of a comparison, as it was typed.
#[derive(Debug)]
pub enum Side {
    Live(Box<Profile>),
    /// Where it is, and the cloud's name in it.
    Recorded(PathBuf, String),
}

impl Side {
    pub fn name(&self) -> &str {
        match self {
            Self::Live(profile) => &profile.name,
            Self::Recorded(_, name) => name,
        }
    }
}

/// All of them, or everything that is wrong with any.
pub fn sides(
    arguments: &[String],
    environment: &Environment,
    colour: bool,
) -> Result<Vec<Side>, Failure> {
    let (mut sides, mut wrong) = (Vec::new(), Vec::new());
    for argument in arguments {
        match side(argument, environment, colour) {
            Ok(side) => sides.push(side),
            Err(failure) => wrong.push(failure.message),
        }
    }
    if wrong.is_empty() {
        return Ok(sides);
    }
    Err(Failure::wrong(wrong.join("\n\n")))
}

/// Clouds that are asked, not read of.
pub fn live(
    arguments: &[String],
    environment: &Environment,
    colour: bool,
) -> Result<Vec<Side>, Failure> {
    let profile = |argument: &String| profile(argument, environment, colour);
    let live = |argument| profile(argument).map(|profile| Side::Live(Box::new(profile)));
    arguments.iter().map(live).collect()
}

/// A profile, or a recording if the file is one.
pub fn side(argument: &str, environment: &Environment, colour: bool) -> Result<Side, Failure> {
    let is_recording = Path::new(argument)
        .extension()
        .is_some_and(|ending| ending == "rec");
    if is_recording {
        let path = PathBuf::from(argument);
        let recording = open(&path)?;
        let name = recording.header().cloud.name.clone();
        return Ok(Side::Recorded(path, name));
    }
    profile(argument, environment, colour).map(|profile| Side::Live(Box::new(profile)))
}

pub fn profile(
    argument: &str,
    environment: &Environment,
    colour: bool,
) -> Result<Profile, Failure> {
    let look = if colour { Look::Coloured } else { Look::Plain };
    Profile::load(argument, environment).map_err(|error| Failure::wrong(error.render(look)))
}

/// Two sides of one name would be one column of the report.
pub fn distinct(names: &mut [String]) {
    for index in 1..names.len() {
        let same = names[..index]
            .iter()
            .filter(|name| **name == names[index])
            .count();
        if same > 0 {
            names[index] = format!("{} ({})", names[index], same + 1);
        }
    }
}

/// The secrets of all users, read now.
pub fn secrets(profile: &Profile, environment: &Environment) -> Result<Secrets, Failure> {
    let mut secrets = Secrets::new();
    for (role, user) in &profile.users {
        let mut sources = vec![("secret", role.clone(), user.auth.secret())];
        if let Auth::Keys {
            access_key,
            session_token,
            ..
        } = &user.auth
        {
            sources.push(("access key", access_key_of(role), access_key));
            let token = session_token.as_ref();
            sources.extend(token.map(|t| ("session token", session_token_of(role), t)));
        }
        for (word, name, source) in sources {
            let secret = source.read(environment).map_err(|error| {
                Failure::wrong(format!(
                    "error: {}: the {word} of user {role}: {error}",
                    profile.name
                ))
            })?;
            secrets.insert(name, secret);
        }
    }
    Ok(secrets)
}

pub fn open(path: &Path) -> Result<Recording, Failure> {
    Recording::open(path).map_err(|error| Failure::wrong(format!("error: {error}")))
}
