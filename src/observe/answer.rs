//! One answer → its places.
//!
//! In: an exchange, the symbols of its execution, the reading part of its step. Out: places and values, put into an
//! [`Observed`]. Knows nothing of repeats.

use super::path::covers;
use super::place::{Observed, Part, Place};
use super::symbols::{At, Read, Rendered, Symbols};
use crate::recording::{Answer, Exchange};
use crate::scenario::{Exception, ExceptionKind, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Longer texts that are not JSON are compared by form and size class only.
pub(super) const LONGEST_TEXT: usize = 4096;

/// What is needed to read the answers of one step.
#[derive(Debug)]
pub struct Reader<'a> {
    pub symbols: &'a Symbols,
    pub exceptions: &'a [Exception],
    /// Ids and names of things that this execution made.
    pub own: &'a BTreeSet<String>,
}

/// Values that fall on one place (items without a key) until they are joined.
pub(super) type Gathered = BTreeMap<(Part, String), Vec<Read>>;

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
        self.headers(exchange, answer, &mut gathered);
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

    /// A member or header name that holds one of our names or an identity, with the symbol in its place.
    pub(super) fn dynamic(&self, name: &str) -> Option<String> {
        // the first four letters of a drawn text were `size`, once
        if name.len() < SHORTEST_DYNAMIC {
            return None;
        }
        let read = self.symbols.string(name, At::default());
        (read.value.text != name).then_some(read.value.text)
    }

    pub(super) fn exception(&self, at: &Source) -> Option<ExceptionKind> {
        // what a step says counts more than what its file says for all steps
        self.exceptions
            .iter()
            .rev()
            .find(|exception| covers(&exception.at, at))
            .map(|exception| exception.how)
    }
}

/// Shorter names of members are the API's own, though a drawn text may begin alike.
const SHORTEST_DYNAMIC: usize = 6;

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
    // which of several items an identity belongs to is not known: it takes no part in the pattern, unless all have the same
    let identities = if reads
        .iter()
        .all(|read| read.identities == reads[0].identities)
    {
        reads[0].identities.clone()
    } else {
        vec![]
    };
    (
        Rendered {
            text,
            class,
            origins,
        },
        identities,
    )
}

pub(super) fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer
        .headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}
