//! Filling templates: names come from a [`Scope`] that the caller keeps.

use super::function;
use super::model::{Argument, Expression, Row, Template, TemplatePart};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// What the names of templates stand for, in one execution at one step and row.
pub trait Scope {
    /// The value of a dotted name, or nothing where there is none (a capture whose step failed).
    fn variable(&self, path: &[String]) -> Option<Value>;
    /// What `text` and `unicode` follow from.
    fn seed(&self) -> u64;
    /// What `time` counts from.
    fn now(&self) -> SystemTime;
}

/// A name that a template needs and that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is known as {name}")]
pub struct MissingName {
    /// Dotted; of a call that can't be computed the whole call.
    pub name: String,
}

impl Template {
    /// The text with every hole filled. Values that are not text are written as compact JSON.
    pub fn fill(&self, scope: &dyn Scope) -> Result<String, MissingName> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                TemplatePart::Text(literal) => text.push_str(literal),
                TemplatePart::Hole(expression) => {
                    text.push_str(&function::as_text(&expression.value(scope)?));
                }
            }
        }
        Ok(text)
    }

    /// As a JSON value: one hole and nothing else takes the value's type, everything else is text.
    pub fn fill_value(&self, scope: &dyn Scope) -> Result<Value, MissingName> {
        match self.single_hole() {
            Some(expression) => expression.value(scope),
            None => self.fill(scope).map(Value::String),
        }
    }
}

/// A JSON tree with the templates in its strings and keys filled.
pub fn fill_json(value: &Value, scope: &dyn Scope) -> Result<Value, MissingName> {
    // The parser has proven that every string is a template; text that isn't stands for itself.
    let parse = |text: &str| Template::parse(text).unwrap_or_else(|_| Template::literal(text));
    Ok(match value {
        Value::String(text) => parse(text).fill_value(scope)?,
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| fill_json(item, scope))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, member)| Ok((parse(key).fill(scope)?, fill_json(member, scope)?)))
                .collect::<Result<Map<_, _>, MissingName>>()?,
        ),
        other => other.clone(),
    })
}

impl Row {
    /// The row's values with their templates filled, by name: what `{{ row.X }}` stands for.
    pub fn fill(&self, scope: &dyn Scope) -> Result<BTreeMap<String, Value>, MissingName> {
        self.values
            .iter()
            .map(|(name, value)| Ok((name.clone(), fill_json(value, scope)?)))
            .collect()
    }
}

impl Expression {
    /// What the expression stands for.
    pub fn value(&self, scope: &dyn Scope) -> Result<Value, MissingName> {
        match self {
            Self::Variable(path) => variable(path, scope),
            Self::Call {
                function,
                arguments,
            } => {
                let arguments: Vec<Value> = arguments
                    .iter()
                    .map(|argument| match argument {
                        Argument::Variable(path) => variable(path, scope),
                        Argument::Number(number) => Ok(Value::from(*number)),
                        Argument::Text(text) => Ok(Value::from(text.as_str())),
                    })
                    .collect::<Result<_, _>>()?;
                function::call(function, &arguments, scope.seed(), scope.now()).ok_or_else(|| {
                    MissingName {
                        name: self.to_string(),
                    }
                })
            }
        }
    }
}

/// `null` is the one name that the language itself gives a value: TOML has none.
fn variable(path: &[String], scope: &dyn Scope) -> Result<Value, MissingName> {
    if let [only] = path
        && only == "null"
    {
        return Ok(Value::Null);
    }
    scope.variable(path).ok_or_else(|| MissingName {
        name: path.join("."),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// Names from a JSON object; nothing else.
    pub(crate) struct Fixed(pub Value);

    impl Scope for Fixed {
        fn variable(&self, path: &[String]) -> Option<Value> {
            self.0.get(path.join(".")).cloned()
        }
        fn seed(&self) -> u64 {
            7
        }
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }
    }

    fn scope() -> Fixed {
        Fixed(json!({"name": "interop-a-x", "row.value": 5, "row.body": {"a": [1]}, "flag": true}))
    }

    #[test]
    fn a_string_that_is_one_hole_takes_the_typed_value() {
        let body = json!({"n": "{{ row.value }}", "t": "v{{ row.value }}", "b": "{{ flag }}",
            "tree": "{{row.body}}", "none": "{{ null }}", "{{ name }}": ["{{ name }}"], "left": 1.5});
        assert_eq!(
            fill_json(&body, &scope()).unwrap(),
            json!({"n": 5, "t": "v5", "b": true, "tree": {"a": [1]}, "none": null,
                "interop-a-x": ["interop-a-x"], "left": 1.5})
        );
    }

    #[test]
    fn values_inside_text_are_written_as_json() {
        let text = Template::parse("{{ flag }} {{ row.body }} {{ null }}").unwrap();
        assert_eq!(text.fill(&scope()).unwrap(), "true {\"a\":[1]} null");
    }

    #[test]
    fn a_missing_name_is_named() {
        let missing = |text: &str| Template::parse(text).unwrap().fill(&scope()).unwrap_err();
        assert_eq!(missing("{{ server }}").name, "server");
        assert_eq!(missing("{{ lower(net.id) }}").name, "net.id");
        assert_eq!(missing("{{ int(name) }}").name, "int(name)");
    }

    #[test]
    fn rows_are_filled_before_they_are_read() {
        let row = Row {
            id: "long".into(),
            values: [("value".to_owned(), json!("{{ repeat('x', 3) }}"))].into(),
        };
        assert_eq!(row.fill(&scope()).unwrap()["value"], json!("xxx"));
    }
}
