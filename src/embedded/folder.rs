//! A folder for the time of a run, known by a lock beside it: what a killed process left is taken away by the next one.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

const PREFIX: &str = "interop-embedded-";
const LOCK: &str = "lock";

/// Removed with all that is in it when it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held as long as the process lives, whatever becomes of it.
    _lock: File,
}

impl Folder {
    /// A new one below `place`, after those of dead processes there are gone.
    pub(super) fn make(place: &Path) -> Result<Self, String> {
        sweep(place);
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).map_err(|error| error.to_string())?;
        let path = place.join(format!("{PREFIX}{}", hex::encode(random)));
        let failed = |error| format!("can't make {}: {error}", path.display());
        let lock = File::create_new(path.with_extension(LOCK)).map_err(failed)?;
        lock.lock().map_err(failed)?;
        std::fs::create_dir(&path).map_err(failed)?;
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // who looks for it finds it by its name
        let _ = std::fs::remove_dir_all(&self.path);
        let _ = std::fs::remove_file(self.path.with_extension(LOCK));
    }
}

/// Removes folders whose lock nobody holds. What can't be removed is tried again the next time.
fn sweep(place: &Path) {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let locks = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(PREFIX))
            && path.extension().is_some_and(|end| end == LOCK)
    });
    for lock in locks {
        let Ok(file) = File::open(&lock) else {
            continue;
        };
        if let Err(TryLockError::WouldBlock | TryLockError::Error(_)) = file.try_lock() {
            continue;
        }
        let folder = lock.with_extension("");
        if !folder.exists() || std::fs::remove_dir_all(&folder).is_ok() {
            let _ = std::fs::remove_file(&lock);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(place: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(place).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_dead_process_left_is_gone_and_what_a_living_one_has_is_not() {
        let place = tempfile::tempdir().unwrap();
        let dead = place.path().join(format!("{PREFIX}0011"));
        std::fs::create_dir_all(dead.join("bucket")).unwrap();
        File::create(dead.with_extension(LOCK)).unwrap();
        std::fs::create_dir(place.path().join("interop-embedded-of-others")).unwrap();
        let first = Folder::make(place.path()).unwrap();
        assert!(!dead.exists());
        let second = Folder::make(place.path()).unwrap();
        assert!(first.path().exists() && second.path().exists());
        drop((first, second));
        assert_eq!(names(place.path()), ["interop-embedded-of-others"]);
    }
}
