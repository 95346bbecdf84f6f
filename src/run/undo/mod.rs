//! Taking away what was made. Shared by the run and by `cleanup`.
//!
//! In: a [`Thing`] and [`Hands`] that reach its cloud. Out: how it [`Settled`]. Touches nothing but the thing of a
//! known id, the one thing of an exact name that nobody else can have, and what hangs on it.

mod ask;
mod find;
mod remove;
mod thing;

pub use ask::{Aim, Ask, Hands, Identity, Said};
pub use thing::{Patience, Settled, Thing};

use crate::dialect::resources::{ResourceKind, resource_kind};
use crate::run::cancel::{Cancel, Stop};
use find::Found;

/// Takes one thing away, or finds that there is none.
pub async fn settle(
    hands: &impl Hands,
    thing: &Thing,
    patience: &Patience,
    cancel: &Cancel,
) -> Settled {
    let Some(kind) = resource_kind(&thing.kind) else {
        return Settled::Stuck(format!("`{}` is no kind that this version knows", thing.kind));
    };
    if cancel.now() == Stop::AtOnce {
        return Settled::Stuck("undo was stopped".to_owned());
    }
    if let Some(id) = &thing.id {
        return remove::remove(hands, kind, thing, id, patience, cancel).await;
    }
    match look(hands, kind, thing, patience, cancel).await {
        Ok(Found::None) => Settled::Nothing,
        Ok(Found::One(id)) => remove::remove(hands, kind, thing, &id, patience, cancel).await,
        Ok(Found::Many(ids)) => Settled::Stuck(format!(
            "{} things have this name, none was touched: {}",
            ids.len(),
            ids.join(", ")
        )),
        Err(why) => Settled::Stuck(why),
    }
}

/// Looks until something is there, or often enough: what was asked for may come to be after its answer was lost.
async fn look(
    hands: &impl Hands,
    kind: &ResourceKind,
    thing: &Thing,
    patience: &Patience,
    cancel: &Cancel,
) -> Result<Found, String> {
    if kind.find.is_empty() && !kind.name_is_id() {
        return Err(format!("it may exist, and a {} can't be found by name", kind.word));
    }
    if !thing.unguessable() {
        return Err("it may exist, under a name that somebody else could have chosen".to_owned());
    }
    let mut pause = patience.first_pause;
    let looks = patience.looks.max(2);
    let (mut missed, mut last) = (0, String::new());
    for look in 1..=looks {
        match find::find(hands, kind, thing).await {
            Ok(Found::None) => missed += 1,
            Ok(found) => return Ok(found),
            Err(why) => last = why,
        }
        if cancel.now() == Stop::AtOnce {
            return Err("it may exist, and undo was stopped".to_owned());
        }
        if look < looks {
            cancel.sleep(pause, Stop::AtOnce).await;
            pause = (pause * 2).min(patience.longest_pause);
        }
    }
    if missed >= 2 {
        return Ok(Found::None);
    }
    Err(format!("it may exist, and can't be looked for: {last}"))
}
