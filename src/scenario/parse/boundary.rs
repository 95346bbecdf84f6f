//! `boundary = { vary = …, from = …, to = …, accept = … }` beside a request.

use super::draft::{StepDraft, Surroundings};
use crate::scenario::boundary::BoundaryStep;
use crate::scenario::keys::{BOUNDARY_TABLE, names};
use crate::scenario::model::{Condition, Reading, StepKind};
use crate::scenario::reader::{At, Entry, Reader, Table};

/// Numbers that a search may try.
const NUMBERS: std::ops::Range<u64> = 0..(1 << 40);

/// What the table says.
struct Asked {
    vary: At<String>,
    from: u64,
    to: u64,
    accept: Condition,
}

impl Reader {
    pub(super) fn boundary(
        &mut self,
        table: &Table<'_>,
        line: &Entry<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) {
        step.request = line.node.span();
        let version = self.version_and_rows(table, around, step);
        let request = self.request(table, line, around, step);
        let read = step.uses.len();
        let undo = self.undo(table, step);
        let harmless = self.harmless(table, step);
        let mut reading = Reading {
            exceptions: around.exceptions.clone(),
            ..Reading::default()
        };
        reading.exceptions.extend(self.exceptions(table));
        reading.observe = self.observations(table, step);
        let asked = table
            .get("boundary")
            .and_then(|entry| self.boundary_table(entry, step));
        let deadline = self.deadline(table, 300);
        if let Some(asked) = &asked {
            let mut sent = step.uses.iter().take(read);
            let varies = sent.any(|used| used.path == [asked.vary.value.clone()]);
            if !varies && request.is_some() {
                self.wrong(
                    asked.vary.span.clone(),
                    format!("the request never reads `{}`", asked.vary.value),
                    format!("expected {{{{ {} }}}} in the request", asked.vary.value),
                );
            }
        }
        step.vary = asked.as_ref().map(|asked| asked.vary.clone());
        step.kind = request.zip(asked).map(|(request, asked)| {
            StepKind::Boundary(BoundaryStep {
                request: request.with_version(version),
                vary: asked.vary.value,
                from: asked.from,
                to: asked.to,
                accept: asked.accept,
                undo,
                harmless,
                reading,
                deadline,
            })
        });
    }

    fn boundary_table(&mut self, entry: &Entry<'_>, step: &mut StepDraft) -> Option<Asked> {
        let what = "a boundary";
        let example = "{ vary = \"len\", from = 1, to = 4096, accept = { status = \"2xx\" } }";
        let table = self.table(entry.node, example)?;
        let keys: Vec<&str> = names(BOUNDARY_TABLE).collect();
        self.known(&table, what, &keys);
        let vary = self
            .required(&table, what, "vary", "the name of the number")
            .and_then(|entry| self.words(entry.node, "a name"));
        if let Some(vary) = &vary {
            self.identifier(&vary.value, &vary.span, "the name of a number");
        }
        let from = self
            .required(&table, what, "from", "the lowest number")
            .cloned();
        let from = from.and_then(|entry| self.whole(entry.node, NUMBERS));
        let to = self
            .required(&table, what, "to", "the highest number")
            .cloned();
        let to = to.and_then(|entry| Some((self.whole(entry.node, NUMBERS)?, entry.node.span())));
        if let (Some(from), Some((to, span))) = (from, &to)
            && from > *to
        {
            self.wrong(
                span.clone(),
                "a search without numbers",
                format!("expected at least {from}"),
            );
        }
        let accept = self
            .required(&table, what, "accept", "what counts as accepted")
            .cloned()
            .and_then(|entry| self.condition(&entry, &mut step.uses));
        Some(Asked {
            vary: vary?,
            from: from?,
            to: to?.0,
            accept: accept?,
        })
    }
}
