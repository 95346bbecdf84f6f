//! The requests that undo sends, apart from how a cloud is reached.

use crate::dialect::resources::{Call, Placeholders};
use crate::dialect::xml;
use crate::protocol::ControlBody;
use bytes::Bytes;
use serde_json::Value;
use std::future::Future;

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
        let (method, target) = filled.split_once(' ')?;
        Some(Self {
            aim,
            user: user.to_owned(),
            service: service.to_owned(),
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: ControlBody::None,
        })
    }

    /// A call of the dialect's data, filled.
    pub fn call(user: &str, service: &str, call: &Call, names: &Placeholders) -> Option<Self> {
        let service = call.service.as_deref().unwrap_or(service);
        let mut ask = Self::fill(Aim::Undo, user, service, &call.request, names)?;
        ask.body = match (&call.json, &call.xml) {
            (Some(json), _) => ControlBody::Json(names.fill_json(json)),
            (None, Some(xml)) => ControlBody::Xml(names.fill_xml(xml)),
            (None, None) => ControlBody::None,
        };
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

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub user_id: String,
    pub project_id: String,
}
