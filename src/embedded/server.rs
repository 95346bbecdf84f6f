//! The server itself: a kept library over a folder.

use super::NAMED;
use super::folder::Folder;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::auth::SimpleAuth;
use s3s::host::MultiDomain;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A running server; it stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    accepts: JoinHandle<()>,
    _folder: Folder,
}

impl Server {
    /// Starts a server that knows these pairs of access key and secret key. The error is for people.
    pub async fn start(keys: Vec<(String, String)>) -> Result<Self, String> {
        let folder = Folder::make()?;
        let files = FileSystem::new(folder.path()).map_err(|error| format!("{error:?}"))?;
        let mut auth = SimpleAuth::new();
        for (access_key, secret_key) in keys {
            auth.register(access_key, secret_key.into());
        }
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(auth);
        let host = MultiDomain::new([NAMED.trim_start_matches("http://")])
            .map_err(|error| error.to_string())?;
        builder.set_host(host);
        let service = builder.build();
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(|error| format!("can't listen on the loopback interface: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let accepts = tokio::spawn(accept(listener, service));
        Ok(Self {
            address,
            accepts,
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
        self.accepts.abort();
    }
}

/// Connections end with the set that holds them.
async fn accept(listener: TcpListener, service: S3Service) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    continue;
                };
                let service = service.clone();
                connections.spawn(async move {
                    let connection = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), service);
                    // a client that goes away is its own matter
                    let _ = connection.await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
