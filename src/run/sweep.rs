//! What a journal says may still be there, taken away. Used at the end of a run, and by `cleanup` after one that was
//! killed.

use crate::dialect::resources::resource_kind;
use crate::journal::{Entry, Journal, JournalError, State};
use crate::recording::LeftBehind;
use crate::run::debt::NONCE;
use crate::run::settle::{Owed, Settling};
use crate::run::undo::{Hands, Settled, Thing};
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

/// Settles what a journal holds, last intended first. A journal that can't be written stops nothing; its first error
/// comes with the result.
pub async fn sweep<H: Hands>(
    settling: &Settling<'_, H>,
    take: Take,
) -> (Vec<Swept>, Result<(), JournalError>) {
    let entries = settling.journal.entries();
    let known: BTreeSet<String> = entries.iter().flat_map(ids).collect();
    let mut owed = Vec::new();
    for entry in entries
        .iter()
        .rev()
        .filter(|entry| !entry.state.is_settled())
    {
        if take == Take::Unfinished && matches!(entry.state, State::Stuck(_)) {
            continue;
        }
        if entry.state == State::Intended {
            let _ = settling
                .journal
                .maybe(entry.number, "stopped before its answer");
        }
        let mut thing = thing(entry);
        thing.others.clone_from(&known);
        for id in ids(entry) {
            thing.others.remove(&id);
        }
        let begun = matches!(entry.state, State::Undoing | State::Stuck(_));
        owed.push(Owed {
            number: entry.number,
            thing,
            begun,
        });
    }
    let (settled, journalled) = settling.all(owed).await;
    let swept = settled
        .into_iter()
        .map(|(owed, end)| Swept {
            kind: owed.thing.kind,
            id: owed.thing.id.unwrap_or_default(),
            name: owed.thing.name,
            end,
        })
        .collect();
    (swept, journalled)
}

fn ids(entry: &Entry) -> Vec<String> {
    let id = entry.id.clone();
    Thing { id, ..thing(entry) }.ids()
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
