//! A recording as if only some steps of one scenario had run.

use super::error::ReadError;
use super::model::{Header, ScenarioText};
use super::reader::Recording;
use crate::scenario::{Row, Scenario, Step};
use std::collections::BTreeSet;

impl Recording {
    /// Of scenario `of`, only what `part`, a part of its text under another id, has steps for.
    pub fn part(&self, of: &str, part: &Scenario) -> Result<Self, ReadError> {
        let mut kept = BTreeSet::new();
        if let Some(realised) = self.header().cloud.realised(part) {
            for step in &realised.steps {
                places(step, &[], &mut kept);
            }
        }
        let is_kept =
            |step: &String, rows: &Vec<String>| kept.contains(&(step.clone(), rows.clone()));
        let mut executions = self.executions(of)?;
        for execution in &mut executions {
            execution.scenario.clone_from(&part.id.0);
            execution.request_hash.clone_from(&part.request_hash);
            execution
                .steps
                .retain(|record| is_kept(&record.step, &record.rows));
            execution
                .exchanges
                .retain(|exchange| is_kept(&exchange.step, &exchange.rows));
        }
        let mut header: Header = self.header().clone();
        let text = ScenarioText {
            source: part.source.clone(),
            request_hash: part.request_hash.clone(),
            reading_hash: part.reading_hash.clone(),
        };
        header.scenarios.insert(part.id.0.clone(), text);
        header.plan.selected = vec![part.id.0.clone()];
        header.plan.skipped.clear();
        Ok(Self::from_parts(
            header,
            executions,
            self.trailer().cloned(),
        ))
    }
}

/// Where a step and those in it are seen: id, and rows.
fn places(step: &Step, around: &[String], into: &mut BTreeSet<(String, Vec<String>)>) {
    let rows = if step.each.is_empty() {
        vec![around.to_vec()]
    } else {
        let with = |row: &Row| [around, std::slice::from_ref(&row.id)].concat();
        step.each.iter().map(with).collect()
    };
    for rows in rows {
        for inner in step.inner() {
            places(inner, &rows, into);
        }
        into.insert((step.id.clone(), rows));
    }
}
