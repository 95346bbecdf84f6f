//! A user's catalog: which services there are, where.

use super::endpoint::{Endpoint, fits, split};
use super::reading::printable;
use crate::dialect::services::{Service, services};
use crate::profile::Interface;
use crate::transport::Origin;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
pub(super) struct Catalog(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    catalog_type: String,
    interface: String,
    region: String,
    url: String,
}

impl Catalog {
    /// Reads `token.catalog`. Entries without a type or a URL are nothing that could be called, and are left out.
    pub(super) fn read(catalog: &Value) -> Self {
        let text = |value: &Value, member: &str| {
            let value = value.get(member).and_then(Value::as_str);
            value.map(str::to_owned)
        };
        let mut entries = Vec::new();
        for service in catalog.as_array().into_iter().flatten() {
            let Some(catalog_type) = text(service, "type") else {
                continue;
            };
            let endpoints = service.get("endpoints").and_then(Value::as_array);
            for endpoint in endpoints.into_iter().flatten() {
                let Some(url) = text(endpoint, "url") else {
                    continue;
                };
                entries.push(Entry {
                    catalog_type: catalog_type.clone(),
                    interface: text(endpoint, "interface").unwrap_or_default(),
                    region: text(endpoint, "region_id")
                        .or_else(|| text(endpoint, "region"))
                        .unwrap_or_default(),
                    url,
                });
            }
        }
        Self(entries)
    }

    /// Sorted.
    pub(super) fn regions(&self) -> Vec<String> {
        let regions: BTreeSet<&String> = self.0.iter().map(|entry| &entry.region).collect();
        regions.into_iter().cloned().collect()
    }

    /// Catalog types, sorted.
    pub(super) fn types(&self) -> Vec<String> {
        let types: BTreeSet<&String> = self.0.iter().map(|entry| &entry.catalog_type).collect();
        types.into_iter().cloned().collect()
    }

    /// Every origin that the cloud itself names.
    pub(super) fn origins(&self) -> BTreeSet<Origin> {
        let origins = self.0.iter().filter_map(|entry| split(&entry.url).ok());
        origins.map(|(origin, _)| origin).collect()
    }

    /// Endpoints of all services that can be reached in a region; and, of those that can't, why.
    pub(super) fn endpoints(
        &self,
        region: &str,
        interface: Interface,
        project: &str,
    ) -> (BTreeMap<String, Endpoint>, BTreeMap<String, String>) {
        let (mut endpoints, mut missing) = (BTreeMap::new(), BTreeMap::new());
        let own = |(_, service): &(&str, &Service)| service.family == "openstack";
        for (name, service) in services().iter().filter(own) {
            match self.endpoint(service, region, interface, project) {
                Some(Ok(endpoint)) => drop(endpoints.insert(name.to_owned(), endpoint)),
                Some(Err(why)) => drop(missing.insert(name.to_owned(), why)),
                None => {}
            }
        }
        (endpoints, missing)
    }

    /// `None`: no entry has a type of the service.
    fn endpoint(
        &self,
        service: &Service,
        region: &str,
        interface: Interface,
        project: &str,
    ) -> Option<Result<Endpoint, String>> {
        let mut entries: Vec<&Entry> = service
            .types
            .iter()
            .flat_map(|t| self.0.iter().filter(move |entry| entry.catalog_type == *t))
            .collect();
        if entries.is_empty() {
            return None;
        }
        let offered: BTreeSet<String> = entries
            .iter()
            .map(|entry| printable(&format!("{} in `{}`", entry.interface, entry.region)))
            .collect();
        let wanted = word(interface);
        entries.retain(|entry| {
            // Catalogs of keystone v2 descent say `publicURL`.
            entry
                .interface
                .strip_suffix("URL")
                .unwrap_or(&entry.interface)
                == wanted
                && entry.region == region
        });
        let entry = entries
            .iter()
            .find(|entry| fits(&entry.url, service))
            .or(entries.first());
        let Some(entry) = entry else {
            let offered: Vec<_> = offered.into_iter().collect();
            return Some(Err(format!(
                "the catalog has it, but not {wanted} in `{region}`: only {}",
                offered.join(", ")
            )));
        };
        let read = Endpoint::read(&entry.catalog_type, &entry.url, service, project);
        Some(
            read.map_err(|error| format!("the catalog's URL `{}`: {error}", printable(&entry.url))),
        )
    }
}

fn word(interface: Interface) -> &'static str {
    match interface {
        Interface::Public => "public",
        Interface::Internal => "internal",
        Interface::Admin => "admin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(catalog_type: &str, interface: &str, region: &str, url: &str) -> Value {
        json!({ "type": catalog_type, "endpoints": [{ "interface": interface, "region_id": region, "url": url }] })
    }

    #[test]
    fn the_official_type_is_preferred_but_not_to_a_url_of_the_right_version() {
        let catalog = Catalog::read(&json!([
            entry("volumev2", "public", "R", "http://h/v2/p"),
            entry("volumev3", "public", "R", "http://h/v3/p"),
            entry("identity", "public", "R", "http://h:5000/v2.0"),
        ]));
        let (endpoints, missing) = catalog.endpoints("R", Interface::Public, "p");
        assert_eq!(endpoints["block-storage"].catalog_type, "volumev3");
        assert_eq!(endpoints["block-storage"].url(), "http://h/v3/p");
        assert_eq!(endpoints["identity"].url(), "http://h:5000/v3");
        assert!(missing.is_empty() && !endpoints.contains_key("compute"));
    }

    #[test]
    fn a_service_of_another_region_or_interface_is_missing_with_a_reason() {
        let catalog = Catalog::read(&json!([
            entry("compute", "public", "East", "http://h/v2.1"),
            entry("image", "internal", "West", "http://h"),
            entry("network", "publicURL", "West", "http://h"),
            entry("placement", "public", "West", "gopher://h"),
        ]));
        let (endpoints, missing) = catalog.endpoints("West", Interface::Public, "");
        assert_eq!(endpoints.keys().collect::<Vec<_>>(), ["network"]);
        assert!(
            missing["compute"].contains("only public in `East`"),
            "{missing:?}"
        );
        assert!(
            missing["image"].contains("only internal in `West`"),
            "{missing:?}"
        );
        assert!(missing["placement"].contains("gopher://h"), "{missing:?}");
        assert_eq!(catalog.regions(), ["East", "West"]);
    }

    #[test]
    fn a_catalog_of_any_other_form_is_read_as_far_as_it_goes() {
        for catalog in [
            json!(null),
            json!("x"),
            json!([1, [], {}]),
            json!([{ "type": 1 }, { "type": "compute", "endpoints": {} }, { "type": "compute", "endpoints": [1, { "url": [] }] }]),
        ] {
            assert!(Catalog::read(&catalog).types().is_empty(), "{catalog}");
        }
    }
}
