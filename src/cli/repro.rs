//! `interop repro`: the fewest steps and fields that still show a finding.

use super::args::{ObserveArguments, Repeats, ReproArguments, RunArguments};
use super::clouds::Side;
use super::console::Console;
use super::failure::Failure;
use super::outputs::style;
use super::reading::Choices;
use super::sides::Sides;
use super::sought::{self, Sought};
use super::tries::{Seen, Tries};
use super::{live, scenarios, surroundings};
use crate::compare::Kind;
use crate::judge::{End, exit_code};
use crate::report;
use crate::scenario::ScenarioId;
use crate::scenario::cut::{Cutting, Depth, Document};
use std::path::{Path, PathBuf};

/// Reading a recording again costs nobody anything.
const READS: u32 = 1000;
/// Texts in a row that may have shown it by chance.
const BY_CHANCE: u32 = 12;
/// Repeats that tell how often something happens.
const OFTEN: u32 = 10;

pub async fn run(arguments: &ReproArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let ObserveArguments { select, run, noise } = &arguments.observe;
    let sides = Sides::of(&arguments.clouds, noise, &environment, console)?;
    let targets = sides.targets();
    let suite = scenarios::suite(&select.scenarios, console)?;
    let choices = Choices::at(surroundings::today());
    let looked = sought::look(arguments, &sides, (&choices, &environment, console)).await?;
    let sought = sought::sought(&arguments.finding, &looked, &suite)?;
    let id = match &arguments.to {
        None => ScenarioId(sought.finding.id.clone()),
        Some(path) => id_of(path)?,
    };
    let arguments_of_tries = RunArguments {
        out: run.out.as_ref().map(|out| out.join("cut")),
        ..run.clone()
    };
    let folder = if targets.profiles.is_empty() {
        (String::new(), PathBuf::new())
    } else {
        live::folder(&arguments_of_tries)?
    };
    let mut tries = Tries {
        sides: &sides,
        targets: &targets,
        suite: &suite,
        arguments: run,
        choices: &choices,
        environment: &environment,
        console,
        run: folder,
        id,
        finding: sought.finding.id.clone(),
        of: String::new(),
        done: 0,
        longest: None,
        ends: looked.ran.ends(),
        said: looked.ran.said,
    };
    let cut = cut(arguments, &sought, &mut tries).await?;
    tell(arguments, &sought, &tries, cut, console)
}

/// What a cutting came to.
struct Cut {
    /// Steps of the scenario that it is cut from.
    of: usize,
    scenario: String,
    text: String,
    seen: Seen,
    /// The budget ended before nothing more could go.
    ended: bool,
}

async fn cut(
    arguments: &ReproArguments,
    sought: &Sought,
    tries: &mut Tries<'_>,
) -> Result<Option<Cut>, Failure> {
    let all_live = tries.targets.profiles.len() == tries.sides.all.len();
    let depth = if all_live {
        Depth::Fields
    } else {
        Depth::Steps
    };
    let kind = sought.finding.kind;
    let flaps = kind.is_of_rates() || kind == Kind::Consistency;
    let asked = arguments.observe.run.repeat.and_then(Repeats::times);
    let repeats = asked.unwrap_or(if flaps { OFTEN } else { 1 });
    let most = if tries.targets.profiles.is_empty() {
        READS
    } else {
        arguments.max_runs
    };
    for (scenario, mut cutting) in sought::cuttings(sought, tries.suite, depth) {
        tries.of.clone_from(&scenario);
        let mut repeats = repeats;
        loop {
            let ended = shorten(&mut cutting, tries, repeats, most).await?;
            // once more, to tell from chance
            repeats = repeats.max(2);
            let mut by_chance = 0;
            let shown = loop {
                let may_try = by_chance == 0 || by_chance < BY_CHANCE && tries.done < most;
                let Some(text) = cutting.best().filter(|_| may_try) else {
                    break None;
                };
                if let Some(seen) = tries.try_once(&text, repeats).await? {
                    break Some((text, seen));
                }
                by_chance += 1;
                cutting.take_back();
            };
            if (1..BY_CHANCE).contains(&by_chance) && !ended {
                continue;
            }
            let Some((text, seen)) = shown else { break };
            let whole = Document::parse(&sought.texts[&scenario]);
            return Ok(Some(Cut {
                of: whole.map_or(0, |whole| whole.count()),
                scenario,
                text,
                seen,
                ended,
            }));
        }
    }
    Ok(None)
}

/// Whether the budget ended before nothing more could go.
async fn shorten(
    cutting: &mut Cutting,
    tries: &mut Tries<'_>,
    repeats: u32,
    most: u32,
) -> Result<bool, Failure> {
    while tries.done < most {
        let Some(text) = cutting.next(&|text| tries.suite_with(text).is_some()) else {
            return Ok(false);
        };
        let shows = tries.try_once(&text, repeats).await?.is_some();
        progress(tries, &text, shows);
        cutting.answer(shows);
    }
    Ok(true)
}

fn progress(tries: &Tries<'_>, text: &str, shows: bool) {
    if tries.targets.profiles.is_empty() || !tries.console.live {
        return;
    }
    let steps = Document::parse(text).map_or(0, |document| document.count());
    let outcome = if shows { "still there" } else { "gone" };
    let plural = if steps == 1 { "" } else { "s" };
    tries
        .console
        .err(&format!("{}: {steps} step{plural}: {outcome}", tries.done));
}

/// A file's name is the id of the scenario in it.
fn id_of(path: &Path) -> Result<ScenarioId, Failure> {
    let is_right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let is_toml = path.extension().is_some_and(|ending| ending == "toml");
    if is_toml && !stem.is_empty() && stem.chars().all(is_right) {
        return Ok(ScenarioId(stem.to_owned()));
    }
    Err(Failure::wrong(format!(
        "error: {} can't be the name of a scenario: expected lower-case letters, digits and -, and .toml",
        path.display()
    )))
}

fn tell(
    arguments: &ReproArguments,
    sought: &Sought,
    tries: &Tries<'_>,
    cut: Option<Cut>,
    console: Console,
) -> Result<u8, Failure> {
    let id = &sought.finding.id;
    let ends = tries.ends.iter().copied();
    let Some(cut) = cut else {
        console.err(&format!(
            "{id} did not show again, in {} tries: it rests on chance, on what the clouds held, or on more than one scenario",
            tries.done
        ));
        return Ok(exit_code(ends.chain([End::Unobserved])));
    };
    let path = match &arguments.to {
        Some(path) => path.clone(),
        None => Path::new("repro").join(format!("{}.toml", tries.id)),
    };
    let text = format!(
        "# What {id} needs of {}, cut by `interop repro`.\n{}",
        cut.scenario,
        cut.text.trim_start()
    );
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| {
            Failure::wrong(format!("error: can't write {}: {error}", path.display()))
        })?;
    let shown = report::again(&cut.seen.report, &cut.seen.finding, style(console))
        .map_err(|error| Failure::internal(error.to_string()))?;
    let steps = Document::parse(&cut.text).map_or(0, |document| document.count());
    let requests = tries.sides.names.iter().zip(&cut.seen.requests);
    let requests: Vec<String> = requests.map(|(name, n)| format!("{n} on {name}")).collect();
    let not_run: Vec<&str> = tries
        .sides
        .all
        .iter()
        .filter(|side| matches!(side, Side::Recorded(..)))
        .map(Side::name)
        .collect();
    let mut lines = vec![
        shown.trim_end().to_owned(),
        String::new(),
        format!(
            "{steps} of {} steps of {} are left; requests, without undo: {}; {} tries",
            cut.of,
            cut.scenario,
            requests.join(", "),
            tries.done
        ),
    ];
    if cut.ended {
        lines.push("--max-runs ended it: more may be to cut".to_owned());
    }
    if !not_run.is_empty() {
        lines.push(format!(
            "not run on {}: only the steps were cut, by reading what is recorded",
            not_run.join(", ")
        ));
    }
    lines.push(format!("written to {}; run it with", path.display()));
    lines.push(format!(
        "  interop diff {} --scenarios {} -s {}",
        arguments.clouds.join(" "),
        folder.display(),
        tries.id
    ));
    console.out(&lines.join("\n"));
    Ok(exit_code(ends))
}
