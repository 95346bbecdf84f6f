//! What is wrong with what the user wrote, shown at its place.

use crate::profile::source::Source;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

/// Where in which file. Byte ranges are those of the file as it was read.
#[derive(Clone, Debug, Default)]
pub enum Place {
    /// An environment variable or an argument has no line.
    #[default]
    Nowhere,
    File(Arc<Source>),
    /// Only the line (from 1) can be shown safely, not its text.
    Line(Arc<Source>, usize),
    Span(Arc<Source>, Range<usize>),
}

impl Place {
    pub fn span(source: &Arc<Source>, span: Range<usize>) -> Self {
        Self::Span(Arc::clone(source), span)
    }

    pub fn file(source: &Arc<Source>) -> Self {
        Self::File(Arc::clone(source))
    }
}

/// One mistake of the user's. Never holds a secret.
#[derive(Clone, Debug)]
pub struct Mistake {
    pub place: Place,
    /// Lower case, no full stop.
    pub what: String,
    /// Under the place: what was expected.
    pub label: Option<String>,
    /// What to do.
    pub help: Vec<String>,
}

impl Mistake {
    pub fn new(place: Place, what: impl Into<String>) -> Self {
        Self {
            place,
            what: what.into(),
            label: None,
            help: Vec::new(),
        }
    }

    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// The line (from 1) in the file, where there is one.
    pub fn line(&self) -> Option<usize> {
        match &self.place {
            Place::Nowhere | Place::File(_) => None,
            Place::Line(_, line) => Some(*line),
            Place::Span(source, span) => {
                let before = source.shown().get(..source.place(span).start)?;
                Some(1 + before.matches('\n').count())
            }
        }
    }

    fn group(&self) -> Group<'_> {
        let group = Group::with_title(Level::ERROR.primary_title(self.what.as_str()));
        let note = self.label.as_deref().map(|text| Level::NOTE.message(text));
        let group = match &self.place {
            Place::Nowhere => group.elements(note),
            Place::File(source) => group
                .element(Origin::path(source.name.as_str()))
                .elements(note),
            Place::Line(source, line) => group
                .element(Origin::path(source.name.as_str()).line(*line))
                .elements(note),
            Place::Span(source, span) => group.element(
                Snippet::source(source.shown())
                    .path(source.name.as_str())
                    .annotation(
                        AnnotationKind::Primary
                            .span(source.place(span))
                            .label(self.label.as_deref()),
                    ),
            ),
        };
        group.elements(
            self.help
                .iter()
                .map(|text| Level::HELP.message(text.as_str())),
        )
    }
}

/// How messages are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Plain,
    Coloured,
}

/// Why a profile can't be used: all its mistakes, in the order of the file.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .mistakes.render(Look::Plain))]
pub struct LoadError {
    pub mistakes: Mistakes,
}

/// Mistakes as they are found.
#[derive(Clone, Debug, Default)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    pub fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value, or everything that was found wrong on the way to it.
    pub fn or<T>(mut self, value: Option<T>) -> Result<T, LoadError> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => {
                if self.is_empty() {
                    self.push(Mistake::new(Place::Nowhere, "it can't be read"));
                }
                // Stable: what has no line keeps its order, before the rest.
                self.0.sort_by_key(Mistake::line);
                Err(LoadError { mistakes: self })
            }
        }
    }

    pub fn render(&self, look: Look) -> String {
        let renderer = match look {
            Look::Plain => Renderer::plain(),
            Look::Coloured => Renderer::styled(),
        };
        let mut text = String::new();
        for (index, mistake) in self.0.iter().enumerate() {
            let gap = if index > 0 { "\n\n" } else { "" };
            // Writing to a String can't fail.
            let _ = write!(text, "{gap}{}", renderer.render(&[mistake.group()]));
        }
        text
    }
}

impl LoadError {
    pub fn render(&self, look: Look) -> String {
        self.mistakes.render(look)
    }
}

impl From<Mistake> for LoadError {
    fn from(mistake: Mistake) -> Self {
        Self {
            mistakes: Mistakes(vec![mistake]),
        }
    }
}

/// The name that was probably meant.
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let most = (written.chars().count() / 3).clamp(1, 3);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}
