//! All realisations of a scenario observe the same things, by name: nothing else can be compared between two APIs.

use crate::scenario::parse::{Draft, Named, StepDraft};
use crate::scenario::reader::{Reader, Span};
use std::collections::BTreeMap;

pub(crate) fn meaning(reader: &mut Reader, draft: &Draft) {
    let mut all: Vec<(&str, &Span, Names<'_>)> = Vec::new();
    for (family, realisation) in &draft.realisations {
        let mut names = Names::new();
        for step in &realisation.steps {
            collect(reader, step, &[String::new()], &mut names);
        }
        if names.is_empty() {
            reader.wrong(
                family.span.clone(),
                format!("on.{} observes nothing", family.value),
                "expected a step with `observe`: nothing else is compared with other families",
            );
        }
        all.push((&family.value, &family.span, names));
    }
    // of one that has no names at all that is said
    for (family, span, names) in all.iter().filter(|(.., names)| !names.is_empty()) {
        let others = all.iter().filter(|(other, ..)| other != family);
        let mut told: Vec<&str> = Vec::new();
        for (other, _, of_other) in others {
            for (name, there) in of_other {
                match names.get(name) {
                    None if told.contains(&name.as_str()) => {}
                    None => {
                        told.push(name);
                        lacks(reader, (family, span), name, (other, there));
                    }
                    // said once, at the later one
                    Some(here) if family > other => unlike(reader, name, here, (other, there)),
                    Some(_) => {}
                }
            }
        }
    }
}

/// By name, with the rows that it stands in: `outcome[missing]`.
type Names<'d> = BTreeMap<String, &'d Named>;

fn collect<'d>(reader: &mut Reader, step: &'d StepDraft, around: &[String], into: &mut Names<'d>) {
    let below = |before: &String, id: &str| {
        if before.is_empty() {
            id.to_owned()
        } else {
            format!("{before}, {id}")
        }
    };
    let rows: Vec<String> = if step.each.is_empty() {
        around.to_vec()
    } else {
        let each = |before| step.each.iter().map(move |row| below(before, &row.id));
        around.iter().flat_map(each).collect()
    };
    for named in &step.named {
        for row in &rows {
            let name = if row.is_empty() {
                named.name.value.clone()
            } else {
                format!("{}[{row}]", named.name.value)
            };
            let Some(first) = into.insert(name, named) else {
                continue;
            };
            let diagnostic = reader
                .mistake(
                    named.name.span.clone(),
                    format!("two observations are called `{}`", named.name.value),
                )
                .label("expected another name")
                .also(first.name.span.clone(), "the first one")
                .help("between families they are compared by name, whatever step they are of");
            reader.push(diagnostic);
            break;
        }
    }
    for child in &step.children {
        collect(reader, child, &rows, into);
    }
}

fn lacks(
    reader: &mut Reader,
    (family, span): (&str, &Span),
    name: &str,
    (other, there): (&str, &Named),
) {
    let diagnostic = reader
        .mistake(
            span.clone(),
            format!("on.{family} doesn't observe `{name}`"),
        )
        .label(format!(
            "expected an observation of that name, as on.{other} has"
        ))
        .also(there.name.span.clone(), "observed here");
    reader.push(diagnostic);
}

fn unlike(reader: &mut Reader, name: &str, here: &Named, (other, there): (&str, &Named)) {
    let kind = |named: &Named| named.special.unwrap_or("a value");
    let title = if here.special != there.special {
        format!(
            "`{name}` is read as {} here and as {} on {other}",
            kind(here),
            kind(there)
        )
    } else if !here.words.is_empty()
        && !there.words.is_empty()
        && here.words.is_disjoint(&there.words)
    {
        format!("no word of `{name}` is one that on.{other} has for it")
    } else {
        return;
    };
    let diagnostic = reader
        .mistake(here.name.span.clone(), title)
        .label("could never be the same")
        .also(there.name.span.clone(), "the other one");
    reader.push(diagnostic);
}
