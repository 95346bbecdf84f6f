//! The Query protocol that EC2 speaks: one path, and a form that names an action and its members. What an action does to
//! the world, as data.
//!
//! In: a request as it is, or was, sent. Out: its action, and whether that reads, creates or changes. Pure.

use super::resources::encode;
use super::services::services;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What requests of the protocol say that their bodies are.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// How an action changes the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Reads,
    /// Makes something new.
    Creates,
    /// Changes or takes away what its members address.
    Changes,
    Deletes,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Actions {
    reads: Vec<String>,
    creates: Vec<String>,
    parts: Vec<String>,
    deletes: Vec<String>,
    /// Action → place → words.
    underway: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

#[expect(clippy::unwrap_used, reason = "embedded data, read by every test")]
static ACTIONS: LazyLock<Actions> =
    LazyLock::new(|| toml::from_str(include_str!("ec2/actions.toml")).unwrap());

/// What an action does.
#[must_use]
pub fn act(action: &str) -> Act {
    let begins = |list: &[String]| list.iter().any(|verb| follows(action, verb));
    let actions = &*ACTIONS;
    if begins(&actions.reads) {
        Act::Reads
    } else if actions.parts.iter().any(|part| part == action) {
        Act::Changes
    } else if begins(&actions.creates) {
        Act::Creates
    } else if begins(&actions.deletes) {
        Act::Deletes
    } else {
        Act::Changes
    }
}

/// Whether a place of an answer tells only how far the service has come with what it was asked to begin: `place` is
/// `$.RunInstancesResponse.instancesSet.item[].rootDeviceName`, `text` what it holds.
#[must_use]
pub fn is_underway(place: &str, text: &str) -> bool {
    let Some((action, below)) = place
        .strip_prefix("$.")
        .and_then(|rest| rest.split_once("Response."))
    else {
        return false;
    };
    let Some(places) = ACTIONS.underway.get(action) else {
        return false;
    };
    let ends = |end: &str| {
        below
            .strip_suffix(end)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    places.iter().any(|(end, words)| {
        ends(end) && (words.is_empty() || words.iter().any(|word| word == text))
    })
}

/// `RunInstances` begins with `Run`, `Runaway` does not.
fn follows(action: &str, verb: &str) -> bool {
    action
        .strip_prefix(verb)
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// The version that a service of the protocol is asked for; none: it speaks another.
#[must_use]
pub fn version(service: &str) -> Option<&'static str> {
    services().get(service)?.query.as_deref()
}

/// Members as a form, in this order: only unreserved characters stay as they are (RFC 3986 §2.3).
#[must_use]
pub fn form<'m>(members: impl IntoIterator<Item = (&'m str, &'m str)>) -> String {
    let pairs: Vec<String> = members
        .into_iter()
        .map(|(name, value)| format!("{}={}", encode(name, false), encode(value, false)))
        .collect();
    pairs.join("&")
}

/// The members of a form or query.
#[must_use]
pub fn members(form: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect()
}

/// The members that a request to a service of the protocol sends, in its query and in its body. None: it speaks another.
#[must_use]
pub fn sent(service: &str, target: &str, body: Option<&str>) -> Option<Vec<(String, String)>> {
    version(service)?;
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let mut all = members(query);
    all.extend(members(body.unwrap_or_default()));
    Some(all)
}

/// The action that a request to a service of the protocol names.
#[must_use]
pub fn action(service: &str, target: &str, body: Option<&str>) -> Option<String> {
    sent(service, target, body)?
        .into_iter()
        .find(|(name, _)| name == "Action")
        .map(|(_, action)| action)
}

/// Whether a request changes nothing, as far as it shows.
#[must_use]
pub fn reads(service: &str, method: &str, target: &str, body: Option<&str>) -> bool {
    match action(service, target, body) {
        Some(action) => act(&action) == Act::Reads,
        None => matches!(method, "GET" | "HEAD"),
    }
}

/// A request of the dialect's data without a method: `TerminateInstances?InstanceId.1=i-1`, filled, as the form that is
/// posted to the service.
#[must_use]
pub fn body(service: &str, filled: &str) -> String {
    let (action, rest) = filled.split_once('?').unwrap_or((filled, ""));
    let version = version(service).unwrap_or_default();
    let mut body = form([("Action", action), ("Version", version)]);
    if !rest.is_empty() {
        body.push('&');
        body.push_str(rest);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_tells_too_early_is_no_behaviour_but_another_word_is() {
        let of = "$.RunInstancesResponse.instancesSet.item[].";
        assert!(is_underway(&format!("{of}instanceState.name"), "running"));
        assert!(!is_underway(&format!("{of}instanceState.name"), "active"));
        assert!(is_underway(&format!("{of}rootDeviceName"), "/dev/sda"));
        assert!(!is_underway(&format!("{of}xrootDeviceName"), "/dev/sda"));
        assert!(!is_underway(
            "$.DescribeInstancesResponse.instancesSet.item[].rootDeviceName",
            "/dev/sda"
        ));
    }

    #[test]
    fn actions_are_known_by_their_verbs() {
        for (action, does) in [
            ("DescribeInstances", Act::Reads),
            ("GetConsoleOutput", Act::Reads),
            ("SearchTransitGatewayRoutes", Act::Reads),
            ("RunInstances", Act::Creates),
            ("CreateVolume", Act::Creates),
            ("ImportKeyPair", Act::Creates),
            ("CreateTags", Act::Changes),
            ("CreateRoute", Act::Changes),
            ("CreateRouteTable", Act::Creates),
            ("AttachVolume", Act::Changes),
            ("TerminateInstances", Act::Deletes),
            ("Describe", Act::Changes),
            ("Describes", Act::Changes),
            ("describeInstances", Act::Changes),
            ("", Act::Changes),
        ] {
            assert_eq!(act(action), does, "{action}");
        }
    }

    #[test]
    fn a_form_keeps_its_order_and_escapes_all_but_unreserved_characters() {
        let members = [("b.1", "a b+c*~"), ("a", "ü/=&"), ("b.1", "-._")];
        let text = form(members);
        assert_eq!(text, "b.1=a%20b%2Bc%2A~&a=%C3%BC%2F%3D%26&b.1=-._");
        let back = self::members(&text);
        assert_eq!(back.len(), 3);
        assert!(
            back.iter()
                .zip(members)
                .all(|(b, m)| (b.0.as_str(), b.1.as_str()) == m)
        );
    }

    #[test]
    fn the_action_is_found_wherever_it_stands() {
        let body = Some("Version=1&Action=RunInstances");
        assert_eq!(action("ec2", "/", body).as_deref(), Some("RunInstances"));
        assert_eq!(action("ec2", "/?Action=A%42", None).as_deref(), Some("AB"));
        assert_eq!(action("ec2", "/", None), None);
        assert_eq!(action("s3", "/?Action=A", None), None);
        assert!(!reads("ec2", "GET", "/?Action=RunInstances", None));
        assert!(reads("ec2", "POST", "/", Some("Action=DescribeVpcs")));
        assert!(reads("s3", "GET", "/?Action=RunInstances", None));
    }

    #[test]
    fn a_request_of_the_data_becomes_a_form() {
        assert_eq!(
            body("ec2", "DeleteVolume?VolumeId=vol-1"),
            "Action=DeleteVolume&Version=2016-11-15&VolumeId=vol-1"
        );
        assert_eq!(
            body("ec2", "DescribeVpcs"),
            "Action=DescribeVpcs&Version=2016-11-15"
        );
    }
}
