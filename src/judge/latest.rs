//! What a client that asks for the newest microversion meets where the ranges end at unlike ones follows from that.

use super::discovery::{ABSENT, HIGHEST};
use super::judging::shorten;
use super::{Finding, key};
use crate::dialect::names_api_version;
use std::collections::BTreeSet;

/// What a row is called that asks each cloud for its newest microversion.
pub const ROW: &str = "latest";

/// Whether the headers of a request ask for the microversion that is the highest of its cloud: by its number or, as a client may,
/// by the word `latest`.
pub fn asks_for(headers: &[(String, String)], highest: &str) -> bool {
    let mut asked = headers
        .iter()
        .filter(|(name, _)| names_api_version(&name.to_ascii_lowercase()));
    if highest == ABSENT {
        return asked.next().is_none();
    }
    asked.any(|(_, value)| {
        let version = value.split_whitespace().last();
        version.is_some_and(|version| version == highest || version == "latest")
    })
}

/// Folds into the finding of a pair that ranges end at unlike microversions what was seen at the newest ones only; that finding then
/// hurts as much as the worst of them, and other values are other answers at the newest. `at_newest`: the steps that asked for it.
pub fn fold(findings: &mut Vec<Finding>, discovered: &mut [Finding], at_newest: &BTreeSet<String>) {
    for root in discovered.iter_mut().filter(|f| f.place == HIGHEST) {
        let follows = |f: &Finding| {
            f.service == root.service
                && !f.steps.is_empty()
                && f.steps.iter().all(|step| at_newest.contains(step))
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
            forward,
            back,
            ..finding("aaaaaaaaaa", "bbbbbb")
        }
    }

    fn root() -> Finding {
        gone(HIGHEST, &[], THERE)
    }

    /// Folds what was seen, where two steps asked for the newest, into the finding of the range.
    fn folded(findings: &mut Vec<Finding>) -> Finding {
        let newest = ["x#list[latest, 2]", "x#show[latest]"].map(str::to_owned);
        let mut discovered = [root()];
        fold(findings, &mut discovered, &newest.into());
        let [root] = discovered;
        root
    }

    #[test]
    fn what_is_seen_at_the_newest_microversion_only_is_no_finding_of_its_own() {
        let mut findings = vec![
            gone("$.a", &["x#show[latest]", "x#list[latest, 2]"], THERE),
            // of all microversions
            gone("$.b", &["x#show[latest]", "x#show[2.1]"], THERE),
            gone("$.c", &["x#show"], THERE),
            // of no step: what is told of all answers of a service
            gone("status", &[], THERE),
            // beside a third cloud this may be the same one on both
            gone("$.d", &["x#show[latest-common]"], THERE),
            Finding {
                service: "volume".into(),
                ..gone("$.e", &["x#show[latest]"], THERE)
            },
        ];
        let (a, b) = (findings[0].a.value.clone(), findings[0].b.value.clone());
        let now = folded(&mut findings);
        let places: Vec<&str> = findings.iter().map(|f| f.place.as_str()).collect();
        assert_eq!(places, ["$.b", "$.c", "status", "$.d", "$.e"]);
        assert_eq!(
            now.consequences,
            [
                format!("x#list[latest, 2] $.a: {a} · {b}"),
                format!("x#show[latest] $.a: {a} · {b}")
            ]
        );
        assert_eq!(now.values, root().values);
    }

    #[test]
    fn the_newest_is_asked_for_by_its_number_or_by_the_word() {
        let header = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
        let plain = header("Accept", "*/*");
        let new = header("OpenStack-API-Version", "compute 2.93");
        let old = header("X-OpenStack-Nova-API-Version", "latest");
        assert!(asks_for(&new, "2.93") && asks_for(&old, "2.93"));
        assert!(!asks_for(&new, "2.96") && !asks_for(&plain, "2.93"));
        // a cloud without microversions
        assert!(asks_for(&plain, ABSENT) && !asks_for(&new, ABSENT));
    }

    #[test]
    fn who_asks_for_the_newest_and_moves_back_is_hurt_by_the_range_too() {
        let both = gone("$.d", &["x#show[latest]"], (Impact::Drifts, Impact::Breaks));
        let mut findings = vec![both];
        let now = folded(&mut findings);
        assert!(findings.is_empty());
        assert_eq!((now.forward, now.back), (Impact::Breaks, Impact::Breaks));
        // a waiver of the range alone doesn't hide it
        assert_ne!(now.values, root().values);
    }
}
