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
    let entries = standing(settling.journal.entries());
    let all: Vec<Thing> = entries.iter().map(thing).collect();
    let mut owed = Vec::new();
    for (entry, thing) in entries.iter().zip(&all).rev() {
        if take == Take::Unfinished && matches!(entry.state, State::Stuck(_)) {
            continue;
        }
        if entry.state == State::Intended {
            let _ = settling
                .journal
                .maybe(entry.number, "stopped before its answer");
        }
        let mut thing = thing.clone();
        thing.tell_from(&all);
        // an id that the intent itself gave is only a name
        thing.id = thing.id.filter(|_| entry.id != entry.intent.id);
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

/// What isn't settled.
fn standing(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.retain(|entry| !entry.state.is_settled());
    entries
}

fn thing(entry: &Entry) -> Thing {
    let intent = &entry.intent;
    Thing {
        kind: intent.kind.clone(),
        user: intent.user.clone(),
        name: intent.name.clone(),
        nonce: intent.undo_values.get(NONCE).cloned().unwrap_or_default(),
        id: entry.id.clone(),
        others: BTreeSet::new(),
    }
}

/// What a journal says is, or may be, still there.
pub fn left_behind(journal: &Journal) -> Vec<LeftBehind> {
    standing(journal.entries())
        .into_iter()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Intent;

    fn entry(number: u64, user: &str, state: State, id: Option<&str>) -> Entry {
        Entry {
            number: serde_json::from_value(number.into()).unwrap(),
            at: String::new(),
            intent: Intent {
                kind: "block-storage.volume".into(),
                user: user.into(),
                ..Intent::default()
            },
            state,
            id: id.map(str::to_owned),
        }
    }

    /// What one of them is told from.
    fn others(entries: &[Entry], index: usize) -> BTreeSet<String> {
        let all: Vec<Thing> = entries.iter().map(thing).collect();
        let mut thing = all[index].clone();
        thing.tell_from(&all);
        thing.others
    }

    #[test]
    fn a_volume_whose_transfer_was_being_accepted_was_taken_for_the_first_owners() {
        let made = entry(1, "main", State::Known("v".into()), Some("v"));
        let same_name = entry(2, "main", State::Maybe(String::new()), None);
        let accepted = entry(3, "alt", State::Maybe(String::new()), None);
        let all = [made, same_name, accepted];
        assert!(others(&all, 1).contains("v"));
        assert!(others(&all, 2).is_empty());
    }

    #[test]
    fn a_name_that_was_gone_and_was_being_given_again_was_taken_for_gone() {
        let gone = entry(1, "main", State::Gone, Some("name"));
        let again = entry(2, "main", State::Maybe(String::new()), None);
        let all = standing(vec![gone, again]);
        assert!(others(&all, 0).is_empty());
    }
}
