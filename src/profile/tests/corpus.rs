//! The files of `tests/corpus/profiles`: each beside what it becomes. `INTEROP_BLESS=1` rewrites the latter.

use super::{CANARY, environment};
use crate::profile::Profile;
use std::fs;
use std::path::{Path, PathBuf};

const VARIABLES: [(&str, &str); 3] = [
    ("DEMO_PASSWORD", "canary"),
    ("DEMO_SECRET", "canary"),
    ("DEMO_ID", "0123456789abcdef"),
];

fn profiles(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(Path::new("tests/corpus/profiles").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

fn load(path: &Path) -> Result<Profile, String> {
    let environment = environment(Path::new(""), &VARIABLES);
    Profile::load(path.to_str().unwrap(), &environment).map_err(|error| error.to_string())
}

/// Compares with the file beside `path`; names all that differ at once.
fn compare(path: &Path, is: &str, wrong: &mut Vec<String>) {
    assert!(!is.contains(CANARY), "{}: {is}", path.display());
    let beside = path.with_extension("txt");
    let is = format!("{}\n", is.trim_end());
    if std::env::var_os("INTEROP_BLESS").is_some() {
        fs::write(&beside, &is).unwrap();
    }
    let want = fs::read_to_string(&beside).unwrap_or_default();
    if is != want {
        wrong.push(format!("{}\n--- is\n{is}--- want\n{want}", path.display()));
    }
}

#[test]
fn every_bad_profile_is_refused_with_its_message() {
    let files = profiles("bad");
    assert!(files.len() >= 25);
    let mut wrong = Vec::new();
    for path in files {
        match load(&path) {
            Ok(_) => wrong.push(format!("{} was taken", path.display())),
            Err(text) => compare(&path, &text, &mut wrong),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_good_profile_is_read_as_written_and_shows_no_secret() {
    let mut wrong = Vec::new();
    for path in profiles("good") {
        let profile = load(&path).unwrap();
        compare(&path, &format!("{profile:#?}"), &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
