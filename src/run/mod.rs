//! Executes the plan, step by step, and undoes. Does not know how differences are judged.
//!
//! In: profiles with their secrets, a library of scenarios, what was selected, what is allowed. Out: a recording a
//! cloud, and what could not be taken away.

mod begin;
mod boundary;
mod cancel;
mod cleanup;
mod clock;
mod compose;
mod consistency;
mod debt;
mod dispatch;
mod during;
mod event;
mod log;
mod open;
mod perform;
mod race;
mod settle;
mod side;
mod stage;
mod sweep;
#[cfg(test)]
mod tests;
pub mod undo;
mod upload;
mod walk;

pub use cancel::{Cancel, Stop};
pub use cleanup::{Cleaned, CleanupError, Connection, cleanup, connect};
pub use dispatch::RunOutcome;
pub use event::{Counts, Event, Events, Execution, FixtureEvent};
pub use open::{CloudRequest, Prepared, RunError, RunRequest, SideError, prepare};
pub use sweep::{Swept, word};

impl Prepared {
    /// Runs what was planned. Ends when every cloud is done and everything is undone.
    pub async fn run(self, events: &Events, cancel: &Cancel) -> RunOutcome {
        let said = self.discoveries();
        let said = said.map(|(cloud, discovery)| (cloud.to_owned(), discovery.clone()));
        let said = said.collect();
        let begun = self.begin(events, cancel).await;
        let outcome = dispatch::dispatch(begun, events, cancel).await;
        RunOutcome { said, ..outcome }
    }
}

/// Prepares and runs.
pub async fn run(
    request: RunRequest,
    events: &Events,
    cancel: &Cancel,
) -> Result<RunOutcome, RunError> {
    Ok(prepare(request, events, cancel)
        .await?
        .run(events, cancel)
        .await)
}
