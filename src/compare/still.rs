//! What was changed in one row is still there in the next: a look that asks the same again shows the same again.

use super::chain;
use super::model::Difference;
use crate::observe::{leaves, parts};
use crate::scenario::{Request, Scenario};
use std::collections::BTreeMap;

/// Of the differences of one scenario: those that an earlier row of the same step showed, where that follows from another one,
/// follow from that, too.
pub fn follow(
    scenario: &Scenario,
    differences: &[Difference],
    follows: &mut BTreeMap<usize, usize>,
) {
    for step in leaves(&scenario.steps) {
        if !parts(step).is_some_and(|parts| asks_the_same(parts.request)) {
            continue;
        }
        let of_step = differences.iter().enumerate();
        let of_step: Vec<(usize, &Difference)> =
            of_step.filter(|(_, d)| d.step == step.id).collect();
        for &(later, shown) in &of_step {
            let earlier = of_step.iter().find(|(earlier, before)| {
                follows.contains_key(earlier) && shows_again(before, shown)
            });
            if let Some((earlier, _)) = earlier {
                let began = chain::beginning(follows, *earlier);
                chain::add(follows, later, began);
            }
        }
    }
}

fn shows_again(before: &Difference, shown: &Difference) -> bool {
    before.rows != shown.rows
        && (&before.place, before.kind, &before.a, &before.b)
            == (&shown.place, shown.kind, &shown.a, &shown.b)
}

/// A look that says the same in every row.
fn asks_the_same(request: &Request) -> bool {
    let by_row = |name: &String| name.starts_with("row.");
    request.only_reads() && !request.variables().iter().any(by_row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Asker, EvidenceRef, Kind};
    use crate::scenario::ScenarioId;

    const TEXT: &str = r#"
title   = "Tags of an image"
why     = "Of no concern here."
service = "image"
refs    = ["https://example.com"]
hazard  = "consumes"

[[step]]
id   = "tags"
each = [{ id = "few", n = "1" }, { id = "many", n = "2" }]

[[step.step]]
id      = "put"
request = "PUT /images/x?{{ row.n }}"
harmless = "of no concern here"

[[step.step]]
id      = "get"
request = "GET /images/x"

[[step.step]]
id      = "named"
request = "GET /images/x/{{ row.n }}"
"#;

    #[test]
    fn what_a_refused_row_left_as_it_was_is_no_difference_of_the_next_row() {
        let id = ScenarioId("image/image/x".into());
        let scenario =
            Scenario::parse(id.clone(), "x.toml", TEXT).unwrap_or_else(|p| panic!("{p}"));
        let difference = |step: &str, row: &str, b: &str| Difference {
            scenario: id.0.clone(),
            service: "image".into(),
            operation: String::new(),
            place: "derived tags".into(),
            kind: Kind::Derived,
            asker: Asker::Owner,
            a: "10".into(),
            b: b.into(),
            step: step.into(),
            rows: vec![row.into()],
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        };
        let differences = [
            difference("tags.put", "few", "400"),
            difference("tags.get", "few", "0"),
            difference("tags.named", "few", "0"),
            difference("tags.get", "many", "0"),
            difference("tags.get", "many", "5"),
            difference("tags.named", "many", "0"),
        ];
        let mut follows = BTreeMap::from([(1, 0), (2, 0)]);
        follow(&scenario, &differences, &mut follows);
        assert_eq!(follows, [(1, 0), (2, 0), (3, 0)].into());
    }
}
