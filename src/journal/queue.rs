//! Lines on their way to the disk: one thread writes, and syncs once for all that wait.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use tokio::sync::oneshot;

/// What the writing thread is told, in the order of the file.
pub(super) enum Job {
    /// A line; whoever waits is told when it is on disk.
    Line {
        bytes: Vec<u8>,
        synced: Option<Waiting>,
    },
    /// No line, but everything before it.
    Sync(Waiting),
}

pub(super) type Waiting = oneshot::Sender<Result<(), Arc<io::Error>>>;

/// Where lines go.
pub(super) trait Disk: Write {
    /// Returns when all that was written survives a power failure.
    fn sync(&mut self) -> io::Result<()>;
}

impl Disk for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Most lines between two syncs: nobody waits behind an endless queue.
const BATCH: usize = 4096;

/// Writes until all senders are gone, then gives the disk back. After the first error nothing is
/// written any more, and all who wait are told it.
pub(super) fn serve<D: Disk>(jobs: &Receiver<Job>, mut disk: D) -> Result<D, Arc<io::Error>> {
    let mut fault: Option<Arc<io::Error>> = None;
    while let Ok(first) = jobs.recv() {
        let mut bytes = Vec::new();
        let mut waiting = Vec::new();
        for job in std::iter::once(first).chain(jobs.try_iter().take(BATCH)) {
            match job {
                Job::Line {
                    bytes: line,
                    synced,
                } => {
                    bytes.extend(line);
                    waiting.extend(synced);
                }
                Job::Sync(synced) => waiting.push(synced),
            }
        }
        if fault.is_none() {
            let mut done = disk.write_all(&bytes);
            if done.is_ok() && !waiting.is_empty() {
                done = disk.sync();
            }
            fault = done.err().map(Arc::new);
        }
        for waiting in waiting {
            // one who no longer listens was cancelled; the line is written all the same
            let _ = waiting.send(fault.clone().map_or(Ok(()), Err));
        }
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    disk.sync().map_err(Arc::new)?;
    Ok(disk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[derive(Default)]
    struct Counting {
        bytes: Vec<u8>,
        /// Bytes that were written at each sync.
        syncs: Vec<usize>,
        full: bool,
    }

    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.bytes.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Disk for Counting {
        fn sync(&mut self) -> io::Result<()> {
            self.syncs.push(self.bytes.len());
            Ok(())
        }
    }

    #[test]
    fn all_that_wait_at_once_share_one_sync() {
        let (sender, jobs) = mpsc::channel();
        let mut waiting = Vec::new();
        for n in 0..100u8 {
            let (synced, done) = oneshot::channel();
            waiting.push(done);
            let bytes = vec![n];
            sender
                .send(Job::Line {
                    bytes,
                    synced: Some(synced),
                })
                .unwrap();
        }
        drop(sender);
        let disk = serve(&jobs, Counting::default()).unwrap();
        assert_eq!(disk.bytes, (0..100).collect::<Vec<u8>>());
        assert_eq!(disk.syncs, [100, 100], "one for all, one at the end");
        assert!(
            waiting
                .into_iter()
                .all(|d| d.blocking_recv().unwrap().is_ok())
        );
    }

    #[test]
    fn lines_that_nobody_waits_for_are_not_synced_one_by_one() {
        let (sender, jobs) = mpsc::channel();
        for n in 0..3u8 {
            let bytes = vec![n];
            let line = Job::Line {
                bytes,
                synced: None,
            };
            sender.send(line).unwrap();
        }
        drop(sender);
        let disk = serve(&jobs, Counting::default()).unwrap();
        assert_eq!(disk.syncs, [3]);
    }

    #[test]
    fn a_full_disk_is_told_to_all_who_wait() {
        let (sender, jobs) = mpsc::channel();
        let (synced, done) = oneshot::channel();
        sender
            .send(Job::Line {
                bytes: vec![1],
                synced: Some(synced),
            })
            .unwrap();
        let (synced, later) = oneshot::channel();
        sender.send(Job::Sync(synced)).unwrap();
        drop(sender);
        let disk = Counting {
            full: true,
            ..Counting::default()
        };
        assert!(serve(&jobs, disk).is_err());
        assert!(done.blocking_recv().unwrap().is_err());
        assert!(later.blocking_recv().unwrap().is_err());
    }
}
