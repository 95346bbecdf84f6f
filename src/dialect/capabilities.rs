//! What a cloud may say of itself, and how it is asked. Data: `openstack/capabilities.toml`, and `ec2/capabilities.toml`
//! for services that list no capabilities and are asked for one thing of each area.

use super::services::services;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program; a test reads it"
    )]
    Capabilities::read(include_str!("openstack/capabilities.toml"))
        .expect("capabilities.toml is well formed")
});

static AREAS: LazyLock<Areas> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program; a test reads it"
    )]
    toml::from_str(include_str!("ec2/capabilities.toml")).expect("capabilities.toml is well formed")
});

/// The areas of EC2.
pub fn areas() -> &'static Areas {
    &AREAS
}

/// Areas of EC2, and what an answer says that means that one is not there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Areas {
    present: PresentArea,
    absent: AbsentArea,
    area: BTreeMap<String, Area>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PresentArea {
    codes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AbsentArea {
    statuses: Vec<u16>,
    codes: Vec<String>,
    /// In small letters.
    texts: Vec<String>,
}

/// One area.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// For people.
    pub means: String,
    /// An action that only reads, with its members: `DescribeVpcs`.
    pub action: String,
}

impl Areas {
    /// The service whose areas they are.
    pub const SERVICE: &'static str = "ec2";

    /// By the names of their capabilities (`ec2.vpc`).
    pub fn all(&self) -> impl Iterator<Item = (String, &Area)> {
        let named = |(name, area)| (format!("{}.{name}", Self::SERVICE), area);
        self.area.iter().map(named)
    }

    /// Whether a refusal with this code says that the action is known.
    pub fn is_present(&self, code: &str) -> bool {
        self.present.codes.iter().any(|known| known == code)
    }

    /// Whether an answer with this status, code and text says that the service has no such area.
    pub fn is_absent(&self, status: u16, code: &str, text: &str) -> bool {
        let text = text.to_lowercase();
        let absent = &self.absent;
        absent.statuses.contains(&status)
            || absent.codes.iter().any(|known| known == code)
            || absent.texts.iter().any(|known| text.contains(known))
    }
}

/// All capabilities that the dialect knows.
pub fn capabilities() -> &'static Capabilities {
    &CAPABILITIES
}

#[derive(Debug)]
pub struct Capabilities {
    probes: BTreeMap<String, Probe>,
    declared: BTreeMap<String, Declared>,
}

/// One GET whose answer lists words.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub service: String,
    pub base: ProbeBase,
    pub path: String,
    at: String,
    item: Option<String>,
    /// Statuses that say that none of it is there.
    #[serde(default)]
    pub absent: Vec<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeBase {
    /// The service's URL without version and project.
    Root,
    Endpoint,
}

/// A capability that a probe tells of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// For people.
    pub means: String,
    pub probe: String,
    /// Any of these words.
    pub holds: Vec<String>,
}

impl Capabilities {
    fn read(text: &str) -> Result<Self, String> {
        let mut tables: BTreeMap<String, toml::Table> =
            toml::from_str(text).map_err(|error| error.to_string())?;
        let probes = tables.remove("probe").unwrap_or_default();
        let probes: BTreeMap<String, Probe> =
            probes.try_into().map_err(|error| error.to_string())?;
        let mut declared = BTreeMap::new();
        for (service, table) in tables {
            let table: BTreeMap<String, Declared> =
                table.try_into().map_err(|error| error.to_string())?;
            for (name, capability) in table {
                if !probes.contains_key(&capability.probe) {
                    return Err(format!("{service}.{name}: no probe `{}`", capability.probe));
                }
                declared.insert(format!("{service}.{name}"), capability);
            }
        }
        Ok(Self { probes, declared })
    }

    pub fn probes(&self) -> impl Iterator<Item = (&str, &Probe)> {
        self.probes
            .iter()
            .map(|(name, probe)| (name.as_str(), probe))
    }

    /// Capabilities that a probe tells of, by name.
    pub fn declared(&self) -> impl Iterator<Item = (&str, &Declared)> {
        self.declared
            .iter()
            .map(|(name, capability)| (name.as_str(), capability))
    }

    /// Every name that a scenario may require, `service.…` included.
    pub fn names(&self) -> Vec<String> {
        let services = services().names().map(|name| format!("service.{name}"));
        let areas = areas().all().map(|(name, _)| name);
        let declared = self.declared.keys().cloned();
        declared.chain(services).chain(areas).collect()
    }
}

impl Probe {
    /// The words that an answer lists; `None` if it has another form than a probe's answer should have.
    pub fn words(&self, document: &Value) -> Option<BTreeSet<String>> {
        match document.pointer(&self.at)? {
            Value::Object(members) => Some(members.keys().cloned().collect()),
            Value::Array(items) => items
                .iter()
                .map(|item| {
                    let word = match &self.item {
                        Some(member) => item.get(member)?,
                        None => item,
                    };
                    word.as_str().map(str::to_owned)
                })
                .collect(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_capability_belongs_to_the_service_that_its_probe_asks() {
        let all = capabilities();
        for (name, capability) in all.declared() {
            let probe = &all.probes[&capability.probe];
            assert!(services().get(&probe.service).is_some(), "{name}");
            assert!(name.starts_with(&format!("{}.", probe.service)), "{name}");
            assert!(!capability.holds.is_empty(), "{name}");
        }
        for (name, probe) in all.probes() {
            assert!(probe.path.starts_with('/'), "{name}");
            let used = all.declared().any(|(_, c)| c.probe == name);
            assert!(used, "nothing asks {name}");
        }
    }

    #[test]
    fn areas_are_asked_for_by_actions_that_only_read() {
        use crate::dialect::query::{Act, act};
        for (name, area) in areas().all() {
            let action = area.action.split('?').next().unwrap();
            assert_eq!(act(action), Act::Reads, "{name}");
        }
        assert!(areas().is_absent(400, "InvalidAction", ""));
        assert!(areas().is_absent(500, "", "X has Not been Implemented"));
        assert!(!areas().is_absent(403, "UnauthorizedOperation", "no"));
    }

    #[test]
    fn services_are_capabilities() {
        let names = capabilities().names();
        for name in ["object-store.slo", "service.orchestration", "ec2.vpc"] {
            assert!(names.iter().any(|n| n == name), "{name}");
        }
    }

    #[test]
    fn a_capability_without_its_probe_is_refused() {
        let text = "[x.y]\nmeans = 'm'\nprobe = 'none'\nholds = ['a']";
        assert_eq!(
            Capabilities::read(text).unwrap_err(),
            "x.y: no probe `none`"
        );
    }

    #[test]
    fn words_are_member_names_strings_or_members_of_items() {
        let all = capabilities();
        let words = |probe: &str, document: Value| all.probes[probe].words(&document);
        let set = |words: &[&str]| Some(words.iter().map(|w| (*w).to_owned()).collect());
        let info = words("object-store-info", json!({ "slo": {}, "swift": {} }));
        assert_eq!(info, set(&["slo", "swift"]));
        let extensions = json!({ "extensions": [{ "alias": "a" }, { "alias": "b" }] });
        assert_eq!(words("compute-extensions", extensions), set(&["a", "b"]));
        let import = json!({ "import-methods": { "value": ["web-download"] } });
        assert_eq!(words("image-import", import), set(&["web-download"]));
    }

    #[test]
    fn answers_of_another_form_tell_nothing() {
        let all = capabilities();
        for document in [
            json!(null),
            json!([]),
            json!({ "extensions": "many" }),
            json!({ "extensions": [1] }),
            json!({ "extensions": [{ "alias": 1 }] }),
        ] {
            assert_eq!(
                all.probes["compute-extensions"].words(&document),
                None,
                "{document}"
            );
        }
    }
}
