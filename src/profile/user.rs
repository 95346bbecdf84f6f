//! One `[users.ROLE]` table of a profile.

use crate::profile::cloud::Cloud;
use crate::profile::clouds::{self, Clouds, Reference};
use crate::profile::credentials::{Held, SECRETS, Spelling, Value, Values};
use crate::profile::keys::{NAMED_KEYS, SECRET_KEYS, USER_KEYS};
use crate::profile::mistake::{LoadError, Mistake, Place};
use crate::profile::model::User;
use crate::profile::secret::{Redacted, SecretSource};
use crate::profile::table::{Placed, Reader, Table, expected, table, text, text_or_env, texts};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeValue;

/// A user as the file says it, before the addresses of all users are compared.
pub struct Said {
    pub user: User,
    /// From `cloud = "…"`, with its place.
    pub cloud: Option<Placed<Cloud>>,
    /// Secrets that stand in the file itself: name and place.
    pub inline: Vec<(&'static str, Range<usize>)>,
}

/// Whether the user may be locked; the one called so has to say it.
pub(super) fn expendable(
    role: &str,
    table: &Table<'_>,
    secrets: &str,
    reader: &mut Reader<'_>,
) -> bool {
    let expendable = table.flag("expendable", reader).unwrap_or_default();
    if role == "expendable" && !expendable {
        reader.missing(
            table,
            "expendable = true",
            &format!("scenarios may lock this account with wrong {secrets}: say that you know, or leave the user out"),
        );
    }
    expendable
}

/// `directory` is where relative paths of the profile start.
pub fn read(
    role: &str,
    value: &Spanned<DeValue<'_>>,
    directory: &Path,
    reader: &mut Reader<'_>,
) -> Option<Said> {
    let table = table(value, &USER_KEYS, &format!("[users.{role}]"), reader)?;
    table.check(reader);
    let expendable = expendable(role, &table, "passwords", reader);
    if table.get("cloud").is_some() {
        let cloud = from_cloud(&table, directory, reader)?;
        let user = User {
            auth: cloud.value.auth.clone(),
            expendable,
        };
        return Some(Said {
            user,
            cloud: Some(cloud),
            inline: Vec::new(),
        });
    }
    for key in ["access_key", "secret_key", "session_token"] {
        if let Some(value) = table.get(key) {
            reader.wrong(
                &value.span(),
                format!("{} has `{key}`", table.place),
                "belongs to a user of S3 or EC2: `family = \"s3\"`",
            );
        }
    }
    let (values, inline) = values(role, &table, directory, reader);
    let auth = values.auth(&mut reader.out);
    Some(Said {
        user: User {
            auth: auth?,
            expendable,
        },
        cloud: None,
        inline,
    })
}

/// `cloud = "clouds.yaml:NAME"`.
fn from_cloud(
    table: &Table<'_>,
    directory: &Path,
    reader: &mut Reader<'_>,
) -> Option<Placed<Cloud>> {
    for key in table.entries.keys() {
        let name: &str = key.get_ref();
        if USER_KEYS.contains(&name) && !["cloud", "expendable"].contains(&name) {
            reader.wrong(
                &key.span(),
                format!("{} has both `cloud` and `{name}`", table.place),
                "`cloud` says all of the user",
            );
        }
    }
    let written = table.text("cloud", reader)?;
    let Some(reference) = Reference::parse(written.value) else {
        reader.wrong(
            &written.span,
            "`cloud` names no cloud of a clouds.yaml",
            "expected `clouds.yaml:NAME`",
        );
        return None;
    };
    match load(&reference, directory, reader) {
        Ok(cloud) => Some(Placed {
            value: cloud,
            span: written.span,
        }),
        Err(error) => {
            for mistake in error.mistakes.0 {
                // A mistake without a place of its own stands here.
                let here = matches!(mistake.place, Place::Nowhere);
                let place = if here {
                    reader.at(&written.span)
                } else {
                    mistake.place.clone()
                };
                reader.out.push(Mistake { place, ..mistake });
            }
            None
        }
    }
}

fn load(
    reference: &Reference<'_>,
    directory: &Path,
    reader: &Reader<'_>,
) -> Result<Cloud, LoadError> {
    let environment = reader.environment;
    let clouds = if reference.file.contains('/') {
        Clouds::open(environment, environment.path(reference.file, directory))?
    } else {
        let beside = directory.join(reference.file);
        if beside.is_file() {
            Clouds::open(environment, beside)?
        } else {
            Clouds::search(environment)?.ok_or_else(clouds::none)?
        }
    };
    clouds.get(reference.name, environment)
}

/// The table by the names of `clouds.yaml`.
fn values(
    role: &str,
    table: &Table<'_>,
    directory: &Path,
    reader: &mut Reader<'_>,
) -> (Values, Vec<(&'static str, Range<usize>)>) {
    let mut map = BTreeMap::new();
    let mut inline = Vec::new();
    for key in [
        "username",
        "application_credential_id",
        "application_credential_name",
    ] {
        if let Some(found) = table.text_or_env(key, reader) {
            map.insert(key.to_owned(), text_value(found, reader));
        }
    }
    for key in ["user_domain", "project", "project_domain"] {
        if let Some((what, found)) = table.get(key).and_then(|value| named(value, key, reader)) {
            map.insert(format!("{key}_{what}"), text_value(found, reader));
        }
    }
    for key in SECRETS {
        let Some(value) = table.get(key) else {
            continue;
        };
        let Some(source) = secret(value, key, directory, reader) else {
            continue;
        };
        if let SecretSource::Inline(_) = source {
            inline.push((key, value.span()));
        }
        let place = reader.at(&value.span());
        let held = Held::Secret(source);
        map.insert(key.to_owned(), Value { held, place });
    }
    let refused = USER_KEYS
        .into_iter()
        .filter(|key| table.get(key).is_some() || table.mistyped(key))
        .filter(|key| !map.keys().any(|have| have.starts_with(key)))
        .map(str::to_owned)
        .collect();
    let place = match &table.span {
        Some(span) => reader.at(span),
        None => Place::file(&reader.source),
    };
    let values = Values {
        map,
        spelling: Spelling::Profile,
        place,
        holder: format!("[users.{role}]"),
        refused,
    };
    (values, inline)
}

fn text_value(found: Placed<String>, reader: &Reader<'_>) -> Value {
    Value {
        place: reader.at(&found.span),
        held: Held::Text(found.value),
    }
}

/// `"Default"`, `{ name = … }`, `{ id = … }`, `{ env = … }` (a name).
fn named(
    value: &Spanned<DeValue<'_>>,
    key: &str,
    reader: &mut Reader<'_>,
) -> Option<(&'static str, Placed<String>)> {
    let name = format!("`{key}`");
    let DeValue::Table(_) = value.get_ref() else {
        if !value.get_ref().is_str() {
            expected(value, &name, "a name, or `{ id = \"…\" }`", reader);
            return None;
        }
        return text_or_env(value, &name, reader).map(|found| ("name", found));
    };
    let inner = table(value, &NAMED_KEYS, &name, reader)?;
    inner.check(reader);
    let given: Vec<&str> = NAMED_KEYS
        .into_iter()
        .filter(|key| inner.get(key).is_some())
        .collect();
    match given[..] {
        ["id"] => inner.text_or_env("id", reader).map(|found| ("id", found)),
        ["name"] => inner
            .text_or_env("name", reader)
            .map(|found| ("name", found)),
        ["env"] => text_or_env(value, &name, reader).map(|found| ("name", found)),
        // Said by `check`.
        [] if !inner.entries.is_empty() => None,
        _ => {
            reader.wrong(
                &value.span(),
                format!("{name} must be given in one way"),
                "expected a name, or `{ id = \"…\" }`",
            );
            None
        }
    }
}

pub(super) fn secret(
    value: &Spanned<DeValue<'_>>,
    key: &str,
    directory: &Path,
    reader: &mut Reader<'_>,
) -> Option<SecretSource> {
    const FORMS: &str = "`{ env = \"…\" }`, `{ file = \"…\" }` or `{ command = [\"…\"] }`";
    let name = format!("`{key}`");
    if value.get_ref().is_str() {
        return text(value, &name, reader)
            .map(|found| SecretSource::Inline(Redacted::new(found.value.to_owned())));
    }
    let DeValue::Table(_) = value.get_ref() else {
        expected(value, &name, FORMS, reader);
        return None;
    };
    let inner = table(value, &SECRET_KEYS, &name, reader)?;
    inner.check(reader);
    let given: Vec<&str> = SECRET_KEYS
        .into_iter()
        .filter(|key| inner.get(key).is_some())
        .collect();
    match given[..] {
        ["env"] => inner
            .text("env", reader)
            .map(|found| SecretSource::Env(found.value.to_owned())),
        ["file"] => inner
            .text("file", reader)
            .map(|found| SecretSource::File(reader.environment.path(found.value, directory))),
        ["command"] => command(&inner, directory, reader),
        // Said by `check`.
        [] if !inner.entries.is_empty() => None,
        _ => {
            reader.wrong(
                &value.span(),
                format!("{name} must come from one place"),
                format!("expected {FORMS}"),
            );
            None
        }
    }
}

fn command(inner: &Table<'_>, directory: &Path, reader: &mut Reader<'_>) -> Option<SecretSource> {
    let value = inner.get("command")?;
    if value.get_ref().is_str() {
        reader.wrong(
            &value.span(),
            "`command` is one text",
            "expected a list: the program, then its arguments; no shell is run",
        );
        return None;
    }
    let mut words = texts(value, "`command`", reader);
    let Some(program) = words.first_mut() else {
        if value
            .get_ref()
            .as_array()
            .is_some_and(|list| list.is_empty())
        {
            reader.wrong(&value.span(), "`command` is empty", "expected a program");
        }
        return None;
    };
    if program.contains('/') {
        let path: PathBuf = reader.environment.path(program, directory);
        *program = path.display().to_string();
    }
    Some(SecretSource::Command(words))
}
