//! Strings of a file that mean something: templates, places, names.

use super::draft::Use;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::model::{Source, Template};
use crate::scenario::reader::{At, Entry, Node, Reader, Span, Table};
use crate::scenario::source::SourceError;
use crate::scenario::template::TemplateError;
use std::collections::BTreeMap;

impl Reader {
    /// A string as a template; the names that it reads are added to `uses`.
    pub(super) fn template(
        &mut self,
        text: &str,
        span: &Span,
        uses: &mut Vec<Use>,
    ) -> Option<Template> {
        match Template::parse_spanned(text) {
            Ok((template, spans)) => {
                for (hole, inner) in template.holes().zip(spans) {
                    for path in hole.paths() {
                        uses.push(Use {
                            path: path.to_vec(),
                            span: self.inside(span, text, inner.clone()),
                        });
                    }
                }
                Some(template)
            }
            Err(error) => {
                self.bad_template(text, span, error);
                None
            }
        }
    }

    fn bad_template(&mut self, text: &str, span: &Span, error: TemplateError) {
        let at = self.inside(span, text, error.at);
        let mut diagnostic = self.mistake(at, error.message).label("in this template");
        diagnostic.help = error.help;
        self.push(diagnostic);
    }

    pub(super) fn template_node(
        &mut self,
        node: &Node<'_>,
        what: &str,
        uses: &mut Vec<Use>,
    ) -> Option<Template> {
        let text = self.string(node, what)?;
        self.template(&text.value, &text.span, uses)
    }

    /// A place on an answer, written at `span`.
    pub(super) fn place(&mut self, text: &str, span: &Span) -> Option<Source> {
        self.parsed_place(text, span, Source::parse(text))
    }

    /// A place that an exception is made for.
    pub(super) fn excepted_place(&mut self, node: &Node<'_>) -> Option<Source> {
        let text = self.string(node, "a place on an answer")?;
        let parsed = Source::parse_exception(&text.value);
        self.parsed_place(&text.value, &text.span, parsed)
    }

    fn parsed_place(
        &mut self,
        text: &str,
        span: &Span,
        parsed: Result<Source, SourceError>,
    ) -> Option<Source> {
        match parsed {
            Ok(source) => Some(source),
            Err(error) => {
                let at = self.inside(span, text, error.at..text.len());
                let diagnostic = self
                    .mistake(at, error.message)
                    .label("expected a place on an answer")
                    .help(error.help);
                self.push(diagnostic);
                None
            }
        }
    }

    pub(super) fn place_node(&mut self, node: &Node<'_>) -> Option<Source> {
        let text = self.string(node, "a place on an answer")?;
        self.place(&text.value, &text.span)
    }

    /// `{ state = "$.server.status" }`
    pub(super) fn places(
        &mut self,
        entry: &Entry<'_>,
        what: &str,
    ) -> Vec<(At<String>, Option<Source>)> {
        let Some(table) = self.table(entry.node, "a table of names and places") else {
            return Vec::new();
        };
        table
            .entries
            .iter()
            .map(|entry| {
                self.identifier(entry.name, &entry.key, what);
                let name = At {
                    value: entry.name.to_owned(),
                    span: entry.key.clone(),
                };
                (name, self.place_node(entry.node))
            })
            .collect()
    }

    /// Lower-case letters, digits, `-` and `_`, a letter first.
    pub(super) fn identifier(&mut self, text: &str, span: &Span, what: &str) -> bool {
        let fits = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
        if !fits {
            self.wrong(
                span.clone(),
                format!("`{text}` can't be {what}"),
                "expected lower-case letters, digits, `-` and `_`, beginning with a letter",
            );
        }
        fits
    }

    /// `compute.server`: two or more identifiers with points between them.
    pub(super) fn dotted(&mut self, text: &str, span: &Span, what: &str, example: &str) -> bool {
        let segment = |s: &str| {
            s.starts_with(|c: char| c.is_ascii_lowercase())
                && s.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
        };
        let fits = text.contains('.') && text.split('.').all(segment);
        if !fits {
            self.wrong(
                span.clone(),
                format!("`{text}` is not {what}"),
                format!("expected something like `{example}`"),
            );
        }
        fits
    }

    /// `{ "X-Thing" = "…" }`, or a list of texts under a name: in the order written.
    pub(super) fn pairs(
        &mut self,
        table: &Table<'_>,
        what: &str,
        uses: &mut Vec<Use>,
    ) -> Vec<(String, Template)> {
        let mut pairs = Vec::new();
        for entry in &table.entries {
            let nodes: Vec<&Node<'_>> = match entry.node.get_ref().as_array() {
                Some(items) => items.iter().collect(),
                None => vec![entry.node],
            };
            for node in nodes {
                if let Some(template) = self.template_node(node, what, uses) {
                    pairs.push((entry.name.to_owned(), template));
                }
            }
        }
        pairs
    }

    /// The one entry among several keys of which a table may have at most one.
    pub(super) fn at_most_one<'t, 'd>(
        &mut self,
        table: &'t Table<'d>,
        what: &str,
        keys: &[&str],
    ) -> Option<&'t Entry<'d>> {
        let mut found = table.entries.iter().filter(|e| keys.contains(&e.name));
        let first = found.next()?;
        for second in found {
            let diagnostic = self
                .mistake(
                    second.key.clone(),
                    format!("{what} has `{}` and `{}`", first.name, second.name),
                )
                .label("expected only one of them")
                .also(first.key.clone(), "the other one");
            self.push(diagnostic);
        }
        Some(first)
    }

    /// A mistake where the same name is given twice.
    pub(super) fn unique<'n>(
        &mut self,
        what: &str,
        names: impl IntoIterator<Item = (&'n str, &'n Span)>,
    ) {
        let mut seen: BTreeMap<&str, &Span> = BTreeMap::new();
        for (name, span) in names {
            if let Some(first) = seen.get(name) {
                let diagnostic = self
                    .mistake(span.clone(), format!("{what} `{name}` stands twice"))
                    .label("expected another name")
                    .also((*first).clone(), "the first one");
                self.push(diagnostic);
            } else {
                seen.insert(name, span);
            }
        }
    }

    /// A word that is none of the known ones.
    pub(super) fn unknown_word(&mut self, span: Span, what: &str, word: &str, known: &[&str]) {
        let diagnostic = self
            .mistake(span, format!("`{word}` is not {what}"))
            .label(format!("expected {what}"))
            .help(suggestion(word, known));
        self.push(diagnostic);
    }
}
