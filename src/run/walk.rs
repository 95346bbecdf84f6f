//! Steps that send more than one request: polls and walks through pages.

use crate::dialect::resources::encode;
use crate::recording::StepEnd;
use crate::run::cancel::Stop;
use crate::run::compose::Composed;
use crate::run::stage::{Halt, Ready, Stage, Stamp};
use crate::scenario::{
    AnswerParts, Base, Condition, DuringAct, NextPage, PagesStep, PollStep, Source, Step,
};
use crate::transport::RawAnswer;
use bytes::Bytes;
use serde_json::Value;
use std::time::{Duration, Instant};

/// What an attempt gets at least, however little of the step's time is left.
const LEAST: Duration = Duration::from_secs(2);
/// What an attempt gets at most.
const MOST: Duration = Duration::from_mins(1);

impl Stage<'_> {
    /// Asks again and again until `until` holds or the time is up. Every attempt is taken down.
    pub(super) async fn poll(
        &mut self,
        step: &Step,
        poll: &PollStep,
        mut acts: Vec<&DuringAct>,
    ) -> Result<(StepEnd, bool), Halt> {
        let ready = match self.prepare(step, &poll.request) {
            Ok(ready) => ready,
            Err(end) => return Ok((end, false)),
        };
        let every = Duration::try_from_secs_f64(poll.every).unwrap_or(Duration::from_secs(1));
        let until = Instant::now() + Duration::from_secs(poll.deadline);
        let user = &poll.request.user;
        for attempt in 1.. {
            let stamp = Stamp {
                step,
                attempt,
                deadline: left(until),
            };
            let answer = self.send(&ready, stamp).await?;
            let over = self.holds(answer.as_ref(), &poll.until, user);
            let late = Instant::now() + every > until;
            if over || late {
                let reached = self.read(answer.as_ref(), &poll.captures, &poll.reading.reach, user);
                let end = if over {
                    StepEnd::Done
                } else {
                    StepEnd::Deadline
                };
                return Ok((end, reached));
            }
            if self.is_set_aside() {
                return Ok((StepEnd::Cut, false));
            }
            self.due(&mut acts, answer.as_ref(), user).await?;
            self.side.cancel.sleep(every, Stop::Orderly).await;
            if self.side.cancel.now() >= Stop::Orderly {
                return Err(Halt::Cut("interrupted".to_owned()));
            }
        }
        Ok((StepEnd::Deadline, false))
    }

    pub(super) fn holds(
        &self,
        answer: Option<&RawAnswer>,
        condition: &Condition,
        user: &str,
    ) -> bool {
        let row = self.row();
        answer.is_some_and(|answer| {
            let text = std::str::from_utf8(&answer.body).unwrap_or_default();
            let parts = AnswerParts::new(answer.status, &answer.headers, text);
            condition.holds(&parts, &self.names(user, &row))
        })
    }

    /// Follows a list page by page. Captures and what must be reached are read from the last page.
    pub(super) async fn walk(
        &mut self,
        step: &Step,
        walk: &PagesStep,
        mut acts: Vec<&DuringAct>,
    ) -> Result<(StepEnd, bool), Halt> {
        let first = match self.prepare(step, &walk.request) {
            Ok(ready) => ready,
            Err(end) => return Ok((end, false)),
        };
        let composed = first.composed.clone();
        let mut ready = first;
        let until = Instant::now() + Duration::from_secs(walk.deadline);
        let user = &walk.request.user;
        for page in 1.. {
            let stamp = Stamp {
                step,
                attempt: page,
                deadline: left(until),
            };
            let answer = self.send(&ready, stamp).await?;
            let next = answer.as_ref().and_then(|answer| next(walk, answer));
            let late = Instant::now() >= until;
            let end = match next {
                Some(_) if late => StepEnd::Deadline,
                Some(next) if page < walk.most => match self.follow(walk, &composed, next) {
                    Ok(following) => {
                        ready = following;
                        if self.side.cancel.now() >= Stop::Orderly {
                            return Err(Halt::Cut("interrupted".to_owned()));
                        }
                        self.due(&mut acts, answer.as_ref(), user).await?;
                        continue;
                    }
                    // a link that leads nowhere: what it is, is in the recording
                    Err(_) => StepEnd::Done,
                },
                _ => StepEnd::Done,
            };
            let (captures, reach) = (&walk.captures, &walk.reading.reach);
            return Ok((end, self.read(answer.as_ref(), captures, reach, user)));
        }
        Ok((StepEnd::Deadline, false))
    }

    /// The request for the next page.
    fn follow<'r>(
        &self,
        walk: &'r PagesStep,
        first: &Composed,
        next: Next,
    ) -> Result<Ready<'r>, StepEnd> {
        let mut composed = first.clone();
        let base = match next {
            Next::Link(link) => {
                composed.target = link;
                Base::Absolute
            }
            Next::Marker(marker) => {
                let NextPage::Marker { param, .. } = &walk.next else {
                    return Err(StepEnd::Done);
                };
                if walk.request.action.is_some() {
                    let form = format!("?{}", String::from_utf8_lossy(&first.body));
                    let form = with_parameter(&form, param, &marker);
                    composed.body = Bytes::from(form.trim_start_matches('?').to_owned());
                } else {
                    composed.target = with_parameter(&first.target, param, &marker);
                }
                walk.request.base
            }
        };
        self.place(&walk.request, composed, base)
    }
}

enum Next {
    Link(String),
    Marker(String),
}

/// Where the next page is, if this one says so. A page without items has none.
fn next(walk: &PagesStep, answer: &RawAnswer) -> Option<Next> {
    if !(200..300).contains(&answer.status) {
        return None;
    }
    let text = std::str::from_utf8(&answer.body).ok()?;
    let parts = AnswerParts::new(answer.status, &answer.headers, text);
    let read = |source: &Source| match source.first(&parts)? {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    match &walk.next {
        NextPage::Link(source) => read(source).map(Next::Link),
        NextPage::Marker { at, .. } => read(at).map(Next::Marker),
    }
}

/// The target with a query parameter set, in place of one of that name.
fn with_parameter(target: &str, param: &str, value: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parts: Vec<String> = query
        .split('&')
        .filter(|part| !part.is_empty() && part.split('=').next() != Some(param))
        .map(str::to_owned)
        .collect();
    parts.push(format!("{param}={}", encode(value, false)));
    format!("{path}?{}", parts.join("&"))
}

pub(super) fn left(until: Instant) -> Duration {
    until
        .saturating_duration_since(Instant::now())
        .clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_takes_the_place_of_the_one_before() {
        assert_eq!(with_parameter("/x", "marker", "a b"), "/x?marker=a%20b");
        assert_eq!(
            with_parameter("/x?limit=2&marker=1", "marker", "2"),
            "/x?limit=2&marker=2"
        );
        assert_eq!(
            with_parameter("?Action=A&NextToken=1", "NextToken", "a+b="),
            "?Action=A&NextToken=a%2Bb%3D"
        );
    }
}
