//! Is a recording whole, and does it agree with itself?

use super::error::Damage;
use super::reader::Recording;
use std::collections::BTreeSet;

/// What a full read of a recording said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub scenarios: usize,
    pub executions: usize,
    pub exchanges: usize,
    /// The run ended by itself.
    pub complete: bool,
    pub damage: Vec<Damage>,
    /// Whole blocks that contradict each other or the header, in words.
    pub contradictions: Vec<String>,
}

impl Verification {
    /// Complete, undamaged, and without contradictions.
    pub fn is_sound(&self) -> bool {
        self.complete && self.damage.is_empty() && self.contradictions.is_empty()
    }
}

impl Recording {
    /// Reads every block.
    pub fn verify(&self) -> Verification {
        let mut seen = Verification {
            scenarios: self.scenarios().len(),
            executions: 0,
            exchanges: 0,
            complete: self.trailer().is_some(),
            damage: self.damage().to_vec(),
            contradictions: Vec::new(),
        };
        let wrong = &mut seen.contradictions;
        match self.controls() {
            Ok(controls) => {
                seen.exchanges += controls.iter().map(|c| c.exchanges.len()).sum::<usize>();
            }
            Err(error) => wrong.push(error.to_string()),
        }
        for scenario in self.scenarios() {
            let text = self.header().scenarios.get(scenario);
            if text.is_none() {
                wrong.push(format!(
                    "{scenario} has executions and no text in the header"
                ));
            }
            let executions = match self.executions(scenario) {
                Ok(executions) => executions,
                Err(error) => {
                    wrong.push(error.to_string());
                    continue;
                }
            };
            let mut places = BTreeSet::new();
            for e in &executions {
                let place = (e.round, e.repeat, e.attempt);
                let name = format!("{scenario} round {} repeat {}", e.round, e.repeat);
                if !places.insert(place) {
                    wrong.push(format!("{name} is there twice"));
                }
                if text.is_some_and(|t| t.request_hash != e.request_hash) {
                    wrong.push(format!("{name} ran another text than the header has"));
                }
                seen.exchanges += e.exchanges.len();
            }
            seen.executions += executions.len();
        }
        seen
    }
}
