//! A request's body on its way out: as it is, held back until the peer says `100 Continue`, or cut in the middle.

use super::model::WireRequest;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};

/// A client that waits for `100 Continue` sends the body anyway after a while (RFC 9110 §10.1.1).
const PATIENCE: Duration = Duration::from_secs(2);

/// Shared by the body, the connection that is watched, and who waits for the cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate(Arc<State>);

#[derive(Debug, Default)]
struct State {
    open: AtomicBool,
    waiting: Mutex<Option<Waker>>,
    /// All bytes before the cut were handed over.
    spent: AtomicBool,
    cut: Notify,
}

impl Gate {
    /// The peer wants the body.
    pub(super) fn open(&self) {
        self.0.open.store(true, Ordering::Release);
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = waiting.take() {
            waker.wake();
        }
    }

    /// Everything that was handed over has left.
    pub(super) fn flushed(&self) {
        if self.0.spent.load(Ordering::Acquire) {
            self.0.cut.notify_one();
        }
    }

    /// Waits until the connection is to be cut: never, unless the request says so.
    pub(super) async fn cut(&self) {
        self.0.cut.notified().await;
    }
}

pub(super) struct OutBody {
    rest: Option<Bytes>,
    /// The length that is announced.
    length: u64,
    abort: bool,
    gate: Gate,
    patience: Option<Pin<Box<Sleep>>>,
}

impl OutBody {
    pub(super) fn of(request: &WireRequest) -> (Self, Gate) {
        let gate = Gate::default();
        let expects = request.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("expect") && value.eq_ignore_ascii_case("100-continue")
        });
        let mut rest = request.body.clone();
        let length = rest.len() as u64;
        let most = request.abort_after.filter(|most| *most < length);
        if let Some(most) = most {
            rest.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
        let body = Self {
            rest: (!rest.is_empty()).then_some(rest),
            length,
            abort: most.is_some(),
            gate: gate.clone(),
            patience: (expects && length > 0).then(|| Box::pin(sleep(PATIENCE))),
        };
        (body, gate)
    }

    /// Whether the body has to wait yet.
    fn is_held(&mut self, context: &mut Context<'_>) -> bool {
        let Some(patience) = &mut self.patience else {
            return false;
        };
        let state = &self.gate.0;
        *state.waiting.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(context.waker().clone());
        if state.open.load(Ordering::Acquire) || patience.as_mut().poll(context).is_ready() {
            self.patience = None;
            return false;
        }
        true
    }
}

impl Body for OutBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_held(context) {
            return Poll::Pending;
        }
        if let Some(bytes) = self.rest.take() {
            if self.abort {
                self.gate.0.spent.store(true, Ordering::Release);
            }
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if self.abort {
            // nothing more comes: the next flush ends the connection
            self.gate.0.spent.store(true, Ordering::Release);
            return Poll::Pending;
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && !self.abort
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
