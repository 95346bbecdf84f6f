//! First guesses at what a step needs, the smallest first: from the text alone.

use super::document::{Document, StepRef, reads};
use crate::scenario::Scenario;
use crate::scenario::model::{Row, Step, StepKind};
use std::collections::{BTreeMap, BTreeSet};

/// What shows a difference: a step, in rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// `create`, `group.create`.
    pub step: String,
    /// Outermost first.
    pub rows: Vec<String>,
    /// Of a scenario for several APIs: the name of the observation, which each realisation has at a step of its own.
    pub named: Option<String>,
    /// Numbers at which the clouds differ, if it is about a limit.
    pub limits: Vec<u64>,
}

/// What the text says of a step that stands by itself.
struct Outer {
    id: String,
    captures: BTreeSet<String>,
    /// Names that it reads, dotted: captures, and what this execution calls things.
    reads: BTreeSet<String>,
    /// Row → segments of each path that it requests.
    paths: BTreeMap<Option<String>, Vec<Vec<String>>>,
    changes: bool,
    makes: bool,
    waits: bool,
}

/// How much is taken to belong to a step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// What it reads, and what it is below of.
    Needed,
    /// Whatever changes what it reads, and what waits for that.
    Touching,
    /// All before it.
    Before,
}

impl Document {
    /// What to try first: the document cut to what the spot needs, by one guess after another. The last is the whole.
    pub(super) fn slices(&self, scenario: &Scenario, spot: &Spot) -> Vec<Self> {
        let widths = [Width::Needed, Width::Touching, Width::Before];
        let cut = widths
            .into_iter()
            .filter_map(|width| self.slice(scenario, spot, width));
        cut.chain([self.clone()]).map(Self::tidied).collect()
    }

    fn slice(&self, scenario: &Scenario, spot: &Spot, width: Width) -> Option<Self> {
        let mut cut = self.clone();
        cut.drop_labels();
        let mut targets = Vec::new();
        for on in self.families() {
            let target = match (&on, &spot.named) {
                (Some(_), Some(name)) => self.step_named(on.as_deref(), name)?,
                _ => StepRef {
                    on: on.clone(),
                    ids: spot.step.split('.').map(str::to_owned).collect(),
                },
            };
            self.step(&target)?;
            let realisation = match &on {
                Some(family) => scenario.on.get(family)?,
                None => scenario,
            };
            let outer: Vec<Outer> = realisation
                .steps
                .iter()
                .map(|step| self.outer(on.as_ref(), step))
                .collect::<Option<_>>()?;
            let at = outer.iter().position(|step| step.id == target.ids[0])?;
            let row = outer_row(self, &target, &spot.rows);
            let kept = kept(&outer, at, row.as_ref(), width);
            for (n, step) in outer.iter().enumerate() {
                let itself = StepRef {
                    on: on.clone(),
                    ids: vec![step.id.clone()],
                };
                if !kept.contains(&n) {
                    cut.remove_step(&itself);
                } else if n != at && width == Width::Needed {
                    let rows = rows_towards(step, &outer[at], row.as_ref());
                    cut.retain_rows(&itself, &|id| rows.contains(id));
                }
            }
            cut.keep_rows(&target, &spot.rows, width);
            targets.push(target);
        }
        cut.drop_reading(&|at| targets.contains(at), spot.named.as_deref());
        Some(cut)
    }

    /// Of the target and the steps around it: the rows of the spot; where all before it is kept, those before them, too.
    fn keep_rows(&mut self, target: &StepRef, rows: &[String], width: Width) {
        let mut rows = rows.iter();
        for depth in 1..=target.ids.len() {
            let at = StepRef {
                on: target.on.clone(),
                ids: target.ids[..depth].to_vec(),
            };
            let ids = self.row_ids(&at);
            if ids.is_empty() {
                continue;
            }
            let Some(position) = rows
                .next()
                .and_then(|row| ids.iter().position(|id| id == row))
            else {
                return;
            };
            let first = if width == Width::Before { 0 } else { position };
            self.retain_rows(&at, &|id| {
                ids[first..=position].iter().any(|kept| kept == id)
            });
        }
    }

    fn step_named(&self, on: Option<&str>, name: &str) -> Option<StepRef> {
        let names = |at: &StepRef| {
            let told = |key: &str| {
                let told = self.step(at)?.get(key)?.as_table_like()?;
                Some(told.contains_key(name))
            };
            told("observe") == Some(true) || told("derive") == Some(true)
        };
        let mut here = self.steps().into_iter().filter(|at| at.on.as_deref() == on);
        here.find(names)
    }

    fn outer(&self, on: Option<&String>, step: &Step) -> Option<Outer> {
        let at = StepRef {
            on: on.cloned(),
            ids: vec![step.id.clone()],
        };
        let table = self.step(&at)?;
        let inside = self
            .steps()
            .into_iter()
            .filter(|inner| inner.on == at.on && inner.ids.first() == at.ids.first());
        let captures = inside
            .filter_map(|inner| self.step(&inner)?.get("capture")?.as_table_like())
            .flat_map(|captures| {
                captures
                    .iter()
                    .map(|(name, _)| name.to_owned())
                    .collect::<Vec<_>>()
            });
        let mut paths = BTreeMap::new();
        paths_of(step, &[], None, &mut paths);
        let item = toml_edit::Item::Table(table.clone());
        let mut reads: BTreeSet<String> = reads(&item)
            .into_iter()
            .map(|path| path.join("."))
            .collect();
        let makes = makes(step);
        // what an undo looks for where it doesn't say
        if makes && table.get("undo").is_some_and(toml_edit::Item::is_str) {
            reads.insert("name".to_owned());
        }
        Some(Outer {
            id: step.id.clone(),
            captures: captures.collect(),
            reads,
            paths,
            changes: step.requests().iter().any(|request| !request.only_reads()),
            makes,
            waits: matches!(step.kind, StepKind::Poll(_)),
        })
    }
}

/// The row of the spot that belongs to the outermost step of the target.
fn outer_row(document: &Document, target: &StepRef, rows: &[String]) -> Option<String> {
    let outer = StepRef {
        on: target.on.clone(),
        ids: vec![target.ids[0].clone()],
    };
    let own = document.row_ids(&outer);
    rows.first().filter(|row| own.contains(row)).cloned()
}

fn makes(step: &Step) -> bool {
    let itself = match &step.kind {
        StepKind::Request(act) => act.undo.is_some(),
        StepKind::Boundary(act) => act.undo.is_some(),
        StepKind::Runner(runner) => runner.act.undo.is_some(),
        _ => false,
    };
    itself || step.inner().into_iter().any(makes)
}

/// The steps that belong to the one at `at`, itself among them.
fn kept(outer: &[Outer], at: usize, row: Option<&String>, width: Width) -> BTreeSet<usize> {
    if width == Width::Before {
        return (0..=at).collect();
    }
    let mut kept = BTreeSet::from([at]);
    loop {
        let before = kept.len();
        for (n, step) in outer[..at].iter().enumerate() {
            let row_of = |later: usize| row.filter(|_| later == at);
            let leads =
                |&later: &usize| later > n && leads_to(step, &outer[later], row_of(later), width);
            if kept.iter().any(leads) {
                kept.insert(n);
            }
        }
        if kept.len() == before {
            return kept;
        }
    }
}

/// Whether the later step needs the earlier one, as far as the text shows.
fn leads_to(earlier: &Outer, later: &Outer, row: Option<&String>, width: Width) -> bool {
    let is_name = |read: &&String| *read == "name" || read.starts_with("name.");
    let gives = earlier
        .captures
        .iter()
        .any(|capture| later.reads.contains(capture));
    let shared = |read: &String| later.reads.contains(read);
    let shares_name = earlier.reads.iter().filter(is_name).any(shared);
    let is_capture = |read: &&String| !read.contains('.') && !is_name(read);
    let shares_capture = earlier.reads.iter().filter(is_capture).any(shared);
    let above = earlier.changes
        && earlier.paths.values().flatten().any(|path| {
            let below = later.paths_in(row).any(|later| later.starts_with(path));
            below && !path.is_empty()
        });
    let touches = shares_capture || shares_name;
    let needed = gives || (earlier.makes && shares_name) || above;
    needed || (width != Width::Needed && touches && (earlier.changes || earlier.waits))
}

impl Outer {
    fn paths_in(&self, row: Option<&String>) -> impl Iterator<Item = &Vec<String>> {
        let own = row.and_then(|row| self.paths.get(&Some(row.clone())));
        let all = self.paths.values().filter(move |_| own.is_none());
        all.chain(own).flatten()
    }
}

/// Rows of an earlier step that lead to what the target addresses, else the last one: its captures are left.
fn rows_towards(step: &Outer, target: &Outer, row: Option<&String>) -> BTreeSet<String> {
    let leads = |paths: &Vec<Vec<String>>| {
        let mut below = target.paths_in(row);
        below.any(|target| {
            paths
                .iter()
                .any(|path| !path.is_empty() && target.starts_with(path))
        })
    };
    let rows = || {
        step.paths
            .iter()
            .filter_map(|(row, paths)| Some((row.clone()?, paths)))
    };
    let towards: BTreeSet<String> = rows()
        .filter(|(_, paths)| leads(paths))
        .map(|(row, _)| row)
        .collect();
    if towards.is_empty()
        || step
            .captures
            .iter()
            .any(|capture| target.reads.contains(capture))
    {
        return rows().map(|(row, _)| row).collect();
    }
    towards
}

/// Paths of all that a step requests, with the values of its rows filled in; an action has none.
fn paths_of(
    step: &Step,
    around: &[&Row],
    outermost: Option<&String>,
    into: &mut BTreeMap<Option<String>, Vec<Vec<String>>>,
) {
    let none = Row {
        id: String::new(),
        values: BTreeMap::new(),
    };
    let each: Vec<&Row> = if step.each.is_empty() {
        vec![&none]
    } else {
        step.each.iter().collect()
    };
    for row in each {
        let named = (!row.id.is_empty()).then_some(&row.id);
        let outermost = outermost.or(named.filter(|_| around.is_empty()));
        let rows: Vec<&Row> = around.iter().copied().chain([row]).collect();
        if let Some(request) = step.own_request() {
            let path = filled(&request.target.to_string(), &rows);
            let path = path.split('?').next().unwrap_or_default();
            let segments = path.split('/').filter(|segment| !segment.is_empty());
            let of_row = into.entry(outermost.cloned()).or_default();
            of_row.push(segments.map(str::to_owned).collect());
        }
        for inner in step.inner() {
            paths_of(inner, &rows, outermost, into);
        }
    }
}

/// With the texts of rows in the place of the holes that read them, the innermost first.
fn filled(target: &str, rows: &[&Row]) -> String {
    let mut text = target.to_owned();
    for row in rows.iter().rev() {
        for (name, value) in &row.values {
            if let Some(value) = value.as_str() {
                text = text.replace(&format!("{{{{ row.{name} }}}}"), value);
            }
        }
    }
    text
}
