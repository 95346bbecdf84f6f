//! `consistency`: a write, and reads until the last stale answer.

use super::model::{Condition, Reading, Request, Source, Step};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsistencyStep {
    /// A request; without one, the write is what was sent last before.
    pub write: Option<Box<Step>>,
    /// Each in every turn, over a connection of its own.
    pub reads: Vec<Step>,
    /// Reading ends when all have been fresh for so many seconds.
    pub quiet: f64,
    /// Seconds between two turns. Default 0.2.
    pub every: f64,
    /// Reading ends after so many seconds at the latest. Default 60.
    pub most: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadStep {
    pub request: Request,
    /// What holds once the write is seen. Everything else is stale.
    pub fresh: Condition,
    pub reading: Reading,
    pub captures: BTreeMap<String, Source>,
    /// Seconds for one read. Default 60.
    pub deadline: u64,
}

impl ConsistencyStep {
    /// Turns that it takes where nothing is stale.
    #[must_use]
    pub fn fewest_turns(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds of a day at most, by at least 0.05"
        )]
        let turns = (self.quiet / self.every).ceil() as u64;
        turns + 1
    }
}
