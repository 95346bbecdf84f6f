//! Where a request to a bucket goes: the bucket in the path, or in the name of the host.

use crate::profile::Addressing;
use crate::protocol::{Address, AddressError, Trust};
use crate::scenario::Base;

/// The endpoint of a service.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// `http://`
    scheme: &'static str,
    /// Host and port as they are named in requests.
    authority: String,
    /// Path that targets are appended to, without a trailing slash; mostly empty.
    path: String,
    /// `http://host:port` to connect to, where names below the host lead nowhere.
    via: Option<String>,
    addressing: Addressing,
}

impl Place {
    /// `url` is checked by the profile. `via`: where a service that is named so is really found.
    pub(super) fn new(
        url: &str,
        via: Option<String>,
        addressing: Addressing,
    ) -> Result<Self, String> {
        let (scheme, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => ("https://", rest),
            (None, Some(rest)) => ("http://", rest),
            (None, None) => return Err("it is no URL".to_owned()),
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if authority.is_empty() {
            return Err("it has no host".to_owned());
        }
        let mut place = Self {
            scheme,
            authority: authority.to_ascii_lowercase(),
            path: path.trim_end_matches('/').to_owned(),
            via,
            addressing,
        };
        // no name server knows `bucket.127.0.0.1`
        if place.via.is_none() && is_loopback(&place.authority) {
            place.via = Some(place.origin());
        }
        Ok(place)
    }

    fn origin(&self) -> String {
        format!("{}{}", self.scheme, self.authority)
    }

    pub(super) fn url(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    /// The address of `target`, whose first segment is the bucket.
    pub(super) fn address(&self, base: Base, target: &str) -> Result<Address, AddressError> {
        let refused = |why: &str| AddressError::Target {
            target: target.to_owned(),
            why: why.to_owned(),
        };
        let virtual_host = match base {
            Base::Absolute => return self.absolute(target),
            Base::Root | Base::Path => false,
            Base::VirtualHost => true,
            Base::Endpoint => self.addressing == Addressing::VirtualHost,
        };
        if !target.is_empty() && !target.starts_with(['/', '?']) {
            return Err(refused("it doesn't begin with `/`"));
        }
        let rest = target.strip_prefix('/').unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (bucket, rest) = rest.split_at(end);
        if !virtual_host || bucket.is_empty() {
            return Ok(Address {
                origin: self.origin(),
                via: self.via.clone(),
                target: rooted(&format!("{}{target}", self.path)),
                trust: Trust::Catalog,
            });
        }
        if !bucket
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        {
            let why = "its first segment is no part of a host's name".to_owned();
            let base = Base::VirtualHost.word();
            return Err(AddressError::Base { base, why });
        }
        Ok(Address {
            origin: format!("{}{bucket}.{}", self.scheme, self.authority),
            via: self.via.clone(),
            target: rooted(&format!("{}{rest}", self.path)),
            trust: Trust::Catalog,
        })
    }

    /// A whole URL, as an answer gave it: trusted where it is of this service. Without a host it is of this one.
    fn absolute(&self, url: &str) -> Result<Address, AddressError> {
        if url.starts_with('/') && !url.starts_with("//") {
            return Ok(Address {
                origin: self.origin(),
                via: self.via.clone(),
                target: url.to_owned(),
                trust: Trust::Catalog,
            });
        }
        let refused = || AddressError::Target {
            target: url.to_owned(),
            why: "it is neither a URL nor a whole path".to_owned(),
        };
        let at = url.find("://").ok_or_else(refused)? + 3;
        let end = url[at..]
            .find(['/', '?', '#'])
            .map_or(url.len(), |n| at + n);
        let (origin, path) = url.split_at(end);
        let authority = origin[at..].to_ascii_lowercase();
        let ours =
            authority == self.authority || authority.ends_with(&format!(".{}", self.authority));
        let path = path.split('#').next().unwrap_or_default();
        Ok(Address {
            origin: origin.to_owned(),
            via: self.via.clone().filter(|_| ours),
            target: rooted(path),
            trust: if ours { Trust::Catalog } else { Trust::Foreign },
        })
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

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str, addressing: Addressing) -> Place {
        Place::new(url, None, addressing).unwrap()
    }

    #[test]
    fn a_path_goes_out_as_written() {
        let place = place("http://127.0.0.1:9000", Addressing::Path);
        for target in [
            "/b/../x",
            "/b//a",
            "/b/%2e%2e/",
            "/b/a%2Fb?x",
            "/b?list-type=2",
        ] {
            let address = place.address(Base::Endpoint, target).unwrap();
            assert_eq!(address.target, target);
            assert_eq!(address.origin, "http://127.0.0.1:9000");
        }
        assert_eq!(place.address(Base::Endpoint, "").unwrap().target, "/");
    }

    #[test]
    fn a_bucket_moves_into_the_host() {
        let host = place("https://s3.example.com", Addressing::VirtualHost);
        let address = |target: &str| {
            let address = host.address(Base::Endpoint, target).unwrap();
            (address.origin, address.target)
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(address("/b/k/l"), pair("https://b.s3.example.com", "/k/l"));
        assert_eq!(address("/b"), pair("https://b.s3.example.com", "/"));
        assert_eq!(address("/b?acl"), pair("https://b.s3.example.com", "/?acl"));
        assert_eq!(address("/"), pair("https://s3.example.com", "/"));
        let near = place("http://127.0.0.1:1", Addressing::VirtualHost);
        let near = near.address(Base::Endpoint, "/b/k").unwrap();
        assert_eq!(near.origin, "http://b.127.0.0.1:1");
        assert_eq!(near.via.as_deref(), Some("http://127.0.0.1:1"));
    }

    #[test]
    fn only_links_to_this_service_are_trusted() {
        let place = place("https://s3.example.com", Addressing::Path);
        let trust = |url: &str| place.address(Base::Absolute, url).unwrap().trust;
        assert_eq!(trust("https://b.s3.example.com/k"), Trust::Catalog);
        assert_eq!(trust("https://s3.example.com.evil.org/k"), Trust::Foreign);
        assert_eq!(trust("https://evils3.example.com/k"), Trust::Foreign);
    }
}
