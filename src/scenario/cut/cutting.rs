//! The search for the fewest parts: a pure machine that is told what each try showed.

use super::document::{Document, DocumentError};
use super::inline::Fixtures;
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
    /// What sends many requests sends few.
    Fewer,
    Fixtures,
    /// Fixtures become steps, which can be cut.
    Inline,
    Fields,
}

/// Guesses first; then parts of what shows it are taken out, many at once, fewer where that is too much (delta debugging:
/// Zeller, Hildebrandt, 2002).
pub struct Cutting {
    depth: Depth,
    fixtures: Fixtures,
    limits: Vec<u64>,
    guesses: VecDeque<Document>,
    /// Those that showed it, each shorter than the one before.
    shown: Vec<Document>,
    phases: VecDeque<Phase>,
    chunks: Vec<Vec<Part>>,
    /// Something went in this pass.
    went: bool,
    tried: BTreeSet<String>,
    pending: Option<(Document, Vec<Part>)>,
}

impl Cutting {
    /// `scenario` is what `text` says. `fixtures`: those that it uses, and that those use.
    pub fn new(
        text: &str,
        scenario: &Scenario,
        spot: &Spot,
        depth: Depth,
        fixtures: Fixtures,
    ) -> Result<Self, DocumentError> {
        let document = Document::parse(text)?;
        let guesses = document.slices(scenario, spot);
        Ok(Self {
            depth,
            fixtures,
            limits: spot.limits.clone(),
            guesses: guesses.into(),
            shown: Vec::new(),
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
        self.shown.last().map(Document::text)
    }

    /// The shortest showed it by chance: the search goes on with the one before, if there is one.
    pub fn take_back(&mut self) {
        self.shown.pop();
        self.chunks.clear();
        self.start_pass();
    }

    /// The next text to try; none where nothing more can go, or no guess showed it. `is_right` says whether a text could run
    /// at all.
    pub fn next(&mut self, is_right: &dyn Fn(&str) -> bool) -> Option<String> {
        loop {
            let (document, chunk) = self.candidate()?;
            let text = document.text();
            let is_new = self.shown.last().is_none_or(|best| best.text() != text)
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
            return;
        }
        if self.shown.is_empty() {
            self.start_pass();
        } else {
            self.went = true;
        }
        self.shown.push(document);
    }

    fn candidate(&mut self) -> Option<(Document, Vec<Part>)> {
        let Some(best) = self.shown.last().cloned() else {
            return Some((self.guesses.pop_front()?, Vec::new()));
        };
        loop {
            if let Some(chunk) = self.chunks.pop() {
                let cut = best.without(&chunk, &self.fixtures).tidied();
                return Some((cut, chunk));
            }
            match self.phases.pop_front() {
                Some(phase) => self.chunks = chunks(&best, phase, &self.limits),
                None if self.went => self.start_pass(),
                None => return None,
            }
        }
    }

    fn start_pass(&mut self) {
        self.went = false;
        self.phases = [Phase::Steps, Phase::Inner, Phase::Rows].into();
        if self.depth == Depth::Fields {
            self.phases
                .extend([Phase::Fewer, Phase::Fixtures, Phase::Inline, Phase::Fields]);
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
fn chunks(document: &Document, phase: Phase, limits: &[u64]) -> Vec<Vec<Part>> {
    match phase {
        Phase::Steps => {
            let mut steps = document.outer_steps();
            // all of them can't go
            let last = steps.pop();
            vec![last.into_iter().collect(), steps]
        }
        Phase::Inner => vec![document.inner_steps()],
        Phase::Rows => document.rows(),
        Phase::Fewer => document.fewer(limits),
        Phase::Fixtures => vec![document.fixtures()],
        Phase::Inline => document.to_inline(),
        Phase::Fields => document.fields(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{ScenarioId, Suite};

    const HEAD: &str = "title = 'a'\nwhy = 'b'\nservice = 's3'\nrefs = ['https://example.org']\ntags = ['t']\nhazard = 'consumes'\n";
    /// What four of its steps do has nothing to do with each other.
    const MANY: &str = r#"
[[step]]
id      = "bucket"
request = "PUT /{{ name }}"
reach   = { status = 200 }
undo    = "s3.bucket"

[[step]]
id      = "put"
request = "PUT /{{ name }}/{{ row.key }}"
text    = "x"
each    = [
    { id = "one", key = "one" },
    { id = "two", key = "two" },
]
capture = { etag = "header:etag", version = "header:x-amz-version-id" }

# of no use to others
[[step]]
id      = "tag"
request = "PUT /{{ name }}?tagging"
headers = { Content-Type = "text/xml", If-Match = "{{ etag }}" }
xml     = "<Tagging/>"
observe = { tagged = "status" }

[[step]]
id = "reads"
each = [{ id = "plain", kind = "a" }, { id = "odd", kind = "b" }]

[[step.step]]
id      = "head"
request = "HEAD /{{ name }}/two?kind={{ row.kind }}&versionId={{ version }}"

[[step.step]]
id      = "get"
request = "GET /{{ name }}/two?kind={{ row.kind }}"
headers = { Range = "bytes=0-1", X-Other = "1" }

[[step]]
id      = "after"
request = "DELETE /{{ name }}/one"
"#;

    fn id() -> ScenarioId {
        ScenarioId("cut".to_owned())
    }

    fn is_right(text: &str) -> bool {
        Suite::of_texts([(id(), text.to_owned())]).is_ok()
    }

    fn spot(step: &str, rows: &[&str]) -> Spot {
        Spot {
            step: step.to_owned(),
            rows: rows.iter().map(|row| (*row).to_owned()).collect(),
            named: None,
            limits: vec![],
        }
    }

    /// What is left, and after how many tries, where `shows` says whether a text shows it.
    fn cut(spot: &Spot, depth: Depth, shows: &dyn Fn(&str) -> bool) -> (Option<String>, u32) {
        let text = format!("{HEAD}{MANY}");
        let suite = Suite::of_texts([(id(), text.clone())]).unwrap_or_else(|e| panic!("{e}"));
        let scenario = suite.get(&id()).unwrap();
        let mut cutting = Cutting::new(&text, scenario, spot, depth, Fixtures::new()).unwrap();
        let mut tries = 0;
        while let Some(text) = cutting.next(&is_right) {
            tries += 1;
            cutting.answer(shows(&text));
        }
        (cutting.best(), tries)
    }

    #[test]
    fn what_leads_to_a_step_is_kept_and_nothing_else() {
        let shows = |text: &str| {
            text.contains("GET /") && text.contains("Range") && text.contains("key = \"two\"")
        };
        let (left, tries) = cut(&spot("reads.get", &["odd"]), Depth::Fields, &shows);
        let left = left.unwrap();
        assert!(is_right(&left), "{left}");
        for gone in [
            "\"tag\"",
            "\"after\"",
            "\"head\"",
            "plain",
            "X-Other",
            "capture",
            "\"one\"",
            "reach",
            "text ",
            "tags",
        ] {
            assert!(!left.contains(gone), "{gone} is still in\n{left}");
        }
        assert!(left.contains("undo    = \"s3.bucket\""), "{left}");
        assert!(tries < 25, "{tries}");
    }

    #[test]
    fn a_guess_that_is_too_small_is_followed_by_wider_ones() {
        // the row of another key matters, which no path tells
        let shows = |text: &str| text.contains("\"after\"") && text.contains("\"tag\"");
        let (left, _) = cut(&spot("after", &[]), Depth::Fields, &shows);
        let left = left.unwrap();
        assert!(is_right(&left), "{left}");
        assert!(!left.contains("\"reads\""), "{left}");
        // the tag's condition and the capture that it reads went together
        assert!(!left.contains("etag"), "{left}");
    }

    #[test]
    fn from_what_is_taken_back_the_search_goes_on_another_way() {
        let text = format!("{HEAD}{MANY}");
        let suite = Suite::of_texts([(id(), text.clone())]).unwrap_or_else(|e| panic!("{e}"));
        let spot = spot("reads.get", &["odd"]);
        let scenario = suite.get(&id()).unwrap();
        let mut cutting =
            Cutting::new(&text, scenario, &spot, Depth::Fields, Fixtures::new()).unwrap();
        while let Some(text) = cutting.next(&is_right) {
            cutting.answer(text.contains("GET /"));
        }
        while cutting.best().is_some_and(|text| !text.contains("Range")) {
            cutting.take_back();
        }
        while let Some(text) = cutting.next(&is_right) {
            cutting.answer(text.contains("GET /") && text.contains("Range"));
        }
        let left = cutting.best().unwrap();
        assert!(left.contains("Range"), "{left}");
        assert!(
            !left.contains("X-Other") && !left.contains("kind"),
            "{left}"
        );
    }

    #[test]
    fn what_never_shows_is_nothing_left() {
        let (left, tries) = cut(&spot("after", &[]), Depth::Fields, &|_| false);
        assert_eq!((left, tries), (None, 4));
    }

    #[test]
    fn of_what_was_recorded_only_steps_and_rows_go() {
        let (left, _) = cut(&spot("reads.get", &["odd"]), Depth::Steps, &|text| {
            text.contains("\"get\"")
        });
        let left = left.unwrap();
        assert!(
            left.contains("X-Other") && left.contains("bytes=0-1"),
            "{left}"
        );
        assert!(
            !left.contains("\"head\"") && !left.contains("plain"),
            "{left}"
        );
    }

    #[test]
    fn every_scenario_of_the_suite_is_cut_to_something_that_could_run() {
        let suite = Suite::builtin().unwrap_or_else(|error| panic!("{error}"));
        let mut cut = 0;
        for scenario in suite
            .scenarios()
            .filter(|scenario| scenario.on.is_empty())
            .step_by(7)
        {
            let last = scenario.steps.last().unwrap();
            let (mut step, mut rows) = (last, Vec::new());
            loop {
                rows.extend(step.each.first().map(|row| row.id.clone()));
                match step.inner().last() {
                    Some(inner) => step = inner,
                    None => break,
                }
            }
            let spot = Spot {
                step: step.id.clone(),
                rows,
                named: None,
                limits: vec![],
            };
            let fixtures = Fixtures::new();
            let mut cutting =
                Cutting::new(&scenario.source, scenario, &spot, Depth::Fields, fixtures)
                    .unwrap_or_else(|error| panic!("{}: {error}", scenario.id));
            let right = |text: &str| {
                let with = suite.clone().with_text(id(), "cut.toml", text);
                with.is_ok()
            };
            let text = cutting
                .next(&right)
                .unwrap_or_else(|| panic!("{}", scenario.id));
            let count = |text: &str| Document::parse(text).unwrap().count();
            assert!(count(&text) <= count(&scenario.source), "{}", scenario.id);
            cut += 1;
        }
        assert!(cut > 50, "{cut}");
    }
}
