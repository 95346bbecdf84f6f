//! Who a user is: asked of S3 by the list of buckets, of EC2 by the default security groups; the one request each that
//! every service has and that names its owner.

use super::error::SessionError;
use super::query::Query;
use super::reading::{printable, status};
use super::session::{EC2, S3, Session};
use super::sign::Keys;
use crate::dialect::resources::error_code;
use crate::dialect::xml;
use crate::protocol::{ControlCall, ControlError, Purpose};
use crate::recording::{UserInfo, WireErrorKind};
use crate::transport::RawAnswer;
use serde_json::Value;

/// Who a user is, as far as the services tell, and what they don't tell.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub info: UserInfo,
    pub gaps: Vec<String>,
}

/// Asks every service of the session.
pub(super) async fn log_in(
    session: &Session,
    role: &str,
    keys: &Keys,
) -> Result<Person, SessionError> {
    let mut person = Person::default();
    for service in session.services() {
        let call = match service {
            EC2 => Query::new("DescribeSecurityGroups")
                .with("Filter.1.Name", "group-name")
                .with("Filter.1.Value.1", "default")
                .call(Purpose::Login, role),
            other => ControlCall::new(Purpose::Login, role, other, "GET", "/"),
        };
        let document = ask(session, &call, keys).await?;
        let (info, gaps) = (&mut person.info, &mut person.gaps);
        match (service, document) {
            (S3, Ok(document)) => gaps.extend(of_buckets(&document, info)),
            (_, Ok(document)) => gaps.extend(of_groups(&document, info)),
            // the keys are right, and may do other things
            (S3, Err(_)) => gaps.push(format!("who {role} is: it may not list buckets")),
            (_, Err(why)) => gaps.push(format!("whose account {role} is in: {why}")),
        }
    }
    Ok(person)
}

/// The document that a service answers, or why the user may not have it.
async fn ask(
    session: &Session,
    call: &ControlCall,
    keys: &Keys,
) -> Result<Result<Value, String>, SessionError> {
    let url = session.url(&call.service);
    let asked = Query::told(call);
    let not_it = |url: String, what: String| SessionError::NotAws {
        url,
        service: if call.service == EC2 {
            "an EC2 service"
        } else {
            "an S3 service"
        },
        what,
    };
    let answer = match session.send_as(call, keys).await {
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
                WireErrorKind::Protocol | WireErrorKind::TooLarge => not_it(url, why),
                _ => SessionError::Unreachable { url, why },
            });
        }
    };
    let document = std::str::from_utf8(&answer.body).ok().and_then(xml::tree);
    let Some(document) = document else {
        let what = format!(
            "{asked} answers {} with a body that is not XML: {}",
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
            not_it(url, what)
        });
    };
    if answer.status != 200 {
        return refusal(session, call, &answer, &document).map(Err);
    }
    let root = match call.service.as_str() {
        EC2 => "DescribeSecurityGroupsResponse",
        _ => "ListAllMyBucketsResult",
    };
    match document.get(root) {
        Some(inner) => Ok(Ok(inner.clone())),
        None => Err(not_it(
            url,
            format!("{asked} answers another document than `{root}`"),
        )),
    }
}

fn text<'d>(document: &'d Value, pointer: &str) -> Option<&'d str> {
    document.pointer(pointer)?.as_str()
}

/// The owner of buckets is known by a name of S3's own; where no account is told it stands for it.
fn of_buckets(list: &Value, info: &mut UserInfo) -> Option<String> {
    text(list, "/Owner/ID")
        .unwrap_or_default()
        .clone_into(&mut info.user_id);
    let name = text(list, "/Owner/DisplayName").unwrap_or_default();
    name.clone_into(&mut info.user_name);
    if info.project_id.is_empty() {
        info.project_id.clone_from(&info.user_id);
        info.project_name.clone_from(&info.user_name);
    }
    let unknown = info.user_id.is_empty();
    unknown.then(|| "who owns what: its list of buckets names no owner".to_owned())
}

fn of_groups(list: &Value, info: &mut UserInfo) -> Option<String> {
    let groups = list
        .pointer("/securityGroupInfo/item")
        .and_then(Value::as_array);
    let mut owners = groups
        .into_iter()
        .flatten()
        .filter_map(|g| text(g, "/ownerId"));
    let Some(owner) = owners.find(|owner| !owner.is_empty()) else {
        return Some("whose account it is: no default security group names an owner".to_owned());
    };
    owner.clone_into(&mut info.project_id);
    owner.clone_into(&mut info.project_name);
    None
}

/// Whether an error that names no key or signature shows that the keys are right: what is wrong with this one action is
/// nothing about them.
fn got_in(status: u16) -> bool {
    matches!(status, 400..=501) && !matches!(status, 401 | 403 | 407 | 429)
}

/// What a refusal means: the user may not do this, or has not got in at all.
fn refusal(
    session: &Session,
    call: &ControlCall,
    answer: &RawAnswer,
    document: &Value,
) -> Result<String, SessionError> {
    let code = printable(error_code(document).unwrap_or_default());
    let messages = ["/Response/Errors/Error/Message", "/Error/Message"];
    let said = messages.iter().find_map(|place| text(document, place));
    let said = printable(said.unwrap_or_default());
    let (user, url) = (call.user.clone(), session.url(&call.service));
    Err(match (answer.status, code.as_str()) {
        (403, "AccessDenied" | "AllAccessDisabled" | "UnauthorizedOperation") => {
            return Ok(format!("it may not ask for that ({code})"));
        }
        (_, "InvalidAccessKeyId" | "InvalidClientTokenId") => SessionError::UnknownKey {
            user,
            url,
            code,
            said,
        },
        (
            _,
            "SignatureDoesNotMatch"
            | "AuthorizationHeaderMalformed"
            | "InvalidSignature"
            | "AuthFailure",
        ) => SessionError::WrongKey {
            user,
            url,
            region: session.region().to_owned(),
            code,
            said,
        },
        (_, "RequestTimeTooSkewed" | "RequestExpired") => SessionError::Clock { url, code, said },
        (status, code) if call.service == EC2 && got_in(status) => {
            return Ok(format!("the service doesn't say ({status} {code})"));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_proven_by_any_error_but_one_of_authentication_or_of_a_service_that_is_unwell() {
        for status in [400, 404, 409, 500, 501] {
            assert!(got_in(status), "{status}");
        }
        for status in [301, 401, 403, 429, 502, 503, 504] {
            assert!(!got_in(status), "{status}");
        }
    }
}
