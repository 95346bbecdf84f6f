//! Reports made by hand, rendered.

mod formats;

use super::*;
use crate::compare::{Asker, Difference, EvidenceRef, Kind, State};
use crate::judge::tests::finding;
use crate::judge::{
    Cause, CloudSummary, Consumer, Example, Finding, Impact, Instability, NoiseFile, NoiseRead,
    PairSummary, REPORT_FORMAT, Report, Rules, ScenarioResult, Shown, Side, Skipped, Waived, ends,
};
use crate::recording::{Skip, SkipKind};
use crate::stats::expected_false_findings;
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

const PLAIN: Style = Style {
    columns: 80,
    colour: Colour::Plain,
};

fn cloud(name: &str) -> CloudSummary {
    CloudSummary {
        name: name.into(),
        family: "openstack".into(),
        kind: "openstack compute 2.96".into(),
        endpoint: format!("https://identity.{name}.example/v3"),
        region: "one".into(),
        project: "p".into(),
        started: "2026-11-23T10:00:00Z".into(),
        took_ms: 723_000,
        critical_ms: 700_000,
        requests: 1204,
        executions: 120,
        set_aside: 2,
        repeats: 3,
        complete: true,
        roles: vec!["member".into()],
        bindings: BTreeMap::new(),
        microversions: BTreeMap::new(),
        left_behind: vec![],
        skipped: vec![],
        untested: false,
        noise: None,
    }
}

fn pair(a: &str, b: &str, findings: &[Finding]) -> PairSummary {
    let mut pair = PairSummary {
        a: a.into(),
        b: b.into(),
        forward: BTreeMap::new(),
        back: BTreeMap::new(),
        behaviours: [(State::Same, 380), (State::Differs, 1)].into(),
        places: 12_311,
        mixed: 9,
        noise: 0,
        hidden: 0,
        repeats: (3, 3),
        error_bound: expected_false_findings(12_311, 9, 3),
    };
    for f in findings.iter().filter(|f| f.a.cloud == a && f.b.cloud == b) {
        *pair.forward.entry(f.forward).or_default() += 1;
        *pair.back.entry(f.back).or_default() += 1;
    }
    pair
}

pub fn report(clouds: &[&str], findings: Vec<Finding>) -> Report {
    let mut pairs = Vec::new();
    for (n, a) in clouds.iter().enumerate() {
        for b in &clouds[n + 1..] {
            pairs.push(pair(a, b, &findings));
        }
    }
    Report {
        format: REPORT_FORMAT,
        tool_version: "0.1.0".into(),
        as_of: "2026-11-23".into(),
        suite: "1a2b3c4d5e6f".into(),
        clouds: clouds.iter().map(|name| cloud(name)).collect(),
        pairs,
        scenarios: vec![ScenarioResult {
            id: "compute/server/create".into(),
            title: "A server is made".into(),
            service: "compute".into(),
            states: [(
                "private → public".to_owned(),
                (State::Differs, String::new()),
            )]
            .into(),
            findings: vec![],
        }],
        findings,
        unconfirmed: vec![],
        waived: vec![],
        instability: vec![],
        noise: vec![],
        measured: vec![],
        changed_scenarios: vec![],
        not_compared: vec![
            "never looked at: what a workload sees inside its machine and on the wire".into(),
        ],
        unused_waivers: vec![],
        baseline: None,
        fail_on: Some(Impact::Breaks),
        ends: vec![],
    }
}

fn shown(cloud: &str, host: &str, answer: &str) -> Shown {
    Shown {
        cloud: cloud.into(),
        curl: vec![
            "curl -sSgi --path-as-is -X POST \"$COMPUTE/servers\" \\\n  -H \"X-Auth-Token: \
             $OS_TOKEN_MAIN\" \\\n  --data-raw '{\"server\":{\"name\":\"\"}}'"
                .into(),
        ],
        variables: [
            ("COMPUTE".to_owned(), format!("https://{host}/v2.1")),
            ("OS_TOKEN_MAIN".to_owned(), "a token".to_owned()),
        ]
        .into(),
        request: "POST /v2.1/servers HTTP/1.1\n\n{\n  \"server\": {}\n}".into(),
        answer: answer.into(),
    }
}

pub fn breaking() -> Finding {
    let sample = Difference {
        scenario: "compute/server/create".into(),
        service: "compute".into(),
        operation: "POST /servers".into(),
        place: "status".into(),
        kind: Kind::AcceptedRefused,
        asker: Asker::Owner,
        a: "202".into(),
        b: "400".into(),
        step: "create".into(),
        rows: vec!["empty".into()],
        repeats: (3, 3),
        evidence: (EvidenceRef::default(), EvidenceRef::default()),
    };
    Finding {
        explanation: "The same request is accepted on private in all repeats and refused on \
                      public in all repeats. A client that depends on it stops there, however \
                      well it handles errors: there is nothing to fall back to."
            .into(),
        witness: Some("server = create(name=\"\")\n# private: a server    public: 400".into()),
        references: vec!["https://www.rfc-editor.org/rfc/rfc9110#name-client-error-4xx".into()],
        steps: vec![
            "compute/server/create#create[empty]".into(),
            "compute/server/create#create[long]".into(),
        ],
        consequences: vec!["compute/server/create#boot".into()],
        differences: 2,
        exchanges: 6,
        examples: vec![Example {
            difference: sample,
            a: shown("private", "private.example", "HTTP/1.1 202 Accepted\n\n{}"),
            b: shown(
                "public",
                "compute.public.example",
                "HTTP/1.1 400 Bad Request",
            ),
        }],
        ..finding("sagpz2umf4", "vrswta")
    }
}

fn other(
    id: &str,
    service: &str,
    place: (&str, &str),
    values: (&str, &str),
    impacts: (Impact, Impact),
) -> Finding {
    Finding {
        service: service.into(),
        operation: place.0.into(),
        place: place.1.into(),
        kind: Kind::Value,
        rule: "value-changed".into(),
        a: Side {
            cloud: "private".into(),
            value: values.0.into(),
        },
        b: Side {
            cloud: "public".into(),
            value: values.1.into(),
        },
        forward: impacts.0,
        back: impacts.1,
        costs_data: false,
        consumers: vec![Consumer::Raw, Consumer::Sdk],
        cause: Cause::Unknown,
        summary: format!(
            "`{}` of `{}` is {} on private and {} on public.",
            place.1, place.0, values.0, values.1
        ),
        ..finding(id, "aaaaaa")
    }
}

pub fn many() -> Report {
    use Impact::{Breaks, Cosmetic, Degrades, Drifts, None};
    let mut findings = vec![breaking()];
    findings.push(other(
        "capability",
        "object-store",
        ("discovery", "service object-store"),
        ("present", "absent"),
        (Breaks, None),
    ));
    findings.push(other(
        "statesxxxx",
        "compute",
        ("GET /servers/{}", "states"),
        ("BUILD → ACTIVE", "BUILD → SHUTOFF → ACTIVE"),
        (Breaks, Breaks),
    ));
    findings.push(other(
        "fieldadded",
        "image",
        ("GET /images/{}", "$.os_hash_value"),
        ("absent", "‹hex 128›"),
        (None, Breaks),
    ));
    for n in 0..9 {
        findings.push(other(
            &format!("degrade{n:03}"),
            "network",
            ("POST /networks", &format!("$.network.field_{n}")),
            ("1450", "1500"),
            (Degrades, Degrades),
        ));
    }
    findings.push(other(
        "headerxxxx",
        "identity",
        ("identity *", "header vary"),
        ("X-Auth-Token", "absent"),
        (Drifts, None),
    ));
    findings.push(other(
        "messagexxx",
        "compute",
        ("POST /servers", "$.badRequest.message"),
        ("Invalid input", "name is too short"),
        (Cosmetic, Cosmetic),
    ));
    let mut report = report(&["private", "public"], findings);
    report.pairs[0].behaviours.extend([
        (State::Blocked, 4),
        (State::Unsupported, 12),
        (State::NotExercised, 3),
        (State::NotRun, 2),
    ]);
    for (n, (service, state, why)) in [
        ("network", State::Differs, ""),
        ("identity", State::Same, ""),
        ("image", State::Same, ""),
        (
            "object-store",
            State::Unsupported,
            "public has no object-store service",
        ),
        (
            "object-store",
            State::Unsupported,
            "public has no object-store service",
        ),
        (
            "block-storage",
            State::NotExercised,
            "no volume became available on either",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        report.scenarios.push(ScenarioResult {
            id: format!("{service}/thing/behaviour-{n}"),
            title: "t".into(),
            service: service.into(),
            states: [("private → public".to_owned(), (state, why.to_owned()))].into(),
            findings: vec![],
        });
    }
    let waived = |id: &str, changed| Waived {
        finding: other(
            id,
            "compute",
            ("GET /flavors", "$.flavors"),
            ("a", "b"),
            (Breaks, None),
        ),
        why: "agreed with the provider".into(),
        who: "platform team".into(),
        until: Some("2027-01-31".into()),
        changed,
    };
    report.waived = vec![waived("waivedxxxx", false), waived("changedxxx", true)];
    report.unconfirmed = vec![other(
        "maybexxxxx",
        "image",
        ("GET /images", "$.next"),
        ("a", "b"),
        (Breaks, Breaks),
    )];
    report.unused_waivers = vec!["oldoldoldo (fixed last year)".into()];
    report.instability = vec![Instability {
        cloud: "public".into(),
        scenario: "compute/server/create".into(),
        step: "boot".into(),
        operation: "GET /servers/{}".into(),
        place: "$.server.progress".into(),
        seen: vec![("0".into(), 2), ("100".into(), 1)],
        known: false,
    }];
    report.noise = vec![NoiseRead {
        a: "private".into(),
        b: "public".into(),
        cloud: "public".into(),
        service: "compute".into(),
        operation: "GET /servers/{}".into(),
        place: "status".into(),
        because: "2 of 10 answers were 500 in compute/server/create".into(),
        places: 4,
        hidden: 1,
    }];
    (report.pairs[0].noise, report.pairs[0].hidden) = (4, 1);
    report.clouds[1].noise = Some(NoiseFile {
        file: "public.noise.toml".into(),
        entries: 1,
        lapsed: 0,
    });
    let mut lines = vec![
        "roles of main: private member · public member reader".to_owned(),
        "flavor.small is not alike: private vcpus 1, ram 512, disk 1 · public vcpus 1, ram 2048, disk 20".to_owned(),
        "quotas of compute (private · public): cores 20 · 8, instances 10 · unlimited".to_owned(),
        "images: private 3 · public 41; 0 names in common".to_owned(),
        "not looked at on public: dns, load-balancer".to_owned(),
    ];
    lines.append(&mut report.not_compared);
    report.not_compared = lines;
    report
}

/// Commands, their variables and links are never broken.
fn may_be_long(line: &str) -> bool {
    line.contains("curl") || line.contains("--data") || line.contains("https://")
}

fn checked(text: &str) -> &str {
    for line in text.lines() {
        assert!(
            line.width() <= 80 || may_be_long(line),
            "{} columns: {line}",
            line.width()
        );
        assert_eq!(line, line.trim_end(), "space at the end of {line:?}");
    }
    text
}

#[test]
fn a_report_without_findings() {
    let text = terminal(
        &report(&["private", "public"], vec![]),
        PLAIN,
        Layout::default(),
    )
    .unwrap();
    insta::assert_snapshot!(checked(&text));
}

#[test]
fn one_breaking_finding() {
    let text = terminal(
        &report(&["private", "public"], vec![breaking()]),
        PLAIN,
        Layout::default(),
    )
    .unwrap();
    insta::assert_snapshot!(checked(&text));
}

#[test]
fn scenarios_that_never_ran_on_such_a_cloud_are_told_on_the_first_page_and_at_each_finding() {
    let unproven = Finding {
        unproven: vec!["public".into()],
        ..breaking()
    };
    let text = terminal(
        &report(&["private", "public"], vec![unproven]),
        PLAIN,
        Layout::default(),
    )
    .unwrap();
    let (page, findings) = text.split_at(text.find("BREAKS: ").unwrap());
    assert!(page.contains("1 finding by scenarios new to openstack compute 2.96 (public)"));
    assert!(!page.contains("(private)"), "{page}");
    assert!(findings.contains("Never run before on a cloud like public"));
}

#[test]
fn how_often_a_place_was_there_is_not_called_in_all_repeats() {
    let rare = Finding {
        kind: Kind::LessOften,
        ..breaking()
    };
    let text = terminal(
        &report(&["private", "public"], vec![rare]),
        PLAIN,
        Layout::default(),
    )
    .unwrap();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("; of all repeats, 3 on private"), "{text}");
    assert!(!words.contains("in all repeats, 3 on private"), "{text}");
}

#[test]
fn many_findings() {
    let text = terminal(&many(), PLAIN, Layout::default()).unwrap();
    insta::assert_snapshot!(checked(&text));
}

#[test]
fn the_first_page_is_a_page() {
    let mut lines = Vec::new();
    page::page(&many(), PLAIN, &mut lines);
    assert!(lines.len() <= 40, "{} lines", lines.len());
}

#[test]
fn nothing_compared_is_said_first() {
    let mut report = report(&["private", "public"], vec![]);
    report.pairs[0].places = 0;
    let text = terminal(&report, PLAIN, Layout::default()).unwrap();
    assert!(
        text.contains("private ↔ public: NOTHING WAS COMPARED"),
        "{text}"
    );
    assert!(!text.contains("no difference found"));
}

#[test]
fn three_clouds_are_parted_by_what_they_do() {
    let of = |a: &str, b: &str| {
        let mut finding = breaking();
        for (side, cloud, value) in [(&mut finding.a, a, "202"), (&mut finding.b, b, "400")] {
            side.cloud = cloud.into();
            side.value = value.into();
        }
        finding.summary = format!("{b} refuses `POST /servers` with 400; {a} accepts it (202).");
        finding.examples[0].a.cloud = a.into();
        finding.examples[0].b.cloud = b.into();
        finding
    };
    let findings = vec![of("a", "c"), of("b", "c")];
    let text = terminal(
        &report(&["a", "b", "c"], findings),
        PLAIN,
        Layout::default(),
    )
    .unwrap();
    assert!(text.contains("{a, b} · {c}"), "{text}");
    assert_eq!(text.matches("sagpz2umf4/vrswta").count(), 1);
    insta::assert_snapshot!(checked(&text));
}

#[test]
fn one_place_with_two_values_on_a_cloud_stays_two_entries() {
    let mut second = breaking();
    second.b.value = "409".into();
    second.values = "zzzzzz".into();
    let report = report(&["private", "public"], vec![breaking(), second]);
    assert_eq!(entry::entries(&report, &report.findings).len(), 2);
}

#[test]
fn what_a_cloud_sends_cannot_act_on_the_terminal() {
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\u{202e}evil\u{200b} 漢字漢字漢字漢字漢字漢字";
    let mut f = breaking();
    f.a.value = format!("one\ntwo {hostile}\nthree");
    f.b.value = "one\nthree".into();
    f.summary = hostile.into();
    f.operation = format!("GET /{hostile}\nBREAKS nothing");
    f.place = hostile.into();
    f.steps = vec![hostile.into()];
    f.examples[0].a.answer = hostile.into();
    let mut report = report(&["private", "public"], vec![f]);
    report.clouds[1].left_behind = vec![hostile.into()];
    report.scenarios[0].states = [("x".to_owned(), (State::Blocked, hostile.into()))].into();
    report.not_compared.insert(0, hostile.into());
    let text = terminal(&report, PLAIN, Layout::default()).unwrap();
    for text in [
        &text,
        &explain("sagp", &Rules::embedded().unwrap(), Some(&report), PLAIN).unwrap(),
    ] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        assert!(!text.contains('\u{202e}') && !text.contains('\u{200b}'));
        assert!(!text.lines().any(|line| line.starts_with("BREAKS nothing")));
    }
    insta::assert_snapshot!(checked(&text));
}

#[test]
fn colour_says_nothing_that_words_do_not() {
    let ansi = Style {
        colour: Colour::Ansi,
        ..PLAIN
    };
    let coloured = terminal(&many(), ansi, Layout::default()).unwrap();
    assert!(coloured.contains('\u{1b}'));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, terminal(&many(), PLAIN, Layout::default()).unwrap());
}

#[test]
fn wider_screens_and_narrower_ones_are_used() {
    for columns in [60, 100, 140] {
        let style = Style { columns, ..PLAIN };
        let text = terminal(&many(), style, Layout::default()).unwrap();
        for line in text
            .lines()
            .filter(|line| !may_be_long(line) && !line.contains('│'))
        {
            assert!(line.width() <= columns.max(80), "{columns}: {line}");
        }
    }
}

#[test]
fn a_finding_explained_shows_what_was_sent_and_came() {
    let rules = Rules::embedded().unwrap();
    let report = report(&["private", "public"], vec![breaking()]);
    let text = explain("sagpz2umf4/vrswta", &rules, Some(&report), PLAIN).unwrap();
    insta::assert_snapshot!(checked(&text));
    assert!(explain("sagpz2umf4/aaaaaa", &rules, Some(&report), PLAIN).is_err());
}

#[test]
fn a_rule_explained() {
    let rules = Rules::embedded().unwrap();
    let text = explain("header-missing", &rules, None, PLAIN).unwrap();
    insta::assert_snapshot!(checked(&text));
}

#[test]
fn what_is_neither_gets_a_suggestion() {
    let rules = Rules::embedded().unwrap();
    let error = explain("header-mising", &rules, None, PLAIN).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no rule or finding is called header-mising, did you mean header-missing?"
    );
    let error = explain("sagpz2umf4", &rules, None, PLAIN).unwrap_err();
    assert!(matches!(error, ExplainError::NoReport { .. }));
}

#[test]
fn the_json_report_reads_back() {
    let report = many();
    let text = json(&report).unwrap();
    let back: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(json(&back).unwrap(), text);
}

#[test]
fn the_json_report_holds_nothing_that_acts_on_a_terminal() {
    let mut report = many();
    report.findings[0].summary = "\u{9b}31m \u{202e} \u{e0041} \u{7f} 漢".into();
    let text = json(&report).unwrap();
    assert!(!text.chars().any(|c| c != '\n' && screen::is_hostile(c)));
    let back: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(back.findings[0].summary, report.findings[0].summary);
}

fn names_in(schema: &serde_json::Value, names: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(members) => {
            if let Some(serde_json::Value::Object(properties)) = members.get("properties") {
                names.extend(properties.keys().cloned());
            }
            members.values().for_each(|value| names_in(value, names));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| names_in(item, names)),
        _ => {}
    }
}

fn document(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}

#[test]
fn a_long_report_tells_ten_places_of_an_impact_at_length_and_the_others_in_a_sentence() {
    let findings: Vec<Finding> = (0..30)
        .map(|n| Finding {
            id: format!("place{:05}", n / 2),
            values: format!("{n:06}"),
            ..breaking()
        })
        .collect();
    let report = report(&["private", "public"], findings);
    let short = terminal(&report, PLAIN, Layout::default()).unwrap();
    assert_eq!(short.matches("See it again").count(), 10);
    assert!(short.contains("20 more findings, in a sentence each; --full tells all at length:"));
    for n in 0..30 {
        assert!(short.contains(&format!("/{n:06}  ")), "{n} is told");
    }
    let full = terminal(
        &report,
        PLAIN,
        Layout {
            at_length: usize::MAX,
            ..Layout::default()
        },
    )
    .unwrap();
    assert_eq!(full.matches("See it again").count(), 30);
    assert!(!full.contains("--full"));
}

#[test]
fn the_format_document_names_every_member() {
    let text = std::fs::read_to_string(document("report-format.md")).unwrap();
    let mut names = Vec::new();
    for schema in [schema(), ranking_schema(), history_schema()] {
        names_in(&schema, &mut names);
    }
    assert!(names.len() > 50);
    for name in names {
        assert!(
            text.contains(&format!("`{name}`")),
            "docs/report-format.md lacks `{name}`"
        );
    }
}

#[test]
fn the_schemas_are_current() {
    for (name, schema) in [
        ("report", schema()),
        ("ranking", ranking_schema()),
        ("history", history_schema()),
    ] {
        let path = document(&format!("{name}.schema.json"));
        let wanted = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("INTEROP_UPDATE").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "docs/{name}.schema.json is old: INTEROP_UPDATE=1 cargo test schemas"
        );
    }
}

#[test]
fn the_rule_reference_is_current() {
    let path = document("rules.md");
    let wanted = rules_reference(&Rules::embedded().unwrap());
    if std::env::var_os("INTEROP_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/rules.md is old: INTEROP_UPDATE=1 cargo test rule_reference"
    );
}

#[test]
fn services_that_no_cloud_has_are_one_line_and_no_failure() {
    let lacks = |scenario: &str, service: &str| Skipped {
        scenario: scenario.into(),
        kind: SkipKind::Unsupported,
        why: Skip::no_service(service),
    };
    let mut report = report(&["here", "there"], vec![]);
    let before = ends(&report);
    for cloud in &mut report.clouds {
        cloud.skipped = vec![
            lacks("compute/server/list", "compute"),
            lacks("compute/server/show", "compute"),
            lacks("network/port/list", "network"),
        ];
    }
    report.clouds[1]
        .skipped
        .push(lacks("image/image/list", "image"));
    let text = terminal(&report, PLAIN, Layout::default()).unwrap();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("3 scenarios of compute (2), network (1): no cloud here has the service"),
        "{text}"
    );
    assert!(!words.contains("not run on here"), "{text}");
    assert_eq!(words.matches("not run on there").count(), 1, "{text}");
    assert!(
        words.contains("not run on there: image/image/list"),
        "{text}"
    );
    assert_eq!(ends(&report), before);
}
