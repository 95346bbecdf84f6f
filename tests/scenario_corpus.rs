//! Every wrong scenario of the corpus gives exactly the message that stands beside it.
//!
//! `BLESS=1 cargo test --test scenario_corpus` writes the messages anew; read the diff.

#![expect(clippy::unwrap_used, reason = "a test")]

use interop::scenario::{Paint, ScenarioId, Suite, SuiteError};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

/// The built-in ones, read once.
static FIXTURES: LazyLock<Vec<(ScenarioId, String)>> = LazyLock::new(|| {
    let suite = Suite::builtin().unwrap();
    let fixtures = suite.fixtures();
    fixtures.map(|f| (f.id.clone(), f.source.clone())).collect()
});

/// What is said of one file beside the built-in fixtures.
fn messages(path: &Path) -> Result<(), SuiteError> {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let id = if stem.starts_with("fixture-") {
        format!("fixtures/{stem}")
    } else {
        format!("bad/{stem}")
    };
    let fixtures = FIXTURES.iter().cloned();
    let bad = (ScenarioId(id), fs::read_to_string(path).unwrap());
    Suite::of_texts(fixtures.chain([bad])).map(|_| ())
}

#[test]
fn every_wrong_file_gives_the_message_beside_it() {
    let bless = std::env::var_os("BLESS").is_some();
    let files = corpus();
    assert!(files.len() >= 40, "only {} files", files.len());
    let mut different = Vec::new();
    for path in files {
        let rendered = match messages(&path) {
            Err(SuiteError::Problems(problems)) => {
                for problem in problems.list() {
                    let place = problem.file.text.get(problem.span.clone());
                    assert!(place.is_some(), "{}: a place outside", path.display());
                }
                problems.render(Paint::Plain)
            }
            Err(other) => panic!("{}: {other}", path.display()),
            Ok(()) => "no mistake found".to_owned(),
        };
        let rendered = format!("{rendered}\n");
        let beside = path.with_extension("expected");
        if bless {
            fs::write(&beside, &rendered).unwrap();
        } else if fs::read_to_string(&beside).unwrap_or_default() != rendered {
            different.push(format!("{}\n{rendered}", path.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

#[test]
fn no_file_of_the_corpus_is_right() {
    for path in corpus() {
        assert!(messages(&path).is_err(), "{}", path.display());
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let escape = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for path in corpus() {
        let Err(SuiteError::Problems(problems)) = messages(&path) else {
            panic!("{}", path.display());
        };
        let coloured = problems.render(Paint::Colour);
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(
            escape.replace_all(&coloured, ""),
            problems.render(Paint::Plain)
        );
    }
}

#[test]
fn a_file_with_every_construct_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/scenarios/right");
    let suite = Suite::builtin().unwrap().with_folder(&folder);
    let suite = suite.unwrap_or_else(|error| panic!("{error}"));
    let scenario = suite.get(&ScenarioId("everything".to_owned())).unwrap();
    assert_eq!(scenario.steps.len(), 18);
}
