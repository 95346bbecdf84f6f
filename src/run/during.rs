//! Steps that something is done during.

use crate::recording::StepEnd;
use crate::run::stage::{Halt, Ready, Sent, Stage, Stamp};
use crate::scenario::{DuringAct, DuringStep, RequestStep, Step, StepKind};
use crate::transport::RawAnswer;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// What an act is said to need where its moment never came.
fn moment(act: &DuringAct) -> StepEnd {
    StepEnd::Blocked(vec![format!("the moment of {}", act.step.id)])
}

/// A request with what it takes to send it.
struct Ordered<'o> {
    step: &'o Step,
    act: &'o RequestStep,
    ready: Ready<'o>,
}

impl Stage<'_> {
    pub(super) async fn during(&mut self, during: &DuringStep) -> Result<(), Halt> {
        let outer = &*during.outer;
        let acts: Vec<&DuringAct> = during.acts.iter().collect();
        let before = self.steps.len();
        let (end, reached) = match &outer.kind {
            StepKind::Request(act) => return self.beside(outer, act, &acts).await,
            StepKind::Poll(poll) => self.poll(outer, poll, acts).await?,
            StepKind::Pages(walk) => self.walk(outer, walk, acts).await?,
            _ => return Ok(()),
        };
        for act in &during.acts {
            let done = self.steps[before..]
                .iter()
                .any(|record| record.step == act.step.id);
            if !done {
                self.ended(&act.step, moment(act), false)?;
            }
        }
        self.ended(outer, end, reached)
    }

    /// Sends every act whose moment has come with this answer of the step around it.
    pub(super) async fn due(
        &mut self,
        acts: &mut Vec<&DuringAct>,
        answer: Option<&RawAnswer>,
        user: &str,
    ) -> Result<(), Halt> {
        let (now, later): (Vec<&DuringAct>, Vec<&DuringAct>) =
            acts.iter().copied().partition(|act| match &act.when {
                Some(when) => self.holds(answer, when, user),
                None => answer.is_some(),
            });
        *acts = later;
        for act in now {
            let StepKind::Request(request) = &act.step.kind else {
                continue;
            };
            let (end, reached) = self.request(&act.step, request).await?;
            self.ended(&act.step, end, reached)?;
        }
        Ok(())
    }

    /// Acts that are sent while a request waits for its answer.
    async fn beside(
        &mut self,
        outer: &Step,
        act: &RequestStep,
        acts: &[&DuringAct],
    ) -> Result<(), Halt> {
        let mut steps = vec![(outer, act)];
        for act in acts {
            if let StepKind::Request(request) = &act.step.kind {
                steps.push((&act.step, request));
            }
        }
        let mut ordered = Vec::new();
        for (step, act) in &steps {
            match self.prepare(step, &act.request) {
                Ok(ready) => ordered.push(Ordered { step, act, ready }),
                Err(end) => {
                    // what the others do would not be during anything
                    for (step, _) in &steps {
                        self.ended(step, end.clone(), false)?;
                    }
                    return Ok(());
                }
            }
        }
        let mut sent: Vec<Sent<'_>> = Vec::new();
        let mut held = 0;
        for one in &ordered {
            let undo = one.act.undo.as_ref();
            held += u32::from(undo.is_some());
            let result = self.sent(&one.ready, stamp(one), undo, held.max(1)).await;
            match result {
                Ok(Ok(one)) => sent.push(one),
                Ok(Err(end)) => {
                    sent.iter().try_for_each(|sent| self.not_sent(sent))?;
                    for one in &ordered {
                        self.ended(one.step, end.clone(), false)?;
                    }
                    return Ok(());
                }
                Err(halt) => {
                    sent.iter().try_for_each(|sent| self.not_sent(sent))?;
                    return Err(halt);
                }
            }
        }
        let wire = self.side.session.wire();
        let under_way = Arc::new(Notify::new());
        let over = Notify::new();
        let first = async {
            let seen = wire
                .send_telling(sent[0].wire.clone(), Arc::clone(&under_way))
                .await;
            over.notify_one();
            seen
        };
        let others = async {
            // where it never gets onto the wire, there is nothing to wait for
            tokio::select! {
                () = under_way.notified() => {}
                () = over.notified() => {}
            }
            let mut seen = Vec::new();
            for sent in &sent[1..] {
                seen.push(wire.send(sent.wire.clone()).await);
            }
            seen
        };
        let (first, others) = tokio::join!(Box::pin(first), Box::pin(others));
        let seen = std::iter::once(first).chain(others);
        let mut answers = Vec::new();
        for ((one, sent), seen) in ordered.iter().zip(sent).zip(seen) {
            answers.push(self.came(&one.ready, stamp(one), sent, seen).await?);
        }
        for (one, answer) in ordered.iter().zip(answers) {
            let (captures, reach) = (&one.act.captures, &one.act.reading.reach);
            let user = &one.act.request.user;
            let reached = self.read(answer.as_ref(), captures, reach, user);
            self.ended(one.step, StepEnd::Done, reached)?;
        }
        Ok(())
    }
}

fn stamp<'s>(one: &Ordered<'s>) -> Stamp<'s> {
    Stamp {
        step: one.step,
        attempt: 1,
        deadline: Duration::from_secs(one.act.deadline),
    }
}
