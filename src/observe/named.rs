//! A named observation → what is compared of it: every value in it as at any other place.
//!
//! Its identities take part in the pattern of equality at the places that they stand in, not here once more.

use super::answer::{Reader, plain};
use super::execution::member_of;
use super::symbols::{At, Rendered};
use crate::dialect::{self, HeaderMeaning};
use crate::scenario::{ExceptionKind, Source};
use serde_json::Value;
use std::collections::BTreeSet;

pub fn named(values: &[Value], source: &Source, reader: &Reader<'_>) -> Rendered {
    let member = member_of(source);
    let at = At {
        member: &member,
        parent: "",
    };
    if let Source::Header(name) = source
        && dialect::header_meaning(name) == HeaderMeaning::Minted
        && !values.is_empty()
    {
        return plain("‹minted›", "string minted").value;
    }
    let unordered = reader.exception(source) == Some(ExceptionKind::Unordered);
    match values {
        [] => plain("absent", "absent").value,
        [one] => value(one, at, unordered, reader),
        several => {
            let shown = several.iter().map(|one| value(one, at, unordered, reader));
            listed(shown.collect(), unordered, ["", ""])
        }
    }
}

fn value(of: &Value, at: At<'_>, unordered: bool, reader: &Reader<'_>) -> Rendered {
    match of {
        Value::String(text) => reader.symbols.string(text, at).value,
        Value::Number(number) => reader.symbols.number(&number.to_string(), at).value,
        Value::Null => plain("null", "null").value,
        Value::Bool(flag) => plain(&flag.to_string(), "boolean").value,
        Value::Array(items) => {
            let shown = items.iter().map(|item| value(item, at, unordered, reader));
            let unordered = unordered || dialect::is_unordered(at.member);
            listed(shown.collect(), unordered, ["[", "]"])
        }
        Value::Object(members) => {
            let mut shown: Vec<String> = members
                .iter()
                .map(|(name, inner)| {
                    let below = At {
                        member: name,
                        parent: at.member,
                    };
                    let name = reader.symbols.string(name, At::default()).value.text;
                    format!("{name}: {}", value(inner, below, unordered, reader).text)
                })
                .collect();
            shown.sort();
            plain(&format!("{{{}}}", shown.join(", ")), "object").value
        }
    }
}

fn listed(mut items: Vec<Rendered>, unordered: bool, [open, close]: [&str; 2]) -> Rendered {
    if unordered {
        items.sort();
    }
    let shown: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
    let classes: BTreeSet<&str> = items.iter().map(|item| item.class.as_str()).collect();
    let classes: Vec<&str> = classes.into_iter().collect();
    let class = format!("list {}", classes.join(" | "));
    plain(
        &format!("{open}{}{close}", shown.join(", ")),
        class.trim_end(),
    )
    .value
}
