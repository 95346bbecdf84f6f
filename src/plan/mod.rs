//! Which executions, in which order, under which locks, limits and hazards. Does not know how they end.
//!
//! In: what was selected, what the clouds are, what is allowed. Out: a [`Plan`], a [`Schedule`] that says what may
//! start, and an [`Explanation`] for people. Pure.

mod build;
mod cost;
mod explain;
mod model;
mod nonce;
mod schedule;
mod simulate;
mod skip;
#[cfg(test)]
mod tests;

pub use build::plan;
pub use cost::{Cost, Pace, cost};
pub use explain::{Explained, Explanation, explain};
pub use model::{
    Budgets, Job, Library, Plan, PlanOptions, PlanSide, SharedFixture, SharedKey, SidePlan, library,
};
pub use nonce::nonce;
pub use schedule::{Instance, Schedule, Start, Ticket};
pub use simulate::{Simulated, simulate};
pub use skip::with_fixtures;
