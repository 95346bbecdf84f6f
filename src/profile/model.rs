//! A cloud as its owner describes it, checked, secrets still unread.

use crate::profile::secret::SecretSource;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Clone, Debug)]
pub struct Profile {
    /// Shown in reports; default: the file's stem.
    pub name: String,
    pub family: Family,
    /// `https://identity.example.com/v3`: always with `/v3`, never with a trailing slash. Of an S3 or EC2 service its
    /// endpoint, of both the first; empty where the service is embedded.
    pub auth_url: String,
    pub region: Option<String>,
    pub interface: Interface,
    /// How buckets are addressed, of an S3 service.
    pub addressing: Addressing,
    /// The service runs inside this process, for as long as the run.
    pub embedded: bool,
    /// Endpoint overrides by service name of the dialect; of S3 and EC2 together, their endpoints.
    pub endpoints: BTreeMap<String, String>,
    /// PEM file with further roots.
    pub ca_file: Option<PathBuf>,
    /// By role: `main` always, `alt`, `expendable`. `anonymous` needs no entry.
    pub users: BTreeMap<String, User>,
    pub limits: Limits,
    /// Bindings that the owner names: `flavor.small` → what it is bound to.
    pub bindings: BTreeMap<String, BindTo>,
    /// Peculiarities, for people; printed by `doctor`.
    pub notes: Vec<String>,
    /// Set in profiles that ship and never ran: the first line of every report says UNTESTED.
    pub untested: bool,
    /// Where it was read from, for messages.
    pub origin: String,
}

impl Profile {
    /// With nothing but what every profile says.
    pub fn new(name: String, family: Family, url: String, users: BTreeMap<String, User>) -> Self {
        Self {
            name,
            family,
            auth_url: url,
            region: None,
            interface: Interface::default(),
            addressing: Addressing::default(),
            embedded: false,
            endpoints: BTreeMap::new(),
            ca_file: None,
            users,
            limits: Limits::default(),
            bindings: BTreeMap::new(),
            notes: Vec::new(),
            untested: false,
            origin: String::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Openstack,
    S3,
    Ec2,
    /// S3 and EC2 of one account.
    Aws,
}

impl Family {
    /// As profiles and recordings spell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Openstack => "openstack",
            Self::S3 => "s3",
            Self::Ec2 => "ec2",
            Self::Aws => "aws",
        }
    }
}

/// How a bucket is named in a request to an S3 service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// `http://host/bucket/key`
    #[default]
    Path,
    /// `http://bucket.host/key`
    VirtualHost,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interface {
    #[default]
    Public,
    Internal,
    Admin,
}

impl Interface {
    /// As a catalog spells it.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "public" => Some(Self::Public),
            "internal" => Some(Self::Internal),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct User {
    pub auth: Auth,
    /// The owner says that this account may be locked out.
    pub expendable: bool,
}

#[derive(Clone, Debug)]
pub enum Auth {
    Password {
        username: String,
        /// Domain of the user, by name or id.
        user_domain: Named,
        password: SecretSource,
        project: Named,
        /// Domain of the project; ignored where the project is given by id.
        project_domain: Named,
    },
    ApplicationCredential {
        id: String,
        secret: SecretSource,
    },
    /// By name, of a user.
    ApplicationCredentialByName {
        name: String,
        username: String,
        user_domain: Named,
        secret: SecretSource,
    },
    /// Of an S3 or EC2 service.
    Keys {
        access_key: SecretSource,
        secret_key: SecretSource,
        /// Of temporary keys.
        session_token: Option<SecretSource>,
    },
}

impl Auth {
    /// The one secret that a login of this kind needs.
    pub fn secret(&self) -> &SecretSource {
        match self {
            Self::Password { password, .. } => password,
            Self::ApplicationCredential { secret, .. }
            | Self::ApplicationCredentialByName { secret, .. } => secret,
            Self::Keys { secret_key, .. } => secret_key,
        }
    }
}

/// A thing given by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Id(String),
    Name(String),
}

/// What the owner binds a name of scenarios to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindTo {
    /// By id or by name.
    Named(String),
    /// An own small image: uploaded before a run, removed after it.
    Upload,
}

/// Ceilings. Absent in a file: the default.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Requests under way at once. Default 16.
    pub in_flight: u32,
    /// Requests a second, over all. Default 50.
    pub per_second: f64,
    /// Scenarios at once. Default 8.
    pub scenarios: u32,
    /// Seconds until a login, a question about the cloud or a removal counts as not answered. Default 60. Steps of
    /// scenarios have their own.
    pub answer_within: u32,
    /// How many of a kind may exist at once: `servers`, `volumes`, `networks`, `routers`, `floating_ips`,
    /// `images`, `containers`. Kinds not in the map have no ceiling; a file adds to the defaults or
    /// replaces single ones.
    pub most: BTreeMap<String, u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 16,
            per_second: 50.0,
            scenarios: 8,
            answer_within: 60,
            most: [
                ("servers", 4),
                ("volumes", 6),
                ("networks", 8),
                ("routers", 4),
                ("floating_ips", 4),
            ]
            .map(|(k, v)| (k.to_owned(), v))
            .into(),
        }
    }
}
