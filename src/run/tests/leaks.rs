//! Nothing is left, and nothing else is touched, whatever goes wrong.

use super::toy::Fault;
use super::{CONTAINER, NETWORK, Trial};
use crate::journal::read_journal;
use crate::run::Stop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn both() -> [(&'static str, &'static str); 2] {
    [
        ("network/network/test", NETWORK),
        ("object-store/container/test", CONTAINER),
    ]
}

#[tokio::test]
async fn a_run_that_goes_well_leaves_nothing() {
    let trial = Trial::new(&both()).await;
    let outcome = trial.run().await;
    assert!(
        outcome.errors.is_empty() && outcome.left_behind.is_empty(),
        "{outcome:?}"
    );
    trial.assert_clean("went well");
    let journal = read_journal(&trial.folder.path().join("toy.journal")).unwrap();
    assert_eq!(journal.entries.len(), 4);
    assert_eq!(journal.unsettled().count(), 0);
    assert!(!trial.toy().world.lock().unwrap().deleted.is_empty());
}

#[tokio::test]
async fn nothing_is_left_after_any_fault_of_any_create() {
    let faults = [
        Fault::MadeAnd500,
        Fault::MadeAndLost,
        Fault::MadeWithoutId,
        Fault::Busy,
        Fault::Lost,
    ];
    for fault in faults {
        for place in 0..4 {
            let trial = Trial::new(&both()).await;
            let mut wrong = vec![None; place];
            wrong.push(Some(fault));
            trial.toy().set(|world| world.faults = wrong);
            let outcome = trial.run().await;
            let what = format!("{fault:?} at {place}: {outcome:?}");
            assert!(outcome.left_behind.is_empty(), "{what}");
            trial.assert_clean(&what);
        }
    }
}

#[tokio::test]
async fn deletes_that_are_slow_or_refused_for_a_while_are_waited_for() {
    let trial = Trial::new(&both()).await;
    trial.toy().set(|world| {
        world.linger = 4;
        world.conflicts = 3;
        world.ports_appear = true;
    });
    let outcome = trial.run().await;
    assert!(outcome.left_behind.is_empty(), "{outcome:?}");
    trial.assert_clean("slow");
}

/// neutron denies the right to delete a port that goes with its server at that moment: it was listed as left behind.
#[tokio::test]
async fn a_refusal_about_what_is_gone_leaves_nothing_behind() {
    let trial = Trial::new(&both()).await;
    trial.toy().set(|world| world.refuses_what_goes = true);
    let outcome = trial.run().await;
    assert!(outcome.left_behind.is_empty(), "{outcome:?}");
    trial.assert_clean("refused and gone");
}

#[tokio::test]
async fn what_was_missing_once_may_be_back() {
    let trial = Trial::new(&[both()[0]]).await;
    trial.toy().set(|world| {
        world.linger = 3;
        world.flickers = true;
    });
    let outcome = trial.run().await;
    assert!(outcome.left_behind.is_empty(), "{outcome:?}");
    trial.assert_clean("flickers");
}

#[tokio::test]
async fn what_one_thing_holds_is_tried_again_after_it() {
    let trial = Trial::new(&[both()[0]]).await;
    // the second network goes only after the first, and undo begins with the last
    trial
        .toy()
        .set(|world| world.holds = Some(("interop-b-", "interop-a-")));
    let outcome = trial.run().await;
    assert!(outcome.left_behind.is_empty(), "{outcome:?}");
    trial.assert_clean("held");
    let deleted = trial.toy().world.lock().unwrap().deleted.clone();
    assert!(deleted[2].starts_with("interop-b-"), "{deleted:?}");
}

#[tokio::test]
async fn of_two_things_with_one_name_none_is_touched_and_it_is_said() {
    let trial = Trial::new(&[both()[0]]).await;
    trial
        .toy()
        .set(|world| world.faults = vec![Some(Fault::MadeTwice)]);
    let outcome = trial.run().await;
    let left = &outcome.left_behind["toy"];
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(
        left[0].why.contains("2 things have this name"),
        "{}",
        left[0].why
    );
    let name = &left[0].name;
    assert_eq!(
        trial
            .toy()
            .names("networks")
            .iter()
            .filter(|n| *n == name)
            .count(),
        2
    );
    let trailer = trial.recording("toy").trailer().unwrap().clone();
    assert_eq!(&trailer.left_behind, left);
}

#[tokio::test]
async fn what_never_goes_is_listed_and_cleanup_takes_it_later() {
    let trial = Trial::new(&[both()[0]]).await;
    trial.toy().set(|world| world.conflicts = u32::MAX);
    let outcome = trial.run().await;
    assert_eq!(outcome.left_behind["toy"].len(), 3, "{outcome:?}");
    assert!(
        outcome.left_behind["toy"]
            .iter()
            .all(|left| !left.id.is_empty())
    );
    trial.toy().set(|world| world.conflicts = 0);
    let cleaned = trial.clean(&trial.folder.path().join("toy.journal")).await;
    assert_eq!(
        (cleaned.swept.len(), cleaned.left.len()),
        (3, 0),
        "{cleaned:?}"
    );
    trial.assert_clean("after cleanup");
    // the second time there is nothing to do
    let cleaned = trial.clean(&trial.folder.path().join("toy.journal")).await;
    assert_eq!(cleaned.swept, []);
}

#[tokio::test]
async fn what_can_not_be_taken_away_is_not_made_again_and_again() {
    let mut trial = Trial::new(&[both()[0]]).await;
    trial.options.repeats = 40;
    trial.toy().set(|world| world.conflicts = u32::MAX);
    let outcome = trial.run().await;
    let left = &outcome.left_behind["toy"];
    let networks = left.iter().filter(|left| left.kind == "network.network");
    // those that ran when it was seen come to their end
    let networks = networks.count();
    assert!((5..=16).contains(&networks), "{networks}: {left:?}");
    let trailer = trial.recording("toy").trailer().unwrap().clone();
    assert!(trailer.cut.len() >= 30, "{trailer:?}");
    assert!(
        trailer.cut[0]
            .1
            .contains("could not be taken away: no more are made"),
        "{trailer:?}"
    );
}

#[tokio::test]
async fn nothing_is_left_whenever_it_is_stopped() {
    let total = {
        let trial = Trial::new(&both()).await;
        let seen = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&seen);
        trial.toy().watch(move |_, after| {
            if !after {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        trial.run().await;
        seen.load(Ordering::SeqCst)
    };
    assert!(total > 15, "{total}");
    for at in 1..=total {
        let trial = Trial::new(&both()).await;
        let cancel = trial.cancel.clone();
        let seen = Arc::new(AtomicU64::new(0));
        trial.toy().watch(move |_, after| {
            if !after && seen.fetch_add(1, Ordering::SeqCst) + 1 == at {
                cancel.interrupt();
            }
        });
        let outcome = trial.run().await;
        assert!(
            outcome.left_behind.is_empty(),
            "stopped at {at}: {outcome:?}"
        );
        trial.assert_clean(&format!("stopped at {at}"));
    }
}

#[tokio::test]
async fn who_stops_twice_gets_a_list_that_cleanup_can_work_off() {
    let mut some = false;
    for at in 1..=12 {
        let trial = Trial::new(&both()).await;
        let cancel = trial.cancel.clone();
        let seen = Arc::new(AtomicU64::new(0));
        trial.toy().watch(move |_, after| {
            if !after && seen.fetch_add(1, Ordering::SeqCst) + 1 == at {
                cancel.stop(Stop::AtOnce);
            }
        });
        let outcome = trial.run().await;
        trial.toy().unwatch();
        let ours = |what| {
            let names = trial.toy().names(what);
            names.into_iter().filter(|name| name.len() == 30).count()
        };
        let there = ours("networks") + ours("ports") + ours("containers");
        some |= there > 0;
        let listed = outcome.left_behind.get("toy").map_or(0, Vec::len);
        assert!(
            listed >= there,
            "{listed} listed, {there} there, stopped at {at}"
        );
        trial.clean(&trial.folder.path().join("toy.journal")).await;
        trial.assert_clean(&format!("stopped twice at {at}"));
    }
    assert!(some, "nothing was ever left to list");
}
