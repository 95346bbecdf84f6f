//! The names that a profile can hold: read by the parser, by the schema, and by what hides secrets.

pub const KEYS: [&str; 15] = [
    "name",
    "family",
    "auth_url",
    "endpoint",
    "addressing",
    "embedded",
    "region",
    "interface",
    "ca_file",
    "untested",
    "notes",
    "users",
    "endpoints",
    "limits",
    "bindings",
];
pub const LIMIT_KEYS: [&str; 5] = [
    "in_flight",
    "per_second",
    "scenarios",
    "answer_within",
    "most",
];
pub const MOST_KEYS: [&str; 10] = [
    "servers",
    "volumes",
    "networks",
    "routers",
    "floating_ips",
    "images",
    "containers",
    "buckets",
    "keypairs",
    "snapshots",
];
/// Names of services, as the catalog's official types.
pub const SERVICES: [&str; 12] = [
    "identity",
    "compute",
    "image",
    "network",
    "block-storage",
    "object-store",
    "placement",
    "dns",
    "key-manager",
    "load-balancer",
    "orchestration",
    "shared-file-system",
];
/// Services of the family `aws`.
pub const AWS_SERVICES: [&str; 2] = ["s3", "ec2"];
/// The roles that scenarios can act as with an account of their own.
pub const ROLES: [&str; 3] = ["main", "alt", "expendable"];
/// What may stand below `[users]`; `anonymous` is recognised, and refused with its own words.
pub const USERS_KEYS: [&str; 4] = ["main", "alt", "expendable", "anonymous"];
pub const USER_KEYS: [&str; 13] = [
    "username",
    "password",
    "user_domain",
    "project",
    "project_domain",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "cloud",
    "expendable",
    "access_key",
    "secret_key",
    "session_token",
];
/// What an image's binding can be instead of an id or a name.
pub const BINDING_KEYS: [&str; 1] = ["upload"];
/// Of a user of an S3 or EC2 service.
pub const KEY_USER_KEYS: [&str; 4] = ["access_key", "secret_key", "session_token", "expendable"];
/// … of which these are, or may be, secret.
pub const KEY_SECRETS: [&str; 3] = ["access_key", "secret_key", "session_token"];
/// What a profile of a cloud with keystone can't have, one of S3, one of EC2, one of both.
pub const NOT_OPENSTACK: [&str; 3] = ["endpoint", "addressing", "embedded"];
pub const NOT_S3: [&str; 4] = ["auth_url", "interface", "endpoints", "bindings"];
pub const NOT_EC2: [&str; 5] = [
    "auth_url",
    "interface",
    "endpoints",
    "addressing",
    "embedded",
];
pub const NOT_AWS: [&str; 4] = ["auth_url", "interface", "endpoint", "embedded"];
pub const SECRET_KEYS: [&str; 3] = ["env", "file", "command"];
pub const NAMED_KEYS: [&str; 3] = ["name", "id", "env"];
