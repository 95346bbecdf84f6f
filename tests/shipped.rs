//! The recordings that ship in `profiles/` are whole, small, and of the suite as it is now.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails here")]

use interop::recording::Recording;
use interop::scenario::{ScenarioId, Suite};
use std::path::{Path, PathBuf};

/// A recording may hold so many of a hundred scenarios in a form that they don't have any more: they are not compared.
const STALE_PERCENT: usize = 3;

const LARGEST: u64 = 3 << 20;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles")
}

fn shipped() -> Vec<(String, Recording)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rec") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            found.push((name, Recording::open(&path).unwrap()));
        }
    }
    found
}

#[test]
fn there_is_one_of_s3_and_the_readme_names_only_such_as_there_are() {
    assert!(folder().join("lab-new-s3.rec").is_file());
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let words = readme.split_whitespace();
    for word in words
        .filter(|word| word.starts_with("profiles/") && word.split('.').next_back() == Some("rec"))
    {
        assert!(
            folder().join(&word["profiles/".len()..]).is_file(),
            "{word}"
        );
    }
}

#[test]
fn each_is_whole_and_small() {
    for (name, recording) in shipped() {
        assert!(recording.damage().is_empty(), "{name}");
        assert!(recording.trailer().is_some(), "{name} ends early");
        assert!(recording.header().plan.repeats > 1, "{name}");
        let size = std::fs::metadata(folder().join(&name)).unwrap().len();
        assert!(size < LARGEST, "{name} has {size} bytes");
    }
}

#[test]
fn each_holds_scenarios_as_they_are_now() {
    let suite = Suite::builtin().unwrap();
    for (name, recording) in shipped() {
        let ran = recording.scenarios();
        let ran = ran.iter().filter(|id| !id.starts_with("fixtures/"));
        let (mut all, mut stale) = (0, Vec::new());
        for id in ran {
            all += 1;
            let recorded = &recording.header().scenarios[*id].request_hash;
            let now = suite.get(&ScenarioId((*id).to_owned()));
            if now.is_none_or(|now| now.request_hash != *recorded) {
                stale.push(*id);
            }
        }
        assert!(all > 0, "{name} holds nothing");
        assert!(
            stale.len() * 100 <= all * STALE_PERCENT,
            "{name} is old, record it anew: {stale:?}"
        );
    }
}
