//! Small hand-made values that tests of judging and of reports share, and tests of judging whole.

use crate::compare::{Asker, Difference, EvidenceRef, Kind};
use crate::judge::{Cause, Consumer, Finding, Impact, Side};

pub fn difference(operation: &str, place: &str, kind: Kind, a: &str, b: &str) -> Difference {
    Difference {
        scenario: "compute/server/create".into(),
        service: "compute".into(),
        operation: operation.into(),
        place: place.into(),
        kind,
        asker: Asker::Owner,
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
        costs_data: false,
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
        unproven: vec![],
    }
}

mod whole {
    use super::difference;
    use crate::compare::{Difference, EvidenceRef, Kind, PairResult, State, StepState, Unstable};
    use crate::judge::{
        Cause, CloudInput, End, Evidence, Finding, Impact, Inputs, NoEvidence, Report, Rules,
        ScenarioInfo, Waivers, judge,
    };
    use crate::recording::{
        Answer, CloudInfo, Discovery, Exchange, Execution, FORMAT, Header, Outcome, Payload,
        PlanRecord, Role, ScenarioText, SentRequest, ServiceInfo, Target, Timing, Trailer,
    };
    use crate::scenario::{Proven, ScenarioId};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn header(name: &str, high: &str) -> Header {
        let scenario = ScenarioText {
            source: String::new(),
            request_hash: "aa".into(),
            reading_hash: "bb".into(),
        };
        Header {
            format: FORMAT,
            tool_version: "0.1.0".into(),
            language: 1,
            run: "20261123-100000-abcd".into(),
            started: "2026-11-23T10:00:00Z".into(),
            private: true,
            cloud: CloudInfo {
                name: name.into(),
                family: "openstack".into(),
                target: Target::default(),
                discovery: Discovery {
                    services: [(
                        "compute".to_owned(),
                        ServiceInfo {
                            microversion: Some(("2.1".into(), high.into())),
                            ..ServiceInfo::default()
                        },
                    )]
                    .into(),
                    ..Discovery::default()
                },
            },
            scenarios: [("compute/server/create".to_owned(), scenario)].into(),
            later: BTreeMap::new(),
            runs: BTreeMap::new(),
            noise: None,
            plan: PlanRecord {
                repeats: 3,
                selected: vec!["compute/server/create".into()],
                ..PlanRecord::default()
            },
        }
    }

    fn step(name: &str, state: State, because_of: Option<usize>) -> StepState {
        StepState {
            scenario: "compute/server/create".into(),
            service: "compute".into(),
            step: name.into(),
            rows: vec![],
            state,
            why: String::new(),
            because_of,
        }
    }

    fn differences() -> Vec<Difference> {
        let in_row = |row: &str, d: Difference| Difference {
            rows: vec![row.into()],
            ..d
        };
        vec![
            in_row(
                "long",
                difference(
                    "POST /servers",
                    "status",
                    Kind::AcceptedRefused,
                    "202",
                    "400",
                ),
            ),
            in_row(
                "empty",
                difference(
                    "POST /servers",
                    "status",
                    Kind::AcceptedRefused,
                    "202",
                    "400",
                ),
            ),
            difference(
                "POST /servers",
                "status",
                Kind::AcceptedRefused,
                "202",
                "409",
            ),
            difference(
                "GET /servers/{}",
                "$.server.locked",
                Kind::FieldAdded,
                "absent",
                "false",
            ),
            difference(
                "GET /servers/{}",
                "$.server.name",
                Kind::Echo,
                "as sent",
                "trimmed",
            ),
        ]
    }

    fn mirrored(list: &[Difference]) -> Vec<Difference> {
        list.iter()
            .map(|d| Difference {
                kind: d.kind.mirrored(),
                a: d.b.clone(),
                b: d.a.clone(),
                repeats: (d.repeats.1, d.repeats.0),
                evidence: (d.evidence.1.clone(), d.evidence.0.clone()),
                ..d.clone()
            })
            .collect()
    }

    fn pair(a: usize, b: usize, differences: Vec<Difference>) -> PairResult {
        PairResult {
            a,
            b,
            differences,
            steps: vec![
                step("create", State::Differs, None),
                step("boot", State::Blocked, Some(1)),
            ],
            places: 100,
            mixed: 2,
            ..PairResult::default()
        }
    }

    fn report(headers: &[Header], pairs: &[PairResult], waivers: &str) -> Report {
        report_with(headers, pairs, waivers, &NoEvidence, &[])
    }

    fn report_with(
        headers: &[Header],
        pairs: &[PairResult],
        waivers: &str,
        evidence: &dyn Evidence,
        unstable: &[Unstable],
    ) -> Report {
        let trailer = Trailer::default();
        let noise = crate::observe::Noise::default();
        let clouds: Vec<_> = headers
            .iter()
            .map(|header| CloudInput {
                header,
                trailer: Some(&trailer),
                executions: 3,
                set_aside: 0,
                untested: false,
                unstable,
                measured: &[],
                noise: &noise,
            })
            .collect();
        let scenarios: BTreeMap<_, _> = [(
            "compute/server/create".to_owned(),
            ScenarioInfo {
                title: "A server is made".into(),
                service: "compute".into(),
            },
        )]
        .into();
        judge(&Inputs {
            clouds: &clouds,
            pairs,
            scenarios: &scenarios,
            evidence,
            rules: &Rules::embedded().unwrap(),
            waivers: &Waivers::read([("waivers.toml", waivers)], "2026-11-23").unwrap(),
            baseline: None,
            proven: &proven(),
            as_of: "2026-11-23",
            fail_on: Impact::Breaks,
            tool_version: "0.1.0",
        })
        .unwrap()
    }

    /// The scenario ran through on the one cloud's kind, in this form and in an earlier one on the other's.
    fn proven() -> Proven {
        let mut proven = Proven::default();
        let id = || ScenarioId("compute/server/create".into());
        proven.add(id(), "aa".into(), "openstack compute 2.96".into());
        proven.add(id(), "a0".into(), "openstack compute 2.79".into());
        proven
    }

    #[test]
    fn a_finding_says_which_clouds_its_scenario_never_ran_on_the_like_of() {
        let headers = [header("private", "2.96"), header("public", "2.79")];
        let report = report(&headers, &[pair(0, 1, differences())], "");
        assert_eq!(report.clouds[1].kind, "openstack compute 2.79");
        let seen: Vec<_> = report
            .findings
            .iter()
            .filter(|f| !f.scenarios.is_empty())
            .collect();
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|f| f.unproven == ["public"]));
        let discovered = report.findings.iter().find(|f| f.scenarios.is_empty());
        assert!(discovered.unwrap().unproven.is_empty());
    }

    fn two() -> [Header; 2] {
        [header("private", "2.96"), header("public", "2.96")]
    }

    #[test]
    fn nothing_different_gives_no_finding() {
        let report = report(
            &two(),
            &[PairResult {
                b: 1,
                places: 9,
                ..PairResult::default()
            }],
            "",
        );
        assert!(report.findings.is_empty());
        assert_eq!(report.ends, [End::Compared]);
    }

    #[test]
    fn nothing_compared_is_not_success() {
        let report = report(
            &two(),
            &[PairResult {
                b: 1,
                ..PairResult::default()
            }],
            "",
        );
        assert_eq!(report.ends, [End::Unobserved]);
    }

    #[test]
    fn differences_of_one_cause_are_one_finding_with_its_consequences() {
        let report = report(&two(), &[pair(0, 1, differences())], "");
        assert_eq!(report.findings.len(), 4);
        let breaking = &report.findings[..2];
        let finding = breaking.iter().find(|f| f.differences == 2).unwrap();
        assert_eq!(finding.exchanges, 6);
        assert_eq!(finding.examples.len(), 2);
        assert_eq!(
            finding.steps,
            [
                "compute/server/create#create[empty]",
                "compute/server/create#create[long]"
            ]
        );
        assert_eq!(finding.consequences, ["compute/server/create#boot"]);
        assert_eq!(
            finding.summary,
            "public refuses `POST /servers` with 400; private accepts it with 202."
        );
        let other = breaking.iter().find(|f| f.differences == 1).unwrap();
        assert_eq!(finding.id, other.id);
        assert_ne!(finding.values, other.values);
        assert_eq!(report.ends, [End::Findings]);
        assert_eq!(report.pairs[0].forward[&Impact::Breaks], 2);
        assert_eq!(report.pairs[0].back[&Impact::Breaks], 1);
        assert_eq!(
            report.scenarios[0].states["private → public"].0,
            State::Differs
        );
        assert_eq!(report.scenarios[0].title, "A server is made");
    }

    #[test]
    fn a_field_that_only_b_has_breaks_the_way_back_and_is_told_from_its_side() {
        let report = report(&two(), &[pair(0, 1, differences())], "");
        let added = report
            .findings
            .iter()
            .find(|f| f.kind == Kind::FieldAdded)
            .unwrap();
        assert_eq!((added.forward, added.back), (Impact::None, Impact::Breaks));
        assert_eq!(
            added.summary,
            "`$.server.locked` of `GET /servers/{}` is not there on private; public sends it."
        );
    }

    type Seen<'a> = (&'a str, &'a str, &'a str, Impact, Impact, &'a str);

    #[test]
    fn the_other_direction_is_the_mirror_image() {
        let there = report(&two(), &[pair(0, 1, differences())], "");
        let [a, b] = two();
        let back = report(&[b, a], &[pair(0, 1, mirrored(&differences()))], "");
        let keys = |report: &'_ Report, swap: bool| {
            let mut keys: Vec<_> = report
                .findings
                .iter()
                .map(|f| {
                    let (to, fro) = if swap {
                        (f.back, f.forward)
                    } else {
                        (f.forward, f.back)
                    };
                    let seen: Seen<'_> = (&f.id, &f.values, &f.rule, to, fro, &f.summary);
                    format!("{seen:?}")
                })
                .collect();
            keys.sort();
            keys
        };
        // a rule that reads the same from both sides names the clouds in the order given
        let symmetric = |key: &String| key.contains("as sent");
        let (there_keys, back_keys) = (keys(&there, false), keys(&back, true));
        for (l, r) in there_keys.iter().zip(&back_keys) {
            if symmetric(l) {
                assert_eq!(l.split(", \"`").next(), r.split(", \"`").next());
            } else {
                assert_eq!(l, r);
            }
        }
        assert_eq!(there_keys.len(), back_keys.len());
        assert_eq!(there.pairs[0].forward, back.pairs[0].back);
    }

    #[test]
    fn the_order_of_differences_changes_nothing() {
        let mut reversed = pair(0, 1, differences());
        reversed.differences.reverse();
        reversed.steps[1].because_of = Some(3);
        let one = report(&two(), &[pair(0, 1, differences())], "");
        let other = report(&two(), &[reversed], "");
        assert_eq!(
            serde_json::to_string(&one).unwrap(),
            serde_json::to_string(&other).unwrap()
        );
    }

    #[test]
    fn three_clouds_restricted_to_two_are_their_pairwise_diff() {
        let clouds = [
            header("a", "2.96"),
            header("b", "2.96"),
            header("c", "2.79"),
        ];
        let pairs = [
            pair(0, 1, differences()),
            pair(0, 2, mirrored(&differences())),
            pair(1, 2, vec![]),
        ];
        let all = report(&clouds, &pairs, "");
        let alone = report(
            &[clouds[0].clone(), clouds[2].clone()],
            &[PairResult {
                b: 1,
                ..pairs[1].clone()
            }],
            "",
        );
        let of_pair = |report: &Report| -> Vec<String> {
            let in_pair = |f: &&Finding| f.a.cloud == "a" && f.b.cloud == "c";
            report
                .findings
                .iter()
                .filter(in_pair)
                .map(|f| serde_json::to_string(f).unwrap())
                .collect()
        };
        assert_eq!(of_pair(&all), of_pair(&alone));
        assert!(!of_pair(&alone).is_empty());
    }

    #[test]
    fn a_lower_microversion_is_found_before_any_scenario() {
        let clouds = [header("private", "2.96"), header("public", "2.79")];
        let report = report(&clouds, &[pair(0, 1, vec![])], "");
        assert_eq!(report.findings.len(), 1);
        let finding = &report.findings[0];
        assert_eq!(finding.rule, "microversion-lower");
        assert_eq!(finding.cause, Cause::Microversion);
        assert!(finding.scenarios.is_empty() && finding.steps.is_empty());
    }

    #[test]
    fn a_waiver_takes_a_finding_out_of_the_count() {
        let open = report(&two(), &[pair(0, 1, differences())], "");
        let breaking: Vec<_> = open
            .findings
            .iter()
            .filter(|f| f.forward.max(f.back) == Impact::Breaks)
            .map(|f| {
                format!(
                    "[[waiver]]\nid = \"{}\"\nvalues = \"{}\"\nwhy = \"w\"\nwho = \"me\"\n",
                    f.id, f.values
                )
            })
            .collect();
        let waived = report(&two(), &[pair(0, 1, differences())], &breaking.concat());
        assert_eq!(waived.waived.len(), 3);
        assert_eq!(waived.findings.len(), 1);
        assert_eq!(waived.ends, [End::Compared]);
        assert_eq!(waived.pairs[0].forward.get(&Impact::Breaks), None);
    }

    #[test]
    fn unconfirmed_differences_do_not_gate() {
        let unconfirmed = PairResult {
            unconfirmed: differences(),
            ..pair(0, 1, vec![])
        };
        let report = report(
            &two(),
            &[PairResult {
                steps: vec![],
                ..unconfirmed
            }],
            "",
        );
        assert!(report.findings.is_empty());
        assert_eq!(report.unconfirmed.len(), 4);
        assert_eq!(report.ends, [End::Compared]);
    }

    #[test]
    fn the_instability_of_each_cloud_is_listed() {
        let unstable = Unstable {
            scenario: "compute/server/create".into(),
            service: "compute".into(),
            step: "create".into(),
            rows: vec!["long".into()],
            operation: "POST /servers".into(),
            place: "status".into(),
            seen: vec![("202".into(), 2), ("503".into(), 1)],
            known: false,
        };
        let report = report_with(&two(), &[pair(0, 1, vec![])], "", &NoEvidence, &[unstable]);
        assert_eq!(report.instability.len(), 2);
        assert_eq!(report.instability[0].step, "create[long]");
        assert_eq!(report.ends, [End::Compared]);
    }

    /// Answers by cloud: status, content type, body, version.
    struct Recorded([(u16, &'static str, &'static str, Option<&'static str>); 2]);

    impl Evidence for Recorded {
        fn execution(&self, cloud: usize, _: &str, _: &EvidenceRef) -> Option<Arc<Execution>> {
            let (status, content, body, version) = self.0[cloud];
            let exchange = Exchange {
                step: "create".into(),
                rows: vec![],
                attempt: 1,
                role: Role::Observed,
                user: "main".into(),
                service: "compute".into(),
                version: version.map(str::to_owned),
                request: SentRequest {
                    method: "POST".into(),
                    origin: "http://c".into(),
                    target: "/servers".into(),
                    headers: vec![],
                    body: Payload::default(),
                },
                answer: Ok(Answer {
                    interim: Vec::new(),
                    status,
                    reason: String::new(),
                    headers: vec![("Content-Type".into(), content.into())],
                    body: Payload {
                        text: Some(body.into()),
                        length: body.len() as u64,
                        ..Payload::default()
                    },
                }),
                sent: String::new(),
                timing: Timing::default(),
            };
            Some(Arc::new(Execution {
                scenario: "compute/server/create".into(),
                request_hash: String::new(),
                round: 1,
                repeat: 1,
                attempt: 0,
                run: None,
                nonce: String::new(),
                started: String::new(),
                took_ms: 0,
                fixtures: BTreeMap::new(),
                outcome: Outcome::Done,
                steps: vec![],
                exchanges: vec![exchange],
            }))
        }
    }

    fn cause(a: Answered, b: Answered) -> Cause {
        let difference = Difference {
            evidence: (seen(), seen()),
            ..difference(
                "POST /servers",
                "status",
                Kind::AcceptedRefused,
                "202",
                "409",
            )
        };
        let report = report_with(
            &two(),
            &[pair(0, 1, vec![difference])],
            "",
            &Recorded([a, b]),
            &[],
        );
        let example = &report.findings[0].examples[0];
        assert!(example.a.answer.starts_with("HTTP/1.1"));
        assert!(!example.b.curl.is_empty());
        report.findings[0].cause
    }

    type Answered = (u16, &'static str, &'static str, Option<&'static str>);

    fn seen() -> EvidenceRef {
        EvidenceRef {
            round: 1,
            repeat: 1,
            exchange: Some(0),
        }
    }

    #[test]
    fn a_cause_is_named_only_where_the_evidence_shows_it() {
        let json = "application/json";
        let good = (202, json, "{}", None);
        assert_eq!(cause(good, (409, json, "{}", None)), Cause::Unknown);
        assert_eq!(
            cause(good, (409, json, "{\"m\":\"Quota exceeded\"}", None)),
            Cause::Quota
        );
        assert_eq!(
            cause(good, (409, "text/html", "<h1>no</h1>", None)),
            Cause::FrontEnd
        );
        assert_eq!(
            cause(
                (202, json, "{}", Some("2.96")),
                (409, json, "{}", Some("2.79"))
            ),
            Cause::Microversion
        );
        assert_eq!(
            cause(
                (202, json, "{}", Some("2.79")),
                (409, json, "{}", Some("2.79"))
            ),
            Cause::Unknown
        );
    }
}
