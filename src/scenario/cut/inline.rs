//! A fixture's steps in the place of its use: what leads to a finding can be cut then, too, and is seen whole.

use super::document::{Document, StepRef, reads, texts_mut};
use crate::scenario::model::{Argument, Expression, Template, TemplatePart};
use std::collections::BTreeMap;
use toml_edit::{Array, InlineTable, Item, Table, TableLike, Value};

/// Fixtures by id.
pub type Fixtures = BTreeMap<String, Document>;

/// What a template's dotted name becomes: another, or text that stands for the whole hole.
#[derive(Clone)]
enum Becomes {
    Path(Vec<String>),
    Text(String),
}

type Renames<'a> = dyn Fn(&[String]) -> Option<Becomes> + 'a;

/// A fixture, and what the scenario calls it.
struct Used<'f> {
    name: String,
    fixture: &'f Document,
    captures: Vec<String>,
    /// Fixtures that it uses itself: ids, and what it calls them.
    uses: Vec<(String, String)>,
}

impl Document {
    /// With the steps of the fixture that `text`, an item of `use`, asks for. None where that is more than a copy.
    pub(super) fn inlined(
        &self,
        on: Option<&str>,
        text: &str,
        fixtures: &Fixtures,
    ) -> Option<Self> {
        let (id, name) = asked(text)?;
        let fixture = fixtures.get(&id)?;
        let items = fixture.items_of_use(None);
        let used = Used {
            name,
            fixture,
            captures: fixture.captures(),
            uses: items
                .iter()
                .map(|item| asked(item))
                .collect::<Option<_>>()?,
        };
        if used.takes_a_name_of(&self.captures()) {
            return None;
        }
        let outputs = used.outputs()?;
        let mut steps = used.steps()?;
        let mut inlined = self.clone();
        inlined.remove_fixture(on, text);
        let acts = inlined.acts_mut(on)?;
        let own = acts.get_mut("step")?;
        let of_outputs = |path: &[String]| match path {
            [first, output] if *first == used.name => outputs.get(output).cloned(),
            _ => None,
        };
        rename_in(own, &of_outputs);
        steps.extend(own.as_array_of_tables()?.iter().cloned());
        *own = Item::ArrayOfTables(steps.into_iter().collect());
        used.lend(acts)?;
        inlined.in_order();
        Some(inlined)
    }

    /// Names that steps capture.
    fn captures(&self) -> Vec<String> {
        let of = |at: &StepRef| {
            let captures = self.step(at)?.get("capture")?.as_table_like()?;
            Some(captures.iter().map(|(name, _)| name.to_owned()).collect())
        };
        let all = self.steps();
        all.iter()
            .filter_map(of)
            .flat_map(|names: Vec<String>| names)
            .collect()
    }
}

impl Used<'_> {
    /// Its steps, as steps of the scenario.
    fn steps(&self) -> Option<Vec<Table>> {
        let acts = self.fixture.acts(None)?;
        let service = acts.get("service").and_then(Item::as_str);
        let mut steps = Vec::new();
        for step in acts.get("step")?.as_array_of_tables()? {
            let mut item = Item::Table(step.clone());
            let reads_name = reads(&item).iter().any(|path| path[0] == "name");
            if reads_name && let Item::Table(step) = &mut item {
                name_undo(step);
            }
            rename_in(&mut item, &|path| self.renamed(path));
            let Item::Table(mut step) = item else {
                return None;
            };
            let id = step.get("id")?.as_str()?.to_owned();
            step.insert("id", toml_edit::value(joined(&self.name, &id)));
            if let Some(captures) = step.get("capture").and_then(Item::as_table_like) {
                let called = captures.iter().filter_map(|(capture, place)| {
                    let place = place.as_value()?.clone();
                    Some((joined(&self.name, capture), place))
                });
                let called: InlineTable = called.collect();
                step.insert("capture", toml_edit::value(called));
            }
            if let (false, Some(service)) = (step.contains_key("service"), service) {
                step.insert("service", toml_edit::value(service));
            }
            steps.push(step);
        }
        Some(steps)
    }

    /// What stands for each of its outputs.
    fn outputs(&self) -> Option<BTreeMap<String, Becomes>> {
        let acts = self.fixture.acts(None)?;
        let mut outputs = BTreeMap::new();
        for (name, item) in acts.get("outputs")?.as_table_like()?.iter() {
            let text = renamed_text(item.as_str()?, &|path| self.renamed(path))?;
            let becomes = match Template::parse(&text).ok()?.single_hole() {
                Some(Expression::Variable(path)) => Becomes::Path(path.clone()),
                _ => Becomes::Text(text),
            };
            outputs.insert(name.to_owned(), becomes);
        }
        Some(outputs)
    }

    /// A name of the fixture's own, as it is called in the scenario.
    fn renamed(&self, path: &[String]) -> Option<Becomes> {
        let (first, rest) = path.split_first()?;
        let is_own =
            self.captures.contains(first) || self.uses.iter().any(|(_, called)| called == first);
        let new = match rest {
            // what the fixture calls things
            [] if first == "name" => vec![first.clone(), label(&self.name)],
            [inner] if first == "name" => {
                vec![first.clone(), label(&joined(&self.name, inner))]
            }
            _ if is_own => [&[joined(&self.name, first)], rest].concat(),
            _ => return None,
        };
        Some(Becomes::Path(new))
    }

    /// Whether something that it needs is called like one of these.
    fn takes_a_name_of(&self, captures: &[String]) -> bool {
        let needs = self.fixture.acts(None).and_then(|acts| acts.get("needs"));
        let needs = needs.and_then(Item::as_array).into_iter().flatten();
        let mut roots = needs.filter_map(|need| need.as_str()?.split('.').next());
        roots.any(|root| captures.iter().any(|capture| capture == root))
    }

    /// What else its steps need of a scenario.
    fn lend(&self, to: &mut dyn TableLike) -> Option<()> {
        let from = self.fixture.acts(None)?;
        for (id, called) in &self.uses {
            let mut item = InlineTable::new();
            item.insert("fixture", id.into());
            item.insert("as", joined(&self.name, called).into());
            list(to, "use")?.push(item);
        }
        let needs = from.get("needs").and_then(Item::as_array);
        for need in needs.into_iter().flatten().filter_map(Value::as_str) {
            let known = list(to, "needs")?;
            if !known.iter().any(|other| other.as_str() == Some(need)) {
                known.push(need);
            }
        }
        if to.get("hazard").and_then(Item::as_str) == Some("none") {
            to.insert("hazard", from.get("hazard")?.clone());
        }
        Some(())
    }
}

/// The fixture's id and what the scenario calls it.
fn asked(item: &str) -> Option<(String, String)> {
    let last = |id: &str| id.rsplit('/').next().unwrap_or(id).to_owned();
    match format!("use = {item}").parse::<toml_edit::DocumentMut>() {
        Ok(document) => match document.get("use")?.as_value()? {
            Value::InlineTable(table) => {
                let id = table.get("fixture")?.as_str()?;
                let called = table.get("as").and_then(Value::as_str);
                Some((
                    id.to_owned(),
                    called.map_or_else(|| last(id), str::to_owned),
                ))
            }
            id => Some((id.as_str()?.to_owned(), last(id.as_str()?))),
        },
        Err(_) => Some((item.to_owned(), last(item))),
    }
}

fn joined(name: &str, inner: &str) -> String {
    format!("{name}-{inner}")
}

/// As a label of a name: at most 12 lower-case letters and digits. The end tells more of them apart.
fn label(name: &str) -> String {
    let fit: Vec<char> = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let end = &fit[fit.len().saturating_sub(12)..];
    end.iter().map(char::to_ascii_lowercase).collect()
}

/// An undo that looks for `{{ name }}` without saying so says it.
fn name_undo(step: &mut Table) {
    let Some(undo) = step.get_mut("undo") else {
        return;
    };
    let mut table = match undo.as_value() {
        Some(Value::String(kind)) => {
            let mut table = InlineTable::new();
            table.insert("kind", kind.value().as_str().into());
            table
        }
        Some(Value::InlineTable(table)) => table.clone(),
        _ => return,
    };
    if !table.contains_key("name") {
        table.insert("name", "{{ name }}".into());
        *undo = toml_edit::value(table);
    }
}

/// The list at a key, made where there is none.
fn list<'t>(acts: &'t mut dyn TableLike, key: &str) -> Option<&'t mut Array> {
    let entry = acts
        .entry(key)
        .or_insert_with(|| toml_edit::value(Array::new()));
    if let Some(text) = entry.as_str() {
        let one: Array = [text.to_owned()].into_iter().collect();
        *entry = toml_edit::value(one);
    }
    entry.as_array_mut()
}

fn rename_in(item: &mut Item, renames: &Renames<'_>) {
    texts_mut(item, &mut |text| renamed_text(text, renames));
}

/// The text with other names in its holes; none where it is no template.
fn renamed_text(text: &str, renames: &Renames<'_>) -> Option<String> {
    let mut template = Template::parse(text).ok()?;
    for part in &mut template.parts {
        let TemplatePart::Hole(expression) = part else {
            continue;
        };
        match expression {
            Expression::Variable(path) => match renames(path) {
                Some(Becomes::Path(new)) => *path = new,
                Some(Becomes::Text(text)) => *part = TemplatePart::Text(text),
                None => {}
            },
            Expression::Call { arguments, .. } => {
                for argument in arguments {
                    let Argument::Variable(path) = argument else {
                        continue;
                    };
                    match renames(path) {
                        Some(Becomes::Path(new)) => *path = new,
                        Some(Becomes::Text(text)) => *argument = Argument::Text(text),
                        None => {}
                    }
                }
            }
        }
    }
    Some(template.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{ScenarioId, Suite};

    fn copied(mut document: Document, fixtures: &Fixtures) -> Option<Document> {
        loop {
            let Some(item) = document.items_of_use(None).first().cloned() else {
                return Some(document);
            };
            document = document.inlined(None, &item, fixtures)?;
        }
    }

    #[test]
    fn every_fixture_of_the_suite_can_be_copied_into_the_scenarios_that_use_it() {
        let suite = Suite::builtin().unwrap_or_else(|error| panic!("{error}"));
        let fixtures: Fixtures = suite
            .fixtures()
            .map(|f| (f.id.0.clone(), Document::parse(&f.source).unwrap()))
            .collect();
        let mut count = 0;
        for scenario in suite.scenarios().filter(|s| !s.fixtures.is_empty()) {
            let document = Document::parse(&scenario.source).unwrap();
            let Some(copied) = copied(document, &fixtures) else {
                continue;
            };
            let text = copied.tidied().text();
            assert!(!text.contains("fixture"), "{text}");
            let id = ScenarioId("copied".to_owned());
            let with = suite.clone().with_text(id, "copied.toml", &text);
            assert!(with.is_ok(), "{}\n{text}", with.unwrap_err());
            count += 1;
        }
        assert!(count > 50, "{count}");
    }

    #[test]
    fn what_a_fixture_makes_is_called_after_it_and_its_outputs_are_filled_in() {
        let fixture = r#"
title = "A network"
service = "network"
hazard = "consumes"
needs = ["flavor.small"]

[[step]]
id = "make"
request = "POST /networks/{{ flavor.small }}"
json = { network = { name = "{{ name }}", other = "{{ name.sub }}" } }
capture = { network = "$.network.id" }
undo = "network.network"

[outputs]
id = "{{ network }}"
cidr = "10.0.0.0/8"
"#;
        let user = r#"
title = "b"
service = "compute"
hazard = "none"
use = [{ fixture = "fixtures/net", as = "lan" }]

[[step]]
id = "get" # as it was
request = "GET /x/{{ lan.id }}?cidr={{ lan.cidr }}&name={{ name }}"
"#;
        let fixtures = [("fixtures/net".to_owned(), Document::parse(fixture).unwrap())];
        let document = Document::parse(user).unwrap();
        let text = copied(document, &fixtures.into()).unwrap().text();
        insta::assert_snapshot!(text);
    }
}
