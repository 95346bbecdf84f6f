//! `docs/rules.md`: every rule, from the rules.

use super::words;
use crate::compare::Asker;
use crate::judge::{Filling, Impact, Rule, Rules, fill};
use std::fmt::Write;

/// The rule reference in Markdown.
pub fn rules_reference(rules: &Rules) -> String {
    let mut out = String::from(
        "<!-- generated from src/judge/rules/*.toml; to update: \
         INTEROP_UPDATE=1 cargo test rule_reference -->\n\n\
         # Rules\n\n\
         What a difference means for a client that moves from cloud A to cloud B, and for one that \
         comes back. A rule is written from one side; a difference that is the other way round \
         fits it mirrored. The narrowest rule that fits wins.\n\n\
         | impact | a correct client of the one cloud, on the other |\n\
         | --- | --- |\n\
         | breaks | fails |\n\
         | degrades | works, but slower, smaller or lossier |\n\
         | drifts | sees it, if it looks |\n\
         | cosmetic | does not notice; a person does |\n\n\
         | rule | A → B | back | what |\n\
         | --- | --- | --- | --- |\n",
    );
    for rule in rules.iter() {
        let _ = writeln!(
            out,
            "| [{id}](#{id}) | {} | {} | {} |",
            words::impact(rule.forward),
            words::impact(rule.back),
            rule.title,
            id = rule.id,
        );
    }
    for rule in rules.iter() {
        section(rule, &mut out);
    }
    out
}

fn section(rule: &Rule, out: &mut String) {
    let _ = write!(out, "\n## {}\n\n**{}.** ", rule.id, rule.title);
    let _ = writeln!(
        out,
        "{}\n",
        fill(&rule.explanation, &Filling::NAMES).replace('\n', " ")
    );
    let _ = writeln!(
        out,
        "A → B: {}; back: {}. Hits {}.",
        words::impact(rule.forward),
        words::impact(rule.back),
        words::consumers(&rule.consumers)
    );
    if let Some(cause) = rule.cause {
        let _ = writeln!(out, "Likely cause: {}.", words::cause(cause));
    }
    let narrowed = narrowed(rule);
    if !narrowed.is_empty() {
        let _ = writeln!(out, "\nOnly {}.", narrowed.join("; "));
    }
    for exception in &rule.overrides {
        let about: Vec<_> = exception
            .about
            .operations
            .iter()
            .chain(&exception.about.places)
            .map(|pattern| format!("`{pattern}`"))
            .collect();
        let impact = |impact: Impact| words::impact(impact);
        let _ = writeln!(
            out,
            "\nFor {}: {}, back {}: {}.",
            about.join(", "),
            impact(exception.forward),
            impact(exception.back),
            exception.because
        );
    }
    for (family, code) in rule.witness.all() {
        let code = fill(code, &rule.example());
        if let Some(family) = family {
            let _ = writeln!(out, "\nA client of {family}:");
        }
        let _ = writeln!(out, "\n```\n{code}\n```");
    }
    if !rule.references.is_empty() {
        let links: Vec<_> = rule
            .references
            .iter()
            .map(|link| format!("<{link}>"))
            .collect();
        let _ = writeln!(out, "\nSee {}.", links.join(", "));
    }
}

fn asked_by(asker: Asker) -> String {
    match asker {
        Asker::Owner => "where the owner asks",
        Asker::Stranger => "where a stranger asks, and is to be refused",
    }
    .to_owned()
}

fn narrowed(rule: &Rule) -> Vec<String> {
    let list = |what: &str, texts: Vec<String>| {
        let texts: Vec<_> = texts.iter().map(|text| format!("`{text}`")).collect();
        (!texts.is_empty()).then(|| format!("{what} {}", texts.join(", ")))
    };
    let about = &rule.about;
    let strings = |patterns: &[_]| patterns.iter().map(ToString::to_string).collect();
    [
        list("in", about.services.clone()),
        list("for", strings(&about.operations)),
        list("at", strings(&about.places)),
        list(
            "where A has",
            about.a.iter().map(ToString::to_string).collect(),
        ),
        list(
            "where B has",
            about.b.iter().map(ToString::to_string).collect(),
        ),
        about
            .relation
            .map(|relation| format!("where A's number is {relation} B's")),
        about.asker.map(asked_by),
    ]
    .into_iter()
    .flatten()
    .collect()
}
