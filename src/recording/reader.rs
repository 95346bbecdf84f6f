//! Reading a recording: all of its head, one scenario's executions at a time.

use super::block::{self, Block, Found, MAGIC, Tag};
use super::error::{Damage, ReadError, WriteError};
use super::model::{Exchange, Execution, FORMAT, Header, NoiseText, Trailer};
use super::writer::Writer;
use crate::scenario::ScenarioId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Exchanges that belong to no execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// What they were for: `login`, `discovery`, `undo`, …
    pub label: String,
    pub exchanges: Vec<Exchange>,
}

/// The last block.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tail {
    pub trailer: Trailer,
    /// Scenario → first bytes of its executions.
    pub index: BTreeMap<String, Vec<u64>>,
    /// Of all bytes before this block, hexadecimal; absent in files of before it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// One cloud's recording, on disk or in memory.
#[derive(Debug)]
pub struct Recording {
    header: Header,
    trailer: Option<Trailer>,
    damage: Vec<Damage>,
    store: Store,
}

#[derive(Debug)]
enum Store {
    File {
        path: PathBuf,
        file: Mutex<File>,
        executions: BTreeMap<String, Vec<Block>>,
        controls: Vec<Block>,
    },
    Memory {
        executions: BTreeMap<String, Vec<Execution>>,
        controls: Vec<Control>,
    },
    /// Several, read as one.
    Parts(Vec<Recording>),
}

impl Recording {
    /// Reads the header, the trailer and where everything is. Damage doesn't fail it unless it hit
    /// the header: [`Recording::damage`].
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let io = |source| ReadError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(io)?;
        let start = first_line(path, &file)?;
        let Found { blocks, damage } = block::scan(&mut file, start).map_err(io)?;
        let no_header = |why: &str| ReadError::NoHeader {
            path: path.to_owned(),
            why: why.to_owned(),
        };
        let header = match blocks.first() {
            Some(first) if first.tag == Tag::Header => first,
            _ => {
                return Err(match damage.first() {
                    Some(damage) => no_header(&damage.to_string()),
                    None => no_header("the file ends before it"),
                });
            }
        };
        let header: Header = load(path, &mut file, header)?;
        if header.format > FORMAT {
            return Err(ReadError::Newer {
                path: path.to_owned(),
                found: header.format,
            });
        }
        let tail = match blocks.iter().rev().find(|b| b.tag == Tag::Trailer) {
            Some(block) => Some(load::<Tail>(path, &mut file, block)?),
            None => None,
        };
        let of = |tag| move |b: &&Block| b.tag == tag;
        let whole: Vec<Block> = blocks.iter().filter(of(Tag::Execution)).copied().collect();
        let executions = match tail.as_ref().and_then(|t| from_index(&t.index, &whole)) {
            Some(executions) => executions,
            None => rebuilt(path, &mut file, &whole)?,
        };
        Ok(Self {
            header,
            trailer: tail.map(|t| t.trailer),
            damage,
            store: Store::File {
                path: path.to_owned(),
                file: Mutex::new(file),
                executions,
                controls: blocks.iter().filter(of(Tag::Control)).copied().collect(),
            },
        })
    }

    /// A recording in memory, for tests.
    pub fn from_parts(
        header: Header,
        executions: impl IntoIterator<Item = Execution>,
        trailer: Option<Trailer>,
    ) -> Self {
        let mut by_scenario: BTreeMap<String, Vec<Execution>> = BTreeMap::new();
        for execution in executions {
            let of_scenario = by_scenario.entry(execution.scenario.clone()).or_default();
            of_scenario.push(execution);
        }
        for of_scenario in by_scenario.values_mut() {
            sort(of_scenario);
        }
        Self {
            header,
            trailer,
            damage: Vec::new(),
            store: Store::Memory {
                executions: by_scenario,
                controls: Vec::new(),
            },
        }
    }

    /// One that is read from several, whose executions don't contradict each other: see [`merge`](super::merge).
    pub(super) fn of_parts(header: Header, trailer: Option<Trailer>, parts: Vec<Self>) -> Self {
        Self {
            header,
            trailer,
            damage: Vec::new(),
            store: Store::Parts(parts),
        }
    }

    /// The same with these control exchanges, if it is in memory.
    #[must_use]
    pub fn with_controls(mut self, all: Vec<Control>) -> Self {
        if let Store::Memory { controls, .. } = &mut self.store {
            *controls = all;
        }
        self
    }

    /// The same under another name of its cloud, as reports call it.
    #[must_use]
    pub fn called(mut self, name: &str) -> Self {
        name.clone_into(&mut self.header.cloud.name);
        self
    }

    /// The same with this noise file in the place of the one that the run was given.
    #[must_use]
    pub fn with_noise(mut self, noise: Option<NoiseText>) -> Self {
        self.header.noise = noise;
        self
    }

    /// The same as if only these scenarios had been selected.
    #[must_use]
    pub fn only(mut self, scenarios: &BTreeSet<String>) -> Self {
        let plan = &mut self.header.plan;
        plan.selected.retain(|id| scenarios.contains(id));
        plan.skipped.retain(|id, _| scenarios.contains(id));
        self
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// `None`: the run did not end by itself, or the disk failed.
    pub fn trailer(&self) -> Option<&Trailer> {
        self.trailer.as_ref()
    }

    /// What of the file is not used. Empty in memory.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Scenarios and fixtures that have executions, sorted.
    pub fn scenarios(&self) -> Vec<&str> {
        match &self.store {
            Store::File { executions, .. } => executions.keys().map(String::as_str).collect(),
            Store::Memory { executions, .. } => executions.keys().map(String::as_str).collect(),
            Store::Parts(parts) => {
                let all: BTreeSet<&str> = parts.iter().flat_map(Self::scenarios).collect();
                all.into_iter().collect()
            }
        }
    }

    /// All executions of a scenario by round, repeat and attempt; none if it has none.
    pub fn executions(&self, scenario: &str) -> Result<Vec<Execution>, ReadError> {
        match &self.store {
            Store::File { executions, .. } => {
                let blocks = executions.get(scenario).map_or(&[][..], Vec::as_slice);
                let mut found: Vec<Execution> = self.load_all(blocks)?;
                // an index that was tampered with must not move an execution to another scenario
                found.retain(|e| e.scenario == scenario);
                sort(&mut found);
                Ok(found)
            }
            Store::Memory { executions, .. } => {
                Ok(executions.get(scenario).cloned().unwrap_or_default())
            }
            Store::Parts(parts) => {
                let mut found = Vec::new();
                for part in parts {
                    let run = &part.header.run;
                    for mut execution in part.executions(scenario)? {
                        if execution.run.is_none() && self.header.runs.contains_key(run) {
                            execution.run = Some(run.clone());
                        }
                        found.push(execution);
                    }
                }
                sort(&mut found);
                let mut known = BTreeSet::new();
                found.retain(|e| known.insert(place(e)));
                Ok(found)
            }
        }
    }

    /// Login, discovery, capability, undo and find exchanges, in the order written.
    pub fn controls(&self) -> Result<Vec<Control>, ReadError> {
        match &self.store {
            Store::File { controls, .. } => self.load_all(controls),
            Store::Memory { controls, .. } => Ok(controls.clone()),
            Store::Parts(parts) => {
                let all: Result<Vec<_>, _> = parts.iter().map(Self::controls).collect();
                Ok(all?.into_iter().flatten().collect())
            }
        }
    }

    /// Writes it to a new file: a recording in memory, or what is usable of a damaged one.
    pub fn write_to(&self, path: &Path) -> Result<(), WriteError> {
        let writer = Writer::create(path, &self.header)?;
        for control in self.controls()? {
            writer.control(&control.label, &control.exchanges)?;
        }
        for scenario in self.scenarios() {
            for execution in self.executions(scenario)? {
                writer.append(&execution)?;
            }
        }
        match &self.trailer {
            Some(trailer) => writer.finish(trailer),
            None => Ok(()),
        }
    }

    fn load_all<T: DeserializeOwned>(&self, blocks: &[Block]) -> Result<Vec<T>, ReadError> {
        let Store::File { path, file, .. } = &self.store else {
            return Ok(Vec::new());
        };
        // every read seeks first, so a position left behind by a panic does no harm
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        blocks
            .iter()
            .map(|block| load(path, &mut file, block))
            .collect()
    }
}

fn sort(executions: &mut [Execution]) {
    executions.sort_by_key(|e| (e.round, e.repeat, e.attempt));
}

/// Which of a scenario's executions it is. A fixture is made for several scenarios of a repeat: their names tell them apart.
pub(super) fn place(execution: &Execution) -> (u32, u32, u32, String) {
    let is_fixture = ScenarioId(execution.scenario.clone()).is_fixture();
    let of = if is_fixture { &*execution.nonce } else { "" };
    (
        execution.round,
        execution.repeat,
        execution.attempt,
        of.to_owned(),
    )
}

/// Where the blocks start, if the first line is a recording's and of a format that is known.
pub(super) fn first_line(path: &Path, file: &File) -> Result<u64, ReadError> {
    let mut line = Vec::new();
    BufReader::new(file)
        .take(MAGIC.len() as u64 + 12)
        .read_until(b'\n', &mut line)
        .map_err(|source| ReadError::Io {
            path: path.to_owned(),
            source,
        })?;
    let format = std::str::from_utf8(&line)
        .ok()
        .and_then(|line| line.strip_suffix('\n')?.strip_prefix(MAGIC))
        .and_then(|number| number.parse::<u32>().ok());
    match format {
        Some(found) if found > FORMAT => Err(ReadError::Newer {
            path: path.to_owned(),
            found,
        }),
        Some(_) => Ok(line.len() as u64),
        None => Err(ReadError::NotARecording(path.to_owned())),
    }
}

fn load<T: DeserializeOwned>(path: &Path, file: &mut File, block: &Block) -> Result<T, ReadError> {
    let fail = |why: String| ReadError::Block {
        path: path.to_owned(),
        at: block.at,
        why,
    };
    let packed = block.read(file).map_err(|source| ReadError::Io {
        path: path.to_owned(),
        source,
    })?;
    // it was whole when the file was opened
    let packed = packed.ok_or_else(|| fail("the file changed while it was read".to_owned()))?;
    block::decode(&packed).map_err(fail)
}

/// The blocks by scenario, if the index names exactly the executions before it that are whole.
fn from_index(
    index: &BTreeMap<String, Vec<u64>>,
    whole: &[Block],
) -> Option<BTreeMap<String, Vec<Block>>> {
    let named: BTreeSet<u64> = index.values().flatten().copied().collect();
    let by_start: BTreeMap<u64, Block> = whole.iter().map(|b| (b.at, *b)).collect();
    // blocks that were damaged since are only missing, ones that the index doesn't know make it a stranger
    if !by_start.keys().all(|at| named.contains(at)) {
        return None;
    }
    let blocks = |starts: &Vec<u64>| -> Vec<Block> {
        starts
            .iter()
            .filter_map(|at| by_start.get(at).copied())
            .collect()
    };
    Some(
        index
            .iter()
            .map(|(scenario, starts)| (scenario.clone(), blocks(starts)))
            .filter(|(_, blocks)| !blocks.is_empty())
            .collect(),
    )
}

fn rebuilt(
    path: &Path,
    file: &mut File,
    whole: &[Block],
) -> Result<BTreeMap<String, Vec<Block>>, ReadError> {
    #[derive(Deserialize)]
    struct OnlyScenario {
        scenario: String,
    }
    let mut index: BTreeMap<String, Vec<Block>> = BTreeMap::new();
    for block in whole {
        let OnlyScenario { scenario } = load(path, file, block)?;
        index.entry(scenario).or_default().push(*block);
    }
    Ok(index)
}
