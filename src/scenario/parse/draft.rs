//! What is read of a file, with the places that later checks point at.

use crate::dialect::query;
use crate::scenario::consistency::ConsistencyStep;
use crate::scenario::during::{DuringAct, DuringStep};
use crate::scenario::model::{
    Condition, Exception, FixtureUse, Hazard, Lock, Requires, Row, Step, StepKind, Template,
    Version,
};
use crate::scenario::reader::{At, Span, Table};
use std::collections::{BTreeMap, BTreeSet};

/// A name that a template reads.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) path: Vec<String>,
    pub(crate) span: Span,
}

/// A file, read. Parts with mistakes are left out or are empty.
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) why: String,
    pub(crate) service: At<String>,
    pub(crate) guideline: Vec<String>,
    pub(crate) refs: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) needs: Vec<At<String>>,
    pub(crate) fixtures: Vec<FixtureMark>,
    pub(crate) requires: Requires,
    pub(crate) capabilities: Vec<At<String>>,
    pub(crate) locks: Vec<Lock>,
    pub(crate) hazard: Hazard,
    pub(crate) steps: Vec<StepDraft>,
    pub(crate) outputs: BTreeMap<String, Template>,
    pub(crate) output_uses: Vec<Use>,
    /// False where a list of names had mistakes itself: names that look undefined may not be.
    pub(crate) names_known: bool,
}

pub(crate) struct FixtureMark {
    pub(crate) fixture: FixtureUse,
    pub(crate) span: Span,
}

pub(crate) struct RowMarks {
    pub(crate) id: Span,
    pub(crate) keys: Vec<At<String>>,
    pub(crate) uses: Vec<Use>,
}

/// A step, read. `kind` is nothing where it could not be made out; of a group it is empty and the
/// steps are in `children`.
pub(crate) struct StepDraft {
    pub(crate) id: At<String>,
    pub(crate) line: usize,
    pub(crate) each: Vec<Row>,
    pub(crate) rows: Vec<RowMarks>,
    pub(crate) kind: Option<StepKind>,
    pub(crate) children: Vec<StepDraft>,
    pub(crate) uses: Vec<Use>,
    pub(crate) captures: Vec<At<String>>,
    /// Captures whose places have mistakes: it is enough to say that.
    pub(crate) broken_captures: BTreeSet<String>,
    /// Of the request line, for the checks of safety.
    pub(crate) request: Span,
    pub(crate) undo: Option<Span>,
    pub(crate) harmless: Option<Span>,
    /// The kind of its undo, and the service where it names one.
    pub(crate) undo_kind: Option<At<String>>,
    pub(crate) service: Option<At<String>>,
    /// Where `version = "{{ row.version }}"` stands.
    pub(crate) row_version: Option<Span>,
    /// The name that a boundary search gives its number.
    pub(crate) vary: Option<At<String>>,
    /// Of a step that others are done during: when each of them is sent.
    pub(crate) whens: Vec<Option<Condition>>,
}

impl StepDraft {
    pub(super) fn new(id: At<String>, line: usize, request: Span) -> Self {
        Self {
            id,
            line,
            each: Vec::new(),
            rows: Vec::new(),
            kind: None,
            children: Vec::new(),
            uses: Vec::new(),
            captures: Vec::new(),
            broken_captures: BTreeSet::new(),
            request,
            undo: None,
            harmless: None,
            undo_kind: None,
            service: None,
            row_version: None,
            vary: None,
            whens: Vec::new(),
        }
    }

    /// The step as the rest of the program reads it, its id below `prefix`.
    pub(crate) fn lower(self, prefix: &str) -> Option<Step> {
        let id = format!("{prefix}{}", self.id.value);
        self.lower_as(id)
    }

    fn lower_as(self, id: String) -> Option<Step> {
        let below = format!("{id}.");
        let lower = |children: Vec<Self>| -> Option<Vec<Step>> {
            children
                .into_iter()
                .map(|child| child.lower(&below))
                .collect()
        };
        // what a step frames is known by the step's own id
        let framed = |children: &mut Vec<Self>| children.remove(0).lower_as(id.clone());
        let mut children = self.children;
        let kind = match self.kind? {
            StepKind::Group(_) => StepKind::Group(lower(children)?),
            StepKind::Race(_) => StepKind::Race(lower(children)?),
            StepKind::During(_) if !children.is_empty() => {
                let outer = Box::new(framed(&mut children)?);
                let acts = self.whens.into_iter().zip(lower(children)?);
                let acts = acts.map(|(when, step)| DuringAct { when, step }).collect();
                StepKind::During(DuringStep { outer, acts })
            }
            StepKind::Consistency(probe) => {
                let write = if children.first().is_some_and(Self::is_request) {
                    Some(Box::new(framed(&mut children)?))
                } else {
                    None
                };
                let reads = lower(children)?;
                StepKind::Consistency(ConsistencyStep {
                    write,
                    reads,
                    ..probe
                })
            }
            kind => kind,
        };
        Some(Step {
            id,
            kind,
            each: self.each,
            line: self.line,
        })
    }

    fn is_request(&self) -> bool {
        matches!(self.kind, Some(StepKind::Request(_)))
    }
}

/// How a request is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// METHOD and path.
    Rest,
    /// Also one word: an action, with a form.
    Query,
}

/// What a step takes from what stands around it.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) service: String,
    pub(super) version: Version,
    pub(super) exceptions: Vec<Exception>,
    pub(super) fixture: bool,
}

impl Surroundings {
    /// That of the service which a step, or what is around it, names.
    pub(super) fn protocol(&self, table: &Table<'_>) -> Protocol {
        let own = table
            .get("service")
            .and_then(|entry| entry.node.get_ref().as_str());
        match query::version(own.unwrap_or(&self.service)) {
            Some(_) => Protocol::Query,
            None => Protocol::Rest,
        }
    }
}
