//! The requests that undo sends, apart from how a cloud is reached.

use crate::dialect::resources::{Call, Placeholders, ResourceKind};
use crate::dialect::{query, xml};
use crate::protocol::ControlBody;
use bytes::Bytes;
use serde_json::Value;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a request of undo is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Looks whether something is there.
    Find,
    /// Takes something away.
    Undo,
}

/// One request on behalf of a user.
#[derive(Clone, Debug)]
pub struct Ask {
    pub aim: Aim,
    /// Role of the profile.
    pub user: String,
    pub service: String,
    pub method: String,
    /// Path and query below the service's endpoint.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: ControlBody,
}

impl Ask {
    /// `METHOD /target` of the dialect's data, filled. `None`: a hole stays empty.
    pub fn fill(
        aim: Aim,
        user: &str,
        service: &str,
        request: &str,
        names: &Placeholders,
    ) -> Option<Self> {
        let filled = names.fill_target(request)?;
        // without a method it is an action and its members
        let (method, target, body) = match filled.split_once(' ') {
            Some((method, target)) => (method, target, ControlBody::None),
            None => (
                "POST",
                "/",
                ControlBody::Form(query::body(service, &filled)),
            ),
        };
        Some(Self {
            aim,
            user: user.to_owned(),
            service: service.to_owned(),
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body,
        })
    }

    /// The same list without any filter. `None`: it has none.
    fn unfiltered(&self) -> Option<Self> {
        let ControlBody::Form(form) = &self.body else {
            return None;
        };
        let members = query::members(form);
        let kept = members
            .iter()
            .filter(|(name, _)| !name.starts_with("Filter."));
        let kept: Vec<(&str, &str)> = kept.map(|(n, v)| (n.as_str(), v.as_str())).collect();
        (kept.len() < members.len()).then(|| Self {
            body: ControlBody::Form(query::form(kept)),
            ..self.clone()
        })
    }

    /// What is asked, for people.
    pub fn told(&self) -> String {
        match &self.body {
            ControlBody::Form(form) => {
                let members = query::members(form);
                let mut told = members.iter().filter(|(name, _)| name != "Version");
                let action = told.next().map_or("", |(_, action)| action.as_str());
                let rest: Vec<&str> = told.map(|(_, value)| value.as_str()).collect();
                [action, &rest.join(" ")].join(" ").trim_end().to_owned()
            }
            _ => format!("{} {}", self.method, self.target),
        }
    }

    /// A call of the dialect's data, filled.
    pub fn call(user: &str, service: &str, call: &Call, names: &Placeholders) -> Option<Self> {
        let service = call.service.as_deref().unwrap_or(service);
        let mut ask = Self::fill(Aim::Undo, user, service, &call.request, names)?;
        match (&call.json, &call.xml) {
            (Some(json), _) => ask.body = ControlBody::Json(names.fill_json(json)),
            (None, Some(xml)) => ask.body = ControlBody::Xml(names.fill_xml(xml)),
            (None, None) => {}
        }
        ask.headers = call
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Some(ask)
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Said {
    pub status: u16,
    pub body: Bytes,
}

impl Said {
    /// The document that it holds, be it JSON or XML.
    pub fn document(&self) -> Option<Value> {
        serde_json::from_slice(&self.body)
            .ok()
            .or_else(|| xml::tree(std::str::from_utf8(&self.body).ok()?))
    }
}

/// A way to a cloud for undo. Retries what may pass by itself, and renews tokens.
pub trait Hands: Send + Sync {
    /// An error is for people: no answer came, after all retries.
    fn ask(&self, ask: &Ask) -> impl Future<Output = Result<Said, String>> + Send;

    /// Ids of user and project of a role.
    fn identity(&self, user: &str) -> Option<Identity>;
}

/// Whether a cloud refused to filter a list: then it is asked for the whole one from the start.
#[derive(Debug, Default)]
pub struct Filters(AtomicBool);

impl Filters {
    /// Asks for what is looked through afterwards, item by item: without filters where the cloud refuses them.
    pub async fn ask(
        &self,
        hands: &impl Hands,
        kind: &ResourceKind,
        ask: &Ask,
    ) -> Result<Said, String> {
        let Some(unfiltered) = ask.unfiltered() else {
            return hands.ask(ask).await;
        };
        if self.0.load(Ordering::Relaxed) {
            return hands.ask(&unfiltered).await;
        }
        let said = hands.ask(ask).await?;
        let answered = (200..300).contains(&said.status);
        if answered || kind.is_absent(said.status, said.document().as_ref()) {
            return Ok(said);
        }
        let whole = hands.ask(&unfiltered).await?;
        if (200..300).contains(&whole.status) {
            self.0.store(true, Ordering::Relaxed);
            return Ok(whole);
        }
        Ok(said)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub user_id: String,
    pub project_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::resources::resource_kind;

    #[test]
    fn an_action_of_the_data_is_posted_as_a_form() {
        let kind = resource_kind("ec2.volume").unwrap();
        let names = Placeholders::of(kind, "vol-1");
        let ask = Ask::call("main", "ec2", &kind.delete[0], &names).unwrap();
        assert_eq!((ask.method.as_str(), ask.target.as_str()), ("POST", "/"));
        let form = "Action=DeleteVolume&Version=2016-11-15&VolumeId=vol-1";
        assert_eq!(ask.body, ControlBody::Form(form.to_owned()));
        assert_eq!(ask.told(), "DeleteVolume vol-1");
        let empty = Placeholders::of(kind, "");
        assert!(Ask::call("main", "ec2", &kind.delete[0], &empty).is_none());
    }
}
