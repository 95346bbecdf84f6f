//! What an execution owes its cloud: things that it made or may have made, journalled before they were asked for.

use crate::dialect::resources::{Placeholders, ResourceKind, SEVERAL, plain, resource_kind};
use crate::journal::{Intent, IntentId, JournalError};
use crate::protocol::ANONYMOUS;
use crate::recording::{WireError, WireErrorKind};
use crate::run::settle::Owed;
use crate::run::side::Side;
use crate::run::undo::{Aim, Ask, Filters, Hands as _, Settled, Thing};
use crate::scenario::{AnswerParts, Source, Undo};
use crate::transport::RawAnswer;
use std::collections::{BTreeMap, BTreeSet};

/// Member of an intent's further values that holds the nonce.
pub const NONCE: &str = "nonce";

/// What is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Creation<'a> {
    pub undo: &'a Undo,
    pub user: &'a str,
    pub name: &'a str,
    pub nonce: &'a str,
    pub scenario: &'a str,
    pub step: &'a str,
}

/// What an answer says about what was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    Known(String),
    Maybe(String),
    Nothing,
}

/// Things of one execution, in the order in which they were asked for.
#[derive(Debug, Default)]
pub struct Ledger(Vec<Debt>);

#[derive(Debug)]
struct Debt {
    number: IntentId,
    thing: Thing,
    /// Its own execution was seen to have deleted it.
    seen_gone: bool,
}

impl Ledger {
    /// Journals an intent. Until this has returned, nothing may be sent.
    pub async fn intend(side: &Side, creation: &Creation<'_>) -> Result<IntentId, JournalError> {
        let kind = resource_kind(&creation.undo.kind);
        let intent = Intent {
            kind: creation.undo.kind.clone(),
            service: kind.map(|kind| kind.service.clone()).unwrap_or_default(),
            user: owner(creation.user).to_owned(),
            name: creation.name.to_owned(),
            scenario: creation.scenario.to_owned(),
            step: creation.step.to_owned(),
            undo_values: BTreeMap::from([(NONCE.to_owned(), creation.nonce.to_owned())]),
            ..Intent::default()
        };
        side.journal.intend(intent).await
    }

    /// Takes down what became of it.
    pub fn answered(
        &mut self,
        side: &Side,
        number: IntentId,
        creation: &Creation<'_>,
        answer: &Result<RawAnswer, WireError>,
    ) -> Result<(), JournalError> {
        let id = match made(creation, answer) {
            Made::Nothing => return side.journal.nothing(number),
            Made::Known(id) => {
                side.journal.known(number, &id)?;
                Some(id)
            }
            Made::Maybe(why) => {
                side.journal.maybe(number, &why)?;
                None
            }
        };
        self.0.push(Debt {
            number,
            thing: Thing {
                kind: creation.undo.kind.clone(),
                user: owner(creation.user).to_owned(),
                name: creation.name.to_owned(),
                nonce: creation.nonce.to_owned(),
                id,
                others: BTreeSet::new(),
            },
            seen_gone: false,
        });
        Ok(())
    }

    /// Whether so many more of this kind may be made without having more at once than the ceiling. What the execution
    /// itself deleted meanwhile doesn't count: that is looked up when it matters.
    pub async fn has_room(&mut self, side: &Side, kind: &str, more: u32) -> bool {
        let Some((counts, ceiling)) = side.ceiling(kind) else {
            return true;
        };
        let counted = |debt: &Debt| {
            let kind = resource_kind(&debt.thing.kind);
            !debt.seen_gone && kind.and_then(|kind| kind.counts.as_deref()) == Some(counts)
        };
        let full = |ledger: &Self| {
            let things = ledger.0.iter().filter(|debt| counted(debt));
            let held: usize = things.map(Debt::count).sum();
            u32::try_from(held).is_ok_and(|held| held + more > ceiling)
        };
        if full(self) {
            for debt in self.0.iter_mut().filter(|debt| counted(debt)) {
                debt.seen_gone = debt.is_gone(side).await;
            }
        }
        !full(self)
    }

    /// How many things are owed.
    pub fn owed(&self) -> usize {
        self.0.len()
    }

    /// Takes away what is owed since it was so much; why something could not be.
    pub async fn settle_since(&mut self, owed: usize, side: &Side) -> Result<(), String> {
        let last = self.0.split_off(owed.min(self.0.len()));
        let settled = Self(last).settle(side).await;
        settled.into_iter().try_for_each(|(_, how)| match how {
            Settled::Gone | Settled::Nothing => Ok(()),
            Settled::Stuck(why) => Err(why),
        })
    }

    /// Takes everything away, last made first. What can't be stays in the journal, stuck.
    pub async fn settle(self, side: &Side) -> Vec<(Owed, Settled)> {
        let all: Vec<Thing> = self.0.iter().map(|debt| debt.thing.clone()).collect();
        let owed = self.0.into_iter().rev().map(|mut debt| {
            debt.thing.tell_from(&all);
            Owed {
                number: debt.number,
                thing: debt.thing,
                begun: false,
            }
        });
        // a journal that can't be written any more stops the next intent
        let (settled, _) = side
            .settling(&|why| side.log.redactor().text(why))
            .all(owed.collect())
            .await;
        settled
    }
}

impl Debt {
    /// How many things it is.
    fn count(&self) -> usize {
        self.thing.ids().len().max(1)
    }

    async fn is_gone(&self, side: &Side) -> bool {
        let (Some(kind), Some(id)) = (resource_kind(&self.thing.kind), &self.thing.id) else {
            return false;
        };
        for member in kind.members(id) {
            if !self.is_one_gone(side, kind, member).await {
                return false;
            }
        }
        true
    }

    async fn is_one_gone(&self, side: &Side, kind: &ResourceKind, id: &str) -> bool {
        let mut names = Placeholders::of(kind, id);
        if let Some(identity) = side.identity(&self.thing.user) {
            names.set("user.id", &identity.user_id);
        }
        let ask = Ask::fill(
            Aim::Find,
            &self.thing.user,
            &kind.service,
            &kind.get,
            &names,
        );
        match ask {
            Some(ask) => {
                let said = Filters::default().ask(side, kind, &ask).await;
                said.is_ok_and(|said| kind.is_gone(said.status, said.document().as_ref(), &names))
            }
            None => false,
        }
    }
}

/// Who undoes what a user made. What nobody could make without a login is taken away by who owns the place.
fn owner(user: &str) -> &str {
    if user == ANONYMOUS { "main" } else { user }
}

/// What an answer says about what was made. Only a refusal, or a connection that carried nothing, says "nothing".
pub fn made(creation: &Creation<'_>, answer: &Result<RawAnswer, WireError>) -> Made {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            return match error.kind {
                WireErrorKind::Resolve
                | WireErrorKind::Connect
                | WireErrorKind::Tls
                | WireErrorKind::Unsendable => Made::Nothing,
                _ => Made::Maybe(format!("no answer: {:?}", error.kind)),
            };
        }
    };
    match answer.status {
        200..=299 => {}
        // a proxy gave up waiting, not the service
        408 | 500.. => return Made::Maybe(format!("answered {}", answer.status)),
        _ => return Made::Nothing,
    }
    let kind = resource_kind(&creation.undo.kind);
    // where the name is the id, no place of an answer is
    // … and several things are each known by their own
    let fixed = kind.is_some_and(|kind| kind.name_is_id() || kind.several);
    let own = creation.undo.id.as_deref();
    let places = match own.filter(|_| !fixed) {
        Some(own) => vec![own],
        None => kind.map_or_else(Vec::new, |kind| {
            kind.id.iter().map(String::as_str).collect()
        }),
    };
    let text = std::str::from_utf8(&answer.body).unwrap_or_default();
    let parts = AnswerParts::new(answer.status, &answer.headers, text);
    for place in &places {
        let id = if *place == "name" {
            Some(creation.name.to_owned())
        } else if kind.is_some_and(|kind| kind.several) {
            read_ids(place, &parts)
        } else {
            read_id(place, &parts)
        };
        if let Some(id) = id.filter(|id| addressable(kind, id)) {
            return Made::Known(id);
        }
    }
    Made::Maybe(format!("answered {} without its id", answer.status))
}

/// An id that fills every part of the kind's requests.
fn addressable(kind: Option<&ResourceKind>, id: &str) -> bool {
    !id.is_empty() && kind.is_none_or(|kind| id.splitn(2, '/').count() >= kind.parts.len().min(2))
}

fn read_ids(place: &str, parts: &AnswerParts<'_>) -> Option<String> {
    let values = Source::parse(place).ok()?.read(parts);
    let ids: Vec<String> = values.iter().map(plain).collect();
    Some(ids.join(&SEVERAL.to_string()))
}

fn read_id(place: &str, parts: &AnswerParts<'_>) -> Option<String> {
    let source = Source::parse(place).ok()?;
    let value = plain(&source.first(parts)?);
    // a header that holds an id holds it at the end of a URL
    let value = match source {
        Source::Header(_) => {
            let path = value.split(['?', '#']).next().unwrap_or_default();
            path.trim_end_matches('/').rsplit('/').next()?.to_owned()
        }
        _ => value,
    };
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[expect(clippy::unnecessary_wraps, reason = "as it comes off the wire")]
    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<RawAnswer, WireError> {
        Ok(RawAnswer {
            interim: Vec::new(),
            status,
            reason: String::new(),
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).into(), (*v).into()))
                .collect(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            length: body.len() as u64,
            md5: String::new(),
            cut: false,
        })
    }

    fn of(kind: &str, id: Option<&str>, answer: &Result<RawAnswer, WireError>) -> Made {
        let undo = Undo {
            kind: kind.to_owned(),
            name: crate::scenario::Template::default(),
            id: id.map(str::to_owned),
        };
        let creation = Creation {
            undo: &undo,
            user: "main",
            name: "interop-a-x",
            nonce: "x",
            scenario: "s",
            step: "t",
        };
        made(&creation, answer)
    }

    #[test]
    fn a_refusal_made_nothing() {
        for status in [301, 400, 401, 403, 404, 409, 413, 429] {
            assert_eq!(
                of("compute.server", None, &answer(status, &[], "{}")),
                Made::Nothing
            );
        }
    }

    #[test]
    fn what_says_neither_yes_nor_no_is_looked_for() {
        let maybe = |made| matches!(made, Made::Maybe(_));
        assert!(maybe(of("compute.server", None, &answer(500, &[], ""))));
        assert!(maybe(of("compute.server", None, &answer(504, &[], ""))));
        assert!(maybe(of("compute.server", None, &answer(408, &[], ""))));
        assert!(maybe(of(
            "compute.server",
            None,
            &answer(202, &[], "{\"server\": {}}")
        )));
        assert!(maybe(of(
            "compute.server",
            None,
            &answer(202, &[], "cut {")
        )));
        for kind in [
            WireErrorKind::Reset,
            WireErrorKind::Closed,
            WireErrorKind::Deadline,
        ] {
            let broken = Err(WireError {
                kind,
                detail: String::new(),
            });
            assert!(maybe(of("compute.server", None, &broken)));
        }
        let refused = Err(WireError {
            kind: WireErrorKind::Connect,
            detail: String::new(),
        });
        assert_eq!(of("compute.server", None, &refused), Made::Nothing);
    }

    #[test]
    fn machines_of_one_request_are_known_by_their_own_ids() {
        let body = "<RunInstancesResponse><reservationId>r-1</reservationId><instancesSet>\
            <item><instanceId>i-1</instanceId></item><item><instanceId>i-2</instanceId></item>\
            </instancesSet></RunInstancesResponse>";
        let reservation = Some("$.RunInstancesResponse.reservationId");
        assert_eq!(
            of("ec2.reservation", reservation, &answer(200, &[], body)),
            Made::Known("i-1,i-2".to_owned())
        );
        let none =
            "<RunInstancesResponse><reservationId>r-1</reservationId></RunInstancesResponse>";
        let made = of("ec2.reservation", reservation, &answer(200, &[], none));
        assert!(matches!(made, Made::Maybe(_)));
    }

    #[test]
    fn ids_are_read_where_the_kind_or_the_scenario_says() {
        let known = |id: &str| Made::Known(id.to_owned());
        let body = r#"{"server": {"id": "s1"}, "other": {"id": 7}}"#;
        assert_eq!(
            of("compute.server", None, &answer(202, &[], body)),
            known("s1")
        );
        assert_eq!(
            of(
                "compute.server",
                Some("$.other.id"),
                &answer(202, &[], body)
            ),
            known("7")
        );
        let location = [("Location", "http://h/v2/images/i1?x=/y")];
        assert_eq!(
            of("compute.image", None, &answer(202, &location, "")),
            known("i1")
        );
        let newer = answer(202, &location, r#"{"image_id": "i2"}"#);
        assert_eq!(of("compute.image", None, &newer), known("i2"));
        assert_eq!(
            of("object-store.container", None, &answer(201, &[], "")),
            known("interop-a-x")
        );
    }
}
