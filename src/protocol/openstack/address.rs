//! Where a request goes: from service, base and target to origin and path.

use super::account::Account;
use super::endpoint::{UrlError, split};
use crate::dialect::services::services;
use crate::protocol::address::{Address, AddressError, Trust};
use crate::scenario::Base;

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
            Base::Path | Base::VirtualHost => {
                let (base, why) = (base.word(), format!("{service} has no buckets"));
                return Err(AddressError::Base { base, why });
            }
            Base::Absolute => return Err(refused("it is neither a URL nor a whole path")),
        };
        if !target.is_empty() && !target.starts_with(['/', '?']) {
            return Err(refused("it doesn't begin with `/`"));
        }
        Ok(Address {
            origin: endpoint.origin.to_string(),
            via: None,
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
                via: None,
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
