//! Discovery's questions: GETs as `main`, whose answers are JSON, and lists over all their pages.

use super::control::{ControlCall, Purpose};
use super::reading::{json, said, status};
use super::session::Session;
use crate::scenario::Base;
use crate::transport::RawAnswer;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Pages of a list that are read.
const MOST_PAGES: usize = 50;

#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub session: &'a Session,
}

impl Asker<'_> {
    /// Any answer. The error says what was asked and why there is none.
    pub(super) async fn get(
        self,
        service: &str,
        base: Base,
        target: &str,
    ) -> Result<RawAnswer, String> {
        let mut call = ControlCall::new(Purpose::Discovery, "main", service, "GET", target);
        call.base = base;
        // Many of these wait side by side in one future.
        let answer = Box::pin(self.session.send(&call)).await;
        answer.map_err(|e| e.to_string())
    }

    /// The document of an answer of 200.
    pub(super) async fn document(
        self,
        service: &str,
        base: Base,
        target: &str,
    ) -> Result<Value, String> {
        let answer = self.get(service, base, target).await?;
        let asked = |what: String| format!("GET {target} of {service}: {what}");
        if answer.status != 200 {
            let (status, said) = (status(&answer), said(&answer));
            return Err(asked(format!("{status} ({said})")));
        }
        json(&answer).map_err(asked)
    }

    /// All items of a list. `target` may have a query.
    pub(super) async fn list(
        self,
        service: &str,
        target: &str,
        key: &str,
    ) -> Result<Vec<Value>, String> {
        let (mut items, mut markers) = (Vec::new(), BTreeSet::new());
        let mut page_target = target.to_owned();
        for _ in 0..MOST_PAGES {
            let mut page = self.document(service, Base::Endpoint, &page_target).await?;
            let more = has_next(&page, key);
            let Some(Value::Array(found)) = page.get_mut(key).map(Value::take) else {
                return Err(format!("GET {page_target} of {service}: no list `{key}`"));
            };
            let last = found.last().and_then(|item| item.get("id")?.as_str());
            let last = last.map(segment);
            items.extend(found);
            // The links themselves may name an origin behind the cloud's front end.
            match last {
                Some(marker) if more && markers.insert(marker.clone()) => {
                    let joint = if target.contains('?') { '&' } else { '?' };
                    page_target = format!("{target}{joint}marker={marker}");
                }
                _ => return Ok(items),
            }
        }
        Ok(items)
    }
}

/// Glance says `next`, the others `KEY_links` with `rel = next`.
fn has_next(page: &Value, key: &str) -> bool {
    let links = page.get(format!("{key}_links")).and_then(Value::as_array);
    let mut links = links.into_iter().flatten();
    page.get("next").is_some_and(Value::is_string)
        || links.any(|link| link.get("rel").and_then(Value::as_str) == Some("next"))
}

/// Text as one segment of a path or one value of a query.
pub(super) fn segment(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_next_page_is_seen_in_either_form() {
        assert!(has_next(
            &json!({ "next": "/v2/images?marker=1" }),
            "images"
        ));
        let links = json!({ "flavors_links": [{ "rel": "next", "href": "http://h" }] });
        assert!(has_next(&links, "flavors") && !has_next(&links, "images"));
        for page in [
            json!(null),
            json!([]),
            json!({ "next": null }),
            json!({ "x_links": [1] }),
        ] {
            assert!(!has_next(&page, "x"), "{page}");
        }
    }

    #[test]
    fn names_become_one_segment() {
        assert_eq!(segment("a b/ü?.."), "a%20b%2F%C3%BC%3F..");
    }
}
