//! Rounds after the first: what is in doubt is run again, one scenario at a time.
//!
//! With a fixed number of repeats once, up to ten; with `--repeat auto` until nothing is in doubt. What a round runs follows from the
//! recordings of the rounds before it ([`next_round`]); this only carries it out.

use super::args::{Repeats, RunArguments};
use super::chosen::Chosen;
use super::clouds;
use super::console::Console;
use super::diff::Ran;
use super::failure::Failure;
use super::live::{self, Targets};
use super::reading;
use crate::compare::{self, MOST_REPEATS, NextRound, PairResult, in_doubt, next_round};
use crate::profile::Environment;
use crate::recording::{Recording, merge};
use crate::scenario::ScenarioId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rounds of one run, where no evidence ever settles it.
const MOST_ROUNDS: u32 = 9;

/// What a round needs to run on live clouds.
pub struct Live<'a> {
    pub targets: &'a Targets,
    pub chosen: &'a Chosen,
    pub arguments: &'a RunArguments,
    pub environment: &'a Environment,
    /// The day at which noise files are read: `2026-11-23`.
    pub as_of: &'a str,
    pub console: Console,
}

/// Recordings of one cloud, a round each.
type Shards = BTreeMap<String, Vec<PathBuf>>;

/// Runs further rounds and leaves one merged recording a cloud.
pub async fn spend(ran: &mut Ran, live: &Live<'_>) -> Result<(), Failure> {
    let Some(folder) = ran.folder.clone() else {
        return Ok(());
    };
    let recorded = ran.recorded.iter();
    let mut shards: Shards = recorded
        .map(|(cloud, path)| (cloud.clone(), vec![path.clone()]))
        .collect();
    let (mut more, mut scenarios, mut repeats) = (0, 0, 0);
    let mut before = None;
    for round in 2..=MOST_ROUNDS {
        if ran.interrupted || shards.len() < 2 {
            break;
        }
        let recordings = merged(live, &shards)?;
        let pairs = compared(live, &recordings)?;
        if round == 2 {
            let counted = pairs.iter().map(|pair| pair.repeats_of.len()).max();
            scenarios = counted.unwrap_or(0);
            repeats = pairs.iter().map(|pair| pair.repeats.1).max().unwrap_or(0);
        }
        let Some(next) = planned(live.arguments.repeat, round, &pairs) else {
            break;
        };
        // a round that could not run leaves everything as it was, and so would the next
        let repeats_of: Vec<_> = pairs.into_iter().map(|pair| pair.repeats_of).collect();
        let state = Some((next.clone(), repeats_of));
        if before == state {
            break;
        }
        before = state;
        let Some(arguments) = again(live.arguments, &next, &recordings, &shards)? else {
            live.console
                .err("in doubt, and not run again: the budget is used up");
            break;
        };
        live.console
            .err(&announced(live.arguments.repeat, round, &next));
        run(
            ran,
            live,
            &mut shards,
            (round, &folder),
            (&next, &arguments),
        )
        .await?;
        more += next.scenarios.len() * next.repeats as usize;
    }
    if live.arguments.repeat == Some(Repeats::Auto) && scenarios > 0 {
        let to_most = MOST_REPEATS.saturating_sub(repeats) as usize;
        let spared = (scenarios * to_most).saturating_sub(more);
        live.console.err(&format!(
            "repeats: {repeats} of each scenario, {more} executions more on each cloud; \
             {MOST_REPEATS} of each would have been {spared} more than that"
        ));
    }
    keep(ran, live, &shards, &folder)
}

/// What a round is to run, given everything before it.
fn planned(repeat: Option<Repeats>, round: u32, pairs: &[PairResult]) -> Option<NextRound> {
    if repeat == Some(Repeats::Auto) {
        return next_round(pairs);
    }
    let repeats = repeat.and_then(Repeats::times).unwrap_or(live::REPEATS);
    let scenarios: Vec<String> = in_doubt(pairs).into_iter().collect();
    (round == 2 && repeats < MOST_REPEATS && !scenarios.is_empty()).then_some(NextRound {
        scenarios,
        repeats: MOST_REPEATS - repeats,
    })
}

fn announced(repeat: Option<Repeats>, round: u32, next: &NextRound) -> String {
    const NAMED: usize = 3;
    let count = next.scenarios.len();
    let word = if count == 1 { "scenario" } else { "scenarios" };
    if repeat != Some(Repeats::Auto) {
        return format!("{count} {word} again, to tell from chance");
    }
    let named: Vec<&str> = next
        .scenarios
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect();
    let rest = if count > NAMED { ", …" } else { "" };
    format!(
        "round {round}: {count} {word} in doubt, {} more of each: {}{rest}",
        if next.repeats == 1 {
            "1 repeat".to_owned()
        } else {
            format!("{} repeats", next.repeats)
        },
        named.join(", ")
    )
}

/// How a round is run: one scenario at a time, within what the rounds before left of the budgets. None where that is nothing.
fn again(
    arguments: &RunArguments,
    next: &NextRound,
    recordings: &[Recording],
    shards: &Shards,
) -> Result<Option<RunArguments>, Failure> {
    let requests = recordings
        .iter()
        .filter_map(|r| Some(r.trailer()?.requests));
    let used = requests.max().unwrap_or(0);
    let mut took_ms = 0;
    for paths in shards.values() {
        let mut of_cloud = 0;
        for path in paths {
            of_cloud += clouds::open(path)?.trailer().map_or(0, |t| t.took_ms);
        }
        took_ms = took_ms.max(of_cloud);
    }
    #[expect(clippy::cast_precision_loss, reason = "a run takes no thousand years")]
    let minutes = took_ms as f64 / 60_000.0;
    let left = RunArguments {
        repeat: Some(Repeats::Times(next.repeats)),
        concurrency: Some(1),
        max_requests: arguments.max_requests.map(|most| most.saturating_sub(used)),
        max_minutes: arguments.max_minutes.map(|most| most - minutes),
        ..arguments.clone()
    };
    let spent = left.max_requests == Some(0) || left.max_minutes.is_some_and(|left| left <= 0.0);
    Ok((!spent).then_some(left))
}

async fn run(
    ran: &mut Ran,
    live: &Live<'_>,
    shards: &mut Shards,
    (round, folder): (u32, &Path),
    (next, arguments): (&NextRound, &RunArguments),
) -> Result<(), Failure> {
    let chosen = Chosen {
        suite: live.chosen.suite.clone(),
        selected: next.scenarios.iter().cloned().map(ScenarioId).collect(),
        shard: live.chosen.shard,
        read: None,
        repeats: None,
    };
    let asked = live::ask(
        live.targets,
        &chosen,
        arguments,
        round,
        (&ran.run, folder),
        live.environment,
    )?;
    let outcome = live::run(asked.knowing(&ran.said), live.console).await?;
    ran.take(&outcome);
    for (cloud, path) in outcome.recordings {
        if let Some(of_cloud) = shards.get_mut(&cloud) {
            of_cloud.push(path);
        }
    }
    Ok(())
}

/// Everything recorded so far, a recording a cloud, in the order of the profiles.
fn merged(live: &Live<'_>, shards: &Shards) -> Result<Vec<Recording>, Failure> {
    let profiles = live.targets.profiles.iter();
    let paths = profiles.filter_map(|profile| shards.get_key_value(&profile.name));
    let whole = paths.map(|(cloud, paths)| {
        if let [only] = paths.as_slice() {
            return clouds::open(only);
        }
        let opened: Result<Vec<_>, _> = paths.iter().map(|path| clouds::open(path)).collect();
        merge(opened?).map_err(|error| Failure::internal(format!("error: {cloud}: {error}")))
    });
    whole.collect()
}

fn compared(live: &Live<'_>, recordings: &[Recording]) -> Result<Vec<PairResult>, Failure> {
    let noise = recordings
        .iter()
        .map(|recording| reading::noise(recording, live.as_of))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Failure::wrong(error.to_string()))?;
    compare::compare(recordings, &noise, &reading::parse)
        .map(|compared| compared.pairs)
        .map_err(|error| Failure::wrong(format!("error: {error}")))
}

/// Writes one recording of all rounds for each cloud that has several.
fn keep(ran: &mut Ran, live: &Live<'_>, shards: &Shards, folder: &Path) -> Result<(), Failure> {
    if shards.values().all(|paths| paths.len() < 2) {
        return Ok(());
    }
    for recording in merged(live, shards)? {
        let cloud = recording.header().cloud.name.clone();
        let Some([first, .., _]) = shards.get(&cloud).map(Vec::as_slice) else {
            continue;
        };
        let stem = first.file_stem().unwrap_or_default().to_string_lossy();
        let whole = folder.join(format!("{stem}.confirmed.rec"));
        recording
            .write_to(&whole)
            .map_err(|error| Failure::wrong(format!("error: {}: {error}", whole.display())))?;
        ran.recorded.insert(cloud, whole);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, Difference, EvidenceRef, Kind};

    fn doubtful() -> PairResult {
        PairResult {
            places: 1000,
            mixed: 20,
            repeats_of: [("a/b/c".to_owned(), 3), ("a/b/d".to_owned(), 3)].into(),
            unconfirmed: vec![Difference {
                scenario: "a/b/c".into(),
                service: "a".into(),
                operation: "GET /b".into(),
                place: "$.x".into(),
                kind: Kind::Value,
                asker: Asker::Owner,
                a: "1".into(),
                b: "2".into(),
                step: "ask".into(),
                rows: vec![],
                repeats: (3, 3),
                evidence: (EvidenceRef::default(), EvidenceRef::default()),
            }],
            ..PairResult::default()
        }
    }

    #[test]
    fn a_fixed_number_is_confirmed_once_up_to_ten_and_auto_takes_what_is_enough() {
        let next = |repeat, round| planned(repeat, round, &[doubtful()]);
        let times = |repeats| {
            Some(NextRound {
                scenarios: vec!["a/b/c".to_owned()],
                repeats,
            })
        };
        assert_eq!(next(None, 2), times(7));
        assert_eq!(next(Some(Repeats::Times(4)), 2), times(6));
        assert_eq!(next(Some(Repeats::Times(4)), 3), None);
        assert_eq!(next(Some(Repeats::Times(10)), 2), None);
        assert_eq!(next(Some(Repeats::Auto), 2), times(2));
    }
}
