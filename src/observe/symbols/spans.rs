//! Where a text holds values whose origin is known.

use super::{At, NAME_PREFIX, SHORTEST_ANYWHERE, SHORTEST_DRAWN, Symbols};
use crate::dialect::forms::{self, Form, Inside};
use crate::dialect::xml::is_person;
use std::ops::Range;

/// Fewer letters of a drawn text are a part of many words.
const SHORTEST_INSIDE: usize = 6;

/// A piece of a text, and what stands in its place.
#[derive(Debug)]
pub(super) struct Span {
    pub range: Range<usize>,
    pub shown: String,
    /// What it was is one of the identities.
    pub identity: bool,
}

impl Span {
    fn known(range: Range<usize>, shown: String) -> Self {
        Self {
            range,
            shown,
            identity: false,
        }
    }
}

impl Symbols {
    /// Those that are shown otherwise, in order, none within another.
    pub(super) fn spans(&self, text: &str, at: At<'_>) -> Vec<Span> {
        let mut spans = Vec::new();
        if let Some(symbol) = self.person(text, at) {
            return vec![Span::known(0..text.len(), format!("‹{symbol}›"))];
        }
        spans.extend(self.whole_names(text));
        spans.extend(self.names_of_fixtures(text));
        spans.extend(self.cut_name(text));
        spans.extend(self.drawn_texts(text));
        for (value, symbol) in &self.known {
            for range in ranges(text, value) {
                if at_boundaries(text, &range) {
                    spans.push(Span::known(range, format!("‹{symbol}›")));
                }
            }
        }
        for (name, symbol) in &self.queried {
            for range in ranges(text, name) {
                let (before, after) = (&text[..range.start], &text[range.end..]);
                let is_parameter = before.ends_with('=') && before.contains('?');
                if is_parameter && (after.is_empty() || after.starts_with('&')) {
                    spans.push(Span::known(range, format!("‹{symbol}›")));
                }
            }
        }
        for version in self.highest.iter().filter(|_| at.member == "message") {
            for range in ranges(text, version) {
                if at_boundaries(text, &range) {
                    spans.push(Span::known(range, "‹highest microversion›".to_owned()));
                }
            }
        }
        for (value, members) in &self.captured {
            let by_member = text == value && members.contains(at.member);
            for range in ranges(text, value) {
                let in_path = at_boundaries(text, &range) && (value.len() >= SHORTEST_ANYWHERE);
                if by_member || in_path {
                    spans.push(Span {
                        range,
                        shown: "‹id›".to_owned(),
                        identity: true,
                    });
                }
            }
        }
        for (range, what) in forms::inside(text) {
            let found = &text[range.clone()];
            if self.keys.contains(found) {
                continue; // ours: compared letter by letter
            }
            // an id whose digits we made up is known by them
            let made_up = |(known, _): &(String, String)| found.ends_with(&format!("-{known}"));
            if matches!(&what, Inside::Identity(Form::Resource { .. }))
                && self.known.iter().any(made_up)
            {
                continue;
            }
            spans.push(match what {
                Inside::Identity(form) => Span {
                    range,
                    shown: format!("‹{}›", form.label()),
                    identity: true,
                },
                Inside::Time(form) => Span {
                    range,
                    shown: format!("‹{}›", form.label()),
                    identity: false,
                },
            });
        }
        // leftmost, then longest, then what has a known origin
        spans.sort_by(|a, b| {
            (a.range.start.cmp(&b.range.start))
                .then(b.range.end.cmp(&a.range.end))
                .then(a.identity.cmp(&b.identity))
        });
        let mut end = 0;
        spans.retain(|span| {
            let free = span.range.start >= end;
            if free {
                end = span.range.end;
            }
            free
        });
        spans
    }

    /// The user that an element of XML names.
    fn person(&self, text: &str, at: At<'_>) -> Option<&str> {
        let member = ["ID", "DisplayName"]
            .into_iter()
            .find(|m| *m == at.member)?;
        if !is_person(at.parent) {
            return None;
        }
        let symbol = self.people.get(&(member, text.to_owned()))?;
        Some(symbol.as_str())
    }

    /// Names of the same making with another nonce: those of shared fixtures.
    pub(super) fn names_of_fixtures(&self, text: &str) -> Vec<Span> {
        let mut found = Vec::new();
        for (start, _) in text.match_indices(NAME_PREFIX) {
            let rest = &text[start + NAME_PREFIX.len()..];
            let end = rest
                .bytes()
                .position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            let whole = &rest[..end.unwrap_or(rest.len())];
            // what a cloud hangs on behind (`-shelved`) is no part of the name
            let mut at = 0;
            for segment in whole.split('-') {
                let label = whole[..at].trim_end_matches('-');
                let is_nonce = segment.len() == self.nonce.len() && segment != self.nonce;
                if is_nonce && !label.is_empty() {
                    let range = start..start + NAME_PREFIX.len() + at + segment.len();
                    found.push(Span::known(range, format!("‹fixture's name.{label}›")));
                    break;
                }
                at += segment.len() + 1;
            }
        }
        found
    }

    /// What was drawn and sent for `text(n)` or `unicode(n)`, in the length that came back.
    fn drawn_texts(&self, text: &str) -> Vec<Span> {
        let mut found = Vec::new();
        for (function, drawn) in &self.drawn {
            let head: String = drawn.chars().take(SHORTEST_DRAWN).collect();
            let inside: String = drawn.chars().take(SHORTEST_INSIDE).collect();
            let head = if drawn.starts_with(text) {
                head
            } else {
                inside
            };
            for (start, _) in text.match_indices(&head) {
                let same = text[start..]
                    .chars()
                    .zip(drawn.chars())
                    .take_while(|(a, b)| a == b);
                let (count, bytes) = same.fold((0, 0), |(count, bytes), (c, _)| {
                    (count + 1, bytes + c.len_utf8())
                });
                found.push(Span::known(
                    start..start + bytes,
                    format!("‹{function}({count})›"),
                ));
            }
        }
        found
    }

    /// `interop-<label>-<nonce>`, in any case.
    fn whole_names(&self, text: &str) -> Vec<Span> {
        let mut found = Vec::new();
        if self.nonce.is_empty() || text.len() < self.nonce.len() {
            return found;
        }
        // ASCII only: every position stays what it is
        let lower = text.to_ascii_lowercase();
        for (at, _) in lower.match_indices(&self.nonce) {
            let Some(start) = lower[..at].rfind(NAME_PREFIX) else {
                continue;
            };
            let label = &lower[start + NAME_PREFIX.len()..at];
            let Some(label) = label.strip_suffix('-') else {
                continue;
            };
            if label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.is_empty()
            {
                let range = start..at + self.nonce.len();
                let shown = cased(&text[range.clone()], label);
                found.push(Span::known(range, shown));
            }
        }
        found
    }

    /// A name of ours that the cloud cut short, at the end of the value.
    fn cut_name(&self, text: &str) -> Option<Span> {
        let start = text.rfind(NAME_PREFIX)?;
        let rest = &text[start + NAME_PREFIX.len()..];
        let (label, tail) = rest.rsplit_once('-')?;
        let cut = tail.len() >= 4 && tail.len() < self.nonce.len() && self.nonce.starts_with(tail);
        cut.then(|| {
            Span::known(
                start..text.len(),
                format!("‹cut(name.{label}) to {}›", text.len() - start),
            )
        })
    }
}

/// The symbol of one of our names, as it came back.
fn cased(text: &str, label: &str) -> String {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        if text.bytes().any(|b| b.is_ascii_lowercase()) {
            return format!("‹recased(name.{label})›");
        }
        return format!("‹upper(name.{label})›");
    }
    format!("‹name.{label}›")
}

/// Where a value stands in a text. Most texts are shorter than most values, and looking for one is prepared at some cost.
fn ranges<'t>(text: &'t str, value: &'t str) -> impl Iterator<Item = Range<usize>> + use<'t> {
    let fits = value.len() <= text.len();
    let found = fits.then(|| text.match_indices(value));
    let found = found.into_iter().flatten();
    found.map(|(start, found)| start..start + found.len())
}

fn at_boundaries(text: &str, range: &Range<usize>) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric();
    let before = text[..range.start].chars().next_back();
    // the digits of a percent escape belong to it and not to what follows
    let escaped = {
        let head = &text.as_bytes()[..range.start];
        head.len() >= 3
            && head[head.len() - 3] == b'%'
            && head[head.len() - 2..].iter().all(u8::is_ascii_hexdigit)
    };
    let after = text[range.end..].chars().next();
    (escaped || !before.is_some_and(inner)) && !after.is_some_and(inner)
}
