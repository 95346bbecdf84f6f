//! The text of a noise file → entries. Every mistake is shown at its place in the file.

use super::model::{Entry, Noise, Varies};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mistake in a noise file, with its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub struct NoiseError {
    pub what: Box<NoiseMistake>,
    pub file: String,
    /// From 1.
    pub line: usize,
    rendered: String,
}

impl fmt::Display for NoiseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered)
    }
}

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NoiseMistake {
    #[error("{0}")]
    Toml(String),
    #[error("unknown key `{key}`{}", .suggestion.as_ref().map_or_else(String::new, |s| format!(", did you mean `{s}`?")))]
    UnknownKey {
        key: String,
        suggestion: Option<String>,
    },
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{key}` must be {expected}")]
    Wrong { key: &'static str, expected: String },
    #[error("{place} of {operation} is listed twice")]
    Twice { operation: String, place: String },
    #[error("this is noise of {found}, and the cloud here is {wanted}")]
    OtherCloud { found: String, wanted: String },
}

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
    pub fn read(file: &str, text: &str) -> Result<Self, NoiseError> {
        Reader { file, text }.read()
    }

    /// The same, and it must be of the cloud called `wanted`.
    pub fn read_of(file: &str, text: &str, wanted: &str) -> Result<Self, NoiseError> {
        let reader = Reader { file, text };
        let noise = reader.read()?;
        if noise.cloud == wanted {
            return Ok(noise);
        }
        let at = text.find(&noise.cloud).unwrap_or(0);
        let what = NoiseMistake::OtherCloud {
            found: noise.cloud.clone(),
            wanted: wanted.to_owned(),
        };
        Err(reader.error(what, at..at + noise.cloud.len()))
    }
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

type Table<'a> = DeTable<'a>;

impl Reader<'_> {
    fn error(&self, what: NoiseMistake, span: Range<usize>) -> NoiseError {
        let span = span.start.min(self.text.len())..span.end.min(self.text.len());
        let title = what.to_string();
        let report = [Level::ERROR.primary_title(title).element(
            Snippet::source(self.text)
                .path(self.file)
                .annotation(AnnotationKind::Primary.span(span.clone())),
        )];
        NoiseError {
            rendered: Renderer::plain()
                .decor_style(DecorStyle::Ascii)
                .render(&report),
            what: Box::new(what),
            file: self.file.to_owned(),
            line: self.text[..span.start].matches('\n').count() + 1,
        }
    }

    fn wrong(&self, key: &'static str, expected: &str, span: Range<usize>) -> NoiseError {
        let expected = expected.to_owned();
        self.error(NoiseMistake::Wrong { key, expected }, span)
    }

    fn read(&self) -> Result<Noise, NoiseError> {
        let root = DeTable::parse(self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            self.error(NoiseMistake::Toml(error.message().to_owned()), span)
        })?;
        let root = root.get_ref();
        self.known_keys(root, &TOP)?;
        let cloud = self.required(root, "cloud", 0..0)?;
        let mut entries = BTreeMap::new();
        if let Some(list) = root.get("noise") {
            let wrong = || self.wrong("noise", "written as [[noise]]", list.span());
            for item in list.get_ref().as_array().ok_or_else(wrong)? {
                let table = item.get_ref().as_table().ok_or_else(wrong)?;
                let entry = self.entry(table, &item.span())?;
                let twice = NoiseMistake::Twice {
                    operation: entry.operation.clone(),
                    place: entry.place.clone(),
                };
                let at = table.get("place").map_or(item.span(), Spanned::span);
                if entries.insert(entry.key(), Arc::new(entry)).is_some() {
                    return Err(self.error(twice, at));
                }
            }
        }
        Ok(Noise {
            cloud,
            file: self.file.to_owned(),
            entries,
            lapsed: 0,
        })
    }

    fn entry(&self, table: &Table<'_>, span: &Range<usize>) -> Result<Entry, NoiseError> {
        self.known_keys(table, &KEYS)?;
        let required = |key| self.required(table, key, span.clone());
        let missing = |key| self.error(NoiseMistake::Missing(key), span.clone());
        Ok(Entry {
            service: required("service")?,
            operation: required("operation")?,
            place: required("place")?,
            varies: self.varies(table)?.ok_or_else(|| missing("varies"))?,
            seen: self.seen(table)?,
            scenarios: self.texts(table, "scenarios")?.into_iter().collect(),
            because: required("because")?,
            learned: self
                .date(table, "learned")?
                .ok_or_else(|| missing("learned"))?,
            until: self.date(table, "until")?,
        })
    }

    fn known_keys(&self, table: &Table<'_>, known: &[&str]) -> Result<(), NoiseError> {
        let unknown = table
            .keys()
            .find(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown else {
            return Ok(());
        };
        let suggestion = known
            .iter()
            .map(|known| (strsim::damerau_levenshtein(known, key.get_ref()), known))
            .min()
            .filter(|(distance, _)| *distance <= 2)
            .map(|(_, known)| (*known).to_owned());
        let what = NoiseMistake::UnknownKey {
            key: key.get_ref().to_string(),
            suggestion,
        };
        Err(self.error(what, key.span()))
    }

    /// A text that is not empty.
    fn required(
        &self,
        table: &Table<'_>,
        key: &'static str,
        span: Range<usize>,
    ) -> Result<String, NoiseError> {
        let Some(value) = table.get(key) else {
            return Err(self.error(NoiseMistake::Missing(key), span));
        };
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
            _ => Err(self.wrong(key, "a text that says something", value.span())),
        }
    }

    fn texts(&self, table: &Table<'_>, key: &'static str) -> Result<Vec<String>, NoiseError> {
        let Some(value) = table.get(key) else {
            return Ok(Vec::new());
        };
        let wrong = || self.wrong(key, "a list of texts", value.span());
        let items = value.get_ref().as_array().ok_or_else(wrong)?.iter();
        items
            .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(wrong))
            .collect()
    }

    fn varies(&self, table: &Table<'_>) -> Result<Option<BTreeSet<Varies>>, NoiseError> {
        let Some(value) = table.get("varies") else {
            return Ok(None);
        };
        let names: Vec<&str> = Varies::WORDS.iter().map(|(word, _)| *word).collect();
        let expected = format!("a list of {}", names.join(", "));
        let wrong = || self.wrong("varies", &expected, value.span());
        let mut varies = BTreeSet::new();
        for word in self.texts(table, "varies")? {
            let known = Varies::WORDS.iter().find(|(known, _)| *known == word);
            varies.insert(known.ok_or_else(wrong)?.1);
        }
        if varies.is_empty() {
            return Err(wrong());
        }
        Ok(Some(varies))
    }

    fn seen(&self, table: &Table<'_>) -> Result<BTreeMap<String, u32>, NoiseError> {
        let Some(value) = table.get("seen") else {
            return Ok(BTreeMap::new());
        };
        let expected = "values and how often, such as { \"200\" = 8, \"500\" = 2 }";
        let wrong = |span| self.wrong("seen", expected, span);
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

    /// `until = 2027-01-31`, in quotes or not.
    fn date(&self, table: &Table<'_>, key: &'static str) -> Result<Option<String>, NoiseError> {
        let Some(value) = table.get(key) else {
            return Ok(None);
        };
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => String::new(),
        };
        let is_date = text
            .parse::<toml::value::Datetime>()
            .is_ok_and(|date| date.date.is_some() && date.time.is_none());
        if is_date {
            return Ok(Some(text));
        }
        Err(self.wrong(key, "a date such as 2027-01-31", value.span()))
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

    fn wrong(from: &str, to: &str) -> NoiseError {
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
        assert!(matches!(*error.what, NoiseMistake::Twice { .. }));
        insta::assert_snapshot!(error);
    }

    #[test]
    fn the_file_of_another_cloud_is_no_good() {
        assert!(Noise::read_of("x", GOOD, "private").is_ok());
        let error = Noise::read_of("x", GOOD, "public").unwrap_err();
        assert_eq!(error.line, 1);
    }
}
