//! One login at keystone: what is sent, what the answer holds, and what a refusal means.
//! <https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management>

use super::catalog::Catalog;
use super::control::{ControlBody, Courier, Purpose, Stamp};
use super::endpoint::Endpoint;
use super::error::SessionError;
use super::reading::{json, printable, said};
use crate::profile::secret::Redacted;
use crate::profile::{Auth, Named};
use crate::recording::{UserInfo, WireError, WireErrorKind};
use crate::transport::RawAnswer;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How long a token is used whose lifetime keystone doesn't say.
const UNKNOWN_LIFETIME: Duration = Duration::from_mins(10);

/// Who logs in, as which role of the profile.
pub(super) struct Credentials {
    pub role: String,
    pub auth: Auth,
    pub secret: Redacted<String>,
}

/// What a login gave.
pub(super) struct Login {
    pub token: Redacted<String>,
    /// By our own clock: the cloud's may be off.
    pub expires: Instant,
    pub lifetime: Duration,
    pub info: UserInfo,
    pub catalog: Catalog,
}

pub(super) async fn log_in(
    courier: &Courier,
    keystone: &Endpoint,
    credentials: &Credentials,
) -> Result<Login, SessionError> {
    let begun = Instant::now();
    let answer = post(courier, keystone, credentials, credentials.body()).await?;
    if answer.status == 201 || answer.status == 200 {
        return read(&answer, keystone, &credentials.role, begun);
    }
    Err(refusal(courier, keystone, credentials, &answer).await)
}

impl Credentials {
    fn body(&self) -> Value {
        let secret = self.secret.expose();
        match &self.auth {
            Auth::Password {
                project,
                project_domain,
                ..
            } => {
                let scope = match project {
                    Named::Id(id) => json!({ "project": { "id": id } }),
                    Named::Name(name) => {
                        json!({ "project": { "name": name, "domain": named(project_domain) } })
                    }
                };
                self.password_body(&scope)
            }
            Auth::ApplicationCredential { id, .. } => {
                application_credential(&json!({ "id": id, "secret": secret }))
            }
            Auth::ApplicationCredentialByName {
                name,
                username,
                user_domain,
                ..
            } => application_credential(&json!({
                "name": name,
                "secret": secret,
                "user": { "name": username, "domain": named(user_domain) },
            })),
            // a profile of this family has none
            Auth::Keys { .. } => Value::Null,
        }
    }

    fn password_body(&self, scope: &Value) -> Value {
        let Auth::Password {
            username,
            user_domain,
            ..
        } = &self.auth
        else {
            return Value::Null;
        };
        let user = json!({
            "name": username,
            "domain": named(user_domain),
            "password": self.secret.expose(),
        });
        let identity = json!({ "methods": ["password"], "password": { "user": user } });
        json!({ "auth": { "identity": identity, "scope": scope } })
    }
}

fn application_credential(credential: &Value) -> Value {
    let methods = ["application_credential"];
    json!({ "auth": { "identity": { "methods": methods, "application_credential": credential } } })
}

fn named(thing: &Named) -> Value {
    match thing {
        Named::Id(id) => json!({ "id": id }),
        Named::Name(name) => json!({ "name": name }),
    }
}

async fn post(
    courier: &Courier,
    keystone: &Endpoint,
    credentials: &Credentials,
    body: Value,
) -> Result<RawAnswer, SessionError> {
    let target = format!("{}/auth/tokens", keystone.path);
    let origin = keystone.origin.to_string();
    let body = ControlBody::Json(body);
    let request = courier.request("identity", "POST", (origin, target), Vec::new(), &body);
    courier
        .deliver(stamp(credentials), &request)
        .await
        .map_err(|error| unreachable(keystone, error))
}

fn stamp(credentials: &Credentials) -> Stamp<'_> {
    Stamp {
        purpose: Purpose::Login,
        user: &credentials.role,
        service: "identity",
        version: None,
    }
}

fn unreachable(keystone: &Endpoint, error: WireError) -> SessionError {
    let (url, why) = (keystone.url(), error.detail);
    match error.kind {
        WireErrorKind::Tls => SessionError::Tls { url, why },
        WireErrorKind::Protocol | WireErrorKind::TooLarge => {
            SessionError::NotKeystone { url, what: why }
        }
        _ => SessionError::Unreachable { url, why },
    }
}

/// What an answer other than a token means.
async fn refusal(
    courier: &Courier,
    keystone: &Endpoint,
    credentials: &Credentials,
    answer: &RawAnswer,
) -> SessionError {
    let (user, url) = (credentials.role.clone(), keystone.url());
    let (status, said) = (answer.status, said(answer));
    match status {
        429 | 500..=599 => return SessionError::Unwell { url, status, said },
        400..=499 if status != 404 => {}
        _ => {
            let what = match json(answer) {
                Ok(_) => format!("POST /auth/tokens answers {status}: {said}"),
                Err(what) => what,
            };
            return SessionError::NotKeystone { url, what };
        }
    }
    if let Err(what) = json(answer) {
        return SessionError::NotKeystone { url, what };
    }
    if status != 401 {
        return SessionError::Refused {
            user,
            url,
            status,
            said,
        };
    }
    if answer.header("openstack-auth-receipt").is_some() {
        let said = "the password is right, but this user needs further methods (multi-factor)";
        return SessionError::Refused {
            user,
            url,
            status,
            said: said.to_owned(),
        };
    }
    // Keystone answers 401 to a project without a role as to a wrong password; a login without a project tells.
    if let Auth::Password { project, .. } = &credentials.auth
        && let Some(projects) = projects(courier, keystone, credentials).await
    {
        let project = match project {
            Named::Id(id) => format!("with id `{}`", printable(id)),
            Named::Name(name) => format!("`{}`", printable(name)),
        };
        return SessionError::NoSuchProject {
            user,
            project,
            projects,
        };
    }
    SessionError::WrongCredentials { user, url, said }
}

/// Names of the user's projects, if user and password are right.
async fn projects(
    courier: &Courier,
    keystone: &Endpoint,
    credentials: &Credentials,
) -> Option<Vec<String>> {
    let body = credentials.password_body(&json!("unscoped"));
    let answer = post(courier, keystone, credentials, body).await.ok()?;
    let token = answer
        .header("x-subject-token")
        .filter(|_| answer.status == 201)?;
    let headers = vec![("X-Auth-Token".to_owned(), token.to_owned())];
    let target = format!("{}/auth/projects", keystone.path);
    let origin = keystone.origin.to_string();
    let place = (origin, target);
    let request = courier.request("identity", "GET", place, headers, &ControlBody::None);
    let answer = courier.deliver(stamp(credentials), &request).await;
    let document = answer.ok().and_then(|answer| json(&answer).ok());
    let projects = document
        .as_ref()
        .and_then(|d| d.get("projects")?.as_array());
    let names = projects.into_iter().flatten();
    let names = names.filter_map(|project| project.get("name")?.as_str());
    Some(names.map(str::to_owned).collect())
}

fn read(
    answer: &RawAnswer,
    keystone: &Endpoint,
    role: &str,
    begun: Instant,
) -> Result<Login, SessionError> {
    let strange = |what: String| SessionError::NotKeystone {
        url: keystone.url(),
        what,
    };
    let document = json(answer).map_err(strange)?;
    let lacks = |what: &str| strange(format!("{} with {what}", super::reading::status(answer)));
    let subject = answer
        .header("x-subject-token")
        .filter(|token| !token.is_empty())
        .ok_or_else(|| lacks("no X-Subject-Token"))?;
    let token = document
        .get("token")
        .filter(|token| token.is_object())
        .ok_or_else(|| lacks("no `token` in its body"))?;
    let text = |pointer: &str| {
        let value = token.pointer(pointer).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let project_id = text("/project/id").ok_or_else(|| SessionError::NotScoped {
        user: role.to_owned(),
    })?;
    let roles = token.get("roles").and_then(Value::as_array);
    let roles = roles.into_iter().flatten();
    let mut roles: Vec<String> = roles
        .filter_map(|role| role.get("name")?.as_str().map(str::to_owned))
        .collect();
    roles.sort();
    let time = |pointer: &str| OffsetDateTime::parse(&text(pointer)?, &Rfc3339).ok();
    let lifetime = time("/expires_at")
        .zip(time("/issued_at"))
        .and_then(|(expires, issued)| Duration::try_from(expires - issued).ok())
        .unwrap_or(UNKNOWN_LIFETIME);
    // A lifetime of centuries is no instant.
    let lifetime = lifetime.min(Duration::from_hours(30 * 24));
    Ok(Login {
        token: Redacted::new(subject.to_owned()),
        expires: begun + lifetime,
        lifetime,
        info: UserInfo {
            user_id: text("/user/id").ok_or_else(|| lacks("no `token.user.id`"))?,
            user_name: text("/user/name").unwrap_or_default(),
            project_id,
            project_name: text("/project/name").unwrap_or_default(),
            domain_id: text("/user/domain/id").unwrap_or_default(),
            roles,
        },
        catalog: Catalog::read(token.get("catalog").unwrap_or(&Value::Null)),
    })
}
