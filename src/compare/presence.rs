//! Whether a place that flaps is there less often on one cloud than on the other.
//!
//! In: the labels of one place, mixed on at least one cloud; later, how many such places the whole pair has. Out: the
//! differences that chance does not explain. Half of what the unanimous places leave of the error budget is shared by all
//! mixed places, so that both together stay within it.

use super::confirm::BUDGET;
use super::covers::covers;
use super::model::{Difference, Kind, PairResult, State};
use super::noise::is_one_of_few;
use crate::observe::{Label, Part, Place};
use crate::stats::{exact_test, expected_false_findings};
use std::collections::BTreeMap;

/// Values told apart at one place; what is rarer is counted together.
const MOST_VALUES: usize = 3;
const OTHERS: &str = "another";

/// A place whose rates are unlike, and by how little chance.
#[derive(Clone, Debug)]
pub struct Unlike {
    pub place: Place,
    pub difference: Difference,
    chance: f64,
}

/// What the two clouds' rates at one place look like.
pub struct Rates {
    pub kind: Kind,
    pub a: String,
    pub b: String,
    chance: f64,
}

impl Rates {
    /// None where no number of mixed places would let it pass.
    pub fn of(place: &Place, a: &Label, b: &Label) -> Option<Self> {
        if a.answered == 0 || b.answered == 0 {
            return None;
        }
        let rates = if is_one_of_few(place.part) {
            Self::of_values(place.part, a, b)
        } else {
            Self::of_presence(a, b)
        };
        (rates.chance <= share(BUDGET, 1)).then_some(rates)
    }

    fn of_presence(a: &Label, b: &Label) -> Self {
        let [(in_a, in_b), without] = counts_of_presence(a, b);
        let shown = |present, of| format!("{} answers", times(present, of));
        Self {
            kind: direction((in_a, a.answered), (in_b, b.answered)),
            a: shown(in_a, a.answered),
            b: shown(in_b, b.answered),
            chance: exact_test(&[(in_a, in_b), without]),
        }
    }

    fn of_values(part: Part, a: &Label, b: &Label) -> Self {
        let counts = values(a, b);
        let good = |of: fn(&(u32, u32)) -> u32| -> u32 {
            let good = counts.iter().filter(|(value, _)| is_good(part, value));
            good.map(|(_, n)| of(n)).sum()
        };
        let kind = direction((good(|n| n.0), a.answered), (good(|n| n.1), b.answered));
        let rows: Vec<(u32, u32)> = merged(counts).into_values().collect();
        let shown = |label: &Label| {
            let seen = label.seen().into_iter();
            let each = seen.map(|(value, n)| format!("{value} {}", times(n, label.answered)));
            each.collect::<Vec<_>>().join(", ")
        };
        Self {
            kind,
            a: shown(a),
            b: shown(b),
            chance: exact_test(&rows),
        }
    }

    pub fn at(self, place: Place, difference: Difference) -> Unlike {
        Unlike {
            place,
            difference,
            chance: self.chance,
        }
    }
}

/// Those that chance does not explain, given how many places the pair has and how many of them are mixed. What hangs below
/// a place that is reported is not reported again.
pub fn findings(unlike: Vec<Unlike>, places: u64, mixed: u64) -> Vec<Difference> {
    let mut found: Vec<Unlike> = Vec::new();
    for one in unlike {
        let d = &one.difference;
        let told = found.iter().any(|other| {
            other.difference.scenario == d.scenario
                && (&other.place.step, &other.place.rows) == (&one.place.step, &one.place.rows)
                && covers(&other.place, &one.place)
        });
        if is_sound(&one, places, mixed) && !told {
            found.push(one);
        }
    }
    found.into_iter().map(|one| one.difference).collect()
}

/// Whether chance does not explain it.
pub fn is_sound(one: &Unlike, places: u64, mixed: u64) -> bool {
    let repeats = one.difference.repeats;
    let spent = expected_false_findings(places, mixed, repeats.0.min(repeats.1));
    one.chance <= share(BUDGET - spent, mixed)
}

/// Adds them to what differs, and to the steps that were the same so far.
pub fn append(pair: &mut PairResult, unlike: Vec<Unlike>) {
    let found = findings(unlike, pair.places, pair.mixed);
    for step in &mut pair.steps {
        // as with a header that is missing: no reason to call every step unlike
        let here = |d: &&Difference| {
            (&d.scenario, &d.step, &d.rows) == (&step.scenario, &step.step, &step.rows)
                && !d.place.starts_with("header ")
        };
        if matches!(step.state, State::Same | State::Unconfirmed) && found.iter().any(|d| here(&d))
        {
            step.state = State::Differs;
            step.why.clear();
        }
    }
    pair.differences.extend(found);
}

/// What rates use of what is `left` of the budget: nothing where so many repeats can't show that they are unlike.
#[must_use]
pub fn spends(left: f64, mixed: u64, repeats: u32) -> f64 {
    if mixed > 0 && can_tell(left, mixed, repeats) {
        left / 2.0
    } else {
        0.0
    }
}

/// Whether rates that are as unlike as can be would be told.
fn can_tell(left: f64, mixed: u64, repeats: u32) -> bool {
    exact_test(&[(repeats, 0), (0, repeats)]) <= share(left, mixed)
}

/// Whether more repeats, `most` in all, could show of `mixed` places that flap which are there less often.
#[must_use]
pub fn could_tell(places: u64, mixed: u64, most: u32) -> bool {
    can_tell(
        BUDGET - expected_false_findings(places, mixed, most),
        mixed,
        most,
    )
}

/// Whether rates look unlike so far: in more than half of the answers, as if they will be told with more repeats.
pub fn lean(place: &Place, a: &Label, b: &Label) -> bool {
    let counts = if is_one_of_few(place.part) {
        values(a, b).into_values().collect()
    } else {
        counts_of_presence(a, b).to_vec()
    };
    let (of_a, of_b) = (u64::from(a.answered), u64::from(b.answered));
    let apart =
        |(in_a, in_b): (u32, u32)| (u64::from(in_a) * of_b).abs_diff(u64::from(in_b) * of_a);
    counts.into_iter().map(apart).sum::<u64>() > of_a * of_b
}

/// The chance that one of `mixed` places may have (Bonferroni).
fn share(left: f64, mixed: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of places are far below 2^52"
    )]
    let places = mixed.max(1) as f64;
    left / 2.0 / places
}

fn counts_of_presence(a: &Label, b: &Label) -> [(u32, u32); 2] {
    let present = |label: &Label| label.values.values().sum::<u32>();
    let (in_a, in_b) = (present(a), present(b));
    let without = (
        a.answered.saturating_sub(in_a),
        b.answered.saturating_sub(in_b),
    );
    [(in_a, in_b), without]
}

/// How often each value came on the one cloud and on the other.
fn values(a: &Label, b: &Label) -> BTreeMap<String, (u32, u32)> {
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (value, n) in a.seen() {
        counts.entry(value).or_default().0 += n;
    }
    for (value, n) in b.seen() {
        counts.entry(value).or_default().1 += n;
    }
    counts
}

/// What a client hopes for.
fn is_good(part: Part, value: &str) -> bool {
    match part {
        Part::Status => value.parse::<u16>().is_ok_and(|status| status < 400),
        Part::Wire => value == "HTTP",
        _ => value == "done",
    }
}

/// The most frequent values on both clouds together, and the rest as one.
fn merged(counts: BTreeMap<String, (u32, u32)>) -> BTreeMap<String, (u32, u32)> {
    let mut by_count: Vec<(String, (u32, u32))> = counts.into_iter().collect();
    by_count.sort_by_key(|(_, (a, b))| std::cmp::Reverse(a + b));
    let mut merged = BTreeMap::new();
    for (n, (value, (a, b))) in by_count.into_iter().enumerate() {
        let name = if n < MOST_VALUES {
            value
        } else {
            OTHERS.to_owned()
        };
        let row: &mut (u32, u32) = merged.entry(name).or_default();
        *row = (row.0 + a, row.1 + b);
    }
    merged
}

/// Which cloud has the good thing less often.
fn direction((in_a, of_a): (u32, u32), (in_b, of_b): (u32, u32)) -> Kind {
    let (a, b) = (
        u64::from(in_a) * u64::from(of_b),
        u64::from(in_b) * u64::from(of_a),
    );
    match a.cmp(&b) {
        std::cmp::Ordering::Greater => Kind::LessOften,
        std::cmp::Ordering::Less => Kind::MoreOften,
        std::cmp::Ordering::Equal => Kind::Stability,
    }
}

fn times(n: u32, of: u32) -> String {
    match n {
        0 => format!("in none of {of}"),
        n if n == of => format!("in all {of}"),
        n => format!("in {n} of {of}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, EvidenceRef};

    fn label(values: &[(&str, u32)], answered: u32) -> Label {
        Label {
            answered,
            values: values.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect(),
            ..Label::default()
        }
    }

    fn place(part: Part, path: &str) -> Place {
        Place {
            step: "ask".into(),
            rows: vec![],
            part,
            path: path.into(),
        }
    }

    fn unlike(place: Place, a: &Label, b: &Label) -> Unlike {
        let rates = Rates::of(&place, a, b).unwrap();
        let difference = Difference {
            scenario: "a/b/c".into(),
            service: "compute".into(),
            operation: "GET /things".into(),
            place: place.to_string(),
            kind: rates.kind,
            asker: Asker::Owner,
            a: rates.a.clone(),
            b: rates.b.clone(),
            step: "ask".into(),
            rows: vec![],
            repeats: (a.answered, b.answered),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        };
        rates.at(place, difference)
    }

    #[test]
    fn a_header_in_2_of_10_answers_against_10_of_10_is_a_finding_and_says_who_has_it_less_often() {
        let (rare, always) = (label(&[("x", 2)], 10), label(&[("x", 10)], 10));
        let there = unlike(place(Part::Header, "vary"), &always, &rare);
        assert_eq!(there.difference.kind, Kind::LessOften);
        assert_eq!(there.difference.a, "in all 10 answers");
        assert_eq!(there.difference.b, "in 2 of 10 answers");
        let back = unlike(place(Part::Header, "vary"), &rare, &always);
        assert_eq!(back.difference.kind, Kind::MoreOften);
        assert_eq!(there.chance.to_bits(), back.chance.to_bits());
        assert_eq!(findings(vec![there], 5000, 20).len(), 1);
    }

    #[test]
    fn the_same_rates_among_more_mixed_places_are_chance() {
        let (rare, always) = (label(&[("x", 2)], 10), label(&[("x", 10)], 10));
        let one = unlike(place(Part::Header, "vary"), &always, &rare);
        assert_eq!(findings(vec![one.clone()], 5000, 34).len(), 1);
        assert_eq!(findings(vec![one], 5000, 36).len(), 0);
    }

    #[test]
    fn three_repeats_tell_nothing() {
        let (never, always) = (label(&[], 3), label(&[("x", 2)], 3));
        assert!(Rates::of(&place(Part::Header, "vary"), &always, &never).is_none());
    }

    #[test]
    fn ten_repeats_in_two_halves_are_silent_however_they_flap() {
        // the most unlike halves of which one is mixed
        for a in 1..5 {
            for b in [0, 5] {
                let (a, b) = (label(&[("x", a)], 5), label(&[("x", b)], 5));
                assert!(Rates::of(&place(Part::Body, "$.x"), &a, &b).is_none());
            }
        }
    }

    #[test]
    fn values_that_vary_in_every_answer_are_no_less_often_there() {
        let (a, b) = (label(&[("1", 5), ("2", 5)], 10), label(&[("3", 10)], 10));
        assert!(Rates::of(&place(Part::Body, "$.x"), &a, &b).is_none());
    }

    #[test]
    fn a_status_that_flaps_is_compared_by_its_values() {
        let steady = label(&[("200", 10)], 10);
        let flaps = label(&[("200", 2), ("500", 4), ("503", 4)], 10);
        let found = unlike(place(Part::Status, ""), &steady, &flaps).difference;
        assert_eq!(found.kind, Kind::LessOften);
        assert_eq!(found.a, "200 in all 10");
        assert_eq!(found.b, "500 in 4 of 10, 503 in 4 of 10, 200 in 2 of 10");
        let refused = label(&[("404", 10)], 10);
        let either = label(&[("404", 1), ("409", 9)], 10);
        let found = unlike(place(Part::Status, ""), &refused, &either).difference;
        assert_eq!(found.kind, Kind::Stability);
    }

    #[test]
    fn a_cloud_that_answers_another_status_each_time_is_told_in_no_time() {
        let names: Vec<String> = (400..599).map(|n| n.to_string()).collect();
        let each: Vec<(&str, u32)> = names.iter().map(|n| (n.as_str(), 1)).collect();
        let (a, b) = (label(&each, 199), label(&[("200", 199)], 199));
        assert!(Rates::of(&place(Part::Status, ""), &a, &b).is_some());
    }

    #[test]
    fn the_bound_counts_this_test_only_where_it_can_find_something() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(close(spends(BUDGET, 20, 3), 0.0));
        assert!(close(spends(BUDGET, 0, 10), 0.0));
        let left = BUDGET - expected_false_findings(5000, 20, 10);
        assert!(close(spends(left, 20, 10), left / 2.0));
        assert!(could_tell(5000, 20, 10) && !could_tell(50_000, 5000, 10));
    }

    #[test]
    fn rates_that_are_apart_in_more_than_half_of_the_answers_lean() {
        let there = |n| label(&[("x", n)], 3);
        let header = place(Part::Header, "vary");
        assert!(lean(&header, &there(3), &there(1)));
        assert!(lean(&header, &label(&[], 3), &there(2)));
        assert!(!lean(&header, &there(3), &there(2)));
        assert!(!lean(
            &header,
            &label(&[("1", 1), ("2", 2)], 3),
            &label(&[("3", 3)], 3)
        ));
        let status = place(Part::Status, "");
        let (steady, failing) = (label(&[("200", 3)], 3), label(&[("200", 1), ("500", 2)], 3));
        assert!(lean(&status, &steady, &failing) && !lean(&status, &failing, &failing));
    }

    #[test]
    fn members_of_an_object_that_is_less_often_there_are_not_told_again() {
        let (rare, always) = (label(&[("object", 2)], 10), label(&[("object", 10)], 10));
        let all = ["$.fault", "$.fault.code", "$.faulty"]
            .map(|path| unlike(place(Part::Body, path), &always, &rare));
        let found = findings(all.to_vec(), 5000, 20);
        let places: Vec<&str> = found.iter().map(|d| d.place.as_str()).collect();
        assert_eq!(places, ["$.fault", "$.faulty"]);
    }
}
