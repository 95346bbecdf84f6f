//! What the cloud offers its tenants: flavors, images, networks, volume types, zones.

use super::asking::Asker;
use crate::scenario::Base;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// As it came, or why there is none.
type List = Result<Vec<Value>, String>;

type Wanted = fn(&Value) -> bool;

/// Lists by kind.
pub(super) struct Offers {
    pub flavors: List,
    pub images: List,
    pub networks: List,
    pub volume_types: List,
    /// The one that a volume without a type gets.
    pub default_volume_type: Result<Value, String>,
    compute_zones: List,
    volume_zones: List,
    /// Services of the catalog.
    services: BTreeSet<String>,
}

pub(super) async fn ask_offers(asker: Asker<'_>) -> Offers {
    let zones = "availabilityZoneInfo";
    let default = asker.document("block-storage", Base::Endpoint, "/types/default");
    let (flavors, images, networks, volume_types, default, compute_zones, volume_zones) = tokio::join!(
        asker.list("compute", "/flavors/detail", "flavors"),
        asker.list("image", "/images?limit=100", "images"),
        asker.list("network", "/networks", "networks"),
        asker.list("block-storage", "/types", "volume_types"),
        default,
        asker.list("compute", "/os-availability-zone", zones),
        asker.list("block-storage", "/os-availability-zone", zones),
    );
    let default_volume_type = default.and_then(|mut document| {
        let inner = document.get_mut("volume_type").map(Value::take);
        inner.ok_or_else(|| "GET /types/default has no `volume_type`".to_owned())
    });
    Offers {
        flavors,
        images,
        networks,
        volume_types,
        default_volume_type,
        compute_zones,
        volume_zones,
        services: asker.session.services().into_keys().collect(),
    }
}

impl Offers {
    /// Sorted names by kind, and what couldn't be listed though its service is there.
    pub(super) fn names(&self) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
        let all: Wanted = |_| true;
        let kinds: [(&str, &str, &List, &str, Wanted); 6] = [
            ("flavors", "compute", &self.flavors, "name", all),
            ("images", "image", &self.images, "name", is_public_image),
            (
                "external-networks",
                "network",
                &self.networks,
                "name",
                is_external,
            ),
            (
                "volume-types",
                "block-storage",
                &self.volume_types,
                "name",
                all,
            ),
            (
                "compute-zones",
                "compute",
                &self.compute_zones,
                "zoneName",
                all,
            ),
            (
                "volume-zones",
                "block-storage",
                &self.volume_zones,
                "zoneName",
                all,
            ),
        ];
        let (mut names, mut gaps) = (BTreeMap::new(), Vec::new());
        for (kind, service, items, name, wanted) in kinds {
            match items {
                Err(_) if !self.services.contains(service) => {}
                Err(why) => gaps.push(format!("{kind}: {why}")),
                Ok(items) => {
                    let items = items.iter().filter(|item| wanted(item));
                    let found: BTreeSet<&str> =
                        items.filter_map(|item| item.get(name)?.as_str()).collect();
                    let found = found.into_iter().map(str::to_owned).collect();
                    names.insert(kind.to_owned(), found);
                }
            }
        }
        (names, gaps)
    }
}

pub(super) fn is_public_image(image: &Value) -> bool {
    let text = |name: &str| image.get(name).and_then(Value::as_str);
    text("visibility") == Some("public")
        && text("status") == Some("active")
        && image.get("os_hidden").and_then(Value::as_bool) != Some(true)
}

pub(super) fn is_external(network: &Value) -> bool {
    let external = network.get("router:external");
    external.and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
impl Offers {
    pub(super) fn failed(why: impl Fn() -> List) -> Self {
        Self {
            flavors: why(),
            images: why(),
            networks: why(),
            volume_types: why(),
            default_volume_type: why().map(Value::Array),
            compute_zones: why(),
            volume_zones: why(),
            services: BTreeSet::new(),
        }
    }
}
