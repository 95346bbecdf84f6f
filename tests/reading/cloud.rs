//! A cloud that answers one request, three times over.

use interop::compare::{Difference, ScenarioPair, compare_scenario};
use interop::observe;
use interop::recording::{
    Answer, Binding, CloudInfo, Discovery, Exchange, Execution, Header, Outcome, Payload,
    PlanRecord, Role, SentRequest, ServiceInfo, StepEnd, StepRecord, Target, Timing, WireError,
    WireErrorKind,
};
use interop::scenario::{Scenario, ScenarioId};
use std::collections::BTreeMap;

pub const NONCE: &str = "k3j9x0q2m5v8b1n4z7c6";

#[derive(Clone)]
pub struct Spoken {
    /// One a repeat.
    answers: Vec<Result<Answer, WireError>>,
    capture: Option<(String, String)>,
    bindings: BTreeMap<String, Binding>,
    reading: String,
    reach: String,
    sent: String,
    target: String,
    day: String,
}

#[expect(clippy::unnecessary_wraps, reason = "what a repeat holds")]
pub fn answer(status: u16, body: &str) -> Result<Answer, WireError> {
    Ok(Answer {
        interim: Vec::new(),
        status,
        reason: String::new(),
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: Payload::from_bytes(body.as_bytes(), body.len() as u64, false),
    })
}

/// The same answer in three repeats.
pub fn one_step(status: u16, body: &str) -> Spoken {
    Spoken::of(vec![answer(status, body); 3])
}

impl Spoken {
    pub fn of(answers: Vec<Result<Answer, WireError>>) -> Self {
        Self {
            answers,
            capture: None,
            bindings: BTreeMap::new(),
            reading: String::new(),
            reach: "[200, 201, 202]".to_owned(),
            sent: String::new(),
            target: "/things".to_owned(),
            day: String::new(),
        }
    }

    /// What the request carries.
    pub fn sends(mut self, text: &str) -> Self {
        text.clone_into(&mut self.sent);
        self
    }

    /// When the requests were sent: the date alone.
    pub fn on(mut self, day: &str) -> Self {
        day.clone_into(&mut self.day);
        self
    }

    /// Path and query of the request.
    pub fn asks(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    pub fn broken() -> Self {
        Self::of(vec![
            Err(WireError {
                kind: WireErrorKind::Reset,
                detail: String::new()
            });
            3
        ])
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads as a list of headers")]
    pub fn header(mut self, header: (String, String)) -> Self {
        for answer in self.answers.iter_mut().flatten() {
            answer.headers.push(header.clone());
        }
        self
    }

    pub fn capture(mut self, name: &str, at: &str) -> Self {
        self.capture = Some((name.into(), at.into()));
        self
    }

    /// The statuses that its step is about.
    pub fn reaches(mut self, statuses: &str) -> Self {
        statuses.clone_into(&mut self.reach);
        self
    }

    /// More lines of the step: how its answer is read.
    pub fn read_as(mut self, lines: &str) -> Self {
        self.reading = format!("{lines}\n");
        self
    }

    pub fn binding(mut self, document: &str, name: &str) -> Self {
        let binding = Binding {
            id: "42".into(),
            name: name.into(),
            document: serde_json::from_str(document).unwrap(),
            chosen: "profile".into(),
        };
        self.bindings.insert("flavor.small".into(), binding);
        self
    }

    fn scenario(&self) -> Scenario {
        let (capture, used) = match &self.capture {
            Some((name, at)) => (
                format!("capture = {{ {name} = \"{at}\" }}\n"),
                format!("\n[[step]]\nid = \"again\"\nrequest = \"GET /again/{{{{ {name} }}}}\"\n"),
            ),
            None => (String::new(), String::new()),
        };
        let text = format!(
            "title = \"t\"\nwhy = \"w\"\nservice = \"compute\"\nrefs = [\"https://example.org\"]\n\n[[step]]\nid = \"ask\"\n\
             request = \"GET /things\"\nreach = {{ status = {} }}\n{}{capture}{used}",
            self.reach, self.reading
        );
        Scenario::parse(ScenarioId("compute/thing/ask".into()), "ask.toml", &text).unwrap()
    }

    fn labelled(&self, scenario: &Scenario) -> observe::Labelled {
        let executions = (1..).zip(&self.answers).map(|(repeat, answer)| {
            let mut execution = execution(repeat, answer, (&self.target, &self.sent));
            for exchange in &mut execution.exchanges {
                exchange.sent.clone_from(&self.day);
            }
            execution
        });
        labelled(scenario, executions, &self.bindings)
    }
}

/// What repeats on one cloud come to.
fn labelled(
    scenario: &Scenario,
    executions: impl Iterator<Item = Execution>,
    bindings: &BTreeMap<String, Binding>,
) -> observe::Labelled {
    let service = ServiceInfo {
        catalog_type: "compute".into(),
        endpoint: "http://cloud".into(),
        root: "http://cloud".into(),
        ..ServiceInfo::default()
    };
    let header = Header {
        format: 1,
        tool_version: String::new(),
        language: 1,
        run: String::new(),
        started: String::new(),
        private: true,
        cloud: CloudInfo {
            name: "cloud".into(),
            family: "openstack".into(),
            target: Target::default(),
            discovery: Discovery {
                services: [("compute".to_owned(), service)].into(),
                bindings: bindings.clone(),
                ..Discovery::default()
            },
        },
        scenarios: BTreeMap::new(),
        plan: PlanRecord::default(),
        later: BTreeMap::new(),
        runs: BTreeMap::new(),
        noise: None,
    };
    let observed: Vec<_> = executions
        .map(|execution| {
            let seen = observe::observe(&header, scenario, &execution);
            (1, execution.repeat, seen)
        })
        .collect();
    observe::label(&observed)
}

fn execution(
    repeat: u32,
    answer: &Result<Answer, WireError>,
    (target, sent): (&str, &str),
) -> Execution {
    repeated(
        repeat,
        vec![("ask", StepEnd::Done)],
        vec![exchange("ask", ("GET", target, sent), answer.clone())],
    )
}

fn repeated(repeat: u32, steps: Vec<(&str, StepEnd)>, exchanges: Vec<Exchange>) -> Execution {
    let steps = steps.into_iter().map(|(step, end)| StepRecord {
        step: step.into(),
        rows: vec![],
        end,
    });
    Execution {
        scenario: "compute/thing/ask".into(),
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
        steps: steps.collect(),
        exchanges,
    }
}

fn exchange(
    step: &str,
    (method, target, sent): (&str, &str, &str),
    answer: Result<Answer, WireError>,
) -> Exchange {
    Exchange {
        step: step.into(),
        rows: vec![],
        attempt: 1,
        role: Role::Observed,
        user: "main".into(),
        service: "compute".into(),
        version: None,
        request: SentRequest {
            method: method.into(),
            origin: "http://cloud".into(),
            target: target.into(),
            headers: vec![],
            body: Payload::from_bytes(sent.as_bytes(), sent.len() as u64, false),
        },
        answer,
        sent: String::new(),
        timing: Timing::default(),
    }
}

/// A write and one read of it a repeat, fresh or still stale when its time was up.
pub fn probed(scenario: &Scenario, fresh: &[bool]) -> observe::Labelled {
    let executions = (1..).zip(fresh).map(|(repeat, fresh)| {
        let (count, end) = if *fresh {
            (1, StepEnd::Done)
        } else {
            (0, StepEnd::Deadline)
        };
        let counted = format!(r#"{{"count": {count}}}"#);
        let mut read = exchange("write.read", ("GET", "/things", ""), answer(200, &counted));
        read.timing.at_us = 90_000_000;
        let write = exchange("write", ("POST", "/things", ""), answer(201, "{}"));
        let steps = vec![("write", StepEnd::Done), ("write.read", end)];
        repeated(repeat, steps, vec![write, read])
    });
    labelled(scenario, executions, &BTreeMap::new())
}

/// Three requests at once a repeat, with their statuses.
pub fn raced(scenario: &Scenario, repeats: &[[u16; 3]]) -> observe::Labelled {
    let executions = (1..).zip(repeats).map(|(repeat, statuses)| {
        let sent = (1..).zip(statuses).map(|(attempt, status)| Exchange {
            attempt,
            ..exchange("make.post", ("POST", "/things", ""), answer(*status, "{}"))
        });
        let steps = vec![("make.post", StepEnd::Done)];
        repeated(repeat, steps, sent.collect())
    });
    labelled(scenario, executions, &BTreeMap::new())
}

pub fn compared(a: &Spoken, b: &Spoken) -> ScenarioPair {
    let scenario = a.scenario();
    compare_scenario(&scenario, &a.labelled(&scenario), &b.labelled(&scenario))
}

pub fn differences(a: &Spoken, b: &Spoken) -> Vec<Difference> {
    compared(a, b).differences
}
