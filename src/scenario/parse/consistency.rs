//! `consistency = { quiet = … }` and `[[step.read]]`: a write, and reads until the last stale answer.

use super::act::reads;
use super::draft::{StepDraft, Surroundings};
use super::step::Shape;
use crate::scenario::consistency::{ConsistencyStep, ReadStep};
use crate::scenario::keys::{CONSISTENCY_TABLE, names};
use crate::scenario::model::StepKind;
use crate::scenario::reader::{Entry, Reader, Table};

impl Reader {
    pub(super) fn consistency(
        &mut self,
        table: &Table<'_>,
        around: &Surroundings,
        step: &mut StepDraft,
    ) {
        let mut inner = around.clone();
        let mut parts = Vec::new();
        if let Some(line) = table.get("request").cloned() {
            let write = self.framed(table, &line, around, step);
            if let Some(StepKind::Request(act)) = &write.kind {
                inner.version = act.request.version.clone();
                if act.request.only_reads() {
                    self.wrong(
                        line.node.span(),
                        "a write that writes nothing",
                        "expected another method than GET or HEAD",
                    );
                }
            }
            parts.push(write);
        } else {
            inner.version = self.version_and_rows(table, around, step);
            let asks =
                |name: &str| !["id", "each", "version", "consistency", "read"].contains(&name);
            for entry in table.entries.iter().filter(|entry| asks(entry.name)) {
                self.wrong(
                    entry.key.clone(),
                    format!("`{}` without a request", entry.name),
                    "expected `request`: the write. Without one it is what was sent before",
                );
            }
        }
        let reads = self
            .required(
                table,
                "a consistency probe",
                "read",
                "what is read: [[step.read]]",
            )
            .cloned();
        if let Some(entry) = reads {
            self.parts(
                &entry,
                Shape::Read,
                around,
                |reader, table, line, mut part| {
                    reader.read_part(table, line, &inner, &mut part);
                    parts.push(part);
                },
            );
        }
        let probe = table
            .get("consistency")
            .and_then(|entry| self.consistency_table(entry));
        step.children = parts;
        step.kind = probe.map(StepKind::Consistency);
    }

    fn read_part(
        &mut self,
        table: &Table<'_>,
        line: &Entry<'_>,
        around: &Surroundings,
        part: &mut StepDraft,
    ) {
        part.request = line.node.span();
        let version = self.version_and_rows(table, around, part);
        let request = self.request(table, line, around, part);
        let reading = self.reading(table, around, part);
        let captures = self.captures(table, part);
        let deadline = self.deadline(table, 60);
        let fresh = self
            .required(
                table,
                "a read",
                "fresh",
                "what holds once the write is seen",
            )
            .cloned()
            .and_then(|entry| self.condition(&entry, &mut part.uses));
        if let Some(request) = &request
            && !request.only_reads()
        {
            self.wrong(
                line.node.span(),
                "a read is sent again and again",
                reads(request),
            );
        }
        part.kind = request.zip(fresh).map(|(request, fresh)| {
            StepKind::Read(ReadStep {
                request: request.with_version(version),
                fresh,
                reading,
                captures,
                deadline,
            })
        });
    }

    fn consistency_table(&mut self, entry: &Entry<'_>) -> Option<ConsistencyStep> {
        let what = "a consistency probe";
        let table = self.table(entry.node, "{ quiet = 2 }")?;
        let keys: Vec<&str> = names(CONSISTENCY_TABLE).collect();
        self.known(&table, what, &keys);
        let quiet = self
            .required(&table, what, "quiet", "how long all must have been fresh")
            .cloned();
        let mut seconds = |entry: Option<&Entry<'_>>, least: f64, default: f64| match entry {
            None => Some(default),
            Some(entry) => {
                let number = self.number(entry.node)?;
                if (least..=86_400.0).contains(&number) {
                    return Some(number);
                }
                self.wrong(
                    entry.node.span(),
                    format!("`{}` is out of range", entry.name),
                    format!("expected {least} to 86400 seconds"),
                );
                None
            }
        };
        let quiet = seconds(quiet.as_ref(), 0.05, 0.0);
        let every = seconds(table.get("every"), 0.05, 0.2);
        let most = seconds(table.get("most"), 0.05, 60.0);
        Some(ConsistencyStep {
            write: None,
            reads: Vec::new(),
            quiet: quiet?,
            every: every?,
            most: most?,
        })
    }
}
