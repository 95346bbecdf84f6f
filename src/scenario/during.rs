//! `during`: what is done while another step is under way.

use super::model::{Condition, Step};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DuringStep {
    /// A request, a poll or a walk.
    pub outer: Box<Step>,
    /// In the order in which they are done.
    pub acts: Vec<DuringAct>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DuringAct {
    /// Of a poll or walk: on an answer of it, else on its first one. Of a request there is nothing to wait for: acts
    /// begin once it is on the wire.
    pub when: Option<Condition>,
    /// A request.
    pub step: Step,
}
