//! One scenario, several APIs: clouds of two families are compared by the names that the scenario has for what it sees.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails here")]

mod cloud;

use cloud::{Cloud, ID};
use interop::cli::reading::{self, Choices};
use interop::compare::{Comparison, Difference, Kind, State, calibrate, compare};
use interop::judge::{Impact, Report, Waivers};
use interop::recording::Recording;
use interop::scenario::{Scenario, ScenarioId};

const TEXT: &str = include_str!("lifecycle.toml");

/// A first state for longer than a poll looks away, and a last one.
fn long(first: (u16, String), last: (u16, String)) -> Vec<(u16, String)> {
    let mut answers = vec![first; 6];
    answers.push(last);
    answers
}

fn openstack() -> Cloud {
    let server = |status: &str| {
        format!(r#"{{"server": {{"id": "1", "status": "{status}", "ram": 512, "name": "n"}}}}"#)
    };
    Cloud {
        name: "private",
        family: "openstack",
        service: "compute",
        answers: vec![
            ("network", vec![(200, "{}".into())]),
            ("create", vec![(202, r#"{"server": {"id": "1"}}"#.into())]),
            (
                "boot",
                long((200, server("BUILD")), (200, server("ACTIVE"))),
            ),
            ("show", vec![(200, server("ACTIVE"))]),
            (
                "missing",
                vec![(
                    404,
                    r#"{"itemNotFound": {"code": 404, "message": "no"}}"#.into(),
                )],
            ),
        ],
        blocked: vec![],
    }
}

fn ec2() -> Cloud {
    let instance = |state: &str| {
        format!(
            "<Reply><instance><id>i-1</id><state>{state}</state><memory>524288</memory></instance></Reply>"
        )
    };
    Cloud {
        name: "public",
        family: "ec2",
        service: "ec2",
        answers: vec![
            ("run", vec![(200, instance("pending"))]),
            (
                "wait",
                long((200, instance("pending")), (200, instance("running"))),
            ),
            ("describe", vec![(200, instance("running"))]),
            (
                "unknown",
                vec![(
                    400,
                    "<Response><Error><Code>InvalidInstanceID.NotFound</Code><Message>no</Message></Error></Response>".into(),
                )],
            ),
        ],
        blocked: vec![],
    }
}

fn compared(clouds: &[&Cloud]) -> Comparison {
    compare(&recordings(clouds), &[], &reading::parse).unwrap()
}

fn recordings(clouds: &[&Cloud]) -> Vec<Recording> {
    clouds.iter().map(|cloud| cloud.recording(TEXT)).collect()
}

fn report(clouds: &[&Cloud]) -> Report {
    let choices = Choices {
        waivers: Waivers::default(),
        baseline: None,
        as_of: "2026-11-26".into(),
        fail_on: Impact::Breaks,
        untested: vec![],
    };
    reading::report(&recordings(clouds), &choices).unwrap()
}

fn differences(a: &Cloud, b: &Cloud) -> Vec<Difference> {
    compared(&[a, b]).pairs.remove(0).differences
}

/// Place, kind and both values.
fn told(a: &Cloud, b: &Cloud) -> Vec<(String, Kind, String, String)> {
    differences(a, b)
        .into_iter()
        .map(|d| (d.place, d.kind, d.a, d.b))
        .collect()
}

fn one(place: &str, kind: Kind, a: &str, b: &str) -> Vec<(String, Kind, String, String)> {
    vec![(place.into(), kind, a.into(), b.into())]
}

#[test]
fn two_clouds_that_mean_the_same_in_other_words_are_silent() {
    assert_eq!(told(&openstack(), &ec2()), []);
    let found = compared(&[&openstack(), &ec2()]);
    let states: Vec<State> = found.pairs[0].steps.iter().map(|step| step.state).collect();
    assert_eq!(states, vec![State::Same; 6], "{:?}", found.pairs[0].steps);
}

#[test]
fn another_state_is_found_in_the_words_of_the_map_and_breaks_both_ways() {
    let failed = ec2().but(
        "describe",
        &[(
            200,
            "<Reply><instance><state>stopped</state><memory>524288</memory></instance></Reply>",
        )],
    );
    assert_eq!(
        told(&openstack(), &failed),
        one("named state", Kind::Derived, "running", "unmapped: stopped")
    );
    let report = report(&[&openstack(), &failed]);
    let finding = &report.findings[0];
    assert_eq!(
        (finding.service.as_str(), finding.operation.as_str()),
        ("portable", ID)
    );
    assert_eq!(finding.rule, "status-value-changed");
    assert_eq!(
        (finding.forward, finding.back),
        (Impact::Breaks, Impact::Breaks)
    );
    let example = &finding.examples[0];
    assert!(example.a.answer.contains("ACTIVE"), "{:?}", example.a);
    assert!(example.b.answer.contains("stopped"), "{:?}", example.b);
}

#[test]
fn what_is_refused_on_one_cloud_breaks_who_moves_there_and_says_what_else_it_hides() {
    let refusing = ec2()
        .but(
            "run",
            &[(
                400,
                "<Response><Error><Code>InstanceLimitExceeded</Code></Error></Response>",
            )],
        )
        .without("wait", "instance")
        .without("describe", "instance");
    assert_eq!(
        told(&openstack(), &refusing),
        one("named create", Kind::AcceptedRefused, "accepted", "quota")
    );
    assert_eq!(
        told(&refusing, &openstack()),
        one("named create", Kind::RefusedAccepted, "quota", "accepted")
    );
    let report = report(&[&openstack(), &refusing]);
    let finding = &report.findings[0];
    assert_eq!(finding.rule, "portable-refused");
    assert_eq!(
        (finding.forward, finding.back),
        (Impact::Breaks, Impact::Drifts)
    );
    assert_eq!(
        finding.consequences,
        [
            format!("{ID}#memory"),
            format!("{ID}#named"),
            format!("{ID}#state"),
            format!("{ID}#states"),
        ]
    );
}

#[test]
fn a_state_that_only_one_cloud_passes_for_long_is_a_difference_of_the_sequence() {
    let through =
        |state: &str| format!("<Reply><instance><state>{state}</state></instance></Reply>");
    let (odd, on) = (through("rebooting"), through("running"));
    let mut answers = vec![(200, odd.as_str()); 6];
    answers.push((200, &on));
    let other = ec2().but("wait", &answers);
    let found = told(&openstack(), &other);
    assert_eq!(
        found,
        one(
            "named states",
            Kind::States,
            "starting → running",
            "unmapped: rebooting → running"
        )
    );
}

#[test]
fn two_reasons_of_a_refusal_are_told_apart_by_their_meaning() {
    let other = ec2().but(
        "unknown",
        &[(
            400,
            "<Response><Error><Code>InvalidInstanceID.Malformed</Code></Error></Response>",
        )],
    );
    assert_eq!(
        told(&openstack(), &other),
        one("named missing", Kind::ErrorStatus, "not-found", "invalid")
    );
    assert_eq!(
        report(&[&openstack(), &other]).findings[0].rule,
        "portable-refusal-changed"
    );
}

#[test]
fn a_set_up_that_one_cloud_refuses_is_said_once_and_nothing_after_it_is_compared() {
    let bare = openstack().but("network", &[(403, "{}")]);
    assert_eq!(
        told(&bare, &ec2()),
        one(
            "reach",
            Kind::RefusedAccepted,
            "`network` not reached",
            "reached"
        )
    );
    let steps = compared(&[&bare, &ec2()]).pairs.remove(0).steps;
    assert!(
        steps.iter().all(|step| step.state == State::Blocked),
        "{steps:?}"
    );
    let both = compared(&[&bare, &bare.called("other")]).pairs.remove(0);
    assert_eq!(both.differences, []);
}

#[test]
fn clouds_of_one_family_are_compared_in_everything() {
    let other = openstack().called("third").but(
        "show",
        &[(
            200,
            r#"{"server": {"id": "1", "status": "SHUTOFF", "ram": 512, "name": "n", "more": 1}}"#,
        )],
    );
    let found: Vec<(String, String)> = differences(&openstack(), &other)
        .into_iter()
        .map(|d| (d.operation, d.place))
        .collect();
    let raw = |place: &str| ("GET /servers/{}".to_owned(), place.to_owned());
    assert_eq!(
        found,
        [
            raw("$.server.more"),
            raw("$.server.status"),
            (ID.to_owned(), "named state".to_owned())
        ]
    );
}

#[test]
fn the_name_of_a_finding_is_the_same_for_every_pair() {
    let off = openstack().called("third").but(
        "show",
        &[(
            200,
            r#"{"server": {"id": "1", "status": "SHUTOFF", "ram": 512, "name": "n"}}"#,
        )],
    );
    let report = report(&[&openstack(), &off, &ec2()]);
    let named: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.place == "named state")
        .collect();
    assert_eq!(named.len(), 2);
    assert_eq!(named[0].id, named[1].id);
}

#[test]
fn every_pair_of_three_is_what_it_is_alone_and_the_same_from_the_other_side() {
    let clouds = [
        openstack(),
        openstack().called("third").but("network", &[(403, "{}")]),
        ec2().but("run", &[(403, "")]),
    ];
    let all = compared(&clouds.each_ref());
    for pair in &all.pairs {
        let (a, b) = (&clouds[pair.a], &clouds[pair.b]);
        let alone = compared(&[a, b]).pairs.remove(0);
        assert_eq!(pair.differences, alone.differences);
        assert_eq!(pair.steps, alone.steps);
        let mut back = compared(&[b, a]).pairs.remove(0);
        assert_eq!((pair.places, pair.mixed), (back.places, back.mixed));
        for d in &mut back.differences {
            d.kind = d.kind.mirrored();
            std::mem::swap(&mut d.a, &mut d.b);
            std::mem::swap(&mut d.evidence.0, &mut d.evidence.1);
        }
        let sorted = |mut list: Vec<Difference>| {
            list.sort_by_key(|d| (d.step.clone(), d.place.clone()));
            list
        };
        assert_eq!(sorted(alone.differences), sorted(back.differences));
    }
}

#[test]
fn a_recording_against_itself_is_silent_on_either_family() {
    for cloud in [openstack(), ec2()] {
        let found = calibrate(
            &cloud.recording(TEXT),
            &interop::observe::Noise::default(),
            &reading::parse,
        )
        .unwrap();
        assert_eq!((found.scenarios, found.differences.len()), (1, 0));
    }
}

#[test]
fn the_report_counts_what_is_of_one_family_only_and_lists_none_of_it() {
    let text = report_of_skipped();
    let line = &text.not_compared[0];
    assert_eq!(line, "1 scenario of openstack only, 1 of s3 only");
    assert!(text.clouds.iter().all(|cloud| cloud.skipped.is_empty()));
    assert!(text.findings.is_empty(), "{:?}", text.findings);
}

/// An `OpenStack` cloud and an S3 store, each with a scenario that only the other can run.
fn report_of_skipped() -> Report {
    use interop::recording::{Skip, SkipKind};
    let skipping = |cloud: &Cloud, service: &str| {
        let recording = cloud.recording(TEXT);
        let mut header = recording.header().clone();
        let skip = Skip {
            kind: SkipKind::Unsupported,
            why: Skip::no_service(service),
        };
        header.plan.skipped.insert(format!("{service}/a/b"), skip);
        Recording::from_parts(header, recording.executions(ID).unwrap(), None)
    };
    let mut store = ec2();
    (store.family, store.service) = ("s3", "s3");
    let choices = Choices {
        waivers: Waivers::default(),
        baseline: None,
        as_of: "2026-11-26".into(),
        fail_on: Impact::Breaks,
        untested: vec![],
    };
    let recordings = [skipping(&openstack(), "s3"), skipping(&store, "compute")];
    reading::report(&recordings, &choices).unwrap()
}

#[test]
fn the_request_part_is_that_of_all_realisations() {
    let hashes = |text: &str| {
        let scenario = parse(text);
        for (family, one) in &scenario.on {
            assert_eq!(one.request_hash, scenario.request_hash, "{family}");
            assert_eq!(one.reading_hash, scenario.reading_hash, "{family}");
        }
        (scenario.request_hash, scenario.reading_hash)
    };
    let before = hashes(TEXT);
    for (sent, other) in [
        (
            "GET /servers/{{ missing.uuid }}",
            "HEAD /servers/{{ missing.uuid }}",
        ),
        ("{{ missing.hex }}", "{{ missing.name }}"),
    ] {
        let (request, _) = hashes(&TEXT.replace(sent, other));
        assert_ne!(request, before.0, "{sent}");
    }
    for read in ["pending = \"starting\"", "BUILD = \"starting\""] {
        let (request, reading) = hashes(&TEXT.replace(read, &format!("{read}, x = \"y\"")));
        assert_eq!(request, before.0, "{read}");
        assert_ne!(reading, before.1, "{read}");
    }
}

#[test]
fn a_cloud_runs_the_realisation_of_its_family_else_that_of_a_service_it_has() {
    let scenario = parse(TEXT);
    let on = |family: &str, services: &[&str]| {
        let has = |service: &str| services.contains(&service);
        let realised = scenario.realised(family, &has)?.realises.as_ref()?;
        Some(realised.family.clone())
    };
    assert_eq!(on("openstack", &["compute"]).as_deref(), Some("openstack"));
    assert_eq!(on("aws", &["ec2", "s3"]).as_deref(), Some("ec2"));
    assert_eq!(on("s3", &["s3"]), None);
}

fn parse(text: &str) -> Scenario {
    Scenario::parse(ScenarioId(ID.into()), "lifecycle.toml", text)
        .unwrap_or_else(|problems| panic!("{problems}"))
}
