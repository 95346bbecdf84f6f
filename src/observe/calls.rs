//! How often each step was answered in which way, over all executions: also those that were set aside because the cloud was not
//! well (429, 502, 503, 504, a broken connection) and ran again. One that refuses half of all calls behaves so, though each
//! that counts went well.

use super::label::StepKey;
use crate::recording::{Answer, Execution, Role, WireError, is_trouble};
use std::collections::BTreeMap;

/// A round and a repeat in it: one pass over the scenarios.
pub type Pass = (u32, u32);

/// Of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// What it was answered → in how many executions. Of several answers to one step that which says that the cloud was not
    /// well, else the last.
    pub seen: BTreeMap<String, u32>,
    /// In how many of these the cloud was not well, by what said so.
    pub trouble: BTreeMap<String, u32>,
    /// Whether it was not well in a pass.
    pub passes: BTreeMap<Pass, bool>,
}

/// By step and rows.
#[must_use]
pub fn calls(executions: &[Execution]) -> BTreeMap<StepKey, Calls> {
    let mut all: BTreeMap<StepKey, Calls> = BTreeMap::new();
    for execution in executions {
        let mut of_steps: BTreeMap<StepKey, (String, bool)> = BTreeMap::new();
        let observed = execution.exchanges.iter();
        for exchange in observed.filter(|exchange| exchange.role == Role::Observed) {
            let key = (exchange.step.clone(), exchange.rows.clone());
            let said = said(&exchange.answer);
            let slot = of_steps.entry(key).or_insert_with(|| said.clone());
            if !slot.1 {
                *slot = said;
            }
        }
        for (key, (said, is_trouble)) in of_steps {
            let calls = all.entry(key).or_default();
            if is_trouble {
                *calls.trouble.entry(said.clone()).or_default() += 1;
            }
            *calls.seen.entry(said).or_default() += 1;
            let pass = (execution.round, execution.repeat);
            *calls.passes.entry(pass).or_default() |= is_trouble;
        }
    }
    all
}

/// A status or a fault of the connection, and whether it says that the cloud was not well.
fn said(answer: &Result<Answer, WireError>) -> (String, bool) {
    match answer {
        Ok(answer) => (answer.status.to_string(), is_trouble(answer.status)),
        Err(error) => (format!("{:?}", error.kind), error.kind.is_trouble()),
    }
}
