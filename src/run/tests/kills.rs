//! A run that is killed at any moment is cleaned up from its journal as it was on disk at that moment.

use super::toy::{Fault, World};
use super::{CONTAINER, NETWORK, Trial};
use std::sync::{Arc, Mutex};

/// The journal's bytes and the cloud at one moment.
type Moment = (Vec<u8>, World);

async fn trial() -> Trial {
    let texts = [
        ("network/network/test", NETWORK),
        ("object-store/container/test", CONTAINER),
    ];
    Trial::new(&texts).await
}

async fn moments(trial: Trial, faults: Vec<Option<Fault>>) -> (Trial, Vec<Moment>) {
    trial.toy().set(|world| world.faults = faults);
    let journal = trial.folder.path().join("toy.journal");
    let seen: Arc<Mutex<Vec<Moment>>> = Arc::default();
    let keep = Arc::clone(&seen);
    // before a request is done and after it, without its answer
    trial.toy().watch(move |world, _| {
        let bytes = std::fs::read(&journal).unwrap_or_default();
        keep.lock().unwrap().push((bytes, world.clone()));
    });
    trial.run().await;
    trial.toy().unwatch();
    let moments = std::mem::take(&mut *seen.lock().unwrap());
    (trial, moments)
}

pub async fn every_moment_can_be_cleaned_up(trial: Trial, faults: Vec<Option<Fault>>) {
    let (trial, moments) = moments(trial, faults).await;
    assert!(moments.len() > 20, "{}", moments.len());
    for (number, (journal, world)) in moments.into_iter().enumerate() {
        // the journal's first line is there before anything is sent
        let path = trial.folder.path().join(format!("{number}.journal"));
        std::fs::write(&path, &journal).unwrap();
        trial.toy().set(|now| {
            *now = world;
            now.faults.clear();
        });
        let cleaned = trial.clean(&path).await;
        assert_eq!(cleaned.left, [], "killed at moment {number}");
        trial.assert_clean(&format!("killed at moment {number}"));
    }
}

#[tokio::test]
async fn a_run_can_be_killed_at_any_moment() {
    every_moment_can_be_cleaned_up(trial().await, Vec::new()).await;
}

#[tokio::test]
async fn a_run_on_a_cloud_that_fails_can_be_killed_at_any_moment() {
    let faults = vec![
        Some(Fault::MadeAnd500),
        Some(Fault::MadeAndLost),
        Some(Fault::MadeWithoutId),
    ];
    every_moment_can_be_cleaned_up(trial().await, faults).await;
}

#[tokio::test]
async fn a_journal_that_is_torn_anywhere_hides_nothing_that_was_sent() {
    let (trial, moments) = moments(trial().await, Vec::new()).await;
    // at the moment with most on the cloud, every line but those of the things that are there may be torn off:
    // what was intended on a line that is whole is found
    let (journal, world) = moments
        .into_iter()
        .max_by_key(|(_, world)| world.names("networks").len() + world.names("ports").len())
        .unwrap();
    let intents = journal
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(b"{\"now\""))
        .flatten()
        .copied()
        .collect::<Vec<u8>>();
    for torn in [
        &b""[..],
        b"{\"intended\":{\"n\":9",
        b"{\"now\":{\"n\":1,\"at\":\"x",
    ] {
        let path = trial
            .folder
            .path()
            .join(format!("torn-{}.journal", torn.len()));
        std::fs::write(&path, [&intents, torn].concat()).unwrap();
        trial.toy().set(|now| *now = world.clone());
        let cleaned = trial.clean(&path).await;
        assert_eq!(cleaned.left, []);
        trial.assert_clean("torn");
    }
}
