//! `clouds.yaml` and its companions, as openstacksdk finds and merges them.
//!
//! <https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html>

use crate::profile::cloud::{self, Cloud};
use crate::profile::credentials::{Held, SECRETS, Spelling, Value, Values, is_open};
use crate::profile::environment::Environment;
use crate::profile::mistake::{LoadError, Mistake, Mistakes, Place, nearest};
use crate::profile::secret::{Redacted, SecretSource};
use crate::profile::yaml::{Kind, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// `clouds.yaml:NAME`, as an argument or in `cloud = "…"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// `clouds.yaml` alone is searched for; with a directory it is that file.
    pub file: &'a str,
    pub name: &'a str,
}

impl<'a> Reference<'a> {
    pub fn parse(written: &'a str) -> Option<Self> {
        let (file, name) = written.rsplit_once(':')?;
        (is_yaml(file) && !name.is_empty()).then_some(Self { file, name })
    }
}

/// Whether an argument names such a file, with or without a cloud.
pub fn is_yaml(file: &str) -> bool {
    Path::new(file)
        .extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending))
}

/// The clouds of the first `clouds.yaml` found, with `secure.yaml` laid over.
pub struct Clouds {
    path: PathBuf,
    /// As shown in messages.
    name: String,
    root: Node,
    public: Option<Node>,
}

impl Clouds {
    /// Searches where openstacksdk does. `None`: there is none.
    pub fn search(environment: &Environment) -> Result<Option<Self>, LoadError> {
        let Some(path) = first(environment, "clouds", "OS_CLIENT_CONFIG_FILE") else {
            return Ok(None);
        };
        let secure = first(environment, "secure", "OS_CLIENT_SECURE_FILE");
        let public = first(environment, "clouds-public", "OS_CLIENT_VENDOR_FILE");
        Self::read(environment, path, secure, public).map(Some)
    }

    /// That file, with the `secure.yaml` and `clouds-public.yaml` beside it.
    pub fn open(environment: &Environment, path: PathBuf) -> Result<Self, LoadError> {
        let beside = |stem: &str| {
            let directory = path.parent()?;
            candidates(directory, stem).find(|path| path.is_file())
        };
        let (secure, public) = (beside("secure"), beside("clouds-public"));
        Self::read(environment, path, secure, public)
    }

    fn read(
        environment: &Environment,
        path: PathBuf,
        secure: Option<PathBuf>,
        public: Option<PathBuf>,
    ) -> Result<Self, LoadError> {
        let mut root = tree(environment, &path)?;
        if let Some(secure) = secure {
            root.overlay(&tree(environment, &secure)?);
        }
        let public = public.map(|path| tree(environment, &path)).transpose()?;
        let name = shown(environment, &path);
        Ok(Self {
            path,
            name,
            root,
            public,
        })
    }

    pub fn names(&self) -> Vec<&str> {
        let clouds = self.root.get("clouds").map_or(&[][..], Node::entries);
        clouds.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    /// As shown in messages.
    pub fn file(&self) -> &str {
        &self.name
    }

    pub fn get(&self, name: &str, environment: &Environment) -> Result<Cloud, LoadError> {
        let Some(node) = self.root.get("clouds").and_then(|clouds| clouds.get(name)) else {
            return Err(self.unknown(name).into());
        };
        let mut out = Mistakes::default();
        let mut notes = Vec::new();
        let node = self.with_vendor(node, name, &mut notes, &mut out);
        let values = values(&node, name);
        let base = self.path.parent().unwrap_or(Path::new("."));
        let origin = format!("{}:{name}", self.name);
        let cloud = out.is_empty().then(|| {
            cloud::read(&values, base, environment, &origin, &mut out).map(|mut cloud| {
                cloud.notes.append(&mut notes);
                cloud
            })
        });
        out.or(cloud.flatten())
    }

    fn unknown(&self, name: &str) -> Mistake {
        let names = self.names();
        let mistake = Mistake::new(
            Place::Nowhere,
            format!("{} has no cloud `{name}`", self.name),
        );
        match nearest(name, names.iter().copied()) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => mistake.help("it has none: `clouds:` is missing or empty"),
            None => mistake.help(format!("it has {}", names.join(", "))),
        }
    }

    /// `profile: NAME` takes what is not said from a vendor's entry. `cloud:` is its old name.
    fn with_vendor(
        &self,
        node: &Node,
        name: &str,
        notes: &mut Vec<String>,
        out: &mut Mistakes,
    ) -> Node {
        let named = ["profile", "cloud"].iter().find_map(|key| node.get(key));
        let Some((named, vendor)) = named.and_then(|named| Some((named, named.text()?))) else {
            return node.clone();
        };
        let entry = self
            .public
            .as_ref()
            .and_then(|public| public.get("public-clouds")?.get(vendor));
        if let Some(entry) = entry {
            let mut whole = entry.clone();
            whole.overlay(node);
            whole.place = node.place.clone();
            return whole;
        }
        if node
            .get("auth")
            .and_then(|auth| auth.get("auth_url"))
            .is_some()
        {
            notes.push(format!(
                "cloud `{name}` names the vendor profile `{vendor}`, which is not at hand: only what \
                 {} itself says was used",
                self.name
            ));
        } else {
            out.push(
                Mistake::new(
                    named.place.clone(),
                    format!("the vendor profile `{vendor}` is not at hand"),
                )
                .label("not in a clouds-public.yaml; those inside openstacksdk are not read")
                .help(format!(
                    "write the cloud's `auth_url` under `auth` here, or start from a profile in profiles/ ({vendor}.toml, if there is one)"
                )),
            );
        }
        node.clone()
    }
}

fn tree(environment: &Environment, path: &Path) -> Result<Node, LoadError> {
    let name = shown(environment, path);
    let text = std::fs::read_to_string(path)
        .map_err(|error| Mistake::new(Place::Nowhere, format!("{name} can't be read: {error}")))?;
    Ok(Node::parse(&name, &text, |key| {
        is_open(&key.replace('-', "_"))
    })?)
}

/// A path as short as it can be said.
fn shown(environment: &Environment, path: &Path) -> String {
    let short = path.strip_prefix(&environment.directory);
    let home = environment
        .home
        .as_ref()
        .and_then(|home| path.strip_prefix(home).ok());
    match (short, home) {
        (Ok(short), _) => short.display().to_string(),
        (Err(_), Some(rest)) => format!("~/{}", rest.display()),
        (Err(_), None) => path.display().to_string(),
    }
}

fn first(environment: &Environment, stem: &str, variable: &str) -> Option<PathBuf> {
    if let Some(path) = environment.get(variable) {
        return Some(environment.path(path, &environment.directory));
    }
    let mut directories = vec![environment.directory.clone()];
    if let Some(config) = environment.get("XDG_CONFIG_HOME") {
        directories.push(Path::new(config).join("openstack"));
    }
    if let Some(home) = &environment.home {
        directories.push(home.join(".config/openstack"));
    }
    directories.push(PathBuf::from("/etc/openstack"));
    directories
        .iter()
        .flat_map(|directory| candidates(directory, stem))
        .find(|path| path.is_file())
}

fn candidates(directory: &Path, stem: &str) -> impl Iterator<Item = PathBuf> {
    ENDINGS
        .map(|ending| directory.join(format!("{stem}.{ending}")))
        .into_iter()
}

/// One flat list of values: `auth` first, then what stands beside it, then the first region.
fn values(node: &Node, name: &str) -> Values {
    let mut map = BTreeMap::new();
    let region = node.get("regions").and_then(|regions| match &regions.kind {
        Kind::List(list) => list.first(),
        Kind::Text(_) => Some(regions),
        _ => None,
    });
    let region_values = region.and_then(|region| region.get("values"));
    let sources = [node.get("auth"), Some(node), region_values];
    for (key, value) in sources.into_iter().flatten().flat_map(Node::entries) {
        let Some(text) = value.text() else { continue };
        let key = key.replace('-', "_");
        let held = if SECRETS.contains(&key.as_str()) {
            Held::Secret(SecretSource::Inline(Redacted::new(text.to_owned())))
        } else {
            Held::Text(text.to_owned())
        };
        map.entry(key).or_insert(Value {
            held,
            place: value.place.clone(),
        });
    }
    // openstacksdk: without region_name, the first of regions.
    let region = region.and_then(|region| region.get("name").or(Some(region)));
    if let Some((region, text)) = region.and_then(|region| Some((region, region.text()?))) {
        map.entry("region_name".to_owned()).or_insert(Value {
            held: Held::Text(text.to_owned()),
            place: region.place.clone(),
        });
    }
    Values {
        map,
        spelling: Spelling::Clouds,
        place: node.place.clone(),
        holder: format!("cloud `{name}`"),
        refused: BTreeSet::new(),
    }
}

/// There is no `clouds.yaml` anywhere.
pub fn none() -> LoadError {
    Mistake::new(Place::Nowhere, "there is no clouds.yaml")
        .help("looked for in the working directory, ~/.config/openstack and /etc/openstack, and where `OS_CLIENT_CONFIG_FILE` says")
        .into()
}
