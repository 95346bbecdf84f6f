//! The operation that a step performs: what findings are grouped by.

use crate::dialect::s3;
use crate::observe::{leaves, parts, rows_around};
use crate::scenario::{Base, Expression, Row, Scenario, TemplatePart};

/// `POST /servers`, `GET /servers/{}`: method and path as the scenario writes it, without query and values. Where a row says
/// which path it is, and not just whose, it is that of the row.
#[must_use]
pub fn operation(scenario: &Scenario, step: &str, rows: &[String]) -> String {
    let found = leaves(&scenario.steps)
        .into_iter()
        .find(|leaf| leaf.id == step)
        .and_then(parts);
    let Some(parts) = found else {
        return step.to_owned();
    };
    let request = parts.request;
    let around = rows_around(&scenario.steps, step, rows).unwrap_or_default();
    if let Some(action) = &request.action {
        let action = words(&action.parts, &around);
        return format!("{} {action}", request.service);
    }
    let whole = target(&request.target.parts, &around);
    let prefix = match request.base {
        Base::Endpoint => "",
        Base::Root => "(root)",
        Base::Absolute => "(link)",
        Base::Path => "(by path)",
        Base::VirtualHost => "(by host)",
    };
    if request.service == "s3" {
        return format!("{} {prefix}{}", request.method, of_bucket(&whole));
    }
    let path = whole.split('?').next().unwrap_or("");
    let service = if request.service == scenario.service {
        String::new()
    } else {
        format!("{} ", request.service)
    };
    format!("{service}{} {prefix}{path}", request.method)
}

/// Path and query with the holes in them.
fn target(parts: &[TemplatePart], rows: &[&Row]) -> String {
    let mut target = String::new();
    for part in parts {
        match part {
            TemplatePart::Text(text) => target.push_str(text),
            TemplatePart::Hole(hole) => match of_row(hole, rows) {
                Some(text) if leads(&target, text) => target.push_str(&without_holes(text)),
                _ => target.push_str("{}"),
            },
        }
    }
    target
}

/// The text with what rows say in its holes.
fn words(parts: &[TemplatePart], rows: &[&Row]) -> String {
    let word = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => text.clone(),
        TemplatePart::Hole(hole) => {
            of_row(hole, rows).map_or_else(|| "{}".to_owned(), without_holes)
        }
    };
    parts.iter().map(word).collect()
}

/// What the innermost row that has it says for `{{ row.… }}`.
fn of_row<'r>(hole: &Expression, rows: &[&'r Row]) -> Option<&'r str> {
    let Expression::Variable(names) = hole else {
        return None;
    };
    let [row, name] = names.as_slice() else {
        return None;
    };
    if row != "row" {
        return None;
    }
    let innermost = rows.iter().rev().find_map(|row| row.values.get(name))?;
    innermost.as_str()
}

/// Whether text that goes on after `path` names collections and actions, and not one thing in the collection before it. The
/// segments of a path take turns at that; where the first is ours already (a container), nothing else does. In a query it
/// is the words.
fn leads(path: &str, text: &str) -> bool {
    if path.contains('?') {
        return path.ends_with(['?', '&']);
    }
    let Some(above) = path.strip_suffix('/') else {
        return text.is_empty() || text.starts_with('/');
    };
    let of_ours = above.starts_with("/{}");
    let is_collection = above.matches('/').count().is_multiple_of(2);
    !of_ours && (is_collection || text.contains('/'))
}

/// A row's text is a template, too.
fn without_holes(text: &str) -> String {
    let mut shape = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{{") {
        shape.push_str(before);
        shape.push_str("{}");
        rest = inside.split_once("}}").map_or("", |(_, after)| after);
    }
    shape.push_str(rest);
    shape
}

/// S3 tells its operations apart by the length of the path and by words in the query.
fn of_bucket(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let key = path.trim_start_matches('/').split_once('/');
    let path = match (path, key) {
        ("/" | "", _) => "/",
        (_, Some((_, key))) if !key.is_empty() => "/{bucket}/{key}",
        _ => "/{bucket}",
    };
    let words: Vec<&str> = query
        .split('&')
        .filter_map(|pair| match pair.split_once('=') {
            None | Some((_, "")) => Some(pair.trim_end_matches('=').trim_end_matches("{}")),
            Some((name @ ("uploadId" | "partNumber" | "versionId" | "list-type"), _)) => Some(name),
            Some(_) => None,
        })
        .filter(|word| !word.is_empty() && *word != "{}" && !s3::says_how_to_list(word))
        .collect();
    if words.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", words.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ScenarioId;

    fn of(request: &str, row: &str) -> String {
        let text = format!(
            "title = 't'\nwhy = 'w'\nservice = 'compute'\nrefs = ['https://example.org']\n\
             [[step]]\nid = 'ask'\nrequest = '{request}'\n\
             each = [{{ id = 'one', part = '{row}' }}]\n"
        );
        let scenario = Scenario::parse(ScenarioId("a/b/c".into()), "c.toml", &text)
            .unwrap_or_else(|problems| panic!("{problems}"));
        operation(&scenario, "ask", &["one".to_owned()])
    }

    #[test]
    fn two_paths_that_rows_of_one_step_name_are_two_operations() {
        assert_eq!(of("GET /{{ row.part }}", "limits"), "GET /limits");
        assert_eq!(
            of("GET /{{ row.part }}", "servers/{{ missing.uuid }}?limit=1"),
            "GET /servers/{}"
        );
        assert_eq!(
            of(
                "GET /servers/{{ missing.uuid }}/{{ row.part }}",
                "ips/private"
            ),
            "GET /servers/{}/ips/private"
        );
        assert_eq!(
            of("GET /volumes{{ row.part }}?a=b", "/detail"),
            "GET /volumes/detail"
        );
        assert_eq!(
            of("GET /quotas/{{ row.part }}", "{{ project.id }}/default"),
            "GET /quotas/{}/default"
        );
    }

    #[test]
    fn values_of_rows_are_still_one_operation() {
        assert_eq!(
            of("GET /images/{{ row.part }}", "nonsense"),
            "GET /images/{}"
        );
        assert_eq!(
            of(
                "PUT /servers/{{ missing.uuid }}/metadata/{{ row.part }}",
                "a"
            ),
            "PUT /servers/{}/metadata/{}"
        );
        assert_eq!(
            of("GET /{{ missing.name }}/{{ row.part }}", "a/b"),
            "GET /{}/{}"
        );
        assert_eq!(of("GET /servers?{{ row.part }}", "limit=1"), "GET /servers");
    }

    #[test]
    fn operations_of_ec2_are_actions() {
        let text = "title = 't'\nwhy = 'w'\nservice = 'ec2'\nrefs = ['https://example.org']\n\
             [[step]]\nid = 'ask'\nrequest = '{{ row.action }}'\n\
             each = [{ id = 'one', action = 'DescribeVpcs' }]\n\
             [[step]]\nid = 'wire'\nrequest = 'GET /?Action=DescribeVpcs'\n";
        let scenario = Scenario::parse(ScenarioId("a/b/c".into()), "c.toml", text)
            .unwrap_or_else(|problems| panic!("{problems}"));
        let of = |step, rows: &[String]| operation(&scenario, step, rows);
        assert_eq!(of("ask", &["one".to_owned()]), "ec2 DescribeVpcs");
        assert_eq!(of("wire", &[]), "GET /");
    }

    #[test]
    fn operations_of_s3_are_told_by_bucket_key_and_subresource() {
        for (target, operation) in [
            ("/", "/"),
            ("/{}", "/{bucket}"),
            ("/{}?uploads", "/{bucket}?uploads"),
            ("/{}/a/b?uploads", "/{bucket}/{key}?uploads"),
            ("/{}?list-type=2&prefix=x", "/{bucket}?list-type"),
            ("/{}?list-type=2&prefix=&max-keys", "/{bucket}?list-type"),
            ("/{}?{}", "/{bucket}"),
        ] {
            assert_eq!(of_bucket(target), operation);
        }
    }
}
