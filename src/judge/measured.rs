//! What was timed or searched, step by step, the clouds beside each other.

use super::group::step_name;
use super::input::Inputs;
use super::model::{Measured, MeasuredOn, StateSeen};
use crate::compare::Measure;
use std::collections::BTreeMap;

/// Steps in order. A poll that met its end at the first look everywhere has nothing to tell.
pub fn measured(inputs: &Inputs<'_>) -> Vec<Measured> {
    let mut steps: BTreeMap<(String, String), (&str, Vec<MeasuredOn>)> = BTreeMap::new();
    for cloud in inputs.clouds {
        for measured in cloud.measured {
            let step = step_name(&measured.scenario, &measured.step, &measured.rows);
            let (of, on) = on(&cloud.header.cloud.name, &measured.seen);
            let slot = steps
                .entry((step, of))
                .or_insert((&measured.service, vec![]));
            slot.1.push(on);
        }
    }
    steps.retain(|_, (_, on)| on.iter().any(tells));
    let told = steps.into_iter();
    told.map(|((step, of), (service, on))| Measured {
        step,
        service: service.to_owned(),
        of,
        on,
    })
    .collect()
}

fn tells(on: &MeasuredOn) -> bool {
    on.states.iter().any(|states| states.len() > 1)
        || !on.windows.is_empty()
        || !on.limits.is_empty()
}

/// What was measured, and what came of it on a cloud.
fn on(cloud: &str, seen: &Measure) -> (String, MeasuredOn) {
    let mut on = MeasuredOn {
        cloud: cloud.to_owned(),
        states: vec![],
        windows: vec![],
        limits: vec![],
    };
    let of = match seen {
        Measure::States(sequences) => {
            let sequence = |states: &[crate::observe::StateSeen]| {
                states
                    .iter()
                    .map(|s| StateSeen(s.state.clone(), s.first_ms, s.last_ms))
                    .collect()
            };
            on.states = sequences.iter().map(|s| sequence(&s.states)).collect();
            "states".to_owned()
        }
        Measure::Windows(windows) => {
            on.windows = windows
                .iter()
                .map(|window| (window.reads, window.stale, window.last_stale_us))
                .collect();
            "consistency".to_owned()
        }
        Measure::Limit(of, values) => {
            on.limits.clone_from(values);
            format!("limit {of}")
        }
    };
    (of, on)
}
