//! The services of all families: names, catalog types, version paths, microversion headers. Data:
//! `services.toml` of each family.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static SERVICES: LazyLock<Services> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program; a test reads it"
    )]
    read().expect("services.toml is well formed")
});

/// Each family's file; the family is where the file lies.
const FILES: [(&str, &str); 3] = [
    ("openstack", include_str!("openstack/services.toml")),
    ("s3", include_str!("s3/services.toml")),
    ("ec2", include_str!("ec2/services.toml")),
];

fn read() -> Result<Services, toml::de::Error> {
    let mut all = BTreeMap::new();
    for (family, text) in FILES {
        let services: BTreeMap<String, Service> = toml::from_str(text)?;
        for (name, mut service) in services {
            family.clone_into(&mut service.family);
            // every API of keystone's cloud speaks JSON
            if family == "openstack" {
                service.accept = Some("application/json".to_owned());
            }
            all.insert(name, service);
        }
    }
    Ok(Services(all))
}

/// All services that the dialect knows.
pub fn services() -> &'static Services {
    &SERVICES
}

#[derive(Debug)]
pub struct Services(BTreeMap<String, Service>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// For people.
    pub title: String,
    /// Catalog types, preferred first.
    pub types: Vec<String>,
    /// Path segment that a catalog URL gets where it has none.
    pub version: Option<String>,
    /// Paths below the root that may hold the version document.
    pub versions: Vec<String>,
    /// `openstack`, `s3` or `ec2`: whose services it belongs to.
    #[serde(default)]
    pub family: String,
    /// What requests say they accept, unless their author says otherwise.
    pub accept: Option<String>,
    /// It speaks the Query protocol, and this is the version that it is asked for.
    pub query: Option<String>,
    /// Header and value with `{version}`.
    #[serde(default)]
    microversion: Vec<(String, String)>,
}

impl Services {
    pub fn get(&self, name: &str) -> Option<&Service> {
        self.0.get(name)
    }

    /// Sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether some service is of the family.
    pub fn has_family(&self, family: &str) -> bool {
        self.of_family(family).next().is_some()
    }

    /// Those of a family, sorted.
    pub fn of_family(&self, family: &str) -> impl Iterator<Item = &str> {
        self.iter()
            .filter(move |(_, service)| service.family == family)
            .map(|(name, _)| name)
    }

    /// Sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Service)> {
        self.0
            .iter()
            .map(|(name, service)| (name.as_str(), service))
    }

    /// The service that claims a catalog type.
    pub fn of_type(&self, catalog_type: &str) -> Option<&str> {
        self.iter()
            .find(|(_, service)| service.types.iter().any(|t| t == catalog_type))
            .map(|(name, _)| name)
    }
}

impl Service {
    pub fn has_microversions(&self) -> bool {
        !self.microversion.is_empty()
    }

    /// The headers that ask for a microversion; none for a service without microversions.
    pub fn version_headers(&self, version: &str) -> Vec<(String, String)> {
        self.microversion
            .iter()
            .map(|(name, value)| (name.clone(), value.replace("{version}", version)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_services_claim_a_catalog_type() {
        let mut seen = BTreeSet::new();
        for (name, service) in services().iter() {
            assert!(!service.types.is_empty(), "{name}");
            assert_eq!(service.types[0], name, "the official type comes first");
            for catalog_type in &service.types {
                assert!(seen.insert(catalog_type), "{catalog_type}");
                assert_eq!(services().of_type(catalog_type), Some(name));
            }
        }
        assert_eq!(services().of_type("cloudformation"), None);
    }

    #[test]
    fn paths_begin_with_a_slash_and_headers_name_the_version() {
        for (name, service) in services().iter() {
            for path in &service.versions {
                assert!(path.is_empty() || path.starts_with('/'), "{name}: {path}");
            }
            for (_, value) in service.version_headers("9.87") {
                assert!(value.ends_with("9.87"), "{name}: {value}");
            }
        }
    }

    #[test]
    fn compute_is_asked_in_both_spellings() {
        let compute = services().get("compute").unwrap();
        let headers = compute.version_headers("2.37");
        let expected = [
            ("OpenStack-API-Version", "compute 2.37"),
            ("X-OpenStack-Nova-API-Version", "2.37"),
        ];
        assert_eq!(headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert!(!services().get("image").unwrap().has_microversions());
    }
}
