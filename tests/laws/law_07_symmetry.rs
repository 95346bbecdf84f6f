//! `diff A B` and `diff B A` find the same differences, with direction mirrored.

use crate::data;
use interop::compare::Difference;

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
