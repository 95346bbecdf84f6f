//! `interop diff` and `interop record`.

use super::args::{
    DiffArguments, NoiseArguments, RecordArguments, Repeats, ReportArguments, RunArguments,
    SelectArguments,
};
use super::chosen::{self, Chosen};
use super::clouds::{self, Side};
use super::console::Console;
use super::failure::Failure;
use super::known;
use super::live::{self, Targets};
use super::noise;
use super::outputs;
use super::reading::{self, Choices};
use super::recorded;
use super::rounds::{self, Live};
use super::surroundings;
use crate::judge::{End, Impact, Report, exit_code};
use crate::profile::{Environment, Profile};
use crate::recording::{NoiseText, Recording};
use crate::run::RunOutcome;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub async fn run(arguments: &DiffArguments, console: Console) -> Result<u8, Failure> {
    arguments.report.show.check()?;
    let environment = surroundings::environment();
    let choices = choices(&arguments.report, &environment)?;
    let mut sides = clouds::sides(&arguments.clouds, &environment, console.colour)?;
    let noise = noise::found(
        &typed(&arguments.clouds, &sides),
        &arguments.noise,
        &environment,
    )?;
    let names = names(&mut sides);
    let choices = Choices {
        untested: untested(&sides),
        ..choices
    };
    let targets = targets(&sides, &noise);
    let chosen = choose(&sides, &arguments.select, console)?;
    let mut ran = Ran::default();
    let read = |ran: &Ran| ran.recordings(&sides, &names, &chosen, (&noise, &arguments.noise));
    if !targets.profiles.is_empty() {
        ran = run_live(&targets, &chosen, &arguments.run, &environment, console).await?;
        // what is recorded can't be run again
        if !arguments.run.no_confirm && targets.profiles.len() == sides.len() {
            let live = Live {
                targets: &targets,
                chosen: &chosen,
                arguments: &arguments.run,
                environment: &environment,
                as_of: &choices.as_of,
                console,
            };
            rounds::spend(&mut ran, &live).await?;
        }
    }
    let recordings = read(&ran)?;
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
    sides: &[Side],
    names: &[String],
    select: &SelectArguments,
    arguments: &RunArguments,
    noise: (&[Option<NoiseText>], &NoiseArguments),
    (environment, console): (&Environment, Console),
) -> Result<(Vec<Recording>, Vec<End>), Failure> {
    let chosen = choose(sides, select, console)?;
    let targets = targets(sides, noise.0);
    let ran = if targets.profiles.is_empty() {
        Ran::default()
    } else {
        run_live(&targets, &chosen, arguments, environment, console).await?
    };
    ran.tell(console);
    Ok((ran.recordings(sides, names, &chosen, noise)?, ran.ends()))
}

pub async fn record(
    arguments: &RecordArguments,
    share: bool,
    console: Console,
) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let chosen = chosen::choose(&arguments.select, console)?;
    let mut sides = clouds::live(&arguments.clouds, &environment, console.colour)?;
    let noise = noise::found(
        &typed(&arguments.clouds, &sides),
        &arguments.noise,
        &environment,
    )?;
    names(&mut sides);
    let targets = targets(&sides, &noise);
    let mut ran = run_live(&targets, &chosen, &arguments.run, &environment, console).await?;
    if arguments.run.repeat == Some(Repeats::Auto) && !arguments.run.no_confirm {
        let live = Live {
            targets: &targets,
            chosen: &chosen,
            arguments: &arguments.run,
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

fn choose(sides: &[Side], select: &SelectArguments, console: Console) -> Result<Chosen, Failure> {
    let recorded = sides.iter().filter_map(|side| match side {
        Side::Live(_) => None,
        Side::Recorded(path, _) => Some(clouds::open(path)),
    });
    let recorded = recorded.collect::<Result<Vec<_>, _>>()?;
    if recorded.is_empty() {
        let chosen = chosen::choose(select, console)?;
        return Ok(chosen.for_clouds(&profiles(sides), select, console));
    }
    let has_live = recorded.len() < sides.len();
    chosen::choose_among(&recorded, select, has_live, console)
}

fn report(recordings: &[Recording], choices: &Choices) -> Result<Report, Failure> {
    reading::report(recordings, choices).map_err(|error| Failure::wrong(format!("error: {error}")))
}

fn profiles(sides: &[Side]) -> Vec<Profile> {
    let live = sides.iter().filter_map(|side| match side {
        Side::Live(profile) => Some((**profile).clone()),
        Side::Recorded(..) => None,
    });
    live.collect()
}

/// Sides with what was typed for them.
pub fn typed<'t>(arguments: &'t [String], sides: &'t [Side]) -> Vec<(&'t str, &'t Side)> {
    let arguments = arguments.iter().map(String::as_str);
    arguments.zip(sides).collect()
}

/// The live sides, by the names that they have now.
pub fn targets(sides: &[Side], noise: &[Option<NoiseText>]) -> Targets {
    let noise = sides.iter().zip(noise).filter_map(|(side, noise)| {
        let is_live = matches!(side, Side::Live(_));
        Some((side.name().to_owned(), noise.clone().filter(|_| is_live)?))
    });
    Targets {
        profiles: profiles(sides),
        noise: noise.collect(),
    }
}

fn untested(sides: &[Side]) -> Vec<String> {
    profiles(sides)
        .into_iter()
        .filter(|profile| profile.untested)
        .map(|profile| profile.name)
        .collect()
}

/// What each side is called, all different; profiles take their names.
pub fn names(sides: &mut [Side]) -> Vec<String> {
    let mut names: Vec<String> = sides.iter().map(|side| side.name().to_owned()).collect();
    clouds::distinct(&mut names);
    for (side, name) in sides.iter_mut().zip(&names) {
        if let Side::Live(profile) = side {
            name.clone_into(&mut profile.name);
        }
    }
    names
}

pub fn choices(arguments: &ReportArguments, environment: &Environment) -> Result<Choices, Failure> {
    let as_of = known::as_of(arguments.as_of.as_deref())?;
    Ok(Choices {
        waivers: known::waivers(&arguments.waivers, &as_of, environment)?,
        baseline: known::baseline(arguments.baseline.as_deref(), environment)?,
        as_of,
        fail_on: Impact::Breaks,
        untested: vec![],
    })
}

/// What a live run left on disk.
#[derive(Default)]
pub struct Ran {
    /// By cloud.
    pub recorded: BTreeMap<String, PathBuf>,
    pub folder: Option<PathBuf>,
    pub run: String,
    pub interrupted: bool,
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

    /// In the order of the sides; a cloud that was not observed is not among them.
    fn recordings(
        &self,
        sides: &[Side],
        names: &[String],
        chosen: &Chosen,
        (found, noise): (&[Option<NoiseText>], &NoiseArguments),
    ) -> Result<Vec<Recording>, Failure> {
        let mut recordings = Vec::new();
        for ((side, name), found) in sides.iter().zip(names).zip(found) {
            let path = match side {
                Side::Live(_) => self.recorded.get(name).cloned(),
                Side::Recorded(path, _) => {
                    let whole = clouds::open(path)?.called(name);
                    let whole = noise::given(whole, found.as_ref(), noise);
                    recordings.push(match &chosen.read {
                        Some(read) => whole.only(read),
                        None => whole,
                    });
                    continue;
                }
            };
            if let Some(path) = path {
                recordings.push(clouds::open(&path)?);
            }
        }
        Ok(recordings)
    }
}
