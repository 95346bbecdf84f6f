//! What no cloud reached is *not exercised*, never *same*.

use crate::data::{NEW, ZED};
use interop::compare::{State, compare_scenario};
use interop::scenario::{Clause, Condition, Source, StatusPattern, StepKind, Want};

#[test]
fn a_step_that_no_cloud_reached_is_not_the_same() {
    let mut unreached = 0;
    for ((scenario, zed), (_, new)) in ZED.scenarios.iter().zip(&NEW.scenarios) {
        let mut scenario = scenario.clone();
        for step in &mut scenario.steps {
            if let StepKind::Request(request) = &mut step.kind {
                request.reading.reach = Condition {
                    clauses: vec![Clause {
                        at: Source::Status,
                        wants: vec![Want::Status(StatusPattern::Exact(299))],
                    }],
                };
            }
        }
        let requests: Vec<&str> = scenario
            .steps
            .iter()
            .filter(|step| matches!(step.kind, StepKind::Request(_)))
            .map(|step| step.id.as_str())
            .collect();
        let a = ZED.labelled(&scenario, zed, |_| true);
        let b = NEW.labelled(&scenario, new, |_| true);
        for step in compare_scenario(&scenario, &a, &b).steps {
            if requests.contains(&step.step.as_str()) {
                assert_ne!(step.state, State::Same, "{}#{}", step.scenario, step.step);
                unreached += usize::from(step.state == State::NotExercised);
            }
        }
    }
    assert!(unreached > 20, "{unreached}");
}
