//! Which values of a recorded request become variables of a shell command, so that the command is
//! the same for every cloud and holds no secret.

use super::chain::{Births, Place};
use super::shell::Piece;
use crate::recording::{Discovery, Execution};
use std::collections::{BTreeMap, BTreeSet};

/// Shorter ids (`1`, `42`) are left as they are: they could be anything.
const SHORTEST: usize = 6;
const MARK: (&str, char) = ("«secret:", '»');

/// Values by the variable that stands for them, and the other way round.
#[derive(Debug, Default)]
pub struct Variables {
    names: BTreeMap<String, String>,
    /// Longest first, so that no value is cut by one inside it.
    values: Vec<(String, String)>,
    /// Values of what only the run had.
    gone: BTreeSet<String>,
}

impl Variables {
    /// Everything that is known before the first request: nonce, fixtures, bindings, users.
    pub fn of(discovery: &Discovery, execution: &Execution) -> Self {
        let mut variables = Self::default();
        variables.add("NONCE", &execution.nonce);
        for (name, value) in &execution.fixtures {
            if let Some(value) = value.as_str() {
                variables.add(name, value);
            }
        }
        for (name, binding) in &discovery.bindings {
            variables.add(name, &binding.id);
            if binding.was_uploaded() {
                variables.gone.insert(binding.id.clone());
            }
        }
        for (role, user) in &discovery.users {
            let prefix = if role == "main" {
                String::new()
            } else {
                format!("{role}_")
            };
            variables.add(&format!("{prefix}project_id"), &user.project_id);
            variables.add(&format!("{prefix}user_id"), &user.user_id);
        }
        variables
    }

    /// The values that these exchanges make, named after where they come from.
    pub fn add_births(&mut self, births: &Births, exchanges: &[usize]) {
        let mut of_chain: Vec<_> = births
            .iter()
            .filter(|(_, birth)| exchanges.contains(&birth.exchange))
            .collect();
        of_chain.sort_by_key(|(value, birth)| (birth.exchange, depth(&birth.place), *value));
        for (value, birth) in of_chain {
            let name = match &birth.place {
                Place::Json(path) | Place::Xml(path) => path.clone(),
                Place::Header(name) => name.clone(),
                Place::HeaderTail(name) => format!("{name}_id"),
            };
            self.add(&name, value);
        }
    }

    /// A name of its own for a value, unless it has one or is too short.
    pub fn add(&mut self, name: &str, value: &str) -> Option<&str> {
        if value.len() < SHORTEST {
            return None;
        }
        if !self.values.iter().any(|(known, _)| known == value) {
            let base = variable_name(name);
            let mut unique = base.clone();
            let mut n = 1;
            while self.names.contains_key(&unique) {
                n += 1;
                unique = format!("{base}_{n}");
            }
            self.names.insert(unique.clone(), value.to_owned());
            let longest_first = |(known, _): &(String, String)| known.len() >= value.len();
            let at = self.values.partition_point(longest_first);
            self.values.insert(at, (value.to_owned(), unique));
        }
        self.name_of(value)
    }

    pub fn name_of(&self, value: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(known, _)| known == value)
            .map(|(_, name)| name.as_str())
    }

    /// Text with its variables: known values where they stand as words, and every redacted secret.
    pub fn pieces(&mut self, text: &str) -> Vec<Piece> {
        for (kind, mark) in marks(text) {
            self.add(&format!("secret_{kind}"), mark);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((at, value, name)) = self.first_in(text, rest) {
            if at > 0 {
                pieces.push(Piece::Text(rest[..at].to_owned()));
            }
            pieces.push(Piece::Variable(name.to_owned()));
            rest = &rest[at + value..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        pieces
    }

    /// The earliest known value in `rest` (the end of `whole`): where, how long, and its variable.
    fn first_in(&self, whole: &str, rest: &str) -> Option<(usize, usize, &str)> {
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        let offset = whole.len() - rest.len();
        self.values
            .iter()
            .filter_map(|(value, name)| {
                rest.match_indices(value.as_str())
                    .find(|(at, _)| {
                        let before = whole[..offset + at].chars().next_back();
                        let after = rest[at + value.len()..].chars().next();
                        value.starts_with(MARK.0)
                            || !before.is_some_and(inside) && !after.is_some_and(inside)
                    })
                    .map(|(at, _)| (at, value.len(), name.as_str()))
            })
            // the longest of those that start together
            .min_by_key(|(at, length, _)| (*at, usize::MAX - length))
    }

    /// What to set before the commands: a value, or how to get it where it is a secret.
    pub fn explained(&self, used: &[&str]) -> BTreeMap<String, String> {
        used.iter()
            .filter_map(|name| Some(((*name).to_owned(), self.explain(name)?)))
            .collect()
    }

    fn explain(&self, name: &str) -> Option<String> {
        let value = self.names.get(name)?;
        Some(match marks(value).first() {
            Some(_) if name.starts_with("OS_TOKEN") => {
                "a token: $(openstack token issue -f value -c id)".to_owned()
            }
            Some((kind, _)) => format!("a {kind} of your own"),
            None if self.gone.contains(value) => {
                "an image of your own: that of the run was uploaded for it and is gone".to_owned()
            }
            None if name == "NONCE" => "any 20 letters a-z and digits".to_owned(),
            None => value.clone(),
        })
    }
}

fn depth(place: &Place) -> usize {
    match place {
        Place::Json(path) => path.matches(['.', '[']).count(),
        Place::Xml(_) => 0,
        Place::Header(_) | Place::HeaderTail(_) => usize::MAX,
    }
}

/// `flavor.small` → `FLAVOR_SMALL`.
pub fn variable_name(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_uppercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("V_{name}")
    } else {
        name.to_owned()
    }
}

/// Redacted secrets in a text: kind and whole mark.
pub fn marks(text: &str) -> Vec<(&str, &str)> {
    text.match_indices(MARK.0)
        .filter_map(|(at, open)| {
            let length = text[at..].find(MARK.1)? + MARK.1.len_utf8();
            let mark = &text[at..at + length];
            let kind = mark[open.len()..].split(':').next()?;
            Some((kind, mark))
        })
        .collect()
}
