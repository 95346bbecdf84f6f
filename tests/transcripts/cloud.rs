//! A stand-in for a cloud: a login, a catalog, one service, and one thing that it does wrong.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

/// What a cloud says in place of the answer that is right.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Answer(u16, &'static str, &'static str),
    /// These bytes, and it closes.
    Raw(&'static str),
    /// It closes the connection.
    Closes,
    /// It keeps the connection open and says nothing.
    Silent,
    /// It begins a body of 10 GiB, and sends for as long as somebody reads.
    Endless,
    /// It is never there again.
    Gone,
}

pub const HTML: Fault = Fault::Answer(
    200,
    "text/html",
    "<!doctype html><title>Sign in</title><p>This hotspot wants to know your room number.",
);
pub const GARBAGE: Fault = Fault::Answer(200, "application/json", "\u{1b}[2J{\"token\": {,,,");
pub const BUSY: Fault = Fault::Answer(
    503,
    "application/json",
    "{\"message\": \"come back later\"}",
);

/// Secrets that a cloud makes, which it says where such things stand.
pub const TOKEN: &str = "stand-in-token-0123456789";
pub const MADE_PASSWORD: &str = "made/Pass \"word\" 4711";
pub const MADE_SECRET: &str = "6c5b4a39281706f5e4d3c2b1a0";
pub const PRIVATE_KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX\n-----END RSA PRIVATE KEY-----";
/// And what it says at its place only.
pub const USER_DATA: &str = "I2Nsb3VkLWNvbmZpZyBjYW5hcnk6IDE=";
pub const SIGNATURE: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";

pub struct Cloud {
    /// `127.0.0.1:1234`
    pub address: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// What it says in every answer, in headers, bodies and errors.
    repeats: Vec<String>,
    /// By the beginning of the request line that it befalls.
    faults: Vec<(&'static str, Fault)>,
    networks: Mutex<BTreeMap<String, Value>>,
    made: AtomicU64,
    /// Bytes of an endless body that left.
    written: AtomicU64,
    gone: AtomicBool,
}

/// How a cloud is spoken to.
enum Way {
    Plain,
    Tls(Arc<ServerConfig>),
}

impl Cloud {
    pub fn healthy() -> Self {
        Self::with(&[])
    }

    pub fn with(faults: &[(&'static str, Fault)]) -> Self {
        Self::start(faults, Way::Plain)
    }

    /// One that has its answers say these texts as well, whatever it was asked.
    pub fn that_repeats(texts: Vec<String>) -> Self {
        let state = State {
            repeats: texts,
            ..State::default()
        };
        Self::start_as(state, Way::Plain)
    }

    /// With a certificate that no authority of this machine signed.
    pub fn behind_an_unknown_certificate() -> Self {
        let file = |name: &str| {
            format!(
                "{}/src/transport/testdata/{name}",
                env!("CARGO_MANIFEST_DIR")
            )
        };
        let chain = CertificateDer::pem_file_iter(file("loopback.pem")).unwrap();
        let chain = chain.map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(file("loopback.key.pem")).unwrap();
        let config =
            ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(chain, key)
                .unwrap();
        Self::start(&[], Way::Tls(Arc::new(config)))
    }

    fn start(faults: &[(&'static str, Fault)], way: Way) -> Self {
        let state = State {
            faults: faults.to_vec(),
            ..State::default()
        };
        Self::start_as(state, way)
    }

    fn start_as(state: State, way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(state);
        let (shared, own) = (Arc::clone(&state), address.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.gone.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), state, address) = (stream, Arc::clone(&shared), own.clone())
                else {
                    continue;
                };
                let tls = match &way {
                    Way::Plain => None,
                    Way::Tls(config) => Some(Arc::clone(config)),
                };
                std::thread::spawn(move || match tls {
                    None => state.serve(stream, &address),
                    Some(config) => {
                        let session = ServerConnection::new(config).unwrap();
                        state.serve(StreamOwned::new(session, stream), &address);
                    }
                });
            }
        });
        Self { address, state }
    }

    /// Bytes of endless bodies that somebody took.
    pub fn written(&self) -> u64 {
        self.state.written.load(Ordering::SeqCst)
    }

    /// Names of what is there.
    pub fn networks(&self) -> Vec<String> {
        let networks = self.state.networks.lock().unwrap();
        networks.values().map(|n| n["name"].to_string()).collect()
    }
}

impl State {
    fn serve(&self, mut stream: impl Read + Write, address: &str) {
        let Some((line, body)) = read_request(&mut stream) else {
            // as servers do with what is no HTTP, a TLS handshake for one
            say(&mut stream, 400, "text/plain", "", "Bad Request");
            return;
        };
        let fault = self
            .faults
            .iter()
            .find(|(place, _)| line.starts_with(place));
        match fault.map(|(_, fault)| *fault) {
            None => {
                let (status, mut answer) = self.answer(&line, &body, address);
                let mut more = String::new();
                if answer["token"].is_object() {
                    more.push_str("X-Subject-Token: stand-in-token-0123456789\r\n");
                }
                for (n, text) in self.repeats.iter().enumerate() {
                    if !text.contains('\n') {
                        let _ = write!(more, "X-Said-{n}: {text}\r\n");
                    }
                }
                if !self.repeats.is_empty() && answer.is_object() {
                    answer["said"] = json!(self.repeats);
                    answer["server"] = json!({"adminPass": MADE_PASSWORD, "user_data": USER_DATA});
                    answer["key"] = json!({"private_key": PRIVATE_KEY, "secret": MADE_SECRET});
                    answer["url"] =
                        json!(format!("/o?temp_url_sig={SIGNATURE}&temp_url_expires=1"));
                }
                say(
                    &mut stream,
                    status,
                    "application/json",
                    &more,
                    &answer.to_string(),
                );
            }
            Some(Fault::Answer(status, kind, text)) => say(&mut stream, status, kind, "", text),
            Some(Fault::Raw(text)) => {
                let _ = stream.write_all(text.as_bytes());
            }
            Some(Fault::Closes) => {}
            Some(Fault::Silent) => {
                // until the other side gives up
                let _ = stream.read(&mut [0; 64]);
            }
            Some(Fault::Endless) => self.pour(&mut stream),
            Some(Fault::Gone) => {
                self.gone.store(true, Ordering::SeqCst);
                // wakes the listener, which lets go of the port
                let _ = TcpStream::connect(address);
            }
        }
    }

    fn pour(&self, stream: &mut impl Write) {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10737418240\r\n\r\n";
        let piece = vec![b'['; 64 * 1024];
        if stream.write_all(head.as_bytes()).is_err() {
            return;
        }
        while stream.write_all(&piece).is_ok() {
            self.written.fetch_add(piece.len() as u64, Ordering::SeqCst);
        }
    }

    fn answer(&self, line: &str, body: &str, address: &str) -> (u16, Value) {
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let path = target.split('?').next().unwrap_or_default();
        let network = path.strip_prefix("/network/v2.0/").unwrap_or_default();
        let (collection, id) = network.split_once('/').unwrap_or((network, ""));
        let mut networks = self.networks.lock().unwrap();
        match (method, path, collection) {
            ("POST", "/v3/auth/tokens", _) if body.contains("right-password") => {
                (201, token(address))
            }
            ("POST", "/v3/auth/tokens", _) => {
                let message = "The request you have made requires authentication.";
                (
                    401,
                    json!({"error": {"code": 401, "message": message, "title": "Unauthorized"}}),
                )
            }
            ("GET", "/v3", _) => (200, json!({"version": {"id": "v3.14", "status": "stable"}})),
            ("GET", "/network/", _) => (
                200,
                json!({"versions": [{"id": "v2.0", "status": "CURRENT"}]}),
            ),
            ("GET", _, "quotas") => (200, json!({"quota": {"network": 100}})),
            ("POST", _, "networks") => {
                let id = 1 + self.made.fetch_add(1, Ordering::SeqCst);
                let id = format!("00000000-0000-4000-8000-{id:012}");
                let sent: Value = serde_json::from_str(body).unwrap_or_default();
                let made = json!({"id": id, "name": sent["network"]["name"], "project_id": "p1"});
                networks.insert(id, made.clone());
                (201, json!({ "network": made }))
            }
            ("DELETE", _, "networks") => match networks.remove(id) {
                Some(_) => (204, Value::Null),
                None => (404, json!({})),
            },
            ("GET", _, "networks") if !id.is_empty() => match networks.get(id) {
                Some(network) => (200, json!({ "network": network })),
                None => (404, json!({"NeutronError": {"type": "NetworkNotFound"}})),
            },
            ("GET", _, "networks") => {
                let all: Vec<&Value> = networks.values().collect();
                (200, json!({ "networks": all }))
            }
            ("GET", _, "extensions" | "subnetpools" | "ports") => (200, json!({ collection: [] })),
            _ => (
                404,
                json!({"error": {"code": 404, "message": "nothing here"}}),
            ),
        }
    }
}

fn token(address: &str) -> Value {
    let endpoint = |kind: &str, path: &str| {
        json!({"type": kind, "name": kind, "endpoints": [
            {"interface": "public", "region": "R", "region_id": "R", "url": format!("http://{address}{path}")}]})
    };
    json!({"token": {
        "user": {"id": "u1", "name": "demo", "domain": {"id": "default"}},
        "project": {"id": "p1", "name": "demo", "domain": {"id": "default"}},
        "roles": [{"name": "member"}],
        "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2026-01-02T00:00:00.000000Z",
        "catalog": [endpoint("identity", "/v3"), endpoint("network", "/network")]}})
}

pub fn say(stream: &mut impl Write, status: u16, kind: &str, more: &str, text: &str) {
    let text = if text == "null" { "" } else { text };
    let answer = format!(
        "HTTP/1.1 {status} Stand-in\r\n{more}Content-Type: {kind}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    // who went away in the meantime is not our matter
    let _ = stream.write_all(answer.as_bytes());
    let _ = stream.flush();
}

/// The request line and the body.
pub fn read_request(stream: &mut impl Read) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if bytes
            .first()
            .is_some_and(|first: &u8| !first.is_ascii_uppercase())
        {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let wanted = head
                .to_ascii_lowercase()
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= wanted.unwrap_or(0) {
                let line = head.lines().next().unwrap_or_default();
                return Some((line.to_owned(), body.to_owned()));
            }
        }
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => bytes.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    }
}
