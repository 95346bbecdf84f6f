//! Signature version 2, which old clients send and some services still take.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>

use super::sign::{Signer, flipped};
use crate::scenario::{Sign, Wrong};
use crate::transport::WireRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use std::collections::BTreeMap;

/// Parts of a query that are signed.
const SUBRESOURCES: [&str; 20] = [
    "acl",
    "cors",
    "delete",
    "lifecycle",
    "location",
    "logging",
    "notification",
    "partNumber",
    "policy",
    "requestPayment",
    "response-content-type",
    "response-content-disposition",
    "restore",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
];

pub(super) fn sign(
    signer: &Signer,
    sign: &Sign,
    mut request: WireRequest,
) -> Result<WireRequest, String> {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = time::OffsetDateTime::from(signer.time)
        .format(&format)
        .map_err(|error| error.to_string())?;
    if !request.origin.contains("://") {
        return Err("it has no origin".to_owned());
    }
    request.headers.push(("Date".to_owned(), date.clone()));
    let header = |wanted: &str| {
        let found = request
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let mut amz: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if name.starts_with("x-amz-") {
            amz.entry(name).or_default().push(value.trim());
        }
    }
    let mut text = [
        &request.method,
        header("content-md5"),
        header("content-type"),
        &date,
        "",
    ]
    .join("\n");
    for (name, values) in &amz {
        text.extend([name, ":", &values.join(","), "\n"]);
    }
    text.push_str(&resource(&request.target));
    let mut mac = Hmac::<Sha1>::new_from_slice(signer.secret_key.expose().as_bytes())
        .map_err(|error| error.to_string())?;
    mac.update(text.as_bytes());
    let mut signature = STANDARD.encode(mac.finalize().into_bytes());
    if sign.wrong == Some(Wrong::Signature) {
        signature = flipped(&signature);
    }
    let value = format!("AWS {}:{signature}", signer.access_key);
    request.headers.push(("Authorization".to_owned(), value));
    Ok(request)
}

/// The path, and of the query what is signed, sorted.
fn resource(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parts: Vec<&str> = query
        .split('&')
        .filter(|part| {
            let name = part.split('=').next().unwrap_or_default();
            SUBRESOURCES.contains(&name)
        })
        .collect();
    parts.sort_unstable();
    if parts.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", parts.join("&"))
    }
}
