//! `interop diff` and `interop record`.

use super::args::{
    DiffArguments, FailOn, Format, NoiseArguments, RecordArguments, ReportArguments, RunArguments,
    SelectArguments,
};
use super::chosen::{self, Chosen};
use super::clouds::{self, Side};
use super::console::Console;
use super::failure::Failure;
use super::live::{self, Targets};
use super::noise;
use super::reading::{self, Choices};
use super::surroundings;
use crate::judge::{End, Impact, Report, Waivers, ends, exit_code};
use crate::profile::{Environment, Profile};
use crate::recording::{NoiseText, Recording, merge};
use crate::report::{self, Colour, Style};
use crate::run::RunOutcome;
use crate::scenario::ScenarioId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Repeats in all, once a difference that chance could have made is run again.
const CONFIRMED: u32 = 10;

pub async fn run(arguments: &DiffArguments, console: Console) -> Result<u8, Failure> {
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
            let recordings = read(&ran)?;
            let doubtful = if recordings.len() > 1 {
                doubtful(&report(&recordings, &choices)?)
            } else {
                vec![]
            };
            if !doubtful.is_empty() && !ran.interrupted {
                ran.confirm(
                    &targets,
                    &chosen,
                    &arguments.run,
                    doubtful,
                    (&environment, console),
                )
                .await?;
            }
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
    let report = report(&recordings, &choices)?;
    show(&report, &arguments.report, console)?;
    let never = arguments.report.fail_on == FailOn::Never;
    let ends = ends(&report)
        .into_iter()
        .filter(|end| !(never && *end == End::Findings));
    Ok(exit_code(ends.chain(ran.ends())))
}

/// What the clouds showed, without confirming: run where they are live, in the order of the sides; and how that ended.
pub async fn observed(
    sides: &[Side],
    names: &[String],
    select: &SelectArguments,
    arguments: &RunArguments,
    (environment, console): (&Environment, Console),
) -> Result<(Vec<Recording>, Vec<End>), Failure> {
    let chosen = choose(sides, select, console)?;
    // what is known to be unstable is no finding that anybody looks for
    let no_noise = vec![None; sides.len()];
    let targets = targets(sides, &no_noise);
    let ran = if targets.profiles.is_empty() {
        Ran::default()
    } else {
        run_live(&targets, &chosen, arguments, environment, console).await?
    };
    ran.tell(console);
    let noise = (no_noise.as_slice(), &NoiseArguments::default());
    Ok((ran.recordings(sides, names, &chosen, noise)?, ran.ends()))
}

pub async fn record(arguments: &RecordArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let chosen = chosen::choose(&arguments.select, console)?;
    let mut sides = Vec::new();
    for argument in &arguments.clouds {
        sides.push(Side::Live(Box::new(clouds::profile(
            argument,
            &environment,
            console.colour,
        )?)));
    }
    let noise = noise::found(
        &typed(&arguments.clouds, &sides),
        &arguments.noise,
        &environment,
    )?;
    names(&mut sides);
    let ran = run_live(
        &targets(&sides, &noise),
        &chosen,
        &arguments.run,
        &environment,
        console,
    )
    .await?;
    for path in ran.recorded.values() {
        console.out(&path.display().to_string());
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

pub fn profiles(sides: &[Side]) -> Vec<Profile> {
    let live = sides.iter().filter_map(|side| match side {
        Side::Live(profile) => Some((**profile).clone()),
        Side::Recorded(..) => None,
    });
    live.collect()
}

/// Sides with what was typed for them.
fn typed<'t>(arguments: &'t [String], sides: &'t [Side]) -> Vec<(&'t str, &'t Side)> {
    let arguments = arguments.iter().map(String::as_str);
    arguments.zip(sides).collect()
}

/// The live sides, by the names that they have now.
fn targets(sides: &[Side], noise: &[Option<NoiseText>]) -> Targets {
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
    let as_of = arguments.as_of.clone().unwrap_or_else(surroundings::today);
    let mut waivers = Waivers::default();
    for path in &arguments.waivers {
        let file = environment.directory.join(path);
        let text = std::fs::read_to_string(&file).map_err(|error| {
            Failure::wrong(format!("error: can't read {}: {error}", path.display()))
        })?;
        let read = Waivers::read(&path.display().to_string(), &text, &as_of)
            .map_err(|error| Failure::wrong(error.to_string()))?;
        waivers = waivers.and(read);
    }
    Ok(Choices {
        waivers,
        as_of,
        fail_on: fail_on(arguments.fail_on),
        untested: vec![],
    })
}

fn fail_on(argument: FailOn) -> Impact {
    match argument {
        FailOn::Cosmetic => Impact::Cosmetic,
        FailOn::Drifts => Impact::Drifts,
        FailOn::Degrades => Impact::Degrades,
        FailOn::Breaks | FailOn::Never => Impact::Breaks,
    }
}

/// Scenarios of differences that stand apart because chance could have made them.
fn doubtful(report: &Report) -> Vec<ScenarioId> {
    let ids: BTreeSet<&String> = report
        .unconfirmed
        .iter()
        .flat_map(|finding| &finding.scenarios)
        .collect();
    ids.into_iter().map(|id| ScenarioId(id.clone())).collect()
}

fn show(report: &Report, arguments: &ReportArguments, console: Console) -> Result<(), Failure> {
    let failed = |error: serde_json::Error| Failure::internal(error.to_string());
    if let Some(path) = &arguments.json {
        let text = report::json(report).map_err(failed)?;
        std::fs::write(path, text).map_err(|error| {
            Failure::wrong(format!("error: can't write {}: {error}", path.display()))
        })?;
    }
    match arguments.format {
        Format::Json => console.out(&report::json(report).map_err(failed)?),
        Format::Terminal => {
            let style = style(console);
            let text = if arguments.summary {
                report::first_page(report, style)
            } else {
                let at_length = if arguments.full {
                    usize::MAX
                } else {
                    report::AT_LENGTH
                };
                report::terminal(report, style, at_length)
            };
            console.out(&text.map_err(failed)?);
        }
    }
    Ok(())
}

pub fn style(console: Console) -> Style {
    Style {
        columns: console.width,
        colour: if console.colour {
            Colour::Ansi
        } else {
            Colour::Plain
        },
    }
}

/// What a live run left on disk.
#[derive(Default)]
pub struct Ran {
    /// By cloud.
    pub recorded: BTreeMap<String, PathBuf>,
    folder: Option<PathBuf>,
    run: String,
    interrupted: bool,
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
    fn take(&mut self, outcome: &RunOutcome) {
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

    /// Runs doubtful scenarios again, one at a time, until there are enough repeats to tell.
    async fn confirm(
        &mut self,
        targets: &Targets,
        chosen: &Chosen,
        arguments: &RunArguments,
        doubtful: Vec<ScenarioId>,
        (environment, console): (&Environment, Console),
    ) -> Result<(), Failure> {
        let repeats = arguments.repeat.unwrap_or(3);
        if repeats >= CONFIRMED {
            return Ok(());
        }
        let Some(folder) = self.folder.clone() else {
            return Ok(());
        };
        console.err(&format!(
            "{} scenarios again, to tell from chance",
            doubtful.len()
        ));
        let again = RunArguments {
            repeat: Some(CONFIRMED - repeats),
            concurrency: Some(1),
            ..arguments.clone()
        };
        let chosen = Chosen {
            suite: chosen.suite.clone(),
            selected: doubtful,
            read: None,
            repeats: None,
        };
        let asked = live::ask(
            targets,
            &chosen,
            &again,
            2,
            (&self.run, &folder),
            environment,
        )?;
        let outcome = live::run(asked, console).await?;
        self.take(&outcome);
        for (cloud, path) in &outcome.recordings {
            let Some(first) = self.recorded.get(cloud) else {
                continue;
            };
            let both = merge(&[clouds::open(first)?, clouds::open(path)?])
                .map_err(|error| Failure::internal(format!("error: {cloud}: {error}")))?;
            let whole = folder.join(format!("{cloud}.confirmed.rec"));
            both.write_to(&whole)
                .map_err(|error| Failure::wrong(format!("error: {}: {error}", whole.display())))?;
            self.recorded.insert(cloud.clone(), whole);
        }
        Ok(())
    }
}
