//! A cloud of one family or the other that was recorded while it ran one scenario: what its steps were answered.

use interop::recording::{
    Answer, CloudInfo, Discovery, Exchange, Execution, Header, Outcome, Payload, PlanRecord,
    Recording, Role, ScenarioText, SentRequest, ServiceInfo, StepEnd, StepRecord, Target, Timing,
};
use interop::scenario::{Scenario, ScenarioId};
use std::collections::BTreeMap;

pub const ID: &str = "portable/server/lifecycle";
const NONCE: &str = "k3j9x0q2m5v8b1n4z7c6";
const REPEATS: u32 = 3;

/// Step, and the status and body of each answer to it.
pub type Answers = Vec<(&'static str, Vec<(u16, String)>)>;

#[derive(Clone)]
pub struct Cloud {
    pub name: &'static str,
    pub family: &'static str,
    pub service: &'static str,
    pub answers: Answers,
    /// Steps that were not sent, and what they lacked.
    pub blocked: Vec<(&'static str, &'static str)>,
}

impl Cloud {
    /// With other answers to a step.
    pub fn but(&self, step: &'static str, answers: &[(u16, &str)]) -> Self {
        let mut cloud = self.clone();
        let owned = answers.iter().map(|(s, body)| (*s, (*body).to_owned()));
        for (of, all) in &mut cloud.answers {
            if *of == step {
                *all = owned.clone().collect();
            }
        }
        cloud
    }

    pub fn called(&self, name: &'static str) -> Self {
        Self {
            name,
            ..self.clone()
        }
    }

    pub fn without(&self, step: &'static str, lacks: &'static str) -> Self {
        let mut cloud = self.clone();
        cloud.answers.retain(|(of, _)| *of != step);
        cloud.blocked.push((step, lacks));
        cloud
    }

    pub fn recording(&self, text: &str) -> Recording {
        let scenario = Scenario::parse(ScenarioId(ID.into()), "lifecycle.toml", text)
            .unwrap_or_else(|problems| panic!("{problems}"));
        let service = ServiceInfo {
            endpoint: format!("http://{}.example", self.name),
            root: format!("http://{}.example", self.name),
            ..ServiceInfo::default()
        };
        let header = Header {
            format: 1,
            tool_version: String::new(),
            language: 1,
            run: "run".into(),
            started: "2026-11-26T12:00:00Z".into(),
            private: true,
            cloud: CloudInfo {
                name: self.name.into(),
                family: self.family.into(),
                target: Target {
                    endpoint: format!("http://{}.example", self.name),
                    ..Target::default()
                },
                discovery: Discovery {
                    services: [(self.service.to_owned(), service)].into(),
                    ..Discovery::default()
                },
            },
            scenarios: [(
                ID.to_owned(),
                ScenarioText {
                    source: text.to_owned(),
                    request_hash: scenario.request_hash,
                    reading_hash: scenario.reading_hash,
                },
            )]
            .into(),
            plan: PlanRecord {
                repeats: REPEATS,
                selected: vec![ID.to_owned()],
                ..PlanRecord::default()
            },
            later: BTreeMap::new(),
            runs: BTreeMap::new(),
            noise: None,
        };
        let executions = (1..=REPEATS).map(|repeat| self.execution(repeat));
        Recording::from_parts(header, executions, None)
    }

    fn execution(&self, repeat: u32) -> Execution {
        let (mut steps, mut exchanges, mut at_us) = (Vec::new(), Vec::new(), 0);
        for (step, answers) in &self.answers {
            steps.push(StepRecord {
                step: (*step).to_owned(),
                rows: vec![],
                end: StepEnd::Done,
            });
            for (attempt, (status, body)) in (1..).zip(answers) {
                exchanges.push(self.exchange(step, attempt, (*status, body), at_us));
                at_us += 1_000_000;
            }
        }
        for (step, lacks) in &self.blocked {
            steps.push(StepRecord {
                step: (*step).to_owned(),
                rows: vec![],
                end: StepEnd::Blocked(vec![(*lacks).to_owned()]),
            });
        }
        Execution {
            scenario: ID.into(),
            request_hash: String::new(),
            round: 1,
            repeat,
            attempt: 0,
            run: None,
            nonce: NONCE.into(),
            started: String::new(),
            took_ms: 0,
            fixtures: BTreeMap::new(),
            outcome: Outcome::Done,
            steps,
            exchanges,
        }
    }

    fn exchange(&self, step: &str, attempt: u32, answer: (u16, &str), at_us: u64) -> Exchange {
        let (status, body) = answer;
        Exchange {
            step: step.to_owned(),
            rows: vec![],
            attempt,
            role: Role::Observed,
            user: "main".into(),
            service: self.service.into(),
            version: None,
            request: SentRequest {
                method: "GET".into(),
                origin: format!("http://{}.example", self.name),
                target: format!("/{step}"),
                headers: vec![],
                body: Payload::default(),
            },
            answer: Ok(Answer {
                interim: Vec::new(),
                status,
                reason: String::new(),
                headers: vec![],
                body: Payload::from_bytes(body.as_bytes(), body.len() as u64, false),
            }),
            sent: String::new(),
            timing: Timing {
                at_us,
                ..Timing::default()
            },
        }
    }
}
