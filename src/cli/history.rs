//! `interop history`: finds recordings, puts those of one cloud in the order of time, and compares each with those before it.

use super::args::HistoryArguments;
use super::chosen;
use super::clouds;
use super::console::Console;
use super::failure::Failure;
use super::outputs::style;
use super::reading::{self, Choices};
use super::shown::show;
use super::surroundings;
use crate::judge::{
    CloudHistory, End, HISTORY_FORMAT, History, LeftOut, Moment, Report, Unfolding, exit_code,
};
use crate::recording::Recording;
use crate::report;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A recording that was found.
struct Found {
    path: PathBuf,
    cloud: (String, String),
    run: String,
    /// RFC 3339.
    started: String,
    /// How much of its run it holds: ended by itself, rounds, scenarios.
    holds: (bool, usize, usize),
    /// Scenarios that were asked for and have executions.
    scenarios: BTreeSet<String>,
}

pub fn run(arguments: &HistoryArguments, console: Console) -> Result<u8, Failure> {
    let mut left_out = Vec::new();
    let found = found(arguments, &mut left_out)?;
    let mut by_cloud: BTreeMap<(String, String), Vec<Found>> = BTreeMap::new();
    for one in found {
        by_cloud.entry(one.cloud.clone()).or_default().push(one);
    }
    let mut unfolded = Vec::new();
    for ((name, family), recordings) in by_cloud {
        let recordings = ordered(recordings, &mut left_out);
        unfolded.push(unfold(&name, &family, &recordings, console)?);
    }
    left_out.sort_by(|l: &LeftOut, r| l.file.cmp(&r.file));
    let history = History {
        format: HISTORY_FORMAT,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        clouds: unfolded,
        left_out,
    };
    let most = if arguments.show.full {
        usize::MAX
    } else {
        report::CHANGES
    };
    let text = report::history(&history, style(console), most);
    show(&history, text, &arguments.show, console)?;
    let mut moments = history.clouds.iter().flat_map(|cloud| &cloud.recordings);
    let compared = moments.any(|moment| !moment.against.is_empty());
    Ok(exit_code((!compared).then_some(End::Unobserved)))
}

/// Everything that is named, and in folders what can be read.
fn found(arguments: &HistoryArguments, left_out: &mut Vec<LeftOut>) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for path in &arguments.paths {
        let named = !path.is_dir();
        let files = if named {
            vec![path.clone()]
        } else {
            below(path)?
        };
        if files.is_empty() {
            return Err(Failure::wrong(format!(
                "error: there is no recording (*.rec) in {}",
                path.display()
            )));
        }
        for file in files {
            if !seen.insert(file.clone()) {
                continue;
            }
            match read(&file, arguments) {
                Ok(one) => found.push(one),
                Err(failure) if named => return Err(failure),
                Err(failure) => left_out.push(LeftOut {
                    file: file.display().to_string(),
                    why: failure.message.trim_start_matches("error: ").to_owned(),
                }),
            }
        }
    }
    Ok(found)
}

/// Recordings in a folder and those below it, by path.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::wrong(format!("error: can't read {}: {error}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        // a link to a folder above would never end
        if entry.file_type().map_err(failed)?.is_dir() {
            files.extend(below(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rec") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path, arguments: &HistoryArguments) -> Result<Found, Failure> {
    let recording = clouds::open(path)?;
    let wanted = chosen::read(std::slice::from_ref(&recording), &arguments.select)?;
    let header = recording.header();
    let ran: BTreeSet<&str> = recording.scenarios().into_iter().collect();
    let scenarios = header.plan.selected.iter().filter(|id| {
        let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(*id));
        is_wanted && ran.contains(id.as_str())
    });
    let scenarios: BTreeSet<String> = scenarios.cloned().collect();
    Ok(Found {
        path: path.to_owned(),
        cloud: (header.cloud.name.clone(), header.cloud.family.clone()),
        run: header.run.clone(),
        started: header.started.clone(),
        holds: (
            recording.trailer().is_some(),
            header.plan.later.len(),
            scenarios.len(),
        ),
        scenarios,
    })
}

/// The oldest first. Of one run only what holds most of it: rounds that were merged, or a copy, are the same again.
fn ordered(mut recordings: Vec<Found>, left_out: &mut Vec<LeftOut>) -> Vec<Found> {
    recordings.sort_by(|l, r| (Reverse(l.holds), &l.path).cmp(&(Reverse(r.holds), &r.path)));
    let mut kept: Vec<Found> = Vec::new();
    for one in recordings {
        match kept.iter().find(|other| other.run == one.run) {
            Some(whole) => left_out.push(LeftOut {
                file: one.path.display().to_string(),
                why: format!("of the same run as {}", whole.path.display()),
            }),
            None => kept.push(one),
        }
    }
    kept.sort_by(|l, r| (&l.started, &l.path).cmp(&(&r.started, &r.path)));
    kept
}

/// Each scenario is compared with the last recording before that has it.
fn unfold(
    name: &str,
    family: &str,
    recordings: &[Found],
    console: Console,
) -> Result<CloudHistory, Failure> {
    let mut unfolding = Unfolding::default();
    for (n, one) in recordings.iter().enumerate() {
        if n > 0 && console.live {
            console.err(&format!("{name}: {n} of {} compared", recordings.len() - 1));
        }
        let mut left = one.scenarios.clone();
        let mut compared = Vec::new();
        for (before, other) in recordings[..n].iter().enumerate().rev() {
            let both: BTreeSet<String> = left.intersection(&other.scenarios).cloned().collect();
            if both.is_empty() {
                continue;
            }
            left.retain(|scenario| !both.contains(scenario));
            let count = u32::try_from(both.len()).unwrap_or(u32::MAX);
            compared.push((before, count, between(other, one, &both)?));
        }
        unfolding.next(moment(one)?, &compared);
    }
    Ok(unfolding.end(name, family))
}

fn between(before: &Found, after: &Found, scenarios: &BTreeSet<String>) -> Result<Report, Failure> {
    let open = |one: &Found| -> Result<Recording, Failure> {
        Ok(clouds::open(&one.path)?
            .called(&one.started)
            .only(scenarios))
    };
    let mut names = [before, after].map(|one| one.started.clone()).to_vec();
    clouds::distinct(&mut names);
    let recordings = [
        open(before)?,
        open(after)?.called(names.last().map_or("after", String::as_str)),
    ];
    let choices = Choices::at(surroundings::today());
    reading::report_in_short(&recordings, &choices)
        .map_err(|error| Failure::wrong(format!("error: {}: {error}", after.path.display())))
}

fn moment(one: &Found) -> Result<Moment, Failure> {
    let recording = clouds::open(&one.path)?;
    let header = recording.header();
    Ok(Moment {
        file: one.path.display().to_string(),
        started: one.started.clone(),
        endpoint: header.cloud.target.endpoint.clone(),
        complete: recording.trailer().is_some(),
        scenarios: u32::try_from(one.scenarios.len()).unwrap_or(u32::MAX),
        repeats: header.plan.repeats,
        against: Vec::new(),
        appeared: 0,
        went: 0,
        came_back: 0,
        unconfirmed: 0,
    })
}
