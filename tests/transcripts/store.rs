//! A stand-in for an S3 service: buckets and unfinished uploads, and one thing that it does wrong.

use crate::cloud::{read_request, say};
use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the service does in place of what is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Nothing,
    /// Refuses to say who asks, with this code and message.
    Login(&'static str, &'static str),
    /// Every bucket is somebody else's already.
    Taken,
    /// It is gone when a part comes.
    DiesAtPart,
    /// It doesn't say where a bucket is.
    NoLocation,
    /// The same where the request asks for something else besides, and every other time where it doesn't.
    NoLocationNowAndThen,
    /// What it lists has a prefix in every third answer, a marker in every other one, and a maximum in the first three only.
    Flaps,
}

pub struct Store {
    /// `127.0.0.1:1234`
    pub address: String,
    state: Arc<State>,
}

struct State {
    wrong: Mutex<Wrong>,
    /// Bucket → ids of its uploads.
    buckets: Mutex<BTreeMap<String, Vec<String>>>,
    gone: AtomicBool,
    /// Answers that depend on how many there were.
    turns: AtomicU32,
}

impl Store {
    pub fn with(wrong: Wrong) -> Self {
        let state = Arc::new(State {
            wrong: Mutex::new(wrong),
            buckets: Mutex::default(),
            gone: AtomicBool::new(false),
            turns: AtomicU32::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        state.listen(listener, &address);
        Self { address, state }
    }

    /// Waits until it is gone.
    pub fn await_end(&self) {
        let until = Instant::now() + Duration::from_secs(30);
        while !self.state.gone.load(Ordering::SeqCst) {
            assert!(Instant::now() < until, "no part ever came");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// There again, well, and with all that it held.
    pub fn start_again(&self) {
        *self.state.wrong.lock().unwrap() = Wrong::Nothing;
        // the thread that had the port lets go of it first
        let until = Instant::now() + Duration::from_secs(30);
        let listener = loop {
            match TcpListener::bind(&self.address) {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        self.state.gone.store(false, Ordering::SeqCst);
        self.state.listen(listener, &self.address);
    }

    pub fn buckets(&self) -> Vec<(String, usize)> {
        let buckets = self.state.buckets.lock().unwrap();
        let count = |(name, uploads): (&String, &Vec<String>)| (name.clone(), uploads.len());
        buckets.iter().map(count).collect()
    }
}

impl State {
    fn listen(self: &Arc<Self>, listener: TcpListener, address: &str) {
        let (state, own) = (Arc::clone(self), address.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if state.gone.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), state, own) = (stream, Arc::clone(&state), own.clone()) else {
                    continue;
                };
                std::thread::spawn(move || state.serve(stream, &own));
            }
        });
    }

    fn serve(&self, mut stream: TcpStream, address: &str) {
        let Some((line, _)) = read_request(&mut stream) else {
            return;
        };
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap_or("/"));
        let wrong = *self.wrong.lock().unwrap();
        if wrong == Wrong::DiesAtPart && target.contains("partNumber") {
            self.gone.store(true, Ordering::SeqCst);
            // wakes the listener, which lets go of the port
            let _ = TcpStream::connect(address);
            return;
        }
        let (status, text) = self.answer(method, target, wrong);
        let text = if method == "HEAD" { "" } else { &text };
        say(&mut stream, status, "application/xml", "", text);
    }

    fn turn(&self) -> u32 {
        self.turns.fetch_add(1, Ordering::SeqCst)
    }

    fn answer(&self, method: &str, target: &str, wrong: Wrong) -> (u16, String) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let mut buckets = self.buckets.lock().unwrap();
        let list = |name: &str, items: String| (200, format!("<{name}>{items}</{name}>"));
        match (method, wrong) {
            ("GET", Wrong::Login(code, message)) if bucket.is_empty() => {
                return (403, refusal(code, message));
            }
            ("GET", _) if bucket.is_empty() => {
                let owner = "<Owner><ID>owner</ID></Owner><Buckets/>".to_owned();
                return list("ListAllMyBucketsResult", owner);
            }
            ("PUT", Wrong::Taken) => {
                buckets.insert(bucket.to_owned(), Vec::new());
                let message = "The requested bucket name is not available.";
                return (409, refusal("BucketAlreadyExists", message));
            }
            ("PUT", _) if key.is_empty() => {
                buckets.insert(bucket.to_owned(), Vec::new());
                return (200, String::new());
            }
            _ => {}
        }
        let Some(uploads) = buckets.get_mut(bucket) else {
            return (404, refusal("NoSuchBucket", "There is no such bucket."));
        };
        let asks_where = method == "GET" && query.starts_with("location");
        let is_wrong = match wrong {
            Wrong::NoLocation => asks_where,
            Wrong::NoLocationNowAndThen => {
                asks_where && (query.contains("other=") || self.turn().is_multiple_of(2))
            }
            _ => false,
        };
        if is_wrong {
            return (501, refusal("NotImplemented", "Not here."));
        }
        if wrong == Wrong::Flaps && method == "GET" && key.is_empty() && query.is_empty() {
            let turn = self.turn();
            let shown = [
                (turn.is_multiple_of(3), "<Prefix>a</Prefix>"),
                (turn % 2 == 1, "<Marker>b</Marker>"),
                (turn < 3, "<MaxKeys>1000</MaxKeys>"),
            ];
            let of = |(is_shown, text): (bool, &str)| {
                if is_shown {
                    text.to_owned()
                } else {
                    String::new()
                }
            };
            let more: String = shown.into_iter().map(of).collect();
            return list("ListBucketResult", format!("<Name>{bucket}</Name>{more}"));
        }
        match (method, key.is_empty()) {
            ("POST", false) => {
                uploads.push("upload-1".to_owned());
                let id = "<UploadId>upload-1</UploadId>".to_owned();
                list("InitiateMultipartUploadResult", id)
            }
            ("GET", true) if query.starts_with("uploads") => {
                let of = |id: &String| {
                    format!("<Upload><Key>big</Key><UploadId>{id}</UploadId></Upload>")
                };
                list(
                    "ListMultipartUploadsResult",
                    uploads.iter().map(of).collect(),
                )
            }
            ("GET", true) if query.starts_with("versions") => {
                list("ListVersionsResult", String::new())
            }
            ("DELETE", false) => {
                uploads.retain(|id| query != format!("uploadId={id}"));
                (204, String::new())
            }
            ("DELETE", true) if uploads.is_empty() => {
                buckets.remove(bucket);
                (204, String::new())
            }
            ("DELETE", true) => (409, refusal("BucketNotEmpty", "The bucket is not empty.")),
            _ => list("ListBucketResult", format!("<Name>{bucket}</Name>")),
        }
    }
}

fn refusal(code: &str, message: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")
}
