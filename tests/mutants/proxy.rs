//! A proxy that stands before a real cloud and changes one of its behaviours.
//!
//! Raw bytes in, raw bytes out: what it does not change arrives as it was sent, however odd a path is. One exchange a
//! connection, as the tool does it.

use crate::edit::{Act, Edit, Whole};
use crate::operation;
use crate::written::{Change, Mutant, Part};
use interop::recording::{Payload, SentRequest};
use regex::Regex;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A running proxy before one or more upstreams; gone when dropped.
pub struct Proxy {
    /// Upstream `host:port` → where the proxy listens for it.
    pub at: BTreeMap<String, SocketAddr>,
    shared: Arc<Shared>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// What all connections share.
struct Shared {
    parts: Vec<Part>,
    /// Nothing is changed any more.
    rests: AtomicBool,
    /// Words of texts: upstream's address → the proxy's.
    names: Vec<(String, String)>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Of each part of the mutant.
    calls: BTreeMap<usize, u32>,
    /// By service: when something was last written.
    written: BTreeMap<String, Instant>,
    /// Target → the last answer to a read.
    read: BTreeMap<String, Message>,
    /// The first token that was seen.
    token: Option<String>,
}

/// A message as it came.
#[derive(Clone, Debug)]
struct Message {
    first: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Proxy {
    /// Stands before `upstreams`, each the service of a cloud: (service, `host:port`).
    pub async fn start(mutant: &Mutant, upstreams: &[(String, String)]) -> io::Result<Self> {
        let mut listeners = Vec::new();
        let mut at = BTreeMap::new();
        for (service, upstream) in upstreams {
            if !at.contains_key(upstream) {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                at.insert(upstream.clone(), listener.local_addr()?);
                listeners.push((service.clone(), upstream.clone(), listener));
            }
        }
        let names = at
            .iter()
            .map(|(up, here)| (up.clone(), here.to_string()))
            .collect();
        let shared = Arc::new(Shared {
            parts: mutant.parts(),
            rests: AtomicBool::new(false),
            names,
            state: Mutex::new(State::default()),
        });
        let mut tasks = Vec::new();
        for (service, upstream, listener) in listeners {
            let shared = Arc::clone(&shared);
            tasks.push(tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    let shared = Arc::clone(&shared);
                    let (service, upstream) = (service.clone(), upstream.clone());
                    tokio::spawn(async move {
                        // a connection that breaks is the peer's business
                        let _ = shared.exchange(client, &service, &upstream).await;
                    });
                }
            }));
        }
        Ok(Self { at, shared, tasks })
    }

    /// From here on the cloud is as it is.
    pub fn rest(&self) {
        self.shared.rests.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    async fn exchange(
        &self,
        mut client: TcpStream,
        service: &str,
        upstream: &str,
    ) -> io::Result<()> {
        let Some(mut request) = Message::read_head(&mut client).await? else {
            return Ok(());
        };
        // the final word on `Expect` is the server's, but nobody here refuses before the body
        if request.header("expect").is_some() {
            client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            request
                .headers
                .retain(|(name, _)| !name.eq_ignore_ascii_case("expect"));
        }
        let whole = request.read_body(&mut client, true).await?;
        let named = self.translate(&mut request, false);
        let operation = request.operation(service);
        let ours: Vec<(usize, &Part)> = if self.rests.load(Ordering::SeqCst) {
            Vec::new()
        } else {
            let parts = self.parts.iter().enumerate();
            parts.filter(|(_, part)| part.is_of(&operation)).collect()
        };
        for (_, part) in &ours {
            if let Some(answer) = self.instead(&part.change, &mut request) {
                let has_body = request.method() != "HEAD";
                let bytes = if has_body {
                    answer.bytes()
                } else {
                    answer.head()
                };
                return client.write_all(&bytes).await;
            }
        }
        let is_read = matches!(request.method(), "GET" | "HEAD")
            || operation.contains(" Describe")
            || operation.contains(" Get");
        let since = self.since_write(service, !is_read);
        let ours: Vec<(u32, &Part)> = ours
            .into_iter()
            .map(|(index, part)| (self.count(index), part))
            .collect();
        for (nth, part) in &ours {
            match part.change {
                Change::Silent(true) => return Ok(()),
                Change::Reset(n) if *nth == n => return Ok(()),
                Change::Limit(n) if *nth >= n && nth.is_multiple_of(2) => {
                    let answer = Message::answer(429, "slow down");
                    return client.write_all(&answer.bytes()).await;
                }
                Change::Slow(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                _ => {}
            }
        }
        let mut server = TcpStream::connect(upstream).await?;
        server.write_all(&request.bytes()).await?;
        if !whole {
            server.shutdown().await?;
        }
        let mut answer = loop {
            let Some(head) = Message::read_head(&mut server).await? else {
                return Ok(());
            };
            if head.status() >= 200 {
                break head;
            }
        };
        let has_body = request.method() != "HEAD" && !matches!(answer.status(), 204 | 304);
        if has_body {
            answer.read_body(&mut server, false).await?;
        }
        let before = match self.state.lock() {
            Ok(mut state) if is_read => {
                let slot = state.read.entry(request.target().to_owned());
                let before = match &slot {
                    Entry::Occupied(slot) => Some(slot.get().clone()),
                    Entry::Vacant(_) => None,
                };
                let is_stale = ours.iter().any(|(_, part)| is_stale(&part.change, since));
                if !is_stale {
                    slot.insert_entry(answer.clone());
                }
                is_stale.then(|| before.unwrap_or_else(|| Message::answer(404, "")))
            }
            _ => None,
        };
        if let Some(before) = before {
            answer = before.answered_again(&answer);
        }
        let status = answer.status();
        for (nth, part) in ours {
            if part.answers(status) {
                change(&part.change, &mut answer, nth, since);
            }
        }
        if named {
            self.translate(&mut answer, true);
        }
        let mut bytes = answer.bytes();
        if !has_body {
            bytes.truncate(answer.head().len());
        }
        client.write_all(&bytes).await?;
        client.shutdown().await
    }

    /// Counts a call that a part of the mutant is about: the how manieth it is.
    fn count(&self, part: usize) -> u32 {
        let Ok(mut state) = self.state.lock() else {
            return 0;
        };
        let calls = state.calls.entry(part).or_default();
        *calls += 1;
        *calls
    }

    /// How long ago the service was last written to, before this call.
    fn since_write(&self, service: &str, writes: bool) -> Option<Duration> {
        let mut state = self.state.lock().ok()?;
        let since = state.written.get(service).map(Instant::elapsed);
        if writes {
            state.written.insert(service.to_owned(), Instant::now());
        }
        since
    }

    /// Answers in the cloud's place, or changes the request.
    fn instead(&self, change: &Change, request: &mut Message) -> Option<Message> {
        let matches = |when: &str, request: &Message| {
            let text = String::from_utf8_lossy(&request.bytes()).into_owned();
            Regex::new(when).unwrap().is_match(&text)
        };
        match change {
            Change::Refuse { when, status, body } if matches(when, request) => {
                Some(Message::answer(*status, body))
            }
            Change::Ignore { when, status } if matches(when, request) => {
                Some(Message::answer(*status, ""))
            }
            Change::Rewrite { when, with } => {
                let pattern = Regex::new(when).unwrap();
                let text = String::from_utf8_lossy(&request.bytes()).into_owned();
                let new = pattern.replace_all(&text, with.as_str()).into_owned();
                if new != text {
                    *request = Message::parse(new.as_bytes())?;
                    for (_, value) in request
                        .headers
                        .iter_mut()
                        .filter(|(n, _)| n.eq_ignore_ascii_case("content-length"))
                    {
                        *value = request.body.len().to_string();
                    }
                }
                None
            }
            Change::OtherUser(true) => {
                let mut state = self.state.lock().ok()?;
                let sent = request
                    .headers
                    .iter_mut()
                    .find(|(name, _)| name.eq_ignore_ascii_case("x-auth-token"))?;
                sent.1 = state.token.get_or_insert_with(|| sent.1.clone()).clone();
                None
            }
            _ => None,
        }
    }

    /// Addresses of upstreams become the proxy's, or the other way round. Whether there are any.
    fn translate(&self, message: &mut Message, outwards: bool) -> bool {
        let mut any = false;
        for (upstream, here) in &self.names {
            let (from, to) = if outwards {
                (upstream, here)
            } else {
                (here, upstream)
            };
            let mut replace = |text: &mut String| {
                if text.contains(from.as_str()) {
                    *text = text.replace(from.as_str(), to);
                    any = true;
                }
            };
            replace(&mut message.first);
            for (name, value) in &mut message.headers {
                // signed as it was sent
                if outwards || !name.eq_ignore_ascii_case("host") {
                    replace(value);
                }
            }
            if let Ok(mut text) = String::from_utf8(message.body.clone()) {
                replace(&mut text);
                message.body = text.into_bytes();
            }
        }
        any || !outwards
    }
}

fn change(change: &Change, answer: &mut Message, nth: u32, since: Option<Duration>) {
    let list;
    let edit = match change {
        Change::Answer(edit) => edit,
        Change::EverySecond(edit) if is_of_the_other(nth) => edit,
        Change::StaleList { at, ms } if since.is_some_and(|s| s < Duration::from_millis(*ms)) => {
            list = Edit::At(at.clone(), Act::Lose);
            &list
        }
        _ => return,
    };
    let mut whole = Whole {
        status: answer.status(),
        headers: answer.headers.clone(),
        body: String::from_utf8_lossy(&answer.body).into_owned(),
    };
    let before = whole.body.clone();
    if edit.apply(&mut whole) {
        answer.first = format!("HTTP/1.1 {} Changed", whole.status);
        answer.headers = whole.headers;
        if whole.body != before {
            answer.body = whole.body.into_bytes();
        }
    }
}

fn is_stale(change: &Change, since: Option<Duration>) -> bool {
    let Change::Stale(ms) = change else {
        return false;
    };
    since.is_some_and(|since| since < Duration::from_millis(*ms))
}

/// Whether the nth answer is of the other release: half of all are, in no order that the steps of a scenario could keep pace with.
fn is_of_the_other(nth: u32) -> bool {
    // neighbours, and every second and third call, have nothing to do with each other
    let mixed = (nth ^ (nth >> 16)).wrapping_mul(0x7FEB_352D);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x846C_A68B);
    (mixed ^ (mixed >> 16)) & 1 == 1
}

impl Message {
    fn answer(status: u16, body: &str) -> Self {
        let kind = if body.starts_with('<') {
            "application/xml"
        } else {
            "application/json"
        };
        Self {
            first: format!("HTTP/1.1 {status} Changed"),
            headers: vec![
                ("Content-Type".to_owned(), kind.to_owned()),
                ("Content-Length".to_owned(), body.len().to_string()),
            ],
            body: body.as_bytes().to_vec(),
        }
    }

    /// The same answer to a later request: what is minted for each is that of `now`.
    fn answered_again(mut self, now: &Self) -> Self {
        const MINTED: [&str; 4] = [
            "date",
            "x-openstack-request-id",
            "x-compute-request-id",
            "x-trans-id",
        ];
        for (name, value) in &mut self.headers {
            let is_minted = MINTED
                .iter()
                .any(|minted| name.eq_ignore_ascii_case(minted));
            if is_minted && let Some(fresh) = now.header(name) {
                fresh.clone_into(value);
            }
        }
        self
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let first = lines.next()?.to_owned();
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        Some(Self {
            first,
            headers,
            body: bytes[end + 4..].to_vec(),
        })
    }

    /// Up to the empty line, and what came with it. None: the peer closed without a word.
    async fn read_head(from: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        loop {
            if let Some(message) = Self::parse(&bytes) {
                return Ok(Some(message));
            }
            if from.read_buf(&mut bytes).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The rest of the body, without chunks. False: it ended early.
    async fn read_body(&mut self, from: &mut TcpStream, is_request: bool) -> io::Result<bool> {
        let chunked = self
            .header("transfer-encoding")
            .is_some_and(|v| v.to_ascii_lowercase().contains("chunked"));
        let length: Option<usize> = self.header("content-length").and_then(|v| v.parse().ok());
        loop {
            if chunked {
                if let Some(body) = unchunked(&self.body) {
                    self.body = body;
                    return Ok(true);
                }
            } else {
                match length {
                    Some(length) if self.body.len() >= length => return Ok(true),
                    None if is_request => return Ok(true),
                    _ => {}
                }
            }
            if from.read_buf(&mut self.body).await? == 0 {
                return Ok(length.is_none());
            }
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn method(&self) -> &str {
        self.first.split(' ').next().unwrap_or_default()
    }

    fn target(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }

    fn status(&self) -> u16 {
        self.target().parse().unwrap_or(0)
    }

    fn operation(&self, service: &str) -> String {
        let sent = SentRequest {
            method: self.method().to_owned(),
            origin: format!("http://{}", self.header("host").unwrap_or_default()),
            target: self.target().to_owned(),
            headers: vec![],
            body: Payload::from_bytes(&self.body, self.body.len() as u64, false),
        };
        // names that this tool makes up begin so
        operation::of(service, &sent, &|text| text.contains("interop-"))
    }

    fn head(&self) -> Vec<u8> {
        let mut head = self.first.clone();
        head.push_str("\r\n");
        for (name, value) in &self.headers {
            // of an answer to HEAD it is that of another body
            let is_length = name.eq_ignore_ascii_case("content-length") && !self.body.is_empty();
            let value = if is_length {
                self.body.len().to_string()
            } else {
                value.clone()
            };
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        let chunked = self
            .header("transfer-encoding")
            .is_some_and(|v| v.to_ascii_lowercase().contains("chunked"));
        if chunked {
            if !self.body.is_empty() {
                bytes.extend(format!("{:x}\r\n", self.body.len()).bytes());
                bytes.extend(&self.body);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        } else {
            bytes.extend(&self.body);
        }
        bytes
    }
}

/// The body of `Transfer-Encoding: chunked` (RFC 9112 §7.1), if it is all there.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return rest.windows(2).any(|w| w == b"\r\n").then_some(body);
        }
        body.extend(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}
