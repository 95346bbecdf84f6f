//! Which scenarios a command is about: of the suite for live clouds, of what was recorded for recordings.

use super::args::SelectArguments;
use super::console::Console;
use super::failure::Failure;
use super::{reading, scenarios};
use crate::profile::{Family, Profile};
use crate::recording::Recording;
use crate::scenario::{Scenario, ScenarioId, Shard, Suite};
use std::collections::{BTreeMap, BTreeSet};

/// What is chosen of a suite, and how often it is run.
pub struct Chosen {
    pub suite: Suite,
    /// To be run on live clouds.
    pub selected: Vec<ScenarioId>,
    /// The part of the suite that they are.
    pub shard: Option<Shard>,
    /// What is read of recordings; all of them where nothing was asked for.
    pub read: Option<BTreeSet<String>>,
    /// How often the recordings hold what is compared with them.
    pub repeats: Option<u32>,
}

/// Of the suite, for live clouds.
pub fn choose(select: &SelectArguments, console: Console) -> Result<Chosen, Failure> {
    let suite = scenarios::suite(&select.scenarios, console)?;
    let selected = scenarios::selection(select)
        .of(&suite)?
        .iter()
        .map(|s| s.id.clone())
        .collect();
    Ok(Chosen {
        suite,
        selected,
        shard: select.shard,
        read: None,
        repeats: None,
    })
}

impl Chosen {
    /// Leaves out what is meant for clouds that don't share an API, where nobody asked for it and all of them do: the API's
    /// own scenarios say more of the same things.
    pub fn for_clouds(
        mut self,
        clouds: &[Profile],
        select: &SelectArguments,
        console: Console,
    ) -> Self {
        let families: BTreeSet<Family> = clouds.iter().map(|cloud| cloud.family).collect();
        let asked = !(select.include.is_empty() && select.service.is_empty());
        if clouds.len() < 2 || families.len() > 1 || asked {
            return self;
        }
        let shared: BTreeSet<ScenarioId> = self
            .suite
            .scenarios()
            .filter(|scenario| !scenario.on.is_empty())
            .map(|scenario| scenario.id.clone())
            .collect();
        let (left_out, kept): (Vec<_>, Vec<_>) = self
            .selected
            .into_iter()
            .partition(|id| shared.contains(id));
        if kept.is_empty() {
            self.selected = left_out;
            return self;
        }
        if !left_out.is_empty() {
            console.err(&format!(
                "{} scenarios are for clouds that don't share an API, and not run (-s 'portable/*' runs them)",
                left_out.len()
            ));
        }
        self.selected = kept;
        self
    }
}

/// Of recordings, and for live clouds beside them what they hold of the suite.
pub fn choose_among(
    recordings: &[Recording],
    select: &SelectArguments,
    has_live: bool,
    console: Console,
) -> Result<Chosen, Failure> {
    let mut chosen = Chosen {
        suite: scenarios::suite(&select.scenarios, console)?,
        selected: Vec::new(),
        shard: select.shard,
        read: read(recordings, select)?,
        repeats: recordings.iter().map(|r| r.header().plan.repeats).min(),
    };
    if !has_live {
        return Ok(chosen);
    }
    let is_read = |id: &&str| chosen.read.as_ref().is_none_or(|read| read.contains(*id));
    let ran: BTreeSet<&str> = recordings
        .iter()
        .flat_map(Recording::scenarios)
        .filter(|id| !id.starts_with("fixtures/"))
        .filter(is_read)
        .collect();
    let suite = chosen.suite.scenarios().map(|s| &s.id);
    chosen.selected = suite
        .filter(|id| ran.contains(id.0.as_str()))
        .cloned()
        .collect();
    let absent = ran.len() - chosen.selected.len();
    if absent > 0 {
        console.err(&format!(
            "{absent} scenarios of the recordings are not in this suite, and not run"
        ));
    }
    if chosen.selected.is_empty() {
        return Err(Failure::wrong(
            "error: the recordings hold no scenario of this suite",
        ));
    }
    Ok(chosen)
}

/// The recorded scenarios that were asked for; all of them where nothing was.
pub fn read(
    recordings: &[Recording],
    select: &SelectArguments,
) -> Result<Option<BTreeSet<String>>, Failure> {
    let selection = scenarios::selection(select);
    if selection.is_empty() {
        return Ok(None);
    }
    let mut recorded: BTreeMap<&String, Scenario> = BTreeMap::new();
    for header in recordings.iter().map(Recording::header) {
        for id in &header.plan.selected {
            let Some(text) = header
                .scenarios
                .get(id)
                .filter(|_| !recorded.contains_key(id))
            else {
                continue;
            };
            let scenario = reading::parse(id, text).map_err(|why| {
                Failure::wrong(format!("error: {}: {id}:\n{why}", header.cloud.name))
            })?;
            recorded.insert(id, scenario);
        }
    }
    let fits = selection.among(recorded.values().collect())?;
    Ok(Some(fits.iter().map(|s| s.id.0.clone()).collect()))
}
