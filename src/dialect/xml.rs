//! XML answers as trees, so that they are read by the same places as JSON.
//!
//! In: the text of a body. Out: a tree: an element is a member of its parent by its local name; one that may stand
//! several times, by the lists in `xml.toml`, is an array; what holds only text is a string; attributes are members
//! named `@name`, the default namespace `@xmlns`, and text beside them `#text`. Data: `xml.toml` of each family.

use roxmltree::{Document, Node, ParsingOptions};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Deeper trees are refused: no API nests so, and a cloud's answer is hostile input.
const DEEPEST: usize = 60;
const MOST_NODES: u32 = 500_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elements {
    /// Elements that are arrays wherever they hold elements.
    arrays: BTreeSet<String>,
    /// Elements that are arrays whatever they hold.
    texts: BTreeSet<String>,
    /// Elements whose text the service minted.
    minted: BTreeSet<String>,
    /// Elements that name a user.
    people: BTreeSet<String>,
    /// Elements that only hold a collection, and of what.
    wrappers: BTreeMap<String, String>,
    /// Elements whose text is an address, or a name made of one.
    #[serde(default)]
    assigned: BTreeSet<String>,
    /// Elements that name the call.
    #[serde(default)]
    calls: BTreeSet<String>,
    #[serde(default)]
    collections: Collections,
}

/// Elements that hold items of one name and nothing else.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Collections {
    item: String,
    /// Ends of names that begin with a small letter.
    ends: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Collections {
    fn has(&self, name: &str) -> bool {
        let small = name.starts_with(|c: char| c.is_ascii_lowercase());
        self.names.contains(name) || small && self.ends.iter().any(|end| name.ends_with(end))
    }
}

/// Names of elements mean the same in every family: the files of all are joined.
const FILES: [&str; 2] = [include_str!("s3/xml.toml"), include_str!("ec2/xml.toml")];

#[expect(clippy::unwrap_used, reason = "embedded data, read by every test")]
static ELEMENTS: LazyLock<Elements> = LazyLock::new(|| {
    let mut files = FILES.map(|text| toml::from_str::<Elements>(text).unwrap());
    let [all, rest @ ..] = &mut files;
    for more in rest {
        all.arrays.append(&mut more.arrays);
        all.texts.append(&mut more.texts);
        all.minted.append(&mut more.minted);
        all.people.append(&mut more.people);
        all.wrappers.append(&mut more.wrappers);
        all.assigned.append(&mut more.assigned);
        all.calls.append(&mut more.calls);
        // only one family has them
        all.collections = std::mem::take(&mut more.collections);
    }
    let [all, ..] = files;
    all
});

/// Whether an element only holds a collection, as `Buckets` does, and `instancesSet`.
#[must_use]
pub fn is_wrapper(name: &str) -> bool {
    ELEMENTS.wrappers.contains_key(name) || ELEMENTS.collections.has(name)
}

/// Whether the text of an element names the call that it answers: another one each time, and nothing refers to it.
#[must_use]
pub fn names_call(name: &str) -> bool {
    ELEMENTS.calls.contains(name)
}

/// Whether elements of this name are the items of what is around them, whose name tells what they are.
#[must_use]
pub fn is_item(name: &str) -> bool {
    name == ELEMENTS.collections.item
}

/// Whether the text of an element is an address that the service gave, or a name made of one.
#[must_use]
pub fn is_assigned(name: &str) -> bool {
    ELEMENTS.assigned.contains(name)
}

/// Whether an element may stand several times in its parent.
#[must_use]
pub fn may_repeat(name: &str) -> bool {
    ELEMENTS.arrays.contains(name) || ELEMENTS.texts.contains(name)
}

/// Whether an element that stands once is an array of one.
fn is_array(name: &str, holds: &Value) -> bool {
    let is_text = holds.as_str().is_some_and(|text| !text.is_empty());
    may_repeat(name) && !(is_text && ELEMENTS.arrays.contains(name))
}

/// Whether the text of an element was minted by the service.
#[must_use]
pub fn is_minted(name: &str, text: &str) -> bool {
    ELEMENTS.minted.contains(name) && !text.is_empty() && text != "null"
}

/// Whether an element names a user.
#[must_use]
pub fn is_person(name: &str) -> bool {
    ELEMENTS.people.contains(name)
}

/// Whether a body may be XML, by how it begins. A page for people is not meant.
#[must_use]
pub fn looks_like_xml(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |word: &str| {
        start
            .get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    start.starts_with('<') && !begins("<html") && !begins("<!doctype")
}

/// The tree of an XML body, its root element as the only member. `None`: it is no XML.
#[must_use]
pub fn tree(text: &str) -> Option<Value> {
    if !looks_like_xml(text) {
        return None;
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let document = Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    let mut members = Map::new();
    members.insert(root.tag_name().name().to_owned(), element(root, None, 0)?);
    (root.tag_name().name() != "html").then_some(Value::Object(members))
}

fn element(node: Node<'_, '_>, around: Option<&str>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let mut members = Map::new();
    let namespace = node.tag_name().namespace();
    // only where it changes: every element inherits it
    if namespace != around
        && let Some(name) = namespace
    {
        members.insert("@xmlns".to_owned(), Value::String(name.to_owned()));
    }
    for attribute in node.attributes() {
        let name = format!("@{}", attribute.name());
        members.insert(name, Value::String(attribute.value().to_owned()));
    }
    let mut has_children = false;
    for child in node.children().filter(Node::is_element) {
        has_children = true;
        let name = child.tag_name().name();
        let value = element(child, namespace.or(around), depth + 1)?;
        match members.get_mut(name) {
            Some(Value::Array(items)) => items.push(value),
            Some(first) => {
                let first = first.take();
                members.insert(name.to_owned(), Value::Array(vec![first, value]));
            }
            None if is_array(name, &value) => {
                members.insert(name.to_owned(), Value::Array(vec![value]));
            }
            None => {
                members.insert(name.to_owned(), value);
            }
        }
    }
    // whether others have any must not show
    if let Some(item) = ELEMENTS.wrappers.get(node.tag_name().name()) {
        has_children = true;
        let none = || Value::Array(Vec::new());
        members.entry(item.clone()).or_insert_with(none);
    }
    if has_children {
        return Some(Value::Object(members));
    }
    let text: String = node
        .children()
        .filter(Node::is_text)
        .filter_map(|text| text.text())
        .collect();
    let collections = &ELEMENTS.collections;
    if text.trim().is_empty() && collections.has(node.tag_name().name()) {
        members.insert(collections.item.clone(), Value::Array(Vec::new()));
        return Some(Value::Object(members));
    }
    if members.is_empty() {
        return Some(Value::String(text));
    }
    // white space in what only has attributes is layout
    if !text.trim().is_empty() {
        members.insert("#text".to_owned(), Value::String(text));
    }
    Some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_are_members_and_what_may_repeat_is_an_array() {
        let text = "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3/\"><Name>b</Name><Prefix/>\
                    <Contents><Key>a &amp; b</Key><Size>1</Size></Contents></ListBucketResult>";
        assert_eq!(
            tree(text).unwrap(),
            json!({ "ListBucketResult": { "@xmlns": "http://s3/", "Name": "b", "Prefix": "",
                "Contents": [{ "Key": "a & b", "Size": "1" }] } })
        );
        let none = tree("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>").unwrap();
        assert_eq!(
            none,
            json!({ "ListAllMyBucketsResult": { "Buckets": { "Bucket": [] } } })
        );
        let twice = tree("<r><x>1</x><x>2</x><x>3</x></r>").unwrap();
        assert_eq!(twice, json!({ "r": { "x": ["1", "2", "3"] } }));
    }

    #[test]
    fn the_bucket_that_an_answer_names_is_no_list_of_buckets() {
        let within = tree("<PostResponse><Bucket>b</Bucket></PostResponse>").unwrap();
        assert_eq!(within, json!({ "PostResponse": { "Bucket": "b" } }));
        let deleted = tree("<D><Deleted><DeleteMarker>true</DeleteMarker></Deleted></D>").unwrap();
        assert_eq!(
            deleted,
            json!({ "D": { "Deleted": [{ "DeleteMarker": "true" }] } })
        );
    }

    #[test]
    fn a_collection_of_ec2_is_a_list_with_none_one_and_many() {
        let of = |items: &str| {
            let text = format!("<R xmlns=\"v\"><volumeSet>{items}</volumeSet></R>");
            tree(&text).unwrap()["R"]["volumeSet"].clone()
        };
        assert_eq!(of(""), json!({ "item": [] }));
        assert_eq!(of("\n  "), json!({ "item": [] }));
        assert_eq!(
            of("<item><a>1</a></item>"),
            json!({ "item": [{ "a": "1" }] })
        );
        assert_eq!(of("<item>x</item><item/>"), json!({ "item": ["x", ""] }));
        assert_eq!(
            tree("<r><groups/><TagSet/><offset/></r>").unwrap(),
            json!({ "r": { "groups": { "item": [] }, "TagSet": { "Tag": [] }, "offset": "" } })
        );
        assert!(is_wrapper("reservationSet") && is_wrapper("securityGroupInfo"));
        assert!(is_wrapper("TagSet") && !is_wrapper("item"));
    }

    #[test]
    fn attributes_and_text_beside_them_are_kept() {
        let text = "<LocationConstraint xmlns=\"u\">eu</LocationConstraint>";
        assert_eq!(
            tree(text).unwrap(),
            json!({ "LocationConstraint": { "@xmlns": "u", "#text": "eu" } })
        );
        let grantee = tree(
            "<g xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>x</URI></g>",
        );
        assert_eq!(
            grantee.unwrap(),
            json!({ "g": { "@type": "Group", "URI": "x" } })
        );
    }

    #[test]
    fn what_is_no_xml_has_no_tree() {
        for text in [
            "",
            "{}",
            "<a>",
            "<html><body/></html>",
            "<!DOCTYPE a><a/>",
            "a<b/>",
        ] {
            assert_eq!(tree(text), None, "{text}");
        }
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        assert_eq!(tree(&deep), None);
    }
}
