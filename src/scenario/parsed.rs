//! One file, from text to a checked scenario.

use super::check::{self, OutputUse};
use super::diagnostic::{Problems, SourceFile};
use super::hash;
use super::model::{Requires, Scenario, ScenarioId, Step, StepKind};
use super::parse::{self, Draft, StepDraft};
use super::reader::{At, Reader, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A scenario and the places that checks beyond its file point at.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    pub(super) scenario: Scenario,
    pub(super) file: Arc<SourceFile>,
    /// Of each `use`, in the order of `scenario.fixtures`.
    pub(super) fixture_spans: Vec<Span>,
    pub(super) output_uses: Vec<OutputUse>,
    pub(super) words: Vec<(Word, At<String>)>,
}

/// Words whose meaning other modules own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// A resource kind of an undo: `compute.server`.
    Kind,
    /// `compute`
    Service,
    /// Of `requires`: `object-store.slo`.
    Capability,
    /// Of `needs`: `flavor.small`.
    Binding,
}

impl Word {
    pub(super) fn called(self) -> &'static str {
        match self {
            Self::Kind => "a resource kind",
            Self::Service => "a service",
            Self::Capability => "a capability",
            Self::Binding => "a binding",
        }
    }
}

impl ScenarioId {
    /// Fixtures are made for scenarios and are no behaviours themselves.
    #[must_use]
    pub fn is_fixture(&self) -> bool {
        self.0.starts_with("fixtures/")
    }
}

impl Scenario {
    /// One file by itself: its fixtures are not looked up. `file` is its name for messages.
    pub fn parse(id: ScenarioId, file: &str, text: &str) -> Result<Self, Problems> {
        parse_file(id, file, text).map(|parsed| parsed.scenario)
    }
}

pub(super) fn parse_file(id: ScenarioId, file: &str, text: &str) -> Result<Parsed, Problems> {
    let file = Arc::new(SourceFile {
        name: file.to_owned(),
        text: text.to_owned(),
    });
    let mut reader = Reader::new(Arc::clone(&file));
    let draft = parse::read(&mut reader, id.is_fixture());
    let Some(draft) = draft else {
        return Err(broken(reader));
    };
    let output_uses = check::names(&mut reader, &draft);
    check::safety(&mut reader, &draft);
    if !reader.problems.is_empty() {
        return Err(broken(reader));
    }
    match lower(id, &file, draft, output_uses) {
        Some(parsed) => Ok(parsed),
        None => Err(broken(reader)),
    }
}

/// What was found; a file that can't be lowered and has no mistake would be a defect of ours, and
/// is said to be one rather than taken for fine.
fn broken(mut reader: Reader) -> Problems {
    if reader.problems.is_empty() {
        reader.wrong(0..0, "could not be read (a defect of interop)", "");
    }
    Problems::of(reader.problems)
}

fn lower(
    id: ScenarioId,
    file: &Arc<SourceFile>,
    draft: Draft,
    output_uses: Vec<OutputUse>,
) -> Option<Parsed> {
    let mut words = vec![(Word::Service, draft.service.clone())];
    for step in &draft.steps {
        collect_words(step, &mut words);
    }
    words.extend(draft.needs.iter().map(|n| (Word::Binding, n.clone())));
    words.extend(
        draft
            .capabilities
            .iter()
            .map(|c| (Word::Capability, c.clone())),
    );
    let steps: Vec<Step> = draft
        .steps
        .into_iter()
        .map(|step| step.lower(""))
        .collect::<Option<_>>()?;
    let mut scenario = Scenario {
        id,
        title: draft.title,
        why: draft.why,
        service: draft.service.value,
        guideline: draft.guideline,
        refs: draft.refs,
        tags: draft.tags,
        needs: draft.needs.into_iter().map(|need| need.value).collect(),
        fixtures: draft.fixtures.iter().map(|m| m.fixture.clone()).collect(),
        requires: with_users(draft.requires, &steps),
        locks: draft.locks,
        hazard: draft.hazard,
        steps,
        outputs: draft.outputs,
        source: file.text.clone(),
        request_hash: String::new(),
        reading_hash: String::new(),
    };
    scenario.request_hash = hash::request(&scenario, &BTreeMap::new());
    scenario.reading_hash = hash::reading(&scenario);
    Some(Parsed {
        scenario,
        file: Arc::clone(file),
        fixture_spans: draft.fixtures.into_iter().map(|mark| mark.span).collect(),
        output_uses,
        words,
    })
}

fn collect_words(step: &StepDraft, words: &mut Vec<(Word, At<String>)>) {
    words.extend(step.service.iter().map(|s| (Word::Service, s.clone())));
    words.extend(step.undo_kind.iter().map(|k| (Word::Kind, k.clone())));
    for child in &step.children {
        collect_words(child, words);
    }
}

/// Users that steps speak as are required, said or not.
fn with_users(mut requires: Requires, steps: &[Step]) -> Requires {
    let mut users: BTreeSet<String> = requires.users.into_iter().collect();
    for step in steps {
        for request in step.requests() {
            users.insert(request.user.clone());
        }
    }
    users.remove("main");
    users.remove("anonymous");
    requires.users = users.into_iter().collect();
    requires
}

impl Step {
    /// The requests that the step, or the steps of its group, send, once each.
    #[must_use]
    pub fn requests(&self) -> Vec<&super::model::Request> {
        match &self.kind {
            StepKind::Request(step) => vec![&step.request],
            StepKind::Poll(step) => vec![&step.request],
            StepKind::Pages(step) => vec![&step.request],
            StepKind::Group(steps) => steps.iter().flat_map(Self::requests).collect(),
        }
    }
}
