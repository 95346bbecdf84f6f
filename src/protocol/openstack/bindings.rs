//! Bindings: the flavor, image, network and volume type that scenarios name without knowing the cloud.

use super::asking::{Asker, segment};
use super::flavors::{Flavor, Needs, next_up, smallest};
use super::offers::{Offers, is_external, is_public_image};
use super::own_image::promised;
use super::reading::printable;
use crate::profile::{BindTo, Profile};
use crate::recording::Binding;
use crate::scenario::Base;
use serde_json::Value;
use std::collections::BTreeMap;

/// By name: a binding, or why there is none.
pub(super) type Bound = BTreeMap<String, Result<Binding, String>>;

/// A kind of thing that a binding may name.
struct Kind {
    /// `flavor` of `flavor.small`
    word: &'static str,
    service: &'static str,
    path: &'static str,
    /// Member that holds the document of a single one; glance has none.
    inner: Option<&'static str>,
}

const KINDS: [Kind; 4] = [
    Kind {
        word: "flavor",
        service: "compute",
        path: "/flavors",
        inner: Some("flavor"),
    },
    Kind {
        word: "image",
        service: "image",
        path: "/images",
        inner: None,
    },
    Kind {
        word: "network",
        service: "network",
        path: "/networks",
        inner: Some("network"),
    },
    Kind {
        word: "volume-type",
        service: "block-storage",
        path: "/types",
        inner: Some("volume_type"),
    },
];

/// The profile's bindings, then those that it leaves to us.
pub(super) async fn bind(asker: Asker<'_>, offers: &Offers, profile: &Profile) -> Bound {
    let mut bound = Bound::new();
    let uploads = |to: &&BindTo| **to == BindTo::Upload;
    let uploads = profile.bindings.values().filter(uploads).count();
    for (name, to) in &profile.bindings {
        let binding = match to {
            BindTo::Named(wanted) => of_profile(asker, offers, name, wanted).await,
            BindTo::Upload => promised(asker.session, profile, uploads),
        };
        bound.insert(name.clone(), binding);
    }
    choose(offers, &mut bound);
    bound
}

async fn of_profile(
    asker: Asker<'_>,
    offers: &Offers,
    name: &str,
    wanted: &str,
) -> Result<Binding, String> {
    let word = name.split('.').next().unwrap_or_default();
    let Some(kind) = KINDS.iter().find(|kind| kind.word == word) else {
        // Anything else (a zone, say) is its own value.
        return Ok(Binding {
            id: wanted.to_owned(),
            name: wanted.to_owned(),
            document: Value::Null,
            chosen: "profile".to_owned(),
        });
    };
    let listed = match kind.word {
        "flavor" => &offers.flavors,
        "image" => &offers.images,
        "network" => &offers.networks,
        _ => &offers.volume_types,
    };
    let chosen = "profile".to_owned();
    if let Ok(items) = listed
        && let Some(item) = by_id_or_name(items, wanted, word)?
    {
        return binding(item, chosen).ok_or_else(|| nameless(word));
    }
    // What is not listed (a community image, a private flavor) may still be had by id.
    let target = format!("{}/{}", kind.path, segment(wanted));
    let why = match asker.document(kind.service, Base::Endpoint, &target).await {
        Ok(document) => {
            let inner = kind.inner.map_or(Some(&document), |key| document.get(key));
            match inner.and_then(|inner| binding(inner, chosen)) {
                Some(binding) => return Ok(binding),
                None => nameless(word),
            }
        }
        Err(why) => why,
    };
    let wanted = printable(wanted);
    Err(format!(
        "the profile says `{wanted}`, and no {word} has this id or name ({why})"
    ))
}

fn nameless(word: &str) -> String {
    format!("the cloud's document of the {word} has no id")
}

/// An id goes before a name; a name that two have is an error.
fn by_id_or_name<'a>(
    items: &'a [Value],
    wanted: &str,
    word: &str,
) -> Result<Option<&'a Value>, String> {
    let is = |item: &&Value, member: &str| item.get(member).and_then(Value::as_str) == Some(wanted);
    if let Some(item) = items.iter().find(|item| is(item, "id")) {
        return Ok(Some(item));
    }
    let named: Vec<&Value> = items.iter().filter(|item| is(item, "name")).collect();
    match named.as_slice() {
        [] => Ok(None),
        [item] => Ok(Some(item)),
        several => Err(format!(
            "the profile says `{}`, and {} {word}s have this name; give an id",
            printable(wanted),
            several.len()
        )),
    }
}

fn binding(document: &Value, chosen: String) -> Option<Binding> {
    let text = |member: &str| document.get(member).and_then(Value::as_str);
    Some(Binding {
        id: text("id")?.to_owned(),
        name: text("name").unwrap_or_default().to_owned(),
        document: document.clone(),
        chosen,
    })
}

/// Adds what the profile doesn't name.
fn choose(offers: &Offers, bound: &mut Bound) {
    let add = |bound: &mut Bound, name: &str, choice: Result<(&Value, String), String>| {
        let choice = choice
            .and_then(|(document, chosen)| binding(document, chosen).ok_or_else(|| nameless(name)));
        bound.entry(name.to_owned()).or_insert(choice);
    };
    add(bound, "image.small", listed(&offers.images).and_then(image));
    let needs = match bound.get("image.small") {
        Some(Ok(image)) => Needs::of(&image.document),
        _ => Needs::default(),
    };
    let flavors = listed(&offers.flavors);
    let small = flavors.clone().and_then(|all| smallest(all, needs));
    let small = small.map(|(flavor, chosen)| (flavor.document, chosen));
    add(bound, "flavor.small", small);
    let medium = match bound.get("flavor.small") {
        Some(Ok(small)) => Flavor::read(&small.document)
            .ok_or_else(|| "flavor.small doesn't say its size".to_owned())
            .and_then(|small| next_up(flavors?, &small))
            .map(|(flavor, chosen)| (flavor.document, chosen)),
        _ => Err("flavor.small is not bound".to_owned()),
    };
    add(bound, "flavor.medium", medium);
    let network = listed(&offers.networks).and_then(external_network);
    add(bound, "network.external", network);
    add(bound, "volume-type.default", volume_type(offers));
}

fn listed(list: &Result<Vec<Value>, String>) -> Result<&[Value], String> {
    list.as_deref().map_err(Clone::clone)
}

/// The smallest public image, those named after the usual test image first.
fn image(images: &[Value]) -> Result<(&Value, String), String> {
    let text = |image: &Value, member: &str| {
        let value = image.get(member).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    // Kernels and ramdisks boot nothing by themselves.
    let boots = |image: &&Value| {
        let format = text(image, "disk_format");
        !matches!(format.as_str(), "aki" | "ari" | "iso")
    };
    let size = |image: &Value| image.get("size").and_then(Value::as_u64);
    let is_test = |image: &Value| text(image, "name").to_lowercase().contains("cirros");
    let public: Vec<&Value> = images.iter().filter(|i| is_public_image(i)).collect();
    let usable = public.iter().copied().filter(boots);
    let usable = usable.filter(|image| size(image).is_some_and(|size| size > 0));
    let chosen = usable.min_by_key(|image| {
        (
            !is_test(image),
            size(image),
            text(image, "name"),
            text(image, "id"),
        )
    });
    let Some(image) = chosen else {
        return Err(format!(
            "of {} images, {} are public and active, and none of these can be booted; \
             `\"image.small\" = {{ upload = true }}` under [bindings] would make one for each run",
            images.len(),
            public.len()
        ));
    };
    let why = if is_test(image) {
        "smallest public image named after cirros"
    } else {
        "smallest public image"
    };
    let bytes = size(image).unwrap_or(0);
    Ok((
        image,
        format!("{why}, of {} public ones ({bytes} bytes)", public.len()),
    ))
}

/// The default one, else the first by name.
fn external_network(networks: &[Value]) -> Result<(&Value, String), String> {
    let text = |network: &Value, member: &str| {
        let value = network.get(member).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let is_default =
        |network: &Value| network.get("is_default").and_then(Value::as_bool) == Some(true);
    let has_subnet = |network: &Value| {
        network
            .get("subnets")
            .and_then(Value::as_array)
            .is_none_or(|s| !s.is_empty())
    };
    let external: Vec<&Value> = networks.iter().filter(|n| is_external(n)).collect();
    let chosen = external.iter().copied().min_by_key(|network| {
        (
            !is_default(network),
            !has_subnet(network),
            text(network, "name"),
            text(network, "id"),
        )
    });
    let Some(network) = chosen else {
        return Err(format!("of {} networks none is external", networks.len()));
    };
    let why = if is_default(network) {
        "the cloud's default external network".to_owned()
    } else if external.len() == 1 {
        "the only external network".to_owned()
    } else {
        format!("the first by name of {} external networks", external.len())
    };
    Ok((network, why))
}

fn volume_type(offers: &Offers) -> Result<(&Value, String), String> {
    let why = match &offers.default_volume_type {
        Ok(default) => return Ok((default, "the cloud's default volume type".to_owned())),
        Err(why) => why,
    };
    match listed(&offers.volume_types)? {
        [only] => Ok((only, "the only volume type".to_owned())),
        types => Err(format!("{why}; and there are {} volume types", types.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn image_of(name: &str, size: u64, visibility: &str) -> Value {
        json!({ "id": name, "name": name, "size": size, "visibility": visibility, "status": "active", "disk_format": "raw" })
    }

    #[test]
    fn the_small_image_is_a_public_one_by_name_then_size() {
        let mut images = vec![
            image_of("ubuntu", 500, "public"),
            image_of("alpine", 50, "public"),
            image_of("mine", 1, "private"),
            image_of("empty", 0, "public"),
        ];
        assert_eq!(image(&images).unwrap().0["id"], "alpine");
        images.push(image_of("CirrOS 0.6", 70, "public"));
        let (chosen, why) = image(&images).unwrap();
        assert_eq!(chosen["id"], "CirrOS 0.6");
        assert!(
            why.contains("cirros") && why.contains("of 4 public"),
            "{why}"
        );
        let why = image(&images[2..3]).unwrap_err();
        assert!(why.contains("of 1 images, 0 are public"), "{why}");
    }

    #[test]
    fn the_external_network_is_the_default_one_else_the_first_by_name() {
        let network = |name: &str, external: bool, default: bool| json!({ "id": name, "name": name, "router:external": external, "is_default": default });
        let two = [
            network("b", true, false),
            network("a", true, false),
            network("0", false, false),
        ];
        assert_eq!(external_network(&two).unwrap().0["id"], "a");
        let default = [network("b", true, true), network("a", true, false)];
        assert_eq!(external_network(&default).unwrap().0["id"], "b");
        assert!(
            external_network(&two[2..])
                .unwrap_err()
                .contains("none is external")
        );
    }

    #[test]
    fn a_name_that_two_things_have_is_no_name() {
        let items = [
            json!({ "id": "1", "name": "x" }),
            json!({ "id": "2", "name": "x" }),
            json!({ "id": "x1", "name": "1" }),
        ];
        let find = |wanted| by_id_or_name(&items, wanted, "image");
        assert_eq!(find("1").unwrap().unwrap()["name"], "x");
        assert!(find("x").unwrap_err().contains("2 images have this name"));
        assert_eq!(find("y").unwrap(), None);
    }

    #[test]
    fn lists_that_failed_leave_reasons() {
        let failed = || Err("503".to_owned());
        let offers = Offers::failed(failed);
        let mut bound = Bound::new();
        choose(&offers, &mut bound);
        for name in [
            "image.small",
            "flavor.small",
            "network.external",
            "volume-type.default",
        ] {
            assert!(bound[name].as_ref().unwrap_err().contains("503"), "{name}");
        }
        let medium = bound["flavor.medium"].as_ref().unwrap_err();
        assert_eq!(medium, "flavor.small is not bound");
    }

    #[test]
    fn what_the_profile_bound_is_kept_and_built_upon() {
        let mut offers = Offers::failed(|| Err("none".to_owned()));
        let flavor =
            |id: &str, ram: u64| json!({ "id": id, "name": id, "ram": ram, "disk": 1, "vcpus": 1 });
        offers.flavors = Ok(vec![flavor("a", 1), flavor("b", 2), flavor("c", 3)]);
        let mut bound = Bound::new();
        let own = binding(&flavor("b", 2), "profile".to_owned()).unwrap();
        bound.insert("flavor.small".to_owned(), Ok(own));
        choose(&offers, &mut bound);
        assert_eq!(bound["flavor.small"].as_ref().unwrap().chosen, "profile");
        assert_eq!(bound["flavor.medium"].as_ref().unwrap().id, "c");
    }
}
