//! Control calls in the Query protocol, and what they answer.

use super::reading::{printable, status};
use super::session::{EC2, Session};
use crate::dialect::query;
use crate::dialect::resources::error_code;
use crate::dialect::xml;
use crate::protocol::{ControlBody, ControlCall, Purpose};
use crate::transport::RawAnswer;
use serde_json::Value;

/// An action with its members, in order.
#[derive(Clone, Debug)]
pub(super) struct Query(Vec<(String, String)>);

/// Pages of one list that are looked at.
const MOST_PAGES: usize = 30;

impl Query {
    pub fn new(action: &str) -> Self {
        let version = query::version(EC2).unwrap_or_default();
        Self(Vec::new())
            .with("Action", action)
            .with("Version", version)
    }

    /// `DescribeVpcs?Owner.1=self`, as the dialect's data says it.
    pub fn of(request: &str) -> Self {
        Self(query::members(&query::body(EC2, request)))
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn call(&self, purpose: Purpose, user: &str) -> ControlCall {
        let members = self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let mut call = ControlCall::new(purpose, user, EC2, "POST", "/");
        call.body = ControlBody::Form(query::form(members));
        call
    }

    /// What a call asks, for people.
    pub fn told(call: &ControlCall) -> String {
        let action = match &call.body {
            ControlBody::Form(form) => query::action(EC2, "/", Some(form)),
            _ => None,
        };
        action.unwrap_or_else(|| format!("{} {}", call.method, call.target))
    }

    fn action(&self) -> &str {
        self.0.first().map_or("", |(_, action)| action.as_str())
    }

    /// What `main` is answered: the answer and its document.
    pub async fn ask(
        &self,
        session: &Session,
        purpose: Purpose,
    ) -> Result<(RawAnswer, Option<Value>), String> {
        let call = self.call(purpose, crate::protocol::MAIN);
        let answer = session.send(&call).await.map_err(|e| e.to_string())?;
        let document = std::str::from_utf8(&answer.body).ok().and_then(xml::tree);
        Ok((answer, document))
    }

    /// All items of a list at `/ACTIONResponse/WRAPPER/item`, page by page.
    pub async fn items(&self, session: &Session, wrapper: &str) -> Result<Vec<Value>, String> {
        let action = self.action();
        let mut items = Vec::new();
        let mut page = self.clone();
        for _ in 0..MOST_PAGES {
            let (answer, document) = page.ask(session, Purpose::Discovery).await?;
            if answer.cut {
                return Err(format!("{action} answers more than can be looked through"));
            }
            let code = document.as_ref().and_then(error_code).unwrap_or_default();
            if answer.status != 200 {
                let said = format!("{action} answers {} {code}", status(&answer));
                return Err(printable(&said));
            }
            let document = document.ok_or_else(|| format!("{action} answers no XML"))?;
            let inner = document.get(format!("{action}Response"));
            let found = inner.and_then(|inner| inner.get(wrapper)?.get("item")?.as_array());
            let Some(found) = found else {
                return Err(format!("{action} answers without `{wrapper}`"));
            };
            items.extend(found.iter().cloned());
            let token = inner.and_then(|inner| inner.get("nextToken")?.as_str());
            match token.filter(|token| !token.is_empty()) {
                Some(token) => page = self.clone().with("NextToken", token),
                None => return Ok(items),
            }
        }
        Err(format!("{action} has more than {MOST_PAGES} pages"))
    }
}
