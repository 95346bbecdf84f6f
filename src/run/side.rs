//! One cloud of a run: what all its executions share.

use crate::dialect::resources::resource_kind;
use crate::journal::Journal;
use crate::plan::Library;
use crate::protocol::{ControlCall, Purpose, Range, Session};
use crate::recording::Discovery;
use crate::run::cancel::Cancel;
use crate::run::log::Log;
use crate::run::settle::Settling;
use crate::run::undo::{Aim, Ask, Hands, Identity, Patience, Said};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A cloud that is being worked on.
pub struct Side {
    pub name: String,
    pub session: Arc<Session>,
    pub discovery: Discovery,
    /// Microversions by service: of every cloud of the run, in their order.
    pub ranges: BTreeMap<String, Vec<Option<Range>>>,
    pub log: Arc<Log>,
    pub journal: Journal,
    pub library: Arc<Library>,
    /// 32 bytes from which nonces follow.
    pub seed: [u8; 32],
    /// How many of a kind may exist at once.
    pub ceilings: BTreeMap<String, u32>,
    pub patience: Patience,
    /// Stops with the run, or alone where the cloud is gone.
    pub cancel: Cancel,
}

impl Side {
    /// Microversions of a service: of this cloud, and of all.
    pub fn ranges(&self, service: &str) -> (Option<&Range>, &[Option<Range>]) {
        let own = self
            .discovery
            .services
            .get(service)
            .and_then(|service| service.microversion.as_ref());
        let all = self.ranges.get(service).map(Vec::as_slice);
        (own, all.unwrap_or_default())
    }

    /// What it takes to take things away here.
    pub fn settling<'s>(
        &'s self,
        redact: &'s (dyn Fn(&str) -> String + Sync),
    ) -> Settling<'s, Self> {
        Settling {
            hands: self,
            journal: &self.journal,
            patience: &self.patience,
            cancel: &self.cancel,
            redact,
        }
    }

    /// How many of what a kind counts against may exist at once.
    pub fn ceiling(&self, kind: &str) -> Option<(&'static str, u32)> {
        let counts = resource_kind(kind)?.counts.as_deref()?;
        Some((counts, *self.ceilings.get(counts)?))
    }
}

impl Hands for Side {
    async fn ask(&self, ask: &Ask) -> Result<Said, String> {
        self.session.ask(ask).await
    }

    fn identity(&self, user: &str) -> Option<Identity> {
        self.session.identity(user)
    }
}

impl Hands for Session {
    async fn ask(&self, ask: &Ask) -> Result<Said, String> {
        let purpose = match ask.aim {
            Aim::Find => Purpose::Find,
            Aim::Undo => Purpose::Undo,
        };
        let mut call = ControlCall::new(purpose, &ask.user, &ask.service, &ask.method, &ask.target);
        call.headers.clone_from(&ask.headers);
        call.body.clone_from(&ask.body);
        let answer = self.send(&call).await.map_err(|error| error.to_string())?;
        Ok(Said {
            status: answer.status,
            body: answer.body,
        })
    }

    fn identity(&self, user: &str) -> Option<Identity> {
        self.user(user).map(|user| Identity {
            user_id: user.user_id.clone(),
            project_id: user.project_id.clone(),
        })
    }
}
