//! Takes journalled things away, as often as it takes, and journals how that went.

use crate::journal::{IntentId, Journal, JournalError};
use crate::run::cancel::{Cancel, Stop};
use crate::run::undo::{Hands, Looked, Patience, Removed, Settled, Thing, look, remove};
use std::time::Instant;

/// One thing of a journal.
#[derive(Clone, Debug)]
pub struct Owed {
    pub number: IntentId,
    pub thing: Thing,
    /// The journal says that its undo began, or got stuck.
    pub begun: bool,
}

/// What settling needs besides the things.
pub struct Settling<'a, H> {
    pub hands: &'a H,
    pub journal: &'a Journal,
    pub patience: &'a Patience,
    pub cancel: &'a Cancel,
    /// Takes secrets out of what a cloud said.
    pub redact: &'a (dyn Fn(&str) -> String + Sync),
}

/// How a turn of one thing ended.
enum Turn {
    Over(Settled),
    Held(String),
}

impl<H: Hands> Settling<'_, H> {
    /// Takes things away in this order. What doesn't go is tried again after the others: one of them may hold it.
    /// It is given up when nothing has gone for as long as the patience says.
    ///
    /// A journal that can't be written stops nothing; its first error comes with the result.
    pub async fn all(&self, owed: Vec<Owed>) -> (Vec<(Owed, Settled)>, Result<(), JournalError>) {
        let mut open: Vec<(Owed, String)> = owed
            .into_iter()
            .map(|owed| (owed, "undo was stopped".to_owned()))
            .collect();
        let mut settled = Vec::new();
        let mut journalled = Ok(());
        let mut progress = Instant::now();
        let mut turn = self.patience.turn;
        while !open.is_empty() && self.cancel.now() < Stop::AtOnce {
            let mut held = Vec::new();
            for (mut owed, _) in open {
                match self.turn(&mut owed, turn, &mut journalled).await {
                    Turn::Over(how) => {
                        progress = Instant::now();
                        settled.push((owed, how));
                    }
                    Turn::Held(why) => held.push((owed, why)),
                }
            }
            open = held;
            let waited = progress.elapsed();
            if waited >= self.patience.deadline {
                break;
            }
            turn = (turn * 2).min(self.patience.deadline.saturating_sub(waited));
        }
        for (owed, why) in open {
            let why = (self.redact)(&why);
            // what was stopped stays as the journal has it
            if self.cancel.now() < Stop::AtOnce {
                note(&mut journalled, self.journal.stuck(owed.number, &why));
            }
            settled.push((owed, Settled::Stuck(why)));
        }
        (settled, journalled)
    }

    async fn turn(
        &self,
        owed: &mut Owed,
        turn: std::time::Duration,
        journalled: &mut Result<(), JournalError>,
    ) -> Turn {
        let number = owed.number;
        if owed.thing.id.is_none() {
            match look(self.hands, &owed.thing, self.patience, self.cancel).await {
                Looked::One(id) => {
                    if !owed.begun {
                        note(journalled, self.journal.known(number, &id));
                    }
                    owed.thing.id = Some(id);
                }
                Looked::Nothing => {
                    let said = if owed.begun {
                        self.journal
                            .undoing(number)
                            .and_then(|()| self.journal.gone(number))
                    } else {
                        self.journal.nothing(number)
                    };
                    note(journalled, said);
                    return Turn::Over(Settled::Nothing);
                }
                Looked::Unclear(why) if self.cancel.now() == Stop::AtOnce => {
                    return Turn::Held(why);
                }
                Looked::Unclear(why) => {
                    let why = (self.redact)(&why);
                    if owed.begun {
                        note(journalled, self.journal.undoing(number));
                    }
                    note(journalled, self.journal.stuck(number, &why));
                    return Turn::Over(Settled::Stuck(why));
                }
            }
        }
        let Some(id) = owed.thing.id.clone() else {
            return Turn::Held("its id is not known".to_owned());
        };
        note(journalled, self.journal.undoing(number));
        owed.begun = true;
        let limits = (self.patience, turn);
        match remove(self.hands, &owed.thing, &id, limits, self.cancel).await {
            Removed::Gone => {
                note(journalled, self.journal.gone(number));
                Turn::Over(Settled::Gone)
            }
            Removed::Held(why) => Turn::Held(why),
        }
    }
}

fn note(first: &mut Result<(), JournalError>, said: Result<(), JournalError>) {
    if first.is_ok() {
        *first = said;
    }
}
