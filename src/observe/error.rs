//! The body of a refusal → its shape: envelope, code, message.

use super::answer::{Gathered, LONGEST_TEXT, Reader, plain};
use super::body::looks_like_html;
use super::place::Part;
use super::symbols::{At, Read};
use super::tree::Node;
use crate::recording::Answer;
use crate::scenario::{ExceptionKind, Source};

impl Reader<'_> {
    pub(super) fn error(&self, answer: &Answer, tree: Option<&Node>, gathered: &mut Gathered) {
        let mut put = |name: &str, read: Read| {
            if self.exception(&Source::Error(name.to_owned())) != Some(ExceptionKind::Ignore) {
                gathered.insert((Part::Error, name.to_owned()), vec![read]);
            }
        };
        let Some(tree @ (Node::Map(_) | Node::List(_))) = tree else {
            let text = answer.body.text.as_deref().unwrap_or("");
            let envelope = match answer.body.length {
                0 => "empty",
                _ if looks_like_html(text) => "HTML",
                _ => "text",
            };
            put("envelope", plain(envelope, "envelope"));
            if envelope != "empty" && text.len() <= LONGEST_TEXT {
                let words = without_tags(text);
                put(
                    "message",
                    self.symbols.string(
                        &words,
                        At {
                            member: "message",
                            parent: "",
                        },
                    ),
                );
            }
            return;
        };
        let found = ErrorShape::of(tree);
        put("envelope", plain(&found.envelope, "envelope"));
        if let Some(code) = &found.code {
            put(
                "code",
                self.symbols.string(
                    code,
                    At {
                        member: "code",
                        parent: "",
                    },
                ),
            );
        }
        if let Some(message) = &found.message {
            put(
                "message",
                self.symbols.string(
                    message,
                    At {
                        member: "message",
                        parent: "",
                    },
                ),
            );
        }
    }
}

/// The code that a refusal tells a program.
pub(super) fn code(answer: &Answer) -> Option<String> {
    let text = answer
        .body
        .text
        .as_deref()
        .filter(|_| answer.status >= 400)?;
    let tree = Node::parse(text).or_else(|_| Node::parse_xml(text)).ok()?;
    ErrorShape::of(&tree).code
}

/// What an error says, wherever its envelope puts it.
#[derive(Debug, PartialEq, Eq)]
struct ErrorShape {
    /// `itemNotFound{code, message}`
    envelope: String,
    code: Option<String>,
    message: Option<String>,
}

impl ErrorShape {
    /// `OpenStack` services agree on nothing: `{itemNotFound: {code, message}}` (compute, block storage), `{error: {…}}`
    /// (identity), `{NeutronError: {type, message, detail}}` (network), `{errors: [{…}]}` (placement), `{message, code}`.
    fn of(tree: &Node) -> Self {
        let (mut prefix, mut inner) = (String::new(), tree);
        loop {
            match inner {
                // EC2's, with or without the id of the request beside
                Node::Map(members) if inner.member("Errors").is_some() => {
                    let mut beside: Vec<&str> = members.iter().map(|(n, _)| n.as_str()).collect();
                    beside.retain(|name| *name != "Errors" && !name.starts_with('@'));
                    beside.sort_unstable();
                    prefix = format!("{prefix}{{{}}}.Errors.", beside.join(", "));
                    inner = inner.member("Errors").unwrap_or(&Node::Null);
                }
                Node::Map(members)
                    if members.len() == 1
                        && matches!(members[0].1, Node::Map(_) | Node::List(_)) =>
                {
                    prefix = format!("{prefix}{}.", members[0].0);
                    inner = &members[0].1;
                }
                Node::List(items) if !items.is_empty() => {
                    prefix.push_str("[].");
                    inner = &items[0];
                }
                _ => break,
            }
        }
        let mut names: Vec<&str> = match inner {
            Node::Map(members) => members.iter().map(|(name, _)| name.as_str()).collect(),
            _ => vec![],
        };
        names.sort_unstable();
        let value = |wanted: &[&str]| {
            wanted.iter().find_map(|name| match inner.member(name) {
                Some(Node::Text(text)) => Some(text.clone()),
                Some(Node::Number(lexeme)) => Some(lexeme.clone()),
                _ => None,
            })
        };
        let envelope = match inner {
            Node::Text(_) => format!("{prefix}text"),
            _ => format!("{prefix}{{{}}}", names.join(", ")),
        };
        let message = match inner {
            Node::Text(text) => Some(text.clone()),
            _ => value(&[
                "message",
                "detail",
                "description",
                "explanation",
                "faultstring",
                "Message",
            ]),
        };
        Self {
            envelope,
            code: value(&["type", "code", "title", "Code"]),
            message,
        }
    }
}

/// The words of an HTML error page.
fn without_tags(text: &str) -> String {
    let mut words = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                words.push(' ');
            }
            _ if inside => {}
            c => words.push(c),
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_envelopes_of_all_services_are_one_shape() {
        let shape = |text: &str| ErrorShape::of(&Node::parse(text).unwrap());
        let nova = shape(r#"{"itemNotFound": {"code": 404, "message": "no"}}"#);
        assert_eq!(nova.envelope, "itemNotFound.{code, message}");
        assert_eq!(
            (nova.code.as_deref(), nova.message.as_deref()),
            (Some("404"), Some("no"))
        );
        let neutron = shape(
            r#"{"NeutronError": {"type": "NetworkNotFound", "message": "no", "detail": ""}}"#,
        );
        assert_eq!(neutron.code.as_deref(), Some("NetworkNotFound"));
        let ec2 = Node::parse_xml(
            "<Response><Errors><Error><Code>InvalidVolume.NotFound</Code><Message>no</Message></Error></Errors>\
             <RequestID>1</RequestID></Response>",
        );
        let ec2 = ErrorShape::of(&ec2.unwrap());
        assert_eq!(
            ec2.envelope,
            "Response.{RequestID}.Errors.Error.{Code, Message}"
        );
        assert_eq!(
            (ec2.code.as_deref(), ec2.message.as_deref()),
            (Some("InvalidVolume.NotFound"), Some("no"))
        );
        let alone = Node::parse_xml(
            "<Response><Errors><Error><Code>InvalidVolume.NotFound</Code><Message>no</Message></Error></Errors></Response>",
        );
        assert_eq!(
            ErrorShape::of(&alone.unwrap()).envelope,
            "Response.{}.Errors.Error.{Code, Message}"
        );
        let placement =
            shape(r#"{"errors": [{"status": 404, "title": "Not Found", "detail": "no"}]}"#);
        assert_eq!(placement.envelope, "errors.[].{detail, status, title}");
        assert_eq!(placement.message.as_deref(), Some("no"));
    }
}
