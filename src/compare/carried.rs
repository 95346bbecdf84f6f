//! What a step captured, and a later one sends, is another value on one cloud: what that one answers follows from it.

use super::model::{Difference, Kind};
use crate::observe::{leaves, parts};
use crate::scenario::{Body, Expression, Request, Scenario, Source, Template, TemplatePart};
use std::collections::BTreeMap;

/// Of the differences of one scenario: index → index of the one that it follows from.
pub fn carried(scenario: &Scenario, differences: &[Difference]) -> BTreeMap<usize, usize> {
    let steps = leaves(&scenario.steps);
    let mut found = BTreeMap::new();
    for (index, cause) in differences.iter().enumerate() {
        if !matches!(cause.kind, Kind::Value | Kind::Echo | Kind::Format) {
            continue;
        }
        let Some(at) = steps.iter().position(|step| step.id == cause.step) else {
            continue;
        };
        let captures = parts(steps[at]).map(|parts| parts.captures);
        let names = captures
            .into_iter()
            .flatten()
            .filter(|(_, source)| matches!(source, Source::Json(path) if *path == cause.place));
        let names: Vec<&String> = names.map(|(name, _)| name).collect();
        for (later, difference) in differences.iter().enumerate() {
            let after = steps
                .iter()
                .skip(at + 1)
                .find(|step| step.id == difference.step);
            let sends = after
                .and_then(|step| parts(step))
                .is_some_and(|parts| names.iter().any(|name| mentions(parts.request, name)));
            if sends {
                found.entry(later).or_insert(index);
            }
        }
    }
    found
}

fn mentions(request: &Request, name: &str) -> bool {
    let holds = |template: &Template| {
        template.parts.iter().any(|part| {
            matches!(part, TemplatePart::Hole(Expression::Variable(path)) if path[..] == [name])
        })
    };
    let in_body = match &request.body {
        Body::Form(members) => members.iter().any(|(_, value)| holds(value)),
        Body::Text(text) | Body::Xml(text) => holds(text),
        Body::Json(tree) => tree.to_string().contains(&format!("{{{{ {name} }}}}")),
        Body::Empty | Body::Multipart(_) | Body::Bytes(_) => false,
    };
    in_body || holds(&request.target) || request.headers.iter().any(|(_, value)| holds(value))
}
