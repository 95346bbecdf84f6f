//! Starts what may start, takes in what ends, on all clouds at once. The one place that knows all executions; the
//! executions know nothing of each other.

use crate::dialect::resources::resource_kind;
use crate::plan::{Budgets, Instance, Job, Schedule, Start, nonce};
use crate::recording::{Discovery, LeftBehind, Outcome, Skip, SkipKind, Trailer};
use crate::run::begin::{Beginning, Begun};
use crate::run::cancel::{Cancel, Stop};
use crate::run::clock::rfc3339;
use crate::run::event::{Counts, Event, Events, Execution, FixtureEvent};
use crate::run::open::SideError;
use crate::run::perform::{MOST_ATTEMPTS, Performed, SharedCell, perform};
use crate::run::side::Side;
use crate::run::sweep::{Take, left_behind, sweep};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};
use tokio::task::{Id, JoinSet};

/// After this many executions on end that found nobody, a cloud is given up.
const MOST_LOST: u32 = 4;

/// When so many things of a kind could not be taken away, no more of it are made: they fill the quota, and cost.
const MOST_STUCK: u32 = 5;

/// How a run ended.
#[derive(Debug, Default)]
pub struct RunOutcome {
    /// Complete recordings, in the order of the clouds.
    pub recordings: Vec<(String, PathBuf)>,
    /// By cloud; clouds that are clean are not in it.
    pub left_behind: BTreeMap<String, Vec<LeftBehind>>,
    /// Clouds that could not be worked with, or not to the end.
    pub errors: BTreeMap<String, SideError>,
    pub counts: BTreeMap<String, Counts>,
    pub interrupted: bool,
    /// By cloud: what it said of itself before anything was made.
    pub said: BTreeMap<String, Discovery>,
}

enum Task {
    Execution(Start, Instant),
    TakeDown(Instance),
    Finish(usize),
}

enum Ended {
    Execution(Performed),
    TakenDown,
    Finished(Vec<LeftBehind>, Option<SideError>),
}

struct Dispatch {
    schedule: Schedule,
    sides: Vec<Progress>,
    fixtures: HashMap<Instance, SharedCell>,
    tasks: JoinSet<Ended>,
    known: HashMap<Id, Task>,
    budgets: Budgets,
    started: Instant,
    events: Events,
    cancel: Cancel,
}

/// One cloud, as far as it got.
struct Progress {
    begun: Begun,
    counts: Counts,
    /// Estimated requests of what runs.
    committed: u64,
    /// Executions on end that found nobody.
    lost: u32,
    taking_down: u32,
    cut: Vec<(String, String)>,
    skipped: BTreeMap<String, Skip>,
    /// Why nothing more is started.
    stopped: Option<String>,
    error: Option<SideError>,
    finished: bool,
    left: Vec<LeftBehind>,
}

/// Runs a plan to its end.
pub async fn dispatch(begun: Beginning, events: &Events, cancel: &Cancel) -> RunOutcome {
    let schedule = Schedule::new(&begun.plan);
    events.say(Event::Planned(Arc::new(begun.plan)));
    let mut dispatch = Dispatch {
        schedule,
        sides: begun.sides.into_iter().map(Progress::new).collect(),
        fixtures: HashMap::new(),
        tasks: JoinSet::new(),
        known: HashMap::new(),
        budgets: begun.options.budgets,
        started: begun.started,
        events: events.clone(),
        cancel: cancel.clone(),
    };
    dispatch.run().await;
    let mut outcome = RunOutcome {
        errors: begun.failed,
        left_behind: begun.left_behind,
        interrupted: cancel.now() >= Stop::Orderly,
        ..RunOutcome::default()
    };
    for side in dispatch.sides {
        let name = side.begun.side.name.clone();
        outcome.counts.insert(name.clone(), side.counts);
        if !side.left.is_empty() {
            outcome.left_behind.insert(name.clone(), side.left);
        }
        if let Some(error) = side.error {
            outcome.errors.insert(name.clone(), error);
        }
        outcome.recordings.push((name, side.begun.recording));
    }
    outcome
}

impl Progress {
    fn new(begun: Begun) -> Self {
        Self {
            begun,
            counts: Counts::default(),
            committed: 0,
            lost: 0,
            taking_down: 0,
            cut: Vec::new(),
            skipped: BTreeMap::new(),
            stopped: None,
            error: None,
            finished: false,
            left: Vec::new(),
        }
    }

    fn name(&self) -> &str {
        &self.begun.side.name
    }
}

impl Dispatch {
    async fn run(&mut self) {
        loop {
            if self.cancel.now() >= Stop::Orderly {
                for side in 0..self.sides.len() {
                    self.stop(side, "interrupted");
                }
            }
            self.start();
            for instance in self.schedule.stuck() {
                self.take_down(instance);
            }
            for side in 0..self.sides.len() {
                self.finish_if_done(side);
            }
            if self.tasks.is_empty() {
                break;
            }
            let running = self.cancel.now() == Stop::No;
            tokio::select! {
                ended = self.tasks.join_next_with_id() => match ended {
                    Some(Ok((id, ended))) => self.ended(id, ended),
                    Some(Err(error)) => self.panicked(error.id()),
                    None => {}
                },
                () = self.cancel.reached(Stop::Orderly), if running => {}
            }
        }
    }

    /// Starts everything that may start and that the budgets allow.
    fn start(&mut self) {
        let mut refused: BTreeMap<usize, String> = BTreeMap::new();
        let (sides, budgets) = (&mut self.sides, &self.budgets);
        let minutes = self.started.elapsed().as_secs_f64() / 60.0;
        let starts = self.schedule.start(|side, job| {
            let progress = &mut sides[side];
            let used = progress.begun.side.log.requests() + progress.committed;
            let why = over_budget(budgets, used, minutes, job);
            if let Some(why) = why {
                refused.insert(side, why);
                return false;
            }
            progress.committed += job.requests;
            true
        });
        for start in starts {
            self.begin(start);
        }
        for (side, why) in refused {
            self.stop(side, &why);
        }
    }

    fn begin(&mut self, start: Start) {
        let shared: BTreeMap<_, _> = start
            .shared
            .iter()
            .map(|instance| {
                let cell = self.fixtures.entry(instance.clone()).or_default();
                let name = format!("shared#{}", instance.generation);
                (instance.key.fixture.clone(), (Arc::clone(cell), name))
            })
            .collect();
        let side = Arc::clone(&self.sides[start.side].begun.side);
        self.say(start.side, &start.job, Event::Started);
        let job = start.job.clone();
        let task = self
            .tasks
            .spawn(async move { Ended::Execution(perform(&side, &job, &shared).await) });
        self.known
            .insert(task.id(), Task::Execution(start, Instant::now()));
    }

    fn take_down(&mut self, instance: Instance) {
        let Some(cell) = self.fixtures.remove(&instance) else {
            self.schedule.taken_down(&instance);
            return;
        };
        let progress = &mut self.sides[instance.side];
        progress.taking_down += 1;
        let side = Arc::clone(&progress.begun.side);
        let task = self.tasks.spawn(async move {
            if let Some(Ok(made)) = cell.get() {
                made.take_down(&side).await;
            }
            Ended::TakenDown
        });
        self.known.insert(task.id(), Task::TakeDown(instance));
    }

    fn ended(&mut self, id: Id, ended: Ended) {
        match (self.known.remove(&id), ended) {
            (Some(Task::Execution(start, since)), Ended::Execution(performed)) => {
                self.execution_ended(&start, since, &performed);
            }
            (Some(Task::TakeDown(instance)), _) => self.down(&instance),
            (Some(Task::Finish(side)), Ended::Finished(left, error)) => {
                self.finished(side, left, error);
            }
            _ => {}
        }
    }

    /// A defect of ours must not take the other executions with it. What it had made is in the journal.
    fn panicked(&mut self, id: Id) {
        match self.known.remove(&id) {
            Some(Task::Execution(start, since)) => {
                let performed = Performed {
                    outcome: Outcome::Cut("a defect of interop".to_owned()),
                    lost: None,
                };
                self.execution_ended(&start, since, &performed);
            }
            Some(Task::TakeDown(instance)) => self.down(&instance),
            Some(Task::Finish(side)) => {
                let left = left_behind(&self.sides[side].begun.side.journal);
                let error = SideError::Lost("a defect of interop".to_owned());
                self.finished(side, left, Some(error));
            }
            None => {}
        }
    }

    fn down(&mut self, instance: &Instance) {
        self.sides[instance.side].taking_down -= 1;
        self.schedule.taken_down(instance);
        let cloud = self.sides[instance.side].name().to_owned();
        let fixture = instance.key.fixture.0.clone();
        self.events.say(Event::Fixture {
            cloud,
            fixture,
            what: FixtureEvent::TakenDown,
        });
    }

    fn execution_ended(&mut self, start: &Start, since: Instant, performed: &Performed) {
        let seconds = since.elapsed().as_secs_f64();
        let set_aside = matches!(performed.outcome, Outcome::SetAside(_));
        let progress = &mut self.sides[start.side];
        progress.committed = progress.committed.saturating_sub(start.job.requests);
        progress.counts.done += 1;
        progress.counts.set_aside += u32::from(set_aside);
        progress.lost = if performed.lost.is_some() {
            progress.lost + 1
        } else {
            0
        };
        let may = progress.stopped.is_none() && start.job.attempt + 1 < MOST_ATTEMPTS;
        // a cloud that was away for a moment is asked again
        let again = ((set_aside || performed.lost.is_some()) && may)
            .then(|| again(&start.job, &progress.begun.side));
        if let (Outcome::Cut(why), None) = (&performed.outcome, &again) {
            progress
                .cut
                .push((start.job.scenario.0.clone(), why.clone()));
        }
        let lost = performed.lost.clone();
        let lost = lost.filter(|_| progress.lost >= MOST_LOST && progress.error.is_none());
        let idle = self.schedule.ended(start.ticket, seconds, again);
        for instance in idle {
            self.take_down(instance);
        }
        self.give_up_kinds(start.side);
        let outcome = performed.outcome.clone();
        self.say(start.side, &start.job, |execution| Event::Ended {
            execution,
            outcome,
            seconds,
        });
        if let Some(why) = lost {
            let progress = &mut self.sides[start.side];
            let cloud = progress.name().to_owned();
            let error = SideError::Lost(why);
            let why = error.to_string();
            progress.error = Some(error);
            // undo can't reach it either: what it owes stays in the journal
            progress.begun.side.cancel.stop(Stop::AtOnce);
            self.events.say(Event::Failed {
                cloud,
                why: why.clone(),
            });
            self.stop(start.side, &why);
        }
    }

    /// What can't be taken away is not made again and again.
    fn give_up_kinds(&mut self, side: usize) {
        let mut stuck: BTreeMap<&str, u32> = BTreeMap::new();
        for (kind, number) in self.sides[side].begun.side.journal.stuck_kinds() {
            if let Some(counts) = resource_kind(&kind).and_then(|kind| kind.counts.as_deref()) {
                *stuck.entry(counts).or_default() += number;
            }
        }
        stuck.retain(|_, number| *number >= MOST_STUCK);
        for (counts, number) in stuck {
            // again each time: what was set aside waits anew
            let why = format!("{number} {counts} could not be taken away: no more are made");
            let dropped = self.schedule.drop_makers(side, counts);
            self.cut(side, &why, dropped);
        }
    }

    /// Starts nothing more on a side.
    fn stop(&mut self, side: usize, why: &str) {
        let dropped = self.schedule.drop_waiting(side);
        self.sides[side]
            .stopped
            .get_or_insert_with(|| why.to_owned());
        self.cut(side, why, dropped);
    }

    /// What was to be run and is not.
    fn cut(&mut self, side: usize, why: &str, (jobs, idle): (Vec<Job>, Vec<Instance>)) {
        for instance in idle {
            self.take_down(instance);
        }
        let progress = &mut self.sides[side];
        for job in jobs {
            progress.cut.push((job.scenario.0.clone(), why.to_owned()));
            let skip = Skip {
                kind: SkipKind::Cut,
                why: why.to_owned(),
            };
            // of a scenario that had no execution at all
            if job.repeat == 1 && job.attempt == 0 {
                progress.skipped.insert(job.scenario.0, skip);
            }
        }
    }

    /// Completes the recording of a side on which nothing waits, runs or stands any more; the others go on.
    fn finish_if_done(&mut self, side: usize) {
        let (waiting, running) = self.schedule.counts(side);
        let progress = &self.sides[side];
        if progress.finished || waiting > 0 || running > 0 || progress.taking_down > 0 {
            return;
        }
        // fixtures that a defect or a stop left standing
        let standing: Vec<Instance> = self
            .fixtures
            .keys()
            .filter(|instance| instance.side == side)
            .cloned()
            .collect();
        if !standing.is_empty() {
            for instance in standing {
                self.take_down(instance);
            }
            return;
        }
        let critical = self.schedule.critical_seconds(side);
        let counts = self.counts(side);
        let progress = &mut self.sides[side];
        progress.finished = true;
        progress.counts = counts;
        let end = Trailer {
            ended: String::new(),
            took_ms: milliseconds(self.started.elapsed().as_secs_f64()),
            critical_ms: milliseconds(critical),
            cut: std::mem::take(&mut progress.cut),
            skipped: std::mem::take(&mut progress.skipped),
            ..Trailer::default()
        };
        let begun = Arc::clone(&progress.begun.side);
        let task = self.tasks.spawn(async move {
            let (left, error) = finish(&begun, end).await;
            Ended::Finished(left, error)
        });
        self.known.insert(task.id(), Task::Finish(side));
    }

    fn finished(&mut self, side: usize, left: Vec<LeftBehind>, error: Option<SideError>) {
        let counts = self.counts(side);
        let progress = &mut self.sides[side];
        let cloud = progress.name().to_owned();
        for left in &left {
            self.events.say(Event::LeftBehind {
                cloud: cloud.clone(),
                left: left.clone(),
            });
        }
        progress.left = left;
        if let (None, Some(error)) = (&progress.error, error) {
            self.events.say(Event::Failed {
                cloud: cloud.clone(),
                why: error.to_string(),
            });
            progress.error = Some(error);
        }
        self.events.say(Event::Finished { cloud, counts });
    }

    fn counts(&self, side: usize) -> Counts {
        let (waiting, running) = self.schedule.counts(side);
        Counts {
            waiting,
            running,
            ..self.sides[side].counts
        }
    }

    fn say(&self, side: usize, job: &Job, event: impl FnOnce(Execution) -> Event) {
        self.events.say(event(Execution {
            cloud: self.sides[side].name().to_owned(),
            scenario: job.scenario.0.clone(),
            repeat: job.repeat,
            attempt: job.attempt,
            counts: self.counts(side),
        }));
    }
}

/// What is still in the journal, then the trailer.
async fn finish(side: &Side, mut trailer: Trailer) -> (Vec<LeftBehind>, Option<SideError>) {
    let redact = |text: &str| side.log.redactor().text(text);
    let (_, swept) = sweep(&side.settling(&redact), Take::Unfinished).await;
    let flushed = side.journal.flush().await;
    let left = left_behind(&side.journal);
    trailer.ended = rfc3339(SystemTime::now());
    trailer.requests = side.log.requests();
    trailer.left_behind.clone_from(&left);
    let written = side.log.finish(&trailer);
    let error = swept.err().or(flushed.err()).map(SideError::from);
    (left, error.or(written.err().map(SideError::from)))
}

/// The next try of an execution that was set aside: everything that it sends is new.
fn again(job: &Job, side: &Side) -> Job {
    let attempt = job.attempt + 1;
    let numbers = (job.round, job.repeat, attempt);
    Job {
        attempt,
        nonce: nonce(&side.seed, &side.name, &job.scenario, numbers, ""),
        ..job.clone()
    }
}

/// Why a job may not start, if a budget would not be enough for it.
fn over_budget(budgets: &Budgets, used: u64, minutes: f64, job: &Job) -> Option<String> {
    if let Some(most) = budgets.requests
        && used + job.requests > most
    {
        return Some(format!("the budget of {most} requests"));
    }
    if let Some(most) = budgets.minutes
        && minutes + job.seconds / 60.0 > most
    {
        return Some(format!("the budget of {most} minutes"));
    }
    None
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a duration, never negative and far below 2^53"
)]
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0).round() as u64
}
