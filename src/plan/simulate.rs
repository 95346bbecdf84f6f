//! How long a plan takes and how much exists at once, found by running its schedule on a virtual clock.

use crate::plan::cost::Pace;
use crate::plan::model::{Plan, SharedKey};
use crate::plan::schedule::{Instance, Schedule, Ticket};
use std::collections::BTreeMap;

/// What a run of a plan would look like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simulated {
    /// Until the last cloud is done.
    pub seconds: f64,
    /// Most of each kind at once, by side.
    pub peak: Vec<BTreeMap<String, u32>>,
}

/// Minutes of the whole run, all clouds at once.
pub fn minutes(plan: &Plan, pace: Pace) -> f64 {
    simulate(plan, pace).seconds / 60.0
}

enum End {
    Execution(Ticket, usize, f64),
    Fixture(Instance),
}

/// Runs the schedule. `pace` stretches the polls that are in a job's estimate: an estimate made with
/// [`Pace::MEASURED`] is assumed, and what differs from it is added for every server that a job makes.
pub fn simulate(plan: &Plan, pace: Pace) -> Simulated {
    let boots = pace.boot - Pace::MEASURED.boot;
    let slower = |needs: &BTreeMap<String, u32>| {
        if needs.contains_key("servers") {
            boots
        } else {
            0.0
        }
    };
    let mut schedule = Schedule::new(plan);
    let mut now = 0.0_f64;
    let mut ends: Vec<(f64, End)> = Vec::new();
    let mut alive: Vec<BTreeMap<String, u32>> = vec![BTreeMap::new(); plan.sides.len()];
    let mut peak = alive.clone();
    let mut made: BTreeMap<(usize, SharedKey, u32), f64> = BTreeMap::new();
    let mut holds: BTreeMap<Ticket, BTreeMap<String, u32>> = BTreeMap::new();
    loop {
        for start in schedule.start(|_, _| true) {
            let mut from = now;
            for instance in &start.shared {
                let id = (start.side, instance.key.clone(), instance.generation);
                let shared = plan.sides[start.side].shared.get(&instance.key);
                let ready = *made.entry(id).or_insert_with(|| {
                    let Some(shared) = shared else { return now };
                    rise(&mut alive[start.side], &mut peak[start.side], &shared.needs);
                    now + shared.seconds + slower(&shared.needs)
                });
                from = from.max(ready);
            }
            rise(
                &mut alive[start.side],
                &mut peak[start.side],
                &start.job.needs,
            );
            let end = from + start.job.seconds + slower(&start.job.needs);
            holds.insert(start.ticket, start.job.needs);
            ends.push((end, End::Execution(start.ticket, start.side, end - now)));
        }
        let gone = schedule.stuck();
        ends.extend(
            gone.into_iter()
                .map(|instance| (now, End::Fixture(instance))),
        );
        let Some(first) = ends
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| a.0.total_cmp(&b.0))
            .map(|(index, _)| index)
        else {
            break;
        };
        let (time, end) = ends.swap_remove(first);
        now = time;
        match end {
            End::Execution(ticket, side, seconds) => {
                fall(&mut alive[side], &holds.remove(&ticket).unwrap_or_default());
                let idle = schedule.ended(ticket, seconds, None);
                let later = now + Pace::MEASURED.gone;
                ends.extend(
                    idle.into_iter()
                        .map(|instance| (later, End::Fixture(instance))),
                );
            }
            End::Fixture(instance) => {
                if let Some(shared) = plan.sides[instance.side].shared.get(&instance.key) {
                    fall(&mut alive[instance.side], &shared.needs);
                }
                schedule.taken_down(&instance);
            }
        }
    }
    Simulated { seconds: now, peak }
}

fn rise(
    alive: &mut BTreeMap<String, u32>,
    peak: &mut BTreeMap<String, u32>,
    needs: &BTreeMap<String, u32>,
) {
    for (kind, count) in needs {
        let now = alive.entry(kind.clone()).or_default();
        *now += count;
        let most = peak.entry(kind.clone()).or_default();
        *most = (*most).max(*now);
    }
}

fn fall(alive: &mut BTreeMap<String, u32>, needs: &BTreeMap<String, u32>) {
    for (kind, count) in needs {
        let now = alive.entry(kind.clone()).or_default();
        *now = now.saturating_sub(*count);
    }
}
