//! A run against live clouds, as the user sees it: what was asked for, progress, Ctrl-C, what is left.

use super::args::{HazardArgument, Repeats, RunArguments};
use super::chosen::Chosen;
use super::clouds;
use super::console::Console;
use super::failure::Failure;
use super::progress::Progress;
use super::surroundings;
use crate::plan::{Budgets, Library, PlanOptions};
use crate::profile::{Environment, Profile};
use crate::recording::{Discovery, NoiseText};
use crate::run::undo::Patience;
use crate::run::{Cancel, CloudRequest, Events, Prepared, RunOutcome, RunRequest, Stop, prepare};
use crate::scenario::Hazard;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Repeats of the first round, where none were asked for.
pub const REPEATS: u32 = 3;

/// Everything that a run needs, checked before any cloud is asked.
pub struct Asked {
    pub request: RunRequest,
}

impl Asked {
    /// Spares clouds the questions that they have answered in a round before: cloud → what it said of itself.
    pub fn knowing(mut self, said: &BTreeMap<String, Discovery>) -> Self {
        for cloud in &mut self.request.clouds {
            cloud.known = said.get(&cloud.profile.name).cloned();
        }
        self
    }
}

/// Clouds to run on, and what is known to be unstable on them, by name.
pub struct Targets {
    pub profiles: Vec<Profile>,
    pub noise: BTreeMap<String, NoiseText>,
}

/// Round `round` of a run of `targets`, with files named after it in `folder`.
pub fn ask(
    targets: &Targets,
    chosen: &Chosen,
    arguments: &RunArguments,
    round: u32,
    (run, folder): (&str, &Path),
    environment: &Environment,
) -> Result<Asked, Failure> {
    let mut clouds = Vec::new();
    for profile in &targets.profiles {
        let stem = file_name(&profile.name);
        let name = if round == 1 {
            stem
        } else {
            format!("{stem}.round-{round}")
        };
        clouds.push(CloudRequest {
            profile: profile.clone(),
            secrets: clouds::secrets(profile, environment)?,
            recording: folder.join(format!("{name}.rec")),
            journal: folder.join(format!("{name}.journal")),
            noise: targets.noise.get(&profile.name).cloned(),
            known: None,
        });
    }
    let asked_for = arguments.repeat.and_then(Repeats::times);
    let hazards = arguments.allow.iter().map(|hazard| match hazard {
        HazardArgument::Exhausts => Hazard::Exhausts,
        HazardArgument::Account => Hazard::Account,
        HazardArgument::Probing => Hazard::Probing,
    });
    let library: Library = chosen
        .suite
        .scenarios()
        .chain(chosen.suite.fixtures())
        .map(|s| (s.id.clone(), Arc::new(s.clone())))
        .collect();
    Ok(Asked {
        request: RunRequest {
            run: run.to_owned(),
            clouds,
            library,
            selected: chosen.selected.clone(),
            shard: chosen.shard,
            options: PlanOptions {
                round,
                repeats: asked_for.or(chosen.repeats).unwrap_or(REPEATS).max(1),
                hazards: hazards.chain([Hazard::None, Hazard::Consumes]).collect(),
                concurrency: arguments.concurrency,
                budgets: Budgets {
                    servers: arguments.max_servers,
                    requests: arguments.max_requests,
                    minutes: arguments.max_minutes,
                },
                ..PlanOptions::default()
            },
            patience: Patience::default(),
        },
    })
}

/// A name that is one path segment everywhere.
fn file_name(cloud: &str) -> String {
    cloud
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect()
}

/// The folder of a run, made.
pub fn folder(arguments: &RunArguments) -> Result<(String, PathBuf), Failure> {
    let run = surroundings::run_id().map_err(|error| Failure::internal(error.to_string()))?;
    let folder = arguments
        .out
        .clone()
        .unwrap_or_else(|| Path::new("interop-runs").join(&run));
    std::fs::create_dir_all(&folder).map_err(|error| {
        Failure::wrong(format!("error: can't make {}: {error}", folder.display()))
    })?;
    Ok((run, folder))
}

/// Logs in, asks and plans. Says which clouds can't be worked with.
pub async fn prepared(asked: Asked, console: Console) -> Result<Prepared, Failure> {
    let cancel = Cancel::default();
    let prepared = prepare(asked.request, &Events::default(), &cancel)
        .await
        .map_err(|error| Failure::internal(format!("error: {error}")))?;
    for (cloud, error) in &prepared.failed {
        console.err(&format!("error: {cloud}: {error}"));
    }
    warn(&prepared, console);
    Ok(prepared)
}

/// What a user should know before the run.
fn warn(prepared: &Prepared, console: Console) {
    for (cloud, warnings) in prepared.warnings() {
        for warning in warnings {
            console.err(&format!("warning: {cloud}: {warning}"));
        }
    }
}

/// Waits for Ctrl-C, or for SIGTERM, by which time limits, containers and services end a program.
async fn asked_to_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Runs it, with progress; the first Ctrl-C or SIGTERM undoes and keeps what there is, the second stops undoing.
pub async fn run(asked: Asked, console: Console) -> Result<RunOutcome, Failure> {
    let cancel = Cancel::default();
    let listener = listen(&cancel, console);
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let events = Events::to(sender);
    let progress = tokio::spawn(Progress::new(console).follow(receiver));
    let prepared = prepare(asked.request, &events, &cancel)
        .await
        .map_err(|error| Failure::unobserved(format!("error: {error}")))?;
    warn(&prepared, console);
    let left_out = prepared.left_out();
    let outcome = prepared.run(&events, &cancel).await;
    drop(events);
    let _ = progress.await;
    listener.abort();
    for (cloud, line) in left_out {
        console.err(&format!("{cloud}: {line}"));
    }
    tell_left(&outcome, console);
    Ok(outcome)
}

/// What became of a quiet run.
pub struct Quiet {
    pub outcome: RunOutcome,
    /// It took longer than it may, and was ended and undone.
    pub too_long: bool,
}

/// Runs it without a word, unless something is left; ends what takes longer than `most`.
pub async fn quietly(
    asked: Asked,
    most: Option<Duration>,
    console: Console,
) -> Result<Quiet, Failure> {
    let cancel = Cancel::default();
    let listener = listen(&cancel, console);
    let events = Events::default();
    let prepared = prepare(asked.request, &events, &cancel)
        .await
        .map_err(|error| Failure::unobserved(format!("error: {error}")))?;
    let in_time = cancel.part();
    let mut run = pin!(prepared.run(&events, &in_time));
    let most = most.unwrap_or(Duration::MAX);
    let ended = tokio::time::timeout(most, &mut run).await;
    let mut outcome = if let Ok(outcome) = ended {
        outcome
    } else {
        in_time.stop(Stop::Orderly);
        run.await
    };
    outcome.interrupted = cancel.now() >= Stop::Orderly;
    listener.abort();
    tell_left(&outcome, console);
    Ok(Quiet {
        outcome,
        too_long: in_time.now() >= Stop::Orderly,
    })
}

fn listen(cancel: &Cancel, console: Console) -> JoinHandle<()> {
    let on_signal = cancel.clone();
    tokio::spawn(async move {
        while asked_to_end().await.is_ok() {
            on_signal.interrupt();
            console.err("interrupted: undoing what was made (again to stop at once)");
        }
    })
}

fn tell_left(outcome: &RunOutcome, console: Console) {
    for (cloud, left) in &outcome.left_behind {
        for thing in left {
            console.err(&format!(
                "left on {cloud}: {} {} {}: {}",
                thing.kind, thing.name, thing.id, thing.why
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{SelectArguments, When};
    use crate::cli::chosen;

    /// One scenario on a server in the process, at most so long.
    async fn tried(most: Option<Duration>) -> Quiet {
        let environment = Environment::default();
        let console = Console::new(When::Never, true);
        let profile = clouds::profile("embedded", &environment, false);
        let targets = Targets {
            profiles: vec![profile.unwrap()],
            noise: BTreeMap::new(),
        };
        let select = SelectArguments {
            include: vec!["s3/copy/across-buckets".to_owned()],
            ..SelectArguments::default()
        };
        let chosen = chosen::choose(&select, console).unwrap();
        let arguments = RunArguments {
            repeat: Some(Repeats::Times(1)),
            ..RunArguments::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let asked = ask(
            &targets,
            &chosen,
            &arguments,
            1,
            ("run", folder.path()),
            &environment,
        );
        let quiet = quietly(asked.unwrap(), most, console).await;
        quiet.unwrap()
    }

    #[tokio::test]
    async fn what_takes_longer_than_it_may_is_ended_and_undone() {
        let whole = tried(None).await;
        assert!(!whole.too_long);
        let ended = tried(Some(Duration::ZERO)).await;
        assert!(ended.too_long && !ended.outcome.interrupted);
        for quiet in [whole, ended] {
            assert!(quiet.outcome.errors.is_empty());
            assert!(quiet.outcome.left_behind.values().all(Vec::is_empty));
        }
    }
}
