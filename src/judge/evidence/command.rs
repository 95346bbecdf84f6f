//! One recorded request as a curl command.

use super::chain::{Births, Place};
use super::shell::{Piece, word};
use super::variables::{Variables, variable_name};
use crate::recording::{Discovery, Exchange};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A body longer than this is taken from a file.
const INLINE: usize = 2000;
/// Headers that curl, or the connection, brings by itself.
const LEFT_OUT: [&str; 7] = [
    "host",
    "content-length",
    "connection",
    "user-agent",
    "accept-encoding",
    "transfer-encoding",
    "expect",
];

/// Headers that belong to a signature.
const OF_SIGNATURE: [&str; 3] = ["authorization", "x-amz-date", "x-amz-content-sha256"];
const KEYS: &str = r#"--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY""#;

/// Writes the commands of one chain.
pub struct Commands<'a> {
    pub discovery: &'a Discovery,
    pub variables: Variables,
    /// Variables that hold addresses, with their values, as far as commands used them.
    pub addresses: BTreeMap<String, String>,
    /// Names of other variables that commands used.
    pub used: Vec<String>,
}

impl Commands<'_> {
    /// The command that shows the whole answer.
    pub fn show(&mut self, exchange: &Exchange) -> String {
        let head = exchange.request.method == "HEAD";
        self.command(exchange, if head { "-sSgI" } else { "-sSgi" }, "")
    }

    /// The command that keeps what later ones need: `wanted` values, born in this exchange.
    pub fn keep(&mut self, exchange: &Exchange, wanted: &[&str], births: &Births) -> String {
        let mut from_body = Vec::new();
        let mut from_header = None;
        for value in wanted {
            let (Some(birth), Some(name)) = (births.get(*value), self.variables.name_of(value))
            else {
                continue;
            };
            match &birth.place {
                Place::Json(path) => {
                    from_body.push((name.to_owned(), format!("jq -r '{path}'")));
                }
                Place::Xml(element) => {
                    let filter = format!(r"sed -n 's:.*<{element}>\([^<]*\)</{element}>.*:\1:p'");
                    from_body.push((name.to_owned(), filter));
                }
                Place::Header(header) => from_header = Some((name.to_owned(), header.clone(), "")),
                Place::HeaderTail(header) => {
                    from_header = Some((name.to_owned(), header.clone(), "##*/"));
                }
            }
        }
        match (from_body.as_slice(), from_header) {
            ([], None) => self.command(exchange, "-sSg", " -o /dev/null"),
            ([], Some((name, header, cut))) => {
                let write = format!(" -o /dev/null -w '%header{{{header}}}'");
                let command = self.command(exchange, "-sSg", &write);
                let shorter = if cut.is_empty() {
                    String::new()
                } else {
                    format!("\n{name}=${{{name}{cut}}}")
                };
                format!("{name}=$({command}){shorter}")
            }
            ([(name, filter)], _) => {
                let command = self.command(exchange, "-sSg", "");
                format!("{name}=$({command} | {filter})")
            }
            (many, _) => {
                let mut lines = format!("ANSWER=$({})", self.command(exchange, "-sSg", ""));
                for (name, filter) in many {
                    let _ = write!(lines, "\n{name}=$(printf '%s' \"$ANSWER\" | {filter})");
                }
                lines
            }
        }
    }

    fn command(&mut self, exchange: &Exchange, flags: &str, more: &str) -> String {
        let request = &exchange.request;
        let mut options = Vec::new();
        let mut note = String::new();
        let mut has_type = false;
        // curl makes the signature anew
        let signed = request.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("authorization") && value.starts_with("AWS4-HMAC-SHA256 ")
        });
        if signed {
            let service = &exchange.service;
            options.push(format!(
                r#"--aws-sigv4 "aws:amz:$AWS_REGION:{service}" {KEYS}"#
            ));
        }
        for (name, value) in &request.headers {
            let lower = name.to_ascii_lowercase();
            if signed && OF_SIGNATURE.contains(&lower.as_str()) {
                continue;
            }
            if LEFT_OUT.contains(&lower.as_str()) || (lower == "accept" && value == "*/*") {
                continue;
            }
            has_type |= lower == "content-type";
            if lower == "x-auth-token" && value.starts_with('«') {
                let variable = format!("os_token_{}", exchange.user);
                self.variables.add(&variable, value);
            }
            // curl takes a header without a value only with a semicolon
            let line = if value.is_empty() {
                format!("{name};")
            } else {
                format!("{name}: {value}")
            };
            options.push(format!("-H {}", self.word(&line)));
        }
        let body = &request.body;
        if body.length > 0 {
            if !has_type {
                options.push("-H 'Content-Type:'".into());
            }
            match body.text.as_deref() {
                Some(text) if text.len() <= INLINE && !body.cut => {
                    options.push(format!("--data-raw {}", self.word(text)));
                }
                _ => {
                    note = format!("# body: {} bytes", body.length);
                    if let Some(md5) = &body.md5 {
                        let _ = write!(note, ", md5 {md5}");
                    }
                    note.push('\n');
                    options.push("--data-binary @body".into());
                }
            }
        }
        let method = match request.method.as_str() {
            "GET" if body.length == 0 => String::new(),
            "HEAD" if flags.contains('I') => String::new(),
            method => format!(" -X {}", word(&[Piece::Text(method.into())])),
        };
        let url = self.url(exchange);
        let mut command = format!("{note}curl {flags} --path-as-is{more}{method} {url}");
        for option in options {
            let _ = write!(command, " \\\n  {option}");
        }
        command
    }

    /// The address, below a variable for the endpoint where it lies below one.
    fn url(&mut self, exchange: &Exchange) -> String {
        let whole = format!("{}{}", exchange.request.origin, exchange.request.target);
        let name = variable_name(&exchange.service);
        let bases = self
            .discovery
            .services
            .get(&exchange.service)
            .map(|service| {
                [
                    (name.clone(), service.endpoint.clone()),
                    (format!("{name}_ROOT"), service.root.clone()),
                ]
            });
        for (name, base) in bases.into_iter().flatten() {
            if let Some(rest) = below(&whole, &base) {
                let mut pieces = vec![Piece::Variable(name.clone())];
                pieces.extend(self.pieces(rest));
                self.addresses.insert(name, base);
                return word(&pieces);
            }
        }
        self.word(&whole)
    }

    fn word(&mut self, text: &str) -> String {
        let pieces = self.pieces(text);
        word(&pieces)
    }

    fn pieces(&mut self, text: &str) -> Vec<Piece> {
        let pieces = self.variables.pieces(text);
        for piece in &pieces {
            if let Piece::Variable(name) = piece
                && !self.used.contains(name)
            {
                self.used.push(name.clone());
            }
        }
        pieces
    }
}

fn below<'a>(whole: &'a str, base: &str) -> Option<&'a str> {
    let rest = whole.strip_prefix(base.trim_end_matches('/'))?;
    (!base.is_empty() && (rest.is_empty() || rest.starts_with(['/', '?']))).then_some(rest)
}
