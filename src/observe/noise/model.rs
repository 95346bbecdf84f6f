//! Entries of a noise file, and what is learned from repeats before it is one.

use crate::observe::StepKey;
use crate::recording::NoiseText;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// In which way a place is unstable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Varies {
    /// Always there and of one class; the value is another each time.
    Value,
    /// Comes and goes.
    Presence,
    /// Not always of one class.
    Form,
    /// The states that a poll sees, or their order.
    States,
    /// Whether it is equal to another place.
    Equality,
    /// Whether reads are stale after a write, or how long.
    Freshness,
    /// Whether the step reaches what it is about.
    Reach,
}

impl Varies {
    /// All of them, as the file writes them.
    pub(super) const WORDS: [(&'static str, Self); 7] = [
        ("value", Self::Value),
        ("presence", Self::Presence),
        ("form", Self::Form),
        ("states", Self::States),
        ("equality", Self::Equality),
        ("freshness", Self::Freshness),
        ("reach", Self::Reach),
    ];

    pub(super) fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, varies)| *varies == self);
        found.map_or("", |(word, _)| word)
    }

    /// Whether it is said of what stands at the place.
    #[must_use]
    pub fn is_of_label(self) -> bool {
        matches!(self, Self::Value | Self::Presence | Self::Form)
    }
}

/// One `[[noise]]`: a place of an operation that is unstable on this cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub service: String,
    /// As findings name it: `GET /servers/{}`.
    pub operation: String,
    /// As findings name it: `status`, `$.server.status`, `header vary`.
    pub place: String,
    pub varies: BTreeSet<Varies>,
    /// Value as the observation shows it → how often.
    pub seen: BTreeMap<String, u32>,
    pub scenarios: BTreeSet<String>,
    /// For people, and theirs to edit.
    pub because: String,
    /// The day on which it was first learned: `2026-11-23`.
    pub learned: String,
    /// The last day on which it holds.
    pub until: Option<String>,
}

/// Service, operation and place: what an entry is found by.
pub(super) type Key = (String, String, String);

impl Entry {
    pub(super) fn key(&self) -> Key {
        (
            self.service.clone(),
            self.operation.clone(),
            self.place.clone(),
        )
    }
}

/// A noise file, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noise {
    /// The cloud that it is of.
    pub cloud: String,
    /// As the user named it.
    pub file: String,
    pub(super) entries: BTreeMap<Key, Arc<Entry>>,
    /// Entries whose last day is over: they no longer hold.
    pub lapsed: usize,
}

/// By step and rows: place → what the file says of it.
pub type Listed = BTreeMap<StepKey, BTreeMap<String, Arc<Entry>>>;

impl Noise {
    /// Nothing is known of a cloud called so.
    #[must_use]
    pub fn none(cloud: &str) -> Self {
        Self {
            cloud: cloud.to_owned(),
            ..Self::default()
        }
    }

    /// What a recording carries, as of a date such as `2026-11-23`.
    pub fn of(
        text: Option<&NoiseText>,
        cloud: &str,
        as_of: &str,
    ) -> Result<Self, crate::observe::FileError> {
        match text {
            Some(noise) => Self::read(&noise.file, &noise.text).map(|read| read.as_of(as_of)),
            None => Ok(Self::none(cloud)),
        }
    }

    /// Without the entries whose last day is before `date`.
    #[must_use]
    pub fn as_of(mut self, date: &str) -> Self {
        let before = self.entries.len();
        let holds = |entry: &Entry| entry.until.as_deref().is_none_or(|until| until >= date);
        self.entries.retain(|_, entry| holds(entry));
        self.lapsed += before - self.entries.len();
        self
    }

    /// By service, operation and place.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().map(AsRef::as_ref)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[must_use]
    pub fn get(&self, service: &str, operation: &str, place: &str) -> Option<&Entry> {
        let key = (service.to_owned(), operation.to_owned(), place.to_owned());
        self.entries.get(&key).map(AsRef::as_ref)
    }

    /// What is said of an operation, by place.
    #[must_use]
    pub fn on(&self, service: &str, operation: &str) -> BTreeMap<String, Arc<Entry>> {
        self.entries
            .values()
            .filter(|entry| entry.service == service && entry.operation == operation)
            .map(|entry| (entry.place.clone(), Arc::clone(entry)))
            .collect()
    }
}

/// What the repeats of one scenario showed to be unstable at one place of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    pub scenario: String,
    pub service: String,
    pub operation: String,
    pub place: String,
    pub varies: Varies,
    /// Value → repeats.
    pub seen: Vec<(String, u32)>,
}
