//! Conditions on answers: `reach` and `until`.

use super::evaluate::{Scope, fill_json};
use super::function::as_text;
use super::model::{Clause, Condition, Source, StatusPattern, Want};
use super::source::AnswerParts;
use super::template::json_variables;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

impl Condition {
    /// Whether every clause holds. A clause whose wanted value needs a name that is missing doesn't.
    #[must_use]
    pub fn holds(&self, answer: &AnswerParts<'_>, scope: &dyn Scope) -> bool {
        self.clauses
            .iter()
            .all(|clause| clause.holds(answer, scope))
    }

    /// Whether it only holds where the request is refused.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let refused = |want: &Want| match want {
            Want::Status(StatusPattern::Exact(status)) => *status >= 400,
            Want::Status(StatusPattern::Class(class)) => *class >= 4,
            Want::Value(_) | Want::Present(_) => false,
        };
        let mut clauses = self.clauses.iter();
        clauses.any(|c| matches!(c.at, Source::Status) && c.wants.iter().all(refused))
    }

    /// Dotted names that the wanted values read.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<String> {
        self.clauses
            .iter()
            .flat_map(|clause| &clause.wants)
            .filter_map(|want| match want {
                Want::Value(value) => Some(json_variables(value)),
                Want::Status(_) | Want::Present(_) => None,
            })
            .flatten()
            .collect()
    }
}

impl Clause {
    /// Whether any of the wanted things is at the place; of several values there, at any of them.
    #[must_use]
    pub fn holds(&self, answer: &AnswerParts<'_>, scope: &dyn Scope) -> bool {
        let values = self.at.read(answer);
        self.wants.iter().any(|want| match want {
            Want::Present(present) => values.is_empty() != *present,
            Want::Status(pattern) => values
                .iter()
                .any(|v| v.as_u64().is_some_and(|status| pattern.fits(status))),
            Want::Value(value) => {
                fill_json(value, scope).is_ok_and(|want| values.iter().any(|v| self.same(v, &want)))
            }
        })
    }

    /// Headers and text have no types: there `5` wants the text `5`. Numbers are the same where
    /// they are equal, however written.
    fn same(&self, seen: &Value, want: &Value) -> bool {
        match (&self.at, seen, want) {
            (Source::Header(_) | Source::Text, _, _) => as_text(seen) == as_text(want),
            (_, Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
            _ => seen == want,
        }
    }
}

impl StatusPattern {
    fn fits(self, status: u64) -> bool {
        match self {
            Self::Exact(exact) => status == u64::from(exact),
            Self::Class(class) => status / 100 == u64::from(class),
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => write!(f, "{exact}"),
            Self::Class(class) => write!(f, "{class}xx"),
        }
    }
}

impl fmt::Display for Condition {
    /// `status 2xx and $.server.status "ACTIVE" or "ERROR"`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, clause) in self.clauses.iter().enumerate() {
            let wants: Vec<String> = clause
                .wants
                .iter()
                .map(|want| match want {
                    Want::Status(pattern) => pattern.to_string(),
                    Want::Value(value) => value.to_string(),
                    Want::Present(true) => "present".to_owned(),
                    Want::Present(false) => "absent".to_owned(),
                })
                .collect();
            let and = if i == 0 { "" } else { " and " };
            write!(f, "{and}{} {}", clause.at, wants.join(" or "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::Fixed;
    use super::*;
    use serde_json::json;

    fn holds(at: &str, wants: Vec<Want>, status: u16, body: &str) -> bool {
        let headers = [("X-Count".to_owned(), "5".to_owned())];
        let condition = Condition {
            clauses: vec![Clause {
                at: Source::parse(at).unwrap(),
                wants,
            }],
        };
        condition.holds(
            &AnswerParts::new(status, &headers, body),
            &Fixed(json!({"name": "x"})),
        )
    }

    #[test]
    fn statuses_fit_exactly_or_by_class() {
        let wants = || {
            vec![
                Want::Status(StatusPattern::Class(2)),
                Want::Status(StatusPattern::Exact(404)),
            ]
        };
        assert!(holds("status", wants(), 204, ""));
        assert!(holds("status", wants(), 404, ""));
        assert!(!holds("status", wants(), 409, ""));
    }

    #[test]
    fn values_are_filled_and_compared_by_type() {
        let want = |value| vec![Want::Value(value)];
        let body = r#"{"n":1.0,"s":"x","t":"1","l":[{"a":1},{"a":2}],"z":null}"#;
        assert!(holds("$.n", want(json!(1)), 200, body));
        assert!(holds("$.s", want(json!("{{ name }}")), 200, body));
        assert!(!holds("$.t", want(json!(1)), 200, body));
        assert!(holds("$.l[*].a", want(json!(2)), 200, body));
        assert!(holds("$.z", want(json!("{{ null }}")), 200, body));
        assert!(holds("header:x-count", want(json!(5)), 200, body));
        assert!(!holds("$.s", want(json!("{{ gone }}")), 200, body));
    }

    #[test]
    fn presence_is_about_the_place_not_the_value() {
        assert!(holds(
            "$.z",
            vec![Want::Present(true)],
            200,
            r#"{"z":null}"#
        ));
        assert!(holds(
            "$.y",
            vec![Want::Present(false)],
            200,
            r#"{"z":null}"#
        ));
        assert!(!holds("$.y", vec![Want::Present(true)], 200, "no json"));
    }

    #[test]
    fn no_clause_holds_always() {
        let answer = AnswerParts::new(500, &[], "");
        assert!(Condition::default().holds(&answer, &Fixed(json!({}))));
    }
}
