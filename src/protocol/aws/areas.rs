//! Which areas of EC2 a service has: each is asked for by one action that only reads.

use super::query::Query;
use super::reading::{printable, status};
use super::session::Session;
use crate::dialect::capabilities::{Area, areas};
use crate::dialect::resources::error_code;
use crate::protocol::Purpose;
use crate::recording::Capability;
use crate::transport::RawAnswer;
use serde_json::Value;
use std::collections::BTreeMap;

/// Refusals that come before the action is looked at, and of a service that is not well.
const DOORS: [u16; 6] = [401, 403, 429, 502, 503, 504];
/// No service has it: how it is refused is how other actions are that a service doesn't have.
const NOTHING: &str = "DescribeInteropNothings";

pub(super) async fn ask_areas(session: &Session) -> BTreeMap<String, Capability> {
    let mut said = BTreeMap::new();
    let nothing = Query::new(NOTHING).ask(session, Purpose::Probe).await;
    let nothing = nothing
        .ok()
        .map(|(answer, document)| shape(&answer, document.as_ref()));
    for (name, area) in areas().all() {
        let capability = match Query::of(&area.action).ask(session, Purpose::Probe).await {
            Ok((answer, document)) => heard(area, &answer, document.as_ref(), nothing.as_ref()),
            Err(why) => Capability::Unknown(why),
        };
        said.insert(name, capability);
    }
    said
}

/// What a refusal is told by: its status, and its code or else its whole text.
type Shape = (u16, String);

fn shape(answer: &RawAnswer, document: Option<&Value>) -> Shape {
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    let code = document.and_then(error_code).map(str::to_owned);
    (answer.status, code.unwrap_or_else(text))
}

fn heard(
    area: &Area,
    answer: &RawAnswer,
    document: Option<&Value>,
    nothing: Option<&Shape>,
) -> Capability {
    if (200..300).contains(&answer.status) {
        return Capability::Present;
    }
    let code = document.and_then(error_code).unwrap_or_default();
    if areas().is_present(code) {
        return Capability::Present;
    }
    let action = area.action.split('?').next().unwrap_or_default();
    let why = format!("{action} answers {} {code}", status(answer));
    let why = printable(why.trim());
    let text = String::from_utf8_lossy(&answer.body);
    if areas().is_absent(answer.status, code, &text) {
        Capability::Absent(why)
    } else if nothing == Some(&shape(answer, document)) && !DOORS.contains(&answer.status) {
        Capability::Absent(format!("{why}, as to an action that nobody has"))
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
    fn a_refusal_that_names_the_action_is_absence_and_any_other_but_of_what_was_asked_tells_nothing()
     {
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
            let nothing = (500, "Broken".to_owned());
            heard(area, &answer, xml::tree(&body).as_ref(), Some(&nothing))
        };
        assert_eq!(heard(200, ""), Capability::Present);
        assert_eq!(heard(400, "InvalidInstanceType"), Capability::Present);
        assert!(matches!(heard(400, "InvalidAction"), Capability::Absent(_)));
        assert!(matches!(heard(501, "x"), Capability::Absent(_)));
        assert!(matches!(heard(500, "Broken"), Capability::Absent(_)));
        assert!(matches!(heard(500, "Other"), Capability::Unknown(_)));
        assert!(matches!(
            heard(403, "UnauthorizedOperation"),
            Capability::Unknown(_)
        ));
    }
}
