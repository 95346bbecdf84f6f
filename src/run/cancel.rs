//! Stopping a run: politely first, then at once.

use tokio::sync::watch;

/// How far a run is to be stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    #[default]
    No,
    /// Start nothing more, end what runs at its next step, undo everything.
    Orderly,
    /// Stop undoing, too; list what is left.
    AtOnce,
}

/// Shared by everyone who may stop a run and everyone who has to. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Cancel(watch::Sender<Stop>);

impl Default for Cancel {
    fn default() -> Self {
        Self(watch::Sender::new(Stop::No))
    }
}

impl Cancel {
    /// The first Ctrl-C stops in order, the second at once.
    pub fn interrupt(&self) {
        self.0.send_modify(|stop| {
            *stop = match stop {
                Stop::No => Stop::Orderly,
                Stop::Orderly | Stop::AtOnce => Stop::AtOnce,
            };
        });
    }

    /// At least this far.
    pub fn stop(&self, wanted: Stop) {
        self.0.send_modify(|stop| *stop = wanted.max(*stop));
    }

    pub fn now(&self) -> Stop {
        *self.0.borrow()
    }

    /// Waits until somebody stops at least this far.
    pub async fn reached(&self, wanted: Stop) {
        let mut seen = self.0.subscribe();
        // the sender lives as long as `self`: it can't be closed
        let _ = seen.wait_for(|stop| *stop >= wanted).await;
    }

    /// Sleeps, or wakes up when somebody stops at least this far.
    pub async fn sleep(&self, time: std::time::Duration, wanted: Stop) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.reached(wanted) => {}
        }
    }
}
