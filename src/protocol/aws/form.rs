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

/// A policy that allows exactly the fields that the body has, in the bucket that is addressed. A field of the author's
/// own stays as it is, and no other of its name is added; so a `policy`, which is what is signed then.
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
    let is_new = |name: &str| own.iter().all(|(written, _)| written != name);
    for (name, value) in fields.iter().filter(|(name, _)| is_new(name)) {
        conditions.push(json!({ *name: value }));
    }
    let ends = signer.time + Duration::from_secs(sign.expires);
    let format =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z");
    let expiration = time::OffsetDateTime::from(ends)
        .format(&format)
        .map_err(|error| error.to_string())?;
    let policy = json!({ "expiration": expiration, "conditions": conditions }).to_string();
    let written = own.iter().find(|(name, _)| name == "policy");
    let policy = written.map_or_else(|| STANDARD.encode(policy), |(_, text)| text.clone());
    let mut signature = signer.signature(&policy);
    if sign.wrong == Some(Wrong::Signature) {
        signature = flipped(&signature);
    }
    fields.push(("policy", policy));
    fields.push(("x-amz-signature", signature));
    let parts: Vec<Part> = fields
        .into_iter()
        .filter(|(name, _)| is_new(name))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::secret::Redacted;
    use bytes::Bytes;

    fn fields(own: &[(&str, &str)]) -> Vec<(String, String)> {
        let parts: Vec<Part> = own
            .iter()
            .map(|(name, content)| Part {
                name: (*name).to_owned(),
                content: (*content).to_owned(),
                ..Part::default()
            })
            .collect();
        let request = WireRequest {
            target: "/bucket".to_owned(),
            body: multipart::body(&parts),
            ..WireRequest::default()
        };
        let signed = sign(&signer(), &Sign::default(), request).unwrap();
        let fields = multipart::read(&signed.body);
        assert_ne!(signed.body, Bytes::new());
        fields
    }

    fn signer() -> Signer {
        Signer {
            access_key: "key".to_owned(),
            secret_key: Redacted::new("secret".to_owned()),
            session_token: None,
            region: "us-east-1".to_owned(),
            service: "s3".to_owned(),
            time: std::time::UNIX_EPOCH,
        }
    }

    fn all(fields: &[(String, String)], name: &str) -> Vec<String> {
        let found = fields.iter().filter(|(own, _)| own == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    #[test]
    fn a_policy_of_the_authors_own_is_what_is_sent_and_signed() {
        let fields = fields(&[("key", "a"), ("policy", "bm9uZQ==")]);
        assert_eq!(all(&fields, "policy"), ["bm9uZQ=="]);
        let signature = signer().signature("bm9uZQ==");
        assert_eq!(all(&fields, "x-amz-signature"), [signature]);
    }

    #[test]
    fn a_policy_is_made_where_there_is_none() {
        let fields = fields(&[("key", "a"), ("x-amz-date", "19990101T000000Z")]);
        assert_eq!(all(&fields, "policy").len(), 1);
        assert_eq!(all(&fields, "x-amz-date"), ["19990101T000000Z"]);
    }
}
