//! `interop scenarios`: list, show, check.

use super::args::{ScenariosArguments, ScenariosCommand, SelectArguments};
use super::clouds;
use super::console::Console;
use super::failure::Failure;
use crate::dialect;
use crate::observe::{self, FORGOTTEN, leaves};
use crate::plan;
use crate::recording::ScenarioText;
use crate::scenario::{Proven, Scenario, ScenarioId, Search, Selection, StepKind, Suite, Word};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

pub fn run(arguments: &ScenariosArguments, console: Console) -> Result<u8, Failure> {
    match &arguments.command {
        None => list(&arguments.select, console),
        Some(ScenariosCommand::List { select }) => list(select, console),
        Some(ScenariosCommand::Show { id, scenarios }) => show(id, scenarios, console),
        Some(ScenariosCommand::Check { paths }) => check(paths, console),
        Some(ScenariosCommand::Prove { recordings }) => prove(recordings, console),
    }
}

/// Whether the module that owns a word knows it.
type Known = fn(&str) -> bool;

/// The built-in suite and the user's own folders, every word in them known.
pub fn suite(folders: &[PathBuf], console: Console) -> Result<Suite, Failure> {
    let failed = |error| Failure::suite(&error, console.colour);
    let mut suite = Suite::builtin().map_err(failed)?;
    for folder in folders {
        suite = suite.with_folder(folder).map_err(failed)?;
    }
    check_words(&suite, console)?;
    Ok(suite)
}

fn check_words(suite: &Suite, console: Console) -> Result<(), Failure> {
    let failed = |error| Failure::suite(&error, console.colour);
    let words: [(Word, Known); 4] = [
        (Word::Family, |family| {
            dialect::services::services().has_family(family)
        }),
        (Word::Kind, |kind| {
            dialect::resources::resource_kind(kind).is_some()
        }),
        (Word::Service, |name| {
            dialect::services::services().get(name).is_some()
        }),
        (Word::Capability, |name| {
            dialect::capabilities::capabilities()
                .names()
                .iter()
                .any(|known| known == name)
        }),
    ];
    for (word, known) in words {
        suite
            .check_words(word, &known)
            .map_err(|problems| failed(problems.into()))?;
    }
    Ok(())
}

pub fn selection(arguments: &SelectArguments) -> Selection {
    Selection {
        include: arguments.include.clone(),
        exclude: arguments.exclude.clone(),
        services: arguments.service.clone(),
        tags: arguments.tag.clone(),
        guideline: arguments.guideline.clone(),
        shard: arguments.shard,
    }
}

fn list(select: &SelectArguments, console: Console) -> Result<u8, Failure> {
    let suite = suite(&select.scenarios, console)?;
    let chosen = selection(select).of(&suite)?;
    let proven = proven()?;
    let (mut text, mut never) = (String::new(), 0);
    for scenario in &chosen {
        let ran = proven.on(&scenario.id, &scenario.request_hash).next();
        never += usize::from(ran.is_none());
        let mark = if ran.is_some() { "" } else { " (never run)" };
        let _ = writeln!(text, "{}{mark}\n    {}", scenario.id, scenario.title);
    }
    let plural = if chosen.len() == 1 { "" } else { "s" };
    let never = match never {
        0 => String::new(),
        n => format!(", {n} never run through on any cloud in the form they have now"),
    };
    console.out(&format!("{text}\n{} scenario{plural}{never}", chosen.len()));
    Ok(0)
}

fn show(id: &str, folders: &[PathBuf], console: Console) -> Result<u8, Failure> {
    let suite = suite(folders, console)?;
    let wanted = ScenarioId(id.to_owned());
    let Some(scenario) = suite.get(&wanted) else {
        let near = suite
            .nearest(id)
            .map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
        return Err(Failure::wrong(format!(
            "error: there is no scenario `{id}`{near}"
        )));
    };
    console.out(&shown(scenario, &suite, &proven()?));
    Ok(0)
}

fn shown(scenario: &Scenario, suite: &Suite, proven: &Proven) -> String {
    let mut text = format!("{}\n{}\n\n{}\n", scenario.id, scenario.title, scenario.why);
    let hazard = format!("{:?}", scenario.hazard).to_lowercase();
    let _ = writeln!(text, "\nhazard {hazard}");
    for realisation in scenario.realisations() {
        text.push_str(&takes(realisation, suite));
    }
    let ran: Vec<&str> = proven.on(&scenario.id, &scenario.request_hash).collect();
    let ran = if ran.is_empty() {
        "no cloud, in the form that it has now".to_owned()
    } else {
        ran.join(", ")
    };
    let _ = writeln!(text, "ran through on {ran}");
    for reference in &scenario.refs {
        let _ = writeln!(text, "see {reference}");
    }
    let _ = writeln!(text, "\n{}", scenario.source.trim_end());
    let _ = writeln!(text, "\nWhat reading its answers forgets:");
    for forgotten in FORGOTTEN {
        let _ = writeln!(text, "- {forgotten}");
    }
    text
}

/// What running it takes: of a realisation, on clouds of its family.
fn takes(scenario: &Scenario, suite: &Suite) -> String {
    let mut text = String::new();
    let on = scenario.realises.as_ref();
    let on = on.map_or_else(String::new, |one| format!("on {}: ", one.family));
    let cost = plan::cost(scenario, &plan::library(suite), plan::Pace::MEASURED);
    let _ = writeln!(text, "{on}about {} requests", cost.total());
    if !cost.most.is_empty() {
        let held = cost.most.iter().map(|(kind, n)| format!("{n} {kind}"));
        let held: Vec<String> = held.collect();
        let _ = writeln!(text, "{on}holds at most {}", held.join(", "));
    }
    for step in leaves(&scenario.steps) {
        if let StepKind::Boundary(act) = &step.kind {
            let _ = writeln!(
                text,
                "{on}step {} tries at most {} numbers from {} to {}",
                step.id,
                Search::most_probes(act.from, act.to),
                act.from,
                act.to
            );
        }
    }
    text
}

fn check(paths: &[PathBuf], console: Console) -> Result<u8, Failure> {
    let failed = |error| Failure::suite(&error, console.colour);
    let built_in = Suite::builtin().map_err(failed)?;
    let (mut suite, mut read) = (built_in.clone(), BTreeSet::new());
    for path in paths {
        let (with, ids) = suite.checking(path).map_err(failed)?;
        suite = with;
        read.extend(ids);
    }
    check_words(&suite, console)?;
    let fixtures = read.iter().filter(|id| id.is_fixture()).count();
    let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    console.out(&format!(
        "{} and {} are right",
        count(read.len() - fixtures, "scenario"),
        count(fixtures, "fixture")
    ));
    let source = |suite: &Suite, id: &ScenarioId| suite.get(id).map(|s| s.source.clone());
    let other = |id: &&ScenarioId| {
        let there = source(&built_in, id);
        there.is_some() && there != source(&suite, id)
    };
    for id in read.iter().filter(other) {
        console.out(&format!(
            "note: a built-in scenario, unlike this one, is called {id}: to run yours with --scenarios, give it another name"
        ));
    }
    Ok(0)
}

/// Where scenarios ran, as far as this version knows.
fn proven() -> Result<Proven, Failure> {
    Proven::builtin().map_err(|error| Failure::internal(format!("error: proven.toml: {error}")))
}

/// Only what is still as it is in the built-in suite counts.
fn prove(recordings: &[PathBuf], console: Console) -> Result<u8, Failure> {
    let suite = suite(&[], console)?;
    let mut proven = Proven::default();
    for path in recordings {
        let recording = clouds::open(path)?;
        let mut left_out = BTreeSet::new();
        for (id, text) in &recording.header().scenarios {
            let now = suite.get(&ScenarioId(id.clone()));
            if now.is_none_or(|now| now.request_hash != text.request_hash) {
                left_out.insert(id);
            }
        }
        let current = |id: &str, _: &ScenarioText| {
            let now = suite.get(&ScenarioId(id.to_owned())).cloned();
            now.filter(|_| !left_out.contains(&id.to_owned()))
        };
        observe::prove(&recording, &current, &mut proven)
            .map_err(|error| Failure::wrong(format!("error: {}: {error}", path.display())))?;
        if !left_out.is_empty() {
            console.err(&format!(
                "{}: {} of {} scenarios sent something else than they would now: left out",
                path.display(),
                left_out.len(),
                recording.header().scenarios.len()
            ));
        }
    }
    console.out(proven.to_string().trim_end());
    Ok(0)
}
