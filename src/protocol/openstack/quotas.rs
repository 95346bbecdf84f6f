//! Quotas of `main`'s project, by service and name.

use super::asking::{Asker, segment};
use crate::scenario::Base;
use serde_json::Value;
use std::collections::BTreeMap;

type Quotas = BTreeMap<String, BTreeMap<String, i64>>;

pub(super) async fn ask_quotas(asker: Asker<'_>) -> (Quotas, Vec<String>) {
    let project = asker.session.target().project;
    let network = format!("/quotas/{}", segment(&project));
    let asked = [
        ("compute", "/limits", "/limits/absolute"),
        ("block-storage", "/limits", "/limits/absolute"),
        ("network", network.as_str(), "/quota"),
    ];
    let services = asker.session.services();
    let (mut quotas, mut gaps) = (Quotas::new(), Vec::new());
    for (service, target, at) in asked {
        if !services.contains_key(service) {
            continue;
        }
        match asker.document(service, Base::Endpoint, target).await {
            Ok(document) => {
                let numbers = numbers(document.pointer(at));
                if numbers.is_empty() {
                    gaps.push(format!("quotas of {service}: GET {target} lists none"));
                }
                quotas.insert(service.to_owned(), numbers);
            }
            Err(why) => gaps.push(format!("quotas of {service}: {why}")),
        }
    }
    (quotas, gaps)
}

/// What is allowed, not what is in use (`totalCoresUsed`).
fn numbers(quotas: Option<&Value>) -> BTreeMap<String, i64> {
    let quotas = quotas.and_then(Value::as_object).into_iter().flatten();
    quotas
        .filter(|(name, _)| !(name.starts_with("total") && name.ends_with("Used")))
        .filter_map(|(name, value)| Some((name.clone(), value.as_i64()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_are_kept_and_use_is_not() {
        let limits =
            json!({ "maxTotalCores": 20, "totalCoresUsed": 3, "x": "many", "y": -1, "z": 1.5 });
        let numbers = numbers(Some(&limits));
        let expected = [("maxTotalCores".to_owned(), 20), ("y".to_owned(), -1)];
        assert_eq!(numbers, expected.into());
        assert!(super::numbers(Some(&json!([1]))).is_empty());
    }
}
