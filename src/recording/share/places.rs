//! Where names of people and places stand, by name. Data, and the few functions that look something up in it.

use regex::bytes::Regex;
use std::sync::LazyLock;

/// JSON members that say who or where, innermost last.
const PEOPLE: &[&[&str]] = &[
    &["user", "name"],
    &["user", "id"],
    &["users", "name"],
    &["user_name"],
    &["user_id"],
    &["userId"],
    &["username"],
    &["project", "name"],
    &["project", "id"],
    &["projects", "name"],
    &["projects", "id"],
    &["projects", "description"],
    &["target", "project"],
    &["project_name"],
    &["project_id"],
    &["tenant", "name"],
    &["tenant", "id"],
    &["tenants", "name"],
    &["tenants", "id"],
    &["tenant_name"],
    &["tenant_id"],
    &["domain", "name"],
    &["domain", "id"],
    &["domains", "name"],
    &["domain_id"],
    &["domain_name"],
    &["owner"],
    &["owner_id"],
    &["owner_user_name"],
    &["owner_project_name"],
    &["created_by"],
    &["host"],
    &["hypervisor_hostname"],
    &["OS-EXT-SRV-ATTR:host"],
    &["OS-EXT-SRV-ATTR:hypervisor_hostname"],
    &["os-vol-host-attr:host"],
    &["binding:host_id"],
];

/// An object with one of these is somebody's.
const OWNERS: &[&str] = &["project_id", "tenant_id", "owner", "user_id"];

/// What somebody called it.
const NAMES: &[&str] = &["name", "display_name", "description", "display_description"];

/// Whose name an object is, of those that say nothing of an owner.
const NAMED_ONLY: &[&str] = &["keypair", "keypairs"];

/// Members of the dialects' XML that say who.
const PERSON_ELEMENTS: &str =
    "ID|DisplayName|ownerId|OwnerId|imageOwnerId|requesterId|accountId|userId";
/// And what somebody called something.
const NAME_ELEMENTS: &str = "keyName|groupName";

/// Hosts in names of namespaces, and ones that are nobody's.
const PUBLIC_HOSTS: &[&str] = &[
    "acs.amazonaws.com",
    "ec2.amazonaws.com",
    "s3.amazonaws.com",
    "iam.amazonaws.com",
    "www.w3.org",
    "www.rfc-editor.org",
    "tools.ietf.org",
    "docs.openstack.org",
    "schemas.xmlsoap.org",
    "json-schema.org",
    "localhost",
    "host",
];

/// Domains of what documents and errors refer to, and of examples.
const PUBLIC_DOMAINS: &[&str] = &[
    ".localhost",
    ".example",
    ".example.com",
    ".example.net",
    ".example.org",
    ".invalid",
    ".openstack.org",
    ".opendev.org",
    ".launchpad.net",
    ".w3.org",
    ".ietf.org",
];

/// What every cloud calls something.
const COMMON: &[&str] = &[
    "default",
    "Default",
    "null",
    "none",
    "None",
    "admin",
    "service",
    "Default security group",
];

/// Whether the value of a JSON member says who or where.
pub(super) fn is_person<S: AsRef<str>>(path: &[S]) -> bool {
    PEOPLE.iter().any(|names| {
        path.len() >= names.len()
            && path[path.len() - names.len()..]
                .iter()
                .zip(*names)
                .all(|(have, want)| have.as_ref() == *want)
    })
}

/// Names and descriptions in an object that is somebody's; `within` is the member that holds it.
pub(super) fn names_in<'v>(
    object: &'v serde_json::Map<String, serde_json::Value>,
    within: Option<&str>,
) -> Vec<&'v str> {
    let is_owned = OWNERS.iter().any(|owner| object.contains_key(*owner));
    let is_named = within.is_some_and(|within| NAMED_ONLY.contains(&within));
    if !is_owned && !is_named {
        return Vec::new();
    }
    let texts = NAMES.iter().filter_map(|name| object.get(*name)?.as_str());
    let tags = object.get("tags").and_then(|tags| tags.as_array());
    let tags = tags.into_iter().flatten().filter_map(|tag| tag.as_str());
    texts.chain(tags).collect()
}

pub(super) fn is_public_host(host: &str) -> bool {
    PUBLIC_HOSTS.contains(&host)
        || PUBLIC_DOMAINS
            .iter()
            .any(|domain| host.ends_with(domain) || host == &domain[1..])
}

pub(super) fn is_common(value: &str) -> bool {
    COMMON.contains(&value)
}

fn pattern(text: &str) -> Regex {
    #[expect(
        clippy::expect_used,
        reason = "built from literals; the tests compile it"
    )]
    Regex::new(text).expect("valid")
}

/// The text of elements that say who.
pub(super) static PERSON_ELEMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?-u)<(?:{PERSON_ELEMENTS})>([^<\s][^<]*)</")));

/// The text of elements that somebody named; of buckets the first below them, of tags the second.
pub(super) static NAME_ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?-u)<(?:{NAME_ELEMENTS})>([^<\s][^<]*)</|<Bucket>\s*<Name>([^<]+)</|<key>[^<]*</key>\s*<value>([^<]+)</"
    ))
});

/// Hosts of URLs, without ports.
pub(super) static URL_HOST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?-u)(?:https?|wss?|rbd|nfs|ldap)(?:://|:\\/\\/)(?:[^/@\s"'\\<>]*@)?([A-Za-z0-9][A-Za-z0-9._-]*)"#,
    )
});
