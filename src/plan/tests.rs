use super::*;
use crate::profile::Limits;
use crate::recording::{
    Binding, Capability, Discovery, ServiceInfo, Skip, SkipKind, Target, UserInfo,
};
use crate::scenario::{
    Base, Body, FixtureUse, Hazard, Lock, LockMode, Microversion, Reading, Request, RequestStep,
    Requires, Row, Scenario, ScenarioId, Step, StepKind, Template, Undo, Version,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn scenario(id: &str) -> Scenario {
    Scenario {
        id: ScenarioId(id.to_owned()),
        title: String::new(),
        why: String::new(),
        service: "compute".to_owned(),
        guideline: Vec::new(),
        refs: Vec::new(),
        tags: Vec::new(),
        needs: Vec::new(),
        fixtures: Vec::new(),
        requires: Requires::default(),
        locks: Vec::new(),
        hazard: Hazard::None,
        steps: vec![create("none", &[])],
        on: BTreeMap::new(),
        realises: None,
        outputs: BTreeMap::new(),
        source: String::new(),
        request_hash: String::new(),
        reading_hash: String::new(),
    }
}

/// A step that makes something, once a row.
fn create(kind: &str, rows: &[&str]) -> Step {
    let undo = Undo {
        kind: kind.to_owned(),
        name: Template::default(),
        id: None,
    };
    Step {
        id: kind.to_owned(),
        kind: StepKind::Request(RequestStep {
            request: Request {
                action: None,
                method: "POST".to_owned(),
                target: Template::default(),
                base: Base::default(),
                service: "compute".to_owned(),
                user: "main".to_owned(),
                headers: Vec::new(),
                body: Body::default(),
                version: Version::default(),
                sign: None,
                checksums: Vec::new(),
                abort_after: None,
            },
            reading: Reading::default(),
            undo: Some(undo),
            harmless: None,
            captures: BTreeMap::new(),
            deadline: 60,
        }),
        each: rows
            .iter()
            .map(|id| Row {
                id: (*id).to_owned(),
                values: BTreeMap::new(),
            })
            .collect(),
        line: 1,
    }
}

fn lock(scope: &str, mode: LockMode) -> Lock {
    Lock {
        scope: scope.to_owned(),
        mode,
    }
}

fn discovery() -> Discovery {
    let mut found = Discovery::default();
    let compute = ServiceInfo {
        microversion: Some(("2.1".to_owned(), "2.90".to_owned())),
        ..ServiceInfo::default()
    };
    found.services.insert("compute".to_owned(), compute);
    found.users.insert("main".to_owned(), UserInfo::default());
    found
}

struct Cloud {
    name: String,
    target: Target,
    discovery: Discovery,
    limits: Limits,
    expendable: BTreeSet<String>,
}

fn cloud(name: &str) -> Cloud {
    Cloud {
        name: name.to_owned(),
        target: Target {
            endpoint: name.to_owned(),
            ..Target::default()
        },
        discovery: discovery(),
        limits: Limits::default(),
        expendable: BTreeSet::new(),
    }
}

fn library(scenarios: Vec<Scenario>) -> Library {
    scenarios
        .into_iter()
        .map(|s| (s.id.clone(), Arc::new(s)))
        .collect()
}

fn planned(scenarios: Vec<Scenario>, clouds: &[Cloud], options: &PlanOptions) -> Plan {
    let selected: Vec<ScenarioId> = scenarios
        .iter()
        .filter(|s| s.outputs.is_empty())
        .map(|s| s.id.clone())
        .collect();
    let sides: Vec<PlanSide<'_>> = clouds
        .iter()
        .map(|cloud| PlanSide {
            name: &cloud.name,
            family: "openstack",
            target: &cloud.target,
            discovery: &cloud.discovery,
            limits: &cloud.limits,
            expendable: &cloud.expendable,
        })
        .collect();
    plan(&selected, &library(scenarios), &sides, options)
}

fn order(side: &SidePlan) -> Vec<String> {
    side.jobs
        .iter()
        .map(|job| format!("{}{}", job.scenario, job.repeat))
        .collect()
}

/// Ends executions in the order of starting, and says what started when: `+a1` starts, `-a1` ends, `!f1` a fixture
/// goes.
fn drive(plan: &Plan) -> Vec<String> {
    let mut schedule = Schedule::new(plan);
    let mut running = std::collections::VecDeque::new();
    let mut log = Vec::new();
    loop {
        for start in schedule.start(|_, _| true) {
            log.push(format!("+{}{}", start.job.scenario, start.job.repeat));
            running.push_back((
                start.ticket,
                format!("{}{}", start.job.scenario, start.job.repeat),
            ));
        }
        let mut gone = schedule.stuck();
        if let Some((ticket, name)) = running.pop_front() {
            log.push(format!("-{name}"));
            gone.extend(schedule.ended(ticket, 1.0, None));
        } else if gone.is_empty() {
            assert!(schedule.is_empty(), "stands still: {log:?}");
            return log;
        }
        for instance in gone {
            log.push(format!("!{}{}", instance.key.fixture, instance.key.repeat));
            schedule.taken_down(&instance);
        }
    }
}

#[test]
fn passes_alternate_and_clouds_start_at_opposite_ends() {
    let plan = planned(
        vec![scenario("a"), scenario("b"), scenario("c")],
        &[cloud("x"), cloud("y")],
        &PlanOptions::default(),
    );
    assert_eq!(
        order(&plan.sides[0]),
        ["a1", "b1", "c1", "c2", "b2", "a2", "a3", "b3", "c3"]
    );
    assert_eq!(
        order(&plan.sides[1]),
        ["c1", "b1", "a1", "a2", "b2", "c2", "c3", "b3", "a3"]
    );
}

#[test]
fn the_same_arguments_give_the_same_plan_and_no_nonce_twice() {
    let make = || {
        let clouds = [cloud("x"), cloud("y")];
        planned(
            vec![scenario("a"), scenario("b")],
            &clouds,
            &PlanOptions::default(),
        )
    };
    let (one, two) = (make(), make());
    let nonces = |plan: &Plan| -> Vec<String> {
        plan.sides
            .iter()
            .flat_map(|s| &s.jobs)
            .map(|job| job.nonce.clone())
            .collect()
    };
    assert_eq!(nonces(&one), nonces(&two));
    assert_eq!(nonces(&one).into_iter().collect::<BTreeSet<_>>().len(), 12);
}

#[test]
fn what_a_probe_got_no_sense_out_of_is_run_so_that_its_refusals_are_seen() {
    let mut asked = scenario("a");
    asked.requires.capabilities = vec!["image.import".into()];
    let mut of_cloud = cloud("x");
    for (found, runs) in [
        (Capability::Present, true),
        (Capability::Absent("404".into()), false),
        (Capability::Unknown("answers 500".into()), true),
    ] {
        let known = &mut of_cloud.discovery.capabilities;
        known.insert("image.import".into(), found);
        let clouds = std::slice::from_ref(&of_cloud);
        let plan = planned(vec![asked.clone()], clouds, &PlanOptions::default());
        assert_eq!(!plan.sides[0].jobs.is_empty(), runs);
    }
}

#[test]
fn what_the_catalog_has_and_nobody_can_reach_is_not_said_to_be_missing_there() {
    let mut of_cloud = cloud("x");
    of_cloud.discovery.services.clear();
    let why = || "the catalog's URL `nowhere`: no scheme".to_owned();
    of_cloud.discovery.unusable.insert("compute".into(), why());
    let plan = planned(vec![scenario("a")], &[of_cloud], &PlanOptions::default());
    let skip = plan.sides[0].skipped.values().next().unwrap();
    assert_eq!(skip.kind, SkipKind::Unsupported);
    assert_eq!(skip.why, format!("compute can't be used: {}", why()));
}

#[test]
fn what_the_cloud_lacks_is_unsupported_and_what_we_lack_is_unbound() {
    let with = |change: fn(&mut Scenario)| {
        let mut asked = scenario("a");
        change(&mut asked);
        let plan = planned(vec![asked], &[cloud("x")], &PlanOptions::default());
        let skip = plan.sides[0].skipped.values().next().cloned();
        assert_eq!(plan.sides[0].jobs.is_empty(), skip.is_some());
        skip.map(|skip| skip.kind)
    };
    assert_eq!(with(|_| ()), None);
    let unsupported = Some(SkipKind::Unsupported);
    let unbound = Some(SkipKind::Unbound);
    assert_eq!(
        with(|s| s.requires.extensions = vec!["router".into()]),
        unsupported
    );
    assert_eq!(
        with(|s| s.requires.microversion = Some(Microversion {
            major: 2,
            minor: 91
        })),
        unsupported
    );
    assert_eq!(
        with(|s| s.requires.microversion = Some(Microversion {
            major: 2,
            minor: 90
        })),
        None
    );
    assert_eq!(
        with(|s| {
            if let StepKind::Request(step) = &mut s.steps[0].kind {
                step.request.service = "image".to_owned();
            }
        }),
        unsupported
    );
    assert_eq!(with(|s| s.needs = vec!["flavor.small".into()]), unbound);
    assert_eq!(with(|s| s.requires.users = vec!["alt".into()]), unbound);
    assert_eq!(
        with(|s| s.hazard = Hazard::Exhausts),
        Some(SkipKind::Hazard)
    );
    assert_eq!(with(|s| s.hazard = Hazard::Consumes), None);
}

#[test]
fn an_account_hazard_needs_a_user_that_the_owner_gave_up() {
    let options = PlanOptions {
        hazards: [Hazard::None, Hazard::Account].into(),
        ..PlanOptions::default()
    };
    let mut asked = scenario("a");
    asked.hazard = Hazard::Account;
    let mut has = cloud("x");
    let kinds = |plan: &Plan| {
        plan.sides[0]
            .skipped
            .values()
            .map(|s| s.kind)
            .collect::<Vec<_>>()
    };
    let without = planned(vec![asked.clone()], std::slice::from_ref(&has), &options);
    assert_eq!(kinds(&without), [SkipKind::Unbound]);
    has.expendable.insert("expendable".to_owned());
    let with = planned(vec![asked], &[has], &options);
    assert_eq!(kinds(&with), []);
}

#[test]
fn a_binding_of_a_fixture_is_needed_too() {
    let mut fixture = scenario("fixtures/f");
    fixture.needs = vec!["image.small".into()];
    fixture.outputs.insert("id".into(), Template::default());
    let mut asked = scenario("a");
    asked.fixtures = vec![uses("fixtures/f", true)];
    let mut has = cloud("x");
    let without = planned(
        vec![asked.clone(), fixture.clone()],
        std::slice::from_ref(&has),
        &PlanOptions::default(),
    );
    assert_eq!(without.sides[0].jobs.len(), 0);
    let binding = Binding {
        id: "i".into(),
        name: "i".into(),
        document: serde_json::Value::Null,
        chosen: "profile".into(),
    };
    has.discovery.bindings.insert("image.small".into(), binding);
    let with = planned(vec![asked, fixture], &[has], &PlanOptions::default());
    assert_eq!(with.sides[0].jobs.len(), 3);
}

fn uses(fixture: &str, shared: bool) -> FixtureUse {
    FixtureUse {
        fixture: ScenarioId(fixture.to_owned()),
        alias: "f".to_owned(),
        shared,
    }
}

#[test]
fn rows_that_may_be_refused_do_not_make_a_scenario_too_big_but_things_that_must_exist_do() {
    let mut rows = scenario("rows");
    rows.steps = vec![create("compute.server", &["a", "b", "c", "d", "e", "f"])];
    let mut many = scenario("many");
    many.steps = (0..5).map(|_| create("compute.server", &[])).collect();
    let plan = planned(vec![rows, many], &[cloud("x")], &PlanOptions::default());
    let side = &plan.sides[0];
    assert_eq!(
        side.skipped
            .keys()
            .map(|id| id.0.as_str())
            .collect::<Vec<_>>(),
        ["many"]
    );
    assert_eq!(side.jobs[0].needs, [("servers".to_owned(), 4)].into());
}

#[test]
fn budgets_cut_the_end_of_the_selection_on_all_clouds_alike() {
    let options = PlanOptions {
        budgets: Budgets {
            requests: Some(6),
            ..Budgets::default()
        },
        ..PlanOptions::default()
    };
    let plan = planned(
        vec![scenario("a"), scenario("b"), scenario("c")],
        &[cloud("x"), cloud("y")],
        &options,
    );
    assert_eq!(order(&plan.sides[0]), ["a1", "b1", "b2", "a2", "a3", "b3"]);
    assert_eq!(
        plan.sides[1]
            .skipped
            .values()
            .map(|s| s.kind)
            .collect::<Vec<_>>(),
        [SkipKind::Cut]
    );
    let servers = PlanOptions {
        budgets: Budgets {
            servers: Some(1),
            ..Budgets::default()
        },
        ..PlanOptions::default()
    };
    let plan = planned(vec![scenario("a")], &[cloud("x")], &servers);
    assert_eq!(plan.sides[0].ceilings["servers"], 1);
    // more than the profile's own limit, too
    let more = PlanOptions {
        budgets: Budgets {
            servers: Some(60),
            ..Budgets::default()
        },
        ..PlanOptions::default()
    };
    let plan = planned(vec![scenario("a")], &[cloud("x")], &more);
    assert_eq!(plan.sides[0].ceilings["servers"], 60);
}

#[test]
fn what_is_left_out_for_a_ceiling_is_told_in_one_line_a_kind() {
    let reasons = [
        Skip::too_many(5, "servers", 4),
        "no network extension `x`".to_owned(),
        Skip::too_many(6, "servers", 4),
        Skip::too_many(8, "volumes", 6),
    ];
    assert_eq!(
        Skip::left_out(reasons.iter().map(String::as_str)),
        [
            "2 scenarios left out: up to 6 servers at once, requests that may be refused included; ask for --max-servers 6",
            "1 scenario left out: up to 8 volumes at once, requests that may be refused included; raise `volumes` in the \
             profile's [limits.most] to 8",
        ]
    );
}

#[test]
fn who_waits_for_a_lock_blocks_nobody_else() {
    let mut excluding = scenario("b");
    excluding.locks = vec![lock("servers", LockMode::Exclusive)];
    let mut sharing = scenario("a");
    sharing.locks = vec![lock("servers", LockMode::Shared)];
    let options = PlanOptions {
        repeats: 1,
        ..PlanOptions::default()
    };
    let plan = planned(
        vec![sharing, excluding, scenario("c")],
        &[cloud("x")],
        &options,
    );
    assert_eq!(drive(&plan), ["+a1", "+c1", "-a1", "+b1", "-c1", "-b1"]);
}

#[test]
fn who_waits_for_a_lock_is_not_overtaken_for_ever() {
    let mut scenarios = Vec::new();
    for index in 0..40 {
        let mut sharing = scenario(&format!("s{index:02}-"));
        sharing.locks = vec![lock("servers", LockMode::Shared)];
        scenarios.push(sharing);
    }
    let mut excluding = scenario("exclusive-");
    excluding.locks = vec![lock("servers", LockMode::Exclusive)];
    scenarios.insert(1, excluding);
    let options = PlanOptions {
        repeats: 1,
        ..PlanOptions::default()
    };
    let mut has = cloud("x");
    has.limits.scenarios = 3;
    let log = drive(&planned(scenarios, &[has], &options));
    let started: Vec<_> = log.iter().filter(|line| line.starts_with('+')).collect();
    let place = started
        .iter()
        .position(|line| line.contains("exclusive"))
        .unwrap();
    assert!((8..=13).contains(&place), "{place}");
    // alone while it runs
    let at = log.iter().position(|line| *line == "+exclusive-1").unwrap();
    assert_eq!(log[at + 1], "-exclusive-1");
}

#[test]
fn two_sides_on_one_target_share_locks_and_ceilings() {
    let mut excluding = scenario("a");
    excluding.locks = vec![lock("servers", LockMode::Exclusive)];
    let mut clouds = [cloud("x"), cloud("y")];
    clouds[1].target = clouds[0].target.clone();
    let options = PlanOptions {
        repeats: 1,
        ..PlanOptions::default()
    };
    let one = planned(vec![excluding.clone()], &clouds, &options);
    assert_eq!(drive(&one), ["+a1", "-a1", "+a1", "-a1"]);
    let two = planned(vec![excluding], &[cloud("x"), cloud("y")], &options);
    assert_eq!(drive(&two), ["+a1", "+a1", "-a1", "-a1"]);
}

#[test]
fn ceilings_hold_and_repeats_of_a_scenario_are_kept_apart_where_something_else_can_run() {
    let mut server = scenario("s");
    server.steps = vec![create("compute.server", &[]), create("compute.server", &[])];
    let mut has = cloud("x");
    has.limits.scenarios = 8;
    let log = drive(&planned(
        vec![server, scenario("a"), scenario("b")],
        &[has],
        &PlanOptions::default(),
    ));
    let mut alive = 0;
    for line in &log {
        match line.as_str() {
            line if line.starts_with("+s") => alive += 2,
            line if line.starts_with("-s") => alive -= 2,
            _ => {}
        }
        assert!(alive <= 4, "{log:?}");
    }
    let mut narrow = cloud("x");
    narrow.limits.scenarios = 2;
    let log = drive(&planned(
        vec![scenario("a"), scenario("b")],
        &[narrow],
        &PlanOptions::default(),
    ));
    // pass one ends with b, pass two begins with b: a2 is taken first
    assert_eq!(log[..5], ["+a1", "+b1", "-a1", "+a2", "-b1"]);
}

#[test]
fn a_shared_fixture_lives_from_its_first_user_to_its_last() {
    let mut fixture = scenario("f");
    fixture.outputs.insert("id".into(), Template::default());
    fixture.locks = vec![lock("servers", LockMode::Shared)];
    let mut user = scenario("u");
    user.fixtures = vec![uses("f", true)];
    let mut other = scenario("v");
    other.fixtures = vec![uses("f", true)];
    let mut excluding = scenario("x");
    excluding.locks = vec![lock("servers", LockMode::Exclusive)];
    let mut has = cloud("x");
    has.limits.scenarios = 1;
    let options = PlanOptions {
        repeats: 1,
        ..PlanOptions::default()
    };
    let plan = planned(vec![user, excluding, other, fixture], &[has], &options);
    assert_eq!(
        drive(&plan),
        ["+u1", "-u1", "+v1", "-v1", "!f1", "+x1", "-x1"]
    );
}

#[test]
fn idle_fixtures_that_block_each_other_are_taken_down() {
    let mut fixtures = Vec::new();
    let mut users = Vec::new();
    // each fixture takes one server, each user one more: two live fixtures fill the ceiling of two
    for name in ["f", "g"] {
        let mut fixture = scenario(name);
        fixture.outputs.insert("id".into(), Template::default());
        fixture.steps = vec![create("compute.server", &[])];
        fixtures.push(fixture);
        let mut light = scenario(&format!("light-{name}"));
        light.fixtures = vec![uses(name, true)];
        let mut heavy = scenario(&format!("heavy-{name}"));
        heavy.fixtures = vec![uses(name, true)];
        heavy.steps = vec![create("compute.server", &[])];
        users.push((light, heavy));
    }
    let mut scenarios: Vec<Scenario> = users.iter().map(|(light, _)| light.clone()).collect();
    scenarios.extend(users.into_iter().map(|(_, heavy)| heavy));
    scenarios.extend(fixtures);
    let mut has = cloud("x");
    has.limits.most = [("servers".to_owned(), 2)].into();
    let options = PlanOptions {
        repeats: 1,
        ..PlanOptions::default()
    };
    let log = drive(&planned(scenarios, &[has], &options));
    assert_eq!(
        log.iter().filter(|line| line.starts_with('+')).count(),
        4,
        "{log:?}"
    );
}

#[test]
fn the_critical_path_is_the_longest_chain_that_had_to_wait() {
    let mut excluding = scenario("a");
    excluding.locks = vec![lock("servers", LockMode::Exclusive)];
    let plan = planned(
        vec![excluding, scenario("b")],
        &[cloud("x")],
        &PlanOptions::default(),
    );
    let mut schedule = Schedule::new(&plan);
    let mut running = std::collections::VecDeque::new();
    loop {
        running.extend(schedule.start(|_, _| true));
        let Some(start) = running.pop_front() else {
            break;
        };
        let seconds = if start.job.scenario.0 == "a" {
            5.0
        } else {
            7.0
        };
        schedule.ended(start.ticket, seconds, None);
    }
    assert!((schedule.critical_seconds(0) - 15.0).abs() < 1e-9);
}

#[test]
fn where_nothing_waits_for_itself_the_critical_path_is_all_work_over_what_runs_at_once() {
    let scenarios = ["a", "b", "c", "d"].map(scenario).to_vec();
    let plan = planned(scenarios, &[cloud("x")], &PlanOptions::default());
    let mut schedule = Schedule::new(&plan);
    let (mut running, mut sum, mut at_once) = (std::collections::VecDeque::new(), 0.0, 0);
    loop {
        running.extend(schedule.start(|_, _| true));
        at_once = at_once.max(running.len());
        let Some(start) = running.pop_front() else {
            break;
        };
        sum += 60.0;
        schedule.ended(start.ticket, 60.0, None);
    }
    let shortest = sum / f64::from(u32::try_from(at_once).unwrap());
    assert!(
        (schedule.critical_seconds(0) - shortest).abs() < 1e-9,
        "{at_once} {sum}"
    );
}

#[test]
fn a_try_again_comes_behind_the_rest_of_its_repeat_and_keeps_the_fixture() {
    let mut fixture = scenario("f");
    fixture.outputs.insert("id".into(), Template::default());
    let mut user = scenario("u");
    user.fixtures = vec![uses("f", true)];
    let mut has = cloud("x");
    has.limits.scenarios = 1;
    let plan = planned(
        vec![user, scenario("b"), fixture],
        &[has],
        &PlanOptions::default(),
    );
    let mut schedule = Schedule::new(&plan);
    let first = schedule.start(|_, _| true).remove(0);
    let again = Job {
        attempt: 1,
        ..first.job.clone()
    };
    assert_eq!(schedule.ended(first.ticket, 1.0, Some(again)), []);
    let second = schedule.start(|_, _| true).remove(0);
    assert_eq!(second.job.scenario.0, "b");
    schedule.ended(second.ticket, 1.0, None);
    let third = schedule.start(|_, _| true).remove(0);
    assert_eq!(
        (
            third.job.scenario.0.as_str(),
            third.job.repeat,
            third.job.attempt
        ),
        ("u", 1, 1)
    );
    assert_eq!(schedule.ended(third.ticket, 1.0, None).len(), 1);
}

#[test]
fn an_explanation_counts_what_will_exist_at_once() {
    let mut server = scenario("s");
    server.steps = vec![create("compute.server", &[])];
    server.hazard = Hazard::Consumes;
    let plan = planned(vec![server.clone()], &[cloud("x")], &PlanOptions::default());
    let told = explain(&plan);
    let cloud = &told.clouds[0];
    assert_eq!(
        (
            cloud.executions,
            cloud.peak["servers"],
            cloud.made["servers"]
        ),
        (3, 3, 3)
    );
    assert_eq!(cloud.requests["create"], 3);
    assert!(cloud.hazards.contains_key(&Hazard::Consumes));
    assert!(told.minutes < told.minutes_slow_boot);
}

#[test]
fn a_race_needs_as_many_requests_at_once_as_it_has_runners() {
    let mut racing = scenario("a/race");
    let text = "title = 't'\nwhy = 'w'\nservice = 'compute'\nrefs = ['https://example.org']\n\
                [[step]]\nid = 'r'\n[[step.race]]\nid = 'a'\ntimes = 3\nrequest = 'GET /'\n\
                [[step]]\nid = 'p'\nrequest = 'GET /'\n[[step.during]]\nid = 'd'\nrequest = 'GET /'\n";
    racing.steps = Scenario::parse(racing.id.clone(), "a.toml", text)
        .unwrap()
        .steps;
    let with = |in_flight| {
        let mut cloud = cloud("a");
        cloud.limits.in_flight = in_flight;
        let plan = planned(vec![racing.clone()], &[cloud], &PlanOptions::default());
        let skipped = plan.sides[0].skipped.values().next().cloned();
        (skipped.map(|skip| skip.kind), plan.sides[0].jobs.len())
    };
    assert_eq!(with(2), (Some(SkipKind::Unbound), 0));
    assert_eq!(with(3), (None, 3));
}

#[test]
fn a_scenario_is_planned_as_it_is_realised_here_and_is_unsupported_where_it_is_not() {
    let whole = |families: &[&str]| Scenario {
        steps: Vec::new(),
        on: families
            .iter()
            .map(|family| {
                let realisation = Scenario {
                    locks: vec![lock(family, LockMode::Shared)],
                    ..scenario("a")
                };
                ((*family).to_owned(), realisation)
            })
            .collect(),
        ..scenario("a")
    };
    let options = PlanOptions::default();
    let here = planned(vec![whole(&["openstack", "s3"])], &[cloud("one")], &options);
    assert_eq!(here.sides[0].jobs.len(), 3);
    assert_eq!(here.sides[0].jobs[0].locks[0].scope, "openstack");
    assert!(
        !here.sides[0].library[&ScenarioId("a".to_owned())]
            .steps
            .is_empty()
    );
    let elsewhere = planned(vec![whole(&["ec2", "s3"])], &[cloud("one")], &options);
    assert!(elsewhere.sides[0].jobs.is_empty());
    let skip = elsewhere.sides[0].skipped.values().next().unwrap();
    assert_eq!(skip.kind, SkipKind::Unsupported);
    assert_eq!(skip.why, "realised on ec2, s3 only");
}
