//! Waivers: findings that somebody answers for, silenced openly and for a time.
//!
//! In: TOML files and the date to judge them at. Every mistake is shown at its place.

use crate::judge::{Finding, Waived};
use crate::observe::{FileError, FileMistake, Reviewed};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;

/// One `[[waiver]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    pub id: String,
    /// None: whatever the values are.
    pub values: Option<String>,
    pub why: String,
    pub who: String,
    /// The last day on which it holds: `2026-11-23`.
    pub until: Option<String>,
}

/// All waivers of a comparison, none of them expired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers {
    waivers: Vec<Waiver>,
}

const KEYS: [&str; 5] = ["id", "values", "why", "who", "until"];

impl Waivers {
    /// Reads files, each its name and its text, together. `as_of` is a date such as `2026-11-23`.
    pub fn read<'t>(
        files: impl IntoIterator<Item = (&'t str, &'t str)>,
        as_of: &str,
    ) -> Result<Self, FileError> {
        let mut waivers = Vec::new();
        let mut places = BTreeMap::new();
        for (file, text) in files {
            let reader = Reviewed { file, text };
            let root = reader.root(&["waiver"])?;
            for (table, span) in reader.tables(root.get_ref(), "waiver", &KEYS)? {
                let waiver = waiver(reader, table, span.clone(), as_of)?;
                let at = table.get("id").map_or(span, Spanned::span);
                let key = (waiver.id.clone(), waiver.values.clone());
                if let Some(first) = places.insert(key, (reader, at.clone())) {
                    return Err(reader.twice(format!("{} is waived", waiver.id), at, first));
                }
                waivers.push(waiver);
            }
        }
        Ok(Self { waivers })
    }

    /// Parts findings into those that stay and those that are waived. A finding whose id is waived
    /// with other values stays, and is listed as changed as well. A waiver is of use, too, where what it
    /// waives is only `unconfirmed` this time.
    pub(crate) fn apply(&self, findings: Vec<Finding>, unconfirmed: &[Finding]) -> Applied {
        let mut applied = Applied::default();
        let waivers = self.waivers.iter().enumerate();
        let in_doubt = waivers.filter(|(_, waiver)| unconfirmed.iter().any(|f| f.id == waiver.id));
        let mut used: BTreeSet<usize> = in_doubt.map(|(n, _)| n).collect();
        let seen: BTreeSet<_> = findings
            .iter()
            .map(|f| (pair(f), f.id.clone(), f.values.clone()))
            .collect();
        for finding in findings {
            let mut of_id = self
                .waivers
                .iter()
                .enumerate()
                .filter(|(_, waiver)| waiver.id == finding.id);
            let exact = of_id
                .clone()
                .find(|(_, waiver)| waiver.values.as_ref().is_none_or(|v| *v == finding.values));
            if let Some((n, waiver)) = exact {
                used.insert(n);
                applied.waived.push(waiver.waives(finding, false));
                continue;
            }
            // what was waived is no longer there, and this stands in its place
            let gone = |values: &Option<String>| {
                values.as_ref().is_some_and(|values| {
                    !seen.contains(&(pair(&finding), finding.id.clone(), values.clone()))
                })
            };
            if let Some((n, waiver)) = of_id.find(|(_, waiver)| gone(&waiver.values)) {
                used.insert(n);
                applied.waived.push(waiver.waives(finding.clone(), true));
            }
            applied.findings.push(finding);
        }
        applied.unused = self
            .waivers
            .iter()
            .enumerate()
            .filter(|(n, _)| !used.contains(n))
            .map(|(_, waiver)| format!("{} ({})", waiver.id, waiver.why))
            .collect();
        applied
    }
}

/// Findings after waivers.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub findings: Vec<Finding>,
    pub waived: Vec<Waived>,
    pub unused: Vec<String>,
}

fn pair(finding: &Finding) -> (String, String) {
    (finding.a.cloud.clone(), finding.b.cloud.clone())
}

impl Waiver {
    fn waives(&self, finding: Finding, changed: bool) -> Waived {
        Waived {
            finding,
            why: self.why.clone(),
            who: self.who.clone(),
            until: self.until.clone(),
            changed,
        }
    }
}

fn waiver(
    reader: Reviewed<'_>,
    table: &DeTable<'_>,
    span: Range<usize>,
    as_of: &str,
) -> Result<Waiver, FileError> {
    let required = |key: &'static str| reader.required(table, key, span.clone());
    let waiver = Waiver {
        id: required("id")?,
        values: reader.optional(table, "values")?,
        why: required("why")?,
        who: required("who")?,
        until: reader.date(table, "until")?,
    };
    if let Some(until) = &waiver.until
        && until.as_str() < as_of
    {
        let what = FileMistake::Expired {
            id: waiver.id.clone(),
            until: until.clone(),
            as_of: as_of.to_owned(),
        };
        let at = table.get("until").map_or(span, Spanned::span);
        return Err(reader.error(what, at));
    }
    Ok(waiver)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::tests::finding;

    const GOOD: &str = "[[waiver]]\nid = \"abcdefghij\"\nvalues = \"aaaaaa\"\nwhy = \"known\"\nwho = \"ops\"\nuntil = 2027-01-31\n";

    fn read(text: &str) -> Result<Waivers, FileError> {
        Waivers::read([("waivers.toml", text)], "2026-11-23")
    }

    #[test]
    fn dates_are_taken_in_quotes_and_without() {
        let quoted = GOOD.replace("2027-01-31", "\"2027-01-31\"");
        assert_eq!(read(GOOD), read(&quoted));
        assert_eq!(
            read(GOOD).unwrap().waivers[0].until.as_deref(),
            Some("2027-01-31")
        );
    }

    #[test]
    fn a_waiver_holds_on_its_last_day_and_not_after() {
        assert!(Waivers::read([("w", GOOD)], "2027-01-31").is_ok());
        let error = Waivers::read([("w", GOOD)], "2027-02-01").unwrap_err();
        assert!(matches!(*error.what, FileMistake::Expired { .. }));
        assert_eq!(error.line, 6);
        insta::assert_snapshot!(error);
    }

    #[test]
    fn an_unknown_key_is_shown_at_its_place_with_a_suggestion() {
        let error = read(&GOOD.replace("why", "wy")).unwrap_err();
        insta::assert_snapshot!(error);
        let error = read("[[wavier]]\n").unwrap_err();
        assert_eq!(
            *error.what,
            FileMistake::UnknownKey {
                key: "wavier".into(),
                suggestion: Some("waiver".into())
            }
        );
    }

    #[test]
    fn what_is_missing_or_wrong_is_an_error() {
        assert_eq!(
            *read(&GOOD.replace("who = \"ops\"\n", "")).unwrap_err().what,
            FileMistake::Missing("who")
        );
        for bad in ["\"soon\"", "3", "2027-01-31T00:00:00Z", "2027-02-31"] {
            let error = read(&GOOD.replace("2027-01-31", bad)).unwrap_err();
            assert!(error.line == 6, "{bad}: {error}");
        }
        assert!(read(&GOOD.replace("\"known\"", "\" \"")).is_err());
        assert!(read("[[waiver]\n").is_err());
    }

    #[test]
    fn what_is_waived_twice_is_shown_at_both_places() {
        insta::assert_snapshot!(read(&format!("{GOOD}{GOOD}")).unwrap_err());
        let later = format!("# ours\n{GOOD}");
        let files = [("theirs.toml", GOOD), ("ours.toml", later.as_str())];
        let error = Waivers::read(files, "2026-11-23").unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("ours.toml", 3));
        insta::assert_snapshot!(error);
    }

    #[test]
    fn a_file_that_is_named_twice_waives_twice() {
        let files = [("waivers.toml", GOOD); 2];
        insta::assert_snapshot!(Waivers::read(files, "2026-11-23").unwrap_err());
    }

    #[test]
    fn other_values_of_one_finding_may_be_waived_in_several_files() {
        let other = GOOD.replace("aaaaaa", "bbbbbb");
        let any = GOOD.replace("values = \"aaaaaa\"\n", "");
        let files = [("a", GOOD), ("b", other.as_str()), ("c", any.as_str())];
        assert_eq!(Waivers::read(files, "2026-11-23").unwrap().waivers.len(), 3);
    }

    #[test]
    fn both_keys_silence_and_the_id_alone_says_changed() {
        let waivers = read(GOOD).unwrap();
        let same = finding("abcdefghij", "aaaaaa");
        let other = finding("abcdefghij", "bbbbbb");

        let applied = waivers.apply(vec![same.clone()], &[]);
        assert!(applied.findings.is_empty());
        assert!(!applied.waived[0].changed);

        let applied = waivers.apply(vec![other.clone()], &[]);
        assert_eq!(applied.findings.len(), 1, "stays gating");
        assert!(applied.waived[0].changed);

        // a second finding beside the waived one is new, not changed
        let applied = waivers.apply(vec![same, other], &[]);
        assert_eq!(applied.findings.len(), 1);
        assert_eq!(applied.waived.len(), 1);
        assert!(!applied.waived[0].changed);
    }

    #[test]
    fn without_values_a_waiver_covers_them_all() {
        let waivers = read(&GOOD.replace("values = \"aaaaaa\"\n", "")).unwrap();
        let applied = waivers.apply(
            vec![
                finding("abcdefghij", "aaaaaa"),
                finding("abcdefghij", "bbbbbb"),
            ],
            &[],
        );
        assert!(applied.findings.is_empty());
        assert_eq!(applied.waived.len(), 2);
        assert!(applied.unused.is_empty());
    }

    #[test]
    fn a_waiver_of_what_is_in_doubt_this_time_is_of_use() {
        let doubt = [finding("abcdefghij", "aaaaaa")];
        assert!(read(GOOD).unwrap().apply(vec![], &doubt).unused.is_empty());
    }

    #[test]
    fn a_waiver_that_nothing_matched_is_named() {
        let applied = read(GOOD)
            .unwrap()
            .apply(vec![finding("other", "aaaaaa")], &[]);
        assert_eq!(applied.findings.len(), 1);
        assert_eq!(applied.unused, ["abcdefghij (known)"]);
    }
}
