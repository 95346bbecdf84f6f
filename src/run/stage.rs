//! One execution of one scenario while its steps run: sends, captures, takes down.
//!
//! Nothing is retried, and a step that fails stops nothing but the steps that need what it should have captured.

use crate::dialect::resources::{ResourceKind, resource_kind, unescape};
use crate::journal::{IntentId, JournalError};
use crate::profile::secret::Redacted;
use crate::protocol::{Address, Signed};
use crate::recording::Names;
use crate::recording::{Exchange, ExchangeMeta, Role, StepEnd, StepRecord, is_trouble};
use crate::run::cancel::Stop;
use crate::run::clock::rfc3339;
use crate::run::compose::{Composed, Uncomposed, compose, leaks};
use crate::run::debt::{Creation, Ledger};
use crate::run::side::Side;
use crate::scenario::{
    AnswerParts, Base, Condition, Request, RequestStep, Scenario, Source, Step, StepKind, Undo,
};
use crate::transport::{RawAnswer, RawExchange, WireRequest};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use std::time::SystemTime;

/// Bytes of a body that are kept.
const KEEP: usize = 2 << 20;

/// Bytes of a body that are read at all.
const READ: u64 = 20 << 20;

/// Why the steps of an execution end before the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The cloud was not well: it is run again.
    SetAside(String),
    /// Somebody stopped the run, or something of ours failed.
    Cut(String),
    /// A fixture's step did not do what it is there for.
    Unmade(String),
}

/// What the steps are run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// To see what the answers are. `Patient` goes on where the cloud is not well: it was tried often enough.
    Observe(Trouble),
    /// To have what they make: every step must reach what it says.
    Fixture,
}

/// What is done where a cloud is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Stops,
    Stands,
}

/// One execution under way.
pub struct Stage<'a> {
    pub side: &'a Side,
    pub scenario: &'a Scenario,
    pub nonce: &'a str,
    pub fixtures: &'a BTreeMap<String, Value>,
    pub aim: Aim,
    pub captures: BTreeMap<String, Value>,
    /// Ids and values of the rows around the step, outermost first.
    rows: Vec<(String, BTreeMap<String, Value>)>,
    pub steps: Vec<StepRecord>,
    pub exchanges: Vec<Exchange>,
    pub ledger: Ledger,
    /// The first sign that the cloud was not well.
    pub trouble: Option<String>,
    /// The last request got no answer: there may be no cloud any more.
    pub unreachable: bool,
}

/// One request that is about to be sent.
pub(super) struct Ready<'a> {
    pub request: &'a Request,
    pub composed: Composed,
    pub address: Address,
}

/// The name of a thing whose name is its id: what was written into the path, without its escapes.
fn meant(kind: &str, name: String, target: &str) -> String {
    let is_id = resource_kind(kind).is_some_and(ResourceKind::name_is_id);
    let path = target.split('?').next().unwrap_or_default();
    if is_id && path.split('/').any(|segment| segment == name) {
        return unescape(&name).unwrap_or(name);
    }
    name
}

/// A request that is journalled and about to be on the wire.
pub(super) struct Sent<'u> {
    pub wire: WireRequest,
    /// The session's token that it carries.
    token: Option<Redacted<String>>,
    intent: Option<(&'u Undo, String, IntentId)>,
}

/// Where one answer belongs.
#[derive(Clone, Copy)]
pub(super) struct Stamp<'a> {
    pub step: &'a Step,
    /// Attempt of a poll, page of a walk.
    pub attempt: u32,
    pub deadline: Duration,
}

impl<'a> Stage<'a> {
    pub fn new(
        side: &'a Side,
        scenario: &'a Scenario,
        nonce: &'a str,
        fixtures: &'a BTreeMap<String, Value>,
        aim: Aim,
    ) -> Self {
        Self {
            side,
            scenario,
            nonce,
            fixtures,
            aim,
            captures: BTreeMap::new(),
            rows: Vec::new(),
            steps: Vec::new(),
            exchanges: Vec::new(),
            ledger: Ledger::default(),
            trouble: None,
            unreachable: false,
        }
    }

    /// Runs all steps.
    pub async fn run(&mut self) -> Result<(), Halt> {
        let scenario = self.scenario;
        self.all(&scenario.steps).await
    }

    /// Fills a fixture's outputs.
    pub fn outputs(&self) -> Result<BTreeMap<String, Value>, Halt> {
        let row = BTreeMap::new();
        self.scenario
            .outputs
            .iter()
            .map(|(name, template)| {
                let value = template.fill_value(&self.names("main", &row));
                let value = value.map_err(|missing| Halt::Unmade(missing.to_string()))?;
                Ok((name.clone(), value))
            })
            .collect()
    }

    pub(super) fn names<'n>(
        &'n self,
        user: &'n str,
        row: &'n BTreeMap<String, Value>,
    ) -> Names<'n> {
        Names {
            discovery: &self.side.discovery,
            region: self.side.session.region(),
            nonce: self.nonce,
            fixtures: self.fixtures,
            captures: &self.captures,
            row,
            user,
            now: SystemTime::now(),
        }
    }

    /// The values of all rows around, inner over outer.
    pub(super) fn row(&self) -> BTreeMap<String, Value> {
        let mut row = BTreeMap::new();
        for (_, values) in &self.rows {
            row.extend(values.clone());
        }
        row
    }

    fn all<'f>(
        &'f mut self,
        steps: &'f [Step],
    ) -> Pin<Box<dyn Future<Output = Result<(), Halt>> + Send + 'f>> {
        Box::pin(async move {
            for step in steps {
                if step.each.is_empty() {
                    self.step(step).await?;
                    continue;
                }
                for row in &step.each {
                    let around = self.row();
                    let filled = row.fill(&self.names(user_of(step), &around));
                    match filled {
                        Ok(values) => {
                            self.rows.push((row.id.clone(), values));
                            let done = self.step(step).await;
                            self.rows.pop();
                            done?;
                        }
                        Err(missing) => {
                            self.rows.push((row.id.clone(), BTreeMap::new()));
                            self.end_all(step, &StepEnd::Blocked(vec![missing.name]));
                            self.rows.pop();
                        }
                    }
                }
            }
            Ok(())
        })
    }

    async fn step(&mut self, step: &Step) -> Result<(), Halt> {
        if let StepKind::Group(inner) = &step.kind {
            return self.all(inner).await;
        }
        self.one(step).await
    }

    /// A step that is no group.
    async fn one(&mut self, step: &Step) -> Result<(), Halt> {
        if self.side.cancel.now() >= Stop::Orderly {
            return Err(Halt::Cut("interrupted".to_owned()));
        }
        self.forget(step);
        let (end, reached) = match &step.kind {
            StepKind::Request(request) => self.request(step, request).await?,
            StepKind::Poll(poll) => self.poll(step, poll, Vec::new()).await?,
            StepKind::Pages(walk) => self.walk(step, walk, Vec::new()).await?,
            StepKind::Boundary(boundary) => self.boundary(step, boundary).await?,
            StepKind::Race(runners) => return self.race(runners).await,
            StepKind::During(during) => return self.during(during).await,
            StepKind::Consistency(probe) => return self.consistency(probe).await,
            // these have no life outside of what they are a part of
            StepKind::Group(_) | StepKind::Runner(_) | StepKind::Read(_) => return Ok(()),
        };
        self.ended(step, end, reached)
    }

    /// What an earlier row captured is not what this one would have.
    pub(super) fn forget(&mut self, step: &Step) {
        for name in captures_of(step) {
            self.captures.remove(name);
        }
        for inner in step.inner() {
            self.forget(inner);
        }
    }

    /// Takes down how a step ended; an error where the execution does not go on after it.
    pub(super) fn ended(&mut self, step: &Step, end: StepEnd, reached: bool) -> Result<(), Halt> {
        let record = self.record(step, end);
        if self.aim == Aim::Fixture && !(reached && record.end == StepEnd::Done) {
            let why = format!("its step `{}` {}", step.id, self.told(&record));
            self.steps.push(record);
            // a cloud that is not well is asked again
            return Err(self
                .trouble
                .clone()
                .map_or(Halt::Unmade(why), Halt::SetAside));
        }
        self.steps.push(record);
        match &self.trouble {
            Some(why) if self.is_set_aside() => Err(Halt::SetAside(why.clone())),
            _ => Ok(()),
        }
    }

    /// The cloud was not well, and this execution does not go on because of it.
    pub(super) fn is_set_aside(&self) -> bool {
        self.trouble.is_some() && self.aim != Aim::Observe(Trouble::Stands)
    }

    /// Ends every step of a group alike, without sending anything.
    pub(super) fn end_all(&mut self, step: &Step, end: &StepEnd) {
        let inner = step.inner();
        if inner.is_empty() {
            let record = self.record(step, end.clone());
            self.steps.push(record);
        }
        for step in inner {
            self.end_all(step, end);
        }
    }

    fn record(&self, step: &Step, end: StepEnd) -> StepRecord {
        StepRecord {
            step: step.id.clone(),
            rows: self.row_ids(),
            end,
        }
    }

    fn row_ids(&self) -> Vec<String> {
        self.rows.iter().map(|(id, _)| id.clone()).collect()
    }

    /// How a step of a fixture ended, for people.
    fn told(&self, record: &StepRecord) -> String {
        match &record.end {
            StepEnd::Blocked(names) => format!("needs {}", names.join(", ")),
            StepEnd::Unsupported(why) => format!("can't be sent: {why}"),
            StepEnd::Deadline => "did not end in time".to_owned(),
            StepEnd::Cut => "was cut".to_owned(),
            StepEnd::Done => match self.exchanges.last().map(|exchange| &exchange.answer) {
                Some(Ok(answer)) => {
                    let text = answer.body.text().unwrap_or_default();
                    let text: String = text.chars().take(200).collect();
                    format!("was answered {} {text}", answer.status)
                }
                Some(Err(error)) => format!("had no answer: {}", error.detail),
                None => "sent nothing".to_owned(),
            },
        }
    }

    pub(super) async fn request(
        &mut self,
        step: &Step,
        act: &RequestStep,
    ) -> Result<(StepEnd, bool), Halt> {
        let ready = match self.prepare(step, &act.request) {
            Ok(ready) => ready,
            Err(end) => return Ok((end, false)),
        };
        let stamp = Stamp {
            step,
            attempt: 1,
            deadline: Duration::from_secs(act.deadline),
        };
        let answer = match self.act(&ready, stamp, act.undo.as_ref()).await? {
            Ok(answer) => answer,
            Err(end) => return Ok((end, false)),
        };
        let reached = self.read(
            answer.as_ref(),
            &act.captures,
            &act.reading.reach,
            &act.request.user,
        );
        Ok((StepEnd::Done, reached))
    }

    /// Sends a request; what may make something is journalled first and accounted for after.
    pub(super) async fn act(
        &mut self,
        ready: &Ready<'_>,
        stamp: Stamp<'_>,
        undo: Option<&Undo>,
    ) -> Result<Result<Option<RawAnswer>, StepEnd>, Halt> {
        let sent = match self.sent(ready, stamp, undo, 1).await? {
            Ok(sent) => sent,
            Err(end) => return Ok(Err(end)),
        };
        let seen = self.side.session.wire().send(sent.wire.clone()).await;
        self.came(ready, stamp, sent, seen).await.map(Ok)
    }

    /// Signs a request and journals its intent. Until this has returned, nothing of it may be sent; and then it must
    /// be sent, and [`Stage::came`] be told. `together`: so many of it are to be sent at once.
    pub(super) async fn sent<'u>(
        &mut self,
        ready: &Ready<'_>,
        stamp: Stamp<'_>,
        undo: Option<&'u Undo>,
        together: u32,
    ) -> Result<Result<Sent<'u>, StepEnd>, Halt> {
        let Some(undo) = undo else {
            let Signed {
                request: wire,
                token,
            } = self.sign(ready, stamp.deadline).await?;
            return Ok(Ok(Sent {
                wire,
                token,
                intent: None,
            }));
        };
        let row = self.row();
        let name = match undo.name.fill(&self.names(&ready.request.user, &row)) {
            Ok(name) => name,
            Err(missing) => return Ok(Err(StepEnd::Blocked(vec![missing.name]))),
        };
        let name = meant(&undo.kind, name, &ready.address.target);
        if !self.ledger.has_room(self.side, &undo.kind, together).await {
            let (counts, ceiling) = self.side.ceiling(&undo.kind).unwrap_or(("things", 0));
            return Err(Halt::Cut(format!(
                "would have more than {ceiling} {counts} at once"
            )));
        }
        let Signed {
            request: wire,
            token,
        } = self.sign(ready, stamp.deadline).await?;
        let creation = Creation {
            undo,
            user: &ready.request.user,
            name: &name,
            nonce: self.nonce,
            scenario: &self.scenario.id.0,
            step: &stamp.step.id,
        };
        let number = Ledger::intend(self.side, &creation)
            .await
            .map_err(unwritten)?;
        Ok(Ok(Sent {
            wire,
            token,
            intent: Some((undo, name, number)),
        }))
    }

    /// Takes down what came of what was sent.
    pub(super) async fn came(
        &mut self,
        ready: &Ready<'_>,
        stamp: Stamp<'_>,
        sent: Sent<'_>,
        seen: RawExchange,
    ) -> Result<Option<RawAnswer>, Halt> {
        if let Some((undo, name, number)) = &sent.intent {
            let creation = Creation {
                undo,
                user: &ready.request.user,
                name,
                nonce: self.nonce,
                scenario: &self.scenario.id.0,
                step: &stamp.step.id,
            };
            self.ledger
                .answered(self.side, *number, &creation, &seen.answer)
                .map_err(unwritten)?;
        }
        let answer = self.take(ready, stamp, &sent.wire, seen);
        self.check_token(answer.as_ref(), &ready.request.user, sent.token)
            .await;
        Ok(answer)
    }

    /// Journalled, and then not sent after all: it made nothing.
    pub(super) fn not_sent(&self, sent: &Sent<'_>) -> Result<(), Halt> {
        match &sent.intent {
            Some((.., number)) => self.side.journal.nothing(*number).map_err(unwritten),
            None => Ok(()),
        }
    }

    /// Fills and addresses a request, or says how its step ends without it.
    pub(super) fn prepare<'r>(
        &self,
        step: &Step,
        request: &'r Request,
    ) -> Result<Ready<'r>, StepEnd> {
        let row = self.row();
        let names = self.names(&request.user, &row);
        let ranges = self.side.ranges(&request.service);
        let composed = compose(request, &step.id, &names, ranges).map_err(|why| match why {
            Uncomposed::Missing(names) => StepEnd::Blocked(names),
            Uncomposed::Unsupported(why) => StepEnd::Unsupported(why),
        })?;
        self.place(request, composed, request.base)
    }

    /// Addresses a composed request.
    pub(super) fn place<'r>(
        &self,
        request: &'r Request,
        composed: Composed,
        base: Base,
    ) -> Result<Ready<'r>, StepEnd> {
        let session = &self.side.session;
        let address = session
            .address(&request.service, base, &request.user, &composed.target)
            .map_err(|why| StepEnd::Unsupported(why.to_string()))?;
        session
            .can_sign(&request.service, &composed.sign)
            .map_err(StepEnd::Unsupported)?;
        if leaks(&composed, &address) {
            let why = format!("{} is not in the catalog and gets no token", address.origin);
            return Err(StepEnd::Unsupported(why));
        }
        Ok(Ready {
            request,
            composed,
            address,
        })
    }

    /// The request as it is sent, and the session's token that it carries.
    async fn sign(&self, ready: &Ready<'_>, deadline: Duration) -> Result<Signed, Halt> {
        let wire = WireRequest {
            method: ready.request.method.clone(),
            origin: ready.address.origin.clone(),
            via: ready.address.via.clone(),
            target: ready.address.target.clone(),
            headers: ready.composed.headers.clone(),
            body: ready.composed.body.clone(),
            deadline,
            keep: KEEP,
            read: READ,
            meant: None,
            abort_after: ready.composed.abort_after,
        };
        let (user, sign) = (&ready.request.user, &ready.composed.sign);
        let session = &self.side.session;
        let at = (ready.request.service.as_str(), ready.address.trust);
        let signed = session.sign(user, at, wire, sign).await;
        signed.map_err(|why| Halt::Cut(why.to_string()))
    }

    /// A 401 to the session's own token may mean that the token has ended, which is no behaviour: the execution is run
    /// again with a new one.
    async fn check_token(
        &mut self,
        answer: Option<&RawAnswer>,
        user: &str,
        token: Option<Redacted<String>>,
    ) {
        let (Some(401), Some(token)) = (answer.map(|answer| answer.status), token) else {
            return;
        };
        if self.side.session.has_ended(user, &token).await {
            self.trouble
                .get_or_insert_with(|| "the token had ended".to_owned());
        }
    }

    /// Sends one observed request and takes its answer down; none where the connection broke.
    pub(super) async fn send(
        &mut self,
        ready: &Ready<'_>,
        stamp: Stamp<'_>,
    ) -> Result<Option<RawAnswer>, Halt> {
        match self.act(ready, stamp, None).await? {
            Ok(answer) => Ok(answer),
            // only what has an undo can end without being sent
            Err(_) => Ok(None),
        }
    }

    fn take(
        &mut self,
        ready: &Ready<'_>,
        stamp: Stamp<'_>,
        wire: &WireRequest,
        seen: RawExchange,
    ) -> Option<RawAnswer> {
        let meta = ExchangeMeta {
            step: stamp.step.id.clone(),
            rows: self.row_ids(),
            attempt: stamp.attempt,
            role: Role::Observed,
            user: ready.request.user.clone(),
            service: ready.request.service.clone(),
            version: ready.composed.version.clone(),
            sent: rfc3339(seen.sent),
            timing: seen.timing,
        };
        let exchange = self.side.log.exchange(meta, wire, &seen);
        self.exchanges.push(exchange);
        let trouble = trouble(&seen);
        self.unreachable = trouble.is_some() && seen.answer.is_err();
        if let Some(why) = trouble {
            let why = format!("step `{}`: {why}", stamp.step.id);
            self.trouble.get_or_insert(why);
        }
        seen.answer.ok()
    }

    /// Takes captures from an answer; whether it is what the step must reach.
    pub(super) fn read(
        &mut self,
        answer: Option<&RawAnswer>,
        captures: &BTreeMap<String, Source>,
        reach: &Condition,
        user: &str,
    ) -> bool {
        let Some(answer) = answer else {
            return false;
        };
        let text = std::str::from_utf8(&answer.body).unwrap_or_default();
        let parts = AnswerParts::new(answer.status, &answer.headers, text);
        for (name, source) in captures {
            if let Some(value) = source.first(&parts) {
                self.captures.insert(name.clone(), value);
            }
        }
        let row = self.row();
        reach.holds(&parts, &self.names(user, &row))
    }
}

/// Whether an answer says that the cloud, or the way to it, was not well. That is no behaviour unless it recurs.
fn trouble(seen: &RawExchange) -> Option<String> {
    match &seen.answer {
        Ok(answer) => {
            let status = answer.status;
            is_trouble(status).then(|| format!("answered {status}"))
        }
        Err(error) => error
            .kind
            .is_trouble()
            .then(|| format!("no answer: {}", error.detail)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` wants")]
fn unwritten(error: JournalError) -> Halt {
    Halt::Cut(format!("the journal can't be written: {error}"))
}

fn user_of(step: &Step) -> &str {
    step.own_request()
        .map_or("main", |request| request.user.as_str())
}

fn captures_of(step: &Step) -> impl Iterator<Item = &String> {
    let captures = match &step.kind {
        StepKind::Request(step) => Some(&step.captures),
        StepKind::Poll(step) => Some(&step.captures),
        StepKind::Pages(step) => Some(&step.captures),
        StepKind::Runner(step) => Some(&step.act.captures),
        StepKind::Read(step) => Some(&step.captures),
        StepKind::Group(_)
        | StepKind::Boundary(_)
        | StepKind::Race(_)
        | StepKind::During(_)
        | StepKind::Consistency(_) => None,
    };
    captures.into_iter().flat_map(BTreeMap::keys)
}
