//! Version documents: which API versions a service lists, and its range of microversions.
//! <https://specs.openstack.org/openstack/api-sig/guidelines/consuming-catalog/version-discovery.html>

use super::asking::Asker;
use super::reading::{json, said, status};
use super::version::{Range, number};
use crate::dialect::services::services;
use crate::recording::ServiceInfo;
use crate::scenario::Base;
use serde_json::Value;
use std::collections::BTreeMap;

/// Fills in the versions of every service; what couldn't be asked is told to `gaps`.
pub(super) async fn ask_versions(
    asker: Asker<'_>,
    found: &mut BTreeMap<String, ServiceInfo>,
    gaps: &mut Vec<String>,
) {
    for (name, info) in found {
        let Some(service) = services().get(name) else {
            continue;
        };
        let mut failed = Vec::new();
        for path in &service.versions {
            match entries(asker, name, path).await {
                Ok(entries) => {
                    let endpoint = asker.session.endpoint_version(name);
                    info.versions = ids(&entries);
                    info.microversion = service
                        .has_microversions()
                        .then(|| range(&entries, endpoint))
                        .flatten();
                    failed.clear();
                    break;
                }
                Err(why) => failed.push(why),
            }
        }
        if !failed.is_empty() {
            gaps.push(format!("versions of {name}: {}", failed.join("; ")));
        }
    }
}

async fn entries(asker: Asker<'_>, service: &str, path: &str) -> Result<Vec<Value>, String> {
    let answer = asker.get(service, Base::Root, path).await?;
    let asked = |what: String| format!("GET {path} answers {what}");
    // 300 is what a list of versions is answered with where there are several.
    if !matches!(answer.status, 200 | 300) {
        return Err(asked(format!("{} ({})", status(&answer), said(&answer))));
    }
    let document = json(&answer).map_err(asked)?;
    read(&document).ok_or_else(|| asked("a document without versions".to_owned()))
}

/// `{"versions": […]}`, `{"versions": {"values": […]}}` (keystone, barbican) or `{"version": {…}}`.
fn read(document: &Value) -> Option<Vec<Value>> {
    if let Some(version) = document.get("version").filter(|v| v.is_object()) {
        return Some(vec![version.clone()]);
    }
    let versions = document.get("versions")?;
    let versions = versions.get("values").unwrap_or(versions).as_array()?;
    (!versions.is_empty()).then(|| versions.clone())
}

fn ids(entries: &[Value]) -> Vec<String> {
    let ids = entries.iter().filter_map(|entry| entry.get("id")?.as_str());
    ids.map(str::to_owned).collect()
}

/// The microversions of the version that the endpoint is of; of the highest that has any, where none is.
fn range(entries: &[Value], endpoint: Option<&str>) -> Option<Range> {
    let text = |entry: &Value, names: &[&str]| {
        let value = names.iter().find_map(|name| entry.get(*name)?.as_str());
        value.filter(|v| number(v).is_some()).map(str::to_owned)
    };
    let ranges: Vec<(&str, Range)> = entries
        .iter()
        .filter_map(|entry| {
            let id = entry.get("id").and_then(Value::as_str).unwrap_or_default();
            // Placement says `max_version`; the guideline's word is `version`.
            let range = (
                text(entry, &["min_version"])?,
                text(entry, &["version", "max_version"])?,
            );
            Some((id, range))
        })
        .collect();
    let of_endpoint = ranges
        .iter()
        .find(|(id, _)| endpoint.is_some_and(|v| *id == v || id.strip_suffix(".0") == Some(v)));
    let highest = || ranges.iter().max_by_key(|(_, range)| number(&range.1));
    let (_, range) = of_endpoint.or_else(highest)?;
    Some(range.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn range_of(document: &Value, endpoint: Option<&str>) -> Option<Range> {
        range(&read(document).unwrap(), endpoint)
    }

    fn pair(low: &str, high: &str) -> Range {
        (low.to_owned(), high.to_owned())
    }

    #[test]
    fn ranges_are_read_from_every_form_of_document() {
        let nova = json!({ "versions": [
            { "id": "v2.0", "version": "", "min_version": "" },
            { "id": "v2.1", "version": "2.93", "min_version": "2.1" },
        ]});
        assert_eq!(range_of(&nova, Some("v2.1")), Some(pair("2.1", "2.93")));
        let cinder = json!({ "versions": [
            { "id": "v2.0", "version": "2.9", "min_version": "2.0" },
            { "id": "v3.0", "version": "3.70", "min_version": "3.0" },
        ]});
        assert_eq!(range_of(&cinder, Some("v3")), Some(pair("3.0", "3.70")));
        assert_eq!(range_of(&cinder, Some("v2")), Some(pair("2.0", "2.9")));
        let placement =
            json!({ "versions": [{ "id": "v1.0", "max_version": "1.39", "min_version": "1.0" }] });
        assert_eq!(range_of(&placement, None), Some(pair("1.0", "1.39")));
        let single = json!({ "version": { "id": "v2.1", "version": "2.9", "min_version": "2.1" } });
        assert_eq!(range_of(&single, Some("v2.1")), Some(pair("2.1", "2.9")));
        let keystone = json!({ "versions": { "values": [{ "id": "v3.14" }] } });
        assert_eq!(range_of(&keystone, Some("v3")), None);
        assert_eq!(ids(&read(&keystone).unwrap()), ["v3.14"]);
    }

    #[test]
    fn documents_of_another_form_have_no_versions() {
        for document in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "versions": [] }),
            json!({ "versions": "many" }),
            json!({ "versions": { "values": 1 } }),
        ] {
            assert_eq!(read(&document), None, "{document}");
        }
        let evil = json!({ "versions": [1, [], { "id": 2, "version": 3 }, { "version": "x", "min_version": "y" }] });
        assert_eq!(range_of(&evil, None), None);
        assert!(ids(&read(&evil).unwrap()).is_empty());
    }
}
