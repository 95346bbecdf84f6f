//! One user of the profile on one cloud: who that is, where its services are, and its token.

use super::catalog::Catalog;
use super::control::Courier;
use super::endpoint::Endpoint;
use super::error::SessionError;
use super::login::{Credentials, Login, log_in};
use crate::profile::secret::Redacted;
use crate::recording::UserInfo;
use crate::transport::Origin;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// After a failed login the next one waits this long: a wrong password that is tried again locks accounts.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// A token is renewed this long before its end, or earlier where a fifth of its life is less.
const MARGIN: Duration = Duration::from_mins(5);

pub(super) struct Account {
    credentials: Credentials,
    pub info: UserInfo,
    pub catalog: Catalog,
    /// By service name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Services of the catalog that can't be used, and why.
    pub missing: BTreeMap<String, String>,
    /// Where this user's token may go.
    pub origins: BTreeSet<Origin>,
    /// Held while a login is under way, so that there is one at a time.
    token: Mutex<Held>,
}

struct Held {
    token: Redacted<String>,
    renew: Instant,
    expires: Instant,
    failed: Option<(Instant, SessionError)>,
}

impl From<&Login> for Held {
    fn from(login: &Login) -> Self {
        Self {
            token: login.token.clone(),
            renew: login
                .expires
                .checked_sub(MARGIN.min(login.lifetime / 5))
                .unwrap_or(login.expires),
            expires: login.expires,
            failed: None,
        }
    }
}

impl Account {
    /// An account that just logged in, its services still unknown.
    pub(super) fn new(credentials: Credentials, login: Login) -> Self {
        Self {
            credentials,
            token: Mutex::new(Held::from(&login)),
            info: login.info,
            catalog: login.catalog,
            endpoints: BTreeMap::new(),
            missing: BTreeMap::new(),
            origins: BTreeSet::new(),
        }
    }

    /// A token that lives for a while.
    pub(super) async fn token(
        &self,
        courier: &Courier,
        keystone: &Endpoint,
    ) -> Result<Redacted<String>, SessionError> {
        let mut held = self.token.lock().await;
        if Instant::now() < held.renew {
            return Ok(held.token.clone());
        }
        let renewed = self.log_in(&mut held, courier, keystone).await;
        match renewed {
            Err(_) if Instant::now() < held.expires => Ok(held.token.clone()),
            renewed => renewed,
        }
    }

    /// A token that isn't `stale`, which the cloud refused.
    pub(super) async fn renew(
        &self,
        stale: &Redacted<String>,
        courier: &Courier,
        keystone: &Endpoint,
    ) -> Result<Redacted<String>, SessionError> {
        let mut held = self.token.lock().await;
        if held.token != *stale {
            return Ok(held.token.clone());
        }
        self.log_in(&mut held, courier, keystone).await
    }

    async fn log_in(
        &self,
        held: &mut Held,
        courier: &Courier,
        keystone: &Endpoint,
    ) -> Result<Redacted<String>, SessionError> {
        if let Some((when, error)) = &held.failed
            && when.elapsed() < AFTER_FAILURE
        {
            return Err(error.clone());
        }
        match log_in(courier, keystone, &self.credentials).await {
            Ok(login) => {
                *held = Held::from(&login);
                Ok(login.token)
            }
            Err(error) => {
                held.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}
