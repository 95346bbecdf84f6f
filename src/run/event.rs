//! What happens in a run, for whoever shows it.

use crate::plan::Plan;
use crate::recording::{LeftBehind, Outcome};
use std::sync::Arc;
use tokio::sync::mpsc;

#[derive(Clone, Debug)]
pub enum Event {
    /// A cloud answered and is known.
    Opened { cloud: String },
    /// A cloud can't be worked with (any more): why.
    Failed { cloud: String, why: String },
    Planned(Arc<Plan>),
    Started(Execution),
    Ended {
        execution: Execution,
        outcome: Outcome,
        seconds: f64,
    },
    /// A shared fixture is made or taken down.
    Fixture {
        cloud: String,
        fixture: String,
        what: FixtureEvent,
    },
    LeftBehind { cloud: String, left: LeftBehind },
    /// The recording of a cloud is complete.
    Finished { cloud: String, counts: Counts },
}

/// Which execution, and how its cloud stands with it.
#[derive(Clone, Debug)]
pub struct Execution {
    pub cloud: String,
    pub scenario: String,
    pub repeat: u32,
    pub attempt: u32,
    pub counts: Counts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixtureEvent {
    Made,
    Failed,
    TakenDown,
}

/// Executions of one cloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub waiting: usize,
    pub running: u32,
    pub done: u32,
    /// Of `done`: set aside, and run again or given up.
    pub set_aside: u32,
}

/// Where events go. Nobody has to listen.
#[derive(Clone, Debug, Default)]
pub struct Events(Option<mpsc::UnboundedSender<Event>>);

impl Events {
    pub fn to(sender: mpsc::UnboundedSender<Event>) -> Self {
        Self(Some(sender))
    }

    pub fn say(&self, event: Event) {
        if let Some(sender) = &self.0 {
            // whoever listened may have gone
            let _ = sender.send(event);
        }
    }
}
