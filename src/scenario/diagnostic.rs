//! Mistakes in a scenario file, each at its place, and how they are shown to people.
//!
//! In: a file's text, a byte range, words. Out: text with the place underlined. Knows nothing of the
//! language.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Whether rendered text carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Colour,
}

/// A file as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// As people name it: `scenarios/compute/server/lifecycle.toml`.
    pub name: String,
    pub text: String,
}

impl SourceFile {
    /// Line (1-based) of a byte offset.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        before.bytes().filter(|&b| b == b'\n').count() + 1
    }
}

/// One mistake at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub file: Arc<SourceFile>,
    /// Bytes of the file that are underlined.
    pub span: Range<usize>,
    /// What is wrong, in one line.
    pub title: String,
    /// Stands at the underlined place: usually what was expected.
    pub label: String,
    /// Other places of the same file that explain it.
    pub also: Vec<(Range<usize>, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    pub(super) fn new(file: &Arc<SourceFile>, span: Range<usize>, title: String) -> Self {
        Self {
            file: Arc::clone(file),
            span,
            title,
            label: String::new(),
            also: Vec::new(),
            help: None,
        }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn also(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.also.push((span, label.into()));
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Line (1-based) of the underlined place.
    #[must_use]
    pub fn line(&self) -> usize {
        self.file.line(self.span.start)
    }

    /// The mistake as people read it: what, file, line, the place underlined, what to do.
    #[must_use]
    pub fn render(&self, paint: Paint) -> String {
        let mut primary = AnnotationKind::Primary.span(self.clamped(&self.span));
        if !self.label.is_empty() {
            primary = primary.label(self.label.as_str());
        }
        let mut snippet = Snippet::source(self.file.text.as_str())
            .path(self.file.name.as_str())
            .annotation(primary);
        for (span, label) in &self.also {
            snippet = snippet.annotation(
                AnnotationKind::Context
                    .span(self.clamped(span))
                    .label(label.as_str()),
            );
        }
        let mut group = Level::ERROR
            .primary_title(self.title.as_str())
            .element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = match paint {
            Paint::Plain => Renderer::plain(),
            Paint::Colour => Renderer::styled(),
        };
        renderer.render(&[group])
    }

    /// A span that the renderer accepts, whatever was handed in.
    fn clamped(&self, span: &Range<usize>) -> Range<usize> {
        let text = &self.file.text;
        let floor = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        start..floor(span.end).max(start)
    }
}

/// All mistakes that were found, in the order of files and places. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Diagnostic>);

impl Problems {
    /// `Ok` where there are none.
    pub(super) fn check(list: Vec<Diagnostic>) -> Result<(), Self> {
        if list.is_empty() {
            Ok(())
        } else {
            Err(Self::of(list))
        }
    }

    pub(super) fn of(mut list: Vec<Diagnostic>) -> Self {
        list.sort_by(|a, b| (&a.file.name, a.span.start).cmp(&(&b.file.name, b.span.start)));
        list.dedup();
        Self(list)
    }

    #[must_use]
    pub fn list(&self) -> &[Diagnostic] {
        &self.0
    }

    pub(super) fn into_list(self) -> Vec<Diagnostic> {
        self.0
    }

    /// Every mistake as people read it, with an empty line between two.
    #[must_use]
    pub fn render(&self, paint: Paint) -> String {
        let rendered: Vec<String> = self.0.iter().map(|d| d.render(paint)).collect();
        rendered.join("\n\n")
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Paint::Plain))
    }
}

impl std::error::Error for Problems {}

/// The word that was probably meant, if one is near.
pub(super) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(&lower, &k.to_lowercase()), k))
        .filter(|(distance, k)| *distance <= (k.len().max(word.len()) / 3).max(1))
        .min()
        .map(|(_, k)| k)
}

/// `did you mean ‹x›?`, or the whole list where nothing is near.
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of: {}", known.join(", ")),
    }
}
