//! Small hand-made values that tests of judging and of reports share, and tests of judging whole.

use crate::compare::{Difference, EvidenceRef, Kind};
use crate::judge::{Cause, Consumer, Finding, Impact, Side};

pub fn difference(operation: &str, place: &str, kind: Kind, a: &str, b: &str) -> Difference {
    Difference {
        scenario: "compute/server/create".into(),
        service: "compute".into(),
        operation: operation.into(),
        place: place.into(),
        kind,
        a: a.into(),
        b: b.into(),
        step: "create".into(),
        rows: vec![],
        repeats: (3, 3),
        evidence: (EvidenceRef::default(), EvidenceRef::default()),
    }
}

pub fn finding(id: &str, values: &str) -> Finding {
    Finding {
        id: id.into(),
        values: values.into(),
        rule: "validation-stricter".into(),
        title: "Refuses what the other cloud accepts".into(),
        service: "compute".into(),
        operation: "POST /servers".into(),
        place: "status".into(),
        kind: Kind::AcceptedRefused,
        a: Side {
            cloud: "private".into(),
            value: "202".into(),
        },
        b: Side {
            cloud: "public".into(),
            value: "400".into(),
        },
        forward: Impact::Breaks,
        back: Impact::Drifts,
        consumers: vec![Consumer::Raw, Consumer::Sdk, Consumer::Terraform],
        cause: Cause::Unknown,
        summary: "public refuses `POST /servers` with 400; private accepts it with 202.".into(),
        explanation: "A client that depends on it stops there.".into(),
        witness: None,
        references: vec![],
        scenarios: vec!["compute/server/create".into()],
        steps: vec!["compute/server/create#create".into()],
        exchanges: 3,
        differences: 1,
        repeats: (3, 3),
        consequences: vec![],
        examples: vec![],
        untested: false,
    }
}
