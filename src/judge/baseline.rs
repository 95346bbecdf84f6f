//! A baseline: what an earlier comparison found. Of what this one finds, only what is new since then, or changed, counts.
//!
//! In: the JSON report of then, the findings of now and which steps were seen. Clouds are matched by name; those left over are
//! matched in their order, if as many are left of then as of now.

use crate::compare::Kind;
use crate::judge::key::turn;
use crate::judge::{Finding, REPORT_FORMAT, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum BaselineError {
    #[error("{file} is not a report that `interop diff --json` wrote: {why}")]
    NoReport {
        file: String,
        why: serde_json::Error,
    },
    #[error("{file} is a report of format {found}; this version reads up to {REPORT_FORMAT}")]
    Newer { file: String, found: u32 },
}

/// An earlier report, as far as it matters now.
#[derive(Clone, Debug)]
pub struct Baseline {
    file: String,
    written: Written,
}

#[derive(Clone, Debug, Deserialize)]
struct Written {
    as_of: String,
    suite: String,
    clouds: Vec<Named>,
    findings: Vec<Past>,
    /// It had a baseline of its own, and what that knew was still there.
    #[serde(default)]
    baseline: Option<Known>,
}

#[derive(Clone, Debug, Deserialize)]
struct Named {
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Known {
    known: Vec<Past>,
}

/// A finding of the baseline.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Past {
    pub id: String,
    pub values: String,
    pub rule: String,
    pub service: String,
    pub operation: String,
    pub place: String,
    pub kind: Kind,
    /// With the clouds' names of then.
    pub a: Side,
    pub b: Side,
    /// Steps that showed it: "scenario#step[row]".
    pub steps: Vec<String>,
}

/// How this comparison stands to its baseline.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Since {
    /// The baseline's file.
    pub file: String,
    /// The date of the baseline.
    pub as_of: String,
    /// False: other scenarios ran then, or in another form.
    pub same_suite: bool,
    /// What each cloud is called in the baseline; clouds that are not in it are left out.
    pub clouds: BTreeMap<String, String>,
    /// Findings that the baseline has, too: they don't count.
    pub known: Vec<Finding>,
    /// Of `findings`, how many the baseline has neither with these values nor with others that are gone.
    pub new: u32,
    /// Of `findings`, those whose place the baseline has with other values.
    pub changed: Vec<Changed>,
    /// Findings of the baseline that are no more.
    pub gone: Vec<Past>,
    /// Findings of the baseline that could not be looked for: none of their steps was seen on both clouds, or one of the
    /// clouds is not here.
    pub unseen: Vec<Past>,
    /// Findings of the baseline that are waived or unconfirmed now.
    pub beside: u32,
}

/// A finding whose values are others than in the baseline.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// Of `findings`.
    pub id: String,
    pub values: String,
    pub a: Side,
    pub b: Side,
    pub before: Past,
}

/// What a comparison shows, before it is held against a baseline.
pub(crate) struct Now<'a> {
    /// In the order given.
    pub clouds: &'a [&'a str],
    pub suite: &'a str,
    pub findings: Vec<Finding>,
    /// Waived and unconfirmed ones.
    pub beside: Vec<&'a Finding>,
    /// Pair (indices) and step name, of steps that were seen on both clouds.
    pub seen: BTreeSet<(usize, usize, String)>,
}

/// A pair of the baseline's clouds, in its order, and a finding's keys: id, values, which way round.
type Key = (usize, usize, String, String, Ordering);

impl Baseline {
    /// Reads the text of `file`.
    pub fn read(file: &str, text: &str) -> Result<Self, BaselineError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let no_report = |why| BaselineError::NoReport {
            file: file.to_owned(),
            why,
        };
        let Format { format } = serde_json::from_str(text).map_err(no_report)?;
        if format > REPORT_FORMAT {
            return Err(BaselineError::Newer {
                file: file.to_owned(),
                found: format,
            });
        }
        let written = serde_json::from_str(text).map_err(no_report)?;
        Ok(Self {
            file: file.to_owned(),
            written,
        })
    }

    /// Parts findings into those that are new or changed, which stay, and those that are known.
    pub(crate) fn apply(&self, now: Now<'_>) -> (Vec<Finding>, Since) {
        let then: Vec<&str> = self
            .written
            .clouds
            .iter()
            .map(|c| c.name.as_str())
            .collect();
        let is_now = matched(&then, now.clouds);
        let at = |finding: &Finding| {
            let index = |name: &str| is_now[now.clouds.iter().position(|cloud| *cloud == name)?];
            let (a, b) = (index(&finding.a.cloud)?, index(&finding.b.cloud)?);
            let way = turn(finding.kind, &finding.a.value, &finding.b.value);
            Some(key((a, b), &finding.id, &finding.values, way))
        };
        let mut past: BTreeMap<Key, &Past> = self.past(&then);
        let keys: Vec<Option<Key>> = now.findings.iter().map(at).collect();
        let mut since = Since {
            file: self.file.clone(),
            as_of: self.written.as_of.clone(),
            same_suite: self.written.suite == now.suite,
            clouds: names(&then, now.clouds, &is_now),
            known: Vec::new(),
            new: 0,
            changed: Vec::new(),
            gone: Vec::new(),
            unseen: Vec::new(),
            beside: 0,
        };
        for key in now.beside.iter().filter_map(|finding| at(finding)) {
            since.beside += u32::from(past.remove(&key).is_some());
        }
        let (mut known, mut fresh) = (Vec::new(), Vec::new());
        for (finding, key) in now.findings.into_iter().zip(keys) {
            // one key may be met twice: the baseline's finding stands for both
            if key.as_ref().is_some_and(|key| past.contains_key(key)) {
                known.extend(key);
                since.known.push(finding);
            } else {
                fresh.push((finding, key));
            }
        }
        for key in &known {
            past.remove(key);
        }
        let mut findings = Vec::new();
        for (finding, key) in fresh {
            match key.and_then(|key| of_place(&mut past, &key)) {
                Some(before) => since.changed.push(Changed {
                    id: finding.id.clone(),
                    values: finding.values.clone(),
                    a: finding.a.clone(),
                    b: finding.b.clone(),
                    before: before.clone(),
                }),
                None => since.new += 1,
            }
            findings.push(finding);
        }
        let of_then = |then: usize| is_now.iter().position(|is| *is == Some(then));
        for (key, past) in past {
            let was_seen = of_then(key.0).zip(of_then(key.1)).is_some_and(|(a, b)| {
                let (a, b) = (a.min(b), a.max(b));
                let mut steps = past.steps.iter();
                past.steps.is_empty() || steps.any(|step| now.seen.contains(&(a, b, step.clone())))
            });
            let list = if was_seen {
                &mut since.gone
            } else {
                &mut since.unseen
            };
            list.push(past.clone());
        }
        (findings, since)
    }

    fn past(&self, clouds: &[&str]) -> BTreeMap<Key, &Past> {
        let known = self.written.baseline.iter().flat_map(|own| &own.known);
        let all = self.written.findings.iter().chain(known);
        all.filter_map(|past| {
            let index = |name: &str| clouds.iter().position(|cloud| *cloud == name);
            let pair = (index(&past.a.cloud)?, index(&past.b.cloud)?);
            let way = turn(past.kind, &past.a.value, &past.b.value);
            Some((key(pair, &past.id, &past.values, way), past))
        })
        .collect()
    }
}

/// The same from whichever side a pair is looked at.
fn key((a, b): (usize, usize), id: &str, values: &str, way: Ordering) -> Key {
    let (id, values) = (id.to_owned(), values.to_owned());
    if a <= b {
        (a, b, id, values, way)
    } else {
        (b, a, id, values, way.reverse())
    }
}

/// Takes a finding of the same pair and place, whatever its values.
fn of_place<'p>(past: &mut BTreeMap<Key, &'p Past>, key: &Key) -> Option<&'p Past> {
    let first = (key.0, key.1, key.2.clone(), String::new(), Ordering::Less);
    let (found, _) = past.range(first..).next()?;
    let is_here = (found.0, found.1, &found.2) == (key.0, key.1, &key.2);
    let found = is_here.then(|| found.clone())?;
    past.remove(&found)
}

/// For each cloud of now, which of then it is.
fn matched(then: &[&str], now: &[&str]) -> Vec<Option<usize>> {
    let by_name = |name: &&str| then.iter().position(|other| other == name);
    let mut is: Vec<Option<usize>> = now.iter().map(by_name).collect();
    let left: Vec<usize> = (0..then.len())
        .filter(|n| !is.contains(&Some(*n)))
        .collect();
    let free = is.iter().filter(|is| is.is_none()).count();
    if free == left.len() {
        let slots = is.iter_mut().filter(|is| is.is_none());
        for (slot, then) in slots.zip(left) {
            *slot = Some(then);
        }
    }
    is
}

fn names(then: &[&str], now: &[&str], is: &[Option<usize>]) -> BTreeMap<String, String> {
    let name = |(now, is): (&&str, &Option<usize>)| {
        let then = then.get((*is)?)?;
        Some(((*now).to_owned(), (*then).to_owned()))
    };
    now.iter().zip(is).filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::tests::finding;
    use serde_json::json;

    fn baseline(clouds: &[&str], findings: &[Finding]) -> Baseline {
        let clouds: Vec<_> = clouds.iter().map(|name| json!({ "name": name })).collect();
        let text = json!({
            "format": 1, "as_of": "2026-11-20", "suite": "one", "clouds": clouds, "findings": findings,
        });
        Baseline::read("before.json", &text.to_string()).unwrap()
    }

    fn now<'a>(clouds: &'a [&'a str], findings: Vec<Finding>) -> Now<'a> {
        Now {
            clouds,
            suite: "one",
            findings,
            beside: vec![],
            seen: [(0, 1, "compute/server/create#create".to_owned())].into(),
        }
    }

    /// Known, new, changed, gone, unseen.
    fn counts(baseline: &Baseline, now: Now<'_>) -> (usize, u32, usize, usize, usize) {
        let all = now.findings.len();
        let (findings, since) = baseline.apply(now);
        assert_eq!(findings.len() + since.known.len(), all);
        assert_eq!(findings.len(), since.new as usize + since.changed.len());
        (
            since.known.len(),
            since.new,
            since.changed.len(),
            since.gone.len(),
            since.unseen.len(),
        )
    }

    const HERE: [&str; 2] = ["private", "public"];

    #[test]
    fn only_what_the_baseline_does_not_have_stays() {
        let before = baseline(
            &HERE,
            &[finding("a", "1"), finding("b", "1"), finding("c", "1")],
        );
        let today = vec![finding("a", "1"), finding("b", "2"), finding("d", "1")];
        assert_eq!(counts(&before, now(&HERE, today)), (1, 1, 1, 1, 0));
    }

    #[test]
    fn a_second_finding_beside_a_known_one_is_new_and_not_changed() {
        let before = baseline(&HERE, &[finding("a", "1")]);
        let today = vec![finding("a", "1"), finding("a", "2")];
        assert_eq!(counts(&before, now(&HERE, today)), (1, 1, 0, 0, 0));
    }

    #[test]
    fn a_pair_is_the_same_from_either_side_and_its_way_back_is_not() {
        let before = baseline(&HERE, &[finding("a", "1")]);
        let mirrored = |mut finding: Finding| {
            std::mem::swap(&mut finding.a, &mut finding.b);
            finding.kind = finding.kind.mirrored();
            finding
        };
        let there = ["public", "private"];
        let today = vec![mirrored(finding("a", "1"))];
        assert_eq!(counts(&before, now(&there, today)), (1, 0, 0, 0, 0));
        let mut back = mirrored(finding("a", "1"));
        std::mem::swap(&mut back.a.cloud, &mut back.b.cloud);
        assert_eq!(counts(&before, now(&HERE, vec![back])), (0, 0, 1, 0, 0));
    }

    #[test]
    fn clouds_are_matched_by_name_and_then_in_order_if_as_many_are_left() {
        assert_eq!(matched(&["a", "b"], &["b", "a"]), [Some(1), Some(0)]);
        assert_eq!(matched(&["a", "b"], &["a", "c"]), [Some(0), Some(1)]);
        assert_eq!(matched(&["a", "b"], &["c", "d"]), [Some(0), Some(1)]);
        assert_eq!(
            matched(&["a", "b"], &["a", "c", "d"]),
            [Some(0), None, None]
        );
        let before = baseline(
            &["private", "old"],
            &[Finding {
                b: Side {
                    cloud: "old".into(),
                    value: "400".into(),
                },
                ..finding("a", "1")
            }],
        );
        assert_eq!(
            counts(&before, now(&HERE, vec![finding("a", "1")])),
            (1, 0, 0, 0, 0)
        );
    }

    #[test]
    fn what_was_not_looked_at_is_not_gone() {
        let mut elsewhere = finding("a", "1");
        elsewhere.steps = vec!["compute/server/delete#delete".into()];
        let before = baseline(&HERE, &[elsewhere, finding("b", "1")]);
        assert_eq!(counts(&before, now(&HERE, vec![])), (0, 0, 0, 1, 1));
        let other = ["private", "public", "third"];
        assert_eq!(counts(&before, now(&other, vec![])).3, 1);
    }

    #[test]
    fn what_is_waived_now_is_neither_known_nor_gone() {
        let before = baseline(&HERE, &[finding("a", "1")]);
        let waived = finding("a", "1");
        let (_, since) = before.apply(Now {
            beside: vec![&waived],
            ..now(&HERE, vec![])
        });
        assert_eq!((since.beside, since.gone.len()), (1, 0));
    }

    #[test]
    fn what_is_no_report_says_so() {
        let of = |text: &str| Baseline::read("x.json", text).unwrap_err().to_string();
        assert!(of("").starts_with("x.json is not a report that `interop diff --json` wrote: EOF"));
        assert!(of(r#"{"format":1,"as_of":"","suite":"","clouds":[]}"#).contains("`findings`"));
        assert!(of(r#"{"format":99}"#).contains("format 99"));
    }
}
