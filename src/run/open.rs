//! From profiles to clouds that are logged in to, known and planned for.

use crate::journal::{JOURNAL_FORMAT, Journal, JournalError, JournalHeader};
use crate::plan::{Explanation, Library, Plan, PlanOptions, PlanSide, explain, plan};
use crate::profile::Profile;
use crate::profile::secret::Redacted;
use crate::protocol::{Retry, Secrets, Session, SessionError, Witness};
use crate::recording::{
    CloudInfo, Discovery, FORMAT, Header, Learned, PlanRecord, Redactor, ScenarioText, SecretKind,
    Target, WriteError,
};
use crate::run::cancel::{Cancel, Stop};
use crate::run::clock::rfc3339;
use crate::run::event::{Event, Events};
use crate::run::log::Log;
use crate::run::side::Side;
use crate::run::undo::Patience;
use crate::scenario::ScenarioId;
use crate::transport::{TransportError, Wire, WireConfig};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// What is to be run, on which clouds.
pub struct RunRequest {
    /// Names the run in all its recordings.
    pub run: String,
    pub clouds: Vec<CloudRequest>,
    pub library: Library,
    pub selected: Vec<ScenarioId>,
    /// Its seed is drawn anew: names must be nobody else's.
    pub options: PlanOptions,
    pub patience: Patience,
}

/// One cloud and where what is seen on it goes.
pub struct CloudRequest {
    pub profile: Profile,
    pub secrets: Secrets,
    pub recording: PathBuf,
    pub journal: PathBuf,
}

/// Why nothing can be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    #[error("interrupted")]
    Interrupted,
}

/// Why one cloud can't be worked with.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("can't write the recording: {0}")]
    Recording(#[from] WriteError),
    #[error("can't write the journal: {0}")]
    Journal(#[from] JournalError),
    #[error("it could not be reached any more: {0}")]
    Lost(String),
}

/// A cloud that was logged in to and asked about itself.
struct Opened {
    request: CloudRequest,
    session: Arc<Session>,
    discovery: Discovery,
    log: Arc<Log>,
    warnings: Vec<String>,
}

/// Clouds that are known, and what would be run on them. Nothing was made yet, and no file written.
pub struct Prepared {
    run: String,
    pub plan: Plan,
    library: Arc<Library>,
    opened: Vec<Opened>,
    /// Clouds that can't be worked with, by name.
    pub failed: BTreeMap<String, SideError>,
    options: PlanOptions,
    patience: Patience,
    started: Instant,
    started_at: SystemTime,
}

/// Logs in to all clouds at once, asks what they are, and plans.
pub async fn prepare(
    request: RunRequest,
    events: &Events,
    cancel: &Cancel,
) -> Result<Prepared, RunError> {
    let started = Instant::now();
    let started_at = SystemTime::now();
    let mut options = request.options;
    options.seed = random()?;
    let wires = wires(&request.clouds, started);
    let mut tasks = Vec::new();
    for (cloud, wire) in request.clouds.into_iter().zip(wires) {
        let log = Arc::new(Log::new(fresh_redactor()?));
        let name = cloud.profile.name.clone();
        tasks.push((
            name,
            tokio::spawn(open(cloud, wire, log, request.patience.retry)),
        ));
    }
    let mut opened = Vec::new();
    let mut failed = BTreeMap::new();
    for (name, mut task) in tasks {
        let result = tokio::select! {
            result = &mut task => result,
            () = cancel.reached(Stop::Orderly) => {
                task.abort();
                return Err(RunError::Interrupted);
            }
        };
        match result.unwrap_or_else(|panic| Err(SideError::Lost(panic.to_string()))) {
            Ok(side) => {
                events.say(Event::Opened { cloud: name });
                opened.push(side);
            }
            Err(error) => {
                let why = error.to_string();
                events.say(Event::Failed {
                    cloud: name.clone(),
                    why,
                });
                failed.insert(name, error);
            }
        }
    }
    let plan = plan_for(&opened, &request.selected, &request.library, &options);
    Ok(Prepared {
        run: request.run,
        plan,
        library: Arc::new(request.library),
        opened,
        failed,
        options,
        patience: request.patience,
        started,
        started_at,
    })
}

fn plan_for(
    opened: &[Opened],
    selected: &[ScenarioId],
    library: &Library,
    options: &PlanOptions,
) -> Plan {
    let known: Vec<(Target, BTreeSet<String>)> = opened
        .iter()
        .map(|side| {
            let users = side.request.profile.users.iter();
            let expendable = users.filter(|(_, user)| user.expendable);
            let expendable = expendable.map(|(role, _)| role.clone()).collect();
            (side.session.target(), expendable)
        })
        .collect();
    let sides: Vec<PlanSide<'_>> = opened
        .iter()
        .zip(&known)
        .map(|(side, (target, expendable))| PlanSide {
            name: &side.request.profile.name,
            target,
            discovery: &side.discovery,
            limits: &side.request.profile.limits,
            expendable,
        })
        .collect();
    plan(selected, library, &sides, options)
}

/// One wire a cloud; clouds behind one auth URL share one, and with it its limits.
fn wires(clouds: &[CloudRequest], started: Instant) -> Vec<Result<Arc<Wire>, TransportError>> {
    let mut known: BTreeMap<(String, Option<PathBuf>), Result<Arc<Wire>, TransportError>> =
        BTreeMap::new();
    clouds
        .iter()
        .map(|cloud| {
            let profile = &cloud.profile;
            let key = (profile.auth_url.clone(), profile.ca_file.clone());
            let wire = known.entry(key).or_insert_with(|| {
                let same = clouds
                    .iter()
                    .filter(|c| c.profile.auth_url == profile.auth_url);
                let lowest = |a: f64, b: f64| if a > 0.0 && a < b { a } else { b };
                let (in_flight, per_second) = same.fold((u32::MAX, f64::INFINITY), |low, c| {
                    let limits = &c.profile.limits;
                    (
                        low.0.min(limits.in_flight),
                        lowest(limits.per_second, low.1),
                    )
                });
                let config = WireConfig {
                    in_flight,
                    per_second: if per_second.is_finite() {
                        per_second
                    } else {
                        0.0
                    },
                    ca_file: profile.ca_file.clone(),
                    started,
                };
                Wire::new(config).map(Arc::new)
            });
            wire.clone()
        })
        .collect()
}

async fn open(
    request: CloudRequest,
    wire: Result<Arc<Wire>, TransportError>,
    log: Arc<Log>,
    retry: Retry,
) -> Result<Opened, SideError> {
    let warnings = learn(&log, &request.secrets);
    let seen = Arc::clone(&log);
    let witness: Witness = Arc::new(move |exchange| seen.control(exchange));
    let CloudRequest {
        profile, secrets, ..
    } = &request;
    let session = Session::open_with(profile, secrets, wire?, witness, retry).await?;
    let discovery = session.discover(&request.profile).await;
    Ok(Opened {
        request,
        session: Arc::new(session),
        discovery,
        log,
        warnings,
    })
}

/// Teaches a log the secrets of a profile; warns of those that can't be hidden everywhere.
pub(super) fn learn(log: &Log, secrets: &Secrets) -> Vec<String> {
    let mut warnings = Vec::new();
    for (role, secret) in secrets {
        let (role, kind) = match role.split_once('/') {
            None => (role.as_str(), SecretKind::Password),
            Some((role, "access_key")) => (role, SecretKind::AccessKey),
            Some((role, _)) => (role, SecretKind::Token),
        };
        match log.redactor().learn(secret, kind) {
            Learned::Everywhere => {}
            Learned::TooShort | Learned::Word => warnings.push(format!(
                "the secret of user `{role}` is so short or common that it is hidden only where its place tells"
            )),
        }
    }
    warnings
}

pub(super) fn fresh_redactor() -> Result<Redactor, RunError> {
    Ok(Redactor::new(Redacted::new(random()?)))
}

fn random() -> Result<[u8; 32], RunError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| RunError::Random(error.to_string()))?;
    Ok(bytes)
}

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
    pub options: PlanOptions,
    pub started: Instant,
}

impl Prepared {
    /// What the run would do, for people.
    pub fn explain(&self) -> Explanation {
        explain(&self.plan, &self.library)
    }

    /// What the owner of a cloud should know before a run.
    pub fn warnings(&self) -> BTreeMap<String, Vec<String>> {
        self.opened
            .iter()
            .filter(|side| !side.warnings.is_empty())
            .map(|side| (side.request.profile.name.clone(), side.warnings.clone()))
            .collect()
    }

    /// What each cloud said of itself.
    pub fn discoveries(&self) -> impl Iterator<Item = (&str, &Discovery)> {
        self.opened
            .iter()
            .map(|side| (side.request.profile.name.as_str(), &side.discovery))
    }

    /// Begins journals and recordings. A cloud whose files can't be begun is left out.
    pub(super) fn begin(self, cancel: &Cancel) -> Beginning {
        let mut ranges: BTreeMap<String, Vec<_>> = BTreeMap::new();
        let names: BTreeSet<&String> = self
            .opened
            .iter()
            .flat_map(|side| side.discovery.services.keys())
            .collect();
        for service in names {
            let all = self.opened.iter().map(|side| {
                let info = side.discovery.services.get(service)?;
                info.microversion.clone()
            });
            ranges.insert(service.clone(), all.collect());
        }
        let mut begun = Beginning {
            plan: Plan {
                sides: Vec::new(),
                ..self.plan.clone()
            },
            sides: Vec::new(),
            failed: self.failed,
            options: self.options.clone(),
            started: self.started,
        };
        let clouds: Vec<String> = self
            .plan
            .sides
            .iter()
            .map(|side| side.name.clone())
            .collect();
        for (opened, planned) in self.opened.into_iter().zip(&self.plan.sides) {
            let header = Header {
                format: FORMAT,
                tool_version: env!("CARGO_PKG_VERSION").to_owned(),
                language: 1,
                run: self.run.clone(),
                started: rfc3339(self.started_at),
                private: true,
                cloud: CloudInfo {
                    name: planned.name.clone(),
                    family: opened.request.profile.family.word().to_owned(),
                    target: planned.target.clone(),
                    discovery: redacted(&opened.discovery, opened.log.redactor()),
                },
                scenarios: texts(&self.library, planned),
                plan: PlanRecord {
                    repeats: self.plan.repeats,
                    concurrency: planned.at_once,
                    selected: planned.selected.iter().map(|id| id.0.clone()).collect(),
                    skipped: planned
                        .skipped
                        .iter()
                        .map(|(id, skip)| (id.0.clone(), skip.clone()))
                        .collect(),
                    clouds: clouds.clone(),
                },
            };
            let request = &opened.request;
            let journal = JournalHeader {
                format: JOURNAL_FORMAT,
                run: self.run.clone(),
                cloud: planned.name.clone(),
                target: planned.target.clone(),
                profile: request.profile.origin.clone(),
                pid: std::process::id(),
                started: rfc3339(self.started_at),
            };
            let files = Journal::create(&request.journal, journal)
                .map_err(SideError::from)
                .and_then(|journal| {
                    opened.log.begin(&request.recording, &header)?;
                    Ok(journal)
                });
            match files {
                Err(error) => {
                    begun.failed.insert(planned.name.clone(), error);
                }
                Ok(journal) => {
                    begun.plan.sides.push(planned.clone());
                    begun.sides.push(Begun {
                        recording: request.recording.clone(),
                        side: Arc::new(Side {
                            name: planned.name.clone(),
                            session: opened.session,
                            discovery: opened.discovery,
                            ranges: ranges.clone(),
                            log: opened.log,
                            journal,
                            library: Arc::clone(&self.library),
                            seed: self.options.seed,
                            ceilings: planned.ceilings.clone(),
                            patience: self.patience,
                            cancel: cancel.part(),
                        }),
                    });
                }
            }
        }
        begun
    }
}

/// Selected scenarios and every fixture that they use.
fn texts(library: &Library, planned: &crate::plan::SidePlan) -> BTreeMap<String, ScenarioText> {
    let mut texts = BTreeMap::new();
    let mut open: Vec<&ScenarioId> = planned.selected.iter().collect();
    while let Some(id) = open.pop() {
        let Some(scenario) = library.get(id) else {
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
