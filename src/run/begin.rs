//! From clouds that are known to clouds that are worked on: journals, uploads, recordings.

use crate::journal::{JOURNAL_FORMAT, Journal, JournalHeader};
use crate::plan::{Plan, PlanOptions, SidePlan};
use crate::profile::Profile;
use crate::protocol::Range;
use crate::recording::{
    Binding, CloudInfo, Discovery, FIRST_FORMAT, Header, LeftBehind, NoiseText, PlanRecord,
    Redactor, ScenarioText,
};
use crate::run::cancel::Cancel;
use crate::run::clock::rfc3339;
use crate::run::event::{Event, Events};
use crate::run::open::{Opened, Prepared, SideError, plan_for};
use crate::run::side::Side;
use crate::run::sweep::{Take, left_behind, sweep};
use crate::run::upload;
use crate::scenario::ScenarioId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// A cloud whose files are begun.
pub(super) struct Begun {
    pub side: Arc<Side>,
    pub recording: PathBuf,
}

/// What a run needs besides its sides.
pub(super) struct Beginning {
    pub plan: Plan,
    pub sides: Vec<Begun>,
    pub failed: BTreeMap<String, SideError>,
    /// Of clouds that failed after something was made there.
    pub left_behind: BTreeMap<String, Vec<LeftBehind>>,
    pub options: PlanOptions,
    pub started: Instant,
}

impl Prepared {
    /// Begins journals, uploads what runs bring along, and begins recordings. A cloud whose files can't be begun is
    /// left out.
    pub(super) async fn begin(self, events: &Events, cancel: &Cancel) -> Beginning {
        let mut begun = Beginning {
            plan: Plan::default(),
            sides: Vec::new(),
            failed: self.failed,
            left_behind: BTreeMap::new(),
            options: self.options.clone(),
            started: self.started,
        };
        let mut fail = |cloud: &str, error: SideError| {
            events.say(Event::Failed {
                cloud: cloud.to_owned(),
                why: error.to_string(),
            });
            begun.failed.insert(cloud.to_owned(), error);
        };
        let ranges = ranges(&self.opened);
        let mut tasks = Vec::new();
        for (opened, planned) in self.opened.into_iter().zip(&self.plan.sides) {
            let request = opened.request;
            let journal = JournalHeader {
                format: JOURNAL_FORMAT,
                run: self.run.clone(),
                cloud: planned.name.clone(),
                target: planned.target.clone(),
                profile: request.profile.origin.clone(),
                pid: std::process::id(),
                started: rfc3339(self.started_at),
            };
            let journal = match Journal::create(&request.journal, journal) {
                Ok(journal) => journal,
                Err(error) => {
                    fail(&planned.name, error.into());
                    continue;
                }
            };
            let side = Side {
                name: planned.name.clone(),
                session: opened.session,
                discovery: opened.discovery,
                ranges: ranges.clone(),
                log: opened.log,
                journal,
                library: Arc::clone(&planned.library),
                seed: self.options.seed,
                ceilings: planned.ceilings.clone(),
                patience: if request.profile.embedded {
                    self.patience.close_by()
                } else {
                    self.patience
                },
                cancel: cancel.part(),
            };
            let wanted = upload::wanted(&request.profile, planned);
            let round = self.options.round;
            let name = planned.name.clone();
            let task = tokio::spawn(async move {
                let uploaded = upload::upload(&side, round, &wanted).await;
                (request, side, uploaded)
            });
            tasks.push((name, task));
        }
        let mut sides = Vec::new();
        let mut all_bound = true;
        for (name, task) in tasks {
            match task.await {
                Ok((request, mut side, uploaded)) => {
                    all_bound &= uploaded.values().all(Result::is_ok);
                    rebind(&mut side.discovery, &request.profile, uploaded);
                    sides.push((request, side));
                }
                Err(panic) => fail(&name, SideError::Lost(panic.to_string())),
            }
        }
        let mut plan = self.plan;
        if !all_bound {
            let known = sides
                .iter()
                .map(|(r, side)| (&r.profile, &*side.session, &side.discovery));
            plan = plan_for(known, &self.selected, &self.library, &self.options);
        }
        let clouds: Vec<String> = plan.sides.iter().map(|side| side.name.clone()).collect();
        let mut planned_of: BTreeMap<String, SidePlan> = plan
            .sides
            .drain(..)
            .map(|planned| (planned.name.clone(), planned))
            .collect();
        for (request, side) in sides {
            let Some(planned) = planned_of.remove(&side.name) else {
                continue;
            };
            let header = Header {
                format: FIRST_FORMAT,
                tool_version: env!("CARGO_PKG_VERSION").to_owned(),
                language: 1,
                run: self.run.clone(),
                started: rfc3339(self.started_at),
                private: true,
                cloud: CloudInfo {
                    name: planned.name.clone(),
                    family: request.profile.family.word().to_owned(),
                    target: planned.target.clone(),
                    discovery: redacted(&side.discovery, side.log.redactor()),
                },
                scenarios: texts(&planned),
                plan: PlanRecord {
                    repeats: plan.repeats,
                    concurrency: planned.at_once,
                    selected: planned.selected.iter().map(|id| id.0.clone()).collect(),
                    skipped: planned
                        .skipped
                        .iter()
                        .map(|(id, skip)| (id.0.clone(), skip.clone()))
                        .collect(),
                    clouds: clouds.clone(),
                    round: self.options.round,
                    shards: self.shard.into_iter().collect(),
                    later: BTreeMap::new(),
                },
                later: BTreeMap::new(),
                runs: BTreeMap::new(),
                noise: request.noise.as_ref().map(|noise| NoiseText {
                    file: noise.file.clone(),
                    text: side.log.redactor().text(&noise.text),
                }),
            };
            if let Err(error) = side.log.begin(&request.recording, &header) {
                let redact = |text: &str| side.log.redactor().text(text);
                // what can't be journalled any more is listed all the same
                let _ = sweep(&side.settling(&redact), Take::All).await;
                let left = left_behind(&side.journal);
                if !left.is_empty() {
                    begun.left_behind.insert(side.name.clone(), left);
                }
                fail(&side.name, error.into());
                continue;
            }
            plan.sides.push(planned);
            begun.sides.push(Begun {
                recording: request.recording,
                side: Arc::new(side),
            });
        }
        begun.plan = plan;
        begun
    }
}

/// Microversions by service, of every cloud in their order.
fn ranges(opened: &[Opened]) -> BTreeMap<String, Vec<Option<Range>>> {
    let names: BTreeSet<&String> = opened
        .iter()
        .flat_map(|side| side.discovery.services.keys())
        .collect();
    let of = |service: &String| {
        let all = opened.iter().map(|side| {
            let info = side.discovery.services.get(service)?;
            info.microversion.clone()
        });
        (service.clone(), all.collect())
    };
    names.into_iter().map(of).collect()
}

/// Puts what was uploaded in the place of what was promised.
fn rebind(
    discovery: &mut Discovery,
    profile: &Profile,
    mut uploaded: BTreeMap<String, Result<Binding, String>>,
) {
    for name in upload::promised(profile) {
        if discovery.bindings.remove(name).is_none() {
            continue;
        }
        let unwanted = || Err("nothing that is run needs it, so it was not uploaded".to_owned());
        match uploaded.remove(name).unwrap_or_else(unwanted) {
            Ok(binding) => drop(discovery.bindings.insert(name.clone(), binding)),
            Err(why) => drop(discovery.unbound.insert(name.clone(), why)),
        }
    }
}

/// Selected scenarios and every fixture that they use.
fn texts(planned: &SidePlan) -> BTreeMap<String, ScenarioText> {
    let mut texts = BTreeMap::new();
    let mut open: Vec<&ScenarioId> = planned.selected.iter().collect();
    while let Some(id) = open.pop() {
        let Some(scenario) = planned.library.get(id) else {
            continue;
        };
        let text = ScenarioText {
            source: scenario.source.clone(),
            request_hash: scenario.request_hash.clone(),
            reading_hash: scenario.reading_hash.clone(),
        };
        if texts.insert(id.0.clone(), text).is_none() {
            open.extend(scenario.fixtures.iter().map(|used| &used.fixture));
        }
    }
    texts
}

/// The discovery as it may be written. Where it can't be taken apart it is left as it is: it holds documents of
/// flavors and images, and names.
fn redacted(discovery: &Discovery, redactor: &Redactor) -> Discovery {
    serde_json::to_value(discovery)
        .ok()
        .and_then(|value| serde_json::from_value(redactor.value(&value)).ok())
        .unwrap_or_else(|| discovery.clone())
}
