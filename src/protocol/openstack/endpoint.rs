//! An endpoint: a catalog URL taken apart into origin, root, version and what follows it.

use crate::dialect::services::Service;
use crate::transport::{Origin, OriginError};

/// One service as one user reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub catalog_type: String,
    pub origin: Origin,
    /// Path above version and project: empty, or `/compute`.
    pub root: String,
    /// Path that targets are appended to, without a trailing slash.
    pub path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error(transparent)]
    Origin(#[from] OriginError),
    #[error("it has a query or a fragment")]
    Query,
}

/// `http://host:port` and the path that follows, which begins with `/` or is empty.
pub(super) fn split(url: &str) -> Result<(Origin, &str), UrlError> {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| host + at);
    Ok((Origin::parse(&url[..end])?, &url[end..]))
}

impl Endpoint {
    /// Reads a URL of a catalog. A version that the service has and the URL lacks is added; a wrong major one is
    /// replaced.
    pub(super) fn read(
        catalog_type: &str,
        url: &str,
        service: &Service,
        project: &str,
    ) -> Result<Self, UrlError> {
        let (origin, path) = split(url)?;
        if path.contains(['?', '#']) {
            return Err(UrlError::Query);
        }
        let parts = Parts::of(path, project);
        let version = match (&parts.version, &service.version) {
            (Some(own), Some(wanted)) if major(own) != major(wanted) => Some(wanted.as_str()),
            (Some(own), _) => Some(*own),
            (None, wanted) => wanted.as_deref(),
        };
        let segments = version.into_iter().chain(parts.behind.iter().copied());
        let path = segments.fold(parts.root.clone(), |path, segment| path + "/" + segment);
        Ok(Self {
            catalog_type: catalog_type.to_owned(),
            origin,
            root: parts.root,
            path,
        })
    }

    /// The URL without a trailing slash.
    pub(super) fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// The root's URL without a trailing slash.
    pub(super) fn root_url(&self) -> String {
        format!("{}{}", self.origin, self.root)
    }

    /// The version segment of the path.
    pub(super) fn version(&self) -> Option<&str> {
        let behind = self.path.strip_prefix(&self.root)?;
        behind.split('/').find(|segment| is_version(segment))
    }
}

/// Whether a catalog URL names the version that the service is spoken in, or none.
pub(super) fn fits(url: &str, service: &Service) -> bool {
    let path = split(url).map_or("", |(_, path)| path);
    match (Parts::of(path, "").version, &service.version) {
        (Some(own), Some(wanted)) => major(own) == major(wanted),
        _ => true,
    }
}

struct Parts<'a> {
    root: String,
    version: Option<&'a str>,
    behind: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(path: &'a str, project: &str) -> Self {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let segments = if segments == [""] { vec![] } else { segments };
        let at = segments.iter().rposition(|segment| is_version(segment));
        let root_ends = at.unwrap_or_else(|| {
            // Without a version the project may still be there.
            segments.len()
                - usize::from(
                    !project.is_empty() && segments.last().is_some_and(|s| s.contains(project)),
                )
        });
        let root = segments[..root_ends]
            .iter()
            .fold(String::new(), |root, segment| root + "/" + segment);
        Self {
            root,
            version: at.map(|at| segments[at]),
            behind: segments[at.map_or(root_ends, |at| at + 1)..].to_vec(),
        }
    }
}

/// `v2`, `v2.1`
pub(super) fn is_version(segment: &str) -> bool {
    let Some(number) = segment.strip_prefix('v') else {
        return false;
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match number.split_once('.') {
        Some((major, minor)) => digits(major) && digits(minor),
        None => digits(number),
    }
}

fn major(version: &str) -> &str {
    let number = version.trim_start_matches('v');
    number.split_once('.').map_or(number, |(major, _)| major)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::services::services;

    fn read(service: &str, url: &str) -> (String, String) {
        let service = services().get(service).unwrap();
        let endpoint = Endpoint::read("t", url, service, "0123abcd").unwrap();
        (endpoint.root_url(), endpoint.url())
    }

    #[test]
    fn catalog_urls_get_the_version_that_they_lack() {
        for (service, url, root, endpoint) in [
            (
                "image",
                "http://h:9292",
                "http://h:9292",
                "http://h:9292/v2",
            ),
            (
                "image",
                "http://h/image/",
                "http://h/image",
                "http://h/image/v2",
            ),
            (
                "network",
                "http://h:9696/",
                "http://h:9696",
                "http://h:9696/v2.0",
            ),
            (
                "identity",
                "https://h/identity",
                "https://h/identity",
                "https://h/identity/v3",
            ),
            (
                "placement",
                "http://h/placement",
                "http://h/placement",
                "http://h/placement",
            ),
        ] {
            assert_eq!(
                read(service, url),
                (root.to_owned(), endpoint.to_owned()),
                "{url}"
            );
        }
    }

    #[test]
    fn roots_have_neither_version_nor_project_but_keep_prefixes() {
        for (service, url, root, endpoint) in [
            (
                "compute",
                "http://h/compute/v2.1",
                "http://h/compute",
                "http://h/compute/v2.1",
            ),
            (
                "compute",
                "http://h/v2.1/0123abcd",
                "http://h",
                "http://h/v2.1/0123abcd",
            ),
            (
                "block-storage",
                "http://h:8776/v3/0123abcd/",
                "http://h:8776",
                "http://h:8776/v3/0123abcd",
            ),
            (
                "block-storage",
                "http://h/volume/0123abcd",
                "http://h/volume",
                "http://h/volume/v3/0123abcd",
            ),
            (
                "object-store",
                "http://h/v1/AUTH_0123abcd",
                "http://h",
                "http://h/v1/AUTH_0123abcd",
            ),
            (
                "object-store",
                "http://h/swift/v1",
                "http://h/swift",
                "http://h/swift/v1",
            ),
            (
                "object-store",
                "https://h:443/AUTH_0123abcd",
                "https://h",
                "https://h/AUTH_0123abcd",
            ),
        ] {
            assert_eq!(
                read(service, url),
                (root.to_owned(), endpoint.to_owned()),
                "{url}"
            );
        }
    }

    #[test]
    fn an_old_major_version_is_replaced() {
        assert_eq!(read("identity", "http://h:5000/v2.0").1, "http://h:5000/v3");
        assert!(!fits(
            "http://h:5000/v2.0",
            services().get("identity").unwrap()
        ));
        assert!(fits("http://h:9696/v2", services().get("network").unwrap()));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let compute = services().get("compute").unwrap();
        for url in [
            "",
            "/v2.1",
            "h:80/v2",
            "http://",
            "http://u:p@h/",
            "http://h/v2.1?x=y",
            "file:///etc",
        ] {
            assert!(Endpoint::read("t", url, compute, "p").is_err(), "{url}");
        }
    }
}
