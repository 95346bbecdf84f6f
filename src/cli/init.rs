//! `interop init`: a profile that teaches, from what is at hand; tried at once.

use super::clouds;
use super::console::Console;
use super::doctor;
use super::failure::Failure;
use super::outputs::create;
use super::questions::Questions;
use super::surroundings;
use crate::profile::secret::SecretSource;
use crate::profile::{Auth, Environment, Look, Profile, cloud_names, is_yaml, written};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use std::io::{Error, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct InitArguments {
    /// What the cloud is called: an entry of clouds.yaml, or any name.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub cloud: Option<String>,
    /// `env` (the `OS_*` or `AWS_*` variables), `clouds.yaml` (or the path of one), or `questions`. Default: the first of them
    /// that there is; questions only on a terminal.
    #[arg(long, value_name = "SOURCE")]
    pub from: Option<String>,
    /// The file to write. Default: NAME.toml. One that exists is never overwritten.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write it without trying it.
    #[arg(long)]
    pub no_try: bool,
}

/// The `clouds.yaml` that is searched for.
const SEARCHED: &str = "clouds.yaml";

/// What a profile is made of.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    Variables,
    /// `clouds.yaml:NAME`
    Cloud(String),
    Questions,
}

pub async fn run(arguments: &InitArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let source = source(arguments, &environment, std::io::stdin().is_terminal())?;
    let (mut profile, cloud) = match &source {
        Source::Variables => {
            let profile = clouds::profile("env", &environment, console.colour)?;
            let name = host(&profile.auth_url);
            (Profile { name, ..profile }, None)
        }
        Source::Cloud(reference) => {
            let profile = clouds::profile(reference, &environment, console.colour)?;
            (profile, Some(reference.as_str()))
        }
        Source::Questions => {
            let mut questions = Questions {
                answers: &mut std::io::stdin().lock(),
                prompts: &mut std::io::stderr(),
            };
            (questions.profile(arguments.cloud.as_deref())?, None)
        }
    };
    if let Some(name) = &arguments.cloud {
        name.clone_into(&mut profile.name);
    }
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{}.toml", profile.name)),
    };
    let text = written(&profile, cloud);
    // a mistake in an answer is shown at its place, and nothing is written
    let look = if console.colour {
        Look::Coloured
    } else {
        Look::Plain
    };
    Profile::parse(&text, &environment.directory.join(&path), &environment)
        .map_err(|error| Failure::wrong(error.render(look)))?;
    create(&environment.directory.join(&path), &text)
        .map_err(|error| not_created(&path, &error))?;
    console.out(&format!(
        "{} written: read it, it explains itself",
        path.display()
    ));
    let asked = variables(&profile, cloud);
    if !asked.is_empty() {
        console.out(&format!(
            "it reads {} whenever a run logs in: set it where you run",
            asked.join(", ")
        ));
    }
    let unset: Vec<&str> = asked
        .iter()
        .map(String::as_str)
        .filter(|name| environment.get(name).is_none())
        .collect();
    if arguments.no_try || !unset.is_empty() {
        next("doctor", &path, console);
        return Ok(0);
    }
    let shown = path.display().to_string();
    let shown = if shown.contains('/') {
        shown
    } else {
        format!("./{shown}")
    };
    let tried = doctor::examine(&shown, &environment, console).await;
    match tried {
        Ok(found) => {
            console.out(&format!("\n{found}\n"));
            next("plan", &path, console);
            Ok(0)
        }
        Err(failure) => {
            console.err(&format!(
                "{}\n{} stays as it was written: edit it and run `interop doctor {}`",
                failure.message,
                path.display(),
                path.display()
            ));
            Ok(failure.end.code())
        }
    }
}

fn not_created(path: &Path, error: &Error) -> Failure {
    let path = path.display();
    Failure::wrong(match error.kind() {
        ErrorKind::AlreadyExists => format!(
            "error: {path} is there already, and is not overwritten: name another file with `--out FILE`\n\
             help: what an earlier `interop init` wrote is tried by `interop doctor {path}`"
        ),
        _ => format!("error: can't write {path}: {error}"),
    })
}

fn next(command: &str, path: &Path, console: Console) {
    let path = path.display();
    let does = match command {
        "doctor" => "says what works, and makes nothing",
        _ => "prints what a run would do, without doing it",
    };
    console.out(&format!(
        "next: interop {command} {path}      # {does}\nthen: interop diff {path} OTHER      # OTHER: another profile, a recording, or `embedded`"
    ));
}

fn source(
    arguments: &InitArguments,
    environment: &Environment,
    is_terminal: bool,
) -> Result<Source, Failure> {
    let name = arguments.cloud.as_deref();
    let in_clouds = |file: &str| cloud_of(file, name, environment).map(Source::Cloud);
    let set = |names: &[&str]| names.iter().any(|name| environment.get(name).is_some());
    let variables = set(&["OS_AUTH_URL", "AWS_ACCESS_KEY_ID"]);
    let known = cloud_names(SEARCHED, environment)?;
    match arguments.from.as_deref() {
        Some("env") => match environment.get("OS_CLOUD") {
            Some(cloud) => Ok(Source::Cloud(format!("{SEARCHED}:{cloud}"))),
            None => Ok(Source::Variables),
        },
        Some("questions") => Ok(Source::Questions),
        Some(file) if is_yaml(file) => in_clouds(file),
        Some(other) => Err(Failure::wrong(format!(
            "error: a profile can be made from `env`, from `clouds.yaml` (or the path of one) or from `questions`, not from `{other}`"
        ))),
        None if environment.get("OS_CLOUD").is_some() && name.is_none() => {
            let cloud = environment.get("OS_CLOUD").unwrap_or_default();
            Ok(Source::Cloud(format!("{SEARCHED}:{cloud}")))
        }
        None if name.is_some_and(|name| known.iter().any(|cloud| cloud == name)) => {
            in_clouds(SEARCHED)
        }
        None if variables => Ok(Source::Variables),
        None if name.is_none() && known.len() == 1 => in_clouds(SEARCHED),
        None if is_terminal => Ok(Source::Questions),
        None => Err(Failure::wrong(
            "error: there is nothing to make a profile from: no OS_* or AWS_* variables, and no clouds.yaml with one cloud or \
             with the one that `--cloud NAME` says\nhelp: source an openrc.sh, or answer questions: `interop init --from questions`",
        )),
    }
}

/// `clouds.yaml:NAME`: the cloud that is named, or the only one.
fn cloud_of(file: &str, name: Option<&str>, environment: &Environment) -> Result<String, Failure> {
    let names = cloud_names(file, environment)?;
    let name = match (name, names.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, []) => {
            return Err(Failure::wrong(format!(
                "error: there is no cloud in {file}, or no such file"
            )));
        }
        (None, names) => {
            return Err(Failure::wrong(format!(
                "error: which cloud of {file}? say `--cloud NAME`; it has {}",
                names.join(", ")
            )));
        }
    };
    // relative to where this was typed, and not to where the profile will be
    let file = if file.contains('/') {
        environment
            .path(file, &environment.directory)
            .display()
            .to_string()
    } else {
        file.to_owned()
    };
    Ok(format!("{file}:{name}"))
}

/// The variables that the profile's secrets are read from.
fn variables(profile: &Profile, cloud: Option<&str>) -> Vec<String> {
    let Some(user) = profile.users.get("main").filter(|_| cloud.is_none()) else {
        return Vec::new();
    };
    let mut sources = vec![user.auth.secret()];
    if let Auth::Keys {
        access_key,
        session_token,
        ..
    } = &user.auth
    {
        sources.insert(0, access_key);
        sources.extend(session_token);
    }
    sources
        .into_iter()
        .filter_map(|source| match source {
            SecretSource::Env(name) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// `identity.example.com`, as far as a name may be long.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or(rest);
    host.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: Option<&str>, cloud: Option<&str>) -> InitArguments {
        InitArguments {
            cloud: cloud.map(str::to_owned),
            from: from.map(str::to_owned),
            out: None,
            no_try: true,
        }
    }

    fn environment(variables: &[(&str, &str)], directory: &Path) -> Environment {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment {
            variables: variables.iter().map(owned).collect(),
            home: None,
            directory: directory.to_owned(),
        }
    }

    #[test]
    fn what_is_at_hand_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let none = environment(&[], folder.path());
        assert_eq!(
            source(&asked(None, None), &none, true).unwrap(),
            Source::Questions
        );
        let message = source(&asked(None, None), &none, false)
            .unwrap_err()
            .message;
        assert!(message.contains("--from questions"), "{message}");
        let variables = environment(&[("OS_AUTH_URL", "https://id.example.com")], folder.path());
        assert_eq!(
            source(&asked(None, None), &variables, false).unwrap(),
            Source::Variables
        );
        let named = environment(&[("OS_CLOUD", "prod")], folder.path());
        let prod = Source::Cloud("clouds.yaml:prod".into());
        assert_eq!(source(&asked(None, None), &named, false).unwrap(), prod);
        std::fs::write(
            folder.path().join("clouds.yaml"),
            "clouds:\n  prod:\n    auth: {}\n",
        )
        .unwrap();
        assert_eq!(source(&asked(None, None), &none, false).unwrap(), prod);
        assert_eq!(
            source(&asked(None, Some("prod")), &variables, false).unwrap(),
            prod
        );
    }
}
