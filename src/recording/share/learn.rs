//! One pass over a recording, to learn what in it names people and places.

use super::known::{Private, hashed};
use super::places;
use crate::profile::secret::Redacted;
use crate::recording::error::ReadError;
use crate::recording::redact::sweep::decoded;
use crate::recording::{Discovery, Exchange, Recording};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

pub(super) fn learn(recording: &Recording, key: Redacted<[u8; 32]>) -> Result<Private, ReadError> {
    let header = recording.header();
    let mut private = Private::new(key);
    for text in header.scenarios.values() {
        private.add_source(&text.source);
    }
    let later = header.later.values();
    let others = header.runs.values();
    let others = others.flat_map(|run| std::iter::once(&run.discovery).chain(run.later.values()));
    let known: Vec<&Discovery> = std::iter::once(&header.cloud.discovery)
        .chain(later)
        .chain(others)
        .collect();
    for offered in known
        .iter()
        .flat_map(|known| known.offers.values().flatten())
    {
        private.add_public(offered);
    }
    let mut seen = Seen::default();
    for scenario in recording.scenarios() {
        for execution in recording.executions(scenario)? {
            private.add_nonce(&execution.nonce);
            let mut answered = HashSet::new();
            for exchange in &execution.exchanges {
                sent(exchange, &answered, &mut private);
                seen.exchange(exchange, &mut |text| {
                    answered.insert(hashed(text));
                });
            }
        }
    }
    for control in recording.controls()? {
        for exchange in &control.exchanges {
            seen.exchange(exchange, &mut |_| {});
        }
    }
    private.add_account(&header.cloud.target.project);
    for known in &known {
        for user in known.users.values() {
            for value in [
                &user.user_id,
                &user.user_name,
                &user.project_id,
                &user.project_name,
                &user.domain_id,
            ] {
                private.add_account(value);
            }
        }
        for service in known.services.values() {
            seen.hosts_in(service.endpoint.as_bytes());
            seen.hosts_in(service.root.as_bytes());
        }
        for binding in known.bindings.values() {
            seen.json(&binding.document, &mut Vec::new(), &mut |_| {});
        }
    }
    seen.hosts_in(header.cloud.target.endpoint.as_bytes());
    seen.names.iter().for_each(|name| private.add_name(name));
    seen.hosts.iter().for_each(|host| private.add_host(host));
    private.complete();
    Ok(private)
}

/// What a request holds that no answer of the execution held before.
fn sent(exchange: &Exchange, answered: &HashSet<u64>, private: &mut Private) {
    let mut take = |text: &str| {
        if !answered.contains(&hashed(text)) {
            private.add_sent(text);
        }
    };
    let request = &exchange.request;
    for part in request.target.split(['/', '?', '&', '=', ',']) {
        take(&String::from_utf8_lossy(&decoded(part.as_bytes())));
    }
    let body = request.body.text.as_deref().unwrap_or_default();
    match serde_json::from_str::<Value>(body) {
        Ok(value) => strings(&value, &mut take),
        Err(_) => {
            for part in body.split(['&', '=', '<', '>']) {
                let spaced = part.replace('+', " ");
                take(&String::from_utf8_lossy(&decoded(spaced.as_bytes())));
            }
        }
    }
    for (_, value) in &request.headers {
        take(value);
    }
}

fn strings(value: &Value, take: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, take)),
        Value::Object(members) => members.values().for_each(|member| strings(member, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Values at places of people and places, whoever's they are.
#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
    hosts: BTreeSet<String>,
}

impl Seen {
    /// Takes what is to be learned of an answer; `each` gets all its strings.
    fn exchange(&mut self, exchange: &Exchange, each: &mut impl FnMut(&str)) {
        self.hosts_in(exchange.request.origin.as_bytes());
        let Ok(answer) = &exchange.answer else {
            return;
        };
        for (_, value) in &answer.headers {
            self.hosts_in(value.as_bytes());
            each(value);
        }
        let body = answer.body.bytes();
        self.hosts_in(&body);
        match serde_json::from_slice::<Value>(&body) {
            Ok(value) => self.json(&value, &mut Vec::new(), each),
            Err(_) => self.text(exchange, &body, each),
        }
    }

    fn json<'v>(&mut self, value: &'v Value, path: &mut Vec<&'v str>, each: &mut impl FnMut(&str)) {
        match value {
            Value::String(text) => {
                each(text);
                if places::is_person(path) {
                    self.names.insert(text.clone());
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.json(item, path, each)),
            Value::Object(members) => {
                let names = places::names_in(members, path.last().copied());
                self.names.extend(names.into_iter().map(str::to_owned));
                for (name, member) in members {
                    path.push(name);
                    self.json(member, path, each);
                    path.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, exchange: &Exchange, body: &[u8], each: &mut impl FnMut(&str)) {
        let texts = |pattern: &regex::bytes::Regex| -> Vec<String> {
            let found = pattern.captures_iter(body);
            let texts = found.filter_map(|found| found.iter().skip(1).flatten().next());
            texts
                .map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned())
                .collect()
        };
        self.names.extend(texts(&places::PERSON_ELEMENT));
        self.names.extend(texts(&places::NAME_ELEMENT));
        let body = String::from_utf8_lossy(body);
        for part in body.split(['<', '>', '\n']) {
            each(part);
        }
        // what containers there are, a line each
        let is_list = exchange.service == "object-store"
            && exchange.request.method == "GET"
            && !body.starts_with(['<', '{', '['])
            && is_account(&exchange.request.target);
        if is_list {
            let lines = body.lines().filter(|line| !line.is_empty());
            self.names.extend(lines.map(str::to_owned));
        }
    }

    fn hosts_in(&mut self, text: &[u8]) {
        for found in places::URL_HOST.captures_iter(text) {
            if let Some(host) = found.get(1) {
                self.hosts
                    .insert(String::from_utf8_lossy(host.as_bytes()).into_owned());
            }
        }
    }
}

/// `/v1/AUTH_…` and nothing below it.
fn is_account(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    path.split('/').filter(|part| !part.is_empty()).count() == 2
}
