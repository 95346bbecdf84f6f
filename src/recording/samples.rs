//! Values for this module's tests.

use super::*;
use serde_json::json;

pub(super) fn header() -> Header {
    Header {
        format: FIRST_FORMAT,
        tool_version: "0.1.0".to_owned(),
        language: 1,
        run: "20261123-065100-abcd".to_owned(),
        started: "2026-11-23T06:51:00Z".to_owned(),
        private: true,
        cloud: CloudInfo {
            name: "private".to_owned(),
            family: "openstack".to_owned(),
            target: Target {
                endpoint: "http://127.0.0.1:5000/v3".to_owned(),
                region: "RegionOne".to_owned(),
                project: "p1".to_owned(),
            },
            discovery: Discovery {
                capabilities: [(
                    "object-store.slo".to_owned(),
                    Capability::Absent("404 of /info".to_owned()),
                )]
                .into(),
                bindings: [(
                    "flavor.small".to_owned(),
                    Binding {
                        id: "1".to_owned(),
                        name: "m1.tiny".to_owned(),
                        document: json!({"id": "1", "ram": 512}),
                        chosen: "smallest".to_owned(),
                    },
                )]
                .into(),
                ..Discovery::default()
            },
        },
        scenarios: ["a/b/c", "a/b/d"]
            .map(|id| {
                (
                    id.to_owned(),
                    ScenarioText {
                        source: "title = \"…\"".to_owned(),
                        request_hash: "11".to_owned(),
                        reading_hash: "22".to_owned(),
                    },
                )
            })
            .into(),
        later: std::collections::BTreeMap::new(),
        runs: std::collections::BTreeMap::new(),
        noise: None,
        plan: PlanRecord {
            repeats: 2,
            concurrency: 4,
            selected: vec!["a/b/c".to_owned(), "a/b/d".to_owned()],
            skipped: [(
                "a/b/e".to_owned(),
                Skip {
                    kind: SkipKind::Hazard,
                    why: "probing".to_owned(),
                },
            )]
            .into(),
            clouds: vec!["private".to_owned(), "public".to_owned()],
            round: 1,
            shards: Vec::new(),
            later: std::collections::BTreeMap::new(),
        },
    }
}

pub(super) fn execution(scenario: &str, round: u32, repeat: u32) -> Execution {
    Execution {
        scenario: scenario.to_owned(),
        request_hash: "11".to_owned(),
        round,
        repeat,
        attempt: 0,
        run: None,
        nonce: "0123456789abcdefghij".to_owned(),
        started: "2026-11-23T06:51:01Z".to_owned(),
        took_ms: 12,
        fixtures: [("net.id".to_owned(), json!("n1"))].into(),
        outcome: Outcome::Done,
        steps: vec![StepRecord {
            step: "create".to_owned(),
            rows: vec!["empty".to_owned()],
            end: StepEnd::Done,
        }],
        exchanges: vec![exchange(), broken()],
    }
}

pub(super) fn exchange() -> Exchange {
    Exchange {
        step: "create".to_owned(),
        rows: vec!["empty".to_owned()],
        attempt: 1,
        role: Role::Observed,
        user: "main".to_owned(),
        service: "compute".to_owned(),
        version: Some("2.37".to_owned()),
        request: SentRequest {
            method: "POST".to_owned(),
            origin: "http://127.0.0.1:8774".to_owned(),
            target: "/v2.1/servers".to_owned(),
            headers: vec![("Accept".to_owned(), "*/*".to_owned())],
            body: Payload::from_bytes(b"{\"server\": {\"n\": 1.0}}", 22, false),
        },
        answer: Ok(Answer {
            interim: Vec::new(),
            status: 202,
            reason: "Accepted".to_owned(),
            headers: vec![
                ("X-A".to_owned(), "1".to_owned()),
                ("x-a".to_owned(), "2".to_owned()),
            ],
            body: Payload::from_bytes(&[0xff, 0], 2, false),
        }),
        sent: "2026-11-23T06:51:01.250Z".to_owned(),
        timing: Timing {
            at_us: 1,
            connected_us: 2,
            first_byte_us: 3,
            done_us: 4,
        },
    }
}

fn broken() -> Exchange {
    Exchange {
        role: Role::Undo,
        answer: Err(WireError {
            kind: WireErrorKind::Reset,
            detail: "connection reset".to_owned(),
        }),
        ..exchange()
    }
}
