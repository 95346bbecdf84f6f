//! The profiles in `profiles/`.

use super::environment;
use crate::profile::secret::SecretSource;
use crate::profile::{Auth, Profile};
use std::fs;
use std::path::{Path, PathBuf};

fn ready() -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = fs::read_dir("profiles")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .filter(|path| !path.to_string_lossy().ends_with(".noise.toml"))
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Every variable that the text asks for is set.
fn load(path: &Path, text: &str) -> Profile {
    let names: Vec<&str> = text
        .split("env = \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let variables: Vec<(&str, &str)> = names.iter().map(|name| (*name, "x")).collect();
    let environment = environment(Path::new(""), &variables);
    Profile::parse(text, path, &environment).unwrap_or_else(|error| panic!("{error}"))
}

fn secrets(profile: &Profile) -> Vec<&SecretSource> {
    profile
        .users
        .values()
        .map(|user| match &user.auth {
            Auth::Password { password, .. } => password,
            Auth::ApplicationCredential { secret, .. }
            | Auth::ApplicationCredentialByName { secret, .. } => secret,
            Auth::Keys { secret_key, .. } => secret_key,
        })
        .collect()
}

#[test]
fn the_lab_profiles_name_three_users_each() {
    for name in ["lab-zed", "lab-new"] {
        let path = Path::new("profiles").join(format!("{name}.toml"));
        let text = fs::read_to_string(&path).unwrap();
        let profile = load(&path, &text);
        assert_eq!(profile.name, name);
        assert!(!profile.untested);
        assert!(profile.auth_url.starts_with("http://127.0.0.1:"));
        let roles: Vec<&str> = profile.users.keys().map(String::as_str).collect();
        assert_eq!(roles, ["alt", "expendable", "main"]);
        assert!(profile.users["expendable"].expendable);
        assert!(!profile.users["main"].expendable);
    }
}

#[test]
fn a_public_profile_says_untested_cites_its_sources_and_holds_no_secret() {
    let public: Vec<_> = ready()
        .into_iter()
        .filter(|(path, _)| !path.to_string_lossy().contains("lab-"))
        .collect();
    assert!(public.len() >= 12, "{}", public.len());
    for (path, text) in public {
        let shown = path.display();
        assert!(text.starts_with("# UNTESTED: "), "{shown}");
        let profile = load(&path, &text);
        assert!(profile.untested, "{shown}");
        assert_eq!(
            profile.name,
            path.file_stem().unwrap().to_string_lossy(),
            "{shown}"
        );
        let explained = profile.notes.iter().any(|note| note.contains("region"));
        assert!(profile.region.is_some() || explained, "{shown}");
        assert!(profile.auth_url.starts_with("https://"), "{shown}");
        assert!(
            profile
                .notes
                .iter()
                .any(|note| note.starts_with("source: ")),
            "{shown}"
        );
        // OVH_PASSWORD for ovh.toml: two providers in one shell don't meet.
        let prefix = format!("{}_", profile.name.to_uppercase().replace('-', "_"));
        for name in text.split("env = \"").skip(1) {
            assert!(name.starts_with(&prefix), "{shown}: {prefix}");
        }
        for secret in secrets(&profile) {
            assert!(
                matches!(secret, SecretSource::Env(_)),
                "{shown}: {secret:?}"
            );
        }
    }
}

#[test]
fn the_reference_shows_a_profile_that_can_be_read() {
    let page = fs::read_to_string("docs/profiles.md").unwrap();
    let example = page.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    // The only line that needs a file.
    let text: Vec<&str> = example
        .lines()
        .filter(|line| !line.starts_with("ca_file"))
        .collect();
    let profile = load(Path::new("docs/profiles.md"), &text.join("\n"));
    assert_eq!(profile.users.len(), 3);
    assert_eq!(profile.limits, crate::profile::Limits::default());
}
