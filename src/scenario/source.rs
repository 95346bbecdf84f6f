//! Places on an answer: how they are written, and what is read there.

use super::model::Source;
use crate::dialect::xml;
use serde_json::Value;
use serde_json_path::JsonPath;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// The parts of one answer that a scenario can read. The body is parsed at most once.
pub struct AnswerParts<'a> {
    status: u16,
    headers: &'a [(String, String)],
    text: &'a str,
    tree: OnceCell<Option<Value>>,
}

impl<'a> AnswerParts<'a> {
    /// `headers` in wire order and case; `text` is the body, empty where it isn't UTF-8.
    #[must_use]
    pub fn new(status: u16, headers: &'a [(String, String)], text: &'a str) -> Self {
        Self {
            status,
            headers,
            text,
            tree: OnceCell::new(),
        }
    }

    /// The body as a tree, if it is JSON or XML.
    pub fn tree(&self) -> Option<&Value> {
        self.tree
            .get_or_init(|| {
                let json = serde_json::from_str(self.text).ok();
                json.or_else(|| xml::tree(self.text))
            })
            .as_ref()
    }
}

/// Text that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// Byte of the text that can't be right.
    pub at: usize,
    pub message: String,
    pub help: String,
}

impl Source {
    /// `status`, `text`, `header:etag` or a JSON path (RFC 9535): `$.server.id`.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let wrong = |at: usize, message: String, help: &str| SourceError {
            at,
            message,
            help: help.to_owned(),
        };
        if text == "status" {
            return Ok(Self::Status);
        }
        if text == "text" {
            return Ok(Self::Text);
        }
        if let Some(name) = text.strip_prefix("header:") {
            let at = "header:".len();
            return if is_header_name(name) {
                Ok(Self::Header(name.to_ascii_lowercase()))
            } else {
                Err(wrong(
                    at,
                    format!("`{name}` is not a header name"),
                    "written without spaces or colon: header:etag",
                ))
            };
        }
        if !text.starts_with('$') {
            return Err(wrong(
                0,
                format!("`{text}` is not a place on an answer"),
                "one of: status, text, header:NAME, or a JSONPath that begins with $",
            ));
        }
        if text.contains("{{") {
            return Err(wrong(
                0,
                "a JSONPath cannot hold {{ … }}".to_owned(),
                "the place must be the same in every execution",
            ));
        }
        match compiled(text) {
            Ok(_) => Ok(Self::Json(text.to_owned())),
            Err(error) => Err(wrong(
                error.position().saturating_sub(1).min(text.len()),
                format!("`{text}` is not a JSONPath"),
                "members whose names hold other characters than letters, digits and _ are written \
                 $['OS-EXT-STS:task_state']",
            )),
        }
    }

    /// A place of an exception: besides the others also `error:code`, `error:message` and `error:envelope`.
    pub fn parse_exception(text: &str) -> Result<Self, SourceError> {
        match text.strip_prefix("error:") {
            Some(part @ ("code" | "message" | "envelope")) => Ok(Self::Error(part.to_owned())),
            Some(part) => Err(SourceError {
                at: "error:".len(),
                message: format!("`{part}` is no part of an error"),
                help: "one of: error:code, error:message, error:envelope".to_owned(),
            }),
            None => Self::parse(text),
        }
    }

    /// Every value at the place, in document order. A JSON place on a body that is neither JSON nor XML yields
    /// nothing.
    #[must_use]
    pub fn read(&self, answer: &AnswerParts<'_>) -> Vec<Value> {
        match self {
            Self::Status => vec![Value::from(answer.status)],
            Self::Text => vec![Value::from(answer.text)],
            Self::Header(name) => answer
                .headers
                .iter()
                .filter(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, value)| Value::from(value.as_str()))
                .collect(),
            Self::Json(path) => match (answer.tree(), compiled(path)) {
                (Some(body), Ok(path)) => path.query(body).all().into_iter().cloned().collect(),
                _ => Vec::new(),
            },
            Self::Error(_) => Vec::new(),
        }
    }

    /// The first value at the place.
    #[must_use]
    pub fn first(&self, answer: &AnswerParts<'_>) -> Option<Value> {
        self.read(answer).into_iter().next()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("status"),
            Self::Text => f.write_str("text"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Json(path) => f.write_str(path),
            Self::Error(part) => write!(f, "error:{part}"),
        }
    }
}

/// RFC 9110 `token`.
pub(super) fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Parsed paths by their text. They come from scenario files, so there are few.
static COMPILED: LazyLock<RwLock<HashMap<String, Arc<JsonPath>>>> = LazyLock::new(RwLock::default);

fn compiled(path: &str) -> Result<Arc<JsonPath>, serde_json_path::ParseError> {
    let known = COMPILED
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(path)
        .cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let parsed = Arc::new(JsonPath::parse(path)?);
    COMPILED
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(path.to_owned(), Arc::clone(&parsed));
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(place: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Vec<Value> {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        let answer = AnswerParts::new(status, &headers, body);
        Source::parse(place).unwrap().read(&answer)
    }

    const LIST: &str = r#"{"servers":[{"id":"a","n":1},{"id":"b","n":2,"OS-X:y":null}]}"#;

    #[test]
    fn every_kind_of_place_is_read() {
        let headers = [("ETag", "\"1\""), ("Vary", "a"), ("vary", "b")];
        assert_eq!(read("status", 204, &headers, ""), [json!(204)]);
        assert_eq!(read("header:etag", 200, &headers, ""), [json!("\"1\"")]);
        assert_eq!(
            read("header:Vary", 200, &headers, ""),
            [json!("a"), json!("b")]
        );
        assert_eq!(read("text", 200, &headers, "hi"), [json!("hi")]);
        assert_eq!(read("$.servers[0].id", 200, &headers, LIST), [json!("a")]);
    }

    #[test]
    fn negative_indexes_filters_and_odd_names_work() {
        assert_eq!(read("$.servers[-1].id", 200, &[], LIST), [json!("b")]);
        assert_eq!(read("$.servers[?@.n > 1].id", 200, &[], LIST), [json!("b")]);
        assert_eq!(
            read("$.servers[*]['OS-X:y']", 200, &[], LIST),
            [Value::Null]
        );
        assert_eq!(read("$..id", 200, &[], LIST), [json!("a"), json!("b")]);
    }

    #[test]
    fn a_body_that_is_not_json_yields_nothing() {
        assert_eq!(read("$.a", 200, &[], "<html>"), Vec::<Value>::new());
        assert_eq!(read("$.a", 200, &[], ""), Vec::<Value>::new());
    }

    #[test]
    fn a_place_prints_as_it_was_written_and_headers_in_lower_case() {
        for text in ["status", "text", "header:etag", "$.a[?@.b == 'x']"] {
            assert_eq!(Source::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Source::parse("header:ETag").unwrap().to_string(),
            "header:etag"
        );
    }

    #[test]
    fn a_part_of_an_error_is_a_place_for_exceptions_only() {
        let message = Source::parse_exception("error:message").unwrap();
        assert_eq!(message.to_string(), "error:message");
        assert_eq!(Source::parse_exception("error:text").unwrap_err().at, 6);
        assert!(Source::parse("error:message").is_err());
    }

    #[test]
    fn a_wrong_place_says_where() {
        assert_eq!(Source::parse("body.id").unwrap_err().at, 0);
        assert_eq!(Source::parse("header:a b").unwrap_err().at, 7);
        assert_eq!(Source::parse("$.a[").unwrap_err().at, 2);
        assert!(Source::parse("$.a['{{ x }}']").is_err());
    }
}
