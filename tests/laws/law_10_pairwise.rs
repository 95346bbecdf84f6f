//! An N-cloud diff restricted to two of its clouds is their pairwise diff.

use crate::data;
use interop::compare::Comparison;
use interop::recording::Recording;

#[test]
fn a_third_cloud_changes_nothing_between_two() {
    let zed = || data::open("lab-zed.rec");
    let new = || data::open("lab-new.rec");
    let third = || data::renamed(&zed(), &data::ZED, "third");
    let all = unchanged(zed, new, third);
    assert_eq!(all.pairs[1].differences, [], "a cloud and its twin");
}

#[test]
fn a_cloud_that_flaps_changes_nothing_between_two_others() {
    let zed = || data::open("lab-zed.rec");
    let new = || data::open("lab-new.rec");
    let all = unchanged(zed, new, || data::flapping("third"));
    assert_ne!(all.pairs[1].differences, [], "one has a header less often");
}

fn unchanged(
    zed: impl Fn() -> Recording,
    new: impl Fn() -> Recording,
    third: impl Fn() -> Recording,
) -> Comparison {
    let all = data::compared(&[zed(), new(), third()]);
    let alone = [
        data::compared(&[zed(), new()]),
        data::compared(&[zed(), third()]),
        data::compared(&[new(), third()]),
    ];
    for (pair, alone) in all.pairs.iter().zip(&alone) {
        let expected = &alone.pairs[0];
        assert_eq!(pair.differences, expected.differences);
        assert_eq!(pair.unconfirmed, expected.unconfirmed);
        assert_eq!(pair.steps, expected.steps);
        assert_eq!((pair.places, pair.mixed), (expected.places, expected.mixed));
    }
    all
}
