//! `race`: requests that are sent at once.

use super::model::RequestStep;
use serde::Serialize;

/// One of the requests of a race.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunnerStep {
    pub act: RequestStep,
    /// How many of it are sent at once. Which of them wins is not told.
    pub times: u32,
}
