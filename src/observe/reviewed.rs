//! Files that a person reviews, waivers and noise: the text of a TOML file → tables of known keys. Every mistake is shown at its place
//! in the file.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mistake in such a file, with its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub struct FileError {
    pub what: Box<FileMistake>,
    pub file: String,
    /// From 1.
    pub line: usize,
    rendered: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered)
    }
}

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FileMistake {
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
    #[error("the waiver for {id} expired on {until} (it is judged at {as_of})")]
    Expired {
        id: String,
        until: String,
        as_of: String,
    },
    /// `x is waived`, `y is listed`.
    #[error("{0} twice")]
    Twice(String),
    #[error("this is noise of {found}, and the cloud here is {wanted}")]
    OtherCloud { found: String, wanted: String },
}

/// A file while it is read.
#[derive(Clone, Copy)]
pub struct Reviewed<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl<'a> Reviewed<'a> {
    fn snippet(&self, annotation: Annotation<'a>) -> Snippet<'a, Annotation<'a>> {
        Snippet::source(self.text)
            .path(self.file)
            .annotation(annotation)
    }
}

type Table<'a> = DeTable<'a>;

impl Reviewed<'_> {
    pub fn error(&self, what: FileMistake, span: Range<usize>) -> FileError {
        self.shown(what, span, None)
    }

    /// What stands at `span`, and earlier at a place of this file or of another: `x is waived`.
    pub fn twice(
        &self,
        what: String,
        span: Range<usize>,
        first: (Reviewed<'_>, Range<usize>),
    ) -> FileError {
        self.shown(FileMistake::Twice(what), span, Some(first))
    }

    fn shown(
        &self,
        what: FileMistake,
        span: Range<usize>,
        first: Option<(Reviewed<'_>, Range<usize>)>,
    ) -> FileError {
        let span = span.start.min(self.text.len())..span.end.min(self.text.len());
        let mut here = self.snippet(AnnotationKind::Primary.span(span.clone()));
        let mut elsewhere = None;
        if let Some((file, at)) = first {
            let is_here = file.file == self.file && at != span;
            let first = AnnotationKind::Context.span(at).label("first here");
            if is_here {
                here = here.annotation(first);
            } else {
                elsewhere = Some(file.snippet(first));
            }
        }
        let title = Level::ERROR.primary_title(what.to_string());
        let report = [title.element(here).elements(elsewhere)];
        FileError {
            rendered: Renderer::plain()
                .decor_style(DecorStyle::Ascii)
                .render(&report),
            what: Box::new(what),
            file: self.file.to_owned(),
            line: self.text[..span.start].matches('\n').count() + 1,
        }
    }

    pub fn wrong(&self, key: &'static str, expected: &str, span: Range<usize>) -> FileError {
        let expected = expected.to_owned();
        self.error(FileMistake::Wrong { key, expected }, span)
    }

    /// The whole file, which has these keys only.
    pub fn root(&self, known: &[&str]) -> Result<Spanned<Table<'_>>, FileError> {
        let root = DeTable::parse(self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            self.error(FileMistake::Toml(error.message().to_owned()), span)
        })?;
        self.known_keys(root.get_ref(), known)?;
        Ok(root)
    }

    /// The tables written as `[[key]]`, each with its place and with these keys only.
    pub fn tables<'t>(
        &self,
        root: &'t Table<'t>,
        key: &'static str,
        known: &[&str],
    ) -> Result<Vec<(&'t Table<'t>, Range<usize>)>, FileError> {
        let Some(list) = root.get(key) else {
            return Ok(Vec::new());
        };
        let wrong = || self.wrong(key, &format!("written as [[{key}]]"), list.span());
        let items = list.get_ref().as_array().ok_or_else(wrong)?.iter();
        let table = |item: &'t Spanned<DeValue<'t>>| {
            let table = item.get_ref().as_table().ok_or_else(wrong)?;
            self.known_keys(table, known)?;
            Ok((table, item.span()))
        };
        items.map(table).collect()
    }

    fn known_keys(&self, table: &Table<'_>, known: &[&str]) -> Result<(), FileError> {
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
        let what = FileMistake::UnknownKey {
            key: key.get_ref().to_string(),
            suggestion,
        };
        Err(self.error(what, key.span()))
    }

    /// A text that is not empty, of a table at `span`.
    pub fn required(
        &self,
        table: &Table<'_>,
        key: &'static str,
        span: Range<usize>,
    ) -> Result<String, FileError> {
        let found = self.optional(table, key)?;
        found.ok_or_else(|| self.error(FileMistake::Missing(key), span))
    }

    /// A text that is not empty, if it is there.
    pub fn optional(
        &self,
        table: &Table<'_>,
        key: &'static str,
    ) -> Result<Option<String>, FileError> {
        let Some(value) = table.get(key) else {
            return Ok(None);
        };
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Ok(Some(text.to_owned())),
            _ => Err(self.wrong(key, "a text that says something", value.span())),
        }
    }

    pub fn texts(&self, table: &Table<'_>, key: &'static str) -> Result<Vec<String>, FileError> {
        let Some(value) = table.get(key) else {
            return Ok(Vec::new());
        };
        let wrong = || self.wrong(key, "a list of texts", value.span());
        let items = value.get_ref().as_array().ok_or_else(wrong)?.iter();
        items
            .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(wrong))
            .collect()
    }

    /// `until = 2027-01-31`, in quotes or not.
    pub fn date(&self, table: &Table<'_>, key: &'static str) -> Result<Option<String>, FileError> {
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
