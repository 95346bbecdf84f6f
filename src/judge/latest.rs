//! What a client that asks for the newest microversion meets where the ranges end at unlike ones follows from that.

use super::discovery::HIGHEST;
use super::judging::shorten;
use super::{Cause, Finding, key};

/// How a scenario asks for the newest microversion of each cloud, and for the newest that all clouds of the run have.
const LATEST: &str = "latest";
const LATEST_COMMON: &str = "latest-common";

/// Folds into the finding of a pair that ranges end at unlike microversions what was seen at the newest ones only; that finding then
/// hurts as much as the worst of them, and other values are other answers at the newest. `apart`: the clouds were recorded in runs of
/// their own, so that what is newest for all was the newest of each.
pub fn fold(findings: &mut Vec<Finding>, discovered: &mut [Finding], apart: bool) {
    for root in discovered.iter_mut().filter(|f| f.place == HIGHEST) {
        let follows = |f: &Finding| {
            f.service == root.service
                && f.cause == Cause::Microversion
                && f.steps.iter().all(|step| is_latest(step, apart))
        };
        let (later, rest): (Vec<_>, Vec<_>) =
            std::mem::take(findings).into_iter().partition(follows);
        *findings = rest;
        let worse = |f: &&Finding| f.forward > root.forward || f.back > root.back;
        let mut hurt: Vec<&str> = later.iter().filter(worse).map(|f| &*f.id).collect();
        if !hurt.is_empty() {
            hurt.sort_unstable();
            hurt.insert(0, &root.values);
            root.values = key::hash(&hurt, key::VALUES);
        }
        for finding in later {
            root.forward = root.forward.max(finding.forward);
            root.back = root.back.max(finding.back);
            let (a, b) = (shown(&finding.a.value), shown(&finding.b.value));
            let at = |step| format!("{step} {}: {a} · {b}", finding.place);
            root.consequences.extend(finding.steps.iter().map(at));
        }
        root.consequences.sort();
        root.consequences.dedup();
    }
}

fn shown(value: &str) -> String {
    let short = shorten(value);
    if short.is_empty() {
        "\"\"".to_owned()
    } else {
        short
    }
}

/// Whether `scenario#step[row, …]` is a step at the newest microversion.
fn is_latest(step: &str, apart: bool) -> bool {
    let rows = step.split_once('[').map(|(_, rows)| rows);
    let rows = rows.and_then(|rows| rows.strip_suffix(']'));
    let newest = |row: &str| row == LATEST || (apart && row == LATEST_COMMON);
    rows.is_some_and(|rows| rows.split(", ").any(newest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Impact;
    use crate::judge::tests::finding;

    const THERE: (Impact, Impact) = (Impact::Breaks, Impact::None);

    fn gone(place: &str, steps: &[&str], (forward, back): (Impact, Impact)) -> Finding {
        Finding {
            place: place.into(),
            steps: steps.iter().map(|step| (*step).to_owned()).collect(),
            cause: Cause::Microversion,
            forward,
            back,
            ..finding("aaaaaaaaaa", "bbbbbb")
        }
    }

    fn root() -> Finding {
        gone(HIGHEST, &[], THERE)
    }

    fn places(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|f| f.place.as_str()).collect()
    }

    #[test]
    fn what_is_seen_at_the_newest_microversion_only_is_no_finding_of_its_own() {
        let mut discovered = [root()];
        let mut findings = vec![
            gone("$.a", &["x#show[latest]", "x#list[latest, 2]"], THERE),
            // of all microversions
            gone("$.b", &["x#show[latest]", "x#show[2.1]"], THERE),
            gone("$.c", &["x#show"], THERE),
            Finding {
                service: "volume".into(),
                ..gone("$.e", &["x#show[latest]"], THERE)
            },
            Finding {
                cause: Cause::Quota,
                ..gone("$.f", &["x#show[latest]"], THERE)
            },
        ];
        let (a, b) = (findings[0].a.value.clone(), findings[0].b.value.clone());
        fold(&mut findings, &mut discovered, false);
        assert_eq!(places(&findings), ["$.b", "$.c", "$.e", "$.f"]);
        assert_eq!(
            discovered[0].consequences,
            [
                format!("x#list[latest, 2] $.a: {a} · {b}"),
                format!("x#show[latest] $.a: {a} · {b}")
            ]
        );
        assert_eq!(discovered[0].values, root().values);
    }

    #[test]
    fn who_asks_for_the_newest_and_moves_back_is_hurt_by_the_range_too() {
        let both = gone("$.d", &["x#show[latest]"], (Impact::Drifts, Impact::Breaks));
        let (mut findings, mut discovered) = (vec![both], [root()]);
        fold(&mut findings, &mut discovered, false);
        assert!(findings.is_empty());
        let [root_now] = discovered;
        assert_eq!(
            (root_now.forward, root_now.back),
            (Impact::Breaks, Impact::Breaks)
        );
        // a waiver of the range alone doesn't hide it
        assert_ne!(root_now.values, root().values);
    }

    #[test]
    fn the_newest_of_all_is_the_newest_of_each_only_in_runs_of_their_own() {
        let common = gone("$.a", &["x#show[latest-common]"], THERE);
        for (apart, left) in [(true, 0), (false, 1)] {
            let (mut findings, mut discovered) = (vec![common.clone()], [root()]);
            fold(&mut findings, &mut discovered, apart);
            assert_eq!(findings.len(), left, "{apart}");
        }
    }
}
