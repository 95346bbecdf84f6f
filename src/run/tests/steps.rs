//! What an execution sends, takes down and makes of what goes wrong.

use super::toy::{Fault, Toy};
use super::{NETWORK, Trial};
use crate::recording::{Outcome, StepEnd};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test]
async fn a_step_without_its_capture_is_blocked_and_the_others_go_on() {
    let trial = Trial::new(&[("network/network/test", NETWORK)]).await;
    trial
        .toy()
        .set(|world| world.faults = vec![Some(Fault::MadeWithoutId)]);
    trial.run().await;
    let execution = &trial.executions("network/network/test")[0];
    let ends: Vec<(&str, &StepEnd)> = execution
        .steps
        .iter()
        .map(|step| (step.step.as_str(), &step.end))
        .collect();
    let blocked = StepEnd::Blocked(vec!["network".to_owned()]);
    assert_eq!(
        ends,
        [
            ("create", &StepEnd::Done),
            ("second", &StepEnd::Done),
            ("port", &blocked),
            ("show", &blocked)
        ]
    );
    assert_eq!(execution.outcome, Outcome::Done);
    assert_eq!(execution.exchanges.len(), 2);
}

#[tokio::test]
async fn an_execution_that_meets_a_busy_cloud_is_run_again_with_new_names() {
    let trial = Trial::new(&[("network/network/test", NETWORK)]).await;
    trial
        .toy()
        .set(|world| world.faults = vec![Some(Fault::Busy), None, Some(Fault::Lost)]);
    let outcome = trial.run().await;
    let executions = trial.executions("network/network/test");
    let seen: Vec<(u32, bool)> = executions
        .iter()
        .map(|execution| (execution.attempt, execution.outcome == Outcome::Done))
        .collect();
    assert_eq!(seen, [(0, false), (1, false), (2, true)]);
    let nonces: BTreeSet<&String> = executions
        .iter()
        .map(|execution| &execution.nonce)
        .collect();
    assert_eq!(nonces.len(), 3);
    assert_eq!(
        (outcome.counts["toy"].done, outcome.counts["toy"].set_aside),
        (3, 2)
    );
    trial.assert_clean("busy");
}

#[tokio::test]
async fn what_recurs_in_every_attempt_stands_and_is_run_to_its_end() {
    let trial = Trial::new(&[("network/network/test", NETWORK)]).await;
    trial.toy().set(|world| {
        world.faults = vec![Some(Fault::Busy), Some(Fault::Busy), Some(Fault::Busy)];
    });
    trial.run().await;
    let executions = trial.executions("network/network/test");
    assert!(
        executions
            .iter()
            .all(|e| matches!(&e.outcome, Outcome::SetAside(why) if why.contains("503")))
    );
    // the first two stop where it happened, the last goes on
    let steps: Vec<usize> = executions
        .iter()
        .map(|execution| execution.steps.len())
        .collect();
    assert_eq!(steps, [1, 1, 4]);
}

#[tokio::test]
async fn requests_say_who_asks_and_what_is_taken_and_no_token_is_recorded() {
    let trial = Trial::new(&[("network/network/test", NETWORK)]).await;
    trial.run().await;
    let execution = &trial.executions("network/network/test")[0];
    let sent = &execution.exchanges[0].request;
    let header = |name: &str| {
        let found = sent
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    assert_eq!(header("accept"), "application/json");
    assert!(header("user-agent").starts_with("interop/"));
    assert_eq!(header("content-type"), "application/json");
    assert!(header("x-auth-token").starts_with("«secret:"));
    let name = format!("interop-a-{}", execution.nonce);
    assert!(sent.body.text().unwrap().contains(&name));
    let bytes = std::fs::read(trial.folder.path().join("toy.journal")).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("toy-token"));
}

const FIXTURE: &str = r#"
title = "a network"
service = "network"
hazard = "consumes"
[[step]]
id = "create"
request = "POST /networks"
json = { network = { name = "{{ name }}" } }
reach = { status = 201 }
capture = { network = "$.network.id" }
undo = "network.network"
[outputs]
id = "{{ network }}"
"#;

fn user(shared: bool) -> String {
    format!(
        "title = \"t\"\nwhy = \"w\"\nrefs = [\"https://example.com\"]\nservice = \"network\"\n\
         use = [{{ fixture = \"fixtures/net\", as = \"net\", shared = {shared} }}]\n\
         [[step]]\nid = \"show\"\nrequest = \"GET /networks/{{{{ net.id }}}}\"\nreach = {{ status = 200 }}\n"
    )
}

#[tokio::test]
async fn a_shared_fixture_is_made_once_a_repeat_and_an_own_one_for_each_execution() {
    for (shared, made) in [(true, 2), (false, 4)] {
        let text = user(shared);
        let texts = [
            ("fixtures/net", FIXTURE),
            ("network/network/one", text.as_str()),
            ("network/network/two", text.as_str()),
        ];
        let mut trial = Trial::new(&texts).await;
        trial.options.repeats = 2;
        trial.options.concurrency = Some(1);
        let most = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&most);
        trial.toy().watch(move |world, _| {
            let names = world.names("networks");
            let ours = names.iter().filter(|name| name.len() == 30).count();
            seen.fetch_max(ours, Ordering::SeqCst);
        });
        let outcome = trial.run().await;
        assert!(outcome.left_behind.is_empty());
        // taken down when its last user has ended, not at the end of the run
        assert_eq!(most.load(Ordering::SeqCst), 1);
        trial.assert_clean("fixtures");
        assert_eq!(trial.executions("fixtures/net").len(), made);
        for id in ["network/network/one", "network/network/two"] {
            for execution in trial.executions(id) {
                assert_eq!(execution.outcome, Outcome::Done);
                let answer = execution.exchanges[0].answer.as_ref().unwrap();
                assert_eq!(answer.status, 200);
                assert!(execution.fixtures.contains_key("net.id"));
            }
        }
    }
}

#[tokio::test]
async fn a_fixture_is_tried_again_on_a_busy_cloud_and_cuts_its_users_where_it_can_t_be_made() {
    let text = user(true);
    let texts = [
        ("fixtures/net", FIXTURE),
        ("network/network/one", text.as_str()),
    ];
    let trial = Trial::new(&texts).await;
    trial
        .toy()
        .set(|world| world.faults = vec![Some(Fault::Busy)]);
    trial.run().await;
    assert_eq!(
        trial.executions("network/network/one")[0].outcome,
        Outcome::Done
    );
    assert_eq!(trial.executions("fixtures/net").len(), 2);
    let trial = Trial::new(&texts).await;
    trial
        .toy()
        .set(|world| world.faults = vec![Some(Fault::MadeWithoutId)]);
    trial.run().await;
    let execution = &trial.executions("network/network/one")[0];
    assert!(
        matches!(&execution.outcome, Outcome::Cut(why) if why.contains("fixtures/net")),
        "{:?}",
        execution.outcome
    );
    trial.assert_clean("unmade fixture");
}

#[tokio::test]
async fn a_cloud_that_goes_away_does_not_take_the_other_s_results_with_it() {
    let texts: Vec<(String, &str)> = (0..8)
        .map(|n| (format!("network/network/n{n}"), NETWORK))
        .collect();
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(id, text)| (id.as_str(), *text))
        .collect();
    let mut trial = Trial::new(&texts).await;
    let dying = Toy::start().await;
    let world = Arc::clone(&dying.world);
    trial.toy().watch(move |_, _| {
        // as soon as the other is at work
        if let Ok(mut world) = world.try_lock() {
            world.closed = true;
        }
    });
    trial.clouds.push(("dying".to_owned(), dying));
    let outcome = trial.run().await;
    trial.assert_clean("the one that lives");
    assert_eq!(outcome.counts["toy"].done, 8);
    assert!(trial.recording("toy").trailer().is_some());
    assert!(trial.recording("dying").trailer().is_some());
    for n in 0..8 {
        assert_eq!(trial.executions(&format!("network/network/n{n}")).len(), 1);
    }
}

#[tokio::test]
async fn a_budget_of_requests_stops_before_it_is_used_up() {
    let texts: Vec<(String, &str)> = (0..6)
        .map(|n| (format!("network/network/n{n}"), NETWORK))
        .collect();
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(id, text)| (id.as_str(), *text))
        .collect();
    let mut trial = Trial::new(&texts).await;
    trial.options.budgets.requests = Some(70);
    let outcome = trial.run().await;
    let recording = trial.recording("toy");
    let trailer = recording.trailer().unwrap();
    assert!(trailer.requests <= 70, "{}", trailer.requests);
    assert!(outcome.counts["toy"].done <= 4 && outcome.counts["toy"].done > 0);
    trial.assert_clean("budget");
}
