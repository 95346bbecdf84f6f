//! `[[step.race]]`: requests that are sent at once.

use super::draft::{StepDraft, Surroundings};
use super::step::Shape;
use crate::scenario::model::StepKind;
use crate::scenario::race::RunnerStep;
use crate::scenario::reader::{Entry, Reader, Table};

/// How many alike requests are sent at once.
const TIMES: std::ops::Range<u64> = 1..17;

impl Reader {
    pub(super) fn race(
        &mut self,
        table: &Table<'_>,
        entry: &Entry<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) {
        let mut inner = around.clone();
        inner.version = self.version_and_rows(table, around, step);
        let mut runners = Vec::new();
        let mut all = 0;
        self.parts(entry, Shape::Runner, around, |reader, table, line, part| {
            let mut part = part;
            let times = table
                .get("times")
                .map_or(Some(1), |entry| reader.whole(entry.node, TIMES));
            reader.act(table, line, &inner, &mut part);
            let times = u32::try_from(times.unwrap_or(1)).unwrap_or(1);
            all += times;
            part.kind = match part.kind.take() {
                Some(StepKind::Request(act)) => Some(StepKind::Runner(RunnerStep { act, times })),
                other => other,
            };
            runners.push(part);
        });
        if all == 1 {
            self.wrong(
                entry.key.clone(),
                "a race of one",
                "expected times = 2, or a second request",
            );
        }
        step.children = runners;
        step.kind = Some(StepKind::Race(Vec::new()));
    }
}
