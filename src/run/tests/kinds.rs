//! Boundary searches, races, acts during a step and consistency probes: what they send, take away and are seen to find.

use super::Trial;
use super::toy::{Fault, World};
use crate::compare::{Kind, compare_scenario};
use crate::observe::{Labelled, Observed, Part, StepSeen, label, observe};
use crate::recording::{Execution, Outcome, StepEnd};
use crate::scenario::{Scenario, ScenarioId};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const HEAD: &str =
    "title = \"t\"\nwhy = \"w\"\nrefs = [\"https://example.com\"]\nhazard = \"consumes\"\n";

const BOUNDARY: &str = r#"service = "network"
[[step]]
id       = "length"
request  = "POST /networks"
boundary = { vary = "len", from = 31, to = 200, accept = { status = 201, "$.network.name" = "{{ pad(name, len) }}" } }
json     = { network = { name = "{{ pad(name, len) }}" } }
undo     = { kind = "network.network", name = "{{ pad(name, len) }}" }
"#;

const RACE: &str = r#"service = "network"
[[step]]
id = "create"
[[step.race]]
id      = "post"
times   = 3
request = "POST /networks"
json    = { network = { name = "{{ name }}" } }
undo    = "network.network"
[[step]]
id      = "own"
request = "POST /networks"
json    = { network = { name = "{{ name.b }}" } }
capture = { network = "$.network.id" }
undo    = { kind = "network.network", name = "{{ name.b }}" }
[[step]]
id = "delete"
[[step.race]]
id      = "send"
times   = 2
request = "DELETE /networks/{{ network }}"
[[step.race]]
id      = "port"
request = "POST /ports"
json    = { port = { name = "{{ name }}", network_id = "{{ network }}", device_owner = "" } }
undo    = "network.port"
"#;

const DURING: &str = r#"service = "network"
[[step]]
id      = "create"
request = "POST /networks"
json    = { network = { name = "{{ name }}" } }
capture = { network = "$.network.id" }
undo    = "network.network"
[[step]]
id    = "wait"
poll  = "GET /networks/{{ network }}"
until = { status = 404 }
every = 0.05
deadline = 5
[[step.during]]
id      = "delete"
when    = { "$.network.name" = "{{ name }}" }
request = "DELETE /networks/{{ network }}"
reach   = { status = 204 }
[[step.during]]
id      = "never"
when    = { "$.network.name" = "another" }
request = "GET /networks"
[[step]]
id      = "second"
request = "POST /networks"
json    = { network = { name = "{{ name.b }}" } }
undo    = { kind = "network.network", name = "{{ name.b }}" }
[[step.during]]
id      = "beside"
request = "POST /networks"
json    = { network = { name = "{{ name.c }}" } }
undo    = { kind = "network.network", name = "{{ name.c }}" }
"#;

const CONSISTENCY: &str = r#"service = "object-store"
[[step]]
id      = "container"
request = "PUT /{{ name }}"
undo    = "object-store.container"
[[step]]
id          = "put"
request     = "PUT /{{ name }}/thing"
text        = "x"
consistency = { quiet = 0.3, every = 0.05, most = 5 }
[[step.read]]
id      = "list"
request = "GET /{{ name }}?format=json"
fresh   = { "$[?@.name=='thing']" = { present = true } }
[[step.read]]
id      = "container"
request = "HEAD /{{ name }}"
fresh   = { status = 204 }
"#;

async fn trial(text: &str) -> Trial {
    let text = format!("{HEAD}{text}");
    Trial::new(&[("network/network/kind", text.as_str())]).await
}

/// The last execution, and what is seen in it.
fn seen(trial: &Trial) -> (Execution, Observed) {
    let execution = trial.executions("network/network/kind").pop().unwrap();
    let id = ScenarioId("network/network/kind".to_owned());
    let recording = trial.recording("toy");
    let found = observe(
        recording.header(),
        trial.suite.get(&id).unwrap(),
        &execution,
    );
    (execution, found)
}

fn value(observed: &Observed, step: &str, rows: &[&str], part: Part, path: &str) -> String {
    let found = observed.values.iter().find(|(place, _)| {
        place.step == step && place.rows == rows && place.part == part && place.path == path
    });
    found.map_or_else(|| "nothing".to_owned(), |(_, value)| value.text.clone())
}

fn step_seen<'o>(observed: &'o Observed, step: &str) -> Option<&'o StepSeen> {
    observed.steps.get(&(step.to_owned(), Vec::new()))
}

#[tokio::test]
async fn a_limit_is_found_and_only_one_thing_of_the_search_is_there_at_a_time() {
    let trial = trial(BOUNDARY).await;
    trial.toy().set(|world| world.longest_name = Some(77));
    trial.run().await;
    let (execution, observed) = seen(&trial);
    assert_eq!(execution.outcome, Outcome::Done);
    let limit = value(&observed, "length", &[], Part::Limit, "len");
    assert_eq!(limit, "77");
    let status = |row| value(&observed, "length", &[row], Part::Status, "");
    assert_eq!(
        (status("accepted"), status("refused")),
        ("201".into(), "400".into())
    );
    let name = value(
        &observed,
        "length",
        &["accepted"],
        Part::Body,
        "$.network.name",
    );
    assert_eq!(name, "‹name.a›‹text(n)›");
    let code = value(&observed, "length", &["refused"], Part::Error, "code");
    assert_eq!(code, "HTTPBadRequest");
    assert_eq!(trial.toy().world.lock().unwrap().most_of_ours, 1);
    trial.assert_clean("boundary");
}

/// Repeats of a run on a toy that was prepared for it, as they are compared.
async fn labelled(text: &str, prepare: impl FnOnce(&mut World)) -> (Scenario, Labelled) {
    let mut trial = trial(text).await;
    trial.options.repeats = 3;
    trial.toy().set(prepare);
    trial.run().await;
    trial.assert_clean("compared");
    let id = ScenarioId("network/network/kind".to_owned());
    let scenario = trial.suite.get(&id).unwrap().clone();
    let recording = trial.recording("toy");
    let observed: Vec<(u32, u32, Observed)> = trial
        .executions(&id.0)
        .iter()
        .map(|e| (e.round, e.repeat, observe(recording.header(), &scenario, e)))
        .collect();
    (scenario, label(&observed))
}

#[tokio::test]
async fn two_clouds_with_another_limit_differ_in_the_limit_alone() {
    let (scenario, higher) = labelled(BOUNDARY, |world| world.longest_name = Some(120)).await;
    let (_, lower) = labelled(BOUNDARY, |world| world.longest_name = Some(64)).await;
    let found = compare_scenario(&scenario, &higher, &lower).differences;
    let shown: Vec<(Kind, &str, &str, &str)> = found
        .iter()
        .map(|d| (d.kind, d.place.as_str(), d.a.as_str(), d.b.as_str()))
        .collect();
    assert_eq!(shown, [(Kind::Limit, "limit len", "120", "64")]);
    assert!(found[0].evidence.0.exchange.is_some());
    assert!(
        compare_scenario(&scenario, &lower, &lower)
            .differences
            .is_empty()
    );
}

#[tokio::test]
async fn a_race_that_is_stopped_leaves_nothing() {
    for requests in 1..7 {
        let trial = trial(RACE).await;
        let cancel = trial.cancel.clone();
        let count = Arc::new(AtomicUsize::new(0));
        trial.toy().watch(move |_, after| {
            if after && count.fetch_add(1, Ordering::SeqCst) + 1 == requests {
                cancel.interrupt();
            }
        });
        trial.run().await;
        trial.assert_clean("stopped race");
    }
}

#[tokio::test]
async fn a_limit_that_is_never_met_is_at_least_the_last_number() {
    let trial = trial(BOUNDARY).await;
    trial.run().await;
    let (_, observed) = seen(&trial);
    assert_eq!(value(&observed, "length", &[], Part::Limit, "len"), "≥ 200");
    assert_eq!(
        value(&observed, "length", &["refused"], Part::Status, ""),
        "nothing"
    );
    trial.assert_clean("never refused");
}

#[tokio::test]
async fn a_cloud_that_is_busy_for_a_moment_refuses_no_number() {
    let trial = trial(BOUNDARY).await;
    trial.toy().set(|world| {
        world.longest_name = Some(77);
        world.faults = vec![
            None,
            Some(Fault::Busy),
            Some(Fault::Lost),
            None,
            Some(Fault::Busy),
        ];
    });
    trial.run().await;
    let (execution, observed) = seen(&trial);
    assert_eq!((execution.attempt, &execution.outcome), (0, &Outcome::Done));
    assert_eq!(value(&observed, "length", &[], Part::Limit, "len"), "77");
    trial.assert_clean("busy");
}

#[tokio::test]
async fn a_search_on_a_cloud_that_stays_busy_is_set_aside() {
    let trial = trial(BOUNDARY).await;
    trial.toy().set(|world| {
        world.longest_name = Some(77);
        world.faults = vec![Some(Fault::Busy); 3];
    });
    trial.run().await;
    let executions = trial.executions("network/network/kind");
    assert!(matches!(executions[0].outcome, Outcome::SetAside(_)));
    let (execution, observed) = seen(&trial);
    assert_eq!((execution.attempt, &execution.outcome), (1, &Outcome::Done));
    assert_eq!(value(&observed, "length", &[], Part::Limit, "len"), "77");
    trial.assert_clean("stays busy");
}

#[tokio::test]
async fn what_a_probe_may_have_made_is_looked_for_before_the_next() {
    let trial = trial(BOUNDARY).await;
    trial.toy().set(|world| {
        world.longest_name = Some(77);
        world.faults = vec![Some(Fault::MadeAndLost), None, Some(Fault::MadeWithoutId)];
    });
    trial.run().await;
    assert_eq!(trial.toy().world.lock().unwrap().most_of_ours, 1);
    trial.assert_clean("lost probes");
}

#[tokio::test]
async fn a_search_that_is_stopped_half_way_leaves_nothing() {
    for creates in 1..5 {
        let trial = trial(BOUNDARY).await;
        let cancel = trial.cancel.clone();
        let count = Arc::new(AtomicUsize::new(0));
        trial.toy().watch(move |world, after| {
            let ours = world.names("networks").iter().any(|name| name.len() >= 31);
            if after && ours && count.fetch_add(1, Ordering::SeqCst) + 1 == creates {
                cancel.interrupt();
            }
        });
        trial.run().await;
        trial.assert_clean("stopped");
    }
}

#[tokio::test]
async fn runners_of_a_race_are_counted_and_all_that_they_made_is_taken_away() {
    let trial = trial(RACE).await;
    trial.run().await;
    let (execution, observed) = seen(&trial);
    assert_eq!(execution.outcome, Outcome::Done);
    let race = |step, path| value(&observed, step, &[], Part::Race, path);
    assert_eq!(race("create.post", "accepted"), "3");
    assert_eq!(race("create.post", "outcomes"), "201");
    let attempts: Vec<u32> = execution
        .exchanges
        .iter()
        .filter(|exchange| exchange.step == "create.post")
        .map(|exchange| exchange.attempt)
        .collect();
    assert_eq!(attempts, [1, 2, 3]);
    // the toy lets one delete through at most; a port may have come before it
    let deletes = race("delete.send", "outcomes");
    assert!(
        [
            "204, 404 {error}",
            "409 NetworkInUse",
            "204, 404 {}",
            "204, 409 NetworkInUse",
            "204, 404 empty"
        ]
        .contains(&deletes.as_str()),
        "{deletes}"
    );
    trial.assert_clean("race");
}

#[tokio::test]
async fn a_race_whose_answers_are_lost_leaves_nothing() {
    for faults in [
        vec![Some(Fault::MadeAndLost), Some(Fault::MadeAnd500)],
        vec![Some(Fault::MadeAndLost)],
        vec![
            Some(Fault::Lost),
            Some(Fault::Lost),
            Some(Fault::MadeWithoutId),
        ],
    ] {
        let text = RACE.split("[[step]]\nid      = \"own\"").next().unwrap();
        let alike = faults
            .iter()
            .flatten()
            .filter(|fault| **fault != Fault::Lost)
            .count();
        let trial = trial(text).await;
        trial.toy().set(|world| world.faults.clone_from(&faults));
        let outcome = trial.run().await;
        if alike == 1 {
            trial.assert_clean("lost runners");
        } else {
            // two of one name that nobody knows the ids of: none is touched, both are told
            assert!(!outcome.left_behind.is_empty());
        }
    }
}

#[tokio::test]
async fn an_act_comes_in_its_moment_or_not_at_all() {
    let trial = trial(DURING).await;
    trial.run().await;
    let (execution, observed) = seen(&trial);
    let end = |step: &str| {
        let record = execution.steps.iter().find(|record| record.step == step);
        record.map(|record| record.end.clone())
    };
    assert_eq!(end("wait.delete"), Some(StepEnd::Done));
    let missed = StepEnd::Blocked(vec!["the moment of wait.never".to_owned()]);
    assert_eq!(end("wait.never"), Some(missed));
    assert_eq!(
        step_seen(&observed, "wait.delete"),
        Some(&StepSeen::Reached)
    );
    assert_eq!(value(&observed, "wait", &[], Part::Status, ""), "404");
    assert_eq!(
        value(&observed, "second.beside", &[], Part::Status, ""),
        "201"
    );
    trial.assert_clean("during");
}

#[tokio::test]
async fn stale_reads_are_counted_up_to_the_last_one() {
    let trial = trial(CONSISTENCY).await;
    trial.toy().set(|world| world.listing_lag = 3);
    trial.run().await;
    let (_, observed) = seen(&trial);
    let window = |step: &str| observed.windows[&(step.to_owned(), Vec::new())].clone();
    let list = window("put.list");
    assert_eq!(list.stale, 3);
    assert!(list.last_stale_us >= 100_000, "{list:?}");
    assert!(list.reads > 3);
    assert_eq!(window("put.container").stale, 0);
    assert_eq!(step_seen(&observed, "put.list"), Some(&StepSeen::Reached));
    trial.assert_clean("consistency");
}

#[tokio::test]
async fn reads_without_a_write_are_not_exercised() {
    let trial = trial(CONSISTENCY).await;
    // of the container: the write then has nowhere to go
    trial
        .toy()
        .set(|world| world.faults = vec![Some(Fault::Lost); 9]);
    trial.run().await;
    let (execution, _) = seen(&trial);
    assert!(matches!(execution.outcome, Outcome::SetAside(_)));
    trial.assert_clean("no write");
}
