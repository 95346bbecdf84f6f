//! S3 on the server inside the process: scenarios run to their end, nothing is left, no key is on disk.

#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails here")]

use interop::plan::{Library, PlanOptions};
use interop::profile::secret::Redacted;
use interop::profile::{Auth, Environment, Profile};
use interop::protocol::{Secrets, access_key_of};
use interop::recording::{Outcome, Recording, StepEnd};
use interop::run::undo::Patience;
use interop::run::{Cancel, CloudRequest, Events, RunRequest, prepare};
use interop::scenario::{Hazard, ScenarioId, Suite};
use std::sync::Arc;

/// One of each way of speaking; the whole suite takes minutes.
const SELECTED: [&str; 5] = [
    "s3/multipart/lifecycle",
    "s3/object/awkward-keys",
    "s3/object/conditions",
    "s3/object/lifecycle",
    "s3/presigned/get",
];

fn secrets(profile: &Profile, environment: &Environment) -> Secrets {
    let mut secrets = Secrets::new();
    for (role, user) in &profile.users {
        let Auth::Keys {
            access_key,
            secret_key,
            ..
        } = &user.auth
        else {
            panic!("{role} has no keys");
        };
        secrets.insert(access_key_of(role), access_key.read(environment).unwrap());
        secrets.insert(role.clone(), secret_key.read(environment).unwrap());
    }
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_scenarios_run_on_the_embedded_server_and_leaves_nothing() {
    let environment = Environment::default();
    let profile = Profile::load("embedded", &environment).unwrap();
    let secrets = secrets(&profile, &environment);
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("embedded.rec");
    let suite = Suite::builtin().unwrap();
    let library: Library = suite
        .scenarios()
        .chain(suite.fixtures())
        .map(|s| (s.id.clone(), Arc::new(s.clone())))
        .collect();
    let selected: Vec<ScenarioId> = SELECTED
        .iter()
        .map(|id| ScenarioId((*id).to_owned()))
        .collect();
    let request = RunRequest {
        run: "test".to_owned(),
        clouds: vec![CloudRequest {
            profile,
            secrets: secrets.clone(),
            recording: recording.clone(),
            journal: folder.path().join("embedded.journal"),
            noise: None,
            known: None,
        }],
        library,
        selected: selected.clone(),
        shard: None,
        options: PlanOptions {
            round: 1,
            repeats: 1,
            hazards: [Hazard::None, Hazard::Consumes].into(),
            ..PlanOptions::default()
        },
        patience: Patience::default(),
    };
    let (events, cancel) = (Events::default(), Cancel::default());
    let prepared = prepare(request, &events, &cancel).await.unwrap();
    assert!(prepared.failed.is_empty(), "{:?}", prepared.failed);
    let outcome = prepared.run(&events, &cancel).await;
    assert!(outcome.left_behind.is_empty(), "{:?}", outcome.left_behind);
    assert!(outcome.errors.is_empty(), "{:?}", outcome.errors);

    let seen = Recording::open(&recording).unwrap();
    let mut done = 0;
    for id in &selected {
        for execution in seen.executions(&id.0).unwrap() {
            assert_eq!(execution.outcome, Outcome::Done, "{id}");
            assert!(
                execution.steps.iter().any(|step| step.end == StepEnd::Done),
                "{id}"
            );
            let written = serde_json::to_string(&execution).unwrap();
            for secret in secrets.values().map(Redacted::expose) {
                assert!(!written.contains(secret.as_str()), "{id} holds a key");
            }
            done += 1;
        }
    }
    assert_eq!(done, selected.len());
}
