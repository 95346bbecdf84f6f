//! Looks for a thing whose id no answer told: by exact name, in lists of its kind.

use crate::dialect::resources::{Finder, Placeholders, ResourceKind, SEVERAL, at, plain};
use crate::dialect::services::services;
use crate::protocol::ControlBody;
use crate::run::undo::ask::{Aim, Ask, Filters, Hands};
use crate::run::undo::thing::Thing;
use serde_json::Value;
use std::collections::BTreeSet;

/// Pages of one list.
const MOST_PAGES: usize = 50;

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    None,
    One(String),
    /// Two or more: none of them is touched.
    Many(Vec<String>),
}

/// One look in every list of the kind. An error: the lists could not be read, so nothing is known.
pub(super) async fn find(
    hands: &impl Hands,
    kind: &ResourceKind,
    thing: &Thing,
) -> Result<Found, String> {
    let identity = hands.identity(&thing.user);
    let names = thing.placeholders(kind, "", identity.as_ref());
    let mut ids = BTreeSet::new();
    if kind.name_is_id() {
        let names = thing.placeholders(kind, &thing.name, identity.as_ref());
        let ask = Ask::fill(Aim::Find, &thing.user, &kind.service, &kind.get, &names)
            .ok_or_else(|| "the name is empty".to_owned())?;
        let said = hands.ask(&ask).await?;
        return match said.status {
            status if kind.is_gone(status, said.document().as_ref(), &names) => Ok(Found::None),
            200..=299 if thing.others.contains(&thing.name) => Ok(Found::None),
            200..=299 => Ok(Found::One(thing.name.clone())),
            status => Err(format!("{} answers {status}", ask.told())),
        };
    }
    for finder in &kind.find {
        list(hands, kind, thing, finder, &names, &mut ids).await?;
    }
    let mut ids: Vec<String> = ids.difference(&thing.others).cloned().collect();
    Ok(match ids.len() {
        0 => Found::None,
        1 => Found::One(ids.remove(0)),
        _ if kind.several => Found::One(ids.join(&SEVERAL.to_string())),
        _ => Found::Many(ids),
    })
}

async fn list(
    hands: &impl Hands,
    kind: &ResourceKind,
    thing: &Thing,
    finder: &Finder,
    names: &Placeholders,
    ids: &mut BTreeSet<String>,
) -> Result<(), String> {
    let mut ask = Ask::fill(
        Aim::Find,
        &thing.user,
        &kind.service,
        &finder.request,
        names,
    )
    .ok_or_else(|| "the name is empty".to_owned())?;
    let path = ask.target.split('?').next().unwrap_or_default().to_owned();
    let is_action = matches!(ask.body, ControlBody::Form(_));
    let filters = Filters::default();
    let mut asked = BTreeSet::new();
    for _ in 0..MOST_PAGES {
        asked.insert(ask.target.clone());
        let said = filters.ask(hands, kind, &ask).await?;
        let document = said.document();
        // an action that is asked for one thing by its name refuses where there is none
        if is_action && kind.is_absent(said.status, document.as_ref()) {
            return Ok(());
        }
        if !(200..300).contains(&said.status) {
            return Err(format!("{} answers {}", ask.told(), said.status));
        }
        let document = document.ok_or_else(|| format!("{} answers no document", ask.told()))?;
        let lists = at(&document, &finder.items);
        if lists.is_empty() && names_empty_lists(kind) {
            return Err(format!("{} answers no {}", ask.told(), finder.items));
        }
        for item in lists.into_iter().filter_map(Value::as_array).flatten() {
            // whatever the cloud filtered: only the exact name counts
            let names = at(item, &format!("$.{}", finder.name));
            if !names.iter().any(|name| name.as_str() == Some(&thing.name)) {
                continue;
            }
            let id = item.get(&finder.id).map(plain);
            ids.insert(
                id.ok_or_else(|| format!("{} shows it without its `{}`", ask.told(), finder.id))?,
            );
        }
        let Some(query) = next_query(&document) else {
            return Ok(());
        };
        // only the query of the link: its host and prefix are often those of an inner network
        ask.target = format!("{path}?{query}");
        if asked.contains(&ask.target) {
            return Ok(());
        }
    }
    Err(format!("{path} has more than {MOST_PAGES} pages"))
}

/// Whether a list without items is there all the same: of XML nothing of it is left.
fn names_empty_lists(kind: &ResourceKind) -> bool {
    let service = services().get(&kind.service);
    service.is_some_and(|service| service.family == "openstack")
}

/// The query of the link to the next page, in any of the ways in which `OpenStack` services write one.
fn next_query(document: &Value) -> Option<String> {
    let members = document.as_object()?;
    let by_relation = members
        .iter()
        .filter(|(name, _)| name.ends_with("_links"))
        .filter_map(|(_, links)| links.as_array())
        .flatten()
        .find(|link| link.get("rel").and_then(Value::as_str) == Some("next"))
        .and_then(|link| link.get("href"));
    let link = by_relation
        .or_else(|| members.get("next"))
        .or_else(|| members.get("links")?.get("next"))?;
    let (_, query) = link.as_str()?.split_once('?')?;
    Some(query.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_next_page_is_found_however_it_is_written() {
        let next = |document: Value| next_query(&document);
        let marker = Some("marker=7".to_owned());
        assert_eq!(
            next(
                json!({"servers_links": [{"rel": "next", "href": "http://inner/v2.1/servers?marker=7"}]})
            ),
            marker
        );
        assert_eq!(next(json!({"next": "/v2/images?marker=7"})), marker);
        assert_eq!(
            next(json!({"links": {"next": "http://h/v3/x?marker=7", "self": "s"}})),
            marker
        );
        assert_eq!(next(json!({"links": {"next": null}})), None);
        assert_eq!(next(json!({"ports": []})), None);
        assert_eq!(next(json!([1])), None);
    }
}
