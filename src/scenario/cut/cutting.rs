//! The search for the fewest parts: a pure machine that is told what each try showed.

use super::document::{Document, DocumentError};
use super::part::Part;
use super::slice::Spot;
use crate::scenario::Scenario;
use std::collections::{BTreeSet, VecDeque};

/// What may be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Steps and rows: what was recorded once can be read in part.
    Steps,
    /// And what steps send.
    Fields,
}

/// What is taken out in one pass, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Steps,
    Inner,
    Rows,
    Fixtures,
    Fields,
}

/// Guesses first; then parts of what shows it are taken out, many at once, fewer where that is too much (delta debugging:
/// Zeller, Hildebrandt, 2002).
pub struct Cutting {
    depth: Depth,
    guesses: VecDeque<Document>,
    /// The shortest that showed it.
    best: Option<Document>,
    phases: VecDeque<Phase>,
    chunks: Vec<Vec<Part>>,
    /// Something went in this pass.
    went: bool,
    tried: BTreeSet<String>,
    pending: Option<(Document, Vec<Part>)>,
}

impl Cutting {
    /// `scenario` is what `text` says.
    pub fn new(text: &str, scenario: &Scenario, spot: &Spot, depth: Depth) -> Result<Self, DocumentError> {
        let document = Document::parse(text)?;
        let guesses = document.slices(scenario, spot);
        Ok(Self {
            depth,
            guesses: guesses.into(),
            best: None,
            phases: VecDeque::new(),
            chunks: Vec::new(),
            went: false,
            tried: BTreeSet::new(),
            pending: None,
        })
    }

    /// How much the first guess does: about its requests.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.guesses.front().map_or(usize::MAX, Document::weight)
    }

    /// The shortest text that showed it so far.
    #[must_use]
    pub fn best(&self) -> Option<String> {
        self.best.as_ref().map(Document::text)
    }

    /// The next text to try; none where nothing more can go, or no guess showed it. `is_right` says whether a text could run
    /// at all.
    pub fn next(&mut self, is_right: &dyn Fn(&str) -> bool) -> Option<String> {
        loop {
            let (document, chunk) = self.candidate()?;
            let text = document.text();
            let is_new = self.best.as_ref().is_none_or(|best| best.text() != text)
                && self.tried.insert(text.clone());
            if is_new && is_right(&text) {
                self.pending = Some((document, chunk));
                return Some(text);
            }
            self.halve(chunk);
        }
    }

    /// Whether the last text still showed it.
    pub fn answer(&mut self, shows: bool) {
        let Some((document, chunk)) = self.pending.take() else {
            return;
        };
        if !shows {
            self.halve(chunk);
        } else if self.best.replace(document).is_some() {
            self.went = true;
        } else {
            self.start_pass();
        }
    }

    fn candidate(&mut self) -> Option<(Document, Vec<Part>)> {
        let Some(best) = self.best.clone() else {
            return Some((self.guesses.pop_front()?, Vec::new()));
        };
        loop {
            if let Some(chunk) = self.chunks.pop() {
                let cut = best.without(&chunk).tidied();
                return Some((cut, chunk));
            }
            match self.phases.pop_front() {
                Some(phase) => self.chunks = chunks(&best, phase),
                None if self.went => self.start_pass(),
                None => return None,
            }
        }
    }

    fn start_pass(&mut self) {
        self.went = false;
        self.phases = [Phase::Steps, Phase::Inner, Phase::Rows].into();
        if self.depth == Depth::Fields {
            self.phases.extend([Phase::Fixtures, Phase::Fields]);
        }
    }

    /// Tries both halves of what can't go as a whole.
    fn halve(&mut self, mut chunk: Vec<Part>) {
        if chunk.len() < 2 {
            return;
        }
        let second = chunk.split_off(chunk.len() / 2);
        self.chunks.extend([chunk, second]);
    }
}

/// What is tried to be taken out at once; the last first.
fn chunks(document: &Document, phase: Phase) -> Vec<Vec<Part>> {
    match phase {
        Phase::Steps => {
            let mut steps = document.outer_steps();
            // all of them can't go
            let last = steps.pop();
            vec![last.into_iter().collect(), steps]
        }
        Phase::Inner => vec![document.inner_steps()],
        Phase::Rows => document.rows(),
        Phase::Fixtures => vec![document.fixtures()],
        Phase::Fields => document.fields(),
    }
}
