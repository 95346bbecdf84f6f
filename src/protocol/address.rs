//! Where a request goes, whatever the family.

use super::reading::{list, printable};
use crate::dialect::services::services;

/// Where a request is sent, and whether the sender's token may go along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `http://host:port`
    pub origin: String,
    /// `http://host:port` to connect to, where no name leads to `origin`.
    pub via: Option<String>,
    /// Path and query, byte for byte.
    pub target: String,
    pub trust: Trust,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The cloud's catalog names this origin: it gets the token.
    Catalog,
    /// Anywhere else a captured link may lead: it gets none.
    Foreign,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("there is no service `{service}`{}", nearest(service))]
    UnknownService { service: String },
    #[error("the catalog has no {service}; it has {}", list(has))]
    NoService { service: String, has: Vec<String> },
    #[error("{service} can't be used: {why}")]
    UnusableService { service: String, why: String },
    #[error("a bucket can't be addressed by `{base}` here: {why}")]
    Base { base: &'static str, why: String },
    #[error("the profile has no user `{user}`")]
    NoUser { user: String },
    #[error("`{}` can't be sent to: {why}", printable(target))]
    Target { target: String, why: String },
}

fn nearest(service: &str) -> String {
    let near = |name: &&str| strsim::damerau_levenshtein(name, service) <= 3;
    match services().names().find(near) {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}
