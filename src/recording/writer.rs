//! Writing a recording while the run goes on.

use super::block::{self, Tag};
use super::error::WriteError;
use super::model::{Exchange, Execution, Header, Trailer};
use super::reader::{Control, Tail};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One recording under way. Shared by all tasks of a cloud; blocks are packed by the caller's task
/// and written whole, one after the other. What is appended must be redacted.
///
/// The disk may fail without failing the run: see [`WriteError`]. Without [`Writer::finish`] the
/// file is readable up to its last whole block, and says that the run did not end by itself.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    /// Length of the file, up to its last whole block.
    end: u64,
    index: BTreeMap<String, Vec<u64>>,
    /// Of all bytes so far.
    sum: Sha256,
    fault: Option<String>,
    lost: u64,
    finished: bool,
}

impl Writer {
    /// Starts a file that must not exist yet, readable by its owner only, with its header.
    pub fn create(path: &Path, header: &Header) -> Result<Self, WriteError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                WriteError::Exists(path.to_owned())
            } else {
                WriteError::Io {
                    path: path.to_owned(),
                    source,
                }
            }
        })?;
        Self::over(path, file, header)
    }

    fn over(path: &Path, file: File, header: &Header) -> Result<Self, WriteError> {
        let writer = Self {
            path: path.to_owned(),
            state: Mutex::new(State {
                file,
                end: 0,
                index: BTreeMap::new(),
                sum: Sha256::new(),
                fault: None,
                lost: 0,
                finished: false,
            }),
        };
        let packed = writer.pack(Tag::Header, header)?;
        let mut start = Vec::new();
        block::magic(&mut start, header.format)
            .and_then(|()| start.write_all(&packed))
            .map_err(|source| writer.io(source))?;
        writer.put(&start, None)?;
        Ok(writer)
    }

    /// Adds an execution (of a fixture, too).
    pub fn append(&self, execution: &Execution) -> Result<(), WriteError> {
        let packed = self.pack(Tag::Execution, execution)?;
        self.put(&packed, Some(&execution.scenario))
    }

    /// Adds exchanges that belong to no execution, under a word that says what they were for:
    /// `login`, `discovery`, `capability object-store.slo`, `undo`, `find`.
    pub fn control(&self, label: &str, exchanges: &[Exchange]) -> Result<(), WriteError> {
        let packed = self.pack(
            Tag::Control,
            &Control {
                label: label.to_owned(),
                exchanges: exchanges.to_vec(),
            },
        )?;
        self.put(&packed, None)
    }

    /// Writes the trailer and waits until the disk has everything. Says again if anything was lost;
    /// such a recording gets no trailer.
    pub fn finish(&self, trailer: &Trailer) -> Result<(), WriteError> {
        let tail = {
            let state = self.lock();
            Tail {
                trailer: trailer.clone(),
                index: state.index.clone(),
                sha256: Some(hex::encode(state.sum.clone().finalize())),
            }
        };
        let packed = self.pack(Tag::Trailer, &tail)?;
        self.put(&packed, None)?;
        let mut state = self.lock();
        if let Some(first) = &state.fault {
            return Err(WriteError::Incomplete {
                path: self.path.clone(),
                // the trailer is no loss of its own
                lost: state.lost - 1,
                first: first.clone(),
            });
        }
        state.finished = true;
        state.file.sync_all().map_err(|source| self.io(source))
    }

    /// What the disk said first, if it ever refused.
    pub fn fault(&self) -> Option<String> {
        self.lock().fault.clone()
    }

    fn pack<T: Serialize>(&self, tag: Tag, value: &T) -> Result<Vec<u8>, WriteError> {
        match block::encode(tag, value) {
            Ok(Ok(packed)) => Ok(packed),
            Ok(Err(length)) => Err(WriteError::TooLarge {
                path: self.path.clone(),
                length,
            }),
            Err(source) => Err(WriteError::Encode {
                path: self.path.clone(),
                source,
            }),
        }
    }

    fn put(&self, bytes: &[u8], scenario: Option<&str>) -> Result<(), WriteError> {
        let mut state = self.lock();
        if state.finished {
            return Err(WriteError::Finished(self.path.clone()));
        }
        if state.fault.is_some() {
            state.lost += 1;
            return Ok(());
        }
        if let Err(source) = state.file.write_all(bytes) {
            state.fault = Some(source.to_string());
            state.lost += 1;
            // best effort: a reader copes with a torn end as well
            let end = state.end;
            let _ = state.file.set_len(end);
            let _ = state.file.seek(SeekFrom::Start(end));
            return Err(self.io(source));
        }
        if let Some(scenario) = scenario {
            let at = state.end;
            state.index.entry(scenario.to_owned()).or_default().push(at);
        }
        state.sum.update(bytes);
        state.end += bytes.len() as u64;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // whoever panicked here left the counters of a whole block behind
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn io(&self, source: io::Error) -> WriteError {
        WriteError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{execution, header};
    use super::super::{Recording, Trailer};
    use super::*;
    use std::sync::Arc;

    #[test]
    fn many_tasks_may_write_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.rec");
        let writer = Arc::new(Writer::create(&path, &header()).unwrap());
        std::thread::scope(|scope| {
            for repeat in 1..=8 {
                let writer = Arc::clone(&writer);
                scope.spawn(move || {
                    for scenario in ["a/b/c", "a/b/d"] {
                        writer.append(&execution(scenario, 1, repeat)).unwrap();
                    }
                });
            }
        });
        writer.finish(&Trailer::default()).unwrap();
        let recording = Recording::open(&path).unwrap();
        assert_eq!(recording.executions("a/b/c").unwrap().len(), 8);
        assert_eq!(recording.executions("a/b/d").unwrap().len(), 8);
        assert_eq!(recording.damage(), []);
    }

    #[test]
    fn a_recording_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.rec");
        Writer::create(&path, &header()).unwrap();
        assert!(matches!(
            Writer::create(&path, &header()),
            Err(WriteError::Exists(_))
        ));
    }

    #[test]
    fn nothing_is_added_to_a_finished_recording() {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::create(&dir.path().join("a.rec"), &header()).unwrap();
        writer.finish(&Trailer::default()).unwrap();
        assert!(matches!(
            writer.append(&execution("a/b/c", 1, 1)),
            Err(WriteError::Finished(_))
        ));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_said_once_and_again_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.rec");
        let writer = Writer::create(&path, &header()).unwrap();
        writer.append(&execution("a/b/c", 1, 1)).unwrap();
        writer.lock().file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert!(matches!(
            writer.append(&execution("a/b/c", 1, 2)),
            Err(WriteError::Io { .. })
        ));
        writer.append(&execution("a/b/c", 1, 3)).unwrap();
        assert!(writer.fault().is_some());
        assert!(matches!(
            writer.finish(&Trailer::default()),
            Err(WriteError::Incomplete { lost: 2, .. })
        ));
        let recording = Recording::open(&path).unwrap();
        assert!(recording.trailer().is_none());
        assert_eq!(recording.executions("a/b/c").unwrap().len(), 1);
    }
}
