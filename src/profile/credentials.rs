//! What a cloud needs to be logged into, from whichever form the user keeps it in.
//!
//! In: values by the names of `clouds.yaml` (`OS_*` and profiles are brought to these). Out: the
//! address, and who logs in. Knows neither TOML nor YAML.

use crate::profile::mistake::{Mistake, Mistakes, Place, nearest};
use crate::profile::model::{Auth, Named};
use crate::profile::secret::SecretSource;
use std::collections::{BTreeMap, BTreeSet};

/// How the user wrote the names, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `username`, `user_domain` in a profile.
    Profile,
    /// `username`, `user_domain_name` in `clouds.yaml`.
    Clouds,
    /// `OS_USERNAME`.
    Variables,
}

#[derive(Clone, Debug)]
pub enum Held {
    Text(String),
    Secret(SecretSource),
}

#[derive(Clone, Debug)]
pub struct Value {
    pub held: Held,
    pub place: Place,
}

/// The user's values by the names of `clouds.yaml`, `_` for `-`.
#[derive(Clone, Debug)]
pub struct Values {
    pub map: BTreeMap<String, Value>,
    pub spelling: Spelling,
    /// Where a missing value would have to be.
    pub place: Place,
    /// What holds the values, for messages: `[users.main]`, "cloud `ovh`".
    pub holder: String,
    /// Names whose value is there but was refused already: they are not missing as well.
    pub refused: BTreeSet<String>,
}

/// The names that hold secrets.
pub const SECRETS: [&str; 2] = ["password", "application_credential_secret"];

/// The names whose values may be shown.
const OPEN: [&str; 25] = [
    "auth_type",
    "auth_url",
    "cacert",
    "cloud",
    "default_domain",
    "domain_id",
    "domain_name",
    "endpoint_type",
    "identity_api_version",
    "insecure",
    "interface",
    "name",
    "profile",
    "project_domain_id",
    "project_domain_name",
    "project_id",
    "project_name",
    "region_name",
    "regions",
    "tenant_id",
    "tenant_name",
    "user_domain_id",
    "user_domain_name",
    "username",
    "verify",
];

/// Whether the value of `name` may be shown.
pub fn is_open(name: &str) -> bool {
    OPEN.contains(&name) || name.ends_with("_endpoint_override")
}

const PASSWORD_TYPES: [&str; 2] = ["password", "v3password"];
const APPLICATION_CREDENTIAL_TYPE: &str = "v3applicationcredential";

impl Values {
    /// The value as text; a secret has none.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.map.get(name)?.held {
            Held::Text(text) => Some(text),
            Held::Secret(_) => None,
        }
    }

    pub fn secret(&self, name: &str) -> Option<&SecretSource> {
        match &self.map.get(name)?.held {
            Held::Secret(source) => Some(source),
            Held::Text(_) => None,
        }
    }

    pub fn place(&self, name: &str) -> Place {
        self.map
            .get(name)
            .map_or_else(|| self.place.clone(), |value| value.place.clone())
    }

    /// A name as the user would write it.
    pub fn say(&self, name: &str) -> String {
        match self.spelling {
            Spelling::Variables => format!("`OS_{}`", name.to_uppercase()),
            Spelling::Clouds => format!("`{name}`"),
            Spelling::Profile => format!("`{}`", name.trim_end_matches("_name")),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.map.contains_key(name) || self.refused.contains(name)
    }

    /// Reports that `name` is not there, unless it is there and wrong.
    fn miss(&self, name: &str, mistake: Mistake, out: &mut Mistakes) {
        if !self.refused.contains(name) {
            out.push(mistake);
        }
    }

    fn required(&self, name: &str, out: &mut Mistakes) -> Option<String> {
        let found = self.text(name).map(str::to_owned);
        if found.is_none() {
            self.miss(name, self.missing(name), out);
        }
        found
    }

    fn required_secret(&self, name: &str, out: &mut Mistakes) -> Option<SecretSource> {
        let found = self.secret(name).cloned();
        if found.is_none() {
            let mistake = self.missing(name);
            let mistake = match self.spelling {
                Spelling::Clouds => {
                    mistake.help("it may stand in `secure.yaml`, beside `clouds.yaml`")
                }
                Spelling::Profile => mistake.help(format!(
                    "for example `{name} = {{ env = \"MY_CLOUD_SECRET\" }}`"
                )),
                Spelling::Variables => mistake,
            };
            self.miss(name, mistake, out);
        }
        found
    }

    pub fn missing(&self, name: &str) -> Mistake {
        let mistake = Mistake::new(
            self.place.clone(),
            format!("{} has no {}", self.holder, self.say(name)),
        );
        // Unknown keys are no errors in a file of another tool: a typing mistake shows here.
        let near = match self.spelling {
            Spelling::Clouds => nearest(name, self.map.keys().map(String::as_str)),
            Spelling::Profile | Spelling::Variables => None,
        };
        match near {
            Some(near) => mistake.help(format!("did you write `{near}` for `{name}`?")),
            None => mistake,
        }
    }

    /// A thing by id or by name; an id says more.
    fn named(&self, things: &[&str]) -> Option<Named> {
        things.iter().find_map(|thing| {
            let id = self
                .text(&format!("{thing}_id"))
                .map(|v| Named::Id(v.to_owned()));
            id.or_else(|| {
                self.text(&format!("{thing}_name"))
                    .map(|v| Named::Name(v.to_owned()))
            })
        })
    }

    /// `Default` has the id `default` on every cloud that was set up by `keystone-manage bootstrap`.
    fn domain(&self, thing: &str) -> Named {
        self.named(&[thing, "domain"])
            .unwrap_or_else(|| match self.text("default_domain") {
                Some(id) => Named::Id(id.to_owned()),
                None => Named::Id("default".to_owned()),
            })
    }

    /// Who logs in.
    pub fn auth(&self, out: &mut Mistakes) -> Option<Auth> {
        match self.method(out)? {
            Method::Password => self.password(out),
            Method::ApplicationCredential => self.application_credential(out),
        }
    }

    fn method(&self, out: &mut Mistakes) -> Option<Method> {
        let by_credential = [
            "application_credential_id",
            "application_credential_name",
            "application_credential_secret",
        ]
        .iter()
        .any(|name| self.has(name));
        if let Some(kind) = self.text("auth_type") {
            if PASSWORD_TYPES.contains(&kind) {
                return Some(Method::Password);
            }
            if kind == APPLICATION_CREDENTIAL_TYPE {
                return Some(Method::ApplicationCredential);
            }
            out.push(
                Mistake::new(
                    self.place("auth_type"),
                    format!("{} `{kind}` is not supported", self.say("auth_type")),
                )
                .label("expected `password`, `v3password` or `v3applicationcredential`")
                .help("an application credential works wherever a login in the browser does: make one there and use it here"),
            );
            return None;
        }
        if by_credential && self.has("password") {
            out.push(
                Mistake::new(
                    self.place("password"),
                    format!(
                        "{} has both a password and an application credential",
                        self.holder
                    ),
                )
                .label(match self.spelling {
                    Spelling::Profile => "keep one of them".to_owned(),
                    Spelling::Clouds | Spelling::Variables => {
                        format!(
                            "keep one of them, or say which in {}",
                            self.say("auth_type")
                        )
                    }
                }),
            );
            return None;
        }
        Some(if by_credential {
            Method::ApplicationCredential
        } else {
            Method::Password
        })
    }

    fn password(&self, out: &mut Mistakes) -> Option<Auth> {
        if self.has("user_id") && !self.has("username") {
            out.push(
                Mistake::new(
                    self.place("user_id"),
                    format!("{} is given by id only", self.holder),
                )
                .label(format!("expected {} as well", self.say("username"))),
            );
            return None;
        }
        let username = self.required("username", out);
        let password = self.required_secret("password", out);
        let project = self.named(&["project", "tenant"]);
        if project.is_none() {
            let mistake = self.missing("project_name");
            let mistake = if self.has("domain_id") || self.has("domain_name") {
                mistake.help("a token for a domain does not reach servers and volumes")
            } else {
                mistake.help(format!(
                    "runs act in one project: name it, or give its id in {}",
                    match self.spelling {
                        Spelling::Profile => "`project = { id = \"…\" }`".to_owned(),
                        Spelling::Clouds | Spelling::Variables => self.say("project_id"),
                    }
                ))
            };
            self.miss("project", mistake, out);
        }
        Some(Auth::Password {
            username: username?,
            user_domain: self.domain("user_domain"),
            password: password?,
            project: project?,
            project_domain: self.domain("project_domain"),
        })
    }

    fn application_credential(&self, out: &mut Mistakes) -> Option<Auth> {
        let secret = self.required_secret("application_credential_secret", out);
        if let Some(id) = self.text("application_credential_id") {
            return Some(Auth::ApplicationCredential {
                id: id.to_owned(),
                secret: secret?,
            });
        }
        let Some(name) = self.text("application_credential_name") else {
            let name = "application_credential_id";
            self.miss(name, self.missing(name), out);
            return None;
        };
        // A name is unique for one user only.
        let username = self.required("username", out);
        Some(Auth::ApplicationCredentialByName {
            name: name.to_owned(),
            username: username?,
            user_domain: self.domain("user_domain"),
            secret: secret?,
        })
    }
}

enum Method {
    Password,
    ApplicationCredential,
}
