//! What two clouds say of themselves before any scenario runs: services, versions, extensions and
//! capabilities become differences; roles, quotas, bindings and offers, which belong to the project
//! that a user was given, become lines of what can't be compared.

use crate::compare::{Asker, Difference, EvidenceRef, Kind};
use crate::dialect::services::services;
use crate::recording::{Capability, CloudInfo, Discovery, ServiceInfo};
use crate::scenario::Microversion;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

const PRESENT: &str = "present";
/// The value of what a cloud does not have.
pub(super) const ABSENT: &str = "absent";
/// The values of a service that both catalogs have, where to one of them no request can be sent.
const USABLE: &str = "usable";
const UNUSABLE: &str = "unusable";

/// The place of a service's highest microversion.
pub(super) const HIGHEST: &str = "highest microversion";

/// The operation of what clouds say of themselves before any scenario runs.
pub const OPERATION: &str = "discovery";

/// Differences of kind [`Kind::Capability`] between two clouds. Services of a family that only one of them speaks are none.
pub fn differences(a: &CloudInfo, b: &CloudInfo) -> Vec<Difference> {
    let mut found = Vec::new();
    let spoken: BTreeSet<&str> = families(a).intersection(&families(b)).copied().collect();
    let (a, b) = (&a.discovery, &b.discovery);
    let services: BTreeSet<_> = a.services.keys().chain(b.services.keys()).collect();
    let both_speak = |service: &&String| family_of(service).is_none_or(|f| spoken.contains(f));
    for service in services.into_iter().filter(both_speak) {
        let (Some(of_a), Some(of_b)) = (a.services.get(service), b.services.get(service)) else {
            let place = format!("service {service}");
            let sides = [a, b].map(|of| of.services.contains_key(service));
            let is_listed = [a, b].iter().any(|of| of.unusable.contains_key(service));
            found.extend(if is_listed {
                told(service, place, sides, [USABLE, UNUSABLE])
            } else {
                presence(service, place, sides.into())
            });
            continue;
        };
        let (form_a, form_b) = (endpoint_form(of_a), endpoint_form(of_b));
        if form_a != form_b {
            found.push(seen(
                service,
                "endpoint form".into(),
                form_a.into(),
                form_b.into(),
            ));
        }
        // what a service did not say of itself is told among what could not be asked
        if [a, b].iter().any(|of| did_not_tell_versions(of, service)) {
            continue;
        }
        let edges = |range: Option<&(String, String)>| match range {
            Some((low, high)) => (low.clone(), high.clone()),
            None => (ABSENT.to_owned(), ABSENT.to_owned()),
        };
        let (a_low, a_high) = edges(of_a.microversion.as_ref());
        let (b_low, b_high) = edges(of_b.microversion.as_ref());
        if a_high != b_high {
            found.push(seen(service, HIGHEST.into(), a_high, b_high));
        }
        // where one side has none, that is said once
        if a_low != b_low && a_low != ABSENT && b_low != ABSENT {
            found.push(seen(service, "lowest microversion".into(), a_low, b_low));
        }
        let only_a = only(&of_a.versions, &of_b.versions);
        let only_b = only(&of_b.versions, &of_a.versions);
        if only_a != only_b {
            found.push(seen(service, "api versions".into(), only_a, only_b));
        }
    }
    // where a cloud has no network service, or didn't list its extensions, they are no news
    if !a.extensions.is_empty() && !b.extensions.is_empty() {
        let all: BTreeSet<_> = a.extensions.iter().chain(&b.extensions).collect();
        for extension in all {
            let sides = (
                a.extensions.contains(extension),
                b.extensions.contains(extension),
            );
            found.extend(presence("network", format!("extension {extension}"), sides));
        }
    }
    let capabilities: BTreeSet<_> = a.capabilities.keys().chain(b.capabilities.keys()).collect();
    // that a service is there at all was said above
    for name in capabilities
        .into_iter()
        .filter(|name| !name.starts_with("service."))
    {
        let said = |of: &Discovery| match of.capabilities.get(name) {
            Some(Capability::Present) => Some(true),
            Some(Capability::Absent(_)) => Some(false),
            Some(Capability::Unknown(_)) | None => None,
        };
        let service = name.split('.').next().unwrap_or(name);
        // what a service that is not there can't do needs no saying
        if a.services.contains_key(service) != b.services.contains_key(service) {
            continue;
        }
        if let (Some(of_a), Some(of_b)) = (said(a), said(b)) {
            found.extend(presence(
                service,
                format!("capability {name}"),
                (of_a, of_b),
            ));
        }
    }
    found
}

/// Which differences say again what was discovered: that a service is not there, or where it is looked for in vain, as a
/// catalog does, or refuses microversions that it does not offer. Index → index in `discovered`.
pub fn said_again(
    differences: &[Difference],
    discovered: &[Difference],
    clouds: [&CloudInfo; 2],
) -> BTreeMap<usize, usize> {
    let (mut absent, mut unusable, mut older) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
    for (n, d) in discovered.iter().enumerate() {
        if d.place == HIGHEST {
            older.insert(&*d.service, (n, is_older(&d.a, &d.b)));
        } else if d.place.starts_with("service ") {
            let known = clouds.map(|cloud| cloud.discovery.services.get(&d.service));
            let Some(service) = known.into_iter().flatten().next() else {
                continue;
            };
            let entry = format!("catalog[{}]", service.catalog_type);
            if d.a == UNUSABLE || d.b == UNUSABLE {
                unusable.push((format!(".{entry}.endpoints"), n));
            } else {
                absent.insert(entry, n);
            }
        }
    }
    let again = differences.iter().enumerate().filter_map(|(index, d)| {
        let mut of_unusable = unusable.iter();
        if let Some((_, cause)) = of_unusable.find(|(entry, _)| d.place.contains(entry)) {
            return Some((index, *cause));
        }
        let cause = match d.kind {
            Kind::FieldRemoved | Kind::FieldAdded => absent.get(d.place.rsplit('.').next()?),
            Kind::AcceptedRefused | Kind::RefusedAccepted | Kind::ErrorStatus => {
                let (cause, a_is_older) = older.get(&*d.service)?;
                let refused_by_older = if *a_is_older { &d.a } else { &d.b };
                (refused_by_older == NOT_OFFERED).then_some(cause)
            }
            _ => None,
        };
        Some((index, *cause?))
    });
    again.collect()
}

/// What a microversion that is not offered is refused with.
const NOT_OFFERED: &str = "406";

/// Of two microversions; none is older than any.
fn is_older(a: &str, b: &str) -> bool {
    a.parse::<Microversion>().ok() < b.parse().ok()
}

fn did_not_tell_versions(discovery: &Discovery, service: &str) -> bool {
    let begins = format!("versions of {service}:");
    discovery.gaps.iter().any(|gap| gap.starts_with(&begins))
}

/// The families of APIs that a cloud speaks.
pub fn families(cloud: &CloudInfo) -> BTreeSet<&str> {
    let of_services = cloud.discovery.services.keys();
    let of_services = of_services.filter_map(|service| family_of(service));
    of_services.chain([cloud.family.as_str()]).collect()
}

/// The family that a service belongs to.
pub fn family_of(service: &str) -> Option<&'static str> {
    services().get(service).map(|known| known.family.as_str())
}

/// Whether requests carry the project in their path: clients that build URLs themselves must know.
fn endpoint_form(service: &ServiceInfo) -> &'static str {
    let below = service.endpoint.strip_prefix(&service.root).unwrap_or("");
    let has_project = below.split('/').any(|segment| {
        let segment = segment.strip_prefix("AUTH_").unwrap_or(segment);
        segment.len() >= 32 && segment.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
    });
    if has_project {
        "with the project"
    } else {
        "without the project"
    }
}

fn presence(service: &str, place: String, (a, b): (bool, bool)) -> Option<Difference> {
    told(service, place, [a, b], [PRESENT, ABSENT])
}

/// What is so on one cloud only, with the words for where it is and where it is not.
fn told(
    service: &str,
    place: String,
    sides: [bool; 2],
    [yes, no]: [&str; 2],
) -> Option<Difference> {
    let [a, b] = sides.map(|is_so| if is_so { yes } else { no }.to_owned());
    (a != b).then(|| seen(service, place, a, b))
}

fn seen(service: &str, place: String, a: String, b: String) -> Difference {
    Difference {
        scenario: String::new(),
        service: service.to_owned(),
        operation: OPERATION.into(),
        place,
        kind: Kind::Capability,
        asker: Asker::Owner,
        a,
        b,
        step: String::new(),
        rows: vec![],
        repeats: (1, 1),
        evidence: (EvidenceRef::default(), EvidenceRef::default()),
    }
}

fn only(here: &[String], there: &[String]) -> String {
    let list: Vec<_> = here
        .iter()
        .filter(|version| !there.contains(version))
        .map(String::as_str)
        .collect();
    if list.is_empty() {
        ABSENT.to_owned()
    } else {
        list.join(", ")
    }
}

/// Lines about what lies in the user's project and not in the cloud, over all clouds at once.
pub fn not_comparable(clouds: &[(&str, &Discovery)]) -> Vec<String> {
    let mut lines = Vec::new();
    let users = keys(clouds, |d| d.users.keys());
    for user in users {
        let roles = each(clouds, |d| {
            d.users.get(user).map(|info| {
                let mut roles = info.roles.clone();
                roles.sort();
                roles.join(" ")
            })
        });
        lines.extend(unlike(&format!("roles of {user}"), "no such user", &roles));
    }
    for binding in keys(clouds, |d| d.bindings.keys()) {
        let shapes = each(clouds, |d| {
            d.bindings.get(binding).map(|bound| shape(&bound.document))
        });
        lines.extend(unlike(&format!("{binding} is not alike"), "none", &shapes));
    }
    for service in keys(clouds, |d| d.quotas.keys()) {
        lines.extend(quotas(service, clouds));
    }
    for offer in keys(clouds, |d| d.offers.keys()) {
        lines.extend(offers(offer, clouds));
    }
    for (cloud, discovery) in clouds {
        for (name, capability) in &discovery.capabilities {
            if let Capability::Unknown(why) = capability {
                lines.push(format!(
                    "capability {name} could not be asked on {cloud}: {why}"
                ));
            }
        }
        for (service, why) in &discovery.unusable {
            lines.push(format!("{service} can't be used on {cloud}: {why}"));
        }
        for gap in &discovery.gaps {
            lines.push(format!("{cloud} did not tell: {gap}"));
        }
        if !discovery.other_services.is_empty() {
            lines.push(format!(
                "not looked at on {cloud}: {}",
                discovery.other_services.join(", ")
            ));
        }
    }
    lines
}

fn keys<'a, I, K>(
    clouds: &[(&'a str, &'a Discovery)],
    of: impl Fn(&'a Discovery) -> I,
) -> BTreeSet<K>
where
    I: IntoIterator<Item = K>,
    K: Ord,
{
    clouds
        .iter()
        .flat_map(|(_, discovery)| of(discovery))
        .collect()
}

fn each<'a, T>(
    clouds: &[(&'a str, &'a Discovery)],
    of: impl Fn(&'a Discovery) -> Option<T>,
) -> Vec<(&'a str, Option<T>)> {
    clouds.iter().map(|(cloud, d)| (*cloud, of(d))).collect()
}

/// "what: private x · public y", or nothing where all are the same.
fn unlike<T: PartialEq + Display>(
    what: &str,
    none: &str,
    values: &[(&str, Option<T>)],
) -> Option<String> {
    let (_, first) = values.first()?;
    if values.iter().all(|(_, value)| value == first) {
        return None;
    }
    let sides: Vec<_> = values
        .iter()
        .map(|(cloud, value)| match value {
            Some(value) => format!("{cloud} {value}"),
            None => format!("{cloud} {none}"),
        })
        .collect();
    Some(format!("{what}: {}", sides.join(" · ")))
}

/// Of a flavor's or an image's document, what a workload on it would feel. Names are the owner's.
fn shape(document: &serde_json::Value) -> String {
    const FELT: [&str; 9] = [
        "vcpus",
        "ram",
        "disk",
        "size",
        "disk_format",
        "container_format",
        "min_disk",
        "min_ram",
        "mtu",
    ];
    let felt: Vec<_> = FELT
        .iter()
        .filter_map(|name| document.get(name).map(|value| (name, value)))
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name} {text}"),
            None => format!("{name} {value}"),
        })
        .collect();
    felt.join(", ")
}

/// "flavors: private 5 · public 12, 3 names in common".
fn offers(offer: &str, clouds: &[(&str, &Discovery)]) -> Option<String> {
    let sets: Vec<BTreeSet<&String>> = clouds
        .iter()
        .map(|(_, d)| d.offers.get(offer).into_iter().flatten().collect())
        .collect();
    let first = sets.first()?;
    if sets.iter().all(|set| set == first) {
        return None;
    }
    let common = first
        .iter()
        .filter(|name| sets.iter().all(|set| set.contains(*name)))
        .count();
    let counts: Vec<_> = clouds
        .iter()
        .zip(&sets)
        .map(|((cloud, _), set)| format!("{cloud} {}", set.len()))
        .collect();
    Some(format!(
        "{offer}: {}; {common} name{} in common",
        counts.join(" · "),
        if common == 1 { "" } else { "s" }
    ))
}

/// "quotas of compute (private · public): cores 20 · 8, instances 10 · unlimited".
fn quotas(service: &str, clouds: &[(&str, &Discovery)]) -> Option<String> {
    let names = keys(clouds, |d| {
        d.quotas.get(service).into_iter().flat_map(BTreeMap::keys)
    });
    let unlike: Vec<_> = names
        .into_iter()
        .filter_map(|name| {
            let limits = each(clouds, |d| d.quotas.get(service)?.get(name));
            let (_, first) = limits.first()?;
            if limits.iter().all(|(_, limit)| limit == first) {
                return None;
            }
            let words: Vec<_> = limits
                .iter()
                .map(|(_, limit)| match limit {
                    Some(limit) if **limit < 0 => "unlimited".to_owned(),
                    Some(limit) => limit.to_string(),
                    None => "not said".to_owned(),
                })
                .collect();
            Some(format!("{name} {}", words.join(" · ")))
        })
        .collect();
    let names: Vec<_> = clouds.iter().map(|(name, _)| *name).collect();
    (!unlike.is_empty()).then(|| {
        format!(
            "quotas of {service} ({}): {}",
            names.join(" · "),
            unlike.join(", ")
        )
    })
}

/// Services whose microversion ranges are not the same on both clouds.
pub fn unlike_microversions(a: &Discovery, b: &Discovery) -> BTreeSet<String> {
    a.services
        .iter()
        .filter(|(name, of_a)| {
            b.services
                .get(*name)
                .is_some_and(|of_b| of_a.microversion != of_b.microversion)
        })
        .map(|(name, _)| name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Rules;
    use crate::recording::{Binding, ServiceInfo, Target, UserInfo};
    use serde_json::json;

    fn service(range: Option<(&str, &str)>, versions: &[&str]) -> ServiceInfo {
        ServiceInfo {
            microversion: range.map(|(low, high)| (low.into(), high.into())),
            versions: versions.iter().map(|v| (*v).to_owned()).collect(),
            ..ServiceInfo::default()
        }
    }

    fn cloud(high: &str, roles: &[&str], cores: i64, ram: u32) -> Discovery {
        Discovery {
            services: [
                (
                    "compute".to_owned(),
                    service(Some(("2.1", high)), &["v2.1"]),
                ),
                ("network".to_owned(), service(None, &["v2.0"])),
            ]
            .into(),
            users: [(
                "main".to_owned(),
                UserInfo {
                    roles: roles.iter().map(|r| (*r).to_owned()).collect(),
                    ..UserInfo::default()
                },
            )]
            .into(),
            bindings: [(
                "flavor.small".to_owned(),
                Binding {
                    id: "1".into(),
                    name: "tiny".into(),
                    document: json!({"vcpus": 1, "ram": ram, "name": "tiny"}),
                    chosen: "smallest".into(),
                },
            )]
            .into(),
            quotas: [("compute".to_owned(), [("cores".to_owned(), cores)].into())].into(),
            ..Discovery::default()
        }
    }

    fn info(discovery: &Discovery) -> CloudInfo {
        CloudInfo {
            name: "a".into(),
            family: "openstack".into(),
            target: Target::default(),
            discovery: discovery.clone(),
        }
    }

    #[test]
    fn services_of_a_family_that_one_cloud_does_not_speak_are_no_difference() {
        let a = info(&cloud("2.96", &[], 20, 512));
        let mut b = info(&Discovery::default());
        b.family = "s3".into();
        b.discovery.services.insert("s3".into(), service(None, &[]));
        assert!(differences(&a, &b).is_empty());
        assert!(differences(&b, &a).is_empty());
    }

    #[test]
    fn a_cloud_is_no_different_from_itself() {
        let mut a = cloud("2.96", &["member"], 20, 512);
        a.extensions = vec!["trunk".into()];
        a.capabilities.insert("x.y".into(), Capability::Present);
        let of = info(&a);
        assert!(differences(&of, &of).is_empty());
        let lines = not_comparable(&[("a", &a), ("b", &a)]);
        assert!(lines.is_empty(), "{lines:?}");
    }

    #[test]
    fn ranges_versions_extensions_and_capabilities_are_each_one_difference() {
        let mut a = cloud("2.96", &[], 20, 512);
        let mut b = cloud("2.79", &[], 20, 512);
        a.services
            .insert("image".into(), service(None, &["v2.0", "v2.16"]));
        b.services.insert("image".into(), service(None, &["v2.0"]));
        b.services.insert("object-store".into(), service(None, &[]));
        a.extensions = vec!["router".into(), "trunk".into()];
        b.extensions = vec!["router".into()];
        a.capabilities
            .insert("image.tagging".into(), Capability::Absent("404".into()));
        b.capabilities
            .insert("image.tagging".into(), Capability::Present);
        a.capabilities
            .insert("image.import".into(), Capability::Unknown("timeout".into()));
        b.capabilities
            .insert("image.import".into(), Capability::Present);
        let rules = Rules::embedded().unwrap();
        let table: Vec<_> = differences(&info(&a), &info(&b))
            .iter()
            .map(|d| {
                let verdict = rules.judge(d).unwrap();
                format!(
                    "{} {}: {} | {} -> {} {:?}/{:?}",
                    d.service, d.place, d.a, d.b, verdict.rule.id, verdict.forward, verdict.back
                )
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn a_cloud_without_networking_is_not_told_of_each_extension() {
        let mut a = cloud("2.96", &[], 20, 512);
        a.extensions = vec!["router".into(), "trunk".into()];
        let mut b = cloud("2.96", &[], 20, 512);
        b.services.remove("network");
        let found = differences(&info(&a), &info(&b));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "service network");
    }

    #[test]
    fn a_service_that_no_request_can_be_sent_to_is_not_told_as_one_that_is_not_there() {
        let mut a = cloud("2.96", &[], 20, 512);
        let mut b = cloud("2.96", &[], 20, 512);
        b.services.remove("network");
        let network = a.services.get_mut("network").unwrap();
        network.catalog_type = "network".into();
        let why = "the catalog's URL `nowhere`: no scheme";
        b.unusable.insert("network".into(), why.into());
        let found = differences(&info(&a), &info(&b));
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].a, &*found[0].b), (USABLE, UNUSABLE));
        let rules = Rules::embedded().unwrap();
        let verdict = rules.judge(&found[0]).unwrap();
        assert_eq!(verdict.rule.id, "service-unusable");
        let lines = not_comparable(&[("private", &a), ("public", &b)]).join("\n");
        assert!(lines.contains(why), "{lines}");
        let at = |place: &str| Difference {
            place: place.into(),
            kind: Kind::Value,
            ..seen("identity", String::new(), "here".into(), "there".into())
        };
        let differences = [
            at("$.token.catalog[network].endpoints[public].url"),
            at("$.token.catalog[compute].endpoints[public].url"),
        ];
        let again = said_again(&differences, &found, [&info(&a), &info(&b)]);
        assert_eq!(again, [(0, 0)].into());
    }

    #[test]
    fn a_service_that_is_not_there_is_one_difference_whatever_it_could_do_and_the_catalog_says() {
        let mut a = cloud("2.96", &[], 20, 512);
        let b = cloud("2.96", &[], 20, 512);
        let mut of = service(None, &[]);
        of.catalog_type = "object-store".into();
        a.services.insert("object-store".into(), of);
        a.capabilities
            .insert("object-store.slo".into(), Capability::Present);
        let (a, mut b) = (info(&a), info(&b));
        b.discovery.capabilities.insert(
            "object-store.slo".into(),
            Capability::Absent("no object-store".into()),
        );
        let found = differences(&a, &b);
        let places: Vec<&str> = found.iter().map(|d| d.place.as_str()).collect();
        assert_eq!(places, ["service object-store"]);
        let in_catalog = |place: &str| Difference {
            place: place.into(),
            kind: Kind::FieldRemoved,
            ..seen("identity", String::new(), "object".into(), ABSENT.into())
        };
        let differences = [
            in_catalog("$.catalog[network]"),
            in_catalog("$.token.catalog[object-store]"),
            in_catalog("$.token.expires_at"),
        ];
        let again = said_again(&differences, &found, [&a, &b]);
        assert_eq!(again, [(1, 0)].into());
    }

    #[test]
    fn a_microversion_that_is_refused_where_it_is_not_offered_says_so_again() {
        let (a, b) = (cloud("2.96", &[], 20, 512), cloud("2.79", &[], 20, 512));
        let (a, b) = (info(&a), info(&b));
        let found = differences(&a, &b);
        let refused = |in_a: &str, in_b: &str| Difference {
            kind: Kind::AcceptedRefused,
            ..seen("compute", "status".into(), in_a.into(), in_b.into())
        };
        let differences = [
            refused("200", "406"),
            refused("406", "200"),
            refused("200", "403"),
        ];
        assert_eq!(said_again(&differences, &found, [&a, &b]), [(0, 0)].into());
    }

    #[test]
    fn a_service_that_did_not_answer_has_no_other_versions() {
        let a = cloud("2.96", &[], 20, 512);
        let mut b = cloud("2.96", &[], 20, 512);
        b.services.insert("compute".into(), service(None, &[]));
        assert_eq!(differences(&info(&a), &info(&b)).len(), 2);
        b.gaps.push("versions of compute: GET / answers 503".into());
        assert!(differences(&info(&a), &info(&b)).is_empty());
    }

    #[test]
    fn what_lies_in_the_project_is_said_in_lines() {
        let a = cloud("2.96", &["member"], 20, 512);
        let mut b = cloud("2.96", &["reader", "member"], -1, 2048);
        b.other_services = vec!["dns".into(), "key-manager".into()];
        b.offers
            .insert("flavors".into(), vec!["tiny".into(), "huge".into()]);
        b.capabilities
            .insert("image.import".into(), Capability::Unknown("timeout".into()));
        let mut a = a;
        a.offers.insert("flavors".into(), vec!["tiny".into()]);
        insta::assert_snapshot!(not_comparable(&[("private", &a), ("public", &b)]).join("\n"));
    }
}
