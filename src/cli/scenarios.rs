//! `interop scenarios`: list, show, check.

use super::args::{ScenariosArguments, ScenariosCommand, SelectArguments};
use super::console::Console;
use super::failure::Failure;
use crate::dialect;
use crate::observe::{FORGOTTEN, leaves};
use crate::scenario::{Scenario, ScenarioId, Search, Selection, StepKind, Suite, Word};
use std::fmt::Write as _;
use std::path::PathBuf;

pub fn run(arguments: &ScenariosArguments, console: Console) -> Result<u8, Failure> {
    match &arguments.command {
        None => list(&arguments.select, console),
        Some(ScenariosCommand::List { select }) => list(select, console),
        Some(ScenariosCommand::Show { id, scenarios }) => show(id, scenarios, console),
        Some(ScenariosCommand::Check { paths }) => check(paths, console),
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
    let words: [(Word, Known); 3] = [
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
    Ok(suite)
}

pub fn selection(arguments: &SelectArguments) -> Selection {
    Selection {
        include: arguments.include.clone(),
        exclude: arguments.exclude.clone(),
        services: arguments.service.clone(),
        tags: arguments.tag.clone(),
        guideline: arguments.guideline.clone(),
    }
}

fn list(select: &SelectArguments, console: Console) -> Result<u8, Failure> {
    let suite = suite(&select.scenarios, console)?;
    let chosen = selection(select).of(&suite)?;
    let mut text = String::new();
    for scenario in &chosen {
        let _ = writeln!(text, "{}\n    {}", scenario.id, scenario.title);
    }
    let plural = if chosen.len() == 1 { "" } else { "s" };
    console.out(&format!("{text}\n{} scenario{plural}", chosen.len()));
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
    console.out(&shown(scenario, &suite));
    Ok(0)
}

fn shown(scenario: &Scenario, suite: &Suite) -> String {
    let mut text = format!("{}\n{}\n\n{}\n", scenario.id, scenario.title, scenario.why);
    let hazard = format!("{:?}", scenario.hazard).to_lowercase();
    let _ = writeln!(
        text,
        "\nhazard {hazard}, about {} requests",
        suite.requests(scenario)
    );
    let peak = suite.peak(scenario);
    if !peak.is_empty() {
        let held: Vec<String> = peak.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
        let _ = writeln!(text, "holds at most {}", held.join(", "));
    }
    for step in leaves(&scenario.steps) {
        if let StepKind::Boundary(act) = &step.kind {
            let _ = writeln!(
                text,
                "step {} tries at most {} numbers from {} to {}",
                step.id,
                Search::most_probes(act.from, act.to),
                act.from,
                act.to
            );
        }
    }
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

fn check(paths: &[PathBuf], console: Console) -> Result<u8, Failure> {
    let suite = suite(paths, console)?;
    let (scenarios, fixtures) = (suite.scenarios().count(), suite.fixtures().count());
    console.out(&format!(
        "{scenarios} scenarios and {fixtures} fixtures are right, the built-in ones included"
    ));
    Ok(0)
}
