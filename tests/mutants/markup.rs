//! Changes to XML bodies, as text: what is not changed stays as it was written.

use crate::edit::{Act, changed_text, rearrange};
use roxmltree::{Document, Node};
use std::ops::Range;

/// What replaces which bytes.
type Splices = Vec<(Range<usize>, String)>;

/// `None`: there is no such place.
pub fn edit(text: &str, path: &[String], act: &Act) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let names: Vec<&String> = path.iter().filter(|s| *s != "[]").collect();
    let (first, rest) = names.split_first()?;
    let root = document.root_element();
    if root.tag_name().name() != *first {
        return None;
    }
    let mut splices = Splices::new();
    match act {
        Act::Reverse | Act::Lose | Act::Duplicate => {
            let (last, above) = rest.split_last()?;
            for parent in below(root, above) {
                let items: Vec<Node<'_, '_>> = named(parent, last).collect();
                list(text, &items, act, &mut splices);
            }
        }
        _ => {
            for element in below(root, rest) {
                if let Some(new) = element_with(text, element, act) {
                    splices.push((element.range(), new));
                }
            }
        }
    }
    spliced(text, splices)
}

/// All elements of that name hold this text.
pub fn set_everywhere(text: &str, name: &str, to: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let leaves = document
        .descendants()
        .filter(|n| n.is_element() && n.tag_name().name() == name && !has_elements(*n));
    let splices = leaves
        .filter_map(|n| Some((n.range(), with_text(text, n, to)?)))
        .collect();
    spliced(text, splices)
}

fn named<'a, 'i>(parent: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    parent
        .children()
        .filter(move |c| c.is_element() && c.tag_name().name() == name)
}

fn below<'a, 'i>(root: Node<'a, 'i>, names: &[&String]) -> Vec<Node<'a, 'i>> {
    names.iter().fold(vec![root], |found, name| {
        found.into_iter().flat_map(|n| named(n, name)).collect()
    })
}

fn has_elements(node: Node<'_, '_>) -> bool {
    node.children().any(|c| c.is_element())
}

fn element_with(text: &str, element: Node<'_, '_>, act: &Act) -> Option<String> {
    let whole = &text[element.range()];
    let name = tag(whole);
    let inner = element.text().unwrap_or_default();
    let is_leaf = !has_elements(element);
    // another way to write the same is no change
    let leaf = |new: Option<String>| {
        new.filter(|new| is_leaf && new != inner)
            .and_then(|new| with_text(text, element, &new))
    };
    match act {
        Act::Remove => Some(String::new()),
        Act::Rename => Some(renamed(whole, name)),
        Act::Null => (is_leaf && !inner.is_empty()).then(|| format!("<{name}/>")),
        Act::Type if is_leaf => Some(format!(
            "<{name}><value>{}</value></{name}>",
            escaped(inner)
        )),
        Act::Type => Some(format!("<{name}>text</{name}>")),
        Act::Change => leaf(other(inner)),
        Act::Set(to) => leaf(Some(to.clone())),
        Act::Word(from, to) => leaf((inner == from).then(|| to.clone())),
        Act::Upper => leaf(Some(inner.to_uppercase())),
        Act::Truncate => leaf(Some(inner.chars().take(8).collect())),
        Act::Fraction => leaf(inner.parse::<i64>().ok().map(|n| format!("{n}.0"))),
        Act::Add => {
            let end = format!("</{name}>");
            whole
                .strip_suffix(&end)
                .map(|rest| format!("{rest}<xAdded>yes</xAdded>{end}"))
        }
        Act::Twice => Some(format!("{whole}<{name}>x-twice</{name}>")),
        Act::Reverse | Act::Lose | Act::Duplicate | Act::Without(..) => None,
    }
}

fn other(text: &str) -> Option<String> {
    match text {
        "" => None,
        "true" => Some("false".to_owned()),
        "false" => Some("true".to_owned()),
        _ => changed_text(text),
    }
}

fn list(text: &str, items: &[Node<'_, '_>], act: &Act, splices: &mut Splices) {
    if items.is_empty() || (items.len() < 2 && *act == Act::Reverse) {
        return;
    }
    let mut texts: Vec<String> = items.iter().map(|n| text[n.range()].to_owned()).collect();
    let before = texts.clone();
    rearrange(&mut texts, act);
    if texts == before {
        return;
    }
    let count = items.len();
    for (index, item) in items.iter().enumerate() {
        let mut new = texts.get(index).cloned().unwrap_or_default();
        if index + 1 == count {
            new.extend(texts.iter().skip(count).cloned());
        }
        splices.push((item.range(), new));
    }
}

/// The name as it is written, prefix included.
fn tag(whole: &str) -> &str {
    let end = whole.find(|c: char| c.is_whitespace() || c == '>' || c == '/');
    &whole[1..end.unwrap_or(1)]
}

fn renamed(whole: &str, name: &str) -> String {
    let start = format!("<{name}X{}", &whole[1 + name.len()..]);
    let end = format!("</{name}>");
    match start.strip_suffix(&end) {
        Some(rest) => format!("{rest}</{name}X>"),
        None => start,
    }
}

fn with_text(text: &str, element: Node<'_, '_>, new: &str) -> Option<String> {
    let whole = &text[element.range()];
    let name = tag(whole);
    let end = whole.find('>')?;
    let head = whole[..end].trim_end_matches('/');
    Some(format!("{head}>{}</{name}>", escaped(new)))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn spliced(text: &str, mut splices: Splices) -> Option<String> {
    if splices.is_empty() {
        return None;
    }
    splices.sort_by_key(|(range, _)| range.start);
    let mut new = text.to_owned();
    for (range, with) in splices.into_iter().rev() {
        new.replace_range(range, &with);
    }
    (new != text).then_some(new)
}
