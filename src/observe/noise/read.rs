//! The text of a noise file → entries. Every mistake is shown at its place in the file.

use super::model::{Entry, Noise, Varies};
use crate::observe::reviewed::{FileError, FileMistake, Reviewed};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const TOP: [&str; 2] = ["cloud", "noise"];
const KEYS: [&str; 9] = [
    "service",
    "operation",
    "place",
    "varies",
    "seen",
    "scenarios",
    "because",
    "learned",
    "until",
];

impl Noise {
    /// Reads the text of `file`. Entries that have lapsed are in it: see [`Noise::as_of`].
    pub fn read(file: &str, text: &str) -> Result<Self, FileError> {
        Reader(Reviewed { file, text }).read()
    }

    /// The same, and it must be of the cloud called `wanted`.
    pub fn read_of(file: &str, text: &str, wanted: &str) -> Result<Self, FileError> {
        let noise = Self::read(file, text)?;
        if noise.cloud == wanted {
            return Ok(noise);
        }
        let at = text.find(&noise.cloud).unwrap_or(0);
        let what = FileMistake::OtherCloud {
            found: noise.cloud.clone(),
            wanted: wanted.to_owned(),
        };
        Err(Reviewed { file, text }.error(what, at..at + noise.cloud.len()))
    }
}

struct Reader<'a>(Reviewed<'a>);

type Table<'a> = DeTable<'a>;

impl Reader<'_> {
    fn read(&self) -> Result<Noise, FileError> {
        let root = self.0.root(&TOP)?;
        let root = root.get_ref();
        let cloud = self.0.required(root, "cloud", 0..0)?;
        let mut entries = BTreeMap::new();
        let mut places = BTreeMap::new();
        for (table, span) in self.0.tables(root, "noise", &KEYS)? {
            let entry = self.entry(table, &span)?;
            let at = table.get("place").map_or(span, Spanned::span);
            if let Some(first) = places.insert(entry.key(), (self.0, at.clone())) {
                let listed = format!("{} of {} is listed", entry.place, entry.operation);
                return Err(self.0.twice(listed, at, first));
            }
            entries.insert(entry.key(), Arc::new(entry));
        }
        Ok(Noise {
            cloud,
            file: self.0.file.to_owned(),
            entries,
            lapsed: 0,
        })
    }

    fn entry(&self, table: &Table<'_>, span: &Range<usize>) -> Result<Entry, FileError> {
        let required = |key| self.0.required(table, key, span.clone());
        let missing = |key| self.0.error(FileMistake::Missing(key), span.clone());
        Ok(Entry {
            service: required("service")?,
            operation: required("operation")?,
            place: required("place")?,
            varies: self.varies(table)?.ok_or_else(|| missing("varies"))?,
            seen: self.seen(table)?,
            scenarios: self.0.texts(table, "scenarios")?.into_iter().collect(),
            because: required("because")?,
            learned: self
                .0
                .date(table, "learned")?
                .ok_or_else(|| missing("learned"))?,
            until: self.0.date(table, "until")?,
        })
    }

    fn varies(&self, table: &Table<'_>) -> Result<Option<BTreeSet<Varies>>, FileError> {
        let Some(value) = table.get("varies") else {
            return Ok(None);
        };
        let names: Vec<&str> = Varies::WORDS.iter().map(|(word, _)| *word).collect();
        let expected = format!("a list of {}", names.join(", "));
        let wrong = || self.0.wrong("varies", &expected, value.span());
        let mut varies = BTreeSet::new();
        for word in self.0.texts(table, "varies")? {
            let known = Varies::WORDS.iter().find(|(known, _)| *known == word);
            varies.insert(known.ok_or_else(wrong)?.1);
        }
        if varies.is_empty() {
            return Err(wrong());
        }
        Ok(Some(varies))
    }

    fn seen(&self, table: &Table<'_>) -> Result<BTreeMap<String, u32>, FileError> {
        let Some(value) = table.get("seen") else {
            return Ok(BTreeMap::new());
        };
        let expected = "values and how often, such as { \"200\" = 8, \"500\" = 2 }";
        let wrong = |span| self.0.wrong("seen", expected, span);
        let members = value.get_ref().as_table();
        let members = members.ok_or_else(|| wrong(value.span()))?;
        let mut seen = BTreeMap::new();
        for (name, count) in members {
            let DeValue::Integer(number) = count.get_ref() else {
                return Err(wrong(count.span()));
            };
            let number = u32::from_str_radix(number.as_str(), number.radix());
            seen.insert(
                name.get_ref().to_string(),
                number.map_err(|_| wrong(count.span()))?,
            );
        }
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
cloud = \"private\"

[[noise]]
service = \"compute\"
operation = \"GET /servers/{}\"
place = \"status\"
varies = [\"value\"]
seen = { \"200\" = 8, \"500\" = 2 }
scenarios = [\"no/such/scenario\"]
because = \"known\"
learned = 2026-11-23
until = \"2027-01-31\"
";

    fn wrong(from: &str, to: &str) -> FileError {
        assert!(GOOD.contains(from), "{from}");
        Noise::read("x.noise.toml", &GOOD.replace(from, to)).unwrap_err()
    }

    #[test]
    fn a_file_is_read_whole_and_what_scenarios_there_are_does_not_matter() {
        let read = Noise::read("x.noise.toml", GOOD).unwrap();
        let entry = read.get("compute", "GET /servers/{}", "status").unwrap();
        assert_eq!(entry.varies, [Varies::Value].into());
        assert_eq!(entry.seen.len(), 2);
        assert_eq!(entry.until.as_deref(), Some("2027-01-31"));
        assert!(Noise::read("x", "cloud = \"private\"").unwrap().is_empty());
    }

    #[test]
    fn every_mistake_is_shown_at_its_line() {
        for (from, to, line) in [
            ("because =", "becuase =", 10),
            ("[[noise]]", "[[noice]]", 3),
            ("\"GET /servers/{}\"", "7", 5),
            ("\"status\"", "\" \"", 6),
            ("[\"value\"]", "\"value\"", 7),
            ("[\"value\"]", "[\"values\"]", 7),
            ("[\"value\"]", "[]", 7),
            ("= 8", "= \"8\"", 8),
            ("= 8", "= -8", 8),
            ("[\"no/such/scenario\"]", "[1]", 9),
            ("2026-11-23", "\"then\"", 11),
            ("\"2027-01-31\"", "3", 12),
            ("service = \"compute\"\n", "", 3),
            ("varies = [\"value\"]\n", "", 3),
            ("cloud = \"private\"\n", "", 1),
            ("[[noise]]", "[[noise]", 3),
        ] {
            let error = wrong(from, to);
            assert_eq!(error.line, line, "{from} → {to}: {error}");
        }
    }

    #[test]
    fn an_unknown_key_comes_with_a_suggestion_and_a_place_only_once() {
        insta::assert_snapshot!(wrong("because =", "becuase ="));
        let entry = GOOD.split_once("\n\n").unwrap().1;
        let error = Noise::read("x.noise.toml", &format!("{GOOD}{entry}")).unwrap_err();
        assert!(matches!(*error.what, FileMistake::Twice(_)));
        insta::assert_snapshot!(error);
    }

    #[test]
    fn the_file_of_another_cloud_is_no_good() {
        assert!(Noise::read_of("x", GOOD, "private").is_ok());
        let error = Noise::read_of("x", GOOD, "public").unwrap_err();
        assert_eq!(error.line, 1);
    }
}
