//! What is known to be private in one recording.

use super::address::Suite;
use super::places;
use super::pseudonym::Pseudonyms;
use crate::profile::secret::Redacted;
use crate::recording::redact::places::is_word;
use crate::recording::redact::sweep::{Known, SHORTEST};
use crate::recording::{Mark, SecretKind};
use regex::bytes::Regex;
use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Shorter values are replaced only where their place says what they are.
const SHORTEST_WORD: usize = 3;
/// How all names of ours begin.
const OURS: &str = "interop-";

pub(super) struct Private {
    pseudonyms: Mutex<Pseudonyms>,
    key: Redacted<[u8; 32]>,
    /// Looked for everywhere, in every encoding.
    long: Known,
    /// Looked for everywhere, as they are.
    short: BTreeSet<String>,
    short_pattern: Option<Regex>,
    hosts: BTreeSet<String>,
    /// Words of the suite, and what the cloud offers to everybody.
    public: HashSet<String>,
    /// Of the accounts that the run had: private whoever sends them.
    accounts: BTreeSet<String>,
    /// What requests held before any answer did, hashed.
    sent: HashSet<u64>,
    nonces: HashSet<String>,
    pub suite: Suite,
}

impl Private {
    pub fn new(key: Redacted<[u8; 32]>) -> Self {
        Self {
            pseudonyms: Mutex::new(Pseudonyms::new(key.clone())),
            key,
            long: Known::default(),
            short: BTreeSet::new(),
            short_pattern: None,
            hosts: BTreeSet::new(),
            public: HashSet::new(),
            accounts: BTreeSet::new(),
            sent: HashSet::new(),
            nonces: HashSet::new(),
            suite: Suite::default(),
        }
    }

    pub fn key(&self) -> &[u8; 32] {
        self.key.expose()
    }

    /// The text of a scenario: its words mean nothing.
    pub fn add_source(&mut self, source: &str) {
        self.suite.add(source);
        for is_inside in [
            |c: char| c.is_alphanumeric() || "_-.".contains(c),
            |c: char| !c.is_whitespace() && !"\"'/{}(),=".contains(c),
        ] {
            let words = source.split(|c| !is_inside(c)).filter(|w| !w.is_empty());
            self.public.extend(words.map(str::to_owned));
        }
    }

    pub fn add_public(&mut self, word: &str) {
        self.public.insert(word.to_owned());
    }

    pub fn add_account(&mut self, value: &str) {
        if !value.is_empty() && !places::is_common(value) {
            self.accounts.insert(value.to_owned());
            self.add_name(value);
        }
    }

    /// A text that was sent, and what servers make of it: trimmed, folded, its bytes taken for Latin-1.
    pub fn add_sent(&mut self, text: &str) {
        let latin: String = text.bytes().map(char::from).collect();
        for text in [text, &latin] {
            self.sent.insert(hashed(&folded(text)));
        }
    }

    pub fn add_nonce(&mut self, nonce: &str) {
        self.nonces.insert(nonce.to_owned());
    }

    /// Somebody's name or id, or what somebody called something. Where it is a word of the suite, only its place tells what it is.
    pub fn add_name(&mut self, value: &str) {
        if self.is_private(value) && !self.is_public(value) {
            self.add(value);
        }
    }

    pub fn add_host(&mut self, host: &str) {
        // of a bucket's host, what comes after the bucket
        let host = match host.rfind(OURS) {
            Some(at) => host[at..].split_once('.').map_or("", |(_, rest)| rest),
            None => host,
        };
        let host = host.trim_matches(['.', '-']);
        let is_address = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if is_address || places::is_public_host(host) || self.is_public(host) {
            return;
        }
        self.hosts.insert(host.to_owned());
        self.add(host);
        if let Some((_, domain)) = host.split_once('.').filter(|(_, rest)| rest.contains('.')) {
            self.add_host(domain);
        }
    }

    fn add(&mut self, value: &str) {
        if value.len() >= SHORTEST {
            self.long.add(value, SecretKind::Secret);
        } else if value.len() >= SHORTEST_WORD && !value.bytes().all(|b| b.is_ascii_digit()) {
            self.short.insert(value.to_owned());
        }
    }

    /// When all is added.
    pub fn complete(&mut self) {
        let words: Vec<String> = self.short.iter().map(|word| regex::escape(word)).collect();
        let pattern = (!words.is_empty()).then(|| format!("(?-u){}", words.join("|")));
        self.short_pattern = pattern.and_then(|pattern| Regex::new(&pattern).ok());
    }

    fn is_public(&self, value: &str) -> bool {
        self.public.contains(value) || is_word(value)
    }

    /// Whether a value at a place of people is to be replaced there.
    pub fn is_private(&self, value: &str) -> bool {
        if self.accounts.contains(value) {
            return true;
        }
        let folded = folded(value);
        let words = folded.split(|c: char| !c.is_ascii_alphanumeric());
        !folded.is_empty()
            && !places::is_common(value)
            // a link says what a place is for, not who
            && !folded.contains("://")
            && !folded.contains(OURS)
            && !words.into_iter().any(|word| self.nonces.contains(word))
            && !self.sent.contains(&hashed(&folded))
            && Mark::find_all(value).is_empty()
    }

    pub fn pseudonym(&self, value: &str) -> String {
        // whoever panicked here left whole pairs behind
        let mut all = self
            .pseudonyms
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.hosts.contains(value) {
            all.of_host(value)
        } else {
            all.of_name(value)
        }
    }

    /// Where a text holds known values, and which.
    pub fn find<'p>(&'p self, text: &[u8]) -> Vec<(Range<usize>, &'p str)> {
        let mut found: Vec<(Range<usize>, &str)> = Vec::new();
        for hit in self.long.find(text, false) {
            found.push((hit.range.clone(), self.long.value(&hit)));
        }
        for hit in self.short_pattern.iter().flat_map(|p| p.find_iter(text)) {
            let value = std::str::from_utf8(hit.as_bytes()).unwrap_or_default();
            if let Some(value) = self.short.get(value) {
                found.push((hit.range(), value));
            }
        }
        found
    }
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

pub(super) fn hashed(value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
