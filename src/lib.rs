//! Runs the same behavioural scenarios against two or more clouds and reports every difference in
//! behaviour that would break a workload that moves between them.
//!
//! The modules are the way of the data, and import only what stands above them here (`docs/architecture.md`).

pub mod cli;
pub mod compare;
pub mod dialect;
pub mod embedded;
pub mod journal;
pub mod judge;
pub mod observe;
pub mod plan;
pub mod profile;
pub mod protocol;
pub mod recording;
pub mod report;
pub mod run;
pub mod scenario;
pub mod stats;
pub mod transport;
