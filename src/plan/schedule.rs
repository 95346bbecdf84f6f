//! Which of the waiting executions may start now. A state machine without clock or threads: the run drives it with
//! what really ends, an estimate with what is expected to.

use crate::plan::model::{Job, Plan, SharedFixture, SharedKey};
use crate::recording::Target;
use crate::scenario::{Lock, LockMode};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often others may go before one that waits for what they take, until they wait behind it.
const PATIENCE: u32 = 8;

/// Names a started execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// A shared fixture of one side. `generation` is raised when it is made anew after it was taken down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance {
    pub side: usize,
    pub key: SharedKey,
    pub generation: u32,
}

/// An execution that starts now.
#[derive(Clone, Debug)]
pub struct Start {
    pub ticket: Ticket,
    pub side: usize,
    pub job: Job,
    /// Its shared fixtures; the first user makes them.
    pub shared: Vec<Instance>,
}

/// Executions in plan order, per cloud; locks and ceilings per target, so that two clouds of a run that are one
/// target share them.
#[derive(Debug, Default)]
pub struct Schedule {
    sides: Vec<Side>,
    targets: Vec<Shared>,
    running: BTreeMap<Ticket, Running>,
    fixtures: BTreeMap<(usize, SharedKey), Fixture>,
    started: u64,
    /// Length of the longest chain that ends with an execution, seconds.
    chains: BTreeMap<Ticket, f64>,
}

#[derive(Debug)]
struct Side {
    target: usize,
    at_once: u32,
    ceilings: BTreeMap<String, u32>,
    waiting: VecDeque<Waiting>,
    running: u32,
    longest: f64,
    /// Of all executions that ended, seconds.
    busy: f64,
}

#[derive(Debug)]
struct Waiting {
    job: Job,
    overtaken: u32,
    /// From when on others wait behind it; lower is earlier.
    claims: Option<u64>,
    blocked_by: Vec<Holder>,
    after: Option<Ticket>,
}

/// What two sides on one target have in common.
#[derive(Debug)]
struct Shared {
    target: Target,
    held: Vec<Held>,
    claims: u64,
}

#[derive(Debug)]
struct Held {
    holder: Holder,
    locks: Vec<Lock>,
    needs: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Holder {
    Execution(Ticket),
    Fixture(usize, SharedKey),
}

#[derive(Debug)]
struct Running {
    side: usize,
    job: Job,
    after: Option<Ticket>,
}

#[derive(Debug)]
struct Fixture {
    is: SharedFixture,
    /// Users that have not ended.
    users: u32,
    using: u32,
    state: FixtureState,
    generation: u32,
    /// Who used it last: what waited for the fixture waited for that one.
    last: Option<Ticket>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FixtureState {
    Down,
    Up,
    GoingDown,
}

impl Schedule {
    pub fn new(plan: &Plan) -> Self {
        let mut schedule = Self::default();
        for (index, side) in plan.sides.iter().enumerate() {
            let known = schedule
                .targets
                .iter()
                .position(|t| t.target == side.target);
            let target = known.unwrap_or_else(|| {
                schedule.targets.push(Shared {
                    target: side.target.clone(),
                    held: Vec::new(),
                    claims: 0,
                });
                schedule.targets.len() - 1
            });
            for (key, is) in &side.shared {
                let users = side
                    .jobs
                    .iter()
                    .filter(|job| job.shared.contains(key))
                    .count();
                let fixture = Fixture {
                    is: is.clone(),
                    users: u32::try_from(users).unwrap_or(u32::MAX),
                    using: 0,
                    state: FixtureState::Down,
                    generation: 0,
                    last: None,
                };
                schedule.fixtures.insert((index, key.clone()), fixture);
            }
            schedule.sides.push(Side {
                target,
                at_once: side.at_once,
                ceilings: side.ceilings.clone(),
                waiting: side.jobs.iter().cloned().map(Waiting::new).collect(),
                running: 0,
                longest: 0.0,
                busy: 0.0,
            });
        }
        schedule
    }

    /// Everything that may start now; it counts as running from here on. `may` is asked last for each, and refuses
    /// what a budget forbids: it then stays in the queue and nothing is asked of it again in this call.
    pub fn start(&mut self, mut may: impl FnMut(usize, &Job) -> bool) -> Vec<Start> {
        let mut starts = Vec::new();
        let mut refused: BTreeSet<usize> = BTreeSet::new();
        loop {
            // the side with the fewest running first: on one target, neither starves the other
            let mut order: Vec<usize> = (0..self.sides.len()).collect();
            order.sort_by_key(|side| (self.sides[*side].running, *side));
            let next = order
                .into_iter()
                .filter(|side| !refused.contains(side))
                .find_map(|side| Some((side, self.startable(side)?)));
            let Some((side, position)) = next else {
                return starts;
            };
            if !may(side, &self.sides[side].waiting[position].job) {
                refused.insert(side);
            } else if let Some(waiting) = self.sides[side].waiting.remove(position) {
                starts.push(self.begin(side, position, waiting));
            }
        }
    }

    /// An execution and its undo have ended after `seconds`. `again`: it was set aside and this is its next try.
    /// Returns shared fixtures that nobody needs any more: take them down, then say [`Schedule::taken_down`].
    pub fn ended(&mut self, ticket: Ticket, seconds: f64, again: Option<Job>) -> Vec<Instance> {
        let Some(running) = self.running.remove(&ticket) else {
            return Vec::new();
        };
        let before = running
            .after
            .and_then(|ticket| self.chains.get(&ticket))
            .copied()
            .unwrap_or_default();
        self.chains.insert(ticket, before + seconds);
        let side = &mut self.sides[running.side];
        side.running -= 1;
        side.longest = side.longest.max(before + seconds);
        side.busy += seconds;
        self.release(
            side_target(&self.sides, running.side),
            &Holder::Execution(ticket),
        );
        let mut idle = Vec::new();
        for key in &running.job.shared {
            if let Some(fixture) = self.fixtures.get_mut(&(running.side, key.clone())) {
                fixture.using -= 1;
                fixture.last = Some(ticket);
                if again.is_none() {
                    fixture.users -= 1;
                }
                if fixture.users == 0 {
                    idle.push(key.clone());
                }
            }
        }
        if let Some(job) = again {
            let waiting = &mut self.sides[running.side].waiting;
            // behind what waits of its own repeat, so that some time passes
            let place = waiting
                .iter()
                .position(|other| other.job.repeat > job.repeat)
                .unwrap_or(waiting.len());
            waiting.insert(place, Waiting::new(job));
        }
        idle.into_iter()
            .filter_map(|key| self.take_down(running.side, key))
            .collect()
    }

    /// A shared fixture is gone, or given up.
    pub fn taken_down(&mut self, instance: &Instance) {
        if let Some(fixture) = self
            .fixtures
            .get_mut(&(instance.side, instance.key.clone()))
        {
            fixture.state = FixtureState::Down;
            fixture.generation += 1;
        }
        let holder = Holder::Fixture(instance.side, instance.key.clone());
        self.release(side_target(&self.sides, instance.side), &holder);
    }

    /// Where nothing runs and yet nothing can start, idle shared fixtures hold what is waited for: these are to be
    /// taken down (they are made again when they are needed).
    pub fn stuck(&mut self) -> Vec<Instance> {
        let going = self
            .fixtures
            .values()
            .any(|f| f.state == FixtureState::GoingDown);
        if !self.running.is_empty() || going || self.is_empty() {
            return Vec::new();
        }
        let up: Vec<(usize, SharedKey)> = self
            .fixtures
            .iter()
            .filter(|(_, fixture)| fixture.state == FixtureState::Up)
            .map(|(key, _)| key.clone())
            .collect();
        up.into_iter()
            .filter_map(|(side, key)| self.take_down(side, key))
            .collect()
    }

    /// Drops everything that waits on a side. Returns it, and fixtures that are not needed any more.
    pub fn drop_waiting(&mut self, side: usize) -> (Vec<Job>, Vec<Instance>) {
        self.drop_where(side, |_, _| true)
    }

    /// The same of what would make things that count against `counts`, by itself or for a fixture that is not there yet.
    pub fn drop_makers(&mut self, side: usize, counts: &str) -> (Vec<Job>, Vec<Instance>) {
        self.drop_where(side, |schedule, job| {
            let fixtures = job.shared.iter().filter_map(|key| {
                let fixture = schedule.fixtures.get(&(side, key.clone()))?;
                (fixture.state != FixtureState::Up).then_some(&fixture.is.needs)
            });
            fixtures
                .chain([&job.needs])
                .any(|needs| needs.contains_key(counts))
        })
    }

    fn drop_where(
        &mut self,
        side: usize,
        which: impl Fn(&Self, &Job) -> bool,
    ) -> (Vec<Job>, Vec<Instance>) {
        let waiting = std::mem::take(&mut self.sides[side].waiting);
        let (dropped, kept): (Vec<Waiting>, Vec<Waiting>) =
            waiting.into_iter().partition(|w| which(self, &w.job));
        self.sides[side].waiting = kept.into();
        let jobs: Vec<Job> = dropped.into_iter().map(|w| w.job).collect();
        let mut idle = Vec::new();
        for key in jobs.iter().flat_map(|job| &job.shared) {
            if let Some(fixture) = self.fixtures.get_mut(&(side, key.clone())) {
                fixture.users -= 1;
                if fixture.users == 0 && fixture.state == FixtureState::Up {
                    idle.push(key.clone());
                }
            }
        }
        let idle = idle
            .into_iter()
            .filter_map(|key| self.take_down(side, key))
            .collect();
        (jobs, idle)
    }

    /// Nothing waits any more, on any side.
    pub fn is_empty(&self) -> bool {
        self.sides.iter().all(|side| side.waiting.is_empty())
    }

    /// Executions that wait and that run on a side.
    pub fn counts(&self, side: usize) -> (usize, u32) {
        (self.sides[side].waiting.len(), self.sides[side].running)
    }

    /// What no order of a side's executions could have been shorter than, in seconds: the longest chain of which each waited
    /// for a lock or a ceiling that the one before held, or all of them at as many at once as are allowed.
    pub fn critical_seconds(&self, side: usize) -> f64 {
        let side = &self.sides[side];
        side.longest.max(side.busy / f64::from(side.at_once.max(1)))
    }

    fn take_down(&mut self, side: usize, key: SharedKey) -> Option<Instance> {
        let fixture = self.fixtures.get_mut(&(side, key.clone()))?;
        if fixture.state != FixtureState::Up || fixture.using > 0 {
            return None;
        }
        fixture.state = FixtureState::GoingDown;
        Some(Instance {
            side,
            key,
            generation: fixture.generation,
        })
    }

    /// The first that may start on a side; of a scenario that is running there only where nothing else can.
    fn startable(&mut self, side: usize) -> Option<usize> {
        if self.sides[side].running >= self.sides[side].at_once {
            return None;
        }
        let running: BTreeSet<_> = self
            .running
            .values()
            .filter(|running| running.side == side)
            .map(|running| &running.job.scenario)
            .collect();
        let mut second = None;
        let mut found = None;
        let mut blocked = Vec::new();
        for (position, waiting) in self.sides[side].waiting.iter().enumerate() {
            match self.blockers(side, waiting) {
                Some(holders) => blocked.push((position, holders)),
                None if running.contains(&waiting.job.scenario) => {
                    second.get_or_insert(position);
                }
                None => {
                    found = Some(position);
                    break;
                }
            }
        }
        for (position, holders) in blocked {
            self.sides[side].waiting[position].blocked_by = holders;
        }
        found.or(second)
    }

    /// Who holds what a waiting execution needs; none if it may start. Empty: only claims of others stand before it.
    fn blockers(&self, side: usize, waiting: &Waiting) -> Option<Vec<Holder>> {
        let target = &self.targets[self.sides[side].target];
        let mut wanted = vec![(&waiting.job.locks, &waiting.job.needs)];
        let mut own = Vec::new();
        let mut guest = false;
        for key in &waiting.job.shared {
            let Some(fixture) = self.fixtures.get(&(side, key.clone())) else {
                continue;
            };
            match fixture.state {
                FixtureState::Up => {
                    guest = true;
                    own.push(Holder::Fixture(side, key.clone()));
                }
                FixtureState::GoingDown => {
                    return Some(vec![Holder::Fixture(side, key.clone())]);
                }
                FixtureState::Down => wanted.push((&fixture.is.locks, &fixture.is.needs)),
            }
        }
        let mut holders = Vec::new();
        for (locks, _) in &wanted {
            for held in &target.held {
                if !own.contains(&held.holder) && conflict(locks, &held.locks) {
                    holders.push(held.holder.clone());
                }
            }
        }
        for (kind, ceiling) in &self.sides[side].ceilings {
            let more: u32 = wanted.iter().filter_map(|(_, needs)| needs.get(kind)).sum();
            let used: u32 = target
                .held
                .iter()
                .filter_map(|held| held.needs.get(kind))
                .sum();
            if more > 0 && used + more > *ceiling {
                let of_kind = target
                    .held
                    .iter()
                    .filter(|held| held.needs.contains_key(kind));
                holders.extend(of_kind.map(|held| held.holder.clone()));
            }
        }
        if !holders.is_empty() {
            return Some(holders);
        }
        // who uses a fixture that is up goes on: whoever claims its locks waits for it to be taken down
        if !guest && self.claimed_before(side, waiting) {
            return Some(Vec::new());
        }
        None
    }

    /// Whether somebody whose patience is at an end, and who waits longer than this one, wants the same.
    fn claimed_before(&self, side: usize, waiting: &Waiting) -> bool {
        let target = self.sides[side].target;
        self.sides
            .iter()
            .filter(|side| side.target == target)
            .flat_map(|side| &side.waiting)
            .filter(|other| match (other.claims, waiting.claims) {
                (Some(theirs), Some(ours)) => theirs < ours,
                (claims, _) => claims.is_some(),
            })
            .any(|other| compete(&waiting.job, &other.job, &self.sides[side].ceilings))
    }

    /// `position` is where it stood in the queue.
    fn begin(&mut self, side: usize, position: usize, waiting: Waiting) -> Start {
        let index = self.sides[side].target;
        let ceilings = self.sides[side].ceilings.clone();
        for other in self.sides[side].waiting.iter_mut().take(position) {
            if other.blocked_by.is_empty() || !compete(&waiting.job, &other.job, &ceilings) {
                continue;
            }
            other.overtaken += 1;
            if other.overtaken >= PATIENCE && other.claims.is_none() {
                self.targets[index].claims += 1;
                other.claims = Some(self.targets[index].claims);
            }
        }
        self.started += 1;
        let ticket = Ticket(self.started);
        let job = waiting.job;
        let mut shared = Vec::new();
        for key in &job.shared {
            let Some(fixture) = self.fixtures.get_mut(&(side, key.clone())) else {
                continue;
            };
            fixture.using += 1;
            if fixture.state == FixtureState::Down {
                fixture.state = FixtureState::Up;
                self.targets[index].held.push(Held {
                    holder: Holder::Fixture(side, key.clone()),
                    locks: fixture.is.locks.clone(),
                    needs: fixture.is.needs.clone(),
                });
            }
            shared.push(Instance {
                side,
                key: key.clone(),
                generation: fixture.generation,
            });
        }
        self.targets[index].held.push(Held {
            holder: Holder::Execution(ticket),
            locks: job.locks.clone(),
            needs: job.needs.clone(),
        });
        self.sides[side].running += 1;
        let running = Running {
            side,
            job: job.clone(),
            after: waiting.after,
        };
        self.running.insert(ticket, running);
        Start {
            ticket,
            side,
            job,
            shared,
        }
    }

    fn release(&mut self, target: usize, holder: &Holder) {
        self.targets[target]
            .held
            .retain(|held| held.holder != *holder);
        let ticket = match holder {
            Holder::Execution(ticket) => Some(*ticket),
            Holder::Fixture(side, key) => self
                .fixtures
                .get(&(*side, key.clone()))
                .and_then(|fixture| fixture.last),
        };
        for side in self.sides.iter_mut().filter(|side| side.target == target) {
            for waiting in &mut side.waiting {
                if waiting.blocked_by.contains(holder) {
                    waiting.after = ticket;
                }
            }
        }
    }
}

impl Waiting {
    fn new(job: Job) -> Self {
        Self {
            job,
            overtaken: 0,
            claims: None,
            blocked_by: Vec::new(),
            after: None,
        }
    }
}

fn side_target(sides: &[Side], side: usize) -> usize {
    sides[side].target
}

fn conflict(a: &[Lock], b: &[Lock]) -> bool {
    a.iter().any(|a| {
        b.iter().any(|b| {
            a.scope == b.scope && (a.mode == LockMode::Exclusive || b.mode == LockMode::Exclusive)
        })
    })
}

/// Whether the one takes what the other waits for.
fn compete(a: &Job, b: &Job, ceilings: &BTreeMap<String, u32>) -> bool {
    conflict(&a.locks, &b.locks)
        || a.needs
            .keys()
            .any(|kind| b.needs.contains_key(kind) && ceilings.contains_key(kind))
}
