//! A recording against itself, or against any re-split of its repeats, gives exactly zero findings.

use crate::data::{self, Cloud, NEW, ZED};
use interop::compare::{calibrate, compare_scenario};
use interop::observe::{self, Noise, label};

#[test]
fn a_recording_against_itself_is_silent() {
    for name in ["lab-zed.rec", "lab-new.rec"] {
        let result = data::compared(&[data::open(name), data::open(name)]);
        assert!(
            result.pairs[0].places > 1000,
            "{} places",
            result.pairs[0].places
        );
        assert_eq!(result.pairs[0].differences, []);
        assert_eq!(result.pairs[0].unconfirmed, []);
    }
}

#[test]
fn what_flaps_is_no_finding_against_itself_nor_in_any_split() {
    let result = data::compared(&[data::flapping("one"), data::flapping("other")]);
    assert!(result.pairs[0].mixed > 0);
    assert_eq!(result.pairs[0].differences, []);
    let found = calibrate(&data::flapping("one"), &Noise::default(), &data::parse).unwrap();
    assert_eq!((found.splits, found.loud), (126, 0));
    assert_eq!(found.differences, []);
}

/// Every way of putting ten repeats into two halves of five.
fn halves() -> Vec<u32> {
    (0..1u32 << 10)
        .filter(|set| set.count_ones() == 5 && set & 1 == 1)
        .collect()
}

#[test]
fn all_126_splits_of_ten_repeats_are_silent() {
    assert_eq!(halves().len(), 126);
    for cloud in [&*ZED, &*NEW] {
        silent_in_every_split(cloud);
    }
}

fn silent_in_every_split(cloud: &Cloud) {
    for (scenario, executions) in &cloud.scenarios {
        let (counted, _) = observe::counted(executions);
        let observed: Vec<_> = counted
            .iter()
            .map(|e| {
                (
                    e.round,
                    e.repeat,
                    observe::observe(&cloud.header, scenario, e),
                )
            })
            .collect();
        assert_eq!(observed.len(), 10, "{}", scenario.id);
        for set in halves() {
            let half = |one: bool| {
                let chosen = observed
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| (set >> i & 1 == 1) == one);
                label(&chosen.map(|(_, o)| o.clone()).collect::<Vec<_>>())
            };
            let result = compare_scenario(scenario, &half(true), &half(false));
            assert_eq!(
                result.differences,
                [],
                "{} split {set:010b} on {}",
                scenario.id,
                cloud.header.cloud.name
            );
        }
    }
}
