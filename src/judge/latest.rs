//! What a client that asks for the newest microversion misses where the range ends earlier follows from that.

use super::discovery::HIGHEST;
use super::{Cause, Finding};

/// How a scenario asks for the newest microversion of each cloud.
const LATEST: &str = "latest";

/// Folds into the finding of a pair that ranges end at unlike microversions what was seen at the newest ones only, and hurts nobody whom
/// that one doesn't hurt as much.
pub fn fold(findings: &mut Vec<Finding>, discovered: &mut [Finding]) {
    for root in discovered.iter_mut().filter(|f| f.place == HIGHEST) {
        let follows = |f: &Finding| {
            f.service == root.service
                && f.cause == Cause::Microversion
                && f.forward <= root.forward
                && f.back <= root.back
                && f.steps.iter().all(|step| is_latest(step))
        };
        let (later, rest) = std::mem::take(findings).into_iter().partition(follows);
        *findings = rest;
        let later: Vec<Finding> = later;
        for finding in later {
            let at = |step| format!("{step} {}", finding.place);
            root.consequences.extend(finding.steps.iter().map(at));
        }
        root.consequences.sort();
        root.consequences.dedup();
    }
}

/// Whether `scenario#step[row, …]` is a step at the newest microversion.
fn is_latest(step: &str) -> bool {
    let rows = step.split_once('[').map(|(_, rows)| rows);
    let rows = rows.and_then(|rows| rows.strip_suffix(']'));
    rows.is_some_and(|rows| rows.split(", ").any(|row| row == LATEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Impact;
    use crate::judge::tests::finding;

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

    #[test]
    fn what_is_missed_at_the_newest_microversion_only_is_no_finding_of_its_own() {
        let there = (Impact::Breaks, Impact::None);
        let mut discovered = [Finding {
            steps: vec![],
            ..gone(HIGHEST, &[], there)
        }];
        let mut findings = vec![
            gone("$.a", &["x#show[latest]", "x#list[latest, 2]"], there),
            // of all microversions
            gone("$.b", &["x#show[latest]", "x#show[2.1]"], there),
            gone("$.c", &["x#show"], there),
            // who moves back is hurt by this one alone
            gone("$.d", &["x#show[latest]"], (Impact::Breaks, Impact::Drifts)),
            Finding {
                service: "volume".into(),
                ..gone("$.e", &["x#show[latest]"], there)
            },
            Finding {
                cause: Cause::Quota,
                ..gone("$.f", &["x#show[latest]"], there)
            },
        ];
        fold(&mut findings, &mut discovered);
        let places: Vec<&str> = findings.iter().map(|f| f.place.as_str()).collect();
        assert_eq!(places, ["$.b", "$.c", "$.d", "$.e", "$.f"]);
        assert_eq!(
            discovered[0].consequences,
            ["x#list[latest, 2] $.a", "x#show[latest] $.a"]
        );
    }
}
