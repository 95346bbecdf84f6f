//! Where a request goes: from service, base and target to origin and path.

use super::account::Account;
use super::endpoint::{UrlError, split};
use super::reading::{list, printable};
use crate::dialect::services::services;
use crate::scenario::Base;

/// Where a request is sent, and whether the sender's token may go along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `http://host:port`
    pub origin: String,
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

impl Account {
    pub(super) fn address(
        &self,
        service: &str,
        base: Base,
        target: &str,
    ) -> Result<Address, AddressError> {
        let refused = |why: &str| AddressError::Target {
            target: target.to_owned(),
            why: why.to_owned(),
        };
        if base == Base::Absolute
            && let Some(address) = self.absolute(target)
        {
            return address.map_err(|error| refused(&error.to_string()));
        }
        let Some(endpoint) = self.endpoints.get(service) else {
            return Err(self.no_service(service));
        };
        let path = match base {
            Base::Endpoint => &endpoint.path,
            Base::Root => &endpoint.root,
            // A link may leave out the origin (glance's `next`); it then begins with the whole path.
            Base::Absolute if target.starts_with('/') && !target.starts_with("//") => "",
            Base::Absolute => return Err(refused("it is neither a URL nor a whole path")),
        };
        if !target.is_empty() && !target.starts_with(['/', '?']) {
            return Err(refused("it doesn't begin with `/`"));
        }
        Ok(Address {
            origin: endpoint.origin.to_string(),
            target: rooted(&format!("{path}{target}")),
            trust: Trust::Catalog,
        })
    }

    /// `None`: the target has no scheme.
    fn absolute(&self, target: &str) -> Option<Result<Address, UrlError>> {
        let scheme = target.split("://").next()?;
        let is_scheme = scheme.bytes().all(|b| b.is_ascii_alphanumeric());
        if scheme.len() == target.len() || scheme.is_empty() || !is_scheme {
            return None;
        }
        Some(split(target).map(|(origin, path)| {
            let trust = if self.origins.contains(&origin) {
                Trust::Catalog
            } else {
                Trust::Foreign
            };
            // A fragment is the client's own (RFC 3986 §3.5).
            let path = path.split('#').next().unwrap_or_default();
            Address {
                origin: origin.to_string(),
                target: rooted(path),
                trust,
            }
        }))
    }

    fn no_service(&self, service: &str) -> AddressError {
        let service = service.to_owned();
        if let Some(why) = self.missing.get(&service) {
            let why = why.clone();
            return AddressError::UnusableService { service, why };
        }
        if services().get(&service).is_none() {
            return AddressError::UnknownService { service };
        }
        let has = self.catalog.types();
        AddressError::NoService { service, has }
    }
}

/// A request line has at least a slash.
fn rooted(path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}
