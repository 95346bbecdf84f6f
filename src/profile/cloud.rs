//! A cloud as `clouds.yaml` or `OS_*` give it: everything of a profile that they can say.

use crate::profile::credentials::{Spelling, Values, is_open};
use crate::profile::environment::Environment;
use crate::profile::mistake::{Mistake, Mistakes};
use crate::profile::model::{Auth, Family, Interface, Profile, User};
use crate::profile::url::BaseUrl;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug)]
pub struct Cloud {
    pub auth_url: BaseUrl,
    pub region: Option<String>,
    pub interface: Option<Interface>,
    pub ca_file: Option<PathBuf>,
    pub endpoints: BTreeMap<String, String>,
    pub auth: Auth,
    pub notes: Vec<String>,
    pub origin: String,
}

impl Cloud {
    /// The profile of this cloud alone: one user, default limits.
    pub fn into_profile(self, name: &str) -> Profile {
        let mut notes = self.notes;
        notes.extend(cleartext(&self.auth_url));
        let main = User {
            auth: self.auth,
            expendable: false,
        };
        Profile {
            region: self.region,
            interface: self.interface.unwrap_or_default(),
            endpoints: self.endpoints,
            ca_file: self.ca_file,
            notes,
            origin: self.origin,
            ..Profile::new(
                file_name(name),
                Family::Openstack,
                self.auth_url.text,
                BTreeMap::from([("main".to_owned(), main)]),
            )
        }
    }
}

/// A password that would travel in the clear is worth a word, not a refusal: closed networks exist.
pub fn cleartext(url: &BaseUrl) -> Option<String> {
    (!url.is_encrypted() && !url.is_loopback()).then(|| {
        format!(
            "{} is not https: passwords and tokens can be read on the way",
            url.text
        )
    })
}

/// Names become names of files in a run.
fn file_name(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    clean.trim_start_matches('.').to_owned()
}

/// Reads everything that `values` say of a cloud; `base` is where relative paths start.
pub fn read(
    values: &Values,
    base: &Path,
    environment: &Environment,
    origin: &str,
    out: &mut Mistakes,
) -> Option<Cloud> {
    refuse(values, out);
    let auth_url = auth_url(values, out);
    let auth = values.auth(out);
    let interface = interface(values, out);
    let ca_file = ca_file(values, base, environment, out);
    let endpoints = endpoints(values, out);
    Some(Cloud {
        auth_url: auth_url?,
        region: values.text("region_name").map(str::to_owned),
        interface,
        ca_file,
        endpoints,
        auth: auth?,
        notes: Vec::new(),
        origin: origin.to_owned(),
    })
}

/// `{region_name}` is filled in, as every reader of `clouds.yaml` does.
fn filled(values: &Values, text: &str) -> String {
    match values.text("region_name") {
        Some(region) => text
            .replace("{region_name}", region)
            .replace("%(region_name)s", region),
        None => text.to_owned(),
    }
}

fn auth_url(values: &Values, out: &mut Mistakes) -> Option<BaseUrl> {
    let Some(written) = values.text("auth_url") else {
        out.push(values.missing("auth_url"));
        return None;
    };
    match BaseUrl::identity(&filled(values, written)) {
        Ok(url) => Some(url),
        Err(why) => {
            out.push(
                Mistake::new(
                    values.place("auth_url"),
                    format!("{} is no address of Identity v3", values.say("auth_url")),
                )
                .label(format!("the URL {why}")),
            );
            None
        }
    }
}

fn interface(values: &Values, out: &mut Mistakes) -> Option<Interface> {
    let name = ["interface", "endpoint_type"]
        .into_iter()
        .find(|name| values.text(name).is_some())?;
    let written = values.text(name)?;
    let found = Interface::from_name(written.trim_end_matches("URL"));
    if found.is_none() {
        out.push(
            Mistake::new(
                values.place(name),
                format!("{} `{written}` is unknown", values.say(name)),
            )
            .label("expected `public`, `internal` or `admin`"),
        );
    }
    found
}

fn ca_file(
    values: &Values,
    base: &Path,
    environment: &Environment,
    out: &mut Mistakes,
) -> Option<PathBuf> {
    let path = environment.path(values.text("cacert")?, base);
    if !path.is_file() {
        out.push(
            Mistake::new(
                values.place("cacert"),
                format!("{} names no file", values.say("cacert")),
            )
            .label(format!("`{}` does not exist", path.display())),
        );
    }
    Some(path)
}

fn endpoints(values: &Values, out: &mut Mistakes) -> BTreeMap<String, String> {
    let mut endpoints = BTreeMap::new();
    for name in values.map.keys() {
        let Some(service) = name.strip_suffix("_endpoint_override") else {
            continue;
        };
        let Some(written) = values.text(name) else {
            continue;
        };
        let service = match service {
            "volume" | "volumev2" | "volumev3" => "block-storage".to_owned(),
            other => other.replace('_', "-"),
        };
        match BaseUrl::parse(&filled(values, written)) {
            Ok(url) => {
                endpoints.insert(service, url.text);
            }
            Err(why) => out.push(
                Mistake::new(
                    values.place(name),
                    format!("{} is no address", values.say(name)),
                )
                .label(format!("the URL {why}")),
            ),
        }
    }
    endpoints
}

/// What would make the run act otherwise than the user's other tools is refused, not ignored.
fn refuse(values: &Values, out: &mut Mistakes) {
    for name in values.map.keys().filter(|name| is_open(name)) {
        // They would reach the terminal with every message that names the value.
        if values
            .text(name)
            .is_some_and(|text| text.chars().any(char::is_control))
        {
            out.push(Mistake::new(
                values.place(name),
                format!("{} holds control characters", values.say(name)),
            ));
        }
    }
    let yes = |name: &str| {
        values
            .text(name)
            .is_some_and(|text| ["true", "yes", "on", "1"].contains(&text.to_lowercase().as_str()))
    };
    let no = |name: &str| {
        values
            .text(name)
            .is_some_and(|text| ["false", "no", "off", "0"].contains(&text.to_lowercase().as_str()))
    };
    for (name, off) in [("verify", no("verify")), ("insecure", yes("insecure"))] {
        if off {
            out.push(
                Mistake::new(
                    values.place(name),
                    format!("{} turns the check of certificates off", values.say(name)),
                )
                .label("not supported: anyone on the way could read the password")
                .help(format!(
                    "name the certificate of the cloud's authority in {}",
                    values.say("cacert")
                )),
            );
        }
    }
    for name in ["cert", "key"] {
        if values.text(name).is_some() {
            out.push(
                Mistake::new(
                    values.place(name),
                    format!(
                        "{}: client certificates are not supported yet",
                        values.say(name)
                    ),
                )
                .label("this cloud asks for one"),
            );
        }
    }
    for name in ["system_scope", "trust_id"] {
        if values.text(name).is_some() {
            out.push(
                Mistake::new(
                    values.place(name),
                    format!("{} is not supported", values.say(name)),
                )
                .label("runs act in one project, as its user"),
            );
        }
    }
    if let Some(version) = values.text("identity_api_version")
        && version.starts_with('2')
    {
        out.push(
            Mistake::new(
                values.place("identity_api_version"),
                format!("{} is 2", values.say("identity_api_version")),
            )
            .label("only Identity v3 is spoken"),
        );
    }
    if values.spelling == Spelling::Variables && values.text("service_token").is_some() {
        out.push(Mistake::new(
            values.place("service_token"),
            "`OS_SERVICE_TOKEN` is set: runs act as a user, never with an administrator's token",
        ));
    }
}
