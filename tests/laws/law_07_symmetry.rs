//! `diff A B` and `diff B A` find the same differences, with direction mirrored.

use crate::data;
use interop::compare::{Difference, Kind};

#[test]
fn the_way_back_finds_the_same() {
    let there = data::compared(&[data::open("lab-zed.rec"), data::open("lab-new.rec")]);
    let back = data::compared(&[data::open("lab-new.rec"), data::open("lab-zed.rec")]);
    let mut mirrored: Vec<Difference> = back.pairs[0]
        .differences
        .iter()
        .cloned()
        .map(mirror)
        .collect();
    let mut straight = there.pairs[0].differences.clone();
    assert!(!straight.is_empty(), "two releases differ");
    let key = |d: &Difference| {
        (
            d.scenario.clone(),
            d.step.clone(),
            d.rows.clone(),
            d.place.clone(),
            d.kind,
        )
    };
    mirrored.sort_by_key(key);
    straight.sort_by_key(key);
    assert_eq!(straight, mirrored);
    assert_eq!(there.pairs[0].places, back.pairs[0].places);
    assert_eq!(there.pairs[0].mixed, back.pairs[0].mixed);
}

#[test]
fn who_has_a_header_less_often_is_found_from_either_side() {
    let steady = || data::open("lab-zed.rec");
    let there = data::compared(&[steady(), data::flapping("public")]);
    let back = data::compared(&[data::flapping("public"), steady()]);
    let found = &there.pairs[0].differences;
    assert!(!found.is_empty());
    for d in found {
        assert_eq!(d.scenario, data::FLAPS.0);
        assert_eq!(d.place, format!("header {}", data::FLAPS.1));
        assert_eq!(d.kind, Kind::LessOften);
        assert_eq!(d.a, "in all 10 answers");
        assert_eq!(d.b, "in 2 of 10 answers");
    }
    let mirrored: Vec<Difference> = back.pairs[0]
        .differences
        .iter()
        .cloned()
        .map(mirror)
        .collect();
    assert_eq!(*found, mirrored);
}

fn mirror(d: Difference) -> Difference {
    Difference {
        kind: d.kind.mirrored(),
        a: d.b,
        b: d.a,
        repeats: (d.repeats.1, d.repeats.0),
        evidence: (d.evidence.1, d.evidence.0),
        ..d
    }
}
