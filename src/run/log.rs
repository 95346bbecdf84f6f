//! What one cloud's run writes down: every exchange redacted, executions, control calls.

use crate::protocol::{ControlExchange, Purpose};
use crate::recording::{
    Exchange, ExchangeMeta, Execution, Header, Redactor, Role, Trailer, UnredactedAnswer,
    UnredactedRequest, WriteError, Writer,
};
use crate::run::clock::rfc3339;
use crate::transport::{RawExchange, WireRequest};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Control exchanges of one word that are written as one block.
const MOST_KEPT: usize = 64;

/// Shared by all tasks of a cloud. Control calls may be shown before there is a recording: they are kept until then.
pub struct Log {
    redactor: Redactor,
    writer: OnceLock<Writer>,
    kept: Mutex<Vec<(&'static str, Exchange)>>,
    requests: AtomicU64,
}

impl Log {
    pub fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            writer: OnceLock::new(),
            kept: Mutex::default(),
            requests: AtomicU64::new(0),
        }
    }

    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Requests so far, of control calls too.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Starts the recording.
    pub fn begin(&self, path: &Path, header: &Header) -> Result<(), WriteError> {
        let writer = Writer::create(path, header)?;
        // begun once: `open` makes the log
        let _ = self.writer.set(writer);
        Ok(())
    }

    /// An exchange as it may be kept.
    pub fn exchange(
        &self,
        meta: ExchangeMeta,
        request: &WireRequest,
        seen: &RawExchange,
    ) -> Exchange {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let sent = UnredactedRequest {
            method: &request.method,
            origin: &request.origin,
            target: &request.target,
            headers: &request.headers,
            body: request.meant.as_ref().unwrap_or(&request.body),
        };
        let answer = match &seen.answer {
            Ok(answer) => Ok(UnredactedAnswer {
                interim: &answer.interim,
                status: answer.status,
                reason: &answer.reason,
                headers: &answer.headers,
                body: &answer.body,
                length: answer.length,
                md5: &answer.md5,
                cut: answer.cut,
            }),
            Err(error) => Err(error.clone()),
        };
        self.redactor.exchange(meta, &sent, answer)
    }

    /// Takes down an attempt of a control call.
    pub fn control(&self, call: &ControlExchange<'_>) {
        let (label, role) = match call.purpose {
            Purpose::Login => ("login", Role::Control),
            Purpose::Discovery | Purpose::Probe => ("discovery", Role::Control),
            Purpose::Find => ("find", Role::Find),
            Purpose::Undo => ("undo", Role::Undo),
            Purpose::Upload => ("upload", Role::Control),
        };
        let meta = ExchangeMeta {
            step: label.to_owned(),
            rows: Vec::new(),
            attempt: call.attempt,
            role,
            user: call.user.to_owned(),
            service: call.service.to_owned(),
            version: call.version.map(str::to_owned),
            sent: rfc3339(call.exchange.sent),
            timing: call.exchange.timing,
        };
        let exchange = self.exchange(meta, call.request, call.exchange);
        let full = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push((label, exchange));
            kept.len() >= MOST_KEPT
        };
        if full {
            self.write_control();
        }
    }

    /// Writes control exchanges that are kept, if there is a recording yet.
    fn write_control(&self) {
        let Some(writer) = self.writer.get() else {
            return;
        };
        let mut kept =
            std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        for label in ["login", "discovery", "upload", "find", "undo"] {
            let (these, others) = kept.into_iter().partition(|(l, _)| *l == label);
            kept = others;
            let these: Vec<Exchange> = these.into_iter().map(|(_, exchange)| exchange).collect();
            if !these.is_empty() {
                // a disk that is full doesn't end a run: `finish` says it
                let _ = writer.control(label, &these);
            }
        }
    }

    /// Writes an execution; what was learned to be secret since its exchanges were made is hidden in it as well.
    pub fn execution(&self, execution: Execution) {
        if let Some(writer) = self.writer.get() {
            let _ = writer.append(&self.redactor.execution(execution));
        }
    }

    /// Completes the recording.
    pub fn finish(&self, trailer: &Trailer) -> Result<(), WriteError> {
        self.write_control();
        self.writer
            .get()
            .map_or(Ok(()), |writer| writer.finish(trailer))
    }
}
