//! How many requests start in a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Starts are spaced evenly; there are no bursts.
#[derive(Debug)]
pub(super) struct Pace {
    /// `None`: no limit.
    interval: Option<Duration>,
    next: Mutex<Instant>,
}

impl Pace {
    /// A rate that is zero, negative or not a number is no limit.
    pub(super) fn new(per_second: f64) -> Self {
        let interval = (per_second > 0.0)
            .then(|| Duration::try_from_secs_f64(1.0 / per_second).ok())
            .flatten();
        Self {
            interval,
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits for the caller's turn.
    pub(super) async fn turn(&self) {
        let Some(interval) = self.interval else {
            return;
        };
        let mine = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = (*next).max(Instant::now());
            *next = mine + interval;
            mine
        };
        tokio::time::sleep_until(mine).await;
    }
}
