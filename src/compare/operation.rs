//! The operation that a step performs: what findings are grouped by.

use crate::observe::{leaves, parts};
use crate::scenario::{Base, Scenario, TemplatePart};

/// `POST /servers`, `GET /servers/{}`: method and path as the scenario writes it, without query and values.
#[must_use]
pub fn operation(scenario: &Scenario, step: &str) -> String {
    let found = leaves(&scenario.steps)
        .into_iter()
        .find(|leaf| leaf.id == step)
        .and_then(parts);
    let Some(parts) = found else {
        return step.to_owned();
    };
    let request = parts.request;
    let mut path = String::new();
    for part in &request.target.parts {
        match part {
            TemplatePart::Text(text) => path.push_str(text),
            TemplatePart::Hole(_) => path.push_str("{}"),
        }
    }
    let path = path.split('?').next().unwrap_or("");
    let prefix = match request.base {
        Base::Endpoint => "",
        Base::Root => "(root)",
        Base::Absolute => "(link)",
    };
    let service = if request.service == scenario.service {
        String::new()
    } else {
        format!("{} ", request.service)
    };
    format!("{service}{} {prefix}{path}", request.method)
}
