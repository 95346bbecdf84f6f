//! Who a user is: asked of the list of buckets, the one request that every service has and that names its owner.

use super::error::SessionError;
use super::reading::{printable, status};
use super::session::{SERVICE, Session};
use super::sign::Keys;
use crate::dialect::xml;
use crate::protocol::{ControlCall, ControlError, Purpose};
use crate::recording::{UserInfo, WireErrorKind};
use crate::transport::RawAnswer;
use serde_json::Value;

/// The user's identity as the service tells it, and what it doesn't tell.
pub(super) async fn log_in(
    session: &Session,
    role: &str,
    keys: &Keys,
) -> Result<(UserInfo, Option<String>), SessionError> {
    let call = ControlCall::new(Purpose::Login, role, SERVICE, "GET", "/");
    let url = session.url();
    let answer = match session.send_as(&call, keys).await {
        Ok(answer) => answer,
        Err(ControlError::Session(error)) => return Err(error),
        Err(ControlError::Address(error)) => {
            let why = error.to_string();
            return Err(SessionError::Endpoint { url, why });
        }
        Err(ControlError::Wire { error, .. }) => {
            let why = error.detail;
            return Err(match error.kind {
                WireErrorKind::Tls => SessionError::Tls { url, why },
                WireErrorKind::Protocol | WireErrorKind::TooLarge => {
                    SessionError::NotS3 { url, what: why }
                }
                _ => SessionError::Unreachable { url, why },
            });
        }
    };
    let document = std::str::from_utf8(&answer.body).ok().and_then(xml::tree);
    let Some(document) = document else {
        let what = format!(
            "GET / answers {} with a body that is not XML: {}",
            status(&answer),
            printable(&String::from_utf8_lossy(&answer.body))
        );
        return Err(if answer.status >= 500 {
            SessionError::Unwell {
                url,
                status: answer.status,
                said: printable(&answer.reason),
            }
        } else {
            SessionError::NotS3 { url, what }
        });
    };
    if answer.status == 200 {
        return read(&document, &url);
    }
    refusal(session, role, &answer, &document)
}

fn text<'d>(document: &'d Value, pointer: &str) -> Option<&'d str> {
    document.pointer(pointer)?.as_str()
}

fn read(document: &Value, url: &str) -> Result<(UserInfo, Option<String>), SessionError> {
    let Some(list) = document.get("ListAllMyBucketsResult") else {
        return Err(SessionError::NotS3 {
            url: url.to_owned(),
            what: "GET / answers another document than a list of buckets".to_owned(),
        });
    };
    let id = text(list, "/Owner/ID").unwrap_or_default().to_owned();
    let name = text(list, "/Owner/DisplayName").unwrap_or_default();
    let gap = id
        .is_empty()
        .then(|| "who owns what: its list of buckets names no owner".to_owned());
    Ok((
        UserInfo {
            user_name: name.to_owned(),
            project_id: id.clone(),
            project_name: name.to_owned(),
            user_id: id,
            ..UserInfo::default()
        },
        gap,
    ))
}

fn refusal(
    session: &Session,
    role: &str,
    answer: &RawAnswer,
    document: &Value,
) -> Result<(UserInfo, Option<String>), SessionError> {
    let code = printable(text(document, "/Error/Code").unwrap_or_default());
    let said = printable(text(document, "/Error/Message").unwrap_or_default());
    let (user, url) = (role.to_owned(), session.url());
    Err(match (answer.status, code.as_str()) {
        // the keys are right, and may do other things
        (403, "AccessDenied" | "AllAccessDisabled") => {
            let gap = format!("who {role} is: it may not list buckets");
            return Ok((UserInfo::default(), Some(gap)));
        }
        (_, "InvalidAccessKeyId") => SessionError::UnknownKey {
            user,
            url,
            code,
            said,
        },
        (_, "SignatureDoesNotMatch" | "AuthorizationHeaderMalformed" | "InvalidSignature") => {
            SessionError::WrongKey {
                user,
                url,
                region: session.region().to_owned(),
                code,
                said,
            }
        }
        (_, "RequestTimeTooSkewed" | "RequestExpired") => SessionError::Clock { url, code, said },
        (429 | 500..=599, _) => SessionError::Unwell {
            url,
            status: answer.status,
            said,
        },
        (status, _) => SessionError::Refused {
            user,
            url,
            status,
            said: format!("{code}: {said}"),
        },
    })
}
