//! `interop diff` and `interop record`.

use super::args::{
    DiffArguments, FailOn, Format, RecordArguments, Repeats, ReportArguments, RunArguments,
    SelectArguments,
};
use super::chosen::{self, Chosen};
use super::clouds::{self, Side};
use super::console::Console;
use super::failure::Failure;
use super::live;
use super::reading::{self, Choices};
use super::rounds::{self, Live};
use super::surroundings;
use crate::judge::{End, Impact, Report, Waivers, ends, exit_code};
use crate::profile::{Environment, Profile};
use crate::recording::Recording;
use crate::report::{self, Colour, Style};
use crate::run::RunOutcome;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub async fn run(arguments: &DiffArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let choices = choices(&arguments.report, &environment)?;
    let mut sides = clouds::sides(&arguments.clouds, &environment, console.colour)?;
    let names = names(&mut sides);
    let choices = Choices {
        untested: untested(&sides),
        ..choices
    };
    let profiles = profiles(&sides);
    let chosen = choose(&sides, &arguments.select, console)?;
    let mut ran = Ran::default();
    if !profiles.is_empty() {
        ran = run_live(&profiles, &chosen, &arguments.run, &environment, console).await?;
        // what is recorded can't be run again
        if !arguments.run.no_confirm && profiles.len() == sides.len() {
            let live = Live {
                profiles: &profiles,
                chosen: &chosen,
                arguments: &arguments.run,
                environment: &environment,
                console,
            };
            rounds::spend(&mut ran, &live).await?;
        }
    }
    let recordings = ran.recordings(&sides, &names, &chosen)?;
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
    names(&mut sides);
    let profiles = profiles(&sides);
    let mut ran = run_live(&profiles, &chosen, &arguments.run, &environment, console).await?;
    if arguments.run.repeat == Some(Repeats::Auto) && !arguments.run.no_confirm {
        let live = Live {
            profiles: &profiles,
            chosen: &chosen,
            arguments: &arguments.run,
            environment: &environment,
            console,
        };
        rounds::spend(&mut ran, &live).await?;
    }
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

fn profiles(sides: &[Side]) -> Vec<Profile> {
    let live = sides.iter().filter_map(|side| match side {
        Side::Live(profile) => Some((**profile).clone()),
        Side::Recorded(..) => None,
    });
    live.collect()
}

fn untested(sides: &[Side]) -> Vec<String> {
    profiles(sides)
        .into_iter()
        .filter(|profile| profile.untested)
        .map(|profile| profile.name)
        .collect()
}

/// What each side is called, all different; profiles take their names.
fn names(sides: &mut [Side]) -> Vec<String> {
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
    pub folder: Option<PathBuf>,
    pub run: String,
    pub interrupted: bool,
    failed: bool,
    left: bool,
}

/// One round against live clouds.
pub async fn run_live(
    profiles: &[Profile],
    chosen: &Chosen,
    arguments: &RunArguments,
    environment: &Environment,
    console: Console,
) -> Result<Ran, Failure> {
    let (run, folder) = live::folder(arguments)?;
    let asked = live::ask(profiles, chosen, arguments, 1, (&run, &folder), environment)?;
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
    ) -> Result<Vec<Recording>, Failure> {
        let mut recordings = Vec::new();
        for (side, name) in sides.iter().zip(names) {
            let path = match side {
                Side::Live(_) => self.recorded.get(name).cloned(),
                Side::Recorded(path, _) => {
                    let whole = clouds::open(path)?.called(name);
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
