//! One answer → its places.
//!
//! In: an exchange, the symbols of its execution, the reading part of its step. Out: places and values, put into an
//! [`Observed`]. Knows nothing of repeats.

use super::place::{Observed, Part, Place};
use super::symbols::{At, Read, Rendered, Symbols};
use super::tree::{Node, NotJson};
use crate::dialect::xml::{is_minted, is_wrapper, looks_like_xml};
use crate::dialect::{self, HeaderMeaning};
use crate::recording::{Answer, Exchange, Payload};
use crate::scenario::{Exception, ExceptionKind, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Longer texts that are not JSON are compared by form and size class only.
const LONGEST_TEXT: usize = 4096;

/// What is needed to read the answers of one step.
#[derive(Debug)]
pub struct Reader<'a> {
    pub symbols: &'a Symbols,
    pub exceptions: &'a [Exception],
    /// Ids and names of things that this execution made.
    pub own: &'a BTreeSet<String>,
}

/// Values that fall on one place (items without a key) until they are joined.
type Gathered = BTreeMap<(Part, String), Vec<Read>>;

impl Reader<'_> {
    /// All places of one answer, under `step` and `rows`.
    pub fn answer(&self, exchange: &Exchange, answer: &Answer, into: &mut Observed) {
        let mut gathered = Gathered::new();
        gathered.insert(
            (Part::Status, String::new()),
            vec![plain(&answer.status.to_string(), "number integer")],
        );
        if !answer.interim.is_empty() {
            let statuses: Vec<String> = answer.interim.iter().map(ToString::to_string).collect();
            let read = plain(&statuses.join(" "), "number integer");
            gathered.insert((Part::Status, "interim".to_owned()), vec![read]);
        }
        self.headers(answer, &mut gathered);
        self.body(exchange, answer, &mut gathered);
        let at = |part, path| Place {
            step: exchange.step.clone(),
            rows: exchange.rows.clone(),
            part,
            path,
        };
        for ((part, path), reads) in gathered {
            let (value, identities) = joined(reads);
            let place = at(part, path);
            if !identities.is_empty() {
                into.identities.insert(place.clone(), identities);
            }
            into.values.insert(place, value);
        }
    }

    fn headers(&self, answer: &Answer, gathered: &mut Gathered) {
        for (name, value) in &answer.headers {
            let name = name.to_ascii_lowercase();
            let name = self.dynamic(&name).unwrap_or(name);
            let source = Source::Header(name.clone());
            let exception = self.exception(&source);
            let meaning = dialect::header_meaning(&name);
            if exception == Some(ExceptionKind::Ignore) || meaning == HeaderMeaning::Hop {
                continue;
            }
            let mut read = self.symbols.string(
                value,
                At {
                    member: &name,
                    parent: "",
                },
            );
            match meaning {
                // without a body (HEAD) the length is all there is to see
                HeaderMeaning::Framing if answer.body.length > 0 => {
                    let honest = value.parse() == Ok(answer.body.length);
                    read = plain(
                        if honest {
                            "the body's length"
                        } else {
                            "not the body's length"
                        },
                        "framing",
                    );
                }
                HeaderMeaning::Minted => {
                    // ids whose digits make them a word now and then are one form
                    let vague = ["word", "opaque", "digits", "text"];
                    if vague.iter().any(|form| read.value.class.ends_with(form)) {
                        "string minted".clone_into(&mut read.value.class);
                    }
                    read.value.text.clone_from(&read.value.class);
                }
                HeaderMeaning::Set => {
                    let mut parts: Vec<&str> = value.split(',').map(str::trim).collect();
                    parts.sort_unstable();
                    read = self.symbols.string(
                        &parts.join(", "),
                        At {
                            member: &name,
                            parent: "",
                        },
                    );
                }
                HeaderMeaning::Framing | HeaderMeaning::Plain | HeaderMeaning::Hop => {}
            }
            if exception == Some(ExceptionKind::Opaque) {
                read.value.text.clone_from(&read.value.class);
            }
            gathered.entry((Part::Header, name)).or_default().push(read);
        }
    }

    fn body(&self, exchange: &Exchange, answer: &Answer, gathered: &mut Gathered) {
        let says = header(answer, "content-type").unwrap_or_default();
        // what was stored here comes back as bytes, whatever it looks like
        let text = answer.body.text.as_deref().unwrap_or("");
        let sent = self.symbols.part_of_sent(&answer.body.bytes()).is_some();
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
        } else if says_so
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
            gathered.insert(
                (Part::Body, "body".into()),
                vec![plain(language, "body json")],
            );
            self.walk(&tree, exchange, gathered);
        } else {
            let read = match self.exception(&Source::Text) {
                Some(ExceptionKind::Ignore) => return,
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
            Some(text) if text.len() <= LONGEST_TEXT && !body.cut => {
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

    fn error(&self, answer: &Answer, tree: Option<&Node>, gathered: &mut Gathered) {
        let mut put = |name: &str, read: Read| {
            if self.exception(&Source::Json(format!("error {name}"))) != Some(ExceptionKind::Ignore)
            {
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

    /// A member or header name that holds one of our names or an identity, with the symbol in its place.
    fn dynamic(&self, name: &str) -> Option<String> {
        let read = self.symbols.string(name, At::default());
        (read.value.text != name).then_some(read.value.text)
    }

    fn exception(&self, at: &Source) -> Option<ExceptionKind> {
        self.exceptions
            .iter()
            .find(|exception| covers(&exception.at, at))
            .map(|exception| exception.how)
    }

    fn walk(&self, tree: &Node, exchange: &Exchange, gathered: &mut Gathered) {
        let names_ours = |text: &str| {
            self.symbols.is_ours(text) || self.own.iter().any(|id| text.contains(id.as_str()))
        };
        let (path, query) = exchange
            .request
            .target
            .split_once('?')
            .unwrap_or((&exchange.request.target, ""));
        // a marker says where to start, not what to find
        let filter = query
            .split('&')
            .filter(|p| !p.starts_with("marker="))
            .any(names_ours);
        let mut walk = Walk {
            reader: self,
            gathered,
            inside_ours: names_ours(path) || names_ours(&exchange.request.origin),
            filtered: filter,
            xml: looks_like_xml(
                exchange
                    .answer
                    .as_ref()
                    .ok()
                    .and_then(|a| a.body.text.as_deref())
                    .unwrap_or(""),
            ),
        };
        let collection = exchange.request.method == "GET";
        walk.node(
            tree,
            "$",
            At::default(),
            if collection {
                Depth::Root
            } else {
                Depth::Inner
            },
        );
    }
}

/// Whether a list may hold things of others.
#[derive(Clone, Copy, PartialEq)]
enum Depth {
    /// The answer itself.
    Root,
    /// A member of the answer: a list here is a collection.
    Top,
    Inner,
    /// Below an item that is not ours: types only.
    Foreign,
}

struct Walk<'a, 'b> {
    reader: &'a Reader<'a>,
    gathered: &'b mut Gathered,
    /// The request's path goes through something of ours: all items below it are ours.
    inside_ours: bool,
    /// The query names something of ours: it asked for our items only.
    filtered: bool,
    /// The body is XML.
    xml: bool,
}

impl Walk<'_, '_> {
    fn put(&mut self, path: &str, read: Read) {
        self.gathered
            .entry((Part::Body, path.to_owned()))
            .or_default()
            .push(read);
    }

    fn node(&mut self, node: &Node, path: &str, at: At<'_>, depth: Depth) {
        match self.reader.exception(&Source::Json(path.to_owned())) {
            Some(ExceptionKind::Ignore) => return,
            Some(ExceptionKind::Opaque) => {
                let class = self.class(node, at);
                return self.put(path, plain(&format!("‹{class}›"), &class));
            }
            Some(ExceptionKind::DecodeJson) => {
                if let Some(Ok(inner)) = node.text().map(Node::parse) {
                    return self.node(&inner, &format!("{path}!json"), at, Depth::Inner);
                }
            }
            Some(ExceptionKind::DecodeBase64) => {
                use base64::Engine;
                let decoded = node
                    .text()
                    .and_then(|t| base64::engine::general_purpose::STANDARD.decode(t).ok());
                if let Some(text) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
                    return self.node(
                        &Node::Text(text),
                        &format!("{path}!base64"),
                        at,
                        Depth::Inner,
                    );
                }
            }
            Some(ExceptionKind::Unordered) | None => {}
        }
        match node {
            Node::Map(members) => {
                self.put(path, plain("object", "object"));
                let is_xml_root = self.xml && members.len() == 1;
                for (name, value) in members {
                    // the names of elements are the API's own
                    let dynamic = if self.xml {
                        None
                    } else {
                        self.reader.dynamic(name)
                    };
                    let shown = dynamic.unwrap_or_else(|| name.clone());
                    let below = match depth {
                        // the root element of XML, and one that only holds a collection, are no level of their own
                        Depth::Root if (is_xml_root && path == "$") || is_wrapper(name) => {
                            Depth::Root
                        }
                        Depth::Root => Depth::Top,
                        Depth::Foreign => Depth::Foreign,
                        Depth::Top | Depth::Inner => Depth::Inner,
                    };
                    self.node(
                        value,
                        &join(path, &shown),
                        At {
                            member: name,
                            parent: at.member,
                        },
                        below,
                    );
                }
            }
            Node::List(items) if matches!(depth, Depth::Root | Depth::Top) => {
                self.collection(items, path, at);
            }
            Node::List(items) => self.list(items, path, at, depth),
            leaf => {
                let mut read = self.leaf(leaf, at);
                if depth == Depth::Foreign {
                    let kind = read.value.class.split(' ').next().unwrap_or("").to_owned();
                    if kind == "null" {
                        return; // what others left out says nothing
                    }
                    read = plain(&kind, &kind);
                }
                self.put(path, read);
            }
        }
    }

    fn leaf(&self, node: &Node, at: At<'_>) -> Read {
        match node {
            Node::Null => plain("null", "null"),
            Node::Bool(value) => plain(&value.to_string(), "boolean"),
            Node::Number(lexeme) => self.reader.symbols.number(lexeme, at),
            Node::Text(text) if self.xml && is_minted(at.member, text) => Read {
                identities: vec![text.clone()],
                ..plain("‹minted›", "string minted")
            },
            Node::Text(text) => self.reader.symbols.string(text, at),
            Node::List(_) => plain("list", "list"),
            Node::Map(_) => plain("object", "object"),
        }
    }

    fn class(&self, node: &Node, at: At<'_>) -> String {
        self.leaf(node, at).value.class
    }

    /// Items of things: ours in full, by name; those of others by their members only.
    fn collection(&mut self, items: &[Node], path: &str, at: At<'_>) {
        self.put(path, plain("list", "list"));
        if dialect::list_key(at.member).is_some()
            || items.iter().any(|item| !matches!(item, Node::Map(_)))
        {
            return self.list_items(items, path, at, Depth::Inner);
        }
        let mut order = Vec::new();
        let mut foreign = Vec::new();
        for item in items {
            match self.label(item) {
                Some(label) => {
                    let below = At {
                        member: at.member,
                        parent: at.parent,
                    };
                    self.node(item, &format!("{path}[{label}]"), below, Depth::Inner);
                    order.push(label);
                }
                None => foreign.push(item),
            }
        }
        self.put(
            &format!("{path}#own"),
            plain(&order.len().to_string(), "number integer"),
        );
        if order.len() > 1 {
            self.put(&format!("{path}#order"), plain(&order.join(", "), "order"));
        }
        if self.filtered {
            let others = if foreign.is_empty() { "none" } else { "some" };
            self.put(&format!("{path}#others"), plain(others, "others"));
        }
        self.foreign(&foreign, path);
    }

    /// What every item of others has, by type. `path[*]` itself says that there are any.
    fn foreign(&mut self, items: &[&Node], path: &str) {
        if items.is_empty() {
            return;
        }
        let each = format!("{path}[*]");
        let mut common: Option<BTreeMap<String, BTreeSet<String>>> = None;
        for item in items {
            let mut gathered = Gathered::new();
            let mut walk = Walk {
                reader: self.reader,
                gathered: &mut gathered,
                inside_ours: false,
                filtered: false,
                xml: self.xml,
            };
            walk.node(item, &each, At::default(), Depth::Foreign);
            let seen: BTreeMap<String, BTreeSet<String>> = gathered
                .into_iter()
                .map(|((_, path), reads)| (path, reads.into_iter().map(|r| r.value.text).collect()))
                .collect();
            common = Some(match common {
                None => seen,
                Some(mut common) => {
                    common.retain(|path, _| seen.contains_key(path));
                    for (path, types) in &mut common {
                        types.extend(seen[path].iter().cloned());
                    }
                    common
                }
            });
        }
        for (path, types) in common.unwrap_or_default() {
            let types = types.into_iter().collect::<Vec<_>>().join(" or ");
            self.put(&path, plain(&types, &types));
        }
    }

    /// The name by which an item is ours.
    fn label(&self, item: &Node) -> Option<String> {
        if self.inside_ours {
            let named = [
                "name",
                "subdir",
                "key",
                "id",
                "Key",
                "Prefix",
                "PartNumber",
                "Name",
            ]
            .iter()
            .find_map(|member| item.member(member)?.text());
            return Some(named.map_or_else(
                || "own".to_owned(),
                |name| {
                    self.reader
                        .symbols
                        .string(
                            name,
                            At {
                                member: "name",
                                parent: "",
                            },
                        )
                        .value
                        .text
                },
            ));
        }
        for member in ["name", "id", "uuid", "hash", "hash_path", "Name", "Key"] {
            let Some(text) = item.member(member).and_then(Node::text) else {
                continue;
            };
            if self.reader.symbols.is_ours(text) {
                return Some(
                    self.reader
                        .symbols
                        .string(text, At { member, parent: "" })
                        .value
                        .text,
                );
            }
        }
        for member in ["id", "name", "uuid"] {
            if let Some(text) = item.member(member).and_then(Node::text)
                && self.reader.own.contains(text)
            {
                return Some("own".to_owned());
            }
        }
        // keypair lists wrap each item once more
        match item {
            Node::Map(members) if members.len() == 1 => match &members[0].1 {
                inner @ Node::Map(_) => self.label(inner),
                _ => None,
            },
            Node::Map(members) => members
                .iter()
                .filter_map(|(_, value)| value.text())
                .any(|text| self.reader.own.contains(text) || self.reader.symbols.is_ours(text))
                .then(|| "own".to_owned()),
            _ => None,
        }
    }

    fn list(&mut self, items: &[Node], path: &str, at: At<'_>, depth: Depth) {
        self.put(path, plain("list", "list"));
        self.list_items(items, path, at, depth);
    }

    fn list_items(&mut self, items: &[Node], path: &str, at: At<'_>, depth: Depth) {
        if depth == Depth::Foreign {
            return;
        }
        if let Some(key) = dialect::list_key(at.member) {
            for item in items {
                let label = item.member(key).map_or_else(
                    || "?".to_owned(),
                    |k| self.leaf(k, At::default()).value.text,
                );
                self.node(item, &format!("{path}[{label}]"), at, depth);
            }
            return;
        }
        self.put(
            &format!("{path}#count"),
            plain(&items.len().to_string(), "number integer"),
        );
        if items
            .iter()
            .all(|item| !matches!(item, Node::Map(_) | Node::List(_)))
        {
            let unordered = dialect::is_unordered(at.member)
                || self.reader.exception(&Source::Json(path.to_owned()))
                    == Some(ExceptionKind::Unordered);
            let mut reads: Vec<Read> = items.iter().map(|item| self.leaf(item, at)).collect();
            if !unordered && reads.len() > 1 {
                let shown: Vec<&str> = reads.iter().map(|r| r.value.text.as_str()).collect();
                self.put(&format!("{path}#order"), plain(&shown.join(", "), "order"));
            }
            for read in reads.drain(..) {
                self.put(&format!("{path}[]"), read);
            }
            return;
        }
        for item in items {
            self.node(item, &format!("{path}[]"), at, depth);
        }
    }
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

/// A path below another, with a member's name quoted where it would be misread.
fn join(path: &str, name: &str) -> String {
    let simple = name
        .chars()
        .all(|c| c.is_alphanumeric() || "_-:‹›. ".contains(c))
        && !name.is_empty();
    if simple && !name.contains('.') || name.starts_with('‹') {
        format!("{path}.{name}")
    } else {
        format!("{path}['{name}']")
    }
}

/// An exception's place covers this one: the same, or the same with `[*]` or an index where the place has a label.
pub(super) fn covers(exception: &Source, place: &Source) -> bool {
    match (exception, place) {
        (Source::Json(pattern), Source::Json(path)) => {
            let (pattern, path) = (segments(pattern), segments(path));
            pattern.len() == path.len()
                && pattern.iter().zip(&path).all(|(p, s)| p == "*" || p == s)
        }
        (a, b) => a == b,
    }
}

/// The members of a path; whatever stands in brackets counts as `[]`, a quoted member as itself.
fn segments(path: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '.' => found.push(String::new()),
            '[' => {
                let (inside, after) = rest.split_once(']').unwrap_or((rest, ""));
                rest = after;
                match inside
                    .strip_prefix('\'')
                    .and_then(|name| name.strip_suffix('\''))
                {
                    Some(name) => found.push(name.to_owned()),
                    None => found.push("[]".to_owned()),
                }
            }
            c => {
                if let Some(last) = found.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    found
}

/// A value that has no identity in it.
pub fn plain(text: &str, class: &str) -> Read {
    let value = Rendered {
        text: text.to_owned(),
        class: class.to_owned(),
        origins: BTreeSet::new(),
    };
    Read {
        value,
        identities: vec![],
    }
}

/// Values on one place as one: a sorted multiset.
fn joined(mut reads: Vec<Read>) -> (Rendered, Vec<String>) {
    if reads.len() == 1 {
        let only = reads.remove(0);
        return (only.value, only.identities);
    }
    reads.sort_by(|a, b| {
        a.value
            .cmp(&b.value)
            .then_with(|| a.identities.cmp(&b.identities))
    });
    let text = reads
        .iter()
        .map(|r| r.value.text.as_str())
        .collect::<Vec<_>>()
        .join(" | ");
    let classes: BTreeSet<&str> = reads.iter().map(|r| r.value.class.as_str()).collect();
    let class = classes.into_iter().collect::<Vec<_>>().join(" | ");
    let mut origins = reads[0].value.origins.clone();
    for read in &reads {
        origins.retain(|label| read.value.origins.contains(label));
    }
    // which of several items an identity belongs to is not known: it takes no part in the pattern
    (
        Rendered {
            text,
            class,
            origins,
        },
        vec![],
    )
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer
        .headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
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

fn looks_like_html(text: &str) -> bool {
    let start = text
        .trim_start()
        .get(..14)
        .unwrap_or(text.trim_start())
        .to_ascii_lowercase();
    start.starts_with("<html") || start.starts_with("<!doctype")
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
        let placement =
            shape(r#"{"errors": [{"status": 404, "title": "Not Found", "detail": "no"}]}"#);
        assert_eq!(placement.envelope, "errors.[].{detail, status, title}");
        assert_eq!(placement.message.as_deref(), Some("no"));
    }

    #[test]
    fn an_exception_with_an_index_covers_every_label() {
        let json = |path: &str| Source::Json(path.to_owned());
        assert!(covers(
            &json("$.servers[*].hostId"),
            &json("$.servers[‹name.a›].hostId")
        ));
        assert!(covers(&json("$.server.tags[]"), &json("$.server.tags[]")));
        assert!(!covers(&json("$.server.tags"), &json("$.server.tags[]")));
        assert!(covers(
            &json("$.quota.*.used"),
            &json("$.quota.network.used")
        ));
        assert!(covers(&json("$['a.b'].c"), &json("$['a.b'].c")));
    }
}
