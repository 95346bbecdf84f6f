//! `interop calibrate`: one cloud against itself.

use super::args::{CalibrateArguments, Repeats, RunArguments};
use super::clouds::{self, Side};
use super::console::Console;
use super::diff;
use super::failure::Failure;
use super::live::Targets;
use super::{chosen, learned, noise, reading, surroundings};
use crate::compare::{Calibration, calibrate};
use crate::judge::{End, exit_code, step_name};
use crate::observe::Noise;
use crate::report;
use std::fmt::Write as _;

/// Repeats where none were asked for: enough for 126 splits.
const REPEATS: u32 = 10;

pub async fn run(arguments: &CalibrateArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let side = clouds::side(&arguments.cloud, &environment, console.colour)?;
    let typed = [(arguments.cloud.as_str(), &side)];
    let found = noise::found(&typed, &arguments.observe.noise, &environment)?
        .pop()
        .flatten();
    let teacher = arguments.learn.as_ref().map(|file| {
        learned::Teacher::of(file.as_deref(), &arguments.cloud, side.name(), &environment)
    });
    let teacher = teacher.transpose()?;
    let (recording, mut ends) = match side {
        Side::Recorded(path, _) => {
            let whole = [clouds::open(&path)?];
            let chosen = chosen::choose_among(&whole, &arguments.observe.select, false, console)?;
            let [whole] = whole;
            let part = match &chosen.read {
                Some(read) => whole.only(read),
                None => whole,
            };
            let part = noise::given(part, found.as_ref(), &arguments.observe.noise);
            (part, vec![])
        }
        Side::Live(profile) => {
            let chosen = chosen::choose(&arguments.observe.select, console)?;
            let repeat = arguments.observe.run.repeat.and_then(Repeats::times);
            let asked = RunArguments {
                repeat: Some(Repeats::Times(repeat.unwrap_or(REPEATS))),
                ..arguments.observe.run.clone()
            };
            let targets = Targets {
                noise: found
                    .map(|text| (profile.name.clone(), text))
                    .into_iter()
                    .collect(),
                profiles: vec![*profile],
            };
            let ran = diff::run_live(&targets, &chosen, &asked, &environment, console).await?;
            let path = ran.recorded.values().next().cloned();
            let path =
                path.ok_or_else(|| Failure::unobserved("error: the cloud could not be observed"))?;
            console.err(&format!("recorded in {}", path.display()));
            (clouds::open(&path)?, ran.ends())
        }
    };
    let today = surroundings::today();
    let noise = match teacher {
        Some(teacher) => teacher.learn(&recording, &today, console)?,
        None => {
            reading::noise(&recording, &today).map_err(|error| Failure::wrong(error.to_string()))?
        }
    };
    let found = calibrate(&recording, &noise, &reading::parse)
        .map_err(|error| Failure::wrong(format!("error: {error}")))?;
    console.out(&shown(&recording.header().cloud.name, &found, &noise));
    if found.scenarios == 0 {
        ends.push(End::Unobserved);
    }
    if !found.differences.is_empty() {
        ends.push(End::Findings);
    }
    Ok(exit_code(ends))
}

/// A value in a line.
fn short(value: &str) -> String {
    const MOST: usize = 100;
    let line = value.replace(['\n', '\r'], " ");
    if line.chars().count() <= MOST {
        return line;
    }
    line.chars().take(MOST - 1).chain(['…']).collect()
}

fn shown(cloud: &str, found: &Calibration, noise: &Noise) -> String {
    let mut text = String::new();
    let (least, most) = found.repeats;
    let repeats = if least == most {
        most.to_string()
    } else {
        format!("{least} to {most}")
    };
    let _ = writeln!(
        text,
        "{cloud} against itself: {} scenarios, {} places, {repeats} repeats in {} splits each",
        found.scenarios, found.places, found.splits
    );
    if found.scenarios == 0 {
        let _ = writeln!(text, "NOTHING WAS COMPARED: this says nothing");
    } else if found.differences.is_empty() {
        let _ = writeln!(text, "silent: no split gives a finding");
    } else {
        let _ = writeln!(
            text,
            "NOT SILENT: {} places differ in some split ({} loud splits)",
            found.differences.len(),
            found.loud
        );
        for d in &found.differences {
            let _ = writeln!(
                text,
                "  {} {}: {} / {}",
                step_name(&d.scenario, &d.step, &d.rows),
                d.place,
                short(&d.a),
                short(&d.b)
            );
        }
    }
    let (known, unknown): (Vec<_>, Vec<_>) = found.unstable.iter().partition(|place| place.known);
    if !noise.is_empty() || noise.lapsed > 0 {
        let _ = writeln!(
            text,
            "{} unstable places are known noise ({}: {} entries); {} would have differed in some split",
            known.len(),
            noise.file,
            noise.len(),
            found.hidden
        );
    }
    if noise.lapsed > 0 {
        let lapsed = noise.lapsed;
        let _ = writeln!(
            text,
            "{lapsed} entries of it no longer hold: their last day is over"
        );
    }
    let other = if known.is_empty() { "" } else { "other " };
    let _ = writeln!(
        text,
        "{} {other}places are not the same in all repeats",
        unknown.len()
    );
    let led = report::by_answers(
        unknown,
        |place| (&place.scenario, &place.step, &place.rows),
        |place| &place.place,
    );
    for (place, more) in led {
        let seen: Vec<String> = place
            .seen
            .iter()
            .take(4)
            .map(|(value, n)| format!("{} ×{n}", short(value)))
            .collect();
        let _ = writeln!(
            text,
            "  {} {}: {}{}",
            step_name(&place.scenario, &place.step, &place.rows),
            place.place,
            seen.join(", "),
            report::in_its_answer(more)
        );
    }
    for id in &found.too_few {
        let _ = writeln!(text, "too few repeats: {id}");
    }
    report::clean(&text)
}
