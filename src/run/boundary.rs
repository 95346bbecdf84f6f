//! Steps that search for a limit: one probe after another, each undone before the next.

use crate::recording::{StepEnd, is_trouble};
use crate::run::cancel::Stop;
use crate::run::stage::{Halt, Stage, Stamp};
use crate::run::walk::left;
use crate::scenario::{BoundaryStep, Search, Step, Verdict};
use crate::transport::RawAnswer;
use serde_json::Value;
use std::time::{Duration, Instant};

impl Stage<'_> {
    /// Sends what the search asks for until it is over or the time is up. Every probe is taken down.
    pub(super) async fn boundary(
        &mut self,
        step: &Step,
        act: &BoundaryStep,
    ) -> Result<(StepEnd, bool), Halt> {
        let until = Instant::now() + Duration::from_secs(act.deadline);
        let mut search = Search::new(act.from, act.to);
        for attempt in 1.. {
            let Some(n) = search.next() else { break };
            if Instant::now() >= until {
                return Ok((StepEnd::Deadline, false));
            }
            if self.side.cancel.now() >= Stop::Orderly {
                return Err(Halt::Cut("interrupted".to_owned()));
            }
            let stamp = Stamp {
                step,
                attempt,
                deadline: left(until),
            };
            self.captures.insert(act.vary.clone(), Value::from(n));
            let last = search.tries() + 1 >= Search::MOST_TRIES;
            let verdict = self.probe(stamp, act, last).await;
            self.captures.remove(&act.vary);
            let verdict = match verdict? {
                Ok(verdict) => verdict,
                Err(end) => return Ok((end, false)),
            };
            search.said(verdict);
            if verdict == Verdict::Trouble {
                self.side
                    .cancel
                    .sleep(self.pause(&search), Stop::Orderly)
                    .await;
            }
        }
        Ok((StepEnd::Done, search.found().is_some()))
    }

    /// One number, and what its answer says.
    async fn probe(
        &mut self,
        stamp: Stamp<'_>,
        act: &BoundaryStep,
        last: bool,
    ) -> Result<Result<Verdict, StepEnd>, Halt> {
        let ready = match self.prepare(stamp.step, &act.request) {
            Ok(ready) => ready,
            Err(end) => return Ok(Err(end)),
        };
        let owed = self.ledger.owed();
        let before = self.trouble.clone();
        let answer = match self.act(&ready, stamp, act.undo.as_ref()).await? {
            Ok(answer) => answer,
            Err(end) => return Ok(Err(end)),
        };
        let verdict = self.verdict(answer.as_ref(), act);
        if let Err(why) = self.ledger.settle_since(owed, self.side).await {
            return Err(Halt::Cut(format!(
                "what a probe made could not be taken away: {why}"
            )));
        }
        // a number is tried again while the cloud is not well: only what lasts is trouble
        if verdict == Verdict::Trouble && !last {
            self.trouble = before;
        }
        Ok(Ok(verdict))
    }

    fn verdict(&self, answer: Option<&RawAnswer>, act: &BoundaryStep) -> Verdict {
        match answer {
            // what came was no HTTP: the number is not accepted
            None if !self.unreachable => Verdict::Refused,
            None => Verdict::Trouble,
            Some(answer) if is_trouble(answer.status) => Verdict::Trouble,
            Some(_) if self.holds(answer, &act.accept, &act.request.user) => Verdict::Accepted,
            Some(_) => Verdict::Refused,
        }
    }

    fn pause(&self, search: &Search) -> Duration {
        let retry = &self.side.patience.retry;
        (retry.first_pause * 2_u32.pow(search.tries().min(8))).min(retry.longest_pause)
    }
}
