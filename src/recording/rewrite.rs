//! A copy of a recording with other texts in it, one execution at a time.

use super::error::WriteError;
use super::model::{Exchange, Execution, Header, Outcome, StepEnd};
use super::reader::Recording;
use super::redact::Redactor;
use super::writer::Writer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

/// What becomes of the texts of a recording.
pub(super) trait Rewrite {
    fn exchange(&self, exchange: Exchange) -> Exchange;
    fn value(&self, value: &Value) -> Value;
    fn text(&self, text: &str) -> String;
    /// An execution whose exchanges are done.
    fn execution(&self, mut execution: Execution) -> Execution {
        for value in execution.fixtures.values_mut() {
            *value = self.value(value);
        }
        match &mut execution.outcome {
            Outcome::Done => {}
            Outcome::SetAside(why) | Outcome::Cut(why) => *why = self.text(why),
        }
        for step in &mut execution.steps {
            if let StepEnd::Unsupported(why) = &mut step.end {
                *why = self.text(why);
            }
        }
        execution
    }
}

/// Writes it to a new file. The texts of scenarios stay: their hashes are of them.
pub(super) fn write(
    recording: &Recording,
    private: bool,
    rewrite: &impl Rewrite,
    path: &Path,
) -> Result<(), WriteError> {
    let failed = |source| WriteError::Encode {
        path: path.to_owned(),
        source,
    };
    let before = recording.header();
    let mut header = Header {
        scenarios: std::collections::BTreeMap::new(),
        private,
        ..before.clone()
    };
    header = tree(&header, rewrite).map_err(failed)?;
    header.scenarios.clone_from(&before.scenarios);
    if let Some(noise) = header.noise.as_mut().filter(|_| !private) {
        // folders have names of people
        let name = Path::new(&noise.file).file_name().unwrap_or_default();
        noise.file = name.to_string_lossy().into_owned();
    }
    let writer = Writer::create(path, &header)?;
    for control in recording.controls()? {
        let exchanges: Vec<Exchange> = control
            .exchanges
            .into_iter()
            .map(|exchange| rewrite.exchange(exchange))
            .collect();
        writer.control(&control.label, &exchanges)?;
    }
    for scenario in recording.scenarios() {
        for mut execution in recording.executions(scenario)? {
            let exchanges = std::mem::take(&mut execution.exchanges).into_iter();
            execution.exchanges = exchanges.map(|e| rewrite.exchange(e)).collect();
            writer.append(&rewrite.execution(execution))?;
        }
    }
    match recording.trailer() {
        Some(trailer) => writer.finish(&tree(trailer, rewrite).map_err(failed)?),
        None => Ok(()),
    }
}

fn tree<T: Serialize + DeserializeOwned>(
    value: &T,
    rewrite: &impl Rewrite,
) -> serde_json::Result<T> {
    serde_json::from_value(rewrite.value(&serde_json::to_value(value)?))
}

impl Rewrite for Redactor {
    fn exchange(&self, exchange: Exchange) -> Exchange {
        self.reread(&exchange)
    }

    fn value(&self, value: &Value) -> Value {
        Redactor::value(self, value)
    }

    fn text(&self, text: &str) -> String {
        Redactor::text(self, text)
    }

    fn execution(&self, execution: Execution) -> Execution {
        Redactor::execution(self, execution)
    }
}

/// Writes a copy in which secrets are replaced by the rules of today. What was replaced before stays as it is.
pub fn redact_again(
    recording: &Recording,
    redactor: &Redactor,
    path: &Path,
) -> Result<(), WriteError> {
    // first what there is to learn: a secret may stand in what came before it was made
    for control in recording.controls()? {
        for exchange in control.exchanges {
            redactor.reread(&exchange);
        }
    }
    for scenario in recording.scenarios() {
        for execution in recording.executions(scenario)? {
            for exchange in execution.exchanges {
                redactor.reread(&exchange);
            }
        }
    }
    write(recording, recording.header().private, redactor, path)
}
