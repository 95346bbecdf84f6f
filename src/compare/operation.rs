//! The operation that a step performs: what findings are grouped by.

use crate::observe::{leaves, parts};
use crate::scenario::{Base, Scenario, TemplatePart};

/// `POST /servers`, `GET /servers/{}`: method and path as the scenario writes it, without query and values.
#[must_use]
pub fn operation(scenario: &Scenario, step: &str) -> String {
    let found = leaves(&scenario.steps)
        .into_iter()
        .find(|leaf| leaf.id == step)
        .and_then(parts);
    let Some(parts) = found else {
        return step.to_owned();
    };
    let request = parts.request;
    let mut whole = String::new();
    for part in &request.target.parts {
        match part {
            TemplatePart::Text(text) => whole.push_str(text),
            TemplatePart::Hole(_) => whole.push_str("{}"),
        }
    }
    let prefix = match request.base {
        Base::Endpoint => "",
        Base::Root => "(root)",
        Base::Absolute => "(link)",
        Base::Path => "(by path)",
        Base::VirtualHost => "(by host)",
    };
    if request.service == "s3" {
        return format!("{} {prefix}{}", request.method, of_bucket(&whole));
    }
    let path = whole.split('?').next().unwrap_or("");
    let service = if request.service == scenario.service {
        String::new()
    } else {
        format!("{} ", request.service)
    };
    format!("{service}{} {prefix}{path}", request.method)
}

/// S3 tells its operations apart by the length of the path and by words in the query.
fn of_bucket(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let key = path.trim_start_matches('/').split_once('/');
    let path = match (path, key) {
        ("/" | "", _) => "/",
        (_, Some((_, key))) if !key.is_empty() => "/{bucket}/{key}",
        _ => "/{bucket}",
    };
    let words: Vec<&str> = query
        .split('&')
        .filter_map(|pair| match pair.split_once('=') {
            None | Some((_, "")) => Some(pair.trim_end_matches('=')),
            Some((name @ ("uploadId" | "partNumber" | "versionId" | "list-type"), _)) => Some(name),
            Some(_) => None,
        })
        .filter(|word| !word.is_empty() && *word != "{}")
        .collect();
    if words.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", words.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_s3_are_told_by_bucket_key_and_subresource() {
        for (target, operation) in [
            ("/", "/"),
            ("/{}", "/{bucket}"),
            ("/{}?uploads", "/{bucket}?uploads"),
            ("/{}/a/b?uploads", "/{bucket}/{key}?uploads"),
            ("/{}?list-type=2&prefix=x", "/{bucket}?list-type"),
            ("/{}?{}", "/{bucket}"),
        ] {
            assert_eq!(of_bucket(target), operation);
        }
    }
}
