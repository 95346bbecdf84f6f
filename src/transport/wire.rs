//! One cloud's wire: sends a request over a fresh connection and takes down what comes back.

use super::body::OutBody;
use super::connect::{connect, tls_config};
use super::fault::{self, chain, fault};
use super::head::MOST_HEADERS;
use super::model::{RawAnswer, RawExchange, WireRequest};
use super::origin::Origin;
use super::pace::Pace;
use super::progress::Progress;
use super::tap::Tap;
use crate::recording::{WireError, WireErrorKind};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use md5::{Digest, Md5};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Instant, SystemTime};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_rustls::rustls::ClientConfig;

#[derive(Clone, Debug)]
pub struct WireConfig {
    /// Requests under way at once; 0 is taken as 1.
    pub in_flight: u32,
    /// Requests that start in a second; 0 or less: no limit.
    pub per_second: f64,
    /// PEM file with roots besides the system's.
    pub ca_file: Option<PathBuf>,
    /// When the run began: `Timing::at_us` counts from here.
    pub started: Instant,
}

/// The wire can't be set up at all. What goes wrong with one request is a [`WireError`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum TransportError {
    #[error("can't take certificates from {}: {why}", path.display())]
    CaFile { path: PathBuf, why: String },
    #[error("can't set up TLS: {0}")]
    Tls(String),
}

pub struct Wire {
    tls: Arc<ClientConfig>,
    in_flight: Semaphore,
    most_in_flight: u32,
    pace: Pace,
    started: Instant,
    requests: AtomicU64,
}

impl Wire {
    pub fn new(config: WireConfig) -> Result<Self, TransportError> {
        let WireConfig {
            in_flight,
            per_second,
            ca_file,
            started,
        } = config;
        Ok(Self {
            tls: tls_config(ca_file)?,
            in_flight: Semaphore::new(in_flight.max(1) as usize),
            most_in_flight: in_flight.max(1),
            pace: Pace::new(per_second),
            started,
            requests: AtomicU64::new(0),
        })
    }

    /// Exchanges begun so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends once, after waiting for the limits.
    ///
    /// Header names go out in title case (`X-Auth-Token`), repeats of one name next to each other. `Host` comes first,
    /// unless given; `Content-Length` last, where there is a body or the method has one.
    pub async fn send(&self, request: WireRequest) -> RawExchange {
        self.send_telling(request, Arc::default()).await
    }

    /// Sends once, and tells when the first bytes are out.
    pub async fn send_telling(&self, request: WireRequest, under_way: Arc<Notify>) -> RawExchange {
        // The semaphore is never closed, so there is always a permit.
        let _permit = self.in_flight.acquire().await.ok();
        self.pace.turn().await;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let sent = SystemTime::now();
        let progress = Progress::begin(under_way);
        // hyper's connection makes this future too large to be moved about.
        let exchange = Box::pin(self.exchange(&request, &progress, None));
        let answer = match tokio::time::timeout(request.deadline, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(fault::of_deadline(request.deadline, &progress.seen())),
        };
        RawExchange {
            sent,
            timing: progress.timing(self.started),
            answer,
        }
    }

    /// Sends all at once, each over a connection of its own: the limits are waited for before, and nothing is written
    /// until all are connected (or can't be). Answers in the order of the requests.
    pub async fn send_together(&self, requests: &[WireRequest]) -> Vec<RawExchange> {
        let wanted = u32::try_from(requests.len()).unwrap_or(u32::MAX);
        // more than are allowed at once would never be let through
        let _permits = self
            .in_flight
            .acquire_many(wanted.min(self.most_in_flight))
            .await
            .ok();
        for _ in requests {
            self.pace.turn().await;
        }
        self.requests
            .fetch_add(u64::from(wanted), Ordering::Relaxed);
        let line = Line::new(requests.len());
        let all = requests.iter().map(|request| {
            let line = &line;
            async move {
                let sent = SystemTime::now();
                let progress = Progress::begin(Arc::default());
                let exchange = Box::pin(self.exchange(request, &progress, Some(line)));
                let answer = tokio::time::timeout(request.deadline, exchange).await;
                line.step_up();
                let answer = match answer {
                    Ok(answer) => answer,
                    Err(_) => Err(fault::of_deadline(request.deadline, &progress.seen())),
                };
                RawExchange {
                    sent,
                    timing: progress.timing(self.started),
                    answer,
                }
            }
        });
        joined(all).await
    }

    async fn exchange(
        &self,
        request: &WireRequest,
        progress: &Progress,
        line: Option<&Line>,
    ) -> Result<RawAnswer, WireError> {
        let origin = Origin::parse(&request.origin)
            .map_err(|error| unsendable(format!("`{}`: {error}", request.origin)))?;
        let (body, gate) = OutBody::of(request);
        let message = message(request, &origin, body)?;
        let way = match &request.via {
            Some(via) => {
                Origin::parse(via).map_err(|error| unsendable(format!("`{via}`: {error}")))?
            }
            None => origin,
        };
        let stream = connect(&way, &self.tls).await?;
        progress.seen().gate = Some(gate.clone());
        progress.seen().connected();
        if let Some(line) = line {
            line.step_up();
            line.started().await;
        }
        let of_hyper = |error: hyper::Error| fault::of_hyper(&error, &progress.seen());
        let (mut sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .max_headers(MOST_HEADERS)
            // What real clients read is read; the recording holds it as it came.
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .handshake(TokioIo::new(Tap::new(stream, progress.clone())))
            .await
            .map_err(of_hyper)?;
        let mut connection = pin!(connection);
        let mut answer = pin!(async {
            let response = sender.send_request(message).await.map_err(of_hyper)?;
            receive(response, (request.keep, request.read), progress).await
        });
        // One task drives both ends, so that giving up drops the socket with everything else.
        tokio::select! {
            biased;
            answer = &mut answer => answer,
            () = gate.cut() => Err(fault(
                WireErrorKind::Aborted,
                format!("cut by us after {} bytes of the body", request.abort_after.unwrap_or(0)),
            )),
            _ = &mut connection => answer.await,
        }
    }
}

/// Drives all to their ends, on this task.
async fn joined<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut running {
            if output.is_none()
                && let Poll::Ready(ended) = future.as_mut().poll(context)
            {
                *output = Some(ended);
            }
        }
        if running.iter().all(|(_, output)| output.is_some()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    running
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}

/// Where the requests of a race wait for each other.
struct Line {
    missing: watch::Sender<usize>,
}

impl Line {
    fn new(runners: usize) -> Self {
        Self {
            missing: watch::Sender::new(runners),
        }
    }

    /// One more is ready, or will never be. Saying it twice does no harm once all have started.
    fn step_up(&self) {
        self.missing
            .send_modify(|missing| *missing = missing.saturating_sub(1));
    }

    async fn started(&self) {
        // the sender outlives everyone who waits
        let _ = self
            .missing
            .subscribe()
            .wait_for(|missing| *missing == 0)
            .await;
    }
}

async fn receive(
    response: Response<Incoming>,
    (keep, most): (usize, u64),
    progress: &Progress,
) -> Result<RawAnswer, WireError> {
    let head = progress.seen().head.read();
    let protocol = |why: String| fault(WireErrorKind::Protocol, why);
    let head = head
        .ok_or_else(|| protocol("an answer without a head".to_owned()))?
        .map_err(protocol)?;
    if (head.status, head.headers.len()) != (response.status().as_u16(), response.headers().len()) {
        return Err(protocol(format!(
            "two readings of the head disagree: status {} with {} headers, status {} with {}",
            head.status,
            head.headers.len(),
            response.status().as_u16(),
            response.headers().len(),
        )));
    }
    let (mut kept, mut length, mut digest) = (Vec::new(), 0_u64, Md5::new());
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| fault::of_hyper(&error, &progress.seen()))?;
        let Some(data) = frame.data_ref() else {
            continue; // trailers
        };
        digest.update(data);
        length += data.len() as u64;
        progress.seen().body = length;
        let room = keep - kept.len();
        kept.extend_from_slice(&data[..room.min(data.len())]);
        if length > most {
            break;
        }
    }
    Ok(RawAnswer {
        interim: progress.seen().head.interim().to_vec(),
        status: head.status,
        reason: head.reason,
        headers: head.headers,
        cut: (kept.len() as u64) < length,
        body: Bytes::from(kept),
        length,
        md5: hex::encode(digest.finalize()),
    })
}

fn unsendable(detail: String) -> WireError {
    fault(WireErrorKind::Unsendable, detail)
}

/// The request for hyper, or why it can't be sent as written.
fn message(
    request: &WireRequest,
    origin: &Origin,
    body: OutBody,
) -> Result<Request<OutBody>, WireError> {
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| unsendable(format!("`{}` is no method", request.method)))?;
    let mut message = Request::new(body);
    *message.uri_mut() = uri(&request.target)?;
    let headers = message.headers_mut();
    if !has(request, HOST.as_str()) {
        let host =
            HeaderValue::try_from(origin.authority()).map_err(|error| unsendable(chain(&error)))?;
        headers.insert(HOST, host);
    }
    for (name, value) in &request.headers {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| unsendable(format!("`{name}` is no header name")))?;
        // Not the value: it may be a secret.
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| unsendable(format!("the value of `{name}` holds a control character")))?;
        if key == CONTENT_LENGTH && value.to_str().ok() != Some(&request.body.len().to_string()) {
            let detail = "a content-length that isn't that of the body can't be sent";
            return Err(unsendable(detail.to_owned()));
        }
        headers
            .try_append(key, value)
            .map_err(|error| unsendable(chain(&error)))?;
    }
    let has_body =
        !request.body.is_empty() || matches!(method, Method::POST | Method::PUT | Method::PATCH);
    if has_body && !has(request, CONTENT_LENGTH.as_str()) && !has(request, "transfer-encoding") {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    }
    *message.method_mut() = method;
    Ok(message)
}

fn has(request: &WireRequest, name: &str) -> bool {
    request
        .headers
        .iter()
        .any(|(n, _)| n.eq_ignore_ascii_case(name))
}

/// `http::Uri` keeps dot segments, doubled slashes and percent signs; what it would change or refuse is an error.
fn uri(target: &str) -> Result<Uri, WireError> {
    let refused = || {
        unsendable(format!(
            "`{}` holds a character that the request line can't carry (a space, a control character, `#`, `<`, `>`, \
             `^`, a back quote) or doesn't begin with `/`; percent-encode it",
            target.escape_debug()
        ))
    };
    let path = PathAndQuery::try_from(target).map_err(|_| refused())?;
    if path.as_str() != target || !target.starts_with(['/', '*']) {
        return Err(refused());
    }
    Uri::builder()
        .path_and_query(path)
        .build()
        .map_err(|error| unsendable(chain(&error)))
}
