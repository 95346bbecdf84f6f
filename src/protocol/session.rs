//! One cloud, logged in to, whatever its family.

use super::openstack::{self, Unfilled, version_headers};
use super::{
    Address, AddressError, ControlCall, ControlError, Purpose, Retry, SessionError, Trust, Witness,
    aws,
};
use crate::profile::secret::Redacted;
use crate::profile::{Family, Profile};
use crate::recording::{Binding, Discovery, Target, UserInfo};
use crate::scenario::{Base, Sign};
use crate::transport::{RawAnswer, Wire, WireRequest};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Secrets by user role of the profile, as read from their sources. Of a user with keys, the access key and the
/// session token are here too: under [`access_key_of`] and [`session_token_of`] the role.
pub type Secrets = BTreeMap<String, Redacted<String>>;

/// Where [`Secrets`] has the access key of a role.
pub fn access_key_of(role: &str) -> String {
    format!("{role}/access_key")
}

/// Where [`Secrets`] has the session token of a role.
pub fn session_token_of(role: &str) -> String {
    format!("{role}/session_token")
}

/// The user that sends no token and no signature.
pub const ANONYMOUS: &str = "anonymous";

/// What requests are sent through.
pub enum Session {
    Openstack(Box<openstack::Session>),
    Aws(Box<aws::Session>),
}

/// A request as it goes onto the wire.
pub struct Signed {
    pub request: WireRequest,
    /// The session's own token, if the request carries it.
    pub token: Option<Redacted<String>>,
}

/// Why a request can't be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    #[error("the login is lost: {0}")]
    Session(#[from] SessionError),
    /// The family has no such signature.
    #[error("{0}")]
    Unsupported(String),
}

impl Session {
    /// Logs in every user of the profile.
    pub async fn open(
        profile: &Profile,
        secrets: &Secrets,
        wire: Arc<Wire>,
        witness: Witness,
    ) -> Result<Self, SessionError> {
        Self::open_with(profile, secrets, wire, witness, Retry::default()).await
    }

    /// [`Self::open`] with a retry policy of one's own.
    pub async fn open_with(
        profile: &Profile,
        secrets: &Secrets,
        wire: Arc<Wire>,
        witness: Witness,
        retry: Retry,
    ) -> Result<Self, SessionError> {
        Ok(match profile.family {
            Family::Openstack => {
                let opened =
                    openstack::Session::open_with(profile, secrets, wire, witness, retry).await?;
                Self::Openstack(Box::new(opened))
            }
            Family::S3 | Family::Ec2 | Family::Aws => {
                let opened =
                    aws::Session::open_with(profile, secrets, wire, witness, retry).await?;
                Self::Aws(Box::new(opened))
            }
        })
    }

    /// Asks the cloud about itself. What it doesn't answer is a gap with a reason, never an error.
    pub async fn discover(&self, profile: &Profile) -> Discovery {
        match self {
            Self::Openstack(session) => openstack::discover(session, profile).await,
            Self::Aws(session) => session.discover(profile).await,
        }
    }

    pub fn family(&self) -> Family {
        match self {
            Self::Openstack(_) => Family::Openstack,
            Self::Aws(session) => session.family(),
        }
    }

    /// What is acted on, as locks and `cleanup` know it.
    pub fn target(&self) -> Target {
        match self {
            Self::Openstack(session) => session.target(),
            Self::Aws(session) => session.target(),
        }
    }

    pub fn region(&self) -> &str {
        match self {
            Self::Openstack(session) => session.region(),
            Self::Aws(session) => session.region(),
        }
    }

    pub fn wire(&self) -> &Arc<Wire> {
        match self {
            Self::Openstack(session) => session.wire(),
            Self::Aws(session) => session.wire(),
        }
    }

    pub fn user(&self, role: &str) -> Option<&UserInfo> {
        match self {
            Self::Openstack(session) => session.user(role),
            Self::Aws(session) => session.user(role),
        }
    }

    /// Where a request of a user goes. An anonymous one goes where one of `main` would.
    pub fn address(
        &self,
        service: &str,
        base: Base,
        user: &str,
        target: &str,
    ) -> Result<Address, AddressError> {
        match self {
            Self::Openstack(session) => session.address(service, base, user, target),
            Self::Aws(session) => session.address(service, base, target),
        }
    }

    /// Whether the family has signatures of this kind at all; the error says why not.
    pub fn can_sign(&self, service: &str, sign: &Sign) -> Result<(), String> {
        match self {
            Self::Aws(_) => aws::Session::can_sign(service, sign),
            Self::Openstack(_) if *sign == Sign::default() => Ok(()),
            Self::Openstack(_) => {
                Err("requests of this cloud carry a token and are not signed".to_owned())
            }
        }
    }

    /// Puts the user's token or signature on a request to a service that is otherwise complete. What the author wrote in place of
    /// either stays, and nothing is added.
    pub async fn sign(
        &self,
        user: &str,
        (service, trust): (&str, Trust),
        mut request: WireRequest,
        sign: &Sign,
    ) -> Result<Signed, SigningError> {
        match self {
            Self::Aws(session) => {
                let request = session.sign(user, (service, trust), request, sign)?;
                Ok(Signed {
                    request,
                    token: None,
                })
            }
            Self::Openstack(session) => {
                let own = |(name, _): &(String, String)| name.eq_ignore_ascii_case("x-auth-token");
                let mut carried = None;
                if trust == Trust::Catalog
                    && !request.headers.iter().any(own)
                    && let Some(token) = session.token(user).await?
                {
                    let header = ("X-Auth-Token".to_owned(), token.expose().clone());
                    request.headers.insert(0, header);
                    carried = Some(token);
                }
                Ok(Signed {
                    request,
                    token: carried,
                })
            }
        }
    }

    /// Whether a token that the cloud refused had only ended, which is no behaviour: keystone is asked, and there is a
    /// new one from now on.
    pub async fn has_ended(&self, user: &str, token: &Redacted<String>) -> bool {
        let Self::Openstack(session) = self else {
            return false;
        };
        if session.renew(user, token).await.is_err() {
            return false;
        }
        let mut ask = ControlCall::new(Purpose::Login, user, "identity", "GET", "/auth/tokens");
        ask.headers
            .push(("X-Subject-Token".to_owned(), token.expose().clone()));
        session
            .send(&ask)
            .await
            .is_ok_and(|answer| answer.status == 404)
    }

    /// Whether anybody answers at the cloud's first address. Why not, where nobody does.
    pub async fn is_there(&self) -> Result<(), String> {
        match self {
            Self::Openstack(session) => session.is_there().await,
            Self::Aws(session) => session.is_there().await,
        }
    }

    /// Asks for an image without content. Any answer.
    pub async fn create_image(&self, name: &str) -> Result<RawAnswer, ControlError> {
        match self {
            Self::Openstack(session) => session.create_image(name).await,
            Self::Aws(session) => Err(AddressError::NoService {
                service: "image".to_owned(),
                has: session.services().map(str::to_owned).collect(),
            }
            .into()),
        }
    }

    /// Sends the content of an image that was just made, and waits until it can be used.
    pub async fn fill_image(&self, id: &str) -> Result<Binding, Unfilled> {
        match self {
            Self::Openstack(session) => session.fill_image(id).await,
            Self::Aws(_) => Err(Unfilled::ForGood("S3 and EC2 take no image so".to_owned())),
        }
    }

    /// Headers that ask for a microversion of a service.
    pub fn version_headers(&self, service: &str, version: &str) -> Vec<(String, String)> {
        version_headers(service, version)
    }

    /// Sends a control call: addressed, signed, repeated where that may help.
    pub async fn send(&self, call: &ControlCall) -> Result<RawAnswer, ControlError> {
        match self {
            Self::Openstack(session) => session.send(call).await,
            Self::Aws(session) => session.send(call).await,
        }
    }
}
