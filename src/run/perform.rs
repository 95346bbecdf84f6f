//! One execution from its fixtures to its undo.

use crate::plan::{Job, nonce};
use crate::recording::{Execution, Outcome};
use crate::run::clock::rfc3339;
use crate::run::debt::Ledger;
use crate::run::side::Side;
use crate::run::stage::{Aim, Halt, Stage, Trouble};
use crate::scenario::{Scenario, ScenarioId};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};
use tokio::sync::OnceCell;

/// Tries of one execution.
pub const MOST_ATTEMPTS: u32 = 3;

/// Why what a cloud that went away was asked last says nothing.
const NOBODY: &str = "nobody answers";

/// A fixture that stands, and what must be taken away for it to be gone.
#[derive(Debug)]
pub struct Made {
    pub outputs: BTreeMap<String, Value>,
    /// In the order of making; of its own fixtures too.
    ledgers: Mutex<Vec<Ledger>>,
}

impl Made {
    /// Takes the fixture down. The second time there is nothing to do.
    pub async fn take_down(&self, side: &Side) {
        let ledgers =
            std::mem::take(&mut *self.ledgers.lock().unwrap_or_else(PoisonError::into_inner));
        for ledger in ledgers.into_iter().rev() {
            ledger.settle(side).await;
        }
    }
}

/// A shared fixture: made by its first user.
pub type SharedCell = Arc<OnceCell<Result<Made, String>>>;

/// How an execution ended.
#[derive(Clone, Debug)]
pub struct Performed {
    pub outcome: Outcome,
    /// Its last request got no answer, and neither does the cloud answer at its first address: why.
    pub lost: Option<String>,
}

/// Runs a job and undoes it; the execution is written as soon as its steps have ended. `shared`: its shared
/// fixtures with what tells their instances apart.
pub async fn perform(
    side: &Side,
    job: &Job,
    shared: &BTreeMap<ScenarioId, (SharedCell, String)>,
) -> Performed {
    let Some(scenario) = side.library.get(&job.scenario).cloned() else {
        let outcome = Outcome::Cut("it is not in the suite".to_owned());
        return Performed {
            outcome,
            lost: None,
        };
    };
    let started = SystemTime::now();
    let begun = Instant::now();
    let mut own = Vec::new();
    let fixtures = furnish(side, job, &scenario, shared, &mut own).await;
    let aim = Aim::Observe(if job.attempt + 1 < MOST_ATTEMPTS {
        Trouble::Stops
    } else {
        Trouble::Stands
    });
    let (fixtures, unmade) = match fixtures {
        Ok(fixtures) => (fixtures, None),
        Err(why) => (BTreeMap::new(), Some(why)),
    };
    let mut stage = Stage::new(side, &scenario, &job.nonce, &fixtures, aim);
    let halted = match unmade {
        Some(why) => Err(Halt::Cut(why)),
        None => stage.run().await,
    };
    // one service that doesn't answer is behaviour, if it recurs; a cloud that doesn't is none
    let lost = if stage.unreachable {
        side.session.is_there().await.err()
    } else {
        None
    };
    let outcome = match (halted, stage.trouble.take()) {
        (Err(Halt::Cut(why) | Halt::Unmade(why)), _) => Outcome::Cut(why),
        _ if lost.is_some() => Outcome::Cut(NOBODY.to_owned()),
        (Err(Halt::SetAside(why)), _) | (Ok(()), Some(why)) => Outcome::SetAside(why),
        (Ok(()), None) => Outcome::Done,
    };
    let Stage {
        steps,
        exchanges,
        ledger,
        ..
    } = stage;
    side.log.execution(Execution {
        scenario: job.scenario.0.clone(),
        request_hash: scenario.request_hash.clone(),
        round: job.round,
        repeat: job.repeat,
        attempt: job.attempt,
        run: None,
        nonce: job.nonce.clone(),
        started: rfc3339(started),
        took_ms: milliseconds(begun),
        fixtures,
        outcome: outcome.clone(),
        steps,
        exchanges,
    });
    ledger.settle(side).await;
    for made in own.into_iter().rev() {
        made.take_down(side).await;
    }
    Performed { outcome, lost }
}

/// Makes or takes the fixtures of a scenario. An error says which could not be made.
async fn furnish(
    side: &Side,
    job: &Job,
    scenario: &Scenario,
    shared: &BTreeMap<ScenarioId, (SharedCell, String)>,
    own: &mut Vec<Made>,
) -> Result<BTreeMap<String, Value>, String> {
    let mut outputs = BTreeMap::new();
    let mut furnish = |alias: &str, made: &Made| {
        for (name, value) in &made.outputs {
            outputs.insert(format!("{alias}.{name}"), value.clone());
        }
    };
    for used in &scenario.fixtures {
        let failed = |why: String| format!("the fixture {} could not be made: {why}", used.fixture);
        if let (true, Some((cell, instance))) = (used.shared, shared.get(&used.fixture)) {
            let made = cell
                .get_or_init(|| make(side, job, &used.fixture, instance))
                .await;
            match made {
                Ok(made) => furnish(&used.alias, made),
                Err(why) => return Err(failed(why.clone())),
            }
        } else {
            let instance = format!("{}#{}", scenario.id, used.alias);
            let made = make(side, job, &used.fixture, &instance)
                .await
                .map_err(failed)?;
            furnish(&used.alias, &made);
            own.push(made);
        }
    }
    Ok(outputs)
}

/// Makes one instance of a fixture, again where the cloud was not well. What was made of one that failed is undone.
fn make<'f>(
    side: &'f Side,
    job: &'f Job,
    id: &'f ScenarioId,
    instance: &'f str,
) -> Pin<Box<dyn Future<Output = Result<Made, String>> + Send + 'f>> {
    Box::pin(async move {
        let fixture = side
            .library
            .get(id)
            .ok_or("it is not in the suite")?
            .clone();
        let mut why = String::new();
        for attempt in 0..MOST_ATTEMPTS {
            match make_once(side, job, &fixture, instance, attempt).await {
                Ok(made) => return Ok(made),
                Err(Halt::SetAside(again)) => why = again,
                Err(Halt::Cut(last) | Halt::Unmade(last)) => return Err(last),
            }
        }
        Err(why)
    })
}

async fn make_once(
    side: &Side,
    job: &Job,
    fixture: &Scenario,
    instance: &str,
    attempt: u32,
) -> Result<Made, Halt> {
    let started = SystemTime::now();
    let begun = Instant::now();
    // of a job that is run again, its fixtures are new ones too
    let instance = format!("{instance}#{}", job.attempt);
    let numbers = (job.round, job.repeat, attempt);
    let nonce = nonce(&side.seed, &side.name, &fixture.id, numbers, &instance);
    let mut made: Vec<Made> = Vec::new();
    let mut inner = BTreeMap::new();
    let mut unmade = None;
    for used in &fixture.fixtures {
        let below = format!("{instance}/{}", used.alias);
        match make(side, job, &used.fixture, &below).await {
            Ok(one) => {
                for (name, value) in &one.outputs {
                    inner.insert(format!("{}.{name}", used.alias), value.clone());
                }
                made.push(one);
            }
            Err(why) => {
                unmade = Some(Halt::Unmade(format!("{}: {why}", used.fixture)));
                break;
            }
        }
    }
    let mut stage = Stage::new(side, fixture, &nonce, &inner, Aim::Fixture);
    let result = match unmade {
        Some(halt) => Err(halt),
        None => stage.run().await.and_then(|()| stage.outputs()),
    };
    let Stage {
        steps,
        exchanges,
        ledger,
        ..
    } = stage;
    side.log.execution(Execution {
        scenario: fixture.id.0.clone(),
        request_hash: fixture.request_hash.clone(),
        round: job.round,
        repeat: job.repeat,
        attempt,
        run: None,
        nonce: nonce.clone(),
        started: rfc3339(started),
        took_ms: milliseconds(begun),
        fixtures: inner.clone(),
        outcome: match &result {
            Ok(_) => Outcome::Done,
            Err(Halt::SetAside(why)) => Outcome::SetAside(why.clone()),
            Err(Halt::Cut(why) | Halt::Unmade(why)) => Outcome::Cut(why.clone()),
        },
        steps,
        exchanges,
    });
    let mut ledgers = Vec::new();
    for one in made {
        let mut inner = one.ledgers.lock().unwrap_or_else(PoisonError::into_inner);
        ledgers.append(&mut inner);
    }
    ledgers.push(ledger);
    let made = Made {
        outputs: result.as_ref().cloned().unwrap_or_default(),
        ledgers: Mutex::new(ledgers),
    };
    if let Err(halt) = result {
        made.take_down(side).await;
        return Err(halt);
    }
    Ok(made)
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
