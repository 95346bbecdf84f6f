//! Trying a cut scenario: run on the live clouds, read of the recorded ones, and compared as ever.

use super::args::{Repeats, RunArguments};
use super::chosen::Chosen;
use super::clouds::{self, Side};
use super::console::Console;
use super::failure::Failure;
use super::live::{self, Targets};
use super::reading::{self, Choices};
use super::sides::Sides;
use crate::compare::Difference;
use crate::dialect::scope::around;
use crate::judge::{self, End, Finding, Report};
use crate::profile::Environment;
use crate::recording::{Discovery, Exchange, Execution, Recording, Role};
use crate::scenario::{Scenario, ScenarioId, Suite};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A try may take so much, and so many times the longest that showed the finding.
const PATIENCE: Duration = Duration::from_secs(20);
const TIMES: u32 = 5;

/// What is looked for, and where.
pub struct Tries<'a> {
    pub sides: &'a Sides<'a>,
    pub targets: &'a Targets,
    /// Without the cut scenario.
    pub suite: &'a Suite,
    pub arguments: &'a RunArguments,
    pub choices: &'a Choices,
    pub environment: &'a Environment,
    pub console: Console,
    /// Names the run, and where its files are.
    pub run: (String, PathBuf),
    /// What the cut scenario is called.
    pub id: ScenarioId,
    /// Id of the finding, and of the scenario that showed it.
    pub finding: String,
    pub of: String,
    pub done: u32,
    /// Of what showed it live.
    pub longest: Option<Duration>,
    /// What each live cloud said of itself at the first try.
    pub said: BTreeMap<String, Discovery>,
    pub ends: Vec<End>,
}

/// What showed the finding.
pub struct Seen {
    pub report: Report,
    pub finding: Finding,
    /// Requests that the scenario and its fixtures sent once, by side; undo is not among them.
    pub requests: Vec<usize>,
}

impl Tries<'_> {
    /// The suite with a text as the cut scenario.
    pub fn suite_with(&self, text: &str) -> Option<Suite> {
        let file = format!("{}.toml", self.id);
        let suite = self.suite.clone();
        suite.with_text(self.id.clone(), &file, text).ok()
    }

    /// Whether a text shows the finding, run so often on each live cloud.
    pub async fn try_once(&mut self, text: &str, repeats: u32) -> Result<Option<Seen>, Failure> {
        let Some(suite) = self.suite_with(text) else {
            return Ok(None);
        };
        let Some(part) = suite.get(&self.id).cloned() else {
            return Ok(None);
        };
        self.done += 1;
        let began = Instant::now();
        let ran = if self.targets.profiles.is_empty() {
            Vec::new()
        } else {
            match self.run(suite, repeats).await? {
                Some(ran) => ran,
                None => return Ok(None),
            }
        };
        let mut recordings = Vec::new();
        let mut of_fixtures = Vec::new();
        let sides = self.sides.all.iter().zip(&self.sides.names);
        for (index, (side, name)) in sides.enumerate() {
            recordings.push(match side {
                Side::Recorded(path, _) => {
                    let whole = self.sides.read(index, path)?.called(name);
                    of_fixtures.push(self.of_fixtures(&whole, &part)?);
                    whole.part(&self.of, &part).map_err(wrong)?
                }
                Side::Live(_) => {
                    let ran = ran.iter().find(|(cloud, _)| cloud == name);
                    let Some((_, path)) = ran else {
                        return Err(Failure::unobserved(format!(
                            "error: {name} was not observed"
                        )));
                    };
                    of_fixtures.push(0);
                    clouds::open(path)?
                }
            });
        }
        let report = reading::report(&recordings, self.choices).map_err(wrong)?;
        let mut all = report.findings.iter().chain(&report.unconfirmed);
        let Some(finding) = all.find(|finding| self.is_it(finding)).cloned() else {
            return Ok(None);
        };
        let took = began.elapsed();
        self.longest = Some(self.longest.unwrap_or_default().max(took));
        let count = |(recording, more)| Ok(requests(recording)? + more);
        let counts = recordings.iter().zip(of_fixtures).map(count);
        let requests = counts.collect::<Result<_, Failure>>()?;
        Ok(Some(Seen {
            report,
            finding,
            requests,
        }))
    }

    /// Recordings by cloud. None where it took much longer than what shows the finding: without what was cut, a poll waits in vain.
    async fn run(
        &mut self,
        suite: Suite,
        repeats: u32,
    ) -> Result<Option<Vec<(String, PathBuf)>>, Failure> {
        let chosen = Chosen {
            suite,
            selected: vec![self.id.clone()],
            shard: None,
            read: None,
            repeats: None,
        };
        let arguments = RunArguments {
            repeat: Some(Repeats::Times(repeats)),
            ..self.arguments.clone()
        };
        let (run, folder) = &self.run;
        let asked = live::ask(
            self.targets,
            &chosen,
            &arguments,
            self.done,
            (run, folder),
            self.environment,
        )?;
        let asked = asked.knowing(&self.said);
        let most = self.longest.map(|longest| PATIENCE + longest * TIMES);
        let ran = live::quietly(asked, most, self.console).await?;
        let outcome = ran.outcome;
        if outcome.left_behind.values().any(|left| !left.is_empty()) {
            self.ends.push(End::LeftBehind);
        }
        if outcome.interrupted {
            return Err(Failure::unobserved("interrupted"));
        }
        if let Some((cloud, error)) = outcome.errors.iter().next() {
            return Err(Failure::unobserved(format!("error: {cloud}: {error}")));
        }
        self.said.extend(outcome.said);
        Ok((!ran.too_long).then_some(outcome.recordings))
    }

    /// Requests of the fixtures that a part of a recording stands on, one instance of each.
    fn of_fixtures(&self, whole: &Recording, part: &Scenario) -> Result<usize, Failure> {
        let mut sent = 0;
        for fixture in self.suite.fixtures_of(part) {
            let made = whole.executions(&fixture.id.0).map_err(wrong)?;
            sent += made.first().map_or(0, observed);
        }
        Ok(sent)
    }

    /// An id holds the scenario where that is for several APIs: there it is looked for under the name that it had. What all
    /// operations of a kind show is shown by what is left of them.
    fn is_it(&self, finding: &Finding) -> bool {
        if finding.id == self.finding {
            return true;
        }
        let Some(example) = finding.examples.first() else {
            return false;
        };
        let shown = &example.difference;
        let mut names = around(&shown.service, &shown.operation);
        if shown.operation == self.id.0 {
            names.push(self.of.clone());
        }
        names.into_iter().any(|operation| {
            let named = Difference {
                operation,
                ..shown.clone()
            };
            judge::id(&named) == self.finding
        })
    }
}

/// Of the first repeat.
fn requests(recording: &Recording) -> Result<usize, Failure> {
    let mut sent = 0;
    for scenario in recording.scenarios() {
        let all = recording.executions(scenario).map_err(wrong)?;
        let first = all.iter().filter(|execution| execution.repeat == 1);
        sent += first.map(observed).sum::<usize>();
    }
    Ok(sent)
}

fn observed(execution: &Execution) -> usize {
    let observed = |exchange: &&Exchange| exchange.role == Role::Observed;
    execution.exchanges.iter().filter(observed).count()
}

fn wrong(error: impl std::fmt::Display) -> Failure {
    Failure::wrong(format!("error: {error}"))
}
