//! One cloud, logged in to: addresses, tokens and control calls for every user of its profile.

use super::account::Account;
use super::control::{ControlCall, ControlError, Courier, Purpose, Retry, Stamp, Witness};
use super::endpoint::Endpoint;
use super::error::SessionError;
use super::login::{Credentials, log_in};
use crate::dialect::services::services;
use crate::profile::Profile;
use crate::profile::secret::Redacted;
use crate::protocol::{ANONYMOUS, Address, AddressError, MAIN, Secrets, Trust};
use crate::recording::{ServiceInfo, Target, UserInfo};
use crate::scenario::Base;
use crate::transport::{RawAnswer, Wire};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub struct Session {
    pub(super) courier: Courier,
    keystone: Endpoint,
    region: String,
    accounts: BTreeMap<String, Account>,
}

impl Session {
    /// Logs in every user of the profile.
    pub async fn open_with(
        profile: &Profile,
        secrets: &Secrets,
        wire: Arc<Wire>,
        witness: Witness,
        retry: Retry,
    ) -> Result<Self, SessionError> {
        let courier = Courier {
            wire,
            witness,
            retry,
            answer_within: Duration::from_secs(profile.limits.answer_within.into()),
        };
        let keystone = keystone(&profile.auth_url)?;
        let mut accounts = BTreeMap::new();
        // What is wrong with the cloud as a whole is best said of `main`.
        let mut users: Vec<_> = profile.users.iter().collect();
        users.sort_by_key(|(role, _)| *role != MAIN);
        for (role, user) in users {
            let secret = secrets
                .get(role)
                .ok_or_else(|| SessionError::NoSecret { user: role.clone() })?;
            let credentials = Credentials {
                role: role.clone(),
                auth: user.auth.clone(),
                secret: secret.clone(),
            };
            let login = log_in(&courier, &keystone, &credentials).await?;
            accounts.insert(role.clone(), Account::new(credentials, login));
        }
        let main = accounts.get(MAIN).ok_or_else(|| SessionError::NoUser {
            user: MAIN.to_owned(),
        })?;
        let region = region(profile, main)?;
        for account in accounts.values_mut() {
            place(account, profile, &region, &keystone)?;
        }
        Ok(Self {
            courier,
            keystone,
            region,
            accounts,
        })
    }

    /// What is acted on, as locks and `cleanup` know it.
    pub fn target(&self) -> Target {
        Target {
            endpoint: self.keystone.url(),
            region: self.region.clone(),
            project: self
                .user(MAIN)
                .map(|user| user.project_id.clone())
                .unwrap_or_default(),
        }
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    pub fn wire(&self) -> &Arc<Wire> {
        &self.courier.wire
    }

    /// Users by role.
    pub fn users(&self) -> impl Iterator<Item = (&str, &UserInfo)> {
        self.accounts
            .iter()
            .map(|(role, account)| (role.as_str(), &account.info))
    }

    pub fn user(&self, role: &str) -> Option<&UserInfo> {
        self.accounts.get(role).map(|account| &account.info)
    }

    /// Services that `main` can use, by name; versions are not asked for here.
    pub fn services(&self) -> BTreeMap<String, ServiceInfo> {
        let endpoints = self.accounts.get(MAIN).map(|main| &main.endpoints);
        let endpoints = endpoints.into_iter().flatten();
        endpoints
            .map(|(name, endpoint)| {
                let info = ServiceInfo {
                    catalog_type: endpoint.catalog_type.clone(),
                    endpoint: endpoint.url(),
                    root: endpoint.root_url(),
                    microversion: None,
                    versions: Vec::new(),
                };
                (name.clone(), info)
            })
            .collect()
    }

    /// Services of the catalog that `main` can't use, and why.
    pub fn unusable_services(&self) -> BTreeMap<String, String> {
        let main = self.accounts.get(MAIN);
        main.map(|main| main.missing.clone()).unwrap_or_default()
    }

    /// Catalog types that no service of the dialect claims, sorted.
    pub fn other_services(&self) -> Vec<String> {
        let main = self.accounts.get(MAIN);
        let mut types = main.map(|main| main.catalog.types()).unwrap_or_default();
        types.retain(|catalog_type| {
            let service = services().of_type(catalog_type);
            let service = service.and_then(|name| services().get(name));
            service.is_none_or(|service| service.family != "openstack")
        });
        types
    }

    /// The version segment of a service's endpoint: `v2.1`.
    pub(super) fn endpoint_version(&self, service: &str) -> Option<&str> {
        self.accounts.get(MAIN)?.endpoints.get(service)?.version()
    }

    /// Where a request of a user goes. An anonymous one goes where one of `main` would.
    pub fn address(
        &self,
        service: &str,
        base: Base,
        user: &str,
        target: &str,
    ) -> Result<Address, AddressError> {
        let role = if user == ANONYMOUS { MAIN } else { user };
        let account = self
            .accounts
            .get(role)
            .ok_or_else(|| AddressError::NoUser {
                user: user.to_owned(),
            })?;
        account.address(service, base, target)
    }

    /// A token of the user that lives for some minutes yet; none for `anonymous`.
    pub async fn token(&self, user: &str) -> Result<Option<Redacted<String>>, SessionError> {
        if user == ANONYMOUS {
            return Ok(None);
        }
        let account = self.account(user)?;
        let token = account.token(&self.courier, &self.keystone).await?;
        Ok(Some(token))
    }

    /// A new token in place of one that the cloud refuses. Callers with the same stale token share one login.
    pub async fn renew(
        &self,
        user: &str,
        stale: &Redacted<String>,
    ) -> Result<Redacted<String>, SessionError> {
        let account = self.account(user)?;
        account.renew(stale, &self.courier, &self.keystone).await
    }

    /// Whether anybody answers at the cloud's first address. Why not, where nobody does.
    pub async fn is_there(&self) -> Result<(), String> {
        let call = ControlCall::new(Purpose::Discovery, ANONYMOUS, "identity", "GET", "");
        let answer = self.send(&call).await;
        answer.map(drop).map_err(|error| error.to_string())
    }

    /// Sends a control call: addressed, signed, repeated where that may help, and once more with a new token on 401.
    pub async fn send(&self, call: &ControlCall) -> Result<RawAnswer, ControlError> {
        let address = self.address(&call.service, call.base, &call.user, &call.target)?;
        let mut token = match address.trust {
            Trust::Catalog => self.token(&call.user).await?,
            Trust::Foreign => None,
        };
        let answer = self.send_once(call, &address, token.as_ref()).await?;
        if answer.status == 401
            && let Some(stale) = token.take()
        {
            let token = self.renew(&call.user, &stale).await?;
            return self.send_once(call, &address, Some(&token)).await;
        }
        Ok(answer)
    }

    async fn send_once(
        &self,
        call: &ControlCall,
        address: &Address,
        token: Option<&Redacted<String>>,
    ) -> Result<RawAnswer, ControlError> {
        let mut headers = Vec::new();
        if let Some(token) = token {
            headers.push(("X-Auth-Token".to_owned(), token.expose().clone()));
        }
        if let Some(version) = &call.version {
            headers.extend(super::version_headers(&call.service, version));
        }
        headers.extend(call.headers.iter().cloned());
        let place = (address.origin.clone(), address.target.clone());
        let (service, method) = (&call.service, &call.method);
        let request = self
            .courier
            .request(service, method, place, headers, &call.body);
        let stamp = Stamp {
            purpose: call.purpose,
            user: &call.user,
            service: &call.service,
            version: call.version.as_deref(),
        };
        let answer = self.courier.deliver(stamp, &request).await;
        answer.map_err(|error| ControlError::Wire {
            method: request.method,
            url: format!("{}{}", request.origin, request.target),
            error,
        })
    }

    fn account(&self, user: &str) -> Result<&Account, SessionError> {
        self.accounts.get(user).ok_or_else(|| SessionError::NoUser {
            user: user.to_owned(),
        })
    }
}

/// The auth URL, with `/v3` where it is left out.
fn keystone(auth_url: &str) -> Result<Endpoint, SessionError> {
    let wrong = |why: String| SessionError::AuthUrl {
        url: auth_url.to_owned(),
        why,
    };
    let identity = services()
        .get("identity")
        .ok_or_else(|| wrong("the dialect has no identity service".to_owned()))?;
    Endpoint::read("identity", auth_url, identity, "").map_err(|error| wrong(error.to_string()))
}

/// The profile's region, if the catalog has it; else the only one.
fn region(profile: &Profile, main: &Account) -> Result<String, SessionError> {
    let regions = main.catalog.regions();
    if regions.is_empty() && profile.endpoints.is_empty() {
        return Err(SessionError::NoCatalog {
            user: MAIN.to_owned(),
        });
    }
    match (&profile.region, regions.as_slice()) {
        (Some(region), []) => Ok(region.clone()),
        (Some(region), _) if regions.contains(region) => Ok(region.clone()),
        (Some(region), _) => Err(SessionError::NoSuchRegion {
            region: region.clone(),
            regions,
        }),
        (None, []) => Ok(String::new()),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(SessionError::RegionNeeded { regions }),
    }
}

/// Finds an account's endpoints: the catalog's, then the profile's own over them.
fn place(
    account: &mut Account,
    profile: &Profile,
    region: &str,
    keystone: &Endpoint,
) -> Result<(), SessionError> {
    let project = account.info.project_id.clone();
    let (mut endpoints, mut missing) =
        account
            .catalog
            .endpoints(region, profile.interface, &project);
    endpoints
        .entry("identity".to_owned())
        .or_insert_with(|| keystone.clone());
    account.origins = account.catalog.origins();
    account.origins.insert(keystone.origin.clone());
    for (name, url) in &profile.endpoints {
        let wrong = |why: String| SessionError::EndpointOverride {
            service: name.clone(),
            url: url.clone(),
            why,
        };
        let service = services()
            .get(name)
            .ok_or_else(|| wrong("there is no such service".to_owned()))?;
        let filled = fill(url, &project);
        let endpoint = Endpoint::read(&service.types[0], &filled, service, &project)
            .map_err(|error| wrong(error.to_string()))?;
        account.origins.insert(endpoint.origin.clone());
        missing.remove(name);
        endpoints.insert(name.clone(), endpoint);
    }
    account.endpoints = endpoints;
    account.missing = missing;
    Ok(())
}

/// Overrides may name the project as catalogs' templates do.
fn fill(url: &str, project: &str) -> String {
    let names = [
        "%(project_id)s",
        "%(tenant_id)s",
        "$(project_id)s",
        "$(tenant_id)s",
    ];
    names
        .iter()
        .fold(url.to_owned(), |url, name| url.replace(name, project))
}
