//! Whether something exists whose answer never came: looked for until it is there, or often enough.

use crate::dialect::resources::resource_kind;
use crate::run::cancel::{Cancel, Stop};
use crate::run::undo::ask::Hands;
use crate::run::undo::find::{Found, find};
use crate::run::undo::thing::{Patience, Thing};

/// What looking for a thing of unknown id came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It is not there: seen at least twice.
    Nothing,
    One(String),
    /// Why it can't be told, or not be touched.
    Unclear(String),
}

/// Looks for a thing by its exact name. What was asked for may come to be after its answer was lost, so one look is
/// not enough.
pub async fn look(
    hands: &impl Hands,
    thing: &Thing,
    patience: &Patience,
    cancel: &Cancel,
) -> Looked {
    let unclear = |why: String| Looked::Unclear(format!("it may exist, {why}"));
    let Some(kind) = resource_kind(&thing.kind) else {
        return unclear(format!(
            "and `{}` is no kind that this version knows",
            thing.kind
        ));
    };
    if kind.find.is_empty() && !kind.name_is_id() {
        return unclear(format!("and a {} can't be found by name", kind.word));
    }
    if !thing.unguessable() {
        return unclear("under a name that somebody else could have chosen".to_owned());
    }
    let mut pause = patience.first_pause;
    let looks = patience.looks.max(2);
    let (mut missed, mut last) = (0, String::new());
    for look in 1..=looks {
        if cancel.now() == Stop::AtOnce {
            return unclear("and undo was stopped".to_owned());
        }
        match find(hands, kind, thing).await {
            Ok(Found::None) => missed += 1,
            Ok(Found::One(id)) => return Looked::One(id),
            Ok(Found::Many(ids)) => {
                return Looked::Unclear(format!(
                    "{} things have this name, none was touched: {}",
                    ids.len(),
                    ids.join(", ")
                ));
            }
            Err(why) => last = why,
        }
        if look < looks {
            cancel.sleep(pause, Stop::AtOnce).await;
            pause = (pause * 2).min(patience.longest_pause);
        }
    }
    if missed >= 2 {
        return Looked::Nothing;
    }
    unclear(format!("and can't be looked for: {last}"))
}
