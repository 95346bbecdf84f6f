//! Which values of a profile may be shown in a message: those of known keys that hold no secret.
//!
//! Everything else is hidden, so that a password under a mistyped key isn't printed with the mistake.

use crate::profile::credentials::SECRETS;
use crate::profile::keys::{
    KEY_SECRETS, KEYS, LIMIT_KEYS, MOST_KEYS, NAMED_KEYS, SECRET_KEYS, SERVICES, USER_KEYS,
};
use crate::profile::source::comments;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Byte ranges of what must not be shown: such values, and all comments.
pub fn hidden(root: &DeTable<'_>, text: &str) -> Vec<Range<usize>> {
    let mut veil = Veil {
        text,
        hidden: Vec::new(),
        known: Vec::new(),
    };
    veil.table(root, Parent::Top);
    veil.hidden.extend(comments(text, &veil.known));
    veil.hidden
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parent {
    Top,
    /// `[bindings]`, `[endpoints]`, `[limits]`: keys are free, or their values are never secret.
    Open,
    Other,
}

struct Veil<'t> {
    text: &'t str,
    hidden: Vec<Range<usize>>,
    /// Places of all keys and values.
    known: Vec<Range<usize>>,
}

impl Veil<'_> {
    fn table(&mut self, table: &DeTable<'_>, parent: Parent) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            let open = parent == Parent::Open || is_open(name);
            let inside = match parent {
                Parent::Open => Parent::Open,
                Parent::Top if ["bindings", "endpoints", "limits"].contains(&name) => Parent::Open,
                Parent::Top | Parent::Other => Parent::Other,
            };
            self.known.push(key.span());
            self.value(value, open, inside);
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, open: bool, inside: Parent) {
        match value.get_ref() {
            DeValue::Table(table) => return self.table(table, inside),
            DeValue::Array(list) => {
                for item in list {
                    self.value(item, open, inside);
                }
                return;
            }
            _ => {}
        }
        let span = value.span();
        self.known.push(span.clone());
        let written = self.text.get(span.clone()).unwrap_or_default();
        // A URL may hold a password, and a string over several lines has run away.
        let odd = written.contains(['@', '\n']);
        if (!open || odd) && !value.get_ref().is_bool() {
            self.hidden.push(span);
        }
    }
}

fn is_open(key: &str) -> bool {
    let known = [
        &KEYS[..],
        &USER_KEYS,
        &SECRET_KEYS,
        &NAMED_KEYS,
        &LIMIT_KEYS,
        &MOST_KEYS,
        &SERVICES,
    ];
    known.iter().any(|keys| keys.contains(&key))
        && !SECRETS.contains(&key)
        && !KEY_SECRETS.contains(&key)
}

/// For a text that could not be parsed: shown are only headers, keys, and what follows a
/// known key as a plain value.
pub fn hidden_lines(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let whole = line.trim_end();
        let from = match whole.split_once('=') {
            None if whole.starts_with('[') && is_plain(whole) => whole.len(),
            None => 0,
            Some((key, _)) if !is_plain(key.trim()) => 0,
            Some((key, value)) if is_open(key.trim()) && is_one_word(value.trim()) => whole.len(),
            Some((key, _)) => key.len() + 1,
        };
        if from < whole.len() {
            ranges.push(start + from..start + whole.len());
        }
        start += line.len();
    }
    ranges
}

/// Whether this can be a key or a header and nothing else.
fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.[]".contains(c);
    !text.is_empty() && text.chars().all(plain)
}

/// Whether this can be the value of one key only, and none with a secret inside: a broken line may
/// have become one with the next.
fn is_one_word(value: &str) -> bool {
    let inside = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value.trim_matches(quote),
        _ => value,
    };
    let more = |c: char| c.is_whitespace() || "\"'={@".contains(c);
    !inside.contains(more)
}

/// Whether a string may go over several lines, so that a line's key says nothing of the next.
pub fn has_long_strings(text: &str) -> bool {
    text.contains("\"\"\"") || text.contains("'''")
}
