//! What a request came to, in one word that means the same in every API. Data: `outcomes.toml`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcomes {
    /// Pattern of a code, and the word.
    codes: Vec<(String, String)>,
    statuses: BTreeMap<String, String>,
}

#[expect(clippy::unwrap_used, reason = "embedded data, read by every test")]
static OUTCOMES: LazyLock<Outcomes> =
    LazyLock::new(|| toml::from_str(include_str!("outcomes.toml")).unwrap());

/// `accepted`, `not-found`, `conflict` … `code` is that of the error, if it has one.
#[must_use]
pub fn outcome(status: u16, code: Option<&str>) -> &'static str {
    let outcomes = &*OUTCOMES;
    let by_code = code.filter(|_| status >= 400).and_then(|code| {
        let fits = |(pattern, _): &&(String, String)| fits(pattern, code);
        outcomes.codes.iter().find(fits).map(|(_, word)| word)
    });
    let by_status = || outcomes.statuses.get(&status.to_string());
    let by_class = || outcomes.statuses.get(&class(status));
    let word = by_code.or_else(by_status).or_else(by_class);
    word.map_or("unknown", String::as_str)
}

/// `4xx`
#[must_use]
pub fn class(status: u16) -> String {
    format!("{}xx", status / 100)
}

fn fits(pattern: &str, code: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => code.ends_with(end),
        (None, Some(start)) => code.starts_with(start),
        (None, None) => code == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_answers_has_a_word() {
        for status in [200, 204, 302, 418, 500] {
            assert_ne!(outcome(status, None), "unknown", "{status}");
        }
    }

    #[test]
    fn a_code_says_more_than_the_status_of_a_refusal() {
        assert_eq!(outcome(404, None), "not-found");
        assert_eq!(
            outcome(400, Some("InvalidInstanceID.NotFound")),
            "not-found"
        );
        assert_eq!(outcome(400, Some("InvalidInstanceID.Malformed")), "invalid");
        assert_eq!(outcome(409, Some("OverQuota")), "quota");
        assert_eq!(outcome(400, Some("400")), "invalid");
        assert_eq!(outcome(200, Some("NotFound")), "accepted");
    }
}
