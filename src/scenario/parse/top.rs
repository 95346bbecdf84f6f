//! The top of a file: what the scenario is about and what it needs.

use super::draft::{About, Draft, FixtureMark, Surroundings};
use crate::scenario::keys::{
    ABOUT, ACTS, FIXTURE_USE, HAZARDS, ON, OUTPUTS, REALISATION, REQUIRES, USERS, names,
};
use crate::scenario::model::{
    FixtureUse, Hazard, Lock, LockMode, Microversion, Requires, ScenarioId, Template, Version,
};
use crate::scenario::reader::{At, Entry, Node, Reader, Span, Table};
use std::collections::{BTreeMap, BTreeSet};
use toml::de::DeTable;

/// What locks are held per.
const SCOPES: [&str; 4] = ["endpoint", "project", "region", "user"];

/// Reads a file. Nothing where it isn't TOML; the mistakes are in the reader.
pub(crate) fn read(reader: &mut Reader, fixture: bool) -> Option<Draft> {
    let file = std::sync::Arc::clone(&reader.file);
    let (tree, errors) = DeTable::parse_recoverable(&file.text);
    if !errors.is_empty() {
        // What follows a mistake closely is mostly its echo.
        let mut last = None;
        for error in errors {
            let end = file.text.len();
            let span = error.span().unwrap_or(end..end);
            let line = file.line(span.start);
            if last.is_none_or(|last| line > last + 1) {
                reader.wrong(span, "not TOML", error.message().to_owned());
            }
            last = Some(line);
        }
        return None;
    }
    // What the file lacks as a whole is said at its first line.
    let first_line = 0..file.text.find('\n').unwrap_or(file.text.len());
    let table = Table::new(tree.get_ref(), first_line);
    Some(reader.top(&table, fixture))
}

impl Reader {
    fn top(&mut self, table: &Table<'_>, fixture: bool) -> Draft {
        let what = if fixture { "a fixture" } else { "a scenario" };
        if let (Some(on), false) = (table.get("on"), fixture) {
            return self.realised(table, on);
        }
        let mistakes = self.problems.len();
        let own = if fixture { OUTPUTS } else { ON };
        let keys = [ABOUT, ACTS, own].into_iter().flat_map(names);
        let mut keys: Vec<&str> = keys.collect();
        if !fixture {
            // it is said of outputs that only fixtures have them
            keys.extend(names(OUTPUTS));
        }
        self.known(table, what, &keys);
        let sound = mistakes == self.problems.len();
        let about = self.about(table, what, fixture);
        let service = self.service(table, what);
        let mut draft = self.acts(table, what, (about, service), fixture);
        draft.names_known &= sound;
        draft.outputs = self.outputs(table, fixture, &mut draft.output_uses);
        draft
    }

    /// `[on.openstack]`, `[on.s3]`: one meaning, several APIs.
    fn realised(&mut self, table: &Table<'_>, on: &Entry<'_>) -> Draft {
        let what = "a scenario with `on`";
        let keys: Vec<&str> = names(ABOUT).chain(names(ON)).collect();
        let mistakes = self.problems.len();
        for entry in &table.entries {
            if !keys.contains(&entry.name) && names(ACTS).any(|key| key == entry.name) {
                self.wrong(
                    entry.key.clone(),
                    format!("{what} has no `{}` of its own", entry.name),
                    "belongs to a realisation: [on.openstack]",
                );
            }
        }
        let all: Vec<&str> = keys.iter().copied().chain(names(ACTS)).collect();
        self.known(table, what, &all);
        let about = self.about(table, what, false);
        let service = self.service(table, what);
        let mut draft = Draft::new(about.clone(), service);
        draft.names_known = mistakes == self.problems.len();
        let of_families = "a table: [on.openstack] and [on.s3]";
        let Some(families) = self.table(on.node, of_families) else {
            return draft;
        };
        for entry in &families.entries {
            self.identifier(entry.name, &entry.key, "a family of clouds");
            let Some(inner) = self.table(entry.node, "a realisation") else {
                continue;
            };
            let what = "a realisation";
            let keys: Vec<&str> = names(REALISATION).chain(names(ACTS)).collect();
            let mistakes = self.problems.len();
            self.known(&inner, what, &keys);
            let sound = mistakes == self.problems.len();
            let service = self.service(&inner, what);
            let mut realisation = self.acts(&inner, what, (about.clone(), service), false);
            realisation.names_known &= sound;
            let family = At {
                value: entry.name.to_owned(),
                span: entry.key.clone(),
            };
            draft.realisations.push((family, realisation));
        }
        if families.entries.len() < 2 {
            self.wrong(
                on.key.clone(),
                "one realisation is nothing to compare",
                "expected at least two: [on.openstack] and [on.s3]",
            );
        }
        draft
    }

    fn about(&mut self, table: &Table<'_>, what: &str, fixture: bool) -> About {
        About {
            title: self.prose(table, what, "title", "the behaviour in one sentence", true),
            why: self.prose(table, what, "why", "why a workload cares", !fixture),
            refs: self.refs(table, what, fixture),
            guideline: self.list(table, "guideline", "capability"),
            tags: self.list(table, "tags", "tag"),
            hazard: self.hazard(table),
        }
    }

    fn acts(
        &mut self,
        table: &Table<'_>,
        what: &str,
        (about, service): (About, At<String>),
        fixture: bool,
    ) -> Draft {
        let mut draft = Draft::new(about, service);
        let mistakes = self.problems.len();
        draft.needs = self.needs(table);
        draft.fixtures = self.fixture_uses(table);
        draft.names_known = mistakes == self.problems.len();
        (draft.requires, draft.capabilities) = self.requires(table);
        draft.locks = self.locks(table, "shares", LockMode::Shared);
        let exclusive = self.locks(table, "exclusive", LockMode::Exclusive);
        draft.locks.extend(exclusive);
        let around = Surroundings {
            service: draft.service.value.clone(),
            version: Version::Unset,
            exceptions: self.exceptions(table),
            fixture,
        };
        if let Some(entry) = table.get("step") {
            draft.steps = self.steps(entry, &around);
        }
        if draft.steps.is_empty()
            && table
                .get("step")
                .is_none_or(|e| e.node.get_ref().is_array())
        {
            self.wrong(
                table.span.clone(),
                format!("{what} without a step"),
                "expected at least one [[step]]",
            );
        }
        draft
    }

    fn prose(
        &mut self,
        table: &Table<'_>,
        what: &str,
        key: &str,
        about: &str,
        required: bool,
    ) -> String {
        let entry = if required {
            self.required(table, what, key, about)
        } else {
            table.get(key)
        };
        entry
            .and_then(|entry| self.words(entry.node, about))
            .map(|text| text.value)
            .unwrap_or_default()
    }

    fn service(&mut self, table: &Table<'_>, what: &str) -> At<String> {
        let service = self
            .required(table, what, "service", "the service it is about: compute")
            .and_then(|entry| self.words(entry.node, "a service"));
        if let Some(service) = &service {
            self.identifier(&service.value, &service.span, "a service");
        }
        service.unwrap_or(At {
            value: String::new(),
            span: table.span.clone(),
        })
    }

    fn refs(&mut self, table: &Table<'_>, what: &str, fixture: bool) -> Vec<String> {
        let entry = if fixture {
            table.get("refs")
        } else {
            self.required(table, what, "refs", "URLs of its documentation")
        };
        let Some(entry) = entry else {
            return Vec::new();
        };
        let refs = self.strings(entry.node, "URL");
        if refs.is_empty()
            && entry
                .node
                .get_ref()
                .as_array()
                .is_some_and(|a| a.is_empty())
        {
            self.wrong(
                entry.node.span(),
                "a list of references without one",
                "expected at least one URL",
            );
        }
        for reference in &refs {
            let url = &reference.value;
            if !(url.starts_with("https://") || url.starts_with("http://")) {
                self.wrong(
                    reference.span.clone(),
                    format!("`{url}` is not a URL"),
                    "expected https://…",
                );
            }
        }
        refs.into_iter().map(|reference| reference.value).collect()
    }

    fn list(&mut self, table: &Table<'_>, key: &str, what: &str) -> Vec<String> {
        let Some(entry) = table.get(key) else {
            return Vec::new();
        };
        let items = self.strings(entry.node, what);
        self.unique(what, items.iter().map(|i| (i.value.as_str(), &i.span)));
        items.into_iter().map(|item| item.value).collect()
    }

    fn needs(&mut self, table: &Table<'_>) -> Vec<At<String>> {
        let Some(entry) = table.get("needs") else {
            return Vec::new();
        };
        let needs = self.strings(entry.node, "binding");
        self.unique("binding", needs.iter().map(|n| (n.value.as_str(), &n.span)));
        let mut seen = BTreeSet::new();
        needs
            .into_iter()
            .filter(|need| seen.insert(need.value.clone()))
            .filter(|need| {
                let two = need.value.split('.').count() == 2;
                if !two {
                    self.wrong(
                        need.span.clone(),
                        format!("`{}` is not a binding", need.value),
                        "expected something like `flavor.small`",
                    );
                }
                two && self.dotted(&need.value, &need.span, "a binding", "flavor.small")
            })
            .collect()
    }

    fn fixture_uses(&mut self, table: &Table<'_>) -> Vec<FixtureMark> {
        let Some(entry) = table.get("use") else {
            return Vec::new();
        };
        let nodes: Vec<&Node<'_>> = match entry.node.get_ref().as_array() {
            Some(items) => items.iter().collect(),
            None => vec![entry.node],
        };
        let marks: Vec<FixtureMark> = nodes
            .into_iter()
            .filter_map(|node| self.fixture_use(node))
            .collect();
        let aliases = marks.iter().map(|m| (m.fixture.alias.as_str(), &m.span));
        self.unique("fixture", aliases);
        marks
    }

    fn fixture_use(&mut self, node: &Node<'_>) -> Option<FixtureMark> {
        let expected = "a fixture: \"fixtures/server\" or { fixture = …, as = … }";
        let (id, alias, shared) = if node.get_ref().is_table() {
            let table = self.table(node, expected)?;
            let what = "the use of a fixture";
            self.known(&table, what, &names(FIXTURE_USE).collect::<Vec<_>>());
            let id = self
                .required(&table, what, "fixture", "its id")
                .and_then(|entry| self.words(entry.node, "the id of a fixture"));
            let alias = match table.get("as") {
                Some(entry) => {
                    let alias = self.words(entry.node, "a name")?;
                    self.identifier(&alias.value, &alias.span, "the name of a fixture");
                    Some(alias.value)
                }
                None => None,
            };
            let shared = match table.get("shared") {
                Some(entry) => self.boolean(entry.node)?,
                None => false,
            };
            (id?, alias, shared)
        } else {
            (self.words(node, expected)?, None, false)
        };
        if !id.value.starts_with("fixtures/") {
            let diagnostic = self
                .mistake(id.span, format!("`{}` is not a fixture", id.value))
                .label("expected an id that begins with fixtures/");
            self.push(diagnostic);
            return None;
        }
        let last = id.value.rsplit('/').next().unwrap_or_default();
        Some(FixtureMark {
            fixture: FixtureUse {
                alias: alias.unwrap_or_else(|| last.replace('-', "_")),
                fixture: ScenarioId(id.value),
                shared,
            },
            span: id.span,
        })
    }

    fn requires(&mut self, table: &Table<'_>) -> (Requires, Vec<At<String>>) {
        let mut requires = Requires::default();
        let Some(entry) = table.get("requires") else {
            return (requires, Vec::new());
        };
        let Some(table) = self.table(entry.node, "a table of requirements") else {
            return (requires, Vec::new());
        };
        self.known(
            &table,
            "a list of requirements",
            &names(REQUIRES).collect::<Vec<_>>(),
        );
        requires.extensions = self.list(&table, "extensions", "extension");
        let capabilities = match table.get("capabilities") {
            Some(entry) => self.strings(entry.node, "capability"),
            None => Vec::new(),
        };
        requires.capabilities = capabilities.iter().map(|c| c.value.clone()).collect();
        if let Some(entry) = table.get("users") {
            for user in self.strings(entry.node, "user") {
                if USERS.contains(&user.value.as_str()) {
                    requires.users.push(user.value);
                } else {
                    self.unknown_word(user.span, "a user", &user.value, &USERS);
                }
            }
        }
        if let Some(entry) = table.get("microversion")
            && let Some(text) = self.string(entry.node, "a microversion")
        {
            match text.value.parse::<Microversion>() {
                Ok(version) => requires.microversion = Some(version),
                Err(_) => self.wrong(
                    text.span,
                    format!("`{}` is not a microversion", text.value),
                    "expected something like 2.37",
                ),
            }
        }
        (requires, capabilities)
    }

    fn locks(&mut self, table: &Table<'_>, key: &str, mode: LockMode) -> Vec<Lock> {
        let Some(entry) = table.get(key) else {
            return Vec::new();
        };
        let scopes = self.strings(entry.node, "scope");
        let mut locks = Vec::new();
        for scope in scopes {
            let fits = scope
                .value
                .split_once('@')
                .is_some_and(|(what, of)| !what.is_empty() && SCOPES.contains(&of));
            if fits {
                locks.push(Lock {
                    scope: scope.value,
                    mode,
                });
            } else {
                self.wrong(
                    scope.span,
                    format!("`{}` is not a scope", scope.value),
                    format!(
                        "expected something like compute.servers@project (@{})",
                        SCOPES.join(", @")
                    ),
                );
            }
        }
        locks
    }

    fn hazard(&mut self, table: &Table<'_>) -> Hazard {
        let Some(entry) = table.get("hazard") else {
            return Hazard::None;
        };
        match self.word(entry.node, "a hazard", &HAZARDS) {
            Some(0) => Hazard::None,
            Some(2) => Hazard::Exhausts,
            Some(3) => Hazard::Account,
            Some(4) => Hazard::Probing,
            // Also of a misspelt one, so that no second mistake follows from it.
            _ => Hazard::Consumes,
        }
    }

    fn outputs(
        &mut self,
        table: &Table<'_>,
        fixture: bool,
        uses: &mut Vec<super::Use>,
    ) -> BTreeMap<String, Template> {
        let mut outputs = BTreeMap::new();
        let Some(entry) = table.get("outputs") else {
            return outputs;
        };
        if !fixture {
            let span: Span = entry.key.clone();
            let diagnostic = self
                .mistake(span, "a scenario has no outputs")
                .label("only fixtures hand values on")
                .help("a fixture's id begins with fixtures/");
            self.push(diagnostic);
            return outputs;
        }
        if let Some(table) = self.table(entry.node, "a table of outputs") {
            for entry in &table.entries {
                self.identifier(entry.name, &entry.key, "the name of an output");
                if let Some(template) = self.template_node(entry.node, "a template", uses) {
                    outputs.insert(entry.name.to_owned(), template);
                }
            }
        }
        outputs
    }
}
