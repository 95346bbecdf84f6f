//! Why a session can't be had: each variant says what failed, where, and what the cloud said.

use super::reading::list;

/// `user` is the role in the profile: `main`, `alt`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error("the auth URL `{url}` is none: {why}")]
    AuthUrl { url: String, why: String },
    #[error("no secret was given for the profile's user `{user}`")]
    NoSecret { user: String },
    #[error("can't reach {url}: {why}")]
    Unreachable { url: String, why: String },
    #[error("can't speak TLS with {url}: {why}")]
    Tls { url: String, why: String },
    /// Something answers, but not as keystone's v3 API does.
    #[error("{url} is not a keystone v3: {what}")]
    NotKeystone { url: String, what: String },
    #[error("{url} refuses name or secret of the profile's user `{user}` (401: {said})")]
    WrongCredentials {
        user: String,
        url: String,
        said: String,
    },
    /// The name and password are right.
    #[error(
        "user `{user}` has no role in project {project}, or there is none; projects of the user: {}",
        list(projects)
    )]
    NoSuchProject {
        user: String,
        project: String,
        projects: Vec<String>,
    },
    #[error("{url} refuses the login of the profile's user `{user}` ({status}: {said})")]
    Refused {
        user: String,
        url: String,
        status: u16,
        said: String,
    },
    /// 5xx or 429, after all attempts.
    #[error("{url} is not well: it answers {status} ({said})")]
    Unwell {
        url: String,
        status: u16,
        said: String,
    },
    #[error("the token of the profile's user `{user}` is for no project")]
    NotScoped { user: String },
    #[error("the catalog of the profile's user `{user}` is empty")]
    NoCatalog { user: String },
    #[error("region `{region}` is not in the catalog; regions: {}", list(regions))]
    NoSuchRegion {
        region: String,
        regions: Vec<String>,
    },
    #[error(
        "the catalog has several regions and the profile names none; regions: {}",
        list(regions)
    )]
    RegionNeeded { regions: Vec<String> },
    #[error("the profile's endpoint for {service}, `{url}`, can't be used: {why}")]
    EndpointOverride {
        service: String,
        url: String,
        why: String,
    },
    #[error("the profile has no user `{user}`")]
    NoUser { user: String },
    #[error("the endpoint `{url}` is none: {why}")]
    Endpoint { url: String, why: String },
    /// Something answers, but not as S3 or EC2 does.
    #[error("{url} is not {service}: {what}")]
    NotAws {
        url: String,
        service: &'static str,
        what: String,
    },
    /// The service doesn't know the access key of the profile's user.
    #[error("{url} doesn't know the access key of the profile's user `{user}` ({code}: {said})")]
    UnknownKey {
        user: String,
        url: String,
        code: String,
        said: String,
    },
    #[error(
        "{url} refuses the signature of the profile's user `{user}` ({code}: {said}): the secret key or the region `{region}` is wrong"
    )]
    WrongKey {
        user: String,
        url: String,
        region: String,
        code: String,
        said: String,
    },
    #[error("the clock of this machine and that of {url} differ by minutes ({code}: {said})")]
    Clock {
        url: String,
        code: String,
        said: String,
    },
    #[error("the embedded server can't be started: {why}")]
    Embedded { why: String },
}
