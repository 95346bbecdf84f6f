//! `aws-chunked` bodies: chunks with or without signatures, and a trailer with a checksum.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use super::sign::Signer;
use crate::scenario::{Checksum, PayloadSign, Sign};
use crate::transport::WireRequest;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Adds the headers that say how the body is framed, before they are signed.
pub(super) fn announce(request: &mut WireRequest, sign: &Sign) {
    if !sign.payload.is_framed() {
        return;
    }
    let mut add = |name: &str, value: String| {
        if !request
            .headers
            .iter()
            .any(|(own, _)| own.eq_ignore_ascii_case(name))
        {
            request.headers.push((name.to_owned(), value));
        }
    };
    add("Content-Encoding", "aws-chunked".to_owned());
    add(
        "x-amz-decoded-content-length",
        request.body.len().to_string(),
    );
    if let Some(checksum) = trailer(sign) {
        add("x-amz-trailer", checksum.header());
    }
}

fn trailer(sign: &Sign) -> Option<Checksum> {
    sign.trailer.filter(|_| sign.payload.has_trailer())
}

/// Puts the body into its frames. `signed`: who signs the chunks, and the signature that the first follows.
pub(super) fn frame(request: &mut WireRequest, sign: &Sign, signed: Option<(&Signer, &str)>) {
    if !sign.payload.is_framed() {
        return;
    }
    let signs = sign.payload != PayloadSign::StreamingUnsignedTrailer;
    let mut before = signed.map(|(_, seed)| seed.to_owned()).unwrap_or_default();
    let mut next = |kind: &str, rest: &str| {
        let (signer, _) = signed.filter(|_| signs)?;
        let text = format!(
            "AWS4-HMAC-SHA256-{kind}\n{}\n{}\n{before}\n{rest}",
            signer.stamp(),
            signer.scope(),
        );
        before = signer.signature(&text);
        Some(before.clone())
    };
    let mut out = Vec::with_capacity(request.body.len() + 1024);
    let last: &[u8] = &[];
    for chunk in request.body.chunks(sign.chunk).chain([last]) {
        let digest = hex::encode(Sha256::digest(chunk));
        out.extend_from_slice(format!("{:x}", chunk.len()).as_bytes());
        if let Some(signature) = next("PAYLOAD", &format!("{EMPTY}\n{digest}")) {
            out.extend_from_slice(format!(";chunk-signature={signature}").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(chunk);
        // a trailer follows the line of the last chunk at once
        if !chunk.is_empty() || !sign.payload.has_trailer() {
            out.extend_from_slice(b"\r\n");
        }
    }
    if sign.payload.has_trailer() {
        if let Some(checksum) = trailer(sign) {
            let line = format!("{}:{}", checksum.header(), checksum.of(&request.body));
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(b"\r\n");
            let digest = hex::encode(Sha256::digest(format!("{line}\n")));
            if let Some(signature) = next("TRAILER", &digest) {
                let line = format!("x-amz-trailer-signature:{signature}\r\n");
                out.extend_from_slice(line.as_bytes());
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    let meant = std::mem::replace(&mut request.body, Bytes::from(out));
    request.meant = Some(meant);
}
