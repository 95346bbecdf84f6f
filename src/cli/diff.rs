//! `interop diff` and `interop record`.

use super::args::{DiffArguments, ObserveArguments, RecordArguments, Repeats, RunArguments};
use super::chosen::{self, Chosen};
use super::console::Console;
use super::failure::Failure;
use super::known;
use super::live::{self, Targets};
use super::outputs;
use super::reading::{self, Choices};
use super::recorded;
use super::rounds::{self, Live};
use super::sides::Sides;
use super::surroundings;
use crate::judge::{End, Report, exit_code};
use crate::profile::Environment;
use crate::recording::{Discovery, Recording};
use crate::run::RunOutcome;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub async fn run(arguments: &DiffArguments, console: Console) -> Result<u8, Failure> {
    arguments.report.show.check()?;
    let environment = surroundings::environment();
    let mut choices = known::choices(&arguments.report.accept, &environment)?;
    choices.baseline = known::baseline(arguments.report.baseline.as_deref(), &environment)?;
    let ObserveArguments { select, run, noise } = &arguments.observe;
    let sides = Sides::of(&arguments.clouds, noise, &environment, console)?;
    choices.untested = sides.untested();
    let targets = sides.targets();
    let chosen = sides.choose(select, console)?;
    let mut ran = Ran::default();
    if !targets.profiles.is_empty() {
        ran = run_live(&targets, &chosen, run, &environment, console).await?;
        // what is recorded can't be run again
        if !run.no_confirm && targets.profiles.len() == sides.all.len() {
            let live = Live {
                targets: &targets,
                chosen: &chosen,
                arguments: run,
                environment: &environment,
                as_of: &choices.as_of,
                console,
            };
            rounds::spend(&mut ran, &live).await?;
        }
    }
    let recordings = sides.recordings(&ran.recorded, &chosen)?;
    ran.tell(console);
    if recordings.len() < 2 {
        let observed = match recordings.first() {
            Some(only) => format!("only {} was observed", only.header().cloud.name),
            None => "no cloud was observed".to_owned(),
        };
        console.err(&format!("nothing to compare: {observed}"));
        return Ok(exit_code(ran.ends().into_iter().chain([End::Unobserved])));
    }
    let mut damaged = false;
    for recording in &recordings {
        damaged |= !recording.damage().is_empty();
        recorded::tell_damage(&recording.header().cloud.name, recording, console);
    }
    let report = report(&recordings, &choices)?.failing(arguments.report.fail_on.least());
    outputs::show(&report, &arguments.report.show, console)?;
    let unread = damaged.then_some(End::Unobserved);
    let ends = report.ends.into_iter();
    Ok(exit_code(ends.chain(ran.ends()).chain(unread)))
}

/// What the clouds showed, without confirming: run where they are live, in the order of the sides; and how that ended.
pub async fn observed(
    sides: &Sides<'_>,
    arguments: &ObserveArguments,
    environment: &Environment,
    console: Console,
) -> Result<(Vec<Recording>, Ran), Failure> {
    let chosen = sides.choose(&arguments.select, console)?;
    let targets = sides.targets();
    let ran = if targets.profiles.is_empty() {
        Ran::default()
    } else {
        run_live(&targets, &chosen, &arguments.run, environment, console).await?
    };
    ran.tell(console);
    Ok((sides.recordings(&ran.recorded, &chosen)?, ran))
}

pub async fn record(
    arguments: &RecordArguments,
    share: bool,
    console: Console,
) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let ObserveArguments { select, run, noise } = &arguments.observe;
    let chosen = chosen::choose(select, console)?;
    let targets = Sides::live(&arguments.clouds, noise, &environment, console)?.targets();
    let mut ran = run_live(&targets, &chosen, run, &environment, console).await?;
    if run.repeat == Some(Repeats::Auto) && !run.no_confirm {
        let live = Live {
            targets: &targets,
            chosen: &chosen,
            arguments: run,
            environment: &environment,
            as_of: &surroundings::today(),
            console,
        };
        rounds::spend(&mut ran, &live).await?;
    }
    for path in ran.recorded.values() {
        console.out(&path.display().to_string());
        if share {
            let shared = recorded::share_beside(path)?;
            console.out(&shared.display().to_string());
        }
    }
    Ok(exit_code(ran.ends()))
}

fn report(recordings: &[Recording], choices: &Choices) -> Result<Report, Failure> {
    reading::report(recordings, choices).map_err(|error| Failure::wrong(format!("error: {error}")))
}

/// What a live run left on disk.
#[derive(Default)]
pub struct Ran {
    /// By cloud.
    pub recorded: BTreeMap<String, PathBuf>,
    pub folder: Option<PathBuf>,
    pub run: String,
    pub interrupted: bool,
    /// What each cloud said of itself before the first round.
    pub said: BTreeMap<String, Discovery>,
    failed: bool,
    left: bool,
}

/// One round against live clouds.
pub async fn run_live(
    targets: &Targets,
    chosen: &Chosen,
    arguments: &RunArguments,
    environment: &Environment,
    console: Console,
) -> Result<Ran, Failure> {
    let (run, folder) = live::folder(arguments)?;
    let asked = live::ask(targets, chosen, arguments, 1, (&run, &folder), environment)?;
    let outcome = live::run(asked, console).await?;
    let mut ran = Ran {
        folder: Some(folder),
        run,
        ..Ran::default()
    };
    ran.recorded = outcome.recordings.iter().cloned().collect();
    ran.take(&outcome);
    ran.said = outcome.said;
    Ok(ran)
}

impl Ran {
    pub fn take(&mut self, outcome: &RunOutcome) {
        self.interrupted |= outcome.interrupted;
        self.failed |= !outcome.errors.is_empty() || outcome.interrupted;
        self.left |= outcome.left_behind.values().any(|left| !left.is_empty());
    }

    /// Where what was seen is kept.
    fn tell(&self, console: Console) {
        if let (Some(folder), false) = (&self.folder, self.recorded.is_empty()) {
            console.err(&format!("recordings in {}", folder.display()));
        }
    }

    pub fn ends(&self) -> Vec<End> {
        let mut ends = Vec::new();
        if self.failed {
            ends.push(End::Unobserved);
        }
        if self.left {
            ends.push(End::LeftBehind);
        }
        ends
    }
}
