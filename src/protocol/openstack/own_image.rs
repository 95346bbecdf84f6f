//! The small image that a run may bring along: the same bytes on every cloud, made before the run and removed after it.
//! <https://docs.openstack.org/api-ref/image/v2/#image-data>
//!
//! Making it is unsafe, so every send is journalled by the caller; nothing here is sent twice by itself.

use super::control::{ControlBody, ControlCall, ControlError, Purpose};
use super::reading::{json, said, status};
use super::session::Session;
use crate::profile::Profile;
use crate::recording::Binding;
use crate::transport::RawAnswer;
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};

/// 1 MiB: more than any store's smallest unit, and sent in a moment.
const SIZE: usize = 1 << 20;

/// Bytes before they repeat: recordings hold what was sent, and compress it.
const PERIOD: usize = 4096;

/// Until glance has stored it.
const ACTIVE_WITHIN: Duration = Duration::from_mins(2);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

const WHAT: &str = "raw, 1 MiB";

/// Why an image that was made could not be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfilled {
    /// The cloud was not well: a new one may do.
    ForNow(String),
    ForGood(String),
}

/// What is bound before the image exists.
pub(super) fn promised(
    session: &Session,
    profile: &Profile,
    wanted: usize,
) -> Result<Binding, String> {
    if !session.services().contains_key("image") {
        return Err("an own image can't be uploaded: no image service in the catalog".to_owned());
    }
    let room = profile
        .limits
        .most
        .get("images")
        .copied()
        .unwrap_or(u32::MAX);
    if usize::try_from(room).is_ok_and(|room| room < wanted) {
        return Err(format!(
            "an own image can't be uploaded: the profile allows {room} images at once"
        ));
    }
    let mut document = properties("");
    if let Some(members) = document.as_object_mut() {
        members.insert("size".to_owned(), json!(SIZE));
    }
    Ok(Binding {
        id: String::new(),
        name: "an own image".to_owned(),
        document,
        chosen: format!("{WHAT}: uploaded before each run and removed after it"),
    })
}

fn properties(name: &str) -> Value {
    json!({
        "name": name,
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "private",
        "min_disk": 0,
        "min_ram": 0,
    })
}

/// The same on every cloud and in every run, and no system that boots.
fn content() -> Bytes {
    let mut period = Vec::with_capacity(PERIOD);
    for block in 0_u32.. {
        if period.len() >= PERIOD {
            break;
        }
        let mut hash = Sha256::new();
        hash.update(b"an image of interop");
        hash.update(block.to_be_bytes());
        period.extend_from_slice(&hash.finalize());
    }
    Bytes::from(period.repeat(SIZE / PERIOD))
}

impl Session {
    /// Asks for an image without content. Any answer.
    pub async fn create_image(&self, name: &str) -> Result<RawAnswer, ControlError> {
        let mut call = ControlCall::new(Purpose::Upload, "main", "image", "POST", "/images");
        call.body = ControlBody::Json(properties(name));
        self.send(&call).await
    }

    /// Sends the content of an image that was just made, and waits until it can be used.
    pub async fn fill_image(&self, id: &str) -> Result<Binding, Unfilled> {
        let target = format!("/images/{}/file", super::asking::segment(id));
        let mut call = ControlCall::new(Purpose::Upload, "main", "image", "PUT", &target);
        call.body = ControlBody::Bytes(content());
        match self.send(&call).await {
            Ok(answer) if (200..300).contains(&answer.status) => self.active(id).await,
            Ok(answer) => {
                let why = refusal("PUT /images/…/file", &answer);
                Err(match answer.status {
                    408 | 429 | 500.. => Unfilled::ForNow(why),
                    _ => Unfilled::ForGood(why),
                })
            }
            Err(error) => Err(Unfilled::ForNow(error.to_string())),
        }
    }

    async fn active(&self, id: &str) -> Result<Binding, Unfilled> {
        let target = format!("/images/{}", super::asking::segment(id));
        let call = ControlCall::new(Purpose::Discovery, "main", "image", "GET", &target);
        let until = Instant::now() + ACTIVE_WITHIN;
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = self.send(&call).await;
            let answer = answer.map_err(|error| Unfilled::ForNow(error.to_string()))?;
            if answer.status != 200 {
                return Err(Unfilled::ForNow(refusal("GET /images/…", &answer)));
            }
            let document = json(&answer).map_err(Unfilled::ForNow)?;
            let text = |member: &str| {
                document
                    .get(member)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            match text("status") {
                "active" => {
                    return Ok(Binding {
                        id: id.to_owned(),
                        name: text("name").to_owned(),
                        chosen: format!("{WHAT}: {}", Binding::UPLOADED),
                        document,
                    });
                }
                "queued" | "saving" | "importing" | "uploading" => {}
                other => {
                    let why = format!("the image became `{}`", super::reading::printable(other));
                    return Err(Unfilled::ForGood(why));
                }
            }
            if Instant::now() >= until {
                let seconds = ACTIVE_WITHIN.as_secs();
                let why = format!("the image was still `{}` after {seconds} s", text("status"));
                return Err(Unfilled::ForGood(why));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// `POST /images answers 403 Forbidden (quota)`, for people.
pub fn refusal(asked: &str, answer: &RawAnswer) -> String {
    format!("{asked} answers {} ({})", status(answer), said(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_is_always_the_same_mebibyte_and_compresses() {
        let bytes = content();
        assert_eq!(bytes.len(), SIZE);
        assert_eq!(bytes, content());
        assert_eq!(bytes[..PERIOD], bytes[PERIOD..2 * PERIOD]);
        assert_ne!(bytes[..32], bytes[32..64]);
        assert_eq!(
            hex::encode(&Sha256::digest(&bytes)[..4]),
            "4cb325ec",
            "whoever changes this changes what recordings of two versions compare"
        );
    }
}
