//! What users write, and what becomes of it.

mod clouds;
mod corpus;
mod mistyped;
mod ready;
mod secrets;
mod variables;

use crate::profile::{Environment, LoadError, Profile};
use std::collections::BTreeMap;
use std::path::Path;

/// Part of every secret in these tests: it must never come out.
const CANARY: &str = "canary";

fn environment(directory: &Path, variables: &[(&str, &str)]) -> Environment {
    Environment {
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        home: None,
        directory: directory.to_owned(),
    }
}

/// What a person sees of a mistake.
fn refusal(loaded: Result<Profile, LoadError>) -> String {
    let text = loaded.unwrap_err().to_string();
    assert!(!text.contains(CANARY), "{text}");
    text
}
