//! `interop repro`: the fewest steps and fields that still show a finding.

use super::args::{NoiseArguments, Repeats, ReproArguments, RunArguments};
use super::clouds::{self, Side};
use super::console::Console;
use super::diff::{self, style};
use super::failure::Failure;
use super::reading::{self, Choices};
use super::tries::{Seen, Tries};
use super::{live, noise, scenarios, surroundings};
use crate::compare::Kind;
use crate::judge::{End, Finding, Impact, Report, Waivers, exit_code};
use crate::profile::Environment;
use crate::recording::{NoiseText, Recording};
use crate::report;
use crate::scenario::cut::{Cutting, Depth, Document, Spot};
use crate::scenario::{Scenario, ScenarioId, Suite};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Places of a finding that are looked at for the one that needs least, and that are tried.
const LOOKED_AT: usize = 100;
const TRIED: usize = 3;
/// Reading a recording again costs nobody anything.
const READS: u32 = 1000;
/// Repeats that tell how often something happens.
const OFTEN: u32 = 10;

/// A comparison, and what it was made of.
struct Looked {
    report: Report,
    recordings: Vec<Recording>,
    ends: Vec<End>,
}

/// A finding, and the texts of the scenarios that show it.
struct Sought {
    finding: Finding,
    texts: BTreeMap<String, String>,
}

pub async fn run(arguments: &ReproArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let mut sides = clouds::sides(&arguments.clouds, &environment, console.colour)?;
    let noise = noise::found(
        &diff::typed(&arguments.clouds, &sides),
        &arguments.noise,
        &environment,
    )?;
    let names = diff::names(&mut sides);
    let targets = diff::targets(&sides, &noise);
    let suite = scenarios::suite(&arguments.select.scenarios, console)?;
    let choices = Choices {
        waivers: Waivers::default(),
        baseline: None,
        as_of: surroundings::today(),
        fail_on: Impact::Breaks,
        untested: vec![],
    };
    let known = (noise.as_slice(), &arguments.noise);
    let looked = look(
        arguments,
        &sides,
        &names,
        known,
        (&choices, &environment, console),
    )
    .await?;
    let sought = sought(&arguments.finding, &looked, &suite)?;
    let id = match &arguments.to {
        None => ScenarioId(sought.finding.id.clone()),
        Some(path) => id_of(path)?,
    };
    let arguments_of_tries = RunArguments {
        out: arguments.run.out.as_ref().map(|out| out.join("cut")),
        ..arguments.run.clone()
    };
    let run = if targets.profiles.is_empty() {
        (String::new(), PathBuf::new())
    } else {
        live::folder(&arguments_of_tries)?
    };
    let mut tries = Tries {
        sides: &sides,
        names: &names,
        targets: &targets,
        noise: known,
        suite: &suite,
        arguments: &arguments.run,
        choices: &choices,
        environment: &environment,
        console,
        run,
        id,
        finding: sought.finding.id.clone(),
        of: String::new(),
        done: 0,
        ends: looked.ends,
    };
    let cut = cut(arguments, &sought, &mut tries).await?;
    tell(arguments, &sought, &tries, cut, console)
}

/// The comparison that has the finding.
async fn look(
    arguments: &ReproArguments,
    sides: &[Side],
    names: &[String],
    noise: (&[Option<NoiseText>], &NoiseArguments),
    (choices, environment, console): (&Choices, &Environment, Console),
) -> Result<Looked, Failure> {
    let is_report = |path: &PathBuf| path.extension().is_none_or(|ending| ending != "rec");
    if let [path] = arguments.from.as_slice()
        && is_report(path)
    {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::wrong(format!("error: can't read {}: {error}", path.display()))
        })?;
        let report = serde_json::from_str(&text).map_err(|error| {
            Failure::wrong(format!(
                "error: {} is not a report: {error}",
                path.display()
            ))
        })?;
        return Ok(Looked {
            report,
            recordings: Vec::new(),
            ends: Vec::new(),
        });
    }
    let (recordings, ends) = if arguments.from.is_empty() {
        diff::observed(
            sides,
            names,
            &arguments.select,
            &arguments.run,
            noise,
            (environment, console),
        )
        .await?
    } else {
        let opened = arguments.from.iter().zip(noise.0).map(|(path, found)| {
            clouds::open(path).map(|whole| noise::given(whole, found.as_ref(), noise.1))
        });
        (opened.collect::<Result<Vec<_>, _>>()?, Vec::new())
    };
    if recordings.len() < 2 {
        return Err(Failure::unobserved(
            "error: there are no two clouds to find it between",
        ));
    }
    let report = reading::report(&recordings, choices)
        .map_err(|error| Failure::wrong(format!("error: {error}")))?;
    Ok(Looked {
        report,
        recordings,
        ends,
    })
}

fn sought(what: &str, looked: &Looked, suite: &Suite) -> Result<Sought, Failure> {
    let Looked {
        report, recordings, ..
    } = looked;
    let found = report::findings(report, what);
    let Some(finding) = found.first().copied().cloned() else {
        return Err(Failure::wrong(format!(
            "error: no finding is called {what} in this comparison"
        )));
    };
    let mut others: Vec<&str> = found.iter().map(|f| f.id.as_str()).collect();
    others.dedup();
    if others.iter().any(|id| *id != finding.id) {
        return Err(Failure::wrong(format!(
            "error: {what} is the beginning of several: {}",
            others.join(", ")
        )));
    }
    if finding.steps.is_empty() {
        return Err(Failure::wrong(format!(
            "error: {} was seen in what the clouds say of themselves, before any scenario: there is nothing to cut",
            finding.id
        )));
    }
    let mut texts = BTreeMap::new();
    for id in &finding.scenarios {
        let recorded = recordings.iter().find_map(|r| r.header().scenarios.get(id));
        let known = suite.get(&ScenarioId(id.clone()));
        let text = recorded
            .map(|text| &text.source)
            .or(known.map(|scenario| &scenario.source));
        texts.extend(text.map(|text| (id.clone(), text.clone())));
    }
    if texts.is_empty() {
        return Err(Failure::wrong(format!(
            "error: {} was shown by {}, which is not in this suite: name its folder with --scenarios",
            finding.id,
            finding.scenarios.join(", ")
        )));
    }
    Ok(Sought { finding, texts })
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
    let all_live = tries.targets.profiles.len() == tries.sides.len();
    let depth = if all_live {
        Depth::Fields
    } else {
        Depth::Steps
    };
    let flaps = matches!(
        sought.finding.kind,
        Kind::LessOften | Kind::MoreOften | Kind::Stability | Kind::Consistency
    );
    let repeats = arguments
        .run
        .repeat
        .and_then(Repeats::times)
        .unwrap_or(if flaps { OFTEN } else { 1 });
    let most = if tries.targets.profiles.is_empty() {
        READS
    } else {
        arguments.max_runs
    };
    for (scenario, mut cutting) in cuttings(sought, depth) {
        tries.of.clone_from(&scenario);
        let mut ended = true;
        while tries.done < most {
            let next = cutting.next(&|text| tries.suite_with(text).is_some());
            let Some(text) = next else {
                ended = false;
                break;
            };
            let shows = tries.try_once(&text, repeats).await?.is_some();
            progress(tries, &text, shows);
            cutting.answer(shows);
        }
        let Some(text) = cutting.best() else { continue };
        // once more, to tell from chance
        if let Some(seen) = tries.try_once(&text, repeats.max(2)).await? {
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

/// One for each of the spots that need least, by scenario.
fn cuttings(sought: &Sought, depth: Depth) -> Vec<(String, Cutting)> {
    let mut all = Vec::new();
    for step in sought.finding.steps.iter().take(LOOKED_AT) {
        let Some((id, spot)) = spot(step, &sought.finding.place) else {
            continue;
        };
        let Some(text) = sought.texts.get(id) else {
            continue;
        };
        let scenario = Scenario::parse_recorded(ScenarioId(id.to_owned()), id, text);
        let cutting = scenario
            .ok()
            .and_then(|scenario| Cutting::new(text, &scenario, &spot, depth).ok());
        all.extend(cutting.map(|cutting| (cutting.weight(), id.to_owned(), cutting)));
    }
    all.sort_by_key(|(weight, ..)| *weight);
    let least = all.into_iter().take(TRIED);
    least.map(|(_, id, cutting)| (id, cutting)).collect()
}

/// `scenario#step[row, row]` and a place.
fn spot<'s>(step: &'s str, place: &str) -> Option<(&'s str, Spot)> {
    let (scenario, step) = step.split_once('#')?;
    let (step, rows) = match step.split_once('[') {
        Some((step, rows)) => (step, rows.strip_suffix(']')?),
        None => (step, ""),
    };
    let rows = rows.split(", ").filter(|row| !row.is_empty());
    let spot = Spot {
        step: step.to_owned(),
        rows: rows.map(str::to_owned).collect(),
        named: place.strip_prefix("named ").map(str::to_owned),
    };
    Some((scenario, spot))
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
    let requests = tries.names.iter().zip(&cut.seen.requests);
    let requests: Vec<String> = requests.map(|(name, n)| format!("{n} on {name}")).collect();
    let not_run: Vec<&str> = tries
        .sides
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
