//! A proxy that stands before a real cloud and changes one of its behaviours.
//!
//! Raw bytes in, raw bytes out: what it does not change arrives as it was sent, however odd a path is. One exchange a
//! connection, as the tool does it.

use crate::edit::{Act, Edit, Whole};
use crate::operation;
use crate::written::{Change, Mutant};
use interop::recording::{Payload, SentRequest};
use regex::Regex;
use std::collections::BTreeMap;
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
    mutant: Mutant,
    /// Words of texts: upstream's address → the proxy's.
    names: Vec<(String, String)>,
    state: Mutex<State>,
    /// Nothing is changed any more.
    calm: AtomicBool,
}

#[derive(Default)]
struct State {
    calls: u32,
    /// By service: when something was last written.
    written: BTreeMap<String, Instant>,
    /// Target → the last answer to a read.
    read: BTreeMap<String, Vec<u8>>,
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
            mutant: mutant.clone(),
            names,
            state: Mutex::new(State::default()),
            calm: AtomicBool::new(false),
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

    /// From now on, everything goes through as it is: what a run left can be taken away.
    pub fn calm(&self) {
        self.shared.calm.store(true, Ordering::Relaxed);
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
        let ours = !self.calm.load(Ordering::Relaxed) && self.mutant.is_of(&operation);
        if ours && let Some(answer) = self.instead(&mut request) {
            return client.write_all(&answer.bytes()).await;
        }
        let is_read = matches!(request.method(), "GET" | "HEAD")
            || operation.contains(" Describe")
            || operation.contains(" Get");
        let (nth, since) = self.count(service, ours, !is_read);
        match self.mutant.change {
            Change::Reset(n) if ours && nth == n => return Ok(()),
            Change::Limit(n) if ours && nth >= n && nth.is_multiple_of(2) => {
                return client
                    .write_all(&Message::answer(429, "slow down").bytes())
                    .await;
            }
            Change::Slow(ms) if ours => tokio::time::sleep(Duration::from_millis(ms)).await,
            _ => {}
        }
        if let (Change::Stale(ms), true, Some(since)) =
            (&self.mutant.change, ours && is_read, since)
            && since < Duration::from_millis(*ms)
        {
            let before = self
                .state
                .lock()
                .ok()
                .and_then(|s| s.read.get(request.target()).cloned());
            let stale = before.unwrap_or_else(|| Message::answer(404, "").bytes());
            return client.write_all(&stale).await;
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
        if is_read && let Ok(mut state) = self.state.lock() {
            state
                .read
                .insert(request.target().to_owned(), answer.bytes());
        }
        if ours && self.mutant.answers(answer.status()) {
            self.change(&mut answer, nth, since);
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

    /// Counts a call; how long ago the service was last written to, before this.
    fn count(&self, service: &str, ours: bool, writes: bool) -> (u32, Option<Duration>) {
        let Ok(mut state) = self.state.lock() else {
            return (0, None);
        };
        state.calls += u32::from(ours);
        let since = state.written.get(service).map(Instant::elapsed);
        if writes {
            state.written.insert(service.to_owned(), Instant::now());
        }
        (state.calls, since)
    }

    /// Answers in the cloud's place, or changes the request.
    fn instead(&self, request: &mut Message) -> Option<Message> {
        let matches = |when: &str, request: &Message| {
            let text = String::from_utf8_lossy(&request.bytes()).into_owned();
            Regex::new(when).unwrap().is_match(&text)
        };
        match &self.mutant.change {
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

    fn change(&self, answer: &mut Message, nth: u32, since: Option<Duration>) {
        let list;
        let edit = match &self.mutant.change {
            Change::Answer(edit) => edit,
            Change::EverySecond(edit) if nth.is_multiple_of(2) => edit,
            Change::StaleList { at, ms }
                if since.is_some_and(|s| s < Duration::from_millis(*ms)) =>
            {
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
