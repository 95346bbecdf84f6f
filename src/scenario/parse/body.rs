//! What is sent: the request line, headers, body.

use super::draft::{Protocol, StepDraft, Surroundings};
use crate::scenario::checksum::Checksum;
use crate::scenario::diagnostic::nearest;
use crate::scenario::keys::{BASES, FORM_PART, SEND, USERS, names};
use crate::scenario::model::{Base, Body, FormPart, Request, Template, TemplatePart, Version};
use crate::scenario::reader::{At, Entry, Node, Reader, Span, Table};
use crate::scenario::sign::Sign;
use crate::scenario::source::is_header_name;
use serde_json::Value;

/// Methods that a request line may name.
const METHODS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "COPY", "TRACE", "PROPFIND",
];

/// Longest body of seeded bytes.
const MOST_BYTES: u64 = 1 << 30;

impl Reader {
    /// Everything of a request but its version. `line` is the entry of `request`, `poll` or `pages`.
    pub(super) fn request(
        &mut self,
        table: &Table<'_>,
        line: &Entry<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) -> Option<Request> {
        let protocol = around.protocol(table);
        let base = match table.get("base") {
            Some(entry) => match self.word(entry.node, "a base", &BASES) {
                Some(1) => Base::Root,
                Some(2) => Base::Absolute,
                Some(3) => Base::Path,
                Some(4) => Base::VirtualHost,
                _ => Base::Endpoint,
            },
            None => Base::Endpoint,
        };
        let text = self.string(line.node, "a request line: \"GET /servers\"");
        let is_action = |text: &At<String>| {
            protocol == Protocol::Query && !METHODS.contains(&first_word(&text.value))
        };
        let mut action = None;
        let request_line = match text {
            Some(text) if is_action(&text) => {
                action = self.action(&text, base, step);
                let root = Template::parse("/").ok();
                root.filter(|_| action.is_some())
                    .map(|root| ("POST".to_owned(), root))
            }
            text => text.and_then(|text| self.request_line(&text, base, step)),
        };
        if let Some(entry) = table.get("service")
            && let Some(service) = self.words(entry.node, "a service")
        {
            self.identifier(&service.value, &service.span, "a service");
            step.service = Some(service);
        }
        let user = table
            .get("as")
            .and_then(|entry| self.word(entry.node, "a user", &USERS))
            .map_or("main", |i| USERS[i]);
        let headers = self.headers(table, step);
        let body = match &action {
            Some(action) => self.members(table, action, step),
            None => self.body(table, step),
        };
        let sign = self.sign(table, step);
        let checksums = self.checksums(table, step);
        let abort_after = self.abort_after(table);
        let (method, target) = request_line?;
        Some(Request {
            method,
            action,
            target,
            base,
            service: step
                .service
                .as_ref()
                .map_or_else(|| around.service.clone(), |s| s.value.clone()),
            user: user.to_owned(),
            headers,
            body,
            version: Version::Unset,
            sign,
            checksums,
            abort_after,
        })
    }

    fn request_line(
        &mut self,
        text: &At<String>,
        base: Base,
        step: &mut StepDraft,
    ) -> Option<(String, Template)> {
        let (method, target) = text.value.split_once(' ').unwrap_or((&text.value, ""));
        if !METHODS.contains(&method) {
            let at = self.inside(&text.span, &text.value, 0..method.len());
            let upper = method.to_uppercase();
            let diagnostic = self
                .mistake(at, format!("`{method}` is not a method"))
                .label("expected METHOD and path: \"GET /servers\"");
            let diagnostic = match nearest(&upper, METHODS) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("one of: {}", METHODS.join(", "))),
            };
            self.push(diagnostic);
            return None;
        }
        let offset = text.value.len() - target.len();
        let all = self.template(&text.value, &text.span, &mut step.uses)?;
        let target = without_prefix(all, offset);
        let whole = self.inside(&text.span, &text.value, offset..text.value.len());
        self.target(&target, base, whole);
        Some((method.to_owned(), target))
    }

    /// One word, which may have holes.
    fn action(&mut self, text: &At<String>, base: Base, step: &mut StepDraft) -> Option<Template> {
        let action = self.template(&text.value, &text.span, &mut step.uses)?;
        let is_word = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => text.bytes().all(|b| b.is_ascii_alphanumeric()),
            TemplatePart::Hole(_) => true,
        };
        if text.value.is_empty() || !action.parts.iter().all(is_word) {
            let diagnostic = self
                .mistake(text.span.clone(), "this is no action")
                .label("expected one word: \"DescribeInstances\"")
                .help("its members go into `form`; METHOD and path are for what is no action");
            self.push(diagnostic);
            return None;
        }
        if base == Base::Absolute {
            self.wrong(
                text.span.clone(),
                "an action at a captured URL",
                "expected METHOD and URL with base = \"absolute\"",
            );
            return None;
        }
        Some(action)
    }

    /// The form of an action: its name, and what `form` says.
    fn members(&mut self, table: &Table<'_>, action: &Template, step: &mut StepDraft) -> Body {
        for name in ["json", "text", "bytes", "xml", "multipart-form"] {
            if let Some(entry) = table.get(name) {
                self.wrong(
                    entry.key.clone(),
                    format!("an action has no `{name}`"),
                    "expected `form`: its members",
                );
            }
        }
        let mut members = vec![("Action".to_owned(), action.clone())];
        if let Some(entry) = table.get("form")
            && let Some(fields) = self.table(entry.node, "a table of members")
        {
            members.extend(self.pairs(&fields, "the text of a member", &mut step.uses));
        }
        Body::Form(members)
    }

    /// What a target may look like; it is sent byte for byte.
    fn target(&mut self, target: &Template, base: Base, span: Span) {
        let start = match target.parts.first() {
            Some(TemplatePart::Text(text)) => text.as_str(),
            Some(TemplatePart::Hole(_)) => "{{",
            None => "",
        };
        let (fits, expected) = match base {
            Base::Absolute => (
                ["{{", "http://", "https://"]
                    .iter()
                    .any(|s| start.starts_with(s)),
                "expected a captured URL (base = \"absolute\")",
            ),
            Base::Endpoint | Base::Root | Base::Path | Base::VirtualHost => (
                start.is_empty() || start.starts_with(['/', '?']),
                "expected a path that begins with `/`",
            ),
        };
        if !fits {
            let mut diagnostic = self
                .mistake(span.clone(), "the request line has no path")
                .label(expected);
            if start.starts_with("{{") || start.starts_with("http") {
                diagnostic = diagnostic.help("a whole URL is asked for with base = \"absolute\"");
            }
            self.push(diagnostic);
        }
        let unsendable = target.parts.iter().any(|part| match part {
            TemplatePart::Text(text) => text.chars().any(|c| c == ' ' || c.is_control()),
            TemplatePart::Hole(_) => false,
        });
        if unsendable {
            let diagnostic = self
                .mistake(span, "a space or control character in a path")
                .label("would break the request line")
                .help("write %20, or {{ encode(…) }}");
            self.push(diagnostic);
        }
    }

    fn headers(&mut self, table: &Table<'_>, step: &mut StepDraft) -> Vec<(String, Template)> {
        let Some(entry) = table.get("headers") else {
            return Vec::new();
        };
        let Some(headers) = self.table(entry.node, "a table of headers") else {
            return Vec::new();
        };
        for header in &headers.entries {
            if !is_header_name(header.name) {
                self.wrong(
                    header.key.clone(),
                    format!("`{}` is not a header name", header.name),
                    "expected a name without spaces or colon",
                );
            }
        }
        self.pairs(&headers, "the text of a header", &mut step.uses)
    }

    fn body(&mut self, table: &Table<'_>, step: &mut StepDraft) -> Body {
        let Some(entry) = self.at_most_one(
            table,
            "a step",
            &["json", "form", "text", "bytes", "xml", "multipart-form"],
        ) else {
            return Body::Empty;
        };
        let body = match entry.name {
            "json" => self
                .json_template(entry.node, &mut step.uses)
                .map(Body::Json),
            "form" => self.table(entry.node, "a table of fields").map(|fields| {
                Body::Form(self.pairs(&fields, "the text of a field", &mut step.uses))
            }),
            "text" => self
                .template_node(entry.node, "the text of a body", &mut step.uses)
                .map(Body::Text),
            "xml" => self
                .template_node(entry.node, "the text of a body", &mut step.uses)
                .map(Body::Xml),
            "multipart-form" => self.form_parts(entry.node, step).map(Body::Multipart),
            _ => self.whole(entry.node, 0..MOST_BYTES + 1).map(Body::Bytes),
        };
        body.unwrap_or_default()
    }
}

impl Reader {
    /// The fields of a `multipart-form` body.
    fn form_parts(&mut self, node: &Node<'_>, step: &mut StepDraft) -> Option<Vec<FormPart>> {
        let fields = self.table(node, "a table of fields")?;
        let mut parts = Vec::new();
        for field in &fields.entries {
            let name = field.name.to_owned();
            if field.node.get_ref().is_str() {
                let content =
                    self.template_node(field.node, "the text of a field", &mut step.uses)?;
                parts.push(FormPart {
                    name,
                    content,
                    filename: None,
                    content_type: None,
                });
                continue;
            }
            let what = "a field of a form";
            let table = self.table(field.node, "text, or { content = … }")?;
            let keys: Vec<&str> = names(FORM_PART).collect();
            self.known(&table, what, &keys);
            let mut text = |key: &str, reader: &mut Self| {
                let entry = table.get(key)?;
                reader.template_node(entry.node, "text", &mut step.uses)
            };
            let (filename, content_type) = (text("filename", self), text("content-type", self));
            let content = text("content", self).unwrap_or_default();
            parts.push(FormPart {
                name,
                content,
                filename,
                content_type,
            });
        }
        Some(parts)
    }

    /// What can be known of a signature before its templates are filled is checked here.
    fn sign(&mut self, table: &Table<'_>, step: &mut StepDraft) -> Option<Value> {
        let entry = table.get("sign")?;
        let sign = self.json_template(entry.node, &mut step.uses)?;
        let is_open = |value: &Value| value.as_str().is_some_and(|text| text.contains("{{"));
        let known = match &sign {
            Value::Object(members) => members
                .iter()
                .filter(|(_, value)| !is_open(value))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            whole if is_open(whole) => Value::Object(serde_json::Map::new()),
            whole => whole.clone(),
        };
        if let Err(why) = Sign::read(&known) {
            self.wrong(entry.node.span(), "this is no way to sign", why);
            return None;
        }
        Some(sign)
    }

    fn checksums(&mut self, table: &Table<'_>, step: &mut StepDraft) -> Vec<Template> {
        let Some(entry) = table.get("checksum") else {
            return Vec::new();
        };
        let nodes: Vec<&Node<'_>> = match entry.node.get_ref().as_array() {
            Some(items) => items.iter().collect(),
            None => vec![entry.node],
        };
        let mut found = Vec::new();
        for node in nodes {
            let Some(name) = self.template_node(node, "the name of a checksum", &mut step.uses)
            else {
                continue;
            };
            if name.holes().next().is_none()
                && let Err(why) = Checksum::from_name(&name.to_string())
            {
                self.wrong(node.span(), "an unknown checksum", why);
            }
            found.push(name);
        }
        found
    }

    fn abort_after(&mut self, table: &Table<'_>) -> Option<u64> {
        let entry = table.get("send")?;
        let send = self.table(entry.node, "{ abort_after = … }")?;
        let keys: Vec<&str> = names(SEND).collect();
        self.known(&send, "`send`", &keys);
        let bytes = self.required(&send, "`send`", "abort_after", "a number of bytes")?;
        self.whole(bytes.node, 0..MOST_BYTES)
    }
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// The template without its first `length` bytes, which are text.
fn without_prefix(mut template: Template, length: usize) -> Template {
    if let Some(TemplatePart::Text(text)) = template.parts.first_mut() {
        *text = text.get(length..).unwrap_or_default().to_owned();
        if text.is_empty() {
            template.parts.remove(0);
        }
    }
    template
}
