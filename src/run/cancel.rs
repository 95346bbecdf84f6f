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
pub struct Cancel {
    own: watch::Sender<Stop>,
    /// What stops the whole stops its parts.
    whole: Option<watch::Sender<Stop>>,
}

impl Default for Cancel {
    fn default() -> Self {
        Self {
            own: watch::Sender::new(Stop::No),
            whole: None,
        }
    }
}

impl Cancel {
    /// A part of this: it can be stopped alone, and stops with the whole.
    #[must_use]
    pub fn part(&self) -> Self {
        Self {
            own: watch::Sender::new(Stop::No),
            whole: Some(self.own.clone()),
        }
    }

    /// The first Ctrl-C stops in order, the second at once.
    pub fn interrupt(&self) {
        self.own.send_modify(|stop| {
            *stop = match stop {
                Stop::No => Stop::Orderly,
                Stop::Orderly | Stop::AtOnce => Stop::AtOnce,
            };
        });
    }

    /// At least this far.
    pub fn stop(&self, wanted: Stop) {
        self.own.send_modify(|stop| *stop = wanted.max(*stop));
    }

    pub fn now(&self) -> Stop {
        let whole = self
            .whole
            .as_ref()
            .map_or(Stop::No, |whole| *whole.borrow());
        whole.max(*self.own.borrow())
    }

    /// Waits until somebody stops at least this far.
    pub async fn reached(&self, wanted: Stop) {
        let (mut own, mut whole) = (
            self.own.subscribe(),
            self.whole.as_ref().map(watch::Sender::subscribe),
        );
        let of_whole = async {
            match &mut whole {
                Some(whole) => drop(whole.wait_for(|stop| *stop >= wanted).await),
                None => std::future::pending().await,
            }
        };
        // the senders live as long as `self`: they can't be closed
        tokio::select! {
            _ = own.wait_for(|stop| *stop >= wanted) => {}
            () = of_whole => {}
        }
    }

    /// Sleeps, or wakes up when somebody stops at least this far.
    pub async fn sleep(&self, time: std::time::Duration, wanted: Stop) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.reached(wanted) => {}
        }
    }
}
