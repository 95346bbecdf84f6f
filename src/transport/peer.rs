//! A peer on the loopback interface that says what a test wants said.

use std::future::Future;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Listens, and hands each connection with its number (from 0) to `script`. Gives the origin.
pub(crate) async fn peer<F, S>(script: F) -> String
where
    F: Fn(TcpStream, usize) -> S + Send + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut number = 0;
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(script(stream, number));
            number += 1;
        }
    });
    origin
}

/// Reads one request, says `bytes`, closes.
pub(crate) async fn saying(bytes: impl Into<Vec<u8>>) -> String {
    let bytes: Vec<u8> = bytes.into();
    peer(move |mut stream, _| {
        let bytes = bytes.clone();
        async move {
            read_request(&mut stream).await;
            let _ = stream.write_all(&bytes).await;
        }
    })
    .await
}

/// The head and body of a request, as text.
pub(crate) async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    let mut whole = None;
    loop {
        if whole.is_none()
            && let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let body = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            whole = Some(end + 4 + body.unwrap_or(0));
        }
        if whole.is_some_and(|whole| bytes.len() >= whole) {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&buffer[..n]),
            _ => return String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}
