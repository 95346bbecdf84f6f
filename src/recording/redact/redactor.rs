//! From an exchange as it was to an exchange as it may be kept.

use super::edit::{self, Edit};
use super::exchange::{ExchangeMeta, UnredactedAnswer, UnredactedRequest};
use super::json::{self, Lexeme};
use super::places;
use super::sweep::{self, Known, SHORTEST};
use crate::profile::secret::Redacted;
use crate::recording::{
    Answer, Exchange, Execution, Mark, Outcome, Payload, SecretKind, SentRequest, StepEnd,
    WireError,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// A value that an answer holds at a secret place is looked for elsewhere only if it can't be a word.
const SHORTEST_MINTED: usize = 8;
const FEWEST_DISTINCT: usize = 5;

/// Replaces secrets by [`Mark`]s. One a run and cloud, shared by all tasks.
pub struct Redactor {
    key: Redacted<[u8; 32]>,
    known: RwLock<Known>,
}

/// Whether a value is looked for everywhere from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    Everywhere,
    /// Shorter than 6 bytes: hidden only where its place says that it is secret.
    TooShort,
    /// A word that the API itself uses all the time (`password`, `openstack`): hidden only where
    /// its place says that it is secret. Worth a warning to the owner.
    Word,
}

/// What a pass over a text may find.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// The first: by place and by value.
    First,
    /// The first, of a text whose end was cut off.
    FirstOfCut,
    /// Before the first, for what there is to learn: by place only.
    ByPlace,
    /// Again, by value only, past the marks that are there.
    Again,
}

impl Redactor {
    /// `key`: 32 random bytes of the run, which are never written; the fingerprints hang on them.
    pub fn new(key: Redacted<[u8; 32]>) -> Self {
        Self {
            key,
            known: RwLock::default(),
        }
    }

    /// Takes a secret that is known beforehand: a password of the profile, a token.
    pub fn learn(&self, secret: &Redacted<String>, kind: SecretKind) -> Learned {
        let value = secret.expose();
        if value.len() < SHORTEST {
            Learned::TooShort
        } else if places::is_word(value) {
            Learned::Word
        } else {
            self.add(value, kind);
            Learned::Everywhere
        }
    }

    /// The exchange with all secrets replaced. Secrets that the cloud made for this answer (a token,
    /// a generated password) are hidden from now on wherever they turn up.
    ///
    /// A body that was redacted keeps no md5: it would let a weak secret be guessed.
    pub fn exchange(
        &self,
        meta: ExchangeMeta,
        sent: &UnredactedRequest<'_>,
        answer: Result<UnredactedAnswer<'_>, WireError>,
    ) -> Exchange {
        if let Ok(answer) = &answer {
            self.learn_minted(sent, answer);
        }
        let (body, changed) = self.body(&self.known(), sent.body, Pass::First);
        let mut sent_body = Payload::from_bytes(&body, sent.body.len() as u64, false);
        if changed {
            sent_body = sent_body.with_md5(None);
        }
        let mut kept = Exchange {
            step: meta.step,
            rows: meta.rows,
            attempt: meta.attempt,
            role: meta.role,
            user: meta.user,
            service: meta.service,
            version: meta.version.map(|version| self.text(&version)),
            request: SentRequest {
                method: self.text(sent.method),
                origin: self.text(sent.origin),
                target: self.text(sent.target),
                headers: self.headers(sent.headers),
                body: sent_body,
            },
            answer: answer
                .map(|answer| self.answer(&answer))
                .map_err(|error| WireError {
                    kind: error.kind,
                    detail: self.text(&error.detail),
                }),
            sent: meta.sent,
            timing: meta.timing,
        };
        let said_back = self.sent_once(sent);
        if !said_back.is_empty() {
            self.again(&mut kept, &said_back);
        }
        kept
    }

    /// What is secret of one request only, and may be said back by its answer: signatures, user data.
    fn sent_once(&self, sent: &UnredactedRequest<'_>) -> Known {
        let mut edits = self.body_edits(&Known::default(), sent.body, Pass::ByPlace);
        edits.extend(self.text_edits(&Known::default(), sent.target.as_bytes(), Pass::ByPlace));
        for (name, value) in sent.headers {
            edits.extend(header_edits(name, value));
        }
        let mut once = Known::default();
        for edit in edits {
            let Ok(value) = String::from_utf8(edit.value) else {
                continue;
            };
            match edit.kind {
                SecretKind::Signature | SecretKind::UserData => {
                    learn_once(&mut once, &value, edit.kind);
                }
                SecretKind::Authorization => {
                    learn_once(&mut once, &value, edit.kind);
                    let signature = value
                        .rsplit_once("Signature=")
                        .map(|(_, signature)| signature);
                    learn_once(
                        &mut once,
                        signature.unwrap_or_default(),
                        SecretKind::Signature,
                    );
                }
                _ => {}
            }
        }
        once
    }

    /// An execution before it is written: fixture outputs, reasons, and what was learned after an
    /// exchange was made.
    #[must_use]
    pub fn execution(&self, mut execution: Execution) -> Execution {
        for value in execution.fixtures.values_mut() {
            *value = self.value(value);
        }
        match &mut execution.outcome {
            Outcome::Done => {}
            Outcome::SetAside(why) | Outcome::Cut(why) => *why = self.text(why),
        }
        for step in &mut execution.steps {
            if let StepEnd::Unsupported(why) = &mut step.end {
                *why = self.text(why);
            }
        }
        for exchange in &mut execution.exchanges {
            self.again(exchange, &self.known());
        }
        execution
    }

    /// Any other text that goes to disk or to people: a reason, an error.
    pub fn text(&self, text: &str) -> String {
        let edits = self.text_edits(&self.known(), text.as_bytes(), Pass::First);
        self.applied(text, edits)
    }

    /// A document, in the strings and names of which known secrets are replaced; members that are
    /// secret by their name, too.
    pub fn value(&self, value: &Value) -> Value {
        self.value_at(value, &mut Vec::new())
    }

    fn value_at<'v>(&self, value: &'v Value, path: &mut Vec<&'v str>) -> Value {
        match value {
            Value::String(text) => match places::member(path) {
                Some(kind) if !text.is_empty() && Mark::parse(text).is_none() => {
                    Value::String(self.mark(kind, text.as_bytes(), false).to_string())
                }
                _ => Value::String(self.text(text)),
            },
            Value::Number(number) => {
                let text = number.to_string();
                let by_value = || {
                    let edits = self.text_edits(&self.known(), text.as_bytes(), Pass::First);
                    edits.first().map(|edit| edit.kind)
                };
                match places::member(path).or_else(by_value) {
                    Some(kind) => Value::String(self.mark(kind, text.as_bytes(), true).to_string()),
                    None => value.clone(),
                }
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value_at(item, path)).collect())
            }
            Value::Object(members) => {
                let mut kept = serde_json::Map::new();
                for (name, member) in members {
                    path.push(name);
                    kept.insert(self.text(name), self.value_at(member, path));
                    path.pop();
                }
                Value::Object(kept)
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn answer(&self, answer: &UnredactedAnswer<'_>) -> Answer {
        let pass = if answer.cut {
            Pass::FirstOfCut
        } else {
            Pass::First
        };
        let (body, changed) = self.body(&self.known(), answer.body, pass);
        let md5 = (!changed && answer.length > 0).then(|| answer.md5.to_owned());
        Answer {
            interim: answer.interim.to_vec(),
            status: answer.status,
            reason: self.text(answer.reason),
            headers: self.headers(answer.headers),
            body: Payload::from_bytes(&body, answer.length, answer.cut).with_md5(md5),
        }
    }

    fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let mut edits = header_edits(name, value);
                edits.extend(self.text_edits(&self.known(), value.as_bytes(), Pass::First));
                (self.text(name), self.applied(value, edits))
            })
            .collect()
    }

    fn body(&self, known: &Known, body: &[u8], pass: Pass) -> (Vec<u8>, bool) {
        let edits = edit::settle(self.body_edits(known, body, pass), body);
        (self.apply(body, &edits), !edits.is_empty())
    }

    fn body_edits(&self, known: &Known, body: &[u8], pass: Pass) -> Vec<Edit> {
        if !json::looks_like_json(body) {
            return self.text_edits(known, body, pass);
        }
        // structure is no place for a mark; but in what isn't JSON there is no structure to keep
        let whole = json::is_whole(body);
        let mut edits = Vec::new();
        for token in json::tokens(body, places::member) {
            let text = &body[token.span.clone()];
            let number = token.lexeme == Lexeme::Number;
            let by_place = token
                .by_place
                .filter(|_| pass != Pass::Again && token.lexeme != Lexeme::Word && !is_mark(text));
            if let Some(kind) = by_place {
                edits.push(Edit {
                    range: token.span,
                    kind,
                    value: json::unescaped(text),
                    number,
                });
            } else if whole && token.lexeme != Lexeme::Word {
                let mut within = self.text_edits(known, text, pass);
                if number {
                    within.truncate(1);
                    for edit in &mut within {
                        edit.range = 0..text.len();
                        edit.number = true;
                    }
                }
                let start = token.span.start;
                edits.extend(within.into_iter().map(|edit| edit.moved(start)));
            }
        }
        if !whole {
            edits.extend(self.text_edits(known, body, pass));
        }
        edits
    }

    /// By parameter names and forms, and by value.
    #[expect(clippy::unused_self, reason = "one of three that go together")]
    fn text_edits(&self, known: &Known, text: &[u8], pass: Pass) -> Vec<Edit> {
        let mut edits = Vec::new();
        if pass != Pass::Again {
            edits.extend(places::in_text(text).into_iter().map(|found| Edit {
                value: sweep::decoded(&text[found.range.clone()]),
                range: found.range,
                kind: found.kind,
                number: false,
            }));
        }
        if pass != Pass::ByPlace {
            let hits = known.find(text, pass == Pass::FirstOfCut);
            edits.extend(hits.into_iter().map(|hit| Edit {
                kind: known.kind(&hit),
                value: known.value(&hit).as_bytes().to_vec(),
                range: hit.range,
                number: false,
            }));
        }
        if !edits.is_empty() {
            let marks = std::str::from_utf8(text).map_or_else(|_| Vec::new(), Mark::find_all);
            let overlaps = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
            edits.retain(|edit| !marks.iter().any(|(mark, _)| overlaps(&edit.range, mark)));
        }
        edits
    }

    /// An exchange that was kept, by the rules of today. Marks stay; what is not kept of a body is not looked at.
    pub(in crate::recording) fn reread(&self, kept: &Exchange) -> Exchange {
        let sent_body = kept.request.body.bytes().into_owned();
        let sent = UnredactedRequest {
            method: &kept.request.method,
            origin: &kept.request.origin,
            target: &kept.request.target,
            headers: &kept.request.headers,
            body: &sent_body,
        };
        let came = kept.answer.as_ref().ok();
        let came_body = came.map(|answer| answer.body.bytes().into_owned());
        let answer = match &kept.answer {
            Ok(answer) => Ok(UnredactedAnswer {
                interim: &answer.interim,
                status: answer.status,
                reason: &answer.reason,
                headers: &answer.headers,
                body: came_body.as_deref().unwrap_or_default(),
                length: answer.body.length,
                md5: answer.body.md5.as_deref().unwrap_or_default(),
                cut: answer.body.cut,
            }),
            Err(error) => Err(error.clone()),
        };
        let meta = ExchangeMeta {
            step: kept.step.clone(),
            rows: kept.rows.clone(),
            attempt: kept.attempt,
            role: kept.role,
            user: kept.user.clone(),
            service: kept.service.clone(),
            version: kept.version.clone(),
            sent: kept.sent.clone(),
            timing: kept.timing,
        };
        let mut again = self.exchange(meta, &sent, answer);
        again.request.body = again.request.body.in_the_place_of(&kept.request.body);
        if let (Ok(now), Ok(before)) = (&mut again.answer, &kept.answer) {
            now.body = std::mem::take(&mut now.body).in_the_place_of(&before.body);
        }
        again
    }

    fn again(&self, exchange: &mut Exchange, known: &Known) {
        let text = |text: &mut String| {
            let edits = self.text_edits(known, text.as_bytes(), Pass::Again);
            *text = self.applied(text, edits);
        };
        let payload = |payload: &mut Payload| {
            if let Some(body) = &payload.text {
                let (body, changed) = self.body(known, body.as_bytes(), Pass::Again);
                if changed {
                    payload.text = Some(String::from_utf8_lossy(&body).into_owned());
                    payload.md5 = None;
                }
            } else if payload.base64.is_some() {
                let (body, changed) = self.body(known, &payload.bytes(), Pass::Again);
                if changed {
                    let cut = payload.cut;
                    *payload = Payload::from_bytes(&body, payload.length, cut).with_md5(None);
                }
            }
        };
        let request = &mut exchange.request;
        text(&mut request.target);
        request
            .headers
            .iter_mut()
            .for_each(|(_, value)| text(value));
        payload(&mut request.body);
        match &mut exchange.answer {
            Ok(answer) => {
                answer.headers.iter_mut().for_each(|(_, value)| text(value));
                payload(&mut answer.body);
            }
            Err(error) => text(&mut error.detail),
        }
    }

    /// What the cloud made, not what it says after us: the author's own literals are no secrets, and
    /// hiding them everywhere from the moment one is echoed would make recordings hang on timing.
    fn learn_minted(&self, sent: &UnredactedRequest<'_>, answer: &UnredactedAnswer<'_>) {
        let mut values: Vec<(Vec<u8>, SecretKind)> = Vec::new();
        let mut take = |edits: Vec<Edit>| {
            values.extend(edits.into_iter().map(|edit| (edit.value, edit.kind)));
        };
        for (name, value) in answer.headers {
            take(header_edits(name, value));
            take(self.text_edits(&Known::default(), value.as_bytes(), Pass::ByPlace));
        }
        take(self.body_edits(&Known::default(), answer.body, Pass::ByPlace));
        for (value, kind) in values {
            let Ok(value) = String::from_utf8(value) else {
                continue;
            };
            if kind.is_minted() && is_unmistakable(&value) && !is_in(&value, sent) {
                self.add(&value, kind);
            }
        }
    }

    fn applied(&self, text: &str, edits: Vec<Edit>) -> String {
        if edits.is_empty() {
            return text.to_owned();
        }
        let edits = edit::settle(edits, text.as_bytes());
        String::from_utf8_lossy(&self.apply(text.as_bytes(), &edits)).into_owned()
    }

    fn apply(&self, text: &[u8], edits: &[Edit]) -> Vec<u8> {
        edit::apply(text, edits, |edit| {
            self.mark(edit.kind, &edit.value, edit.number).to_string()
        })
    }

    fn mark(&self, kind: SecretKind, value: &[u8], number: bool) -> Mark {
        Mark::of(kind, value, number, self.key.expose())
    }

    fn add(&self, value: &str, kind: SecretKind) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.add(value, kind);
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Long and mixed enough to be no word.
fn is_unmistakable(value: &str) -> bool {
    let distinct = value.bytes().collect::<BTreeSet<u8>>().len();
    value.len() >= SHORTEST_MINTED
        && distinct >= FEWEST_DISTINCT
        && !places::is_word(value)
        && Mark::parse(value).is_none()
}

fn learn_once(once: &mut Known, value: &str, kind: SecretKind) {
    if is_unmistakable(value) {
        once.add(value, kind);
    }
}

/// What was hidden before stays as it is.
fn is_mark(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| Mark::parse(text).is_some())
}

fn header_edits(name: &str, value: &str) -> Vec<Edit> {
    let Some(kind) = places::header(name) else {
        return Vec::new();
    };
    places::header_parts(name, kind, value)
        .into_iter()
        .filter(|found| !is_mark(&value.as_bytes()[found.range.clone()]))
        .map(|found| Edit {
            value: value.as_bytes()[found.range.clone()].to_vec(),
            range: found.range,
            kind,
            number: false,
        })
        .collect()
}

/// Was it sent, in any encoding?
fn is_in(value: &str, sent: &UnredactedRequest<'_>) -> bool {
    let mut one = Known::default();
    one.add(value, SecretKind::Secret);
    let holds = |text: &[u8]| !one.find(text, false).is_empty();
    holds(sent.target.as_bytes())
        || sent
            .headers
            .iter()
            .any(|(_, value)| holds(value.as_bytes()))
        || holds(sent.body)
}
