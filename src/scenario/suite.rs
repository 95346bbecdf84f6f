//! All scenarios and fixtures at hand: the built-in ones, a user's folder, or a recording's texts.
//!
//! In: files. Out: checked scenarios whose fixtures are there and have the outputs that are read.

use super::diagnostic::{Diagnostic, Problems, nearest};
use super::model::{Scenario, ScenarioId};
use super::parsed::{Parsed, Purpose, Word, parse_file};
use super::resolve::resolve;
use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// Scenarios and fixtures by id.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    files: BTreeMap<ScenarioId, Parsed>,
}

/// Why a suite could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// Mistakes in files, rendered by [`Problems::render`].
    #[error("{0}")]
    Problems(#[from] Problems),
    #[error("cannot read {path}: {error}")]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path} holds no scenario (a file that ends in .toml)")]
    Empty { path: PathBuf },
    /// An id says where a file is, so its segments must be readable everywhere.
    #[error("{path} can't be the name of a scenario: expected lower-case letters, digits and -")]
    Name { path: PathBuf },
    #[error("{path}: the suite has a scenario {id} already")]
    Taken { path: PathBuf, id: ScenarioId },
}

impl Suite {
    /// The scenarios that the program carries.
    pub fn builtin() -> Result<Self, SuiteError> {
        let mut texts = Vec::new();
        collect_built_in(&BUILT_IN, &mut texts);
        Self::default().with_texts(texts.into_iter().map(|(path, text)| Unread {
            id: id_of(path),
            file: format!("scenarios/{}", path.display()),
            text: text.to_owned(),
        }))
    }

    /// These and the files below a folder, which may use the fixtures that are there already.
    pub fn with_folder(self, folder: &Path) -> Result<Self, SuiteError> {
        let read = read_below(folder)?;
        let taken = |(_, unread): &&(PathBuf, Unread)| self.files.contains_key(&unread.id);
        if let Some((path, unread)) = read.iter().find(taken) {
            return Err(SuiteError::Taken {
                path: path.clone(),
                id: unread.id.clone(),
            });
        }
        self.with_texts(read.into_iter().map(|(_, unread)| unread))
    }

    /// These with the files of a folder, or one file, in their place where the ids are the same; and which ids were read. For
    /// looking at what files say, not for running them.
    pub fn checking(self, path: &Path) -> Result<(Self, Vec<ScenarioId>), SuiteError> {
        let read = if path.is_dir() {
            read_below(path)?
        } else {
            vec![(path.to_owned(), read_file(path, id_of_file(path))?)]
        };
        let ids = read.iter().map(|(_, unread)| unread.id.clone()).collect();
        let suite = self.with_texts(read.into_iter().map(|(_, unread)| unread))?;
        Ok((suite, ids))
    }

    /// These and a text, in the place of what has its id.
    pub fn with_text(self, id: ScenarioId, file: &str, text: &str) -> Result<Self, SuiteError> {
        self.with_texts([Unread {
            id,
            file: file.to_owned(),
            text: text.to_owned(),
        }])
    }

    /// Exactly these texts, as a recording keeps them.
    pub fn of_texts(
        texts: impl IntoIterator<Item = (ScenarioId, String)>,
    ) -> Result<Self, SuiteError> {
        Self::default().with_texts(texts.into_iter().map(|(id, text)| Unread {
            file: format!("{id}.toml"),
            id,
            text,
        }))
    }

    fn with_texts(mut self, texts: impl IntoIterator<Item = Unread>) -> Result<Self, SuiteError> {
        let mut problems: Vec<Diagnostic> = Vec::new();
        let mut fresh = Vec::new();
        for text in texts {
            match parse_file(text.id.clone(), &text.file, &text.text, Purpose::Run) {
                Ok(parsed) => {
                    fresh.push(text.id.clone());
                    self.files.insert(text.id, parsed);
                }
                Err(wrong) => problems.extend(wrong.into_list()),
            }
        }
        // With a fixture missing because of its own mistakes, its users would seem wrong.
        if problems.is_empty() {
            problems = resolve(&mut self.files, &fresh);
        }
        Problems::check(problems)?;
        Ok(self)
    }

    /// Scenarios, without fixtures, by id.
    pub fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.files
            .values()
            .map(|parsed| &parsed.scenario)
            .filter(|scenario| !scenario.id.is_fixture())
    }

    /// Fixtures by id.
    pub fn fixtures(&self) -> impl Iterator<Item = &Scenario> {
        self.files
            .values()
            .map(|parsed| &parsed.scenario)
            .filter(|scenario| scenario.id.is_fixture())
    }

    /// A scenario or fixture.
    #[must_use]
    pub fn get(&self, id: &ScenarioId) -> Option<&Scenario> {
        self.files.get(id).map(|parsed| &parsed.scenario)
    }

    /// The file that it was read from, as people name it.
    #[must_use]
    pub fn file(&self, id: &ScenarioId) -> Option<&str> {
        self.files.get(id).map(|parsed| parsed.file.name.as_str())
    }

    /// The id that was probably meant.
    #[must_use]
    pub fn nearest(&self, id: &str) -> Option<&ScenarioId> {
        let near = nearest(id, self.files.keys().map(|id| id.0.as_str()))?.to_owned();
        self.files.keys().find(|id| id.0 == near)
    }

    /// Everything that is made before the scenario's first step, with the alias that it is read by,
    /// in the order to make it: a fixture's own fixtures come before it.
    #[must_use]
    pub fn fixtures_of(&self, scenario: &Scenario) -> Vec<&Scenario> {
        let mut made = Vec::new();
        for fixture in scenario
            .fixtures
            .iter()
            .filter_map(|used| self.get(&used.fixture))
        {
            made.extend(self.fixtures_of(fixture));
            made.push(fixture);
        }
        made
    }

    /// Words that another module owns and doesn't know are mistakes at their places.
    pub fn check_words(&self, word: Word, known: &dyn Fn(&str) -> bool) -> Result<(), Problems> {
        let uses = || {
            self.files.values().flat_map(move |parsed| {
                parsed
                    .words
                    .iter()
                    .filter(move |(kind, _)| *kind == word)
                    .map(move |(_, at)| (parsed, at))
            })
        };
        let good: Vec<&str> = uses()
            .map(|(_, at)| at.value.as_str())
            .filter(|text| known(text))
            .collect();
        let problems = uses()
            .filter(|(_, at)| !known(&at.value))
            .map(|(parsed, at)| {
                let called = word.called();
                let title = format!("`{}` is not {called}", at.value);
                let mut wrong = Diagnostic::new(&parsed.file, at.span.clone(), title)
                    .label(format!("expected {called}"));
                if let Some(near) = nearest(&at.value, good.iter().copied()) {
                    wrong = wrong.help(format!("did you mean `{near}`?"));
                }
                wrong
            })
            .collect();
        Problems::check(problems)
    }
}

struct Unread {
    id: ScenarioId,
    file: String,
    text: String,
}

/// The path without its ending, `/` between its segments on every system.
fn id_of(path: &Path) -> ScenarioId {
    let segments: Vec<String> = path
        .with_extension("")
        .components()
        .map(|segment| segment.as_os_str().to_string_lossy().into_owned())
        .collect();
    ScenarioId(segments.join("/"))
}

/// Of a file by itself: its path below a folder `scenarios`, else its name, else as a fixture where it stands among them.
fn id_of_file(path: &Path) -> ScenarioId {
    let segments: Vec<_> = path.components().map(Component::as_os_str).collect();
    let name = segments.len().saturating_sub(1);
    let below = segments.iter().rposition(|segment| *segment == "scenarios");
    let fixture = segments.iter().rposition(|segment| *segment == "fixtures");
    let start = below.map_or(fixture.unwrap_or(name), |at| at + 1);
    id_of(&segments[start.min(name)..].iter().collect::<PathBuf>())
}

fn read_file(path: &Path, id: ScenarioId) -> Result<Unread, SuiteError> {
    if !id.0.split('/').all(is_segment) {
        return Err(SuiteError::Name {
            path: path.to_owned(),
        });
    }
    let text = fs::read_to_string(path).map_err(|error| SuiteError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    Ok(Unread {
        id,
        file: path.display().to_string(),
        text,
    })
}

/// Every file below a folder, in the order of their paths.
fn read_below(folder: &Path) -> Result<Vec<(PathBuf, Unread)>, SuiteError> {
    let mut paths = Vec::new();
    collect_files(folder, &mut paths)?;
    paths.sort();
    if paths.is_empty() {
        return Err(SuiteError::Empty {
            path: folder.to_owned(),
        });
    }
    let read = paths.into_iter().map(|path| {
        let id = id_of(path.strip_prefix(folder).unwrap_or(&path));
        let unread = read_file(&path, id)?;
        Ok((path, unread))
    });
    read.collect()
}

fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_scenario_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

fn collect_built_in<'f>(folder: &'f Dir<'f>, texts: &mut Vec<(&'f Path, &'f str)>) {
    for file in folder.files() {
        if let (true, Some(text)) = (is_scenario_file(file.path()), file.contents_utf8()) {
            texts.push((file.path(), text));
        }
    }
    for inner in folder.dirs() {
        collect_built_in(inner, texts);
    }
}

fn collect_files(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), SuiteError> {
    let unreadable = |error| SuiteError::Unreadable {
        path: folder.to_owned(),
        error,
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        // A link to a folder could lead back here.
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            collect_files(&path, paths)?;
        } else if is_scenario_file(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Hazard, LockMode};

    const HEAD: &str =
        "title = 'a'\nwhy = 'b'\nservice = 'compute'\nrefs = ['https://example.org']\n";
    const GET: &str = "[[step]]\nid = 'a'\nrequest = 'GET /'\n";

    fn id(text: &str) -> ScenarioId {
        ScenarioId(text.to_owned())
    }

    fn of(texts: &[(&str, String)]) -> Suite {
        let texts = texts.iter().map(|(name, text)| (id(name), text.clone()));
        Suite::of_texts(texts).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_built_in_suite_has_no_mistakes() {
        let suite = Suite::builtin().unwrap_or_else(|error| panic!("{error}"));
        assert!(suite.scenarios().count() >= 3);
        assert!(suite.fixtures().count() >= 2);
        let file = suite.file(&id("compute/server/lifecycle"));
        assert_eq!(file, Some("scenarios/compute/server/lifecycle.toml"));
    }

    #[test]
    fn a_folder_is_read_with_its_folders_and_may_use_built_in_fixtures() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("mine/deep")).unwrap();
        let text = format!("{HEAD}use = 'fixtures/server'\n{GET}");
        fs::write(folder.path().join("mine/deep/one.toml"), text).unwrap();
        fs::write(folder.path().join("mine/notes.md"), "no scenario").unwrap();
        let suite = Suite::builtin().unwrap();
        let before = suite.scenarios().count();
        let suite = suite.with_folder(folder.path()).unwrap();
        assert_eq!(suite.scenarios().count(), before + 1);
        let mine = suite.get(&id("mine/deep/one")).unwrap();
        assert_eq!(mine.needs, ["flavor.small", "image.small"]);
    }

    #[test]
    fn a_folder_without_scenarios_or_with_taken_or_odd_names_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let add = || Suite::builtin().unwrap().with_folder(folder.path());
        assert!(matches!(add(), Err(SuiteError::Empty { .. })));
        let taken = folder.path().join("compute/server/lifecycle.toml");
        fs::create_dir_all(taken.parent().unwrap()).unwrap();
        fs::write(&taken, format!("{HEAD}{GET}")).unwrap();
        assert!(matches!(add(), Err(SuiteError::Taken { .. })));
        fs::rename(&taken, folder.path().join("My Scenario.toml")).unwrap();
        assert!(matches!(add(), Err(SuiteError::Name { .. })));
        let gone = folder.path().join("gone");
        assert!(matches!(
            Suite::default().with_folder(&gone),
            Err(SuiteError::Unreadable { .. })
        ));
    }

    #[test]
    fn checking_a_copy_of_the_built_in_suite_tells_what_is_wrong_in_it_and_not_that_its_ids_are_taken()
     {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("compute/server/lifecycle.toml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let check = |path: &Path| Suite::builtin().unwrap().checking(path);
        fs::write(&path, format!("{HEAD}{GET}")).unwrap();
        let (suite, ids) = check(folder.path()).unwrap();
        assert_eq!(ids, [id("compute/server/lifecycle")]);
        assert_eq!(suite.get(&ids[0]).unwrap().title, "a");
        fs::write(&path, format!("{HEAD}oops = 1\n{GET}")).unwrap();
        for path in [folder.path(), path.as_path()] {
            let Err(SuiteError::Problems(problems)) = check(path) else {
                panic!("no mistakes");
            };
            assert!(problems.to_string().contains("oops"), "{problems}");
        }
    }

    #[test]
    fn a_file_by_itself_is_called_by_its_place_below_scenarios() {
        for (path, expected) in [
            ("x/scenarios/compute/server/one.toml", "compute/server/one"),
            ("scenarios/fixtures/net.toml", "fixtures/net"),
            ("my/fixtures/net.toml", "fixtures/net"),
            ("my/one.toml", "one"),
            ("one.toml", "one"),
        ] {
            assert_eq!(id_of_file(Path::new(path)).0, expected);
        }
    }

    #[test]
    fn adding_a_folder_leaves_what_was_there_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one.toml"), format!("{HEAD}{GET}")).unwrap();
        let before = Suite::builtin().unwrap();
        let after = before.clone().with_folder(folder.path()).unwrap();
        for scenario in before.scenarios().chain(before.fixtures()) {
            assert_eq!(after.get(&scenario.id), Some(scenario));
        }
    }

    #[test]
    fn what_fixtures_need_their_users_need() {
        let fixture = format!(
            "{HEAD}needs = ['flavor.small']\nexclusive = ['a@project']\nhazard = 'exhausts'\n\
             requires = {{ capabilities = ['x.y'], microversion = '2.9' }}\n\
             [[step]]\nid = 'a'\nrequest = 'GET /{{{{ flavor.small }}}}'\nas = 'alt'\n"
        );
        let middle = format!("{HEAD}use = 'fixtures/low'\n{GET}");
        let user = format!("{HEAD}use = 'fixtures/mid'\nshares = ['a@project']\n{GET}");
        let suite = of(&[
            ("a/user", user),
            ("fixtures/low", fixture),
            ("fixtures/mid", middle),
        ]);
        let user = suite.get(&id("a/user")).unwrap();
        assert_eq!(user.needs, ["flavor.small"]);
        assert_eq!(user.requires.capabilities, ["x.y"]);
        assert_eq!(user.requires.users, ["alt"]);
        assert_eq!(user.requires.microversion.unwrap().minor, 9);
        assert_eq!(user.hazard, Hazard::Exhausts);
        assert_eq!(user.locks.len(), 1);
        assert_eq!(user.locks[0].mode, LockMode::Exclusive);
        let made: Vec<&str> = suite
            .fixtures_of(user)
            .iter()
            .map(|fixture| fixture.id.0.as_str())
            .collect();
        assert_eq!(made, ["fixtures/low", "fixtures/mid"]);
    }

    #[test]
    fn a_changed_fixture_changes_what_its_users_send() {
        let hash = |path: &str, title: &str| {
            let fixture = format!(
                "{}[[step]]\nid = 'a'\nrequest = 'GET {path}'\n",
                HEAD.replace("'a'", title)
            );
            let suite = of(&[
                ("a/user", format!("{HEAD}use = 'fixtures/low'\n{GET}")),
                ("fixtures/low", fixture),
            ]);
            suite.get(&id("a/user")).unwrap().request_hash.clone()
        };
        assert_ne!(hash("/", "'a'"), hash("/x", "'a'"));
        assert_eq!(hash("/", "'a'"), hash("/", "'b'"));
    }

    #[test]
    fn words_of_other_modules_are_checked_at_their_places() {
        let suite = Suite::builtin().unwrap();
        let known = |kind: &str| kind.starts_with("network.") || kind.starts_with("identity.");
        let problems = suite.check_words(Word::Kind, &known).unwrap_err();
        for problem in problems.list() {
            let text = problem.file.text[problem.span.clone()].trim_matches('"');
            assert!(text.contains('.') && !known(text), "{text}");
        }
        assert!(suite.check_words(Word::Kind, &|_| true).is_ok());
        let known = |service: &str| service != "network";
        let problems = suite.check_words(Word::Service, &known).unwrap_err();
        assert!(
            problems
                .list()
                .iter()
                .all(|p| p.title.contains("`network`"))
        );
    }

    #[test]
    fn mistakes_of_several_files_come_together() {
        let texts = [
            (id("b/b"), format!("{HEAD}oops = 1\n{GET}")),
            (id("a/a"), format!("{HEAD}oops = 1\n{GET}")),
        ];
        let Err(SuiteError::Problems(problems)) = Suite::of_texts(texts) else {
            panic!("no mistakes");
        };
        let files: Vec<&str> = problems
            .list()
            .iter()
            .map(|p| p.file.name.as_str())
            .collect();
        assert_eq!(files, ["a/a.toml", "b/b.toml"]);
    }

    #[test]
    fn fixtures_in_a_circle_are_refused() {
        let texts = [
            (id("fixtures/a"), format!("{HEAD}use = 'fixtures/b'\n{GET}")),
            (id("fixtures/b"), format!("{HEAD}use = 'fixtures/a'\n{GET}")),
        ];
        let error = Suite::of_texts(texts).unwrap_err().to_string();
        assert!(error.contains("fixtures/a uses itself"), "{error}");
    }
}
