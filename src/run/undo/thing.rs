//! Something that an execution made, or may have made.

use crate::dialect::resources::{Placeholders, ResourceKind, resource_kind};
use crate::protocol::Retry;
use crate::run::undo::ask::Identity;
use std::collections::BTreeSet;
use std::time::Duration;

/// What is to be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// A kind of the dialect.
    pub kind: String,
    /// Role of the user who made it, and who takes it away.
    pub user: String,
    /// The exact name that was sent.
    pub name: String,
    /// The random part of the names of the execution: a name that holds it is nobody else's.
    pub nonce: String,
    /// As the answer told it; none where it may exist without our knowing its id.
    pub id: Option<String>,
    /// Ids of other things of the same name that are accounted for: not taken for this one.
    pub others: BTreeSet<String>,
}

impl Thing {
    /// Whether nobody else can have something of this name by chance: it holds the nonce, or is made of uuids.
    pub fn unguessable(&self) -> bool {
        let by_nonce = self.nonce.len() >= 16 && self.name.contains(&self.nonce);
        by_nonce || (!self.name.is_empty() && self.name.split('/').all(is_uuid))
    }

    /// Ids of all that it is, where they are known.
    pub fn ids(&self) -> Vec<String> {
        let kind = resource_kind(&self.kind);
        let ids = self.id.iter().flat_map(|id| match kind {
            Some(kind) => kind.members(id),
            None => vec![id.as_str()],
        });
        ids.map(str::to_owned).collect()
    }

    /// Takes down the ids of what else its user still has to take away: what is gone may have come again under its name,
    /// and what another user made may have become this one's.
    pub fn tell_from<'a>(&mut self, all: impl IntoIterator<Item = &'a Self>) {
        let own = self.ids();
        let of_user = all.into_iter().filter(|other| other.user == self.user);
        self.others = of_user
            .flat_map(Self::ids)
            .filter(|id| !own.contains(id))
            .collect();
    }

    pub(super) fn placeholders(
        &self,
        kind: &ResourceKind,
        id: &str,
        identity: Option<&Identity>,
    ) -> Placeholders {
        let mut names = Placeholders::of(kind, id);
        names.set("name", &self.name);
        if let Some(identity) = identity {
            names.set("user.id", &identity.user_id);
            names.set("project.id", &identity.project_id);
        }
        names
    }
}

fn is_uuid(text: &str) -> bool {
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
    hex == 32 && (text.len() == 32 || (text.len() == 36 && text.split('-').count() == 5))
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Gone,
    /// It was looked for, and there is none.
    Nothing,
    /// Why it may still be there.
    Stuck(String),
}

/// How long undo tries.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until what doesn't go is given up, since anything else went.
    pub deadline: Duration,
    /// For one thing at first; then the others have their turn, of which one may hold it.
    pub turn: Duration,
    /// Before the next try; doubled from try to try.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// Between two 404s that mean gone.
    pub between_looks: Duration,
    /// How often something of unknown id is looked for, with longer and longer pauses, until it is believed not to
    /// exist.
    pub looks: u32,
    /// For how long a request may still be served whose answer nobody waited for: a cleanup looks for what it made no earlier.
    pub under_way: Duration,
    /// A delete that was accepted and doesn't get on is sent again after this.
    pub again: Duration,
    /// How a single request is repeated that got no answer, or one that may pass.
    pub retry: Retry,
}

impl Patience {
    /// With a server inside this process: it is done with what it answered, so there is nothing to wait for at first.
    #[must_use]
    pub fn close_by(self) -> Self {
        const SHORT: Duration = Duration::from_millis(5);
        Self {
            first_pause: self.first_pause.min(SHORT),
            between_looks: self.between_looks.min(SHORT),
            ..self
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            deadline: Duration::from_mins(3),
            turn: Duration::from_secs(12),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(8),
            between_looks: Duration::from_millis(500),
            looks: 4,
            under_way: Duration::from_secs(20),
            again: Duration::from_secs(40),
            retry: Retry::default(),
        }
    }
}
