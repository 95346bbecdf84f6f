//! Takes away what a run that was killed, or could not undo everything, left behind.

use crate::journal::{Journal, JournalError, JournalHeader, State, open_for_cleanup};
use crate::profile::Profile;
use crate::protocol::{Secrets, Session, Witness};
use crate::recording::{LeftBehind, Redactor, Target};
use crate::run::cancel::{Cancel, Stop};
use crate::run::log::Log;
use crate::run::open::{RunError, SideError, fresh_redactor, learn};
use crate::run::settle::Settling;
use crate::run::sweep::{Swept, Take, left_behind, sweep};
use crate::run::undo::Patience;
use crate::transport::{Wire, WireConfig};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A login for cleaning up.
pub struct Connection {
    session: Session,
    log: Arc<Log>,
}

/// Why a journal can't be worked off.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(
        "the journal is of {}, and this profile leads to {}",
        told(journal),
        told(profile)
    )]
    OtherTarget { journal: Target, profile: Target },
}

/// What became of a journal.
#[derive(Debug)]
pub struct Cleaned {
    pub header: JournalHeader,
    /// What was taken up this time, last intended first.
    pub swept: Vec<Swept>,
    /// What is, or may be, still there.
    pub left: Vec<LeftBehind>,
    /// Lines that can't be read: what they intended is unknown.
    pub damaged: Vec<usize>,
}

fn told(target: &Target) -> String {
    let Target {
        endpoint,
        region,
        project,
    } = target;
    format!("{endpoint}, region `{region}`, project {project}")
}

/// Logs in to a cloud.
pub async fn connect(profile: &Profile, secrets: &Secrets) -> Result<Connection, SideError> {
    let redactor: Redactor =
        fresh_redactor().map_err(|error: RunError| SideError::Lost(error.to_string()))?;
    let log = Arc::new(Log::new(redactor));
    learn(&log, secrets);
    let wire = Wire::new(WireConfig {
        in_flight: profile.limits.in_flight,
        per_second: profile.limits.per_second,
        ca_file: profile.ca_file.clone(),
        started: Instant::now(),
    })?;
    let seen = Arc::clone(&log);
    // tokens are learned from what is seen, so that no reason that is told later holds one
    let witness: Witness = Arc::new(move |exchange| seen.control(exchange));
    let session = Session::open(profile, secrets, Arc::new(wire), witness).await?;
    Ok(Connection { session, log })
}

impl Connection {
    pub fn target(&self) -> Target {
        self.session.target()
    }
}

/// Works off one journal that no living process holds, on the target that it is of and on no other.
pub async fn cleanup(
    journal: &Path,
    connection: &Connection,
    patience: &Patience,
    cancel: &Cancel,
) -> Result<Cleaned, CleanupError> {
    let (journal, file) = open_for_cleanup(journal)?;
    let target = connection.target();
    if file.header.target != target {
        return Err(CleanupError::OtherTarget {
            journal: file.header.target,
            profile: target,
        });
    }
    let redact = |text: &str| connection.log.redactor().text(text);
    let settling = Settling {
        hands: &connection.session,
        journal: &journal,
        patience,
        cancel,
        redact: &redact,
    };
    let served = patience.under_way.saturating_sub(unanswered_for(&journal));
    cancel.sleep(served, Stop::Orderly).await;
    let (swept, journalled) = sweep(&settling, Take::All).await;
    let left = left_behind(&journal);
    journalled?;
    journal.close()?;
    Ok(Cleaned {
        header: file.header,
        swept,
        left,
        damaged: file.damaged,
    })
}

/// Since when the last request was sent that had no answer when its run ended; without one, for ever.
fn unanswered_for(journal: &Journal) -> Duration {
    let entries = journal.entries();
    let sent = entries
        .iter()
        .filter(|entry| entry.state == State::Intended)
        .filter_map(|entry| OffsetDateTime::parse(&entry.at, &Rfc3339).ok());
    let Some(last) = sent.max() else {
        return Duration::MAX;
    };
    Duration::try_from(OffsetDateTime::now_utc() - last).unwrap_or_default()
}
