//! A journal that is held: by a run, or by a cleanup.

use super::error::JournalError;
use super::file::{JournalFile, parse};
use super::model::{Entry, Intent, IntentId, JournalHeader, Line, State};
use super::queue::{Job, Waiting, serve};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::oneshot;

/// One journal, locked for as long as it lives. Shared by all tasks of a cloud.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    state: Mutex<Held>,
    thread: Option<JoinHandle<Result<File, Arc<io::Error>>>>,
}

#[derive(Debug)]
struct Held {
    entries: BTreeMap<IntentId, Entry>,
    next: u64,
    /// Lines are queued under the mutex: the order in the file is the order of the states.
    queue: Option<Sender<Job>>,
}

impl Journal {
    /// Starts a journal that must not exist yet; its first line is on disk when this returns.
    pub fn create(path: &Path, header: JournalHeader) -> Result<Self, JournalError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                JournalError::Exists(path.to_owned())
            } else {
                open_error(path, source)
            }
        })?;
        lock(path, &file)?;
        let line = line(path, &Line::Journal(header))?;
        file.write_all(&line)
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_folder(path))
            .map_err(|source| write_error(path, Arc::new(source)))?;
        Self::over(path, file, BTreeMap::new())
    }

    fn over(
        path: &Path,
        file: File,
        entries: BTreeMap<IntentId, Entry>,
    ) -> Result<Self, JournalError> {
        let (queue, jobs) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || serve(&jobs, file))
            .map_err(|source| open_error(path, source))?;
        Ok(Self {
            path: path.to_owned(),
            state: Mutex::new(Held {
                next: entries.keys().last().map_or(1, |n| n.0 + 1),
                entries,
                queue: Some(queue),
            }),
            thread: Some(thread),
        })
    }

    /// Says what is about to be sent. Returns when it is on disk; only then may the first byte go
    /// out. Many at once share one sync. If it is dropped while it waits, the intent stands.
    pub async fn intend(&self, intent: Intent) -> Result<IntentId, JournalError> {
        let (synced, done) = oneshot::channel();
        let number = {
            let mut held = self.lock();
            let number = IntentId(held.next);
            let entry = Entry::new(number, now(), intent);
            let line = line(
                &self.path,
                &Line::Intended {
                    n: number,
                    at: entry.at.clone(),
                    intent: entry.intent.clone(),
                },
            )?;
            held.next += 1;
            held.entries.insert(number, entry);
            self.send(&held, line, Some(synced))?;
            number
        };
        self.wait(done).await?;
        Ok(number)
    }

    /// The answer, or the finder, gave its id.
    pub fn known(&self, number: IntentId, id: &str) -> Result<(), JournalError> {
        self.become_state(number, State::Known(id.to_owned()))
    }

    /// No answer that says whether something was made.
    pub fn maybe(&self, number: IntentId, why: &str) -> Result<(), JournalError> {
        self.become_state(number, State::Maybe(why.to_owned()))
    }

    /// It was refused, or the finder found nothing: nothing was made.
    pub fn nothing(&self, number: IntentId) -> Result<(), JournalError> {
        self.become_state(number, State::Nothing)
    }

    /// Its undo begins, or begins again.
    pub fn undoing(&self, number: IntentId) -> Result<(), JournalError> {
        self.become_state(number, State::Undoing)
    }

    /// It was seen to be gone.
    pub fn gone(&self, number: IntentId) -> Result<(), JournalError> {
        self.become_state(number, State::Gone)
    }

    /// It couldn't be taken away.
    pub fn stuck(&self, number: IntentId, why: &str) -> Result<(), JournalError> {
        self.become_state(number, State::Stuck(why.to_owned()))
    }

    fn become_state(&self, number: IntentId, state: State) -> Result<(), JournalError> {
        let mut held = self.lock();
        let entry = held
            .entries
            .get_mut(&number)
            .ok_or(JournalError::Unknown(number))?;
        if !entry.state.may_become(&state) {
            return Err(JournalError::Illegal {
                id: number,
                from: entry.state.clone(),
                to: state,
            });
        }
        entry.become_state(state.clone());
        let line = line(
            &self.path,
            &Line::Now {
                n: number,
                at: now(),
                state,
            },
        )?;
        self.send(&held, line, None)
    }

    /// All intents as they stand, in order. Those that aren't settled may be on the cloud.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.values().cloned().collect()
    }

    /// Kind → how many things of it could not be taken away.
    pub fn stuck_kinds(&self) -> BTreeMap<String, u32> {
        let mut kinds = BTreeMap::new();
        for entry in self.lock().entries.values() {
            if matches!(entry.state, State::Stuck(_)) {
                *kinds.entry(entry.intent.kind.clone()).or_default() += 1;
            }
        }
        kinds
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns when everything said so far is on disk.
    pub async fn flush(&self) -> Result<(), JournalError> {
        let (synced, done) = oneshot::channel();
        match &self.lock().queue {
            Some(queue) if queue.send(Job::Sync(synced)).is_ok() => {}
            _ => return Err(self.closed()),
        }
        self.wait(done).await
    }

    /// Writes what is left, syncs and lets go of the lock; says if the disk ever refused anything.
    /// Dropping does the same and says nothing.
    pub fn close(mut self) -> Result<(), JournalError> {
        self.join()
    }

    fn join(&mut self) -> Result<(), JournalError> {
        self.lock().queue = None;
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        match thread.join() {
            Ok(Ok(_file)) => Ok(()),
            Ok(Err(source)) => Err(write_error(&self.path, source)),
            Err(_panic) => Err(self.closed()),
        }
    }

    fn send(
        &self,
        held: &Held,
        bytes: Vec<u8>,
        synced: Option<Waiting>,
    ) -> Result<(), JournalError> {
        match &held.queue {
            Some(queue) if queue.send(Job::Line { bytes, synced }).is_ok() => Ok(()),
            _ => Err(self.closed()),
        }
    }

    async fn wait(
        &self,
        done: oneshot::Receiver<Result<(), Arc<io::Error>>>,
    ) -> Result<(), JournalError> {
        match done.await {
            Ok(synced) => synced.map_err(|source| write_error(&self.path, source)),
            Err(_) => Err(self.closed()),
        }
    }

    fn closed(&self) -> JournalError {
        let source = io::Error::other("the writing thread ended");
        write_error(&self.path, Arc::new(source))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // nothing in here panics between two changes that belong together
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.join();
    }
}

/// Takes the journal of a run that no longer lives, to say what becomes of what it left behind.
pub fn open_for_cleanup(path: &Path) -> Result<(Journal, JournalFile), JournalError> {
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .open(path)
        .map_err(|source| open_error(path, source))?;
    lock(path, &file)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(|source| open_error(path, source))?;
    let read = parse(path, &bytes)?;
    if !bytes.ends_with(b"\n") {
        // a torn line stays as it is, and what follows is apart from it
        file.write_all(b"\n")
            .map_err(|source| write_error(path, Arc::new(source)))?;
    }
    let entries = read.entries.iter().map(|e| (e.number, e.clone())).collect();
    Ok((Journal::over(path, file, entries)?, read))
}

fn lock(path: &Path, file: &File) -> Result<(), JournalError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => JournalError::InUse(path.to_owned()),
        TryLockError::Error(source) => open_error(path, source),
    })
}

/// The name of a new file is on disk only when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn line(path: &Path, line: &Line) -> Result<Vec<u8>, JournalError> {
    line.to_bytes()
        .map_err(|e| write_error(path, Arc::new(e.into())))
}

fn now() -> String {
    // the format can't fail on a date of this age
    OffsetDateTime::now_utc()
        .format(&Rfc3339)
        .unwrap_or_default()
}

fn open_error(path: &Path, source: io::Error) -> JournalError {
    JournalError::Open {
        path: path.to_owned(),
        source,
    }
}

fn write_error(path: &Path, source: Arc<io::Error>) -> JournalError {
    JournalError::Write {
        path: path.to_owned(),
        source,
    }
}
