//! Is a recording whole, and does it agree with itself?

use super::block::{self, Tag};
use super::error::{Damage, ReadError};
use super::reader::{Recording, Tail, place};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// What a full read of a recording said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub scenarios: usize,
    pub executions: usize,
    pub exchanges: usize,
    /// The run ended by itself.
    pub complete: bool,
    pub damage: Vec<Damage>,
    /// Whole blocks that contradict each other or the header, in words.
    pub contradictions: Vec<String>,
}

/// Whether a file holds the bytes that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    Agrees,
    Differs,
    /// The file has no sum: it was written before there was one, or its run did not end by itself.
    Absent,
}

/// What a full read of a file said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVerification {
    pub content: Verification,
    pub sum: Sum,
    /// SHA-256 of the whole file, hexadecimal.
    pub sha256: String,
    /// First byte of the first place that is not as it was written, as far as that can be told.
    pub first_damage: Option<u64>,
}

impl FileVerification {
    /// The content is sound and the bytes are those that were written.
    pub fn is_sound(&self) -> bool {
        self.content.is_sound() && self.sum != Sum::Differs && self.first_damage.is_none()
    }
}

/// Reads every block of a file, and its bytes once more.
pub fn verify_file(path: &Path) -> Result<FileVerification, ReadError> {
    let content = Recording::open(path)?.verify();
    let fail = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(fail)?;
    let start = super::reader::first_line(path, &file)?;
    let blocks = block::scan(&mut file, start).map_err(fail)?.blocks;
    let trailer = blocks.iter().rev().find(|b| b.tag == Tag::Trailer);
    let (mut sum, mut first_damage) = (Sum::Absent, content.damage.first().map(|d| d.at));
    let before = trailer.map_or(0, |block| block.at);
    let (up_to_trailer, sha256) = sums(&mut file, before).map_err(fail)?;
    if let Some(block) = trailer {
        let packed = block.read(&mut file).map_err(fail)?.unwrap_or_default();
        let tail: Tail = block::decode(&packed).map_err(|why| ReadError::Block {
            path: path.to_owned(),
            at: block.at,
            why,
        })?;
        sum = match &tail.sha256 {
            Some(written) if *written == up_to_trailer => Sum::Agrees,
            Some(_) => Sum::Differs,
            None => Sum::Absent,
        };
        let there: BTreeSet<u64> = blocks.iter().map(|b| b.at).collect();
        let gone = tail
            .index
            .values()
            .flatten()
            .filter(|at| !there.contains(at));
        let after = blocks.iter().map(|b| b.at).find(|at| *at > block.at);
        first_damage = first_damage
            .into_iter()
            .chain(gone.copied())
            .chain(after)
            .min();
    }
    Ok(FileVerification {
        content,
        sum,
        sha256,
        first_damage,
    })
}

/// SHA-256 of the first bytes, and of all, hexadecimal.
fn sums(file: &mut File, first: u64) -> io::Result<(String, String)> {
    file.seek(SeekFrom::Start(0))?;
    let mut sum = Sha256::new();
    io::copy(
        &mut Read::by_ref(file).take(first),
        &mut HashWriter(&mut sum),
    )?;
    let of_first = hex::encode(sum.clone().finalize());
    io::copy(file, &mut HashWriter(&mut sum))?;
    Ok((of_first, hex::encode(sum.finalize())))
}

struct HashWriter<'s>(&'s mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Verification {
    /// Complete, undamaged, and without contradictions.
    pub fn is_sound(&self) -> bool {
        self.complete && self.damage.is_empty() && self.contradictions.is_empty()
    }
}

impl Recording {
    /// Reads every block.
    pub fn verify(&self) -> Verification {
        let mut seen = Verification {
            scenarios: self.scenarios().len(),
            executions: 0,
            exchanges: 0,
            complete: self.trailer().is_some(),
            damage: self.damage().to_vec(),
            contradictions: Vec::new(),
        };
        let wrong = &mut seen.contradictions;
        match self.controls() {
            Ok(controls) => {
                seen.exchanges += controls.iter().map(|c| c.exchanges.len()).sum::<usize>();
            }
            Err(error) => wrong.push(error.to_string()),
        }
        for scenario in self.scenarios() {
            let text = self.header().scenarios.get(scenario);
            if text.is_none() {
                wrong.push(format!(
                    "{scenario} has executions and no text in the header"
                ));
            }
            let executions = match self.executions(scenario) {
                Ok(executions) => executions,
                Err(error) => {
                    wrong.push(error.to_string());
                    continue;
                }
            };
            let mut places = BTreeSet::new();
            for e in &executions {
                let name = format!("{scenario} round {} repeat {}", e.round, e.repeat);
                if !places.insert(place(e)) {
                    wrong.push(format!("{name} is there twice"));
                }
                if text.is_some_and(|t| t.request_hash != e.request_hash) {
                    wrong.push(format!("{name} ran another text than the header has"));
                }
                seen.exchanges += e.exchanges.len();
            }
            seen.executions += executions.len();
        }
        seen
    }
}
