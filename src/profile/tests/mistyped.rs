//! Whatever is mistyped, no message shows a secret, and nothing panics.

use super::{CANARY, environment};
use crate::profile::{LoadError, Look, Profile};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::fs;
use std::path::Path;

const TOML: &str = r#"family = "openstack"
auth_url = "http://127.0.0.1:15000/v3"
notes = ["über"]

[users.main]
username = "demo"
password = "canary"
project = { id = "0123" }

[users.alt]
application_credential_id = "0123"
application_credential_secret = 'canary'

[limits]
in_flight = 4
"#;

const YAML: &str = "
clouds:
  x:
    auth:
      auth_url: http://127.0.0.1:15000/v3
      username: über
      password: canary
      project_name: demo
    region_name: RegionOne
    note: [canary, \"canary\"]
";

/// `text` with a few characters taken out and others put in, at a place from 0 to 1.
fn mutated(text: &str, (at, out, put): &(f64, usize, String)) -> String {
    let characters: Vec<char> = text.chars().collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short text"
    )]
    let at = (at * characters.len() as f64) as usize;
    let end = (at + out).min(characters.len());
    let mut text: String = characters[..at].iter().collect();
    text.push_str(put);
    text.extend(&characters[end..]);
    text
}

fn mutation() -> impl Strategy<Value = (f64, usize, String)> {
    (
        0.0..1.0,
        0..4_usize,
        "[\"'\\[\\]{}=:,.#\n a-c0-9é\\\\&*|>-]{0,3}",
    )
}

/// A mistyped file that can be read may give anything as a region's name; a refused one shows nothing.
fn shows_no_secret(loaded: Result<Profile, LoadError>, text: &str) {
    if let Err(error) = loaded {
        let shown = error.render(Look::Coloured) + &error.to_string();
        assert!(!shown.contains(CANARY), "{text}\n{shown}");
    }
}

/// The same texts in every run: a leak that was not there yesterday comes from a change.
fn for_mistyped(text: &str, check: impl Fn(&str)) {
    let config = ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let checked = runner.run(&(mutation(), mutation()), |(one, two)| {
        check(&mutated(&mutated(text, &one), &two));
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}

#[test]
fn a_mistyped_profile_shows_no_secret() {
    let environment = environment(Path::new("/nonexistent"), &[]);
    for_mistyped(TOML, |text| {
        let loaded = Profile::parse(text, Path::new("x.toml"), &environment);
        shows_no_secret(loaded, text);
    });
}

#[test]
fn a_mistyped_clouds_yaml_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(folder.path(), &[]);
    for_mistyped(YAML, |text| {
        fs::write(folder.path().join("clouds.yaml"), text).unwrap();
        shows_no_secret(Profile::load("clouds.yaml:x", &environment), text);
    });
}
