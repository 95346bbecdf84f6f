//! Steps that send several requests at once.

use crate::recording::StepEnd;
use crate::run::stage::{Halt, Ready, Sent, Stage, Stamp};
use crate::scenario::{RunnerStep, Step, StepKind};
use crate::transport::RawAnswer;
use std::time::Duration;

/// One request of a race, ready to go.
struct Runner<'r> {
    step: &'r Step,
    sends: &'r RunnerStep,
    ready: Ready<'r>,
}

impl Stage<'_> {
    /// Journals all, sends all at once, accounts for all. Where one can't be sent, none is.
    pub(super) async fn race(&mut self, steps: &[Step]) -> Result<(), Halt> {
        let mut runners = Vec::new();
        for step in steps {
            let StepKind::Runner(runner) = &step.kind else {
                continue;
            };
            match self.prepare(step, &runner.act.request) {
                Ok(ready) => runners.push(Runner {
                    step,
                    sends: runner,
                    ready,
                }),
                Err(end) => return self.all_end(steps, &end),
            }
        }
        let mut line: Vec<(usize, u32, Sent<'_>)> = Vec::new();
        let mut held = 0;
        for (index, one) in runners.iter().enumerate() {
            let undo = one.sends.act.undo.as_ref();
            for attempt in 1..=one.sends.times {
                held += u32::from(undo.is_some());
                let sent = self.sent(&one.ready, stamp(one, attempt), undo, held.max(1));
                match sent.await {
                    Ok(Ok(sent)) => line.push((index, attempt, sent)),
                    Ok(Err(end)) => {
                        self.never_sent(line)?;
                        return self.all_end(steps, &end);
                    }
                    Err(halt) => {
                        self.never_sent(line)?;
                        return Err(halt);
                    }
                }
            }
        }
        let wires: Vec<_> = line.iter().map(|(_, _, sent)| sent.wire.clone()).collect();
        let seen = self.side.session.wire().send_together(&wires).await;
        let mut answers: Vec<Vec<Option<RawAnswer>>> = runners.iter().map(|_| vec![]).collect();
        for ((index, attempt, sent), seen) in line.into_iter().zip(seen) {
            let one = &runners[index];
            let answer = self
                .came(&one.ready, stamp(one, attempt), sent, seen)
                .await?;
            answers[index].push(answer);
        }
        for (one, answers) in runners.iter().zip(answers) {
            let act = &one.sends.act;
            // captures are those of the first that was let through
            let accepted = |answer: &Option<RawAnswer>| {
                answer.as_ref().is_some_and(|answer| answer.status < 300)
            };
            let first = answers.iter().position(accepted).unwrap_or(0);
            let winner = answers.get(first).and_then(Option::as_ref);
            let user = &act.request.user;
            self.read(winner, &act.captures, &act.reading.reach, user);
            let mut all = answers.iter();
            let reached = all.any(|answer| self.holds(answer.as_ref(), &act.reading.reach, user));
            self.ended(one.step, StepEnd::Done, reached)?;
        }
        Ok(())
    }

    /// Journalled, and then not sent: it made nothing.
    fn never_sent(&self, line: Vec<(usize, u32, Sent<'_>)>) -> Result<(), Halt> {
        line.into_iter()
            .try_for_each(|(_, _, sent)| self.not_sent(&sent))
    }

    /// Ends every step alike; the execution goes on.
    fn all_end(&mut self, steps: &[Step], end: &StepEnd) -> Result<(), Halt> {
        for step in steps {
            self.ended(step, end.clone(), false)?;
        }
        Ok(())
    }
}

fn stamp<'s>(one: &Runner<'s>, attempt: u32) -> Stamp<'s> {
    Stamp {
        step: one.step,
        attempt,
        deadline: Duration::from_secs(one.sends.act.deadline),
    }
}
