//! A cloud from the `OS_*` variables of an `openrc` file.

use crate::profile::cloud::{self, Cloud};
use crate::profile::credentials::{Held, SECRETS, Spelling, Value, Values};
use crate::profile::environment::Environment;
use crate::profile::mistake::{LoadError, Mistake, Mistakes, Place};
use crate::profile::secret::SecretSource;
use std::collections::{BTreeMap, BTreeSet};

/// What would say the same as the cloud that `OS_CLOUD` names, or the contrary.
const RIVALS: [&str; 4] = [
    "OS_AUTH_URL",
    "OS_USERNAME",
    "OS_PASSWORD",
    "OS_APPLICATION_CREDENTIAL_ID",
];

/// The cloud of `clouds.yaml` that `OS_CLOUD` names. Other variables that name a cloud must not be
/// set: which of the two is meant decides where things are created and deleted.
pub fn named(environment: &Environment) -> Result<Option<&str>, LoadError> {
    let Some(name) = environment.get("OS_CLOUD") else {
        return Ok(None);
    };
    match RIVALS.iter().find(|rival| environment.get(rival).is_some()) {
        Some(rival) => Err(Mistake::new(
            Place::Nowhere,
            format!("both `OS_CLOUD` and `{rival}` are set"),
        )
        .label("they may mean different clouds")
        .help("unset one of them, or say `clouds.yaml:NAME` for `env`")
        .into()),
        None => Ok(Some(name)),
    }
}

/// The cloud that the variables themselves describe. Passwords stay in the environment.
pub fn read(environment: &Environment) -> Result<Cloud, LoadError> {
    let mut map = BTreeMap::new();
    for variable in environment.variables.keys() {
        let (Some(key), Some(text)) = (variable.strip_prefix("OS_"), environment.get(variable))
        else {
            continue;
        };
        let key = key.to_lowercase();
        let held = if SECRETS.contains(&key.as_str()) {
            Held::Secret(SecretSource::Env(variable.clone()))
        } else {
            Held::Text(text.to_owned())
        };
        map.insert(
            key,
            Value {
                held,
                place: Place::Nowhere,
            },
        );
    }
    let mut out = Mistakes::default();
    if map.is_empty() {
        out.push(
            Mistake::new(Place::Nowhere, "no `OS_*` variable is set")
                .help("run `source openrc.sh` first, or name a profile"),
        );
        return out.or(None);
    }
    let values = Values {
        map,
        spelling: Spelling::Variables,
        place: Place::Nowhere,
        holder: "the environment".to_owned(),
        refused: BTreeSet::new(),
    };
    let cloud = cloud::read(
        &values,
        &environment.directory,
        environment,
        "env",
        &mut out,
    );
    out.or(cloud)
}
