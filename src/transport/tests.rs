//! The wire against peers that misbehave.

use super::peer::{peer, read_request, saying};
use super::*;
use crate::recording::WireErrorKind;
use bytes::Bytes;
use md5::Digest;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn wire() -> Wire {
    wire_with(16, 0.0, None)
}

fn wire_with(in_flight: u32, per_second: f64, ca_file: Option<&Path>) -> Wire {
    Wire::new(WireConfig {
        in_flight,
        per_second,
        ca_file: ca_file.map(Path::to_owned),
        started: Instant::now(),
    })
    .unwrap()
}

fn get(origin: &str, target: &str) -> WireRequest {
    WireRequest {
        method: "GET".to_owned(),
        origin: origin.to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
        deadline: Duration::from_secs(20),
        keep: 64 * 1024,
        read: 640 * 1024,
        ..WireRequest::default()
    }
}

async fn answer(bytes: impl Into<Vec<u8>>) -> RawAnswer {
    let origin = saying(bytes).await;
    wire().send(get(&origin, "/")).await.answer.unwrap()
}

async fn failure(bytes: impl Into<Vec<u8>>) -> crate::recording::WireError {
    let origin = saying(bytes).await;
    wire().send(get(&origin, "/")).await.answer.unwrap_err()
}

/// What a peer got for a request.
async fn as_sent(change: impl FnOnce(&mut WireRequest)) -> String {
    let got = Arc::new(Mutex::new(String::new()));
    let writer = got.clone();
    let origin = peer(move |mut stream, _| {
        let writer = writer.clone();
        async move {
            let request = read_request(&mut stream).await;
            *writer.lock().unwrap() = request;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        }
    })
    .await;
    let mut request = get(&origin, "/");
    change(&mut request);
    let exchange = wire().send(request).await;
    assert_eq!(exchange.answer.unwrap().status, 204);
    let host = origin.trim_start_matches("http://");
    got.lock().unwrap().replace(host, "PEER")
}

#[tokio::test]
async fn targets_arrive_byte_for_byte() {
    for target in [
        "/a/../b/./c",
        "/a/%2e%2e/%2E/b",
        "//a//b//",
        "/a%2fb%00?x=%zz&y=a+b&&=",
        "/?",
        "/a|b\"{c}[d]\\e?f?g",
        "/ü/日本",
        "/;a=b,c:d@e!$&'()*+~",
    ] {
        let got = as_sent(|request| target.clone_into(&mut request.target)).await;
        assert!(
            got.starts_with(&format!("GET {target} HTTP/1.1\r\n")),
            "{target}: {got}"
        );
    }
}

#[tokio::test]
async fn what_a_request_line_cannot_carry_is_a_typed_error_and_not_sent() {
    let wire = wire();
    for target in ["/a b", "/a#b", "/a\r\nX: y", "/<a>", "/`", "a", "", "?a=b"] {
        let error = wire.send(get("http://127.0.0.1:9", target)).await.answer;
        let error = error.unwrap_err();
        assert_eq!(error.kind, WireErrorKind::Unsendable, "{target}: {error:?}");
    }
    let mut request = get("http://127.0.0.1:9", "/");
    request.headers = vec![("X-Auth-Token".to_owned(), "sec\nret".to_owned())];
    let error = wire.send(request).await.answer.unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Unsendable);
    assert!(!error.detail.contains("ret"), "{error:?}");
    let mut request = get("http://127.0.0.1:9", "/");
    request.headers = vec![("content-length".to_owned(), "5".to_owned())];
    let error = wire.send(request).await.answer.unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Unsendable);
}

#[tokio::test]
async fn headers_go_out_in_order_with_host_first_and_length_last() {
    let got = as_sent(|request| {
        request.method = "PUT".to_owned();
        request.headers = [("X-B", "1"), ("X-A", "ü"), ("X-B", "2")]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .into();
        request.body = Bytes::from_static(b"{}");
    })
    .await;
    assert_eq!(
        got,
        "PUT / HTTP/1.1\r\nHost: PEER\r\nX-B: 1\r\nX-B: 2\r\nX-A: ü\r\nContent-Length: 2\r\n\r\n{}"
    );
    let got = as_sent(|request| {
        request.headers = vec![("host".to_owned(), "other".to_owned())];
    })
    .await;
    assert_eq!(got, "GET / HTTP/1.1\r\nHost: other\r\n\r\n");
    let got = as_sent(|request| request.method = "POST".to_owned()).await;
    assert_eq!(
        got,
        "POST / HTTP/1.1\r\nHost: PEER\r\nContent-Length: 0\r\n\r\n"
    );
}

#[tokio::test]
async fn heads_come_back_as_they_were_written() {
    let answer = answer(
        "HTTP/1.1 299 Quite  Odd\r\nx-Lower: 1\r\nX-UPPER:2\r\nSet-Cookie: a\r\nx-other:  \r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nhi",
    )
    .await;
    assert_eq!((answer.status, answer.reason.as_str()), (299, "Quite  Odd"));
    let headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        headers,
        [
            ("x-Lower", "1"),
            ("X-UPPER", "2"),
            ("Set-Cookie", "a"),
            ("x-other", ""),
            ("Set-Cookie", "b"),
            ("Content-Length", "2")
        ]
    );
    assert_eq!(&answer.body[..], b"hi");
    assert_eq!(answer.md5, "49f68a5c8493ec2c0bf489821c21fc3b");
    assert_eq!((answer.length, answer.cut), (2, false));
}

#[tokio::test]
async fn bodies_end_as_their_framing_says() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: r\r\n\r\n";
    assert_eq!(&answer(chunked).await.body[..], b"abcd");
    let until_closed = "HTTP/1.0 200 OK\r\n\r\n<html>no length</html>";
    assert_eq!(answer(until_closed).await.length, 22);
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\nA: b\r\n\r\n";
    let interim = answer(interim).await;
    assert_eq!((interim.status, interim.headers.len()), (201, 2));
    for bodyless in ["204 No Content", "304 Not Modified"] {
        let bytes = format!("HTTP/1.1 {bodyless}\r\nContent-Length: 9\r\n\r\n");
        assert_eq!(answer(bytes).await.length, 0, "{bodyless}");
    }
    let origin = saying("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n").await;
    let mut head = get(&origin, "/");
    head.method = "HEAD".to_owned();
    let head = wire().send(head).await.answer.unwrap();
    assert_eq!(
        (head.length, head.header("content-length")),
        (0, Some("999"))
    );
}

#[tokio::test]
async fn what_is_not_http_is_said_to_be_so() {
    for garbage in [
        "garbage\r\n\r\n",
        "<!DOCTYPE html><html></html>",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "SSH-2.0-OpenSSH_9\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let error = failure(garbage).await;
        assert_eq!(error.kind, WireErrorKind::Protocol, "{garbage}: {error:?}");
    }
}

#[tokio::test]
async fn a_peer_that_greets_first_speaks_something_else() {
    let origin = peer(|mut stream, _| async move {
        let _ = stream.write_all(b"220 mail ready\r\n").await;
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    for _ in 0..5 {
        let error = wire().send(get(&origin, "/")).await.answer.unwrap_err();
        assert_eq!(error.kind, WireErrorKind::Protocol, "{error:?}");
    }
}

#[tokio::test]
async fn silence_and_half_answers_are_closed_connections() {
    for half in [
        "",
        "HTTP/1.1 200 OK\r\nConte",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ] {
        let error = failure(half).await;
        assert_eq!(error.kind, WireErrorKind::Closed, "{half}: {error:?}");
    }
    let half = failure("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").await;
    assert!(half.detail.contains("status 200 and 3 bytes"), "{half:?}");
}

#[tokio::test]
async fn a_reset_is_told_from_a_close() {
    let origin = peer(|mut stream, _| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let error = wire().send(get(&origin, "/")).await.answer.unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Reset, "{error:?}");
}

#[tokio::test]
async fn nobody_there_and_no_such_name_are_told_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = wire().send(get(&origin, "/")).await.answer.unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Connect, "{error:?}");
    let nowhere = get("http://interop.invalid", "/");
    let error = wire().send(nowhere).await.answer.unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Resolve, "{error:?}");
}

#[tokio::test]
async fn an_endless_body_is_cut_where_nothing_more_is_read() {
    let origin = peer(|mut stream, _| async move {
        read_request(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
        let _ = stream.write_all(head).await;
        let chunk = vec![b'x'; 1 << 16];
        while stream.write_all(&chunk).await.is_ok() {}
    })
    .await;
    let mut request = get(&origin, "/");
    (request.keep, request.read) = (10_000, 100_000);
    let answer = wire().send(request).await.answer.unwrap();
    assert_eq!((answer.status, answer.cut), (200, true));
    assert_eq!(answer.body.len(), 10_000);
    assert!(answer.length > 100_000, "{}", answer.length);
    assert!(answer.length < 2_000_000, "{}", answer.length);
}

#[tokio::test]
async fn a_long_body_is_counted_and_digested_though_not_kept() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n".to_vec();
    bytes.extend(vec![b'a'; 50_000]);
    let mut request = get(&saying(bytes).await, "/");
    request.keep = 10_000;
    let answer = wire().send(request).await.answer.unwrap();
    assert_eq!((answer.body.len(), answer.length), (10_000, 50_000));
    assert!(answer.cut);
    let whole = hex::encode(md5::Md5::digest(vec![b'a'; 50_000]));
    assert_eq!(answer.md5, whole);
}

#[tokio::test]
async fn heads_without_end_and_heads_with_thousands_of_headers_are_too_large() {
    let endless = peer(|mut stream, _| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ").await;
        while stream.write_all(&[b'x'; 1024]).await.is_ok() {}
    })
    .await;
    let error = wire().send(get(&endless, "/")).await.answer.unwrap_err();
    assert_eq!(error.kind, WireErrorKind::TooLarge, "{error:?}");
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(2000));
    let error = failure(many).await;
    assert_eq!(error.kind, WireErrorKind::TooLarge, "{error:?}");
}

#[tokio::test]
async fn a_drip_ends_at_the_deadline_with_what_came_in_words() {
    let origin = peer(|mut stream, _| async move {
        read_request(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
        let _ = stream.write_all(head).await;
        while stream.write_all(b".").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let mut request = get(&origin, "/");
    request.deadline = Duration::from_millis(500);
    let exchange = wire().send(request).await;
    let error = exchange.answer.unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Deadline);
    assert!(error.detail.contains("status 200"), "{error:?}");
    assert!(exchange.timing.done_us >= 500_000, "{:?}", exchange.timing);
    assert!(exchange.timing.connected_us <= exchange.timing.first_byte_us);
    assert!(exchange.timing.first_byte_us < exchange.timing.done_us);
}

#[tokio::test]
async fn an_answer_before_the_whole_request_was_read_is_an_answer() {
    let origin = peer(|mut stream, _| async move {
        let mut some = [0; 512];
        let _ = stream.read(&mut some).await;
        let early = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(early).await;
        let mut sink = vec![0; 1 << 16];
        while stream.read(&mut sink).await.is_ok_and(|n| n > 0) {}
    })
    .await;
    let mut request = get(&origin, "/");
    request.method = "PUT".to_owned();
    request.body = Bytes::from(vec![b'x'; 8 << 20]);
    let answer = wire().send(request).await.answer.unwrap();
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn every_exchange_has_a_connection_of_its_own_and_is_counted() {
    let origin = peer(|mut stream, number| async move {
        read_request(&mut stream).await;
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.read(&mut [0]).await;
    })
    .await;
    let wire = wire();
    for expected in ["0", "1", "2"] {
        let answer = wire.send(get(&origin, "/")).await.answer.unwrap();
        assert_eq!(&answer.body[..], expected.as_bytes());
    }
    assert_eq!(wire.requests(), 3);
}

#[tokio::test]
async fn no_more_than_allowed_are_under_way_and_waiting_is_not_timed() {
    let under_way = Arc::new(Mutex::new((0_u32, 0_u32)));
    let count = under_way.clone();
    let origin = peer(move |mut stream, _| {
        let count = count.clone();
        async move {
            read_request(&mut stream).await;
            {
                let mut count = count.lock().unwrap();
                count.0 += 1;
                count.1 = count.1.max(count.0);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            count.lock().unwrap().0 -= 1;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .await;
        }
    })
    .await;
    let wire = Arc::new(wire_with(2, 0.0, None));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (wire, request) = (wire.clone(), get(&origin, "/"));
        tasks.spawn(async move { wire.send(request).await });
    }
    let exchanges = tasks.join_all().await;
    assert!(exchanges.iter().all(|e| e.answer.is_ok()));
    assert_eq!(under_way.lock().unwrap().1, 2);
    // Six pairs of 50 ms in a row: the last began late, and took no longer for it.
    let last = exchanges.iter().map(|e| e.timing).max_by_key(|t| t.at_us);
    let last = last.unwrap();
    assert!(last.at_us >= 200_000, "{last:?}");
    assert!(last.done_us < last.at_us, "{last:?}");
}

#[tokio::test]
async fn starts_are_spaced() {
    let origin = saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let wire = wire_with(16, 20.0, None);
    let begun = Instant::now();
    for _ in 0..5 {
        wire.send(get(&origin, "/")).await.answer.unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

fn testdata(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/transport/testdata")
        .join(name)
}

async fn tls_peer() -> String {
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls::{ServerConfig, crypto};
    let chain = CertificateDer::pem_file_iter(testdata("loopback.pem")).unwrap();
    let chain = chain.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(testdata("loopback.key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let origin = peer(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 4096]).await;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        }
    })
    .await;
    origin.replace("http://", "https://")
}

#[tokio::test]
async fn tls_is_trusted_through_the_ca_file_and_for_the_right_name_only() {
    let origin = tls_peer().await;
    let error = wire().send(get(&origin, "/")).await.answer.unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Tls, "{error:?}");
    let wire = wire_with(1, 0.0, Some(&testdata("loopback-root.pem")));
    let answer = wire.send(get(&origin, "/")).await.answer.unwrap();
    assert_eq!(&answer.body[..], b"ok");
    let plain = peer(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Speak TLS\r\n\r\n").await;
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let other_name = origin.replace("127.0.0.1", "127.0.0.2");
    for origin in [plain.replace("http://", "https://"), other_name] {
        let error = wire.send(get(&origin, "/")).await.answer.unwrap_err();
        let expected = [WireErrorKind::Tls, WireErrorKind::Connect];
        assert!(expected.contains(&error.kind), "{origin}: {error:?}");
    }
}

#[test]
fn a_ca_file_that_is_none_is_refused() {
    for path in ["tests.rs", "testdata/none.pem"] {
        let ca_file = Some(testdata("..").join(path));
        let config = WireConfig {
            in_flight: 1,
            per_second: 0.0,
            ca_file,
            started: Instant::now(),
        };
        let result = Wire::new(config);
        assert!(matches!(result, Err(TransportError::CaFile { .. })));
    }
}

#[test]
fn requests_and_answers_show_no_secret_when_printed() {
    let mut request = get("http://h", "/");
    request.headers = vec![("X-Auth-Token".to_owned(), "tok3n".to_owned())];
    request.body = Bytes::from_static(b"passw0rd");
    let text = format!("{request:?}");
    assert!(text.contains("X-Auth-Token") && !text.contains("tok3n") && !text.contains("passw0rd"));
}

#[tokio::test]
async fn requests_of_a_race_are_all_under_way_before_any_is_answered() {
    let all = Arc::new(tokio::sync::Barrier::new(3));
    let origin = peer(move |mut stream, _| {
        let all = all.clone();
        async move {
            read_request(&mut stream).await;
            all.wait().await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        }
    })
    .await;
    // the limits are waited for before, not in between
    let wire = wire_with(3, 50.0, None);
    let requests = vec![get(&origin, "/"); 3];
    let seen = wire.send_together(&requests).await;
    let statuses: Vec<u16> = seen
        .iter()
        .map(|exchange| exchange.answer.as_ref().unwrap().status)
        .collect();
    assert_eq!(statuses, [204, 204, 204]);
}

#[tokio::test]
async fn one_that_cannot_connect_keeps_the_others_of_a_race_from_nothing() {
    let origin = saying("HTTP/1.1 204 No Content\r\n\r\n").await;
    let requests = [get(&origin, "/"), get("http://127.0.0.1:1", "/")];
    // more at once than are allowed
    let seen = wire_with(1, 0.0, None).send_together(&requests).await;
    assert_eq!(seen[0].answer.as_ref().unwrap().status, 204);
    assert_eq!(
        seen[1].answer.as_ref().unwrap_err().kind,
        WireErrorKind::Connect
    );
}

#[tokio::test]
async fn it_is_told_when_a_request_is_under_way() {
    let go = Arc::new(tokio::sync::Notify::new());
    let answer = go.clone();
    let origin = peer(move |mut stream, _| {
        let go = answer.clone();
        async move {
            read_request(&mut stream).await;
            go.notified().await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        }
    })
    .await;
    let told = Arc::new(tokio::sync::Notify::new());
    let wire = wire();
    let (seen, ()) = tokio::join!(wire.send_telling(get(&origin, "/"), told.clone()), async {
        told.notified().await;
        go.notify_one();
    });
    assert_eq!(seen.answer.unwrap().status, 204);
}
