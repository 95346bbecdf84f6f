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
pub const MOST_KEYS: [&str; 8] = [
    "servers",
    "volumes",
    "networks",
    "routers",
    "floating_ips",
    "images",
    "containers",
    "buckets",
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
/// Of a user of an S3 service.
pub const KEY_USER_KEYS: [&str; 4] = ["access_key", "secret_key", "session_token", "expendable"];
/// … of which these are, or may be, secret.
pub const KEY_SECRETS: [&str; 3] = ["access_key", "secret_key", "session_token"];
/// What a profile of S3 can have besides what every profile can.
pub const S3_KEYS: [&str; 3] = ["endpoint", "addressing", "embedded"];
/// What only a profile of a cloud with keystone can have.
pub const KEYSTONE_KEYS: [&str; 4] = ["auth_url", "interface", "endpoints", "bindings"];
pub const SECRET_KEYS: [&str; 3] = ["env", "file", "command"];
pub const NAMED_KEYS: [&str; 3] = ["name", "id", "env"];
