//! How far an exchange got: outlives the exchange when that is given up at its deadline.

use super::body::Gate;
use super::head::HeadBuffer;
use crate::recording::Timing;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<Mutex<Seen>>);

#[derive(Debug)]
pub(super) struct Seen {
    begun: Instant,
    connected: Option<Instant>,
    first_byte: Option<Instant>,
    pub head: HeadBuffer,
    pub head_too_large: bool,
    /// The peer closed its side.
    pub closed: bool,
    /// Reading or writing failed.
    pub broken: Option<(std::io::ErrorKind, String)>,
    /// Bytes of the body that came.
    pub body: u64,
    /// Told once the first bytes are out.
    under_way: Arc<Notify>,
    /// Holds back or cuts the body that is sent.
    pub gate: Option<Gate>,
}

impl Progress {
    pub(super) fn begin(under_way: Arc<Notify>) -> Self {
        Self(Arc::new(Mutex::new(Seen {
            begun: Instant::now(),
            connected: None,
            first_byte: None,
            head: HeadBuffer::default(),
            head_too_large: false,
            closed: false,
            broken: None,
            body: 0,
            under_way,
            gate: None,
        })))
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks of what never happened are those of the end.
    pub(super) fn timing(&self, run_started: Instant) -> Timing {
        let done = Instant::now();
        let seen = self.seen();
        let since = |mark: Option<Instant>| micros(mark.unwrap_or(done) - seen.begun);
        Timing {
            at_us: micros(seen.begun.saturating_duration_since(run_started)),
            connected_us: since(seen.connected),
            first_byte_us: since(seen.first_byte),
            done_us: since(None),
        }
    }
}

impl Seen {
    pub(super) fn connected(&mut self) {
        self.connected = Some(Instant::now());
    }

    /// Bytes of the request went out.
    pub(super) fn went_out(&mut self) {
        self.under_way.notify_one();
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.is_some()
    }

    /// Takes bytes off the wire. False: the head is larger than what is read.
    pub(super) fn arrived(&mut self, bytes: &[u8]) -> bool {
        if !self.head.has_begun() {
            self.first_byte = Some(Instant::now());
        }
        if self.head.push(bytes).is_err() {
            self.head_too_large = true;
        }
        if let Some(gate) = &self.gate
            && self.head.interim().contains(&100)
        {
            gate.open();
        }
        !self.head_too_large
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
