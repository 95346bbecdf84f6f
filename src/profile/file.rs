//! A profile in TOML → [`Profile`], with every mistake at its place.

use crate::profile::aws;
use crate::profile::cloud::{Cloud, cleartext};
use crate::profile::environment::Environment;
use crate::profile::keys::{
    BINDING_KEYS, KEYS, LIMIT_KEYS, MOST_KEYS, NOT_OPENSTACK, ROLES, SERVICES, USERS_KEYS,
};
use crate::profile::mistake::{LoadError, Mistake, Mistakes, Place};
use crate::profile::model::{Addressing, BindTo, Family, Interface, Limits, Profile, User};
use crate::profile::source::Source;
use crate::profile::table::{Reader, Table, expected, number, table, text, whole};
use crate::profile::url::BaseUrl;
use crate::profile::user::{self, Said};
use crate::profile::veil;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A thousand connections at once is an attack, not a test.
const MOST_IN_FLIGHT: u32 = 1000;
const MOST_OF_A_KIND: u32 = 100_000;

/// Reads the profile in `text`, which was found at `path` and is shown to the user as `name`.
/// Relative paths in it start beside it.
pub fn parse(
    text: &str,
    name: &str,
    path: &Path,
    environment: &Environment,
) -> Result<Profile, LoadError> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return not_toml(name, text, &errors);
    }
    let root = root.into_inner();
    let mut reader = Reader {
        source: Arc::new(Source::new(name, text, veil::hidden(&root, text))),
        environment,
        out: Mistakes::default(),
    };
    let profile = profile(&root, path, &mut reader);
    reader.out.or(profile)
}

/// A text that is no TOML has no values that could be hidden by place: lines that could hold a
/// secret are hidden by name, and a text with strings over several lines is not shown at all.
fn not_toml(name: &str, text: &str, errors: &[toml::de::Error]) -> Result<Profile, LoadError> {
    let source = Arc::new(Source::new(name, text, veil::hidden_lines(text)));
    let mut out = Mistakes::default();
    let mut lines = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let line = 1 + text.get(..span.start).unwrap_or(text).matches('\n').count();
        if lines.contains(&line) {
            continue;
        }
        lines.push(line);
        let place = if veil::has_long_strings(text) {
            Place::Line(Arc::clone(&source), line)
        } else {
            Place::span(&source, span)
        };
        out.push(Mistake::new(place, "this is not TOML").label(error.message()));
    }
    out.or(None)
}

fn profile(root: &DeTable<'_>, path: &Path, reader: &mut Reader<'_>) -> Option<Profile> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let top = Table {
        entries: root,
        span: None,
        place: "the profile".to_owned(),
        known: &KEYS,
    };
    top.check(reader);
    let name = name(&top, path, reader);
    let family = family(&top, reader);
    if let Some(family @ (Family::S3 | Family::Ec2 | Family::Aws)) = family {
        return aws::profile(family, &top, directory, name, reader);
    }
    aws::refuse(&top, &NOT_OPENSTACK, Family::Openstack, reader);
    let own_url = auth_url(&top, reader);
    let interface = interface(&top, reader);
    let ca_file = ca_file(&top, directory, reader);
    let mut endpoints = endpoints(&top, &SERVICES, reader);
    let limits = limits(&top, reader);
    let bindings = bindings(&top, reader);
    let region = top
        .text("region", reader)
        .map(|found| found.value.to_owned());
    let untested = top.flag("untested", reader).unwrap_or_default();
    let mut notes = top.texts("notes", reader);

    let said = users(&top, directory, reader)?;
    let cloud = said.get("main").and_then(|main| main.cloud.as_ref());
    let cloud: Option<Cloud> = cloud.map(|placed| placed.value.clone());
    if own_url.is_none() && cloud.is_none() && top.get("auth_url").is_none() {
        reader.missing(
            &top,
            "auth_url",
            "the address of Identity v3: `auth_url = \"https://identity.example.com/v3\"`",
        );
    }
    let auth_url = own_url.or_else(|| cloud.as_ref().map(|cloud| cloud.auth_url.clone()))?;
    let users = agree(&auth_url, said, reader);
    users.get("main")?;
    if let Some(cloud) = &cloud {
        for (service, url) in &cloud.endpoints {
            endpoints
                .entry(service.clone())
                .or_insert_with(|| url.clone());
        }
        notes.extend(cloud.notes.iter().cloned());
    }
    notes.extend(cleartext(&auth_url));
    Some(Profile {
        name: name?,
        family: family?,
        auth_url: auth_url.text,
        region: region.or_else(|| cloud.as_ref()?.region.clone()),
        interface: interface
            .or_else(|| cloud.as_ref()?.interface)
            .unwrap_or_default(),
        addressing: Addressing::default(),
        embedded: false,
        endpoints,
        ca_file: ca_file.or_else(|| cloud.as_ref()?.ca_file.clone()),
        users,
        limits,
        bindings,
        notes,
        untested,
        origin: reader.source.name.clone(),
    })
}

/// Reports name recordings and columns of a report.
fn name(top: &Table<'_>, path: &Path, reader: &mut Reader<'_>) -> Option<String> {
    let Some(found) = top.text("name", reader) else {
        let stem = path.file_stem()?.to_string_lossy().into_owned();
        return top.get("name").is_none().then_some(stem);
    };
    let good = found
        .value
        .chars()
        .all(|c| c.is_alphanumeric() || "-_.".contains(c))
        && !found.value.starts_with('.')
        && found.value.chars().count() <= 40;
    if !good {
        reader.wrong(
            &found.span,
            "`name` can't name a file",
            "expected at most 40 letters, digits, `-`, `_` and `.`",
        );
    }
    good.then(|| found.value.to_owned())
}

fn family(top: &Table<'_>, reader: &mut Reader<'_>) -> Option<Family> {
    if top.get("family").is_none() {
        reader.missing(
            top,
            "family",
            "say which API the cloud speaks: `family = \"openstack\"`",
        );
        return None;
    }
    let found = top.text("family", reader)?;
    match found.value {
        "openstack" => return Some(Family::Openstack),
        "s3" => return Some(Family::S3),
        "ec2" => return Some(Family::Ec2),
        "aws" => return Some(Family::Aws),
        other => reader.wrong(
            &found.span,
            format!("the family `{other}` is unknown"),
            "expected `openstack`, `s3`, `ec2` or `aws`",
        ),
    }
    None
}

fn auth_url(top: &Table<'_>, reader: &mut Reader<'_>) -> Option<BaseUrl> {
    let found = top.text("auth_url", reader)?;
    match BaseUrl::identity(found.value) {
        Ok(url) => Some(url),
        Err(why) => {
            reader.wrong(
                &found.span,
                "`auth_url` is no address of Identity v3",
                format!("the URL {why}"),
            );
            None
        }
    }
}

fn interface(top: &Table<'_>, reader: &mut Reader<'_>) -> Option<Interface> {
    let found = top.text("interface", reader)?;
    let interface = Interface::from_name(found.value);
    if interface.is_none() {
        reader.wrong(
            &found.span,
            format!("the interface `{}` is unknown", found.value),
            "expected `public`, `internal` or `admin`",
        );
    }
    interface
}

pub(super) fn ca_file(
    top: &Table<'_>,
    directory: &Path,
    reader: &mut Reader<'_>,
) -> Option<PathBuf> {
    let found = top.text("ca_file", reader)?;
    let path = reader.environment.path(found.value, directory);
    if !path.is_file() {
        reader.wrong(
            &found.span,
            "`ca_file` names no file",
            format!("`{}` does not exist", path.display()),
        );
    }
    Some(path)
}

pub(super) fn endpoints(
    top: &Table<'_>,
    services: &'static [&'static str],
    reader: &mut Reader<'_>,
) -> BTreeMap<String, String> {
    let mut endpoints = BTreeMap::new();
    let Some(table) = top.table("endpoints", services, "[endpoints]", reader) else {
        return endpoints;
    };
    table.check(reader);
    for (service, value) in table.entries {
        let service: &str = service.get_ref();
        let Some(found) = text(value, &format!("`{service}`"), reader) else {
            continue;
        };
        match BaseUrl::parse(found.value) {
            Ok(url) => {
                endpoints.insert(service.to_owned(), url.text);
            }
            Err(why) => reader.wrong(
                &found.span,
                format!("the endpoint of `{service}` is no address"),
                format!("the URL {why}"),
            ),
        }
    }
    endpoints
}

pub(super) fn limits(top: &Table<'_>, reader: &mut Reader<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(table) = top.table("limits", &LIMIT_KEYS, "[limits]", reader) else {
        return limits;
    };
    table.check(reader);
    let count = |key: &str, place: &mut u32, reader: &mut Reader<'_>| {
        if let Some(value) = table.get(key) {
            let found = whole(value, &format!("`{key}`"), 1, MOST_IN_FLIGHT, reader);
            *place = found.unwrap_or(*place);
        }
    };
    count("in_flight", &mut limits.in_flight, reader);
    count("scenarios", &mut limits.scenarios, reader);
    count("answer_within", &mut limits.answer_within, reader);
    if let Some(value) = table.get("per_second") {
        let found = number(value, "`per_second`", 10_000.0, reader);
        limits.per_second = found.unwrap_or(limits.per_second);
    }
    let Some(most) = table.table("most", &MOST_KEYS, "[limits.most]", reader) else {
        return limits;
    };
    most.check(reader);
    for (kind, value) in most.entries {
        let kind: &str = kind.get_ref();
        if let Some(found) = whole(value, &format!("`{kind}`"), 0, MOST_OF_A_KIND, reader) {
            limits.most.insert(kind.to_owned(), found);
        }
    }
    limits
}

/// `"flavor.small" = "m1.tiny"`, or the same with a dotted key.
pub(super) fn bindings(top: &Table<'_>, reader: &mut Reader<'_>) -> BTreeMap<String, BindTo> {
    let mut bindings = BTreeMap::new();
    let Some(table) = top.table("bindings", &[], "[bindings]", reader) else {
        return bindings;
    };
    for (key, value) in table.entries {
        let name: &str = key.get_ref();
        if let (DeValue::Table(inner), false) = (value.get_ref(), name.contains('.')) {
            for (rest, value) in inner {
                let whole = format!("{name}.{}", rest.get_ref());
                if let Some(to) = bind_to(value, &whole, reader) {
                    bindings.insert(whole, to);
                }
            }
            continue;
        }
        let dotted = name
            .split_once('.')
            .is_some_and(|(kind, of)| !kind.is_empty() && !of.is_empty() && !of.contains('.'));
        if !dotted {
            reader.wrong(
                &key.span(),
                format!("`{name}` is no binding"),
                "expected a kind and a word: `flavor.small`, `image.small`, `network.external`",
            );
        }
        if let Some(to) = bind_to(value, name, reader) {
            bindings.insert(name.to_owned(), to);
        }
    }
    bindings
}

/// An id or a name, or `{ upload = true }` of an image.
fn bind_to(value: &Spanned<DeValue<'_>>, name: &str, reader: &mut Reader<'_>) -> Option<BindTo> {
    let DeValue::Table(_) = value.get_ref() else {
        return text(value, &format!("`{name}`"), reader)
            .map(|found| BindTo::Named(found.value.to_owned()));
    };
    let table = table(value, &BINDING_KEYS, &format!("`{name}`"), reader)?;
    table.check(reader);
    if table.get("upload").is_none() {
        reader.missing(
            &table,
            "upload",
            "expected an id, a name or `{ upload = true }`",
        );
        return None;
    }
    match table.flag("upload", reader)? {
        true if name.starts_with("image.") => return Some(BindTo::Upload),
        true => reader.wrong(
            &value.span(),
            format!("`{name}` can't be uploaded"),
            "only an image can: `\"image.small\" = { upload = true }`",
        ),
        false => reader.wrong(
            &value.span(),
            format!("`{name}` is bound to nothing"),
            "expected an id, a name or `{ upload = true }`; what is left out, discovery chooses",
        ),
    }
    None
}

fn users(
    top: &Table<'_>,
    directory: &Path,
    reader: &mut Reader<'_>,
) -> Option<BTreeMap<String, Said>> {
    const HELP: &str = "the user whose project the runs act in: a table `[users.main]`";
    let Some(value) = top.get("users") else {
        reader.missing(top, "users", HELP);
        return Some(BTreeMap::new());
    };
    let table = table(value, &USERS_KEYS, "[users]", reader)?;
    let anonymous = table
        .entries
        .keys()
        .find(|key| key.get_ref() == "anonymous");
    if let Some(key) = anonymous {
        reader.wrong(
            &key.span(),
            "`anonymous` needs no entry",
            "it is the user without a token or a signature, on every cloud",
        );
    }
    table.check(reader);
    let mut users = BTreeMap::new();
    for role in ROLES {
        if let Some(value) = table.get(role)
            && let Some(said) = user::read(role, value, directory, reader)
        {
            users.insert(role.to_owned(), said);
        }
    }
    if table.get("main").is_none() {
        if table.entries.is_empty() {
            expected(value, "`users`", "a table `[users.main]`", reader);
        } else {
            reader.missing(&table, "main", HELP);
        }
    }
    Some(users)
}

/// All users log in at one place, and a password in the file is for this machine's clouds only.
fn agree(
    auth_url: &BaseUrl,
    said: BTreeMap<String, Said>,
    reader: &mut Reader<'_>,
) -> BTreeMap<String, User> {
    let mut users = BTreeMap::new();
    for (role, said) in said {
        if let Some(cloud) = &said.cloud
            && cloud.value.auth_url != *auth_url
        {
            reader.wrong(
                &cloud.span,
                format!("[users.{role}] is a user of another cloud"),
                format!(
                    "it logs in at {}, the profile at {}",
                    cloud.value.auth_url.text, auth_url.text
                ),
            );
        }
        for (key, span) in &said.inline {
            if !auth_url.is_loopback() {
                let mistake = Mistake::new(
                    reader.at(span),
                    format!("`{key}` stands in the file"),
                )
                .label("allowed only where `auth_url` is on this machine (a loopback address)")
                .help("profiles are committed and passed on; keep the secret elsewhere:")
                .help(format!(
                    "`{key} = {{ env = \"VARIABLE\" }}`, `{{ file = \"path\" }}` or `{{ command = [\"pass\", \"show\", \"cloud\"] }}`"
                ));
                reader.out.push(mistake);
            }
        }
        users.insert(role, said.user);
    }
    users
}
