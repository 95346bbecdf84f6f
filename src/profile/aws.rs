//! A profile of S3 or EC2 services: in TOML, from `AWS_*` variables, or the one that runs inside this process.

use crate::profile::cloud::cleartext;
use crate::profile::environment::Environment;
use crate::profile::file::{bindings, ca_file, endpoints, limits};
use crate::profile::keys::{
    AWS_SERVICES, KEY_USER_KEYS, NOT_AWS, NOT_EC2, NOT_S3, ROLES, USERS_KEYS,
};
use crate::profile::mistake::{LoadError, Mistake, Place};
use crate::profile::model::{Addressing, Auth, Family, Limits, Profile, User};
use crate::profile::secret::{Redacted, SecretSource};
use crate::profile::table::{Reader, Table, table};
use crate::profile::url::BaseUrl;
use crate::profile::user::{expendable, secret};
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;
use toml::de::DeValue;

/// A profile of S3, EC2 or both, its keys known and its family read.
pub(super) fn profile(
    family: Family,
    top: &Table<'_>,
    directory: &Path,
    name: Option<String>,
    reader: &mut Reader<'_>,
) -> Option<Profile> {
    let others: &[&str] = match family {
        Family::Ec2 => &NOT_EC2,
        Family::Aws => &NOT_AWS,
        Family::S3 | Family::Openstack => &NOT_S3,
    };
    refuse(top, others, family, reader);
    let embedded = family == Family::S3 && top.flag("embedded", reader).unwrap_or_default();
    let (endpoint, endpoints) = match family {
        Family::Aws => several(top, reader),
        _ => (endpoint(top, (family, embedded), reader), BTreeMap::new()),
    };
    let addressing = match family {
        Family::Ec2 => Addressing::default(),
        _ => addressing(top, reader),
    };
    let bindings = match family {
        Family::S3 => BTreeMap::new(),
        _ => bindings(top, reader),
    };
    let region = top
        .text("region", reader)
        .map(|found| found.value.to_owned());
    let ca_file = ca_file(top, directory, reader);
    let limits = limits(top, reader);
    let untested = top.flag("untested", reader).unwrap_or_default();
    let mut notes = top.texts("notes", reader);
    let users = if embedded && top.get("users").is_none() {
        embedded_users()
    } else {
        users(top, directory, endpoint.as_ref(), reader)?
    };
    let url = match (&endpoint, embedded) {
        (Some(url), _) => {
            notes.extend(cleartext(url));
            url.text.clone()
        }
        (None, true) => String::new(),
        (None, false) => return None,
    };
    Some(Profile {
        region,
        ca_file,
        limits,
        notes,
        untested,
        embedded,
        addressing,
        endpoints,
        bindings,
        origin: reader.source.name.clone(),
        ..Profile::new(name?, family, url, users)
    })
}

/// What belongs to another family is a mistake, not ignored.
pub(super) fn refuse(top: &Table<'_>, keys: &[&str], family: Family, reader: &mut Reader<'_>) {
    let family = family.word();
    for key in keys {
        if let Some(value) = top.get(key) {
            reader.wrong(
                &value.span(),
                format!("a profile with `family = \"{family}\"` has no `{key}`"),
                "belongs to another family",
            );
        }
    }
}

/// The endpoints of a profile of both; the first stands for all where one is wanted. A secret may stand in the file only
/// if all are on this machine, so one that isn't goes first.
fn several(
    top: &Table<'_>,
    reader: &mut Reader<'_>,
) -> (Option<BaseUrl>, BTreeMap<String, String>) {
    let found = endpoints(top, &AWS_SERVICES, reader);
    if found.is_empty() && top.get("endpoints").is_none() {
        reader.missing(
            top,
            "endpoints",
            "the addresses of the services: `[endpoints]` with `s3 = \"https://s3.example.com\"` and `ec2 = …`",
        );
    }
    let mut urls: Vec<BaseUrl> = found
        .values()
        .filter_map(|url| BaseUrl::parse(url).ok())
        .collect();
    urls.sort_by_key(BaseUrl::is_loopback);
    (urls.into_iter().next(), found)
}

fn endpoint(
    top: &Table<'_>,
    (family, embedded): (Family, bool),
    reader: &mut Reader<'_>,
) -> Option<BaseUrl> {
    let found = top.text("endpoint", reader);
    match (found, embedded) {
        (Some(found), true) => {
            reader.wrong(
                &found.span,
                "an embedded service has no `endpoint`",
                "it is started on a free port of this machine",
            );
            None
        }
        (Some(found), false) => match BaseUrl::parse(found.value) {
            Ok(url) => Some(url),
            Err(why) => {
                reader.wrong(
                    &found.span,
                    "`endpoint` is no address",
                    format!("the URL {why}"),
                );
                None
            }
        },
        (None, true) => None,
        (None, false) => {
            if top.get("endpoint").is_none() {
                let help = match family {
                    Family::Ec2 => {
                        "the address of the service: `endpoint = \"https://ec2.example.com\"`"
                    }
                    _ => {
                        "the address of the service: `endpoint = \"https://s3.example.com\"`, or `embedded = true`"
                    }
                };
                reader.missing(top, "endpoint", help);
            }
            None
        }
    }
}

fn addressing(top: &Table<'_>, reader: &mut Reader<'_>) -> Addressing {
    let Some(found) = top.text("addressing", reader) else {
        return Addressing::default();
    };
    match found.value {
        "path" => Addressing::Path,
        "virtual-host" => Addressing::VirtualHost,
        other => {
            reader.wrong(
                &found.span,
                format!("the addressing `{other}` is unknown"),
                "expected `path` or `virtual-host`",
            );
            Addressing::default()
        }
    }
}

fn users(
    top: &Table<'_>,
    directory: &Path,
    endpoint: Option<&BaseUrl>,
    reader: &mut Reader<'_>,
) -> Option<BTreeMap<String, User>> {
    const HELP: &str = "the user who makes what the runs make: a table `[users.main]`";
    let Some(value) = top.get("users") else {
        reader.missing(top, "users", HELP);
        return None;
    };
    let all = table(value, &USERS_KEYS, "[users]", reader)?;
    all.check(reader);
    let mut users = BTreeMap::new();
    for role in ROLES {
        if let Some(value) = all.get(role)
            && let Some(user) = user(role, value, directory, endpoint, reader)
        {
            users.insert(role.to_owned(), user);
        }
    }
    if all.get("main").is_none() {
        reader.missing(&all, "main", HELP);
    }
    Some(users)
}

fn user(
    role: &str,
    value: &Spanned<DeValue<'_>>,
    directory: &Path,
    endpoint: Option<&BaseUrl>,
    reader: &mut Reader<'_>,
) -> Option<User> {
    let table = table(value, &KEY_USER_KEYS, &format!("[users.{role}]"), reader)?;
    table.check(reader);
    let expendable = expendable(role, &table, "keys", reader);
    let read = |key: &'static str, reader: &mut Reader<'_>| {
        let value = table.get(key)?;
        let source = secret(value, key, directory, reader)?;
        let is_here = endpoint.is_none_or(BaseUrl::is_loopback);
        // an access key names its user; alone it opens nothing
        if matches!(source, SecretSource::Inline(_)) && key != "access_key" && !is_here {
            let mistake = Mistake::new(reader.at(&value.span()), format!("`{key}` stands in the file"))
                .label("allowed only where `endpoint` is on this machine (a loopback address)")
                .help("profiles are committed and passed on; keep the secret elsewhere:")
                .help(format!(
                    "`{key} = {{ env = \"VARIABLE\" }}`, `{{ file = \"path\" }}` or `{{ command = [\"pass\", \"show\", \"cloud\"] }}`"
                ));
            reader.out.push(mistake);
        }
        Some(source)
    };
    let (access_key, secret_key) = (read("access_key", reader), read("secret_key", reader));
    let session_token = read("session_token", reader);
    for key in ["access_key", "secret_key"] {
        if table.get(key).is_none() {
            let help = "a user is known by an access key and its secret key";
            reader.missing(&table, key, help);
        }
    }
    Some(User {
        auth: Auth::Keys {
            access_key: access_key?,
            secret_key: secret_key?,
            session_token,
        },
        expendable,
    })
}

/// The service inside this process knows these; nobody else can reach it.
fn embedded_users() -> BTreeMap<String, User> {
    let inline = |text: String| SecretSource::Inline(Redacted::new(text));
    ["main", "alt"]
        .map(|role| {
            let auth = Auth::Keys {
                access_key: inline(format!("EMBEDDED{}", role.to_uppercase())),
                secret_key: inline(format!("embedded-secret-key-of-{role}")),
                session_token: None,
            };
            let user = User {
                auth,
                expendable: false,
            };
            (role.to_owned(), user)
        })
        .into()
}

/// What `embedded` on the command line means.
pub(super) fn embedded() -> Profile {
    Profile {
        embedded: true,
        origin: "embedded".to_owned(),
        // nobody else is served by it
        limits: Limits {
            in_flight: 64,
            per_second: 10_000.0,
            scenarios: 32,
            ..Limits::default()
        },
        ..Profile::new(
            "embedded".to_owned(),
            Family::S3,
            String::new(),
            embedded_users(),
        )
    }
}

/// The services that `AWS_*` variables describe, if they do.
pub(super) fn from_variables(environment: &Environment) -> Option<Result<Profile, LoadError>> {
    environment.get("AWS_ACCESS_KEY_ID")?;
    let wrong = |what: &str, help: &str| Err(Mistake::new(Place::Nowhere, what).help(help).into());
    if environment.get("AWS_SECRET_ACCESS_KEY").is_none() {
        return Some(wrong(
            "`AWS_SECRET_ACCESS_KEY` is not set",
            "`AWS_ACCESS_KEY_ID` alone is no user",
        ));
    }
    let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| environment.get(name));
    let variables =
        ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_EC2"].map(|name| environment.get(name));
    // EC2 only where it is named: a first run shouldn't start machines
    let (family, url) = match variables {
        [Some(_), Some(ec2)] => (Family::Aws, Some(ec2)),
        [None, Some(ec2)] => (Family::Ec2, Some(ec2)),
        [Some(s3), None] => (Family::S3, Some(s3)),
        [None, None] => (Family::S3, environment.get("AWS_ENDPOINT_URL")),
    };
    let url = match (url, region) {
        (Some(url), _) => url.to_owned(),
        (None, Some(region)) => format!("https://s3.{region}.amazonaws.com"),
        (None, None) => {
            return Some(wrong(
                "neither `AWS_ENDPOINT_URL` nor `AWS_REGION` is set",
                "one of them says where the service is",
            ));
        }
    };
    let mut endpoints = BTreeMap::new();
    for (service, url) in AWS_SERVICES.into_iter().zip(variables) {
        if let (Some(url), Family::Aws) = (url, family) {
            endpoints.insert(service.to_owned(), url.to_owned());
        }
    }
    let mut all = std::iter::once(&url).chain(endpoints.values());
    if let Some(why) = all.find_map(|url| BaseUrl::parse(url).err()) {
        return Some(wrong(
            "`AWS_ENDPOINT_URL` is no address",
            &format!("the URL {why}"),
        ));
    }
    let Ok(url) = BaseUrl::parse(&url) else {
        return None;
    };
    let variable = |name: &str| SecretSource::Env(name.to_owned());
    let token = environment.get("AWS_SESSION_TOKEN");
    let auth = Auth::Keys {
        access_key: variable("AWS_ACCESS_KEY_ID"),
        secret_key: variable("AWS_SECRET_ACCESS_KEY"),
        session_token: token.map(|_| variable("AWS_SESSION_TOKEN")),
    };
    let user = User {
        auth,
        expendable: false,
    };
    let users = BTreeMap::from([("main".to_owned(), user)]);
    Some(Ok(Profile {
        region: region.map(str::to_owned),
        notes: cleartext(&url).into_iter().collect(),
        endpoints,
        origin: "env".to_owned(),
        ..Profile::new("env".to_owned(), family, url.text, users)
    }))
}
