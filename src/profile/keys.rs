//! The names that a profile can hold: read by the parser, by the schema, and by what hides secrets.

pub const KEYS: [&str; 12] = [
    "name",
    "family",
    "auth_url",
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
pub const MOST_KEYS: [&str; 7] = [
    "servers",
    "volumes",
    "networks",
    "routers",
    "floating_ips",
    "images",
    "containers",
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
pub const USER_KEYS: [&str; 10] = [
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
];
/// What an image's binding can be instead of an id or a name.
pub const BINDING_KEYS: [&str; 1] = ["upload"];
pub const SECRET_KEYS: [&str; 3] = ["env", "file", "command"];
pub const NAMED_KEYS: [&str; 3] = ["name", "id", "env"];
