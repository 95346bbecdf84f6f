//! `[[step.during]]`: what is done while the step is under way.

use super::draft::{StepDraft, Surroundings};
use super::step::Shape;
use crate::scenario::during::DuringStep;
use crate::scenario::model::{Step, StepKind};
use crate::scenario::reader::{At, Entry, Reader, Table};

impl Reader {
    pub(super) fn during(
        &mut self,
        table: &Table<'_>,
        line: &Entry<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) {
        let mut outer = self.framed(table, line, around, step);
        outer.line = step.line;
        let mut acts = vec![outer];
        let mut whens = Vec::new();
        if let Some(entry) = table.get("during") {
            self.parts(
                entry,
                Shape::Meanwhile,
                around,
                |reader, table, own, part| {
                    let mut part = part;
                    let when = table.get("when").and_then(|when| {
                        if line.name == "request" {
                            reader.wrong(
                                when.key.clone(),
                                "a request has one answer, and then it is over",
                                "belongs to what is done during a poll or walk",
                            );
                            return None;
                        }
                        reader.condition(when, &mut part.uses)
                    });
                    reader.act(table, own, around, &mut part);
                    whens.push(when);
                    acts.push(part);
                },
            );
        }
        step.children = acts;
        step.whens = whens;
        // what it frames is put in when the draft is lowered
        step.kind = Some(StepKind::During(DuringStep {
            outer: Box::new(Step {
                id: String::new(),
                kind: StepKind::Group(Vec::new()),
                each: Vec::new(),
                line: step.line,
            }),
            acts: Vec::new(),
        }));
    }

    /// The request, poll or walk whose keys stand in the same table as its frame's. The rows are the frame's.
    pub(super) fn framed(
        &mut self,
        table: &Table<'_>,
        line: &Entry<'_>,
        around: &Surroundings,
        frame: &mut StepDraft,
    ) -> StepDraft {
        let id = At {
            value: frame.id.value.clone(),
            span: frame.id.span.clone(),
        };
        let mut own = StepDraft::new(id, frame.line, line.node.span());
        self.act(table, line, around, &mut own);
        frame.each = std::mem::take(&mut own.each);
        frame.rows = std::mem::take(&mut own.rows);
        own
    }
}
