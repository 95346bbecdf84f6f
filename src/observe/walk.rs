//! A JSON or XML body → its places: members by name, items by the key that tells them apart, things of others by type.

use super::answer::{Gathered, Reader, plain};
use super::path::join;
use super::place::Part;
use super::symbols::{At, Read, Symbols};
use super::tree::Node;
use crate::dialect::query;
use crate::dialect::xml::{
    is_assigned, is_item, is_minted, is_wrapper, looks_like_xml, names_call,
};
use crate::dialect::{self, forms};
use crate::recording::Exchange;
use crate::scenario::{ExceptionKind, Source};
use std::collections::{BTreeMap, BTreeSet};

impl Reader<'_> {
    pub(super) fn walk(&self, tree: &Node, exchange: &Exchange, gathered: &mut Gathered) {
        let names_ours = |text: &str| {
            self.symbols.is_named_by_us(text)
                || self.own.iter().any(|id| text.contains(id.as_str()))
        };
        let sent = &exchange.request;
        let action = query::sent(&exchange.service, &sent.target, sent.body.text.as_deref());
        let (path, query) = sent
            .target
            .split_once('?')
            .unwrap_or((&exchange.request.target, ""));
        // a marker says where to start, not what to find
        let filter = match &action {
            Some(members) => members
                .iter()
                .filter(|(name, _)| name != "NextToken")
                .any(|(_, value)| names_ours(value)),
            None => query
                .split('&')
                .filter(|p| {
                    let name = p.split('=').next().unwrap_or_default();
                    !(name.ends_with("marker") || name.ends_with("token") || name == "start-after")
                })
                .any(names_ours),
        };
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
        let body = sent.body.text.as_deref();
        let collection = match &action {
            Some(_) => query::reads(&exchange.service, &sent.method, &sent.target, body),
            None => sent.method == "GET",
        };
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
                // most parsers take the last of several members of one name; that there are several is said of the body
                let taken: BTreeMap<&str, &Node> =
                    members.iter().map(|(n, v)| (n.as_str(), v)).collect();
                for (name, value) in taken {
                    // the names of elements are the API's own
                    let dynamic = if self.xml {
                        None
                    } else {
                        self.reader.dynamic(name)
                    };
                    let shown = dynamic.unwrap_or_else(|| name.to_owned());
                    let below = match depth {
                        // the root element of XML, and one that only holds a collection, are no level of their own
                        Depth::Root if (is_xml_root && path == "$") || is_wrapper(name) => {
                            Depth::Root
                        }
                        Depth::Root => Depth::Top,
                        Depth::Foreign => Depth::Foreign,
                        Depth::Top | Depth::Inner => Depth::Inner,
                    };
                    // the items of `<volumeSet>` are those of an array of that name
                    let at = if self.xml && is_item(name) {
                        at
                    } else {
                        At {
                            member: name,
                            parent: at.member,
                        }
                    };
                    self.node(value, &join(path, &shown), at, below);
                }
            }
            Node::List(items) if matches!(depth, Depth::Root | Depth::Top) => {
                self.collection(items, path, at);
            }
            Node::List(items) => self.list(items, path, at, depth),
            Node::Text(text) if self.xml && query::is_underway(path, text) => {}
            leaf => {
                let mut read = self.leaf(leaf, at);
                if depth == Depth::Foreign {
                    let kind = read.value.class.split(' ').next().unwrap_or("").to_owned();
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
            Node::Text(text) if self.xml && names_call(at.member) && !text.is_empty() => {
                plain("‹minted›", "string minted")
            }
            Node::Text(text) if self.xml && is_minted(at.member, text) => Read {
                identities: vec![text.clone()],
                ..plain("‹minted›", "string minted")
            },
            Node::Text(text) if self.xml && is_assigned(at.member) => {
                self.reader.symbols.address(text, at)
            }
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
        let keyed = dialect::list_key(at.member).is_some() && !dialect::is_shared(at.member);
        if keyed || items.iter().any(|item| !matches!(item, Node::Map(_))) {
            return self.list_items(items, path, at, Depth::Inner);
        }
        let mut order = Vec::new();
        let mut ours = Vec::new();
        let mut foreign = Vec::new();
        let mut seen = BTreeSet::new();
        let (once, again): (Vec<&Node>, Vec<&Node>) = items
            .iter()
            .partition(|item| !self.is_one_thing(item) || seen.insert(*item));
        self.twice(again.len(), path);
        for item in once {
            match self.label(item) {
                Some(label) => {
                    let below = At {
                        member: at.member,
                        parent: at.parent,
                    };
                    self.node(item, &format!("{path}[{label}]"), below, Depth::Inner);
                    order.push(self.key_of(item, at).unwrap_or(label));
                    ours.push(item);
                }
                // what another execution has there at the moment is chance
                None if is_of_another(self.reader.symbols, item) => {}
                None => foreign.push(item),
            }
        }
        self.put(
            &format!("{path}#own"),
            plain(&order.len().to_string(), "number integer"),
        );
        let unordered =
            self.reader.exception(&Source::Json(path.to_owned())) == Some(ExceptionKind::Unordered);
        if order.len() > 1 && !unordered {
            let mut read = plain(&order.join(", "), "order");
            read.value.origins = sorted_by(&ours);
            self.put(&format!("{path}#order"), read);
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
            // what some of them left out says nothing
            if types.contains("null") && types.len() > 1 {
                continue;
            }
            let types = types.into_iter().collect::<Vec<_>>().join(" or ");
            self.put(&path, plain(&types, &types));
        }
    }

    /// Whether an item says which thing it is of all there are: two that say the same are one.
    fn is_one_thing(&self, item: &Node) -> bool {
        let Node::Map(members) = item else {
            return false;
        };
        let symbols = self.reader.symbols;
        let mut texts = members
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.text()?)));
        texts.any(|(name, text)| {
            matches!(name, "id" | "Name" | "Key" | "Prefix" | "PartNumber")
                || forms::is_identity(text)
                || symbols.is_ours(text)
                || symbols.is_of_another(text)
        })
    }

    /// What tells an item of an array from others of the same thing.
    fn key_of(&self, item: &Node, at: At<'_>) -> Option<String> {
        let member = dialect::list_key(at.member)?;
        let at_key = At {
            member,
            parent: at.member,
        };
        let key = self.leaf(item.member(member)?, at_key);
        Some(key.value.text)
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
        for member in [
            "name",
            "id",
            "uuid",
            "hash",
            "hash_path",
            "Name",
            "Key",
            "keyName",
            "groupName",
            "launchTemplateName",
        ] {
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
        if let Some(named) = self.name_tag(item) {
            return Some(named);
        }
        for member in ["id", "name", "uuid"] {
            if let Some(text) = item.member(member).and_then(Node::text)
                && self.reader.own.contains(text)
            {
                return Some("own".to_owned());
            }
        }
        // the project and the user of the profile are who asks
        if let Some(text) = item.member("id").and_then(Node::text) {
            let at = At {
                member: "id",
                parent: "",
            };
            let shown = self.reader.symbols.string(text, at).value.text;
            if [".project.id›", ".user.id›"]
                .iter()
                .any(|end| shown.ends_with(end))
            {
                return Some(shown);
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
                .any(|(_, value)| self.is_about_ours(value))
                .then(|| "own".to_owned()),
            _ => None,
        }
    }

    /// Whether a member is, or (of XML) lists, something of ours: a reservation is known by its machines.
    fn is_about_ours(&self, value: &Node) -> bool {
        match value {
            Node::Text(text) => self.reader.own.contains(text) || self.reader.symbols.is_ours(text),
            Node::Map(members) if self.xml => members
                .iter()
                .filter(|(name, _)| is_item(name))
                .any(|(_, items)| self.is_about_ours(items)),
            Node::List(items) if self.xml => items.iter().any(|item| match item {
                Node::Map(members) => members
                    .iter()
                    .any(|(_, v)| v.text().is_some() && self.is_about_ours(v)),
                leaf => self.is_about_ours(leaf),
            }),
            _ => false,
        }
    }

    /// A name of ours that an item of EC2 carries as a tag.
    fn name_tag(&self, item: &Node) -> Option<String> {
        let Node::List(tags) = item.member("tagSet")?.member("item")? else {
            return None;
        };
        let is_name = |tag: &&Node| tag.member("key").and_then(Node::text) == Some("Name");
        let name = tags.iter().find(is_name)?.member("value")?.text()?;
        let at = At {
            member: "value",
            parent: "",
        };
        let ours = self.reader.symbols.is_ours(name);
        ours.then(|| self.reader.symbols.string(name, at).value.text)
    }

    /// Items that a member tells apart.
    fn keyed_items(&mut self, items: &[Node], key: &str, path: &str, at: At<'_>, depth: Depth) {
        let once: BTreeSet<&str> = items.iter().filter_map(|i| i.member(key)?.text()).collect();
        let all = items
            .iter()
            .filter(|i| i.member(key).is_some_and(|k| k.text().is_some()));
        self.twice(all.count() - once.len(), path);
        let mut seen = BTreeSet::new();
        for item in items.iter().filter(|item| seen.insert(*item)) {
            let label = self.key_of(item, at).unwrap_or_else(|| "?".to_owned());
            self.node(item, &format!("{path}[{label}]"), at, depth);
        }
    }

    /// How many items of a list are one that stands before them once more.
    fn twice(&mut self, count: usize, path: &str) {
        let shown = match count {
            0 => "none".to_owned(),
            more => more.to_string(),
        };
        self.put(&format!("{path}#twice"), plain(&shown, "items twice"));
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
            return self.keyed_items(items, key, path, at, depth);
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

/// The members that explain the order of items: a list in the order of its minted ids looks random by name, and is not.
/// What holds by chance in one repeat does not hold in all.
fn sorted_by(items: &[&Node]) -> BTreeSet<String> {
    let Some(Node::Map(members)) = items.first() else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for (name, _) in members {
        let values: Option<Vec<&str>> = items
            .iter()
            .map(|item| item.member(name).and_then(Node::text))
            .collect();
        let Some(values) = values else { continue };
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            continue; // says nothing about the order
        }
        if values.is_sorted() {
            found.insert(format!("ascending {name}"));
        } else if values.iter().rev().is_sorted() {
            found.insert(format!("descending {name}"));
        }
    }
    found
}

/// Whether an item is called as another execution calls its things.
pub fn is_of_another(symbols: &Symbols, item: &Node) -> bool {
    match item {
        Node::Map(members) if members.len() == 1 && members[0].1.text().is_none() => {
            is_of_another(symbols, &members[0].1)
        }
        Node::Map(members) => {
            let mut texts = members.iter().filter_map(|(_, value)| value.text());
            texts.any(|text| symbols.is_of_another(text))
        }
        _ => false,
    }
}
