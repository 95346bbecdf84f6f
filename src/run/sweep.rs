//! What a journal says may still be there, taken away. Used at the end of a run, and by `cleanup` after one that was
//! killed.

use crate::dialect::resources::resource_kind;
use crate::journal::{Entry, Journal, JournalError, State};
use crate::recording::LeftBehind;
use crate::run::cancel::Cancel;
use crate::run::debt::{NONCE, undo};
use crate::run::undo::{Hands, Patience, Settled, Thing};
use std::collections::BTreeSet;

/// Something that a journal named, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    pub kind: String,
    /// Empty where it was never known.
    pub id: String,
    pub name: String,
    pub end: Settled,
}

/// Which entries are taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// All that isn't settled.
    All,
    /// Only those that nobody tried to undo to the end.
    Unfinished,
}

/// Settles what a journal holds, last intended first.
pub async fn sweep(
    hands: &impl Hands,
    journal: &Journal,
    take: Take,
    waits: (&Patience, &Cancel),
    redact: &(dyn Fn(&str) -> String + Sync),
) -> Result<Vec<Swept>, JournalError> {
    let entries = journal.entries();
    let ids: BTreeSet<String> = entries.iter().filter_map(|entry| entry.id.clone()).collect();
    let mut swept = Vec::new();
    for entry in entries.iter().rev() {
        let skip = match take {
            Take::All => entry.state.is_settled(),
            Take::Unfinished => {
                entry.state.is_settled() || matches!(entry.state, State::Stuck(_))
            }
        };
        if skip {
            continue;
        }
        if entry.state == State::Intended {
            journal.maybe(entry.number, "stopped before its answer")?;
        }
        // what was being undone, or was stuck, can't become known: it is taken up as it stands
        let mut thing = thing(entry);
        let begun = matches!(entry.state, State::Undoing | State::Stuck(_));
        thing.others = ids
            .iter()
            .filter(|id| Some(*id) != entry.id.as_ref())
            .cloned()
            .collect();
        if begun && thing.id.is_none() {
            journal.undoing(entry.number)?;
        }
        let end = if begun && thing.id.is_none() {
            again(hands, journal, entry, &thing, waits, redact).await?
        } else {
            undo(hands, journal, entry.number, &thing, waits, redact).await?
        };
        swept.push(Swept {
            kind: entry.intent.kind.clone(),
            id: entry.id.clone().unwrap_or_default(),
            name: entry.intent.name.clone(),
            end,
        });
    }
    Ok(swept)
}

/// Something of unknown id that is being undone already: only `gone` and `stuck` can follow.
async fn again(
    hands: &impl Hands,
    journal: &Journal,
    entry: &Entry,
    thing: &Thing,
    (patience, cancel): (&Patience, &Cancel),
    redact: &(dyn Fn(&str) -> String + Sync),
) -> Result<Settled, JournalError> {
    let settled = crate::run::undo::settle(hands, thing, patience, cancel).await;
    match settled {
        Settled::Stuck(why) => {
            let why = redact(&why);
            journal.stuck(entry.number, &why)?;
            Ok(Settled::Stuck(why))
        }
        settled => {
            journal.gone(entry.number)?;
            Ok(settled)
        }
    }
}

/// A known id is taken as it is, whatever its kind; one that the intent itself gave is only a name.
fn thing(entry: &Entry) -> Thing {
    let intent = &entry.intent;
    let from_answer = entry.id.clone().filter(|_| entry.id != intent.id);
    Thing {
        kind: intent.kind.clone(),
        user: intent.user.clone(),
        name: intent.name.clone(),
        nonce: intent.undo_values.get(NONCE).cloned().unwrap_or_default(),
        id: from_answer,
        others: BTreeSet::new(),
    }
}

/// What a journal says is, or may be, still there.
pub fn left_behind(journal: &Journal) -> Vec<LeftBehind> {
    journal
        .entries()
        .into_iter()
        .filter(|entry| !entry.state.is_settled())
        .map(|entry| LeftBehind {
            kind: entry.intent.kind.clone(),
            id: entry.id.unwrap_or_default(),
            name: entry.intent.name,
            why: match entry.state {
                State::Stuck(why) => why,
                State::Maybe(why) => format!("it may exist: {why}"),
                State::Intended => "it may exist: the run was stopped before its answer".to_owned(),
                State::Known(_) | State::Undoing => "its undo was stopped".to_owned(),
                State::Nothing | State::Gone => String::new(),
            },
        })
        .collect()
}

/// The word that people use for a kind.
pub fn word(kind: &str) -> &str {
    resource_kind(kind).map_or(kind, |kind| kind.word.as_str())
}
