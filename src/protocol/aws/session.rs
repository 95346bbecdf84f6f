//! The services of one account, S3 or EC2 or both, known by every user of its profile.

use super::areas::ask_areas;
use super::bindings::bind;
use super::control::{Courier, Stamp};
use super::error::SessionError;
use super::login::{Person, log_in};
use super::place::Place;
use super::query::Query;
use super::sign::{self, Keys};
use crate::dialect::xml;
use crate::embedded::{NAMED, Server};
use crate::profile::{Addressing, Auth, Family, Profile};
use crate::protocol::{
    ANONYMOUS, Address, AddressError, ControlCall, ControlError, MAIN, Purpose, Retry, Secrets,
    SigningError, Trust, Witness, access_key_of, session_token_of,
};
use crate::recording::{Capability, Discovery, ServiceInfo, Target, UserInfo};
use crate::scenario::{Base, Checksum, Sign};
use crate::transport::{RawAnswer, Wire, WireRequest};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(super) const S3: &str = "s3";
pub(super) const EC2: &str = "ec2";
/// What a signature says where a profile names no region.
const REGION: &str = "us-east-1";

pub struct Session {
    courier: Courier,
    family: Family,
    /// Where the services are, by their names.
    places: BTreeMap<&'static str, Place>,
    region: String,
    accounts: BTreeMap<String, Account>,
    gaps: Vec<String>,
    /// Lives as long as the session.
    _server: Option<Server>,
}

struct Account {
    keys: Keys,
    info: UserInfo,
}

impl Session {
    /// Asks the services who each user of the profile is.
    pub async fn open_with(
        profile: &Profile,
        secrets: &Secrets,
        wire: Arc<Wire>,
        witness: Witness,
        retry: Retry,
    ) -> Result<Self, SessionError> {
        let region = profile.region.clone().unwrap_or_else(|| REGION.to_owned());
        let mut all = BTreeMap::new();
        for (role, user) in &profile.users {
            all.insert(role.clone(), keys(role, &user.auth, secrets)?);
        }
        let mut server = None;
        if profile.embedded {
            let keys = all.values().map(|keys| {
                let secret = keys.secret_key.expose().clone();
                (keys.access_key.expose().clone(), secret)
            });
            let started = Server::start(keys.collect()).await;
            server = Some(started.map_err(|why| SessionError::Embedded { why })?);
        }
        let mut session = Self {
            courier: Courier {
                wire,
                witness,
                retry,
                answer_within: Duration::from_secs(profile.limits.answer_within.into()),
            },
            family: profile.family,
            places: places(profile, server.as_ref())?,
            region,
            accounts: BTreeMap::new(),
            gaps: Vec::new(),
            _server: server,
        };
        let mut roles: Vec<_> = all.into_iter().collect();
        roles.sort_by_key(|(role, _)| *role != MAIN);
        for (role, keys) in roles {
            let Person { info, gaps } = log_in(&session, &role, &keys).await?;
            for gap in gaps {
                if !session.gaps.contains(&gap) {
                    session.gaps.push(gap);
                }
            }
            session.accounts.insert(role, Account { keys, info });
        }
        if !session.accounts.contains_key(MAIN) {
            return Err(SessionError::NoUser {
                user: MAIN.to_owned(),
            });
        }
        Ok(session)
    }

    pub fn family(&self) -> Family {
        self.family
    }

    /// Their names.
    pub fn services(&self) -> impl Iterator<Item = &'static str> {
        self.places.keys().copied()
    }

    /// Where a service is; empty where there is none.
    pub(super) fn url(&self, service: &str) -> String {
        self.places.get(service).map(Place::url).unwrap_or_default()
    }

    /// What is acted on, as locks and `cleanup` know it. Where a service names no owner, the key stands for it.
    pub fn target(&self) -> Target {
        let main = self.accounts.get(MAIN);
        let project = main.map(|main| {
            if main.info.project_id.is_empty() {
                let digest = Sha256::digest(main.keys.access_key.expose());
                format!("key-{}", &hex::encode(digest)[..12])
            } else {
                main.info.project_id.clone()
            }
        });
        Target {
            endpoint: self
                .places
                .values()
                .next()
                .map(Place::url)
                .unwrap_or_default(),
            region: self.region.clone(),
            project: project.unwrap_or_default(),
        }
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    pub fn wire(&self) -> &Arc<Wire> {
        &self.courier.wire
    }

    pub fn user(&self, role: &str) -> Option<&UserInfo> {
        self.accounts.get(role).map(|account| &account.info)
    }

    pub async fn discover(&self, profile: &Profile) -> Discovery {
        let mut found = Discovery {
            users: self
                .accounts
                .iter()
                .map(|(role, account)| (role.clone(), account.info.clone()))
                .collect(),
            gaps: self.gaps.clone(),
            ..Discovery::default()
        };
        for (service, place) in &self.places {
            let url = place.url();
            let info = ServiceInfo {
                catalog_type: (*service).to_owned(),
                endpoint: url.clone(),
                root: url,
                microversion: None,
                versions: Vec::new(),
            };
            found.services.insert((*service).to_owned(), info);
            let capability = format!("service.{service}");
            found.capabilities.insert(capability, Capability::Present);
        }
        if self.places.contains_key(EC2) {
            found.capabilities.extend(ask_areas(self).await);
            for (name, bound) in bind(self, profile).await {
                match bound {
                    Ok(binding) => drop(found.bindings.insert(name, binding)),
                    Err(why) => drop(found.unbound.insert(name, why)),
                }
            }
        }
        found
    }

    pub fn address(
        &self,
        service: &str,
        base: Base,
        target: &str,
    ) -> Result<Address, AddressError> {
        let place = self
            .places
            .get(service)
            .ok_or_else(|| AddressError::NoService {
                service: service.to_owned(),
                has: self.services().map(str::to_owned).collect(),
            })?;
        match (service, target) {
            // an endpoint with a path is meant as it is written
            (EC2, "/") if base != Base::Absolute => place.address(base, ""),
            _ => place.address(base, target),
        }
    }

    /// Whether a service knows signatures of this kind; the error says why not.
    pub fn can_sign(service: &str, sign: &Sign) -> Result<(), String> {
        sign::can_sign(service, sign)
    }

    /// Signs a request to a service as the user, in the way that is asked for. Nothing that leads elsewhere is signed.
    pub fn sign(
        &self,
        user: &str,
        (service, trust): (&str, Trust),
        request: WireRequest,
        sign: &Sign,
    ) -> Result<WireRequest, SigningError> {
        let own = |(name, _): &(String, String)| name.eq_ignore_ascii_case("authorization");
        if user == ANONYMOUS || trust == Trust::Foreign || request.headers.iter().any(own) {
            return Ok(request);
        }
        let account = self
            .accounts
            .get(user)
            .ok_or_else(|| SessionError::NoUser {
                user: user.to_owned(),
            })?;
        let whose = (&account.keys, self.region.as_str(), service);
        sign::sign(whose, sign, request).map_err(SigningError::Unsupported)
    }

    /// Whether anybody answers. Why not, where nobody does.
    pub async fn is_there(&self) -> Result<(), String> {
        let call = match self.services().next() {
            Some(EC2) => Query::new("DescribeRegions").call(Purpose::Discovery, MAIN),
            _ => ControlCall::new(Purpose::Discovery, MAIN, S3, "GET", "/"),
        };
        let answer = self.send(&call).await;
        answer.map(drop).map_err(|error| error.to_string())
    }

    /// Sends a control call: addressed, signed, repeated where that may help.
    pub async fn send(&self, call: &ControlCall) -> Result<RawAnswer, ControlError> {
        let account = self
            .accounts
            .get(&call.user)
            .ok_or_else(|| SessionError::NoUser {
                user: call.user.clone(),
            })?;
        self.send_as(call, &account.keys).await
    }

    pub(super) async fn send_as(
        &self,
        call: &ControlCall,
        keys: &Keys,
    ) -> Result<RawAnswer, ControlError> {
        let address = self.address(&call.service, call.base, &call.target)?;
        let mut headers = call.headers.clone();
        let (body, _) = call.body.bytes();
        if !body.is_empty() && call.service == S3 {
            headers.push((Checksum::Md5.header(), Checksum::Md5.of(&body)));
        }
        let place = (address.origin, address.target);
        let (service, method) = (&call.service, &call.method);
        let mut wire = self
            .courier
            .request(service, method, place, headers, &call.body);
        wire.via = address.via;
        let answer = self
            .signed_for(&self.region, service, call, keys, &wire)
            .await?;
        // a bucket that was made elsewhere is spoken to in the name of its region
        match region_of_bucket(&answer) {
            Some(other) if service == S3 && other != self.region => {
                self.signed_for(&other, service, call, keys, &wire).await
            }
            _ => Ok(answer),
        }
    }

    async fn signed_for(
        &self,
        region: &str,
        service: &str,
        call: &ControlCall,
        keys: &Keys,
        wire: &WireRequest,
    ) -> Result<RawAnswer, ControlError> {
        let whose = (keys, region, service);
        let wire = sign::sign(whose, &Sign::default(), wire.clone()).map_err(|why| {
            SessionError::Endpoint {
                url: self.url(service),
                why,
            }
        })?;
        let stamp = Stamp {
            purpose: call.purpose,
            user: &call.user,
            service: &call.service,
            version: None,
        };
        let answer = self.courier.deliver(stamp, &wire).await;
        answer.map_err(|error| ControlError::Wire {
            method: wire.method,
            url: format!("{}{}", wire.origin, wire.target),
            error,
        })
    }
}

/// Where the services of a profile are.
fn places(
    profile: &Profile,
    server: Option<&Server>,
) -> Result<BTreeMap<&'static str, Place>, SessionError> {
    let urls: Vec<(&'static str, String)> = match profile.family {
        Family::Aws => [EC2, S3]
            .into_iter()
            .filter_map(|service| Some((service, profile.endpoints.get(service)?.clone())))
            .collect(),
        Family::Ec2 => vec![(EC2, profile.auth_url.clone())],
        Family::S3 | Family::Openstack => vec![(S3, profile.auth_url.clone())],
    };
    let mut places = BTreeMap::new();
    for (service, url) in urls {
        let (url, via) = match server {
            // by a name of its own, so that what is recorded is the same whatever port it has
            Some(server) => (NAMED.to_owned(), Some(server.origin())),
            None => (url, None),
        };
        let addressing = if service == S3 {
            profile.addressing
        } else {
            Addressing::Path
        };
        let place =
            Place::new(&url, via, addressing).map_err(|why| SessionError::Endpoint { url, why })?;
        places.insert(service, place);
    }
    Ok(places)
}

/// The region that a refusal names: of a redirect, or of a signature for another one.
fn region_of_bucket(answer: &RawAnswer) -> Option<String> {
    if !matches!(answer.status, 301 | 307 | 400) {
        return None;
    }
    let mut headers = answer.headers.iter();
    let named = headers.find(|(name, _)| name.eq_ignore_ascii_case("x-amz-bucket-region"));
    if let Some((_, region)) = named {
        return Some(region.clone());
    }
    let document = std::str::from_utf8(&answer.body).ok().and_then(xml::tree)?;
    let region = document.pointer("/Error/Region")?.as_str()?;
    Some(region.to_owned())
}

fn keys(role: &str, auth: &Auth, secrets: &Secrets) -> Result<Keys, SessionError> {
    let none = || SessionError::NoSecret {
        user: role.to_owned(),
    };
    if !matches!(auth, Auth::Keys { .. }) {
        return Err(none());
    }
    let secret = |name: &str| secrets.get(name).cloned();
    Ok(Keys {
        access_key: secret(&access_key_of(role)).ok_or_else(none)?,
        secret_key: secret(role).ok_or_else(none)?,
        session_token: secret(&session_token_of(role)),
    })
}
