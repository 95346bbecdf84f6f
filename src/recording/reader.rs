//! Reading a recording: all of its head, one scenario's executions at a time.

use super::block::{self, Block, Found, MAGIC, Tag};
use super::error::{Damage, ReadError, WriteError};
use super::model::{Exchange, Execution, FORMAT, Header, Trailer};
use super::writer::Writer;
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

    /// A recording in memory, for tests and for [`merge`](super::merge).
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

    /// The same with these control exchanges, if it is in memory.
    #[must_use]
    pub fn with_controls(mut self, all: Vec<Control>) -> Self {
        if let Store::Memory { controls, .. } = &mut self.store {
            *controls = all;
        }
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
        }
    }

    /// Login, discovery, capability, undo and find exchanges, in the order written.
    pub fn controls(&self) -> Result<Vec<Control>, ReadError> {
        match &self.store {
            Store::File { controls, .. } => self.load_all(controls),
            Store::Memory { controls, .. } => Ok(controls.clone()),
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

/// Where the blocks start, if the first line is a recording's and of a format that is known.
fn first_line(path: &Path, file: &File) -> Result<u64, ReadError> {
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

#[cfg(test)]
mod tests {
    use super::super::samples::{exchange, execution, header};
    use super::super::{DamageKind, Outcome};
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    /// Committed when format 1 was made; must stay readable, and hold [`sample`], for ever.
    const FORMAT_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/recording/format-1.rec");

    fn sample() -> Recording {
        let mut again = execution("a/b/c", 1, 2);
        again.outcome = Outcome::SetAside("503".to_owned());
        let executions = [
            execution("a/b/d", 1, 1),
            execution("a/b/c", 2, 1),
            again,
            execution("a/b/c", 1, 1),
        ];
        let trailer = Trailer {
            ended: "2026-11-23T06:52:00Z".to_owned(),
            requests: 8,
            ..Trailer::default()
        };
        Recording::from_parts(header(), executions, Some(trailer)).with_controls(vec![Control {
            label: "login".to_owned(),
            exchanges: vec![exchange()],
        }])
    }

    fn assert_same(left: &Recording, right: &Recording) {
        assert_eq!(left.header(), right.header());
        assert_eq!(left.trailer(), right.trailer());
        assert_eq!(left.scenarios(), right.scenarios());
        assert_eq!(left.controls().unwrap(), right.controls().unwrap());
        for scenario in left.scenarios() {
            assert_eq!(
                left.executions(scenario).unwrap(),
                right.executions(scenario).unwrap()
            );
        }
    }

    fn written(recording: &Recording) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.rec");
        recording.write_to(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        (dir, path, bytes)
    }

    #[test]
    fn what_was_written_is_read_back_by_round_and_repeat() {
        let (_dir, path, _) = written(&sample());
        let back = Recording::open(&path).unwrap();
        assert_same(&back, &sample());
        let places: Vec<(u32, u32)> = back
            .executions("a/b/c")
            .unwrap()
            .iter()
            .map(|e| (e.round, e.repeat))
            .collect();
        assert_eq!(places, [(1, 1), (1, 2), (2, 1)]);
        assert!(back.executions("a/b/z").unwrap().is_empty());
        let seen = back.verify();
        assert!(seen.is_sound(), "{seen:?}");
        assert_eq!((seen.executions, seen.exchanges), (4, 9));
    }

    #[test]
    fn a_file_of_format_1_stays_readable() {
        assert_same(&Recording::open(Path::new(FORMAT_1)).unwrap(), &sample());
    }

    #[test]
    #[ignore = "writes the fixture of a new format"]
    fn write_the_fixture() {
        sample().write_to(Path::new(FORMAT_1)).unwrap();
    }

    #[test]
    fn other_files_and_newer_formats_are_named_as_such() {
        let (_dir, path, bytes) = written(&sample());
        fs::write(&path, b"hello\n").unwrap();
        let error = Recording::open(&path).unwrap_err();
        assert!(matches!(error, ReadError::NotARecording(_)));
        let newer = [format!("{MAGIC}{}\n", FORMAT + 1).as_bytes(), &bytes[20..]].concat();
        fs::write(&path, newer).unwrap();
        let error = Recording::open(&path).unwrap_err();
        assert!(matches!(error, ReadError::Newer { found: 2, .. }));
        fs::write(&path, &bytes[..40]).unwrap();
        let error = Recording::open(&path).unwrap_err();
        assert!(matches!(error, ReadError::NoHeader { .. }), "{error}");
    }

    #[test]
    fn a_block_of_an_unknown_kind_is_skipped() {
        let (_dir, path, bytes) = written(&sample());
        let mut unknown = block::encode(Tag::Unknown, "x").unwrap().unwrap();
        // as a later version would write it
        unknown[..4].copy_from_slice(b"WXYZ");
        let mut crc = flate2::Crc::new();
        crc.update(&unknown[..8]);
        unknown[8..12].copy_from_slice(&crc.sum().to_le_bytes());
        fs::write(&path, [bytes, unknown].concat()).unwrap();
        let back = Recording::open(&path).unwrap();
        assert_same(&back, &sample());
        assert_eq!(back.damage(), []);
    }

    #[test]
    fn a_file_without_an_end_is_read_by_its_blocks() {
        let unended = Recording::from_parts(header(), [execution("a/b/c", 1, 1)], None);
        let (_dir, path, _) = written(&unended);
        let back = Recording::open(&path).unwrap();
        assert_same(&back, &unended);
        assert!(!back.verify().complete);
    }

    #[test]
    fn contradictions_are_said() {
        let mut other = execution("a/b/c", 1, 1);
        other.request_hash = "33".to_owned();
        let stranger = execution("a/b/x", 1, 1);
        let seen = Recording::from_parts(
            header(),
            [execution("a/b/c", 1, 1), other, stranger],
            Some(Trailer::default()),
        )
        .verify();
        assert_eq!(seen.contradictions.len(), 3, "{seen:?}");
    }

    fn ids(recording: &Recording) -> Vec<(String, u32, u32)> {
        let of = |scenario| recording.executions(scenario).unwrap();
        let all = recording.scenarios().into_iter().flat_map(of);
        all.map(|e| (e.scenario, e.round, e.repeat)).collect()
    }

    proptest! {
        /// A crash at any byte: all blocks before it are there, and what isn't is said.
        #[test]
        fn a_torn_file_is_usable_up_to_its_last_whole_block(part in 0.0..1.0f64) {
            let (_dir, path, bytes) = written(&sample());
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
            let end = (bytes.len() as f64 * part) as usize;
            let blocks = block::scan(&mut File::open(&path).unwrap(), 20).unwrap().blocks;
            fs::write(&path, &bytes[..end]).unwrap();
            let first = blocks[1].at;
            match Recording::open(&path) {
                Err(_) => prop_assert!((end as u64) < first),
                Ok(back) => {
                    prop_assert!(end as u64 >= first);
                    let whole = blocks[1..].iter().filter(|b| b.tag == Tag::Execution);
                    let whole = whole.filter(|b| b.at + 16 + u64::from(b.length) <= end as u64);
                    prop_assert_eq!(ids(&back).len(), whole.count());
                    prop_assert!(back.trailer().is_none());
                    let torn = !blocks.iter().any(|b| b.at == end as u64);
                    prop_assert_eq!(back.damage().len(), usize::from(torn));
                    prop_assert!(back.damage().iter().all(|d| d.kind == DamageKind::Torn
                        && d.at + d.length == end as u64));
                }
            }
        }

        /// A flipped byte costs the block that it is in, at most.
        #[test]
        fn a_corrupt_block_is_skipped_and_said(part in 0.0..1.0f64, flip in 1..=255u8) {
            let (_dir, path, mut bytes) = written(&sample());
            let blocks = block::scan(&mut File::open(&path).unwrap(), 20).unwrap().blocks;
            let first = usize::try_from(blocks[1].at).unwrap();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
            let at = first + ((bytes.len() - first) as f64 * part) as usize;
            bytes[at] ^= flip;
            fs::write(&path, &bytes).unwrap();
            let back = Recording::open(&path).unwrap();
            let hit = blocks.iter().rev().find(|b| b.at <= at as u64).unwrap();
            prop_assert_eq!(ids(&back).len(), 4 - usize::from(hit.tag == Tag::Execution));
            prop_assert_eq!(back.trailer().is_some(), hit.tag != Tag::Trailer);
            let damage = back.damage();
            prop_assert_eq!(damage.len(), 1);
            prop_assert_eq!(damage[0].at, hit.at);
            prop_assert_eq!(damage[0].length, 16 + u64::from(hit.length));
        }
    }
}
