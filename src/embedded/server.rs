//! The server itself: a kept library over a folder, on a thread of its own.

use super::NAMED;
use super::files::Files;
use super::folder::Folder;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::auth::SimpleAuth;
use s3s::host::MultiDomain;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError};
use s3s_fs::FileSystem;
use std::net::SocketAddr;
use std::sync::Once;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// The name of its thread, by which its panics are known.
const THREAD: &str = "embedded-s3";

/// A running server; it stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Goes last: the thread has ended by then.
    _folder: Folder,
}

impl Server {
    /// Starts a server that knows these pairs of access key and secret key. The error is for people.
    pub async fn start(keys: Vec<(String, String)>) -> Result<Self, String> {
        let folder = Folder::make(&std::env::temp_dir())?;
        let files = FileSystem::new(folder.path()).map_err(|error| format!("{error:?}"))?;
        let mut auth = SimpleAuth::new();
        for (access_key, secret_key) in keys {
            auth.register(access_key, secret_key.into());
        }
        let mut builder = S3ServiceBuilder::new(Files::new(files));
        builder.set_auth(auth);
        let host = NAMED.trim_start_matches("http://");
        builder.set_host(MultiDomain::new([host]).map_err(|error| error.to_string())?);
        let service = builder.build();
        let listening = |error| format!("can't listen on the loopback interface: {error}");
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(listening)?;
        listener.set_nonblocking(true).map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name(THREAD)
            .build()
            .map_err(|error| error.to_string())?;
        silence();
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    let listener = TcpListener::from_std(listener);
                    // who waits for it has the error's words
                    let Ok(listener) = listener else { return };
                    if ready.send(()).is_ok() {
                        accept(listener, service, stopped).await;
                    }
                });
            })
            .map_err(|error| error.to_string())?;
        is_ready
            .await
            .map_err(|_| "its listener could not be taken over".to_owned())?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
            _folder: folder,
        })
    }

    /// Where it is found: `http://127.0.0.1:port`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // a thread that has ended hears nothing
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Connections end with the set that holds them.
async fn accept(listener: TcpListener, service: S3Service, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    continue;
                };
                let service = service.clone();
                let answer = service_fn(move |request| answer(service.clone(), request));
                connections.spawn(async move {
                    let connection = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), answer);
                    // a client that goes away is its own matter
                    let _ = connection.await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What makes the library panic is answered as other servers answer what they can't do.
async fn answer(
    service: S3Service,
    request: Request<Incoming>,
) -> Result<Response<Body>, HttpError> {
    let answer = tokio::spawn(async move { service.call(request.map(Body::from)).await });
    if let Ok(answer) = answer.await {
        return answer;
    }
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>InternalError</Code>\
                <Message>We encountered an internal error. Please try again.</Message></Error>";
    let mut answer = Response::new(Body::from(text.to_owned()));
    *answer.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
    let xml = hyper::header::HeaderValue::from_static("application/xml");
    answer
        .headers_mut()
        .insert(hyper::header::CONTENT_TYPE, xml);
    Ok(answer)
}

/// A panic on the server's thread is an answer of 500, and no defect of ours to be shown.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(THREAD) {
                before(info);
            }
        }));
    });
}
