//! Takes one thing of known id away: deletes it, where that is refused what hangs on it first, and waits until it
//! is gone.

use crate::dialect::resources::{Child, Placeholders, ResourceKind, at, resource_kind};
use crate::run::cancel::{Cancel, Stop};
use crate::run::undo::ask::{Aim, Ask, Filters, Hands, Said};
use crate::run::undo::thing::{Patience, Thing};
use std::time::Duration;
use tokio::time::Instant;

/// Refusals that no waiting changes are believed after this many.
const MOST_REFUSALS: u32 = 4;

/// What trying to take a thing away came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    Gone,
    /// Why it is still there. That may change when something else has gone.
    Held(String),
}

/// Takes away the thing with this id, for as long as `turn`.
pub async fn remove(
    hands: &impl Hands,
    thing: &Thing,
    id: &str,
    (patience, turn): (&Patience, Duration),
    cancel: &Cancel,
) -> Removed {
    let Some(kind) = resource_kind(&thing.kind) else {
        return Removed::Held(format!(
            "`{}` is no kind that this version knows",
            thing.kind
        ));
    };
    let identity = hands.identity(&thing.user);
    let mut held = Vec::new();
    for member in kind.members(id) {
        let removal = Removal {
            hands,
            kind,
            user: &thing.user,
            names: thing.placeholders(kind, member, identity.as_ref()),
            patience,
            cancel,
            until: Instant::now() + turn,
            filters: Filters::default(),
        };
        if let Removed::Held(why) = removal.run().await {
            held.push(why);
        }
    }
    if held.is_empty() {
        return Removed::Gone;
    }
    Removed::Held(held.join("; "))
}

struct Removal<'a, H> {
    hands: &'a H,
    kind: &'a ResourceKind,
    user: &'a str,
    names: Placeholders,
    patience: &'a Patience,
    cancel: &'a Cancel,
    until: Instant,
    filters: Filters,
}

/// What an attempt to delete came to.
enum Attempt {
    Accepted {
        /// It was not there any more: that is the first look.
        was_absent: bool,
    },
    /// It may pass.
    Wait(String),
    /// It hardly will.
    Refused(String),
}

impl<H: Hands> Removal<'_, H> {
    async fn run(&self) -> Removed {
        let mut pause = self.patience.first_pause;
        let mut refusals = 0;
        // what it will leave is best seen while it is there
        let left = self.leaves().await;
        loop {
            // what is nothing but what it holds
            if self.kind.delete.is_empty() {
                self.clear(&self.kind.child).await;
            }
            let why = match self.delete().await {
                Attempt::Accepted { was_absent } => match self.await_gone(was_absent).await {
                    None => return self.gone(left).await,
                    Some(why) => why,
                },
                Attempt::Wait(why) => why,
                // the right to delete what is just going is denied: a look tells
                Attempt::Refused(_) if self.is_missing().await => match self.await_gone(true).await
                {
                    None => return self.gone(left).await,
                    Some(why) => why,
                },
                Attempt::Refused(why) => {
                    refusals += 1;
                    if refusals >= MOST_REFUSALS {
                        return Removed::Held(why);
                    }
                    why
                }
            };
            if self.cancel.now() == Stop::AtOnce || Instant::now() >= self.until {
                return Removed::Held(why);
            }
            // it didn't go: what hangs on it, or what holds it
            if self.clear(&self.kind.child).await {
                pause = self.patience.first_pause;
            }
            for call in &self.kind.release {
                if let Some(ask) = Ask::call(self.user, &self.kind.service, call, &self.names) {
                    // whether it helped is seen at the next delete
                    let _ = self.hands.ask(&ask).await;
                }
            }
            self.cancel.sleep(pause, Stop::AtOnce).await;
            pause = (pause * 2).min(self.patience.longest_pause);
        }
    }

    /// It is; what it leaves goes, too.
    async fn gone(&self, mut left: Vec<(&Child, Placeholders)>) -> Removed {
        left.extend(self.leaves().await);
        for (child, names) in left {
            self.take(child, &names).await;
        }
        Removed::Gone
    }

    /// What stays when it goes, as far as that shows now.
    async fn leaves(&self) -> Vec<(&Child, Placeholders)> {
        let mut found = Vec::new();
        for child in &self.kind.after {
            let items = self.items(child).await;
            found.extend(items.into_iter().map(|names| (child, names)));
        }
        found
    }

    async fn delete(&self) -> Attempt {
        let mut was_absent = false;
        for call in &self.kind.delete {
            let Some(ask) = Ask::call(self.user, &self.kind.service, call, &self.names) else {
                return Attempt::Refused("its id is empty".to_owned());
            };
            let said = match self.hands.ask(&ask).await {
                Ok(said) => said,
                Err(why) => return Attempt::Wait(why),
            };
            let why = format!("{} answers {}", ask.told(), told(&said));
            let document = said.document();
            was_absent = self.kind.is_absent(said.status, document.as_ref());
            match said.status {
                200..=299 => {}
                _ if was_absent => {}
                status if self.kind.may_pass(status, document.as_ref()) => {
                    return Attempt::Wait(why);
                }
                _ => return Attempt::Refused(why),
            }
        }
        Attempt::Accepted { was_absent }
    }

    /// Waits until it was not there twice, once of which may have been seen. `Some`: it is time for another delete, and why.
    async fn await_gone(&self, was_absent: bool) -> Option<String> {
        let names = &self.names;
        let Some(ask) = Ask::fill(
            Aim::Find,
            self.user,
            &self.kind.service,
            &self.kind.get,
            names,
        ) else {
            return Some("its id is empty".to_owned());
        };
        let again = self.until.min(Instant::now() + self.patience.again);
        let mut missed = usize::from(was_absent);
        let mut pause = self.patience.between_looks;
        if was_absent {
            tokio::time::sleep(self.patience.between_looks).await;
        }
        loop {
            let why = match self.look(&ask).await {
                Ok(said) if self.is_gone(&said) => {
                    missed += 1;
                    if missed == 2 {
                        return None;
                    }
                    "seen gone once".to_owned()
                }
                Ok(said) => {
                    missed = 0;
                    format!("{} answers {}", ask.told(), told(&said))
                }
                Err(why) => why,
            };
            if missed == 0 && (Instant::now() >= again || self.cancel.now() == Stop::AtOnce) {
                return Some(why);
            }
            if missed > 0 {
                tokio::time::sleep(self.patience.between_looks).await;
            } else {
                self.cancel.sleep(pause, Stop::AtOnce).await;
                pause = (pause * 3 / 2)
                    .min(self.patience.longest_pause / 4)
                    .max(LEAST_PAUSE);
            }
        }
    }

    /// One look.
    async fn is_missing(&self) -> bool {
        let (service, get) = (&self.kind.service, &self.kind.get);
        let Some(ask) = Ask::fill(Aim::Find, self.user, service, get, &self.names) else {
            return false;
        };
        self.look(&ask).await.is_ok_and(|said| self.is_gone(&said))
    }

    async fn look(&self, ask: &Ask) -> Result<Said, String> {
        self.filters.ask(self.hands, self.kind, ask).await
    }

    fn is_gone(&self, said: &Said) -> bool {
        let document = said.document();
        self.kind
            .is_gone(said.status, document.as_ref(), &self.names)
    }

    /// Whether there were any.
    async fn clear(&self, children: &[Child]) -> bool {
        let mut any = false;
        for child in children {
            if self.cancel.now() == Stop::AtOnce {
                break;
            }
            any |= self.clear_one(child).await;
        }
        any
    }

    async fn clear_one(&self, child: &Child) -> bool {
        let items = self.items(child).await;
        for names in &items {
            self.take(child, names).await;
        }
        !items.is_empty()
    }

    /// Names for each item that a list of children shows.
    async fn items(&self, child: &Child) -> Vec<Placeholders> {
        let service = &self.kind.service;
        let Some(ask) = Ask::fill(Aim::Find, self.user, service, &child.list, &self.names) else {
            return Vec::new();
        };
        // a list that can't be read has nothing to clear: the next delete says what is wrong
        let said = self.look(&ask).await.ok();
        let Some(document) = said.and_then(|said| said.document()) else {
            return Vec::new();
        };
        let Some(items) = self.names.fill_place(&child.items) else {
            return Vec::new();
        };
        at(&document, &items)
            .into_iter()
            .flat_map(|found| {
                found
                    .as_array()
                    .map_or(std::slice::from_ref(found), Vec::as_slice)
            })
            .map(|item| child.decoded(&document, item))
            .filter(|item| child.takes(item, &self.names))
            .map(|item| self.names.with_item(&item))
            .collect()
    }

    async fn take(&self, child: &Child, names: &Placeholders) {
        for call in &child.steps {
            if let Some(ask) = Ask::call(self.user, &self.kind.service, call, names) {
                // whether it helped is seen at the next delete
                let _ = self.hands.ask(&ask).await;
            }
        }
    }
}

const LEAST_PAUSE: Duration = Duration::from_millis(10);

/// Status and the beginning of what a refusal says, on one line.
fn told(said: &Said) -> String {
    let text = String::from_utf8_lossy(&said.body);
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect();
    if said.status < 300 || text.trim().is_empty() {
        return said.status.to_string();
    }
    format!("{}: {}", said.status, text.trim())
}
