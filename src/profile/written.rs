//! A [`Profile`] → a TOML file that teaches whoever reads it. Never writes a secret: only where one is read from.

use crate::profile::model::{Addressing, Auth, Family, Interface, Limits, Named, Profile};
use crate::profile::secret::SecretSource;
use std::fmt::Write;

const HEAD: &str = "\
# One cloud, as interop sees it. docs/profiles.md explains every key; an unknown one is an error.
# It may be committed and passed on: secrets stay outside.
";
const NAME: &str = "\n# What reports call it.\n";
const AUTH_URL: &str = "
# Where Identity (keystone) answers. The other services are found in its catalog.
";
const REGION: &str = "# As the catalog names it. Without one, the catalog must have only one.\n";
const ENDPOINT: &str = "\n# Where the service answers.\n";
const AWS_REGION: &str = "# What requests are signed for.\n";
const MAIN: &str = "
# Who makes what a run makes, and takes it away again. The least that it needs: an ordinary member of a project of its own,
# with a quota for a few servers, volumes and networks. Never an administrator: no scenario needs one, and what an
# administrator may do says nothing about what your workload may.
[users.main]
";
const MAIN_KEYS: &str = "
# Who makes what a run makes, and takes it away again. The least that it needs: an account of its own that may make, list and
# remove buckets or machines, best with nothing else in it. Never the keys of the whole organisation.
[users.main]
";
const FROM_CLOUD: &str = "\
# Address, region, user and secrets are read there, whenever a run logs in. A clouds.yaml beside this file is found first.
";
const SECRET: &str = "\
# Where the secret is read from when a run logs in; it is never written anywhere. Also { file = \"…\" }, its first line, or
# { command = [\"pass\", \"show\", \"…\"] }. Two profiles that read one variable log in with one secret: name others then.
";
const MORE_USERS: &str = "
# Another user in another project: scenarios about what neighbours may see of each other need one.
# [users.alt]
# username = \"…\"
# project = \"…\"
# password = { env = \"…\" }

# An account that may be locked out: only for `--allow account`, which tries wrong passwords. Never a person's.
# [users.expendable]
# username = \"…\"
# project = \"…\"
# password = { env = \"…\" }
# expendable = true
";
const MORE_KEYS: &str = "
# Another account: scenarios about what neighbours may see of each other need one.
# [users.alt]
# access_key = { env = \"…\" }
# secret_key = { env = \"…\" }
";
const ENDPOINTS: &str = "\n# In the place of those that the catalog has.\n[endpoints]\n";
const BOTH: &str = "\n# Where the services answer.\n[endpoints]\n";
const LIMITS: &str = "
# Ceilings of a run here. Those after `#` are the defaults; where others share or pay, take less.
[limits]
";
const HAZARDS: &str = "
# By default a run reads, and makes and removes a few small things, each in a journal before it is made. `--allow exhausts`
# (fills quotas), `--allow account` (wrong passwords) and `--allow probing` (requests that a scanner would send) ask for
# more. `interop plan` prints what a run would make; `interop cleanup` takes away what a killed run left.
";
const BINDINGS: &str = "
# What scenarios use, by id or name. What is not named is chosen: the smallest that fits. An image of ours, the same on every
# cloud, keeps differences between images out of the report.
# [bindings]
# \"flavor.small\" = \"m1.tiny\"
# \"image.small\" = { upload = true }
# \"network.external\" = \"public\"
";

/// The profile as a commented file. `cloud`: the main user is this entry of a `clouds.yaml` (`clouds.yaml:NAME`), which also
/// says where the cloud is.
pub fn written(profile: &Profile, cloud: Option<&str>) -> String {
    let mut out = HEAD.to_owned();
    out.push_str(NAME);
    line(&mut out, "name", &text(&profile.name));
    line(&mut out, "family", &text(profile.family.word()));
    match (profile.family, cloud) {
        (Family::Openstack, Some(cloud)) => {
            out.push_str(MAIN);
            out.push_str(FROM_CLOUD);
            line(&mut out, "cloud", &text(cloud));
        }
        (Family::Openstack, None) => openstack(profile, &mut out),
        _ => keys(profile, &mut out),
    }
    out.push_str(if profile.family == Family::Openstack {
        MORE_USERS
    } else {
        MORE_KEYS
    });
    // of a clouds.yaml, its endpoints hold
    if cloud.is_none() && !profile.endpoints.is_empty() {
        out.push_str(if profile.family == Family::Openstack {
            ENDPOINTS
        } else {
            BOTH
        });
        for (service, url) in &profile.endpoints {
            line(&mut out, service, &text(url));
        }
    }
    limits(&profile.limits, &mut out);
    out.push_str(HAZARDS);
    if profile.family != Family::S3 {
        out.push_str(BINDINGS);
    }
    out
}

fn openstack(profile: &Profile, out: &mut String) {
    out.push_str(AUTH_URL);
    line(out, "auth_url", &text(&profile.auth_url));
    out.push_str(REGION);
    optional(out, "region", profile.region.as_deref(), "RegionOne");
    let interface = match profile.interface {
        Interface::Public => None,
        Interface::Internal => Some("internal"),
        Interface::Admin => Some("admin"),
    };
    if let Some(interface) = interface {
        line(out, "interface", &text(interface));
    }
    main_user(profile, MAIN, out);
}

fn keys(profile: &Profile, out: &mut String) {
    if profile.family != Family::Aws {
        out.push_str(ENDPOINT);
        line(out, "endpoint", &text(&profile.auth_url));
    }
    out.push_str(AWS_REGION);
    optional(out, "region", profile.region.as_deref(), "us-east-1");
    if profile.family != Family::Ec2 {
        let addressing = match profile.addressing {
            Addressing::Path => "path",
            Addressing::VirtualHost => "virtual-host",
        };
        out.push_str(
            "# How buckets are addressed: path (host/bucket) or virtual-host (bucket.host).\n",
        );
        line(out, "addressing", &text(addressing));
    }
    main_user(profile, MAIN_KEYS, out);
}

/// Behind what else there is to trust.
fn main_user(profile: &Profile, head: &str, out: &mut String) {
    if let Some(path) = &profile.ca_file {
        out.push_str("# Further roots, PEM.\n");
        line(out, "ca_file", &text(&path.display().to_string()));
    }
    out.push_str(head);
    if let Some(user) = profile.users.get("main") {
        auth(&user.auth, &profile.name, out);
    }
}

fn auth(auth: &Auth, cloud: &str, out: &mut String) {
    match auth {
        Auth::Password {
            username,
            user_domain,
            password,
            project,
            project_domain,
        } => {
            user(username, user_domain, out);
            line(out, "project", &named(project));
            line(out, "project_domain", &named(project_domain));
            out.push_str(SECRET);
            line(out, "password", &source(password, cloud, "PASSWORD"));
        }
        Auth::ApplicationCredential { id, secret } => {
            line(out, "application_credential_id", &text(id));
            credential(secret, cloud, out);
        }
        Auth::ApplicationCredentialByName {
            name,
            username,
            user_domain,
            secret,
        } => {
            line(out, "application_credential_name", &text(name));
            user(username, user_domain, out);
            credential(secret, cloud, out);
        }
        Auth::Keys {
            access_key,
            secret_key,
            session_token,
        } => {
            out.push_str(SECRET);
            line(out, "access_key", &source(access_key, cloud, "ACCESS_KEY"));
            line(out, "secret_key", &source(secret_key, cloud, "SECRET_KEY"));
            if let Some(token) = session_token {
                line(out, "session_token", &source(token, cloud, "SESSION_TOKEN"));
            }
        }
    }
}

fn user(name: &str, domain: &Named, out: &mut String) {
    line(out, "username", &text(name));
    line(out, "user_domain", &named(domain));
}

fn credential(secret: &SecretSource, cloud: &str, out: &mut String) {
    out.push_str(SECRET);
    let secret = source(secret, cloud, "SECRET");
    line(out, "application_credential_secret", &secret);
}

/// Where a secret is read from; of one that stands in a file, a variable to put it into.
fn source(secret: &SecretSource, cloud: &str, what: &str) -> String {
    match secret {
        SecretSource::Env(name) => format!("{{ env = {} }}", text(name)),
        SecretSource::File(path) => format!("{{ file = {} }}", text(&path.display().to_string())),
        SecretSource::Command(words) => {
            let words: Vec<String> = words.iter().map(|word| text(word)).collect();
            format!("{{ command = [{}] }}", words.join(", "))
        }
        SecretSource::Inline(_) => format!("{{ env = {} }}", text(&variable(cloud, what))),
    }
}

/// `my-cloud`, `PASSWORD` → `MY_CLOUD_PASSWORD`.
pub fn variable(cloud: &str, what: &str) -> String {
    let cloud: String = cloud
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    let digit = cloud.starts_with(|c: char| c.is_ascii_digit());
    format!("{}{cloud}_{what}", if digit { "_" } else { "" })
}

/// One of the limits, as it is written.
type Number = fn(&Limits) -> String;

fn limits(limits: &Limits, out: &mut String) {
    let default = Limits::default();
    out.push_str(LIMITS);
    let numbers: [(&str, Number, &str); 4] = [
        ("in_flight", |l| l.in_flight.to_string(), "requests at once"),
        (
            "per_second",
            |l| l.per_second.to_string(),
            "requests a second",
        ),
        (
            "scenarios",
            |l| l.scenarios.to_string(),
            "scenarios at once",
        ),
        (
            "answer_within",
            |l| l.answer_within.to_string(),
            "seconds for a login, a question about the cloud, a removal",
        ),
    ];
    for (key, of, what) in numbers {
        let value = of(limits);
        let mark = if value == of(&default) { "# " } else { "" };
        let _ = writeln!(out, "{mark}{key} = {value}  # {what}");
    }
    out.push_str(
        "\n# How many of a kind may exist at once; what would have more is left out, and said.\n",
    );
    out.push_str("# [limits.most]\n");
    for (kind, most) in &limits.most {
        let _ = writeln!(out, "# {kind} = {most}");
    }
}

fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

fn optional(out: &mut String, key: &str, value: Option<&str>, example: &str) {
    match value {
        Some(value) => line(out, key, &text(value)),
        None => {
            let _ = writeln!(out, "# {key} = {}", text(example));
        }
    }
}

fn named(named: &Named) -> String {
    match named {
        Named::Id(id) => format!("{{ id = {} }}", text(id)),
        Named::Name(name) => text(name),
    }
}

/// As TOML writes it.
fn text(value: &str) -> String {
    toml::Value::from(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Environment;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment {
            variables: variables.iter().map(owned).collect(),
            ..Environment::default()
        }
    }

    /// From variables to a file and back.
    fn again(variables: &[(&str, &str)]) -> (Profile, Profile, String) {
        let environment = environment(variables);
        let before = Profile::load("env", &environment).unwrap();
        let text = written(&before, None);
        let after = Profile::parse(&text, Path::new("x.toml"), &environment);
        let after = after.unwrap_or_else(|error| panic!("{error}\n{text}"));
        (before, after, text)
    }

    fn same(before: &Profile, after: &Profile) {
        let shown = |profile: &Profile| {
            let users: BTreeMap<_, _> = profile.users.iter().collect();
            format!(
                "{} {:?} {:?} {:?} {:?} {users:?}",
                profile.auth_url,
                profile.family,
                profile.region,
                profile.ca_file,
                profile.endpoints
            )
        };
        assert_eq!(shown(before), shown(after));
        assert_eq!(before.limits, after.limits);
    }

    #[test]
    fn what_is_written_reads_back_and_holds_no_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let ca = file.path().display().to_string();
        let password = [
            ("OS_AUTH_URL", "https://id.example.com:5000"),
            ("OS_REGION_NAME", "one"),
            ("OS_USERNAME", "de\"mo\\"),
            ("OS_PASSWORD", "hunter2"),
            ("OS_PROJECT_ID", "abc"),
            ("OS_USER_DOMAIN_NAME", "Default"),
            ("OS_CACERT", ca.as_str()),
            (
                "OS_COMPUTE_ENDPOINT_OVERRIDE",
                "https://compute.example.com/v2.1",
            ),
        ];
        let credential = [
            ("OS_AUTH_URL", "https://id.example.com/v3"),
            ("OS_APPLICATION_CREDENTIAL_ID", "abc"),
            ("OS_APPLICATION_CREDENTIAL_SECRET", "hunter2"),
        ];
        let by_name = [
            ("OS_AUTH_URL", "https://id.example.com/v3"),
            ("OS_APPLICATION_CREDENTIAL_NAME", "tests"),
            ("OS_USERNAME", "demo"),
            ("OS_APPLICATION_CREDENTIAL_SECRET", "hunter2"),
        ];
        let keys = [
            ("AWS_ACCESS_KEY_ID", "hunter2"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("AWS_SESSION_TOKEN", "hunter2"),
            ("AWS_ENDPOINT_URL_S3", "https://s3.example.com"),
        ];
        let both = [
            ("AWS_ACCESS_KEY_ID", "hunter2"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("AWS_REGION", "one"),
            ("AWS_ENDPOINT_URL_S3", "https://s3.example.com"),
            ("AWS_ENDPOINT_URL_EC2", "https://ec2.example.com"),
        ];
        let all: [&[(&str, &str)]; 5] = [&password, &credential, &by_name, &keys, &both];
        for variables in all {
            let (before, after, text) = again(variables);
            same(&before, &after);
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_cloud_of_a_file_is_named_and_none_of_its_secrets_are_copied() {
        let folder = tempfile::tempdir().unwrap();
        let clouds = "clouds:\n  prod:\n    region_name: one\n    auth:\n      auth_url: https://id.example.com/v3\n      \
                      username: demo\n      password: hunter2\n      project_name: p\n";
        std::fs::write(folder.path().join("clouds.yaml"), clouds).unwrap();
        let environment = Environment {
            directory: folder.path().to_owned(),
            ..Environment::default()
        };
        let before = Profile::load("clouds.yaml:prod", &environment).unwrap();
        let text = written(&before, Some("clouds.yaml:prod"));
        assert!(!text.contains("hunter2"), "{text}");
        let after = Profile::parse(&text, &folder.path().join("prod.toml"), &environment);
        let after = after.unwrap_or_else(|error| panic!("{error}\n{text}"));
        same(&before, &after);
    }

    #[test]
    fn what_stands_behind_a_hash_is_right_when_it_is_taken_away() {
        let environment = environment(&[
            ("OS_AUTH_URL", "https://id.example.com/v3"),
            ("OS_USERNAME", "demo"),
            ("OS_PASSWORD", "x"),
            ("OS_PROJECT_NAME", "p"),
        ]);
        let text = written(&Profile::load("env", &environment).unwrap(), None);
        let is_code = |line: &str| {
            let code = line.strip_prefix("# ").unwrap_or_default();
            code.starts_with('[')
                || code.split_once(" = ").is_some_and(|(key, _)| {
                    key.trim_matches('"')
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || "_.".contains(c))
                })
        };
        let open: Vec<&str> = text
            .lines()
            .map(|line| if is_code(line) { &line[2..] } else { line })
            .collect();
        let open = open.join("\n");
        if let Err(error) = Profile::parse(&open, Path::new("x.toml"), &environment) {
            panic!("{error}\n{open}");
        }
    }

    #[test]
    fn a_variable_is_named_after_its_cloud() {
        assert_eq!(variable("my-cloud.eu", "PASSWORD"), "MY_CLOUD_EU_PASSWORD");
        assert_eq!(variable("1and1", "SECRET"), "_1AND1_SECRET");
    }
}
