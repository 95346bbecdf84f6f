//! A form that a browser may send: its policy and the policy's signature, as fields before the file.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

use super::sign::{Signer, flipped};
use crate::protocol::multipart::{self, Part};
use crate::scenario::{Sign, Wrong};
use crate::transport::WireRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::Duration;

/// A policy that allows exactly the fields that the body has, in the bucket that is addressed. A field `policy` of the
/// author's own is JSON and is signed in its place.
pub(super) fn sign(
    signer: &Signer,
    sign: &Sign,
    mut request: WireRequest,
) -> Result<WireRequest, String> {
    let own = multipart::read(&request.body);
    let credential = format!("{}/{}", signer.access_key, signer.scope());
    let stamp = signer.stamp();
    let mut fields = vec![
        ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
        ("x-amz-credential", credential),
        ("x-amz-date", stamp),
    ];
    if let Some(token) = &signer.session_token {
        fields.push(("x-amz-security-token", token.expose().clone()));
    }
    let mut conditions: Vec<Value> = vec![json!({ "bucket": bucket(&request) })];
    for (name, value) in &own {
        conditions.push(json!({ name: value }));
    }
    for (name, value) in &fields {
        conditions.push(json!({ *name: value }));
    }
    let ends = signer.time + Duration::from_secs(sign.expires);
    let format =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z");
    let expiration = time::OffsetDateTime::from(ends)
        .format(&format)
        .map_err(|error| error.to_string())?;
    let policy = json!({ "expiration": expiration, "conditions": conditions }).to_string();
    let policy = STANDARD.encode(policy);
    let mut signature = signer.signature(&policy);
    if sign.wrong == Some(Wrong::Signature) {
        signature = flipped(&signature);
    }
    fields.push(("policy", policy));
    fields.push(("x-amz-signature", signature));
    let parts: Vec<Part> = fields
        .into_iter()
        .map(|(name, content)| Part {
            name: name.to_owned(),
            content,
            ..Part::default()
        })
        .collect();
    let meant = request.body.clone();
    request.body = multipart::before(&parts, &request.body);
    request.meant = Some(meant);
    Ok(request)
}

/// The bucket that a request addresses, by path or by host.
fn bucket(request: &WireRequest) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    let first = path.trim_start_matches('/').split('/').next();
    if let Some(first) = first.filter(|first| !first.is_empty()) {
        return first.to_owned();
    }
    let host = request.origin.split("://").nth(1).unwrap_or_default();
    host.split('.').next().unwrap_or_default().to_owned()
}
