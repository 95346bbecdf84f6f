//! The image that a run brings along: there before the first execution, and gone after any end.

use super::kills::every_moment_can_be_cleaned_up;
use super::toy::Fault;
use super::{NETWORK, Trial};
use crate::recording::{Recording, SkipKind};
use crate::run::{Events, prepare};

const WITH_IMAGE: &str = r#"
title = "t"
why = "w"
refs = ["https://example.com"]
service = "network"
needs = ["image.small"]
hazard = "consumes"
[[step]]
id = "create"
request = "POST /networks"
json = { network = { name = "{{ name }}", description = "{{ image.small }}" } }
undo = "network.network"
"#;

async fn trial() -> Trial {
    let mut trial = Trial::new(&[
        ("network/network/image", WITH_IMAGE),
        ("network/network/test", NETWORK),
    ])
    .await;
    trial.uploads = true;
    trial
}

#[tokio::test]
async fn an_own_image_is_bound_while_the_run_lasts() {
    let trial = trial().await;
    let outcome = trial.run().await;
    assert!(
        outcome.left_behind.is_empty() && outcome.errors.is_empty(),
        "{outcome:?}"
    );
    trial.assert_clean("went well");
    let recording = trial.recording("toy");
    let bound = &recording.header().cloud.discovery.bindings["image.small"];
    assert!(
        bound.name.starts_with("interop-image-") && bound.name.len() == 34,
        "{bound:?}"
    );
    assert_eq!(bound.document["status"], "active");
    assert_eq!(bound.chosen, "raw, 1 MiB: uploaded for this run");
    let sent = trial.executions("network/network/image")[0].exchanges[0]
        .request
        .body
        .clone();
    assert!(sent.text.unwrap().contains(&bound.id));
    // it goes last: what was made of it may hold it
    let deleted = trial.toy().world.lock().unwrap().deleted.clone();
    assert_eq!(deleted.last(), Some(&bound.name), "{deleted:?}");
    let uploads = recording.controls().unwrap();
    let uploads = uploads.iter().filter(|control| control.label == "upload");
    assert_eq!(
        uploads
            .map(|control| control.exchanges.len())
            .sum::<usize>(),
        2
    );
}

#[tokio::test]
async fn an_image_whose_making_failed_is_made_again_and_none_is_left() {
    for fault in [
        Fault::MadeAnd500,
        Fault::MadeAndLost,
        Fault::MadeWithoutId,
        Fault::Busy,
        Fault::Lost,
    ] {
        let trial = trial().await;
        trial.toy().set(|world| world.faults = vec![Some(fault)]);
        let outcome = trial.run().await;
        assert!(outcome.left_behind.is_empty(), "{fault:?}: {outcome:?}");
        trial.assert_clean(&format!("{fault:?}"));
        assert_eq!(
            trial.executions("network/network/image").len(),
            1,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn where_no_image_can_be_uploaded_only_what_needs_one_is_not_run() {
    let trial = trial().await;
    trial.toy().set(|world| world.read_only = true);
    let outcome = trial.run().await;
    assert!(outcome.left_behind.is_empty(), "{outcome:?}");
    trial.assert_clean("refused");
    let recording = trial.recording("toy");
    assert_eq!(recording.scenarios(), ["network/network/test"]);
    let skip = &recording.header().plan.skipped["network/network/image"];
    assert_eq!(skip.kind, SkipKind::Unbound);
    assert!(
        skip.why.contains("answers 403 Toy (no import here)"),
        "{}",
        skip.why
    );
}

#[tokio::test]
async fn what_nothing_needs_is_not_uploaded() {
    let mut trial = Trial::new(&[("network/network/test", NETWORK)]).await;
    trial.uploads = true;
    trial.run().await;
    trial.assert_clean("not needed");
    let deleted = trial.toy().world.lock().unwrap().deleted.clone();
    assert!(
        !deleted.iter().any(|name| name.contains("image")),
        "{deleted:?}"
    );
    let found = trial.recording("toy").header().cloud.discovery.clone();
    assert!(found.unbound["image.small"].contains("nothing that is run needs it"));
}

#[tokio::test]
async fn a_run_with_an_own_image_can_be_killed_at_any_moment() {
    every_moment_can_be_cleaned_up(trial().await, Vec::new()).await;
    let faults = vec![Some(Fault::MadeAndLost), Some(Fault::MadeAnd500)];
    every_moment_can_be_cleaned_up(trial().await, faults).await;
}

#[tokio::test]
async fn a_round_that_knows_what_was_said_asks_nobody_again_and_brings_its_own_image() {
    let trial = trial().await;
    let first = trial.run().await;
    let asked = |recording: &Recording| {
        let controls = recording.controls().unwrap();
        let of = controls
            .iter()
            .filter(|control| control.label == "discovery");
        of.map(|control| control.exchanges.len()).sum::<usize>()
    };
    let recording = trial.recording("toy");
    let image = recording.header().cloud.discovery.bindings["image.small"].clone();
    let questions = asked(&recording);
    let mut request = trial.request();
    let cloud = &mut request.clouds[0];
    cloud.known = first.said.get("toy").cloned();
    cloud.recording = trial.folder.path().join("again.rec");
    cloud.journal = trial.folder.path().join("again.journal");
    let prepared = prepare(request, &Events::default(), &trial.cancel).await;
    let again = prepared
        .unwrap()
        .run(&Events::default(), &trial.cancel)
        .await;
    assert!(again.errors.is_empty(), "{again:?}");
    let recording = trial.recording("again");
    // where the identity service is, belongs to the login
    assert_eq!((questions > 10, asked(&recording)), (true, 1));
    let bound = &recording.header().cloud.discovery.bindings["image.small"];
    assert_ne!(bound.id, image.id);
    assert_eq!(recording.scenarios().len(), 2);
    trial.assert_clean("twice");
}
