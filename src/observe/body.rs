//! The body of an answer → its places, whatever it is: JSON, XML, an error, text, bytes.

use super::answer::{Gathered, LONGEST_TEXT, Reader, header, plain};
use super::place::Part;
use super::symbols::{At, Read, Rendered};
use super::tree::{Node, NotJson};
use crate::dialect::s3;
use crate::dialect::xml::looks_like_xml;
use crate::recording::{Answer, Exchange, Payload};
use crate::scenario::{ExceptionKind, Source};

impl Reader<'_> {
    pub(super) fn body(&self, exchange: &Exchange, answer: &Answer, gathered: &mut Gathered) {
        let says = header(answer, "content-type").unwrap_or_default();
        let text = answer.body.text.as_deref().unwrap_or("");
        // what was stored here comes back as bytes, whatever it looks like; a setting as a document, however it is written
        let asks_setting = exchange.service == "s3" && s3::names_setting(&exchange.request.target);
        let sent = !asks_setting && self.symbols.part_of_sent(&answer.body.bytes()).is_some();
        let xml = looks_like_xml(text) && !sent;
        let language = if xml || says.contains("xml") {
            "XML"
        } else {
            "JSON"
        };
        let says_so = says.contains("json") || (says.contains("xml") && !says.contains("html"));
        let tree = if answer.body.length == 0 || answer.body.cut || (sent && language == "XML") {
            Err(NotJson::Syntax)
        } else if xml {
            Node::parse_xml(text)
        } else {
            Node::parse(text)
        };
        if let Ok(tree) = &tree {
            let twice = tree.duplicates();
            if !twice.is_empty() {
                let read = plain(&twice.join(" "), "duplicates");
                gathered.insert((Part::Malformed, "duplicate members".into()), vec![read]);
            }
        } else if (says_so || xml)
            && !sent
            && answer.body.length > 0
            && !answer.body.cut
            && exchange.request.method != "HEAD"
        {
            gathered.insert(
                (Part::Malformed, "syntax".into()),
                vec![plain(&format!("not {language}"), "malformed")],
            );
        }
        if answer.status >= 400 {
            self.error(answer, tree.ok().as_ref(), gathered);
            return;
        }
        if let Ok(tree @ (Node::Map(_) | Node::List(_))) = tree {
            let language = if xml { "XML" } else { "JSON" };
            gathered.insert(
                (Part::Body, "body".into()),
                vec![plain(language, "body json")],
            );
            self.walk(&tree, exchange, gathered);
        } else {
            let is_malformed = gathered.contains_key(&(Part::Malformed, "syntax".to_owned()));
            let read = match self.exception(&Source::Text) {
                Some(ExceptionKind::Ignore) => return,
                _ if is_malformed => plain(&format!("not {language}"), "body malformed"),
                Some(ExceptionKind::Opaque) => plain("opaque", "body opaque"),
                _ => self
                    .parts(answer)
                    .unwrap_or_else(|| self.text_body(&answer.body)),
            };
            gathered
                .entry((Part::Body, "body".into()))
                .or_default()
                .push(read);
        }
    }

    /// The parts of a multipart answer (RFC 9110 §14.6): their boundary is drawn anew, their bytes are what we sent.
    fn parts(&self, answer: &Answer) -> Option<Read> {
        let (_, boundary) = header(answer, "content-type")?
            .strip_prefix("multipart/")?
            .split_once("boundary=")?;
        let delimiter = format!("--{}", boundary.trim_matches('"'));
        let bytes = answer.body.bytes();
        let mut shown = Vec::new();
        for part in split(&bytes, delimiter.as_bytes()) {
            let Some(end) = part.windows(4).position(|w| w == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&part[..end])
                .trim()
                .replace("\r\n", ", ");
            let body = part[end + 4..]
                .strip_suffix(b"\r\n")
                .unwrap_or(&part[end + 4..]);
            let what = self
                .symbols
                .part_of_sent(body)
                .unwrap_or_else(|| format!("{} bytes", body.len()));
            shown.push(format!("{head}: {what}"));
        }
        Some(plain(&shown.join("\n"), "body parts"))
    }

    fn text_body(&self, body: &Payload) -> Read {
        if body.length == 0 {
            return plain("empty", "body empty");
        }
        if let Some(md5) = &body.md5 {
            let read = self.symbols.string(md5, At::default());
            if read.identities.is_empty() {
                return Read {
                    value: Rendered {
                        class: "body bytes".into(),
                        ..read.value
                    },
                    identities: vec![],
                };
            }
        }
        if let Some(part) = self.symbols.part_of_sent(&body.bytes())
            && !body.cut
        {
            return plain(&part, "body bytes");
        }
        match body.text.as_deref() {
            Some(text) if looks_like_html(text) => plain("HTML", "body html"),
            _ if body.cut => plain("more bytes than are kept", "body cut"),
            Some(text) if text.len() <= LONGEST_TEXT => {
                let mut lines: Vec<Read> = text
                    .lines()
                    .map(|l| self.symbols.string(l, At::default()))
                    .collect();
                let identities = lines
                    .iter_mut()
                    .flat_map(|l| std::mem::take(&mut l.identities))
                    .collect();
                let shown: Vec<&str> = lines.iter().map(|l| l.value.text.as_str()).collect();
                Read {
                    identities,
                    ..plain(&shown.join("\n"), "body text")
                }
            }
            Some(_) => plain("long text", "body text"),
            None => plain(&format!("{} bytes", body.length), "body bytes"),
        }
    }
}

/// What stands between the delimiters.
fn split<'b>(bytes: &'b [u8], delimiter: &[u8]) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest
        .windows(delimiter.len())
        .position(|window| window == delimiter)
    {
        pieces.push(&rest[..at]);
        rest = &rest[at + delimiter.len()..];
    }
    pieces.push(rest);
    pieces
}

pub(super) fn looks_like_html(text: &str) -> bool {
    let start = text
        .trim_start()
        .get(..14)
        .unwrap_or(text.trim_start())
        .to_ascii_lowercase();
    start.starts_with("<html") || start.starts_with("<!doctype")
}
