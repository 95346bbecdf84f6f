//! What is sent: the request line, headers, body.

use super::draft::{StepDraft, Surroundings};
use crate::scenario::diagnostic::nearest;
use crate::scenario::keys::{BASES, USERS};
use crate::scenario::model::{Base, Body, Request, Template, TemplatePart, Version};
use crate::scenario::reader::{At, Entry, Reader, Span, Table};
use crate::scenario::source::is_header_name;

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
        let base = match table.get("base") {
            Some(entry) => match self.word(entry.node, "a base", &BASES) {
                Some(1) => Base::Root,
                Some(2) => Base::Absolute,
                _ => Base::Endpoint,
            },
            None => Base::Endpoint,
        };
        let request_line = self
            .string(line.node, "a request line: \"GET /servers\"")
            .and_then(|text| self.request_line(&text, base, step));
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
        let body = self.body(table, step);
        let (method, target) = request_line?;
        Some(Request {
            method,
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
            Base::Endpoint | Base::Root => (
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
        let Some(entry) = self.at_most_one(table, "a step", &["json", "form", "text", "bytes"])
        else {
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
            _ => self.whole(entry.node, 0..MOST_BYTES + 1).map(Body::Bytes),
        };
        body.unwrap_or_default()
    }
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
