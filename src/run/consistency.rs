//! Consistency probes: a write, and reads until the last stale answer.

use crate::recording::StepEnd;
use crate::run::cancel::Stop;
use crate::run::stage::{Halt, Ready, Stage, Stamp};
use crate::scenario::{ConsistencyStep, ReadStep, Step, StepKind};
use crate::transport::RawAnswer;
use std::time::{Duration, Instant};

/// A read, and what it said last.
struct Probed<'p> {
    step: &'p Step,
    read: &'p ReadStep,
    ready: Ready<'p>,
    last: Option<RawAnswer>,
    fresh: bool,
}

impl Stage<'_> {
    pub(super) async fn consistency(&mut self, probe: &ConsistencyStep) -> Result<(), Halt> {
        if let Some(write) = &probe.write
            && let StepKind::Request(act) = &write.kind
        {
            let (end, reached) = self.request(write, act).await?;
            let answered = end == StepEnd::Done
                && self.exchanges.last().is_some_and(
                    |exchange| matches!(&exchange.answer, Ok(answer) if answer.status < 300),
                );
            self.ended(write, end, reached)?;
            if !answered {
                let end = StepEnd::Blocked(vec![format!("the write of {}", write.id)]);
                return self.reads_end(probe, &end);
            }
        }
        let mut reads = Vec::new();
        for step in &probe.reads {
            let StepKind::Read(read) = &step.kind else {
                continue;
            };
            match self.prepare(step, &read.request) {
                Ok(ready) => reads.push(Probed {
                    step,
                    read,
                    ready,
                    last: None,
                    fresh: false,
                }),
                Err(end) => return self.reads_end(probe, &end),
            }
        }
        let begun = Instant::now();
        let until = begun + seconds(probe.most);
        let mut stale = begun;
        let end = 'turns: {
            for attempt in 1.. {
                for one in &mut reads {
                    let stamp = Stamp {
                        step: one.step,
                        attempt,
                        deadline: Duration::from_secs(one.read.deadline),
                    };
                    let answer = self.send(&one.ready, stamp).await?;
                    let user = &one.read.request.user;
                    one.fresh = self.holds(answer.as_ref(), &one.read.fresh, user);
                    one.last = answer;
                    if !one.fresh {
                        stale = Instant::now();
                    }
                    if self.is_set_aside() {
                        break 'turns StepEnd::Cut;
                    }
                }
                let now = Instant::now();
                // one slow turn is one look
                if attempt > 1 && now.duration_since(stale) >= seconds(probe.quiet) {
                    break 'turns StepEnd::Done;
                }
                if now >= until {
                    break 'turns StepEnd::Deadline;
                }
                self.side
                    .cancel
                    .sleep(seconds(probe.every), Stop::Orderly)
                    .await;
                if self.side.cancel.now() >= Stop::Orderly {
                    return Err(Halt::Cut("interrupted".to_owned()));
                }
            }
            StepEnd::Deadline
        };
        for one in reads {
            // of those that were fresh, the time was not up
            let end = if one.fresh && end == StepEnd::Deadline {
                StepEnd::Done
            } else {
                end.clone()
            };
            let (captures, reach) = (&one.read.captures, &one.read.reading.reach);
            let user = &one.read.request.user;
            let reached = self.read(one.last.as_ref(), captures, reach, user);
            self.ended(one.step, end, reached)?;
        }
        Ok(())
    }

    fn reads_end(&mut self, probe: &ConsistencyStep, end: &StepEnd) -> Result<(), Halt> {
        for step in &probe.reads {
            self.ended(step, end.clone(), false)?;
        }
        Ok(())
    }
}

/// Seconds that the parser has found to be in range.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
