//! Which areas of EC2 a service has: each is asked for by one action that only reads.

use super::query::Query;
use super::reading::{printable, status};
use super::session::Session;
use crate::dialect::capabilities::{Area, areas};
use crate::dialect::resources::error_code;
use crate::recording::Capability;
use crate::transport::RawAnswer;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) async fn ask_areas(session: &Session) -> BTreeMap<String, Capability> {
    let mut said = BTreeMap::new();
    for (name, area) in areas().all() {
        let capability = match Query::of(&area.action).ask(session).await {
            Ok((answer, document)) => heard(area, &answer, document.as_ref()),
            Err(why) => Capability::Unknown(why),
        };
        said.insert(name, capability);
    }
    said
}

fn heard(area: &Area, answer: &RawAnswer, document: Option<&Value>) -> Capability {
    if (200..300).contains(&answer.status) {
        return Capability::Present;
    }
    let code = document.and_then(error_code).unwrap_or_default();
    let action = area.action.split('?').next().unwrap_or_default();
    let why = format!("{action} answers {} {code}", status(answer));
    let why = printable(why.trim());
    let text = String::from_utf8_lossy(&answer.body);
    if areas().is_absent(answer.status, code, &text) {
        Capability::Absent(why)
    } else {
        Capability::Unknown(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::xml;
    use bytes::Bytes;

    #[test]
    fn a_refusal_that_names_the_action_is_absence_and_any_other_tells_nothing() {
        let (_, area) = areas().all().next().unwrap();
        let heard = |status: u16, code: &str| {
            let body = format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors></Response>"
            );
            let answer = RawAnswer {
                interim: Vec::new(),
                status,
                reason: String::new(),
                headers: Vec::new(),
                length: body.len() as u64,
                body: Bytes::from(body.clone()),
                md5: String::new(),
                cut: false,
            };
            heard(area, &answer, xml::tree(&body).as_ref())
        };
        assert_eq!(heard(200, ""), Capability::Present);
        assert!(matches!(heard(400, "InvalidAction"), Capability::Absent(_)));
        assert!(matches!(heard(501, "x"), Capability::Absent(_)));
        assert!(matches!(heard(403, "UnauthorizedOperation"), Capability::Unknown(_)));
    }
}
