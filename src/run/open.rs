//! From profiles to clouds that are logged in to, known and planned for.

use crate::journal::JournalError;
use crate::plan::{Explanation, Library, Plan, PlanOptions, PlanSide, explain, plan};
use crate::profile::Profile;
use crate::profile::secret::Redacted;
use crate::protocol::{Retry, Secrets, Session, SessionError, Witness};
use crate::recording::{Discovery, Learned, NoiseText, Redactor, SecretKind, Skip, WriteError};
use crate::run::cancel::{Cancel, Stop};
use crate::run::event::{Event, Events};
use crate::run::log::Log;
use crate::run::undo::Patience;
use crate::run::upload;
use crate::scenario::{ScenarioId, Shard};
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
    /// The part of the suite that `selected` is.
    pub shard: Option<Shard>,
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
    /// What is known to be unstable there; kept in the recording for its readers.
    pub noise: Option<NoiseText>,
    /// What it said of itself in an earlier round, so that it need not be asked again.
    pub known: Option<Discovery>,
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
pub(super) struct Opened {
    pub request: CloudRequest,
    pub session: Arc<Session>,
    pub discovery: Discovery,
    pub log: Arc<Log>,
    warnings: Vec<String>,
}

/// Clouds that are known, and what would be run on them. Nothing was made yet, and no file written.
pub struct Prepared {
    pub(super) run: String,
    pub plan: Plan,
    pub(super) library: Arc<Library>,
    pub(super) selected: Vec<ScenarioId>,
    pub(super) shard: Option<Shard>,
    pub(super) opened: Vec<Opened>,
    /// Clouds that can't be worked with, by name.
    pub failed: BTreeMap<String, SideError>,
    pub(super) options: PlanOptions,
    pub(super) patience: Patience,
    pub(super) started: Instant,
    pub(super) started_at: SystemTime,
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
    let known = opened
        .iter()
        .map(|side| (&side.request.profile, &*side.session, &side.discovery));
    let plan = plan_for(known, &request.selected, &request.library, &options);
    Ok(Prepared {
        run: request.run,
        plan,
        library: Arc::new(request.library),
        selected: request.selected,
        shard: request.shard,
        opened,
        failed,
        options,
        patience: request.patience,
        started,
        started_at,
    })
}

/// A cloud as it is planned for.
pub(super) type Known<'a> = (&'a Profile, &'a Session, &'a Discovery);

pub(super) fn plan_for<'a>(
    clouds: impl Iterator<Item = Known<'a>>,
    selected: &[ScenarioId],
    library: &Library,
    options: &PlanOptions,
) -> Plan {
    let known: Vec<_> = clouds
        .map(|(profile, session, discovery)| {
            let users = profile.users.iter();
            let expendable = users.filter(|(_, user)| user.expendable);
            let expendable: BTreeSet<String> = expendable.map(|(role, _)| role.clone()).collect();
            let mut limits = profile.limits.clone();
            // what is uploaded is there all the time
            if let Some(images) = limits.most.get_mut("images") {
                let uploads = upload::promised(profile).count();
                *images = images.saturating_sub(u32::try_from(uploads).unwrap_or(u32::MAX));
            }
            (profile, session.target(), discovery, limits, expendable)
        })
        .collect();
    let sides: Vec<PlanSide<'_>> = known
        .iter()
        .map(
            |(profile, target, discovery, limits, expendable)| PlanSide {
                name: &profile.name,
                family: profile.family.word(),
                target,
                discovery,
                limits,
                expendable,
            },
        )
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
    mut request: CloudRequest,
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
    let discovery = match request.known.take() {
        Some(known) => known,
        None => session.discover(&request.profile).await,
    };
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

impl Prepared {
    /// Scenarios that are left out because they would have too much at once, a line a kind: cloud → line.
    pub fn left_out(&self) -> Vec<(String, String)> {
        let sides = self.plan.sides.iter();
        sides
            .flat_map(|side| {
                let lines = Skip::left_out(side.skipped.values().map(|skip| skip.why.as_str()));
                lines.into_iter().map(|line| (side.name.clone(), line))
            })
            .collect()
    }

    /// What the run would do, for people.
    pub fn explain(&self) -> Explanation {
        explain(&self.plan)
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
}
